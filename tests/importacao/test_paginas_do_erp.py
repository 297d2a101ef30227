"""Mapeamentos e arquivo completo no navegador; e a recusada diz onde parou."""

from typing import Any

from django.test import Client

from carteira import importacoes
from clientes.models import Cliente, Importacao, MapeamentoDeColunas, Pedido
from contas.models import Empresa, RegistroDeAuditoria
from tests.conftest import HOJE
from tests.controles import controles
from tests.importacao.conftest import PEDIDOS, mandar

SA1 = (
    "A1_COD;A1_LOJA;A1_NOME;A1_EST;D_E_L_E_T_\n000001;01;ALFA;SC;\n000001;02;ALFA;SP;\n000002;01;FORA;SP;*\n"
)


def _selecionado(pagina: str, nome: str) -> str:
    """O que está escolhido num select da página."""
    select = pagina.split(f'name="{nome}"')[1].split("</select>")[0]
    return select.split(" selected>")[1].split("<")[0] if " selected>" in select else ""


def test_o_mapeamento_pronto_vem_escolhido_se_salva_e_se_edita(
    loja: Client, empresa: Empresa, davi: Any
) -> None:
    url = mandar(loja, empresa, SA1, tipo="clientes", nome="sa1.csv").url
    pagina = loja.get(url).content.decode()
    assert _selecionado(pagina, "mapeamento") == "Protheus: clientes (SA1)"
    assert _selecionado(pagina, "coluna_1") == "Código do cliente: 2ª parte"
    pelos_nomes = loja.get(url, {"mapeamento": ""}).content.decode()
    assert _selecionado(pelos_nomes, "coluna_1") == ""
    campos = {"coluna_0": "codigo", "coluna_1": "codigo+2", "coluna_2": "razao_social", "coluna_3": "uf"}
    loja.post(
        url,
        {**campos, "mapeamento": "Protheus: clientes (SA1)", "lembrar": "on", "salvar_como": "SA1 da casa"},
    )
    importacao = Importacao.objects.get()
    for _ in range(2):
        importacoes.executar(importacao.pk, hoje=HOJE)
        loja.post(f"/importar/{importacao.pk}/aplicar/")
    assert list(Cliente.objects.order_by("codigo").values_list("codigo", "uf")) == [
        ("000001-01", "SC"),
        ("000001-02", "SP"),
    ]
    salvo = MapeamentoDeColunas.objects.get()
    assert (salvo.nome, salvo.colunas["a1 loja"], salvo.pular) == (
        "SA1 da casa",
        "codigo+2",
        {"d e l e t": ["*"]},
    )
    # No próximo arquivo igual, o salvo é que vem.
    outra = loja.get(mandar(loja, empresa, SA1, tipo="clientes").url).content.decode()
    assert _selecionado(outra, "mapeamento") == "SA1 da casa"
    assert "SA1 da casa" in loja.get("/importar/mapeamentos/").content.decode()
    pagina_dele = f"/importar/mapeamentos/{salvo.pk}/"
    dados = {"nome": "Matriz", "juncao": "/", "decimal": "", "coluna=a1%20cod": "codigo+2"}
    assert loja.post(pagina_dele, dados).status_code == 422  # a segunda parte, duas vezes
    dados.pop("coluna=a1%20cod")
    assert loja.post(pagina_dele, dados).url == "/importar/mapeamentos/"
    salvo.refresh_from_db()
    assert (salvo.nome, salvo.juncao, salvo.colunas["a1 cod"]) == ("Matriz", "/", "codigo")
    assert "Apagar “Matriz”?" in loja.get(f"{pagina_dele}apagar/").content.decode()
    loja.post(f"{pagina_dele}apagar/")
    assert not MapeamentoDeColunas.objects.exists()
    acoes = RegistroDeAuditoria.objects.filter(acao__startswith="mapeamento").order_by("id")
    assert list(acoes.values_list("acao", "por")) == [
        ("mapeamento.salvar", davi.pk), ("mapeamento.editar", davi.pk), ("mapeamento.apagar", davi.pk),
    ]  # fmt: skip
    assert acoes[1].antes["nome"] == "SA1 da casa"


def test_dois_mapeamentos_nao_tem_o_mesmo_nome_e_a_situacao_se_ensina(loja: Client, empresa: Empresa) -> None:
    comum = {"empresa": empresa, "tipo": "pedidos", "colunas": {"n": "numero"}}
    um = MapeamentoDeColunas.objects.create(nome="Um", assinatura="1", situacoes={"lib": "faturado"}, **comum)
    MapeamentoDeColunas.objects.create(nome="Dois", assinatura="2", **comum)
    base = f"/importar/mapeamentos/{um.pk}/"
    repetido = loja.post(base, {"nome": "dois", "juncao": "-", "decimal": ""})
    assert (repetido.status_code, "Já há um mapeamento com este nome" in repetido.content.decode()) == (
        422,
        True,
    )
    loja.post(
        base,
        {
            "nome": "Um",
            "juncao": "-",
            "decimal": "v",
            "situacao_nova": "Separação",
            "situacao_nova_destino": "aberto",
            "situacao=lib": "",
        },
    )
    um.refresh_from_db()
    assert (um.situacoes, um.decimal) == ({"separacao": "aberto"}, "v")


