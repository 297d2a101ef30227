"""A decisão por papel na tela, e todas as portas do crédito que ela abre e fecha."""

from datetime import timedelta
from typing import Any

import pytest

from clientes.models import RestricaoDeCredito, ScoreDeCredito
from contas.models import CreditoPorPapel, Empresa, RegistroDeAuditoria, Usuario, Vinculo
from tests.api.conftest import com_token
from tests.conftest import HOJE
from tests.credito import COMO, ligar_credito
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
PAGINA, PREVIA, DESFAZER = "/pessoas/credito/", "/pessoas/credito/previa/", "/pessoas/credito/desfazer/"
SCORE = "e=score.min.0"


@pytest.fixture
def alfa(empresa: Empresa, ana: Usuario, novo_cliente: Any, settings: Any, tmp_path: Any) -> Any:
    """Da Ana, com um score e um protesto aberto."""
    settings.MEDIA_ROOT = tmp_path
    Empresa.objects.filter(pk=empresa.pk).update(referencia=HOJE)
    cliente = indicar(
        novo_cliente("A", vendedor=ana, razao_social="Zimbro"), HOJE - timedelta(days=10), status="ativo"
    )
    comum = {"empresa": empresa, "cliente": cliente, "fonte": "Serasa", "em": HOJE - timedelta(days=3)}
    ScoreDeCredito.objects.create(**comum, valor=480)
    RestricaoDeCredito.objects.create(**comum, tipo="protesto", valor=1250)
    return cliente


def portas(pessoa: Usuario, alfa: Any, entrar: Any) -> set[str]:
    """Por onde a pessoa chega, agora, ao score e às restrições."""
    pessoa = Usuario.objects.get(pk=pessoa.pk)
    navegador, api = entrar(pessoa), com_token(pessoa, "ler")

    def abre(caminho: str, **extra: Any) -> bool:
        return navegador.get(caminho, **extra).status_code == 200

    def csv(caminho: str) -> str:
        resposta = navegador.get(caminho)
        return b"".join(resposta).decode() if resposta.status_code == 200 else ""

    lista = navegador.get(f"/clientes/?{SCORE}").content.decode()
    so_a_lista = {"HX-Request": "true", "HX-Target": "lista"}
    achada = navegador.get(f"/clientes/?{SCORE}", headers=so_a_lista).content.decode()
    ficha = navegador.get(f"/clientes/{alfa.pk}/").content.decode()
    relatorio = "/relatorios/restricoes-abertas/"
    pdf = navegador.post(f"{relatorio}pdf/").status_code
    achados = {
        "painel": abre("/credito/"),
        "menu": 'href="/credito/"' in lista,
        "painel da ficha": abre(f"/clientes/{alfa.pk}/credito/"),
        "ficha": f"/clientes/{alfa.pk}/credito/" in ficha,
        "filtro": "Zimbro" in achada,
        "condição": "Score de crédito" in navegador.get("/clientes/filtro/").content.decode(),
        "planilha da lista": "Zimbro" in csv(f"/clientes/exportar/?{SCORE}&formato=csv"),
        "relatório": abre(relatorio),
        "índice": relatorio in navegador.get("/relatorios/").content.decode(),
        "planilha": "Zimbro" in csv(f"{relatorio}planilha/?formato=csv"),
        "pdf": pdf == 302,
        "api: cliente": api.get(f"/api/v1/clientes/{alfa.pk}/").json()["credito"] is not None,
        "api: scores": api.get("/api/v1/scores/").status_code == 200,
        "api: restrições": api.get("/api/v1/restricoes/").status_code == 200,
        "fornecedores": abre("/fornecedores/"),
        "menu: fornecedores": 'href="/fornecedores/"' in lista,
        "api: fornecedores": api.get("/api/v1/fornecedores/").status_code == 200,
    }
    return {porta for porta, aberta in achados.items() if aberta}


TODAS = {
    *("painel", "menu", "painel da ficha", "ficha", "filtro", "condição", "planilha da lista", "relatório"),
    *("índice", "planilha", "pdf", "api: cliente", "api: scores", "api: restrições"),
    *("fornecedores", "menu: fornecedores", "api: fornecedores"),
}


PELA_PESSOA, PELO_PAPEL = COMO
_NA_RESISTENCIA = [("bruno", PELO_PAPEL), ("lia", PELA_PESSOA), ("carla", PELO_PAPEL)]


@pytest.mark.parametrize(
    ("nome", "como"),
    [
        *(("bruno", PELA_PESSOA), ("lia", PELO_PAPEL), ("carla", PELA_PESSOA)),
        *(pytest.param(*par, marks=pytest.mark.resistencia) for par in _NA_RESISTENCIA),
    ],
)
def test_toda_porta_do_credito_se_fecha_e_se_abre(
    nome: str, como: str, alfa: Any, davi: Usuario, entrar: Any, request: pytest.FixtureRequest
) -> None:
    """Gestor, que via; leitura, que não via; e a vendedora a quem a carteira passou."""
    pessoa = request.getfixturevalue(nome)
    if nome == "carla":
        alfa.vendedor = pessoa
        alfa.save()
        alfa.indicadores.vendedor = pessoa
        alfa.indicadores.save()
    de_partida = nome == "bruno"
    for ve in (not de_partida, de_partida):
        ligar_credito(pessoa, ve, como, davi)
        assert portas(pessoa, alfa, entrar) == (TODAS if ve else set())


def test_de_partida_as_portas_sao_do_gestor_e_de_quem_administra(
    alfa: Any, ana: Usuario, bruno: Usuario, davi: Usuario, entrar: Any
) -> None:
    assert [portas(p, alfa, entrar) for p in (ana, bruno, davi)] == [set(), TODAS, TODAS]


