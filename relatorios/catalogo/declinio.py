"""Declínio silencioso: quem ainda compra, mas menos que nos mesmos meses do ano passado."""

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import QuerySet, Sum

from contas.models import Usuario
from relatorios import declinio
from relatorios.base import CARTEIRA, Coluna, Elo, Escolha, Linhas, Numero, Relatorio
from relatorios.catalogo import registrar
from relatorios.composicao import linhas
from relatorios.pedido import Pedido

_PADRAO = declinio.Regra()
_MESES = tuple((str(m), f"{m} meses") for m in declinio.MESES)


def _regra(pedido: Pedido) -> declinio.Regra:
    meses, numeros = int(pedido.escolhas["meses"]), pedido.numeros
    return declinio.Regra(meses, numeros["queda"], Decimal(numeros["piso"]))


@registrar
class Declinio(Relatorio):
    chave = "declinio"
    titulo = "Declínio silencioso"
    grupo = "Movimento"
    frase = "Quem ainda compra, mas menos que na mesma estação do ano passado?"
    filtros = (
        *CARTEIRA,
        Escolha("meses", "Meses comparados", _MESES, str(_PADRAO.meses)),
        Numero("queda", "Queda de ao menos", _PADRAO.queda, 1, 100, "%"),
        Numero("piso", "Comprava ao menos", int(_PADRAO.piso), 0, 99_999_999, "R$"),
    )
    ordem = "-por_ano"
    unidade = "cliente,clientes"
    desempate = ("cliente__codigo", "pk")
    vazio = "Ninguém em declínio com esta queda e este piso."
    nota = (
        "Agora é o valor dos últimos meses; antes, o dos mesmos meses um ano antes; só entra quem está ativo e já "
        "comprava quando a janela de antes começou. Por ano é o mesmo ritmo em doze meses."
    )

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            Coluna("cliente", "Cliente", largura=36, valor=lambda i: i.cliente.nome, campo="cliente__razao_social",
                   elo=lambda i, pedido: Elo(lugar="cliente", pk=i.pk), sub=lambda i: i.cliente.codigo),
            Coluna("vendedor", "Vendedor", largura=26, campo="vendedor__nome",
                   valor=lambda i: i.vendedor.nome if i.vendedor else ""),
            Coluna("antes", "Antes", "moeda", 18),
            Coluna("agora", "Agora", "moeda", 18),
            Coluna("queda", "Queda %", "porcento", 12),
            Coluna("menos", "A menos", "moeda", 18),
            Coluna("por_ano", "A menos por ano", "moeda", 18),
            Coluna("ultima_compra", "Último pedido", "data"),
        )  # fmt: skip

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        caidos = declinio.em_declinio(linhas(usuario, pedido.recorte), _regra(pedido), pedido.empresas)
        return caidos.select_related("cliente", "vendedor")

    def total(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> dict[str, Decimal]:
        """A soma das quatro; os nomes são outros porque estas colunas já são contas da própria consulta."""
        assert isinstance(linhas, QuerySet)
        somadas = ("antes", "agora", "menos", "por_ano")
        achadas = linhas.order_by().aggregate(**{f"soma_{nome}": Sum(nome) for nome in somadas})
        return {nome: achadas[f"soma_{nome}"] or Decimal(0) for nome in somadas}
