"""Contatos feitos com o cliente: cada gesto do vendedor é um caso de uso.

O relógio do último contato (`Indicadores.ultimo_contato_em`) anda por gatilho do banco, na mesma
transação, só com ocorrências efetivas; aqui ninguém escreve nele.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from clientes.agenda import Proximo, acertar_pelo_contato, desacertar_pelo_contato
from clientes.atendimentos import AtendimentoInvalido, abrir
from clientes.escolhas import DIAS_PARA_TRAS
from clientes.models import (
    Atendimento,
    Campanha,
    CanalDeContato,
    Cliente,
    Contato,
    Motivo,
    Objecao,
    Ocorrencia,
    OrigemDoContato,
    PessoaDeContato,
    Sentido,
)
from clientes.models.catalogos import ORDEM_DO_SISTEMA
from contas.auditoria import registrar
from contas.models import Usuario
from contas.texto import sem_acento

FOLGA_DO_RELOGIO = timedelta(minutes=10)
LIMITE_DA_OBSERVACAO = 4000
# O clique no WhatsApp é tentativa: descansa o cliente na fila, mas não move o relógio do contato.
WHATSAPP_ABERTO = "Conversa aberta no WhatsApp"


class RelacionamentoInvalido(ValueError):
    """Gesto que a casa recusa; a mensagem já vem pronta para a tela, e `campo` diz de que ela fala."""

    def __init__(self, mensagem: str, campo: str = "") -> None:
        super().__init__(mensagem)
        self.campo = campo


@dataclass(frozen=True, slots=True)
class NovoAtendimento:
    """O atendimento que o contato abre."""

    tipo: str
    assunto: str
    descricao: str = ""


def quando_foi(em: datetime | None, agora: datetime) -> datetime:
    """O instante de um contato: agora, ou o que se disse; há pouco, e nunca no futuro.

    O relógio de um aparelho pode estar uns minutos adiantado: isso ainda é agora.
    """
    if em is None:
        return agora
    if em > agora + FOLGA_DO_RELOGIO:
        raise RelacionamentoInvalido(
            "O contato não pode ser no futuro. Para combinar um, escolha o próximo contato."
        )
    if em < agora - timedelta(days=DIAS_PARA_TRAS):
        raise RelacionamentoInvalido(f"Só se registra um contato dos últimos {DIAS_PARA_TRAS} dias.")
    return min(em, agora)


def registrar_contato(
    *,
    cliente: Cliente,
    canal: str,
    ocorrencia: Ocorrencia,
    chave: uuid.UUID,
    por: Usuario,
    observacao: str = "",
    pessoa: str = "",
    proximo: Proximo | None = None,
    em: datetime | None = None,
    sentido: str = Sentido.ATIVO,
    motivo: Motivo | None = None,
    objecoes: Iterable[Objecao] = (),
    campanha: Campanha | None = None,
    oferta: str = "",
    pessoa_de_contato: PessoaDeContato | None = None,
    guardar_pessoa: bool = False,
    em_aberto: bool = False,
    origem: str = OrigemDoContato.TELA,
    atendimento: NovoAtendimento | None = None,
) -> Contato:
    """Grava o contato uma vez só por `chave`, com tudo o que ele traz; o efetivo conclui os agendamentos vencidos.

    `em_aberto` deixa o contato por responder; `guardar_pessoa` faz do nome digitado uma pessoa do cliente.
    """
    if feito := ja_registrado(chave=chave, cliente=cliente, por=por):
        return feito
    agora = timezone.now()
    quando = quando_foi(em, agora)
    _conferir_campanha(campanha, cliente, timezone.localdate(quando))
    _conferir_pessoa(pessoa_de_contato, cliente)
    contato = Contato(
        cliente=cliente,
        canal=canal,
        sentido=sentido,
        ocorrencia=ocorrencia,
        motivo=motivo,
        campanha=campanha,
        oferta_tipo=oferta,
        observacao=observacao.strip(),
        pessoa=" ".join((pessoa_de_contato.nome if pessoa_de_contato else pessoa).split()),
        pessoa_de_contato=pessoa_de_contato,
        em=quando,
        fechado_em=None if em_aberto else quando,
        registrado_em=agora,
        atendente=por,
        origem=origem,
        chave=chave,
    )
    try:
        with transaction.atomic():
            _ligar_pessoa(contato, guardar=guardar_pessoa)
            contato.save(force_insert=True)
            contato.objecoes.set(objecoes)
            acertar_pelo_contato(contato, proximo)
            _abrir_atendimento(contato, atendimento)
    except IntegrityError as erro:
        return _do_outro_envio(erro, chave, cliente, por)
    return contato


def ja_registrado(*, chave: uuid.UUID, cliente: Cliente, por: Usuario) -> Contato | None:
    """O contato de um envio anterior do mesmo formulário; nada, se é o primeiro.

    A chave de outro cliente, de outra pessoa ou de um contato desfeito não serve: recusa-se.
    """
    feito: Contato | None = Contato.objects.filter(chave=chave).select_related("ocorrencia").first()
    if feito is None:
        return None
    if (feito.cliente_id, feito.atendente_id) != (cliente.pk, por.pk) or feito.desfeito_em is not None:
        raise RelacionamentoInvalido("Este formulário já foi usado. Confira o texto e salve de novo.")
    return feito


def _do_outro_envio(erro: IntegrityError, chave: uuid.UUID, cliente: Cliente, por: Usuario) -> Contato:
    """Dois envios ao mesmo tempo: o segundo devolve o contato do primeiro."""
    feito = ja_registrado(chave=chave, cliente=cliente, por=por)
    if feito is None:
        raise RelacionamentoInvalido(
            "Algo do que você escolheu acabou de ser apagado. Confira e salve de novo."
        ) from erro
    return feito


def _conferir_campanha(campanha: Campanha | None, cliente: Cliente, dia: date) -> None:
    """Campanha é da empresa do cliente, está em uso e valia no dia do contato."""
    if campanha is None:
        return
    o_contato = f"; o contato é de {dia:%d/%m/%Y}."
    recusa = ""
    if campanha.empresa_id != cliente.empresa_id:
        recusa = " é de outra empresa."
    elif not campanha.ativa:
        recusa = " não está mais em uso."
    elif dia < campanha.inicio:
        recusa = f" só começa em {campanha.inicio:%d/%m/%Y}{o_contato}"
    elif campanha.fim and dia > campanha.fim:
        recusa = f" terminou em {campanha.fim:%d/%m/%Y}{o_contato}"
    if recusa:
        raise RelacionamentoInvalido(f"A campanha {campanha}{recusa}", "campanha")


def _conferir_pessoa(pessoa: PessoaDeContato | None, cliente: Cliente) -> None:
    if pessoa is not None and pessoa.cliente_id != cliente.pk:
        raise RelacionamentoInvalido("A pessoa escolhida é de outro cliente.", "pessoa")


def _ligar_pessoa(contato: Contato, *, guardar: bool) -> None:
    """O nome igual ao de uma pessoa do cliente é ela; um novo só vira pessoa se pedirem."""
    if contato.pessoa_de_contato_id or not contato.pessoa:
        return
    com_o_nome = PessoaDeContato.objects.filter(
        cliente=contato.cliente, nome_chave=sem_acento(contato.pessoa)
    )
    achada = com_o_nome.first()
    if achada is None and guardar:
        nova = PessoaDeContato(cliente=contato.cliente, nome=contato.pessoa)
        PessoaDeContato.objects.bulk_create([nova], ignore_conflicts=True)
        achada = com_o_nome.first()
        if achada is None:  # quem pediu para ser esquecido não volta ao cadastro
            return
        registrar(
            "acrescentar pessoa de contato",
            por=contato.atendente,
            objeto=f"pessoa {achada.pk} do cliente {contato.cliente.codigo}",
            depois={"nome": achada.nome},
            alvo=achada,
        )
    contato.pessoa_de_contato = achada


def _abrir_atendimento(contato: Contato, novo: NovoAtendimento | None) -> None:
    """O atendimento nasce ligado ao contato, no dia dele, e na mesma transação."""
    if novo is None:
        return
    try:
        abrir(
            contato.cliente,
            novo.tipo,
            novo.assunto,
            novo.descricao,
            contato.atendente,
            contato,
            em=timezone.localdate(contato.em),
        )
    except AtendimentoInvalido as recusa:
        raise RelacionamentoInvalido(str(recusa), "atendimento_assunto") from recusa


@transaction.atomic
def desfazer_contato(*, contato: Contato, por: Usuario, em: datetime | None = None) -> bool:
    """Desfaz o registro, o que ele fez à agenda e o atendimento que abriu. Só quem atendeu desfaz.

    As objeções ficam no contato desfeito, que some das telas e das contas; repetir não muda nada.
    """
    if contato.atendente_id != por.pk:
        raise RelacionamentoInvalido("Só quem registrou o contato pode desfazê-lo.")
    agora = em or timezone.now()
    if not Contato.objects.filter(pk=contato.pk, desfeito_em__isnull=True).update(desfeito_em=agora):
        return False
    desacertar_pelo_contato(contato, agora)
    _apagar_atendimentos(contato, por)
    return True


def _apagar_atendimentos(contato: Contato, por: Usuario) -> None:
    """O que ninguém ainda tratou; o tratado é trabalho feito, e fica. O texto do apagado vai para a auditoria."""
    intocados = Atendimento.objects.select_for_update().filter(
        contato=contato, fechado_em__isnull=True, solucao="", importacao__isnull=True
    )
    for atendimento in intocados:
        antes = {campo: getattr(atendimento, campo) for campo in ("tipo", "assunto", "descricao")}
        registrar(
            "desfazer atendimento",
            por=por,
            objeto=f"atendimento {atendimento.numero}",
            antes=antes,
            alvo=contato.cliente,
        )
        atendimento.delete()


@transaction.atomic
def fechar_contato(*, contato: Contato, por: Usuario, nota: str = "") -> bool:
    """Dá por respondido o que ficou em aberto; a nota entra no fim da observação, onde se lê e se procura."""
    atual: Contato = Contato.objects.select_for_update().get(pk=contato.pk)
    if atual.fechado_em is not None or atual.desfeito_em is not None:
        return False
    atual.fechado_em = max(timezone.now(), atual.em)
    if nota := nota.strip():
        atual.observacao = _com_nota(atual, nota, por)
    atual.save(update_fields=["fechado_em", "observacao"])
    registrar("fechar contato", por=por, objeto=_rotulo(atual), depois={"nota": nota}, alvo=atual.cliente)
    return True


def _com_nota(contato: Contato, nota: str, por: Usuario) -> str:
    dia = timezone.localdate(contato.fechado_em)
    texto = f"{contato.observacao}\n\nFechado por {por} em {dia:%d/%m/%Y}: {nota}".strip()
    sobra = len(texto) - LIMITE_DA_OBSERVACAO
    if sobra > 0:
        raise RelacionamentoInvalido(f"A nota não cabe na observação: tire {sobra} caracteres.", "nota")
    return texto


@transaction.atomic
def reabrir_contato(*, contato: Contato, por: Usuario) -> bool:
    """Volta a ficar por responder; a nota de quem o fechou continua escrita."""
    fechado = Contato.objects.filter(pk=contato.pk, desfeito_em__isnull=True, fechado_em__isnull=False)
    if not fechado.update(fechado_em=None):
        return False
    registrar("reabrir contato", por=por, objeto=_rotulo(contato), alvo=contato.cliente)
    return True


def _rotulo(contato: Contato) -> str:
    return f"contato {contato.pk} do cliente {contato.cliente.codigo}"


def registrar_whatsapp(*, cliente: Cliente, chave: uuid.UUID, por: Usuario, **quando: Any) -> Contato:
    """O clique que abre a conversa, guardado como tentativa."""
    ocorrencia, _ = Ocorrencia.objects.get_or_create(
        nome=WHATSAPP_ABERTO, defaults={"efetiva": False, "ativa": False, "ordem": ORDEM_DO_SISTEMA}
    )
    return registrar_contato(
        cliente=cliente,
        canal=CanalDeContato.WHATSAPP,
        ocorrencia=ocorrencia,
        chave=chave,
        por=por,
        **quando,
    )
