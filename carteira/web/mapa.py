"""Os clientes no mapa: os mesmos filtros da lista, uma bolha por município e a tabela que diz o mesmo."""

from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from csp.decorators import csp_update
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.cache import patch_vary_headers
from django_htmx.http import push_url

from atividade.rotulos import PLURAIS, fixar
from carteira.contagens_da_lista import Contagens, contar
from carteira.filters import FiltroDeClientes
from carteira.graficos import situacoes
from carteira.mapa import Lugar, Mapa, dados_do_desenho, mapear, ordenar, origem_das_telhas, rotas_ate
from carteira.referencias import Referencias
from carteira.web import montador
from carteira.web.acesso import exige
from carteira.web.chips import chips_de, filtros_em_uso
from carteira.web.planilha import responder_planilha
from carteira.web.relatorios_arquivos import como_levar
from clientes.cadastro import campos_editaveis
from clientes.models import Municipio
from contas.auditoria import registrar
from contas.models import Papel, Usuario
from contas.papeis import Permissao, pode
from relatorios.planilhas import Coluna

LINHAS_NA_TABELA = 25
CLIENTES_POR_PAGINA = 50
# O que é do mapa e não estreita a carteira: não vai à lista.
DO_MAPA = ("medir", "forma", "lugar", "pagina", "por_lugar", "inteira", "formato")


@exige(Permissao.VER_CLIENTES)
def pagina(request: HttpRequest) -> HttpResponse:
    """A página; só ela admite as telhas de fora, e só se a instalação as configurou."""
    origem = origem_das_telhas()
    responder = csp_update({"img-src": origem})(_responder) if origem else _responder
    resposta: HttpResponse = responder(request)
    patch_vary_headers(resposta, ["HX-Request", "HX-Target"])
    return resposta


def _responder(request: HttpRequest) -> HttpResponse:
    pedido = Pedido(request.GET, request.user)
    if request.htmx and request.htmx.target == "lugar":
        resposta = render(request, "mapa/_lugar.html", _do_lugar(pedido, request.user))
        return push_url(resposta, request.get_full_path())
    contexto = da_tela(pedido, request.user) | como_levar(request, "mapa")
    return render(request, "mapa/pagina.html", contexto)


class Pedido:
    """O que a URL pede: o filtro da lista e o modo de o ver no mapa."""

    def __init__(self, consulta: QueryDict, usuario: Usuario) -> None:
        self.consulta = consulta
        self.filtros = _sem(consulta, *DO_MAPA, "apos", "por", "buscar")
        self.referencias = Referencias.de(usuario)
        self.empresas = self.referencias.em_cena(consulta.getlist("empresa"))
        fixar(*self.empresas)
        self.filtro = FiltroDeClientes(self.filtros, usuario=usuario, referencias=self.referencias)
        self.por_valor = consulta.get("medir") == "valor"
        self.por_risco = consulta.get("forma") == "risco"
        self.padrao = "-valor" if self.por_valor else "-clientes"

    @cached_property
    def mapa(self) -> Mapa:
        """Lido uma vez: a página, o papel e a planilha dizem os mesmos números."""
        return mapear(self.filtro.resultado())

    @cached_property
    def contagens(self) -> Contagens:
        return contar(self.filtro)

    @property
    def lugar(self) -> int | None:
        """O município aberto; zero é quem não tem nenhum."""
        texto = self.consulta.get("lugar", "")
        return int(texto) if texto.isascii() and texto.isdigit() and len(texto) < 9 else None

    def elo(self, **mudancas: object) -> str:
        """Esta página com algo mudado; `None` tira."""
        nova = _sem(self.consulta, "pagina", "formato", *mudancas)
        for nome, valor in mudancas.items():
            if valor is not None:
                nova[nome] = str(valor)
        return f"?{nova.urlencode()}"

    def lista(self, **filtros: object) -> str:
        """A lista de clientes que um número daqui conta."""
        nova = _sem(self.filtros, *filtros)
        for nome, valor in filtros.items():
            nova[nome] = str(valor)
        return f"{reverse('clientes:lista')}?{nova.urlencode()}"


def _sem(consulta: QueryDict, *nomes: str) -> QueryDict:
    nova = consulta.copy()
    for nome in nomes:
        nova.pop(nome, None)
    return nova


