"""O que se serve é nosso e inteiro: sem script inline, sem outro endereço, com soma conferida."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from carteira import folha_unica

RAIZ = Path(__file__).resolve().parent.parent.parent
ESTATICOS, MODELOS = RAIZ / "static", RAIZ / "templates"
PAGINAS = sorted(p for p in MODELOS.rglob("*.html") if "email" not in p.parts and "emails" not in p.parts)
COM_SOMA_NO_NOME = (
    "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"  # a da produção também comprime
)
FOLHAS = sorted((ESTATICOS / "css").glob("*.css"))


def _nome(caminho: Path) -> str:
    return str(caminho.relative_to(RAIZ))


def _declaracoes(bloco: str) -> dict[str, str]:
    return {k.strip(): v.strip() for k, _, v in (d.partition(":") for d in bloco.split(";")) if v.strip()}


def test_os_dois_blocos_escuros_sao_iguais() -> None:
    folha = (ESTATICOS / "css" / "tokens.css").read_text()
    escolhido = re.search(r':root\[data-tema="escuro"\] \{(.*?)\}', folha, re.S)
    do_sistema = re.search(r":root:not\(\[data-tema\]\) \{(.*?)\}", folha, re.S)
    assert escolhido
    assert do_sistema
    assert _declaracoes(escolhido[1]) == _declaracoes(do_sistema[1])


def test_o_escuro_troca_todas_as_cores_do_claro() -> None:
    folha = (ESTATICOS / "css" / "tokens.css").read_text()
    claro = re.search(r":root \{(.*?)\}", folha, re.S)
    escuro = re.search(r':root\[data-tema="escuro"\] \{(.*?)\}', folha, re.S)
    assert claro
    assert escuro
    cores = {k for k, v in _declaracoes(claro[1]).items() if "#" in v or "rgb" in v}
    assert cores <= set(_declaracoes(escuro[1]))


def _luminancia(cor: str) -> float:
    cor = cor.lstrip("#")
    cor = "".join(c * 2 for c in cor) if len(cor) == 3 else cor
    canais = [int(cor[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in canais)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _contraste(a: str, b: str) -> float:
    claro, escuro = sorted((_luminancia(a), _luminancia(b)), reverse=True)
    return (claro + 0.05) / (escuro + 0.05)


@pytest.mark.parametrize("tema", [":root {", ':root[data-tema="escuro"] {'])
def test_textos_e_selos_tem_contraste_de_leitura(tema: str) -> None:
    folha = (ESTATICOS / "css" / "tokens.css").read_text()
    cores = _declaracoes(folha.split(tema, 1)[1].split("}", 1)[0])
    superficies = ["--fundo", "--superficie", "--superficie-2", "--superficie-3"]
    pares = [(t, s, 4.5) for t in ("--texto", "--texto-2", "--texto-3", "--acento") for s in superficies]
    for nome in ("ativo", "quase", "inativo", "prospect", "critico"):
        pares += [(f"--{nome}", f"--{nome}-suave", 4.5), (f"--{nome}", "--superficie", 4.5)]
    pares += [("--sobre-tinta", "--tinta", 4.5), ("--campo", "--superficie", 3.0)]
    pares += [("--g3-texto", "--g3", 4.5), ("--g5-texto", "--g5", 4.5)]
    fracos = [
        (a, b, round(_contraste(cores[a], cores[b]), 2))
        for a, b, m in pares
        if _contraste(cores[a], cores[b]) < m
    ]
    assert fracos == []


def test_a_folha_unica_e_a_soma_das_partes_na_ordem_e_segue_a_que_muda(
    tmp_path: Path, monkeypatch: Any
) -> None:
    (tmp_path / "css").mkdir()
    for parte in folha_unica.PARTES:
        (tmp_path / parte).write_bytes((ESTATICOS / parte).read_bytes())
    monkeypatch.setattr(folha_unica, "_ESTATICOS", tmp_path)
    achador = folha_unica.FolhaUnicaFinder()

    def servida() -> str:
        return Path(achador.find(folha_unica.FOLHA)).read_text()

    assert servida() == "\n".join((ESTATICOS / parte).read_text() for parte in folha_unica.PARTES)
    ultima = tmp_path / folha_unica.PARTES[-1]
    ultima.write_text(ultima.read_text() + ".nova {}\n")
    assert servida().endswith(".nova {}\n")
    assert achador.find("css/tokens.css") == []


def test_a_producao_junta_a_folha_unica_e_acha_nela_as_fontes(tmp_path: Path, settings: Any) -> None:
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": COM_SOMA_NO_NOME}}
    settings.STATICFILES_FINDERS = [
        nome for nome in settings.STATICFILES_FINDERS if "AppDirectories" not in nome
    ]
    call_command("collectstatic", interactive=False, verbosity=0)
    nome = json.loads((tmp_path / "staticfiles.json").read_text())["paths"][folha_unica.FOLHA]
    servida = (tmp_path / nome).read_text()
    assert re.fullmatch(r"css/carteira\.[0-9a-f]{12}\.css", nome)
    assert re.search(r"url\(\"?\.\./fontes/inter-latin\.[0-9a-f]{12}\.woff2", servida)


def test_arquivos_de_terceiros_conferem_com_a_soma_guardada() -> None:
    linhas = (ESTATICOS / "vendor" / "CHECKSUMS").read_text().split("\n")
    somas = dict(reversed(linha.split(maxsplit=1)) for linha in linhas if linha)
    for arquivo, soma in somas.items():
        assert hashlib.sha256((ESTATICOS / "vendor" / arquivo).read_bytes()).hexdigest() == soma, arquivo
    servidos = {str(p.relative_to(ESTATICOS / "vendor")) for p in (ESTATICOS / "vendor").rglob("*.js")}
    assert servidos <= set(somas)


def test_tudo_que_e_de_terceiros_traz_a_licenca_ao_lado() -> None:
    for pasta in (ESTATICOS / "fontes", ESTATICOS / "icones", *(ESTATICOS / "vendor").glob("*/")):
        assert list(pasta.glob("LICENCA*")), pasta


def test_todo_icone_pedido_existe_no_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([\w-]+)"', (ESTATICOS / "icones" / "lucide.svg").read_text()))
    pedidos = {
        (nome, _nome(p))
        for p in PAGINAS
        for nome in re.findall(r"""\{%\s*icone\s+["']([\w-]+)["']""", p.read_text())
        + re.findall(r"""\b(?:icone|nome_do_icone)=["']([\w-]+)["']""", p.read_text())
    }
    assert {par for par in pedidos if par[0] not in sprite} == set()


def test_pagina_nao_tem_script_nem_manipulador_inline() -> None:
    assert PAGINAS
    for pagina in PAGINAS:
        texto = re.sub(r"\{#.*?#\}", "", pagina.read_text())
        for abertura, miolo in re.findall(r"<script\b([^>]*)>(.*?)</script>", texto, re.S):
            assert "src=" in abertura or "application/json" in abertura, pagina
            assert not miolo.strip() or "application/json" in abertura, pagina
        assert not re.search(r"<[^>]+\son[a-z]+\s*=", texto), pagina
        assert not re.search(r"hx-on|hx-vals=['\"]js:|javascript:", texto), pagina
        assert not re.search(r"<style\b(?![^>]*nonce)", texto), pagina


def test_pagina_nao_busca_nada_em_outro_endereco() -> None:
    assert PAGINAS
    for pagina in PAGINAS:
        texto = pagina.read_text()
        assert not re.search(r"""(?:src|srcset|action|poster)=["'](?:https?:)?//""", texto), pagina
        assert not re.search(r"""<link[^>]+href=["'](?:https?:)?//""", texto), pagina


@pytest.mark.parametrize("folha", FOLHAS, ids=_nome)
def test_folha_de_estilo_nao_busca_nada_fora_e_cabe_numa_leitura(folha: Path) -> None:
    texto = folha.read_text()
    assert not re.search(r"url\(\s*[\"']?(?:https?:)?//|@import", texto)
    assert len(texto.splitlines()) < 400


@pytest.mark.parametrize("script", sorted((ESTATICOS / "js").glob("*.js")), ids=_nome)
def test_script_nosso_nao_escreve_html_nem_avalia_texto(script: Path) -> None:
    texto = script.read_text()
    assert not re.search(
        r"\.(?:innerHTML|outerHTML)|insertAdjacentHTML|\beval\(|new Function|document\.write", texto
    )
