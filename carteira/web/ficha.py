"""A ficha: o que houve com o cliente e o que dizer a ele."""

from typing import Any

from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse

from atividade.historico import CONTATO, PEDIDO, SITUACAO, TIPOS, historico, situacoes_de
from atividade.models import Indicadores
from atividade.rotulos import fixar
from carteira.filters import FiltroDeClientes
from carteira.formatos import data, numero, plural
from carteira.lista_de_clientes import Linha, com_relacoes, ordem_pedida
from carteira.paginacao import vizinhos
from carteira.referencias import Referencias
from carteira.web.acesso import cliente_visivel, exige
from carteira.web.chances import chances_de
from carteira.web.explicacao import frase_da_ficha, regra_aplicada, ritmo_de, tom
from carteira.web.exportar import avisos_da
from carteira.web.fatos import FatoNaTela
from carteira.web.formulario_de_contato import ContatoForm
from clientes.cadastro import campos_editaveis
from clientes.models import Agendamento
from contas.models import Papel
from contas.papeis import Permissao, pode

_ABAS = {
    "tudo": ("Tudo", TIPOS),
    "pedidos": ("Pedidos", (PEDIDO,)),
    "contatos": ("Contatos", (CONTATO,)),
    "situacao": ("Situação", (SITUACAO,)),
}

_SO_DEPOIS = (
    " Chegou pedido mais novo que o último cálculo: ele está no histórico e entra nos números no próximo."
)


@exige(Permissao.VER_CLIENTES)
def ficha(request: HttpRequest, pk: int) -> HttpResponse:
    """A página inteira; com htmx, só a parte que se pediu."""
    referencias = Referencias.de(request.user)
    ind = _indicadores(request, pk)
    abertos = list(ind.cliente.abertos)
    linha = Linha(
        ind, referencias.da_empresa(ind.empresa_id), referencias.hoje, [], next(iter(abertos), None)
    )
    if request.htmx and request.htmx.target == "agenda-do-cliente":
        return render(
            request, "clientes/_agenda_do_cliente.html", _comum(request, linha) | {"abertos": abertos}
        )
    fixar(ind.empresa)
    ritmo = ritmo_de(ind, linha.referencia)
    contexto = _comum(request, linha) | {
        "abertos": abertos,
        "ritmo_do_grafico": ritmo,
        "frase": frase_da_ficha(linha, ritmo),
        "tom": tom(linha),
        "regra": regra_aplicada(ind, ind.cliente.empresa),
        "chances": chances_de(ind, linha.referencia),
        "avisos": avisos_da(linha),
        "ticket": ind.valor_total / ind.pedidos if ind.pedidos else None,
        "vezes": f"{numero(linha.vezes, 1)}× o ciclo próprio" if linha.vezes is not None else "",
        "texto_do_ciclo": f"mediana de {contagem(ind.dias_de_compra - 1, 'intervalo,intervalos')}",
        "texto_do_ticket": f"último pedido em {data(ind.ultima_compra)}"
        if ind.ultima_compra
        else "sem pedidos",
        "texto_dos_pedidos": f"em {contagem(ind.dias_de_compra, 'dia de compra,dias de compra')}",
        "devolvido": abs(ind.devolvido_12m),
        "texto_do_devolvido": "" if ind.devolvido_12m else "nenhuma devolução",
        "calculado": f"Números de {data(linha.referencia)}.{_SO_DEPOIS if ritmo.ha_novas else ''}",
        "navegacao": _navegacao(request, pk, referencias),
        **contexto_do_historico(request, pk),
    }
    return render(request, "clientes/ficha.html", contexto)


def contagem(n: int, formas: str) -> str:
    return f"{numero(n)} {plural(n, formas)}"


def _indicadores(request: HttpRequest, pk: int) -> Indicadores:
    """O cliente com tudo o que a ficha diz dele; fora da carteira é como se não existisse."""
    abertos = Agendamento.objects.filter(concluido_em__isnull=True, cancelado_em__isnull=True)
    qs = com_relacoes(Indicadores.objects.visiveis_para(request.user)).select_related(
        "limiar",
        "cliente__empresa__probabilidade__ajuste",
        "cliente__empresa__estado_do_recalculo",
        "cliente__equipe",
    )
    return get_object_or_404(
        qs.prefetch_related(
            Prefetch("cliente__agendamentos", abertos.select_related("responsavel"), to_attr="abertos")
        ),
        pk=pk,
    )


