"""As frases da composição: pura leitura dos números."""

from datetime import date
from decimal import Decimal

import pytest

from carteira import achados
from relatorios.composicao import Fatia, Grupo
from relatorios.evolucao import Mes
from relatorios.migracao import Migracao, Passagem


def mes(dia: date, ativos: int, quase: int, inativos: int) -> Mes:
    return Mes(dia, "retrato", {"ativo": ativos, "quase_inativo": quase, "inativo": inativos})


def grupo(
    chave: str = "", rotulo: str = "", *, ativos: int = 0, quase: int = 0, inativos: int = 0, risco: str = "0"
) -> Grupo:
    return Grupo(
        chave,
        rotulo or chave,
        {
            "ativo": Fatia(ativos),
            "quase_inativo": Fatia(quase, Decimal(risco), Decimal(risco)),
            "inativo": Fatia(inativos),
        },
    )


def test_queda_de_ativos_vira_titulo_com_pontos_e_meses() -> None:
    meses = [mes(date(2025, 11, 30), 666, 118, 216), mes(date(2026, 11, 20), 624, 143, 233)]
    titulo, texto = achados.da_evolucao(meses)
    assert titulo == "Ativos caíram 4,2 pontos em 12 meses"
    assert texto == "De 66,60% para 62,40%; quase inativos +2,5 pontos, inativos +1,7 ponto."


def test_menos_de_meio_ponto_e_estavel() -> None:
    meses = [mes(date(2026, 9, 30), 500, 250, 250), mes(date(2026, 10, 31), 504, 250, 246)]
    assert achados.da_evolucao(meses)[0] == "Carteira estável: ativos variaram 0,4 ponto em 1 mês"


def test_mes_sem_retrato_nao_entra_na_comparacao() -> None:
    meses = [Mes(date(2025, 11, 30)), mes(date(2026, 8, 31), 50, 25, 25), mes(date(2026, 11, 20), 60, 20, 20)]
    assert achados.da_evolucao(meses)[0] == "Ativos subiram 10,0 pontos em 3 meses"
    assert achados.da_evolucao(meses[:2])[0] == "Ainda não há história para comparar"


def test_risco_diz_valor_quantos_e_quantos_somam_metade() -> None:
    carteira = grupo(quase=182, risco="2310000")
    assert achados.do_risco(carteira, 20) == (
        "R$ 2,31 mi/ano",
        "estão com 182 quase inativos. 20 deles somam metade.",
    )
    assert achados.do_risco(carteira, 1)[1] == "estão com 182 quase inativos. Um só soma metade."
    assert achados.do_risco(grupo(quase=1, risco="900"), 1) == ("R$ 900/ano", "está com 1 quase inativo.")


def test_curva_a_so_fala_quando_poucos_guardam_muito() -> None:
    poucos = [grupo("A", quase=41, risco="1320"), grupo("C", quase=141, risco="990")]
    assert (
        achados.da_curva_a(poucos) == "Na curva A são só 41 quase inativos, mas R$ 1 mil/ano: 57% do risco."
    )
    assert achados.da_curva_a([grupo("A", quase=9, risco="10"), grupo("C", quase=1, risco="90")]) == ""
    assert achados.da_curva_a([]) == ""


@pytest.mark.parametrize(
    ("pioram", "melhoram", "titulo"),
    [
        (90, 66, "90 pioraram e 66 melhoraram ou entraram em 30 dias"),
        (1, 2, "2 melhoraram ou entraram e 1 piorou em 30 dias"),
        (3, 3, "3 pioraram e o mesmo tanto melhorou em 30 dias"),
        (0, 0, "Ninguém mudou de situação em 30 dias"),
    ],
)
def test_titulo_da_migracao_comeca_pelo_lado_maior(pioram: int, melhoram: int, titulo: str) -> None:
    passagens = [Passagem("ativo", "inativo", pioram, Decimal(0))] * bool(pioram)
    passagens += [Passagem("prospect", "ativo", melhoram, Decimal(0))] * bool(melhoram)
    assert achados.da_migracao(Migracao(tuple(passagens)), 30) == titulo


def test_uf_pequena_nao_vira_manchete() -> None:
    ufs = [
        grupo("SP", ativos=49, quase=20, inativos=31),
        grupo("AC", ativos=2),
        grupo("0", "Sem UF", inativos=50),
    ]
    assert achados.das_ufs(ufs) == "SP tem a maior parte em risco ou perdida: 51%"
    assert achados.das_ufs([grupo("AC", inativos=2)]) == "Onde está o risco"


def test_titulo_das_ufs_diz_o_recorte_quando_uma_menor_esta_pior() -> None:
    """Os 100% do Acre aparecem no mapa: sem o recorte, a frase seria desmentida por ele."""
    ufs = [grupo("SP", ativos=49, quase=20, inativos=31), grupo("AC", inativos=2)]
    assert (
        achados.das_ufs(ufs)
        == "Entre as UFs com 10 clientes ou mais, SP tem a maior parte em risco ou perdida: 51%"
    )


def test_municipios_dizem_quanto_do_risco_os_tres_primeiros_somam() -> None:
    grupos = [
        grupo("1", "Joinville/SC", risco="30"),
        grupo("2", "Chapecó/SC", risco="20"),
        grupo("3", "Gaspar/SC", risco="10"),
    ]
    assert (
        achados.dos_municipios(grupos, Decimal(120))
        == "Joinville/SC, Chapecó/SC e Gaspar/SC somam 50% do R$ em risco"
    )
    assert achados.dos_municipios(grupos[:1], Decimal(60)) == "Joinville/SC tem 50% do R$ em risco"
    assert achados.dos_municipios([], Decimal(0)) == "Nenhum município com valor em risco"
