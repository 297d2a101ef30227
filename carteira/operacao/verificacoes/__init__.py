"""As verificações, por sala: `SALAS` é a ordem em que se leem e o único lugar que as junta."""

from carteira.operacao.verificacao import Verificacao
from carteira.operacao.verificacoes import (
    arquivos,
    atividade,
    cadastro,
    carteiras,
    mensagens,
    pedidos,
    pessoas,
    rodadas,
)

SALAS: dict[str, tuple[Verificacao, ...]] = {
    "Pedidos e fatos": pedidos.VERIFICACOES,
    "Donos": carteiras.VERIFICACOES,
    "Indicadores": atividade.INDICADORES,
    "História e retratos": atividade.HISTORIA,
    "Cadastro": cadastro.VERIFICACOES,
    "Mensagens e avisos": mensagens.VERIFICACOES,
    "Rodadas e importações": rodadas.VERIFICACOES,
    "Arquivos": arquivos.VERIFICACOES,
    "Pessoas": pessoas.VERIFICACOES,
}
TODAS = {verificacao.nome: verificacao for sala in SALAS.values() for verificacao in sala}
