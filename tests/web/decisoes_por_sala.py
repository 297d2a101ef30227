"""As rotas de uma sala e o que cada número delas escolhe, para as decisões do passeio."""

DA_AGENDA = (
    "agenda/",
    "agenda/<int:pk>/concluir/ agendamento",
    "agenda/<int:pk>/remarcar/ agendamento",
    "agenda/<int:pk>/cancelar/ agendamento",
    "agenda/<int:pk>/reabrir/ agendamento",
    "agenda/<int:pk>/ agendamento",
    "agenda/<int:pk>/editar/ agendamento",
    "agenda/<int:pk>/insistir/ agendamento",
    "agenda/<int:pk>/adiar/ agendamento",
    "agenda/<int:pk>/desfazer/<int:mudanca>/ agendamento mudanca",
    "agenda/calendario/",
    "agenda/calendario/gerar/",
    "agenda/calendario/revogar/",
)
DA_HIGIENE = (
    "higienizacao/",
    "higienizacao/decididas/",
    "higienizacao/decididas/<int:decisao>/reabrir/ decisao_de_higiene",
    "higienizacao/<slug:tipo>/<int:pk>/ pendencia cliente",
    "higienizacao/duplicados/",
    "higienizacao/duplicados/procurar/",
    "higienizacao/duplicados/<int:par>/descartar/ par",
    "higienizacao/duplicados/<int:par>/reconsiderar/ par",
    "higienizacao/unir/<int:pk>/<int:outro>/ cliente outro_cliente",
    "higienizacao/unioes/",
    "higienizacao/unioes/<int:fusao>/ uniao",
    "higienizacao/unioes/<int:fusao>/separar/ uniao",
)
DAS_LISTAS = (
    "listas/nova/",
    "listas/nova/previa/",
    "listas/incluir/",
    *(
        f"listas/<int:pk>/{gesto}/ lista"
        for gesto in (
            "editar", "encerrar", "reabrir", "duplicar", "apagar", "desapagar", "exclusoes", "desincluir",
            "filtro", "filtro/desfazer",
        )
    ),
    "listas/<int:pk>/tirar/<int:cliente>/ lista cliente",
    "listas/<int:pk>/devolver/<int:cliente>/ lista cliente",
)  # fmt: skip
DA_SEGURANCA = (
    "perfil/seguranca/",
    "perfil/seguranca/confirmar/",
    "perfil/seguranca/confirmar/chave/",
    "perfil/seguranca/aplicativo/",
    "perfil/seguranca/aplicativo/desligar/",
    "perfil/seguranca/codigos/",
    "perfil/seguranca/codigos/refazer/",
    "perfil/seguranca/chaves/nova/",
    "perfil/seguranca/chaves/<int:pk>/apagar/ chave_de_acesso",
    "perfil/seguranca/sessoes/outras/encerrar/",
    "perfil/seguranca/sessoes/<uuid:numero>/encerrar/ sessao",
    "perfil/seguranca/aparelhos/<int:pk>/esquecer/ aparelho",
)
DO_ACESSO = (
    "pessoas/<int:pk>/zerar-segundo-passo/ pessoa",
    "pessoas/<int:pk>/encerrar-sessoes/ pessoa",
    "pessoas/<int:pk>/desbloquear/ pessoa",
)
# De quem administra todas as empresas: o papel não é de nenhuma.
DO_CREDITO_POR_PAPEL = ("pessoas/credito/", "pessoas/credito/previa/", "pessoas/credito/desfazer/")
DE_QUEM_CUIDA = (
    "clientes/<int:pk>/privacidade/oposicoes/<int:oposicao_pk>/retirar/ cliente oposicao",
    "clientes/<int:pk>/privacidade/base/ cliente",
    "clientes/<int:pk>/privacidade/relatorio/ cliente",
    "clientes/<int:pk>/privacidade/anonimizar/ cliente",
    "lgpd/bloqueios/",
    "lgpd/bloqueios/<int:pk>/tirar/ nenhum",
    "lgpd/retencao/",
)
# Abertas a quem pode, e mesmo assim sem o que mostrar neste cenário.
FALTA = {
    "importar/<int:pk>/rejeitadas/": 404,  # nenhuma linha rejeitada
    "clientes/<int:pk>/whatsapp/": 403,  # sem celular
    "demonstracao/sair/": 404,  # não é demonstração
    "avisos/regras/<int:pk>/previa/<int:pessoa>/": 404,  # com os pedidos parados, ninguém está em risco
}
