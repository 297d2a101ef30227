"""Os painéis da ficha que se buscam à parte: cada um é um pedaço com htmx e uma página sem."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django_htmx.http import trigger_client_event

from atividade import produtos
from atividade.grupo import filiais_visiveis
from carteira.formatos import moeda_curta
from carteira.web.acesso import cliente_visivel, destino_seguro, exige
from carteira.web.contatos import formulario
from carteira.web.formularios_da_ficha import PitchForm
from clientes import pitch
from clientes.models import Cliente
from clientes.objecoes import objecoes_de
from clientes.pendencias import itens_pendentes, pendencias_de
from contas.papeis import Permissao, pode


def mostrar(request: HttpRequest, cliente: Cliente, nome: str, titulo: str, **contexto: Any) -> HttpResponse:
    """O painel sozinho na ficha, num diálogo sobre a lista, ou numa página com o caminho de volta."""
    painel = f"clientes/paineis/_{nome}.html"
    contexto |= {
        "cliente": cliente,
        "painel": painel,
        "titulo": titulo,
        "inteiro": not request.htmx,
        "pode_registrar": pode(request.user, Permissao.REGISTRAR_CONTATO),
    }
    return render(request, modelo_do_painel(request, painel), contexto)


def modelo_do_painel(request: HttpRequest, painel: str) -> str:
    """Quem o pede da lista o abre num diálogo."""
    if not request.htmx:
        return "clientes/paineis/pagina.html"
    return "clientes/paineis/_dialogo.html" if request.htmx.target == "dialogo" else painel


def gravado(
    request: HttpRequest, cliente: Cliente, texto: str, evento: str, ancora: str, *, desfazer: str = ""
) -> HttpResponse:
    """Fim de um gesto num painel: com htmx, o aviso (com volta) e o painel se refaz; sem, mensagem e a ficha."""
    if not request.htmx:
        messages.success(request, texto)
        ficha = reverse("clientes:ficha", args=[cliente.pk])
        return redirect(destino_seguro(request, f"{ficha}#{ancora}"))
    resposta = HttpResponse(status=204)
    aviso = {"texto": texto, **({"desfazer": desfazer} if desfazer else {})}
    trigger_client_event(resposta, "avisar", aviso)
    trigger_client_event(resposta, evento, {})
    return trigger_client_event(resposta, "fecharDialogo", {})


def referencia_de(cliente: Cliente) -> Any:
    """A data de que a ficha fala; antes da primeira rodada, hoje."""
    return cliente.empresa.referencia or timezone.localdate()


# ── Antes de falar: o pitch e as objeções ────────────────────────────────────


@exige(Permissao.VER_CLIENTES)
def antes_de_falar(request: HttpRequest, pk: int) -> HttpResponse:
    """A versão que vale, as anteriores e o que o cliente já disse para não comprar."""
    cliente = cliente_visivel(request, pk)
    versoes = list(pitch.versoes(pk))
    contexto = {
        "pitch": versoes[0] if versoes else None,
        "anteriores": versoes[1:],
        "objecoes": objecoes_de(pk),
    }
    return mostrar(request, cliente, "antes", "Antes de falar", **contexto)


@exige(Permissao.REGISTRAR_CONTATO)
def editar_pitch(request: HttpRequest, pk: int) -> HttpResponse:
    """Abre com a versão que vale; salvar faz outra, a não ser que nada tenha mudado."""
    cliente = cliente_visivel(request, pk)
    form = PitchForm(request.POST or None, atual=pitch.atual(pk))
    if request.method == "POST" and form.is_valid():
        try:
            _, nova = pitch.salvar(cliente=cliente, por=request.user, **form.cleaned_data)
        except pitch.PitchInvalido as erro:
            form.add_error(None, str(erro))
        else:
            texto = "Pitch salvo; a versão anterior fica guardada." if nova else "Nada mudou no pitch."
            return gravado(request, cliente, texto, "pitchMudou", "antes")
    return formulario(request, cliente, form, titulo="Pitch de venda", rotulo="Salvar versão")


# ── Pendências ───────────────────────────────────────────────────────────────


@exige(Permissao.VER_CLIENTES)
def pendencias(request: HttpRequest, pk: int) -> HttpResponse:
    cliente = cliente_visivel(request, pk)
    resumo = pendencias_de([pk], referencia_de(cliente))[pk]
    itens = itens_pendentes(pk, resumo.em)
    grupos = {tipo: [i for i in itens if i.tipo == tipo] for tipo in ("titulo", "orcamento", "atendimento")}
    return mostrar(
        request,
        cliente,
        "pendencias",
        "Pendências",
        pendencias=resumo,
        largura_do_uso=f"{min(Decimal(100), resumo.uso_do_limite or Decimal(0)):.0f}",
        titulos=grupos["titulo"],
        orcamentos=grupos["orcamento"],
        atendimentos=grupos["atendimento"],
        mais_titulos=resumo.vencidos + resumo.a_vencer - len(grupos["titulo"]),
        mais_orcamentos=resumo.orcamentos - len(grupos["orcamento"]),
        mais_atendimentos=resumo.atendimentos - len(grupos["atendimento"]),
    )


# ── Produtos ─────────────────────────────────────────────────────────────────


@exige(Permissao.VER_CLIENTES)
def produtos_do_cliente(request: HttpRequest, pk: int) -> HttpResponse:
    """Mais comprados, os que parou de comprar, e o que o segmento compra e ele nunca comprou."""
    cliente = cliente_visivel(request, pk)
    em = referencia_de(cliente)
    segmento = None
    if cliente.segmento_id is not None:
        segmento = produtos.do_segmento(
            cliente_id=pk, empresa_id=cliente.empresa_id, segmento_id=cliente.segmento_id, em=em
        )
    achados = produtos.produtos_de(pk, em)
    periodo = "sempre" if request.GET.get("periodo") == "sempre" else "12m"
    return mostrar(
        request,
        cliente,
        "produtos",
        "Produtos",
        produtos=achados,
        mais_comprados=_barras(achados, periodo),
        segmento=segmento,
        periodo=periodo,
        referencia=em,
        regra=produtos,
        pode_importar=pode(request.user, Permissao.IMPORTAR),
    )


def _barras(achados: produtos.Produtos, periodo: str) -> list[dict[str, Any]]:
    """As linhas do gráfico de barras: o produto e quanto vale no período."""
    valores = (
        [(p.nome, p.valor) for p in achados.sempre]
        if periodo == "sempre"
        else [(p.nome, p.valor_12m) for p in achados.em_12_meses]
    )
    return [{"rotulo": nome, "valor": valor, "texto": moeda_curta(valor)} for nome, valor in valores]


# ── Grupo econômico ──────────────────────────────────────────────────────────


@exige(Permissao.VER_CLIENTES)
def grupo(request: HttpRequest, pk: int) -> HttpResponse:
    """As outras filiais da mesma raiz de CNPJ que a pessoa pode ver; das demais nada se diz."""
    cliente = cliente_visivel(request, pk)
    filiais = filiais_visiveis(cliente, request.user)
    return mostrar(request, cliente, "grupo", "Grupo econômico", filiais=filiais)


urlpatterns = [
    path("<int:pk>/pitch/", antes_de_falar, name="pitch"),
    path("<int:pk>/pitch/editar/", editar_pitch, name="pitch_editar"),
    path("<int:pk>/pendencias/", pendencias, name="pendencias"),
    path("<int:pk>/produtos/", produtos_do_cliente, name="produtos"),
    path("<int:pk>/grupo/", grupo, name="grupo"),
]