def test_arquivo_completo_no_navegador_e_o_excesso_digitado(
    loja: Client, empresa: Empresa, importar: Any, clientes_a_e_b: None
) -> None:
    importar("pedidos", PEDIDOS + "".join(f"{n};A;0{n}/10/2026;10,00;faturado\n" for n in range(1, 5)))
    url = mandar(loja, empresa, PEDIDOS + "1;A;01/10/2026;10,00;faturado\n").url
    colunas = {
        f"coluna_{i}": c for i, c in enumerate(("numero", "cliente_codigo", "data", "valor", "situacao"))
    }
    periodo = {"completo_de": "2026-10-01", "completo_ate": "2026-10-31"}
    errado = loja.post(url, {**colunas, "completo_de": "2026-10-31", "completo_ate": "2026-10-01"})
    assert (errado.status_code, "Diga o período inteiro" in errado.content.decode()) == (422, True)
    loja.post(url, {**colunas, **periodo})
    importacao = Importacao.objects.latest("id")
    base = f"/importar/{importacao.pk}"
    importacoes.executar(importacao.pk, hoje=HOJE)
    pagina = loja.get(f"{base}/conferir/").content.decode().replace("\xa0", " ")
    assert "3 pedidos de 4 do período não vieram, somando R$ 30,00" in pagina
    loja.post(f"{base}/aplicar/", {"sumico": "2"})
    importacao.refresh_from_db()
    assert importacao.estado == "conferida"
    loja.post(f"{base}/aplicar/", {"sumico": "3"})
    importacoes.executar(importacao.pk, hoje=HOJE)
    assert "Estão como cancelados na origem" in loja.get(f"{base}/pronto/").content.decode()
    assert Pedido.objects.filter(situacao="cancelado", desapareceu_na=importacao).count() == 3


def test_a_recusada_para_onde_parou(loja: Client, empresa: Empresa) -> None:
    pagina = loja.get(mandar(loja, empresa, b"%PDF-1.4 x").url, follow=True).content.decode()
    passos = pagina.split('<ol class="passos"')[1].split("</ol>")[0]
    assert passos.count("feita: ") == 1
    assert "parou em: </span>" in passos
    assert passos.split("parou em: ")[1].index("Ligar colunas") < passos.split("parou em: ")[1].index(
        "Concluir"
    )


def test_a_pagina_do_mapeamento_recusada_guarda_a_palavra_nova_e_sem_mudanca_nao_audita(
    empresa: Empresa, davi: Any, lia: Any, entrar: Any
) -> None:
    mapa = MapeamentoDeColunas.objects.create(
        empresa=empresa, tipo="pedidos", nome="ERP", assinatura="x", por=lia,
        colunas={"n": "numero", "c": "cliente_codigo", "v": "valor", "d": "data", "s": "situacao"},
        situacoes={"lib": "aberto"},
    )  # fmt: skip
    navegador, caminho = entrar(davi), f"/importar/mapeamentos/{mapa.pk}/"
    aberta = controles(navegador.get(caminho).content.decode())
    # Nada mudou: não há linha na auditoria, nem passa a ser de quem só salvou.
    resposta = navegador.post(caminho, aberta, follow=True)
    assert "Nada mudou." in resposta.content.decode()
    mapa.refresh_from_db()
    assert (mapa.por, RegistroDeAuditoria.objects.filter(acao="mapeamento.editar").count()) == (lia, 0)
    # Recusada por outra coisa, a palavra nova continua escrita.
    palavra = {"situacao_nova": ['Em "rota"'], "situacao_nova_destino": ["faturado"]}
    recusada = navegador.post(caminho, aberta | palavra | {"nome": [""]})
    assert recusada.status_code == 422
    voltou = controles(recusada.content.decode())
    assert {nome: voltou[nome] for nome in palavra} == palavra
    assert navegador.post(caminho, voltou | {"nome": ["ERP"]}).status_code == 302
    mapa.refresh_from_db()
    assert mapa.situacoes == {"lib": "aberto", 'em "rota"': "faturado"}
    feito = RegistroDeAuditoria.objects.get(acao="mapeamento.editar")
    assert (feito.quem, [*feito.antes]) == ("Davi Rocha", ["situacoes"])
