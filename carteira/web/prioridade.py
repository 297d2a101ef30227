"""A ordem da fila posta à prova: quanto ela acha do que se perdeu, ao lado das ordens de sempre."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from atividade.models import AvaliacaoDaPrioridade
from carteira.avaliacoes import andamento_de, pedir_avaliacao
from carteira.web.acesso import exige
from carteira.web.limites import com_empresa
from contas.escopo import empresas_de
from contas.models import Empresa
from contas.papeis import Permissao


@require_safe
@exige(Permissao.AVALIAR_PRIORIDADE)
@com_empresa
def pagina(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """A última prova; com htmx, só o andamento, até ela acabar."""
    contexto: dict[str, Any] = {
        "empresa": empresa,
        "empresas": list(empresas_de(request.user)),
        "andamento": andamento_de(empresa),
    }
    if request.htmx and request.htmx.target == "andamento":
        return render(request, "prioridade/_andamento.html", contexto | {"acompanhado": True})
    avaliacao = AvaliacaoDaPrioridade.objects.filter(empresa=empresa).first()
    if avaliacao is not None:
        contexto |= {"avaliacao": avaliacao, **_do_resultado(avaliacao.resultado)}
    return render(request, "prioridade/pagina.html", contexto)


def _do_resultado(resultado: dict[str, Any]) -> dict[str, Any]:
    return {
        "resultado": resultado,
        "dias": [date.fromisoformat(corte["dia"]) for corte in resultado["cortes"]],
        "altos": [
            alto | {"linhas": [_linha(linha) for linha in alto["linhas"]]} for alto in resultado["altos"]
        ],
        "modelos": sorted({corte["modelo"] for corte in resultado["cortes"] if corte["modelo"]}),
    }


def _linha(linha: dict[str, Any]) -> dict[str, Any]:
    """Em pontos percentuais, e se a diferença para a fila é mais que acaso."""
    pontos = {
        medida: {nome: 100 * valor for nome, valor in linha[medida].items()}
        for medida in ("precisao", "captura", "diferenca")
    }
    diferenca = linha["diferenca"]
    contra = "menos" if diferenca["ate"] < 0 else "mais" if diferenca["de"] > 0 else "igual"
    dita = f"{100 * diferenca['valor']:+.1f}".replace(".", ",").replace("-", "−")
    return {"chave": linha["chave"], "nome": linha["nome"], "contra": contra, "dita": dita, **pontos}


@require_POST
@exige(Permissao.AVALIAR_PRIORIDADE)
@com_empresa
def avaliar(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """Pede outra prova, em segundo plano."""
    if empresa.referencia is None or empresa.consulta_passada:
        messages.error(
            request,
            "Antes é preciso uma carteira calculada na data de hoje: importe pedidos ou rode a rotina.",
        )
    else:
        pedir_avaliacao(empresa=empresa, por=request.user)
        messages.success(request, f"Prova pedida às {timezone.localtime():%H:%M}.")
    return redirect(f"{reverse('prioridade:pagina')}?empresa={empresa.pk}")


urlpatterns = [path("", pagina, name="pagina"), path("avaliar/", avaliar, name="avaliar")]
