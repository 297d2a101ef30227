"""Marcar o mesmo contato com muitos clientes: um por cliente, em poucas consultas, e sem esquecer os que ficam fora."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from clientes.agenda import Proximo
from clientes.compromissos import DAO_A_OUTROS, abertos
from clientes.models import Agendamento, CanalDeContato, Cliente, Pitch
from contas.models import Usuario

LIMITE = 1000


class LoteInvalido(ValueError):
    """Pedido que a casa recusa inteiro; a mensagem já vem pronta para a tela."""


@dataclass(slots=True)
class LoteDeAgendamentos:
    """O que se marcou e por que os outros ficaram de fora, do motivo mais comum ao menos."""

    marcados: list[Agendamento] = field(default_factory=list)
    fora: dict[str, list[Cliente]] = field(default_factory=dict)

    @property
    def quantos_fora(self) -> int:
        return sum(len(clientes) for clientes in self.fora.values())


def prever(
    *, clientes: Iterable[Cliente], tipo: str, em: date, por: Usuario, de_cada_um: bool
) -> LoteDeAgendamentos:
    """A mesma conta do gesto, sem gravar: quem entraria e quem ficaria de fora."""
    return _separar(list(clientes), Proximo(em, tipo=tipo), por, de_cada_um)


@transaction.atomic
def agendar_em_lote(
    *, clientes: Iterable[int], proximo: Proximo, por: Usuario, de_cada_um: bool = False
) -> LoteDeAgendamentos:
    """Marca para quem pode ser procurado por esse canal e ainda não tem nada combinado.

    `de_cada_um` dá o compromisso ao vendedor do cliente; sem isso é de quem marca. Os clientes são travados antes:
    o segundo envio do mesmo formulário acha todos já marcados.
    """
    ids = list(clientes)
    if len(ids) > LIMITE:
        raise LoteInvalido(f"São {len(ids)} clientes: marque até {LIMITE} de cada vez.")
    travados = Cliente.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=ids).order_by("pk")
    lote = _separar(list(travados.select_related("vendedor")), proximo, por, de_cada_um)
    Agendamento.objects.bulk_create(lote.marcados)
    return lote


def _separar(clientes: list[Cliente], proximo: Proximo, por: Usuario, de_cada_um: bool) -> LoteDeAgendamentos:
    ids = [cliente.pk for cliente in clientes]
    combinados = set(abertos().filter(cliente__in=ids).values_list("cliente", flat=True))
    ultimo = Pitch.objects.filter(cliente=OuterRef("pk")).order_by("-id").values("pk")[:1]
    pitches = dict(Cliente.objects.filter(pk__in=ids).values_list("pk", Subquery(ultimo)))
    lote = LoteDeAgendamentos()
    for cliente in clientes:
        dono = cliente.vendedor if de_cada_um and por.papel in DAO_A_OUTROS else por
        motivo = _por_que_fora(cliente, proximo, dono, cliente.pk in combinados)
        if motivo or dono is None:
            lote.fora.setdefault(motivo, []).append(cliente)
            continue
        lote.marcados.append(
            Agendamento(
                cliente=cliente,
                responsavel=dono,
                criado_por=por,
                pitch_id=pitches.get(cliente.pk),
                **proximo.campos(),
            )
        )
    lote.fora = dict(sorted(lote.fora.items(), key=lambda par: -len(par[1])))
    return lote


def _por_que_fora(cliente: Cliente, proximo: Proximo, dono: Usuario | None, combinado: bool) -> str:
    """O primeiro motivo, do mais definitivo ao mais passageiro; vazio quando entra."""
    if cliente.encerrado_em is not None:
        return "encerrado"
    if cliente.fora_do_perfil:
        return "fora do perfil"
    if proximo.tipo in cliente.nao_contatar:
        return f"não quer ser procurado por {CanalDeContato(proximo.tipo).label.lower()}"
    if dono is None or not dono.is_active:
        return "sem vendedor que o atenda"
    if cliente.adiado_ate is not None and cliente.adiado_ate > proximo.em:
        return "adiado para depois desse dia"
    return "já tem contato combinado" if combinado else ""


@transaction.atomic
def desfazer_lote(*, agendamentos: Iterable[int], por: Usuario) -> int:
    """Cancela os que a própria pessoa marcou e que ainda ninguém mexeu; devolve quantos."""
    deles = abertos().filter(pk__in=list(agendamentos), criado_por=por, remarcacoes=0, tentativas=0)
    return int(deles.update(cancelado_em=timezone.now()))
