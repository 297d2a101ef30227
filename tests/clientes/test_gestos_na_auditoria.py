"""Cada gesto pela função dele: a linha que deixa diz o quê, quem, em quem, o antes e o depois. Nenhum passa calado."""

from collections.abc import Callable
from typing import Any

import pytest

from carteira.lgpd import anonimizar
from clientes.carteiras import mudar_de_equipe
from clientes.credito import salvar_parametros
from clientes.desligamento import desligar
from clientes.fusao import separar, unir
from clientes.lgpd.bases import declarar
from clientes.lgpd.bloqueio import incluir, tirar
from clientes.lgpd.esquecer import Titular
from clientes.lgpd.oposicao import opor, retirar
from clientes.models import Bloqueio, Cliente, Oposicao
from contas import fatores
from contas.models import Equipe, RegistroDeAuditoria
from contas.pessoas import desativar, reativar
from tests.conftest import HOJE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


def _unir(c: Any) -> None:
    unir(ficou=c.alfa, absorvido=c.beta, escolhas={}, motivo="O mesmo", por=c.davi)


def _separar(c: Any) -> None:
    separar(fusao=unir(ficou=c.alfa, absorvido=c.beta, escolhas={}, motivo="O mesmo", por=c.davi), por=c.davi)


def _anonimizar(c: Any) -> None:
    anonimizar(titular=Titular(c.alfa), motivo="Pediu em 20/11", por=c.davi)


def _mudar_de_equipe(c: Any) -> None:
    mudar_de_equipe(pessoa=c.ana, equipe=c.norte, em=HOJE, por=c.davi)


def _opor(c: Any) -> None:
    opor(cliente=c.alfa, canais=["email"], motivo="Pediu", em=HOJE, por=c.davi)


def _retirar(c: Any) -> None:
    _opor(c)
    retirar(oposicao=Oposicao.objects.get(), motivo="Voltou atrás", por=c.davi)


def _bloquear(c: Any) -> None:
    incluir(valores=[("telefone", "+5547991230456")], lista="Não me ligue", em=HOJE, por=c.davi)


def _desbloquear(c: Any) -> None:
    _bloquear(c)
    tirar(bloqueio=Bloqueio.objects.get(), por=c.davi)


def _declarar(c: Any) -> None:
    declarar(titular=Titular(c.alfa), base="consentimento", origem="Feira", desde=HOJE, por=c.davi)


def _credito(c: Any) -> None:
    salvar_parametros(empresa=c.alfa.empresa, por=c.davi, a_vista_depois_de=45)


def _reativar(c: Any) -> None:
    desativar(pessoa=c.ana, por=c.davi)
    reativar(pessoa=c.ana, por=c.davi)


def _criar_chave(c: Any) -> None:
    fatores.guardar_chave(c.davi, "Celular", {"id": "x"})


def _apagar_chave(c: Any) -> None:
    _criar_chave(c)
    fatores.desligar(c.davi, chave=fatores.de(c.davi).chaves[0].pk)


def _passar(c: Any) -> None:
    desligar(pessoa=c.ana, destinos=[c.carla], em=HOJE, por=c.davi)


# O gesto e a linha dele: ação, em quem, antes, e o que o depois tem de dizer.
GESTOS: list[tuple[Callable[[Any], None], str, str, Any, dict[str, Any]]] = [
    (_unir, "unir clientes", "cliente A", {"unido": "B Cliente B"}, {"motivo": "O mesmo"}),
    (_separar, "separar clientes", "cliente A", None, {"voltou": "B Cliente B"}),
    (_anonimizar, "anonimizar titular", "cliente A", None, {"motivo": "Pediu em 20/11"}),
    (_mudar_de_equipe, "mudar de equipe", "Ana Souza", {"equipe": "Sul"}, {"equipe": "Norte"}),
    (_opor, "registrar oposição", "cliente A", None, {"canais": ["email"], "motivo": "Pediu"}),
    (_retirar, "retirar oposição", "cliente A", {"canal": "email"}, {"motivo": "Voltou atrás"}),
    (_bloquear, "incluir em lista de bloqueio", "Não me ligue", None, {"novos": 1, "já estavam": 0}),
    (_desbloquear, "tirar de lista de bloqueio", "Não me ligue: ", None, {}),
    (_declarar, "declarar base legal", "cliente A", None, {"base": "Consentimento", "origem": "Feira"}),
    (_credito, "mudar parâmetros de crédito", "", {"a_vista_depois_de": 30}, {"a_vista_depois_de": 45}),
    (_reativar, "reativar pessoa", "Ana Souza", None, {}),
    (_criar_chave, "criar chave de acesso", "Davi Rocha", None, {"chave": "Celular"}),
    (_apagar_chave, "apagar chave de acesso", "Davi Rocha", {"chave": "Celular"}, {}),
    (_passar, "passar carteira", "Ana Souza", None, {"para": ["Carla Dias"], "clientes": 2}),
]


class _Casa:
    def __init__(self, **quem: Any) -> None:
        self.__dict__.update(quem)


@pytest.fixture
def casa(ana: Any, carla: Any, davi: Any, norte: Equipe, novo_cliente: Any) -> _Casa:
    alfa, beta = (novo_cliente(codigo, vendedor=ana) for codigo in ("A", "B"))
    return _Casa(ana=ana, carla=carla, davi=davi, norte=norte, alfa=alfa, beta=beta)


@pytest.mark.parametrize("gesto", GESTOS, ids=lambda g: g[1])
def test_o_gesto_deixa_a_sua_linha(gesto: Any, casa: Any) -> None:
    fazer, acao, objeto, antes, depois = gesto
    fazer(casa)
    linha = RegistroDeAuditoria.objects.get(acao=acao)
    assert (linha.por, linha.quem) == (casa.davi, "Davi Rocha")
    assert linha.objeto.startswith(objeto)
    assert linha.antes == antes
    assert {chave: (linha.depois or {}).get(chave) for chave in depois} == depois


def test_o_que_nao_muda_nada_nao_deixa_linha(casa: Any) -> None:
    _credito(casa)
    _opor(casa)
    antes = RegistroDeAuditoria.objects.count()
    _credito(casa)
    _opor(casa)
    mudar_de_equipe(pessoa=casa.carla, equipe=casa.norte, em=HOJE, por=casa.davi)
    assert RegistroDeAuditoria.objects.count() == antes
    assert Cliente.objects.get(codigo="A").nao_contatar == ["email"]
