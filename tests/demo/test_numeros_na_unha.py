"""Cinco números do gestor refeitos dos fatos da demonstração, sem o código deles: tela, arquivo e lista concordam."""

import csv
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from django.db import connection

from atividade.giro import Janela, Toque
from atividade.models import Limiar
from clientes.models import Cliente
from contas.models import Empresa, Usuario
from relatorios.composicao import NA_CONTA
from tests import referencia
from tests.atividade.test_giro import na_unha as giro_na_unha
from tests.relatorios.resultados_sorteados import reativados_na_unha

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo")]
CLIENTES = 80
REF = date(2026, 11, 20)
NOVEMBRO, ANO = Janela(date(2026, 11, 1), REF), Janela(date(2025, 12, 1), REF)
MES, DOZE = "de=2026-11-01&ate=2026-11-20", "de=2025-12-01&ate=2026-11-20"
_VIVOS = "NOT c.fora_do_perfil AND c.encerrado_em IS NULL"


@pytest.fixture
def empresa() -> Empresa:
    empresa = Empresa.objects.get()
    assert empresa.referencia == REF
    return empresa


@pytest.fixture
def navegador(entrar: Any) -> Any:
    return entrar(Usuario.objects.get(email="admin@alianca.example"))


def consultar(sql: str, *valores: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, valores)
        return list(cursor.fetchall())


def em_csv(resposta: Any) -> list[dict[str, str]]:
    """As linhas pelo título da coluna; a última é o total."""
    texto = b"".join(resposta.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(texto.splitlines(), delimiter=";"))


def na_lista(navegador: Any, elo: str) -> int:
    return int(navegador.get(elo).context["contagens"].na_lista)


def reais(celula: str) -> Decimal:
    return Decimal(celula.replace(",", "."))


def test_composicao(navegador: Any, empresa: Empresa) -> None:
    """A situação e o valor de 12 meses de cada cliente, das compras e da regra dele."""
    compras: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
    for cliente, dia, valor in consultar(
        "SELECT cliente_id, data, valor FROM clientes_pedido WHERE situacao IN ('aberto', 'faturado') AND data <= %s",
        REF,
    ):
        compras[cliente].append((dia, valor))
    clientes, valores, limiares = (
        Counter[str](),
        defaultdict[str, Decimal](Decimal),
        list(Limiar.objects.all()),
    )
    for cliente in Cliente.objects.filter(encerrado_em=None, fora_do_perfil=False):
        dias = sorted({dia for dia, _ in compras[cliente.pk]})
        ultima = dias[-1] if dias else None
        _, regra = referencia.regra_do_cliente(cliente, REF, limiares)
        status = referencia.status_em(regra, ultima, REF, referencia.ciclo_em(dias, ultima))
        clientes[status] += 1
        valores[status] += sum(v for dia, v in compras[cliente.pk] if dia > REF - relativedelta(months=12))
    tela = navegador.get("/composicao/").context
    total = em_csv(navegador.get("/composicao/exportar/?formato=csv&agrupar=vendedor"))[-1]
    for status, coluna in zip(NA_CONTA, ("ativos", "quase inativos", "inativos"), strict=True):
        assert clientes[status] > 0
        fatia = tela["carteira"].fatia(status)
        assert (fatia.clientes, fatia.valor) == (clientes[status], valores[status]), status
        assert (int(total[coluna.capitalize()]), reais(total[f"R$ 12 meses {coluna}"])) == (
            clientes[status], valores[status],
        )  # fmt: skip
        assert na_lista(navegador, tela["elos"][status]) == clientes[status]


def test_saldo_do_mes(navegador: Any, empresa: Empresa) -> None:
    """Abertos pela primeira compra; recuperados e perdidos, pelos eventos, um a um."""
    [(abertos,)] = consultar(
        f"SELECT count(*) FROM (SELECT p.cliente_id, min(p.data) AS em FROM clientes_pedido p "
        f"JOIN clientes_cliente c ON c.id = p.cliente_id AND {_VIVOS} "
        "WHERE p.situacao IN ('aberto', 'faturado') GROUP BY 1) x WHERE em BETWEEN %s AND %s",
        ANO.de, ANO.ate,
    )  # fmt: skip
    eventos = consultar(
        "SELECT m.de, m.para, m.motivo FROM atividade_mudancastatus m JOIN clientes_cliente c ON c.id = m.cliente_id "
        f"WHERE m.em BETWEEN %s AND %s AND {_VIVOS}",
        ANO.de, ANO.ate,
    )  # fmt: skip
    recuperados = sum(de == "inativo" and motivo == "compra" for de, _, motivo in eventos)
    perdidos = sum(para == "inativo" and motivo == "tempo" for _, para, motivo in eventos)
    assert min(abertos, recuperados, perdidos) > 0
    total = navegador.get(f"/migracao/saldo/?{DOZE}").context["total"]
    esperado = {"abertos": abertos, "recuperados": recuperados, "perdidos": perdidos}
    assert total["saldo"].saldo == abertos + recuperados - perdidos
    for campo, quantos in esperado.items():
        contado, elo = total["contas"][campo]
        assert (contado, navegador.get(elo).context["pagina"].paginator.count) == (quantos, quantos), campo
    linha = em_csv(navegador.get(f"/migracao/saldo/?{DOZE}&formato=csv"))[-1]
    assert [int(celula) for celula in list(linha.values())[1:5]] == [*esperado.values(), total["saldo"].saldo]


