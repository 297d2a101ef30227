"""A lista: cada um vê a sua, na ordem que pediu, e ninguém some."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from atividade.models import Status
from clientes.models import Agendamento
from contas.models import Empresa
from tests.conftest import HOJE
from tests.web.carteira_de_teste import indicar

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _referencia(empresa, hoje):
    Empresa.objects.update(referencia=HOJE, referencia_regular=HOJE)


@pytest.fixture
def carteira(ana, carla, novo_cliente):
    """Ana: A ativo, Q quase, I inativo, P prospect. Carla: Z ativo."""
    clientes = {
        "A": indicar(
            novo_cliente("A", vendedor=ana, razao_social="Açougue São José", uf="SC", cidade="Timbó"),
            HOJE - timedelta(days=10), status=Status.ATIVO, valor_12m=Decimal("1000.00"), curva_abc="B",
        ),
        "Q": indicar(
            novo_cliente("Q", vendedor=ana, razao_social="Quitanda Bela", uf="PR", cidade="Lapa"),
            HOJE - timedelta(days=80), status=Status.QUASE_INATIVO, valor_12m=Decimal("5000.00"), curva_abc="A",
        ),
        "I": indicar(
            novo_cliente("I", vendedor=ana, razao_social="Ibirama Ferragens", uf="SC", cidade="Ibirama"),
            HOJE - timedelta(days=400), status=Status.INATIVO, valor_ano_ativo=Decimal("9000.00"),
        ),
        "P": indicar(novo_cliente("P", vendedor=ana, razao_social="Padaria Nova"), status=Status.PROSPECT),
        "Z": indicar(
            novo_cliente("Z", vendedor=carla, razao_social="Zebra da Carla", uf="SC"),
            HOJE - timedelta(days=5), status=Status.ATIVO, valor_12m=Decimal("7000.00"), curva_abc="A",
        ),
    }  # fmt: skip
    return clientes


def codigos(resposta):
    return [linha.cliente.codigo for linha in resposta.context["linhas"]]


def test_vendedora_ve_so_a_sua_carteira_e_as_contagens_dela(carteira, ana, entrar):
    resposta = entrar(ana).get("/clientes/")
    assert sorted(codigos(resposta)) == ["A", "I", "P", "Q"]
    abas = {aba["rotulo"]: aba["quantidade"] for aba in resposta.context["abas"]}
    assert abas == {"Todos": 4, "Ativos": 1, "Quase inativos": 1, "Inativos": 1, "Prospects": 1}
    pagina = resposta.content.decode()
    assert "<h1>Meus clientes</h1>" in pagina
    assert "Zebra" not in pagina


def test_quem_nao_vende_le_clientes_no_titulo(carteira, davi, lia, entrar):
    assert "<h1>Clientes</h1>" in entrar(davi).get("/clientes/").content.decode()
    assert sorted(codigos(entrar(lia).get("/clientes/"))) == ["A", "I", "P", "Q", "Z"]


def test_gestor_ve_as_suas_equipes(carteira, bruno, entrar):
    assert sorted(codigos(entrar(bruno).get("/clientes/"))) == ["A", "I", "P", "Q"]


def test_nenhum_filtro_abre_a_carteira_de_outra(carteira, ana, carla, norte, entrar):
    navegador = entrar(ana)
    for consulta, esperados in (
        (f"vendedor={carla.pk}", []),
        ("q=Zebra", []),
        (f"equipe={norte.pk}", []),
        ("status=ativo", ["A"]),
        ("abc=A", ["Q"]),
    ):
        resposta = navegador.get(f"/clientes/?{consulta}")
        assert codigos(resposta) == esperados, consulta
        assert resposta.context["contagens"].na_lista == len(esperados), consulta


def test_as_contagens_das_abas_obedecem_aos_outros_filtros(carteira, ana, entrar):
    resposta = entrar(ana).get("/clientes/?uf=SC&status=ativo")
    assert codigos(resposta) == ["A"]
    assert [aba["quantidade"] for aba in resposta.context["abas"]] == [2, 1, 0, 1, 0]


ORDENS = {
    "nome": ["A", "I", "P", "Q"],
    "-nome": ["Q", "P", "I", "A"],
    "status": ["A", "Q", "I", "P"],
    "-status": ["P", "I", "Q", "A"],
    "valor": ["I", "P", "A", "Q"],
    "-valor": ["Q", "A", "I", "P"],
    "recencia": ["A", "Q", "I", "P"],
    "-recencia": ["I", "Q", "A", "P"],
    "ritmo": ["A", "Q", "I", "P"],
    "-ritmo": ["I", "Q", "A", "P"],
    "abc": ["Q", "A", "I", "P"],
    "-abc": ["A", "Q", "I", "P"],
    "-risco": ["Q", "A", "I", "P"],
    "cidade": ["I", "Q", "A", "P"],
    "-cidade": ["A", "Q", "I", "P"],
    "contato": ["A", "Q", "I", "P"],
    "-contato": ["A", "Q", "I", "P"],
    "proxima": ["P", "A", "Q", "I"],
    "-proxima": ["P", "A", "Q", "I"],
    "vendedor": ["A", "Q", "I", "P"],
    "-vendedor": ["A", "Q", "I", "P"],
}


def test_toda_coluna_ordena_nos_dois_sentidos_sem_perder_ninguem(carteira, ana, entrar):
    Agendamento.objects.create(
        cliente=carteira["P"], responsavel=ana, criado_por=ana, em=HOJE + timedelta(days=1)
    )
    navegador = entrar(ana)
    da_lista = {"HX-Request": "true", "HX-Target": "lista"}  # o cabeçalho clicado troca só a lista
    assert codigos(navegador.get("/clientes/?ordem=-valor")) == ORDENS["-valor"]
    lidas = {o: codigos(navegador.get(f"/clientes/?ordem={o}", headers=da_lista)) for o in ORDENS}
    assert lidas == ORDENS


def test_paginas_seguidas_somam_a_lista_inteira_sem_repetir_em_toda_ordem(ana, entrar, novo_cliente):
    for n in range(30):
        cliente = novo_cliente(
            f"C{n:03}",
            vendedor=ana,
            razao_social=f"Cliente {n % 7}",
            cidade=f"Cidade {n % 3}" if n % 4 else "",
        )
        if n % 5:
            valor = Decimal(n % 6) * 100
            indicar(
                cliente,
                HOJE - timedelta(days=n % 9),
                status=Status.ATIVO,
                valor_12m=valor,
                curva_abc="ABC"[n % 3],
            )
    navegador = entrar(ana)
    for ordem in ORDENS:
        # Como no toque: o cabeçalho traz a lista na ordem nova, e o "Carregar mais", só as linhas que seguem.
        url, vistos, alvo = f"/clientes/?ordem={ordem}&por=25", [], "lista"
        while url:
            resposta = navegador.get(url, headers={"HX-Request": "true", "HX-Target": alvo})
            vistos += codigos(resposta)
            mais, alvo = resposta.context["url_mais"], "mais"
            url = f"/clientes/{mais}" if mais else ""
        assert len(vistos) == 30, ordem
        assert len(set(vistos)) == 30, ordem
        assert resposta.context["pagina"].desde == 26, ordem


def test_cursor_estragado_ou_de_outra_ordem_volta_ao_comeco(carteira, ana, entrar):
    navegador = entrar(ana)
    for cursor in ("xx", "WyJub21lIl0:1:2", "a" * 3000):
        assert len(codigos(navegador.get(f"/clientes/?apos={cursor}"))) == 4


def test_filtro_que_nao_se_entende_e_dito_e_nao_derruba(carteira, ana, entrar):
    resposta = entrar(ana).get("/clientes/?uf=XX&sem_contato=abc&valor_min=muito&segmento=x")
    assert resposta.status_code == 200
    assert set(resposta.context["filtro"].recusados) == {"uf", "sem_contato", "valor_min", "segmento"}
    assert "Não entendi" in resposta.content.decode()


@pytest.mark.parametrize("quantos", [5, 50])
def test_consultas_da_lista_nao_dependem_das_linhas(ana, entrar, novo_cliente, quantos):
    for n in range(quantos):
        cliente = indicar(
            novo_cliente(f"C{n:03}", vendedor=ana, segmento="Tintas"),
            HOJE - timedelta(days=n),
            status=Status.ATIVO,
        )
        Agendamento.objects.create(
            cliente=cliente, responsavel=ana, criado_por=ana, em=HOJE + timedelta(days=1)
        )
    navegador = entrar(ana)
    navegador.get("/clientes/")
    with CaptureQueriesContext(connection) as contadas:
        assert len(codigos(navegador.get("/clientes/"))) == quantos
    assert len(contadas) == CONSULTAS_DA_PAGINA
    with CaptureQueriesContext(connection) as contadas:
        navegador.get("/clientes/", headers={"HX-Request": "true", "HX-Target": "lista"})
    assert len(contadas) == CONSULTAS_DO_FRAGMENTO


CONSULTAS_DA_PAGINA = 25
CONSULTAS_DO_FRAGMENTO = 15


def test_encerrados_e_fora_do_perfil_ficam_escondidos_e_contados(carteira, ana, entrar):
    carteira["I"].encerrado_em = HOJE
    carteira["I"].save()
    carteira["P"].fora_do_perfil = True
    carteira["P"].save()
    navegador = entrar(ana)
    resposta = navegador.get("/clientes/")
    assert sorted(codigos(resposta)) == ["A", "Q"]
    assert "2 encerrados ou fora do perfil escondidos" in resposta.content.decode()
    assert sorted(codigos(navegador.get("/clientes/?ocultos=on"))) == ["A", "I", "P", "Q"]


def test_fragmento_traz_so_a_lista_e_anuncia_a_contagem(carteira, ana, entrar):
    resposta = entrar(ana).get(
        "/clientes/?status=ativo", headers={"HX-Request": "true", "HX-Target": "lista"}
    )
    pagina = resposta.content.decode()
    assert "<h1>" not in pagina
    assert 'id="lista"' in pagina
    assert "1 cliente" in resposta["HX-Trigger"]


def test_carregar_mais_traz_so_as_linhas(ana, entrar, novo_cliente):
    for n in range(30):
        novo_cliente(f"C{n:03}", vendedor=ana)
    navegador = entrar(ana)
    mais = navegador.get("/clientes/?por=25&ordem=nome").context["url_mais"]
    with CaptureQueriesContext(connection) as consultas:
        resposta = navegador.get(f"/clientes/{mais}", headers={"HX-Request": "true", "HX-Target": "mais"})
    pagina = resposta.content.decode()
    assert pagina.count("data-linha") == 5
    assert '<span id="ate" hx-swap-oob="true">30</span>' in pagina
    assert "<table" not in pagina
    assert [q for q in consultas if "COUNT(" in q["sql"]] == []  # as abas já estão contadas na tela


def test_faisca_soma_os_doze_meses_da_referencia(ana, entrar, novo_cliente):
    compras = [
        (date(2025, 11, 20), "999"),
        (date(2025, 11, 21), "10"),
        (date(2026, 10, 20), "20"),
        (date(2026, 10, 21), "30"),
        (HOJE, "5"),
    ]
    indicar(novo_cliente("A", vendedor=ana, compras=compras), HOJE, status=Status.ATIVO)
    linha = entrar(ana).get("/clientes/").context["linhas"][0]
    assert linha.mensal == [Decimal(10), *[Decimal(0)] * 9, Decimal(20), Decimal(35)]


def test_pagina_diz_de_que_dia_sao_os_numeros_e_por_que_regra(carteira, ana, entrar):
    pagina = entrar(ana).get("/clientes/").content.decode()
    assert "Números de 20/11 (inativo após 6 meses, aviso 2 meses antes)." in pagina


def test_carteira_vazia_diz_por_que(ana, davi, entrar):
    assert "Sua carteira ainda está vazia" in entrar(ana).get("/clientes/").content.decode()
    assert "Ainda não há clientes" in entrar(davi).get("/clientes/").content.decode()


def test_filtro_sem_resultado_diz_o_que_ha_por_perto(carteira, ana, entrar):
    pagina = entrar(ana).get("/clientes/?status=prospect&uf=SC").content.decode()
    assert "Nenhum cliente com esses filtros" in pagina
    assert "Há 2 com esses filtros em outras situações." in pagina


# ── Ligue hoje ──


def na_faixa(resposta):
    return [cartao.cliente.codigo for cartao in resposta.context["cartoes"]]


def test_fila_poe_o_combinado_em_cima_e_depois_a_perda_esperada(carteira, ana, entrar):
    Agendamento.objects.create(
        cliente=carteira["P"], responsavel=ana, criado_por=ana, em=HOJE - timedelta(days=2)
    )
    Agendamento.objects.create(cliente=carteira["I"], responsavel=ana, criado_por=ana, em=HOJE)
    resposta = entrar(ana).get("/clientes/")
    assert na_faixa(resposta) == ["P", "I", "Q", "A"]
    frases = [cartao.frase for cartao in resposta.context["cartoes"]]
    assert frases[2] == "Compra a cada 30 dias, está há 80. Nunca contatado. Fica inativo em 30/12."
    assert resposta.context["cartoes"][0].aviso == "Ligação atrasada desde 18/11"


def test_fila_deixa_fora_adiado_bloqueado_e_quem_nao_quer_contato(carteira, ana, entrar):
    carteira["Q"].bloqueado = True
    carteira["Q"].save()
    carteira["A"].adiado_ate = HOJE + timedelta(days=1)
    carteira["A"].save()
    resposta = entrar(ana).get("/clientes/")
    assert na_faixa(resposta) == []
    assert "2 clientes ficaram de fora" in resposta.content.decode()
    assert [(regra.nome, n) for regra, n in resposta.context["fila"].fora.por_regra] == [
        ("Bloqueados", 1), ("Adiados", 1),
    ]  # fmt: skip
    assert "Tudo em dia por hoje" in resposta.content.decode()


def test_fila_respeita_a_capacidade_do_dia(carteira, ana, entrar):
    ana.capacidade_diaria = 1
    ana.save()
    assert na_faixa(entrar(ana).get("/clientes/")) == ["Q"]


def test_quem_administra_ou_le_nao_tem_fila(carteira, davi, lia, entrar):
    for pessoa in (davi, lia):
        assert "Ligue hoje" not in entrar(pessoa).get("/clientes/").content.decode()
    assert entrar(lia).get("/clientes/hoje/").status_code == 403
