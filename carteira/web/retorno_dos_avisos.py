"""Retorno dos avisos: o que deu avisar. Alertados, contatados no prazo, compras, e o que ninguém tocou."""

from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from atividade.models import Indicadores
from carteira.web.acesso import exige
from carteira.web.nomes_em_planilha import exportacoes, levar_clientes
from carteira.web.relatorios_arquivos import como_levar
from contas.models import Equipe, Papel, Usuario
from contas.papeis import Permissao, pode
from notificacoes.retorno import (
    DIAS_DA_COMPRA,
    DIAS_DO_CONTATO,
    FAIXAS,
    MAIOR_PRAZO,
    Grupo,
    Linha,
    Medida,
    Prazo,
    Retorno,
    alertas_visiveis,
    clientes_da,
    do_periodo,
    intocados_por_faixa,
    linhas_de,
    nome_das_regras,
    retorno_por,
)
from notificacoes.situacao_da_equipe import Volumes, agendas_atrasadas_por, volumes_de
from relatorios.periodos import PERIODOS, ler_dia
from relatorios.planilhas import Coluna

NOME_DE_INICIO = "30-dias"
MAIOR_PERIODO = 366
POR_PAGINA = 50
GRUPOS = {Grupo.QUEM: "Pessoa", Grupo.EQUIPE: "Equipe", Grupo.REGRA: "Regra"}
NOMES_DAS_FAIXAS = {
    "0-2": "até 2 dias", "3-7": "3 a 7 dias", "8-14": "8 a 14 dias", "15-30": "15 a 30 dias", "31": "31 dias ou mais",
}  # fmt: skip
TITULOS = {
    Medida.ALERTADOS: "Alertados",
    Medida.CONTATADOS: "Contatados no prazo",
    Medida.SEM_CONTATO: "Sem contato no prazo",
    Medida.COMPRARAM: "Compraram depois do contato",
    Medida.COMPRARAM_SEM: "Compraram sem contato",
    Medida.INTOCADOS: "Alertas intocados",
}
_DO_RECORTE = ("vendedor", "equipe", "regra")


