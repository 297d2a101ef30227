"""O que se exporta pelo comando `exportar`: cada nome dá o cabeçalho e as linhas, em fluxo.

`clientes` e `pedidos` saem no leiaute neutro que `importar` lê de volta sem mudar nada.
"""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery

from atividade.models import Indicadores
from atividade.prioridade import DiasEntre
from clientes.importacao.rejeitadas import neutralizar
from clientes.models import Cliente, Pedido
from contas.models import Empresa, Vinculo
from relatorios.prioridade import prioridade

_LOTE = 5000
Linhas = Iterator[list[str]]
Exportacao = Callable[[list[Empresa]], Linhas]

_CLIENTES = {
    "codigo": "codigo", "razao_social": "razao_social", "cpf_cnpj": "documento", "municipio": "cidade", "uf": "uf",
    "segmento": "segmento__nome", "vendedor": "vendedor__nome", "telefone": "telefone", "email": "email",
    "cadastrado_em": "cadastrado_em", "nome_fantasia": "nome_fantasia", "porte": "porte", "perfil": "perfil",
    "categoria": "categoria", "limite_credito": "limite_credito", "bloqueado": "bloqueado",
    "nao_contatar": "nao_contatar", "encerrado_em": "encerrado_em", "encerrado_motivo": "encerrado_motivo",
    "fora_do_perfil": "fora_do_perfil", "potencial_mensal": "potencial_mensal", "vendedor_codigo": "vendedor_codigo",
}  # fmt: skip
_PEDIDOS = {
    "numero": "numero", "cliente_codigo": "cliente__codigo", "data": "data", "valor": "valor", "situacao": "situacao",
    "valor_sem_impostos": "valor_sem_impostos", "vendedor": "vendedor__nome",
    "vendedor_codigo": "vendedor_codigo",
}  # fmt: skip

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


def _do_leiaute(campos: dict[str, str], consulta: QuerySet[Any], empresas: list[Empresa]) -> Linhas:
    if len(empresas) > 1:
        campos = {**campos, "empresa": "empresa__codigo"}
    yield list(campos)
    # O nome sozinho não diz qual de dois homônimos é o dono: vai também o código.
    codigo = Vinculo.objects.filter(usuario=OuterRef("vendedor"), empresa=OuterRef("empresa")).values(
        "codigo_erp"
    )
    consulta = consulta.filter(empresa__in=empresas).annotate(vendedor_codigo=Subquery(codigo))
    linhas = consulta.order_by("empresa_id", "id").values_list(*campos.values())
    for linha in linhas.iterator(chunk_size=_LOTE):
        yield [celula(valor) for valor in linha]


def clientes(empresas: list[Empresa]) -> Linhas:
    return _do_leiaute(_CLIENTES, Cliente.objects.all(), empresas)


def pedidos(empresas: list[Empresa]) -> Linhas:
    return _do_leiaute(_PEDIDOS, Pedido.objects.all(), empresas)


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


EXPORTACOES: dict[str, Exportacao] = {"clientes": clientes, "indicadores": indicadores, "pedidos": pedidos}
# As que se refazem para uma data: empresas, a data e o hoje em que as regras são lidas.
EXPORTACOES_NA_DATA: dict[str, Callable[[list[Empresa], date, date], Linhas]] = {"prioridade": prioridade}
