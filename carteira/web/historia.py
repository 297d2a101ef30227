"""O histórico da ficha: a linha do tempo inteira, por tipo, por texto e de vinte em vinte."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone

from atividade.historico import (
    ATENDIMENTO,
    CONTATO,
    NOTA,
    ORCAMENTO,
    PEDIDO,
    SITUACAO,
    TIPOS,
    TITULO,
    historico,
    situacoes_de,
)
from atividade.models import Indicadores
from carteira.web.acesso import cliente_visivel, exige
from carteira.web.fatos import FatoNaTela
from clientes.models import Cliente
from contas.papeis import Permissao

ABAS = {
    "tudo": ("Tudo", TIPOS),
    "pedidos": ("Pedidos", (PEDIDO,)),
    "contatos": ("Contatos", (CONTATO,)),
    "orcamentos": ("Orçamentos", (ORCAMENTO,)),
    "notas": ("Notas", (NOTA,)),
    "titulos": ("Títulos", (TITULO,)),
    "atendimentos": ("Atendimentos", (ATENDIMENTO,)),
    "situacao": ("Situação", (SITUACAO,)),
}
_SEMPRE = ("tudo", "pedidos", "contatos", "situacao")  # as outras só aparecem quando há o que mostrar
TAMANHO_DO_TEXTO = 80


@exige(Permissao.VER_CLIENTES)
def historico_do_cliente(request: HttpRequest, pk: int) -> HttpResponse:
    """O histórico filtrado ou a página seguinte dele; sem htmx, uma página só dele."""
    cliente = cliente_visivel(request, pk)
    contexto = {
        "cliente": cliente,
        "painel": "clientes/_historico.html",
        "titulo": cliente.nome,
        "estado": request.GET.get("lista", ""),
        **contexto_do_historico(request, cliente),
    }
    return render(request, _modelo(request), contexto)


def _modelo(request: HttpRequest) -> str:
    if not request.htmx:
        return "clientes/historico.html"
    partes = {
        "mais-fatos": "clientes/_fatos.html",
        "historico-miolo": "clientes/_historico_miolo.html",
        "dialogo": "clientes/paineis/_dialogo.html",
    }
    return partes.get(request.htmx.target or "", "clientes/_historico.html")


def contexto_do_historico(request: HttpRequest, cliente: Cliente) -> dict[str, Any]:
    escolhida = request.GET.get("ver", "tudo")
    if escolhida not in ABAS:
        raise Http404
    texto = request.GET.get("busca", "").replace("\x00", "")[:TAMANHO_DO_TEXTO].strip()
    atual = _pagina(request)
    referencia = cliente.empresa.referencia or timezone.localdate()
    achados = historico(
        cliente_id=cliente.pk, em=referencia, tipos=ABAS[escolhida][1], texto=texto, pagina=atual
    )
    url = _enderecos(request, cliente.pk, texto)
    mostra_faixa = escolhida == "situacao" and atual == 1 and not texto
    return {
        "fatos": [FatoNaTela(f, achados.limiares.get(f.dados.get("limiar"))) for f in achados.fatos],
        **(_das_situacoes(cliente) if mostra_faixa else {}),
        "abas_do_historico": _abas(escolhida, achados.por_tipo, url),
        "busca": texto,
        "ver": escolhida,
        "url_do_historico": url(ver=escolhida),
        "url_sem_busca": _enderecos(request, cliente.pk, "")(ver=escolhida),
        "mais_fatos": url(ver=escolhida, pagina=atual + 1) if achados.tem_mais else "",
        "pagina_do_historico": atual,
    }


def _pagina(request: HttpRequest) -> int:
    pagina = request.GET.get("pagina", "1")
    return int(pagina) if pagina.isascii() and pagina.isdigit() and len(pagina) < 6 else 1


def _enderecos(request: HttpRequest, pk: int, texto: str) -> Any:
    """Monta os endereços do histórico, que levam a lista de onde se veio e o que se procura."""
    base = reverse("clientes:historico", args=[pk])
    consulta = QueryDict(mutable=True)
    if "lista" in request.GET:
        consulta["lista"] = request.GET["lista"]
    if texto:
        consulta["busca"] = texto

    def url(**mudancas: object) -> str:
        nova = consulta.copy()
        nova.update({k: str(v) for k, v in mudancas.items()})
        return f"{base}?{nova.urlencode()}"

    return url


def _abas(escolhida: str, por_tipo: dict[str, int], url: Any) -> list[dict[str, Any]]:
    """Cada tipo com quantos fatos tem na história inteira (ou entre os achados da busca)."""
    quantos = {chave: sum(por_tipo.get(tipo, 0) for tipo in tipos) for chave, (_, tipos) in ABAS.items()}
    return [
        {
            "rotulo": nome,
            "quantidade": quantos[chave],
            "url": url(ver=chave),
            "atual": chave == escolhida,
        }
        for chave, (nome, _) in ABAS.items()
        if quantos[chave] or chave in _SEMPRE or chave == escolhida
    ]


def _das_situacoes(cliente: Cliente) -> dict[str, Any]:
    """A faixa do tempo por cima da lista, e desde quando a história é escrita."""
    return {
        "so_situacao": True,
        "mudancas_de_situacao": situacoes_de(cliente.pk),
        "situacao_de_hoje": Indicadores.objects.values_list("status", flat=True).get(pk=cliente.pk),
        "referencia_da_situacao": cliente.empresa.referencia,
    }


urlpatterns = [path("<int:pk>/historico/", historico_do_cliente, name="historico")]
