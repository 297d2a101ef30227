"""O repositório diz a verdade: produção igual ao lançador, dependências explicadas, nada de fora vazando."""

import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from carteira.local import comandos, postgres_binarios
from carteira.local.ambiente import RAIZ

PROJETO: dict[str, Any] = tomllib.loads((RAIZ / "pyproject.toml").read_text(encoding="utf-8"))


def ler(nome: str) -> str:
    return (RAIZ / nome).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def composicao() -> dict[str, Any]:
    return yaml.safe_load(ler("docker-compose.yml"))


@pytest.fixture(scope="module")
def servicos(composicao: dict[str, Any]) -> dict[str, Any]:
    return composicao["services"]


def versionados() -> list[Path]:
    """Arquivos que o git guarda (ou guardaria)."""
    comando = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    saida = subprocess.run(comando, cwd=RAIZ, capture_output=True, text=True, check=True).stdout
    return [RAIZ / linha for linha in saida.splitlines() if (RAIZ / linha).is_file()]


def test_composicao_segue_a_especificacao() -> None:
    comando = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    feito = subprocess.run(
        [*comando, "docker-compose.yml"], cwd=RAIZ, capture_output=True, text=True, check=False
    )
    assert feito.returncode == 0, feito.stdout


def test_composicao_tem_os_sete_servicos(servicos: dict[str, Any]) -> None:
    assert set(servicos) == {"web", "worker", "beat", "migrate", "db", "redis", "caddy"}


def test_comandos_da_composicao_sao_os_do_lancador(servicos: dict[str, Any]) -> None:
    assert servicos["web"]["command"] == comandos.web("python", "0.0.0.0:8000")
    assert servicos["worker"]["command"] == comandos.worker("python")
    assert servicos["beat"]["command"] == comandos.beat("python")
    assert servicos["migrate"]["command"] == comandos.manage("python", "migrate", "--noinput")
    assert servicos["redis"]["command"] == comandos.redis("redis-server")


def test_banco_da_composicao_nasce_como_o_privado(servicos: dict[str, Any]) -> None:
    assert servicos["db"]["image"] == "postgres:18"
    assert servicos["db"]["environment"]["POSTGRES_INITDB_ARGS"].split() == list(comandos.INITDB)
    assert servicos["db"]["volumes"] == ["banco:/var/lib/postgresql"]


@pytest.mark.parametrize("nome", ["web", "worker", "beat"])
def test_ninguem_comeca_antes_de_migrar(servicos: dict[str, Any], nome: str) -> None:
    assert servicos[nome]["depends_on"] == {
        "db": {"condition": "service_healthy"},
        "redis": {"condition": "service_healthy"},
        "migrate": {"condition": "service_completed_successfully"},
    }


@pytest.mark.parametrize("nome", ["web", "worker", "beat", "migrate"])
def test_aplicacao_roda_fechada(servicos: dict[str, Any], nome: str) -> None:
    servico = servicos[nome]
    assert servico["read_only"] is True
    assert servico["tmpfs"] == ["/tmp"]
    assert servico["cap_drop"] == ["ALL"]
    assert servico["env_file"] == ".env"
    assert servico["environment"]["AMBIENTE"] == "producao"


def test_so_o_proxy_abre_portas(servicos: dict[str, Any]) -> None:
    assert [nome for nome, servico in servicos.items() if "ports" in servico] == ["caddy"]


def test_proxy_reescreve_os_cabecalhos_de_encaminhamento() -> None:
    caddy = ler("deploy/Caddyfile")
    for cabecalho in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"):
        assert f"header_up {cabecalho} {{" in caddy


def test_o_proxy_le_a_configuracao_que_se_publica(tmp_path: Path) -> None:
    caddy = Path(sys.executable).with_name("caddy")
    feito = subprocess.run(
        [caddy, "validate", "--config", "deploy/Caddyfile", "--adapter", "caddyfile"],
        cwd=RAIZ, capture_output=True, text=True, check=False, env={"HOME": str(tmp_path)},
    )  # fmt: skip
    assert feito.returncode == 0, feito.stderr


def test_registro_do_proxy_nao_guarda_buscas_nem_enlaces_pessoais() -> None:
    """O padrão é o mesmo do Go: aqui se prova o que ele apaga."""
    achado = re.search(r"request>uri regexp `(.+)` \$1", ler("deploy/Caddyfile"))
    assert achado
    for endereco, registrado in (
        ("/senha/MQ/c3x-abc/", "/senha/"),
        ("/calendario/Zm9v-bar_1.ics", "/calendario/"),
        ("/descadastrar/MTI:abc:x_y/", "/descadastrar/"),
        ("/um-clique/MTI:abc:x_y/", "/um-clique/"),
        ("/desbloquear/MTI:abc:x_y/", "/desbloquear/"),
        ("/entrar/empresa/volta/?code=abc&state=x", "/entrar/empresa/volta/"),
        ("/comecar/?codigo=ABCD-EFGH", "/comecar/"),
        ("/clientes/?q=aurora&uf=SC", "/clientes/"),
        ("/clientes/7/", "/clientes/7/"),
    ):
        assert re.sub(achado.group(1), lambda m: m.group(1) or "", endereco) == registrado


