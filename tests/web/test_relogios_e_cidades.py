"""Dois relógios e cidades: cada número é o tamanho da lista a que o elo leva, em cada beira."""

import random
import re
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs

import pytest

from atividade.models import Indicadores
from carteira.web.relatorios_filtros import ditos
from clientes.models import Cliente, Municipio
from contas.models import Empresa
from relatorios import catalogo
from relatorios.pedido import ler_pedido
from tests.conftest import HOJE, SAO_PAULO
from tests.sementes import sementes
from tests.web.carteira_de_teste import indicar
from tests.web.movimento_de_teste import ler, mover, quantos, texto

pytestmark = pytest.mark.django_db


@pytest.fixture
def carteira(empresa: Empresa, davi: Any, ana: Any, carla: Any, novo_cliente: Any, hoje: date) -> None:
    mover(empresa, davi, ana, carla, novo_cliente)


# ── Dois relógios ────────────────────────────────────────────────────────────


def test_cada_celula_dos_relogios_e_a_lista_que_ela_abre(
    davi: Any, ana: Any, entrar: Any, carteira: Any, novo_cliente: Any
) -> None:
    """Um cliente em cada beira: no limite, um dia além, no primeiro e no último minuto do dia, e nunca."""
    beiras = (0, 1, 9, 10, 11, 20, 21, 200, None)
    for i, compra in enumerate(beiras):
        for j, contato in enumerate(beiras):
            cliente = novo_cliente(f"X{i}{j}", vendedor=ana)
            dia = HOJE - timedelta(days=contato or 0)
            hora = datetime(dia.year, dia.month, dia.day, 23 if j % 2 else 0, 59 * (j % 2), tzinfo=SAO_PAULO)
            indicar(
                cliente,
                None if compra is None else HOJE - timedelta(days=compra),
                status=None if compra is None else "ativo",
                ultimo_contato_em=None if contato is None else hora,
            )
    navegador = entrar(davi)
    pagina = navegador.get("/dois-relogios/?compra=10,20&contato=10,20")
    assert pagina.context["r"].total.clientes == 81 + 5
    for linha in pagina.context["linhas"]:
        assert quantos(navegador, linha["url"]) == linha["total"].clientes
        for celula, url, _ in linha["celulas"]:
            assert quantos(navegador, url) == celula.clientes, (linha["nome"], url)
    for nome, celula, url in pagina.context["colunas"]:
        assert quantos(navegador, url) == celula.clientes, nome
    # até 10 dias: 0, 1, 9 e 10; de 11 a 20: 11 e 20; mais: 21 e 200; nunca
    das_beiras = [4, 2, 2, 1]
    esperado = [[a * b for b in das_beiras] for a in das_beiras]
    deles = {"A": 13, "Q": 0, "I": 153, "N": 17, "P": None}
    for compra in deles.values():
        linha = 3 if compra is None else 0 if compra <= 10 else 1 if compra <= 20 else 2
        esperado[linha][3] += 1
    assert [[c.clientes for c, *_ in x["celulas"]] for x in pagina.context["linhas"]] == esperado
    frase, _, url = pagina.context["achado"]
    assert frase.startswith("7 clientes estão há mais de 20 dias sem comprar")
    assert quantos(navegador, url) == 7


