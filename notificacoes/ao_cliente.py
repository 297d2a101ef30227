"""O e-mail a um cliente: a mensagem na caixa de saída e o contato que ela é, juntos do começo ao fim.

Os dois nascem na mesma transação, desfazem-se juntos enquanto nada saiu, e o que o servidor recusou para sempre
deixa de ser contato: o relógio do cliente não anda por um e-mail que ninguém recebeu.
"""

import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from clientes.canais import exigir
from clientes.models import CanalDeContato, Cliente, Contato, Ocorrencia, PessoaDeContato
from clientes.models.catalogos import ORDEM_DO_SISTEMA
from clientes.relacionamento import RelacionamentoInvalido, desfazer_contato, registrar_contato
from contas.models import Usuario
from notificacoes.caixa import Rascunho, enfileirar
from notificacoes.models import EstadoDaMensagem, Mensagem, TipoDeMensagem

EMAIL_ENVIADO = "E-mail enviado"
# O tempo de se arrepender: até lá a mensagem espera na caixa.
ESPERA = timedelta(seconds=30)


class EnvioRecusado(RelacionamentoInvalido):
    """Gesto que já não cabe; a mensagem já vem pronta para a tela."""


@transaction.atomic
def enviar(
    *,
    cliente: Cliente,
    para: str,
    assunto: str,
    texto: str,
    chave: uuid.UUID,
    por: Usuario,
    pessoa: PessoaDeContato | None = None,
    **contato: Any,
) -> Mensagem:
    """Escreve o e-mail e registra o contato, uma vez só por `chave`; quem pediu para não receber é recusado."""
    exigir(CanalDeContato.EMAIL, cliente, pessoa)
    assunto = " ".join(assunto.split())
    ocorrencia, _ = Ocorrencia.objects.get_or_create(
        nome=EMAIL_ENVIADO, defaults={"efetiva": True, "ativa": False, "ordem": ORDEM_DO_SISTEMA}
    )
    feito = registrar_contato(
        cliente=cliente,
        canal=CanalDeContato.EMAIL,
        ocorrencia=ocorrencia,
        observacao=assunto,
        pessoa=pessoa.nome if pessoa else "",
        chave=chave,
        por=por,
        **contato,
    )
    rascunho = Rascunho(
        chave=f"cliente:{chave}",
        tipo=TipoDeMensagem.CLIENTE,
        pessoa=por,
        assunto=assunto,
        texto=texto.strip() + "\n",
        html="",
        para=para,
        responder_a=por.email or "",
        contato=feito.pk,
        sai_em=timezone.now() + ESPERA,
    )
    enfileirar([rascunho])
    mensagem: Mensagem = Mensagem.objects.get(contato=feito)
    return mensagem


@transaction.atomic
def desfazer(*, contato: Contato, por: Usuario) -> bool:
    """Desfaz o contato e, se ele é um e-mail, o envio; o que já saiu da caixa não se desfaz."""
    if contato.atendente_id == por.pk and Mensagem.objects.filter(contato=contato).exists():
        parada = Mensagem.objects.filter(contato=contato, estado=EstadoDaMensagem.PENDENTE)
        if not parada.update(estado=EstadoDaMensagem.CANCELADA) and contato.desfeito_em is None:
            raise EnvioRecusado("O e-mail já saiu: não há como desfazê-lo.")
    return desfazer_contato(contato=contato, por=por)


def nao_saiu(mensagem: Mensagem) -> None:
    """O servidor recusou para sempre: não houve contato."""
    if mensagem.contato is not None:
        desfazer_contato(contato=mensagem.contato, por=mensagem.contato.atendente)
