"""Aplicar uma regra que inativa clientes não é notícia: nem no resumo, nem no volume; só o tempo conta."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from atividade.limiares import configurar
from atividade.models import MudancaStatus
from atividade.regras import Periodo, PorCiclo
from carteira.recalculos import recalcular_empresa
from carteira.rotinas import Desfecho, rotina_noturna
from clientes.models import Cliente
from contas.models import Empresa, Usuario
from notificacoes.models import Mensagem, TipoDeMensagem
from tests.conftest import SAO_PAULO, novo_pedido
from tests.sementes import na_resistencia

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("correio")]
SEGUNDA = date(2026, 11, 16)
TERCA, OUTRA_SEGUNDA = SEGUNDA + timedelta(days=1), SEGUNDA + timedelta(days=7)
REGRAS: dict[str, dict[str, Any]] = {
    "fixa": {"periodo": Periodo(60, "d"), "antecedencia": Periodo(10, "d")},
    "por ciclo": {
        "periodo": Periodo(300, "d"),
        "antecedencia": Periodo(30, "d"),
        "ciclo": PorCiclo(Decimal("1.5"), Decimal(3), 5, 200, 10, 250),
    },
}


@pytest.fixture
def carteira(ana: Usuario, bruno: Usuario, novo_cliente: Any) -> dict[str, Cliente]:
    """De 20 em 20 dias, como toda a carteira; pela regra de fábrica, de 6 meses, todos são ativos."""

    def parado(codigo: str, ha: int) -> Cliente:
        compras = [(SEGUNDA - timedelta(days=ha + 20 * n), "500") for n in range(4)]
        cliente: Cliente = novo_cliente(codigo, vendedor=ana, compras=compras)
        return cliente

    return {
        "pela_regra": parado("REGRA", 100),
        "pelo_tempo": parado("TEMPO", 59),
        "em_dia": parado("EMDIA", 1),
    }


def as_(dia: date, hora: int) -> Any:
    return time_machine.travel(datetime.combine(dia, time(hora), SAO_PAULO), tick=False)


def noite(dia: date) -> None:
    with as_(dia, 2):
        assert rotina_noturna(dia, hoje=dia) is Desfecho.FEITA


def historia(cliente: Cliente) -> list[tuple[str, str, str]]:
    return list(cliente.mudancas.filter(em__gte=SEGUNDA).values_list("de", "para", "motivo"))


def ultima(pessoa: Usuario, tipo: str) -> Mensagem:
    mensagem: Mensagem = Mensagem.objects.filter(pessoa=pessoa, tipo=tipo).latest("pk")
    return mensagem


@pytest.mark.parametrize(
    ("regra", "recalcula"),
    [
        ("fixa", "na hora"),
        ("por ciclo", "à noite"),
        na_resistencia("fixa", "à noite"),
        na_resistencia("por ciclo", "na hora"),
    ],
)
def test_quem_so_a_regra_inativou_nao_e_novidade(
    regra: str,
    recalcula: str,
    empresa: Empresa,
    ana: Usuario,
    bruno: Usuario,
    davi: Usuario,
    carteira: dict[str, Cliente],
) -> None:
    noite(SEGUNDA)
    assert not MudancaStatus.objects.filter(em__gte=SEGUNDA).exists()
    with as_(SEGUNDA, 10):
        nova = configurar(empresa=empresa, vigente_desde=SEGUNDA, por=davi, **REGRAS[regra])
        if recalcula == "na hora":
            escritas = Mensagem.objects.count()
            recalcular_empresa(empresa.pk, por=davi)
            assert Mensagem.objects.count() == escritas
    noite(TERCA)

    pela_regra, pelo_tempo = carteira["pela_regra"], carteira["pelo_tempo"]
    assert historia(pela_regra) == [("ativo", "inativo", "configuracao")]
    assert pela_regra.mudancas.latest("em").limiar == nova
    assert historia(pelo_tempo)[-1] == ("quase_inativo", "inativo", "tempo")
    resumo = ultima(ana, TipoDeMensagem.RESUMO_DIARIO)
    assert "Cliente TEMPO" in resumo.texto
    assert "VIRARAM INATIVOS (1)" in resumo.texto
    assert "Cliente REGRA" not in resumo.texto + resumo.html

    novo_pedido(carteira["em_dia"], "N1", OUTRA_SEGUNDA - timedelta(days=1))
    noite(OUTRA_SEGUNDA)
    volume = ultima(bruno, TipoDeMensagem.VOLUME_SEMANAL)
    assert volume.referencia == OUTRA_SEGUNDA
    assert "0 quase inativos (=), 2 inativos (+1)" in volume.texto, "os dois são inativos; só um é novidade"
    assert "sem contar quem só mudou porque a regra mudou" in volume.texto
    assert "sem contar quem só mudou porque a regra mudou" in volume.html


def test_sem_regra_nova_o_volume_nao_fala_de_regra(
    ana: Usuario, bruno: Usuario, carteira: dict[str, Cliente], novo_cliente: Any
) -> None:
    novo_cliente("PERTO", vendedor=ana, compras=[(SEGUNDA - timedelta(days=182), "10")])
    noite(SEGUNDA)
    novo_pedido(carteira["em_dia"], "N1", OUTRA_SEGUNDA - timedelta(days=1))
    noite(OUTRA_SEGUNDA)
    volume = ultima(bruno, TipoDeMensagem.VOLUME_SEMANAL).texto
    assert "1 inativo (+1)" in volume
    assert "porque a regra mudou" not in volume
