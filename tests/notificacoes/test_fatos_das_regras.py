"""De que cada regra de aviso fala, e exatamente quando começa a falar."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from atividade.models import Indicadores
from clientes.models import Agendamento, Cliente, Titulo
from contas.models import Empresa, Usuario
from notificacoes.models import (
    ItemDeMensagem,
    Mensagem,
    Sobre,
)
from notificacoes.regras.fatos import FATOS
from tests.conftest import novo_pedido
from tests.notificacoes.regras_de_teste import DIA, VAGA, atras, calcular, citados, regra, rodar, so_as_regras

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


# ── De que se avisa ──────────────────────────────────────────────────────────


def test_entrou_em_quase_inativo_em_inativo_e_foi_reativado(
    empresa: Empresa, ana: Usuario, davi: Usuario, comprou: Any
) -> None:
    so_as_regras(empresa)
    comprou("Q1", ana, 121)  # entra em quase inativo em 21/11
    comprou("I1", ana, 182)  # em inativo em 22/11
    volta = comprou("R1", ana, 300)
    calcular(empresa)
    for sobre in ("entrou_quase", "entrou_inativo", "reativado"):
        regra(empresa, davi, sobre)
    assert rodar(empresa)["avisos"] == 0, "o que já era assim antes da primeira noite não é notícia"
    novo_pedido(volta, "R1-9", VAGA + DIA)
    for n in (1, 2, 3):
        calcular(empresa, VAGA + n * DIA)
        rodar(empresa, VAGA + n * DIA, VAGA + (n - 1) * DIA)
    ditos = ItemDeMensagem.objects.values_list("cliente__codigo", "evento", "decidido_em")
    assert sorted(ditos) == [
        ("I1", "2026-11-22", date(2026, 11, 22)),
        ("Q1", "2026-11-22", date(2026, 11, 22)),
        ("R1", "2026-11-21", date(2026, 11, 21)),
    ]
    textos = "\n".join(Mensagem.objects.values_list("texto", flat=True))
    assert "Quase inativo desde 22/11/2026." in textos
    assert "Inativo desde 22/11/2026." in textos
    assert "Voltou a comprar em 21/11/2026." in textos


def test_mudanca_de_regra_nao_avisa(empresa: Empresa, ana: Usuario, davi: Usuario, comprou: Any) -> None:
    from atividade.limiares import configurar
    from atividade.regras import Periodo

    so_as_regras(empresa)
    comprou("A1", ana, 60)
    calcular(empresa)
    regra(empresa, davi, "entrou_inativo")
    dias = Periodo(50, "d"), Periodo(10, "d")
    configurar(empresa=empresa, periodo=dias[0], antecedencia=dias[1], vigente_desde=VAGA + DIA, por=davi)
    calcular(empresa, VAGA + DIA)
    assert Indicadores.objects.get().status == "inativo"
    assert rodar(empresa, VAGA + DIA)["avisos"] == 0


def test_sem_contato_no_limite_e_nunca_contatado(
    empresa: Empresa, ana: Usuario, davi: Usuario, comprou: Any
) -> None:
    so_as_regras(empresa)
    comprou("A1", ana, 5, "30.00", cadastrado_em=atras(400))
    ha_29, ha_30 = comprou("A2", ana, 5, "20.00"), comprou("A3", ana, 5, "10.00")
    comprou("A4", ana, 5, cadastrado_em=atras(29))
    calcular(empresa)
    for cliente, dias in ((ha_29, 29), (ha_30, 30)):
        em = datetime(2026, 11, 20, 12, tzinfo=UTC) - timedelta(days=dias)
        Indicadores.objects.filter(cliente=cliente).update(ultimo_contato_em=em)
    regra(empresa, davi, "sem_contato", dias=30)
    rodar(empresa)
    assert citados(ana) == ["A1", "A3"]
    assert "Nunca contatado, há 400 dias aqui." in Mensagem.objects.get().texto
    assert "Sem contato há 30 dias." in Mensagem.objects.get().texto


def test_compromisso_vencido(empresa: Empresa, ana: Usuario, davi: Usuario, comprou: Any) -> None:
    so_as_regras(empresa)
    cliente = comprou("A1", ana, 5)
    for em in (VAGA, atras(1)):
        Agendamento.objects.create(cliente=cliente, responsavel=ana, criado_por=ana, em=em)
    calcular(empresa)
    regra(empresa, davi, "agenda_vencida")
    rodar(empresa)
    assert "Combinado para 19/11/2026, 1 dia de atraso: Ana Souza." in Mensagem.objects.get().texto
    assert ItemDeMensagem.objects.count() == 1


def test_titulo_vencido_avisa_uma_vez_e_outro_que_vence_avisa_de_novo(
    empresa: Empresa, ana: Usuario, davi: Usuario, comprou: Any
) -> None:
    so_as_regras(empresa)
    cliente = comprou("A1", ana, 5)

    def titulo(numero: str, vencimento: date, valor: int) -> Titulo:
        return Titulo.objects.create(
            empresa=empresa,
            numero=numero,
            cliente=cliente,
            emissao=atras(90),
            vencimento=vencimento,
            valor=valor,
            saldo=valor,
        )

    velho, novo = titulo("T1", atras(20), 100), titulo("T2", atras(1), 900)
    titulo("T3", VAGA, 50)  # no próprio dia ainda se paga
    calcular(empresa)
    regra(empresa, davi, "inadimplente")
    regra(empresa, davi, "regularizou")
    rodar(empresa)
    assert "R$ 1 mil vencidos, há 20 dias." in Mensagem.objects.get().texto
    Titulo.objects.filter(pk=novo.pk).update(saldo=0, pago_em=VAGA)
    calcular(empresa, VAGA)
    Titulo.objects.filter(numero="T3").update(saldo=0, pago_em=VAGA)
    assert rodar(empresa, VAGA + DIA)["avisos"] == 0, "pagar um não é notícia de dívida, e ainda deve o outro"
    Titulo.objects.filter(pk=velho.pk).update(saldo=0, pago_em=VAGA + DIA)
    titulo("T4", VAGA + 2 * DIA, 10)
    calcular(empresa, VAGA + DIA)
    assert rodar(empresa, VAGA + 2 * DIA)["avisos"] == 1
    assert "Pagou o que estava vencido em 21/11/2026." in Mensagem.objects.latest("pk").texto
    calcular(empresa, VAGA + 3 * DIA)
    assert rodar(empresa, VAGA + 3 * DIA)["avisos"] == 1
    assert list(ItemDeMensagem.objects.order_by("id").values_list("evento", flat=True)) == [
        "2026-11-19",
        "2026-11-21",
        "2026-11-22",
    ]


def test_bloqueio_e_limite_para_pior_e_para_melhor(
    empresa: Empresa, ana: Usuario, davi: Usuario, comprou: Any
) -> None:
    so_as_regras(empresa)
    preso, solto = comprou("B1", ana, 5), comprou("B2", ana, 5, bloqueado=True)
    menor = comprou("L1", ana, 5, limite_credito=Decimal(5000))
    maior = comprou("L2", ana, 5, limite_credito=Decimal(5000))
    arrependido = comprou("Z1", ana, 5)
    calcular(empresa)
    regras = {
        sobre: regra(empresa, davi, sobre).chave
        for sobre in ("bloqueado", "desbloqueado", "limite_menor", "limite_maior")
    }
    assert rodar(empresa)["avisos"] == 0, "como nasceu não é mudança"
    Cliente.objects.filter(pk=preso.pk).update(bloqueado=True)
    Cliente.objects.filter(pk=solto.pk).update(bloqueado=False)
    Cliente.objects.filter(pk=menor.pk).update(limite_credito=2000)
    Cliente.objects.filter(pk=maior.pk).update(limite_credito=18000)
    Cliente.objects.filter(pk=arrependido.pk).update(bloqueado=True)
    Cliente.objects.filter(pk=arrependido.pk).update(bloqueado=False)
    hoje = datetime.now(UTC).date()
    vaga = max(VAGA + DIA, hoje)
    assert rodar(empresa, vaga)["avisos"] == 1
    assert rodar(empresa, vaga + DIA)["avisos"] == 0
    assert sorted(ItemDeMensagem.objects.values_list("regra", "cliente__codigo")) == sorted(
        [
            (regras["bloqueado"], "B1"),
            (regras["desbloqueado"], "B2"),
            (regras["limite_menor"], "L1"),
            (regras["limite_maior"], "L2"),
        ]
    )
    assert "O limite subiu de R$ 5 mil para R$ 18 mil" in Mensagem.objects.get().texto


def test_todo_assunto_de_lista_tem_o_seu_fato_e_roda(empresa: Empresa, ana: Usuario, davi: Usuario) -> None:
    so_as_regras(empresa)
    proprias = {Sobre.EM_RISCO, Sobre.VOLUME, Sobre.AGENDA_ESQUECIDA}
    assert set(FATOS) == set(Sobre) - proprias
    for sobre in FATOS:
        for mudou in (True, False):
            regra(empresa, davi, sobre, nome=f"{sobre} {mudou}", so_o_que_mudou=mudou)
    assert rodar(empresa) == {"resumos": 0, "volumes": 0, "avisos": 0, "central": 0}
