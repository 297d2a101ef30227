"""Porta WSGI, servida pelo gunicorn."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from carteira.coletor import acomodar

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carteira.settings")

application = get_wsgi_application()
# Importa as páginas já aqui: antes de o gunicorn se dividir, e não no primeiro pedido de cada processo.
_ = get_resolver().url_patterns
# Antes da divisão também porque a memória que o coletor não toca continua comum aos processos.
acomodar()