class Pedido:
    """O período, os prazos e o recorte: tudo na URL; o que não se entende é o padrão, e a tela o diz."""

    def __init__(self, usuario: Usuario, consulta: QueryDict) -> None:
        self.usuario, self.consulta = usuario, consulta
        self.hoje = timezone.localdate()

    @cached_property
    def dias(self) -> tuple[date, date] | None:
        """Os dois dias da URL, se fizerem um período."""
        de, ate = (ler_dia(self.consulta.get(nome, "")) for nome in ("de", "ate"))
        if de is None or ate is None or de > ate or (ate - de).days >= MAIOR_PERIODO:
            return None
        return de, ate

    @property
    def entendido(self) -> bool:
        pediu = bool(self.consulta.get("de") or self.consulta.get("ate"))
        return not pediu or self.dias is not None

    @cached_property
    def prazo(self) -> Prazo:
        nome = self.consulta.get("periodo", "")
        de, ate = self.dias or PERIODOS.get(nome, PERIODOS[NOME_DE_INICIO])[1](self.hoje)
        contato, compra = self._inteiro("contato", DIAS_DO_CONTATO), self._inteiro("compra", DIAS_DA_COMPRA)
        return Prazo(de, ate, self.hoje, contato, compra)

    def _inteiro(self, nome: str, padrao: int) -> int:
        texto = self.consulta.get(nome, "")
        valor = int(texto) if texto.isascii() and texto.isdigit() and len(texto) <= 4 else padrao
        return min(max(valor, 1), MAIOR_PRAZO)

    @property
    def grupo(self) -> Grupo:
        pedido = self.consulta.get("agrupar", "")
        if pedido in {g.value for g in Grupo}:
            return Grupo(pedido)
        return Grupo.REGRA if self.usuario.papel == Papel.VENDEDOR else Grupo.QUEM

    @cached_property
    def recorte(self) -> dict[str, str]:
        """Só um vendedor, uma equipe ou uma regra; número que não é número não é nada."""
        achados = {nome: self.consulta.get(nome, "") for nome in _DO_RECORTE}
        for nome in ("vendedor", "equipe"):
            valor = achados[nome]
            achados[nome] = valor if valor.isascii() and valor.isdigit() and len(valor) <= 15 else ""
        return {nome: valor[:40] for nome, valor in achados.items() if valor}

    @cached_property
    def alertas(self) -> Any:
        r = self.recorte
        return do_periodo(
            alertas_visiveis(self.usuario),
            self.prazo,
            quem=r.get("vendedor", ""),
            equipe=r.get("equipe", ""),
            regra=r.get("regra", ""),
        )

    def elo(self, rota: str = "retorno:pagina", sem: str = "", **mudancas: object) -> str:
        """O mesmo pedido com uma mudança; vazio tira."""
        p = self.prazo
        consulta: dict[str, object] = {"de": p.de, "ate": p.ate, "contato": p.contato, "compra": p.compra}
        consulta |= {"agrupar": self.grupo.value} | self.recorte | mudancas
        return f"{reverse(rota)}?{urlencode({k: v for k, v in consulta.items() if v != '' and k != sem})}"

    def nomes(self, grupo: Grupo, chaves: list[str]) -> dict[str, str]:
        if grupo is Grupo.REGRA:
            return nome_das_regras(chaves)
        modelo: Any = Usuario if grupo is Grupo.QUEM else Equipe
        pares = modelo.objects.filter(pk__in=[c for c in chaves if c]).values_list("pk", "nome")
        return {str(pk): nome for pk, nome in pares}

    @cached_property
    def linhas(self) -> list[Linha]:
        retornos = retorno_por(self.alertas, self.prazo, self.grupo)
        sem = "Sem equipe" if self.grupo is Grupo.EQUIPE else "Sem nome"
        return linhas_de(retornos, self.nomes(self.grupo, list(retornos)), sem)

    @cached_property
    def total(self) -> Retorno:
        """Cada cliente uma vez, ainda que esteja em mais de um grupo."""
        return retorno_por(self.alertas, self.prazo, None).get("", Retorno())

    @cached_property
    def volumes(self) -> Volumes:
        return volumes_de(self.usuario, self.prazo.de, self.prazo.ate)

    @cached_property
    def atrasos(self) -> list[Any]:
        return agendas_atrasadas_por(self.usuario, self.hoje)


@require_safe
@exige(Permissao.VER_COMPOSICAO)
def pagina(request: HttpRequest) -> HttpResponse:
    contexto = da_tela(Pedido(request.user, request.GET))
    return render(request, "avisos/retorno.html", contexto | como_levar(request, "retorno-dos-avisos"))


def da_tela(pedido: Pedido) -> dict[str, Any]:
    """Os números: os mesmos na tela e no papel."""
    faixas = intocados_por_faixa(pedido.alertas, pedido.prazo)
    return {
        "pedido": pedido,
        "prazo": pedido.prazo,
        "total": pedido.total,
        "elos": {m.value: _elo(pedido, m) for m in Medida},
        "linhas": [_da_tabela(pedido, linha) for linha in pedido.linhas],
        "nome_do_grupo": GRUPOS[pedido.grupo],
        "agrupamentos": [
            (nome, pedido.elo(agrupar=g.value), g is pedido.grupo) for g, nome in GRUPOS.items()
        ],
        "recortes": recortes(pedido),
        "faixas": _faixas(pedido, faixas),
        "intocados": sum(faixas.values()),
        "atrasos": [(a, _elo_da_agenda(pedido.usuario, a.pessoa)) for a in pedido.atrasos],
        "volumes": pedido.volumes,
        "pode_exportar": pode(pedido.usuario, Permissao.EXPORTAR),
        "maior_prazo": MAIOR_PRAZO,
    }


def _elo(pedido: Pedido, medida: Medida, **mais: object) -> str:
    return pedido.elo("retorno:clientes", medida=medida.value, **mais)


def _da_tabela(pedido: Pedido, linha: Linha) -> dict[str, Any]:
    """Cada número leva aos clientes dele; o nome, ao recorte. Um grupo sem chave não se recorta."""
    if not linha.chave:
        return {"nome": linha.nome, "r": linha.retorno}
    so_ele = {pedido.grupo.value: linha.chave}
    outro = Grupo.QUEM if pedido.grupo is Grupo.REGRA else Grupo.REGRA
    return {
        "nome": linha.nome,
        "r": linha.retorno,
        "url": pedido.elo(agrupar=outro.value, **so_ele),
        "elos": {m.value: _elo(pedido, m, **so_ele) for m in Medida},
    }


