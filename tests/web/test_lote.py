"""Ações sobre os marcados: agendar, escrever e exportar, com quem fica de fora, por quê, e a volta."""

import json
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clientes.agenda_em_lote import LIMITE
from clientes.models import Agendamento, Contato, PessoaDeContato
from contas.models import Empresa, RegistroDeAuditoria
from notificacoes.models import Mensagem
from tests.conftest import HOJE

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
SEGUNDA = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _referencia(empresa, hoje):
    Empresa.objects.update(referencia=HOJE)


@pytest.fixture
def cinco(ana, novo_cliente):
    """Dois em que se pode marcar; um encerrado, um que não quer ligação e um já combinado."""
    clientes = {
        nome: novo_cliente(
            nome, vendedor=ana, razao_social=f"Cliente {nome}", email=f"{nome.lower()}@c.test", uf="SC"
        )
        for nome in ("A", "B", "E", "N", "J")
    }
    clientes["E"].encerrado_em = HOJE
    clientes["N"].nao_contatar = ["ligacao", "email"]
    for nome in "EN":
        clientes[nome].save()
    Agendamento.objects.create(cliente=clientes["J"], responsavel=ana, criado_por=ana, em=HOJE)
    return clientes


def ids(clientes, nomes="ABENJ"):
    return {"cliente": [clientes[n].pk for n in nomes]}


def marcados():
    novos = Agendamento.objects.filter(em=SEGUNDA, cancelado_em__isnull=True)
    return sorted(novos.values_list("cliente__codigo", flat=True))


# ── Agendar ──


def test_a_previa_diz_quantos_entram_e_por_que_os_outros_nao(cinco, ana, entrar):
    resposta = entrar(ana).get("/clientes/lote/agendar/", ids(cinco))
    previsto = resposta.context["previsto"]
    assert sorted(a.cliente.codigo for a in previsto.marcados) == ["A", "B"]
    assert {motivo: [c.codigo for c in quem] for motivo, quem in previsto.fora.items()} == {
        "encerrado": ["E"],
        "não quer ser procurado por ligação": ["N"],
        "já tem contato combinado": ["J"],
    }
    assert "3 ficam de fora" in " ".join(resposta.content.decode().split())
    por_visita = entrar(ana).post(
        "/clientes/lote/agendar/", ids(cinco) | {"previa": "1", "tipo": "visita", "em": ""}
    )
    assert sorted(a.cliente.codigo for a in por_visita.context["previsto"].marcados) == ["A", "B", "N"]
    assert Agendamento.objects.count() == 1


def test_agenda_um_por_cliente_e_o_segundo_envio_nao_repete(cinco, ana, entrar):
    navegador = entrar(ana)
    dados = ids(cinco) | {"em": SEGUNDA.isoformat(), "tipo": "ligacao", "nota": "Tabela nova"}
    resposta = navegador.post("/clientes/lote/agendar/", dados, headers=HTMX)
    gatilhos = json.loads(resposta["HX-Trigger"])
    assert gatilhos["avisar"]["texto"] == (
        "Ligação em 23/11 com 2 clientes. De fora: 1 encerrado, 1 não quer ser procurado por ligação, "
        "1 já tem contato combinado."
    )
    assert {"loteFeito", "contatoMudou", "fecharDialogo"} <= set(gatilhos)
    assert marcados() == ["A", "B"]
    feito = Agendamento.objects.get(cliente=cinco["A"])
    assert (feito.responsavel, feito.criado_por, feito.nota, feito.tipo) == (
        ana,
        ana,
        "Tabela nova",
        "ligacao",
    )
    assert (
        "Nada foi marcado."
        in json.loads(navegador.post("/clientes/lote/agendar/", dados, headers=HTMX)["HX-Trigger"])["avisar"][
            "texto"
        ]
    )
    assert marcados() == ["A", "B"]


