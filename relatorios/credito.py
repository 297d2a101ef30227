"""Crédito e risco da carteira: quem deve, quanto está comprometido, como as restrições andam e quem melhorou.

Parte de `composicao.linhas`: os em carteira que a pessoa vê, prospects inclusive, porque o crédito se olha antes da
primeira venda. A porcentagem comprometida é sobre ativos, quase inativos e inativos, como na composição. Cada
condição vem de `clientes.credito`, que é também a da lista por trás do número.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import BooleanField, Case, Count, ExpressionWrapper, F, Max, Q, QuerySet, Sum, When

from atividade.models import Indicadores
from atividade.regras import Tendencia, classificar_tendencia
from clientes import credito
from clientes.models import FaixaEmVigor, ParametrosDeCredito, RestricaoDeCredito, TipoDeRestricao, Titulo
from clientes.models.biro import aberta_em
from contas.models import Empresa, Usuario
from contas.replica import conexao
from relatorios.composicao import NA_CONTA, ZERO, Recorte, linhas

MESES = 12
MESES_DA_TENDENCIA = 3


@dataclass(frozen=True)
class Soma:
    """Clientes, e R$ do que se está contando."""

    clientes: int = 0
    valor: Decimal = ZERO
    linhas: int = 0


@dataclass(frozen=True)
class Comprometida:
    """Os da carteira com título vencido ou restrição aberta, e o que compraram em 12 meses."""

    clientes: int
    valor: Decimal
    da_carteira: int
    valor_da_carteira: Decimal

    @property
    def porcento(self) -> Decimal | None:
        return Decimal(self.clientes) * 100 / self.da_carteira if self.da_carteira else None

    @property
    def porcento_valor(self) -> Decimal | None:
        return self.valor * 100 / self.valor_da_carteira if self.valor_da_carteira else None


@dataclass(frozen=True)
class Faixa:
    nome: str
    limites: str
    clientes: int
    valor: Decimal
    total: int

    @property
    def porcento(self) -> Decimal | None:
        return Decimal(self.clientes) * 100 / self.total if self.total else None


@dataclass(frozen=True)
class Distribuicao:
    faixas: list[Faixa]
    com_score: int
    sem_score: int
    limite: int  # % acima da qual uma faixa é concentração

    @property
    def concentrada(self) -> Faixa | None:
        """A faixa que passa do limite; no limite ainda não passa."""
        maior = max(self.faixas, key=lambda f: f.clientes, default=None)
        passa = maior is not None and maior.porcento is not None and maior.porcento > self.limite
        return maior if passa else None


@dataclass(frozen=True)
class Mes:
    """O que havia no último dia do mês ou, no corrente, no dia da leitura."""

    data: date
    inadimplentes: Soma
    restritos: Soma


@dataclass(frozen=True)
class Quadro:
    """Tudo o que a tela de crédito diz de uma carteira."""

    clientes: int
    por_titulos: Soma
    por_biro: Soma
    comprometida: Comprometida
    vencidos: list[tuple[credito.Idade, Soma]]
    a_vencer: list[tuple[credito.Idade, Soma]]
    por_tipo: list[tuple[TipoDeRestricao, Soma]]
    distribuicao: Distribuicao
    meses: list[Mes]
    melhoras: dict[str, int] = field(default_factory=dict)

    def tendencia(self, de_que: str) -> Tendencia | None:
        """Hoje contra três meses antes, com a folga de sempre."""
        agora, antes = (getattr(self.meses[-1 - n], de_que).clientes for n in (0, MESES_DA_TENDENCIA))
        return classificar_tendencia(Decimal(agora), Decimal(antes))


def quadro(
    usuario: Usuario, recorte: Recorte, *, hoje: date, empresas: Sequence[Empresa], dias: int
) -> Quadro:
    clientes = linhas(usuario, recorte)
    grupos = _pelas_condicoes(clientes, hoje, dias)
    carteira = [g for g in grupos if g["conta"]]
    presos = [g for g in carteira if g["preso"]]
    vencidos, total_vencido = _por_idade(clientes, credito.VENCIDOS, credito.vencidos_ha)
    a_vencer, _ = _por_idade(clientes, credito.A_VENCER, credito.a_vencer_em)
    por_tipo, total_restrito = _restricoes(clientes, hoje)
    return Quadro(
        clientes=_quantos(grupos),
        por_titulos=total_vencido,
        por_biro=total_restrito,
        comprometida=Comprometida(_quantos(presos), _valor(presos), _quantos(carteira), _valor(carteira)),
        vencidos=vencidos,
        a_vencer=a_vencer,
        por_tipo=por_tipo,
        distribuicao=distribuicao(clientes, empresas),
        meses=_meses(clientes, hoje, total_vencido, total_restrito),
        melhoras={m: _quantos(g for g in grupos if g[f"melhora_{m}"]) for m in credito.MELHORAS}
        | {"reabordar": _quantos(g for g in grupos if any(g[f"melhora_{m}"] for m in credito.MELHORAS))},
    )


def _pelas_condicoes(clientes: QuerySet[Indicadores], hoje: date, dias: int) -> list[dict[str, Any]]:
    """Quantos e quanto de cada combinação: cada condição, que lê títulos, restrições e scores, pergunta-se uma vez."""
    desde = hoje - timedelta(days=dias)
    condicoes = {"conta": Q(status__in=NA_CONTA), "preso": credito.comprometido(hoje)}
    condicoes |= {f"melhora_{m}": credito.melhorou(desde, hoje, [m]) for m in credito.MELHORAS}
    sim = {nome: ExpressionWrapper(q, BooleanField()) for nome, q in condicoes.items()}
    grupos = clientes.annotate(**sim).values(*sim).order_by()
    return list(grupos.annotate(n=Count("pk"), v=Sum("valor_12m")))


def _quantos(grupos: Iterable[dict[str, Any]]) -> int:
    return sum(g["n"] for g in grupos)


def _valor(grupos: Iterable[dict[str, Any]]) -> Decimal:
    return sum((g["v"] or ZERO for g in grupos), ZERO)


def _dos(modelo: Any, clientes: QuerySet[Indicadores]) -> Any:
    return modelo.objects.filter(cliente__in=clientes.values("pk")).order_by()


def _soma(chave: str, valor: Any, quando: Q) -> dict[str, Any]:
    return {
        f"{chave}_c": Count("cliente", distinct=True, filter=quando),
        f"{chave}_n": Count("pk", filter=quando),
        f"{chave}_v": Sum(valor, filter=quando),
    }


def _lida(linha: dict[str, Any], chave: str) -> Soma:
    return Soma(linha[f"{chave}_c"], linha[f"{chave}_v"] or ZERO, linha[f"{chave}_n"])


def _por_idade(
    clientes: QuerySet[Indicadores], idades: Sequence[credito.Idade], condicao: Any
) -> tuple[list[tuple[credito.Idade, Soma]], Soma]:
    """Uma leitura dos títulos em aberto: cada idade e o total delas, em que um cliente conta uma vez."""
    somas: dict[str, Any] = _soma("todos", "saldo", condicao(idades[0].de))
    for i, idade in enumerate(idades):
        somas |= _soma(f"i{i}", "saldo", condicao(idade.de, idade.ate))
    lida = _dos(Titulo, clientes).filter(saldo__gt=0).aggregate(**somas)
    return [(idade, _lida(lida, f"i{i}")) for i, idade in enumerate(idades)], _lida(lida, "todos")


def _restricoes(
    clientes: QuerySet[Indicadores], hoje: date
) -> tuple[list[tuple[TipoDeRestricao, Soma]], Soma]:
    abertas = _dos(RestricaoDeCredito, clientes).que_restringem().abertas(hoje)
    somas: dict[str, Any] = _soma("todos", "valor", Q())
    for tipo in credito.RESTRITIVOS:
        somas |= _soma(tipo.value, "valor", Q(tipo=tipo))
    lida = abertas.aggregate(**somas)
    return [(t, _lida(lida, t.value)) for t in credito.RESTRITIVOS], _lida(lida, "todos")


def distribuicao(clientes: QuerySet[Indicadores], empresas: Sequence[Empresa]) -> Distribuicao:
    """Clientes por faixa do score mais novo; a porcentagem é sobre quem tem score."""
    em_vigor = list(FaixaEmVigor.objects.order_by("minimo", "nome"))
    achadas = _por_faixa(clientes, em_vigor)
    sem, _ = achadas.pop(None, (0, ZERO))
    total = sum(n for n, _ in achadas.values())
    limites: dict[str, str] = {}
    for faixa in (f for f in em_vigor if f.empresa_id in {e.pk for e in empresas}):
        # Duas empresas que chamam igual faixas diferentes: os limites, só na configuração de cada uma.
        texto = f"{faixa.minimo} a {faixa.maximo}"
        limites[faixa.nome] = texto if limites.get(faixa.nome, texto) == texto else "conforme a empresa"
    return Distribuicao(
        faixas=[Faixa(nome, texto, *achadas.get(nome, (0, ZERO)), total) for nome, texto in limites.items()],
        com_score=total,
        sem_score=sem,
        limite=min((ParametrosDeCredito.da(e).concentracao for e in empresas), default=50),
    )


def _por_faixa(
    clientes: QuerySet[Indicadores], em_vigor: Sequence[FaixaEmVigor]
) -> dict[str | None, tuple[int, Decimal]]:
    """A faixa procura-se uma vez por valor de score, e não por cliente; nula é a de quem não tem score."""
    achadas: dict[str | None, tuple[int, Decimal]] = {}
    por_score = clientes.annotate(score=credito.score_atual()).values("empresa", "score").order_by()
    for linha in por_score.annotate(n=Count("pk"), v=Sum("valor_12m")):
        dela = [f for f in em_vigor if f.empresa_id == linha["empresa"]] if linha["score"] is not None else []
        nome = next((f.nome for f in dela if f.minimo <= linha["score"] <= f.maximo), None)
        n, v = achadas.get(nome, (0, ZERO))
        achadas[nome] = (n + linha["n"], v + (linha["v"] or ZERO))
    return achadas


def fins_de_mes(hoje: date) -> list[date]:
    """O último dia de cada um dos doze meses antes deste, do mais velho ao mais novo."""
    primeiro = hoje.replace(day=1)
    return [primeiro - relativedelta(months=n) - timedelta(days=1) for n in range(MESES - 1, -1, -1)]


def meses(clientes: QuerySet[Indicadores], hoje: date) -> list[Mes]:
    vencido = _por_idade(clientes, credito.VENCIDOS, credito.vencidos_ha)[1]
    return _meses(clientes, hoje, vencido, _restricoes(clientes, hoje)[1])


def _meses(clientes: QuerySet[Indicadores], hoje: date, vencido: Soma, restrito: Soma) -> list[Mes]:
    """Refeitos das datas de cada título e restrição: valem também para antes da instalação."""
    dias = fins_de_mes(hoje)
    dos_titulos: dict[str, Any] = {}
    das_restricoes: dict[str, Any] = {}
    for i, dia in enumerate(dias):
        # Quem pagou depois devia o título inteiro; do que se pagou em partes só se conhece o saldo de hoje.
        devia = Case(When(pago_em__gt=dia, then=F("valor")), default=F("saldo"))
        dos_titulos |= _soma(f"m{i}", devia, credito.devidos_em(dia))
        das_restricoes |= _soma(f"m{i}", "valor", aberta_em(dia))
    # O que se pagou em dia, ou antes do primeiro, não se devia em dia nenhum destes: é quase tudo o que há.
    devidos = Q(saldo__gt=0) | Q(pago_em__gt=dias[0]) & Q(pago_em__gt=F("vencimento"))
    lidos = _dos(Titulo, clientes).filter(devidos, vencimento__lt=dias[-1]).aggregate(**dos_titulos)
    lidas = _dos(RestricaoDeCredito, clientes).que_restringem().aggregate(**das_restricoes)
    meses = [Mes(dia, _lida(lidos, f"m{i}"), _lida(lidas, f"m{i}")) for i, dia in enumerate(dias)]
    return [*meses, Mes(hoje, vencido, restrito)]


# ── Reabordar ────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Reabordar:
    """Um cliente que melhorou: o quê, quando, e o que ainda pesa."""

    ind: Indicadores
    porques: list[tuple[date, str]]
    ainda: int

    @property
    def em(self) -> date:
        return max(dia for dia, _ in self.porques)


def a_reabordar(usuario: Usuario, recorte: Recorte, *, hoje: date, dias: int) -> QuerySet[Indicadores]:
    """Do maior valor ao menor; empate pelo código."""
    desde = hoje - timedelta(days=dias)
    achados = linhas(usuario, recorte).filter(credito.melhorou(desde, hoje))
    return achados.select_related("cliente", "vendedor").order_by("-valor_12m", "cliente__codigo", "pk")


def com_os_porques(pagina: Iterable[Indicadores], *, hoje: date, dias: int) -> list[Reabordar]:
    """O que melhorou em cada cliente da página, em quatro consultas."""
    inds = list(pagina)
    ids, desde = [i.pk for i in inds], hoje - timedelta(days=dias)
    porques: dict[int, list[tuple[date, str]]] = {pk: [] for pk in ids}
    for cliente, em, texto in _melhoras(ids, desde, hoje):
        porques[cliente].append((em, texto))
    abertas = RestricaoDeCredito.objects.que_restringem().abertas(hoje).filter(cliente__in=ids).order_by()
    ainda = dict(abertas.values_list("cliente").annotate(n=Count("pk")))
    return [Reabordar(i, sorted(porques[i.pk], reverse=True), ainda.get(i.pk, 0)) for i in inds]


def _melhoras(ids: list[int], desde: date, hoje: date) -> Iterator[tuple[int, date, str]]:
    for restricao in credito.restricoes_baixadas(desde, hoje).filter(cliente__in=ids):
        texto = f"{restricao.get_tipo_display()} baixada ({restricao.fonte})"
        yield restricao.cliente_id, restricao.baixada_em, texto
    for cliente, fonte, em, antes, depois, faixa in movimentos(ids, desde, hoje):
        yield cliente, em, f"Score de {antes} para {depois}, agora {faixa} ({fonte})"
    pagos = credito.regularizados(desde, hoje).filter(cliente__in=ids).order_by()
    for cliente, em in pagos.values_list("cliente").annotate(em=Max("pago_em")):
        yield cliente, em, "Pagou o que estava vencido"


def movimentos(ids: list[int], desde: date, ate: date) -> Any:
    """Quem subiu de faixa: (cliente, fonte, dia, antes, depois, faixa)."""
    de_faixa = credito.MOVIMENTOS.format(desde="%s", ate="%s")
    sql = f"""SELECT cliente_id, fonte, em, antes, depois, faixa FROM ({de_faixa}) m
              WHERE subiu AND cliente_id = ANY(%s) ORDER BY em DESC, id"""
    with conexao().cursor() as cursor:
        cursor.execute(sql, [desde, ate, ids])
        return cursor.fetchall()
