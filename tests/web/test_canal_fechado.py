"""O contato de um canal fechado: nos formulários vem em branco, e salvar não o perde; quem cuida dos titulares o lê."""

import json
from typing import Any

import pytest

from clientes.lgpd.oposicao import opor, retirar
from clientes.models import CanalDeContato, Cliente, Oposicao, PessoaDeContato
from contas.models import RegistroDeAuditoria
from tests.api.conftest import token  # noqa: F401
from tests.conftest import HOJE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
FONE, EMAIL = "+5547991230456", "olga@fechado.exemplo"


@pytest.fixture
def oposto(ana: Any, davi: Any, novo_cliente: Any) -> Cliente:
    cliente = novo_cliente(
        "C1", vendedor=ana, telefone=FONE, email=EMAIL, erp={"telefone": "+5547990000000", "email": EMAIL}
    )
    opor(cliente=cliente, canais=CanalDeContato.values, motivo="Pediu", em=HOJE, por=davi)
    PessoaDeContato.objects.create(cliente=cliente, nome="Olga", telefone=FONE, email=f"pessoal.{EMAIL}")
    return Cliente.objects.get(pk=cliente.pk)


def _mostra(pagina: Any) -> bool:
    texto = pagina.content.decode()
    return any(dito in texto for dito in ("99123-0456", "991230456", "99000-0000", EMAIL))


def test_o_vendedor_edita_sem_ler_e_sem_perder(oposto: Cliente, ana: Any, entrar: Any) -> None:
    navegador, url = entrar(ana), f"/clientes/{oposto.pk}/editar/"
    pagina = navegador.get(url)
    assert not _mostra(pagina)
    assert "Pediu para não ser procurado por aqui" in pagina.content.decode()
    navegador.post(url, {"telefone": "", "email": "", "perfil": "Ouro", "observacao": ""})
    oposto.refresh_from_db()
    assert (oposto.telefone, oposto.email, oposto.perfil) == (FONE, EMAIL, "Ouro")
    depois = RegistroDeAuditoria.objects.get(acao="editar cliente").depois
    assert depois == {"perfil": "Ouro"}


def test_o_numero_novo_que_ele_der_se_grava(oposto: Cliente, ana: Any, entrar: Any) -> None:
    entrar(ana).post(f"/clientes/{oposto.pk}/editar/", {"telefone": "(47) 3382-0000", "perfil": "Ouro"})
    oposto.refresh_from_db()
    assert (oposto.telefone, oposto.email) == ("+554733820000", EMAIL)


def test_a_pessoa_de_contato_segue_o_cliente_e_o_seu_proprio_pedido(
    oposto: Cliente, ana: Any, entrar: Any
) -> None:
    olga = PessoaDeContato.objects.get()
    navegador, url = entrar(ana), f"/clientes/{oposto.pk}/pessoas/{olga.pk}/"
    assert not _mostra(navegador.get(url))
    dados = {"nome": "Olga Maria", "papel": olga.papel, "telefone": "", "email": ""}
    navegador.post(url, dados)
    olga.refresh_from_db()
    assert (olga.nome, olga.telefone, olga.email) == ("Olga Maria", FONE, f"pessoal.{EMAIL}")


def _como_abriu(pagina: Any, **mudado: str) -> dict[str, Any]:
    """O formulário como a página o trouxe, com o que a pessoa mudou nele."""
    form = pagina.context["form"]
    assert all(f'name="{campo.html_name}"' in pagina.content.decode() for campo in form.hidden_fields())
    aberto = {campo.html_name: campo.value() for campo in form}
    return {nome: valor for nome, valor in aberto.items() if valor not in (None, False)} | mudado


