"""Um clique: os enlaces assinados de um e-mail por onde o vendedor diz como terminou cada contato.

O enlace só abre uma página de confirmação: leitores de e-mail abrem enlaces sozinhos, e abrir não muda nada. A
assinatura diz de quem, de que cliente, de que e-mail e que gesto; quem vê o cliente, quem está ativo e quem não quer
ser contatado se confere de novo na hora de abrir e na de confirmar.
"""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone

from clientes.agenda import Proximo, agendar, cancelar_agendamento
from clientes.canais import recusa
from clientes.compromissos import uf_dos_feriados
from clientes.decisoes_da_fila import DecisaoRecusada, adiar_na_fila, desfazer_decisao
from clientes.dias_uteis import somar_uteis
from clientes.models import CanalDeContato, Cliente, Ocorrencia
from clientes.relacionamento import desfazer_contato, registrar_contato
from contas.models import Usuario
from contas.papeis import Permissao, pode
from notificacoes.enderecos import endereco
from notificacoes.models import EnlaceUsado, Gesto, Mensagem

SAL = "notificacoes.um_clique"
_FAMILIA = uuid.UUID("6f1b7a52-8d0c-5a0e-9a41-3f8b1c2d7e90")
DE_CONVERSA = (Gesto.COMPROU, Gesto.NAO_COMPROU, Gesto.SEM_RESPOSTA)


class EnlaceRecusado(ValueError):
    """Enlace que não vale (mais); a mensagem já vem pronta para a tela, e `porque` diz o caso."""

    def __init__(self, porque: str, mensagem: str) -> None:
        super().__init__(mensagem)
        self.porque = porque


@dataclass(frozen=True)
class Enlace:
    """Um enlace conferido: a pessoa pode, o cliente é visível para ela e quer ser contatado."""

    pessoa: Usuario
    cliente: Cliente
    vaga: date
    gesto: Gesto

    @cached_property
    def chave(self) -> uuid.UUID:
        return chave_do_enlace(self.pessoa.pk, self.cliente.pk, self.vaga, self.gesto)

    @property
    def de_conversa(self) -> bool:
        return self.gesto in DE_CONVERSA

    @cached_property
    def ultimo(self) -> EnlaceUsado | None:
        """O que este enlace fez, valendo ou desfeito."""
        ultimo: EnlaceUsado | None = _usados().filter(chave=self.chave).first()
        return ultimo

    @property
    def usado(self) -> EnlaceUsado | None:
        return self.ultimo if self.ultimo is not None and self.ultimo.vale else None

    @property
    def desfeito(self) -> bool:
        return self.ultimo is not None and not self.ultimo.vale

    @cached_property
    def outros(self) -> list[EnlaceUsado]:
        """O que se confirmou por outros enlaces do mesmo cliente, no mesmo e-mail."""
        irmaos = _usados().filter(pessoa=self.pessoa, cliente=self.cliente, vaga=self.vaga)
        return [usado for usado in irmaos.exclude(chave=self.chave).order_by("feito_em") if usado.vale]

    def canais(self) -> list[CanalDeContato]:
        """Por onde o cliente aceita ser procurado, na ordem de oferecer."""
        return [canal for canal in CanalDeContato if canal not in self.cliente.nao_contatar]

    def ocorrencias(self) -> list[Ocorrencia]:
        """Os resultados do catálogo que cabem no gesto; o primeiro é o que se supõe."""
        if not self.de_conversa:
            return []
        em_uso = list(Ocorrencia.objects.filter(ativa=True, efetiva=self.gesto != Gesto.SEM_RESPOSTA))
        sem_venda = self.gesto == Gesto.NAO_COMPROU
        return sorted(em_uso, key=lambda o: o.pede_objecao != sem_venda)

    def amanha(self, hoje: date) -> date:
        """O próximo dia útil onde o cliente está."""
        return somar_uteis(hoje, 1, uf_dos_feriados(self.cliente))


@dataclass(frozen=True, slots=True)
class Resposta:
    """O que a pessoa disse na página de confirmação."""

    canal: str = CanalDeContato.LIGACAO
    ocorrencia: Ocorrencia | None = None
    observacao: str = ""
    dia: date | None = None


# ── Escrever ─────────────────────────────────────────────────────────────────


def enlaces(pessoa: Usuario, cliente_id: int, vaga: date) -> list[tuple[str, str]]:
    """(rótulo, endereço) de cada gesto sobre um cliente citado a uma pessoa; nenhuma consulta."""
    if not pode(pessoa, Permissao.REGISTRAR_CONTATO):
        return []
    return [
        (str(gesto.label), endereco("um_clique", token=assinar(pessoa.pk, cliente_id, vaga, gesto)))
        for gesto in Gesto
    ]


