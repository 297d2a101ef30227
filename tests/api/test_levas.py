"""Levar em massa pela API: só quem exporta, documentos mascarados, e a auditoria diz quem levou o quê e quanto."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from atividade.models import Status
from carteira.api.urls import roteador
from clientes.models import PessoaDeContato
from contas import levas
from contas.models import Contagem, RegistroDeAuditoria, TipoDeVendedor
from tests.api.test_base import problema
from tests.conftest import HOJE
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
PESSOAS, CLIENTES = "/api/v1/pessoas-de-contato/", "/api/v1/clientes/"
CPF = "52998224725"


@pytest.fixture(autouse=True)
def _transacao_acabada(monkeypatch: pytest.MonkeyPatch) -> None:
    """A do teste não acaba nunca: para a cópia, conta como acabada."""
    monkeypatch.setattr("clientes.sincronia.limites", lambda: (10**15, 10**15))


@pytest.fixture
def carteira(ana: Any, novo_cliente: Any) -> list[Any]:
    clientes = [
        novo_cliente(f"C{n}", vendedor=ana, documento=CPF if n == 1 else "", documento_valido=n == 1)
        for n in (1, 2, 3)
    ]
    for cliente in clientes:
        indicar(cliente, HOJE, status=Status.ATIVO)
        PessoaDeContato.objects.create(cliente=cliente, nome="Maria", telefone="+554733820000")
    return clientes


def levadas() -> list[tuple[str, str, dict[str, Any]]]:
    registros = RegistroDeAuditoria.objects.filter(acao=levas.ACAO).order_by("pk")
    return [(r.quem, r.objeto, r.depois) for r in registros]


def test_a_representante_de_fora_nao_leva_a_carteira_pela_api(
    carteira: Any, ana: Any, davi: Any, token: Any
) -> None:
    assert ana.tipo == TipoDeVendedor.EXTERNO
    dela = token(ana, "ler")
    for url in (PESSOAS, f"{PESSOAS}?por=1", f"{CLIENTES}?por=51", f"{CLIENTES}?desde=inicio"):
        assert problema(dela.get(url))["status"] == 403, url
    assert len(dela.get(CLIENTES).json()["resultados"]) == 3  # a página de sempre, como na tela
    assert levadas() == []
    ana.pode_exportar = True
    ana.save()
    assert len(dela.get(PESSOAS).json()["resultados"]) == 3
    assert dela.get(f"{CLIENTES}?por=500").status_code == 200


SEM_CLIENTES = {
    "campanhas": "o esforço, sem os clientes dele",
    "empresas": "as da pessoa",
    "limites": "as regras de cada empresa",
    "listas": "o nome e o progresso; os clientes são de membros",
    "motivos": "catálogo",
    "objecoes": "catálogo",
    "ocorrencias": "catálogo",
    "rodadas": "a noite de cada empresa",
    "segmentos": "catálogo",
}
SO_DE_OUTROS = {
    "fornecedores",
    "importacoes",
    "limites",
    "pessoas",
    "restricoes",
    "rodadas",
    "scores",
}  # a Ana nem os abre


def test_toda_lista_pede_quem_exporte_salvo_a_que_nao_fala_de_clientes(ana: Any, token: Any) -> None:
    abertas = {nome for nome, lista, _ in roteador.registry if lista.leva_acima_de is None}
    assert abertas == set(SEM_CLIENTES)
    dela, levas_dela = token(ana, "ler"), set()
    for nome in {nome for nome, *_ in roteador.registry} - SO_DE_OUTROS:
        if dela.get(f"/api/v1/{nome}/?por=51").status_code != 403:
            levas_dela.add(nome)
        assert dela.get(f"/api/v1/{nome}/?por=50").status_code == 200 or nome == "pessoas-de-contato", nome
    assert levas_dela == set(SEM_CLIENTES) - SO_DE_OUTROS
    assert levadas() == []


def test_de_pagina_em_pagina_o_dia_que_passa_do_limite_fica_na_auditoria(
    carteira: Any, ana: Any, token: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("carteira.api.levas.NAS_PAGINAS", 6)
    dela, outro = token(ana, "ler"), token(ana, "ler")
    dela.get(CLIENTES)
    dela.get("/api/v1/indicadores/?por=2")
    dela.get("/api/v1/segmentos/")  # não fala de clientes: não conta
    outro.get(CLIENTES)  # outro token, outra conta
    assert levadas() == []  # cinco linhas
    dela.get(CLIENTES)
    dela.get(f"{CLIENTES}?por=1")
    dia, objeto = HOJE.isoformat(), "listas, de página em página, pelo token ERP"
    assert levadas() == [("Ana Souza", objeto, {"dia": dia})]
    levas.fechar(HOJE + timedelta(days=1))
    assert levadas()[1:] == [("Ana Souza", objeto, {"dia": dia, "linhas": 9})]


def test_cada_token_recurso_e_dia_deixa_a_primeira_leva_e_o_total(
    carteira: Any, davi: Any, token: Any, entrar: Any
) -> None:
    do_erp, dia = token(davi, "ler"), HOJE.isoformat()
    copia = do_erp.get(f"{CLIENTES}?desde=inicio&por=2").json()
    do_erp.get(copia["proxima"])
    do_erp.get(f"{PESSOAS}?por=500")
    do_erp.get(f"{CLIENTES}?desde={copia['marca']}&por=1")
    primeiras = [
        ("Davi Rocha", "clientes, pelo token ERP", {"dia": dia}),
        ("Davi Rocha", "pessoas-de-contato, pelo token ERP", {"dia": dia}),
    ]
    assert levadas() == primeiras
    assert levas.fechar(HOJE) == 0  # o dia ainda corre
    assert "exportar pela API" in entrar(davi).get("/auditoria/?q=exportar").content.decode()
    assert levas.fechar(HOJE + timedelta(days=1)) == 2
    assert levadas() == [
        *primeiras,
        ("Davi Rocha", "clientes, pelo token ERP", {"dia": dia, "linhas": 4}),
        ("Davi Rocha", "pessoas-de-contato, pelo token ERP", {"dia": dia, "linhas": 3}),
    ]
    assert levas.fechar(HOJE + timedelta(days=2)) == 0
    assert not Contagem.objects.filter(chave__startswith="leva:").exists()


def test_quem_nada_leva_nao_deixa_linha(carteira: Any, davi: Any, token: Any) -> None:
    do_erp = token(davi, "ler")
    tudo = do_erp.get(f"{CLIENTES}?desde=inicio").json()
    Contagem.objects.filter(chave__startswith="leva:").delete()
    antes = len(levadas())
    assert do_erp.get(f"{CLIENTES}?desde={tudo['marca']}").json()["resultados"] == []
    assert len(levadas()) == antes


def test_a_noite_fecha_as_levas_dos_dias_que_acabaram(davi: Any, monkeypatch: Any) -> None:
    from carteira.rotinas import _apagar_vencidos

    ontem = HOJE - timedelta(days=1)
    Contagem.objects.create(
        chave=f"leva:{ontem}:{davi.pk}:0:clientes",
        vezes=1200,
        ultima_em=timezone.now(),
        ate=timezone.now() + timedelta(days=9),
    )
    _apagar_vencidos(HOJE)
    assert levadas() == [("Davi Rocha", "clientes", {"dia": ontem.isoformat(), "linhas": 1200})]


def test_na_copia_o_documento_inteiro_e_so_de_quem_cuida_dos_titulares(
    carteira: Any, lia: Any, davi: Any, token: Any
) -> None:
    da_lia = token(lia, "ler").get(f"{CLIENTES}?desde=inicio")
    assert CPF not in da_lia.content.decode()
    assert da_lia.json()["resultados"][0]["documento"] == "***.982.24*-**"
    do_davi = token(davi, "ler").get(f"{CLIENTES}?desde=inicio").json()["resultados"]
    assert [c["documento"] for c in do_davi] == [CPF, "", ""]


def test_o_recalculo_pedido_com_a_mesma_chave_da_a_mesma_resposta(
    davi: Any, token: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("carteira.tasks.tocar", lambda *a: None)
    chamador = token(davi, "ler", "escrever")

    def pedir(empresa: str) -> Any:
        return chamador.post(
            "/api/v1/rodadas/",
            {"empresa": empresa},
            content_type="application/json",
            headers={"Idempotency-Key": "k-1"},
        )

    primeira, repetida = pedir("1"), pedir("1")
    assert (primeira.status_code, repetida.status_code) == (202, 202)
    assert repetida["Idempotency-Replayed"] == "true"
    assert repetida.json() == primeira.json()
    assert pedir("01").status_code in {400, 422}
