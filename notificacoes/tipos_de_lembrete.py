"""O catálogo dos tipos de lembrete: o já usado sai de uso, e nunca se apaga."""

from django.db import IntegrityError, transaction

from contas.auditoria import registrar
from contas.models import Usuario
from notificacoes.models import TipoDeLembrete
from notificacoes.recados import RecadoRecusado


@transaction.atomic
def criar_tipo(*, nome: str, por: Usuario) -> TipoDeLembrete:
    """O nome é mostrado em maiúsculas, como uma etiqueta; o que já existe volta ao uso."""
    nome = " ".join(nome.split()).upper()
    if not nome:
        raise RecadoRecusado("Escreva o nome do tipo.")
    try:
        with transaction.atomic():
            tipo = TipoDeLembrete.objects.create(nome=nome)
    except IntegrityError as erro:
        raise RecadoRecusado("Já existe um tipo com este nome.") from erro
    registrar("criar tipo de lembrete", por=por, objeto=nome)
    return tipo


@transaction.atomic
def por_em_uso(*, tipo: TipoDeLembrete, ativo: bool, por: Usuario) -> bool:
    mudou = TipoDeLembrete.objects.filter(pk=tipo.pk, ativo=not ativo).update(ativo=ativo)
    if mudou:
        registrar(
            "voltar a usar tipo de lembrete" if ativo else "tirar de uso tipo de lembrete",
            por=por,
            objeto=tipo.nome,
        )
    return bool(mudou)
