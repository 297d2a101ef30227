"""O que os leitores de e-mail comuns (Gmail, Outlook, Apple Mail) não aceitam, ou estragam, num HTML."""

import re
from html.parser import HTMLParser

PROIBIDAS = {
    "script", "form", "input", "button", "select", "textarea", "iframe", "object", "embed", "link", "base",
    "svg", "video", "audio", "canvas", "img", "picture", "frame", "frameset", "applet",
}  # fmt: skip
SEM_FIM = {"meta", "br", "hr"}
# Motores antigos ignoram ou tiram a declaração inteira.
ESTILOS = re.compile(
    r"(?<![\w-])(?:position|float|flex|grid|gap|transform|animation|transition|z-index)\s*:"
    r"|(?:flex|grid)\b|url\(|expression\(|@import|javascript:|calc\(|var\(",
)
ENLACES = ("http://", "https://", "tel:", "mailto:")


class Leitor(HTMLParser):
    """Percorre um HTML e anota o que um leitor recusaria, em `defeitos`; os `enlaces` ficam à mão."""

    def __init__(self, *, modelo: bool = False) -> None:
        super().__init__(convert_charrefs=True)
        self.modelo = modelo  # um pedaço de template: as tags abrem num e fecham noutro
        self.defeitos: list[str] = []
        self.enlaces: list[str] = []
        self.abertas: list[str] = []
        self.no_head = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in SEM_FIM:
            self.abertas.append(tag)
        if tag in PROIBIDAS:
            self.defeitos.append(f"<{tag}>")
        self.no_head = self.no_head or tag == "head"
        if tag == "style" and not self.no_head:
            self.defeitos.append("<style> fora do head")
        for nome, valor in attrs:
            self._atributo(tag, nome, valor or "")
        if tag == "table" and dict(attrs).get("cellpadding") is None:
            self.defeitos.append("tabela sem cellpadding")

    def _atributo(self, tag: str, nome: str, valor: str) -> None:
        if nome.startswith("on") or nome in {"src", "srcset", "background", "action", "id", "srcdoc", "ping"}:
            self.defeitos.append(f"{tag} {nome}={valor[:30]}")
        if nome == "style" and (achado := ESTILOS.search(valor)):
            self.defeitos.append(f"{tag} style: {achado[0]}")
        if nome == "href":
            self.enlaces.append(valor)
            if not self.modelo and not valor.startswith(ENLACES):
                self.defeitos.append(f"href={valor[:30]}")

    def handle_endtag(self, tag: str) -> None:
        if tag == "head":
            self.no_head = False
        if self.modelo:
            return
        if not self.abertas or self.abertas.pop() != tag:
            self.defeitos.append(f"</{tag}> sem par")

    def handle_data(self, data: str) -> None:
        if self.abertas[-1:] == ["style"] and (achado := ESTILOS.search(data)):
            self.defeitos.append(f"<style>: {achado[0]}")


def ler(html: str) -> Leitor:
    leitor = Leitor()
    leitor.feed(html)
    leitor.close()
    leitor.defeitos += [f"<{tag}> aberta" for tag in leitor.abertas]
    return leitor


def ler_modelo(fonte: str) -> Leitor:
    """A fonte de um template: as etiquetas do Django saem, e o que sobra é HTML."""
    leitor = Leitor(modelo=True)
    leitor.feed(re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", fonte, flags=re.S))
    return leitor
