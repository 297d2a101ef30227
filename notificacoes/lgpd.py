"""Onde, nesta sala, há dados de um titular: o que se lhe mandou, e o que se mandou sobre ele."""

from clientes.lgpd.esquecer import SUBSTITUTO, Regra, Texto

# Mensagens que a própria casa se manda sem citar clientes.
_SEM_CLIENTES = "('convite', 'senha', 'teste')"
_CAMPOS = (
    ("para", "'anonimizado@invalido.invalid'"),
    ("assunto", f"'{SUBSTITUTO}'"),
    ("texto", "''"),
    ("html", "''"),
    ("erro", "''"),
)
NOTAS = (
    Regra(
        "e-mails ao titular",
        "notificacoes_mensagem",
        onde="t.contato_id IN (SELECT id FROM clientes_contato WHERE cliente_id = %(cliente)s)",
        da_pessoa="t.contato_id IN (SELECT id FROM clientes_contato WHERE pessoa_de_contato_id = %(pessoa)s)",
        campos=_CAMPOS,
    ),
)
TEXTOS = (
    Texto(
        "resumos e avisos",
        "notificacoes_mensagem",
        ("assunto", "texto", "html"),
        f"t.tipo NOT IN {_SEM_CLIENTES}",
    ),
    Texto("central de avisos", "notificacoes_aviso", ("titulo", "texto")),
    Texto("recados", "notificacoes_recado", ("titulo", "texto")),
    Texto("devoluções", "notificacoes_devolucao", ("endereco", "motivo")),
    Texto("webhooks", "notificacoes_entregadewebhook", ("corpo", "erro")),
    Texto("respostas de webhooks", "notificacoes_tentativadewebhook", ("resposta", "erro")),
)
