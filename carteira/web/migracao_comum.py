"""O que as páginas de movimento da carteira têm em comum: o recorte, as abas, a dimensão e o que se leva."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from carteira.web.planilha import responder_planilha
from carteira.web.recorte import chips_para, dimensoes_para, ler_recorte, parametros
from contas.auditoria import registrar
from contas.escopo import empresas_de
from contas.models import Empresa, Usuario
from contas.papeis import Permissao, pode
from relatorios.composicao import DIMENSOES, Dimensao, Recorte
from relatorios.passado import ATUAL, EPOCA, NA_DATA
from relatorios.planilhas import Coluna
from relatorios.saldo import COLUNAS

NOMES_POR_PAGINA = 50
FORMATOS = ("csv", "xlsx")
ABAS = (
    ("migracao:painel", "Entre duas datas"),
    ("migracao:saldo", "Saldo do período"),
    ("migracao:aberturas", "Aberturas"),
    ("dois_relogios", "Dois relógios"),
    ("cidades", "Cidades"),
)
MESES = ("jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez")
REGRAS = ((EPOCA, "Regra da época"), (ATUAL, "Regra de hoje"))
DONOS = ((NA_DATA, "Dono na data"), (ATUAL, "Dono atual"))


def mes_curto(mes: date, posicao: int = 0) -> str:
    """jan 26, fev, mar…: janeiro e o primeiro dizem o ano."""
    ano = f" {mes:%y}" if mes.month == 1 or posicao == 0 else ""
    return f"{MESES[mes.month - 1]}{ano}"


class Pedido:
    """O que a URL pede, lido uma vez."""

    def __init__(self, request: HttpRequest, rota: str) -> None:
        self.request, self.rota = request, rota
        self.usuario: Usuario = request.user
        self.consulta = request.GET
        self.recorte: Recorte = ler_recorte(request.GET)
        self.regra = ATUAL if request.GET.get("regra") == ATUAL else EPOCA
        self.dono = ATUAL if request.GET.get("dono") == ATUAL else NA_DATA
        self.por_valor = request.GET.get("medir") == "valor"
        self.formato = request.GET.get("formato", "")

    @cached_property
    def empresas(self) -> list[Empresa]:
        escolhidas = self.recorte.empresa
        return [e for e in empresas_de(self.usuario) if not escolhidas or str(e.pk) in escolhidas]

    @cached_property
    def referencia(self) -> date | None:
        """A mais nova das empresas do recorte; nada antes da primeira rodada."""
        return max((e.referencia for e in self.empresas if e.referencia), default=None)

    @property
    def hoje(self) -> date:
        """O dia em que a regra de hoje é lida."""
        return max(self.referencia or timezone.localdate(), timezone.localdate())

    @cached_property
    def permitidas(self) -> list[str]:
        """Por onde abrir: o que a pessoa pode e os eventos sabem."""
        return [d for d in dimensoes_para(self.usuario) if d in COLUNAS and d != "abc"]

    @cached_property
    def dimensao(self) -> Dimensao:
        pedida = self.consulta.get("agrupar", "")
        return DIMENSOES[pedida if pedida in self.permitidas else self.permitidas[0]]

    def elo(self, rota: str = "", **mudancas: Any) -> str:
        """Este mesmo pedido, em outra rota ou com outro valor em um parâmetro (nulo o tira)."""
        consulta = self.consulta.copy()
        for nome in ("pagina", "formato"):
            consulta.pop(nome, None)
        for chave, valor in mudancas.items():
            consulta.pop(chave, None)
            if valor is not None:
                consulta[chave] = str(valor)
        return f"{reverse(rota or self.rota)}{'?' if consulta else ''}{consulta.urlencode()}"

    def escondidos(self, *menos: str) -> list[tuple[str, str]]:
        """O que um formulário leva consigo da URL, menos os campos que ele mesmo tem."""
        fora = {*menos, "pagina", "formato"}
        return [(k, v) for k, lista in self.consulta.lists() if k not in fora for v in lista]

    def elo_do_recorte(self, rota: str, **filtros: Any) -> str:
        """Outra página só com os filtros desta; um filtro dito vence o do recorte."""
        consulta = {k: v for k, v in parametros(self.recorte).items() if k not in filtros} | filtros
        return f"{reverse(rota)}{'?' if consulta else ''}{urlencode(consulta, doseq=True)}"

    def elo_do_relatorio(self, chave: str, **filtros: Any) -> str:
        """O mesmo assunto no relatório comum: em PDF e por e-mail."""
        consulta = urlencode(parametros(self.recorte) | filtros, doseq=True)
        return f"{reverse('relatorios:pagina', args=[chave])}{'?' if consulta else ''}{consulta}"

    def escolha(self, titulo: str, nome: str, opcoes: Iterable[tuple[str, str]], atual: str) -> Any:
        """Um par de botões que troca um parâmetro."""
        return titulo, [(rotulo, self.elo(**{nome: valor}), valor == atual) for valor, rotulo in opcoes]

    @property
    def contexto(self) -> dict[str, Any]:
        return {
            "pedido": self,
            "referencia": self.referencia,
            "chips": chips_para(self.usuario, self.recorte, self.consulta),
            "filtrada": bool(parametros(self.recorte)),
            "sem_filtros": reverse(self.rota),
            "abas": [
                {"rotulo": nome, "url": self.elo_do_recorte(rota), "atual": rota == self.rota, "quantidade": None}
                for rota, nome in ABAS
            ],
            "exportacoes": [(f.upper(), self.elo(formato=f)) for f in FORMATOS]
            if pode(self.usuario, Permissao.EXPORTAR)
            else [],
        }  # fmt: skip

    def dimensoes(self, ancora: str = "") -> list[tuple[str, str, bool]]:
        return [
            (DIMENSOES[d].titulo, self.elo(agrupar=d) + ancora, d == self.dimensao.nome)
            for d in self.permitidas
        ]

    def levar(
        self, nome: str, o_que: str, colunas: Sequence[Coluna], linhas: Iterable[Sequence[Any]]
    ) -> HttpResponseBase:
        """A tabela da tela como arquivo, com quem, quando e que filtros na auditoria."""
        if not pode(self.usuario, Permissao.EXPORTAR):
            raise PermissionDenied
        if self.formato not in FORMATOS:
            raise Http404
        lidas = list(linhas)
        filtros = {k: v for k, v in self.consulta.lists() if k != "formato"}
        registrar(
            f"exportar {o_que}",
            por=self.usuario,
            objeto=f"{nome} ({self.formato})",
            depois={"filtros": filtros, "linhas": len(lidas)},
        )
        return responder_planilha(self.formato, nome, colunas, lidas, aba=o_que[:1].upper() + o_que[1:31])


class Fatiado:
    """Uma lista que o banco conta e corta, como o paginador a quer."""

    def __init__(self, contar: Callable[[], int], fatia: Callable[[int, int], list[Any]]) -> None:
        self._contar, self._fatia = contar, fatia

    def count(self) -> int:
        return self._contar()

    def __len__(self) -> int:
        return self._contar()

    def __getitem__(self, pedaco: slice) -> list[Any]:
        return self._fatia(pedaco.start, pedaco.stop - pedaco.start)


def paginar(lista: Any, request: HttpRequest) -> "Page[Any]":
    return Paginator(lista, NOMES_POR_PAGINA).get_page(request.GET.get("pagina"))
