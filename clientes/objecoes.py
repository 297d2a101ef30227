"""As objeções que um cliente já fez: quantas vezes, quando foi a última, e o que se manda responder."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max

from clientes.models import Contato


@dataclass(frozen=True, slots=True)
class ObjecaoDoCliente:
    nome: str
    contra_argumento: str
    vezes: int
    ultima: datetime


def objecoes_de(cliente_id: int) -> list[ObjecaoDoCliente]:
    """Da mais recente à mais velha, em uma consulta; o contato desfeito não conta."""
    ditas = (
        Contato.objects.filter(cliente=cliente_id, desfeito_em__isnull=True, objecoes__isnull=False)
        .values("objecoes__nome", "objecoes__contra_argumento")
        .annotate(vezes=Count("pk"), ultima=Max("em"))
        .order_by("-ultima", "objecoes__nome")
    )
    return [
        ObjecaoDoCliente(d["objecoes__nome"], d["objecoes__contra_argumento"], d["vezes"], d["ultima"])
        for d in ditas
    ]
