"""Escrever ao cliente: e-mail pela caixa de saída e conversa no WhatsApp, a partir de uma mensagem pronta."""

import uuid
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import trigger_client_event

from atividade.models import Indicadores
from atividade.produtos import Produto
from carteira.lista_de_clientes import Linha, com_relacoes
from carteira.referencias import Referencias
from carteira.textos import mais_comprados, valores_de
from carteira.web.acesso import cliente_visivel, destino_seguro, exige
from carteira.web.formularios_de_mensagem import EmailForm, WhatsappForm
from carteira.web.whatsapp import endereco_da_conversa
from clientes.canais import CanalRecusado, Destino, destinos, exigir
from clientes.mensagens_prontas import modelos_de
from clientes.models import CanalDeContato, Cliente, ModeloDeMensagem, OrigemDoContato
from clientes.relacionamento import RelacionamentoInvalido, registrar_whatsapp
from clientes.variaveis import preencher
from contas.papeis import Permissao
from notificacoes import servidor
from notificacoes.ao_cliente import enviar
from notificacoes.models import Mensagem

MENSAGENS_NA_TELA = 10


class Carta:
    """O que o formulário precisa saber: para onde se pode mandar, com que modelo, e o texto dele preenchido."""

    def __init__(self, request: HttpRequest, cliente: Cliente, canal: str) -> None:
        self.request, self.cliente, self.canal = request, cliente, canal
        _exigir(canal, cliente)
        self.destinos = destinos(canal, cliente, cliente.pessoas.all())
        self.modelos = modelos_de(canal)
        dados = request.POST if request.method == "POST" else request.GET
        self.destino = self._escolhido(dados.get("para", ""))
        self.modelo = next((m for m in self.modelos if str(m.pk) == dados.get("modelo")), None)

    def _escolhido(self, chave: str) -> Destino | None:
        """O pedido, se existe; senão o primeiro que aceita. O que pediu para não receber se recusa aqui."""
        pedido = next((d for d in self.destinos if d.chave == chave), None)
        if pedido is not None and pedido.recusa:
            raise PermissionDenied(pedido.recusa)
        return pedido or next((d for d in self.destinos if not d.recusa), None)

    def textos(self, modelo: ModeloDeMensagem | None, destino: Destino | None) -> dict[str, str]:
        """Assunto e texto do modelo, com os dados deste cliente e de quem recebe."""
        if modelo is None:
            return {"assunto": "", "texto": ""}
        valores = valores_de(
            self._linha,
            self.request.user,
            pessoa=destino.pessoa if destino else None,
            produtos=self._produtos,
        )
        return {"assunto": preencher(modelo.assunto, valores), "texto": preencher(modelo.corpo, valores)}

    @cached_property
    def _linha(self) -> Linha:
        referencias = Referencias.de(self.request.user)
        ind = com_relacoes(Indicadores.objects.visiveis_para(self.request.user)).get(pk=self.cliente.pk)
        return Linha(ind, referencias.da_empresa(ind.empresa_id), referencias.hoje, [], None)

    @cached_property
    def _produtos(self) -> list[Produto]:
        return mais_comprados(self.cliente.pk, self._linha.referencia)

    def iniciais(self) -> dict[str, Any]:
        """Da primeira vez, o primeiro modelo da casa; depois, o que se escolheu."""
        if self.request.method == "GET" and self.modelo is None and self.modelos:
            self.modelo = self.modelos[0]
        return {
            "modelo": self.modelo.pk if self.modelo else "",
            "para": self.destino.chave if self.destino else "",
            "chave": self.request.POST.get("chave") or uuid.uuid4(),
            **(self._escrito() or self.textos(self.modelo, self.destino)),
        }

    def _escrito(self) -> dict[str, str] | None:
        """Quem só trocou o destino e já tinha mudado o texto fica com o que escreveu."""
        dados = self.request.POST
        if self.request.method == "GET" or dados.get("modelo") != dados.get("modelo_era"):
            return None
        era = next((d for d in self.destinos if d.chave == dados.get("para_era")), None)
        escrito = {campo: dados.get(campo, "").replace("\r\n", "\n") for campo in ("assunto", "texto")}
        return None if escrito == self.textos(self.modelo, era) else escrito


def _exigir(canal: str, cliente: Cliente) -> None:
    try:
        exigir(canal, cliente)
    except CanalRecusado as motivo:
        raise PermissionDenied(str(motivo)) from motivo


def _origem(request: HttpRequest) -> str:
    da_fila = (request.POST.get("origem") or request.GET.get("origem")) == OrigemDoContato.FILA
    return OrigemDoContato.FILA if da_fila else OrigemDoContato.TELA


def _preenchendo(request: HttpRequest) -> bool:
    return request.method == "GET" or "preencher" in request.POST


# ── E-mail ───────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
@exige(Permissao.REGISTRAR_CONTATO)
def email(request: HttpRequest, pk: int) -> HttpResponse:
    """A prévia já preenchida, que se edita e se manda; escolher outro modelo a preenche de novo."""
    cliente = cliente_visivel(request, pk)
    carta = Carta(request, cliente, CanalDeContato.EMAIL)
    if _preenchendo(request):
        return _formulario(request, carta, EmailForm(carta, initial=carta.iniciais()))
    form = EmailForm(carta, request.POST)
    if form.is_valid() and carta.destino is not None:
        try:
            return _enviado(request, carta, _enviar(request, carta, form))
        except RelacionamentoInvalido as erro:
            escrito = request.POST.copy()
            escrito["chave"] = str(uuid.uuid4())
            form = EmailForm(carta, escrito)
            form.is_valid()
            form.add_error(None, str(erro))
    return _formulario(request, carta, form)


