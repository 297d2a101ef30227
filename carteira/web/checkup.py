"""Checkup: a saúde da carteira em uma página de achados, e a irmã que mostra quem ficou esquecido."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone

from carteira.ids import inteiro_entre
from carteira.ver_como import PERMITIDAS
from carteira.web import visitas
from carteira.web.acesso import exige
from carteira.web.recorte import chips_para, elo_da_lista, ler_recorte, parametros
from contas.models import Usuario
from contas.papeis import Permissao, pode
from relatorios.achados_do_checkup import Achado, achados, resumo
from relatorios.checkup import DIAS_ESQUECIDO, reunir
from relatorios.composicao import NA_CONTA, Recorte
from relatorios.esquecidos import por_vendedor, somar

# Por onde se recorta: o giro é de vendedores, e não se abre por UF nem segmento.
DO_CHECKUP = ("empresa", "equipe", "vendedor")
DIAS = (30, 60, 90, 180)
DIAS_PADRAO, MAIOR_PRAZO = DIAS_ESQUECIDO, 3650
# O lugar que um achado nomeia, a rota, e quem a abre.
LUGARES = {
    "mudancas": ("composicao:mudancas", Permissao.VER_COMPOSICAO),
    "declinio": ("declinio:pagina", Permissao.VER_COMPOSICAO),
    "positivacao": ("positivacao:pagina", Permissao.VER_CARTEIRAS),
    "rotinas": ("rotinas:lista", Permissao.VER_ROTINAS),
}


def recorte_do_checkup(request: HttpRequest) -> Recorte:
    lido = ler_recorte(request.GET)
    return Recorte(**{nome: getattr(lido, nome) for nome in DO_CHECKUP})


@exige(Permissao.VER_COMPOSICAO)
def pagina(request: HttpRequest) -> HttpResponse:
    recorte = recorte_do_checkup(request)
    numeros = reunir(request.user, recorte, timezone.localdate())
    feitos = achados(numeros)
    chips = [c for c in chips_para(request.user, recorte, request.GET) if c.nome in DO_CHECKUP]
    contexto = {
        "numeros": numeros,
        "achados": [(a, elo_do_achado(a, recorte, request.user)) for a in feitos],
        "resumo": resumo(feitos) if feitos else "",
        "referencia": max((e.referencia for e in numeros.empresas if e.referencia), default=None),
        "chips": chips,
        "filtrada": bool(parametros(recorte)),
        "sem_filtros": reverse("checkup:pagina"),
        "filtros": [(c.rotulo, c.valor) for c in chips if c.valor],
        "emitido_em": timezone.localtime(),
        "elo_levar": _levar(recorte),
    }
    return render(request, "checkup/pagina.html", contexto)


def _levar(recorte: Recorte) -> str:
    """O mesmo checkup como relatório: planilha, PDF e agendamento são da máquina comum."""
    consulta = urlencode(parametros(recorte), doseq=True)
    endereco = reverse("relatorios:pagina", args=["checkup"])
    return f"{endereco}?{consulta}" if consulta else endereco


def elo_do_achado(achado: Achado, recorte: Recorte, usuario: Usuario) -> str:
    """A lista por trás do número, com o recorte da página; vazio para quem não a abre."""
    if achado.lugar == "clientes":
        return elo_da_lista(recorte, **achado.parametros)
    if achado.lugar == "positivacao" and not pode(usuario, Permissao.VER_CARTEIRAS):
        return f"{reverse('painel:painel')}?{urlencode(achado.parametros)}"
    if achado.lugar not in LUGARES:
        return ""
    rota, permissao = LUGARES[achado.lugar]
    if not pode(usuario, permissao) or (usuario.olhado_por and rota not in PERMITIDAS):
        return ""
    consulta = urlencode(_do_recorte(achado.lugar, recorte) | achado.parametros, doseq=True)
    return f"{reverse(rota)}?{consulta}" if consulta else reverse(rota)


def _do_recorte(lugar: str, recorte: Recorte) -> dict[str, Any]:
    """A página do giro fala de um vendedor ou de uma equipe; com mais, mostra todos."""
    if lugar != "positivacao":
        return dict(parametros(recorte))
    um = [v for v in (("vendedor", recorte.vendedor), ("equipe", recorte.equipe)) if len(v[1]) == 1]
    return {um[0][0]: um[0][1][0]} if um else {}


# ── Esquecidos ───────────────────────────────────────────────────────────────


@exige(Permissao.VER_COMPOSICAO)
def esquecidos(request: HttpRequest) -> HttpResponse:
    """De cada vendedor, quantos estão há tantos dias sem contato; registrar um contato tira o cliente daqui."""
    recorte, dias = recorte_do_checkup(request), _dias(request.GET.get("dias", ""))
    chips = [c for c in chips_para(request.user, recorte, request.GET) if c.nome in DO_CHECKUP]
    grupos = por_vendedor(request.user, recorte, dias, timezone.localdate())
    contexto = {
        "dias": dias,
        "grupos": [(g, _elos(recorte, dias, vendedor=g.chave)) for g in grupos],
        "total": somar(grupos),
        "elos_do_total": _elos(recorte, dias),
        "elo_total": elo_dos_esquecidos(recorte, dias),
        "elo_levar": f"{reverse('relatorios:pagina', args=['esquecidos'])}?{_com_o_prazo(recorte, dias)}",
        "elo_lista": f"{reverse('listas:nova')}?{elo_dos_esquecidos(recorte, dias).split('?', 1)[1]}",
        "faz_lista": pode(request.user, Permissao.GERIR_LISTAS),
        "opcoes": [(n, _com_dias(request, n), n == dias) for n in sorted({*DIAS, dias})],
        "escondidos": [(k, v) for k, lista in request.GET.lists() if k != "dias" for v in lista],
        "chips": chips,
        "filtrada": bool(parametros(recorte)),
        "sem_filtros": f"{reverse('checkup:esquecidos')}?dias={dias}",
        "mostra_vendedor": "vendedor" in {c.nome for c in chips} or len(grupos) > 1,
    }
    return render(request, "checkup/esquecidos.html", contexto)


def _dias(texto: str) -> int:
    return inteiro_entre(texto, 1, MAIOR_PRAZO) or DIAS_PADRAO


def _com_dias(request: HttpRequest, dias: int) -> str:
    consulta = request.GET.copy()
    consulta["dias"] = str(dias)
    return f"?{consulta.urlencode()}"


def _com_o_prazo(recorte: Recorte, dias: int) -> str:
    return urlencode(parametros(recorte) | {"dias": dias}, doseq=True)


def _elos(recorte: Recorte, dias: int, **mais: str) -> dict[str, str]:
    """Os três números de uma linha: os que já compraram, os esquecidos e, deles, os nunca contatados."""
    nunca = f"esquecido.ha.{dias}~sem_contato.nunca"
    situacoes = [s.value for s in NA_CONTA]
    return {
        "clientes": elo_da_lista(recorte, status=situacoes, **mais),
        "quantos": elo_dos_esquecidos(recorte, dias, **mais),
        "nunca": elo_da_lista(recorte, status=situacoes, e=nunca, **mais),
    }


def elo_dos_esquecidos(recorte: Recorte, dias: int, **mais: str) -> str:
    situacoes = [s.value for s in NA_CONTA]
    return elo_da_lista(recorte, status=situacoes, e=f"esquecido.ha.{dias}", ordem="-valor", **mais)


urlpatterns = [
    path("", pagina, name="pagina"),
    path("esquecidos/", esquecidos, name="esquecidos"),
    *visitas.urlpatterns,
]
