"""A caixa de saída e os webhooks: nenhum estado impossível, ninguém preso no meio de um envio."""

from carteira.operacao.verificacao import Verificacao

VARREDURA = (
    "A varredura de cada minuto as resolve: confira se o beat e um worker estão no ar (página Operação)."
)

_ESTADO = """
SELECT format('mensagem %%s: %%s', m.id, x.falta)
  FROM notificacoes_mensagem m
 CROSS JOIN LATERAL (SELECT CASE
    WHEN m.estado = 'enviada' AND m.enviada_em IS NULL THEN 'enviada sem hora de envio'
    WHEN m.estado = 'enviada' AND m.tentativas = 0 THEN 'enviada sem nenhuma tentativa'
    WHEN m.estado = 'enviando' AND m.reivindicada_em IS NULL THEN 'enviando sem ninguém que a tenha tomado'
    WHEN m.estado IN ('enviando', 'incerto') AND m.tentativas = 0 THEN m.estado || ' sem nenhuma tentativa'
    WHEN m.estado = 'pendente' AND m.enviada_em IS NOT NULL THEN 'pendente com hora de envio'
    WHEN m.estado = 'morta' AND m.erro = '' THEN 'recusada sem dizer por quê' END AS falta) x
 WHERE x.falta IS NOT NULL
"""

_PRESA = """
SELECT format('mensagem %%s: em envio desde %%s', m.id, to_char(m.reivindicada_em, 'DD/MM/YYYY HH24:MI TZ'))
  FROM notificacoes_mensagem m WHERE m.estado = 'enviando' AND m.reivindicada_em < %(limite)s
"""

_ATRASADA = """
SELECT format('mensagem %%s: devia ter saído em %%s', m.id, to_char(m.proxima_tentativa_em, 'DD/MM/YYYY HH24:MI TZ'))
  FROM notificacoes_mensagem m
 WHERE m.estado = 'pendente' AND m.proxima_tentativa_em < %(limite)s - interval '45 minutes'
"""

_INCERTA = "SELECT format('mensagem %%s: pode ter saído ou não', m.id) FROM notificacoes_mensagem m WHERE m.estado = 'incerto'"

_DO_CLIENTE = """
SELECT format('mensagem %%s: é a um cliente e não é contato de ninguém', m.id)
  FROM notificacoes_mensagem m WHERE m.tipo = 'cliente' AND m.contato_id IS NULL AND m.estado IN ('pendente', 'enviando')
"""

_DUAS_VEZES = """
SELECT format('regra %%s, pessoa %%s, cliente %%s, evento %%s: %%s decisões', i.regra, i.pessoa_id, i.cliente_id, i.evento,
              count(*))
  FROM notificacoes_itemdemensagem i GROUP BY i.regra, i.pessoa_id, i.cliente_id, i.evento HAVING count(*) > 1
"""

_ENTREGA = """
SELECT format('entrega %%s: %%s', w.id, x.falta)
  FROM notificacoes_entregadewebhook w
 CROSS JOIN LATERAL (SELECT CASE
    WHEN w.estado = 'entregue' AND w.entregue_em IS NULL THEN 'entregue sem hora'
    WHEN w.estado = 'enviando' AND w.reivindicada_em IS NULL THEN 'enviando sem ninguém que a tenha tomado'
    WHEN w.estado = 'enviando' AND w.reivindicada_em < %(limite)s THEN 'em envio há tempo demais' END AS falta) x
 WHERE x.falta IS NOT NULL
"""

VERIFICACOES = (
    Verificacao(
        "mensagem-estado",
        "O estado de cada mensagem combina com as horas e as tentativas dela.",
        "Abra a mensagem em Mensagens: o erro e as tentativas estão lá. Reenvie só se souber que não chegou.",
        _ESTADO,
    ),
    Verificacao("mensagem-presa", "Nenhuma mensagem está há tempo demais em envio.", VARREDURA, _PRESA),
    Verificacao(
        "mensagem-unica",
        "Ninguém foi avisado duas vezes do mesmo fato.",
        "A restrição do banco foi tirada: rode `manage.py migrate` e chame o suporte.",
        _DUAS_VEZES,
    ),
    Verificacao(
        "mensagem-ao-cliente",
        "O e-mail a um cliente e o contato que ele é existem juntos.",
        "Cancele a mensagem em Mensagens; o vendedor a escreve de novo na ficha.",
        _DO_CLIENTE,
    ),
    Verificacao("webhook-entrega", "Cada entrega de webhook combina com as horas dela.", VARREDURA, _ENTREGA),
    Verificacao(
        "mensagem-atrasada",
        "O que devia ter saído saiu.",
        "Veja em Mensagens o erro da última tentativa; confira o servidor de e-mail, o beat e o worker.",
        _ATRASADA,
        grave=False,
    ),
    Verificacao(
        "mensagem-incerta",
        "Nenhuma mensagem espera que alguém diga se chegou.",
        "Pergunte a quem a receberia; só então reenvie, em Mensagens › Incertas.",
        _INCERTA,
        grave=False,
    ),
)
