"""O que entra, o que muda e o que fica: histórias inteiras, com valores exatos."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from clientes.desfazer_lote import desfazer
from clientes.importacao.recusa import ArquivoRecusado
from clientes.models import (
    AliasDeCliente,
    Cliente,
    Importacao,
    MapeamentoDeColunas,
    Pedido,
    PeriodoDeCarteira,
    Segmento,
    Transferencia,
)
from contas.models import Empresa, Equipe, Usuario, Vinculo
from tests.conftest import HOJE
from tests.importacao.conftest import CLIENTES, PEDIDOS

UM_CLIENTE = (
    CLIENTES + "A;Alfa Ltda;11222333000181;São Paulo;SP;Indústria;Ana Souza;11987654321;a@alfa.com.br\n"
)


def versoes(tabela: str) -> list[tuple[Any, ...]]:
    """(id, xmin) de cada linha: muda se a linha foi escrita, mesmo com os mesmos valores."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, xmin::text, ctid::text FROM {tabela} ORDER BY id")
        return list(cursor.fetchall())


def contas(resultado: Any) -> tuple[int, int, int, int]:
    return resultado.novas, resultado.atualizadas, resultado.inalteradas, resultado.rejeitadas


def test_um_cliente_novo_traz_vendedor_e_segmento_que_ninguem_conhecia(
    importar: Any, empresa: Empresa
) -> None:
    resultado = importar("clientes", UM_CLIENTE)
    assert contas(resultado) == (1, 0, 0, 0)
    assert resultado.avisos[:2] == (
        "segmento novo: Indústria",
        "vendedor novo, sem acesso até ser convidado: Ana Souza",
    )
    cliente = Cliente.objects.get()
    assert (cliente.documento, cliente.documento_valido, cliente.documento_raiz) == (
        "11222333000181",
        True,
        "11222333",
    )
    assert (cliente.cidade, cliente.uf, cliente.municipio_id) == ("São Paulo", "SP", 3550308)
    assert (cliente.telefone, cliente.email, cliente.segmento.nome) == (
        "+5511987654321",
        "a@alfa.com.br",
        "Indústria",
    )
    vendedor = Usuario.objects.get(papel="vendedor")
    assert (vendedor.nome, vendedor.email, vendedor.has_usable_password()) == ("Ana Souza", None, False)
    assert Vinculo.objects.get(usuario=vendedor).empresa == empresa
    periodo = PeriodoDeCarteira.objects.get()
    assert (periodo.vendedor, periodo.periodo.lower, periodo.periodo.upper) == (vendedor, None, None)


@pytest.mark.parametrize("tipo", ["clientes", "pedidos"])
def test_o_mesmo_arquivo_duas_vezes_nao_escreve_nada(tipo: str, importar: Any, clientes_a_e_b: None) -> None:
    pedidos = PEDIDOS + "1;A;10/10/2026;5,00;faturado\n2;B;11/10/2026;-6,00;devolvido\n"
    conteudo = UM_CLIENTE if tipo == "clientes" else pedidos
    importar(tipo, conteudo)
    tabelas = [
        "clientes_cliente",
        "clientes_pedido",
        "clientes_periododecarteira",
        "contas_usuario",
        "clientes_segmento",
    ]
    antes = {tabela: versoes(tabela) for tabela in tabelas}
    resultado = importar(tipo, conteudo)
    assert (resultado.novas, resultado.atualizadas) == (0, 0)
    assert resultado.inalteradas == resultado.aceitas > 0
    assert {tabela: versoes(tabela) for tabela in tabelas} == antes


def test_campo_mudado_no_carteira_fica_ate_o_erp_mudar(importar: Any) -> None:
    importar("clientes", UM_CLIENTE)
    Cliente.objects.update(razao_social="Alfa Comércio", telefone="+551132010900")
    importar("clientes", UM_CLIENTE.replace("a@alfa.com.br", "novo@alfa.com.br"))
    cliente = Cliente.objects.get()
    assert (cliente.razao_social, cliente.telefone, cliente.email) == (
        "Alfa Comércio",
        "+551132010900",
        "novo@alfa.com.br",
    )
    resultado = importar("clientes", UM_CLIENTE.replace("Alfa Ltda", "Alfa S.A."))
    assert Cliente.objects.get().razao_social == "Alfa S.A."
    assert (
        "conflito em razao_social: mudado no Carteira e no ERP em 1 cliente(s), ficou o do ERP (A)"
        in resultado.avisos
    )


