"""O que a tela mostra se leva: os nomes atrás de cada número, a conversão, o funil, as decisões e os planos."""

from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from atividade.models import MotivoDeNaoVisitar
from atividade.visitas import nao_visitar
from clientes import planos
from clientes.models import PeriodoDeCarteira
from contas.models import Empresa, RegistroDeAuditoria
from relatorios.resultados.conversao import NOMES
from tests.conftest import HOJE
from tests.web import test_resultados
from tests.web.movimento_de_teste import quantos
from tests.web.test_relatorios import em_csv
from tests.web.test_resultados import DO_MES, calcular, em_reais, relatorio_da_pagina
from tests.web.test_resultados import levado as do_relatorio

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
volta = test_resultados.volta  # a mesma história: parou, foi avisado, contatado e comprou
NOMES_ATRAS = (
    "/resultados/clientes/?ver=conversao&grupo=recente&lado=com",
    "/resultados/clientes/?ver=funil&etapa=avisados",
    "/resultados/clientes/?ver=motivo&qual=0",
    "/resultados/contatos/um-a-um/?so=efetivos",
    "/avisos/retorno/clientes/?de=2026-11-01&ate=2026-11-20",
)


@pytest.fixture
def tres(empresa: Empresa, ana: Any, carla: Any, volta: Any) -> None:
    for codigo, dono in (("A1", ana), ("A2", ana), ("C1", carla)):
        volta(codigo, dono)
    calcular(empresa)


def levado(navegador: Any, endereco: str) -> list[list[str]]:
    return em_csv(navegador.get(f"{endereco}&formato=csv"))


@pytest.mark.parametrize("endereco", NOMES_ATRAS)
def test_os_nomes_atras_de_um_numero_se_levam_todos_e_so_os_que_se_veem(
    endereco: str, bruno: Any, ana: Any, entrar: Any, tres: None
) -> None:
    pagina = f"{endereco}&{DO_MES}" if "de=" not in endereco else endereco
    navegador = entrar(bruno)
    resposta = navegador.get(pagina)
    html = unescape(resposta.content.decode())
    codigos = sorted(c for c in ("A1", "A2", "C1") if f"Cliente {c}" in html)
    if "ver=motivo" in endereco:  # o motivo é de quem está parado, e os dois voltaram
        assert codigos == []
        assert "formato=csv" not in html
        return
    assert codigos == ["A1", "A2"]
    assert "formato=xlsx" in html
    cabecalho, *linhas = levado(navegador, pagina)
    assert sorted(li[cabecalho.index("Código")] for li in linhas) == codigos
    assert navegador.get(f"{pagina}&formato=xlsx").status_code == 200
    assert navegador.get(f"{pagina}&formato=pdf").status_code == 404
    feitos = RegistroDeAuditoria.objects.filter(acao="exportar nomes")
    assert [r.por for r in feitos] == [bruno, bruno]
    assert "formato=csv" not in entrar(ana).get(pagina).content.decode()
    assert entrar(ana).get(f"{pagina}&formato=csv").status_code == 403
    assert feitos.count() == 2


def test_quem_ficou_sem_tocar_se_leva(
    empresa: Empresa, ana: Any, bruno: Any, entrar: Any, novo_cliente: Any
) -> None:
    for codigo in ("S1", "S2"):
        cliente = novo_cliente(codigo, vendedor=ana, compras=[(date(2026, 9, 1), "70.00")])
        PeriodoDeCarteira.objects.create(
            cliente=cliente, vendedor=ana, equipe=cliente.equipe, periodo=DateRange(None, None)
        )
    calcular(empresa)
    navegador = entrar(bruno)
    pagina = f"/painel/sem-tocar/?vendedor={ana.pk}&toque=contato"
    assert "formato=csv" in navegador.get(pagina).content.decode()
    linhas = levado(navegador, pagina)
    assert linhas[0] == ["Código", "Cliente", "Cidade", "UF", "Situação", "Último contato", "Último pedido",
                         "R$ 12 meses"]  # fmt: skip
    assert [(li[0], li[5], li[6], li[7]) for li in linhas[1:]] == [
        ("S1", "", "01/09/2026", "70,00"), ("S2", "", "01/09/2026", "70,00"),
    ]  # fmt: skip


