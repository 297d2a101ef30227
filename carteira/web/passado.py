"""A composição em uma data passada: a mesma tabela, com a regra e o dono que se escolhem, e os nomes por trás."""

from collections import ChainMap
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, cast
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from atividade.causas import regra_do_limiar
from atividade.models import Limiar
from atividade.regras import Marca, Status
from carteira.formatos import data as por_extenso
from carteira.graficos import situacoes
from carteira.web.planilha import colunas_dos_limites, responder_planilha
from carteira.web.recorte import parametros
from contas.auditoria import registrar
from contas.models import Empresa, Usuario
from relatorios.composicao import DIMENSOES, NA_CONTA, SEM, Dimensao, Grupo, Recorte
from relatorios.dos_retratos import COLUNAS, PassadoDosRetratos, na_data
from relatorios.passado import (
    ATUAL,
    EPOCA,
    FORA,
    NA_DATA,
    ClienteNaData,
    Leitura,
    Passado,
    PassagemAteHoje,
    agrupar,
    ate_hoje,
    por_situacao,
)
from relatorios.planilhas import Coluna

NOMES_POR_PAGINA = 50
_SITUACOES = tuple(s.value for s in Status)
_MARCAS = (*(m.value for m in Marca), SEM)
_REGRAS = ((EPOCA, "Regra da época"), (ATUAL, "Regra de hoje"))
_DONOS = ((NA_DATA, "Dono na data"), (ATUAL, "Dono atual"))
Escolhas = list[tuple[str, list[tuple[str, str, bool]]]]
NOMES = ChainMap({FORA: "Encerrado depois"}, cast("Any", situacoes.NOMES))


def ler_leitura(url: QueryDict, data: Any) -> Leitura:
    """Regra da época e dono na data, a não ser que se peça o de hoje."""
    return Leitura(
        data,
        ATUAL if url.get("regra") == ATUAL else EPOCA,
        ATUAL if url.get("dono") == ATUAL else NA_DATA,
    )


class NaData:
    """A composição pedida na URL em um dia que já passou."""

    def __init__(
        self, usuario: Usuario, recorte: Recorte, empresas: list[Empresa], leitura: Leitura, url: QueryDict
    ) -> None:
        self.recorte, self.url, self.pedida = recorte, url, leitura.data
        hoje = max([timezone.localdate(), *(e.referencia for e in empresas if e.referencia)])
        self.passado = na_data(usuario, recorte, empresas, leitura, hoje)
        # uma carteira grande se lê do retrato, no dia, pela regra e com o dono dele
        self.leitura = self.passado.leitura
        self.do_retrato = isinstance(self.passado, PassadoDosRetratos)

    def elo(self, nome: str = "composicao:painel", **mudancas: str) -> str:
        consulta = self.url.copy()
        consulta.pop("pagina", None)
        for chave, valor in mudancas.items():
            consulta[chave] = valor
        return f"{reverse(nome)}?{consulta.urlencode()}"

    def elo_dos_clientes(self, **filtros: Any) -> str:
        """A lista daquele dia que um número conta; um filtro dito vence o do recorte."""
        leitura = {
            "data": self.leitura.data.isoformat(),
            "regra": self.leitura.regra,
            "dono": self.leitura.dono,
        }
        recorte = {k: v for k, v in parametros(self.recorte).items() if k not in filtros}
        return f"{reverse('composicao:clientes')}?{urlencode(leitura | recorte | filtros, doseq=True)}"

    def elos(self, **filtros: str) -> Mapping[str, str]:
        elos = {s: self.elo_dos_clientes(status=s, **filtros) for s in _SITUACOES}
        return elos | {"clientes": self.elo_dos_clientes(status=[s.value for s in NA_CONTA], **filtros)}

    @property
    def dimensoes(self) -> tuple[str, ...]:
        """Por onde se abre: o retrato não guarda município, perfil e porte."""
        return tuple(COLUNAS) if self.do_retrato else tuple(DIMENSOES)

    @property
    def escolhas(self) -> Escolhas:
        return self.escolhas_em("composicao:painel")

    def escolhas_em(self, pagina: str) -> Escolhas:
        """Os dois pares de botões: a regra e o dono; o retrato já tem os seus."""
        if self.do_retrato:
            return []
        return [
            ("Regra", [(r, self.elo(pagina, regra=v), self.leitura.regra == v) for v, r in _REGRAS]),
            ("Dono", [(r, self.elo(pagina, dono=v), self.leitura.dono == v) for v, r in _DONOS]),
        ]

    @cached_property
    def frase(self) -> str:
        regra = "pela regra da época" if self.leitura.regra == EPOCA else "pela regra de hoje"
        dono = "com quem era o dono na data" if self.leitura.dono == NA_DATA else "com o dono de hoje"
        return f"{regra}, {dono}"

    def grupos(self, dimensao: Dimensao) -> list[Grupo]:
        return agrupar(self.passado.somas(dimensao), dimensao)

    def contexto(self, dimensao: Dimensao) -> tuple[dict[str, Any], list[Grupo]]:
        """O que a tela mostra, de uma consulta só, e os grupos do detalhe."""
        somas = self.passado.somas(dimensao)
        carteira = por_situacao(somas)
        passagens, elos = ate_hoje(somas), self.elos()
        contexto = {
            "na_data": self,
            "carteira": carteira,
            "atividade": [
                (s.value, carteira.fatia(s), carteira.porcento(s), carteira.porcento_valor(s), elos[s])
                for s in NA_CONTA
            ],
            "partes": [
                {"status": s, "clientes": carteira.fatia(s).clientes, "valor": carteira.fatia(s).valor}
                for s in NA_CONTA
            ],
            "elos": elos,
            "elos_das_marcas": {
                m: self.elo_dos_clientes(status=status, marca=m)
                for status, marcas in (("ativo", ("novo", "recuperado")), ("inativo", ("recente", "antigo")))
                for m in marcas
            },
            "passagens": [(p, NOMES[p.de], NOMES[p.para], self._elo_da_passagem(p)) for p in passagens],
            "mudaram": sum(p.clientes for p in passagens),
            "fluxos": [
                {"de": p.de, "para": p.para, "clientes": p.clientes} for p in passagens if p.para != FORA
            ],
        }
        return contexto, agrupar(somas, dimensao)

    def _elo_da_passagem(self, passagem: PassagemAteHoje) -> str:
        return self.elo_dos_clientes(status=passagem.de, hoje=passagem.para)


