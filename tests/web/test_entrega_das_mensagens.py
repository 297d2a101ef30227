"""As telas da entrega: devolvidos, limites, reenvio em lote, planilha e as mensagens de cada um."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from contas.models import Empresa, RegistroDeAuditoria, Usuario
from notificacoes.caixa import Rascunho, enfileirar
from notificacoes.models import Devolucao, LimiteDeEnvio, Mensagem

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def campainhas(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    tocadas: list[str] = []
    for modulo in ("mensagens", "mensagens_lote"):
        monkeypatch.setattr(f"carteira.web.{modulo}.tocar", lambda tarefa, *a: tocadas.append(tarefa.name))
    return tocadas


def mensagem(pessoa: Usuario, chave: str, estado: str = "enviada", **campos: Any) -> Mensagem:
    enfileirar([Rascunho(chave, "resumo_diario", pessoa, f"Assunto {chave}", "texto", "<p>oi</p>", **campos)])
    Mensagem.objects.filter(chave=chave).update(estado=estado)
    feita: Mensagem = Mensagem.objects.get(chave=chave)
    return feita


def texto(resposta: Any) -> str:
    conteudo = b"".join(resposta.streaming_content) if resposta.streaming else resposta.content
    return str(conteudo.decode("utf-8-sig"))


def test_da_mensagem_que_voltou_ao_endereco_liberado(davi: Usuario, ana: Usuario, entrar: Any) -> None:
    voltou = mensagem(ana, "m1")
    navegador = entrar(davi)
    detalhe = reverse("mensagens:detalhe", args=[voltou.pk])
    assert "Voltou…" in texto(navegador.get(detalhe))
    devolver = reverse("mensagens:devolver", args=[voltou.pk])
    assert "Esta mensagem voltou?" in texto(navegador.get(devolver))
    pagina = texto(navegador.post(devolver, {"motivo": "caixa inexistente"}, follow=True))
    for trecho in ("ana@exemplo.test devolve as mensagens", "caixa inexistente", "Liberar o endereço"):
        assert trecho in pagina
    assert "endereço devolvido" in texto(navegador.get(reverse("mensagens:lista")))
    assert "devolve as mensagens" in texto(navegador.get(reverse("pessoas:editar", args=[ana.pk])))
    devolucao = Devolucao.objects.get()
    assert "caixa inexistente" in texto(navegador.get(reverse("mensagens:devolucoes"), {"q": "ANA"}))
    liberar = reverse("mensagens:liberar", args=[devolucao.pk])
    assert navegador.post(liberar, {"voltar": detalhe})["Location"] == detalhe
    assert "devolve as mensagens" not in texto(navegador.get(detalhe))
    assert "ana@exemplo.test" in texto(navegador.get(reverse("mensagens:devolucoes"), {"ver": "liberados"}))


def test_registrar_a_mao_e_por_arquivo(davi: Usuario, ana: Usuario, entrar: Any) -> None:
    navegador, nova = entrar(davi), reverse("mensagens:devolucao_nova")
    assert 'value="x@y.test"' in texto(navegador.get(nova, {"endereco": "x@y.test"}))
    assert navegador.post(nova, {"endereco": "não é"}).status_code == 422
    pagina = texto(navegador.post(nova, {"endereco": "X@y.test", "motivo": "550"}, follow=True))
    assert "x@y.test está suspenso" in pagina
    lista = SimpleUploadedFile("d.csv", b"endereco;motivo\nana@exemplo.test;550\nruim;1\nx@y.test;2")
    pagina = texto(navegador.post(nova, {"por_arquivo": "1", "arquivo": lista}))
    for trecho in (
        "1 endereço suspenso, 1 linha recusada",
        "linha 3: não é um endereço",
        "1 já estava suspenso",
    ):
        assert trecho in pagina
    ruim = SimpleUploadedFile("d.csv", b"nome\nx")
    resposta = navegador.post(nova, {"por_arquivo": "1", "arquivo": ruim})
    assert resposta.status_code == 422
    assert "Use as colunas endereco;motivo" in texto(resposta)
    assert Devolucao.objects.count() == 2
    importada = RegistroDeAuditoria.objects.get(acao="devolucao.importar")
    assert (importada.por, importada.objeto, importada.depois) == (
        davi, "d.csv", {"suspensos": 1, "já suspensos": 1},
    )  # fmt: skip


def test_limites_so_de_quem_administra_tudo(davi: Usuario, entrar: Any) -> None:
    navegador, limites = entrar(davi), reverse("mensagens:limites")
    assert "Nenhum limite" in texto(navegador.get(limites))
    assert navegador.post(limites, {"dominio": "a b", "por_minuto": "0"}).status_code == 422
    navegador.post(limites, {"dominio": "@Gmail.com", "por_minuto": "20"})
    limite = LimiteDeEnvio.objects.get()
    assert (limite.dominio, limite.por_minuto) == ("gmail.com", 20)
    assert "gmail.com" in texto(navegador.get(limites))
    Empresa.objects.create(codigo="2", nome="Filial Norte")
    assert navegador.get(limites).status_code == 403
    assert navegador.post(reverse("mensagens:limite_tirar", args=[limite.pk])).status_code == 403
    assert LimiteDeEnvio.objects.exists()
    assert limites not in texto(navegador.get(reverse("mensagens:lista")))


def test_reenviar_em_lote_so_o_que_a_pergunta_mostrou(
    davi: Usuario, ana: Usuario, bruno: Usuario, entrar: Any, campainhas: list[str]
) -> None:
    for chave, pessoa in (("1", ana), ("2", ana), ("3", bruno)):
        mensagem(pessoa, chave, "morta")
    navegador, lote = entrar(davi), reverse("mensagens:reenviar_lote")
    assert f"{lote}?estado=morta" in texto(navegador.get(reverse("mensagens:lista"), {"estado": "morta"}))
    pagina = texto(navegador.get(lote, {"estado": "morta", "q": "ana@"}))
    assert "Reenviar 2 mensagens?" in pagina
    ultima = Mensagem.objects.get(chave="2").pk
    mensagem(ana, "4", "morta")
    resposta = navegador.post(lote, {"estado": "morta", "q": "ana@", "ate": str(ultima)}, follow=True)
    assert "2 mensagens voltam à fila" in texto(resposta)
    assert dict(Mensagem.objects.values_list("chave", "estado")) == {
        "1": "pendente", "2": "pendente", "3": "morta", "4": "morta"
    }  # fmt: skip
    assert campainhas == ["carteira.tasks.enviar_pendentes_task"]
    assert "nada foi reenviado" in texto(navegador.post(lote, {"estado": "enviada"}, follow=True))


def test_a_planilha_e_a_do_filtro_e_fica_na_auditoria(davi: Usuario, ana: Usuario, entrar: Any) -> None:
    mensagem(ana, "=cmd", "morta")
    mensagem(ana, "outra", "enviada")
    planilha = texto(entrar(davi).get(reverse("mensagens:exportar"), {"estado": "morta"}))
    assert planilha.splitlines()[0].startswith("Escrita em;Tipo;Assunto;Pessoa;Para;Estado")
    assert "Assunto =cmd" in planilha
    assert "Assunto outra" not in planilha
    assert RegistroDeAuditoria.objects.get(acao="exportar mensagens").depois["linhas"] == 1


def test_cada_um_ve_so_as_suas(ana: Usuario, carla: Usuario, entrar: Any) -> None:
    minha, alheia = mensagem(ana, "minha"), mensagem(carla, "alheia")
    ao_cliente = mensagem(ana, "carta", para="compras@cliente.test")
    Mensagem.objects.filter(pk=ao_cliente.pk).update(tipo="cliente")
    navegador = entrar(ana)
    assert reverse("mensagens:minhas") in texto(navegador.get(reverse("contas:perfil")))
    pagina = texto(navegador.get(reverse("mensagens:minhas")))
    assert "Assunto minha" in pagina
    assert "compras@cliente.test" in pagina
    assert "alheia" not in pagina
    assert "texto" in texto(navegador.get(reverse("mensagens:minha", args=[minha.pk])))
    assert texto(navegador.get(reverse("mensagens:minha_corpo", args=[minha.pk]))) == "<p>oi</p>"
    for rota in ("minha", "minha_corpo"):
        assert navegador.get(reverse(f"mensagens:{rota}", args=[alheia.pk])).status_code == 404


def test_as_consultas_nao_crescem(
    davi: Usuario, ana: Usuario, entrar: Any, django_assert_num_queries: Any
) -> None:
    casos = ((davi, reverse("mensagens:devolucoes"), 9), (ana, reverse("mensagens:minhas"), 7))
    for quantas in (5, 50):
        for n in range(quantas):
            mensagem(ana, f"{quantas}-{n}")
            Devolucao.objects.create(endereco=f"p{quantas}-{n}@x.test", origem="mao", por=davi)
        for pessoa, endereco, consultas in casos:
            navegador = entrar(pessoa)
            navegador.get(endereco)
            with django_assert_num_queries(consultas):
                navegador.get(endereco)


def test_o_que_ainda_nao_saiu_nao_se_le_antes_da_hora(ana: Usuario, entrar: Any) -> None:
    """O recado de outro dia nem aparece; o que foi cancelado diz por quê, sem o texto."""
    amanha = timezone.now() + timedelta(days=1)
    por_vir = mensagem(ana, "amanha", "pendente", sai_em=amanha)
    parado = mensagem(ana, "recado", "cancelada")
    Mensagem.objects.filter(pk=parado.pk).update(tipo="recado")
    citava = mensagem(ana, "citava", "cancelada")
    Mensagem.objects.filter(pk=citava.pk).update(
        texto="Casa Azul", html="<p>Casa Azul</p>", erro="Cita um cliente"
    )
    navegador = entrar(ana)
    lista = texto(navegador.get(reverse("mensagens:minhas")))
    assert [chave in lista for chave in ("Assunto amanha", "Assunto recado", "Assunto citava")] == [
        False,
        False,
        True,
    ]
    for fora in (por_vir, parado):
        assert navegador.get(reverse("mensagens:minha", args=[fora.pk])).status_code == 404
    pagina = texto(navegador.get(reverse("mensagens:minha", args=[citava.pk])))
    assert "Cita um cliente" in pagina
    corpo = texto(navegador.get(reverse("mensagens:minha_corpo", args=[citava.pk])))
    assert "Casa Azul" not in pagina + corpo
