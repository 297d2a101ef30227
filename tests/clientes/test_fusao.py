"""Unir dois cadastros do mesmo cliente: tudo vai junto, nada se perde, e desfazer devolve o banco idêntico."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from atividade.models import Indicadores
from atividade.recalculo import recalcular
from carteira.fusoes import separar_clientes, unir_clientes
from clientes import fusao_linhas
from clientes.fusao import FusaoRecusada
from clientes.fusao_campos import ESCOLHAS, FICOU, OUTRO
from clientes.models import (
    Agendamento,
    AliasDeCliente,
    Atendimento,
    Cliente,
    Contato,
    CorrecaoDeScore,
    Fusao,
    ItemDePedido,
    ListaDeTrabalho,
    MembroDaLista,
    NotaFiscal,
    Ocorrencia,
    Orcamento,
    Pedido,
    PeriodoDeCarteira,
    PessoaDeContato,
    RestricaoDeCredito,
    ScoreDeCredito,
    Titulo,
)
from contas.models import Empresa, Equipe, Usuario
from tests.sementes import sementes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
HOJE = date(2026, 11, 20)
# O que só se soma (a união, a auditoria, as lápides, o pedido de recálculo) e as marcas de quem recalcular.
DE_FORA = {
    "clientes_fusao", "clientes_lapide", "contas_registrodeauditoria", "atividade_execucao", "atividade_sujo",
}  # fmt: skip


def _banco() -> dict[str, list[str]]:
    """Todas as linhas de todas as tabelas da casa, em texto."""
    foto = {}
    with connection.cursor() as cursor:
        for modelo in apps.get_models(include_auto_created=True):
            tabela = modelo._meta.db_table
            if tabela.split("_")[0] in {"clientes", "atividade", "notificacoes"} and tabela not in DE_FORA:
                cursor.execute(f"SELECT to_jsonb(t)::text FROM {tabela} t ORDER BY 1")
                foto[tabela] = [linha for (linha,) in cursor.fetchall()]
    return foto


def _fatos(cliente: Cliente, dado: random.Random, por: Usuario) -> None:
    comum: dict[str, Any] = {"empresa": cliente.empresa, "cliente": cliente}
    for n in range(dado.randint(1, 5)):
        numero = f"{cliente.codigo}-{n}"
        dia = HOJE - timedelta(days=dado.randint(1, 700))
        pedido = Pedido.objects.create(
            **comum,
            numero=numero,
            data=dia,
            valor=Decimal(dado.randint(100, 9999)),
            situacao="faturado",
            conta=True,
        )
        ItemDePedido.objects.create(
            pedido=pedido,
            sequencia=1,
            produto_codigo="",
            produto_nome=dado.choice(["Broca", "Parafuso"]),
            quantidade=1,
            valor=10,
        )
        Titulo.objects.create(
            **comum,
            numero=numero,
            emissao=dia,
            vencimento=dia + timedelta(days=30),
            valor=100,
            saldo=dado.choice([0, 100]),
        )
    NotaFiscal.objects.create(**comum, numero=f"N{cliente.codigo}", emissao=HOJE, valor=10)
    Orcamento.objects.create(**comum, numero=f"O{cliente.codigo}", data=HOJE, valor=10, situacao="aberto")
    Atendimento.objects.create(
        **comum, numero=f"A{cliente.codigo}", tipo="reclamacao", assunto="Veio errado", aberto_em=HOJE
    )
    # O mesmo dia e a mesma fonte nos dois cadastros: não cabem juntos, e a correção vai com o seu score.
    score = ScoreDeCredito.objects.create(**comum, fonte="Serasa", em=HOJE, valor=dado.randint(1, 900))
    CorrecaoDeScore.objects.create(score=score, de=1000, para=score.valor)
    ScoreDeCredito.objects.create(**comum, fonte=cliente.codigo, em=HOJE, valor=500)
    RestricaoDeCredito.objects.create(**comum, fonte="SPC", tipo="protesto", em=HOJE, numero="1", valor=10)
    pessoa = PessoaDeContato.objects.create(
        cliente=cliente,
        nome=dado.choice(["Rita", "José"]),
        principal=dado.random() < 0.7,
        telefone=dado.choice(["", "+5547999220198"]),
    )
    efetiva = Ocorrencia.objects.filter(efetiva=True).first()
    Contato.objects.create(
        cliente=cliente, em=timezone.now() - timedelta(days=dado.randint(1, 90)), canal="ligacao",
        ocorrencia=efetiva, atendente=por, pessoa_de_contato=pessoa, observacao="Pediu tabela",
    )  # fmt: skip
    if cliente.vendedor_id:
        PeriodoDeCarteira.objects.create(
            cliente=cliente,
            vendedor_id=cliente.vendedor_id,
            equipe_id=cliente.equipe_id,
            periodo=(None, None),
        )
        Agendamento.objects.create(
            cliente=cliente,
            em=HOJE + timedelta(days=2),
            responsavel_id=cliente.vendedor_id,
            criado_por=por,
        )


@pytest.fixture
def par(empresa: Empresa, ana: Usuario, carla: Usuario, davi: Usuario) -> tuple[Cliente, Cliente]:
    dado = random.Random(7)
    um = Cliente.objects.create(
        empresa=empresa, codigo="1001", razao_social="Ferragens Bom Jesus Ltda", vendedor=ana,
        equipe=ana.participacoes.get().equipe, telefone="+5547999220198",
    )  # fmt: skip
    outro = Cliente.objects.create(
        empresa=empresa, codigo="1002", razao_social="FERRAGENS BOM JESUS", vendedor=carla,
        equipe=carla.participacoes.get().equipe, email="compras@bomjesus.com.br", nao_contatar=["whatsapp"],
        limite_credito=500, potencial_mensal=3000,
    )  # fmt: skip
    for cliente in (um, outro):
        _fatos(cliente, dado, davi)
    recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE)
    return um, outro


def test_tudo_vai_junto_e_o_codigo_antigo_vira_apelido(par: tuple[Cliente, Cliente], davi: Usuario) -> None:
    um, outro = par
    pedidos = Pedido.objects.count()
    soma = Indicadores.objects.get(pk=um.pk).valor_total + Indicadores.objects.get(pk=outro.pk).valor_total
    fusao = unir_clientes(
        ficou=um,
        absorvido=outro,
        escolhas={"email": OUTRO, "limite_credito": OUTRO},
        motivo="o mesmo",
        por=davi,
    )
    assert not Cliente.objects.filter(pk=outro.pk).exists()
    assert Pedido.objects.filter(cliente=um).count() == pedidos
    assert {
        m.objects.exclude(cliente=um).count()
        for m in (Contato, Titulo, NotaFiscal, Orcamento, Atendimento, Agendamento)
    } == {0}
    um.refresh_from_db()
    assert (um.email, um.limite_credito, um.nao_contatar) == ("compras@bomjesus.com.br", 500, ["whatsapp"])
    assert AliasDeCliente.objects.get(codigo="1002").cliente == um
    assert set(Agendamento.objects.values_list("responsavel", flat=True)) == {um.vendedor_id}
    recalcular(empresa=um.empresa, referencia=HOJE, hoje=HOJE)
    assert Indicadores.objects.get(pk=um.pk).valor_total == soma
    assert fusao.ficou == um


def test_separar_depois_de_a_equipe_de_antes_ser_apagada(par: tuple[Cliente, Cliente], davi: Usuario) -> None:
    """O cadastro guardado já não a protegia: o cliente volta, sem equipe."""
    um, outro = par
    extinta = Equipe.objects.create(nome="Extinta")
    Cliente.objects.filter(pk=outro.pk).update(equipe=extinta)
    PeriodoDeCarteira.objects.filter(cliente=outro).update(equipe=extinta)
    fusao = unir_clientes(
        ficou=um, absorvido=Cliente.objects.get(pk=outro.pk), escolhas={}, motivo="", por=davi
    )
    extinta.delete()
    separar_clientes(fusao=fusao, por=davi)
    connection.check_constraints()
    voltou = Cliente.objects.get(pk=outro.pk)
    assert (voltou.codigo, voltou.equipe, voltou.periodos.get().equipe) == ("1002", None, None)


@pytest.mark.parametrize("semente", sementes(range(4), sempre=2))
def test_unir_e_separar_devolve_o_banco_identico(
    semente: int, empresa: Empresa, ana: Usuario, carla: Usuario, davi: Usuario
) -> None:
    dado = random.Random(semente)
    clientes = [
        Cliente.objects.create(
            empresa=empresa, codigo=f"C{n}", razao_social=f"Casa {n}", vendedor=dado.choice([ana, carla, None]),
            telefone=dado.choice(["", "+5547999220198"]), observacao=dado.choice(["", f"nota {n}"]),
            limite_credito=dado.choice([None, 100 * n]), bloqueado=dado.random() < 0.5,
            nao_contatar=dado.choice([[], ["email"]]),
        )
        for n in range(3)
    ]  # fmt: skip
    lista = ListaDeTrabalho.objects.create(
        empresa=empresa,
        nome="Volta",
        finalidade="recuperacao",
        semente=1,
        consulta_por=davi,
        de=HOJE,
        ate=HOJE + timedelta(days=30),
        criada_por=davi,
    )
    for cliente in clientes:
        _fatos(cliente, dado, davi)
        if dado.random() < 0.7:
            MembroDaLista.objects.create(lista=lista, cliente=cliente, entrou_em=HOJE)
    recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE)
    antes = _banco()
    escolhas = {e.chave: dado.choice([FICOU, OUTRO]) for e in ESCOLHAS}
    fusao = unir_clientes(ficou=clientes[0], absorvido=clientes[1], escolhas=escolhas, motivo="", por=davi)
    assert _banco() != antes
    separar_clientes(fusao=fusao, por=davi)
    depois = _banco()
    assert {t for t in antes if antes[t] != depois[t]} == set()


def test_recalculado_nos_dois_sentidos(par: tuple[Cliente, Cliente], davi: Usuario) -> None:
    um, outro = par
    numeros = (
        "status",
        "pedidos",
        "valor_total",
        "valor_12m",
        "ultima_compra",
        "curva_abc",
        "dias_de_compra",
    )
    antes = list(Indicadores.objects.order_by("pk").values(*numeros))
    fusao = unir_clientes(ficou=um, absorvido=outro, escolhas={}, motivo="", por=davi)
    recalcular(empresa=um.empresa, referencia=HOJE, hoje=HOJE)
    assert Indicadores.objects.get().pedidos == sum(linha["pedidos"] for linha in antes)
    separar_clientes(fusao=fusao, por=davi)
    recalcular(empresa=um.empresa, referencia=HOJE, hoje=HOJE)
    assert list(Indicadores.objects.order_by("pk").values(*numeros)) == antes


def test_o_que_chegou_depois_fica_com_quem_ficou(par: tuple[Cliente, Cliente], davi: Usuario) -> None:
    um, outro = par
    fusao = unir_clientes(ficou=um, absorvido=outro, escolhas={"email": OUTRO}, motivo="", por=davi)
    Cliente.objects.filter(pk=um.pk).update(email="novo@bomjesus.com.br")
    Pedido.objects.create(
        empresa=um.empresa, cliente=um, numero="DEPOIS", data=HOJE, valor=1, situacao="faturado", conta=True
    )
    separar_clientes(fusao=fusao, por=davi)
    um.refresh_from_db()
    assert um.email == "novo@bomjesus.com.br"
    assert Pedido.objects.get(numero="DEPOIS").cliente == um
    assert Cliente.objects.get(pk=outro.pk).codigo == "1002"


def test_a_uniao_de_baixo_espera_a_de_cima(
    par: tuple[Cliente, Cliente], davi: Usuario, empresa: Empresa
) -> None:
    um, outro = par
    terceiro = Cliente.objects.create(empresa=empresa, codigo="1003", razao_social="Bom Jesus")
    primeira = unir_clientes(ficou=um, absorvido=outro, escolhas={}, motivo="", por=davi)
    segunda = unir_clientes(ficou=terceiro, absorvido=um, escolhas={}, motivo="", por=davi)
    assert set(AliasDeCliente.objects.values_list("codigo", "cliente__codigo")) == {
        ("1001", "1003"),
        ("1002", "1003"),
    }
    antes = _banco()
    with pytest.raises(FusaoRecusada, match="mais nova"):
        separar_clientes(fusao=primeira, por=davi)
    assert _banco() == antes
    separar_clientes(fusao=segunda, por=davi)
    separar_clientes(fusao=Fusao.objects.get(pk=primeira.pk), por=davi)
    assert set(Cliente.objects.values_list("codigo", flat=True)) == {"1001", "1002", "1003"}


def test_de_empresas_diferentes_nao_se_unem(par: tuple[Cliente, Cliente], davi: Usuario) -> None:
    outra = Empresa.objects.create(codigo="2", nome="Filial")
    alheio = Cliente.objects.create(empresa=outra, codigo="1001", razao_social="Ferragens Bom Jesus")
    antes = _banco()
    with pytest.raises(FusaoRecusada, match="empresas diferentes"):
        unir_clientes(ficou=par[0], absorvido=alheio, escolhas={}, motivo="", por=davi)
    assert _banco() == antes


def test_toda_tabela_que_aponta_para_o_cliente_tem_destino() -> None:
    """O registro do Django sabe de todas as chaves do banco; uma chave de exclusão pede um caso à parte."""
    todas = [*fusao_linhas.relacoes(), fusao_linhas.PERIODOS]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text || '.' || attname FROM pg_constraint JOIN pg_attribute "
            "ON attrelid = conrelid AND attnum = conkey[1] "
            "WHERE contype = 'f' AND confrelid = 'clientes_cliente'::regclass"
        )
        do_banco = {chave for (chave,) in cursor.fetchall()}
    assert do_banco <= {r.chave for r in todas}
    assert "clientes_compradeproduto.cliente_id" not in {r.chave for r in todas}, "refaz-se por gatilho"
    for relacao in fusao_linhas.relacoes():
        assert not [c for c in relacao.modelo._meta.constraints if "Exclusion" in type(c).__name__], (
            relacao.chave
        )
        assert relacao.guarda_tudo or relacao.modelo._meta.pk.column == "id", relacao.chave
