"""Gatilhos por comando: marcam quem recalcular e mantêm as colunas copiadas do cliente.

Por comando e com tabelas de transição, e não por linha: uma importação de cem mil pedidos
paga uma marca só. Não há restrição de unicidade na fila (veja `Sujo`).
"""

from django.db import migrations

NASCER = """
CREATE FUNCTION atividade_cliente_nasceu() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO atividade_indicadores (cliente_id, empresa_id, vendedor_id, equipe_id, segmento_id, uf)
  SELECT id, empresa_id, vendedor_id, equipe_id, segmento_id, uf FROM novos
  ON CONFLICT (cliente_id) DO NOTHING;
  INSERT INTO atividade_sujo (cliente_id) SELECT id FROM novos;
  RETURN NULL;
END $$;
CREATE TRIGGER atividade_cliente_nasceu AFTER INSERT ON clientes_cliente
  REFERENCING NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION atividade_cliente_nasceu();
"""

MUDAR = """
CREATE FUNCTION atividade_cliente_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE atividade_indicadores i
     SET empresa_id = n.empresa_id, vendedor_id = n.vendedor_id, equipe_id = n.equipe_id,
         segmento_id = n.segmento_id, uf = n.uf
    FROM novos n
   WHERE i.cliente_id = n.id
     AND (i.empresa_id, i.vendedor_id, i.equipe_id, i.segmento_id, i.uf)
         IS DISTINCT FROM (n.empresa_id, n.vendedor_id, n.equipe_id, n.segmento_id, n.uf);
  INSERT INTO atividade_sujo (cliente_id)
  SELECT n.id FROM novos n JOIN antigos a ON a.id = n.id
   WHERE (a.segmento_id, a.empresa_id) IS DISTINCT FROM (n.segmento_id, n.empresa_id);
  RETURN NULL;
END $$;
CREATE TRIGGER atividade_cliente_mudou AFTER UPDATE ON clientes_cliente
  REFERENCING OLD TABLE AS antigos NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION atividade_cliente_mudou();
"""

PEDIDOS = """
CREATE FUNCTION atividade_pedido_entrou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO atividade_sujo (cliente_id) SELECT DISTINCT cliente_id FROM novos;
  RETURN NULL;
END $$;
CREATE FUNCTION atividade_pedido_saiu() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO atividade_sujo (cliente_id) SELECT DISTINCT cliente_id FROM antigos;
  RETURN NULL;
END $$;
CREATE FUNCTION atividade_pedido_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO atividade_sujo (cliente_id)
  SELECT DISTINCT c.id
    FROM novos n JOIN antigos a ON a.id = n.id
   CROSS JOIN LATERAL (VALUES (a.cliente_id), (n.cliente_id)) AS c (id)
   WHERE (a.cliente_id, a.empresa_id, a.data, a.valor, a.conta, a.situacao)
         IS DISTINCT FROM (n.cliente_id, n.empresa_id, n.data, n.valor, n.conta, n.situacao);
  RETURN NULL;
END $$;
CREATE TRIGGER atividade_pedido_entrou AFTER INSERT ON clientes_pedido
  REFERENCING NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION atividade_pedido_entrou();
CREATE TRIGGER atividade_pedido_saiu AFTER DELETE ON clientes_pedido
  REFERENCING OLD TABLE AS antigos FOR EACH STATEMENT EXECUTE FUNCTION atividade_pedido_saiu();
CREATE TRIGGER atividade_pedido_mudou AFTER UPDATE ON clientes_pedido
  REFERENCING OLD TABLE AS antigos NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION atividade_pedido_mudou();
"""

