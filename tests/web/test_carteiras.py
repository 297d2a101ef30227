"""Carteiras no navegador: quem pode o quê, a prévia antes de gravar, a história e a volta."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from atividade.models import Indicadores
from atividade.na_data import Momento, relacao
from clientes.carteiras import passar
from clientes.models import (
    Cliente,
    ParametrosDaCarteira,
    PeriodoDeCarteira,
    RegraDeAtribuicao,
    SugestaoDispensada,
    Transferencia,
)
from contas.models import Cobertura, Empresa, RegistroDeAuditoria, TipoDeVendedor
from tests.conftest import HOJE, criar_pessoa, por_na_equipe
from tests.controles import controles
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
TRANSFERIR = "/carteiras/transferir/"


@pytest.fixture(name="eva")
def eva_da_venda_interna(empresa, sul):
    pessoa = criar_pessoa("Eva Luz", empresa, tipo=TipoDeVendedor.INTERNO)
    por_na_equipe(pessoa, sul)
    return pessoa


@pytest.fixture(name="carteira")
def quatro_da_ana(ana, novo_cliente):
    clientes = [novo_cliente(f"A{n}", razao_social=f"Casa {n}", vendedor=ana, uf="SC") for n in range(4)]
    for n, cliente in enumerate(clientes):
        indicar(
            cliente,
            HOJE - timedelta(days=9),
            status="ativo",
            curva_abc="AB"[n % 2],
            valor_12m=Decimal(100 * n),
        )
    return clientes


def impressao(navegador, **dados):
    """O que a prévia mostrou, como o formulário que confirma a leva."""
    return navegador.get(TRANSFERIR, dados).context["previa"].impressao


def confirmar(navegador, motivo="Nova rota", **dados):
    return navegador.post(
        TRANSFERIR, {**dados, "em": HOJE.isoformat(), "destino": dados.get("destino", "pessoas"),
                     "modo": "equilibrio", "motivo": motivo, "impressao": impressao(navegador, **dados)}
    )  # fmt: skip


# ── Transferir ───────────────────────────────────────────────────────────────


def test_da_lista_a_previa_ao_lote_e_de_volta(carteira, ana, bruno, eva, entrar):
    navegador, ids = entrar(bruno), [c.pk for c in carteira]
    pagina = navegador.get(TRANSFERIR, {"cliente": ids, "para": eva.pk})
    html = pagina.content.decode()
    assert pagina.status_code == 200
    assert "4 clientes mudam de dono" in html
    assert "R$ 600" in html
    assert not Transferencia.objects.exists(), "a prévia não grava"
    resposta = confirmar(navegador, cliente=ids, para=eva.pk)
    lote = Transferencia.objects.get()
    assert resposta["Location"] == f"/carteiras/historia/{lote.pk}/"
    assert set(Cliente.objects.values_list("vendedor", flat=True)) == {eva.pk}
    html = navegador.get(resposta["Location"]).content.decode()
    assert (
        f'<form method="post" action="/carteiras/historia/{lote.pk}/desfazer/">'
        in html.split('id="avisos"')[1]
    )
    assert "Nova rota" in html
    assert "Ana Souza → Eva Luz" in html
    assert "4 clientes voltam" in navegador.get(f"/carteiras/historia/{lote.pk}/desfazer/").content.decode()
    html = navegador.post(f"/carteiras/historia/{lote.pk}/desfazer/", follow=True).content.decode()
    assert "4 clientes voltaram ao dono de antes." in html
    assert set(Cliente.objects.values_list("vendedor", flat=True)) == {ana.pk}
    html = navegador.post(f"/carteiras/historia/{lote.pk}/desfazer/", follow=True).content.decode()
    assert "Nada a desfazer: 4 já voltou." in html


def test_sem_motivo_com_data_futura_ou_sem_destino_nada_se_grava(carteira, bruno, eva, entrar):
    navegador, ids = entrar(bruno), [carteira[0].pk]
    assert confirmar(navegador, motivo=" ", cliente=ids, para=eva.pk).status_code == 422
    amanha = {
        "cliente": ids,
        "para": eva.pk,
        "em": (HOJE + timedelta(days=1)).isoformat(),
        "destino": "pessoas",
    }
    html = navegador.get(TRANSFERIR, amanha).content.decode()
    assert "Uma troca vale de hoje ou de um dia passado; para férias, use a cobertura." in html
    assert navegador.post(TRANSFERIR, amanha | {"motivo": "x", "modo": "igual"}).status_code == 422
    html = navegador.get(TRANSFERIR, {"cliente": ids, "destino": "pessoas"}).content.decode()
    assert "Escolha quem recebe os clientes." in html
    assert not Transferencia.objects.exists()


def test_se_a_carteira_mudou_desde_a_previa_confere_se_de_novo(carteira, ana, bruno, eva, davi, entrar):
    navegador, ids = entrar(bruno), [c.pk for c in carteira]
    vista = impressao(navegador, cliente=ids, para=eva.pk)
    passar(destinos={ids[0]: eva}, em=HOJE, por=davi, motivo="por fora")
    dados = {"cliente": ids, "para": eva.pk, "em": HOJE.isoformat(), "destino": "pessoas", "modo": "igual"}
    resposta = navegador.post(TRANSFERIR, dados | {"motivo": "x", "impressao": vista})
    assert "A carteira mudou desde a prévia" in resposta.content.decode()
    assert Cliente.objects.filter(vendedor=ana).count() == 3
    assert "já de Eva Luz" in resposta.content.decode()


def test_o_gestor_so_alcanca_a_sua_equipe_e_o_vendedor_nada(
    carteira, ana, bruno, carla, eva, lia, novo_cliente, entrar
):
    alheio = novo_cliente("X1", vendedor=carla)
    navegador = entrar(bruno)
    assert navegador.get(TRANSFERIR, {"cliente": alheio.pk, "para": eva.pk}).status_code == 404
    misto = {"cliente": [alheio.pk, carteira[0].pk], "para": eva.pk}
    assert navegador.get(TRANSFERIR, misto).context["previa"].clientes == 1
    para_fora = navegador.get(TRANSFERIR, {"cliente": carteira[0].pk, "para": carla.pk, "destino": "pessoas"})
    assert para_fora.context["previa"] is None
    for pessoa in (ana, lia):
        assert entrar(pessoa).get(TRANSFERIR, {"cliente": carteira[0].pk}).status_code == 403
        assert entrar(pessoa).post(TRANSFERIR, misto).status_code == 403
    assert entrar(lia).get("/carteiras/").status_code == 200
    assert entrar(ana).get("/carteiras/").status_code == 403
    assert not Transferencia.objects.exists()


def test_a_carteira_inteira_ou_so_uma_parte(carteira, ana, davi, carla, entrar):
    Cliente.objects.filter(pk=carteira[0].pk).update(uf="PR", encerrado_em=HOJE)
    navegador = entrar(davi)
    da_ana = {"todos": 1, "consulta": f"vendedor={ana.pk}&ocultos=on", "para": carla.pk, "origem": "pessoa"}
    assert navegador.get(TRANSFERIR, da_ana).context["previa"].clientes == 4
    assert navegador.get(TRANSFERIR, da_ana | {"uf": "SC"}).context["previa"].clientes == 3
    assert navegador.get(TRANSFERIR, da_ana | {"uf": "SC", "abc": "A"}).context["previa"].clientes == 1
    confirmar(navegador, **da_ana, uf="SC", abc="B")
    assert list(Cliente.objects.filter(vendedor=carla).values_list("codigo", flat=True)) == ["A1", "A3"]
    assert Transferencia.objects.get().origem == "pessoa"


def test_a_previa_sozinha_e_so_o_seu_pedaco_e_sem_selecao_diz_o_que_fazer(carteira, bruno, eva, entrar):
    navegador = entrar(bruno)
    cabecalhos = {"HX-Request": "true", "HX-Target": "previa"}
    pedaco = navegador.get(TRANSFERIR, {"cliente": carteira[0].pk, "para": eva.pk}, headers=cabecalhos)
    assert pedaco.content.decode().lstrip().startswith('<div id="previa">')
    assert "1 cliente muda de dono" in pedaco["HX-Trigger"]
    assert "Nenhum cliente escolhido" in navegador.get(TRANSFERIR).content.decode()
    errado = navegador.get(TRANSFERIR, {"todos": 1, "consulta": "valor_min=abc"})
    assert (errado.status_code, "Filtro não entendido" in errado.content.decode()) == (400, True)


def test_a_composicao_por_vendedor_no_dia_antes_depois_e_desfeita(
    carteira, ana, carla, davi, empresa, entrar
):
    """O dono na data: a véspera é da Ana, o dia é da Carla; desfeita, tudo é da Ana outra vez."""
    empresa.referencia = HOJE
    empresa.save()
    Indicadores.objects.update(primeira_compra=HOJE - timedelta(days=300))
    Cliente.objects.update(cadastrado_em=HOJE - timedelta(days=300))
    troca = HOJE - timedelta(days=10)

    def donos(dia):
        sql, valores = relacao(Momento(empresa, dia, dia), Indicadores.objects.all(), valores=False)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT DISTINCT vendedor_id FROM ({sql}) x", valores)
            return {linha[0] for linha in cursor.fetchall()}

    lote = passar(destinos={c.pk: carla for c in carteira}, em=troca, por=davi, motivo="rota")
    assert [donos(troca - timedelta(days=1)), donos(troca), donos(HOJE)] == [{ana.pk}, {carla.pk}, {carla.pk}]
    entrar(davi).post(f"/carteiras/historia/{lote.pk}/desfazer/")
    assert [donos(troca - timedelta(days=1)), donos(troca), donos(HOJE)] == [{ana.pk}] * 3


# ── História ─────────────────────────────────────────────────────────────────


def test_a_historia_filtra_por_pessoa_origem_e_dia_e_vai_para_a_planilha(
    carteira, ana, bruno, carla, davi, eva, entrar
):
    passar(destinos={carteira[0].pk: eva}, em=HOJE, por=davi, motivo="=rota", origem="ficha")
    passar(destinos={carteira[1].pk: carla}, em=HOJE, por=davi, motivo="norte")
    navegador = entrar(davi)

    def motivos(quem=navegador, **filtros):
        return [t.motivo for t in quem.get("/carteiras/historia/", filtros).context["pagina"]]

    assert motivos() == ["norte", "=rota"]
    assert (motivos(pessoa=eva.pk), motivos(pessoa=carla.pk), motivos(origem="ficha")) == (
        ["=rota"],
        ["norte"],
        ["=rota"],
    )
    assert motivos(pessoa=davi.pk) == ["norte", "=rota"]
    assert (motivos(de="2026-11-21"), motivos(ate="2026-11-20")) == ([], ["norte", "=rota"])
    assert motivos(entrar(bruno)) == ["=rota"], "o que saiu da equipe já não é dele"
    planilha = b"".join(
        navegador.get("/carteiras/historia/planilha/?origem=ficha").streaming_content
    ).decode()
    linhas = planilha.lstrip("\ufeff").splitlines()
    assert len(linhas) == 2
    assert ";A0;Casa 0;Ana Souza;Sul;Eva Luz;Sul;'=rota;Ficha do cliente;Davi Rocha;" in linhas[1]
    assert RegistroDeAuditoria.objects.filter(acao="exportar transferências").exists()


def test_a_ficha_conta_de_quem_o_cliente_ja_foi(carteira, ana, bruno, davi, eva, entrar):
    lote = passar(destinos={carteira[0].pk: eva}, em=HOJE, por=davi, motivo="rota")
    endereco = f"/clientes/{carteira[0].pk}/donos/"
    html = entrar(bruno).get(endereco).content.decode()
    assert html.index("Eva Luz") < html.index("Ana Souza")
    assert f"/carteiras/historia/{lote.pk}/" in html
    assert "Rota, por Davi Rocha" in html
    assert f"/carteiras/historia/{lote.pk}/" not in entrar(eva).get(endereco).content.decode()
    assert entrar(ana).get(endereco).status_code == 404


def test_da_ficha_tambem_se_grava_um_lote_com_motivo(carteira, bruno, eva, entrar):
    navegador, endereco = entrar(bruno), f"/clientes/{carteira[0].pk}/transferir/"
    assert navegador.post(endereco, {"para": eva.pk, "em": "2026-11-20"}).status_code == 422
    navegador.post(endereco, {"para": eva.pk, "em": "2026-11-20", "motivo": "rota"})
    assert Transferencia.objects.get().origem == "ficha"
    assert PeriodoDeCarteira.objects.get(cliente=carteira[0], vendedor=eva).transferencia_id


# ── Férias ───────────────────────────────────────────────────────────────────


def test_o_gestor_marca_muda_e_encerra_as_ferias_da_sua_equipe(ana, bruno, carla, eva, entrar):
    navegador = entrar(bruno)
    dados = {"ausente": ana.pk, "substituto": eva.pk, "de": "2026-11-18", "ate": "2026-11-30"}
    html = navegador.post("/carteiras/ferias/nova/", dados, follow=True).content.decode()
    assert "Eva Luz atende a carteira de Ana Souza de 18/11/2026 a 30/11/2026." in html
    repetida = navegador.post("/carteiras/ferias/nova/", dados)
    assert (repetida.status_code, "já cobre Ana Souza" in repetida.content.decode()) == (422, True)
    fora = navegador.post("/carteiras/ferias/nova/", dados | {"ausente": carla.pk})
    assert fora.status_code == 422
    cobertura = Cobertura.objects.get()
    mudada = {"substituto": eva.pk, "de": "2026-11-18", "ate": "2026-12-05"}
    assert navegador.post(f"/carteiras/ferias/{cobertura.pk}/", mudada).status_code == 302
    assert "05/12/2026" in navegador.get("/carteiras/ferias/").content.decode()
    navegador.post(f"/carteiras/ferias/{cobertura.pk}/encerrar/")
    cobertura.refresh_from_db()
    assert str(cobertura.ultimo_dia) == "2026-11-19"
    assert "Ninguém em férias" in navegador.get("/carteiras/ferias/").content.decode()
    assert "Eva Luz" in navegador.get("/carteiras/ferias/?ver=passadas").content.decode()


def test_as_ferias_de_outra_equipe_nao_existem_para_o_gestor(bruno, carla, davi, norte, empresa, entrar):
    rui = criar_pessoa("Rui Neto", empresa)
    por_na_equipe(rui, norte)
    entrar(davi).post(
        "/carteiras/ferias/nova/",
        {"ausente": carla.pk, "substituto": rui.pk, "de": "2026-11-20", "ate": "2026-11-30"},
    )
    cobertura = Cobertura.objects.get()
    for caminho in ("", "encerrar/"):
        assert entrar(bruno).post(f"/carteiras/ferias/{cobertura.pk}/{caminho}").status_code == 404
    assert "Carla Dias" not in entrar(bruno).get("/carteiras/ferias/").content.decode()


# ── Sugestões e regras ───────────────────────────────────────────────────────


def test_a_sugestao_aceita_passa_pela_previa_e_a_dispensada_some(carteira, ana, bruno, eva, empresa, entrar):
    ParametrosDaCarteira.objects.create(empresa=empresa, pequeno_ate=Decimal(150), acima_da_media=999)
    navegador, endereco = entrar(bruno), f"/carteiras/sugestoes/pequeno-{empresa.pk}/"
    html = navegador.get("/carteiras/sugestoes/").content.decode()
    assert "Compram menos de R$ 150 por ano" in html
    assert "Passariam para Eva Luz." in html
    assert "Casa 1" in navegador.get(endereco).content.decode()
    aceita = navegador.post(endereco, {"acao": "aceitar", "cliente": carteira[1].pk})
    previa = navegador.get(aceita["Location"])
    assert previa.context["previa"].destinos == {carteira[1].pk: eva}
    assert 'value="cliente de menos de R$ 150 por ano à venda interna"' in previa.content.decode()
    assert navegador.post(endereco, {"acao": "dispensar", "cliente": carteira[1].pk}).status_code == 422
    navegador.post(endereco, {"acao": "dispensar", "cliente": carteira[1].pk, "motivo": "é do grupo"})
    assert SugestaoDispensada.objects.get().motivo == "é do grupo"
    # O de valor 0 continua: o valor do último ano ativo dele também é pequeno.
    assert [i.cliente.codigo for i in navegador.get(endereco).context["pagina"]] == ["A0"]
    assert navegador.get("/carteiras/sugestoes/pequeno-999/").status_code == 404


def test_o_administrador_diz_quem_atende_o_que(ana, carla, bruno, davi, empresa, novo_cliente, entrar):
    novo_cliente("S1", segmento="Tintas", uf="SC")
    segmento = empresa.segmentos.get()
    navegador = entrar(davi)
    dados = {"segmento": segmento.pk, "perfil": "", "uf": "SC", "ordem": 1, "vendedores": [ana.pk, carla.pk]}
    assert navegador.post("/carteiras/regras/nova/", dados).status_code == 302
    assert "Já há uma regra" in navegador.post("/carteiras/regras/nova/", dados).content.decode()
    regra = RegraDeAtribuicao.objects.get()
    assert (str(regra), regra.vendedores.count()) == ("Tintas · SC", 2)
    navegador.post(f"/carteiras/regras/{regra.pk}/", dados | {"vendedores": [ana.pk]})
    assert list(regra.vendedores.all()) == [ana]
    assert "Sem vendedor: Tintas · SC" in navegador.get("/carteiras/sugestoes/").content.decode()
    numeros = {"pequeno_ate": "1500,50", "acima_da_media": "30", "meses_de_descanso": "4"}
    desenhados = controles(navegador.get("/carteiras/regras/").content.decode())
    assert navegador.post("/carteiras/regras/", desenhados | numeros).status_code == 302
    assert ParametrosDaCarteira.objects.get().pequeno_ate == Decimal("1500.50")
    navegador.post(f"/carteiras/regras/{regra.pk}/apagar/")
    assert not RegraDeAtribuicao.objects.exists()
    acoes = list(RegistroDeAuditoria.objects.order_by("pk").values_list("acao", flat=True))
    assert acoes == [
        "criar regra de atribuição",
        "editar regra de atribuição",
        "mudar números das carteiras",
        "apagar regra de atribuição",
    ]
    assert entrar(bruno).get("/carteiras/regras/").status_code == 403
    outra = Empresa.objects.create(codigo="2", nome="Filial")
    assert navegador.get(f"/carteiras/regras/?empresa={outra.pk}").status_code == 404


def test_lado_a_lado_conta_cada_carteira_e_leva_a_lista(
    carteira, ana, bruno, carla, eva, novo_cliente, entrar
):
    novo_cliente("X1", vendedor=carla)
    novo_cliente("S1", equipe=ana.participacoes.get().equipe)
    (equipe,) = entrar(bruno).get("/carteiras/").context["equipes"]
    vistas = [
        (str(linha.vendedor), linha.totais.clientes, linha.totais.valor, linha.acima)
        for linha in equipe.linhas
    ]
    assert vistas == [
        ("Ana Souza", 4, Decimal(600), 100),
        ("Eva Luz", 0, Decimal(0), -100),
        ("None", 1, Decimal(0), None),
    ]
    for linha in equipe.linhas:
        na_lista = entrar(bruno).get(linha.url).context["contagens"].na_lista
        assert na_lista == linha.totais.clientes
    assert equipe.linhas[0].curvas[0][:2] == ("A", 2)


LISTAS = {"/carteiras/": 11, "/carteiras/historia/": 9, "/carteiras/sugestoes/": 17, "/carteiras/ferias/": 6}


def test_cada_lista_custa_o_mesmo_com_3_e_com_30(ana, davi, carla, empresa, norte, novo_cliente, entrar):
    ParametrosDaCarteira.objects.create(empresa=empresa, pequeno_ate=Decimal(150))
    navegador, medidas = entrar(davi), []
    for de, ate in ((0, 3), (3, 30)):
        for n in range(de, ate):
            pessoa = criar_pessoa(f"Vendedor{n:02} Silva", empresa)
            por_na_equipe(pessoa, norte)
            cliente = indicar(novo_cliente(f"V{n:02}", vendedor=pessoa), HOJE, status="ativo")
            passar(destinos={cliente.pk: carla}, em=HOJE, por=davi, motivo=f"rota {n}")
            indicar(novo_cliente(f"W{n:02}", vendedor=pessoa), HOJE, status="ativo")
            dias = (HOJE, HOJE + timedelta(days=3))
            Cobertura.objects.create(ausente=pessoa, substituto=ana, periodo=dias)
        medidas.append({endereco: _consultas(navegador, endereco) for endereco in LISTAS})
    assert medidas[0] == medidas[1]
    assert medidas[1] == LISTAS


def _consultas(navegador, endereco):
    navegador.get(endereco)
    with CaptureQueriesContext(connection) as feitas:
        assert navegador.get(endereco).status_code == 200
    return len(feitas)
