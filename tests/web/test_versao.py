"""Duas pessoas na mesma página: a que salva depois não desfaz o que a outra salvou enquanto ela escrevia."""

import re
import threading
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.db import connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from carteira.web.versao import ComVersao
from clientes.lgpd.oposicao import opor
from clientes.models import (
    Campanha,
    FaixaEmVigor,
    Fornecedor,
    MapeamentoDeColunas,
    PessoaDeContato,
    RegraDeAtribuicao,
)
from contas.models import Empresa, RegistroDeAuditoria, Usuario
from notificacoes.models import RegraDeAviso
from notificacoes.regras.partida import garantir
from tests.conftest import HOJE, criar_pessoa
from tests.controles import controles

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
# Formulário do banco que não a leva → por quê.
SEM_VERSAO: dict[str, str] = {}


def _aberta(navegador: Client, caminho: str) -> dict[str, list[str]]:
    """O que o navegador mandaria de volta sem ninguém tocar em nada."""
    return _lida(navegador.get(caminho))


def _lida(resposta: Any) -> dict[str, list[str]]:
    return controles(resposta.content.decode())


@pytest.fixture
def caminhos(
    empresa: Empresa, sul: Any, ana: Usuario, novo_cliente: Any
) -> dict[str, tuple[str, str, str, str, str]]:
    """A página → o campo que um muda e para quê, e o que o outro muda na página velha."""
    cliente = novo_cliente("C1", vendedor=ana, perfil="Prata", telefone="+554733334444")
    pessoa = PessoaDeContato.objects.create(cliente=cliente, nome="Otto", cargo="Sócio")
    regra = RegraDeAtribuicao.objects.create(empresa=empresa, perfil="Ouro", ordem=1)
    regra.vendedores.add(ana)
    garantir([empresa])
    aviso = RegraDeAviso.objects.get(empresa=empresa, partida="em_risco")
    campanha = Campanha.objects.create(empresa=empresa, nome="Natal", inicio=HOJE)
    mapa = MapeamentoDeColunas.objects.create(
        empresa=empresa, tipo="clientes", nome="ERP", assinatura="x", colunas={"codigo": "codigo"}
    )
    fornecedor = Fornecedor.objects.create(
        empresa=empresa, codigo="F-1", nome="Aços Vale", telefone="+554734330100"
    )
    return {
        f"/clientes/{cliente.pk}/editar/": ("nao_contatar", "visita", "perfil", "Ouro"),
        f"/clientes/{cliente.pk}/pessoas/{pessoa.pk}/": ("nao_contatar", "email", "cargo", "Gerente"),
        f"/carteiras/regras/{regra.pk}/": ("uf", "SC", "perfil", "Bronze"),
        "/carteiras/regras/": ("acima_da_media", "41", "meses_de_descanso", "5"),
        f"/avisos/regras/{aviso.pk}/": ("teto", "7", "nome", "Quem esfria"),
        f"/catalogos/campanhas/{campanha.pk}/": ("fim", "2026-12-24", "nome", "Natal grande"),
        f"/equipes/{sul.pk}/": ("gestores", "", "nome", "Sul e Vale"),
        f"/pessoas/{ana.pk}/": ("capacidade_diaria", "12", "telefone", "4733335555"),
        "/pessoas/seguranca/": ("lembrar_dias", "3", "sessao_horas", "7"),
        f"/fornecedores/{fornecedor.pk}/editar/": ("telefone", "(47) 3000-1111", "contato", "Rute K."),
        "/lgpd/": ("encarregado", "Eva Lopes", "controlador", "Aliança SA"),
        f"/importar/mapeamentos/{mapa.pk}/": ("juncao", "/", "nome", "ERP novo"),
        "/credito/configurar/": ("concentracao", "41", "reabordar_por", "17"),
    }


