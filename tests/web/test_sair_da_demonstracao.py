"""Sair da demonstração: não sobra nada, e ninguém continua dentro; a empresa de verdade não se apaga."""

import json

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session

from carteira.demo.criacao import criar
from carteira.demo.saida import NaoEDemonstracao, sair
from clientes.models import (
    CausaDaInatividade,
    Cliente,
    Importacao,
    ModeloDeMensagem,
    Motivo,
    Municipio,
    Objecao,
    Ocorrencia,
    Roteiro,
)
from contas.models import Empresa, Instalacao, RegistroDeAuditoria, Usuario
from notificacoes.models import TipoDeLembrete
from tests.conftest import HOJE
from tests.web.test_demonstracao import FRASE


@pytest.fixture(autouse=True)
def _var(tmp_path, settings):
    settings.VAR_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "arquivos"


@pytest.fixture
def admin(db, hoje, settings, entrar):
    criar(clientes=30, hoje=HOJE)
    (settings.VAR_DIR / "demo.json").write_text("{}")
    (settings.VAR_DIR / "modo.json").write_text('{"modo": "demonstracao"}')
    return entrar(Usuario.objects.get(email="admin@alianca.example"))


@pytest.mark.django_db(transaction=True)
def test_sair_apaga_tudo_desconecta_todos_deixa_as_referencias_e_leva_aos_primeiros_passos(
    admin, entrar, settings
):
    ficam = (
        Municipio, Ocorrencia, Motivo, Objecao, CausaDaInatividade, ModeloDeMensagem, Roteiro, TipoDeLembrete,
    )  # fmt: skip
    antes = [modelo.objects.count() for modelo in ficam]
    gestor = entrar(Usuario.objects.get(email="gestor@alianca.example"))
    arquivo = settings.MEDIA_ROOT / "clientes.csv"
    arquivo.parent.mkdir()
    arquivo.write_text("x")
    Importacao.objects.create(
        empresa=Empresa.objects.get(), tipo="clientes", nome_do_arquivo="c", caminho="clientes.csv"
    )
    resposta = admin.post("/demonstracao/sair/", {"frase": " sair da  demonstração "})
    assert resposta["Location"] == "/comecar/empresa/"
    assert [modelo.objects.count() for modelo in ficam] == antes
    assert all(antes)
    com_linhas = {
        m.__name__
        for rotulo in ("contas", "clientes", "atividade", "notificacoes")
        for m in apps.get_app_config(rotulo).get_models(include_auto_created=True)
        if m._meta.managed and m.objects.exists()  # uma visão do banco não guarda nada
    }
    assert com_linhas == {"Empresa", "Instalacao", "RegistroDeAuditoria", *(m.__name__ for m in ficam)}
    assert Empresa.objects.get().nome == "Minha empresa"
    assert Empresa.objects.get().referencia is None
    assert not Instalacao.atual().demo
    registros = RegistroDeAuditoria.objects.order_by("pk").values_list("acao", "objeto")
    assert list(registros) == [("sair da demonstração", "Helena Castilho"), ("sair", "Helena Castilho")]
    assert not arquivo.exists()
    assert not (settings.VAR_DIR / "demo.json").exists()
    assert json.loads((settings.VAR_DIR / "modo.json").read_text()) == {"modo": "empresa"}
    assert gestor.get("/perfil/")["Location"] == "/comecar/"
    assert Session.objects.count() == 1  # a de quem saiu, já sem pessoa
    assert admin.get("/comecar/empresa/").status_code == 200


@pytest.mark.django_db
def test_empresa_de_verdade_nao_tem_esta_pagina_nem_se_apaga(davi, entrar, novo_cliente):
    novo_cliente("C1")
    navegador = entrar(davi)
    assert navegador.get("/demonstracao/sair/").status_code == 404
    assert navegador.post("/demonstracao/sair/", {"frase": FRASE}).status_code == 404
    with pytest.raises(NaoEDemonstracao):
        sair(por=davi)
    assert Cliente.objects.count() == 1
