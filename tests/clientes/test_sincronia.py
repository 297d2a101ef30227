"""O que mudou desde a última vez: nada se perde, nada se repete, e o que saiu deixa lápide."""

from datetime import date
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from clientes.fusao import separar, unir
from clientes.lapides import anotar_anonimizados
from clientes.models import Cliente, Lapide, Pedido
from clientes.sincronia import INICIO, MODELOS, Leva, MarcaInvalida, MarcaVencida, abrir_marca, ler
from contas.models import Empresa, Usuario
from tests.conftest import criar_cliente, novo_pedido


def desde(marca: str, empresa: Empresa, recurso: str = "clientes", limite: int = 100) -> Leva:
    modelo: Any = MODELOS[recurso]
    aberta = abrir_marca(marca, recurso, [empresa.pk])
    return ler(aberta, modelo.objects.filter(empresa=empresa), [empresa.pk], limite)


def codigos(leva: Leva) -> list[str]:
    return [c.codigo for c in leva.linhas]


def por_versao(tabela: str, versao: str, quais: str = "true") -> None:
    with connection.cursor() as cursor:  # sem o gatilho, que poria a transação do teste
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"UPDATE {tabela} SET versao = %s::text::xid8 WHERE {quais}", [versao])
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.fixture
def sem_transacao(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transação do teste não acaba nunca: aqui conta como acabada a cada leitura, e ganha número novo."""
    passo = [10**15]

    def limites() -> tuple[int, int]:
        passo[0] += 10
        for tabela in ("clientes_cliente", "clientes_pedido", "clientes_lapide"):
            por_versao(tabela, str(passo[0] - 1), f"versao < '{10**15}'::text::xid8")
        return passo[0], passo[0]

    monkeypatch.setattr("clientes.sincronia.limites", limites)


@pytest.mark.usefixtures("sem_transacao")
def test_do_inicio_ao_que_mudou(empresa: Empresa) -> None:
    for codigo in ("A", "B", "C"):
        criar_cliente(codigo, empresa)
    primeira = desde(INICIO, empresa, limite=2)
    assert (codigos(primeira), primeira.ha_mais) == (["A", "B"], True)
    criar_cliente("D", empresa)  # chega entre duas páginas: é da próxima janela
    segunda = desde(primeira.marca, empresa, limite=2)
    assert (codigos(segunda), segunda.ha_mais) == (["C"], False)
    terceira = desde(segunda.marca, empresa)
    assert codigos(terceira) == ["D"]
    assert codigos(desde(terceira.marca, empresa)) == []
    Cliente.objects.filter(codigo="B").update(perfil="Ouro")
    assert codigos(desde(terceira.marca, empresa)) == ["B"]


@pytest.mark.usefixtures("sem_transacao")
def test_o_apagado_deixa_lapide_uma_vez(empresa: Empresa) -> None:
    cliente = criar_cliente("A", empresa, compras=[(date(2026, 10, 1), "10.00")])
    marca = desde(INICIO, empresa, "pedidos").marca
    pk = cliente.pedidos.get().pk
    Pedido.objects.filter(pk=pk).delete()
    leva = desde(marca, empresa, "pedidos")
    assert [(s.objeto, s.chave, s.motivo) for s in leva.lapides] == [(pk, "A-1", "apagado")]
    assert desde(leva.marca, empresa, "pedidos").lapides == []
    assert desde(INICIO, empresa, "pedidos").lapides == []  # quem começa não tem o que tirar


@pytest.mark.usefixtures("sem_transacao")
def test_unido_diz_a_quem_e_separado_volta_como_linha(empresa: Empresa, davi: Usuario) -> None:
    fica, sai = criar_cliente("A", empresa), criar_cliente("B", empresa)
    novo_pedido(sai, "7", date(2026, 10, 1), "10.00")
    marca, dos_pedidos = desde(INICIO, empresa).marca, desde(INICIO, empresa, "pedidos").marca
    fusao = unir(ficou=fica, absorvido=sai, escolhas={}, motivo="o mesmo", por=davi)
    leva = desde(marca, empresa)
    assert [(s.objeto, s.chave, s.motivo, s.unido_a) for s in leva.lapides] == [
        (sai.pk, "B", "unido", fica.pk)
    ]
    assert [p.cliente_id for p in desde(dos_pedidos, empresa, "pedidos").linhas] == [fica.pk]
    separar(fusao=fusao, por=davi)
    volta = desde(leva.marca, empresa)
    assert "B" in codigos(volta)
    assert volta.lapides == []
    assert desde(marca, empresa).lapides == []  # quem dormiu a união inteira não tira quem voltou


@pytest.mark.usefixtures("sem_transacao")
def test_anonimizado_manda_apagar_a_copia(empresa: Empresa) -> None:
    cliente = criar_cliente("A", empresa)
    marca = desde(INICIO, empresa).marca
    anotar_anonimizados([cliente])
    assert [(s.objeto, s.motivo) for s in desde(marca, empresa).lapides] == [(cliente.pk, "anonimizado")]


def test_marca_de_outro_recurso_de_outras_empresas_ou_inventada(empresa: Empresa) -> None:
    marca = desde(INICIO, empresa).marca
    with pytest.raises(MarcaInvalida, match="A marca é de clientes, não de pedidos"):
        abrir_marca(marca, "pedidos", [empresa.pk])
    with pytest.raises(MarcaVencida, match="Recomece com desde=inicio"):
        abrir_marca(marca, "clientes", [empresa.pk, empresa.pk + 1])
    for ruim in ("x", marca[:-1], marca + "a"):
        with pytest.raises(MarcaInvalida):
            abrir_marca(ruim, "clientes", [empresa.pk])


def test_banco_restaurado_pede_recomeco(empresa: Empresa, monkeypatch: pytest.MonkeyPatch) -> None:
    marca = desde(INICIO, empresa).marca
    monkeypatch.setattr("clientes.sincronia._banco", lambda: "outro")
    with pytest.raises(MarcaVencida):
        abrir_marca(marca, "clientes", [empresa.pk])


def test_versoes_a_frente_do_contador_entram_na_carga_inicial(empresa: Empresa) -> None:
    """Uma cópia restaurada noutro servidor traz versões que ele ainda não alcançou."""
    criar_cliente("A", empresa)
    por_versao("clientes_cliente", "9000000000000")
    assert codigos(desde(INICIO, empresa)) == ["A"]


def test_cada_delete_de_conjunto_e_um_comando_so(empresa: Empresa) -> None:
    cliente = criar_cliente("A", empresa)
    for n in range(3):
        novo_pedido(cliente, str(n), date(2026, 10, 1), "1.00")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM clientes_pedido")
    assert Lapide.objects.filter(recurso="pedidos").count() == 3


@pytest.mark.django_db(transaction=True)
def test_duas_transacoes_entrelacadas_nao_perdem_nem_repetem(empresa: Empresa) -> None:
    """A longa começa antes e confirma depois da leitura: pela hora, ficaria para trás da marca para sempre.

    Uma mais longa ainda, em outro banco do servidor, não segura ninguém.
    """
    criar_cliente("LONGA", empresa)
    outra = connection.copy()
    ligacao = connection.get_connection_params()
    ligacao = {k: v for k, v in ligacao.items() if k in {"host", "port", "user", "password"}}
    de_fora = psycopg.connect(**ligacao, dbname="postgres")
    try:
        de_fora.execute("SELECT pg_current_xact_id()")
        inicial = desde(INICIO, empresa)
        assert (codigos(inicial), inicial.espera_desde) == (["LONGA"], None)
        marca = inicial.marca
        outra.set_autocommit(False)
        with outra.cursor() as longa:
            longa.execute("SELECT pg_current_xact_id()")  # já tem número, e ainda não escreveu nada
            with transaction.atomic():
                criar_cliente("CURTA", empresa)
            primeira = desde(marca, empresa)
            # a curta já confirmou, mas é mais nova que a longa ainda em curso: espera por ela
            assert codigos(primeira) == []
            assert primeira.espera_desde is not None
            longa.execute("UPDATE clientes_cliente SET perfil = 'Ouro' WHERE codigo = 'LONGA'")
            longa.execute("SET CONSTRAINTS ALL IMMEDIATE")
            assert codigos(desde(primeira.marca, empresa)) == []
        outra.commit()
        segunda = desde(primeira.marca, empresa)
        assert sorted(codigos(segunda)) == ["CURTA", "LONGA"]
        assert codigos(desde(segunda.marca, empresa)) == []
        assert segunda.espera_desde is None
    finally:
        de_fora.close()
        outra.close()