def _enviar(request: HttpRequest, carta: Carta, form: EmailForm) -> Mensagem:
    assert carta.destino is not None
    return enviar(
        cliente=carta.cliente,
        para=carta.destino.valor,
        pessoa=carta.destino.pessoa,
        assunto=form.cleaned_data["assunto"],
        texto=form.cleaned_data["texto"],
        chave=form.cleaned_data["chave"],
        por=request.user,
        origem=_origem(request),
    )


def _enviado(request: HttpRequest, carta: Carta, mensagem: Mensagem) -> HttpResponse:
    texto = f"E-mail para {mensagem.para}: sai em instantes."
    if not servidor.configurado():
        texto = f"E-mail para {mensagem.para} guardado: sai quando um servidor de e-mail for configurado."
    if not request.htmx:
        messages.success(request, texto)
        return redirect(destino_seguro(request, reverse("clientes:ficha", args=[carta.cliente.pk])))
    desfazer = reverse("clientes:contato_desfazer", args=[carta.cliente.pk, mensagem.contato_id])
    resposta = HttpResponse(status=204)
    trigger_client_event(resposta, "avisar", {"texto": texto, "desfazer": desfazer})
    trigger_client_event(resposta, "contatoMudou", {})
    return trigger_client_event(resposta, "fecharDialogo", {})


def _formulario(request: HttpRequest, carta: Carta, form: Any) -> HttpResponse:
    """Diálogo com htmx, página sem; sem para onde mandar, diz onde pôr."""
    nome = "email" if carta.canal == CanalDeContato.EMAIL else "whatsapp"
    modelo = f"ao_cliente/{nome}_dialogo.html" if request.htmx else f"ao_cliente/{nome}.html"
    contexto = {
        "cliente": carta.cliente,
        "carta": carta,
        "form": form,
        "origem": _origem(request),
        "recusados": [d for d in carta.destinos if d.recusa],
    }
    return render(request, modelo, contexto, status=422 if form.is_bound else 200)


@require_GET
@exige(Permissao.VER_CLIENTES)
def mensagens_do_cliente(request: HttpRequest, pk: int) -> HttpResponse:
    """Os e-mails mandados a este cliente, com o estado de cada um."""
    cliente = cliente_visivel(request, pk)
    enviadas = Mensagem.objects.filter(contato__cliente=cliente).select_related("pessoa", "contato")
    contexto = {
        "cliente": cliente,
        "enviadas": enviadas.defer("html").order_by("-id")[:MENSAGENS_NA_TELA],
    }
    modelo = "ao_cliente/_enviadas.html" if request.htmx else "ao_cliente/enviadas.html"
    return render(request, modelo, contexto)


# ── WhatsApp ─────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
@exige(Permissao.REGISTRAR_CONTATO)
def whatsapp(request: HttpRequest, pk: int) -> HttpResponse:
    """Anota a tentativa e leva à conversa por uma página: a CSP não deixa um formulário sair da casa.

    Quem vem de um enlace chega por GET e ainda confirma: abri-lo não é tentar um contato.
    """
    cliente = cliente_visivel(request, pk)
    carta = Carta(request, cliente, CanalDeContato.WHATSAPP)
    if carta.destino is None:
        raise PermissionDenied("Nenhum telefone deste cliente abre uma conversa no WhatsApp.")
    if _preenchendo(request):
        return _formulario(request, carta, WhatsappForm(carta, initial=carta.iniciais()))
    dados: dict[str, Any] = {"texto": "", "chave": None}
    if "texto" in request.POST:  # os botões da lista e da ficha abrem a conversa em branco, sem formulário
        form = WhatsappForm(carta, request.POST)
        if not form.is_valid():
            return _formulario(request, carta, form)
        dados = form.cleaned_data
    _anotar(request, carta, carta.destino, dados)
    endereco = endereco_da_conversa(carta.destino.valor, dados["texto"])
    return render(request, "clientes/whatsapp.html", {"cliente": cliente, "endereco": endereco})


def _anotar(request: HttpRequest, carta: Carta, destino: Destino, dados: dict[str, Any]) -> None:
    def anotar(chave: uuid.UUID) -> None:
        registrar_whatsapp(
            cliente=carta.cliente,
            chave=chave,
            por=request.user,
            observacao=dados["texto"],
            pessoa=destino.pessoa.nome if destino.pessoa else "",
            origem=_origem(request),
        )

    try:
        anotar(dados["chave"] or uuid.uuid4())
    except RelacionamentoInvalido:  # a chave era de um registro desfeito: esta é outra tentativa
        anotar(uuid.uuid4())


urlpatterns = [
    path("<int:pk>/email/", email, name="email"),
    path("<int:pk>/mensagens/", mensagens_do_cliente, name="mensagens"),
    path("<int:pk>/whatsapp/", whatsapp, name="whatsapp"),
]
