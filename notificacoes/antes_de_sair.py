"""A última pergunta antes de um e-mail sair: ainda é para esta pessoa, e ainda se lhe pode falar destes clientes?

Entre decidir e enviar passam minutos, ou horas: a hora que a pessoa escolheu, o silêncio, um recado para outro dia, um
servidor fora. O que deixou de valer nesse tempo não sai, e a mensagem fica à vista com o motivo.
"""

import re
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from clientes.canais import recusa
from clientes.models import CanalDeContato, Cliente, PessoaDeContato
from contas.escopo import empresas_de
from contas.models import Empresa, Usuario
from contas.papeis import Permissao, pode
from contas.pessoas import estado_de
from notificacoes.ao_cliente import nao_saiu
from notificacoes.descadastro import FIXAS
from notificacoes.enderecos import endereco
from notificacoes.models import (
    EstadoDaMensagem,
    EstadoDoRecado,
    ItemDeMensagem,
    Mensagem,
    Recado,
    RegraDeAviso,
    Sobre,
    TipoDeMensagem,
)
from notificacoes.models.regra import DO_BIRO
from notificacoes.regras.vagas import fora_do_silencio

# A mensagem própria de cada regra de partida.
_DE_PARTIDA = {
    TipoDeMensagem.RESUMO_DIARIO: Sobre.EM_RISCO,
    TipoDeMensagem.VOLUME_SEMANAL: Sobre.VOLUME,
    TipoDeMensagem.AGENDA: Sobre.AGENDA_ESQUECIDA,
}
_NAO_VALEM = (EstadoDoRecado.ENCERRADO, EstadoDoRecado.VENCIDO, EstadoDoRecado.RASCUNHO)


def por_que_nao_sai(mensagem: Mensagem) -> str:
    """Vazio quando pode sair; senão, o motivo, como se lê na página da mensagem."""
    pessoa = mensagem.pessoa
    if pessoa is None or not pessoa.is_active:
        return f"{pessoa or 'A pessoa'} já não tem acesso ao Carteira."
    if mensagem.tipo == TipoDeMensagem.CLIENTE:
        return _oposicao(mensagem)
    if mensagem.tipo in FIXAS:
        return ""
    if estado_de(pessoa) != "ativa":
        return f"{pessoa} já não entra no Carteira: falta-lhe aceitar o convite."
    if not pessoa.recebe_emails:
        return f"{pessoa} deixou de receber e-mails depois que esta foi escrita."
    if mensagem.para.lower() != (pessoa.email or "").lower():
        return f"O endereço de {pessoa} mudou depois que esta foi escrita."
    if mensagem.tipo == TipoDeMensagem.RELATORIO:
        return _relatorio(mensagem, pessoa)
    if mensagem.tipo == TipoDeMensagem.RECADO:
        return _recado(mensagem)
    return _em_pausa(mensagem, pessoa) or _credito(mensagem, pessoa) or _clientes(mensagem, pessoa)


def quando_pode_sair(mensagem: Mensagem, agora: datetime) -> datetime:
    """Já ou, se uma nova tentativa caiu nas horas de silêncio, no fim delas; o que uma pessoa escreveu não espera."""
    if mensagem.tipo in FIXAS or mensagem.tipo == TipoDeMensagem.RECADO:
        return agora
    momento = timezone.localtime(agora)
    caladas = list(Empresa.objects.filter(vinculos__usuario=mensagem.pessoa_id, silencio_de__isnull=False))
    for empresa in caladas * 2:  # o fim do silêncio de uma pode cair no de outra
        momento = fora_do_silencio(momento, empresa.silencio_de, empresa.silencio_ate)
    return momento


def cancelar(mensagem: Mensagem, motivo: str) -> None:
    """Não sai mais; o que só ela dizia volta a estar por dizer, e o contato que ela seria deixa de ser."""
    mensagem.estado, mensagem.erro = EstadoDaMensagem.CANCELADA, motivo
    mensagem.save(update_fields=["estado", "erro"])
    ItemDeMensagem.objects.filter(mensagem=mensagem, aviso__isnull=True).delete()
    nao_saiu(mensagem)


