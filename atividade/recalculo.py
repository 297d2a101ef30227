"""O recálculo noturno: em conjuntos, no banco, sem uma consulta por cliente.

Cada passo é um arquivo de `sql/`, na ordem em que se lê: alvo → medidas → recuperados → calcular →
cortes → gravar → mudanças. Completo e incremental diferem só no alvo; o resultado é o mesmo.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import connection, transaction
from django.utils import timezone

from atividade import distribuicao, fragmentos
from atividade.cortes import cortar, guardar, quem_pode_mudar
from atividade.guarda import ReferenciaDaNoite, eh_regular, referencia_da_noite, ultimo_pedido
from atividade.medidas import medir
from atividade.models import EstadoDoRecalculo, ParametrosDaAtividade
from atividade.regras import REGRA_PADRAO
from atividade.travas import Trava, adquirir
from contas.models import Empresa

# Acima desta fração de sujos, refazer tudo sai mais barato que procurar um a um.
FRACAO_PARA_COMPLETO = 0.15
COMPLETO, INCREMENTAL = "completo", "incremental"
_REGRA_DE_FABRICA: dict[str, Any] = {
    "padrao_n": REGRA_PADRAO.periodo.n,
    "padrao_u": REGRA_PADRAO.periodo.unidade,
    "padrao_aviso_n": REGRA_PADRAO.antecedencia.n,
}

__all__ = ["ReferenciaDaNoite", "ResultadoRecalculo", "arrumar_pedidos", "recalcular", "referencia_da_noite"]


@dataclass(frozen=True, slots=True)
class ResultadoRecalculo:
    """O que a rodada fez, para a linha de `Execucao` e para quem a pediu."""

    referencia: date
    modo: str
    regular: bool
    contagens: dict[str, int]
    linhas_alteradas: int
    mudancas: int
    duracao_ms: int


@dataclass(slots=True)
class Rodada:
    """Uma rodada em curso: os parâmetros de todo o SQL e o cursor que o executa."""

    empresa: Empresa
    referencia: date
    hoje: date
    parametros: ParametrosDaAtividade
    estado: EstadoDoRecalculo
    cursor: Any
    valores: dict[str, Any] = field(default_factory=dict)
    # alguma regra em vigor segue o ciclo do cliente: só então o passado dele precisa ser lido
    por_ciclo: bool = False
    so_uma: bool = False  # regra, a de base: ninguém procura a sua
    # quantos havia em cada status antes de se gravar, quando a história diz quem mudou
    antes: dict[str, int] = field(default_factory=dict)
    valor_antes: Decimal = Decimal(0)  # o que somavam, numa rodada incremental

    def executar(self, sql: str) -> int:
        self.cursor.execute(sql, self.valores)
        return max(self.cursor.rowcount, 0)

    def passo(self, nome: str, **trocas: str) -> int:
        """Executa um arquivo de `sql/`, trocando os pedaços entre chaves."""
        sql = fragmentos.ler(nome)
        for chave, texto in trocas.items():
            sql = sql.replace("{" + chave + "}", texto)
        return self.executar(sql)

    def linha(self) -> dict[str, Any]:
        """A linha única da última consulta, por nome de coluna."""
        nomes = [coluna.name for coluna in self.cursor.description]
        return dict(zip(nomes, self.cursor.fetchone(), strict=True))


@transaction.atomic
def recalcular(
    *, empresa: Empresa, referencia: date, hoje: date, completo: bool = False, por_configuracao: bool = False
) -> ResultadoRecalculo:
    """Traz os indicadores da empresa para `referencia`, pelas regras em vigor em `hoje`.

    Data passada que não seja a da noite é só consulta: troca os números e avisa nas páginas,
    mas não escreve história, e a rodada seguinte volta ao normal refazendo tudo. `por_configuracao`
    diz que os pedidos mudaram de conta por escolha da empresa, e a história leva esse motivo.
    """
    inicio = time.monotonic()
    adquirir(Trava.RECALCULO, empresa.pk)
    empresa.refresh_from_db()
    regular = eh_regular(empresa, referencia, hoje)
    anterior = empresa.referencia_regular
    primeira = regular and (anterior is None or referencia < anterior)
    with connection.cursor() as cursor:
        rodada = abrir(empresa, referencia, hoje, cursor)
        rodada.valores["motivo_dos_fatos"] = "configuracao" if por_configuracao else "correcao"
        incremental = not completo and regular and not primeira and marcar_alvo(rodada)
        if not incremental:
            _preparar_completo(rodada)
        alteradas = _calcular_e_gravar(rodada, incremental=incremental, regular=regular, primeira=primeira)
        mudancas = contar_a_historia(rodada) if regular and not primeira else 0
        contagens = _contagens(rodada)
        _concluir(rodada, regular=regular)
    return ResultadoRecalculo(
        referencia=referencia,
        modo=INCREMENTAL if incremental else COMPLETO,
        regular=regular,
        contagens=contagens,
        linhas_alteradas=alteradas,
        mudancas=mudancas,
        duracao_ms=int((time.monotonic() - inicio) * 1000),
    )


def arrumar_pedidos() -> None:
    """VACUUM (ANALYZE) antes do completo: sem ele a varredura só de índice visita a tabela inteira."""
    if not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE) clientes_pedido")


# ── Abrir ────────────────────────────────────────────────────────────────────


def abrir(empresa: Empresa, referencia: date, hoje: date, cursor: Any) -> Rodada:
    """Põe a mesa: parâmetros, regras em vigor em `hoje` e tabelas temporárias. Pede uma transação."""
    parametros = ParametrosDaAtividade.objects.get_or_create(empresa=empresa)[0]
    estado = EstadoDoRecalculo.objects.get_or_create(empresa=empresa)[0]
    rodada = Rodada(empresa, referencia, hoje, parametros, estado, cursor)
    anterior = empresa.referencia_regular or referencia
    rodada.valores = {
        "empresa": empresa.pk,
        "hoje": hoje,
        "anterior": anterior,
        **_REGRA_DE_FABRICA,
        "dias_novidade": parametros.dias_novidade,
        "abc_a": parametros.abc_a,
        "abc_b": parametros.abc_b,
        "ciclo_da_empresa": estado.ciclo_da_empresa,
        "calculada_em": empresa.calculada_em,
        **_janelas(referencia, parametros),
        **{f"{nome}_anterior": dia for nome, dia in _janelas(anterior, parametros).items()},
    }
    _abrir_mesa(rodada)
    return rodada


def _janelas(referencia: date, parametros: ParametrosDaAtividade) -> dict[str, Any]:
    """O dia antes de cada janela (referencia − tamanho, referencia]."""
    return {
        "referencia": referencia,
        "h12": referencia - relativedelta(months=12),
        "janela": referencia - relativedelta(months=parametros.janela_valor_meses),
        "d90": referencia - timedelta(days=90),
        "d180": referencia - timedelta(days=180),
        "novidade": referencia - timedelta(days=parametros.dias_novidade),
    }


def _abrir_mesa(rodada: Rodada) -> None:
    """Tabelas temporárias; as de uma rodada anterior na mesma transação saem antes."""
    nomes = (
        "alvo", "medidas", "recuperados", "ciclos", "fora", "distribuicao", "empates", "historia", "regras",
    )  # fmt: skip
    rodada.executar("DROP TABLE IF EXISTS " + ", ".join(f"pg_temp.c_{nome}" for nome in nomes))
    # Linhas estreitas e em ordem: o arranjo em memória evita gravar a ordenação em disco.
    rodada.executar("SET LOCAL work_mem = '128MB'")
    rodada.executar("SET LOCAL jit = off")
    rodada.passo("preparar")
    rodada.passo("regras", intervalos=fragmentos.intervalos("n"))
    rodada.executar("ANALYZE c_regras")
    rodada.executar("SELECT min(menor_periodo), bool_or(ci IS NOT NULL), count(*) = 1 FROM c_regras")
    rodada.valores["menor_periodo"], rodada.por_ciclo, rodada.so_uma = rodada.cursor.fetchone()


# ── Alvo ─────────────────────────────────────────────────────────────────────


def _impressao_das_regras(rodada: Rodada) -> str:
    """Um resumo das regras em vigor: se não mudou, ninguém precisa ser conferido."""
    rodada.executar("SELECT string_agg(r::text, ';' ORDER BY n) FROM c_regras r")
    return _resumir(rodada.cursor.fetchone()[0])


def impressao_das_regras(empresa: Empresa, hoje: date) -> str:
    """A mesma, sem pôr a mesa nem escrever nada: é a de quem só lê."""
    consulta = fragmentos.ler("regras").partition(" AS\n")[2].rstrip().rstrip(";")
    consulta = consulta.replace("{intervalos}", fragmentos.intervalos("n"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT string_agg(r::text, ';' ORDER BY n) FROM ({consulta}) r",
            {"empresa": empresa.pk, "hoje": hoje, **_REGRA_DE_FABRICA},
        )
        return _resumir(cursor.fetchone()[0])


def _resumir(regras: str) -> str:
    return hashlib.md5(regras.encode(), usedforsecurity=False).hexdigest()


def impressao_dos_parametros(p: ParametrosDaAtividade) -> str:
    return f"{p.janela_valor_meses}/{p.dias_novidade}/{p.abc_a:.2f}/{p.abc_b:.2f}"


def marcar_alvo(rodada: Rodada) -> bool:
    """Junta quem pode ter mudado; falso quando compensa (ou é preciso) refazer todos."""
    if (
        rodada.empresa.consulta_passada
        or rodada.estado.mes != rodada.referencia.replace(day=1)
        or rodada.estado.parametros != impressao_dos_parametros(rodada.parametros)
    ):
        return False
    rodada.passo("alvo", janelas=fragmentos.janelas_que_andaram(rodada.valores))
    if rodada.estado.regras != _impressao_das_regras(rodada):
        rodada.passo("alvo_regras", **fragmentos.datas_gravadas(rodada.so_uma))
    rodada.executar("SELECT (SELECT count(*) FROM c_alvo)")
    alvo = rodada.cursor.fetchone()[0]
    rodada.executar(
        "SELECT status, count(*), sum(valor_12m) FROM atividade_indicadores WHERE empresa_id = %(empresa)s GROUP BY 1"
    )
    linhas = rodada.cursor.fetchall()
    rodada.antes = {status: n for status, n, _ in linhas}
    rodada.valor_antes = sum((valor for *_, valor in linhas), Decimal(0))
    return bool(alvo <= sum(rodada.antes.values()) * FRACAO_PARA_COMPLETO)


def _preparar_completo(rodada: Rodada) -> None:
    """Todos serão refeitos: a fila se esvazia, e quem nasceu sem gatilho ganha a sua linha."""
    rodada.executar(
        "WITH marcados AS (DELETE FROM atividade_sujo s USING clientes_cliente c "
        "WHERE c.id = s.cliente_id AND c.empresa_id = %(empresa)s RETURNING s.desde) "
        "UPDATE atividade_estadodorecalculo e SET retratos_desde = least(e.retratos_desde, m.desde) "
        "FROM (SELECT min(desde) AS desde FROM marcados) m "
        "WHERE e.empresa_id = %(empresa)s AND m.desde IS NOT NULL"
    )
    rodada.executar(
        "INSERT INTO atividade_indicadores (cliente_id, empresa_id, vendedor_id, equipe_id, segmento_id, uf) "
        "SELECT c.id, c.empresa_id, c.vendedor_id, c.equipe_id, c.segmento_id, c.uf FROM clientes_cliente c "
        "WHERE c.empresa_id = %(empresa)s "
        "AND NOT EXISTS (SELECT 1 FROM atividade_indicadores i WHERE i.cliente_id = c.id)"
    )


# ── Calcular e gravar ────────────────────────────────────────────────────────


def _calcular_e_gravar(rodada: Rodada, *, incremental: bool, regular: bool, primeira: bool) -> int:
    if incremental:
        return _gravar_incremental(rodada)
    medir(rodada)
    tomar_medianas(rodada, guardar=regular)
    cortar(rodada)
    colunas = _colunas(com_classes=True, com_historia=regular)
    rodada.executar(f"SET LOCAL enable_nestloop = {rodada.so_uma}")  # `fragmentos.regra_de` diz por quê
    conta_a_historia = regular and not primeira
    rodada.antes = _contar_por_status(rodada) if conta_a_historia else {}
    gravar = fragmentos.gravar_contando if conta_a_historia else fragmentos.gravar
    alteradas = rodada.executar(gravar(consulta_completa(rodada, colunas), colunas))
    rodada.executar("SET LOCAL enable_nestloop = on")
    return alteradas


def _gravar_incremental(rodada: Rodada) -> int:
    """Cada linha se grava uma vez só: a segunda, na mesma transação, confere de novo todas as chaves."""
    medir_alvo(rodada)
    cortar(rodada, incremental=True)
    # os outros primeiro: quando é preciso olhar todos, o alvo ainda não está gravado e fica de fora
    quem = quem_pode_mudar(rodada.estado.cortes, rodada.valores)
    outras = rodada.executar(fragmentos.reclassificar(quem, menos="c_alvo"))
    return outras + gravar_alvo(rodada)


def medir_alvo(rodada: Rodada) -> None:
    medir(rodada, incremental=True)
    _carregar_ciclos(rodada)


def gravar_alvo(rodada: Rodada, *, com_classes: bool = True) -> int:
    """A linha nova de quem pode ter mudado, já medido (e com os cortes, se leva classes); devolve quantas mudaram."""
    alvo = "c_alvo a JOIN atividade_indicadores x ON x.cliente_id = a.cliente_id"
    colunas = _colunas(com_classes=com_classes, com_historia=True)
    calcular = fragmentos.calcular_com_classes if com_classes else fragmentos.calcular
    consulta = calcular(alvo, colunas, so_devolucoes_de="c_alvo", so_uma=rodada.so_uma)
    return rodada.executar(fragmentos.gravar_contando(consulta, colunas))


def _colunas(*, com_classes: bool, com_historia: bool) -> dict[str, str]:
    """O que se grava, com a expressão de cada coluna; na rodada regular a linha já sai com a história escrita."""
    nomes = [*fragmentos.COLUNAS, "status", *(fragmentos.classes("b") if com_classes else ())]
    return {nome: f"n.{nome}" for nome in nomes} | (fragmentos.HISTORIA if com_historia else {})


def calcular_sem_gravar(rodada: Rodada) -> str:
    """Deixa tudo medido e cortado na referência da rodada e devolve a consulta das linhas novas."""
    medir(rodada)
    tomar_medianas(rodada, guardar=False)
    cortar(rodada)
    return consulta_completa(rodada)


def consulta_completa(rodada: Rodada, antes: Iterable[str] = ()) -> str:
    """A linha nova de todos os clientes da empresa, com classes; pede mesa, medidas e cortes prontos."""
    return fragmentos.calcular_com_classes("atividade_indicadores x", antes, so_uma=rodada.so_uma)


def tomar_medianas(rodada: Rodada, *, guardar: bool) -> None:
    """Medianas do mês: tomadas na primeira rodada dele e mantidas até o seguinte."""
    mes = rodada.referencia.replace(day=1)
    if guardar and rodada.estado.mes == mes:
        _carregar_ciclos(rodada)
        return
    estado = rodada.estado
    rodada.passo("medianas")
    linhas = rodada.cursor.fetchall()
    estado.ciclos_por_segmento = {
        str(s): str(c) for s, geral, c, _ in linhas if s and not geral and c is not None
    }
    estado.ciclo_da_empresa, estado.m0 = next(((c, m0) for _, geral, c, m0 in linhas if geral), (None, None))
    estado.mes = mes
    _carregar_ciclos(rodada)


def _carregar_ciclos(rodada: Rodada) -> None:
    estado = rodada.estado
    rodada.valores["ciclo_da_empresa"] = estado.ciclo_da_empresa
    pares = [(int(segmento), ciclo) for segmento, ciclo in estado.ciclos_por_segmento.items()]
    if pares:
        rodada.cursor.executemany("INSERT INTO c_ciclos VALUES (%s, %s)", pares)
    rodada.executar("ANALYZE c_ciclos")


# ── História e conclusão ─────────────────────────────────────────────────────


def contar_a_historia(rodada: Rodada) -> int:
    """Escreve as mudanças de status desde a rodada regular anterior; as linhas já têm a história desta."""
    rodada.executar("ANALYZE c_historia (cliente_id)")  # basta saber quantos são
    return rodada.passo("mudancas", **fragmentos.da_historia(rodada.por_ciclo, rodada.so_uma))


def _contar_por_status(rodada: Rodada) -> dict[str, int]:
    rodada.executar(
        "SELECT status, count(*) FROM atividade_indicadores WHERE empresa_id = %(empresa)s GROUP BY 1"
    )
    return dict(rodada.cursor.fetchall())


def _contagens(rodada: Rodada) -> dict[str, int]:
    """Os de antes e os que a rodada moveu: contar outra vez releria o que ela acaba de escrever."""
    if not rodada.antes:
        return _contar_por_status(rodada)
    rodada.executar(
        "SELECT u.status, sum(u.n)::int FROM c_historia c, LATERAL (VALUES (c.antes, -1), (c.status, 1)) u (status, n) "
        "WHERE c.antes <> c.status GROUP BY 1"
    )
    return dict(Counter(rodada.antes) + Counter(dict(rodada.cursor.fetchall())))  # sem os zeros


def _concluir(rodada: Rodada, *, regular: bool) -> None:
    empresa, estado = rodada.empresa, rodada.estado
    empresa.referencia, empresa.calculada_em = rodada.referencia, timezone.now()
    empresa.consulta_passada = not regular
    empresa.pedidos_ate = ultimo_pedido(empresa, rodada.hoje)
    if regular:
        empresa.referencia_regular = rodada.referencia
        estado.regras, estado.parametros = (
            _impressao_das_regras(rodada),
            impressao_dos_parametros(rodada.parametros),
        )
        estado.cortes = guardar(rodada.valores)
        distribuicao.guardar(rodada)
        # retratos_desde fica de fora: é escrito no banco, ao esvaziar a fila
        campos = "regras parametros mes ciclo_da_empresa ciclos_por_segmento m0 cortes"
        estado.save(update_fields=campos.split())
    campos = "referencia referencia_regular consulta_passada calculada_em pedidos_ate"
    empresa.save(update_fields=campos.split())
