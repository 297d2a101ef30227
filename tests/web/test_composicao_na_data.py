"""A composição de um dia passado na tela: os números, a escolha da regra e do dono, e os nomes por trás."""

import csv
import io
import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client

from atividade.limiares import configurar
from atividade.models import MudancaStatus
from atividade.recalculo import recalcular
from atividade.regras import Periodo
from atividade.rotulos import NOMES
from clientes.carteiras import transferir
from clientes.models import Cliente, PeriodoDeCarteira
from contas.models import Empresa, RegistroDeAuditoria
from tests.conftest import HOJE
from tests.sementes import na_resistencia

pytestmark = pytest.mark.django_db
URL = "/composicao/"
JUNHO = "data=2026-06-30"


@pytest.fixture
def carteira(empresa: Empresa, davi: Any, ana: Any, carla: Any, novo_cliente: Any, hoje: date) -> None:
    """Até 31/08/2026, 120 dias; desde 01/09, 60. T era de Ana e passou a Carla em 01/08."""
    for texto, aviso, desde in (("120d", "30d", date(2020, 1, 1)), ("60d", "20d", date(2026, 9, 1))):
        configurar(empresa=empresa, periodo=Periodo.de_texto(texto), antecedencia=Periodo.de_texto(aviso),
                   vigente_desde=desde, por=davi)  # fmt: skip
    novo_cliente("A", vendedor=ana, uf="SC", nome_fantasia="Loja A", compras=[(date(2026, 6, 1), "300")])
    novo_cliente(
        "Q", vendedor=ana, uf="PR", nome_fantasia="Loja Q", compras=[(date(2026, 3, 20), "200"), (HOJE, "1")]
    )
    novo_cliente("I", vendedor=carla, nome_fantasia="Loja I", compras=[(date(2026, 1, 1), "100")])
    transferido = novo_cliente("T", vendedor=ana, nome_fantasia="Loja T", compras=[(date(2026, 6, 20), "50")])
    PeriodoDeCarteira.objects.create(
        cliente=transferido, vendedor=ana, equipe=transferido.equipe, periodo=DateRange(None, None)
    )
    transferir(clientes=[transferido.pk], para=carla, em=date(2026, 8, 1), por=davi)
    novo_cliente("N", vendedor=ana, nome_fantasia="Loja N", compras=[(date(2026, 7, 1), "9")])
    recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE)


