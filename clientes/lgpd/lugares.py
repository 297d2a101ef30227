"""Onde, nesta sala, há dados de um titular. Um teste confere que toda coluna de texto tem aqui a sua decisão."""

from clientes.lgpd.esquecer import SUBSTITUTO, Regra, Texto

_VAZIO = "''"
_DA_PESSOA = "t.cliente_id = %(cliente)s AND t.pessoa_id = %(pessoa)s"
_DO_CLIENTE = "t.cliente_id = %(cliente)s"
_DELE = "t.id = %(cliente)s"

# O que sai do próprio cadastro e das pessoas dele; um gatilho não deixa que volte.
CADASTRO = Regra(
    "cadastro",
    "clientes_cliente",
    onde="t.id = %(cliente)s AND t.anonimizado_em IS NULL",
    campos=(
        ("razao_social", "'Titular anonimizado'"),
        ("nome_fantasia", _VAZIO),
        ("documento", _VAZIO),
        ("documento_valido", "false"),
        ("cep", _VAZIO),
        ("telefone", _VAZIO),
        ("email", _VAZIO),
        ("contato_verificado_em", "NULL"),
        ("encerrado_motivo", _VAZIO),
        ("adiado_motivo", _VAZIO),
        ("observacao", _VAZIO),
        ("erp", "'{}'"),
        ("nao_contatar", "ARRAY['email', 'ligacao', 'visita', 'whatsapp']"),
        ("anonimizado_em", "now()"),
        ("atualizado_em", "now()"),
    ),
)
PESSOAS = Regra(
    "pessoas de contato",
    "clientes_pessoadecontato",
    onde="t.cliente_id = %(cliente)s AND t.anonimizada_em IS NULL",
    da_pessoa="t.id = %(pessoa)s AND t.anonimizada_em IS NULL",
    campos=(
        ("nome", "'Pessoa anonimizada ' || id"),
        ("papel", "'outro'"),
        ("cargo", _VAZIO),
        ("telefone", _VAZIO),
        ("email", _VAZIO),
        ("observacao", _VAZIO),
        ("erp", "'{}'"),
        ("ativa", "false"),
        ("principal", "false"),
        ("nao_contatar", "ARRAY['email', 'ligacao', 'visita', 'whatsapp']"),
        ("verificada_em", "NULL"),
        ("anonimizada_em", "now()"),
        ("atualizado_em", "now()"),
    ),
)


def do_fornecedor(quais: str) -> tuple[Regra, ...]:
    """O crédito sai inteiro e o cadastro fica sem dono; `quais` seleciona os ids."""
    deles = f"t.fornecedor_id IN ({quais})"
    return (
        Regra(
            "correções de score de fornecedor",
            "clientes_correcaodescoredefornecedor",
            onde=f"t.score_id IN (SELECT id FROM clientes_scoredefornecedor t WHERE {deles})",
        ),
        Regra("scores de fornecedor", "clientes_scoredefornecedor", onde=deles),
        Regra("restrições de fornecedor", "clientes_restricaodefornecedor", onde=deles),
        Regra(
            "cadastro de fornecedor",
            "clientes_fornecedor",
            onde=f"t.id IN ({quais}) AND t.anonimizado_em IS NULL",
            campos=(
                ("nome", "'Titular anonimizado'"),
                ("documento", _VAZIO),
                ("documento_valido", "false"),
                ("contato", _VAZIO),
                ("telefone", _VAZIO),
                ("email", _VAZIO),
                ("observacao", _VAZIO),
                ("erp", "'{}'"),
                ("ativo", "false"),
                ("anonimizado_em", "now()"),
                ("atualizado_em", "now()"),
            ),
        ),
    )


# De quem também é cliente, pelo documento: as notas se esquecem antes de o cadastro perder o seu.
_MESMA_PESSOA = """SELECT f.id FROM clientes_fornecedor f JOIN clientes_cliente c
    ON c.empresa_id = f.empresa_id AND c.documento = f.documento
    WHERE c.id = %(cliente)s AND c.documento_valido AND f.documento_valido AND f.documento <> ''"""

