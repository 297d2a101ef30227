"""Escrever um a um: as regras das páginas, a versão exigida e nada mudado numa recusa."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from carteira.lgpd import anonimizar
from clientes.lgpd.esquecer import Titular
from clientes.lgpd.oposicao import opor
from clientes.models import Agendamento, Cliente, Contato, Importacao, ItemDePedido, Ocorrencia, Pedido
from contas.models import Empresa, RegistroDeAuditoria
from tests.api.test_base import problema
from tests.conftest import criar_cliente

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
API = "/api/v1/"
PEDIDO = {
    "numero": "77", "cliente_codigo": "A", "data": "2026-11-01", "valor": "30.00", "situacao": "faturado",
    "itens": [
        {"produto_codigo": "P1", "produto_nome": "Luva", "quantidade": 2, "valor": 20},
        {"produto_codigo": "P2", "produto_nome": "Bota", "quantidade": 1, "valor": "10,00"},
    ],
}  # fmt: skip


@pytest.fixture(autouse=True)
def sem_disco_nem_fila(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("carteira.tasks.tocar", lambda *a: None)


@pytest.fixture
def alfa(empresa: Empresa, ana: Any) -> Cliente:
    return criar_cliente("A", empresa, vendedor=ana, telefone="+551133334444")


def pedir(
    chamador: Client, metodo: str, caminho: str, corpo: Any = None, versao: str = "", **cabecalhos: str
) -> Any:
    if versao:
        cabecalhos["If-Match"] = versao
    return getattr(chamador, metodo)(
        f"{API}{caminho}", json.dumps(corpo), content_type="application/json", headers=cabecalhos
    )


def versao_de(chamador: Client, caminho: str) -> str:
    return str(chamador.get(f"{API}{caminho}")["ETag"])


# ── Clientes ─────────────────────────────────────────────────────────────────


def test_mudar_um_cliente_exige_a_versao_e_segue_as_regras_da_ficha(
    alfa: Cliente, ana: Any, token: Any
) -> None:
    chamador, caminho = token(ana), f"clientes/{alfa.pk}/"
    assert problema(pedir(chamador, "patch", caminho, {"perfil": "Ouro"}))["status"] == 428
    assert problema(pedir(chamador, "patch", caminho, {"perfil": "Ouro"}, '"velha"'))["status"] == 412
    alfa.refresh_from_db()
    assert alfa.perfil == ""
    versao = versao_de(chamador, caminho)
    resposta = pedir(chamador, "patch", caminho, {"perfil": "Ouro", "telefone": "(47) 99999-8888"}, versao)
    assert resposta.status_code == 200
    assert (resposta.json()["perfil"], resposta.json()["telefone"]) == ("Ouro", "+5547999998888")
    assert resposta["ETag"] == versao_de(chamador, caminho) != versao
    assert problema(pedir(chamador, "patch", caminho, {"perfil": "Prata"}, versao))["status"] == 412
    assert RegistroDeAuditoria.objects.filter(acao="editar cliente", por=ana).count() == 1


@pytest.mark.parametrize(
    ("corpo", "status"),
    [
        ({"vendedor": 1}, 400),
        ({"empresa": 1}, 400),
        ({"codigo": "X"}, 400),
        ({"razao_social": "Outra"}, 403),
        ({"perfil": {"a": 1}}, 400),
        ({"email": "sem arroba"}, 400),
        ([1], 400),
    ],
)
def test_o_que_nao_se_muda_nao_muda(alfa: Cliente, ana: Any, token: Any, corpo: Any, status: int) -> None:
    chamador, caminho = token(ana), f"clientes/{alfa.pk}/"
    antes = Cliente.objects.filter(pk=alfa.pk).values().get()
    assert problema(pedir(chamador, "patch", caminho, corpo, "*"))["status"] == status
    assert Cliente.objects.filter(pk=alfa.pk).values().get() == antes


def test_alheio_e_404_e_leitura_e_403(alfa: Cliente, carla: Any, lia: Any, ana: Any, token: Any) -> None:
    caminho = f"clientes/{alfa.pk}/"
    assert problema(pedir(token(carla), "patch", caminho, {"perfil": "x"}, "*"))["status"] == 404
    assert problema(pedir(token(lia), "patch", caminho, {"perfil": "x"}, "*"))["status"] == 403
    assert problema(pedir(token(ana, "ler"), "patch", caminho, {"perfil": "x"}, "*"))["status"] == 403
    alfa.refresh_from_db()
    assert alfa.perfil == ""


def test_put_pede_todos_os_campos(alfa: Cliente, ana: Any, token: Any) -> None:
    chamador, caminho = token(ana), f"clientes/{alfa.pk}/"
    faltam = problema(pedir(chamador, "put", caminho, {"perfil": "Ouro"}, "*"))
    assert sorted(faltam["erros"]) == ["email", "observacao", "telefone"]
    inteiro = {"perfil": "Ouro", "email": "", "observacao": "liga cedo", "telefone": ""}
    assert pedir(chamador, "put", caminho, inteiro, "*").json()["telefone"] == ""


def test_criar_um_cliente_e_uma_linha_da_importacao(alfa: Cliente, davi: Any, ana: Any, token: Any) -> None:
    novo = {
        "codigo": "N1",
        "razao_social": "Nova Ltda",
        "cpf_cnpj": "11222333000181",
        "vendedor": "Ana Souza",
    }
    assert problema(pedir(token(ana), "post", "clientes/", novo))["status"] == 403
    chamador = token(davi)
    resposta = pedir(chamador, "post", "clientes/", novo, **{"Idempotency-Key": "um"})
    assert resposta.status_code == 201
    criado = Cliente.objects.get(codigo="N1")
    assert (criado.vendedor, criado.documento, criado.importacao.por) == (ana, "11222333000181", davi)
    assert resposta["Location"].endswith(f"/api/v1/clientes/{criado.pk}/")
    assert resposta["ETag"] == versao_de(chamador, f"clientes/{criado.pk}/")
    de_novo = pedir(chamador, "post", "clientes/", novo, **{"Idempotency-Key": "um"})
    assert (de_novo.content, de_novo["ETag"]) == (resposta.content, resposta["ETag"])
    assert problema(pedir(chamador, "post", "clientes/", novo))["status"] == 409
    ruim = problema(pedir(chamador, "post", "clientes/", novo | {"codigo": "N2", "uf": "XX"}))
    assert (ruim["status"], list(ruim["erros"])) == (400, ["uf"])
    assert (Cliente.objects.count(), Importacao.objects.count()) == (2, 1)


@pytest.mark.parametrize(
    ("mandado", "lido"), [(" N 1  ", "N 1"), ("N  1", "N 1"), (False, "não"), (7, "7"), ("=1", "=1")]
)
def test_o_codigo_e_o_numero_sao_como_a_importacao_os_le(
    mandado: Any, lido: str, alfa: Cliente, davi: Any, token: Any, tmp_path: Path
) -> None:
    """Antes, escrito de outro modo era um erro do servidor; agora nasce uma vez, e da segunda já existe."""
    chamador = token(davi)
    novo = {"codigo": mandado, "razao_social": "Nova Ltda"}
    criado = pedir(chamador, "post", "clientes/", novo)
    assert (criado.status_code, criado.json().get("codigo")) == (201, lido), criado.content
    pedido = pedir(chamador, "post", "pedidos/", PEDIDO | {"numero": mandado})
    assert (pedido.status_code, pedido.json().get("numero")) == (201, lido), pedido.content
    guardados = sorted(tmp_path.rglob("*.dat"))
    for caminho, corpo in (
        ("clientes/", novo | {"razao_social": "Outra Ltda"}),
        ("pedidos/", PEDIDO | {"numero": mandado, "valor": "31.00"}),
    ):
        assert problema(pedir(chamador, "post", caminho, corpo))["status"] == 409, caminho
    assert list(Cliente.objects.order_by("pk").values_list("codigo", "razao_social"))[1:] == [
        (lido, "Nova Ltda")
    ]
    assert (Pedido.objects.get().valor, Importacao.objects.count()) == (30, 3)
    assert sorted(tmp_path.rglob("*.dat")) == guardados  # o corpo recusado não fica no disco


def test_o_codigo_mandado_como_numero_com_casas_e_recusado(alfa: Cliente, davi: Any, token: Any) -> None:
    chamador = token(davi)
    ruim = problema(pedir(chamador, "post", "clientes/", {"codigo": 7.5, "razao_social": "Nova Ltda"}))
    assert (ruim["status"], list(ruim["erros"])) == (400, ["codigo"])
    assert "mande-o como texto" in ruim["erros"]["codigo"][0]
    assert Cliente.objects.get() == alfa


# ── Pedidos ──────────────────────────────────────────────────────────────────


def test_um_pedido_com_itens_nasce_muda_e_encolhe(alfa: Cliente, davi: Any, token: Any) -> None:
    chamador = token(davi)
    criado = pedir(chamador, "post", "pedidos/", PEDIDO)
    assert criado.status_code == 201, criado.content
    assert [(i["produto_nome"], i["valor"]) for i in criado.json()["itens"]] == [
        ("Luva", "20.00"),
        ("Bota", "10.00"),
    ]
    caminho = f"pedidos/{Pedido.objects.get().pk}/"
    mudado = pedir(chamador, "patch", caminho, {"situacao": "cancelado"}, criado["ETag"])
    assert (mudado.json()["situacao"], mudado.json()["conta"], len(mudado.json()["itens"])) == (
        "cancelado",
        False,
        2,
    )
    inteiro = {k: v for k, v in PEDIDO.items() if k != "numero"} | {"itens": PEDIDO["itens"][:1]}
    assert len(pedir(chamador, "put", caminho, inteiro, mudado["ETag"]).json()["itens"]) == 1
    assert pedir(chamador, "patch", caminho, {"itens": []}, "*").json()["itens"] == []
    assert problema(pedir(chamador, "post", "pedidos/", PEDIDO))["status"] == 409


@pytest.mark.parametrize(
    ("mudanca", "campo"),
    [
        ({"cliente_codigo": "Z"}, "cliente_codigo"),
        ({"valor": -1}, "valor"),
        ({"data": "2027-01-01"}, "data"),
        ({"situacao": "voando"}, "situacao"),
        ({"itens": [{"produto_nome": "Luva", "quantidade": -1, "valor": 1}]}, "itens.0.quantidade"),
        ({"conta": True}, "conta"),
        ({"itens": [{"produto_nome": "x"}]}, "itens.0.quantidade"),
    ],
)
def test_pedido_recusado_nao_deixa_nem_o_cabecalho(
    alfa: Cliente, davi: Any, token: Any, mudanca: dict[str, Any], campo: str
) -> None:
    dito = problema(pedir(token(davi), "post", "pedidos/", PEDIDO | mudanca))
    assert (dito["status"], campo in dito["erros"]) == (400, True), dito
    assert (Pedido.objects.count(), ItemDePedido.objects.count(), Importacao.objects.count()) == (0, 0, 0)


def test_vendedor_nao_escreve_pedidos(alfa: Cliente, ana: Any, token: Any) -> None:
    assert problema(pedir(token(ana), "post", "pedidos/", PEDIDO))["status"] == 403


# ── Contatos e agenda ────────────────────────────────────────────────────────


def contato(cliente: Cliente, **mais: Any) -> dict[str, Any]:
    efetiva = Ocorrencia.objects.filter(efetiva=True, ativa=True).first()
    assert efetiva
    return {"cliente": cliente.pk, "canal": "ligacao", "ocorrencia": efetiva.pk} | mais


def test_registrar_fechar_reabrir_e_desfazer_um_contato(
    alfa: Cliente, ana: Any, bruno: Any, token: Any
) -> None:
    chamador = token(ana)
    corpo = contato(alfa, observacao="Pediu tabela", em_aberto=True, proximo_em="2026-11-27", pessoa="Rui")
    feito = pedir(chamador, "post", "contatos/", corpo, **{"Idempotency-Key": "c1"})
    assert feito.status_code == 201, feito.content
    assert pedir(chamador, "post", "contatos/", corpo, **{"Idempotency-Key": "c1"}).content == feito.content
    guardado = Contato.objects.get()
    assert (guardado.atendente, guardado.observacao) == (ana, "Pediu tabela")
    assert Agendamento.objects.get().em == date(2026, 11, 27)
    caminho = f"contatos/{guardado.pk}/"
    fechado = pedir(chamador, "patch", caminho, {"em_aberto": False, "nota": "mandei"}, feito["ETag"])
    assert fechado.json()["fechado_em"] is not None
    assert problema(pedir(token(bruno), "delete", caminho, versao="*"))["status"] == 403
    assert problema(pedir(chamador, "delete", caminho))["status"] == 428
    assert pedir(chamador, "delete", caminho, versao=fechado["ETag"]).status_code == 204
    assert chamador.get(f"{API}{caminho}").status_code == 404


@pytest.mark.parametrize(
    ("mudanca", "campo"),
    [
        ({"ocorrencia": 10**9}, "ocorrencia"),
        ({"quando": "2026-12-25T10:00:00-03:00"}, "quando"),
        ({"proximo_em": "2026-01-01"}, "proximo_em"),
        ({"cliente": 10**9}, "cliente"),
        ({"atendente": 1}, "atendente"),
        ({"canal": "pombo"}, "canal"),
    ],
)
def test_contato_recusado_diz_o_campo(
    alfa: Cliente, ana: Any, token: Any, mudanca: dict[str, Any], campo: str
) -> None:
    dito = problema(pedir(token(ana), "post", "contatos/", contato(alfa) | mudanca))
    assert (dito["status"], campo in dito["erros"]) == (400, True), dito
    assert not Contato.objects.exists()


def test_compromisso_marcado_mudado_concluido_e_reaberto(
    alfa: Cliente, ana: Any, carla: Any, token: Any
) -> None:
    chamador = token(ana)
    marcado = pedir(chamador, "post", "agenda/", {"cliente": alfa.pk, "em": "2026-11-24", "tipo": "visita"})
    assert marcado.status_code == 201, marcado.content
    caminho = f"agenda/{Agendamento.objects.get().pk}/"
    mudado = pedir(chamador, "patch", caminho, {"em": "2026-11-25", "nota": "levar amostra"}, marcado["ETag"])
    assert (mudado.json()["em"], mudado.json()["tipo"], mudado.json()["nota"]) == (
        "2026-11-25",
        "visita",
        "levar amostra",
    )
    assert problema(pedir(chamador, "patch", caminho, {"em": "2026-11-26"}, marcado["ETag"]))["status"] == 412
    fim = pedir(chamador, "patch", caminho, {"situacao": "concluido"}, mudado["ETag"])
    assert fim.json()["concluido_em"] is not None
    assert problema(pedir(chamador, "patch", caminho, {"em": "2026-11-26"}, "*"))["status"] == 409
    assert (
        pedir(chamador, "patch", caminho, {"situacao": "aberto"}, fim["ETag"]).json()["concluido_em"] is None
    )
    assert problema(pedir(token(carla), "patch", caminho, {"situacao": "cancelado"}, "*"))["status"] == 404


@pytest.mark.parametrize(
    ("mudanca", "campo"),
    [
        ({"em": "2026-11-22"}, "em"),  # domingo
        ({"em": "2026-11-19"}, "em"),
        ({"responsavel": 10**9}, "responsavel"),
        ({"recorrencia": "ciclo"}, "recorrencia"),
    ],
)
def test_compromisso_recusado(
    alfa: Cliente, ana: Any, token: Any, mudanca: dict[str, Any], campo: str
) -> None:
    corpo = {"cliente": alfa.pk, "em": "2026-11-24", "tipo": "visita"} | mudanca
    dito = problema(pedir(token(ana), "post", "agenda/", corpo))
    assert (dito["status"], campo in dito["erros"]) == (400, True), dito
    assert not Agendamento.objects.exists()
    if campo == "em" and mudanca["em"] == "2026-11-22":
        assert pedir(token(ana), "post", "agenda/", corpo | {"assim_mesmo": True}).status_code == 201


# ── Repetir depois de mudar o que se vê ──────────────────────────────────────


def test_repetir_nao_devolve_o_que_ja_nao_se_ve(
    alfa: Cliente, ana: Any, carla: Any, davi: Any, token: Any
) -> None:
    """A resposta guardada não é uma porta: relê-se o que se criou como quem pede o vê agora."""
    chamador, corpo = token(ana), contato(alfa, observacao="Pediu tabela")
    chave = {"Idempotency-Key": "c1"}
    feito = pedir(chamador, "post", "contatos/", corpo, **chave)
    assert feito.status_code == 201
    alfa.vendedor = carla
    alfa.save()
    assert problema(pedir(chamador, "post", "contatos/", corpo, **chave))["status"] == 404
    alfa.vendedor = ana
    alfa.save()
    de_novo = pedir(chamador, "post", "contatos/", corpo, **chave)
    assert (de_novo.status_code, de_novo["Idempotency-Replayed"]) == (201, "true")
    assert (de_novo.content, de_novo["Location"]) == (feito.content, feito["Location"])
    assert Contato.objects.count() == 1


def test_repetir_nao_devolve_o_titular_esquecido_nem_o_canal_fechado(
    alfa: Cliente, davi: Any, token: Any
) -> None:
    novo = {
        "codigo": "N1",
        "razao_social": "Marta Kunz",
        "telefone": "47999998888",
        "email": "marta@kunz.test",
    }
    chamador, chave = token(davi), {"Idempotency-Key": "um"}
    feito = pedir(chamador, "post", "clientes/", novo, **chave)
    assert "+5547999998888" in feito.content.decode()
    marta = Cliente.objects.get(codigo="N1")
    opor(cliente=marta, canais=["ligacao", "whatsapp"], motivo="", em=date(2026, 11, 19), por=davi)
    de_novo = pedir(chamador, "post", "clientes/", novo, **chave)
    assert (de_novo.status_code, de_novo.json()["telefone"]) == (201, "")
    assert de_novo["ETag"] == versao_de(chamador, f"clientes/{marta.pk}/")
    anonimizar(titular=Titular(marta), motivo="Pediu em 20/11", por=davi)
    esquecido = pedir(chamador, "post", "clientes/", novo, **chave).json()
    assert (esquecido["id"], esquecido["razao_social"]) == (marta.pk, "Titular anonimizado")
    assert "kunz" not in json.dumps(esquecido).lower()
