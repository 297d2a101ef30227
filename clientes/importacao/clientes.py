"""Clientes: o que o ERP diz entra quando o próprio ERP mudou; o que se mudou no Carteira fica até lá.

`Cliente.erp` guarda o último valor visto por coluna. Coluna ausente conserva, célula vazia apaga,
vendedor vazio conserva o dono.
"""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from clientes.documentos import mascarar
from clientes.importacao.anteriores import MUDADAS, anotar_depois, guardar
from clientes.importacao.campos import (
    Coluna,
    Limites,
    coluna_da_empresa,
    coluna_de_codigo,
    coluna_de_data,
    coluna_de_numero,
    coluna_de_texto,
    coluna_simples,
    leitor_de_codigo,
    leitor_de_texto,
    ler_canais,
    ler_categoria,
    ler_cep,
    ler_documento_de_cliente,
    ler_email,
    ler_municipio_ibge,
    ler_sim_nao,
    ler_telefone,
    ler_uf,
    por_campo,
)
from clientes.importacao.carga_inicial import MINIMO_DE_LINHAS, esta_vazia, sem_indices
from clientes.importacao.conjunto import (
    Decisoes,
    coluna_do_numero,
    decidir_numeros,
    recusar_datas_trocadas,
    recusar_negativos,
    repetidas_seguem_a_primeira,
    separar_repetidas,
)
from clientes.importacao.donos import trocar_donos
from clientes.importacao.erp import contar_conflitos, mudou_no_erp, texto_do_erp
from clientes.importacao.lugares import resolver_lugares, trocar_codigos_do_ibge
from clientes.importacao.nomes import CLIENTES
from clientes.importacao.staging import Carga
from clientes.importacao.tipo import Conferencia, Gravacao, Tipo
from clientes.importacao.vendedores import resolver_segmentos, resolver_vendedores

_TEXTOS = (
    "razao_social",
    "nome_fantasia",
    "documento",
    "telefone",
    "email",
    "cep",
    "porte",
    "perfil",
    "categoria",
    "encerrado_motivo",
)
_DIRETOS = ("encerrado_em", "cadastrado_em", "bloqueado", "fora_do_perfil")
_NUMEROS = ("limite_credito", "potencial_mensal")
NEGATIVOS = {
    "limite_credito": "limite de crédito negativo: deixe em branco se não há limite, ou 0,00 se é zero",
    "potencial_mensal": "potencial negativo: deixe em branco se não se sabe",
}
# O que um cliente novo tem quando o arquivo não traz a coluna.
_PADROES = {
    "razao_social": "''", "nome_fantasia": "''", "documento": "''", "documento_valido": "false", "cidade": "''", "uf": "''", "cep": "''",
    "municipio_id": "NULL::integer", "segmento_id": "NULL::bigint", "porte": "''", "perfil": "''", "categoria": "'cliente'",
    "vendedor_id": "NULL::bigint", "equipe_id": "NULL::bigint", "telefone": "''", "email": "''",
    "limite_credito": "NULL::numeric", "bloqueado": "false", "nao_contatar": "'{}'::varchar[]", "encerrado_em": "NULL::date",
    "encerrado_motivo": "''", "fora_do_perfil": "false", "potencial_mensal": "NULL::numeric", "cadastrado_em": "NULL::date",
}  # fmt: skip


class _Valor(NamedTuple):
    """Uma coluna do cliente: o valor novo e a chave do ERP que o governa."""

    coluna: str
    novo: str
    chave: str


