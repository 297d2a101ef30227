"""Saúde e métricas: o que falta é dito pelo nome, a quem pode, e nada do que se mede é de ninguém."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from redis import RedisError

from atividade.models import Execucao
from carteira.local.ambiente import RAIZ
from carteira.operacao import batidas, metricas, sinais
from contas.models import Empresa, Usuario

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _sem_batidas() -> None:
    batidas._ultimas.clear()
    batidas.redis().delete(batidas.CHAVE, "celery", "unacked")


def pronta() -> tuple[int, dict[str, Any]]:
    resposta = Client().get("/saude/pronta/")
    return resposta.status_code, resposta.json()


def test_viva_e_pronta_sem_entrar() -> None:
    assert Client().get("/saude/viva/").json() == {"estado": "viva"}
    assert pronta() == (
        200,
        {
            "estado": "pronta",
            "sinais": {
                "banco": "bem", "migracoes": "bem", "redis": "bem", "disco": "bem",
                "beat": "atencao", "worker": "atencao",
            },
        },
    )  # fmt: skip


def test_quem_bateu_e_calou_falta() -> None:
    batidas.bater(batidas.BEAT)
    batidas.bater("worker:celery@a")
    assert pronta()[1]["sinais"]["worker"] == "bem"
    batidas.redis().hset(batidas.CHAVE, "worker:celery@a", time.time() - 600)
    codigo, dito = pronta()
    assert (codigo, dito["estado"]) == (503, "falta worker")
    # outro vivo basta; e o que se foi há mais de uma hora se esquece
    batidas.bater("worker:celery@b")
    batidas.redis().hset(batidas.CHAVE, "worker:celery@a", time.time() - 4000)
    assert pronta()[0] == 200
    assert set(batidas.batidas()) == {"beat", "worker:celery@b"}


def test_o_que_falta_se_diz_sem_endereco_nem_senha(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    def cair(*a: Any, **k: Any) -> Any:
        raise OperationalError(
            'connection to server at "10.1.2.3", user "carteira", password "segredo" failed'
        )

    def calar(*a: Any, **k: Any) -> Any:
        raise RedisError("redis://:senha@10.1.2.3:6379 recusou")

    settings.DISCO_MINIMO_MB = 10**12
    monkeypatch.setattr(batidas.redis(), "ping", calar)
    monkeypatch.setattr(batidas.redis(), "hgetall", calar)
    monkeypatch.setattr(sinais.connection, "cursor", cair)
    resposta = Client().get("/saude/pronta/")
    assert resposta.status_code == 503
    assert resposta.json()["estado"] == "falta banco, redis, disco"
    assert not {"10.1.2.3", "segredo", "senha", "carteira"} & set(
        resposta.content.decode().replace('"', " ").split()
    )


def test_migracao_por_aplicar_tira_de_servico() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'relatorios' AND name LIKE '0002%'")
    codigo, dito = pronta()
    assert (codigo, dito["estado"]) == (503, "falta migracoes")
    assert sinais.migracoes().texto == "1 migrações por aplicar"


# ── Métricas ─────────────────────────────────────────────────────────────────


def test_metricas_so_com_o_token_ou_da_rede_escolhida(settings: Any) -> None:
    navegador = Client()
    settings.METRICAS_TOKEN, settings.METRICAS_REDES = "", []
    assert navegador.get("/metricas").status_code == 404
    assert navegador.get("/metricas", headers={"authorization": "Bearer "}).status_code == 404
    settings.METRICAS_TOKEN = "um-token-longo"
    assert navegador.get("/metricas", headers={"authorization": "Bearer outro"}).status_code == 404
    assert navegador.get("/metricas", headers={"authorization": "Bearer um-token-longo"}).status_code == 200
    assert navegador.post("/metricas", headers={"authorization": "Bearer um-token-longo"}).status_code in {
        403,
        405,
    }
    settings.METRICAS_REDES = ["10.0.0.0/8"]
    assert navegador.get("/metricas", REMOTE_ADDR="10.9.8.7").status_code == 200
    assert navegador.get("/metricas", REMOTE_ADDR="192.168.0.1").status_code == 404
    # quem vem por um proxy não é da rede, diga o cabeçalho o que disser
    vindo = {"x-forwarded-for": "10.9.8.7"}
    assert navegador.get("/metricas", REMOTE_ADDR="10.0.0.1", headers=vindo).status_code == 404


def lidas() -> dict[str, float]:
    texto, _ = metricas.em_texto()
    linhas = [linha for linha in texto.decode().splitlines() if not linha.startswith("#")]
    return {nome: float(valor) for nome, _, valor in (linha.rpartition(" ") for linha in linhas)}


def test_cada_numero_e_o_do_banco(
    empresa: Empresa, ana: Usuario, novo_cliente: Any, hoje: Any, entrar: Any
) -> None:
    novo_cliente("C1", vendedor=ana, compras=[(hoje, 10)])
    Empresa.objects.filter(pk=empresa.pk).update(pedidos_ate=datetime.now(UTC).date() - timedelta(days=3))
    Execucao.objects.create(
        rotina="noturna", referencia=hoje, empresa=None, estado="feita", duracao_ms=2500,
        terminada_em=datetime(2026, 11, 20, 5, 2, tzinfo=UTC),
    )  # fmt: skip
    batidas.redis().rpush("celery", "t1", "t2")
    batidas.bater(batidas.BEAT)
    antes = lidas()
    assert entrar(ana).get("/clientes/").status_code == 200
    depois = lidas()
    contados = 'carteira_http_pedidos_total{metodo="GET",rota="clientes:lista",status="200"}'
    assert depois[contados] - antes.get(contados, 0) == 1
    assert depois['carteira_rodada_duracao_segundos{empresa="",rotina="noturna"}'] == 2.5
    assert depois['carteira_rodada_ultima_feita_segundos{empresa="",rotina="noturna"}'] == 1795150920
    assert depois["carteira_clientes_a_recalcular"] == 1
    assert depois['carteira_fila_tarefas{onde="espera"}'] == 2
    assert depois['carteira_caixa_de_saida{estado="morta"}'] == 0
    assert depois['carteira_batida_idade_segundos{quem="beat"}'] < 86400 * 400
    assert depois['carteira_info{versao="0.1.0"}'] == 1


def test_nenhum_rotulo_e_de_alguem(empresa: Empresa, ana: Usuario, novo_cliente: Any, entrar: Any) -> None:
    cliente = novo_cliente("C1", vendedor=ana, razao_social="Padaria Segredo", documento="11222333000181")
    navegador = entrar(ana)
    for caminho in (
        f"/clientes/{cliente.pk}/",
        "/clientes/?q=Segredo",
        "/senha/MQ/abc-def123/",
        "/nao/existe/ana@x.test",
    ):
        navegador.get(caminho)
    texto = metricas.em_texto()[0].decode()
    for proibido in ("Segredo", "11222333", "ana@", "Ana", "abc-def123", f"/{cliente.pk}/", "/nao/existe"):
        assert proibido not in texto
    assert 'rota="sem-rota"' in texto


def test_com_varios_processos_qualquer_um_responde_pela_soma(tmp_path: Any) -> None:
    """Dois processos como os do gunicorn, cada um na sua vaga; quem substitui um continua a conta dele."""
    codigo = """
