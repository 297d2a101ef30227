"""Mudar o cliente: editar, adiar, encerrar, fora do perfil e trocar de vendedor, cada um com volta."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from atividade.carteiras import prever
from atividade.models import Indicadores
from atividade.repartir import Modo
from carteira.formatos import data
from carteira.web.acesso import cliente_visivel, destino_seguro, exige
from carteira.web.contatos import formulario
from carteira.web.formularios_de_cliente import AdiarForm, ClienteForm, EncerrarForm, TransferirForm
from carteira.web.uma_por_vez import uma_por_vez
from carteira.web.voltas import dizer
from clientes.cadastro import adiar, campos_editaveis, editar_cliente, encerrar, marcar_fora_do_perfil
from clientes.canais import escondidos_de
from clientes.carteiras import passar
from clientes.higiene import verificar_contatos
from clientes.models import Cliente, OrigemDaTroca
from contas.equipes import vendedores_geridos
from contas.models import DonoDaCarteira, Papel, Usuario
from contas.papeis import Permissao


def _so_quem_encerra(request: HttpRequest) -> None:
    if request.user.papel not in {Papel.GESTOR, Papel.ADMIN}:
        raise PermissionDenied


def _ficha(request: HttpRequest, pk: int) -> str:
    return destino_seguro(request, reverse("clientes:ficha", args=[pk]))


def _recarregar(request: HttpRequest, pk: int, texto: str, *, desfazer: str = "") -> HttpResponse:
    """Depois de mudar o cadastro a ficha inteira muda: volta-se a ela com a mensagem, e a volta quando há."""
    destino = _ficha(request, pk)
    dizer(request, texto, desfazer=desfazer)
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": destino})
    return redirect(destino)


@exige(Permissao.VER_CLIENTES)
@uma_por_vez(Cliente, sem_chave=True)
def editar(request: HttpRequest, pk: int) -> HttpResponse:
    """Cada papel muda o que lhe cabe; leitura não abre o formulário."""
    if not campos_editaveis(request.user.papel):
        raise PermissionDenied
    cliente = cliente_visivel(request, pk)
    escondidos = escondidos_de(request.user, cliente)
    form = ClienteForm(
        request.POST or None, instance=cliente, papel=request.user.papel, escondidos=escondidos
    )
    if request.method == "POST" and form.is_valid():
        mudados = editar_cliente(cliente=cliente, mudancas=form.mudancas(), por=request.user)
        return _recarregar(request, pk, "Cadastro salvo." if mudados else "Nada mudou.")
    atual = cliente_visivel(request, pk) if form.is_bound else cliente
    contexto = {"cliente": atual, "form": form, "voltar": _ficha(request, pk)}
    return render(request, "clientes/editar.html", contexto, status=422 if form.is_bound else 200)


@exige(Permissao.REGISTRAR_CONTATO)
def adiamento(request: HttpRequest, pk: int) -> HttpResponse:
    cliente = cliente_visivel(request, pk)
    form = AdiarForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        dados = form.cleaned_data
        adiar(
            cliente=cliente,
            ate=dados["ate"],
            motivo=dados["motivo"],
            por=request.user,
            hoje=timezone.localdate(),
        )
        return _recarregar(request, pk, f"Adiado até {data(dados['ate'])}; volta sozinho à fila.")
    return formulario(
        request, cliente, form, titulo="Adiar", rotulo="Adiar", texto="Sai da fila até o dia e volta sozinho."
    )


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def adiamento_desfazer(request: HttpRequest, pk: int) -> HttpResponse:
    cliente = cliente_visivel(request, pk)
    adiar(cliente=cliente, ate=None, motivo="", por=request.user, hoje=timezone.localdate())
    return _recarregar(request, pk, "De volta à fila.")


@exige(Permissao.REGISTRAR_CONTATO)
def encerramento(request: HttpRequest, pk: int) -> HttpResponse:
    _so_quem_encerra(request)
    cliente = cliente_visivel(request, pk)
    form = EncerrarForm(request.POST or None, cliente=cliente)
    if request.method == "POST" and form.is_valid():
        encerrar(cliente=cliente, em=timezone.localdate(), por=request.user, **form.cleaned_data)
        return _recarregar(request, pk, f"{cliente.nome} foi encerrado. Dá para reabrir na ficha.")
    texto = "Sai das listas e dos percentuais; os pedidos e a história ficam."
    return formulario(
        request, cliente, form, titulo="Encerrar cliente", rotulo="Encerrar", texto=texto, perigo=True
    )


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def encerramento_desfazer(request: HttpRequest, pk: int) -> HttpResponse:
    _so_quem_encerra(request)
    cliente = cliente_visivel(request, pk)
    encerrar(cliente=cliente, em=None, motivo="", por=request.user)
    return _recarregar(request, pk, f"{cliente.nome} foi reaberto.")


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def perfil(request: HttpRequest, pk: int) -> HttpResponse:
    """Liga ou desliga "fora do perfil"; o próprio botão desfaz."""
    _so_quem_encerra(request)
    cliente = cliente_visivel(request, pk)
    fora = request.POST.get("fora") == "sim"
    marcar_fora_do_perfil(cliente=cliente, fora=fora, por=request.user)
    return _recarregar(request, pk, "Marcado como fora do perfil." if fora else "De volta às listas.")


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def conferir_contatos(request: HttpRequest, pk: int) -> HttpResponse:
    """Um toque: o telefone e o e-mail ainda são estes, hoje."""
    cliente = cliente_visivel(request, pk)
    verificar_contatos(cliente=cliente, por=request.user, em=timezone.localdate())
    return _recarregar(request, pk, f"Contatos de {cliente.nome} conferidos hoje.")


def _novos_donos(usuario: Usuario, cliente: Cliente) -> Any:
    """O gestor passa clientes dentro das suas equipes; o administrador, a qualquer vendedor da empresa."""
    donos = vendedores_geridos(usuario, timezone.localdate()).filter(empresas=cliente.empresa_id)
    return donos.exclude(pk=cliente.vendedor_id) if cliente.vendedor_id else donos


@exige(Permissao.REATRIBUIR)
def transferencia(request: HttpRequest, pk: int) -> HttpResponse:
    """O formulário, a prévia do que ele faria (`previa`) e o envio; a prévia não grava nada."""
    cliente, hoje = cliente_visivel(request, pk), timezone.localdate()
    donos = _novos_donos(request.user, cliente)
    if request.method == "GET" and "para" in request.GET:
        escolhido = TransferirForm(request.GET, vendedores=donos)
        contexto = {"repasse": _repasse(request, cliente, escolhido), "cliente": cliente}
        return render(request, "carteiras/_repasse.html", contexto)
    so_ver = "previa" in request.POST
    form = TransferirForm(request.POST or None, vendedores=donos, initial={"em": hoje})
    if request.method == "POST" and not so_ver and form.is_valid():
        return _transferido(request, cliente, form)
    repasse = _repasse(request, cliente, form) if form.is_bound else None
    if so_ver:
        form.errors.pop("motivo", None)
    periodos = cliente.periodos.select_related("vendedor", "equipe", "por").order_by("-periodo")
    return formulario(
        request,
        cliente,
        form,
        titulo="Trocar de vendedor",
        rotulo="Transferir",
        texto=_ate_quando(cliente),
        ve_antes=True,
        repasse=repasse,
        url_ferias=_url_das_ferias(cliente),
        url_da_previa=f"{reverse('carteiras:transferir')}?cliente={pk}&origem=ficha",
        periodos=periodos,
    )


def _repasse(request: HttpRequest, cliente: Cliente, form: TransferirForm) -> dict[str, Any] | None:
    """O que a troca deste cliente faria; sem escolha que valha, nada."""
    form.is_valid()
    para, em = form.cleaned_data.get("para"), form.cleaned_data.get("em")
    if para is None or em is None:
        return None
    previa = prever(
        clientes=Cliente.objects.filter(pk=cliente.pk),
        para=[para],
        modo=Modo.EQUILIBRIO,
        em=em,
        por=request.user,
    )
    return {"previa": previa, "indicadores": Indicadores.objects.get(pk=cliente.pk), "em": em}


def _transferido(request: HttpRequest, cliente: Cliente, form: TransferirForm) -> HttpResponse:
    para = form.cleaned_data["para"]
    feita = passar(
        destinos={cliente.pk: para},
        em=form.cleaned_data["em"],
        por=request.user,
        motivo=form.cleaned_data["motivo"],
        origem=OrigemDaTroca.FICHA,
    )
    desfazer = reverse("carteiras:desfazer", args=[feita.pk]) if feita else ""
    return _recarregar(request, cliente.pk, f"{cliente.nome} agora é de {para}.", desfazer=desfazer)


def _url_das_ferias(cliente: Cliente) -> str:
    """Só por um tempo não é uma troca: é a carteira inteira do dono coberta, e ela volta sozinha."""
    return f"{reverse('carteiras:ferias_nova')}?ausente={cliente.vendedor_id}" if cliente.vendedor_id else ""


def _ate_quando(cliente: Cliente) -> str:
    """Onde quem diz o dono é o ERP, a troca dura até ele mudar de ideia."""
    do_erp = cliente.empresa.dono_da_carteira == DonoDaCarteira.ERP and "vendedor" in cliente.erp
    return "A troca vale até o ERP mandar outro vendedor para este cliente." if do_erp else ""


urlpatterns = [
    path("<int:pk>/editar/", editar, name="editar"),
    path("<int:pk>/adiar/", adiamento, name="adiar"),
    path("<int:pk>/adiar/desfazer/", adiamento_desfazer, name="adiar_desfazer"),
    path("<int:pk>/encerrar/", encerramento, name="encerrar"),
    path("<int:pk>/encerrar/desfazer/", encerramento_desfazer, name="encerrar_desfazer"),
    path("<int:pk>/fora-do-perfil/", perfil, name="fora_do_perfil"),
    path("<int:pk>/conferir-contatos/", conferir_contatos, name="conferir_contatos"),
    path("<int:pk>/transferir/", transferencia, name="transferir"),
]
