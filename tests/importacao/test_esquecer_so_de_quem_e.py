"""De quem um nome fala, o que ficou das linhas recusadas, e a importação que corre ao mesmo tempo."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import connection, connections
from django.utils import timezone

from carteira import importacoes
from carteira.lgpd import AnonimizacaoRecusada, anonimizar
from carteira.lgpd_do_fornecedor import anonimizar as anonimizar_fornecedor
from carteira.retencao import LIMPEZAS, limpar_vencidos
from clientes.lgpd.esquecer import SUBSTITUTO, Titular
from clientes.models import (
    Cliente,
    Fornecedor,
    Importacao,
    ListaDeTrabalho,
    PessoaDeContato,
    TipoDeRetencao,
    VersaoDeLinha,
)
from contas.auditoria import registrar
from contas.models import Empresa, RegistroDeAuditoria, Usuario
from tests.clientes.listas_de_teste import rascunho

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
MARTA = "52998224725"


# ── Um nome que não é só dele ────────────────────────────────────────────────


@pytest.fixture
def de_outros(empresa: Empresa, novo_cliente: Any, davi: Usuario, tmp_path: Path) -> Any:
    """`de_outros("Setor Financeiro")`: o que outros têm com o nome; o que se devolve lê tudo outra vez."""

    def por(nome: str) -> Any:
        outro = novo_cliente("C2", razao_social="Beta Ltda", observacao=f"Quem paga é {nome}")
        PessoaDeContato.objects.create(cliente=outro, nome=nome, telefone="+554833330000")
        tintas = Fornecedor.objects.create(empresa=empresa, codigo="F2", nome="Tintas Rio", contato=nome)
        rascunho(empresa, nome=f"Ligar: {nome}", consulta="", consulta_por=davi, criada_por=davi).save()
        registrar("editar cliente", por=davi, alvo=outro, antes={"pessoa": ""}, depois={"pessoa": nome})
        versao = VersaoDeLinha.objects.create(
            importacao_id=1, tabela="clientes_pessoadecontato", objeto_id=0, antes={"nome": nome}
        )
        arquivo = tmp_path / "titulos.csv"
        arquivo.write_text(f"numero;observacao\n1;{nome}\n", encoding="utf-8")
        Importacao.objects.create(
            empresa=empresa, tipo="titulos", nome_do_arquivo="titulos.csv", caminho=str(arquivo)
        )

        def ler() -> list[Any]:
            return [
                Cliente.objects.get(codigo="C2").observacao,
                PessoaDeContato.objects.get(cliente=outro).nome,
                Fornecedor.objects.get(pk=tintas.pk).contato,
                ListaDeTrabalho.objects.get().nome,
                RegistroDeAuditoria.objects.get(alvo=f"cliente:{outro.pk}").depois,
                VersaoDeLinha.objects.get(pk=versao.pk).antes,
                Importacao.objects.get().caminho,
                arquivo.exists(),
            ]

        return ler

    return por


@pytest.mark.parametrize(
    "nome", ["Setor Financeiro", "Compras Matriz", "Maria do Faturamento", "José da Luz"]
)
def test_o_nome_que_outros_tambem_tem_so_sai_do_que_e_dele(
    nome: str, de_outros: Any, novo_cliente: Any, davi: Usuario, django_capture_on_commit_callbacks: Any
) -> None:
    ler = de_outros(nome)
    cliente = novo_cliente("C1", razao_social="Alfa Ltda", observacao=f"{nome} paga às sextas")
    pessoa = PessoaDeContato.objects.create(cliente=cliente, nome=nome, telefone="+554733334444")
    antes = ler()
    with django_capture_on_commit_callbacks(execute=True):
        anonimizar(titular=Titular(cliente, pessoa), motivo="Pediu em 20/11", por=davi)
    assert ler() == antes
    cliente.refresh_from_db()
    assert cliente.observacao == f"{SUBSTITUTO} paga às sextas"


def test_o_contato_do_fornecedor_que_e_um_setor_tambem(
    de_outros: Any, empresa: Empresa, davi: Usuario, django_capture_on_commit_callbacks: Any
) -> None:
    ler = de_outros("Setor Financeiro")
    acos = Fornecedor.objects.create(
        empresa=empresa, codigo="F1", nome="Aços Vale", contato="Setor Financeiro"
    )
    antes = ler()
    with django_capture_on_commit_callbacks(execute=True):
        anonimizar_fornecedor(fornecedor=acos, motivo="Pediu em 20/11", por=davi)
    assert ler() == antes


def test_o_homonimo_sai_de_onde_esta_ao_lado_do_contato_dele(
    empresa: Empresa, novo_cliente: Any, davi: Usuario
) -> None:
    """Outra empresa tem um José da Luz: o nome só diz quem é onde se lê também o telefone deste."""
    PessoaDeContato.objects.create(cliente=novo_cliente("C2"), nome="José da Luz", telefone="+554833330000")
    pessoa = PessoaDeContato.objects.create(
        cliente=novo_cliente("C1"), nome="José da Luz", telefone="+554733334444"
    )
    versoes = [
        VersaoDeLinha.objects.create(importacao_id=1, tabela="x", objeto_id=0, antes={"nome": "José da Luz", "fone": f})
        for f in ("+554733334444", "+554833330000")
    ]  # fmt: skip
    anonimizar(titular=Titular(pessoa.cliente, pessoa), motivo="Pediu em 20/11", por=davi)
    for versao in versoes:
        versao.refresh_from_db()
    assert [v.antes for v in versoes] == [
        {"nome": SUBSTITUTO, "fone": SUBSTITUTO}, {"nome": "José da Luz", "fone": "+554833330000"},
    ]  # fmt: skip


def test_a_mesma_pessoa_em_dois_clientes_nao_e_homonima(
    empresa: Empresa, novo_cliente: Any, davi: Usuario
) -> None:
    for codigo in ("C1", "C2"):
        PessoaDeContato.objects.create(
            cliente=novo_cliente(codigo), nome="Otto Beilke", email="otto@beilke.test"
        )
    rascunho(empresa, nome="Ligar: Otto Beilke", consulta="", consulta_por=davi, criada_por=davi).save()
    cliente = Cliente.objects.get(codigo="C1")
    anonimizar(titular=Titular(cliente), motivo="Pediu em 20/11", por=davi)
    assert ListaDeTrabalho.objects.get().nome == f"Ligar: {SUBSTITUTO}"


# ── O que ficou das linhas recusadas ─────────────────────────────────────────


@pytest.fixture
def marta(empresa: Empresa, novo_cliente: Any) -> Cliente:
    return novo_cliente(
        "K9", razao_social="Marta Kunz", documento=MARTA, documento_valido=True, telefone="+5547995550123"
    )


@pytest.mark.parametrize("escrito", ["529982247-25", "529 982 247 25", "0052998224725", "529.982.247/25"])
def test_o_resultado_nao_guarda_o_documento_como_quer_que_o_arquivo_o_escrevesse(
    escrito: str, marta: Cliente, empresa: Empresa, davi: Usuario
) -> None:
    rejeicoes = [
        {"linha": 2, "coluna": "cpf_cnpj", "valor": escrito, "motivo": f"“{escrito}” já é de outro"},
        {"linha": 3, "coluna": "telefone", "valor": "47 9 9555-0123", "motivo": "repetido"},
        {"linha": 4, "coluna": "cpf_cnpj", "valor": "111.444.777-35", "motivo": "já é de outro"},
    ]
    guardada = Importacao.objects.create(
        empresa=empresa, tipo="clientes", nome_do_arquivo="c.csv", estado="aplicada",
        resultado={"rejeicoes": rejeicoes, "avisos": [f"cpf_cnpj: repetido (linha 2 “{escrito}”)"]},
    )  # fmt: skip
    anonimizar(titular=Titular(marta), motivo="Pediu em 20/11", por=davi)
    guardada.refresh_from_db()
    assert [(r["valor"], r["motivo"]) for r in guardada.resultado["rejeicoes"]] == [
        (SUBSTITUTO, f"“{SUBSTITUTO}” já é de outro"), (SUBSTITUTO, "repetido"), ("111.444.777-35", "já é de outro"),
    ]  # fmt: skip
    assert guardada.resultado["avisos"] == [f"cpf_cnpj: repetido (linha 2 “{SUBSTITUTO}”)"]


def _planilha(*linhas: list[Any]) -> bytes:
    livro = openpyxl.Workbook()
    for linha in linhas:
        livro.active.append(linha)
    saida = io.BytesIO()
    livro.save(saida)
    return saida.getvalue()


@pytest.mark.parametrize(
    "conteudo",
    [
        pytest.param(_planilha(["codigo", "cpf_cnpj"], ["X1", MARTA]), id="planilha, texto"),
        pytest.param(_planilha(["codigo", "cpf_cnpj"], ["X1", int(MARTA)]), id="planilha, número"),
        pytest.param("codigo;nome\nX1;MARTA KUNZ\n".encode("utf-16"), id="UTF-16"),
        pytest.param(b"codigo;cpf\nX1;529982247-25\n", id="documento com outra pontuação"),
    ],
)
def test_o_arquivo_que_cita_o_titular_vai_e_leva_os_valores_das_recusadas(
    conteudo: bytes, marta: Cliente, empresa: Empresa, davi: Usuario, tmp_path: Path,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    guardadas = []
    for nome, corpo in (("dela", conteudo), ("alheia", b"codigo;nome\nX2;Outro\n")):
        arquivo = tmp_path / nome
        arquivo.write_bytes(corpo)
        Path(f"{arquivo}.rejeitadas.csv").write_text("X1;Rua da Marta, 3")
        guardadas.append(
            Importacao.objects.create(
                empresa=empresa, tipo="clientes", nome_do_arquivo=nome, estado="conferida", caminho=str(arquivo),
                resultado={
                    "aceitas": 3, "avisos": ["cidade: não reconhecida (linha 2 “Rua da Marta, 3”)"],
                    "rejeicoes": [
                        {"linha": 2, "coluna": "cep", "valor": "Rua da Marta, 3", "motivo": "não é “Marta”"},
                        {"linha": 3, "coluna": "uf", "valor": "", "motivo": "vazio"},
                    ],
                },
            )
        )  # fmt: skip
    alheia = guardadas[1].resultado
    with django_capture_on_commit_callbacks(execute=True):
        anonimizar(titular=Titular(marta), motivo="Pediu em 20/11", por=davi)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["alheia", "alheia.rejeitadas.csv"]
    for guardada in guardadas:
        guardada.refresh_from_db()
    assert (guardadas[0].caminho, guardadas[0].resultado) == (
        "",
        {
            "aceitas": 3, "avisos": ["cidade: não reconhecida (linha 2 “…”)"],
            "rejeicoes": [
                {"linha": 2, "coluna": "cep", "valor": "(apagado)", "motivo": "não é “…”"},
                {"linha": 3, "coluna": "uf", "valor": "", "motivo": "vazio"},
            ],
        },
    )  # fmt: skip
    assert (guardadas[1].caminho, guardadas[1].resultado) == (str(tmp_path / "alheia"), alheia)


def test_o_prazo_de_guarda_leva_o_que_o_arquivo_trazia_tambem_de_quem_ja_nao_o_tem(empresa: Empresa) -> None:
    agora = timezone.now()
    rejeicoes = [{"linha": 2, "coluna": "uf", "valor": "ZZ", "motivo": "UF desconhecida"}]
    velha, nova, limpa = (
        Importacao.objects.create(
            empresa=empresa, tipo="clientes", nome_do_arquivo="c.csv", estado="aplicada",
            resultado={"rejeicoes": r, "avisos": [], "aceitas": 1},
        )
        for r in (rejeicoes, rejeicoes, [])
    )  # fmt: skip
    Importacao.objects.exclude(pk=nova.pk).update(criada_em=agora - timedelta(days=31))
    arquivos = LIMPEZAS[TipoDeRetencao.ARQUIVOS]
    assert arquivos.contar(agora - timedelta(days=30)) == 1
    assert limpar_vencidos(agora)[TipoDeRetencao.ARQUIVOS] == 1
    assert arquivos.contar(agora - timedelta(days=30)) == 0
    for importacao in (velha, nova, limpa):
        importacao.refresh_from_db()
    assert velha.resultado["rejeicoes"] == [rejeicoes[0] | {"valor": importacoes.APAGADO}]
    assert (nova.resultado["rejeicoes"], limpa.resultado["rejeicoes"]) == (rejeicoes, [])
    assert velha.resultado["aceitas"] == 1


# ── Uma importação por gravar ────────────────────────────────────────────────


@pytest.fixture
def importando(empresa: Empresa) -> Any:
    """Outra conexão, com a trava que toda importação tem até confirmar."""
    outra = connections.create_connection("default")
    outra.settings_dict = connection.settings_dict
    try:
        outra.set_autocommit(False)
        with outra.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [0x1A9047, empresa.pk])
        yield outra
    finally:
        outra.close()


@pytest.mark.parametrize("dono", ["cliente", "fornecedor"])
def test_com_uma_importacao_por_gravar_nao_se_anonimiza_e_depois_sim(
    dono: str, importando: Any, marta: Cliente, empresa: Empresa, davi: Usuario
) -> None:
    acos = Fornecedor.objects.create(empresa=empresa, codigo="F1", nome="Aços Vale")

    def esquecer() -> int:
        if dono == "cliente":
            return anonimizar(titular=Titular(marta), motivo="Pediu em 20/11", por=davi)
        return anonimizar_fornecedor(fornecedor=acos, motivo="Pediu em 20/11", por=davi)

    with pytest.raises(AnonimizacaoRecusada, match="Há uma importação em curso"):
        esquecer()
    marta.refresh_from_db()
    acos.refresh_from_db()
    assert (marta.anonimizado_em, acos.anonimizado_em) == (None, None)
    importando.rollback()
    assert esquecer() >= 1