# Contato novo só adianta o relógio (greatest): dois ao mesmo tempo não se desfazem.
# Desfazer, editar ou mudar o que é efetivo refaz a conta do cliente.
CONTATOS = """
CREATE FUNCTION atividade_ultimo_contato(clientes bigint[]) RETURNS void LANGUAGE sql AS $$
  UPDATE atividade_indicadores i
     SET ultimo_contato_em = u.em
    FROM (SELECT alvo.id, (SELECT max(c.em) FROM clientes_contato c JOIN clientes_ocorrencia o ON o.id = c.ocorrencia_id
                            WHERE c.cliente_id = alvo.id AND c.desfeito_em IS NULL AND o.efetiva) AS em
            FROM unnest(clientes) AS alvo (id)) u
   WHERE i.cliente_id = u.id AND i.ultimo_contato_em IS DISTINCT FROM u.em
$$;
CREATE FUNCTION atividade_contato_entrou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE atividade_indicadores i
     SET ultimo_contato_em = greatest(i.ultimo_contato_em, n.em)
    FROM (SELECT c.cliente_id, max(c.em) AS em FROM novos c JOIN clientes_ocorrencia o ON o.id = c.ocorrencia_id
           WHERE c.desfeito_em IS NULL AND o.efetiva GROUP BY 1) n
   WHERE i.cliente_id = n.cliente_id AND (i.ultimo_contato_em IS NULL OR i.ultimo_contato_em < n.em);
  RETURN NULL;
END $$;
CREATE FUNCTION atividade_contato_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM atividade_ultimo_contato(array(SELECT cliente_id FROM novos UNION SELECT cliente_id FROM antigos));
  RETURN NULL;
END $$;
CREATE FUNCTION atividade_contato_saiu() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM atividade_ultimo_contato(array(SELECT DISTINCT cliente_id FROM antigos));
  RETURN NULL;
END $$;
CREATE FUNCTION atividade_ocorrencia_mudou() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM atividade_ultimo_contato(array(SELECT DISTINCT c.cliente_id FROM clientes_contato c
    JOIN novas n ON n.id = c.ocorrencia_id JOIN antigas a ON a.id = n.id WHERE a.efetiva <> n.efetiva));
  RETURN NULL;
END $$;
CREATE TRIGGER atividade_contato_entrou AFTER INSERT ON clientes_contato
  REFERENCING NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION atividade_contato_entrou();
CREATE TRIGGER atividade_contato_mudou AFTER UPDATE ON clientes_contato
  REFERENCING OLD TABLE AS antigos NEW TABLE AS novos FOR EACH STATEMENT EXECUTE FUNCTION atividade_contato_mudou();
CREATE TRIGGER atividade_contato_saiu AFTER DELETE ON clientes_contato
  REFERENCING OLD TABLE AS antigos FOR EACH STATEMENT EXECUTE FUNCTION atividade_contato_saiu();
CREATE TRIGGER atividade_ocorrencia_mudou AFTER UPDATE ON clientes_ocorrencia
  REFERENCING OLD TABLE AS antigas NEW TABLE AS novas FOR EACH STATEMENT EXECUTE FUNCTION atividade_ocorrencia_mudou();
"""

# Clientes que já existiam antes dos gatilhos ganham a linha deles; a folga de 20 % serve às atualizações da noite.
INICIO = """
INSERT INTO atividade_indicadores (cliente_id, empresa_id, vendedor_id, equipe_id, segmento_id, uf)
SELECT id, empresa_id, vendedor_id, equipe_id, segmento_id, uf FROM clientes_cliente
ON CONFLICT (cliente_id) DO NOTHING;
ALTER TABLE atividade_indicadores SET (fillfactor = 80);
"""

DESFAZER = """
DROP TRIGGER atividade_cliente_nasceu ON clientes_cliente;
DROP TRIGGER atividade_cliente_mudou ON clientes_cliente;
DROP TRIGGER atividade_pedido_entrou ON clientes_pedido;
DROP TRIGGER atividade_pedido_saiu ON clientes_pedido;
DROP TRIGGER atividade_pedido_mudou ON clientes_pedido;
DROP TRIGGER atividade_contato_entrou ON clientes_contato;
DROP TRIGGER atividade_contato_mudou ON clientes_contato;
DROP TRIGGER atividade_contato_saiu ON clientes_contato;
DROP TRIGGER atividade_ocorrencia_mudou ON clientes_ocorrencia;
DROP FUNCTION atividade_cliente_nasceu(), atividade_cliente_mudou(), atividade_pedido_entrou(),
  atividade_pedido_saiu(), atividade_pedido_mudou(), atividade_contato_entrou(), atividade_contato_mudou(),
  atividade_contato_saiu(), atividade_ocorrencia_mudou(), atividade_ultimo_contato(bigint[]);
"""


class Migration(migrations.Migration):
    dependencies = [("atividade", "0003_estado_do_recalculo"), ("clientes", "0003_pedidos_por_empresa")]

    operations = [migrations.RunSQL(NASCER + MUDAR + PEDIDOS + CONTATOS + INICIO, DESFAZER)]