def test_a_conversao_e_o_funil_se_levam_como_estao_na_tela(bruno: Any, entrar: Any, tres: None) -> None:
    navegador = entrar(bruno)
    resposta = navegador.get(f"/resultados/contatos/?{DO_MES}")
    assert f"/relatorios/conversao/?{DO_MES}" in unescape(resposta.content.decode())
    linhas = em_csv(navegador.get(f"/relatorios/conversao/planilha/?formato=csv&{DO_MES}"))[1:]
    tela = []
    for linha in resposta.context["conversoes"]:
        da_linha = [linha["nome"]]
        for parte, *_ in linha["lados"]:
            pct = "" if parte.pct is None else em_reais(parte.pct)
            da_linha += [str(parte.clientes), str(parte.compraram), pct]
        tela.append(da_linha)
    assert [[li[0], *li[1:4], *li[5:8]] for li in linhas] == tela
    assert [li[0] for li in linhas] == list(NOMES.values())
    assert linhas[0][1:4] == ["2", "2", "100,00"]
    funil = levado(navegador, f"/resultados/funil/?{DO_MES}")
    passos = navegador.get(f"/resultados/funil/?{DO_MES}").context["passos"]
    assert [(li[0], li[1]) for li in funil[1:]] == [(p.nome, str(p.clientes)) for p, _ in passos]
    assert funil[1][:3] == ["Avisados", "2", "100,00"]
    html = unescape(navegador.get(f"/resultados/funil/?{DO_MES}").content.decode())
    relatorio = f"/relatorios/funil/?{relatorio_da_pagina(html, 'funil')}"
    assert do_relatorio(navegador, "funil", DO_MES) == [li[:4] for li in funil[1:]]
    for (_, _), (clientes, url), *_ in navegador.get(relatorio).context["linhas"]:
        assert quantos(navegador, url) == clientes.valor > 0
    assert do_relatorio(navegador, "funil", "de=2026-01-01&ate=2026-01-31") == []


def test_as_decisoes_de_nao_visitar_se_levam_so_por_quem_as_ve(
    ana: Any, bruno: Any, carla: Any, davi: Any, entrar: Any, novo_cliente: Any
) -> None:
    dela, de_outra = novo_cliente("A1", vendedor=ana), novo_cliente("C1", vendedor=carla)
    nao_visitar(cliente=dela, motivo=MotivoDeNaoVisitar.EXCLUSIVIDADE, nota="pediu a Loja B", por=bruno)
    nao_visitar(cliente=de_outra, motivo=MotivoDeNaoVisitar.PELA_MATRIZ, nota="", por=davi)
    assert (
        "/relatorios/nao-visitados/?motivo=" in entrar(bruno).get("/checkup/nao-visitados/").content.decode()
    )
    planilha = "/relatorios/nao-visitados/planilha/?formato=csv"
    linhas = em_csv(entrar(bruno).get(planilha))[1:]
    assert [li[1:7] for li in linhas[:1]] == [
        [
            "A1",
            "Exclusividade pedida por outro cliente",
            "pediu a Loja B",
            "Ana Souza",
            f"{HOJE:%d/%m/%Y}",
            "Bruno Lima",
        ]
    ]
    assert {li[1] for li in linhas} == {"A1", ""}  # o cliente e o pé
    assert [li[1] for li in em_csv(entrar(davi).get(f"{planilha}&motivo=pela_matriz"))[1:-1]] == ["C1"]
    assert entrar(ana).get("/relatorios/nao-visitados/").status_code == 403
    assert "nao-visitados" not in entrar(ana).get("/relatorios/").content.decode()


def test_os_planos_de_acao_se_levam(
    ana: Any, bruno: Any, carla: Any, davi: Any, entrar: Any, novo_cliente: Any
) -> None:
    dela, de_outra = novo_cliente("A1", vendedor=ana), novo_cliente("C1", vendedor=carla)
    ate = HOJE + timedelta(days=10)
    plano = planos.abrir(clientes=[dela], titulo="Ligar ao dono", dono=ana, prazo=ate, por=davi)
    planos.abrir(clientes=[de_outra], titulo="Da Carla", dono=carla, prazo=ate, por=davi)
    navegador = entrar(bruno)
    assert "/relatorios/planos-de-acao/?ver=" in navegador.get("/credito/planos/").content.decode()
    planilha = "/relatorios/planos-de-acao/planilha/?formato=csv"
    linhas = em_csv(navegador.get(planilha))[1:]
    assert linhas == [["Ligar ao dono", "Ana Souza", plano.get_situacao_display(), "1", f"{ate:%d/%m/%Y}"]]
    assert em_csv(navegador.get(f"{planilha}&dono=eu"))[1:] == []
    assert em_csv(navegador.get(f"{planilha}&ver=terminados"))[1:] == []
    assert "/credito/planos/" in navegador.get("/relatorios/planos-de-acao/").content.decode()
