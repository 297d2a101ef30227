"""Uma carteira de seis clientes em movimento, e o tamanho da lista atrás de cada elo."""

import csv
import io
import re
from datetime import date, timedelta
from html import unescape
from typing import Any

from django.http import QueryDict

from atividade.limiares import configurar
from atividade.recalculo import recalcular
from atividade.regras import Periodo
from carteira.filters import FiltroDeClientes
from clientes.models import Municipio
from contas.models import Empresa, Usuario
from tests.conftest import HOJE


def mover(empresa: Empresa, davi: Any, ana: Any, carla: Any, novo_cliente: Any) -> None:
    """60 dias (quase em 40), desde 01/06: A ficou, Q se perdeu e voltou, I se perdeu, N abriu, E encerrou."""
    configurar(empresa=empresa, periodo=Periodo.de_texto("60d"), antecedencia=Periodo.de_texto("20d"),
               vigente_desde=date(2020, 1, 1), por=davi)  # fmt: skip
    timbo, brusque = (Municipio.objects.get(nome=n, uf="SC") for n in ("Timbó", "Brusque"))
    novo_cliente("A", vendedor=ana, uf="SC", municipio=timbo,
                 compras=[(date(2026, 6, 10) + timedelta(days=30 * n), "10") for n in range(6)])  # fmt: skip
    novo_cliente("Q", vendedor=ana, uf="SC", municipio=timbo, compras=[(date(2026, 6, 1), "20"), (HOJE, "5")])
    novo_cliente("I", vendedor=carla, uf="SC", municipio=brusque, compras=[(date(2026, 6, 20), "300")])
    novo_cliente("N", vendedor=carla, compras=[(date(2026, 11, 3), "70")])
    novo_cliente("E", vendedor=ana, compras=[(date(2026, 6, 25), "9")], encerrado_em=date(2026, 7, 10))
    novo_cliente("P", vendedor=ana, uf="SC", municipio=brusque, cadastrado_em=date(2026, 5, 1))
    for dia in (date(2026, 6, 1), HOJE):
        recalcular(empresa=empresa, referencia=dia, hoje=dia)


def texto(resposta: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", unescape(resposta.content.decode())))


def quantos(navegador: Any, url: str) -> int:
    """O tamanho da lista atrás de um elo; da de clientes, o do filtro dela, sem desenhar as linhas."""
    if url.startswith("/clientes/"):
        usuario = Usuario.objects.get(pk=navegador.session["_auth_user_id"])
        filtro = FiltroDeClientes(QueryDict(url.partition("?")[2]), usuario=usuario)
        assert not filtro.recusados, url
        return filtro.resultado().count()
    return navegador.get(url).context["pagina"].paginator.count


def ler(resposta: Any) -> list[dict[str, str]]:
    bruto = b"".join(resposta.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(bruto), delimiter=";"))
