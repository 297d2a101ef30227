"""Checkup e irmãs: o texto exato num cenário fixo, cada número igual à lista que abre, e o que cada papel vê."""

import csv
import html
import random
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pypdf import PdfReader

from atividade.models import Indicadores, MudancaStatus, NaoVisitar, Status
from atividade.visitas import nao_visitar
from carteira import arquivos as fila
from carteira import formatos
from carteira.web.checkup import elo_do_achado
from clientes.models import Contato, Ocorrencia
from contas.models import Empresa, MetaMensal, RegistroDeAuditoria
from relatorios import achados_do_checkup
from relatorios.achados_do_checkup import achados
from relatorios.checkup import DIAS_ESQUECIDO, reunir
from relatorios.composicao import Recorte
from relatorios.models import ArquivoGerado
from tests.conftest import HOJE, SAO_PAULO, novo_pedido
from tests.sementes import na_resistencia
from tests.web.carteira_de_teste import datar_posse, indicar
from tests.web.test_composicao import texto

pytestmark = pytest.mark.django_db
ANTES = date(2025, 1, 10)
DESDE = date(2020, 1, 1)


@pytest.fixture(autouse=True)
def _referencia(empresa: Empresa, hoje: Any) -> None:
    Empresa.objects.update(referencia=HOJE, referencia_regular=HOJE, pedidos_ate=date(2026, 11, 19))


def contatar(cliente: Any, dia: date, por: Any) -> None:
    efetiva = Ocorrencia.objects.filter(efetiva=True).first()
    em = datetime.combine(dia, time(10), SAO_PAULO)
    Contato.objects.create(cliente=cliente, canal="ligacao", ocorrencia=efetiva, atendente=por, em=em)


COMPLETO = {
    "documento": "11222333000181", "documento_valido": True, "telefone": "4733220198",
    "email": "compras@exemplo.test", "cidade": "Joinville", "uf": "SC",
}  # fmt: skip


@pytest.fixture
def fixo(ana: Any, carla: Any, davi: Any, novo_cliente: Any) -> dict[str, Any]:
    """Quatro da Ana e um da Carla: um grande em declínio, um quase inativo, um inativo, um novo e um esquecido."""
    c = {}
    for codigo, dono, resto in (
        ("GRANDE", ana, COMPLETO), ("QUASE", ana, COMPLETO), ("INATIVO", ana, {}),
        ("BOM", ana, COMPLETO), ("LONGE", carla, COMPLETO | {"documento_valido": False}),
    ):  # fmt: skip
        c[codigo] = novo_cliente(codigo, vendedor=dono, cadastrado_em=ANTES, **resto)
        datar_posse(c[codigo])
    novo_pedido(c["GRANDE"], "1", date(2025, 9, 10), "50000")
    novo_pedido(c["GRANDE"], "2", date(2026, 11, 5), "20000")
    novo_pedido(c["BOM"], "3", date(2026, 11, 10), "4000")
    ativo = {"status": Status.ATIVO, "primeira_compra": DESDE}
    indicar(c["GRANDE"], date(2026, 11, 5), valor_12m=Decimal(20000), **ativo)
    indicar(c["BOM"], date(2026, 11, 10), valor_12m=Decimal(4000), **ativo)
    indicar(c["LONGE"], date(2026, 10, 1), valor_12m=Decimal(1000), **ativo)
    indicar(c["QUASE"], date(2026, 9, 1), status=Status.QUASE_INATIVO, valor_12m=Decimal(5000))
    indicar(c["INATIVO"], date(2025, 6, 1), status=Status.INATIVO, valor_ano_ativo=Decimal(900))
    for codigo, dia in (("GRANDE", date(2026, 11, 4)), ("QUASE", date(2026, 10, 8))):
        contatar(c[codigo], dia, ana)
    MudancaStatus.objects.create(
        cliente=c["QUASE"],
        de="ativo",
        para="quase_inativo",
        em=date(2026, 11, 1),
        motivo="tempo",
        referencia=HOJE,
    )
    MetaMensal.objects.create(vendedor=ana, mes=date(2026, 11, 1), giro=50, positivacao=60, por=davi)
    return c


FOTOGRAFIA = Path(__file__).with_name("checkup.txt")


