"""Fornecedores e o crédito deles: as faixas e as restrições são as dos clientes, as tabelas é que são outras."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.db.models import Count, DecimalField, F, IntegerField, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce, JSONObject

from clientes.credito import faixa_do_ultimo, ultimo_score
from clientes.documentos import normalizar_documento
from clientes.importacao.lugares import reconhecer
from clientes.models import (
    Cliente,
    FaixaEmVigor,
    Fornecedor,
    MudancaDoFornecedor,
    RestricaoDeFornecedor,
    ScoreDeFornecedor,
)
from clientes.telefones import normalizar_telefone
from contas.auditoria import registrar
from contas.models import Usuario
from contas.texto import sem_acento

DIAS_DA_MUDANCA = 30
EDITAVEIS = (
    "nome", "documento", "cidade", "uf", "contato", "telefone", "email", "ativo", "observacao",
)  # fmt: skip
_ZERO = Value(Decimal(0), output_field=DecimalField(max_digits=16, decimal_places=2))


class FornecedorInvalido(ValueError):
    """Mudança que a casa recusa; a mensagem já vem pronta para a tela."""


# ── Ler ──────────────────────────────────────────────────────────────────────


def com_credito(fornecedores: models.QuerySet[Fornecedor], hoje: date) -> models.QuerySet[Fornecedor]:
    """Cada um com o score mais novo e a faixa, as restrições em aberto e a última mudança, numa consulta só."""
    ultimo = ultimo_score(ScoreDeFornecedor, "fornecedor")
    abertas = RestricaoDeFornecedor.objects.que_restringem().abertas(hoje).filter(fornecedor=OuterRef("pk"))
    por_dono = abertas.order_by().values("fornecedor")
    mudanca = MudancaDoFornecedor.objects.filter(fornecedor=OuterRef("pk"), em__lte=hoje)
    colunas = {c: F(c) for c in ("melhorou", "fonte", "tipo", "antes", "depois", "faixa")}
    return fornecedores.annotate(
        score=Subquery(ultimo.values("valor")[:1]),
        score_em=Subquery(ultimo.values("em")[:1]),
        faixa=faixa_do_ultimo(ultimo),
        restricoes_abertas=Coalesce(
            Subquery(por_dono.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0
        ),
        valor_restrito=Coalesce(Subquery(por_dono.annotate(v=Sum("valor")).values("v")), _ZERO),
        mudou_em=Subquery(mudanca.values("em")[:1]),
        mudanca=Subquery(mudanca.annotate(dita=JSONObject(**colunas)).values("dita")[:1]),
    )


def que_mudaram(desde: date, ate: date, *, melhorou: bool) -> Q:
    """Cuja última mudança do período foi para melhor, ou para pior: é o que vale hoje dele."""
    ultima = MudancaDoFornecedor.objects.filter(fornecedor=OuterRef("pk"), em__gt=desde, em__lte=ate)
    return Q(pk__in=Fornecedor.objects.annotate(
        _ultima=Subquery(ultima.values("melhorou")[:1])
    ).filter(_ultima=melhorou).values("pk"))  # fmt: skip


def com_restricao(hoje: date) -> Q:
    abertas = RestricaoDeFornecedor.objects.que_restringem().abertas(hoje)
    return Q(pk__in=abertas.values("fornecedor"))


def na_faixa(nomes: Sequence[str]) -> Q:
    ultimo = ultimo_score(ScoreDeFornecedor, "fornecedor")
    faixa = Fornecedor.objects.annotate(_faixa=faixa_do_ultimo(ultimo)).filter(_faixa__in=nomes)
    return Q(pk__in=faixa.values("pk"))


def que_dizem(texto: str) -> Q:
    """Nome sem acento, código, documento com ou sem máscara, município ou com quem falar."""
    achados = Q(nome_chave__contains=sem_acento(texto)) | Q(codigo__istartswith=texto)
    achados |= Q(cidade__icontains=texto) | Q(contato__icontains=texto)
    digitos = "".join(c for c in texto.upper() if c.isalnum())
    return achados | Q(documento__startswith=digitos) if len(digitos) >= 3 else achados


def resumo(fornecedores: models.QuerySet[Fornecedor], hoje: date) -> dict[str, int]:
    """Quantos há, quantos têm restrição e quantos mudaram no último mês, numa consulta."""
    desde = hoje - timedelta(days=DIAS_DA_MUDANCA)
    return fornecedores.aggregate(
        todos=Count("pk"),
        restritos=Count("pk", filter=com_restricao(hoje)),
        pioraram=Count("pk", filter=que_mudaram(desde, hoje, melhorou=False)),
        melhoraram=Count("pk", filter=que_mudaram(desde, hoje, melhorou=True)),
    )


def mesma_pessoa(cliente: Cliente) -> models.QuerySet[Fornecedor]:
    """Os cadastros de fornecedor que são de quem também é cliente: a mesma empresa e o mesmo documento, válido."""
    if not cliente.documento_valido or not cliente.documento:
        return Fornecedor.objects.none()
    return Fornecedor.objects.filter(
        empresa=cliente.empresa_id, documento=cliente.documento, documento_valido=True
    ).order_by("pk")


def como_cliente(fornecedor: Fornecedor) -> models.QuerySet[Cliente]:
    """O contrário de `mesma_pessoa`: os cadastros de cliente que são de quem também nos vende."""
    if not fornecedor.documento_valido or not fornecedor.documento:
        return Cliente.objects.none()
    return Cliente.objects.filter(
        empresa=fornecedor.empresa_id, documento=fornecedor.documento, documento_valido=True
    ).order_by("pk")


def posicoes_das_faixas(empresas: Sequence[int]) -> dict[tuple[int, str], str]:
    """Por empresa e faixa: pior, baixa, alta ou melhor; a forma que acompanha a palavra sai daqui."""
    por_empresa: dict[int, list[str]] = {}
    for faixa in FaixaEmVigor.objects.filter(empresa__in=empresas).order_by("empresa", "minimo"):
        por_empresa.setdefault(faixa.empresa_id, []).append(faixa.nome)
    return {
        (empresa, nome): _posicao(i, len(nomes))
        for empresa, nomes in por_empresa.items()
        for i, nome in enumerate(nomes)
    }


def posicao_de(faixa: FaixaEmVigor | None, faixas: Sequence[FaixaEmVigor]) -> str:
    """A de uma faixa entre as da empresa, da pior à melhor."""
    return _posicao(list(faixas).index(faixa), len(faixas)) if faixa else ""


def _posicao(indice: int, quantas: int) -> str:
    if quantas == 1:  # uma faixa só não é nem a pior nem a melhor
        return "alta"
    if indice in {0, quantas - 1}:
        return "melhor" if indice else "pior"
    return "baixa" if 2 * indice < quantas else "alta"


# ── Mudar ────────────────────────────────────────────────────────────────────


@transaction.atomic
def editar(*, fornecedor: Fornecedor, mudancas: dict[str, Any], por: Usuario) -> list[str]:
    """Grava só o que mudou, com o antes e o depois na auditoria; `erp` fica, para durar até o ERP mudar o seu."""
    atual = Fornecedor.objects.select_for_update(no_key=True).get(pk=fornecedor.pk)
    if atual.anonimizado_em:
        raise FornecedorInvalido("Este cadastro foi anonimizado a pedido do titular e não se muda mais.")
    prontas = _normalizar({c: v for c, v in mudancas.items() if c in EDITAVEIS})
    if "nome" in prontas and not prontas["nome"]:
        raise FornecedorInvalido("Dê um nome ao fornecedor.")
    mudados = {c: v for c, v in prontas.items() if getattr(atual, c) != v}
    if not mudados:
        return []
    antes = {campo: getattr(atual, campo) for campo in mudados}
    for campo, valor in mudados.items():
        setattr(atual, campo, valor)
    campos = [*mudados, "atualizado_em"]
    if mudados.keys() & {"cidade", "uf"}:
        atual.municipio_id = reconhecer(atual.cidade, atual.uf).municipio
        campos.append("municipio")
    atual.save(update_fields=campos)
    registrar("editar fornecedor", por=por, objeto=rotulo(atual), alvo=atual, antes=antes, depois=mudados)
    return sorted(mudados)


def rotulo(fornecedor: Fornecedor) -> str:
    return f"fornecedor {fornecedor.codigo}"


def _normalizar(mudancas: dict[str, Any]) -> dict[str, Any]:
    pronto = {c: v.strip() if isinstance(v, str) else v for c, v in mudancas.items()}
    if pronto.get("telefone"):
        pronto["telefone"] = normalizar_telefone(pronto["telefone"]).valor
    if "documento" in pronto:
        documento = normalizar_documento(pronto["documento"])
        pronto["documento"], pronto["documento_valido"] = documento.valor, documento.valido
    return pronto
