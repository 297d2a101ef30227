"""Trocar o filtro de uma lista viva: quem entra, quem sai e quem fica, antes de gravar; e a volta."""

import hashlib
from copy import copy
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db import transaction

from carteira.listas import ids_da_lista_viva, refazer
from clientes.listas import ListaInvalida, trancada, trocar_consulta
from clientes.membros_da_lista import Entrada, planejar
from clientes.models import ListaDeTrabalho, MembroDaLista
from contas.models import Usuario

CONGELADA = (
    "Esta lista é congelada: guarda quem entrou, mesmo depois de comprar, e por isso nenhum filtro a muda. "
    "Ponha ou tire clientes pela página dela, ou faça uma lista nova com outro filtro."
)
TERMINADA = "Esta lista já terminou: reabra-a antes de mudar o filtro."


def por_que_nao_muda(lista: ListaDeTrabalho, hoje: date) -> str:
    """Vazio quando o filtro se pode trocar."""
    if not lista.viva:
        return CONGELADA
    return TERMINADA if lista.terminou(hoje) else ""


@dataclass(frozen=True)
class Troca:
    """O que aconteceria se a lista se refizesse hoje por outra consulta, lida pelos olhos de quem a troca."""

    lista: ListaDeTrabalho  # com a consulta nova, ainda por gravar
    entram: list[int]
    saem: list[int]
    ficam: int
    hoje: date

    @cached_property
    def entradas(self) -> list[Entrada]:
        """Dos que nunca estiveram na lista: quem fica de fora da chamada e quem vai para o controle."""
        ja = set(MembroDaLista.objects.filter(lista=self.lista).values_list("cliente", flat=True))
        novos = [pk for pk in self.entram if pk not in ja]
        return planejar(self.lista, novos, list(self.lista.participantes.all()), self.hoje)

    @property
    def impressao(self) -> str:
        """Muda se mudar quem entra ou quem sai: grava-se o que se viu."""
        visto = f"{self.lista.consulta}|{self.entram}|{self.saem}"
        return hashlib.sha256(visto.encode()).hexdigest()[:16]


def prever_troca(lista: ListaDeTrabalho, consulta: str, por: Usuario, hoje: date) -> Troca:
    """Levanta `ConsultaRecusada` se o filtro não se entende."""
    nova = copy(lista)
    nova.consulta, nova.consulta_por = consulta, por
    certos = ids_da_lista_viva(nova, hoje)
    dentro = set(MembroDaLista.objects.na_lista().filter(lista=lista).values_list("cliente", flat=True))
    return Troca(nova, sorted(certos - dentro), sorted(dentro - certos), len(certos & dentro), hoje)


class MudouDesdeAPrevia(ListaInvalida):
    """Entre a prévia e o gravar, quem entraria ou sairia passou a ser outro."""


@transaction.atomic
def trocar_filtro(
    lista: ListaDeTrabalho, consulta: str, *, por: Usuario, hoje: date, impressao: str
) -> Troca:
    """Grava a consulta e refaz a lista por ela, se é ainda o que a prévia mostrou."""
    atual = trancada(lista)
    if recusa := por_que_nao_muda(atual, hoje):
        raise ListaInvalida(recusa)
    troca = prever_troca(atual, consulta, por, hoje)
    if troca.impressao != impressao:
        raise MudouDesdeAPrevia("A carteira mudou desde a prévia: confira de novo quem entra e quem sai.")
    trocar_consulta(lista=atual, consulta=consulta, de_quem=por, por=por)
    refazer(atual, hoje)
    return troca


@transaction.atomic
def voltar_ao_filtro(
    lista: ListaDeTrabalho, *, de: str, para: str, de_quem: Usuario, por: Usuario, hoje: date
) -> bool:
    """A lista volta à consulta de antes, lida como antes; se já é outra (ou já voltou), nada se mexe."""
    atual = trancada(lista)
    if atual.consulta != de or por_que_nao_muda(atual, hoje):
        return False
    if not trocar_consulta(lista=atual, consulta=para, de_quem=de_quem, por=por):
        return False
    refazer(atual, hoje)
    return True