def test_fotografia_do_checkup(fixo, davi, entrar):
    """O texto exato da página: uma palavra que mude se vê aqui."""
    feitos = achados(reunir(davi, Recorte(), HOJE))
    dito = "".join(
        f"{a.assunto} | {a.numero} | {a.dito}\n{a.titulo}\n{a.porque}\n{a.fazer}\n" for a in feitos
    )
    assert dito == FOTOGRAFIA.read_text()
    pagina = texto(entrar(davi).get("/checkup/"))
    assert "4 pontos pedem ação e 5 pedem atenção. 5 clientes com compra em 20/11/2026" in pagina
    for a in feitos:
        assert f"{a.titulo}. Por que importa {a.porque} O que fazer {a.fazer}" in pagina


def test_cada_um_no_seu_checkup_e_o_filtro_tambem(fixo, ana, carla, bruno, davi, entrar):
    for pessoa, endereco, clientes in (
        (ana, "", 4), (bruno, "", 4), (carla, "", 1), (davi, f"?vendedor={carla.pk}", 1),
    ):  # fmt: skip
        resposta = entrar(pessoa).get(f"/checkup/{endereco}")
        assert resposta.context["numeros"].carteira.clientes == clientes
    pagina = texto(entrar(ana).get("/checkup/"))
    assert "Carla" not in pagina
    assert "Não visitados" not in pagina


def test_sem_carteira_a_pagina_diz_o_proximo_passo(davi, entrar):
    assert "Ainda não há clientes com compra" in texto(entrar(davi).get("/checkup/"))
    Empresa.objects.update(referencia=None)
    assert "A carteira ainda não foi calculada" in texto(entrar(davi).get("/checkup/"))


@pytest.mark.parametrize(
    "valor", ["0", "812", "999.4", "999.6", "47000", "999499.99", "999999", "2310000", "1999999999"]
)
def test_o_dinheiro_se_escreve_como_nas_telas(valor):
    assert achados_do_checkup._reais(Decimal(valor)) == formatos.moeda_curta(Decimal(valor))
    assert achados_do_checkup._porcento(Decimal(valor), 1) == formatos.porcento(Decimal(valor), 1)


# ── Cada número é a lista que ele abre ───────────────────────────────────────


@pytest.mark.parametrize("semente", [3])
def test_cada_achado_abre_a_lista_que_conta(semente, ana, carla, davi, entrar, novo_cliente):
    sorte = random.Random(semente)
    for n in range(40):
        cliente = novo_cliente(f"C{n:02}", vendedor=sorte.choice([ana, carla, None]), fora_do_perfil=n % 12 == 0,
                               telefone=sorte.choice(["", "4733220198"]))  # fmt: skip
        for k in range(sorte.randrange(6)):
            novo_pedido(
                cliente, f"{n}-{k}", HOJE - timedelta(days=sorte.randrange(700)), str(sorte.randrange(9000))
            )
        status = sorte.choice([s for s in Status if s != Status.PROSPECT])
        ultima = HOJE - timedelta(days=sorte.randrange(300))
        indicar(
            cliente, ultima, status=status, primeira_compra=DESDE, valor_12m=Decimal(sorte.randrange(9000))
        )
        if sorte.random() < 0.5:
            contatar(cliente, HOJE - timedelta(days=sorte.randrange(120)), ana)
        if n % 9 == 1:
            nao_visitar(cliente=cliente, motivo="exclusividade", nota="", por=davi)
    navegador = entrar(davi)
    n = reunir(davi, Recorte(), HOJE)
    contados = {
        "composicao": n.carteira.fatia(Status.INATIVO).clientes,
        "risco": n.carteira.fatia(Status.QUASE_INATIVO).clientes,
        "esquecidos": n.esquecidos[0],
        "cadastro": n.mal_cadastrados,
        "concentracao": n.carteira.clientes,
    }
    por_chave = {a.chave: a for a in achados(n)}
    for chave, esperado in contados.items():
        elo = elo_do_achado(por_chave[chave], Recorte(), davi)
        assert navegador.get(elo).context["contagens"].na_lista == esperado, chave
        assert esperado > 0
    # na unha: o contato efetivo mais novo de cada um, e as decisões em vigor
    esquecidos = [
        i for i in Indicadores.objects.em_carteira().select_related("cliente")
        if not i.cliente.decisoes_de_visita.exists()
        and all((HOJE - k.em.astimezone(SAO_PAULO).date()).days >= 60 for k in i.cliente.contatos.all())
    ]  # fmt: skip
    assert n.esquecidos == (len(esquecidos), sum(i.valor_12m for i in esquecidos))
    # o declínio: a página, a lista de clientes e a soma dos vendedores dizem o mesmo
    pagina = navegador.get("/declinio/?meses=6&queda=30&piso=1000")
    lista = navegador.get(pagina.context["elo_lista"])
    assert (
        pagina.context["pagina"].paginator.count
        == lista.context["contagens"].na_lista
        == n.declinio.clientes
        > 0
    )
    for vendedor, elo in pagina.context["vendedores"]:
        assert navegador.get(elo).context["contagens"].na_lista == vendedor.total.clientes
    assert sum(i.por_ano for i, _ in pagina.context["linhas"]) == n.declinio.por_ano


