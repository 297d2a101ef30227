"""O crédito em condições do banco: quem deve, quem tem restrição, em que faixa de score está e quem melhorou.

Cada regra se diz aqui uma vez; a tela, a lista de clientes e os avisos leem daqui. Os títulos se contam da referência
da empresa, como nas pendências; o que o birô disse vale até `hoje`, o dia em que se lê. Toda condição fala do `pk`,
que é o mesmo no cliente e nos indicadores dele.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.expressions import RawSQL

from clientes.models import (
    EVENTOS,
    SCORE_MAXIMO,
    FaixaDeScore,
    FaixaEmVigor,
    ParametrosDeCredito,
    RestricaoDeCredito,
    ScoreDeCredito,
    TipoDeRestricao,
    Titulo,
)
from contas.auditoria import registrar
from contas.models import Empresa, Usuario

REFERENCIA = F("empresa__referencia")
RESTRITIVOS = tuple(t for t in TipoDeRestricao if t not in EVENTOS)
FAIXAS_MAXIMAS = 8


class FaixasInvalidas(ValueError):
    """O que está errado nas faixas; a mensagem já vem pronta para a tela."""


# ── Títulos ──────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Idade:
    """De `de` a `ate` dias, inclusive; sem `ate`, daí em diante."""

    chave: str
    rotulo: str
    de: int
    ate: int | None = None


VENCIDOS = (
    Idade("1-30", "1 a 30 dias", 1, 30),
    Idade("31-60", "31 a 60 dias", 31, 60),
    Idade("61-90", "61 a 90 dias", 61, 90),
    Idade("91-180", "91 a 180 dias", 91, 180),
    Idade("181", "mais de 180 dias", 181),
)
A_VENCER = (
    Idade("0-7", "até 7 dias", 0, 7),
    Idade("8-30", "8 a 30 dias", 8, 30),
    Idade("31-60", "31 a 60 dias", 31, 60),
    Idade("61", "mais de 60 dias", 61),
)


def vencidos_ha(de: int, ate: int | None = None) -> Q:
    """Títulos em aberto vencidos há tantos dias; venceu ontem é 1."""
    faixa = Q(saldo__gt=0, vencimento__lte=REFERENCIA - timedelta(days=de))
    return faixa if ate is None else faixa & Q(vencimento__gte=REFERENCIA - timedelta(days=ate))


def a_vencer_em(de: int, ate: int | None = None) -> Q:
    """Títulos em aberto que vencem daqui a tantos dias; hoje é 0."""
    faixa = Q(saldo__gt=0, vencimento__gte=REFERENCIA + timedelta(days=de))
    return faixa if ate is None else faixa & Q(vencimento__lte=REFERENCIA + timedelta(days=ate))


def devidos_em(dia: date) -> Q:
    """Títulos que naquele dia já tinham vencido e ainda não estavam pagos, pelo vencimento de hoje."""
    return Q(emissao__lte=dia, vencimento__lt=dia) & (Q(pago_em__gt=dia) | Q(saldo__gt=0))


def com_titulo(condicao: Q) -> Q:
    """Clientes com algum título assim."""
    return Q(pk__in=Titulo.objects.filter(condicao).values("cliente"))


def inadimplente_por_titulos() -> Q:
    return com_titulo(vencidos_ha(1))


# ── Restrições ───────────────────────────────────────────────────────────────


def com_restricao(em: date, tipos: Sequence[str] = ()) -> Q:
    """Clientes com restrição aberta no dia, de qualquer fonte; só a baixa a tira."""
    abertas = RestricaoDeCredito.objects.que_restringem().abertas(em)
    return Q(pk__in=(abertas.filter(tipo__in=tipos) if tipos else abertas).values("cliente"))


def com_evento(desde: date, tipos: Sequence[str] = ()) -> Q:
    eventos = RestricaoDeCredito.objects.eventos().filter(em__gt=desde)
    return Q(pk__in=(eventos.filter(tipo__in=tipos) if tipos else eventos).values("cliente"))


def comprometido(hoje: date) -> Q:
    """Inadimplente nos títulos ou no birô: cada um se limpa em separado."""
    return inadimplente_por_titulos() | com_restricao(hoje)


# ── Scores ───────────────────────────────────────────────────────────────────


def ultimo_score(modelo: Any = ScoreDeCredito, dono: str = "cliente") -> Any:
    """Do mais novo, de qualquer fonte, em diante; `dono` é a relação que leva a quem é."""
    return modelo.objects.filter(**{dono: OuterRef("pk")}).order_by("-em", "-id")


def score_atual() -> Subquery:
    """O mais novo, de qualquer fonte."""
    return Subquery(ultimo_score().values("valor")[:1])


def faixa_atual() -> Subquery:
    return faixa_do_ultimo(ultimo_score())


def faixa_do_ultimo(scores: Any) -> Subquery:
    """O nome da faixa do score mais novo; nulo sem score."""
    faixa = FaixaEmVigor.objects.filter(
        empresa=OuterRef("empresa"), minimo__lte=OuterRef("valor"), maximo__gte=OuterRef("valor")
    ).order_by()
    return Subquery(scores.annotate(faixa=Subquery(faixa.values("nome")[:1])).values("faixa")[:1])


def sem_score() -> Q:
    return ~Q(Exists(ScoreDeCredito.objects.filter(cliente=OuterRef("pk"))))


# Por cliente e fonte, o último score do período contra o que valia no começo dele (sem nenhum, o primeiro): a faixa
# que subiu e desceu dentro do período não mudou. Cada limite aparece uma vez.
MOVIMENTOS = """
SELECT u.id, u.cliente_id, u.fonte, u.em, a.valor AS antes, u.valor AS depois,
       fa.nome AS faixa_antes, fu.nome AS faixa, fu.minimo > fa.minimo AS subiu