def da_tela(pedido: Pedido, usuario: Usuario) -> dict[str, Any]:
    mapa, contagens = pedido.mapa, pedido.contagens
    ordenados = ordenar(mapa.lugares, pedido.consulta.get("por_lugar", ""), pedido.padrao)
    inteira = pedido.consulta.get("inteira") == "1"
    return {
        "pedido": pedido,
        "filtro": pedido.filtro,
        "mapa": mapa,
        "dados": dados_do_desenho(mapa) | {"medir": "valor" if pedido.por_valor else "clientes"},
        "linhas": [
            _linha(pedido, lugar) for lugar in (ordenados if inteira else ordenados[:LINHAS_NA_TABELA])
        ],
        "escondidos": 0 if inteira else max(0, len(ordenados) - LINHAS_NA_TABELA),
        "url_inteira": pedido.elo(inteira=1),
        "medidas": [
            ("Clientes", pedido.elo(medir=None), not pedido.por_valor),
            ("R$ 12 meses", pedido.elo(medir="valor"), pedido.por_valor),
        ],
        "formas": [
            ("Situação", pedido.elo(forma=None), not pedido.por_risco),
            ("Em risco ou perdidos", pedido.elo(forma="risco"), pedido.por_risco),
        ],
        "url_lista": pedido.lista(),
        "url_sem_lugar": f"{pedido.elo(lugar=0)}#lugar",
        "url_lugar": f"{pedido.elo(lugar=None)}&lugar=",
        "pode_exportar": pode(usuario, Permissao.EXPORTAR),
        "url_exportar": f"{reverse('clientes:mapa_exportar')}?{pedido.filtros.urlencode()}",
        "telhas": settings.MAPA_TELHAS,
        "credito_das_telhas": settings.MAPA_TELHAS_CREDITO,
        **_dos_filtros(pedido, contagens),
        **_do_lugar(pedido, usuario),
    }


def _dos_filtros(pedido: Pedido, contagens: Contagens) -> dict[str, Any]:
    """As mesmas fichinhas da lista; cada uma recarrega o mapa com o seu filtro."""
    base = _sem(pedido.consulta, "lugar", "pagina", "inteira", "formato")
    sem_filtros = _sem(base, *pedido.filtros)
    return {
        "chips": chips_de(pedido.filtro, base),
        "em_uso": filtros_em_uso(pedido.filtro, base),
        "condicoes": montador.fichas(pedido.filtro, base),
        "url_montador": montador.endereco_do_montador(pedido.filtros),
        "abas": _abas(pedido, contagens),
        "ha_filtros": any(
            v.strip() for n in pedido.filtros if n != "ordem" for v in pedido.filtros.getlist(n)
        ),
        "url_limpar": f"?{sem_filtros.urlencode()}",
    }


def ditos_do_filtro(pedido: Pedido) -> list[tuple[str, str]]:
    """As mesmas fichinhas em palavras, para quem leva o mapa."""
    do_dia = [(c.rotulo, c.valor) for c in chips_de(pedido.filtro, pedido.filtros) if c.valor]
    outros = [("Filtro", uso["rotulo"]) for uso in filtros_em_uso(pedido.filtro, pedido.filtros)]
    condicoes = montador.fichas(pedido.filtro, pedido.filtros)
    return [*do_dia, *outros, *([("Condições", condicoes.dita)] if condicoes else [])]


def _abas(pedido: Pedido, contagens: Contagens) -> list[dict[str, Any]]:
    escolha = pedido.filtro.escolha_de_status
    todos = {
        "rotulo": "Todos",
        "url": pedido.elo(status=None, lugar=None),
        "quantidade": contagens.total,
        "atual": not escolha,
    }
    return [
        todos,
        *(
            {
                "rotulo": PLURAIS[status],
                "status": status,
                "url": pedido.elo(status=status, lugar=None),
                "quantidade": contagens.por_status[status],
                "atual": status in escolha,
            }
            for status in situacoes.ORDEM
        ),
    ]


def _linha(pedido: Pedido, lugar: Lugar) -> dict[str, Any]:
    """Uma linha da tabela: cada número leva aos clientes que ele conta."""
    return {
        "lugar": lugar,
        "url": f"{pedido.elo(lugar=lugar.codigo)}#lugar",
        "clientes": pedido.lista(municipio=lugar.codigo),
        "situacoes": [
            (s, lugar.de(s), pedido.lista(municipio=lugar.codigo, status=s)) for s in situacoes.ORDEM
        ],
    }