def test_coluna_ausente_conserva_celula_vazia_apaga_e_vendedor_vazio_conserva(importar: Any) -> None:
    importar("clientes", UM_CLIENTE)
    importar("clientes", "codigo;razao_social;vendedor;email\nA;Alfa Ltda;;\n")
    cliente = Cliente.objects.get()
    assert (cliente.email, cliente.telefone, cliente.vendedor.nome) == ("", "+5511987654321", "Ana Souza")


def test_o_dia_da_troca_ja_e_do_novo_dono(importar: Any, ana: Usuario, carla: Usuario, norte: Equipe) -> None:
    importar("clientes", UM_CLIENTE)
    assert (Cliente.objects.get().vendedor, Cliente.objects.get().equipe.nome) == (ana, "Sul")
    importar("clientes", UM_CLIENTE.replace("Ana Souza", "CARLA DÍAS"), hoje=date(2026, 11, 22))
    assert (Cliente.objects.get().vendedor, Cliente.objects.get().equipe) == (carla, norte)
    periodos = [
        (p.vendedor, p.periodo.lower, p.periodo.upper) for p in PeriodoDeCarteira.objects.order_by("id")
    ]
    assert periodos == [(ana, None, date(2026, 11, 22)), (carla, date(2026, 11, 22), None)]
    importar("clientes", UM_CLIENTE, hoje=date(2026, 11, 22))
    periodos = [
        (p.vendedor, p.periodo.lower, p.periodo.upper) for p in PeriodoDeCarteira.objects.order_by("id")
    ]
    assert periodos == [(ana, None, date(2026, 11, 22)), (ana, date(2026, 11, 22), None)]


def test_a_troca_do_arquivo_e_um_lote_da_historia_que_se_desfaz(
    importar: Any, ana: Usuario, carla: Usuario, davi: Usuario
) -> None:
    importar("clientes", UM_CLIENTE)
    importar("clientes", UM_CLIENTE.replace("Ana Souza", "Carla Dias"), hoje=date(2026, 11, 22))
    importar("clientes", UM_CLIENTE.replace("Ana Souza", "Carla Dias"), hoje=date(2026, 11, 23))
    lote = Transferencia.objects.get()
    assert (lote.origem, lote.motivo, lote.em) == ("importacao", "importação", date(2026, 11, 22))
    assert lote.importacao.nome_do_arquivo
    desfazer(lote=lote, por=davi, hoje=date(2026, 11, 23))
    assert Cliente.objects.get().vendedor == ana
    assert [(p.vendedor, p.periodo.upper) for p in PeriodoDeCarteira.objects.all()] == [(ana, None)]
    importar("clientes", UM_CLIENTE.replace("Ana Souza", "Carla Dias"), hoje=date(2026, 11, 24))
    assert Cliente.objects.get().vendedor == ana, "o ERP não mudou de ideia"


def test_com_dono_do_carteira_o_erp_so_decide_os_novos(
    importar: Any, empresa: Empresa, ana: Usuario, carla: Usuario
) -> None:
    empresa.dono_da_carteira = "carteira"
    empresa.save()
    importar("clientes", UM_CLIENTE)
    resultado = importar("clientes", UM_CLIENTE.replace("Ana", "Carla").replace("Souza", "Dias"))
    assert Cliente.objects.get().vendedor == ana
    assert PeriodoDeCarteira.objects.count() == 1
    assert resultado.atualizadas == 1


def test_vendedor_e_achado_pelo_codigo_depois_pelo_nome(
    importar: Any, empresa: Empresa, ana: Usuario
) -> None:
    Vinculo.objects.filter(usuario=ana).update(codigo_erp="014")
    importar("clientes", "codigo;razao_social;vendedor\nA;Alfa;014\nB;Beta;ana  souza\nC;Gama;15\n")
    donos = dict(Cliente.objects.values_list("codigo", "vendedor__nome"))
    assert donos == {"A": "Ana Souza", "B": "Ana Souza", "C": "Vendedor 15"}
    assert Vinculo.objects.get(usuario__nome="Vendedor 15").codigo_erp == "15"