def test_a_pagina_velha_nao_desfaz_o_que_outro_salvou(
    caminhos: Any, empresa: Empresa, bruno: Usuario, davi: Usuario, entrar: Any
) -> None:
    bruno.equipes_geridas.clear()
    primeiro, segundo = entrar(davi), entrar(criar_pessoa("Edu Sá", empresa, "admin"))
    for caminho, (outro, valor, meu, escrito) in caminhos.items():
        velha, nova = _aberta(segundo, caminho), _aberta(primeiro, caminho)
        nova[outro] = [valor or str(bruno.pk)]
        assert primeiro.post(caminho, nova).status_code == 302, caminho
        with CaptureQueriesContext(connection) as lidas:
            recusada = segundo.post(caminho, velha | {meu: [escrito]})
        assert recusada.status_code in {200, 422}, caminho
        # Recusada, nada se gravou: a trava é de antes de conferir, e a mais forte onde um nome único muda.
        trava = "FOR NO KEY UPDATE" if caminho.startswith(("/clientes/", "/fornecedores/")) else "FOR UPDATE"
        assert any(re.search(rf"{trava}|hashtextextended", q["sql"]) for q in lidas), caminho
        (dito,) = [e for e in recusada.context["form"].non_field_errors() if "aberta" in e]
        assert re.match(
            r"Enquanto esta página estava aberta, (Davi Rocha \(20/11 às 09:00\)|alguém) mudou: ", dito
        )
        segunda = _lida(recusada)
        assert segunda[meu] == [escrito], (caminho, segunda[meu])
        assert segunda[outro] == [valor or str(bruno.pk)], (caminho, segunda.get(outro))
        assert _aberta(primeiro, caminho).get(meu) != [escrito], caminho
        assert segundo.post(caminho, segunda).status_code == 302, caminho
        salva = _aberta(primeiro, caminho)
        assert (salva[meu], salva[outro]) == ([escrito], [valor or str(bruno.pk)]), caminho


def test_o_canal_que_se_fechou_continua_fechado_e_a_pagina_diz_quem_o_fechou(
    ana: Usuario, davi: Usuario, novo_cliente: Any, entrar: Any
) -> None:
    cliente = novo_cliente("C1", vendedor=ana, telefone="+554733334444")
    caminho, navegador = f"/clientes/{cliente.pk}/editar/", entrar(ana)
    velha = _aberta(navegador, caminho)
    assert velha["telefone"] == ["(47) 3333-4444"]
    fechados = ["ligacao", "whatsapp"]
    opor(cliente=cliente, canais=fechados, motivo="", em=HOJE, por=davi)
    recusada = navegador.post(caminho, velha | {"perfil": ["Ouro"]})
    assert recusada.status_code == 422
    html = recusada.content.decode()
    assert "Davi Rocha (20/11 às 09:00) mudou: Telefone, agora fechado" in html
    assert "3333-4444" not in html
    cliente.refresh_from_db()
    assert (cliente.perfil, cliente.telefone, cliente.nao_contatar) == (
        "",
        "+554733334444",
        fechados,
    )
    assert navegador.post(caminho, _lida(recusada)).status_code == 302
    cliente.refresh_from_db()
    assert (cliente.perfil, cliente.telefone, cliente.nao_contatar) == (
        "Ouro",
        "+554733334444",
        fechados,
    )


def test_todo_formulario_do_banco_leva_a_versao() -> None:
    for arquivo in Path("carteira/web").glob("*.py"):
        import_module(f"carteira.web.{arquivo.stem}")

    def filhas(classe: type) -> set[type]:
        return {n for f in classe.__subclasses__() for n in {f, *filhas(f)}}

    da_casa = {f for f in filhas(forms.ModelForm) if f.__module__.startswith("carteira.")}
    sem = {f"{f.__module__}.{f.__name__}" for f in da_casa if not issubclass(f, ComVersao)}
    assert sem == set(SEM_VERSAO)


