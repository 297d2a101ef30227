"""Uma transferência é um lote: guarda-se inteira, leva a agenda e volta exatamente como era."""

import json
from datetime import date, timedelta

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange

from atividade.models import Sujo
from clientes.carteiras import mudar_de_equipe, passar, transferir
from clientes.desfazer_lote import Fica, desfazer, prever_volta
from clientes.desligamento import desligar
from clientes.models import Agendamento, Cliente, PeriodoDeCarteira, Transferencia
from contas.equipes import vendedores_geridos
from contas.models import RegistroDeAuditoria, Vinculo
from contas.pessoas import reativar
from tests.conftest import HOJE, criar_pessoa, por_na_equipe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
MARCO = date(2026, 3, 1)


@pytest.fixture
def eva(empresa, sul):
    pessoa = criar_pessoa("Eva Luz", empresa)
    por_na_equipe(pessoa, sul)
    return pessoa


@pytest.fixture
def carteira(ana, novo_cliente):
    return [novo_cliente(f"C{n}", vendedor=ana) for n in range(1, 5)]


def tudo() -> tuple:
    """Donos, períodos e responsáveis, linha por linha."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT jsonb_agg(to_jsonb(p) ORDER BY id) FROM clientes_periododecarteira p),"
            " (SELECT jsonb_agg(jsonb_build_array(id, vendedor_id, equipe_id) ORDER BY id) FROM clientes_cliente),"
            " (SELECT jsonb_agg(jsonb_build_array(id, responsavel_id) ORDER BY id) FROM clientes_agendamento)"
        )
        return tuple(json.loads(coluna or "[]") for coluna in cursor.fetchone())


def agendar(cliente, pessoa):
    return Agendamento.objects.create(cliente=cliente, responsavel=pessoa, criado_por=pessoa, em=HOJE)


def para_todos(clientes, pessoa):
    return {c.pk: pessoa for c in clientes}


def test_o_lote_diz_quem_quando_por_que_e_de_quem_para_quem(carteira, ana, carla, davi, sul, norte):
    lote = passar(destinos=para_todos(carteira, carla), em=HOJE, por=davi, motivo="Nova rota")
    assert (lote.por, lote.em, lote.motivo, lote.origem) == (davi, HOJE, "Nova rota", "lista")
    itens = lote.itens.values_list("de", "de_equipe", "para", "para_equipe")
    assert list(itens) == [(ana.pk, sul.pk, carla.pk, norte.pk)] * 4
    assert RegistroDeAuditoria.objects.get(acao="transferir carteira").depois["para"] == ["Carla Dias"]
    assert passar(destinos=para_todos(carteira, carla), em=HOJE, por=davi, motivo="de novo") is None
    assert Transferencia.objects.count() == 1


def test_quem_nunca_teve_periodo_nao_perde_o_dono_de_antes(carteira, ana, carla, davi):
    transferir(clientes=[carteira[0].pk], para=carla, em=MARCO, por=davi)
    posse = PeriodoDeCarteira.objects.filter(cliente=carteira[0]).order_by("periodo")
    assert [(p.vendedor, p.periodo.lower, p.periodo.upper) for p in posse] == [
        (ana, None, MARCO),
        (carla, MARCO, None),
    ]


def test_o_combinado_segue_com_o_cliente_e_o_dos_outros_fica(carteira, ana, bruno, carla, davi):
    dela, do_gestor = agendar(carteira[0], ana), agendar(carteira[0], bruno)
    feito = agendar(carteira[0], ana)
    Agendamento.objects.filter(pk=feito.pk).update(concluido_em="2026-11-01T12:00Z")
    lote = passar(destinos=para_todos(carteira, carla), em=HOJE, por=davi, motivo="rota")
    responsaveis = dict(Agendamento.objects.values_list("pk", "responsavel"))
    assert responsaveis == {dela.pk: carla.pk, do_gestor.pk: bruno.pk, feito.pk: ana.pk}
    assert list(lote.itens.exclude(agendamentos=[]).values_list("agendamentos", flat=True)) == [[dela.pk]]


def test_sem_dono_o_combinado_vai_a_quem_gere_a_equipe(carteira, ana, bruno, davi):
    compromisso = agendar(carteira[0], ana)
    transferir(clientes=[carteira[0].pk], para=None, em=HOJE, por=davi)
    compromisso.refresh_from_db()
    assert compromisso.responsavel == bruno


def test_desfazer_devolve_donos_datas_e_compromissos_exatamente(carteira, ana, carla, davi, eva):
    transferir(clientes=[carteira[0].pk], para=eva, em=date(2026, 1, 10), por=davi, motivo="antes")
    transferir(clientes=[carteira[0].pk], para=ana, em=date(2026, 6, 1), por=davi, motivo="volta")
    agendar(carteira[0], ana), agendar(carteira[1], ana)
    transferir(clientes=[c.pk for c in carteira[1:]], para=ana, em=HOJE, por=davi)  # já são dela: nada
    antes = tudo()
    # Em março apaga a troca de junho e encurta a de janeiro; e reparte entre duas.
    destinos = {c.pk: (carla, eva)[n % 2] for n, c in enumerate(carteira)}
    lote = passar(destinos=destinos, em=MARCO, por=davi, motivo="rota")
    assert tudo() != antes
    volta = desfazer(lote=lote, por=davi, hoje=HOJE)
    assert (len(volta.voltam), volta.ficam) == (4, {})
    donos, posses, agenda = tudo()[1], tudo()[0], tudo()[2]
    assert (donos, agenda) == (antes[1], antes[2])
    # Quem não tinha período ganhou o do primeiro dono, que já era verdade; os outros são os mesmos.
    assert [p for p in posses if p["cliente_id"] == carteira[0].pk] == antes[0]
    assert {p["vendedor_id"] for p in posses if p["cliente_id"] != carteira[0].pk} == {ana.pk}
    lote.refresh_from_db()
    assert lote.desfeita_por == davi


def test_desfazer_outra_vez_nao_faz_nada(carteira, carla, davi):
    lote = passar(destinos=para_todos(carteira, carla), em=HOJE, por=davi, motivo="rota")
    desfazer(lote=lote, por=davi, hoje=HOJE)
    antes, registros = tudo(), RegistroDeAuditoria.objects.count()
    volta = desfazer(lote=lote, por=davi, hoje=HOJE)
    assert (volta.voltam, volta.motivos) == ([], [("já voltou", 4)])
    assert (tudo(), RegistroDeAuditoria.objects.count()) == (antes, registros)


def test_so_volta_quem_ainda_esta_como_o_lote_deixou_e_cada_um_diz_por_que(
    carteira, ana, carla, davi, eva, norte
):
    lote = passar(destinos=para_todos(carteira, carla), em=MARCO, por=davi, motivo="rota")
    transferir(clientes=[carteira[0].pk], para=eva, em=HOJE, por=davi)
    volta = prever_volta(lote, davi, HOJE)
    assert volta.ficam == {carteira[0].pk: Fica.MUDOU}
    mudar_de_equipe(pessoa=ana, equipe=norte, em=HOJE, por=davi)
    assert {str(f) for f in prever_volta(lote, davi, HOJE).ficam.values()} == {Fica.MUDOU, Fica.OUTRA_EQUIPE}
    Vinculo.objects.filter(usuario=ana).delete()
    assert prever_volta(lote, davi, HOJE).motivos == [(Fica.MUDOU, 1), (Fica.OUTRA_EMPRESA, 3)]
    antes = tudo()
    assert desfazer(lote=lote, por=davi, hoje=HOJE).voltam == []
    assert tudo() == antes


def test_a_volta_de_um_lote_devolve_o_lote_anterior_tambem_por_desfazer(carteira, ana, carla, davi, eva):
    primeiro = passar(destinos=para_todos(carteira, eva), em=MARCO, por=davi, motivo="um")
    segundo = passar(destinos=para_todos(carteira, carla), em=HOJE, por=davi, motivo="dois")
    desfazer(lote=segundo, por=davi, hoje=HOJE)
    assert len(prever_volta(primeiro, davi, HOJE).voltam) == 4
    desfazer(lote=primeiro, por=davi, hoje=HOJE)
    assert set(Cliente.objects.values_list("vendedor", flat=True)) == {ana.pk}


def test_o_gestor_so_desfaz_o_que_volta_para_a_equipe_dele(carteira, ana, bruno, carla, davi, eva):
    passar(destinos=para_todos(carteira[:2], carla), em=HOJE, por=davi, motivo="rota")
    de_volta = passar(destinos=para_todos(carteira[:2], eva), em=HOJE, por=davi, motivo="rota")
    assert prever_volta(de_volta, bruno, HOJE).motivos == [(Fica.FORA, 2)]
    assert list(vendedores_geridos(bruno, HOJE)) == [ana, eva]
    assert list(vendedores_geridos(davi, HOJE)) == [ana, carla, eva]
    assert not vendedores_geridos(ana, HOJE).exists()


def test_o_desligamento_e_um_lote_que_volta_quando_a_pessoa_volta(carteira, ana, carla, davi, eva, sul):
    compromisso = agendar(carteira[1], ana)
    desligar(pessoa=ana, destinos=[carla, eva], em=HOJE, por=davi)
    lote = Transferencia.objects.get()
    assert (lote.origem, lote.itens.count()) == ("desligamento", 4)
    assert prever_volta(lote, davi, HOJE).motivos == [(Fica.DONO_SAIU, 4)]
    reativar(pessoa=ana, por=davi)
    mudar_de_equipe(pessoa=ana, equipe=sul, em=HOJE, por=davi)
    assert len(desfazer(lote=lote, por=davi, hoje=HOJE).voltam) == 4
    compromisso.refresh_from_db()
    assert (compromisso.responsavel, Cliente.objects.filter(vendedor=ana).count()) == (ana, 4)


def test_troca_com_data_passada_manda_refazer_os_retratos_desde_ela(carteira, carla, davi, empresa):
    empresa.referencia = HOJE
    empresa.save()
    Sujo.objects.all().delete()
    lote = passar(destinos=para_todos(carteira[:1], carla), em=MARCO, por=davi, motivo="rota")
    assert list(Sujo.objects.values_list("cliente", "desde")) == [(carteira[0].pk, MARCO)]
    Sujo.objects.all().delete()
    desfazer(lote=lote, por=davi, hoje=HOJE)
    assert list(Sujo.objects.values_list("cliente", "desde")) == [(carteira[0].pk, MARCO)]


def test_troca_retroativa_a_quem_entrou_depois_na_equipe_nao_deixa_o_cliente_sem_ela(
    carteira, davi, empresa, norte
):
    rui = criar_pessoa("Rui Neto", empresa)
    rui.participacoes.create(equipe=norte, periodo=DateRange(HOJE - timedelta(days=9), None))
    transferir(clientes=[carteira[0].pk], para=rui, em=MARCO, por=davi)
    assert Cliente.objects.get(pk=carteira[0].pk).equipe == norte


def test_muitos_clientes_custam_as_mesmas_consultas(
    ana, carla, davi, novo_cliente, django_assert_num_queries
):
    grupos = [
        [novo_cliente(f"{letra}{n}", vendedor=ana) for n in range(q)] for letra, q in (("A", 3), ("B", 30))
    ]
    for grupo in grupos:
        with django_assert_num_queries(17):
            lote = passar(destinos=para_todos(grupo, carla), em=HOJE, por=davi, motivo="rota")
        with django_assert_num_queries(16):
            desfazer(lote=lote, por=davi, hoje=HOJE)
