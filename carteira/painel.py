"""O painel de um vendedor, e os de uma equipe lado a lado: giro, positivação, resultados e metas de um período."""

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from atividade.giro import Giro, Janela, Resultados, Toque, giro_de, resultados_de
from carteira.formatos import data
from contas.metas import metas_do_mes
from contas.models import MetaMensal, Usuario

MESES = (
    "janeiro", "fevereiro", "março", "abril", "maio", "junho",
    "julho", "agosto", "setembro", "outubro", "novembro", "dezembro",
)  # fmt: skip
MAIOR_PERIODO = 366
_UM_DIA = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Periodo:
    """Um mês, ou dois dias quaisquer; `hoje` é até onde há o que contar."""

    janela: Janela
    hoje: date
    mensal: bool = True

    @classmethod
    def do_mes(cls, mes: date, hoje: date) -> "Periodo":
        """O mês inteiro; um que ainda não começou vale o corrente."""
        primeiro = min(mes, hoje).replace(day=1)
        return cls(Janela(primeiro, _fim_do_mes(primeiro)), hoje)

    @classmethod
    def entre(cls, de: date, ate: date, hoje: date) -> "Periodo | None":
        """De um dia a outro; nada quando não faz sentido."""
        if de > ate or de > hoje or (ate - de).days >= MAIOR_PERIODO:
            return None
        return cls(Janela(de, ate), hoje, mensal=False)

    @property
    def visto(self) -> Janela:
        return self.janela.cortada(self.hoje)

    @property
    def em_curso(self) -> bool:
        return self.visto != self.janela

    @property
    def anterior(self) -> Janela:
        """O mês anterior, ou o mesmo número de dias logo antes."""
        de = self.janela.de
        if self.mensal:
            return Janela(de - relativedelta(months=1), de - _UM_DIA)
        dias = (self.janela.ate - de).days
        return Janela(de - timedelta(days=dias + 1), de - _UM_DIA)

    @property
    def comparavel(self) -> Janela:
        """O anterior até o mesmo ponto: comparar meio mês com um mês inteiro enganaria."""
        if not self.em_curso:
            return self.anterior
        passados = (self.visto.ate - self.visto.de).days
        return self.anterior.cortada(self.anterior.de + timedelta(days=passados))

    @property
    def nome(self) -> str:
        if self.mensal:
            return f"{MESES[self.janela.de.month - 1]} de {self.janela.de.year}"
        return f"{data(self.janela.de)} a {data(self.janela.ate)}"

    @property
    def parametros(self) -> dict[str, str]:
        if self.mensal:
            return {"mes": f"{self.janela.de:%Y-%m}"}
        return {"de": self.janela.de.isoformat(), "ate": self.janela.ate.isoformat()}

    @property
    def vizinhos(self) -> tuple[str, str]:
        """Os meses de antes e de depois, como vão na URL; o que ainda não começou não tem elo."""
        antes = self.janela.de.replace(day=1) - _UM_DIA
        depois = self.janela.de.replace(day=1) + relativedelta(months=1)
        return f"{antes:%Y-%m}", f"{depois:%Y-%m}" if depois <= self.hoje else ""


def _fim_do_mes(dia: date) -> date:
    return dia.replace(day=calendar.monthrange(dia.year, dia.month)[1])


@dataclass(frozen=True)
class Desempenho:
    """Um vendedor (ou o total) no período, ao lado do anterior e da meta."""

    periodo: Periodo
    giro: Giro
    antes: Giro
    resultados: Resultados
    resultados_antes: Resultados
    pessoa: Usuario | None = None
    equipe: str = ""
    meta: MetaMensal | None = None

    @property
    def contatados(self) -> Decimal | None:
        return self.giro.porcento(Toque.CONTATO)

    @property
    def compraram(self) -> Decimal | None:
        return self.giro.porcento(Toque.COMPRA)

    @property
    def n_contatados(self) -> int:
        return self.giro.tocados(Toque.CONTATO)

    @property
    def n_compraram(self) -> int:
        return self.giro.tocados(Toque.COMPRA)

    @property
    def contatados_antes(self) -> Decimal | None:
        return self.antes.porcento(Toque.CONTATO, self.periodo.comparavel.ate)

    @property
    def compraram_antes(self) -> Decimal | None:
        return self.antes.porcento(Toque.COMPRA, self.periodo.comparavel.ate)

    @property
    def pontos_do_giro(self) -> Decimal | None:
        return _diferenca(self.contatados, self.contatados_antes)

    @property
    def pontos_da_positivacao(self) -> Decimal | None:
        return _diferenca(self.compraram, self.compraram_antes)

    @property
    def sem_contato(self) -> int:
        return self.giro.clientes - self.n_contatados

    @property
    def sem_compra(self) -> int:
        return self.giro.clientes - self.n_compraram

    @property
    def valor_da_meta(self) -> Decimal | None:
        """Quanto do valor da meta já veio, em %."""
        alvo = self.meta.valor if self.meta else None
        return self.resultados.valor * 100 / alvo if alvo else None


def _diferenca(agora: Decimal | None, antes: Decimal | None) -> Decimal | None:
    return None if agora is None or antes is None else agora - antes


def desempenhos(
    pessoas: Sequence[Usuario],
    empresas: Iterable[int],
    periodo: Periodo,
    equipes: dict[int, str] | None = None,
    *,
    com_resultados: bool = True,
) -> list[Desempenho]:
    """Cinco consultas, seja qual for o número de vendedores; três, a quem só mostra o giro."""
    ids, empresas = [p.pk for p in pessoas], list(empresas)
    giros = giro_de(ids, empresas, periodo.visto)
    antes = giro_de(ids, empresas, periodo.anterior)
    feitos = resultados_de(ids, empresas, periodo.visto) if com_resultados else {}
    feitos_antes = resultados_de(ids, empresas, periodo.comparavel) if com_resultados else {}
    metas = metas_do_mes(ids, periodo.janela.de) if periodo.mensal else {}
    return [
        Desempenho(
            periodo,
            giros[p.pk],
            antes[p.pk],
            feitos.get(p.pk, Resultados()),
            feitos_antes.get(p.pk, Resultados()),
            p,
            (equipes or {}).get(p.pk, ""),
            metas.get(p.pk),
        )
        for p in pessoas
    ]


def somar(linhas: Sequence[Desempenho], periodo: Periodo) -> Desempenho:
    """O total: as bases se somam, e a porcentagem é a da soma, não a média das porcentagens."""
    return Desempenho(
        periodo,
        sum((linha.giro for linha in linhas), Giro()),
        sum((linha.antes for linha in linhas), Giro()),
        sum((linha.resultados for linha in linhas), Resultados()),
        sum((linha.resultados_antes for linha in linhas), Resultados()),
    )
