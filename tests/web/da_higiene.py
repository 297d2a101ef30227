"""O que o passeio abre na higienização: uma decisão, um par e uma união de cada lado."""

from typing import Any

from clientes.models import Cliente, DecisaoDePendencia, Fusao, ParDeDuplicados
from contas.models import Usuario


def da_higiene(cliente: Any, dono: Usuario) -> dict[str, int | str]:
    gemeo = Cliente.objects.create(
        empresa=cliente.empresa,
        codigo=f"{cliente.codigo}-B",
        razao_social=f"{cliente.razao_social} ME",
        vendedor=cliente.vendedor,
        equipe=cliente.equipe,
    )
    decisao = DecisaoDePendencia.objects.create(
        cliente=cliente, tipo="sem_cep", decisao="aceita", motivo="Retira no balcão", por=dono
    )
    par = ParDeDuplicados.objects.create(
        empresa=cliente.empresa, a=cliente, b=gemeo, motivo="nome", semelhanca=90, forca=80
    )
    uniao = Fusao.objects.create(
        empresa=cliente.empresa,
        ficou=cliente,
        ficou_era=cliente.pk,
        absorvido_id=900_000 + cliente.pk,
        absorvido_codigo=f"{cliente.codigo}-V",
        absorvido_nome=f"{cliente.razao_social} antigo",
    )
    return {
        "pendencia": "sem_cep",
        "outro_cliente": gemeo.pk,
        "decisao_de_higiene": decisao.pk,
        "par": par.pk,
        "uniao": uniao.pk,
    }
