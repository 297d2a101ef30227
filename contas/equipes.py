"""Casos de uso sobre equipes, e os vendedores que cada um gere."""

from collections.abc import Iterable
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, QuerySet

from contas.auditoria import registrar
from contas.escopo import empresas_de
from contas.models import Equipe, Papel, Usuario
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
    if antes is None:
        registrar("criar equipe", por=por, objeto=equipe.nome, depois=depois, alvo=equipe)
    elif mudados := [nome for nome in depois if antes[nome] != depois[nome]]:
        registrar(
            "editar equipe",
            por=por,
            objeto=equipe.nome,
            antes={nome: antes[nome] for nome in mudados},
            depois={nome: depois[nome] for nome in mudados},
            alvo=equipe,
        )
    return equipe


def _resumo(equipe: Equipe) -> dict[str, object]:
    return {
        "nome": equipe.nome,
        "gestores": list(equipe.gestores.order_by("nome_chave", "pk").values_list("nome", flat=True)),
    }


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


def vendedores_geridos(usuario: Usuario, em: date) -> QuerySet[Usuario]:
    """Os vendedores ativos a quem a pessoa pode passar clientes: os das suas equipes no dia, ou das suas empresas."""
    vendedores = Usuario.objects.filter(papel=Papel.VENDEDOR, is_active=True)
    na_empresa = vendedores.filter(vinculos__empresa__in=empresas_de(usuario))
    if not usuario.is_active or usuario.papel not in {Papel.GESTOR, Papel.ADMIN}:
        return vendedores.none()
    if usuario.papel == Papel.GESTOR:
        na_empresa = na_empresa.filter(
            participacoes__equipe__gestores=usuario, participacoes__periodo__contains=em
        )
    return vendedores.filter(pk__in=na_empresa.values("pk")).order_by("nome_chave", "pk")