def test_homonimos_sao_recusados_porque_ninguem_sabe_quem_e(
    importar: Any, empresa: Empresa, ana: Usuario
) -> None:
    outra = Usuario.objects.create_user("ana2@exemplo.test", nome="Ana Souza")
    Vinculo.objects.create(usuario=outra, empresa=empresa)
    resultado = importar("clientes", UM_CLIENTE)
    assert "mais de uma pessoa com este nome" in resultado.rejeicoes[0].motivo


def test_vendedores_demais_sao_sinal_de_coluna_errada(importar: Any) -> None:
    corpo = "".join(f"{i};Cliente {i};Nome {i}\n" for i in range(2100))
    with pytest.raises(ArquivoRecusado, match="vendedores novos"):
        importar("clientes", "codigo;razao_social;vendedor\n" + corpo)
    assert not Cliente.objects.exists()


def test_documentos_repetidos_e_invalidos_ficam_com_aviso(importar: Any) -> None:
    resultado = importar(
        "clientes", "codigo;razao_social;cnpj\nA;Alfa;11222333000181\nB;Beta;11222333000181\nC;Gama;123\n"
    )
    assert resultado.novas == 3
    assert (
        "CPF/CNPJ em mais de um cliente: 1 documento(s), como **.222.333/****-**; todos foram mantidos"
        in resultado.avisos
    )
    assert Cliente.objects.get(codigo="C").documento_valido is False


def test_municipio_cortado_e_achado_e_uf_errada_e_recusada(importar: Any) -> None:
    corpo = "A;Alfa;SAO JOSE DO RIO P;SP\nB;Beta;Campinas/SP;\nC;Gama;Atlantida;SP\nD;Delta;Campinas;XX\nE;Eco;Blumenau;Santa Catarina\n"
    resultado = importar("clientes", "codigo;razao_social;cidade;estado\n" + corpo)
    lugares = {c.codigo: (c.cidade, c.uf, c.municipio_id) for c in Cliente.objects.all()}
    assert lugares == {
        "A": ("SAO JOSE DO RIO P", "SP", None),  # Rio Pardo ou Rio Preto: não se adivinha
        "B": ("Campinas", "SP", 3509502),
        "C": ("Atlantida", "SP", None),
        "E": ("Blumenau", "SC", 4202404),
    }
    assert [(r.linha, r.coluna) for r in resultado.rejeicoes] == [(5, "estado")]


def test_o_codigo_de_um_cliente_unido_a_outro_vale_pelo_outro(
    importar: Any, empresa: Empresa, clientes_a_e_b: None
) -> None:
    AliasDeCliente.objects.create(empresa=empresa, codigo="VELHO", cliente=Cliente.objects.get(codigo="A"))
    importar("pedidos", PEDIDOS + "1;VELHO;10/10/2026;5,00;faturado\n")
    assert Pedido.objects.get().cliente.codigo == "A"
    assert importar("clientes", "codigo;razao_social\nVELHO;Alfa antiga\n").inalteradas == 1
    assert set(Cliente.objects.values_list("codigo", flat=True)) == {"A", "B"}


def test_cada_situacao_e_guardada_com_o_seu_sinal_e_a_sua_conta(
    importar: Any, empresa: Empresa, clientes_a_e_b: None
) -> None:
    corpo = (
        "1;A;10/10/2026;100,00;faturado\n2;A;10/10/2026;0;aberto\n3;A;10/10/2026;30,00;devolvido\n"
        "4;A;10/10/2026;-40,00;devolvido\n5;A;10/10/2026;50,00;cancelado\n6;A;10/10/2026;60,00;orçamento\n"
    )
    empresa.situacoes_que_contam = ["faturado"]
    empresa.save()
    importar("pedidos", PEDIDOS + corpo)
    assert list(Pedido.objects.order_by("numero").values_list("valor", "situacao", "conta")) == [
        (Decimal("100.00"), "faturado", True),
        (Decimal("0.00"), "aberto", False),
        (Decimal("-30.00"), "devolvido", False),
        (Decimal("-40.00"), "devolvido", False),
        (Decimal("50.00"), "cancelado", False),
        (Decimal("60.00"), "orcamento", False),
    ]


