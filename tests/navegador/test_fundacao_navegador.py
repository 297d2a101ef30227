"""O conjunto de ferramentas do navegador funciona: página viva e tabelas de referência repostas."""

import pytest

from clientes.models import Municipio
from contas.models import Empresa


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("vez", [1, 2])
def test_as_tabelas_de_referencia_voltam_depois_de_um_teste_com_transacao(vez, pagina, live_server):
    aba = pagina()
    resposta = aba.goto(f"{live_server.url}/saude/pronta/")
    assert resposta.json()["estado"] == "pronta"
    assert Empresa.objects.count() == 1
    assert Municipio.objects.count() == 5571
