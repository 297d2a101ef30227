"""As telas dos webhooks: criar, testar, ler o registro, pausar, trocar o segredo, repetir e apagar."""

import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from contas.models import Empresa, Usuario
from notificacoes.models import DestinoDeWebhook, EntregaDeWebhook
from tests.conftest import criar_pessoa
from tests.sistema import Sistema

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def campainhas(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    tocadas: list[str] = []
    for modulo in ("webhooks", "webhooks_repetir"):
        monkeypatch.setattr(f"carteira.web.{modulo}.tocar", lambda tarefa, *a: tocadas.append(tarefa.name))
    return tocadas


def texto(resposta: Any) -> str:
    return str(resposta.content.decode())


def criar(navegador: Any, empresa: Empresa, sistema: Sistema, **outros: Any) -> Any:
    dados = {
        "empresa": empresa.pk, "nome": "BI", "url": sistema.url, "eventos": ["rodada.terminada"], "rede_interna": "on",
    }  # fmt: skip
    return navegador.post(reverse("webhooks:novo"), dados | outros, follow=True)


@pytest.mark.parametrize("quem", ["ana", "bruno", "lia"])
def test_so_quem_administra_entra(quem: str, request: pytest.FixtureRequest, entrar: Any) -> None:
    navegador = entrar(request.getfixturevalue(quem))
    assert navegador.get(reverse("webhooks:lista")).status_code == 403
    assert "Webhooks" not in texto(navegador.get(reverse("contas:perfil")))


def test_do_vazio_ao_teste_entregue(davi: Usuario, empresa: Empresa, entrar: Any, sistema: Sistema) -> None:
    navegador = entrar(davi)
    vazia = texto(navegador.get(reverse("webhooks:lista")))
    assert "Nenhum sistema avisado" in vazia
    assert "cliente.status_mudou" in vazia
    pagina = texto(criar(navegador, empresa, sistema))
    segredo = re.search(r'value="(whsec_[^"]+)"', pagina)
    assert segredo
    destino = DestinoDeWebhook.objects.get()
    endereco = reverse("webhooks:destino", args=[destino.pk])
    assert segredo.group(1) not in texto(navegador.get(endereco))  # uma vez só
    pagina = texto(navegador.post(reverse("webhooks:testar", args=[destino.pk]), follow=True))
    for trecho in ("BI recebeu o teste.", "recebido", "Mandar de novo", "Teste do Carteira"):
        assert trecho in pagina
    sistema.respostas = [500]
    pagina = texto(navegador.post(reverse("webhooks:testar", args=[destino.pk]), follow=True))
    assert "O teste não foi aceito: Respondeu 500." in pagina
    pagina = texto(navegador.get(endereco))
    assert "Não respondeu nas últimas 1 tentativa" in pagina
    assert "Pendentes" in pagina


@pytest.mark.parametrize(
    ("outros", "diz"),
    [
        ({"rede_interna": ""}, "tem de começar por https://"),
        ({"rede_interna": "", "url": "https://127.0.0.1/"}, "rede interna"),
        ({"url": "https://169.254.169.254/"}, "rede interna"),
        ({"eventos": []}, "Escolha ao menos um evento."),
    ],
)
def test_o_que_se_recusa_volta_com_o_que_fazer(
    outros: dict[str, Any], diz: str, davi: Usuario, empresa: Empresa, entrar: Any, sistema: Sistema
) -> None:
    resposta = criar(entrar(davi), empresa, sistema, **outros)
    assert resposta.status_code == 422
    assert diz in texto(resposta)
    assert not DestinoDeWebhook.objects.exists()


def test_mudar_pausar_trocar_e_apagar(
    davi: Usuario, empresa: Empresa, entrar: Any, sistema: Sistema, campainhas: list[str]
) -> None:
    navegador = entrar(davi)
    criar(navegador, empresa, sistema)
    destino = DestinoDeWebhook.objects.get()

    def rota(nome: str) -> str:
        return reverse(f"webhooks:{nome}", args=[destino.pk])

    dados = {"nome": "BI novo", "url": sistema.url, "eventos": ["cliente.reativado"], "rede_interna": "on"}
    assert 'value="BI"' in texto(navegador.get(rota("editar")))
    assert "Alterações salvas." in texto(navegador.post(rota("editar"), dados, follow=True))
    assert "Nada mudou." in texto(navegador.post(rota("editar"), dados, follow=True))
    assert "Em pausa" in texto(navegador.post(rota("pausa"), {"pausar": "sim"}, follow=True))
    assert "em pausa" in texto(navegador.get(reverse("webhooks:lista")))
    assert "De volta" in texto(navegador.post(rota("pausa"), {"pausar": "nao"}, follow=True))
    assert campainhas == ["carteira.tasks.webhooks_task"]
    assert "duas assinaturas" in texto(navegador.get(rota("segredo")))
    pagina = texto(navegador.post(rota("segredo"), follow=True))
    assert "Troca de segredo em curso" in pagina
    assert "whsec_" in pagina
    pagina = texto(navegador.post(rota("segredo"), {"encerrar": "sim"}, follow=True))
    assert "Troca de segredo em curso" not in pagina
    assert "Apagar BI novo?" in texto(navegador.get(rota("apagar")))
    assert "foi apagado" in texto(navegador.post(rota("apagar"), follow=True))
    assert not DestinoDeWebhook.objects.exists()


def test_repetir_conta_antes_e_obedece(
    davi: Usuario, empresa: Empresa, entrar: Any, sistema: Sistema, campainhas: list[str]
) -> None:
    navegador = entrar(davi)
    criar(navegador, empresa, sistema)
    destino = DestinoDeWebhook.objects.get()
    for n, estado in enumerate(("desistida", "desistida", "entregue", "pendente")):
        EntregaDeWebhook.objects.create(
            destino=destino, evento="rodada.terminada", chave=str(n), corpo="{}", estado=estado
        )
    hoje = timezone.localdate().isoformat()
    repetir = reverse("webhooks:repetir", args=[destino.pk])
    dados = {"de": hoje, "ate": hoje, "quais": "desistida"}
    assert "2 entregas voltam" in texto(navegador.post(repetir, dados))
    assert "3 entregas voltam" in texto(navegador.post(repetir, dados | {"quais": "todas"}))
    assert navegador.post(repetir, dados | {"ate": "2020-01-01"}).status_code == 422
    assert EntregaDeWebhook.objects.filter(estado="desistida").count() == 2
    pagina = texto(navegador.post(repetir, dados | {"repetir": "sim"}, follow=True))
    assert "2 entregas voltam à fila; saída em instantes." in pagina
    assert EntregaDeWebhook.objects.filter(estado="pendente").count() == 3
    uma = EntregaDeWebhook.objects.get(estado="entregue")
    endereco = reverse("webhooks:repetir_uma", args=[destino.pk, uma.pk])
    assert "1 entrega volta" in texto(navegador.post(endereco, follow=True))
    assert "Nada a repetir" in texto(navegador.post(endereco, follow=True))
    assert campainhas == ["carteira.tasks.webhooks_task"] * 2


def test_o_de_outra_empresa_nao_existe(
    davi: Usuario, empresa: Empresa, entrar: Any, sistema: Sistema
) -> None:
    criar(entrar(davi), empresa, sistema)
    destino = DestinoDeWebhook.objects.get()
    edu = criar_pessoa("Edu Norte", Empresa.objects.create(codigo="2", nome="Filial Norte"), "admin")
    navegador = entrar(edu)
    assert "BI" not in re.findall(r"data-linha[^>]*>([^<]+)", texto(navegador.get(reverse("webhooks:lista"))))
    for rota in ("destino", "editar", "segredo", "apagar", "repetir"):
        assert navegador.get(reverse(f"webhooks:{rota}", args=[destino.pk])).status_code == 404
    resposta = criar(navegador, empresa, sistema)
    assert resposta.status_code == 422
    assert DestinoDeWebhook.objects.count() == 1


def test_as_consultas_nao_crescem(
    davi: Usuario, empresa: Empresa, entrar: Any, sistema: Sistema, django_assert_num_queries: Any
) -> None:
    navegador = entrar(davi)
    for quantos in (5, 50):
        for n in range(quantos):
            destino = DestinoDeWebhook.objects.create(
                empresa=empresa, nome=f"{quantos}-{n}", url="https://x.test/", eventos=[], segredo="x"
            )
        for n in range(quantos):
            EntregaDeWebhook.objects.create(
                destino=destino, evento="rodada.terminada", chave=str(n), corpo="{}"
            )
        for endereco, consultas in (
            (reverse("webhooks:lista"), 7),
            (reverse("webhooks:destino", args=[destino.pk]), 8),
        ):
            navegador.get(endereco)
            with django_assert_num_queries(consultas):
                navegador.get(endereco)
