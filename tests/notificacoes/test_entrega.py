"""Devoluções, limite por domínio, descadastro, assinatura e as três formas de falar com um servidor."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from clientes.models import Ocorrencia
from contas.models import Empresa, Papel, RegistroDeAuditoria, Usuario
from notificacoes.ao_cliente import enviar
from notificacoes.arquivos_de_devolucao import ArquivoIlegivel, ler
from notificacoes.caixa import Rascunho, enfileirar, reenviar, reenviar_todas
from notificacoes.descadastro import SAL
from notificacoes.devolucoes import Devolvido, liberar, registrar, registrar_da_mensagem, visiveis_para
from notificacoes.envio import enviar_pendentes
from notificacoes.limites import deixar_de_limitar, limitar
from notificacoes.models import Devolucao, LimiteDeEnvio, Mensagem
from tests.conftest import criar_pessoa
from tests.correio import Correio

pytestmark = pytest.mark.django_db


def escrever(pessoa: Usuario, chave: str, para: str = "", tipo: str = "teste") -> Mensagem:
    enfileirar([Rascunho(chave, tipo, pessoa, f"Assunto {chave}", "corpo", "<p>corpo</p>", para=para)])
    feita: Mensagem = Mensagem.objects.get(chave=chave)
    return feita


def estado(chave: str) -> str:
    return str(Mensagem.objects.get(chave=chave).estado)


# ── Devoluções ───────────────────────────────────────────────────────────────


def test_endereco_devolvido_nao_recebe_e_a_mensagem_nao_some(
    ana: Usuario, bruno: Usuario, davi: Usuario, correio: Correio
) -> None:
    voltou = escrever(ana, "primeira")
    enviar_pendentes()
    assert registrar_da_mensagem(mensagem=voltou, motivo="caixa cheia", por=davi).novas == [ana.email]
    escrever(ana, "segunda")
    escrever(bruno, "do bruno")
    entrega = enviar_pendentes()
    assert (entrega.suspensas, entrega.enviadas) == (1, 1)
    suspensa = Mensagem.objects.get(chave="segunda")
    assert (suspensa.estado, suspensa.tentativas) == ("suspensa", 0)
    assert suspensa.erro == "Endereço devolvido (caixa cheia): nada sai para ele até alguém o liberar."
    assert [m["To"] for m in correio.caixa.recebidas] == [ana.email, bruno.email]

    assert reenviar(mensagem=suspensa, por=davi) is False  # ainda suspenso
    [devolucao] = Devolucao.objects.all()
    assert (devolucao.mensagem, devolucao.por, devolucao.origem) == (voltou, davi, "mao")
    assert liberar(devolucao=devolucao, por=davi) is True
    assert liberar(devolucao=devolucao, por=davi) is False
    assert reenviar(mensagem=suspensa, por=davi) is True
    assert enviar_pendentes().enviadas == 1
    acoes = list(RegistroDeAuditoria.objects.order_by("pk").values_list("acao", flat=True))
    assert acoes == ["devolucao.registrar", "devolucao.liberar", "mensagem.reenviar"]


def test_registrar_de_novo_nao_muda_nada_e_depois_de_liberado_suspende_outra_vez(
    ana: Usuario, davi: Usuario
) -> None:
    assert registrar([Devolvido("ANA@exemplo.test ", "550")], origem="mao", por=davi).novas == [ana.email]
    de_novo = registrar([Devolvido("ana@exemplo.test", "outro")], origem="mao", por=davi)
    assert (de_novo.novas, de_novo.ja_suspensas) == ([], [ana.email])
    assert Devolucao.objects.get().motivo == "550"
    liberar(devolucao=Devolucao.objects.get(), por=davi)
    registrar([Devolvido("ana@exemplo.test", "outro")], origem="mao", por=davi)
    assert Devolucao.objects.count() == 2


def test_o_que_voltou_de_um_cliente_deixa_de_ser_contato(
    ana: Usuario, davi: Usuario, novo_cliente: Any, correio: Correio
) -> None:
    cliente = novo_cliente("C1", vendedor=ana, email="compras@cliente.test")
    Ocorrencia.objects.get_or_create(nome="E-mail enviado", defaults={"efetiva": True})
    mensagem = enviar(
        cliente=cliente, para="compras@cliente.test", assunto="Oi", texto="Oi", por=ana,
        chave="7d9f1b0e-0000-4000-8000-000000000001",
    )  # fmt: skip
    Mensagem.objects.update(proxima_tentativa_em=timezone.now())
    enviar_pendentes()
    registrar_da_mensagem(mensagem=mensagem, motivo="550", por=davi)
    mensagem.contato.refresh_from_db()
    assert mensagem.contato.desfeito_em is not None


def test_o_aviso_de_devolucao_de_outra_empresa_nao_desfaz_contato_nenhum(
    ana: Usuario, davi: Usuario, novo_cliente: Any
) -> None:
    filial = Empresa.objects.create(codigo="2", nome="Filial")
    edu = criar_pessoa("Edu Reis", filial, Papel.ADMIN)
    cliente = novo_cliente("C1", vendedor=ana, email="compras@cliente.test")
    mensagem = enviar(
        cliente=cliente, para="compras@cliente.test", assunto="Oi", texto="Oi", por=ana,
        chave="7d9f1b0e-0000-4000-8000-000000000003",
    )  # fmt: skip
    forjada = Devolvido("x@y.test", "550", mensagem.message_id)
    assert registrar([forjada], origem="aviso", por=edu).recusadas[0][1] == "compras@cliente.test"
    mensagem.contato.refresh_from_db()
    assert mensagem.contato.desfeito_em is None
    assert not Devolucao.objects.exists()


AVISO = b"""From: MAILER-DAEMON@destino.test
To: carteira@localhost
Subject: Undelivered Mail
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="x"