def test_quem_so_olhou_nao_e_dito_como_quem_mudou(
    ana: Usuario, bruno: Usuario, davi: Usuario, novo_cliente: Any, entrar: Any
) -> None:
    """Davi tirou o relatório ao titular depois de Bruno mudar o telefone: a página fala de Bruno."""
    cliente = novo_cliente("C1", vendedor=ana, telefone="+554733334444")
    caminho = f"/clientes/{cliente.pk}/editar/"
    velha = _aberta(entrar(ana), caminho)
    nova = _aberta(entrar(bruno), caminho)
    assert entrar(bruno).post(caminho, nova | {"telefone": ["(47) 3333-5555"]}).status_code == 302
    relatorio = f"/clientes/{cliente.pk}/privacidade/relatorio/?formato=json"
    assert entrar(davi).get(relatorio).status_code == 200
    html = entrar(ana).post(caminho, velha | {"perfil": ["Ouro"]}).content.decode()
    assert "Bruno Lima (20/11 às 09:00) mudou: Telefone" in html


def test_criar_nao_concorre_com_quem_criou_outra(
    empresa: Empresa, ana: Usuario, davi: Usuario, entrar: Any
) -> None:
    """As duas páginas propuseram a mesma ordem: a segunda regra salva-se com ela."""
    primeiro, segundo = entrar(davi), entrar(criar_pessoa("Edu Sá", empresa, "admin"))
    caminho = "/carteiras/regras/nova/"
    # A página de antes desta regra trazia a versão: vale como a que não a traz.
    velha = {"versao": "1795176000 ordem:000000000000", "ordem": "1", "vendedores": str(ana.pk)}
    assert 'name="versao"' not in primeiro.get(caminho).content.decode()
    assert primeiro.post(caminho, velha | {"perfil": "Ouro"}).status_code == 302
    assert segundo.post(caminho, velha | {"perfil": "Prata"}).status_code == 302
    assert list(RegraDeAtribuicao.objects.order_by("pk").values_list("perfil", "ordem")) == [
        ("Ouro", 1),
        ("Prata", 1),
    ]


def test_o_padrao_por_gravar_e_o_que_se_gravou_igual_sao_o_mesmo_numero(
    empresa: Empresa, davi: Usuario, entrar: Any
) -> None:
    """Davi mudou só o desequilíbrio; o "cliente pequeno" de partida (0) passou a linha do banco (0,00)."""
    primeiro, segundo = entrar(davi), entrar(criar_pessoa("Edu Sá", empresa, "admin"))
    caminho = "/carteiras/regras/"
    velha, nova = _aberta(segundo, caminho), _aberta(primeiro, caminho)
    assert primeiro.post(caminho, nova | {"acima_da_media": ["41"]}).status_code == 302
    recusada = segundo.post(caminho, velha | {"meses_de_descanso": ["5"]})
    (dito,) = recusada.context["form"].non_field_errors()
    assert "Davi Rocha (20/11 às 09:00) mudou: Desequilíbrio" in dito
    assert "pequeno" not in dito


def _faixas(empresa: Empresa) -> list[tuple[str, int]]:
    em_vigor = FaixaEmVigor.objects.filter(empresa=empresa).order_by("minimo")
    return list(em_vigor.values_list("nome", "minimo"))


def test_as_faixas_de_score_entram_na_versao(empresa: Empresa, davi: Usuario, entrar: Any) -> None:
    primeiro, segundo = entrar(davi), entrar(criar_pessoa("Edu Sá", empresa, "admin"))
    caminho = "/credito/configurar/"
    velha, nova = _aberta(segundo, caminho), _aberta(primeiro, caminho)
    assert primeiro.post(caminho, nova | {"faixa-1-minimo": ["333"]}).status_code == 302
    mudadas = _faixas(empresa)
    assert mudadas[1][1] == 333
    # Edu só mexe na concentração: as faixas dele passam às de agora.
    recusada = segundo.post(caminho, velha | {"concentracao": ["41"]})
    assert recusada.status_code == 422
    assert "Davi Rocha (20/11 às 09:00) mudou: Faixas de score" in recusada.content.decode()
    assert _lida(recusada)["faixa-1-minimo"] == ["333"]
    assert segundo.post(caminho, _lida(recusada)).status_code == 302
    assert _faixas(empresa) == mudadas
    assert _aberta(primeiro, caminho)["concentracao"] == ["41"]
    # Se mexeu nelas, o que escreveu continua, e só vale sabendo.
    recusada = segundo.post(caminho, velha | {"faixa-1-minimo": ["444"]})
    assert (recusada.status_code, _faixas(empresa)) == (422, mudadas)
    assert _lida(recusada)["faixa-1-minimo"] == ["444"]
    assert segundo.post(caminho, _lida(recusada)).status_code == 302
    assert _faixas(empresa)[1][1] == 444


