"""Ver como o vendedor: o que ele vê, menos o que quem olha não vê; só leitura, por pouco tempo, e registrado."""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpResponse
from django.urls import get_resolver
from django.utils import timezone

from atividade.models import Status
from carteira.ver_como import CHAVE, DA_FILA, DE_SAIDA, PERMITIDAS, PRAZO
from clientes.carteiras import mudar_de_equipe
from clientes.models import Cliente, Contato, ReservaDaFila
from contas.alcada import vendedores_da_alcada
from contas.coberturas import cobrir
from contas.escopo import filtro_de_visibilidade
from contas.models import Empresa, RegistroDeAuditoria, Usuario, Vinculo
from contas.papeis import Permissao, pode
from contas.pessoas import desativar
from tests.conftest import HOJE, SAO_PAULO
from tests.web.carteira_de_teste import indicar
from tests.web.decisoes import DECISOES, endereco
from tests.web.test_acesso import ABERTAS
from tests.web.test_composicao import texto
from tests.web.test_meus_clientes import codigos
from tests.web.test_passeio import retrato_do_banco

pytestmark = pytest.mark.django_db
PAINEIS = ("historico", "pitch", "pendencias", "produtos", "pessoas", "grupo", "atendimentos", "mensagens")
# A faixa "Ligue hoje" só se refaz depois de um contato, que aqui não se registra.
DEPOIS_DE_UM_CONTATO = "/clientes/hoje/"


@pytest.fixture(autouse=True)
def _referencia(empresa: Empresa, hoje: Any) -> None:
    Empresa.objects.update(referencia=HOJE, referencia_regular=HOJE)


@pytest.fixture
def carteira(ana: Any, carla: Any, novo_cliente: Any) -> dict[str, Cliente]:
    clientes = {}
    for codigo, dono in (("A", ana), ("Z", carla)):
        cliente = novo_cliente(codigo, vendedor=dono, telefone="47999220198")
        clientes[codigo] = indicar(cliente, HOJE - timedelta(days=80), status=Status.QUASE_INATIVO)
    return clientes


@pytest.fixture
def como_ana(carteira: Any, ana: Any, bruno: Any, entrar: Any) -> Any:
    """Bruno, vendo como Ana."""
    navegador = entrar(bruno)
    assert navegador.post(f"/ver-como/{ana.pk}/entrar/").status_code == 302
    return navegador


def acoes() -> list[tuple[str, str, Any]]:
    return [
        (r.acao, r.objeto, (r.depois or {}).get("motivo"))
        for r in RegistroDeAuditoria.objects.filter(acao__contains="ver como").order_by("pk")
    ]


# ── O que se vê ──────────────────────────────────────────────────────────────


def test_bruno_ve_a_lista_como_ana_com_a_faixa_e_volta_a_ser_ele(como_ana, bruno):
    resposta = como_ana.get("/clientes/")
    assert codigos(resposta) == ["A"]
    pagina = texto(resposta)
    assert "Meus clientes" in pagina
    assert "Vendo como Ana Souza — só leitura" in pagina
    assert "até 09:30, por Bruno Lima" in pagina
    assert como_ana.post("/ver-como/sair/").status_code == 302
    assert "Vendo como" not in texto(como_ana.get("/clientes/"))
    assert acoes() == [("ver como", "Ana Souza", None), ("deixar de ver como", "Ana Souza", "saiu")]
    assert {r.por for r in RegistroDeAuditoria.objects.filter(acao__contains="ver como")} == {bruno}


def test_toda_pagina_permitida_abre_sem_um_botao_que_grave(como_ana, carteira):
    pk = carteira["A"].pk
    caminhos = [
        "/clientes/", "/clientes/mapa/", f"/clientes/{pk}/", "/painel/", "/painel/sem-tocar/", "/ver-como/fila/",
        "/composicao/", "/composicao/mudancas/",
        *(f"/clientes/{pk}/{p}/" for p in PAINEIS),
    ]  # fmt: skip
    antes = retrato_do_banco()
    for caminho in caminhos:
        resposta = como_ana.get(caminho)
        assert resposta.status_code == 200, caminho
        pagina = resposta.content.decode()
        gravam = re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"', pagina)
        assert set(gravam) <= {"/ver-como/sair/", "/sair/"}, (caminho, gravam)
        assert "hx-post" not in pagina, caminho
        assert resposta["Cache-Control"] == "no-store", caminho
    assert {t: v for t, v in retrato_do_banco().items() if antes[t] != v}.keys() == {
        "clientes_vistadaficha"
    }  # quem viu


