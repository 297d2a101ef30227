"""O catálogo de colunas: o que cada uma diz, como ordena, quem a vê, e a URL que a escolhe."""

from datetime import timedelta
from decimal import Decimal

import pytest

from atividade.models import Indicadores, Status
from atividade.rfv import GRUPOS, grupo_de, posicao
from carteira import colunas
from carteira.lista_de_clientes import ORDENS, ordem_pedida
from carteira.paginacao import Cursor, paginar
from carteira.referencias import Referencias
from clientes import situacao_cadastral
from clientes.models import (
    Agendamento,
    Atendimento,
    Contato,
    Municipio,
    NotaFiscal,
    Objecao,
    Ocorrencia,
    Orcamento,
    Pedido,
)
from clientes.situacao_cadastral import SituacaoCadastral, situacao_de
from contas.models import Empresa
from tests.conftest import HOJE
from tests.web.carteira_de_teste import indicar
from tests.web.fatos_de_teste import titulo

pytestmark = pytest.mark.django_db
TODAS = ",".join(c.chave for c in colunas.CATALOGO)


@pytest.fixture(autouse=True)
def _referencia(empresa, hoje):
    Empresa.objects.update(referencia=HOJE, referencia_regular=HOJE)


@pytest.fixture
def devedor(ana, novo_cliente):
    """Tudo aceso: título vencido, orçamento que vence, pedido aberto, nota, NC, objeção e agenda atrasada."""
    cliente = novo_cliente(
        "D", vendedor=ana, razao_social="Devedora Ltda", documento="11144477735", documento_valido=True,
        telefone="+5547999220190", cidade="Timbó", uf="SC", limite_credito=Decimal(100), bloqueado=True,
        municipio=Municipio.objects.get(nome="Timbó", uf="SC"),
    )  # fmt: skip
    indicar(
        cliente, HOJE - timedelta(days=40), status=Status.ATIVO, valor_12m=Decimal("1000.00"),
        intervalo_medio_dias=Decimal("31.5"), rfv_r=4, rfv_f=5, rfv_v=4, valor_90d=Decimal(50),
        valor_90d_anterior=Decimal(100), valor_total=Decimal(4000),
    )  # fmt: skip
    comum = {"empresa": cliente.empresa, "cliente": cliente}
    titulo(cliente, "T1", -12, "95.00")
    Orcamento.objects.create(
        **comum, numero="O1", data=HOJE, validade=HOJE + timedelta(days=2), valor=70, situacao="aberto"
    )
    Pedido.objects.create(**comum, numero="P1", data=HOJE, valor=30, situacao="aberto", conta=True)
    NotaFiscal.objects.create(**comum, numero="N1", emissao=HOJE, valor=30)
    Atendimento.objects.create(
        **comum, numero="A1", tipo="nao_conformidade", assunto="Lote errado", aberto_em=HOJE
    )
    contato = Contato.objects.create(
        cliente=cliente, canal="ligacao", ocorrencia=Ocorrencia.objects.first(), atendente=ana
    )
    contato.objecoes.add(Objecao.objects.get_or_create(nome="Preço alto")[0])
    Agendamento.objects.create(
        cliente=cliente, responsavel=ana, criado_por=ana, em=HOJE - timedelta(days=3), nota="Cobrar"
    )
    return cliente


@pytest.fixture
def limpo(ana, novo_cliente):
    return novo_cliente("L", vendedor=ana, razao_social="Limpa Ltda")


def celulas(resposta, codigo):
    linha = next(x for x in resposta.context["linhas"] if x.cliente.codigo == codigo)
    return {c.chave: " ".join(str(c.celula(linha)).split()) for c in resposta.context["colunas"]}


def test_todas_as_do_deck_estao_no_catalogo_com_nome_abreviatura_e_dica():
    nomes = {c.nome for c in colunas.CATALOGO}
    assert {
        "Tendência", "CPF/CNPJ", "Empresa", "Município", "UF", "Mapa", "Último contato", "Último pedido",
        "Frequência", "Recência", "Valor na janela", "Perfil", "Curva ABC", "Grupo RFV", "Objeções",
        "Pedidos em aberto", "Orçamentos", "Notas fiscais", "Crédito", "Títulos", "Agenda", "Atendimentos",
        "Não conformidades", "Bloqueio", "Situação cadastral", "Situação financeira", "Inatividade", "Categoria",
        "Código",
    } <= nomes  # fmt: skip
    assert all(c.dica.endswith(".") and c.abreviada for c in colunas.CATALOGO)
    assert len({c.chave for c in colunas.CATALOGO}) == len(colunas.CATALOGO)