def test_banco_so_esta_pronto_quando_atende_pela_rede(servicos: dict[str, Any]) -> None:
    """O servidor provisório do initdb só tem soquete: dado por pronto, a migração falharia na primeira subida."""
    assert servicos["db"]["healthcheck"]["test"][:4] == ["CMD", "pg_isready", "-h", "127.0.0.1"]


@pytest.mark.parametrize(
    ("permitidos", "nome"),
    [
        ("carteira.exemplo.com.br,outro", "carteira.exemplo.com.br"),
        (".exemplo.com.br", "exemplo.com.br"),
        ("*", "localhost"),
        ("", "localhost"),
    ],
)
def test_sinal_de_vida_usa_um_nome_que_a_web_aceita(permitidos: str, nome: str) -> None:
    modulo = runpy.run_path(str(RAIZ / "deploy/saude.py"), run_name="saude")
    assert modulo["nome_aceito"](permitidos) == nome


def test_imagem_le_se_mesmo_de_um_clone_fechado() -> None:
    assert "chmod -R a+rX ." in ler("Dockerfile")


def test_quem_sobe_a_composicao_acha_o_codigo_inicial() -> None:
    comando = "docker compose exec web python manage.py codigo_inicial"
    assert comando in ler("README.md")
    assert comando in ler("templates/assistente/codigo.html")


def test_imagem_usa_o_python_e_os_pacotes_do_projeto() -> None:
    imagem = ler("Dockerfile")
    assert PROJETO["project"]["requires-python"] == ">=3.11"
    assert "FROM python:3.11-" in imagem
    for pacote in (*comandos.PDF_NO_SISTEMA, *comandos.FONTES_NO_SISTEMA):
        assert pacote in imagem
    assert "--require-hashes -r requirements.txt" in imagem
    assert "USER 10001" in imagem


def test_imagem_copia_e_restaura_o_banco_da_composicao(servicos: dict[str, Any]) -> None:
    """Na imagem não há `.venv`: o `pg_dump` é o que veio com as dependências, e entende o servidor."""
    do_banco = int(servicos["db"]["image"].partition(":")[2])
    da_imagem = postgres_binarios.da_roda(raiz=Path("/nada"))[0]
    assert da_imagem.versao >= do_banco
    assert all(Path(da_imagem[nome]).exists() for nome in ("pg_dump", "pg_restore"))


def test_copias_da_noite_tem_onde_ficar(composicao: dict[str, Any], servicos: dict[str, Any]) -> None:
    """A raiz do contêiner é só de leitura: sem o volume, nem a cópia de toda noite nem a de antes de atualizar."""
    assert "COPIA_DESTINO=/copias\n" in ler(".env.exemplo")
    assert "copias" in composicao["volumes"]
    assert re.search(r"install -d -o 10001 -g 10001 -m 0700 .*/copias\b", ler("Dockerfile"))
    de_cada = {
        nome: any("/copias" in v for v in servicos[nome]["volumes"]) for nome in ("web", "worker", "beat")
    }
    assert de_cada == {"web": False, "worker": True, "beat": False}, "quem fala com a internet não as toca"


def test_imagem_sozinha_sobe_a_mesma_web() -> None:
    partida = re.search(r"^CMD (\[.*\])$", ler("Dockerfile"), re.MULTILINE)
    assert partida
    assert yaml.safe_load(partida.group(1)) == comandos.web("python", "0.0.0.0:8000")


def test_variaveis_da_configuracao_existem_no_exemplo(servicos: dict[str, Any]) -> None:
    exemplo = set(re.findall(r"^([A-Z_]+)=", ler(".env.exemplo"), re.MULTILINE))
    conhecidas = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', ler("carteira/settings.py")))
    da_composicao = set(re.findall(r"\$\{([A-Z_]+)", ler("docker-compose.yml")))
    assert exemplo <= conhecidas | da_composicao, "o exemplo não inventa variáveis"
    obrigatorias = {
        "SECRET_KEY",
        "ALLOWED_HOSTS",
        "EMAIL_URL",
        "ENDERECO_PUBLICO",
        "POSTGRES_PASSWORD",
        "DOMINIO",
    }
    assert obrigatorias <= exemplo


