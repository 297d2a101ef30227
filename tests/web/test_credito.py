"""Crédito e risco nas páginas: quem vê, o que a ficha diz, as faixas do administrador e os planos de ação."""

from datetime import timedelta
from typing import Any

import pytest

from clientes.models import (
    FaixaEmVigor,
    ParametrosDeCredito,
    PlanoDeAcao,
    RestricaoDeCredito,
    ScoreDeCredito,
    Titulo,
)
from contas.models import Empresa, RegistroDeAuditoria, Usuario
from contas.papeis import Permissao, pode
from tests.conftest import HOJE
from tests.web.carteira_de_teste import indicar
from tests.web.movimento_de_teste import quantos
from tests.web.test_relatorios import em_csv

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


@pytest.fixture
def alfa(empresa: Empresa, ana: Usuario, novo_cliente: Any) -> Any:
    """Score 480 depois de 640, um protesto aberto e um título vencido há 31 dias."""
    Empresa.objects.filter(pk=empresa.pk).update(referencia=HOJE)
    c = indicar(novo_cliente("A", vendedor=ana), HOJE - timedelta(days=10), status="ativo")
    for dias, valor in ((40, 640), (3, 480)):
        ScoreDeCredito.objects.create(
            empresa=empresa, cliente=c, fonte="Serasa", em=HOJE - timedelta(days=dias), valor=valor
        )
    RestricaoDeCredito.objects.create(
        empresa=empresa, cliente=c, fonte="Cartório", tipo="protesto", em=HOJE - timedelta(days=9), valor=1250
    )
    vencimento = HOJE - timedelta(days=31)
    Titulo.objects.create(
        empresa=empresa, numero="T1", cliente=c, emissao=vencimento, vencimento=vencimento, valor=90, saldo=90
    )
    return c


def test_a_ficha_mostra_o_credito_so_a_quem_pode(
    alfa: Any, ana: Usuario, bruno: Usuario, carla: Usuario, lia: Usuario, entrar: Any
) -> None:
    painel, ficha = f"/clientes/{alfa.pk}/credito/", f"/clientes/{alfa.pk}/"
    for pessoa in (ana, lia):
        assert entrar(pessoa).get(painel).status_code == 403
        assert painel not in entrar(pessoa).get(ficha).content.decode()
    assert painel in entrar(bruno).get(ficha).content.decode()
    texto = entrar(bruno).get(painel).content.decode()
    for dito in (
        "480",
        "Baixo",
        "Serasa",
        "640",
        "Protesto",
        "Cartório",
        "R$ 1.250,00",
        "Sugestão: somente à vista",
    ):
        assert dito in texto
    Usuario.objects.filter(pk__in=[ana.pk, carla.pk]).update(ve_credito=True)
    for pessoa in (ana, carla):
        pessoa.refresh_from_db()
    assert entrar(ana).get(painel).status_code == 200
    assert entrar(carla).get(painel).status_code == 404


def test_idades_restricoes_e_o_total_das_faixas_se_levam_e_se_abrem(
    alfa: Any, ana: Usuario, bruno: Usuario, entrar: Any
) -> None:
    navegador = entrar(bruno)
    pagina = navegador.get("/credito/")
    idades, tipos = (
        em_csv(navegador.get(f"/credito/{pagina.context[elos][0][1]}"))
        for elos in ("levar_idades", "levar_tipos")
    )
    assert idades[0] == ["Quando", "Idade", "Clientes", "Quantos", "R$"]
    assert [linha[2:] for linha in idades[1:]].count(["1", "1", "90,00"]) == 1
    assert len(idades) == 1 + len(pagina.context["vencidos"]) + len(pagina.context["a_vencer"])
    assert tipos[1:] == [["Protesto", "1", "1", "1250,00"]]
    assert navegador.get("/credito/?formato=csv&tabela=outra").status_code == 404
    assert entrar(ana).get("/credito/?formato=csv&tabela=tipos").status_code == 403
    total = navegador.get("/relatorios/faixas-de-score/").context["total"]
    [(clientes, url)] = [(celula, elo) for celula, elo in total if elo]
    assert (clientes.coluna.chave, clientes.valor) == ("clientes", 1) == ("clientes", quantos(navegador, url))