def test_cada_farol_tem_forma_palavra_dica_e_o_painel_que_abre(devedor, limpo, ana, entrar):
    resposta = entrar(ana).get(f"/clientes/?colunas={TODAS}")
    aceso, apagado = celulas(resposta, "D"), celulas(resposta, "L")
    esperado = {
        "titulos": ("1 vencido", "R$ 95,00 em atraso, o mais velho há 12 dias", "historico/?ver=titulos"),
        "financeira": ("vencido", "R$ 95,00 em atraso há 12 dias", "pendencias/"),
        "credito": ("95%", "95% do limite de R$ 100,00 usado", "pendencias/"),
        "orcamentos": ("vence em 2 dias", "1 orçamento aberto, R$ 70,00", "historico/?ver=orcamentos"),
        "pedidos": (">1<", "1 pedido em aberto, R$ 30,00", "historico/?ver=pedidos"),
        "notas": (">1<", "a última em 20/11/2026", "historico/?ver=notas"),
        "atendimento": (">1<", "1 atendimento aberto", "atendimentos/"),
        "nao_conformidade": (">1<", "1 não conformidade aberta", "atendimentos/"),
        "objecoes": (">1<", "Preço alto", "pitch/"),
        "agenda": ("atrasada · 17/11", "Ligação: Cobrar", "agenda/"),
        "cadastro": ("incompleta", "Falta e-mail", "dados/"),
        "bloqueio": ("bloqueado", "Bloqueado para venda", "pendencias/"),
    }
    for chave, (palavra, dica, painel) in esperado.items():
        html = aceso[chave]
        assert palavra in html, chave
        assert dica in html, chave
        assert "<svg" in html, chave
        assert f'hx-get="/clientes/{devedor.pk}/{painel}"' in html, chave
        assert "Devedora Ltda" in html, chave
    for chave in (
        "titulos",
        "credito",
        "orcamentos",
        "pedidos",
        "notas",
        "atendimento",
        "objecoes",
        "agenda",
    ):
        assert "<a" not in apagado[chave], chave
        assert 'class="sr"' in apagado[chave], chave
    assert "em dia" in apagado["financeira"]
    assert "Campeões" in aceso["rfv"]
    assert "31" in aceso["frequencia"] or "32" in aceso["frequencia"]
    assert "em queda" in aceso["tendencia"]
    timbo = devedor.municipio
    assert f"openstreetmap.org/directions?from=&amp;to={timbo.latitude}%2C{timbo.longitude}" in aceso["mapa"]
    assert "Rota até Timbó/SC" in aceso["mapa"]


@pytest.mark.parametrize(
    "painel", ["historico/?ver=titulos", "pendencias/", "atendimentos/", "pitch/", "agenda/", "dados/"]
)
def test_painel_da_lista_chega_num_dialogo_com_titulo_e_saida(devedor, ana, carla, entrar, painel):
    url = f"/clientes/{devedor.pk}/{painel}"
    no_dialogo = {"HX-Request": "true", "HX-Target": "dialogo"}
    html = entrar(ana).get(url, headers=no_dialogo).content.decode()
    assert 'id="dialogo-titulo"' in html
    assert "Abrir a ficha" in html
    assert "<html" not in html
    assert 'hx-target="#historico">mais' not in html
    assert "<html" in entrar(ana).get(url).content.decode()
    assert entrar(carla).get(url, headers=no_dialogo).status_code == 404


def test_colunas_da_url_valem_na_ordem_e_as_que_nao_existem_somem(devedor, ana, entrar):
    navegador = entrar(ana)
    vistas = [
        c.chave for c in navegador.get("/clientes/?colunas=titulos,nada,codigo,titulos").context["colunas"]
    ]
    assert vistas == ["titulos", "codigo"]
    assert [c.chave for c in navegador.get("/clientes/").context["colunas"]] == [
        "status", "ritmo", "pedido", "valor", "abc", "contato", "proxima",
    ]  # fmt: skip


def test_o_que_so_gestor_ve_nao_se_mostra_ao_vendedor(devedor, ana, bruno, entrar):
    def vistas(pessoa):
        return [c.chave for c in entrar(pessoa).get("/clientes/?colunas=vendedor,codigo").context["colunas"]]

    assert vistas(bruno) == ["vendedor", "codigo"]
    assert vistas(ana) == ["codigo"]