def assinar(pessoa: int, cliente: int, vaga: date, gesto: str) -> str:
    return _assinador().sign_object([pessoa, cliente, vaga.toordinal(), str(gesto)])


def _assinador() -> signing.TimestampSigner:
    return signing.TimestampSigner(sep=".", salt=SAL)


def chave_do_enlace(pessoa: int, cliente: int, vaga: date, gesto: str, vez: int = 0) -> uuid.UUID:
    return uuid.uuid5(_FAMILIA, f"{pessoa}:{cliente}:{vaga.isoformat()}:{gesto}:{vez}")


def sem_enlaces(texto: str) -> str:
    """O corpo de um e-mail para quem não é o dono dele: com o endereço, registraria em nome de outro."""
    marca = "|"
    antes, depois = map(re.escape, endereco("um_clique", token=marca).split(marca))
    return re.sub(rf"({antes})[\w.~-]+({depois})", r"\1…\2", texto)


# ── Abrir ────────────────────────────────────────────────────────────────────


def abrir(token: str, quem: Usuario | None = None) -> Enlace:
    """O enlace do endereço, com tudo conferido agora; `quem` é a pessoa que entrou neste navegador, se alguma."""
    pessoa_pk, cliente_pk, vaga, gesto = _ler(token)
    pessoa = _pessoa(pessoa_pk, quem)
    recebidas = Mensagem.objects.filter(pessoa=pessoa, referencia=vaga, itens__cliente=cliente_pk)
    if not recebidas.exists():
        raise EnlaceRecusado(
            "sem_mensagem",
            "Este endereço é de uma prévia ou de um teste, e não de um e-mail que você recebeu.",
        )
    if pessoa.reativado_em and not recebidas.filter(criada_em__gt=pessoa.reativado_em).exists():
        raise EnlaceRecusado(
            "de_antes",
            "Este e-mail é de antes de você voltar, e não vale mais. Registre pela ficha do cliente.",
        )
    return Enlace(pessoa, _cliente(cliente_pk, pessoa), vaga, gesto)


def _ler(token: str) -> tuple[int, int, date, Gesto]:
    try:
        prazo = timedelta(days=settings.UM_CLIQUE_DIAS)
        pessoa, cliente, dia, gesto = _assinador().unsign_object(token, max_age=prazo)
    except signing.SignatureExpired as erro:
        raise EnlaceRecusado(
            "vencido",
            f"Os endereços deste e-mail valeram por {settings.UM_CLIQUE_DIAS} dias. Registre pela ficha do cliente.",
        ) from erro
    except (signing.BadSignature, ValueError) as erro:
        raise EnlaceRecusado(
            "adulterado", "Este endereço está incompleto ou foi mudado. Abra-o de novo pelo e-mail."
        ) from erro
    return pessoa, cliente, date.fromordinal(dia), Gesto(gesto)


def _pessoa(pk: int, quem: Usuario | None) -> Usuario:
    pessoa = Usuario.objects.filter(pk=pk).first()
    if pessoa is None or not pode(pessoa, Permissao.REGISTRAR_CONTATO):
        raise EnlaceRecusado("sem_acesso", "A conta que recebeu este e-mail não registra mais contatos.")
    if quem is not None and quem.pk != pessoa.pk:
        raise EnlaceRecusado(
            "de_outro",
            "Este e-mail é de outra pessoa, e quem entrou aqui foi você: nada se registra em nome dela.",
        )
    return pessoa


def _cliente(pk: int, pessoa: Usuario) -> Cliente:
    visiveis = Cliente.objects.visiveis_para(pessoa).select_related("empresa", "vendedor")
    cliente: Cliente | None = visiveis.filter(pk=pk).first()
    if cliente is None:
        raise EnlaceRecusado("de_outra_carteira", "Este cliente não está mais na sua carteira.")
    if cliente.encerrado_em is not None:
        raise EnlaceRecusado(
            "encerrado", f"O cadastro deste cliente foi encerrado em {cliente.encerrado_em:%d/%m/%Y}."
        )
    if cliente.fora_do_perfil:
        raise EnlaceRecusado(
            "fora_do_perfil", "Este cliente foi marcado como fora do perfil: saiu das listas."
        )
    if not set(CanalDeContato.values) - set(cliente.nao_contatar):
        raise EnlaceRecusado("nao_contatar", "Este cliente pediu para não ser contatado por nenhum canal.")
    return cliente


