-- O que as tabelas de todas as aplicações usam nas suas colunas geradas.

CREATE FUNCTION sem_acento(texto text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN lower(regexp_replace(normalize(texto, NFD), '[\u0300-\u036f]', '', 'g'));