def colunas(limites: Limites) -> dict[str, Coluna]:
    return por_campo(
        coluna_de_codigo("codigo", "código do cliente", memoria=False),
        coluna_de_texto("razao_social", 160, obrigatorio=True, rotulo="razão social"),
        coluna_de_texto("nome_fantasia", 160),
        Coluna(
            "cpf_cnpj", (("documento", "text"), ("documento_valido", "boolean")), ler_documento_de_cliente
        ),
        Coluna("municipio", (("cidade", "text"),), leitor_de_texto(80)),
        coluna_simples("municipio_ibge", "text", ler_municipio_ibge),
        coluna_simples("uf", "text", ler_uf),
        coluna_simples("cep", "text", ler_cep),
        coluna_de_texto("segmento", 80),
        coluna_de_texto("vendedor", 120),
        coluna_simples("vendedor_codigo", "text", leitor_de_codigo("código do vendedor", obrigatorio=False)),
        coluna_simples("telefone", "text", ler_telefone),
        coluna_simples("email", "text", ler_email),
        coluna_de_data("cadastrado_em", limites),
        coluna_de_texto("porte", 40),
        coluna_de_texto("perfil", 60),
        coluna_simples("categoria", "text", ler_categoria),
        coluna_de_numero("limite_credito"),
        coluna_simples("bloqueado", "boolean", ler_sim_nao),
        coluna_simples("nao_contatar", "text", ler_canais),
        coluna_de_data("encerrado_em", limites),
        coluna_de_texto("encerrado_motivo", 200),
        coluna_simples("fora_do_perfil", "boolean", ler_sim_nao),
        coluna_de_numero("potencial_mensal"),
        coluna_da_empresa(limites),
    )


def conferir(carga: Carga, pedido: Conferencia) -> dict[str, str]:
    """Julga o conjunto, deixa em `_pronto` uma linha por cliente aceito e diz que colunas o arquivo governa."""
    decisoes = decidir_numeros(carga, pedido.imposta)
    recusar_datas_trocadas(carga)
    for campo in decisoes:
        recusar_negativos(carga, decisoes, campo, NEGATIVOS[campo])
    separar_repetidas(carga, "codigo", "código repetido", decisoes)
    trocar_codigos_do_ibge(carga)
    resolver_lugares(carga)
    resolver_segmentos(carga, criar=pedido.criar)
    resolver_vendedores(carga, criar=pedido.criar)
    with connection.cursor() as cursor:
        _equipes_dos_vendedores(cursor, pedido.hoje)
        _pular_apelidos(cursor, carga)
        _preparar(cursor, carga, decisoes)
        _avisar_conflitos(cursor, carga, decisoes)
        _avisar_documentos_repetidos(cursor, carga)
    repetidas_seguem_a_primeira()
    return {v.coluna: v.chave for v in _valores(carga, decisoes)}


def _equipes_dos_vendedores(cursor: CursorWrapper, hoje: date) -> None:
    cursor.execute(
        "UPDATE _vendedores v SET equipe_id = m.equipe_id FROM contas_membrodeequipe m "
        "WHERE m.usuario_id = v.usuario_id AND m.periodo @> %s::date",
        [hoje],
    )


def _pular_apelidos(cursor: CursorWrapper, carga: Carga) -> None:
    """O cadastro antigo de um cliente unido a outro não volta a existir."""
    cursor.execute(
        """INSERT INTO _repetidas SELECT s.linha, s.linha FROM _carga s JOIN clientes_aliasdecliente a
           ON a.empresa_id = s.empresa_id AND a.codigo = s.codigo
           WHERE NOT EXISTS (SELECT FROM clientes_cliente c WHERE c.empresa_id = s.empresa_id AND c.codigo = s.codigo)
           ON CONFLICT DO NOTHING RETURNING linha"""
    )
    pulados = [linha for (linha,) in cursor.fetchall()]
    if not pulados:
        return
    carga.avisos.contar(
        pulados[0],
        carga.rotulos["codigo"],
        "código de cliente unido a outro: a linha não muda nada",
        vezes=len(pulados),
    )
    cursor.execute(
        """SELECT DISTINCT a.codigo, c.codigo, c.razao_social FROM _carga s
           JOIN clientes_aliasdecliente a ON a.empresa_id = s.empresa_id AND a.codigo = s.codigo
           JOIN clientes_cliente c ON c.id = a.cliente_id WHERE s.linha = ANY(%s) ORDER BY 1 LIMIT 5""",
        [pulados],
    )
    exemplos = "; ".join(f"{velho} hoje é {nome} ({codigo})" for velho, codigo, nome in cursor.fetchall())
    carga.avisos.dizer(f"cadastros unidos a outro: {exemplos}")


