"""Endereços das páginas dentro dos e-mails: chegam por configuração, porque as páginas moram acima."""

from django.conf import settings


def endereco(nome: str, **partes: object) -> str:
    """Endereço público de uma página, do mapa que a configuração entrega."""
    caminho: str = settings.CAMINHOS_DOS_EMAILS[nome]
    return str(settings.ENDERECO_PUBLICO).rstrip("/") + caminho.format(**partes)
