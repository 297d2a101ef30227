"""A composição mês a mês: o gráfico, os números atrás dele e como se lê o passado."""

from datetime import date
from typing import Any

from django.utils import timezone

from carteira import achados
from carteira.web.pedido_da_composicao import Pedido
from contas.papeis import Permissao, pode
from relatorios.composicao import NA_CONTA, Grupo
from relatorios.evolucao import PEDIDOS, SEM_RETRATO, Mes, evolucao, mes_atual
from relatorios.passado import ATUAL, EPOCA, NA_DATA

_MESES = ("jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez")
PRAZOS = (12, 24, 36)
_REGRAS = ((EPOCA, "Regra da época"), (ATUAL, "Regra de hoje"))
_DONOS = ((NA_DATA, "Dono na data"), (ATUAL, "Dono atual"))


def contexto(pedido: Pedido, carteira: Grupo) -> dict[str, Any]:
    """Os fins de mês pela regra e pelo dono escolhidos, e o mês corrente com a conta que a página já fez."""
    url = pedido.consulta
    regra = ATUAL if url.get("regra_meses") == ATUAL else EPOCA
    dono = ATUAL if url.get("dono_meses") == ATUAL else NA_DATA
    pedidos = url.get("meses", "")
    prazo = int(pedidos) if pedidos in {str(n) for n in PRAZOS} else PRAZOS[0]
    hoje = mes_atual(
        pedido.referencia,
        {s: carteira.fatia(s).clientes for s in NA_CONTA},
        {s: carteira.fatia(s).valor for s in NA_CONTA},
    )
    de_antes = evolucao(
        pedido.usuario, pedido.recorte, pedido.referencia, _hoje(pedido), regra=regra, dono=dono, meses=prazo
    )
    meses = [*de_antes, hoje]
    titulo, texto = achados.da_evolucao(meses, por_valor=pedido.por_valor)
    return {
        "evolucao_titulo": titulo,
        "evolucao_texto": texto,
        "colunas": [_coluna(m, i, pedido.por_valor) for i, m in enumerate(meses)],
        "meses_refeitos": [m for m in meses if m.origem == PEDIDOS],
        "meses_sem_retrato": [m for m in meses if m.origem == SEM_RETRATO],
        "meses_mudados": [m for m in meses if m.visto],
        "meses": meses,
        "relatorio_dos_meses": pedido.relatorio("composicao-por-mes", meses=prazo, regra=regra, dono=dono),
        "como_ler_meses": [
            ("Meses", [(f"{n + 1} meses", pedido.elo(meses=n), n == prazo) for n in PRAZOS]),
            ("Regra", [(r, pedido.elo(regra_meses=v), v == regra) for v, r in _REGRAS]),
            ("Dono", [(r, pedido.elo(dono_meses=v), v == dono) for v, r in _DONOS]),
        ],
        "meses_como": (
            f"{'pela regra da época' if regra == EPOCA else 'pela regra de hoje'}, "
            f"{'com quem era o dono na data' if dono == NA_DATA else 'com o dono de hoje'}"
        ),
        "abre_rotinas": pode(pedido.usuario, Permissao.VER_ROTINAS) and not pedido.usuario.olhado_por,
        "meses_de_hoje": (regra, dono) != (EPOCA, NA_DATA),
    }


def _hoje(pedido: Pedido) -> date:
    """O dia em que as regras são lidas: o de hoje, se uma regra já começou a valer depois da referência."""
    return max(pedido.referencia or timezone.localdate(), timezone.localdate())


def _coluna(mes: Mes, posicao: int, por_valor: bool) -> dict[str, Any]:
    """Um mês como o gráfico o quer; janeiro (e o primeiro) dizem o ano."""
    ano = f" {mes.data:%y}" if mes.data.month == 1 or posicao == 0 else ""
    medida = mes.valor if por_valor else mes.clientes
    return {"rotulo": f"{_MESES[mes.data.month - 1]}{ano}", **{s.value: medida.get(s, 0) for s in NA_CONTA}}
