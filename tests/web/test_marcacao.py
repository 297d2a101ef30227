"""O HTML escrito em Python: mesmo contrato do Django, mesmos endereços, e o cliente nunca escreve marcação."""

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils.html import format_html as do_django
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy

from carteira.caminhos import caminho
from carteira.colunas_celulas import vazio
from carteira.graficos.situacoes import selo
from carteira.linha_em_html import Moldura, linhas
from carteira.marcacao import format_html, juntar
from carteira.templatetags.carteira import sinal
from clientes.models import Cliente

HOSTIL = "<script>alert(\"1\")</script> & 'aspas'"


class _SabeSeDizer:
    def __html__(self) -> str:
        return "<i>eu</i>"


@pytest.mark.parametrize(
    "parte",
    [
        HOSTIL, "", "João & Filhos", mark_safe("<b>já seguro</b>"), None, 0, Decimal("1.50"), True,
        gettext_lazy("Yes"), _SabeSeDizer(),
    ],
    ids=["hostil", "vazio", "acento", "seguro", "nada", "zero", "decimal", "sim", "preguicoso", "html"],
)  # fmt: skip
def test_escreve_o_que_o_django_escreveria(parte: Any) -> None:
    modelo = '<p title="{0}">{0}{1}</p>'
    nosso = format_html(modelo, parte, mark_safe("<hr>"))
    assert nosso == do_django(modelo, parte, mark_safe("<hr>"))
    assert isinstance(nosso, SafeString)


def test_juntar_so_deixa_passar_o_que_ja_e_seguro() -> None:
    assert juntar([mark_safe("<b>a</b>"), "<b>"]) == "<b>a</b>&lt;b&gt;"  # type: ignore[list-item]


@pytest.mark.parametrize(
    "rota", ["clientes:ficha", "clientes:contato", "clientes:whatsapp", "clientes:email"]
)
@pytest.mark.parametrize("pk", [1, 20131, 9_876_543_210_123])
def test_o_caminho_e_o_que_a_rota_diz(rota: str, pk: int) -> None:
    assert caminho(rota, pk) == reverse(rota, args=[pk])


class _Linha:
    """Uma linha com o bastante para as células de sempre."""

    def __init__(self, cliente: Cliente) -> None:
        self.cliente, self.ind = cliente, _Indicadores()


class _Indicadores:
    segmento, vendedor_id = HOSTIL, None


def test_o_nome_do_cliente_nao_escreve_marcacao_em_parte_nenhuma_da_linha() -> None:
    cliente = Cliente(
        pk=7,
        razao_social=HOSTIL,
        cidade=HOSTIL,
        telefone="+5547999990000",
        email="a@b.example",
        nao_contatar=[],
    )
    moldura = Moldura([], estado="", csrf="segredo", registra=True, pode_registrar=True, coberturas=[])
    html = linhas([_Linha(cliente)], moldura)
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 9
    assert html.count('value="segredo"') == 1


def test_o_que_fica_pronto_nao_confunde_o_texto_seguro_com_o_que_nao_e() -> None:
    """O mesmo texto, seguro primeiro e cru depois: o guardado de um não serve ao outro."""
    for escrever in (vazio, lambda texto: sinal(texto, "aviso"), lambda texto: selo("ativo", texto)):
        assert "<i>oi</i>" in escrever(mark_safe("<i>oi</i>"))
        assert "&lt;i&gt;oi&lt;/i&gt;" in escrever("<i>oi</i>")
