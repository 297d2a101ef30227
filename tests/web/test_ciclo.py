"""Ciclo de compra: a frase, as faixas, os ritmos que levam à lista, e só a carteira que a pessoa vê."""

import csv
import io
import re
from collections import Counter
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from openpyxl import load_workbook

from atividade.limiares import configurar
from atividade.recalculo import recalcular
from atividade.regras import Periodo
from clientes.models import Cliente, Segmento
from contas.models import Empresa, Papel, RegistroDeAuditoria, Vinculo
from tests.conftest import HOJE

pytestmark = pytest.mark.django_db
URL = "/ciclo-de-compra/"


def comprar(novo_cliente: Any, codigo: str, vaos: list[int], **campos: Any) -> Cliente:
    """Um cliente cujas compras distam `vaos` dias, a última há 10."""
    dia = HOJE - timedelta(days=sum(vaos) + 10)
    compras = [(dia, "100")]
    for vao in vaos:
        dia += timedelta(days=vao)
        compras.append((dia, "100"))
    return novo_cliente(codigo, compras=compras, **{"razao_social": f"Loja {codigo}", **campos})


@pytest.fixture
def carteira(empresa: Empresa, ana: Any, carla: Any, novo_cliente: Any, hoje: date) -> None:
    """De Ana, quatro lojas de 120 dias e uma mensal; de Carla, uma semanal; e uma compra só, de ninguém."""
    for n in range(4):
        comprar(novo_cliente, f"A{n}", [120, 120, 120], vendedor=ana, segmento="Agro")
    comprar(novo_cliente, "AM", [30] * 6, vendedor=ana, segmento="Varejo")
    comprar(novo_cliente, "CS", [7] * 10, vendedor=carla)
    comprar(novo_cliente, "U", [])
    comprar(novo_cliente, "F", [200, 200], vendedor=ana, fora_do_perfil=True)
    recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE)
    empresa.refresh_from_db()


def texto(resposta: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", unescape(resposta.content.decode())))


def linhas_csv(resposta: Any) -> list[dict[str, str]]:
    bruto = b"".join(resposta.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(bruto), delimiter=";"))


