"""Um relatório agendado anda com o tempo: o mês passado de dezembro não é o de novembro, e o que fica parado se diz."""

from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from django.http import QueryDict

from carteira import arquivos as fila
from carteira.relatorios_agendados import andar
from carteira.web.painel import Pedido as PedidoDoPainel
from contas.models import Empresa, RegistroDeAuditoria, Usuario
from relatorios import agendamentos, catalogo
from relatorios.dias import FIXOS, NA_DATA, Dias
from relatorios.models import AgendamentoDeRelatorio, ArquivoGerado
from relatorios.pedido import ler_pedido
from tests.conftest import SAO_PAULO, novo_pedido

HOJE = date(2026, 11, 20)
DADOS = {"frequencia": "mensal", "dia_da_semana": "0", "dia_do_mes": "2", "hora": "6", "formato": "xlsx"}
DO_PAINEL = Dias(certos=(("de", "ate"), ("mes",)))


@pytest.mark.parametrize(
    ("dias", "consulta", "nome"),
    [
        (Dias(), {}, "mes"),
        (Dias("mes-passado"), {"periodo": "ontem"}, "mes-passado"),
        (Dias(), {"periodo": "12-meses"}, "12-meses"),
        (Dias(), {"de": "2026-11-01", "ate": "2026-11-30"}, "mes"),
        (Dias(), {"de": "01/10/2026", "ate": "31/10/2026"}, "mes-passado"),
        (Dias(), {"de": "2026-10-22", "ate": "2026-11-20"}, "30-dias"),
        (Dias(), {"de": "2026-11-16", "ate": "2026-11-20"}, "quinzena"),
        (Dias(), {"de": "2026-10-02", "ate": "2026-10-31"}, FIXOS),
        (Dias(), {"de": "2026-10-01"}, "mes"),
        (DO_PAINEL, {"mes": "2026-10"}, "mes-passado"),
        (DO_PAINEL, {"mes": "2026-11", "vendedor": "3"}, "mes"),
        (DO_PAINEL, {"mes": "2025-10"}, FIXOS),
        (NA_DATA, {}, "hoje"),
        (NA_DATA, {"data": "2026-10-31"}, "fim do mês passado"),
        (NA_DATA, {"data": "2025-11-20"}, "há um ano"),
        (NA_DATA, {"data": "2026-03-31"}, FIXOS),
    ],
)
def test_o_nome_que_diz_os_dias_que_se_viam(dias: Dias, consulta: dict[str, str], nome: str) -> None:
    assert dias.sugeridos({k: [v] for k, v in consulta.items()}, HOJE) == nome


def test_trocar_tira_os_dias_certos_e_guarda_o_resto() -> None:
    vista = {"mes": ["2025-10"], "vendedor": ["3"], "ordem": ["-valor"]}
    resto = {"vendedor": ["3"], "ordem": ["-valor"]}
    assert DO_PAINEL.trocar(vista, "mes-passado") == resto | {"periodo": ["mes-passado"]}
    assert DO_PAINEL.trocar(vista, FIXOS) == vista
    assert DO_PAINEL.em_palavras(vista) == "Sempre 01/10/2025 a 31/10/2025"
    assert NA_DATA.trocar({"data": ["2026-03-31"]}, "hoje") == {"data": ["hoje"]}
    assert NA_DATA.em_palavras({"data": ["2026-03-31"]}) == "Sempre 31/03/2026"


@pytest.fixture(autouse=True)
def _casa(empresa: Empresa, hoje: date, tmp_path: Any, settings: Any, monkeypatch: Any) -> None:
    Empresa.objects.update(referencia=HOJE)
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(fila, "_tocar", lambda pk: None)


def agendar(navegador: Any, chave: str, consulta: str, pessoa: Usuario, **campos: str) -> dict[str, Any]:
    """Como a página o oferece e, sem mexer em nada (ou só no que se diz), o que fica guardado."""
    pagina = f"/relatorios/{chave}/agendar/?{consulta}"
    campo = navegador.get(pagina).context["form"]["dias"]
    oferecido = {"dias": campo.initial}
    assert navegador.post(pagina, DADOS | oferecido | campos | {"pessoas": [pessoa.pk]}).status_code == 302
    guardada: dict[str, Any] = AgendamentoDeRelatorio.objects.order_by("pk").last().consulta
    return guardada


