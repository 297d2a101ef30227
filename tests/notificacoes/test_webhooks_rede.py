"""Para onde um webhook não vai: na escrita e outra vez no envio, sobre o IP a que se conecta."""

import ipaddress
import socket
from typing import Any

import pytest

from contas.models import Empresa, RegistroDeAuditoria, Usuario
from notificacoes.models import DestinoDeWebhook
from notificacoes.webhooks import destinos, rede
from notificacoes.webhooks.entrega import entregar_uma
from notificacoes.webhooks.rede import EnderecoRecusado, SemResposta, permitido
from tests.notificacoes.test_webhooks import TODOS, mandar
from tests.sistema import Sistema

pytestmark = pytest.mark.django_db


# ── Para onde não se manda ───────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("ip", "publico", "interna"),
    [
        ("8.8.8.8", True, True),
        ("10.1.2.3", False, True),
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("fd00::1", False, True),
        ("169.254.169.254", False, False),
        ("fe80::1", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("::ffff:10.0.0.1", False, True),
        ("64:ff9b::a9fe:a9fe", False, False),
        ("64:ff9b::808:808", True, True),
        ("2002:7f00:1::", False, True),
        ("100.64.0.1", False, False),
        ("0.0.0.0", False, False),
        ("224.0.0.1", False, False),
        ("fec0::1", False, True),
        ("fd00:ec2::254", False, False),
        ("fd20:ce::254", False, False),
        ("168.63.129.16", False, False),
        ("::ffff:168.63.129.16", False, False),
        ("192.0.0.192", False, False),
        ("100.100.100.200", False, False),
        ("255.255.255.255", False, False),
    ],
)
def test_que_enderecos_se_aceitam(ip: str, publico: bool, interna: bool) -> None:
    endereco = ipaddress.ip_address(ip)
    assert permitido(endereco, rede_interna=False) is publico
    assert permitido(endereco, rede_interna=True) is interna


@pytest.mark.parametrize(
    "url",
    [
        "http://8.8.8.8/",
        "ftp://8.8.8.8/",
        "https://",
        "https://u:s@8.8.8.8/",
        "https://8.8.8.8/#x",
        "https://8.8.8.8:99999/",
        "https://8.8.8.8/a b",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://2130706433/",
        "https://169.254.169.254/latest/meta-data/",
        "https://não.exemplo.test/",
    ],
)
def test_na_escrita_se_recusa(url: str, empresa: Empresa, davi: Usuario) -> None:
    with pytest.raises(EnderecoRecusado):
        destinos.criar(empresa=empresa, nome="X", url=url, eventos=TODOS, rede_interna=False, por=davi)
    assert not DestinoDeWebhook.objects.exists()
    assert not RegistroDeAuditoria.objects.exists()


def _dns(monkeypatch: pytest.MonkeyPatch, *respostas: list[str]) -> list[str]:
    perguntas: list[str] = []
    fila = list(respostas)

    def resolver(nome: str, porta: int, *resto: Any, **outros: Any) -> list[Any]:
        if nome[0].isdigit():  # um IP não se pergunta a ninguém
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (nome, porta))]
        perguntas.append(nome)
        ips = fila.pop(0) if len(fila) > 1 else fila[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, porta)) for ip in ips]

    monkeypatch.setattr(rede.socket, "getaddrinfo", resolver)
    return perguntas


def test_nome_que_passa_a_levar_para_dentro_e_recusado_no_envio(
    empresa: Empresa,
    davi: Usuario,
    sistema: Sistema,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Na escrita o nome era público; no envio o DNS diz outra coisa, e nada sai."""
    perguntas = _dns(monkeypatch, ["8.8.8.8"], ["8.8.4.4", "127.0.0.1"])
    url = f"https://sistema.exemplo.test:{sistema.porta}/"
    destino, _ = destinos.criar(
        empresa=empresa, nome="X", url=url, eventos=TODOS, rede_interna=False, por=davi
    )
    feita = entregar_uma(mandar(destino, davi))
    assert feita.estado == "pendente"
    assert "endereço da rede interna (127.0.0.1)" in feita.erro
    assert sistema.recebidos == []
    assert perguntas == ["sistema.exemplo.test"] * 2


def test_conecta_no_ip_conferido_sem_resolver_de_novo(
    sistema: Sistema,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    perguntas = _dns(monkeypatch, ["127.0.0.1"], ["10.255.255.1"])
    resposta = rede.postar(f"http://sistema.exemplo.test:{sistema.porta}/x", b"{}", {}, rede_interna=True)
    assert resposta.status == 200
    assert sistema.recebidos[0][0]["Host"] == f"sistema.exemplo.test:{sistema.porta}"
    assert perguntas == ["sistema.exemplo.test"]


def test_o_prazo_e_do_pedido_inteiro(
    sistema: Sistema,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rede, "PRAZO", 0.3)
    sistema.demora = 2
    with pytest.raises(SemResposta):
        rede.postar(sistema.url, b"{}", {}, rede_interna=True)
