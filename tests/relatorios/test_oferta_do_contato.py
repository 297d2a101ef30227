"""O que se ofereceu num contato conta-se no relatório, por tipo: o dito no contato ganha do da lista."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from clientes.models import Contato, ListaDeTrabalho, Ocorrencia, Pedido
from clientes.relacionamento import registrar_contato
from contas.models import Empresa, Usuario
from tests.api.conftest import com_token
from tests.conftest import HOJE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
RELATORIO = "/relatorios/contatos-e-pedidos/?agrupar=oferta"


def test_o_relatorio_conta_contatos_e_pedidos_pelo_que_se_ofereceu(
    empresa: Empresa, ana: Usuario, davi: Usuario, entrar: Any, novo_cliente: Any
) -> None:
    """Alfa ouviu um desconto e comprou; Beta, na lista da promoção, nada de mais; Gama, nela, ouviu outra coisa."""
    Empresa.objects.update(referencia=HOJE)
    alfa, beta, gama = (novo_cliente(c, vendedor=ana) for c in ("A", "B", "G"))
    lista = ListaDeTrabalho.objects.create(
        empresa=empresa, nome="Volta", finalidade="outra", de=HOJE - timedelta(days=9), semente=1, criada_por=davi,
        consulta_por=davi, oferta_tipo="promocao", oferta="Leve 10",
    )  # fmt: skip
    for cliente in (beta, gama):
        lista.membros.create(cliente=cliente, entrou_em=HOJE - timedelta(days=9))
    efetiva = Ocorrencia.objects.filter(efetiva=True)[0]
    for cliente, oferta in ((alfa, "desconto"), (beta, ""), (gama, "outra")):
        registrar_contato(
            cliente=cliente, canal="ligacao", ocorrencia=efetiva, chave=uuid4(), por=ana, oferta=oferta
        )
    Pedido.objects.create(
        empresa=empresa, numero="P1", cliente=alfa, data=HOJE, valor=700, situacao="faturado", conta=True
    )
    pagina = entrar(ana).get(RELATORIO)
    linhas = {li[0][0].valor: [str(c.valor) for c, _ in li[1:7]] for li in pagina.context["linhas"]}
    assert linhas == {
        "Desconto": ["1", "0", "1", "1", "100.00", "700.00"],
        "Promoção em curso": ["1", "0", "1", "0", "0.00", "0.00"],
        "Outra ação": ["1", "0", "1", "0", "0.00", "0.00"],
    }
    csv = b"".join(entrar(davi).get(RELATORIO.replace("/?", "/planilha/?formato=csv&"))).decode("utf-8-sig")
    assert "Desconto;1;0;1;1;100,00;700,00" in csv


def test_a_oferta_se_diz_na_tela_e_na_api_e_a_desconhecida_se_recusa(
    ana: Usuario, entrar: Any, novo_cliente: Any
) -> None:
    alfa = novo_cliente("A", vendedor=ana)
    ocorrencia = Ocorrencia.objects.filter(efetiva=True)[0].pk
    url, dados = f"/clientes/{alfa.pk}/contato/", {"canal": "ligacao", "ocorrencia": ocorrencia}
    navegador = entrar(ana)
    assert navegador.post(url, dados | {"oferta": "brinde", "chave": str(uuid4())}).status_code == 422
    assert not Contato.objects.exists()
    assert navegador.post(url, dados | {"oferta": "desconto", "chave": str(uuid4())}).status_code == 302
    assert "Ofereceu desconto" in navegador.get(f"/clientes/{alfa.pk}/historico/").content.decode()
    api = com_token(ana, "ler", "escrever")
    corpo = dados | {"cliente": alfa.pk}
    recusada = api.post("/api/v1/contatos/", corpo | {"oferta": "brinde"}, content_type="application/json")
    assert (recusada.status_code, "oferta" in recusada.content.decode()) == (400, True)
    feita = api.post("/api/v1/contatos/", corpo | {"oferta": "promocao"}, content_type="application/json")
    assert (feita.status_code, feita.json()["oferta"]) == (201, "promocao")
    assert list(Contato.objects.order_by("pk").values_list("oferta_tipo", flat=True)) == [
        "desconto",
        "promocao",
    ]
