"""De onde veio uma regra e o que ela fez: as palavras por trás de cada status e de cada mudança."""

from atividade.limiares import RegraEmVigor, regra_de
from atividade.models import Limiar
from atividade.regras import REGRA_PADRAO


def regra_do_limiar(limiar: Limiar | None) -> RegraEmVigor:
    """A regra guardada e o nível dela; sem limiar (ou se ele herda) valeu a de fábrica."""
    if limiar is None or limiar.herda:
        return RegraEmVigor(REGRA_PADRAO, None, "regra padrão")
    if limiar.cliente_id:
        origem = "regra só deste cliente"
    elif limiar.segmento_id:
        origem = f"regra do segmento {limiar.segmento}"
    else:
        origem = f"regra da empresa {limiar.empresa}" if limiar.empresa_id else "regra da instalação"
    return RegraEmVigor(regra_de(limiar), limiar, origem)
