"""A linha do tempo das situações de um cliente: cada mudança com o dia e a causa."""

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest

from atividade.historico import Mudanca
from atividade.limiares import configurar
from atividade.models import Status
from atividade.recalculo import recalcular
from atividade.regras import Periodo
from carteira.graficos.linha_das_situacoes import linha_das_situacoes
from clientes.models import Cliente
from contas.models import Empresa
from tests.conftest import HOJE, novo_pedido
from tests.web.carteira_de_teste import indicar

pytestmark = pytest.mark.django_db


def noite(empresa: Empresa, dia: date) -> None:
    recalcular(empresa=empresa, referencia=dia, hoje=dia)


def regra(empresa: Empresa, texto: str, aviso: str, desde: date, **nivel: Any) -> None:
    configurar(empresa=empresa, periodo=Periodo.de_texto(texto), antecedencia=Periodo.de_texto(aviso),
               vigente_desde=desde, **{"por": None, **nivel})  # fmt: skip


@pytest.fixture
def agro(empresa: Empresa, ana: Any, novo_cliente: Any, hoje: date) -> Cliente:
    """Comprou em 04/06/2026; a regra do segmento Agro é 180 dias, aviso 60 antes, desde 01/03."""
    cliente = novo_cliente("C", vendedor=ana, segmento="Agro", compras=[(date(2026, 6, 4), "10")])
    regra(empresa, "180d", "60d", date(2026, 3, 1), segmento=cliente.segmento)
    noite(empresa, date(2026, 6, 10))
    return cliente


def causas(entrar: Any, pessoa: Any, cliente: Cliente) -> list[str]:
    resposta = entrar(pessoa).get(f"/clientes/{cliente.pk}/historico/?ver=situacao")
    return [f.causa for f in resposta.context["fatos"]]


def test_virou_quase_inativo_pelo_tempo_e_voltou_com_um_pedido(
    empresa: Empresa, ana: Any, entrar: Any, agro: Cliente
) -> None:
    noite(empresa, date(2026, 10, 5))
    novo_pedido(agro, "8812", date(2026, 11, 11), "1234.50")
    noite(empresa, HOJE)
    assert causas(entrar, ana, agro) == [
        "Voltou em 11/11/2026, depois de 160 dias: pedido 8812, R$ 1.234,50.",
        "Virou quase inativo em 02/10/2026 porque chegou a 120 dias sem comprar: regra do segmento Agro, "
        "desde 01/03/2026 (inativo após 180 dias, aviso 60 dias antes).",
    ]
    pagina = unescape(entrar(ana).get(f"/clientes/{agro.pk}/historico/?ver=situacao").content.decode())
    assert "Ativo → Quase inativo" in re.sub(r"\s+", " ", pagina)
    assert (
        "Quase inativo de 02/10/2026 a 11/11/2026 (40 dias); Ativo de 11/11/2026 a hoje (9 dias)." in pagina
    )


def test_chegar_ao_limite_e_comprar_no_mesmo_dia_sao_duas_linhas_em_ordem(
    empresa: Empresa, ana: Any, entrar: Any, agro: Cliente
) -> None:
    novo_pedido(agro, "9", date(2026, 10, 2), "1")
    noite(empresa, date(2026, 10, 3))
    assert [c.split(" em ")[0] for c in causas(entrar, ana, agro)] == ["Voltou", "Virou quase inativo"]


def test_primeira_compra_mudanca_de_regra_e_correcao(
    empresa: Empresa, davi: Any, ana: Any, entrar: Any, agro: Cliente, novo_cliente: Any
) -> None:
    novo = novo_cliente("N", vendedor=ana)
    noite(empresa, date(2026, 6, 20))
    novo_pedido(novo, "1", date(2026, 6, 21), "5")
    noite(empresa, date(2026, 6, 22))
    assert causas(entrar, ana, novo) == ["Primeira compra em 21/06/2026: pedido 1, R$ 5,00."]
    regra(empresa, "20d", "5d", date(2026, 6, 23), segmento=agro.segmento, por=davi, motivo="safra curta")
    noite(empresa, date(2026, 6, 23))
    assert causas(entrar, ana, agro)[0] == (
        "Virou quase inativo em 23/06/2026 por mudança de configuração de Davi Rocha (“safra curta”); passou a "
        "valer a regra do segmento Agro, desde 23/06/2026 (inativo após 20 dias, aviso 5 dias antes)."
    )
    agro.pedidos.update(situacao="cancelado", conta=False)
    noite(empresa, date(2026, 6, 24))
    assert causas(entrar, ana, agro)[0].startswith(
        "Virou prospect em 24/06/2026 porque os pedidos foram corrigidos depois da data deles; vale a regra do segmento"
    )


def test_pedido_que_sumiu_e_regra_de_fabrica_sao_ditos(
    empresa: Empresa, ana: Any, entrar: Any, hoje: date, novo_cliente: Any
) -> None:
    cliente = novo_cliente("C", vendedor=ana, compras=[(date(2026, 5, 1), "1")])
    noite(empresa, date(2026, 6, 1))
    noite(empresa, date(2026, 9, 2))
    [causa] = causas(entrar, ana, cliente)
    assert causa == (
        "Virou quase inativo em 01/09/2026 porque chegou a 123 dias sem comprar: regra padrão "
        "(inativo após 6 meses, aviso 2 meses antes)."
    )
    novo = novo_cliente("N", vendedor=ana)
    pedido = novo_pedido(novo, "1", date(2026, 9, 3), "5")
    noite(empresa, date(2026, 9, 3))
    pedido.delete()
    assert causas(entrar, ana, novo) == ["Primeira compra em 03/09/2026: o pedido já não existe."]


def test_sem_mudancas_a_aba_diz_como_ele_esta(
    ana: Any, empresa: Empresa, entrar: Any, hoje: date, novo_cliente: Any
) -> None:
    Empresa.objects.update(referencia=HOJE)
    cliente = indicar(novo_cliente("C", vendedor=ana), HOJE - timedelta(days=3), status=Status.ATIVO)
    pagina = entrar(ana).get(
        f"/clientes/{cliente.pk}/historico/?ver=situacao", headers={"HX-Request": "true"}
    )
    assert (
        "Nenhuma mudança de situação desde que a carteira é acompanhada: está como ativo"
        in pagina.content.decode()
    )


def test_cliente_de_outra_carteira_nao_tem_linha_do_tempo(carla: Any, entrar: Any, agro: Cliente) -> None:
    for caminho in ("", "historico/?ver=situacao"):
        assert entrar(carla).get(f"/clientes/{agro.pk}/{caminho}").status_code == 404


def test_a_faixa_nao_tem_vaos_e_comeca_ate_dois_anos_atras() -> None:
    mudancas = [
        Mudanca(date(2023, 1, 1), "prospect", "ativo"),
        Mudanca(date(2025, 5, 20), "ativo", "quase_inativo"),
        Mudanca(date(2025, 5, 20), "quase_inativo", "ativo"),
        Mudanca(date(2026, 5, 20), "ativo", "inativo"),
        Mudanca(date(2026, 12, 1), "inativo", "ativo"),
    ]
    rotulo = re.search(r'aria-label="([^"]+)"', linha_das_situacoes(mudancas, HOJE))
    assert rotulo is not None
    assert rotulo[1] == (
        "Ativo de 20/11/2024 a 20/05/2026 (546 dias); Inativo de 20/05/2026 a hoje (184 dias)."
    )
    assert linha_das_situacoes([], HOJE) == ""
