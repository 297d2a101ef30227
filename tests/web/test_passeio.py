"""O passeio: cada pessoa bate em cada rota do resolvedor, com o que é dela e com o que é de outros.

Rota nova sem linha em `DECISOES` reprova: quem a escreve diz que permissão ela pede e de quem é o que abre.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.db import connection
from django.test import Client

from contas.papeis import Permissao, pode
from contas.pessoas import desativar
from tests.conftest import SAO_PAULO
from tests.de_modulo import no_modulo
from tests.web.cenario_do_passeio import PESSOAS, Cenario, criar_cenario
from tests.web.decisoes import DE_TODAS_AS_EMPRESAS, DECISOES, FALTA, endereco, recusada_por_papel
from tests.web.paginas_abertas import Aberta, Visita
from tests.web.test_acesso import ABERTAS, SO_NO_COMECO, rotas

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


def retrato_do_banco() -> dict[str, str]:
    """Um resumo de cada tabela: se algo mudou, muda."""
    fora = ("django_session", "axes_", "clientes_municipio", "copia_", "django_migrations")
    with connection.cursor() as cursor:
        tabelas = [t for t in connection.introspection.table_names(cursor) if not t.startswith(fora)]
        partes = (
            f"SELECT '{t}', md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {t} t"
            for t in tabelas
        )
        cursor.execute(" UNION ALL ".join(partes))
        return dict(cursor.fetchall())


@pytest.fixture(scope="module")
def _cenario_do_modulo(django_db_setup: None, django_db_blocker: Any) -> Iterator[Cenario]:
    def _criar() -> Cenario:
        manha = datetime(2026, 11, 20, 9, 0, tzinfo=SAO_PAULO)
        with time_machine.travel(manha, tick=False), pytest.MonkeyPatch.context() as trocas:
            trocas.setattr("carteira.tasks.tocar", lambda *a: None)
            return criar_cenario()

    with no_modulo(django_db_blocker, _criar) as criado:
        yield criado


@pytest.fixture
def cenario(_cenario_do_modulo: Cenario, settings: Any, tmp_path: Any, monkeypatch: Any) -> Cenario:
    """Criado uma vez; cada teste corre num ponto de retorno dentro dele."""
    settings.MEDIA_ROOT = str(tmp_path)
    monkeypatch.setattr("carteira.tasks.tocar", lambda *a: None)
    # Aqui se lê a página pronta: guardar o contexto de cada pedaço dela só custaria tempo.
    monkeypatch.setattr("django.test.client.store_rendered_templates", lambda *a, **k: None)
    return _cenario_do_modulo


@pytest.fixture(scope="module")
def _abertas(_cenario_do_modulo: Cenario) -> dict[str, dict[str, Aberta]]:
    """De cada pessoa, as páginas que já abriu: todo teste parte do mesmo cenário, e não as pede de novo."""
    return {nome: {} for nome in PESSOAS}


@pytest.fixture
def visitar(cenario: Cenario, _abertas: Any, entrar: Any) -> Any:
    """`visitar("ana")`: Ana, que entrou e abre páginas."""
    return lambda nome: Visita(entrar(cenario.pessoa(nome)), ALHEIO.get(nome, ()), _abertas[nome])


def pedidos(navegador: Client, caminho: str) -> Iterator[Any]:
    for metodo in (navegador.get, navegador.post):
        yield metodo(caminho)


# ── O passeio ────────────────────────────────────────────────────────────────


def test_toda_rota_que_pede_entrada_tem_a_sua_decisao() -> None:
    assert set(DECISOES) == set(rotas()) - ABERTAS - SO_NO_COMECO


@pytest.mark.parametrize("nome", PESSOAS)
def test_acao_sem_papel_e_403_e_nada_muda(nome: str, cenario: Cenario, entrar: Any) -> None:
    pessoa = cenario.pessoa(nome)
    navegador, antes = entrar(pessoa), retrato_do_banco()
    recusadas = [r for r in DECISOES if recusada_por_papel(r, nome, pessoa)]
    assert recusadas
    for rota in recusadas:
        codigos = [r.status_code for r in pedidos(navegador, endereco(rota, cenario.proprios[nome]))]
        assert 403 in codigos, (rota, codigos)
        assert set(codigos) <= {403, 405}, (rota, codigos)
    assert retrato_do_banco() == antes


@pytest.mark.parametrize("nome", PESSOAS)
def test_linha_de_outro_escopo_e_404_e_nada_muda(nome: str, cenario: Cenario, entrar: Any) -> None:
    pessoa = cenario.pessoa(nome)
    navegador, antes = entrar(pessoa), retrato_do_banco()
    com_alvo = [r for r, d in DECISOES.items() if d.alvos and not recusada_por_papel(r, nome, pessoa)]
    for rota in com_alvo:
        codigos = [r.status_code for r in pedidos(navegador, endereco(rota, cenario.alheios[nome]))]
        assert 404 in codigos, (rota, codigos)
        assert set(codigos) <= {404, 405}, (rota, codigos)
    assert retrato_do_banco() == antes


@pytest.mark.parametrize("nome", PESSOAS)
def test_empresa_de_outros_na_url_e_404_e_nada_muda(nome: str, cenario: Cenario, entrar: Any) -> None:
    pessoa = cenario.pessoa(nome)
    navegador, antes = entrar(pessoa), retrato_do_banco()
    por_empresa = [r for r, d in DECISOES.items() if d.por_empresa]
    abertas = [r for r in por_empresa if r in DE_TODAS_AS_EMPRESAS or not recusada_por_papel(r, nome, pessoa)]
    for rota in (
        abertas if pode(pessoa, Permissao.CONFIGURAR_ATIVIDADE) else set(abertas) - set(DE_TODAS_AS_EMPRESAS)
    ):
        caminho = f"{endereco(rota, cenario.proprios[nome])}?empresa={cenario.outra.pk}"
        codigos = [r.status_code for r in pedidos(navegador, caminho)]
        assert 404 in codigos, (rota, codigos)
        assert set(codigos) <= {404, 405}, (rota, codigos)
    assert retrato_do_banco() == antes


@pytest.mark.parametrize("nome", PESSOAS)
def test_o_que_se_pode_e_e_seu_abre(nome: str, cenario: Cenario, visitar: Any) -> None:
    """Sem isto o 403 e o 404 de cima poderiam ser de uma rota quebrada."""
    pessoa, visita = cenario.pessoa(nome), visitar(nome)
    for rota in DECISOES:
        alvos = DECISOES[rota].alvos
        if recusada_por_papel(rota, nome, pessoa) or {"nenhum", "arquivo"} & set(alvos) or rota == "sair/":
            continue
        codigo = visita.abrir(endereco(rota, cenario.proprios[nome])).codigo
        assert codigo in {200, 302, 405, FALTA.get(rota)}, (rota, codigo)


def test_anonimo_e_inativo_vao_a_entrada_em_toda_rota(cenario: Cenario, entrar: Any) -> None:
    ana = cenario.pessoa("ana")
    inativa, anonimo = entrar(ana), Client()
    desativar(pessoa=ana, por=cenario.pessoa("davi"))
    antes = retrato_do_banco()
    for rota in DECISOES:
        for navegador in (anonimo, inativa):
            for resposta in pedidos(navegador, endereco(rota, cenario.proprios["ana"])):
                assert resposta.status_code == 302, rota
                assert resposta["Location"].startswith("/entrar/?next="), rota
    assert retrato_do_banco() == antes


# ── Filtros, contagens e planilhas ───────────────────────────────────────────


COM_FILTROS = ("clientes/", "composicao/", "relatorio-de-risco/", "ciclo-de-compra/")
DE_OUTRA_EMPRESA = ("ALHEIO2", "Cliente ALHEIO2", "ALHEIO Filial", "ALHEIO-2", "Rita Alheia")
DE_OUTRA_EQUIPE = ("ALHEIO1", "987.654", "987654", "988 mil", "Norte")
ALHEIO = {
    "ana": (*DE_OUTRA_EMPRESA, *DE_OUTRA_EQUIPE),
    "bruno": (*DE_OUTRA_EMPRESA, *DE_OUTRA_EQUIPE),
    # Veem a empresa inteira: deles só é alheia a outra.
    "davi": DE_OUTRA_EMPRESA,
    "lia": DE_OUTRA_EMPRESA,
}


def filtros(cenario: Cenario) -> tuple[str, ...]:
    return (
        f"vendedor={cenario.vendedor_alheio}",
        f"equipe={cenario.equipe_alheia}",
        f"segmento={cenario.segmento_alheio}",
        f"empresa={cenario.outra.pk}",
        f"empresa={cenario.empresa.pk}&vendedor={cenario.vendedor_alheio}&equipe={cenario.equipe_alheia}",
        "q=ALHEIO",
        "formato=csv&regra=1",
        "formato=xlsx",
        "tabela=intervalos&formato=csv",
        "data=2026-10-31&dono=atual&formato=csv",
        f"data=2026-10-31&vendedor={cenario.vendedor_alheio}&equipe={cenario.equipe_alheia}",
        "data=2026-10-31&agrupar=vendedor",
        "agrupar=equipe&todos=1",
        "agrupar=vendedor&todos=1",
        "agrupar=municipio&todos=1",
    )


@pytest.mark.parametrize("nome", ALHEIO)
def test_nenhum_filtro_traz_o_que_e_de_outro_escopo(nome: str, cenario: Cenario, visitar: Any) -> None:
    """Segmento, vendedor, equipe e empresa de outros na URL; em data passada; em planilha: nada vaza.

    O filtro que a página não lê não a muda: dele basta a página sem filtro.
    """
    pessoa, visita = cenario.pessoa(nome), visitar(nome)
    listas = [r for r, d in DECISOES.items() if not d.alvos and not recusada_por_papel(r, nome, pessoa)]
    listas.remove("sair/")
    filtrados = 0
    for rota in listas:
        sem_filtro = visita.abrir(f"/{rota}")
        assert not sem_filtro.alheios, (rota, sem_filtro.alheios)
        da_rota = (
            filtros(cenario) if rota.startswith(COM_FILTROS) else (f"segmento={cenario.segmento_alheio}",)
        )
        for filtro in filter(sem_filtro.muda_com, da_rota):
            achados = visita.abrir(f"/{rota}?{filtro}").alheios
            assert not achados, (rota, filtro, achados)
            filtrados += 1
    assert filtrados > 50


# ── Só se mostra o que se pode abrir ─────────────────────────────────────────

_NAO_SEGUE = ("/static/", "/sair/", "/galeria/")


@pytest.mark.parametrize("nome", PESSOAS)
def test_todo_elo_que_se_mostra_abre(nome: str, visitar: Any) -> None:
    """De elo em elo a partir do início: cada caminho uma vez, e outra a cada parâmetro que ainda não teve."""
    visita = visitar(nome)
    fila: list[str] = ["/"]
    vistos: dict[str, set[str]] = {}
    while fila:
        url = fila.pop(0)
        partes = urlsplit(url)
        caminho, parametros = re.sub(r"[0-9]+", "N", partes.path), set(parse_qs(partes.query))
        if partes.path.startswith(_NAO_SEGUE) or (caminho in vistos and parametros <= vistos[caminho]):
            continue
        vistos.setdefault(caminho, set()).update(parametros)
        aberta = visita.abrir(url)
        assert aberta.codigo in {200, 302, 405}, url
        fila += aberta.elos
    assert len(vistos) > 10
