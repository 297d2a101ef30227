"""As páginas de resultados: cada número da tela leva aos nomes que conta, e cada um vê os seus."""

import re
from collections.abc import Callable
from datetime import date, datetime
from html import unescape
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from atividade.limiares import configurar
from atividade.recalculo import recalcular
from atividade.regras import Periodo
from carteira.web.relatorios_filtros import ditos
from clientes.models import Campanha, CausaDaInatividade, Cliente, Contato, Objecao, Ocorrencia, Pitch
from contas.models import Empresa, Usuario
from notificacoes.models import ItemDeMensagem
from relatorios import catalogo
from relatorios.pedido import ler_pedido
from relatorios.resultados.contatos import DIMENSOES_DOS_CONTATOS
from relatorios.resultados.reativados import DIMENSOES_DOS_REATIVADOS
from tests.conftest import HOJE, SAO_PAULO, novo_pedido
from tests.web.test_relatorios import em_csv

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
PAGINAS = ("", "contatos/", "funil/", "objecoes/", "contatos/um-a-um/", "clientes/?ver=recentes")


@pytest.fixture
def volta(empresa: Empresa, novo_cliente: Callable[..., Cliente]) -> Callable[..., Cliente]:
    """`volta("A1", ana)`: parou em junho, foi avisado e contatado em 3/11, comprou em 5 e em 12/11."""
    configurar(
        empresa=empresa, periodo=Periodo(60, "d"), antecedencia=Periodo(20, "d"), vigente_desde=date(2020, 1, 1),
        por=None,
    )  # fmt: skip
    campanha = Campanha.objects.create(empresa=empresa, nome="Volta", inicio=date(2026, 1, 1))
    objecao = Objecao.objects.order_by("pk")[0]

    def _volta(codigo: str, dono: Usuario) -> Cliente:
        cliente = novo_cliente(codigo, vendedor=dono, compras=[(date(2026, 6, 1), "50.00")], uf="SC")
        ItemDeMensagem.objects.create(
            regra="resumo_diario",
            pessoa=dono,
            cliente=cliente,
            evento=codigo,
            ordem=1,
            decidido_em=date(2026, 11, 2),
        )
        contato = Contato.objects.create(
            cliente=cliente, canal="ligacao", ocorrencia=Ocorrencia.objects.filter(efetiva=True)[0],
            atendente=dono, campanha=campanha, em=datetime(2026, 11, 3, 10, tzinfo=SAO_PAULO),
        )  # fmt: skip
        contato.objecoes.add(objecao)
        Pitch.objects.create(cliente=cliente, por=dono, causa=CausaDaInatividade.objects.order_by("pk")[0])
        novo_pedido(cliente, f"{codigo}-a", date(2026, 11, 5), "100.00")
        novo_pedido(cliente, f"{codigo}-b", date(2026, 11, 12), "40.00")
        return cliente

    return _volta


def calcular(empresa: Empresa) -> None:
    recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE)


def abrir(navegador: Any, caminho: str = "") -> str:
    resposta = navegador.get(f"/resultados/{caminho}")
    assert resposta.status_code == 200, (caminho, resposta.status_code)
    return unescape(resposta.content.decode())


def elos(html: str, rotulo: str) -> list[str]:
    """Os endereços dos elos cujo texto é `rotulo`."""
    return re.findall(rf'<a [^>]*href="([^"]+)"[^>]*>(?:<b>)?{re.escape(rotulo)}(?:</b>)?</a>', html)


def test_o_relatorio_na_tela_com_o_total(
    empresa: Empresa, ana: Any, bruno: Any, carla: Any, entrar: Any, volta: Any
) -> None:
    volta("A1", ana)
    volta("A2", ana)
    volta("C1", carla)
    calcular(empresa)
    html = abrir(entrar(bruno))
    assert "Total de 2 clientes" in html
    assert "280,00" in html
    assert "Cliente A1" in html
    assert "Cliente C1" not in html
    assert "ligação 03/11" in html.lower()
    assert "157 dias" in html
    # o recorte de um grupo mostra só ele, e o que não é de ninguém não mostra nada
    assert "Total de 2 clientes" in abrir(entrar(bruno), f"?vendedor={ana.pk}")
    assert "Ninguém voltou neste período" in abrir(entrar(bruno), "?de=2026-11-06&ate=2026-11-30")
    assert "Ninguém voltou neste período" in abrir(entrar(bruno), "?origem=espontaneo")
    assert "Não entendi o período" in abrir(entrar(bruno), "?de=2026-11-30&ate=2026-11-01")