def texto(resposta: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", unescape(resposta.content.decode())))


def contas(resposta: Any) -> dict[str, int]:
    return {s: f.clientes for s, f in resposta.context["carteira"].fatias.items()}


def nomes(resposta: Any) -> list[str]:
    return [c.codigo for c in resposta.context["pagina"]]


def test_a_carteira_de_junho_pela_regra_da_epoca_e_pela_de_hoje(
    davi: Any, entrar: Any, carteira: Any
) -> None:
    navegador = entrar(davi)
    epoca = navegador.get(f"{URL}?{JUNHO}")
    # Q comprou há 102 dias, I há 180; com 120/30 Q é quase inativo, com 60/20 já é inativo
    assert contas(epoca) == {"ativo": 2, "quase_inativo": 1, "inativo": 1}
    pagina = texto(epoca)
    assert "Composição em 30/06/2026" in pagina
    assert "4 clientes com compra, pela regra da época, com quem era o dono na data." in pagina
    assert "50,00%" in pagina
    assert "R$ 650" in pagina
    atual = navegador.get(f"{URL}?{JUNHO}&regra=atual")
    assert contas(atual) == {"ativo": 2, "inativo": 2}
    assert "pela regra de hoje" in texto(atual)


def test_dono_na_data_ou_o_de_hoje(davi: Any, ana: Any, carla: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)

    def por_vendedor(consulta: str) -> dict[str, int]:
        linhas = navegador.get(f"{URL}?{JUNHO}&agrupar=vendedor{consulta}").context["grupos"]
        return {linha.grupo.rotulo: linha.grupo.clientes for linha in linhas}

    assert por_vendedor("") == {"Ana Souza": 3, "Carla Dias": 1}
    assert por_vendedor("&dono=atual") == {"Ana Souza": 2, "Carla Dias": 2}
    assert por_vendedor(f"&vendedor={ana.pk}") == {"Ana Souza": 3}
    assert por_vendedor(f"&vendedor={carla.pk}&dono=atual") == {"Carla Dias": 2}


DIMENSOES = ("vendedor", "equipe", "segmento", "uf", "abc", "empresa", "municipio")


@pytest.mark.parametrize(
    ("como", "dimensoes"),
    [
        ("", DIMENSOES),
        ("&regra=atual&dono=atual", ("vendedor", "uf")),
        na_resistencia("&regra=atual&dono=atual", DIMENSOES),
    ],
    ids=("da época", "de hoje", "de hoje em todas"),
)
def test_cada_numero_leva_aos_clientes_daquele_dia(
    como: str, dimensoes: tuple[str, ...], davi: Any, entrar: Any, carteira: Any
) -> None:
    navegador = entrar(davi)
    for dimensao in dimensoes:
        pagina = navegador.get(f"{URL}?{JUNHO}&agrupar={dimensao}{como}")
        assert sum(linha.grupo.clientes for linha in pagina.context["grupos"]) == 4
        for linha in pagina.context["grupos"]:
            achados = nomes(navegador.get(linha.elos["clientes"]))
            assert len(achados) == linha.grupo.clientes, (dimensao, linha.grupo)
    # os números de cima não dependem de como se agrupa
    carteira_ = pagina.context["carteira"]
    for status, elo in pagina.context["elos"].items():
        quantos = carteira_.clientes if status == "clientes" else carteira_.fatia(status).clientes
        assert len(nomes(navegador.get(elo))) == quantos, status


def test_os_nomes_trazem_a_situacao_do_dia_a_de_hoje_e_a_regra(davi: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    lista = navegador.get(f"{URL}clientes/?{JUNHO}&status=quase_inativo")
    assert nomes(lista) == ["Q"]
    pagina = texto(lista)
    assert "Quase inativos em 30/06/2026" in pagina
    assert f"regra da empresa {Empresa.objects.get()}, desde 01/01/2020: 120 dias" in pagina
    assert "quase inativo em 18/06/2026, inativo em 18/07/2026" in pagina
    assert [(c.status, c.hoje) for c in lista.context["pagina"]] == [("quase_inativo", "ativo")]
    assert "desde 01/09/2026: 60 dias" in texto(
        navegador.get(f"{URL}clientes/?{JUNHO}&regra=atual&status=inativo")
    )
    assert nomes(navegador.get(f"{URL}clientes/?{JUNHO}")) == ["A", "Q", "I", "T"]


def test_de_la_para_ca_leva_a_quem_mudou(davi: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    pagina = navegador.get(f"{URL}?{JUNHO}")
    assert "3 clientes estão em outra situação hoje" in texto(pagina)
    passagens = {(p.de, p.para): nomes(navegador.get(url)) for p, _, _, url in pagina.context["passagens"]}
    assert passagens == {("ativo", "inativo"): ["A", "T"], ("quase_inativo", "ativo"): ["Q"]}


def test_gestor_e_vendedora_veem_o_passado_do_que_hoje_e_deles(
    ana: Any, bruno: Any, carla: Any, entrar: Any, carteira: Any
) -> None:
    for pessoa, esperados in ((ana, ["A", "Q"]), (bruno, ["A", "Q"]), (carla, ["I", "T"])):
        assert nomes(entrar(pessoa).get(f"{URL}clientes/?{JUNHO}")) == esperados
        assert sum(contas(entrar(pessoa).get(f"{URL}?{JUNHO}")).values()) == 2
    assert nomes(entrar(ana).get(f"{URL}clientes/?{JUNHO}&vendedor={carla.pk}")) == []


def test_planilha_dos_nomes_e_da_tabela_sao_as_daquele_dia(
    davi: Any, ana: Any, entrar: Any, carteira: Any
) -> None:
    def ler(resposta: Any) -> list[dict[str, str]]:
        bruto = b"".join(resposta.streaming_content).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(bruto), delimiter=";"))

    navegador = entrar(davi)
    nomes_ = ler(navegador.get(f"{URL}clientes/?{JUNHO}&status=ativo&formato=csv"))
    assert [
        (n["Código"], n["Situação na data"], n["Situação hoje"], n["R$ 12 meses na data"]) for n in nomes_
    ] == [
        ("A", "Ativo", "Inativo", "300,00"),
        ("T", "Ativo", "Inativo", "50,00"),
    ]
    tabela = ler(navegador.get(f"{URL}exportar/?{JUNHO}&agrupar=uf&ordem=nome"))
    assert [(t["UF"], t["Clientes"]) for t in tabela] == [
        ("PR", "1"),
        ("SC", "1"),
        ("Sem UF", "2"),
        ("Total", "4"),
    ]
    assert navegador.get(f"{URL}clientes/?{JUNHO}&formato=pdf").status_code == 404
    assert entrar(ana).get(f"{URL}clientes/?{JUNHO}&formato=csv").status_code == 403
    feitos = list(RegistroDeAuditoria.objects.filter(acao__startswith="exportar").order_by("pk"))
    assert [(r.acao, r.por) for r in feitos] == [
        ("exportar clientes na data", davi),
        ("exportar composição", davi),
    ]
    assert feitos[1].depois["data"] == "2026-06-30"


def test_data_que_nao_e_passado_mostra_a_de_hoje_e_diz_por_que(davi: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    for data, frase in (
        ("ontem", "Data não entendida: escreva como 31/12/2026."),
        ("2026-13-01", "Data não entendida"),
        ("2026-12-31", "A carteira vai até 20/11/2026: é a que está aqui."),
    ):
        pagina = texto(navegador.get(f"{URL}?data={data}"))
        assert frase in pagina, data
        assert "Composição da carteira" in pagina, data
        assert navegador.get(f"{URL}clientes/?data={data}&status=ativo").url == "/clientes/?status=ativo"


def test_brasileira_ou_iso_antes_de_tudo_e_com_filtro_sem_ninguem(
    davi: Any, entrar: Any, carteira: Any
) -> None:
    navegador = entrar(davi)
    assert contas(navegador.get(f"{URL}?data=30/06/2026")) == {"ativo": 2, "quase_inativo": 1, "inativo": 1}
    assert "Ainda não havia clientes nesse dia" in texto(navegador.get(f"{URL}?data=1990-01-01"))
    assert "Nenhum cliente com estes filtros nesse dia" in texto(navegador.get(f"{URL}?{JUNHO}&uf=AC"))
    assert "Nenhum cliente assim nesse dia" in texto(navegador.get(f"{URL}clientes/?{JUNHO}&uf=AC"))
    assert (
        navegador.get(f"{URL}clientes/?{JUNHO}&municipio=x&status=z&hoje=z&marca=z&pagina=99").status_code
        == 200
    )


def test_quem_nao_entrou_fica_de_fora(carteira: Any) -> None:
    for caminho in (f"{URL}?{JUNHO}", f"{URL}clientes/?{JUNHO}"):
        assert Client().get(caminho).status_code == 302


def test_htmx_reordena_o_detalhe_do_dia(davi: Any, entrar: Any, carteira: Any) -> None:
    html = (
        entrar(davi)
        .get(f"{URL}?{JUNHO}&agrupar=uf", headers={"HX-Request": "true", "HX-Target": "detalhe"})
        .content.decode()
    )
    assert html.lstrip().startswith('<section class="cartao" id="detalhe"')
    assert "/composicao/clientes/?data=2026-06-30" in html


def test_consultas_nao_crescem_com_a_carteira(
    davi: Any,
    ana: Any,
    empresa: Empresa,
    entrar: Any,
    hoje: date,
    novo_cliente: Any,
    django_assert_max_num_queries: Any,
) -> None:
    navegador, contagens = entrar(davi), []
    navegador.get(URL)
    for quantos in (3, 30):
        for n in range(quantos):
            novo_cliente(f"{quantos}-{n}", vendedor=ana, compras=[(date(2026, 5, 1), "1")])
        recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE)
        for caminho, teto in ((f"{URL}?{JUNHO}", 20), (f"{URL}clientes/?{JUNHO}", 12)):
            with django_assert_max_num_queries(teto) as consultas:
                assert navegador.get(caminho).status_code == 200
            contagens.append(len(consultas))
    assert contagens[:2] == contagens[2:]


def test_cada_fim_de_mes_da_evolucao_leva_a_composicao_dele(davi: Any, entrar: Any, carteira: Any) -> None:
    assert "?data=2026-06-30" in entrar(davi).get(URL).content.decode()


# ── Levar consigo ────────────────────────────────────────────────────────────

DE_HOJE = f"{JUNHO}&regra=atual&dono=atual"
LEITURAS = ("", JUNHO, DE_HOJE)


def csv_de(resposta: Any) -> list[list[str]]:
    texto_ = b"".join(resposta.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(texto_), delimiter=";"))