def test_as_colunas_e_as_situacoes_do_mapeamento_entram_na_versao(
    empresa: Empresa, davi: Usuario, entrar: Any
) -> None:
    mapa = MapeamentoDeColunas.objects.create(
        empresa=empresa,
        tipo="pedidos",
        nome="ERP",
        assinatura="x",
        colunas={"n": "numero", "cod cli": "cliente_codigo", "v": "valor", "x": ""},
        situacoes={"lib": "aberto", "nova": "aberto"},
    )
    primeiro, segundo = entrar(davi), entrar(criar_pessoa("Edu Sá", empresa, "admin"))
    caminho = f"/importar/mapeamentos/{mapa.pk}/"
    velha, nova = _aberta(segundo, caminho), _aberta(primeiro, caminho)
    de_davi = {"coluna=cod%20cli": [""], "coluna=x": ["cliente_codigo"], "situacao=lib": ["faturado"]}
    assert primeiro.post(caminho, nova | de_davi).status_code == 302
    recusada = segundo.post(caminho, velha | {"nome": ["ERP 2"], "situacao=nova": ["cancelado"]})
    assert recusada.status_code == 422
    (dito,) = recusada.context["form"].non_field_errors()
    assert dito.startswith("Enquanto esta página estava aberta, Davi Rocha (20/11 às 09:00) mudou: “cod cli”")
    segunda = _lida(recusada)
    assert {nome: segunda[nome] for nome in de_davi} == de_davi
    assert (segunda["nome"], segunda["situacao=nova"]) == (["ERP 2"], ["cancelado"])
    assert segundo.post(caminho, segunda).status_code == 302
    mapa.refresh_from_db()
    assert mapa.colunas == {"n": "numero", "cod cli": "", "v": "valor", "x": "cliente_codigo"}
    assert (mapa.nome, mapa.situacoes) == ("ERP 2", {"lib": "faturado", "nova": "cancelado"})


def test_a_pagina_velha_do_mapeamento_nao_escreve_na_coluna_que_entrou(
    empresa: Empresa, davi: Usuario, entrar: Any
) -> None:
    """Uma coluna nova tomou o primeiro lugar: o que a página dizia da primeira continua da mesma coluna."""
    mapa = MapeamentoDeColunas.objects.create(
        empresa=empresa, tipo="clientes", nome="ERP", assinatura="x", colunas={"b": "codigo", "c": "perfil"}
    )
    caminho = f"/importar/mapeamentos/{mapa.pk}/"
    navegador = entrar(davi)
    velha = _aberta(navegador, caminho)
    MapeamentoDeColunas.objects.update(colunas={"a": "", "b": "codigo", "c": "perfil"})
    assert navegador.post(caminho, velha | {"nome": ["ERP 2"]}).status_code == 302
    mapa.refresh_from_db()
    assert (mapa.nome, mapa.colunas) == ("ERP 2", {"a": "", "b": "codigo", "c": "perfil"})


