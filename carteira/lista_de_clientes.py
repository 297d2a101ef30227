"""A lista de clientes: o que a página, a ficha (anterior e próximo) e a exportação têm em comum."""

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from atividade.atraso import ATRASO
from atividade.categoria import categoria_de
from atividade.limiares import RegraEmVigor, mais_perto
from atividade.models import Indicadores, Status
from atividade.regras import DIAS_PARA_CICLO_PROPRIO, classificar_tendencia, marcar
from atividade.rfv import GrupoRfv, grupo_de, tabela_da
from carteira import colunas
from carteira.colunas_ordem import risco
from carteira.graficos import situacoes
from carteira.paginacao import Ordem
from carteira.referencias import Referencias
from clientes.compromissos import abertos
from clientes.models import Agendamento, Categoria
from clientes.pendencias import Pendencias, pendencias_de
from clientes.sinais import Notas, Objecoes, PedidosEmAberto, notas_de, objecoes_dos, pedidos_em_aberto
from contas.models import Papel, Usuario
from contas.pronta import IDS, Entre, Pronta

# As ordens da URL: a prioridade, o nome e toda coluna cuja ordem tem sentido.
ORDENS = {colunas.PRIORIDADE: "Prioridade", **{c.chave: c.nome for c in colunas.ORDENAVEIS.values()}}


def ordem_padrao(usuario: Usuario) -> str:
    """Quem liga vê primeiro o risco; quem vê a casa inteira, o valor (que o índice entrega pronto)."""
    return "-risco" if usuario.papel in {Papel.VENDEDOR, Papel.GESTOR} else "-valor"


def ordem_pedida(
    texto: str, usuario: Usuario, referencias: Referencias, *, de_um_dono: bool = False
) -> Ordem:
    """A ordem da URL; uma que não existe vale a padrão. `de_um_dono`: o filtro escolhe vendedores."""
    nome = texto if texto.removeprefix("-") in ORDENS else ordem_padrao(usuario)
    chave, decrescente = nome.removeprefix("-"), nome.startswith("-")
    if chave == colunas.PRIORIDADE:
        return Ordem(nome, risco(referencias), decrescente)
    coluna = colunas.ORDENAVEIS[chave]
    assert coluna.ordem is not None
    expressao = coluna.ordem(referencias)
    if isinstance(expressao, F) and (de_um_dono or usuario.papel == Papel.VENDEDOR):
        expressao = _fora_da_ordem_da_empresa(expressao)
    return Ordem(nome, expressao, decrescente, coluna.pode_faltar)


def _fora_da_ordem_da_empresa(coluna: F) -> Coalesce:
    """O mesmo valor, que índice nenhum traz em ordem: a carteira lê-se inteira do índice dela e ordena-se.

    Pela ordem da empresa, o banco andaria pelos clientes dos outros até achar uma página dos desta carteira; de quem
    tem os menores, andaria pela empresa toda.
    """
    return Coalesce(coluna, coluna)


def sentido_natural(chave: str) -> str:
    coluna = colunas.ORDENAVEIS.get(chave)
    return chave if coluna is not None and coluna.crescente else f"-{chave}"


def com_relacoes(qs: QuerySet[Indicadores], *outras: str) -> QuerySet[Indicadores]:
    return qs.select_related("cliente", "segmento", "vendedor", "empresa__parametros", "limiar", *outras)


# Nenhuma coluna da lista os mostra, e o que veio do ERP pode ser um documento inteiro por cliente.
_QUE_NINGUEM_LE = tuple(
    f"cliente__{campo}"
    for campo in ("erp", "observacao", "nome_chave", "nome_da_lista", "cidade_chave", "documento_raiz")
)


def para_a_pagina(qs: QuerySet[Indicadores], vistas: Iterable[colunas.Coluna]) -> QuerySet[Indicadores]:
    """Só o que a página mostra; a empresa já veio nas referências, e `montar_linhas` a devolve a cada linha."""
    return qs.select_related("cliente", "segmento", "limiar", *colunas.relacoes_de(vistas)).defer(
        *_QUE_NINGUEM_LE
    )


# ── As linhas da página ──────────────────────────────────────────────────────

