"""Escrever ao cliente pela tela: a prévia preenchida, o envio, a recusa com motivo, e as mensagens prontas."""

import json
import uuid
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from atividade.models import Indicadores
from clientes.models import Cliente, Contato, ItemDePedido, ModeloDeMensagem, PessoaDeContato, Roteiro
from contas.models import Empresa, RegistroDeAuditoria, Vinculo
from notificacoes.models import Mensagem
from tests.conftest import HOJE, novo_pedido
from tests.web.carteira_de_teste import indicar

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _referencia(empresa: Empresa, hoje: date) -> None:
    Empresa.objects.update(referencia=HOJE, pedidos_ate=HOJE, nome="Ferragens Aliança")


@pytest.fixture
def aurora(ana: Any, novo_cliente: Any) -> Cliente:
    cliente = novo_cliente(
        "C1", vendedor=ana, razao_social="Aurora Ltda", nome_fantasia="Aurora", telefone="+5547999220198",
        email="compras@aurora.test", cidade="Timbó",
    )  # fmt: skip
    return indicar(cliente, HOJE - timedelta(days=51), status="ativo", valor_12m=Decimal(1000))


@pytest.fixture
def marcia(aurora: Cliente) -> PessoaDeContato:
    return PessoaDeContato.objects.create(
        cliente=aurora, nome="Márcia Lambert", email="marcia@aurora.test", telefone="+5547988887777",
        principal=True,
    )  # fmt: skip


def modelo(nome: str = "Sentimos sua falta", canal: str = "email") -> ModeloDeMensagem:
    achado: ModeloDeMensagem = ModeloDeMensagem.objects.get(canal=canal, nome=nome)
    return achado


def carta(**mudancas: Any) -> dict[str, Any]:
    return {
        "para": "0", "modelo": "", "assunto": "Oi", "texto": "Tudo bem?", "chave": str(uuid.uuid4()), **mudancas,
    }  # fmt: skip


# ── E-mail ──


def test_formulario_ja_usado_volta_com_o_que_se_escreveu(
    ana: Any, aurora: Cliente, novo_cliente: Any, entrar: Any
) -> None:
    boreal = novo_cliente("C2", vendedor=ana, email="compras@boreal.test")
    indicar(boreal, HOJE - timedelta(days=51), status="ativo")
    usada = carta()
    assert entrar(ana).post(f"/clientes/{aurora.pk}/email/", usada).status_code == 302
    recusado = entrar(ana).post(f"/clientes/{boreal.pk}/email/", usada)
    assert recusado.status_code == 422
    form = recusado.context["form"]
    assert (form["assunto"].value(), form["texto"].value()) == ("Oi", "Tudo bem?")
    assert form["chave"].value() != usada["chave"]
    assert form.non_field_errors() == ["Este formulário já foi usado. Confira o texto e salve de novo."]
    assert (Mensagem.objects.count(), Contato.objects.count()) == (1, 1)


def test_a_previa_vem_preenchida_para_a_pessoa_principal(
    ana: Any, aurora: Cliente, marcia: Any, entrar: Any
) -> None:
    form = entrar(ana).get(f"/clientes/{aurora.pk}/email/").context["form"]
    assert form["para"].value() == str(marcia.pk)
    assert form["assunto"].value() == "Aurora, podemos ajudar?"
    assert form["texto"].value() == (
        "Olá, Márcia.\n\nFaz 51 dias desde o seu último pedido, e queremos saber se está tudo bem. "
        "Há algo que possamos melhorar?\n\nFico à disposição.\n\nAna Souza\nFerragens Aliança"
    )


def test_trocar_o_destino_refaz_o_texto_so_se_ninguem_o_mudou(
    ana: Any, aurora: Cliente, marcia: Any, entrar: Any
) -> None:
    navegador, caminho = entrar(ana), f"/clientes/{aurora.pk}/email/"
    inicial = navegador.get(caminho).context["form"]
    escrito = {nome: inicial[nome].value() for nome in ("assunto", "texto")}
    escrito["texto"] = escrito["texto"].replace("\n", "\r\n")  # como o navegador manda
    escolhas = {
        "modelo": modelo().pk, "modelo_era": modelo().pk, "para": "0", "para_era": marcia.pk, "preencher": "1",
    }  # fmt: skip
    trocado = navegador.post(caminho, escrito | escolhas).context["form"]
    assert trocado["texto"].value().startswith("Olá, Aurora.")
    mudado = {**escrito, "texto": "Só uma palavra"}
    assert navegador.post(caminho, mudado | escolhas).context["form"]["texto"].value() == "Só uma palavra"
    outro = escolhas | {"modelo": modelo("Reposição").pk}
    assert navegador.post(caminho, mudado | outro).context["form"]["assunto"].value() == "Hora de repor?"
    assert not Mensagem.objects.exists()


