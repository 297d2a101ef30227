"""Um arquivo só, com cliente, pedido e item em cada linha: alimenta os três na mesma transação.

As três conferências são as dos arquivos separados, cada uma sobre a sua parte das linhas. O que elas recusam sai, e
com a linha o resto do pedido, e tudo se confere de novo sem isso: um pedido entra inteiro ou não entra.
"""

import copy
from dataclasses import replace
from typing import NamedTuple

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from clientes.importacao import clientes, itens, pedidos
from clientes.importacao.campos import Coluna, Limites, coluna_da_empresa, coluna_de_numero, por_campo
from clientes.importacao.completo import DE_VENDAS
from clientes.importacao.conjunto import (
    Decisoes,
    coluna_do_numero,
    decidir_numeros,
    recusar_datas_trocadas,
    rejeitar,
)
from clientes.importacao.nomes import CLIENTE_CODIGO, CLIENTES, EMPRESA, PEDIDOS, VENDEDOR, Campo, campo
from clientes.importacao.recusa import ArquivoRecusado
from clientes.importacao.situacoes import DE_PEDIDO
from clientes.importacao.staging import Carga, limpar_conferencia
from clientes.importacao.tipo import Conferencia, Gravacao, Tipo
from clientes.importacao.valores import PONTO, IndiciosDaColuna

DO_CLIENTE = (
    "razao_social", "nome_fantasia", "cpf_cnpj", "municipio", "municipio_ibge", "uf", "cep", "segmento", "telefone", "email",
)  # fmt: skip
DO_PEDIDO = ("data", "valor", "valor_sem_impostos", "situacao", "vendedor", "vendedor_codigo", "moeda")
DO_ITEM = ("sequencia", "produto_codigo", "produto_nome", "quantidade")
_POR_NOME = {c.nome: c for c in (*CLIENTES, *PEDIDOS, *itens.CAMPOS)}


def _sem_ambiguos(original: Campo, *menos: str, obrigatorio: bool = False) -> Campo:
    """O campo de um arquivo separado, sem os nomes que aqui querem dizer outra coisa."""
    nomes = ", ".join(s for s in original.sinonimos[1:] if s not in menos)
    return campo(original.nome, original.rotulo, nomes, obrigatorio=obrigatorio, exemplo=original.exemplo)


CAMPOS = (
    campo(
        "pedido_numero", "Número do pedido", ", ".join(_POR_NOME["numero"].sinonimos[:-7]),
        obrigatorio=True, exemplo="50231",
    ),
    _sem_ambiguos(CLIENTE_CODIGO, "cliente"),
    _sem_ambiguos(_POR_NOME["razao_social"], "empresa", "nome"),
    *(_POR_NOME[nome] for nome in DO_CLIENTE[1:7]),
    _sem_ambiguos(_POR_NOME["segmento"], "setor", "atividade"),
    *(_POR_NOME[nome] for nome in DO_CLIENTE[8:]),
    *(_sem_ambiguos(_POR_NOME[nome], obrigatorio=True) for nome in ("data", "situacao")),
    campo(
        "valor", "Valor do pedido",
        "valor do pedido, valor pedido, vlr pedido, vl pedido, total do pedido, total pedido, valor total do pedido,"
        " vlr total do pedido, total geral",
    ),
    replace(_POR_NOME["valor_sem_impostos"], exemplo=""),
    VENDEDOR,
    _POR_NOME["vendedor_codigo"],
    _POR_NOME["moeda"],
    campo("dono", "Vendedor do cliente", "vendedor do cliente, dono, dono da carteira, vendedor responsavel"),
    _sem_ambiguos(_POR_NOME["sequencia"], "linha"),
    _sem_ambiguos(_POR_NOME["produto_codigo"], "codigo", "cod"),
    _sem_ambiguos(_POR_NOME["produto_nome"], "nome", obrigatorio=True),
    _POR_NOME["quantidade"],
    campo(
        "item_valor", "Valor do item",
        "valor do item, valor total do item, total do item, vlr item, valor item, total item, c6 valor, valor total,"
        " vlr total, vl total, subtotal",
        obrigatorio=True, exemplo="344,00",
    ),
    EMPRESA,
)  # fmt: skip


def colunas(limites: Limites) -> dict[str, Coluna]:
    do_cliente, do_pedido, do_item = (t.colunas(limites) for t in (clientes.TIPO, pedidos.TIPO, itens.TIPO))
    return por_campo(
        do_item["pedido_numero"],
        do_pedido["cliente_codigo"],
        *(do_cliente[nome] for nome in DO_CLIENTE),
        *(do_pedido[nome] for nome in DO_PEDIDO if nome != "valor"),
        coluna_de_numero("valor"),
        Coluna("dono", (("dono", "text"),), do_cliente["vendedor"].ler),
        *(do_item[nome] for nome in DO_ITEM),
        coluna_de_numero("item_valor", obrigatorio=True),
        coluna_da_empresa(limites),
    )


