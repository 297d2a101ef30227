"""Para quem vai cada regra nesta noite, por que canal e a que horas; em conjuntos, para todas as pessoas."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import cached_property

from django.utils import timezone

from contas.escopo import carteiras_de_vendedores, empresas_inteiras, equipes_de_gestores
from contas.models import Equipe, MembroDeEquipe, Papel, Usuario, Vinculo
from contas.papeis import Permissao, pode
from notificacoes.destinatarios import com_acesso
from notificacoes.models import Para, Periodicidade, PreferenciaDeAviso, RegraDeAviso
from notificacoes.models.regra import DO_BIRO
from notificacoes.regras.vagas import Quando, fora_do_silencio

_PAPEIS = {Para.VENDEDORES: Papel.VENDEDOR, Para.GESTORES: Papel.GESTOR, Para.ADMINISTRADORES: Papel.ADMIN}


@dataclass(frozen=True, slots=True)
class Destino:
    """Uma pessoa a quem uma regra fala: por onde."""

    pessoa: Usuario
    email: bool
    central: bool


# (pessoa, dono da carteira ou nulo, equipe ou nula); sem nenhum dos dois, a empresa inteira.
Alcance = tuple[int, int | None, int | None]


class Pessoas:
    """Quem entra no sistema, de que empresa é, o que vê e o que prefere; cada pergunta ao banco, uma vez."""

    def __init__(self, vaga: date, regras: Sequence[RegraDeAviso]) -> None:
        self.vaga, self.regras = vaga, regras

    @cached_property
    def todas(self) -> dict[int, Usuario]:
        return {pessoa.pk: pessoa for pessoa in com_acesso()}

    @cached_property
    def da_empresa(self) -> dict[int, set[int]]:
        dela: dict[int, set[int]] = defaultdict(set)
        for pessoa, empresa in Vinculo.objects.values_list("usuario", "empresa"):
            dela[empresa].add(pessoa)
        return dela

    @cached_property
    def preferencias(self) -> dict[tuple[int, int], PreferenciaDeAviso]:
        ids = [regra.pk for regra in self.regras if regra.pessoa_escolhe and regra.pk]
        todas = PreferenciaDeAviso.objects.filter(regra__in=ids) if ids else []
        return {(p.regra_id, p.pessoa_id): p for p in todas}

    @cached_property
    def das_equipes(self) -> dict[int, set[int]]:
        """Vendedores que hoje são de cada equipe e quem a gere."""
        nelas: dict[int, set[int]] = defaultdict(set)
        membros = MembroDeEquipe.objects.filter(periodo__contains=self.vaga)
        for equipe, pessoa in membros.values_list("equipe", "usuario"):
            nelas[equipe].add(pessoa)
        for equipe, gestor in Equipe.objects.filter(gestores__isnull=False).values_list("pk", "gestores"):
            nelas[equipe].add(gestor)
        return nelas

    @cached_property
    def alcances(self) -> dict[int, list[Alcance]]:
        """Por empresa, o que cada um vê: a mesma regra de `contas.escopo`."""
        por_empresa: dict[int, list[Alcance]] = defaultdict(list)
        for quem, dono, empresa in sorted(carteiras_de_vendedores(self.vaga)):
            por_empresa[empresa].append((quem, dono, None))
        for quem, equipe, empresa in sorted(equipes_de_gestores()):
            por_empresa[empresa].append((quem, None, equipe))
        for quem, empresa in sorted(empresas_inteiras()):
            por_empresa[empresa].append((quem, None, None))
        return por_empresa

    def destinos(
        self, regra: RegraDeAviso, noites: Sequence[date] = (), *, sempre: bool = False
    ) -> list[Destino]:
        """Quem a regra alcança, da empresa dela; `sempre` não pergunta se é dia (a prévia)."""
        chamados = self._chamados(regra)
        return [
            destino
            for pk, pessoa in self.todas.items()
            if pk in chamados and (destino := self._destino(regra, pessoa, noites, sempre))
        ]

    def alcanca(self, regra: RegraDeAviso, pessoa: Usuario) -> bool:
        return pessoa.pk in self._chamados(regra)

    def _chamados(self, regra: RegraDeAviso) -> set[int]:
        """Quem a regra nomeia; do birô, só quem pode ver score e restrições."""
        chamados = self._nomeados(regra)
        if regra.sobre not in DO_BIRO:
            return chamados
        return {pk for pk in chamados if pk in self.todas and pode(self.todas[pk], Permissao.VER_CREDITO)}

    def _nomeados(self, regra: RegraDeAviso) -> set[int]:
        da_empresa = self.da_empresa[regra.empresa_id]
        if regra.para in _PAPEIS:
            papel = _PAPEIS[Para(regra.para)]
            return {pk for pk in da_empresa if pk in self.todas and self.todas[pk].papel == papel}
        escolhidas = {pessoa.pk for pessoa in regra.pessoas.all()}
        nas_equipes = (self.das_equipes[equipe.pk] for equipe in regra.equipes.all())
        return da_empresa & escolhidas.union(*nas_equipes)

    def _destino(
        self, regra: RegraDeAviso, pessoa: Usuario, noites: Sequence[date], sempre: bool
    ) -> Destino | None:
        preferencia = self.preferencias.get((regra.pk, pessoa.pk))
        email, central = regra.por_email and pessoa.recebe_emails, regra.na_central
        if preferencia:
            email, central = email and preferencia.por_email, central and preferencia.na_central
            quando = self.quando(regra, pessoa)
            espacou = quando != Quando.da_regra(regra)
            if espacou and not sempre and not quando.devida(self.vaga, noites):
                return None
        return Destino(pessoa, email, central) if email or central else None

    def quando(self, regra: RegraDeAviso, pessoa: Usuario) -> Quando:
        """A cadência da regra ou, da diária, o dia da semana que a pessoa escolheu."""
        quando, dita = Quando.da_regra(regra), self.preferencias.get((regra.pk, pessoa.pk))
        if dita is None or dita.dia_da_semana is None or regra.periodicidade != Periodicidade.DIARIA:
            return quando
        return replace(quando, periodicidade=Periodicidade.SEMANAL, dia_da_semana=dita.dia_da_semana)


def hora_de_sair(vaga: date, pessoa: Usuario, regras: Iterable[RegraDeAviso]) -> datetime:
    """A hora da pessoa ou, se ela não escolheu, a mais cedo das regras; nunca no silêncio de uma das empresas."""
    lista = list(regras)
    horas = [regra.hora for regra in lista]
    hora = pessoa.hora_dos_avisos or (None if None in horas else min(filter(None, horas), default=None))
    momento = max(timezone.localtime(), _as(vaga, hora)) if hora else timezone.localtime()
    empresas = list({regra.empresa_id: regra.empresa for regra in lista}.values())
    for empresa in empresas * 2:  # o fim do silêncio de uma pode cair no de outra
        momento = fora_do_silencio(momento, empresa.silencio_de, empresa.silencio_ate)
    return momento


def _as(vaga: date, hora: time) -> datetime:
    return timezone.make_aware(datetime.combine(vaga, hora))
