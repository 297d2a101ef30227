"""Crédito e risco em tabelas: restrições abertas, faixas de score, títulos por idade, mês a mês e quem reabordar."""

import re
from collections.abc import Sequence
from typing import Any

from django.db.models import F
from django.utils import timezone

from atividade.prioridade import DiasEntre
from clientes.models import RestricaoDeCredito, Titulo
from contas.models import Usuario
from contas.papeis import Permissao
from relatorios import credito as numeros
from relatorios.base import CARTEIRA, Coluna, Elo, Grafico, Linhas, Numero, Relatorio, Serie
from relatorios.catalogo import registrar
from relatorios.composicao import linhas
from relatorios.pedido import Pedido

_ESCAPE = re.compile(r"_(?=[._~]|$)|[.~]")


def condicao(campo: str, operador: str, *valores: Any) -> dict[str, str]:
    """A condição da lista de clientes, com o que separa as partes escapado."""
    return {"e": ".".join([campo, operador, *(_ESCAPE.sub(r"_\g<0>", str(v)) for v in valores)])}


def _do_cliente(caminho: str = "cliente__razao_social") -> Coluna:
    return Coluna(
        "cliente",
        "Cliente",
        largura=36,
        campo=caminho,
        valor=lambda linha: linha.cliente.nome,
        sub=lambda linha: linha.cliente.codigo,
        elo=lambda linha, pedido: Elo(lugar="cliente", pk=linha.cliente_id),
    )


def _vendedor(linha: Any) -> str:
    return linha.cliente.vendedor.nome if linha.cliente.vendedor else ""


class _DeCredito(Relatorio):
    grupo = "Crédito e risco"
    permissao = Permissao.VER_CREDITO
    pela_regra = False


@registrar
class RestricoesAbertas(_DeCredito):
    chave = "restricoes-abertas"
    titulo = "Restrições de crédito em aberto"
    frase = "Quem tem protesto, pendência ou ação, desde quando e de quanto?"
    ordem = "-valor"
    unidade = "restrição,restrições"
    nota = "O que cada fonte informou e ainda não tem data de baixa."
    vazio = "Nenhuma restrição em aberto com estes filtros."

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            _do_cliente(),
            Coluna("tipo", "Restrição", largura=24, valor=lambda r: r.get_tipo_display()),
            Coluna("fonte", "Fonte", largura=16),
            Coluna("em", "Data", "data", 12),
            Coluna("valor", "Valor", "moeda", 16, soma=True),
            Coluna("descricao", "Descrição", largura=36),
            Coluna("vendedor", "Vendedor", largura=24, campo="cliente__vendedor__nome", valor=_vendedor),
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        abertas = RestricaoDeCredito.objects.que_restringem().abertas(timezone.localdate())
        deles = abertas.filter(cliente__in=linhas(usuario, pedido.recorte).values("pk"))
        return deles.select_related("cliente__vendedor").order_by()


@registrar
class TitulosPorIdade(_DeCredito):
    chave = "titulos-em-aberto"
    titulo = "Títulos em aberto por idade"
    frase = "O que está vencido, há quanto tempo, e o que vence a seguir?"
    ordem = "-atraso"
    unidade = "título,títulos"
    nota = "Atraso em dias, na data de referência da empresa; negativo, dias até vencer."
    vazio = "Nenhum título em aberto com estes filtros."

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            _do_cliente(),
            Coluna("numero", "Título", largura=18),
            Coluna("emissao", "Emissão", "data", 12),
            Coluna("vencimento", "Vencimento", "data", 12),
            Coluna("atraso", "Atraso", "inteiro", 10),
            Coluna("saldo", "Saldo", "moeda", 16, soma=True),
            Coluna("vendedor", "Vendedor", largura=24, campo="cliente__vendedor__nome", valor=_vendedor),
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        deles = Titulo.objects.em_aberto().filter(cliente__in=linhas(usuario, pedido.recorte).values("pk"))
        atraso = DiasEntre(F("empresa__referencia"), F("vencimento"))
        return deles.annotate(atraso=atraso).select_related("cliente__vendedor").order_by()


