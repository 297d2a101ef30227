"""Consultas montadas uma vez: com os valores de cada um, o mesmo que a montada na hora, e nunca as linhas do outro."""

from datetime import date, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clientes.canais import com_telefones
from clientes.models import PessoaDeContato
from contas.coberturas import cobrir
from contas.escopo import _DONOS, _donos
from contas.models import Usuario
from contas.pronta import ID, IDS, Entre, Pronta
from contas.sessao_guardada import SessionStore

pytestmark = pytest.mark.django_db
SALT = SessionStore().key_salt
DE, ATE = date(2026, 12, 1), date(2026, 12, 12)


def test_a_cada_um_os_seus_e_a_cada_dia_o_seu(ana, carla, davi) -> None:
    cobrir(ausente=ana, substituto=carla, de=DE, ate=ATE, por=davi)
    for pessoa, dia, esperados in (
        (ana, DE, [ana.pk]),
        (carla, DE, [ana.pk, carla.pk]),
        (carla, ATE + timedelta(days=1), [carla.pk]),
        (ana, DE, [ana.pk]),
    ):
        assert sorted(_DONOS(pessoa.pk, dia)) == sorted(esperados)
        assert _DONOS(pessoa.pk, dia) == [p.pk for p in _donos(pessoa.pk, dia)]


def test_traz_objetos_inteiros_com_as_relacoes_e_so_os_campos_pedidos(ana, carla) -> None:
    pronta = Pronta(
        lambda ids: Usuario.objects.filter(Entre("pk", ids)).only("nome", "papel").order_by("-nome"), IDS
    )
    for ids, nomes in (([ana.pk, carla.pk], ["Carla Dias", "Ana Souza"]), ([ana.pk], ["Ana Souza"])):
        with CaptureQueriesContext(connection) as consultas:
            achados = pronta(ids)
            assert [p.nome for p in achados] == nomes
        assert len(consultas) == 1
    assert achados[0].get_deferred_fields() >= {"email", "telefone"}
    assert achados[0].email == ana.email, "o que não veio ainda se lê"


def test_a_mesma_pagina_serve_a_clientes_diferentes(ana, novo_cliente) -> None:
    primeiro, segundo = (novo_cliente(c, vendedor=ana, telefone="") for c in ("C1", "C2"))
    for cliente, numero in ((primeiro, "+5547999990001"), (segundo, "+5547999990002")):
        PessoaDeContato.objects.create(cliente=cliente, nome="Rosa", telefone=numero, principal=True)
    for cliente, numero in ((primeiro, "+5547999990001"), (segundo, "+5547999990002")):
        com_telefones([cliente])
        assert cliente.para_ligar.valor == numero


def test_cada_chave_abre_a_sua_sessao_e_a_vencida_nenhuma(hoje) -> None:
    daqui_a_uma_hora, ha_pouco = timezone.now() + timedelta(hours=1), timezone.now() - timedelta(seconds=1)
    for chave, dito, ate in (
        ("a" * 32, 1, daqui_a_uma_hora),
        ("b" * 32, 2, daqui_a_uma_hora),
        ("c" * 32, 3, ha_pouco),
    ):
        Session.objects.create(
            session_key=chave, session_data=signing.dumps({"n": dito}, salt=SALT), expire_date=ate
        )
    for chave, dito in (("a" * 32, 1), ("b" * 32, 2), ("a" * 32, 1), ("c" * 32, None), ("d" * 32, None)):
        sessao = SessionStore(chave)
        assert sessao.get("n") == dito
        assert sessao.session_key == (chave if dito else None), (
            "a chave que não abre nada não serve a outra sessão"
        )


def test_um_valor_que_nao_chega_ao_banco_nao_se_monta() -> None:
    """Ficaria o valor de exemplo para todos: melhor não haver consulta."""
    with pytest.raises(AssertionError):
        Pronta(lambda pessoa: Usuario.objects.filter(is_active=True), ID)(1)