def _comum(request: HttpRequest, linha: Linha) -> dict[str, Any]:
    registra = pode(request.user, Permissao.REGISTRAR_CONTATO)
    return {
        "linha": linha,
        "ind": linha.ind,
        "cliente": linha.cliente,
        "referencia": linha.referencia,
        "pode_registrar": registra,
        "pode_editar": bool(campos_editaveis(request.user.papel)),
        "pode_encerrar": request.user.papel in {Papel.GESTOR, Papel.ADMIN},
        "pode_configurar": pode(request.user, Permissao.CONFIGURAR_ATIVIDADE),
        "pode_transferir": pode(request.user, Permissao.REATRIBUIR),
        "form": ContatoForm(cliente=linha.cliente) if registra else None,
        "origem": "ficha",
        "estado": request.GET.get("lista", ""),
    }


def _navegacao(request: HttpRequest, pk: int, referencias: Referencias) -> dict[str, Any] | None:
    """Anterior e próximo na lista de onde se veio; sem lista, sem setas."""
    if "lista" not in request.GET:
        return None
    estado = request.GET["lista"]
    consulta = QueryDict(estado)
    filtro = FiltroDeClientes(consulta, usuario=request.user, referencias=referencias)
    ordem = ordem_pedida(consulta.get("ordem", ""), request.user, referencias)
    lugar = vizinhos(filtro.resultado(), ordem, pk)
    sufixo = QueryDict(mutable=True)
    sufixo["lista"] = estado

    def para(outro: int | None) -> str:
        return f"{reverse('clientes:ficha', args=[outro])}?{sufixo.urlencode()}" if outro else ""

    return {
        "lista": f"{reverse('clientes:lista')}?{estado}",
        "posicao": lugar.posicao if lugar else None,
        "anterior": para(lugar.anterior if lugar else None),
        "proximo": para(lugar.proximo if lugar else None),
    }


# ── Histórico ────────────────────────────────────────────────────────────────


@exige(Permissao.VER_CLIENTES)
def historico_do_cliente(request: HttpRequest, pk: int) -> HttpResponse:
    """O histórico filtrado ou a página seguinte dele; sem htmx, a ficha inteira nessa aba."""
    if not request.htmx:
        return ficha(request, pk)
    cliente = cliente_visivel(request, pk)
    contexto = {
        "cliente": cliente,
        "estado": request.GET.get("lista", ""),
        **contexto_do_historico(request, pk),
    }
    modelo = "clientes/_fatos.html" if request.htmx.target == "mais-fatos" else "clientes/_historico.html"
    return render(request, modelo, contexto)


def contexto_do_historico(request: HttpRequest, pk: int) -> dict[str, Any]:
    escolhida = request.GET.get("ver", "tudo")
    if escolhida not in _ABAS:
        raise Http404
    pagina = request.GET.get("pagina", "1")
    atual = int(pagina) if pagina.isascii() and pagina.isdigit() and len(pagina) < 6 else 1
    base = reverse("clientes:historico", args=[pk])
    achados = historico(cliente_id=pk, tipos=_ABAS[escolhida][1], pagina=atual)
    consulta = QueryDict(mutable=True)
    if "lista" in request.GET:
        consulta["lista"] = request.GET["lista"]

    def url(**mudancas: object) -> str:
        nova = consulta.copy()
        nova.update({k: str(v) for k, v in mudancas.items()})
        return f"{base}?{nova.urlencode()}"

    return {
        "fatos": [FatoNaTela(f, achados.limiares.get(f.dados.get("limiar"))) for f in achados.fatos],
        **(_das_situacoes(pk) if escolhida == "situacao" and atual == 1 else {}),
        "abas_do_historico": [
            {"rotulo": nome, "url": url(ver=chave), "atual": chave == escolhida}
            for chave, (nome, _) in _ABAS.items()
        ],
        "url_do_historico": url(ver=escolhida),
        "mais_fatos": url(ver=escolhida, pagina=atual + 1) if achados.tem_mais else "",
        "pagina_do_historico": atual,
    }


def _das_situacoes(pk: int) -> dict[str, Any]:
    """A faixa do tempo por cima da lista, e desde quando a história é escrita."""
    ind = Indicadores.objects.select_related("empresa").get(pk=pk)
    mudancas = situacoes_de(pk)
    return {
        "so_situacao": True,
        "mudancas_de_situacao": mudancas,
        "situacao_de_hoje": ind.status,
        "referencia_da_situacao": ind.empresa.referencia,
    }


urlpatterns = [
    path("<int:pk>/", ficha, name="ficha"),
    path("<int:pk>/historico/", historico_do_cliente, name="historico"),
]
