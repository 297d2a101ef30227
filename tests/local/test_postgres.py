"""O PostgreSQL privado: liga, para, sobrevive a quedas e não confia em pid alheio."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest

from carteira.local import postgres, postgres_binarios, processos
from carteira.local.ambiente import RAIZ
from carteira.local.usuario import alcanca, escolher_dono

so_root = pytest.mark.skipif(os.geteuid() != 0, reason="só root troca de usuário")


def executar(servidor: postgres.Servidor, sql: str) -> list[Any]:
    endereco = {
        "host": str(servidor.soquete),
        "port": postgres.PORTA,
        "user": "carteira",
        "dbname": "carteira",
    }
    with psycopg.connect(**endereco) as conexao, conexao.cursor() as cursor:  # type: ignore[arg-type]
        cursor.execute(sql)  # type: ignore[call-overload]
        return cursor.fetchall() if cursor.description else []


def derrubar(servidor: postgres.Servidor) -> int:
    """kill -9, e espera o sistema enterrar o processo."""
    pid = servidor.pid()
    os.kill(pid, signal.SIGKILL)
    assert processos.esperar(lambda: not processos.existe_como(pid, *postgres.PROGRAMAS), 10)
    return pid


def test_parar_e_ligar_de_novo_guarda_os_dados_e_ninguem_de_fora_chega_a_eles(var: Path) -> None:
    servidor = postgres.servidor(var)
    assert servidor.ligar() is True
    assert servidor.ligar() is False, "já ligado: nada a fazer"
    assert executar(servidor, "select current_setting('listen_addresses')") == [("",)]
    assert servidor.dados.stat().st_mode & 0o077 == 0
    assert servidor.soquete.stat().st_mode & 0o077 == 0
    assert var.stat().st_mode & 0o007 == 0
    executar(servidor, "create table nota (texto text); insert into nota values ('fica')")
    servidor.parar()
    assert servidor.pid() == 0
    outro = postgres.servidor(var)
    assert outro.ligar() is True
    assert executar(outro, "select texto from nota") == [("fica",)]


@pytest.mark.parametrize(
    ("da_maquina", "do_banco"),
    [(512, "'128MB'"), (1024, "'128MB'"), (4096, "'512MB'"), (16384, "'2048MB'"), (131072, "'2048MB'")],
)
def test_a_memoria_do_banco_acompanha_a_da_maquina(da_maquina: int, do_banco: str) -> None:
    assert postgres.memoria_em_mb(da_maquina)["shared_buffers"] == do_banco


def test_kill_9_nao_perde_o_que_foi_gravado_nem_o_pid_reaproveitado_engana(var: Path) -> None:
    servidor = postgres.servidor(var)
    servidor.ligar()
    executar(servidor, "create table n as select generate_series(1, 50000) as i")
    derrubar(servidor)
    assert servidor.pid() == 0
    anotacao = servidor.dados / "postmaster.pid"
    linhas = anotacao.read_text().splitlines()
    anotacao.write_text("\n".join([str(os.getpid()), *linhas[1:]]) + "\n")
    assert servidor.pid() == 0, "o número é hoje de outro programa"
    assert postgres.servidor(var).ligar() is True
    assert executar(servidor, "select count(*), sum(i) from n") == [(50000, 1250025000)]


def test_pid_de_outro_postgres_tambem_nao_engana(var: Path, var_fechada: Path) -> None:
    nosso, outro = postgres.servidor(var), postgres.servidor(var_fechada)
    outro.ligar()
    nosso.ligar()
    derrubar(nosso)
    (nosso.dados / "postmaster.pid").write_text(f"{outro.pid()}\n{nosso.dados}\n")
    assert nosso.pid() == 0
    nosso.parar()
    assert outro.pid() > 0, "parar um não toca no outro"
    assert nosso.ligar() is True


def test_caminho_longo_ganha_um_soquete_curto_e_lembrado(var: Path) -> None:
    fundo = var / ("a" * 60) / ("b" * 60)
    fundo.mkdir(parents=True)
    os.chmod(fundo.parent, 0o755)
    os.chmod(fundo, 0o755)
    os.chmod(var, 0o755)
    longa = fundo / "var"
    servidor = postgres.servidor(longa)
    try:
        servidor.ligar()
        assert len(str(servidor.soquete)) < 40
        assert postgres.servidor(longa).soquete == servidor.soquete
        assert executar(servidor, "select 1") == [(1,)]
    finally:
        servidor.parar()
        servidor.soquete.rmdir()


@so_root
def test_clone_em_pasta_fechada_nao_tem_modo_nenhum_afrouxado_e_root_nao_e_o_dono(var_fechada: Path) -> None:
    antes = [acima.stat().st_mode for acima in var_fechada.parents]
    servidor = postgres.servidor(var_fechada)
    servidor.ligar()
    assert not servidor.dados.is_relative_to(var_fechada)
    assert servidor.dados.parent.stat().st_mode & 0o077 == 0
    assert [acima.stat().st_mode for acima in var_fechada.parents] == antes
    assert postgres.servidor(var_fechada).dados == servidor.dados, "o lugar fica anotado"
    assert executar(servidor, "select 1") == [(1,)]
    assert escolher_dono().uid != 0
    assert Path(f"/proc/{servidor.pid()}").stat().st_uid == escolher_dono().uid
    # um arquivo de outro dono nos dados, e a réplica (`pg_basebackup`) não se faz
    assert {caminho.stat().st_uid for caminho in servidor.dados.iterdir()} == {servidor.dono.uid}


@so_root
def test_usuario_comum_liga_sem_root(var: Path) -> None:
    """O mesmo código, corrido por `nobody` com o Python do sistema."""
    nobody = escolher_dono().__class__(65534, 65534, "nobody")
    if not Path("/usr/bin/python3").exists() or not alcanca(nobody, RAIZ / "carteira/local/postgres.py"):
        pytest.skip("sem Python do sistema, ou cópia fora do alcance de outro usuário")
    codigo = (
        "import sys, types; p = types.ModuleType('carteira'); p.__path__ = [sys.argv[1] + '/carteira']\n"
        "sys.modules['carteira'] = p\n"
        "from pathlib import Path; from carteira.local import postgres\n"
        "s = postgres.servidor(Path(sys.argv[2])); print(s.ligar(), s.pid() > 0); s.parar(); print(s.pid())"
    )
    casa = nobody.entregar(var.parent / "casa-de-nobody")
    comando = ["/usr/bin/python3", "-B", "-c", codigo, str(RAIZ), str(casa / "var")]
    feito = subprocess.run(
        comando, cwd="/", capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"]},
        **nobody.opcoes(),
    )  # fmt: skip
    assert feito.stdout == "True True\n0\n", feito.stderr


def test_binarios_da_roda_servem_quando_nao_ha_outros(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    roda = postgres_binarios.da_roda()
    if not roda:
        pytest.skip("a roda não está neste .venv")
    monkeypatch.setattr(postgres_binarios, "do_sistema", list)
    servidor = postgres.servidor(var)
    servidor.ligar()
    assert servidor.dados.name == f"pg{roda[0].versao}"
    assert executar(servidor, "select current_setting('server_version_num')::int / 10000") == [
        (roda[0].versao,)
    ]


def test_os_dados_mandam_na_versao(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Instalar outro PostgreSQL depois não troca o banco em silêncio."""
    antigo = postgres_binarios.Binarios(Path("/antigo"), 16)
    novo = postgres_binarios.Binarios(Path("/novo"), 18)
    monkeypatch.setattr(postgres_binarios, "do_sistema", lambda: [novo, antigo])
    assert postgres_binarios.procurar() == novo
    assert postgres_binarios.procurar(16) == antigo
    with pytest.raises(RuntimeError, match="são do PostgreSQL 15"):
        postgres_binarios.procurar(15, raiz=Path("/nada"))


