"""O que o DRF, a knox e o spectacular leem em settings; nada aqui importa o framework."""

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "carteira.api.autenticacao.PorToken",
        "carteira.api.autenticacao.PorSessao",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["carteira.api.permissoes.SoComDecisao"],
    "DEFAULT_THROTTLE_CLASSES": ["carteira.api.vazao.Vazao"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["carteira.api.filtros.SoOQueSeConhece"],
    "DEFAULT_PAGINATION_CLASS": "carteira.api.paginas.PorCursor",
    "DEFAULT_SCHEMA_CLASS": "carteira.api.esquema.Esquema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "carteira.api.problemas.responder",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

# Recognizável por quem varre repositórios atrás de segredos vazados.
REST_KNOX: dict[str, Any] = {"TOKEN_PREFIX": "ctr_"}  # nosec B105 # o começo, igual em todos

DESCRICAO = """\
A carteira de clientes, para o ERP e para quem mais precisar dela.

* **Entrar**: crie um token em *Perfil, Tokens da API* e mande-o em `Authorization: Bearer ctr_…`. O token faz no \
máximo o que a pessoa dona dele faz, dentro dos escopos que ela lhe deu (`ler`, `escrever`, `lote`).
* **Ver**: cada um vê aqui o mesmo que vê nas páginas. O que está fora da carteira responde 404; o que o papel ou o \
escopo não deixa, 403.
* **Páginas**: as listas andam por cursor. Siga `proxima` até ela vir nula; `por` diz quantas linhas por página.
* **Números**: valores em reais vão como texto decimal exato (`"1234.56"`); datas, em ISO 8601.
* **Erros**: `application/problem+json` (RFC 9457), em português, com `erros` por campo.
* **Quando os números são**: os indicadores são os da `referencia` da empresa, a data da última rodada, nunca hoje.
"""

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Carteira",
    "DESCRIPTION": DESCRICAO,
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "StatusDoCliente": "atividade.models.Status",
        "MotivoDaMudanca": "atividade.models.MotivoDaMudanca",
        "EstadoDaRodada": "atividade.models.EstadoDaExecucao",
        "CanalDeContato": "clientes.models.CanalDeContato",
        "CategoriaDoCliente": "clientes.models.Categoria",
        "SentidoDoContato": "clientes.models.Sentido",
        "RepeticaoDoCompromisso": "clientes.models.Recorrencia",
        "FinalidadeDaLista": "clientes.models.Finalidade",
        "TipoDeOferta": "clientes.models.TipoDeOferta",
        "OrigemDoMembro": "clientes.models.OrigemDoMembro",
        "PapelDaPessoaDeContato": "clientes.models.PapelDaPessoa",
        "TipoDeAtendimento": "clientes.models.TipoDeAtendimento",
        "TipoDeImportacao": "clientes.models.TipoDeImportacao",
        "TipoDeRestricao": "clientes.models.TipoDeRestricao",
        "EstadoDaImportacao": "clientes.models.EstadoDaImportacao",
        "SituacaoDeOrcamento": "clientes.models.SituacaoDeOrcamento",
        "SituacaoDeNota": "clientes.models.SituacaoDeNota",
        "SituacaoDePedido": "contas.models.SituacaoDePedido",
        "PapelDaPessoa": "contas.models.Papel",
        "TipoDeVendedor": "contas.models.TipoDeVendedor",
        "TipoDeAviso": "notificacoes.models.aviso.TipoDeAviso",
    },
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SORT_OPERATIONS": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "carteira.api.esquema.etiquetas",
    ],
}
