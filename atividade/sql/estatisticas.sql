-- Clientes com compra até %(ate)s agrupados por (x, tx, T) em dias; e a soma dos ln dos intervalos, para k = 2.
-- Uma passada só pelo índice pedido_que_conta; `salto` é nulo na primeira compra e 0 em outra do mesmo dia.
SELECT x, tx, t, count(*), coalesce(sum(soma_log), 0)
  FROM (SELECT count(*) FILTER (WHERE salto > 0) AS x, max(data) - min(data) AS tx, %(ate)s::date - min(data) AS t,
               sum(ln(salto::float8)) FILTER (WHERE salto > 0) AS soma_log
          FROM (SELECT cliente_id, data, data - lag(data) OVER (PARTITION BY cliente_id ORDER BY data) AS salto
                  FROM clientes_pedido
                 WHERE empresa_id = %(empresa)s AND conta AND data <= %(ate)s) saltos
         GROUP BY cliente_id) clientes
 GROUP BY x, tx, t
 ORDER BY x, tx, t
