"""O que cada coluna da lista escreve na planilha: valores de verdade, e não o que a tela abrevia."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils import timezone

from atividade.rotulos import NOMES
from carteira import formatos
from carteira.colunas_celulas import ler_de
from clientes.situacao_cadastral import faltas_de, situacao_de
from relatorios.planilhas import Coluna as ColunaDePlanilha

_TENDENCIAS = {"sobe": "em alta", "cai": "em queda", "estavel": "estável"}


@dataclass(frozen=True, slots=True)
class Campo:
    """Uma coluna da planilha e como se lê da linha; a mesma coluna pode escrever várias."""

    titulo: str
    valor: Callable[[Any], Any]
    tipo: str = "texto"
    largura: int = 16

    @property
    def coluna(self) -> ColunaDePlanilha:
        return ColunaDePlanilha(self.titulo, self.tipo, self.largura)


def sem_repetir(campos: Iterable[Campo]) -> list[Campo]:
    """Duas colunas da tela podem dizer o mesmo dado: na planilha ele vai uma vez."""
    por_titulo: dict[str, Campo] = {}
    for campo in campos:
        por_titulo.setdefault(campo.titulo, campo)
    return list(por_titulo.values())


def _uma_casa(valor: Decimal | None) -> Decimal | None:
    """A mesma precisão da tela."""
    return valor.quantize(Decimal("0.1"), ROUND_HALF_UP) if valor is not None else None


def avisos_da(linha: Any) -> list[str]:
    """O que se avisa do cliente, do mais grave ao mais leve."""
    cliente = linha.cliente
    avisos = ["Encerrado"] if cliente.encerrado_em else []
    avisos += ["Fora do perfil"] if cliente.fora_do_perfil else []
    avisos += ["Bloqueado"] if cliente.bloqueado else []
    avisos += ["Não contatar"] if "ligacao" in cliente.nao_contatar else []
    return avisos + ([f"Adiado até {cliente.adiado_ate:%d/%m}"] if linha.adiado else [])


def _texto(titulo: str, caminho: str, largura: int = 16) -> Campo:
    ler = ler_de(caminho)
    return Campo(titulo, lambda linha: str(ler(linha) or ""), largura=largura)


def _valor(titulo: str, caminho: str, tipo: str) -> Campo:
    return Campo(titulo, ler_de(caminho), tipo)


def _dias(titulo: str, caminho: str) -> Campo:
    ler = ler_de(caminho)
    return Campo(titulo, lambda linha: _uma_casa(ler(linha)), "decimal")


def _contato(linha: Any) -> Any:
    em = linha.ind.ultimo_contato_em
    return timezone.localdate(em) if em else None


def _pendente(titulo: str, campo: str, tipo: str = "inteiro") -> Campo:
    """Zero é zero: a planilha soma."""
    return Campo(titulo, lambda linha: getattr(linha.fatos.pendencias, campo, None), tipo)


def _sinal(titulo: str, fato: str, campo: str, tipo: str) -> Campo:
    return Campo(titulo, ler_de(f"fatos.{fato}.{campo}"), tipo)


def _financeira(linha: Any) -> str:
    p = linha.fatos.pendencias
    if p is None:
        return ""
    if p.vencidos:
        return "vencido"
    return "a vencer" if p.vencem_logo else "limite no fim" if p.limite_no_fim else "em dia"


def _cadastro(linha: Any) -> str:
    faltas = faltas_de(linha.cliente)
    falta = f": falta {', '.join(faltas)}" if faltas else ""
    return f"{situacao_de(linha.cliente).label}{falta}"


def _telefone(linha: Any) -> str:
    cliente = linha.cliente
    return "" if "ligacao" in cliente.nao_contatar else formatos.telefone(cliente.telefone)


CODIGO = (_texto("Código", "cliente.codigo", 12),)
CIDADE = (_texto("Município", "cliente.cidade", 22),)
UF = (_texto("UF", "cliente.uf", 6),)
SEGMENTO = (_texto("Segmento", "ind.segmento", 18),)
NOME = (*CODIGO, _texto("Cliente", "cliente.nome", 36), *CIDADE, *UF, *SEGMENTO)
STATUS = (
    Campo("Situação", lambda linha: NOMES[linha.ind.status]),
    Campo("Marca", lambda linha: NOMES.get(linha.marca, ""), largura=14),
    Campo("Avisos", lambda linha: ", ".join(avisos_da(linha)), largura=24),
)
RECENCIA = (_valor("Dias sem comprar", "recencia", "inteiro"),)
CICLO = (_dias("Ciclo (dias)", "ciclo"),)
VEZES = (_dias("Vezes o ciclo", "vezes"),)
RITMO = (*RECENCIA, *CICLO, *VEZES)
PEDIDO = (_valor("Último pedido", "ind.ultima_compra", "data"),)
CONTATO = (Campo("Último contato", _contato, "data"),)
TENDENCIA = (Campo("Tendência", lambda linha: _TENDENCIAS.get(linha.tendencia, ""), largura=12),)
VALOR = (_valor("Valor 12 meses", "ind.valor_12m", "moeda"), *TENDENCIA)
ABC = (_texto("Curva ABC", "ind.curva_abc", 10),)
VENDEDOR = (_texto("Vendedor", "ind.vendedor", 24),)
PROXIMA = (
    Campo("Próxima ação", lambda linha: linha.proxima.em if linha.proxima else None, "data"),
    Campo("O que fazer", lambda linha: linha.proxima.get_tipo_display() if linha.proxima else "", largura=14),
)
INATIVIDADE = (
    Campo("Situação", lambda linha: NOMES[linha.ind.status]),
    _valor("Inativo em", "ind.inativo_em", "data"),
)
FREQUENCIA = (_dias("Frequência (dias)", "frequencia"),)
ESPERADA = (_valor("Próxima compra esperada", "ind.proxima_compra_esperada", "data"),)
JANELA = (_valor("Valor na janela", "ind.valor_janela", "moeda"),)
MESES = tuple(
    Campo(f"Mês {n + 1} de 12", lambda linha, n=n: linha.mensal[n] if linha.mensal else None, "moeda")
    for n in range(12)
)
TICKET = (_valor("Ticket médio", "ticket", "moeda"),)
ANO_ATIVO = (_valor("Valor do último ano ativo", "ind.valor_ano_ativo", "moeda"),)
POTENCIAL = (_valor("Potencial mensal", "cliente.potencial_mensal", "moeda"),)
TOTAL = (_valor("Valor total", "ind.valor_total", "moeda"),)
RFV = (
    _texto("Grupo RFV", "grupo_rfv.nome", 20),
    *(_valor(letra.upper(), f"ind.rfv_{letra}", "inteiro") for letra in "rfv"),
)
PEDIDOS = (
    _sinal("Pedidos em aberto", "pedidos", "quantos", "inteiro"),
    _sinal("Valor dos pedidos em aberto", "pedidos", "valor", "moeda"),
)
ORCAMENTOS = (
    _pendente("Orçamentos abertos", "orcamentos"),
    _pendente("Valor dos orçamentos", "valor_dos_orcamentos", "moeda"),
    _pendente("Orçamento vence em", "orcamento_vence_em", "data"),
)
NOTAS = (
    _sinal("Notas fiscais", "notas", "quantas", "inteiro"),
    _sinal("Última nota", "notas", "ultima", "data"),
)
CREDITO = (
    _pendente("Limite de crédito", "limite", "moeda"),
    Campo(
        "Uso do limite (%)",
        lambda linha: _uma_casa(getattr(linha.fatos.pendencias, "uso_do_limite", None)),
        "decimal",
    ),
)
TITULOS = (
    _pendente("Títulos vencidos", "vencidos"),
    _pendente("Valor vencido", "valor_vencido", "moeda"),
    _pendente("Dias de atraso", "dias_de_atraso"),
    _pendente("Títulos a vencer", "a_vencer"),
    _pendente("Valor a vencer", "valor_a_vencer", "moeda"),
)
FINANCEIRA = (Campo("Situação financeira", _financeira),)
BLOQUEIO = (Campo("Bloqueado", lambda linha: "sim" if linha.cliente.bloqueado else "não", largura=10),)
ATENDIMENTOS = (_pendente("Atendimentos abertos", "atendimentos"),)
NAO_CONFORMIDADES = (_pendente("Não conformidades", "nao_conformidades"),)
OBJECOES = (
    _sinal("Objeções", "objecoes", "vezes", "inteiro"),
    Campo("Última objeção", ler_de("fatos.objecoes.nome"), largura=24),
)
CADASTRO = (Campo("Situação cadastral", _cadastro, largura=30),)
DOCUMENTO = (
    Campo("CPF/CNPJ", lambda linha: formatos.documento_mascarado(linha.cliente.documento), largura=20),
)
EMPRESA = (_texto("Empresa", "ind.empresa", 20),)
MAPA: tuple[Campo, ...] = ()
TELEFONE = (Campo("Telefone", _telefone, largura=18),)
PERFIL = (_texto("Perfil", "cliente.perfil"),)
PORTE = (_texto("Porte", "cliente.porte"),)
CATEGORIA = (Campo("Categoria", lambda linha: str(linha.categoria.label)),)
EQUIPE = (_texto("Equipe", "ind.equipe", 20),)
POR_QUE = Campo("Por que esta situação", lambda linha: linha.por_que, largura=60)
