"""Todas as páginas: cada área traz as suas em `urlpatterns`."""

from django.conf import settings
from django.urls import include, path
from django.views.generic import RedirectView

from carteira.web import (
    agenda,
    aparelho,
    assistente,
    atividade,
    auditoria,
    calendario,
    carteiras,
    catalogos,
    ciclo,
    clientes,
    composicao,
    contas,
    criterios_da_fila,
    em_aberto,
    equipes,
    galeria,
    gestos_da_fila,
    hoje,
    importacao,
    listas,
    mensagens,
    mensagens_prontas,
    metas,
    painel,
    painel_em_planilha,
    perfil,
    pessoas,
    prioridade,
    probabilidade,
    regras_da_fila,
    relatorios,
    roteiros,
    rotinas,
    saude,
    televendas,
    ver_como,
)

_FILA = [
    *televendas.urlpatterns,
    *gestos_da_fila.urlpatterns,
    *regras_da_fila.urlpatterns,
    *criterios_da_fila.urlpatterns,
]
urlpatterns = [
    path("", RedirectView.as_view(pattern_name="clientes:lista"), name="inicio"),
    path("hoje/", hoje.dia, name="hoje"),
    *aparelho.urlpatterns,
    path("saude/", saude.viva, name="saude"),
    path("saude/pronta/", saude.pronta, name="saude_pronta"),
    path("", include(([*contas.urlpatterns, *perfil.urlpatterns], "contas"))),
    path("", include((assistente.urlpatterns, "assistente"))),
    path("pessoas/", include((pessoas.urlpatterns, "pessoas"))),
    path("equipes/", include((equipes.urlpatterns, "equipes"))),
    path("auditoria/", include((auditoria.urlpatterns, "auditoria"))),
    path("rotinas/", include((rotinas.urlpatterns, "rotinas"))),
    path("mensagens/", include(([*mensagens.urlpatterns, *mensagens_prontas.urlpatterns], "mensagens"))),
    path("clientes/", include((clientes.urlpatterns, "clientes"))),
    path("listas/", include((listas.urlpatterns, "listas"))),
    path("contatos/", include((em_aberto.urlpatterns, "contatos"))),
    path("catalogos/", include((catalogos.urlpatterns, "catalogos"))),
    path("calendario/<str:chave>.ics", calendario.ics, name="calendario_ics"),
    path("roteiros/", include((roteiros.urlpatterns, "roteiros"))),
    path("fila/", include((_FILA, "fila"))),
    path("agenda/", include((agenda.urlpatterns, "agenda"))),
    path("importar/", include((importacao.urlpatterns, "importacao"))),
    path("atividade/probabilidade/", include((probabilidade.urlpatterns, "probabilidade"))),
    path("atividade/prioridade/", include((prioridade.urlpatterns, "prioridade"))),
    path("atividade/", include((atividade.urlpatterns, "atividade"))),
    path("ciclo-de-compra/", include((ciclo.urlpatterns, "ciclo"))),
    path("carteiras/", include((carteiras.urlpatterns, "carteiras"))),
    path(
        "painel/",
        include(([*painel.urlpatterns, *painel_em_planilha.urlpatterns, *metas.urlpatterns], "painel")),
    ),
    path("ver-como/", include((ver_como.urlpatterns, "ver_como"))),
    path("composicao/", include((composicao.urlpatterns, "composicao"))),
    path("relatorio-de-risco/", include((relatorios.urlpatterns, "relatorios"))),
]

if not settings.PRODUCAO:
    urlpatterns.append(path("galeria/", galeria.galeria, name="galeria"))