def levado(navegador: Client, pagina: str, chave: str) -> list[list[str]]:
    """A planilha do relatório a que a página leva; o PDF e o e-mail saem das mesmas linhas."""
    html = unescape(navegador.get(pagina).content.decode())
    (consulta,) = re.findall(rf'href="/relatorios/{chave}/\?([^"]*)"', html)
    return csv_de(navegador.get(f"/relatorios/{chave}/planilha/?{consulta}"))


# A ordem não depende da dimensão: provam-se todas numa, e uma em cada outra.
ORDENS_DE = {
    "vendedor": ("-risco", "nome", "-clientes", "-quase"),
    "uf": ("-quase",),
    "abc": ("nome",),
    "municipio": ("-clientes",),
}


# Cada leitura e cada dimensão uma vez; os elos são outros na carteira de hoje e na de um dia.
SEMPRE = (("vendedor", JUNHO), ("uf", ""), ("uf", JUNHO), ("abc", DE_HOJE), ("municipio", ""))


@pytest.mark.parametrize(
    ("dimensao", "leitura"),
    [
        par if par in SEMPRE else na_resistencia(*par)
        for par in ((dimensao, leitura) for dimensao in ORDENS_DE for leitura in LEITURAS)
    ],
)
def test_a_composicao_por_dimensao_se_leva_como_esta_na_tela(
    dimensao: str, leitura: str, davi: Any, entrar: Any, carteira: Any
) -> None:
    navegador = entrar(davi)
    for ordem in ORDENS_DE[dimensao]:
        consulta = f"agrupar={dimensao}&ordem={ordem}&{leitura}"
        da_tela = csv_de(navegador.get(f"{URL}exportar/?formato=csv&{consulta}"))
        assert len(da_tela) > 2
        assert levado(navegador, f"{URL}?{consulta}", "composicao-por") == da_tela, ordem
    if dimensao != "uf":  # os elos são feitos do mesmo jeito em todas
        return
    relatorio = navegador.get(f"/relatorios/composicao-por/?agrupar={dimensao}&{leitura}")
    total = next(li for li in da_tela if li[0] == "Total")[1]
    elos = re.findall(r'<a[^>]*href="([^"]+)"[^>]*>(\d+)</a>', relatorio.content.decode())
    assert total in {quantos for _, quantos in elos}
    for elo, quantos in elos:
        contexto = navegador.get(unescape(elo)).context
        achados = contexto["pagina"].paginator.count if leitura else contexto["contagens"].na_lista
        assert achados == int(quantos), elo