def _valores(carga: Carga, decisoes: Decisoes) -> Iterator[_Valor]:
    """As colunas que o arquivo traz, na forma final, com `s` = carga, `l` = lugar, `g` = segmento, `v` = vendedor."""
    for coluna in _TEXTOS:
        if carga.tem(coluna):
            yield _Valor(coluna, f"coalesce(s.{coluna}, '')", coluna)
    if carga.tem("documento"):
        yield _Valor("documento_valido", "s.documento_valido", "documento")
    for coluna in _DIRETOS:
        if carga.tem(coluna):
            yield _Valor(coluna, f"s.{coluna}", coluna)
    for coluna in _NUMEROS:
        if coluna in decisoes:
            yield _Valor(coluna, f"s.{coluna_do_numero(coluna, decisoes[coluna])}::numeric(14,2)", coluna)
    if carga.tem("nao_contatar"):
        yield _Valor("nao_contatar", "s.nao_contatar::varchar[]", "nao_contatar")
    if carga.tem("segmento"):
        yield _Valor("segmento_id", "g.segmento_id", "segmento")
    yield from _valores_do_lugar(carga)
    if carga.tem("vendedor") or carga.tem("vendedor_codigo"):
        yield _Valor("vendedor_id", "v.usuario_id", "vendedor")


def _valores_do_lugar(carga: Carga) -> Iterator[_Valor]:
    uf = (
        "coalesce(nullif(l.uf_final, ''), s.uf, '')"
        if carga.tem("uf")
        else "coalesce(nullif(l.uf_final, ''), c.uf, '')"
    )
    if carga.tem("cidade"):
        yield _Valor("cidade", "coalesce(l.cidade_final, s.cidade, '')", "cidade")
    if carga.tem("cidade") or carga.tem("uf"):
        yield _Valor("uf", uf if carga.tem("cidade") else "coalesce(s.uf, '')", "uf")


# O que vale o mesmo que nada ter dito: uma coluna nova com o padrão não é mudança no ERP.
_AUSENTES = {"bloqueado": "false", "fora_do_perfil": "false", "categoria": "cliente", "nao_contatar": "{}"}


def _do_erp(valor: _Valor) -> str:
    """O texto que representa o valor do ERP; o que seria criado numa simulação já conta como mudança."""
    texto = texto_do_erp(valor.novo, _AUSENTES.get(valor.chave, ""))
    if valor.chave == "segmento":
        return f"CASE WHEN s.segmento <> '' AND g.segmento_id IS NULL THEN 'novo' ELSE {texto} END"
    if valor.chave == "vendedor":
        return f"CASE WHEN v.novo AND v.usuario_id IS NULL THEN 'novo' ELSE {texto} END"
    return texto


def _mudou(valor: _Valor) -> str:
    """O próprio ERP mudou? Vendedor em branco nunca é mudança."""
    mudou = mudou_no_erp("c", valor.chave, _do_erp(valor))
    return f"({mudou} AND v.nome IS NOT NULL)" if valor.chave == "vendedor" else f"({mudou})"


def _preparar(cursor: CursorWrapper, carga: Carga, decisoes: Decisoes) -> None:
    valores = list(_valores(carga, decisoes))
    das_chaves = {v.chave: v for v in valores if v.coluna != "documento_valido"}
    novos = {v.coluna: v.novo for v in valores}
    mudou = {chave: _mudou(v) for chave, v in das_chaves.items()}
    colunas = [
        f"{novos.get(coluna, padrao)} AS novo_{coluna}"
        for coluna, padrao in _PADROES.items()
        if coluna not in _ESPECIAIS
    ]
    lugar = "l.municipio_id" if carga.tem("cidade") else "NULL::integer"
    objeto = ", ".join(f"'{chave}', {_do_erp(v)}" for chave, v in das_chaves.items() if chave != "vendedor")
    com_vendedor = "vendedor" in das_chaves
    vendedor = "|| CASE WHEN v.nome IS NULL THEN '{}'::jsonb ELSE jsonb_build_object('vendedor', %s) END"
    cursor.execute(
        f"""CREATE TEMP TABLE _pronto ON COMMIT DROP AS
        SELECT s.linha, s.empresa_id, s.codigo, c.id AS cliente_id, {", ".join(colunas)},
               {lugar} AS novo_municipio_id, {"v.usuario_id" if com_vendedor else "NULL::bigint"} AS novo_vendedor_id,
               {"v.equipe_id" if com_vendedor else "NULL::bigint"} AS novo_equipe_id,
               jsonb_build_object({objeto}) {vendedor % _do_erp(das_chaves["vendedor"]) if com_vendedor else ""} AS novo_erp,
               {", ".join(f"{m} AS mudou_{chave}" for chave, m in mudou.items())},
               e.dono_da_carteira = 'erp' AS dono_do_erp,
               c.id IS NOT NULL AND NOT ({" OR ".join(mudou.values())}) AS igual
        FROM _carga s
        JOIN contas_empresa e ON e.id = s.empresa_id
        LEFT JOIN clientes_cliente c ON c.empresa_id = s.empresa_id AND c.codigo = s.codigo
        {_juncoes(carga)}
        WHERE NOT EXISTS (SELECT FROM _erros x WHERE x.linha = s.linha)
          AND NOT EXISTS (SELECT FROM _repetidas r WHERE r.linha = s.linha)"""
    )
    cursor.execute("ANALYZE _pronto")


