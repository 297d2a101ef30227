"""O que já se fez com quem está nas listas: uma consulta por página, somada no banco.

Conta-se o que houve no período da lista e desde que o cliente entrou nela: *procurado* é quem teve qualquer
contato, *contatado* quem teve um efetivo, *comprou* quem fez um pedido que conta (até a data dos números).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, DateField, Exists, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest, Least, TruncDate

from clientes.exclusoes import motivo_na_lista
from clientes.models import Contato, Pedido

ZERO = Decimal(0)
_COLUNAS = (
    "pk", "lista_id", "cliente_id", "controle", "fora_ao_entrar", "saiu_em", "motivo", "quem", "procurado",
    "contatado", "resultado", "pedidos", "valor",
)  # fmt: skip


def com_janela(membros: Any, hoje: date) -> Any:
    """Anota de quando a quando se conta cada membro: nos contatos até hoje, nos pedidos até a referência."""
    dia = Value(hoje, output_field=DateField())
    encerrada = TruncDate("lista__encerrada_em")
    ate = Least(Coalesce("lista__ate", dia), Coalesce(encerrada, dia), dia, output_field=DateField())
    referencia = Coalesce("lista__empresa__referencia", dia)
    return membros.annotate(
        desde=Greatest("lista__de", "entrou_em"), ate=ate, ate_pedido=Least(ate, referencia)
    )


def com_progresso(membros: Any, hoje: date) -> Any:
    """Anota `motivo`, `quem`, `procurado`, `contatado`, `resultado`, `pedidos` e `valor` de cada membro."""
    contatos = Contato.objects.filter(
        cliente=OuterRef("cliente_id"),
        desfeito_em__isnull=True,
        em__date__gte=OuterRef("desde"),
        em__date__lte=OuterRef("ate"),
    )
    efetivos = contatos.filter(ocorrencia__efetiva=True)
    compras = (
        Pedido.objects.filter(
            cliente=OuterRef("cliente_id"),
            conta=True,
            data__gte=OuterRef("desde"),
            data__lte=OuterRef("ate_pedido"),
        )
        .order_by()
        .values("cliente")
    )
    return com_janela(membros, hoje).annotate(
        motivo=motivo_na_lista(hoje),
        quem=Coalesce("responsavel", "cliente__vendedor"),
        procurado=Exists(contatos),
        contatado=Exists(efetivos),
        resultado=Subquery(contatos.order_by("-em", "-pk").values("ocorrencia")[:1]),
        pedidos=Subquery(compras.annotate(n=Count("pk")).values("n")),
        valor=Subquery(compras.annotate(v=Sum("valor")).values("v")),
    )


# Os recortes de quem trabalha a lista, sobre `com_progresso`; cada um é o que a medida de mesmo nome conta.
_CONTA_Q = Q(controle=False) & (Q(motivo="") | Q(procurado=True) | Q(pedidos__isnull=False))
RECORTES: dict[str, Q] = {
    "a_contatar": Q(controle=False, motivo="", contatado=False, pedidos__isnull=True, saiu_em__isnull=True),
    "contatados": Q(controle=False, contatado=True),
    "compraram": Q(controle=False, pedidos__isnull=False),
    "membros": _CONTA_Q,
    "sairam": Q(controle=False, saiu_em__isnull=False),
    "de_fora": Q(controle=False, saiu_em__isnull=True) & ~Q(motivo=""),
    "controle": Q(controle=True),
}


@dataclass(slots=True)
class Progresso:
    """As somas de um grupo de membros. O grupo de controle fica à parte de tudo."""

    membros: int = 0  # para ligar, ou já procurados
    a_contatar: int = 0
    procurados: int = 0
    contatados: int = 0
    compraram: int = 0
    pedidos: int = 0
    valor: Decimal = ZERO
    sairam: int = 0
    de_fora: int = 0
    # A comparação: só quem, ao entrar, era para ligar; sorteado para a lista ou para o controle.
    sorteados: int = 0
    sorteados_compraram: int = 0
    sorteados_valor: Decimal = ZERO
    conversados: int = 0
    conversados_compraram: int = 0
    conversados_valor: Decimal = ZERO
    controle: int = 0
    controle_compraram: int = 0
    controle_valor: Decimal = ZERO
    controle_procurados: int = 0

    def __iadd__(self, outro: "Progresso") -> "Progresso":
        for campo in fields(self):
            setattr(self, campo.name, getattr(self, campo.name) + getattr(outro, campo.name))
        return self

    @property
    def ticket(self) -> Decimal | None:
        return self.valor / self.pedidos if self.pedidos else None

    def parte(self, quantos: int) -> Decimal | None:
        return Decimal(quantos) * 100 / self.membros if self.membros else None

    @property
    def procurados_pct(self) -> Decimal | None:
        return self.parte(self.procurados)

    @property
    def contatados_pct(self) -> Decimal | None:
        return self.parte(self.contatados)

    @property
    def compraram_pct(self) -> Decimal | None:
        return self.parte(self.compraram)


# De fora é quem tem motivo e ninguém procurou nem comprou: o que já se fez conta, aconteça o que acontecer depois.
_CONTA = "NOT controle AND (motivo = '' OR procurado OR pedidos > 0)"
_DENTRO = "NOT controle AND fora_ao_entrar = ''"
_MEDIDAS = {
    "membros": f"count(*) FILTER (WHERE {_CONTA})",
    "a_contatar": "count(*) FILTER (WHERE NOT controle AND motivo = '' AND NOT contatado AND pedidos IS NULL "
    "AND saiu_em IS NULL)",
    "procurados": f"count(*) FILTER (WHERE {_CONTA} AND procurado)",
    "contatados": f"count(*) FILTER (WHERE {_CONTA} AND contatado)",
    "compraram": f"count(*) FILTER (WHERE {_CONTA} AND pedidos > 0)",
    "pedidos": f"coalesce(sum(pedidos) FILTER (WHERE {_CONTA}), 0)",
    "valor": f"coalesce(sum(valor) FILTER (WHERE {_CONTA}), 0)",
    "sairam": "count(*) FILTER (WHERE NOT controle AND saiu_em IS NOT NULL)",
    "de_fora": "count(*) FILTER (WHERE NOT controle AND motivo <> '' AND saiu_em IS NULL)",
    "sorteados": f"count(*) FILTER (WHERE {_DENTRO})",
    "sorteados_compraram": f"count(*) FILTER (WHERE {_DENTRO} AND pedidos > 0)",
    "sorteados_valor": f"coalesce(sum(valor) FILTER (WHERE {_DENTRO}), 0)",
    "conversados": f"count(*) FILTER (WHERE {_DENTRO} AND contatado)",
    "conversados_compraram": f"count(*) FILTER (WHERE {_DENTRO} AND contatado AND pedidos > 0)",
    "conversados_valor": f"coalesce(sum(valor) FILTER (WHERE {_DENTRO} AND contatado), 0)",
    "controle": "count(*) FILTER (WHERE controle)",
    "controle_compraram": "count(*) FILTER (WHERE controle AND pedidos > 0)",
    "controle_valor": "coalesce(sum(valor) FILTER (WHERE controle), 0)",
    "controle_procurados": "count(*) FILTER (WHERE controle AND procurado)",
}
CHAVES = {
    "lista": "f.lista_id",
    "quem": "f.quem",
    "nome": "u.nome",
    "motivo": "CASE WHEN f.saiu_em IS NULL AND NOT f.controle THEN f.motivo ELSE '' END",
    "resultado": f"CASE WHEN {_CONTA} THEN o.nome END",
}


def somar(membros: Any, hoje: date, chaves: Sequence[str]) -> list[tuple[tuple[Any, ...], Progresso]]:
    """As medidas dos membros visíveis (`membros` já filtrados), por grupo de `chaves`, em uma consulta."""
    escopo, valores = com_progresso(membros, hoje).order_by().values(*_COLUNAS).query.sql_with_params()
    grupos = ", ".join(CHAVES[c] for c in chaves)
    sql = f"""
        WITH f AS MATERIALIZED ({escopo})
        SELECT {grupos}, {", ".join(_MEDIDAS.values())}
        FROM f LEFT JOIN contas_usuario u ON u.id = f.quem
        LEFT JOIN clientes_ocorrencia o ON o.id = f.resultado
        GROUP BY {", ".join(str(n) for n in range(1, len(chaves) + 1))}
        ORDER BY {", ".join(str(n) for n in range(1, len(chaves) + 1))}
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, valores)
        linhas = cursor.fetchall()
    n = len(chaves)
    return [(linha[:n], Progresso(**dict(zip(_MEDIDAS, linha[n:], strict=True)))) for linha in linhas]


