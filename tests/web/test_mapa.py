"""O mapa: os clientes do filtro por município, cada um só os seus, e nada sai para fora sem se pedir."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from atividade.models import Indicadores, Status
from carteira import arquivos as fila
from carteira.folhas.mapa import MapaDosClientes
from carteira.graficos.mapa import desenhar
from carteira.mapa import mapear, ordenar, rotas_ate
from clientes.models import Cliente, Municipio
from contas.models import Empresa, RegistroDeAuditoria, Vinculo
from relatorios.models import ArquivoGerado
from relatorios.papel import Parte
from relatorios.pedido import ler_pedido
from tests.conftest import HOJE
from tests.sementes import na_resistencia
from tests.web.carteira_de_teste import indicar
from tests.web.paginas_em_pdf import ditos_na_tela, ler_pdf, levar_pela_pagina, lidas_de_novo, pedir_pdf
from tests.web.test_composicao import elos, texto

pytestmark = pytest.mark.django_db
JOINVILLE, BLUMENAU, CURITIBA = 4209102, 4202404, 4106902


@pytest.fixture(autouse=True)
def _referencia(empresa: Empresa, hoje: Any) -> None:
    Empresa.objects.update(referencia=HOJE, referencia_regular=HOJE)


@pytest.fixture
def carteira(ana: Any, carla: Any, novo_cliente: Any) -> dict[str, Cliente]:
    """Ana: três em Joinville, um em Blumenau e um sem lugar. Carla: um em Joinville e um em Curitiba."""
    linhas = {
        "J1": (ana, JOINVILLE, "SC", Status.ATIVO, "1000.00"),
        "J2": (ana, JOINVILLE, "SC", Status.QUASE_INATIVO, "300.00"),
        "J3": (ana, JOINVILLE, "SC", Status.QUASE_INATIVO, "200.50"),
        "B1": (ana, BLUMENAU, "SC", Status.ATIVO, "5000.00"),
        "S1": (ana, None, "", Status.PROSPECT, "0"),
        "Z1": (carla, JOINVILLE, "SC", Status.ATIVO, "9000.00"),
        "Z2": (carla, CURITIBA, "PR", Status.INATIVO, "0"),
    }
    clientes = {}
    for codigo, (dono, municipio, uf, status, valor) in linhas.items():
        cliente = novo_cliente(codigo, vendedor=dono, municipio_id=municipio, uf=uf, cidade="Vila Sem Nome")
        ultima = None if status == Status.PROSPECT else HOJE - timedelta(days=10)
        clientes[codigo] = indicar(cliente, ultima, status=status, valor_12m=Decimal(valor))
    return clientes


def tabela(resposta: Any) -> list[tuple[str, int, Decimal, list[int]]]:
    """As linhas da tabela: município, clientes, valor e o que há de cada situação."""
    return [
        (str(li["lugar"].nome), li["lugar"].clientes, li["lugar"].valor, [n for _, n, _ in li["situacoes"]])
        for li in resposta.context["linhas"]
    ]


def test_cada_municipio_traz_a_soma_exata_dos_clientes_que_a_pessoa_ve(carteira, ana, entrar):
    resposta = entrar(ana).get("/clientes/mapa/")
    assert tabela(resposta) == [
        ("Joinville", 3, Decimal("1500.50"), [1, 2, 0, 0]),
        ("Blumenau", 1, Decimal("5000.00"), [1, 0, 0, 0]),
    ]
    assert "4 clientes em 2 municípios" in texto(resposta)
    assert "1 cliente sem lugar" in texto(resposta)
    assert "Curitiba" not in texto(resposta)


def test_o_desenho_diz_os_mesmos_numeros_da_tabela(carteira, ana, entrar):
    pagina = entrar(ana).get("/clientes/mapa/").content.decode()
    dados = json.loads(re.search(r'<script id="dados-do-mapa"[^>]*>(.*?)</script>', pagina, re.S)[1])
    por_nome = {lugar[1]: (lugar[0], lugar[4], lugar[5]) for lugar in dados["lugares"]}
    assert dados["situacoes"] == ["ativo", "quase_inativo", "inativo", "prospect"]
    assert por_nome == {
        "Joinville/SC": (JOINVILLE, [1, 2, 0, 0], [1000, 500, 0, 0]),
        "Blumenau/SC": (BLUMENAU, [1, 0, 0, 0], [5000, 0, 0, 0]),
    }


FILTROS = (
    "",
    "vendedor={carla}",
    "status=ativo",
    "uf=SC",
    "municipio=4202404",
    "q=J2",
    "valor_min=400",
    "abc=A",
)


@pytest.mark.parametrize(
    ("quem", "filtros"), [("ana", FILTROS), ("davi", FILTROS[:3]), na_resistencia("davi", FILTROS)]
)
def test_o_mapa_conta_os_mesmos_clientes_que_a_lista(carteira, carla, entrar, request, quem, filtros):
    navegador = entrar(request.getfixturevalue(quem))
    for filtro in filtros:
        consulta = filtro.format(carla=carla.pk)
        na_lista = navegador.get(f"/clientes/?{consulta}").context["contagens"].na_lista
        mapa = navegador.get(f"/clientes/mapa/?{consulta}").context["mapa"]
        assert mapa.clientes + (mapa.sem_lugar.clientes if mapa.sem_lugar else 0) == na_lista, filtro


def test_ida_e_volta_entre_lista_e_mapa_guardam_o_filtro(carteira, ana, entrar):
    navegador = entrar(ana)
    na_lista = {e for e in elos(navegador.get("/clientes/?uf=SC&ordem=-valor")) if "/mapa/" in e}
    assert {frozenset(parse_qs(urlsplit(e).query)) for e in na_lista} == {frozenset({"uf", "ordem"})}
    no_mapa = elos(navegador.get("/clientes/mapa/?uf=SC&ordem=-valor&medir=valor&lugar=4202404&inteira=1"))
    assert "/clientes/?uf=SC&ordem=-valor" in no_mapa


def test_um_municipio_abre_os_clientes_dele_com_ficha_e_rota_e_nada_de_outra(carteira, ana, entrar):
    resposta = entrar(ana).get(f"/clientes/mapa/?lugar={JOINVILLE}")
    assert [ind.cliente.codigo for ind in resposta.context["pagina"]] == ["J1", "J2", "J3"]
    achados = elos(resposta)
    assert any(e.startswith(f"/clientes/{carteira['J1'].pk}/?lista=") for e in achados)
    assert "https://www.openstreetmap.org/directions?from=&to=-26.3045%2C-48.8487" in achados
    assert "geo:-26.3045,-48.8487?q=-26.3045%2C-48.8487" in achados
    assert "Z1" not in texto(resposta)


def test_o_pedaco_do_municipio_vem_sozinho_e_poe_o_endereco_na_barra(carteira, ana, entrar):
    pedido = f"/clientes/mapa/?uf=SC&lugar={BLUMENAU}"
    resposta = entrar(ana).get(pedido, headers={"HX-Request": "true", "HX-Target": "lugar"})
    assert resposta["HX-Push-Url"] == pedido
    assert resposta.content.decode().lstrip().startswith('<div id="lugar">')
    assert [ind.cliente.codigo for ind in resposta.context["pagina"]] == ["B1"]


def test_a_rota_nao_leva_nada_do_cliente():
    rotas = rotas_ate(Municipio.objects.get(pk=BLUMENAU))
    assert rotas == {
        "osm": "https://www.openstreetmap.org/directions?from=&to=-26.9155%2C-49.0709",
        "geo": "geo:-26.9155,-49.0709?q=-26.9155%2C-49.0709",
    }


def test_a_ficha_diz_como_chegar_ao_municipio(carteira, ana, entrar):
    navegador = entrar(ana)
    rota = rotas_ate(Municipio.objects.get(pk=BLUMENAU))["osm"]
    assert rota in elos(navegador.get(f"/clientes/{carteira['B1'].pk}/"))
    assert "Como chegar" not in texto(navegador.get(f"/clientes/{carteira['S1'].pk}/"))


def test_quem_esta_sem_lugar_e_listado_e_corrigir_o_cadastro_o_poe_no_mapa(carteira, ana, bruno, entrar):
    gestor = entrar(bruno)
    resposta = gestor.get("/clientes/mapa/?lugar=0")
    assert [ind.cliente.codigo for ind in resposta.context["pagina"]] == ["S1"]
    editar = next(e for e in elos(resposta) if e.startswith(f"/clientes/{carteira['S1'].pk}/editar/"))
    assert parse_qs(urlsplit(editar).query)["voltar"] == ["/clientes/mapa/?lugar=0"]
    # quem não pode mudar o município não recebe o elo
    assert not any("/editar/" in e for e in elos(entrar(ana).get("/clientes/mapa/?lugar=0")))
    dados = {"razao_social": "Cliente S1", "categoria": "cliente", "cidade": "JOAO PESSOA", "uf": "pb"}
    assert gestor.post(editar, dados)["Location"] == "/clientes/mapa/?lugar=0"
    assert Cliente.objects.get(codigo="S1").municipio_id == 2507507
    assert gestor.get("/clientes/mapa/").context["mapa"].sem_lugar is None
    assert gestor.post(editar, dados | {"cidade": "Lugar Nenhum"}).status_code == 302
    assert Cliente.objects.get(codigo="S1").municipio_id is None


def test_editar_outro_campo_nao_mexe_no_lugar(carteira, bruno, entrar):
    dados = {"razao_social": "Outro Nome", "categoria": "cliente", "cidade": "Vila Sem Nome", "uf": "SC"}
    entrar(bruno).post(f"/clientes/{carteira['J1'].pk}/editar/", dados)
    cliente = Cliente.objects.get(codigo="J1")
    assert (cliente.razao_social, cliente.municipio_id) == ("Outro Nome", JOINVILLE)


ORDENS = {
    "nome": ["Blumenau", "Curitiba", "Joinville"],
    "-nome": ["Joinville", "Curitiba", "Blumenau"],
    "-clientes": ["Joinville", "Curitiba", "Blumenau"],  # no empate, pelo código
    "-valor": ["Joinville", "Blumenau", "Curitiba"],
    "-quase": ["Joinville", "Curitiba", "Blumenau"],
    "-inativo": ["Curitiba", "Blumenau", "Joinville"],
    "-inexistente": ["Joinville", "Curitiba", "Blumenau"],
}


def test_a_tabela_se_ordena_por_qualquer_coluna(carteira, davi, entrar):
    navegador = entrar(davi)
    for ordem, esperada in ORDENS.items():
        achada = tabela(navegador.get(f"/clientes/mapa/?por_lugar={ordem}"))
        assert [li[0] for li in achada] == esperada, ordem


def test_a_situacao_dominante_e_a_de_mais_clientes_e_no_empate_a_que_pede_cuidado(carteira, davi, entrar):
    mapa = entrar(davi).get("/clientes/mapa/").context["mapa"]
    assert {lugar.nome: lugar.dominante for lugar in mapa.lugares} == {
        "Joinville": "quase_inativo",
        "Blumenau": "ativo",
        "Curitiba": "inativo",
    }


def test_a_planilha_traz_os_municipios_e_os_sem_lugar_e_fica_na_auditoria(carteira, bruno, ana, entrar):
    resposta = entrar(bruno).get("/clientes/mapa/exportar/?formato=csv&uf=SC")
    linhas = b"".join(resposta.streaming_content).decode("utf-8-sig").split("\r\n")
    assert linhas == [
        "Município;UF;Código IBGE;Clientes;Ativos;Quase inativos;Inativos;Prospects;R$ 12 meses;R$ em risco",
        "Joinville;SC;4209102;3;1;2;0;0;1500,50;500,50",
        "Blumenau;SC;4202404;1;1;0;0;0;5000,00;0,00",
        "",
    ]
    registro = RegistroDeAuditoria.objects.get(acao="exportar municípios")
    assert (registro.por, registro.depois) == (bruno, {"filtros": {"uf": ["SC"]}, "linhas": 2})
    assert entrar(ana).get("/clientes/mapa/exportar/").status_code == 403
    assert entrar(bruno).get("/clientes/mapa/exportar/?uf=XX").status_code == 400


def test_filtro_que_nao_se_entende_e_dito_e_o_mapa_fica_sem_ele(carteira, ana, entrar):
    resposta = entrar(ana).get("/clientes/mapa/?valor_min=abc")
    assert "Não entendi Valor em 12 meses desde" in texto(resposta)
    assert resposta.context["mapa"].clientes == 4


def test_sem_clientes_o_mapa_diz_por_que(ana, entrar, novo_cliente):
    assert "Ainda não há clientes para pôr no mapa" in texto(entrar(ana).get("/clientes/mapa/"))
    indicar(novo_cliente("A", vendedor=ana), HOJE, status=Status.ATIVO)
    assert "Nenhum cliente com esses filtros" in texto(entrar(ana).get("/clientes/mapa/?uf=AC"))


def test_so_com_telhas_configuradas_e_so_nesta_pagina_a_politica_admite_o_endereco(
    carteira, ana, entrar, settings
):
    navegador = entrar(ana)
    proprio = "img-src 'self' data:"
    politica = navegador.get("/clientes/mapa/")["Content-Security-Policy"]
    assert proprio in politica.split("; ")
    settings.MAPA_TELHAS = "https://telhas.exemplo.test/{z}/{x}/{y}.png"
    resposta = navegador.get("/clientes/mapa/")
    assert f"{proprio} https://telhas.exemplo.test" in resposta["Content-Security-Policy"].split("; ")
    assert 'data-telhas="https://telhas.exemplo.test/{z}/{x}/{y}.png"' in resposta.content.decode()
    assert proprio in navegador.get("/clientes/")["Content-Security-Policy"].split("; ")


def test_ordenar_e_mapear_sem_ninguem():
    mapa = mapear(Indicadores.objects.none())
    assert (ordenar(mapa.lugares, "", "-clientes"), mapa.sem_lugar, mapa.clientes) == ([], None, 0)


# ── Em papel ─────────────────────────────────────────────────────────────────


def test_o_pdf_do_mapa_tem_os_contornos_as_bolhas_e_a_tabela_da_tela(
    carteira, bruno, ana, entrar, tmp_path, settings, monkeypatch
):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(fila, "_tocar", lambda pk: None)
    navegador = entrar(bruno)
    arquivo = pedir_pdf(navegador, bruno, "mapa", "status=ativo&status=quase_inativo&por_lugar=nome")
    leitor, folha = ler_pdf(navegador, arquivo)
    tela = navegador.get("/clientes/mapa/?status=ativo&status=quase_inativo&por_lugar=nome&inteira=1")
    assert [d for d in ditos_na_tela(tela) if d not in folha] == []
    assert "Situação:Ativos,Quaseinativos" in folha
    assert folha.index("Blumenau/SC") < folha.index("Joinville/SC")  # na ordem da tela
    assert "Curitiba" not in folha  # de outra equipe
    assert [len(p.images) for p in leitor.pages] == [0] * arquivo.paginas
    assert entrar(ana).post("/relatorios/mapa/pdf/").status_code == 403


def test_a_folha_do_mapa_diz_so_a_empresa_que_se_ve_e_le_os_numeros_uma_vez(
    carteira, empresa, davi, entrar, tmp_path, settings, monkeypatch
):
    """Davi vê duas; o mapa de uma não leva o nome da outra, nem a data dela."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(fila, "_tocar", lambda pk: None)
    outra = Empresa.objects.create(codigo="2", nome="Filial Norte", referencia=HOJE + timedelta(days=1))
    Vinculo.objects.create(usuario=davi, empresa=outra)
    navegador = entrar(davi)
    assert navegador.post(f"/relatorios/mapa/pdf/?empresa={empresa.pk}").status_code == 302
    arquivo = ArquivoGerado.objects.get()
    with CaptureQueriesContext(connection) as feitas:
        fila.executar(arquivo.pk, agora=arquivo.pedido_em)
    arquivo.refresh_from_db()
    _, folha = ler_pdf(navegador, arquivo)
    topo = folha.split("Clientes", 1)[0]
    assert f"Carteira{empresa.nome}Emitidoem".replace(" ", "") in topo
    assert f"Calculadoem{HOJE:%d/%m/%Y}" in topo
    assert lidas_de_novo(feitas) == []


