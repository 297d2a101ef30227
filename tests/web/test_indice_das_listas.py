"""O índice das listas, a comparação lado a lado e o painel da ficha."""

from typing import Any

import pytest

from clientes.models import ListaDeTrabalho, MembroDaLista
from tests.conftest import novo_pedido
from tests.web.listas_de_teste import (  # noqa: F401
    DIAS,
    HOJE,
    carteira_das_listas,
    codigos,
    dados,
    fazer,
    lista_da_tela,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


def test_indice_em_curso_terminadas_minhas_e_paginas(lista: Any, bruno: Any, davi: Any, entrar: Any) -> None:
    navegador = entrar(bruno)
    fazer(entrar(davi), nome="Do Davi", consulta="uf=SC", aceita_fora_da_finalidade="on")
    ListaDeTrabalho.objects.filter(nome="Do Davi").update(ate=HOJE - DIAS, de=HOJE - 9 * DIAS)

    def nomes(endereco: str) -> list[str]:
        return [x.nome for x, _ in navegador.get(endereco).context["linhas"]]

    assert nomes("/listas/") == ["Inativos de SC"]
    assert nomes("/listas/?ver=terminadas") == ["Do Davi"]
    assert nomes("/listas/?ver=terminadas&quais=minhas") == []
    assert nomes("/listas/?quais=minhas&ordem=nome") == ["Inativos de SC"]
    for n in range(30):
        ListaDeTrabalho.objects.create(
            empresa=lista.empresa, nome=f"L{n:02}", finalidade="outra", de=HOJE, semente=1, criada_por=bruno,
            consulta_por=bruno,
        )  # fmt: skip
    pagina = navegador.get("/listas/?ordem=nome")
    seguinte = navegador.get(f"/listas/{pagina.context['url_mais']}")
    juntas = [x.nome for p in (pagina, seguinte) for x, _ in p.context["linhas"]]
    assert juntas == ["Inativos de SC", *(f"L{n:02}" for n in range(30))]


def test_vazios_que_ensinam(bruno: Any, ana: Any, entrar: Any) -> None:
    assert "Ainda não há listas de trabalho" in entrar(bruno).get("/listas/").content.decode()
    da_ana = entrar(ana).get("/listas/").content.decode()
    assert "Nenhuma lista com clientes seus" in da_ana
    assert "/listas/nova/" not in da_ana


def test_comparar_lado_a_lado_por_lista_e_por_oferta(
    lista: Any, carteira: Any, bruno: Any, entrar: Any
) -> None:
    navegador = entrar(bruno)
    outra = fazer(navegador, nome="Sem oferta", consulta="uf=PR")
    novo_pedido(carteira["I1"], "P1", HOJE, "150.00")
    novo_pedido(carteira["I1"], "P2", HOJE, "50.00")
    linhas = {x.nome: x for x in navegador.get("/listas/comparar/").context["linhas"]}
    assert {n: (x.p.membros, x.p.compraram, x.p.valor, x.p.ticket, x.meta_pct) for n, x in linhas.items()} == {
        "Inativos de SC": (1, 1, 200, 100, 50), "Sem oferta": (1, 0, 0, None, None),
    }  # fmt: skip
    ofertas = navegador.get("/listas/comparar/?agrupar=oferta").context["linhas"]
    assert sorted((x.nome, x.listas, x.p.compraram) for x in ofertas) == [
        ("Desconto", 1, 1),
        ("Sem oferta", 1, 0),
    ]
    assert navegador.get("/listas/comparar/?de=2026-01-01&ate=2026-02-01").context["linhas"] == []
    assert "Não entendi o período" in navegador.get("/listas/comparar/?de=2026-99-01").content.decode()
    planilha = navegador.get("/listas/comparar/exportar/?agrupar=oferta&formato=csv")
    linhas_csv = b"".join(planilha.streaming_content).decode("utf-8-sig").splitlines()
    assert linhas_csv[0].startswith("Tipo de oferta;Listas;Membros")
    assert outra.pk


def test_comparacao_com_o_controle_diz_quando_e_pouco(
    lista: Any, carteira: Any, bruno: Any, entrar: Any
) -> None:
    ListaDeTrabalho.objects.update(controle_pct=50)
    MembroDaLista.objects.create(lista=lista, cliente=carteira["I3"], entrou_em=HOJE, controle=True)
    novo_pedido(carteira["I1"], "P1", HOJE, "150.00")
    texto = entrar(bruno).get(f"/listas/{lista.pk}/").content.decode()
    assert "A lista fez diferença?" in texto
    assert "1 de 1 compraram (100,00%); no controle, 0 de 1 (0,00%)" in " ".join(texto.split())
    assert "Ainda é pouco para dizer: diferença de +100,0 pontos" in texto


def test_na_ficha_as_listas_do_cliente_vem_num_painel_a_parte(
    lista: Any, carteira: Any, ana: Any, bruno: Any, carla: Any, entrar: Any
) -> None:
    i1, x1 = carteira["I1"], carteira["X1"]
    assert f"/listas/do-cliente/{i1.pk}/" in entrar(ana).get(f"/clientes/{i1.pk}/").content.decode()
    painel = entrar(ana).get(f"/listas/do-cliente/{i1.pk}/").content.decode()
    assert "Inativos de SC" in painel
    assert "Pôr numa lista" not in painel
    assert "Pôr numa lista" in entrar(bruno).get(f"/listas/do-cliente/{i1.pk}/").content.decode()
    assert entrar(ana).get(f"/listas/do-cliente/{x1.pk}/").status_code == 404
