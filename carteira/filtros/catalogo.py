"""O catálogo inteiro e o que se faz com ele: conferir, dizer em palavras e virar condição do banco."""

from difflib import get_close_matches
from typing import Any

from django.db.models import Q

from carteira.filtros import operadores as op
from carteira.filtros.campos import NINGUEM, Campo, Contexto, SimNao, nao_vale
from carteira.filtros.credito import CREDITO
from carteira.filtros.datas import ATIVIDADE, CADASTRO, COMPRAS, CONTATO, DATAS, FINANCAS
from carteira.filtros.escolhas import DONO, ESCOLHAS
from carteira.filtros.expressao import Condicao, ErroDeFiltro, Grupo, No, condicoes, ler
from carteira.filtros.fatos import FATOS
from carteira.filtros.gestao import GESTAO
from carteira.filtros.numeros import NUMEROS
from carteira.ids import id_de
from contas.models import Usuario

GRUPOS = (COMPRAS, ATIVIDADE, CONTATO, FINANCAS, CADASTRO, DONO)
CAMPOS: dict[str, Campo] = {c.nome: c for c in (*DATAS, *NUMEROS, *ESCOLHAS, *FATOS, *CREDITO, *GESTAO)}
# Quem fala deles quer ver também os que a lista esconde.
DOS_OCULTOS = frozenset({"encerrado", "encerrado_em", "fora_do_perfil"})


def por_grupo(usuario: Usuario) -> list[tuple[str, list[Campo]]]:
    """Os campos que a pessoa usa, pela ordem do rótulo em cada grupo."""
    visiveis = sorted((c for c in CAMPOS.values() if c.visivel(usuario)), key=lambda c: c.rotulo)
    return [(grupo, [c for c in visiveis if c.grupo == grupo]) for grupo in GRUPOS]


def campo_de(nome: str) -> Campo:
    campo = CAMPOS.get(nome)
    if campo is None:
        parecidos = get_close_matches(nome, CAMPOS, 1, 0.6)
        remedio = f"quis dizer “{parecidos[0]}”?" if parecidos else "escolha um campo no montador."
        raise ErroDeFiltro(f"“{nome[:40]}” não é um campo; {remedio}")
    return campo


def valores_de(condicao: Condicao) -> list[Any]:
    """Os valores lidos de uma condição; recusa, em palavras, a que não se entende."""
    campo = campo_de(condicao.campo)
    operador = campo.operadores.get(condicao.operador)
    if operador is None:
        nomes = ", ".join(campo.operadores)
        raise ErroDeFiltro(f"{campo.rotulo} não tem “{condicao.operador[:40]}”: use {nomes}.")
    try:
        valores = operador.ler(condicao.valores)
        _conferir_opcoes(campo, next((v for v in valores if isinstance(v, list)), []))
    except ErroDeFiltro as erro:
        raise ErroDeFiltro(f"{campo.rotulo}: {erro}.") from erro
    return valores


def _conferir_opcoes(campo: Campo, escolhidas: list[str]) -> None:
    """A opção fixa que não existe se recusa; o id de outra pessoa passa, e só não acha ninguém."""
    for valor in escolhidas:
        if campo.ids and id_de(valor) is None:
            raise ErroDeFiltro(f"“{valor[:40]}” não é uma opção: escolha na lista")
    if campo.fixas and escolhidas:
        conhecidas = [valor for valor, _ in campo.opcoes(None)]  # type: ignore[arg-type]
        for valor in escolhidas:
            if valor not in conhecidas:
                raise ErroDeFiltro(f"“{valor[:40]}” não é uma opção: use {', '.join(conhecidas)}")


def ler_conferindo(texto: str) -> Grupo:
    """A árvore de um texto, com todas as condições já conferidas."""
    raiz = ler(texto)
    for _, condicao in condicoes(raiz):
        valores_de(condicao)
    return raiz


def condicao_do_banco(no: No, ctx: Contexto) -> Q:
    """A árvore como `Q` sobre `Indicadores`; grupo vazio não restringe."""
    if isinstance(no, Condicao):
        total = campo_de(no.campo).q(no.operador, valores_de(no), ctx)
    else:
        total = _juntar([condicao_do_banco(item, ctx) for item in no.itens], no.qualquer)
    return nao_vale(total) if no.negado else total


def _juntar(partes: list[Q], qualquer: bool) -> Q:
    if not partes:
        return Q()
    total = NINGUEM if qualquer else Q()
    for parte in partes:
        # um Q vazio (que vale sempre) some num OU: o grupo inteiro vale sempre
        if qualquer and not parte:
            return Q()
        total = total | parte if qualquer else total & parte
    return total


def fala_dos_ocultos(raiz: Grupo) -> bool:
    return any(condicao.campo in DOS_OCULTOS for _, condicao in condicoes(raiz))


def invisiveis(raiz: Grupo, usuario: Usuario) -> list[Campo]:
    """Os campos destas condições que a pessoa não usa."""
    campos = {condicao.campo: campo_de(condicao.campo) for _, condicao in condicoes(raiz)}
    return [campo for campo in campos.values() if not campo.visivel(usuario)]


# ── Em palavras ──────────────────────────────────────────────────────────────


def em_palavras(condicao: Condicao, ctx: Contexto, opcoes: dict[str, dict[str, str]] | None = None) -> str:
    """A condição como se lê numa fichinha: "Último contato há mais de 90 dias"."""
    campo = campo_de(condicao.campo)
    operador = campo.operadores[condicao.operador]
    valores = valores_de(condicao)
    ditos = [_dito(a, v, campo, ctx, opcoes) for a, v in zip(operador.argumentos, valores, strict=True)]
    frase = operador.frase.format(*ditos)
    texto = f"{frase[0].upper()}{frase[1:]}" if isinstance(campo, SimNao) else f"{campo.rotulo}: {frase}"
    return f"não ({texto})" if condicao.negado else texto


def _dito(
    argumento: op.Argumento, valor: Any, campo: Campo, ctx: Contexto, opcoes: dict[str, dict[str, str]] | None
) -> str:
    if argumento.entrada != "opcoes":
        return argumento.mostrar(valor)
    nomes = nomes_das_opcoes(campo, ctx, opcoes)
    return " ou ".join(nomes.get(v, f"nº {v}") for v in valor)


def nomes_das_opcoes(
    campo: Campo, ctx: Contexto, lidas: dict[str, dict[str, str]] | None = None
) -> dict[str, str]:
    """As opções de um campo, lidas uma vez por página."""
    lidas = {} if lidas is None else lidas
    if campo.nome not in lidas:
        lidas[campo.nome] = dict(campo.opcoes(ctx))
    return lidas[campo.nome]
