from contas.models.acesso import AparelhoLembrado, ContaDeFora, Contagem, RegrasDeAcesso, SessaoDePessoa
from contas.models.auditoria import RegistroDeAuditoria, Via
from contas.models.credito import PAPEIS_DECIDIDOS, CreditoPorPapel
from contas.models.empresa import DonoDaCarteira, Empresa, Instalacao, SituacaoDePedido
from contas.models.equipe import Cobertura, Equipe, MembroDeEquipe
from contas.models.meta import MetaMensal
from contas.models.token import Escopo, TokenDaApi
from contas.models.usuario import OrdemDaFila, Papel, TipoDeVendedor, Usuario, Vinculo

__all__ = [
    "PAPEIS_DECIDIDOS",
    "AparelhoLembrado",
    "Cobertura",
    "ContaDeFora",
    "Contagem",
    "CreditoPorPapel",
    "DonoDaCarteira",
    "Empresa",
    "Equipe",
    "Escopo",
    "Instalacao",
    "MembroDeEquipe",
    "MetaMensal",
    "OrdemDaFila",
    "Papel",
    "RegistroDeAuditoria",
    "RegrasDeAcesso",
    "SessaoDePessoa",
    "SituacaoDePedido",
    "TipoDeVendedor",
    "TokenDaApi",
    "Usuario",
    "Via",
    "Vinculo",
]
