"""Um ano que não é de ninguém no endereço não é data nenhuma: a página abre no que mostraria sem ela."""

from typing import Any

import pytest

from contas.models import Empresa
from relatorios import catalogo
from relatorios.periodos import ler_dia
from tests.conftest import HOJE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
LONGE = ("0001-01", "9999-11")
PAGINAS = (
    "/painel/",
    "/painel/metas/",
    "/avisos/retorno/",
    "/composicao/",
    "/migracao/",
    "/migracao/saldo/",
    "/resultados/",
    "/resultados/contatos/",
    "/resultados/funil/",
    "/positivacao/",
    "/agenda/",
    "/carteiras/historia/",
    "/auditoria/",
)


def test_so_os_anos_em_que_se_vende_sao_datas() -> None:
    assert [ler_dia(t) for t in ("0001-01-01", "31/12/1899", "9001-01-01", "2026-02-30", "")] == [None] * 5
    assert [str(ler_dia(t)) for t in ("1900-01-01", "20/11/2026", " 9000-12-31 ")] == [
        "1900-01-01",
        "2026-11-20",
        "9000-12-31",
    ]


@pytest.mark.parametrize("mes", LONGE)
def test_nenhuma_pagina_cai_com_um_ano_impossivel(mes: str, empresa: Any, davi: Any, entrar: Any) -> None:
    Empresa.objects.filter(pk=empresa.pk).update(referencia=HOJE)
    navegador = entrar(davi)
    navegador.raise_request_exception = False
    datas = f"de={mes}-01&ate={mes}-28&data={mes}-01&dia={mes}-01&mes={mes}"
    paginas = [*PAGINAS, *(f"/relatorios/{r.chave}/" for r in catalogo.todos())]
    respostas = {pagina: navegador.get(f"{pagina}?{datas}").status_code for pagina in paginas}
    assert {pagina: codigo for pagina, codigo in respostas.items() if codigo not in (200, 302)} == {}
    assert navegador.get(f"/api/v1/composicao/?data={mes}-01").status_code == 400
