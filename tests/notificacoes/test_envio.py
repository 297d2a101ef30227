"""A caixa de saída contra um servidor SMTP de verdade."""

import smtplib
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from contas.models import Instalacao, RegistroDeAuditoria, Usuario
from notificacoes import servidor
from notificacoes.caixa import Rascunho, enfileirar, reenviar
from notificacoes.envio import ESPERA_MAXIMA, MAX_RECUSAS, enviar_pendentes, espera, marcar_incertas
from notificacoes.models import EstadoDaMensagem, Mensagem
from tests.correio import Correio, texto

pytestmark = pytest.mark.django_db


def escrever(pessoa: Usuario, quantas: int = 1, prefixo: str = "m") -> list[Mensagem]:
    enfileirar(
        Rascunho(f"{prefixo}:{n}", "teste", pessoa, f"Mensagem {n}", f"corpo {n}", f"<p>corpo {n}</p>")
        for n in range(quantas)
    )
    return list(Mensagem.objects.order_by("pk"))


def estados() -> list[str]:
    return list(Mensagem.objects.order_by("pk").values_list("estado", flat=True))


def vencer() -> None:
    Mensagem.objects.update(proxima_tentativa_em=timezone.now() - timedelta(seconds=1))


def test_a_mesma_decisao_nao_escreve_duas_mensagens(ana: Usuario) -> None:
    assert len(escrever(ana)) == 1
    antes = Mensagem.objects.get().message_id
    assert len(escrever(ana)) == 1
    assert Mensagem.objects.get().message_id == antes


def test_sem_endereco_nao_ha_mensagem(ana: Usuario) -> None:
    ana.email = None
    assert escrever(ana) == []


def test_enviada_leva_o_message_id_guardado_e_as_duas_partes(ana: Usuario, correio: Correio) -> None:
    [mensagem] = escrever(ana)
    assert enviar_pendentes().contagens() == {
        "enviadas": 1,
        "adiadas": 0,
        "mortas": 0,
        "incertas": 0,
        "suspensas": 0,
        "canceladas": 0,
    }
    [recebida] = correio.caixa.recebidas
    assert recebida["Message-ID"] == mensagem.message_id
    assert recebida["Auto-Submitted"] == "auto-generated"
    assert texto(recebida).strip() == "corpo 0"
    mensagem.refresh_from_db()
    assert (mensagem.estado, mensagem.tentativas, mensagem.erro) == ("enviada", 1, "")
    assert mensagem.enviada_em is not None


def test_drenar_de_novo_nao_manda_nada(ana: Usuario, correio: Correio) -> None:
    escrever(ana, 3)
    enviar_pendentes()
    assert enviar_pendentes().enviadas == 0
    assert len(correio.caixa.recebidas) == 3


def test_o_limite_da_rodada_deixa_o_resto_para_a_proxima(ana: Usuario, correio: Correio) -> None:
    escrever(ana, 5)
    assert enviar_pendentes(limite=2).enviadas == 2
    assert estados() == ["enviada", "enviada", "pendente", "pendente", "pendente"]


def test_uma_conexao_so_serve_a_drenagem_inteira(
    ana: Usuario, correio: Correio, monkeypatch: pytest.MonkeyPatch
) -> None:
    aberturas: list[int] = []
    conectar = smtplib.SMTP.connect
    monkeypatch.setattr(
        smtplib.SMTP, "connect", lambda self, *a, **k: (aberturas.append(1), conectar(self, *a, **k))[1]
    )
    escrever(ana, 10)
    assert enviar_pendentes().enviadas == 10
    assert len(aberturas) == 1


def test_servidor_fora_do_ar_e_depois_de_volta(ana: Usuario, correio: Correio) -> None:
    escrever(ana, 4)
    correio.desligar()
    entrega = enviar_pendentes()
    assert (entrega.enviadas, entrega.adiadas) == (0, 1)  # a primeira basta para saber que ninguém atende
    assert estados() == ["pendente"] * 4
    primeira = Mensagem.objects.order_by("pk")[0]
    assert primeira.erro.startswith("O servidor de e-mail não atendeu:")
    assert 55 <= (primeira.proxima_tentativa_em - timezone.now()).total_seconds() <= 76
    correio.ligar()
    assert enviar_pendentes().enviadas == 3
    vencer()
    assert enviar_pendentes().enviadas == 1
    assert len(set(correio.caixa.ids)) == len(correio.caixa.ids) == 4