_ESPECIAIS = {"municipio_id", "vendedor_id", "equipe_id"}


def _juncoes(carga: Carga) -> str:
    juncoes = []
    if carga.tem("cidade"):
        uf = "coalesce(s.uf, '')" if carga.tem("uf") else "''"
        juncoes.append(f"LEFT JOIN _lugares l ON l.cidade = s.cidade AND l.uf = {uf}")
    if carga.tem("segmento"):
        juncoes.append("LEFT JOIN _segmentos g ON g.empresa_id = s.empresa_id AND g.nome = s.segmento")
    if carga.tem("vendedor") or carga.tem("vendedor_codigo"):
        nome = "coalesce(s.vendedor, '')" if carga.tem("vendedor") else "''"
        codigo = "coalesce(s.vendedor_codigo, '')" if carga.tem("vendedor_codigo") else "''"
        juncoes.append(
            f"LEFT JOIN _vendedores v ON v.empresa_id = s.empresa_id AND v.nome = {nome} AND v.codigo = {codigo}"
        )
    return "\n".join(juncoes)


def _avisar_conflitos(cursor: CursorWrapper, carga: Carga, decisoes: Decisoes) -> None:
    """Campo mudado aqui e também no ERP: ficou o do ERP (ou, do dono, o que a empresa escolheu)."""
    for valor in _valores(carga, decisoes):
        if valor.coluna in {"documento_valido", "segmento_id"}:
            continue
        quantos, exemplos, do_erp = contar_conflitos(
            cursor,
            "clientes_cliente",
            coluna=valor.coluna,
            chave=valor.chave,
            ausente=_AUSENTES.get(valor.chave, ""),
            existente="cliente_id",
            novo=f"novo_{valor.coluna}",
            exemplo="codigo",
            vence_o_erp="n.dono_do_erp" if valor.chave == "vendedor" else "true",
        )
        if quantos:
            ficou = "o do ERP" if do_erp else "o do Carteira"
            carga.avisos.dizer(
                f"conflito em {valor.chave}: mudado no Carteira e no ERP em {quantos} cliente(s), ficou {ficou} ({', '.join(exemplos)})"
            )


def _avisar_documentos_repetidos(cursor: CursorWrapper, carga: Carga) -> None:
    if not carga.tem("documento"):
        return
    cursor.execute(
        """SELECT count(DISTINCT (empresa_id, novo_documento)), min(novo_documento) FROM (
             SELECT n.empresa_id, n.novo_documento FROM _pronto n WHERE n.novo_documento_valido
             GROUP BY 1, 2 HAVING count(*) > 1
             UNION ALL
             SELECT n.empresa_id, n.novo_documento FROM _pronto n JOIN clientes_cliente c
               ON c.empresa_id = n.empresa_id AND c.documento = n.novo_documento AND c.codigo <> n.codigo
             WHERE n.novo_documento_valido) repetidos"""
    )
    quantos, exemplo = cursor.fetchone()
    if quantos:
        carga.avisos.dizer(
            f"CPF/CNPJ em mais de um cliente: {quantos} documento(s), como {mascarar(exemplo)}; todos foram mantidos"
        )


