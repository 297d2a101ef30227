"""Qualidade do cadastro: as pendências com nomes, e o potencial declarado ao lado do que se compra."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from atividade.rotulos import NOMES
from clientes.canais import escondidos_de
from clientes.models import Cliente, TipoDePendencia
from contas.models import Usuario
from contas.papeis import Permissao
from relatorios import qualidade
from relatorios.base import CARTEIRA, Coluna, Destino, Elo, Escolha, Linhas, Relatorio
from relatorios.catalogo import registrar
from relatorios.composicao import SEM
from relatorios.pedido import Pedido, recorte_em_partes

_VISTOS = {
    "documento_invalido": "documento",
    "telefone_invalido": "telefone",
    "email_invalido": "email",
    "cep_invalido": "cep",
    "sem_municipio": "cidade",
}


def _ficha(ind: Any, pedido: Pedido) -> Elo:
    return Elo(lugar="cliente", pk=ind.pk)


def _como_esta(usuario: Usuario, cliente: Cliente, visto: str) -> str:
    """O contato de um canal fechado não se diz, nem errado."""
    if not visto:
        return "em branco"
    return "não contatar" if visto in escondidos_de(usuario, cliente) else str(getattr(cliente, visto))


CLIENTE = Coluna(
    "cliente",
    "Cliente",
    largura=32,
    valor=lambda i: i.cliente.nome,
    elo=_ficha,
    campo="cliente__nome_da_lista",
    sub=lambda i: i.cliente.codigo,
)
VENDEDOR = Coluna(
    "vendedor",
    "Vendedor",
    largura=24,
    valor=lambda i: i.vendedor.nome if i.vendedor else "",
    campo="vendedor__nome",
)


@registrar
class Pendencias(Relatorio):
    chave = "pendencias-de-cadastro"
    titulo = "Pendências de cadastro"
    grupo = "Cadastro"
    frase = "Que cadastros precisam de conserto, e de quem ainda compra?"
    permissao = Permissao.HIGIENIZAR
    filtros = (*CARTEIRA, Escolha("tipo", "Pendência", tuple(TipoDePendencia.choices)))
    ordem = "-valor_12m"
    pela_regra = False
    unidade = "cliente,clientes"
    nota = "Encerrados e fora do perfil não entram; o que se aceitou como está ou se adiou fica de fora até voltar."
    vazio = "Nenhum cadastro com esta pendência."

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        visto = _VISTOS.get(pedido.escolhas["tipo"], "")
        esta = Coluna(
            "como_esta",
            "Como está",
            largura=28,
            valor=lambda i: _como_esta(usuario, i.cliente, visto),
            ordena=False,
        )
        return (
            CLIENTE,
            esta,
            Coluna(
                "status", "Situação", largura=14, valor=lambda i: NOMES[i.status], status=lambda i: i.status
            ),
            Coluna("ultima_compra", "Último pedido", "data", 14),
            Coluna("valor_12m", "R$ 12 meses", "moeda", 18, soma=True),
            VENDEDOR,
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        tipo = pedido.escolhas["tipo"]
        com = qualidade.com(tipo, usuario, pedido.recorte, timezone.localdate())
        return com.select_related("cliente", "vendedor")


@registrar
class Potencial(Relatorio):
    chave = "potencial-por-cliente"
    titulo = "Potencial declarado e real, por cliente"
    grupo = "Cadastro"
    frase = "Quem compra menos do que diz poder comprar?"
    ordem = "-lacuna"
    pela_regra = False
    unidade = "cliente,clientes"
    nota = "O real é a média por mês dos últimos 12 meses; a lacuna, o declarado menos o real."
    vazio = "Ninguém tem potencial declarado: preencha-o no cadastro, ou na fila de higienização."

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            CLIENTE,
            VENDEDOR,
            Coluna(
                "potencial",
                "Potencial por mês",
                "moeda",
                18,
                soma=True,
                valor=lambda i: i.cliente.potencial_mensal,
                campo="cliente__potencial_mensal",
            ),
            Coluna(
                "real",
                "Real por mês",
                "moeda",
                18,
                soma=True,
                valor=lambda i: i.real_por_mes,
                campo="real_por_mes",
            ),
            Coluna(
                "lacuna",
                "Lacuna",
                "moeda",
                18,
                soma=True,
                valor=lambda i: i.lacuna_por_mes,
                campo="lacuna_por_mes",
            ),
            Coluna("ultima_compra", "Último pedido", "data", 14),
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        return qualidade.com_potencial(usuario, pedido.recorte).select_related("cliente", "vendedor")


_SEM_POTENCIAL = "potencial.vazio"


def _de_quem(grupo: Any) -> dict[str, str]:
    """Um vendedor, ou ninguém."""
    return {"vendedor": str(grupo["vendedor_id"] or SEM)}


def _todos_os_declarados(pedido: Pedido) -> Elo:
    return Elo(recorte_em_partes(pedido.recorte), "relatorio", Potencial.chave)


def _declarados(grupo: Any, pedido: Pedido) -> Elo:
    return Elo({**recorte_em_partes(pedido.recorte), **_de_quem(grupo)}, "relatorio", Potencial.chave)


def _todos(grupo: Any, pedido: Pedido) -> Destino:
    return _de_quem(grupo)


def _sem_potencial(grupo: Any, pedido: Pedido) -> Destino:
    return _de_quem(grupo) | {"e": _SEM_POTENCIAL}


@registrar
class PotencialPorVendedor(Relatorio):
    chave = "potencial-por-vendedor"
    titulo = "Potencial declarado e real, por vendedor"
    grupo = "Cadastro"
    frase = "Em que carteira está o que falta vender a quem já diz que pode comprar?"
    ordem = "-lacuna"
    pela_regra = False
    unidade = "vendedor,vendedores"
    nota = (
        "Só de quem tem potencial declarado. A lacuna soma quem compra menos do que declarou; "
        "quem passa do declarado não compensa os outros."
    )

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            Coluna("vendedor_nome", "Vendedor", largura=28, elo=_declarados),
            Coluna(
                "clientes", "Clientes", "inteiro", 12, soma=True, elo=_todos, elo_do_total=lambda pedido: {}
            ),
            Coluna(
                "declarados",
                "Com potencial",
                "inteiro",
                14,
                soma=True,
                elo=_declarados,
                elo_do_total=_todos_os_declarados,
            ),
            Coluna(
                "sem_potencial",
                "Sem potencial",
                "inteiro",
                14,
                soma=True,
                elo=_sem_potencial,
                elo_do_total=lambda pedido: {"e": _SEM_POTENCIAL},
            ),
            Coluna("potencial", "Potencial por mês", "moeda", 18, soma=True),
            Coluna("real", "Real por mês", "moeda", 18, soma=True),
            Coluna("lacuna", "Lacuna", "moeda", 18, soma=True),
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        return qualidade.potencial_por_vendedor(usuario, pedido.recorte)

    def achado(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> str:
        grupos = list(linhas)
        sem, todos = (sum(g[k] for g in grupos) for k in ("sem_potencial", "clientes"))
        if not todos:
            return ""
        return f"{sem} de {todos} clientes ainda sem potencial declarado." if sem else ""
