"""As páginas de resultados: cada número da tela leva aos nomes que conta, e cada um vê os seus."""

import re
from collections.abc import Callable
from datetime import date, datetime
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from atividade.limiares import configurar
from atividade.recalculo import recalcular
from atividade.regras import Periodo
from clientes.models import Campanha, CausaDaInatividade, Cliente, Contato, Objecao, Ocorrencia, Pitch
from contas.models import Empresa, Usuario
from notificacoes.models import ItemDeMensagem
from tests.conftest import HOJE, SAO_PAULO, novo_pedido

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
    "contatos/": 17,
    "funil/": 11,
    "objecoes/": 13,
    "contatos/um-a-um/": 7,
    "clientes/?ver=recentes": 6,
}


DO_MES = "de=2026-11-01&ate=2026-11-30"


@pytest.mark.parametrize("chave", ["reativados", "contatos-e-pedidos", "objecoes", "motivos-de-inatividade"])
def test_o_relatorio_comum_abre_e_exporta(
    chave: str, empresa: Empresa, ana: Any, bruno: Any, entrar: Any, volta: Any
) -> None:
    for n in range(3):
        volta(f"A{n}", ana)
    calcular(empresa)
    navegador = entrar(bruno)
    assert navegador.get(f"/relatorios/{chave}/?{DO_MES}").status_code == 200
    resposta = navegador.get(f"/relatorios/{chave}/planilha/?formato=csv&{DO_MES}")
    texto = b"".join(resposta.streaming_content).decode("utf-8-sig")
    # na tela: 3 reativados com 6 pedidos e 420,00; 3 contatos e 200%; a objeção ouvida 3 vezes
    espera = {
        "reativados": "Cliente A2;A2;Ana Souza;05/11/2026;157",
        "contatos-e-pedidos": "Ana Souza;3;0;3;6;200,00;420,00",
        "objecoes": ";3;3;3;100,00;420,00",
        "motivos-de-inatividade": "",
    }
    assert espera[chave] in texto
