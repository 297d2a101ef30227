"""O que mudou desde a última vez, sem perder nem repetir sob transações que correm juntas.

A hora não serve de marca: uma transação longa grava hoje com a hora em que começou e só aparece depois de alguém ter
lido além dela. Cada linha guarda a transação que a escreveu por último (`versao`), e uma janela de leitura só vai até
a mais antiga ainda em curso: tudo o que há abaixo já acabou e não muda mais; o que há acima fica inteiro para a
próxima janela, cuja marca é justamente esse limite.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core import signing
from django.db import connection
from django.db.models import CharField, QuerySet
from django.db.models.expressions import RawSQL

from clientes.lapides import Saida, lapides
from clientes.models import (
    Agendamento,
    Atendimento,
    Cliente,
    Contato,
    ItemDePedido,
    NotaFiscal,
    Orcamento,
    Pedido,
    PessoaDeContato,
    RestricaoDeCredito,
    ScoreDeCredito,
    Titulo,
)

MODELOS: dict[str, Any] = {
    "clientes": Cliente,
    "pedidos": Pedido,
    "itens": ItemDePedido,
    "orcamentos": Orcamento,
    "notas": NotaFiscal,
    "titulos": Titulo,
    "atendimentos": Atendimento,
    "pessoas": PessoaDeContato,
    "contatos": Contato,
    "agenda": Agendamento,
    "scores": ScoreDeCredito,
    "restricoes": RestricaoDeCredito,
}
INICIO = "inicio"
_SAL = "carteira.sincronia"


class MarcaInvalida(ValueError):
    """Não é uma marca deste recurso."""


class MarcaVencida(MarcaInvalida):
    """Era boa, mas o banco ou as empresas da pessoa já não são os mesmos: recomeça-se do início."""


@dataclass(frozen=True, slots=True)
class Marca:
    """Até onde se leu. `ate` e `topo` são os limites da janela aberta; nulos, a próxima leitura abre outra.

    Numa cópia restaurada noutro servidor as versões podem estar à frente do contador de transações: na carga
    inicial o que está de `topo` para cima também entra.
    """

    recurso: str
    banco: str  # o servidor que numerou as transações
    empresas: str
    linhas: tuple[int, int] = (0, 0)  # versão e id da última linha lida
    saidas: tuple[int, int] = (0, 0)  # e da última lápide
    ate: int | None = None
    topo: int | None = None
    inicial: bool = True

    def texto(self) -> str:
        partes = [
            self.recurso, self.banco, self.empresas, *self.linhas, *self.saidas, self.ate, self.topo, int(self.inicial),
        ]  # fmt: skip
        return signing.dumps(partes, salt=_SAL, compress=True)

    @classmethod
    def de(cls, texto: str) -> "Marca":
        try:
            recurso, banco, empresas, *numeros, inicial = signing.loads(texto, salt=_SAL)
            versao, pk, da_lapide, lapide, ate, topo = numeros
        except (signing.BadSignature, ValueError, TypeError) as erro:
            raise MarcaInvalida(
                "A marca não é uma que o Carteira deu: use a última recebida ou desde=inicio."
            ) from erro
        return cls(
            recurso, banco, empresas, (versao, pk), (da_lapide, lapide), ate, topo, inicial=bool(inicial)
        )


@dataclass(frozen=True, slots=True)
class Leva:
    """Um pedaço do que mudou; com `ha_mais`, a marca continua na mesma janela."""

    linhas: list[Any]
    lapides: list[Saida]
    marca: str
    ha_mais: bool
    # O que se confirmou depois desta hora vem quando a transação aberta acabar.
    espera_desde: datetime | None = None


def abrir_marca(texto: str, recurso: str, empresas: Iterable[int]) -> Marca:
    """A marca recebida, conferida com o banco e as empresas de agora; `inicio` começa do nada."""
    agora = Marca(recurso, _banco(), ",".join(map(str, sorted(empresas))))
    if texto == INICIO:
        return agora
    marca = Marca.de(texto)
    if marca.recurso != recurso:
        raise MarcaInvalida(f"A marca é de {marca.recurso}, não de {recurso}: cada recurso tem a sua.")
    if (marca.banco, marca.empresas) != (agora.banco, agora.empresas):
        raise MarcaVencida(
            "A marca já não serve: o banco foi restaurado ou as empresas que você vê mudaram. "
            "Recomece com desde=inicio."
        )
    return marca


def _banco() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT system_identifier::text FROM pg_control_system()")
        return str(cursor.fetchone()[0])


# A fotografia numera as transações do servidor inteiro; as de outro banco dele não escrevem aqui, e uma longa entre
# elas só atrasaria quem lê. De outro banco é só a que a atividade diz que é: a que já acabou, a preparada e a que não
# se sabe de quem é contam como nossas. A atividade se lê de novo a cada vez e depois da fotografia, que é do começo do
# comando: quem tinha número então já dizia em que banco estava. Numa réplica a fotografia não diz quais correm, e vale
# o limite dela.
_LIMITES = """
SELECT CASE WHEN pg_is_in_recovery() THEN pg_snapshot_xmin(s)::text::bigint
            ELSE least((SELECT min(x::text::bigint) FROM pg_snapshot_xip(s) x
                         WHERE NOT EXISTS (SELECT FROM pg_stat_activity a JOIN pg_database d ON d.oid = a.datid
                                            WHERE d.datname <> current_database()
                                              AND a.backend_xid::text::bigint = (x::text::bigint & 4294967295))),
                       pg_current_xact_id_if_assigned()::text::bigint, pg_snapshot_xmax(s)::text::bigint) END,
       pg_snapshot_xmax(s)::text::bigint
  FROM pg_current_snapshot() s