--x
Content-Type: text/plain

Nao deu.

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; destino.test

Final-Recipient: rfc822; ana.antiga@outro.test
Action: %(acao)s
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 caixa
 inexistente

--x
Content-Type: text/rfc822-headers

From: carteira@localhost
Message-ID: %(id)s

--x--
"""


def test_o_aviso_do_servidor_suspende_o_endereco_a_que_se_escreveu(ana: Usuario, davi: Usuario) -> None:
    """A caixa final era outra (um redirecionamento): quem fica suspenso é o endereço da mensagem."""
    mensagem = escrever(ana, "voltou")
    aviso = AVISO % {b"acao": b"failed", b"id": mensagem.message_id.encode()}
    devolvidos, e_aviso = ler("devolvida.eml", aviso)
    assert e_aviso
    assert devolvidos[0].motivo == "550 5.1.1 caixa inexistente"
    assert registrar(devolvidos, origem="aviso", por=davi, arquivo="devolvida.eml").novas == [ana.email]
    assert Devolucao.objects.get().mensagem == mensagem
    assert RegistroDeAuditoria.objects.get().objeto == "devolvida.eml"


def test_aviso_que_so_atrasou_ou_nao_e_aviso_e_recusado() -> None:
    with pytest.raises(ArquivoIlegivel, match="atrasou"):
        ler("a.eml", AVISO % {b"acao": b"delayed", b"id": b"<x@y>"})
    with pytest.raises(ArquivoIlegivel, match="não é um aviso"):
        ler("a.eml", b"From: x\n\noi")


def test_arquivo_estranho_e_recusado_com_uma_frase() -> None:
    with pytest.raises(ArquivoIlegivel, match="confira as aspas"):
        ler("a.csv", b'endereco\n"' + b"x" * 200_000)
    antigo = ler("a.csv", b"endereco;motivo\rana@exemplo.test;cheia\r")[0]
    assert [(d.endereco, d.motivo) for d in antigo] == [("ana@exemplo.test", "cheia")]
    falha = AVISO % {b"acao": b"failed", b"id": b"<x@y>"}
    sem_conjunto = falha.replace(
        b"Content-Type: text/rfc822-headers", b"Content-Type: text/rfc822-headers; charset=nao-ha"
    )
    assert ler("a.eml", sem_conjunto)[0][0].message_id == "<x@y>"
    sem_anexo = falha.replace(
        b"Content-Type: text/rfc822-headers",
        b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64",
    )
    assert ler("a.eml", sem_anexo)[0][0].endereco == "ana.antiga@outro.test"


@pytest.mark.parametrize(
    ("conteudo", "esperado"),
    [
        (
            "endereco;motivo\nana@exemplo.test;550 não existe\n;\n",
            [("ana@exemplo.test", "550 não existe", 2)],
        ),
        ("nome,E-mail,reason\nAna,ana@exemplo.test,cheia", [("ana@exemplo.test", "cheia", 2)]),
        (
            "ana@exemplo.test\nbruno@exemplo.test",
            [("ana@exemplo.test", "", 1), ("bruno@exemplo.test", "", 2)],
        ),
    ],
)
def test_csv_com_e_sem_cabecalho(conteudo: str, esperado: list[tuple[str, str, int]]) -> None:
    for codificado in (conteudo.encode("utf-8-sig"), conteudo.encode("cp1252")):
        devolvidos, e_aviso = ler("lista.csv", codificado)
        assert not e_aviso
        assert [(d.endereco, d.motivo, d.linha) for d in devolvidos] == esperado


@pytest.mark.parametrize("conteudo", [b"", b"nome;idade\nx;1", b"endereco;motivo\n", b"PK\0\0"])
def test_csv_sem_enderecos_diz_o_que_falta(conteudo: bytes) -> None:
    with pytest.raises(ArquivoIlegivel):
        ler("lista.csv", conteudo)


def test_o_arquivo_diz_o_que_recusou_e_nao_alcanca_outra_empresa(ana: Usuario, davi: Usuario) -> None:
    outra = Empresa.objects.create(codigo="2", nome="Filial Norte")
    vera = criar_pessoa("Vera Norte", outra)
    linhas = [
        Devolvido("ana@exemplo.test", linha=2),
        Devolvido("isto não", linha=3),
        Devolvido("vera@exemplo.test", linha=4),
    ]
    feito = registrar(linhas, origem="arquivo", por=davi, arquivo="l.csv")
    assert feito.novas == ["ana@exemplo.test"]
    assert [(linha, porque) for linha, _, porque in feito.recusadas] == [
        (3, "não é um endereço de e-mail"), (4, "é de uma empresa que você não administra")
    ]  # fmt: skip
    edu = criar_pessoa("Edu Norte", outra, "admin")
    registrar([Devolvido(vera.email or "")], origem="mao", por=edu)
    assert [d.endereco for d in visiveis_para(davi)] == ["ana@exemplo.test"]
    assert [d.endereco for d in visiveis_para(edu)] == ["vera@exemplo.test"]
    assert not visiveis_para(ana).exists()


def test_reenvio_em_lote_deixa_as_suspensas_onde_estao(ana: Usuario, bruno: Usuario, davi: Usuario) -> None:
    for chave, de, como in (
        ("1", ana, "morta"),
        ("2", bruno, "morta"),
        ("3", bruno, "incerto"),
        ("4", bruno, "enviada"),
    ):
        Mensagem.objects.filter(pk=escrever(de, chave).pk).update(estado=como)
    registrar([Devolvido(ana.email or "")], origem="mao", por=davi)
    assert reenviar_todas(mensagens=Mensagem.objects.all(), por=davi) == 2
    assert [estado(chave) for chave in "1234"] == ["morta", "pendente", "pendente", "enviada"]
    auditoria = RegistroDeAuditoria.objects.get(acao="mensagem.reenviar")
    assert (auditoria.objeto, auditoria.antes) == ("2 mensagens", {"Incerta": 1, "Não enviada": 1})
    assert reenviar_todas(mensagens=Mensagem.objects.all(), por=davi) == 0


# ── Limite por domínio ───────────────────────────────────────────────────────


def test_o_dominio_recebe_o_que_aceita_por_minuto_e_os_outros_seguem(
    ana: Usuario, davi: Usuario, correio: Correio
) -> None:
    limitar(dominio="@Gmail.com", por_minuto=2, por=davi)
    for n in range(5):
        escrever(ana, f"g{n}", para=f"p{n}@GMAIL.com")
    escrever(ana, "outra")
    agora = timezone.now().replace(second=30)
    Mensagem.objects.update(proxima_tentativa_em=agora - timedelta(minutes=1))
    assert enviar_pendentes(agora=agora).enviadas == 3
    assert [estado(f"g{n}") for n in range(5)] == ["enviada", "enviada", "pendente", "pendente", "pendente"]
    minuto = agora.replace(second=0, microsecond=0)
    esperas = list(
        Mensagem.objects.filter(estado="pendente")
        .order_by("pk")
        .values_list("proxima_tentativa_em", flat=True)
    )
    assert esperas == [minuto + timedelta(minutes=m) for m in (1, 1, 2)]
    assert enviar_pendentes(agora=agora).enviadas == 0
    assert enviar_pendentes(agora=agora + timedelta(minutes=1)).enviadas == 2
    assert enviar_pendentes(agora=agora + timedelta(minutes=2)).enviadas == 1
    assert not Mensagem.objects.exclude(tentativas=1).exists()  # esperar a vez não é tentativa


def test_mudar_e_tirar_o_limite(davi: Usuario) -> None:
    limite = limitar(dominio="gmail.com", por_minuto=20, por=davi)
    limitar(dominio="gmail.com", por_minuto=30, por=davi)
    limitar(dominio="gmail.com", por_minuto=30, por=davi)
    deixar_de_limitar(limite=LimiteDeEnvio.objects.get(), por=davi)
    assert not LimiteDeEnvio.objects.filter(pk=limite.pk).exists()
    mudancas = RegistroDeAuditoria.objects.filter(acao="envio.limite").order_by("pk")
    assert [(r.antes, r.depois) for r in mudancas] == [
        (None, {"por_minuto": 20}), ({"por_minuto": 20}, {"por_minuto": 30}), ({"por_minuto": 30}, None)
    ]  # fmt: skip


# ── Descadastro de um clique ─────────────────────────────────────────────────


def test_so_o_que_se_pode_desligar_leva_o_enlace(ana: Usuario, correio: Correio) -> None:
    for tipo in ("resumo_diario", "convite", "teste"):
        escrever(ana, tipo, tipo=tipo)
    enviar_pendentes()
    com, *sem = correio.caixa.recebidas
    assert com["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert com["List-Unsubscribe"].strip().startswith("<http://127.0.0.1:8000/descadastrar/")
    assert all(m["List-Unsubscribe"] is None for m in sem)


def test_o_get_so_pergunta_e_o_post_desliga_uma_vez(ana: Usuario, correio: Correio) -> None:
    escrever(ana, "r", tipo="resumo_diario")
    enviar_pendentes()
    enlace = correio.caixa.recebidas[0]["List-Unsubscribe"].strip(" <>")
    caminho = enlace.removeprefix("http://127.0.0.1:8000")
    navegador = Client(enforce_csrf_checks=True)
    pagina = navegador.get(caminho)
    assert "Parar de receber?" in pagina.content.decode()
    assert pagina["Cache-Control"] == "no-store"
    ana.refresh_from_db()
    assert ana.recebe_emails
    for _ in range(2):
        resposta = navegador.post(caminho, {"List-Unsubscribe": "One-Click"})
        assert "não recebe mais" in resposta.content.decode()
    assert "marque “Receber os resumos por e-mail” e guarde" in resposta.content.decode()
    ana.refresh_from_db()
    assert not ana.recebe_emails
    registro = RegistroDeAuditoria.objects.get(acao="descadastrar")
    assert (registro.por, registro.objeto) == (ana, "Ana Souza: Resumo do vendedor")


def test_enlace_alheio_ou_de_mensagem_que_nao_se_desliga_nao_serve(ana: Usuario) -> None:
    convite = escrever(ana, "c", tipo="convite")
    for token in ("x", signing.dumps(convite.pk, salt=SAL), signing.dumps(convite.pk, salt="outro")):
        assert Client().post(f"/descadastrar/{token}/").status_code == 404
    assert Usuario.objects.get(pk=ana.pk).recebe_emails