def test_fora_do_ar_por_dias_nao_mata_mensagem(ana: Usuario, correio: Correio) -> None:
    [mensagem] = escrever(ana)
    correio.desligar()
    for _ in range(MAX_RECUSAS + 2):
        vencer()
        enviar_pendentes()
    mensagem.refresh_from_db()
    assert (mensagem.estado, mensagem.tentativas) == ("pendente", MAX_RECUSAS + 2)


def test_a_espera_dobra_ate_duas_horas_com_um_quarto_ao_acaso() -> None:
    for tentativas, minutos in ((1, 1), (2, 2), (3, 4), (7, 64), (8, 120), (50, 120)):
        for _ in range(20):
            assert timedelta(minutes=minutos) <= espera(tentativas) <= timedelta(minutes=minutos * 1.25)
    assert espera(99) <= ESPERA_MAXIMA * 1.25


def test_destinatario_recusado_para_sempre_morre_e_os_outros_seguem(
    ana: Usuario, bruno: Usuario, correio: Correio
) -> None:
    correio.caixa.recusas["ana@exemplo.test"] = "550 5.1.1 caixa inexistente"
    escrever(ana)
    escrever(bruno, 2, "b")
    entrega = enviar_pendentes()
    assert (entrega.mortas, entrega.enviadas) == (1, 2)
    morta = Mensagem.objects.get(pessoa=ana)
    assert (morta.estado, morta.erro) == ("morta", "Recusada: 550 5.1.1 caixa inexistente")


def test_recusa_temporaria_espera_e_depois_sai(ana: Usuario, correio: Correio) -> None:
    correio.caixa.recusas["ana@exemplo.test"] = "451 4.7.1 tente mais tarde"
    [mensagem] = escrever(ana)
    assert enviar_pendentes().adiadas == 1
    mensagem.refresh_from_db()
    assert (mensagem.estado, mensagem.erro) == ("pendente", "Recusada por ora: 451 4.7.1 tente mais tarde")
    correio.caixa.recusas.clear()
    vencer()
    assert enviar_pendentes().enviadas == 1


def test_recusa_que_nunca_acaba_morre_depois_de_oito(ana: Usuario, correio: Correio) -> None:
    correio.caixa.recusas_do_corpo = [
        "554 5.7.1 conteúdo recusado".encode().decode("ascii", "replace")
    ] * MAX_RECUSAS
    [mensagem] = escrever(ana)
    for _ in range(MAX_RECUSAS):
        vencer()
        enviar_pendentes()
    mensagem.refresh_from_db()
    assert (mensagem.estado, mensagem.tentativas) == ("morta", MAX_RECUSAS)


def test_conexao_que_cai_depois_do_corpo_fica_incerta(ana: Usuario, correio: Correio) -> None:
    correio.caixa.cair_depois_do_corpo = True
    [mensagem] = escrever(ana)
    assert enviar_pendentes().incertas == 1
    mensagem.refresh_from_db()
    assert mensagem.estado == "incerto"
    assert mensagem.erro.startswith("A conexão caiu depois do envio")
    correio.caixa.cair_depois_do_corpo = False
    assert enviar_pendentes().enviadas == 0
    assert len(correio.caixa.recebidas) == 1


def test_servidor_que_reinicia_entre_duas_mensagens_nao_deixa_nada_incerto(
    ana: Usuario, correio: Correio, monkeypatch: pytest.MonkeyPatch
) -> None:
    escrever(ana, 2)
    enviadas: list[int] = []
    montar = servidor.CorreioSmtp.send_messages

    def reiniciar(self: Any, mensagens: Any) -> Any:
        if enviadas:
            correio.desligar()
            correio.ligar()
        enviadas.append(1)
        return montar(self, mensagens)

    monkeypatch.setattr(servidor.CorreioSmtp, "send_messages", reiniciar)
    entrega = enviar_pendentes()
    assert (entrega.enviadas, entrega.adiadas, entrega.incertas) == (1, 1, 0)
    vencer()
    enviadas.clear()
    assert enviar_pendentes().enviadas == 1


