"""A página do retorno: os números com os clientes deles atrás, as planilhas, e o que cada um vê."""

import io
import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import openpyxl
import pytest

from carteira import arquivos as fila
from clientes.models import Agendamento, Cliente
from contas.models import Empresa, RegistroDeAuditoria, Usuario
from tests.conftest import novo_pedido
from tests.notificacoes.test_retorno import alertar, falar, pronta
from tests.web.paginas_em_pdf import ditos_na_tela, ler_pdf, levar_pela_pagina, pedir_pdf

__all__ = ["pronta"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
HOJE, DIA = date(2026, 11, 20), date(2026, 11, 2)


@pytest.fixture
def carteira(
    ana: Usuario, carla: Usuario, empresa: Empresa, novo_cliente: Any, pronta: Empresa
) -> dict[str, Cliente]:
    """Três da Ana (um contatado que comprou, um contatado, um intocado) e um da Carla."""
    from atividade.recalculo import recalcular

    clientes = {c: novo_cliente(c, vendedor=ana) for c in ("A1", "A2", "A3")}
    clientes["C1"] = novo_cliente("C1", vendedor=carla)
    for codigo, cliente in clientes.items():
        alertar(carla if codigo == "C1" else ana, cliente)
    falar(clientes["A1"], ana, DIA)
    falar(clientes["A2"], ana, DIA + timedelta(days=2))
    novo_pedido(clientes["A1"], "P1", DIA + timedelta(days=3), "1500.00")
    recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE)
    return clientes


