"""A tela Probabilidade e a linha da ficha: o que mostram, a quem, e o que dizem quando não há dados."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from atividade.models import (
    AjusteDeProbabilidade,
    EstadoDaExecucao,
    EstadoDoRecalculo,
    Execucao,
    ProbabilidadeEmVigor,
)
from carteira import probabilidades
from carteira.probabilidades import PROBABILIDADE, atender, pedir_ajuste, pedir_se_devido
from contas.models import Empresa, RegistroDeAuditoria
from tests.conftest import HOJE
from tests.web.carteira_de_teste import indicar

pytestmark = pytest.mark.django_db
URL = "/atividade/probabilidade/"
FAIXAS = [
    {"faixa": 1, "linhas": 300, "previsto": 0.152, "acontecido": 0.16},
    {"faixa": 6, "linhas": 100, "previsto": 0.65, "acontecido": 0.6},
]
PROVA = {"linhas": 400, "acontecido": 0.27, "erro": 0.0185, "ganho": 0.213, "faixas": FAIXAS}
NUMEROS = {"r": 0.7, "alpha": 4.0, "a": 0.8, "b": 2.4, "log_verossimilhanca": -1234.56}


@pytest.fixture(autouse=True)
def _referencia(empresa, hoje):
    Empresa.objects.update(referencia=HOJE)
    empresa.refresh_from_db()


@pytest.fixture
def ajuste(empresa):
    EstadoDoRecalculo.objects.create(empresa=empresa, m0=30)
    recusa = "MBG/CNBD-2: o parâmetro b foi parar no limite; estes dados não o determinam."
    novo = AjusteDeProbabilidade.objects.create(
        empresa=empresa,
        mes=date(2026, 11, 1),
        referencia=HOJE,
        b0=-0.5,
        s=0.9,
        linhas=1600,
        estimativa=False,
        modelo="mbgnbd",
        clientes=900,
        recompradores=700,
        modelos=[
            {"modelo": "bgnbd", "nome": "BG/NBD", "recusa": "", **NUMEROS},
            {"modelo": "mbgnbd", "nome": "MBG/NBD", "recusa": "", **NUMEROS},
            {"modelo": "mbgcnbd2", "nome": "MBG/CNBD-2", "recusa": recusa},
        ],
        prova={"corte": "2026-08-22", "modelo_da_prova": "mbgnbd", "p": PROVA, "modelo": PROVA},
        **NUMEROS,
    )
    ProbabilidadeEmVigor.objects.create(empresa=empresa, ajuste=novo)
    return novo


def test_sem_ajuste_a_tela_diz_quando_havera(davi, entrar):
    pagina = entrar(davi).get(URL).content.decode()
    assert "Ainda não há ajuste" in pagina
    assert "estimativa sem história própria" in pagina


def test_mostra_parametros_prova_e_recusas(davi, ajuste, entrar):
    resposta = entrar(davi).get(URL)
    pagina = resposta.content.decode()
    for dito in (
        "1,9%", "dentro da meta: até 5%", "0,21", "dentro da meta: 0,14 ou mais", "−0,5000", "0,9000", "1.600",
        "o parâmetro b foi parar no limite", "−1.234,6", "MBG/NBD", "22/08/2026",
        "Chance da fila: em 400 clientes, a chance prevista e a acontecida diferem em média 1,9%.",
        "15,2% previsto, 16,0% acontecido, 300 clientes",
    ):  # fmt: skip
        assert dito in pagina, dito
    assert pagina.count("escolhido</span>") == 1
    assert pagina.count('class="cal-p"') == pagina.count('class="cal-m"') == 2


def test_estimativa_sem_prova_e_sem_modelo_se_dizem(davi, ajuste, entrar):
    AjusteDeProbabilidade.objects.update(
        estimativa=True, linhas=12, prova={"corte": "2026-08-22", "p": None, "modelo": None},
        modelo="", r=None, alpha=None, a=None, b=None,
    )  # fmt: skip
    pagina = entrar(davi).get(URL).content.decode()
    assert "Estimativa sem história própria." in pagina
    assert "Sem dados suficientes para a prova" in pagina
    assert "Sem modelo aceito" in pagina
    assert '<svg class="graf calibracao' not in pagina


def test_meses_anteriores_ficam_a_vista(davi, ajuste, entrar):
    ajuste.pk, ajuste.mes, ajuste.b0 = None, date(2026, 10, 1), -0.611
    ajuste.save()
    assert "−0,611" in entrar(davi).get(URL).content.decode()


def test_consultas_da_tela_nao_crescem(davi, ajuste, entrar, novo_cliente):
    navegador = entrar(davi)
    navegador.get(URL)
    contagens = []
    for n in range(2):
        with CaptureQueriesContext(connection) as contadas:
            navegador.get(URL)
        contagens.append(len(contadas))
        for k in range(30):
            novo_cliente(f"{n}-{k}", compras=[(HOJE, 1)])
    assert contagens[0] == contagens[1] <= 10


@pytest.mark.parametrize("papel", ["ana", "bruno", "lia"])
def test_so_administrador_ve_e_pede(papel, request, ajuste, entrar):
    navegador = entrar(request.getfixturevalue(papel))
    assert navegador.get(URL).status_code == 403
    assert navegador.post(f"{URL}ajustar/").status_code == 403
    assert not Execucao.objects.exists()


def test_empresa_de_outros_e_404_e_pedir_por_get_nao_existe(davi, entrar):
    outra = Empresa.objects.create(codigo="2", nome="Outra")
    navegador = entrar(davi)
    assert navegador.get(f"{URL}?empresa={outra.pk}").status_code == 404
    assert navegador.post(f"{URL}ajustar/?empresa={outra.pk}").status_code == 404
    assert navegador.get(f"{URL}ajustar/").status_code == 405
    assert not Execucao.objects.exists()


def test_pedir_ajuste_anota_toca_e_diz(
    davi, empresa, entrar, monkeypatch, django_capture_on_commit_callbacks
):
    tocadas = []
    monkeypatch.setattr("carteira.tasks.tocar", lambda tarefa, *args: tocadas.append(args))
    with django_capture_on_commit_callbacks(execute=True):
        pagina = entrar(davi).post(f"{URL}ajustar/", follow=True).content.decode()
    assert "Ajuste pedido às 09:00" in pagina
    assert "Ajustando…" in pagina
    assert tocadas == [(empresa.pk,)]
    assert RegistroDeAuditoria.objects.get(acao="probabilidade.ajustar").objeto == "empresa 1"
    assert atender(empresa.pk).estado == EstadoDaExecucao.FEITA
    assert ProbabilidadeEmVigor.objects.get().ajuste.referencia == HOJE
    assert atender(empresa.pk) is None, "nada mais pedido"


def test_consulta_ao_passado_nao_se_ajusta(davi, entrar):
    Empresa.objects.update(consulta_passada=True)
    pagina = entrar(davi).post(f"{URL}ajustar/", follow=True).content.decode()
    assert "Antes é preciso uma carteira calculada" in pagina
    assert not Execucao.objects.exists()


def test_ajuste_que_quebra_tenta_tres_vezes_e_deixa_o_de_antes(davi, empresa, ajuste, entrar, monkeypatch):
    def quebrar(**_):
        raise ArithmeticError("conta impossível")

    monkeypatch.setattr(probabilidades, "ajustar_empresa", quebrar)
    pedir_ajuste(empresa=empresa)
    for _ in range(3):
        atender(empresa.pk)
    execucao = Execucao.objects.get(rotina=PROBABILIDADE)
    assert (execucao.estado, execucao.tentativas) == (EstadoDaExecucao.FALHOU, 3)
    assert "O último ajuste falhou." in entrar(davi).get(URL).content.decode()
    assert ProbabilidadeEmVigor.objects.get().ajuste == ajuste


def test_pedir_no_fim_da_rodada_nunca_a_derruba(empresa, novo_cliente, monkeypatch, caplog):
    pedir_se_devido(empresa)
    assert not Execucao.objects.exists(), "sem compras não há o que aprender"
    indicar(novo_cliente("A"), HOJE, status="ativo")
    pedir_se_devido(empresa)
    assert Execucao.objects.get().rotina == PROBABILIDADE
    monkeypatch.setattr(probabilidades, "devido", lambda empresa: 1 / 0)
    pedir_se_devido(empresa)
    assert "não pôde ser pedido" in caplog.text


# ── Na ficha ─────────────────────────────────────────────────────────────────


def test_ficha_diz_as_chances_ao_lado_da_regra(ana, ajuste, novo_cliente, entrar):
    cliente = indicar(novo_cliente("C1", vendedor=ana), HOJE - timedelta(days=51), status="ativo")
    pagina = entrar(ana).get(f"/clientes/{cliente.pk}/").content.decode()
    assert "Situação pela regra padrão: " in pagina
    assert (
        "Pelo passado da empresa: 54% de chance de comprar em 90 dias; 66% de ainda ser cliente; "
        "1,1 compras esperadas em 90 dias." in pagina
    )


@pytest.mark.parametrize(
    ("mudanca", "dito"),
    [
        ({"estimativa": True}, "Pelo passado da empresa: 66% de ainda ser cliente"),
        ({"modelo": "", "r": None, "alpha": None, "a": None, "b": None}, "chance de comprar em 90 dias."),
        ({"b0": -30.0}, "mais de 99% de chance de comprar"),
        ({"b0": 30.0}, "menos de 1% de chance de comprar"),
    ],
)
def test_ficha_so_diz_o_que_ha(ana, ajuste, novo_cliente, entrar, mudanca, dito):
    AjusteDeProbabilidade.objects.update(**mudanca)
    cliente = indicar(novo_cliente("C1", vendedor=ana), HOJE - timedelta(days=51), status="ativo")
    assert dito in entrar(ana).get(f"/clientes/{cliente.pk}/").content.decode()


def test_ficha_cala_sem_ajuste_com_uma_compra_e_sem_nenhuma(ana, ajuste, novo_cliente, entrar):
    unica = indicar(novo_cliente("U", vendedor=ana), HOJE, status="ativo", dias_de_compra=1)
    prospect = novo_cliente("P", vendedor=ana)
    duas = indicar(novo_cliente("D", vendedor=ana), HOJE, status="ativo")
    navegador = entrar(ana)
    for cliente in (unica, prospect):
        assert "Pelo passado da empresa" not in navegador.get(f"/clientes/{cliente.pk}/").content.decode()
    ProbabilidadeEmVigor.objects.all().delete()
    assert "Pelo passado da empresa" not in navegador.get(f"/clientes/{duas.pk}/").content.decode()
