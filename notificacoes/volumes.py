"""O volume da semana de cada gestor: quantos inativos e quase inativos, por vendedor, e o que mudou.

Lê os retratos de dois dias, o da noite e o da semana anterior: os mesmos números da composição.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Max, Q, QuerySet, Sum

from atividade import rotulos
from atividade.models import Execucao, MotivoDaMudanca, MudancaStatus, Retrato, Status
from contas.escopo import equipes_de_gestores
from contas.models import Empresa, Papel, Usuario
from notificacoes import emails
from notificacoes.agenda_atrasada import agendas_atrasadas
from notificacoes.caixa import Rascunho, enfileirar
from notificacoes.destinatarios import que_querem_resumo
from notificacoes.rodadas import Noite, Pronta

SEM_VENDEDOR = "Sem vendedor"
_OBSERVADOS = (Status.ATIVO, Status.QUASE_INATIVO, Status.INATIVO)

Celula = tuple[int, int, int | None]  # (empresa, equipe, vendedor)


@dataclass(slots=True)
class Contagem:
    """Uma situação em dois dias; `antes` nulo quando não há retrato da semana passada."""

    agora: int = 0
    antes: int | None = None
    valor: Decimal = Decimal(0)
    por_regra: int = 0  # quantos a troca de uma regra pôs (ou tirou) daqui: não são novidade

    @property
    def variacao(self) -> int | None:
        return None if self.antes is None else self.agora - self.antes - self.por_regra

    def somar(self, outra: "Contagem") -> None:
        self.agora += outra.agora
        self.valor += outra.valor
        self.por_regra += outra.por_regra
        if outra.antes is not None:
            self.antes = (self.antes or 0) + outra.antes


@dataclass(frozen=True, slots=True)
class LinhaDoVolume:
    """Um vendedor (ou o total)."""

    nome: str
    quase: Contagem
    inativos: Contagem
    clientes: int

    @property
    def valor(self) -> Decimal:
        return self.quase.valor + self.inativos.valor

    @property
    def vazia(self) -> bool:
        quantos = (self.quase.agora, self.quase.antes, self.inativos.agora, self.inativos.antes)
        return not any(quantos)


@dataclass(frozen=True, slots=True)
class Volume:
    """Uma mensagem: o que um gestor lê na segunda-feira."""

    vaga: date
    semana: date
    anterior: date | None
    linhas: list[LinhaDoVolume]
    total: LinhaDoVolume
    paradas: list[Empresa]

    @property
    def regra_mudou(self) -> bool:
        """Alguma regra moveu alguém desde o retrato anterior."""
        return any(c.por_regra for linha in self.linhas for c in (linha.quase, linha.inativos))


def escrever_volumes(noite: Noite) -> int:
    """Decide e escreve um volume por gestor que tenha o que ler; devolve quantos."""
    devidas = [pronta for pronta in noite.prontas if pronta.volume_devido]
    if not devidas:
        return 0
    with rotulos.lidos_de_uma_vez():
        return enfileirar(_rascunhos(noite, devidas))


def _rascunhos(noite: Noite, devidas: list[Pronta]) -> Iterable[Rascunho]:
    celulas, anterior = _celulas(devidas)
    agendas = agendas_atrasadas(noite)
    nomes = dict(Usuario.objects.filter(pk__in={v for _, _, v in celulas if v}).values_list("pk", "nome"))
    vistas: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for quem, equipe, empresa in equipes_de_gestores():
        vistas[quem].add((empresa, equipe))
    for pessoa in que_querem_resumo(Papel.GESTOR):
        minhas = {chave: celula for chave, celula in celulas.items() if chave[:2] in vistas[pessoa.pk]}
        empresas = {empresa for empresa, _ in vistas[pessoa.pk]}
        paradas = [empresa for empresa in noite.paradas if empresa.pk in empresas]
        volume = _volume(noite, anterior, minhas, nomes, paradas)
        if volume.linhas:
            yield emails.volume_semanal(pessoa=pessoa, volume=volume, agenda=agendas.get(pessoa.pk))


def _volume(
    noite: Noite,
    anterior: date | None,
    celulas: dict[Celula, dict[str, Contagem]],
    nomes: dict[int, str],
    paradas: list[Empresa],
) -> Volume:
    por_vendedor: dict[int, dict[str, Contagem]] = defaultdict(_situacoes)
    total = _situacoes()
    for (_, _, vendedor), situacoes in celulas.items():
        for status, contagem in situacoes.items():
            por_vendedor[vendedor or 0][status].somar(contagem)
            total[status].somar(contagem)
    todas = (_linha(nomes.get(quem, SEM_VENDEDOR), situacoes) for quem, situacoes in por_vendedor.items())
    linhas = [linha for linha in todas if not linha.vazia]
    linhas.sort(key=lambda linha: (linha.nome == SEM_VENDEDOR, -linha.valor, linha.nome))
    semana = noite.vaga - timedelta(days=noite.vaga.weekday())
    return Volume(noite.vaga, semana, anterior, linhas, _linha("Total", total), paradas)


def _situacoes() -> dict[str, Contagem]:
    return {str(status): Contagem() for status in _OBSERVADOS}


def _linha(nome: str, situacoes: dict[str, Contagem]) -> LinhaDoVolume:
    clientes = sum(contagem.agora for contagem in situacoes.values())
    return LinhaDoVolume(nome, situacoes[Status.QUASE_INATIVO], situacoes[Status.INATIVO], clientes)


def _celulas(prontas: Iterable[Pronta]) -> tuple[dict[Celula, dict[str, Contagem]], date | None]:
    """Contagens por célula nos dois dias: poucas consultas por empresa, qualquer que seja o número de gestores."""
    celulas: dict[Celula, dict[str, Contagem]] = defaultdict(_situacoes)
    anterior: date | None = None
    for pronta in prontas:
        for chave, status, clientes, valor in _retrato(pronta.empresa, pronta.referencia):
            celulas[chave][status].agora, celulas[chave][status].valor = clientes, valor
        antes = pronta.referencia - timedelta(days=7)
        if Retrato.objects.filter(empresa=pronta.empresa, data=antes).exists():
            anterior = antes
            for chave, status, clientes, _ in _retrato(pronta.empresa, antes):
                celulas[chave][status].antes = clientes
            _zerar_ausentes(celulas, pronta.empresa)
            _separar_as_regras(celulas, pronta, antes)
    return celulas, anterior


def _zerar_ausentes(celulas: dict[Celula, dict[str, Contagem]], empresa: Empresa) -> None:
    """Com retrato da semana passada, situação que não aparece nele era zero, não desconhecida."""
    for (dona, _, _), situacoes in celulas.items():
        for contagem in situacoes.values() if dona == empresa.pk else ():
            contagem.antes = contagem.antes or 0


def _separar_as_regras(celulas: dict[Celula, dict[str, Contagem]], pronta: Pronta, antes: date) -> None:
    """Mudança de regra não avisa ninguém: quem só ela moveu não conta na variação."""
    movidos = (
        MudancaStatus.objects.filter(
            pk__in=_ultimas_mudancas(pronta, antes).values("pk"), motivo=MotivoDaMudanca.CONFIGURACAO
        )
        .values_list("cliente__equipe", "cliente__vendedor", "de", "para")
        .annotate(quantos=Count("pk"))
        .order_by()
    )
    for equipe, vendedor, de, para, quantos in movidos:
        celula = celulas[pronta.empresa.pk, equipe, vendedor]
        for status, passo in ((de, -quantos), (para, quantos)):
            if status in celula:
                celula[status].por_regra += passo


def _ultimas_mudancas(pronta: Pronta, antes: date) -> QuerySet[MudancaStatus]:
    """A última de cada cliente em carteira depois do retrato de `antes`, tirado no fim daquela noite."""
    noites = Execucao.objects.filter(empresa=pronta.empresa, referencia=antes, passos__has_key="retrato")
    fim = noites.aggregate(fim=Max("terminada_em"))["fim"]
    depois = Q(referencia__gt=antes) | (Q(referencia=antes, criado_em__gt=fim) if fim else Q())
    mudancas: QuerySet[MudancaStatus] = MudancaStatus.objects.filter(
        depois,
        referencia__lte=pronta.referencia,
        cliente__empresa=pronta.empresa,
        cliente__equipe__isnull=False,
        cliente__encerrado_em__isnull=True,
        cliente__fora_do_perfil=False,
        cliente__indicadores__status__in=_OBSERVADOS,
    )
    return mudancas.order_by("cliente", "-em", "-ordem").distinct("cliente")


def _retrato(empresa: Empresa, data: date) -> Iterable[tuple[Celula, str, int, Decimal]]:
    grupos = (
        Retrato.objects.filter(empresa=empresa, data=data, equipe__isnull=False, status__in=_OBSERVADOS)
        .values_list("equipe", "vendedor", "status")
        .annotate(quantos=Sum("clientes"), valor=Sum("valor_em_risco"))
        .order_by()
    )
    for equipe, vendedor, status, clientes, valor in grupos:
        yield (empresa.pk, equipe, vendedor), status, clientes, valor