def test_todo_elo_da_lista_da_ficha_e_do_painel_abre_vendo_como_ela(como_ana, carteira):
    abertos = {DEPOIS_DE_UM_CONTATO}  # os do menu estão em todas: um elo se abre uma vez
    for pagina in ("/clientes/", f"/clientes/{carteira['A'].pk}/", "/painel/", "/ver-como/fila/"):
        achados = re.findall(r'(?:href|hx-get)="(/[^"#]*)', como_ana.get(pagina).content.decode())
        elos = {e.replace("&amp;", "&") for e in achados if not e.startswith("/static/")} - abertos
        for elo in elos:
            assert como_ana.get(elo).status_code in {200, 302}, (pagina, elo)
        abertos |= elos


def test_a_fila_se_ve_com_os_motivos_e_ninguem_fica_reservado(como_ana):
    for caminho in ("/hoje/", "/fila/"):
        assert como_ana.get(caminho)["Location"] == "/ver-como/fila/"
    assert "Cliente A" in texto(como_ana.get("/ver-como/fila/"))
    assert not ReservaDaFila.objects.exists()


def test_sem_estar_vendo_como_ninguem_a_fila_de_leitura_leva_ao_inicio(bruno, entrar):
    assert entrar(bruno).get("/ver-como/fila/")["Location"] == "/"


# ── Só leitura ───────────────────────────────────────────────────────────────


def test_nenhuma_rota_da_casa_grava_vendo_como_ela(como_ana, carteira, ana, monkeypatch):
    """Toda rota do resolvedor, com POST e com o que é de Ana: 403 e nada muda. A casca da recusa desenha-se uma vez."""
    porque = "Você está vendo como Ana Souza, só leitura"
    assert porque in texto(como_ana.post("/perfil/"))
    nua = lambda request, exception: HttpResponse(str(exception), status=403)  # noqa: E731
    monkeypatch.setattr("carteira.urls.handler403", nua, raising=False)
    alvos = {
        "cliente": carteira["A"].pk, "pessoa": ana.pk, "faixa": "ativo", "sessao": UUID(int=0),
        **dict.fromkeys(
            ("contato", "agendamento", "mudanca", "pessoa_de_contato", "atendimento", "segmento", "limiar", "equipe",
             "registro", "importacao", "mensagem", "nenhum", "campanha", "arquivo", "modelo"), 1,
        ),
    }  # fmt: skip
    antes = retrato_do_banco()
    for rota in set(DECISOES) - {"sair/", "ver-como/sair/"}:
        caminho = endereco(rota, {n: alvos.get(n, 1) for n in DECISOES[rota].alvos})
        resposta = como_ana.post(caminho)
        assert resposta.status_code == 403, rota
        assert porque in resposta.content.decode(), rota
    assert retrato_do_banco() == antes


def test_exportar_e_abrir_formularios_tambem_sao_recusados(como_ana, carteira, ana):
    Usuario.objects.filter(pk=ana.pk).update(pode_exportar=True)
    pk = carteira["A"].pk
    for caminho in (
        "/clientes/exportar/?formato=csv", "/clientes/mapa/exportar/", "/painel/exportar/", f"/clientes/{pk}/pdf/",
        f"/clientes/{pk}/contato/", f"/clientes/{pk}/editar/", "/perfil/", "/agenda/calendario/", "/painel/metas/",
    ):  # fmt: skip
        assert como_ana.get(caminho).status_code == 403, caminho
    assert not any(
        "exportar" in e for e in re.findall(r'href="([^"]+)"', como_ana.get("/clientes/").content.decode())
    )


def test_rota_nova_fica_de_fora_ate_ter_o_nome_na_lista():
    """A lista é fechada: só há nela nomes que existem, e nenhum que grave."""
    nomes = {f"{':'.join([*ns, ''])}{p.name}" for ns, p in _padroes(get_resolver())}
    assert nomes >= PERMITIDAS | DA_FILA | DE_SAIDA
    assert not {n for n in PERMITIDAS if re.search("exportar|editar|novo|transferir|importar", n)}


def _padroes(resolver: Any, espaco: tuple[str, ...] = ()) -> Any:
    for item in resolver.url_patterns:
        if hasattr(item, "url_patterns"):
            yield from _padroes(item, (*espaco, item.namespace) if item.namespace else espaco)
        else:
            yield espaco, item


def test_uma_pagina_que_gravasse_ao_abrir_seria_recusada_pelo_banco(como_ana, carteira, monkeypatch):
    def gravaria(*args: Any, **kwargs: Any) -> Any:
        Cliente.objects.update(observacao="escrito por engano")

    monkeypatch.setattr("carteira.web.painel._da_tendencia", gravaria)
    resposta = como_ana.get("/painel/")
    assert resposta.status_code == 403
    assert "só leitura" in texto(resposta)
    assert not Cliente.objects.filter(observacao="escrito por engano").exists()
    # a conexão volta a gravar no pedido seguinte
    assert como_ana.post("/ver-como/sair/").status_code == 302
    assert acoes()[-1] == ("deixar de ver como", "Ana Souza", "saiu")


