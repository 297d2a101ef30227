"""O passeio da API: toda operação do roteador, cada papel, o que é seu e o que é de outros.

Operação nova sem linha em `decisoes` reprova aqui, e a que não se sabe alcançar também.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from contas.models import Escopo
from contas.papeis import pode
from notificacoes.models import Mensagem
from notificacoes.resumos import escrever_resumos
from notificacoes.rodadas import Noite, Pronta
from tests.api.conftest import com_token
from tests.api.operacoes import DA_CASA, DA_EMPRESA, INEXISTENTE, Operacao, alvo, completar, operacoes
from tests.conftest import HOJE, SAO_PAULO
from tests.de_modulo import no_modulo
from tests.web.cenario_do_passeio import PESSOAS, Cenario, criar_cenario
from tests.web.paginas_abertas import fechados
from tests.web.test_passeio import ALHEIO, ESCOLHEM, retrato_do_banco

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
TODAS = list(operacoes())
LEITURAS = [o for o in TODAS if o.metodo == "get"]


@pytest.fixture(scope="module")
def _do_modulo(django_db_setup: None, django_db_blocker: Any) -> Iterator[Cenario]:
    def _criar() -> Cenario:
        manha = datetime(2026, 11, 20, 9, 0, tzinfo=SAO_PAULO)
        with time_machine.travel(manha, tick=False), pytest.MonkeyPatch.context() as trocas:
            trocas.setattr("carteira.tasks.tocar", lambda *a: None)
            cenario = criar_cenario()
            completar(cenario)
            return cenario

    with no_modulo(django_db_blocker, _criar) as criado:
        yield criado


@pytest.fixture
def cenario(_do_modulo: Cenario, settings: Any, monkeypatch: Any, tmp_path: Any) -> Cenario:
    settings.MEDIA_ROOT = str(tmp_path)
    settings.API_POR_MINUTO = dict.fromkeys(Escopo.values, 10_000)
    monkeypatch.setattr("carteira.tasks.tocar", lambda *a: None)
    return _do_modulo


@pytest.fixture(scope="module")
def _lidas(_do_modulo: Cenario) -> dict[tuple[str, str], Any]:
    """De cada pessoa, o que já leu: todo teste parte do mesmo cenário, e não o pede de novo."""
    return {}


@pytest.fixture
def ler(cenario: Cenario, _lidas: dict[tuple[str, str], Any]) -> Any:
    """`ler("ana", "/api/v1/clientes/")`: a resposta a Ana."""
    chamadores: dict[str, Client] = {}

    def _ler(nome: str, url: str) -> Any:
        if (nome, url) not in _lidas:
            if nome not in chamadores:
                chamadores[nome] = com_token(cenario.pessoa(nome))
            _lidas[nome, url] = chamadores[nome].get(url)
        return _lidas[nome, url]

    return _ler


def pedir(chamador: Client, operacao: Operacao, numero: int = 0, consulta: str = "") -> Any:
    corpo = {} if operacao.metodo == "get" else {"data": "{}", "content_type": "application/json"}
    return getattr(chamador, operacao.metodo)(operacao.endereco(numero) + consulta, **corpo)


def pode_usar(pessoa: Any, operacao: Operacao) -> bool:
    return operacao.decisao.permissao is None or pode(pessoa, operacao.decisao.permissao)


def test_toda_operacao_tem_decisao_e_o_recurso_parte_do_que_se_ve() -> None:
    assert len(TODAS) >= 40
    assert not [(o.rota, o.metodo) for o in TODAS if o.decisao is None]
    assert not [o.rota for o in TODAS if o.metodo != "get" and o.decisao.escopo == Escopo.LER]
    assert not [o.rota for o in LEITURAS if o.decisao.escopo != Escopo.LER]


def test_sem_token_toda_operacao_e_401(cenario: Cenario) -> None:
    anonimo = Client()
    for operacao in TODAS:
        resposta = pedir(anonimo, operacao, 1)
        assert (resposta.status_code, resposta["WWW-Authenticate"][:6]) == (401, "Bearer"), operacao.rota


@pytest.mark.parametrize("nome", PESSOAS)
def test_sem_papel_ou_sem_escopo_e_403_e_nada_muda(nome: str, cenario: Cenario) -> None:
    pessoa = cenario.pessoa(nome)
    chamador = com_token(pessoa)
    por_escopo = {e: com_token(pessoa, *(o for o in Escopo.values if o != e)) for e in Escopo.values}
    for cada in (chamador, *por_escopo.values()):
        cada.get("/api/v1/empresas/")  # o primeiro uso do token se anota
    antes = retrato_do_banco()
    for operacao in TODAS:
        quem = por_escopo[operacao.decisao.escopo] if pode_usar(pessoa, operacao) else chamador
        resposta = pedir(quem, operacao, 1)
        assert resposta.status_code == 403, (operacao.rota, operacao.metodo, resposta.status_code)
        assert resposta["Content-Type"] == "application/problem+json"
    assert retrato_do_banco() == antes


@pytest.mark.parametrize("nome", PESSOAS)
def test_o_seu_abre_o_alheio_e_404_e_a_lista_so_traz_o_seu(nome: str, cenario: Cenario, ler: Any) -> None:
    """Sem o 200 do que é seu, o 404 poderia ser de uma rota quebrada."""
    pessoa = cenario.pessoa(nome)
    for operacao in (o for o in LEITURAS if pode_usar(pessoa, o)):
        if not operacao.de_um:
            _lista(ler, operacao, nome, cenario)
            continue
        proprio = alvo(operacao.recurso, cenario.proprios[nome], cenario.empresa.pk)
        da_casa = operacao.recurso in DA_CASA
        alheio = INEXISTENTE if da_casa else alvo(operacao.recurso, cenario.alheios[nome], cenario.outra.pk)
        resposta = ler(nome, operacao.endereco(proprio))
        assert resposta.status_code == 200, (operacao.rota, resposta.content)
        assert resposta["ETag"], operacao.rota
        assert ler(nome, operacao.endereco(alheio)).status_code == 404, operacao.rota


def _lista(ler: Any, operacao: Operacao, nome: str, cenario: Cenario) -> None:
    if operacao.rota == "esquema/" and nome != "ana":
        return  # o mesmo documento para todos, e caro de escrever
    de_outro = f"?vendedor={cenario.pessoas['ana']}"
    sem_fila = operacao.rota == "prioridades/" and nome == "davi"
    resposta = ler(nome, operacao.endereco() + (de_outro if sem_fila else ""))
    assert resposta.status_code == 200, (operacao.rota, resposta.content)
    texto = json.dumps(resposta.json(), ensure_ascii=False)
    if operacao.rota != "esquema/":
        assert not [a for a in ALHEIO.get(nome, ()) if a in texto], operacao.rota
    linhas = resposta.json().get("resultados")
    tem_alvo = operacao.recurso in DA_EMPRESA or any(
        o.recurso == operacao.recurso and o.de_um for o in LEITURAS
    )
    if linhas is not None and tem_alvo:
        proprio = alvo(operacao.recurso, cenario.proprios[nome], cenario.empresa.pk)
        vistos = [li.get("id") or li["cliente"]["id"] for li in linhas]
        assert proprio in vistos, (operacao.rota, vistos)


def quem_prova(consulta: str, ordem: int, podem: list[str]) -> str:
    """Um dos que leem a lista, em rodízio; o filtro, de preferência um de quem também é alheia a outra equipe."""
    da_equipe = [n for n in podem if n in ("ana", "bruno")]
    cabem = podem if "ordem=" in consulta or not da_equipe else da_equipe
    return cabem[ordem % len(cabem)]


def _provar(nome: str, cenario: Cenario, ler: Any, *, todas: bool) -> int:
    feitas, pessoas = 0, {n: cenario.pessoa(n) for n in ALHEIO}
    for operacao in (o for o in LEITURAS if not o.de_um and pode_usar(pessoas[nome], o)):
        if operacao.rota == "esquema/":
            continue
        podem = [n for n in ("ana", "bruno", "davi") if pode_usar(pessoas[n], operacao)]
        for ordem, consulta in enumerate(_consultas(operacao, cenario.alheios[nome], nome)):
            de_todos = todas or consulta == "?desde=inicio"
            if not de_todos and quem_prova(consulta, ordem, podem) != nome:
                continue
            resposta = ler(nome, operacao.endereco() + consulta)
            assert resposta.status_code in {200, 400, 403, 404}, (operacao.rota, consulta)
            texto = json.dumps(resposta.json(), ensure_ascii=False)
            assert not [a for a in ALHEIO[nome] if a in texto], (operacao.rota, consulta)
            feitas += resposta.status_code == 200
    return feitas


@pytest.mark.parametrize("nome", ALHEIO)
def test_ordem_filtro_e_desde_nao_trazem_o_que_e_de_outro(nome: str, cenario: Cenario, ler: Any) -> None:
    """Cada ordem de cada lista, cada filtro com o número de outra equipe ou empresa, e o que mudou desde o começo.

    Cada ordem e cada filtro prova-o um dos que leem a lista, em rodízio; a cópia inteira, cada um. Todos por todos,
    na resistência.
    """
    assert _provar(nome, cenario, ler, todas=False) >= (40 if nome != "lia" else 10)


@pytest.mark.resistencia
@pytest.mark.parametrize("nome", ALHEIO)
def test_cada_ordem_e_filtro_de_cada_lista_por_cada_papel(nome: str, cenario: Cenario, ler: Any) -> None:
    assert _provar(nome, cenario, ler, todas=True) >= 60


def _consultas(operacao: Operacao, alheios: dict[str, Any], nome: str) -> Iterator[str]:
    vendedor = f"vendedor={alheios['pessoa']}&" if operacao.rota == "prioridades/" and nome == "davi" else ""
    for ordem in getattr(operacao.vista, "ordens", {}):
        yield f"?{vendedor}ordem={ordem}"
    filtros = getattr(operacao.vista, "filterset_class", None)
    for filtro in filtros.base_filters if filtros else ():
        yield f"?{vendedor}{filtro}={alheios.get(ESCOLHEM.get(filtro, filtro), 'ALHEIO')}"
    if hasattr(operacao.vista, "sincronia"):
        yield "?desde=inicio"


@pytest.mark.parametrize("nome", ["ana", "bruno", "lia", "davi"])
def test_o_contato_de_um_canal_fechado_nao_sai_por_lista_objeto_nem_copia(
    nome: str, cenario: Cenario, ler: Any
) -> None:
    """Nem a quem cuida dos titulares: um programa não procura ninguém por um canal fechado."""
    pessoa = cenario.pessoa(nome)
    viu = ""
    listas = [o for o in LEITURAS if not o.de_um and pode_usar(pessoa, o) and o.rota != "esquema/"]
    enderecos = [o.endereco() for o in listas if o.rota != "prioridades/" or nome != "davi"]
    enderecos += [f"{o.endereco()}?desde=inicio" for o in listas if hasattr(o.vista, "sincronia")]
    for endereco in (*enderecos, f"/api/v1/clientes/{cenario.oposto['cliente']}/"):
        texto = ler(nome, endereco).content.decode()
        assert not fechados(texto), endereco
        viu += texto
    assert "Cliente OPOSTO" in viu
    assert "Olga Fechada" in viu


def test_o_contato_de_um_canal_fechado_nao_vai_no_resumo_da_noite(cenario: Cenario) -> None:
    escrever_resumos(Noite(HOJE, [Pronta(cenario.empresa, HOJE, None)]))
    escritas = list(Mensagem.objects.filter(tipo="resumo_diario"))
    assert {m.pessoa.nome for m in escritas} >= {"Ana Souza"}
    assert not [m.pessoa.nome for m in escritas if fechados(m.texto + m.html)]


def test_a_fila_de_um_vendedor_so_abre_para_quem_responde_por_ele(cenario: Cenario) -> None:
    ana, carla = cenario.pessoas["ana"], cenario.pessoas["carla"]
    bruno = com_token(cenario.pessoa("bruno"))
    assert bruno.get(f"/api/v1/prioridades/?vendedor={ana}").json()["pessoa"]["id"] == ana
    assert bruno.get(f"/api/v1/prioridades/?vendedor={carla}").status_code == 404
    assert com_token(cenario.pessoa("davi")).get("/api/v1/prioridades/").status_code == 400


def test_pedir_um_recalculo_de_empresa_alheia_e_400_e_da_sua_fica_anotado(cenario: Cenario) -> None:
    davi = com_token(cenario.pessoa("davi"), "ler", "escrever")
    alheia = davi.post("/api/v1/rodadas/", {"empresa": "2"}, content_type="application/json")
    assert (alheia.status_code, list(alheia.json()["erros"])) == (400, ["empresa"])
    resposta = davi.post("/api/v1/rodadas/", {"empresa": "1"}, content_type="application/json")
    assert (resposta.status_code, resposta.json()["estado"]) == (202, "pendente")
    numero = resposta.json()["id"]
    assert davi.get(f"/api/v1/rodadas/{numero}/").json()["rotina"] == "recalculo"