def test_os_parametros_da_atividade_dizem_quem_os_mudou(empresa: Empresa, davi: Usuario, entrar: Any) -> None:
    primeiro, segundo = entrar(davi), entrar(criar_pessoa("Edu Sá", empresa, "admin"))
    velha, nova = _aberta(segundo, "/atividade/"), _aberta(primeiro, "/atividade/")
    caminho = "/atividade/parametros/"
    assert primeiro.post(caminho, nova | {"dias_novidade": ["91"], "motivo": ["meta"]}).status_code == 302
    html = segundo.post(caminho, velha | {"dias_de_perda": ["200"], "motivo": ["meta"]}).content.decode()
    assert "Davi Rocha (20/11 às 09:00) mudou: Dias como novo ou recuperado, agora “91”" in html


def _alguem_espera() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("pagina", ["cliente", "credito"])
def test_de_duas_gravacoes_ao_mesmo_tempo_so_uma_passa(
    pagina: str, empresa: Empresa, ana: Usuario, davi: Usuario, novo_cliente: Any, entrar: Any
) -> None:
    """Edu manda a página velha enquanto a de Davi se grava: espera por ela, e só então se confere."""
    cliente = novo_cliente("C1", vendedor=ana, perfil="Prata")
    caminho, de_davi, de_edu = {
        "cliente": (f"/clientes/{cliente.pk}/editar/", {"perfil": ["Ouro"]}, {"observacao": ["Paga em dia"]}),
        "credito": ("/credito/configurar/", {"concentracao": ["41"]}, {"reabordar_por": ["17"]}),
    }[pagina]
    primeiro, segundo = entrar(davi), entrar(criar_pessoa("Edu Sá", empresa, "admin"))
    velha, nova = _aberta(segundo, caminho), _aberta(primeiro, caminho)
    respostas: list[Any] = []

    def mandar() -> None:
        try:
            respostas.append(segundo.post(caminho, velha | de_edu))
        finally:
            connections.close_all()

    edu = threading.Thread(target=mandar)
    with transaction.atomic():
        assert primeiro.post(caminho, nova | de_davi).status_code == 302
        edu.start()
        limite = time.monotonic() + 20
        while edu.is_alive() and not _alguem_espera() and time.monotonic() < limite:
            time.sleep(0.02)
    edu.join(20)
    (recusada,) = respostas
    assert recusada.status_code == 422
    assert "Davi Rocha" in recusada.content.decode()
    salva = _aberta(primeiro, caminho)
    assert ({n: salva[n] for n in de_davi}, {n: salva[n] for n in de_edu}) == (
        de_davi, {n: velha[n] for n in de_edu},
    )  # fmt: skip


def test_o_historico_diz_so_o_que_cada_um_mudou(
    empresa: Empresa, sul: Any, ana: Usuario, bruno: Usuario, davi: Usuario, entrar: Any
) -> None:
    primeiro, segundo = entrar(davi), entrar(criar_pessoa("Edu Sá", empresa, "admin"))
    regra = RegraDeAtribuicao.objects.create(empresa=empresa, perfil="Ouro", ordem=1)
    regra.vendedores.add(ana)
    rui = criar_pessoa("Rui Dias", empresa, "vendedor")
    for caminho, de_davi, de_edu in (
        ("/credito/configurar/", {"concentracao": ["41"]}, {"reabordar_por": ["17"]}),
        ("/carteiras/regras/", {"acima_da_media": ["41"]}, {"meses_de_descanso": ["5"]}),
        (f"/carteiras/regras/{regra.pk}/", {"vendedores": [str(rui.pk)]}, {"ordem": ["7"]}),
        (f"/equipes/{sul.pk}/", {"gestores": []}, {"nome": ["Sul e Vale"]}),
    ):
        for navegador, mudanca in ((primeiro, de_davi), (segundo, de_edu)):
            assert navegador.post(caminho, _aberta(navegador, caminho) | mudanca).status_code == 302, caminho
        feitos = RegistroDeAuditoria.objects.order_by("-pk")[:2]
        assert [(f.quem, [*f.antes], [*f.depois]) for f in feitos] == [
            ("Edu Sá", [*de_edu], [*de_edu]), ("Davi Rocha", [*de_davi], [*de_davi]),
        ], caminho  # fmt: skip