def test_no_desenho_quem_se_tocaria_e_uma_bolha_so_e_a_soma_nao_muda(carteira, davi):
    """Joinville (4) e Blumenau (1) ficam juntas vistas de longe, com Curitiba (1) à parte ou com elas."""
    visiveis = Indicadores.objects.visiveis_para(davi).em_carteira()
    lugares = mapear(visiveis).lugares
    desenho = str(desenhar(lugares))
    escritos = [int(n) for n in re.findall(r'class="escrito[^>]*>(\d+)<', desenho)]
    assert sum(escritos) == sum(lugar.clientes for lugar in lugares) == 6
    assert desenho.count("<path") > 1  # os contornos
    assert "Mapa: 6 clientes em 3 municípios" in desenho
    so_dois = [lugar for lugar in lugares if lugar.nome != "Curitiba"]
    perto = str(desenhar(so_dois, por_risco=True))
    assert sorted(re.findall(r'class="escrito[^>]*>(\d+%)<', perto)) == ["0%", "50%"]
    assert desenhar([]) == ""


def test_os_botoes_do_mapa_levam_ao_pdf_e_ao_agendamento_dele(carteira, bruno, entrar, monkeypatch):
    monkeypatch.setattr(fila, "_tocar", lambda pk: None)
    feitos = levar_pela_pagina(entrar(bruno), "/clientes/mapa/?uf=SC")
    assert feitos == {"gerar": 302, "em casa": 200, "agendar": 200}
    assert ArquivoGerado.objects.get().filtros["consulta"] == {"uf": ["SC"]}