def test_o_administrador_liga_e_desliga_o_credito_de_cada_pessoa_e_fica_escrito(
    alfa: Any, empresa: Empresa, ana: Usuario, bruno: Usuario, davi: Usuario, entrar: Any
) -> None:
    painel = f"/clientes/{alfa.pk}/credito/"

    def decidir(pessoa: Usuario, papel: str, vale: str) -> int:
        dados = {
            "nome": pessoa.nome,
            "email": pessoa.email,
            "papel": papel,
            "tipo": "externo",
            "ve_credito": vale,
        }
        assert entrar(davi).post(f"/pessoas/{pessoa.pk}/", dados).status_code == 302
        pessoa.refresh_from_db()
        return entrar(pessoa).get(painel).status_code

    assert (decidir(bruno, "gestor", "False"), entrar(bruno).get("/credito/").status_code) == (403, 403)
    assert (decidir(bruno, "gestor", ""), decidir(ana, "vendedor", "True")) == (200, 200)
    assert decidir(ana, "vendedor", "") == 403
    decidir(davi, "admin", "False")
    assert pode(davi, Permissao.VER_CREDITO)  # quem administra não se tranca fora
    escritos = RegistroDeAuditoria.objects.filter(objeto=bruno.nome, depois__has_key="ve_credito").order_by(
        "pk"
    )
    assert [(r.antes["ve_credito"], r.depois["ve_credito"], r.por) for r in escritos] == [
        (None, False, davi), (False, None, davi),
    ]  # fmt: skip


def test_no_limite_de_dias_ainda_nao_se_sugere_a_vista(
    alfa: Any, empresa: Empresa, bruno: Usuario, entrar: Any
) -> None:
    ParametrosDeCredito.objects.create(empresa=empresa, a_vista_depois_de=31)
    assert "somente à vista" not in entrar(bruno).get(f"/clientes/{alfa.pk}/credito/").content.decode()


def test_o_titulo_e_o_biro_se_limpam_em_separado(alfa: Any, bruno: Usuario, entrar: Any) -> None:
    navegador, painel = entrar(bruno), f"/clientes/{alfa.pk}/credito/"
    Titulo.objects.update(saldo=0, pago_em=HOJE)
    texto = navegador.get(painel).content.decode()
    assert "adimplente" in texto
    assert "1 restrição" in texto
    RestricaoDeCredito.objects.update(baixada_em=HOJE)
    texto = navegador.get(painel).content.decode()
    assert "sem restrição" in texto
    assert "baixada 20/11/2026" in texto


def test_o_administrador_muda_as_faixas_e_ve_o_que_esta_errado(
    empresa: Empresa, davi: Usuario, bruno: Usuario, entrar: Any
) -> None:
    def mandar(*faixas: tuple[str, str]) -> Any:
        dados = {"a_vista_depois_de": "45", "concentracao": "60", "reabordar_por": "15", "faixa-TOTAL_FORMS": "8",
                 "faixa-INITIAL_FORMS": "8"}  # fmt: skip
        for i, (nome, minimo) in enumerate(faixas):
            dados |= {f"faixa-{i}-nome": nome, f"faixa-{i}-minimo": minimo}
        return entrar(davi).post("/credito/configurar/", dados)

    assert entrar(bruno).get("/credito/configurar/").status_code == 403
    recusada = mandar(("Ruim", "10"), ("Bom", "600"))
    assert recusada.status_code == 422
    assert "A faixa mais baixa começa em 0" in recusada.content.decode()
    assert not ParametrosDeCredito.objects.exists()
    assert mandar(("Ruim", "0"), ("Bom", "600")).status_code == 302
    faixas = FaixaEmVigor.objects.filter(empresa=empresa).values_list("nome", "minimo", "maximo")
    assert list(faixas) == [("Ruim", 0, 599), ("Bom", 600, 1000)]
    assert ParametrosDeCredito.objects.get().a_vista_depois_de == 45


def test_o_plano_vai_da_ficha_ao_fim_com_historia(
    alfa: Any, ana: Usuario, bruno: Usuario, carla: Usuario, entrar: Any
) -> None:
    gestor, vendedora = entrar(bruno), entrar(ana)
    novo = f"/credito/planos/novo/?cliente={alfa.pk}"
    assert vendedora.get(novo).status_code == 403
    prazo = (HOJE + timedelta(days=7)).isoformat()
    assert gestor.post(novo, {"titulo": "", "dono": ana.pk, "prazo": prazo}).status_code == 422
    assert gestor.post(novo, {"titulo": "Renegociar", "dono": carla.pk, "prazo": prazo}).status_code == 422
    assert not PlanoDeAcao.objects.exists()
    assert gestor.post(novo, {"titulo": "Renegociar", "dono": ana.pk, "prazo": prazo}).status_code == 302
    plano = PlanoDeAcao.objects.get()
    pagina = f"/credito/planos/{plano.pk}/"
    assert "Renegociar" in vendedora.get("/hoje/").content.decode()
    assert entrar(carla).get(pagina).status_code == 404
    andamento = {"texto": "Aceitou três parcelas", "situacao": "concluido", "dono": ana.pk, "prazo": prazo}
    assert vendedora.post(pagina, andamento).status_code == 302
    texto = gestor.get(pagina).content.decode()
    assert "Aceitou três parcelas" in texto
    assert "A começar → Concluído" in texto
    assert "Renegociar" not in vendedora.get("/hoje/").content.decode()
    assert "Renegociar" in gestor.get("/credito/planos/?ver=terminados").content.decode()
    assert gestor.post(pagina, andamento | {"texto": ""}).status_code == 302
    assert plano.andamentos.count() == 2, "nada dito e nada mudado não escreve nada"
