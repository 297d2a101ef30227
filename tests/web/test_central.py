"""A central no navegador: o sino, a lista, a página de um aviso e o que nela se marca."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from carteira.ver_como import comecar
from clientes.models import Cliente
from contas.models import Empresa, Usuario
from notificacoes.models import Aviso, ItemDeMensagem, Recado, RegraDeAviso
from notificacoes.recados import enviar, guardar
from tests.conftest import HOJE
from tests.web.carteira_de_teste import indicar
from tests.web.test_composicao import texto

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
HTMX = {"HX-Request": "true", "HX-Target": "central"}


def avisar(pessoa: Usuario, titulo: str = "Aviso", tipo: str = "sistema", **campos: Any) -> Aviso:
    chave = f"{titulo}:{pessoa.pk}:{Aviso.objects.count()}"
    return Aviso.objects.create(chave=chave, pessoa=pessoa, tipo=tipo, titulo=titulo, **campos)


def titulos(resposta: Any) -> list[str]:
    return [item["aviso"].titulo for item in resposta.context["avisos"]]


def sinal(resposta: Any, nome: str) -> Any:
    return json.loads(resposta["HX-Trigger"])[nome]


def postit(por: Usuario, dias: int = 20, regra: str = "sem_pedido") -> Recado:
    dados = {
        "especie": "postit", "titulo": "Liguem hoje", "texto": "Antes do concorrente.", "assinatura": "Att. Vendas",
        "regra": regra, "dias": dias, "publico": "todos",
    }  # fmt: skip
    recado = guardar(por=por, dados=dados)
    enviar(recado=recado, por=por)
    return recado


# ── O sino ───────────────────────────────────────────────────────────────────


def test_sino_custa_uma_consulta_e_cala_se_quando_nada_mudou(ana: Any, carla: Any, entrar: Any) -> None:
    for n in range(3):
        avisar(ana, f"N{n}")
    avisar(carla, "De outra")
    navegador = entrar(ana)
    with CaptureQueriesContext(connection) as contadas:
        resposta = navegador.get("/avisos/sino/")
    sqls = [c["sql"] for c in contadas.captured_queries]
    assert len(sqls) == 3  # a sessão, a pessoa e o número
    assert [s for s in sqls if "notificacoes_" in s] == [sqls[-1]]
    assert texto(resposta).strip().endswith("3 não lidos")
    igual = navegador.get("/avisos/sino/?tem=3")
    assert (igual.status_code, igual.content) == (204, b"")
    avisar(ana, "Mais um")
    novo = navegador.get("/avisos/sino/?tem=3")
    assert novo.status_code == 200
    assert sinal(novo, "anunciar") == "4 avisos não lidos."


def test_zero_nao_mostra_numero_e_cem_e_noventa_e_nove_mais(ana: Any, entrar: Any) -> None:
    navegador = entrar(ana)
    vazio = navegador.get("/avisos/sino/")
    assert "<b" not in vazio.content.decode()
    assert texto(vazio).strip() == ""
    agora = timezone.now()
    Aviso.objects.bulk_create(
        Aviso(chave=f"c{n}", pessoa=ana, tipo="sistema", titulo="x", surge_em=agora) for n in range(130)
    )
    assert "99+ não lidos" in texto(navegador.get("/avisos/sino/"))


def test_o_que_ainda_nao_surgiu_ou_ja_expirou_nao_conta(ana: Any, entrar: Any) -> None:
    agora = timezone.now()
    avisar(ana, "Amanhã", surge_em=agora + timedelta(days=1))
    avisar(ana, "Ontem", expira_em=agora)
    avisar(ana, "Agora", surge_em=agora, expira_em=agora + timedelta(seconds=1))
    navegador = entrar(ana)
    assert "1 não lido" in texto(navegador.get("/avisos/sino/"))
    assert titulos(navegador.get("/avisos/?ver=todos")) == ["Agora"]


def test_toda_pagina_tem_o_sino_e_nenhuma_conta_ao_abrir(ana: Any, entrar: Any) -> None:
    avisar(ana)
    pagina = entrar(ana).get("/agenda/").content.decode()
    [sino] = re.findall(r'<span id="sino"[^>]*>', pagina)
    assert 'hx-trigger="load, conferir, avisosMudaram from:body"' in sino
    assert 'class="n"' not in pagina


# ── A lista ──────────────────────────────────────────────────────────────────


def test_abas_dividem_os_meus_e_so_os_meus(ana: Any, carla: Any, entrar: Any) -> None:
    avisar(ana, "Lido", lido_em=timezone.now())
    avisar(ana, "Lembrete", "lembrete", surge_em=timezone.now() - timedelta(days=2))
    avisar(ana, "Novo", "postit")
    avisar(carla, "De outra")
    navegador = entrar(ana)
    pagina = navegador.get("/avisos/")
    assert titulos(pagina) == ["Novo", "Lembrete"]
    assert [(a["rotulo"], a["quantidade"]) for a in pagina.context["abas"]] == [
        ("Não lidos", 2), ("Todos", None), ("Resumos", None), ("Post-its", 1), ("Lembretes", 1), ("Sistema", None),
    ]  # fmt: skip
    assert titulos(navegador.get("/avisos/?ver=todos")) == ["Lido", "Novo", "Lembrete"]
    assert titulos(navegador.get("/avisos/?ver=lembrete")) == ["Lembrete"]
    assert titulos(navegador.get("/avisos/?ver=nada-disso")) == ["Novo", "Lembrete"]
    assert "Nenhum aviso aqui" in texto(navegador.get("/avisos/?ver=resumo"))


def test_paginas_por_chave_passam_por_todos_uma_vez(ana: Any, entrar: Any) -> None:
    agora = timezone.now()
    for n in range(60):
        avisar(ana, f"A{n:02}", surge_em=agora - timedelta(minutes=n // 3))  # empates na hora
    navegador, vistos, url = entrar(ana), [], "/avisos/?ver=todos"
    while url:
        resposta = navegador.get(url)
        vistos += titulos(resposta)
        url = resposta.context["url_mais"]
    assert len(vistos) == len(set(vistos)) == 60


def test_marcar_um_todos_da_aba_e_desfazer(ana: Any, carla: Any, entrar: Any) -> None:
    um, dois = avisar(ana, "Um", "postit"), avisar(ana, "Dois", "postit")
    outro, de_carla = avisar(ana, "Outro"), avisar(carla, "De outra")
    navegador = entrar(ana)
    feito = navegador.post(f"/avisos/{um.pk}/lido/", {"ver": "nao_lidos"}, headers=HTMX)
    assert titulos(feito) == ["Dois", "Outro"]
    Aviso.objects.filter(pk=um.pk).update(lido_em=timezone.now() - timedelta(minutes=1))
    assert sinal(feito, "avisosMudaram") == {}
    todos = navegador.post("/avisos/lidos/", {"ver": "postit"}, headers=HTMX)
    aviso = sinal(todos, "avisar")
    assert aviso["texto"] == "1 aviso marcado como lido."
    assert {a.pk for a in Aviso.objects.filter(lido_em__isnull=True)} == {outro.pk, de_carla.pk}
    assert entrar(carla).post(aviso["desfazer"], headers=HTMX).status_code == 200  # o gesto é da Ana
    dois.refresh_from_db()
    assert dois.lido_em is not None
    volta = navegador.post(aviso["desfazer"], headers=HTMX)
    assert sinal(volta, "avisar")["texto"] == "1 aviso voltou aos não lidos."
    assert navegador.post("/avisos/lidos/desfazer/?gesto=emendado").status_code == 404


def test_sem_javascript_os_gestos_voltam_a_lista_e_oferecem_desfazer(ana: Any, entrar: Any) -> None:
    um = avisar(ana, "Um")
    navegador = entrar(ana)
    resposta = navegador.post("/avisos/lidos/", {"ver": "nao_lidos"}, follow=True)
    assert resposta.redirect_chain[0][0].startswith("/avisos/?ver=nao_lidos&gesto=")
    gesto = re.search(r'name="gesto" value="([^"]+)"', resposta.content.decode())
    assert gesto
    navegador.post("/avisos/lidos/desfazer/", {"gesto": gesto[1]})
    um.refresh_from_db()
    assert um.lido_em is None


# ── Um aviso ─────────────────────────────────────────────────────────────────


def test_abrir_e_ler_e_o_que_e_de_outro_nao_existe(ana: Any, carla: Any, davi: Any, entrar: Any) -> None:
    dela = avisar(ana, "Só da Ana", texto="<b>oi</b>")
    for pessoa in (carla, davi):
        for resposta in (
            entrar(pessoa).get(f"/avisos/{dela.pk}/"),
            entrar(pessoa).post(f"/avisos/{dela.pk}/lido/"),
        ):
            assert resposta.status_code == 404
    dela.refresh_from_db()
    assert dela.lido_em is None
    navegador = entrar(ana)
    navegador.get(f"/avisos/{dela.pk}/", headers={"Sec-Purpose": "prefetch"})
    dela.refresh_from_db()
    assert dela.lido_em is None  # o navegador adiantou-se: ninguém leu
    pagina = navegador.get(f"/avisos/{dela.pk}/")
    assert "&lt;b&gt;oi&lt;/b&gt;" in pagina.content.decode()
    dela.refresh_from_db()
    assert dela.lido_em == dela.visto_em == timezone.now()
    navegador.post(f"/avisos/{dela.pk}/lido/", {"lido": "nao"})
    dela.refresh_from_db()
    assert dela.lido_em is None
    assert dela.visto_em is not None


def test_aviso_com_caminho_leva_a_ele_e_fica_lido(ana: Any, entrar: Any) -> None:
    dela = avisar(ana, caminho="/agenda/?ver=dia")
    resposta = entrar(ana).get(f"/avisos/{dela.pk}/")
    assert (resposta.status_code, resposta["Location"]) == (302, "/agenda/?ver=dia")
    dela.refresh_from_db()
    assert dela.lido_em is not None


def test_o_que_ja_nao_vale_diz_isso_e_o_que_nao_surgiu_nao_existe(ana: Any, entrar: Any) -> None:
    agora = timezone.now()
    velho = avisar(ana, expira_em=agora)
    futuro = avisar(ana, surge_em=agora + timedelta(seconds=1))
    navegador = entrar(ana)
    resposta = navegador.get(f"/avisos/{velho.pk}/")
    assert resposta.status_code == 410
    assert "já não vale" in texto(resposta)
    assert navegador.get(f"/avisos/{futuro.pk}/").status_code == 404
    assert not Aviso.objects.filter(lido_em__isnull=False).exists()


def test_resumo_mostra_as_decisoes_por_regra_so_dos_clientes_que_ainda_vejo(
    ana: Any, carla: Any, empresa: Any, novo_cliente: Any, entrar: Any
) -> None:
    regra = RegraDeAviso.objects.create(
        empresa=empresa, nome="Sem pedido há 45 dias", sobre="sem_pedido", dias=45
    )
    aviso = avisar(ana, "3 clientes mudaram", "resumo")
    donos = {"B": ana, "A": ana, "C": ana, "Z": carla}
    for ordem, (codigo, dono) in enumerate(donos.items(), 1):
        cliente = indicar(novo_cliente(codigo, vendedor=dono), HOJE - timedelta(days=60), status="ativo")
        nome = regra.chave if codigo in "BAZ" else "agenda_atrasada"
        ItemDeMensagem.objects.create(
            aviso=aviso, regra=nome, pessoa=ana, cliente=cliente, evento="x", ordem=ordem
        )
    pagina = entrar(ana).get(f"/avisos/{aviso.pk}/")
    decisoes = pagina.context["decisoes"]
    assert [(g.nome, [c.codigo for c in g.clientes]) for g in decisoes.grupos] == [
        ("Sem pedido há 45 dias", ["B", "A"]),
        ("Agenda esquecida", ["C"]),
    ]
    assert "1 cliente deste aviso já não está na sua carteira" in texto(pagina)
    assert "Cliente Z" not in texto(pagina)


# ── A lista viva ─────────────────────────────────────────────────────────────


@pytest.fixture
def carteira(ana: Any, carla: Any, novo_cliente: Any) -> dict[str, Cliente]:
    """Um a mais que o limite, um no limite, um de há muito, um que nunca comprou, e um da Carla."""
    Empresa.objects.update(referencia=HOJE)
    donos = {"V21": (ana, 21), "V20": (ana, 20), "V90": (ana, 90), "P": (ana, None), "Z": (carla, 99)}
    clientes = {}
    for codigo, (dono, dias) in donos.items():
        novo = novo_cliente(codigo, vendedor=dono, documento="09588906000143")
        if dias is None:
            clientes[codigo] = indicar(novo)
        else:
            clientes[codigo] = indicar(novo, HOJE - timedelta(days=dias), status="ativo")
    return clientes


def da_lista(resposta: Any) -> list[str]:
    return [linha["cliente"].codigo for linha in resposta.context["linhas_vivas"]]


def test_lista_viva_e_so_de_quem_le_na_ordem_da_data_e_se_refaz(
    carteira: Any, ana: Any, bruno: Any, entrar: Any
) -> None:
    postit(bruno, dias=20)
    navegador = entrar(ana)
    url = f"/avisos/{Aviso.objects.get(pessoa=ana).pk}/"
    pagina = navegador.get(url)
    assert da_lista(pagina) == ["V90", "V21"]  # mais de 20: o vigésimo dia ainda não entra
    assert "2 clientes agora" in texto(pagina)
    assert "**.588.906/****-** – Cliente V90" in texto(pagina)
    assert "Att. Vendas" in texto(pagina)
    indicar(carteira["V90"], HOJE, status="ativo")  # comprou hoje
    assert da_lista(navegador.get(url)) == ["V21"]


@pytest.mark.parametrize("regra", ["sem_pedido", "sem_contato"])
def test_o_elo_abre_a_mesma_lista(carteira: Any, ana: Any, bruno: Any, entrar: Any, regra: str) -> None:
    ind = carteira["V20"].indicadores
    ind.ultimo_contato_em = timezone.now() - timedelta(days=20)
    ind.save()
    ind = carteira["V21"].indicadores
    ind.ultimo_contato_em = timezone.now() - timedelta(days=21)
    ind.save()
    postit(bruno, dias=20, regra=regra)
    navegador = entrar(ana)
    pagina = navegador.get(f"/avisos/{Aviso.objects.get(pessoa=ana).pk}/")
    esperados = {"sem_pedido": ["V90", "V21"], "sem_contato": ["V90", "V21", "P"]}[regra]
    assert da_lista(pagina) == esperados
    na_lista = navegador.get(pagina.context["viva"].url)
    assert [linha.cliente.codigo for linha in na_lista.context["linhas"]] == esperados


def test_csv_so_a_quem_exporta_com_as_mesmas_linhas(carteira: Any, ana: Any, bruno: Any, entrar: Any) -> None:
    postit(bruno)
    url = f"/avisos/{Aviso.objects.get(pessoa=ana).pk}/"
    assert "formato=csv" not in entrar(ana).get(url).content.decode()
    ana.pode_exportar = True
    ana.save()
    pagina = entrar(ana).get(url)
    planilha = entrar(ana).get(pagina.context["viva"].url_csv)
    linhas = b"".join(planilha.streaming_content).decode("utf-8-sig").splitlines()
    assert [linha.split(";")[0] for linha in linhas[1:]] == ["V90", "V21"]
    assert "CPF/CNPJ" in linhas[0]
    assert "Último pedido" in linhas[0]


# ── As notas do alto do dia ──────────────────────────────────────────────────


def test_postit_por_ler_aparece_no_alto_e_se_dispensa(
    carteira: Any, ana: Any, bruno: Any, entrar: Any
) -> None:
    for _ in range(4):
        postit(bruno)
    avisar(ana, "Não é nota", "lembrete")
    navegador = entrar(ana)
    for caminho in ("/hoje/", "/clientes/"):
        assert 'hx-get="/avisos/notas/" hx-trigger="load"' in navegador.get(caminho).content.decode()
    with CaptureQueriesContext(connection) as contadas:
        notas = navegador.get("/avisos/notas/")
    assert len(contadas) == 3  # a sessão, a pessoa e as notas
    assert len(notas.context["notas"]) == 3
    assert "Ver todos os post-its" in texto(notas)
    assert "mais de 20 dias sem pedido" in texto(notas)
    for nota in Aviso.objects.filter(tipo="postit"):
        fim = navegador.post(f"/avisos/{nota.pk}/lido/", headers={"HX-Request": "true"})
        assert sinal(fim, "avisosMudaram") == {}
    assert texto(navegador.get("/avisos/notas/")).strip() == ""
    assert 'hx-get="/avisos/notas/"' not in entrar(bruno).get("/clientes/").content.decode()


# ── Ver como ─────────────────────────────────────────────────────────────────


def test_vendo_como_ana_le_se_e_nada_fica_lido(carteira: Any, ana: Any, bruno: Any, entrar: Any) -> None:
    postit(bruno)
    resumo = avisar(ana, "Resumo", "resumo", texto="Cliente secreto")
    navegador = entrar(bruno)
    sessao = navegador.session
    comecar(sessao, por=bruno, vendedor=ana)
    sessao.save()
    assert titulos(navegador.get("/avisos/")) == ["Liguem hoje", "Resumo"]
    assert "Marcar" not in texto(navegador.get("/avisos/"))
    assert "2 não lidos" in texto(navegador.get("/avisos/sino/"))
    assert "Liguem hoje" in texto(navegador.get("/avisos/notas/"))
    assert da_lista(navegador.get(f"/avisos/{Aviso.objects.get(tipo='postit').pk}/")) == ["V90", "V21"]
    assert "Cliente secreto" not in texto(navegador.get(f"/avisos/{resumo.pk}/"))
    assert navegador.post(f"/avisos/{resumo.pk}/lido/").status_code == 403
    assert navegador.post("/avisos/lidos/").status_code == 403
    assert not Aviso.objects.filter(lido_em__isnull=False).exists()