@registrar
class FaixasDeScore(_DeCredito):
    chave = "faixas-de-score"
    titulo = "Clientes por faixa de score"
    frase = "Em que faixas de score está a carteira, e há concentração em alguma?"
    unidade = "faixa,faixas"
    nota = "Pelo score mais novo de cada cliente. A porcentagem é sobre quem tem score."

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        def elo(faixa: numeros.Faixa, pedido: Pedido) -> dict[str, str]:
            return condicao("faixa_de_score", "em", faixa.nome)

        return (
            Coluna("nome", "Faixa", largura=24, elo=elo, ordena=False),
            Coluna("limites", "Score", largura=16, ordena=False),
            Coluna(
                "clientes",
                "Clientes",
                "inteiro",
                12,
                soma=True,
                elo=elo,
                elo_do_total=lambda pedido: condicao("faixa_de_score", "tem"),
            ),
            Coluna("porcento", "%", "porcento", 10),
            Coluna("valor", "R$ 12 meses", "moeda", 18, soma=True),
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        return numeros.distribuicao(linhas(usuario, pedido.recorte), pedido.empresas).faixas

    def grafico(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> Grafico | None:
        faixas = list(linhas)
        serie = Serie("Clientes", [f.clientes for f in faixas])
        return Grafico("Clientes por faixa", [f.nome for f in faixas], [serie]) if faixas else None


@registrar
class CreditoPorMes(_DeCredito):
    chave = "credito-por-mes"
    titulo = "Inadimplência e restrições por mês"
    frase = "A inadimplência e as restrições da carteira crescem ou diminuem?"
    unidade = "mês,meses"
    nota = "No fim de cada mês, refeito das datas dos títulos e das restrições; o último é hoje."

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        def elo(campo: str) -> Any:
            return lambda mes, pedido: condicao(campo, "no_dia", mes.data.isoformat())

        return (
            Coluna("data", "Em", "data", 12),
            Coluna("inadimplentes", "Inadimplentes", "inteiro", 14, valor=lambda m: m.inadimplentes.clientes,
                   elo=elo("inadimplente_em")),
            Coluna("vencido", "R$ vencido", "moeda", 18, valor=lambda m: m.inadimplentes.valor),
            Coluna("restritos", "Com restrição", "inteiro", 14, valor=lambda m: m.restritos.clientes,
                   elo=elo("restrito_em")),
            Coluna("restricoes", "Restrições", "inteiro", 12, valor=lambda m: m.restritos.linhas),
            Coluna("valor", "R$ em restrições", "moeda", 18, valor=lambda m: m.restritos.valor),
        )  # fmt: skip

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        return numeros.meses(linhas(usuario, pedido.recorte), timezone.localdate())


@registrar
class Reabordar(_DeCredito):
    chave = "reabordar"
    titulo = "Quem reabordar: o crédito melhorou"
    frase = "De quem uma restrição foi baixada, o score subiu de faixa ou o atraso foi pago?"
    filtros = (Numero("dias", "Nos últimos", 30, 1, 365, "dias"), *CARTEIRA)
    ordem = "-valor"
    unidade = "cliente,clientes"
    vazio = "Ninguém melhorou no período."

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            Coluna("cliente", "Cliente", largura=36, valor=lambda r: r.ind.cliente.nome,
                   sub=lambda r: r.ind.cliente.codigo, elo=lambda r, pedido: Elo(lugar="cliente", pk=r.ind.pk)),
            Coluna("porque", "O que melhorou", largura=48, valor=lambda r: "; ".join(t for _, t in r.porques)),
            Coluna("em", "Em", "data", 12),
            Coluna("ainda", "Ainda com restrições", "inteiro", 12),
            Coluna("valor", "R$ 12 meses", "moeda", 18, soma=True, valor=lambda r: r.ind.valor_12m),
            Coluna("vendedor", "Vendedor", largura=24,
                   valor=lambda r: r.ind.vendedor.nome if r.ind.vendedor else ""),
        )  # fmt: skip

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        hoje, dias = timezone.localdate(), pedido.numeros["dias"]
        achados = numeros.a_reabordar(usuario, pedido.recorte, hoje=hoje, dias=dias)
        return numeros.com_os_porques(achados, hoje=hoje, dias=dias)