def test_endereco_que_o_servidor_nao_sabe_escrever_morre_sem_travar_a_fila(
    ana: Usuario, correio: Correio
) -> None:
    escrever(ana, 2)
    Mensagem.objects.filter(chave="m:0").update(para="ana@")
    entrega = enviar_pendentes()
    assert entrega.enviadas == 1
    assert estados() == ["morta", "enviada"]


def test_cabecalho_com_quebra_de_linha_morre_em_vez_de_sair(ana: Usuario, correio: Correio) -> None:
    escrever(ana)
    Mensagem.objects.update(assunto="oi\nBcc: x@exemplo.test")
    assert enviar_pendentes().mortas == 1
    assert correio.caixa.recebidas == []


def test_a_que_ficou_no_meio_vira_incerta_depois_do_prazo(ana: Usuario, correio: Correio) -> None:
    escrever(ana, 2)
    agora = timezone.now()
    Mensagem.objects.filter(chave="m:0").update(
        estado="enviando", reivindicada_em=agora - timedelta(minutes=11)
    )
    Mensagem.objects.filter(chave="m:1").update(
        estado="enviando", reivindicada_em=agora - timedelta(minutes=9)
    )
    assert marcar_incertas(agora=agora) == 1
    assert estados() == ["incerto", "enviando"]
    assert enviar_pendentes().enviadas == 0


def test_quem_foi_dado_por_morto_e_voltou_conta_a_verdade(
    ana: Usuario, correio: Correio, monkeypatch: pytest.MonkeyPatch
) -> None:
    [mensagem] = escrever(ana)
    enviar = servidor.CorreioSmtp.send_messages

    def demorar(self: Any, mensagens: Any) -> Any:
        resultado = enviar(self, mensagens)
        Mensagem.objects.update(estado="incerto")
        return resultado

    monkeypatch.setattr(servidor.CorreioSmtp, "send_messages", demorar)
    enviar_pendentes()
    mensagem.refresh_from_db()
    assert mensagem.estado == "enviada"


def test_so_uma_pessoa_reenvia_o_incerto_e_uma_vez_por_palavra(
    ana: Usuario, davi: Usuario, correio: Correio
) -> None:
    [mensagem] = escrever(ana)
    antes = mensagem.message_id
    Mensagem.objects.update(estado="incerto", tentativas=3)
    assert reenviar(mensagem=mensagem, por=davi) is True
    assert reenviar(mensagem=mensagem, por=davi) is False
    assert enviar_pendentes().enviadas == 1
    assert correio.caixa.ids == [antes]
    assert RegistroDeAuditoria.objects.filter(acao="mensagem.reenviar", por=davi).count() == 1


@pytest.mark.parametrize("estado", ["pendente", "enviando", "enviada", "cancelada"])
def test_o_resto_nao_se_reenvia(estado: str, ana: Usuario, davi: Usuario) -> None:
    [mensagem] = escrever(ana)
    Mensagem.objects.update(estado=estado)
    assert reenviar(mensagem=mensagem, por=davi) is False
    assert estados() == [estado]
    assert not RegistroDeAuditoria.objects.exists()


def test_o_comando_diz_quantas_sairam(ana: Usuario, correio: Correio, capsys: Any) -> None:
    escrever(ana, 2)
    call_command("enviar_mensagens", "--limite", "1")
    assert capsys.readouterr().out.strip() == "1 enviadas, 0 adiadas, 0 recusadas, 0 incertas."


@pytest.mark.django_db(transaction=True)
def test_duas_drenagens_ao_mesmo_tempo_nao_duplicam(ana: Usuario, correio: Correio) -> None:
    escrever(ana, 60)
    correio.caixa.demora = 0.005

    def drenar() -> None:
        enviar_pendentes()
        connection.close()

    fios = [threading.Thread(target=drenar) for _ in range(3)]
    for fio in fios:
        fio.start()
    for fio in fios:
        fio.join()
    assert len(correio.caixa.ids) == len(set(correio.caixa.ids)) == 60
    assert set(estados()) == {EstadoDaMensagem.ENVIADA}


# ── O servidor escolhido no navegador ────────────────────────────────────────


