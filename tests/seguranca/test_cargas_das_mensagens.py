"""A carga em todo e-mail que a casa manda: cada modelo de `templates/emails/`, e o que se escreve a um cliente.

Modelo novo que ninguém compôs aqui reprova, e campo de texto novo de uma mensagem já vem carregado (`hostil`).
"""

import email.policy
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test.signals import template_rendered

from contas.models import Empresa, Usuario
from contas.sessoes import Origem
from notificacoes import ao_cliente, emails, seguranca
from notificacoes.agenda_atrasada import AgendaAtrasada
from notificacoes.caixa import Rascunho, enfileirar, montar
from notificacoes.linhas import Linha
from notificacoes.models import (
    Mensagem,
    Recado,
    TipoDeLembrete,
    TipoDeMensagem,
)
from notificacoes.placar import Placar
from notificacoes.planos_vencidos import PlanosVencidos
from notificacoes.regras.decisao import Secao
from notificacoes.resumos import Resumo
from notificacoes.retorno import RetornoDaSemana
from notificacoes.volumes import Volume
from tests.conftest import HOJE
from tests.seguranca.carga import vivas
from tests.seguranca.hostil import PRAGA, hostil

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
# O que a casa põe num e-mail; o que passar disto veio de um texto.
CABECALHOS = {
    "from", "to", "subject", "date", "message-id", "mime-version", "content-type", "content-transfer-encoding",
    "content-disposition", "auto-submitted", "reply-to", "list-unsubscribe", "list-unsubscribe-post",
}  # fmt: skip


def _escreve(rascunho: Rascunho) -> None:
    """Sem as decisões: o que elas citam são clientes de verdade."""
    enfileirar([replace(rascunho, itens=())])


def _resumo(pessoa: Usuario) -> None:
    resumo = hostil(Resumo, linhas=[hostil(Linha, status=s) for s in ("quase_inativo", "ativo")],
                    totais={"quase_inativo": 9, "ativo": 9}, ocultos={"bloqueado": 2})  # fmt: skip
    _escreve(
        emails.resumo_diario(pessoa=pessoa, resumo=resumo, secoes=[hostil(Secao)], placar=hostil(Placar))
    )


def _volume(pessoa: Usuario) -> None:
    _escreve(
        emails.volume_semanal(
            pessoa=pessoa, volume=hostil(Volume), agenda=hostil(AgendaAtrasada), secoes=[hostil(Secao)],
            retorno=hostil(RetornoDaSemana), planos=hostil(PlanosVencidos),
        )
    )  # fmt: skip


def _recado(pessoa: Usuario) -> None:
    recado = hostil(Recado, por=pessoa, tipo=TipoDeLembrete(nome=PRAGA))
    _escreve(emails.recado(pessoa=pessoa, recado=recado, chave="recado:1", aviso=1, sai_em=None))


def _relatorio(pessoa: Usuario, pasta: Path) -> None:
    anexo = pasta / "relatorio.pdf"
    anexo.write_bytes(b"%PDF-1.7\n")
    pronto = hostil(emails.RelatorioPronto, anexo=str(anexo), nome=f"{PRAGA}.pdf", caminho="/arquivos/1/")
    _escreve(emails.relatorio(pessoa=pessoa, pronto=pronto, chave="relatorio:1", referencia=HOJE))


def _ao_cliente(pessoa: Usuario, cliente: Any) -> None:
    ao_cliente.enviar(
        cliente=cliente, para="c@exemplo.test", assunto=PRAGA, texto=PRAGA, chave=uuid.uuid4(), por=pessoa
    )  # fmt: skip


def _gestos(pessoa: Usuario, empresa: Empresa, cliente: Any, pasta: Path) -> dict[str, Callable[[], Any]]:
    """O nome do modelo → como se escreve a mensagem dele."""
    de = {"pessoas": [pessoa], "empresa": empresa, "vaga": HOJE}
    return {
        "resumo_diario": lambda: _resumo(pessoa),
        "volume_semanal": lambda: _volume(pessoa),
        "agenda_atrasada": lambda: _escreve(
            emails.agenda_atrasada(pessoa=pessoa, agenda=hostil(AgendaAtrasada), secoes=[hostil(Secao)])
        ),
        "avisos": lambda: _escreve(emails.avisos(pessoa=pessoa, vaga=HOJE, secoes=[hostil(Secao)])),
        "convite": lambda: emails.convite(pessoa=pessoa, por=pessoa),
        "nova_senha": lambda: emails.nova_senha(pessoa=pessoa, uid="u", token="t-1"),
        "rotina_adiada": lambda: emails.rotina_adiada(**de, pedidos_ate=HOJE),
        "rotina_falhou": lambda: emails.rotina_falhou(**de, erro=PRAGA),
        "teste_de_servidor": lambda: emails.teste_de_servidor(pessoa=pessoa, chave="1"),
        "recado": lambda: _recado(pessoa),
        "relatorio": lambda: _relatorio(pessoa, pasta),
        "aviso_de_seguranca": lambda: seguranca.avisar(
            pessoa, seguranca.Fato.SENHA, Origem("10.0.0.1", PRAGA), detalhe=PRAGA
        ),
        "desbloqueio": lambda: seguranca.desbloqueio(pessoa=pessoa, token="t-1", horas=1),
        "ao_cliente": lambda: _ao_cliente(pessoa, cliente),
    }


def test_a_carga_e_inerte_em_todo_email(
    empresa: Empresa, ana: Usuario, novo_cliente: Any, tmp_path: Path
) -> None:
    """HTML escapado, assunto numa linha, texto sem entidades, e na mensagem montada só os cabeçalhos da casa."""
    cliente = novo_cliente("C1", vendedor=ana, razao_social=PRAGA, email="c@exemplo.test")
    for cada in (empresa, ana):
        cada.nome = PRAGA
        cada.save()
    usados: set[str] = set()

    def anotar(template: Any, **_: Any) -> None:
        usados.add(str(template.name))

    template_rendered.connect(anotar)
    try:
        gestos = _gestos(ana, empresa, cliente, tmp_path)
        escritas = {nome: _de_um(gesto) for nome, gesto in gestos.items()}
    finally:
        template_rendered.disconnect(anotar)
    modelos = {f"emails/{m.name}" for m in (settings.BASE_DIR / "templates/emails").iterdir()}
    assert modelos <= usados, f"ninguém os compôs com a carga: {sorted(modelos - usados)}"
    assert {m.tipo for m in escritas.values()} == set(TipoDeMensagem.values)
    for nome, mensagem in escritas.items():
        _inerte(nome, mensagem)


def _de_um(gesto: Callable[[], Any]) -> Mensagem:
    gesto()
    return Mensagem.objects.latest("pk")


def _inerte(nome: str, mensagem: Mensagem) -> None:
    assert not vivas(mensagem.html, "text/html"), (nome, vivas(mensagem.html, "text/html"))
    assert "&lt;xss" not in mensagem.texto + mensagem.assunto, nome
    assert "xss" in mensagem.texto, nome
    assert "&lt;xss" in mensagem.html or not mensagem.html, nome
    assert not re.search(r"[\r\n]", mensagem.assunto), nome
    bruta = montar(mensagem, "Carteira <c@exemplo.test>").message().as_bytes()
    partes = list(message_from_bytes(bruta, policy=email.policy.default).walk())
    a_mais = {cabecalho.lower() for parte in partes for cabecalho in parte} - CABECALHOS
    assert not a_mais, (nome, a_mais)
    assert [p["To"] for p in partes if p["To"]] == [mensagem.para], nome
