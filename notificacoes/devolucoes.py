"""Devoluções: o endereço que devolve fica suspenso até alguém o liberar.

Chegam à mão (numa mensagem ou numa pessoa), por um CSV de endereços e motivos, ou pelos avisos que o servidor de
destino manda de volta (.eml com message/delivery-status). Registrar de novo o que já está suspenso não muda nada.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from clientes.models import Cliente, PessoaDeContato
from contas.auditoria import registrar as auditar
from contas.escopo import empresas_de
from contas.models import Empresa, Usuario
from contas.papeis import Permissao, pode
from notificacoes.ao_cliente import nao_saiu
from notificacoes.models import Devolucao, Mensagem, OrigemDaDevolucao


@dataclass(frozen=True, slots=True)
class Devolvido:
    """Um endereço que voltou, ainda por registrar; `message_id` é o da mensagem, quando o aviso a cita."""

    endereco: str
    motivo: str = ""
    message_id: str = ""
    linha: int = 0


@dataclass(slots=True)
class Resultado:
    """O que um arquivo (ou um gesto) fez."""

    novas: list[str] = field(default_factory=list)
    ja_suspensas: list[str] = field(default_factory=list)
    recusadas: list[tuple[int, str, str]] = field(default_factory=list)  # linha, endereço, porquê


def em_vigor(enderecos: Iterable[str]) -> dict[str, Devolucao]:
    """As devoluções que suspendem estes endereços, numa consulta."""
    normais = {endereco.strip().lower() for endereco in enderecos if endereco}
    if not normais:
        return {}
    vigentes = Devolucao.objects.em_vigor().filter(endereco__in=normais).select_related("por")
    return {devolucao.endereco: devolucao for devolucao in vigentes}


def visiveis_para(usuario: Usuario) -> QuerySet[Devolucao]:
    """As que um administrador confere: menos os endereços de gente e de clientes de empresas que ele não vê."""
    devolucoes = Devolucao.objects.select_related("por", "liberada_por", "mensagem")
    if not pode(usuario, Permissao.VER_MENSAGENS):
        return devolucoes.none()
    alheias = _empresas_alheias(usuario)
    if not alheias.exists():
        return devolucoes
    for enderecos in _enderecos_de(alheias):
        devolucoes = devolucoes.exclude(endereco__in=enderecos)
    return devolucoes


@transaction.atomic
def registrar(devolvidos: Iterable[Devolvido], *, origem: str, por: Usuario, arquivo: str = "") -> Resultado:
    """Suspende os que ainda não estão; o endereço de outra empresa e o que não é endereço são recusados."""
    resultado = Resultado()
    mensagens = _mensagens(devolvidos := list(devolvidos))
    aceitos = _aceitos(devolvidos, mensagens, por, resultado)
    novas = [
        Devolucao(
            endereco=endereco,
            motivo=devolvido.motivo[:300],
            origem=origem,
            mensagem=mensagens.get(devolvido.message_id),
            por=por,
        )
        for endereco, devolvido in aceitos.items()
    ]
    # outra pessoa registrando o mesmo neste instante não é erro: o endereço fica suspenso uma vez
    Devolucao.objects.bulk_create(novas, ignore_conflicts=True)
    resultado.novas = list(aceitos)
    recusados = {endereco for _, endereco, _ in resultado.recusadas}
    for mensagem in mensagens.values():
        if _normal(mensagem.para) not in recusados:
            nao_saiu(mensagem)  # o e-mail ao cliente voltou: não houve contato
    _auditar(resultado, aceitos, origem, por, arquivo)
    return resultado


def registrar_da_mensagem(*, mensagem: Mensagem, motivo: str, por: Usuario) -> Resultado:
    """Alguém leu na caixa de entrada que esta mensagem voltou."""
    devolvido = Devolvido(mensagem.para, motivo, mensagem.message_id)
    return registrar([devolvido], origem=OrigemDaDevolucao.MAO, por=por)


def _mensagens(devolvidos: Iterable[Devolvido]) -> dict[str, Mensagem]:
    ids = {devolvido.message_id for devolvido in devolvidos if devolvido.message_id}
    achadas = Mensagem.objects.filter(message_id__in=ids).select_related("contato__atendente")
    return {mensagem.message_id: mensagem for mensagem in achadas}


def _aceitos(
    devolvidos: list[Devolvido], mensagens: Mapping[str, Mensagem], por: Usuario, resultado: Resultado
) -> dict[str, Devolvido]:
    """Um por endereço, dos que ainda não estão suspensos; os outros vão para o resultado."""
    # A caixa final pode ser outra (um redirecionamento): suspende-se aquela para a qual se escreve.
    por_endereco = {_normal(_destino(d, mensagens)): d for d in reversed(devolvidos)}
    suspensos = em_vigor(por_endereco)
    alheios = _alheios(por_endereco, por)
    aceitos: dict[str, Devolvido] = {}
    for endereco, devolvido in reversed(por_endereco.items()):
        if not _e_endereco(endereco):
            resultado.recusadas.append((devolvido.linha, endereco, "não é um endereço de e-mail"))
        elif endereco in alheios:
            resultado.recusadas.append(
                (devolvido.linha, endereco, "é de uma empresa que você não administra")
            )
        elif endereco in suspensos:
            resultado.ja_suspensas.append(endereco)
        else:
            aceitos[endereco] = devolvido
    return aceitos


def _destino(devolvido: Devolvido, mensagens: Mapping[str, Mensagem]) -> str:
    mensagem = mensagens.get(devolvido.message_id)
    return mensagem.para if mensagem else devolvido.endereco


def _normal(endereco: str) -> str:
    return endereco.strip().strip("<>").lower()


def _e_endereco(endereco: str) -> bool:
    try:
        validate_email(endereco)
    except ValidationError:
        return False
    return len(endereco) <= 254


def _auditar(
    resultado: Resultado, aceitos: Mapping[str, Devolvido], origem: str, por: Usuario, arquivo: str
) -> None:
    if origem == OrigemDaDevolucao.MAO:
        for endereco in resultado.novas:
            auditar(
                "devolucao.registrar", por=por, objeto=endereco, depois={"motivo": aceitos[endereco].motivo}
            )
    elif resultado.novas:
        contagens = {"suspensos": len(resultado.novas), "já suspensos": len(resultado.ja_suspensas)}
        auditar("devolucao.importar", por=por, objeto=arquivo[:120], depois=contagens)


@transaction.atomic
def liberar(*, devolucao: Devolucao, por: Usuario) -> bool:
    """A palavra de uma pessoa: o endereço volta a receber. O que não saiu espera que alguém o reenvie."""
    vigente = Devolucao.objects.em_vigor().filter(pk=devolucao.pk)
    if not vigente.update(liberada_em=timezone.now(), liberada_por=por):
        return False
    auditar("devolucao.liberar", por=por, objeto=devolucao.endereco, antes={"motivo": devolucao.motivo})
    return True


# ── De quem é um endereço ────────────────────────────────────────────────────


def _empresas_alheias(usuario: Usuario) -> QuerySet[Empresa]:
    return Empresa.objects.exclude(pk__in=empresas_de(usuario))


def _enderecos_de(empresas: QuerySet[Empresa]) -> Iterable[Any]:
    """Em minúsculas, os endereços de quem trabalha nestas empresas e dos clientes delas."""
    pessoas = Usuario.objects.filter(vinculos__empresa__in=empresas, email__isnull=False)
    clientes = Cliente.objects.filter(empresa__in=empresas).exclude(email="")
    contatos = PessoaDeContato.objects.filter(cliente__empresa__in=empresas).exclude(email="")
    for linhas in (pessoas, clientes, contatos):
        yield linhas.order_by().annotate(minusculo=Lower("email")).values("minusculo")


def _alheios(enderecos: Iterable[str], usuario: Usuario) -> set[str]:
    """Os que são de empresas que a pessoa não administra, e de nenhuma que ela administra."""
    alheias = _empresas_alheias(usuario)
    if not alheias.exists():
        return set()
    return _donos(alheias, enderecos) - _donos(empresas_de(usuario), enderecos)


def _donos(empresas: QuerySet[Empresa], enderecos: Iterable[str]) -> set[str]:
    procurados = list(enderecos)
    achados: set[str] = set()
    for deles in _enderecos_de(empresas):
        achados |= set(deles.filter(minusculo__in=procurados).values_list("minusculo", flat=True))
    return achados
