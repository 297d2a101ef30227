"""O que se exporta pelo comando `exportar`: cada nome dá o cabeçalho e as linhas, em fluxo.

Tudo o que se importa sai no leiaute neutro que `importar` lê de volta sem mudar nada.
"""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from django.db.models import F, Model, OuterRef, Subquery

from atividade.models import Indicadores
from atividade.prioridade import DiasEntre
from clientes.importacao.rejeitadas import neutralizar
from clientes.importacao.tipos import TIPOS
from clientes.models import (
    Atendimento,
    Cliente,
    Fornecedor,
    ItemDePedido,
    NotaFiscal,
    Orcamento,
    Pedido,
    PessoaDeContato,
    RestricaoDeCredito,
    RestricaoDeFornecedor,
    ScoreDeCredito,
    ScoreDeFornecedor,
    Titulo,
)
from contas.models import Empresa, Vinculo
from relatorios.prioridade import prioridade

_LOTE = 5000
Linhas = Iterator[list[str]]
Exportacao = Callable[[list[Empresa]], Linhas]

# Onde está, a partir de cada fato, o que o arquivo chama por outro nome.
_CAMINHOS = {
    "cpf_cnpj": "documento", "municipio": "cidade", "segmento": "segmento__nome", "vendedor": "vendedor__nome",
    "cliente_codigo": "cliente__codigo", "fornecedor_codigo": "fornecedor__codigo",
}  # fmt: skip
_NAO_SAEM = {"cliente_documento", "fornecedor_documento", "moeda", "empresa", "municipio_ibge"}


class _Origem(NamedTuple):
    """O modelo de um tipo e, quando a empresa não é dele, de quem ela é."""

    modelo: type[Model]
    dono: str = ""


_ORIGENS = {
    "clientes": _Origem(Cliente),
    "pedidos": _Origem(Pedido),
    "itens": _Origem(ItemDePedido, "pedido__"),
    "orcamentos": _Origem(Orcamento),
    "notas": _Origem(NotaFiscal),
    "titulos": _Origem(Titulo),
    "atendimentos": _Origem(Atendimento),
    "pessoas": _Origem(PessoaDeContato, "cliente__"),
    "scores": _Origem(ScoreDeCredito),
    "restricoes": _Origem(RestricaoDeCredito),
    "fornecedores": _Origem(Fornecedor),
    "scores_de_fornecedores": _Origem(ScoreDeFornecedor),
    "restricoes_de_fornecedores": _Origem(RestricaoDeFornecedor),
}

_INDICADORES = [
    "cliente__codigo", "primeira_compra", "ultima_compra", "recencia_dias", "pedidos", "dias_de_compra",
    "intervalo_medio_dias", "intervalo_mediano_dias", "valor_total", "valor_12m", "curva_abc", "status",
    "quase_inativo_em", "inativo_em",
]  # fmt: skip


def celula(valor: Any) -> str:
    """Como as pessoas leem: 31/12/2026, 1234,56, sim; texto que parece fórmula sai neutralizado."""
    if valor is None:
        return ""
    if isinstance(valor, bool):
        return "sim" if valor else "não"
    if isinstance(valor, date):
        return f"{valor:%d/%m/%Y}"
    if isinstance(valor, Decimal):
        return f"{valor:.2f}".replace(".", ",")
    if isinstance(valor, list):
        return ",".join(valor)
    return neutralizar(str(valor))


def _quantidade(valor: Decimal) -> str:
    """Sem zeros à toa: com três casas, 1,500 também se leria mil e quinhentos."""
    return f"{valor:f}".rstrip("0").rstrip(".").replace(".", ",")


def _em_uma_linha(valor: str) -> str:
    """Um parágrafo dentro da célula pareceria, na volta, uma linha engolida por aspas."""
    return neutralizar(" ".join(valor.split()))


_ESCREVER: dict[str, Callable[[Any], str]] = {
    "quantidade": _quantidade,
    "descricao": _em_uma_linha,
    "solucao": _em_uma_linha,
}


def _caminho(tipo: str, campo: str) -> str:
    if tipo == "itens" and campo == "pedido_numero":
        return "pedido__numero"
    return _CAMINHOS.get(campo, campo)


def do_leiaute(tipo: str, empresas: list[Empresa]) -> Linhas:
    """Todas as linhas de um tipo, com o mesmo nome de coluna que a importação lê."""
    modelo, dono = _ORIGENS[tipo]
    campos = {c.nome: _caminho(tipo, c.nome) for c in TIPOS[tipo].campos if c.nome not in _NAO_SAEM}
    if len(empresas) > 1:
        campos["empresa"] = f"{dono}empresa__codigo"
    yield list(campos)
    consulta = modelo._default_manager.filter(**{f"{dono}empresa__in": empresas})
    if "vendedor_codigo" in campos:
        # O nome sozinho não diz qual de dois homônimos é o dono: vai também o código.
        codigo = Vinculo.objects.filter(usuario=OuterRef("vendedor"), empresa=OuterRef("empresa"))
        consulta = consulta.annotate(vendedor_codigo=Subquery(codigo.values("codigo_erp")))
    escrever = [_ESCREVER.get(campo, celula) for campo in campos]
    linhas = consulta.order_by(f"{dono}empresa_id", *_ordem(tipo)).values_list(*campos.values())
    for linha in linhas.iterator(chunk_size=_LOTE):
        yield [como(valor) for como, valor in zip(escrever, linha, strict=True)]


def _ordem(tipo: str) -> list[str]:
    return ["pedido_id", "sequencia"] if tipo == "itens" else ["id"]


def indicadores(empresas: list[Empresa]) -> Linhas:
    """Para máquinas: datas ISO e ponto decimal, na referência de cada empresa."""
    campos = [*_INDICADORES, *(["empresa__codigo"] if len(empresas) > 1 else [])]
    yield ["cliente_codigo", *_INDICADORES[1:], *(["empresa"] if len(empresas) > 1 else [])]
    consulta = Indicadores.objects.filter(empresa__in=empresas).annotate(
        recencia_dias=DiasEntre(F("empresa__referencia"), F("ultima_compra"))
    )
    linhas = consulta.order_by("empresa_id", "cliente__codigo").values_list(*campos)
    for linha in linhas.iterator(chunk_size=_LOTE):
        yield [
            neutralizar(valor) if isinstance(valor, str) else "" if valor is None else str(valor)
            for valor in linha
        ]


EXPORTACOES: dict[str, Exportacao] = {
    "indicadores": indicadores,
    **{tipo: partial(do_leiaute, tipo) for tipo in _ORIGENS},
}
# As que se refazem para uma data: empresas, a data e o hoje em que as regras são lidas.
EXPORTACOES_NA_DATA: dict[str, Callable[[list[Empresa], date, date], Linhas]] = {"prioridade": prioridade}
