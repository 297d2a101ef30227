"""O painel: a vendedora vê o seu, o gestor os seus lado a lado, e cada número leva a quem ele conta."""

from datetime import date, datetime, time
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from atividade.giro import Janela
from atividade.models import Indicadores, Status
from carteira import arquivos as fila
from carteira.painel import Periodo
from clientes.carteiras import mudar_de_equipe, transferir
from clientes.models import Contato, Ocorrencia
from contas.models import Empresa, MetaMensal, RegistroDeAuditoria
from relatorios.models import ArquivoGerado
from tests.conftest import HOJE, SAO_PAULO, criar_pessoa, novo_pedido, por_na_equipe
from tests.web.carteira_de_teste import datar_posse, indicar
from tests.web.paginas_em_pdf import ditos_na_tela, ler_pdf, levar_pela_pagina, lidas_de_novo, pedir_pdf
from tests.web.test_composicao import elos, texto

pytestmark = pytest.mark.django_db
NOVEMBRO = date(2026, 11, 1)


@pytest.fixture(autouse=True)
def _referencia(empresa: Empresa, hoje: Any) -> None:
    Empresa.objects.update(referencia=HOJE, referencia_regular=HOJE)


@pytest.fixture
def mes(ana: Any, carla: Any, davi: Any, novo_cliente: Any) -> dict[str, Any]:
    """Ana tinha quatro: um foi contatado e comprou, outro só comprou. Carla tinha um, contatado."""
    clientes = {}
    for codigo, dono in (("A1", ana), ("A2", ana), ("A3", ana), ("A4", ana), ("Z1", carla)):
        cliente = novo_cliente(codigo, vendedor=dono, cadastrado_em=date(2026, 1, 5))
        datar_posse(cliente)
        clientes[codigo] = indicar(cliente, date(2026, 9, 1), status=Status.ATIVO, valor_12m=Decimal(100))
    efetiva = Ocorrencia.objects.filter(efetiva=True).first()
    for codigo, dia in (("A1", date(2026, 11, 5)), ("Z1", date(2026, 11, 6)), ("A3", date(2026, 10, 10))):
        Contato.objects.create(
            cliente=clientes[codigo], canal="ligacao", ocorrencia=efetiva,
            atendente=clientes[codigo].vendedor, em=datetime.combine(dia, time(10), SAO_PAULO),
        )  # fmt: skip
    novo_pedido(clientes["A1"], "1", date(2026, 11, 9), "150.00")
    novo_pedido(clientes["A2"], "2", date(2026, 11, 10), "30.00")
    novo_pedido(clientes["A2"], "3", date(2026, 10, 25), "999.00")  # depois do dia 20: fora do comparável
    MetaMensal.objects.create(
        vendedor=ana, mes=NOVEMBRO, giro=40, positivacao=60, valor=Decimal(360), por=davi
    )
    return clientes


def test_a_vendedora_ve_o_seu_giro_a_positivacao_a_meta_e_o_valor(mes, ana, entrar):
    resposta = entrar(ana).get("/painel/")
    d = resposta.context["d"]
    assert (d.giro.clientes, d.n_contatados, d.n_compraram) == (4, 1, 2)
    assert (d.contatados, d.compraram) == (Decimal(25), Decimal(50))
    assert (d.contatados_antes, d.compraram_antes) == (Decimal(25), Decimal(0))
    assert (d.resultados.valor, d.resultados_antes.valor) == (Decimal("180.00"), Decimal(0))
    assert (d.resultados.apos_contato, d.valor_da_meta) == (1, Decimal(50))
    pagina = texto(resposta)
    for frase in ("Meu painel", "1 de 4 contatados", "meta 40%", "50% de R$ 360", "2 de 4 compraram"):
        assert frase in pagina
    assert "Carla" not in pagina


def test_o_grafico_diz_por_extenso_o_achado_e_a_tabela_os_dias(mes, ana, entrar):
    pagina = entrar(ana).get("/painel/").content.decode()
    assert (
        'aria-label="Giro de carteira: 25,00% até o 20º dia; no período anterior eram 25,00% no mesmo dia e '
        '25,00% no fim; a meta é 40,00%."'
    ) in pagina
    linhas = entrar(ana).get("/painel/").context["graficos"][0]["linhas"]
    assert len(linhas) == 20
    assert linhas[4] == (date(2026, 11, 5), 1, 1, Decimal(25))


