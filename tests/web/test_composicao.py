"""A página da composição: cada um vê o seu, cada número leva à lista que ele conta."""

import csv
import io
import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from atividade.models import MudancaStatus, Retrato
from clientes.models import Cliente
from contas.models import Empresa, Papel, RegistroDeAuditoria, Usuario, Vinculo
from tests.conftest import criar_pessoa
from tests.relatorios.test_composicao import REF, situar

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _calculada(empresa: Empresa) -> None:
    Empresa.objects.filter(pk=empresa.pk).update(referencia=REF, calculada_em=timezone.now())


@pytest.fixture
def carteira(ana: Any, carla: Any, novo_cliente: Any) -> dict[str, Cliente]:
    """Seis clientes de Ana e dois de Carla, nas quatro situações."""
    linhas = {
        "A1": (ana, "ativo", "1000", "SC"),
        "A2": (ana, "ativo", "500", "SC"),
        "A3": (ana, "ativo", "500", "PR"),
        "Q1": (ana, "quase_inativo", "300", "SC"),
        "I1": (ana, "inativo", "0", "PR"),
        "P1": (ana, "prospect", "0", "SC"),
        "Q2": (carla, "quase_inativo", "700", "RS"),
        "I2": (carla, "inativo", "0", "RS"),
    }
    clientes = {}
    for codigo, (dono, status, valor, uf) in linhas.items():
        clientes[codigo] = novo_cliente(codigo, vendedor=dono, uf=uf, razao_social=f"Loja {codigo}")
        situar(clientes[codigo], status, valor, "80" if status == "inativo" else valor)
    return clientes


