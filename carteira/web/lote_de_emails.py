"""O mesmo e-mail pronto a muitos clientes: cada um com os seus dados, o seu endereço e o direito de não receber."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST

from atividade.models import Indicadores
from carteira.formatos import numero, plural
from carteira.lista_de_clientes import Linha, com_relacoes
from carteira.referencias import Referencias
from carteira.textos import mais_comprados, valores_de
from carteira.web.acesso import destino_seguro, exige
from carteira.web.formularios_de_mensagem import ComVariaveis
from carteira.web.lote import contagem, fim, nada_marcado, selecao_de
from carteira.web.voltas import PrazoPassado, bilhete, do_bilhete, passou
from clientes.canais import Destino, destinos
from clientes.mensagens_prontas import modelos_de
from clientes.models import CanalDeContato, Contato
from clientes.relacionamento import RelacionamentoInvalido
from clientes.variaveis import VARIAVEIS, preencher
from contas.papeis import Permissao
from notificacoes import servidor
from notificacoes.ao_cliente import desfazer, enviar

# Um e-mail escrito a muitos de uma vez já é propaganda; e todos saem no mesmo pedido.
LIMITE = 100
NOMES_NA_TELA = 8


class EmailEmLoteForm(ComVariaveis):
    modelo = forms.ChoiceField(label="Mensagem pronta", required=False)
    assunto = forms.CharField(
        label="Assunto", max_length=150, error_messages={"required": "Escreva o assunto do e-mail."}
    )
    texto = forms.CharField(
        label="Texto",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 9}),
        error_messages={"required": "Escreva o texto do e-mail."},
    )
    chave = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, modelos: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["modelo"].choices = [("", "Em branco"), *((str(m.pk), m.nome) for m in modelos)]  # type: ignore[attr-defined]

    def clean_assunto(self) -> str:
        return self.conferido("assunto")

    def clean_texto(self) -> str:
        return self.conferido("texto")


@dataclass
class Destinatarios:
    """Quem recebe, com o endereço; e quem não, com o porquê."""

    quem: list[tuple[Linha, Destino]] = field(default_factory=list)
    recusados: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def quantos_recusados(self) -> int:
        return sum(len(clientes) for clientes in self.recusados.values())


def destinatarios(request: HttpRequest, clientes: Any) -> Destinatarios:
    """O primeiro endereço de cada um que aceita e-mail, na ordem da ficha: a pessoa principal antes."""
    referencias = Referencias.de(request.user)
    visiveis = com_relacoes(Indicadores.objects.visiveis_para(request.user), "cliente__empresa")
    achados = Destinatarios()
    for ind in (
        visiveis.filter(pk__in=clientes.values("pk")).prefetch_related("cliente__pessoas").order_by("pk")
    ):
        cliente = ind.cliente
        possiveis = destinos(CanalDeContato.EMAIL, cliente, cliente.pessoas.all())
        destino = next((d for d in possiveis if not d.recusa), None)
        if CanalDeContato.EMAIL in cliente.nao_contatar or (possiveis and destino is None):
            achados.recusados.setdefault("pediram para não receber e-mails", []).append(cliente)
        elif cliente.encerrado_em is not None:
            achados.recusados.setdefault("encerrados", []).append(cliente)
        elif destino is None:
            achados.recusados.setdefault("sem e-mail", []).append(cliente)
        else:
            linha = Linha(ind, referencias.da_empresa(ind.empresa_id), referencias.hoje, [], None)
            achados.quem.append((linha, destino))
    return achados


@require_http_methods(["GET", "POST"])
@exige(Permissao.REGISTRAR_CONTATO)
def email(request: HttpRequest) -> HttpResponse:
    """Escolher a mensagem, ver como chega ao primeiro e quem fica de fora; só então mandar."""
    selecao, clientes = selecao_de(request)
    total = clientes.count() if selecao else 0
    if not total:
        return nada_marcado(request)
    para = destinatarios(request, clientes) if total <= LIMITE else Destinatarios()
    modelos = modelos_de(CanalDeContato.EMAIL)
    mandar = request.method == "POST" and "texto" in request.POST and "preencher" not in request.POST
    if mandar:
        form = EmailEmLoteForm(request.POST, modelos=modelos)
        if form.is_valid() and para.quem:
            return _enviados(request, form, para)
    else:
        form = EmailEmLoteForm(modelos=modelos, initial=_iniciais(request, modelos))
    contexto = {
        "form": form,
        "total": total,
        "limite": LIMITE,
        "para": para,
        "exemplo": _exemplo(request, form, para),
        "variaveis": {nome: explicacao for nome, (explicacao, _) in VARIAVEIS.items()},
        "campos_da_selecao": selecao.campos(),
        "voltar": destino_seguro(request, ""),
        "nomes_na_tela": NOMES_NA_TELA,
    }
    modelo = "clientes/lote/email_dialogo.html" if request.htmx else "clientes/lote/email.html"
    return render(request, modelo, contexto, status=422 if form.is_bound else 200)


def _iniciais(request: HttpRequest, modelos: list[Any]) -> dict[str, Any]:
    """Da primeira vez, o primeiro modelo da casa; depois, o que se escolheu."""
    dados = request.POST if request.method == "POST" else request.GET
    pedido = dados.get("modelo")
    modelo = next((m for m in modelos if str(m.pk) == pedido), None)
    if pedido is None and modelos:
        modelo = modelos[0]
    return {
        "modelo": str(modelo.pk) if modelo else "",
        "assunto": modelo.assunto if modelo else "",
        "texto": modelo.corpo if modelo else "",
        "chave": dados.get("chave") or uuid.uuid4(),
    }


def _exemplo(request: HttpRequest, form: EmailEmLoteForm, para: Destinatarios) -> dict[str, Any] | None:
    """Como chega ao primeiro da lista."""
    if not para.quem:
        return None
    linha, destino = para.quem[0]
    return {
        "destino": destino,
        **_carta(request, linha, destino, form["assunto"].value(), form["texto"].value()),
    }


def _carta(request: HttpRequest, linha: Linha, destino: Destino, assunto: Any, texto: Any) -> dict[str, str]:
    assunto, texto = str(assunto or ""), str(texto or "")
    produtos = (
        mais_comprados(linha.cliente.pk, linha.referencia) if "{mais_comprado}" in assunto + texto else []
    )
    valores = valores_de(linha, request.user, pessoa=destino.pessoa, produtos=produtos)
    return {"assunto": preencher(assunto, valores), "texto": preencher(texto, valores)}


def _enviados(request: HttpRequest, form: EmailEmLoteForm, para: Destinatarios) -> HttpResponse:
    """Cada cliente tem a sua chave, tirada da do formulário: enviar duas vezes manda uma."""
    escrito = form.cleaned_data
    contatos, falhas = [], 0
    for linha, destino in para.quem:
        carta = _carta(request, linha, destino, escrito["assunto"], escrito["texto"])
        try:
            mensagem = enviar(
                cliente=linha.cliente,
                para=destino.valor,
                pessoa=destino.pessoa,
                chave=uuid.uuid5(escrito["chave"], str(linha.cliente.pk)),
                por=request.user,
                **carta,
            )
        except RelacionamentoInvalido:
            falhas += 1
        else:
            contatos.append(mensagem.contato_id)
    texto = f"E-mail para {contagem(len(contatos))}: sai em instantes."
    if not servidor.configurado():
        texto = f"E-mail para {contagem(len(contatos))} guardado: sai quando houver servidor de e-mail."
    if de_fora := para.quantos_recusados + falhas:
        texto = f"{texto} {numero(de_fora)} {plural(de_fora, 'ficou,ficaram')} de fora."
    desfazer_em = (
        f"{reverse('clientes:lote_email_desfazer')}?vale={bilhete(request, 'email', contatos)}"
        if contatos
        else ""
    )
    return fim(request, texto, desfazer=desfazer_em)


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def email_desfazer(request: HttpRequest) -> HttpResponse:
    """Os que ainda esperam na caixa não saem; os que já saíram, saíram."""
    try:
        ids = do_bilhete(request, "email", request.GET.get("vale", ""))
    except PrazoPassado:
        return passou(request, destino_seguro(request, reverse("clientes:lista")))
    desfeitos = 0
    for contato in Contato.objects.visiveis_para(request.user).filter(pk__in=ids).select_related("cliente"):
        try:
            desfeitos += desfazer(contato=contato, por=request.user)
        except RelacionamentoInvalido:
            continue
    saidos = len(ids) - desfeitos
    resto = f" {numero(saidos)} já {plural(saidos, 'tinha saído,tinham saído')}." if saidos else ""
    return fim(
        request, f"{numero(desfeitos)} {plural(desfeitos, 'e-mail desfeito,e-mails desfeitos')}.{resto}"
    )


urlpatterns = [
    path("lote/email/", email, name="lote_email"),
    path("lote/email/desfazer/", email_desfazer, name="lote_email_desfazer"),
]
