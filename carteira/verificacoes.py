"""Verificações de `manage.py check` que dizem o que falta na máquina."""

from django.core.checks import CheckMessage, Warning, register


@register()
def pdf_disponivel(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Avisa quando as bibliotecas do sistema para PDF não estão instaladas."""
    from relatorios.pdf import motivo_da_falta

    motivo = motivo_da_falta()
    if motivo is None:
        return []
    dica = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    return [Warning(f"PDF desligado: {motivo}", hint=dica, id="carteira.W001")]
