from contas.models.auditoria import RegistroDeAuditoria
from contas.models.empresa import Empresa, Instalacao, SituacaoDePedido
from contas.models.equipe import Cobertura, Equipe, MembroDeEquipe
from contas.models.usuario import OrdemDaFila, Papel, TipoDeVendedor, Usuario, Vinculo

__all__ = [
    "Cobertura",
    "Empresa",
    "Equipe",
    "Instalacao",
    "MembroDeEquipe",
    "OrdemDaFila",
    "Papel",
    "RegistroDeAuditoria",
    "SituacaoDePedido",
    "TipoDeVendedor",
    "Usuario",
    "Vinculo",
]
