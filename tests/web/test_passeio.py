"""O passeio: cada pessoa bate em cada rota do resolvedor, com o que é dela e com o que é de outros.

Rota nova sem linha em `DECISOES` reprova: quem a escreve diz que permissão ela pede e de quem é o que abre.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import connection
from django.test import Client

from clientes.models import Cliente
from contas.papeis import Permissao, pode
from contas.pessoas import desativar
from tests.conftest import SAO_PAULO
from tests.de_modulo import no_modulo
from tests.navegador.paginas_examinadas import EXAMINADAS
from tests.seguranca.carga import carregar, folha_inerte
from tests.web.cenario_do_passeio import PESSOAS, Cenario, criar_cenario
from tests.web.decisoes import DE_TODAS_AS_EMPRESAS, DECISOES, endereco, recusada_por_papel
from tests.web.decisoes_por_sala import FALTA
from tests.web.paginas_abertas import TODOS, Aberta, Elos, Visita, fechados, recusa_nua
from tests.web.test_acesso import ABERTAS, SO_NO_COMECO, rotas

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


def retrato_do_banco() -> dict[str, str]:
    """Um resumo de cada tabela: se algo mudou, muda."""
    fora = ("django_session", "axes_", "clientes_municipio", "copia_", "django_migrations")
    with connection.cursor() as cursor:
        tabelas = [t for t in connection.introspection.table_names(cursor) if not t.startswith(fora)]
        partes = (
            f"SELECT '{t}', md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {t} t"
            for t in tabelas
        )
        cursor.execute(" UNION ALL ".join(partes))
        return dict(cursor.fetchall())


@pytest.fixture(scope="module")
def _cenario_do_modulo(django_db_setup: None, django_db_blocker: Any) -> Iterator[Cenario]:
    def _criar() -> Cenario:
        manha = datetime(2026, 11, 20, 9, 0, tzinfo=SAO_PAULO)
        with time_machine.travel(manha, tick=False), pytest.MonkeyPatch.context() as trocas:
            trocas.setattr("carteira.tasks.tocar", lambda *a: None)
            criado = criar_cenario()
            assert carregar() > 40
            return criado

    with no_modulo(django_db_blocker, _criar) as criado:
        yield criado


@pytest.fixture
def cenario(_cenario_do_modulo: Cenario, settings: Any, tmp_path: Any, monkeypatch: Any) -> Cenario:
    """Criado uma vez; cada teste corre num ponto de retorno dentro dele."""
    settings.MEDIA_ROOT = str(tmp_path)
    monkeypatch.setattr("carteira.tasks.tocar", lambda *a: None)
    # Aqui se lê a página pronta: guardar o contexto de cada pedaço dela só custaria tempo.
    monkeypatch.setattr("django.test.client.store_rendered_templates", lambda *a, **k: None)
    monkeypatch.setattr("relatorios.pdf.escrever_pdf", folha_inerte)
    for codigo in (403, 404):
        monkeypatch.setattr(f"carteira.urls.handler{codigo}", recusa_nua(codigo), raising=False)
    return _cenario_do_modulo


@pytest.fixture(scope="module")
def _abertas(_cenario_do_modulo: Cenario) -> dict[str, dict[str, Aberta]]:
    """De cada pessoa, as páginas que já abriu: o cenário é o mesmo em todo teste, que não as pede de novo."""
    return {nome: {} for nome in PESSOAS}


@pytest.fixture
def visitar(cenario: Cenario, _abertas: Any, entrar: Any) -> Any:
    """`visitar("ana")`: Ana, que entrou e abre páginas."""
    return lambda nome: Visita(entrar(cenario.pessoa(nome)), ALHEIO.get(nome, ()), _abertas[nome])


# Carla tem o papel de Ana: dela se anda só pelo que, por ser de dentro da casa, pode a mais (exportar).
DE_CADA_PAPEL = ("ana", "bruno", "davi", "lia")


def pedidos(navegador: Client, caminho: str) -> Iterator[Any]:
    for metodo in (navegador.post, navegador.get):
        yield metodo(caminho)


def recusas(nome: str, navegador: Client, caminho: str) -> list[int]:
    """Os códigos de gravar e de ler; de Carla, que tem o papel de Ana, basta o primeiro que recusa."""
    codigos: list[int] = []
    for resposta in pedidos(navegador, caminho):
        codigos.append(resposta.status_code)
        if nome not in DE_CADA_PAPEL and resposta.status_code in {403, 404}:
            break
    return codigos


# ── O passeio ────────────────────────────────────────────────────────────────


def test_toda_rota_que_pede_entrada_tem_a_sua_decisao() -> None:
    assert set(DECISOES) == set(rotas()) - ABERTAS - SO_NO_COMECO


@pytest.mark.parametrize("nome", PESSOAS)
def test_acao_sem_papel_e_403_e_nada_muda(nome: str, cenario: Cenario, entrar: Any) -> None:
    pessoa = cenario.pessoa(nome)
    navegador, antes = entrar(pessoa), retrato_do_banco()
    recusadas = [r for r in DECISOES if recusada_por_papel(r, nome, pessoa)]
    assert recusadas
    for rota in recusadas:
        codigos = recusas(nome, navegador, endereco(rota, cenario.proprios[nome]))
        assert 403 in codigos, (rota, codigos)
        assert set(codigos) <= {403, 405}, (rota, codigos)
    assert retrato_do_banco() == antes


@pytest.mark.parametrize("nome", PESSOAS)
def test_linha_de_outro_escopo_e_404_e_nada_muda(nome: str, cenario: Cenario, entrar: Any) -> None:
    pessoa = cenario.pessoa(nome)
    navegador, antes = entrar(pessoa), retrato_do_banco()
    com_alvo = [r for r, d in DECISOES.items() if d.alvos and not recusada_por_papel(r, nome, pessoa)]
    for rota in com_alvo:
        codigos = recusas(nome, navegador, endereco(rota, cenario.alheios[nome]))
        assert 404 in codigos, (rota, codigos)
        assert set(codigos) <= {404, 405}, (rota, codigos)
    assert retrato_do_banco() == antes


@pytest.mark.parametrize("nome", PESSOAS)
def test_empresa_de_outros_na_url_e_404_e_nada_muda(nome: str, cenario: Cenario, entrar: Any) -> None:
    pessoa = cenario.pessoa(nome)
    navegador, antes = entrar(pessoa), retrato_do_banco()
    por_empresa = [r for r, d in DECISOES.items() if d.por_empresa]
    abertas = [r for r in por_empresa if r in DE_TODAS_AS_EMPRESAS or not recusada_por_papel(r, nome, pessoa)]
    for rota in (
        abertas if pode(pessoa, Permissao.CONFIGURAR_ATIVIDADE) else set(abertas) - set(DE_TODAS_AS_EMPRESAS)
    ):
        caminho = f"{endereco(rota, cenario.proprios[nome])}?empresa={cenario.outra.pk}"
        codigos = [r.status_code for r in pedidos(navegador, caminho)]
        assert 404 in codigos, (rota, codigos)
        assert set(codigos) <= {404, 405}, (rota, codigos)
    assert retrato_do_banco() == antes


@pytest.mark.parametrize("nome", PESSOAS)
def test_o_que_se_pode_e_e_seu_abre(nome: str, cenario: Cenario, visitar: Any) -> None:
    """Sem isto o 403 e o 404 de cima poderiam ser de uma rota quebrada."""
    pessoa, visita = cenario.pessoa(nome), visitar(nome)
    ana = cenario.pessoa("ana")
    for rota in DECISOES:
        alvos = DECISOES[rota].alvos
        if recusada_por_papel(rota, nome, pessoa) or {"nenhum", "arquivo"} & set(alvos) or rota == "sair/":
            continue
        if nome not in DE_CADA_PAPEL and not recusada_por_papel(rota, "ana", ana):
            continue
        aberta = visita.abrir(endereco(rota, cenario.proprios[nome]))
        assert aberta.codigo in {200, 302, 405, FALTA.get(rota)}, (rota, aberta.codigo)
        assert rota in EXAMINADAS or not aberta.inteira, f"nenhum exame de acessibilidade passa por {rota}"


def test_anonimo_e_inativo_vao_a_entrada_em_toda_rota(cenario: Cenario, entrar: Any) -> None:
    ana = cenario.pessoa("ana")
    inativa, anonimo = entrar(ana), Client()
    desativar(pessoa=ana, por=cenario.pessoa("davi"))
    antes = retrato_do_banco()
    for ordem, rota in enumerate(DECISOES):
        caminho = endereco(rota, cenario.proprios["ana"])
        # a inativa é anônima antes de se olhar o método
        for resposta in (*pedidos(anonimo, caminho), (inativa.get, inativa.post)[ordem % 2](caminho)):
            assert resposta.status_code == 302, rota
            assert resposta["Location"].startswith("/entrar/?next="), rota
    assert retrato_do_banco() == antes


# ── Filtros, contagens e planilhas ───────────────────────────────────────────


COM_FILTROS = ("clientes/", "composicao/", "relatorio-de-risco/", "ciclo-de-compra/")
DE_OUTRA_EMPRESA = ("ALHEIO2", "Cliente ALHEIO2", "ALHEIO Filial", "ALHEIO-2", "Rita Alheia", "Criciúma")
DE_OUTRA_EQUIPE = ("ALHEIO1", "987.654", "987654", "988 mil", "Norte", "Florianópolis")
ALHEIO = {
    "ana": (*DE_OUTRA_EMPRESA, *DE_OUTRA_EQUIPE),
    "bruno": (*DE_OUTRA_EMPRESA, *DE_OUTRA_EQUIPE),
    # Veem a empresa inteira: deles só é alheia a outra.
    "davi": DE_OUTRA_EMPRESA,
    "lia": DE_OUTRA_EMPRESA,
}


def filtros(cenario: Cenario) -> tuple[str, ...]:
    return (
        f"vendedor={cenario.vendedor_alheio}",
        f"equipe={cenario.equipe_alheia}",
        f"segmento={cenario.segmento_alheio}",
        f"empresa={cenario.outra.pk}",
        "q=ALHEIO",
        "formato=csv&regra=1&tabela=intervalos",
        "formato=xlsx",
        "data=2026-10-31&dono=atual&agrupar=vendedor&formato=csv",
        f"data=2026-10-31&vendedor={cenario.vendedor_alheio}&equipe={cenario.equipe_alheia}",
        "agrupar=equipe&todos=1",
        "agrupar=vendedor&todos=1",
        "agrupar=municipio&todos=1",
    )


# Denunciam também a outra empresa: servem a quem vê a sua inteira.
DE_QUALQUER_ESCOPO = ("segmento=", "empresa=", "q=", "formato=", "data=2026-10-31&dono", "agrupar=")
# O parâmetro que escolhe alguém ou algo, e de que alvo de outros vem o número.
ESCOLHEM = {
    "cliente": "cliente", "campanha": "campanha", "segmento": "segmento", "lista": "lista", "contato": "contato",
    "equipe": "equipe", "visao": "visao", "importacao": "importacao", "regra": "regra_de_aviso", "mensagem": "mensagem",
    **dict.fromkeys(("vendedor", "quem", "pessoa", "por", "de_quem", "dono", "responsavel", "atendente"), "pessoa"),
}  # fmt: skip


def numeros_de_outros(alheios: dict[str, int | str], lidos: frozenset[str]) -> str:
    """Todo parâmetro de escolha que a página leu, com o número de outra empresa."""
    nomes = ESCOLHEM if TODOS in lidos else lidos & set(ESCOLHEM)
    return urlencode({n: alheios[ESCOLHEM[n]] for n in sorted(nomes) if ESCOLHEM[n] in alheios})


def quem_prova(filtro: str, ordem: int, leem: list[str]) -> list[str]:
    """Um dos que leem o filtro, em rodízio; o que denuncia outra equipe, só os que não a veem, se algum o lê."""
    da_equipe = [n for n in leem if n in ("ana", "bruno")]
    cabem = leem if filtro.startswith(DE_QUALQUER_ESCOPO) or not da_equipe else da_equipe
    return [cabem[ordem % len(cabem)]] if cabem else []


def _filtrar(cenario: Cenario, visitar: Any, *, todos: bool) -> int:
    pessoas, visitas, filtrados = {n: cenario.pessoa(n) for n in ALHEIO}, {n: visitar(n) for n in ALHEIO}, 0
    for rota in (r for r, d in DECISOES.items() if not d.alvos and r != "sair/"):
        abrem = [n for n in ALHEIO if not recusada_por_papel(rota, n, pessoas[n])]
        sem_filtro = {n: visitas[n].abrir(f"/{rota}") for n in abrem}
        assert not {n: a.alheios for n, a in sem_filtro.items() if a.alheios}, rota
        for ordem, (filtro, leem) in enumerate(_filtros_da_rota(rota, cenario, sem_filtro), len(rota)):
            for nome in leem if todos else quem_prova(filtro, ordem, leem):
                de_outros = numeros_de_outros(cenario.alheios[nome], sem_filtro[nome].lidos)
                achados = visitas[nome].abrir(f"/{rota}?{filtro or de_outros}").alheios
                assert not achados, (nome, rota, filtro or de_outros, achados)
                filtrados += 1
    return filtrados


def _filtros_da_rota(
    rota: str, cenario: Cenario, sem_filtro: dict[str, Aberta]
) -> Iterator[tuple[str, list[str]]]:
    """Cada filtro e quem o lê; o vazio são os números de outros em todo parâmetro que escolhe."""
    yield "", [n for n, a in sem_filtro.items() if numeros_de_outros(cenario.alheios[n], a.lidos)]
    for filtro in filtros(cenario) if rota.startswith(COM_FILTROS) else ():
        # Lia vê o mesmo que Davi.
        yield filtro, [n for n, a in sem_filtro.items() if n != "lia" and a.muda_com(filtro)]


def test_nenhum_filtro_traz_o_que_e_de_outro_escopo(cenario: Cenario, visitar: Any) -> None:
    """Segmento, vendedor, equipe e empresa de outros na URL; em data passada; em planilha: nada vaza.

    Cada um abre cada lista, e cada filtro de cada lista prova-o um dos que o leem nela sem poder ver o que ele pede.
    O filtro que a página não lê não a muda: dele basta a página sem filtro. Todos por todos, na resistência.
    """
    assert _filtrar(cenario, visitar, todos=False) > 150


@pytest.mark.resistencia
def test_cada_filtro_de_cada_lista_por_cada_papel(cenario: Cenario, visitar: Any) -> None:
    assert _filtrar(cenario, visitar, todos=True) > 400


# ── Documentos ───────────────────────────────────────────────────────────────

# Onde se lê o documento inteiro: a ficha, a folha dela, e onde se corrige ou se atende o titular.
COM_DOCUMENTO = re.compile(
    r"/clientes/\d+/(dados/|editar/|pdf/|privacidade/.*)?(\?.*)?|/higienizacao/(unir/|[a-z-]+/\d+/).*"
)


@pytest.mark.parametrize("nome", ["ana", "davi"])
def test_documento_inteiro_so_na_ficha(nome: str, cenario: Cenario, visitar: Any) -> None:
    """Listas com a coluna do documento, exportações, buscas e relatórios o mostram mascarado."""
    pessoa, visita = cenario.pessoa(nome), visitar(nome)
    cliente = cenario.proprios[nome]["cliente"]
    assert visita.abrir(f"/clientes/{cliente}/").documento
    livres = [r for r, d in DECISOES.items() if not d.alvos and not recusada_por_papel(r, nome, pessoa)]
    for rota in (r for r in livres if r != "sair/"):
        visita.abrir(f"/{rota}")
    for url in (
        "/clientes/?colunas=documento",
        "/clientes/exportar/?colunas=documento",
        "/clientes/exportar/?formato=xlsx&colunas=documento",
    ):
        assert visita.abrir(url).codigo in {200, 403}
    mostram = [
        url for url, aberta in visita.abertas.items() if aberta.documento and not COM_DOCUMENTO.fullmatch(url)
    ]
    assert mostram == []


# ── Canais fechados ──────────────────────────────────────────────────────────


@pytest.mark.parametrize("nome", ["ana", "bruno"])
def test_o_contato_de_um_canal_fechado_nao_aparece_em_lugar_nenhum(
    nome: str, cenario: Cenario, visitar: Any, monkeypatch: Any
) -> None:
    """Cada rota do papel, com o cliente que fechou todos os canais no lugar do seu: página, planilha e folha."""
    folhas: list[str] = []
    monkeypatch.setattr(
        "relatorios.pdf.escrever_pdf",
        lambda html, *a, **k: folhas.append(html) or folha_inerte(html, *a, **k),
    )
    pessoa, visita, da_ficha = cenario.pessoa(nome), visitar(nome), 0
    proprios = cenario.proprios[nome]
    for rota, decisao in DECISOES.items():
        if rota == "sair/" or recusada_por_papel(rota, nome, pessoa):
            continue
        aberta = visita.abrir(endereco(rota, proprios | cenario.oposto))
        da_ficha += "cliente" in decisao.alvos and aberta.codigo == 200
        if "outro_cliente" in decisao.alvos:
            visita.abrir(endereco(rota, proprios | {"outro_cliente": cenario.oposto["cliente"]}))
    for url in (
        "/clientes/?colunas=telefone",
        "/clientes/exportar/?formato=csv&colunas=telefone",
        "/clientes/exportar/?formato=xlsx&colunas=telefone",
        "/relatorios/pendencias-de-cadastro/?tipo=telefone_invalido",
        "/higienizacao/?tipo=telefone_invalido",
    ):
        assert visita.abrir(url).codigo in {200, 403}
    assert [url for url, aberta in visita.abertas.items() if aberta.fechados] == []
    assert da_ficha > 20
    # Ana, de fora da casa, não tira a folha.
    assert any("Cliente OPOSTO" in folha for folha in folhas) == pode(pessoa, Permissao.EXPORTAR)
    assert not [folha for folha in folhas if fechados(folha)]


def test_quem_cuida_dos_titulares_le_o_contato_guardado(cenario: Cenario, visitar: Any) -> None:
    """Sem isto, o de cima poderia passar por não haver contato nenhum."""
    alvos, davi = cenario.oposto, visitar("davi")
    for rota in (
        "clientes/<int:pk>/editar/",
        "clientes/<int:pk>/pessoas/<int:pessoa_pk>/",
        "clientes/<int:pk>/privacidade/",
    ):
        assert davi.abrir(endereco(rota, alvos)).fechados, rota
    unir = f"/higienizacao/unir/{cenario.proprios['davi']['cliente']}/{alvos['cliente']}/"
    assert davi.abrir(unir).fechados


# ── Só se mostra o que se pode abrir ─────────────────────────────────────────

_NAO_SEGUE = ("/static/", "/sair/", "/galeria/", "/api/")  # a API tem o seu passeio
# Davi abre cada rota com cada parâmetro que se lhe mostra; dos outros, os que escolhem de quem é o que se vê, ou o
# que se leva: o 403 e o 404 de um papel estão aí, e não na ordem das linhas.
DE_QUEM_E = frozenset({*ESCOLHEM, "empresa", "formato", "ver", "data", "inteira"})
_DO_CLIENTE = re.compile(r"/(?:clientes|fila|atividade/clientes|listas/do-cliente)/([0-9]+)/")


@pytest.mark.parametrize("nome", DE_CADA_PAPEL)
def test_todo_elo_que_se_mostra_abre(nome: str, cenario: Cenario, visitar: Any) -> None:
    """De elo em elo a partir do início: cada rota uma vez, e outra com os parâmetros que ainda não teve.

    Dos que não se abrem, a rota é uma que o papel abre, e o cliente é um que a pessoa vê.
    """
    pessoa, visita = cenario.pessoa(nome), visitar(nome)
    # A planilha que se oferece a quem exporta, Davi já a abriu; a dos outros seria um 403.
    da_pessoa = DE_QUEM_E - {"formato"} if pode(pessoa, Permissao.EXPORTAR) else DE_QUEM_E
    elos = Elos(contam=None if nome == "davi" else da_pessoa)
    vistos = {str(pk) for pk in Cliente.objects.visiveis_para(pessoa).values_list("pk", flat=True)}
    elos.por("/")
    while urls := elos.tirar():
        for url, aberta in visita.abrir_de_uma_vez(urls):
            assert aberta.codigo in {200, 302, 405}, url
            for elo in (e for e in aberta.elos if not e.startswith(_NAO_SEGUE)):
                rota = elos.por(elo)
                assert rota in ABERTAS or not recusada_por_papel(rota, nome, pessoa), (url, elo)
                if do_cliente := _DO_CLIENTE.match(elo):
                    assert do_cliente[1] in vistos, (url, elo)
    assert len(elos.abertos) > 10


@pytest.mark.parametrize("nome", ALHEIO)
def test_a_recusa_se_desenha_e_nao_diz_nada_do_que_recusa(
    nome: str, cenario: Cenario, visitar: Any, monkeypatch: Any
) -> None:
    """A casca das páginas de recusa, que os outros testes não desenham."""
    for codigo in (403, 404):
        monkeypatch.delattr(f"carteira.urls.handler{codigo}", raising=False)
    visita = visitar(nome)
    da_pessoa = {"ana": ("/auditoria/", 403), "bruno": ("/auditoria/", 403), "lia": ("/auditoria/", 403)}
    alheio = f"/clientes/{cenario.alheios[nome]['cliente']}/"
    for endereco_, codigo in (da_pessoa.get(nome, (alheio, 404)), (alheio, 404)):
        aberta = visita.abrir(endereco_)
        assert (aberta.codigo, aberta.alheios) == (codigo, ())
        assert "/" in aberta.elos  # diz aonde voltar