# ── Confirmar e desfazer ─────────────────────────────────────────────────────


@transaction.atomic
def confirmar(enlace: Enlace, resposta: Resposta) -> EnlaceUsado:
    """Faz o que o gesto diz, uma vez só; confirmar de novo devolve o que já se fez.

    Depois de desfeito, confirmar registra outro: a chave do contato é a do enlace e da vez.
    """
    usado = _travado(enlace)
    if usado.vale:
        return usado
    usado.vez += usado.feito_em is not None
    usado.contato = usado.agendamento = usado.decisao = usado.desfeito_em = None
    _FAZER[enlace.gesto](enlace, resposta, usado)
    usado.feito_em = timezone.now()
    usado.save()
    return usado


def _usados() -> Any:
    return EnlaceUsado.objects.select_related("contato__ocorrencia", "agendamento", "decisao")


def _travado(enlace: Enlace) -> EnlaceUsado:
    EnlaceUsado.objects.get_or_create(
        chave=enlace.chave,
        defaults={
            "pessoa": enlace.pessoa,
            "cliente": enlace.cliente,
            "vaga": enlace.vaga,
            "gesto": enlace.gesto,
        },
    )
    usado: EnlaceUsado = _usados().select_for_update(of=("self",)).get(chave=enlace.chave)
    return usado


def _conversar(enlace: Enlace, resposta: Resposta, usado: EnlaceUsado) -> None:
    if motivo := recusa(resposta.canal, enlace.cliente):
        raise EnlaceRecusado("canal", motivo)
    if resposta.ocorrencia is None:
        raise EnlaceRecusado(
            "sem_resultado", "Nenhum resultado em uso no catálogo serve aqui: registre pela ficha."
        )
    usado.contato = registrar_contato(
        cliente=enlace.cliente,
        canal=resposta.canal,
        ocorrencia=resposta.ocorrencia,
        observacao=resposta.observacao,
        chave=chave_do_enlace(enlace.pessoa.pk, enlace.cliente.pk, enlace.vaga, enlace.gesto, usado.vez),
        por=enlace.pessoa,
    )


def _agendar(enlace: Enlace, resposta: Resposta, usado: EnlaceUsado) -> None:
    em = resposta.dia or enlace.amanha(timezone.localdate())
    # A nota diz de onde veio: o mesmo combinado à mão é outro, e desfazer este não o cancela.
    nota = resposta.observacao or f"Combinado pelo e-mail de {enlace.vaga:%d/%m/%Y}"
    proximo = Proximo(em=em, tipo=enlace.canais()[0], nota=nota)
    usado.agendamento = agendar(cliente=enlace.cliente, proximo=proximo, por=enlace.pessoa)


def _adiar(enlace: Enlace, resposta: Resposta, usado: EnlaceUsado) -> None:
    hoje = timezone.localdate()
    usado.decisao = adiar_na_fila(
        cliente=enlace.cliente,
        pessoa=enlace.pessoa,
        ate=resposta.dia or hoje + timedelta(days=7),
        motivo=resposta.observacao or f"Adiado pelo e-mail de {enlace.vaga:%d/%m/%Y}",
        hoje=hoje,
    )


_FAZER: dict[Gesto, Callable[[Enlace, Resposta, EnlaceUsado], None]] = {
    **dict.fromkeys(DE_CONVERSA, _conversar),
    Gesto.AMANHA: _agendar,
    Gesto.ADIAR: _adiar,
}


@transaction.atomic
def desfazer(enlace: Enlace) -> bool:
    """Volta ao que era; falso se não havia o que desfazer, ou se o agendamento já foi tratado."""
    usado = _travado(enlace)
    if not usado.vale:
        return False
    if not _desfazer(usado, enlace.pessoa):
        return False
    usado.desfeito_em = timezone.now()
    usado.save(update_fields=["desfeito_em"])
    return True


def _desfazer(usado: EnlaceUsado, por: Usuario) -> bool:
    if usado.contato is not None:
        return desfazer_contato(contato=usado.contato, por=por)
    if usado.agendamento is not None:
        return cancelar_agendamento(agendamento=usado.agendamento)
    try:
        return usado.decisao is not None and desfazer_decisao(
            decisao=usado.decisao, por=por, hoje=timezone.localdate()
        )
    except DecisaoRecusada as erro:
        raise EnlaceRecusado("mudado", str(erro)) from erro