def test_enviar_pela_tela_escreve_a_mensagem_e_o_contato_e_se_desfaz(
    ana: Any, aurora: Cliente, marcia: Any, entrar: Any
) -> None:
    navegador = entrar(ana)
    resposta = navegador.post(
        f"/clientes/{aurora.pk}/email/", carta(para=marcia.pk, origem="fila"), headers=HTMX
    )
    assert resposta.status_code == 204
    mensagem = Mensagem.objects.get()
    assert (mensagem.tipo, mensagem.para, mensagem.responder_a) == (
        "cliente", "marcia@aurora.test", "ana@exemplo.test",
    )  # fmt: skip
    contato = Contato.objects.get()
    assert (contato.canal, contato.pessoa, contato.origem) == ("email", "Márcia Lambert", "fila")
    aviso = json.loads(resposta["HX-Trigger"])["avisar"]
    navegador.post(aviso["desfazer"], headers=HTMX)
    mensagem.refresh_from_db()
    assert mensagem.estado == "cancelada"
    assert Indicadores.objects.get(pk=aurora.pk).ultimo_contato_em is None


def test_texto_em_branco_nao_sai_e_o_escrito_volta(ana: Any, aurora: Cliente, entrar: Any) -> None:
    resposta = entrar(ana).post(f"/clientes/{aurora.pk}/email/", carta(texto=" ", assunto="Guarde-me"))
    assert resposta.status_code == 422
    assert "Escreva o texto do e-mail." in resposta.content.decode()
    assert "Guarde-me" in resposta.content.decode()
    assert not Mensagem.objects.exists()


def test_nao_contatar_recusa_com_o_motivo_e_nada_muda(
    ana: Any, aurora: Cliente, marcia: Any, entrar: Any
) -> None:
    navegador, caminho = entrar(ana), f"/clientes/{aurora.pk}/email/"
    marcia.nao_contatar = ["email", "whatsapp"]
    marcia.save()
    recusada = navegador.post(caminho, carta(para=marcia.pk))
    assert recusada.status_code == 403
    assert "Márcia Lambert pediu para não receber e-mails." in recusada.content.decode()
    assert navegador.get(caminho).context["form"]["para"].value() == "0"  # o cliente ainda aceita
    aurora.nao_contatar = ["email", "whatsapp"]
    aurora.save()
    for metodo in (navegador.get, navegador.post):
        resposta = metodo(caminho)
        assert resposta.status_code == 403
        assert "Aurora pediu para não receber e-mails." in resposta.content.decode()
        conversa = metodo(f"/clientes/{aurora.pk}/whatsapp/")
        assert conversa.status_code == 403
        assert "Aurora pediu para não ser procurado pelo WhatsApp." in conversa.content.decode()
    assert "não contatar por e-mail" in navegador.get(f"/fila/?cliente={aurora.pk}").content.decode()
    assert not Mensagem.objects.exists()
    assert not Contato.objects.exists()


@pytest.mark.parametrize(
    ("email", "recado"), [("", "não tem e-mail no cadastro"), ("aurora arroba", "não é um endereço válido")]
)
def test_sem_email_diz_onde_por(ana: Any, aurora: Cliente, entrar: Any, email: str, recado: str) -> None:
    aurora.email = email
    aurora.save()
    pagina = entrar(ana).get(f"/clientes/{aurora.pk}/email/").content.decode()
    assert recado in pagina
    assert f'href="/clientes/{aurora.pk}/editar/"' in pagina
    entrar(ana).post(f"/clientes/{aurora.pk}/email/", carta())
    assert not Mensagem.objects.exists()


