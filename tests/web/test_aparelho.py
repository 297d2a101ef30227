"""O que o aparelho pede à casa: o service worker, o manifesto, e os contatos que chegam depois."""

import uuid
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from atividade.models import Indicadores
from carteira.aparelhos import arquivos_da_casca, chave_da_pessoa
from clientes.models import Agendamento, Contato, Ocorrencia
from contas.models import Empresa
from tests.conftest import HOJE, SAO_PAULO

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
AGORA = datetime(2026, 11, 20, 9, 0, tzinfo=SAO_PAULO)
DIGITADO = AGORA - timedelta(hours=15)  # ontem, 18h


@pytest.fixture
def cliente(ana: Any, novo_cliente: Any) -> Any:
    Empresa.objects.update(referencia=HOJE)
    return novo_cliente("C1", vendedor=ana, razao_social="Casa Azul", telefone="+5547999220198")


@pytest.fixture
def envio(ana: Any) -> dict[str, Any]:
    return {
        "canal": "visita",
        "ocorrencia": Ocorrencia.objects.get(nome="Vai pensar").pk,
        "observacao": "Sem sinal no galpão",
        "proximo": "1",
        "chave": str(uuid.uuid4()),
        "pessoa": chave_da_pessoa(ana),
        "digitado_em": DIGITADO.isoformat(),
        "agora": AGORA.isoformat(),
    }


@pytest.fixture
def visitante(ana: Any) -> Client:
    """Ninguém entrou ainda, numa instalação que já tem gente."""
    return Client()


def enviar(navegador: Client, cliente: Any, envio: dict[str, Any], gesto: str = "contato") -> tuple[int, Any]:
    resposta = navegador.post(f"/clientes/{cliente.pk}/{gesto}/do-aparelho/", envio)
    return resposta.status_code, resposta.json()


def test_chega_com_a_hora_em_que_foi_digitado_e_o_amanha_daquele_dia(
    ana: Any, cliente: Any, entrar: Any, envio: dict[str, Any]
) -> None:
    assert enviar(entrar(ana), cliente, envio) == (200, {"estado": "registrado"})
    contato = Contato.objects.get()
    assert (contato.em, contato.registrado_em, contato.origem) == (DIGITADO, AGORA, "sem_sinal")
    assert (contato.atendente, contato.canal, contato.observacao) == (ana, "visita", "Sem sinal no galpão")
    assert str(contato.chave) == envio["chave"]
    assert Indicadores.objects.get(pk=cliente.pk).ultimo_contato_em == DIGITADO
    # o amanhã que se disse ontem é hoje, feriado: cai no próximo dia útil
    assert Agendamento.objects.get().em == date(2026, 11, 23)


def test_o_dia_escolhido_ontem_para_ontem_ainda_vale(
    ana: Any, cliente: Any, entrar: Any, envio: dict[str, Any]
) -> None:
    envio |= {"proximo": "escolher", "proximo_em": "2026-11-19"}
    assert enviar(entrar(ana), cliente, envio)[0] == 200
    assert Agendamento.objects.get().em == date(2026, 11, 19)


def test_reenviado_ja_estava_mesmo_depois_de_desfeito(
    ana: Any, cliente: Any, entrar: Any, envio: dict[str, Any]
) -> None:
    navegador = entrar(ana)
    enviar(navegador, cliente, envio)
    assert enviar(navegador, cliente, envio) == (200, {"estado": "ja_estava"})
    contato = Contato.objects.get()
    navegador.post(f"/clientes/{cliente.pk}/contato/{contato.pk}/desfazer/")
    assert enviar(navegador, cliente, envio) == (200, {"estado": "ja_estava"})
    contato.refresh_from_db()
    assert contato.desfeito_em == AGORA
    assert (Contato.objects.count(), Agendamento.objects.count()) == (1, 1)


def test_o_que_a_tela_ja_gravou_nao_se_repete(
    ana: Any, cliente: Any, entrar: Any, envio: dict[str, Any]
) -> None:
    """A resposta do formulário se perdeu depois de gravado: o aparelho reenvia e sabe."""
    navegador = entrar(ana)
    navegador.post(f"/clientes/{cliente.pk}/contato/", envio | {"digitado_em": ""})
    assert enviar(navegador, cliente, envio) == (200, {"estado": "ja_estava"})
    assert Contato.objects.get().origem == "tela"


