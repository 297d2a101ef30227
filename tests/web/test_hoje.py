"""O dia de quem vende: o combinado, a fila e a semana numa página, com o que se precisa para ligar."""

from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from atividade.models import Status
from clientes.models import Agendamento
from contas.models import Empresa
from tests.conftest import HOJE
from tests.web.carteira_de_teste import indicar

# Casa comprou anteontem e só volta a comprar em dois meses
CICLO = {"C3": {"intervalo_mediano_dias": Decimal(60), "proxima_compra_esperada": HOJE + timedelta(days=58)}}
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


@pytest.fixture
def carteira(ana: Any, novo_cliente: Any) -> dict[str, Any]:
    """Aurora combinada para hoje, Bazar na hora de comprar, Casa só na semana que vem."""
    Empresa.objects.update(referencia=HOJE)
    nomes = {"C1": "Ferragens Aurora", "C2": "Bazar Krüger", "C3": "Casa das Tintas"}
    clientes = {}
    for n, (codigo, nome) in enumerate(nomes.items()):
        dias = (20, 40, 2)[n]
        cliente = novo_cliente(
            codigo, vendedor=ana, razao_social=nome, cidade="Timbó", uf="SC", telefone=f"+554799922019{n}",
            compras=[(HOJE - timedelta(days=dias + 30 * k), f"{1500 + n}.40") for k in range(4)],
        )  # fmt: skip
        indicar(
            cliente,
            HOJE - timedelta(days=dias),
            status=Status.ATIVO,
            valor_12m=Decimal(6000),
            **CICLO.get(codigo, {}),
        )
        clientes[nome] = cliente
    combinar = Agendamento.objects.create
    combinar(
        cliente=clientes["Ferragens Aurora"], responsavel=ana, criado_por=ana, em=HOJE, hora=time(14, 30),
        nota="Levar amostra",
    )  # fmt: skip
    combinar(
        cliente=clientes["Casa das Tintas"], responsavel=ana, criado_por=ana, em=HOJE + timedelta(days=7)
    )
    return clientes


def test_combinados_fila_e_semana_com_telefone_motivo_e_ultimo_pedido(
    ana: Any, carteira: dict[str, Any], entrar: Any
) -> None:
    resposta = entrar(ana).get("/hoje/")
    grupos = {titulo: [i.cliente.nome for i in itens] for titulo, itens in resposta.context["grupos"]}
    assert grupos == {"Combinados": ["Ferragens Aurora"], "Para ligar": ["Bazar Krüger"]}
    assert [a.cliente.nome for a in resposta.context["a_frente"]] == ["Casa das Tintas"]
    pagina = resposta.content.decode()
    for texto in (
        "Ligação combinada para hoje às 14:30: Levar amostra.",
        "(47) 99922-0190",
        "31/10/2026, R$\xa01.500,40",
        "Compra a cada 30 dias, está há 40.",
        "11/10/2026, R$\xa01.501,40",
        "Sexta-feira, 20 de novembro · atualizado às",
        ">9:00</time>",
    ):
        assert texto.replace("\xa0", " ") in pagina.replace("\xa0", " "), texto
    assert "no-store" in resposta["Cache-Control"]


def test_depois_de_um_contato_so_o_miolo_se_refaz(ana: Any, carteira: dict[str, Any], entrar: Any) -> None:
    pagina = entrar(ana).get("/hoje/", headers={"HX-Request": "true", "HX-Target": "dia"}).content.decode()
    assert "<html" not in pagina
    assert "Ferragens Aurora" in pagina


def test_quem_nao_quer_ligacao_nem_conversa_nao_mostra_numero(
    ana: Any, carteira: dict[str, Any], entrar: Any
) -> None:
    cliente = carteira["Ferragens Aurora"]
    cliente.nao_contatar = ["ligacao", "whatsapp"]
    cliente.save()
    pagina = entrar(ana).get("/hoje/").content.decode()
    assert "Ferragens Aurora" in pagina
    assert "99922-0190" not in pagina
    assert "5547999220190" not in pagina


def test_carla_nao_ve_o_dia_da_ana_e_o_vazio_diz_o_que_fazer(
    carla: Any, carteira: dict[str, Any], entrar: Any
) -> None:
    pagina = entrar(carla).get("/hoje/").content.decode()
    assert "Tudo em dia por hoje" in pagina
    assert "Aurora" not in pagina


def test_quem_so_le_nao_tem_dia(lia: Any, entrar: Any) -> None:
    assert entrar(lia).get("/hoje/").status_code == 403
