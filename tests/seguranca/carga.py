"""A carga: em todo campo de texto livre do banco, um começo de fórmula e um pedaço de HTML que não pode viver.

Quem acrescenta um campo de texto não precisa lembrar disto: o que não estiver em `NAO_E_TEXTO` recebe a carga, e o
passeio abre com ela cada página, planilha e folha.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Cast, Concat, Left

CARGA = '=<xss">'
SALAS = ("contas", "clientes", "atividade", "notificacoes", "relatorios")
# Linhas da casa, que ninguém digita nem manda por arquivo.
_DA_CASA = {
    "Municipio",
    "FaixaDeCep",
    "EstadoDoRecalculo",
    "Distribuicao",
    "AjusteDeProbabilidade",
    "AvaliacaoDaPrioridade",
}
_SO_ACRESCENTA = {"RegistroDeAuditoria"}
# O que parece texto e não é: chaves, resumos, códigos de listas fechadas, segredos cifrados, HTML e JSON nossos.
NAO_E_TEXTO = {
    "nome_chave", "password", "chave", "resumo_da_chave", "sha256", "caminho", "message_id", "anexo", "html",
    "uf", "feriados_uf", "curva_abc", "marca", "ritmo", "status", "status_historico", "regras", "parametros",
    "modelo", "regra", "evento", "rotina", "partida", "segredo", "segredo_anterior", "servidor_email", "remetente",
    "consulta", "url", "dominio", "acao", "rotulos",
    "AgendamentoDeRelatorio.relatorio", "MapeamentoDeColunas.assinatura", "EntregaDeWebhook.corpo",
    "ChaveDeCliente.nome", "ChaveDeCliente.lugar", "Cliente.documento",  # válido, só tem algarismos e letras
}  # fmt: skip


def campos_livres(modelo: type[models.Model]) -> Iterator[Any]:
    for campo in modelo._meta.concrete_fields:
        livre = isinstance(campo, models.CharField | models.TextField) and not isinstance(
            campo, models.EmailField | models.URLField
        )
        if not livre or campo.choices or campo.primary_key or getattr(campo, "generated", False):
            continue
        if {campo.name, f"{modelo.__name__}.{campo.name}"} & NAO_E_TEXTO:
            continue
        yield campo


def carregar() -> int:
    """Põe a carga na frente de todo texto livre, e onde nada se escreveu; devolve em quantos campos."""
    quantos = 0
    for sala in SALAS:
        for modelo in apps.get_app_config(sala).get_models():
            campos = list(campos_livres(modelo))
            if modelo.__name__ in _DA_CASA or not modelo._meta.managed or not campos:
                continue
            try:
                with transaction.atomic(), _sem_gatilhos(modelo):
                    modelo._default_manager.update(**{c.name: _com_carga(c) for c in campos})
            except IntegrityError:  # há texto que só existe junto de outra coisa: o que está em branco fica
                modelo._default_manager.update(**{c.name: _com_carga(c, em_branco=False) for c in campos})
            quantos += len(campos)
    return quantos


@contextmanager
def _sem_gatilhos(modelo: type[models.Model]) -> Iterator[None]:
    """O que o banco só deixa acrescentar só recebe a carga com os gatilhos calados."""
    if modelo.__name__ not in _SO_ACRESCENTA:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = origin")


def _com_carga(campo: Any, *, em_branco: bool = True) -> Case:
    # o número no fim: o que estava em branco em duas linhas não passa a ser igual nas duas
    numero = Cast("pk", models.TextField())
    junto = Concat(Value(CARGA), F(campo.name), numero, output_field=models.TextField())
    escrito = Left(junto, campo.max_length) if campo.max_length else junto
    ficam = [When(**{f"{campo.name}__isnull": True}, then=None)]
    if not em_branco:
        ficam.append(When(**{campo.name: ""}, then=Value("")))
    return Case(*ficam, default=escrito, output_field=models.TextField())


_VIVE_NUM_CSV = re.compile(r'(?:^|[;\r\n])"?=<xss')


def vivas(texto: str, tipo: str) -> tuple[str, ...]:
    """Os trechos em que a carga faria algo: HTML que se abre, célula que é fórmula."""
    if "text/html" in tipo:
        padrao = r"<xss"
    elif "csv" in tipo:
        padrao = _VIVE_NUM_CSV.pattern
    elif "sheet" in tipo:
        padrao = r"<f[ >]|<t>=<?|<t>=&lt;"
    else:
        return ()
    return tuple(texto[max(0, m.start() - 80) : m.end() + 40] for m in re.finditer(padrao, texto))[:3]


def folha_inerte(html: str, destino: Path, *_: Any, **__: Any) -> int:
    """No lugar de compor o PDF, que a sala dele prova: confere o HTML de que ele sai."""
    assert not vivas(html, "text/html"), vivas(html, "text/html")
    destino.parent.mkdir(parents=True, exist_ok=True)
    destino.write_bytes(b"%PDF-1.7\n")
    return 1
