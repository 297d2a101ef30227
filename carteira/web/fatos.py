"""Um fato da história do cliente com as palavras e o ícone da tela."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from atividade.historico import Fato
from atividade.models import MotivoDaMudanca
from carteira.formatos import numero
from clientes.models import CanalDeContato
from contas.models import SituacaoDePedido

DESFAZER_ATE = timedelta(days=2)
_ICONES = {"ligacao": "phone", "whatsapp": "message-circle", "visita": "map-pin", "email": "mail"}


@dataclass(frozen=True)
class FatoNaTela:
    fato: Fato

    def __getattr__(self, nome: str) -> Any:
        return getattr(self.fato, nome)

    @property
    def recente(self) -> bool:
        """Desfazer é para engano recente; história velha não se apaga com um clique."""
        return self.fato.em is not None and timezone.now() - self.fato.em < DESFAZER_ATE

    @property
    def icone(self) -> str:
        return _ICONES.get(self.fato.dados["canal"], "phone")

    @property
    def canal_em_palavras(self) -> str:
        return str(CanalDeContato(self.fato.dados["canal"]).label)

    @property
    def situacao_em_palavras(self) -> str:
        return str(SituacaoDePedido(self.fato.dados["situacao"]).label).lower()

    @property
    def motivo_em_palavras(self) -> str:
        return str(MotivoDaMudanca(self.fato.dados["motivo"]).label)

    @property
    def itens(self) -> list[dict[str, Any]]:
        return [{**item, "quantidade_em_texto": _enxuto(item["quantidade"])} for item in self.fato.itens]


def _enxuto(quantidade: Any) -> str:
    """12 e não 12,000; 1,5 quando há fração."""
    inteiro = quantidade == quantidade.to_integral_value()
    return numero(quantidade) if inteiro else numero(quantidade, 3).rstrip("0")
