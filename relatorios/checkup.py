"""Os números do checkup, cada um pela mesma função da tela que o abre; `achados_do_checkup` os põe em palavras."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import Count, Q, Sum
from django.db.models.lookups import Exact

from atividade.giro import Giro, Janela, giro_de
from atividade.visitas import esquecidos
from clientes.situacao_cadastral import SituacaoCadastral, expressao
from contas.alcada import vendedores_da_alcada
from contas.escopo import empresas_de
from contas.metas import metas_do_mes
from contas.models import Empresa, Usuario
from relatorios import declinio
from relatorios.composicao import (
    NA_CONTA,
    ZERO,
    Grupo,
    Recorte,
    clientes_que_somam_metade,
    linhas,
    por_situacao,
)
from relatorios.migracao import Migracao, migracao
from relatorios.positivacao import (
    CAMPO_DA_META,
    Calendario,
    Medida,
    meta_de_varios,
    uf_dos_feriados,
)

MAIORES = 10
DIAS_DA_MIGRACAO = 30
DIAS_ESQUECIDO = 60
COM_COMPRA = tuple(s.value for s in NA_CONTA)


@dataclass(frozen=True, slots=True)
class Numeros:
    """O que se mede, antes das palavras."""

    carteira: Grupo
    metade_do_risco: int
    migracao: Migracao
    dos_maiores: Decimal
    quantos_maiores: int
    declinio: declinio.Total
    esquecidos: tuple[int, Decimal]
    medidas: tuple[Medida, ...]
    intocados: int
    cadastro: dict[SituacaoCadastral, int]
    empresas: Sequence[Empresa]
    hoje: date
    mes: Janela

    @property
    def mal_cadastrados(self) -> int:
        return sum(n for situacao, n in self.cadastro.items() if situacao != SituacaoCadastral.COMPLETA)


def reunir(usuario: Usuario, recorte: Recorte, hoje: date) -> Numeros:
    """Todas as contas, na referência de cada empresa; doze consultas, seja qual for a carteira."""
    clientes = linhas(usuario, recorte)
    com_compra = clientes.filter(status__in=COM_COMPRA)
    empresas = [e for e in _empresas(usuario) if _na_cena(e, recorte)]
    maiores = list(com_compra.order_by("-valor_12m", "pk").values_list("valor_12m", flat=True)[:MAIORES])
    caidos = declinio.em_declinio(clientes, declinio.Regra(), empresas)
    esquecido = com_compra.filter(esquecidos(DIAS_ESQUECIDO, hoje)).aggregate(
        n=Count("pk"), r=Sum("valor_12m")
    )
    mes = _mes(empresas, hoje)
    medidas, intocados = _giro(usuario, recorte, empresas, mes, hoje)
    return Numeros(
        por_situacao(clientes),
        clientes_que_somam_metade(clientes),
        migracao(clientes, DIAS_DA_MIGRACAO),
        sum(maiores, ZERO),
        len([v for v in maiores if v]),
        declinio.somar(declinio.por_vendedor(caidos)),
        (esquecido["n"], esquecido["r"] or ZERO),
        medidas,
        intocados,
        _cadastro(com_compra),
        empresas,
        hoje,
        mes,
    )


def _empresas(usuario: Usuario) -> Any:
    return empresas_de(usuario).select_related("parametros").order_by("codigo")


def _na_cena(empresa: Empresa, recorte: Recorte) -> bool:
    return not recorte.empresa or str(empresa.pk) in recorte.empresa


def _mes(empresas: Sequence[Empresa], hoje: date) -> Janela:
    """O mês da carteira mostrada, inteiro."""
    dia = min(hoje, max((e.referencia for e in empresas if e.referencia), default=hoje))
    primeiro = dia.replace(day=1)
    return Janela(primeiro, primeiro + relativedelta(months=1, days=-1))


def _giro(
    usuario: Usuario, recorte: Recorte, empresas: Sequence[Empresa], mes: Janela, hoje: date
) -> tuple[tuple[Medida, ...], int]:
    """As duas medidas do mês, dos vendedores de quem a pessoa responde."""
    pessoas = vendedores_da_alcada(usuario, hoje)
    if recorte.vendedor:
        pessoas = pessoas.filter(pk__in=recorte.vendedor)
    if recorte.equipe:
        pessoas = pessoas.filter(
            participacoes__equipe__in=[int(pk) for pk in recorte.equipe],
            participacoes__periodo__contains=hoje,
        )
    ids = list(pessoas.values_list("pk", flat=True))
    visto, antes = mes.cortada(hoje), Janela(mes.de - relativedelta(months=1), mes.de - relativedelta(days=1))
    das_empresas = [e.pk for e in empresas]
    giros, giros_antes = giro_de(ids, das_empresas, visto), giro_de(ids, das_empresas, antes)
    metas = metas_do_mes(ids, mes.de)
    todos, todos_antes = sum(giros.values(), Giro()), sum(giros_antes.values(), Giro())
    # meio mês se compara com meio mês
    ponto = antes if visto == mes else antes.cortada(antes.de + (visto.ate - visto.de))
    cal = Calendario.de(mes, visto.ate, uf_dos_feriados(empresas))
    medidas = []
    for toque, campo in CAMPO_DA_META.items():
        meta = meta_de_varios((g.clientes, getattr(metas.get(pk), campo, None)) for pk, g in giros.items())
        tocados, porcento = todos.tocados(toque), todos_antes.porcento(toque, ponto.ate)
        medidas.append(Medida(toque, todos.clientes, tocados, porcento, meta, cal.passados, len(cal.uteis)))
    return tuple(medidas), todos.intocados


def _cadastro(clientes: Any) -> dict[SituacaoCadastral, int]:
    contas = {s.name: Count("pk", filter=Q(Exact(expressao("cliente__"), int(s)))) for s in SituacaoCadastral}
    achadas = clientes.aggregate(**contas)
    return {s: achadas[s.name] for s in SituacaoCadastral}
