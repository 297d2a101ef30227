"""Criar, usar e revogar tokens da API; desativar a pessoa mata os dela."""

from collections.abc import Collection
from datetime import timedelta
from hmac import compare_digest

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from knox.crypto import hash_token
from knox.models import get_digest_token
from knox.settings import CONSTANTS

from contas.auditoria import registrar
from contas.models import Escopo, TokenDaApi, Usuario
from contas.papeis import Permissao, pode
from contas.pessoas import Recusada, pessoas_geridas_por

MAIOR_VALIDADE = 366  # dias
MAXIMO_POR_PESSOA = 20
# O último uso se anota de minuto em minuto: ler não pode custar uma escrita por chamada.
_FOLGA_DO_USO = timedelta(minutes=1)


def validos() -> QuerySet[TokenDaApi]:
    """Nem revogados nem vencidos, de quem ainda está na casa."""
    agora = timezone.now()
    return TokenDaApi.objects.filter(revogado_em__isnull=True, expiry__gt=agora, user__is_active=True)


def visiveis_para(usuario: Usuario) -> QuerySet[TokenDaApi]:
    """Os da própria pessoa; o administrador, também os das pessoas que gere."""
    if not (usuario.is_authenticated and usuario.is_active):
        return TokenDaApi.objects.none()
    dela = Q(user=usuario)
    if pode(usuario, Permissao.GERIR_PESSOAS):
        dela |= Q(user__in=pessoas_geridas_por(usuario))
    return TokenDaApi.objects.filter(dela)


@transaction.atomic
def criar_token(*, pessoa: Usuario, nome: str, escopos: Collection[str], dias: int) -> tuple[TokenDaApi, str]:
    """O token e o segredo, que só existe nesta resposta."""
    pessoa = Usuario.objects.select_for_update(no_key=True).get(pk=pessoa.pk)
    if not pessoa.is_active:
        raise Recusada("Esta pessoa está desativada.")
    if not escopos or set(escopos) - set(Escopo.values):
        raise Recusada("Escolha o que o token pode fazer.")
    if not 0 < dias <= MAIOR_VALIDADE:
        raise Recusada(f"Um token vale no máximo {MAIOR_VALIDADE} dias.")
    if validos().filter(user=pessoa).count() >= MAXIMO_POR_PESSOA:
        raise Recusada(f"Você já tem {MAXIMO_POR_PESSOA} tokens valendo: revogue os que não usa.")
    em_ordem = [e for e in Escopo.values if e in escopos]
    resumo, segredo = get_digest_token()
    token = TokenDaApi.objects.create(
        digest=resumo,
        token_key=segredo[: CONSTANTS.TOKEN_KEY_LENGTH],
        user=pessoa,
        expiry=timezone.now() + timedelta(days=dias),
        nome=nome,
        escopos=em_ordem,
    )
    registrar(
        "token.criar",
        por=pessoa,
        objeto=f"{nome}, de {pessoa.nome}"[:120],
        depois={"escopos": em_ordem, "vale até": f"{timezone.localtime(token.expiry):%d/%m/%Y}"},
    )
    return token, segredo


def dono_do_segredo(segredo: str) -> TokenDaApi | None:
    """O token do segredo, com a pessoa; nada quando não vale."""
    resumo = hash_token(segredo)
    achados = validos().filter(token_key=segredo[: CONSTANTS.TOKEN_KEY_LENGTH]).select_related("user")
    token = next((t for t in achados if compare_digest(t.digest, resumo)), None)
    if token is not None:
        _anotar_uso(token)
    return token


def _anotar_uso(token: TokenDaApi) -> None:
    agora = timezone.now()
    if token.usado_em is None or agora - token.usado_em > _FOLGA_DO_USO:
        TokenDaApi.objects.filter(pk=token.pk).update(usado_em=agora)


@transaction.atomic
def revogar(*, token: TokenDaApi, por: Usuario) -> bool:
    """Vale na hora; dizer outra vez não muda nada."""
    mudou = TokenDaApi.objects.filter(pk=token.pk, revogado_em__isnull=True).update(
        revogado_em=timezone.now(), revogado_por=por
    )
    if mudou:
        registrar("token.revogar", por=por, objeto=f"{token.nome}, de {token.user.nome}"[:120])
    return bool(mudou)
