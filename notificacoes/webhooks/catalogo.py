"""Os eventos que um sistema pode pedir, e o SQL que os lê dos fatos já gravados.

Cada um dá `chave` (o fato, para nunca virar duas entregas), `em` (texto ISO) e `dados`, a partir da empresa do
destino (`d.empresa_id`) e do instante `d.desde`. Dados pessoais, o mínimo: códigos, nunca nomes nem endereços.
"""

from dataclasses import dataclass

from notificacoes.regras.fatos_do_biro import DIAS_DE_NOTICIA, FAIXA_MUDOU

TESTE = "webhook.teste"


@dataclass(frozen=True, slots=True)
class Evento:
    nome: str
    rotulo: str
    quando: str
    fatos: str


def _instante(coluna: str) -> str:
    return f"""to_char({coluna} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""


# Mudança de regra não avisa ninguém, e por isso também não sai por aqui.
_MUDANCAS = f"""
SELECT '{{nome}}:' || m.id, m.em::text, json_build_object(
         'cliente', json_build_object('id', c.id, 'codigo', c.codigo),
         'vendedor', (SELECT json_build_object('id', v.usuario_id, 'codigo', v.codigo_erp) FROM contas_vinculo v
                      WHERE v.usuario_id = c.vendedor_id AND v.empresa_id = c.empresa_id),
         'de', m.de, 'para', m.para, 'em', m.em, 'motivo', m.motivo, 'calculada_em', {_instante("m.criado_em")})
FROM atividade_mudancastatus m JOIN clientes_cliente c ON c.id = m.cliente_id
WHERE c.empresa_id = d.empresa_id AND m.criado_em > d.desde AND m.motivo <> 'configuracao' {{e}}
"""

_SOUBE_SCORE = (
    f"s.empresa_id = d.empresa_id AND s.criado_em > d.desde AND s.em > now()::date - {DIAS_DE_NOTICIA}"
)
_RESTRICOES = f"""
SELECT '{{prefixo}}:' || r.id || ':' || {{dia}}, {{dia}}::text, json_build_object(
         'cliente', json_build_object('id', c.id, 'codigo', c.codigo), 'tipo', r.tipo, 'fonte', r.fonte,
         'em', r.em, 'baixada_em', r.baixada_em, 'valor', r.valor)
FROM clientes_restricaodecredito r JOIN clientes_cliente c ON c.id = r.cliente_id
WHERE r.empresa_id = d.empresa_id AND {{dia}} > now()::date - {DIAS_DE_NOTICIA} AND {{quando}}
"""

CATALOGO = (
    Evento(
        "cliente.status_mudou",
        "Um cliente mudou de situação",
        "Depois de cada recálculo, por compra, por tempo ou por correção de dados; nunca por mudança de regra.",
        _MUDANCAS.format(nome="status", e=""),
    ),
    Evento(
        "cliente.reativado",
        "Um cliente inativo voltou a comprar",
        "A mudança de inativo para ativo por causa de um pedido.",
        _MUDANCAS.format(
            nome="reativado", e="AND m.de = 'inativo' AND m.para = 'ativo' AND m.motivo = 'compra'"
        ),
    ),
    Evento(
        "importacao.concluida",
        "Uma importação terminou",
        "O arquivo entrou inteiro, ou sem as linhas rejeitadas se assim se escolheu.",
        f"""
SELECT 'importacao:' || i.id, {_instante("i.aplicada_em")},
       json_build_object('importacao', i.id, 'tipo', i.tipo, 'estado', i.estado)
FROM clientes_importacao i
WHERE i.empresa_id = d.empresa_id AND i.estado = 'aplicada' AND i.aplicada_em > d.desde""",
    ),
    Evento(
        "rodada.terminada",
        "A rotina da noite terminou",
        "Feita, adiada porque os pedidos pararam de chegar, ou falha.",
        f"""
SELECT 'rodada:' || x.id || ':' || extract(epoch FROM x.terminada_em)::bigint, {_instante("x.terminada_em")},
       json_build_object('vaga', x.referencia, 'estado', x.estado, 'referencia', e.referencia,
                         'duracao_ms', x.duracao_ms)
FROM atividade_execucao x JOIN contas_empresa e ON e.id = x.empresa_id
WHERE x.rotina = 'noturna' AND x.empresa_id = d.empresa_id AND x.terminada_em > d.desde""",
    ),
    Evento(
        "mensagem.nao_enviada",
        "Uma mensagem não saiu",
        "Recusada para sempre, incerta, ou de endereço devolvido: alguém precisa olhar.",
        f"""
SELECT 'mensagem:' || m.id || ':' || m.estado || ':' || m.tentativas,
       {_instante("coalesce(m.reivindicada_em, m.criada_em)")},
       json_build_object('mensagem', m.id, 'tipo', m.tipo, 'estado', m.estado, 'tentativas', m.tentativas)
FROM notificacoes_mensagem m
WHERE m.estado IN ('morta', 'incerto', 'suspensa')
  AND greatest(m.criada_em, m.reivindicada_em, m.proxima_tentativa_em) > d.desde
  AND EXISTS (SELECT FROM contas_vinculo v WHERE v.usuario_id = m.pessoa_id AND v.empresa_id = d.empresa_id)""",
    ),
    Evento(
        "cliente.score_mudou_de_faixa",
        "O score de um cliente mudou de faixa",
        "Uma importação trouxe um score em faixa acima ou abaixo da anterior, da mesma fonte.",
        f"""
SELECT 'score:' || m.id, m.em::text, json_build_object(
         'cliente', json_build_object('id', c.id, 'codigo', c.codigo), 'fonte', m.fonte, 'em', m.em,
         'de', m.antes, 'para', m.depois, 'faixa_de', m.faixa_antes, 'faixa_para', m.faixa,
         'subiu', m.minimo > m.minimo_antes)
FROM ({FAIXA_MUDOU.format(soube=_SOUBE_SCORE)}) m JOIN clientes_cliente c ON c.id = m.cliente_id""",
    ),
    Evento(
        "cliente.restricao_nova",
        "Um cliente tem uma restrição nova",
        "Pendência, protesto, ação, cheque… que uma importação trouxe; também os eventos, que não restringem.",
        _RESTRICOES.format(
            prefixo="restricao", dia="r.em", quando="r.criado_em > d.desde AND r.baixada_em IS NULL"
        ),
    ),
    Evento(
        "cliente.restricao_baixada",
        "A restrição de um cliente foi baixada",
        "Uma restrição já conhecida ganhou data de baixa.",
        _RESTRICOES.format(
            prefixo="baixa",
            dia="r.baixada_em",
            quando="r.atualizado_em > d.desde AND r.atualizado_em > r.criado_em",
        ),
    ),
)
NOMES = {evento.nome: evento.rotulo for evento in CATALOGO} | {TESTE: "Teste"}