def test_o_gestor_ve_os_seus_lado_a_lado_e_nao_os_de_outra_equipe(mes, bruno, davi, ana, carla, entrar):
    navegador = entrar(bruno)
    assert [d.pessoa.nome for d, _ in navegador.get("/painel/").context["desempenhos"]] == ["Ana Souza"]
    assert navegador.get(f"/painel/?vendedor={ana.pk}").status_code == 200
    for caminho in ("/painel/", "/painel/sem-tocar/", "/painel/exportar/"):
        assert navegador.get(f"{caminho}?vendedor={carla.pk}").status_code == 404
    de_todos = entrar(davi).get("/painel/")
    assert [d.pessoa.nome for d, _ in de_todos.context["desempenhos"]] == ["Ana Souza", "Carla Dias"]
    assert de_todos.context["total"].contatados == Decimal(40)  # 2 de 5, e não a média de 25% e 100%
    assert [(nome, t.giro.clientes) for nome, t in de_todos.context["por_equipe"]] == [
        ("Norte", 1),
        ("Sul", 4),
    ]


def test_vendedora_nao_abre_o_painel_de_outra(mes, ana, carla, entrar):
    navegador = entrar(ana)
    for caminho in ("/painel/", "/painel/sem-tocar/"):
        assert navegador.get(f"{caminho}?vendedor={carla.pk}").status_code == 404
    assert navegador.get(f"/painel/?vendedor={ana.pk}").status_code == 200


def test_quem_saiu_da_equipe_sai_do_painel_do_gestor(mes, ana, bruno, norte, davi, entrar):
    mudar_de_equipe(pessoa=ana, equipe=norte, em=HOJE, por=davi)
    assert entrar(bruno).get(f"/painel/?vendedor={ana.pk}").status_code == 404
    assert "Nenhum vendedor por enquanto" in texto(entrar(bruno).get("/painel/"))


def test_quem_ficou_sem_tocar_leva_a_cada_um_e_a_lista_filtrada(mes, ana, carla, entrar):
    transferir(clientes=[mes["A4"].pk], para=carla, em=date(2026, 11, 10), por=None)
    resposta = entrar(ana).get("/painel/sem-tocar/?toque=contato")
    assert [ind.cliente.codigo for ind in resposta.context["pagina"]] == ["A2", "A3"]
    assert "1 outro está na conta e já não é desta carteira" in texto(resposta)
    lista = next(e for e in elos(resposta) if e.startswith("/clientes/?sem_contato"))
    assert parse_qs(urlsplit(lista).query) == {"sem_contato": ["20"]}
    sem_compra = entrar(ana).get("/painel/sem-tocar/?toque=compra")
    assert [ind.cliente.codigo for ind in sem_compra.context["pagina"]] == ["A3"]


def test_o_elo_para_a_lista_traz_os_mesmos_clientes(mes, ana, entrar):
    """O relógio da lista anda com os contatos; aqui se põe à mão o que o gatilho poria."""
    for contato in Contato.objects.all():
        Indicadores.objects.filter(pk=contato.cliente_id).update(ultimo_contato_em=contato.em)
    navegador = entrar(ana)
    pagina = navegador.get("/painel/sem-tocar/?toque=contato")
    lista = navegador.get(pagina.context["elo_da_lista"])
    assert {li.cliente.codigo for li in lista.context["linhas"]} == {
        ind.cliente.codigo for ind in pagina.context["pagina"]
    }


def test_mes_passado_nao_tem_elo_para_a_lista_de_hoje(mes, ana, entrar):
    resposta = entrar(ana).get("/painel/sem-tocar/?mes=2026-10")
    assert (resposta.context["elo_da_lista"], len(resposta.context["pagina"])) == ("", 3)


