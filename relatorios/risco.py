"""O relatório de risco: quem ver antes que pare de comprar, em ordem de perda esperada, com o que saber antes.

Vale para a tela, a planilha e o papel. As consultas dependem de quantas empresas há, nunca de quantos clientes.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, OuterRef, Subquery, Sum
from django.utils import timezone

from atividade import risco
from atividade.limiares import regra_da_empresa
from atividade.models import Status
from atividade.prioridade import valor_em_jogo
from atividade.regras import DIAS_PARA_CICLO_PROPRIO
from atividade.rotulos import NOMES
from clientes.compromissos import abertos
from clientes.documentos import mascarar
from clientes.models.cliente import CanalDeContato
from contas.escopo import empresas_de
from contas.models import Empresa, Usuario
from relatorios.composicao import ZERO, Grupo, Recorte, linhas, por_situacao

MAIORES = 5
_NOTA = 46


@dataclass(frozen=True, slots=True)
class Linha:
    """Um cliente em risco, com o que se diz dele."""

    ind: Any
    referencia: date
    posto: int = 0

    @property
    def cliente(self) -> Any:
        return self.ind.cliente

    @property
    def situacao(self) -> str:
        """No relatório, ativo só entra por estar fora do ritmo."""
        return NOMES[Status.QUASE_INATIVO] if self.ind.status == Status.QUASE_INATIVO else "Fora do ritmo"

    @property
    def recencia(self) -> int:
        return int((self.referencia - self.ind.ultima_compra).days)

    @property
    def ciclo(self) -> Decimal | None:
        return self.ind.intervalo_mediano_dias if self.ind.dias_de_compra >= DIAS_PARA_CICLO_PROPRIO else None

    @property
    def vezes(self) -> Decimal | None:
        return self.recencia / self.ciclo if self.ciclo else None

    @property
    def valor(self) -> Decimal:
        return Decimal(self.ind.valor_em_jogo)

    @property
    def lugar(self) -> str:
        return "/".join(parte for parte in (self.cliente.cidade, self.cliente.uf) if parte)

    @property
    def documento(self) -> str:
        return mascarar(self.cliente.documento) if self.cliente.documento_valido else ""

    @property
    def pode_ligar(self) -> bool:
        return CanalDeContato.LIGACAO not in self.cliente.nao_contatar

    @property
    def telefone(self) -> str:
        return self.cliente.telefone if self.pode_ligar else ""

    @property
    def ordem(self) -> tuple[Decimal, str, int]:
        """Maior perda primeiro; o código desempata."""
        return -Decimal(str(self.ind.perda_esperada or 0)), self.cliente.codigo, self.ind.pk

    @property
    def prazo(self) -> str:
        """Quanto falta para piorar de situação."""
        if self.ind.status == Status.QUASE_INATIVO:
            return f"Vira {NOMES[Status.INATIVO].lower()} em {_dias((self.ind.inativo_em - self.referencia).days)}"
        return f"{NOMES[Status.QUASE_INATIVO]} em {_dias((self.ind.quase_inativo_em - self.referencia).days)}"

    @property
    def conversa(self) -> str:
        """O combinado, ou há quanto tempo ninguém fala com ele."""
        if self.ind.proxima_em:
            nota = self.ind.proxima_nota
            resto = f": {nota[:_NOTA]}{'…' if len(nota) > _NOTA else ''}" if nota else ""
            return f"Agenda {self.ind.proxima_em:%d/%m}{resto}"
        if not self.ind.ultimo_contato_em:
            return "Nunca contatado"
        dias = (self.referencia - timezone.localdate(self.ind.ultimo_contato_em)).days
        return f"Sem contato há {_dias(dias)}" if dias > 0 else "Contato feito hoje"


def _dias(n: int) -> str:
    return "1 dia" if n == 1 else f"{n} dias"


@dataclass(slots=True)
class Relatorio:
    """As primeiras linhas e o tamanho do todo, para o papel dizer também o que não coube."""

    empresas: list[Empresa]
    carteira: Grupo
    linhas: list[Linha] = field(default_factory=list)
    total: int = 0
    valor: Decimal = ZERO
    ocultos: dict[str, int] = field(default_factory=dict)
    regras: list[tuple[Empresa, str]] = field(default_factory=list)

    @property
    def restantes(self) -> int:
        return self.total - len(self.linhas)

    @property
    def valor_das_linhas(self) -> Decimal:
        return sum((linha.valor for linha in self.linhas), ZERO)

    @property
    def quantos_maiores(self) -> int:
        return MAIORES if self.total > MAIORES else 0

    @property
    def parte_dos_maiores(self) -> Decimal | None:
        """Quanto do valor está nas primeiras linhas, em %."""
        maiores = sum((linha.valor for linha in self.linhas[:MAIORES]), ZERO)
        return maiores * 100 / self.valor if self.valor else None

    @property
    def quantos_ocultos(self) -> int:
        return sum(self.ocultos.values())

    @property
    def motivos_dos_ocultos(self) -> str:
        """ "2 adiados, 1 bloqueado": em palavras, sempre na mesma ordem."""
        return ", ".join(
            f"{n} {singular if n == 1 else plural}"
            for motivo, (singular, plural) in _OCULTOS.items()
            if (n := self.ocultos.get(motivo, 0))
        )

    @property
    def varios_vendedores(self) -> bool:
        return len({linha.ind.vendedor_id for linha in self.linhas}) > 1

    @property
    def referencia(self) -> date | None:
        return max((e.referencia for e in self.empresas if e.referencia), default=None)


_OCULTOS = {
    "adiado": ("adiado", "adiados"),
    "bloqueado": ("bloqueado", "bloqueados"),
    "sem_contato": ("que não quer contato", "que não querem contato"),
}


def relatorio(usuario: Usuario, recorte: Recorte, *, limite: int) -> Relatorio:
    """O relatório do que a pessoa vê, na referência de cada empresa."""
    empresas = _empresas(usuario, recorte)
    feito = Relatorio(empresas, por_situacao(linhas(usuario, recorte)))
    candidatas: list[Linha] = []
    for empresa in _calculadas(empresas):
        _somar(feito, usuario, recorte, empresa)
        candidatas += [Linha(i, empresa.referencia) for i in _em_ordem(usuario, recorte, empresa)[:limite]]
        feito.regras.append((empresa, str(regra_da_empresa(empresa, empresa.referencia).regra)))
    primeiras = sorted(candidatas, key=lambda linha: linha.ordem)[:limite]
    feito.linhas = [replace(linha, posto=posto) for posto, linha in enumerate(primeiras, 1)]
    return feito


def todas_as_linhas(usuario: Usuario, recorte: Recorte) -> Iterator[Linha]:
    """Todas, em fluxo e na mesma ordem do relatório."""
    fluxos = [
        (Linha(i, empresa.referencia) for i in _em_ordem(usuario, recorte, empresa).iterator(chunk_size=1000))
        for empresa in _calculadas(_empresas(usuario, recorte))
    ]
    juntas = heapq.merge(*fluxos, key=lambda linha: linha.ordem)
    return (replace(linha, posto=posto) for posto, linha in enumerate(juntas, 1))


def _empresas(usuario: Usuario, recorte: Recorte) -> list[Empresa]:
    escolhidas = recorte.empresa
    return [e for e in empresas_de(usuario).order_by("codigo") if not escolhidas or str(e.pk) in escolhidas]


def _calculadas(empresas: list[Empresa]) -> Iterator[Any]:
    """Antes da primeira rodada não há em que data olhar."""
    return (e for e in empresas if e.referencia is not None)


def _riscos(usuario: Usuario, recorte: Recorte, empresa: Any) -> Any:
    da_empresa = linhas(usuario, recorte).filter(empresa=empresa)
    riscos = risco.em_risco(da_empresa, empresa.referencia)
    return riscos.annotate(oculto=risco.motivo_oculto(empresa.referencia))


def _em_ordem(usuario: Usuario, recorte: Recorte, empresa: Any) -> Any:
    combinados = abertos().filter(cliente=OuterRef("cliente_id")).order_by("em", "hora", "pk")
    riscos = _riscos(usuario, recorte, empresa).filter(oculto="")
    return (
        riscos.com_prioridade(empresa.referencia)
        .annotate(
            proxima_em=Subquery(combinados.values("em")[:1]),
            proxima_nota=Subquery(combinados.values("nota")[:1]),
        )
        .select_related("cliente", "vendedor")
        .order_by(F("perda_esperada").desc(nulls_last=True), "cliente__codigo", "pk")
    )


def _somar(feito: Relatorio, usuario: Usuario, recorte: Recorte, empresa: Any) -> None:
    """Quantos são, quanto valem e quantos ficaram de fora, e por quê."""
    contas = _riscos(usuario, recorte, empresa).values_list("oculto")
    for oculto, quantos, valor in contas.annotate(n=Count("pk"), total=Sum(valor_em_jogo())).order_by():
        if oculto:
            feito.ocultos[oculto] = feito.ocultos.get(oculto, 0) + quantos
        else:
            feito.total += quantos
            feito.valor += valor