@pytest.mark.parametrize(
    ("mudanca", "motivo"),
    [
        ({"digitado_em": (AGORA - timedelta(days=8)).isoformat()}, "Foi digitado há mais de 7 dias."),
        ({"digitado_em": ""}, "O aparelho enviou o contato incompleto."),
        ({"agora": "ontem"}, "O aparelho enviou o contato incompleto."),
        ({"chave": "x"}, "O aparelho enviou o contato incompleto."),
        ({"ocorrencia": ""}, "Resultado: Diga como terminou o contato."),
        ({"proximo": "escolher", "proximo_em": "2026-11-18"}, "Dia: Escolha hoje ou um dia depois."),
    ],
)
def test_recusado_diz_o_motivo_e_nada_muda(
    ana: Any, cliente: Any, entrar: Any, envio: dict[str, Any], mudanca: dict[str, str], motivo: str
) -> None:
    codigo, resposta = enviar(entrar(ana), cliente, envio | mudanca)
    assert (codigo, resposta["estado"]) == (422, "recusado")
    assert motivo in resposta["motivo"]
    assert not Contato.objects.exists()
    assert not Agendamento.objects.exists()


def test_chave_usada_noutro_cliente_se_recusa(
    ana: Any, cliente: Any, novo_cliente: Any, entrar: Any, envio: dict[str, Any]
) -> None:
    outro = novo_cliente("C2", vendedor=ana)
    enviar(entrar(ana), cliente, envio)
    codigo, resposta = enviar(entrar(ana), outro, envio)
    assert (codigo, resposta["estado"]) == (422, "recusado")
    assert "já foi usado" in resposta["motivo"]
    assert Contato.objects.get().cliente == cliente


def test_quem_entrou_depois_no_aparelho_nao_registra_o_de_quem_estava(
    ana: Any, bruno: Any, cliente: Any, entrar: Any, envio: dict[str, Any]
) -> None:
    """Bruno vê o cliente; mesmo assim o contato é da Ana e espera por ela."""
    assert enviar(entrar(bruno), cliente, envio) == (409, {"estado": "outra_pessoa"})
    assert not Contato.objects.exists()


def test_cliente_que_mudou_de_dono_responde_404_e_nada_muda(
    ana: Any, carla: Any, cliente: Any, entrar: Any, envio: dict[str, Any]
) -> None:
    cliente.vendedor, cliente.equipe = carla, carla.participacoes.get().equipe
    cliente.save()
    for gesto in ("contato", "whatsapp"):
        endereco = f"/clientes/{cliente.pk}/{gesto}/do-aparelho/"
        assert entrar(ana).post(endereco, envio).status_code == 404
    assert not Contato.objects.exists()


def test_sessao_vencida_e_chave_velha_respondem_como_ao_htmx(
    ana: Any, cliente: Any, envio: dict[str, Any]
) -> None:
    endereco, htmx = f"/clientes/{cliente.pk}/contato/do-aparelho/", {"HX-Request": "true"}
    sem_sessao = Client().post(endereco, envio, headers=htmx)
    assert (sem_sessao.status_code, sem_sessao["X-Entrada"]) == (401, "/entrar/")
    navegador = Client(enforce_csrf_checks=True)
    navegador.force_login(ana, backend="django.contrib.auth.backends.ModelBackend")
    recusado = navegador.post(endereco, envio, headers=htmx)
    assert (recusado.status_code, "X-CSRF-Novo" in recusado) == (403, True)
    assert not Contato.objects.exists()
    aceito = navegador.post(endereco, envio, headers=htmx | {"X-CSRFToken": recusado["X-CSRF-Novo"]})
    assert aceito.json() == {"estado": "registrado"}


def test_conversa_do_whatsapp_sem_sinal_fica_como_tentativa(
    ana: Any, cliente: Any, entrar: Any, envio: dict[str, Any]
) -> None:
    assert enviar(entrar(ana), cliente, envio, "whatsapp") == (200, {"estado": "registrado"})
    assert enviar(entrar(ana), cliente, envio, "whatsapp") == (200, {"estado": "ja_estava"})
    contato = Contato.objects.get()
    assert (contato.canal, contato.ocorrencia.efetiva, contato.em) == ("whatsapp", False, DIGITADO)
    assert contato.origem == "sem_sinal"


