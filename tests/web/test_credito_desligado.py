"""O que já se disse de score e restrições a quem depois deixou de os ver: na central e nas listas de trabalho."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from carteira.listas import refazer
from clientes.models import ListaDeTrabalho, ScoreDeCredito
from contas.models import Usuario
from notificacoes.central import contar_nao_lidos
from notificacoes.decisoes import decisoes_de
from notificacoes.models import Aviso, ItemDeMensagem, RegraDeAviso
from tests.conftest import HOJE
from tests.credito import COMO, ligar_credito
from tests.sementes import na_resistencia
from tests.web.carteira_de_teste import indicar
from tests.web.listas_de_teste import DIAS, carteira_das_listas, codigos, dados, fazer  # noqa: F401
from tests.web.test_composicao import texto

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


def avisar(pessoa: Usuario, titulo: str, dito: str) -> Aviso:
    return Aviso.objects.create(chave=titulo, pessoa=pessoa, tipo="resumo", titulo=titulo, texto=dito)


@pytest.mark.parametrize("como", COMO)
def test_de_score_e_restricoes_so_le_quem_ainda_ve_credito(
    como: str, ana: Any, bruno: Any, davi: Any, empresa: Any, novo_cliente: Any, entrar: Any
) -> None:
    """Desligado o crédito depois de decidido, ou visto por um gestor a quem o negaram."""
    sobre = {"Score caiu": "score_desceu", "Parados": "sem_comprar"}
    score, parados = (
        RegraDeAviso.objects.create(empresa=empresa, nome=n, sobre=s, dias=45) for n, s in sobre.items()
    )
    so_score = avisar(ana, "Score caiu: 1 cliente", "Score caiu")
    misto = avisar(ana, "2 avisos: Score caiu", "Score caiu\n\nParados")
    outro = avisar(ana, "Parados: 1 cliente", "Parados")
    for n, (aviso, regra) in enumerate(
        [(so_score, score), (misto, score), (misto, parados), (outro, parados)], 1
    ):
        cliente = indicar(novo_cliente(f"K{n}", vendedor=ana), HOJE - timedelta(days=60), status="ativo")
        ItemDeMensagem.objects.create(
            aviso=aviso, regra=regra.chave, pessoa=ana, cliente=cliente, evento="x", ordem=n
        )

    def lidos(navegador: Any) -> tuple[list[Any], list[str], bool]:
        paginas = [navegador.get(f"/avisos/{a.pk}/") for a in (so_score, misto, outro)]
        lista = navegador.get("/avisos/?ver=todos")
        tudo = "".join(texto(p) for p in (lista, *paginas))
        grupos = [
            p.status_code if p.status_code != 200 else [g.nome for g in p.context["decisoes"].grupos]
            for p in paginas
        ]
        return grupos, sorted(i["aviso"].titulo for i in lista.context["avisos"]), "Score" in tudo

    def ligar(pessoa: Any, ve: bool) -> None:
        ligar_credito(pessoa, ve, como, davi)

    ligar(ana, True)
    assert contar_nao_lidos(ana) == 3
    tudo = [["Score caiu"], ["Score caiu", "Parados"], ["Parados"]]
    titulos = ["2 avisos: Score caiu", "Parados: 1 cliente", "Score caiu: 1 cliente"]
    assert lidos(entrar(ana)) == (tudo, titulos, True)
    ligar(ana, False)
    Aviso.objects.update(lido_em=None)
    assert contar_nao_lidos(ana) == 2
    assert entrar(ana).get("/avisos/").context["por_ler"] == 2
    do_dia = f"Avisos de {timezone.localtime(misto.surge_em):%d/%m}"
    sem = ([404, ["Parados"], ["Parados"]], [do_dia, "Parados: 1 cliente"], False)
    assert lidos(entrar(ana)) == sem
    ligar(ana, True)
    ana.olhado_por = bruno  # o que se pode como outra pessoa é o que as duas podem
    assert contar_nao_lidos(ana) == 1
    ligar(bruno, False)
    assert so_score not in Aviso.objects.visiveis_para(ana)
    assert [g.nome for g in decisoes_de(misto, ana).grupos] == ["Parados"]


DIZ, NEGA = ("score.max.400", ["I1"]), ("nao~score.max.400", ["A1", "I2", "I3"])


@pytest.mark.parametrize(
    ("como", "e", "todos"),
    [(COMO[0], *NEGA), (COMO[1], *DIZ), na_resistencia(COMO[0], *DIZ), na_resistencia(COMO[1], *NEGA)],
)
def test_viva_de_quem_perdeu_o_credito_fica_como_esta_e_ninguem_le_a_condicao(
    como: str, e: str, todos: list[str], carteira: Any, bruno: Any, davi: Any, entrar: Any
) -> None:
    """Sem o crédito a condição não acharia ninguém e, negada, acharia todos."""
    for codigo, valor in (("I1", 300), ("I2", 700), ("I3", 700), ("A1", 700)):
        cliente = carteira[codigo]
        ScoreDeCredito.objects.create(
            empresa=cliente.empresa, cliente=cliente, fonte="Serasa", em=HOJE - 3 * DIAS, valor=valor
        )
    consulta = f"uf=SC&uf=PR&e={e}"
    lista = fazer(entrar(bruno), tipo="viva", consulta=consulta, finalidade="outra")
    assert codigos(lista, saiu_em=None) == todos
    pagina = entrar(bruno).get(f"/listas/{lista.pk}/").content.decode()
    assert "Score de crédito: " in pagina
    assert "Abrir o filtro na carteira" in pagina
    ligar_credito(bruno, False, como, davi)
    refazer(ListaDeTrabalho.objects.get(pk=lista.pk), HOJE)
    assert codigos(lista, saiu_em=None) == todos
    navegador = entrar(Usuario.objects.get(pk=bruno.pk))
    pagina = navegador.get(f"/listas/{lista.pk}/").content.decode()
    assert "O filtro tem uma condição que Bruno Lima não vê. Ninguém saiu nem entrou." in pagina
    assert "Uma condição que você não vê" in pagina
    assert "UF: SC, PR" in pagina
    assert "Abrir o filtro na carteira" not in pagina
    filtro = navegador.get(f"/listas/{lista.pk}/filtro/").content.decode()
    assert "Uma condição que você não vê" in filtro
    assert "Trocar o filtro" in pagina
    assert "score" not in (pagina + filtro).lower()
    nova = navegador.post("/listas/nova/", dados(consulta=consulta, finalidade="outra"))
    assert nova.status_code == 400
    assert ListaDeTrabalho.objects.count() == 1
