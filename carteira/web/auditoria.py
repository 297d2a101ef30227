"""Auditoria: quem mudou o quê, quando e de onde."""

import re
from datetime import date, datetime, time, timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlencode

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from carteira.formatos import numero, plural
from carteira.ids import id_de
from carteira.paginacao import Cursor, Ordem, paginar
from carteira.web.acesso import exige
from carteira.web.planilha import responder_planilha
from contas.auditoria import acoes_registradas, com_as_palavras, de_fora, registrar, visiveis_para
from contas.models import RegistroDeAuditoria, Usuario, Via
from contas.navegadores import reconhecer
from contas.papeis import Permissao
from relatorios.periodos import ler_dia
from relatorios.planilhas import Coluna

POR_PAGINA = 50
_ORDEM = Ordem("em", F("em"), decrescente=True, pode_faltar=False)
_FILTROS = ("q", "acao", "por", "via", "endereco", "alvo", "de", "ate")
COLUNAS = (
    Coluna("Quando", largura=20),
    Coluna("Quem", largura=24),
    Coluna("Ação", largura=28),
    Coluna("Objeto", largura=32),
    Coluna("Mudança", largura=60),
    Coluna("Via", largura=10),
    Coluna("Endereço"),
    Coluna("Navegador, comando ou tarefa", largura=40),
    Coluna("Pedido", largura=34),
)
# A página do objeto, pelo modelo que o registro cita; as outras não têm uma.
ELOS = {
    "cliente": "clientes:ficha",
    "fornecedor": "fornecedores:ficha",
    "usuario": "pessoas:editar",
    "listadetrabalho": "listas:abrir",
    "mensagem": "mensagens:detalhe",
    "regradeaviso": "avisos_regras:regra",
    "destinodewebhook": "webhooks:destino",
}
# Ações gravadas por nome técnico, como se leem; as demais já são frases.
NOMES = {
    "agenda.parametros": "mudar regras da agenda",
    "atividade.limiar": "mudar regra de atividade",
    "atividade.parametros": "mudar parâmetros de cálculo",
    "atividade.rotulos": "mudar nomes das situações",
    "atividade.rfv": "ajustar grupos do RFV",
    "atividade.situacoes": "mudar o que conta como compra",
    "auditoria.apagar": "apagar auditoria vencida",
    "auditoria.esquecer": "esquecer um titular na auditoria",
    "convite.mostrado": "mostrar convite sem servidor de e-mail",
    "devolucao.importar": "importar devoluções",
    "devolucao.liberar": "liberar endereço devolvido",
    "devolucao.registrar": "registrar devolução",
    "duplicados.procurar": "procurar duplicados",
    "envio.limite": "mudar limite de envio",
    "fila.criterios": "mudar regras da fila",
    "importacao.desfazer": "desfazer importação",
    "importacao.gravar": "importar arquivo",
    "mapeamento.apagar": "apagar mapeamento",
    "mapeamento.editar": "mudar mapeamento",
    "mapeamento.salvar": "salvar mapeamento",
    "mensagem.reenviar": "reenviar mensagem",
    "notificacoes.servidor": "mudar servidor de e-mail",
    "prioridade.avaliar": "provar a fila",
    "probabilidade.ajustar": "ajustar a probabilidade",
    "rotina.horario": "mudar hora da rotina",
    "rotina.recalcular": "recalcular",
    "rotina.repetir": "repetir rodada",
    "rotina.retratar": "refazer retratos",
    "rotina.rodar": "rodar a rotina",
    "token.criar": "criar token da API",
    "token.revogar": "revogar token da API",
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
    registros = _filtrados(request).select_related("por")
    pagina = paginar(registros, _ORDEM, Cursor.de_texto(request.GET.get("apos", ""), _ORDEM.nome), POR_PAGINA)
    for registro in pagina.linhas:
        _vestir(registro)
    filtros = {nome: request.GET.get(nome, "") for nome in _FILTROS}
    contexto = {
        "pagina": pagina,
        "linhas": pagina.linhas,
        "proxima": _url(request, apos=pagina.proxima) if pagina.proxima else "",
        "anterior": _url(request) if request.GET.get("apos") else "",
        "texto": f"{numero(pagina.desde)}–{numero(pagina.ate)}",
        "acoes": sorted(((a, NOMES.get(a, a)) for a in acoes_registradas()), key=lambda par: par[1]),
        "pessoas": Usuario.objects.exclude(pk__in=de_fora(request.user))
        .exclude(email=None)
        .order_by("nome_chave"),
        "vias": Via.choices,
        "filtros": filtros,
        "consulta": urlencode({k: v for k, v in filtros.items() if v}),
    }
    modelo = "auditoria/_tabela.html" if request.htmx else "auditoria/lista.html"
    return render(request, modelo, contexto)


@require_GET
@exige(Permissao.VER_AUDITORIA)
def exportar(request: HttpRequest) -> HttpResponseBase:
    """Tudo o que os filtros mostram; também isto fica na auditoria."""
    registros = _filtrados(request)
    formato = "xlsx" if request.GET.get("formato") == "xlsx" else "csv"
    filtros = {n: request.GET[n] for n in _FILTROS if request.GET.get(n)}
    registrar("exportar auditoria", por=request.user, objeto=formato.upper(), depois={"filtros": filtros})
    # Quem pediu não vê entrar na planilha a linha que ela mesma escreveu.
    ultimas = registros.filter(em__lte=timezone.now()).select_related("por").order_by("-em", "id")
    linhas = (_em_linha(r) for r in ultimas.iterator(chunk_size=2000))
    return responder_planilha(
        formato, f"auditoria-{timezone.localdate():%Y-%m-%d}", COLUNAS, linhas, "Auditoria"
    )


def _em_linha(registro: RegistroDeAuditoria) -> list[Any]:
    mudancas = [f"{m['campo']}: {m['antes']} → {m['depois']}" for m in mudancas_ditas(registro)]
    return [
        timezone.localtime(registro.em).strftime("%d/%m/%Y %H:%M:%S"),
        quem_fez(registro),
        NOMES.get(registro.acao, registro.acao),
        registro.objeto,
        "\n".join(mudancas),
        registro.get_via_display(),
        registro.endereco or "",
        registro.meio,
        registro.pedido,
    ]


def _vestir(registro: Any) -> None:
    """O que a linha mostra além das colunas: nome da ação, mudanças, de onde e o elo do objeto."""
    registro.mudancas = mudancas_ditas(registro)
    registro.nome, registro.autor = NOMES.get(registro.acao, registro.acao), quem_fez(registro)
    registro.aparelho = (
        " em ".join(reconhecer(registro.meio)) if registro.via == Via.PAGINA else registro.meio
    )
    modelo, _, pk = registro.alvo.partition(":")
    if modelo in ELOS and pk.isdecimal():
        registro.elo = reverse(ELOS[modelo], args=[int(pk)])


def quem_fez(registro: RegistroDeAuditoria) -> str:
    """O nome gravado na linha; o que é de antes de o gravarmos, pelo cadastro de quem fez."""
    if registro.quem or registro.por_id is None:
        return registro.quem
    try:
        return registro.por.nome if registro.por else ""
    except Usuario.DoesNotExist:
        return ""


def _filtrados(request: HttpRequest) -> Any:
    pedido, registros = request.GET, visiveis_para(request.user)
    registros = com_as_palavras(registros, pedido.get("q", "")[:100])
    if acao := pedido.get("acao"):
        registros = registros.filter(acao=acao)
    if (por := id_de(pedido.get("por", ""))) is not None:
        registros = registros.filter(por=por)
    if pedido.get("via") in Via.values:
        registros = registros.filter(via=pedido["via"])
    if endereco := pedido.get("endereco", "").strip():
        registros = registros.filter(endereco=endereco) if _e_endereco(endereco) else registros.none()
    if alvo := pedido.get("alvo"):
        registros = registros.filter(alvo=alvo)
    if de := ler_dia(pedido.get("de", "")):
        registros = registros.filter(em__gte=_meia_noite(de))
    if ate := ler_dia(pedido.get("ate", "")):
        registros = registros.filter(em__lt=_meia_noite(ate + timedelta(days=1)))
    return registros


def _e_endereco(texto: str) -> bool:
    try:
        ip_address(texto)
    except ValueError:
        return False
    return True


def _meia_noite(dia: date) -> datetime:
    """Como valor, e não como função da coluna: o período anda pelo índice."""
    return timezone.make_aware(datetime.combine(dia, time.min))


def _url(request: HttpRequest, **mais: str) -> str:
    return "?" + urlencode({k: v for k, v in request.GET.items() if k in _FILTROS and v} | mais)


# Os campos se gravam sem acento; quem audita os lê com ele.
_ACENTOS = {
    "antecedencia": "antecedência", "codigo": "código", "credito": "crédito", "diaria": "diária",
    "email": "e-mail", "emails": "e-mails", "endereco": "endereço", "maximo": "máximo", "minimo": "mínimo",
    "municipio": "município", "periodo": "período", "razao": "razão", "situacao": "situação",
}  # fmt: skip


def mudancas_ditas(registro: RegistroDeAuditoria) -> list[dict[str, str]]:
    """Uma linha por campo tocado, do valor antigo ao novo."""
    antes, depois = registro.antes or {}, registro.depois or {}
    campos = list(dict.fromkeys([*antes, *depois]))
    return [
        {
            "campo": " ".join(_ACENTOS.get(palavra, palavra) for palavra in campo.split("_")),
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


urlpatterns = [path("", lista, name="lista"), path("exportar/", exportar, name="exportar")]
