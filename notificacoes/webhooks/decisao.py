"""Dos fatos gravados às entregas: um comando por evento, para todos os destinos de uma vez.

O fato já confirmado é a fila: nada se perde se um processo morre antes de decidir, e a chave única faz de cada fato
uma entrega só por destino. Cada rodada olha um pouco para trás de onde a outra parou, porque uma transação longa
confirma depois fatos com a hora de antes.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction

from notificacoes.models import DestinoDeWebhook
from notificacoes.webhooks.catalogo import CATALOGO, Evento

PARA_TRAS = timedelta(hours=6)
_DECIDIR = """
INSERT INTO notificacoes_entregadewebhook
  (destino_id, evento, chave, numero, corpo, estado, tentativas, decidida_em, pedida_em, proxima_tentativa_em, erro)
SELECT d.id, %(evento)s, f.chave, n.numero,
       json_build_object('id', n.numero, 'evento', %(evento)s, 'em', f.em,
                         'empresa', json_build_object('codigo', d.codigo, 'nome', d.nome_da_empresa),
                         'dados', f.dados)::text,
       'pendente', 0, %(agora)s, %(agora)s, %(agora)s, ''
FROM (SELECT w.id, w.empresa_id, e.codigo, e.nome AS nome_da_empresa,
             greatest(w.criado_em, (w.eventos_desde ->> %(evento)s)::timestamptz,
                      w.decidido_ate - make_interval(secs => %(para_tras)s)) AS desde
      FROM notificacoes_destinodewebhook w JOIN contas_empresa e ON e.id = w.empresa_id
      WHERE %(evento)s = ANY(w.eventos)) d
CROSS JOIN LATERAL ({fatos}) AS f(chave, em, dados)
CROSS JOIN LATERAL (SELECT md5(d.id || ':' || f.chave)::uuid AS numero) n
ON CONFLICT (destino_id, chave) DO NOTHING
"""


@transaction.atomic
def decidir(agora: datetime) -> int:
    """Escreve as entregas que faltam; devolve quantas. Repetir não escreve nada."""
    destinos = list(DestinoDeWebhook.objects.select_for_update().order_by("pk"))
    pedidos = {nome for destino in destinos for nome in destino.eventos}
    novas = sum(_decidir(evento, agora) for evento in CATALOGO if evento.nome in pedidos)
    DestinoDeWebhook.objects.filter(pk__in=[d.pk for d in destinos]).update(decidido_ate=agora)
    return novas


def _decidir(evento: Evento, agora: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            _DECIDIR.replace("{fatos}", evento.fatos),
            {"evento": evento.nome, "agora": agora, "para_tras": PARA_TRAS.total_seconds()},
        )
        return int(cursor.rowcount)
