"""O que ficou por responder: a lista de quem deixou, o pedaço da ficha, e fechar com uma nota."""

import json
import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from clientes.models import Cliente, Contato, Ocorrencia
from clientes.relacionamento import registrar_contato
from contas.models import Empresa
from tests.conftest import HOJE, SAO_PAULO

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
HTMX = {"HX-Request": "true"}
AGORA = datetime(2026, 11, 20, 9, 0, tzinfo=SAO_PAULO)


@pytest.fixture
def cliente(ana: Any, novo_cliente: Any) -> Cliente:
    Empresa.objects.update(referencia=HOJE)
    return novo_cliente("C1", vendedor=ana, razao_social="Casa Azul")


def deixar(cliente: Cliente, por: Any, texto: str, dias: int = 0, **resto: Any) -> Contato:
    return registrar_contato(
        cliente=cliente, canal="ligacao", ocorrencia=Ocorrencia.objects.get(nome="Pediu orçamento"), por=por,
        chave=uuid.uuid4(), observacao=texto, em=AGORA - timedelta(days=dias),
        **{"em_aberto": True, **resto},
    )  # fmt: skip


def textos(resposta: Any) -> list[str]:
    return [c.observacao for c in resposta.context["pagina"]]


def test_a_lista_e_dos_meus_e_de_todos_os_que_vejo_o_mais_antigo_primeiro(
    ana: Any, bruno: Any, carla: Any, cliente: Cliente, novo_cliente: Any, entrar: Any
) -> None:
    deixar(cliente, ana, "Novo")
    deixar(cliente, ana, "Antigo", dias=3)
    deixar(cliente, bruno, "Do Bruno", dias=1)
    deixar(cliente, ana, "Respondido", em_aberto=False)
    deixar(novo_cliente("C2", vendedor=carla), carla, "Da Carla")
    navegador = entrar(ana)
    assert textos(navegador.get("/contatos/em-aberto/")) == ["Antigo", "Novo"]
    assert textos(navegador.get("/contatos/em-aberto/?de=todos")) == ["Antigo", "Do Bruno", "Novo"]
    assert textos(entrar(carla).get("/contatos/em-aberto/?de=todos")) == ["Da Carla"]


def test_a_data_e_a_de_quem_atendeu_e_nao_a_do_meridiano(ana: Any, cliente: Cliente, entrar: Any) -> None:
    """Às 22h30 de 18/11 em São Paulo já é dia 19 em Londres."""
    contato = deixar(cliente, ana, "Ligação da noite")
    Contato.objects.filter(pk=contato.pk).update(em=datetime(2026, 11, 18, 22, 30, tzinfo=SAO_PAULO))
    pagina = entrar(ana).get("/contatos/em-aberto/").content.decode()
    assert ("18/11/2026" in pagina, "19/11/2026" in pagina) == (True, False)


def test_sem_nada_em_aberto_a_pagina_diz_como_deixar(ana: Any, cliente: Cliente, entrar: Any) -> None:
    pagina = entrar(ana).get("/contatos/em-aberto/").content.decode()
    assert "Nada por responder" in pagina
    assert "por responder, o que espera" not in pagina  # o zero já está dito


def test_a_ficha_pede_os_do_cliente_e_mostra_a_quem_so_le(
    ana: Any, lia: Any, carla: Any, cliente: Cliente, entrar: Any
) -> None:
    deixar(cliente, ana, "Quer a <ficha> técnica")
    assert (
        f'hx-get="/clientes/{cliente.pk}/em-aberto/"'
        in entrar(ana).get(f"/clientes/{cliente.pk}/").content.decode()
    )
    pedaco = entrar(ana).get(f"/clientes/{cliente.pk}/em-aberto/", headers=HTMX).content.decode()
    assert "1 contato em aberto" in pedaco
    assert "Quer a &lt;ficha&gt; técnica" in pedaco
    assert "/fechar/" in pedaco
    de_lia = entrar(lia).get(f"/clientes/{cliente.pk}/em-aberto/").content.decode()
    assert "Quer a &lt;ficha&gt; técnica" in de_lia
    assert "/fechar/" not in de_lia
    assert entrar(carla).get(f"/clientes/{cliente.pk}/em-aberto/").status_code == 404


def test_fechar_com_nota_avisa_e_desfaz(ana: Any, cliente: Cliente, entrar: Any) -> None:
    contato = deixar(cliente, ana, "Quer a ficha", dias=2)
    navegador, endereco = entrar(ana), f"/clientes/{cliente.pk}/contato/{contato.pk}/fechar/"
    assert "Quer a ficha" in navegador.get(endereco, headers=HTMX).content.decode()
    resposta = navegador.post(endereco, {"nota": "Mandei"}, headers=HTMX)
    eventos = json.loads(resposta["HX-Trigger"])
    assert (resposta.status_code, eventos["avisar"]["texto"]) == (204, "Contato com Casa Azul fechado.")
    contato.refresh_from_db()
    assert (contato.em.date(), contato.fechado_em) == (date(2026, 11, 18), AGORA)
    assert contato.observacao == "Quer a ficha\n\nFechado por Ana Souza em 20/11/2026: Mandei"
    assert navegador.post(eventos["avisar"]["desfazer"], headers=HTMX).status_code == 204
    contato.refresh_from_db()
    assert contato.fechado_em is None


def test_nota_comprida_demais_volta_com_o_texto(ana: Any, cliente: Cliente, entrar: Any) -> None:
    contato = deixar(cliente, ana, "x" * 3990)
    endereco = f"/clientes/{cliente.pk}/contato/{contato.pk}/fechar/"
    resposta = entrar(ana).post(endereco, {"nota": "Não cabe aqui"})
    assert (resposta.status_code, "Não cabe aqui" in resposta.content.decode()) == (422, True)
    contato.refresh_from_db()
    assert contato.fechado_em is None


@pytest.mark.parametrize(("quem", "codigo"), [("carla", 404), ("lia", 403)])
def test_quem_nao_pode_nao_fecha(
    quem: str, codigo: int, ana: Any, cliente: Cliente, entrar: Any, request: Any
) -> None:
    contato = deixar(cliente, ana, "Aberto")
    navegador = entrar(request.getfixturevalue(quem))
    for acao in ("fechar", "reabrir"):
        resposta = navegador.post(f"/clientes/{cliente.pk}/contato/{contato.pk}/{acao}/", {"nota": "x"})
        assert resposta.status_code == codigo
    contato.refresh_from_db()
    assert (contato.fechado_em, contato.observacao) == (None, "Aberto")
