"""Métricas para o Prometheus: as dos pedidos contam-se em cada processo; as outras leem-se do banco ao perguntar.

Nenhum rótulo identifica alguém: nome da rota, código da empresa, nome da rotina. Com vários processos atendendo, cada
um escreve o seu arquivo (PROMETHEUS_MULTIPROC_DIR, que `gunicorn.conf.py` prepara) e quem responde soma todos.
"""

import os
import shutil
import threading
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any

import structlog
from django.conf import settings
from django.db import connection

from carteira.operacao import batidas
from carteira.operacao.versao import versao

registro = structlog.get_logger("carteira.metricas")
_NASCENDO = threading.Lock()
SILENCIO = 60  # segundos entre dois avisos de que as medidas se perdem
_DITO_EM = -SILENCIO
DURACOES = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


def _dos_pedidos() -> SimpleNamespace:
    """Nascem no primeiro pedido, e uma vez só: os primeiros de um processo novo chegam juntos."""
    with _NASCENDO:
        return _nascidas()


@cache
def _nascidas() -> SimpleNamespace:
    """Só aqui se importa o cliente do Prometheus: quem só roda um comando não o carrega."""
    from prometheus_client import Counter, Histogram, disable_created_metrics, values

    disable_created_metrics()
    if vaga := os.environ.get("CARTEIRA_VAGA"):
        values.ValueClass = values.MultiProcessValue(lambda: vaga)
    return SimpleNamespace(
        quantos=Counter("carteira_http_pedidos", "Pedidos atendidos pela web", ("rota", "metodo", "status")),
        duracao=Histogram(
            "carteira_http_duracao_segundos", "Duração dos pedidos à web", ("rota",), buckets=DURACOES
        ),
    )


_METODOS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def contar_pedido(rota: str, metodo: str, status: int, segundos: float) -> None:
    """Medir nunca derruba o que se mede: o pedido já foi atendido, e um disco cheio não o faz falhar."""
    try:
        medidas = _dos_pedidos()
        medidas.quantos.labels(rota, metodo if metodo in _METODOS else "outro", str(status)).inc()
        medidas.duracao.labels(rota).observe(segundos)
    except Exception:
        _dizer_que_se_perdeu()


def _dizer_que_se_perdeu() -> None:
    """Uma vez por minuto em cada processo: um disco cheio não enche também o registro."""
    global _DITO_EM
    agora = time.monotonic()
    if agora >= _DITO_EM + SILENCIO:
        _DITO_EM = agora
        registro.exception("a medida de um pedido se perdeu")


def em_texto() -> tuple[bytes, str]:
    """Tudo o que se mede agora, no formato do Prometheus, e o tipo do conteúdo."""
    from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest

    _dos_pedidos()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client.multiprocess import MultiProcessCollector

        registro = CollectorRegistry()
        MultiProcessCollector(registro)
        dos_processos = generate_latest(registro)
    else:
        dos_processos = generate_latest(REGISTRY)
    da_casa = CollectorRegistry()
    da_casa.register(DaInstalacao())
    return dos_processos + generate_latest(da_casa), CONTENT_TYPE_LATEST


# ── O que se lê ao perguntar ─────────────────────────────────────────────────

