"""Ler devoluções de um arquivo: CSV de endereços e motivos, ou o aviso (.eml) que o servidor mandou de volta."""

import csv
import email
import io
import re
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage, Message
from typing import Any

from notificacoes.devolucoes import Devolvido

LIMITE_DE_LINHAS = 100_000
_COLUNAS_DO_ENDERECO = {"endereco", "endereço", "email", "e-mail", "address", "recipient"}
_COLUNAS_DO_MOTIVO = {"motivo", "reason", "erro", "error", "diagnostico", "diagnóstico"}


class ArquivoIlegivel(ValueError):
    """Arquivo que não traz devoluções; a mensagem já vem pronta para a tela."""


def ler(nome: str, conteudo: bytes) -> tuple[list[Devolvido], bool]:
    """As devoluções do arquivo, e se ele é um aviso de servidor."""
    if nome.lower().endswith((".eml", ".msg.eml")):
        return ler_aviso(conteudo), True
    return ler_csv(conteudo), False


# ── CSV ──────────────────────────────────────────────────────────────────────


def ler_csv(conteudo: bytes) -> list[Devolvido]:
    """`endereco;motivo`, com ou sem cabeçalho; UTF-8 ou cp1252, ponto e vírgula ou vírgula."""
    texto = _decodificar(conteudo)
    primeira = texto.lstrip().partition("\n")[0]
    separador = ";" if ";" in primeira else ","
    try:
        linhas = list(csv.reader(io.StringIO(texto, newline=None), delimiter=separador))
    except csv.Error as erro:
        raise ArquivoIlegivel("Não consegui ler o CSV: confira as aspas e as quebras de linha.") from erro
    if len(linhas) > LIMITE_DE_LINHAS:
        raise ArquivoIlegivel(f"O arquivo tem mais de {LIMITE_DE_LINHAS} linhas: divida-o.")
    coluna, motivo, pular = _colunas(linhas[0] if linhas else [])
    achados = [
        Devolvido(linha[coluna].strip(), _celula(linha, motivo), linha=numero)
        for numero, linha in enumerate(linhas, 1)
        if numero > pular and len(linha) > coluna and linha[coluna].strip()
    ]
    if not achados:
        raise ArquivoIlegivel("O arquivo não tem endereços. Use as colunas endereco;motivo.")
    return achados


def _decodificar(conteudo: bytes) -> str:
    if b"\0" in conteudo:
        raise ArquivoIlegivel("Isto não é um CSV. Envie um CSV de endereços ou o aviso de devolução (.eml).")
    try:
        return conteudo.decode("utf-8-sig")
    except UnicodeDecodeError:
        return conteudo.decode("cp1252", errors="replace")


def _colunas(primeira: list[str]) -> tuple[int, int | None, int]:
    """Onde estão endereço e motivo, e quantas linhas de cabeçalho pular."""
    nomes = [nome.strip().lower() for nome in primeira]
    coluna = next((n for n, nome in enumerate(nomes) if nome in _COLUNAS_DO_ENDERECO), None)
    motivo = next((n for n, nome in enumerate(nomes) if nome in _COLUNAS_DO_MOTIVO), None)
    if coluna is not None:
        return coluna, motivo, 1
    if any("@" in celula for celula in primeira):
        coluna = next(n for n, celula in enumerate(primeira) if "@" in celula)
        return coluna, coluna + 1, 0
    raise ArquivoIlegivel("Não achei a coluna do endereço. Use as colunas endereco;motivo.")


def _celula(linha: list[str], coluna: int | None) -> str:
    return " ".join(linha[coluna].split()) if coluna is not None and len(linha) > coluna else ""


# ── O aviso do servidor (RFC 3464) ───────────────────────────────────────────


def ler_aviso(conteudo: bytes) -> list[Devolvido]:
    """Os destinatários que falharam de vez; os só atrasados não são devolução."""
    aviso = email.message_from_bytes(conteudo, policy=policy.default)
    blocos = [bloco for parte in aviso.walk() for bloco in _blocos(parte)]
    if not blocos:
        raise ArquivoIlegivel("Este .eml não é um aviso de devolução (falta message/delivery-status).")
    original = _message_id_original(aviso)
    achados = [_devolvido(bloco, original) for bloco in blocos if _falhou(bloco)]
    if not achados:
        raise ArquivoIlegivel("O aviso só diz que a entrega atrasou: nada a suspender.")
    return achados


def _blocos(parte: Message) -> Iterator[Message]:
    """Cada destinatário é um bloco de cabeçalhos; o primeiro bloco fala do aviso inteiro."""
    if parte.get_content_type() == "message/delivery-status" and isinstance(parte.get_payload(), list):
        for bloco in parte.get_payload():
            if isinstance(bloco, Message) and (bloco["Final-Recipient"] or bloco["Original-Recipient"]):
                yield bloco


def _falhou(bloco: Message) -> bool:
    return str(bloco["Action"] or "").strip().lower() == "failed"


def _devolvido(bloco: Message, message_id: str) -> Devolvido:
    destinatario = str(bloco["Original-Recipient"] or bloco["Final-Recipient"])
    motivo = _sem_tipo(str(bloco["Diagnostic-Code"] or bloco["Status"] or ""))
    return Devolvido(_sem_tipo(destinatario).strip("<> "), " ".join(motivo.split()), message_id)


def _sem_tipo(valor: str) -> str:
    """`rfc822; ana@exemplo.test` e `smtp; 550 5.1.1 …` sem o prefixo."""
    return valor.partition(";")[2].strip() if ";" in valor else valor.strip()


def _message_id_original(aviso: EmailMessage) -> str:
    """O Message-ID da mensagem que voltou, anexada inteira ou só nos cabeçalhos."""
    for parte in aviso.walk():
        if parte.get_content_type() == "message/rfc822":
            anexada: Any = parte.get_payload()
            original = anexada[0] if isinstance(anexada, list) and anexada else {}
            return str(original.get("Message-ID") or "").strip()
        if parte.get_content_type() == "text/rfc822-headers":
            bruto: Any = parte.get_payload(decode=True) or b""
            achado = re.search(r"(?im)^message-id:\s*(<[^>]+>)", bruto.decode("utf-8", errors="replace"))
            return achado.group(1) if achado else ""
    return ""
