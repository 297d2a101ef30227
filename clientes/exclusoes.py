"""Quem não é para ligar: as exclusões padrão das listas de trabalho, declaradas só aqui.

Valem na leitura, e não na entrada: quem ficou inadimplente depois some da chamada e continua contado.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Case, CharField, DateField, Exists, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce

from clientes.models import CanalDeContato, Titulo
from clientes.models.lista import DESLIGAVEIS, MotivoDeExclusao

# O que cada uma quer dizer, para quem a liga e desliga.
EXPLICACOES = {
    MotivoDeExclusao.ENCERRADO: "a empresa do cliente fechou, ou ele deixou de ser cliente",
    MotivoDeExclusao.FORA_DO_PERFIL: "não é o tipo de cliente que se quer",
    MotivoDeExclusao.NAO_CONTATAR: "opôs-se a todos os canais; por lei, não se desliga",
    MotivoDeExclusao.BLOQUEADO: "bloqueado no ERP",
    MotivoDeExclusao.INADIMPLENTE: "com título vencido na data dos números",
    MotivoDeExclusao.ADIADO: "adiado até uma data que ainda não chegou",
}


def condicao(motivo: str, hoje: date, prefixo: str = "") -> Q:
    """O cliente (sob `prefixo`) está de fora por este motivo."""

    def campo(nome: str, valor: Any) -> Q:
        return Q(**{f"{prefixo}{nome}": valor})

    return {
        MotivoDeExclusao.ENCERRADO: campo("encerrado_em__isnull", False),
        MotivoDeExclusao.FORA_DO_PERFIL: campo("fora_do_perfil", True),
        MotivoDeExclusao.NAO_CONTATAR: campo("nao_contatar__contains", CanalDeContato.values),
        MotivoDeExclusao.BLOQUEADO: campo("bloqueado", True),
        MotivoDeExclusao.INADIMPLENTE: Q(Exists(_vencidos(hoje, prefixo))),
        MotivoDeExclusao.ADIADO: campo("adiado_ate__gt", hoje),
    }[MotivoDeExclusao(motivo)]


def _vencidos(hoje: date, prefixo: str) -> Any:
    """Como em `clientes.pendencias`: com saldo, e o vencimento passou da referência da empresa."""
    em = Coalesce(OuterRef(f"{prefixo}empresa__referencia"), Value(hoje), output_field=DateField())
    return Titulo.objects.vencidos(em).filter(cliente=OuterRef(f"{prefixo}pk"))


def motivo_na_lista(hoje: date) -> Case:
    """Sobre membros: o primeiro motivo que a lista de cada um não desligou; vazio é para ligar."""

    def ligada(motivo: str) -> Q:
        return ~Q(lista__exclusoes_desligadas__contains=[motivo]) if motivo in DESLIGAVEIS else Q()

    return _primeiro((m, condicao(m, hoje, "cliente__") & ligada(m)) for m in MotivoDeExclusao.values)


def motivo_do_cliente(hoje: date, desligadas: Iterable[str] = ()) -> Case:
    """Sobre clientes: o que a lista diria deles hoje, com estas exclusões desligadas."""
    fora = set(desligadas) & set(DESLIGAVEIS)
    return _primeiro((m, condicao(m, hoje)) for m in MotivoDeExclusao.values if m not in fora)


def _primeiro(casos: Iterable[tuple[str, Q]]) -> Case:
    quando = [When(condicao, then=Value(motivo)) for motivo, condicao in casos]
    return Case(*quando, default=Value(""), output_field=CharField())


def frase(contagem: dict[str, int]) -> str:
    """ "20 inadimplentes, 3 bloqueados": do motivo mais comum ao mais raro."""
    ordenados = sorted((m for m in MotivoDeExclusao if contagem.get(m)), key=lambda m: -contagem[m])
    return ", ".join(f"{contagem[m]} {rotulo(m, contagem[m])}" for m in ordenados)


_NO_SINGULAR = {
    MotivoDeExclusao.ENCERRADO: "encerrado",
    MotivoDeExclusao.NAO_CONTATAR: "que pediu para não ser contatado",
    MotivoDeExclusao.BLOQUEADO: "bloqueado",
    MotivoDeExclusao.INADIMPLENTE: "inadimplente",
    MotivoDeExclusao.ADIADO: "adiado",
}


def rotulo(motivo: str, quantos: int = 2) -> str:
    chave = MotivoDeExclusao(motivo)
    return str(_NO_SINGULAR.get(chave, chave.label) if quantos == 1 else chave.label)
