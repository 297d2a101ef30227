"""Cadastros que parecem o mesmo cliente: pares candidatos, com o motivo e a força.

Dois motivos: o mesmo CPF/CNPJ válido, ou nomes parecidos no mesmo município (ou o mesmo nome, com um deles sem
município). Matriz e filial (mesma raiz, CNPJ diferente) nunca são par, e "não são o mesmo" fica lembrado.

O nome se compara sem acentos, pontuação e o que não distingue (LTDA, ME, COMÉRCIO…), por trigramas: a parte
comum sobre o total (Jaccard). Não se comparam todos com todos: dois nomes com semelhança de pelo menos θ têm em
comum ao menos um dos |x| − ⌈θ|x|⌉ + 1 trigramas mais raros de cada um (filtro de prefixo), e só esses se cruzam,
dentro do município. Trigrama que mais de `COMUM` clientes do município têm entre os mais raros não abre candidatos.
"""

import re
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from clientes.models import ParDeDuplicados
from contas.auditoria import registrar
from contas.models import Empresa, Usuario
from contas.texto import sem_acento

SEMELHANCA_MINIMA = 0.55  # θ
COMUM = 40
FORTE, MEDIA = 90, 70
_RUIDO = re.compile(
    r"\b(ltda|limitada|me|mei|epp|eireli|slu|s a|sa|cia|companhia|e|de|da|do|das|dos|com|comercio|ind|industria"
    r"|[0-9]{11,14})\b",
    re.ASCII,
)
_OUTROS = re.compile(r"[^a-z0-9]+")


def nome_comparavel(nome: str) -> str:
    """Gêmea de `clientes_nome_comparavel()` em SQL."""
    simples = _OUTROS.sub(" ", sem_acento(nome))
    limpo = re.sub(" +", " ", _RUIDO.sub(" ", simples)).strip()
    return limpo or simples.strip()


def trigramas(nome: str) -> set[str]:
    """Gêmea de `clientes_trigramas()`: dois espaços antes e um depois de cada palavra."""
    return {
        f"  {palavra} "[i : i + 3] for palavra in nome.split(" ") if palavra for i in range(len(palavra) + 1)
    }


def semelhanca(um: str, outro: str) -> float:
    a, b = trigramas(nome_comparavel(um)), trigramas(nome_comparavel(outro))
    return len(a & b) / len(a | b) if a or b else 0.0


@dataclass(frozen=True, slots=True)
class Busca:
    """O que uma procura achou."""

    clientes: int
    pares: int
    novos: int


