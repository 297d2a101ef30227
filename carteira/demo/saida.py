"""Sair da demonstração: apaga tudo o que é dela, numa transação, e deixa a instalação como nova."""

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction

from carteira.local.ambiente import gravar_json
from carteira.middleware import _CHAVE as CHAVE_DE_POVOADA
from clientes.models import (
    CausaDaInatividade,
    Importacao,
    ModeloDeMensagem,
    Motivo,
    Municipio,
    Objecao,
    Ocorrencia,
    Roteiro,
)
from contas.auditoria import registrar
from contas.models import Empresa, Instalacao, RegistroDeAuditoria, Usuario
from notificacoes.models import TipoDeLembrete
from relatorios.models import ArquivoGerado

_APPS = ("contas", "clientes", "atividade", "notificacoes", "relatorios")
# Os de fora que apontam para as pessoas, ou guardam o que elas fizeram.
_DE_FORA = ("sessions", "axes", "account", "mfa", "socialaccount")
# Tabelas de referência e catálogos ficam; a instalação e a empresa são refeitas à parte.
_CATALOGOS = (Ocorrencia, Motivo, Objecao, CausaDaInatividade, ModeloDeMensagem, TipoDeLembrete)
_FICAM = (Municipio, *_CATALOGOS, Instalacao, Empresa, RegistroDeAuditoria)


class NaoEDemonstracao(Exception):
    """Nesta instalação os dados são de verdade."""


def tabelas_da_demonstracao() -> list[str]:
    """Toda tabela dos nossos apps, menos as de referência: um modelo novo entra sozinho."""
    modelos = (
        m
        for rotulo in (*_APPS, *_DE_FORA)
        for m in apps.get_app_config(rotulo).get_models(include_auto_created=True)
    )
    return sorted(
        {m._meta.db_table for m in modelos if m not in _FICAM and m._meta.managed and not m._meta.proxy}
    )


@transaction.atomic
def sair(*, por: Usuario) -> None:
    """Recusa uma instalação de verdade; espera pouco por quem estiver escrevendo."""
    instalacao = Instalacao.objects.select_for_update().filter(pk=1, demo=True).first()
    if instalacao is None:
        raise NaoEDemonstracao
    nome, arquivos = por.nome, _arquivos()
    roteiros = list(Roteiro.objects.filter(equipe=None).order_by("pk").values("faixa", "texto"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '15s'")
        nomes = ", ".join(f'"{tabela}"' for tabela in tabelas_da_demonstracao())
        # A auditoria só se esvazia pela porta dela, que só existe numa demonstração.
        cursor.execute("SELECT auditoria_esvaziar_demonstracao()")
        # Empresa é referida por quase todas: sai junto, e nasce outra igual à da instalação nova.
        cursor.execute(f'TRUNCATE {nomes}, "{Empresa._meta.db_table}" RESTART IDENTITY')
    Empresa.objects.create(codigo="1", nome="Minha empresa")
    # Os roteiros citam equipes, que se foram: os da casa toda voltam como estavam.
    Roteiro.objects.bulk_create(Roteiro(**roteiro) for roteiro in roteiros)
    Instalacao.objects.filter(pk=1).delete()
    Instalacao.objects.create(pk=1)
    registrar("sair da demonstração", por=None, objeto=nome, depois={"pedido por": nome})
    transaction.on_commit(lambda: _arrumar_arquivos(arquivos))


def _arquivos() -> list[str]:
    """O que as pessoas enviaram e o que se gerou para elas."""
    return [
        caminho
        for modelo in (Importacao, ArquivoGerado)
        for caminho in modelo.objects.exclude(caminho="").values_list("caminho", flat=True)
    ]


def _arrumar_arquivos(arquivos: list[str]) -> None:
    """O que estava fora do banco: arquivos importados e gerados, senhas anunciadas e o modo de `./rodar`."""
    cache.delete(CHAVE_DE_POVOADA)
    raiz = Path(settings.MEDIA_ROOT).resolve()
    for caminho in arquivos:
        arquivo = (raiz / caminho).resolve()
        if arquivo.is_relative_to(raiz):
            arquivo.unlink(missing_ok=True)
    (settings.VAR_DIR / "demo.json").unlink(missing_ok=True)
    if (settings.VAR_DIR / "modo.json").exists():
        gravar_json(settings.VAR_DIR / "modo.json", {"modo": "empresa"})
