"""As decisões das salas da gestão (relatórios, checkup, migração, resultados, crédito), que o passeio também lê."""

from contas.papeis import Permissao as P

DA_GESTAO: dict[P, tuple[str, ...]] = {
    P.VER_CLIENTES: ("relatorios/",),
    P.VER_COMPOSICAO: (
        "relatorios/<slug:chave>/ relatorio",
        "painel/",
        "painel/sem-tocar/",
        "avisos/retorno/",
        "avisos/retorno/clientes/",
        *(f"composicao/{r}" for r in ("", "clientes/", "cruzada/", "mudancas/")),
        "checkup/",
        "checkup/esquecidos/",
        "declinio/",
        *(f"migracao/{r}" for r in ("", "clientes/", "saldo/", "saldo/clientes/", "aberturas/")),
        "dois-relogios/",
        "cidades/",
        *(
            f"resultados/{r}"
            for r in ("", "contatos/", "funil/", "objecoes/", "contatos/um-a-um/", "clientes/")
        ),
    ),
    P.VER_CARTEIRAS: tuple(f"positivacao/{r}" for r in ("", "clientes/", "exportar/", "clientes/exportar/")),
    P.DECIDIR_VISITAS: tuple(
        f"checkup/nao-visitados/{r}" for r in ("", "<int:pk>/ cliente", "<int:pk>/voltar/ cliente")
    ),
    P.EXPORTAR: (
        *(f"relatorios/<slug:chave>/{gesto}/ relatorio" for gesto in ("planilha", "pdf", "agendar")),
        "relatorios/agendamentos/",
        *(
            f"relatorios/agendamentos/<int:pk>/{gesto} relatorio_agendado"
            for gesto in ("", "pausar/", "retomar/", "testar/", "apagar/")
        ),
        *(
            f"{sala}/exportar/"
            for sala in ("painel", "declinio", "avisos/retorno", "composicao", "composicao/cruzada")
        ),
        "relatorio-de-risco/gerar/",
        "relatorio-de-risco/planilha/",
        "relatorios/arquivos/",
        "relatorios/arquivos/<int:pk>/ arquivo",
    ),
    P.VER_CREDITO: ("fornecedores/", "fornecedores/<int:pk>/ fornecedor"),
    P.IMPORTAR: ("fornecedores/<int:pk>/editar/ fornecedor",),
    P.CUIDAR_DE_TITULARES: tuple(
        f"fornecedores/<int:pk>/{gesto}/ fornecedor" for gesto in ("relatorio", "anonimizar")
    ),
}
