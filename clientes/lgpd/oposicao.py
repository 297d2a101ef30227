"""A oposição de cada pessoa, por canal: quem a registra, quem a retira, e de onde veio."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from clientes.models import CanalDeContato, Cliente, FonteDaOposicao, Oposicao, PessoaDeContato
from contas.auditoria import de_onde, registrar
from contas.models import Usuario, Via


class OposicaoInvalida(ValueError):
    """Registro que a casa recusa; a mensagem já vem pronta para a tela."""


def de_quem(cliente: Cliente, pessoa: PessoaDeContato | None = None) -> QuerySet[Oposicao]:
    """As de um titular, abertas e retiradas."""
    todas: QuerySet[Oposicao] = Oposicao.objects.filter(cliente=cliente, pessoa=pessoa)
    return todas.select_related("por", "retirada_por")


@transaction.atomic
def opor(
    *,
    cliente: Cliente,
    canais: Iterable[str],
    motivo: str,
    em: date,
    por: Usuario,
    pessoa: PessoaDeContato | None = None,
    fonte: str = FonteDaOposicao.TITULAR,
) -> list[str]:
    """Fecha os canais ainda abertos e devolve quais; o gatilho do banco os põe em `nao_contatar`."""
    pedidos = sorted(set(canais) & set(CanalDeContato.values))
    if not pedidos:
        raise OposicaoInvalida("Escolha ao menos um canal.")
    if em > timezone.localdate():
        raise OposicaoInvalida("O pedido não pode ser de um dia que ainda não chegou.")
    _trancar(cliente)
    ja = set(abertas(cliente, pessoa).values_list("canal", flat=True))
    novos = [canal for canal in pedidos if canal not in ja]
    if not novos:
        return []
    Oposicao.objects.bulk_create(
        Oposicao(cliente=cliente, pessoa=pessoa, canal=c, em=em, motivo=motivo.strip(), fonte=fonte, por=por)
        for c in novos
    )
    alvo = pessoa or cliente
    depois = {"canais": novos, "motivo": motivo.strip(), "data": em.isoformat(), "fonte": fonte}
    registrar("registrar oposição", por=por, objeto=rotulo(cliente, pessoa), depois=depois, alvo=alvo)
    return novos


@transaction.atomic
def retirar(*, oposicao: Oposicao, motivo: str, por: Usuario) -> bool:
    """O titular voltou atrás: reabre o canal e diz por quê; retirar duas vezes é o mesmo que uma."""
    if not motivo.strip():
        raise OposicaoInvalida("Diga por que o canal volta a se abrir: quem conferir vai querer saber.")
    _trancar(oposicao.cliente)
    if not _fechar(Oposicao.objects.filter(pk=oposicao.pk), por, motivo.strip()):
        return False
    alvo = oposicao.pessoa or oposicao.cliente
    canais = [canal for canal in type(alvo).objects.get(pk=alvo.pk).nao_contatar if canal != oposicao.canal]
    type(alvo).objects.filter(pk=alvo.pk).update(nao_contatar=canais, atualizado_em=timezone.now())
    registrar(
        "retirar oposição",
        por=por,
        objeto=rotulo(oposicao.cliente, oposicao.pessoa),
        antes={"canal": oposicao.canal},
        depois={"motivo": motivo.strip()},
        alvo=alvo,
    )
    return True


def acertar(
    *,
    cliente: Cliente,
    pessoa: PessoaDeContato | None,
    antes: Iterable[str],
    depois: Iterable[str],
    por: Usuario,
) -> None:
    """Quem marca ou desmarca canais no cadastro registra, ou retira, as oposições deles; a auditoria é de lá."""
    marcados, desmarcados = sorted(set(depois) - set(antes)), sorted(set(antes) - set(depois))
    fonte = FonteDaOposicao.API if de_onde().via == Via.API else FonteDaOposicao.CADASTRO
    _fechar(abertas(cliente, pessoa).filter(canal__in=desmarcados), por, "Desmarcada no cadastro")
    hoje = timezone.localdate()
    Oposicao.objects.bulk_create(
        (Oposicao(cliente=cliente, pessoa=pessoa, canal=c, em=hoje, fonte=fonte, por=por) for c in marcados),
        ignore_conflicts=True,
    )


def sem_registro(dono: Cliente | PessoaDeContato, oposicoes: Iterable[Oposicao]) -> list[str]:
    """Os canais fechados que nenhuma oposição daqui explica: foi o ERP que os fechou, e ele os reabre."""
    registrados = {o.canal for o in oposicoes if o.retirada_em is None}
    return [CanalDeContato(c).label for c in dono.nao_contatar if c not in registrados]


def abertas(cliente: Cliente, pessoa: PessoaDeContato | None) -> QuerySet[Oposicao]:
    return Oposicao.objects.filter(cliente=cliente, pessoa=pessoa, retirada_em__isnull=True)


def rotulo(cliente: Cliente, pessoa: PessoaDeContato | None) -> str:
    return f"pessoa {pessoa.pk} do cliente {cliente.codigo}" if pessoa else f"cliente {cliente.codigo}"


def _fechar(oposicoes: QuerySet[Oposicao], por: Usuario, motivo: str) -> int:
    return oposicoes.filter(retirada_em__isnull=True).update(
        retirada_em=timezone.now(), retirada_por=por, retirada_motivo=motivo
    )


def _trancar(cliente: Cliente) -> None:
    Cliente.objects.select_for_update(no_key=True).only("pk").get(pk=cliente.pk)
