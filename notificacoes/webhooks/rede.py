"""Sair para a rede sem sair para dentro: o nome se resolve uma vez, e a conexão é com o IP conferido.

Recusa endereço privado, de loopback, de enlace local (onde moram os metadados das nuvens) e reservado; o privado e o
de loopback passam se quem administra permitiu a rede interna daquele destino. Não segue redirecionamento, e o prazo é
do pedido inteiro: um servidor que responde um byte de cada vez não prende ninguém.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import SplitResult, urlsplit

PRAZO = 10.0  # segundos, do começo da conexão ao fim da leitura
MAX_RESPOSTA = 2048  # bytes lidos; guarda-se menos
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Onde as nuvens respondem por si fora do enlace local: AWS e Google por IPv6, Azure, Oracle, Alibaba.
_DAS_NUVENS = frozenset(
    ipaddress.ip_address(ip)
    for ip in ("fd00:ec2::254", "fd20:ce::254", "168.63.129.16", "192.0.0.192", "100.100.100.200")
)
Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


class EnderecoRecusado(ValueError):
    """Para lá não se manda; a mensagem já vem pronta para a tela."""


class SemResposta(Exception):
    """O outro lado não respondeu: conexão recusada, prazo, TLS inválido."""


@dataclass(frozen=True, slots=True)
class Resposta:
    status: int
    texto: str


def conferir(url: str, *, rede_interna: bool) -> tuple[SplitResult, str]:
    """As partes do endereço e o IP a que conectar; recusa se qualquer dos IPs do nome for proibido."""
    partes = _partes(url, rede_interna=rede_interna)
    ips = _resolver(partes.hostname or "", partes.port or _porta(partes))
    for ip in ips:
        if not permitido(ip, rede_interna=rede_interna):
            raise EnderecoRecusado(
                f"{partes.hostname} leva a um endereço da rede interna ({ip}). "
                "Use um endereço público, ou permita a rede interna neste destino."
            )
    return partes, str(ips[0])


def _partes(url: str, *, rede_interna: bool) -> SplitResult:
    try:
        partes = urlsplit(url)
        porta_valida = partes.port is None or partes.port > 0
    except ValueError as erro:
        raise EnderecoRecusado("Endereço não entendido.") from erro
    if any(c.isspace() or not c.isprintable() for c in url) or not url.isascii() or not partes.hostname:
        raise EnderecoRecusado("Endereço não entendido. Use algo como https://sistema.exemplo.com.br/avisos.")
    if partes.scheme != "https" and not (rede_interna and partes.scheme == "http"):
        raise EnderecoRecusado("O endereço tem de começar por https://.")
    if partes.username is not None or partes.password is not None or not porta_valida or partes.fragment:
        raise EnderecoRecusado("O endereço não leva usuário, senha nem #: a assinatura diz quem manda.")
    return partes


def _porta(partes: SplitResult) -> int:
    return 443 if partes.scheme == "https" else 80


def _resolver(nome: str, porta: int) -> list[Ip]:
    try:
        achados = _perguntar(nome, porta)
    except TimeoutError as erro:
        raise SemResposta(f"Ninguém disse onde fica {nome} em {PRAZO:.0f} s.") from erro
    except (OSError, UnicodeError) as erro:
        raise EnderecoRecusado(f"Não achamos {nome} na rede.") from erro
    ips = [ipaddress.ip_address(str(destino[0]).partition("%")[0]) for *_, destino in achados]
    if not ips:
        raise EnderecoRecusado(f"Não achamos {nome} na rede.")
    return list(dict.fromkeys(ips))


def _perguntar(nome: str, porta: int) -> list[Any]:
    """O sistema não dá prazo a esta pergunta: um DNS mudo prenderia o trabalhador; ela fica para trás, sozinha."""
    resposta: SimpleQueue[Any] = SimpleQueue()

    def perguntar() -> None:
        try:
            resposta.put(socket.getaddrinfo(nome, porta, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as erro:
            resposta.put(erro)

    threading.Thread(target=perguntar, daemon=True).start()
    try:
        dito = resposta.get(timeout=PRAZO)
    except Empty as erro:
        raise TimeoutError from erro
    if isinstance(dito, Exception):
        raise dito
    return list(dito)


def permitido(ip: Ip, *, rede_interna: bool) -> bool:
    """Público sempre; privado e loopback só com permissão; enlace local, difusão e reservado nunca."""
    por_dentro = _embutido(ip)
    if por_dentro is not None:
        return permitido(por_dentro, rede_interna=rede_interna)
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or (ip.is_reserved and not ip.is_loopback):
        return False
    if ip in _DAS_NUVENS:
        return False
    de_dentro = ip.is_private or ip.is_loopback or getattr(ip, "is_site_local", False)
    return rede_interna if de_dentro else ip.is_global


def _embutido(ip: Ip) -> ipaddress.IPv4Address | None:
    """O IPv4 que um IPv6 carrega: mapeado, 6to4, Teredo ou NAT64."""
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


class _NoIp(http.client.HTTPConnection):
    """Conecta no IP conferido, sem resolver de novo; o TLS confere o certificado do nome."""

    def __init__(self, ip: str, partes: SplitResult) -> None:
        super().__init__(partes.hostname or "", partes.port or _porta(partes), timeout=PRAZO)
        self.ip, self.seguro = ip, partes.scheme == "https"

    def connect(self) -> None:
        self.sock: Any = socket.create_connection((self.ip, self.port), self.timeout)
        if self.seguro:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)

    def cortar(self) -> None:
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


def postar(url: str, corpo: bytes, cabecalhos: Mapping[str, str], *, rede_interna: bool) -> Resposta:
    """Um POST; a resposta vem inteira até o limite, redirecionamento inclusive."""
    partes, ip = conferir(url, rede_interna=rede_interna)
    conexao = _NoIp(ip, partes)
    relogio = threading.Timer(PRAZO, conexao.cortar)
    relogio.daemon = True
    inicio = time.monotonic()
    try:
        relogio.start()
        caminho = (partes.path or "/") + (f"?{partes.query}" if partes.query else "")
        conexao.request("POST", caminho, body=corpo, headers={**cabecalhos, "Connection": "close"})
        resposta = conexao.getresponse()
        return Resposta(resposta.status, resposta.read(MAX_RESPOSTA).decode("utf-8", errors="replace"))
    except (OSError, http.client.HTTPException) as erro:
        demorou = time.monotonic() - inicio >= PRAZO - 0.1
        raise SemResposta(f"Não respondeu em {PRAZO:.0f} s." if demorou else _frase(erro)) from erro
    finally:
        relogio.cancel()
        conexao.close()


def _frase(erro: Exception) -> str:
    if isinstance(erro, ssl.SSLError):
        return f"O certificado não confere: {erro.reason or erro}"[:300]
    return f"A conexão falhou: {erro or type(erro).__name__}"[:300]
