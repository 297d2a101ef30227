"""Os gráficos são texto: o que se vê se confere número a número."""

import re
from datetime import date
from decimal import Decimal

from carteira.graficos import composicao, fluxo, ritmo, ufs
from carteira.graficos.barras import barras, faisca
from carteira.graficos.desenho import afastar, n
from carteira.graficos.histograma import histograma
from carteira.graficos.retorno import curvas_de_retorno
from carteira.graficos.ritmo_de_compra import ritmo_de_compra

REFERENCIA = date(2026, 11, 19)


def _numeros(padrao: str, svg: str) -> list[float]:
    return [float(v) for v in re.findall(padrao, svg)]


# ── Barra de ritmo ───────────────────────────────────────────────────────────


def test_barra_de_ritmo_poe_recencia_ciclo_e_limites_na_mesma_escala() -> None:
    html = ritmo.barra(ritmo.Ritmo(recencia=90, ciclo=45, quase=60, inativo=120, status="quase_inativo"))
    assert "--rec:50.0%;--q:33.3%;--i:66.7%" in html
    assert '<span class="cic" style="--em:25.0%">' in html
    assert '<span class="x alto">2,0×</span>' in html
    assert 'class="ritmo quase"' in html


def test_barra_de_ritmo_diz_por_extenso_o_que_desenha() -> None:
    html = ritmo.barra(ritmo.Ritmo(51, 32, 60, 120, "ativo"))
    assert (
        'aria-label="51 dias sem comprar; ciclo próprio 32 dias; quase inativo aos 60, inativo aos 120"'
        in html
    )


def test_quem_nunca_comprou_e_quem_comprou_uma_vez_tem_barra_propria() -> None:
    assert "Ainda não comprou" in ritmo.barra(ritmo.Ritmo(None))
    unica = ritmo.barra(ritmo.Ritmo(233, None, 60, 120, "inativo", compra_unica=True))
    assert "uma só compra" in unica
    assert "cic" not in unica
    assert "--rec:100.0%" in unica  # além da escala, a barra enche e para


def test_ritmo_vem_das_datas_dos_indicadores() -> None:
    feito = ritmo.de_datas(date(2026, 9, 29), date(2026, 11, 28), date(2027, 1, 27), REFERENCIA, ciclo=32.0)
    assert (feito.recencia, feito.quase, feito.inativo) == (51, 60, 120)
    assert feito.vezes == 51 / 32


# ── Ritmo de compra (hastes) ─────────────────────────────────────────────────


def test_hastes_mostram_vaos_silencio_e_limites() -> None:
    pedidos = [(date(2026, 7, 31), Decimal(1730)), (date(2026, 8, 28), 2040), (date(2026, 9, 29), 1240)]
    svg = ritmo_de_compra(
        pedidos, REFERENCIA, ciclo=32, quase_em=date(2026, 11, 28), inativo_em=date(2027, 1, 27)
    )
    assert re.findall(r'class="tt vao"[^>]*>(\d+)<', svg) == ["28", "32"]
    assert ">51 d<" in svg
    assert "28/11/26 (60 d)" in svg
    assert "27/01/27 (120 d)" in svg
    assert "próxima compra esperada em 31/10/2026; está há 51 dias sem comprar" in svg
    assert svg.count("no-pedido") == 3


def test_pedidos_do_mesmo_dia_sao_uma_haste_e_os_depois_da_referencia_nao_existem() -> None:
    pedidos = [(date(2026, 11, 1), 100), (date(2026, 11, 1), 50), (date(2026, 11, 20), 999)]
    svg = ritmo_de_compra(pedidos, REFERENCIA)
    assert svg.count("no-pedido") == 1
    assert "01/11/2026 · R$ 150,00" in svg
    assert "999" not in svg


def test_sem_pedidos_nao_ha_desenho() -> None:
    assert ritmo_de_compra([], REFERENCIA) == ""


def test_rotulos_do_ritmo_nao_atravessam_a_linha_de_hoje() -> None:
    pedidos = [(date(2026, 8, 1), 100), (date(2026, 9, 1), 90), (date(2026, 9, 16), 80)]
    svg = ritmo_de_compra(
        pedidos,
        REFERENCIA,
        ciclo=66,
        p25=60,
        p75=75,
        quase_em=date(2026, 11, 15),
        inativo_em=date(2027, 1, 14),
    )
    hoje = _numeros(r'class="ln-hoje" x1="([\d.]+)"', svg)[0]
    assert _numeros(r'x="([\d.]+)"[^>]*text-anchor="end">quase inativo', svg)[0] < hoje
    assert _numeros(r'x="([\d.]+)"[^>]*text-anchor="start">esperado 21/11', svg)[0] > hoje


