"""O que uma regra diz: as variáveis do texto e a frase de cada cliente."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from atividade.prioridade import valor_curto
from atividade.rotulos import NOMES
from clientes import variaveis
from notificacoes.models import Sobre

# Nome → (o que é, o que dizer quando o dado falta).
VARIAVEIS: dict[str, tuple[str, str]] = {
    "pessoa": ("primeiro nome de quem recebe", "tudo bem"),
    "total": ("quantos clientes a regra achou para a pessoa", "0"),
    "empresa": ("a nossa empresa", "a empresa"),
    "data": ("data dos números", "hoje"),
    "dias": ("os dias da regra, quando ela tem", "alguns"),
    "valor": ("quanto valem por ano os clientes mostrados", "R$ 0"),
    "regra": ("nome da regra", "aviso"),
}
TEXTO_DE_EXEMPLO = {
    "pessoa": "Ana",
    "total": "4",
    "empresa": "Ferragens Aliança",
    "data": "20/11/2026",
    "dias": "30",
    "valor": "R$ 18 mil",
    "regra": "Sem comprar",
}


@dataclass(frozen=True, slots=True)
class Acontecido:
    """Uma linha que o banco decidiu: de quem, de qual cliente, o quê."""

    pessoa: int
    cliente: int
    evento: str
    em: date | None
    dias: int | None
    antes: Decimal | None
    depois: Decimal | None
    quem: str
    valor: Decimal
    posto: int
    total: int


def conferir(texto: str) -> None:
    """Recusa variável desconhecida, dizendo quais existem."""
    variaveis.conferir(texto, VARIAVEIS)


def preencher(texto: str, valores: Mapping[str, str]) -> str:
    return variaveis.preencher(texto, valores, VARIAVEIS)


def frase(sobre: str, fato: Acontecido) -> str:
    """O que houve com o cliente, como se diz em voz alta."""
    return _FRASES[Sobre(sobre)](fato)


def _dia(fato: Acontecido) -> str:
    return f"{fato.em:%d/%m/%Y}" if fato.em else ""


def _dias(n: int | None) -> str:
    return "1 dia" if n == 1 else f"{n} dias"


def _sem_contato(fato: Acontecido) -> str:
    return (
        f"Sem contato há {_dias(fato.dias)}." if fato.em else f"Nunca contatado, há {_dias(fato.dias)} aqui."
    )


def _limite(verbo: str) -> Any:
    return lambda f: (
        f"O limite {verbo} de {valor_curto(f.antes or Decimal(0))} para "
        f"{valor_curto(f.depois or Decimal(0))} em {_dia(f)}."
    )


def _score(verbo: str) -> Any:
    return lambda f: f"Score {verbo} de {f.antes:.0f} para {f.depois:.0f} em {_dia(f)} ({f.quem})."


def _restricao(verbo: str) -> Any:
    return lambda f: (
        f"{f.quem}: {verbo} em {_dia(f)}{f', {valor_curto(f.depois)}' if f.depois is not None else ''}."
    )


_FRASES: dict[Sobre, Any] = {
    Sobre.ENTROU_QUASE: lambda f: f"{NOMES['quase_inativo']} desde {_dia(f)}.",
    Sobre.ENTROU_INATIVO: lambda f: f"{NOMES['inativo']} desde {_dia(f)}.",
    Sobre.REATIVADO: lambda f: f"Voltou a comprar em {_dia(f)}.",
    Sobre.SEM_COMPRAR: lambda f: f"Sem comprar há {_dias(f.dias)}, desde {_dia(f)}.",
    Sobre.SEM_CONTATO: _sem_contato,
    Sobre.AGENDA_VENCIDA: lambda f: f"Combinado para {_dia(f)}, {_dias(f.dias)} de atraso: {f.quem}.",
    Sobre.INADIMPLENTE: lambda f: f"{valor_curto(f.depois or Decimal(0))} vencidos, há {_dias(f.dias)}.",
    Sobre.REGULARIZOU: lambda f: f"Pagou o que estava vencido em {_dia(f)}.",
    Sobre.BLOQUEADO: lambda f: f"Bloqueado em {_dia(f)}.",
    Sobre.DESBLOQUEADO: lambda f: f"Desbloqueado em {_dia(f)}.",
    Sobre.LIMITE_MENOR: _limite("desceu"),
    Sobre.LIMITE_MAIOR: _limite("subiu"),
    Sobre.SCORE_DESCEU: _score("desceu"),
    Sobre.SCORE_SUBIU: _score("subiu"),
    Sobre.RESTRICAO_NOVA: _restricao("restrição nova"),
    Sobre.RESTRICAO_BAIXADA: _restricao("baixada"),
    Sobre.EVENTO_DO_BIRO: _restricao("informado"),
}
