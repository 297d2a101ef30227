"""Toda rota de escrita diz o que deixa na auditoria; e as páginas dela se acham, se levam e não crescem."""

import inspect
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from carteira.web.auditoria import NOMES
from contas.auditoria import registrar
from contas.models import RegistroDeAuditoria, Usuario
from tests.web.acoes_da_auditoria import acoes
from tests.web.decisoes_da_auditoria import AUDITAM, NAO_AUDITAM, SEM_FORMULARIO

# Vistas do próprio Django que só leem.
_SO_LEEM = {"senha/enviada/", "senha/pronta/", ""}


def _vistas(resolver: URLResolver | None = None, prefixo: str = "") -> Iterator[tuple[str, Any]]:
    for item in (resolver or get_resolver()).url_patterns:
        caminho = prefixo + str(item.pattern)
        if isinstance(item, URLPattern):
            yield caminho, item.callback
        else:
            yield from _vistas(item, caminho)


def _metodos(vista: Any) -> set[str] | None:
    """Os que um `require_*` deixa passar; nada quando nenhum os limita."""
    while vista is not None:
        for celula in getattr(vista, "__closure__", None) or ():
            valor = celula.cell_contents
            if (
                isinstance(valor, list | tuple)
                and valor
                and all(isinstance(m, str) and m.isupper() for m in valor)
            ):
                return set(valor)
        vista = getattr(vista, "__wrapped__", None)
    return None


def _escreve(vista: Any, vistas: set[Any] | None = None) -> bool:
    """A vista, ou uma função do mesmo arquivo que ela chama, olha o POST; a que não se pode ler, presume-se."""
    vistas = vistas if vistas is not None else set()
    while hasattr(vista, "__wrapped__"):
        vista = vista.__wrapped__
    if not isinstance(vista, types.FunctionType):
        return True
    if vista in vistas:
        return False
    vistas.add(vista)
    if "POST" in inspect.getsource(vista):
        return True
    chamadas = (vista.__globals__.get(nome) for nome in vista.__code__.co_names)
    return any(
        _escreve(f, vistas)
        for f in chamadas
        if inspect.isfunction(f) and getattr(f, "__module__", "") == vista.__module__
    )


def rotas_de_escrita() -> set[str]:
    achadas = set()
    for rota, vista in _vistas():
        metodos = _metodos(vista)
        pode = metodos is None or "POST" in metodos
        fora = rota in _SO_LEEM or rota.startswith(("galeria/", "saude/"))
        if pode and not fora and (metodos is not None or _escreve(vista)):
            achadas.add(rota)
    return achadas


def test_toda_rota_de_escrita_declara_o_que_audita() -> None:
    declaradas = [rota for rotas in (*AUDITAM.values(), *NAO_AUDITAM.values()) for rota in rotas]
    assert len(declaradas) == len(set(declaradas))
    faltam = rotas_de_escrita() - set(declaradas)
    assert not faltam, f"diga em decisoes_da_auditoria.py o que audita: {sorted(faltam)}"
    todas = {rota for rota, _ in _vistas()}
    assert set(declaradas) <= todas, sorted(set(declaradas) - todas)


def test_cada_acao_do_codigo_esta_declarada_e_cada_declarada_existe() -> None:
    declaradas = set(AUDITAM) | {acao for suas in SEM_FORMULARIO.values() for acao in suas}
    faltam = {acao: lugar for acao, lugar in acoes().items() if acao not in declaradas}
    assert not faltam, f"diga em decisoes_da_auditoria.py quando acontecem: {faltam}"
    # as dos catálogos se declaram pela rota, e se registram com o nome da coisa
    sobram = {a for a in declaradas - set(acoes()) if f"{a.rstrip()} …" not in acoes()}
    assert not sobram, f"ninguém as registra: {sorted(sobram)}"
    assert set(NOMES) >= {a for a in acoes() if "." in a}


def test_cada_acao_do_codigo_e_lida_por_algum_teste() -> None:
    """Um teste que a nomeia lê o registro dela; a que ninguém nomeia pode ter deixado de se escrever."""
    testes = "".join(t.read_text(encoding="utf-8") for t in Path("tests").rglob("test_*.py"))
    sem_prova = {a: onde for a, onde in acoes().items() if f'"{a}"'.replace('…"', "") not in testes}
    assert not sem_prova, f"uma linha em test_auditoria_das_paginas.py, ou noutro teste: {sem_prova}"