# ── Declínio ─────────────────────────────────────────────────────────────────


def test_a_pagina_do_declinio_diz_a_formula_ordena_e_vira_lista(fixo, bruno, ana, entrar):
    pagina = entrar(bruno).get("/declinio/?meses=6&queda=30&piso=1000")
    dita = texto(pagina)
    for frase in (
        "1 cliente ainda compra",
        "R$ 60.000,00",
        "agora ≤ antes × (1 − 30%)",
        "a menos × 2",
        "60%",
    ):
        assert frase in dita
    nova = entrar(bruno).get(pagina.context["elo_trabalho"])
    assert nova.status_code == 200
    assert "declinio.cai.6.30.1000" in nova.content.decode(), texto(nova)
    assert "elo_trabalho" in pagina.context
    assert "Fazer lista" not in texto(entrar(ana).get("/declinio/"))
    for ordem in ("nome", "-nome", "antes", "-agora", "queda", "-menos", "vendedor", "ultima", "xx"):
        assert entrar(bruno).get(f"/declinio/?ordem={ordem}&piso=0&queda=1").status_code == 200


def test_o_que_nao_se_entende_vale_o_padrao(fixo, davi, entrar):
    navegador = entrar(davi)
    for torto in ("meses=5", "meses=x&queda=0", "queda=101&piso=-3", "piso=abc", "queda=9999999"):
        regra = navegador.get(f"/declinio/?{torto}").context["regra"]
        assert (regra.meses, regra.queda) == (6, 30), torto
        assert regra.piso in (Decimal(0), Decimal(1000)), torto


def test_o_declinio_da_tela_se_leva_em_pdf_e_por_email_com_a_regra_e_o_recorte(fixo, davi, ana, entrar):
    navegador = entrar(davi)
    pagina = navegador.get(f"/declinio/?meses=3&queda=20&piso=500&vendedor={ana.pk}")
    relatorio = pagina.context["relatorio"]
    assert f'href="{html.escape(relatorio)}"' in pagina.content.decode()
    tabela = navegador.get(relatorio).context["tabela"]
    assert tabela.pedido.numeros == {"queda": 20, "piso": 500}
    assert (tabela.pedido.escolhas["meses"], tabela.pedido.recorte.vendedor) == ("3", (str(ana.pk),))
    assert tabela.quantas == pagina.context["total"].clientes


def test_a_planilha_do_declinio_tem_o_que_a_tela_mostra(fixo, davi, ana, entrar):
    pagina = entrar(davi).get("/declinio/")
    csv = b"".join(entrar(davi).get(pagina.context["exportacoes"][0][1]).streaming_content).decode(
        "utf-8-sig"
    )
    linha = csv.splitlines()[1].split(";")
    assert linha == [
        "GRANDE", "Cliente GRANDE", "Ana Souza", "50000,00", "20000,00", "60,00", "30000,00", "60000,00", "05/11/2026",
    ]  # fmt: skip
    assert RegistroDeAuditoria.objects.get(acao="exportar declínio").por == davi
    (csv_por_vendedor, _) = pagina.context["levar_vendedores"]
    por_vendedor = b"".join(entrar(davi).get(f"/declinio/{csv_por_vendedor[1]}").streaming_content)
    assert por_vendedor.decode("utf-8-sig").splitlines()[1:] == ["Ana Souza;1;30000,00;60000,00"]
    assert entrar(ana).get(f"/declinio/{csv_por_vendedor[1]}").status_code == 403
    assert entrar(ana).get("/declinio/exportar/").status_code == 403


