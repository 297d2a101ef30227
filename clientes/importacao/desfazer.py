"""Desfazer uma importação inteira: sai o que ela criou, volta o que ela mudou, fica o que alguém mudou depois.

Tudo se decide e se faz em conjunto, numa transação. `_volta` tem uma linha por fato que a importação tocou, e o
motivo de ficar dos que ficam.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django.db.backends.utils import CursorWrapper

from clientes.fusao_linhas import que_apontam_para
from clientes.importacao.anteriores import colunas_calculadas, colunas_gravaveis
from clientes.importacao.servico import travar_importacoes
from clientes.importacao.tipos import TIPOS
from clientes.lotes import voltar
from clientes.models import EstadoDaImportacao, Importacao, Transferencia
from contas.auditoria import registrar
from contas.models import Usuario

MUDOU_DEPOIS = "mudou depois desta importação"
NAO_EXISTE = "já não existe (foi apagado ou unido a outro)"
OCUPADO = "outro item ocupou o lugar, ou o pedido já não existe"
_ROTULOS = ("codigo", "numero", "nome", "produto_nome", "fonte")
_EXEMPLOS = 5
_CORRECOES = (
    ("clientes_correcaodescore", "clientes_scoredecredito"),
    ("clientes_correcaodescoredefornecedor", "clientes_scoredefornecedor"),
)


@dataclass(frozen=True, slots=True)
class Ficam:
    nomes: str  # singular,plural
    motivo: str
    quantas: int
    exemplos: list[str]


@dataclass(frozen=True, slots=True)
class Efeito:
    """O que some, o que volta ao que era e o que fica como está, por nome de coisa."""

    somem: list[tuple[str, int]]
    voltam: list[tuple[str, int]]
    ficam: list[Ficam]

    @property
    def muda(self) -> int:
        return sum(n for _, n in (*self.somem, *self.voltam))

    def resumo(self) -> dict[str, Any]:
        return {
            "somem": [list(par) for par in self.somem],
            "voltam": [list(par) for par in self.voltam],
            "ficam": [[f.nomes, f.motivo, f.quantas, f.exemplos] for f in self.ficam],
        }


def por_que_nao(importacao: Importacao, *, agora: datetime) -> str:
    """Por que esta não se desfaz; vazio se ainda dá."""
    if importacao.estado == EstadoDaImportacao.DESFEITA:
        return "Esta importação já foi desfeita."
    if importacao.estado not in {EstadoDaImportacao.APLICADA, EstadoDaImportacao.DESFAZENDO}:
        return "Só se desfaz o que entrou."
    if importacao.instante is None:
        return "Esta importação é de antes de o Carteira guardar como as linhas eram."
    dias = settings.IMPORTACAO_DESFAZ_ATE_DIAS
    if importacao.instante < agora - timedelta(days=dias):
        return f"Passaram mais de {dias} dias: o que havia antes já não está guardado."
    return ""


def prever(importacao: Importacao) -> Efeito:
    """O que aconteceria agora, sem escrever nada."""
    with transaction.atomic():
        efeito = _Volta(importacao).decidir(travar=False)
        transaction.set_rollback(True)
    return efeito


@transaction.atomic
def desfazer(importacao_id: int, *, por: Usuario | None, agora: datetime) -> Efeito | None:
    """Desfaz e deixa na auditoria; a que já foi desfeita (ou já não se desfaz) fica como está."""
    travar_importacoes(None)
    importacao = Importacao.objects.select_for_update().get(pk=importacao_id)
    if por_que_nao(importacao, agora=agora):
        return None
    volta = _Volta(importacao)
    efeito = volta.decidir(travar=True)
    volta.fazer()
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        importacao.desfeita_em = cursor.fetchone()[0]
    importacao.estado, importacao.desfeita_por, importacao.entrada = EstadoDaImportacao.DESFEITA, por, None
    importacao.resultado = {**(importacao.resultado or {}), "desfeita": efeito.resumo()}
    importacao.mensagem = ""
    importacao.save()
    registrar(
        "importacao.desfazer",
        por=por,
        objeto=f"{importacao.tipo}: {importacao.nome_do_arquivo}"[:120],
        depois={
            "somem": dict(efeito.somem),
            "voltam": dict(efeito.voltam),
            "ficam": sum(f.quantas for f in efeito.ficam),
        },
    )
    return efeito


class _Volta:
    """Uma importação a desfazer, e as tabelas que ela escreveu: da que as outras citam à que cita."""

    def __init__(self, importacao: Importacao) -> None:
        self.importacao = importacao
        modelos = {m._meta.db_table: m for m in apps.get_models()}
        self.modelos: list[type[models.Model]] = [modelos[t] for t in TIPOS[importacao.tipo].tabelas]
        self.valores = {"a": importacao.pk, "instante": importacao.instante}

    # ── Decidir ──────────────────────────────────────────────────────────────

    def decidir(self, *, travar: bool) -> Efeito:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS _volta")
            cursor.execute(
                "CREATE TEMP TABLE _volta (tabela text, id bigint, acao text, motivo text, rotulo text, antes jsonb) "
                "ON COMMIT DROP"
            )
            for modelo in self.modelos:
                if travar:
                    self._travar(cursor, modelo)
                self._juntar(cursor, modelo)
            cursor.execute("ANALYZE _volta")
            for modelo in reversed(self.modelos):
                for relacao, coluna in _citam(modelo, derivadas=False):
                    self._prender(cursor, modelo, relacao, coluna)
            return self._contar(cursor)

    def _travar(self, cursor: CursorWrapper, modelo: type[models.Model]) -> None:
        tabela = modelo._meta.db_table
        cursor.execute(
            f"""SELECT count(*) FROM (
                  SELECT t.id FROM {tabela} t WHERE t.importacao_id = %(a)s OR t.id IN (
                    SELECT objeto_id FROM clientes_versaodelinha WHERE importacao_id = %(a)s AND tabela = %(tabela)s)
                  ORDER BY t.id FOR UPDATE) travadas""",
            {**self.valores, "tabela": tabela},
        )

    def _juntar(self, cursor: CursorWrapper, modelo: type[models.Model]) -> None:
        tabela = modelo._meta.db_table
        campos = {f.column for f in modelo._meta.concrete_fields}
        rotulo = f"t.{next(c for c in _ROTULOS if c in campos)}"
        # A linha que outra importação mudou, e que voltou ao que era, tem a hora em que essa se desfez.
        mexida = (
            """(t.atualizado_em <> %(instante)s AND t.atualizado_em NOT IN (
                  SELECT desfeita_em FROM clientes_importacao WHERE id > %(a)s AND desfeita_em IS NOT NULL))"""
            if "atualizado_em" in campos
            else "false"
        )
        fora = [*colunas_calculadas(cursor, tabela), "atualizado_em", "versao"]
        valores = {
            **self.valores,
            "tabela": tabela,
            "mudou": MUDOU_DEPOIS,
            "nao": NAO_EXISTE,
            "fora": fora,
            "ocupado": OCUPADO,
        }
        cursor.execute(
            f"""INSERT INTO _volta
                SELECT %(tabela)s, t.id, 'some', CASE WHEN {mexida} THEN %(mudou)s END, {rotulo}, NULL::jsonb
                FROM {tabela} t
                WHERE t.importacao_id = %(a)s AND NOT EXISTS (
                  SELECT FROM clientes_versaodelinha v
                  WHERE v.importacao_id = %(a)s AND v.tabela = %(tabela)s AND v.objeto_id = t.id)""",
            valores,
        )
        cursor.execute(
            f"""INSERT INTO _volta
                SELECT DISTINCT ON (v.objeto_id) %(tabela)s, v.objeto_id,
                       CASE WHEN v.depois = '{{}}' THEN 'reaparece' ELSE 'volta' END,
                       CASE WHEN v.depois = '{{}}' THEN CASE WHEN t.id IS NOT NULL {self._lugar_ocupado(tabela)} THEN %(ocupado)s END
                            WHEN t.id IS NULL THEN %(nao)s
                            WHEN v.depois IS NULL AND (t.importacao_id IS DISTINCT FROM %(a)s OR {mexida}) THEN %(mudou)s
                            WHEN to_jsonb(t) - %(fora)s::text[] <> v.depois - %(fora)s::text[] THEN %(mudou)s END,
                       coalesce({rotulo}, v.antes->>'{rotulo[2:]}'), v.antes
                FROM clientes_versaodelinha v LEFT JOIN {tabela} t ON t.id = v.objeto_id
                WHERE v.importacao_id = %(a)s AND v.tabela = %(tabela)s ORDER BY v.objeto_id, v.id""",
            valores,
        )
        # O que ela criou e outra importação, ainda de pé, mudou depois.
        cursor.execute(
            f"""INSERT INTO _volta
                SELECT DISTINCT ON (v.objeto_id) %(tabela)s, v.objeto_id, 'some', %(mudou)s, v.antes->>'{rotulo[2:]}', NULL::jsonb
                FROM clientes_versaodelinha v
                WHERE v.tabela = %(tabela)s AND v.importacao_id > %(a)s AND (v.antes->>'importacao_id')::bigint = %(a)s
                  AND NOT EXISTS (SELECT FROM _volta x WHERE x.tabela = %(tabela)s AND x.id = v.objeto_id)
                ORDER BY v.objeto_id""",
            valores,
        )

    @staticmethod
    def _lugar_ocupado(tabela: str) -> str:
        if tabela != "clientes_itemdepedido":
            return ""
        return """OR EXISTS (SELECT FROM clientes_itemdepedido o WHERE o.pedido_id = (v.antes->>'pedido_id')::bigint
                               AND o.sequencia = (v.antes->>'sequencia')::int
                               AND o.importacao_id IS DISTINCT FROM %(a)s)
                  OR NOT EXISTS (SELECT FROM clientes_pedido p WHERE p.id = (v.antes->>'pedido_id')::bigint)"""

    def _prender(
        self, cursor: CursorWrapper, modelo: type[models.Model], outro: type[models.Model], coluna: str
    ) -> None:
        """O que já tem outra coisa ligada a si, e que não sai junto, fica."""
        sai_junto = (
            """AND NOT EXISTS (SELECT FROM _volta o
                               WHERE o.tabela = %(outra)s AND o.id = r.id AND o.acao = 'some' AND o.motivo IS NULL)"""
            if outro in self.modelos
            else ""
        )
        cursor.execute(
            f"""UPDATE _volta v SET motivo = %(motivo)s
                WHERE v.tabela = %(tabela)s AND v.acao = 'some' AND v.motivo IS NULL AND EXISTS (
                  SELECT FROM {outro._meta.db_table} r WHERE r.{coluna} = v.id {sai_junto})""",
            {
                "tabela": modelo._meta.db_table,
                "outra": outro._meta.db_table,
                "motivo": f"já tem {outro._meta.verbose_name_plural} de outra origem",
            },
        )

    def _contar(self, cursor: CursorWrapper) -> Efeito:
        nomes = {
            m._meta.db_table: f"{m._meta.verbose_name},{m._meta.verbose_name_plural}" for m in self.modelos
        }
        cursor.execute(
            f"""SELECT tabela, CASE WHEN motivo IS NOT NULL THEN 'fica' WHEN acao = 'some' THEN acao ELSE 'volta' END,
                       coalesce(motivo, ''), count(*), (array_agg(rotulo ORDER BY rotulo))[1:{_EXEMPLOS}]
                FROM _volta GROUP BY 1, 2, 3 ORDER BY 2, 4 DESC, 3"""
        )
        linhas = cursor.fetchall()
        return Efeito(
            [(nomes[t], n) for t, acao, _, n, _ in linhas if acao == "some"],
            [(nomes[t], n) for t, acao, _, n, _ in linhas if acao == "volta"],
            [
                Ficam(nomes[t], motivo, n, exemplos)
                for t, acao, motivo, n, exemplos in linhas
                if acao == "fica"
            ],
        )

    # ── Fazer ────────────────────────────────────────────────────────────────

    def fazer(self) -> None:
        with connection.cursor() as cursor:
            for modelo in reversed(self.modelos):
                self._tirar(cursor, modelo)
            self._devolver_donos(cursor)
            for modelo in self.modelos:
                self._repor(cursor, modelo)
            self._tirar_rastros(cursor)
            cursor.execute("DELETE FROM clientes_versaodelinha WHERE importacao_id = %(a)s", self.valores)

    @staticmethod
    def _tirar(cursor: CursorWrapper, modelo: type[models.Model]) -> None:
        quais = "SELECT id FROM _volta WHERE tabela = %s AND acao = 'some' AND motivo IS NULL"
        for derivada, coluna in _citam(modelo, derivadas=True):
            cursor.execute(
                f"DELETE FROM {derivada._meta.db_table} WHERE {coluna} IN ({quais})", [modelo._meta.db_table]
            )
        cursor.execute(f"DELETE FROM {modelo._meta.db_table} WHERE id IN ({quais})", [modelo._meta.db_table])

    def _devolver_donos(self, cursor: CursorWrapper) -> None:
        """A troca de dono que o arquivo trouxe é um lote: volta com os períodos e os compromissos."""
        for lote in Transferencia.objects.filter(importacao=self.importacao, desfeita_em=None):
            cursor.execute(
                """SELECT i.cliente_id FROM clientes_itemdetransferencia i
                   JOIN _volta v ON v.tabela = 'clientes_cliente' AND v.id = i.cliente_id AND v.motivo IS NULL
                   WHERE i.transferencia_id = %s AND i.desfeito_em IS NULL ORDER BY 1""",
                [lote.pk],
            )
            voltar(lote, [pk for (pk,) in cursor.fetchall()])

    @staticmethod
    def _repor(cursor: CursorWrapper, modelo: type[models.Model]) -> None:
        tabela = modelo._meta.db_table
        colunas = [c for c in colunas_gravaveis(cursor, tabela) if c != "id"]
        if "principal" in colunas:  # duas principais por um instante não podem ser
            cursor.execute(
                f"""UPDATE {tabela} t SET principal = false FROM _volta v
                    WHERE v.tabela = %s AND v.id = t.id AND v.acao = 'volta' AND v.motivo IS NULL AND t.principal""",
                [tabela],
            )
        novas = ", ".join(f"{c} = {'now()' if c == 'atualizado_em' else f'r.{c}'}" for c in colunas)
        cursor.execute(
            f"""UPDATE {tabela} t SET {novas} FROM _volta v
                CROSS JOIN LATERAL jsonb_populate_record(NULL::{tabela}, v.antes) r
                WHERE v.tabela = %s AND v.id = t.id AND v.acao = 'volta' AND v.motivo IS NULL""",
            [tabela],
        )
        lista = ", ".join(["id", *colunas])
        cursor.execute(
            f"""INSERT INTO {tabela} ({lista}) SELECT {", ".join(f"r.{c}" for c in ["id", *colunas])} FROM _volta v
                CROSS JOIN LATERAL jsonb_populate_record(NULL::{tabela}, v.antes) r
                WHERE v.tabela = %s AND v.acao = 'reaparece' AND v.motivo IS NULL""",
            [tabela],
        )

    def _tirar_rastros(self, cursor: CursorWrapper) -> None:
        """As prorrogações e as correções de score que ela anotou do que voltou."""
        cursor.execute(
            """DELETE FROM clientes_prorrogacaodetitulo p USING _volta v
               WHERE v.tabela = 'clientes_titulo' AND v.motivo IS NULL AND p.titulo_id = v.id AND p.importacao_id = %(a)s""",
            self.valores,
        )
        for correcoes, scores in _CORRECOES:
            cursor.execute(
                f"""DELETE FROM {correcoes} k USING _volta v
                    WHERE v.tabela = '{scores}' AND v.motivo IS NULL AND k.score_id = v.id AND k.em = %(instante)s""",
                self.valores,
            )


def _citam(modelo: type[models.Model], *, derivadas: bool) -> Iterator[tuple[Any, str]]:
    """(modelo, coluna) de quem aponta para este; as derivadas nascem dele sozinhas e saem com ele."""
    for relacao in que_apontam_para(modelo):
        if bool(getattr(relacao.modelo, "nasce_do_fato", False)) is derivadas:
            yield relacao.modelo, relacao.coluna
