"""Lotes de linhas: a mesma importação dos arquivos, com o que aconteceu a cada linha."""

import json
from pathlib import Path
from typing import Any

import pytest

from carteira.lotes import Corpo, CorpoGrande, Lote, Relato, carregar, guardar
from clientes.importacao.recusa import ArquivoRecusado
from clientes.importacao.tipos import TIPOS
from clientes.models import Cliente, Importacao, Pedido, PessoaDeContato, Titulo
from contas.models import Empresa, RegistroDeAuditoria, Usuario
from tests.conftest import HOJE


@pytest.fixture
def mandar(settings: Any, tmp_path: Path, empresa: Empresa, davi: Usuario) -> Any:
    """`mandar("pedidos", linhas)`: objetos viram JSON Lines; texto vai como CSV."""
    settings.MEDIA_ROOT = tmp_path

    def _mandar(tipo: str, linhas: Any, **opcoes: Any) -> Relato:
        texto = linhas if isinstance(linhas, str) else "".join(json.dumps(li) + "\n" for li in linhas)
        formato = "csv" if isinstance(linhas, str) and not texto.startswith("{") else "jsonl"
        corpo = guardar([texto.encode()])
        return carregar(corpo, Lote(tipo, empresa, davi, formato, **opcoes), hoje=HOJE)

    return _mandar


def pedido(numero: str, cliente: str = "A", valor: Any = 10.5, **resto: Any) -> dict[str, Any]:
    return {
        "numero": numero, "cliente_codigo": cliente, "data": "2026-10-10", "valor": valor, "situacao": "faturado",
    } | resto  # fmt: skip


def situacoes(relato: Relato) -> list[tuple[int, str]]:
    return [(li.linha, str(li.situacao)) for li in relato.linhas]


def test_cada_linha_diz_o_que_foi_dela(mandar: Any, clientes_a_e_b: None) -> None:
    mandar("pedidos", [pedido("1"), pedido("2", valor="1.234,56")])
    relato = mandar(
        "pedidos",
        [pedido("1"), pedido("2", valor=99), pedido("3", "B"), pedido("4", "Z"), pedido("3", "B")],
        parcial=True,
    )
    assert situacoes(relato) == [
        (1, "inalterada"), (2, "atualizada"), (3, "nova"), (4, "rejeitada"), (5, "inalterada"),
    ]  # fmt: skip
    ruim = relato.linhas[3]
    assert (ruim.chave, ruim.coluna, ruim.valor) == ({"numero": "4"}, "cliente_codigo", "Z")
    assert ruim.motivo.startswith("cliente desconhecido nesta empresa")
    assert list(Pedido.objects.order_by("numero").values_list("numero", "valor")) == [
        ("1", pytest.approx(10.5)), ("2", 99), ("3", pytest.approx(10.5)),
    ]  # fmt: skip


def test_tudo_ou_nada_nao_grava_nem_deixa_importacao(
    mandar: Any, clientes_a_e_b: None, tmp_path: Path
) -> None:
    antes = Importacao.objects.count()
    relato = mandar("pedidos", [pedido("1"), pedido("2", "Z")])
    assert relato.importacao is None
    assert situacoes(relato) == [(1, "nova"), (2, "rejeitada")]
    assert (Pedido.objects.count(), Importacao.objects.count()) == (0, antes)
    assert not RegistroDeAuditoria.objects.filter(acao="importacao.gravar").exists()


def test_simular_da_os_mesmos_numeros_e_nao_grava(mandar: Any, clientes_a_e_b: None) -> None:
    relato = mandar("pedidos", [pedido("1"), pedido("2", "Z")], simular=True, parcial=True)
    assert situacoes(relato) == [(1, "nova"), (2, "rejeitada")]
    assert not Pedido.objects.exists()


def test_deixa_a_mesma_procedencia_que_um_arquivo(mandar: Any, clientes_a_e_b: None, davi: Usuario) -> None:
    relato = mandar("pedidos", [pedido("1")])
    importacao = Importacao.objects.get(pk=relato.importacao.pk)
    assert (importacao.estado, importacao.por, importacao.tipo) == ("aplicada", davi, "pedidos")
    assert importacao.resultado["novas"] == 1
    assert Path(importacao.caminho).exists()
    assert Pedido.objects.get().importacao == importacao
    assert RegistroDeAuditoria.objects.get(acao="importacao.gravar").depois["importacao"] == importacao.pk


def test_json_e_csv_gravam_a_mesma_coisa(mandar: Any, clientes_a_e_b: None) -> None:
    csv = "numero;cliente_codigo;data;valor;situacao\n1;A;10/10/2026;10,50;faturado\n"
    mandar("pedidos", csv)
    assert situacoes(mandar("pedidos", [pedido("1")])) == [(1, "inalterada")]
    assert [li.linha for li in mandar("pedidos", csv).linhas] == [2]


