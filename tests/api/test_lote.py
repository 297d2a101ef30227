"""Lotes pela API: quem pode, o que se responde, e o que uma chave repetida faz."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings as configuracao
from django.db import connection
from django.test import Client
from django.utils import timezone

from carteira import lotes
from carteira.api.lote import lista
from carteira.repetiveis import esquecer_antigos
from clientes.models import Cliente, Importacao, Pedido, PedidoRepetivel
from contas.models import Empresa
from tests.api.test_base import problema
from tests.conftest import criar_cliente, criar_pessoa

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
URL = "/api/v1/pedidos/lote"
NDJSON = "application/x-ndjson"


@pytest.fixture(autouse=True)
def pasta(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "importacoes"


@pytest.fixture
def erp(token: Any, davi: Any, empresa: Empresa) -> Client:
    criar_cliente("A", empresa)
    return token(davi, "lote")


def linhas(*numeros: str, cliente: str = "A", valor: float = 10.5) -> bytes:
    return "".join(
        json.dumps(
            {
                "numero": n,
                "cliente_codigo": cliente,
                "data": "2026-11-01",
                "valor": valor,
                "situacao": "faturado",
            }
        )
        + "\n"
        for n in numeros
    ).encode()


def mandar(chamador: Client, corpo: bytes, url: str = URL, tipo: str = NDJSON, **cabecalhos: str) -> Any:
    return chamador.post(url, corpo, content_type=tipo, headers=cabecalhos)


def test_um_lote_grava_e_diz_de_cada_linha(erp: Client) -> None:
    resposta = mandar(erp, linhas("1", "2"))
    dito = resposta.json()
    assert resposta.status_code == 200
    assert (dito["gravado"], dito["recebidas"], dito["novas"], dito["importacao"]) == (
        True, 2, 2, Importacao.objects.get().pk,
    )  # fmt: skip
    assert dito["linhas"][1] == {"linha": 2, "chave": {"numero": "2"}, "situacao": "nova"}
    assert Pedido.objects.count() == 2


def test_com_uma_rejeitada_tudo_ou_nada_parcial_e_simulado(erp: Client, pasta: Path) -> None:
    corpo = linhas("1") + linhas("2", cliente="Z")
    recusada = problema(mandar(erp, corpo))
    assert (recusada["status"], recusada["gravado"], recusada["novas"], recusada["rejeitadas"]) == (
        422,
        False,
        1,
        1,
    )
    assert recusada["linhas"][1]["motivo"].startswith("cliente desconhecido")
    simulada = mandar(erp, corpo, f"{URL}?modo=parcial&simular=1").json()
    assert (simulada["gravado"], simulada["simulado"], simulada["novas"]) == (False, True, 1)
    assert (Pedido.objects.count(), Importacao.objects.count(), list(pasta.iterdir())) == (0, 0, [])
    parcial = mandar(erp, corpo, f"{URL}?modo=parcial&linhas=rejeitadas").json()
    assert (parcial["novas"], [li["linha"] for li in parcial["linhas"]]) == (1, [2])
    assert Pedido.objects.get().numero == "1"


def test_uma_lista_json_e_o_mesmo_lote(erp: Client) -> None:
    """Os objetos vão um por linha, como vieram: o número da linha é o lugar na lista, e a chave repetida se vê."""
    objetos = [json.loads(li) for li in linhas("1", "2").splitlines()]
    lista = json.dumps(objetos, indent=2).encode()
    assert mandar(erp, lista, tipo="application/json").json()["novas"] == 2
    de_novo = mandar(erp, linhas("1", "2")).json()
    assert (de_novo["inalteradas"], str(Pedido.objects.get(numero="1").valor)) == (2, "10.50")
    repetida = lista.replace(b'"numero": "2"', b'"numero": "3", "numero": "2"')
    recusa = problema(mandar(erp, repetida, tipo="application/json"))
    assert [(li["linha"], li["motivo"][:28]) for li in recusa["linhas"][1:]] == [
        (2, "a mesma chave aparece duas v")
    ]


def test_csv_pela_mesma_porta(erp: Client) -> None:
    csv = "numero;cliente_codigo;data;valor;situacao\n1;A;01/11/2026;1.234,50;faturado\n".encode("cp1252")
    assert mandar(erp, csv, tipo="text/csv; charset=windows-1252").json()["novas"] == 1
    assert str(Pedido.objects.get().valor) == "1234.50"


@pytest.mark.parametrize(
    ("corpo", "tipo", "url", "status", "dito"),
    [
        (b"\n", NDJSON, URL, 400, "Linha 1"),
        (b"{}\n", NDJSON, URL, 400, "o objeto está vazio"),
        (b"{}", "text/plain", URL, 415, "application/x-ndjson"),
        (b"{}", "application/json", URL, 400, "Mande uma lista de objetos"),
        (b"[]", "application/json", URL, 400, "A lista está vazia"),
        (b'[{"numero": "1"}, 2]', "application/json", URL, 400, "Objeto 2 da lista: não é um objeto"),
        (b'[{"numero": "1"}', "application/json", URL, 400, "Objeto 1 da lista"),
        (b'[{"numero": "1"}] {}', "application/json", URL, 400, "depois do fim da lista"),
        (b'[{"numero": "\xff"}]', "application/json", URL, 400, "UTF-8"),
        (b'{"numero": 1,', NDJSON, URL, 400, "Linha 1"),
        (b'\n[{"numero": "1"}]', NDJSON, URL, 400, "Linha 2"),
        (b'{"numero": "1"}\n{"x\n', NDJSON, URL, 400, "Faltam as colunas"),
        (linhas("1") + b"{,}\n", NDJSON, URL, 400, "linha 2: JSON malformado"),
        (b"\xff\xfe\x00", NDJSON, URL, 400, "Linha 1"),
        (b"numero;valor\n1;2\n", "text/csv", URL, 400, "Faltam as colunas"),
        (linhas("1"), NDJSON, f"{URL}?modo=talvez", 400, "modo"),
        (linhas("1"), NDJSON, f"{URL}?simulr=1", 400, "parâmetros"),
        (linhas("1"), NDJSON, f"{URL}?empresa=99", 404, "entre as suas"),
        (linhas("1"), NDJSON, f"{URL}?empresa=%00", 400, "caractere"),
    ],
)
def test_o_que_nao_se_entende_diz_o_que_e_e_nada_fica(
    erp: Client, pasta: Path, corpo: bytes, tipo: str, url: str, status: int, dito: str
) -> None:
    recusa = problema(mandar(erp, corpo, url, tipo))
    assert recusa["status"] == status
    assert dito in recusa["detail"]
    assert (Pedido.objects.count(), Importacao.objects.count()) == (0, 0)
    assert not pasta.exists() or not list(pasta.iterdir())


def test_grande_demais_e_413(erp: Client, monkeypatch: pytest.MonkeyPatch, pasta: Path) -> None:
    monkeypatch.setattr("carteira.lotes.MAXIMO_DE_LINHAS", 1)
    assert problema(mandar(erp, linhas("1", "2")))["status"] == 413
    monkeypatch.setattr("carteira.api.lote.vistas.MAXIMO_DE_BYTES", 10)
    assert problema(mandar(erp, linhas("1")))["status"] == 413
    assert not list(pasta.iterdir())


@pytest.mark.parametrize("tipo", [NDJSON, "application/json", "text/csv"])
def test_a_leitura_para_na_linha_que_passa_do_limite(
    erp: Client, monkeypatch: pytest.MonkeyPatch, pasta: Path, tipo: str
) -> None:
    """O que vem depois da 10.001 nem se decodifica, e o que não se lê depois dela nem se vê."""
    decodificar, lidos = lista._decodificar, []
    monkeypatch.setattr(lista, "_decodificar", lambda *a: lidos.append(a) or decodificar(*a))
    monkeypatch.setattr("clientes.importacao.linhas_json._objetos", None)
    if tipo == "application/json":
        corpo = b"[" + b"{}," * 10_001 + b"isto nao se le"
    else:
        corpo = b'{"numero": "1"}\r' * 10_001 + b"isto nao se le"
    recusa = problema(mandar(erp, corpo, tipo=tipo))
    assert (recusa["status"], recusa["detail"]) == (
        413, "São mais de 10.000 linhas, o limite por vez: parta o corpo em lotes menores.",
    )  # fmt: skip
    assert len(lidos) == (10_000 if tipo == "application/json" else 0)
    assert not list(pasta.iterdir())


def test_contam_as_linhas_escritas_onde_quer_que_o_corpo_se_parta() -> None:
    corpo = b"\xef\xbb\xbf\n" + b"{}\r\n" * 9_999 + b"\n \n{}"
    for passo in (1, 3, 4_096):
        pedacos = [corpo[i : i + passo] for i in range(0, len(corpo), passo)]
        assert b"".join(lista.linhas_que_cabem(pedacos)) == corpo
        with pytest.raises(lotes.CorpoGrande, match=r"mais de 10\.000 linhas"):
            list(lista.linhas_que_cabem([*pedacos, b"\n", b"{}"]))


@pytest.mark.parametrize("tipo", [NDJSON, "application/json"])
def test_um_objeto_enorme_nem_se_decodifica(
    erp: Client, monkeypatch: pytest.MonkeyPatch, pasta: Path, tipo: str
) -> None:
    bom, cheio = linhas("1").strip(), b'{"numero": [' + b"{}," * (90 << 10) + b"{}]}"
    corpo = b"[" + bom + b"," + cheio + b"]" if tipo == "application/json" else bom + b"\n" + cheio
    decodificar, lidos = lista._decodificar, []
    monkeypatch.setattr(lista, "_decodificar", lambda *a: lidos.append(a) or decodificar(*a))
    recusa = problema(mandar(erp, corpo, tipo=tipo))
    assert (recusa["status"], recusa["detail"]) == (
        413, "O objeto 2 passa de 256 KB: confira como ele é escrito.",
    )  # fmt: skip
    assert len(lidos) == (1 if tipo == "application/json" else 0)
    assert not list(pasta.iterdir())


def test_so_quem_importa_com_o_escopo_de_lote_e_nas_suas_empresas(
    erp: Client, token: Any, ana: Any, bruno: Any, davi: Any
) -> None:
    for pessoa, escopos in ((ana, ("lote",)), (bruno, ("lote",)), (davi, ("ler", "escrever"))):
        assert problema(mandar(token(pessoa, *escopos), linhas("1")))["status"] == 403
    outra = Empresa.objects.create(codigo="2", nome="Filial")
    dois = criar_pessoa("Eva Nunes", outra, "admin")
    assert problema(mandar(token(dois, "lote"), linhas("1"), f"{URL}?empresa=1"))["status"] == 404
    assert mandar(token(dois, "lote"), linhas("1")).status_code == 422  # lá não há o cliente A
    assert not Pedido.objects.exists()


def test_a_mesma_chave_devolve_a_mesma_resposta_e_nao_refaz(erp: Client, pasta: Path) -> None:
    primeira = mandar(erp, linhas("1"), **{"Idempotency-Key": "k-1"})
    segunda = mandar(erp, linhas("1"), **{"Idempotency-Key": "k-1"})
    assert (primeira.status_code, segunda.status_code) == (200, 200)
    assert primeira.content == segunda.content
    assert (primeira.get("Idempotency-Replayed"), segunda["Idempotency-Replayed"]) == (None, "true")
    assert (Importacao.objects.count(), len(list(pasta.iterdir()))) == (1, 1)
    outro = problema(mandar(erp, linhas("2"), **{"Idempotency-Key": "k-1"}))
    assert (outro["status"], outro["type"]) == (422, "urn:carteira:problema:chave-de-outro-pedido")
    assert (
        problema(mandar(erp, linhas("1"), f"{URL}?modo=parcial", **{"Idempotency-Key": "k-1"}))["status"]
        == 422
    )
    assert problema(mandar(erp, linhas("1"), **{"Idempotency-Key": "tem espaço"}))["status"] == 400
    assert Pedido.objects.get().numero == "1"


def test_a_recusa_nao_gasta_a_chave(erp: Client, empresa: Empresa) -> None:
    corpo = linhas("1", cliente="B")
    assert mandar(erp, corpo, **{"Idempotency-Key": "k"}).status_code == 422
    criar_cliente("B", empresa)
    assert mandar(erp, corpo, **{"Idempotency-Key": "k"}).status_code == 200


def test_chave_em_curso_e_409_e_quem_morre_nao_a_prende(erp: Client, davi: Any) -> None:
    """Outra conexão segura a chave, como um processo que ainda atende; morre, e o banco a solta."""
    ligacao = connection.get_connection_params()
    ligacao = {k: v for k, v in ligacao.items() if k in {"host", "port", "user", "password", "dbname"}}
    with psycopg.connect(**ligacao) as outro:
        outro.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"repetivel {davi.pk} k"])
        assert problema(mandar(erp, linhas("1"), **{"Idempotency-Key": "k"}))["status"] == 409
        assert not Pedido.objects.exists()
        outro.rollback()
    assert mandar(erp, linhas("1"), **{"Idempotency-Key": "k"}).status_code == 200


def test_passado_o_prazo_a_chave_e_outra_vez_nova(erp: Client) -> None:
    mandar(erp, linhas("1"), **{"Idempotency-Key": "k"})
    agora = timezone.now()
    assert esquecer_antigos(agora=agora + timezone.timedelta(hours=configuracao.REPETIVEIS_HORAS - 1)) == 0
    PedidoRepetivel.objects.update(
        criado_em=agora - timezone.timedelta(hours=configuracao.REPETIVEIS_HORAS + 1)
    )
    assert mandar(erp, linhas("2"), **{"Idempotency-Key": "k"}).json()["novas"] == 1
    assert PedidoRepetivel.objects.count() == 1


def test_a_falha_no_meio_nao_deixa_nada_nem_a_chave(
    erp: Client, monkeypatch: pytest.MonkeyPatch, pasta: Path
) -> None:
    def falhar(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("caiu")

    with monkeypatch.context() as trocado:
        trocado.setattr("carteira.api.idempotencia.guardar", falhar)
        erp.raise_request_exception = False
        assert problema(mandar(erp, linhas("1"), **{"Idempotency-Key": "k"}))["status"] == 500
    assert (Pedido.objects.count(), PedidoRepetivel.objects.count(), list(pasta.iterdir())) == (0, 0, [])
    assert mandar(erp, linhas("1"), **{"Idempotency-Key": "k"}).status_code == 200


def test_o_mesmo_lote_outra_vez_nao_muda_nada(erp: Client) -> None:
    mandar(erp, linhas("1", "2"))
    de_novo = mandar(erp, linhas("1", "2")).json()
    assert (de_novo["inalteradas"], de_novo["novas"], de_novo["atualizadas"]) == (2, 0, 0)


def test_irmaos_clientes_e_titulos(erp: Client) -> None:
    clientes = b'{"codigo": "B", "razao_social": "Beta", "cpf_cnpj": "11222333000181"}\n'
    assert mandar(erp, clientes, "/api/v1/clientes/lote").json()["novas"] == 1
    assert Cliente.objects.get(codigo="B").documento_valido
    titulos = "numero,cliente_codigo,emissao,vencimento,valor\n7,B,2026-10-01,2026-12-01,10.00\n"
    assert mandar(erp, titulos.encode(), "/api/v1/titulos/lote", "text/csv").json()["novas"] == 1
