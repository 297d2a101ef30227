"""Um fato do ERP, declarado: que colunas tem, o que vale quando faltam e o que se recusa; o SQL sai daqui."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from clientes.importacao.anteriores import MUDADAS, guardar
from clientes.importacao.campos import (
    Coluna,
    Limites,
    coluna_da_empresa,
    coluna_de_codigo,
    coluna_de_texto,
    coluna_simples,
    leitor_de_codigo,
    por_campo,
)
from clientes.importacao.carga_inicial import MINIMO_DE_LINHAS, esta_vazia, sem_indices
from clientes.importacao.cliente_do_fato import (
    CLIENTE,
    Dono,
    ligar_documentos,
    recusar_de_outro,
    recusar_desconhecidos,
    recusar_sem_dono,
    sql_do_dono,
)
from clientes.importacao.completo import Periodo
from clientes.importacao.conjunto import (
    Decisoes,
    coluna_do_numero,
    decidir_numeros,
    recusar_datas_trocadas,
    recusar_negativos,
    repetidas_seguem_a_primeira,
    separar_repetidas,
    tirar_recusadas,
)
from clientes.importacao.nomes import (
    EMPRESA,
    VENDEDOR,
    VENDEDOR_CODIGO,
    Campo,
)
from clientes.importacao.situacoes import Vocabulario
from clientes.importacao.staging import Carga
from clientes.importacao.tipo import Conferencia, Gravacao, Tipo
from clientes.importacao.vendedores import resolver_vendedores

NEGATIVO = "valor negativo: confira o sinal"


class Atributo(NamedTuple):
    """Uma coluna do arquivo e, com o mesmo nome, da tabela.

    Os trechos de SQL falam de `t` (o fato que já existe) e citam outro atributo entre chaves.
    """

    campo: Campo
    coluna: Callable[[str, Limites], Coluna]
    padrao: str = "NULL"  # o que é uma célula em branco
    presente: str = "coalesce({lido}, {padrao})"
    ausente: str = "coalesce(t.{nome}, {padrao})"  # sem a coluna: o que havia


class Recusa(NamedTuple):
    """O que só se vê da linha pronta: de que campo é, quando, e o que fazer."""

    campo: str
    quando: str
    motivo: str
    valor: str = "{campo}::text"


@dataclass(frozen=True, slots=True)
class Fato:
    """Chave natural (empresa, número); o cliente vem por código, apelido ou documento."""

    tabela: str
    este: str  # "este título", "esta nota"
    numero: Campo
    atributos: tuple[Atributo, ...]
    recusas: tuple[Recusa, ...] = ()
    com_vendedor: bool = False
    antes_de_gravar: str = ""  # SQL que ainda vê os valores antigos, com %s para a importação
    periodo: Periodo | None = None  # o arquivo pode dizer-se completo para um período

    @property
    def nomes(self) -> list[str]:
        """As colunas da tabela que o arquivo decide."""
        return [a.campo.nome for a in self.atributos] + ["vendedor_id"] * self.com_vendedor

    def campos(self) -> tuple[Campo, ...]:
        vendedor = (VENDEDOR, VENDEDOR_CODIGO) if self.com_vendedor else ()
        proprios = (a.campo for a in self.atributos)
        return (self.numero, *CLIENTE.campos, *proprios, *vendedor, EMPRESA)

    def colunas(self, limites: Limites) -> dict[str, Coluna]:
        return por_campo(
            coluna_de_codigo("numero", self.numero.rotulo.lower(), memoria=False),
            *CLIENTE.colunas(),
            *(a.coluna(a.campo.nome, limites) for a in self.atributos),
            *(_colunas_do_vendedor() if self.com_vendedor else ()),
            coluna_da_empresa(limites),
        )

    def conferir(self, carga: Carga, pedido: Conferencia) -> dict[str, str]:
        """Julga o conjunto e deixa em `_pronto` uma linha por fato aceito."""
        decisoes = julgar_celulas(carga, pedido)
        separar_repetidas(carga, "numero", "número repetido", decisoes)
        resolver_vendedores(carga, criar=pedido.criar)
        ligar_documentos(carga)
        with connection.cursor() as cursor:
            self._preparar(cursor, carga, decisoes)
            recusar_desconhecidos(cursor, carga)
            recusar_de_outro(cursor, carga, f"{self.este} já existe e é de outro cliente: confira o número")
            for recusa in self.recusas:
                recusar_prontas(cursor, carga, recusa)
            tirar_recusadas(cursor)
        repetidas_seguem_a_primeira()
        return {}

    def _preparar(self, cursor: CursorWrapper, carga: Carga, decisoes: Decisoes) -> None:
        cliente, juncoes = sql_do_dono(carga)
        valores = valores_dos_atributos(self.atributos, carga, decisoes)
        vendedor_novo = "false"
        if self.com_vendedor:
            valores["vendedor_id"] = "coalesce(v.usuario_id, t.vendedor_id)"
            vendedor_novo, juncoes = "coalesce(v.novo, false)", f"{juncoes}\n{_juncao_do_vendedor(carga)}"
        nomes = self.nomes
        desapareceu = "t.desapareceu_na_id" if self.periodo else "NULL::bigint AS desapareceu_na_id"
        cursor.execute(
            f"""CREATE TEMP TABLE _pronto ON COMMIT DROP AS
            SELECT *, fato_id IS NOT NULL AND NOT vendedor_novo AND cliente_id = de_cliente
                   AND desapareceu_na_id IS NULL
                   AND ({", ".join(nomes)}) IS NOT DISTINCT FROM ({", ".join(f"de_{n}" for n in nomes)}) AS igual
            FROM (
              SELECT s.linha, s.empresa_id, s.numero, {cliente} AS cliente_id, t.id AS fato_id,
                     t.cliente_id AS de_cliente, {vendedor_novo} AS vendedor_novo, {desapareceu},
                     {", ".join(f"{valores[n]} AS {n}, t.{n} AS de_{n}" for n in nomes)}
              FROM _carga s
              {juncoes}
              LEFT JOIN {self.tabela} t ON t.empresa_id = s.empresa_id AND t.numero = s.numero
              WHERE {SO_ACEITAS}
            ) lida"""
        )

    def gravar(self, gravacao: Gravacao) -> None:
        """Uma atualização e uma inserção; na carga inicial, índices e chaves voltam depois."""
        nomes = self.nomes
        with connection.cursor() as cursor:
            if self.antes_de_gravar:
                cursor.execute(self.antes_de_gravar, [gravacao.importacao_id])
            reaparece = "desapareceu_na_id = NULL, " if self.periodo else ""
            atualizar_prontos(cursor, self.tabela, nomes, gravacao, mais=reaparece)
        inserir_prontos(
            self.tabela, ["empresa_id", "numero", "cliente_id", *nomes], gravacao, ordem="cliente_id, linha"
        )

    def tipo(self, nomes: str, *, soma: str = "", vocabulario: Vocabulario | None = None) -> Tipo:
        return Tipo(
            nomes=nomes,
            campos=self.campos(),
            colunas=self.colunas,
            conferir=self.conferir,
            gravar=self.gravar,
            soma=soma,
            vocabulario=vocabulario,
            periodo=self.periodo,
            tabelas=(self.tabela,),
        )


def julgar_celulas(carga: Carga, pedido: Conferencia, dono: Dono = CLIENTE) -> Decisoes:
    """O que se vê antes de saber de quem é cada linha: números, datas, negativos e linhas sem dono."""
    decisoes = decidir_numeros(carga, pedido.imposta)
    recusar_datas_trocadas(carga)
    for campo in decisoes:
        recusar_negativos(carga, decisoes, campo, NEGATIVO)
    recusar_sem_dono(carga, dono)
    return decisoes


SO_ACEITAS = """NOT EXISTS (SELECT FROM _erros x WHERE x.linha = s.linha)
                AND NOT EXISTS (SELECT FROM _repetidas r WHERE r.linha = s.linha)"""


def valores_dos_atributos(
    atributos: tuple[Atributo, ...], carga: Carga, decisoes: Decisoes
) -> dict[str, str]:
    """O SQL de cada coluna, na ordem: um atributo pode citar os que vêm antes."""
    valores: dict[str, str] = {}
    for atributo in atributos:
        nome = atributo.campo.nome
        padrao = atributo.padrao.format(**valores)
        if nome in decisoes:
            lido = f"s.{coluna_do_numero(nome, decisoes[nome])}"
        else:
            lido = f"s.{nome}" if carga.tem(nome) else ""
        modelo = atributo.presente if lido else atributo.ausente
        valores[nome] = modelo.format(lido=lido, nome=nome, padrao=padrao, **valores)
    return valores


def recusar_prontas(cursor: CursorWrapper, carga: Carga, recusa: Recusa) -> None:
    valor = recusa.valor.format(campo=recusa.campo)
    cursor.execute(
        f"INSERT INTO _erros SELECT linha, %s, {valor}, %s FROM _pronto WHERE {recusa.quando} ON CONFLICT DO NOTHING",
        [carga.rotulo(recusa.campo), recusa.motivo],
    )


def atualizar_prontos(
    cursor: CursorWrapper, tabela: str, colunas: list[str], gravacao: Gravacao, mais: str = ""
) -> None:
    """Os que já existem e mudaram, num comando; antes, guarda-se como eram."""
    guardar(cursor, tabela, gravacao.importacao_id, MUDADAS.format(existente="fato_id"))
    cursor.execute(
        f"""UPDATE {tabela} t SET {", ".join(f"{n} = n.{n}" for n in colunas)},
               {mais}importacao_id = %s, atualizado_em = now()
            FROM _pronto n WHERE t.id = n.fato_id AND n.fato_id IS NOT NULL AND NOT n.igual""",
        [gravacao.importacao_id],
    )


def inserir_prontos(tabela: str, colunas: list[str], gravacao: Gravacao, *, ordem: str) -> None:
    """Os que ainda não existem, com a importação e as horas; na tabela vazia, os índices voltam depois."""
    if not gravacao.novas:
        return
    grande = gravacao.novas >= MINIMO_DE_LINHAS and esta_vazia(tabela)
    with sem_indices(tabela, vale_a_pena=grande), connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {tabela} ({", ".join(colunas)}, importacao_id, criado_em, atualizado_em)
                SELECT {", ".join(colunas)}, %s, now(), now() FROM _pronto
                WHERE fato_id IS NULL ORDER BY {ordem}""",
            [gravacao.importacao_id],
        )


def _colunas_do_vendedor() -> tuple[Coluna, ...]:
    return (
        coluna_de_texto("vendedor", 120),
        coluna_simples("vendedor_codigo", "text", leitor_de_codigo("código do vendedor", obrigatorio=False)),
    )


def _juncao_do_vendedor(carga: Carga) -> str:
    nome = "coalesce(s.vendedor, '')" if carga.tem("vendedor") else "''"
    codigo = "coalesce(s.vendedor_codigo, '')" if carga.tem("vendedor_codigo") else "''"
    return (
        f"LEFT JOIN _vendedores v ON v.empresa_id = s.empresa_id AND v.nome = {nome} AND v.codigo = {codigo}"
    )