def test_o_banco_volta_a_gravar_depois_de_uma_pagina_lida(como_ana):
    como_ana.get("/clientes/")
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        assert cursor.fetchone() == ("off",)


def test_o_aparelho_continua_sendo_de_quem_olha(como_ana, bruno, entrar):
    dele = entrar(bruno).get("/clientes/")["X-Aparelho"]
    resposta = como_ana.get("/clientes/")
    assert resposta["X-Aparelho"] == dele
    assert "data-aparelho" not in resposta.content.decode()


# ── Quem pode, de quem, e até onde ───────────────────────────────────────────


@pytest.mark.parametrize("quem", ["ana", "lia"])
def test_vendedora_e_leitura_nao_veem_como_ninguem(quem, carteira, carla, entrar, request):
    navegador = entrar(request.getfixturevalue(quem))
    assert navegador.post(f"/ver-como/{carla.pk}/entrar/").status_code == 403
    assert acoes() == []


def test_so_um_vendedor_da_alcada(carteira, bruno, carla, davi, lia, ana, entrar):
    navegador = entrar(bruno)
    for alvo in (carla, davi, lia, bruno):
        assert navegador.post(f"/ver-como/{alvo.pk}/entrar/").status_code == 404
    desativar(pessoa=ana, por=davi)
    assert navegador.post(f"/ver-como/{ana.pk}/entrar/").status_code == 404
    assert entrar(davi).post(f"/ver-como/{carla.pk}/entrar/").status_code == 302
    assert acoes() == [("ver como", "Carla Dias", None)]


def test_nunca_alem_do_escopo_de_quem_olha(carteira, ana, carla, bruno, davi, entrar, novo_cliente):
    """Ana cobre Carla e trabalha na filial: Bruno, que não vê nem uma nem outra, continua sem ver."""
    filial = Empresa.objects.create(codigo="2", nome="Filial Alheia", referencia=HOJE)
    Vinculo.objects.create(usuario=ana, empresa=filial)
    cobrir(ausente=carla, substituto=ana, de=HOJE, ate=HOJE, por=davi)
    indicar(novo_cliente("F", vendedor=ana, empresa=filial), HOJE, status=Status.ATIVO)
    assert sorted(codigos(entrar(ana).get("/clientes/"))) == ["A", "F", "Z"]
    navegador = entrar(bruno)
    navegador.post(f"/ver-como/{ana.pk}/entrar/")
    resposta = navegador.get("/clientes/")
    assert codigos(resposta) == ["A"]
    assert resposta.context["contagens"].total == 1
    assert "Filial Alheia" not in texto(resposta)
    assert navegador.get(f"/clientes/{carteira['Z'].pk}/").status_code == 404
    assert navegador.get("/clientes/?q=Z").context["contagens"].total == 0
    assert navegador.get("/painel/").context["carteira"].todos == 1


def test_o_escopo_da_pessoa_olhada_e_a_intersecao_e_so_se_le(carteira, ana, bruno, carla):
    ana.olhado_por = bruno
    assert [c.codigo for c in Cliente.objects.filter(filtro_de_visibilidade(ana))] == ["A"]
    ana.olhado_por = carla
    assert not Cliente.objects.filter(filtro_de_visibilidade(ana)).exists()
    ana.olhado_por = bruno
    assert {p for p in Permissao if pode(ana, p)} == {Permissao.VER_CLIENTES, Permissao.VER_COMPOSICAO}
    bruno.is_active = False
    assert not any(pode(ana, p) for p in Permissao)
    assert not Cliente.objects.filter(filtro_de_visibilidade(ana)).exists()


# ── Até quando ───────────────────────────────────────────────────────────────


def test_expira_em_meia_hora_e_diz(carteira, ana, bruno, entrar):
    navegador = entrar(bruno)
    inicio = datetime(2026, 11, 20, 9, 0, tzinfo=SAO_PAULO)
    with time_machine.travel(inicio, tick=False) as relogio:
        navegador.post(f"/ver-como/{ana.pk}/entrar/")
        relogio.move_to(inicio + PRAZO - timedelta(seconds=1))
        assert "Vendo como Ana" in texto(navegador.get("/clientes/"))
        relogio.move_to(inicio + PRAZO)
        pagina = texto(navegador.get("/clientes/"))
    assert "Vendo como Ana" not in pagina
    assert "Você voltou a ver o Carteira como você: o prazo acabou." in pagina
    assert acoes()[-1] == ("deixar de ver como", "Ana Souza", "o prazo acabou")


