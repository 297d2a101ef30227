"""Atendimentos da casa: número próprio, solução dita, e o do ERP que só lá se resolve."""

from datetime import date, timedelta

import pytest

from clientes.atendimentos import AtendimentoInvalido, abrir, fechar, reabrir
from clientes.models import Atendimento
from contas.models import RegistroDeAuditoria
from tests.conftest import HOJE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


@pytest.fixture
def cliente(ana, novo_cliente):
    return novo_cliente("C1", vendedor=ana)


def test_cada_atendimento_tem_o_seu_numero_e_quem_o_abriu(ana, cliente):
    primeiro = abrir(cliente, "troca", " Chave com defeito ", "", ana)
    segundo = abrir(cliente, "reclamacao", "Atraso", "Nove dias", ana)
    assert primeiro.numero == f"AT-{primeiro.pk}"
    assert segundo.numero == f"AT-{segundo.pk}" != primeiro.numero
    assert (primeiro.assunto, primeiro.aberto_em, primeiro.aberto_por) == ("Chave com defeito", HOJE, ana)
    assert RegistroDeAuditoria.objects.filter(acao="abrir atendimento", por=ana).count() == 2


def test_numero_que_o_erp_ja_usou_se_pula(ana, cliente):
    seguinte = abrir(cliente, "troca", "Um", "", ana).pk + 1
    Atendimento.objects.create(
        pk=seguinte + 1000, empresa=cliente.empresa, numero=f"AT-{seguinte}", cliente=cliente, tipo="outro",
        assunto="Do ERP", aberto_em=HOJE,
    )  # fmt: skip
    assert abrir(cliente, "troca", "Dois", "", ana).numero == f"AT-{seguinte + 1}"


@pytest.mark.parametrize(("tipo", "assunto"), [("inventado", "Chave"), ("troca", "   ")])
def test_sem_tipo_conhecido_ou_sem_assunto_nada_se_abre(ana, cliente, tipo, assunto):
    with pytest.raises(AtendimentoInvalido):
        abrir(cliente, tipo, assunto, "", ana)
    assert not Atendimento.objects.exists()
    assert not RegistroDeAuditoria.objects.exists()


def test_fechar_pede_a_solucao_e_reabrir_a_guarda(ana, cliente):
    aberto = abrir(cliente, "troca", "Chave", "", ana, em=HOJE - timedelta(days=3))
    with pytest.raises(AtendimentoInvalido, match="como foi resolvido"):
        fechar(atendimento=aberto, solucao=" ", por=ana)
    assert fechar(atendimento=aberto, solucao="Trocada", por=ana) is True
    assert fechar(atendimento=aberto, solucao="Outra", por=ana) is False
    aberto.refresh_from_db()
    assert (aberto.fechado_em, aberto.solucao) == (HOJE, "Trocada")
    assert reabrir(atendimento=aberto, por=ana) is True
    assert reabrir(atendimento=aberto, por=ana) is False
    aberto.refresh_from_db()
    assert (aberto.fechado_em, aberto.solucao) == (None, "Trocada")
    acoes = RegistroDeAuditoria.objects.order_by("pk").values_list("acao", flat=True)
    assert list(acoes) == ["abrir atendimento", "fechar atendimento", "reabrir atendimento"]


def test_o_que_veio_do_erp_so_se_resolve_la(ana, cliente):
    do_erp = Atendimento.objects.create(
        empresa=cliente.empresa, numero="9001", cliente=cliente, tipo="troca", assunto="x",
        aberto_em=date(2026, 10, 1),
    )  # fmt: skip
    with pytest.raises(AtendimentoInvalido, match="veio do ERP"):
        fechar(atendimento=do_erp, solucao="Pronto", por=ana)
    do_erp.refresh_from_db()
    assert (do_erp.fechado_em, do_erp.solucao) == (None, "")
