"""As páginas dos fornecedores: quem entra, o que se vê, muda e esquece; e que nenhum é cliente em lugar nenhum."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from carteira.recalculos import recalcular_empresa
from clientes.models import (
    Cliente,
    Fornecedor,
    RestricaoDeFornecedor,
    ScoreDeFornecedor,
)
from contas.models import Empresa, RegistroDeAuditoria, Usuario, Vinculo
from tests.api.conftest import com_token
from tests.conftest import HOJE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
LISTA = "/fornecedores/"


def dia(dias: int) -> date:
    return HOJE - timedelta(days=dias)


def fornecedor(empresa: Empresa, codigo: str, nome: str, *scores: tuple[int, int], **mais: Any) -> Fornecedor:
    """Com os scores dados, em (há quantos dias, valor)."""
    novo = Fornecedor.objects.create(empresa=empresa, codigo=codigo, nome=nome, **mais)
    for ha, valor in scores:
        ScoreDeFornecedor.objects.create(
            empresa=empresa, fornecedor=novo, fonte="Serasa", em=dia(ha), valor=valor
        )
    return novo


def restringir(dono: Fornecedor, ha: int, valor: int = 0, tipo: str = "protesto", **mais: Any) -> None:
    RestricaoDeFornecedor.objects.create(
        empresa=dono.empresa, fornecedor=dono, fonte="Cartório", tipo=tipo, em=dia(ha), valor=valor, **mais
    )


@pytest.fixture
def tres(empresa: Empresa) -> tuple[Fornecedor, Fornecedor, Fornecedor]:
    """Aços piorou com um protesto aberto; Tintas melhorou de faixa; Vidros é inativo e nada mudou nele."""
    acos = fornecedor(
        empresa, "F1", "Aços Vale", (60, 720), (5, 710), documento="11444777000161", documento_valido=True,
        cidade="Joinville", uf="SC",
    )  # fmt: skip
    restringir(acos, 9, 1250)
    tintas = fornecedor(empresa, "F2", "Tintas Rio", (50, 480), (4, 640))
    vidros = fornecedor(empresa, "F3", "Vidros Litoral", (3, 90), ativo=False)
    return acos, tintas, vidros


def texto(navegador: Any, url: str) -> str:
    resposta = navegador.get(url)
    assert resposta.status_code == 200, url
    return resposta.content.decode().replace("\xa0", " ")


def nomes(navegador: Any, consulta: str) -> list[str]:
    return [f.nome for f in navegador.get(f"{LISTA}?{consulta}").context["pagina"]]


# ── Quem entra ───────────────────────────────────────────────────────────────


def test_so_entra_quem_ve_credito_e_so_nas_suas_empresas(
    tres: Any, ana: Usuario, bruno: Usuario, davi: Usuario, lia: Usuario, entrar: Any
) -> None:
    acos, _, _ = tres
    filial = Empresa.objects.create(codigo="2", nome="Filial")
    alheio = fornecedor(filial, "F1", "Alheio")
    for pessoa in (ana, lia):
        navegador = entrar(pessoa)
        assert [navegador.get(u).status_code for u in (LISTA, f"{LISTA}{acos.pk}/")] == [403, 403]
        assert navegador.get("/relatorios/fornecedores/planilha/?formato=csv").status_code == 403
        assert com_token(pessoa, "ler").get("/api/v1/fornecedores/").status_code == 403
        assert f'href="{LISTA}"' not in texto(navegador, "/clientes/")
    Usuario.objects.filter(pk=ana.pk).update(ve_credito=True)
    ana.refresh_from_db()
    for pessoa in (ana, bruno, davi):
        navegador, api = entrar(pessoa), com_token(pessoa, "ler")
        assert nomes(navegador, "") == ["Aços Vale", "Tintas Rio"]
        assert f'href="{LISTA}"' in texto(navegador, "/clientes/")
        assert [navegador.get(f"{LISTA}{pk}/").status_code for pk in (acos.pk, alheio.pk)] == [200, 404]
        assert [f["codigo"] for f in api.get("/api/v1/fornecedores/").json()["resultados"]] == [
            "F1",
            "F2",
            "F3",
        ]
        assert api.get(f"/api/v1/fornecedores/{alheio.pk}/").status_code == 404
    for pessoa in (ana, bruno):  # o cadastro e os titulares são de quem administra
        navegador = entrar(pessoa)
        assert {
            navegador.get(f"{LISTA}{acos.pk}/{r}/").status_code for r in ("editar", "relatorio", "anonimizar")
        } == {403}
        assert "Editar" not in texto(navegador, f"{LISTA}{acos.pk}/")


# ── A lista ──────────────────────────────────────────────────────────────────


def test_a_lista_diz_a_faixa_em_palavra_as_restricoes_e_para_onde_mudou(
    tres: Any, bruno: Usuario, entrar: Any
) -> None:
    pagina = texto(entrar(bruno), LISTA)
    for dito in (
        "2 fornecedores",
        "Bom",
        "Regular",
        "R$ 1.250,00",
        "Piorou",
        "Nova restrição: Protesto (Cartório), 11/11/2026",
        "Melhorou",
        "Score de 480 para 640, agora Regular (Serasa), 16/11/2026",
        "Joinville/SC",
    ):
        assert dito in pagina, dito
    assert "11444777000161" not in pagina
    assert [(nome, n) for nome, n, *_ in entrar(bruno).get(LISTA).context["kpis"]] == [
        ("Fornecedores", 3), ("Com restrição em aberto", 1), ("Pioraram", 1), ("Melhoraram", 1),
    ]  # fmt: skip


def test_cada_filtro_e_cada_ordem(tres: Any, bruno: Usuario, entrar: Any) -> None:
    navegador = entrar(bruno)
    achados = {
        consulta: nomes(navegador, consulta)
        for consulta in (
            *("busca=acos", "busca=f2", "busca=11.444.777", "busca=joinville", "busca=nada"),
            *("restricao=com", "restricao=sem", "mudou=piorou", "mudou=melhorou"),
            *("faixa=Bom", "faixa=Muito baixo&cadastro=todos", "cadastro=inativos"),
            *("cadastro=todos&ordem=score", "cadastro=todos&ordem=-valor", "cadastro=todos&ordem=-mudou_em"),
        )
    }
    assert achados == {
        "busca=acos": ["Aços Vale"],
        "busca=f2": ["Tintas Rio"],
        "busca=11.444.777": ["Aços Vale"],
        "busca=joinville": ["Aços Vale"],
        "busca=nada": [],
        "restricao=com": ["Aços Vale"],
        "restricao=sem": ["Tintas Rio"],
        "mudou=piorou": ["Aços Vale"],
        "mudou=melhorou": ["Tintas Rio"],
        "faixa=Bom": ["Aços Vale"],
        "faixa=Muito baixo&cadastro=todos": ["Vidros Litoral"],
        "cadastro=inativos": ["Vidros Litoral"],
        "cadastro=todos&ordem=score": ["Vidros Litoral", "Tintas Rio", "Aços Vale"],
        "cadastro=todos&ordem=-valor": ["Aços Vale", "Tintas Rio", "Vidros Litoral"],
        "cadastro=todos&ordem=-mudou_em": ["Tintas Rio", "Aços Vale", "Vidros Litoral"],
    }


def test_a_planilha_tem_o_que_a_tela_mostra_com_o_documento_mascarado(
    tres: Any, bruno: Usuario, entrar: Any
) -> None:
    navegador = entrar(bruno)
    csv = b"".join(navegador.get("/relatorios/fornecedores/planilha/?formato=csv&restricao=com")).decode(
        "utf-8-sig"
    )
    linhas = [linha.split(";") for linha in csv.splitlines()]
    assert linhas[0][:9] == [
        "Fornecedor", "CPF/CNPJ", "Município", "UF", "Score", "Faixa", "Restrições", "R$ em restrições", "Mudou em",
    ]  # fmt: skip
    assert linhas[1][:10] == [
        "Aços Vale", "**.444.777/****-**", "Joinville", "SC", "710", "Bom", "1", "1250,00", "11/11/2026",
        "Piorou. Nova restrição: Protesto (Cartório)",
    ]  # fmt: skip
    assert len(linhas) == 3  # com o total
    assert RegistroDeAuditoria.objects.filter(acao="exportar relatório", por=bruno).count() == 1


def test_sem_nenhum_a_pagina_diz_como_comecar(bruno: Usuario, davi: Usuario, entrar: Any) -> None:
    assert "Nenhum fornecedor ainda" in texto(entrar(bruno), LISTA)
    assert 'href="/importar/"' in texto(entrar(davi), LISTA)


def test_os_numeros_de_uma_empresa_levam_aos_dela_e_a_que_nao_tem_nenhum_o_diz(
    tres: Any, empresa: Empresa, davi: Usuario, entrar: Any
) -> None:
    filial, vazia = (Empresa.objects.create(codigo=c, nome=f"Filial {c}") for c in "23")
    for cada in (filial, vazia):
        Vinculo.objects.create(usuario=davi, empresa=cada)
    fornecedor(filial, "F9", "Cabos Sul")
    navegador = entrar(davi)
    _, quantos, filtro, _ = navegador.get(f"{LISTA}?empresa={filial.pk}").context["kpis"][0]
    assert (quantos, nomes(navegador, filtro)) == (1, ["Cabos Sul"])
    assert "Nenhum fornecedor com estes filtros" in texto(navegador, f"{LISTA}?empresa={vazia.pk}")


# ── A página de um ───────────────────────────────────────────────────────────


def test_a_pagina_tem_o_score_no_tempo_as_restricoes_e_os_eventos(
    tres: Any, bruno: Usuario, entrar: Any
) -> None:
    acos, _, _ = tres
    restringir(acos, 40, 300, "pendencia", baixada_em=dia(20))
    restringir(acos, 30, tipo="mudanca_societaria", descricao="Saiu um sócio")
    pagina = texto(entrar(bruno), f"{LISTA}{acos.pk}/")
    for dito in (
        "Score no tempo. Serasa: de 720 em 21/09/2026 a 710 em 15/11/2026.",
        "1 em aberto, R$ 1.250,00",
        "11.444.777/0001-61",
        "de 11/10/2026 a 31/10/2026",
        "Saiu um sócio",
        "Eventos, só para saber",
    ):
        assert dito in pagina, dito


def test_o_administrador_edita_e_fica_escrito(tres: Any, davi: Usuario, entrar: Any) -> None:
    acos, _, _ = tres
    url, navegador = f"{LISTA}{acos.pk}/editar/", entrar(davi)
    dados = {
        "nome": "Aços Vale", "documento": "11.444.777/0001-61", "cidade": "Blumenau", "uf": "sc", "contato": "Rute",
        "telefone": "", "email": "", "ativo": "on", "observacao": "",
    }  # fmt: skip
    assert navegador.post(url, dados | {"documento": "123"}).status_code == 422
    assert not RegistroDeAuditoria.objects.filter(acao="editar fornecedor").exists()
    assert navegador.post(url, dados).status_code == 302
    acos.refresh_from_db()
    assert (acos.cidade, acos.contato, acos.municipio_id, acos.documento) == (
        "Blumenau", "Rute", 4202404, "11444777000161",
    )  # fmt: skip
    registro = RegistroDeAuditoria.objects.get(acao="editar fornecedor")
    assert (registro.antes, registro.depois) == (
        {"cidade": "Joinville", "contato": ""}, {"cidade": "Blumenau", "contato": "Rute"},
    )  # fmt: skip


# ── LGPD ─────────────────────────────────────────────────────────────────────


def test_o_titular_acha_o_que_ha_dele_e_e_esquecido(tres: Any, davi: Usuario, entrar: Any) -> None:
    acos, _, _ = tres
    url, navegador = f"{LISTA}{acos.pk}/", entrar(davi)
    dito = json.loads(navegador.get(f"{url}relatorio/?formato=json").content)
    assert dito["base_legal"]["base"] == "Proteção ao crédito"
    assert [s["score"] for s in dito["scores"]] == [720, 710]
    assert [r["tipo"] for r in dito["restricoes"]] == ["Protesto"]
    assert navegador.post(f"{url}anonimizar/", {"motivo": "Pediu", "frase": "sim"}).status_code == 422
    assert acos.scores.count() == 2
    dados = {"motivo": "Pediu em 20/11", "frase": "anonimizar fornecedor F1"}
    assert navegador.post(f"{url}anonimizar/", dados).status_code == 302
    acos.refresh_from_db()
    assert (acos.nome, acos.documento, acos.ativo) == ("Titular anonimizado", "", False)
    assert (acos.scores.count(), acos.restricoes.count()) == (0, 0)
    assert "anonimizado em" in texto(navegador, url)
    assert navegador.post(f"{url}editar/", {"nome": "Volta"}).status_code == 422
    acos.refresh_from_db()
    assert acos.nome == "Titular anonimizado"


def test_quem_e_cliente_e_fornecedor_e_relatado_e_esquecido_dos_dois_lados(
    tres: Any, ana: Usuario, davi: Usuario, entrar: Any, novo_cliente: Any
) -> None:
    acos, tintas, _ = tres
    cliente = novo_cliente(
        "C1", vendedor=ana, razao_social="Aços Vale Ltda", documento=acos.documento, documento_valido=True
    )
    navegador = entrar(davi)
    url = f"/clientes/{cliente.pk}/privacidade/"
    dito = json.loads(navegador.get(f"{url}relatorio/?formato=json").content)
    assert [linha["valor"] for linha in dito["como_fornecedor"]] == [
        "F1, Aços Vale", "720 (Serasa)", "710 (Serasa)", "Protesto (Cartório, 11/11/2026)",
    ]  # fmt: skip
    dados = {"motivo": "Pediu", "frase": "anonimizar cliente C1"}
    assert navegador.post(f"{url}anonimizar/", dados).status_code == 302
    acos.refresh_from_db()
    assert (acos.nome, acos.documento, acos.scores.count()) == ("Titular anonimizado", "", 0)
    tintas.refresh_from_db()
    assert (tintas.nome, tintas.scores.count()) == ("Tintas Rio", 2)


def test_do_lado_do_fornecedor_tambem_se_ve_o_cliente_e_nada_fica_pela_metade(
    tres: Any, ana: Usuario, davi: Usuario, entrar: Any, novo_cliente: Any
) -> None:
    """Esquecer só o fornecedor deixaria a mesma pessoa no cadastro de clientes: recusa-se, e diz-se onde."""
    acos, _, _ = tres
    url, navegador = f"{LISTA}{acos.pk}/", entrar(davi)
    assert "como_cliente" not in json.loads(navegador.get(f"{url}relatorio/?formato=json").content)
    cliente = novo_cliente(
        "C1", vendedor=ana, razao_social="Aços Vale Ltda", documento=acos.documento, documento_valido=True,
        compras=[(dia(40), "150.00")],
    )  # fmt: skip
    dito = json.loads(navegador.get(f"{url}relatorio/?formato=json").content)
    assert [(linha["o quê"], linha["valor"]) for linha in dito["como_cliente"]] == [
        ("cadastro", "C1, Aços Vale Ltda"), ("compras", f"1 pedido(s) desde {dia(40):%d/%m/%Y}, 150.00"),
    ]  # fmt: skip
    pagina = texto(navegador, f"{url}anonimizar/")
    assert f'href="/clientes/{cliente.pk}/privacidade/anonimizar/"' in pagina
    assert "Anonimizar para sempre" not in pagina
    dados = {"motivo": "Pediu em 20/11", "frase": "anonimizar fornecedor F1"}
    resposta = navegador.post(f"{url}anonimizar/", dados)
    assert resposta.status_code == 422
    assert "anonimize pela página do cliente" in str(resposta.context["form"].errors)
    acos.refresh_from_db()
    assert (acos.nome, acos.scores.count()) == ("Aços Vale", 2)
    de_outra = Empresa.objects.create(nome="Outra", codigo="O")
    Cliente.objects.filter(pk=cliente.pk).update(documento_valido=False)
    novo_cliente("C9", empresa=de_outra, documento=acos.documento, documento_valido=True)
    assert "Anonimizar para sempre" in texto(navegador, f"{url}anonimizar/")


# ── Fora de toda conta de clientes ───────────────────────────────────────────


def test_fornecedor_nao_entra_em_conta_composicao_lista_busca_nem_api_de_clientes(
    empresa: Empresa, ana: Usuario, davi: Usuario, entrar: Any, novo_cliente: Any
) -> None:
    """Os mesmos números com e sem fornecedores, mesmo com o documento de um cliente."""
    novo_cliente(
        "C1", vendedor=ana, razao_social="Beta", documento="11444777000161", documento_valido=True,
        compras=[(dia(10), "500.00")],
    )  # fmt: skip
    recalcular_empresa(empresa.pk, por=davi)
    navegador, api = entrar(davi), com_token(davi, "ler")

    def numeros() -> dict[str, Any]:
        credito = navegador.get("/credito/").context["quadro"]
        return {
            "clientes": Cliente.objects.count(),
            "lista": [i.cliente.codigo for i in navegador.get("/clientes/").context["linhas"]],
            "composição": api.get("/api/v1/composicao/").json(),
            "api": [c["codigo"] for c in api.get("/api/v1/clientes/").json()["resultados"]],
            "scores": api.get("/api/v1/scores/").json()["resultados"],
            "restrições": api.get("/api/v1/restricoes/").json()["resultados"],
            "crédito": (credito.clientes, credito.por_biro.clientes, credito.distribuicao.com_score),
            "busca": "Aços" in navegador.get("/clientes/?q=11444777000161").content.decode(),
        }

    antes = numeros()
    dono = fornecedor(empresa, "C1", "Aços Vale", (9, 100), documento="11444777000161", documento_valido=True)
    restringir(dono, 5, 9000)
    recalcular_empresa(empresa.pk, por=davi)
    assert numeros() == antes
    assert (antes["clientes"], antes["lista"], antes["busca"]) == (1, ["C1"], False)


def test_a_api_diz_o_credito_e_esconde_o_documento_de_quem_nao_cuida(
    tres: Any, bruno: Usuario, davi: Usuario
) -> None:
    acos, _, _ = tres
    url = f"/api/v1/fornecedores/{acos.pk}/"
    do_bruno, do_davi = (com_token(p, "ler").get(url).json() for p in (bruno, davi))
    assert (do_bruno["documento"], do_davi["documento"]) == ("**.444.777/****-**", "11444777000161")
    assert {c: do_bruno[c] for c in ("score", "faixa", "restricoes_abertas", "valor_restrito", "melhorou")} == {
        "score": 710, "faixa": "Bom", "restricoes_abertas": 1, "valor_restrito": "1250.00", "melhorou": False,
    }  # fmt: skip
    assert [s["valor"] for s in do_bruno["scores"]] == [710, 720]
    api = com_token(bruno, "ler")
    achados = [
        [f["codigo"] for f in api.get(f"/api/v1/fornecedores/?{c}").json()["resultados"]]
        for c in ("com_restricao=true", "com_restricao=false&ativo=true", "q=tintas")
    ]
    assert achados == [["F1"], ["F2"], ["F2"]]
