"""Evidências de quem ainda não tem passado, e de quem não as pode ver."""

from datetime import date
from typing import Any

import pytest

from clientes.models import Segmento
from contas.models import Empresa, RegistroDeAuditoria
from tests.web.test_configurar_atividade import calcular, texto

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
EVIDENCIAS, NOMES = "/atividade/evidencias/", "/atividade/evidencias/nomes/"


@pytest.fixture(autouse=True)
def _campainha_muda(monkeypatch: Any) -> None:
    monkeypatch.setattr("carteira.tasks.tocar", lambda tarefa, empresa: None)


@pytest.mark.parametrize("nome", ["ana", "bruno", "carla", "lia"])
def test_quem_nao_configura_recebe_403(nome: str, request: Any, entrar: Any, empresa: Empresa) -> None:
    navegador = entrar(request.getfixturevalue(nome))
    for caminho in (EVIDENCIAS, NOMES):
        assert navegador.get(caminho).status_code == 403
    assert not RegistroDeAuditoria.objects.filter(acao="exportar retroteste").exists()


def test_outra_empresa_e_segmento_alheio_sao_404(davi: Any, entrar: Any, empresa: Empresa) -> None:
    outra = Empresa.objects.create(codigo="2", nome="Outra")
    alheio = Segmento.objects.create(empresa=outra, nome="Alheio")
    navegador = entrar(davi)
    for recorte in (f"empresa={outra.pk}", f"segmento={alheio.pk}", "segmento=x", "segmento=" + "9" * 30):
        for caminho in (EVIDENCIAS, NOMES):
            assert navegador.get(f"{caminho}?{recorte}").status_code == 404


def test_antes_da_primeira_rodada_a_tela_diz_o_que_falta(davi: Any, entrar: Any, empresa: Empresa) -> None:
    navegador = entrar(davi)
    assert "Ainda não há passado a examinar" in texto(navegador.get(EVIDENCIAS))
    assert navegador.get(NOMES).status_code == 302
    assert "teste no passado e curva de retorno" in texto(navegador.get("/atividade/"))


def test_poucos_pedidos_se_diz_com_a_data_em_que_havera(
    davi: Any, entrar: Any, empresa: Empresa, novo_cliente: Any
) -> None:
    novo_cliente("C1", compras=[(date(2026, 10, 5), "1.00"), (date(2026, 11, 19), "1.00")])
    calcular(empresa)
    pagina = texto(entrar(davi).get(EVIDENCIAS))
    assert "Poucos dados para sugerir" in pagina
    assert "o primeiro se completa em 29/04/2027" in pagina
    assert "A curva aparece quando houver ao menos 100 silêncios" in pagina
    assert b"".join(entrar(davi).get(NOMES).streaming_content).decode().count("\r\n") == 1
