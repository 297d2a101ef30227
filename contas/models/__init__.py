from contas.models.auditoria import RegistroDeAuditoria
from contas.models.empresa import DonoDaCarteira, Empresa, Instalacao, SituacaoDePedido
from contas.models.equipe import Cobertura, Equipe, MembroDeEquipe
from contas.models.meta import MetaMensal
from contas.models.usuario import OrdemDaFila, Papel, TipoDeVendedor, Usuario, Vinculo

__all__ = [
    "Cobertura",
    "DonoDaCarteira",
    "Empresa",
    "Equipe",
    "Instalacao",
    "MembroDeEquipe",
    "MetaMensal",
    "OrdemDaFila",
    "Papel",
    "RegistroDeAuditoria",
    "SituacaoDePedido",
    "TipoDeVendedor",
    "Usuario",
    "Vinculo",
]