def test_pg_bin_errado_e_dito_e_nao_ignorado(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_BIN", "/nao/existe")
    with pytest.raises(RuntimeError, match="PG_BIN"):
        postgres_binarios.procurar()


def test_initdb_interrompido_e_refeito(var: Path) -> None:
    servidor = postgres.servidor(var)
    meio = servidor.dados.with_name(f".{servidor.dados.name}.novo")
    meio.mkdir()
    (meio / "PG_VERSION").write_text("15\n")
    assert servidor.ligar() is True
    assert not meio.exists()


@so_root
def test_binarios_da_roda_fora_de_alcance_sao_copiados(
    var_fechada: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Um clone em /root numa máquina sem PostgreSQL: nem os dados nem os programas dele são alcançáveis."""
    roda = postgres_binarios.da_roda()
    if not roda:
        pytest.skip("a roda não está neste .venv")
    monkeypatch.setattr(postgres_binarios, "do_sistema", list)
    de_verdade = postgres.alcanca
    escondidos = {roda[0].bin / "postgres"}
    monkeypatch.setattr(postgres, "alcanca", lambda d, c: c not in escondidos and de_verdade(d, c))
    antes = os.umask(0o077)
    try:
        servidor = postgres.servidor(var_fechada)
        assert servidor.ligar() is True
    finally:
        os.umask(antes)
    assert servidor.binarios.bin.is_relative_to(servidor.dados.parent)
    assert executar(servidor, "select 1") == [(1,)]
