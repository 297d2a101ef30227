"""O que as telas de listas têm em comum: achar a lista, dizer o filtro em palavras e levar os números a planilha."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone

from carteira.filters import NENHUM, FiltroDeClientes
from carteira.filtros import catalogo
from carteira.filtros.campos import Contexto
from carteira.filtros.expressao import Condicao, No
from carteira.formatos import moeda, numero, porcento
from carteira.ids import ids_de
from carteira.referencias import Referencias
from clientes.comparacao import Comparacao, Grupo, comparar
from clientes.listas import pode_gerir
from clientes.models import Cliente, ListaDeTrabalho, MembroDaLista, Municipio, Segmento
from clientes.progresso_de_lista import Progresso
from contas.escopo import empresas_de
from contas.models import Equipe, Usuario

_COM_NOME = frozenset({"segmento", "vendedor", "equipe", "empresa", "municipio"})
_SEM_PALAVRAS = frozenset({"ocultos", "e"})  # `e` se diz condição a condição
UMA_ESCONDIDA = "Uma condição que você não vê"


def lista_visivel(request: HttpRequest, pk: int) -> ListaDeTrabalho:
    """A lista, se a pessoa a abre; senão 404, como se não existisse."""
    visiveis = ListaDeTrabalho.objects.visiveis_para(request.user)
    achada: ListaDeTrabalho = get_object_or_404(
        visiveis.select_related("empresa", "campanha", "equipe", "criada_por", "consulta_por"), pk=pk
    )
    return achada


def lista_gerida(request: HttpRequest, pk: int) -> ListaDeTrabalho:
    """A que se vê e não se gere é 403."""
    lista = lista_visivel(request, pk)
    if not pode_gerir(lista, request.user):
        raise PermissionDenied(
            "Só quem gere esta lista a muda: quem a fez, os donos e quem gere a equipe dela."
        )
    return lista


def membros_de(lista: ListaDeTrabalho, usuario: Usuario) -> Any:
    return MembroDaLista.objects.visiveis_para(usuario).filter(lista=lista)


def consulta_em_palavras(consulta: str, usuario: Usuario) -> list[str]:
    """Cada filtro como uma frase curta: "Situação: Inativo", "UF: SC, PR"."""
    dados = QueryDict(consulta)
    filtro = FiltroDeClientes(dados, usuario=usuario, referencias=Referencias({}, timezone.localdate()))
    campos = filtro.form.fields
    rapidos = [
        f"{campos[nome].label}: {_valores(nome, dados.getlist(nome), campos[nome], usuario)}"
        for nome in dados
        if nome in campos and nome not in _SEM_PALAVRAS and any(v.strip() for v in dados.getlist(nome))
    ]
    return [*rapidos, *_condicoes_em_palavras(dados, filtro)] or ["Todos os clientes"]


def _condicoes_em_palavras(dados: QueryDict, filtro: FiltroDeClientes) -> list[str]:
    if not dados.get("e", "").strip():
        return []
    if filtro.erro_das_condicoes:
        return ["Condições que não se entenderam"]
    raiz, ctx = filtro.condicoes, Contexto(filtro.usuario, Referencias.de(filtro.usuario))
    if raiz.qualquer or raiz.negado:
        return [_no_em_palavras(raiz, ctx, {})]
    lidas: dict[str, dict[str, str]] = {}
    return [_no_em_palavras(item, ctx, lidas) for item in raiz.itens]


def _no_em_palavras(no: No, ctx: Contexto, lidas: dict[str, dict[str, str]]) -> str:
    """De um campo que a pessoa não usa diz-se só que há uma condição: qual e com que valor é o que ela não sabe."""
    if isinstance(no, Condicao):
        escondida = not catalogo.campo_de(no.campo).visivel(ctx.usuario)
        return UMA_ESCONDIDA if escondida else catalogo.em_palavras(no, ctx, lidas)
    ditos = [_no_em_palavras(item, ctx, lidas) for item in no.itens]
    junto = (" ou " if no.qualquer else " e ").join(
        f"({dito})" if not isinstance(item, Condicao) and not item.negado else dito
        for item, dito in zip(no.itens, ditos, strict=True)
    )
    return f"não ({junto})" if no.negado else junto


def esconde_condicao(consulta: str, usuario: Usuario) -> bool:
    """A consulta, no endereço de um elo, diria à pessoa o que as palavras calam."""
    dados = QueryDict(consulta)
    if not dados.get("e", "").strip():
        return False
    filtro = FiltroDeClientes(dados, usuario=usuario, referencias=Referencias({}, timezone.localdate()))
    return bool(filtro.erro_das_condicoes or catalogo.invisiveis(filtro.condicoes, usuario))


def _valores(nome: str, valores: list[str], campo: Any, usuario: Usuario) -> str:
    if nome in _COM_NOME:
        achados = _com_nome_visivel(nome, usuario).filter(pk__in=ids_de(valores)).order_by("nome")
        nomes = [*achados.values_list("nome", flat=True), *(["nenhum"] if NENHUM in valores else [])]
        return ", ".join(map(str, nomes)) or "fora do que você vê"
    opcoes = {str(chave): rotulo for chave, rotulo in getattr(campo, "choices", ())}
    return ", ".join("sim" if v in ("on", "true") else str(opcoes.get(v, v)) for v in valores)


def _com_nome_visivel(nome: str, usuario: Usuario) -> Any:
    """As linhas cujo nome a pessoa pode ler: o filtro de outro não conta a ninguém o que ele não vê."""
    clientes = Cliente.objects.visiveis_para(usuario)
    return {
        "segmento": Segmento.objects.filter(empresa__in=empresas_de(usuario)),
        "vendedor": Usuario.objects.filter(pk__in=clientes.values("vendedor")),
        "equipe": Equipe.objects.filter(pk__in=clientes.values("equipe")),
        "empresa": empresas_de(usuario),
        "municipio": Municipio.objects.all(),
    }[nome]


# ── A comparação com o controle, em palavras ─────────────────────────────────


def comparacoes(p: Progresso) -> list[tuple[str, Comparacao, str]]:
    """Todos os chamáveis × controle, que é a justa; e só os contatados × controle, que se lê com cuidado."""
    controle = Grupo(p.controle, p.controle_compraram)
    pares = (
        ("Sorteados para a lista", Grupo(p.sorteados, p.sorteados_compraram)),
        ("Só os contatados", Grupo(p.conversados, p.conversados_compraram)),
    )
    achadas = ((nome, comparar(grupo, controle)) for nome, grupo in pares)
    return [(nome, c, veredito(c)) for nome, c in achadas if c is not None]


def veredito(c: Comparacao) -> str:
    """O que os números permitem dizer, e o que não."""
    faixa = f"diferença de {pontos(c.diferenca)} pontos (de {pontos(c.de)} a {pontos(c.ate)}, com 95% de confiança)"
    if c.pouco:
        return f"Ainda é pouco para dizer: {faixa}. Com menos de 30 de um dos lados, isso é quase só acaso."
    if c.de > 0:
        return f"A lista vendeu mais que o acaso: {faixa}."
    if c.ate < 0:
        return f"O controle comprou mais: {faixa}. Vale olhar a abordagem antes de repetir."
    return f"Não dá para dizer que a lista fez diferença: {faixa}."


def pontos(valor: float) -> str:
    texto = numero(valor, 1)
    return f"+{texto}" if valor > 0 and texto != "0,0" else texto


def meta_e_feito(lista: ListaDeTrabalho, p: Progresso) -> list[dict[str, Any]]:
    """Cada meta que a lista tem, com o feito e quanto disso é da meta."""
    metas = (
        ("Clientes que compram", lista.meta_clientes, p.compraram, numero),
        ("Valor", lista.meta_valor, p.valor, moeda),
    )
    return [
        {
            "nome": nome,
            "meta": escrever(meta),
            "feito": escrever(feito),
            "pct": porcento(feito * 100 / meta, 0),
            "largura": min(100, round(feito * 100 / meta)),
        }
        for nome, meta, feito, escrever in metas
        if meta
    ]