@pytest.mark.parametrize("trava", ["requirements.txt", "requirements-dev.txt", "requirements-uv.txt"])
def test_travas_tem_versao_e_hash_e_nenhum_endereco(trava: str) -> None:
    texto = ler(trava)
    assert "://" not in texto
    assert "--index" not in texto
    assert "--find-links" not in texto
    pacotes = re.findall(r"^[a-z0-9][^\n]*", texto, re.MULTILINE)
    assert pacotes
    assert all(re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==[^ ]+.* \\$", linha) for linha in pacotes)
    assert texto.count("--hash=sha256:") >= len(pacotes)


def _nomes(dependencias: list[str]) -> set[str]:
    return {re.split(r"[<>=\[;!~ ]", linha)[0] for linha in dependencias}


def test_toda_dependencia_direta_tem_seu_porque_e_sua_trava() -> None:
    execucao = _nomes(PROJETO["project"]["dependencies"])
    desenvolvimento = _nomes(PROJETO["dependency-groups"]["dev"])
    explicadas = set(re.findall(r"^\| `([\w-]+)` \|", ler("docs/dependencias.md"), re.MULTILINE))
    assert explicadas == execucao | desenvolvimento
    for trava, esperadas in (
        ("requirements.txt", execucao),
        ("requirements-dev.txt", desenvolvimento | execucao),
    ):
        travadas = set(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==", ler(trava), re.MULTILINE))
        assert {nome.lower() for nome in esperadas} <= travadas


def test_uv_que_instala_e_o_que_trava() -> None:
    versao = next(linha for linha in PROJETO["dependency-groups"]["dev"] if linha.startswith("uv=="))
    assert ler("requirements-uv.txt").startswith(f"{versao} ")


def test_os_dois_comandos_do_leia_me_existem() -> None:
    leia_me = ler("README.md")
    assert re.search(r"^\./rodar(?: +#.*)?$", leia_me, re.MULTILINE)
    assert re.search(r"^\./rodar testes(?: +#.*)?$", leia_me, re.MULTILINE)
    assert (RAIZ / "rodar").stat().st_mode & 0o111
    assert "./rodar testes" in ler(".ci/run")


def test_arquivos_de_trabalho_nao_sao_versionados() -> None:
    ignorados = ler(".gitignore").splitlines()
    assert {"var/", ".venv/", "staticfiles/", "__pycache__/", ".env"} <= set(ignorados)
    nomes = {arquivo.relative_to(RAIZ).parts[0] for arquivo in versionados()}
    assert not nomes & {"var", ".venv", "staticfiles", "node_modules", ".env"}


NA_RAIZ = {
    ".ci", ".dockerignore", ".editorconfig", ".env.exemplo", ".gitignore", "CHANGELOG.md", "Dockerfile",
    "LICENSE", "Makefile", "README.md", "SECURITY.md", "atividade", "carteira", "clientes", "contas", "deploy",
    "docker-compose.yml", "docs", "gunicorn.conf.py", "manage.py", "notificacoes", "pyproject.toml",
    "relatorios", "requirements-dev.txt", "requirements-uv.txt", "requirements.txt", "rodar", "scripts",
    "static", "templates", "tests",
}  # fmt: skip


def test_nada_solto_na_raiz() -> None:
    """Uma captura de tela ou uma chave esquecida ali entraria no próximo commit."""
    assert {arquivo.relative_to(RAIZ).parts[0] for arquivo in versionados()} <= NA_RAIZ


# Escritas em pedaços, para que este arquivo não se acuse.
PROIBIDAS = [
    "/" + "work" + "/",
    "../" + "shared",
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "registry." + "npmjs",
    "fixme" + ":",
]


def test_nada_de_fora_do_projeto_vaza() -> None:
    acusados = []
    for arquivo in versionados():
        try:
            texto = arquivo.read_text(encoding="utf-8").lower()
        except UnicodeDecodeError:
            continue
        acusados += [f"{arquivo.relative_to(RAIZ)}: {p}" for p in PROIBIDAS if p in texto]
    assert acusados == []


LIMITE_DE_LINHAS = 400


def test_arquivos_curtos_que_se_leem_de_uma_vez() -> None:
    compridos = [
        f"{arquivo.relative_to(RAIZ)}: {len(linhas)}"
        for arquivo in versionados()
        if arquivo.suffix == ".py" and "migrations" not in arquivo.parts
        and len(linhas := arquivo.read_text(encoding="utf-8").splitlines()) > LIMITE_DE_LINHAS
    ]  # fmt: skip
    assert compridos == []


def test_nenhum_arquivo_sem_nome_do_que_faz() -> None:
    assert [a for a in versionados() if a.name in {"utils.py", "helpers.py", "misc.py"}] == []


def test_lancador_cabe_em_arquivos_pequenos_e_so_usa_a_biblioteca_padrao() -> None:
    for arquivo in (RAIZ / "carteira/local").glob("*.py"):
        texto = arquivo.read_text(encoding="utf-8")
        assert len(texto.splitlines()) < 300, arquivo.name
        importados = {
            linha.split()[1].split(".")[0]
            for linha in re.findall(r"^(?:from|import) \S+", texto, re.MULTILINE)
        }
        assert importados <= {*sys.stdlib_module_names, "carteira"}, arquivo.name