def texto(resposta: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", resposta.content.decode())).split())


def test_o_gestor_ve_a_equipe_e_cada_numero_abre_os_clientes_dele(
    bruno: Usuario, carteira: dict[str, Cliente], entrar: Any
) -> None:
    navegador = entrar(bruno)
    resposta = navegador.get("/avisos/retorno/")
    lido = texto(resposta)
    assert "Contatados em 7 dias 66,7% 2 de 3" in lido
    assert "Compraram depois do contato 50,0% 1 de 2 · R$ 2 mil" in lido
    assert "Carla" not in lido
    elos = resposta.context["elos"]
    quantos = {}
    for medida, url in elos.items():
        pagina = navegador.get(url)
        quantos[medida] = [ind.cliente.codigo for ind, *_ in pagina.context["linhas"]]
    assert {m: sorted(c) for m, c in quantos.items()} == {
        "alertados": ["A1", "A2", "A3"],
        "contatados": ["A1", "A2"],
        "sem_contato": ["A3"],
        "compraram": ["A1"],
        "compraram_sem_contato": [],
        "intocados": ["A3"],
    }
    faixa = next(f for f in resposta.context["faixas"] if f["quantos"])
    assert (faixa["nome"], faixa["quantos"]) == ("15 a 30 dias", 1)
    assert [i.cliente.codigo for i, *_ in navegador.get(faixa["url"]).context["linhas"]] == ["A3"]


def test_o_vendedor_ve_so_o_seu_e_o_diretor_ve_tudo(
    ana: Usuario, carla: Usuario, lia: Usuario, carteira: dict[str, Cliente], entrar: Any
) -> None:
    for pessoa, alertados in ((ana, 3), (carla, 1), (lia, 4)):
        assert entrar(pessoa).get("/avisos/retorno/").context["total"].alertados == alertados
    de_outra = entrar(ana).get(f"/avisos/retorno/?vendedor={carla.pk}")
    assert de_outra.context["total"].alertados == 0
    assert "Carla" not in texto(de_outra)


def test_os_prazos_vao_na_url_e_o_que_nao_se_entende_e_o_padrao(
    bruno: Usuario, carteira: dict[str, Cliente], entrar: Any
) -> None:
    navegador = entrar(bruno)
    assert navegador.get("/avisos/retorno/?contato=1").context["total"].contatados == 1
    assert navegador.get("/avisos/retorno/?contato=1&compra=2").context["total"].compraram == 0
    for ruim in ("contato=x&compra=-3&agrupar=y&vendedor=z&equipe=%20", "contato=99999&regra=" + "a" * 90):
        assert navegador.get(f"/avisos/retorno/?{ruim}").status_code == 200
    for periodo in ("de=2026-11-20&ate=2026-11-01", "de=banana", "de=2020-01-01&ate=2026-11-20"):
        assert "Não entendi o período" in texto(navegador.get(f"/avisos/retorno/?{periodo}"))
    assert navegador.get("/avisos/retorno/clientes/?medida=outra").status_code == 404
    assert "Nenhum aviso neste período" in texto(
        navegador.get("/avisos/retorno/?de=2026-01-01&ate=2026-01-31")
    )


def test_por_regra_e_o_recorte_que_se_tira(bruno: Usuario, carteira: dict[str, Cliente], entrar: Any) -> None:
    navegador = entrar(bruno)
    pagina = navegador.get("/avisos/retorno/?agrupar=regra")
    [linha] = pagina.context["linhas"]
    assert linha["nome"] == "Resumo do dia"
    recortada = navegador.get(linha["url"])
    assert [(r["rotulo"], r["valor"]) for r in recortada.context["recortes"]] == [("Regra", "Resumo do dia")]
    assert "regra=" not in recortada.context["recortes"][0]["tirar"].replace("agrupar=", "")


def test_as_planilhas_dizem_o_que_a_tela_diz(
    ana: Usuario, bruno: Usuario, carteira: dict[str, Cliente], entrar: Any
) -> None:
    navegador = entrar(bruno)
    csv = b"".join(navegador.get("/avisos/retorno/exportar/").streaming_content).decode("utf-8-sig")
    cabeca, da_ana, total = (linha.split(";") for linha in csv.strip().splitlines())
    assert cabeca[0] == "Pessoa"
    assert da_ana[:8] == ["Ana Souza", "22/10/2026", "20/11/2026", "7", "30", "3", "2", "66,67"]
    assert (total[0], total[5], total[11]) == ("Total", "3", "1500,00")
    Agendamento.objects.create(
        cliente=carteira["A1"], responsavel=ana, criado_por=ana, em=HOJE - timedelta(days=3)
    )
    for tabela, primeira in (("agendas", "Ana Souza"), ("volumes", "Total")):
        resposta = navegador.get(f"/avisos/retorno/exportar/?tabela={tabela}&formato=xlsx")
        folha = openpyxl.load_workbook(io.BytesIO(b"".join(resposta.streaming_content))).active
        assert primeira in [celula.value for celula in folha["A"]]
    assert RegistroDeAuditoria.objects.filter(acao="exportar retorno dos avisos", por=bruno).count() == 3


def test_as_agendas_atrasadas_levam_a_agenda_da_pessoa(
    ana: Usuario, bruno: Usuario, lia: Usuario, carteira: dict[str, Cliente], entrar: Any
) -> None:
    Agendamento.objects.create(
        cliente=carteira["A1"], responsavel=ana, criado_por=ana, em=HOJE - timedelta(days=3)
    )
    assert f'href="/agenda/?pessoa={ana.pk}"' in entrar(bruno).get("/avisos/retorno/").content.decode()
    assert 'href="/agenda/"' not in entrar(lia).get("/avisos/retorno/").content.decode()


# ── Em papel ─────────────────────────────────────────────────────────────────


def test_o_pdf_do_retorno_tem_o_que_a_tela_mostra(
    ana: Usuario, bruno: Usuario, carteira: dict[str, Cliente], entrar: Any, tmp_path: Any, settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(fila, "_tocar", lambda pk: None)
    navegador = entrar(bruno)
    consulta = f"de=2026-11-01&ate=2026-11-20&contato=5&vendedor={ana.pk}"
    arquivo = pedir_pdf(navegador, bruno, "retorno-dos-avisos", consulta)
    leitor, folha = ler_pdf(navegador, arquivo)
    tela = ditos_na_tela(navegador.get(f"/avisos/retorno/?{consulta}"))
    assert len(tela) > 20
    assert [d for d in tela if d not in folha] == []
    for dito in ("Avisos:de01/11/2026a20/11/2026", "contatoem5dias", "Pessoa:AnaSouza", "15a30dias"):
        assert dito in folha
    assert "Carla" not in folha
    assert [len(p.images) for p in leitor.pages] == [0] * arquivo.paginas
    assert entrar(ana).post("/relatorios/retorno-dos-avisos/pdf/").status_code == 403


def test_os_botoes_do_retorno_levam_ao_pdf_e_ao_agendamento_dele(
    bruno: Usuario, carteira: dict[str, Cliente], entrar: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fila, "_tocar", lambda pk: None)
    feitos = levar_pela_pagina(entrar(bruno), "/avisos/retorno/?contato=5")
    assert feitos == {"gerar": 302, "em casa": 200, "agendar": 200}
