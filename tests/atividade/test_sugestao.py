"""A sugestão: a melhor candidata que cabe na carga, sempre a mesma, e o silêncio quando não há o que provar."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from atividade.cenarios import Cenario
from atividade.regras import Periodo, Regra
from atividade.retorno import Duracoes, Retorno
from atividade.silencios import Atendimento, Contagem, Serie
from atividade.sugestao import FIXAS, Passado, Veredito, candidatas, da_curva, em_dias, sugerir

CORTE = date(2026, 1, 31)
HOJE = Regra(Periodo(150, "d"), Periodo(60, "d"))
ANA = 1


def contagem(grupos: dict[int, tuple[int, int]], segmento: int | None = None) -> Contagem:
    """`{dias de silêncio: (perdidos, voltaram)}` em um corte, todos da Ana."""
    linhas = [(CORTE - timedelta(days=d), p, v, p, v) for d, (p, v) in sorted(grupos.items(), reverse=True)]
    return Contagem((CORTE,), 180, {(0, segmento, None, None): Serie.de_linhas(linhas)})


def passado(grupos: dict[int, tuple[int, int]], **mais: Any) -> Passado:
    padrao = Passado(contagem(grupos), Cenario(HOJE), Atendimento({(ANA, None): 200}), Retorno({}))
    return replace(padrao, ciclo_da_empresa=Decimal(26), **mais)


# Quem passa de 52 dias (2 ciclos) calado quase sempre se perdeu; antes disso quase sempre volta.
CLARO = {10: (5, 200), 51: (5, 30), 52: (30, 5), 100: (30, 3)}


def test_vence_a_que_separa_melhor_quem_se_perde_de_quem_volta() -> None:
    achada = sugerir(passado(CLARO, alertas_por_vendedor=100))
    assert achada.veredito is Veredito.SUGERIDA
    assert achada.melhor is not None
    # 2 e 3 ou 2 e 4 vezes o ciclo avisam os mesmos: fica a que dá menos por perdidos quem volta
    assert achada.melhor.candidata.nome == "2 e 4 vezes o ciclo da empresa"
    assert achada.melhor.regra == Regra(Periodo(104, "d"), Periodo(52, "d"))
    assert achada.melhor.medidas.sensibilidade == Fraction(60, 70)
    assert achada.melhor.medidas.balanceada == (Fraction(60, 70) + Fraction(230, 238)) / 2
    assert achada.hoje.medidas.sensibilidade == Fraction(30, 70)
    assert (achada.melhor.carga, achada.limite) == (68, 100)


def test_a_carga_dos_vendedores_barra_a_melhor() -> None:
    """A melhor daria 68 alertas à Ana: com 40 fica a segunda; com 68 ela cabe."""
    folgada = sugerir(passado(CLARO, alertas_por_vendedor=68))
    apertada = sugerir(passado(CLARO, alertas_por_vendedor=40))
    assert folgada.melhor is not None
    assert folgada.melhor.carga == 68
    assert apertada.melhor is not None
    assert apertada.melhor.carga is not None
    assert apertada.melhor.carga <= 40
    assert apertada.melhor.medidas.balanceada == folgada.melhor.medidas.balanceada
    assert apertada.melhor.candidata.nome == "2 e 3 vezes o ciclo da empresa"


def test_nenhuma_que_caiba_e_dito_e_nada_se_sugere() -> None:
    todo_dia = dict.fromkeys(range(1, 400), (1, 1))
    pesada = sugerir(passado(todo_dia, alertas_por_vendedor=1))
    assert pesada.veredito is Veredito.PESADAS
    assert pesada.melhor is None
    assert len(pesada.avaliadas) == 9


def test_a_de_hoje_fica_se_ninguem_ganha_um_ponto() -> None:
    ao_acaso = dict.fromkeys(range(1, 180), (2, 2))
    parada = sugerir(passado(ao_acaso, alertas_por_vendedor=1000))
    assert parada.veredito is Veredito.A_DE_HOJE
    assert parada.melhor is not None
    sufocada = sugerir(passado(ao_acaso, alertas_por_vendedor=100))
    assert sufocada.hoje.carga == 240
    assert sufocada.veredito is Veredito.SUGERIDA, "a de hoje não cabe na carga"


@pytest.mark.parametrize("grupos", [{}, {10: (29, 500)}, {10: (500, 29)}])
def test_poucos_dados_se_diz(grupos: dict[int, tuple[int, int]]) -> None:
    if not grupos:
        vazio = replace(passado({10: (1, 1)}), contagem=Contagem((), 180, {}))
        assert sugerir(vazio).veredito is Veredito.POUCOS_DADOS
        return
    achada = sugerir(passado(grupos))
    assert achada.veredito is Veredito.POUCOS_DADOS
    assert (achada.amostra.perdidos, achada.amostra.voltaram) == grupos[10]
    assert achada.melhor is None


def test_sem_vendedores_a_carga_nao_decide() -> None:
    achada = sugerir(passado(CLARO, atendimento=Atendimento({}), alertas_por_vendedor=1))
    assert achada.veredito is Veredito.SUGERIDA
    assert achada.melhor is not None
    assert achada.melhor.carga is None


def test_candidatas_em_ordem_fixa_sem_repetir_nem_a_de_hoje() -> None:
    nomes = [c.nome for c in candidatas(passado(CLARO))]
    assert nomes == [nome for nome, _ in FIXAS] + [
        "1,5 e 3 vezes o ciclo da empresa",
        "2 e 3 vezes o ciclo da empresa",
        "2 e 4 vezes o ciclo da empresa",
        "3 e 6 vezes o ciclo da empresa",
    ]
    com_varejo = replace(passado(CLARO), cenario=Cenario(FIXAS[1][1]))
    assert FIXAS[1][0] not in [c.nome for c in candidatas(com_varejo)]
    sem_ciclo = replace(passado(CLARO), ciclo_da_empresa=None)
    assert len(candidatas(sem_ciclo)) == len(FIXAS)


def test_por_ciclo_so_entra_com_a_contagem_por_ciclo() -> None:
    com = replace(passado(CLARO), contagem_por_ciclo=contagem(CLARO))
    nomes = [c.nome for c in candidatas(com)]
    assert nomes[-2:] == ["1,5 e 3 vezes o ciclo de cada cliente", "2 e 4 vezes o ciclo de cada cliente"]
    regra = candidatas(com)[-1].regra
    assert (regra.periodo, regra.antecedencia) == (HOJE.periodo, HOJE.antecedencia), "a reserva é a de hoje"
    with pytest.raises(ValueError, match="contagem por ciclo"):
        passado(CLARO).avaliar(candidatas(com)[-1])


def test_no_segmento_entram_os_multiplos_dele_e_a_parte_da_carga() -> None:
    base = passado(CLARO, ciclos_por_segmento={7: Decimal("40.5")})
    no_segmento = replace(
        base, contagem=contagem(CLARO, 7), atendimento=Atendimento({(ANA, 7): 50, (ANA, 8): 150})
    )
    assert "2 e 4 vezes o ciclo do segmento" in [c.nome for c in candidatas(no_segmento, 7)]
    regras = {c.nome: c.regra for c in candidatas(no_segmento, 7)}
    assert regras["1,5 e 3 vezes o ciclo do segmento"] == em_dias(61, 122)  # 60,75 e 121,5 para cima
    assert sugerir(no_segmento, 7).limite == 10
    assert sugerir(no_segmento, 8).veredito is Veredito.POUCOS_DADOS


def test_o_inativo_antigo_de_hoje_fica_onde_cabe() -> None:
    hoje = Regra(Periodo(60, "d"), Periodo(30, "d"), Periodo(365, "d"))
    antigos = {c.nome: c.regra.antigo for c in candidatas(replace(passado(CLARO), cenario=Cenario(hoje)))}
    assert antigos["2 e 4 vezes o ciclo da empresa"] == Periodo(365, "d")
    assert antigos[FIXAS[0][0]] is None, "18 meses passam de 365 dias"


def test_limites_da_curva_onde_o_retorno_cai() -> None:
    """Aos 30 dias 80 % voltam; aos 45, 60 %; aos 90, 30 %."""
    d = Duracoes({40: 500, 85: 300, 300: 20}, {900: 200})
    achada = da_curva(d)
    assert achada is not None
    quase = achada.periodo.n - achada.antecedencia.n
    antes, no_aviso = d.ponto(quase - 5), d.ponto(quase)
    assert antes is not None
    assert no_aviso is not None
    assert antes.voltaram >= 0.70 > no_aviso.voltaram
    na_perda, um_antes = d.ponto(achada.periodo.n), d.ponto(achada.periodo.n - 5)
    assert na_perda is not None
    assert um_antes is not None
    assert na_perda.voltaram < 0.40 <= um_antes.voltaram
    assert da_curva(Duracoes({40: 99}, {})) is None, "com menos de 100 silêncios não há curva"
    assert da_curva(Duracoes({400: 1000}, {})) == em_dias(30, 35), "ninguém volta: o mais cedo que se aceita"


def test_a_mesma_resposta_sempre() -> None:
    assert sugerir(passado(CLARO)) == sugerir(passado(dict(reversed(CLARO.items()))))
