"""As rotas de `/api/v1/`: o roteador com os recursos, e o que não é de recurso nenhum."""

from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from carteira.api import (
    atividade,
    casa,
    catalogos,
    clientes,
    composicao,
    credito,
    documento,
    financeiro,
    fornecedores,
    pedidos,
    relacionamento,
    rodadas,
    trabalho,
)
from carteira.api.completar import completar
from carteira.api.copia import COPIAS
from carteira.api.fim import NaoHa
from carteira.api.lote.vistas import urlpatterns as lotes

RECURSOS = {
    "agenda": relacionamento.Agenda,
    "atendimentos": relacionamento.Atendimentos,
    "avisos": casa.Avisos,
    "campanhas": trabalho.Campanhas,
    "clientes": clientes.Clientes,
    "contatos": relacionamento.Contatos,
    "empresas": casa.Empresas,
    "fornecedores": fornecedores.Fornecedores,
    "importacoes": casa.Importacoes,
    "indicadores": atividade.IndicadoresDosClientes,
    "limites": atividade.Limites,
    "listas": trabalho.Listas,
    "membros": trabalho.Membros,
    "motivos": catalogos.Motivos,
    "mudancas": atividade.Mudancas,
    "notas": financeiro.Notas,
    "objecoes": catalogos.Objecoes,
    "ocorrencias": catalogos.Ocorrencias,
    "orcamentos": financeiro.Orcamentos,
    "pedidos": pedidos.Pedidos,
    "pessoas": casa.Pessoas,
    "restricoes": credito.Restricoes,
    "rodadas": rodadas.Rodadas,
    "scores": credito.Scores,
    "segmentos": catalogos.Segmentos,
    "titulos": financeiro.Titulos,
}
roteador = SimpleRouter(use_regex_path=False)
for nome, recurso in (RECURSOS | COPIAS).items():
    roteador.register(nome, completar(nome, recurso), basename=nome)

urlpatterns = [
    path("composicao/", composicao.Composicao.as_view(), name="composicao"),
    path("prioridades/", trabalho.Prioridades.as_view(), name="prioridades"),
    path("esquema/", documento.Documento.as_view(), name="esquema"),
    path("docs/", documento.docs, name="docs"),
    *lotes,
    *roteador.urls,
    re_path("", NaoHa.as_view(), name="nao_ha"),
]
