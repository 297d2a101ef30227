"""As regras da fila na tela: quem ficou de fora, os critérios com prévia, a ordem, o próximo e o telefone."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from atividade.criterios_da_fila import criterios_da
from atividade.models import Status
from atividade.regras_da_fila import Criterios
from clientes.canais import para_ligar
from clientes.models import Agendamento, Cliente, Contato, PessoaDeContato
from contas.models import Empresa, RegistroDeAuditoria
from tests.conftest import HOJE
from tests.web.carteira_de_teste import indicar
from tests.web.fila_de_teste import HTMX, dados, em_atendimento, tres_na_fila

pytestmark = pytest.mark.django_db
MUDANCA = {
    "dias_de_descanso": "15", "antecedencia_dias": "30", "incluir_bloqueados": "on", "incluir_inadimplentes": "on",
    "valor_minimo": "5.000,00", "capacidade_padrao": "8", "motivo": "Bloqueado grande também se liga",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _referencia(empresa: Empresa, hoje: date) -> None:
    Empresa.objects.update(referencia=HOJE, pedidos_ate=HOJE)
    empresa.refresh_from_db()


@pytest.fixture
def fila(ana: Any, novo_cliente: Any) -> dict[str, Cliente]:
    return tres_na_fila(ana, novo_cliente)


# ── Quem ficou de fora ──


def test_quem_liga_ve_quantos_e_quem_ficou_de_fora_so_os_seus(
    ana: Any, carla: Any, bruno: Any, fila: Any, entrar: Any, novo_cliente: Any
) -> None:
    Cliente.objects.filter(codigo="C1").update(adiado_ate=date(2026, 12, 1), adiado_motivo="Reforma")
    de_carla = novo_cliente(
        "K1", vendedor=carla, razao_social="Alheio", adiado_ate=date(2026, 12, 1), adiado_motivo="x"
    )
    indicar(de_carla, HOJE - timedelta(days=80), status=Status.QUASE_INATIVO)
    novo_cliente("P1", vendedor=ana, razao_social="Prospecta")
    navegador = entrar(ana)
    pagina = navegador.get("/fila/").content.decode()
    assert "2 clientes ficaram de fora" in pagina
    nomes = navegador.get("/fila/fora/?motivo=adiado").content.decode()
    assert "1 cliente seu ficou fora da fila" in nomes
    assert "até 01/12/2026: Reforma" in nomes
    assert "Alheio" not in nomes
    assert "Prospecta" in navegador.get("/fila/fora/?motivo=prospect").content.decode()
    assert (
        "Ninguém ficou de fora por esta regra"
        in navegador.get("/fila/fora/?motivo=bloqueado").content.decode()
    )
    assert navegador.get("/fila/fora/?motivo=qualquer")["Location"] == "/fila/regras/"
    assert "Aurora" in entrar(bruno).get("/fila/fora/?motivo=adiado").content.decode()


def test_a_pagina_das_regras_diz_os_criterios_e_as_contagens_de_quem_le(
    ana: Any, davi: Any, lia: Any, empresa: Empresa, fila: Any, entrar: Any
) -> None:
    Cliente.objects.filter(codigo="C1").update(bloqueado=True)
    resposta = entrar(ana).get("/fila/regras/")
    pagina = resposta.content.decode()
    assert "está a mais de 30 dias" in pagina
    assert "Houve conversa nos últimos 7 dias." in pagina
    assert "Quem tem título vencido entra, seja qual for o valor." in pagina
    assert ">2</b> estão na vez" in pagina
    assert {r.regra.chave: r.clientes for r in resposta.context["da_hora"] if r.clientes} == {"bloqueado": 1}
    assert "Ajustar" not in pagina
    assert "Ajustar" in entrar(davi).get("/fila/regras/").content.decode()
    assert entrar(lia).get("/fila/regras/").status_code == 403
    entrar(davi).post(f"/fila/criterios/?empresa={empresa.pk}", MUDANCA)
    assert "só entra se valer R$ 5 mil por ano ou mais" in entrar(ana).get("/fila/regras/").content.decode()


# ── Os critérios ──


def test_o_admin_ve_antes_quem_entra_salva_com_motivo_e_desfaz(
    ana: Any, davi: Any, empresa: Empresa, fila: Any, entrar: Any
) -> None:
    Cliente.objects.filter(codigo__in=["C1", "C3"]).update(bloqueado=True)
    navegador, caminho = entrar(davi), f"/fila/criterios/?empresa={empresa.pk}"
    assert "Ninguém entra e ninguém sai" in navegador.get(caminho).content.decode()
    consulta = {k: v for k, v in MUDANCA.items() if k != "motivo"}
    previa = navegador.get("/fila/criterios/previa/", consulta, headers=HTMX).content.decode()
    assert "1 cliente entra e 0 saem" in previa
    assert "12 → <b>8</b>" in previa
    nomes = navegador.get("/fila/criterios/nomes/", consulta | {"movimento": "entra"}).content.decode()
    assert "Aurora" in nomes
    assert "Central" not in nomes  # vale menos que o mínimo
    assert criterios_da(empresa) == Criterios()
    sem_motivo = navegador.post(caminho, MUDANCA | {"motivo": ""})
    assert sem_motivo.status_code == 422
    assert "Diga por que muda" in sem_motivo.content.decode()
    assert criterios_da(empresa) == Criterios()
    assert navegador.post(caminho, MUDANCA).status_code == 302
    assert criterios_da(empresa) == Criterios(
        dias_de_descanso=15, incluir_bloqueados=True, valor_minimo=Decimal(5000), capacidade_padrao=8
    )
    na_tela = [linha.cliente.nome for linha in entrar(ana).get("/fila/").context["linhas"]]
    assert na_tela == ["Aurora", "Brasil"]
    registro = RegistroDeAuditoria.objects.get(acao="fila.criterios")
    assert registro.depois["motivo"] == "Bloqueado grande também se liga"
    pagina = navegador.get(caminho).content.decode()
    assert "Bloqueados entram na fila" in pagina
    assert "5.000,00" in pagina
    assert navegador.post(f"/fila/criterios/{registro.pk}/desfazer/?empresa={empresa.pk}").status_code == 302
    assert criterios_da(empresa) == Criterios()
    segunda = navegador.post(f"/fila/criterios/{registro.pk}/desfazer/?empresa={empresa.pk}", follow=True)
    assert "Só a última mudança pode ser desfeita" in segunda.content.decode()


def test_campo_errado_nao_salva_e_a_previa_pede_conserto(davi: Any, empresa: Empresa, entrar: Any) -> None:
    navegador = entrar(davi)
    errado = MUDANCA | {"capacidade_padrao": "0", "valor_minimo": "-1"}
    assert navegador.post("/fila/criterios/", errado).status_code == 422
    assert "Confira os campos" in navegador.get("/fila/criterios/previa/", errado).content.decode()
    assert navegador.get("/fila/criterios/nomes/", errado).status_code == 302
    assert criterios_da(empresa) == Criterios()


# ── A ordem ──


def test_a_ordem_se_escolhe_fica_na_url_e_e_lembrada(ana: Any, bruno: Any, fila: Any, entrar: Any) -> None:
    indicar(
        fila["Central"],
        HOJE - timedelta(days=80),
        status=Status.QUASE_INATIVO,
        dias_de_compra=2,
        valor_12m=3000,
    )

    def nomes(pessoa: Any, caminho: str = "/fila/") -> list[str]:
        return [linha.cliente.nome for linha in entrar(pessoa).get(caminho).context["linhas"]]

    assert nomes(ana) == ["Aurora", "Brasil", "Central"]
    assert nomes(ana, "/fila/?ver=hoje&ordem=risco") == ["Central", "Aurora", "Brasil"]
    assert nomes(ana) == ["Aurora", "Brasil", "Central"]  # abrir um endereço não muda a preferência
    resposta = entrar(ana).post("/fila/ordem/?ver=semana", {"ordem": "risco"}, headers=HTMX)
    assert resposta["HX-Push-Url"] == "/fila/?ver=semana&ordem=risco"
    assert "seja qual for o valor" in resposta.content.decode()
    assert nomes(ana) == ["Central", "Aurora", "Brasil"]
    assert nomes(ana, "/fila/?ordem=inexistente") == ["Central", "Aurora", "Brasil"]
    assert next(c.cliente.nome for c in entrar(ana).get("/clientes/hoje/").context["cartoes"]) == "Central"
    assert nomes(bruno) == ["Aurora", "Brasil", "Central"]
    sem_script = entrar(ana).post("/fila/ordem/?ver=hoje", {"ordem": "perda"})
    assert sem_script["Location"] == "/fila/?ver=hoje&ordem=perda"


def test_a_tela_diz_por_qual_regra_e_de_quando_sao_os_numeros(ana: Any, fila: Any, entrar: Any) -> None:
    pagina = entrar(ana).get("/fila/").content.decode()
    assert "chance de não comprar em 90 dias × valor do ano" in pagina
    assert "Números de 20/11/2026." in pagina
    assert "A chance é uma estimativa, ainda sem história própria que baste." in pagina


# ── Já feito, e o próximo ──


def test_depois_de_um_contato_por_fora_a_tela_oferece_o_proximo(ana: Any, fila: Any, entrar: Any) -> None:
    navegador = entrar(ana)
    assert em_atendimento(navegador.get("/fila/")) == "Aurora"
    caminho = f"/fila/{fila['Aurora'].pk}/ja-feito/?ver=hoje&ordem=risco"
    assert "Ir ao próximo" not in navegador.get(caminho, headers=HTMX).content.decode()
    navegador.post(f"/clientes/{fila['Aurora'].pk}/contato/", dados(origem="dialogo"), headers=HTMX)
    pedaco = navegador.get(caminho, headers=HTMX).content.decode()
    assert "<b>Vai pensar</b> às 09:00" in pedaco
    assert 'href="/fila/?ver=hoje&amp;ordem=risco"' in pedaco
    assert "Ir ao próximo" in navegador.get(f"/fila/?cliente={fila['Aurora'].pk}").content.decode()
    assert em_atendimento(navegador.get("/fila/?ver=hoje", headers=HTMX)) == "Brasil"
    assert Contato.objects.count() == 1


# ── Que telefone discar ──


def test_um_lugar_so_diz_que_telefone_discar(
    ana: Any, fila: Any, entrar: Any, django_assert_num_queries: Any
) -> None:
    """Da pessoa principal, senão do cadastro, senão de outra; quem não quer ligação não tem número em tela nenhuma."""
    PessoaDeContato.objects.create(
        cliente=fila["Aurora"], nome="Márcia", telefone="+554733220198", principal=True
    )
    PessoaDeContato.objects.create(cliente=fila["Aurora"], nome="Outra", telefone="+554733220111")
    PessoaDeContato.objects.create(
        cliente=fila["Brasil"], nome="Rui", telefone="+554733220199", principal=True, nao_contatar=["ligacao"]
    )
    PessoaDeContato.objects.create(cliente=fila["Central"], nome="Ivo", telefone="+554733220177")
    Cliente.objects.filter(codigo="C3").update(telefone="")
    todos = list(Cliente.objects.order_by("codigo"))
    with django_assert_num_queries(1):
        achados = para_ligar(todos)
    assert [(achados[c.pk].valor, achados[c.pk].nome) for c in todos] == [
        ("+554733220198", "Márcia"), ("+5547999220128", "Brasil"), ("+554733220177", "Ivo"),
    ]  # fmt: skip
    Agendamento.objects.create(cliente=fila["Aurora"], responsavel=ana, criado_por=ana, em=HOJE)
    navegador, marcado = entrar(ana), Agendamento.objects.get().pk
    for caminho in (
        "/clientes/hoje/", "/hoje/", "/agenda/", "/agenda/?ver=dia", f"/agenda/{marcado}/", "/fila/",
        f"/clientes/{fila['Aurora'].pk}/", f"/clientes/{fila['Aurora'].pk}/contato/",
    ):  # fmt: skip
        pagina = navegador.get(caminho).content.decode()
        assert 'href="tel:+554733220198"' in pagina, caminho
        assert "Márcia" in pagina, caminho
        assert "tel:+554733220199" not in pagina, caminho
    Cliente.objects.update(nao_contatar=["ligacao"])
    assert para_ligar(Cliente.objects.all()) == {}
    for caminho in ("/hoje/", "/agenda/", f"/clientes/{fila['Aurora'].pk}/"):
        assert "tel:" not in navegador.get(caminho).content.decode(), caminho


def test_a_ida_e_a_volta_do_aviso_de_agora_nao_sem_javascript(ana: Any, fila: Any, entrar: Any) -> None:
    navegador = entrar(ana)
    caminho = f"/fila/{fila['Aurora'].pk}/agora-nao/?ver=semana"
    assert "Diga por que agora não." in navegador.post(caminho, follow=True).content.decode()
    feito = navegador.post(caminho, {"outro": "Está no trânsito"}, follow=True)
    assert feito.redirect_chain == [("/fila/?ver=semana", 302)]
    assert "Aurora foi para o fim da fila de hoje: Está no trânsito." in feito.content.decode()
    aviso = navegador.post(caminho, {"motivo": "Ligo mais tarde"}, headers=HTMX)
    assert json.loads(aviso["HX-Trigger"])["avisar"]["texto"].endswith("Ligo mais tarde.")
