"""A faixa "Ligue hoje": os primeiros da fila, cada um com o motivo dito em voz alta."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from atividade.fila import Fila, ParaLigar, fila_de_hoje
from atividade.models import Indicadores, Status
from atividade.prioridade import motivos
from atividade.regras import DIAS_PARA_CICLO_PROPRIO
from atividade.rotulos import NOMES
from carteira.formatos import data
from carteira.referencias import Referencias
from carteira.web.acesso import exige
from clientes.models import Cliente
from contas.models import Papel, Usuario
from contas.papeis import Permissao

NA_FAIXA = 4


def tem_fila(usuario: Usuario) -> bool:
    """Quem liga tem fila; quem administra ou só lê não."""
    return usuario.papel in {Papel.VENDEDOR, Papel.GESTOR}


@dataclass(frozen=True)
class Cartao:
    item: ParaLigar
    frase: str
    aviso: str

    @property
    def cliente(self) -> Cliente:
        return self.item.ind.cliente


def contexto_da_fila(request: HttpRequest, referencias: Referencias) -> dict[str, Any]:
    dias = {pk: referencias.da_empresa(pk) for pk in referencias.empresas}
    fila = fila_de_hoje(pessoa=request.user, referencias=dias, hoje=referencias.hoje)
    return {
        "fila": fila,
        "cartoes": [cartao(item, referencias) for item in fila.itens[:NA_FAIXA]],
        "passos_da_fila": [n < fila.feitos for n in range(min(fila.total, 20))],
        "proxima_esperada": _proxima_esperada(fila, request.user),
    }


def cartao(item: ParaLigar, referencias: Referencias) -> Cartao:
    return Cartao(item, frase_do_motivo(item.ind, referencias), _aviso(item, referencias))


def _aviso(item: ParaLigar, referencias: Referencias) -> str:
    if item.agendamento is None:
        return ""
    tipo = item.agendamento.get_tipo_display()
    hora = f" às {item.agendamento.hora:%H:%M}" if item.agendamento.hora else ""
    if item.agendamento.em < referencias.hoje:
        return f"{tipo} atrasada desde {data(item.agendamento.em, '%d/%m')}"
    return f"{tipo} combinada para hoje{hora}"


def frase_do_motivo(ind: Any, referencias: Referencias) -> str:
    """Dois ou três motivos numa frase que o vendedor diria."""
    dia = referencias.da_empresa(ind.empresa_id)
    if ind.ultima_compra is None:
        return "Ainda não comprou."
    contato = ind.ultimo_contato_em
    partes = motivos(
        ciclo=ind.intervalo_mediano_dias if ind.dias_de_compra >= DIAS_PARA_CICLO_PROPRIO else None,
        recencia=(dia - ind.ultima_compra).days,
        valor=Decimal(0),  # o valor já está no pé do cartão
        dias_sem_contato=(referencias.hoje - timezone.localdate(contato)).days if contato else None,
        dias_de_compra=ind.dias_de_compra,
    )
    if ind.status == Status.QUASE_INATIVO:
        partes.append(f"fica {NOMES[Status.INATIVO].lower()} em {data(ind.inativo_em, '%d/%m')}")
    return " ".join(f"{parte[0].upper()}{parte[1:]}." for parte in partes)


def _proxima_esperada(fila: Fila, usuario: Usuario) -> Any:
    """Com a fila vazia, a próxima compra que se espera: o que vem depois do "tudo em dia"."""
    if fila.itens:
        return None
    futuras = Indicadores.objects.visiveis_para(usuario).em_carteira().select_related("cliente")
    return (
        futuras.filter(proxima_compra_esperada__gt=timezone.localdate())
        .order_by("proxima_compra_esperada", "pk")
        .first()
    )


@exige(Permissao.REGISTRAR_CONTATO)
def hoje(request: HttpRequest) -> HttpResponse:
    """Só a faixa, para se refazer depois de um contato."""
    return render(request, "clientes/_hoje.html", contexto_da_fila(request, Referencias.de(request.user)))
