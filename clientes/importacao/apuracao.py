"""As contas de uma importação: quantas linhas entram, mudam ou ficam, e o que se guarda delas."""

from dataclasses import replace
from typing import Any

from django.db import connection

from clientes.importacao import rejeitadas
from clientes.importacao.completo import Sumico
from clientes.importacao.resultado import Avisos, Resultado, Somas
from clientes.importacao.tipo import Tipo


def apurar(
    tipo: Tipo,
    avisos: Avisos,
    quantas_rejeitadas: int,
    *,
    parcial: bool,
    descricao: str,
    gravar: bool,
    sumico: Sumico | None = None,
) -> Resultado:
    chave = tipo.existente
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FILTER (WHERE {chave} IS NULL), count(*) FILTER (WHERE {chave} IS NOT NULL AND NOT igual), "
            f"count(*) FILTER (WHERE igual), (SELECT count(*) FROM _repetidas) FROM _pronto"
        )
        novas, atualizadas, iguais, repetidas = cursor.fetchone()
        somas = Somas(linhas=novas + atualizadas + iguais)
        if tipo.soma:
            valor, data = tipo.soma.split(", ")
            cursor.execute(
                f"SELECT count(*), coalesce(sum({valor}), 0), min({data}), max({data}) FROM _pronto"
            )
            somas = Somas(*cursor.fetchone())
    rejeicoes = rejeitadas.ler_rejeicoes()
    if quantas_rejeitadas > len(rejeicoes):
        avisos.dizer(
            f"só as primeiras {len(rejeicoes)} rejeições estão listadas; o arquivo de rejeitadas traz todas"
        )
    base = Resultado(
        rejeitadas=quantas_rejeitadas,
        avisos=avisos.lista(),
        rejeicoes=rejeicoes,
        somas=somas,
        descricao=descricao,
        sumico=sumico,
    )
    if quantas_rejeitadas and not parcial:
        return base
    iguais += repetidas
    return replace(
        base,
        aceitas=novas + atualizadas + iguais,
        novas=novas,
        atualizadas=atualizadas,
        inalteradas=iguais,
        gravado=gravar,
    )


def resumo(resultado: Resultado, exemplos: int = 200) -> dict[str, Any]:
    """O que fica guardado da importação: as contas e as primeiras rejeições."""
    dados = resultado.para_maquinas()
    dados["rejeicoes"], dados["avisos"] = dados["rejeicoes"][:exemplos], dados["avisos"][:exemplos]
    dados["descricao"] = resultado.descricao
    somas = resultado.somas
    dados["somas"] = {
        "linhas": somas.linhas,
        "valor": str(somas.valor),
        "de": somas.de.isoformat() if somas.de else None,
        "ate": somas.ate.isoformat() if somas.ate else None,
    }
    return dados