def test_desfazer_cancela_so_o_que_ela_marcou_e_ninguem_mexeu(cinco, ana, bruno, entrar):
    navegador = entrar(ana)
    dados = ids(cinco) | {"em": SEGUNDA.isoformat(), "tipo": "ligacao"}
    aviso = json.loads(navegador.post("/clientes/lote/agendar/", dados, headers=HTMX)["HX-Trigger"])["avisar"]
    Agendamento.objects.filter(cliente=cinco["B"]).update(remarcacoes=1)
    alheio = entrar(bruno).post(aviso["desfazer"], headers=HTMX)  # o bilhete é de quem o recebeu
    assert (alheio.status_code, marcados()) == (400, ["A", "B"])
    desfeito = navegador.post(aviso["desfazer"], headers=HTMX)
    assert json.loads(desfeito["HX-Trigger"])["avisar"]["texto"] == "1 agendamento desfeito."
    assert marcados() == ["B"]
    assert navegador.post("/clientes/lote/agendar/desfazer/?vale=emendado").status_code == 400


def desfazer_da_tela(navegador, url, dados):
    """Como sem JavaScript: envia, segue o redirect e aperta o Desfazer do aviso; devolve o endereço da volta."""
    pagina = navegador.post(url, dados, follow=True).content.decode()
    (volta,) = re.findall(r'<form method="post" action="([^"]+)">', pagina.split('id="avisos"')[1][:2000])
    return volta.replace("&amp;", "&")


def test_sem_javascript_o_aviso_traz_a_volta_com_prazo_e_repetir_nao_faz_nada(
    cinco, ana, entrar, monkeypatch
):
    navegador = entrar(ana)
    dados = ids(cinco) | {"em": SEGUNDA.isoformat(), "tipo": "ligacao", "voltar": "/clientes/?uf=SC"}
    volta = desfazer_da_tela(navegador, "/clientes/lote/agendar/", dados)
    assert marcados() == ["A", "B"]
    with monkeypatch.context() as um_dia_depois:
        um_dia_depois.setattr("carteira.web.voltas._VALE", timedelta(seconds=-1))
        vencido = navegador.post(volta, {"voltar": "/clientes/?uf=SC"}, follow=True)
        assert "já passou" in vencido.content.decode()
        avisar = json.loads(navegador.post(volta, headers=HTMX)["HX-Trigger"])["avisar"]
        assert avisar["tipo"] == "error"
    assert marcados() == ["A", "B"]
    desfeito = navegador.post(volta, {"voltar": "/clientes/?uf=SC"})
    assert desfeito["Location"] == "/clientes/?uf=SC"
    pagina = navegador.get(desfeito["Location"]).content.decode()
    assert "2 agendamentos desfeitos." in pagina
    assert "?vale=" not in pagina, "desfazer não se desfaz"
    assert marcados() == []
    assert "Nada a desfazer." in navegador.post(volta, follow=True).content.decode()


def test_gestor_da_o_compromisso_ao_vendedor_de_cada_um(cinco, ana, bruno, sul, novo_cliente, entrar):
    orfao = novo_cliente("O", equipe=sul)
    dados = {
        "cliente": [cinco["A"].pk, orfao.pk],
        "em": SEGUNDA.isoformat(),
        "tipo": "ligacao",
        "de_quem": "cada",
    }
    resposta = entrar(bruno).post("/clientes/lote/agendar/", dados, headers=HTMX)
    assert "1 sem vendedor que o atenda" in json.loads(resposta["HX-Trigger"])["avisar"]["texto"]
    feito = Agendamento.objects.get(em=SEGUNDA)
    assert (feito.cliente, feito.responsavel, feito.criado_por) == (cinco["A"], ana, bruno)


def test_dia_que_nao_e_util_pergunta_antes(cinco, ana, entrar):
    sabado = HOJE + timedelta(days=1)
    dados = ids(cinco, "A") | {"em": sabado.isoformat(), "tipo": "ligacao"}
    resposta = entrar(ana).post("/clientes/lote/agendar/", dados)
    assert resposta.status_code == 422
    assert "é sábado" in " ".join(resposta.content.decode().split())
    assert entrar(ana).post("/clientes/lote/agendar/", dados | {"assim_mesmo": "1"}).status_code == 302
    assert Agendamento.objects.filter(em=sabado).count() == 1


