"""As páginas de movimento da carteira: cada número é o tamanho da lista a que o elo leva."""

import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook

from atividade.recalculo import recalcular
from clientes.models import Municipio
from contas.models import Empresa, RegistroDeAuditoria
from tests.conftest import HOJE
from tests.web.movimento_de_teste import ler, mover, quantos, texto
from tests.web.test_consultas import contar

pytestmark = pytest.mark.django_db
DATAS = "de=2026-06-30&ate=2026-11-20"


@pytest.fixture
def carteira(empresa: Empresa, davi: Any, ana: Any, carla: Any, novo_cliente: Any, hoje: date) -> None:
    mover(empresa, davi, ana, carla, novo_cliente)


# ── Entre duas datas ─────────────────────────────────────────────────────────


def test_cada_celula_da_matriz_leva_aos_seus_nomes(davi: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    pagina = navegador.get(f"/migracao/?{DATAS}")
    assert "1 piorou" in texto(pagina)
    for linha in pagina.context["linhas"]:
        assert quantos(navegador, linha["url"]) == linha["total"].clientes
        for c in linha["celulas"]:
            # os zeros se conferem na primeira linha
            if c.celula.clientes or linha is pagina.context["linhas"][0]:
                assert quantos(navegador, c.url) == c.celula.clientes, c.celula
    for *_, celula, url in pagina.context["colunas"]:
        assert quantos(navegador, url) == celula.clientes
    for nome, celula, url, _ in pagina.context["resumo"]:
        assert quantos(navegador, url) == celula.clientes, nome
    assert {nome: c.clientes for nome, c, *_ in pagina.context["resumo"]} == {
        "Pioraram": 1,
        "Melhoraram": 0,
        "Viraram clientes": 1,
        "Encerraram": 1,
    }
    assert quantos(navegador, pagina.context["elo_total"]) == pagina.context["total"].clientes == 6
    do_relatorio = navegador.get(pagina.context["relatorio"]).context["total"]
    [(clientes, url)] = [(celula, elo) for celula, elo in do_relatorio if elo]
    assert clientes.valor == quantos(navegador, url) == 6
    # A e Q estão nas duas pontas como ativos; Q perdeu-se e voltou no meio
    assert pagina.context["voltaram"] == quantos(navegador, pagina.context["elo_voltaram"]) == 1
    lista = navegador.get(pagina.context["elo_voltaram"])
    assert [n.codigo for n in lista.context["pagina"]] == ["Q"]
    assert "foi e voltou" in texto(lista)


def test_as_datas_que_nao_servem_se_dizem_e_nao_derrubam(davi: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    casos = {
        "de=ontem&ate=20/11/2026": "“ontem” não é uma data: escreva como 31/12/2026.",
        "de=2026-11-20&ate=2026-06-30": "foram trocadas",
        "de=2026-06-30&ate=2027-01-01": "A carteira vai até 20/11/2026",
        "de=2026-11-20&ate=2026-11-20": "As duas datas eram a mesma",
        "de=1990-01-01&ate=1990-02-01": "Ainda não havia clientes nessas datas",
        f"{DATAS}&uf=AC": "Nenhum cliente com estes filtros nas duas datas",
    }
    for consulta, frase in casos.items():
        assert frase in texto(navegador.get(f"/migracao/?{consulta}")), consulta
    assert "Ninguém aqui" in texto(navegador.get(f"/migracao/clientes/?{DATAS}&de_onde=x&para=inativo&uf=AC"))
    # vinte de outubro: sem datas, os trinta dias até a referência
    assert "De 21/10/2026 a 20/11/2026" in texto(navegador.get("/migracao/"))


def test_planilhas_tem_o_que_a_tela_mostra(davi: Any, ana: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    matriz = navegador.get(f"/migracao/?{DATAS}").context["matriz"]
    lidas = ler(navegador.get(f"/migracao/?{DATAS}&formato=csv"))
    assert sum(int(x["Clientes"]) for x in lidas) == matriz.somar().clientes
    assert ("Ativo", "Inativo", "1", "300,00") in [
        (x["De"], x["Para"], x["Clientes"], x["R$/ano"]) for x in lidas
    ]
    bruto = b"".join(
        navegador.get(f"/migracao/clientes/?{DATAS}&para=inativo&formato=xlsx").streaming_content
    )
    linhas = list(load_workbook(io.BytesIO(bruto)).active.values)
    assert [x[0] for x in linhas] == ["Código", "I"]
    assert linhas[1][4] == datetime(2026, 6, 20)
    eventos = ler(
        navegador.get("/migracao/saldo/clientes/?evento=aberto&de=2026-11-01&ate=2026-11-30&formato=csv")
    )
    assert [(x["Código"], x["R$"], x["Data"]) for x in eventos] == [("N", "70,00", "03/11/2026")]
    assert [
        r.acao for r in RegistroDeAuditoria.objects.filter(acao__startswith="exportar").order_by("pk")
    ] == [
        "exportar migração",
        "exportar migração",
        "exportar eventos da carteira",
    ]
    de_ana = entrar(ana)
    for caminho in ("migracao/", "migracao/clientes/", "migracao/saldo/", "migracao/saldo/clientes/",
                    "migracao/aberturas/", "dois-relogios/", "cidades/"):  # fmt: skip
        assert navegador.get(f"/{caminho}?formato=pdf").status_code == 404, caminho
        assert navegador.get(f"/{caminho}?formato=csv").status_code == 200, caminho
        assert de_ana.get(f"/{caminho}?formato=csv").status_code == 403, caminho
        assert de_ana.get(f"/{caminho}").status_code == 200, caminho


def test_a_vendedora_so_ve_o_que_e_dela(ana: Any, carla: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(ana)
    de_outra = f"vendedor={carla.pk}"
    assert navegador.get(f"/migracao/?{DATAS}&{de_outra}").context["total"].clientes == 0
    saldo = navegador.get(f"/migracao/saldo/?de=2026-06-02&ate=2026-11-30&{de_outra}&dono=atual")
    assert saldo.context["total"]["saldo"].vazio
    assert navegador.get(f"/dois-relogios/?{de_outra}").context["total"].clientes == 0
    assert not navegador.get(f"/cidades/?{de_outra}").context["ufs"]
    assert navegador.get(f"/migracao/?{DATAS}").context["total"].clientes == 4
    assert (
        navegador.get("/migracao/saldo/?de=2026-06-01&ate=2026-11-30").context["pedido"].dimensao.nome
        != "vendedor"
    )
    assert "Carla" not in texto(navegador.get("/migracao/aberturas/?agrupar=vendedor"))


# ── Saldo e aberturas ────────────────────────────────────────────────────────


def test_cada_numero_do_saldo_leva_a_quem_ele_conta(davi: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    pagina = navegador.get("/migracao/saldo/?de=2026-06-02&ate=2026-11-30&agrupar=vendedor")
    total = pagina.context["total"]
    assert {campo: n for campo, (n, _) in total["contas"].items()} == {
        "abertos": 4, "recuperados": 1, "perdidos": 2, "voltas": 1,
        "regra_tira": 0, "regra_devolve": 0, "encerrados": 1,
    }  # fmt: skip
    assert total["com_sinal"] == "+3"
    for linha in (total, *pagina.context["grupos"], *pagina.context["meses"]):
        for campo, (n, url) in linha["contas"].items():
            # os zeros se conferem uma vez, no total
            assert (not n and linha is not total) or quantos(navegador, url) == n, (linha["rotulo"], campo)
    assert [(g["rotulo"], g["com_sinal"]) for g in pagina.context["grupos"]] == [
        ("Carla Dias", "+1"),
        ("Ana Souza", "+2"),
    ]


def test_o_que_nao_se_gravou_nao_e_zero(davi: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    pagina = navegador.get("/migracao/saldo/?de=2026-01-01&ate=2026-01-31")
    assert "Perdas e voltas deste período não foram gravadas: a história começa em" in texto(pagina)
    assert "Perdas e voltas se gravam desde" in texto(
        navegador.get("/migracao/saldo/?de=2026-06-01&ate=2026-11-30")
    )
    [janeiro] = [m for m in pagina.context["meses"] if m["rotulo"] == "jan 26"]
    assert janeiro["oculta"]
    [linha] = [
        x for x in ler(navegador.get("/migracao/saldo/?tabela=meses&formato=csv")) if x["Mês"] == "01/01/2026"
    ]
    assert (linha["Abertos"], linha["Perdidos"], linha["Saldo"]) == ("0", "", "")


def test_aberturas_por_vendedor_levam_aos_nomes(davi: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    pagina = navegador.get("/migracao/aberturas/?meses=6")
    assert [(x["rotulo"], x["total"]["n"]) for x in pagina.context["linhas"]] == [
        ("Ana Souza", 3),
        ("Carla Dias", 2),
    ]
    for linha in (*pagina.context["linhas"], pagina.context["total"]):
        for c in (*linha["celulas"], linha["total"]):
            assert not c["n"] or quantos(navegador, c["url"]) == c["n"]
    assert "R$ 370" in texto(navegador.get("/migracao/aberturas/?meses=6&medir=valor"))
    planilha = ler(navegador.get("/migracao/aberturas/?meses=6&formato=csv"))
    assert [(x["Vendedor"], x["Total clientes"], x["Total R$"]) for x in planilha] == [
        ("Ana Souza", "3", "39,00"),
        ("Carla Dias", "2", "370,00"),
        ("Total", "5", "409,00"),
    ]


def test_antes_da_primeira_rodada_as_paginas_dizem_o_que_falta(davi: Any, entrar: Any, hoje: date) -> None:
    for caminho in ("/migracao/", "/migracao/clientes/", "/migracao/saldo/", "/migracao/saldo/clientes/",
                    "/migracao/aberturas/", "/dois-relogios/", "/cidades/"):  # fmt: skip
        assert "A carteira ainda não foi calculada" in texto(entrar(davi).get(caminho)), caminho


# ── No catálogo de relatórios ────────────────────────────────────────────────


def test_os_relatorios_dizem_o_que_as_paginas_dizem(davi: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    paginas = {
        "/migracao/?de=2026-06-30&ate=2026-11-20": "clientes",
        "/migracao/saldo/?de=2026-06-02&ate=2026-11-20&agrupar=vendedor": "",
        "/migracao/aberturas/?meses=6": "",
        "/dois-relogios/": "clientes",
        "/cidades/": "todos",
    }
    for endereco, coluna in paginas.items():
        pagina = navegador.get(endereco)
        relatorio = navegador.get(pagina.context["relatorio"])
        assert relatorio.status_code == 200, endereco
        for n, linha in enumerate(relatorio.context["linhas"]):
            for celula, url in linha:
                # os nomes também têm elo; o que se conta é o número, e os zeros, na primeira linha
                if url and celula.coluna.tipo == "inteiro" and (celula.valor or celula.valor == n):
                    assert quantos(navegador, url) == celula.valor, (endereco, celula.coluna.chave)
        if coluna:
            total = {c.coluna.chave: c.valor for c, _ in relatorio.context["total"]}
            assert total[coluna] == {
                "/cidades/": 4,
                "/dois-relogios/": 5,
            }.get(endereco, 6), endereco
    saldo = navegador.get(navegador.get("/migracao/saldo/?de=2026-06-02&ate=2026-11-20").context["relatorio"])
    linhas = [{c.coluna.chave: c.valor for c, _ in linha} for linha in saldo.context["linhas"]]
    assert [(x["rotulo"], x["abertos"], x["recuperados"], x["perdidos"], x["saldo"]) for x in linhas] == [
        ("Carla Dias", 2, 0, 1, 1),
        ("Ana Souza", 2, 1, 1, 2),
    ]
    nomes = navegador.get("/relatorios/quem-mudou/?de=2026-07-01&ate=2026-11-20")
    assert [linha[0][0].valor for linha in nomes.context["linhas"]] == ["Cliente I", "Cliente N", "Cliente E"]
    assert navegador.get("/relatorios/saldo-por-mes/").status_code == 200


def test_no_relatorio_a_vendedora_nao_ve_nome_de_outra(ana: Any, entrar: Any, carteira: Any) -> None:
    for chave in ("saldo-do-periodo", "aberturas"):
        pagina = entrar(ana).get(f"/relatorios/{chave}/?agrupar=vendedor&de=2026-06-02&ate=2026-11-20")
        assert pagina.status_code == 200
        assert "Carla" not in texto(pagina)


def test_cada_pagina_custa_o_mesmo_com_poucos_e_com_muitos(
    davi: Any, ana: Any, carla: Any, entrar: Any, carteira: Any, empresa: Empresa, novo_cliente: Any
) -> None:
    navegador = entrar(davi)
    enderecos = (
        f"/migracao/?{DATAS}",
        f"/migracao/clientes/?{DATAS}",
        f"/migracao/clientes/?{DATAS}&formato=csv",
        "/migracao/saldo/?de=2026-06-01&ate=2026-11-30",
        "/migracao/saldo/clientes/?evento=aberto&de=2026-06-01&ate=2026-11-30",
        "/migracao/aberturas/",
        "/dois-relogios/",
        "/cidades/",
    )
    antes = {endereco: contar(navegador, endereco) for endereco in enderecos}
    municipios = list(Municipio.objects.order_by("pk")[:20])
    for n, municipio in enumerate(municipios):
        dia = date(2026, 6, 5) + timedelta(days=8 * n)
        novo_cliente(
            f"M{n}", vendedor=(ana, carla)[n % 2], municipio=municipio, segmento=f"S{n}", compras=[(dia, "5")]
        )
    recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE)
    depois = {endereco: contar(navegador, endereco, antes[endereco]) for endereco in enderecos}
    assert antes == depois
    assert max(depois.values()) <= 20, depois
