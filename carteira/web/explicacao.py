"""Por que este cliente está assim: a frase que abre a ficha e a regra que deu a situação."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import quantiles
from typing import Any

from django.db.models import Sum

from atividade.limiares import RegraEmVigor, mais_perto
from atividade.models import Indicadores, Status
from atividade.prioridade import valor_curto
from atividade.regras import DIAS_PARA_CICLO_PROPRIO
from atividade.rotulos import NOMES
from carteira.formatos import data, ha_dias, moeda, numero, plural
from carteira.lista_de_clientes import Linha
from clientes.models import Pedido
from clientes.pendencias import Pendencias

_TOM = {
    Status.ATIVO: "ativo",
    Status.QUASE_INATIVO: "quase",
    Status.INATIVO: "inativo",
    Status.PROSPECT: "prospect",
}


@dataclass(frozen=True, slots=True)
class Ritmo:
    """Os dias de compra do gráfico e a metade central dos intervalos."""

    compras: list[tuple[date, Decimal]]
    p25: int | None = None
    p75: int | None = None
    ha_novas: bool = False  # compras que chegaram depois do último cálculo


def ritmo_de(ind: Indicadores, referencia: date) -> Ritmo:
    """Um ano e pouco de compras para o gráfico e a metade central de todos os intervalos, em uma consulta."""
    if ind.ultima_compra is None:
        return Ritmo([])
    inicio = min(referencia - timedelta(days=370), ind.ultima_compra - timedelta(days=120))
    por_dia = (
        Pedido.objects.filter(cliente=ind.pk, conta=True, data__lte=referencia)
        .values("data")
        .annotate(soma=Sum("valor"))
        .order_by("data")
    )
    todas = [(linha["data"], linha["soma"]) for linha in por_dia]
    # o gráfico e a frase contam a história que os números ao lado conhecem
    conhecidas = [compra for compra in todas if compra[0] <= ind.ultima_compra]
    compras, ha_novas = [c for c in conhecidas if c[0] >= inicio], len(todas) > len(conhecidas)
    # os mesmos intervalos de que o ciclo é a mediana: ela cai sempre entre os dois quartos
    vaos = [(depois[0] - antes[0]).days for antes, depois in pairwise(conhecidas)]
    if len(vaos) < DIAS_PARA_CICLO_PROPRIO or ind.dias_de_compra < DIAS_PARA_CICLO_PROPRIO:
        return Ritmo(compras, ha_novas=ha_novas)
    p25, _, p75 = quantiles(vaos, n=4, method="inclusive")
    return Ritmo(compras, round(p25), round(p75), ha_novas)


def regra_aplicada(ind: Indicadores, empresa: Any) -> RegraEmVigor:
    """A regra com que a última rodada classificou o cliente, e de onde ela veio; sem consulta nova."""
    return mais_perto(ind.limiar, segmento=ind.segmento, empresa=empresa)


def tom(linha: Linha) -> str:
    return "quase" if linha.fora_do_ritmo else _TOM[Status(linha.ind.status)]


def frase_da_ficha(linha: Linha, ritmo: Ritmo) -> str:
    """Ritmo, o que vem a seguir e o que está em jogo, como um colega diria."""
    ind = linha.ind
    if linha.recencia is None:
        return "ainda não comprou. Um primeiro pedido o tira dos prospects no mesmo dia."
    partes = [_do_ritmo(linha, ritmo), _do_que_vem(ind, linha.referencia)]
    if (linha.valor_do_ano > 0 and ind.status != Status.ATIVO) or linha.fora_do_ritmo:
        partes.append(f"Há {valor_curto(linha.valor_do_ano)}/ano em jogo.")
    return " ".join(partes)


def frase_das_pendencias(p: Pendencias) -> str:
    """O que pode travar a conversa ou abri-la: dívida, reclamação e orçamento no fim."""
    partes = []
    if p.vencidos:
        partes.append(f"{_contar(p.vencidos, 'título vencido,títulos vencidos')} ({moeda(p.valor_vencido)})")
    if p.atendimentos:
        partes.append(_contar(p.atendimentos, "atendimento aberto,atendimentos abertos"))
    if p.orcamento_vence_logo:
        partes.append(f"um orçamento que vence {ha_dias(p.orcamento_vence_em, p.em)}")
    return f"Tem {juntar_em_frase(partes)}." if partes else ""


def _contar(n: int, formas: str) -> str:
    return f"{numero(n)} {plural(n, formas)}"


def juntar_em_frase(partes: list[str]) -> str:
    """ "a, b e c"."""
    return " e ".join(filter(None, (", ".join(partes[:-1]), partes[-1])))


def _do_ritmo(linha: Linha, ritmo: Ritmo) -> str:
    dias = f"{numero(linha.recencia)} {plural(linha.recencia, 'dia,dias')}"
    if linha.ciclo is None:
        unica = linha.ind.dias_de_compra == 1
        return f"comprou {'uma vez só' if unica else 'duas vezes'}, a última há {dias}."
    metade = ""
    if ritmo.p25 is not None and ritmo.p75 is not None and ritmo.p25 != ritmo.p75:
        metade = f" (metade das vezes entre {ritmo.p25} e {ritmo.p75})"
    fim = "está há" if linha.fora_do_ritmo or linha.ind.status != Status.ATIVO else "está dentro do ritmo, há"
    return f"compra a cada {numero(linha.ciclo)} dias{metade} e {fim} {numero(linha.recencia)}."


def _do_que_vem(ind: Indicadores, referencia: date) -> str:
    if ind.status == Status.INATIVO:
        return f"Está {NOMES[Status.INATIVO].lower()} desde {data(ind.inativo_em)}."
    proximo, nome = (
        (ind.inativo_em, f"fica {NOMES[Status.INATIVO].lower()}")
        if ind.status == Status.QUASE_INATIVO
        else (ind.quase_inativo_em, f"vira {NOMES[Status.QUASE_INATIVO].lower()}")
    )
    if proximo is None:
        return ""
    dias = (proximo - referencia).days
    return f"Sem compra, {nome} em {numero(dias)} {plural(dias, 'dia,dias')} ({data(proximo, '%d/%m')})."
