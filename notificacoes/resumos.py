"""O resumo do dia de cada vendedor: os clientes dele em risco, pela perda esperada.

Em conjuntos: o número de consultas depende de quantas empresas há, nunca de quantos vendedores.
Cada carteira traz os seus primeiros; quem vê mais de uma (cobertura de férias) junta as listas.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import Case, Count, F, QuerySet, When, Window
from django.db.models.functions import RowNumber

from atividade import risco, rotulos
from atividade.models import Indicadores, MotivoDaMudanca, MudancaStatus, Status
from atividade.prioridade import valor_curto
from atividade.risco import motivo_oculto
from atividade.rotulos import PLURAIS
from clientes.models import Cliente
from clientes.models.cliente import CanalDeContato
from contas.escopo import carteiras_de_vendedores
from contas.models import Empresa, Usuario
from notificacoes import emails
from notificacoes.caixa import Item, Rascunho, enfileirar
from notificacoes.linhas import Linha, Perdido, linhas_de
from notificacoes.models import RegraDeAviso, Sobre
from notificacoes.placar import placares
from notificacoes.planos_vencidos import PlanosVencidos, planos_vencidos
from notificacoes.regras.decisao import Secao
from notificacoes.regras.partida import PARTIDA
from notificacoes.regras.rodada import Canal, Rodada
from notificacoes.rodadas import Noite, Pronta

LIMITE: int = PARTIDA[Sobre.EM_RISCO]["teto"]
LIMITE_DE_PERDIDOS = 5
REGRA = "resumo_diario"

Carteira = tuple[int, int]  # (vendedor, empresa)


@dataclass(slots=True)
class DaCarteira:
    """O que se sabe de uma carteira numa empresa."""

    linhas: list[Linha] = field(default_factory=list)
    totais: dict[str, int] = field(default_factory=dict)
    ocultos: dict[str, int] = field(default_factory=dict)
    perdidos: list[Perdido] = field(default_factory=list)
    total_de_perdidos: int = 0


@dataclass(frozen=True, slots=True)
class Grupo:
    """Linhas da mesma situação e quantas mais ficaram fora do limite."""

    titulo: str
    linhas: list[Linha]
    total: int

    @property
    def restantes(self) -> int:
        return self.total - len(self.linhas)


@dataclass(frozen=True, slots=True)
class Resumo:
    """Uma mensagem: o que um vendedor lê de manhã."""

    vaga: date
    referencia: date
    linhas: list[Linha]
    totais: dict[str, int]
    ocultos: dict[str, int]
    perdidos: list[Perdido]
    total_de_perdidos: int
    paradas: list[Empresa]
    quando: str = ""
    planos: PlanosVencidos | None = None

    @property
    def tem_o_que_dizer(self) -> bool:
        return bool(self.linhas or self.perdidos or (self.planos and self.planos.novidade))

    @property
    def valor(self) -> Decimal:
        return sum((linha.valor for linha in self.linhas), Decimal(0))

    @property
    def total(self) -> int:
        return sum(self.totais.values())

    @property
    def itens(self) -> list[Item]:
        return [Item(REGRA, linha.cliente, str(self.vaga)) for linha in self.linhas]

    @property
    def restantes(self) -> int:
        return self.total - len(self.linhas)

    @property
    def perdidos_restantes(self) -> int:
        return self.total_de_perdidos - len(self.perdidos)

    @property
    def grupos(self) -> list[Grupo]:
        nomes = {
            Status.QUASE_INATIVO: PLURAIS[Status.QUASE_INATIVO],
            Status.ATIVO: f"{PLURAIS[Status.ATIVO]} fora do ritmo",
        }
        grupos = [
            Grupo(
                nome, [linha for linha in self.linhas if linha.status == status], self.totais.get(status, 0)
            )
            for status, nome in nomes.items()
        ]
        return [grupo for grupo in grupos if grupo.total]

    @property
    def numeradas(self) -> list[Linha]:
        """As linhas na ordem em que se leem, cada uma com o seu número."""
        todas = (linha for grupo in self.grupos for linha in grupo.linhas)
        return [replace(linha, posto=posto) for posto, linha in enumerate(todas, 1)]


def escrever_resumos(noite: Noite, rodada: Rodada | None = None) -> int:
    """Decide e escreve na caixa de saída um resumo por vendedor que tenha o que ler; devolve quantos."""
    rodada = rodada or Rodada(noite)
    with rotulos.lidos_de_uma_vez():
        resumos = Resumos(noite, rodada)
        rodada.para_a_central.update(_para_a_central(resumos, rodada))
        return enfileirar(_rascunhos(resumos, rodada))


def _rascunhos(resumos: "Resumos", rodada: Rodada) -> Iterable[Rascunho]:
    todos = list(resumos.por_canal(Canal.EMAIL))
    empresas = [pronta.empresa.pk for pronta in rodada.noite.prontas]
    feitos = placares([pessoa.pk for pessoa, *_ in todos], empresas, rodada.noite.vaga)
    for pessoa, resumo, regras in todos:
        secoes = rodada.secoes(pessoa)
        sai_em = rodada.saida(pessoa, [*regras, *(secao.regra for secao in secoes)])
        yield emails.resumo_diario(
            pessoa=pessoa, resumo=resumo, secoes=secoes, sai_em=sai_em, placar=feitos.get(pessoa.pk)
        )


def _para_a_central(resumos: "Resumos", rodada: Rodada) -> dict[int, list[Secao]]:
    """O resumo como seção do aviso da pessoa, antes das que as outras regras já puseram lá."""
    return {
        pessoa.pk: [secao_do_resumo(resumo, regras[0]), *rodada.para_a_central.get(pessoa.pk, ())]
        for pessoa, resumo, regras in resumos.por_canal(Canal.CENTRAL)
    }


def secao_do_resumo(resumo: Resumo, regra: RegraDeAviso) -> Secao:
    quantos = f"{len(resumo.linhas)} cliente{'s' if len(resumo.linhas) != 1 else ''} para ligar hoje"
    perdidos = f"{resumo.total_de_perdidos} viraram {PLURAIS[Status.INATIVO].lower()}"
    partes = [f"{grupo.titulo}: {grupo.total}" for grupo in resumo.grupos]
    if resumo.planos:
        partes.append(f"Planos de ação fora do prazo: {resumo.planos.quantos}")
    titulo = f"{quantos}: {valor_curto(resumo.valor)}/ano" if resumo.linhas else perdidos
    if not (resumo.linhas or resumo.perdidos):
        titulo = partes.pop()
    texto = " · ".join(partes)
    return Secao(regra=regra, titulo=titulo, texto=texto, total=resumo.total, itens=resumo.itens)


class Resumos:
    """As carteiras da noite, lidas uma vez, e o resumo de cada pessoa por canal."""

    def __init__(self, noite: Noite, rodada: Rodada) -> None:
        self.noite, self.rodada = noite, rodada
        tetos = {empresa: regra.teto for empresa, regra in rodada.propria(Sobre.EM_RISCO).items()}
        self.tetos = tetos
        self.carteiras = _carteiras([p for p in noite.prontas if p.empresa.pk in tetos], tetos)
        self.visiveis = _visiveis(noite)
        self.planos = planos_vencidos(rodada.pessoas.todas.keys(), noite.vaga)

    def por_canal(self, canal: Canal) -> Iterator[tuple[Usuario, Resumo, list[RegraDeAviso]]]:
        """Só quem tem o que ler, com as regras que o decidiram."""
        recebem = self.rodada.recebem(Sobre.EM_RISCO, canal)
        for pk, pessoa in self.rodada.pessoas.todas.items():
            if pk in recebem:
                minhas = [chave for chave in self.visiveis[pk] if chave[1] in recebem[pk]]
                resumo = self._resumo(minhas, max(self.tetos[empresa] for empresa in recebem[pk]))
                resumo = replace(resumo, planos=self.planos.get(pk))
                if resumo.tem_o_que_dizer:
                    regras = self.rodada.regras_de(Sobre.EM_RISCO, recebem[pk])
                    yield pessoa, replace(resumo, quando=self.rodada.quando(pessoa, regras)), regras

    def _resumo(self, minhas: list[Carteira], teto: int) -> Resumo:
        carteiras = [self.carteiras[chave] for chave in minhas if chave in self.carteiras]
        return _juntar(self.noite, carteiras, _paradas_de(self.noite, minhas), teto)


def _visiveis(noite: Noite) -> dict[int, list[Carteira]]:
    visiveis: dict[int, list[Carteira]] = defaultdict(list)
    for quem, dono, empresa in sorted(carteiras_de_vendedores(noite.vaga)):
        visiveis[quem].append((dono, empresa))
    return visiveis


def _paradas_de(noite: Noite, minhas: list[Carteira]) -> list[Empresa]:
    empresas = {empresa for _, empresa in minhas}
    return [empresa for empresa in noite.paradas if empresa.pk in empresas]


def _juntar(noite: Noite, carteiras: list[DaCarteira], paradas: list[Empresa], teto: int) -> Resumo:
    linhas = sorted((linha for c in carteiras for linha in c.linhas), key=lambda linha: linha.ordem)[:teto]
    perdidos = sorted((p for c in carteiras for p in c.perdidos), key=lambda p: (-p.valor, p.nome))
    resumo = Resumo(
        vaga=noite.vaga,
        referencia=max((linha.referencia for linha in linhas), default=noite.vaga),
        linhas=linhas,
        totais=_somar(c.totais for c in carteiras),
        ocultos=_somar(c.ocultos for c in carteiras),
        perdidos=perdidos[:LIMITE_DE_PERDIDOS],
        total_de_perdidos=sum(c.total_de_perdidos for c in carteiras),
        paradas=paradas,
    )
    return replace(resumo, linhas=resumo.numeradas)


def _somar(contagens: Iterable[dict[str, int]]) -> dict[str, int]:
    soma: dict[str, int] = defaultdict(int)
    for contagem in contagens:
        for nome, quantos in contagem.items():
            soma[nome] += quantos
    return dict(soma)


# ── Consultas: três por empresa ──────────────────────────────────────────────


def _carteiras(prontas: Iterable[Pronta], tetos: dict[int, int]) -> dict[Carteira, DaCarteira]:
    carteiras: dict[Carteira, DaCarteira] = defaultdict(DaCarteira)
    for pronta in prontas:
        with rotulos.usar(partial(rotulos.da_empresa, pronta.empresa)):
            _ler_riscos(pronta, carteiras, tetos[pronta.empresa.pk])
        _ler_ocultos(pronta, carteiras)
        if pronta.desde is not None:
            _ler_perdidos(pronta, carteiras)
    return carteiras


def em_risco(pronta: Pronta) -> QuerySet[Indicadores]:
    """Quase inativos e ativos fora do próprio ritmo, com dono e em carteira."""
    com_dono = Indicadores.objects.filter(empresa=pronta.empresa, vendedor__isnull=False)
    riscos: QuerySet[Indicadores] = risco.em_risco(com_dono, pronta.referencia)
    return riscos


def _ler_riscos(pronta: Pronta, carteiras: dict[Carteira, DaCarteira], teto: int) -> None:
    visiveis: Any = em_risco(pronta).alias(oculto=motivo_oculto(pronta.referencia)).filter(oculto="")
    linhas = (
        visiveis.com_prioridade(pronta.referencia)
        .annotate(
            posto=Window(
                RowNumber(),
                partition_by="vendedor",
                order_by=[F("perda_esperada").desc(nulls_last=True), "cliente__codigo"],
            ),
        )
        .filter(posto__lte=teto)
        .select_related("cliente")
        .order_by("vendedor", "posto")
    )
    for ind, linha in zip(linhas, linhas_de(linhas, pronta.referencia), strict=True):
        carteiras[ind.vendedor_id, pronta.empresa.pk].linhas.append(linha)


def _ler_ocultos(pronta: Pronta, carteiras: dict[Carteira, DaCarteira]) -> None:
    """Quantos há em cada situação e quantos ficaram de fora, e por quê."""
    contagens = (
        em_risco(pronta)
        .annotate(oculto=motivo_oculto(pronta.referencia))
        .values_list("vendedor", "status", "oculto")
        .annotate(quantos=Count("*"))
        .order_by()
    )
    for vendedor, status, oculto, quantos in contagens:
        carteira = carteiras[vendedor, pronta.empresa.pk]
        onde, nome = (carteira.ocultos, oculto) if oculto else (carteira.totais, status)
        onde[nome] = onde.get(nome, 0) + quantos


def _ler_perdidos(pronta: Pronta, carteiras: dict[Carteira, DaCarteira]) -> None:
    """Quem o tempo levou a inativo desde o último aviso; mudança de regra não avisa ninguém."""
    perdidos = (
        MudancaStatus.objects.filter(
            cliente__in=_contataveis(pronta),
            para=Status.INATIVO,
            motivo=MotivoDaMudanca.TEMPO,
            referencia__gt=pronta.desde,
            referencia__lte=pronta.referencia,
            cliente__indicadores__status=Status.INATIVO,
        )
        .annotate(valor=_valor_do_ano("cliente__indicadores__"))
        .annotate(
            posto=Window(
                RowNumber(), partition_by="cliente__vendedor", order_by=[F("valor").desc(), "cliente__codigo"]
            ),
            todos=Window(Count("*"), partition_by="cliente__vendedor"),
        )
        .filter(posto__lte=LIMITE_DE_PERDIDOS)
        .select_related("cliente")
        .order_by("cliente__vendedor", "posto")
    )
    for mudanca in perdidos:
        carteira = carteiras[mudanca.cliente.vendedor_id or 0, pronta.empresa.pk]
        carteira.total_de_perdidos = mudanca.todos
        carteira.perdidos.append(Perdido(mudanca.cliente_id, mudanca.cliente.nome, mudanca.em, mudanca.valor))


def _contataveis(pronta: Pronta) -> QuerySet[Cliente]:
    return (
        Cliente.objects.filter(empresa=pronta.empresa, vendedor__isnull=False, bloqueado=False)
        .em_carteira()
        .exclude(nao_contatar__contains=list(CanalDeContato.values))
        .exclude(adiado_ate__gt=pronta.referencia)
    )


def _valor_do_ano(prefixo: str = "") -> Case:
    """Valor de 12 meses ou, se nada comprou neles, o do último ano em que comprou."""
    return Case(
        When(**{f"{prefixo}valor_12m__gt": 0}, then=F(f"{prefixo}valor_12m")),
        default=F(f"{prefixo}valor_ano_ativo"),
    )
