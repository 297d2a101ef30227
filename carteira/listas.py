"""Listas de trabalho e o filtro da carteira: quem uma consulta traz, e as vivas que se refazem por ela."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q
from django.http import QueryDict
from django.utils import timezone

from atividade.models import Indicadores, Status
from carteira.filters import FiltroDeClientes
from carteira.filtros.catalogo import invisiveis
from carteira.referencias import Referencias
from carteira.selecao import Selecao, texto_da_consulta
from clientes.listas import copia_de, criar, encerrar, trancada
from clientes.membros_da_lista import entrar, sair, soltar_de_quem_nao_ve
from clientes.models import Finalidade, ListaDeTrabalho, MembroDaLista, OrigemDoMembro
from contas.escopo import empresas_de
from contas.models import Empresa, Usuario
from contas.papeis import Permissao, pode

# De quem cada finalidade fala; "outra" aceita qualquer situação.
DA_FINALIDADE: dict[str, tuple[str, ...]] = {
    Finalidade.PREVENCAO: (Status.ATIVO, Status.QUASE_INATIVO),
    Finalidade.RECUPERACAO: (Status.INATIVO,),
}


class ConsultaRecusada(ValueError):
    """A consulta não se entende, ou é de quem já não a pode fazer."""


def finalidade_sugerida(indicadores: Any) -> str:
    """A da maioria: inativos se recuperam, quem ainda compra se previne."""
    inativos = Count("pk", filter=Q(status=Status.INATIVO))
    conta = indicadores.order_by().aggregate(todos=Count("pk"), inativos=inativos)
    return Finalidade.RECUPERACAO if 2 * conta["inativos"] > conta["todos"] else Finalidade.PREVENCAO


def fora_da_finalidade(indicadores: Any, finalidade: str) -> Any:
    """Dos indicadores, os que não são de quem a lista fala."""
    cabem = DA_FINALIDADE.get(finalidade)
    return indicadores.exclude(status__in=cabem) if cabem else indicadores.none()


@dataclass(frozen=True)
class Publico:
    """Quem se quer na lista: os de uma consulta, ou os escolhidos a dedo; sempre só o que a pessoa vê."""

    usuario: Usuario
    consulta: str | None = None
    selecao: Selecao | None = None

    @classmethod
    def de(cls, dados: QueryDict, usuario: Usuario) -> "Publico":
        """`cliente` ou `todos` é uma seleção; senão, o próprio endereço (ou `consulta`) é o filtro."""
        if dados.getlist("cliente") or dados.get("todos") == "1":
            selecao = Selecao.de(dados, usuario)
            return cls(usuario, selecao.consulta, selecao)
        return cls(usuario, texto_da_consulta(dados.get("consulta", dados.urlencode())))

    @property
    def pode_ser_viva(self) -> bool:
        """Uma lista viva precisa de uma consulta de que se refazer."""
        return self.consulta is not None

    def indicadores(self, hoje: date | None = None) -> Any:
        """Com encerrados e fora do perfil: quem a lista esconde, ela conta."""
        if self.consulta is None:
            assert self.selecao is not None
            escolhidos = self.selecao.clientes().order_by().values("pk")
            return Indicadores.objects.filter(pk__in=escolhidos)
        return da_consulta(self.consulta, self.usuario, hoje)

    def campos(self) -> list[tuple[str, str]]:
        """Os campos escondidos que trazem o mesmo público de volta."""
        if self.consulta is not None:
            return [("consulta", self.consulta)]
        assert self.selecao is not None
        return self.selecao.campos()


def da_consulta(consulta: str, usuario: Usuario, hoje: date | None = None) -> Any:
    """Os indicadores do filtro, pelos olhos de alguém e na data dada."""
    dados = QueryDict(consulta, mutable=True)
    dados["ocultos"] = "on"
    empresas = {e.pk: e for e in empresas_de(usuario).select_related("parametros")}
    filtro = FiltroDeClientes(
        dados, usuario=usuario, referencias=Referencias(empresas, hoje or timezone.localdate())
    )
    if filtro.recusados:
        raise ConsultaRecusada(f"Filtro não entendido: {', '.join(filtro.recusados.values())}.")
    if invisiveis(filtro.condicoes, usuario):
        # A condição não acharia ninguém e, negada, acharia todos; o campo não se diz, que quem lê pode não o ver.
        raise ConsultaRecusada(f"O filtro tem uma condição que {usuario} não vê.")
    return filtro.resultado()


# ── As vivas ─────────────────────────────────────────────────────────────────


def ids_da_lista_viva(lista: ListaDeTrabalho, hoje: date) -> set[int]:
    """Quem deve estar nela hoje; levanta se a consulta não vale mais, e então ninguém sai nem entra."""
    if not pode(lista.consulta_por, Permissao.GERIR_LISTAS):
        raise ConsultaRecusada(
            f"{lista.consulta_por} já não faz listas: edite o filtro da lista para assumi-la."
        )
    quem = da_consulta(lista.consulta, lista.consulta_por, hoje).filter(empresa=lista.empresa)
    cabem = DA_FINALIDADE.get(lista.finalidade)
    if cabem and not lista.aceita_fora_da_finalidade:
        quem = quem.filter(status__in=cabem)
    return set(quem.order_by().values_list("pk", flat=True))


@transaction.atomic
def refazer(lista: ListaDeTrabalho, hoje: date) -> Counter[str]:
    """A lista viva volta a ser a consulta dela; repetir no mesmo estado não muda nada."""
    atual = trancada(lista)
    feito: Counter[str] = Counter()
    if not atual.viva or atual.terminou(hoje) or atual.empresa.consulta_passada:
        return feito
    try:
        certos = ids_da_lista_viva(atual, hoje)
        atual.refeita_erro = ""
    except ConsultaRecusada as erro:
        atual.refeita_erro = str(erro)[:200]
    else:
        dentro = set(MembroDaLista.objects.na_lista().filter(lista=atual).values_list("cliente", flat=True))
        feito["sairam"] = sair(atual, dentro - certos, hoje=hoje)
        feito["entraram"] = entrar(atual, certos - dentro, hoje=hoje)
        feito["refeitas"] = 1
    atual.refeita_em = timezone.now()
    atual.save(update_fields=["refeita_em", "refeita_erro"])
    return feito


def precisa_refazer(lista: ListaDeTrabalho, hoje: date) -> bool:
    """Na abertura: viva, e os números (ou o dia) são outros desde a última vez."""
    if not lista.viva or lista.terminou(hoje):
        return False
    feita, calculada = lista.refeita_em, lista.empresa.calculada_em
    return feita is None or timezone.localdate(feita) < hoje or (calculada is not None and calculada > feita)


def cuidar_das_listas(empresa: Empresa, vaga: date) -> dict[str, int]:
    """O passo da noite: as vencidas terminam, as vivas se refazem, e quem deixou de ver um cliente o cede."""
    da_empresa = ListaDeTrabalho.objects.filter(empresa=empresa, apagada_em__isnull=True)
    vencidas = da_empresa.filter(Q(encerrada_em__isnull=True), ate__lt=vaga)
    feito = Counter(terminadas=sum(encerrar(lista=lista, por=None) for lista in vencidas))
    ativas = da_empresa.ativas(vaga).select_related("empresa")
    for lista in ativas.filter(viva=True).order_by("pk"):
        feito += refazer(lista, vaga)
    soltar_de_quem_nao_ve(ativas.order_by().values_list("pk", flat=True), hoje=vaga)
    return {chave: feito[chave] for chave in ("refeitas", "entraram", "sairam", "terminadas")}


# ── Criar e duplicar ─────────────────────────────────────────────────────────


def do_publico(lista: ListaDeTrabalho, publico: Any) -> Any:
    """Do público, quem entra nesta lista: os da empresa dela e, se ela não aceita outros, os da finalidade."""
    quem = publico.filter(empresa=lista.empresa_id)
    cabem = DA_FINALIDADE.get(lista.finalidade)
    return quem.filter(status__in=cabem) if cabem and not lista.aceita_fora_da_finalidade else quem


def ids(indicadores: Any) -> list[int]:
    return list(indicadores.order_by().values_list("pk", flat=True))


@transaction.atomic
def duplicar(lista: ListaDeTrabalho, *, por: Usuario, hoje: date) -> ListaDeTrabalho:
    """A viva, pela consulta; a congelada, com os que estão nela, inclusive o controle, que se sorteia de novo."""
    nova = copia_de(lista, hoje=hoje)
    if lista.viva:
        quem = ids(do_publico(nova, da_consulta(lista.consulta, por, hoje)))
        origem = OrigemDoMembro.CONSULTA
    else:
        membros = MembroDaLista.objects.visiveis_para(por).na_lista().filter(lista=lista)
        quem, origem = list(membros.values_list("cliente", flat=True)), OrigemDoMembro.ESCOLHA
    return criar(
        lista=nova,
        clientes=quem,
        por=por,
        hoje=hoje,
        donos=lista.donos.all(),
        participantes=lista.participantes.all(),
        origem=origem,
    )


def listas_do_cliente(cliente_id: int, usuario: Usuario, hoje: date) -> Any:
    """As listas em curso em que o cliente está para ser chamado, que a pessoa vê."""
    membros = (
        MembroDaLista.objects.visiveis_para(usuario).na_lista().filter(cliente=cliente_id, controle=False)
    )
    ativas = ListaDeTrabalho.objects.visiveis_para(usuario).ativas(hoje)
    return (
        ativas.filter(pk__in=membros.values("lista"))
        .select_related("campanha")
        .order_by(F("ate").asc(nulls_last=True), "pk")
    )