# ── Esquecidos e não visitados ───────────────────────────────────────────────


def test_registrar_um_contato_tira_dos_esquecidos(fixo, davi, ana, entrar):
    """Sem contato há N dias: por vendedor, e o número é a lista; o contato de hoje tira na hora."""
    resposta = entrar(davi).get("/checkup/esquecidos/?dias=60")
    assert [(g.nome, g.quantos, g.clientes, g.valor) for g, _ in resposta.context["grupos"]] == [
        ("Ana Souza", 2, 4, Decimal(4000)),
        ("Carla Dias", 1, 1, Decimal(1000)),
    ]
    total = (resposta.context["total"], resposta.context["elos_do_total"])
    for g, elos in [*resposta.context["grupos"], total]:
        for numero in ("clientes", "quantos", "nunca"):
            assert entrar(davi).get(elos[numero]).context["contagens"].na_lista == getattr(g, numero)
    assert 'href="/relatorios/esquecidos/?dias=60"' in resposta.content.decode()
    contatar(fixo["BOM"], HOJE, ana)
    depois = entrar(davi).get("/checkup/esquecidos/?dias=60").context["total"]
    assert (depois.quantos, depois.valor) == (2, Decimal(1000))


def test_o_limite_dos_dias_conta(fixo, ana, entrar):
    """QUASE foi contatado em 08/10: faz 43 dias."""
    navegador = entrar(ana)
    for dias, esquecidos in ((43, 1), (44, 0)):
        lista = navegador.get(f"/clientes/?e=esquecido.ha.{dias}&q=QUASE")
        assert lista.context["contagens"].na_lista == esquecidos, dias


def test_nao_visitar_por_decisao_so_aparece_na_visao_do_gestor(fixo, bruno, ana, carla, entrar):
    gestor, ficha = entrar(bruno), f"/checkup/nao-visitados/{fixo['BOM'].pk}/"
    assert gestor.post(ficha, {"motivo": "exclusividade", "nota": "pedida pela GRANDE"}).status_code == 302
    decisao = NaoVisitar.objects.get()
    assert (decisao.cliente, decisao.motivo, decisao.por) == (fixo["BOM"], "exclusividade", bruno)
    pagina = texto(gestor.get("/checkup/nao-visitados/"))
    assert "Exclusividade pedida por outro cliente" in pagina
    assert "pedida pela GRANDE" in pagina
    assert gestor.get("/checkup/esquecidos/?dias=60").context["total"].quantos == 1
    assert gestor.get("/clientes/?e=nao_visitar.sim").context["contagens"].na_lista == 1
    # quem vende não vê a página, nem o motivo, nem acha ninguém por ele
    assert entrar(ana).get("/checkup/nao-visitados/").status_code == 403
    assert entrar(ana).get("/clientes/?e=nao_visitar.sim").context["contagens"].na_lista == 0
    assert "xclusividade" not in texto(entrar(ana).get(f"/clientes/{fixo['BOM'].pk}/"))
    assert entrar(ana).post(ficha, {"motivo": "outro", "nota": "x"}).status_code == 403
    assert NaoVisitar.objects.get() == decisao
    # voltar atrás deixa a linha escrita
    gestor.post(f"{ficha}voltar/")
    decisao.refresh_from_db()
    assert (decisao.desfeita_por, decisao.desfeita_em) == (bruno, timezone.now())
    assert gestor.get("/checkup/esquecidos/?dias=60").context["total"].quantos == 2
    acoes = list(
        RegistroDeAuditoria.objects.exclude(acao="entrar").order_by("pk").values_list("acao", flat=True)
    )
    assert acoes == ["não visitar por decisão", "voltar a visitar"]


def test_a_decisao_recusada_nao_muda_nada(fixo, bruno, entrar):
    gestor = entrar(bruno)
    resposta = gestor.post(f"/checkup/nao-visitados/{fixo['BOM'].pk}/", {"motivo": "outro", "nota": " "})
    assert resposta.status_code == 422
    assert "Diga na nota qual é o outro motivo." in html.unescape(resposta.content.decode())
    assert (
        gestor.post(f"/checkup/nao-visitados/{fixo['LONGE'].pk}/", {"motivo": "a_pedido"}).status_code == 404
    )
    assert not NaoVisitar.objects.exists()
    assert not re.search("não visitar", " ".join(RegistroDeAuditoria.objects.values_list("acao", flat=True)))


