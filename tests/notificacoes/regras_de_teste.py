"""O que as histórias das regras de aviso têm em comum: criar uma regra, rodar a noite, ler quem foi citado."""

from datetime import date, timedelta
from typing import Any

from atividade.recalculo import recalcular
from contas.models import Empresa, Usuario
from notificacoes.models import (
    ItemDeMensagem,
    RegraDeAviso,
    Sobre,
)
from notificacoes.regras.escrita import escrever_avisos, escrever_na_central
from notificacoes.regras.gestao import salvar_regra
from notificacoes.regras.partida import garantir
from notificacoes.regras.rodada import Rodada
from notificacoes.resumos import escrever_resumos
from notificacoes.rodadas import Noite, Pronta
from notificacoes.volumes import escrever_volumes

VAGA = date(2026, 11, 20)  # uma sexta-feira, feriado nacional
DIA = timedelta(days=1)


def atras(dias: int) -> date:
    return VAGA - timedelta(days=dias)


def regra(empresa: Empresa, davi: Usuario, sobre: str, **dados: Any) -> RegraDeAviso:
    nome = dados.pop("nome", str(Sobre(sobre).label))
    return salvar_regra(empresa=empresa, por=davi, nome=nome, sobre=sobre, **dados)[0]


def rodar(empresa: Empresa, vaga: date = VAGA, desde: date | None = None) -> dict[str, int]:
    """A parte da noite que decide e escreve, na ordem dela."""
    rodada = Rodada(Noite(vaga, [Pronta(empresa, vaga, desde, volume_devido=False)]))
    return {
        "resumos": escrever_resumos(rodada.noite, rodada),
        "volumes": escrever_volumes(rodada.noite, rodada),
        "avisos": escrever_avisos(rodada),
        "central": escrever_na_central(rodada),
    }


def so_as_regras(empresa: Empresa) -> None:
    """Sem as de partida, para ver só o que a regra da história faz."""
    garantir([empresa])
    RegraDeAviso.objects.exclude(partida="").update(pausada=True)


def citados(pessoa: Usuario) -> list[str]:
    return list(
        ItemDeMensagem.objects.filter(pessoa=pessoa)
        .order_by("decidido_em", "ordem")
        .values_list("cliente__codigo", flat=True)
    )


def calcular(empresa: Empresa, vaga: date = VAGA) -> None:
    recalcular(empresa=empresa, referencia=vaga, hoje=vaga)
    empresa.refresh_from_db()