def test_um_gesto_enviado_depois_do_prazo_nao_se_faz_em_nome_de_quem_olha(carteira, ana, bruno, entrar):
    navegador = entrar(bruno)
    navegador.post(f"/ver-como/{ana.pk}/entrar/")
    with time_machine.travel(timezone.now() + PRAZO, tick=False):
        resposta = navegador.post(f"/clientes/{carteira['A'].pk}/contato/", {})
    assert resposta.status_code == 403
    assert "o prazo acabou" in texto(resposta)
    assert not Contato.objects.exists()


@pytest.mark.parametrize("o_que", ["papel", "equipe", "ana desativada", "empresa"])
def test_o_que_muda_no_meio_vale_no_pedido_seguinte(o_que, como_ana, ana, bruno, davi, norte, empresa):
    motivo = "saiu da sua alçada"
    if o_que == "papel":
        Usuario.objects.filter(pk=bruno.pk).update(papel="vendedor")
        motivo = "o papel mudou"
    elif o_que == "equipe":
        mudar_de_equipe(pessoa=ana, equipe=norte, em=HOJE, por=davi)
    elif o_que == "ana desativada":
        desativar(pessoa=ana, por=davi)
    else:
        Vinculo.objects.filter(usuario=bruno).delete()
    assert "Vendo como" not in texto(como_ana.get("/clientes/"))
    assert acoes()[-1] == ("deixar de ver como", "Ana Souza", motivo)


def test_quem_olha_desativado_perde_a_entrada(como_ana, bruno, davi):
    desativar(pessoa=bruno, por=davi)
    assert como_ana.get("/clientes/")["Location"].startswith("/entrar/")


def _longe() -> str:
    return (timezone.now() + timedelta(days=9)).isoformat()


def _forjadas(bruno: Usuario, ana: Usuario, carla: Usuario) -> tuple[Any, ...]:
    prazo = (timezone.now() + PRAZO).isoformat()
    return (
        "texto", 7, [], {}, {"vendedor": "carla"}, {"vendedor": True},
        {"vendedor": carla.pk, "por": bruno.pk, "ate": timezone.now().isoformat()},
        {"vendedor": carla.pk, "por": bruno.pk, "ate": prazo},
        {"vendedor": carla.pk, "por": carla.pk, "ate": prazo},
        {"vendedor": carla.pk, "por": bruno.pk, "ate": _longe()},
        {"vendedor": carla.pk, "por": bruno.pk, "ate": "2026-99-99T00:00:00"},
        {"vendedor": ana.pk, "por": bruno.pk, "ate": _longe()},
    )  # fmt: skip


def test_sessao_forjada_nao_vale_nem_estende_o_prazo(carteira, bruno, carla, ana, entrar):
    navegador = entrar(bruno)
    for guardado in _forjadas(bruno, ana, carla):
        sessao = navegador.session
        sessao[CHAVE] = guardado
        sessao.save()
        resposta = navegador.get("/clientes/")
        assert codigos(resposta) == ["A"], guardado
        assert "Vendo como" not in texto(resposta), guardado
        assert CHAVE not in Session.objects.get().get_decoded(), guardado


def test_sair_do_carteira_termina_e_registra(como_ana, ana):
    assert como_ana.post("/sair/").status_code == 302
    assert acoes()[-1] == ("deixar de ver como", "Ana Souza", "saiu do Carteira")
    assert como_ana.get("/clientes/")["Location"].startswith("/entrar/")


def test_sair_duas_vezes_e_o_mesmo_que_uma(como_ana):
    for _ in range(2):
        assert como_ana.post("/ver-como/sair/").status_code == 302
    assert len(acoes()) == 2


def test_a_alcada_de_cada_papel(carteira, ana, bruno, carla, davi, lia):
    alcada = {p: [v.nome for v in vendedores_da_alcada(p).order_by("nome")] for p in (ana, bruno, davi, lia)}
    assert alcada == {
        ana: ["Ana Souza"],
        bruno: ["Ana Souza"],
        davi: ["Ana Souza", "Carla Dias"],
        lia: ["Ana Souza", "Carla Dias"],
    }


def test_as_paginas_abertas_continuam_abertas(como_ana):
    """As que não pedem entrada não são de ninguém: o aparelho as busca sozinho."""
    for rota in ("saude/", "sw.js", "manifesto.webmanifest", "sem-sinal/"):
        assert rota in ABERTAS
        assert como_ana.get(f"/{rota}").status_code == 200