def test_cada_numero_leva_aos_nomes_que_conta(
    empresa: Empresa, ana: Any, bruno: Any, entrar: Any, volta: Any
) -> None:
    for n in range(3):
        volta(f"A{n}", ana)
    calcular(empresa)
    navegador = entrar(bruno)
    for pagina in ("contatos/?de=2026-11-01&ate=2026-11-30", "funil/", "objecoes/"):
        levam = {x for x in elos(abrir(navegador, pagina), "3") if x.startswith("/resultados/")}
        assert levam, pagina
        for endereco in levam:
            nomes = unescape(navegador.get(endereco).content.decode())
            assert all(f"Cliente A{n}" in nomes for n in range(3)), endereco
    contatos = abrir(navegador, "contatos/")
    assert "200,0%" in contatos  # três contatos, seis pedidos
    # o do cartão e o do total são o mesmo
    (dos_seis,) = {x for x in elos(contatos, "6") if "um-a-um" in x and "quem=" not in x}
    assert "3 contatos · 6 pedidos capturados, R$" in unescape(navegador.get(dos_seis).content.decode())
    assert "Diz-se por aí" in contatos
    assert "5 passos para prevenir e recuperar" in contatos


def test_a_vendedora_ve_os_seus_e_nao_ve_outros(
    empresa: Empresa, ana: Any, carla: Any, entrar: Any, volta: Any
) -> None:
    volta("A1", ana)
    volta("C1", carla)
    calcular(empresa)
    navegador = entrar(ana)
    for pagina in PAGINAS:
        html = abrir(navegador, pagina)
        assert "Cliente C1" not in html
        assert "grupo de controle diz" not in html
    assert "Total de 1 cliente" in abrir(navegador)
    assert "Carla" not in abrir(navegador, "?agrupar=vendedor")


def test_o_que_nao_existe_e_404(empresa: Empresa, bruno: Any, entrar: Any) -> None:
    navegador = entrar(bruno)
    for ruim in (
        "clientes/?ver=nada",
        "clientes/?ver=funil&etapa=x",
        "clientes/?ver=objecao&qual=999999",
        "clientes/?ver=motivo&qual=x",
        "clientes/?ver=conversao&grupo=recente",
        "contatos/um-a-um/?so=x",
    ):
        assert navegador.get(f"/resultados/{ruim}").status_code == 404, ruim


def test_vazio_antes_da_primeira_rodada(empresa: Empresa, davi: Any, entrar: Any) -> None:
    navegador = entrar(davi)
    for pagina in PAGINAS:
        abrir(navegador, pagina)


def test_as_consultas_nao_crescem_com_as_linhas(
    empresa: Empresa, ana: Any, bruno: Any, entrar: Any, volta: Any
) -> None:
    navegador, medidas = entrar(bruno), []
    for de, ate in ((0, 2), (2, 12)):
        for n in range(de, ate):
            volta(f"A{n:02}", ana)
        calcular(empresa)
        conta = {}
        for pagina in PAGINAS:
            navegador.get(f"/resultados/{pagina}")
            with CaptureQueriesContext(connection) as consultas:
                abrir(navegador, pagina)
            conta[pagina] = len(consultas)
        medidas.append(conta)
    assert medidas[0] == medidas[1]
    assert medidas[1] == CONSULTAS


CONSULTAS = {
    "": 14,
    "contatos/": 16,
    "funil/": 11,
    "objecoes/": 13,
    "contatos/um-a-um/": 7,
    "clientes/?ver=recentes": 6,
}


DO_MES = "de=2026-11-01&ate=2026-11-30"


def test_o_relatorio_comum_abre_e_exporta(
    empresa: Empresa, ana: Any, bruno: Any, entrar: Any, volta: Any
) -> None:
    for n in range(3):
        volta(f"A{n}", ana)
    calcular(empresa)
    navegador = entrar(bruno)
    # na tela: 3 reativados com 6 pedidos e 420,00; 3 contatos e 200%; a objeção ouvida 3 vezes
    for chave, espera in {
        "reativados": "Cliente A2;A2;Ana Souza;05/11/2026;157",
        "contatos-e-pedidos": "Ana Souza;3;0;3;6;200,00;420,00",
        "objecoes": ";3;3;3;100,00;420,00",
        "motivos-de-inatividade": "",
    }.items():
        assert navegador.get(f"/relatorios/{chave}/?{DO_MES}").status_code == 200, chave
        resposta = navegador.get(f"/relatorios/{chave}/planilha/?formato=csv&{DO_MES}")
        assert espera in b"".join(resposta.streaming_content).decode("utf-8-sig"), chave


