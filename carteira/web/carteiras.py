"""Carteiras: as da equipe lado a lado, de onde partem as trocas."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone

from atividade.carteiras import CURVAS, Totais, totais_por_dono
from atividade.models import Indicadores
from atividade.sugestoes_de_carteira import acima_da_media
from carteira.filters import NENHUM
from carteira.web import (
    carteiras_ferias,
    carteiras_historia,
    carteiras_regras,
    carteiras_sugestoes,
    carteiras_transferir,
)
from carteira.web.acesso import exige
from carteira.web.lugares_das_carteiras import abas
from clientes.models import OrigemDaTroca
from contas.coberturas import em_curso
from contas.equipes import vendedores_geridos
from contas.models import Equipe, MembroDeEquipe, Usuario
from contas.papeis import Permissao, pode


@dataclass
class CarteiraNaTela:
    """Uma linha: um vendedor, ou os clientes sem vendedor da equipe."""

    vendedor: Usuario | None
    totais: Totais
    url: str
    cobertura: Any = None
    acima: int | None = None  # % sobre (ou sob) a média da equipe
    cheia: bool = False

    @property
    def url_transferir(self) -> str:
        """A carteira inteira, com os encerrados: o recorte se faz na própria tela."""
        consulta = f"{urlsplit(self.url).query}&ocultos=on"
        campos = {"todos": 1, "consulta": consulta, "origem": OrigemDaTroca.PESSOA}
        return f"{reverse('carteiras:transferir')}?{urlencode(campos)}"

    @property
    def curvas(self) -> list[tuple[str, int, str]]:
        return [(c, self.totais.curvas[c], f"{self.url}&abc={c or NENHUM}") for c in CURVAS]


@dataclass
class EquipeNaTela:
    equipe: Equipe | None
    linhas: list[CarteiraNaTela] = field(default_factory=list)
    totais: Totais = field(default_factory=Totais)

    @property
    def com_vendedor(self) -> list[CarteiraNaTela]:
        return [linha for linha in self.linhas if linha.vendedor]

    @property
    def media(self) -> float:
        quantos = len(self.com_vendedor)
        return sum(linha.totais.clientes for linha in self.com_vendedor) / quantos if quantos else 0


@exige(Permissao.VER_CARTEIRAS)
def inicio(request: HttpRequest) -> HttpResponse:
    equipes = _equipes(request.user)
    contexto = {
        "abas": abas(request, "inicio"),
        "equipes": equipes,
        "pode_transferir": pode(request.user, Permissao.REATRIBUIR),
        "pode_gerir": pode(request.user, Permissao.GERIR_PESSOAS),
    }
    return render(request, "carteiras/inicio.html", contexto)


def _equipes(usuario: Usuario) -> list[EquipeNaTela]:
    """Cada equipe com os seus vendedores, do maior valor ao menor, e quem está sem dono no fim."""
    hoje = timezone.localdate()
    totais = totais_por_dono(Indicadores.objects.visiveis_para(usuario))
    membros = MembroDeEquipe.objects.filter(
        usuario__in=vendedores_geridos(usuario, hoje), periodo__contains=hoje
    )
    for par in membros.values_list("usuario", "equipe"):
        totais.setdefault(par, Totais())
    pessoas = Usuario.objects.in_bulk([v for v, _ in totais if v])
    coberturas = {c.ausente_id: c for c in em_curso(hoje)}
    nomes = Equipe.objects.in_bulk([e for _, e in totais if e])
    na_tela: dict[int | None, EquipeNaTela] = {}
    for (vendedor, equipe), soma in totais.items():
        grupo = na_tela.setdefault(equipe, EquipeNaTela(nomes.get(equipe or 0)))
        grupo.linhas.append(
            CarteiraNaTela(
                pessoas.get(vendedor or 0), soma, _na_lista(vendedor, equipe), coberturas.get(vendedor or 0)
            )
        )
        grupo.totais.juntar(soma)
    limite = acima_da_media(usuario)
    for grupo in na_tela.values():
        _comparar(grupo, limite)
    return sorted(na_tela.values(), key=lambda g: (g.equipe is None, g.equipe.nome if g.equipe else ""))


def _na_lista(vendedor: int | None, equipe: int | None) -> str:
    consulta = {"vendedor": vendedor or NENHUM, "equipe": equipe or NENHUM}
    return f"{reverse('clientes:lista')}?{urlencode(consulta)}"


def _comparar(grupo: EquipeNaTela, limite: int) -> None:
    grupo.linhas.sort(
        key=lambda x: (x.vendedor is None, -x.totais.valor, x.vendedor.nome_chave if x.vendedor else "")
    )
    if grupo.media and len(grupo.com_vendedor) > 1:
        for linha in grupo.com_vendedor:
            linha.acima = round((linha.totais.clientes / grupo.media - 1) * 100)
            linha.cheia = linha.acima > limite


urlpatterns = [
    path("", inicio, name="inicio"),
    *carteiras_transferir.urlpatterns,
    *carteiras_sugestoes.urlpatterns,
    *carteiras_regras.urlpatterns,
    *carteiras_ferias.urlpatterns,
    *carteiras_historia.urlpatterns,
]
