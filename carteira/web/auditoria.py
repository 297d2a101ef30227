"""Auditoria: quem mudou o quê, e quando."""

import re
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.dateparse import parse_date

from carteira.formatos import plural
from carteira.web.acesso import exige
from contas.auditoria import visiveis_para
from contas.models import RegistroDeAuditoria, Usuario
from contas.papeis import Permissao

POR_PAGINA = 50
# Ações gravadas por nome técnico, como se leem; as demais já são frases.
NOMES = {
    "agenda.parametros": "mudar regras da agenda",
    "atividade.limiar": "mudar regra de atividade",
    "atividade.parametros": "mudar parâmetros de cálculo",
    "atividade.situacoes": "mudar o que conta como compra",
    "convite.mostrado": "mostrar convite sem servidor de e-mail",
    "devolucao.importar": "importar devoluções",
    "devolucao.liberar": "liberar endereço devolvido",
    "devolucao.registrar": "registrar devolução",
    "envio.limite": "mudar limite de envio",
    "importacao.gravar": "importar arquivo",
    "mensagem.reenviar": "reenviar mensagem",
    "notificacoes.servidor": "mudar servidor de e-mail",
    "rotina.horario": "mudar hora da rotina",
    "rotina.recalcular": "recalcular",
    "rotina.rodar": "rodar a rotina",
    "webhook.apagar": "apagar webhook",
    "webhook.criar": "criar webhook",
    "webhook.editar": "mudar webhook",
    "webhook.pausar": "pausar webhook",
    "webhook.repetir": "repetir entregas de webhook",
    "webhook.retomar": "retomar webhook",
    "webhook.segredo": "trocar segredo de webhook",
    "webhook.testar": "testar webhook",
}
_DATA = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_REGRA = re.compile(r"(\d+)([dm])/(\d+)([dm])")
_UNIDADES = {"d": "dia,dias", "m": "mês,meses"}


@exige(Permissao.VER_AUDITORIA)
def lista(request: HttpRequest) -> HttpResponse:
    visiveis = visiveis_para(request.user)
    registros = _filtrados(request, visiveis).select_related("por")
    pagina = Paginator(registros, POR_PAGINA).get_page(request.GET.get("pagina"))
    for registro in pagina:
        registro.mudancas, registro.nome = mudancas_ditas(registro), NOMES.get(registro.acao, registro.acao)
    acoes = visiveis.order_by("acao").values_list("acao", flat=True).distinct()
    autores = visiveis.filter(por__isnull=False).order_by().values("por")
    contexto = {
        "pagina": pagina,
        "acoes": sorted(((a, NOMES.get(a, a)) for a in acoes), key=lambda par: par[1]),
        "pessoas": Usuario.objects.filter(pk__in=autores),
        "filtros": {nome: request.GET.get(nome, "") for nome in ("q", "acao", "por", "de", "ate")},
    }
    modelo = "auditoria/_tabela.html" if request.htmx else "auditoria/lista.html"
    return render(request, modelo, contexto)


def _filtrados(request: HttpRequest, visiveis: Any) -> Any:
    pedido, registros = request.GET, visiveis.order_by("-em", "-id")
    if q := pedido.get("q", "").strip():
        registros = registros.filter(Q(objeto__icontains=q) | Q(acao__icontains=q))
    if acao := pedido.get("acao"):
        registros = registros.filter(acao=acao)
    if (por := pedido.get("por", "")) and por.isdecimal():
        registros = registros.filter(por=int(por))
    for campo, limite in (("de", "em__date__gte"), ("ate", "em__date__lte")):
        if dia := _dia(pedido.get(campo, "")):
            registros = registros.filter(**{limite: dia})
    return registros


def _dia(texto: str) -> Any:
    try:
        return parse_date(texto)
    except ValueError:
        return None


def mudancas_ditas(registro: RegistroDeAuditoria) -> list[dict[str, str]]:
    """Uma linha por campo tocado, do valor antigo ao novo."""
    antes, depois = registro.antes or {}, registro.depois or {}
    campos = list(dict.fromkeys([*antes, *depois]))
    return [
        {
            "campo": campo.replace("_", " "),
            "antes": _texto(antes.get(campo)),
            "depois": _texto(depois.get(campo)),
        }
        for campo in campos
    ]


def _texto(valor: object) -> str:
    """Sim, não, listas e pares como se leem."""
    if isinstance(valor, bool):
        return "sim" if valor else "não"
    if isinstance(valor, dict):
        return ", ".join(
            f"{chave}: {_texto(v)}" if v not in (None, "") else str(chave) for chave, v in valor.items()
        )
    if isinstance(valor, list):
        mostrados = ", ".join(str(v) for v in valor[:10])
        return f"{mostrados} e mais {len(valor) - 10}" if len(valor) > 10 else mostrados
    return "" if valor is None else _REGRA.sub(_regra, _DATA.sub(r"\3/\2/\1", str(valor)))


def _regra(achada: re.Match[str]) -> str:
    """150d/60d como se lê: inativo depois de 150 dias, aviso 60 antes."""
    periodo, aviso = (
        f"{n} {plural(int(n), _UNIDADES[u])}" for n, u in (achada.group(1, 2), achada.group(3, 4))
    )
    return f"inativo após {periodo}, aviso {aviso} antes"


urlpatterns = [path("", lista, name="lista")]
