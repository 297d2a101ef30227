"""Quem vê o quê: um filtro só, usado por páginas, exportações, relatórios e e-mails."""

from datetime import date
from enum import Enum, auto
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Q, QuerySet
from django.utils import timezone

from contas.models import Cobertura, Empresa, Equipe, Papel, Usuario, Vinculo
from contas.pronta import DIA, ID, Entre, Pronta

NINGUEM = Q(pk__in=[])


class Forma(Enum):
    """Como a visibilidade se diz ao banco; as linhas são as mesmas.

    Em `SUBCONSULTA` o banco cruza a carteira com as empresas, equipes ou donos. Em `LITERAL` estes são lidos já e vão
    como valores: ele sabe quantos são e escolhe o índice da lista. Em `ARRANJO` lê-os ele mesmo, uma vez, e vai
    com eles ao índice: serve a somar muitas linhas, sem cruzar cada uma e sem outra ida ao banco.
    """

    SUBCONSULTA = auto()
    LITERAL = auto()
    ARRANJO = auto()


def empresas_de(usuario: Usuario) -> QuerySet[Empresa]:
    """Empresas dadas à pessoa; de quem é vista por outra, só as que esta também tem."""
    empresas = Empresa.objects.filter(vinculos__usuario=usuario)
    quem = usuario.olhado_por
    return empresas.filter(pk__in=empresas_de(quem)) if quem is not None else empresas


def filtro_de_visibilidade(
    usuario: Usuario, prefixo: str = "", em: date | None = None, *, forma: Forma = Forma.SUBCONSULTA
) -> Q:
    """Q das linhas que a pessoa vê, sobre colunas `empresa`, `vendedor` e `equipe` sob `prefixo`.

    Fechado por padrão: papel desconhecido, pessoa inativa ou anônima não vê nada. `em` é o dia
    em que as coberturas de férias são lidas (padrão: hoje, porque acesso é do presente). De quem é vista
    por outra pessoa, só o que as duas veem.
    """
    if not (usuario.is_authenticated and usuario.is_active):
        return NINGUEM
    proprio = _do_papel(usuario, prefixo, em, forma=forma)
    quem = usuario.olhado_por
    if quem is None:
        return proprio
    return proprio & filtro_de_visibilidade(quem, prefixo, em, forma=forma)


def _do_papel(usuario: Usuario, prefixo: str, em: date | None, *, forma: Forma) -> Q:
    dia = em or timezone.localdate()
    literal, entre = forma is Forma.LITERAL, _ENTRE[forma]
    prontas = literal and usuario.olhado_por is None  # as de sempre, montadas uma vez
    empresas = _EMPRESAS(usuario.pk) if prontas else empresas_de(usuario)
    na_empresa = entre(f"{prefixo}empresa", empresas)
    if usuario.papel in {Papel.ADMIN, Papel.LEITURA}:
        return na_empresa
    if usuario.papel == Papel.GESTOR:
        return na_empresa & entre(f"{prefixo}equipe", Equipe.objects.filter(gestores=usuario))
    if usuario.papel == Papel.VENDEDOR:
        donos = _DONOS(usuario.pk, dia) if literal else _donos(usuario.pk, dia)
        return na_empresa & entre(f"{prefixo}vendedor", donos)
    return NINGUEM


def _donos(pessoa: int, dia: date) -> QuerySet[Usuario]:
    """De quem são os clientes que um vendedor vê: dele, e de quem ele cobre neste dia."""
    cobre = Q(ausencias__substituto=pessoa, ausencias__periodo__contains=dia)
    return Usuario.objects.filter(Q(pk=pessoa) | cobre).distinct()


_EMPRESAS = Pronta(lambda pessoa: empresas_de(Usuario(pk=pessoa)).values_list("pk", flat=True), ID)
_DONOS = Pronta(lambda pessoa, dia: _donos(pessoa, dia).values_list("pk", flat=True), ID, DIA)


def _entre(coluna: str, linhas: QuerySet[Any] | list[int]) -> Q:
    return Q(**{f"{coluna}__in": linhas})


def _entre_valores(coluna: str, linhas: QuerySet[Any] | list[int]) -> Q:
    """Um valor só é igualdade: o índice entrega também a ordem."""
    valores = linhas if isinstance(linhas, list) else list(linhas.values_list("pk", flat=True))
    return Q(**{coluna: valores[0]}) if len(valores) == 1 else Q(**{f"{coluna}__in": valores})


def _no_arranjo(coluna: str, linhas: Any) -> Q:
    return Q(Entre(coluna, ArraySubquery(linhas.order_by().values("pk"))))


_ENTRE: dict[Forma, Any] = {
    Forma.SUBCONSULTA: _entre,
    Forma.LITERAL: _entre_valores,
    Forma.ARRANJO: _no_arranjo,
}


def carteiras_de_vendedores(em: date) -> set[tuple[int, int, int]]:
    """(quem vê, de quem é a carteira, empresa) de todos os vendedores de uma vez.

    Gêmea de `filtro_de_visibilidade` para quem escreve a muitos, sem uma consulta por pessoa; um
    teste confere as duas. A empresa é a de quem vê.
    """
    vendedores = Usuario.objects.filter(papel=Papel.VENDEDOR, is_active=True)
    empresas: dict[int, list[int]] = {}
    for pessoa, empresa in Vinculo.objects.filter(usuario__in=vendedores).values_list("usuario", "empresa"):
        empresas.setdefault(pessoa, []).append(empresa)
    coberturas = Cobertura.objects.filter(substituto__in=vendedores, periodo__contains=em)
    donos = [(pessoa, pessoa) for pessoa in empresas] + list(coberturas.values_list("substituto", "ausente"))
    return {(quem, dono, empresa) for quem, dono in donos for empresa in empresas.get(quem, ())}


def equipes_de_gestores() -> set[tuple[int, int, int]]:
    """(quem vê, equipe, empresa) de todos os gestores de uma vez; gêmea de `filtro_de_visibilidade`."""
    gestores = Usuario.objects.filter(papel=Papel.GESTOR, is_active=True)
    return {
        (quem, equipe, empresa)
        for quem, equipe, empresa in gestores.values_list("pk", "equipes_geridas", "vinculos__empresa")
        if equipe and empresa
    }


def empresas_inteiras() -> set[tuple[int, int]]:
    """(quem vê, empresa) de todos os que veem uma empresa inteira; gêmea de `filtro_de_visibilidade`."""
    inteiros = Usuario.objects.filter(papel__in=(Papel.ADMIN, Papel.LEITURA), is_active=True)
    return set(Vinculo.objects.filter(usuario__in=inteiros).values_list("usuario", "empresa"))