def levado(navegador: Any, chave: str, consulta: str) -> list[list[str]]:
    """As linhas do relatório em CSV, sem o cabeçalho."""
    return em_csv(navegador.get(f"/relatorios/{chave}/planilha/?formato=csv&{consulta}"))[1:]


def em_reais(valor: Any) -> str:
    return f"{valor:.2f}".replace(".", ",")


def do_esforco(nome: str, e: Any) -> list[str]:
    conversao = "" if e.conversao is None else em_reais(e.conversao)
    return [
        nome, *map(str, (e.contatos, e.tentativas, e.clientes, e.pedidos)), conversao, em_reais(e.valor),
    ]  # fmt: skip


def relatorio_da_pagina(html: str, chave: str) -> str:
    """O que a página manda ao relatório: tudo depois do `?`."""
    (consulta,) = re.findall(rf'href="/relatorios/{chave}/\?([^"]*)"', html)
    return str(consulta)


def test_contatos_e_pedidos_se_levam_pela_dimensao_da_tela(
    empresa: Empresa, ana: Any, carla: Any, davi: Any, entrar: Any, volta: Any
) -> None:
    """A página agrupa por nove dimensões, e o relatório que ela abre é a mesma tabela em cada uma."""
    volta("A1", ana)
    volta("A2", ana)
    volta("C1", carla)
    Cliente.objects.filter(codigo="A2").update(uf="PR")
    Empresa.objects.create(nome="Outra", codigo="99").vinculos.create(usuario=davi)  # uma só não se abre
    calcular(empresa)
    navegador = entrar(davi)
    for nome in DIMENSOES_DOS_CONTATOS:
        resposta = navegador.get(f"/resultados/contatos/?{DO_MES}&agrupar={nome}")
        consulta = relatorio_da_pagina(unescape(resposta.content.decode()), "contatos-e-pedidos")
        tela = [do_esforco(g.rotulo, g.esforco) for g, _ in resposta.context["grupos"]]
        assert len(tela) == {"quem": 2, "vendedor": 2, "equipe": 2, "uf": 2}.get(nome, 1)
        esperado = [*tela, do_esforco("Total", resposta.context["total"])]
        assert levado(navegador, "contatos-e-pedidos", consulta) == esperado
        relatorio = abrir_relatorio(navegador, f"contatos-e-pedidos/?{consulta}")
        for so, quantos in (("efetivos", 3), ("capturaram", 6)):
            (elo,) = [x for x in elos(relatorio, str(quantos)) if "um-a-um" in x and f"{nome}=" not in x]
            assert f"so={so}" in elo
            nomes = unescape(navegador.get(elo).content.decode())
            assert all(f"Cliente {c}" in nomes for c in ("A1", "A2", "C1"))


def abrir_relatorio(navegador: Any, caminho: str) -> str:
    resposta = navegador.get(f"/relatorios/{caminho}")
    assert resposta.status_code == 200
    return unescape(resposta.content.decode())


def test_a_quem_vende_o_relatorio_nao_oferece_nem_aceita_abrir_por_outros(
    empresa: Empresa, ana: Any, bruno: Any, carla: Any, entrar: Any, volta: Any
) -> None:
    """O contato foi da Carla, a carteira é da Ana: quem é o dono do dia não é assunto dela."""
    volta("A1", ana)
    calcular(empresa)
    for chave in ("contatos-e-pedidos", "saldo-do-periodo"):
        html = abrir_relatorio(entrar(ana), f"{chave}/?{DO_MES}")
        assert "agrupar=vendedor" not in html
        assert "agrupar=equipe" not in html
        assert "agrupar=uf" in html
        forcado = entrar(ana).get(f"/relatorios/{chave}/?{DO_MES}&agrupar=vendedor").context["tabela"]
        assert forcado.colunas[0].titulo in {"Quem contatou", "Segmento"}
        assert "agrupar=vendedor" in abrir_relatorio(entrar(bruno), f"{chave}/?{DO_MES}")


def test_o_contato_de_hoje_esta_no_relatorio_antes_da_rodada_da_noite(
    empresa: Empresa, ana: Any, bruno: Any, entrar: Any, volta: Any
) -> None:
    volta("A1", ana)
    calcular(empresa)
    Contato.objects.update(em=datetime(2026, 11, 20, 9, tzinfo=SAO_PAULO))
    Empresa.objects.update(referencia=date(2026, 11, 19))
    navegador = entrar(bruno)
    html = abrir(navegador, f"contatos/?{DO_MES}")
    linhas = levado(navegador, "contatos-e-pedidos", relatorio_da_pagina(html, "contatos-e-pedidos"))
    assert linhas == [
        ["Ana Souza", "1", "0", "1", "0", "0,00", "0,00"],
        ["Total", "1", "0", "1", "0", "0,00", "0,00"],
    ]


