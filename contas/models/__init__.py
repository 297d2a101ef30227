from contas.models.auditoria import RegistroDeAuditoria
from contas.models.empresa import Empresa, Instalacao, SituacaoDePedido
from contas.models.equipe import Cobertura, Equipe, MembroDeEquipe
from contas.models.meta import MetaMensal
from contas.models.usuario import Papel, TipoDeVendedor, Usuario, Vinculo

__all__ = [
    "Cobertura",
    "Empresa",
    "Equipe",
    "Instalacao",
    "MembroDeEquipe",
    "MetaMensal",
    "Papel",
    "RegistroDeAuditoria",
    "SituacaoDePedido",
    "TipoDeVendedor",
    "Usuario",
    "Vinculo",
]
