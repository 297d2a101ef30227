"""O giro e a positivação em papel: as curvas contra o ritmo da meta, e equipe a equipe, vendedor a vendedor."""

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict

from carteira.folhas.da_pagina import DaPagina
from carteira.web.painel import DIAS_DO_PERIODO
from carteira.web.positivacao import Pedido, da_tela
from carteira.web.positivacao_em_planilha import COLUNAS, linhas_da_planilha
from contas.models import Usuario
from contas.papeis import Permissao
from relatorios.catalogo import registrar
from relatorios.dias import Dias
from relatorios.planilhas import Coluna


@registrar
class Positivacao(DaPagina):
    chave = "positivacao"
    titulo = "Giro e positivação, dia a dia"
    grupo = "Movimento"
    frase = "Quantos dos clientes do primeiro dia foram contatados e compraram, e isso basta para a meta?"
    permissao = Permissao.VER_CARTEIRAS
    lugar = "positivacao"

    def dias(self) -> Dias:
        return DIAS_DO_PERIODO

    def ler(self, usuario: Usuario, consulta: QueryDict) -> Pedido:
        return Pedido(usuario, consulta)

    def tela(self, usuario: Usuario, pedida: Pedido) -> tuple[str, dict[str, Any]]:
        return "positivacao/pagina.html", da_tela(pedida) | {"define_metas": False}

    def dizer(self, usuario: Usuario, pedida: Pedido) -> list[tuple[str, str]]:
        de_quem = [("De quem", pedida.de_quem)] if pedida.de_quem else []
        return [("Período", pedida.periodo.nome), *de_quem]

    def colunas_da_planilha(self, pedida: Pedido) -> Sequence[Coluna]:
        return COLUNAS

    def linhas_da_planilha(self, pedida: Pedido) -> list[Sequence[Any]]:
        return list(linhas_da_planilha(pedida))
