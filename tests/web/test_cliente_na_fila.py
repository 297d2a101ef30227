"""O que a fila diz do cliente: o número, o que dizer, a história e o fim; e quanto isso custa."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from atividade.models import Status
from clientes.models import (
    Agendamento,
    Cliente,
    Contato,
    ItemDePedido,
    Ocorrencia,
    Pedido,
    PessoaDeContato,
    Pitch,
    Roteiro,
)
from contas.models import Empresa
from tests.conftest import HOJE, SAO_PAULO, novo_pedido
from tests.web.carteira_de_teste import indicar
from tests.web.fila_de_teste import tres_na_fila

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _referencia(empresa: Empresa, hoje: date) -> None:
    Empresa.objects.update(referencia=HOJE, pedidos_ate=HOJE)


@pytest.fixture
def fila(ana: Any, novo_cliente: Any) -> dict[str, Cliente]:
    return tres_na_fila(ana, novo_cliente)


def test_o_numero_grande_e_o_da_pessoa_principal_e_os_outros_ficam_a_mao(
    ana: Any, fila: Any, entrar: Any
) -> None:
    PessoaDeContato.objects.create(
        cliente=fila["Aurora"], nome="Márcia", telefone="+554733220198", papel="comprador", principal=True
    )
    PessoaDeContato.objects.create(
        cliente=fila["Aurora"], nome="José", telefone="+554733220199", nao_contatar=["ligacao"]
    )
    a = entrar(ana).get("/fila/").context["a"]
    assert (a.principal.valor, a.principal.nome, a.principal.detalhe) == (
        "+554733220198",
        "Márcia",
        "Comprador",
    )
    assert [(d.nome, d.recusa) for d in a.outros] == [
        ("Aurora", ""), ("José", "José pediu para não receber ligações."),
    ]  # fmt: skip


def test_quem_nao_quer_ligacao_nao_tem_numero_e_a_tela_diz_por_que(ana: Any, fila: Any, entrar: Any) -> None:
    Cliente.objects.filter(pk=fila["Aurora"].pk).update(nao_contatar=["ligacao"])
    pagina = entrar(ana).get(f"/fila/?cliente={fila['Aurora'].pk}").content.decode()
    assert "Aurora pediu para não receber ligações." in pagina
    assert "tel:" not in pagina


def test_diga_isto_e_o_pitch_e_na_falta_dele_o_roteiro_da_faixa_da_equipe(
    ana: Any, sul: Any, norte: Any, fila: Any, entrar: Any
) -> None:
    Roteiro.objects.create(faixa="quase_inativo", equipe=norte, texto="Da Norte")
    navegador = entrar(ana)
    assert navegador.get("/fila/").context["a"].roteiro.startswith("Ligue antes que ele pare")
    Roteiro.objects.create(faixa="quase_inativo", equipe=sul, texto="{pessoa}, faz {dias_sem_comprar} dias.")
    assert navegador.get("/fila/").context["a"].roteiro == "Aurora, faz 80 dias."
    Pitch.objects.create(cliente=fila["Aurora"], por=ana, argumentos="Temos estoque em Itajaí")
    assert "Temos estoque em Itajaí" in navegador.get("/fila/").content.decode()


def test_historico_na_mesma_tela_o_mais_novo_primeiro(ana: Any, fila: Any, entrar: Any) -> None:
    ocorrencia = Ocorrencia.objects.get(nome="Vai pensar")
    for dias in (40, 90, 10):
        Contato.objects.create(
            cliente=fila["Aurora"], canal="ligacao", ocorrencia=ocorrencia, atendente=ana,
            observacao=f"há {dias}", em=datetime(2026, 11, 20, 9, tzinfo=SAO_PAULO) - timedelta(days=dias),
        )  # fmt: skip
    resposta = entrar(ana).get(f"/fila/?cliente={fila['Aurora'].pk}")
    assert [c.observacao for c in resposta.context["a"].contatos] == ["há 10", "há 40", "há 90"]
    assert "Na última conversa (10/11): “há 10”" in resposta.content.decode()


def test_o_que_mais_compra(ana: Any, fila: Any, entrar: Any) -> None:
    pedido: Pedido = novo_pedido(fila["Aurora"], "P1", HOJE - timedelta(days=80), "500")
    for n, (produto, valor) in enumerate((("Prego", "100"), ("Parafuso", "400")), 1):
        ItemDePedido.objects.create(
            pedido=pedido, sequencia=n, produto_nome=produto, quantidade=1, valor=valor
        )
    produtos = entrar(ana).get("/fila/").context["a"].produtos
    assert [p.nome for p in produtos] == ["Parafuso", "Prego"]


def test_fim_da_fila_diz_o_que_vem(ana: Any, novo_cliente: Any, entrar: Any) -> None:
    cliente = novo_cliente("C1", vendedor=ana, razao_social="Aurora")
    Agendamento.objects.create(
        cliente=cliente, responsavel=ana, criado_por=ana, em=HOJE + timedelta(days=4), hora=time(10)
    )
    pagina = entrar(ana).get("/fila/").content.decode()
    assert "Tudo em dia" in pagina
    assert "O próximo combinado é Aurora, em 24/11 às 10:00." in pagina
    assert "Adiantar a semana (1)" in pagina


def test_consultas_nao_crescem_com_a_fila_nem_com_a_historia(
    ana: Any, novo_cliente: Any, entrar: Any, fila: Any
) -> None:
    navegador = entrar(ana)
    ocorrencia = Ocorrencia.objects.get(nome="Vai pensar")
    ana.capacidade_diaria = 500
    ana.save()

    def contar() -> list[int]:
        medidas = []
        navegador.get(f"/fila/?cliente={fila['Aurora'].pk}")  # quem se atende é sempre a mesma
        for caminho in ("/fila/", "/fila/?ver=semana", f"/fila/?cliente={fila['Aurora'].pk}", "/fila/lista/"):
            with CaptureQueriesContext(connection) as consultas:
                assert navegador.get(caminho).status_code == 200
            medidas.append(len(consultas))
        return medidas

    def crescer(de: int, ate: int) -> None:
        for n in range(de, ate):
            cliente = novo_cliente(f"N{n}", vendedor=ana)
            indicar(cliente, HOJE - timedelta(days=80), status=Status.QUASE_INATIVO, valor_12m=Decimal(n))
            Agendamento.objects.create(cliente=cliente, responsavel=ana, criado_por=ana, em=HOJE)
            PessoaDeContato.objects.create(
                cliente=fila["Aurora"], nome=f"P{n}", telefone=f"+5547332201{n:02}"
            )
            Pitch.objects.create(cliente=fila["Aurora"], por=ana, argumentos=str(n))
            Contato.objects.create(
                cliente=fila["Aurora"], canal="ligacao", ocorrencia=ocorrencia, atendente=ana,
                em=datetime(2026, 10, 1, 9, n % 60, tzinfo=SAO_PAULO), observacao="x",
            )  # fmt: skip
            novo_pedido(fila["Aurora"], f"A{n}", HOJE - timedelta(days=90 + n))

    crescer(0, 3)
    poucas = contar()
    crescer(3, 30)
    assert contar() == poucas
    assert max(poucas) <= 32
