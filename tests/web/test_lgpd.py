"""As páginas dos dados pessoais: registrar, atender o titular, esquecer, bloquear e guardar por um prazo."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from atividade.models import Status
from carteira.retencao import APAGADO, limpar_vencidos
from clientes.lgpd.oposicao import opor
from clientes.models import (
    BaseDoTitular,
    Bloqueio,
    Cliente,
    Importacao,
    Lapide,
    Oposicao,
    PessoaDeContato,
    RegraDeRetencao,
    VersaoDeLinha,
    VistaDaFicha,
)
from contas.models import Empresa, RegistroDeAuditoria
from notificacoes.models import Mensagem
from tests.api.conftest import token  # noqa: F401
from tests.conftest import HOJE, novo_pedido
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


@pytest.fixture
def marta(ana: Any, novo_cliente: Any) -> Cliente:
    """Pessoa física, com Otto de contato."""
    Empresa.objects.update(referencia=HOJE)
    cliente = novo_cliente(
        "M1", vendedor=ana, razao_social="Marta Helena Kunz", documento="52998224725", documento_valido=True,
        telefone="+5547995550123", email="marta@kunz.test", compras=[(HOJE - timedelta(days=40), "150.00")],
    )  # fmt: skip
    PessoaDeContato.objects.create(cliente=cliente, nome="Otto Beilke", email="otto@kunz.test")
    return indicar(cliente, HOJE - timedelta(days=40), status=Status.ATIVO, ritmo="unica")


def _url(cliente: Cliente, resto: str = "") -> str:
    return f"/clientes/{cliente.pk}/privacidade/{resto}"


# ── Quem viu ─────────────────────────────────────────────────────────────────


def test_quem_viu_se_soma_por_pessoa_e_dia_e_so_o_admin_le(
    marta: Cliente, ana: Any, davi: Any, entrar: Any
) -> None:
    da_ana, do_davi = entrar(ana), entrar(davi)
    for _vez in range(2):
        da_ana.get(f"/clientes/{marta.pk}/")
    do_davi.get(f"/clientes/{marta.pk}/")
    assert entrar(ana).get("/clientes/999999/").status_code == 404
    vistas = VistaDaFicha.objects.order_by("pk").values_list("pessoa__nome", "vezes", "dia", "como")
    assert list(vistas) == [("Ana Souza", 2, HOJE, None), ("Davi Rocha", 1, HOJE, None)]
    assert "2 vezes" in do_davi.get(_url(marta)).content.decode()
    assert "Quem viu a ficha" not in da_ana.get(_url(marta)).content.decode()


def test_abrir_o_cliente_pela_api_tambem_e_ver_a_ficha(
    marta: Cliente,
    ana: Any,
    carla: Any,
    token: Any,  # noqa: F811
) -> None:
    da_ana, endereco = token(ana, "ler"), f"/api/v1/clientes/{marta.pk}/"
    primeira = da_ana.get(endereco)
    assert da_ana.get(endereco, headers={"If-None-Match": primeira["ETag"]}).status_code == 304
    assert token(carla, "ler").get(endereco).status_code == 404
    assert da_ana.get("/api/v1/clientes/").status_code == 200  # a lista não é a ficha
    assert list(VistaDaFicha.objects.values_list("pessoa__nome", "vezes")) == [("Ana Souza", 1)]


def test_quem_ve_como_outro_fica_anotado_por_si(marta: Cliente, ana: Any, bruno: Any, entrar: Any) -> None:
    navegador = entrar(bruno)
    navegador.post(f"/ver-como/{ana.pk}/entrar/")
    assert navegador.get(f"/clientes/{marta.pk}/").status_code == 200
    assert list(VistaDaFicha.objects.values_list("pessoa__nome", "como__nome")) == [
        ("Bruno Lima", "Ana Souza")
    ]


# ── Oposição e base ──────────────────────────────────────────────────────────


def test_o_vendedor_registra_e_so_o_admin_retira(marta: Cliente, ana: Any, davi: Any, entrar: Any) -> None:
    da_ana = entrar(ana)
    dados = {"titular": "0", "canais": ["email"], "em": "2026-11-18", "motivo": "Pediu na visita"}
    assert da_ana.post(_url(marta, "opor/"), dados | {"canais": []}).status_code == 422
    assert da_ana.post(_url(marta, "opor/"), dados | {"titular": "99"}).status_code == 422
    assert not Oposicao.objects.exists()
    assert da_ana.post(_url(marta, "opor/"), dados).status_code == 302
    oposicao = Oposicao.objects.get()
    assert (oposicao.canal, oposicao.motivo, oposicao.fonte, oposicao.por) == (
        "email", "Pediu na visita", "titular", ana,
    )  # fmt: skip
    pagina = da_ana.get(_url(marta)).content.decode()
    assert "Pediu na visita" in pagina
    assert "marta@kunz.test" not in pagina  # quem não cuida não lê o endereço de um canal fechado
    retirar = _url(marta, f"oposicoes/{oposicao.pk}/retirar/")
    assert da_ana.post(retirar, {"motivo": "x"}).status_code == 403
    assert entrar(davi).post(retirar, {"motivo": ""}).status_code == 422
    assert entrar(davi).post(retirar, {"motivo": "Voltou atrás por e-mail"}).status_code == 302
    marta.refresh_from_db()
    assert marta.nao_contatar == []


def test_a_base_declarada_vence_o_padrao_da_empresa(marta: Cliente, davi: Any, entrar: Any) -> None:
    navegador = entrar(davi)
    padrao = {
        "base": "interesse",
        "base_dos_clientes": "obrigacao",
        "controlador": "Aliança",
        "encarregado": "Eva",
    }
    assert navegador.post("/lgpd/", padrao).status_code == 302
    Cliente.objects.filter(pk=marta.pk).update(categoria="prospect")  # o ERP ainda não soube que ela comprou
    assert navegador.get(_url(marta)).context["quadros"][0].base.nome == "Obrigação legal"
    dados = {"titular": "0", "base": "consentimento", "origem": "Ficha da feira", "desde": "2026-10-01"}
    assert navegador.post(_url(marta, "base/"), dados | {"desde": "2027-01-01"}).status_code == 422
    assert navegador.post(_url(marta, "base/"), dados).status_code == 302
    base = BaseDoTitular.objects.get()
    assert (base.base, base.origem, base.por) == ("consentimento", "Ficha da feira", davi)
    quadros = navegador.get(_url(marta)).context["quadros"]
    assert [q.base.nome for q in quadros] == ["Consentimento", "Obrigação legal"]
    assert RegistroDeAuditoria.objects.get(acao="mudar declaração da LGPD").depois["encarregado"] == "Eva"


# ── Relatório e anonimização ─────────────────────────────────────────────────


def test_o_relatorio_diz_tudo_e_fica_registrado(marta: Cliente, ana: Any, davi: Any, entrar: Any) -> None:
    opor(cliente=marta, canais=["visita"], motivo="Mora longe", em=HOJE, por=ana)
    navegador = entrar(davi)
    dito = json.loads(navegador.get(_url(marta, "relatorio/"), {"formato": "json"}).content)
    assert {d["campo"]: d["valor"] for d in dito["dados"]}["documento"] == "52998224725"
    assert dito["compras"] == [
        {"pedidos": 1, "valor total": "150.00", "primeira": "2026-10-11", "última": "2026-10-11"}
    ]
    assert dito["oposicoes"][0]["motivo"] == "Mora longe"
    assert [p["nome"] for p in dito["pessoas"]] == ["Otto Beilke"]
    assert dito["pedidos"][0]["situação"] == "Faturado"
    assert dito["perfil_calculado"][-1]["resultado"] == "Compra única"
    otto = PessoaDeContato.objects.get()
    dele = json.loads(
        navegador.get(_url(marta, "relatorio/"), {"formato": "json", "pessoa": otto.pk}).content
    )
    assert [d["valor"] for d in dele["dados"]] == ["Otto Beilke", "Outro", "otto@kunz.test"]
    assert "compras" not in dele
    alvos = RegistroDeAuditoria.objects.filter(acao="exportar relatório ao titular").order_by("pk")
    assert list(alvos.values_list("alvo", flat=True)) == [f"cliente:{marta.pk}", f"pessoadecontato:{otto.pk}"]
    assert entrar(ana).get(_url(marta, "relatorio/")).status_code == 403
    Cliente.objects.filter(pk=marta.pk).update(cep="89010001")
    assert "<dd>89010-001" in entrar(davi).get(_url(marta)).content.decode()


def test_so_a_frase_anonimiza(marta: Cliente, davi: Any, entrar: Any) -> None:
    navegador, url = entrar(davi), _url(marta, "anonimizar/")
    da_marta, de_outro = (
        VersaoDeLinha.objects.create(
            importacao_id=1, tabela="clientes_cliente", objeto_id=pk, antes={"observacao": "x"}
        )
        for pk in (marta.pk, marta.pk + 1)
    )
    pagina = navegador.get(url)
    assert dict(pagina.context["previa"].linhas) == {"cadastro": 1, "pessoas de contato": 1}
    assert navegador.post(url, {"motivo": "Pedido", "frase": "sim"}).status_code == 422
    marta.refresh_from_db()
    assert marta.razao_social == "Marta Helena Kunz"
    assert navegador.post(url, {"motivo": "Pedido", "frase": "Anonimizar  cliente M1"}).status_code == 302
    marta.refresh_from_db()
    assert (marta.razao_social, marta.pedidos.count()) == ("Titular anonimizado", 1)
    assert list(VersaoDeLinha.objects.all()) == [de_outro], "desfazer a importação não a traz de volta"
    assert Lapide.objects.get(objeto=da_marta.objeto_id).motivo == "anonimizado"
    assert "Anonimizado em" in navegador.get(_url(marta)).content.decode()
    assert navegador.get(f"/clientes/{marta.pk}/").status_code == 200


# ── Bloqueio e prazos ────────────────────────────────────────────────────────


def test_a_lista_de_bloqueio_entra_por_arquivo_e_so_mostra_o_final(
    marta: Cliente, davi: Any, entrar: Any
) -> None:
    navegador = entrar(davi)
    arquivo = SimpleUploadedFile("nao-me-ligue.csv", b"47995550123\nnada\nlixo\n")
    resposta = navegador.post(
        "/lgpd/bloqueios/", {"lista": "Não Me Ligue", "em": "2026-11-01", "arquivo": arquivo}, follow=True
    )
    pagina = resposta.content.decode()
    assert "1 incluído; 2 canais fechados agora; linhas não entendidas: 2, 3." in pagina
    assert "0123" in pagina
    assert "995550123" not in pagina
    assert navegador.post("/lgpd/bloqueios/", {"lista": "X", "em": "2026-11-01"}).status_code == 422
    assert (
        navegador.post("/lgpd/bloqueios/", {"lista": "X", "em": "2026-11-01", "valor": "12"}).status_code
        == 422
    )
    navegador.post(f"/lgpd/bloqueios/{Bloqueio.objects.get().pk}/tirar/")
    marta.refresh_from_db()
    assert (Bloqueio.objects.count(), marta.nao_contatar) == (0, ["ligacao", "whatsapp"])


def test_o_administrador_de_uma_empresa_nao_muda_a_instalacao(davi: Any, entrar: Any) -> None:
    Empresa.objects.create(codigo="2", nome="Filial")
    assert entrar(davi).get("/lgpd/retencao/").status_code == 403
    assert entrar(davi).post("/lgpd/bloqueios/", {}).status_code == 403
    assert entrar(davi).get("/lgpd/").status_code == 200


def _prazos(**ligadas: int) -> dict[str, str]:
    dias = {"vistas": 730, "mensagens": 365, "arquivos": 30, "prospects": 730, "auditoria": 1825} | ligadas
    return {f"dias_{t}": str(d) for t, d in dias.items()} | {f"ligada_{t}": "on" for t in ligadas}


def test_os_prazos_tem_previa_e_a_noite_os_cumpre(
    marta: Cliente, ana: Any, davi: Any, entrar: Any, novo_cliente: Any, empresa: Empresa
) -> None:
    velho = timezone.now() - timedelta(days=400)
    VistaDaFicha.objects.create(cliente=marta, pessoa=ana, dia=velho.date(), ultima_em=velho)
    recado = Mensagem.objects.create(chave="k", tipo="recado", para="a@b.test", assunto="x", texto="Marta",
                                     html="<b>Marta</b>", message_id="m", estado="enviada")  # fmt: skip
    Mensagem.objects.filter(pk=recado.pk).update(criada_em=velho)
    parado = novo_cliente(
        "P1", telefone="+554733330000"
    )  # nunca comprou: é prospect, diga o cadastro o que disser
    Cliente.objects.filter(pk=parado.pk).update(criado_em=velho)
    Importacao.objects.create(
        empresa=empresa, tipo="clientes", nome_do_arquivo="c.csv", caminho="/nada/c.csv"
    )
    navegador = entrar(davi)
    assert navegador.post("/lgpd/retencao/", _prazos(vistas=30)).status_code == 422
    assert navegador.post("/lgpd/retencao/", _prazos(mensagens="x")).status_code == 422
    navegador.post("/lgpd/retencao/", _prazos(vistas=365, mensagens=365, prospects=365))
    linhas = {
        linha["regra"].tipo: linha["vencidos"] for linha in navegador.get("/lgpd/retencao/").context["linhas"]
    }
    assert linhas == {"vistas": 1, "mensagens": 1, "prospects": 1, "arquivos": 0, "auditoria": 0}
    assert limpar_vencidos(timezone.now()) == {"vistas": 1, "mensagens": 1, "prospects": 1}
    assert limpar_vencidos(timezone.now()) == {}
    recado.refresh_from_db()
    parado.refresh_from_db()
    assert (recado.texto, recado.html, parado.telefone) == (APAGADO, "", "")
    assert not VistaDaFicha.objects.exists()
    assert RegistroDeAuditoria.objects.filter(acao="apagar por retenção").count() == 3
    assert RegraDeRetencao.objects.get(tipo="arquivos").ligada is False


def test_o_registro_de_tratamento_sai_da_configuracao(marta: Cliente, davi: Any, entrar: Any) -> None:
    novo_pedido(marta, "P9", HOJE)
    pagina = entrar(davi).get("/lgpd/tratamento/").content.decode()
    assert "Score e restrições" in pagina
    assert "Proteção ao crédito" in pagina
    assert "Com ninguém: tudo fica no servidor da empresa." in pagina


# ── Em conjuntos ─────────────────────────────────────────────────────────────


def test_as_paginas_custam_o_mesmo_com_poucos_e_com_muitos(marta: Cliente, davi: Any, entrar: Any) -> None:
    navegador = entrar(davi)

    def crescer(de: int, ate: int) -> list[int]:
        for n in range(de, ate):
            pessoa = PessoaDeContato.objects.create(
                cliente=marta, nome=f"Pessoa {n}", telefone=f"+5547332201{n:02}"
            )
            opor(cliente=marta, pessoa=pessoa, canais=["visita"], motivo="", em=HOJE, por=davi)
            Bloqueio.objects.create(
                tipo="telefone", resumo=f"{n}", final="0000", lista="L", em=HOJE, por=davi
            )
        medidas = []
        for endereco in (_url(marta), "/lgpd/bloqueios/", "/lgpd/retencao/"):
            with CaptureQueriesContext(connection) as consultas:
                assert navegador.get(endereco).status_code == 200
            medidas.append(len(consultas))
        return medidas

    crescer(0, 2)
    assert crescer(2, 5) == crescer(5, 40)
