"""O dia de quem vende numa página só: combinados, fila e semana. O aparelho a guarda para quando não há sinal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache

from atividade.fila import fila_de_hoje
from carteira.referencias import Referencias
from carteira.web.acesso import exige
from carteira.web.fila import Cartao, cartao, tem_fila
from carteira.web.formulario_de_contato import ContatoForm
from clientes.canais import com_telefones
from clientes.compromissos import abertos
from clientes.models import Cliente, Pedido, PlanoDeAcao
from contas.models import Usuario
from contas.papeis import Permissao

DIAS_A_FRENTE = 7
MAXIMO_A_FRENTE = 50


@dataclass(frozen=True)
class DoDia:
    """Um cliente do dia: o motivo, como falar com ele e o último pedido."""

    cartao: Cartao
    ultimo: Pedido | None

    @property
    def cliente(self) -> Cliente:
        return self.cartao.cliente

    @property
    def combinado(self) -> bool:
        return self.cartao.item.agendamento is not None


@never_cache
@exige(Permissao.REGISTRAR_CONTATO)
def dia(request: HttpRequest) -> HttpResponse:
    """A página, ou só o miolo dela (htmx) depois de um contato."""
    referencias = Referencias.de(request.user)
    dias = {pk: referencias.da_empresa(pk) for pk in referencias.empresas}
    fila = fila_de_hoje(pessoa=request.user, referencias=dias, hoje=referencias.hoje)
    ultimos = ultimos_pedidos(item.ind.pk for item in fila.itens)
    itens = [DoDia(cartao(item, referencias), ultimos.get(item.ind.pk)) for item in fila.itens]
    a_frente = _a_frente(request.user, referencias.hoje)
    com_telefones([item.ind.cliente for item in fila.itens] + [a.cliente for a in a_frente])
    contexto = {
        "fila": fila,
        "grupos": [
            ("Combinados", [i for i in itens if i.combinado]),
            ("Para ligar", [i for i in itens if not i.combinado]),
        ],
        "a_frente": a_frente,
        "planos": _planos(request.user),
        "agora": timezone.localtime(),
        "pode_registrar": True,
        "form": ContatoForm(auto_id="sem_rede_%s"),
    }
    miolo = request.htmx and request.htmx.target == "dia"
    resposta = render(request, "hoje/_dia.html" if miolo else "hoje/dia.html", contexto)
    patch_vary_headers(resposta, ["HX-Request", "HX-Target"])
    if tem_fila(request.user):  # o service worker só guarda o dia de quem liga
        resposta["X-Guardar"] = "sim"
    return resposta


def ultimos_pedidos(clientes: Iterable[int]) -> dict[int, Pedido]:
    """O último pedido que conta de cada um, numa consulta só."""
    pedidos = Pedido.objects.filter(cliente__in=list(clientes), conta=True)
    ultimos = pedidos.order_by("cliente_id", "-data", "-pk").distinct("cliente_id")
    return {pedido.cliente_id: pedido for pedido in ultimos}


def _planos(usuario: Usuario) -> list[PlanoDeAcao]:
    """Os planos de ação de que a pessoa é dona, pelo prazo."""
    dela = PlanoDeAcao.objects.visiveis_para(usuario).em_curso().filter(dono=usuario)
    return list(dela.order_by("prazo", "pk")[:MAXIMO_A_FRENTE])


def _a_frente(usuario: Usuario, hoje: date) -> list[Any]:
    """O que está combinado para os próximos dias, com o telefone à mão."""
    dela = abertos().visiveis_para(usuario).filter(responsavel=usuario)
    proximos = dela.filter(em__gt=hoje, em__lte=hoje + timedelta(days=DIAS_A_FRENTE))
    proximos = proximos.select_related("cliente__indicadores")
    return list(proximos.order_by("em", F("hora").asc(nulls_last=True), "id")[:MAXIMO_A_FRENTE])