def gravar(gravacao: Gravacao) -> None:
    """Atualiza, insere e mantém os períodos de dono, tudo em conjunto."""
    importacao_id, novas, colunas, por_id, hoje = gravacao
    with connection.cursor() as cursor:
        # Na ordem em que as transferências também travam: as duas nunca se cruzam.
        cursor.execute(
            "SELECT count(*) FROM (SELECT c.id FROM clientes_cliente c JOIN _pronto n ON n.cliente_id = c.id "
            "WHERE NOT n.igual ORDER BY c.id FOR NO KEY UPDATE OF c) travados"
        )
        guardar(cursor, "clientes_cliente", importacao_id, MUDADAS.format(existente="cliente_id"))
        if "vendedor" in colunas.values():
            trocar_donos(cursor, importacao_id, por_id, hoje)
        _atualizar(cursor, importacao_id, colunas)
        anotar_depois(cursor, "clientes_cliente", importacao_id)
    if not novas:
        return
    grande = novas >= MINIMO_DE_LINHAS and esta_vazia("clientes_cliente")
    with sem_indices("clientes_cliente", vale_a_pena=grande), connection.cursor() as cursor:
        _inserir(cursor, importacao_id)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO clientes_periododecarteira (cliente_id, vendedor_id, equipe_id, periodo, por_id, motivo, criado_em)
               SELECT c.id, c.vendedor_id, c.equipe_id, daterange(NULL, NULL), %s, 'importação', now()
               FROM _pronto n JOIN clientes_cliente c ON c.empresa_id = n.empresa_id AND c.codigo = n.codigo
               WHERE n.cliente_id IS NULL AND c.vendedor_id IS NOT NULL""",
            [por_id],
        )


def _atualizar(cursor: CursorWrapper, importacao_id: int | None, colunas: dict[str, str]) -> None:
    atribuicoes = []
    for coluna, chave in colunas.items():
        quando = f"n.mudou_{chave}"
        if chave == "vendedor":
            continue
        atribuicoes.append(f"{coluna} = CASE WHEN {quando} THEN n.novo_{coluna} ELSE c.{coluna} END")
    if "cidade" in colunas or "uf" in colunas:
        mudou = " OR ".join(f"n.mudou_{c}" for c in ("cidade", "uf") if c in colunas)
        atribuicoes.append(
            f"municipio_id = CASE WHEN {mudou} THEN n.novo_municipio_id ELSE c.municipio_id END"
        )
    if "vendedor" in colunas.values():
        troca = "n.mudou_vendedor AND n.dono_do_erp AND n.novo_vendedor_id IS DISTINCT FROM c.vendedor_id"
        atribuicoes.append(f"vendedor_id = CASE WHEN {troca} THEN n.novo_vendedor_id ELSE c.vendedor_id END")
        atribuicoes.append(f"equipe_id = CASE WHEN {troca} THEN n.novo_equipe_id ELSE c.equipe_id END")
    cursor.execute(
        f"""UPDATE clientes_cliente c SET {", ".join(atribuicoes)}, erp = c.erp || n.novo_erp,
               importacao_id = %s, atualizado_em = now()
            FROM _pronto n WHERE c.id = n.cliente_id AND n.cliente_id IS NOT NULL AND NOT n.igual""",
        [importacao_id],
    )


def _inserir(cursor: CursorWrapper, importacao_id: int | None) -> None:
    colunas = list(_PADROES)
    cursor.execute(
        f"""INSERT INTO clientes_cliente (empresa_id, codigo, {", ".join(colunas)}, adiado_motivo, observacao, erp,
                                          importacao_id, criado_em, atualizado_em)
            SELECT empresa_id, codigo, {", ".join("novo_" + c for c in colunas)}, '', '', novo_erp, %s, now(), now()
            FROM _pronto WHERE cliente_id IS NULL ORDER BY linha""",
        [importacao_id],
    )


TIPO = Tipo(
    nomes="cliente,clientes", campos=CLIENTES, colunas=colunas, conferir=conferir, gravar=gravar,
    existente="cliente_id", dono=None, recalcula=True, tabelas=("clientes_cliente",),
)  # fmt: skip