NOTAS = (
    Regra(
        "contatos registrados",
        "clientes_contato",
        campos=(("observacao", _VAZIO), ("pessoa", _VAZIO)),
        da_pessoa="t.cliente_id = %(cliente)s AND t.pessoa_de_contato_id = %(pessoa)s",
    ),
    Regra(
        "pitches",
        "clientes_pitch",
        campos=(("por_que_parou", _VAZIO), ("argumentos", _VAZIO), ("oferta", _VAZIO)),
    ),
    Regra("agenda", "clientes_agendamento", campos=(("nota", _VAZIO),)),
    Regra(
        "atendimentos",
        "clientes_atendimento",
        campos=(("assunto", f"'{SUBSTITUTO}'"), ("descricao", _VAZIO), ("solucao", _VAZIO)),
    ),
    Regra("orçamentos", "clientes_orcamento", campos=(("observacao", _VAZIO),)),
    Regra("períodos de carteira", "clientes_periododecarteira", campos=(("motivo", _VAZIO),)),
    Regra(
        "decisões da fila", "clientes_decisaodafila", campos=(("motivo", _VAZIO), ("antes_motivo", _VAZIO))
    ),
    Regra(
        "pendências conferidas", "clientes_decisaodependencia", campos=(("valor", _VAZIO), ("motivo", _VAZIO))
    ),
    Regra("sugestões dispensadas", "clientes_sugestaodispensada", campos=(("motivo", _VAZIO),)),
    Regra(
        "oposições",
        "clientes_oposicao",
        campos=(("motivo", _VAZIO), ("retirada_motivo", _VAZIO)),
        da_pessoa=_DA_PESSOA,
    ),
    Regra(
        "bases e origens",
        "clientes_basedotitular",
        campos=(("origem", f"'{SUBSTITUTO}'"),),
        da_pessoa=_DA_PESSOA,
    ),
    Regra(
        "uniões de cadastros",
        "clientes_fusao",
        onde="t.ficou_id = %(cliente)s",
        campos=(
            ("absorvido_nome", f"'{SUBSTITUTO}'"),
            ("antes", "'{}'"),
            ("campos", "'{}'"),
            ("alteradas", "'[]'"),
            ("guardadas", "'{}'"),
            ("motivo", _VAZIO),
        ),
    ),
    # Score e restrições são só da pessoa: saem inteiros.
    Regra(
        "correções de score",
        "clientes_correcaodescore",
        onde="t.score_id IN (SELECT id FROM clientes_scoredecredito WHERE cliente_id = %(cliente)s)",
    ),
    Regra("scores", "clientes_scoredecredito"),
    Regra("restrições", "clientes_restricaodecredito"),
    Regra("mudanças de crédito", "clientes_mudancadecredito"),
    Regra("chaves de duplicados", "clientes_chavedecliente"),
    Regra(
        "pares de duplicados",
        "clientes_pardeduplicados",
        onde="t.a_id = %(cliente)s OR t.b_id = %(cliente)s",
    ),
    *do_fornecedor(_MESMA_PESSOA),
)

# Textos que várias pessoas dividem, e os do próprio cliente quando se esquece só uma pessoa dele.
TEXTOS = (
    Texto("cadastro", "clientes_cliente", ("observacao", "encerrado_motivo", "adiado_motivo"), _DELE),
    Texto("contatos registrados", "clientes_contato", ("observacao", "pessoa"), _DO_CLIENTE),
    Texto("pitches", "clientes_pitch", ("por_que_parou", "argumentos", "oferta"), _DO_CLIENTE),
    Texto("agenda", "clientes_agendamento", ("nota",), _DO_CLIENTE),
    Texto("atendimentos", "clientes_atendimento", ("assunto", "descricao", "solucao"), _DO_CLIENTE),
    Texto("orçamentos", "clientes_orcamento", ("observacao",), _DO_CLIENTE),
    Texto("decisões da fila", "clientes_decisaodafila", ("motivo", "antes_motivo"), _DO_CLIENTE),
    Texto("pendências", "clientes_decisaodependencia", ("valor", "motivo"), _DO_CLIENTE),
    Texto(
        "uniões", "clientes_fusao", ("absorvido_nome", "motivo"), "t.ficou_id = %(cliente)s",
        ("antes", "campos", "alteradas", "guardadas"),
    ),
    Texto("fornecedores", "clientes_fornecedor", ("contato", "observacao"), json=("erp",)),
    Texto("planos", "clientes_planodeacao", ("titulo", "detalhe")),
    Texto("andamentos de planos", "clientes_andamentodoplano", ("texto",)),
    Texto("listas", "clientes_listadetrabalho", ("nome", "consulta")),
    Texto("visões", "clientes_visao", ("consulta",)),
    Texto("transferências", "clientes_transferencia", ("motivo",)),
    Texto("versões de linhas importadas", "clientes_versaodelinha", (), json=("antes", "depois")),
    Texto("respostas guardadas da API", "clientes_pedidorepetivel", ("resposta",), de_fora=True),
    Texto(
        "importações", "clientes_importacao", ("nome_do_arquivo", "mensagem"), json=("resultado",), de_fora=True,
    ),
)  # fmt: skip
