"""Evidências na tela: só quem configura as vê, cada número se refaz pela lista, e nada muda a carteira."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from atividade.limiares import configurar
from atividade.models import Indicadores, Limiar, ParametrosDaAtividade
from atividade.regras import Periodo, PorCiclo
from clientes.models import Segmento
from contas.models import Empresa, Equipe, Papel, RegistroDeAuditoria, Usuario
from tests.conftest import SAO_PAULO, criar_cliente, criar_pessoa, por_na_equipe
from tests.de_modulo import no_modulo
from tests.web.test_configurar_atividade import calcular, texto

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
HOJE = date(2026, 11, 20)
EVIDENCIAS, NOMES = "/atividade/evidencias/", "/atividade/evidencias/nomes/"
FRAGMENTO = {"HTTP_HX_REQUEST": "true"}
RASCUNHO = (
    "periodo_n=100&periodo_unidade=d&antecedencia_n=50&antecedencia_unidade=d&antigo_n=&antigo_unidade=d"
)


@pytest.fixture(autouse=True)
def _campainha_muda(monkeypatch: Any) -> None:
    monkeypatch.setattr("carteira.tasks.tocar", lambda tarefa, empresa: None)


@dataclass(frozen=True, slots=True)
class Casa:
    """As pessoas e a empresa, já com os setenta clientes calculados."""

    empresa: Empresa
    davi: Usuario


def _criar_casa() -> Casa:
    """Setenta mensais: metade parou no começo de 2026, e metade da outra metade falha três meses e volta."""
    empresa = Empresa.objects.get(codigo="1")
    ana, carla = criar_pessoa("Ana Souza", empresa), criar_pessoa("Carla Dias", empresa)
    davi = criar_pessoa("Davi Rocha", empresa, Papel.ADMIN)
    for nome, pessoa in (("Sul", ana), ("Norte", carla)):
        por_na_equipe(pessoa, Equipe.objects.create(nome=nome))
    for n in range(70):
        fim = 340 if n % 2 else 0
        dias = [d for d in range(fim, 900, 30) if not (n % 4 == 0 and 300 < d + n < 390)]
        criar_cliente(
            f"C{n:02}",
            empresa,
            vendedor=ana if n % 3 else carla,
            segmento="Agro" if n < 6 else "Tintas",
            compras=[(HOJE - timedelta(days=d + n % 15), "100.00") for d in dias],
        )
    calcular(empresa)
    return Casa(empresa, davi)


@pytest.fixture(scope="module")
def _casa(django_db_setup: None, django_db_blocker: Any) -> Iterator[Casa]:
    """Uma vez por módulo: cada teste corre num ponto de retorno dentro dela."""
    manha = datetime(2026, 11, 20, 9, 0, tzinfo=SAO_PAULO)

    def _criar() -> Casa:
        with time_machine.travel(manha, tick=False):
            return _criar_casa()

    with no_modulo(django_db_blocker, _criar) as criada:
        yield criada


@pytest.fixture
def carteira(_casa: Casa, db: None) -> Empresa:
    return Empresa.objects.get(pk=_casa.empresa.pk)


@pytest.fixture
def davi(_casa: Casa, db: None) -> Usuario:
    return Usuario.objects.get(pk=_casa.davi.pk)


def test_a_pagina_de_configurar_as_chama_depois_e_nao_espera(
    davi: Any, entrar: Any, carteira: Empresa, django_assert_num_queries: Any
) -> None:
    navegador = entrar(davi)
    pagina = navegador.get("/atividade/").content.decode()
    assert f'hx-get="{EVIDENCIAS}?empresa={carteira.pk}"' in pagina
    assert f'<a class="elo" href="{EVIDENCIAS}?empresa={carteira.pk}">' in pagina
    assert "Teste no passado" not in pagina
    fragmento = navegador.get(EVIDENCIAS, **FRAGMENTO).content.decode()
    assert "<html" not in fragmento
    assert fragmento.count('id="evidencias"') == 1
    assert "<html" in navegador.get(EVIDENCIAS).content.decode()


def test_doze_datas_e_todas_as_regras_em_poucas_consultas_e_nada_escrito(
    davi: Any, entrar: Any, carteira: Empresa, django_assert_max_num_queries: Any
) -> None:
    navegador = entrar(davi)
    navegador.get("/atividade/regra/")
    antes = list(Indicadores.objects.order_by("pk").values())
    # sessão, pessoa, empresas; parâmetros; regras; leitura (3); contagem; estado; segmentos
    with django_assert_max_num_queries(16):
        navegador.get(EVIDENCIAS, **FRAGMENTO)
    # na segunda vez as varreduras já estão guardadas
    with django_assert_max_num_queries(12):
        navegador.get(EVIDENCIAS, **FRAGMENTO)
    assert list(Indicadores.objects.order_by("pk").values()) == antes
    assert not Limiar.objects.exists()


def test_a_sugestao_diz_o_ganho_e_leva_os_limites_ao_formulario(
    davi: Any, entrar: Any, carteira: Empresa
) -> None:
    navegador = entrar(davi)
    resposta = navegador.get(EVIDENCIAS)
    pagina = texto(resposta)
    assert "Sugestão dos dados: 45 dias e 90 dias" in pagina
    assert "1,5 e 3 vezes o ciclo da empresa. Nada muda até você aplicar." in pagina
    sugestao = resposta.context["sugestao"]
    m, h = sugestao.melhor.medidas, sugestao.hoje.medidas
    assert f"({m.avisadas} de {m.perdas}); hoje pega" in pagina
    assert (h.avisadas, h.perdas, h.alertados, h.alarmes_falsos) == (35, 175, 35, 0)
    assert (m.perdas, m.balanceada > h.balanceada) == (175, True)
    formulario = navegador.get(resposta.context["sugerida"].experimentar)
    inicial = formulario.context["form"].initial
    assert (inicial["periodo_n"], inicial["antecedencia_n"], inicial["periodo_unidade"]) == (90, 45, "d")
    assert inicial["motivo"] == "Sugestão dos dados: 1,5 e 3 vezes o ciclo da empresa"
    assert not Limiar.objects.exists(), "nada é aplicado sozinho"


def test_rascunho_da_url_entra_na_comparacao_e_o_invalido_nao(
    davi: Any, entrar: Any, carteira: Empresa
) -> None:
    navegador = entrar(davi)
    linhas = navegador.get(f"{EVIDENCIAS}?{RASCUNHO}").context["linhas"]
    assert [linha.papel for linha in linhas] == ["hoje", "rascunho", "sugerida"]
    assert str(linhas[1].avaliada.regra) == "inativo após 100 dias, aviso 50 dias antes"
    sem = navegador.get(f"{EVIDENCIAS}?{RASCUNHO.replace('n=50', 'n=100')}").context["linhas"]
    assert [linha.papel for linha in sem] == ["hoje", "sugerida"]


def test_recorte_sem_sentido_volta_com_a_frase_e_os_doze_meses(
    davi: Any, entrar: Any, carteira: Empresa
) -> None:
    navegador = entrar(davi)
    for recorte, frase in (
        ("corte=2026-05-25&dias=0", ("a data vai até 24/05/2026", "maior ou igual a 1")),
        ("corte=2020-01-01", ("Os pedidos começam em",)),
        ("corte=ontem&dias=muitos", ("Data não entendida.", "inteiro")),
    ):
        resposta = navegador.get(f"{EVIDENCIAS}?{recorte}")
        assert [f for f in frase if f not in texto(resposta)] == [], recorte
        assert len(resposta.context["cortes"]) == 12, recorte
    for recorte in ("corte=2026-05-25", "corte=2020-01-01", "corte=ontem", "dias=0", "dias=muitos"):
        assert navegador.get(f"{NOMES}?{recorte}").status_code == 302, recorte


def test_uma_data_so_e_o_seu_seguimento(davi: Any, entrar: Any, carteira: Empresa) -> None:
    resposta = entrar(davi).get(f"{EVIDENCIAS}?corte=2026-05-24")
    assert resposta.context["cortes"] == (date(2026, 5, 24),)
    assert "Em 24/05/2026, quem cada regra teria alertado" in texto(resposta)
    curto = entrar(davi).get(f"{EVIDENCIAS}?corte=2026-10-01&dias=30")
    assert (curto.context["cortes"], curto.context["dias"]) == ((date(2026, 10, 1),), 30)


@pytest.mark.parametrize("regra", ["regra=hoje", RASCUNHO])
def test_cada_numero_da_tabela_se_refaz_pela_lista(
    regra: str, davi: Any, entrar: Any, carteira: Empresa
) -> None:
    navegador = entrar(davi)
    resposta = navegador.get(f"{NOMES}?{regra}")
    linhas = list(
        csv.DictReader(io.StringIO(b"".join(resposta.streaming_content).decode("utf-8-sig")), delimiter=";")
    )
    papel = "hoje" if regra == "regra=hoje" else "rascunho"
    tabela = navegador.get(f"{EVIDENCIAS}?{RASCUNHO}").context["linhas"]
    m = next(linha.medidas for linha in tabela if linha.papel == papel)
    fins = Counter(linha["Desfecho"] for linha in linhas)
    assert len(linhas) == m.clientes
    assert fins["alertado, não voltou"] == m.alertados_perdidos
    assert fins["alertado, voltou (alarme falso)"] == m.alarmes_falsos
    perdas = [x for x in linhas if x["Na régua"] == "sim" and "não voltou" in x["Desfecho"]]
    assert len(perdas) == m.perdas
    assert sum(x["Situação na data"] != "Ativo" for x in perdas) == m.avisadas
    registro = RegistroDeAuditoria.objects.get(acao="exportar retroteste")
    assert (registro.por, registro.objeto) == (davi, "CSV")


def test_segmento_tem_a_sua_evidencia_e_poucos_dados_dizem_a_regra_geral(
    davi: Any, entrar: Any, carteira: Empresa
) -> None:
    agro, tintas = Segmento.objects.filter(empresa=carteira).order_by("nome")
    navegador = entrar(davi)
    assert f"segmento={agro.pk}" in navegador.get(f"/atividade/segmentos/{agro.pk}/").content.decode()
    assert "Até lá, a regra geral é a melhor escolha." in texto(
        navegador.get(f"{EVIDENCIAS}?segmento={agro.pk}")
    )
    do_maior = navegador.get(f"{EVIDENCIAS}?segmento={tintas.pk}")
    assert (
        f"/atividade/segmentos/{tintas.pk}/?empresa={carteira.pk}&"
        in do_maior.context["sugerida"].experimentar
    )
    todos = navegador.get(EVIDENCIAS).context["por_segmento"]
    assert [linha["segmento"] for linha in todos] == [tintas, agro]
    assert todos[1]["sugestao"].veredito == "poucos_dados"


def test_a_carga_suportavel_e_da_empresa(davi: Any, entrar: Any, carteira: Empresa) -> None:
    ParametrosDaAtividade.objects.update_or_create(empresa=carteira, defaults={"alertas_por_vendedor": 1})
    resposta = entrar(davi).get(EVIDENCIAS)
    assert resposta.context["sugestao"].limite == 1
    assert (
        resposta.context["sugestao"].veredito != "sugerida" or resposta.context["sugestao"].melhor.carga <= 1
    )


def test_mudar_so_a_carga_nao_recalcula(davi: Any, entrar: Any, carteira: Empresa) -> None:
    antes = list(carteira.execucoes.values_list("pk", "estado"))
    valores = {
        "janela_valor_meses": "12", "dias_novidade": "90", "abc_a": "80", "abc_b": "95", "dias_feed_parado": "5",
        "alertas_por_vendedor": "25", "dias_de_perda": "90", "dias_atribuicao": "30",
        "motivo": "Menos ligações por pessoa",
    }  # fmt: skip
    resposta = entrar(davi).post("/atividade/parametros/", valores, follow=True)
    assert "Parâmetros salvos." in texto(resposta)
    assert "Recalculando" not in texto(resposta)
    assert list(carteira.execucoes.values_list("pk", "estado")) == antes
    assert entrar(davi).get(EVIDENCIAS).context["dias"] == 90


def test_regra_por_ciclo_em_vigor_e_posta_a_prova_pelo_ciclo_de_cada_um(
    davi: Any, entrar: Any, carteira: Empresa
) -> None:
    """Todos compram a cada 30 dias: 1,5 e 3 vezes o ciclo de cada um são os mesmos 45 e 90 dias da empresa."""
    ciclo = PorCiclo(Decimal("1.5"), Decimal(3), 15, 180, 30, 365)
    comum = {"empresa": carteira, "por": davi, "vigente_desde": HOJE}
    configurar(**comum, periodo=Periodo(6, "m"), antecedencia=Periodo(2, "m"), ciclo=ciclo)
    navegador = entrar(davi)
    contexto = navegador.get(EVIDENCIAS).context
    hoje = contexto["linhas"][0].medidas
    fixa = next(
        x for x in contexto["outras"] if x.avaliada.candidata.nome == "1,5 e 3 vezes o ciclo da empresa"
    )
    assert hoje == fixa.medidas
    assert hoje.alertados == 94
    linhas = b"".join(navegador.get(f"{NOMES}?regra=hoje").streaming_content).decode()
    assert linhas.count("alertado,") == hoje.alertados