def test_o_formulario_sem_javascript_volta_com_a_url_curta_e_sobe_e_desce(devedor, ana, entrar):
    navegador = entrar(ana)
    resposta = navegador.get("/clientes/?uf=SC&colunas=titulos&colunas=codigo&colunas=valor")
    assert resposta.status_code == 302
    assert resposta["Location"] == "/clientes/?uf=SC&colunas=titulos%2Ccodigo%2Cvalor"
    subiu = navegador.get("/clientes/?colunas=titulos&colunas=codigo&mover=codigo:cima")
    assert subiu["Location"] == "/clientes/?colunas=codigo%2Ctitulos"
    parado = navegador.get("/clientes/?colunas=titulos&colunas=codigo&mover=codigo:baixo")
    assert parado["Location"] == "/clientes/?colunas=titulos%2Ccodigo"
    com_htmx = navegador.get(
        "/clientes/?colunas=titulos&colunas=codigo", headers={"HX-Request": "true", "HX-Target": "lista"}
    )
    assert com_htmx["HX-Push-Url"] == "/clientes/?colunas=titulos%2Ccodigo"


def test_densidade_fica_lembrada_no_navegador(devedor, ana, entrar):
    navegador = entrar(ana)
    assert navegador.get("/clientes/").context["densidade"] == "confortavel"
    assert navegador.get("/clientes/?densidade=compacta").context["densidade"] == "compacta"
    assert navegador.get("/clientes/").context["densidade"] == "compacta"
    assert navegador.get("/clientes/?densidade=xx").context["densidade"] == "confortavel"


# Textos que a limpa também tem, ou que se ordenam pelo nome: o lugar dela depende do sentido.
COM_TEXTO = {"vendedor", "equipe", "segmento", "perfil", "porte"}


def test_toda_ordem_poe_quem_nao_tem_no_fim_nos_dois_sentidos(devedor, limpo, ana, entrar):
    """A devedora tem de tudo; a limpa não comprou nada, e vem depois seja qual for o sentido.

    Cada ordem lê-se do banco como a lista a lê; que a página obedece à da URL mostram-no três.
    """
    erradas, referencias, navegador = {}, Referencias.de(ana), entrar(ana)
    for chave, coluna in colunas.ORDENAVEIS.items():
        pedidas = [ordem_pedida(f"{sinal}{chave}", ana, referencias) for sinal in ("", "-")]
        paginas = [paginar(Indicadores.objects.visiveis_para(ana), o, None, 25).linhas for o in pedidas]
        ordens = [[x.cliente.codigo for x in pagina] for pagina in paginas]
        no_fim = coluna.pode_faltar and chave not in COM_TEXTO
        if [o if no_fim else sorted(o) for o in ordens] != [["D", "L"], ["D", "L"]]:
            erradas[chave] = ordens
    assert len(colunas.ORDENAVEIS) > 40
    assert erradas == {}
    for ordem, lidos in (("nome", ["D", "L"]), ("-nome", ["L", "D"]), ("-pedido", ["D", "L"])):
        linhas = navegador.get(f"/clientes/?ordem={ordem}").context["linhas"]
        assert [x.cliente.codigo for x in linhas] == lidos, ordem


def test_toda_coluna_se_ordena_e_o_telefone_escondido_nao_se_deduz_da_ordem(ana, novo_cliente, entrar):
    assert set(colunas.ORDENAVEIS) == {"nome", *colunas.POR_CHAVE}
    novo_cliente("A", vendedor=ana, telefone="+554733220199")
    novo_cliente("B", vendedor=ana, telefone="+551133220198", nao_contatar=["ligacao"])
    novo_cliente("C", vendedor=ana, telefone="+552133220197")
    navegador = entrar(ana)
    for sentido, ordem in (("", "CAB"), ("-", "ACB")):
        linhas = navegador.get(f"/clientes/?ordem={sentido}telefone").context["linhas"]
        assert "".join(linha.cliente.codigo for linha in linhas) == ordem


def test_compras_por_mes_se_ordena_pelos_dias_com_compra(ana, novo_cliente, entrar):
    for codigo, dias in (("A", 2), ("B", 9), ("C", 0)):
        indicar(novo_cliente(codigo, vendedor=ana), HOJE, status=Status.ATIVO, dias_de_compra_12m=dias)
    linhas = entrar(ana).get("/clientes/?ordem=-meses").context["linhas"]
    assert [linha.cliente.codigo for linha in linhas] == ["B", "A", "C"]


