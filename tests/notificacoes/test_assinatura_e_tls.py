"""A assinatura DKIM, e as formas seguras de falar com um servidor: STARTTLS, TLS e senha."""

import base64
import datetime as dt
import ipaddress
import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import dkim
import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from contas.models import Usuario
from notificacoes import servidor
from notificacoes.envio import enviar_pendentes
from notificacoes.models import Mensagem
from notificacoes.url_de_email import ler_url
from tests.correio import SMTP, Correio
from tests.notificacoes.test_entrega import escrever

pytestmark = pytest.mark.django_db


# ── DKIM ─────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def chave() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _pem(chave: rsa.RSAPrivateKey) -> str:
    return chave.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _publicada(chave: rsa.RSAPrivateKey) -> bytes:
    der = chave.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)


def test_a_assinatura_confere_com_a_chave_publicada_e_cobre_o_descadastro(
    ana: Usuario, correio: Correio, settings: Any, chave: rsa.RSAPrivateKey
) -> None:
    settings.DKIM_CHAVE, settings.DKIM_SELETOR = _pem(chave).replace("\n", "\\n"), "s1"
    settings.DEFAULT_FROM_EMAIL = "Carteira <carteira@exemplo.test>"
    escrever(ana, "r", tipo="resumo_diario")
    assert enviar_pendentes().enviadas == 1
    bruta = correio.caixa.brutas[0]
    consultadas: list[bytes] = []

    def no_dns(nome: bytes, timeout: int = 5) -> bytes:
        consultadas.append(nome)
        return _publicada(chave)

    assert dkim.verify(bruta, dnsfunc=no_dns)
    assert consultadas == [b"s1._domainkey.exemplo.test."]
    assinados = bruta.partition(b" h=")[2].partition(b";")[0].replace(b"\r\n", b"").replace(b" ", b"")
    assert {b"list-unsubscribe", b"list-unsubscribe-post", b"message-id"} <= set(assinados.split(b":"))
    assert not dkim.verify(bruta.replace(b"Assunto r", b"Assunto x"), dnsfunc=no_dns)


def test_chave_que_nao_se_le_segura_a_fila_e_diz_por_que(
    ana: Usuario, correio: Correio, settings: Any
) -> None:
    settings.DKIM_CHAVE = "isto não é uma chave"
    escrever(ana, "r")
    assert enviar_pendentes().adiadas == 1
    assert "DKIM_CHAVE" in Mensagem.objects.get().erro
    assert correio.caixa.recebidas == []


# ── TLS, STARTTLS e autenticação ─────────────────────────────────────────────


@pytest.fixture(scope="module")
def certificado(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Um certificado de 127.0.0.1, em que só estes testes confiam."""
    chave = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    nome = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    agora = dt.datetime.now(dt.UTC)
    feito = (
        x509.CertificateBuilder()
        .subject_name(nome).issuer_name(nome).public_key(chave.public_key())
        .serial_number(1).not_valid_before(agora - timedelta(days=1)).not_valid_after(agora + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(chave, hashes.SHA256())
    )  # fmt: skip
    arquivo = tmp_path_factory.mktemp("tls") / "servidor.pem"
    arquivo.write_text(_pem(chave) + feito.public_bytes(serialization.Encoding.PEM).decode())
    return arquivo


@pytest.fixture
def correio_seguro(
    request: Any, settings: Any, certificado: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Correio]]:
    esquema = request.param
    contexto = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    contexto.load_cert_chain(certificado)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificado))
    servidor_ = Correio()
    vistos: list[Any] = []

    def conferir(_servidor: Any, _sessao: Any, _envelope: Any, _meio: Any, dados: Any) -> AuthResult:
        vistos.append((dados.login, dados.password))
        # `handled=False`: quem recusa a senha é o servidor, em voz alta, e não o silêncio até esgotar o prazo
        return AuthResult(success=(dados.login, dados.password) == (b"ana", b"s3nha"), handled=False)

    tls = (
        {"ssl_context": contexto}
        if esquema == "smtps"
        else {"tls_context": contexto, "require_starttls": True}
    )
    servidor_.ligar(authenticator=conferir, auth_required=True, auth_require_tls=esquema == "smtp+tls", **tls)
    settings.EMAIL_BACKEND, settings.EMAIL_URL, settings.EMAIL_TIMEOUT = SMTP, "", 5
    yield f"{esquema}://ana:s3nha@127.0.0.1:{servidor_.porta}", servidor_
    servidor_.desligar()


@pytest.mark.parametrize("correio_seguro", ["smtp+tls", "smtps"], indirect=True)
def test_com_tls_e_senha(
    ana: Usuario, davi: Usuario, correio_seguro: tuple[str, Correio], settings: Any
) -> None:
    endereco, correio = correio_seguro
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    servidor.experimentar(endereco)
    with pytest.raises(servidor.ServidorInvalido, match="535"):
        servidor.experimentar(endereco.replace("s3nha", "errada"))
    servidor.guardar(endereco=endereco, remetente="", por=davi)
    escrever(ana, "segura")
    assert enviar_pendentes().enviadas == 1
    assert len(correio.caixa.recebidas) == 1


@pytest.mark.parametrize(
    ("endereco", "porta", "tls", "ssl_"),
    [
        ("smtp://h", 25, False, False),
        ("smtp+tls://u:p@h", 587, True, False),
        ("smtps://u:p@h", 465, False, True),
        ("smtp+ssl://u:p@h:2465", 2465, False, True),
    ],
)
def test_a_porta_e_a_seguranca_de_cada_esquema(endereco: str, porta: int, tls: bool, ssl_: bool) -> None:
    partes = ler_url(endereco)
    assert (partes["EMAIL_PORT"], bool(partes.get("EMAIL_USE_TLS")), bool(partes.get("EMAIL_USE_SSL"))) == (
        porta, tls, ssl_
    )  # fmt: skip
