"""Giro e positivação do gestor: por vendedor e equipe contra o ritmo da meta, e cada número com os seus nomes."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from atividade.giro import Giro, Janela, Toque
from carteira import arquivos as fila
from clientes.carteiras import transferir
from clientes.models import Contato, Ocorrencia
from contas.models import Empresa, MetaMensal, RegistroDeAuditoria
from relatorios.positivacao import Calendario, Medida, curva_util, meta_de_varios, uteis_de
from tests.conftest import HOJE, SAO_PAULO, novo_pedido
from tests.web.carteira_de_teste import datar_posse
from tests.web.paginas_em_pdf import ditos_na_tela, ler_pdf, levar_pela_pagina, pedir_pdf
from tests.web.test_composicao import texto

pytestmark = pytest.mark.django_db
NOVEMBRO = Janela(date(2026, 11, 1), date(2026, 11, 30))


def dia(n: int) -> date:
    return date(2026, 11, n)


@pytest.fixture(autouse=True)
def _referencia(empresa: Empresa, hoje: Any) -> None:
    Empresa.objects.update(referencia=HOJE, referencia_regular=HOJE)


@pytest.fixture
def mes(ana: Any, carla: Any, davi: Any, bruno: Any, novo_cliente: Any) -> dict[str, Any]:
    """Ana tinha quatro (dois contatados, um comprou), Carla um (comprou no sábado, sem contato)."""
    c = {}
    for codigo, dono in (("A1", ana), ("A2", ana), ("A3", ana), ("A4", ana), ("Z1", carla)):
        c[codigo] = novo_cliente(codigo, vendedor=dono, cadastrado_em=date(2026, 1, 5))
        datar_posse(c[codigo])
    efetiva = Ocorrencia.objects.filter(efetiva=True).first()
    for codigo, quando in (("A1", dia(5)), ("A2", dia(8))):
        em = datetime.combine(quando, time(10), SAO_PAULO)
        Contato.objects.create(cliente=c[codigo], canal="ligacao", ocorrencia=efetiva, atendente=bruno, em=em)
    novo_pedido(c["A1"], "1", dia(9), "150")
    novo_pedido(c["Z1"], "2", dia(7), "10")
    MetaMensal.objects.create(vendedor=ana, mes=dia(1), giro=Decimal("60"), positivacao=50, por=davi)
    return c


def test_as_linhas_a_equipe_e_o_total_com_meta_e_ritmo(mes, davi, entrar):
    contexto = entrar(davi).get("/positivacao/").context
    achadas = [
        (li.rotulo, li.clientes, li.giro.tocados, li.positivacao.tocados, li.intocados)
        for li, *_ in contexto["tabela"]
    ]
    assert achadas == [("Ana Souza", 4, 2, 1, 2), ("Carla Dias", 1, 0, 1, 0)]
    assert [(li.rotulo, li.clientes) for li, _ in contexto["tabela_de_equipes"]] == [("Norte", 1), ("Sul", 4)]
    total = contexto["total"]
    assert (total.giro.porcento, total.positivacao.porcento) == (Decimal(40), Decimal(40))
    assert (total.giro.meta, total.sem_meta) == (Decimal(60), 1)
    # 13 dos 19 dias úteis de novembro (Finados e Consciência Negra são feriados): 60% pede 41,05%
    assert (contexto["calendario"].passados, len(contexto["calendario"].uteis)) == (13, 19)
    assert round(total.giro.ritmo, 2) == Decimal("41.05")
    assert (total.giro.no_ritmo, total.giro.faltam, total.giro.faltam_para_a_meta) == (False, 1, 1)
    ana = contexto["tabela"][0][0]
    assert (ana.giro.no_ritmo, ana.positivacao.no_ritmo) == (True, False)


def test_cada_numero_e_a_lista_de_nomes(mes, davi, entrar):
    navegador = entrar(davi)
    contexto = navegador.get("/positivacao/").context
    todas = [*contexto["tabela"], *contexto["tabela_de_equipes"], (contexto["total"], contexto["elos"])]
    for linha, elos, *_ in todas:
        esperado = {
            "todos": linha.clientes, "contatados": linha.giro.tocados, "compraram": linha.positivacao.tocados,
            "sem_contato": linha.clientes - linha.giro.tocados, "intocados": linha.intocados,
            "sem_compra": linha.clientes - linha.positivacao.tocados,
        }  # fmt: skip
        for quais, n in esperado.items():
            pagina = navegador.get(elos[quais]).context
            assert (pagina["na_conta"], pagina["pagina"].paginator.count) == (n, n), (linha.rotulo, quais)
    for grafico in contexto["graficos"]:
        assert sum(n for _, n, _ in grafico["por_data"]) == grafico["medida"].tocados
        for quando, n, url in grafico["por_data"]:
            assert parse_qs(urlsplit(url).query)["dia"] == [quando.isoformat()]
            assert navegador.get(url).context["na_conta"] == n


def test_a_curva_e_por_dia_util_e_o_sabado_conta_na_sexta(mes, davi, entrar):
    compras = entrar(davi).get("/positivacao/").context["graficos"][1]
    assert compras["dias"] == 19
    por_dia = {quando: (n, ate) for quando, n, ate, _, _ in compras["linhas"]}
    assert por_dia[dia(6)] == (1, 1)  # o pedido é do sábado, 7
    assert por_dia[dia(9)] == (1, 2)
    assert len(por_dia) == 13
    assert [ritmo for *_, ritmo in compras["linhas"]][-1] == Decimal(50) / 19 * 13


def test_o_grafico_diz_por_extenso_o_ritmo(mes, davi, entrar):
    assert (
        'aria-label="Giro de carteira: 40,00% até o 13º dia útil; no período anterior eram 0,00% no mesmo dia e '
        '0,00% no fim; o ritmo da meta pedia 41,05%; a meta é 60,00%."'
    ) in entrar(davi).get("/positivacao/").content.decode()


def test_o_gestor_ve_as_suas_e_quem_vende_tem_o_seu_painel(mes, bruno, ana, lia, entrar):
    resposta = entrar(bruno).get("/positivacao/")
    assert [li.rotulo for li, *_ in resposta.context["tabela"]] == ["Ana Souza"]
    assert "Carla" not in texto(resposta)
    for endereco in ("", "clientes/", "exportar/", "clientes/exportar/"):
        assert entrar(ana).get(f"/positivacao/{endereco}").status_code == 403
    assert entrar(lia).get("/positivacao/").status_code == 200


def test_equipe_ou_vendedor_de_outros_nao_existe(mes, bruno, carla, norte, entrar):
    assert entrar(bruno).get(f"/positivacao/?equipe={norte.pk}").status_code == 404
    assert entrar(bruno).get(f"/positivacao/clientes/?vendedor={carla.pk}").status_code == 404


def test_quem_saiu_da_equipe_segue_na_conta_e_a_tela_o_diz(mes, bruno, ana, carla, entrar):
    transferir(clientes=[mes["A3"].pk], para=carla, em=dia(10), por=None)
    pagina = entrar(bruno).get("/positivacao/clientes/?ver=intocados")
    assert (pagina.context["na_conta"], pagina.context["de_outros"]) == (2, 1)
    assert "1 outro está na conta e já não é das suas equipes" in texto(pagina)


def test_periodo_qualquer_nao_tem_meta_e_o_que_nao_se_entende_e_o_mes(mes, davi, entrar):
    livre = entrar(davi).get("/positivacao/?de=2026-11-05&ate=2026-11-09")
    assert (livre.context["total"].giro.tocados, livre.context["total"].giro.meta) == (2, None)
    assert "a meta é do mês inteiro" in texto(livre)
    torto = entrar(davi).get("/positivacao/?de=2026-11-09&ate=2026-11-05")
    assert "Não entendi esses dias" in texto(torto)
    assert torto.context["periodo"].mensal
    fim_de_semana = entrar(davi).get("/positivacao/?de=2026-11-07&ate=2026-11-08")
    assert "Nenhum dia útil no período" in texto(fim_de_semana)


def test_a_planilha_tem_a_tabela_da_tela_e_fica_na_auditoria(mes, davi, entrar):
    csv = b"".join(entrar(davi).get("/positivacao/exportar/?formato=csv").streaming_content).decode(
        "utf-8-sig"
    )
    linhas = [linha.split(";") for linha in csv.splitlines()]
    assert [linha[:2] for linha in linhas[1:]] == [
        ["Norte", "Equipe"], ["Sul", "Equipe"], ["Ana Souza", "Vendedor"], ["Carla Dias", "Vendedor"],
        ["Total", "Total"],
    ]  # fmt: skip
    assert linhas[-1][4:10] == ["5", "2", "40,00", "0,00", "60,00", "41,05"]
    nomes = entrar(davi).get("/positivacao/clientes/exportar/?ver=compraram")
    assert b"Cliente A1;Ana Souza" in b"".join(nomes.streaming_content)
    pagina = entrar(davi).get("/positivacao/")
    for grafico in pagina.context["graficos"]:
        elo = grafico["exportacoes"][0][1]
        dias = b"".join(entrar(davi).get(f"/positivacao/{elo}").streaming_content).decode("utf-8-sig")
        assert len(dias.splitlines()) == 1 + len(grafico["linhas"]) > 5
        dia, no_dia, ate, *_ = grafico["linhas"][-1]
        assert dias.splitlines()[-1].split(";")[:3] == [f"{dia:%d/%m/%Y}", str(no_dia), str(ate)]
    assert entrar(davi).get("/positivacao/?formato=csv&tabela=outra").status_code == 404
    acoes = set(RegistroDeAuditoria.objects.values_list("acao", flat=True))
    assert {"exportar positivação", "exportar nomes da positivação", "exportar nomes"} <= acoes


# ── As contas puras ──────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("tocados", "passados", "ritmo", "no_ritmo", "faltam"),
    [
        (10, 10, 20, False, 10),
        (20, 10, 20, True, 0),
        (19, 10, 20, False, 1),
        (0, 0, 0, True, 0),
        (40, 20, 40, True, 0),
    ],
)
def test_o_ritmo_e_a_parte_da_meta_dos_dias_que_passaram(tocados, passados, ritmo, no_ritmo, faltam):
    m = Medida(Toque.CONTATO, 100, tocados, None, Decimal(40), passados, 20)
    assert (m.ritmo, m.no_ritmo, m.faltam) == (ritmo, no_ritmo, faltam)


def test_a_meta_de_varios_pesa_pelos_clientes_de_quem_a_tem():
    assert meta_de_varios([(30, Decimal(40)), (10, Decimal(80)), (99, None), (0, Decimal(5))]) == Decimal(50)
    assert meta_de_varios([(0, Decimal(40)), (9, None)]) is None


def test_o_pdf_tem_as_curvas_e_as_tabelas_da_tela(mes, bruno, carla, entrar, tmp_path, settings, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(fila, "_tocar", lambda pk: None)
    navegador = entrar(bruno)
    arquivo = pedir_pdf(navegador, bruno, "positivacao", "mes=2026-11")
    leitor, folha = ler_pdf(navegador, arquivo)
    assert [d for d in ditos_na_tela(navegador.get("/positivacao/?mes=2026-11")) if d not in folha] == []
    assert "Período:novembrode2026" in folha
    assert carla.nome.replace(" ", "") not in folha
    assert [len(p.images) for p in leitor.pages] == [0] * arquivo.paginas  # em vetor
    feitos = levar_pela_pagina(navegador, "/positivacao/?mes=2026-10")
    assert feitos == {"gerar": 302, "em casa": 200, "agendar": 200}


def test_dias_uteis_e_a_curva_que_nada_perde():
    uteis = uteis_de(NOVEMBRO, "")
    assert dia(2) not in uteis  # Finados
    assert dia(20) not in uteis  # Consciência Negra
    giro = Giro(10, {Toque.COMPRA: {dia(1): 1, dia(2): 1, dia(14): 2, dia(29): 3, dia(30): 1}})
    curva = curva_util(giro, Toque.COMPRA, NOVEMBRO, uteis)
    assert curva[0] == (dia(3), 2, 2)  # o domingo e o feriado de antes
    assert sum(n for _, n, _ in curva) == curva[-1][2] == 8
    assert {quando: n for quando, n, _ in curva}[dia(13)] == 2
    assert Calendario.de(NOVEMBRO, dia(2), "").passados == 0