def test_a_proxima_compra_de_quem_nao_tem_ciclo_proprio_diz_que_e_estimativa(ana, novo_cliente, entrar):
    for codigo, dias in (("A", 1), ("B", 5)):
        indicar(novo_cliente(codigo, vendedor=ana), HOJE, status=Status.ATIVO, dias_de_compra=dias)
    resposta = entrar(ana).get("/clientes/?colunas=esperada")
    assert celulas(resposta, "A")["esperada"] == '20/12/2026<span class="sub">estimativa</span>'
    assert celulas(resposta, "B")["esperada"] == "20/12/2026"


def test_paginas_por_chave_somam_a_lista_inteira_em_toda_ordem(devedor, ana, novo_cliente):
    """Empates e vazios de sobra: nenhuma página repete nem esquece ninguém."""
    for n in range(7):
        cliente = novo_cliente(
            f"C{n}", vendedor=ana, cidade=f"Cidade {n % 2}" if n % 3 else "", perfil="X" * (n % 2)
        )
        if n % 2:
            indicar(cliente, HOJE - timedelta(days=n % 3), status=Status.ATIVO, valor_12m=Decimal(n % 3))
            titulo(cliente, f"T-{n}", n % 4 - 9)
    referencias = Referencias.de(ana)
    for nome in ORDENS:
        for sinal in ("", "-"):
            ordem = ordem_pedida(f"{sinal}{nome}", ana, referencias)
            inteira = [ind.pk for ind in ordem.ordenar(Indicadores.objects.visiveis_para(ana))]
            vistos, cursor = [], None
            while True:
                pagina = paginar(Indicadores.objects.visiveis_para(ana), ordem, cursor, 3)
                vistos += [ind.pk for ind in pagina.linhas]
                if not pagina.proxima:
                    break
                cursor = Cursor.de_texto(pagina.proxima, ordem.nome)
            assert vistos == inteira, ordem.nome
            assert len(set(vistos)) == 8, ordem.nome


def test_a_ajuda_diz_todas_as_colunas_que_a_pessoa_ve(ana, bruno, entrar):
    da_ana = entrar(ana).get("/clientes/colunas/").content.decode()
    assert all(c.dica in da_ana for c in colunas.visiveis_a(ana))
    assert "De quem é o cliente hoje." not in da_ana
    assert "De quem é o cliente hoje." in entrar(bruno).get("/clientes/colunas/").content.decode()


# ── As regras novas, em Python e em SQL ──


def test_grupo_rfv_e_o_mesmo_em_python_e_em_sql(ana, novo_cliente):
    notas = [(r, f, v) for r in range(1, 6) for f in range(1, 6) for v in range(1, 6)]
    clientes = [novo_cliente(f"C{n:03}", vendedor=ana) for n in range(len(notas) + 1)]
    for cliente, (r, f, v) in zip(clientes, notas, strict=False):
        Indicadores.objects.filter(pk=cliente.pk).update(rfv_r=r, rfv_f=f, rfv_v=v)
    no_banco = dict(Indicadores.objects.values_list("pk", posicao()))
    for cliente, (r, f, v) in zip(clientes, notas, strict=False):
        assert GRUPOS[no_banco[cliente.pk]] == grupo_de(r, f, v)
    assert no_banco[clientes[-1].pk] is None
    assert grupo_de(None, None, None) is None


def test_situacao_cadastral_e_a_mesma_em_python_e_em_sql(ana, novo_cliente):
    inteiro = {
        "documento": "11144477735", "documento_valido": True, "telefone": "+5547999220190", "email": "a@b.test",
        "cidade": "Timbó", "uf": "SC",
    }  # fmt: skip
    casos = {"inteiro": inteiro, "irregular": inteiro | {"documento": "123", "documento_valido": False}}
    casos |= {f"sem {campo}": inteiro | {campo: ""} for campo in situacao_cadastral.ESSENCIAIS}
    casos["sem documento"]["documento_valido"] = False
    clientes = {nome: novo_cliente(nome, vendedor=ana, **campos) for nome, campos in casos.items()}
    no_banco = dict(Indicadores.objects.values_list("pk", situacao_cadastral.expressao("cliente__")))
    assert {nome: no_banco[c.pk] for nome, c in clientes.items()} == {
        nome: situacao_de(c) for nome, c in clientes.items()
    }
    assert situacao_de(clientes["inteiro"]) == SituacaoCadastral.COMPLETA
    assert situacao_de(clientes["irregular"]) == SituacaoCadastral.IRREGULAR
    assert situacao_de(clientes["sem email"]) == SituacaoCadastral.INCOMPLETA
