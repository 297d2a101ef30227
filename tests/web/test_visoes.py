"""Visões salvas: de uma pessoa ou da equipe, inteiras na URL, com volta; a de outra não existe."""

import json

import pytest
from django.db import IntegrityError, transaction

from clientes.models import Visao, VisaoPadrao
from contas.models import Empresa
from tests.conftest import HOJE, criar_pessoa, por_na_equipe

pytestmark = pytest.mark.django_db
CONSULTA = "uf=SC&ordem=-titulos&colunas=titulos%2Cvalor&densidade=compacta"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _referencia(empresa, hoje):
    Empresa.objects.update(referencia=HOJE)


@pytest.fixture
def clientes(ana, novo_cliente):
    return [novo_cliente("S", vendedor=ana, uf="SC"), novo_cliente("P", vendedor=ana, uf="PR")]


def visao(dono, **campos):
    return Visao.objects.create(dono=dono, **{"nome": "Quem deve", "consulta": CONSULTA, **campos})


def abas(pessoa, entrar, url="/clientes/?visao=0"):
    return [v["visao"].nome for v in entrar(pessoa).get(url).context["visoes"]]


def test_salvar_abre_na_visao_com_a_lista_inteira_na_url(clientes, ana, entrar):
    navegador = entrar(ana)
    guardar = navegador.get("/clientes/?uf=SC&colunas=titulos,valor&ordem=-titulos&apos=x&por=25").context[
        "consulta_para_guardar"
    ]
    resposta = navegador.post("/clientes/visoes/nova/", {"nome": "  Quem   deve ", "consulta": guardar})
    nova = Visao.objects.get()
    assert (nova.dono, nova.nome, nova.equipe) == (ana, "Quem deve", None)
    assert nova.consulta == "uf=SC&colunas=titulos%2Cvalor&ordem=-titulos&densidade=confortavel"
    assert resposta["Location"] == f"/clientes/?{nova.consulta}&visao={nova.pk}"
    pagina = navegador.get(resposta["Location"])
    assert [linha.cliente.codigo for linha in pagina.context["linhas"]] == ["S"]
    assert [c.chave for c in pagina.context["colunas"]] == ["titulos", "valor"]
    assert pagina.context["visao"] == nova
    assert not pagina.context["visao_mudou"]


def test_mexer_na_lista_diz_que_a_visao_mudou_e_atualizar_a_acerta(clientes, ana, entrar):
    guardada, navegador = visao(ana), entrar(ana)
    mudada = navegador.get(f"/clientes/?{CONSULTA}&uf=PR&visao={guardada.pk}")
    assert mudada.context["visao_mudou"]
    assert "Atualizar" in mudada.content.decode()
    navegador.post(
        f"/clientes/visoes/{guardada.pk}/atualizar/", {"consulta": mudada.context["consulta_para_guardar"]}
    )
    guardada.refresh_from_db()
    assert guardada.consulta.startswith("uf=SC&uf=PR&")
    assert not navegador.get(f"/clientes/?{guardada.consulta}&visao={guardada.pk}").context["visao_mudou"]


def test_renomear_recusa_nome_repetido_e_guarda_o_que_foi_escrito(ana, entrar):
    uma, _ = visao(ana), visao(ana, nome="Sumidos")
    resposta = entrar(ana).post(f"/clientes/visoes/{uma.pk}/", {"nome": "sumidos"})
    assert resposta.status_code == 422
    assert "Você já tem uma visão chamada “sumidos”." in resposta.content.decode()
    assert entrar(ana).post(f"/clientes/visoes/{uma.pk}/", {"nome": ""}).status_code == 422
    uma.refresh_from_db()
    assert uma.nome == "Quem deve"
    entrar(ana).post(f"/clientes/visoes/{uma.pk}/", {"nome": "Devedores"})
    uma.refresh_from_db()
    assert uma.nome == "Devedores"


def test_apagar_some_e_desfazer_traz_de_volta_sem_tomar_o_nome_de_outra(ana, entrar):
    uma, navegador = visao(ana), entrar(ana)
    resposta = navegador.post(f"/clientes/visoes/{uma.pk}/apagar/", headers=HTMX)
    aviso = json.loads(resposta["HX-Trigger"])["avisar"]
    assert aviso == {
        "texto": "Visão “Quem deve” apagada.",
        "desfazer": f"/clientes/visoes/{uma.pk}/restaurar/",
    }
    assert "visao=0" in json.loads(resposta["HX-Location"])["path"]
    assert abas(ana, entrar) == []
    visao(ana)
    navegador.post(aviso["desfazer"])
    assert sorted(abas(ana, entrar)) == ["Quem deve", "Quem deve 2"]