@pytest.mark.parametrize("letras", [300, 900, 5000])
def test_condicoes_compridas_tambem_estreitam_o_papel(
    letras, carteira, bruno, entrar, tmp_path, settings, monkeypatch
):
    """As que a página recusa por compridas não viram, no papel, a carteira inteira."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(fila, "_tocar", lambda pk: None)
    navegador = entrar(bruno)
    condicao = "cidade.contem." + "x" * letras
    consulta = urlencode({"e": condicao})
    assert navegador.get(f"/clientes/mapa/?{consulta}").context["mapa"].clientes == 0
    arquivo = pedir_pdf(navegador, bruno, "mapa", consulta)
    if arquivo.estado == "pronto":
        assert "Joinville" not in ler_pdf(navegador, arquivo)[1]
    assert arquivo.linhas == 0


def test_filtro_que_nao_se_entende_nao_vira_um_papel_com_todos(carteira, bruno, entrar, monkeypatch):
    monkeypatch.setattr(fila, "_tocar", lambda pk: None)
    navegador = entrar(bruno)
    assert navegador.get("/clientes/mapa/exportar/?sem_contato=muito").status_code == 400
    arquivo = pedir_pdf(navegador, bruno, "mapa", "sem_contato=muito")
    assert (arquivo.estado, arquivo.caminho) == ("falhou", "")
    assert arquivo.mensagem == "Filtro não entendido: Sem contato há (dias)."


def test_em_partes_o_mapa_vai_na_primeira_e_os_sem_lugar_na_ultima(carteira, davi):
    """Joinville, Blumenau, Curitiba e os sem lugar, uma linha por parte: nada falta nem se repete."""
    relatorio = MapaDosClientes()
    arquivo = ArquivoGerado(por=davi, filtros={})
    folha, linhas = relatorio.folha(
        arquivo, ler_pedido(relatorio, davi, {"por_lugar": ["nome"]}), timezone.now()
    )
    partes = [folha(Parte(n, linhas, n - 1, n)) for n in range(1, linhas + 1)]
    assert ["Onde estão" in parte for parte in partes] == [True, False, False, False]
    lidas = [re.findall(r'<tr><th scope="row">(.*?)</th>', parte) for parte in partes]
    nomes = [
        re.sub(r"<svg.*?</svg>|<.*?>", "", linha).strip()
        for linhas_da_parte in lidas
        for linha in linhas_da_parte
    ]
    assert nomes == ["Blumenau/SC", "Curitiba/PR", "Joinville/SC", "Sem lugar"]
    assert "Parte 2 de 4: linhas 2 a 2." in partes[1]
