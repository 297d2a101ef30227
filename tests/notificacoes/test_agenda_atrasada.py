"""O compromisso esquecido sobe ao gestor: uma vez, ao gestor certo, e só enquanto não se resolve."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from atividade.recalculo import recalcular
from atividade.retratos import fotografar
from clientes.agenda import concluir_agendamento, remarcar_agendamento
from clientes.models import Agendamento
from contas.models import Empresa, Equipe, Papel, Usuario
from notificacoes.agenda_atrasada import LIMITE, escrever_agendas
from notificacoes.models import ItemDeMensagem, Mensagem
from notificacoes.rodadas import Noite, Pronta
from notificacoes.volumes import escrever_volumes
from tests.conftest import criar_pessoa, por_na_equipe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
VAGA = date(2026, 11, 20)
LIMITE_DE_DIAS = 3  # o de fábrica


@pytest.fixture
def cliente(ana: Usuario, novo_cliente: Any) -> Any:
    return novo_cliente("C1", vendedor=ana, razao_social="Casa Azul")


def marcado(cliente: Any, pessoa: Usuario, dias: int = LIMITE_DE_DIAS, **campos: Any) -> Agendamento:
    """Atrasado há `dias` na noite de 20/11."""
    em = VAGA - timedelta(days=dias)
    return Agendamento.objects.create(cliente=cliente, responsavel=pessoa, criado_por=pessoa, em=em, **campos)


def noite(empresa: Empresa, vaga: date = VAGA, **pronta: Any) -> Noite:
    return Noite(vaga, [Pronta(empresa, vaga, **pronta)])


def test_sobe_com_vendedor_cliente_data_e_dias_de_atraso(
    ana: Usuario, bruno: Usuario, empresa: Empresa, cliente: Any
) -> None:
    compromisso = marcado(cliente, ana, 5, tipo="visita", em_original=date(2026, 11, 2), remarcacoes=1)
    assert escrever_agendas(noite(empresa)) == 1
    mensagem = Mensagem.objects.get(pessoa=bruno)
    assert mensagem.assunto == "Agenda da equipe: 1 compromisso esquecido"
    assert "- Casa Azul: 5 dias de atraso" in mensagem.texto
    assert "Ana Souza, visita, data combinada 15/11/2026, combinado no começo para 02/11" in mensagem.texto
    for dito in ("Casa Azul", "5 dias de atraso", "Ana Souza", "15/11/2026", "/agenda/?pessoa=todos"):
        assert dito in mensagem.html
    item = ItemDeMensagem.objects.get()
    assert (item.regra, item.cliente, item.evento) == (
        "agenda_atrasada",
        cliente,
        f"{compromisso.pk}:2026-11-15",
    )


def test_no_limite_sobe_e_um_dia_antes_nao(
    ana: Usuario, bruno: Usuario, empresa: Empresa, cliente: Any, novo_cliente: Any
) -> None:
    marcado(novo_cliente("C2", vendedor=ana), ana, LIMITE_DE_DIAS - 1)
    assert escrever_agendas(noite(empresa)) == 0
    marcado(cliente, ana, LIMITE_DE_DIAS)
    assert escrever_agendas(noite(empresa)) == 1
    assert ItemDeMensagem.objects.get().cliente == cliente
    Empresa.objects.update(agenda_escala_em_dias=1)
    assert escrever_agendas(noite(empresa, VAGA + timedelta(days=1))) == 1


def test_aparece_uma_vez_por_compromisso_e_outra_se_se_perder_de_novo(
    ana: Usuario, bruno: Usuario, empresa: Empresa, cliente: Any
) -> None:
    compromisso = marcado(cliente, ana)
    feitas = [escrever_agendas(noite(empresa, VAGA + timedelta(days=n))) for n in (0, 0, 1, 2)]
    assert feitas == [1, 0, 0, 0]
    remarcar_agendamento(agendamento=compromisso, para=VAGA + timedelta(days=4), por=ana)
    assert escrever_agendas(noite(empresa, VAGA + timedelta(days=6))) == 0
    assert escrever_agendas(noite(empresa, VAGA + timedelta(days=7))) == 1


def test_resolvido_antes_da_noite_some(ana: Usuario, bruno: Usuario, empresa: Empresa, cliente: Any) -> None:
    concluir_agendamento(agendamento=marcado(cliente, ana))
    assert escrever_agendas(noite(empresa)) == 0
    assert not Mensagem.objects.exists()


def test_cada_gestor_so_sabe_da_sua_equipe(
    ana: Usuario,
    bruno: Usuario,
    carla: Usuario,
    davi: Usuario,
    norte: Equipe,
    empresa: Empresa,
    cliente: Any,
    novo_cliente: Any,
) -> None:
    nina = criar_pessoa("Nina Alves", empresa, Papel.GESTOR)
    norte.gestores.add(nina)
    marcado(cliente, ana)
    marcado(novo_cliente("C9", vendedor=carla, razao_social="Bazar do Norte"), carla)
    marcado(cliente, bruno)  # o que é do próprio gestor ele já vê na agenda dele
    assert escrever_agendas(noite(empresa)) == 2
    citados = ItemDeMensagem.objects.values_list("pessoa__nome", "cliente__codigo")
    assert sorted(citados) == [("Bruno Lima", "C1"), ("Nina Alves", "C9")]
    assert "Bazar" not in Mensagem.objects.get(pessoa=bruno).texto


def test_gestor_sem_a_empresa_ou_que_nao_quer_e_mail_nao_recebe(
    ana: Usuario, bruno: Usuario, empresa: Empresa, cliente: Any
) -> None:
    marcado(cliente, ana)
    Usuario.objects.filter(pk=bruno.pk).update(recebe_emails=False)
    assert escrever_agendas(noite(empresa)) == 0
    Usuario.objects.filter(pk=bruno.pk).update(recebe_emails=True)
    bruno.vinculos.all().delete()
    assert escrever_agendas(noite(empresa)) == 0
    assert not ItemDeMensagem.objects.exists()


def test_encerrado_fora_do_perfil_adiado_e_em_oposicao_nao_incomodam(
    ana: Usuario, bruno: Usuario, empresa: Empresa, novo_cliente: Any
) -> None:
    marcado(novo_cliente("E1", vendedor=ana, encerrado_em=VAGA, encerrado_motivo="fechou"), ana)
    marcado(novo_cliente("F1", vendedor=ana, fora_do_perfil=True), ana)
    marcado(novo_cliente("G1", vendedor=ana, adiado_ate=VAGA + timedelta(days=1)), ana)
    em_oposicao = novo_cliente("H1", vendedor=ana, nao_contatar=["ligacao", "whatsapp", "visita", "email"])
    marcado(em_oposicao, ana)
    assert escrever_agendas(noite(empresa)) == 0


def test_pedidos_parados_nao_calam_a_agenda(
    ana: Usuario, bruno: Usuario, empresa: Empresa, cliente: Any
) -> None:
    marcado(cliente, ana)
    assert escrever_agendas(Noite(VAGA, [], [empresa])) == 1


def test_as_segundas_vai_dentro_do_volume_e_nao_se_repete(
    ana: Usuario, bruno: Usuario, empresa: Empresa, novo_cliente: Any
) -> None:
    cliente = novo_cliente("C1", vendedor=ana, compras=[(VAGA - timedelta(days=130), "900.00")])
    marcado(cliente, ana)
    recalcular(empresa=empresa, referencia=VAGA, hoje=VAGA)
    fotografar(empresa=empresa, data=VAGA)
    de_segunda = noite(empresa, volume_devido=True)
    assert (escrever_volumes(de_segunda), escrever_agendas(de_segunda)) == (1, 0)
    mensagem = Mensagem.objects.get(pessoa=bruno)
    assert mensagem.tipo == "volume_semanal"
    assert "COMPROMISSOS ESQUECIDOS (1)" in mensagem.texto
    assert "Compromissos esquecidos" in mensagem.html
    assert ItemDeMensagem.objects.get().regra == "agenda_atrasada"


def test_volume_que_mudou_de_dia_no_meio_da_semana_nao_engole_o_resto(
    ana: Usuario, bruno: Usuario, empresa: Empresa, novo_cliente: Any
) -> None:
    """O da semana já saiu na quinta; passado à sexta, não sai outro, e a agenda vai numa mensagem sua."""
    cliente = novo_cliente("C1", vendedor=ana, compras=[(VAGA - timedelta(days=130), "900.00")])
    for dia in (VAGA - timedelta(days=1), VAGA):
        recalcular(empresa=empresa, referencia=dia, hoje=dia)
        fotografar(empresa=empresa, data=dia)
    assert escrever_volumes(noite(empresa, VAGA - timedelta(days=1), volume_devido=True)) == 1
    marcado(cliente, ana)
    de_sexta = noite(empresa, volume_devido=True)
    assert (escrever_volumes(de_sexta), escrever_agendas(de_sexta)) == (0, 1)
    assert ItemDeMensagem.objects.get().mensagem.tipo == "agenda"


def test_muitos_vem_em_noites_seguidas_e_nenhum_se_perde(
    ana: Usuario, bruno: Usuario, empresa: Empresa, novo_cliente: Any
) -> None:
    for n in range(LIMITE + 2):
        marcado(novo_cliente(f"C{n:02}", vendedor=ana), ana, 10 + n)
    escrever_agendas(noite(empresa))
    assert "e mais 2, na próxima noite" in Mensagem.objects.get().texto
    escrever_agendas(noite(empresa, VAGA + timedelta(days=1)))
    assert ItemDeMensagem.objects.values("cliente").distinct().count() == LIMITE + 2
    assert ItemDeMensagem.objects.count() == LIMITE + 2


def test_o_numero_de_consultas_nao_cresce_com_gestores_nem_compromissos(
    empresa: Empresa, novo_cliente: Any
) -> None:
    def contar(de: int, ate: int, vaga: date) -> int:
        for n in range(de, ate):
            equipe = Equipe.objects.create(nome=f"Equipe {n:02}")
            vendedor = criar_pessoa(f"Vendedor{n} Silva", empresa)
            por_na_equipe(vendedor, equipe)
            equipe.gestores.add(criar_pessoa(f"Gestor{n} Silva", empresa, Papel.GESTOR))
            for k in range(3):
                marcado(novo_cliente(f"V{n}-{k}", vendedor=vendedor), vendedor, 5 + k)
        with CaptureQueriesContext(connection) as consultas:
            assert escrever_agendas(noite(empresa, vaga)) == ate - de
        return len(consultas)

    assert contar(0, 3, VAGA) == contar(3, 30, VAGA + timedelta(days=1))
