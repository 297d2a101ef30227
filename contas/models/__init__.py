from contas.models.auditoria import RegistroDeAuditoria
from contas.models.empresa import DonoDaCarteira, Empresa, Instalacao, SituacaoDePedido
from contas.models.equipe import Cobertura, Equipe, MembroDeEquipe
from contas.models.usuario import Papel, TipoDeVendedor, Usuario, Vinculo

__all__ = [
    "Cobertura",
    "DonoDaCarteira",
    "Empresa",
    "Equipe",
    "Instalacao",
    "MembroDeEquipe",
    "Papel",
    "RegistroDeAuditoria",
    "SituacaoDePedido",
    "TipoDeVendedor",
    "Usuario",
    "Vinculo",
]
