"""Uma pessoa que já entrou: a sessão como a entrada a deixa, sem passar por ela.

A porta tem os seus testes, e dá as suas vinte voltas ao banco (auditoria, tentativas, troca de chave). Quem só precisa
de alguém de dentro recebe a sessão pronta, em duas escritas.
"""

import uuid

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from carteira.sessao_em_curso import DEVE
from contas import sessoes
from contas.fatores import precisa_ligar
from contas.models import RegrasDeAcesso, SessaoDePessoa, Usuario
from contas.navegadores import em_palavras


def ja_entrou(pessoa: Usuario) -> Client:
    """O navegador de quem entrou agora."""
    regras, agora = RegrasDeAcesso.atuais(), timezone.now()
    desde = precisa_ligar(pessoa, regras)
    sessao = SessionStore()
    sessao.update(
        {
            SESSION_KEY: str(pessoa.pk),
            BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
            HASH_SESSION_KEY: pessoa.get_session_auth_hash(),
            sessoes.CHAVE: sessoes.comeco(regras, agora),
            DEVE: desde.isoformat() if desde else "",
        }
    )
    sessao.set_expiry(regras.sessao_horas * 3600)
    chave = sessao._get_new_session_key()
    Session(chave, sessao.encode(sessao._session), sessao.get_expiry_date()).save(force_insert=True)
    SessaoDePessoa.objects.create(
        sessao_id=chave, pessoa=pessoa, numero=uuid.uuid4(), aberta_em=agora, vista_em=agora,
        navegador=em_palavras(""),
    )  # fmt: skip
    navegador = Client()
    navegador.cookies[settings.SESSION_COOKIE_NAME] = chave
    return navegador