@pytest.mark.parametrize("leitura", LEITURAS)
def test_a_composicao_por_atividade_e_mes_a_mes_se_levam(
    leitura: str, davi: Any, entrar: Any, carteira: Any
) -> None:
    navegador = entrar(davi)
    grupo = navegador.get(f"{URL}?{leitura}").context["carteira"]
    linhas = levado(navegador, f"{URL}?{leitura}", "composicao-por-atividade")[1:]
    situacoes = {li[0]: int(li[1]) for li in linhas if li[3]}
    assert situacoes == {
        "Ativos": grupo.fatia("ativo").clientes,
        "Quase inativos": grupo.fatia("quase_inativo").clientes,
        "Inativos": grupo.fatia("inativo").clientes,
        "Total": grupo.clientes,
    }
    marcas = [n for f in grupo.fatias.values() for n in f.marcas.values()]
    das_marcas = [int(li[1]) for li in linhas if not li[3] and li[0] != "Prospects"]
    assert sorted(das_marcas) == sorted(marcas)
    if leitura:
        return
    for como in ("", "meses=24&regra_meses=atual&dono_meses=atual"):
        pagina = navegador.get(f"{URL}?{como}")
        meses = levado(navegador, f"{URL}?{como}", "composicao-por-mes")[1:]
        assert len(meses) == (25 if como else 13)
        assert [[li[0], li[1], li[4], li[7]] for li in meses] == [
            [
                f"{m.data:%d/%m/%Y}",
                *(str(m.clientes.get(s, 0)) for s in ("ativo", "quase_inativo", "inativo")),
            ]
            for m in pagina.context["meses"]
        ]
        assert {li[10] for li in meses} == {"refeito dos pedidos", "hoje"}


