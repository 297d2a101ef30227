"""Desfazer uma transferência: voltam só os clientes que ainda estão como o lote os deixou."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from clientes.lotes import voltar
from clientes.models import Cliente, ItemDeTransferencia, PeriodoDeCarteira, Transferencia
from contas.auditoria import registrar
from contas.equipes import vendedores_geridos
from contas.models import MembroDeEquipe, Papel, Usuario, Vinculo


class Fica(StrEnum):
    """Por que um cliente não volta."""

    JA_VOLTOU = "já voltou"
    MUDOU = "mudou de mãos (ou de equipe) depois desta transferência"
    DONO_SAIU = "quem o tinha já não é vendedor ativo"
    OUTRA_EMPRESA = "quem o tinha já não atende a empresa dele"
    OUTRA_EQUIPE = "quem o tinha mudou de equipe"
    FORA = "quem o tinha não é das suas equipes"


@dataclass(frozen=True, slots=True)
class Volta:
    """Quem volta, e quem não volta e por quê."""

    voltam: list[int] = field(default_factory=list)
    ficam: dict[int, Fica] = field(default_factory=dict)

    @property
    def motivos(self) -> list[tuple[str, int]]:
        return [
            (str(motivo), n) for motivo in Fica if (n := sum(1 for f in self.ficam.values() if f is motivo))
        ]


def prever_volta(lote: Transferencia, por: Usuario, hoje: date) -> Volta:
    """O que aconteceria se se desfizesse agora, só com o que a pessoa vê."""
    itens = list(_itens(lote, por))
    antigos = {item["de_id"] for item in itens} - {None}
    mundo = _Mundo.de(antigos, por, hoje)
    ficam = {item["cliente_id"]: f for item in itens if (f := mundo.por_que_fica(item))}
    return Volta([i["cliente_id"] for i in itens if i["cliente_id"] not in ficam], ficam)


@transaction.atomic
def desfazer(*, lote: Transferencia, por: Usuario, hoje: date) -> Volta:
    """Devolve o que ainda dá; repetir não faz nada."""
    lote = Transferencia.objects.select_for_update().get(pk=lote.pk)
    do_lote = Cliente.objects.filter(trocas__transferencia=lote)
    list(do_lote.select_for_update(no_key=True, of=("self",)).order_by("pk").values_list("pk"))
    volta = prever_volta(lote, por, hoje)
    if not volta.voltam:
        return volta
    voltar(lote, volta.voltam)
    if lote.desfeita_em is None:
        lote.desfeita_em, lote.desfeita_por = timezone.now(), por
        lote.save(update_fields=["desfeita_em", "desfeita_por"])
    registrar(
        "desfazer transferência",
        por=por,
        objeto=f"{len(volta.voltam)} clientes",
        depois={"lote": lote.pk, "voltam": len(volta.voltam), "ficam": dict(volta.motivos)},
    )
    return volta


def _itens(lote: Transferencia, por: Usuario) -> Iterable[dict[str, Any]]:
    """Os itens visíveis, cada um com o que se precisa saber do cliente de agora."""
    corrente = PeriodoDeCarteira.objects.filter(
        cliente=OuterRef("cliente"), transferencia=lote, periodo__endswith__isnull=True
    )
    itens: Any = ItemDeTransferencia.objects.visiveis_para(por).filter(transferencia=lote)
    return itens.annotate(como_ficou=Exists(corrente)).values(
        "cliente_id", "de_id", "de_equipe_id", "desfeito_em", "como_ficou", "cliente__empresa_id"
    )


@dataclass(frozen=True)
class _Mundo:
    """Os donos de antes como estão hoje, lidos de uma vez."""

    vendedores: set[int]
    geridos: set[int]
    equipes: dict[int, int]
    empresas: set[tuple[int, int]]

    @classmethod
    def de(cls, antigos: set[int], por: Usuario, hoje: date) -> "_Mundo":
        ativos = Usuario.objects.filter(pk__in=antigos, is_active=True, papel=Papel.VENDEDOR)
        membros = MembroDeEquipe.objects.filter(usuario__in=antigos, periodo__contains=hoje)
        vinculos = Vinculo.objects.filter(usuario__in=antigos)
        return cls(
            set(ativos.values_list("pk", flat=True)),
            set(vendedores_geridos(por, hoje).filter(pk__in=antigos).values_list("pk", flat=True)),
            dict(membros.values_list("usuario", "equipe")),
            set(vinculos.values_list("usuario", "empresa")),
        )

    def por_que_fica(self, item: dict[str, Any]) -> Fica | None:
        return next(self._impedimentos(item), None)

    def _impedimentos(self, item: dict[str, Any]) -> Iterator[Fica]:
        de = item["de_id"]
        if item["desfeito_em"]:
            yield Fica.JA_VOLTOU
        if not item["como_ficou"]:
            yield Fica.MUDOU
        if de is None:
            return
        if de not in self.vendedores:
            yield Fica.DONO_SAIU
        if (de, item["cliente__empresa_id"]) not in self.empresas:
            yield Fica.OUTRA_EMPRESA
        if self.equipes.get(de) != item["de_equipe_id"]:
            yield Fica.OUTRA_EQUIPE
        if de not in self.geridos:
            yield Fica.FORA
