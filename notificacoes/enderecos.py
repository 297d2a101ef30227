"""Endereços das páginas dentro dos e-mails: chegam por configuração, porque as páginas moram acima."""

from django.conf import settings


def endereco(nome: str, **partes: object) -> str:
    """Endereço público de uma página, do mapa que a configuração entrega."""
    return str(settings.ENDERECO_PUBLICO).rstrip("/") + caminho(nome, **partes)


def caminho(nome: str, **partes: object) -> str:
    """O mesmo, a partir da raiz: para o que se lê dentro do sistema."""
    modelo: str = settings.CAMINHOS_DOS_EMAILS[nome]
    return modelo.format(**partes)
