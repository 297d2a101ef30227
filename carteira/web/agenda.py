"""A agenda: dia, semana e lista, com o atrasado sempre no alto. A URL é o estado."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.dateparse import parse_date

from carteira.referencias import Referencias
from carteira.web import agendar, calendario, gestos_da_agenda, parametros_da_agenda
from carteira.web.acesso import exige
from carteira.web.compromissos import Compromisso
from clientes.canais import com_telefones
from clientes.compromissos import PAROU, abertos, agenda_de, agendas_que_abre
from clientes.dias_uteis import porque_nao_e_util
from clientes.models import Agendamento
from contas.models import Usuario
from contas.papeis import Permissao, pode

DIA, SEMANA, LISTA = "dia", "semana", "lista"
VISTAS = {DIA: "Dia", SEMANA: "Semana", LISTA: "Lista"}
TODOS = "todos"
POR_PAGINA = 100
NO_ALTO = 8  # quantos atrasados acompanham o dia e a semana; a lista mostra todos


@dataclass(frozen=True)
class Pedido:
    """O que a URL pede: que vista, em volta de que dia, e de quem."""

    ver: str
    dia: date
    hoje: date
    pessoa: str = ""  # vazio é quem olha; um número, outra pessoa; ou todos

    def url(self, **mudancas: Any) -> str:
        novo = replace(self, **mudancas)
        partes: dict[str, str] = {"ver": novo.ver} if novo.ver != LISTA else {}
        if novo.ver != LISTA and novo.dia != novo.hoje:
            partes["dia"] = novo.dia.isoformat()
        if novo.pessoa:
            partes["pessoa"] = novo.pessoa
        return f"{reverse('agenda:lista')}{'?' if partes else ''}{urlencode(partes)}"

    @property
    def dias(self) -> list[date]:
        """O dia, ou de segunda a domingo da semana dele."""
        if self.ver == DIA:
            return [self.dia]
        segunda = self.dia - timedelta(days=self.dia.weekday())
        return [segunda + timedelta(days=n) for n in range(7)]

    @property
    def em_colunas(self) -> bool:
        """Na semana cada dia é uma coluna, onde só cabe o essencial."""
        return self.ver == SEMANA

    @property
    def periodo(self) -> str:
        """23 a 29 de novembro; 30 de novembro a 6 de dezembro; o dia sozinho já se diz no quadro."""
        if self.ver != SEMANA:
            return ""
        de, ate = self.dias[0], self.dias[-1]
        por_extenso = r"j \d\e F"
        comeco = "j" if de.month == ate.month else por_extenso
        return f"{date_format(de, comeco)} a {date_format(ate, por_extenso)}".lower()

    @property
    def passo(self) -> timedelta:
        return timedelta(days=1 if self.ver == DIA else 7)


def _pedido(request: HttpRequest) -> Pedido:
    ver = request.GET.get("ver", LISTA)
    if ver not in VISTAS:
        raise Http404
    hoje = timezone.localdate()
    try:
        dia = parse_date(request.GET.get("dia", "")) or hoje
    except ValueError:
        dia = hoje
    if not date(2000, 1, 8) < dia < date(2100, 1, 1):  # a semana de um dia longe demais não existe
        dia = hoje
    return Pedido(ver, dia, hoje, request.GET.get("pessoa", ""))


@exige(Permissao.REGISTRAR_CONTATO)
def lista(request: HttpRequest) -> HttpResponse:
    """A página inteira ou, com htmx, só o quadro; cada um vê a sua e, se gere ou cobre, a de outros."""
    pedido = _pedido(request)
    pessoas = list(agendas_que_abre(request.user))
    referencias = Referencias.de(request.user)
    deles = _de_quem(request.user, pessoas, pedido)
    montar = _lista if pedido.ver == LISTA else _dias
    contexto = {
        "pedido": pedido,
        "hoje": pedido.hoje,
        "vistas": [(chave, nome, pedido.url(ver=chave)) for chave, nome in VISTAS.items()],
        "pessoas": _escolhas(request.user, pessoas, pedido),
        "navegacao": _navegacao(pedido),
        "de_outros": bool(pedido.pessoa),
        "pode_registrar": True,
        "pode_configurar": pode(request.user, Permissao.CONFIGURAR_ATIVIDADE),
        **montar(request, pedido, deles, referencias),
    }
    so_o_quadro = request.htmx and request.htmx.target == "agenda"
    return render(request, "agenda/_quadro.html" if so_o_quadro else "agenda/pagina.html", contexto)


def _de_quem(usuario: Usuario, pessoas: list[Usuario], pedido: Pedido) -> QuerySet[Agendamento]:
    """Os compromissos em aberto de quem a URL diz, nunca de clientes que quem olha não vê."""
    if pedido.pessoa == TODOS and pessoas:
        return abertos().visiveis_para(usuario)
    escolhida = next((p for p in [usuario, *pessoas] if str(p.pk) == pedido.pessoa), None)
    if pedido.pessoa and escolhida is None:
        raise Http404
    dela: Any = agenda_de(escolhida or usuario)
    return dela.visiveis_para(usuario)


def _escolhas(usuario: Usuario, pessoas: list[Usuario], pedido: Pedido) -> list[dict[str, Any]]:
    if not pessoas:
        return []
    opcoes = [("", "Minha agenda"), (TODOS, "Todos juntos"), *((str(p.pk), p.nome) for p in pessoas)]
    atual = "" if pedido.pessoa == str(usuario.pk) else pedido.pessoa
    return [
        {"nome": nome, "url": pedido.url(pessoa=chave), "atual": chave == atual} for chave, nome in opcoes
    ]


def _navegacao(pedido: Pedido) -> dict[str, str] | None:
    if pedido.ver == LISTA:
        return None
    return {
        "anterior": pedido.url(dia=pedido.dia - pedido.passo),
        "hoje": pedido.url(dia=pedido.hoje),
        "proximo": pedido.url(dia=pedido.dia + pedido.passo),
    }


# ── O que cada vista mostra ──────────────────────────────────────────────────


def _no_alto(hoje: date) -> Q:
    """O atrasado e o que parou de ser tentado: ficam em cima até que alguém resolva."""
    return Q(em__lt=hoje) | PAROU


def _completos(deles: QuerySet[Agendamento]) -> QuerySet[Agendamento]:
    return deles.select_related("cliente__indicadores", "cliente__empresa", "responsavel")


def _ordenados(deles: QuerySet[Agendamento], hoje: date) -> QuerySet[Agendamento]:
    """O que espera decisão, o atrasado, e o resto pela data e pela hora."""
    espera = Case(When(PAROU, then=Value(0)), default=Value(1), output_field=IntegerField())
    return _completos(deles).order_by(espera, "em", F("hora").asc(nulls_last=True), "id")


def _lista(
    request: HttpRequest, pedido: Pedido, deles: QuerySet[Agendamento], referencias: Referencias
) -> dict[str, Any]:
    pagina = Paginator(_ordenados(deles, pedido.hoje), POR_PAGINA).get_page(request.GET.get("pagina"))
    com_telefones(a.cliente for a in pagina)
    itens = [Compromisso(a, referencias) for a in pagina]
    return {"grupos": _grupos(itens, pedido.hoje), "pagina": pagina, "total": pagina.paginator.count}


def _grupos(itens: list[Compromisso], hoje: date) -> list[dict[str, Any]]:
    semana = hoje + timedelta(days=7)
    andando = [c for c in itens if not c.parado]
    grupos = [
        {"titulo": "À espera de decisão", "tom": "decidir", "itens": [c for c in itens if c.parado]},
        {"titulo": "Atrasados", "tom": "alerta", "itens": [c for c in andando if c.em < hoje]},
        {"titulo": "Hoje", "com_data": False, "itens": [c for c in andando if c.em == hoje]},
        {"titulo": "Próximos 7 dias", "itens": [c for c in andando if hoje < c.em <= semana]},
        {"titulo": "Mais adiante", "itens": [c for c in andando if c.em > semana]},
    ]
    return [{"com_data": True} | g for g in grupos if g["itens"]]


def _dias(
    request: HttpRequest, pedido: Pedido, deles: QuerySet[Agendamento], referencias: Referencias
) -> dict[str, Any]:
    """O alto com os primeiros atrasados e, embaixo, cada dia com o que falta e o que já se fez."""
    alto = _no_alto(pedido.hoje)
    primeiros = [
        Compromisso(a, referencias) for a in _ordenados(deles.filter(alto), pedido.hoje)[: NO_ALTO + 1]
    ]
    dias = pedido.dias
    no_periodo = _ordenados(deles.filter(em__range=(dias[0], dias[-1])).exclude(alto), pedido.hoje)
    itens = [Compromisso(a, referencias) for a in no_periodo]
    com_telefones(c.cliente for c in [*primeiros, *itens])
    feitos = [Compromisso(a, referencias) for a in _feitos(request.user, pedido)]
    empresas = list(referencias.empresas.values())
    uf = empresas[0].feriados_uf if len(empresas) == 1 else ""
    return {
        "grupos": _grupos(primeiros[:NO_ALTO], pedido.hoje),
        "mais_no_alto": pedido.url(ver=LISTA) if len(primeiros) > NO_ALTO else "",
        "dias": [d for dia in dias if (d := _dia(dia, itens, feitos, uf)).aparece or pedido.ver == DIA],
        "total": len(itens) + min(len(primeiros), NO_ALTO),
    }


@dataclass(frozen=True)
class Dia:
    em: date
    nao_util: str
    itens: list[Compromisso]
    feitos: list[Compromisso]

    @property
    def aparece(self) -> bool:
        """Sábado e domingo só quando têm o que mostrar."""
        return self.em.weekday() < 5 or bool(self.itens or self.feitos)


def _dia(em: date, itens: Iterable[Compromisso], feitos: Iterable[Compromisso], uf: str) -> Dia:
    dele = [c for c in itens if c.em == em]
    ja = [c for c in feitos if timezone.localdate(c.concluido_em) == em]
    nao_util = porque_nao_e_util(em, uf) if em.weekday() < 5 else ""
    return Dia(em, nao_util, dele, ja)


def _feitos(usuario: Usuario, pedido: Pedido) -> QuerySet[Agendamento]:
    """O que se concluiu no período, de quem a página mostra."""
    de = timezone.make_aware(datetime.combine(pedido.dias[0], time()))
    ate = timezone.make_aware(datetime.combine(pedido.dias[-1] + timedelta(days=1), time()))
    feitos = Agendamento.objects.visiveis_para(usuario).filter(concluido_em__gte=de, concluido_em__lt=ate)
    if pedido.pessoa != TODOS:
        feitos = feitos.filter(responsavel=pedido.pessoa or usuario.pk)
    return feitos.select_related("cliente__indicadores", "cliente__empresa").order_by("concluido_em", "id")


urlpatterns = [
    path("", lista, name="lista"),
    path("<int:pk>/editar/", agendar.editar, name="editar"),
    *gestos_da_agenda.urlpatterns,
    *calendario.urlpatterns,
    *parametros_da_agenda.urlpatterns,
]
