"""Checkup em palavras: cada achado diz o número, por que importa, o que fazer e onde ver. Puro texto."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from atividade.giro import Toque
from atividade.models import ParametrosDaAtividade
from atividade.regras import Status
from atividade.rotulos import NOMES, PLURAIS
from clientes.situacao_cadastral import SituacaoCadastral
from contas.models import Empresa
from relatorios.checkup import COM_COMPRA, DIAS_DA_MIGRACAO, DIAS_ESQUECIDO, Numeros
from relatorios.composicao import NA_CONTA, ZERO
from relatorios.declinio import Regra
from relatorios.positivacao import NOMES_DOS_TOQUES, Medida

# Daqui para cima o achado pede atenção; daqui para cima, ação. Em % do que cada um mede.
_INATIVOS = (Decimal(20), Decimal(40))
_CONCENTRACAO = (Decimal(30), Decimal(50))
_RISCO = (Decimal(10), Decimal(25))
_DECLINIO = (Decimal(5), Decimal(15))
_ESQUECIDOS = (Decimal(15), Decimal(40))
_CADASTRO = (Decimal(10), Decimal(30))


class Tom(StrEnum):
    BEM = "bem"
    ATENCAO = "atencao"
    AGIR = "agir"
    NEUTRO = "neutro"


TONS = {Tom.BEM: "Em ordem", Tom.ATENCAO: "Atenção", Tom.AGIR: "Agir", Tom.NEUTRO: "A saber"}


@dataclass(frozen=True, slots=True)
class Achado:
    """`lugar` nomeia uma página e `parametros` o que ela filtra: quem sabe de URL é a casca."""

    chave: str
    assunto: str
    numero: str
    titulo: str
    porque: str
    fazer: str
    tom: Tom
    lugar: str = ""
    parametros: dict[str, Any] = field(default_factory=dict)

    @property
    def dito(self) -> str:
        return TONS[self.tom]


def achados(n: Numeros) -> list[Achado]:
    """Na ordem da página; vazio quando ainda não há carteira de que falar."""
    if not n.carteira.clientes:
        return []
    return [
        _composicao(n), _mudanca(n), _concentracao(n), _risco(n), _do_declinio(n), _esquecidos(n),
        *(_medida(n, m) for m in n.medidas), _do_cadastro(n), _frescor(n),
    ]  # fmt: skip


def resumo(achados_: Sequence[Achado]) -> str:
    """A página em uma frase."""
    agir = sum(a.tom == Tom.AGIR for a in achados_)
    atencao = sum(a.tom == Tom.ATENCAO for a in achados_)
    if not agir and not atencao:
        return "Nada pede atenção agora."
    partes = []
    if agir:
        partes.append(_conta(agir, "ponto pede ação", "pontos pedem ação"))
    if atencao:
        partes.append(_conta(atencao, "pede atenção", "pedem atenção"))
    return f"{' e '.join(partes)}."


def _composicao(n: Numeros) -> Achado:
    c = n.carteira
    partes = [f"{_porcento(c.porcento(s) or ZERO)} {_de_status(c.fatia(s).clientes, s)}" for s in NA_CONTA]
    inativos = c.porcento(Status.INATIVO) or ZERO
    nomes = PLURAIS[Status.INATIVO].lower()
    return Achado(
        "composicao",
        "Composição",
        _porcento(c.porcento(Status.ATIVO) or ZERO),
        f"De {_conta(c.clientes, 'cliente', 'clientes')} com compra, {partes[0]}, {partes[1]} e {partes[2]}",
        f"Só quem está {NOMES[Status.ATIVO].lower()} sustenta o faturamento; cada ponto de {nomes} é venda a refazer.",
        f"Abra os {nomes} pelo valor do último ano em que compraram e monte uma lista de recuperação.",
        _tom(inativos, _INATIVOS),
        "clientes",
        {"status": Status.INATIVO.value, "ordem": "-risco"},
    )


def _mudanca(n: Numeros) -> Achado:
    pior, melhor = n.migracao.pioraram, n.migracao.melhoraram
    saldo = melhor[0] - pior[0]
    quando = f"em {DIAS_DA_MIGRACAO} dias"
    if not pior[0] and not melhor[0]:
        titulo = f"Ninguém mudou de situação {quando}"
    else:
        titulo = (
            f"{_conta(pior[0], 'piorou', 'pioraram')} e "
            f"{_conta(melhor[0], 'melhorou ou entrou', 'melhoraram ou entraram')} {quando}"
        )
    return Achado(
        "migracao",
        "Migração",
        _com_sinal(saldo),
        titulo,
        f"Quem piorou vale {_reais(pior[1])} por ano; quem melhorou, {_reais(melhor[1])}. "
        "O saldo diz se a carteira cresce ou míngua.",
        "Veja quem piorou, do maior valor ao menor, e ligue primeiro para os de cima.",
        Tom.BEM if saldo > 0 else Tom.ATENCAO if saldo < 0 and pior[1] > melhor[1] else Tom.NEUTRO,
        "mudancas",
        {"dias": str(DIAS_DA_MIGRACAO)},
    )


def _concentracao(n: Numeros) -> Achado:
    parte = _parte(n.dos_maiores, n.carteira.valor)
    quem = _conta(n.quantos_maiores, "maior cliente compra", "maiores clientes compram")
    titulo = (
        f"{'O' if n.quantos_maiores == 1 else 'Os'} {quem} {_porcento(parte, 0)} do valor de 12 meses"
        if n.dos_maiores
        else "Ninguém comprou nos últimos 12 meses"
    )
    return Achado(
        "concentracao",
        "Concentração",
        _porcento(parte, 0),
        titulo,
        f"São {_reais(n.dos_maiores)} de {_reais(n.carteira.valor)}: "
        "perder um deles pesa mais que perder muitos pequenos.",
        "Confira se cada um dos maiores tem dono, contato recente e um próximo passo na agenda.",
        _tom(parte, _CONCENTRACAO),
        "clientes",
        {"status": list(COM_COMPRA), "ordem": "-valor"},
    )


def _risco(n: Numeros) -> Achado:
    quase = n.carteira.fatia(Status.QUASE_INATIVO).clientes
    parte = _parte(n.carteira.em_risco, n.carteira.valor)
    titulo = f"{_reais(n.carteira.em_risco)} por ano com {_conta(quase, *_formas(Status.QUASE_INATIVO))}"
    if 0 < n.metade_do_risco < quase:
        um = n.metade_do_risco == 1
        titulo += f"; {'um só soma' if um else f'{_numero(n.metade_do_risco)} deles somam'} metade"
    return Achado(
        "risco",
        "R$ em risco",
        _reais(n.carteira.em_risco),
        titulo if quase else f"Nenhum cliente {NOMES[Status.QUASE_INATIVO].lower()}",
        f"É o que se perde se ninguém agir antes do limite: {_porcento(parte, 0)} do valor de 12 meses da carteira.",
        "Comece pelos de maior perda esperada; o relatório de risco leva a lista para a rua.",
        _tom(parte, _RISCO) if quase else Tom.BEM,
        "clientes",
        {"status": Status.QUASE_INATIVO.value, "ordem": "-risco"},
    )


def _do_declinio(n: Numeros) -> Achado:
    regra, total = Regra(), n.declinio
    parte = _parte(total.por_ano, n.carteira.valor)
    quem = _conta(total.clientes, "cliente ativo compra", "clientes ativos compram")
    titulo = f"{quem if total.clientes else 'Nenhum cliente ativo compra'} ao menos {regra.queda}% menos que há um ano"
    return Achado(
        "declinio",
        "Declínio silencioso",
        _reais(total.por_ano),
        titulo,
        f"São {_reais(total.por_ano)} a menos por ano de quem a situação ainda chama de {NOMES[Status.ATIVO].lower()}: "
        f"compara os últimos {regra.meses} meses com os mesmos do ano passado.",
        "Pergunte o que mudou antes que a recência o mostre: preço, mix, entrega ou concorrente.",
        _tom(parte, _DECLINIO),
        "declinio",
    )


def _esquecidos(n: Numeros) -> Achado:
    quantos, valor = n.esquecidos
    parte = _parte(Decimal(quantos), Decimal(n.carteira.clientes))
    quem = _conta(quantos, "cliente está", "clientes estão")
    titulo = f"{quem} há {DIAS_ESQUECIDO} dias ou mais sem contato: {_porcento(parte, 0)} da carteira"
    return Achado(
        "esquecidos",
        "Esquecidos",
        _numero(quantos),
        titulo if quantos else f"Todos tiveram contato nos últimos {DIAS_ESQUECIDO} dias",
        f"Juntos compraram {_reais(valor)} em 12 meses sem que ninguém falasse com eles agora; a concorrência fala.",
        "Reparta-os numa lista de trabalho; quem não se visita por decisão, marque com o motivo.",
        _tom(parte, _ESQUECIDOS),
        "clientes",
        {"status": list(COM_COMPRA), "e": f"esquecido.ha.{DIAS_ESQUECIDO}"},
    )


_VERBOS = {Toque.CONTATO: ("foi contatado", "foram contatados"), Toque.COMPRA: ("comprou", "compraram")}
_PORQUE = {
    Toque.CONTATO: "Cliente que ninguém procura no mês compra de quem o procurou.",
    Toque.COMPRA: "É quanto da carteira de fato comprou: mais clientes comprando vale mais que um pedido grande.",
}
_FAZER = {
    Toque.CONTATO: "Veja os intocados de cada vendedor e ponha-os na fila da semana.",
    Toque.COMPRA: "Abra quem foi contatado e não comprou: ali está a objeção a responder.",
}


def _medida(n: Numeros, m: Medida) -> Achado:
    verbo = _VERBOS[m.toque][m.tocados != 1]
    titulo = f"{_numero(m.tocados)} de {_conta(m.clientes, 'cliente', 'clientes')} {verbo} neste mês"
    if m.meta is None:
        titulo += "; sem meta definida"
    elif not m.passados:
        titulo += f"; a meta é {_porcento(m.meta, 0)} e o mês ainda não teve dia útil"
    elif m.no_ritmo:
        titulo += f"; no ritmo da meta de {_porcento(m.meta, 0)}"
    else:
        falta = "falta" if m.faltam == 1 else "faltam"
        titulo += f"; {falta} {_numero(m.faltam)} para o ritmo da meta de {_porcento(m.meta, 0)}"
    porque = _PORQUE[m.toque]
    if m.antes is not None:
        porque += f" No mesmo ponto do mês passado eram {_porcento(m.antes, 1)}."
    if m.toque == Toque.CONTATO and n.intocados:
        porque += f" {_conta(n.intocados, 'segue intocado', 'seguem intocados')}."
    tom = Tom.NEUTRO if m.no_ritmo is None or not m.passados else Tom.BEM if m.no_ritmo else Tom.ATENCAO
    return Achado(
        m.toque.value,
        NOMES_DOS_TOQUES[m.toque],
        _porcento(m.porcento, 1) if m.porcento is not None else "–",
        titulo if m.clientes else "Nenhum vendedor tinha clientes no primeiro dia do mês",
        porque,
        _FAZER[m.toque],
        tom,
        "positivacao",
        {"mes": f"{n.mes.de:%Y-%m}"},
    )


def _do_cadastro(n: Numeros) -> Achado:
    parte = _parte(Decimal(n.mal_cadastrados), Decimal(n.carteira.clientes))
    irregulares = n.cadastro[SituacaoCadastral.IRREGULAR]
    return Achado(
        "cadastro",
        "Qualidade do cadastro",
        _porcento(parte, 0),
        f"{_conta(n.mal_cadastrados, 'cadastro incompleto ou irregular', 'cadastros incompletos ou irregulares')}"
        + (
            f", {_conta(irregulares, 'com documento que não confere', 'com documento que não confere')}"
            if irregulares
            else ""
        )
        if n.mal_cadastrados
        else "Todos os cadastros estão completos",
        "Sem telefone, e-mail ou município certos, o cliente não se acha nem se visita.",
        "Peça a quem atende que complete na próxima conversa, começando pelos de maior valor.",
        _tom(parte, _CADASTRO),
        "clientes",
        {"status": list(COM_COMPRA), "e": "cadastral.em.irregular.incompleta", "ordem": "-valor"},
    )


def _frescor(n: Numeros) -> Achado:
    """A empresa de pedidos mais velhos decide: um número bonito sobre dados velhos engana."""
    atrasos = [((n.hoje - e.pedidos_ate).days, e) for e in n.empresas if e.pedidos_ate]
    dias, empresa = max(atrasos, key=lambda par: par[0], default=(0, None))
    de_quem = f" ({empresa.nome})" if empresa and len(n.empresas) > 1 else ""
    if empresa is None:
        numero, titulo, tom = "–", "Ainda não há pedidos importados", Tom.AGIR
    else:
        numero = f"{empresa.pedidos_ate:%d/%m}"
        titulo = f"Os pedidos vão até {empresa.pedidos_ate:%d/%m/%Y}{de_quem}: {_ha(dias)}"
        tom = Tom.BEM if dias <= _dias_de_folga(empresa) else Tom.AGIR
    return Achado(
        "frescor",
        "Frescor dos dados",
        numero,
        titulo,
        "Tudo nesta página conta até a data dos pedidos: com dados velhos, quem comprou ontem parece perdido.",
        "Se parou de chegar, peça ao administrador que confira a importação e a rotina da noite.",
        tom,
        "rotinas" if tom == Tom.AGIR else "",
    )


def _dias_de_folga(empresa: Empresa) -> int:
    """Os dias sem pedidos que param a rodada: até eles, é só fim de semana ou feriado."""
    parametros = getattr(empresa, "parametros", None) or ParametrosDaAtividade()
    return int(parametros.dias_feed_parado)


# ── Números em palavras, como os filtros das telas os escrevem ───────────────


def _tom(valor: Decimal, limites: tuple[Decimal, Decimal]) -> Tom:
    atencao, agir = limites
    return Tom.AGIR if valor >= agir else Tom.ATENCAO if valor >= atencao else Tom.BEM


def _parte(parte: Decimal, total: Decimal) -> Decimal:
    return parte * 100 / total if total else ZERO


def _formas(status: Status) -> tuple[str, str]:
    return NOMES[status].lower(), PLURAIS[status].lower()


def _de_status(quantos: int, status: Status) -> str:
    return _formas(status)[quantos != 1]


def _conta(quantos: int, um: str, varios: str) -> str:
    return f"{_numero(quantos)} {um if quantos == 1 else varios}"


def _ha(dias: int) -> str:
    return "hoje" if dias <= 0 else "ontem" if dias == 1 else f"há {_numero(dias)} dias"


def _com_sinal(valor: int) -> str:
    sinal = "+" if valor > 0 else "\u2212" if valor < 0 else ""
    return f"{sinal}{_numero(abs(valor))}"


def _numero(valor: Decimal | int, casas: int = 0) -> str:
    exato = Decimal(valor).quantize(Decimal(1).scaleb(-casas), ROUND_HALF_UP)
    return f"{exato:,.{casas}f}".translate(str.maketrans(",.", ".,"))


def _porcento(valor: Decimal, casas: int = 2) -> str:
    return f"{_numero(valor, casas)}%"


def _reais(valor: Decimal) -> str:
    """R$ 812, R$ 47 mil, R$ 2,31 mi."""
    for grandeza, casas, nome in ((10**9, 2, "bi"), (10**6, 2, "mi"), (10**3, 0, "mil")):
        if valor >= grandeza - Decimal(grandeza) / 2000 * (nome != "mil"):
            return f"R$ {_numero(valor / grandeza, casas)} {nome}"
    return f"R$ {_numero(valor)}"
