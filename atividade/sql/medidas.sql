-- Medidas por cliente, de uma passada só pelo índice pedido_que_conta (empresa, cliente, data) INCLUDE (valor).
-- `salto` é nulo na primeira compra e 0 em outra do mesmo dia; a soma dos saltos é última - primeira.
SELECT cliente_id, min(data), max(data), count(*)::int,
       (count(*) FILTER (WHERE salto > 0) + 1)::int,
       (count(*) FILTER (WHERE data > %(h12)s AND salto IS DISTINCT FROM 0))::int,
       coalesce(sum(salto * salto), 0),
       -- a mediana de inteiros é inteira ou meia: em dobro é inteira, e um inteiro vira numeric barato
       (2 * percentile_cont(0.5) WITHIN GROUP (ORDER BY salto) FILTER (WHERE salto > 0))::int * 0.5,
       sum(valor),
       coalesce(sum(valor) FILTER (WHERE data > %(h12)s), 0),
       coalesce(sum(valor) FILTER (WHERE data > %(janela)s), 0),
       -- 12 meses são 365 dias ou, passando por 29/02, 366: só o dia da dúvida faz a conta cara
       coalesce(sum(valor) FILTER (WHERE data > ultima - 365
         OR data = ultima - 365 AND data > (ultima - interval '12 months')::date), 0),
       coalesce(sum(valor) FILTER (WHERE data > %(d90)s), 0),
       coalesce(sum(valor) FILTER (WHERE data > %(d180)s AND data <= %(d90)s), 0),
       -- só um indício de volta; `recuperados.sql` confirma com a regra do cliente
       coalesce(bool_or(data > %(novidade)s AND salto >= %(menor_periodo)s), false)
  FROM (SELECT p.cliente_id, p.data, p.valor,
               p.data - lag(p.data) OVER w AS salto,
               last_value(p.data) OVER w AS ultima
          FROM {origem}
         WHERE p.empresa_id = %(empresa)s AND p.conta AND p.data <= %(referencia)s
           {faixa}
        WINDOW w AS (PARTITION BY p.cliente_id ORDER BY p.data
                     ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)) saltos
 GROUP BY cliente_id
