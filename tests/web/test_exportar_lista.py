"""A planilha é a lista da tela: mesmos filtros, mesma ordem, e nada vira fórmula."""

import io
from datetime import date, datetime, timedelta
from decimal import Decimal

import openpyxl
import pytest

from atividade.models import Status
from contas.models import Empresa, RegistroDeAuditoria
from relatorios.planilhas import Coluna, partes_csv
from tests.conftest import HOJE
from tests.web.carteira_de_teste import indicar

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _referencia(empresa, hoje):
    Empresa.objects.update(referencia=HOJE)


@pytest.fixture
def carteira(ana, carla, novo_cliente):
    indicar(
        novo_cliente("A", vendedor=ana, razao_social="=cmd|'/c calc'!A1", uf="SC", cidade="Timbó", segmento="Tintas"),
        HOJE - timedelta(days=51), status=Status.ATIVO, valor_12m=Decimal("1234.56"), curva_abc="A",
    )  # fmt: skip
    novo_cliente("P", vendedor=ana, razao_social='Padaria; do "Zé"', telefone="+5547999220198")
    indicar(novo_cliente("Z", vendedor=carla), HOJE, status=Status.ATIVO, valor_12m=Decimal(9))


def linhas(resposta):
    texto = b"".join(resposta.streaming_content).decode()
    assert texto.startswith("\ufeff")
    return texto.removeprefix("\ufeff").split("\r\n")


def test_csv_traz_a_lista_filtrada_na_ordem_da_tela(carteira, davi, entrar):
    cabecalho, *resto = linhas(entrar(davi).get("/clientes/exportar/?ordem=-valor"))
    assert cabecalho == (
        "Código;Cliente;Município;UF;Segmento;Situação;Marca;Avisos;Dias sem comprar;Ciclo (dias);Vezes o ciclo;"
        "Último pedido;Valor 12 meses;Tendência;Curva ABC;Vendedor;Último contato;Próxima ação;O que fazer;Telefone"
    )
    assert resto[0] == (
        "A;'=cmd|'/c calc'!A1;Timbó;SC;Tintas;Ativo;;;51;30,0;1,7;30/09/2026;1234,56;;A;Ana Souza;;;;"
    )
    assert [linha.split(";")[0] for linha in resto if linha] == ["A", "Z", "P"]
    assert '"Padaria; do ""Zé"""' in resto[2]
    so_sc = linhas(entrar(davi).get("/clientes/exportar/?uf=SC"))
    assert [linha.split(";")[0] for linha in so_sc[1:] if linha] == ["A"]


def test_xlsx_tem_datas_e_numeros_de_verdade_e_texto_desarmado(carteira, davi, entrar):
    resposta = entrar(davi).get("/clientes/exportar/?ordem=-valor&formato=xlsx")
    aba = openpyxl.load_workbook(io.BytesIO(b"".join(resposta.streaming_content))).active
    primeira = [celula.value for celula in aba[2]]
    assert primeira[1] == "'=cmd|'/c calc'!A1"
    assert aba["B2"].data_type == "s"
    assert (primeira[8], primeira[11], primeira[12]) == (51, datetime(2026, 9, 30), 1234.56)
    assert aba["L2"].number_format == "DD/MM/YYYY"
    assert aba.max_row == 4


def test_quem_nao_pode_exportar_recebe_403_e_nem_ve_o_botao(carteira, ana, entrar):
    navegador = entrar(ana)
    assert navegador.get("/clientes/exportar/").status_code == 403
    assert "/clientes/exportar/" not in navegador.get("/clientes/").content.decode()
    ana.pode_exportar = True
    ana.save()
    assert navegador.get("/clientes/exportar/").status_code == 200
    assert not RegistroDeAuditoria.objects.exclude(por=ana).exists()


def test_exportar_obedece_a_visibilidade(carteira, carla, lia, entrar):
    assert [linha[0] for linha in linhas(entrar(carla).get("/clientes/exportar/"))[1:] if linha] == ["Z"]
    assert len(linhas(entrar(lia).get("/clientes/exportar/"))) == 5


def test_exportacao_fica_na_auditoria_com_filtros_e_linhas(carteira, davi, entrar):
    linhas(entrar(davi).get("/clientes/exportar/?uf=SC&formato=csv"))
    registro = RegistroDeAuditoria.objects.get(acao="exportar clientes")
    assert registro.por == davi
    assert registro.depois == {"filtros": {"uf": ["SC"]}, "linhas": 1}


def test_filtro_que_nao_se_entende_nao_exporta_mais_do_que_se_pediu(carteira, davi, entrar):
    assert entrar(davi).get("/clientes/exportar/?uf=XX").status_code == 400
    assert not RegistroDeAuditoria.objects.filter(acao="exportar clientes").exists()


def test_datas_do_csv_sao_brasileiras_e_o_negativo_continua_numero():
    saida = b"".join(
        partes_csv([Coluna("Dia", "data"), Coluna("Valor", "moeda")], [[date(2026, 1, 2), Decimal("-1.50")]])
    )
    assert saida.decode() == "\ufeffDia;Valor\r\n02/01/2026;-1,50\r\n"
