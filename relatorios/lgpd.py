"""Onde, nesta sala, há dados de um titular: o que se procurou num relatório pedido ou agendado."""

from clientes.lgpd.esquecer import Texto

TEXTOS = (
    Texto("relatórios agendados", "relatorios_agendamentoderelatorio", (), json=("consulta",)),
    Texto("arquivos de relatórios", "relatorios_arquivogerado", (), json=("filtros",)),
)