def recortes(pedido: Pedido) -> list[dict[str, str]]:
    """O que está ligado, com o nome e o elo que o desliga; o que a pessoa não vê aparece sem nome."""
    vistos = bool(pedido.recorte) and pedido.alertas.exists()
    ligados = []
    for nome, valor in pedido.recorte.items():
        grupo = Grupo(nome)
        nomes = pedido.nomes(grupo, [valor]) if vistos else {}
        ligados.append(
            {"rotulo": GRUPOS[grupo], "valor": nomes.get(valor, "escolhido"), "tirar": pedido.elo(sem=nome)}
        )
    return ligados


def _faixas(pedido: Pedido, faixas: dict[str, int]) -> list[dict[str, Any]]:
    maior = max(faixas.values(), default=0)
    return [
        {
            "nome": NOMES_DAS_FAIXAS[faixa],
            "quantos": n,
            "largura": n * 100 // maior if maior else 0,
            "url": _elo(pedido, Medida.INTOCADOS, faixa=faixa),
        }
        for faixa, n in faixas.items()
    ]


def _elo_da_agenda(usuario: Usuario, pessoa: int) -> str:
    if usuario.olhado_por or not pode(usuario, Permissao.REGISTRAR_CONTATO):
        return ""
    agenda = reverse("agenda:lista")
    return agenda if pessoa == usuario.pk else f"{agenda}?pessoa={pessoa}"


# ── Os clientes atrás de um número ───────────────────────────────────────────


@require_safe
@exige(Permissao.VER_COMPOSICAO)
def clientes(request: HttpRequest) -> HttpResponseBase:
    pedido = Pedido(request.user, request.GET)
    try:
        medida = Medida(request.GET.get("medida", Medida.ALERTADOS.value))
    except ValueError as erro:
        raise Http404 from erro
    faixa = request.GET.get("faixa", "")
    faixa = faixa if faixa in FAIXAS else ""
    ids = clientes_da(medida, pedido.alertas, pedido.prazo, faixa)
    visiveis = Indicadores.objects.visiveis_para(pedido.usuario).filter(pk__in=ids).select_related("cliente")
    visiveis = visiveis.order_by("-valor_12m", "pk")
    if request.GET.get("formato"):
        avisados = _avisos(pedido, ids)
        return levar_clientes(
            request,
            f"avisos-{medida.value}",
            TITULOS[medida],
            visiveis,
            a_mais=_DOS_AVISOS,
            do_cliente=avisados,
        )
    pagina = Paginator(visiveis, POR_PAGINA).get_page(request.GET.get("pagina"))
    avisos = _avisos(pedido, [ind.pk for ind in pagina])
    contexto = {
        "pedido": pedido,
        "prazo": pedido.prazo,
        "pagina": pagina,
        "linhas": [(ind, *avisos.get(ind.pk, (None, 0))) for ind in pagina],
        "titulo": TITULOS[medida],
        "faixa": NOMES_DAS_FAIXAS.get(faixa, ""),
        "recortes": recortes(pedido),
        "voltar": pedido.elo(),
        "exportacoes": exportacoes(request),
        "abas": [
            {"rotulo": nome, "url": _elo(pedido, m), "atual": m is medida, "quantidade": None}
            for m, nome in TITULOS.items()
        ],
    }
    return render(request, "avisos/retorno_clientes.html", contexto)


_DOS_AVISOS = (Coluna("Primeiro aviso", "data"), Coluna("Dias de aviso", "inteiro"))


def _avisos(pedido: Pedido, clientes: list[int]) -> dict[int, tuple[date, int]]:
    """O primeiro aviso de cada cliente no período, e quantos foram."""
    contas = pedido.alertas.filter(cliente__in=clientes).order_by().values("cliente")
    linhas = contas.annotate(primeiro=Min("dia"), vezes=Count("dia", distinct=True))
    return {linha["cliente"]: (linha["primeiro"], linha["vezes"]) for linha in linhas}


urlpatterns = [
    path("", pagina, name="pagina"),
    path("clientes/", clientes, name="clientes"),
]