def test_o_estado_do_envio_se_ve_na_ficha_e_so_quem_mandou_desfaz(
    ana: Any, bruno: Any, aurora: Cliente, entrar: Any
) -> None:
    entrar(ana).post(f"/clientes/{aurora.pk}/email/", carta(assunto="Novidade"))
    caminho = f"/clientes/{aurora.pk}/mensagens/"
    for estado, dito in (
        ("pendente", "e-mail pendente"), ("enviada", "e-mail enviado"), ("incerto", "e-mail incerto"),
        ("morta", "e-mail não enviado"),
    ):  # fmt: skip
        Mensagem.objects.update(estado=estado, erro="550 caixa cheia")
        pagina = entrar(ana).get(caminho).content.decode()
        assert "Novidade" in pagina
        assert dito in pagina
        assert ("550 caixa cheia" in pagina) == (estado != "enviada")
        assert ("Desfazer" in pagina) == (estado == "pendente")
        assert "Desfazer" not in entrar(bruno).get(caminho).content.decode()


def test_cliente_alheio_e_404_e_leitura_so_le(carla: Any, lia: Any, aurora: Cliente, entrar: Any) -> None:
    for caminho in ("email", "mensagens", "whatsapp"):
        assert entrar(carla).get(f"/clientes/{aurora.pk}/{caminho}/").status_code == 404
    assert entrar(lia).post(f"/clientes/{aurora.pk}/email/", carta()).status_code == 403
    assert entrar(lia).get(f"/clientes/{aurora.pk}/mensagens/").status_code == 200
    assert not Mensagem.objects.exists()


def test_consultas_da_carta_nao_crescem_com_a_historia(ana: Any, aurora: Cliente, entrar: Any) -> None:
    navegador = entrar(ana)

    def contar() -> list[int]:
        medidas = []
        for caminho in ("email", "whatsapp", "mensagens"):
            with CaptureQueriesContext(connection) as consultas:
                assert navegador.get(f"/clientes/{aurora.pk}/{caminho}/").status_code == 200
            medidas.append(len(consultas))
        return medidas

    def crescer(de: int, ate: int) -> None:
        for n in range(de, ate):
            PessoaDeContato.objects.create(cliente=aurora, nome=f"P{n}", email=f"p{n}@aurora.test")
            novo_pedido(aurora, f"A{n}", HOJE - timedelta(days=60 + n))
            navegador.post(f"/clientes/{aurora.pk}/email/", carta())

    crescer(0, 2)
    poucas = contar()
    crescer(2, 15)
    assert contar() == poucas


# ── WhatsApp ──


def test_o_texto_do_modelo_vai_na_conversa_e_na_tentativa(
    ana: Any, aurora: Cliente, marcia: Any, entrar: Any
) -> None:
    navegador, caminho = entrar(ana), f"/clientes/{aurora.pk}/whatsapp/"
    texto = navegador.get(caminho).context["form"]["texto"].value()
    assert texto == (
        "Olá, Márcia! Aqui é Ana Souza, da Ferragens Aliança. Faz um tempo que não nos falamos. Precisa de algo?"
    )
    dados = {"para": marcia.pk, "texto": "Oi, Márcia & cia: 2+2?", "chave": str(uuid.uuid4())}
    for _ in range(2):
        pagina = navegador.post(caminho, dados).content.decode()
    assert "https://wa.me/5547988887777?text=Oi%2C%20M%C3%A1rcia%20%26%20cia%3A%202%2B2%3F" in pagina
    contato = Contato.objects.get()
    assert (contato.canal, contato.pessoa, contato.observacao) == (
        "whatsapp", "Márcia Lambert", "Oi, Márcia & cia: 2+2?",
    )  # fmt: skip
    assert not contato.ocorrencia.efetiva
    assert Indicadores.objects.get(pk=aurora.pk).ultimo_contato_em is None


# ── Mensagens prontas ──


def test_o_administrador_cria_muda_e_tira_de_uso(ana: Any, davi: Any, aurora: Cliente, entrar: Any) -> None:
    admin = entrar(davi)
    nova = {
        "canal": "email", "nome": "Oferta", "assunto": "{mais_comprado} em oferta", "corpo": "Olá, {pessoa}.",
        "ordem": "0",
    }  # fmt: skip
    assert admin.post("/mensagens/prontas/nova/", nova).status_code == 302
    oferta = modelo("Oferta")
    ItemDePedido.objects.create(
        pedido=novo_pedido(aurora, "P1", HOJE - timedelta(days=51)), sequencia=1, produto_nome="Prego 17x27",
        quantidade=1, valor=10,
    )  # fmt: skip
    form = entrar(ana).get(f"/clientes/{aurora.pk}/email/").context["form"]
    assert (form["modelo"].value(), form["assunto"].value()) == (oferta.pk, "Prego 17x27 em oferta")
    admin.post(f"/mensagens/prontas/{oferta.pk}/", nova | {"nome": "Promoção"})
    admin.post(f"/mensagens/prontas/{oferta.pk}/uso/", {"ativa": "nao"})
    nomes = [
        n for _, n in entrar(ana).get(f"/clientes/{aurora.pk}/email/").context["form"]["modelo"].field.choices
    ]
    assert "Promoção" not in nomes
    assert "Promoção" in admin.get("/mensagens/prontas/").content.decode()
    acoes = RegistroDeAuditoria.objects.exclude(acao="entrar").order_by("pk").values_list("acao", flat=True)
    assert list(acoes) == ["mudar mensagem pronta", "mudar mensagem pronta", "mensagem pronta em uso"]


