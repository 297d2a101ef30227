"""As pessoas do cliente: acrescentar, editar, pôr à frente, inativar. Quem aparece num contato não se apaga."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from clientes.lgpd.marcas import anonimizada_antes
from clientes.lgpd.oposicao import acertar
from clientes.models import Cliente, PessoaDeContato
from clientes.telefones import normalizar_telefone
from contas.auditoria import registrar
from contas.models import Usuario
from contas.texto import sem_acento

CAMPOS = ("nome", "papel", "cargo", "telefone", "email", "observacao", "nao_contatar", "principal")


class PessoaInvalida(ValueError):
    """Mudança que a casa recusa; a mensagem já vem pronta para a tela."""


@transaction.atomic
def salvar(
    *, cliente: Cliente, por: Usuario, pessoa: PessoaDeContato | None = None, **campos: Any
) -> tuple[PessoaDeContato, list[str]]:
    """Acrescenta ou edita e devolve os campos mudados; a nova principal toma o lugar da anterior.

    `PessoaDeContato.erp` fica como está: o que se muda aqui vale até o ERP mandar outro valor.
    """
    _trancar(cliente)
    atual = _relida(pessoa) if pessoa else PessoaDeContato(cliente=cliente)
    valores = _normalizar(campos)
    _recusar_anonimizada(cliente, atual, valores.get("nome", ""))
    _recusar_nome_repetido(cliente, atual, valores.get("nome", atual.nome))
    if not atual.ativa:
        valores["principal"] = False  # quem está inativa não é com quem se fala primeiro
    mudados = {c: v for c, v in valores.items() if getattr(atual, c) != v}
    if pessoa and not mudados:
        return atual, []
    antes = {campo: getattr(atual, campo) for campo in mudados} if pessoa else None
    if valores.get("principal"):
        _tirar_a_principal(cliente, menos=atual)
    for campo, valor in mudados.items():
        setattr(atual, campo, valor)
    atual.verificada_em = timezone.localdate()
    if pessoa and "nao_contatar" in mudados:
        _acertar_oposicoes(atual, antes, por)
    atual.save()
    if not pessoa and atual.nao_contatar:
        _acertar_oposicoes(atual, None, por)
    acao = "editar pessoa de contato" if pessoa else "acrescentar pessoa de contato"
    registrar(acao, por=por, objeto=_rotulo(atual), antes=antes, depois=mudados, alvo=atual)
    return atual, sorted(mudados)


def _acertar_oposicoes(pessoa: PessoaDeContato, antes: dict[str, Any] | None, por: Usuario) -> None:
    acertar(
        cliente=pessoa.cliente,
        pessoa=pessoa,
        antes=antes["nao_contatar"] if antes else (),
        depois=pessoa.nao_contatar,
        por=por,
    )


def _recusar_anonimizada(cliente: Cliente, pessoa: PessoaDeContato, nome: str) -> None:
    """Quem pediu para ser esquecido não se edita nem se cadastra de novo; o banco recusaria sem dizer por quê."""
    if pessoa.anonimizada_em or anonimizada_antes(cliente, nome):
        raise PessoaInvalida(
            "Esta pessoa pediu para ser esquecida e foi anonimizada: o cadastro dela não volta."
        )


def _normalizar(campos: dict[str, Any]) -> dict[str, Any]:
    pronto = {c: v.strip() if isinstance(v, str) else v for c, v in campos.items() if c in CAMPOS}
    if pronto.get("telefone"):
        pronto["telefone"] = normalizar_telefone(pronto["telefone"]).valor
    if "nao_contatar" in pronto:
        pronto["nao_contatar"] = sorted(pronto["nao_contatar"])
    if "nome" in pronto and not pronto["nome"]:
        raise PessoaInvalida("Escreva o nome da pessoa.")
    return pronto


def _recusar_nome_repetido(cliente: Cliente, pessoa: PessoaDeContato, nome: str) -> None:
    xaras = PessoaDeContato.objects.filter(cliente=cliente, nome_chave=sem_acento(nome)).exclude(pk=pessoa.pk)
    xara = xaras.first()
    if xara is not None:
        como = "" if xara.ativa else ", inativa: reative-a em vez de repetir"
        raise PessoaInvalida(f"Já há uma pessoa com este nome neste cliente{como}.")


@transaction.atomic
def inativar(*, pessoa: PessoaDeContato, por: Usuario) -> bool:
    """Sai das escolhas e fica na história; inativa, não é mais a principal."""
    return _ligar(pessoa, por, "inativar pessoa de contato", ativa=False, principal=False)


@transaction.atomic
def reativar(*, pessoa: PessoaDeContato, por: Usuario) -> bool:
    return _ligar(pessoa, por, "reativar pessoa de contato", ativa=True)


def _ligar(pessoa: PessoaDeContato, por: Usuario, acao: str, **valores: bool) -> bool:
    atual = _relida(pessoa)
    if atual.ativa == valores["ativa"]:
        return False
    antes = {campo: getattr(atual, campo) for campo in valores}
    for campo, valor in valores.items():
        setattr(atual, campo, valor)
    atual.save(update_fields=[*valores, "atualizado_em"])
    registrar(acao, por=por, objeto=_rotulo(atual), antes=antes, depois=dict(valores), alvo=atual)
    return True


def _trancar(cliente: Cliente) -> None:
    """Duas gravações no mesmo cliente vão uma depois da outra: a principal é sempre uma só."""
    Cliente.objects.select_for_update(no_key=True).only("pk").get(pk=cliente.pk)


def _relida(pessoa: PessoaDeContato) -> PessoaDeContato:
    atual: PessoaDeContato = PessoaDeContato.objects.select_for_update().get(pk=pessoa.pk)
    return atual


def _tirar_a_principal(cliente: Cliente, menos: PessoaDeContato) -> None:
    outras = PessoaDeContato.objects.filter(cliente=cliente, principal=True).exclude(pk=menos.pk)
    outras.update(principal=False, atualizado_em=timezone.now())


def _rotulo(pessoa: PessoaDeContato) -> str:
    return f"pessoa {pessoa.pk} do cliente {pessoa.cliente.codigo}"
