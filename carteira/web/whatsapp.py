"""O número com que o WhatsApp abre uma conversa."""

from clientes.models import CanalDeContato, Cliente, PessoaDeContato
from clientes.telefones import normalizar_telefone


def numero_do_whatsapp(cliente: Cliente) -> str:
    """Só dígitos com o país; vazio quando não há telefone válido ou o cliente não quer por aí."""
    if "whatsapp" in cliente.nao_contatar or not cliente.telefone:
        return ""
    lido = normalizar_telefone(cliente.telefone)
    return lido.valor.removeprefix("+") if lido.valido else ""


def aceita(pessoa: PessoaDeContato, canal: str) -> bool:
    """Nem a pessoa nem o cliente dela se opuseram a este canal."""
    return canal not in pessoa.nao_contatar and canal not in pessoa.cliente.nao_contatar


def numero_da_pessoa(pessoa: PessoaDeContato) -> str:
    """Como o do cliente, e vazio também quando é a pessoa que não quer."""
    if not pessoa.ativa or not pessoa.telefone or not aceita(pessoa, CanalDeContato.WHATSAPP):
        return ""
    lido = normalizar_telefone(pessoa.telefone)
    return lido.valor.removeprefix("+") if lido.valido else ""
