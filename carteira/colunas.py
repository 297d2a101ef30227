"""O catálogo das colunas da lista de clientes: cada uma declarada uma vez.

A tabela, o seletor, a ordenação, a planilha e a ajuda leem daqui. A coluna do cliente é sempre a primeira.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from atividade.categoria import categoria_em_vigor
from carteira import colunas_celulas as celulas
from carteira import colunas_ordem as ordem
from carteira import colunas_planilha as planilha
from carteira.colunas_ordem import Montar
from carteira.colunas_planilha import Campo
from contas.models import Papel, Usuario

# O que se busca de uma vez para a página, só quando uma coluna à vista o pede.
MENSAL, PROXIMA, PENDENCIAS, PEDIDOS, NOTAS, OBJECOES = (
    "mensal", "proxima", "pendencias", "pedidos", "notas", "objecoes",
)  # fmt: skip


LARGURA_DA_LETRA, FOLGA_DO_CABECALHO = 6.4, 22


def _todos(usuario: Usuario) -> bool:
    return True


def _quem_ve_outras_carteiras(usuario: Usuario) -> bool:
    return usuario.papel != Papel.VENDEDOR


@dataclass(frozen=True, slots=True)
class Coluna:
    """Uma coluna: como se chama, o que diz, como se ordena, o que traz do banco e como vai à planilha."""

    chave: str
    nome: str
    dica: str
    celula: Callable[[Any], Any]
    campos: tuple[Campo, ...]
    largura: int
    ordem: Montar | None = None
    curta: str = ""  # a abreviatura de onde é estreito
    crescente: bool = False  # o primeiro sentido útil é do menor para o maior
    pode_faltar: bool = True
    classe: str = ""
    precisa: frozenset[str] = frozenset()
    enfeite: frozenset[str] = frozenset()  # do que precisa, o que a planilha não escreve
    relacoes: tuple[str, ...] = ()
    grupo: str = "Cliente"
    quem_ve: Callable[[Usuario], bool] = field(default=_todos)
    dispensavel: bool = False  # das de partida, a que a tela estreita deixa para a ficha

    @property
    def abreviada(self) -> str:
        return self.curta or self.nome

    @property
    def cabe_por_extenso(self) -> bool:
        """O nome inteiro cabe na largura da coluna, com a seta da ordem ao lado."""
        return len(self.nome) * LARGURA_DA_LETRA + FOLGA_DO_CABECALHO <= self.largura


NOME = Coluna(
    "nome", "Cliente", "O nome por que se chama o cliente; embaixo, o município e o segmento.",
    celulas.texto("cliente.nome"), planilha.NOME, 190, ordem.nome, crescente=True, pode_faltar=False, classe="c-nome",
)  # fmt: skip

_COMPRAS, _SINAIS, _QUEM = "Compras", "Sinais e pendências", "Quem é"

CATALOGO: tuple[Coluna, ...] = (
    # ── Compras ──
    Coluna(
        "status", "Situação", "Ativo, quase inativo, inativo ou prospect pela regra em vigor; toque para ver por quê.",
        celulas.status, planilha.STATUS, 132, ordem.status, "Sit.", crescente=True, pode_faltar=False, classe="c-sit",
        grupo=_COMPRAS,
    ),
    Coluna(
        "ritmo", "Ritmo de compra", "Dias sem comprar contra o ciclo próprio e os limites da regra.",
        celulas.ritmo, planilha.RITMO, 172, ordem.vezes_o_ciclo, "Ritmo", classe="c-rit", grupo=_COMPRAS,
    ),
    Coluna(
        "pedido", "Último pedido", "A data do último pedido que conta como compra.", celulas.pedido,
        planilha.PEDIDO, 98, ordem.campo("ultima_compra"), "Últ. pedido", classe="n", grupo=_COMPRAS, dispensavel=True,
    ),
    Coluna(
        "valor", "Valor 12 meses", "Quanto comprou em 12 meses, mês a mês, e a variação de 90 dias.", celulas.valor,
        planilha.VALOR, 136, ordem.campo("valor_12m"), "Valor 12 m", pode_faltar=False, classe="n c-val",
        precisa=frozenset({MENSAL}), enfeite=frozenset({MENSAL}), grupo=_COMPRAS,
    ),
    Coluna(
        "abc", "Curva ABC", "A: os que somam 80% do valor de 12 meses; B: até 95%; C: os demais.", celulas.abc,
        planilha.ABC, 52, ordem.bruto("curva_abc"), "ABC", crescente=True, classe="c-abc", grupo=_COMPRAS,
    ),
    Coluna(
        "vendedor", "Vendedor", "De quem é o cliente hoje.", celulas.texto("ind.vendedor", "sem vendedor"),
        planilha.VENDEDOR, 128, ordem.campo("vendedor__nome_chave"), "Vend.", crescente=True, grupo=_QUEM,
        relacoes=("vendedor",), quem_ve=_quem_ve_outras_carteiras, dispensavel=True,
    ),
    Coluna(
        "contato", "Último contato", "O último contato efetivo, por qualquer canal; tentativa não conta.",
        celulas.contato, planilha.CONTATO, 98, ordem.campo("ultimo_contato_em"), "Últ. contato", classe="n",
        grupo="Relacionamento", dispensavel=True,
    ),
    Coluna(
        "proxima", "Próxima ação", "O compromisso em aberto mais próximo: o que fazer e quando.", celulas.proxima,
        planilha.PROXIMA, 124, ordem.proxima, "Próx. ação", crescente=True, classe="c-prox",
        precisa=frozenset({PROXIMA}), grupo="Relacionamento",
    ),
    Coluna(
        "inatividade", "Inatividade", "A luz da situação: desde quando está inativo, ou até quando não fica.",
        celulas.inatividade, planilha.INATIVIDADE, 132, ordem.campo("inativo_em"), "Inat.", crescente=True,
        grupo=_COMPRAS,
    ),
    Coluna(
        "recencia", "Recência", "Dias desde o último pedido.", celulas.dias("recencia", "nunca comprou"),
        planilha.RECENCIA, 84, ordem.recencia, "Recê.", classe="n", grupo=_COMPRAS,
    ),
    Coluna(
        "frequencia", "Frequência", "Média de dias entre uma compra e outra; em branco com uma compra só.",
        celulas.dias("frequencia", "uma compra só"), planilha.FREQUENCIA, 84, ordem.campo("intervalo_medio_dias"),
        "Freq.", crescente=True, classe="n", grupo=_COMPRAS,
    ),
    Coluna(
        "ciclo", "Ciclo próprio", "O intervalo do meio entre as compras; só com três dias de compra.",
        celulas.dias("ciclo", "sem ciclo próprio"), planilha.CICLO, 84, ordem.ciclo, "Ciclo", crescente=True,
        classe="n", grupo=_COMPRAS,
    ),
    Coluna(
        "vezes", "Vezes o ciclo", "Quantas vezes o ciclo próprio cabe no silêncio.", celulas.vezes, planilha.VEZES, 72,
        ordem.vezes_o_ciclo, "× ciclo", classe="n", grupo=_COMPRAS,
    ),
    Coluna(
        "esperada", "Próxima compra esperada",
        "Último pedido mais o ciclo próprio; sem ele, o do segmento, e então é uma estimativa.",
        celulas.dia("ind.proxima_compra_esperada", "nunca comprou", celulas.ler_de("ressalva_da_esperada")),
        planilha.ESPERADA, 104,
        ordem.campo("proxima_compra_esperada"), "Esperada", crescente=True, classe="n", grupo=_COMPRAS,
    ),
    Coluna(
        "janela", "Valor na janela", "O valor da janela que a empresa escolheu (12 meses, se nada disse).",
        celulas.dinheiro("ind.valor_janela"), planilha.JANELA, 118, ordem.campo("valor_janela"), "Valor",
        pode_faltar=False, classe="n", grupo=_COMPRAS,
    ),
    Coluna(
        "meses", "Compras por mês", "Os últimos doze meses, um traço por mês; na ordem, os dias com compra.",
        celulas.meses, planilha.MESES, 92, ordem.dias_de_compra_em_12_meses, "12 meses",
        precisa=frozenset({MENSAL}), grupo=_COMPRAS,
    ),
    Coluna(
        "tendencia", "Tendência", "Últimos 90 dias contra os 90 anteriores: em alta ou em queda além de 10%.",
        celulas.tendencia, planilha.TENDENCIA, 96, ordem.tendencia, "Tend.", crescente=True, grupo=_COMPRAS,
    ),
    Coluna(
        "ticket", "Ticket médio", "Valor de todos os pedidos dividido por quantos foram.", celulas.dinheiro("ticket"),
        planilha.TICKET, 112, ordem.ticket, "Ticket", classe="n", grupo=_COMPRAS,
    ),
    Coluna(
        "total", "Valor total", "Tudo o que já comprou.", celulas.dinheiro("ind.valor_total"), planilha.TOTAL, 118,
        ordem.campo("valor_total"), "Total", pode_faltar=False, classe="n", grupo=_COMPRAS,
    ),
    Coluna(
        "ano_ativo", "Valor do último ano ativo", "O que comprou nos 12 meses até a última compra: quanto valia "
        "quando parou.", celulas.dinheiro("ind.valor_ano_ativo"), planilha.ANO_ATIVO, 118,
        ordem.campo("valor_ano_ativo"), "Ano ativo", pode_faltar=False, classe="n", grupo=_COMPRAS,
    ),
    Coluna(
        "potencial", "Potencial mensal", "O que se declarou que pode comprar por mês.",
        celulas.dinheiro("cliente.potencial_mensal"), planilha.POTENCIAL, 118,
        ordem.campo("cliente__potencial_mensal"), "Potencial", classe="n", grupo=_COMPRAS,
    ),
    Coluna(
        "rfv", "Grupo RFV", "O grupo pelas notas de recência, frequência e valor, de 1 a 5.", celulas.rfv, planilha.RFV,
        136, ordem.grupo_rfv, "RFV", crescente=True, grupo=_COMPRAS,
    ),
    # ── Sinais e pendências: cada farol abre o seu painel ──
    Coluna(
        "pedidos", "Pedidos em aberto", "Pedidos que o ERP ainda não faturou.", celulas.pedidos, planilha.PEDIDOS, 64,
        ordem.pedidos_em_aberto, "Ped.", precisa=frozenset({PEDIDOS}), grupo=_SINAIS,
    ),
    Coluna(
        "orcamentos", "Orçamentos", "Orçamentos abertos e na validade; amarelo quando um vence em 5 dias.",
        celulas.orcamentos, planilha.ORCAMENTOS, 112, ordem.orcamentos, "Orç.", crescente=True,
        precisa=frozenset({PENDENCIAS}), grupo=_SINAIS,
    ),
    Coluna(
        "notas", "Notas fiscais", "Notas autorizadas; na ordem, a mais nova.", celulas.notas, planilha.NOTAS, 64,
        ordem.notas, "Notas", precisa=frozenset({NOTAS}), grupo=_SINAIS,
    ),
    Coluna(
        "credito", "Crédito", "Quanto do limite está usado por títulos em aberto; amarelo acima de 90%.",
        celulas.credito, planilha.CREDITO, 76, ordem.credito, "Créd.", precisa=frozenset({PENDENCIAS}), grupo=_SINAIS,
    ),
    Coluna(
        "titulos", "Títulos", "Títulos com saldo: vencidos em vermelho, a vencer em 5 dias em amarelo.",
        celulas.titulos, planilha.TITULOS, 112, ordem.titulos, "Tít.", precisa=frozenset({PENDENCIAS}), grupo=_SINAIS,
    ),
    Coluna(
        "financeira", "Situação financeira", "Vencido, a vencer, limite no fim ou em dia.", celulas.financeira,
        planilha.FINANCEIRA, 112, ordem.financeira, "Sit. fin.", crescente=True, precisa=frozenset({PENDENCIAS}),
        grupo=_SINAIS,
    ),
    Coluna(
        "bloqueio", "Bloqueio", "Bloqueado para venda, por crédito ou por decisão.", celulas.bloqueio,
        planilha.BLOQUEIO, 100, ordem.sim_ou_nao(ordem.BLOQUEADO), "Bloq.", grupo=_SINAIS,
    ),
    Coluna(
        "atendimento", "Atendimentos", "Reclamações, trocas e dúvidas que ainda não se fecharam.",
        celulas.atendimentos, planilha.ATENDIMENTOS, 64, ordem.atendimentos, "Aten.",
        precisa=frozenset({PENDENCIAS}), grupo=_SINAIS,
    ),
    Coluna(
        "nao_conformidade", "Não conformidades", "Atendimentos de qualidade ainda abertos.",
        celulas.nao_conformidades, planilha.NAO_CONFORMIDADES, 64, ordem.nao_conformidades, "N.C.",
        precisa=frozenset({PENDENCIAS}), grupo=_SINAIS,
    ),
    Coluna(
        "objecoes", "Objeções", "Quantas vezes disse por que não compra; abre o que responder.", celulas.objecoes,
        planilha.OBJECOES, 64, ordem.objecoes, "Obj.", precisa=frozenset({OBJECOES}), grupo="Relacionamento",
    ),
    Coluna(
        "agenda", "Agenda", "O dia do próximo contato combinado; vermelho quando já passou.", celulas.agenda,
        planilha.PROXIMA, 124, ordem.proxima, "Age.", crescente=True, precisa=frozenset({PROXIMA}),
        grupo="Relacionamento",
    ),
    Coluna(
        "cadastro", "Situação cadastral", "Irregular: documento que não confere. Incompleta: falta documento, "
        "telefone, e-mail ou município.", celulas.cadastro, planilha.CADASTRO, 104,
        ordem.cadastro, "Sit. cad.", crescente=True, pode_faltar=False, grupo=_SINAIS,
    ),
    # ── Quem é ──
    Coluna(
        "codigo", "Código", "O código do cliente no ERP.", celulas.texto("cliente.codigo"), planilha.CODIGO, 84,
        ordem.bruto("cliente__codigo"), "Cód.", crescente=True, pode_faltar=False, grupo=_QUEM,
    ),
    Coluna(
        "documento", "CPF/CNPJ", "O documento do cadastro; o que não confere é dito.", celulas.documento,
        planilha.DOCUMENTO, 148, ordem.bruto("cliente__documento"), "Doc.", crescente=True, grupo=_QUEM,
    ),
    Coluna(
        "empresa", "Empresa", "A empresa (filial) de que ele é cliente.", celulas.texto("ind.empresa"),
        planilha.EMPRESA, 128, ordem.campo("empresa__codigo"), "Emp.", crescente=True, pode_faltar=False, grupo=_QUEM,
    ),
    Coluna(
        "cidade", "Município", "O município do cadastro.", celulas.texto("cliente.cidade", "sem município"),
        planilha.CIDADE, 128, ordem.bruto("cliente__cidade_chave"), "Munic.", crescente=True, grupo=_QUEM,
    ),
    Coluna(
        "uf", "UF", "O estado.", celulas.texto("cliente.uf", "sem UF"), planilha.UF, 48, ordem.bruto("uf"), "UF",
        crescente=True, grupo=_QUEM,
    ),
    Coluna(
        "mapa", "Mapa", "A rota até o município do cliente, noutra aba.", celulas.mapa, planilha.MAPA, 72,
        ordem.sim_ou_nao(ordem.COM_LUGAR), "Mapa", relacoes=("cliente__municipio",), grupo=_QUEM,
    ),
    Coluna(
        "telefone", "Telefone", "O telefone do cadastro; quem pediu para não receber ligações não o mostra.",
        celulas.telefone, planilha.TELEFONE, 128, ordem.telefone, "Fone", crescente=True, grupo=_QUEM,
    ),
    Coluna(
        "segmento", "Segmento", "O ramo do cliente.", celulas.texto("ind.segmento", "sem segmento"), planilha.SEGMENTO,
        112, ordem.campo("segmento__nome"), "Segm.", crescente=True, grupo=_QUEM,
    ),
    Coluna(
        "perfil", "Perfil", "O perfil de compra anotado no cadastro.", celulas.texto("cliente.perfil", "sem perfil"),
        planilha.PERFIL, 112, ordem.texto("cliente__perfil"), "Perfil", crescente=True, grupo=_QUEM,
    ),
    Coluna(
        "porte", "Porte", "O porte anotado no cadastro.", celulas.texto("cliente.porte", "sem porte"), planilha.PORTE,
        96, ordem.texto("cliente__porte"), "Porte", crescente=True, grupo=_QUEM,
    ),
    Coluna(
        "categoria", "Categoria", "Quem tem compra é cliente, quem não tem é prospect; ex-cliente é o que o "
        "cadastro diz.", celulas.categoria,
        planilha.CATEGORIA, 88, ordem.fixa(categoria_em_vigor()), "Categ.", crescente=True, pode_faltar=False,
        grupo=_QUEM,
    ),
    Coluna(
        "equipe", "Equipe", "A equipe do dono do cliente.", celulas.texto("ind.equipe", "sem equipe"),
        planilha.EQUIPE, 112, ordem.campo("equipe__nome"), "Equipe", crescente=True, relacoes=("equipe",), grupo=_QUEM,
        quem_ve=_quem_ve_outras_carteiras,
    ),
)  # fmt: skip
POR_CHAVE = {coluna.chave: coluna for coluna in CATALOGO}
PADRAO = ("status", "ritmo", "pedido", "valor", "abc", "vendedor", "contato", "proxima")
GRUPOS = tuple(dict.fromkeys(coluna.grupo for coluna in CATALOGO))

# As ordens que se pedem na URL: a prioridade, o nome e toda coluna cuja ordem tem sentido.
PRIORIDADE = "risco"
ORDENAVEIS = {coluna.chave: coluna for coluna in (NOME, *CATALOGO) if coluna.ordem is not None}


def visiveis_a(usuario: Usuario) -> list[Coluna]:
    """O catálogo desta pessoa."""
    return [coluna for coluna in CATALOGO if coluna.quem_ve(usuario)]


def chaves_pedidas(valores: Iterable[str]) -> list[str]:
    """`colunas=a,b` ou `colunas=a&colunas=b`: as que existem, na ordem, cada uma uma vez."""
    pedidas = (chave.strip() for valor in valores for chave in valor.split(","))
    return list(dict.fromkeys(chave for chave in pedidas if chave in POR_CHAVE))


def escolhidas(valores: Iterable[str], usuario: Usuario) -> list[Coluna]:
    """As colunas da tela: as pedidas que a pessoa pode ver ou, sem nenhuma, as de partida."""
    pedidas = [POR_CHAVE[chave] for chave in chaves_pedidas(valores) if POR_CHAVE[chave].quem_ve(usuario)]
    return pedidas or [POR_CHAVE[chave] for chave in PADRAO if POR_CHAVE[chave].quem_ve(usuario)]


def precisam(colunas: Iterable[Coluna], *, na_planilha: bool = False) -> frozenset[str]:
    """O que se busca em lote para estas colunas."""
    return frozenset().union(*(c.precisa - c.enfeite if na_planilha else c.precisa for c in colunas))


def relacoes_de(colunas: Iterable[Coluna]) -> list[str]:
    return list(dict.fromkeys(relacao for coluna in colunas for relacao in coluna.relacoes))
