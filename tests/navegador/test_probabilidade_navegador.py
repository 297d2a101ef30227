"""A tela Probabilidade no Chromium: sem violações, sem rolagem lateral, nos dois temas e larguras."""

from typing import Any

import pytest
from django.utils import timezone

from atividade.models import AjusteDeProbabilidade, ProbabilidadeEmVigor
from contas.models import Empresa
from tests.navegador.conftest import LARGURAS, problemas
from tests.web.test_probabilidade import NUMEROS, PROVA

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ajustada(empresa: Empresa) -> None:
    hoje = timezone.localdate()
    Empresa.objects.update(referencia=hoje)
    modelos = [
        {"modelo": m, "nome": m.upper(), "recusa": "", **NUMEROS} for m in ("bgnbd", "mbgnbd", "mbgcnbd2")
    ]
    ajuste = AjusteDeProbabilidade.objects.create(
        empresa=empresa, mes=hoje.replace(day=1), referencia=hoje, b0=-0.5, s=0.9, linhas=1600, estimativa=False,
        modelo="mbgnbd", clientes=900, recompradores=700, modelos=modelos,
        prova={"corte": hoje.isoformat(), "modelo_da_prova": "mbgnbd", "p": PROVA, "modelo": PROVA}, **NUMEROS,
    )  # fmt: skip
    ProbabilidadeEmVigor.objects.create(empresa=empresa, ajuste=ajuste)


@pytest.mark.usefixtures("ajustada")
def test_probabilidade_se_le_em_toda_largura_e_tema(davi: Any, pagina: Any, live_server: Any) -> None:
    aba = pagina(davi)
    aba.goto(f"{live_server.url}/atividade/")
    aba.click("main a:has-text('Probabilidade')")
    aba.wait_for_selector(".graf.calibracao")
    assert problemas(aba, "probabilidade", quais=tuple(LARGURAS)) == {}
