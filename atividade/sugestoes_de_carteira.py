"""Trocas que a casa sugere: pequenos de externo à venda interna, sem dono pelas regras, e carteira cheia demais.

São lidas na hora, dos números de hoje; guarda-se só o que alguém dispensou. Aceitar é uma transferência como as
outras, com a sua prévia.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Sum, Value, When

from atividade.carteiras import Totais, totais_por_dono
from atividade.models import Indicadores
from atividade.prioridade import valor_em_jogo
from clientes.compromissos import abertos
from clientes.models import (
    Cliente,
    ParametrosDaCarteira,
    RegraDeAtribuicao,
    SugestaoDispensada,
    TipoDeSugestao,
)
from contas.auditoria import registrar
from contas.equipes import vendedores_geridos
from contas.escopo import empresas_de
from contas.models import Empresa, MembroDeEquipe, TipoDeVendedor, Usuario

MINIMO_PARA_MEDIA = 2  # com um vendedor só não há média de que fugir


@dataclass(frozen=True)
class Sugestao:
    """Um grupo de clientes com o mesmo porquê e o mesmo destino."""

    tipo: str
    chave: str  # no endereço: pequeno-1, sem_dono-7, desequilibrio-12
    titulo: str
    porque: str
    motivo: str  # o que a transferência leva escrito
    clientes: QuerySet[Any]  # Indicadores, os primeiros a passar na frente
    quantos: int
    valor: Decimal
    destinos: Sequence[Usuario]
    quem_falta: str = ""  # por que não há a quem passar
    vendedor: Usuario | None = None  # de quem é a carteira cheia demais


def parametros_da_carteira(empresa: Empresa) -> ParametrosDaCarteira:
    return ParametrosDaCarteira.objects.filter(empresa=empresa).first() or ParametrosDaCarteira(
        empresa=empresa
    )


def acima_da_media(usuario: Usuario) -> int:
    """A partir de quantos por cento sobre a média uma carteira é cheia demais: o mais exigente das empresas."""
    guardados = ParametrosDaCarteira.objects.filter(empresa__in=empresas_de(usuario))
    return min(
        guardados.values_list("acima_da_media", flat=True), default=ParametrosDaCarteira().acima_da_media
    )


def sugestoes_para(usuario: Usuario, hoje: date) -> list[Sugestao]:
    """Todas, com quantos clientes alcançam; as vazias não aparecem."""
    quem = _Quem.de(usuario, hoje)
    achadas = [*_pequenos(quem), *_sem_dono(quem), *_desequilibrios(quem)]
    return [s for s in achadas if s.quantos]


def sem_regra(usuario: Usuario) -> int:
    """Clientes sem vendedor que nenhuma regra alcança."""
    visiveis = Indicadores.objects.visiveis_para(usuario).em_carteira().filter(vendedor__isnull=True)
    regras = list(RegraDeAtribuicao.objects.filter(empresa__in=empresas_de(usuario)))
    alcancados = Q(pk__in=[])
    for regra in regras:
        alcancados |= _condicao(regra)
    return int(visiveis.exclude(alcancados).count())


@dataclass(frozen=True)
class _Quem:
    """A pessoa, o que ela vê e a quem pode passar; lido uma vez."""

    usuario: Usuario
    hoje: date
    vendedores: list[Usuario]
    empresas: dict[int, Empresa]
    atende: dict[int, set[int]]

    @classmethod
    def de(cls, usuario: Usuario, hoje: date) -> "_Quem":
        vendedores = list(vendedores_geridos(usuario, hoje).prefetch_related("vinculos"))
        empresas = {e.pk: e for e in empresas_de(usuario).select_related("parametros_da_carteira")}
        return cls(
            usuario,
            hoje,
            vendedores,
            empresas,
            {v.pk: {vinculo.empresa_id for vinculo in v.vinculos.all()} for v in vendedores},
        )

    def visiveis(self, tipo: str) -> Any:
        """Em carteira, sem os que se dispensaram deste tipo; `valor` é o de 12 meses ou o do último ano ativo."""
        dispensados = SugestaoDispensada.objects.filter(tipo=tipo, cliente=OuterRef("pk"), ate__gt=self.hoje)
        return (
            Indicadores.objects.visiveis_para(self.usuario)
            .em_carteira()
            .filter(~Exists(dispensados))
            .annotate(valor=valor_em_jogo())
        )

    def parametros(self, empresa: Empresa) -> ParametrosDaCarteira:
        return getattr(empresa, "parametros_da_carteira", None) or ParametrosDaCarteira(empresa=empresa)

    def que_atendem(self, empresa: int, entre: Iterable[Usuario]) -> list[Usuario]:
        return [v for v in entre if empresa in self.atende.get(v.pk, set())]


# ── Pequenos de vendedor externo ─────────────────────────────────────────────


def _pequenos(quem: _Quem) -> Iterator[Sugestao]:
    """Clientes que compram pouco e que um representante visita: a venda interna os atende por menos."""
    internos = [v for v in quem.vendedores if v.tipo == TipoDeVendedor.INTERNO]
    for empresa in quem.empresas.values():
        limite = quem.parametros(empresa).pequeno_ate
        if not limite:
            continue
        clientes = quem.visiveis(TipoDeSugestao.PEQUENO).filter(
            empresa=empresa,
            vendedor__tipo=TipoDeVendedor.EXTERNO,
            vendedor__in=[v.pk for v in quem.vendedores],
            ultima_compra__isnull=False,
            valor__lt=limite,
        )
        valor = _reais(limite)
        yield _somada(
            clientes.order_by("valor", "cliente__codigo", "pk"),
            tipo=TipoDeSugestao.PEQUENO,
            chave=f"pequeno-{empresa.pk}",
            titulo=f"Clientes pequenos de vendedor externo em {empresa.nome}",
            porque=f"Compram menos de {valor} por ano e são de vendedor externo; a venda interna os atende por menos.",
            motivo=f"cliente de menos de {valor} por ano à venda interna",
            destinos=quem.que_atendem(empresa.pk, internos),
            quem_falta="Não há vendedor interno que atenda esta empresa.",
        )


# ── Sem dono ─────────────────────────────────────────────────────────────────


def _condicao(regra: RegraDeAtribuicao) -> Q:
    condicao = Q(empresa=regra.empresa_id)
    if regra.segmento_id:
        condicao &= Q(segmento=regra.segmento_id)
    if regra.perfil:
        condicao &= Q(cliente__perfil__iexact=regra.perfil)
    return condicao & Q(uf=regra.uf) if regra.uf else condicao


def _sem_dono(quem: _Quem) -> Iterator[Sugestao]:
    """Cada cliente sem vendedor pela primeira regra que casa com ele."""
    regras = list(
        RegraDeAtribuicao.objects.filter(empresa__in=quem.empresas)
        .select_related("segmento", "empresa")
        .prefetch_related("vendedores")
    )
    if not regras:
        return
    casos = [When(_condicao(regra), then=Value(n)) for n, regra in enumerate(regras)]
    clientes = (
        quem.visiveis(TipoDeSugestao.SEM_DONO)
        .filter(vendedor__isnull=True)
        .annotate(regra=Case(*casos, output_field=IntegerField()))
    )
    geridos = {v.pk: v for v in quem.vendedores}
    for n, regra in enumerate(regras):
        escolhidos = [geridos[v.pk] for v in regra.vendedores.all() if v.pk in geridos]
        yield _somada(
            clientes.filter(regra=n).order_by("-valor", "cliente__codigo", "pk"),
            tipo=TipoDeSugestao.SEM_DONO,
            chave=f"sem_dono-{regra.pk}",
            titulo=f"Sem vendedor: {regra}",
            porque=f"Não têm vendedor, e a regra de {regra.empresa.nome} diz quem atende “{regra}”.",
            motivo=f"regra de atribuição: {regra}"[:120],
            destinos=quem.que_atendem(regra.empresa_id, escolhidos),
            quem_falta="Quem a regra aponta não é das suas equipes, ou já não atende esta empresa.",
        )


# ── Carteiras cheias demais ──────────────────────────────────────────────────


def _desequilibrios(quem: _Quem) -> Iterator[Sugestao]:
    """Em cada equipe, quem tem muito mais clientes que a média: o excedente de menor valor passa aos outros."""
    dispensados = set(
        SugestaoDispensada.objects.filter(
            tipo=TipoDeSugestao.DESEQUILIBRIO, vendedor__isnull=False, ate__gt=quem.hoje
        ).values_list("vendedor", flat=True)
    )
    limite = acima_da_media(quem.usuario)
    for membros, totais in _por_equipe(quem):
        media = sum(t.clientes for t in totais.values()) / len(membros)
        for vendedor in membros:
            tem = totais[vendedor.pk].clientes
            if vendedor.pk in dispensados or tem <= media * (100 + limite) / 100:
                continue
            yield _excedente(quem, vendedor, membros, totais, media)


def _por_equipe(quem: _Quem) -> Iterator[tuple[list[Usuario], dict[int, Totais]]]:
    """Os membros de cada equipe com os seus números; equipe de um só não tem média."""
    membros: dict[int, list[Usuario]] = defaultdict(list)
    pessoas = {v.pk: v for v in quem.vendedores}
    participacoes = MembroDeEquipe.objects.filter(usuario__in=pessoas, periodo__contains=quem.hoje)
    for pessoa, equipe in participacoes.order_by("equipe__nome", "usuario__nome_chave").values_list(
        "usuario", "equipe"
    ):
        membros[equipe].append(pessoas[pessoa])
    donos: dict[int, Totais] = defaultdict(Totais)
    for (vendedor, _), totais in totais_por_dono(Indicadores.objects.visiveis_para(quem.usuario)).items():
        if vendedor in pessoas:
            donos[vendedor].juntar(totais)
    for colegas in membros.values():
        if len(colegas) >= MINIMO_PARA_MEDIA:
            yield colegas, {v.pk: donos[v.pk] for v in colegas}


def _excedente(
    quem: _Quem, vendedor: Usuario, membros: list[Usuario], totais: dict[int, Totais], media: float
) -> Sugestao:
    """Os de menor valor, sem compromisso marcado, até a carteira chegar à média."""
    tem = totais[vendedor.pk].clientes
    sobra = tem - int(media)
    combinados = abertos().filter(cliente=OuterRef("pk"))
    clientes = quem.visiveis(TipoDeSugestao.DESEQUILIBRIO).filter(~Exists(combinados), vendedor=vendedor)
    primeiros = clientes.order_by("valor", "cliente__codigo", "pk").values("pk")[:sobra]
    abaixo = [m for m in membros if totais[m.pk].clientes < media]
    acima = round((tem / media - 1) * 100)
    return _somada(
        clientes.filter(pk__in=primeiros).order_by("valor", "cliente__codigo", "pk"),
        tipo=TipoDeSugestao.DESEQUILIBRIO,
        chave=f"desequilibrio-{vendedor.pk}",
        titulo=f"Carteira de {vendedor.nome} acima da média",
        porque=(
            f"Tem {tem} clientes, {acima} % acima da média da equipe ({media:.0f}). Estes são os de menor valor "
            "e sem compromisso marcado; passá-los a quem tem menos a traz à média."
        ),
        motivo="equilíbrio da carteira",
        destinos=abaixo,
        vendedor=vendedor,
    )


def _somada(clientes: Any, **sugestao: Any) -> Sugestao:
    soma = clientes.order_by().aggregate(n=Count("pk"), v=Sum("valor", default=Decimal(0)))
    return Sugestao(clientes=clientes, quantos=soma["n"], valor=soma["v"], **sugestao)


def _reais(valor: Decimal) -> str:
    return f"R$ {valor:,.0f}".replace(",", ".")


# ── Dispensar ────────────────────────────────────────────────────────────────


@transaction.atomic
def dispensar(*, sugestao: Sugestao, clientes: Iterable[int], motivo: str, por: Usuario, hoje: date) -> int:
    """Não volta a sugerir estes clientes (ou esta carteira) pelos meses que a empresa diz. Devolve quantos."""
    escolhidos = list(sugestao.clientes.filter(pk__in=list(clientes)).select_related("empresa"))
    if sugestao.vendedor is not None:
        empresas = list(empresas_de(por))
        meses = max((parametros_da_carteira(e).meses_de_descanso for e in empresas), default=6)
        linhas = [SugestaoDispensada(vendedor=sugestao.vendedor, ate=hoje + relativedelta(months=meses))]
    else:
        meses_de = {
            e.pk: parametros_da_carteira(e).meses_de_descanso
            for e in {i.empresa_id: i.empresa for i in escolhidos}.values()
        }
        linhas = [
            SugestaoDispensada(cliente_id=i.pk, ate=hoje + relativedelta(months=meses_de[i.empresa_id]))
            for i in escolhidos
        ]
    for linha in linhas:
        linha.tipo, linha.motivo, linha.por, linha.em = sugestao.tipo, motivo, por, hoje
    SugestaoDispensada.objects.bulk_create(
        linhas,
        update_conflicts=True,
        unique_fields=["tipo", "cliente", "vendedor"],
        update_fields=["motivo", "por", "em", "ate"],
    )
    if linhas:
        registrar(
            "dispensar sugestão",
            por=por,
            objeto=sugestao.titulo[:120],
            depois={"motivo": motivo, "quantos": len(linhas)},
        )
    return len(linhas)


def dispensadas_ao_alcance(usuario: Usuario, hoje: date) -> Any:
    """Dos clientes que a pessoa vê e dos vendedores que ela gere; as que já voltaram também."""
    ao_alcance = Q(cliente__in=Cliente.objects.visiveis_para(usuario).values("pk")) | Q(
        vendedor__in=vendedores_geridos(usuario, hoje).values("pk")
    )
    return SugestaoDispensada.objects.filter(ao_alcance)


def dispensadas_para(usuario: Usuario, hoje: date) -> Any:
    """As que ainda descansam."""
    return dispensadas_ao_alcance(usuario, hoje).filter(ate__gt=hoje)


@transaction.atomic
def mudar_descanso(*, dispensada: SugestaoDispensada, ate: date, por: Usuario, hoje: date) -> bool:
    """Até hoje, a sugestão está de volta; até outro dia, volta a descansar. A linha fica, com o porquê de antes.

    Só volta a descansar a que não descansa: a que alguém dispensou de novo fica com o prazo que lhe deram.
    """
    atual = SugestaoDispensada.objects.select_for_update().get(pk=dispensada.pk)
    descansa = atual.ate > hoje
    if descansa is (ate > hoje):
        return False
    antes, atual.ate = atual.ate, ate
    atual.save(update_fields=["ate"])
    registrar(
        "trazer sugestão de volta" if ate <= hoje else "dispensar sugestão",
        por=por,
        objeto=f"{atual.get_tipo_display()}: {atual.cliente or atual.vendedor}"[:120],
        antes={"descansa até": antes.isoformat()},
        depois={"descansa até": ate.isoformat()},
    )
    return True
