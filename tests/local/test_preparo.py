"""Opções, ambiente Python, pacotes do sistema e portas."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carteira.local import __main__ as porta
from carteira.local import ambiente, comandos, demonstracao, dependencias, opcoes, pacotes, portas, testes
from carteira.local.etapas import Falha, duracao, etapa


def test_opcoes_da_demonstracao() -> None:
    comando, lidas, resto = opcoes.analisar(["--vazio", "--porta", "8123"])
    assert (comando, lidas.vazio, lidas.porta, resto) == ("demonstracao", True, 8123, [])


def test_testes_passam_o_resto_ao_pytest() -> None:
    comando, lidas, resto = opcoes.analisar(["testes", "tests/web", "-k", "ficha", "--resistencia"])
    assert (comando, lidas.resistencia, resto) == ("testes", True, ["tests/web", "-k", "ficha"])


@pytest.mark.parametrize(
    ("errado", "frase"),
    [
        (["--porta", "0"], "--porta: '0' não é uma porta (1 a 65535)"),
        (["--porta", "abc"], "--porta: 'abc' não é uma porta"),
        (["--porta", "70000"], "--porta: '70000' não é uma porta"),
        (["--porta"], "--porta: falta o valor"),
        (["nada"], "não conheço nada"),
        (["parar", "x"], "não conheço x"),
    ],
)
def test_opcao_errada_sai_com_dois_e_diz_por_que(
    errado: list[str], frase: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as saida:
        opcoes.analisar(errado)
    assert saida.value.code == 2
    assert frase in (dito := capsys.readouterr().err)
    assert "error" not in dito


@pytest.mark.parametrize(
    ("segundos", "texto"), [(0.34, "0,3 s"), (9.94, "9,9 s"), (12.4, "12 s"), (125, "2 min 05 s")]
)
def test_duracao_em_portugues(segundos: float, texto: str) -> None:
    assert duracao(segundos) == texto


def test_etapa_que_falha_e_mostrada_como_falha(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Falha), etapa("Algo"):
        raise Falha("não deu")
    assert "✗ Algo (0,0 s)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("antes", "depois"),
    [(signal.SIG_IGN, signal.SIG_IGN), (signal.SIG_DFL, signal.default_int_handler)],
    ids=["com nohup", "sem nohup"],
)
def test_nohup_sobrevive_ao_terminal_e_os_demais_param_em_ordem(antes: Any, depois: Any) -> None:
    sinais = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    guardados = [signal.getsignal(sinal) for sinal in sinais]
    try:
        signal.signal(signal.SIGHUP, antes)
        porta.ouvir_sinais()
        assert signal.getsignal(signal.SIGHUP) == depois
        assert signal.getsignal(signal.SIGTERM) == signal.default_int_handler
    finally:
        for sinal, guardado in zip(sinais, guardados, strict=True):
            signal.signal(sinal, guardado)


class Partido:
    """A saída de um terminal que se fechou."""

    def isatty(self) -> bool:
        return True

    def write(self, _: str) -> int:
        raise OSError(5, "Input/output error")

    def flush(self) -> None:
        raise OSError(5, "Input/output error")


def test_terminal_fechado_nao_impede_o_trabalho(monkeypatch: pytest.MonkeyPatch) -> None:
    """Senão o aviso de parada falharia antes da parada, e ficariam web, worker e beat sem dono."""
    monkeypatch.setattr("sys.stdout", Partido())
    with etapa("Algo") as dar:
        dar("feito")


@pytest.fixture
def raiz(tmp_path: Path) -> Path:
    """Um projeto com travas e um `.venv` de mentira já sincronizado."""
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").touch()
    (tmp_path / "requirements.txt").write_text("a==1\n")
    (tmp_path / "requirements-dev.txt").write_text("a==1\nb==1\n")
    return tmp_path


def marcar(raiz: Path, perfil: str) -> None:
    ambiente.gravar_json(raiz / ".venv/carteira.json", dependencias._marca_esperada(perfil, raiz))


def test_ambiente_de_testes_serve_para_rodar_e_nao_o_contrario(raiz: Path) -> None:
    marcar(raiz, "testes")
    assert dependencias.em_dia("execucao", raiz)
    assert dependencias.em_dia("testes", raiz)
    marcar(raiz, "execucao")
    assert dependencias.em_dia("execucao", raiz)
    assert not dependencias.em_dia("testes", raiz)


def test_trava_mudada_ou_pasta_movida_pedem_sincronizar(
    raiz: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    marcar(raiz, "execucao")
    (raiz / "requirements.txt").write_text("a==2\n")
    assert not dependencias.em_dia("execucao", raiz)
    marcar(raiz, "execucao")
    outra = tmp_path_factory.mktemp("outra") / "lugar"
    raiz.rename(outra)
    assert not dependencias.em_dia("execucao", outra)


def test_sem_uv_o_pip_instala_a_mesma_trava(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pedidos: list[list[str]] = []

    def rodar(comando: list[str], **_: object) -> None:
        pedidos.append(comando)
        if dependencias.TRAVA_DO_UV in comando:
            raise Falha("sem uv")

    monkeypatch.setattr(dependencias, "rodar", rodar)
    assert dependencias._instalar("python", "requirements.txt", tmp_path / "x.log") == "pip"
    assert pedidos[-1][-3:] == ["--require-hashes", "-r", "requirements.txt"]


def test_sem_root_a_linha_exata_e_mostrada_e_a_vida_segue(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pacotes, "_prefixo", lambda: None)
    monkeypatch.setattr(pacotes.sys, "platform", "linux")
    falta = pacotes.Pacote(("libpango-1.0-0",), ("pango",), lambda: False, "PDF desligado")
    assert pacotes.garantir((falta,), tmp_path / "apt.log") == [falta]
    saida = capsys.readouterr().out
    assert "PDF desligado" in saida
    assert "sudo apt-get update && sudo apt-get install --no-install-recommends libpango-1.0-0" in saida


def test_com_root_o_apt_instala_sem_ligar_servico(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pacotes, "_prefixo", list)
    monkeypatch.setattr(pacotes.sys, "platform", "linux")
    monkeypatch.setattr(pacotes.shutil, "which", lambda nome: f"/usr/bin/{nome}")
    comando = pacotes._comando([pacotes.REDIS])
    assert comando
    assert comando[:2] == ["sh", "-c"]
    assert "policy-rc.d" in comando[2]
    assert "DEBIAN_FRONTEND=noninteractive" in comando[2]
    assert "redis-server" in comando[2]


def test_nada_falta_nada_se_instala(tmp_path: Path) -> None:
    presente = pacotes.Pacote(("x",), ("x",), lambda: True, "")
    assert pacotes.garantir((presente,), tmp_path / "apt.log") == []
    assert not (tmp_path / "apt.log").exists()


def test_porta_pedida_e_ocupada_e_dita() -> None:
    with socket.socket() as ocupante:
        ocupante.bind(("127.0.0.1", 0))
        ocupante.listen()
        porta = ocupante.getsockname()[1]
        with pytest.raises(Falha, match=f"A porta {porta} está ocupada"):
            portas.escolher_porta(porta)


def test_sem_pedir_vem_a_primeira_livre(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portas, "livre", lambda porta: porta == 8002)
    assert portas.escolher_porta(None) == 8002


def test_modo_primeira_depois_continuar(var: Path) -> None:
    assert demonstracao.escolher_modo(var, vazio=False) == "primeira"
    ambiente.gravar_json(var / "modo.json", {"modo": "demonstracao"})
    assert demonstracao.escolher_modo(var, vazio=False) == "continuar"


def test_empresa_de_verdade_nunca_ganha_dados_de_demonstracao(var: Path) -> None:
    assert demonstracao.escolher_modo(var, vazio=True) == "empresa"
    assert demonstracao.escolher_modo(var, vazio=False) == "empresa"


def test_vazio_sobre_a_demonstracao_avisa_e_nao_apaga(var: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ambiente.gravar_json(var / "modo.json", {"modo": "demonstracao"})
    assert demonstracao.escolher_modo(var, vazio=True) == "continuar"
    assert "nada foi apagado" in capsys.readouterr().out


def test_os_processos_guardam_bytecode_ainda_que_quem_chamou_nao(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    filhos = demonstracao.ambiente_dos_filhos(var, {"REDIS_URL": "redis://x/0"})
    assert "PYTHONDONTWRITEBYTECODE" not in filhos
    assert (filhos["VAR_DIR"], filhos["REDIS_URL"]) == (str(var), "redis://x/0")


def test_parar_nao_mata_quem_herdou_o_pid_de_um_rodar_morto(
    var: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """O nome do processo não basta: só quem segura a trava é o `./rodar` desta cópia."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as alheio:
        (var / "rodar.trava").touch()
        ambiente.gravar_json(var / "rodando.json", {"pid": alheio.pid, "url": "http://127.0.0.1:8000/"})
        assert demonstracao.rodando(var) == 0
        opcoes.parar(var)
        assert alheio.poll() is None
        alheio.kill()
    assert "Nada ligado nesta cópia" in capsys.readouterr().out


