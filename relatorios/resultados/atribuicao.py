"""A que contato se deve um pedido: o último efetivo em [pedido − N dias, pedido]; sem nenhum, foi espontâneo.

N é de cada empresa. Contato é o efetivo e não desfeito, de qualquer pessoa e canal; o dia é o civil da instalação, e
os dois contam.
"""

from atividade.giro import dias_da_atribuicao


def ultimo_contato(cliente: str, dia: str, empresa: str) -> str:
    """Subconsulta de uma linha (ou nenhuma): o contato que vence para um pedido daquele dia."""
    return (
        "SELECT k.id, (k.em AT TIME ZONE %(fuso)s)::date AS dia, k.canal, k.atendente_id, k.campanha_id, k.oferta_tipo "
        "FROM clientes_contato k JOIN clientes_ocorrencia r ON r.id = k.ocorrencia_id AND r.efetiva "
        f"WHERE k.cliente_id = {cliente} AND k.desfeito_em IS NULL "
        f"AND k.em >= ({dia} - {dias_da_atribuicao(empresa)})::timestamp AT TIME ZONE %(fuso)s "
        f"AND k.em < ({dia} + 1)::timestamp AT TIME ZONE %(fuso)s ORDER BY k.em DESC, k.id DESC LIMIT 1"
    )


def oferta_do_contato(contato: str, cliente: str) -> str:
    """O que se disse ter oferecido no contato ou, sem isso, a oferta da lista em que o cliente estava naquele dia.

    De duas listas ganha a da mesma campanha, depois a mais nova.
    """
    dia, campanha = f"{contato}.dia", f"{contato}.campanha_id"
    da_lista = (
        "SELECT t.oferta_tipo FROM clientes_membrodalista b JOIN clientes_listadetrabalho t ON t.id = b.lista_id "
        f"WHERE b.cliente_id = {cliente} AND NOT b.controle AND t.apagada_em IS NULL AND t.oferta_tipo <> '' "
        f"AND {dia} >= greatest(b.entrou_em, t.de) AND {dia} <= coalesce(b.saiu_em, {dia}) "
        f"AND {dia} <= coalesce(t.ate, {dia}) "
        f"AND {dia} <= coalesce((t.encerrada_em AT TIME ZONE %(fuso)s)::date, {dia}) "
        f"ORDER BY (t.campanha_id = {campanha}) IS TRUE DESC, t.de DESC, t.id DESC LIMIT 1"
    )
    return f"SELECT coalesce(nullif({contato}.oferta_tipo, ''), ({da_lista})) AS oferta_tipo"
