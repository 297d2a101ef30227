"""Quem passou de uma situação a outra nos últimos dias, como a página da composição o conta."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Sum

from atividade.rotulos import NOMES
from contas.models import Usuario
from relatorios.base import Coluna, Elo, Escolha, Linhas, Relatorio
from relatorios.catalogo import registrar
from relatorios.catalogo.na_data import RECORTE, situacao
from relatorios.composicao import linhas
from relatorios.migracao import PERIODOS, lista_de_quem_mudou
from relatorios.pedido import Pedido

_DIAS = tuple((str(n), f"{n} dias") for n in PERIODOS)


@registrar
class Mudancas(Relatorio):
    chave = "mudancas-de-situacao"
    titulo = "Mudanças de situação dos últimos dias"
    grupo = "Movimento"
    frase = "Quem passou de uma situação a outra, e quanto vale?"
    filtros = (
        Escolha("dias", "Nos últimos", _DIAS, "30"),
        situacao("de", "De"),
        situacao("para", "Para"),
        *RECORTE,
    )
    ordem = "-risco"
    unidade = "cliente,clientes"
    desempate = ("cliente__codigo", "pk")
    vazio = "Ninguém mudou de situação."
    nota = "De onde cada cliente vinha no começo do período para onde está; quem saiu e voltou não está aqui."

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            Coluna("cliente", "Cliente", largura=36, ordena=False, valor=lambda x: x.cliente.nome,
                   elo=lambda x, p: Elo(lugar="cliente", pk=x.pk)),
            Coluna("codigo", "Código", largura=12, valor=lambda x: x.cliente.codigo, campo="cliente__codigo"),
            Coluna("antes", "De", largura=18, valor=lambda x: NOMES[x.antes]),
            Coluna("status", "Para", largura=18, valor=lambda x: NOMES[x.status]),
            Coluna("por_regra", "Observação", largura=20,
                   valor=lambda x: "mudança de regra" if x.por_regra else ""),
            Coluna("vendedor", "Vendedor", largura=24, campo="vendedor__nome",
                   valor=lambda x: x.vendedor.nome if x.vendedor else ""),
            Coluna("ultima_compra", "Última compra", "data", 14),
            Coluna("risco", "R$/ano", "moeda", 18),
        )  # fmt: skip

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        de, para = ("".join(pedido.proprios[n]) for n in ("de", "para"))
        clientes = linhas(usuario, pedido.recorte, com_cadastro=bool(pedido.recorte.municipio))
        return lista_de_quem_mudou(clientes, int(pedido.escolhas["dias"]), de=de, para=para)

    def total(self, usuario: Usuario, pedido: Pedido, linhas: Any) -> dict[str, Any]:
        return {"risco": linhas.order_by().aggregate(soma=Sum("risco"))["soma"]}
