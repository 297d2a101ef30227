"""A ficha: o que houve com o cliente e o que dizer a ele."""

from typing import Any

from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse

from atividade.models import Indicadores
from atividade.rotulos import fixar
from carteira.colunas_planilha import avisos_da
from carteira.filters import FiltroDeClientes
from carteira.formatos import data, numero, plural
from carteira.lista_de_clientes import Linha, com_relacoes, ordem_pedida
from carteira.mapa import rotas_ate
from carteira.paginacao import vizinhos
from carteira.referencias import Referencias
from carteira.web.acesso import exige
from carteira.web.chances import chances_de
from carteira.web.explicacao import frase_da_ficha, frase_das_pendencias, regra_aplicada, ritmo_de, tom
from carteira.web.formulario_de_contato import ContatoForm
from clientes.cadastro import campos_editaveis
from clientes.canais import com_telefones
from clientes.compromissos import abertos
from clientes.higiene import conferencia_de
from clientes.models import Fusao
from clientes.pendencias import pendencias_de
from contas.escopo import Forma
from contas.models import Papel
from contas.papeis import Permissao, pode

_SO_DEPOIS = (
    " Chegou pedido mais novo que o último cálculo: ele está no histórico e entra nos números no próximo."
)


@exige(Permissao.VER_CLIENTES)
def ficha(request: HttpRequest, pk: int) -> HttpResponse:
    """A página inteira; com htmx, só a parte que se pediu."""
    referencias = Referencias.de(request.user)
    try:
        ind = indicadores_de(request, pk)
    except Http404:
        if ficou := _unido_a(request, pk):
            return redirect("clientes:ficha", ficou)
        raise
    linha = linha_de(ind, referencias)
    abertos = list(ind.cliente.abertos)
    if request.htmx and request.htmx.target == "agenda-do-cliente":
        return render(
            request, "clientes/_agenda_do_cliente.html", comum(request, linha) | {"abertos": abertos}
        )
    request.vista_da_ficha = (pk, request.user)  # type: ignore[attr-defined]
    fixar(ind.empresa)
    daqui = comum(request, linha)
    com_telefones([ind.cliente], daqui["form"].escolhas.pessoas.values() if daqui["form"] else None)
    ritmo = ritmo_de(ind, linha.referencia)
    pendencias = pendencias_de([pk], linha.hoje)[pk]
    contexto = daqui | {
        "abertos": abertos,
        "ritmo_do_grafico": ritmo,
        "frase": " ".join(filter(None, (frase_da_ficha(linha, ritmo), frase_das_pendencias(pendencias)))),
        "pendencias": pendencias,
        "tom": tom(linha),
        "regra": regra_aplicada(ind, ind.cliente.empresa),
        "chances": chances_de(ind, linha.referencia),
        "rotas": rotas_ate(ind.cliente.municipio) if ind.cliente.municipio else None,
        "avisos": avisos_da(linha),
        "ticket": ind.valor_total / ind.pedidos if ind.pedidos else None,
        "vezes": f"{numero(linha.vezes, 1)}× o ciclo próprio" if linha.vezes is not None else "",
        "texto_do_ciclo": f"mediana de {contagem(ind.dias_de_compra - 1, 'intervalo,intervalos')}",
        "texto_do_ticket": _dos_pedidos(ind),
        "devolvido": abs(ind.devolvido_12m),
        "calculado": f"Números de {data(linha.referencia)}.{_SO_DEPOIS if ritmo.ha_novas else ''}",
        "url_do_historico": _do_historico(request, pk),
        "conferencia": conferencia_de(ind.cliente, linha.hoje),
        "navegacao": _navegacao(request, pk, referencias),
    }
    return render(request, "clientes/ficha.html", contexto)


def _unido_a(request: HttpRequest, pk: int) -> int | None:
    """Quem ficou no lugar de um cliente unido a outro, se a pessoa o vê: o endereço antigo continua servindo."""
    unioes = Fusao.objects.visiveis_para(request.user).filter(absorvido_id=pk, desfeita_em__isnull=True)
    ficou: int | None = unioes.values_list("ficou_id", flat=True).first()
    return ficou


def _dos_pedidos(ind: Indicadores) -> str:
    if not ind.pedidos:
        return "sem pedidos"
    return f"{contagem(ind.pedidos, 'pedido,pedidos')}, o último em {data(ind.ultima_compra)}"


def contagem(n: int, formas: str) -> str:
    return f"{numero(n)} {plural(n, formas)}"


def indicadores_de(request: HttpRequest, pk: int) -> Indicadores:
    """O cliente com tudo o que a ficha diz dele; fora da carteira é como se não existisse."""
    qs = com_relacoes(Indicadores.objects.visiveis_para(request.user)).select_related(
        "limiar",
        "cliente__empresa__probabilidade__ajuste",
        "cliente__empresa__estado_do_recalculo",
        "cliente__empresa__parametros_da_carteira",
        "cliente__equipe",
        "cliente__municipio",
    )
    return get_object_or_404(
        qs.prefetch_related(
            Prefetch(
                "cliente__agendamentos",
                abertos().select_related("responsavel", "pitch__causa"),
                to_attr="abertos",
            )
        ),
        pk=pk,
    )


def linha_de(ind: Indicadores, referencias: Referencias) -> Linha:
    proxima = next(iter(ind.cliente.abertos), None)
    return Linha(ind, referencias.da_empresa(ind.empresa_id), referencias.hoje, [], proxima)


def comum(request: HttpRequest, linha: Linha) -> dict[str, Any]:
    """O que a ficha e os painéis dela sabem do cliente e do que a pessoa pode."""
    registra = pode(request.user, Permissao.REGISTRAR_CONTATO)
    return {
        "linha": linha,
        "ind": linha.ind,
        "cliente": linha.cliente,
        "referencia": linha.referencia,
        "pode_registrar": registra,
        "pode_editar": bool(campos_editaveis(request.user.papel)) and not request.user.olhado_por,
        "pode_encerrar": request.user.papel in {Papel.GESTOR, Papel.ADMIN},
        "pode_configurar": pode(request.user, Permissao.CONFIGURAR_ATIVIDADE),
        "pode_transferir": pode(request.user, Permissao.REATRIBUIR),
        "ve_credito": pode(request.user, Permissao.VER_CREDITO),
        "pode_tirar_folha": pode(request.user, Permissao.EXPORTAR),
        "form": ContatoForm(cliente=linha.cliente) if registra else None,
        "origem": "ficha",
        "estado": request.GET.get("lista", ""),
    }


def _do_historico(request: HttpRequest, pk: int) -> str:
    """Onde se busca o histórico, levando a lista de onde se veio."""
    sufixo = QueryDict(mutable=True)
    if "lista" in request.GET:
        sufixo["lista"] = request.GET["lista"]
    return f"{reverse('clientes:historico', args=[pk])}{f'?{sufixo.urlencode()}' if sufixo else ''}"


def _navegacao(request: HttpRequest, pk: int, referencias: Referencias) -> dict[str, Any] | None:
    """Anterior e próximo na lista de onde se veio; sem lista, sem setas."""
    if "lista" not in request.GET:
        return None
    estado = request.GET["lista"]
    consulta = QueryDict(estado)
    filtro = FiltroDeClientes(
        consulta, usuario=request.user, referencias=referencias, forma=Forma.SUBCONSULTA
    )
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


urlpatterns = [path("<int:pk>/", ficha, name="ficha")]
