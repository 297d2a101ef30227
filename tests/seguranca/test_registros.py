"""O que fica escrito: registros sem segredo nem dado pessoal, e nenhum segredo no repositório."""

import logging
import re
from typing import Any

import pytest
from django.test import Client

from carteira.local.ambiente import RAIZ
from carteira.sem_chaves import PORTAS_COM_CHAVE, sem_chaves
from clientes.calendario import gerar_calendario
from notificacoes.models import Gesto
from notificacoes.um_clique import assinar
from tests.conftest import HOJE
from tests.test_repositorio import versionados
from tests.web.test_acesso import ABERTAS, enlace

pytestmark = pytest.mark.django_db


def test_o_registro_nao_leva_segredo_nem_dado_pessoal(
    ana: Any, carla: Any, novo_cliente: Any, entrar: Any, caplog: Any
) -> None:
    """O que um dia de uso e de tentativas escreve, em todo ouvido e todo nível de aviso para cima."""
    cliente = novo_cliente(
        "C1",
        vendedor=ana,
        razao_social="Metalúrgica Aurora",
        telefone="+5547999220198",
        documento="11222333000181",
    )
    token = assinar(ana.pk, cliente.pk, HOJE, Gesto.COMPROU)
    chave = gerar_calendario(pessoa=ana)
    senha = "a-senha-que-digitei-errada"
    for nome in ("django.request", "django.security", "axes", "carteira"):
        logging.getLogger(nome).setLevel(logging.INFO)
    caplog.set_level(logging.INFO)
    with caplog.at_level(logging.INFO):
        estranho, navegador = Client(), entrar(carla)
        for _ in range(6):
            estranho.post("/entrar/", {"username": ana.email, "password": senha})
        navegador.get(f"/um-clique/{token}/")
        navegador.post(f"/um-clique/{token}/", {"ocorrencia": "x"})
        estranho.get(f"/calendario/{chave}x.ics")
        estranho.post(f"/calendario/{chave}.ics")
        estranho.get(f"/descadastrar/{token}/")
        estranho.put(enlace(ana))
        navegador.get(f"/clientes/{cliente.pk}/")
        navegador.get("/nada/?q=Metalúrgica+Aurora")
        Client(enforce_csrf_checks=True).post(f"/um-clique/{token}/")
        estranho.get("/entrar/", headers={"Host": "mau.exemplo"})
    dito = caplog.text
    assert dito.count("/um-clique/…") >= 1, dito
    uid_e_token = enlace(ana).removeprefix("/senha/")
    for segredo in (
        token,
        chave,
        senha,
        uid_e_token,
        ana.email,
        ana.nome,
        "Aurora",
        "999220198",
        "11222333000181",
    ):
        assert segredo not in dito, segredo


def test_toda_porta_cuja_chave_e_o_endereco_se_esconde_dos_dois_registros() -> None:
    """Porta nova com chave no endereço: o registro da casa e o do proxy a escondem, ou este teste falha."""
    com_chave = {
        r.split("/")[0] for r in ABERTAS if re.search(r"<(?:str|slug|uuid|path)?:?\w*(?:token|chave|uid)", r)
    }
    assert com_chave <= set(PORTAS_COM_CHAVE)
    caddy = (RAIZ / "deploy/Caddyfile").read_text(encoding="utf-8")
    (do_proxy,) = re.findall(r"request>uri regexp `\(/\(\?:([\w|-]+)\)/\)", caddy)
    assert set(do_proxy.split("|")) == set(PORTAS_COM_CHAVE)


@pytest.mark.parametrize(
    ("escrito", "registrado"),
    [
        ("Forbidden: /um-clique/MTI:abc:x_y/", "Forbidden: /um-clique/…"),
        ("/calendario/Zm9v-bar_1.ics", "/calendario/…"),
        ("/senha/MQ/c3x-abc/", "/senha/…"),
        ("GET /clientes/?q=aurora&uf=SC HTTP/1.1", "GET /clientes/ HTTP/1.1"),
        ("/clientes/7/", "/clientes/7/"),
    ],
)
def test_a_chave_do_endereco_some_do_texto(escrito: str, registrado: str) -> None:
    assert sem_chaves(escrito) == registrado


# Escritos em pedaços, para que este arquivo não se acuse.
SEGREDOS = [
    "-----BEGIN (?:RSA |EC |OPENSSH |ENCRYPTED )?PRIV" + "ATE KEY-----",
    r"\bAK" + r"IA[0-9A-Z]{16}\b",
    r"\bgh" + r"[pousr]_[A-Za-z0-9]{36}",
    r"\bxox" + r"[abprs]-[A-Za-z0-9-]{10,}",
    r"\bsk_" + r"live_[A-Za-z0-9]{10,}",
    r"\bglpat" + r"-[A-Za-z0-9_-]{20}",
    r"eyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.",
]


def test_nenhum_segredo_no_repositorio() -> None:
    """Chaves e tokens de verdade têm forma conhecida; os arquivos de segredo nem se versionam."""
    acusados = []
    for arquivo in versionados():
        if arquivo.suffix in {".pem", ".key", ".p12", ".pfx"} or arquivo.name == ".env":
            acusados.append(str(arquivo.relative_to(RAIZ)))
        try:
            texto = arquivo.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        acusados += [f"{arquivo.relative_to(RAIZ)}: {s[:12]}" for s in SEGREDOS if re.search(s, texto)]
    assert acusados == []
    exemplo = (RAIZ / ".env.exemplo").read_text(encoding="utf-8")
    assert re.search(r"^SECRET_KEY=\s*$", exemplo, re.M), "o exemplo não traz chave que alguém copie"