def test_mudar_o_motivo_guarda_as_duas_decisoes(fixo, davi):
    primeira = nao_visitar(cliente=fixo["BOM"], motivo="exclusividade", nota="", por=davi)
    assert nao_visitar(cliente=fixo["BOM"], motivo="exclusividade", nota="", por=davi) == primeira
    segunda = nao_visitar(cliente=fixo["BOM"], motivo="pela_matriz", nota="Curitiba", por=davi)
    primeira.refresh_from_db()
    assert primeira.desfeita_em is not None
    assert NaoVisitar.objects.filter(desfeita_em=None).get() == segunda


def test_os_relatorios_do_catalogo_dizem_o_mesmo_que_as_paginas(fixo, davi, entrar):
    navegador = entrar(davi)

    def planilha(chave: str, consulta: str = "") -> list[list[str]]:
        resposta = navegador.get(f"/relatorios/{chave}/planilha/?formato=csv{consulta}")
        linhas = b"".join(resposta.streaming_content).decode("utf-8-sig").splitlines()
        assert navegador.get(f"/relatorios/{chave}/?{consulta}").status_code == 200
        return list(csv.reader(linhas, delimiter=";"))

    achadas = planilha("checkup")[1:]
    assert [(li[0], li[1].lstrip("'"), li[3]) for li in achadas] == [
        (a.assunto, a.numero, a.titulo) for a in achados(reunir(davi, Recorte(), HOJE))
    ]
    assert planilha("declinio")[1][:4] == ["Cliente GRANDE", "Ana Souza", "50000,00", "20000,00"]
    assert planilha("declinio")[-1][:1] == ["Total"]
    assert planilha("esquecidos")[-1] == ["Total", "5", "3", "60,00", "3", "5000,00"]
    total = navegador.get("/positivacao/").context["total"]
    assert planilha("giro-e-positivacao")[-1] == [
        "Total", str(total.clientes), str(total.giro.tocados), "20,00", str(total.positivacao.tocados), "40,00",
        str(total.intocados),
    ]  # fmt: skip


@pytest.mark.parametrize("quais", [("bruno",), na_resistencia(("davi", "bruno"))])
def test_o_checkup_em_pdf_diz_o_mesmo_que_a_pagina(
    quais, fixo, davi, bruno, entrar, tmp_path, settings, monkeypatch
):
    """O texto extraído da folha, achado por achado, com o recorte de quem o pede."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(fila, "_tocar", lambda pk: None)
    for pessoa in ({"davi": davi, "bruno": bruno}[nome] for nome in quais):
        navegador = entrar(pessoa)
        navegador.post("/relatorios/checkup/pdf/")
        arquivo = ArquivoGerado.objects.get(por=pessoa)
        fila.executar(arquivo.pk, agora=arquivo.pedido_em)
        arquivo.refresh_from_db()
        paginas = PdfReader(arquivo.caminho).pages
        folha = " ".join(" ".join(p.extract_text() for p in paginas).replace("\xa0", " ").split())
        feitos = achados(reunir(pessoa, Recorte(), HOJE))
        assert (arquivo.linhas, len(paginas)) == (len(feitos), arquivo.paginas)
        pagina = texto(navegador.get("/checkup/"))
        for a in feitos:
            for dito in (a.assunto, a.numero, a.titulo, a.porque, a.fazer):
                assert dito.replace("\xa0", " ") in folha, dito
                assert dito in pagina, dito


def test_dias_que_nao_sao_um_prazo_valem_o_padrao(fixo, davi, entrar):
    """Zeros na frente já deixaram passar um número de séculos, que nenhuma data alcança."""
    navegador = entrar(davi)
    for dias in ("00001234567", "9" * 30, "-5", "x", "0"):
        resposta = navegador.get(f"/checkup/esquecidos/?dias={dias}")
        assert resposta.status_code == 200, dias
        assert resposta.context["dias"] == DIAS_ESQUECIDO, dias
