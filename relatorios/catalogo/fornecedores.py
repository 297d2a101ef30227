"""Fornecedores e o crédito deles: os que a pessoa vê, para a página própria, a planilha, o papel e o e-mail."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from clientes import fornecedores as regras
from clientes.documentos import mascarar
from clientes.models import Fornecedor
from clientes.models.fornecedor import frase_da_mudanca
from clientes.telefones import como_se_le
from contas.models import Usuario
from contas.papeis import Permissao
from relatorios.base import Coluna, Elo, Escolha, Linhas, Proprio, Relatorio
from relatorios.catalogo import registrar
from relatorios.pedido import Pedido

_MAIOR = 60


def _ler(valores: Sequence[str]) -> tuple[str, ...]:
    limpos = (v.strip() for v in valores)
    return tuple(v for v in limpos if 0 < len(v) <= _MAIOR and v.isprintable())


def _dizer(_: Usuario, valores: tuple[str, ...]) -> str:
    return ", ".join(valores)


def ultima_mudanca(fornecedor: Any) -> str:
    """ "Piorou. Nova restrição: Protesto (Cartório)"; vazio se nada mudou ainda."""
    if not fornecedor.mudanca:
        return ""
    para = "Melhorou" if fornecedor.mudanca["melhorou"] else "Piorou"
    return f"{para}. {frase_da_mudanca(**fornecedor.mudanca)}"


@registrar
class Fornecedores(Relatorio):
    chave = "fornecedores"
    titulo = "Fornecedores"
    grupo = "Crédito e risco"
    frase = "De quem compramos, quem está com restrição e quem mudou?"
    permissao = Permissao.VER_CREDITO
    filtros = (
        "empresa",
        Proprio("busca", "Procura", _ler, _dizer, "nome, código, documento ou município"),
        Proprio("faixa", "Faixa de score", _ler, _dizer),
        Escolha(
            "restricao",
            "Restrições",
            (("", "Com ou sem"), ("com", "Com restrição em aberto"), ("sem", "Sem restrição")),
        ),
        Escolha(
            "mudou",
            "Mudança",
            (("", "Qualquer"), ("piorou", "Piorou em 30 dias"), ("melhorou", "Melhorou em 30 dias")),
        ),
        Escolha("cadastro", "Cadastro", (("ativos", "Ativos"), ("inativos", "Inativos"), ("todos", "Todos"))),
    )
    ordem = "nome"
    unidade = "fornecedor,fornecedores"
    pela_regra = False
    lugar = "fornecedores"
    nota = "Pelo score mais novo de cada um, nas mesmas faixas dos clientes. Fornecedor não entra em conta de clientes."
    vazio = "Nenhum fornecedor com estes filtros."

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        varias = len(pedido.empresas) > 1
        return (
            Coluna("nome", "Fornecedor", largura=36, campo="nome_chave", valor=lambda f: f.nome,
                   sub=lambda f: f.codigo, elo=lambda f, pedido: Elo(lugar="fornecedor", pk=f.pk)),
            Coluna("documento", "CPF/CNPJ", largura=22, valor=lambda f: mascarar(f.documento), ordena=False),
            Coluna("cidade", "Município", largura=22),
            Coluna("uf", "UF", largura=6),
            *((Coluna("empresa", "Empresa", largura=18, campo="empresa__nome", valor=lambda f: f.empresa.nome),)
              if varias else ()),
            Coluna("score", "Score", "inteiro", 10),
            Coluna("faixa", "Faixa", largura=16),
            Coluna("restricoes", "Restrições", "inteiro", 12, campo="restricoes_abertas",
                   valor=lambda f: f.restricoes_abertas, soma=True),
            Coluna("valor", "R$ em restrições", "moeda", 18, campo="valor_restrito", valor=lambda f: f.valor_restrito,
                   soma=True),
            Coluna("mudou_em", "Mudou em", "data", 12),
            Coluna("mudanca", "Última mudança", largura=48, valor=ultima_mudanca, ordena=False),
            Coluna("contato", "Com quem falar", largura=24),
            Coluna("telefone", "Telefone", largura=18, valor=lambda f: como_se_le(f.telefone)),
        )  # fmt: skip

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        hoje = timezone.localdate()
        vistos = Fornecedor.objects.visiveis_para(usuario).filter(empresa__in=[e.pk for e in pedido.empresas])
        return regras.com_credito(_filtrar(vistos, pedido, hoje), hoje).select_related("empresa").order_by()


def _filtrar(vistos: Any, pedido: Pedido, hoje: date) -> Any:
    for texto in pedido.proprios["busca"]:
        vistos = vistos.filter(regras.que_dizem(texto))
    if faixas := pedido.proprios["faixa"]:
        vistos = vistos.filter(regras.na_faixa(faixas))
    if restricao := pedido.escolhas["restricao"]:
        com = regras.com_restricao(hoje)
        vistos = vistos.filter(com if restricao == "com" else ~com)
    if mudou := pedido.escolhas["mudou"]:
        desde = hoje - timedelta(days=regras.DIAS_DA_MUDANCA)
        vistos = vistos.filter(regras.que_mudaram(desde, hoje, melhorou=mudou == "melhorou"))
    if (cadastro := pedido.escolhas["cadastro"]) != "todos":
        vistos = vistos.filter(ativo=cadastro == "ativos")
    return vistos
