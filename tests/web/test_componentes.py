"""Etiquetas e componentes: o que as páginas usam, com nomes que vêm de arquivos."""

from datetime import date
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.http import Http404
from django.template import RequestContext, Template
from django.test import RequestFactory, override_settings

from carteira.web.galeria import galeria

PERIGO = "<script>alert(1)</script>"


def _render(texto: str, /, **contexto: Any) -> str:
    pedido = contexto.pop("request", None) or RequestFactory().get("/")
    return Template(texto).render(RequestContext(pedido, contexto))


class _Form(forms.Form):
    email = forms.EmailField(label="E-mail", help_text="O da empresa.")
    canal = forms.ChoiceField(
        label="Como foi",
        choices=[("l", "Ligação"), ("v", "Visita")],
        widget=forms.RadioSelect,
        required=False,
    )
    aceito = forms.BooleanField(label="Aceito", required=False)


def test_icone_sem_rotulo_e_decorativo_e_com_rotulo_e_imagem() -> None:
    assert 'aria-hidden="true"' in _render('{% icone "phone" %}')
    com_rotulo = _render('{% icone "lock" rotulo="Bloqueado" %}')
    assert 'role="img" aria-label="Bloqueado"' in com_rotulo
    assert "icones/lucide.svg#lock" in com_rotulo


def test_selo_diz_a_situacao_com_forma_e_palavra() -> None:
    html = _render("{% selo s %}", s="quase_inativo")
    assert 'class="selo quase"' in html
    assert "<svg" in html
    assert "Quase inativo" in html


def test_situacao_desconhecida_nao_quebra_a_pagina() -> None:
    assert "Sem situação" in _render("{% selo s %}", s="xyz")
    assert _render("{{ s|classe_status }}", s=None) == ""


@pytest.mark.parametrize(
    "peca",
    [
        "{% selo 'ativo' rotulo=x %}",
        "{% sinal x 'alerta' %}",
        "{% abc x %}",
        "{% avatar x %}",
        "{% kpi x x unidade=x detalhe=x %}",
        "{% icone x rotulo=x %}",
        "{% th_ordem x x %}",
        "{% tendencia x %}",
        "{% ritmo recencia=3 status=x %}",
        "{% barras linhas %}",
        "{% grafico_composicao meses %}",
        "{% mapa_ufs ufs url=x %}",
        '{% include "componentes/vazio.html" with titulo=x texto=x acao_url=x acao_rotulo=x %}',
        '{% include "componentes/aviso.html" with texto=x elo_url=x elo_rotulo=x %}',
        '{% include "componentes/chip.html" with rotulo=x valor=x url=x %}',
        '{% include "componentes/confirmacao.html" with titulo=x texto=x url=x rotulo=x %}',
    ],
)
def test_texto_de_arquivo_sai_escapado_de_toda_peca(peca: str) -> None:
    html = _render(
        peca,
        x=PERIGO,
        linhas=[{"rotulo": PERIGO, "valor": 1, "texto": PERIGO, "detalhe": PERIGO, "url": PERIGO}],
        meses=[{"rotulo": PERIGO, "ativo": 1}],
        ufs=[{"uf": "SC", "total": 1, "percentual": 1}],
    )
    assert "<script>" not in html


def test_variacao_ruim_tem_seta_sinal_e_cor() -> None:
    assert "−22%" in _render("{% var -22 %}")
    assert 'class="var ruim"' in _render("{% var -22 %}")
    assert 'class="var ruim"' in _render("{% var 3 inverso=True %}")
    assert "+6%" in _render("{% var 6 %}")


def test_campo_liga_rotulo_ajuda_e_erro() -> None:
    form = _Form({"email": "ana@"})
    form.is_valid()
    html = _render("{% campo form.email autocomplete='email' %}", form=form)
    assert '<label for="id_email">' in html
    assert 'aria-describedby="id_email_helptext id_email_error"' in html
    assert 'id="id_email_helptext"' in html
    assert 'id="id_email_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'value="ana@"' in html
    assert 'autocomplete="email"' in html


def test_campo_valido_nao_se_diz_invalido() -> None:
    html = _render("{% campo form.email ajuda='-' %}", form=_Form())
    assert "aria-invalid" not in html
    assert "aria-describedby" not in html


def test_radios_viram_grupo_com_legenda_e_caixa_tem_rotulo_clicavel() -> None:
    html = _render("{% campo form.canal %}{% campo form.aceito %}", form=_Form())
    assert "<legend>Como foi" in html
    assert html.count('type="radio"') == 2
    assert '<label class="caixa">' in html


def test_cabecalho_ordena_primeiro_do_maior_e_volta_a_primeira_pagina() -> None:
    pedido = RequestFactory().get("/clientes/?uf=SC&pagina=3")
    html = _render('{% th_ordem "Valor" "valor" "n" %}', request=pedido)
    assert 'href="?uf=SC&amp;ordem=-valor"' in html
    assert "aria-sort" not in html


def test_cabecalho_ordenado_diz_o_sentido_e_inverte() -> None:
    pedido = RequestFactory().get("/clientes/?ordem=-valor")
    html = _render('{% th_ordem "Valor" "valor" "n" "#lista" %}', request=pedido)
    assert 'aria-sort="descending"' in html
    assert 'hx-get="?ordem=valor"' in html
    assert 'hx-target="#lista"' in html


def test_ritmo_aceita_uma_linha_de_indicadores() -> None:
    class Linha:
        ultima_compra, quase_inativo_em, inativo_em = date(2026, 9, 29), date(2026, 11, 28), date(2027, 1, 27)
        intervalo_mediano_dias, dias_de_compra, status = 32, 11, "ativo"

    html = _render("{% ritmo linha referencia=ref %}", linha=Linha(), ref=date(2026, 11, 19))
    assert "51 d" in html
    assert "1,6×" in html


def test_paginacao_guarda_os_filtros() -> None:
    pedido = RequestFactory().get("/clientes/?uf=SC&pagina=2")
    html = _render(
        '{% include "componentes/paginacao.html" %}', request=pedido, pagina=Paginator(range(214), 50).page(2)
    )
    assert "51–100 de 214" in html
    assert 'href="?uf=SC&amp;pagina=3"' in html


def test_galeria_nao_existe_em_producao() -> None:
    with override_settings(AMBIENTE="producao"), pytest.raises(Http404):
        galeria(RequestFactory().get("/galeria/"))


@pytest.mark.django_db
def test_galeria_abre_inteira_para_quem_entrou(ana: Any, entrar: Any) -> None:
    html = entrar(ana).get("/galeria/").content.decode()
    for peca in (
        'class="ritmo quase"',
        "h-quase",
        'role="slider"',
        "Nenhum cliente com esses filtros",
        "aria-invalid",
    ):
        assert peca in html


@pytest.mark.django_db
@pytest.mark.parametrize("modelo", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
def test_pagina_de_erro_diz_o_que_fazer(modelo: str) -> None:
    html = _render(f'{{% include "{modelo}" %}}')
    assert "<h1>" in html
    assert 'href="/"' in html
