"""As mensagens prontas que se mandam ao cliente: quem as muda, e o texto já preenchido."""

from typing import Any

from django.db import transaction

from clientes.models import CanalDoModelo, ModeloDeMensagem
from clientes.variaveis import TextoInvalido, conferir
from contas.auditoria import registrar
from contas.models import Usuario

CAMPOS = ("canal", "nome", "assunto", "corpo", "ordem")


@transaction.atomic
def salvar_modelo(
    *, por: Usuario, modelo: ModeloDeMensagem | None = None, **dados: Any
) -> tuple[ModeloDeMensagem, bool]:
    """Cria ou muda um modelo e diz se mudou; o canal não se troca, porque o texto foi escrito para ele."""
    if modelo is not None:
        atual = ModeloDeMensagem.objects.select_for_update().get(pk=modelo.pk)
        dados["canal"] = atual.canal
    else:
        atual = ModeloDeMensagem()
    antes = {campo: getattr(atual, campo) for campo in CAMPOS} if modelo else None
    for campo in CAMPOS:
        if campo in dados:
            setattr(atual, campo, dados[campo])
    if atual.canal != CanalDoModelo.EMAIL:
        atual.assunto = ""
    elif not atual.assunto.strip():
        raise TextoInvalido("O e-mail precisa de um assunto.")
    conferir(atual.assunto)
    conferir(atual.corpo)
    depois = {campo: getattr(atual, campo) for campo in CAMPOS}
    if antes == depois:
        return atual, False
    atual.save()
    registrar("mudar mensagem pronta", por=por, objeto=str(atual), antes=antes, depois=depois)
    return atual, True


@transaction.atomic
def por_em_uso(*, modelo: ModeloDeMensagem, ativa: bool, por: Usuario) -> bool:
    """Tira da lista de escolha, ou devolve; nada se apaga."""
    mudou = ModeloDeMensagem.objects.filter(pk=modelo.pk, ativa=not ativa).update(ativa=ativa)
    if mudou:
        registrar("mensagem pronta em uso", por=por, objeto=str(modelo), depois={"em uso": ativa})
    return bool(mudou)


def modelos_de(canal: str) -> list[ModeloDeMensagem]:
    """Os que se podem escolher, na ordem da casa."""
    return list(ModeloDeMensagem.objects.filter(canal=canal, ativa=True))
