"""Carteiras que se veem antes e se desfazem depois: o repasse da ficha e as sugestões dispensadas."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from clientes.models import Agendamento, ParametrosDaCarteira, SugestaoDispensada, Transferencia
from contas.models import RegistroDeAuditoria
from tests.conftest import HOJE
from tests.web.test_carteiras import eva_da_venda_interna, quatro_da_ana  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


def test_a_dispensada_diz_por_quem_e_por_que_e_volta_quando_se_quer(
    carteira, ana, bruno, carla, eva, empresa, novo_cliente, entrar
):
    ParametrosDaCarteira.objects.create(empresa=empresa, pequeno_ate=Decimal(150), acima_da_media=999)
    navegador, endereco = entrar(bruno), f"/carteiras/sugestoes/pequeno-{empresa.pk}/"
    assert (
        "Nenhuma sugestão dispensada" in navegador.get("/carteiras/sugestoes/dispensadas/").content.decode()
    )
    navegador.post(endereco, {"acao": "dispensar", "cliente": carteira[1].pk, "motivo": "é do grupo"})
    alheia = SugestaoDispensada.objects.create(
        tipo="pequeno", cliente=novo_cliente("Z", vendedor=carla), motivo="outra equipe", por=carla,
        em=HOJE, ate=HOJE + timedelta(days=30),
    )  # fmt: skip
    html = navegador.get("/carteiras/sugestoes/dispensadas/").content.decode()
    assert all(dito in html for dito in ("Casa 1", "é do grupo", "por Bruno", "20/05/2027"))
    assert "outra equipe" not in html
    voltar = "/carteiras/sugestoes/dispensadas/voltar/"
    assert navegador.post(voltar, {"dispensada": alheia.pk}).status_code == 404
    feita = SugestaoDispensada.objects.get(cliente=carteira[1])
    pagina = navegador.post(voltar, {"dispensada": feita.pk}, follow=True).content.decode()
    assert [i.cliente.codigo for i in navegador.get(endereco).context["pagina"]] == ["A0", "A1"]
    assert navegador.post(voltar, {"dispensada": feita.pk}).status_code == 404, "já voltou"
    (volta,) = re.findall(r'action="(/carteiras/sugestoes/dispensadas/desfazer/[^"]+)"', pagina)
    assert "Dispensada de novo, até 20/05/2027." in navegador.post(volta, follow=True).content.decode()
    assert "Nada a desfazer." in navegador.post(volta, follow=True).content.decode()
    assert [i.cliente.codigo for i in navegador.get(endereco).context["pagina"]] == ["A0"]
    SugestaoDispensada.objects.filter(pk=feita.pk).update(ate=HOJE + timedelta(days=400))
    assert "Nada a desfazer." in navegador.post(volta, follow=True).content.decode()
    feita.refresh_from_db()
    assert feita.ate == HOJE + timedelta(days=400), "quem a dispensou depois decide até quando"
    feitas = RegistroDeAuditoria.objects.filter(acao__in=("dispensar sugestão", "trazer sugestão de volta"))
    assert feitas.count() == 3


def test_da_ficha_a_previa_diz_o_que_vai_junto_e_o_aviso_traz_a_volta(carteira, ana, bruno, eva, entrar):
    cliente, navegador = carteira[2], entrar(bruno)
    Agendamento.objects.create(cliente=cliente, responsavel=ana, criado_por=ana, em=HOJE)
    endereco = f"/clientes/{cliente.pk}/transferir/"
    escolha = {"para": eva.pk, "em": "2026-11-20"}
    repasse = navegador.get(endereco, escolha).context["repasse"]
    previa = repasse["previa"]
    assert (previa.mudam.valor, previa.compromissos) == (Decimal(200), 1)
    assert {lado.vendedor.nome: lado.curvas[0] for lado in previa.lados} == {
        "Ana Souza": (2, 1), "Eva Luz": (0, 1),
    }  # fmt: skip
    assert navegador.get(endereco, {"para": "", "em": ""}).context["repasse"] is None
    sem_js = navegador.post(endereco, escolha | {"motivo": "", "previa": "1"})
    assert "Agenda que vai junto" in sem_js.content.decode()
    assert "Este campo é obrigatório" not in sem_js.content.decode()
    assert not Transferencia.objects.exists(), "ver não grava"
    assert f"/carteiras/ferias/nova/?ausente={ana.pk}" in navegador.get(endereco).content.decode()
    feita = navegador.post(endereco, escolha | {"motivo": "rota"}, follow=True).content.decode()
    lote = Transferencia.objects.get()
    assert f'action="/carteiras/historia/{lote.pk}/desfazer/"' in feita
    navegador.post(f"/carteiras/historia/{lote.pk}/desfazer/")
    cliente.refresh_from_db()
    assert cliente.vendedor == ana