# Só se regrava a chave que mudou: numa noite comum, quase nenhuma.
_CHAVES = """
INSERT INTO clientes_chavedecliente (cliente_id, empresa_id, nome, lugar, trigramas)
SELECT n.id, n.empresa_id, n.nome, n.lugar, clientes_trigramas(n.nome)
  FROM (SELECT c.id, c.empresa_id, clientes_nome_comparavel(c.razao_social) AS nome,
               coalesce(c.municipio_id::text, nullif(c.uf || '/' || c.cidade_chave, c.uf || '/'), '') AS lugar
          FROM clientes_cliente c WHERE c.empresa_id = %(empresa)s) n
  LEFT JOIN clientes_chavedecliente k ON k.cliente_id = n.id
 WHERE (k.empresa_id, k.nome, k.lugar) IS DISTINCT FROM (n.empresa_id, n.nome, n.lugar)
ON CONFLICT (cliente_id) DO UPDATE
   SET empresa_id = excluded.empresa_id, nome = excluded.nome, lugar = excluded.lugar, trigramas = excluded.trigramas
"""
_PREFIXOS = """
CREATE TEMP TABLE _prefixos ON COMMIT DROP AS
WITH linhas AS (
  SELECT k.cliente_id, k.lugar, cardinality(k.trigramas) AS n, t.tri
    FROM clientes_chavedecliente k CROSS JOIN LATERAL unnest(k.trigramas) AS t (tri)
   WHERE k.empresa_id = %(empresa)s AND k.lugar <> ''
), frequencias AS (
  SELECT tri, count(*) AS vezes FROM linhas GROUP BY tri
), ordenadas AS (
  SELECT l.*, row_number() OVER (PARTITION BY l.cliente_id ORDER BY f.vezes, l.tri) AS posicao
    FROM linhas l JOIN frequencias f USING (tri)
), prefixos AS (
  SELECT cliente_id, lugar, n, tri, count(*) OVER (PARTITION BY lugar, tri) AS no_lugar
    FROM ordenadas WHERE posicao <= n - ceil(%(minima)s * n) + 1
)
SELECT cliente_id, lugar, n, tri FROM prefixos WHERE no_lugar BETWEEN 2 AND %(comum)s
"""
_CANDIDATOS = """
CREATE TEMP TABLE _candidatos ON COMMIT DROP AS
SELECT DISTINCT x.cliente_id AS a, y.cliente_id AS b
  FROM _prefixos x JOIN _prefixos y
    ON y.lugar = x.lugar AND y.tri = x.tri AND y.cliente_id > x.cliente_id
   AND least(x.n, y.n) >= %(minima)s * greatest(x.n, y.n)
"""
# O mesmo nome junta cada um ao primeiro do grupo: dez iguais são nove pares, e não quarenta e cinco.
_ACHADOS = """
CREATE TEMP TABLE _achados ON COMMIT DROP AS
WITH medidos AS (
  SELECT c.a, c.b, i.comuns::numeric / (cardinality(x.trigramas) + cardinality(y.trigramas) - i.comuns) AS parecido
    FROM _candidatos c
    JOIN clientes_chavedecliente x ON x.cliente_id = c.a
    JOIN clientes_chavedecliente y ON y.cliente_id = c.b
   CROSS JOIN LATERAL (SELECT count(*) AS comuns FROM unnest(x.trigramas) t (tri) WHERE t.tri = ANY(y.trigramas)) i
), nomes AS (
  SELECT lugar, nome, min(cliente_id) AS primeiro FROM clientes_chavedecliente
   WHERE empresa_id = %(empresa)s AND nome <> '' GROUP BY 1, 2
), pares AS (
  SELECT p.primeiro AS a, c.id AS b, 'documento' AS motivo, NULL::numeric AS parecido
    FROM (SELECT documento, min(id) AS primeiro FROM clientes_cliente
           WHERE empresa_id = %(empresa)s AND documento_valido GROUP BY 1 HAVING count(*) > 1) p
    JOIN clientes_cliente c ON c.empresa_id = %(empresa)s AND c.documento = p.documento AND c.documento_valido
   WHERE c.id <> p.primeiro
   UNION ALL
  SELECT a, b, 'nome', parecido FROM medidos WHERE parecido >= %(minima)s
   UNION ALL
  SELECT n.primeiro, k.cliente_id, 'nome', 1 FROM clientes_chavedecliente k
    JOIN nomes n ON n.lugar = k.lugar AND n.nome = k.nome
   WHERE k.empresa_id = %(empresa)s AND k.lugar <> '' AND k.cliente_id <> n.primeiro
   UNION ALL
  SELECT least(n.primeiro, k.cliente_id), greatest(n.primeiro, k.cliente_id), 'nome_sem_cidade', 1
    FROM clientes_chavedecliente k
    JOIN (SELECT nome, min(primeiro) AS primeiro FROM nomes GROUP BY 1) n ON n.nome = k.nome
   WHERE k.empresa_id = %(empresa)s AND k.lugar = '' AND k.cliente_id <> n.primeiro
)
SELECT DISTINCT ON (p.a, p.b) p.a, p.b, p.motivo, s.semelhanca,
       x.telefone <> '' AND x.telefone = y.telefone AS mesmo_telefone,
       x.email <> '' AND lower(x.email) = lower(y.email) AS mesmo_email,
       x.documento_valido AND y.documento_valido AND x.documento <> y.documento AS documentos_diferentes
  FROM pares p
  JOIN clientes_cliente x ON x.id = p.a
  JOIN clientes_cliente y ON y.id = p.b
  JOIN clientes_chavedecliente kx ON kx.cliente_id = p.a
  JOIN clientes_chavedecliente ky ON ky.cliente_id = p.b
 CROSS JOIN LATERAL (
   SELECT round(100 * coalesce(p.parecido,
            (SELECT count(*) FROM unnest(kx.trigramas) t (tri) WHERE t.tri = ANY(ky.trigramas))::numeric
            / greatest(1, (SELECT count(DISTINCT t.tri) FROM unnest(kx.trigramas || ky.trigramas) t (tri))))
          )::int AS semelhanca) s
 -- dois CNPJ válidos da mesma raiz são matriz e filial (ou duas filiais): não são o mesmo cadastro
 WHERE NOT (x.documento_valido AND y.documento_valido AND x.documento <> y.documento
            AND length(x.documento) = 14 AND length(y.documento) = 14 AND x.documento_raiz = y.documento_raiz)
   AND NOT (x.documento_valido AND y.documento_valido AND x.documento <> y.documento
            AND s.semelhanca < %(outro_documento)s)
 ORDER BY p.a, p.b, (p.motivo = 'documento') DESC, p.motivo
"""
_ESQUECER = """
DELETE FROM clientes_pardeduplicados p
 WHERE p.empresa_id = %(empresa)s AND p.descartado_em IS NULL
   AND NOT EXISTS (SELECT FROM _achados x WHERE x.a = p.a_id AND x.b = p.b_id)
"""
_GRAVAR = """
WITH com_forca AS (
  SELECT x.*, least(100, greatest(0,
           CASE motivo WHEN 'documento' THEN 100 WHEN 'nome' THEN semelhanca - 10 ELSE semelhanca - 25 END
           + CASE WHEN mesmo_telefone THEN 10 ELSE 0 END + CASE WHEN mesmo_email THEN 10 ELSE 0 END
           - CASE WHEN documentos_diferentes THEN 40 ELSE 0 END))::smallint AS forca
    FROM _achados x
), gravados AS (
  INSERT INTO clientes_pardeduplicados
         (empresa_id, a_id, b_id, motivo, semelhanca, forca, mesmo_telefone, mesmo_email, achado_em)
  SELECT %(empresa)s, f.a, f.b, f.motivo, f.semelhanca, f.forca, f.mesmo_telefone, f.mesmo_email, now()
    FROM com_forca f LEFT JOIN clientes_pardeduplicados p ON p.a_id = f.a AND p.b_id = f.b
   WHERE (p.motivo, p.semelhanca, p.forca, p.mesmo_telefone, p.mesmo_email) IS DISTINCT FROM
         (f.motivo, f.semelhanca::smallint, f.forca, f.mesmo_telefone, f.mesmo_email)
  ON CONFLICT (a_id, b_id) DO UPDATE
     SET motivo = excluded.motivo, semelhanca = excluded.semelhanca, forca = excluded.forca,
         mesmo_telefone = excluded.mesmo_telefone, mesmo_email = excluded.mesmo_email
  RETURNING xmax = 0 AS novo
)
SELECT (SELECT count(*) FROM _achados), (SELECT count(*) FROM gravados WHERE novo),
       (SELECT count(*) FROM clientes_chavedecliente WHERE empresa_id = %(empresa)s)
"""
OUTRO_DOCUMENTO = 85  # com documentos válidos diferentes, só nomes quase iguais ainda levantam a suspeita


