"""O retorno dos avisos em papel: o que deu avisar, o que ninguém tocou e as agendas que passaram da hora."""

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict

from carteira.folhas.da_pagina import DaPagina
from carteira.formatos import data
from carteira.web.retorno_dos_avisos import NOME_DE_INICIO, Pedido, da_tela, recortes
from carteira.web.retorno_em_planilha import Tabela
from contas.models import Usuario
from relatorios.catalogo import registrar
from relatorios.dias import Dias
from relatorios.planilhas import Coluna


@registrar
class RetornoDosAvisos(DaPagina):
    chave = "retorno-dos-avisos"
    titulo = "Retorno dos avisos"
    grupo = "Resultados"
    frase = "Dos avisados, com quem se falou, quem comprou e o que ficou sem resposta?"
    lugar = "retorno"

    def dias(self) -> Dias:
        return Dias(NOME_DE_INICIO, "Avisos")

    def ler(self, usuario: Usuario, consulta: QueryDict) -> Pedido:
        return Pedido(usuario, consulta)

    def tela(self, usuario: Usuario, pedida: Pedido) -> tuple[str, dict[str, Any]]:
        return "avisos/retorno.html", da_tela(pedida)

    def dizer(self, usuario: Usuario, pedida: Pedido) -> list[tuple[str, str]]:
        p = pedida.prazo
        periodo = ("Avisos", f"de {data(p.de)} a {data(p.ate)}")
        prazos = ("Prazos", f"contato em {p.contato} dias, compra em {p.compra}")
        return [periodo, prazos, *((r["rotulo"], r["valor"]) for r in recortes(pedida))]

    def colunas_da_planilha(self, pedida: Pedido) -> Sequence[Coluna]:
        return Tabela(pedida).colunas

    def linhas_da_planilha(self, pedida: Pedido) -> list[Sequence[Any]]:
        return list(Tabela(pedida))
