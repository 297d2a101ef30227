"""O mundo inventado é uma função pura: igual sempre, e o futuro só acrescenta."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median

import pytest

from carteira.demo import documentos, geradores, ritmo
from clientes.documentos import normalizar_documento

BASE = date(2026, 11, 20)
SEMENTE = 7


def perfis(quantos: int = 200) -> list[ritmo.Perfil]:
    return [ritmo.perfil(SEMENTE, indice, BASE) for indice in range(quantos)]


def test_a_mesma_semente_da_os_mesmos_pedidos_ate_o_centavo():
    primeiro, segundo = (
        [
            geradores.pedido(SEMENTE, p, e, BASE)
            for p in perfis(20)
            for e in geradores.eventos(SEMENTE, p, BASE)
        ]
        for _ in range(2)
    )
    assert primeiro == segundo
    assert len(primeiro) > 100


def test_outra_semente_da_outro_mundo():
    assert ritmo.perfil(1, 0, BASE) != ritmo.perfil(2, 0, BASE)


def test_cortar_mais_tarde_so_acrescenta_no_fim():
    hoje = geradores.todos_os_eventos(SEMENTE, perfis(), BASE)
    depois = geradores.todos_os_eventos(SEMENTE, perfis(), BASE + timedelta(days=30))
    assert depois[: len(hoje)] == hoje
    assert len(depois) > len(hoje)


def test_continuar_gera_exatamente_o_que_falta():
    depois = BASE + timedelta(days=30)
    inteiro = geradores.todos_os_eventos(SEMENTE, perfis(), depois)
    partes = geradores.todos_os_eventos(SEMENTE, perfis(), BASE)
    partes += geradores.todos_os_eventos(SEMENTE, perfis(), depois, depois_de=BASE)
    assert partes == inteiro


def situacao(cliente: ritmo.Perfil, dia: date) -> str:
    """Pela regra da demonstração, e com o ciclo de quem tem três dias de compra."""
    compras = [d for d, _ in ritmo.compras(SEMENTE, cliente, dia)]
    if not compras:
        return "prospect"
    quase, inativo = (120, 210) if cliente.segmento == "Agro" else (90, 150)
    recencia = (dia - compras[-1]).days
    if recencia >= quase:
        return "inativo" if recencia >= inativo else "quase"
    intervalos = [(b - a).days for a, b in pairwise(compras)]
    fora = len(intervalos) >= 2 and recencia >= 1.3 * median(intervalos)
    return "fora do ritmo" if fora else "ativo"


@pytest.mark.parametrize("base", [BASE, date(2026, 2, 17), date(2027, 5, 3), date(2027, 8, 9)])
@pytest.mark.parametrize("depois", [0, 30, 90])
def test_em_qualquer_dia_a_carteira_tem_gente_em_cada_ponto_da_historia(base, depois):
    todos = [ritmo.perfil(SEMENTE, i, base) for i in range(200)]
    contagem = Counter(situacao(p, base + timedelta(days=depois)) for p in todos)
    compradores = 200 - contagem["prospect"]
    parte = {nome: quantos / compradores for nome, quantos in contagem.items()}
    assert 0.12 < parte["fora do ritmo"] < 0.26
    assert 0.08 < parte["quase"] < 0.2
    assert 0.14 < parte["inativo"] < 0.27
    assert parte["ativo"] > 0.4


def test_cada_vendedor_tem_ao_menos_tres_prospects_e_a_maioria_tem_ciclo_proprio():
    todos = perfis()
    prospects = Counter(p.vendedor for p in todos if p.prospect)
    assert min(prospects[v] for v in range(6)) >= 3
    dias = [sum(1 for _ in ritmo.compras(SEMENTE, p, BASE)) for p in todos if not p.prospect]
    assert sum(n >= 4 for n in dias) / len(dias) > 0.8


def test_ha_um_ano_a_carteira_era_melhor():
    def em_risco(dia: date) -> int:
        return sum(situacao(p, dia) in {"quase", "inativo"} for p in perfis())

    assert em_risco(BASE - timedelta(days=330)) * 1.5 < em_risco(BASE)


def test_um_em_oito_vai_embora_de_vez_e_nunca_mais_compra():
    vao = [p for p in perfis() if p.vida is not None]
    assert 20 <= len(vao) <= 28
    assert {p.vida for p in vao} >= {1, 2, 3}
    for cliente in (p for p in vao if p.inicio):
        datas = [d for d, _ in ritmo.compras(SEMENTE, cliente, BASE + timedelta(days=4000))]
        assert len(datas) == cliente.vida


def test_ninguem_compra_em_fim_de_semana_nem_depois_do_corte():
    eventos = geradores.todos_os_eventos(SEMENTE, perfis(), BASE)
    assert all(e.data.weekday() < 5 and e.data <= BASE for e in eventos)


def test_o_valor_do_pedido_e_a_soma_dos_itens_e_devolucao_e_negativa():
    cliente = next(p for p in perfis() if p.inicio)
    compra = geradores.pedido(
        SEMENTE, cliente, geradores.Evento(BASE, cliente.indice, 1, geradores.COMPRA), BASE
    )
    volta = geradores.pedido(
        SEMENTE, cliente, geradores.Evento(BASE, cliente.indice, 1, geradores.DEVOLVIDO), BASE
    )
    assert compra.valor == sum((i.valor for i in compra.itens), Decimal(0)) > 0
    assert volta.valor == -sum((i.valor for i in volta.itens), Decimal(0)) < 0
    assert (compra.situacao, volta.situacao) == ("aberto", "devolvido")


def test_pedido_fica_em_aberto_por_quatro_dias():
    cliente = next(p for p in perfis() if p.inicio)
    evento = geradores.Evento(BASE, cliente.indice, 1, geradores.COMPRA)
    situacoes = [
        geradores.pedido(SEMENTE, cliente, evento, BASE + timedelta(days=d)).situacao for d in (0, 3, 4)
    ]
    assert situacoes == ["aberto", "aberto", "faturado"]


def test_todo_documento_inventado_e_valido_e_unico():
    numericos = [documentos.cnpj_numerico(i) for i in range(2000)]
    com_letras = [documentos.cnpj_alfanumerico(i) for i in range(2000)]
    cpfs = [documentos.cpf(i) for i in range(2000)]
    for grupo, tipo in ((numericos, "cnpj"), (com_letras, "cnpj"), (cpfs, "cpf")):
        lidos = [normalizar_documento(texto) for texto in grupo]
        assert all(lido.valido and lido.tipo == tipo and not lido.aviso for lido in lidos)
        assert len(set(grupo)) == 2000


def test_cnpj_com_letras_do_exemplo_oficial():
    assert documentos.cnpj("12ABC34501DE") == "12ABC34501DE35"