def test_faixas_da_url(davi: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    estranhas = navegador.get("/dois-relogios/?compra=30,abc,90&contato=-5")
    assert estranhas.context["pedido"].compra == (30, 90)
    assert estranhas.context["pedido"].contato == (15, 30, 60, 90)
    assert "Nem todos os limites de compra e de contato se entenderam" in texto(estranhas)
    assert "se entenderam" not in texto(navegador.get("/dois-relogios/?compra=90, 30"))
    linhas = ler(navegador.get("/dois-relogios/?compra=30&contato=30&formato=csv"))
    assert [x["Sem comprar"] for x in linhas[::3]][:3] == ["até 30 dias", "mais de 30 dias", "nunca comprou"]
    assert linhas[-1]["Clientes"] == "5"


def test_o_relatorio_leva_as_faixas_da_tela(davi: Any, entrar: Any, carteira: Any) -> None:
    """Quem mudou as faixas leva a tabela que vê: na planilha comum, no PDF, no e-mail e no elo de cada célula."""
    navegador = entrar(davi)
    tela = "/dois-relogios/?compra=100,20&contato=7"
    (consulta,) = re.findall(
        r'href="/relatorios/dois-relogios/\?([^"]*)"', unescape(navegador.get(tela).content.decode())
    )
    assert parse_qs(consulta) == {"compra": ["20", "100"], "contato": ["7"]}
    da_tela = [x for x in ler(navegador.get(f"{tela}&formato=csv")) if x["Clientes"] != "0"]
    levado = navegador.get(f"/relatorios/dois-relogios/planilha/?formato=csv&{consulta}")
    assert ler(levado) == da_tela
    assert {x["Sem comprar"] for x in da_tela} > {"até 20 dias", "mais de 100 dias"}
    pagina = navegador.get(f"/relatorios/dois-relogios/?{consulta}").content.decode()
    assert 'name="compra" value="20, 100"' in pagina
    relatorio = catalogo.achar("dois-relogios")
    assert relatorio is not None
    pedido = ler_pedido(relatorio, davi, {"compra": ["20, 100"], "contato": ["nada"]})
    assert dict(ditos(relatorio, davi, pedido)) == {
        "Limites sem comprar": "20, 100 dias",
        "Limites sem contato": "15, 30, 60, 90 dias",
    }
    assert ler_pedido(relatorio, davi, pedido.consulta) == pedido  # o agendamento guarda e relê


# ── Cidades ──────────────────────────────────────────────────────────────────


def test_a_cidade_tem_a_situacao_da_sua_ultima_compra(davi: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    pagina = navegador.get("/cidades/")
    assert "2 cidades com compra, 1 sem nenhum cliente ativo" in texto(pagina)
    assert {c["cidade"].rotulo: c["cidade"].situacao for c in pagina.context["cidades"]} == {
        "Timbó/SC": "ativo",
        "Brusque/SC": "inativo",
    }
    assert [(a["status"], a["cidades"], a["clientes"]) for a in pagina.context["atividade"]] == [
        ("ativo", 1, 3),
        ("quase_inativo", 0, 0),
        ("inativo", 1, 1),
    ]
    for a in pagina.context["atividade"]:
        assert quantos(navegador, a["url"]) == a["cidades"]
        assert quantos(navegador, a["elo_clientes"]) == a["clientes"]
    for linha in pagina.context["cidades"]:
        assert quantos(navegador, linha["url"]) == linha["clientes"]
        for status, n, url in linha["por_situacao"]:
            assert quantos(navegador, url) == n, status
    for uf in pagina.context["ufs"]:
        for _, n, url in (*uf["por_situacao"], ("", *uf["sem_ativo"]), ("", uf["cidades"], uf["url"])):
            assert quantos(navegador, url) == n
    assert (
        quantos(navegador, pagina.context["elo_sem_municipio"]) == pagina.context["sem_municipio"].todos == 1
    )
    sem_ativo = ler(navegador.get("/cidades/?situacao=sem_ativo&formato=csv"))
    assert [(x["Cidade"], x["Inativos"], x["Prospects"]) for x in sem_ativo] == [("Brusque", "1", "1")]
    (situacoes, ufs) = (
        [list(x.values()) for x in ler(navegador.get(f"/cidades/{pagina.context[elos][0][1]}"))]
        for elos in ("levar_situacoes", "levar_ufs")
    )
    assert situacoes == [
        ["Ativos", "1", "50,00", "3", "75,00"], ["Quase inativos", "0", "0,00", "0", "0,00"],
        ["Inativos", "1", "50,00", "1", "25,00"], ["Com compra", "2", "", "4", ""],
        ["Só prospects", "0", "", "", ""], ["Sem nenhum cliente ativo", "1", "", "", ""],
    ]  # fmt: skip
    assert ufs == [["SC", "2", "1", "0", "1", "0", "1", "4"]]


@pytest.mark.parametrize("semente", sementes(range(3), sempre=1))
def test_cidades_sorteadas_batem_com_a_conta_na_unha(
    semente: int, davi: Any, entrar: Any, empresa: Empresa, hoje: date
) -> None:
    sorte = random.Random(semente)
    Empresa.objects.update(referencia=HOJE)
    municipios = [*Municipio.objects.order_by("pk")[:4], *Municipio.objects.filter(uf="SC")[:4], None]
    ordem = ["ativo", "quase_inativo", "inativo", "prospect"]
    lidos: dict[Any, list[tuple[Any, ...]]] = {}
    for n in range(60):
        municipio = sorte.choice(municipios)
        cliente = Cliente.objects.create(
            empresa=empresa,
            codigo=f"C{n}",
            razao_social=f"C{n}",
            municipio=municipio,
            fora_do_perfil=n % 11 == 0,
        )
        status = sorte.choice(ordem)
        ultima = None if status == "prospect" else HOJE - timedelta(days=sorte.randrange(6))
        Indicadores.objects.filter(pk=cliente.pk).update(status=status, ultima_compra=ultima)
        if not cliente.fora_do_perfil:
            lidos.setdefault(municipio, []).append((ultima or date.min, -ordem.index(status), status))
    pagina = entrar(davi).get("/cidades/")
    total = pagina.context["total"]
    sem = lidos.pop(None, [])
    situacoes = [max(clientes)[2] for clientes in lidos.values()]
    assert {s: total.cidades.get(s, 0) for s in ordem} == {s: situacoes.count(s) for s in ordem}
    de_cliente = [{x[2] for x in clientes} for clientes in lidos.values()]
    assert total.sem_ativo == sum("ativo" not in x and x != {"prospect"} for x in de_cliente)
    todos = [x[2] for clientes in (*lidos.values(), sem) for x in clientes]
    assert {s: pagina.context["carteira"].clientes.get(s, 0) for s in ordem} == {
        s: todos.count(s) for s in ordem
    }
    por_uf = {u["uf"]: u["cidades"] for u in pagina.context["ufs"]}
    assert sum(por_uf.values()) == len(lidos)