def test_um_pedido_muda_de_valor_e_de_situacao_mas_nao_de_cliente(
    importar: Any, clientes_a_e_b: None
) -> None:
    importar("pedidos", PEDIDOS + "1;A;10/10/2026;5,00;aberto\n2;A;10/10/2026;7,00;aberto\n")
    resultado = importar("pedidos", PEDIDOS + "1;A;10/10/2026;6,00;cancelado\n2;B;10/10/2026;7,00;aberto\n")
    assert contas(resultado) == (0, 1, 0, 1)
    assert resultado.rejeicoes[0].motivo == "este pedido já existe e é de outro cliente: confira o número"
    pedido = Pedido.objects.get(numero="1")
    assert (pedido.valor, pedido.situacao, pedido.conta) == (Decimal("6.00"), "cancelado", False)


def test_a_mesma_linha_duas_vezes_so_avisa(importar: Any, clientes_a_e_b: None) -> None:
    linha = "1;A;10/10/2026;5,00;aberto\n"
    resultado = importar("pedidos", PEDIDOS + linha * 3)
    assert (contas(resultado), resultado.aceitas) == ((1, 0, 2, 0), 3)
    assert resultado.avisos == ("numero: linha idêntica à linha 2, contada uma vez (2 linhas: linha 3…)",)
    ruim = "9;ZZ;10/10/2026;5,00;aberto\n"
    assert importar("pedidos", PEDIDOS + ruim * 2).rejeitadas == 2


def test_o_documento_serve_de_chave_quando_e_de_um_so(importar: Any) -> None:
    importar(
        "clientes", "codigo;razao_social;cnpj\nA;Alfa;11222333000181\nB;Beta;2623407800\nC;Gama;02623407800\n"
    )
    cabecalho = "numero;CNPJ/CPF;Cliente;data;valor;situacao\n"
    corpo = "1;11.222.333/0001-81;Alfa;10/10/2026;5,00;aberto\n2;2623407800;Beta;10/10/2026;5,00;aberto\n3;99;Z;10/10/2026;5,00;aberto\n"
    resultado = importar("pedidos", cabecalho + corpo)
    assert Pedido.objects.get().cliente.codigo == "A"
    assert [(r.linha, r.coluna) for r in resultado.rejeicoes] == [(3, "CNPJ/CPF"), (4, "CNPJ/CPF")]
    assert "mais de um cliente" in resultado.rejeicoes[0].motivo


def test_pedido_de_outra_moeda_e_rejeitado(importar: Any, clientes_a_e_b: None) -> None:
    cabecalho = "numero;cliente_codigo;data;valor;situacao;moeda\n"
    resultado = importar(
        "pedidos",
        cabecalho
        + "1;A;10/10/2026;5,00;aberto;USD\n2;A;10/10/2026;5,00;aberto;BRL\n3;A;10/10/2026;5,00;aberto;\n",
    )
    assert (contas(resultado), resultado.rejeicoes[0].coluna) == ((2, 0, 0, 1), "moeda")


def test_o_vendedor_e_o_valor_sem_impostos_do_pedido(
    importar: Any, ana: Usuario, clientes_a_e_b: None
) -> None:
    cabecalho = "numero;cliente_codigo;data;valor;situacao;val_s_imp;vendedor\n"
    importar(
        "pedidos",
        cabecalho + "1;A;10/10/2026;5,00;aberto;4,50;Ana Souza\n2;A;10/10/2026;5,00;devolvido;4,50;\n",
    )
    assert list(Pedido.objects.order_by("numero").values_list("valor_sem_impostos", "vendedor__nome")) == [
        (Decimal("4.50"), "Ana Souza"),
        (Decimal("-4.50"), None),
    ]
    importar("pedidos", PEDIDOS + "1;A;10/10/2026;6,00;aberto\n")
    pedido = Pedido.objects.get(numero="1")
    assert (pedido.valor, pedido.valor_sem_impostos, pedido.vendedor) == (
        Decimal("6.00"),
        Decimal("4.50"),
        ana,
    )