def test_a_planilha_traz_cada_um_e_o_total_e_fica_na_auditoria(mes, davi, entrar):
    resposta = entrar(davi).get("/painel/exportar/?mes=2026-11")
    linhas = b"".join(resposta.streaming_content).decode("utf-8-sig").split("\r\n")
    assert linhas[1] == (
        "Ana Souza;Sul;01/11/2026;20/11/2026;4;1;25,00;25,00;40,00;2;50,00;0,00;60,00;1;1;2;180,00;360,00;1;150,00;0;0"
    )
    assert (
        linhas[3] == "Total;;01/11/2026;20/11/2026;5;2;40,00;20,00;;2;40,00;0,00;;2;2;2;180,00;;1;150,00;0;0"
    )
    registro = RegistroDeAuditoria.objects.get(acao="exportar painel")
    assert (registro.por, registro.objeto) == (davi, "novembro de 2026 (csv)")


def test_cada_tabela_do_painel_de_um_vendedor_se_leva(mes, ana, carla, bruno, entrar):
    pagina = entrar(bruno).get(f"/painel/?mes=2026-11&vendedor={ana.pk}")
    html = unescape(pagina.content.decode())

    def levada(tabela: str) -> list[str]:
        elo = f"/painel/exportar/?mes=2026-11&vendedor={ana.pk}&formato=csv&tabela={tabela}"
        assert elo in html
        assert elo.replace("csv", "xlsx") in html
        lido = b"".join(entrar(bruno).get(elo).streaming_content).decode("utf-8-sig")
        return lido.splitlines()[1:]

    assert len(levada("contato")) == 20
    assert levada("contato")[-1] == "20/11/2026;0;1;25,00"
    assert levada("compra")[-1] == "20/11/2026;0;2;50,00"
    d = pagina.context["d"]
    assert levada("resultados")[:3] == [
        f"{nome};{agora};{antes}"
        for nome, agora, antes in (
            ("Contatos", 1, d.resultados_antes.contatos),
            ("Contatos efetivos", 1, d.resultados_antes.efetivos),
            ("Pedidos", 2, d.resultados_antes.pedidos),
        )
    ]
    assert levada("resultados")[3].startswith("Valor;180,00;")
    assert levada("valores")[-1] == "01/11/2026;180,00;360,00"
    situacoes = [(s, f.clientes) for s, f, *_ in pagina.context["situacoes"]]
    assert [int(linha.split(";")[1]) for linha in levada("situacoes")] == [n for _, n in situacoes]
    assert len(levada("meses")) == len(pagina.context["meses"]) == 13
    registro = RegistroDeAuditoria.objects.filter(acao="exportar painel").order_by("pk").last()
    assert (registro.por, registro.depois["tabela"]) == (bruno, "meses")
    for de_quem in (
        f"vendedor={ana.pk}&tabela=outra",
        "tabela=valores",
        f"vendedor={carla.pk}&tabela=valores",
    ):
        assert entrar(bruno).get(f"/painel/exportar/?mes=2026-11&{de_quem}").status_code == 404


def test_representante_externo_nao_exporta(mes, ana, entrar):
    resposta = entrar(ana).get("/painel/")
    assert not any("exportar" in e for e in elos(resposta))
    assert entrar(ana).get("/painel/exportar/").status_code == 403


def test_o_periodo_vem_da_url_e_o_que_nao_faz_sentido_se_diz(mes, ana, entrar):
    navegador = entrar(ana)
    for consulta, janela, recusado in (
        ("", Janela(NOVEMBRO, date(2026, 11, 30)), False),
        ("mes=2026-02", Janela(date(2026, 2, 1), date(2026, 2, 28)), False),
        ("mes=2027-05", Janela(NOVEMBRO, date(2026, 11, 30)), False),  # ainda não começou
        ("mes=xx", Janela(NOVEMBRO, date(2026, 11, 30)), False),
        ("de=2026-11-03&ate=2026-11-09", Janela(date(2026, 11, 3), date(2026, 11, 9)), False),
        ("de=2026-11-09&ate=2026-11-03", Janela(NOVEMBRO, date(2026, 11, 30)), True),
        ("de=2024-01-01&ate=2026-11-03", Janela(NOVEMBRO, date(2026, 11, 30)), True),
    ):
        resposta = navegador.get(f"/painel/?{consulta}")
        assert resposta.context["periodo"].janela == janela, consulta
        assert ("Não entendi esses dias" in texto(resposta)) is recusado, consulta


