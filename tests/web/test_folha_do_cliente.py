"""A folha A4 do cliente: o que diz, o que nunca sai nela, quem a tira e o que fica escrito."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from pypdf import PdfReader

from atividade.models import Status
from clientes import atendimentos, pessoas, pitch
from clientes.models import Contato, Ocorrencia, PessoaDeContato, Titulo
from contas.models import Empresa, RegistroDeAuditoria
from relatorios import pdf
from tests.conftest import HOJE
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


@pytest.fixture
def cliente(ana, novo_cliente):
    Empresa.objects.update(referencia=HOJE)
    compras = [(HOJE - timedelta(days=51 + 30 * n), "1000.00") for n in range(4)]
    cliente = novo_cliente(
        "C1", vendedor=ana, compras=compras, razao_social="Ferragens Krüger Ltda", email="compras@kruger.test",
        documento="95889060000143", documento_valido=True, telefone="+5547999220198", nao_contatar=["email"],
    )  # fmt: skip
    Titulo.objects.create(
        empresa=cliente.empresa, numero="T1", cliente=cliente, emissao=HOJE - timedelta(days=60),
        vencimento=HOJE - timedelta(days=49), valor=Decimal("2170.00"), saldo=Decimal("2170.00"),
    )  # fmt: skip
    pitch.salvar(cliente=cliente, por=ana, oferta="Frete por nossa conta")
    pessoas.salvar(
        cliente=cliente,
        por=ana,
        nome="Otto Krüger",
        telefone="4733220198",
        nao_contatar=["ligacao", "whatsapp"],
    )
    atendimentos.abrir(cliente, "troca", "Chaves com defeito", "", ana)
    Contato.objects.create(
        cliente=cliente, canal="visita", ocorrencia=Ocorrencia.objects.get(nome="Vai pensar"), atendente=ana,
        observacao="Pediu troca das chaves",
    )  # fmt: skip
    return indicar(cliente, HOJE - timedelta(days=51), status=Status.ATIVO, valor_12m=Decimal("4000.00"))


def test_a_folha_traz_o_que_se_precisa_levar_e_cala_o_canal_recusado(bruno, cliente, entrar):
    resposta = entrar(bruno).get(f"/clientes/{cliente.pk}/pdf/")
    assert resposta["Content-Type"] == "application/pdf"
    assert resposta["Cache-Control"] == "private, no-store"
    assert f'filename="ficha-{cliente.pk}-2026-11-20.pdf"' in resposta["Content-Disposition"]
    paginas = PdfReader(io.BytesIO(resposta.content)).pages
    texto = " ".join(" ".join(p.extract_text().split()) for p in paginas)
    for dito in (
        "Ferragens Krüger Ltda", "95.889.060/0001-43", "(47) 99922-0198", "Compra a cada 30 dias", "C1-1",
        "49 dias de atraso", "R$ 2.170,00", "Frete por nossa conta", "Otto Krüger", "Pediu troca das chaves",
        "Chaves com defeito", "Emitido em 20/11/2026, 09:00 por Bruno Lima",
    ):  # fmt: skip
        assert dito in texto, dito
    for calado in ("compras@kruger.test", "3322-0198"):
        assert calado not in texto, calado


def test_fica_na_auditoria_quem_tirou(bruno, cliente, entrar):
    entrar(bruno).get(f"/clientes/{cliente.pk}/pdf/")
    registro = RegistroDeAuditoria.objects.get(acao="exportar ficha do cliente")
    assert (registro.por, registro.objeto, registro.depois) == (bruno, "cliente C1", {"formato": "PDF"})


def test_quem_nao_exporta_recebe_403_e_nao_ve_o_botao(ana, carla, bruno, cliente, entrar):
    assert entrar(ana).get(f"/clientes/{cliente.pk}/pdf/").status_code == 403
    assert "/pdf/" not in entrar(ana).get(f"/clientes/{cliente.pk}/").content.decode()
    assert "/pdf/" in entrar(bruno).get(f"/clientes/{cliente.pk}/").content.decode()
    assert entrar(carla).get(f"/clientes/{cliente.pk}/pdf/").status_code == 404
    assert not RegistroDeAuditoria.objects.filter(acao="exportar ficha do cliente").exists()


def test_sem_as_bibliotecas_diz_e_volta_sem_registrar(bruno, cliente, entrar, monkeypatch):
    monkeypatch.setattr(pdf, "bibliotecas_que_faltam", lambda: ("libpango-1.0.so.0",))
    resposta = entrar(bruno).get(f"/clientes/{cliente.pk}/pdf/", follow=True)
    assert "não tem as bibliotecas de PDF" in resposta.content.decode()
    assert resposta.redirect_chain == [(f"/clientes/{cliente.pk}/", 302)]
    assert not RegistroDeAuditoria.objects.filter(acao="exportar ficha do cliente").exists()


def test_prospect_sem_nada_tambem_tem_folha(bruno, ana, novo_cliente, entrar):
    vazio = novo_cliente("P1", vendedor=ana, razao_social="Recém-chegado")
    resposta = entrar(bruno).get(f"/clientes/{vazio.pk}/pdf/")
    texto = " ".join(PdfReader(io.BytesIO(resposta.content)).pages[0].extract_text().split())
    assert "Recém-chegado" in texto
    assert "Nenhum pedido" in texto
    assert not PessoaDeContato.objects.exists()
