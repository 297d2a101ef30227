"""O que se afirma por aí sobre recuperar inativos: frases dos outros, com a fonte, para pôr ao lado do que se mede.

Nada daqui é número desta instalação nem entra em conta nenhuma.
"""

from dataclasses import dataclass

_PASSOS = "“5 passos para prevenir e recuperar os clientes inativos” (apresentação para equipes de vendas)"


@dataclass(frozen=True, slots=True)
class Afirmacao:
    chave: str
    numero: str
    frase: str
    fonte: str = _PASSOS


UM_POR_UM = Afirmacao(
    "um_por_um",
    "1 para 1",
    "“estimado que exista 1 cliente inativo recente para cada 1 cliente ativo da carteira”, sendo inativo recente o "
    "que comprou nos últimos 2 anos",
)
METADE = Afirmacao(
    "metade",
    "50%",
    "“estima-se que as taxas de conversão de venda com inativos recentes são altas, em torno de 50%”",
)
PREVENIR = Afirmacao(
    "prevenir",
    "mais barato",
    "“prevenir a inatividade dos clientes é mais barato do que fazer ações de recuperação”",
)
