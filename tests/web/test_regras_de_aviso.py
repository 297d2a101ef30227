"""As regras de aviso na tela: criar, ver o que sairia, testar, pausar, tirar; e o que cada um prefere."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from atividade.recalculo import recalcular
from contas.models import Empresa, Equipe, RegistroDeAuditoria, Usuario
from notificacoes.models import ItemDeMensagem, Mensagem, PreferenciaDeAviso, RegraDeAviso
from notificacoes.regras.gestao import salvar_regra
from tests.conftest import HOJE, criar_pessoa, por_na_equipe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
NOVA = {
    "nome": "Parados", "sobre": "sem_comprar", "dias": "30", "para": "vendedores", "periodicidade": "semanal",
    "dia_da_semana": "4", "por_email": "on", "teto": "5", "so_o_que_mudou": "on", "pessoa_escolhe": "on",
    "assunto": "{total} parados", "texto": "Oi, {pessoa}.", "hora": "08:30",
}  # fmt: skip


@pytest.fixture
def parado(ana: Usuario, novo_cliente: Any, empresa: Empresa) -> Any:
    cliente = novo_cliente(
        "A1",
        vendedor=ana,
        razao_social="Casa Azul",
        compras=[(HOJE - timedelta(days=60), "900.00")],
    )
    recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE)
    return cliente


@pytest.fixture
def regra(empresa: Empresa, davi: Usuario) -> RegraDeAviso:
    dados = {"nome": "Parados", "sobre": "sem_comprar", "dias": 30}
    return salvar_regra(empresa=empresa, por=davi, **dados)[0]


def test_criar_ver_a_previa_a_mensagem_e_o_teste(
    parado: Any, ana: Usuario, davi: Usuario, entrar: Any
) -> None:
    navegador = entrar(davi)
    lista = navegador.get("/avisos/regras/").content.decode()
    for dito in (
        "Resumo do dia",
        "Volume da semana",
        "Agenda esquecida",
        "Toda segunda",
        "Horas de silêncio",
    ):
        assert dito in lista
    resposta = navegador.post("/avisos/regras/nova/", NOVA, follow=True)
    criada = RegraDeAviso.objects.get(nome="Parados")
    assert (criada.hora, criada.dia_da_semana, criada.teto) == (time(8, 30), 4, 5)
    previa = resposta.content.decode()
    assert resposta.redirect_chain[0][0] == f"/avisos/regras/{criada.pk}/previa/"
    assert "Hoje é dia desta regra. A próxima é 27/11/2026." in previa
    assert "1 pessoa receberia" in previa
    assert "1 parados" in previa
    inteira = navegador.get(f"/avisos/regras/{criada.pk}/previa/{ana.pk}/").content.decode()
    assert "Sem comprar há 60 dias, desde 21/09/2026." in inteira
    assert "Oi, Ana." in inteira
    assert navegador.get(f"/avisos/regras/{criada.pk}/previa/{davi.pk}/").status_code == 404
    navegador.post(f"/avisos/regras/{criada.pk}/teste/", {"pessoa": ana.pk})
    teste = Mensagem.objects.get()
    assert (teste.para, teste.assunto) == ("davi@exemplo.test", "[Teste] 1 parados")
    assert not ItemDeMensagem.objects.exists()


def test_o_que_nao_cabe_volta_com_a_frase_e_nada_muda(davi: Usuario, entrar: Any) -> None:
    navegador = entrar(davi)
    navegador.get("/avisos/regras/")
    for troca, frase in (
        ({"texto": "Oi, {nome}"}, "Não existe a variável {nome}. Use uma destas: {pessoa}"),
        ({"dia_da_semana": ""}, "Diga em que dia da semana."),
        ({"por_email": ""}, "Escolha ao menos um canal"),
        ({"nome": "Resumo do dia"}, "Já existe uma regra com este nome"),
    ):
        resposta = navegador.post("/avisos/regras/nova/", NOVA | troca)
        assert resposta.status_code == 422
        assert frase in resposta.content.decode()
    assert RegraDeAviso.objects.filter(partida="").count() == 0
    assert not RegistroDeAuditoria.objects.filter(acao="mudar regra de aviso").exists()


def test_so_se_escolhem_equipes_com_gente_da_empresa(
    ana: Usuario, davi: Usuario, sul: Equipe, entrar: Any
) -> None:
    alheia = Equipe.objects.create(nome="Equipe de outra casa")
    html = entrar(davi).get("/avisos/regras/nova/").content.decode()
    assert str(sul) in html
    assert alheia.nome not in html
    entrar(davi).post("/avisos/regras/nova/", NOVA | {"para": "escolhidos", "equipes": [alheia.pk]})
    assert not RegraDeAviso.objects.filter(equipes=alheia).exists()


def test_para_contas_e_equipes_escolhidas(bruno: Usuario, davi: Usuario, sul: Equipe, entrar: Any) -> None:
    dados = NOVA | {"para": "escolhidos", "pessoas": [davi.pk], "equipes": [sul.pk]}
    entrar(davi).post("/avisos/regras/nova/", dados)
    criada = RegraDeAviso.objects.get(nome="Parados")
    assert (list(criada.pessoas.all()), list(criada.equipes.all())) == ([davi], [sul])
    pagina = entrar(davi).get(f"/avisos/regras/{criada.pk}/").content.decode()
    assert f'name="pessoas" value="{davi.pk}" checked' in pagina
    assert f'name="pessoas" value="{bruno.pk}" checked' not in pagina


def test_a_de_partida_muda_so_o_que_e_da_empresa(davi: Usuario, entrar: Any) -> None:
    navegador = entrar(davi)
    navegador.get("/avisos/regras/")
    de_partida = RegraDeAviso.objects.get(sobre="em_risco")
    pagina = navegador.get(f"/avisos/regras/{de_partida.pk}/").content.decode()
    assert 'name="sobre"' not in pagina
    assert "Excluir" not in pagina
    mudada = {"nome": "Manhã", "periodicidade": "diaria", "por_email": "on", "teto": "7", "para": "gestores"}
    navegador.post(f"/avisos/regras/{de_partida.pk}/", mudada)
    de_partida.refresh_from_db()
    assert (de_partida.nome, de_partida.teto, de_partida.para) == ("Manhã", 7, "vendedores")
    historia = navegador.get(f"/avisos/regras/{de_partida.pk}/historico/").content.decode()
    assert "<del>Resumo do dia</del> → Manhã" in historia
    volume = RegraDeAviso.objects.get(sobre="volume")
    pagina = navegador.get(f"/avisos/regras/{volume.pk}/").content.decode()
    assert 'value="diaria"' not in pagina


def test_pausar_retomar_duplicar_e_excluir(regra: RegraDeAviso, davi: Usuario, entrar: Any) -> None:
    navegador, base = entrar(davi), f"/avisos/regras/{regra.pk}"
    pagina = navegador.post(f"{base}/pausar/", {"ate": "2026-11-30"}, follow=True).content.decode()
    assert "em pausa até 30/11/2026" in pagina
    assert "até 30/11/2026" in navegador.get(f"{base}/").content.decode()
    passada = navegador.post(f"{base}/pausar/", {"ate": "2026-11-19"}, follow=True).content.decode()
    assert "A pausa termina hoje ou depois." in passada
    navegador.post(f"{base}/retomar/")
    regra.refresh_from_db()
    assert (regra.pausada, regra.pausada_ate) == (False, None)
    navegador.post(f"{base}/duplicar/")
    copia = RegraDeAviso.objects.get(nome="Cópia de Parados")
    assert "some de vez" in navegador.get(f"/avisos/regras/{copia.pk}/excluir/").content.decode()
    navegador.post(f"/avisos/regras/{copia.pk}/excluir/")
    assert not RegraDeAviso.objects.filter(pk=copia.pk).exists()
    assert navegador.get(f"/avisos/regras/{copia.pk}/").status_code == 404


def test_silencio_inteiro_ou_nenhum(davi: Usuario, empresa: Empresa, entrar: Any) -> None:
    navegador = entrar(davi)
    meio = navegador.post("/avisos/regras/silencio/", {"de": "20:00", "ate": ""})
    assert (meio.status_code, "Diga o começo e o fim" in meio.content.decode()) == (422, True)
    navegador.post("/avisos/regras/silencio/", {"de": "20:00", "ate": "07:00"})
    empresa.refresh_from_db()
    assert (empresa.silencio_de, empresa.silencio_ate) == (time(20), time(7))
    ultima = RegistroDeAuditoria.objects.get(acao="mudar horas de silêncio")
    assert ultima.depois == {"silêncio": "das 20:00 às 07:00"}
    navegador.post("/avisos/regras/silencio/", {"de": "", "ate": ""})
    empresa.refresh_from_db()
    assert empresa.silencio_de is None


def test_so_quem_administra_abre(
    regra: RegraDeAviso, ana: Usuario, bruno: Usuario, lia: Usuario, entrar: Any
) -> None:
    for pessoa in (ana, bruno, lia):
        for caminho in (
            "/avisos/regras/",
            f"/avisos/regras/{regra.pk}/",
            f"/avisos/regras/{regra.pk}/previa/",
        ):
            assert entrar(pessoa).get(caminho).status_code == 403


def test_empresa_sem_numeros_diz_que_nao_ha_previa(regra: RegraDeAviso, davi: Usuario, entrar: Any) -> None:
    assert "Ainda não há números" in entrar(davi).get(f"/avisos/regras/{regra.pk}/previa/").content.decode()


# ── O que cada um prefere ────────────────────────────────────────────────────


def test_cada_um_desliga_espaca_e_escolhe_a_hora_so_do_que_o_alcanca(
    regra: RegraDeAviso, ana: Usuario, davi: Usuario, entrar: Any
) -> None:
    navegador = entrar(ana)
    de_partida = RegraDeAviso.objects.get(sobre="em_risco")
    pagina = navegador.get("/perfil/").content.decode()
    assert "Parados" in pagina
    assert "Resumo do dia" in pagina
    assert "Volume da semana" not in pagina, "é dos gestores"
    navegador.post(
        "/perfil/avisos/",
        {"hora_dos_avisos": "07:15", f"dia_{regra.pk}": "2", f"por_email_{regra.pk}": "on"},
    )
    ana.refresh_from_db()
    assert ana.hora_dos_avisos == time(7, 15)
    ditas = PreferenciaDeAviso.objects.order_by("regra_id").values_list("regra", "por_email", "dia_da_semana")
    assert list(ditas) == sorted([(de_partida.pk, False, None), (regra.pk, True, 2)])
    navegador.post("/perfil/avisos/", {f"por_email_{de_partida.pk}": "on", f"por_email_{regra.pk}": "on"})
    assert not PreferenciaDeAviso.objects.exists()


def test_o_que_a_empresa_define_nao_se_desliga(regra: RegraDeAviso, ana: Usuario, entrar: Any) -> None:
    RegraDeAviso.objects.filter(pk=regra.pk).update(pessoa_escolhe=False)
    navegador = entrar(ana)
    assert "definida pela empresa" in navegador.get("/perfil/").content.decode()
    navegador.post("/perfil/avisos/", {})
    assert not PreferenciaDeAviso.objects.filter(regra=regra).exists()


def test_as_telas_custam_o_mesmo_com_muitas_regras_e_pessoas(
    empresa: Empresa, davi: Usuario, sul: Equipe, novo_cliente: Any, entrar: Any
) -> None:
    navegador = entrar(davi)
    primeira = salvar_regra(empresa=empresa, por=davi, nome="R", sobre="sem_comprar", dias=30)[0]
    navegador.get("/avisos/regras/")

    def contar(de: int, ate: int) -> list[int]:
        for n in range(de, ate):
            pessoa = criar_pessoa(f"Vendedor{n} Silva", empresa)
            por_na_equipe(pessoa, sul)
            novo_cliente(f"V{n}", vendedor=pessoa, compras=[(date(2026, 9, 1), "10.00")])
            salvar_regra(empresa=empresa, por=davi, nome=f"Regra {n}", sobre="sem_contato", dias=30)
        recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE)
        custos = []
        for caminho in ("", f"{primeira.pk}/", f"{primeira.pk}/previa/", f"{primeira.pk}/historico/"):
            with CaptureQueriesContext(connection) as consultas:
                assert navegador.get(f"/avisos/regras/{caminho}").status_code == 200
            custos.append(len(consultas))
        return custos

    assert contar(0, 3) == contar(3, 15)