# ── Conferir ─────────────────────────────────────────────────────────────────


def conferir(carga: Carga, pedido: Conferencia) -> dict[str, str]:
    """Grava clientes e pedidos e deixa os itens em `_pronto`; quem chamou desfaz tudo se o arquivo não entra."""
    if not (carga.tem("cliente_codigo") or carga.tem("documento")):
        raise ArquivoRecusado("Falta a coluna do cliente: código ou CPF/CNPJ.")
    decisoes = decidir_numeros(carga, pedido.imposta)
    recusar_datas_trocadas(carga)
    with connection.cursor() as cursor:
        _dar_codigo_aos_clientes(cursor, carga)
        _recusar_contradicoes(cursor, carga, decisoes)
        cursor.execute("ALTER TABLE _carga RENAME TO _vendas")
    avisos = carga.avisos
    while True:
        # Cada volta recusa ao menos uma linha a mais que a anterior, ou é a última.
        carga.avisos = copy.deepcopy(avisos)
        recusadas = _tentar(_Etapas(carga, decisoes, pedido))
        if recusadas is None:
            return {}
        with connection.cursor() as cursor:
            rejeitar(cursor, recusadas)


def _tentar(etapas: "_Etapas") -> list[tuple[int, str, str, str]] | None:
    """As três etapas; se alguma recusou linhas, desfaz tudo e as devolve."""
    with transaction.atomic(), connection.cursor() as cursor:
        antes = _contar_erros(cursor)
        etapas.fazer(cursor)
        if _contar_erros(cursor) == antes:
            return None
        cursor.execute("SELECT linha, coalesce(coluna, ''), coalesce(valor, ''), motivo FROM _erros")
        recusadas = cursor.fetchall()
        transaction.set_rollback(True)
    return recusadas


def _contar_erros(cursor: CursorWrapper) -> int:
    cursor.execute("SELECT count(*) FROM _erros")
    return int(cursor.fetchone()[0])


def _dar_codigo_aos_clientes(cursor: CursorWrapper, carga: Carga) -> None:
    """Sem código no arquivo, o cliente é o de mesmo CPF/CNPJ; se não há, o documento passa a ser o código dele."""
    if carga.tem("cliente_codigo"):
        motivo = "cliente em branco: preencha"
        vazio, valor = "coalesce(cliente_codigo, '') = ''", "''"
    else:
        cursor.execute('ALTER TABLE _carga ADD COLUMN cliente_codigo text COLLATE "C"')
        carga.colunas.append("cliente_codigo")
        carga.rotulos["cliente_codigo"] = carga.rotulo("cpf_cnpj")
        cursor.execute(
            """UPDATE _carga s SET cliente_codigo = coalesce((
                   SELECT min(c.codigo) FROM clientes_cliente c
                   WHERE c.empresa_id = s.empresa_id AND c.documento = s.documento AND c.documento_valido
                   HAVING count(*) = 1), s.documento)
               WHERE s.documento_valido"""
        )
        motivo = (
            "CPF/CNPJ em branco ou inválido não diz de quem é o pedido: corrija, ou traga o código do cliente"
        )
        vazio, valor = "cliente_codigo IS NULL", "coalesce(documento, '')"
    cursor.execute(
        f"INSERT INTO _erros SELECT linha, %s, {valor}, %s FROM _carga WHERE {vazio} ON CONFLICT DO NOTHING",
        [carga.rotulo("cliente_codigo"), motivo],
    )


class _Grupo(NamedTuple):
    """As linhas de um mesmo pedido, ou de um mesmo cliente, que têm de dizer o mesmo."""

    nome: str
    chave: str
    campos: tuple[str, ...]


_GRUPOS = (
    _Grupo("pedido", "pedido_numero", ("cliente_codigo", *DO_PEDIDO)),
    _Grupo("cliente", "cliente_codigo", (*DO_CLIENTE, "dono")),
)


