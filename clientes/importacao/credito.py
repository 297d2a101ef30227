"""Scores, restrições e eventos do birô: achados pelo cliente, a fonte e a data, porque o birô não numera o que diz.

De cada arquivo só muda o que ele traz: um score de outro dia é outra linha, e a baixa se anota na restrição.
"""

from dataclasses import dataclass, replace

from django.db import connection
from django.db.backends.utils import CursorWrapper

from clientes.importacao.campos import (
    NULO,
    Celula,
    Coluna,
    Limites,
    coluna_da_empresa,
    coluna_simples,
    limpar,
    por_campo,
)
from clientes.importacao.cliente_do_fato import (
    CLIENTE,
    FORNECEDOR,
    Dono,
    ignorar_anonimizados,
    ligar_documentos,
    recusar_desconhecidos,
    sql_do_dono,
)
from clientes.importacao.conjunto import (
    Decisoes,
    repetidas_seguem_a_primeira,
    separar_repetidas,
    tirar_recusadas,
)
from clientes.importacao.fato import (
    SO_ACEITAS,
    Atributo,
    Recusa,
    atualizar_prontos,
    inserir_prontos,
    julgar_celulas,
    recusar_prontas,
    valores_dos_atributos,
)
from clientes.importacao.fatos import codigo, data, dinheiro, palavra, texto
from clientes.importacao.nomes import EMPRESA, Campo, campo
from clientes.importacao.situacoes import DE_RESTRICAO, Vocabulario
from clientes.importacao.staging import Carga
from clientes.importacao.tipo import Conferencia, Gravacao, Tipo
from clientes.models import EVENTOS, SCORE_MAXIMO

FONTE = Atributo(
    campo("fonte", "Fonte", "biro, bureau, origem, fonte da informacao, orgao, entidade", obrigatorio=True,
          exemplo="Serasa"),
    texto(40, obrigatorio=True, rotulo="fonte"),
)  # fmt: skip

# "SERASA" e "Serasa" são a mesma fonte e uma série só: fica a grafia que a empresa usou primeiro.
_UMA_GRAFIA = """
WITH grafias AS (
  SELECT DISTINCT ON (empresa_id, lower(fonte)) empresa_id, fonte
    FROM (SELECT empresa_id, fonte, min(id) AS ordem, 0 AS do_arquivo FROM {tabela} GROUP BY 1, 2
          UNION ALL SELECT empresa_id, fonte, min(linha), 1 FROM _carga GROUP BY 1, 2) lidas
   ORDER BY empresa_id, lower(fonte), do_arquivo, ordem)
UPDATE _carga s SET fonte = g.fonte FROM grafias g
 WHERE g.empresa_id = s.empresa_id AND lower(g.fonte) = lower(s.fonte) AND g.fonte <> s.fonte
"""