def texto(resposta: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", unescape(resposta.content.decode())))


def elos(resposta: Any) -> set[str]:
    return {unescape(e) for e in re.findall(r'href="([^"]+)"', resposta.content.decode())}


def mudar(cliente: Cliente, de: str, para: str, *, dias: int, motivo: str = "tempo", ordem: int = 1) -> None:
    MudancaStatus.objects.create(
        cliente=cliente,
        de=de,
        para=para,
        em=REF - timedelta(days=dias),
        motivo=motivo,
        ordem=ordem,
        referencia=REF,
    )


def test_admin_ve_clientes_porcentagens_e_valores_exatos(davi: Any, entrar: Any, carteira: Any) -> None:
    pagina = texto(entrar(davi).get("/composicao/"))
    assert "7 clientes com compra e 1 prospect em 20/11/2026" in pagina
    assert "42,86%" in pagina  # 3 ativos de 7
    assert "28,57%" in pagina  # 2 quase inativos de 7
    assert "R$ 1 mil/ano estão com 2 quase inativos. Um só soma metade." in pagina
    assert "inativo após 6 meses, aviso 2 meses antes" in pagina


def test_vendedora_ve_so_a_propria_carteira_e_nao_abre_por_vendedor(
    ana: Any, entrar: Any, carteira: Any
) -> None:
    resposta = entrar(ana).get("/composicao/?agrupar=vendedor")
    pagina = texto(resposta)
    assert "5 clientes com compra e 1 prospect" in pagina
    assert "Carla" not in pagina
    assert "Detalhe por vendedor" not in pagina


def test_filtro_de_outra_carteira_na_url_nao_mostra_nada_dela(
    ana: Any, carla: Any, entrar: Any, carteira: Any
) -> None:
    resposta = entrar(ana).get(f"/composicao/?vendedor={carla.pk}")
    assert "Nenhum cliente com estes filtros" in texto(resposta)


def test_gestor_ve_as_equipes_dele(bruno: Any, entrar: Any, carteira: Any) -> None:
    pagina = texto(entrar(bruno).get("/composicao/"))
    assert "5 clientes com compra" in pagina
    assert "Carla" not in pagina


def test_quem_nao_entrou_ou_foi_desligado_fica_de_fora(ana: Any, entrar: Any, carteira: Any) -> None:
    desligada = entrar(ana)
    Usuario.objects.filter(pk=ana.pk).update(is_active=False)
    for caminho in ("/composicao/", "/composicao/mudancas/", "/composicao/exportar/"):
        assert desligada.get(caminho).status_code == 302
        assert Client().get(caminho).status_code == 302


def test_cada_numero_leva_a_lista_que_ele_conta(davi: Any, entrar: Any, carteira: Any) -> None:
    """Segue todo elo para a lista e compara o total dela com a conta da composição."""
    navegador = entrar(davi)
    for filtros in ("", "?uf=SC", "?uf=SC&uf=PR", "?vendedor=0", "?abc=0"):
        contexto = navegador.get(f"/composicao/{filtros}").context
        grupo = contexto["carteira"]
        esperado = {s: grupo.fatia(s).clientes for s in ("ativo", "quase_inativo", "inativo", "prospect")}
        for status, elo in contexto["elos"].items():
            lista = navegador.get(elo).content.decode()
            total = sum(1 for codigo in carteira if f"Loja {codigo}" in lista)
            assert total == (grupo.clientes if status == "clientes" else esperado[status]), elo


def test_o_elo_de_cada_grupo_lista_os_clientes_do_grupo(davi: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    for dimensao in ("vendedor", "equipe", "segmento", "uf", "abc", "empresa", "municipio"):
        linhas = navegador.get(f"/composicao/?agrupar={dimensao}").context["grupos"]
        assert sum(linha.grupo.clientes for linha in linhas) == 7, dimensao
        for linha in linhas:
            lista = navegador.get(linha.elos["clientes"]).content.decode()
            assert sum(1 for c in carteira if f"Loja {c}" in lista) == linha.grupo.clientes, dimensao


def test_exibir_todos_tem_uma_caixa_por_situacao_e_leva_o_recorte(
    davi: Any, entrar: Any, carteira: Any
) -> None:
    html = entrar(davi).get("/composicao/?uf=SC").content.decode()
    formulario = html[html.index('class="cartao exibir"') :].split("</form>")[0]
    assert re.findall(r'name="status" value="(\w+)" checked', formulario) == [
        "ativo",
        "quase_inativo",
        "inativo",
        "prospect",
    ]
    assert 'name="uf" value="SC"' in formulario


def test_quem_mudou_soma_por_passagem_e_separa_quem_foi_e_voltou(
    davi: Any, entrar: Any, carteira: Any
) -> None:
    mudar(carteira["Q1"], "ativo", "quase_inativo", dias=29)
    mudar(carteira["I1"], "quase_inativo", "inativo", dias=10)
    mudar(carteira["A1"], "ativo", "quase_inativo", dias=20)
    mudar(carteira["A1"], "quase_inativo", "ativo", dias=3, motivo="compra")
    mudar(carteira["A2"], "prospect", "ativo", dias=5, motivo="compra")
    mudar(
        carteira["I2"], "quase_inativo", "inativo", dias=30
    )  # fora: a janela é (referência − 30, referência]
    navegador = entrar(davi)
    resposta = navegador.get("/composicao/?dias=30")
    pagina = texto(resposta)
    assert "2 pioraram e 1 melhorou ou entrou em 30 dias" in pagina
    assert "2 pioraram (R$ 380) · 1 melhorou ou entrou (R$ 500)" in pagina
    assert "Mais 1 cliente saiu e voltou" in pagina
    for passagem, elo in resposta.context["passagens"]:
        nomes = navegador.get(elo)
        assert nomes.context["pagina"].paginator.count == passagem.clientes
    # em 7 dias A1 só melhorou: a queda dele ficou antes da janela
    assert "2 melhoraram ou entraram e 0 pioraram em 7 dias" in texto(navegador.get("/composicao/?dias=7"))


def test_mudanca_de_regra_e_dita_como_tal(davi: Any, entrar: Any, carteira: Any) -> None:
    mudar(carteira["Q1"], "ativo", "quase_inativo", dias=2, motivo="configuracao")
    assert "1 por mudança de regra" in texto(entrar(davi).get("/composicao/"))


def test_nomes_de_quem_mudou_so_os_da_propria_carteira(ana: Any, entrar: Any, carteira: Any) -> None:
    mudar(carteira["Q1"], "ativo", "quase_inativo", dias=2)
    mudar(carteira["Q2"], "ativo", "quase_inativo", dias=2)
    nomes = texto(entrar(ana).get("/composicao/mudancas/?dias=30"))
    assert "Loja Q1" in nomes
    assert "Loja Q2" not in nomes


def test_htmx_troca_so_o_pedaco_pedido(davi: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    for alvo, ausente in (("detalhe", 'id="mudancas"'), ("mudancas", 'id="detalhe"')):
        html = navegador.get(
            "/composicao/?agrupar=uf", headers={"HX-Request": "true", "HX-Target": alvo}
        ).content.decode()
        assert html.lstrip().startswith(f'<section class="cartao" id="{alvo}"')
        assert ausente not in html


def test_medir_por_valor_muda_grafico_e_barras(davi: Any, entrar: Any, carteira: Any) -> None:
    pagina = texto(entrar(davi).get("/composicao/?medir=valor"))
    assert "66,67%" in pagina  # R$ 2.000 de 3.000
    assert "R$ 12 meses" in pagina


def test_sem_rodada_e_sem_clientes_a_pagina_diz_o_que_falta(
    davi: Any, ana: Any, entrar: Any, empresa: Empresa
) -> None:
    assert "Ainda não há clientes na sua carteira" in texto(entrar(ana).get("/composicao/"))
    Empresa.objects.update(referencia=None)
    assert "A carteira ainda não foi calculada" in texto(entrar(davi).get("/composicao/"))


def test_url_sem_sentido_nunca_e_erro(davi: Any, entrar: Any, carteira: Any) -> None:
    navegador = entrar(davi)
    for consulta in (
        "uf=XX&abc=Z&vendedor=abc",
        "vendedor=99999999999999999999&empresa=0",
        "dias=-1&agrupar=tudo&ordem=%0A&medir=x&pagina=9999",
    ):
        for caminho in ("/composicao/", "/composicao/mudancas/", "/composicao/exportar/"):
            assert navegador.get(f"{caminho}?{consulta}").status_code == 200, (caminho, consulta)


# ── Meses ────────────────────────────────────────────────────────────────────


def test_meses_vem_dos_retratos_e_os_que_faltam_dos_pedidos(
    davi: Any, ana: Any, entrar: Any, empresa: Empresa, novo_cliente: Any
) -> None:
    cliente = novo_cliente(
        "C1", vendedor=ana, compras=[(date(2026, 3, 10), "100"), (date(2026, 10, 2), "50")]
    )
    situar(cliente, "ativo", "150", ultima_compra=date(2026, 10, 2))
    Retrato.objects.create(
        empresa=empresa,
        data=date(2026, 10, 31),
        vendedor=ana,
        status="ativo",
        clientes=7,
        valor_12m=70,
        valor_em_risco=70,
    )
    meses = {m.data: m for m in entrar(davi).get("/composicao/").context["meses"]}
    assert (meses[date(2026, 10, 31)].origem, meses[date(2026, 10, 31)].clientes) == ("retrato", {"ativo": 7})
    refeitos = {d: m.clientes for d, m in meses.items() if m.origem == "pedidos" and m.clientes}
    # padrão 6 meses, aviso 2 antes: 10/03 vira quase em 10/07 e inativo em 10/09
    assert refeitos == {
        date(2026, 3, 31): {"ativo": 1},
        date(2026, 4, 30): {"ativo": 1},
        date(2026, 5, 31): {"ativo": 1},
        date(2026, 6, 30): {"ativo": 1},
        date(2026, 7, 31): {"quase_inativo": 1},
        date(2026, 8, 31): {"quase_inativo": 1},
        date(2026, 9, 30): {"inativo": 1},
    }
    assert len(meses) == 13


def test_retrato_de_outra_carteira_nao_entra_nos_meses(
    ana: Any, carla: Any, entrar: Any, empresa: Empresa, carteira: Any
) -> None:
    for dono, quantos in ((ana, 3), (carla, 40)):
        Retrato.objects.create(
            empresa=empresa,
            data=date(2026, 10, 31),
            vendedor=dono,
            status="ativo",
            clientes=quantos,
            valor_12m=0,
            valor_em_risco=0,
        )
    meses = {m.data: m for m in entrar(ana).get("/composicao/").context["meses"]}
    assert meses[date(2026, 10, 31)].clientes == {"ativo": 3}


def test_carteira_grande_sem_retrato_diz_sem_retrato(
    davi: Any, entrar: Any, carteira: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("relatorios.evolucao.CLIENTES_REFEITOS_NA_HORA", 2)
    pagina = texto(entrar(davi).get("/composicao/"))
    assert "Sem retrato em 12 fins de mês" in pagina
    assert "Ainda não há história para comparar" in pagina


# ── Planilhas ────────────────────────────────────────────────────────────────


def test_csv_traz_a_tabela_da_tela_com_total_e_fica_na_auditoria(
    davi: Any, entrar: Any, carteira: Any
) -> None:
    resposta = entrar(davi).get("/composicao/exportar/?agrupar=uf&formato=csv&ordem=nome")
    bruto = b"".join(resposta.streaming_content)
    assert bruto.startswith(b"\xef\xbb\xbf")
    linhas = list(csv.DictReader(io.StringIO(bruto.decode("utf-8-sig")), delimiter=";"))
    assert [linha["UF"] for linha in linhas] == ["PR", "RS", "SC", "Total"]
    assert linhas[-1]["Clientes"] == "7"
    assert linhas[-1]["% ativos"] == "42,86"
    assert linhas[-1]["R$ em risco (quase inativos)"] == "1000,00"
    assert linhas[-1]["R$ perdido (inativos)"] == "160,00"
    registro = RegistroDeAuditoria.objects.get(acao="exportar composição")
    assert (registro.por, registro.objeto) == (davi, "por UF (csv)")


def test_xlsx_tem_numeros_de_verdade_e_formula_desarmada(
    davi: Any, empresa: Empresa, entrar: Any, novo_cliente: Any
) -> None:
    malicioso = criar_pessoa("=HYPERLINK(1) Silva", empresa)
    situar(novo_cliente("C1", vendedor=malicioso), "quase_inativo", "12.34")
    resposta = entrar(davi).get("/composicao/exportar/?agrupar=vendedor&formato=xlsx")
    aba = load_workbook(io.BytesIO(b"".join(resposta.streaming_content))).active
    primeira = [celula.value for celula in aba[2]]
    assert primeira[0] == "'=HYPERLINK(1) Silva"
    assert primeira[1] == 1
    assert 12.34 in primeira


def test_vendedora_externa_nao_exporta_e_nem_ve_o_botao(ana: Any, entrar: Any, carteira: Any) -> None:
    assert entrar(ana).get("/composicao/exportar/").status_code == 403
    assert not RegistroDeAuditoria.objects.filter(acao__startswith="exportar").exists()
    assert not any("exportar" in elo for elo in elos(entrar(ana).get("/composicao/")))


def test_outra_empresa_nao_aparece(davi: Any, entrar: Any, novo_cliente: Any, carteira: Any) -> None:
    outra = Empresa.objects.create(codigo="2", nome="Filial", referencia=REF)
    situar(novo_cliente("X", empresa=outra), "ativo", "999")
    assert "7 clientes com compra" in texto(entrar(davi).get("/composicao/"))
    Vinculo.objects.create(usuario=davi, empresa=outra)
    assert "8 clientes com compra" in texto(entrar(davi).get("/composicao/"))
    assert "1 cliente com compra" in texto(entrar(davi).get(f"/composicao/?empresa={outra.pk}"))


def test_consultas_da_pagina_nao_crescem_com_a_carteira(
    davi: Any, ana: Any, carla: Any, entrar: Any, novo_cliente: Any, django_assert_max_num_queries: Any
) -> None:
    navegador = entrar(davi)
    contagens = []
    for quantos in (5, 50):
        for n in range(quantos):
            cliente = novo_cliente(
                f"{quantos}-{n}", vendedor=(ana, carla)[n % 2], uf="SC", segmento=f"S{n % 3}"
            )
            situar(cliente, "quase_inativo", "10")
            mudar(cliente, "ativo", "quase_inativo", dias=2)
        with django_assert_max_num_queries(45) as consultas:
            assert navegador.get("/composicao/").status_code == 200
        contagens.append(len(consultas))
    assert contagens[0] == contagens[1]


def test_leitura_ve_tudo_e_exporta(lia: Any, entrar: Any, carteira: Any) -> None:
    assert lia.papel == Papel.LEITURA
    assert "7 clientes com compra" in texto(entrar(lia).get("/composicao/"))
    assert entrar(lia).get("/composicao/exportar/").status_code == 200


def test_o_detalhe_diz_em_numeros_o_que_a_barra_desenha_e_cada_um_e_um_elo(
    davi: Any, entrar: Any, carteira: Any
) -> None:
    """Ativos, prospects, R$ de 12 meses e R$ em risco: na tela, na planilha e no relatório."""
    navegador = entrar(davi)
    for consulta, dito in (("agrupar=uf", "3 42,86%"), ("agrupar=uf&medir=valor", "R$ 2 mil 66,67%")):
        html = navegador.get(f"/composicao/?{consulta}").content.decode()
        tabela = html[html.index('<table class="tab detalhe"') :].split("</table>")[0]
        pe = tabela[tabela.index("<tfoot>") :]
        assert dito in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", pe).replace("\xa0", " "))
        celulas = re.findall(r"<td\b[^>]*>(.*?)</td>", pe, re.S)
        assert len(celulas) == 8
        assert [i for i, c in enumerate(celulas) if "href=" not in c] == [1]  # só a barra não é número
        assert 'status=prospect"' in celulas[5]
    atividade = navegador.get("/composicao/").context["atividade"]
    for status, fatia, _, _, elo in atividade:
        lista = navegador.get(elo).content.decode()
        assert sum(1 for codigo in carteira if f"Loja {codigo}" in lista) == fatia.clientes, status