@pytest.mark.parametrize(
    ("mudanca", "campo", "recado"),
    [
        ({"corpo": "Olá, {fulano}."}, "corpo", "Não existe a variável {fulano}."),
        ({"assunto": "{preço}"}, "assunto", "Não existe a variável {preço}."),
        ({"assunto": ""}, "assunto", "O e-mail precisa de um assunto."),
        ({"nome": "Reposição"}, "nome", "Já há uma mensagem pronta com este nome neste canal."),
        ({"corpo": "Olá, {pessoa"}, "corpo", "Há uma chave sem par"),
    ],
)
def test_texto_errado_diz_o_que_e_e_nada_muda(
    davi: Any, entrar: Any, mudanca: dict[str, str], campo: str, recado: str
) -> None:
    antes = list(ModeloDeMensagem.objects.values())
    dados = {"canal": "email", "nome": "Nova", "assunto": "Oi", "corpo": "Oi", "ordem": "5", **mudanca}
    resposta = entrar(davi).post("/mensagens/prontas/nova/", dados)
    assert resposta.status_code == 422
    assert recado in str(resposta.context["form"].errors[campo])
    assert list(ModeloDeMensagem.objects.values()) == antes


def test_quem_administra_uma_empresa_so_le_as_mensagens_prontas(davi: Any, ana: Any, entrar: Any) -> None:
    Empresa.objects.create(codigo="2", nome="Outra")
    pk = modelo().pk
    assert "Nova mensagem" not in entrar(davi).get("/mensagens/prontas/").content.decode()
    assert entrar(davi).post(f"/mensagens/prontas/{pk}/", {"nome": "X"}).status_code == 403
    assert entrar(ana).get("/mensagens/prontas/").status_code == 403
    assert modelo().pk == pk


# ── Roteiros ──


def test_o_gestor_escreve_o_da_sua_equipe_e_volta_ao_da_instalacao(
    bruno: Any, sul: Any, norte: Any, entrar: Any
) -> None:
    navegador = entrar(bruno)
    assert navegador.post("/roteiros/ativo/", {"texto": "Olá, {pessoa}."}).status_code == 302
    assert Roteiro.objects.get(equipe=sul).texto == "Olá, {pessoa}."
    assert "próprio da equipe" in navegador.get("/roteiros/").content.decode()
    assert navegador.get(f"/roteiros/?equipe={norte.pk}").status_code == 404
    assert navegador.post(f"/roteiros/ativo/?equipe={norte.pk}", {"texto": "x"}).status_code == 404
    resposta = navegador.post("/roteiros/ativo/", {"texto": "{fulano}"})
    assert "Não existe a variável {fulano}." in resposta.content.decode()
    assert navegador.post("/roteiros/ativo/voltar/").status_code == 302
    assert not Roteiro.objects.filter(equipe__isnull=False).exists()
    apagado = RegistroDeAuditoria.objects.get(acao="apagar roteiro")
    assert apagado.antes == {"texto": "Olá, {pessoa}."}


def test_os_da_instalacao_sao_de_quem_administra_tudo(davi: Any, ana: Any, lia: Any, entrar: Any) -> None:
    assert entrar(davi).post("/roteiros/ativo/", {"texto": "Novo texto"}).status_code == 302
    assert Roteiro.objects.get(faixa="ativo").texto == "Novo texto"
    outra = Empresa.objects.create(codigo="2", nome="Outra")
    assert entrar(davi).post("/roteiros/ativo/", {"texto": "Outro"}).status_code == 403
    Vinculo.objects.create(usuario=davi, empresa=outra)
    assert entrar(davi).post("/roteiros/ativo/voltar/").status_code == 403
    for pessoa in (ana, lia):
        assert entrar(pessoa).get("/roteiros/").status_code == 403
    assert Roteiro.objects.get(faixa="ativo").texto == "Novo texto"
