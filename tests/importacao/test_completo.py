"""O arquivo completo para um período: o que não veio foi cancelado na origem, e volta se reaparecer."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from atividade.models import Sujo
from clientes.importacao.recusa import ArquivoRecusado
from clientes.models import Cliente, Importacao, Pedido, Titulo
from contas.models import Empresa
from tests.conftest import novo_pedido
from tests.importacao.conftest import PEDIDOS
from tests.importacao.test_historias import contas, versoes

OUTUBRO = (date(2026, 10, 1), date(2026, 10, 31))
SEIS = [f"{n};A;{n:02}/10/2026;{n},00;faturado\n" for n in range(1, 7)]


@pytest.fixture
def seis(importar: Any, clientes_a_e_b: None) -> None:
    """Seis pedidos de outubro e um de novembro, do ERP; e um de outubro que nasceu aqui."""
    importar("pedidos", PEDIDOS + "".join(SEIS) + "N;A;01/11/2026;9,00;faturado\n")
    novo_pedido(Cliente.objects.get(codigo="A"), "daqui", date(2026, 10, 15))


def test_o_que_nao_veio_e_cancelado_e_volta_se_reaparecer(importar: Any, seis: None) -> None:
    Sujo.objects.all().delete()
    cinco = PEDIDOS + "".join(SEIS[:5])
    resultado = importar("pedidos", cinco, completo=OUTUBRO)
    assert contas(resultado) == (0, 0, 5, 0)
    assert (resultado.sumico.quantas, resultado.sumico.valor, resultado.sumico.no_periodo) == (
        1,
        Decimal("6.00"),
        6,
    )
    sumido = Pedido.objects.get(numero="6")
    assert (sumido.situacao, sumido.conta, sumido.valor) == ("cancelado", False, Decimal("6.00"))
    assert sumido.desapareceu_na_id == sumido.importacao_id == Importacao.objects.latest("id").pk
    assert Pedido.objects.filter(desapareceu_na=None).count() == 7
    assert Sujo.objects.filter(cliente__codigo="A").exists()  # os indicadores recalculam
    # O mesmo arquivo de novo não muda nada.
    antes = versoes("clientes_pedido")
    assert importar("pedidos", cinco, completo=OUTUBRO).sumico.quantas == 0
    assert versoes("clientes_pedido") == antes
    # E o que reaparece volta inteiro.
    assert contas(importar("pedidos", PEDIDOS + SEIS[5])) == (0, 1, 0, 0)
    sumido.refresh_from_db()
    assert (sumido.situacao, sumido.conta, sumido.desapareceu_na_id) == ("faturado", True, None)


def test_muito_sumico_so_entra_confirmado(importar: Any, seis: None) -> None:
    antes = versoes("clientes_pedido")
    dois = PEDIDOS + "".join(SEIS[:2])
    resultado = importar("pedidos", dois, completo=OUTUBRO)
    assert (resultado.gravado, resultado.sumico.quantas, resultado.sumico.excessivo) == (False, 4, True)
    assert not importar("pedidos", dois, completo=OUTUBRO, sumico_confirmado=3).gravado
    assert versoes("clientes_pedido") == antes
    assert importar("pedidos", dois, completo=OUTUBRO, sumico_confirmado=4).gravado
    assert Pedido.objects.filter(situacao="cancelado").count() == 4


def test_a_linha_rejeitada_conta_como_vinda_e_a_ilegivel_para_tudo(importar: Any, seis: None) -> None:
    ruim = PEDIDOS + "".join(SEIS[:5]) + "6;A;31/02/2026;6,00;faturado\n"
    resultado = importar("pedidos", ruim, completo=OUTUBRO)
    assert (resultado.gravado, resultado.rejeitadas, resultado.sumico.quantas) == (True, 1, 0)
    with pytest.raises(ArquivoRecusado, match=r"1 linha.s. sem numero que se leia, a primeira na linha 7"):
        importar("pedidos", PEDIDOS + "".join(SEIS[:5]) + ";A;06/10/2026;6,00;faturado\n", completo=OUTUBRO)


def test_devolucao_sumida_e_titulo_sumido(importar: Any, clientes_a_e_b: None, empresa: Empresa) -> None:
    importar("pedidos", PEDIDOS + "D;A;05/10/2026;7,00;devolvido\n" + "".join(SEIS))
    importar("pedidos", PEDIDOS + "".join(SEIS), completo=OUTUBRO)
    devolvido = Pedido.objects.get(numero="D")
    assert (devolvido.situacao, devolvido.valor) == ("cancelado", Decimal("7.00"))
    titulos = "numero;cliente_codigo;emissao;vencimento;valor\n"
    importar("titulos", titulos + "".join(f"T{n};A;01/10/2026;01/12/2026;100,00\n" for n in range(6)))
    importar(
        "titulos",
        titulos + "".join(f"T{n};A;01/10/2026;01/12/2026;100,00\n" for n in range(5)),
        completo=OUTUBRO,
    )
    assert Titulo.objects.get(numero="T5").saldo == 0
    importar("titulos", titulos + "T5;A;01/10/2026;01/12/2026;100,00\n")
    assert Titulo.objects.values_list("saldo", "desapareceu_na").get(numero="T5") == (Decimal("100.00"), None)


def test_pelo_terminal(rodar: Any, arquivo: Any, seis: None) -> None:
    periodo = ("--completo-de", "2026-10-01", "--completo-ate", "2026-10-31")
    dois = arquivo(PEDIDOS + "".join(SEIS[:2]))
    codigo, _, erro = rodar("importar", "pedidos", dois, *periodo)
    assert codigo == 1
    assert "repita com --confirmar-sumico 4" in erro
    codigo, saida, _ = rodar("importar", "pedidos", dois, *periodo, "--confirmar-sumico", "4")
    assert (codigo, "4 de 6 pedidos do período não vieram, somando R$ 18,00" in saida) == (0, True)
    assert rodar("importar", "pedidos", dois, "--completo-de", "2026-10-01")[0] == 2
    assert rodar("importar", "clientes", dois, *periodo)[0] == 2
    codigo, _, erro = rodar("importar", "pedidos", dois, "--completo-de", "01/10/2026")
    assert (codigo, "data “01/10/2026” não entendida: escreva AAAA-MM-DD" in erro) == (2, True)
    resumo = json.loads(rodar("importar", "pedidos", dois, *periodo, "--json")[1])["desaparecidas"]
    assert resumo == {"quantas": 0, "valor": "0.00", "no_periodo": 2, "excessivo": False}