def test_ausente_conserva_null_apaga_e_a_meia_linha_se_recusa(mandar: Any) -> None:
    mandar("clientes", [{"codigo": "A", "razao_social": "Alfa", "telefone": "11987654321"}])
    mandar("clientes", [{"codigo": "A", "razao_social": "Alfa Ltda"}])
    assert Cliente.objects.get().telefone == "+5511987654321"
    relato = mandar(
        "clientes",
        [{"codigo": "A", "razao_social": "Outra"}, {"codigo": "B", "razao_social": "Beta", "telefone": None}],
        parcial=True,
    )
    assert situacoes(relato) == [(1, "rejeitada"), (2, "nova")]
    assert "falta a chave “telefone”" in relato.linhas[0].motivo
    mandar("clientes", [{"codigo": "A", "razao_social": "Alfa Ltda", "telefone": None}])
    assert list(Cliente.objects.order_by("codigo").values_list("razao_social", "telefone")) == [
        ("Alfa Ltda", ""), ("Beta", ""),
    ]  # fmt: skip


def test_o_que_a_importacao_sabe_o_lote_sabe(mandar: Any, clientes_a_e_b: None) -> None:
    pessoas = mandar(
        "pessoas", [{"cliente_codigo": "A", "nome": "Patrícia", "principal": True, "nao_contatar": ["email"]}]
    )
    assert pessoas.linhas[0].chave == {"cliente_codigo": "A", "nome": "Patrícia"}
    assert PessoaDeContato.objects.get().nao_contatar == ["email"]
    mandar(
        "titulos",
        [
            {
                "numero": 7,
                "cliente_codigo": "A",
                "emissao": "2026-10-01",
                "vencimento": "2026-12-01",
                "valor": 1.5e3,
            }
        ],
    )
    assert Titulo.objects.get().saldo == 1500
    mandar("fornecedores", [{"codigo": "A", "nome": "Aços"}])
    for tipo, descricao in TIPOS.items():  # o exemplo que o esquema mostra entra mesmo
        linha = {c.nome: c.exemplo for c in descricao.leiaute} | (
            {descricao.dono.codigo.nome: "A"} if descricao.dono else {}
        )
        relato = mandar(tipo, [linha], simular=True)
        assert [li.motivo for li in relato.linhas] == [""] or tipo == "itens", (tipo, relato.linhas)


@pytest.mark.parametrize(
    ("texto", "dito"),
    [
        ('{"numero": "1", }\n', "linha 1: JSON malformado"),
        ('{"numero": "1"}\n\n{"numero":\n', "linha 3: JSON malformado"),
        ('{"numero": "1"}\n[1, 2]\n', "a linha não é um objeto"),
    ],
)
def test_json_que_nao_se_le_recusa_o_corpo(mandar: Any, texto: str, dito: str) -> None:
    with pytest.raises(ArquivoRecusado, match=dito):
        mandar(
            "itens",
            texto.replace('"1"', '"1", "produto_nome": "x", "quantidade": 1, "valor": 2'),
            parcial=True,
        )


@pytest.mark.parametrize(
    ("valor", "motivo"),
    [
        ('{"a": 1}', "há um objeto"),
        ("NaN", "não é um número"),
        ("1e999999999", "grande ou pequeno demais"),
        ('"\\u0000"', "caractere nulo"),
        ('["a", "\\u0000"]', "caractere nulo"),
        ('"\\ud800"', "pela metade"),
        ("12.345", "mais de duas casas"),
        ("99999999999999", "grande demais"),
        ("true", "não é um número"),
    ],
)
def test_valor_que_json_aceita_e_a_coluna_nao(
    mandar: Any, clientes_a_e_b: None, valor: str, motivo: str
) -> None:
    linha = json.dumps(pedido("1", valor=0)).replace('"valor": 0', f'"valor": {valor}')
    relato = mandar("pedidos", f"{json.dumps(pedido('0'))}\n{linha}\n", parcial=True)
    assert situacoes(relato) == [(1, "nova"), (2, "rejeitada")]
    assert motivo in relato.linhas[1].motivo


def test_marca_de_planilha_num_texto_nao_vira_numero(mandar: Any, clientes_a_e_b: None) -> None:
    relato = mandar("pedidos", [pedido("\x011", valor="\x01xyz")], parcial=True)
    assert relato.linhas[0].motivo.startswith("não é um número")


def test_corpo_grande_nao_fica_no_disco(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    with pytest.raises(CorpoGrande, match="passa de 0 MB"):
        guardar([b"x" * 10, b"y" * 10], maximo=15)
    assert not list((tmp_path / "importacoes").iterdir())


def test_linhas_demais(mandar: Any, clientes_a_e_b: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carteira.lotes.MAXIMO_DE_LINHAS", 2)
    with pytest.raises(CorpoGrande, match="São 3 linhas; o limite é 2"):
        mandar("pedidos", [pedido(str(n)) for n in range(3)], parcial=True)
    assert not Pedido.objects.exists()


def test_corpo_guarda_o_resumo(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    corpo = guardar([b"a", b"bc"])
    assert isinstance(corpo, Corpo)
    assert (corpo.tamanho, corpo.sha256[:8]) == (3, "ba7816bf")