def _recusar_contradicoes(cursor: CursorWrapper, carga: Carga, decisoes: Decisoes) -> None:
    """Uma passada por grupo acha os que se contradizem; só desses se procura em que campo."""
    for grupo in _GRUPOS:
        colunas = {nome: _coluna(nome, decisoes) for nome in grupo.campos}
        colunas = {nome: coluna for nome, coluna in colunas.items() if coluna in carga.colunas}
        if not colunas:
            continue
        marca = f"md5(ROW({', '.join(colunas.values())})::text)"
        cursor.execute(
            f"""CREATE TEMP TABLE _contraditos ON COMMIT DROP AS
                SELECT empresa_id, {grupo.chave} AS chave, min(linha) AS linha FROM _carga c
                WHERE {grupo.chave} <> '' AND NOT EXISTS (SELECT FROM _erros e WHERE e.linha = c.linha)
                GROUP BY 1, 2 HAVING min({marca}) <> max({marca})"""
        )
        for nome, coluna in colunas.items():
            cursor.execute(
                f"""INSERT INTO _erros
                    SELECT s.linha, %s, s.{coluna}::text, format(%s, p.linha, coalesce(p.{coluna}::text, ''))
                    FROM _contraditos g
                    JOIN _carga p ON p.linha = g.linha
                    JOIN _carga s ON s.empresa_id = g.empresa_id AND s.{grupo.chave} = g.chave
                    WHERE p.{coluna} IS DISTINCT FROM s.{coluna} ON CONFLICT DO NOTHING""",
                [
                    carga.rotulo(nome),
                    f"o mesmo {grupo.nome} está na linha %s com “%s”: escreva igual nas duas",
                ],
            )
        cursor.execute("DROP TABLE _contraditos")


def _coluna(nome: str, decisoes: Decisoes) -> str:
    if nome in decisoes:
        return coluna_do_numero(nome, decisoes[nome])
    return {"cpf_cnpj": "documento", "municipio": "cidade"}.get(nome, nome)


