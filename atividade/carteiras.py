"""As carteiras lado a lado, e o que uma troca de dono faria delas antes de ser gravada."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import BooleanField, Case, Count, F, Q, QuerySet, Sum, Value, When

from atividade.models import Indicadores, Status
from atividade.repartir import Candidato, Modo, repartir
from clientes.compromissos import abertos
from clientes.models import Cliente, PeriodoDeCarteira
from contas.models import DonoDaCarteira, Empresa, Usuario, Vinculo

CURVAS = ("A", "B", "C", "")
_ORDEM = (Status.ATIVO, Status.QUASE_INATIVO, Status.INATIVO, Status.PROSPECT)


@dataclass
class Totais:
    """Uma carteira em números: clientes, valor em 12 meses, por curva e por status."""

    clientes: int = 0
    valor: Decimal = Decimal(0)
    curvas: Counter[str] = field(default_factory=Counter)
    status: Counter[str] = field(default_factory=Counter)

    def somar(self, n: int, valor: Decimal, curva: str, status: str) -> None:
        self.clientes += n
        self.valor += valor
        self.curvas[curva] += n
        self.status[status] += n

    def juntar(self, outros: "Totais") -> None:
        self.clientes += outros.clientes
        self.valor += outros.valor
        self.curvas.update(outros.curvas)
        self.status.update(outros.status)

    def copia(self) -> "Totais":
        return Totais(self.clientes, self.valor, Counter(self.curvas), Counter(self.status))


def totais_por_dono(visiveis: Any) -> dict[tuple[int | None, int | None], Totais]:
    """(vendedor, equipe) → números dos clientes em carteira, numa consulta."""
    grupos = (
        visiveis.em_carteira()
        .order_by()
        .values("vendedor_id", "equipe_id", "curva_abc", "status")
        .annotate(n=Count("pk"), valor=Sum("valor_12m"))
    )
    totais: dict[tuple[int | None, int | None], Totais] = {}
    for g in grupos:
        dono = totais.setdefault((g["vendedor_id"], g["equipe_id"]), Totais())
        dono.somar(g["n"], g["valor"], g["curva_abc"], g["status"])
    return totais


# ── A prévia de uma troca ────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Lado:
    """Uma pessoa (ou ninguém) antes e depois da troca."""

    vendedor: Usuario | None
    antes: Totais
    depois: Totais

    @property
    def curvas(self) -> list[tuple[int, int]]:
        """A, B e C, antes e depois."""
        return [(self.antes.curvas[c], self.depois.curvas[c]) for c in CURVAS if c]


@dataclass(frozen=True)
class Previa:
    """Tudo o que se diz antes de gravar; `destinos` é o que se grava."""

    destinos: dict[int, Usuario | None]
    mudam: Totais
    fora_da_carteira: int  # encerrados e fora do perfil, que vão junto mas não contam
    ficam: list[tuple[str, int]]
    lados: list[Lado]
    compromissos: int
    do_erp: int  # a troca vale até o ERP mandar outro vendedor
    ja_no_erp: int  # destes, quantos o ERP já diz que são do destino
    trocas_depois: int  # tinham outra troca depois da data, que deixa de valer
    impressao: str  # o que se viu: se mudar antes de gravar, confere-se de novo

    @property
    def clientes(self) -> int:
        return len(self.destinos)

    @property
    def por_curva(self) -> list[tuple[str, int]]:
        return [(c, self.mudam.curvas[c]) for c in CURVAS]

    @property
    def por_status(self) -> list[tuple[str, int]]:
        return [(s, n) for s in _ORDEM if (n := self.mudam.status[s])]


def prever(
    *, clientes: QuerySet[Cliente], para: Sequence[Usuario], modo: str, em: date, por: Usuario
) -> Previa:
    """O que aconteceria se estes clientes passassem a estas pessoas (nenhuma: ficam sem vendedor)."""
    candidatos = _candidatos(clientes)
    pessoas = {p.pk: p for p in para}
    partilha = _partilhar(candidatos, list(pessoas), modo)
    mudam = [c for c in candidatos if c.pk in partilha and partilha[c.pk] != c.vendedor]
    destinos = {c.pk: pessoas.get(partilha[c.pk] or 0) for c in mudam}
    do_erp, ja_no_erp = _do_erp(destinos)
    return Previa(
        destinos=destinos,
        mudam=_somar(mudam),
        fora_da_carteira=sum(1 for c in mudam if not c.na_carteira),
        ficam=_ficam(candidatos, partilha, pessoas),
        lados=_lados(mudam, partilha, por),
        compromissos=_compromissos(destinos),
        do_erp=do_erp,
        ja_no_erp=ja_no_erp,
        trocas_depois=_trocas_depois(destinos, em),
        impressao=_impressao(mudam, partilha),
    )


def _candidatos(clientes: QuerySet[Cliente]) -> list[Candidato]:
    na_carteira = Case(
        When(cliente__encerrado_em__isnull=True, cliente__fora_do_perfil=False, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    linhas = Indicadores.objects.filter(pk__in=clientes.order_by().values("pk")).annotate(dentro=na_carteira)
    campos = ("pk", "cliente__codigo", "empresa_id", "vendedor_id", "equipe_id", "curva_abc", "valor_12m")
    return [
        Candidato(*linha)
        for linha in linhas.order_by("cliente__codigo", "pk").values_list(*campos, "status", "dentro")
    ]


def _partilhar(candidatos: Sequence[Candidato], destinos: Sequence[int], modo: str) -> dict[int, int | None]:
    if not destinos:
        return {c.pk: None for c in candidatos}
    vinculos = Vinculo.objects.filter(usuario__in=destinos).values_list("usuario", "empresa")
    return dict(repartir(candidatos, destinos, modo, set(vinculos)))


def _ficam(
    candidatos: Iterable[Candidato], partilha: Mapping[int, int | None], pessoas: Mapping[int, Usuario]
) -> list[tuple[str, int]]:
    """Quem não muda, e por quê."""
    motivos: Counter[str] = Counter()
    sem_quem_atenda: Counter[int] = Counter()
    for c in candidatos:
        if c.pk not in partilha:
            sem_quem_atenda[c.empresa] += 1
        elif partilha[c.pk] == c.vendedor:
            motivos[f"já de {pessoas[c.vendedor].nome}" if c.vendedor else "já sem vendedor"] += 1
    for empresa in Empresa.objects.filter(pk__in=sem_quem_atenda) if sem_quem_atenda else ():
        motivos[f"ninguém dos escolhidos atende {empresa.nome}"] = sem_quem_atenda[empresa.pk]
    return sorted(motivos.items())


def _somar(clientes: Iterable[Candidato]) -> Totais:
    totais = Totais()
    for c in clientes:
        totais.somar(1, c.valor, c.curva, c.status)
    return totais


def _lados(mudam: Sequence[Candidato], partilha: Mapping[int, int | None], por: Usuario) -> list[Lado]:
    """Antes e depois de cada pessoa tocada: só os clientes em carteira que quem troca vê."""
    tocados = {c.vendedor for c in mudam} | {partilha[c.pk] for c in mudam}
    antes = _antes(tocados, por)
    depois = {dono: totais.copia() for dono, totais in antes.items()}
    for c in mudam:
        if c.na_carteira:
            depois[c.vendedor].somar(-1, -c.valor, c.curva, c.status)
            depois[partilha[c.pk]].somar(1, c.valor, c.curva, c.status)
    pessoas = Usuario.objects.in_bulk([d for d in tocados if d])
    lados = [Lado(pessoas.get(d or 0), antes[d], depois[d]) for d in tocados]
    return sorted(lados, key=lambda x: (x.vendedor is None, x.vendedor.nome_chave if x.vendedor else ""))


def _antes(tocados: Iterable[int | None], por: Usuario) -> dict[int | None, Totais]:
    antes: dict[int | None, Totais] = {dono: Totais() for dono in tocados}
    de_quem = Q(vendedor__in=[d for d in antes if d])
    if None in antes:
        de_quem |= Q(vendedor__isnull=True)
    visiveis = Indicadores.objects.visiveis_para(por).filter(de_quem)
    for (vendedor, _), totais in totais_por_dono(visiveis).items():
        antes[vendedor].juntar(totais)
    return antes


def _compromissos(destinos: Mapping[int, Any]) -> int:
    """Os em aberto do dono de agora, que seguem com o cliente."""
    dele = abertos().filter(cliente__in=list(destinos), responsavel=F("cliente__vendedor"))
    return int(dele.count())


def _do_erp(destinos: Mapping[int, Usuario | None]) -> tuple[int, int]:
    """De quantos o dono vem do ERP e, destes, quantos o ERP já diz que são do destino."""
    governados = Cliente.objects.filter(
        pk__in=list(destinos), empresa__dono_da_carteira=DonoDaCarteira.ERP, erp__has_key="vendedor"
    )
    no_erp = list(governados.values_list("pk", "erp__vendedor"))
    ja = sum(1 for pk, dono in no_erp if (p := destinos[pk]) is not None and str(dono) == str(p.pk))
    return len(no_erp), ja


def _trocas_depois(destinos: Mapping[int, Any], em: date) -> int:
    depois = PeriodoDeCarteira.objects.filter(cliente__in=list(destinos), periodo__startswith__gt=em)
    return depois.values("cliente").distinct().count()


def _impressao(mudam: Iterable[Candidato], partilha: Mapping[int, int | None]) -> str:
    linhas = "\n".join(f"{c.pk} {c.vendedor} {partilha[c.pk]}" for c in sorted(mudam))
    return hashlib.sha256(linhas.encode()).hexdigest()[:16]


__all__ = ["CURVAS", "Lado", "Modo", "Previa", "Totais", "prever", "totais_por_dono"]