def test_o_periodo_anterior_e_do_mesmo_tamanho_e_comparavel_ate_o_mesmo_ponto():
    marco = Periodo.do_mes(date(2026, 3, 1), hoje=date(2026, 3, 31))
    assert (marco.anterior, marco.comparavel) == (Janela(date(2026, 2, 1), date(2026, 2, 28)),) * 2
    meio = Periodo.do_mes(date(2026, 11, 1), hoje=HOJE)
    assert meio.visto == Janela(NOVEMBRO, HOJE)
    assert meio.comparavel == Janela(date(2026, 10, 1), date(2026, 10, 20))
    livre = Periodo.entre(date(2026, 11, 3), date(2026, 11, 9), HOJE)
    assert livre is not None
    assert livre.anterior == Janela(date(2026, 10, 27), date(2026, 11, 2))


def test_carteira_vazia_diz_que_esta_vazia(ana, lia, entrar):
    pagina = texto(entrar(ana).get("/painel/"))
    assert "Ninguém era desta carteira em 01/11/2026" in pagina
    assert "Nenhum pedido nestes doze meses" in pagina
    assert "Ana Souza" in texto(entrar(lia).get("/painel/"))


# ── Metas ────────────────────────────────────────────────────────────────────


@pytest.fixture
def beto(empresa: Empresa, sul: Any) -> Any:
    pessoa = criar_pessoa("Beto Reis", empresa)
    por_na_equipe(pessoa, sul)
    return pessoa


def grade(pessoas: list[Any], *linhas: tuple[str, str, str]) -> dict[str, Any]:
    dados: dict[str, Any] = {
        "vendedor": [p.pk for p in pessoas],
        "meta-TOTAL_FORMS": len(linhas),
        "meta-INITIAL_FORMS": len(linhas),
    }
    for n, (giro, positivacao, valor) in enumerate(linhas):
        dados |= {f"meta-{n}-giro": giro, f"meta-{n}-positivacao": positivacao, f"meta-{n}-valor": valor}
    return dados


def metas() -> list[tuple[str, date, Any, Any, Any]]:
    return list(
        MetaMensal.objects.order_by("mes", "vendedor__nome").values_list(
            "vendedor__nome", "mes", "giro", "positivacao", "valor"
        )
    )


def test_o_gestor_define_as_da_equipe_de_uma_vez_com_antes_e_depois(ana, beto, bruno, entrar):
    navegador = entrar(bruno)
    dados = grade([ana, beto], ("40", "60,5", "R$ 12.500,00"), ("", "", ""))
    assert navegador.post("/painel/metas/?mes=2026-12", dados).status_code == 302
    assert metas() == [("Ana Souza", date(2026, 12, 1), Decimal(40), Decimal("60.50"), Decimal("12500.00"))]
    registro = RegistroDeAuditoria.objects.get(acao="definir meta")
    assert (registro.por, registro.objeto) == (bruno, "Ana Souza em 12/2026")
    assert registro.antes == {"giro": None, "positivacao": None, "valor": None}
    # gravar o mesmo não muda nada; em branco tira
    navegador.post("/painel/metas/?mes=2026-12", dados)
    assert RegistroDeAuditoria.objects.filter(acao="definir meta").count() == 1
    navegador.post("/painel/metas/?mes=2026-12", grade([ana, beto], ("", "", ""), ("", "", "")))
    assert metas() == []


def test_copiar_do_mes_anterior_so_enche_o_branco_e_so_guarda_quem_manda(ana, beto, bruno, entrar):
    MetaMensal.objects.create(vendedor=ana, mes=NOVEMBRO, giro=40, positivacao=60)
    MetaMensal.objects.create(vendedor=ana, mes=date(2026, 12, 1), giro=55)
    antes = metas()
    resposta = entrar(bruno).get("/painel/metas/?mes=2026-12&copiar=1")
    iniciais = [form.initial for _, form in resposta.context["linhas"]]
    assert iniciais[0] == {"giro": Decimal(55), "positivacao": Decimal(60), "valor": None}
    assert iniciais[1] == dict.fromkeys(("giro", "positivacao", "valor"))
    assert "Ainda não está salvo" in texto(resposta)
    assert metas() == antes