def test_a_oposicao_que_cai_com_o_formulario_aberto_nao_apaga_o_que_estava_fechado(
    oposto: Cliente, ana: Any, davi: Any, entrar: Any
) -> None:
    """Ana abriu com o canal fechado; Davi retira a oposição; Ana salva outra coisa."""
    navegador, olga = entrar(ana), PessoaDeContato.objects.get()
    urls = [f"/clientes/{oposto.pk}/editar/", f"/clientes/{oposto.pk}/pessoas/{olga.pk}/"]
    abertos = [navegador.get(url) for url in urls]
    for oposicao in Oposicao.objects.all():
        retirar(oposicao=oposicao, motivo="Mudou de ideia", por=davi)
    navegador.post(urls[0], _como_abriu(abertos[0], perfil="Ouro"))
    navegador.post(urls[1], _como_abriu(abertos[1], nome="Olga Maria"))
    oposto.refresh_from_db()
    olga.refresh_from_db()
    assert (oposto.telefone, oposto.email, oposto.perfil) == (FONE, EMAIL, "Ouro")
    assert (olga.telefone, olga.email, olga.nome) == (FONE, f"pessoal.{EMAIL}", "Olga Maria")
    # O que ela escreve vale; e quem leu e apagou, apagou.
    navegador.post(urls[0], _como_abriu(abertos[0], telefone="(47) 3382-0000"))
    de_davi = entrar(davi)
    de_davi.post(urls[1], _como_abriu(de_davi.get(urls[1]), email=""))
    oposto.refresh_from_db()
    olga.refresh_from_db()
    assert (oposto.telefone, oposto.email) == ("+554733820000", EMAIL)
    assert (olga.telefone, olga.email) == (FONE, "")


def test_so_o_que_o_canal_fecha_se_esconde(ana: Any, novo_cliente: Any, entrar: Any) -> None:
    """Fechada só a ligação, o número ainda serve ao WhatsApp."""
    cliente = novo_cliente("C1", vendedor=ana, telefone=FONE, email=EMAIL, nao_contatar=["ligacao"])
    texto = entrar(ana).get(f"/clientes/{cliente.pk}/editar/").content.decode()
    assert "99123-0456" in texto
    assert EMAIL in texto


def test_o_gestor_compara_para_unir_sem_ler_e_o_que_fica_nao_se_perde(
    oposto: Cliente, ana: Any, bruno: Any, davi: Any, novo_cliente: Any, entrar: Any
) -> None:
    outro = novo_cliente("C2", vendedor=ana, telefone="+554733820000", email="c2@exemplo.test")
    url = f"/higienizacao/unir/{outro.pk}/{oposto.pk}/"
    pagina = entrar(bruno).get(url)
    assert not _mostra(pagina)
    assert "não contatar" in pagina.content.decode()
    assert _mostra(entrar(davi).get(url))
    entrar(bruno).post(url, {"telefone": "outro", "email": "ficou", "motivo": "Duplicado"})
    outro.refresh_from_db()
    assert (outro.telefone, outro.email) == (FONE, "c2@exemplo.test")


def test_quem_cuida_dos_titulares_le_e_corrige(oposto: Cliente, davi: Any, entrar: Any) -> None:
    navegador = entrar(davi)
    assert _mostra(navegador.get(f"/clientes/{oposto.pk}/editar/"))
    assert _mostra(navegador.get(f"/clientes/{oposto.pk}/pessoas/{PessoaDeContato.objects.get().pk}/"))


def test_telefone_errado_de_canal_fechado_se_conserta_sem_se_ler(
    ana: Any, bruno: Any, novo_cliente: Any, entrar: Any
) -> None:
    from tests.web.carteira_de_teste import indicar

    cliente = novo_cliente(
        "C1", vendedor=ana, telefone="991230456", email=EMAIL, nao_contatar=sorted(CanalDeContato.values)
    )
    indicar(cliente, HOJE, status="ativo")
    navegador = entrar(bruno)
    for url in (
        "/higienizacao/?tipo=telefone_invalido",
        f"/higienizacao/telefone_invalido/{cliente.pk}/",
        "/relatorios/pendencias-de-cadastro/?tipo=telefone_invalido",
    ):
        pagina = navegador.get(url)
        assert pagina.status_code == 200, url
        assert not _mostra(pagina), url


def test_o_vazio_lido_pela_api_e_mandado_de_volta_nao_apaga(
    oposto: Cliente,
    davi: Any,
    token: Any,  # noqa: F811
) -> None:
    chamador, url = token(davi), f"/api/v1/clientes/{oposto.pk}/"
    lido = chamador.get(url)
    assert (lido.json()["telefone"], lido.json()["email"]) == ("", "")
    corpo = json.dumps({"telefone": "", "email": "", "perfil": "Ouro"})
    resposta = chamador.patch(url, corpo, content_type="application/json", headers={"If-Match": lido["ETag"]})
    assert resposta.status_code == 200
    oposto.refresh_from_db()
    assert (oposto.telefone, oposto.email, oposto.perfil) == (FONE, EMAIL, "Ouro")
