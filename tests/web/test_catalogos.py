"""Os catálogos no navegador: o administrador cuida, o gestor responde às objeções, os outros não entram."""

from datetime import date
from typing import Any

import pytest

from atividade.models import Indicadores
from clientes.models import Campanha, Cliente, Contato, Motivo, Objecao, Ocorrencia
from contas.models import Empresa, RegistroDeAuditoria
from tests.conftest import HOJE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
HTMX = {"HX-Request": "true", "HX-Target": "catalogo"}


@pytest.fixture
def cliente(ana: Any, novo_cliente: Any) -> Cliente:
    return novo_cliente("C1", vendedor=ana)


def em_uso(resposta: Any) -> list[str]:
    return [item.nome for item in resposta.context["grupos"][0][1]]


def test_cada_linha_diz_quantas_vezes_foi_usada(davi: Any, ana: Any, cliente: Cliente, entrar: Any) -> None:
    preco = Objecao.objects.get(nome="Preço alto")
    for _ in range(3):
        Contato.objects.create(
            cliente=cliente, canal="visita", ocorrencia=Ocorrencia.objects.first(), atendente=ana
        ).objecoes.add(preco)
    resposta = entrar(davi).get("/catalogos/objecoes/")
    assert {i.nome: i.usos for i in resposta.context["grupos"][0][1]}["Preço alto"] == 3
    assert "3 usos" in resposta.content.decode()
    assert resposta.content.decode().count("nunca usado") == 6


def test_o_administrador_cria_edita_tira_de_uso_e_apaga(davi: Any, entrar: Any) -> None:
    navegador = entrar(davi)
    navegador.post("/catalogos/motivos/novo/", {"nome": "Feira"})
    feira = Motivo.objects.get(nome="Feira")
    navegador.post(f"/catalogos/motivos/{feira.pk}/", {"nome": "Feira do setor"})
    navegador.post(f"/catalogos/motivos/{feira.pk}/situacao/", {"ativa": "0"})
    feira.refresh_from_db()
    assert (feira.nome, feira.ativa) == ("Feira do setor", False)
    resposta = navegador.post(f"/catalogos/motivos/{feira.pk}/apagar/", follow=True)
    assert "“Feira do setor” apagado." in resposta.content.decode()
    assert not Motivo.objects.filter(pk=feira.pk).exists()
    acoes = list(RegistroDeAuditoria.objects.exclude(acao="entrar").order_by("pk").values_list("acao", "por"))
    assert acoes == [
        (f"{verbo} motivo do contato", davi.pk) for verbo in ("criar", "editar", "inativar", "apagar")
    ]


def test_o_usado_nao_se_apaga_pela_tela(davi: Any, ana: Any, cliente: Cliente, entrar: Any) -> None:
    motivo = Motivo.objects.get(nome="Pós-venda")
    Contato.objects.create(
        cliente=cliente, canal="visita", ocorrencia=Ocorrencia.objects.first(), motivo=motivo, atendente=ana
    )
    navegador, endereco = entrar(davi), f"/catalogos/motivos/{motivo.pk}/"
    assert "Apagar" not in navegador.get(endereco).content.decode()
    resposta = navegador.post(f"{endereco}apagar/", follow=True)
    assert "já se usou uma vez: inative em vez de apagar" in resposta.content.decode()
    assert Motivo.objects.filter(pk=motivo.pk, ativa=True).exists()


def test_mudar_o_que_e_conversa_avisa_antes(davi: Any, ana: Any, cliente: Cliente, entrar: Any) -> None:
    pensar = Ocorrencia.objects.get(nome="Vai pensar")
    feito = Contato.objects.create(cliente=cliente, canal="visita", ocorrencia=pensar, atendente=ana)
    navegador, endereco = entrar(davi), f"/catalogos/ocorrencias/{pensar.pk}/"
    resposta = navegador.post(endereco, {"nome": "Vai pensar"})
    assert resposta.status_code == 422
    assert "usada em 1 contato de 1 cliente" in resposta.content.decode()
    assert Indicadores.objects.get(pk=cliente.pk).ultimo_contato_em == feito.em
    navegador.post(endereco, {"nome": "Vai pensar", "confirmo": "on"})
    pensar.refresh_from_db()
    assert (pensar.efetiva, pensar.pede_objecao) == (False, False)
    assert Indicadores.objects.get(pk=cliente.pk).ultimo_contato_em is None


