"""Desfazer uma importação inteira: some o que ela criou, volta o que mudou, fica o que alguém mudou depois."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from carteira import importacoes
from clientes.importacao.anteriores import esquecer_antigas
from clientes.importacao.desfazer import desfazer, por_que_nao, prever
from clientes.models import (
    Cliente,
    Importacao,
    ItemDePedido,
    Pedido,
    PeriodoDeCarteira,
    PessoaDeContato,
    ProrrogacaoDeTitulo,
    Titulo,
    VersaoDeLinha,
)
from contas.models import Empresa, RegistroDeAuditoria
from tests.conftest import HOJE
from tests.importacao.conftest import PEDIDOS
from tests.importacao.test_vendas import TRES


def retrato() -> dict[str, list[Any]]:
    """Cada linha das tabelas que as importações escrevem, menos a hora em que foi tocada."""
    tabelas = ("clientes_cliente", "clientes_pedido", "clientes_itemdepedido", "clientes_titulo", "clientes_pessoadecontato", "clientes_periododecarteira")  # fmt: skip
    with connection.cursor() as cursor:
        linhas = {}
        for tabela in tabelas:
            cursor.execute(
                f"SELECT to_jsonb(t) - '{{atualizado_em,versao}}'::text[] FROM {tabela} t ORDER BY id"
            )
            linhas[tabela] = cursor.fetchall()
        return linhas


def a_ultima() -> Importacao:
    return Importacao.objects.latest("id")


def volta(importacao: Importacao, por: Any = None) -> Any:
    return desfazer(importacao.pk, por=por, agora=timezone.now())


def test_a_carga_inicial_nao_guarda_versoes(importar: Any) -> None:
    importar("vendas", TRES)
    assert not VersaoDeLinha.objects.exists()


def test_pedidos_some_o_criado_e_volta_o_mudado(importar: Any, clientes_a_e_b: None, davi: Any) -> None:
    importar("pedidos", PEDIDOS + "1;A;10/10/2026;5,00;faturado\n2;A;11/10/2026;6,00;aberto\n")
    antes = retrato()
    importar("pedidos", PEDIDOS + "2;A;12/10/2026;8,00;faturado\n3;B;12/10/2026;9,00;faturado\n")
    importacao = a_ultima()
    previa = prever(importacao)
    assert (previa.somem, previa.voltam, previa.ficam) == (
        [("pedido,pedidos", 1)],
        [("pedido,pedidos", 1)],
        [],
    )
    efeito = volta(importacao, davi)
    assert efeito == previa
    assert retrato() == antes
    importacao.refresh_from_db()
    assert (importacao.estado, importacao.desfeita_por) == ("desfeita", davi)
    assert not VersaoDeLinha.objects.exists()
    assert RegistroDeAuditoria.objects.get(acao="importacao.desfazer").depois == {
        "somem": {"pedido,pedidos": 1}, "voltam": {"pedido,pedidos": 1}, "ficam": 0,
    }  # fmt: skip
    # De novo, nada; e o mesmo arquivo pode entrar outra vez.
    assert volta(importacao, davi) is None
    assert retrato() == antes


def test_o_que_outra_importacao_mudou_depois_fica_ate_ela_se_desfazer(
    importar: Any, clientes_a_e_b: None
) -> None:
    vazio = retrato()
    importar("pedidos", PEDIDOS + "1;A;10/10/2026;5,00;faturado\n2;A;11/10/2026;6,00;aberto\n")
    primeira = a_ultima()
    importar("pedidos", PEDIDOS + "2;A;11/10/2026;7,00;aberto\n")
    segunda = a_ultima()
    previa = prever(primeira)
    assert previa.somem == [("pedido,pedidos", 1)]
    assert [(f.quantas, f.motivo, f.exemplos) for f in previa.ficam] == [
        (1, "mudou depois desta importação", ["2"])
    ]
    volta(segunda)
    assert Pedido.objects.get(numero="2").valor == Decimal("6.00")
    assert prever(primeira).somem == [("pedido,pedidos", 2)]
    volta(primeira)
    assert retrato() == vazio


def test_vendas_inteiras_saem_e_o_cliente_com_gente_fica(importar: Any, clientes_a_e_b: None) -> None:
    importar("vendas", TRES.replace("B;Beta", "C;Gama").replace("A;Alfa;", "D;Delta;"))
    importacao = a_ultima()
    PessoaDeContato.objects.create(cliente=Cliente.objects.get(codigo="D"), nome="Rita")
    previa = prever(importacao)
    assert dict(previa.somem) == {
        "cliente,clientes": 1,
        "pedido,pedidos": 2,
        "item de pedido,itens de pedidos": 3,
    }
    assert [(f.nomes, f.quantas, f.exemplos) for f in previa.ficam] == [("cliente,clientes", 1, ["D"])]
    assert "pessoas" in previa.ficam[0].motivo
    volta(importacao)
    assert sorted(Cliente.objects.values_list("codigo", flat=True)) == ["A", "B", "D"]
    assert not (Pedido.objects.exists() or ItemDePedido.objects.exists())


def test_o_pedido_com_itens_de_outra_importacao_fica(importar: Any, clientes_a_e_b: None) -> None:
    importar("pedidos", PEDIDOS + "1;A;10/10/2026;5,00;faturado\n")
    pedidos = a_ultima()
    itens = "pedido_numero;sequencia;produto_nome;quantidade;valor\n"
    importar("itens", itens + "1;1;Disco;1;2,00\n1;2;Lixa;1;3,00\n")
    antes = retrato()
    importar("itens", itens + "1;1;Disco;1;4,00\n1;3;Cola;1;1,00\n")
    assert [f.motivo for f in prever(pedidos).ficam] == ["já tem itens de pedidos de outra origem"]
    efeito = volta(a_ultima())
    assert (dict(efeito.somem), dict(efeito.voltam)) == (
        {"item de pedido,itens de pedidos": 1}, {"item de pedido,itens de pedidos": 2},
    )  # fmt: skip
    assert retrato() == antes


def test_clientes_voltam_com_o_dono_e_o_editado_depois_fica(importar: Any, empresa: Empresa) -> None:
    cabecalho = "codigo;razao_social;vendedor;telefone\n"
    importar("clientes", cabecalho + "A;Alfa;Ana;1133334444\nB;Beta;Ana;1133335555\n")
    antes = retrato()
    importar("clientes", cabecalho + "A;Alfa Nova;Rui;1133334444\nB;Beta Nova;Rui;1133335555\nC;Gama;Rui;\n")
    importacao = a_ultima()
    Cliente.objects.filter(codigo="B").update(observacao="prefere de manhã")
    previa = prever(importacao)
    assert (previa.somem, previa.voltam) == ([("cliente,clientes", 1)], [("cliente,clientes", 1)])
    assert [f.exemplos for f in previa.ficam] == [["B"]]
    volta(importacao)
    depois = retrato()
    alfa_antes, alfa = antes["clientes_cliente"][0], depois["clientes_cliente"][0]
    assert alfa == alfa_antes
    assert list(Cliente.objects.order_by("codigo").values_list("codigo", "razao_social", "vendedor__nome")) == [
        ("A", "Alfa", "Ana"), ("B", "Beta Nova", "Rui"),
    ]  # fmt: skip
    donos = PeriodoDeCarteira.objects.filter(cliente__codigo="A").values_list("vendedor__nome", flat=True)
    assert list(donos) == ["Ana"]


def test_titulos_e_pessoas_voltam_com_o_que_ficou_anotado(importar: Any, clientes_a_e_b: None) -> None:
    titulos = "numero;cliente_codigo;emissao;vencimento;valor\n"
    pessoas = "cliente_codigo;nome;telefone;principal\n"
    importar("titulos", titulos + "T;A;01/10/2026;01/11/2026;100,00\n")
    importar("pessoas", pessoas + "A;Rita;1133334444;sim\nA;Caio;1133335555;\n")
    antes = retrato()
    importar("titulos", titulos + "T;A;01/10/2026;15/11/2026;100,00\n")
    assert ProrrogacaoDeTitulo.objects.count() == 1
    volta(a_ultima())
    importar("pessoas", pessoas + "A;Caio;1133336666;sim\n")
    assert PessoaDeContato.objects.get(principal=True).nome == "Caio"
    volta(a_ultima())
    assert retrato() == antes
    assert not ProrrogacaoDeTitulo.objects.exists()
    assert Titulo.objects.count() == 1


def test_o_sumico_tambem_se_desfaz(importar: Any, clientes_a_e_b: None) -> None:
    linhas = [f"{n};A;{n:02}/10/2026;{n},00;faturado\n" for n in range(1, 7)]
    importar("pedidos", PEDIDOS + "".join(linhas))
    antes = retrato()
    importar(
        "pedidos",
        PEDIDOS + "".join(linhas[:5]),
        completo=(HOJE.replace(month=10, day=1), HOJE.replace(month=10, day=31)),
    )
    assert Pedido.objects.get(numero="6").situacao == "cancelado"
    volta(a_ultima())
    assert retrato() == antes


def test_passado_o_prazo_ja_nao_se_desfaz(importar: Any, clientes_a_e_b: None) -> None:
    importar("pedidos", PEDIDOS + "1;A;10/10/2026;5,00;faturado\n")
    importar("pedidos", PEDIDOS + "1;A;10/10/2026;6,00;faturado\n")
    importacao = a_ultima()
    depois = importacao.instante + timedelta(days=31)
    assert "Passaram mais de 30 dias" in por_que_nao(importacao, agora=depois)
    assert desfazer(importacao.pk, por=None, agora=depois) is None
    assert esquecer_antigas(agora=depois, dias=30) == 1
    assert Pedido.objects.get().valor == Decimal("6.00")


def test_desfazer_no_navegador(loja: Client, empresa: Empresa, importar: Any, clientes_a_e_b: None) -> None:
    importar("pedidos", PEDIDOS + "1;A;10/10/2026;5,00;faturado\n")
    importacao = a_ultima()
    base = f"/importar/{importacao.pk}"
    assert f"{base}/desfazer/" in loja.get(f"{base}/pronto/").content.decode()
    assert "1 pedido some" in loja.get(f"{base}/desfazer/").content.decode()
    assert loja.post(f"{base}/desfazer/", {"confirmacao": "sim"}).status_code == 422
    assert Pedido.objects.count() == 1
    assert loja.post(f"{base}/desfazer/", {"confirmacao": " Desfazer "}).url == f"{base}/pronto/"
    assert "Desfazendo…" in loja.get(f"{base}/pronto/").content.decode()
    importacoes.executar(importacao.pk, hoje=HOJE)
    assert "Importação desfeita" in loja.get(f"{base}/pronto/").content.decode()
    assert not Pedido.objects.exists()
    assert loja.get(f"{base}/desfazer/").status_code == 302


@pytest.mark.parametrize("erro", [RuntimeError("disco"), None])
def test_o_que_falha_no_meio_continua_aplicada(
    erro: Exception | None,
    importar: Any,
    clientes_a_e_b: None,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
) -> None:
    importar("pedidos", PEDIDOS + "1;A;10/10/2026;5,00;faturado\n")
    importacao = a_ultima()
    Importacao.objects.update(estado="desfazendo", instante=None if erro is None else importacao.instante)
    if erro:
        monkeypatch.setattr("carteira.importacoes.desfazer", lambda *a, **k: (_ for _ in ()).throw(erro))
    importacoes.executar(importacao.pk, hoje=HOJE)
    importacao.refresh_from_db()
    assert (importacao.estado, bool(importacao.mensagem)) == ("aplicada", True)
    assert Pedido.objects.count() == 1


def test_o_prazo_de_guarda_leva_os_nomes_do_que_ficou_ao_desfazer(
    loja: Client, importar: Any, clientes_a_e_b: None
) -> None:
    """Rita ficou porque alguém a mudou depois; passado o prazo, ainda se lê quantas ficaram e por quê."""
    importar("pessoas", "cliente_codigo;nome\nA;Rita Kunz\n")
    PessoaDeContato.objects.update(nome="Rita Kunz Lima", atualizado_em=timezone.now() + timedelta(hours=1))
    importacao = a_ultima()
    volta(importacao)
    pagina, dito = f"/importar/{importacao.pk}/pronto/", "1 pessoa de contato ficou como está: mudou depois"
    assert f"{dito} desta importação (Rita Kunz Lima)" in loja.get(pagina).content.decode()
    depois = timezone.now() + timedelta(days=31)
    assert importacoes.vencidas(depois - timedelta(days=30)).count() == 1
    importacoes.apagar_arquivos_antigos(agora=depois)
    assert f"{dito} desta importação</li>" in loja.get(pagina).content.decode()
    assert not importacoes.vencidas(depois - timedelta(days=30)).exists()
