-- Quem a fila chamaria em %(referencia)s (duas compras ou mais), e se ficou os 90 dias seguintes sem comprar.
INSERT INTO c_janelas (corte, n, r, tx, z, calado)
SELECT %(referencia)s, j.n, j.r, j.tx, {z},
       NOT EXISTS (SELECT 1 FROM clientes_pedido p
                    WHERE p.empresa_id = %(empresa)s AND p.cliente_id = j.cliente_id AND p.conta
                      AND p.data > %(referencia)s AND p.data <= %(fim)s)
  FROM (SELECT l.cliente_id, l.dias_de_compra AS n, %(referencia)s::date - l.ultima_compra AS r,
               l.ultima_compra - l.primeira_compra AS tx, %(m0)s::float8 AS m0
          FROM ({linhas}) l
         WHERE l.dias_de_compra >= 2
           AND (l.status = 'quase_inativo' OR l.status = 'ativo' AND l.proxima_compra_esperada <= %(perto)s)
           AND NOT EXISTS (SELECT 1 FROM c_fora f WHERE f.cliente_id = l.cliente_id)) j
