"""Férias: quem cobre vê e atende a carteira do ausente nos dias marcados, e mais nada a rodar na volta.

A volta é automática porque o acesso é lido pela data. Um ausente tem um substituto por vez (o banco recusa
outro), e quem cobre está presente: ninguém cobre em círculo, nem por intermédio de quem também saiu.
"""

from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import QuerySet

from contas.auditoria import registrar
from contas.models import Cobertura, Empresa, Papel, Usuario
from contas.pessoas import Recusada

MESMO_PERIODO = "cobertura_um_substituto_por_vez"


@transaction.atomic
def cobrir(*, ausente: Usuario, substituto: Usuario, de: date, ate: date, por: Usuario) -> Cobertura:
    """De `de` a `ate`, os dois dias contados."""
    cobertura = Cobertura(ausente=ausente, substituto=substituto, periodo=_periodo(de, ate))
    _gravar(cobertura)
    registrar("cobrir férias", por=por, objeto=ausente.nome, depois=_dias(cobertura))
    return cobertura


@transaction.atomic
def editar_cobertura(
    *, cobertura: Cobertura, substituto: Usuario, de: date, ate: date, por: Usuario
) -> Cobertura:
    antes = _dias(cobertura)
    cobertura.substituto, cobertura.periodo = substituto, _periodo(de, ate)
    _gravar(cobertura)
    if antes != (depois := _dias(cobertura)):
        registrar("editar cobertura", por=por, objeto=cobertura.ausente.nome, antes=antes, depois=depois)
    return cobertura


@transaction.atomic
def encerrar_cobertura(*, cobertura: Cobertura, hoje: date, por: Usuario) -> None:
    """Quem voltou antes retoma a carteira já hoje; a que não chegou a valer deixa de existir."""
    if cobertura.periodo.lower >= hoje:
        remover_cobertura(cobertura=cobertura, por=por)
        return
    if cobertura.periodo.upper <= hoje:
        raise Recusada("Esta cobertura já tinha acabado.")
    antes = _dias(cobertura)
    cobertura.periodo = DateRange(cobertura.periodo.lower, hoje)
    cobertura.save(update_fields=["periodo"])
    registrar(
        "encerrar cobertura", por=por, objeto=cobertura.ausente.nome, antes=antes, depois=_dias(cobertura)
    )


@transaction.atomic
def remover_cobertura(*, cobertura: Cobertura, por: Usuario) -> None:
    antes, objeto = _dias(cobertura), cobertura.ausente.nome
    cobertura.delete()
    registrar("remover cobertura", por=por, objeto=objeto, antes=antes)


def coberturas_geridas(vendedores: QuerySet[Usuario]) -> QuerySet[Cobertura]:
    """As ausências destes vendedores: quem gere alguém decide as férias dele, não as de quem ele cobre."""
    return (
        Cobertura.objects.filter(ausente__in=vendedores.values("pk"))
        .select_related("ausente", "substituto")
        .order_by("periodo", "pk")
    )


def em_curso(em: date) -> QuerySet[Cobertura]:
    """As que valem no dia."""
    return Cobertura.objects.filter(periodo__contains=em).select_related("ausente", "substituto")


def _periodo(de: date, ate: date) -> DateRange:
    if ate < de:
        raise Recusada("O último dia precisa ser no mesmo dia ou depois do primeiro.")
    return DateRange(de, ate + timedelta(days=1))


def _gravar(cobertura: Cobertura) -> None:
    """Com as duas pessoas travadas, sempre na mesma ordem: duas coberturas cruzadas não passam juntas."""
    ausente, substituto = cobertura.ausente, cobertura.substituto
    if ausente == substituto:
        raise Recusada("Ninguém cobre a si mesmo.")
    pessoas = [ausente.pk, substituto.pk]
    list(
        Usuario.objects.select_for_update(no_key=True).filter(pk__in=pessoas).order_by("pk").values_list("pk")
    )
    _conferir_pessoas(ausente, substituto)
    _conferir_circulo(cobertura)
    try:
        with transaction.atomic():
            cobertura.save()
    except IntegrityError as erro:
        if MESMO_PERIODO not in str(erro):
            raise
        raise Recusada(_ja_coberto(cobertura)) from erro


def _conferir_pessoas(ausente: Usuario, substituto: Usuario) -> None:
    if substituto.papel != Papel.VENDEDOR or not substituto.is_active:
        raise Recusada("Quem cobre precisa ser um vendedor ativo.")
    if ausente.papel != Papel.VENDEDOR:
        raise Recusada(f"{ausente.nome} não é vendedor: não tem carteira a cobrir.")
    dele = Empresa.objects.filter(vinculos__usuario=substituto)
    fora = Empresa.objects.filter(vinculos__usuario=ausente).exclude(pk__in=dele.values("pk")).first()
    if fora:
        raise Recusada(f"{substituto.nome} não atende {fora.nome}, em que {ausente.nome} trabalha.")


def _conferir_circulo(cobertura: Cobertura) -> None:
    outras = Cobertura.objects.exclude(pk=cobertura.pk).filter(periodo__overlap=cobertura.periodo)
    ausencia = outras.filter(ausente=cobertura.substituto).first()
    if ausencia:
        raise Recusada(
            f"{cobertura.substituto.nome} também está ausente {_em_dias(ausencia)}: escolha outra pessoa."
        )
    cobre = outras.filter(substituto=cobertura.ausente).select_related("ausente").first()
    if cobre:
        raise Recusada(
            f"{cobertura.ausente.nome} cobre {cobre.ausente.nome} {_em_dias(cobre)}: "
            "passe essa cobertura a outra pessoa antes."
        )


def _ja_coberto(cobertura: Cobertura) -> str:
    outra = (
        Cobertura.objects.exclude(pk=cobertura.pk)
        .filter(ausente=cobertura.ausente, periodo__overlap=cobertura.periodo)
        .select_related("substituto")
        .get()
    )
    return f"{outra.substituto.nome} já cobre {cobertura.ausente.nome} {_em_dias(outra)}."


def _em_dias(cobertura: Cobertura) -> str:
    return f"de {cobertura.periodo.lower:%d/%m/%Y} a {cobertura.ultimo_dia:%d/%m/%Y}"


def _dias(cobertura: Cobertura) -> dict[str, str]:
    return {
        "substituto": cobertura.substituto.nome,
        "de": cobertura.periodo.lower.isoformat(),
        "até": cobertura.ultimo_dia.isoformat(),
    }
