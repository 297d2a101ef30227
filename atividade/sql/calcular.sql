-- A linha nova de cada cliente: medidas + regra + ciclo de reserva + devoluções. Status vem só das duas datas.
SELECT base.*, {status} AS status
  FROM (SELECT x.cliente_id, x.empresa_id, x.vendedor_id, x.equipe_id, x.segmento_id, x.uf,{antes}
{colunas}
          FROM {alvo}
          LEFT JOIN c_medidas m ON m.cliente_id = x.cliente_id
          LEFT JOIN c_recuperados v ON v.cliente_id = x.cliente_id
          LEFT JOIN c_ciclos k ON k.segmento_id = x.segmento_id
          {regra}
          LEFT JOIN (SELECT p.cliente_id, sum(p.valor) AS soma
                       FROM clientes_pedido p
                      WHERE p.empresa_id = %(empresa)s AND p.situacao = 'devolvido'
                        AND p.data > %(h12)s AND p.data <= %(referencia)s {de_quem}
                      GROUP BY 1) d ON d.cliente_id = x.cliente_id
         WHERE x.empresa_id = %(empresa)s
        OFFSET 0) base  -- cada coluna se calcula uma vez, e não em cada lugar que a usa
