"""O que cada pessoa receberia hoje, pela mesma função que decide a noite; nada se escreve. E o teste a si mesmo."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from contas.models import Usuario
from notificacoes import emails
from notificacoes.agenda_atrasada import agendas_atrasadas, secao_da_agenda
from notificacoes.caixa import Rascunho, enfileirar
from notificacoes.central import RascunhoDeAviso, avisar
from notificacoes.models import RegraDeAviso, Sobre, TipoDeAviso, TipoDeMensagem
from notificacoes.regras.decisao import Secao
from notificacoes.regras.rodada import Canal, Rodada, com_escolhidos
from notificacoes.regras.vagas import Quando
from notificacoes.resumos import Resumos, secao_do_resumo
from notificacoes.rodadas import Noite, Pronta, noites_avisadas
from notificacoes.volumes import Volumes, secao_do_volume


@dataclass(frozen=True, slots=True)
class Receberia:
    """O que uma pessoa receberia; `compor` escreve a mensagem inteira, para ela ou como teste a outra."""

    pessoa: Usuario
    email: bool
    central: bool
    secao: Secao
    compor: Callable[[Usuario], Rascunho]


@dataclass(frozen=True, slots=True)
class Previa:
    """A vaga de hoje de uma regra; `calculada` é falsa enquanto a empresa não tem números."""

    hoje: date
    calculada: bool
    devida: bool
    proxima: date | None
    destinos: int
    recebem: list[Receberia]

    @property
    def vazias(self) -> int:
        """Quem a regra alcança e não teria o que ler."""
        return max(0, self.destinos - len(self.recebem))

    def de(self, pessoa: int) -> Receberia | None:
        return next((r for r in self.recebem if r.pessoa.pk == pessoa), None)


def previa(regra: RegraDeAviso, hoje: date) -> Previa:
    quando, empresa = Quando.da_regra(regra), regra.empresa
    devida, proxima = quando.devida(hoje), quando.proxima(hoje)
    if empresa.referencia is None:
        return Previa(hoje, False, devida, proxima, 0, [])
    ultima = next(iter(noites_avisadas(empresa, hoje)), None)
    pronta = Pronta(empresa, empresa.referencia, ultima, volume_devido=True)
    rodada = Rodada(Noite(hoje, [pronta]), regras=com_escolhidos([regra]), sempre=True, antes_de=hoje)
    recebem = sorted(
        _recebem(regra, rodada), key=lambda r: (-r.secao.total, r.pessoa.nome_chave, r.pessoa.pk)
    )
    return Previa(hoje, True, devida, proxima, len(rodada.destinos[regra.pk]), recebem)


def _recebem(regra: RegraDeAviso, rodada: Rodada) -> Iterator[Receberia]:
    if regra.sobre not in (Sobre.EM_RISCO, Sobre.VOLUME, Sobre.AGENDA_ESQUECIDA):
        for destino, secao in rodada.listas():
            compor = _de_lista(rodada.noite.vaga, secao)
            yield Receberia(destino.pessoa, destino.email, destino.central, secao, compor)
        return
    proprias = _proprias(regra, rodada)
    for destino in rodada.destinos[regra.pk]:
        if destino.pessoa.pk in proprias:
            yield Receberia(destino.pessoa, destino.email, destino.central, *proprias[destino.pessoa.pk])


def _proprias(regra: RegraDeAviso, rodada: Rodada) -> dict[int, tuple[Secao, Callable[[Usuario], Rascunho]]]:
    """As de mensagem própria; a mesma por qualquer dos dois canais."""
    if regra.sobre == Sobre.EM_RISCO:
        resumos = Resumos(rodada.noite, rodada)
        return {
            pessoa.pk: (secao_do_resumo(resumo, regra), _de_resumo(resumo))
            for canal in Canal
            for pessoa, resumo, _ in resumos.por_canal(canal)
        }
    if regra.sobre == Sobre.VOLUME:
        volumes = Volumes(rodada.noite, rodada, rodada.noite.prontas)
        return {
            pessoa.pk: (secao_do_volume(volume, regra), _de_volume(volume))
            for canal in Canal
            for pessoa, volume, _ in volumes.por_canal(canal)
        }
    return {
        pk: (secao_da_agenda(agenda, regra), _de_agenda(agenda))
        for canal in Canal
        for pk, agenda in agendas_atrasadas(rodada, canal).items()
    }


def _de_lista(vaga: date, secao: Secao) -> Callable[[Usuario], Rascunho]:
    return lambda pessoa: emails.avisos(pessoa=pessoa, vaga=vaga, secoes=[secao])


def _de_resumo(resumo: "emails.Resumo") -> Callable[[Usuario], Rascunho]:
    return lambda pessoa: emails.resumo_diario(pessoa=pessoa, resumo=resumo)


def _de_volume(volume: "emails.Volume") -> Callable[[Usuario], Rascunho]:
    return lambda pessoa: emails.volume_semanal(pessoa=pessoa, volume=volume)


def _de_agenda(agenda: "emails.AgendaAtrasada") -> Callable[[Usuario], Rascunho]:
    return lambda pessoa: emails.agenda_atrasada(pessoa=pessoa, agenda=agenda)


def enviar_teste(regra: RegraDeAviso, *, por: Usuario, hoje: date, pessoa: int | None = None) -> bool:
    """A quem pede, o que `pessoa` (ou a primeira) receberia hoje, marcado como teste; não decide nada.

    Falso se ninguém receberia. Os enlaces são de quem pede: compõe-se para ele, não para a outra pessoa.
    """
    hoje_receberiam = previa(regra, hoje)
    escolhida = hoje_receberiam.de(pessoa) if pessoa else next(iter(hoje_receberiam.recebem), None)
    if escolhida is None:
        return False
    chave = f"teste:{regra.pk}:{por.pk}:{uuid.uuid4().hex}"
    if regra.por_email:
        rascunho = escolhida.compor(por)
        assunto = f"[Teste] {rascunho.assunto}"
        teste = replace(rascunho, chave=chave, tipo=TipoDeMensagem.TESTE, assunto=assunto, itens=())
        enfileirar([teste])
    if regra.na_central:
        titulo, texto = f"[Teste] {escolhida.secao.titulo}", escolhida.secao.texto
        avisar([RascunhoDeAviso(chave, TipoDeAviso.SISTEMA, por, titulo, texto, escolhida.secao.caminho)])
    return True