@transaction.atomic
def procurar(empresa: Empresa) -> Busca:
    """Refaz os pares da empresa; repetir sem mudança no cadastro não grava nada."""
    valores = {
        "empresa": empresa.pk,
        "minima": SEMELHANCA_MINIMA,
        "comum": COMUM,
        "outro_documento": OUTRO_DOCUMENTO,
    }
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp._prefixos, pg_temp._candidatos, pg_temp._achados")
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(_CHAVES, valores)
        if cursor.rowcount:  # sem as contas da tabela recém-cheia, o banco cruzaria todos os nomes com todos
            cursor.execute("ANALYZE clientes_chavedecliente")
        for passo, tabela in (
            (_PREFIXOS, "_prefixos"),
            (_CANDIDATOS, "_candidatos"),
            (_ACHADOS, "_achados"),
        ):
            cursor.execute(passo, valores)
            cursor.execute(f"ANALYZE {tabela}")
        cursor.execute(_ESQUECER, valores)
        cursor.execute(_GRAVAR, valores)
        pares, novos, clientes = cursor.fetchone()
    return Busca(clientes, pares, novos)


@transaction.atomic
def descartar(*, par: ParDeDuplicados, por: Usuario) -> None:
    """ "Não são o mesmo": fica lembrado, e a procura não o traz de volta."""
    if par.descartado_em is not None:
        return
    par.descartado_em, par.descartado_por = timezone.now(), por
    par.save(update_fields=["descartado_em", "descartado_por"])
    registrar("descartar duplicado", por=por, objeto=_rotulo(par))


@transaction.atomic
def reconsiderar(*, par: ParDeDuplicados, por: Usuario) -> None:
    if par.descartado_em is None:
        return
    par.descartado_em = par.descartado_por = None
    par.save(update_fields=["descartado_em", "descartado_por"])
    registrar("reconsiderar duplicado", por=por, objeto=_rotulo(par))


def _rotulo(par: ParDeDuplicados) -> str:
    return f"clientes {par.a.codigo} e {par.b.codigo}"


def forca_em_palavras(forca: int) -> str:
    if forca >= FORTE:
        return "forte"
    return "média" if forca >= MEDIA else "fraca"
