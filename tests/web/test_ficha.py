"""A ficha: o que houve, por que está na lista, e cada mudança com volta."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from atividade.models import Indicadores, Limiar, MudancaStatus, Status
from clientes.models import (
    CausaDaInatividade,
    Cliente,
    Contato,
    ItemDePedido,
    Ocorrencia,
    PeriodoDeCarteira,
    Pitch,
)
from contas.models import Empresa, RegistroDeAuditoria
from tests.conftest import HOJE, SAO_PAULO, criar_pessoa, novo_pedido, por_na_equipe
from tests.sementes import na_resistencia
from tests.web.carteira_de_teste import indicar

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _referencia(empresa, hoje):
    Empresa.objects.update(referencia=HOJE)


@pytest.fixture
def cliente(ana, novo_cliente):
    """Compra a cada 30 dias, está há 51; vira quase inativo em 9."""
    compras = [(HOJE - timedelta(days=51 + 30 * n), "1000.00") for n in range(4)]
    cliente = novo_cliente(
        "C1", vendedor=ana, compras=compras, razao_social="Ferragens Krüger Ltda", nome_fantasia="Krüger",
        documento="95889060000143", documento_valido=True, telefone="+5547999220198",
    )  # fmt: skip
    return indicar(
        cliente,
        HOJE - timedelta(days=51),
        status=Status.ATIVO,
        valor_12m=Decimal("4000.00"),
        valor_total=Decimal("4000.00"),
    )


def test_ficha_diz_por_que_o_cliente_esta_na_lista_e_por_que_regra(ana, cliente, entrar):
    resposta = entrar(ana).get(f"/clientes/{cliente.pk}/")
    assert resposta.context["frase"] == (
        "compra a cada 30 dias e está há 51. Sem compra, vira quase inativo em 9 dias (29/11). Há R$ 4 mil/ano em jogo."
    )
    pagina = resposta.content.decode()
    assert "Situação pela regra padrão: inativo após 6 meses, aviso 2 meses antes." in pagina
    assert "95.889.060/0001-43" in pagina
    assert "fora do ritmo" in pagina
    assert resposta.context["ticket"] == Decimal("1000.00")
    assert resposta.context["vezes"] == "1,7× o ciclo próprio"


def test_ficha_diz_de_quem_e_a_regra_que_deu_a_situacao(ana, empresa, cliente, entrar):
    limiar = Limiar.objects.create(
        empresa=empresa, cliente=cliente, periodo_n=90, periodo_unidade="d", antecedencia_n=30,
        antecedencia_unidade="d", vigente_desde=date(2026, 1, 5),
    )  # fmt: skip
    Indicadores.objects.filter(pk=cliente.pk).update(limiar=limiar)
    pagina = entrar(ana).get(f"/clientes/{cliente.pk}/").content.decode()
    assert "regra deste cliente: inativo após 90 dias, aviso 30 dias antes, desde 05/01/2026" in pagina


@pytest.mark.parametrize(
    ("dias", "status", "frase"),
    [
        (10, Status.ATIVO, "compra a cada 30 dias e está dentro do ritmo, há 10. "
            "Sem compra, vira quase inativo em 50 dias (09/01)."),
        (80, Status.QUASE_INATIVO, "compra a cada 30 dias e está há 80. "
            "Sem compra, fica inativo em 40 dias (30/12). Há R$ 4 mil/ano em jogo."),
        (130, Status.INATIVO, "compra a cada 30 dias e está há 130. "
            "Está inativo desde 10/11/2026. Há R$ 4 mil/ano em jogo."),
    ],
)  # fmt: skip
def test_frase_de_cada_situacao(ana, novo_cliente, entrar, dias, status, frase):
    cliente = indicar(
        novo_cliente("X", vendedor=ana), HOJE - timedelta(days=dias), status=status, valor_12m=Decimal(4000)
    )
    assert entrar(ana).get(f"/clientes/{cliente.pk}/").context["frase"] == frase


def test_metade_dos_intervalos_e_da_mesma_historia_de_que_o_ciclo_e_a_mediana(ana, novo_cliente, entrar):
    """Comprava a cada 10 dias e, no último ano, a cada 40: os quartos de só este ano não conteriam o ciclo."""
    novas = [HOJE - timedelta(days=20 + 40 * n) for n in range(5)]
    velhas = [HOJE - timedelta(days=500 + 10 * n) for n in range(8)]
    cliente = novo_cliente("C7", vendedor=ana, compras=[(dia, "100.00") for dia in [*novas, *velhas]])
    indicar(cliente, novas[0], status=Status.ATIVO, dias_de_compra=13, intervalo_mediano_dias=Decimal(10))
    resposta = entrar(ana).get(f"/clientes/{cliente.pk}/")
    assert "compra a cada 10 dias (metade das vezes entre 10 e 40)" in resposta.context["frase"]
    assert [dia for dia, _ in resposta.context["ritmo_do_grafico"].compras] == sorted(novas)


def test_pedido_que_chegou_depois_do_calculo_e_dito_e_nao_contradiz_os_numeros(ana, cliente, entrar):
    novo_pedido(cliente, "P99", HOJE - timedelta(days=2), "500.00")
    resposta = entrar(ana).get(f"/clientes/{cliente.pk}/")
    assert "está há 51" in resposta.context["frase"]
    assert resposta.context["ritmo_do_grafico"].compras[-1][0] == HOJE - timedelta(days=51)
    assert "Chegou pedido mais novo que o último cálculo" in resposta.context["calculado"]
    assert "Pedido P99" in entrar(ana).get(f"/clientes/{cliente.pk}/historico/").content.decode()


def test_prospect_abre_sem_numeros(ana, novo_cliente, entrar):
    cliente = novo_cliente("P", vendedor=ana)
    pagina = entrar(ana).get(f"/clientes/{cliente.pk}/").content.decode()
    assert "ainda não comprou" in pagina
    assert "Nenhuma compra ainda" in pagina


def test_ficha_de_outra_carteira_e_404(carla, cliente, entrar):
    assert entrar(carla).get(f"/clientes/{cliente.pk}/").status_code == 404
    assert entrar(carla).get(f"/clientes/{cliente.pk}/historico/", headers=HTMX).status_code == 404


@pytest.mark.parametrize("quantos", [0, na_resistencia(5), 50])
def test_ficha_custa_ate_doze_consultas_seja_qual_for_a_historia(ana, cliente, entrar, quantos):
    atendeu = Ocorrencia.objects.get(nome="Vai pensar")
    for n in range(quantos):
        pedido = novo_pedido(cliente, f"X{n}", HOJE - timedelta(days=60 + n))
        ItemDePedido.objects.create(pedido=pedido, sequencia=1, produto_nome="Prego", quantidade=2, valor=50)
        Contato.objects.create(cliente=cliente, canal="ligacao", ocorrencia=atendeu, atendente=ana)
        MudancaStatus.objects.create(
            cliente=cliente,
            de="ativo",
            para="inativo",
            em=HOJE - timedelta(days=n),
            motivo="tempo",
            referencia=HOJE,
        )
    navegador = entrar(ana)
    navegador.get(f"/clientes/{cliente.pk}/")
    for endereco, consultas in (("", 11), ("?lista=ordem%3D-risco", 13)):
        with CaptureQueriesContext(connection) as contadas:
            navegador.get(f"/clientes/{cliente.pk}/{endereco}")
        assert len(contadas) == consultas, [c["sql"][:150] for c in contadas]


def test_historico_junta_pedidos_contatos_e_situacao_do_mais_novo_ao_mais_velho(ana, cliente, entrar):
    pedido = cliente.pedidos.get(numero="C1-1")
    ItemDePedido.objects.create(
        pedido=pedido, sequencia=1, produto_nome="Dobradiça", quantidade=Decimal("1.5"), valor=Decimal("1000")
    )
    novo_pedido(cliente, "D1", HOJE - timedelta(days=40), "-200.00", "devolvido")
    Contato.objects.create(
        cliente=cliente, canal="visita", ocorrencia=Ocorrencia.objects.get(nome="Não quer"), atendente=ana,
        observacao="Achou caro", em=datetime(2026, 11, 19, 23, 30, tzinfo=SAO_PAULO),
    )  # fmt: skip
    MudancaStatus.objects.create(
        cliente=cliente, de="inativo", para="ativo", em=HOJE, motivo="compra", referencia=HOJE
    )
    navegador = entrar(ana)
    fatos = navegador.get(f"/clientes/{cliente.pk}/historico/").context["fatos"]
    assert [(f.tipo, f.dia) for f in fatos[:4]] == [
        ("situacao", HOJE),
        ("contato", date(2026, 11, 19)),
        ("pedido", date(2026, 10, 11)),
        ("pedido", date(2026, 9, 30)),
    ]
    assert fatos[2].valor == Decimal("-200.00")
    assert fatos[3].itens[0]["quantidade_em_texto"] == "1,5"
    so_contatos = navegador.get(f"/clientes/{cliente.pk}/historico/?ver=contatos", headers=HTMX)
    assert [f.dados["observacao"] for f in so_contatos.context["fatos"]] == ["Achou caro"]


def test_historico_anda_de_vinte_em_vinte(ana, cliente, entrar):
    for n in range(45):
        novo_pedido(cliente, f"X{n:02}", HOJE - timedelta(days=n))
    navegador, url, vistos = entrar(ana), f"/clientes/{cliente.pk}/historico/?ver=pedidos", []
    while url:
        resposta = navegador.get(url, headers=HTMX)
        vistos += [f.id for f in resposta.context["fatos"]]
        url = resposta.context["mais_fatos"]
    assert len(vistos) == len(set(vistos)) == 49


def test_anterior_e_proximo_seguem_a_lista_de_onde_se_veio(ana, novo_cliente, entrar):
    ids = [
        novo_cliente(c, vendedor=ana, razao_social=f"{c} Ltda", uf=uf).pk
        for c, uf in (("A", "SC"), ("B", "PR"), ("C", "SC"), ("D", "SC"))
    ]
    navegador = entrar(ana)
    lugar = navegador.get(f"/clientes/{ids[2]}/?lista=uf%3DSC%26ordem%3Dnome").context["navegacao"]
    assert lugar["posicao"] == 2
    assert lugar["anterior"].startswith(f"/clientes/{ids[0]}/?lista=uf%3DSC")
    assert lugar["proximo"].startswith(f"/clientes/{ids[3]}/")
    ponta = navegador.get(f"/clientes/{ids[3]}/?lista=uf%3DSC%26ordem%3D-nome").context["navegacao"]
    assert (ponta["posicao"], ponta["anterior"]) == (1, "")
    fora = navegador.get(f"/clientes/{ids[1]}/?lista=uf%3DSC").context["navegacao"]
    assert (fora["posicao"], fora["anterior"], fora["proximo"]) == (None, "", "")


# ── Mudar o cliente ──


def test_vendedora_edita_so_o_que_lhe_cabe_e_o_erp_fica_guardado(ana, cliente, entrar):
    cliente.erp = {"telefone": "4733220198"}
    cliente.save()
    dados = {
        "telefone": "(47) 98877-6655",
        "email": "compras@kruger.test",
        "perfil": "Lojista",
        "observacao": "Fecha às 18h",
        "razao_social": "X",
    }
    resposta = entrar(ana).post(f"/clientes/{cliente.pk}/editar/", dados, follow=True)
    assert "Cadastro salvo." in resposta.content.decode()
    cliente.refresh_from_db()
    assert (cliente.telefone, cliente.email, cliente.perfil) == (
        "+5547988776655",
        "compras@kruger.test",
        "Lojista",
    )
    assert cliente.razao_social == "Ferragens Krüger Ltda"
    assert cliente.erp == {"telefone": "4733220198"}
    registro = RegistroDeAuditoria.objects.get(acao="editar cliente")
    assert registro.antes["telefone"] == "+5547999220198"


def test_gestor_edita_mais_e_documento_errado_volta_com_o_texto(bruno, cliente, entrar):
    base = {
        "razao_social": "Krüger SA",
        "documento": "95.889.060/0001-44",
        "cidade": "Timbó",
        "uf": "sc",
        "categoria": "cliente",
    }
    resposta = entrar(bruno).post(f"/clientes/{cliente.pk}/editar/", base)
    assert resposta.status_code == 422
    assert "CPF ou CNPJ não confere" in resposta.content.decode()
    entrar(bruno).post(f"/clientes/{cliente.pk}/editar/", base | {"documento": "33.000.167/0001-01"})
    cliente.refresh_from_db()
    assert (cliente.razao_social, cliente.documento, cliente.uf) == ("Krüger SA", "33000167000101", "SC")


def test_editar_mostra_documento_e_telefone_como_se_leem_e_nao_os_da_por_mudados(bruno, cliente, entrar):
    form = entrar(bruno).get(f"/clientes/{cliente.pk}/editar/").context["form"]
    mostrados = {nome: form[nome].value() for nome in form.fields if form[nome].value()}
    assert mostrados["documento"] == "95.889.060/0001-43"
    assert mostrados["telefone"] == "(47) 99922-0198"
    resposta = entrar(bruno).post(f"/clientes/{cliente.pk}/editar/", mostrados, follow=True)
    assert "Nada mudou." in resposta.content.decode()
    assert not RegistroDeAuditoria.objects.filter(acao="editar cliente").exists()


def test_adiar_tira_da_fila_com_motivo_e_se_desfaz(ana, cliente, entrar):
    navegador = entrar(ana)
    assert (
        navegador.post(f"/clientes/{cliente.pk}/adiar/", {"ate": "2026-11-20", "motivo": "x"}).status_code
        == 422
    )
    pagina = navegador.post(
        f"/clientes/{cliente.pk}/adiar/", {"ate": "2026-12-10", "motivo": "Férias coletivas"}, follow=True
    ).content.decode()
    assert "Adiado até 10/12/2026:</b> Férias coletivas" in pagina
    navegador.post(f"/clientes/{cliente.pk}/adiar/desfazer/")
    cliente.refresh_from_db()
    assert (cliente.adiado_ate, cliente.adiado_motivo) == (None, "")


def test_gestor_encerra_e_reabre_vendedora_nao(ana, bruno, cliente, entrar):
    assert entrar(ana).post(f"/clientes/{cliente.pk}/encerrar/", {"motivo": "Faliu"}).status_code == 403
    recusa = entrar(bruno).post(f"/clientes/{cliente.pk}/encerrar/", {"motivo": "Faliu"})
    assert "Por que parou de comprar" in recusa.content.decode()
    assert not Pitch.objects.exists(), "sem a causa, de quem já comprou, nada muda"
    cliente.refresh_from_db()
    assert cliente.encerrado_em is None
    causa = CausaDaInatividade.objects.earliest("ordem", "pk")
    entrar(bruno).post(f"/clientes/{cliente.pk}/encerrar/", {"motivo": "Faliu", "causa": causa.pk})
    cliente.refresh_from_db()
    assert (cliente.encerrado_em, cliente.encerrado_motivo) == (HOJE, "Faliu")
    assert [(p.causa, p.por) for p in Pitch.objects.filter(cliente=cliente)] == [(causa, bruno)]
    assert not Cliente.objects.em_carteira().filter(pk=cliente.pk).exists()
    entrar(bruno).post(f"/clientes/{cliente.pk}/encerrar/desfazer/")
    cliente.refresh_from_db()
    assert (cliente.encerrado_em, cliente.encerrado_motivo) == (None, "")


def test_de_quem_nunca_comprou_nao_se_pergunta_por_que_parou(bruno, ana, novo_cliente, entrar):
    prospect = novo_cliente("P", vendedor=ana)
    assert "Por que parou" not in entrar(bruno).get(f"/clientes/{prospect.pk}/encerrar/").content.decode()
    entrar(bruno).post(f"/clientes/{prospect.pk}/encerrar/", {"motivo": "Fechou as portas"})
    prospect.refresh_from_db()
    assert prospect.encerrado_em == HOJE
    assert not Pitch.objects.exists()


def test_fora_do_perfil_liga_e_desliga(ana, bruno, cliente, entrar):
    assert entrar(ana).post(f"/clientes/{cliente.pk}/fora-do-perfil/", {"fora": "sim"}).status_code == 403
    for valor, esperado in (("sim", True), ("nao", False)):
        entrar(bruno).post(f"/clientes/{cliente.pk}/fora-do-perfil/", {"fora": valor})
        cliente.refresh_from_db()
        assert cliente.fora_do_perfil is esperado


def test_gestor_passa_o_cliente_dentro_da_equipe_e_so_nela(ana, bruno, carla, empresa, sul, cliente, entrar):
    eva = criar_pessoa("Eva Luz", empresa)
    por_na_equipe(eva, sul)
    navegador = entrar(bruno)
    recusa = navegador.post(f"/clientes/{cliente.pk}/transferir/", {"para": carla.pk, "em": "2026-11-20"})
    assert recusa.status_code == 422
    navegador.post(
        f"/clientes/{cliente.pk}/transferir/", {"para": eva.pk, "em": "2026-11-15", "motivo": "Nova rota"}
    )
    cliente.refresh_from_db()
    assert cliente.vendedor == eva
    assert PeriodoDeCarteira.objects.get(cliente=cliente, periodo__contains=HOJE).motivo == "Nova rota"
    assert entrar(ana).get(f"/clientes/{cliente.pk}/").status_code == 404
    assert entrar(ana).get(f"/clientes/{cliente.pk}/transferir/").status_code == 403
    assert "De quem já foi" in navegador.get(f"/clientes/{cliente.pk}/transferir/").content.decode()


def test_canal_recusado_some_da_ficha(ana, cliente, entrar):
    cliente.nao_contatar = ["email", "ligacao", "whatsapp"]
    cliente.email = "compras@kruger.test"
    cliente.save()
    pagina = entrar(ana).get(f"/clientes/{cliente.pk}/").content.decode()
    for dado in ("compras@kruger.test", "99922", "tel:", "/whatsapp/"):
        assert dado not in pagina, dado
