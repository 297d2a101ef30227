"""Quem saiu não guarda agenda, carteira, equipe, cobertura nem chave nenhuma."""

from collections.abc import Callable, Iterator

from django.db.models import Model, Q

from carteira.operacao.verificacao import Pedido, Verificacao
from clientes.models import CalendarioPessoal
from contas.models import AparelhoLembrado, SessaoDePessoa, TokenDaApi

_AGENDA = """
SELECT format('pessoa %%s, desativada: %%s compromissos em aberto', u.id, count(*))
  FROM clientes_agendamento a JOIN contas_usuario u ON u.id = a.responsavel_id
 WHERE NOT u.is_active AND a.concluido_em IS NULL AND a.cancelado_em IS NULL
 GROUP BY u.id
"""

_CARTEIRA = """
SELECT format('pessoa %%s, desativada: %%s clientes em %%s', u.id, count(*), e.codigo)
  FROM clientes_cliente c JOIN contas_usuario u ON u.id = c.vendedor_id JOIN contas_empresa e ON e.id = c.empresa_id
 WHERE NOT u.is_active AND e.id = ANY(%(empresas)s)
 GROUP BY u.id, e.codigo
"""

_GESTAO = """
SELECT format('pessoa %%s, desativada: ainda gere a equipe %%s', u.id, g.equipe_id)
  FROM contas_equipe_gestores g JOIN contas_usuario u ON u.id = g.usuario_id WHERE NOT u.is_active
 UNION ALL
SELECT format('pessoa %%s, desativada: ainda cobre a pessoa %%s', u.id, k.ausente_id)
  FROM contas_cobertura k JOIN contas_usuario u ON u.id = k.substituto_id
 WHERE NOT u.is_active AND (upper(k.periodo) IS NULL OR upper(k.periodo) > %(hoje)s)
"""

_LISTAS = """
SELECT format('pessoa %%s, desativada: %%s clientes a chamar na lista %%s', u.id, count(*), l.id)
  FROM clientes_membrodalista m JOIN contas_usuario u ON u.id = m.responsavel_id
  JOIN clientes_listadetrabalho l ON l.id = m.lista_id
 WHERE NOT u.is_active AND m.saiu_em IS NULL AND l.encerrada_em IS NULL AND l.apagada_em IS NULL
   AND (l.ate IS NULL OR l.ate >= %(hoje)s) AND l.empresa_id = ANY(%(empresas)s)
 GROUP BY u.id, l.id
"""

_VIVAS = """
SELECT format('lista %%s, viva: lê-se com os olhos da pessoa %%s, desativada', l.id, u.id)
  FROM clientes_listadetrabalho l JOIN contas_usuario u ON u.id = l.consulta_por_id
 WHERE NOT u.is_active AND l.viva AND l.encerrada_em IS NULL AND l.apagada_em IS NULL
   AND (l.ate IS NULL OR l.ate >= %(hoje)s) AND l.empresa_id = ANY(%(empresas)s)
"""

_PLANOS = """
SELECT format('pessoa %%s, desativada: %%s planos de ação em curso', u.id, count(*))
  FROM clientes_planodeacao p JOIN contas_usuario u ON u.id = p.dono_id
 WHERE NOT u.is_active AND p.terminado_em IS NULL AND p.empresa_id = ANY(%(empresas)s)
 GROUP BY u.id
"""

_AVISOS = """
SELECT format('regra de aviso %%s: todas as contas escolhidas saíram', r.id) FROM notificacoes_regradeaviso r
 WHERE r.para = 'escolhidos' AND r.arquivada_em IS NULL AND NOT r.pausada AND r.empresa_id = ANY(%(empresas)s)
   AND EXISTS (SELECT FROM notificacoes_regradeaviso_pessoas p WHERE p.regradeaviso_id = r.id)
   AND NOT EXISTS (SELECT FROM notificacoes_regradeaviso_equipes q WHERE q.regradeaviso_id = r.id)
   AND NOT EXISTS (SELECT FROM notificacoes_regradeaviso_pessoas p JOIN contas_usuario u ON u.id = p.usuario_id
                    WHERE p.regradeaviso_id = r.id AND u.is_active)
"""

