-- As medidas de uma faixa de clientes, numa função: o PostgreSQL não leva uma consulta com janela a outro processo, mas
-- leva uma função que a faz inteira. O custo alto é o que faz o planejador chamar os processos.
CREATE FUNCTION pg_temp.c_medir(bigint, bigint) RETURNS SETOF pg_temp.c_medidas
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000000 ROWS 10000 SET plan_cache_mode = force_custom_plan
AS $medir$ BEGIN RETURN QUERY
{medidas}; END $medir$