def test_quem_ela_nao_ve_nao_entra_venha_como_vier(cinco, ana, carla, novo_cliente, entrar):
    da_carla = novo_cliente("Z", vendedor=carla)
    dados = {"em": SEGUNDA.isoformat(), "tipo": "ligacao"}
    navegador = entrar(ana)
    so_alheio = navegador.post("/clientes/lote/agendar/", dados | {"cliente": [da_carla.pk]})
    assert "Nenhum cliente marcado" in so_alheio.content.decode()
    navegador.post("/clientes/lote/agendar/", dados | {"todos": "1", "consulta": ""})
    assert marcados() == ["A", "B"]
    assert (
        navegador.post("/clientes/lote/agendar/", dados | {"todos": "1", "consulta": "uf=XX"}).status_code
        == 400
    )


def test_sem_ninguem_marcado_diz_o_que_fazer(ana, entrar):
    for url in ("/clientes/lote/agendar/", "/clientes/lote/email/"):
        assert "Marque na lista os clientes" in entrar(ana).get(url).content.decode()


@pytest.mark.parametrize("quantos", [5, 40])
def test_agendar_muitos_custa_as_mesmas_consultas(ana, novo_cliente, entrar, quantos):
    clientes = [novo_cliente(f"C{n:02}", vendedor=ana).pk for n in range(quantos)]
    navegador = entrar(ana)
    dados = {"cliente": clientes, "em": SEGUNDA.isoformat(), "tipo": "ligacao"}
    with CaptureQueriesContext(connection) as consultas:
        navegador.post("/clientes/lote/agendar/", dados, headers=HTMX)
    assert len(marcados()) == quantos
    assert len(consultas) == CONSULTAS_DO_LOTE


CONSULTAS_DO_LOTE = 11


def test_clientes_demais_nao_se_marcam_de_uma_vez(cinco, ana, entrar, monkeypatch):
    assert LIMITE == 1000
    monkeypatch.setattr("carteira.web.lote.LIMITE", 1)
    dados = ids(cinco, "AB") | {"em": SEGUNDA.isoformat(), "tipo": "ligacao"}
    resposta = entrar(ana).post("/clientes/lote/agendar/", dados)
    assert resposta.status_code == 422
    assert "estreite o filtro ou marque menos" in resposta.content.decode()
    assert marcados() == []


# ── E-mail ──


def test_email_diz_os_recusados_e_mostra_como_chega_ao_primeiro(cinco, ana, entrar):
    cinco["B"].email = ""
    cinco["B"].save()
    resposta = entrar(ana).get("/clientes/lote/email/", ids(cinco, "ABEN"))
    para = resposta.context["para"]
    assert [d.valor for _, d in para.quem] == ["a@c.test"]
    assert {motivo: [c.codigo for c in quem] for motivo, quem in para.recusados.items()} == {
        "sem e-mail": ["B"],
        "encerrados": ["E"],
        "pediram para não receber e-mails": ["N"],
    }
    assert "Cliente A" in resposta.context["exemplo"]["texto"] + resposta.context["exemplo"]["assunto"]
    assert "Enviar 1 e-mail" in resposta.content.decode()