class _Etapas:
    """Clientes, pedidos e itens, nesta ordem, cada um da sua parte de `_vendas`."""

    def __init__(self, carga: Carga, decisoes: Decisoes, pedido: Conferencia) -> None:
        self.carga, self.decisoes = carga, decisoes
        # O que as etapas gravam desfaz-se com a transação: também ao simular, quem falta é criado.
        self.pedido = pedido._replace(imposta=PONTO, criar=True)

    def fazer(self, cursor: CursorWrapper) -> None:
        cursor.execute("CREATE TEMP TABLE _mudadas (linha integer) ON COMMIT DROP")
        if any(
            self.carga.tem(nome)
            for nome in ("razao_social", "cidade", "documento", "telefone", "email", "dono")
        ):
            self._clientes(cursor)
        self._pedidos(cursor)
        self._itens(cursor)

    def _gravacao(self, cursor: CursorWrapper, tipo: Tipo, governadas: dict[str, str]) -> Gravacao:
        cursor.execute(f"SELECT count(*) FROM _pronto WHERE {tipo.existente} IS NULL")
        novas = cursor.fetchone()[0]
        return Gravacao(self.pedido.importacao_id, novas, governadas, self.pedido.por_id, self.pedido.hoje)

    def _conferir(self, cursor: CursorWrapper, tipo: Tipo, parte: Carga) -> dict[str, str]:
        cursor.execute("ANALYZE _carga")
        cursor.execute("TRUNCATE _repetidas")
        governadas = tipo.conferir(parte, self.pedido)
        # A mudança do cliente ou do pedido conta na primeira linha dele.
        cursor.execute("INSERT INTO _mudadas SELECT linha FROM _pronto WHERE NOT igual")
        return governadas

    def _abrir(
        self, cursor: CursorWrapper, nomes: dict[str, str], numeros: dict[str, str], distintas: str
    ) -> Carga:
        """Uma `_carga` com as colunas `nomes` (a daqui → a de lá); os números já vêm decididos."""
        limpar_conferencia(cursor)
        cursor.execute("DROP TABLE IF EXISTS _carga")
        colunas = {daqui: de_la for daqui, de_la in nomes.items() if self.carga.tem(daqui)}
        partes = [f"{daqui} AS {de_la}" for daqui, de_la in colunas.items()]
        for de_la, sql in numeros.items():
            partes += [
                f"{sql} AS {de_la}_v",
                f"{sql} AS {de_la}_p",
                f"NULL::text AS {de_la}_t",
                f"NULL::text AS {de_la}_a",
            ]
        aceitas = "WHERE NOT EXISTS (SELECT FROM _erros e WHERE e.linha = s.linha)" if distintas else ""
        distintas = f"DISTINCT ON (empresa_id, {distintas})" if distintas else ""
        ordem = distintas.removeprefix("DISTINCT ON (").removesuffix(")")
        cursor.execute(
            f"""CREATE TEMP TABLE _carga ON COMMIT DROP AS
                SELECT {distintas} linha, {", ".join(partes)}
                FROM _vendas s {aceitas} ORDER BY {ordem + ", " if ordem else ""}linha"""
        )
        rotulos = {de_la: self.carga.rotulo(self._campo(daqui)) for daqui, de_la in colunas.items()}
        rotulos |= {"municipio": self.carga.rotulo("municipio"), "cpf_cnpj": self.carga.rotulo("cpf_cnpj")}
        parte = Carga([*colunas.values(), *self._auxiliares(numeros)], rotulos, self.carga.avisos)
        parte.numeros = {
            de_la: IndiciosDaColuna(casas=3 if de_la == "quantidade" else 2) for de_la in numeros
        }
        parte.rotulos |= {
            de_la: self.carga.rotulo("item_valor" if "item" in sql else de_la)
            for de_la, sql in numeros.items()
        }
        return parte

    @staticmethod
    def _campo(coluna: str) -> str:
        return {"documento": "cpf_cnpj", "cidade": "municipio"}.get(coluna, coluna)

    @staticmethod
    def _auxiliares(numeros: dict[str, str]) -> list[str]:
        return [f"{de_la}_{sufixo}" for de_la in numeros for sufixo in "vpta"]

    def _numero(self, nome: str) -> str:
        return coluna_do_numero(nome, self.decisoes[nome])

    def _clientes(self, cursor: CursorWrapper) -> None:
        nomes = {"empresa_id": "empresa_id", "cliente_codigo": "codigo", "documento": "documento",
                 "documento_valido": "documento_valido", "cidade": "cidade", "dono": "vendedor"}  # fmt: skip
        nomes |= {nome: nome for nome in DO_CLIENTE if nome not in {"cpf_cnpj", "municipio"}}
        parte = self._abrir(cursor, nomes, {}, "cliente_codigo")
        governadas = self._conferir(cursor, clientes.TIPO, parte)
        self._espalhar(cursor, "cliente", "cliente_codigo", "codigo")
        if not self.carga.tem("razao_social"):
            # Sem o nome, o arquivo atualiza quem já se conhece e não cria ninguém.
            cursor.execute("DELETE FROM _pronto WHERE cliente_id IS NULL")
        clientes.TIPO.gravar(self._gravacao(cursor, clientes.TIPO, governadas))

    def _espalhar(self, cursor: CursorWrapper, nome: str, chave: str, na_parte: str) -> None:
        """O que a conferência recusou na primeira linha de um cliente ou pedido vale para as outras dele."""
        cursor.execute(
            f"""INSERT INTO _erros
                SELECT s.linha, %s, s.{chave}, format('o {nome} foi recusado na linha %%s: %%s', e.linha, e.motivo)
                FROM _erros e JOIN _carga c ON c.linha = e.linha
                JOIN _vendas s ON s.empresa_id = c.empresa_id AND s.{chave} = c.{na_parte}
                ON CONFLICT DO NOTHING""",
            [self.carga.rotulo(chave)],
        )

    def _pedidos(self, cursor: CursorWrapper) -> None:
        nomes = {nome: nome for nome in ("empresa_id", "cliente_codigo", "data", "data_t", *DO_PEDIDO[3:])}
        numeros = {}
        if "valor_sem_impostos" in self.decisoes:
            numeros["valor_sem_impostos"] = self._numero("valor_sem_impostos")
        if "valor" in self.decisoes:
            numeros = {"valor": self._numero("valor"), **numeros}
        else:
            cursor.execute("DROP TABLE IF EXISTS _totais")
            cursor.execute(
                f"""CREATE TEMP TABLE _totais ON COMMIT DROP AS
                    SELECT empresa_id, pedido_numero, sum({self._numero("item_valor")}) AS valor FROM _vendas GROUP BY 1, 2"""
            )
            cursor.execute("ANALYZE _totais")
            total = "(SELECT t.valor FROM _totais t WHERE t.empresa_id = s.empresa_id AND t.pedido_numero = s.pedido_numero)"
            numeros = {"valor": total, **numeros}
        parte = self._abrir(cursor, {**nomes, "pedido_numero": "numero"}, numeros, "pedido_numero")
        governadas = self._conferir(cursor, pedidos.TIPO, parte)
        self._espalhar(cursor, "pedido", "pedido_numero", "numero")
        pedidos.TIPO.gravar(self._gravacao(cursor, pedidos.TIPO, governadas))

    def _itens(self, cursor: CursorWrapper) -> None:
        nomes = {nome: nome for nome in ("empresa_id", "pedido_numero", *DO_ITEM[:3])}
        numeros = {"quantidade": self._numero("quantidade"), "valor": self._numero("item_valor")}
        parte = self._abrir(cursor, nomes, numeros, "")
        self._conferir(cursor, itens.TIPO, parte)
        cursor.execute(
            "UPDATE _pronto SET igual = false WHERE igual AND linha IN (SELECT linha FROM _mudadas)"
        )


TIPO = Tipo(
    nomes="item,itens",
    campos=CAMPOS,
    colunas=colunas,
    conferir=conferir,
    gravar=itens.gravar,
    soma="valor, data",
    vocabulario=DE_PEDIDO,
    dono=None,
    recalcula=True,
    periodo=DE_VENDAS,
    tabelas=("clientes_cliente", "clientes_pedido", "clientes_itemdepedido"),
)
