"""E-mail ao cliente: uma mensagem que é um contato, contra um servidor SMTP de verdade."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from atividade.models import Indicadores
from clientes.canais import CanalRecusado
from clientes.models import Agendamento, Cliente, Contato, PessoaDeContato
from clientes.relacionamento import RelacionamentoInvalido
from contas.models import Usuario
from notificacoes.ao_cliente import ESPERA, EnvioRecusado, desfazer, enviar
from notificacoes.caixa import reenviar
from notificacoes.envio import enviar_pendentes
from notificacoes.models import Mensagem
from tests.conftest import HOJE
from tests.correio import Correio, texto
from tests.processos import Processos, ate

pytestmark = pytest.mark.django_db
TEXTO = "Olá, Márcia.\n\nTudo certo por aí?"


@pytest.fixture
def aurora(ana: Usuario, novo_cliente: Any) -> Cliente:
    cliente: Cliente = novo_cliente("C1", vendedor=ana, razao_social="Aurora", email="compras@aurora.test")
    return cliente


def mandar(cliente: Cliente, por: Usuario, **mudancas: Any) -> Mensagem:
    return enviar(
        **{
            "cliente": cliente,
            "para": "compras@aurora.test",
            "assunto": "Podemos\r\n ajudar?",
            "texto": TEXTO,
            "chave": uuid.uuid4(),
            "por": por,
            **mudancas,
        }
    )


def passar_a_espera() -> None:
    Mensagem.objects.update(proxima_tentativa_em=timezone.now() - timedelta(seconds=1))


def ultimo_contato(cliente: Cliente) -> Any:
    return Indicadores.objects.get(pk=cliente.pk).ultimo_contato_em


def test_sai_com_o_nome_de_quem_escreveu_e_a_resposta_vem_para_ela(
    ana: Usuario, aurora: Cliente, correio: Correio
) -> None:
    mensagem = mandar(aurora, ana)
    assert enviar_pendentes(agora=timezone.now() + ESPERA).enviadas == 1
    [recebida] = correio.caixa.recebidas
    assert (recebida["To"], recebida["Reply-To"]) == ("compras@aurora.test", "ana@exemplo.test")
    assert recebida["From"].startswith("Ana Souza <")
    assert recebida["Subject"] == "Podemos ajudar?"
    assert recebida["Auto-Submitted"] is None  # foi uma pessoa que mandou
    assert texto(recebida).replace("\r\n", "\n").strip() == TEXTO
    mensagem.refresh_from_db()
    assert mensagem.estado == "enviada"


def test_e_um_contato_na_mesma_transacao_e_move_o_relogio(ana: Usuario, aurora: Cliente) -> None:
    mensagem = mandar(aurora, ana, origem="fila")
    contato = Contato.objects.get()
    assert mensagem.contato == contato
    assert (contato.canal, contato.ocorrencia.nome, contato.observacao) == (
        "email", "E-mail enviado", "Podemos ajudar?",
    )  # fmt: skip
    assert (contato.atendente, contato.origem) == (ana, "fila")
    assert ultimo_contato(aurora) == contato.em


def test_envio_duplo_escreve_uma_mensagem_e_um_contato(
    ana: Usuario, aurora: Cliente, correio: Correio
) -> None:
    chave = uuid.uuid4()
    assert mandar(aurora, ana, chave=chave) == mandar(aurora, ana, chave=chave)
    passar_a_espera()
    enviar_pendentes()
    assert len(correio.caixa.recebidas) == Mensagem.objects.count() == Contato.objects.count() == 1


def test_espera_meio_minuto_e_ate_la_se_desfaz_com_o_contato_e_a_agenda(
    ana: Usuario, aurora: Cliente, correio: Correio
) -> None:
    marcado = Agendamento.objects.create(cliente=aurora, responsavel=ana, criado_por=ana, em=HOJE)
    mensagem = mandar(aurora, ana)
    assert enviar_pendentes().enviadas == 0
    assert desfazer(contato=Contato.objects.get(), por=ana)
    passar_a_espera()
    assert enviar_pendentes().enviadas == 0
    mensagem.refresh_from_db()
    assert mensagem.estado == "cancelada"
    assert Contato.objects.get().desfeito_em is not None
    assert ultimo_contato(aurora) is None
    marcado.refresh_from_db()
    assert marcado.concluido_em is None
    assert not desfazer(contato=Contato.objects.get(), por=ana)  # repetir não muda nada
    assert correio.caixa.recebidas == []


def test_o_que_ja_saiu_nao_se_desfaz(ana: Usuario, aurora: Cliente, correio: Correio) -> None:
    mandar(aurora, ana)
    passar_a_espera()
    enviar_pendentes()
    with pytest.raises(EnvioRecusado, match="já saiu"):
        desfazer(contato=Contato.objects.get(), por=ana)
    assert Contato.objects.get().desfeito_em is None
    assert Mensagem.objects.get().estado == "enviada"


def test_so_quem_mandou_desfaz(ana: Usuario, bruno: Usuario, aurora: Cliente) -> None:
    mandar(aurora, ana)
    with pytest.raises(RelacionamentoInvalido):
        desfazer(contato=Contato.objects.get(), por=bruno)
    assert Mensagem.objects.get().estado == "pendente"
    assert Contato.objects.get().desfeito_em is None


def test_recusado_para_sempre_nao_e_contato_e_reenviado_volta_a_ser(
    ana: Usuario, davi: Usuario, aurora: Cliente, correio: Correio
) -> None:
    correio.caixa.recusas["compras@aurora.test"] = "550 5.1.1 caixa inexistente"
    mensagem = mandar(aurora, ana)
    passar_a_espera()
    assert enviar_pendentes().mortas == 1
    assert ultimo_contato(aurora) is None
    assert Contato.objects.get().desfeito_em is not None
    mensagem.refresh_from_db()
    assert "caixa inexistente" in mensagem.erro
    correio.caixa.recusas.clear()
    assert reenviar(mensagem=mensagem, por=davi)
    assert enviar_pendentes().enviadas == 1
    assert ultimo_contato(aurora) == Contato.objects.get().em


@pytest.mark.parametrize("quem", ["cliente", "pessoa"])
def test_quem_pediu_para_nao_receber_nao_recebe_e_nada_muda(ana: Usuario, aurora: Cliente, quem: str) -> None:
    marcia = PessoaDeContato.objects.create(cliente=aurora, nome="Márcia", email="marcia@aurora.test")
    alvo = aurora if quem == "cliente" else marcia
    alvo.nao_contatar = ["email"]
    alvo.save()
    with pytest.raises(CanalRecusado, match=f"{alvo} pediu para não receber e-mails."):
        mandar(aurora, ana, pessoa=marcia)
    assert not Mensagem.objects.exists()
    assert not Contato.objects.exists()


@pytest.mark.resistencia
@pytest.mark.django_db(transaction=True)
def test_dois_processos_com_o_mesmo_envio_mandam_um_email(
    processos: Processos, correio: Correio, ana: Usuario, aurora: Cliente
) -> None:
    chave, partida = uuid.uuid4(), timezone.now().timestamp() + 12
    codigo = (
        "import time, uuid\nfrom clientes.models import Cliente\nfrom contas.models import Usuario\n"
        "from notificacoes.ao_cliente import enviar\n"
        f"eu, c = Usuario.objects.get(pk={ana.pk}), Cliente.objects.get(pk={aurora.pk})\n"
        f"time.sleep(max(0, {partida} - time.time()))\n"
        "enviar(cliente=c, para='compras@aurora.test', assunto='Oi', texto='Oi', "
        f"chave=uuid.UUID('{chave}'), por=eu)\n"
    )
    abertos = [processos.python(codigo) for _ in range(3)]
    assert [processo.wait(240) for processo in abertos] == [0, 0, 0], processos.registros()
    passar_a_espera()
    enviar_pendentes()
    ate(lambda: len(correio.caixa.recebidas) == 1)
    assert Mensagem.objects.count() == Contato.objects.count() == 1