def test_reativados_base_pedidos(navegador: Any, empresa: Empresa) -> None:
    clientes = Cliente.objects.prefetch_related(
        "pedidos", "contatos__ocorrencia", "periodos", "nas_listas__lista"
    )
    esperados = reativados_na_unha(list(clientes), ANO)
    assert esperados
    valor, pedidos = (
        sum(x["valor"] for x in esperados.values()),
        sum(x["pedidos"] for x in esperados.values()),
    )
    tela = navegador.get(f"/resultados/?{DOZE}").context
    soma = tela["total"]
    assert (soma.clientes, soma.pedidos, soma.valor) == (len(esperados), pedidos, valor)
    assert tela["pagina"].paginator.count == len(esperados)
    *linhas, total = em_csv(navegador.get(f"/relatorios/reativados/planilha/?{DOZE}"))
    assert len(linhas) == len(esperados)
    assert str(pedidos) in total.values()
    assert valor in [reais(celula) for celula in total.values() if "," in celula]


def test_positivacao(navegador: Any, empresa: Empresa) -> None:
    tela = navegador.get(f"/positivacao/?{MES}").context
    planilha = {
        linha["Quem"]: linha for linha in em_csv(navegador.get(f"/positivacao/exportar/?{MES}&formato=csv"))
    }
    assert (
        tela["total"].positivacao.tocados
        == sum(linha.positivacao.tocados for linha, *_ in tela["tabela"])
        > 0
    )
    for linha, elos, _ in sorted(tela["tabela"], key=lambda x: x[0].clientes)[-2:]:
        giro, _, _ = giro_na_unha(Usuario.objects.get(pk=linha.chave), empresa, NOVEMBRO)
        esperado = (giro.clientes, giro.tocados(Toque.CONTATO), giro.tocados(Toque.COMPRA), giro.intocados)
        levada = planilha[linha.rotulo]
        assert (linha.clientes, linha.giro.tocados, linha.positivacao.tocados, linha.intocados) == esperado
        assert tuple(
            int(levada[c]) for c in ("Clientes no primeiro dia", "Contatados", "Compraram", "Intocados")
        ) == esperado  # fmt: skip
        assert navegador.get(elos["intocados"]).context["pagina"].paginator.count == giro.intocados


def test_credito_e_carteira_comprometida(navegador: Any, empresa: Empresa) -> None:
    """Quem deve título vencido ou tem restrição aberta, sobre os que já compraram."""
    vencidos = consultar(
        "SELECT t.cliente_id, t.saldo FROM clientes_titulo t JOIN clientes_cliente c ON c.id = t.cliente_id "
        f"WHERE t.saldo > 0 AND t.vencimento < %s AND {_VIVOS}",
        REF,
    )
    restritos = consultar(
        "SELECT r.cliente_id FROM clientes_restricaodecredito r JOIN clientes_cliente c ON c.id = r.cliente_id "
        f"WHERE r.tipo NOT IN ('mudanca_societaria', 'evento') AND r.em <= %s "
        f"AND (r.baixada_em IS NULL OR r.baixada_em > %s) AND {_VIVOS}",
        REF, REF,
    )  # fmt: skip
    compradores = {
        cliente for (cliente,) in consultar(
            "SELECT DISTINCT p.cliente_id FROM clientes_pedido p JOIN clientes_cliente c ON c.id = p.cliente_id "
            f"WHERE p.situacao IN ('aberto', 'faturado') AND {_VIVOS}"
        )
    }  # fmt: skip
    devedores = {cliente for cliente, _ in vencidos}
    presos = (devedores | {cliente for (cliente,) in restritos}) & compradores
    assert presos
    tela = navegador.get("/credito/").context
    quadro, elos = tela["quadro"], tela["elos"]
    assert (quadro.por_titulos.clientes, quadro.por_titulos.valor) == (
        len(devedores),
        sum(s for _, s in vencidos),
    )
    assert (quadro.comprometida.clientes, quadro.comprometida.da_carteira) == (len(presos), len(compradores))
    assert (na_lista(navegador, elos["titulos"]), na_lista(navegador, elos["presos"])) == (
        len(devedores), len(presos),
    )  # fmt: skip
    *linhas, _ = em_csv(navegador.get("/relatorios/titulos-em-aberto/planilha/"))
    levados = [reais(linha["Saldo"]) for linha in linhas if int(linha["Atraso"].lstrip("'")) > 0]
    assert sorted(levados) == sorted(saldo for _, saldo in vencidos)