@dataclass(frozen=True, slots=True)
class DoBiro:
    """`chave` diz qual linha é a mesma; os `atributos`, o que o arquivo pode mudar nela; `dono`, de quem ela é."""

    tabela: str
    repetida: str
    chave: tuple[Atributo, ...]
    atributos: tuple[Atributo, ...]
    recusas: tuple[Recusa, ...] = ()
    antes_de_gravar: str = ""  # SQL que ainda vê os valores antigos
    dono: Dono = CLIENTE

    def de_fornecedor(self, tabela: str, antes_de_gravar: str = "") -> "DoBiro":
        """O mesmo leiaute, as mesmas chaves e recusas, para quem é fornecedor."""
        return replace(
            self,
            tabela=tabela,
            antes_de_gravar=antes_de_gravar,
            dono=FORNECEDOR,
            repetida=self.repetida.replace(CLIENTE.nome, FORNECEDOR.nome),
        )

    @property
    def nomes_da_chave(self) -> list[str]:
        return [a.campo.nome for a in self.chave]

    @property
    def nomes(self) -> list[str]:
        return [a.campo.nome for a in self.atributos]

    def campos(self) -> tuple[Campo, ...]:
        proprios = (a.campo for a in (*self.chave, *self.atributos))
        return (*self.dono.campos, *proprios, EMPRESA)

    def colunas(self, limites: Limites) -> dict[str, Coluna]:
        return por_campo(
            *self.dono.colunas(),
            *(a.coluna(a.campo.nome, limites) for a in (*self.chave, *self.atributos)),
            coluna_da_empresa(limites),
        )

    def conferir(self, carga: Carga, pedido: Conferencia) -> dict[str, str]:
        """Julga o conjunto e deixa em `_pronto` uma linha por fato aceito."""
        decisoes = julgar_celulas(carga, pedido, self.dono)
        ligar_documentos(carga, self.dono)
        with connection.cursor() as cursor:
            cursor.execute(_UMA_GRAFIA.format(tabela=self.tabela))
            self._ligar(cursor, carga)
        separar_repetidas(carga, "chave", self.repetida, decisoes, campo="fonte")
        with connection.cursor() as cursor:
            self._preparar(cursor, carga, decisoes)
            for recusa in self.recusas:
                recusar_prontas(cursor, carga, recusa)
            tirar_recusadas(cursor)
            ignorar_anonimizados(cursor, carga, self.dono)
        repetidas_seguem_a_primeira()
        return {}

    def _expressoes_da_chave(self, carga: Carga) -> dict[str, str]:
        return {
            a.campo.nome: f"coalesce(s.{a.campo.nome}, {a.padrao})" if carga.tem(a.campo.nome) else a.padrao
            for a in self.chave
        }

    def _ligar(self, cursor: CursorWrapper, carga: Carga) -> None:
        """De quem é cada linha, e a chave dela."""
        dono, juncoes = sql_do_dono(carga, self.dono)
        cursor.execute(
            f"CREATE TEMP TABLE _ligadas ON COMMIT DROP AS SELECT s.linha, {dono} AS {self.dono.id} FROM _carga s {juncoes}"
        )
        recusar_desconhecidos(cursor, carga, "_ligadas", self.dono)
        cursor.execute("ANALYZE _ligadas")
        cursor.execute("ALTER TABLE _carga ADD COLUMN chave text")
        partes = ", ".join(self._expressoes_da_chave(carga).values())
        cursor.execute(
            f"""UPDATE _carga s SET chave = concat_ws(E'\\x1f', l.{self.dono.id}, {partes}) FROM _ligadas l
                WHERE l.linha = s.linha AND l.{self.dono.id} IS NOT NULL"""
        )

    def _preparar(self, cursor: CursorWrapper, carga: Carga, decisoes: Decisoes) -> None:
        valores = valores_dos_atributos(self.atributos, carga, decisoes)
        chave, nomes, dono = self._expressoes_da_chave(carga), self.nomes, self.dono.id
        mesma = " AND ".join(f"t.{nome} = {sql}" for nome, sql in chave.items())
        cursor.execute(
            f"""CREATE TEMP TABLE _pronto ON COMMIT DROP AS
            SELECT *, fato_id IS NOT NULL
                   AND ({", ".join(nomes)}) IS NOT DISTINCT FROM ({", ".join(f"de_{n}" for n in nomes)}) AS igual
            FROM (
              SELECT s.linha, s.empresa_id, l.{dono}, t.id AS fato_id,
                     {", ".join(f"{sql} AS {nome}" for nome, sql in chave.items())},
                     {", ".join(f"{valores[n]} AS {n}, t.{n} AS de_{n}" for n in nomes)}
              FROM _carga s
              JOIN _ligadas l ON l.linha = s.linha
              LEFT JOIN {self.tabela} t ON t.{dono} = l.{dono} AND {mesma}
              WHERE {SO_ACEITAS}
            ) lida"""
        )

    def gravar(self, gravacao: Gravacao) -> None:
        with connection.cursor() as cursor:
            if self.antes_de_gravar:
                cursor.execute(self.antes_de_gravar)
            atualizar_prontos(cursor, self.tabela, self.nomes, gravacao)
        colunas = ["empresa_id", self.dono.id, *self.nomes_da_chave, *self.nomes]
        inserir_prontos(self.tabela, colunas, gravacao, ordem=f"{self.dono.id}, em, linha")

    def tipo(self, nomes: str, *, soma: str = "", vocabulario: Vocabulario | None = None) -> Tipo:
        return Tipo(
            nomes=nomes,
            campos=self.campos(),
            colunas=self.colunas,
            conferir=self.conferir,
            gravar=self.gravar,
            soma=soma,
            vocabulario=vocabulario,
            dono=self.dono,
            tabelas=(self.tabela,),
        )


