"""Quem entra na fila e quem fica de fora: as regras em palavras, quantos por regra e os nomes de cada uma."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from atividade.criterios_da_fila import criterios_da
from atividade.fila import fora_da_fila, quem_ficou_de_fora
from atividade.regras_da_fila import POR_CHAVE, REGRAS_DA_FILA, Criterios, RegraDaFila
from carteira.formatos import data
from carteira.referencias import Referencias
from carteira.web.acesso import exige
from carteira.web.limites import com_empresa
from contas.escopo import empresas_de
from contas.models import Empresa
from contas.papeis import Permissao, pode

NOMES_POR_PAGINA = 50


@dataclass(frozen=True)
class RegraNaTela:
    regra: RegraDaFila
    explicacao: str
    clientes: int


@require_safe
@exige(Permissao.REGISTRAR_CONTATO)
@com_empresa
def regras(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """A página que explica a fila, com as contagens da carteira de quem lê."""
    hoje = timezone.localdate()
    criterios = criterios_da(empresa)
    fora = fora_da_fila(pessoa=request.user, referencias={empresa.pk: empresa.referencia or hoje}, hoje=hoje)
    contexto = {
        "empresa": empresa,
        "empresas": list(empresas_de(request.user)),
        "criterios": criterios,
        "na_vez": fora.alem,
        "da_hora": _na_tela(criterios, _por_chave(fora.por_regra), na_hora=True),
        "das_outras": _na_tela(criterios, _por_chave(fora.por_regra), na_hora=False),
        "pode_ajustar": pode(request.user, Permissao.CONFIGURAR_ATIVIDADE),
    }
    return render(request, "fila/regras.html", contexto)


def _por_chave(contadas: list[tuple[RegraDaFila, int]]) -> dict[str, int]:
    return {regra.chave: n for regra, n in contadas}


def _na_tela(criterios: Criterios, contadas: dict[str, int], *, na_hora: bool) -> list[RegraNaTela]:
    return [
        RegraNaTela(regra, regra.explicacao(criterios), contadas.get(regra.chave, 0))
        for regra in REGRAS_DA_FILA
        if regra.na_hora is na_hora
    ]


@require_safe
@exige(Permissao.REGISTRAR_CONTATO)
def fora(request: HttpRequest) -> HttpResponse:
    """Os nomes que uma regra deixou de fora da fila de quem pergunta."""
    regra = POR_CHAVE.get(request.GET.get("motivo", ""))
    if regra is None:
        return redirect("fila:regras")
    referencias = Referencias.de(request.user)
    nomes = quem_ficou_de_fora(
        pessoa=request.user,
        referencias={pk: referencias.da_empresa(pk) for pk in referencias.empresas},
        hoje=referencias.hoje,
        regra=regra.chave,
    )
    pagina = Paginator(nomes.select_related("cliente", "vendedor"), NOMES_POR_PAGINA).get_page(
        request.GET.get("pagina")
    )
    contexto = {
        "regra": regra,
        "pagina": pagina,
        "linhas": [(ind, _detalhe(regra.chave, ind)) for ind in pagina],
        "mostra_vendedor": request.user.papel != "vendedor",
    }
    return render(request, "fila/fora.html", contexto)


def _detalhe(chave: str, ind: Any) -> str:
    """O que a regra viu neste cliente."""
    cliente, contato = ind.cliente, ind.ultimo_contato_em
    ditos = {
        "adiado": f"até {data(cliente.adiado_ate)}: {cliente.adiado_motivo}" if cliente.adiado_ate else "",
        "encerrado": cliente.encerrado_motivo,
        "longe": f"espera-se compra em {data(ind.proxima_compra_esperada)}"
        if ind.proxima_compra_esperada
        else "sem data esperada",
        "inativo": f"desde {data(ind.inativo_em)}" if ind.inativo_em else "",
        "descanso": f"conversa em {data(timezone.localdate(contato))}" if contato else "",
    }
    return ditos.get(chave, "")


urlpatterns = [
    path("regras/", regras, name="regras"),
    path("fora/", fora, name="fora"),
]