def test_a_situacao_ensinada_uma_vez_e_lembrada(importar: Any, clientes_a_e_b: None) -> None:
    linha = "1;A;10/10/2026;5,00;LIB. P/ FAT\n"
    assert importar("pedidos", PEDIDOS + linha).rejeitadas == 1
    assert importar("pedidos", PEDIDOS + linha, situacoes={"lib. p/ fat": "faturado"}).novas == 1
    assert MapeamentoDeColunas.objects.get().situacoes == {"lib. p/ fat": "faturado"}
    assert importar("pedidos", PEDIDOS + linha.replace("1;", "2;", 1)).novas == 1


def test_arquivo_sem_situacao_entra_quando_se_diz_o_que_ela_e(importar: Any, clientes_a_e_b: None) -> None:
    importar("pedidos", "numero;cliente_codigo;data;valor\n1;A;10/10/2026;5,00\n", situacoes={"": "faturado"})
    assert Pedido.objects.get().situacao == "faturado"


def test_a_empresa_de_cada_linha_manda_e_a_errada_e_rejeitada(importar: Any, empresa: Empresa) -> None:
    filial = Empresa.objects.create(codigo="2", nome="Filial Sul")
    importar(
        "clientes",
        "empresa;codigo;razao_social\n01;A;Alfa\nFilial Sul;A;Alfa do Sul\n9;B;Beta\n",
        empresa=None,
    )
    assert set(Cliente.objects.values_list("empresa__codigo", "razao_social")) == {
        ("1", "Alfa"),
        ("2", "Alfa do Sul"),
    }
    cabecalho = "empresa;numero;cliente_codigo;data;valor;situacao\n"
    resultado = importar(
        "pedidos", cabecalho + "2;1;A;10/10/2026;5,00;aberto\n1;1;A;10/10/2026;6,00;aberto\n", empresa=filial
    )
    assert Pedido.objects.get().cliente.razao_social == "Alfa do Sul"
    assert resultado.rejeicoes[0].motivo == "empresa “1” não é a escolhida: importe a linha na dela"
    with pytest.raises(ArquivoRecusado, match="diga qual"):
        importar("pedidos", PEDIDOS + "1;A;10/10/2026;5,00;aberto\n", empresa=None)


def test_tudo_ou_nada_nao_grava_nem_vendedor_nem_registro(importar: Any, empresa: Empresa) -> None:
    resultado = importar("clientes", UM_CLIENTE + "A;Outra;;;;;;;\n", parcial=False)
    assert (contas(resultado), resultado.gravado) == ((0, 0, 0, 1), False)
    assert not (
        Cliente.objects.exists()
        or Usuario.objects.exists()
        or Segmento.objects.exists()
        or Importacao.objects.exists()
    )


def test_simular_diz_o_mesmo_que_gravar_e_nao_escreve(importar: Any, empresa: Empresa, arquivo: Any) -> None:
    from clientes.importacao.servico import Opcoes, simular

    caminho = arquivo(UM_CLIENTE + "B;;;;;;;;\n")
    simulado = simular(caminho, Opcoes("clientes", empresa), hoje=HOJE)
    assert contas(simulado) == (1, 0, 0, 1)
    assert not (Cliente.objects.exists() or Usuario.objects.exists() or Segmento.objects.exists())
    gravado = importar("clientes", caminho)
    assert (contas(gravado), gravado.avisos) == (contas(simulado), simulado.avisos)


def test_as_somas_sao_exatas_ao_centavo(importar: Any, clientes_a_e_b: None) -> None:
    corpo = "".join(f"{i};A;{i % 28 + 1:02d}/01/2026;0,10;faturado\n" for i in range(30))
    somas = importar("pedidos", PEDIDOS + corpo).somas
    assert (somas.linhas, somas.valor, somas.de, somas.ate) == (
        30,
        Decimal("3.00"),
        date(2026, 1, 1),
        date(2026, 1, 28),
    )


def test_o_mesmo_valor_escrito_de_dois_modos_e_a_mesma_linha(importar: Any, clientes_a_e_b: None) -> None:
    resultado = importar(
        "pedidos",
        "numero;cliente_codigo;data;valor;situacao\n1;A;10/10/2026;1.100;faturado\n1;A;10/10/2026;1100,00;faturado\n",
    )
    assert (resultado.novas, resultado.inalteradas, resultado.rejeitadas) == (1, 1, 0)
    assert "linha idêntica à linha 2" in resultado.avisos[-1]
