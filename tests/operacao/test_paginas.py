"""As páginas de quem opera: tudo em ordem se diz, o que falta vem primeiro, e repetir é uma vez só."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from atividade.models import Execucao
from carteira.operacao import batidas
from contas.models import Empresa, RegistroDeAuditoria, Usuario
from tests.conftest import criar_pessoa

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _tudo_vivo(hoje: date, settings: Any) -> None:
    """O beat e um worker acabam de bater, com o relógio que o teste vê; a cópia está agendada."""
    agora = timezone.now().timestamp()
    batidas.redis().delete(batidas.CHAVE, "celery", "unacked")
    for quem in ("beat", "worker:celery@a"):
        batidas.redis().hset(batidas.CHAVE, quem, int(agora))
    settings.COPIA_DESTINO = "/copias"


@pytest.fixture
def tocadas(monkeypatch: Any) -> list[Any]:
    achadas: list[Any] = []
    monkeypatch.setattr("carteira.varredura.tocar", lambda tarefa, *a: achadas.append((tarefa.name, *a)))
    monkeypatch.setattr(
        "carteira.operacao.repetir.tocar", lambda tarefa, *a: achadas.append((tarefa.name, *a))
    )
    return achadas


def rodada(empresa: Empresa | None, **campos: Any) -> Execucao:
    padrao: dict[str, Any] = {"rotina": "recalculo", "referencia": date(2026, 11, 20), "estado": "feita"}
    return Execucao.objects.create(empresa=empresa, **{**padrao, **campos})


def texto(resposta: Any) -> str:
    assert resposta.status_code == 200
    return " ".join(resposta.content.decode().split())


def test_com_tudo_em_ordem_a_pagina_o_diz(empresa: Empresa, davi: Usuario, entrar: Any, hoje: date) -> None:
    rodada(None, rotina="copia", referencia=hoje)
    Empresa.objects.filter(pk=empresa.pk).update(pedidos_ate=hoje)
    pagina = texto(entrar(davi).get("/operacao/"))
    assert "Tudo em ordem: nada pede ninguém agora." in pagina
    assert "Versão 0.1.0" in pagina
    assert "pedidos até 20/11/2026" in pagina
    assert "celery@a" in pagina


def test_o_grave_vem_primeiro_e_leva_ao_lugar(
    empresa: Empresa, davi: Usuario, entrar: Any, hoje: date
) -> None:
    rodada(None, rotina="copia", referencia=hoje - timedelta(days=5))
    Empresa.objects.filter(pk=empresa.pk).update(pedidos_ate=hoje - timedelta(days=9))
    batidas.redis().hset(batidas.CHAVE, "beat", int(timezone.now().timestamp()) - 1000)
    pagina = texto(entrar(davi).get("/operacao/"))
    assert "4 coisas" not in pagina
    assert "3 coisas" in pagina
    assert pagina.index("Relógio (beat): sem sinal há 16 min") < pagina.index(
        "o pedido mais novo é de 11/11/2026, 9 dias"
    )
    assert "A cópia de segurança não roda há dias" in pagina


def test_so_quem_cuida_das_rotinas_e_so_as_das_suas_empresas(
    empresa: Empresa, davi: Usuario, ana: Usuario, bruno: Usuario, entrar: Any
) -> None:
    outra = Empresa.objects.create(codigo="2", nome="Filial Norte")
    edu = criar_pessoa("Edu Alves", outra, "admin")
    dela = rodada(
        empresa, estado="falhou", passos={"recalculo": {"estado": "erro", "erro": "faltou espaço", "ms": 3}}
    )
    for pessoa in (ana, bruno):
        assert entrar(pessoa).get("/operacao/").status_code == 403
        assert entrar(pessoa).post(f"/operacao/rodadas/{dela.pk}/repetir/").status_code == 403
    assert "faltou espaço" in texto(entrar(davi).get("/operacao/rodadas/"))
    assert "faltou espaço" not in texto(entrar(edu).get("/operacao/rodadas/"))
    assert entrar(edu).post(f"/operacao/rodadas/{dela.pk}/repetir/").status_code == 404


def test_rodadas_por_rotina_estado_e_pagina(empresa: Empresa, davi: Usuario, entrar: Any) -> None:
    for n in range(31):
        rodada(empresa, referencia=date(2026, 11, 20) - timedelta(days=n), duracao_ms=61_000)
    rodada(empresa, rotina="duplicados", estado="falhou")
    navegador = entrar(davi)
    primeira = texto(navegador.get("/operacao/rodadas/?rotina=recalculo"))
    assert "1–30 de 31" in primeira
    assert "1 min 01 s" in primeira
    assert "Cadastros duplicados de" not in primeira
    assert "21/10/2026" in texto(navegador.get("/operacao/rodadas/?rotina=recalculo&pagina=2"))
    falhas = texto(navegador.get("/operacao/rodadas/?estado=falhou&rotina=nada"))
    assert "Repetir cadastros duplicados de 20/11/2026" in falhas
    assert "Nenhuma rodada assim" in texto(navegador.get("/operacao/rodadas/?rotina=copia"))


def test_repetir_reabre_toca_e_fica_na_auditoria(
    empresa: Empresa, davi: Usuario, entrar: Any, tocadas: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    falhou = rodada(
        empresa, estado="falhou", tentativas=3, mensagem="recalculo: faltou espaço", passos={"recalculo": {}}
    )
    navegador = entrar(davi)
    with django_capture_on_commit_callbacks(execute=True):
        resposta = navegador.post(
            f"/operacao/rodadas/{falhou.pk}/repetir/",
            {"voltar": "/operacao/rodadas/?estado=falhou"},
            follow=True,
        )
    assert resposta.redirect_chain == [("/operacao/rodadas/?estado=falhou", 302)]
    assert "Recálculo de 20/11/2026: pedida outra vez." in texto(resposta)
    falhou.refresh_from_db()
    assert (falhou.estado, falhou.tentativas, falhou.passos, falhou.mensagem) == ("pendente", 0, {}, "")
    assert tocadas == [("carteira.tasks.recalcular_empresa_task", empresa.pk)]
    registro = RegistroDeAuditoria.objects.get(acao="rotina.repetir")
    assert (registro.por, registro.objeto, registro.antes) == (
        davi,
        "recalculo de 20/11/2026",
        {"estado": "Falhou"},
    )
    # a que já está à espera não se pede duas vezes
    assert "já está em andamento" in texto(
        navegador.post(f"/operacao/rodadas/{falhou.pk}/repetir/", follow=True)
    )
    assert len(tocadas) == 1


def test_a_noite_so_se_repete_na_vaga_corrente(
    empresa: Empresa, davi: Usuario, entrar: Any, tocadas: list[Any], hoje: date
) -> None:
    velha = rodada(None, rotina="noturna", referencia=hoje - timedelta(days=1), estado="falhou")
    de_hoje = rodada(None, rotina="noturna", referencia=hoje, estado="falhou")
    navegador = entrar(davi)
    pagina = texto(navegador.get("/operacao/rodadas/"))
    assert f"/operacao/rodadas/{de_hoje.pk}/repetir/" in pagina
    assert f"/operacao/rodadas/{velha.pk}/repetir/" not in pagina
    navegador.post(f"/operacao/rodadas/{velha.pk}/repetir/")
    navegador.post(f"/operacao/rodadas/{de_hoje.pk}/repetir/")
    assert tocadas == [("carteira.tasks.rotina_noturna_task", "2026-11-20")]
    assert set(Execucao.objects.values_list("referencia", "estado")) == {
        (velha.referencia, "falhou"),
        (hoje, "pendente"),
    }
