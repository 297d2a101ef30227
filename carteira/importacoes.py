"""Do envio à gravação de um arquivo, para as páginas e as tarefas; o estado mora em `Importacao`.

Conferir e gravar rodam numa tarefa: quem morre no meio deixa o banco como estava, e a varredura
toca a campainha de novo.
"""

import hashlib
import logging
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from carteira.travas import Rotina, ocupada, vez
from clientes.importacao import mapeamentos, servico
from clientes.importacao.desfazer import desfazer, por_que_nao
from clientes.importacao.mapeamentos import Mapeamento
from clientes.importacao.recusa import ArquivoRecusado
from clientes.models import EstadoDaImportacao, Importacao
from contas.auditoria import registrar
from contas.escopo import empresas_de
from contas.models import Empresa, Usuario

registro = logging.getLogger("carteira.importacoes")
EM_ANDAMENTO = (EstadoDaImportacao.CONFERINDO, EstadoDaImportacao.APLICANDO, EstadoDaImportacao.DESFAZENDO)
FALHA = "Algo deu errado do nosso lado e nada foi gravado. Tente de novo; se persistir, avise o suporte."
_MAXIMO_DE_TENTATIVAS = 3


def visiveis_para(usuario: Usuario) -> QuerySet[Importacao]:
    """As importações das empresas dadas à pessoa."""
    return Importacao.objects.filter(empresa__in=empresas_de(usuario)).select_related("por", "empresa")


# ── Envio ────────────────────────────────────────────────────────────────────


def pasta_privada() -> Path:
    pasta = Path(settings.MEDIA_ROOT) / "importacoes"
    pasta.mkdir(parents=True, exist_ok=True, mode=0o700)
    return pasta


def receber(*, arquivo: UploadedFile, tipo: str, empresa: Empresa, por: Usuario) -> Importacao:
    """Guarda o arquivo em lugar privado, com nome nosso; só depois se olha o que há dentro."""
    caminho = pasta_privada() / f"{timezone.now():%Y%m%d}-{secrets.token_hex(12)}.dat"
    resumo = _copiar(arquivo.chunks(), caminho)
    return Importacao.objects.create(
        empresa=empresa,
        tipo=tipo,
        nome_do_arquivo=Path(arquivo.name or "arquivo").name[:200],
        caminho=str(caminho),
        sha256=resumo,
        tamanho=arquivo.size or 0,
        por=por,
    )