def _oposicao(mensagem: Mensagem) -> str:
    """O cliente, ou a pessoa dele a quem se escreveu, pediu nesse meio-tempo para não receber e-mails."""
    if mensagem.contato is None:
        return ""
    cliente = mensagem.contato.cliente
    pessoas = PessoaDeContato.objects.filter(cliente=cliente, email__iexact=mensagem.para)
    recusas = (recusa(CanalDeContato.EMAIL, cliente, pessoa) for pessoa in (None, *pessoas))
    return next(filter(None, recusas), "")


def _recado(mensagem: Mensagem) -> str:
    """O que se encerrou enquanto o servidor não respondia, ou passou da validade."""
    numero = mensagem.chave.removeprefix("recado:").partition(":")[0]
    recado = Recado.objects.filter(pk=numero).first() if numero.isdecimal() else None
    if recado is None or recado.estado_em(timezone.now()) in _NAO_VALEM:
        return "O recado já não vale: foi encerrado, ou a validade dele acabou."
    return ""


def _relatorio(mensagem: Mensagem, pessoa: Usuario) -> str:
    """O arquivo não sai da casa por quem deixou de poder levá-lo, nem depois de expirar."""
    if not pode(pessoa, Permissao.EXPORTAR):
        return f"{pessoa} não pode mais exportar."
    if mensagem.anexo and not Path(mensagem.anexo).exists():
        return "O arquivo expirou antes de a mensagem sair."
    return str(import_string(settings.CONFERIR_RELATORIO)(mensagem, pessoa))


def _em_pausa(mensagem: Mensagem, pessoa: Usuario) -> str:
    """A pausa vale também para o que a regra já escreveu e ainda espera."""
    if sobre := _DE_PARTIDA.get(TipoDeMensagem(mensagem.tipo)):
        regras = RegraDeAviso.objects.filter(empresa__in=empresas_de(pessoa), partida=sobre)
    else:
        chaves = mensagem.itens.values_list("regra", flat=True)
        regras = RegraDeAviso.objects.das_chaves(chaves)
    if not regras.exists() or regras.valendo(timezone.localdate()).exists():
        return ""
    return "A regra que decidiu este aviso foi pausada ou arquivada antes de ele sair."


def _credito(mensagem: Mensagem, pessoa: Usuario) -> str:
    """Score e restrições não saem a quem deixou de os ver."""
    if pode(pessoa, Permissao.VER_CREDITO):
        return ""
    regras = RegraDeAviso.objects.das_chaves(mensagem.itens.values_list("regra", flat=True))
    do_biro = regras.filter(sobre__in=DO_BIRO).exists()
    return f"{pessoa} não vê mais score e restrições. O resto volta na próxima noite." if do_biro else ""


def _clientes(mensagem: Mensagem, pessoa: Usuario) -> str:
    """Cliente transferido para quem a pessoa não vê, ou que pediu para não ser procurado por canal nenhum."""
    citados = _citados(mensagem)
    permitidos = Cliente.objects.visiveis_para(pessoa).exclude(
        nao_contatar__contains=list(CanalDeContato.values)
    )
    fora = len(citados) - permitidos.filter(pk__in=citados).count() if citados else 0
    if not fora:
        return ""
    quem = "um cliente" if fora == 1 else f"{fora} clientes"
    return (
        f"Cita {quem} fora da carteira de {pessoa}, ou em oposição a todo contato, desde que esta foi escrita. "
        "O que ainda vale volta na próxima noite."
    )


def _citados(mensagem: Mensagem) -> set[int]:
    """Os das decisões e os que o texto só enlaça (quem virou inativo), cuja ficha está sozinha numa linha."""
    antes, depois = map(re.escape, endereco("cliente", id="|").split("|"))
    fichas = re.findall(rf"^  {antes}([0-9]{{1,18}}){depois}$", mensagem.texto, re.MULTILINE)
    return {*mensagem.itens.values_list("cliente", flat=True), *map(int, fichas)}
