"""O painel em papel: o de um vendedor, com as curvas do mês, ou os da equipe lado a lado."""

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict

from carteira.folhas.da_pagina import DaPagina
from carteira.web.painel import DIAS_DO_PERIODO, Pedido, da_tela
from carteira.web.painel_em_planilha import COLUNAS, tabela_de
from contas.models import Usuario
from relatorios.catalogo import registrar
from relatorios.dias import Dias
from relatorios.planilhas import Coluna


@registrar
class Painel(DaPagina):
    chave = "painel"
    titulo = "Painel dos vendedores"
    grupo = "Resultados"
    frase = "Do que é feita a carteira de cada vendedor, quanto dela ele tocou no mês e o que isso deu?"
    lugar = "painel"
    unidade = "vendedor,vendedores"

    def dias(self) -> Dias:
        return DIAS_DO_PERIODO

    def ler(self, usuario: Usuario, consulta: QueryDict) -> Pedido:
        return Pedido(usuario, consulta)

    def tela(self, usuario: Usuario, pedida: Pedido) -> tuple[str, dict[str, Any]]:
        molde, contexto = da_tela(pedida)
        return molde, contexto | {"ve_como": False, "define_metas": False}

    def dizer(self, usuario: Usuario, pedida: Pedido) -> list[tuple[str, str]]:
        vendedor = [("Vendedor", pedida.vendedor.nome)] if pedida.vendedor else []
        return [("Período", pedida.periodo.nome), *vendedor]

    def colunas_da_planilha(self, pedida: Pedido) -> Sequence[Coluna]:
        return COLUNAS

    def linhas_da_planilha(self, pedida: Pedido) -> list[Sequence[Any]]:
        return list(tabela_de(pedida))