def test_por_cliente_e_por_compra_dizem_coisas_diferentes(davi: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    por_cliente = texto(navegador.get(URL))
    assert "80% dos clientes voltam a comprar em até 120 dias" in por_cliente
    assert "6 clientes · mediana 120 dias" in por_cliente
    por_compra = texto(navegador.get(f"{URL}?modo=compra"))
    # 10 de 7, 6 de 30 e 12 de 120 dias
    assert "80% das recompras acontecem em até 120 dias" in por_compra
    assert "28 recompras · mediana 30 dias" in por_compra
    assert "57% das recompras acontecem em até 30 dias" in texto(navegador.get(f"{URL}?modo=compra&parte=57"))
    assert "58% das recompras acontecem em até 120 dias" in texto(
        navegador.get(f"{URL}?modo=compra&parte=58")
    )


def test_faixas_da_largura_pedida_com_acumulado(davi: Any, entrar: Any, carteira: Any) -> None:
    contexto = entrar(davi).get(f"{URL}?modo=compra&largura=60").context
    assert [(nome, f.quantidade, str(round(f.porcento_acumulado, 2))) for nome, f in contexto["faixas"]] == [
        ("1 a 60 dias", 16, "57.14"),
        ("61 a 120 dias", 12, "100.00"),
    ]


def test_filtros_por_segmento_vendedor_e_periodo(
    davi: Any, ana: Any, empresa: Empresa, entrar: Any, carteira: Any
) -> None:
    navegador = entrar(davi)
    agro = Segmento.objects.get(nome="Agro")

    def por_dia(consulta: str) -> dict[int, int]:
        return dict(navegador.get(f"{URL}?modo=compra&{consulta}").context["distribuicao"].por_dia)

    assert por_dia(f"segmento={agro.pk}") == {120: 12}
    assert por_dia(f"vendedor={ana.pk}") == {120: 12, 30: 6}
    assert por_dia("vendedor=0") == {}
    assert por_dia("segmento=0") == {7: 10}
    ultima = HOJE - timedelta(days=10)
    assert por_dia(f"de={ultima}") == {120: 4, 30: 1, 7: 1}
    assert por_dia(f"ate={ultima - timedelta(days=1)}") == {120: 8, 30: 5, 7: 9}
    assert por_dia(f"de={ultima:%d/%m/%Y}&ate={ultima:%d/%m/%Y}") == {120: 4, 30: 1, 7: 1}
    assert por_dia(f"ate={HOJE + timedelta(days=90)}") == {120: 12, 30: 6, 7: 10}
    por_cliente = navegador.get(f"{URL}?de={ultima}").context["distribuicao"].por_dia
    assert por_cliente == {120: 4, 30: 1, 7: 1}


def test_cada_ritmo_leva_a_lista_que_ele_conta(davi: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    contexto = navegador.get(URL).context
    assert [(nome, c.clientes, c.valor) for nome, c, _ in contexto["classes"]] == [
        ("Semanal", 1, 1100),
        ("Mensal", 1, 700),
        ("Trimestral", 4, 1200),
        ("Compra única", 1, 100),
    ]
    assert contexto["clientes_com_compra"] == 7
    assert navegador.get(contexto["elo_com_compra"]).context["contagens"].na_lista == 7
    for nome, classe, elo in contexto["classes"]:
        lista = navegador.get(elo)
        assert lista.context["contagens"].na_lista == classe.clientes, nome
        assert f"Ritmo {nome.lower()}" in texto(lista)


def test_duas_compras_sem_ritmo_nao_traz_prospects(
    davi: Any, entrar: Any, carteira: Any, novo_cliente: Any, empresa: Any
) -> None:
    novo_cliente("P")
    comprar(novo_cliente, "D", [40])
    recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE)
    navegador = entrar(davi)
    elo = next(elo for nome, _, elo in navegador.get(URL).context["classes"] if nome == "Duas compras")
    assert navegador.get(elo).context["contagens"].na_lista == 1


def test_segmentos_com_ciclo_n_e_a_regra_em_vigor(
    davi: Any, empresa: Empresa, entrar: Any, carteira: Any
) -> None:
    agro = Segmento.objects.get(nome="Agro")
    configurar(empresa=empresa, segmento=agro, periodo=Periodo.de_texto("300d"),
               antecedencia=Periodo.de_texto("60d"), vigente_desde=date(2026, 3, 1), por=davi)  # fmt: skip
    resposta = entrar(davi).get(URL)
    medidas = {
        s.nome: (s.ciclo.clientes, s.ciclo.com_ciclo, s.ciclo.ciclo, s.regra.texto, s.propria)
        for s in resposta.context["segmentos"]
    }
    assert medidas == {
        "Agro": (4, 4, 120, "regra do segmento Agro, desde 01/03/2026: 300 dias", True),
        "Varejo": (1, 1, 30, "regra padrão: 6 meses", False),
        "Sem segmento": (2, 1, 7, "regra padrão: 6 meses", False),
    }
    assert (
        "quase inativo aos 240 dias, inativo aos 300 dias (regra do segmento Agro, desde 01/03/2026)"
        in texto(entrar(davi).get(f"{URL}?segmento={agro.pk}"))
    )
    todos = resposta.context["todos"].clientes
    assert entrar(davi).get(resposta.context["elo_de_todos"]).context["contagens"].na_lista == todos == 7
    for linha in resposta.context["segmentos"]:
        assert entrar(davi).get(linha.elo).context["contagens"].na_lista == linha.ciclo.clientes


def test_gestor_ve_as_equipes_dele_e_vendedora_a_propria_carteira(
    ana: Any, bruno: Any, carla: Any, entrar: Any, carteira: Any
) -> None:
    for pessoa in (bruno, ana):
        resposta = entrar(pessoa).get(f"{URL}?modo=compra")
        assert resposta.context["distribuicao"].por_dia == {120: 12, 30: 6}
        assert "Carla" not in texto(resposta)
        assert entrar(pessoa).get(f"{URL}?vendedor={carla.pk}").status_code == 404
    assert entrar(carla).get(URL).context["distribuicao"].por_dia == {7: 1}
    assert 'name="vendedor"' not in entrar(ana).get(URL).content.decode()
    assert 'name="vendedor"' in entrar(bruno).get(URL).content.decode()


def test_de_outra_empresa_e_como_se_nao_existisse(davi: Any, entrar: Any, carteira: Any) -> None:
    outra = Empresa.objects.create(codigo="2", nome="Filial")
    alheio = Segmento.objects.create(empresa=outra, nome="Têxtil")
    navegador = entrar(davi)
    assert navegador.get(f"{URL}?empresa={outra.pk}").status_code == 404
    assert navegador.get(f"{URL}?segmento={alheio.pk}").status_code == 404
    assert navegador.get(f"{URL}exportar/?empresa={outra.pk}").status_code == 404
    Vinculo.objects.create(usuario=davi, empresa=outra)
    assert "A carteira ainda não foi calculada" in texto(navegador.get(f"{URL}?empresa={outra.pk}"))
    assert navegador.get(f"{URL}exportar/?empresa={outra.pk}").status_code == 404


def test_quem_nao_entrou_fica_de_fora_e_externa_nao_exporta(ana: Any, entrar: Any, carteira: Any) -> None:
    assert Client().get(URL).status_code == Client().get(f"{URL}exportar/").status_code == 302
    assert entrar(ana).get(f"{URL}exportar/").status_code == 403
    assert "exportar" not in entrar(ana).get(URL).content.decode()
    assert not RegistroDeAuditoria.objects.filter(acao="exportar ciclo de compra").exists()


def test_leitura_ve_e_exporta(lia: Any, entrar: Any, carteira: Any) -> None:
    assert lia.papel == Papel.LEITURA
    assert entrar(lia).get(URL).context["distribuicao"].total == 6
    assert entrar(lia).get(f"{URL}exportar/").status_code == 200


def test_os_intervalos_exportados_refazem_as_faixas_da_tela(davi: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    consulta = f"modo=compra&largura=30&de={HOJE - timedelta(days=200)}"
    faixas = linhas_csv(navegador.get(f"{URL}exportar/?tabela=faixas&{consulta}"))
    crus = linhas_csv(navegador.get(f"{URL}exportar/?tabela=intervalos&{consulta}"))
    dias = Counter(int(linha["Dias"]) for linha in crus)
    for faixa in faixas:
        fim = int(faixa["Até (dias)"] or 10**6)
        assert int(faixa["Quantidade"]) == sum(
            n for d, n in dias.items() if int(faixa["De (dias)"]) <= d <= fim
        )
    assert sum(int(f["Quantidade"]) for f in faixas) == len(crus) == 10 + 6 + 8
    assert crus[0] == {
        "Código": "A0",
        "Cliente": "Loja A0",
        "Compra anterior": f"{HOJE - timedelta(days=250):%d/%m/%Y}",
        "Recompra": f"{HOJE - timedelta(days=130):%d/%m/%Y}",
        "Dias": "120",
    }
    registro = RegistroDeAuditoria.objects.filter(acao="exportar ciclo de compra").latest("pk")
    assert registro.objeto == f"intervalos de {Empresa.objects.get(codigo='1')} (csv)"


def test_xlsx_das_medianas_tem_numeros_de_verdade(davi: Any, entrar: Any, carteira: Any) -> None:
    resposta = entrar(davi).get(f"{URL}exportar/?tabela=medianas&formato=xlsx")
    aba = load_workbook(io.BytesIO(b"".join(resposta.streaming_content))).active
    assert [c.value for c in aba[2]] == ["A0", "Loja A0", 3, 120]
    assert aba.max_row == 7
    assert entrar(davi).get(f"{URL}exportar/?tabela=outra").status_code == 404
    assert entrar(davi).get(f"{URL}exportar/?formato=pdf").status_code == 404


def test_escolha_sem_sentido_e_dita_e_a_pagina_continua(davi: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    for consulta, frase in (
        ("de=ontem", "Escreva a data como 31/12/2026."),
        ("de=2026-10-01&ate=2026-09-01", "O fim vem antes do começo: o período foi ignorado."),
        ("parte=0", "Use de 1 a 99."),
        ("parte=x", "Use um número inteiro."),
        ("largura=4&modo=tudo", "Ciclo de compra"),
    ):
        resposta = navegador.get(f"{URL}?{consulta}")
        assert resposta.status_code == 200, consulta
        assert frase in texto(resposta), consulta
        assert resposta.context["distribuicao"].total == 6, consulta


def test_a_empresa_inteira_se_guarda_ate_o_calculo_seguinte(
    davi: Any, ana: Any, empresa: Empresa, entrar: Any, carteira: Any, novo_cliente: Any
) -> None:
    navegador = entrar(davi)

    def por_dia(quem: Any = navegador) -> dict[int, int]:
        return dict(quem.get(f"{URL}?modo=compra").context["distribuicao"].por_dia)

    assert por_dia() == {120: 12, 30: 6, 7: 10}
    comprar(novo_cliente, "N", [45], vendedor=ana)
    assert por_dia() == {120: 12, 30: 6, 7: 10}  # ainda o retrato do último cálculo
    assert por_dia(entrar(ana)) == {120: 12, 30: 6, 45: 1}  # carteira de uma pessoa nunca é guardada
    Cliente.objects.filter(codigo="CS").update(encerrado_em=HOJE)
    assert por_dia() == {120: 12, 30: 6, 45: 1}  # quem sai da carteira sai da conta na hora
    recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE)
    assert por_dia() == {120: 12, 30: 6, 45: 1}


def test_htmx_traz_so_o_miolo_e_os_elos_guardam_as_escolhas(davi: Any, entrar: Any, carteira: Any) -> None:
    html = entrar(davi).get(
        f"{URL}?modo=compra&parte=70", headers={"HX-Request": "true", "HX-Target": "ciclo"}
    )
    corpo = html.content.decode()
    assert "<html" not in corpo
    assert "tabela=faixas" in corpo
    assert "modo=compra&amp;parte=70" in corpo


def test_vazios_dizem_o_que_falta(
    davi: Any, ana: Any, empresa: Empresa, entrar: Any, hoje: date, novo_cliente: Any
) -> None:
    assert "A carteira ainda não foi calculada" in texto(entrar(davi).get(URL))
    recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE)
    assert "Nenhum cliente com compra nesta escolha" in texto(entrar(davi).get(URL))
    comprar(novo_cliente, "D", [40], vendedor=ana)
    recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE)
    assert "Ninguém recomprou neste período" in texto(entrar(davi).get(f"{URL}?ate=2020-01-01"))


def test_consultas_nao_crescem_com_a_carteira(
    davi: Any,
    ana: Any,
    empresa: Empresa,
    entrar: Any,
    hoje: date,
    novo_cliente: Any,
    django_assert_max_num_queries: Any,
) -> None:
    navegador, contagens = entrar(davi), []
    navegador.get(URL)
    for quantos in (3, 30):
        for n in range(quantos):
            comprar(novo_cliente, f"{quantos}-{n}", [30, 40], vendedor=ana, segmento=f"S{n % 3}")
        recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE)
        cache.clear()  # com o relógio parado, os dois cálculos teriam a mesma hora
        with django_assert_max_num_queries(25) as consultas:
            assert navegador.get(f"{URL}?modo=compra").status_code == 200
        contagens.append(len(consultas))
    assert contagens[0] == contagens[1]


def test_esta_no_menu_e_configurar_leva_a_ele(
    davi: Any, bruno: Any, empresa: Empresa, entrar: Any, carteira: Any
) -> None:
    assert f'href="{URL}"' in entrar(bruno).get("/composicao/").content.decode()
    assert f'href="{URL}?empresa={empresa.pk}"' in entrar(davi).get("/atividade/").content.decode()
