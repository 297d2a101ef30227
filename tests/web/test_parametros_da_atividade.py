"""Janelas, limites de cálculo e o que conta como compra: validação, auditoria e recálculo."""

from datetime import timedelta
from typing import Any

import pytest

from atividade.models import EstadoDaExecucao, Execucao, Indicadores, MudancaStatus, ParametrosDaAtividade
from carteira.recalculos import RECALCULO, recalcular_empresa
from carteira.reescritas import REESCRITA
from clientes.models import Pedido
from contas.models import Empresa, RegistroDeAuditoria
from tests.conftest import novo_pedido
from tests.web.test_configurar_atividade import HOJE, calcular, texto

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


@pytest.fixture(autouse=True)
def _campainha_muda(monkeypatch: Any) -> None:
    monkeypatch.setattr("carteira.tasks.tocar", lambda tarefa, empresa: None)


def test_parametros_mudam_com_auditoria_do_que_mudou(davi: Any, entrar: Any, empresa: Empresa) -> None:
    valores = {
        "janela_valor_meses": "6",
        "dias_novidade": "90",
        "abc_a": "75,5",
        "abc_b": "95",
        "dias_feed_parado": "5",
        "motivo": "A diretoria pediu",
        "alertas_por_vendedor": "40",
        "dias_de_perda": "180",
        "dias_atribuicao": "30",
    }
    assert entrar(davi).post("/atividade/parametros/", valores).status_code == 302
    parametros = ParametrosDaAtividade.objects.get()
    assert (parametros.janela_valor_meses, str(parametros.abc_a)) == (6, "75.50")
    auditoria = RegistroDeAuditoria.objects.get(acao="atividade.parametros")
    assert auditoria.antes == {"janela_valor_meses": "12", "abc_a": "80"}
    assert auditoria.depois == {
        "janela_valor_meses": "6",
        "abc_a": "75.5",
        "motivo": "A diretoria pediu",
    }
    assert Execucao.objects.filter(rotina=RECALCULO).exists()


def test_parametros_sem_sentido_voltam_com_a_frase(davi: Any, entrar: Any) -> None:
    navegador = entrar(davi)
    valores = {
        "janela_valor_meses": "6",
        "dias_novidade": "90",
        "abc_a": "80",
        "abc_b": "95",
        "dias_feed_parado": "5",
        "motivo": "A diretoria pediu",
        "alertas_por_vendedor": "40",
        "dias_de_perda": "180",
        "dias_atribuicao": "30",
    }
    for troca, frase in (
        ({"abc_b": "80"}, "A curva B deve ir além da curva A."),
        ({"abc_b": "101"}, "menor ou igual a 100"),
        ({"dias_novidade": "0"}, "maior ou igual a 1"),
        ({"janela_valor_meses": "muito"}, "Informe um número inteiro"),
        ({"dias_feed_parado": ""}, "obrigatório"),
        ({"motivo": " "}, "Diga por que muda: fica no histórico."),
        ({"alertas_por_vendedor": "0"}, "maior ou igual a 1"),
        ({"dias_de_perda": "731"}, "menor ou igual a 730"),
        ({"dias_atribuicao": "181"}, "menor ou igual a 180"),
    ):
        resposta = navegador.post("/atividade/parametros/", valores | troca)
        assert resposta.status_code == 422, troca
        assert frase in texto(resposta), troca
        assert not ParametrosDaAtividade.objects.exists(), troca