def test_verificacoes_na_ordem_prometida() -> None:
    titulos = [titulo for titulo, _, _ in testes.verificacoes(".venv/bin/python", {})]
    assert titulos == [
        "Migrações do nada (o banco da suíte)",
        "Tipos (mypy)",
        "Segurança (bandit)",
        "Migrações sem parada (django-migration-linter)",
        "Migrações em dia",
        "Telas (djlint)",
        "Estilo (ruff)",
        "Formato (ruff)",
        "Camadas (import-linter)",
        "JavaScript (oxlint)",
        "Produção (check --deploy)",
    ]


def test_o_pytest_nasce_ao_lado_da_ultima_e_toda_falha_se_diz(monkeypatch: pytest.MonkeyPatch) -> None:
    """A que falha cedo sabe-se antes; a que ainda corre, e a da rede, ao sair."""
    solta = threading.Event()

    def verificacoes(*_: Any) -> Iterator[tuple[str, list[str], dict[str, str]]]:
        yield from ((titulo, [], {}) for titulo in ("certa", "falha cedo", "falha tarde"))

    def uma(titulo: str, *_: Any) -> str | None:
        if titulo == "falha tarde":
            assert solta.wait(30)
        return titulo if titulo.startswith("falha") else None

    monkeypatch.setattr(testes, "verificacoes", verificacoes)
    monkeypatch.setattr(testes, "_uma", uma)
    monkeypatch.setattr(testes, "_dependencias", lambda python: uma("falha tarde") and "pip-audit")
    monkeypatch.setattr(testes, "_processos", lambda: 2)
    with testes.verificando("python", {}) as falhas:
        assert falhas == ["falha cedo"]
        solta.set()
    assert falhas == ["falha cedo", "falha tarde", "pip-audit"]


def test_argumentos_extras_dispensam_a_cobertura() -> None:
    assert "--cov" in testes._opcoes_do_pytest([], resistencia=False)
    assert testes._opcoes_do_pytest(["-k", "x"], resistencia=False) == ["-k", "x", "--no-cov"]
    assert testes._opcoes_do_pytest([], resistencia=True) == [
        "-m",
        "resistencia",
        "--no-cov",
        "--timeout=3600",
    ]


def test_a_suite_inteira_se_reparte_e_a_resistencia_nao(monkeypatch: pytest.MonkeyPatch) -> None:
    for nucleos, processos in [(1, "1"), (2, "2"), (64, "4"), (None, "1")]:
        monkeypatch.setattr(os, "cpu_count", lambda n=nucleos: n)
        assert testes._opcoes_do_pytest([], resistencia=False)[:2] == ["-n", processos]
    assert "-n" not in testes._opcoes_do_pytest([], resistencia=True)


def test_redis_da_composicao_tem_as_opcoes_do_privado() -> None:
    assert comandos.redis("redis-server")[1:3] == ["--appendonly", "yes"]
