from django.apps import AppConfig


class AtividadeConfig(AppConfig):
    name = "atividade"
    verbose_name = "Atividade"
