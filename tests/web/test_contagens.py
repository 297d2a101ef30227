"""As contagens das abas: o que a lista mostra, contado de uma vez ou, de quem vê a empresa inteira, por índices."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from atividade.models import Status
from carteira.contagens_da_lista import Contagens, contar, espera
from carteira.filters import FiltroDeClientes
from clientes.models import Cliente
from contas.models import Vinculo
from tests.conftest import HOJE
from tests.web.carteira_de_teste import indicar

pytestmark = pytest.mark.django_db
ABAS = [
    "&".join(filter(None, escolha))
    for escolha in product(
        ("", "status=ativo", "status=ativo&status=prospect", "status=inativo"),
        ("", "fora_do_ritmo=on"),
        ("", "ocultos=on"),
    )
]


@pytest.fixture
def carteira(ana, novo_cliente):
    """De Ana, em carteira: três ativos (dois fora do ritmo), um quase inativo fora, um inativo, um prospect.
    Encerrados ou fora do perfil: um ativo fora do ritmo, um inativo, um prospect."""
    da_lista = {
        "A1": (10, Status.ATIVO, {}), "A2": (39, Status.ATIVO, {}),
        "A3": (41, Status.ATIVO, {"intervalo_mediano_dias": Decimal("31.5")}),
        "Q1": (200, Status.QUASE_INATIVO, {}), "I1": (500, Status.INATIVO, {}),
    }  # fmt: skip
    for codigo, (dias, status, campos) in da_lista.items():
        indicar(novo_cliente(codigo, vendedor=ana), HOJE - timedelta(days=dias), status=status, **campos)
    novo_cliente("P1", vendedor=ana)
    fora = {"fora_do_perfil": True}, {"encerrado_em": HOJE, "encerrado_motivo": "Fechou."}
    indicar(novo_cliente("A4", vendedor=ana, **fora[0]), HOJE - timedelta(days=60), status=Status.ATIVO)
    indicar(novo_cliente("I2", vendedor=ana, **fora[1]), HOJE - timedelta(days=500), status=Status.INATIVO)
    novo_cliente("P2", vendedor=ana, **fora[0])


def filtro(pessoa, consulta=""):
    return FiltroDeClientes(QueryDict(consulta), usuario=pessoa)


def test_quem_ve_a_empresa_inteira_conta_por_indices_o_mesmo_que_numa_passada(ana, davi, lia, carteira):
    for consulta in ABAS:
        contadas = contar(filtro(ana, consulta))
        assert contar(filtro(davi, consulta)) == contar(filtro(lia, consulta)) == contadas, consulta
        assert contadas.na_lista == filtro(ana, consulta).resultado().count(), consulta
    todas = contar(filtro(davi))
    assert todas.por_status == {"ativo": 3, "quase_inativo": 1, "inativo": 1, "prospect": 1}
    assert (todas.na_lista, todas.fora_do_ritmo, todas.ocultos) == (6, 3, 3)
    com_ocultos = contar(filtro(davi, "ocultos=on"))
    assert com_ocultos.por_status == {"ativo": 4, "quase_inativo": 1, "inativo": 2, "prospect": 2}
    assert (com_ocultos.na_lista, com_ocultos.fora_do_ritmo) == (9, 4)


def test_so_conta_por_indices_quem_ve_todos_e_nao_filtra_mais_que_a_aba(ana, davi, lia, empresa):
    for consulta in (*ABAS, f"empresa={empresa.pk}"):
        assert filtro(davi, consulta).ve_a_empresa_inteira, consulta
        assert filtro(lia, consulta).ve_a_empresa_inteira, consulta
        assert not filtro(ana, consulta).ve_a_empresa_inteira, consulta
    for consulta in (
        "uf=SC",
        "q=a",
        "valor_min=0",
        "bloqueado=false",
        "sem_comprar=0",
        "e=abc.em.A",
        "e=nada.disto",
    ):
        assert not filtro(davi, consulta).ve_a_empresa_inteira, consulta


def test_sem_empresa_nao_ha_o_que_contar(davi, carteira):
    Vinculo.objects.filter(usuario=davi).delete()
    assert contar(filtro(davi)) == Contagens(dict.fromkeys(Status.values, 0), 0, 0, 0)


# ── A empresa grande não espera pelas contagens ──────────────────────────────


@pytest.fixture
def grande(settings, carteira):
    """Como se a empresa já fosse grande: de zero clientes em diante, as contagens vêm depois."""
    settings.LISTA_CONTA_DEPOIS = 0


def numeros(html):
    """O que a tela diz de quantos: cada número e o seu lugar."""
    return {
        lugar: " ".join(re.sub(r"<[^>]+>", " ", dentro).split())
        for lugar, dentro in re.findall(
            r'<(?:span|b)(?: class="qt")? id="((?:de-)?quantos[\w-]*)"[^>]*>(.*?)</(?:span|b)>',
            html,
            re.DOTALL,
        )
    }


def pedir(client, consulta, alvo, **cabecalhos):
    return client.get(
        f"/clientes/?{consulta}", headers={"HX-Request": "true", "HX-Target": alvo, **cabecalhos}
    )


@pytest.mark.parametrize(
    "consulta", ["", "status=ativo&fora_do_ritmo=on", "ocultos=on", "status=inativo&por=25"]
)
def test_da_empresa_grande_as_linhas_vem_antes_e_os_mesmos_numeros_depois(
    client, davi, settings, carteira, consulta
):
    client.force_login(davi)
    de_uma_vez = client.get(f"/clientes/?{consulta}").content.decode()
    assert 'id="contagens"' not in de_uma_vez
    settings.LISTA_CONTA_DEPOIS = 0
    antes = client.get(f"/clientes/?{consulta}").content.decode()
    assert antes.count("data-linha") == de_uma_vez.count("data-linha") > 0
    assert 'id="contagens" hx-get="/clientes/' in antes
    assert set(numeros(antes).values()) <= {"", "…"}
    depois = numeros(pedir(client, consulta, "contagens").content.decode())
    assert depois == {lugar: dito for lugar, dito in numeros(de_uma_vez).items() if lugar in depois}
    assert set(numeros(antes)) == set(numeros(de_uma_vez)) >= set(depois)
    assert depois["quantos-todos"]
    assert depois["de-quantos"]


def test_os_numeros_que_chegam_depois_sao_os_da_carteira(client, davi, grande):
    client.force_login(davi)
    assert numeros(pedir(client, "", "contagens").content.decode()) == {
        "quantos": "· 6 clientes",
        "quantos-todos": "6",
        "quantos-ativo": "3",
        "quantos-quase_inativo": "1",
        "quantos-inativo": "1",
        "quantos-prospect": "1",
        "quantos-fora-do-ritmo": "3",
        "de-quantos": "de 6",
        "quantos-ocultos": "3 encerrados ou fora do perfil escondidos · Mostrar ·",
    }


def test_quem_ouve_a_tela_ouve_a_contagem_do_filtro_uma_vez(client, davi, grande):
    client.force_login(davi)
    assert "HX-Trigger" not in pedir(client, "status=ativo", "lista").headers
    assert "HX-Trigger" not in pedir(client, "status=ativo", "contagens").headers
    dita = pedir(client, "status=ativo", "contagens", **{"X-Anunciar": "sim"})
    assert json.loads(dita["HX-Trigger"])["anunciar"] == "3 clientes"


def test_quem_tem_carteira_filtra_ou_nao_acha_ninguem_recebe_tudo_de_uma_vez(client, ana, davi, grande):
    client.force_login(ana)
    assert numeros(client.get("/clientes/").content.decode())["quantos-todos"] == "6"
    client.force_login(davi)
    assert numeros(client.get("/clientes/?sem_comprar=30").content.decode())["quantos-todos"] == "5"
    Cliente.objects.filter(codigo="P1").update(fora_do_perfil=True)
    vazia = client.get("/clientes/?status=prospect").content.decode()
    assert "Há 5 com esses filtros em outras situações." in vazia
    assert 'id="contagens"' not in vazia
    assert numeros(vazia)["quantos-todos"] == "5"


def test_a_estimativa_e_a_do_banco_e_serve_a_empresa_pequena(davi, ana, carteira, settings):
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE atividade_indicadores")
    settings.LISTA_CONTA_DEPOIS = 9
    assert espera(filtro(davi))
    assert not espera(filtro(ana))
    settings.LISTA_CONTA_DEPOIS = 10
    assert not espera(filtro(davi))


def test_as_linhas_e_as_contagens_custam_o_mesmo_com_mais_clientes(client, ana, davi, grande, novo_cliente):
    def custam(alvo):
        with CaptureQueriesContext(connection) as consultas:
            assert pedir(client, "", alvo).status_code == 200
        return len(consultas)

    client.force_login(davi)
    pedir(client, "", "lista")  # o que se guarda por processo já está guardado
    antes = custam("lista"), custam("contagens")
    for n in range(20):
        indicar(novo_cliente(f"M{n}", vendedor=ana), HOJE - timedelta(days=n), status=Status.ATIVO)
    assert (custam("lista"), custam("contagens")) == antes == (15, 6)
