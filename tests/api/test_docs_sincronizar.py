"""A página que ensina a sincronizar, seguida à risca: o programa dela carrega, lê, perde a resposta e recomeça."""

import io
import json
import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configuracao
from django.test import Client

from clientes.models import Cliente, Importacao, ItemDePedido, Pedido
from contas.tokens import criar_token

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
DOCS = Path(configuracao.BASE_DIR) / "docs/sincronizar.md"


class Rede:
    """`urlopen` que entrega o pedido ao servidor do teste; `perder` faz sumir as próximas respostas."""

    def __init__(self) -> None:
        self.perder = 0

    def __call__(self, pedido: urllib.request.Request, timeout: int = 0) -> Any:
        caminho = pedido.full_url.split("exemplo.com.br", 1)[-1].replace("http://testserver", "")
        cabecalhos = {nome.lower(): valor for nome, valor in pedido.header_items()}
        tipo = cabecalhos.pop("content-type", "application/json")
        resposta = Client().generic(
            pedido.get_method(), caminho, pedido.data or b"", tipo, headers=cabecalhos
        )
        if self.perder:
            self.perder -= 1
            raise urllib.error.URLError("a conexão caiu")
        if resposta.status_code >= 400:
            raise urllib.error.HTTPError(
                pedido.full_url, resposta.status_code, "", resposta.headers, io.BytesIO(resposta.content)
            )
        return io.BytesIO(resposta.content)


@pytest.fixture
def rede(monkeypatch: pytest.MonkeyPatch) -> Rede:
    feita = Rede()
    monkeypatch.setattr(urllib.request, "urlopen", feita)
    monkeypatch.setattr("time.sleep", lambda s: None)
    return feita


@pytest.fixture
def programa(
    davi: Any, rede: Rede, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """O primeiro trecho da página, com o token de verdade; os outros se executam sobre ele."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.chdir(tmp_path)
    inteiro, carga, leitura = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.S)
    nomes: dict[str, Any] = {"__name__": "copia", "carga": carga, "leitura": leitura}
    exec(compile(inteiro, str(DOCS), "exec"), nomes)
    _, nomes["TOKEN"] = criar_token(pessoa=davi, nome="ERP", escopos=["ler", "lote"], dias=30)
    return nomes


def test_carga_inicial_leitura_e_noite_seguinte(
    programa: dict[str, Any], rede: Rede, monkeypatch: pytest.MonkeyPatch
) -> None:
    exec(programa["carga"], programa)
    assert (Cliente.objects.count(), Pedido.objects.count(), ItemDePedido.objects.count()) == (1, 1, 1)
    # a transação do teste nunca acaba: para a leitura, conta como acabada
    monkeypatch.setattr("clientes.sincronia.limites", lambda: (10**15, 10**15))
    exec(programa["leitura"], programa)
    banco = programa["banco"]
    copia = {r: json.loads(d) for r, d in banco.execute("SELECT recurso, dados FROM copia")}
    assert (copia["clientes"]["codigo"], copia["pedidos"]["valor"], copia["itens"]["pedido"]) == (
        "1001", "1234.56", Pedido.objects.get().pk,
    )  # fmt: skip
    assert programa["ler_mudancas"](banco, "pedidos") == (0, 0)


def test_a_resposta_que_se_perde_nao_manda_duas_vezes(programa: dict[str, Any], rede: Rede) -> None:
    rede.perder = 2
    ruins = programa["mandar"](
        "clientes", [{"codigo": "1", "razao_social": "Um"}, {"codigo": "", "razao_social": "Nada"}]
    )
    assert [(r["linha"], r["coluna"]) for r in ruins] == [(2, "codigo")]
    assert (Cliente.objects.count(), Importacao.objects.count()) == (1, 1)


def test_a_marca_que_nao_serve_recomeca_e_a_lapide_tira(
    programa: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clientes.sincronia.limites", lambda: (10**15, 10**15))
    exec(programa["carga"], programa)
    banco = programa["abrir"]("c.db")
    assert programa["ler_mudancas"](banco, "pedidos") == (1, 0)
    monkeypatch.setattr("clientes.sincronia._banco", lambda: "restaurado")
    assert programa["ler_mudancas"](banco, "pedidos") == (1, 0)
    with pytest.raises(programa["Recusado"], match="Confira os parâmetros"):
        programa["chamar"]("/pedidos/lote?simulr=1", b"{}", **{"Content-Type": "application/x-ndjson"})