def test_cada_um_recebe_o_seu_uma_vez_e_desfazer_tira_da_caixa(cinco, ana, entrar):
    pessoa = PessoaDeContato.objects.create(
        cliente=cinco["B"], nome="Rita Melo", email="rita@b.test", principal=True
    )
    navegador = entrar(ana)
    formulario = navegador.get("/clientes/lote/email/", ids(cinco, "ABN"))
    dados = ids(cinco, "ABN") | {
        "assunto": "Olá {pessoa}", "texto": "Oi, {pessoa}. {vendedor}", "modelo": "",
        "chave": str(formulario.context["form"]["chave"].value()),
    }  # fmt: skip
    aviso = json.loads(navegador.post("/clientes/lote/email/", dados, headers=HTMX)["HX-Trigger"])["avisar"]
    assert aviso["texto"].startswith("E-mail para 2 clientes")
    assert aviso["texto"].endswith("1 ficou de fora.")
    enviadas = {m.para: (m.assunto, m.texto) for m in Mensagem.objects.all()}
    assert enviadas == {
        "a@c.test": ("Olá Cliente A", "Oi, Cliente A. Ana Souza\n"),
        "rita@b.test": ("Olá Rita", "Oi, Rita. Ana Souza\n"),
    }
    assert Contato.objects.get(cliente=cinco["B"]).pessoa == pessoa.nome
    navegador.post("/clientes/lote/email/", dados, headers=HTMX)
    assert Mensagem.objects.count() == 2
    desfeito = json.loads(navegador.post(aviso["desfazer"], headers=HTMX)["HX-Trigger"])["avisar"]["texto"]
    assert desfeito == "2 e-mails desfeitos."
    assert set(Mensagem.objects.values_list("estado", flat=True)) == {"cancelada"}
    assert not Contato.objects.filter(desfeito_em__isnull=True).exists()
    outro = dados | {"chave": "6f2b7c1e-0000-4000-8000-000000000001"}
    volta = desfazer_da_tela(navegador, "/clientes/lote/email/", outro)
    assert "2 e-mails desfeitos." in navegador.post(volta, follow=True).content.decode()
    assert set(Mensagem.objects.values_list("estado", flat=True)) == {"cancelada"}


def test_variavel_que_nao_existe_volta_com_o_texto_e_nada_sai(cinco, ana, entrar):
    dados = ids(cinco, "A") | {
        "assunto": "Oi", "texto": "{apelido}", "modelo": "", "chave": "0b1d9c0e-7c8f-4d0e-9f57-1a2b3c4d5e6f",
    }  # fmt: skip
    resposta = entrar(ana).post("/clientes/lote/email/", dados)
    assert resposta.status_code == 422
    assert "Não existe a variável {apelido}" in resposta.content.decode()
    assert not Mensagem.objects.exists()


# ── Exportar, e quem pode o quê ──


def test_exportar_os_marcados_leva_as_colunas_e_a_ordem_da_tela(cinco, davi, entrar):
    dados = ids(cinco, "BA") | {"consulta": "colunas=codigo,uf,bloqueio&ordem=-nome", "formato": "csv"}
    resposta = entrar(davi).get("/clientes/exportar/", dados)
    cabecalho, *linhas = b"".join(resposta.streaming_content).decode("utf-8-sig").strip().split("\r\n")
    assert cabecalho == "Código;Cliente;Município;UF;Segmento;Bloqueado;Telefone"
    assert linhas == ["B;Cliente B;;SC;;não;", "A;Cliente A;;SC;;não;"]
    registro = RegistroDeAuditoria.objects.get(acao="exportar clientes")
    assert registro.depois["linhas"] == 2
    assert registro.depois["filtros"]["marcados"] == [str(cinco["B"].pk), str(cinco["A"].pk)]
    todos = entrar(davi).get("/clientes/exportar/", {"todos": "1", "consulta": "uf=SC&ordem=nome"})
    assert b"".join(todos.streaming_content).decode().count("\r\n") == 5


def test_exportar_so_leva_os_marcados_que_a_pessoa_ve(cinco, carla, novo_cliente, entrar):
    dela = novo_cliente("Z", vendedor=carla)
    resposta = entrar(carla).get("/clientes/exportar/", {"cliente": [cinco["A"].pk, dela.pk]})
    linhas = b"".join(resposta.streaming_content).decode("utf-8-sig").strip().split("\r\n")
    assert [linha.split(";")[0] for linha in linhas] == ["Código", "Z"]


def test_a_barra_so_traz_o_que_a_pessoa_pode(cinco, ana, bruno, lia, entrar):
    def acoes(pessoa):
        return [a["rotulo"] for a in entrar(pessoa).get("/clientes/").context["acoes_em_lote"]]

    assert acoes(ana)[:2] == ["Agendar", "E-mail"]
    assert "Exportar" not in acoes(ana)
    assert {"Agendar", "E-mail", "Exportar"} <= set(acoes(bruno))
    assert acoes(lia) == ["Exportar"]
    for url in ("/clientes/lote/agendar/", "/clientes/lote/email/"):
        assert entrar(lia).post(url, ids(cinco)).status_code == 403
