"""O que cada rota decide de cada pessoa: quem pode, e de que escopo são os alvos dela. O passeio confere todas."""

import re
from dataclasses import dataclass

from clientes.importacao.tipos import TIPOS
from contas.models import Usuario
from contas.papeis import Permissao as P
from contas.papeis import pode
from tests.web.decisoes_da_gestao import DA_GESTAO
from tests.web.decisoes_por_sala import (
    DA_AGENDA,
    DA_HIGIENE,
    DA_SEGURANCA,
    DAS_LISTAS,
    DE_QUEM_CUIDA,
    DO_ACESSO,
    DO_CREDITO_POR_PAPEL,
)


@dataclass(frozen=True)
class Decisao:
    """A permissão que a rota pede e, pela ordem, o que cada número dela escolhe."""

    permissao: P | None  # nula: qualquer pessoa que entrou
    alvos: tuple[str, ...] = ()
    por_empresa: bool = False  # lê `?empresa=`; a de outros é 404


def _de(permissao: P | None, *rotas_e_alvos: str, por_empresa: bool = False) -> dict[str, Decisao]:
    """ "clientes/<int:pk>/ cliente" → a decisão da rota."""
    partes = (linha.split() for linha in rotas_e_alvos)
    return {rota: Decisao(permissao, tuple(alvos), por_empresa) for rota, *alvos in partes}