# nome, o que é, rótulos, consulta: uma coluna por rótulo e, por fim, o número.
_CONSULTAS: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    (
        "carteira_rodada_ultima_feita_segundos",
        "Quando terminou a última rodada feita (instante Unix)",
        ("rotina", "empresa"),
        """SELECT x.rotina, coalesce(e.codigo, ''), extract(epoch FROM max(x.terminada_em))
             FROM atividade_execucao x LEFT JOIN contas_empresa e ON e.id = x.empresa_id
            WHERE x.estado = 'feita' AND x.terminada_em IS NOT NULL GROUP BY 1, 2""",
    ),
    (
        "carteira_rodada_duracao_segundos",
        "Quanto durou a última rodada terminada",
        ("rotina", "empresa"),
        """SELECT DISTINCT ON (x.rotina, e.codigo) x.rotina, coalesce(e.codigo, ''), x.duracao_ms / 1000.0
             FROM atividade_execucao x LEFT JOIN contas_empresa e ON e.id = x.empresa_id
            WHERE x.duracao_ms IS NOT NULL ORDER BY x.rotina, e.codigo, x.terminada_em DESC NULLS LAST""",
    ),
    (
        "carteira_rodadas",
        "Rodadas dos últimos 30 dias, por estado",
        ("rotina", "estado"),
        """SELECT rotina, estado, count(*) FROM atividade_execucao
            WHERE referencia > current_date - 30 GROUP BY 1, 2""",
    ),
    (
        "carteira_clientes_a_recalcular",
        "Clientes que mudaram desde a última rodada",
        (),
        "SELECT count(DISTINCT cliente_id) FROM atividade_sujo",
    ),
    (
        "carteira_pedidos_idade_dias",
        "Dias desde o pedido mais novo que a empresa tem",
        ("empresa",),
        "SELECT codigo, current_date - pedidos_ate FROM contas_empresa WHERE pedidos_ate IS NOT NULL",
    ),
    (
        "carteira_referencia_idade_dias",
        "Dias desde a referência da empresa",
        ("empresa",),
        "SELECT codigo, current_date - referencia FROM contas_empresa WHERE referencia IS NOT NULL",
    ),
    (
        "carteira_caixa_de_saida",
        "Mensagens que ainda não saíram ou pedem a palavra de alguém, por estado",
        ("estado",),
        """SELECT e.estado, count(m.id) FROM unnest(ARRAY['pendente', 'enviando', 'incerto', 'morta', 'suspensa']) e (estado)
             LEFT JOIN notificacoes_mensagem m ON m.estado = e.estado GROUP BY 1""",
    ),
    (
        "carteira_caixa_de_saida_idade_segundos",
        "Há quanto tempo a mensagem mais atrasada devia ter saído",
        (),
        """SELECT coalesce(extract(epoch FROM now() - min(proxima_tentativa_em)), 0) FROM notificacoes_mensagem
            WHERE estado = 'pendente' AND proxima_tentativa_em <= now()""",
    ),
    (
        "carteira_importacoes",
        "Importações dos últimos 30 dias, por estado",
        ("estado",),
        "SELECT estado, count(*) FROM clientes_importacao WHERE criada_em > now() - interval '30 days' GROUP BY 1",
    ),
    (
        "carteira_importacao_ultima_segundos",
        "Quando entrou o último arquivo de pedidos (instante Unix)",
        ("empresa",),
        """SELECT e.codigo, extract(epoch FROM max(i.aplicada_em)) FROM clientes_importacao i
             JOIN contas_empresa e ON e.id = i.empresa_id
            WHERE i.estado = 'aplicada' AND i.tipo = 'pedidos' AND i.aplicada_em IS NOT NULL GROUP BY 1""",
    ),
    (
        "carteira_webhooks_a_entregar",
        "Entregas de webhook por fazer ou no meio, por estado",
        ("estado",),
        "SELECT estado, count(*) FROM notificacoes_entregadewebhook WHERE estado IN ('pendente', 'enviando') GROUP BY 1",
    ),
    (
        "carteira_webhook_erros",
        "Tentativas de webhook que falharam nas últimas 24 horas",
        (),
        """SELECT count(*) FROM notificacoes_tentativadewebhook
            WHERE em > now() - interval '24 hours' AND (erro <> '' OR status IS NULL OR status >= 300)""",
    ),
    (
        "carteira_banco_bytes",
        "Tamanho do banco",
        (),
        "SELECT pg_database_size(current_database())",
    ),
)


class DaInstalacao:
    """Coletor: cada consulta é de conjunto e curta; a que falhar não leva as outras."""

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily

        yield InfoMetricFamily("carteira", "Versão em uso", value={"versao": versao()})
        for nome, o_que_e, rotulos, consulta in _CONSULTAS:
            medida = GaugeMetricFamily(nome, o_que_e, labels=rotulos)
            for *valores, numero in _linhas(consulta):
                medida.add_metric([str(valor) for valor in valores], float(numero))
            yield medida
        yield _da_sincronia()
        yield from _da_fila()
        yield from _do_disco()


def _linhas(consulta: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(consulta)
        return list(cursor.fetchall())


def _da_sincronia() -> Any:
    """Os modelos só entram aqui: quem conta pedidos nem sempre os carregou."""
    from prometheus_client.core import GaugeMetricFamily

    from clientes.sincronia import espera_desde

    desde = espera_desde()
    return GaugeMetricFamily(
        "carteira_sincronia_espera_segundos",
        "Há quanto tempo dura a transação que segura o que se lê com desde",
        value=(datetime.now(UTC) - desde).total_seconds() if desde else 0,
    )


def _da_fila() -> Iterable[Any]:
    from prometheus_client.core import GaugeMetricFamily
    from redis import RedisError

    try:
        fila, vivos = batidas.fila(), batidas.batidas()
    except RedisError:
        return
    if fila is not None:
        medida = GaugeMetricFamily("carteira_fila_tarefas", "Tarefas do Celery na fila", labels=("onde",))
        medida.add_metric(("espera",), fila[0])
        medida.add_metric(("em_curso",), fila[1])
        yield medida
    medida = GaugeMetricFamily(
        "carteira_batida_idade_segundos", "Há quanto tempo o beat e cada worker deram sinal", labels=("quem",)
    )
    for quem, hora in vivos.items():
        medida.add_metric((quem,), (datetime.now(UTC) - hora).total_seconds())
    yield medida


def _do_disco() -> Iterable[Any]:
    from prometheus_client.core import GaugeMetricFamily

    uso = shutil.disk_usage(settings.VAR_DIR)
    yield GaugeMetricFamily(
        "carteira_disco_livre_bytes", "Espaço livre onde ficam os arquivos", value=uso.free
    )
    yield GaugeMetricFamily(
        "carteira_disco_bytes", "Tamanho do disco onde ficam os arquivos", value=uso.total
    )


def nomes() -> set[str]:
    """O de toda medida que se publica: a documentação e os alertas só citam estes."""
    texto, _ = em_texto()
    return {linha.split()[2] for linha in texto.decode().splitlines() if linha.startswith("# TYPE carteira")}