def test_o_servidor_guardado_fica_cifrado_e_e_usado(
    ana: Usuario, davi: Usuario, correio: Correio, settings: Any
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_URL = "django.core.mail.backends.locmem.EmailBackend", ""
    servidor.guardar(endereco=correio.url, remetente="Vendas <vendas@exemplo.test>", por=davi)
    assert "127.0.0.1" not in Instalacao.atual().servidor_email
    escrever(ana)
    assert enviar_pendentes().enviadas == 1
    assert correio.caixa.recebidas[0]["From"] == "Vendas <vendas@exemplo.test>"
    assert RegistroDeAuditoria.objects.get(acao="notificacoes.servidor").depois == {
        "remetente": "Vendas <vendas@exemplo.test>",
        "servidor": True,
    }


def test_sem_servidor_nenhum_a_mensagem_vira_arquivo(ana: Usuario, settings: Any, tmp_path: Any) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_URL = "django.core.mail.backends.filebased.EmailBackend", ""
    settings.EMAIL_FILE_PATH = tmp_path
    escrever(ana)
    assert enviar_pendentes().enviadas == 1
    assert "Mensagem 0" in next(tmp_path.iterdir()).read_text()


def test_com_outra_secret_key_o_servidor_guardado_nao_vira_arquivo_em_silencio(
    ana: Usuario, davi: Usuario, settings: Any
) -> None:
    settings.EMAIL_URL = ""
    servidor.guardar(endereco="smtp://127.0.0.1:1", remetente="", por=davi)
    antiga, settings.SECRET_KEY = settings.SECRET_KEY, "x" * 60
    [mensagem] = escrever(ana)
    assert enviar_pendentes().adiadas == 1
    mensagem.refresh_from_db()
    assert "A SECRET_KEY mudou" in mensagem.erro
    settings.SECRET_KEY_FALLBACKS = [antiga]
    assert servidor.endereco_guardado() == "smtp://127.0.0.1:1"


@pytest.mark.parametrize("endereco", ["", "qualquer coisa", "http://x", "smtp://"])
def test_endereco_que_nao_se_entende_e_recusado(endereco: str, davi: Usuario) -> None:
    with pytest.raises(servidor.ServidorInvalido):
        servidor.experimentar(endereco)
    if endereco:
        with pytest.raises(servidor.ServidorInvalido):
            servidor.guardar(endereco=endereco, remetente="", por=davi)


def test_esquecer_o_servidor(davi: Usuario) -> None:
    servidor.guardar(endereco="", remetente="", por=davi)
    assert servidor.endereco_guardado() == ""


def test_experimentar_conecta_sem_enviar(correio: Correio) -> None:
    servidor.experimentar(correio.url)
    assert correio.caixa.recebidas == []
    with pytest.raises(servidor.ServidorInvalido, match="não aceitou a conexão"):
        servidor.experimentar("smtp+ssl://u:s@127.0.0.1:1")


def test_outro_tipo_de_endereco_guardado(davi: Usuario, ana: Usuario, settings: Any, capsys: Any) -> None:
    settings.EMAIL_URL = ""
    servidor.guardar(endereco="consolemail://", remetente="", por=davi)
    escrever(ana)
    assert enviar_pendentes().enviadas == 1
    assert "Mensagem 0" in capsys.readouterr().out


@pytest.fixture
def correio_com_senha(settings: Any) -> Iterator[Correio]:
    """Um servidor que anuncia autenticação."""
    servidor_ = Correio()
    servidor_.ligar(authenticator=lambda *_: AuthResult(success=True), auth_require_tls=False)
    settings.EMAIL_URL = ""
    yield servidor_
    servidor_.desligar()


def test_senha_que_o_python_nao_sabe_mandar_nao_deixa_mensagem_incerta(
    ana: Usuario, davi: Usuario, correio_com_senha: Correio
) -> None:
    """O smtplib só escreve ASCII: nada saiu, a fila espera, e o motivo está à vista."""
    endereco = correio_com_senha.url.replace("//", "//ana:cora%C3%A7%C3%A3o@")
    with pytest.raises(servidor.ServidorInvalido, match="acento"):
        servidor.experimentar(endereco)
    servidor.guardar(endereco=endereco, remetente="", por=davi)
    escrever(ana, 2)
    assert enviar_pendentes().contagens() == {
        "enviadas": 0,
        "adiadas": 1,
        "mortas": 0,
        "incertas": 0,
        "suspensas": 0,
        "canceladas": 0,
    }
    assert estados() == ["pendente", "pendente"]
    assert "acento" in Mensagem.objects.order_by("pk")[0].erro
    assert correio_com_senha.caixa.recebidas == []
