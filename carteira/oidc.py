"""A configuração do provedor de entrada da empresa, lida do ambiente: inteira, ou nenhuma."""

import re

from django.core.exceptions import ImproperlyConfigured


def configurar(
    *, emissor: str, cliente: str, segredo: str, nome: str, so_https: bool
) -> dict[str, str] | None:
    """Nada sem emissor; com ele, o que falta diz-se já na partida."""
    emissor = emissor.rstrip("/")
    if not emissor:
        return None
    if not (cliente and segredo) or (so_https and not emissor.startswith("https://")):
        raise ImproperlyConfigured(
            "OIDC_EMISSOR pede OIDC_CLIENTE e OIDC_SEGREDO e, em produção, um endereço https://."
        )
    return {"emissor": emissor, "cliente": cliente, "segredo": segredo, "nome": nome}


def origem_de(config: dict[str, str] | None) -> list[str]:
    """A origem do provedor: a página de entrada pode ser levada até ela."""
    return re.findall(r"^https?://[^/]+", config["emissor"]) if config else []