CRUZADAS = (
    "linhas=vendedor&colunas=atividade",
    "linhas=uf&colunas=vendedor&medir=valor&parte=coluna&situacao=inativo",
    "linhas=atividade&colunas=municipio&parte=geral&ordem=nome",
    "linhas=vendedor&colunas=uf&ordem=-c.SC",
)


@pytest.mark.parametrize(
    ("leitura", "consultas"),
    [
        ("", CRUZADAS[:1]),
        (JUNHO, CRUZADAS),
        (DE_HOJE, CRUZADAS[1:2]),
        na_resistencia("", CRUZADAS[1:]),
        na_resistencia(DE_HOJE, CRUZADAS),
    ],
)
def test_a_cruzada_se_leva_na_data_na_medida_e_na_parte_da_tela(
    leitura: str, consultas: tuple[str, ...], davi: Any, entrar: Any, carteira: Any
) -> None:
    navegador = entrar(davi)
    for consulta in consultas:
        da_tela = csv_de(navegador.get(f"{URL}cruzada/exportar/?formato=csv&{consulta}&{leitura}"))
        assert len(da_tela) > 2
        relatorio = levado(navegador, f"{URL}cruzada/?{consulta}&{leitura}", "composicao-cruzada")
        assert relatorio[1:] == da_tela[1:], consulta


def test_quem_mudou_se_leva_e_a_quem_vende_nao_se_abre_por_outros(
    davi: Any, ana: Any, entrar: Any, carteira: Any
) -> None:
    for codigo, dias in (("A", 5), ("T", 40)):
        MudancaStatus.objects.create(
            cliente=Cliente.objects.get(codigo=codigo), de="ativo", para="inativo", motivo="tempo", ordem=1,
            em=HOJE - timedelta(days=dias), referencia=HOJE,
        )  # fmt: skip
    navegador = entrar(davi)
    pagina = f"{URL}mudancas/?dias=90"
    linhas = [li for li in levado(navegador, pagina, "mudancas-de-situacao")[1:] if li[0] != "Total"]
    da_tela = navegador.get(pagina).context["pagina"].object_list
    assert [(li[1], li[3]) for li in linhas] == [(x.cliente.codigo, NOMES[x.status]) for x in da_tela]
    assert {li[1] for li in linhas} >= {"A", "T"}
    de, para = da_tela[0].antes, da_tela[0].status
    so_uma = levado(navegador, f"{pagina}&de={de}&para={para}", "mudancas-de-situacao")[1:]
    assert {(li[2], li[3]) for li in so_uma if li[0] != "Total"} == {(NOMES[de], NOMES[para])}
    vendedora = entrar(ana)
    for chave, eixo in (("composicao-por", "agrupar"), ("composicao-cruzada", "linhas")):
        html = vendedora.get(f"/relatorios/{chave}/?{JUNHO}").content.decode()
        assert f"{eixo}=vendedor" not in html
        assert f"{eixo}=uf" in html
        forcado = vendedora.get(f"/relatorios/{chave}/?{JUNHO}&{eixo}=vendedor")
        assert forcado.context["tabela"].colunas[0].titulo != "Vendedor"
        assert "Carla" not in forcado.content.decode()
