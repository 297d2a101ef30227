-- Empate no valor de corte: entra quem vem antes pelo código (collation C).
INSERT INTO c_empates
SELECT %(classe)s, t.cliente_id
  FROM ({fonte}) t JOIN clientes_cliente c ON c.id = t.cliente_id
 WHERE t.valor_12m = %(valor)s
 ORDER BY c.codigo COLLATE "C"
 LIMIT %(cabem)s;
