from clientes.models.carteira import PeriodoDeCarteira
from clientes.models.cliente import AliasDeCliente, CanalDeContato, Categoria, Cliente, ClienteQuerySet
from clientes.models.importacao import EstadoDaImportacao, Importacao, MapeamentoDeColunas, TipoDeImportacao
from clientes.models.lugar import UFS, Municipio
from clientes.models.pedido import ItemDePedido, Pedido, PedidoQuerySet
from clientes.models.relacionamento import Agendamento, Contato, Ocorrencia
from clientes.models.segmento import Segmento

__all__ = [
    "UFS",
    "Agendamento",
    "AliasDeCliente",
    "CanalDeContato",
    "Categoria",
    "Cliente",
    "ClienteQuerySet",
    "Contato",
    "EstadoDaImportacao",
    "Importacao",
    "ItemDePedido",
    "MapeamentoDeColunas",
    "Municipio",
    "Ocorrencia",
    "Pedido",
    "PedidoQuerySet",
    "PeriodoDeCarteira",
    "Segmento",
    "TipoDeImportacao",
]
