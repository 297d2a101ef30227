"""Celery é a campainha: acorda rotinas cujo estado mora no PostgreSQL."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carteira.settings")

app = Celery("carteira")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["carteira"])