DECISOES = {
    "": Decisao(None),
    **_de(None, "sair/", "perfil/", "perfil/senha/", "perfil/avisos/", "mensagens/minhas/"),
    **_de(None, *DA_SEGURANCA),
    **_de(None, "perfil/tokens/", "perfil/tokens/<int:pk>/revogar/ token_da_api"),
    **_de(None, "mensagens/minhas/<int:pk>/ minha", "mensagens/minhas/<int:pk>/corpo/ minha"),
    **_de(
        P.VER_CLIENTES,
        "clientes/",
        "clientes/filtro/",
        "clientes/mapa/",
        "clientes/<int:pk>/ cliente",
        "clientes/<int:pk>/historico/ cliente",
        "clientes/<int:pk>/em-aberto/ cliente",
        "clientes/<int:pk>/pitch/ cliente",
        "clientes/<int:pk>/pendencias/ cliente",
        "clientes/<int:pk>/produtos/ cliente",
        "clientes/<int:pk>/pessoas/ cliente",
        "clientes/<int:pk>/grupo/ cliente",
        "clientes/<int:pk>/atendimentos/ cliente",
        "clientes/<int:pk>/mensagens/ cliente",
        "clientes/<int:pk>/agenda/ cliente",
        "clientes/<int:pk>/dados/ cliente",
        "clientes/colunas/",
        "clientes/visoes/nova/",
        *(
            f"clientes/visoes/<int:pk>/{gesto} visao"
            for gesto in ("", "atualizar/", "apagar/", "restaurar/", "padrao/")
        ),
        "clientes/<int:pk>/donos/ cliente",
        "clientes/<int:pk>/editar/ cliente",
        "relatorio-de-risco/",
        "listas/",
        "listas/<int:pk>/ lista",
        "listas/do-cliente/<int:pk>/ cliente",
    ),
    **_de(P.HIGIENIZAR, *DA_HIGIENE),
    **_de(P.GERIR_LISTAS, *DAS_LISTAS),
    **_de(
        P.REGISTRAR_CONTATO,
        "clientes/<int:pk>/contato/ cliente",
        "clientes/<int:pk>/contato/<int:contato_pk>/desfazer/ cliente contato",
        "clientes/<int:pk>/contato/<int:contato_pk>/fechar/ cliente contato",
        "clientes/<int:pk>/contato/<int:contato_pk>/reabrir/ cliente contato",
        "contatos/em-aberto/",
        "clientes/<int:pk>/whatsapp/ cliente",
        "clientes/<int:pk>/conferir-contatos/ cliente",
        "clientes/<int:pk>/email/ cliente",
        "clientes/<int:pk>/pitch/editar/ cliente",
        "clientes/<int:pk>/pessoas/nova/ cliente",
        *(
            f"clientes/<int:pk>/pessoas/<int:pessoa_pk>/{gesto} cliente pessoa_de_contato"
            for gesto in ("", "inativar/", "reativar/", "whatsapp/")
        ),
        "clientes/<int:pk>/atendimentos/novo/ cliente",
        *(
            f"clientes/<int:pk>/atendimentos/<int:atendimento_pk>/{gesto}/ cliente atendimento"
            for gesto in ("fechar", "reabrir")
        ),
        "clientes/<int:pk>/agendar/ cliente",
        "clientes/<int:pk>/agendar/dia/ cliente",
        "clientes/<int:pk>/adiar/ cliente",
        "clientes/<int:pk>/adiar/desfazer/ cliente",
        "clientes/<int:pk>/encerrar/ cliente",
        "clientes/<int:pk>/encerrar/desfazer/ cliente",
        "clientes/<int:pk>/fora-do-perfil/ cliente",
        "clientes/hoje/",
        "hoje/",
        "clientes/lote/agendar/",
        "clientes/lote/agendar/desfazer/",
        "clientes/lote/email/",
        "clientes/lote/email/desfazer/",
        "clientes/<int:pk>/contato/do-aparelho/ cliente",
        "clientes/<int:pk>/whatsapp/do-aparelho/ cliente",
        "fila/",
        "fila/lista/",
        *(
            f"fila/<int:pk>/{gesto}/ cliente"
            for gesto in ("salvar", "agora-nao", "adiar", "ja-feito", "ainda-atendo", "fechar")
        ),
        "fila/<int:pk>/decisao/<int:decisao_pk>/desfazer/ cliente decisao",
        "fila/ordem/",
        "fila/fora/",
        *DA_AGENDA,
    ),
    **_de(
        P.REATRIBUIR,
        "clientes/<int:pk>/transferir/ cliente",
        "carteiras/transferir/",
        "carteiras/sugestoes/",
        *(f"carteiras/sugestoes/dispensadas/{gesto}" for gesto in ("", "voltar/", "desfazer/")),
        "carteiras/sugestoes/<slug:chave>/ sugestao",
        "carteiras/ferias/",
        "carteiras/ferias/nova/",
        "carteiras/ferias/<int:pk>/ cobertura",
        "carteiras/ferias/<int:pk>/encerrar/ cobertura",
        "carteiras/historia/<int:pk>/desfazer/ lote",
    ),
    **_de(
        P.VER_CARTEIRAS,
        "carteiras/",
        "carteiras/historia/",
        "carteiras/historia/planilha/",
        "carteiras/historia/<int:pk>/ lote",
        "carteiras/historia/<int:pk>/planilha/ lote",
    ),
    **_de(P.GERIR_PESSOAS, "carteiras/regras/", "carteiras/regras/nova/", por_empresa=True),
    **_de(
        P.GERIR_PESSOAS,
        "carteiras/regras/<int:pk>/ regra_de_atribuicao",
        "carteiras/regras/<int:pk>/apagar/ regra_de_atribuicao",
    ),
    **_de(
        P.EDITAR_ROTEIROS,
        "roteiros/",
        "roteiros/<slug:faixa>/ faixa",
        "roteiros/<slug:faixa>/voltar/ faixa",
    ),
    **_de(
        P.EXPORTAR,
        "clientes/exportar/",
        "clientes/mapa/exportar/",
        "clientes/<int:pk>/pdf/ cliente",
        "listas/comparar/exportar/",
        "listas/<int:pk>/exportar/ lista",
    ),
    **_de(P.EXPORTAR, "ciclo-de-compra/exportar/", por_empresa=True),
    **{rota: decisao for p, rotas in DA_GESTAO.items() for rota, decisao in _de(p, *rotas).items()},
    **_de(P.DEFINIR_METAS, "painel/metas/"),
    **_de(P.VER_CREDITO, "credito/", "clientes/<int:pk>/credito/ cliente"),
    **_de(P.CONFIGURAR_CREDITO, "credito/configurar/", por_empresa=True),
    **_de(P.VER_CLIENTES, "credito/planos/", "credito/planos/<int:pk>/ plano"),
    **_de(P.ABRIR_PLANOS, "credito/planos/novo/"),
    **_de(P.VER_COMO, "ver-como/<int:pk>/entrar/ pessoa"),
    **_de(None, "ver-como/sair/", "ver-como/fila/"),
    **_de(P.VER_COMPOSICAO, "listas/comparar/"),
    **_de(P.VER_COMPOSICAO, "ciclo-de-compra/", "atividade/regra/", por_empresa=True),
    **_de(
        P.CONFIGURAR_ATIVIDADE,
        "atividade/",
        "atividade/previa/",
        "atividade/previa/clientes/",
        "atividade/segmentos/<int:pk>/ segmento",
        "atividade/segmentos/<int:pk>/herdar/ segmento",
        "atividade/instalacao/",
        "atividade/instalacao/herdar/",
        "atividade/herdar/",
        "atividade/mudancas/<int:pk>/desfazer/ limiar",
        "atividade/parametros/",
        "atividade/parametros/<int:pk>/desfazer/ registro",
        "atividade/situacoes/",
        "atividade/rotulos/",
        "atividade/rfv/",
        "atividade/andamento/",
        "atividade/evidencias/",
        "atividade/evidencias/nomes/",
        "atividade/probabilidade/",
        "atividade/probabilidade/ajustar/",
        "agenda/regras/",
        "fila/criterios/",
        "fila/criterios/previa/",
        "fila/criterios/nomes/",
        "fila/criterios/<int:pk>/desfazer/ criterio",
        por_empresa=True,
    ),
    **_de(P.REGISTRAR_CONTATO, "fila/regras/", por_empresa=True),
    **_de(P.AVALIAR_PRIORIDADE, "atividade/prioridade/", "atividade/prioridade/avaliar/", por_empresa=True),
    **_de(
        P.CONFIGURAR_ATIVIDADE,
        "atividade/clientes/<int:pk>/ cliente",
        "atividade/clientes/<int:pk>/herdar/ cliente",
    ),
    **_de(
        P.IMPORTAR,
        "importar/",
        *(f"importar/modelos/{tipo}.csv" for tipo in TIPOS),
        *(
            f"importar/<int:pk>/{etapa} importacao"
            for etapa in (
                "",
                "colunas/",
                "conferir/",
                "situacoes/",
                "aplicar/",
                "pronto/",
                "andamento/",
                "rejeitadas/",
                "recalcular/",
                "desfazer/",
            )
        ),
        "importar/mapeamentos/",
        "importar/mapeamentos/<int:pk>/ mapeamento",
        "importar/mapeamentos/<int:pk>/apagar/ mapeamento",
    ),
    **_de(
        P.GERIR_PESSOAS,
        "pessoas/tokens/",
        "pessoas/",
        "pessoas/nova/",
        "pessoas/<int:pk>/ pessoa",
        "pessoas/<int:pk>/convidar/ pessoa",
        "pessoas/<int:pk>/desativar/ pessoa",
        "pessoas/<int:pk>/reativar/ pessoa",
        *DO_ACESSO,
        "pessoas/<int:pk>/coberturas/ pessoa",
        "pessoas/<int:pk>/coberturas/<int:cobertura>/remover/ pessoa nenhum",
        "equipes/",
        "equipes/nova/",
        "equipes/<int:pk>/ nenhum",
        "equipes/<int:pk>/membros/ nenhum",
        "equipes/<int:pk>/membros/<int:pessoa>/tirar/ equipe pessoa",
        "equipes/<int:pk>/excluir/ nenhum",
    ),
    **_de(
        P.ESCREVER_CONTRA_ARGUMENTOS,
        "catalogos/",
        "catalogos/objecoes/",
        "catalogos/objecoes/<int:pk>/ nenhum",
    ),
    **_de(
        P.GERIR_CATALOGOS,
        *(f"catalogos/{c}/" for c in ("ocorrencias", "motivos", "causas", "campanhas")),
        *(f"catalogos/{c}/novo/" for c in ("ocorrencias", "motivos", "objecoes", "causas", "campanhas")),
        *(f"catalogos/{c}/<int:pk>/ nenhum" for c in ("ocorrencias", "motivos", "causas")),
        *(
            f"catalogos/{c}/<int:pk>/{acao}/ nenhum"
            for c in ("ocorrencias", "motivos", "objecoes", "causas")
            for acao in ("mover", "situacao", "apagar")
        ),
        "catalogos/campanhas/<int:pk>/ campanha",
        "catalogos/campanhas/<int:pk>/situacao/ campanha",
        "catalogos/campanhas/<int:pk>/apagar/ campanha",
    ),
    **_de(
        None,
        "avisos/",
        "avisos/sino/",
        "avisos/notas/",
        "avisos/lidos/",
        "avisos/lidos/desfazer/",
        "avisos/<int:pk>/ aviso",
        "avisos/<int:pk>/lido/ aviso",
    ),
    **_de(
        P.ENVIAR_RECADOS,
        "recados/",
        "recados/novo/",
        "recados/<int:pk>/ recado",
        *(
            f"recados/<int:pk>/{gesto}/ recado"
            for gesto in ("editar", "enviar", "reenviar", "encerrar", "reabrir", "apagar")
        ),
    ),
    **_de(P.GERIR_CATALOGOS, "recados/tipos/", "recados/tipos/<int:pk>/uso/ nenhum"),
    **_de(P.VER_ROTINAS, "rotinas/", "rotinas/rodar/", "rotinas/retratos/"),
    **_de(P.VER_ROTINAS, "operacao/", "operacao/rodadas/", "operacao/rodadas/<int:pk>/repetir/ execucao"),
    **_de(
        P.VER_MENSAGENS,
        "mensagens/",
        "mensagens/<int:pk>/ mensagem",
        "mensagens/<int:pk>/corpo/ mensagem",
        "mensagens/<int:pk>/reenviar/ mensagem",
        "mensagens/<int:pk>/devolucao/ mensagem",
        "mensagens/reenviar/",
        "mensagens/exportar/",
        "mensagens/devolucoes/",
        "mensagens/devolucoes/nova/",
        "mensagens/devolucoes/<int:pk>/liberar/ devolucao",
        "mensagens/limites/",
        "mensagens/limites/<int:pk>/tirar/ nenhum",
    ),
    **_de(
        P.EDITAR_MENSAGENS_PRONTAS,
        "mensagens/prontas/",
        "mensagens/prontas/nova/",
        "mensagens/prontas/<int:pk>/ modelo",
        "mensagens/prontas/<int:pk>/uso/ modelo",
    ),
    **_de(
        P.GERIR_WEBHOOKS,
        "webhooks/",
        "webhooks/novo/",
        "webhooks/<int:pk>/ webhook",
        *(
            f"webhooks/<int:pk>/{gesto}/ webhook"
            for gesto in ("editar", "testar", "pausa", "segredo", "apagar", "repetir")
        ),
        "webhooks/<int:pk>/entregas/<int:entrega_pk>/ webhook entrega",
        "webhooks/<int:pk>/entregas/<int:entrega_pk>/repetir/ webhook entrega",
    ),
    **_de(
        P.GERIR_AVISOS, "avisos/regras/", "avisos/regras/nova/", "avisos/regras/silencio/", por_empresa=True
    ),
    **_de(
        P.GERIR_AVISOS,
        *(
            f"avisos/regras/<int:pk>/{gesto} regra_de_aviso"
            for gesto in (
                "",
                "historico/",
                "previa/",
                "teste/",
                "pausar/",
                "retomar/",
                "duplicar/",
                "excluir/",
            )
        ),
        "avisos/regras/<int:pk>/previa/<int:pessoa>/ regra_de_aviso pessoa",
    ),
    **_de(P.VER_AUDITORIA, "auditoria/", "auditoria/exportar/"),
    **_de(P.VER_CLIENTES, "clientes/<int:pk>/privacidade/ cliente"),
    **_de(P.REGISTRAR_CONTATO, "clientes/<int:pk>/privacidade/opor/ cliente"),
    **_de(P.CUIDAR_DE_TITULARES, *DE_QUEM_CUIDA),
    **_de(P.CUIDAR_DE_TITULARES, "lgpd/", "lgpd/tratamento/", por_empresa=True),
    **_de(
        P.ADMINISTRAR_INSTALACAO,
        "comecar/email/",
        "comecar/dados/",
        "demonstracao/sair/",
        "pessoas/seguranca/",
        *DO_CREDITO_POR_PAPEL,
    ),
}
# Gestos de quem gere, dentro de portas mais largas.
SO_GERENTES = (
    "clientes/<int:pk>/encerrar/",
    "clientes/<int:pk>/encerrar/desfazer/",
    "clientes/<int:pk>/fora-do-perfil/",
)
SEM_FORMULARIO = {
    "clientes/<int:pk>/editar/": "lia",
    "roteiros/<slug:faixa>/": "davi",  # os da instalação são de quem administra todas as empresas
    "roteiros/<slug:faixa>/voltar/": "davi",
}
# O administrador de uma empresa só não manda na instalação inteira.
DE_TODAS_AS_EMPRESAS = (
    *("lgpd/bloqueios/", "lgpd/bloqueios/<int:pk>/tirar/", "lgpd/retencao/"),
    "atividade/instalacao/",
    "atividade/instalacao/herdar/",
    "pessoas/seguranca/",
    *DO_CREDITO_POR_PAPEL,
    "mensagens/limites/",
    "mensagens/limites/<int:pk>/tirar/",
    "mensagens/prontas/nova/",
    "mensagens/prontas/<int:pk>/",
    "mensagens/prontas/<int:pk>/uso/",
)


def recusada_por_papel(rota: str, nome: str, pessoa: Usuario) -> bool:
    decisao = DECISOES[rota]
    if decisao.permissao is not None and not pode(pessoa, decisao.permissao):
        return True
    if rota in SO_GERENTES and nome in ("ana", "carla"):
        return True
    return SEM_FORMULARIO.get(rota) == nome or rota in DE_TODAS_AS_EMPRESAS


def endereco(rota: str, alvos: dict[str, int | str]) -> str:
    """A rota com os números (e as faixas) de `alvos`."""
    nomes = iter(DECISOES[rota].alvos)
    return "/" + re.sub(r"<(?:int|slug|uuid):\w+>", lambda _: str(alvos[next(nomes)]), rota)
