"""A busca não acha pelo número nem pelo endereço de quem pediu para não ser procurado por ali.

O que não se lê na ficha também não se adivinha, um algarismo de cada vez, pelo que a busca acha ou deixa de achar.
"""

from importlib import import_module

from django.db import migrations

_DE_ANTES = import_module("clientes.migrations.0009_busca_e_indices")
_TELEFONE = "CASE WHEN {fechados} @> ARRAY['ligacao', 'whatsapp']::varchar[] THEN '' ELSE {dono}.telefone END"
_EMAIL = "CASE WHEN {fechados} @> ARRAY['email']::varchar[] THEN '' ELSE {dono}.email END"
_DA_PESSOA = "(c.nao_contatar || p.nao_contatar)"


def _sem_fechados(texto, dono, fechados):
    for campo, caso in (("telefone", _TELEFONE), ("email", _EMAIL)):
        texto = texto.replace(f"{dono}.{campo}", caso.format(dono=dono, fechados=fechados))
    return texto


def _funcoes(do_cliente, da_pessoa, mais_um):
    refazer = _DE_ANTES.REFAZER.partition("CREATE FUNCTION")[2]
    refazer = refazer.replace(_DE_ANTES.DO_CLIENTE, do_cliente).replace(_DE_ANTES.DA_PESSOA, da_pessoa)
    return f"""
CREATE OR REPLACE FUNCTION {refazer}
CREATE OR REPLACE FUNCTION clientes_busca_cliente_nasceu() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO clientes_textodebusca (cliente_id, palavras)
  SELECT c.id, {do_cliente} FROM novos c ON CONFLICT (cliente_id) DO NOTHING;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION clientes_busca_pessoa_entrou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE clientes_textodebusca b SET palavras = b.palavras || n.palavras
    FROM (SELECT p.cliente_id, clientes_juntar({da_pessoa}) AS palavras
            FROM novos p JOIN clientes_cliente c ON c.id = p.cliente_id GROUP BY 1) n
   WHERE b.cliente_id = n.cliente_id;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION clientes_busca_cliente_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE alvos bigint[];
BEGIN
  EXECUTE $sql$ SELECT array(SELECT c.id FROM novos c JOIN antigos a ON a.id = c.id
     WHERE (a.razao_social, a.nome_fantasia, a.codigo, a.documento, a.cidade, a.email, a.observacao, a.telefone
            {mais_um.format("a")})
           IS DISTINCT FROM
           (c.razao_social, c.nome_fantasia, c.codigo, c.documento, c.cidade, c.email, c.observacao, c.telefone
            {mais_um.format("c")})) $sql$ INTO alvos;
  PERFORM clientes_refazer_busca(alvos);
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION clientes_busca_pessoa_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE alvos bigint[];
BEGIN
  EXECUTE $sql$ SELECT array(SELECT unnest(ARRAY[a.cliente_id, p.cliente_id])
      FROM novos p JOIN antigos a ON a.id = p.id
     WHERE (a.cliente_id, a.nome, a.email, a.telefone, a.observacao {mais_um.format("a")})
           IS DISTINCT FROM
           (p.cliente_id, p.nome, p.email, p.telefone, p.observacao {mais_um.format("p")})) $sql$ INTO alvos;
  PERFORM clientes_refazer_busca(alvos);
  RETURN NULL;
END $$;
SELECT clientes_refazer_busca(array(
  SELECT id FROM clientes_cliente WHERE nao_contatar <> '{{}}'
   UNION SELECT cliente_id FROM clientes_pessoadecontato WHERE nao_contatar <> '{{}}'));
"""


class Migration(migrations.Migration):
    dependencies = [("clientes", "0027_oferta_do_contato")]

    operations = [
        migrations.RunSQL(
            _funcoes(
                _sem_fechados(_DE_ANTES.DO_CLIENTE, "c", "c.nao_contatar"),
                _sem_fechados(_DE_ANTES.DA_PESSOA, "p", _DA_PESSOA),
                ", {}.nao_contatar",
            ),
            _funcoes(_DE_ANTES.DO_CLIENTE, _DE_ANTES.DA_PESSOA, ""),
        )
    ]
