"""O que a configuração diz dos registros: para onde vão, em que forma, e o que cada biblioteca pode dizer."""

from typing import Any


def registros(modo: str, nivel: str) -> dict[str, Any]:
    """O `LOGGING` do Django; `modo` é json ou texto."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"linha": {"()": "carteira.operacao.registros.formatador", "modo": modo}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "linha"}},
        "root": {"handlers": ["console"], "level": nivel},
        "loggers": {
            "carteira": {"level": "INFO"},
            "celery": {"level": "INFO"},
            "axes": {"level": "WARNING"},
            # O que ele diria, com o caminho pedido, a casa já diz com o nome da rota.
            "django.request": {"handlers": [], "level": "CRITICAL", "propagate": False},
            "fontTools": {"level": "WARNING"},  # conta cada tabela da fonte de cada PDF
        },
    }