def test_a_tela_mostra_quem_ganha_e_quem_perde_e_guarda_com_historia_e_volta(
    alfa: Any, ana: Usuario, bruno: Usuario, carla: Usuario, davi: Usuario, lia: Usuario, entrar: Any
) -> None:
    Usuario.objects.filter(pk=carla.pk).update(ve_credito=False)
    navegador = entrar(davi)
    inicio = navegador.get(PAGINA).content.decode()
    for dito in ("Hoje veem: <b>Gestor</b>", "Ninguém ganha e ninguém perde", "Carla Dias", "Não vê"):
        assert dito in inicio
    assert "O que já mudou" not in inicio
    previa = navegador.get(f"{PREVIA}?papeis=vendedor&papeis=leitura").content.decode()
    assert "2 pessoas passam a ver e 1 deixa de ver" in previa
    ganham, perdem = previa.split("Deixam de ver")
    assert [p.nome in ganham for p in (ana, bruno, carla, davi, lia)] == [True, False, False, False, True]
    assert bruno.nome in perdem
    assert "1 pessoa desses papéis tem decisão própria e não muda" in previa
    assert not CreditoPorPapel.objects.exists()

    sem_motivo = navegador.post(PAGINA, {"papeis": ["vendedor", "leitura"], "vista": ""})
    assert sem_motivo.status_code == 422
    assert "Diga por que muda" in sem_motivo.content.decode()
    dados = {"papeis": ["vendedor", "leitura"], "vista": "", "motivo": "Cobrança em casa"}
    assert navegador.post(PAGINA, dados | {"papeis": ["admin"]}).status_code == 422
    assert not CreditoPorPapel.objects.exists()
    assert navegador.post(PAGINA, dados, follow=True).redirect_chain == [(PAGINA, 302)]
    depois = navegador.get(PAGINA).content.decode()
    for dito in ("Hoje veem: <b>Vendedor e Leitura</b>", "Cobrança em casa", "Gestor →", "Davi"):
        assert dito in depois
    assert entrar(bruno).get("/credito/").status_code == 403
    assert entrar(carla).get("/credito/").status_code == 403
    assert entrar(ana).get("/credito/").status_code == 200

    velha = navegador.post(PAGINA, dados | {"papeis": ["gestor"]})
    assert velha.status_code == 422
    assert "Outra pessoa mudou isto agora mesmo" in velha.content.decode()
    vista = str(CreditoPorPapel.objects.get().pk)
    assert "Outra pessoa mudou" in navegador.post(DESFAZER, {"vista": "x"}, follow=True).content.decode()
    assert (
        "Voltou ao que era: Gestor."
        in navegador.post(DESFAZER, {"vista": vista}, follow=True).content.decode()
    )
    assert entrar(bruno).get("/credito/").status_code == 200
    assert RegistroDeAuditoria.objects.filter(acao="mudar crédito por papel").count() == 2
    cadastro = navegador.get(f"/pessoas/{ana.pk}/").content.decode()
    assert "Veem pelo papel: Gestor. O administrador sempre vê." in cadastro
    assert "Segundo o papel" in cadastro


def test_um_elo_qualquer_nao_marca_nem_desmarca_papeis(davi: Usuario, entrar: Any) -> None:
    """Sem JavaScript, só o botão da prévia traz marcados os papéis que se escolheram."""
    navegador = entrar(davi)

    def marcados(consulta: str) -> list[str]:
        return list(navegador.get(f"{PAGINA}?{consulta}").context["form"]["papeis"].value())

    assert [marcados(c) for c in ("", "papeis=vendedor", "de=menu")] == [["gestor"]] * 3
    assert 'name="ver" value="previa"' in navegador.get(PAGINA).content.decode()
    assert marcados("ver=previa&papeis=vendedor&papeis=leitura") == ["vendedor", "leitura"]
    assert marcados("ver=previa") == []


def test_so_decide_quem_administra_todas_as_empresas(davi: Usuario, bruno: Usuario, entrar: Any) -> None:
    filial = Empresa.objects.create(codigo="2", nome="Filial")
    dados = {"papeis": ["vendedor"], "vista": "", "motivo": "Teste"}
    for pessoa in (davi, bruno):
        navegador = entrar(pessoa)
        codigos = [navegador.get(PAGINA), navegador.get(PREVIA), navegador.post(PAGINA, dados)]
        codigos.append(navegador.post(DESFAZER, {"vista": ""}))
        assert [r.status_code for r in codigos] == [403] * 4
        assert 'href="/pessoas/credito/"' not in navegador.get("/pessoas/").content.decode()
    assert not CreditoPorPapel.objects.exists()
    Vinculo.objects.create(usuario=davi, empresa=filial)
    assert 'href="/pessoas/credito/"' in entrar(davi).get("/pessoas/").content.decode()
    assert 'href="/pessoas/credito/"' in entrar(davi).get("/credito/configurar/").content.decode()


def test_a_declaracao_de_tratamento_diz_que_papeis_veem(alfa: Any, davi: Usuario, entrar: Any) -> None:
    def ditos() -> list[str]:
        pagina = entrar(davi).get("/lgpd/tratamento/").content.decode()
        linhas = (linha.split("</li>")[0] for linha in pagina.split("<li><span><b>")[1:])
        return [linha.split("</b>")[0] for linha in linhas if "vê score e restrições" in linha]

    assert ditos() == ["Gestor", "Administrador de vendas"]
    CreditoPorPapel.objects.create(papeis=["leitura"], por=davi)
    assert ditos() == ["Administrador de vendas", "Leitura"]