# Doze fatias de um mês que terminam na referência da empresa de cada cliente.
_VALORES_MENSAIS = """
WITH limites AS (
    SELECT e.empresa_id,
           array_agg((e.referencia - make_interval(months => 12 - m))::date + 1 ORDER BY m) AS inicios,
           max(e.referencia) AS ate
    FROM unnest(%s::bigint[], %s::date[]) AS e (empresa_id, referencia) CROSS JOIN generate_series(0, 11) AS m
    GROUP BY e.empresa_id
)
SELECT p.cliente_id, width_bucket(p.data, l.inicios) AS fatia, sum(p.valor)
FROM limites l
JOIN clientes_pedido p ON p.empresa_id = l.empresa_id AND p.cliente_id = ANY(%s) AND p.conta
 AND p.data >= l.inicios[1] AND p.data <= l.ate
GROUP BY 1, 2
"""


def valores_mensais(clientes: list[int], referencias: Referencias) -> dict[int, list[Decimal]]:
    """Os 12 valores de cada cliente para a faísca: uma consulta para a página inteira."""
    if not clientes:
        return {}
    empresas = list(referencias.empresas)
    with connection.cursor() as cursor:
        cursor.execute(_VALORES_MENSAIS, [empresas, [referencias.da_empresa(e) for e in empresas], clientes])
        achados = cursor.fetchall()
    series: dict[int, list[Decimal]] = {pk: [Decimal(0)] * 12 for pk in clientes}
    for pk, fatia, valor in achados:
        series[pk][fatia - 1] = valor
    return series


def proximas_acoes(clientes: list[int]) -> dict[int, Agendamento]:
    """O agendamento aberto mais próximo de cada cliente da página."""
    return {agendamento.cliente_id: agendamento for agendamento in _PROXIMAS(clientes)} if clientes else {}


_PROXIMAS = Pronta(
    lambda ids: (
        abertos()
        .filter(Entre("cliente_id", ids))
        .order_by("cliente_id", "em", "hora", "id")
        .distinct("cliente_id")
    ),
    IDS,
)


@dataclass(frozen=True, slots=True)
class Fatos:
    """O que os faróis dizem de um cliente; o que nenhuma coluna à vista pede fica por buscar."""

    pendencias: Pendencias | None = None
    pedidos: PedidosEmAberto | None = None
    notas: Notas | None = None
    objecoes: Objecoes | None = None


SEM_FATOS = Fatos()


class Regras:
    """As regras que as linhas de uma página seguem, com a frase de cada uma: são poucas, e as linhas, muitas."""

    def __init__(self) -> None:
        self._lidas: dict[tuple[int | None, int | None, int], tuple[RegraEmVigor, str]] = {}

    def de(self, ind: Indicadores) -> tuple[RegraEmVigor, str]:
        chave = (ind.limiar_id, ind.segmento_id, ind.empresa_id)
        if chave not in self._lidas:
            regra = mais_perto(ind.limiar, segmento=ind.segmento, empresa=ind.empresa)
            self._lidas[chave] = regra, f"{regra.texto[0].upper()}{regra.texto[1:]}"
        return self._lidas[chave]