def test_hastes_nunca_saem_do_quadro() -> None:
    pedidos = [(date(2024, 1, 5), 10), (date(2024, 3, 1), 0)]
    svg = ritmo_de_compra(
        pedidos, REFERENCIA, ciclo=56, quase_em=date(2025, 3, 1), inativo_em=date(2025, 9, 1)
    )
    assert all(0 <= x <= 820 for x in _numeros(r'cx="([-\d.]+)"', svg))
    assert all(0 <= x <= 820 for x in _numeros(r' x1="([-\d.]+)"', svg))


# ── Composição ───────────────────────────────────────────────────────────────


def test_coluna_reparte_cem_por_cento_da_altura() -> None:
    svg = composicao.colunas([{"rotulo": "nov", "ativo": 50, "quase_inativo": 25, "inativo": 25}])
    assert _numeros(r'<rect[^>]* height="([\d.]+)"', svg) == [117.0, 58.0, 58.0]
    assert "ativos de 50,00% para 50,00%" in svg


def test_frase_da_composicao_vai_do_primeiro_ao_ultimo_mes_com_clientes() -> None:
    meses = [
        {"rotulo": "set", "ativo": 0, "quase_inativo": 0, "inativo": 0},
        {"rotulo": "out", "ativo": 3, "quase_inativo": 1, "inativo": 0},
        {"rotulo": "nov", "ativo": 2, "quase_inativo": 1, "inativo": 1},
    ]
    esperada = "Composição da carteira de out a nov: ativos de 75,00% para 50,00%; "
    assert composicao.frase(meses).startswith(esperada)
    assert "set" in composicao.colunas(meses)  # o mês vazio fica no eixo, sem coluna


def test_rotulos_de_fatias_finas_nao_se_cobrem() -> None:
    assert afastar([230, 228, 226], 34, 10) == [230, 196, 162]
    assert afastar([40, 30, 20], 34, 10) == [78, 44, 10]


def test_pilha_diz_as_quantidades_e_zero_nao_divide() -> None:
    html = composicao.pilha({"ativo": 3, "quase_inativo": 1, "inativo": 0})
    assert 'aria-label="3 ativos, 1 quase inativo, 0 inativos"' in html
    assert 'class="ativo" style="width:75.00%"' in html
    assert "sem clientes" in composicao.pilha({})


# ── Fluxo ────────────────────────────────────────────────────────────────────


def test_fluxo_separa_quem_piorou_de_quem_melhorou_ou_entrou() -> None:
    fluxos = [
        {"de": "ativo", "para": "quase_inativo", "clientes": 61},
        {"de": "quase_inativo", "para": "inativo", "clientes": 29},
        {"de": "quase_inativo", "para": "ativo", "clientes": 34},
        {"de": "prospect", "para": "ativo", "clientes": 11},
        {"de": "ativo", "para": "ativo", "clientes": 700},
    ]
    svg = fluxo.alluvial(fluxos, "20/10", "19/11")
    assert "De 20/10 a 19/11: 90 pioraram, 45 melhoraram ou entraram." in svg
    assert svg.count('class="fita') == 4  # quem ficou não entra
    assert "700" not in svg


def test_ninguem_se_moveu_nao_desenha_nada() -> None:
    assert fluxo.alluvial([]) == ""
    assert fluxo.alluvial([{"de": "ativo", "para": "ativo", "clientes": 9}]) == ""


def test_poucos_movimentos_nao_viram_fitas_gigantes() -> None:
    svg = fluxo.alluvial([{"de": "ativo", "para": "inativo", "clientes": 1}])
    assert _numeros(r'width="8" height="([\d.]+)"', svg) == [14.0, 14.0]


# ── UFs, histograma, barras e faísca ─────────────────────────────────────────


def test_mapa_tem_as_27_ufs_sem_dois_no_mesmo_lugar() -> None:
    assert len(ufs.LUGARES) == len(set(ufs.LUGARES.values())) == 27


