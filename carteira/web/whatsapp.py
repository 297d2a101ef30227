"""O número com que o WhatsApp abre uma conversa."""

from clientes.models import Cliente
from clientes.telefones import normalizar_telefone


def numero_do_whatsapp(cliente: Cliente) -> str:
    """Só dígitos com o país; vazio quando não há telefone válido ou o cliente não quer por aí."""
    if "whatsapp" in cliente.nao_contatar or not cliente.telefone:
        return ""
    lido = normalizar_telefone(cliente.telefone)
    return lido.valor.removeprefix("+") if lido.valido else ""
