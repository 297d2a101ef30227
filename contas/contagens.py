"""Quantas vezes se tentou: os limites que protegem a entrada moram no banco, e valem com o Redis fora.

Contar é uma instrução só, antes de conferir o que se tentou: pedidos juntos não passam do limite.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from contas.models import Contagem

_CONTAR = """
INSERT INTO contas_contagem AS c (chave, vezes, ultima_em, ate)
VALUES (%(chave)s, %(mais)s, %(agora)s, %(ate)s)
ON CONFLICT (chave) DO UPDATE SET
  vezes = CASE WHEN c.ate <= %(agora)s THEN %(mais)s ELSE c.vezes + %(mais)s END,
  ate = CASE WHEN c.ate <= %(agora)s THEN %(ate)s ELSE c.ate END,
  ultima_em = %(agora)s
RETURNING vezes
"""
# As primeiras não esperam; depois um minuto, dois, quatro… até o teto.
_ESPERA = """make_interval(secs => CASE WHEN c.vezes < %(livres)s THEN 0
  ELSE least(60 * power(2, least(c.vezes - %(livres)s, 20)), %(teto)s) END)"""
_TENTAR = f"""
INSERT INTO contas_contagem AS c (chave, vezes, ultima_em, ate)
VALUES (%(chave)s, 1, %(agora)s, %(ate)s)
ON CONFLICT (chave) DO UPDATE SET
  vezes = CASE WHEN c.ate <= %(agora)s THEN 1 ELSE c.vezes + 1 END,
  ultima_em = %(agora)s, ate = %(ate)s
WHERE c.ate <= %(agora)s OR c.ultima_em + {_ESPERA} <= %(agora)s
RETURNING vezes
"""
_FALTAM = f"""
SELECT extract(epoch FROM c.ultima_em + {_ESPERA} - %(agora)s) FROM contas_contagem c WHERE c.chave = %(chave)s
"""
_LOTE = 5000


def contar(chave: str, prazo: int, mais: int = 1) -> int:
    """Mais uma (ou mais algumas), na janela que se abriu com a primeira; devolve quantas já foram."""
    return _uma(_CONTAR, chave, prazo, mais=mais) or mais


def uma_vez(chave: str, prazo: int) -> bool:
    """Verdadeiro só a quem chega primeiro, dentro do prazo."""
    return contar(chave, prazo) == 1


def quantas(chave: str) -> int:
    achada = Contagem.objects.filter(chave=chave, ate__gt=timezone.now()).first()
    return achada.vezes if achada else 0


def tentar(chave: str, *, livres: int, teto: int, prazo: int) -> int:
    """Conta a tentativa e devolve zero; ou, se ainda se espera pela anterior, quantos segundos faltam.

    A que não se deixa fazer não conta: quem insiste não faz crescer a espera de ninguém. Esquece-se `prazo`
    segundos depois da última.
    """
    limites = {"livres": livres, "teto": teto}
    if _uma(_TENTAR, chave, prazo, **limites) is not None:
        return 0
    return max(int(_uma(_FALTAM, chave, prazo, **limites) or 0), 1)


def devolver(chave: str) -> None:
    """A tentativa deu certo: não era das que se contam."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE contas_contagem SET vezes = greatest(vezes - 1, 0) WHERE chave = %s", [chave])


def esquecer(*chaves: str) -> None:
    Contagem.objects.filter(chave__in=chaves).delete()


def limpar_todas_as_vencidas() -> int:
    """De noite, todas, aos lotes: quem erra de propósito com nomes inventados não enche a tabela sem nunca entrar."""
    agora, apagadas = timezone.now(), 0
    while lote := _apagar_um_lote(agora):
        apagadas += lote
    return apagadas


def _apagar_um_lote(agora: datetime) -> int:
    """A que voltou a contar entre se achar e se apagar já não está vencida, e fica."""
    vencidas = Contagem.objects.filter(ate__lte=agora)
    chaves = list(vencidas.order_by("ate").values_list("pk", flat=True)[:_LOTE])
    return int(vencidas.filter(pk__in=chaves).delete()[0])


def _uma(comando: str, chave: str, prazo: int, **limites: int) -> int | None:
    agora = timezone.now()
    valores: dict[str, Any] = {
        "chave": chave,
        "agora": agora,
        "ate": agora + timedelta(seconds=prazo),
        **limites,
    }
    with connection.cursor() as cursor:
        cursor.execute(comando, valores)
        linha = cursor.fetchone()
    return None if linha is None else int(linha[0])