def _copiar(pedacos: Iterable[bytes], caminho: Path) -> str:
    resumo = hashlib.sha256()
    with os.fdopen(os.open(caminho, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as destino:
        for pedaco in pedacos:
            resumo.update(pedaco)
            destino.write(pedaco)
    return resumo.hexdigest()


def mesma_de_antes(importacao: Importacao) -> Importacao | None:
    """A gravação anterior do mesmo arquivo, byte a byte."""
    return (
        Importacao.objects.filter(
            empresa=importacao.empresa,
            tipo=importacao.tipo,
            sha256=importacao.sha256,
            estado=EstadoDaImportacao.APLICADA,
        )
        .exclude(pk=importacao.pk)
        .first()
    )


# ── Opções e análise ─────────────────────────────────────────────────────────


def opcoes_de(importacao: Importacao) -> servico.Opcoes:
    ditas = importacao.opcoes
    return servico.Opcoes(
        tipo=importacao.tipo,
        empresa=importacao.empresa,
        colunas=ditas.get("colunas", {}),
        situacoes=ditas.get("situacoes", {}),
        decimal=ditas.get("decimal"),
        lembrar=ditas.get("lembrar", True),
        mapeamento=mapeamento_de(importacao),
        salvar_como=ditas.get("salvar_como", ""),
        completo=_periodo(ditas),
        sumico_confirmado=ditas.get("sumico_confirmado"),
    )


def mapeamento_de(importacao: Importacao) -> Mapeamento | None:
    """O escolhido na página; o que foi apagado ou renomeado desde então já não se escolhe."""
    with suppress(LookupError):
        if nome := importacao.opcoes.get("mapeamento"):
            return mapeamentos.achar(nome, importacao.empresa, importacao.tipo)
    return None


def _periodo(ditas: dict[str, Any]) -> tuple[date, date] | None:
    de, ate = ditas.get("completo") or (None, None)
    return (date.fromisoformat(de), date.fromisoformat(ate)) if de and ate else None


def analisar(importacao: Importacao) -> servico.Analise:
    return servico.analisar(Path(importacao.caminho), opcoes_de(importacao))


def recusar(importacao: Importacao, mensagem: str, estado: str = EstadoDaImportacao.RECUSADA) -> None:
    """A que se desfazia e não pôde continua como estava: aplicada."""
    if importacao.estado == EstadoDaImportacao.DESFAZENDO:
        estado = EstadoDaImportacao.APLICADA
    importacao.estado, importacao.mensagem = estado, mensagem
    importacao.save(update_fields=["estado", "mensagem"])


def rejeitadas_de(importacao: Importacao) -> Path:
    return Path(f"{importacao.caminho}.rejeitadas.csv")


def no_disco(importacao: Importacao) -> tuple[Path, Path]:
    """O arquivo do ERP e as linhas que dele não entraram."""
    return Path(importacao.caminho), rejeitadas_de(importacao)


# ── Conferir e gravar ────────────────────────────────────────────────────────


@transaction.atomic
def pedir(importacao: Importacao, estado: EstadoDaImportacao, **opcoes: Any) -> None:
    """Anota o que fazer e toca a campainha depois de confirmado."""
    from carteira.tasks import importar_task, tocar

    importacao.opcoes = {**importacao.opcoes, **opcoes, "tentativas": 0}
    importacao.estado, importacao.mensagem, importacao.progresso = estado, "", 0
    importacao.save(update_fields=["opcoes", "estado", "mensagem", "progresso"])
    cache.delete(_chave_do_progresso(importacao.pk))
    tocar(importar_task, importacao.pk)


def em_aberto() -> list[int]:
    """As que esperam uma tarefa que ninguém está rodando (a mensagem se perdeu, ou o processo morreu)."""
    esperando = Importacao.objects.filter(estado__in=EM_ANDAMENTO).values_list("pk", flat=True)
    return [pk for pk in esperando if not ocupada(Rotina.IMPORTACAO, pk)]


def executar(importacao_id: int, *, hoje: date) -> None:
    """Confere ou grava, conforme o estado; nada a fazer se já foi feito ou se outro o faz."""
    with vez(Rotina.IMPORTACAO, importacao_id) as minha:
        importacao = Importacao.objects.select_related("empresa", "por").filter(pk=importacao_id).first()
        if not minha or importacao is None or importacao.estado not in EM_ANDAMENTO:
            return
        try:
            _contar_tentativa(importacao)
            _fazer(importacao, hoje)
        except ArquivoRecusado as recusa:
            recusar(importacao, str(recusa))
        except Exception:
            registro.exception("importação %s falhou", importacao_id)
            recusar(importacao, FALHA, EstadoDaImportacao.FALHOU)


def _contar_tentativa(importacao: Importacao) -> None:
    """Confirmada antes do trabalho: um arquivo que derruba o processo não o derruba para sempre."""
    tentativas = importacao.opcoes.get("tentativas", 0) + 1
    if tentativas > _MAXIMO_DE_TENTATIVAS:
        raise ArquivoRecusado(
            "A importação parou no meio três vezes e nada foi gravado: divida o arquivo e tente de novo."
        )
    importacao.opcoes["tentativas"] = tentativas
    importacao.save(update_fields=["opcoes"])


def _fazer(importacao: Importacao, hoje: date) -> None:
    if importacao.estado == EstadoDaImportacao.DESFAZENDO:
        _desfazer(importacao)
        return
    caminho, opcoes, rejeitadas = Path(importacao.caminho), opcoes_de(importacao), rejeitadas_de(importacao)
    rejeitadas.unlink(missing_ok=True)
    if importacao.estado == EstadoDaImportacao.CONFERINDO:
        resultado = servico.simular(
            caminho, opcoes, hoje=hoje, rejeitadas_em=rejeitadas, progresso=_progresso(importacao.pk)
        )
        importacao.estado, importacao.resultado = EstadoDaImportacao.CONFERIDA, servico.resumo(resultado)
        importacao.save(update_fields=["estado", "resultado"])
        return
    parcial = bool(importacao.opcoes.get("parcial"))
    resultado = servico.aplicar(
        caminho,
        opcoes,
        por=importacao.por,
        hoje=hoje,
        parcial=parcial,
        importacao=importacao,
        rejeitadas_em=rejeitadas,
        progresso=_progresso(importacao.pk),
    )
    if not resultado.gravado:
        # Entre a conferência e agora o banco mudou (um cliente saiu, outro arquivo entrou): confere-se de novo.
        importacao.refresh_from_db()
        importacao.estado, importacao.resultado = EstadoDaImportacao.CONFERIDA, servico.resumo(resultado)
        importacao.save(update_fields=["estado", "resultado"])
        return
    registrar(
        "importacao.gravar",
        por=importacao.por,
        objeto=f"{importacao.tipo}: {importacao.nome_do_arquivo}"[:120],
        depois={
            "novas": resultado.novas,
            "atualizadas": resultado.atualizadas,
            "rejeitadas": resultado.rejeitadas,
            **({"desaparecidas": resultado.sumico.quantas} if resultado.sumico else {}),
        },
    )


def _desfazer(importacao: Importacao) -> None:
    quem = Usuario.objects.filter(pk=importacao.opcoes.get("desfazer_por")).first()
    if desfazer(importacao.pk, por=quem, agora=timezone.now()) is None:
        importacao.refresh_from_db()
        if importacao.estado == EstadoDaImportacao.DESFAZENDO:
            recusar(importacao, por_que_nao(importacao, agora=timezone.now()))


def _chave_do_progresso(importacao_id: int) -> str:
    return f"importacao:{importacao_id}:progresso"


def _progresso(importacao_id: int) -> Any:
    """O avanço vai para o cache: a transação da gravação só se mostra quando acaba."""
    ultimo = [-1]

    def dizer(fracao: float) -> None:
        por_cento = int(fracao * 100)
        if por_cento != ultimo[0]:
            ultimo[0] = por_cento
            cache.set(_chave_do_progresso(importacao_id), por_cento, timeout=3600)

    return dizer


def progresso_de(importacao: Importacao) -> int:
    return int(cache.get(_chave_do_progresso(importacao.pk), importacao.progresso))


# ── Prazo de guarda ──────────────────────────────────────────────────────────

APAGADO = "(apagado)"
# As linhas recusadas e os avisos citam o que o arquivo trazia; sem o arquivo, ficam a linha, a coluna e o motivo. Do
# que ficou ao desfazer, a quantidade e o porquê, sem os nomes de exemplo.
# O que se citou pode ter aspas dentro: a citação vai até as últimas que fecham antes de outra se abrir. A que um corte
# deixou aberta vai até o fim: o que se acha aqui sempre sai, e a limpeza, que repete enquanto achar, acaba.
_CITACAO = "“[^”]*(”([^“”]*”)*|$)"
_CITA = "“([^”…]|…[^”]|…?”[^“”]*”)"
_COM_VALORES = f"""(i.resultado @? '$.rejeicoes[*].valor ? (@ != "" && @ != "{APAGADO}")'
    OR i.resultado @? '$.rejeicoes[*].motivo ? (@ like_regex "{_CITA}")'
    OR i.resultado @? '$.avisos[*] ? (@ like_regex "{_CITA}")'
    OR i.resultado @? '$.desfeita.ficam[*][3][*]')"""
_VENCIDAS = f"""
SELECT i.id FROM clientes_importacao i
 WHERE i.criada_em < %s AND i.estado <> ALL (%s) AND (i.caminho <> '' OR {_COM_VALORES})"""
_ESQUECER = f"""
UPDATE clientes_importacao i SET resultado = i.resultado
    || jsonb_build_object(
         'rejeicoes', (SELECT coalesce(jsonb_agg(r || jsonb_build_object(
                'valor', CASE r ->> 'valor' WHEN '' THEN '' ELSE '{APAGADO}' END,
                'motivo', regexp_replace(r ->> 'motivo', '{_CITACAO}', '“…”', 'g')) ORDER BY n), '[]')
            FROM jsonb_array_elements(i.resultado -> 'rejeicoes') WITH ORDINALITY AS _ (r, n)),
         'avisos', (SELECT coalesce(jsonb_agg(regexp_replace(a, '{_CITACAO}', '“…”', 'g') ORDER BY n), '[]')
            FROM jsonb_array_elements_text(i.resultado -> 'avisos') WITH ORDINALITY AS _ (a, n)))
    || CASE WHEN i.resultado ? 'desfeita' THEN jsonb_build_object('desfeita', jsonb_set(
         i.resultado -> 'desfeita', '{{ficam}}',
         (SELECT coalesce(jsonb_agg(jsonb_set(f, '{{3}}', '[]') ORDER BY n), '[]')
            FROM jsonb_array_elements(i.resultado #> '{{desfeita,ficam}}') WITH ORDINALITY AS _ (f, n))
       )) ELSE '{{}}' END
 WHERE i.id = ANY (%s) AND {_COM_VALORES}"""


def esquecer_valores(importacoes: QuerySet[Importacao]) -> int:
    """Tira do resultado o que as linhas recusadas, e as que ficaram ao desfazer, traziam escrito."""
    with connection.cursor() as cursor:
        cursor.execute(_ESQUECER, [list(importacoes.values_list("pk", flat=True))])
        return cursor.rowcount


def vencidas(ate: Any) -> QuerySet[Importacao]:
    """As que passaram do prazo e ainda guardam o arquivo, ou o que ele trazia."""
    with connection.cursor() as cursor:
        cursor.execute(_VENCIDAS, [ate, [str(estado) for estado in EM_ANDAMENTO]])
        return Importacao.objects.filter(pk__in=[pk for (pk,) in cursor.fetchall()])


def apagar_arquivos_antigos(*, agora: Any, dias: int = 30) -> int:
    """Arquivos do ERP têm dados pessoais: passado o prazo de guarda, fica só o registro do que fizeram."""
    antigas = list(vencidas(agora - timedelta(days=dias)))
    for importacao in filter(lambda i: i.caminho, antigas):
        for arquivo in no_disco(importacao):
            arquivo.unlink(missing_ok=True)
    delas = Importacao.objects.filter(pk__in=[i.pk for i in antigas])
    esquecer_valores(delas)
    return delas.update(caminho="")
