"""Guarda contra pedidos parados: sem pedidos novos, a rodada não envelhece a carteira."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Max

from atividade.models import ParametrosDaAtividade
from clientes.models import Pedido
from contas.models import Empresa


@dataclass(frozen=True, slots=True)
class ReferenciaDaNoite:
    """A data que a rodada da noite deve usar e, se os pedidos pararam, até quando vieram."""

    data: date
    parado: bool
    pedidos_ate: date | None

    @property
    def aviso(self) -> str:
        """A frase para telas e registros; vazia quando não há o que avisar."""
        return f"pedidos até {self.pedidos_ate:%d/%m/%Y}" if self.parado and self.pedidos_ate else ""


def ultimo_pedido(empresa: Empresa, hoje: date) -> date | None:
    """A data do pedido mais novo da empresa, de qualquer situação."""
    return Pedido.objects.filter(empresa=empresa, data__lte=hoje).aggregate(Max("data"))["data__max"]


def referencia_da_noite(empresa: Empresa, hoje: date) -> ReferenciaDaNoite:
    """`hoje`; com pedidos parados, a referência de antes (na primeira vez, a do último pedido)."""
    parametros = ParametrosDaAtividade.objects.filter(empresa=empresa).first() or ParametrosDaAtividade()
    ultimo = ultimo_pedido(empresa, hoje)
    if ultimo is None or (hoje - ultimo).days <= parametros.dias_feed_parado:
        return ReferenciaDaNoite(hoje, False, ultimo)
    return ReferenciaDaNoite(_rodada_com_pedidos(empresa) or ultimo, True, ultimo)


def _rodada_com_pedidos(empresa: Empresa) -> date | None:
    """A última rodada regular que viu algum pedido: as de antes do primeiro arquivo não valem de base."""
    return empresa.referencia_regular if empresa.pedidos_ate else None


def eh_regular(empresa: Empresa, referencia: date, hoje: date) -> bool:
    """Rodada regular escreve história; o resto é consulta a uma data passada."""
    anterior = _rodada_com_pedidos(empresa)
    if anterior and referencia < anterior:
        return False
    return referencia >= hoje or referencia in {anterior, referencia_da_noite(empresa, hoje).data}
