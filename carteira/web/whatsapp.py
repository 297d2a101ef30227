"""O endereço com que o WhatsApp abre uma conversa, com o texto já escrito, e quem aceita ser procurado por ele."""

from urllib.parse import quote

from clientes import canais
from clientes.models import CanalDeContato, Cliente, PessoaDeContato


def numero_do_whatsapp(cliente: Cliente) -> str:
    """Só dígitos com o país; vazio quando não há telefone válido ou o cliente não quer por aí."""
    if canais.recusa(CanalDeContato.WHATSAPP, cliente):
        return ""
    return canais.numero_do_whatsapp(cliente.telefone)


def aceita(pessoa: PessoaDeContato, canal: str) -> bool:
    """Nem a pessoa nem o cliente dela se opuseram a este canal."""
    return not canais.recusa(canal, pessoa.cliente, pessoa)


def numero_da_pessoa(pessoa: PessoaDeContato) -> str:
    """Como o do cliente, e vazio também quando é a pessoa que não quer."""
    if not pessoa.ativa or not aceita(pessoa, CanalDeContato.WHATSAPP):
        return ""
    return canais.numero_do_whatsapp(pessoa.telefone)


def endereco_da_conversa(numero: str, texto: str = "") -> str:
    consulta = f"?text={quote(texto, safe='')}" if texto else ""
    return f"https://wa.me/{numero}{consulta}"
