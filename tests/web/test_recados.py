"""Recados no navegador: escrever, enviar, ver quem leu; e só quem gere o faz, e só o seu."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contas.models import Usuario
from notificacoes.central import marcar_lidos
from notificacoes.models import Aviso, Mensagem, Recado, TipoDeLembrete
from tests.conftest import HOJE, criar_pessoa, por_na_equipe
from tests.web.test_composicao import texto

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


@pytest.fixture(autouse=True)
def tocadas(monkeypatch: Any) -> list[Any]:
    chamadas: list[Any] = []
    monkeypatch.setattr("carteira.web.recados.tocar", chamadas.append)
    return chamadas


def campos(**mudancas: Any) -> dict[str, Any]:
    return {
        "especie": "postit", "titulo": "Liguem hoje", "texto": "Antes do concorrente.", "assinatura": "Att. Vendas",
        "regra": "sem_pedido", "dias": "20", "publico": "todos", "acao": "enviar",
    } | mudancas  # fmt: skip


def de_lembrete(**mudancas: Any) -> dict[str, Any]:
    tipo = TipoDeLembrete.objects.get(nome="INFORMAÇÃO").pk
    return campos(especie="lembrete", tipo=tipo, regra="", dias="") | mudancas


def test_vazio_diz_o_que_e_e_como_comecar(bruno: Any, entrar: Any) -> None:
    pagina = entrar(bruno).get("/recados/")
    assert "Ainda não há recados" in texto(pagina)
    assert 'href="/recados/novo/?especie=postit"' in pagina.content.decode()
    assert ">Recados</a>" in pagina.content.decode() or "Recados" in texto(pagina)


def test_vendedor_e_leitura_nao_enviam(ana: Any, lia: Any, bruno: Any, entrar: Any) -> None:
    for pessoa in (ana, lia):
        navegador = entrar(pessoa)
        assert navegador.get("/recados/").status_code == 403
        assert navegador.post("/recados/novo/", campos()).status_code == 403
        assert "/recados/" not in navegador.get("/clientes/").content.decode()
    assert not Recado.objects.exists()


def test_lembrete_a_contas_escolhidas_surge_na_data(
    ana: Any, carla: Any, bruno: Any, davi: Any, entrar: Any, tocadas: list[Any]
) -> None:
    dia = HOJE + timedelta(days=3)
    dados = de_lembrete(
        publico="contas", contas=[ana.pk, bruno.pk], surge_no_dia=dia.isoformat(), por_email="on"
    )
    resposta = entrar(davi).post("/recados/novo/", dados, follow=True)
    assert "Lembrete surge em 23/11/2026 às 07:00 para 2 contas." in texto(resposta)
    recado = Recado.objects.get()
    assert [a.pessoa.nome for a in recado.avisos.order_by("pessoa__nome")] == ["Ana Souza", "Bruno Lima"]
    assert Mensagem.objects.filter(tipo="recado", estado="pendente").count() == 2
    assert len(tocadas) == 1
    assert [item["recado"] for item in entrar(davi).get("/recados/?ver=agendados").context["linhas"]] == [
        recado
    ]


def test_formulario_diz_quantas_contas_e_so_oferece_as_ao_alcance(
    ana: Any, carla: Any, bruno: Any, sul: Any, empresa: Any, entrar: Any
) -> None:
    bruno.assinatura = "Att. Equipe Sul"
    bruno.save()
    outra = criar_pessoa("Nina Nova", empresa)
    por_na_equipe(outra, sul)
    pagina = entrar(bruno).get("/recados/novo/?especie=postit")
    assert [(c.nome, c.sobre) for c in pagina.context["contas"]] == [
        ("Ana Souza", "Sul"),
        ("Nina Nova", "Sul"),
    ]
    assert [(e.nome, e.sobre) for e in pagina.context["equipes"]] == [("Sul", "2")]
    assert "0 contas selecionadas" in texto(pagina)
    assert 'value="Att. Equipe Sul"' in pagina.content.decode()
    # a forjada é recusada inteira, e o que se escreveu volta
    forjada = entrar(bruno).post("/recados/novo/", campos(publico="contas", contas=[ana.pk, carla.pk]))
    assert forjada.status_code == 422
    assert "1 conta selecionada" in texto(forjada)
    assert not Recado.objects.exists()


@pytest.mark.parametrize(
    ("mudanca", "erro"),
    [
        ({"dias": ""}, "Diga de quantos dias é a lista."),
        ({"dias": "0"}, "maior ou igual a 1"),
        ({"publico": "contas"}, "Escolha ao menos uma."),
        ({"publico": "equipes"}, "Escolha ao menos uma."),
        ({"titulo": " "}, "obrigatório"),
        ({"surge_no_dia": "2026-11-19"}, "Escolha hoje ou um dia adiante."),
        ({"surge_no_dia": "2026-11-25", "vale_ate": "2026-11-24"}, "acaba antes de o recado surgir"),
    ],
)
def test_erros_ficam_no_campo_e_nada_sai(ana: Any, bruno: Any, entrar: Any, mudanca: Any, erro: str) -> None:
    resposta = entrar(bruno).post("/recados/novo/", campos(**mudanca))
    assert resposta.status_code == 422
    assert erro in texto(resposta)
    assert not Recado.objects.exists()


def test_rascunho_pode_esperar_as_contas_e_sai_depois(ana: Any, bruno: Any, davi: Any, entrar: Any) -> None:
    navegador = entrar(bruno)
    pagina = navegador.post("/recados/novo/", campos(publico="contas", acao="rascunho"), follow=True)
    assert "Ninguém ainda: edite o rascunho" in texto(pagina)
    recado = Recado.objects.get()
    assert not Aviso.objects.exists()
    assert entrar(davi).get(f"/recados/{recado.pk}/").status_code == 404  # rascunho é só de quem escreve
    navegador.post(
        f"/recados/{recado.pk}/editar/", campos(publico="contas", contas=[ana.pk], acao="rascunho")
    )
    assert "Enviar a 1 conta" in texto(navegador.get(f"/recados/{recado.pk}/"))
    assert "enviado a 1 conta." in texto(navegador.post(f"/recados/{recado.pk}/enviar/", follow=True))
    assert "já tinha sido enviado" in texto(navegador.post(f"/recados/{recado.pk}/enviar/", follow=True))
    assert Aviso.objects.count() == 1


def enviado(navegador: Any, **mudancas: Any) -> Recado:
    assert navegador.post("/recados/novo/", campos(**mudancas)).status_code == 302
    recado: Recado = Recado.objects.latest("pk")
    return recado


def ler(pessoa: Usuario) -> None:
    marcar_lidos(Aviso.objects.filter(pessoa=pessoa))


def test_quem_leu_e_quando_quem_nao_leu_e_reenviar(
    ana: Any, carla: Any, davi: Any, entrar: Any, tocadas: list[Any]
) -> None:
    navegador = entrar(davi)
    recado = enviado(navegador)
    ler(ana)
    url = f"/recados/{recado.pk}/"
    pagina = navegador.get(url)
    assert "1 de 2" in texto(pagina)
    assert [(a.pessoa.nome, a.visto_em) for a in pagina.context["pagina"]] == [
        ("Ana Souza", timezone.now()),
        ("Carla Dias", None),
    ]
    assert [a.pessoa for a in navegador.get(f"{url}?quem=faltam").context["pagina"]] == [carla]
    assert [a.pessoa for a in navegador.get(f"{url}?quem=leram").context["pagina"]] == [ana]
    [envio] = re.findall(r'name="envio" value="(\d+)"', pagina.content.decode())
    dados = {"envio": envio, "por_email": "on"}
    assert "Reenviado a 1 conta" in texto(navegador.post(f"{url}reenviar/", dados, follow=True))
    assert "nada saiu de novo" in texto(navegador.post(f"{url}reenviar/", dados, follow=True))
    assert "nada saiu de novo" in texto(navegador.post(f"{url}reenviar/", {"envio": "1e9"}, follow=True))
    assert [m.pessoa for m in Mensagem.objects.all()] == [carla]
    assert len(tocadas) == 1


def test_quem_escreve_sabe_do_e_mail_de_cada_um(ana: Any, carla: Any, davi: Any, entrar: Any) -> None:
    """O que não chegou à caixa de alguém não se descobre só na página de mensagens, que é de quem administra."""
    navegador = entrar(davi)
    recado = enviado(navegador, por_email="on")
    Mensagem.objects.filter(pessoa=ana).update(estado="enviada", enviada_em=timezone.now())
    Mensagem.objects.filter(pessoa=carla).update(estado="morta")
    pagina = navegador.get(f"/recados/{recado.pk}/")
    linhas = re.findall(r"<li>(.*?)</li>", pagina.content.decode(), re.DOTALL)
    ditos = {nome: [e for e in linhas if nome in e] for nome in ("Ana Souza", "Carla Dias")}
    assert "e-mail enviado" in ditos["Ana Souza"][0]
    assert "e-mail não enviado" in ditos["Carla Dias"][0]
    sem = enviado(navegador, titulo="Só aqui")
    assert (
        "e-mail"
        not in navegador.get(f"/recados/{sem.pk}/").content.decode().split('id="recibos"')[1].split("<ul")[1]
    )


def test_editar_o_que_saiu_recolhe_e_reenvia_e_depois_de_lido_nao(
    ana: Any, carla: Any, davi: Any, entrar: Any
) -> None:
    navegador = entrar(davi)
    recado = enviado(navegador, publico="contas", contas=[ana.pk])
    url = f"/recados/{recado.pk}/editar/"
    assert "já saiu e ninguém o leu" in texto(navegador.get(url))
    # nem por descuido volta a ser rascunho sem que se note
    navegador.post(url, campos(titulo="Corrigido", publico="contas", contas=[carla.pk], acao="rascunho"))
    assert [(a.pessoa, a.titulo) for a in Aviso.objects.all()] == [(carla, "Corrigido")]
    # recusado pelo formulário, o que está lá continua
    assert navegador.post(url, campos(titulo="", publico="todos")).status_code == 422
    assert [(a.pessoa, a.titulo) for a in Aviso.objects.all()] == [(carla, "Corrigido")]
    ler(carla)
    assert "Alguém já leu" in texto(navegador.get(url, follow=True))
    navegador.post(url, campos(titulo="Tarde"))
    assert Recado.objects.get().titulo == "Corrigido"


def test_encerrar_e_reabrir(ana: Any, bruno: Any, davi: Any, entrar: Any) -> None:
    recado = enviado(entrar(bruno))
    da_ana, do_davi = entrar(ana), entrar(davi)
    url = f"/recados/{recado.pk}/"
    # quem administra vê o que saiu da sua gente e o encerra, mas não o reescreve
    assert "de Bruno Lima" in texto(do_davi.get(url))
    assert "Só quem escreveu" in texto(do_davi.get(f"{url}editar/", follow=True))
    assert "saiu da central de todos" in texto(do_davi.post(f"{url}encerrar/", follow=True))
    assert "Nada por ler" in texto(da_ana.get("/avisos/"))
    assert [i["recado"] for i in entrar(bruno).get("/recados/?ver=terminados").context["linhas"]] == [recado]
    assert "Reaberto" in texto(entrar(bruno).post(f"{url}reabrir/", follow=True))
    assert "Liguem hoje" in texto(da_ana.get("/avisos/"))


def test_assinatura_so_no_perfil_de_quem_escreve_recados(ana: Any, bruno: Any, entrar: Any) -> None:
    assert 'name="assinatura"' not in entrar(ana).get("/perfil/").content.decode()
    navegador = entrar(bruno)
    assert 'name="assinatura"' in navegador.get("/perfil/").content.decode()
    dados = {"nome": "Bruno Lima", "tema": "sistema", "atalhos": "on", "assinatura": "Att. Adm. Vendas"}
    assert navegador.post("/perfil/", dados).status_code == 302
    assert 'value="Att. Adm. Vendas"' in navegador.get("/recados/novo/").content.decode()
    dados_da_ana = {"nome": "Ana Souza", "tema": "sistema", "assinatura": "Att. Impostora"}
    entrar(ana).post("/perfil/", dados_da_ana)
    ana.refresh_from_db()
    assert ana.assinatura == ""


def test_tipos_de_lembrete_por_quem_administra(bruno: Any, davi: Any, entrar: Any) -> None:
    navegador = entrar(davi)
    assert "Tipo “REUNIÃO” criado" in texto(
        navegador.post("/recados/tipos/", {"nome": " reunião "}, follow=True)
    )
    repetido = navegador.post("/recados/tipos/", {"nome": "Reunião"})
    assert (repetido.status_code, "Já existe um tipo" in texto(repetido)) == (422, True)
    tipo = TipoDeLembrete.objects.get(nome="REUNIÃO")
    navegador.post(f"/recados/tipos/{tipo.pk}/uso/", {"ativo": "0"})
    assert "REUNIÃO" not in texto(entrar(bruno).get("/recados/novo/?especie=lembrete"))
    navegador.post(f"/recados/tipos/{tipo.pk}/uso/", {"ativo": "1"})
    assert "REUNIÃO" in texto(entrar(bruno).get("/recados/novo/?especie=lembrete"))
    assert entrar(bruno).post("/recados/tipos/", {"nome": "X"}).status_code == 403


def test_especie_que_nao_existe_e_404(bruno: Any, entrar: Any) -> None:
    assert entrar(bruno).get("/recados/novo/?especie=bilhete").status_code == 404