def test_um_campo_errado_nao_grava_nenhum_e_diz_qual(ana, beto, bruno, entrar):
    navegador = entrar(bruno)
    for ruim in (("101", "", ""), ("", "-1", ""), ("", "", "dez"), ("40,123", "", "")):
        dados = grade([ana, beto], ("10", "20", "30"), ruim)
        resposta = navegador.post("/painel/metas/?mes=2026-12", dados)
        assert resposta.status_code == 422, ruim
        assert "Nada foi gravado" in texto(resposta), ruim
        assert metas() == [], ruim


def test_meta_de_quem_nao_e_da_alcada_nao_entra(ana, carla, bruno, entrar):
    dados = grade([carla], ("40", "60", "1"))
    resposta = entrar(bruno).post("/painel/metas/?mes=2026-12", dados)
    assert resposta.status_code == 422
    assert "A equipe mudou enquanto você digitava" in texto(resposta)
    assert metas() == []


def test_so_quem_gere_define_metas(ana, lia, entrar):
    for pessoa in (ana, lia):
        assert entrar(pessoa).get("/painel/metas/").status_code == 403
        assert entrar(pessoa).post("/painel/metas/", grade([ana], ("1", "1", "1"))).status_code == 403
    assert metas() == []


# ── Em papel ─────────────────────────────────────────────────────────────────


def test_o_pdf_do_painel_tem_o_que_a_tela_mostra(mes, bruno, ana, entrar, tmp_path, settings, monkeypatch):
    """O da vendedora, com as curvas em vetor; e o lado a lado da equipe: os números, lidos uma vez só."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(fila, "_tocar", lambda pk: None)
    navegador = entrar(bruno)
    for consulta, frase in ((f"vendedor={ana.pk}", "Giro de carteira, dia a dia"), ("", "Lado a lado")):
        with CaptureQueriesContext(connection) as feitas:
            arquivo = pedir_pdf(navegador, bruno, "painel", consulta)
        assert arquivo.estado == "pronto"
        assert lidas_de_novo(feitas) == []
        leitor, folha = ler_pdf(navegador, arquivo)
        assert [d for d in ditos_na_tela(navegador.get(f"/painel/?{consulta}")) if d not in folha] == []
        assert frase.replace(" ", "") in folha
        assert "Período:novembrode2026" in folha
        assert f"Página1de{arquivo.paginas}" in folha
        assert "Carla" not in folha
        assert [len(p.images) for p in leitor.pages] == [0] * arquivo.paginas
        assert leitor.trailer["/Root"]["/MarkInfo"]["/Marked"]
        arquivo.delete()


def test_quem_nao_ve_ou_nao_leva_nao_ganha_pdf_do_painel(
    mes, bruno, ana, carla, norte, davi, entrar, monkeypatch
):
    monkeypatch.setattr(fila, "_tocar", lambda pk: None)
    assert entrar(ana).post("/relatorios/painel/pdf/").status_code == 403
    assert entrar(bruno).post(f"/relatorios/painel/pdf/?vendedor={carla.pk}").status_code == 404
    assert not ArquivoGerado.objects.exists()
    navegador = entrar(bruno)
    navegador.post(f"/relatorios/painel/pdf/?vendedor={ana.pk}")
    mudar_de_equipe(pessoa=ana, equipe=norte, em=HOJE, por=davi)  # enquanto o pedido espera
    arquivo = ArquivoGerado.objects.get()
    fila.executar(arquivo.pk, agora=arquivo.pedido_em)
    arquivo.refresh_from_db()
    assert (arquivo.estado, arquivo.caminho) == ("falhou", "")
    assert "já não está ao alcance" in arquivo.mensagem


def test_os_botoes_do_painel_levam_ao_pdf_e_ao_agendamento_dele(mes, bruno, ana, entrar, monkeypatch):
    monkeypatch.setattr(fila, "_tocar", lambda pk: None)
    feitos = levar_pela_pagina(entrar(bruno), f"/painel/?vendedor={ana.pk}&mes=2026-10")
    assert feitos == {"gerar": 302, "em casa": 200, "agendar": 200}
    arquivo = ArquivoGerado.objects.get()
    assert arquivo.filtros["consulta"] == {"vendedor": [str(ana.pk)], "mes": ["2026-10"]}
