"""O retorno dos avisos em planilha: os números por grupo, as agendas atrasadas e os volumes."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_safe

from atividade.models import Status
from atividade.rotulos import PLURAIS
from carteira.web.acesso import exige
from carteira.web.planilha import responder_planilha
from carteira.web.retorno_dos_avisos import GRUPOS, Pedido
from contas.auditoria import registrar
from contas.papeis import Permissao
from notificacoes.retorno import Prazo, Retorno
from relatorios.planilhas import Coluna

_RETORNO = (
    Coluna("De", "data"),
    Coluna("Até", "data"),
    Coluna("Dias para contato", "inteiro"),
    Coluna("Dias para compra", "inteiro"),
    Coluna("Alertados", "inteiro"),
    Coluna("Contatados no prazo", "inteiro"),
    Coluna("Contatados %", "decimal2"),
    Coluna("Ainda no prazo", "inteiro"),
    Coluna("Compraram depois do contato", "inteiro"),
    Coluna("Compraram %", "decimal2"),
    Coluna("Valor", "moeda", 18),
    Coluna("Compraram sem contato", "inteiro"),
    Coluna("Compraram sem contato %", "decimal2"),
    Coluna("Valor sem contato", "moeda", 18),
)
_AGENDAS = (
    Coluna("Vendedor", largura=28),
    Coluna("Atrasados", "inteiro"),
    Coluna("Mais velho", "data"),
    Coluna("Dias de atraso", "inteiro"),
    Coluna("Parados por tentativas", "inteiro"),
)


def _volumes_em_colunas() -> tuple[Coluna, ...]:
    quase, inativos = PLURAIS[Status.QUASE_INATIVO], PLURAIS[Status.INATIVO]
    return (
        Coluna("Vendedor", largura=28),
        *(
            Coluna(f"{nome}: {o_que}", "inteiro")
            for nome in (quase, inativos)
            for o_que in ("antes", "agora", "entraram")
        ),
        Coluna("Voltaram a comprar", "inteiro"),
        Coluna("Em risco por ano", "moeda", 18),
    )


def _casas(valor: Decimal | None) -> Decimal | None:
    return None if valor is None else round(valor, 2)


def _celulas(nome: str, r: Retorno, p: Prazo) -> list[Any]:
    return [
        nome, p.de, p.ate, p.contato, p.compra, r.alertados, r.contatados, _casas(r.contatados_pct), r.no_prazo,
        r.compraram, _casas(r.compraram_pct), r.valor, r.compraram_sem, _casas(r.compraram_sem_pct), r.valor_sem,
    ]  # fmt: skip


@dataclass(frozen=True)
class Tabela:
    pedido: Pedido
    qual: str = "retorno"

    @property
    def colunas(self) -> tuple[Coluna, ...]:
        if self.qual == "agendas":
            return _AGENDAS
        if self.qual == "volumes":
            return _volumes_em_colunas()
        return (Coluna(GRUPOS[self.pedido.grupo], largura=36), *_RETORNO)

    def __iter__(self) -> Iterator[list[Any]]:
        if self.qual == "agendas":
            yield from ([a.nome, a.quantos, a.mais_velho, a.dias, a.parados] for a in self.pedido.atrasos)
        elif self.qual == "volumes":
            for v in (*self.pedido.volumes.linhas, self.pedido.volumes.total):
                medidas = [(m.antes, m.agora, m.entraram) for m in (v.quase, v.inativos)]
                yield [v.nome, *medidas[0], *medidas[1], v.voltaram, v.valor]
        else:
            yield from (
                _celulas(linha.nome, linha.retorno, self.pedido.prazo) for linha in self.pedido.linhas
            )
            yield _celulas("Total", self.pedido.total, self.pedido.prazo)


@require_safe
@exige(Permissao.EXPORTAR)
def exportar(request: HttpRequest) -> HttpResponseBase:
    """CSV ou XLSX do pedido da URL; `tabela` é o retorno, as agendas ou os volumes. Fica na auditoria."""
    pedido = Pedido(request.user, request.GET)
    qual = request.GET.get("tabela", "")
    tabela = Tabela(pedido, qual if qual in {"agendas", "volumes"} else "retorno")
    formato = "xlsx" if request.GET.get("formato") == "xlsx" else "csv"
    periodo = f"{pedido.prazo.de}-{pedido.prazo.ate}"
    registrar(
        "exportar retorno dos avisos",
        por=request.user,
        objeto=formato.upper(),
        depois={"periodo": periodo, "tabela": tabela.qual, "agrupar": pedido.grupo.value} | pedido.recorte,
    )
    nome = "retorno-dos-avisos" if tabela.qual == "retorno" else f"{tabela.qual}-do-retorno"
    return responder_planilha(formato, f"{nome}-{periodo}", tabela.colunas, list(tabela), aba="Retorno")


urlpatterns = [path("exportar/", exportar, name="exportar")]
