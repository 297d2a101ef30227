"""Casos de uso sobre equipes e coberturas de férias."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import ProtectedError

from contas.auditoria import registrar
from contas.models import Cobertura, Equipe, Papel, Usuario
from contas.pessoas import Recusada


def _conferir_gestores(gestores: Iterable[Usuario]) -> None:
    for pessoa in gestores:
        if pessoa.papel != Papel.GESTOR or not pessoa.is_active:
            raise Recusada(f"{pessoa.nome} não tem o papel de gestor.")


@transaction.atomic
def salvar_equipe(
    *, equipe: Equipe | None = None, nome: str, gestores: Iterable[Usuario], por: Usuario
) -> Equipe:
    """Cria a equipe ou a renomeia, e diz quem a gere."""
    gestores = list(gestores)
    _conferir_gestores(gestores)
    antes = _resumo(equipe) if equipe else None
    equipe = equipe or Equipe()
    equipe.nome = " ".join(nome.split())
    try:
        with transaction.atomic():
            equipe.save()
    except IntegrityError as erro:
        raise Recusada("Já existe uma equipe com este nome.") from erro
    equipe.gestores.set(gestores)
    depois = _resumo(equipe)
    if antes != depois:
        acao = "editar equipe" if antes else "criar equipe"
        registrar(acao, por=por, objeto=equipe.nome, antes=antes, depois=depois)
    return equipe


def _resumo(equipe: Equipe) -> dict[str, object]:
    return {"nome": equipe.nome, "gestores": list(equipe.gestores.values_list("nome", flat=True))}


@transaction.atomic
def excluir_equipe(*, equipe: Equipe, por: Usuario) -> None:
    """Só uma equipe que nunca serviu some; as outras guardam história."""
    equipe = Equipe.objects.select_for_update().get(pk=equipe.pk)
    if equipe.participacoes.exists():
        raise Recusada("Esta equipe tem (ou já teve) pessoas: renomeie-a em vez de excluir.")
    nome = equipe.nome
    try:
        equipe.delete()
    except ProtectedError as erro:
        raise Recusada("Há clientes nesta equipe: renomeie-a em vez de excluir.") from erro
    registrar("excluir equipe", por=por, objeto=nome)


@transaction.atomic
def cobrir(*, ausente: Usuario, substituto: Usuario, de: date, ate: date, por: Usuario) -> Cobertura:
    """De `de` a `ate`, os dois dias contados, o substituto vê e atende a carteira do ausente."""
    if ausente == substituto:
        raise Recusada("Ninguém cobre a si mesmo.")
    if ate < de:
        raise Recusada("O último dia precisa ser no mesmo dia ou depois do primeiro.")
    if substituto.papel != Papel.VENDEDOR or not substituto.is_active:
        raise Recusada("Quem cobre precisa ser um vendedor ativo.")
    periodo = DateRange(de, ate + timedelta(days=1))
    Usuario.objects.select_for_update().get(pk=ausente.pk)
    if Cobertura.objects.filter(ausente=ausente, substituto=substituto, periodo__overlap=periodo).exists():
        raise Recusada(f"{substituto.nome} já cobre {ausente.nome} nesses dias.")
    cobertura = Cobertura.objects.create(ausente=ausente, substituto=substituto, periodo=periodo)
    registrar("cobrir férias", por=por, objeto=ausente.nome, depois=_dias(cobertura))
    return cobertura


@transaction.atomic
def remover_cobertura(*, cobertura: Cobertura, por: Usuario) -> None:
    antes, objeto = _dias(cobertura), cobertura.ausente.nome
    cobertura.delete()
    registrar("remover cobertura", por=por, objeto=objeto, antes=antes)


def _dias(cobertura: Cobertura) -> dict[str, str]:
    ultimo = cobertura.periodo.upper - timedelta(days=1)
    return {
        "substituto": cobertura.substituto.nome,
        "de": cobertura.periodo.lower.isoformat(),
        "até": ultimo.isoformat(),
    }