@dataclass(frozen=True)
class Linha:
    """Uma linha pronta para a tela: os indicadores e o que se diz deles em palavras."""

    ind: Indicadores
    referencia: date
    hoje: date
    mensal: list[Decimal]
    proxima: Agendamento | None
    fatos: Fatos = SEM_FATOS
    regras: Regras = field(default_factory=Regras)

    @property
    def cliente(self) -> Any:
        return self.ind.cliente

    @property
    def categoria(self) -> Categoria:
        return categoria_de(self.cliente.categoria, self.ind.status)

    @property
    def recencia(self) -> int | None:
        return (self.referencia - self.ind.ultima_compra).days if self.ind.ultima_compra else None

    @property
    def ciclo(self) -> Decimal | None:
        return self.ind.intervalo_mediano_dias if self.ind.dias_de_compra >= DIAS_PARA_CICLO_PROPRIO else None

    @property
    def ressalva_da_esperada(self) -> str:
        """Sem ciclo próprio, a próxima compra se espera pelo ciclo dos outros."""
        return "" if self.ciclo is not None else "estimativa"

    @property
    def frequencia(self) -> Decimal | None:
        return self.ind.intervalo_medio_dias

    @property
    def ticket(self) -> Decimal | None:
        return self.ind.valor_total / self.ind.pedidos if self.ind.pedidos else None

    @property
    def grupo_rfv(self) -> GrupoRfv | None:
        return grupo_de(self.ind.rfv_r, self.ind.rfv_f, self.ind.rfv_v, tabela_da(self.ind.empresa))

    @property
    def vezes(self) -> Decimal | None:
        return self.recencia / self.ciclo if self.recencia is not None and self.ciclo else None

    @property
    def fora_do_ritmo(self) -> bool:
        atrasado = self.vezes is not None and self.vezes >= ATRASO
        return atrasado and self.ind.status != Status.INATIVO

    @property
    def regra(self) -> RegraEmVigor:
        """A regra que deu o status, como a última rodada a aplicou."""
        return self.regras.de(self.ind)[0]

    @property
    def por_que(self) -> str:
        """De onde vem o status, em uma frase: as datas e a regra, com o nível e o dia em que começou."""
        ind = self.ind
        if ind.ultima_compra is None or ind.inativo_em is None or ind.quase_inativo_em is None:
            return "Nunca comprou."
        em_alerta, perdido = situacoes.NOMES[Status.QUASE_INATIVO], situacoes.NOMES[Status.INATIVO]
        quase, inativo = (f"{d:%d/%m/%Y}" for d in (ind.quase_inativo_em, ind.inativo_em))
        datas = {
            Status.ATIVO: f"Sem compra, fica {em_alerta.lower()} em {quase} e {perdido.lower()} em {inativo}.",
            Status.QUASE_INATIVO: f"{em_alerta} desde {quase}; sem compra, {perdido.lower()} em {inativo}.",
            Status.INATIVO: f"{perdido} desde {inativo}.",
        }[Status(ind.status)]
        return f"{datas} {self.regras.de(ind)[1]}."

    @property
    def marca(self) -> str:
        datas = {c: getattr(self.ind, c) for c in ("novo_ate", "recuperado_ate", "antigo_em")}
        return str(marcar(self.ind.status, self.referencia, **datas) or "")

    @property
    def tendencia(self) -> str:
        return str(classificar_tendencia(self.ind.valor_90d, self.ind.valor_90d_anterior) or "")

    @property
    def tendencia_da_etiqueta(self) -> str:
        """O nome que a etiqueta `tendencia` conhece."""
        return {"cai": "desce"}.get(self.tendencia, self.tendencia)

    @property
    def variacao(self) -> Decimal | None:
        """Últimos 90 dias contra os 90 anteriores, em %; sem base não há porcentagem."""
        antes = self.ind.valor_90d_anterior
        return (self.ind.valor_90d - antes) * 100 / antes if antes else None

    @property
    def valor_do_ano(self) -> Decimal:
        return self.ind.valor_12m or self.ind.valor_ano_ativo

    @cached_property
    def adiado(self) -> bool:
        return bool(self.cliente.adiado_ate and self.cliente.adiado_ate > self.hoje)

    @property
    def quando_da_acao(self) -> str:
        if self.proxima is None:
            return ""
        dias = (self.proxima.em - self.hoje).days
        dia = {0: "hoje", 1: "amanhã"}.get(dias) or f"{self.proxima.em:%d/%m}"
        dia = f"atrasada · {dia}" if dias < 0 else dia
        return f"{dia} {self.proxima.hora:%H:%M}" if self.proxima.hora else dia

    @cached_property
    def acao_atrasada(self) -> bool:
        return bool(self.proxima and self.proxima.em < self.hoje)


def montar_linhas(
    indicadores: Iterable[Indicadores], referencias: Referencias, precisa: Container[str]
) -> list[Linha]:
    """As linhas com o que as colunas à vista pedem: uma consulta por assunto, seja qual for o tamanho da página."""
    lista = list(indicadores)
    ids = [ind.pk for ind in lista]
    for ind in lista:
        if ind.empresa_id in referencias.empresas:
            ind.empresa = referencias.empresas[ind.empresa_id]

    def buscar(assunto: str, consulta: Callable[[], dict[int, Any]]) -> dict[int, Any]:
        return consulta() if assunto in precisa and ids else {}

    mensais = buscar(colunas.MENSAL, lambda: valores_mensais(ids, referencias))
    proximas = buscar(colunas.PROXIMA, lambda: proximas_acoes(ids))
    pendencias = buscar(colunas.PENDENCIAS, lambda: pendencias_de(ids, referencias.hoje))
    pedidos = buscar(colunas.PEDIDOS, lambda: pedidos_em_aberto(ids))
    notas = buscar(colunas.NOTAS, lambda: notas_de(ids))
    objecoes = buscar(colunas.OBJECOES, lambda: objecoes_dos(ids))
    regras = Regras()
    return [
        Linha(
            ind,
            referencias.da_empresa(ind.empresa_id),
            referencias.hoje,
            mensais.get(ind.pk, []),
            proximas.get(ind.pk),
            Fatos(pendencias.get(ind.pk), pedidos.get(ind.pk), notas.get(ind.pk), objecoes.get(ind.pk)),
            regras,
        )
        for ind in lista
    ]
