"""Pessoas de contato: achadas pelo cliente e pelo nome sem acento nem caixa, sob a regra "ERP ou Carteira"."""

from typing import NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from clientes.importacao.anteriores import MUDADAS, anotar_depois, guardar
from clientes.importacao.campos import (
    Coluna,
    Limites,
    coluna_da_empresa,
    coluna_de_texto,
    coluna_simples,
    leitor_de_palavra,
    ler_canais,
    ler_email,
    ler_sim_nao,
    ler_telefone,
    por_campo,
)
from clientes.importacao.cliente_do_fato import (
    CLIENTE,
    ligar_documentos,
    recusar_desconhecidos,
    recusar_sem_dono,
    sql_do_dono,
)
from clientes.importacao.conjunto import repetidas_seguem_a_primeira, separar_repetidas
from clientes.importacao.erp import avisar_conflitos, mudou_no_erp, texto_do_erp
from clientes.importacao.fato import SO_ACEITAS, inserir_prontos
from clientes.importacao.nomes import CLIENTE_CODIGO, CLIENTE_DOCUMENTO, EMPRESA, campo
from clientes.importacao.situacoes import DE_PESSOA
from clientes.importacao.staging import Carga
from clientes.importacao.tipo import Conferencia, Gravacao, Tipo

TABELA = "clientes_pessoadecontato"
CAMPOS = (
    CLIENTE_CODIGO,
    CLIENTE_DOCUMENTO,
    campo("nome", "Nome", "nome da pessoa, nome do contato, contato, nome contato, pessoa, pessoa de contato, u5 contat",
          obrigatorio=True, exemplo="Patrícia Amorim"),
    campo("papel", "Papel", "papel na compra, funcao na compra, tipo, tipo de contato, tipo do contato", exemplo="comprador"),
    campo("cargo", "Cargo", "funcao, cargo do contato, departamento, setor", exemplo="Gerente de compras"),
    campo("telefone", "Telefone", "fone, tel, celular, telefone do contato, fone contato, telefone 1, whatsapp, u5 fone",
          exemplo="(47) 99555-0123"),
    campo("email", "E-mail", "e mail, mail, email do contato, email contato, u5 email", exemplo="patricia@exemplo.com.br"),
    campo("observacao", "Observação", "obs, observacoes, comentario", exemplo="Prefere ligação de manhã"),
    campo("principal", "Principal", "contato principal, e principal, padrao", exemplo="sim"),
    campo("nao_contatar", "Não contatar por", "nao contatar por, opt out"),
    EMPRESA,
)  # fmt: skip


class _Valor(NamedTuple):
    """Uma coluna que o ERP governa: o valor do arquivo e o que vale o mesmo que nada ter dito."""

    lido: str
    ausente: str = ""


_VALORES = {
    "nome": _Valor("s.nome"),
    "papel": _Valor("coalesce(s.papel, 'outro')", "outro"),
    "cargo": _Valor("coalesce(s.cargo, '')"),
    "telefone": _Valor("coalesce(s.telefone, '')"),
    "email": _Valor("coalesce(s.email, '')"),
    "observacao": _Valor("coalesce(s.observacao, '')"),
    "principal": _Valor("coalesce(s.principal, false)", "false"),
    "nao_contatar": _Valor("coalesce(s.nao_contatar, '{}')::varchar[]", "{}"),
}


def _padrao(coluna: str) -> str:
    return f"'{_VALORES[coluna].ausente}'" + {"principal": "::boolean", "nao_contatar": "::varchar[]"}.get(
        coluna, "::text"
    )


def colunas(limites: Limites) -> dict[str, Coluna]:
    return por_campo(
        *CLIENTE.colunas(),
        coluna_de_texto("nome", 120, obrigatorio=True, rotulo="nome"),
        coluna_simples("papel", "text", leitor_de_palavra(DE_PESSOA, limites, padrao="outro")),
        coluna_de_texto("cargo", 80),
        coluna_simples("telefone", "text", ler_telefone),
        coluna_simples("email", "text", ler_email),
        coluna_de_texto("observacao", 300),
        coluna_simples("principal", "boolean", ler_sim_nao),
        coluna_simples("nao_contatar", "text", ler_canais),
        coluna_da_empresa(limites),
    )


def conferir(carga: Carga, _: Conferencia) -> dict[str, str]:
    """Julga o conjunto, deixa em `_pronto` uma linha por pessoa aceita e diz que colunas o arquivo governa."""
    presentes = [c for c in _VALORES if carga.tem(c)]
    recusar_sem_dono(carga)
    ligar_documentos(carga)
    with connection.cursor() as cursor:
        _ligar(cursor, carga)
    separar_repetidas(carga, "chave", "pessoa repetida no cliente", {}, campo="nome")
    with connection.cursor() as cursor:
        if "principal" in presentes:
            _recusar_outra_principal(cursor, carga)
        _preparar(cursor, presentes)
        _avisar(cursor, carga, presentes)
    repetidas_seguem_a_primeira()
    return {c: c for c in presentes}


def _ligar(cursor: CursorWrapper, carga: Carga) -> None:
    """A quem cada linha pertence, e a chave dela; uma pessoa renomeada aqui segue sendo a que o ERP conhece."""
    cliente, juncoes = sql_do_dono(carga)
    cursor.execute(
        f"""CREATE TEMP TABLE _ligadas ON COMMIT DROP AS
            SELECT s.linha, {cliente} AS cliente_id, sem_acento(s.nome) AS nome_chave FROM _carga s {juncoes}"""
    )
    recusar_desconhecidos(cursor, carga, "_ligadas")
    cursor.execute("CREATE INDEX ON _ligadas (cliente_id, nome_chave)")
    cursor.execute("ANALYZE _ligadas")
    cursor.execute("ALTER TABLE _carga ADD COLUMN chave text")
    cursor.execute(
        "UPDATE _carga s SET chave = l.cliente_id || ' ' || l.nome_chave FROM _ligadas l WHERE l.linha = s.linha"
    )