# ── Um município ─────────────────────────────────────────────────────────────


def _do_lugar(pedido: Pedido, usuario: Usuario) -> dict[str, Any]:
    """Os clientes do município aberto, uma página por vez; sem município na URL, nada."""
    codigo = pedido.lugar
    if codigo is None:
        return {"aberto": False}
    municipio = Municipio.objects.filter(pk=codigo).first() if codigo else None
    return {
        "aberto": True,
        "municipio": municipio,
        "rotas": rotas_ate(municipio) if municipio else None,
        "corrige": "cidade" in campos_editaveis(usuario.papel),
        "mostra_vendedor": usuario.papel != Papel.VENDEDOR,
        "pagina": Paginator(_clientes_de(pedido, codigo), CLIENTES_POR_PAGINA).get_page(
            pedido.consulta.get("pagina")
        ),
        "lista_do_lugar": pedido.lista(municipio=codigo),
        "estado": _estado(pedido, codigo),
        "aqui": f"{reverse('clientes:mapa')}{pedido.elo()}",
        "url_fechar": pedido.elo(lugar=None),
    }


def _clientes_de(pedido: Pedido, codigo: int) -> Any:
    onde = {"cliente__municipio": codigo} if codigo else {"cliente__municipio__isnull": True}
    clientes: Any = pedido.filtro.resultado().filter(**onde)
    return clientes.select_related("cliente", "vendedor").order_by("-valor_12m", "pk")


def _estado(pedido: Pedido, codigo: int) -> str:
    """A lista por onde a ficha anda: a deste município."""
    nova = _sem(pedido.filtros, "municipio")
    nova["municipio"] = str(codigo)
    return urlencode({"lista": nova.urlencode()})


# ── Planilha ─────────────────────────────────────────────────────────────────


def colunas() -> list[Coluna]:
    return [
        Coluna("Município", largura=28),
        Coluna("UF", largura=6),
        Coluna("Código IBGE", "inteiro", 12),
        Coluna("Clientes", "inteiro", 12),
        *(Coluna(PLURAIS[s], "inteiro", 14) for s in situacoes.ORDEM),
        Coluna("R$ 12 meses", "moeda", 18),
        Coluna("R$ em risco", "moeda", 18),
    ]


def celulas(lugar: Lugar) -> list[Any]:
    return [
        lugar.nome,
        lugar.uf,
        lugar.codigo or None,
        lugar.clientes,
        *(lugar.de(s) for s in situacoes.ORDEM),
        lugar.valor,
        lugar.grupo.em_risco,
    ]


def com_os_sem_lugar(pedido: Pedido) -> list[Lugar]:
    """Os municípios na ordem da tela e, no fim, quem não tem nenhum."""
    lugares = ordenar(pedido.mapa.lugares, pedido.consulta.get("por_lugar", ""), pedido.padrao)
    return [*lugares, *([pedido.mapa.sem_lugar] if pedido.mapa.sem_lugar else [])]


@exige(Permissao.EXPORTAR)
def exportar(request: HttpRequest) -> HttpResponseBase:
    """Os municípios do filtro em planilha, com os sem lugar no fim."""
    pedido = Pedido(request.GET, request.user)
    if pedido.filtro.recusados:
        return HttpResponseBadRequest(f"Filtro não entendido: {', '.join(pedido.filtro.recusados.values())}.")
    lugares = com_os_sem_lugar(pedido)
    formato = "xlsx" if request.GET.get("formato") == "xlsx" else "csv"
    registrar(
        "exportar municípios",
        por=request.user,
        objeto=formato.upper(),
        depois={"filtros": dict(pedido.filtros.lists()), "linhas": len(lugares)},
    )
    nome = f"municipios-{pedido.referencias.hoje:%Y-%m-%d}"
    return responder_planilha(formato, nome, colunas(), map(celulas, lugares), aba="Municípios")


urlpatterns = [
    path("mapa/", pagina, name="mapa"),
    path("mapa/exportar/", exportar, name="mapa_exportar"),
]
