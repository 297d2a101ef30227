"""O arquivo completo para um período: o que ele deixou de trazer foi cancelado na origem.

Nada se apaga: a linha guarda em que importação deixou de vir, e volta como antes quando o arquivo a traz de novo.
Só some o que veio por importação; o que nasceu no Carteira o ERP não conhece.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db.backends.utils import CursorWrapper

from clientes.importacao.anteriores import guardar
from clientes.importacao.recusa import ArquivoRecusado


@dataclass(frozen=True, slots=True)
class Periodo:
    """Onde moram os fatos, por que data se contam, o que é estar cancelado e quais ainda valem."""

    tabela: str
    nomes: str  # singular,plural
    data: str
    cancelar: str
    vale: str
    numero: str = "numero"  # a coluna do arquivo com o número do fato
    valor: str = "valor"


DE_PEDIDO = Periodo(
    "clientes_pedido",
    "pedido,pedidos",
    "data",
    "situacao = 'cancelado', conta = false, valor = abs(valor), valor_sem_impostos = abs(valor_sem_impostos)",
    "t.situacao <> 'cancelado'",
)
DE_VENDAS = Periodo(
    DE_PEDIDO.tabela, DE_PEDIDO.nomes, DE_PEDIDO.data, DE_PEDIDO.cancelar, DE_PEDIDO.vale, "pedido_numero"
)
DE_ORCAMENTO = Periodo(
    "clientes_orcamento", "orçamento,orçamentos", "data", "situacao = 'perdido'", "t.situacao <> 'perdido'"
)
DE_NOTA = Periodo(
    "clientes_notafiscal", "nota,notas", "emissao", "situacao = 'cancelada'", "t.situacao <> 'cancelada'"
)
DE_TITULO = Periodo("clientes_titulo", "título,títulos", "emissao", "saldo = 0", "t.saldo > 0", valor="saldo")


@dataclass(frozen=True, slots=True)
class Sumico:
    """Quantos deixaram de vir, quanto valem (com o sinal de cada um) e quantos havia no período."""

    quantas: int
    valor: Decimal
    no_periodo: int
    nomes: str

    @property
    def por_cento(self) -> Decimal:
        return Decimal(100 * self.quantas) / self.no_periodo if self.no_periodo else Decimal(0)

    @property
    def excessivo(self) -> bool:
        """Um arquivo cortado também parece completo: muito sumiço pede a palavra de uma pessoa."""
        return self.por_cento > settings.IMPORTACAO_SUMICO_MAXIMO


def achar_sumidos(cursor: CursorWrapper, periodo: Periodo, de: date, ate: date, rotulo: str) -> Sumico:
    """Enche `_desaparecidos` com o que o arquivo não trouxe; a linha rejeitada cujo número se lê conta como vinda."""
    cursor.execute(
        f"SELECT min(linha), count(*) FROM _carga WHERE {periodo.numero} IS NULL OR empresa_id IS NULL"
    )
    linha, ilegiveis = cursor.fetchone()
    if ilegiveis:
        raise ArquivoRecusado(
            f"O arquivo diz ser completo, mas há {ilegiveis} linha(s) sem {rotulo} que se leia, a primeira na linha "
            f"{linha}: corrija-a, ou importe sem dizer que é completo."
        )
    cursor.execute("SELECT DISTINCT empresa_id FROM _carga")
    empresas = [pk for (pk,) in cursor.fetchall()]
    cursor.execute("DROP TABLE IF EXISTS _desaparecidos")
    cursor.execute(
        f"""CREATE TEMP TABLE _desaparecidos ON COMMIT DROP AS
            SELECT t.id, t.{periodo.valor} AS valor,
                   NOT EXISTS (SELECT FROM _carga s
                               WHERE s.empresa_id = t.empresa_id AND s.{periodo.numero} = t.numero) AS sumiu
            FROM {periodo.tabela} t
            WHERE t.empresa_id = ANY(%s) AND t.{periodo.data} BETWEEN %s AND %s
              AND t.importacao_id IS NOT NULL AND {periodo.vale}""",
        [empresas, de, ate],
    )
    cursor.execute(
        "SELECT count(*) FILTER (WHERE sumiu), coalesce(sum(valor) FILTER (WHERE sumiu), 0), count(*) FROM _desaparecidos"
    )
    quantas, valor, no_periodo = cursor.fetchone()
    return Sumico(quantas, valor, no_periodo, periodo.nomes)


def marcar_sumidos(cursor: CursorWrapper, periodo: Periodo, importacao_id: int) -> None:
    sumidos = "SELECT id FROM _desaparecidos WHERE sumiu"
    guardar(cursor, periodo.tabela, importacao_id, sumidos)
    cursor.execute(
        f"""UPDATE {periodo.tabela} t SET {periodo.cancelar}, desapareceu_na_id = %s, importacao_id = %s,
                   atualizado_em = now()
            WHERE t.id IN ({sumidos})""",
        [importacao_id, importacao_id],
    )