from carteira.operacao import metricas
metricas.contar_pedido("clientes:lista", "GET", 200, 0.1)
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
r = CollectorRegistry(); MultiProcessCollector(r)
print([l for l in generate_latest(r).decode().splitlines() if l.startswith("carteira_http_pedidos_total{")][0])
"""
    ambiente = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "carteira.settings",
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
    }
    for vaga, esperado in (("1", "1.0"), ("2", "2.0"), ("1", "3.0")):
        feito = subprocess.run(
            [sys.executable, "-c", codigo], env={**ambiente, "CARTEIRA_VAGA": vaga}, cwd=RAIZ, capture_output=True,
            text=True, check=True,
        )  # fmt: skip
        assert feito.stdout.strip().endswith(f" {esperado}"), feito.stdout
    assert len(list(tmp_path.glob("*.db"))) == 4


def test_os_primeiros_pedidos_de_um_processo_novo_chegam_juntos() -> None:
    """Dois fios a fazer nascer as mesmas medidas derrubariam um pedido que já tinha gravado."""
    codigo = """
import sys, threading
from carteira.operacao import metricas
sys.setswitchinterval(1e-6)
largada = threading.Barrier(8)
def pedir():
    largada.wait()
    metricas.contar_pedido("clientes:lista", "GET", 200, 0.1)
fios = [threading.Thread(target=pedir) for _ in range(8)]
[fio.start() for fio in fios]; [fio.join() for fio in fios]
from prometheus_client import generate_latest
print([l for l in generate_latest().decode().splitlines() if l.startswith("carteira_http_pedidos_total{")][0])
"""
    ambiente = {n: v for n, v in os.environ.items() if n not in ("PROMETHEUS_MULTIPROC_DIR", "CARTEIRA_VAGA")}
    feito = subprocess.run(
        [sys.executable, "-c", codigo], env=ambiente, cwd=RAIZ, capture_output=True, text=True, check=True
    )
    assert feito.stdout.strip().endswith(" 8.0"), feito.stdout + feito.stderr


def test_medida_que_nao_se_grava_nao_derruba_o_pedido(monkeypatch: pytest.MonkeyPatch) -> None:
    def sem_disco() -> Any:
        raise OSError(28, "No space left on device")

    ditas: list[str] = []
    monkeypatch.setattr(metricas, "_dos_pedidos", sem_disco)
    monkeypatch.setattr(metricas.registro, "exception", ditas.append)
    monkeypatch.setattr(metricas, "_DITO_EM", -metricas.SILENCIO)
    for _ in range(3):
        assert Client().get("/saude/viva/").status_code == 200
    assert ditas == ["a medida de um pedido se perdeu"]
    monkeypatch.setattr(metricas, "_DITO_EM", metricas._DITO_EM - metricas.SILENCIO)
    metricas.contar_pedido("saude_viva", "GET", 200, 0.1)
    assert len(ditas) == 2


def test_cada_instancia_responde_por_dentro_pelo_nome_do_conteiner(settings: Any) -> None:
    """Sem o proxy na frente, pelo nome que o operador pôs em ALLOWED_HOSTS; por outro, não."""
    settings.METRICAS_TOKEN = "um-token-longo"
    settings.ALLOWED_HOSTS = ["carteira.exemplo.test", "carteira-web-1"]
    token = {"authorization": "Bearer um-token-longo"}
    for nome, codigo in (("carteira-web-1:8000", 200), ("carteira-web-9:8000", 400)):
        assert Client().get("/metricas", headers=token, HTTP_HOST=nome).status_code == codigo
