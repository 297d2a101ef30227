"""Por que se tratam os dados de alguém e de onde veio cada um.

A base é declarada (por titular, ou o padrão da empresa). A origem não se guarda duas vezes: lê-se do que já há, o
último valor do ERP e a auditoria de quem mudou.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from clientes.lgpd.esquecer import Titular
from clientes.lgpd.oposicao import rotulo
from clientes.models import (
    BaseDoTitular,
    BaseLegal,
    Cliente,
    Fornecedor,
    ParametrosDeLgpd,
    PessoaDeContato,
)
from contas.auditoria import chave_do_alvo, registrar
from contas.models import RegistroDeAuditoria, Usuario

DO_CLIENTE = (
    ("razao_social", "Nome"),
    ("nome_fantasia", "Nome por que se chama"),
    ("documento", "CPF/CNPJ"),
    ("telefone", "Telefone"),
    ("email", "E-mail"),
    ("cidade", "Município"),
    ("uf", "UF"),
    ("cep", "CEP"),
    ("observacao", "Observação"),
)
DA_PESSOA = (
    ("nome", "Nome"),
    ("papel", "Papel"),
    ("cargo", "Cargo"),
    ("telefone", "Telefone"),
    ("email", "E-mail"),
    ("observacao", "Observação"),
)

# Alvo da auditoria → campo → o último registro que o tocou.
Mudancas = dict[str, dict[str, RegistroDeAuditoria]]


@dataclass(frozen=True, slots=True)
class Dado:
    campo: str
    rotulo: str
    valor: str
    origem: str


@dataclass(frozen=True, slots=True)
class BaseEmVigor:
    base: str
    origem: str
    desde: date | None
    declarada: bool

    @property
    def nome(self) -> str:
        return BaseLegal(self.base).label


class BaseInvalida(ValueError):
    """Declaração que a casa recusa; a mensagem já vem pronta para a tela."""


def bases_de(cliente: Cliente) -> dict[int | None, BaseDoTitular]:
    """A última declarada de cada titular do cliente (nulo é ele mesmo), numa consulta."""
    declaradas = BaseDoTitular.objects.filter(cliente=cliente).order_by("id")
    return {base.pessoa_id: base for base in declaradas}


def base_em_vigor(
    titular: Titular, parametros: ParametrosDeLgpd, declaradas: dict[int | None, BaseDoTitular]
) -> BaseEmVigor:
    """A última declarada ou, sem ela, a da empresa: uma para quem já comprou, outra para quem não."""
    ultima = declaradas.get(titular.pessoa.pk if titular.pessoa else None)
    if ultima is not None:
        return BaseEmVigor(ultima.base, ultima.origem, ultima.desde, declarada=True)
    da_empresa = parametros.base_dos_clientes if titular.cliente.ja_comprou else parametros.base
    return BaseEmVigor(da_empresa, "", None, declarada=False)


@transaction.atomic
def declarar(*, titular: Titular, base: str, origem: str, desde: date, por: Usuario) -> BaseDoTitular:
    if base not in BaseLegal.values:
        raise BaseInvalida("Escolha a base legal.")
    if not origem.strip():
        raise BaseInvalida(
            "Diga de onde vieram os dados: cartão na feira, ficha de cadastro, indicação de quem…"
        )
    if desde > timezone.localdate():
        raise BaseInvalida("A base não pode valer de um dia que ainda não chegou.")
    nova: BaseDoTitular = BaseDoTitular.objects.create(
        cliente=titular.cliente, pessoa=titular.pessoa, base=base, origem=origem.strip(), desde=desde, por=por
    )
    registrar(
        "declarar base legal",
        por=por,
        objeto=rotulo(titular.cliente, titular.pessoa),
        depois={"base": nova.get_base_display(), "origem": nova.origem, "desde": desde.isoformat()},
        alvo=titular.pessoa or titular.cliente,
    )
    return nova


def dados_de(titular: Titular, mudancas: Mudancas) -> list[Dado]:
    """Cada dado preenchido e de onde veio o valor que está lá."""
    campos = DA_PESSOA if titular.pessoa else DO_CLIENTE
    return dados_de_um(titular.pessoa or titular.cliente, campos, mudancas)


def dados_de_um(dono: Any, campos: Iterable[tuple[str, str]], mudancas: Mudancas) -> list[Dado]:
    """`campos` são os pares (coluna, rótulo) do modelo de quem é."""
    dele = mudancas.get(chave_do_alvo(dono), {})
    return [
        Dado(campo, nome, str(valor), _origem(dono, campo, dele.get(campo)))
        for campo, nome in campos
        if (valor := _valor(dono, campo))
    ]


def mudancas_de(donos: Iterable[Cliente | PessoaDeContato | Fornecedor]) -> Mudancas:
    """Por dono e campo, o último registro que o tocou, numa consulta."""
    achadas: Mudancas = {}
    registros = RegistroDeAuditoria.objects.filter(
        alvo__in=[chave_do_alvo(dono) for dono in donos], depois__isnull=False
    )
    for registro in registros.order_by("em", "id"):
        achadas.setdefault(registro.alvo, {}).update(dict.fromkeys(registro.depois or {}, registro))
    return achadas


def _valor(dono: Any, campo: str) -> str:
    if campo == "papel":
        return str(dono.get_papel_display())
    return str(getattr(dono, campo) or "")


def _origem(dono: Any, campo: str, mudanca: RegistroDeAuditoria | None) -> str:
    if campo in dono.erp and (dono.erp[campo] or "") == str(getattr(dono, campo)):
        return _do_erp(dono)
    if mudanca is not None:
        quem = mudanca.quem or "sistema"
        return (
            f"{quem}, por {mudanca.get_via_display().lower()}, em {timezone.localtime(mudanca.em):%d/%m/%Y}"
        )
    return (
        _do_erp(dono) if dono.importacao_id else f"cadastro de {timezone.localtime(dono.criado_em):%d/%m/%Y}"
    )


def _do_erp(dono: Any) -> str:
    arquivo = dono.importacao
    if arquivo is None:
        return "ERP"
    return f"ERP, arquivo {arquivo.nome_do_arquivo}, de {timezone.localtime(arquivo.criada_em):%d/%m/%Y}"