def test_uf_com_clientes_e_link_e_sem_clientes_nao() -> None:
    html = ufs.mapa(
        [{"uf": "SC", "total": 628, "percentual": 35}, {"uf": "RS", "total": 0}], url="/clientes/?uf="
    )
    assert 'href="/clientes/?uf=SC" class="q3"' in html
    assert 'SC <small>35%</small><span class="sr"> em risco ou perdidos, de 628 clientes' in html
    assert html.count("<a ") == 1


def test_nivel_inclui_o_corte() -> None:
    assert [ufs.nivel(p) for p in (0, 19.9, 20, 38, 45, 100)] == [1, 1, 2, 4, 5, 5]


def test_histograma_pinta_as_faixas_pelos_limites_e_da_duas_alcas_de_teclado() -> None:
    faixas = [{"inicio": d, "fim": d + 30, "quantidade": 10} for d in range(0, 240, 30)]
    svg = histograma(faixas, 60, 120, acumulado=[d / 2.4 for d in range(241)], hoje=(45, 90))
    assert re.findall(r'data-inicio="(\d+)" fill="([^"]+)"', svg)[1:5] == [
        ("30", "var(--ativo-cheio)"),
        ("60", "url(#h-quase)"),
        ("90", "url(#h-quase)"),
        ("120", "url(#h-inativo)"),
    ]
    assert re.findall(r'role="slider".*?aria-valuenow="(\d+)"', svg) == ["60", "120"]
    assert "translate(190 0)" in svg
    assert "Distribuição de 80 intervalos entre compras; 25,00% das recompras em até 60 dias" in svg
    assert "hoje 45" in svg


def test_limite_alem_da_escala_fica_na_borda() -> None:
    svg = histograma([{"inicio": 0, "fim": 120, "quantidade": 1}], 360, 540)
    assert svg.count("translate(760 0)") == 2


def test_barras_ordenadas_escapam_nomes_e_marcam_a_media() -> None:
    html = barras(
        [{"rotulo": "<b>Vila</b>", "valor": 50}, {"rotulo": "Lages", "valor": 100, "url": "/x/"}], media=25
    )
    assert "&lt;b&gt;Vila&lt;/b&gt;" in html
    assert re.findall(r'<i style="width:([\d.]+)%', html) == ["50.0", "100.0"]
    assert html.count('<u style="left:25.0%">') == 2


def test_faisca_tem_uma_coluna_por_mes_e_zero_e_um_risco() -> None:
    svg = faisca([4, 0, 2])
    com, sem = (re.search(rf'class="{cor}" d="([^"]+)"', svg)[1] for cor in ("f-prospect", "f-falta"))
    assert _numeros(r"M([\d.]+) ", com) == [0.0, 34.7]
    assert _numeros(r"v-([\d.]+)", com) == [18.0, 9.0]
    assert _numeros(r"M([\d.]+) ", sem) == [17.3]
    assert _numeros(r"v-([\d.]+)", sem) == [1.5]
    assert faisca([]) == ""


def test_coordenada_perde_o_zero_a_toa() -> None:
    assert [n(v) for v in (12.0, 0.04, -0.04, 3.25)] == ["12", "0", "0", "3.2"]


# ── Curva de retorno ─────────────────────────────────────────────────────────


def test_curva_de_retorno_diz_os_numeros_e_se_interrompe_onde_faltam() -> None:
    curvas = [
        {"nome": "1ª compra", "pontos": [(15, 90.0), (30, 80.0), (60, 50.0)]},
        {"nome": "2ª compra", "pontos": []},
    ]
    svg = curvas_de_retorno(curvas, aviso=45)
    assert (
        'aria-label="Dos silêncios que chegaram a cada tamanho, quantos voltaram: 1ª compra, de 90% com'
        in svg
    )
    assert "15 dias a 50% com 60" in svg
    assert svg.count('class="faixa faixa-1"') == 2, "um trecho e a amostra do nome: de 30 a 60 falta o 45"
    assert "60 dias: 50,00%" in svg
    assert "2ª compra" not in svg
    assert "aviso de hoje, 45" in svg


def test_curva_de_retorno_sem_pontos_nao_se_desenha() -> None:
    assert curvas_de_retorno([{"nome": "1ª compra", "pontos": []}]) == ""
