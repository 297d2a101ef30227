"""O pitch: por que o cliente parou, o que argumentar e o que oferecer, em versões que não se apagam."""

from django.db import models, transaction

from clientes.models import CausaDaInatividade, Cliente, Pitch
from contas.models import Usuario

CAMPOS = ("causa_id", "por_que_parou", "argumentos", "oferta")


class PitchInvalido(ValueError):
    """Texto que a casa recusa; a mensagem já vem pronta para a tela."""


def atual(cliente_id: int) -> Pitch | None:
    """A versão que vale: a última."""
    return versoes(cliente_id).first()


def versoes(cliente_id: int) -> models.QuerySet[Pitch]:
    """Da mais nova à mais velha, com a causa e quem escreveu."""
    dele: models.QuerySet[Pitch] = Pitch.objects.filter(cliente=cliente_id)
    return dele.select_related("causa", "por")


@transaction.atomic
def salvar(
    *,
    cliente: Cliente,
    por: Usuario,
    causa: CausaDaInatividade | None = None,
    por_que_parou: str = "",
    argumentos: str = "",
    oferta: str = "",
) -> tuple[Pitch, bool]:
    """Grava uma versão nova e diz se gravou; o mesmo texto da que vale não faz outra."""
    novo = Pitch(
        cliente=cliente,
        por=por,
        causa=causa,
        por_que_parou=por_que_parou.strip(),
        argumentos=argumentos.strip(),
        oferta=oferta.strip(),
    )
    # dois envios ao mesmo tempo são comparados um depois do outro, não ambos com a versão anterior
    Cliente.objects.select_for_update(no_key=True).only("pk").get(pk=cliente.pk)
    ultimo = atual(cliente.pk)
    if ultimo is None and not any(_texto(novo)):
        raise PitchInvalido("Escreva ao menos um dos campos.")
    if ultimo is not None and _texto(ultimo) == _texto(novo):
        return ultimo, False
    novo.save(force_insert=True)
    return novo, True


def _texto(pitch: Pitch) -> tuple[object, ...]:
    return tuple(getattr(pitch, campo) for campo in CAMPOS)
