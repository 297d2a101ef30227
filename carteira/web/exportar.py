"""A lista da tela em planilha: os mesmos filtros, a mesma ordem, as mesmas colunas."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBadRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from atividade.models import Indicadores
from atividade.rotulos import NOMES
from carteira.filters import FiltroDeClientes
from carteira.formatos import telefone
from carteira.lista_de_clientes import Linha, com_relacoes, ordem_pedida, proxima_acao
from carteira.referencias import Referencias
from carteira.web.acesso import exige
from carteira.web.planilha import responder_planilha
from contas.auditoria import registrar
from contas.papeis import Permissao
from relatorios.planilhas import Coluna

COLUNAS = (
    Coluna("Código", largura=12),
    Coluna("Cliente", largura=36),
    Coluna("Município", largura=22),
    Coluna("UF", largura=6),
    Coluna("Segmento", largura=18),
    Coluna("Situação", largura=16),
    Coluna("Marca", largura=14),
    Coluna("Dias sem comprar", "inteiro"),
    Coluna("Ciclo (dias)", "decimal"),
    Coluna("Vezes o ciclo", "decimal"),
    Coluna("Último pedido", "data"),
    Coluna("Último contato", "data"),
    Coluna("Valor 12 meses", "moeda"),
    Coluna("Tendência", largura=12),
    Coluna("Curva ABC", largura=10),
    Coluna("Avisos", largura=24),
    Coluna("Próxima ação", "data"),
    Coluna("Telefone", largura=18),
    Coluna("Vendedor", largura=24),
)
REGRA = Coluna("Por que esta situação", largura=60)
_TENDENCIAS = {"sobe": "em alta", "cai": "em queda", "estavel": "estável"}


def avisos_da(linha: Linha) -> list[str]:
    """O que a coluna Avisos diz do cliente, do mais grave ao mais leve."""
    cliente = linha.cliente
    avisos = ["Encerrado"] if cliente.encerrado_em else []
    avisos += ["Fora do perfil"] if cliente.fora_do_perfil else []
    avisos += ["Bloqueado"] if cliente.bloqueado else []
    avisos += ["Não contatar"] if "ligacao" in cliente.nao_contatar else []
    return avisos + ([f"Adiado até {cliente.adiado_ate:%d/%m}"] if linha.adiado else [])


@exige(Permissao.EXPORTAR)
def exportar(request: HttpRequest) -> HttpResponseBase:
    """CSV ou XLSX da lista filtrada; quem exportou, quando e com que filtros fica na auditoria."""
    referencias = Referencias.de(request.user)
    filtro = FiltroDeClientes(request.GET, usuario=request.user, referencias=referencias)
    if filtro.recusados:
        return HttpResponseBadRequest(f"Filtro não entendido: {', '.join(filtro.recusados.values())}.")
    ordem = ordem_pedida(request.GET.get("ordem", ""), request.user, referencias)
    clientes = ordem.ordenar(com_relacoes(filtro.resultado()).annotate(proxima_em=proxima_acao()))
    formato = "xlsx" if request.GET.get("formato") == "xlsx" else "csv"
    com_regra = request.GET.get("regra") == "1"
    filtros = {k: v for k, v in request.GET.lists() if k not in {"formato", "apos", "por"}}
    registrar(
        "exportar clientes",
        por=request.user,
        objeto=formato.upper(),
        depois={"filtros": filtros, "linhas": clientes.count()},
    )
    colunas = (*COLUNAS, REGRA) if com_regra else COLUNAS
    linhas = _linhas(clientes, referencias, com_regra=com_regra)
    return responder_planilha(
        formato, f"clientes-{referencias.hoje:%Y-%m-%d}", colunas, linhas, aba="Clientes"
    )


def _linhas(
    clientes: QuerySet[Indicadores], referencias: Referencias, *, com_regra: bool
) -> Iterator[list[Any]]:
    for ind in clientes.iterator(chunk_size=1000):
        linha = Linha(ind, referencias.da_empresa(ind.empresa_id), referencias.hoje, [], None)
        yield _colunas(linha) + ([linha.por_que] if com_regra else [])


def _colunas(linha: Linha) -> list[Any]:
    ind, cliente = linha.ind, linha.cliente
    contato = timezone.localdate(ind.ultimo_contato_em) if ind.ultimo_contato_em else None
    return [
        cliente.codigo,
        cliente.nome,
        cliente.cidade,
        cliente.uf,
        ind.segmento.nome if ind.segmento else "",
        NOMES[ind.status],
        NOMES.get(linha.marca, ""),
        linha.recencia,
        _uma_casa(linha.ciclo),
        _uma_casa(linha.vezes),
        ind.ultima_compra,
        contato,
        ind.valor_12m,
        _TENDENCIAS.get(linha.tendencia, ""),
        ind.curva_abc,
        ", ".join(avisos_da(linha)),
        ind.proxima_em,
        "" if "ligacao" in cliente.nao_contatar else telefone(cliente.telefone),
        ind.vendedor.nome if ind.vendedor else "",
    ]


def _uma_casa(valor: Decimal | None) -> Decimal | None:
    """A mesma precisão da tela."""
    return valor.quantize(Decimal("0.1"), ROUND_HALF_UP) if valor is not None else None
