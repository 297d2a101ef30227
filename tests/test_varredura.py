"""O minuto da varredura: o que o banco diz que falta vira campainha, e nada mais."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from atividade.models import Execucao
from carteira import duplicados, recalculos, tasks
from carteira.recalculos import pedir_recalculo, recalcular_empresa
from carteira.rotinas import rotina_noturna
from carteira.travas import Rotina
from carteira.varredura import varrer
from contas.contagens import limpar_todas_as_vencidas
from contas.models import Contagem, Empresa, Usuario
from notificacoes.caixa import Rascunho, enfileirar
from notificacoes.models import Mensagem

pytestmark = pytest.mark.django_db
AGORA = datetime(2026, 11, 20, 3, 0, tzinfo=ZoneInfo("America/Sao_Paulo"))


@pytest.fixture(autouse=True)
def tocadas(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    lista: list[tuple[Any, ...]] = []
    tocar = lambda tarefa, *args: lista.append((tarefa.name.rsplit(".", 1)[-1], *args))  # noqa: E731
    monkeypatch.setattr("carteira.varredura.tocar", tocar)
    monkeypatch.setattr("carteira.tasks.tocar", tocar)
    return lista


def noite_inteira(empresa: Empresa) -> None:
    """A rotina e a procura de duplicados que ela pede no fim."""
    rotina_noturna(AGORA.date(), hoje=AGORA.date())
    duplicados.atender(empresa.pk)


def test_vaga_devida_e_nao_feita_toca_ate_ter_desfecho(empresa: Empresa, tocadas: list[Any]) -> None:
    varrer(agora=AGORA)
    assert tocadas == [("rotina_noturna_task", "2026-11-20")]
    noite_inteira(empresa)
    tocadas.clear()
    assert varrer(agora=AGORA) == {"incertas": 0, "recalculos": []}
    assert tocadas == []


def test_de_noite_saem_todas_as_tentativas_vencidas(
    empresa: Empresa, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nomes inventados, de quem nunca entra; e com a retenção a falhar."""
    monkeypatch.setattr("contas.contagens._LOTE", 2)
    monkeypatch.setattr("carteira.rotinas.limpar_vencidos", None)
    agora = timezone.now()
    for n in range(7):
        Contagem.objects.create(
            chave=f"entrada:{n}", ultima_em=agora, ate=agora + timedelta(hours=1 if n == 6 else -1)
        )
    noite_inteira(empresa)
    assert list(Contagem.objects.values_list("chave", flat=True)) == ["entrada:6"]
    assert limpar_todas_as_vencidas() == 0


def test_depois_de_noites_perdidas_so_a_mais_nova(empresa: Empresa, tocadas: list[Any]) -> None:
    varrer(agora=AGORA + timedelta(days=5))
    assert tocadas == [("rotina_noturna_task", "2026-11-25")]


def test_com_tudo_em_dia_a_varredura_e_barata(empresa: Empresa, django_assert_max_num_queries: Any) -> None:
    noite_inteira(empresa)
    # incertas, horário, desfecho da vaga, recálculos e importações em aberto, versões de linhas que já
    # não se desfazem, relatórios (os dois passos), repetíveis velhos, a enviar
    with django_assert_max_num_queries(13):
        varrer(agora=AGORA)


def test_com_a_rotina_rodando_nao_toca_outra(
    empresa: Empresa, tocadas: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carteira.varredura.ocupada", lambda rotina, chave=0: rotina is Rotina.NOTURNA)
    varrer(agora=AGORA)
    assert tocadas == []


def test_mensagem_pendente_toca_o_envio_e_a_interrompida_vira_incerta(
    empresa: Empresa, ana: Usuario, tocadas: list[Any]
) -> None:
    rotina_noturna(AGORA.date(), hoje=AGORA.date())
    enfileirar([Rascunho(c, "teste", ana, "a", "t", "") for c in ("1", "2")])
    Mensagem.objects.filter(chave="1").update(estado="enviando", reivindicada_em=AGORA - timedelta(hours=1))
    resultado = varrer(agora=timezone.now())
    assert resultado["incertas"] == 1
    assert ("enviar_pendentes_task",) in tocadas


def test_recalculo_pedido_toca_ate_ser_feito(
    empresa: Empresa, davi: Usuario, tocadas: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        pedir_recalculo(empresa=empresa, por=davi, agora=AGORA)
    assert tocadas == [("recalcular_empresa_task", empresa.pk)]
    varrer(agora=AGORA)
    assert tocadas.count(("recalcular_empresa_task", empresa.pk)) == 2
    tasks.recalcular_empresa_task(empresa.pk)
    feita = Execucao.objects.get(rotina="recalculo")
    assert (feita.estado, feita.passos["recalculo"]["contagens"]["referencia"]) == ("feita", "2026-11-20")
    tocadas.clear()
    varrer(agora=AGORA)
    assert ("recalcular_empresa_task", empresa.pk) not in tocadas
    assert not Mensagem.objects.exists()


def test_recalcular_na_hora(empresa: Empresa, davi: Usuario) -> None:
    execucao = recalcular_empresa(empresa.pk, davi)
    assert execucao is not None
    assert execucao.estado == "feita"
    assert recalcular_empresa(empresa.pk) is None


def test_pedido_feito_durante_a_rodada_faz_outra(
    empresa: Empresa, davi: Usuario, monkeypatch: pytest.MonkeyPatch
) -> None:
    voltas: list[int] = []
    recalcular = recalculos.recalcular

    def pedir_no_meio(**resto: Any) -> Any:
        voltas.append(1)
        if len(voltas) == 1:
            pedir_recalculo(empresa=empresa, por=davi, agora=AGORA)
        return recalcular(**resto)

    monkeypatch.setattr(recalculos, "recalcular", pedir_no_meio)
    pedir_recalculo(empresa=empresa, por=davi, agora=AGORA)
    execucao = recalcular_empresa(empresa.pk)
    assert execucao is not None
    assert (len(voltas), execucao.estado) == (2, "feita")


def test_recalculo_que_falha_tenta_tres_vezes(
    empresa: Empresa, davi: Usuario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recalculos, "recalcular", lambda **resto: 1 / 0)
    pedir_recalculo(empresa=empresa, por=davi, agora=AGORA)
    for _ in range(5):
        recalcular_empresa(empresa.pk)
    execucao = Execucao.objects.get(rotina="recalculo")
    assert (execucao.estado, execucao.tentativas) == ("falhou", 3)
    assert "ZeroDivisionError" in execucao.mensagem


def test_as_tarefas_chamam_os_casos_de_uso(empresa: Empresa, hoje: Any) -> None:
    assert tasks.rotina_noturna_task() == "feita"
    assert tasks.rotina_noturna_task("2026-11-20") == "feita"
    tasks.enviar_pendentes_task()
    tasks.varredura_task()
    assert Execucao.objects.filter(rotina="noturna", referencia=hoje).count() == 2