FROM (SELECT {desde}::date AS desde, {ate}::date AS ate) j
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (s.cliente_id, s.fonte) s.* FROM clientes_scoredecredito s
    WHERE s.em > j.desde AND s.em <= j.ate ORDER BY s.cliente_id, s.fonte, s.em DESC) u
CROSS JOIN LATERAL (
    SELECT b.valor FROM clientes_scoredecredito b
    WHERE b.cliente_id = u.cliente_id AND b.fonte = u.fonte AND b.em < u.em
    ORDER BY b.em <= j.desde DESC, abs(b.em - j.desde) LIMIT 1) a
JOIN clientes_faixaemvigor fu ON fu.empresa_id = u.empresa_id AND u.valor BETWEEN fu.minimo AND fu.maximo
JOIN clientes_faixaemvigor fa ON fa.empresa_id = u.empresa_id AND a.valor BETWEEN fa.minimo AND fa.maximo
WHERE fu.minimo <> fa.minimo
"""


def com_faixa_movida(desde: date, ate: date, *, subiu: bool) -> Q:
    quem = "subiu" if subiu else "NOT subiu"
    sql = f"SELECT cliente_id FROM ({MOVIMENTOS.format(desde='%s', ate='%s')}) m WHERE {quem}"
    return Q(pk__in=RawSQL(sql, (desde, ate)))  # noqa: S611 - o texto é todo nosso  # nosec B611 # texto nosso


# ── Quem melhorou ────────────────────────────────────────────────────────────

MELHORAS = {
    "restricao": "restrição baixada",
    "score": "score em faixa acima",
    "titulos": "pagou o que estava vencido",
}


def restricoes_baixadas(desde: date, ate: date) -> Any:
    return RestricaoDeCredito.objects.que_restringem().filter(baixada_em__gt=desde, baixada_em__lte=ate)


def regularizados(desde: date, ate: date) -> Any:
    """Títulos pagos com atraso no período, de quem já não tem nenhum vencido."""
    vencido = Titulo.objects.filter(cliente=OuterRef("cliente"), saldo__gt=0, vencimento__lt=REFERENCIA)
    return Titulo.objects.filter(
        ~Exists(vencido), Q(pago_em__gt=F("vencimento")), saldo=0, pago_em__gt=desde, pago_em__lte=ate
    )  # fmt: skip


def melhorou(desde: date, ate: date, como: Sequence[str] = tuple(MELHORAS)) -> Q:
    """Clientes a reabordar: algo no crédito deles ficou melhor em (desde, ate]."""
    achados = Q(pk__in=[])
    if "restricao" in como:
        achados |= Q(pk__in=restricoes_baixadas(desde, ate).values("cliente"))
    if "score" in como:
        achados |= com_faixa_movida(desde, ate, subiu=True)
    if "titulos" in como:
        achados |= Q(pk__in=regularizados(desde, ate).values("cliente"))
    return achados


# ── O que cada empresa decide ────────────────────────────────────────────────


def nomes_das_faixas(empresas: Sequence[int]) -> list[str]:
    """Da pior à melhor, sem repetir as que duas empresas chamam igual."""
    faixas = FaixaEmVigor.objects.filter(empresa__in=empresas).order_by("minimo", "nome")
    return list(dict.fromkeys(faixas.values_list("nome", flat=True)))


@transaction.atomic
def salvar_faixas(*, empresa: Empresa, faixas: Sequence[tuple[int, str]], por: Usuario) -> bool:
    """Troca as faixas da empresa; devolve se algo mudou. A mais baixa começa em zero: ninguém fica sem faixa."""
    novas = sorted((minimo, " ".join(nome.split())) for minimo, nome in faixas)
    _conferir(novas)
    atuais = list(
        FaixaEmVigor.objects.filter(empresa=empresa).order_by("minimo").values_list("minimo", "nome")
    )
    if atuais == novas:
        return False
    FaixaDeScore.objects.filter(empresa=empresa).delete()
    FaixaDeScore.objects.bulk_create(
        FaixaDeScore(empresa=empresa, minimo=minimo, nome=nome) for minimo, nome in novas
    )
    em_texto = [[f"{nome}: de {minimo}" for minimo, nome in lista] for lista in (atuais, novas)]
    registrar(
        "mudar faixas de score",
        por=por,
        objeto=empresa.nome,
        antes={"faixas": em_texto[0]},
        depois={"faixas": em_texto[1]},
        alvo=ParametrosDeCredito(empresa=empresa),
    )
    return True


def _conferir(faixas: Sequence[tuple[int, str]]) -> None:
    minimos, nomes = [m for m, _ in faixas], [n.casefold() for _, n in faixas]
    if not 2 <= len(faixas) <= FAIXAS_MAXIMAS:
        raise FaixasInvalidas(f"Dê de 2 a {FAIXAS_MAXIMAS} faixas.")
    if minimos[0] != 0:
        raise FaixasInvalidas("A faixa mais baixa começa em 0, para que todo score caia em alguma.")
    if minimos[-1] > SCORE_MAXIMO:
        raise FaixasInvalidas(f"O score vai até {SCORE_MAXIMO}.")
    if len(set(minimos)) < len(minimos):
        raise FaixasInvalidas("Duas faixas começam no mesmo score.")
    if len(set(nomes)) < len(nomes) or "" in nomes:
        raise FaixasInvalidas("Dê a cada faixa um nome, sem repetir.")


@transaction.atomic
def salvar_parametros(*, empresa: Empresa, por: Usuario, **valores: int) -> bool:
    """Grava o que mudou; devolve se algo mudou."""
    atuais = ParametrosDeCredito.da(empresa)
    mudados = {nome: valor for nome, valor in valores.items() if getattr(atuais, nome) != valor}
    if not mudados:
        return False
    ParametrosDeCredito.objects.update_or_create(empresa=empresa, defaults=valores)
    registrar(
        "mudar parâmetros de crédito",
        por=por,
        objeto=empresa.nome,
        antes={nome: getattr(atuais, nome) for nome in mudados},
        depois=mudados,
        alvo=ParametrosDeCredito(empresa=empresa),
    )
    return True