def da_soma(nome: str, s: Any) -> list[str]:
    conta = map(str, (s.clientes, s.por_contato, s.espontaneos, s.pedidos))
    return [nome, *conta, em_reais(s.valor), em_reais(s.ticket) if s.ticket is not None else ""]


def test_os_grupos_e_os_meses_dos_reativados_se_levam(
    empresa: Empresa, ana: Any, carla: Any, davi: Any, entrar: Any, volta: Any
) -> None:
    """Dois por contato e um espontâneo, de outra equipe e outro estado: a tela, a planilha e os nomes são os mesmos."""
    volta("A1", ana)
    volta("A2", ana)
    volta("C1", carla)
    Contato.objects.filter(cliente__codigo="C1").delete()
    Cliente.objects.filter(codigo="C1").update(uf="PR")
    Empresa.objects.create(nome="Outra", codigo="99").vinculos.create(usuario=davi)
    calcular(empresa)
    navegador = entrar(davi)
    for nome in DIMENSOES_DOS_REATIVADOS:
        resposta = navegador.get(f"/resultados/?{DO_MES}&agrupar={nome}")
        html = unescape(resposta.content.decode())
        grupos, total = resposta.context["grupos"], resposta.context["total"]
        assert resposta.context["dimensao"].nome == nome
        consulta = f"{DO_MES}&agrupar={nome}"
        if len(grupos) > 1:
            assert re.search(r">2</a>", html)  # os números da tabela se abrem
            assert parse_qs(relatorio_da_pagina(html, "reativados-por")) == parse_qs(consulta)
        esperado = [*(da_soma(g.rotulo, g.soma) for g, _ in grupos), da_soma("Total", total)]
        assert levado(navegador, "reativados-por", consulta) == esperado
        assert esperado[-1] == ["Total", "3", "2", "1", "6", "420,00", "70,00"]
        for g, leva in grupos:
            for campo, elo in (
                ("clientes", "todos"),
                ("por_contato", "por_contato"),
                ("espontaneos", "espontaneos"),
            ):
                if getattr(g.soma, campo):
                    lista = navegador.get(f"/resultados/{leva[elo].removesuffix('#lista')}").context["total"]
                    assert lista.clientes == getattr(g.soma, campo), (g.rotulo, campo)
                else:
                    assert leva[elo] == ""
    # a série dos meses não depende da dimensão
    meses = levado(navegador, "reativados-por-mes", relatorio_da_pagina(html, "reativados-por-mes"))
    assert [da_soma(m[0], x["soma"]) for m, x in zip(meses, resposta.context["serie"], strict=True)] == meses
    assert (meses[-1][:2], len(meses)) == (["11/2026", "3"], 12)


def test_recortado_por_campanha_canal_municipio_ou_quem_o_relatorio_vai_junto(
    empresa: Empresa, ana: Any, carla: Any, davi: Any, entrar: Any, volta: Any
) -> None:
    volta("A1", ana)
    volta("C1", carla)
    calcular(empresa)
    navegador, campanha = entrar(davi), Campanha.objects.get()
    for filtro in (f"campanha={campanha.pk}", "canal=ligacao", "municipio=0", f"quem={carla.pk}", "oferta=0"):
        html = abrir(navegador, f"?{DO_MES}&{filtro}")
        consulta = relatorio_da_pagina(html, "reativados")
        assert filtro in consulta
        total = navegador.get(f"/resultados/?{DO_MES}&{filtro}").context["total"]
        linhas = levado(navegador, "reativados", consulta)
        assert (len(linhas) - 1, linhas[-1][-2]) == (total.clientes, em_reais(total.valor)), filtro
    assert total.clientes == 2
    so_dela = levado(navegador, "reativados", f"{DO_MES}&quem={carla.pk}")
    assert [li[1] for li in so_dela] == ["Cliente C1", ""]
    assert levado(navegador, "reativados", f"{DO_MES}&canal=email&origem=contato") == []
    html = abrir_relatorio(navegador, f"reativados/?{DO_MES}&campanha={campanha.pk}")
    assert re.search(r"Campanha <b[^>]*>Volta</b>", html)
    relatorio = catalogo.achar("reativados")
    assert relatorio is not None
    pedido = ler_pedido(relatorio, davi, {"campanha": [str(campanha.pk), "x"], "quem": ["999999"]})
    filtros = dict(ditos(relatorio, davi, pedido))
    assert (filtros["Campanha"], filtros["Quem contatou"]) == ("Volta", "fora do que você vê")
