"""Ciclo de compra: em quanto tempo os clientes voltam a comprar, visto de perto antes de escolher limites."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.cache import patch_vary_headers

from atividade.ciclos import (
    SEM_RITMO,
    CicloDoSegmento,
    Distribuicao,
    ciclo_geral,
    ciclos_por_segmento,
    classes_de_ritmo,
    intervalos_por_cliente,
    largura_para,
)
from atividade.intervalos import DESDE_SEMPRE, Intervalos
from atividade.limiares import RegraEmVigor, regra_da_empresa, regra_do_segmento
from atividade.models import Indicadores
from atividade.regras import Regra, Status, vezes
from atividade.regras_salvas import regras_por_segmento
from atividade.rotulos import NOMES
from carteira.filtros.opcoes import NENHUM
from carteira.graficos.intervalos import nome_da_faixa
from carteira.ritmos import NOMES_DOS_RITMOS
from carteira.templatetags.atividade import quase_texto
from carteira.web.acesso import exige
from carteira.web.formularios_do_ciclo import POR_COMPRA, CicloForm
from carteira.web.limites import com_empresa, em_dias, hoje_da
from carteira.web.planilha import responder_planilha
from clientes.models import Cliente, Segmento
from contas.auditoria import registrar
from contas.escopo import empresas_de
from contas.models import Empresa, Papel, Usuario
from contas.papeis import Permissao, pode
from relatorios.composicao import NA_CONTA
from relatorios.planilhas import Coluna

FAIXAS_NA_TELA = 24
GUARDAR_POR = 26 * 3600  # até a noite seguinte, com folga


@dataclass(frozen=True, slots=True)
class LinhaDeSegmento:
    """Um segmento com o ciclo dele, a regra que vale para ele e a lista por trás."""

    nome: str
    ciclo: CicloDoSegmento
    regra: RegraEmVigor
    propria: bool
    elo: str

    @property
    def quase(self) -> str:
        ciclo = self.regra.regra.ciclo
        return f"{vezes(ciclo.quase)} o ciclo" if ciclo else quase_texto(self.regra.regra)

    @property
    def inativo(self) -> str:
        ciclo = self.regra.regra.ciclo
        return f"{vezes(ciclo.inativo)} o ciclo" if ciclo else str(self.regra.regra.periodo)


class Consulta:
    """O que a URL pede sobre uma empresa, lido uma vez; a página e as planilhas perguntam a ela."""

    def __init__(self, usuario: Usuario, empresa: Empresa, url: QueryDict) -> None:
        self.usuario, self.empresa, self.url = usuario, empresa, url
        self.form = CicloForm(
            url, segmentos=self.segmentos, vendedores=self.vendedores, referencia=empresa.referencia
        )
        self.form.is_valid()
        for nome in ("segmento", "vendedor"):
            if nome in self.form.errors:  # não é dali ou a pessoa não o vê: como se não existisse
                raise Http404
        self.pedido: dict[str, Any] = self.form.escolhas()

    @cached_property
    def segmentos(self) -> list[tuple[str, str]]:
        achados = Segmento.objects.filter(empresa=self.empresa).values_list("pk", "nome")
        return [*((str(pk), nome) for pk, nome in achados), (NENHUM, "Sem segmento")]

    @cached_property
    def vendedores(self) -> list[tuple[str, str]]:
        """Os donos dos clientes que a pessoa vê; a um vendedor não se fala de outros."""
        if self.usuario.papel == Papel.VENDEDOR:
            return []
        donos = Usuario.objects.filter(pk__in=self.visiveis.values("vendedor")).order_by("nome", "pk")
        return [*((str(pk), nome) for pk, nome in donos.values_list("pk", "nome")), (NENHUM, "Sem vendedor")]

    @cached_property
    def visiveis(self) -> Any:
        return Indicadores.objects.visiveis_para(self.usuario).filter(empresa=self.empresa)

    @cached_property
    def clientes(self) -> Any:
        """A população de tudo o que a página conta."""
        clientes = self.visiveis.em_carteira()
        for nome in ("segmento", "vendedor"):
            if escolhido := self.pedido[nome]:
                clientes = clientes.filter(**{nome: None if escolhido == NENHUM else escolhido})
        return clientes

    @property
    def por_compra(self) -> bool:
        return bool(self.pedido["modo"] == POR_COMPRA)

    @property
    def com_periodo(self) -> bool:
        return bool(self.pedido["de"] or self.pedido["ate"])

    @cached_property
    def intervalos(self) -> Intervalos:
        referencia: date = self.empresa.referencia  # type: ignore[assignment]  # as páginas conferem antes
        return Intervalos(
            self.empresa,
            self.clientes,
            ate=min(self.pedido["ate"] or referencia, referencia),
            de=self.pedido["de"] or DESDE_SEMPRE,
        )

    @cached_property
    def distribuicao(self) -> Distribuicao:
        """Sem período, os medianos já estão nos indicadores; o resto se lê dos pedidos."""
        if not (self.por_compra or self.com_periodo):
            return intervalos_por_cliente(self.empresa, self.clientes)
        ler = self.intervalos.por_compra if self.por_compra else self.intervalos.por_cliente
        inteira = self.usuario.papel in {Papel.ADMIN, Papel.LEITURA}
        if not inteira or self.pedido["segmento"] or self.pedido["vendedor"]:
            return ler()
        return cache.get_or_set(self._chave(), ler, GUARDAR_POR)

    def _chave(self) -> str:
        """Percorrer todos os pedidos custa segundos: a empresa inteira se guarda até o cálculo seguinte.

        Quem sai da carteira (encerrado, fora do perfil) muda a chave; o que uma pessoa só vê não se guarda.
        """
        fora = Cliente.objects.filter(empresa=self.empresa).filter(
            Q(encerrado_em__isnull=False) | Q(fora_do_perfil=True)
        )
        partes = [self.empresa.pk, self.empresa.calculada_em, self.pedido["modo"], self.intervalos.de,
                  self.intervalos.ate, *fora.aggregate(n=Count("pk"), soma=Sum("pk")).values()]  # fmt: skip
        resumo = hashlib.sha256(":".join(map(str, partes)).encode()).hexdigest()
        return f"ciclo-de-compra:{resumo}"

    @cached_property
    def faixas(self) -> list[Any]:
        """Da largura pedida, ou da menor redonda que mostra quase todos sem virar pente."""
        quase_todos = self.distribuicao.dias_para(97) or 1
        largura = self.pedido["largura"] or largura_para(quase_todos, FAIXAS_NA_TELA)
        ate = min(quase_todos, largura * 60)
        return self.distribuicao.tabela(largura, ate)

    def regra(self) -> RegraEmVigor:
        """A do segmento escolhido, senão a geral."""
        hoje = hoje_da(self.empresa)
        if (pk := self.pedido["segmento"]) and pk != NENHUM:
            return regra_do_segmento(Segmento.objects.select_related("empresa").get(pk=pk), hoje)
        return regra_da_empresa(self.empresa, hoje)

    def elo(self, nome: str = "ciclo:pagina", **mudancas: str) -> str:
        """Esta mesma consulta com outro valor em um parâmetro."""
        consulta = self.url.copy()
        consulta["empresa"] = str(self.empresa.pk)
        for chave, valor in mudancas.items():
            consulta[chave] = valor
        return f"{reverse(nome)}?{consulta.urlencode()}"

    def elo_da_lista(self, **filtros: str | list[str]) -> str:
        """A lista dos clientes que um número conta."""
        consulta = QueryDict(mutable=True)
        consulta["empresa"] = str(self.empresa.pk)
        consulta.update({n: self.pedido[n] for n in ("segmento", "vendedor") if self.pedido[n]})
        for chave, valor in filtros.items():
            consulta.setlist(chave, [valor] if isinstance(valor, str) else valor)
        return f"{reverse('clientes:lista')}?{consulta.urlencode()}"


# ── A página ─────────────────────────────────────────────────────────────────


@exige(Permissao.VER_COMPOSICAO)
@com_empresa
def pagina(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """A página inteira ou, por htmx, só o miolo."""
    consulta = Consulta(request.user, empresa, request.GET)
    contexto: dict[str, Any] = {
        "consulta": consulta,
        "form": consulta.form,
        "empresa": empresa,
        "empresas": [
            (e, consulta.elo(empresa=str(e.pk), segmento="", vendedor="")) for e in empresas_de(request.user)
        ],
        "configura": pode(request.user, Permissao.CONFIGURAR_ATIVIDADE),
        "pode_exportar": pode(request.user, Permissao.EXPORTAR),
    }
    if empresa.referencia is not None:
        contexto |= _do_histograma(consulta) | _dos_ritmos(consulta) | _dos_segmentos(consulta)
    so_o_miolo = bool(request.htmx) and request.htmx.target == "ciclo"
    resposta = render(request, "ciclo/_miolo.html" if so_o_miolo else "ciclo/pagina.html", contexto)
    patch_vary_headers(resposta, ["HX-Request", "HX-Target"])
    return resposta


def _do_histograma(consulta: Consulta) -> dict[str, Any]:
    distribuicao, parte = consulta.distribuicao, consulta.pedido["parte"]
    regra = consulta.regra()
    return {
        "distribuicao": distribuicao,
        "unidades": "recompra,recompras" if consulta.por_compra else "cliente,clientes",
        "faixas": [(nome_da_faixa(f), f) for f in consulta.faixas],
        "so_faixas": consulta.faixas,
        "parte": parte,
        "dias_da_parte": distribuicao.dias_para(parte),
        "mediana": distribuicao.dias_para(50),
        "regra": regra,
        "limites": _limites(regra.regra),
        "desde": consulta.pedido["de"],
        "ate": consulta.intervalos.ate,
        "exportacoes": _exportacoes(consulta),
    }


def _limites(regra: Regra) -> list[tuple[str, int]]:
    """Onde a regra cai no eixo; por ciclo, cada cliente tem os seus e não há onde riscar."""
    if regra.ciclo:
        return []
    inativo = em_dias(regra.periodo)
    return [
        (NOMES[Status.QUASE_INATIVO].lower(), inativo - em_dias(regra.antecedencia)),
        (NOMES[Status.INATIVO].lower(), inativo),
    ]


def _exportacoes(consulta: Consulta) -> list[tuple[str, list[tuple[str, str]]]]:
    """Cada tabela nos dois formatos; as medianas só onde a página as usa."""
    tabelas = [("Faixas", "faixas"), ("Intervalos, um a um", "intervalos")]
    if not consulta.por_compra:
        tabelas.append(("Medianas, cliente a cliente", "medianas"))
    return [
        (
            rotulo,
            [(f.upper(), consulta.elo("ciclo:exportar", tabela=tabela, formato=f)) for f in ("csv", "xlsx")],
        )
        for rotulo, tabela in tabelas
    ]


def _dos_ritmos(consulta: Consulta) -> dict[str, Any]:
    classes = classes_de_ritmo(consulta.clientes)
    return {
        "classes": [
            (NOMES_DOS_RITMOS[c.ritmo], c, consulta.elo_da_lista(ritmo=c.ritmo or NENHUM)) for c in classes
        ],
        "elo_com_compra": consulta.elo_da_lista(status=[s.value for s in NA_CONTA]),
        "clientes_com_compra": sum(c.clientes for c in classes),
        "maior_classe": max((c.clientes for c in classes), default=0),
        "valor_das_classes": sum(c.valor for c in classes),
        "sem_ritmo": SEM_RITMO,
    }


def _dos_segmentos(consulta: Consulta) -> dict[str, Any]:
    """Um por linha, do mais povoado ao menos, com quem não tem segmento e o total no pé."""
    ciclos = ciclos_por_segmento(consulta.empresa, consulta.clientes)
    hoje = hoje_da(consulta.empresa)
    regras = {r.segmento.pk: r for r in regras_por_segmento(consulta.empresa, hoje)}
    geral = regra_da_empresa(consulta.empresa, hoje)
    linhas = [
        LinhaDeSegmento(
            regras[pk].segmento.nome if pk else "Sem segmento",
            ciclo,
            regras[pk].em_vigor if pk else geral,
            bool(pk and regras[pk].propria),
            consulta.elo_da_lista(segmento=str(pk or NENHUM)),
        )
        for pk, ciclo in ciclos.items()
    ]
    return {
        "segmentos": sorted(linhas, key=lambda linha: (-linha.ciclo.clientes, linha.nome)),
        "todos": ciclo_geral(consulta.clientes),
        "elo_de_todos": consulta.elo_da_lista(),
    }


# ── Planilhas ────────────────────────────────────────────────────────────────

_DE_QUEM = (Coluna("Código", largura=12), Coluna("Cliente", largura=36))
_COLUNAS: dict[str, Sequence[Coluna]] = {
    "faixas": (
        Coluna("De (dias)", "inteiro", 10),
        Coluna("Até (dias)", "inteiro", 10),
        Coluna("Quantidade", "inteiro", 12),
        Coluna("%", "decimal2", 10),
        Coluna("% acumulada", "decimal2", 12),
    ),
    "intervalos": (
        *_DE_QUEM,
        Coluna("Compra anterior", "data"),
        Coluna("Recompra", "data"),
        Coluna("Dias", "inteiro", 8),
    ),
    "medianas": (*_DE_QUEM, Coluna("Intervalos", "inteiro", 10), Coluna("Mediana (dias)", "decimal", 14)),
}


def _linhas(consulta: Consulta, tabela: str) -> Iterator[Sequence[Any]]:
    if tabela == "faixas":
        return (
            [f.de, f.ate, f.quantidade, round(f.porcento, 2), round(f.porcento_acumulado, 2)]
            for f in consulta.faixas
        )
    return consulta.intervalos.um_a_um() if tabela == "intervalos" else consulta.intervalos.medianas()


@exige(Permissao.EXPORTAR)
@com_empresa
def exportar(request: HttpRequest, *, empresa: Empresa) -> HttpResponseBase:
    """As faixas da tela, ou os intervalos crus que as dão: quem quiser refaz a conta."""
    formato, tabela = request.GET.get("formato", "csv"), request.GET.get("tabela", "faixas")
    if formato not in {"csv", "xlsx"} or tabela not in _COLUNAS or empresa.referencia is None:
        raise Http404
    consulta = Consulta(request.user, empresa, request.GET)
    registrar(
        "exportar ciclo de compra",
        por=request.user,
        objeto=f"{tabela} de {empresa} ({formato})",
        depois={k: str(v) for k, v in consulta.pedido.items() if v},
    )
    nome = f"ciclo-{tabela}-{empresa.codigo}-{empresa.referencia:%Y-%m-%d}"
    return responder_planilha(
        formato, nome, _COLUNAS[tabela], _linhas(consulta, tabela), aba=tabela.capitalize()
    )


urlpatterns = [path("", pagina, name="pagina"), path("exportar/", exportar, name="exportar")]
