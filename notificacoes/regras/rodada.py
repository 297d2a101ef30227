"""A noite vista pelas regras: quais são devidas, quem recebe cada uma e o que as listas têm a dizer.

Uma rodada serve à noite inteira: cada mensagem (resumo, volume, agenda) leva as seções que as outras regras têm para
a mesma pessoa, e o que sobra vira uma mensagem só. Quem já recebeu a desta vaga não recebe outra.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property

from django.db.models import prefetch_related_objects

from contas.models import Empresa, Usuario
from notificacoes.models import Aviso, Mensagem, Para, RegraDeAviso, Sobre, TipoDeMensagem
from notificacoes.regras.decisao import Secao, clientes_de, decidir, secao
from notificacoes.regras.destinos import Destino, Pessoas, hora_de_sair
from notificacoes.regras.fatos import FATOS
from notificacoes.regras.palavras import Acontecido
from notificacoes.regras.partida import garantir
from notificacoes.regras.vagas import Quando
from notificacoes.rodadas import Noite

# Acima disso o e-mail passaria do corte dos leitores; o que não coube vem na próxima vez.
LINHAS_POR_MENSAGEM = 60
DA_NOITE = (
    TipoDeMensagem.RESUMO_DIARIO,
    TipoDeMensagem.VOLUME_SEMANAL,
    TipoDeMensagem.AGENDA,
    TipoDeMensagem.AVISOS,
)


class Canal(StrEnum):
    EMAIL = "email"
    CENTRAL = "central"


class Rodada:
    """`sempre` e `antes_de` são da prévia: não pergunta se é dia, e esquece o que esta vaga já decidiu."""

    def __init__(
        self,
        noite: Noite,
        *,
        regras: Sequence[RegraDeAviso] | None = None,
        sempre: bool = False,
        antes_de: date | None = None,
    ) -> None:
        self.noite, self.sempre, self.antes_de = noite, sempre, antes_de
        self.regras = list(regras) if regras is not None else _valendo(noite)
        self.pessoas = Pessoas(noite.vaga, self.regras)
        self._prontas = {pronta.empresa.pk: pronta for pronta in noite.prontas}
        # O que vai à central se junta aqui, também o que as mensagens próprias têm a dizer.
        self.para_a_central: dict[int, list[Secao]] = defaultdict(list)
        self._por_email: dict[int, list[Secao]] | None = None

    # ── As regras de mensagem própria ────────────────────────────────────────

    def propria(self, sobre: str) -> dict[int, RegraDeAviso]:
        """Por empresa, a regra desse assunto, se é devida nesta noite."""
        return {r.empresa_id: r for r in self._devidas if r.sobre == sobre}

    def recebem(self, sobre: str, canal: Canal) -> dict[int, set[int]]:
        """Por pessoa, as empresas em que a regra lhe fala por esse canal."""
        recebem: dict[int, set[int]] = defaultdict(set)
        for empresa, regra in self.propria(sobre).items():
            for destino in self.destinos[regra.pk]:
                if getattr(destino, canal):
                    recebem[destino.pessoa.pk].add(empresa)
        return recebem

    def regras_de(self, sobre: str, empresas: Iterable[int]) -> list[RegraDeAviso]:
        proprias = self.propria(sobre)
        return [proprias[empresa] for empresa in sorted(set(empresas)) if empresa in proprias]

    @cached_property
    def _devidas(self) -> list[RegraDeAviso]:
        return [regra for regra in self.regras if self._devida(regra)]

    def _devida(self, regra: RegraDeAviso) -> bool:
        if self.sempre:
            return True
        pronta = self._prontas.get(regra.empresa_id)
        if regra.sobre == Sobre.VOLUME:
            return pronta is not None and pronta.volume_devido
        return Quando.da_regra(regra).devida(self.noite.vaga, self._noites(regra))

    @cached_property
    def destinos(self) -> dict[int, list[Destino]]:
        """Por regra devida, a quem ela fala."""
        return {r.pk: self.pessoas.destinos(r, self._noites(r), sempre=self.sempre) for r in self._devidas}

    def _noites(self, regra: RegraDeAviso) -> Sequence[date]:
        pronta = self._prontas.get(regra.empresa_id)
        if pronta is None:
            return ()
        return pronta.noites or ((pronta.desde,) if pronta.desde else ())

    # ── As listas de clientes ────────────────────────────────────────────────

    def secoes(self, pessoa: Usuario) -> list[Secao]:
        """O que as outras regras têm para o e-mail da pessoa; quem as leva, leva-as uma vez."""
        return aparar(self._emails.pop(pessoa.pk, []))

    @property
    def restam(self) -> list[Usuario]:
        """Quem ainda tem seções que nenhuma mensagem levou."""
        return [pessoa for pk, pessoa in self.pessoas.todas.items() if pk in self._emails]

    @property
    def _emails(self) -> dict[int, list[Secao]]:
        if self._por_email is None:
            self._por_email = self._decidir_listas()
        return self._por_email

    def _decidir_listas(self) -> dict[int, list[Secao]]:
        """As seções do e-mail de cada um; as da central ficam em `para_a_central`."""
        por_email: dict[int, list[Secao]] = defaultdict(list)
        for destino, dela in self.listas():
            if destino.email:
                por_email[destino.pessoa.pk].append(dela)
            if destino.central:
                self.para_a_central[destino.pessoa.pk].append(dela)
        return por_email

    def listas(self) -> Iterator[tuple[Destino, Secao]]:
        """O que cada regra de lista diz a cada pessoa: um comando por regra."""
        listas = [r for r in self._devidas if r.sobre in FATOS and r.empresa_id in self._prontas]
        decididas = [(regra, self._achados(regra)) for regra in listas]
        clientes = clientes_de(achados for _, achados in decididas)
        for regra, achados in decididas:
            for destino in self.destinos[regra.pk]:
                if fatos := achados.get(destino.pessoa.pk):
                    yield destino, secao(regra, destino.pessoa, fatos, clientes, self._referencia(regra))

    def _achados(self, regra: RegraDeAviso) -> dict[int, list[Acontecido]]:
        recebem = {destino.pessoa.pk for destino in self.destinos[regra.pk]} - self._atendidas
        alcances = [a for a in self.pessoas.alcances.get(regra.empresa_id, ()) if a[0] in recebem]
        return decidir(
            regra,
            alcances,
            referencia=self._referencia(regra),
            vaga=self.noite.vaga,
            ultima=next(iter(self._noites(regra)), None),
            antes_de=self.antes_de,
        )

    def _referencia(self, regra: RegraDeAviso) -> date:
        return self._prontas[regra.empresa_id].referencia

    @cached_property
    def _atendidas(self) -> set[int]:
        """Quem já recebeu a desta vaga, de uma rodada anterior."""
        if self.antes_de:
            return set()
        mensagens = Mensagem.objects.filter(
            tipo__in=DA_NOITE, referencia=self.noite.vaga, pessoa__isnull=False
        )
        avisos = Aviso.objects.filter(chave__startswith=f"avisos:{self.noite.vaga}:")
        return {*mensagens.values_list("pessoa", flat=True), *avisos.values_list("pessoa", flat=True)}

    def quando(self, pessoa: Usuario, regras: Iterable[RegraDeAviso]) -> str:
        """Com que cadência a pessoa recebe, como se lhe diz no rodapé."""
        return " e ".join(sorted({self.pessoas.quando(regra, pessoa).em_frase for regra in regras}))

    def saida(self, pessoa: Usuario, regras: Iterable[RegraDeAviso]) -> datetime:
        return hora_de_sair(self.noite.vaga, pessoa, regras)


def aparar(secoes: Sequence[Secao], cabem: int = LINHAS_POR_MENSAGEM) -> list[Secao]:
    """As primeiras linhas que cabem; o que ficou de fora não se decide, e a seção diz quantos mais são."""
    aparadas = []
    for dela in secoes:
        linhas, itens = dela.linhas[:cabem], dela.itens[:cabem] if dela.linhas else dela.itens
        cabem -= len(linhas)
        aparadas.append(replace(dela, linhas=linhas, itens=itens))
    return aparadas


def _valendo(noite: Noite) -> list[RegraDeAviso]:
    empresas = [*(pronta.empresa for pronta in noite.prontas), *noite.paradas]
    garantir(empresas)
    valendo = RegraDeAviso.objects.valendo(noite.vaga).filter(empresa__in=empresas)
    return com_escolhidos(valendo.select_related("empresa").order_by("empresa__codigo", "id"))


def com_escolhidos(regras: Iterable[RegraDeAviso]) -> list[RegraDeAviso]:
    """As contas e equipes só se leem das regras que as escolhem."""
    lidas = list(regras)
    prefetch_related_objects([r for r in lidas if r.para == Para.ESCOLHIDOS], "pessoas", "equipes")
    return lidas


def volume_devido(empresa: Empresa, vaga: date, noites: Sequence[date]) -> bool:
    """Se é noite do volume, pela regra da empresa: de fábrica a segunda-feira, ou a noite seguinte à perdida."""
    garantir([empresa])
    regra = RegraDeAviso.objects.select_related("empresa").get(empresa=empresa, partida=Sobre.VOLUME)
    return Quando.da_regra(regra).devida(vaga, noites)
