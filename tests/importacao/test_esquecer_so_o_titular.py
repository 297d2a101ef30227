"""Esquecer alguém não estraga o que é de outros, e o que é dele não volta nem fica pela metade."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from carteira.lgpd import anonimizar as anonimizar_cliente
from carteira.lgpd_do_fornecedor import anonimizar
from clientes.lgpd.esquecer import SUBSTITUTO, Titular
from clientes.models import (
    Cliente,
    Fornecedor,
    Importacao,
    ListaDeTrabalho,
    PessoaDeContato,
    RestricaoDeCredito,
    RestricaoDeFornecedor,
    ScoreDeCredito,
    ScoreDeFornecedor,
    VersaoDeLinha,
    Visao,
)
from contas.auditoria import registrar
from contas.models import Empresa, RegistroDeAuditoria, Usuario
from notificacoes.models import Mensagem
from relatorios.models import AgendamentoDeRelatorio, ArquivoGerado
from tests.api.conftest import com_token
from tests.clientes.listas_de_teste import rascunho

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


# ── Um nome de uma palavra é de muita gente ──────────────────────────────────


@pytest.fixture
def de_outros(empresa: Empresa, novo_cliente: Any, davi: Usuario, tmp_path: Path) -> Any:
    """O que outros têm com a palavra “Financeiro”; o que se devolve lê tudo outra vez."""
    tintas = Fornecedor.objects.create(
        empresa=empresa, codigo="F2", nome="Tintas Rio", contato="Financeiro",
        observacao="Falar com o financeiro", erp={"financeiro": "1", "email": "financeiro@tintas.test"},
    )  # fmt: skip
    lista = rascunho(empresa, nome="Cobrança do Financeiro", consulta_por=davi, criada_por=davi)
    lista.save()
    outro = novo_cliente("C2", razao_social="Beta Ltda", observacao="Quem paga é o Financeiro")
    registrar(
        "editar cliente", por=davi, objeto="cliente C2", alvo=outro,
        antes={"observacao": ""}, depois={"observacao": "Quem paga é o Financeiro"},
    )  # fmt: skip
    arquivo = tmp_path / "titulos.csv"
    arquivo.write_text("numero;observacao\n1;Financeiro\n", encoding="utf-8")
    Importacao.objects.create(
        empresa=empresa, tipo="titulos", nome_do_arquivo="titulos.csv", caminho=str(arquivo)
    )

    def ler() -> list[Any]:
        cadastro = Fornecedor.objects.values_list("contato", "observacao", "erp").get(pk=tintas.pk)
        auditoria = RegistroDeAuditoria.objects.values_list("antes", "depois", "objeto")
        return [
            cadastro,
            ListaDeTrabalho.objects.get().nome,
            Cliente.objects.get(codigo="C2").observacao,
            auditoria.get(alvo=f"cliente:{outro.pk}"),
            Importacao.objects.get().caminho,
            arquivo.exists(),
        ]

    return ler


def test_o_contato_de_uma_palavra_do_fornecedor_so_sai_do_que_e_dele(
    de_outros: Any, empresa: Empresa, davi: Usuario, django_capture_on_commit_callbacks: Any
) -> None:
    acos = Fornecedor.objects.create(
        empresa=empresa, codigo="F1", nome="Metalurgica", contato="Financeiro", telefone="+554733334444"
    )
    registrar(
        "editar fornecedor", por=davi, alvo=acos, antes={"contato": ""}, depois={"contato": "Financeiro"}
    )
    antes = de_outros()
    with django_capture_on_commit_callbacks(execute=True):
        anonimizar(fornecedor=acos, motivo="Pediu em 20/11", por=davi)
    assert de_outros() == antes
    acos.refresh_from_db()
    assert (acos.nome, acos.contato) == ("Titular anonimizado", "")
    dele = RegistroDeAuditoria.objects.get(acao="editar fornecedor")
    assert (dele.antes, dele.depois) == (None, {"dados": "anonimizados"})


def test_a_pessoa_de_uma_palavra_sai_dos_textos_do_seu_cliente_e_de_nenhum_outro(
    de_outros: Any, novo_cliente: Any, davi: Usuario, django_capture_on_commit_callbacks: Any
) -> None:
    cliente = novo_cliente("C1", razao_social="Alfa Ltda", observacao="O Financeiro paga às sextas")
    pessoa = PessoaDeContato.objects.create(cliente=cliente, nome="Financeiro")
    antes = de_outros()
    with django_capture_on_commit_callbacks(execute=True):
        anonimizar_cliente(titular=Titular(cliente, pessoa), motivo="Pediu em 20/11", por=davi)
    assert de_outros() == antes
    cliente.refresh_from_db()
    assert cliente.observacao == f"O {SUBSTITUTO} paga às sextas"


def test_num_json_trocam_se_os_valores_e_nunca_as_chaves(empresa: Empresa, davi: Usuario) -> None:
    acos = Fornecedor.objects.create(
        empresa=empresa, codigo="F1", nome="Rute Klein", documento="52998224725", documento_valido=True
    )
    VersaoDeLinha.objects.create(
        importacao_id=1, tabela="clientes_cliente", objeto_id=1,
        antes={"rute klein": ["da Rute Klein", 52998224725], "x": {"n": 1.50, "v": None, "s": True}, "y": []},
    )  # fmt: skip
    anonimizar(fornecedor=acos, motivo="Pediu em 20/11", por=davi)
    assert VersaoDeLinha.objects.get().antes == {
        "rute klein": [f"da {SUBSTITUTO}", SUBSTITUTO], "x": {"n": 1.5, "v": None, "s": True}, "y": [],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT lgpd_trocar('{}', 'a', 'b'), lgpd_trocar('null', 'a', 'b')")
        assert cursor.fetchone() == ("{}", "null")


# ── O birô não traz ninguém de volta ─────────────────────────────────────────

SCORES = (
    "codigo;fonte;em;valor\nX1;Serasa;01/10/2026;640\nX1;Serasa;01/10/2026;640\nX2;Serasa;01/10/2026;500\n"
)
RESTRICOES = (
    "codigo;fonte;tipo;em;descricao\nX1;Serasa;protesto;03/10/2026;Rute Klein, 1º Tabelionato\n"
    "X1;Serasa;mudança societária;04/10/2026;Rute Klein saiu\nX2;Serasa;protesto;03/10/2026;Outro\n"
)
DOIS_DONOS = pytest.mark.parametrize("dono", ["cliente", "fornecedor"])


@pytest.fixture
def esquecido(dono: str, empresa: Empresa, novo_cliente: Any, davi: Usuario) -> Any:
    """X1 foi anonimizado; X2, não."""
    if dono == "cliente":
        x1 = novo_cliente("X1", razao_social="Rute Klein")
        novo_cliente("X2")
        anonimizar_cliente(titular=Titular(x1), motivo="Pediu em 20/11", por=davi)
    else:
        x1 = Fornecedor.objects.create(empresa=empresa, codigo="X1", nome="Rute Klein")
        Fornecedor.objects.create(empresa=empresa, codigo="X2", nome="Tintas Rio")
        anonimizar(fornecedor=x1, motivo="Pediu em 20/11", por=davi)
    return x1


def tipos_de(dono: str) -> tuple[str, str]:
    return ("scores", "restricoes") if dono == "cliente" else (
        "scores_de_fornecedores", "restricoes_de_fornecedores",
    )  # fmt: skip


@DOIS_DONOS
def test_o_arquivo_do_biro_ignora_o_esquecido_e_diz(esquecido: Any, dono: str, importar: Any) -> None:
    lidos = [
        importar(tipo, texto.replace("codigo", f"{dono}_codigo", 1))
        for tipo, texto in zip(tipos_de(dono), (SCORES, RESTRICOES), strict=True)
    ]
    assert [(r.novas, r.atualizadas, r.inalteradas, r.rejeitadas) for r in lidos] == [(1, 0, 2, 0)] * 2
    assert "ignorada: titular anonimizado (linha 2)" in lidos[0].avisos
    assert "ignorada: titular anonimizado (2 linhas: linha 2, linha 3)" in lidos[1].avisos
    modelos = (ScoreDeCredito, RestricaoDeCredito, ScoreDeFornecedor, RestricaoDeFornecedor)
    assert [m.objects.count() for m in modelos] == ([1, 1, 0, 0] if dono == "cliente" else [0, 0, 1, 1])


@DOIS_DONOS
def test_no_lote_a_linha_do_esquecido_nao_e_nova(
    esquecido: Any, dono: str, davi: Usuario, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    tipo = tipos_de(dono)[1].replace("_", "-")
    linha = {f"{dono}_codigo": "X1", "fonte": "Serasa", "tipo": "protesto", "em": "2026-10-03"}
    corpo = json.dumps([linha | {"descricao": "Rute Klein"}])
    resposta = com_token(davi, "lote").post(f"/api/v1/{tipo}/lote", corpo, content_type="application/json")
    dito = resposta.json()
    assert (resposta.status_code, dito["novas"], dito["inalteradas"]) == (200, 0, 1)
    assert (dito["linhas"][0]["situacao"], dito["linhas"][0]["motivo"]) == (
        "inalterada", "ignorada: titular anonimizado",
    )  # fmt: skip
    assert not esquecido.restricoes.exists()


@DOIS_DONOS
def test_nem_por_fora_da_importacao_ele_volta(esquecido: Any, dono: str) -> None:
    with connection.cursor() as cursor:
        tabela = ScoreDeCredito if dono == "cliente" else ScoreDeFornecedor
        cursor.execute(
            f"INSERT INTO {tabela._meta.db_table} (empresa_id, {dono}_id, fonte, em, valor, criado_em, atualizado_em)"
            " VALUES (%s, %s, 'Serasa', '2026-10-01', 500, now(), now())",
            [esquecido.empresa_id, esquecido.pk],
        )
        assert (cursor.rowcount, tabela.objects.count()) == (0, 0)


# ── O que se procurou ────────────────────────────────────────────────────────


@DOIS_DONOS
def test_a_busca_guardada_e_o_resumo_nao_ficam_com_o_nome(
    dono: str, empresa: Empresa, novo_cliente: Any, davi: Usuario
) -> None:
    nome, buscada = "José da Luz", "q=Jos%C3%A9+da+Luz&uf=SC"
    lista = rascunho(empresa, consulta=buscada, consulta_por=davi, criada_por=davi)
    lista.save()
    Visao.objects.create(dono=davi, nome="Minha", consulta="q=Jos%C3%A9%20da%20Luz")
    agora = timezone.now()
    AgendamentoDeRelatorio.objects.create(
        por=davi, relatorio="fornecedores", consulta={"busca": [nome]}, frequencia="diaria",
        decidido_ate=timezone.localdate(),
    )  # fmt: skip
    ArquivoGerado.objects.create(
        por=davi, tipo="relatorio", filtros={"busca": [nome, "x"]}, nome="f.pdf", pedido_em=agora, expira_em=agora
    )  # fmt: skip
    Mensagem.objects.create(
        chave="k", tipo="resumo_diario", para="ana@exemplo.test", assunto="Hoje", texto=f"Veja {nome}",
        html=f"<b>{nome}</b>", message_id="m",
    )  # fmt: skip
    if dono == "cliente":
        anonimizar_cliente(titular=Titular(novo_cliente("X1", razao_social=nome)), motivo="Pediu", por=davi)
    else:
        pessoa = Fornecedor.objects.create(empresa=empresa, codigo="X1", nome=nome)
        anonimizar(fornecedor=pessoa, motivo="Pediu", por=davi)
    lista.refresh_from_db()
    assert (lista.consulta, Visao.objects.get().consulta) == (f"q={SUBSTITUTO}&uf=SC", f"q={SUBSTITUTO}")
    assert AgendamentoDeRelatorio.objects.get().consulta == {"busca": [SUBSTITUTO]}
    assert ArquivoGerado.objects.get().filtros == {"busca": [SUBSTITUTO, "x"]}
    mensagem = Mensagem.objects.get()
    assert (mensagem.texto, mensagem.html) == (f"Veja {SUBSTITUTO}", f"<b>{SUBSTITUTO}</b>")
