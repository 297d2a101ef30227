"""O que o navegador mandaria de um formulário em que ninguém tocou: só os controles que a página desenhou."""

from html.parser import HTMLParser

SEM_VALOR = {"submit", "button", "file", "image", "reset"}


class _Leitor(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.formularios: list[list[tuple[str, str]]] = []
        self.dentro = False
        self.select: tuple[str, bool, list[tuple[str, bool]]] | None = None
        self.texto: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        dele = dict(attrs)
        if tag == "form":
            self.formularios.append([])
            self.dentro = True
        elif tag == "option" and self.select:
            self.select[2].append((dele.get("value") or "", "selected" in dele))
        elif self.dentro and dele.get("name") and "disabled" not in dele:
            self._controle(tag, str(dele["name"]), dele)

    def _controle(self, tag: str, nome: str, dele: dict[str, str | None]) -> None:
        if tag == "select":
            self.select = (nome, "multiple" in dele, [])
        elif tag == "textarea":
            self.texto = (nome, [])
        elif tag == "input" and dele.get("type") in {"checkbox", "radio"}:
            if "checked" in dele:
                self.formularios[-1].append((nome, dele.get("value") or "on"))
        elif tag == "input" and dele.get("type") not in SEM_VALOR:
            self.formularios[-1].append((nome, dele.get("value") or ""))

    def handle_data(self, data: str) -> None:
        if self.texto:
            self.texto[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.dentro = False
        elif tag == "select" and self.select:
            (nome, varios, opcoes), self.select = self.select, None
            escolhidas = [v for v, posta in opcoes if posta] or ([] if varios else [v for v, _ in opcoes[:1]])
            self.formularios[-1] += [(nome, valor) for valor in escolhidas]
        elif tag == "textarea" and self.texto:
            (nome, pedacos), self.texto = self.texto, None
            # O navegador come a primeira quebra e manda as outras como CRLF.
            escrito = "".join(pedacos).removeprefix("\n").replace("\n", "\r\n")
            self.formularios[-1].append((nome, escrito))


def controles(html: str) -> dict[str, list[str]]:
    """Os do único formulário da página que leva a versão."""
    leitor = _Leitor()
    leitor.feed(html)
    (dele,) = [f for f in leitor.formularios if any(nome == "versao" for nome, _ in f)]
    postos: dict[str, list[str]] = {}
    for nome, valor in dele:
        postos.setdefault(nome, []).append(valor)
    return postos