"""
_ESPERA = """
SELECT min(xact_start) FROM pg_stat_activity
 WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
"""


def limites() -> tuple[int, int]:
    """(a transação mais antiga deste banco ainda em curso, a primeira que ainda não começou)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(_LIMITES)
        ate, topo = cursor.fetchone()
        return ate, topo


def espera_desde() -> datetime | None:
    """Quando começou a mais antiga que ainda escreve: o que se confirmou depois só se lê quando ela acabar."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(_ESPERA)
        desde: datetime | None = cursor.fetchone()[0]
        return desde


def ler(marca: Marca, linhas: QuerySet[Any], empresas: list[int], limite: int) -> Leva:
    """O próximo pedaço; `linhas` já vem restrito ao que a pessoa vê."""
    if marca.ate is None:
        ate, topo = limites()
        marca = replace(marca, ate=ate, topo=topo)
    achadas = _linhas(marca, linhas, limite)
    saidas = [] if marca.inicial else _saidas(marca, empresas, limite)
    ha_mais = max(len(achadas), len(saidas)) > limite
    achadas, saidas = achadas[:limite], saidas[:limite]
    if ha_mais:
        seguinte = replace(
            marca,
            linhas=(int(achadas[-1].versao_), achadas[-1].pk) if achadas else marca.linhas,
            saidas=saidas[-1][:2] if saidas else marca.saidas,
        )
    else:
        fim = (marca.ate or 0, 0)
        seguinte = replace(marca, linhas=fim, saidas=fim, ate=None, topo=None, inicial=False)
    return Leva(achadas, saidas, seguinte.texto(), ha_mais, espera_desde())


def _linhas(marca: Marca, linhas: QuerySet[Any], limite: int) -> list[Any]:
    """O nome da tabela é do modelo; os valores vão por parâmetro."""
    tabela = linhas.model._meta.db_table
    versao = RawSQL(f"{tabela}.versao::text", (), output_field=CharField())  # noqa: S611  # nosec B611 # nome do modelo
    ate = f"{tabela}.versao < %s::text::xid8"
    valores = [str(marca.linhas[0]), marca.linhas[1], str(marca.ate)]
    if marca.inicial:
        ate = f"({ate} OR {tabela}.versao >= %s::text::xid8)"
        valores.append(str(marca.topo))
    achadas = linhas.annotate(versao_=versao).extra(  # noqa: S610  # nosec B610 # valores por parâmetro
        where=[f"({tabela}.versao, {tabela}.id) > (%s::text::xid8, %s)", ate], params=valores
    )
    ordem = (RawSQL(f"{tabela}.versao", (), output_field=CharField()), "pk")  # noqa: S611  # nosec B611 # nome do modelo
    return list(achadas.order_by(*ordem)[: limite + 1])


def _saidas(marca: Marca, empresas: list[int], limite: int) -> list[Saida]:
    return lapides(
        marca.recurso,
        MODELOS[marca.recurso]._meta.db_table,
        empresas,
        depois_de=marca.saidas,
        antes_de=marca.ate or 0,
        limite=limite + 1,
    )
