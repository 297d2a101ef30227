"""Casos de uso sobre pessoas: criar, editar, preparar o convite, desativar e reativar."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from contas.auditoria import registrar
from contas.cortes import cortar
from contas.models import Empresa, Papel, Usuario, Vinculo

# O que um administrador decide sobre uma pessoa; o resto do modelo não se escreve por aqui.
CAMPOS = ("nome", "email", "papel", "tipo", "telefone", "capacidade_diaria", "pode_exportar", "ve_credito")
CAMPOS_DO_PERFIL = ("nome", "telefone", "recebe_emails", "atalhos", "assinatura")


class Recusada(Exception):
    """A regra não deixa; a mensagem já vem pronta para a tela."""


def pessoas_geridas_por(admin: Usuario) -> QuerySet[Usuario]:
    """Pessoas cujas empresas são todas do administrador; quem trabalha também em outra é assunto de outro."""
    empresas = Empresa.objects.filter(vinculos__usuario=admin)
    fora = Vinculo.objects.exclude(empresa__in=empresas).values("usuario")
    return Usuario.objects.exclude(pk__in=fora)


def por_estado(pessoas: QuerySet[Usuario], estado: str) -> QuerySet[Usuario]:
    """`sem_acesso`, `convidada`, `ativa` ou `desativada`; outro texto não filtra."""
    convidada = Q(email__isnull=False, password__startswith=UNUSABLE_PASSWORD_PREFIX)
    filtros = {
        "sem_acesso": Q(is_active=True, email__isnull=True),
        "convidada": Q(is_active=True) & convidada,
        "ativa": Q(is_active=True, email__isnull=False) & ~convidada,
        "desativada": Q(is_active=False),
    }
    return pessoas.filter(filtros[estado]) if estado in filtros else pessoas


def estado_de(pessoa: Usuario) -> str:
    """O mesmo que `por_estado`, para uma pessoa já lida."""
    if not pessoa.is_active:
        return "desativada"
    if not pessoa.email:
        return "sem_acesso"
    return "ativa" if pessoa.has_usable_password() else "convidada"


@transaction.atomic
def criar_pessoa(
    *, dados: Mapping[str, Any], vinculos: Mapping[Empresa, str], por: Usuario | None
) -> Usuario:
    """Cria a pessoa, ainda sem senha, nas empresas dadas (com o código dela no ERP, se houver)."""
    pessoa = Usuario(**{campo: dados[campo] for campo in CAMPOS if campo in dados})
    pessoa.set_unusable_password()
    _gravar(pessoa)
    _vincular(pessoa, vinculos, geridas=list(vinculos))
    registrar("criar pessoa", por=por, objeto=pessoa.nome, depois=_resumo(pessoa))
    return pessoa


@transaction.atomic
def editar_pessoa(
    *, pessoa: Usuario, dados: Mapping[str, Any], vinculos: Mapping[Empresa, str], por: Usuario
) -> Usuario:
    """Muda os dados e as empresas que o administrador também tem; as outras ficam como estão."""
    admins = _travar_admins()
    pessoa = Usuario.objects.select_for_update(no_key=True).get(pk=pessoa.pk)
    antes = _resumo(pessoa)
    if dados.get("papel", pessoa.papel) != pessoa.papel:
        _conferir_papel(pessoa, por, admins)
    for campo in CAMPOS:
        if campo in dados:
            setattr(pessoa, campo, dados[campo])
    if pessoa.has_usable_password() and not pessoa.email:
        raise Recusada("Quem já tem acesso precisa de um e-mail. Para tirar o acesso, desative a pessoa.")
    _gravar(pessoa)
    geridas = list(Empresa.objects.filter(vinculos__usuario=por))
    if pessoa == por and set(geridas) - set(vinculos):
        raise Recusada("Você não pode tirar de si mesmo uma empresa: peça a outro administrador.")
    _vincular(pessoa, vinculos, geridas=geridas)
    _registrar_diferenca("editar pessoa", pessoa, antes, por)
    return pessoa


def _gravar(pessoa: Usuario) -> None:
    try:
        with transaction.atomic():
            pessoa.save()
    except IntegrityError as erro:
        raise Recusada("Já existe uma pessoa com este e-mail.") from erro


def _vincular(pessoa: Usuario, vinculos: Mapping[Empresa, str], geridas: Iterable[Empresa]) -> None:
    """Deixa a pessoa exatamente nas empresas pedidas, dentre as geridas."""
    Vinculo.objects.filter(usuario=pessoa, empresa__in=set(geridas) - set(vinculos)).delete()
    for empresa, codigo in vinculos.items():
        try:
            with transaction.atomic():
                Vinculo.objects.update_or_create(
                    usuario=pessoa, empresa=empresa, defaults={"codigo_erp": codigo.strip() or None}
                )
        except IntegrityError as erro:
            raise Recusada(f"O código {codigo} já é de outra pessoa em {empresa}.") from erro


def _travar_admins() -> list[int]:
    """Administradores com acesso, travados: dois rebaixamentos juntos não deixam a casa sem nenhum."""
    admins = (
        Usuario.objects.select_for_update(no_key=True)
        .filter(papel=Papel.ADMIN, is_active=True)
        .order_by("pk")
    )
    return [a.pk for a in admins if a.tem_acesso]


def _conferir_papel(pessoa: Usuario, por: Usuario, admins: list[int]) -> None:
    if pessoa == por:
        raise Recusada("Você não pode mudar o próprio papel: peça a outro administrador.")
    if admins == [pessoa.pk]:
        raise Recusada("É o último administrador: dê esse papel a outra pessoa antes.")


def _resumo(pessoa: Usuario) -> dict[str, Any]:
    vinculos = pessoa.vinculos.order_by("empresa__codigo").values_list("empresa__codigo", "codigo_erp")
    return {
        **{campo: getattr(pessoa, campo) for campo in CAMPOS},
        "empresas": {empresa: codigo or "" for empresa, codigo in vinculos},
    }


def _registrar_diferenca(acao: str, pessoa: Usuario, antes: dict[str, Any], por: Usuario) -> None:
    """Guarda só o que mudou; sem mudança, não há o que registrar."""
    depois = _resumo(pessoa)
    mudou = [campo for campo in depois if depois[campo] != antes[campo]]
    if mudou:
        registrar(
            acao,
            por=por,
            objeto=pessoa.nome,
            antes={campo: antes[campo] for campo in mudou},
            depois={campo: depois[campo] for campo in mudou},
            alvo=pessoa,
        )


@transaction.atomic
def preparar_convite(*, pessoa: Usuario, por: Usuario) -> Usuario:
    """Marca o convite; a senha impossível nova faz caducar o enlace do convite anterior."""
    pessoa = Usuario.objects.select_for_update(no_key=True).get(pk=pessoa.pk)
    if not pessoa.is_active:
        raise Recusada("Reative a pessoa antes de convidá-la.")
    if not pessoa.email:
        raise Recusada("Informe o e-mail da pessoa para poder convidá-la.")
    if pessoa.has_usable_password():
        raise Recusada("Esta pessoa já entra no Carteira; se esqueceu a senha, ela mesma pede outra.")
    pessoa.set_unusable_password()
    pessoa.convidado_em = timezone.now()
    pessoa.save(update_fields=["password", "convidado_em"])
    registrar("convidar", por=por, objeto=pessoa.nome)
    return pessoa


@transaction.atomic
def desativar(*, pessoa: Usuario, por: Usuario) -> Usuario:
    """Tira o acesso na hora. Passar adiante a carteira é de `clientes.desligamento`, que chama isto."""
    admins = _travar_admins()
    if pessoa == por:
        raise Recusada("Você não pode desativar a si mesmo: peça a outro administrador.")
    pessoa = Usuario.objects.select_for_update(no_key=True).get(pk=pessoa.pk)
    if not pessoa.is_active:
        raise Recusada("Esta pessoa já está desativada.")
    if admins == [pessoa.pk]:
        raise Recusada("É o último administrador: dê esse papel a outra pessoa antes.")
    pessoa.is_active, pessoa.desativado_em = False, timezone.now()
    pessoa.save(update_fields=["is_active", "desativado_em"])
    registrar("desativar pessoa", por=por, objeto=pessoa.nome, depois=cortar(pessoa))
    return pessoa


@transaction.atomic
def reativar(*, pessoa: Usuario, por: Usuario) -> Usuario:
    """Devolve o acesso; a carteira que passou adiante não volta sozinha, nem os enlaces dos e-mails de antes."""
    pessoa = Usuario.objects.select_for_update(no_key=True).get(pk=pessoa.pk)
    if pessoa.is_active:
        raise Recusada("Esta pessoa já está ativa.")
    pessoa.is_active, pessoa.desativado_em, pessoa.reativado_em = True, None, timezone.now()
    pessoa.save(update_fields=["is_active", "desativado_em", "reativado_em"])
    registrar("reativar pessoa", por=por, objeto=pessoa.nome)
    return pessoa


@transaction.atomic
def editar_perfil(*, pessoa: Usuario, dados: Mapping[str, Any]) -> Usuario:
    """O que cada um muda de si; papel, e-mail e empresas são assunto do administrador."""
    antes = {campo: getattr(pessoa, campo) for campo in CAMPOS_DO_PERFIL}
    for campo in CAMPOS_DO_PERFIL:
        if campo in dados:
            setattr(pessoa, campo, dados[campo])
    pessoa.save(update_fields=[*CAMPOS_DO_PERFIL, "nome_chave"])
    if antes["nome"] != pessoa.nome:
        registrar(
            "mudar o próprio nome", por=pessoa, antes={"nome": antes["nome"]}, depois={"nome": pessoa.nome}
        )
    return pessoa
