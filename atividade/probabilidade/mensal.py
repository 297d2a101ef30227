"""O ajuste do mês de uma empresa: modelos, calibração e a prova, guardados onde as listas leem."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from atividade.models import AjusteDeProbabilidade, Indicadores, ProbabilidadeEmVigor
from atividade.prioridade import HORIZONTE
from atividade.probabilidade.calibracao import Prova, calibrar, provar_modelo, provar_p
from atividade.probabilidade.formulas import DIAS_NA_SEMANA, Modelo
from atividade.probabilidade.janelas import Janelas
from contas.models import Empresa

# Fora do mês, refaz-se quando a carteira mudou tanto que o ajuste fala de outra empresa.
MUDANCA_QUE_COMPENSA = 0.2


def ajuste_em_vigor(empresa: Empresa) -> AjusteDeProbabilidade | None:
    return AjusteDeProbabilidade.objects.filter(
        pk__in=ProbabilidadeEmVigor.objects.filter(empresa=empresa).values("ajuste")
    ).first()


def devido(empresa: Empresa) -> bool:
    """Mês novo, nenhum ajuste, ou a carteira com compra mudou um quinto; consulta ao passado não ajusta nada."""
    if empresa.referencia is None or empresa.consulta_passada:
        return False
    clientes = Indicadores.objects.filter(empresa=empresa, dias_de_compra__gt=0).count()
    atual = ajuste_em_vigor(empresa)
    if atual is None or atual.mes != empresa.referencia.replace(day=1):
        return clientes > 0
    return abs(clientes - atual.clientes) > MUDANCA_QUE_COMPENSA * atual.clientes


def ajustar_empresa(*, empresa: Empresa, referencia: date, hoje: date) -> AjusteDeProbabilidade:
    """Refaz o ajuste do mês de `referencia` e o põe em vigor; repetir dá os mesmos números.

    O que é demorado (a busca) corre sem transação aberta; ler as janelas e gravar são uma só.
    """
    # Aqui dentro: numpy e scipy só pesam em quem ajusta, e não em cada processo da página.
    from atividade.probabilidade.ajuste import Ajuste, ajustar_todos, escolher
    from atividade.probabilidade.estatisticas import estatisticas

    corte = referencia - timedelta(days=HORIZONTE)
    dados = estatisticas(empresa, referencia)
    modelos = ajustar_todos(dados, DIAS_NA_SEMANA)
    escolhido = escolher(modelos.values())
    de_prova = escolher(ajustar_todos(estatisticas(empresa, corte), DIAS_NA_SEMANA).values())
    with transaction.atomic(), connection.cursor() as cursor:
        janelas = Janelas(empresa, hoje, cursor)
        calibracao = calibrar(janelas, referencia)
        provas = {
            "p": provar_p(janelas, corte, calibrar(janelas, corte)),
            "modelo": provar_modelo(janelas, corte, de_prova.parametros) if de_prova else None,
        }
        valores: dict[str, Any] = {
            "referencia": referencia,
            "b0": calibracao.b0,
            "s": calibracao.s,
            "linhas": calibracao.linhas,
            "estimativa": calibracao.estimativa,
            "clientes": dados.clientes,
            "recompradores": dados.recompradores,
            "modelos": [_linha(modelo, modelos[modelo]) for modelo in Modelo],
            "prova": _prova_em_json(corte, provas, de_prova.parametros.modelo if de_prova else ""),
            **_do_modelo(escolhido if isinstance(escolhido, Ajuste) else None),
        }
        return _guardar(empresa, referencia.replace(day=1), valores)


def _linha(modelo: Modelo, ajuste: Any) -> dict[str, Any]:
    """Um modelo como a tela o lê: os números, ou por que não os há."""
    if isinstance(ajuste, str):
        return {"modelo": modelo.value, "nome": modelo.nome, "recusa": ajuste}
    return {"modelo": modelo.value, "nome": modelo.nome, "recusa": "", **_numeros(ajuste)}


def _numeros(ajuste: Any) -> dict[str, float]:
    p = ajuste.parametros
    return {
        "r": p.r, "alpha": p.alpha, "a": p.a, "b": p.b, "log_verossimilhanca": ajuste.log_verossimilhanca,
    }  # fmt: skip


def _do_modelo(ajuste: Any) -> dict[str, Any]:
    if ajuste is None:
        return {"modelo": "", **dict.fromkeys(("r", "alpha", "a", "b", "log_verossimilhanca"))}
    return {"modelo": ajuste.parametros.modelo.value, **_numeros(ajuste)}


def _prova_em_json(corte: date, provas: Mapping[str, Prova | None], modelo: str) -> dict[str, Any]:
    return {
        "corte": corte.isoformat(),
        "modelo_da_prova": str(modelo),
        **{nome: prova.como_json() if prova else None for nome, prova in provas.items()},
    }


def _guardar(empresa: Empresa, mes: date, valores: dict[str, Any]) -> AjusteDeProbabilidade:
    ajuste, _ = AjusteDeProbabilidade.objects.update_or_create(empresa=empresa, mes=mes, defaults=valores)
    ProbabilidadeEmVigor.objects.update_or_create(empresa=empresa, defaults={"ajuste": ajuste})
    return ajuste
