"""O que a pessoa pediu vence o ERP: a oposição não se reabre, o bloqueado nasce fechado, o esquecido não volta."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from carteira.lgpd import AnonimizacaoRecusada, anonimizar
from clientes.cadastro import CadastroInvalido, editar_cliente
from clientes.canais import recusa
from clientes.lgpd import bloqueio
from clientes.lgpd.bases import dados_de, mudancas_de
from clientes.lgpd.esquecer import Titular
from clientes.lgpd.oposicao import OposicaoInvalida, opor, retirar
from clientes.models import Bloqueio, Cliente, MarcaDeAnonimizacao, Oposicao, PessoaDeContato
from clientes.pessoas import PessoaInvalida, salvar
from contas.models import RegistroDeAuditoria, Usuario
from tests.conftest import HOJE, novo_pedido

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
CLIENTES = "codigo;razao_social;cpf_cnpj;telefone;email;nao_contatar\n"
MARTA = "M1;Marta Helena Kunz;52998224725;(47) 99555-0123;marta@kunz.test;"
PESSOAS = "cliente_codigo;nome;telefone;email\nM1;Otto Beilke;(47) 99555-0777;otto@kunz.test\n"
DIA = date(2026, 11, 19)


@pytest.fixture
def marta(importar: Any) -> Cliente:
    importar("clientes", CLIENTES + MARTA + "\n")
    importar("pessoas", PESSOAS)
    return Cliente.objects.get(codigo="M1")


def fechados(cliente: Cliente) -> list[str]:
    cliente.refresh_from_db()
    return list(cliente.nao_contatar)


# ── Oposição ─────────────────────────────────────────────────────────────────


def test_a_oposicao_fecha_o_canal_e_nenhum_caminho_o_reabre(
    marta: Cliente, importar: Any, ana: Usuario
) -> None:
    feitos = opor(cliente=marta, canais=["ligacao", "email"], motivo="Pediu por telefone", em=DIA, por=ana)
    assert (feitos, fechados(marta)) == (["email", "ligacao"], ["email", "ligacao"])
    assert recusa("ligacao", marta) == "Marta Helena Kunz pediu para não receber ligações."
    # o ERP põe outro canal e depois limpa a coluna: os da pessoa ficam
    importar("clientes", CLIENTES + MARTA + "visita\n")
    assert fechados(marta) == ["email", "ligacao", "visita"]
    importar("clientes", CLIENTES + MARTA + "\n")
    assert fechados(marta) == ["email", "ligacao"]
    Cliente.objects.update(nao_contatar=[])
    assert fechados(marta) == ["email", "ligacao"]
    registro = RegistroDeAuditoria.objects.get(acao="registrar oposição")
    assert (registro.quem, registro.alvo, registro.depois["data"]) == (
        "Ana Souza", f"cliente:{marta.pk}", "2026-11-19",
    )  # fmt: skip
    assert opor(cliente=marta, canais=["ligacao"], motivo="de novo", em=DIA, por=ana) == []


def test_so_se_reabre_retirando_com_motivo(marta: Cliente, ana: Usuario) -> None:
    opor(cliente=marta, canais=["ligacao"], motivo="", em=DIA, por=ana)
    oposicao = Oposicao.objects.select_related("cliente", "pessoa").get()
    with pytest.raises(OposicaoInvalida):
        retirar(oposicao=oposicao, motivo=" ", por=ana)
    assert fechados(marta) == ["ligacao"]
    assert retirar(oposicao=oposicao, motivo="Voltou atrás", por=ana)
    assert not retirar(oposicao=oposicao, motivo="Outra vez", por=ana)
    assert fechados(marta) == []
    with pytest.raises(OposicaoInvalida):
        opor(cliente=marta, canais=["ligacao"], motivo="", em=date(2026, 12, 1), por=ana)


def test_marcar_e_desmarcar_no_cadastro_registra_e_retira(marta: Cliente, bruno: Usuario) -> None:
    editar_cliente(cliente=marta, mudancas={"nao_contatar": ["visita"]}, por=bruno)
    assert list(Oposicao.objects.values_list("canal", "fonte", "por__nome")) == [
        ("visita", "cadastro", "Bruno Lima")
    ]
    editar_cliente(cliente=marta, mudancas={"nao_contatar": []}, por=bruno)
    assert fechados(marta) == []
    assert Oposicao.objects.get().retirada_por == bruno
    otto, _ = salvar(cliente=marta, por=bruno, pessoa=PessoaDeContato.objects.get(), nao_contatar=["email"])
    assert Oposicao.objects.get(retirada_em=None).pessoa == otto
    assert PessoaDeContato.objects.get().nao_contatar == ["email"]


# ── Lista de bloqueio ────────────────────────────────────────────────────────


def test_a_lista_fecha_quem_ja_esta_e_quem_chegar_e_so_guarda_resumo(
    marta: Cliente, importar: Any, davi: Usuario
) -> None:
    lido, ruins = bloqueio.ler(b"telefone;nome\n47 99555-0123;X\nOTTO@KUNZ.TEST\n(48) 3333-0101\n123\n")
    assert (len(lido), ruins) == (3, [5])
    feito = bloqueio.incluir(valores=lido, lista="Não Me Ligue", em=DIA, por=davi, nao_entendidas=ruins)
    assert (feito.novos, feito.repetidos, feito.fechados) == (3, 0, 3)
    assert fechados(marta) == ["ligacao", "whatsapp"]
    assert PessoaDeContato.objects.get().nao_contatar == ["email"]
    importar("clientes", "codigo;razao_social;telefone\nN1;Novo da Silva;48 3333 0101\nN2;Outro Souza;\n")
    assert Cliente.objects.get(codigo="N1").nao_contatar == ["ligacao", "whatsapp"]
    importar("clientes", "codigo;razao_social;telefone\nN2;Outro Souza;4833330101\n")
    assert Cliente.objects.get(codigo="N2").nao_contatar == ["ligacao", "whatsapp"]
    assert set(Oposicao.objects.values_list("fonte", flat=True)) == {"bloqueio"}
    assert {(b.tipo, b.final, len(b.resumo)) for b in Bloqueio.objects.all()} == {
        ("telefone", "0123", 64), ("telefone", "0101", 64), ("email", "@kunz.test", 64),
    }  # fmt: skip
    de_novo = bloqueio.incluir(valores=lido, lista="Não Me Ligue", em=DIA, por=davi)
    assert (de_novo.novos, de_novo.repetidos, de_novo.fechados) == (0, 3, 0)
    bloqueio.tirar(bloqueio=Bloqueio.objects.get(final="0123"), por=davi)
    assert fechados(marta) == ["ligacao", "whatsapp"]  # o que ela fechou só a ficha reabre


# ── Origem ───────────────────────────────────────────────────────────────────


def test_a_origem_de_cada_dado_se_le_do_que_ja_ha(marta: Cliente, ana: Usuario) -> None:
    editar_cliente(cliente=marta, mudancas={"telefone": "(47) 3333-0000"}, por=ana)
    marta.refresh_from_db()
    origem = {d.campo: d.origem for d in dados_de(Titular(marta), mudancas_de([marta]))}
    assert origem["telefone"] == "Ana Souza, por sistema, em 20/11/2026"
    assert origem["email"].startswith("ERP")


# ── Anonimização ─────────────────────────────────────────────────────────────


def _em_todo_o_banco(*textos: str) -> list[str]:
    """As tabelas em que ainda se lê algum dos textos."""
    with connection.cursor() as cursor:
        tabelas = [
            t
            for t in connection.introspection.table_names(cursor)
            if t != "clientes_municipio" and t[0] != "_"
        ]
        partes = (
            f"SELECT '{t}' WHERE EXISTS (SELECT FROM \"{t}\" t WHERE t::text ILIKE ANY (%(p)s))"
            for t in tabelas
        )
        cursor.execute(" UNION ALL ".join(partes), {"p": [f"%{t}%" for t in textos]})
        return sorted(t for (t,) in cursor.fetchall())


def test_o_esquecido_some_de_todo_o_banco_e_os_totais_ficam(
    marta: Cliente, importar: Any, ana: Usuario, davi: Usuario
) -> None:
    novo_pedido(marta, "P1", DIA, "150.00")
    marta.contatos.create(
        canal="ligacao",
        ocorrencia_id=1,
        atendente=ana,
        observacao="Marta Helena Kunz pediu desconto",
        pessoa="Otto Beilke",
    )
    marta.agendamentos.create(responsavel=ana, em=HOJE, criado_por=ana, nota="ligar p/ marta@kunz.test")
    editar_cliente(cliente=marta, mudancas={"observacao": "Prima da Rute"}, por=ana)
    titular = Titular(Cliente.objects.get(pk=marta.pk))
    nomes = ("Kunz", "Beilke", "52998224725", "99555-0123", "+5547995550123", "Prima da Rute", "554799555")
    assert len(_em_todo_o_banco(*nomes)) >= 5
    assert anonimizar(titular=titular, motivo="Pedido de 24/11", por=davi) >= 4
    assert _em_todo_o_banco(*nomes) == []
    marta.refresh_from_db()
    assert (marta.codigo, marta.razao_social, marta.documento) == ("M1", "Titular anonimizado", "")
    assert sum(marta.pedidos.values_list("valor", flat=True)) == 150
    assert marta.nao_contatar == ["email", "ligacao", "visita", "whatsapp"]
    # o ERP manda tudo de novo, e nada volta
    importar("clientes", CLIENTES + MARTA + "\n")
    importar("pessoas", PESSOAS)
    assert _em_todo_o_banco("Kunz", "Beilke", "52998224725", "554799555") == []
    with pytest.raises(AnonimizacaoRecusada):
        anonimizar(titular=Titular(Cliente.objects.get(pk=marta.pk)), motivo="de novo", por=davi)
    with pytest.raises(CadastroInvalido):
        editar_cliente(cliente=marta, mudancas={"telefone": "4733330000"}, por=davi)
    Cliente.objects.filter(pk=marta.pk).update(anonimizado_em=None, razao_social="Marta Helena Kunz")
    marta.refresh_from_db()
    assert (marta.razao_social, marta.anonimizado_em is None) == ("Titular anonimizado", False)


def test_uma_pessoa_so_sai_das_notas_do_cliente_e_nao_volta(
    marta: Cliente, importar: Any, ana: Usuario, davi: Usuario
) -> None:
    otto = PessoaDeContato.objects.get()
    marta.pitches.create(argumentos="Otto Beilke decide as compras", por=ana)
    anonimizar(titular=Titular(marta, otto), motivo="Saiu da empresa", por=davi)
    assert _em_todo_o_banco("Beilke", "otto@kunz", "995550777") == []
    marta.refresh_from_db()
    assert marta.razao_social == "Marta Helena Kunz"
    assert marta.pitches.get().argumentos == "titular anonimizado decide as compras"
    importar("pessoas", PESSOAS)
    assert PessoaDeContato.objects.count() == MarcaDeAnonimizacao.objects.count() == 1
    with pytest.raises(PessoaInvalida):
        salvar(cliente=marta, por=ana, nome="OTTO BEILKE")
    with pytest.raises(IntegrityError), transaction.atomic():
        RegistroDeAuditoria.objects.update(objeto="x")


# ── Nenhum lugar esquecido ───────────────────────────────────────────────────

# O que cita um cliente ou um texto livre e fica: chaves, catálogos e o que é da casa, não do titular.
FICAM = {
    "clientes.AliasDeCliente": {"codigo"},
    "clientes.Atendimento": {"numero"},
    "clientes.Cliente": {"codigo", "cidade", "uf", "porte", "perfil"},
    "clientes.MembroDaLista": {"fora_ao_entrar"},
    "clientes.ItemDeTransferencia": {"periodos_antes"},
    "clientes.NotaFiscal": {"numero", "pedido_numero"},
    "clientes.Orcamento": {"numero"},
    "clientes.Pedido": {"numero"},
    "clientes.Titulo": {"numero"},
    "clientes.Fusao": {"absorvido_codigo", "movidas"},
    "clientes.MarcaDeAnonimizacao": {"resumo"},
    "atividade.Indicadores": {"uf", "curva_abc", "ritmo", "status_historico"},
    "notificacoes.ItemDeMensagem": {"regra", "evento"},
}


def test_toda_coluna_de_texto_do_que_cita_um_cliente_tem_a_sua_decisao() -> None:
    """Um modelo novo que aponta para um cliente ou uma pessoa diz o que a anonimização faz dele."""
    from django.apps import apps
    from django.db import models

    from carteira.lgpd import NOTAS, TEXTOS
    from clientes.lgpd.lugares import CADASTRO, PESSOAS

    tratadas: dict[str, set[str]] = {}
    inteiras = set()
    for regra in (CADASTRO, PESSOAS, *NOTAS):
        tratadas.setdefault(regra.tabela, set()).update(coluna for coluna, _ in regra.campos)
        if not regra.campos:
            inteiras.add(regra.tabela)
    for texto in TEXTOS:
        tratadas.setdefault(texto.tabela, set()).update(texto.colunas, texto.json)
    faltam = {}
    for modelo in apps.get_models():
        if (
            modelo._meta.app_label not in {"clientes", "atividade", "notificacoes", "relatorios"}
            or not modelo._meta.managed
        ):
            continue
        cita = modelo is Cliente or any(
            f.related_model in (Cliente, PessoaDeContato) for f in modelo._meta.fields
        )
        if not cita or modelo._meta.db_table in inteiras:
            continue
        textos = {
            f.column
            for f in modelo._meta.fields
            if isinstance(f, models.CharField | models.TextField | models.JSONField)
            and not f.choices
            and not isinstance(f, models.GeneratedField)
        }
        resto = textos - tratadas.get(modelo._meta.db_table, set()) - FICAM.get(modelo._meta.label, set())
        if resto:
            faltam[modelo._meta.label] = sorted(resto)
    assert faltam == {}, "diga em lgpd.py da sala o que sai, ou em FICAM por que fica"
