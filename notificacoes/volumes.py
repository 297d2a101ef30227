"""O volume da semana de cada gestor: quantos inativos e quase inativos, por vendedor, e o que mudou.

Lê os retratos de dois dias, o da noite e o da semana anterior: os mesmos números da composição.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Max, Q, QuerySet, Sum

from atividade import rotulos
from atividade.models import Execucao, MotivoDaMudanca, MudancaStatus, Retrato, Status
from atividade.prioridade import valor_curto
from contas.escopo import equipes_de_gestores
from contas.models import Empresa, Usuario
from notificacoes import emails
from notificacoes.agenda_atrasada import agendas_atrasadas
from notificacoes.caixa import Rascunho, enfileirar
from notificacoes.enderecos import caminho
from notificacoes.models import Mensagem, RegraDeAviso, Sobre, TipoDeMensagem
from notificacoes.planos_vencidos import planos_vencidos
from notificacoes.regras.decisao import Secao
from notificacoes.regras.rodada import Canal, Rodada
from notificacoes.regras.vagas import segunda
from notificacoes.retorno import retornos_da_semana
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
    quando: str = "às segundas-feiras"

    @property
    def regra_mudou(self) -> bool:
        """Alguma regra moveu alguém desde o retrato anterior."""
        return any(c.por_regra for linha in self.linhas for c in (linha.quase, linha.inativos))


def escrever_volumes(noite: Noite, rodada: Rodada | None = None) -> int:
    """Decide e escreve um volume por gestor que tenha o que ler; devolve quantos."""
    rodada = rodada or Rodada(noite)
    devidas = [pronta for pronta in noite.prontas if pronta.empresa.pk in rodada.propria(Sobre.VOLUME)]
    if not devidas:
        return 0
    with rotulos.lidos_de_uma_vez():
        volumes = Volumes(noite, rodada, devidas)
        for pessoa, volume, regras in volumes.por_canal(Canal.CENTRAL):
            rodada.para_a_central[pessoa.pk].append(secao_do_volume(volume, regras[0]))
        return enfileirar(_rascunhos(volumes, rodada))


def _rascunhos(volumes: "Volumes", rodada: Rodada) -> Iterable[Rascunho]:
    agendas = agendas_atrasadas(rodada)
    celulas = [(quem, equipe, empresa) for quem, suas in volumes.vistas.items() for empresa, equipe in suas]
    retornos = retornos_da_semana(rodada.noite.vaga, celulas)
    leram = _leram_noutra_noite(rodada.noite.vaga)
    planos = planos_vencidos(rodada.pessoas.todas.keys(), rodada.noite.vaga)
    for pessoa, volume, regras in volumes.por_canal(Canal.EMAIL):
        if pessoa.pk in leram:
            continue
        secoes = rodada.secoes(pessoa)
        sai_em = rodada.saida(pessoa, [*regras, *(secao.regra for secao in secoes)])
        yield emails.volume_semanal(
            pessoa=pessoa,
            volume=volume,
            agenda=agendas.get(pessoa.pk),
            secoes=secoes,
            sai_em=sai_em,
            retorno=retornos.get(pessoa.pk),
            planos=planos.get(pessoa.pk),
        )


def _leram_noutra_noite(vaga: date) -> set[int]:
    """Quem já tem o volume desta semana, porque o dia dele mudou no meio dela: as outras seções vão por si."""
    desta = Mensagem.objects.filter(
        tipo=TipoDeMensagem.VOLUME_SEMANAL, chave__startswith=f"volume:{segunda(vaga)}:"
    )
    return set(desta.exclude(referencia=vaga).values_list("pessoa", flat=True))


def secao_do_volume(volume: Volume, regra: RegraDeAviso) -> Secao:
    quase, inativos = volume.total.quase.agora, volume.total.inativos.agora
    nomes = rotulos.PLURAIS[Status.QUASE_INATIVO].lower(), rotulos.PLURAIS[Status.INATIVO].lower()
    texto = f"{valor_curto(volume.total.valor)}/ano em risco, por vendedor, na composição da carteira."
    titulo = f"Semana da equipe: {quase} {nomes[0]} e {inativos} {nomes[1]}"
    destino = caminho("composicao")
    return Secao(regra=regra, titulo=titulo, texto=texto, total=quase + inativos, caminho=destino)


class Volumes:
    """As contagens da noite, lidas uma vez, e o volume de cada gestor por canal."""

    def __init__(self, noite: Noite, rodada: Rodada, devidas: Iterable[Pronta]) -> None:
        self.noite, self.rodada = noite, rodada
        self.celulas, self.anterior = _celulas(devidas)
        vendedores = {vendedor for _, _, vendedor in self.celulas if vendedor}
        self.nomes = dict(Usuario.objects.filter(pk__in=vendedores).values_list("pk", "nome"))
        self.vistas: dict[int, set[tuple[int, int]]] = defaultdict(set)
        for quem, equipe, empresa in equipes_de_gestores():
            self.vistas[quem].add((empresa, equipe))

    def por_canal(self, canal: Canal) -> Iterator[tuple[Usuario, Volume, list[RegraDeAviso]]]:
        """Só quem tem o que ler, com as regras que o decidiram."""
        recebem = self.rodada.recebem(Sobre.VOLUME, canal)
        for pk, pessoa in self.rodada.pessoas.todas.items():
            if pk in recebem:
                volume = self._volume(pk, recebem[pk])
                if volume.linhas:
                    yield pessoa, volume, self.rodada.regras_de(Sobre.VOLUME, recebem[pk])

    def _volume(self, pessoa: int, empresas: set[int]) -> Volume:
        vistas = {(empresa, equipe) for empresa, equipe in self.vistas[pessoa] if empresa in empresas}
        minhas = {chave: celula for chave, celula in self.celulas.items() if chave[:2] in vistas}
        das_equipes = {empresa for empresa, _ in self.vistas[pessoa]}
        paradas = [empresa for empresa in self.noite.paradas if empresa.pk in das_equipes]
        regras = self.rodada.regras_de(Sobre.VOLUME, empresas)
        volume = _volume(self.noite, self.anterior, minhas, self.nomes, paradas)
        return replace(volume, quando=self.rodada.quando(self.rodada.pessoas.todas[pessoa], regras))


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
    return Volume(noite.vaga, segunda(noite.vaga), anterior, linhas, _linha("Total", total), paradas)


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
