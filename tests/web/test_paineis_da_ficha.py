"""Os painéis da ficha: o que mostram, quanto custam, quem muda o quê, e nada mudou numa recusa."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from atividade.models import Status
from clientes import atendimentos
from clientes.models import (
    Atendimento,
    CausaDaInatividade,
    Contato,
    ItemDePedido,
    Objecao,
    Ocorrencia,
    Orcamento,
    PessoaDeContato,
    Pitch,
)
from contas.models import Empresa
from tests.conftest import HOJE
from tests.sementes import na_resistencia
from tests.web.carteira_de_teste import indicar
from tests.web.fatos_de_teste import encher, titulo

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PAINEIS = ("pitch", "pendencias", "produtos", "pessoas", "grupo", "atendimentos", "historico")


@pytest.fixture(autouse=True)
def _referencia(empresa, hoje):
    Empresa.objects.update(referencia=HOJE)


@pytest.fixture
def cliente(ana, novo_cliente):
    compras = [(HOJE - timedelta(days=51 + 30 * n), "1000.00") for n in range(4)]
    cliente = novo_cliente(
        "C1", vendedor=ana, compras=compras, razao_social="Ferragens Krüger Ltda", segmento="Ferragens",
        documento="95889060000143", documento_valido=True, limite_credito=Decimal("9000.00"),
    )  # fmt: skip
    return indicar(cliente, HOJE - timedelta(days=51), status=Status.ATIVO, valor_12m=Decimal("4000.00"))


CUSTO = {
    "pitch": 5,
    "pendencias": 5,
    "produtos": 5,
    "pessoas": 4,
    "grupo": 4,
    "atendimentos": 5,
    "historico": 4,
}


@pytest.mark.parametrize("quantos", [1, na_resistencia(5), 50])
def test_cada_painel_custa_o_mesmo_com_historia_curta_e_longa(ana, cliente, entrar, quantos):
    encher(cliente, ana, quantos)
    navegador = entrar(ana)
    navegador.get(f"/clientes/{cliente.pk}/")
    custo = {}
    for painel in PAINEIS:
        with CaptureQueriesContext(connection) as contadas:
            resposta = navegador.get(f"/clientes/{cliente.pk}/{painel}/", headers=HTMX)
        assert resposta.status_code == 200
        custo[painel] = len(contadas)
    assert custo == CUSTO


@pytest.mark.parametrize("quantos", [0, na_resistencia(1), 50])
def test_a_pagina_inteira_custa_o_mesmo_com_fatos_de_todo_tipo(ana, cliente, entrar, quantos):
    encher(cliente, ana, quantos)
    navegador = entrar(ana)
    navegador.get(f"/clientes/{cliente.pk}/")
    for endereco, consultas in (("", 11), ("?lista=ordem%3D-risco", 13)):
        with CaptureQueriesContext(connection) as contadas:
            navegador.get(f"/clientes/{cliente.pk}/{endereco}")
        assert len(contadas) == consultas, [c["sql"][:150] for c in contadas]


def test_todo_painel_tambem_e_pagina_com_volta_e_vazio_que_se_explica(ana, cliente, entrar):
    navegador = entrar(ana)
    ficha = navegador.get(f"/clientes/{cliente.pk}/").content.decode()
    for painel in PAINEIS:
        assert f"/clientes/{cliente.pk}/{painel}/" in ficha, painel
        pagina = navegador.get(f"/clientes/{cliente.pk}/{painel}/").content.decode()
        assert f'<a href="/clientes/{cliente.pk}/">' in pagina, painel
        assert "<h1>Ferragens Krüger Ltda</h1>" in pagina, painel


@pytest.mark.parametrize("painel", PAINEIS)
def test_painel_de_outra_carteira_e_404(carla, cliente, entrar, painel):
    assert entrar(carla).get(f"/clientes/{cliente.pk}/{painel}/", headers=HTMX).status_code == 404


def test_leitura_le_todos_os_paineis_e_nao_ve_gesto_nenhum(lia, ana, cliente, entrar):
    encher(cliente, ana, 1)
    for painel in PAINEIS:
        pagina = entrar(lia).get(f"/clientes/{cliente.pk}/{painel}/", headers=HTMX).content.decode()
        for gesto in (
            "pitch/editar",
            "pessoas/nova",
            "inativar",
            "atendimentos/novo",
            "fechar/",
            "<form class",
        ):
            assert gesto not in pagina.replace('<form class="busca-historico"', ""), (painel, gesto)


@pytest.mark.parametrize(
    ("caminho", "dados"),
    [
        ("pitch/editar/", {"oferta": "Frete"}),
        ("pessoas/nova/", {"nome": "Otto", "papel": "decisor"}),
        ("atendimentos/novo/", {"tipo": "troca", "assunto": "Chave"}),
    ],
)
def test_leitura_recebe_403_carla_404_e_nada_muda(lia, carla, cliente, entrar, caminho, dados):
    assert entrar(lia).post(f"/clientes/{cliente.pk}/{caminho}", dados).status_code == 403
    assert entrar(carla).post(f"/clientes/{cliente.pk}/{caminho}", dados).status_code == 404
    assert not Pitch.objects.exists()
    assert not PessoaDeContato.objects.exists()
    assert not Atendimento.objects.exists()


# ── Pendências na ficha ──


def test_a_ficha_diz_o_vencido_o_limite_e_o_que_pode_travar_a_conversa(ana, cliente, entrar):
    titulo(cliente, "T1", -49)
    titulo(cliente, "T2", -1)
    titulo(cliente, "T3", 30)
    atendimentos.abrir(cliente, "nao_conformidade", "Chave com defeito", "", ana)
    Orcamento.objects.create(
        empresa=cliente.empresa, numero="O1", cliente=cliente, data=HOJE, validade=HOJE + timedelta(days=1),
        valor=1480, situacao="aberto",
    )  # fmt: skip
    resposta = entrar(ana).get(f"/clientes/{cliente.pk}/")
    assert resposta.context["frase"].endswith(
        "Tem 2 títulos vencidos (R$ 200,00), 1 atendimento aberto e um orçamento que vence amanhã."
    )
    pagina = resposta.content.decode()
    assert "R$ 8.700 <small>livres</small>" in pagina
    assert "2 títulos, 49 dias" in pagina
    painel = entrar(ana).get(f"/clientes/{cliente.pk}/pendencias/", headers=HTMX).content.decode()
    for dito in (
        "vencido",
        "49 dias de atraso",
        "Contado em 20/11/2026",
        "vence amanhã",
        "Não conformidade AT-",
    ):
        assert dito in painel, dito


@pytest.mark.parametrize(("em_dias", "palavra"), [(-1, "vencido"), (5, "vence em 5 dias"), (6, "em dia")])
def test_o_farol_diz_em_palavra(ana, cliente, entrar, em_dias, palavra):
    titulo(cliente, "T1", em_dias)
    painel = entrar(ana).get(f"/clientes/{cliente.pk}/pendencias/", headers=HTMX).content.decode()
    assert palavra in painel.split("</span>")[0] + painel.split("</span>")[1]


def test_o_que_nao_cabe_no_painel_e_contado_e_leva_a_historia(ana, cliente, entrar):
    for n in range(9):
        titulo(cliente, f"T{n}", 20 + n)
    painel = entrar(ana).get(f"/clientes/{cliente.pk}/pendencias/", headers=HTMX).content.decode()
    assert "mais 3 títulos" in painel
    assert f"/clientes/{cliente.pk}/historico/?ver=titulos" in painel


# ── Produtos ──


def test_sem_itens_o_painel_diz_o_que_importar_a_quem_importa(ana, davi, cliente, entrar):
    do_admin = entrar(davi).get(f"/clientes/{cliente.pk}/produtos/", headers=HTMX).content.decode()
    assert 'href="/importar/"' in do_admin
    da_vendedora = entrar(ana).get(f"/clientes/{cliente.pk}/produtos/", headers=HTMX).content.decode()
    assert "Quem administra pode importar os itens de pedidos" in da_vendedora
    assert 'href="/importar/"' not in da_vendedora


def test_a_regra_de_parou_esta_escrita_na_tela(ana, cliente, entrar):
    for pedido in cliente.pedidos.all():
        ItemDePedido.objects.create(
            pedido=pedido, sequencia=1, produto_nome="Fechadura", quantidade=1, valor=10
        )
    pagina = entrar(ana).get(f"/clientes/{cliente.pk}/produtos/", headers=HTMX).content.decode()
    assert "a cada 30 dias, em 4 compras" in pagina
    assert "comprou em 3 dias ou mais e está há mais de 1,5 vez o ciclo do próprio item" in pagina


# ── Pitch e objeções ──


def test_salvar_o_pitch_avisa_e_salvar_igual_nao_faz_versao(ana, cliente, entrar):
    causa = CausaDaInatividade.objects.get(nome="Mau atendimento")
    navegador, url = entrar(ana), f"/clientes/{cliente.pk}/pitch/editar/"
    for _ in range(2):
        resposta = navegador.post(url, {"causa": causa.pk, "oferta": "Frete"}, headers=HTMX)
        assert resposta.status_code == 204
        assert "pitchMudou" in resposta["HX-Trigger"]
    assert Pitch.objects.count() == 1
    navegador.post(url, {"causa": causa.pk, "oferta": "Frete e prazo"})
    painel = navegador.get(f"/clientes/{cliente.pk}/pitch/", headers=HTMX).content.decode()
    assert "Frete e prazo" in painel
    assert "1 versão anterior" in painel
    assert "Ana Souza" in painel


def test_pitch_em_branco_volta_com_o_erro(ana, cliente, entrar):
    resposta = entrar(ana).post(f"/clientes/{cliente.pk}/pitch/editar/", {"oferta": " "})
    assert resposta.status_code == 422
    assert "Escreva ao menos um dos campos." in resposta.content.decode()


def test_objecoes_trazem_a_contagem_e_o_contra_argumento(ana, cliente, entrar):
    preco = Objecao.objects.get(nome="Preço alto")
    for dias in (9, 2):
        feito = Contato.objects.create(
            cliente=cliente, canal="ligacao", ocorrencia=Ocorrencia.objects.first(), atendente=ana
        )
        Contato.objects.filter(pk=feito.pk).update(em=feito.em - timedelta(days=dias))
        feito.objecoes.add(preco)
    desfeito = Contato.objects.create(
        cliente=cliente, canal="ligacao", ocorrencia=Ocorrencia.objects.first(), atendente=ana,
        desfeito_em=feito.em,
    )  # fmt: skip
    desfeito.objecoes.add(Objecao.objects.get(nome="Está com estoque"))
    painel = entrar(ana).get(f"/clientes/{cliente.pk}/pitch/", headers=HTMX).content.decode()
    assert "2 vezes, a última em 18/11/2026" in painel
    assert preco.contra_argumento in painel
    assert "Está com estoque" not in painel


# ── Pessoas ──


def test_pessoa_entra_se_edita_se_inativa_e_volta(ana, cliente, entrar):
    navegador, base = entrar(ana), f"/clientes/{cliente.pk}/pessoas/"
    navegador.post(
        f"{base}nova/",
        {"nome": "Gisela Marques", "papel": "comprador", "telefone": "(47) 99922-0198", "principal": "on"},
    )
    gisela = PessoaDeContato.objects.get()
    assert (gisela.telefone, gisela.principal) == ("+5547999220198", True)
    repetida = navegador.post(f"{base}nova/", {"nome": "gisela marques", "papel": "outro"})
    assert repetida.status_code == 422
    assert "Já há uma pessoa com este nome" in repetida.content.decode()
    navegador.post(
        f"{base}{gisela.pk}/",
        {"nome": "Gisela Marques", "papel": "decisor", "telefone": "(47) 99922-0198", "principal": "on"},
    )
    navegador.post(f"{base}{gisela.pk}/inativar/")
    gisela.refresh_from_db()
    assert (gisela.papel, gisela.ativa, gisela.telefone) == ("decisor", False, "+5547999220198")
    navegador.post(f"{base}{gisela.pk}/reativar/")
    gisela.refresh_from_db()
    assert gisela.ativa is True


@pytest.mark.parametrize(
    ("da_pessoa", "do_cliente", "tel", "mail", "zap"),
    [
        ([], [], True, True, True),
        (["ligacao"], [], False, True, True),
        ([], ["email"], True, False, True),
        (["whatsapp"], ["ligacao"], False, True, False),
    ],
)
def test_o_canal_que_a_pessoa_ou_o_cliente_recusa_some(
    ana, cliente, entrar, da_pessoa, do_cliente, tel, mail, zap
):
    cliente.nao_contatar = do_cliente
    cliente.save()
    pessoa = PessoaDeContato.objects.create(
        cliente=cliente, nome="Otto", telefone="+5547999220198", email="otto@x.test", nao_contatar=da_pessoa
    )
    painel = entrar(ana).get(f"/clientes/{cliente.pk}/pessoas/", headers=HTMX).content.decode()
    zap_url = f"/clientes/{cliente.pk}/pessoas/{pessoa.pk}/whatsapp/"
    assert ("tel:+5547999220198" in painel, f"/email/?para={pessoa.pk}" in painel, zap_url in painel) == (
        tel,
        mail,
        zap,
    )
    assert entrar(ana).post(zap_url).status_code == (200 if zap else 403)
    assert Contato.objects.filter(canal="whatsapp").exists() is zap


def test_pessoa_de_outro_cliente_e_404(ana, cliente, novo_cliente, entrar):
    outro = novo_cliente("C2", vendedor=ana)
    pessoa = PessoaDeContato.objects.create(cliente=outro, nome="Otto")
    assert entrar(ana).get(f"/clientes/{cliente.pk}/pessoas/{pessoa.pk}/").status_code == 404


# ── Atendimentos ──


def test_abrir_fechar_e_reabrir_pela_ficha(ana, cliente, entrar):
    navegador, base = entrar(ana), f"/clientes/{cliente.pk}/atendimentos/"
    resposta = navegador.post(
        f"{base}novo/", {"tipo": "nao_conformidade", "assunto": "Chave com defeito"}, headers=HTMX
    )
    assert (resposta.status_code, "atendimentoMudou" in resposta["HX-Trigger"]) == (204, True)
    aberto = Atendimento.objects.get()
    assert navegador.post(f"{base}{aberto.pk}/fechar/", {"solucao": " "}).status_code == 422
    navegador.post(f"{base}{aberto.pk}/fechar/", {"solucao": "Trocada"})
    aberto.refresh_from_db()
    assert (aberto.fechado_em, aberto.solucao) == (HOJE, "Trocada")
    navegador.post(f"{base}{aberto.pk}/reabrir/")
    aberto.refresh_from_db()
    assert aberto.fechado_em is None


def test_inativar_e_fechar_trazem_a_volta_no_aviso(ana, cliente, entrar):
    pessoa = PessoaDeContato.objects.create(cliente=cliente, nome="Otto")
    aberto = atendimentos.abrir(cliente, "troca", "Chave", "", ana)
    navegador, base = entrar(ana), f"/clientes/{cliente.pk}"
    for caminho, dados in (
        (f"/pessoas/{pessoa.pk}/inativar/", {}),
        (f"/atendimentos/{aberto.pk}/fechar/", {"solucao": "Trocada"}),
    ):
        avisos = json.loads(navegador.post(f"{base}{caminho}", dados, headers=HTMX)["HX-Trigger"])
        assert navegador.post(avisos["avisar"]["desfazer"], headers=HTMX).status_code == 204
    pessoa.refresh_from_db()
    aberto.refresh_from_db()
    assert (pessoa.ativa, aberto.fechado_em) == (True, None)


def test_o_do_erp_nao_oferece_fechar_e_recusa_com_o_motivo(ana, cliente, entrar):
    do_erp = Atendimento.objects.create(
        empresa=cliente.empresa,
        numero="9001",
        cliente=cliente,
        tipo="troca",
        assunto="Lote 88",
        aberto_em=HOJE,
    )
    navegador, base = entrar(ana), f"/clientes/{cliente.pk}/atendimentos/"
    painel = navegador.get(base, headers=HTMX).content.decode()
    assert "resolve-se no ERP" in painel
    assert "fechar/" not in painel
    recusa = navegador.post(f"{base}{do_erp.pk}/fechar/", {"solucao": "Pronto"})
    assert recusa.status_code == 422
    assert "veio do ERP" in recusa.content.decode()


# ── Grupo econômico ──


def test_grupo_traz_so_as_filiais_que_a_pessoa_ve(ana, bruno, carla, davi, cliente, novo_cliente, entrar):
    raiz = {"documento_valido": True}
    da_ana = novo_cliente("F1", vendedor=ana, razao_social="Krüger Timbó", documento="95889060000224", **raiz)
    da_carla = novo_cliente(
        "F2", vendedor=carla, razao_social="Krüger Norte", documento="95889060000305", **raiz
    )
    novo_cliente("F3", vendedor=ana, razao_social="Outra raiz", documento="33000167000101", **raiz)
    novo_cliente("F4", vendedor=ana, razao_social="Pessoa física", documento="95889060000", **raiz)
    novo_cliente("F5", vendedor=ana, razao_social="Não confere", documento="95889060000999")
    indicar(da_ana, HOJE - timedelta(days=10), status=Status.ATIVO, valor_12m=Decimal("27000.00"))
    for pessoa, esperados in ((ana, {da_ana}), (bruno, {da_ana}), (davi, {da_ana, da_carla})):
        resposta = entrar(pessoa).get(f"/clientes/{cliente.pk}/grupo/", headers=HTMX)
        assert {f.cliente for f in resposta.context["filiais"]} == esperados
        assert ("Krüger Norte" in resposta.content.decode()) is (da_carla in esperados)
    texto = resposta.content.decode()
    assert "R$ 27 mil em 12 meses" in texto
    # O documento inteiro é da ficha de cada uma.
    assert "**.889.060/****-**" in texto
    assert "0002-24" not in texto
