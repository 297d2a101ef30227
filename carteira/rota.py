"""O elo que traça a rota até um cliente, num mapa de fora: leva só o município, e só quando alguém o abre."""

from urllib.parse import urlencode

from clientes.models import Cliente

_DIRECOES = "https://www.google.com/maps/dir/"


def lugar_de(cliente: Cliente) -> str:
    """Timbó/SC, ou o que houver."""
    return "/".join(filter(None, (cliente.cidade, cliente.uf)))


def rota_ate(cliente: Cliente) -> str:
    """Vazio para quem não tem município: um estado não é destino."""
    if not cliente.cidade:
        return ""
    destino = ", ".join(filter(None, (cliente.cidade, cliente.uf, "Brasil")))
    return f"{_DIRECOES}?{urlencode({'api': '1', 'destination': destino})}"
