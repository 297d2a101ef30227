"""A faixa "Ligue hoje": os primeiros da fila, cada um com o motivo dito em voz alta."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from atividade.fila import ParaLigar, fila_de_hoje
from atividade.models import Indicadores, Status
from atividade.prioridade import motivos
from atividade.regras import DIAS_PARA_CICLO_PROPRIO
from atividade.rotulos import NOMES
from carteira.formatos import data
from carteira.referencias import Referencias
from carteira.web.acesso import exige
from clientes.canais import com_telefones
from clientes.models import Agendamento, Cliente
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
    com_telefones(item.ind.cliente for item in fila.itens[:NA_FAIXA])
    return {
        "fila": fila,
        "cartoes": [cartao(item, referencias) for item in fila.itens[:NA_FAIXA]],
        "passos_da_fila": [n < fila.feitos for n in range(min(fila.total, 20))],
        "proxima_esperada": None if fila.itens else proxima_esperada(request.user),
    }


def cartao(item: ParaLigar, referencias: Referencias) -> Cartao:
    return Cartao(
        item, frase_do_motivo(item.ind, referencias), aviso_do_combinado(item.agendamento, referencias.hoje)
    )


def aviso_do_combinado(agendamento: Agendamento | None, hoje: date) -> str:
    """O que se combinou e para quando, com o atraso dito."""
    if agendamento is None:
        return ""
    tipo = agendamento.get_tipo_display()
    hora = f" às {agendamento.hora:%H:%M}" if agendamento.hora else ""
    if agendamento.em < hoje:
        return f"{tipo} atrasada desde {data(agendamento.em, '%d/%m')}"
    quando = "hoje" if agendamento.em == hoje else data(agendamento.em, "%d/%m")
    return f"{tipo} combinada para {quando}{hora}"


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


def proxima_esperada(usuario: Usuario) -> Any:
    """A próxima compra que se espera: o que vem depois do "tudo em dia"."""
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