_RELATORIOS = """
SELECT format('pessoa %%s, desativada: o relatório agendado %%s não sai', u.id, a.id)
  FROM relatorios_agendamentoderelatorio a JOIN contas_usuario u ON u.id = a.por_id
 WHERE NOT u.is_active AND a.pausado_em IS NULL
"""

_SEM_ADMIN = """
SELECT format('empresa %%s: nenhum administrador pode entrar', e.codigo) FROM contas_empresa e
 WHERE e.id = ANY(%(empresas)s) AND EXISTS (SELECT FROM contas_usuario) AND NOT EXISTS (
   SELECT FROM contas_vinculo v JOIN contas_usuario u ON u.id = v.usuario_id
    WHERE v.empresa_id = e.id AND u.papel = 'admin' AND u.is_active AND u.email IS NOT NULL AND u.password NOT LIKE '!%%')
"""

# O que dá acesso sem senha, e o que ainda vale de cada um.
_CHAVES: tuple[tuple[type[Model], str, Callable[[Pedido], Q], str], ...] = (
    (CalendarioPessoal, "usuario", lambda pedido: Q(), "o endereço do calendário"),
    (TokenDaApi, "user", lambda pedido: Q(revogado_em=None, expiry__gt=pedido.agora), "um token da API"),
    (SessaoDePessoa, "pessoa", lambda pedido: Q(sessao__expire_date__gt=pedido.agora), "uma sessão"),
    (AparelhoLembrado, "pessoa", lambda pedido: Q(), "um aparelho lembrado"),
)


def chaves(pedido: Pedido) -> Iterator[str]:
    for modelo, campo, valendo, nome in _CHAVES:
        dos_que_sairam = modelo._default_manager.filter(valendo(pedido), **{f"{campo}__is_active": False})
        for pessoa in dos_que_sairam.values_list(campo, flat=True).order_by(campo).iterator():
            yield f"pessoa {pessoa}, desativada: {nome} ainda vale"


# A ficha de quem já saiu só oferece reativar: é a desativação que passa tudo adiante.
PASSAR = "Em Pessoas, reative a pessoa e desative-a de novo: a desativação passa adiante o que ficou com ela."

VERIFICACOES = (
    Verificacao(
        "chave-de-quem-saiu",
        "Nenhuma chave de pessoa desativada vale: nem token, nem endereço de calendário.",
        "Em Pessoas, reative e desative a pessoa (a desativação as apaga), e confira quem as usou em Auditoria.",
        chaves,
    ),
    Verificacao(
        "administrador",
        "Toda empresa tem um administrador que pode entrar.",
        "Outro administrador dá a empresa a alguém em Pessoas; sem nenhum, use `manage.py createsuperuser`.",
        _SEM_ADMIN,
    ),
    Verificacao(
        "agenda-de-quem-saiu", "Nenhum compromisso em aberto é de quem saiu.", PASSAR, _AGENDA, grave=False
    ),
    Verificacao("carteira-de-quem-saiu", "Nenhum cliente é de quem saiu.", PASSAR, _CARTEIRA, grave=False),
    Verificacao(
        "lista-de-quem-saiu",
        "Nenhum cliente a chamar numa lista em curso espera por quem saiu.",
        PASSAR,
        _LISTAS,
        grave=False,
    ),
    Verificacao(
        "lista-viva-de-quem-saiu",
        "Nenhuma lista viva em curso se refaz pelos olhos de quem saiu.",
        "Em Listas de trabalho, edite o filtro da lista para assumi-la: até lá ela fica como estava.",
        _VIVAS,
        grave=False,
    ),
    Verificacao(
        "plano-de-quem-saiu", "Nenhum plano de ação em curso é de quem saiu.", PASSAR, _PLANOS, grave=False
    ),
    Verificacao(
        "aviso-a-ninguem",
        "Nenhuma regra de aviso fala só com contas de quem saiu.",
        "Em Regras de aviso, escolha quem passa a recebê-la, ou pause-a.",
        _AVISOS,
        grave=False,
    ),
    Verificacao(
        "relatorio-de-quem-saiu",
        "Nenhum relatório agendado é de quem saiu.",
        PASSAR,
        _RELATORIOS,
        grave=False,
    ),
    Verificacao(
        "equipe-de-quem-saiu", "Quem saiu não gere equipe nem cobre ninguém.", PASSAR, _GESTAO, grave=False
    ),
)
