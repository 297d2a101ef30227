"""O formulário de contato por inteiro: o que Ana diz chega, o que não pode é recusado, e uma vez só."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from clientes.models import (
    Agendamento,
    Atendimento,
    Campanha,
    Cliente,
    Contato,
    Motivo,
    Objecao,
    Ocorrencia,
    PessoaDeContato,
)
from contas.models import Empresa, RegistroDeAuditoria
from tests.conftest import HOJE, SAO_PAULO

HTMX = {"HX-Request": "true"}
AGORA = datetime(2026, 11, 20, 9, 0, tzinfo=SAO_PAULO)


@pytest.fixture
def cliente(ana: Any, novo_cliente: Any) -> Cliente:
    Empresa.objects.update(referencia=HOJE)
    return novo_cliente("C1", vendedor=ana, razao_social="Casa Azul")


@pytest.fixture
def dados(cliente: Cliente) -> dict[str, Any]:
    """Tudo preenchido, como quem conta a ligação inteira."""
    campanha = Campanha.objects.create(empresa=cliente.empresa, nome="Verão", inicio=date(2026, 11, 1))
    preco, estoque = Objecao.objects.get(nome="Preço alto"), Objecao.objects.get(nome="Está com estoque")
    return {
        "canal": "ligacao",
        "ocorrencia": Ocorrencia.objects.get(nome="Não quer").pk,
        "objecoes": [preco.pk, estoque.pk],
        "observacao": "<b>Compara</b> com o concorrente",
        "pessoa": "Gisela",
        "guardar_pessoa": "on",
        "motivo": Motivo.objects.get(nome="Oferta da campanha").pk,
        "campanha": campanha.pk,
        "sentido": "receptivo",
        "quando": "2026-11-19T15:30",
        "em_aberto": "on",
        "abrir_atendimento": "on",
        "atendimento_tipo": "nao_conformidade",
        "atendimento_assunto": "Três caixas abertas",
        "proximo": "7",
        "chave": str(uuid.uuid4()),
    }


def enviar(navegador: Any, cliente: Cliente, dados: dict[str, Any], **resto: Any) -> Any:
    return navegador.post(f"/clientes/{cliente.pk}/contato/", dados, **resto)


@pytest.mark.django_db
@pytest.mark.usefixtures("hoje")
def test_ana_registra_com_tudo(ana: Any, cliente: Cliente, entrar: Any, dados: Any) -> None:
    resposta = enviar(entrar(ana), cliente, dados, follow=True)
    contato = Contato.objects.get()
    gisela = PessoaDeContato.objects.get()
    aberto = Atendimento.objects.get()
    assert {o.nome for o in contato.objecoes.all()} == {"Preço alto", "Está com estoque"}
    assert (contato.motivo.nome, contato.campanha.nome, contato.sentido) == (
        "Oferta da campanha", "Verão", "receptivo",
    )  # fmt: skip
    assert timezone.localtime(contato.em) == datetime(2026, 11, 19, 15, 30, tzinfo=SAO_PAULO)
    assert (contato.fechado_em, contato.registrado_em, contato.origem) == (None, AGORA, "tela")
    assert (contato.pessoa, contato.pessoa_de_contato, gisela.cliente) == ("Gisela", gisela, cliente)
    assert (aberto.contato, aberto.tipo, aberto.aberto_em) == (
        contato,
        "nao_conformidade",
        date(2026, 11, 19),
    )
    assert aberto.descricao == "<b>Compara</b> com o concorrente"
    pagina = resposta.content.decode()
    assert (
        f"Contato com Casa Azul registrado. Atendimento {aberto.numero} aberto. Próximo em 27/11. Ficou em aberto."
        in pagina
    )
    historia = entrar(ana).get(f"/clientes/{cliente.pk}/historico/").content.decode()
    assert "<b>Compara</b>" not in pagina + historia
    assert "&lt;b&gt;Compara&lt;/b&gt;" in historia
    for dito in ("Preço alto", "Está com estoque", "Oferta da campanha", "Verão"):
        assert dito in historia.split('id="historico"')[-1], dito


@pytest.mark.django_db
@pytest.mark.usefixtures("hoje")
def test_origem_e_atendente_do_formulario_sao_ignorados(
    ana: Any, bruno: Any, cliente: Cliente, entrar: Any, dados: Any
) -> None:
    enviar(
        entrar(ana), cliente, dados | {"origem": "fila", "atendente": bruno.pk, "fechado_em": "2026-01-01"}
    )
    contato = Contato.objects.get()
    assert (contato.origem, contato.atendente) == ("tela", ana)


@pytest.mark.django_db
@pytest.mark.usefixtures("hoje")
@pytest.mark.parametrize(("quem", "codigo"), [("carla", 404), ("lia", 403)])
def test_quem_nao_pode_nao_muda_nada(
    quem: str, codigo: int, cliente: Cliente, entrar: Any, dados: Any, request: Any
) -> None:
    assert enviar(entrar(request.getfixturevalue(quem)), cliente, dados).status_code == codigo
    for modelo in (Contato, Atendimento, Agendamento, PessoaDeContato):
        assert not modelo.objects.exists(), modelo
    assert not RegistroDeAuditoria.objects.exclude(acao="entrar").exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("hoje")
@pytest.mark.parametrize(
    ("mudanca", "campo", "mensagem"),
    [
        ({"quando": "2026-10-31T10:00"}, "campanha", "só começa em 01/11/2026; o contato é de 31/10/2026"),
        ({"campanha": "999"}, "campanha", "não está em uso, ou não é desta data"),
        ({"quando": "2026-11-20T09:30"}, "quando", "não pode ser no futuro"),
        ({"quando": "2026-10-20T09:00"}, "quando", "dos últimos 30 dias"),
        ({"objecoes": ["999"]}, "objecoes", "não está mais em uso"),
        ({"atendimento_assunto": " "}, "atendimento_assunto", "Diga em poucas palavras"),
        ({"observacao": "x" * 4001}, "observacao", "4000"),
    ],
)
def test_o_recusado_diz_por_que_no_campo_e_nada_se_grava(
    ana: Any, cliente: Cliente, entrar: Any, dados: Any, mudanca: Any, campo: str, mensagem: str
) -> None:
    resposta = enviar(entrar(ana), cliente, dados | {"origem": "ficha"} | mudanca, headers=HTMX)
    assert resposta.status_code == 422
    form = resposta.context["form"]
    assert mensagem in str(form.errors[campo])
    assert "Gisela" in resposta.content.decode()
    assert '<details class="mais-contato" open>' in resposta.content.decode()
    for modelo in (Contato, Atendimento, Agendamento, PessoaDeContato):
        assert not modelo.objects.exists(), modelo


@pytest.mark.django_db
@pytest.mark.usefixtures("hoje")
def test_pessoa_escolhida_ou_escrita_nunca_as_duas(
    ana: Any, cliente: Cliente, entrar: Any, dados: Any
) -> None:
    rui = PessoaDeContato.objects.create(cliente=cliente, nome="Rui")
    navegador = entrar(ana)
    resposta = enviar(navegador, cliente, dados | {"pessoa_de_contato": rui.pk})
    assert (resposta.status_code, Contato.objects.count()) == (422, 0)
    enviar(navegador, cliente, dados | {"pessoa_de_contato": rui.pk, "pessoa": ""})
    contato = Contato.objects.get()
    assert (contato.pessoa_de_contato, contato.pessoa, PessoaDeContato.objects.count()) == (rui, "Rui", 1)


@pytest.mark.django_db
@pytest.mark.usefixtures("hoje")
def test_o_digitado_sem_sinal_conta_os_dias_de_quando_se_escreveu(
    ana: Any, cliente: Cliente, entrar: Any, dados: Any
) -> None:
    """Escrito anteontem: o contato é de anteontem, e o "amanhã" de lá é ontem, já atrasado na agenda."""
    envio = dados | {"digitado_em": "2026-11-18T17:45:10.250Z", "quando": "", "proximo": "1"}
    assert enviar(entrar(ana), cliente, envio).status_code == 302
    contato = Contato.objects.get()
    assert contato.em.isoformat() == "2026-11-18T17:45:10.250000+00:00"
    assert (contato.origem, contato.registrado_em) == ("sem_sinal", AGORA)
    assert Agendamento.objects.get().em == date(2026, 11, 19)


@pytest.mark.django_db
@pytest.mark.usefixtures("hoje")
def test_quem_reenvia_porque_a_resposta_se_perdeu_recebe_o_mesmo_contato(
    ana: Any, cliente: Cliente, entrar: Any, dados: Any
) -> None:
    navegador = entrar(ana)
    enviar(navegador, cliente, dados)
    Campanha.objects.update(ativa=False)
    Ocorrencia.objects.filter(pk=dados["ocorrencia"]).update(ativa=False)
    assert enviar(navegador, cliente, dados).status_code == 302
    contato = Contato.objects.get()
    assert (contato.objecoes.count(), contato.atendimentos.count(), contato.agendamentos.count()) == (2, 1, 1)


@pytest.mark.django_db
@pytest.mark.usefixtures("hoje")
def test_desfazer_pela_tela_leva_o_atendimento(ana: Any, cliente: Cliente, entrar: Any, dados: Any) -> None:
    navegador = entrar(ana)
    enviar(navegador, cliente, dados)
    contato = Contato.objects.get()
    navegador.post(f"/clientes/{cliente.pk}/contato/{contato.pk}/desfazer/")
    contato.refresh_from_db()
    assert (contato.desfeito_em, Atendimento.objects.count()) == (AGORA, 0)
    assert Agendamento.objects.get().cancelado_em == AGORA


@pytest.mark.django_db
@pytest.mark.usefixtures("hoje")
def test_o_contra_argumento_vem_escapado_com_a_objecao(ana: Any, cliente: Cliente, entrar: Any) -> None:
    Objecao.objects.filter(nome="Preço alto").update(contra_argumento="Frete <incluso> & troca")
    pagina = entrar(ana).get(f"/clientes/{cliente.pk}/contato/", headers=HTMX).content.decode()
    assert "Frete &lt;incluso&gt; &amp; troca" in pagina
    assert pagina.count('class="resposta"') == 7


@pytest.mark.django_db(transaction=True)
def test_oito_envios_ao_mesmo_tempo_fazem_um_contato_com_tudo_uma_vez(
    ana: Any, cliente: Cliente, entrar: Any, dados: Any
) -> None:
    ontem = timezone.localtime() - timedelta(days=1)
    Campanha.objects.update(inicio=ontem.date())
    envio = dados | {"quando": f"{ontem:%Y-%m-%dT%H:%M}"}
    largada = Barrier(8)

    def mandar(navegador: Any) -> int:
        largada.wait()
        try:
            return int(enviar(navegador, cliente, envio).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as linhas:
        codigos = list(linhas.map(mandar, [entrar(ana) for _ in range(8)]))
    assert codigos == [302] * 8
    contato = Contato.objects.get()
    assert contato.objecoes.count() == 2
    assert Contato.objecoes.through.objects.count() == 2
    assert (Atendimento.objects.get().contato, Agendamento.objects.get().contato) == (contato, contato)
    assert PessoaDeContato.objects.get() == contato.pessoa_de_contato
