-- Um passo de Newton da logística: o que falta à verossimilhança, o gradiente e a curvatura, numa passada.
SELECT coalesce(sum(ln(1 + exp(eta)) - y * eta), 0), coalesce(sum(p - y), 0), coalesce(sum((p - y) * z), 0),
       coalesce(sum(p * (1 - p)), 0), coalesce(sum(p * (1 - p) * z), 0), coalesce(sum(p * (1 - p) * z * z), 0)
  FROM (SELECT z, calado::int AS y, eta, 1 / (1 + exp(-eta)) AS p
          FROM (SELECT z, calado, least(greatest(%(b0)s::float8 + %(s)s::float8 * z, -700), 700) AS eta
                  FROM c_janelas WHERE corte = ANY(%(cortes)s)) e) t
