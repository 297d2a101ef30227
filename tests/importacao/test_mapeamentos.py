"""Os arquivos dos ERPs: cada exemplo de docs/erp.md entra pelo mapeamento pronto, com valores exatos."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from clientes.importacao import mapeamentos
from clientes.importacao.fabrica import PRONTOS
from clientes.importacao.mapeamentos import pronto_para
from clientes.importacao.recusa import ArquivoRecusado
from clientes.models import Cliente, ItemDePedido, MapeamentoDeColunas, Pedido, Titulo
from contas.models import Empresa, RegistroDeAuditoria

_DOC = (Path(__file__).parents[2] / "docs" / "erp.md").read_text(encoding="utf-8")
EXEMPLOS = dict(re.findall(r"^### ([^\n]+)\n```csv\n(.+?)```", _DOC, re.M | re.S))


@pytest.fixture
def erp(importar: Any, empresa: Empresa) -> Any:
    """`erp("Protheus: clientes (SA1)")` importa o exemplo do guia pelo mapeamento de mesmo nome."""

    def _importar(nome: str, **opcoes: Any) -> Any:
        mapeamento = mapeamentos.achar(nome, empresa)
        return importar(mapeamento.tipo, EXEMPLOS[nome], mapeamento=mapeamento, **opcoes)

    return _importar


def test_todo_mapeamento_pronto_tem_exemplo_e_se_reconhece_pelo_cabecalho_dele() -> None:
    assert set(EXEMPLOS) == {m.nome for m in PRONTOS}
    for pronto in PRONTOS:
        cabecalho = EXEMPLOS[pronto.nome].splitlines()[0].split(";")
        assert pronto_para(cabecalho, pronto.tipo) is pronto


def test_sem_dizer_o_mapeamento_a_recusa_diz_qual_serve(importar: Any) -> None:
    with pytest.raises(ArquivoRecusado, match=re.escape('--mapeamento "SAP B1: clientes (OCRD)"')):
        importar("clientes", EXEMPLOS["SAP B1: clientes (OCRD)"])
    assert not Cliente.objects.exists()


def test_protheus(erp: Any) -> None:
    assert (erp("Protheus: clientes (SA1)").novas, Cliente.objects.count()) == (2, 2)
    matriz = Cliente.objects.get(codigo="000001-01")
    assert (matriz.municipio_id, matriz.uf, matriz.telefone) == (4202404, "SC", "+554735550123")
    assert (matriz.limite_credito, matriz.bloqueado, matriz.cadastrado_em) == (
        Decimal("5000.00"), False, date(2021, 3, 15),
    )  # fmt: skip
    filial = Cliente.objects.get(codigo="000001-02")
    assert (filial.municipio_id, filial.bloqueado) == (3550308, True)
    assert erp("Protheus: pedidos (SC5)").novas == 3
    assert list(
        Pedido.objects.order_by("numero").values_list("numero", "cliente__codigo", "situacao", "valor")
    ) == [
        ("000101", "000001-01", "faturado", Decimal("1234.56")),
        ("000102", "000001-02", "aberto", Decimal("99.90")),
        ("000103", "000001-01", "cancelado", Decimal("50.00")),
    ]
    assert erp("Protheus: itens (SC6)").novas == 2
    assert list(ItemDePedido.objects.values_list("sequencia", "valor")) == [
        (1, Decimal("1200.00")),
        (100_334, Decimal("34.56")),
    ]
    assert erp("Protheus: pedidos com itens (SC5 e SC6)").novas == 2
    beta = Pedido.objects.get(numero="000201")
    assert (beta.cliente.codigo, beta.cliente.municipio_id, beta.valor) == (
        "000002-01",
        4205407,
        Decimal("603.50"),
    )
    assert erp("Protheus: títulos (SE1)").novas == 2
    assert list(
        Titulo.objects.order_by("numero").values_list("numero", "vencimento", "saldo", "pago_em")
    ) == [
        ("UNI-000123456-A-NF", date(2026, 11, 9), Decimal("0.00"), date(2026, 11, 9)),
        ("UNI-000123456-B-NF", date(2026, 12, 8), Decimal("617.28"), None),
    ]
    for nome in (n for n in EXEMPLOS if n.startswith("Protheus")):
        repetido = erp(nome)
        assert (repetido.novas, repetido.atualizadas, repetido.rejeitadas) == (0, 0, 0), nome


def test_bling_o_cliente_vem_pelo_documento(erp: Any) -> None:
    assert erp("Bling: contatos").novas == 1
    resultado = erp("Bling: pedidos de venda")
    assert (resultado.novas, resultado.rejeitadas) == (3, 0)
    assert list(
        Pedido.objects.order_by("numero").values_list("numero", "cliente__codigo", "situacao", "valor")
    ) == [
        ("5001", "B-10", "faturado", Decimal("210.00")),
        ("5002", "12345678909", "aberto", Decimal("18.00")),
    ]
    assert Cliente.objects.get(codigo="12345678909").razao_social == "Padaria Delta"
    assert Cliente.objects.get(codigo="B-10").nome_fantasia == "Gama"
    repetido = erp("Bling: pedidos de venda")
    assert (repetido.novas, repetido.atualizadas, repetido.inalteradas) == (0, 0, 3)


def test_omie(erp: Any) -> None:
    assert erp("Omie: clientes").novas == 1
    assert Cliente.objects.values_list("codigo", "municipio_id", "bloqueado").get() == (
        "2001",
        4209102,
        False,
    )
    assert erp("Omie: pedidos").novas == 3
    assert dict(Pedido.objects.values_list("numero", "situacao")) == {
        "301": "faturado", "302": "aberto", "303": "cancelado",
    }  # fmt: skip
    assert erp("Omie: contas a receber").novas == 1
    assert Titulo.objects.get().numero == "301-001/001-555"


def test_sap(erp: Any) -> None:
    assert erp("SAP B1: clientes (OCRD)").novas == 1
    assert Cliente.objects.values_list("codigo", "segmento__nome", "vendedor__nome").get() == (
        "C20000", "Distribuidores", "Ana Souza",
    )  # fmt: skip
    assert erp("SAP B1: pedidos (ORDR)").novas == 3
    assert dict(Pedido.objects.values_list("numero", "situacao")) == {
        "401": "faturado", "402": "aberto", "403": "cancelado",
    }  # fmt: skip
    assert erp("SAP B1: itens (RDR1)").novas == 1


def test_o_mapeamento_salvo_tem_nome_e_e_reconhecido_no_proximo_arquivo(
    importar: Any, empresa: Empresa, clientes_a_e_b: None, davi: Any
) -> None:
    colunas = {"x1": "numero", "x2": "cliente_codigo", "x3": "data", "x4": "valor", "x5": "situacao"}
    arquivo = "x1;x2;x3;x4;x5\n1;A;10/10/2026;5,00;LIB\n"
    resultado = importar(
        "pedidos",
        arquivo,
        colunas=colunas,
        situacoes={"LIB": "faturado"},
        salvar_como="ERP da casa",
        por=davi,
    )
    assert resultado.novas == 1
    salvo = MapeamentoDeColunas.objects.get()
    assert (salvo.nome, salvo.por, salvo.situacoes) == ("ERP da casa", davi, {"lib": "faturado"})
    assert RegistroDeAuditoria.objects.filter(acao="mapeamento.salvar", por=davi).count() == 1
    # O cabeçalho igual o reconhece sozinho; outro, só pelo nome.
    assert importar("pedidos", arquivo).inalteradas == 1
    pelo_nome = mapeamentos.achar("erp DA casa", empresa, "pedidos")
    outro = "a;x5;x1;x2;x3;x4\n;qualquer;2;B;11/10/2026;6,00\n"
    assert importar("pedidos", outro, mapeamento=pelo_nome, situacoes={"*": "aberto"}).novas == 1
    assert Pedido.objects.get(numero="2").situacao == "aberto"


def test_mapeamento_pelo_terminal(rodar: Any, arquivo: Any, empresa: Empresa) -> None:
    nome = "Protheus: clientes (SA1)"
    codigo, saida, _ = rodar("importar", "clientes", arquivo(EXEMPLOS[nome]), "--mapeamento", nome)
    assert codigo == 0
    assert "linhas puladas por ordem do mapeamento: 1" in saida
    codigo, _, erro = rodar("importar", "pedidos", arquivo(EXEMPLOS[nome]), "--mapeamento", nome)
    assert codigo == 2
    assert "é de clientes, não de pedidos" in erro
    codigo, _, erro = rodar("importar", "pedidos", arquivo("a"), "--mapeamento", "Nenhum")
    assert codigo == 2
    assert "não há mapeamento “Nenhum”" in erro


@pytest.mark.parametrize(
    ("codigo", "uf", "municipio"),
    [("4202404", "", 4202404), ("420240", "SC", 4202404), ("02404", "SC", 4202404), ("2404", "SC", 4202404), ("02404", "", None), ("99999", "SC", None), ("x", "SC", None)],
)  # fmt: skip
def test_municipio_pelo_codigo_do_ibge(codigo: str, uf: str, municipio: int | None, importar: Any) -> None:
    resultado = importar("clientes", f"codigo;razao_social;cod municipio;uf\nA;Alfa;{codigo};{uf}\n")
    assert resultado.novas == 1
    assert Cliente.objects.get().municipio_id == municipio
    assert any("IBGE" in aviso for aviso in resultado.avisos) is (municipio is None)