def test_a_padrao_abre_sozinha_e_a_url_diz_qual_e(clientes, ana, bruno, entrar):
    uma, navegador = visao(ana), entrar(ana)
    navegador.post(f"/clientes/visoes/{uma.pk}/padrao/", {"padrao": "sim"})
    assert navegador.get("/clientes/")["Location"] == f"/clientes/?{CONSULTA}&visao={uma.pk}"
    assert navegador.get("/clientes/?uf=PR").status_code == 200
    inteira = navegador.get("/clientes/?visao=0")
    assert inteira.context["url_sem_visao"] == "?visao=0"
    assert len(inteira.context["linhas"]) == 2
    assert entrar(bruno).get("/clientes/").status_code == 200
    navegador.post(f"/clientes/visoes/{uma.pk}/padrao/", {"padrao": "nao"})
    assert navegador.get("/clientes/").status_code == 200
    assert not VisaoPadrao.objects.exists()


def test_apagada_deixa_de_ser_a_padrao_de_quem_a_escolheu(clientes, ana, entrar):
    uma, navegador = visao(ana), entrar(ana)
    navegador.post(f"/clientes/visoes/{uma.pk}/padrao/")
    navegador.post(f"/clientes/visoes/{uma.pk}/apagar/")
    assert navegador.get("/clientes/").status_code == 200


def test_a_da_equipe_e_de_quem_participa_hoje_e_so_quem_gere_a_publica(
    ana, bruno, carla, davi, lia, sul, empresa, entrar
):
    navegador = entrar(bruno)
    navegador.post("/clientes/visoes/nova/", {"nome": "Da Sul", "consulta": CONSULTA, "equipe": sul.pk})
    da_sul = Visao.objects.get()
    assert da_sul.equipe == sul
    assert [abas(p, entrar) for p in (ana, bruno, carla, davi, lia)] == [["Da Sul"], ["Da Sul"], [], [], []]
    # Ana vê, mas não mexe; e não publica à equipe dela
    for gesto in ("", "atualizar/", "apagar/"):
        assert entrar(ana).post(f"/clientes/visoes/{da_sul.pk}/{gesto}", {"nome": "X"}).status_code == 403
    entrar(ana).post("/clientes/visoes/nova/", {"nome": "Minha", "consulta": "", "equipe": sul.pk})
    assert Visao.objects.get(nome="Minha").equipe is None
    # quem saiu da equipe ontem já não a vê
    ana.participacoes.update(periodo=(None, HOJE))
    assert abas(ana, entrar) == ["Minha"]
    nova = criar_pessoa("Nina Sul", empresa)
    por_na_equipe(nova, sul)
    assert abas(nova, entrar) == ["Da Sul"]


def test_gestor_nao_publica_em_equipe_que_nao_gere(bruno, norte, entrar):
    resposta = entrar(bruno).post("/clientes/visoes/nova/", {"nome": "X", "equipe": norte.pk})
    assert resposta.status_code == 422
    assert not Visao.objects.exists()


def test_a_de_outra_pessoa_nao_existe_e_nada_muda(ana, bruno, davi, entrar):
    dela = visao(ana)
    for navegador in (entrar(bruno), entrar(davi)):
        for gesto in ("", "atualizar/", "apagar/", "restaurar/", "padrao/"):
            resposta = navegador.post(f"/clientes/visoes/{dela.pk}/{gesto}", {"nome": "X"})
            assert resposta.status_code == 404, gesto
            dela.refresh_from_db()
            assert (dela.nome, dela.consulta, dela.apagada_em) == ("Quem deve", CONSULTA, None), gesto
            assert not VisaoPadrao.objects.exists(), gesto


def test_visao_aponta_para_filtros_e_nao_abre_a_carteira_de_ninguem(
    clientes, bruno, carla, sul, norte, entrar
):
    """A consulta é só a pergunta; a resposta é a de quem a abre."""
    sul.gestores.add(bruno)
    por_vendedor = visao(bruno, equipe=sul, consulta=f"vendedor={carla.pk}")
    assert entrar(bruno).get(f"/clientes/?{por_vendedor.consulta}").context["linhas"] == []


def test_o_banco_guarda_um_nome_por_dono_e_nunca_vazio(ana, carla):
    visao(ana)
    visao(carla)
    for campos in ({}, {"nome": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            visao(ana, **campos)


def test_a_sexta_visao_vai_ao_menu_e_a_aberta_nunca(ana, entrar):
    todas = [visao(ana, nome=f"V{n}", consulta=f"sem_comprar={n}") for n in range(7)]
    contexto = entrar(ana).get(f"/clientes/?sem_comprar=6&visao={todas[6].pk}").context
    assert [v["visao"].nome for v in contexto["visoes"]] == ["V0", "V1", "V2", "V3", "V6"]
    assert [v["visao"].nome for v in contexto["mais_visoes"]] == ["V4", "V5"]
    assert [v["atual"] for v in contexto["visoes"]] == [False, False, False, False, True]


def test_filtros_demais_nao_viram_visao(ana, entrar):
    resposta = entrar(ana).post("/clientes/visoes/nova/", {"nome": "X", "consulta": "q=" + "a" * 5000})
    assert resposta.status_code == 422
    assert not Visao.objects.exists()