def test_subir_e_descer_pela_tela(davi: Any, entrar: Any) -> None:
    navegador = entrar(davi)
    quer = Ocorrencia.objects.get(nome="Não quer")
    resposta = navegador.post(f"/catalogos/ocorrencias/{quer.pk}/mover/", {"para": "cima"}, headers=HTMX)
    assert em_uso(resposta)[:4] == ["Fez pedido", "Pediu orçamento", "Não quer", "Vai pensar"]
    assert "<html" not in resposta.content.decode()
    navegador.post(f"/catalogos/ocorrencias/{quer.pk}/mover/", {"para": "baixo"})
    navegador.post(f"/catalogos/ocorrencias/{quer.pk}/mover/", {"para": "lado"})
    assert em_uso(navegador.get("/catalogos/ocorrencias/"))[:4] == [
        "Fez pedido", "Pediu orçamento", "Vai pensar", "Não quer",
    ]  # fmt: skip


def test_gestor_so_responde_as_objecoes(bruno: Any, entrar: Any) -> None:
    navegador, preco = entrar(bruno), Objecao.objects.get(nome="Preço alto")
    assert navegador.get("/catalogos/")["Location"] == "/catalogos/objecoes/"
    pagina = navegador.get("/catalogos/objecoes/").content.decode()
    assert "Nova objeção" not in pagina
    assert "Tirar de uso" not in pagina
    dados = {"nome": "Outro nome", "contra_argumento": "Some o frete.", "ativa": "0"}
    assert navegador.post(f"/catalogos/objecoes/{preco.pk}/", dados).status_code == 302
    preco.refresh_from_db()
    assert (preco.nome, preco.contra_argumento, preco.ativa) == ("Preço alto", "Some o frete.", True)


@pytest.mark.parametrize("quem", ["ana", "carla", "lia"])
def test_os_outros_nao_entram(quem: str, entrar: Any, request: Any) -> None:
    navegador = entrar(request.getfixturevalue(quem))
    assert navegador.get("/catalogos/objecoes/").status_code == 403
    assert navegador.post("/catalogos/objecoes/novo/", {"nome": "X"}).status_code == 403
    assert "/catalogos/" not in navegador.get("/contatos/em-aberto/").content.decode()
    assert Objecao.objects.count() == 7


def test_campanhas_sao_da_empresa_de_quem_administra(davi: Any, empresa: Empresa, entrar: Any) -> None:
    filial = Empresa.objects.create(codigo="2", nome="Filial")
    alheia = Campanha.objects.create(empresa=filial, nome="Natal", inicio=HOJE)
    navegador = entrar(davi)
    dados = {"nome": "Verão", "inicio": "2026-11-01", "fim": "2026-12-31", "oferta": "Frete grátis"}
    navegador.post("/catalogos/campanhas/novo/", dados | {"empresa": empresa.pk})
    assert navegador.post("/catalogos/campanhas/novo/", dados | {"empresa": filial.pk}).status_code == 422
    propria = Campanha.objects.exclude(pk=alheia.pk).get()
    assert (propria.empresa, propria.inicio, propria.fim, propria.oferta) == (
        empresa, date(2026, 11, 1), date(2026, 12, 31), "Frete grátis",
    )  # fmt: skip
    pagina = navegador.get("/catalogos/campanhas/").content.decode()
    assert ("Verão" in pagina, "Natal" in pagina) == (True, False)
    assert navegador.post(f"/catalogos/campanhas/{alheia.pk}/", dados).status_code == 404
    resposta = navegador.post(f"/catalogos/campanhas/{propria.pk}/", dados | {"fim": "2026-10-01"})
    assert (resposta.status_code, "Termina antes de começar." in resposta.content.decode()) == (422, True)
    alheia.refresh_from_db()
    assert (alheia.nome, alheia.ativa) == ("Natal", True)


def test_erro_de_nome_repetido_fica_no_campo(davi: Any, entrar: Any) -> None:
    dados = {"nome": "preço ALTO", "contra_argumento": "Resposta digitada"}
    resposta = entrar(davi).post("/catalogos/objecoes/novo/", dados)
    assert resposta.status_code == 422
    assert "Já existe um item com este nome." in str(resposta.context["form"].errors["nome"])
    assert "Resposta digitada" in resposta.content.decode()