# ── A página ─────────────────────────────────────────────────────────────────


@pytest.fixture
def registros(ana: Usuario, davi: Usuario, hoje: Any) -> None:
    for n in range(60):
        registrar("criar lista", por=ana, objeto=f"Lista {n:02}")
    registrar("mudar retenção", por=davi, objeto="Mensagens", antes={"dias": 30}, depois={"dias": 60})


def _pagina(navegador: Any, **filtros: str) -> list[Any]:
    return list(navegador.get("/auditoria/", filtros).context["linhas"])


@pytest.mark.django_db
def test_a_pagina_anda_por_chave_filtra_e_diz_de_onde(
    registros: None, davi: Usuario, ana: Usuario, entrar: Any
) -> None:
    navegador = entrar(davi)
    navegador.post("/lgpd/", {"base": "contrato", "base_dos_clientes": "contrato", "encarregado": "Eva"},
                   headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/130.0"})  # fmt: skip
    primeira = navegador.get("/auditoria/")
    assert len(primeira.context["linhas"]) == 50
    segunda = navegador.get(f"/auditoria/{primeira.context['proxima']}")
    pks = [r.pk for r in (*primeira.context["linhas"], *segunda.context["linhas"])]
    assert len(pks) == len(set(pks)) == RegistroDeAuditoria.objects.count()
    assert [r.objeto for r in _pagina(navegador, q="lista 07")] == ["Lista 07"]
    assert [r.acao for r in _pagina(navegador, acao="mudar retenção")] == ["mudar retenção"]
    da_lgpd = _pagina(navegador, q="declaracao lgpd")[0]
    assert (da_lgpd.via, da_lgpd.endereco, da_lgpd.aparelho, len(da_lgpd.pedido)) == (
        "pagina", "127.0.0.1", "Firefox em Windows", 32,
    )  # fmt: skip
    assert [
        r.pk
        for r in _pagina(navegador, endereco="127.0.0.1", por=str(davi.pk), acao="mudar declaração da LGPD")
    ] == [da_lgpd.pk]
    assert _pagina(navegador, endereco="nada disso") == []
    assert _pagina(navegador, de="2026-11-21") == []
    assert len(_pagina(navegador, de="2026-11-20", ate="2026-11-20")) == 50
    assert entrar(ana).get("/auditoria/exportar/").status_code == 403


@pytest.mark.django_db
def test_a_planilha_leva_o_que_se_filtrou_e_fica_registrada(
    registros: None, davi: Usuario, entrar: Any
) -> None:
    resposta = entrar(davi).get("/auditoria/exportar/", {"acao": "mudar retenção"})
    linhas = b"".join(resposta.streaming_content).decode("utf-8-sig").splitlines()
    assert len(linhas) == 2
    assert "Davi Rocha;mudar retenção;Mensagens;dias: 30 → 60" in linhas[1]
    registro = RegistroDeAuditoria.objects.latest("pk")
    assert (registro.acao, registro.depois) == ("exportar auditoria", {"filtros": {"acao": "mudar retenção"}})


@pytest.mark.django_db
def test_a_pagina_usa_os_indices(registros: None, davi: Usuario, entrar: Any) -> None:
    """Sem ler a tabela: com a varredura proibida, cada consulta da página ainda tem por onde andar."""
    navegador = entrar(davi)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    for filtros in (
        {},
        {"q": "lista"},
        {"acao": "criar lista"},
        {"por": str(davi.pk)},
        {"endereco": "10.0.0.1"},
    ):
        with CaptureQueriesContext(
            connection,
        ) as consultas:
            navegador.get("/auditoria/", filtros)
        da_lista = [
            q["sql"] for q in consultas if "contas_registrodeauditoria" in q["sql"] and "LIMIT 51" in q["sql"]
        ]
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {da_lista[0]}")
            plano = "\n".join(linha for (linha,) in cursor.fetchall())
        assert "auditoria_" in plano, (filtros, plano)