# ── O que o aparelho guarda ──


def test_o_service_worker_vale_na_casa_toda_e_traz_a_casca_inteira(visitante: Client) -> None:
    resposta = visitante.get("/sw.js")
    assert (resposta["Content-Type"], resposta["Cache-Control"]) == ("text/javascript", "no-cache")
    texto = resposta.content.decode()
    for caminho in ("css/carteira.css", "fontes/inter-latin.woff2", "icones/lucide.svg", "js/hoje.js"):
        assert f'"/static/{caminho}"' in texto, caminho
    assert '"/sem-sinal/"' in texto
    assert "css/tokens.css" not in texto  # vai dentro da folha única
    assert visitante.get("/static/css/carteira.css").status_code == 200


def test_a_versao_muda_com_qualquer_byte_da_casca(
    visitante: Client, monkeypatch: Any, tmp_path: Path
) -> None:
    def versao() -> str:
        return visitante.get("/sw.js").content.decode().split('"')[1]

    antes = versao()
    assert versao() == antes
    for nome in [*arquivos_da_casca(), "js/sw.js"]:
        (tmp_path / nome).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / nome).write_bytes((Path(settings.BASE_DIR) / "static" / nome).read_bytes())
    monkeypatch.setattr("carteira.aparelhos._ESTATICOS", tmp_path)
    assert versao() == antes
    (tmp_path / "css/tokens.css").write_bytes((tmp_path / "css/tokens.css").read_bytes() + b"\n")
    assert versao() != antes


def test_a_pagina_de_sem_sinal_nao_tem_nada_de_ninguem(ana: Any, entrar: Any, visitante: Client) -> None:
    pagina = entrar(ana).get("/sem-sinal/").content.decode()
    assert "Ana Souza" not in pagina
    assert chave_da_pessoa(ana) not in pagina
    assert 'href="/hoje/"' in visitante.get("/sem-sinal/").content.decode()


def test_o_manifesto_abre_no_dia_e_os_icones_existem(visitante: Client) -> None:
    resposta = visitante.get("/manifesto.webmanifest")
    assert resposta["Content-Type"] == "application/manifest+json"
    dados = resposta.json()
    assert (dados["name"], dados["short_name"], dados["start_url"]) == ("Carteira", "Carteira", "/hoje/")
    assert {i["purpose"] for i in dados["icons"]} == {"any", "maskable"}
    for icone in dados["icons"]:
        imagem = b"".join(visitante.get(icone["src"]).streaming_content)
        lado = int(icone["sizes"].split("x")[0])
        assert (imagem[:4], int.from_bytes(imagem[16:20])) == (b"\x89PNG", lado)


@pytest.mark.parametrize(
    ("nome", "guarda"), [("ana", True), ("bruno", True), ("davi", False), ("lia", False)]
)
def test_so_quem_liga_guarda_no_aparelho(nome: str, guarda: bool, entrar: Any, request: Any) -> None:
    pessoa = request.getfixturevalue(nome)
    resposta = entrar(pessoa).get("/clientes/")
    pagina = resposta.content.decode()
    assert ("data-aparelho=" in pagina, "js/aparelho.js" in pagina, 'href="/hoje/"' in pagina) == (
        guarda,
    ) * 3
    # de quem é a página, o aparelho sempre sabe: o que é de outra pessoa se apaga
    assert resposta["X-Aparelho"] == chave_da_pessoa(pessoa)


def test_cada_pessoa_tem_o_seu_nome_no_aparelho_e_o_anonimo_nenhum(
    ana: Any, carla: Any, visitante: Client
) -> None:
    assert chave_da_pessoa(ana) == chave_da_pessoa(ana) != chave_da_pessoa(carla)
    assert "X-Aparelho" not in visitante.get("/entrar/")
    assert "X-Aparelho" not in visitante.get("/saude/")


def test_sair_manda_limpar_o_aparelho(ana: Any, entrar: Any) -> None:
    resposta = entrar(ana).post("/sair/")
    assert (resposta.status_code, resposta["Clear-Site-Data"]) == (302, '"cache", "storage"')