def por_lista(membros: Any, hoje: date) -> dict[int, Progresso]:
    return {chave[0]: progresso for chave, progresso in somar(membros, hoje, ("lista",))}


@dataclass(frozen=True, slots=True)
class DeQuem:
    """O progresso de quem liga; sem pessoa, o dos clientes sem vendedor."""

    pk: int | None
    nome: str
    progresso: Progresso


@dataclass(frozen=True)
class Andamento:
    """O progresso de uma lista, aberto por quem liga, por motivo de estar de fora e por resultado."""

    total: Progresso
    por_quem: list[DeQuem]
    motivos: dict[str, int]
    resultados: dict[str, int]

    def de(self, quem: int | None) -> Progresso:
        """O de uma pessoa; de quem não tem nada na lista, zeros."""
        return next((p.progresso for p in self.por_quem if p.pk == quem), Progresso())


def andamento(membros: Any, hoje: date) -> Andamento:
    total = Progresso()
    por_quem: dict[int | None, DeQuem] = {}
    motivos: Counter[str] = Counter()
    resultados: Counter[str] = Counter()
    for (quem, nome, motivo, resultado), parte in somar(
        membros, hoje, ("quem", "nome", "motivo", "resultado")
    ):
        total += parte
        dela = por_quem.setdefault(quem, DeQuem(quem, nome or "Sem vendedor", Progresso())).progresso
        dela += parte
        motivos[motivo] += parte.de_fora
        resultados[resultado or ""] += parte.procurados
    com_gente = [p for p in por_quem.values() if p.progresso.membros or p.progresso.de_fora]
    return Andamento(
        total,
        sorted(com_gente, key=lambda p: (-p.progresso.membros, p.nome)),
        {m: n for m, n in motivos.items() if m and n},
        {r: n for r, n in sorted(resultados.items(), key=lambda par: (-par[1], par[0])) if r and n},
    )