def test_mudar_o_que_conta_reescreve_os_pedidos_e_a_historia_diz_configuracao(
    davi: Any, entrar: Any, empresa: Empresa, novo_cliente: Any
) -> None:
    cliente = novo_cliente("C1", compras=[(HOJE - timedelta(days=300), "100")])
    novo_pedido(cliente, "aberto", HOJE - timedelta(days=2), situacao="aberto")
    calcular(empresa)
    assert Indicadores.objects.get().status == "ativo"
    assert (
        entrar(davi)
        .post("/atividade/situacoes/", {"situacoes": ["faturado"], "motivo": "Só nota"})
        .status_code
        == 302
    )
    assert Execucao.objects.get(rotina=REESCRITA).estado == EstadoDaExecucao.PENDENTE
    recalcular_empresa(empresa.pk)
    assert not Pedido.objects.get(numero="aberto").conta
    assert Indicadores.objects.get().status == "inativo"
    assert list(MudancaStatus.objects.values_list("de", "para", "motivo")) == [
        ("ativo", "inativo", "configuracao")
    ]
    assert Execucao.objects.get(rotina=REESCRITA).estado == EstadoDaExecucao.FEITA


def test_nenhuma_situacao_escolhida_e_recusado(davi: Any, entrar: Any, empresa: Empresa) -> None:
    resposta = entrar(davi).post("/atividade/situacoes/", {"situacoes": []})
    assert resposta.status_code == 422
    assert "Escolha ao menos uma situação." in texto(resposta)
    assert entrar(davi).post("/atividade/situacoes/", {"situacoes": ["cancelado"]}).status_code == 422


def test_desfazer_volta_os_parametros_e_deixa_as_duas_linhas(
    davi: Any, ana: Any, entrar: Any, empresa: Empresa
) -> None:
    navegador = entrar(davi)
    base = {
        "janela_valor_meses": "12",
        "abc_a": "80",
        "abc_b": "95",
        "dias_feed_parado": "5",
        "alertas_por_vendedor": "40",
        "dias_de_perda": "180",
        "dias_atribuicao": "30",
        "motivo": "Teste",
    }
    navegador.post("/atividade/parametros/", base | {"dias_novidade": "30"})
    navegador.post("/atividade/parametros/", base | {"dias_novidade": "60", "abc_a": "75,5"})
    primeira, ultima = RegistroDeAuditoria.objects.filter(acao="atividade.parametros").order_by("pk")
    pagina = texto(navegador.get("/atividade/"))
    assert "Dias como novo ou recuperado: 30 → 60 Curva A até (%): 80,00 → 75,5 Teste Desfazer" in pagina
    assert entrar(ana).post(f"/atividade/parametros/{ultima.pk}/desfazer/").status_code == 403
    resposta = navegador.post(f"/atividade/parametros/{primeira.pk}/desfazer/", follow=True)
    assert "Só a última mudança pode ser desfeita" in texto(resposta)
    navegador.post(f"/atividade/parametros/{ultima.pk}/desfazer/")
    parametros = ParametrosDaAtividade.objects.get()
    assert (parametros.dias_novidade, str(parametros.abc_a)) == (30, "80.00")
    nova = RegistroDeAuditoria.objects.filter(acao="atividade.parametros").latest("pk")
    assert nova.depois == {
        "dias_novidade": "30",
        "abc_a": "80.00",
        "motivo": "Desfeita a mudança de 20/11/2026",
    }


def test_desfazer_o_que_conta_pede_a_reescrita(davi: Any, entrar: Any, empresa: Empresa) -> None:
    navegador = entrar(davi)
    navegador.post("/atividade/situacoes/", {"situacoes": ["faturado"], "motivo": "Só nota"})
    registro = RegistroDeAuditoria.objects.get(acao="atividade.situacoes")
    assert registro.depois == {"contam": ["faturado"], "motivo": "Só nota"}
    Execucao.objects.all().delete()
    navegador.post(f"/atividade/parametros/{registro.pk}/desfazer/")
    assert set(Empresa.objects.get(pk=empresa.pk).situacoes_que_contam) == {"aberto", "faturado"}
    assert set(Execucao.objects.values_list("rotina", flat=True)) == {RECALCULO, REESCRITA}
    outro = RegistroDeAuditoria.objects.create(acao="atividade.limiar", objeto="empresa 1")
    assert navegador.post(f"/atividade/parametros/{outro.pk}/desfazer/").status_code == 404