def ler_score(texto: str) -> Celula:
    limpo = limpar(texto).removesuffix(",0").removesuffix(".0")
    if not limpo:
        return Celula(NULO, "score em branco: preencha")
    if limpo.isascii() and limpo.isdigit() and len(limpo) <= 9 and int(limpo) <= SCORE_MAXIMO:
        return Celula(str(int(limpo)))
    return Celula(NULO, f"o score vai de 0 a {SCORE_MAXIMO}, sem casas: corrija ou converta a escala")


# Com a hora da transação, que é a da importação: é por ela que o desfazer sabe quais são suas.
_GUARDAR_CORRECAO = """INSERT INTO {} (score_id, de, para, em)
    SELECT fato_id, de_valor, valor, now() FROM _pronto WHERE valor <> de_valor"""
SCORES = DoBiro(
    tabela="clientes_scoredecredito",
    repetida="score repetido (mesmo cliente, fonte e data)",
    chave=(
        FONTE,
        Atributo(
            campo("em", "Data", "data, data do score, data score, dt score, data da consulta, dt consulta, consultado em",
                  obrigatorio=True, exemplo="20/11/2026"),
            data(obrigatoria=True),
        ),
    ),
    atributos=(
        Atributo(
            campo("valor", "Score", "score, score de credito, score credito, pontuacao, pontos, nota, rating",
                  obrigatorio=True, exemplo="640"),
            lambda nome, _: coluna_simples(nome, "integer", ler_score),
        ),
    ),
    antes_de_gravar=_GUARDAR_CORRECAO.format("clientes_correcaodescore"),
)  # fmt: skip

_DIA = "to_char({campo}, 'DD/MM/YYYY')"
_EVENTOS = ", ".join(f"'{t.value}'" for t in EVENTOS)
RESTRICOES = DoBiro(
    tabela="clientes_restricaodecredito",
    repetida="restrição repetida (mesmo cliente, fonte, tipo e data; se são duas, distinga-as pelo número)",
    chave=(
        FONTE,
        Atributo(
            campo("tipo", "Tipo", "tipo da restricao, tipo de restricao, tipo restricao, restricao, natureza, anotacao,"
                  " tipo de anotacao, evento, tipo do evento, ocorrencia", obrigatorio=True, exemplo="protesto"),
            palavra(DE_RESTRICAO),
        ),
        Atributo(
            campo("em", "Data", "data, data da restricao, data restricao, dt restricao, data da ocorrencia, dt ocorrencia,"
                  " data do evento, dt evento, data de inclusao, incluida em", obrigatorio=True, exemplo="03/10/2026"),
            data(obrigatoria=True),
        ),
        Atributo(
            campo("numero", "Número", "numero da restricao, contrato, numero do contrato, titulo, numero do titulo,"
                  " no contrato, processo, numero do processo, id", exemplo="P-881"),
            codigo("número"), "''",
        ),
    ),
    atributos=(
        Atributo(
            campo("valor", "Valor", "valor da restricao, valor restricao, vlr restricao, valor da divida, divida, vlr, total",
                  exemplo="1.250,00"),
            dinheiro(), "0",
        ),
        Atributo(
            campo("baixada_em", "Baixada em", "baixa, data da baixa, data de baixa, data baixa, dt baixa, excluida em,"
                  " data de exclusao, data exclusao, regularizada em", exemplo="18/11/2026"),
            data(),
        ),
        Atributo(
            campo("descricao", "Descrição", "detalhe, observacao, obs, cartorio, comarca, credor, historico",
                  exemplo="1º Tabelionato de Blumenau"),
            texto(300), "''",
        ),
    ),
    recusas=(
        Recusa("baixada_em", "baixada_em < em", "baixada antes da data da restrição: confira as duas datas", _DIA),
        Recusa("baixada_em", f"tipo IN ({_EVENTOS}) AND baixada_em IS NOT NULL",
               "um evento não tem baixa: deixe a célula em branco", _DIA),
    ),
)  # fmt: skip

SCORES_DE_FORNECEDORES = SCORES.de_fornecedor(
    "clientes_scoredefornecedor", _GUARDAR_CORRECAO.format("clientes_correcaodescoredefornecedor")
)
RESTRICOES_DE_FORNECEDORES = RESTRICOES.de_fornecedor("clientes_restricaodefornecedor")
