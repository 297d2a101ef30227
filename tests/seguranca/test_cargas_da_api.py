"""A carga que entra pela API, um a um e em lote: volta inteira em JSON, e inerte na página, na planilha e na folha."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from atividade.recalculo import recalcular
from clientes.models import Cliente, Ocorrencia
from contas.models import Empresa
from tests.api.conftest import com_token
from tests.api.test_escrita import PEDIDO, pedir, versao_de
from tests.conftest import HOJE
from tests.seguranca.carga import CARGA, folha_inerte, vivas

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
NDJSON = "application/x-ndjson"


@pytest.fixture(autouse=True)
def _quieto(settings: Any, tmp_path: Path, monkeypatch: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("carteira.tasks.tocar", lambda *a: None)
    monkeypatch.setattr("relatorios.pdf.escrever_pdf", folha_inerte)


def texto_de(resposta: Any) -> str:
    corpo = b"".join(resposta.streaming_content) if resposta.streaming else resposta.content
    if "sheet" not in resposta["Content-Type"]:
        return str(corpo.decode("utf-8-sig"))
    with zipfile.ZipFile(io.BytesIO(corpo)) as pacote:
        return "".join(pacote.read(n).decode() for n in pacote.namelist() if n.endswith(".xml"))


def inertes(navegador: Client, cliente: int) -> int:
    """Abre o que fala do cliente e confere que nada vive; devolve em quantos lugares a carga se lê."""
    lidas = 0
    for caminho in (
        f"/clientes/{cliente}/", f"/clientes/{cliente}/dados/", f"/clientes/{cliente}/historico/",
        f"/clientes/{cliente}/produtos/", f"/clientes/{cliente}/agenda/", f"/clientes/{cliente}/pdf/",
        f"/clientes/{cliente}/atendimentos/", "/clientes/?colunas=perfil,porte", "/agenda/", "/auditoria/",
        "/clientes/exportar/", "/clientes/exportar/?formato=xlsx",
    ):  # fmt: skip
        resposta = navegador.get(caminho)
        if resposta.status_code != 200:
            assert resposta.status_code in {302, 404}, (caminho, resposta.status_code)
            continue
        texto = "" if "pdf" in resposta["Content-Type"] else texto_de(resposta)
        assert not vivas(texto, resposta["Content-Type"]), (caminho, vivas(texto, resposta["Content-Type"]))
        lidas += "xss" in texto
    return lidas


def test_um_a_um_a_carga_volta_inteira_em_json_e_inerte_no_resto(
    empresa: Empresa, ana: Any, davi: Any, entrar: Any
) -> None:
    erp, da_ana = com_token(davi), com_token(ana)
    criado = pedir(erp, "post", "clientes/", {
        "codigo": "=X<xss", "razao_social": f"{CARGA} Ltda", "nome_fantasia": CARGA, "uf": "SC", "porte": CARGA,
        "perfil": CARGA, "vendedor": ana.email,
    })  # fmt: skip
    if criado.status_code == 400:
        corpo = {"codigo": "=X<xss", "razao_social": f"{CARGA} Ltda", "nome_fantasia": CARGA, "uf": "SC"}
        criado = pedir(erp, "post", "clientes/", corpo)
    assert criado.status_code == 201, criado.content
    assert criado["Content-Type"].startswith("application/json")
    assert criado.json()["razao_social"] == f"{CARGA} Ltda"
    cliente = Cliente.objects.get(codigo="=X<xss")
    Cliente.objects.filter(pk=cliente.pk).update(vendedor=ana)
    caminho = f"clientes/{cliente.pk}/"
    mudado = pedir(
        da_ana, "patch", caminho, {"perfil": CARGA, "observacao": CARGA}, versao_de(da_ana, caminho)
    )
    assert (mudado.status_code, mudado.json()["perfil"]) == (200, CARGA)
    pedido = PEDIDO | {"numero": "=1<xss", "cliente_codigo": "=X<xss"}
    pedido["itens"] = [{"produto_codigo": "=P<xss", "produto_nome": CARGA, "quantidade": 1, "valor": 30}]
    assert pedir(erp, "post", "pedidos/", pedido).status_code == 201
    ocorrencia = Ocorrencia.objects.filter(pede_objecao=False).earliest("pk")
    contato = {"cliente": cliente.pk, "canal": "ligacao", "ocorrencia": ocorrencia.pk}
    feito = pedir(da_ana, "post", "contatos/", contato | {"observacao": CARGA, "pessoa": CARGA})
    assert (feito.status_code, feito.json()["observacao"]) == (201, CARGA)
    marcado = {"cliente": cliente.pk, "em": "2026-11-23", "tipo": "ligacao", "nota": CARGA}
    assert pedir(da_ana, "post", "agenda/", marcado).status_code == 201
    recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE)
    assert inertes(entrar(davi), cliente.pk) >= 6
    lido = da_ana.get(f"/api/v1/{caminho}").json()
    assert (lido["nome_fantasia"], lido["observacao"], lido["codigo"]) == (CARGA, CARGA, "=X<xss")


@pytest.mark.parametrize("tipo", [NDJSON, "text/csv"])
def test_em_lote_tambem(tipo: str, empresa: Empresa, davi: Any, entrar: Any) -> None:
    erp = com_token(davi)
    linha = {"codigo": "L1", "razao_social": f"{CARGA} Lote", "nome_fantasia": CARGA, "uf": "SC"}
    aspas = [f'"{v.replace(chr(34), chr(34) * 2)}"' for v in linha.values()]
    corpo = json.dumps(linha) if tipo == NDJSON else f"{';'.join(linha)}\n{';'.join(aspas)}"
    resposta = erp.post("/api/v1/clientes/lote", corpo.encode() + b"\n", content_type=tipo)
    assert resposta.status_code == 200, resposta.content
    cliente = Cliente.objects.get(codigo="L1")
    assert (cliente.razao_social, cliente.nome_fantasia) == (f"{CARGA} Lote", CARGA)
    recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE)
    assert inertes(entrar(davi), cliente.pk) >= 3
    assert erp.get(f"/api/v1/clientes/{cliente.pk}/").json()["nome_fantasia"] == CARGA


@pytest.mark.parametrize(
    "ruim", ["a\x00b", "'; DROP TABLE clientes_cliente; --", "{{7*7}}", "${jndi:x}", "%s{0}"]
)
def test_nulo_e_pedacos_de_codigo_sao_recusa_ou_texto_e_nunca_erro(
    ruim: str, empresa: Empresa, ana: Any, davi: Any, novo_cliente: Any
) -> None:
    cliente = novo_cliente("C1", vendedor=ana)
    da_ana, caminho = com_token(ana), f"clientes/{cliente.pk}/"
    respostas = [
        pedir(da_ana, "patch", caminho, {"observacao": ruim}, versao_de(da_ana, caminho)),
        pedir(com_token(davi), "post", "clientes/", {"codigo": "N1", "razao_social": ruim}),
        com_token(davi).post(
            "/api/v1/clientes/lote",
            json.dumps({"codigo": "N2", "razao_social": ruim}) + "\n",
            content_type=NDJSON,
        ),
        da_ana.get("/api/v1/clientes/", {"q": ruim.replace("\x00", "")}),
    ]
    assert all(r.status_code in {200, 201, 400, 422} for r in respostas), [r.status_code for r in respostas]
    cliente.refresh_from_db()
    assert cliente.observacao == ("" if "\x00" in ruim else ruim)
    assert Cliente.objects.filter(codigo="C1").exists()
    assert "\x00" not in "".join(Cliente.objects.values_list("razao_social", flat=True))
