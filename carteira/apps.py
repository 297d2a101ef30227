from typing import Any

from django.apps import AppConfig, apps
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate


class CarteiraConfig(AppConfig):
    """O topo da casa: páginas, rotinas e comandos. Não tem modelos nem regras."""

    name = "carteira"
    verbose_name = "Carteira"

    def ready(self) -> None:
        from carteira import acessos, de_onde, sem_chaves, verificacoes  # noqa: F401
        from carteira.operacao import migracoes
        from relatorios import catalogo

        catalogo.tambem_de("carteira.folhas")
        acessos.ligar()
        de_onde.ligar()
        sem_chaves.ligar()
        post_migrate.connect(_agendar_a_noite, sender=apps.get_app_config("django_celery_beat"))
        pre_migrate.connect(migracoes.antes_de_migrar, sender=self)
        post_migrate.connect(migracoes.depois_de_migrar, sender=self)


def _agendar_a_noite(*, using: str, **resto: Any) -> None:
    """Todo banco migrado tem a rotina da noite marcada; a hora escolhida no navegador fica."""
    from carteira.horario import garantir_agendamento

    if "django_celery_beat_periodictask" in connections[using].introspection.table_names():
        garantir_agendamento()