# ── Os nomes ─────────────────────────────────────────────────────────────────


class _Nomes:
    """Os clientes da data como o paginador os quer: quantos são, e um pedaço de cada vez."""

    def __init__(self, passado: Passado, filtros: dict[str, Any]) -> None:
        self.passado, self.filtros = passado, filtros

    def count(self) -> int:
        return self.passado.contar(**self.filtros)

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, pedaco: slice) -> list[ClienteNaData]:
        return self.passado.clientes(pedaco.start, pedaco.stop - pedaco.start, **self.filtros)


def _filtros(url: QueryDict) -> dict[str, Any]:
    hoje, marca = url.get("hoje", ""), url.get("marca", "")
    return {
        "status": [s for s in url.getlist("status") if s in _SITUACOES],
        "hoje": hoje if hoje in NOMES else "",
        "marca": marca if marca in _MARCAS else "",
    }


def clientes(request: HttpRequest, na_data: NaData, exporta: bool) -> HttpResponse:
    """Quem estava em cada situação naquele dia, por que regra, e onde está hoje."""
    filtros = _filtros(request.GET)
    pagina = Paginator(_Nomes(na_data.passado, filtros), NOMES_POR_PAGINA).get_page(request.GET.get("pagina"))
    lidos = list(pagina)
    volta = na_data.url.copy()
    for nome in ("status", "hoje", "marca", "pagina"):
        volta.pop(nome, None)
    contexto = {
        "na_data": na_data,
        "pagina": pagina,
        "linhas": _com_regras(lidos),
        "titulo": _titulo(filtros),
        "voltar": f"{reverse('composicao:painel')}?{volta.urlencode()}",
        "exportacoes": [
            (f.upper(), na_data.elo("composicao:clientes", formato=f)) for f in ("csv", "xlsx") if exporta
        ],
    }
    return render(request, "composicao/clientes_na_data.html", contexto)


def _com_regras(lidos: list[ClienteNaData]) -> list[tuple[ClienteNaData, str, str]]:
    """Cada um com o nome da situação de hoje e a regra que deu a da data, em uma consulta."""
    ids = {c.limiar_id for c in lidos if c.limiar_id}
    limiares = Limiar.objects.select_related("empresa", "segmento").in_bulk(ids) if ids else {}
    return [(c, NOMES[c.hoje], regra_do_limiar(limiares.get(c.limiar_id or 0)).texto) for c in lidos]


def _titulo(filtros: dict[str, Any]) -> str:
    escolhidas = [situacoes.PLURAIS[s] for s in filtros["status"]]
    base = escolhidas[0] if len(escolhidas) == 1 else "Clientes"
    if filtros["marca"]:
        marca = "sem marca" if filtros["marca"] == SEM else situacoes.PLURAIS[filtros["marca"]]
        base = f"{base} {marca}"
    return f"{base} → hoje {NOMES[filtros['hoje']].lower()}" if filtros["hoje"] else base


def _colunas_da_planilha() -> tuple[Coluna, ...]:
    return (
        Coluna("Código", largura=12),
        Coluna("Cliente", largura=36),
        Coluna("Situação na data", largura=16),
        Coluna("Situação hoje", largura=16),
        Coluna("Última compra até a data", "data"),
        *colunas_dos_limites(),
        Coluna("R$ 12 meses na data", "moeda"),
        Coluna("Vendedor", largura=24),
        Coluna("Regra", largura=40),
    )


def exportar_clientes(request: HttpRequest, na_data: NaData, formato: str) -> HttpResponseBase:
    """A lista inteira daquele dia, com os filtros da tela."""
    if formato not in {"csv", "xlsx"}:
        raise Http404
    lidos = na_data.passado.clientes(**_filtros(request.GET))
    dia = na_data.leitura.data
    registrar(
        "exportar clientes na data",
        por=request.user,
        objeto=f"{por_extenso(dia)} ({formato})",
        depois={"filtros": {k: v for k, v in request.GET.lists() if k != "formato"}, "linhas": len(lidos)},
    )
    return responder_planilha(
        formato, f"clientes-em-{dia}", _colunas_da_planilha(), _linhas(lidos), aba="Clientes"
    )


def _linhas(lidos: list[ClienteNaData]) -> Iterator[list[Any]]:
    for c, hoje, regra in _com_regras(lidos):
        yield [c.codigo, c.nome, NOMES[c.status], hoje, c.ultima, c.quase_em, c.inativo_em, c.valor_12m,
               c.vendedor or "", regra]  # fmt: skip


def sem_data(request: HttpRequest) -> HttpResponse:
    """Sem uma data passada, os nomes são os da lista de clientes."""
    consulta = request.GET.copy()
    for nome in ("data", "regra", "dono", "hoje", "formato", "pagina"):
        consulta.pop(nome, None)
    return redirect(f"{reverse('clientes:lista')}?{consulta.urlencode()}")
