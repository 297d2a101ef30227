"""O PDF de uma página com desenho próprio: pedi-lo, fazê-lo e ler o que ele diz ao lado do que a tela diz."""

import io
import re
from collections import Counter
from html import unescape
from typing import Any

from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from carteira import arquivos as fila
from contas.models import Usuario
from relatorios.models import ArquivoGerado


def pedir_pdf(navegador: Any, pessoa: Usuario, chave: str, consulta: str = "") -> ArquivoGerado:
    """Pede pela página e faz a vez do trabalhador."""
    assert navegador.post(f"/relatorios/{chave}/pdf/?{consulta}").status_code == 302
    arquivo = ArquivoGerado.objects.get(por=pessoa)
    fila.executar(arquivo.pk, agora=arquivo.pedido_em)
    arquivo.refresh_from_db()
    return arquivo


def levar_pela_pagina(navegador: Any, pagina: str) -> dict[str, int]:
    """Toca nos próprios botões da página, com os filtros que ela leva: o que cada um responde."""
    html = navegador.get(pagina).content.decode()
    gerar, agendar = (
        unescape(re.search(rf'{atributo}="(/relatorios/[^"]*/{fim}/[^"]*)"', html)[1])  # type: ignore[index]
        for atributo, fim in (("action", "pdf"), ("href", "agendar"))
    )
    return {
        "gerar": navegador.post(gerar).status_code,
        "em casa": navegador.post(gerar, headers={"HX-Request": "true"}).status_code,
        "agendar": navegador.get(agendar).status_code,
    }


def ler_pdf(navegador: Any, arquivo: ArquivoGerado) -> tuple[PdfReader, str]:
    baixado = navegador.get(f"/relatorios/arquivos/{arquivo.pk}/")
    leitor = PdfReader(io.BytesIO(b"".join(baixado.streaming_content)))
    return leitor, _sem_espacos(" ".join(pagina.extract_text() for pagina in leitor.pages))


def ditos_na_tela(resposta: Any) -> list[str]:
    """Cada célula e cada número de destaque da página, sem os botões."""
    miolo = resposta.content.decode().split("</h1>", 1)[1].split("</main>")[0]
    miolo = re.sub(r'<form.*?</form>|<span class="(?:avatar|sr)\b.*?</span>', "", miolo, flags=re.DOTALL)
    celulas = re.findall(r"<(td|th|dd)\b[^>]*>(.*?)</\1>", miolo, re.DOTALL)
    ditos = (_sem_espacos(unescape(re.sub(r"<[^>]+>", " ", celula))) for _, celula in celulas)
    return [dito for dito in ditos if dito]


def lidas_de_novo(feitas: CaptureQueriesContext) -> list[str]:
    """As somas que se pediram mais de uma vez ao banco: as contas curtas, de quem é e do que pode, não custam."""
    somas = Counter(
        c["sql"] for c in feitas.captured_queries if re.search(r"\b(?:SUM|COUNT)\(", c["sql"], re.I)
    )
    return [sql for sql, vezes in somas.items() if vezes > 1]


def _sem_espacos(texto: str) -> str:
    """O papel quebra as linhas onde quer."""
    return re.sub(r"\s+", "", texto)