def _recusar_outra_principal(cursor: CursorWrapper, carga: Carga) -> None:
    cursor.execute(
        f"""INSERT INTO _erros
            SELECT linha, %s, nome, format('o cliente já tem uma pessoa principal na linha %%s: deixe uma só', primeira)
            FROM (SELECT s.linha, s.nome, min(s.linha) OVER (PARTITION BY l.cliente_id) AS primeira
                  FROM _carga s JOIN _ligadas l USING (linha) WHERE s.principal AND {SO_ACEITAS}) principais
            WHERE linha > primeira""",
        [carga.rotulos["principal"]],
    )


def _preparar(cursor: CursorWrapper, presentes: list[str]) -> None:
    texto = {c: texto_do_erp(_VALORES[c].lido, _VALORES[c].ausente) for c in presentes}
    novos = ", ".join(f"{_VALORES[c].lido if c in presentes else _padrao(c)} AS {c}" for c in _VALORES)
    mudou = {c: mudou_no_erp("t", c, texto[c]) for c in presentes}
    cursor.execute(
        f"""CREATE TEMP TABLE _pronto ON COMMIT DROP AS
        SELECT s.linha, l.cliente_id, t.id AS fato_id, coalesce(t.ativa, true) AS ativa, {novos},
               jsonb_build_object({", ".join(f"'{c}', {texto[c]}" for c in presentes)}) AS erp,
               {", ".join(f"{sql} AS mudou_{c}" for c, sql in mudou.items())},
               t.id IS NOT NULL AND NOT ({" OR ".join(mudou.values())}) AS igual
        FROM _carga s
        JOIN _ligadas l USING (linha)
        LEFT JOIN LATERAL (
          SELECT p.* FROM {TABELA} p
          WHERE p.cliente_id = l.cliente_id
            AND (p.nome_chave = l.nome_chave
                 OR sem_acento(p.erp->>'nome') = l.nome_chave AND NOT EXISTS (
                   SELECT FROM _ligadas o WHERE o.cliente_id = p.cliente_id AND o.nome_chave = p.nome_chave))
          ORDER BY p.nome_chave = l.nome_chave DESC, p.id LIMIT 1) t ON true
        WHERE {SO_ACEITAS}"""
    )
    cursor.execute("ANALYZE _pronto")


# Uma pessoa inativada aqui não volta a ser a principal pela mão do ERP.
_PRINCIPAIS = """FROM (SELECT cliente_id, fato_id FROM _pronto
                       WHERE principal AND ativa AND (fato_id IS NULL OR mudou_principal)) n
                 WHERE p.cliente_id = n.cliente_id AND p.principal AND p.ativa AND p.id IS DISTINCT FROM n.fato_id"""


def _avisar(cursor: CursorWrapper, carga: Carga, presentes: list[str]) -> None:
    """O que mudou dos dois lados, e quem deixa de ser a pessoa principal."""
    ausentes = {c: _VALORES[c].ausente for c in presentes}
    avisar_conflitos(cursor, carga, TABELA, ausentes, de_quem="pessoa(s)", exemplo="nome")
    if "principal" not in presentes:
        return
    cursor.execute(f"SELECT count(*) FROM {TABELA} p JOIN LATERAL (SELECT 1 {_PRINCIPAIS}) x ON true")
    trocas = cursor.fetchone()[0]
    if trocas:
        carga.avisos.dizer(f"a pessoa principal passa a ser a do arquivo em {trocas} cliente(s)")


def gravar(gravacao: Gravacao) -> None:
    """Quem deixa de ser principal sai antes de quem entra: são duas por um instante, e só pode haver uma."""
    colunas_do_arquivo = gravacao.colunas
    atribuicoes = [
        f"{c} = CASE WHEN n.mudou_{c} THEN n.{c}{' AND t.ativa' if c == 'principal' else ''} ELSE t.{c} END"
        for c in colunas_do_arquivo
    ]
    with connection.cursor() as cursor:
        if "principal" in colunas_do_arquivo:
            deixam = f"SELECT p.id FROM {TABELA} p JOIN LATERAL (SELECT 1 {_PRINCIPAIS}) x ON true"
            so_elas = f"{deixam} EXCEPT {MUDADAS.format(existente='fato_id')}"
            guardar(cursor, TABELA, gravacao.importacao_id, so_elas)
        guardar(cursor, TABELA, gravacao.importacao_id, MUDADAS.format(existente="fato_id"))
        if "principal" in colunas_do_arquivo:
            cursor.execute(f"UPDATE {TABELA} p SET principal = false, atualizado_em = now() {_PRINCIPAIS}")
        cursor.execute(
            f"""UPDATE {TABELA} t SET {", ".join(atribuicoes)}, erp = t.erp || n.erp,
                   importacao_id = %s, atualizado_em = now()
                FROM _pronto n WHERE t.id = n.fato_id AND NOT n.igual""",
            [gravacao.importacao_id],
        )
        anotar_depois(cursor, TABELA, gravacao.importacao_id)
    inserir_prontos(TABELA, ["cliente_id", *_VALORES, "ativa", "erp"], gravacao, ordem="cliente_id, linha")


TIPO = Tipo(
    nomes="pessoa,pessoas",
    campos=CAMPOS,
    colunas=colunas,
    conferir=conferir,
    gravar=gravar,
    vocabulario=DE_PESSOA,
    tabelas=(TABELA,),
)
