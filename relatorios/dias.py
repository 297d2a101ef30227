"""Os dias de um relatório que se repete: um nome que anda com o tempo ("mês passado") ou os mesmos a cada vez.

Um endereço com dias certos, agendado como está, mandaria para sempre o mesmo mês: aqui se acha o nome que diz o mesmo,
e o que fica parado se diz com todas as letras.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from dateutil.relativedelta import relativedelta

from relatorios.periodos import PERIODOS, ler_dia

FIXOS = "fixos"
Consulta = Mapping[str, Sequence[str]]
Nomes = Mapping[str, tuple[str, Callable[[date], tuple[date, date]]]]


@dataclass(frozen=True, slots=True)
class Dias:
    """O que um relatório aceita: um dos `nomes`, no `parametro`, ou dias certos, no primeiro grupo inteiro."""

    padrao: str = "mes"
    titulo: str = "Período"
    parametro: str = "periodo"
    nomes: Nomes = field(default_factory=lambda: PERIODOS)
    certos: tuple[tuple[str, ...], ...] = (("de", "ate"),)

    def pedidos(self, consulta: Consulta) -> str:
        """O nome pedido, `FIXOS` se foram dias certos, ou o padrão."""
        if self._certos(consulta):
            return FIXOS
        nome = _um(consulta, self.parametro)
        return nome if nome in self.nomes else self.padrao

    def sugeridos(self, consulta: Consulta, *ultimos: date) -> str:
        """O nome que diz os mesmos dias, contado de um dos `ultimos`; sem nenhum, os dias ficam como estão."""
        certos = self._certos(consulta)
        if certos is None:
            return self.pedidos(consulta)
        de, ate = certos
        iguais = [
            nome
            for nome, (_, dias) in self.nomes.items()
            if any(dias(ultimo) == (de, min(ate, ultimo)) for ultimo in ultimos)
        ]
        return self.padrao if self.padrao in iguais else (iguais or [FIXOS])[0]

    def opcoes(self, consulta: Consulta) -> list[tuple[str, str]]:
        nomes = [(nome, rotulo) for nome, (rotulo, _) in self.nomes.items()]
        return [*nomes, *([(FIXOS, self._parados(consulta))] if self._certos(consulta) else [])]

    def em_palavras(self, consulta: Consulta) -> str:
        return dict(self.opcoes(consulta))[self.pedidos(consulta)]

    def trocar(self, consulta: Consulta, escolha: str) -> dict[str, list[str]]:
        """A mesma consulta com os dias escolhidos; `FIXOS` a deixa como está."""
        if escolha == FIXOS:
            return {nome: list(valores) for nome, valores in consulta.items()}
        saem = {self.parametro, *(nome for grupo in self.certos for nome in grupo)}
        outra = {nome: list(valores) for nome, valores in consulta.items() if nome not in saem}
        return outra | {self.parametro: [escolha]}

    def _certos(self, consulta: Consulta) -> tuple[date, date] | None:
        for grupo in self.certos:
            lidos = [_dias(_um(consulta, nome)) for nome in grupo]
            if lidos[0] and lidos[-1]:
                return lidos[0][0], lidos[-1][1]
        return None

    def _parados(self, consulta: Consulta) -> str:
        de, ate = self._certos(consulta) or (date.min, date.min)
        return f"Sempre {de:%d/%m/%Y}" + (f" a {ate:%d/%m/%Y}" if ate != de else "")


def _um(consulta: Consulta, nome: str) -> str:
    return str((consulta.get(nome) or ("",))[-1]).strip()


def _dias(texto: str) -> tuple[date, date] | None:
    """Um dia, ou o mês inteiro de 2026-10."""
    if dia := ler_dia(texto):
        return dia, dia
    mes = ler_dia(f"{texto}-01")
    return (mes, mes + relativedelta(months=1, days=-1)) if mes else None


# Uma data que anda.
HOJE = "hoje"
DATAS: Nomes = {
    HOJE: ("Na data de cada envio", lambda ref: (ref, ref)),
    "fim do mês passado": ("No fim do mês passado", lambda ref: _um_dia(ref.replace(day=1), days=-1)),
    "há um ano": ("Um ano antes", lambda ref: _um_dia(ref, years=-1)),
}


def _um_dia(dia: date, **passo: int) -> tuple[date, date]:
    outro = dia + relativedelta(**passo)  # type: ignore[arg-type]
    return outro, outro


NA_DATA = Dias(HOJE, "Como era em", "data", DATAS, (("data",),))


def data_de(texto: str, referencia: date | None) -> date | None:
    """A data escrita, ou a que o nome diz nesta referência."""
    if texto in DATAS:
        return DATAS[texto][1](referencia)[0] if referencia else None
    return ler_dia(texto)