@pytest.mark.django_db
def test_o_painel_de_outubro_agendado_segue_o_mes_passado(davi: Usuario, entrar: Any) -> None:
    """Agendado a 20/11 vendo outubro: o que sai a 2/12 é o de novembro."""
    assert agendar(entrar(davi), "painel", "mes=2026-10", davi) == {"periodo": ["mes-passado"]}
    depois = datetime(2026, 12, 2, 6, 30, tzinfo=SAO_PAULO)
    with time_machine.travel(depois, tick=False):
        Empresa.objects.update(referencia=date(2026, 12, 2))
        assert andar(agora=depois) == 1
    arquivo = ArquivoGerado.objects.get()
    assert ["Período", "novembro de 2026"] in arquivo.filtros["descricao"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("chave", "vista", "guardada", "dita"),
    [
        ("reativados", "de=2026-10-01&ate=2026-10-31", {"periodo": ["mes-passado"]}, "Mês passado"),
        ("migracao", "de=2026-10-22&ate=2026-11-20", {"periodo": ["30-dias"]}, "Últimos 30 dias"),
        (
            "saldo-do-periodo",
            "de=2026-03-03&ate=2026-03-09",
            {"de": ["2026-03-03"], "ate": ["2026-03-09"]},
            "Sempre 03/03/2026 a 09/03/2026",
        ),
        (
            "composicao-por",
            "data=2026-10-31",
            {"data": ["fim do mês passado"]},
            "No fim do mês passado",
        ),
        ("composicao-por-atividade", "data=2026-03-31", {"data": ["2026-03-31"]}, "Sempre 31/03/2026"),
        ("retorno-dos-avisos", "de=2026-10-22&ate=2026-11-20", {"periodo": ["30-dias"]}, "Últimos 30 dias"),
    ],
)
def test_cada_relatorio_de_dias_guarda_o_que_anda_e_diz_o_que_fica(
    chave: str, vista: str, guardada: dict[str, list[str]], dita: str, davi: Usuario, entrar: Any
) -> None:
    navegador = entrar(davi)
    consulta = agendar(navegador, chave, vista, davi)
    assert {k: v for k, v in consulta.items() if k in {"de", "ate", "periodo", "data", "mes"}} == guardada
    endereco = f"/relatorios/agendamentos/{AgendamentoDeRelatorio.objects.get().pk}/"
    assert f"· {dita}" in navegador.get(endereco).content.decode()
    assert f">{dita}</span>" in navegador.get("/relatorios/agendamentos/").content.decode()
    assert RegistroDeAuditoria.objects.get(acao="agendar relatório").depois["dias"] == dita


@pytest.mark.django_db
def test_o_que_ja_repetia_o_mesmo_mes_diz_isso_e_passa_a_andar_quando_se_escolhe(
    davi: Usuario, entrar: Any
) -> None:
    antigo = agendamentos.guardar(
        AgendamentoDeRelatorio(
            por=davi,
            relatorio="painel",
            consulta={"mes": ["2026-08"]},
            frequencia="diaria",
            hora=7,
            formato="pdf",
        ),
        pessoas=[davi],
        por=davi,
        agora=datetime(2026, 11, 20, 9, tzinfo=SAO_PAULO),
    )
    navegador, endereco = entrar(davi), f"/relatorios/agendamentos/{antigo.pk}/"
    form = navegador.get(endereco).context["form"]
    assert form["dias"].initial == FIXOS
    assert "repete os mesmos dias" in form["dias"].help_text
    navegador.post(endereco, DADOS | {"pessoas": [davi.pk], "dias": FIXOS})
    antigo.refresh_from_db()
    assert antigo.consulta == {"mes": ["2026-08"]}
    navegador.post(endereco, DADOS | {"pessoas": [davi.pk], "dias": "mes-passado"})
    antigo.refresh_from_db()
    assert antigo.consulta == {"periodo": ["mes-passado"]}
    navegador.post(endereco, DADOS | {"pessoas": [davi.pk], "dias": "seculo"})
    antigo.refresh_from_db()
    assert antigo.consulta == {"periodo": ["mes-passado"]}


@pytest.mark.django_db
def test_a_data_que_anda_se_le_na_referencia_e_volta_em_palavras(
    davi: Usuario, entrar: Any, novo_cliente: Any
) -> None:
    novo_pedido(novo_cliente("A1", cadastrado_em=date(2026, 1, 5)), "1", date(2026, 9, 1), "100.00")
    relatorio = catalogo.achar("composicao-por-atividade")
    assert relatorio is not None
    for escrita, dia in (
        ("Fim do mês passado", date(2026, 10, 31)),
        ("há um ano", date(2025, 11, 20)),
        ("", HOJE),
        ("hoje", HOJE),
        ("31/02/2026", HOJE),
    ):
        pedido = ler_pedido(relatorio, davi, {"data": [escrita]})
        assert relatorio.referencia(pedido) == dia
    tela = entrar(davi).get("/relatorios/composicao-por-atividade/?data=fim do mês passado")
    assert "Como era em 31/10/2026, pela regra da época" in tela.content.decode()
    assert 'value="fim do mês passado"' in tela.content.decode()


@pytest.mark.django_db
def test_o_painel_com_nome_e_o_dos_mesmos_dias(davi: Usuario, hoje: date) -> None:
    def visto(**consulta: str) -> tuple[date, date, bool]:
        lida = QueryDict(mutable=True)
        lida.update(consulta)
        periodo = PedidoDoPainel(davi, lida).periodo
        return periodo.janela.de, periodo.janela.ate, periodo.mensal

    assert visto(periodo="mes") == visto() == (date(2026, 11, 1), date(2026, 11, 30), True)
    assert visto(periodo="mes-passado") == (date(2026, 10, 1), date(2026, 10, 31), True)
    assert visto(periodo="quinzena") == (date(2026, 11, 16), HOJE, False)
    assert visto(periodo="12-meses") == (date(2025, 11, 21), HOJE, False)
    assert visto(periodo="seculo") == visto()
