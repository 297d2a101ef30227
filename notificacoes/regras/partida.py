"""As regras com que toda empresa começa: o resumo do vendedor, o volume do gestor e a agenda esquecida."""

from collections.abc import Iterable
from typing import Any

from contas.models import Empresa
from notificacoes.models import DiaDaSemana, Para, Periodicidade, RegraDeAviso, Sobre

PARTIDA: dict[str, dict[str, Any]] = {
    Sobre.EM_RISCO: {"nome": "Resumo do dia", "para": Para.VENDEDORES, "teto": 10},
    Sobre.VOLUME: {
        "nome": "Volume da semana",
        "para": Para.GESTORES,
        "periodicidade": Periodicidade.SEMANAL,
        "dia_da_semana": DiaDaSemana.SEGUNDA,
        "teto": 50,
    },
    Sobre.AGENDA_ESQUECIDA: {"nome": "Agenda esquecida", "para": Para.GESTORES, "teto": 30},
}


def garantir(empresas: Iterable[Empresa]) -> None:
    """Cria as que faltam, uma vez por empresa: nenhum caminho que crie uma empresa precisa lembrar-se delas."""
    ids = [empresa.pk for empresa in empresas]
    ja_tem = set(
        RegraDeAviso.objects.filter(empresa__in=ids).exclude(partida="").values_list("empresa", "partida")
    )
    faltam = [
        RegraDeAviso(empresa_id=pk, sobre=sobre, partida=sobre, **campos)
        for pk in ids
        for sobre, campos in PARTIDA.items()
        if (pk, sobre) not in ja_tem
    ]
    if faltam:
        RegraDeAviso.objects.bulk_create(faltam, ignore_conflicts=True)
