"""As linhas da página de giro e positivação: vendedor, equipe e total, cada uma com as duas medidas."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from atividade.giro import Toque
from carteira.painel import Desempenho, Periodo, somar
from relatorios.positivacao import CAMPO_DA_META, Calendario, Medida, meta_de_varios


@dataclass(frozen=True)
class Linha:
    """Um vendedor, uma equipe ou o total."""

    chave: str
    rotulo: str
    d: Desempenho
    medidas: tuple[Medida, Medida]
    sem_meta: int = 0

    @property
    def giro(self) -> Medida:
        return self.medidas[0]

    @property
    def positivacao(self) -> Medida:
        return self.medidas[1]

    @property
    def clientes(self) -> int:
        return self.d.giro.clientes

    @property
    def intocados(self) -> int:
        return self.d.giro.intocados


def do_vendedor(d: Desempenho, calendario: Calendario) -> Linha:
    assert d.pessoa is not None
    metas = {t: getattr(d.meta, campo) if d.meta else None for t, campo in CAMPO_DA_META.items()}
    return Linha(str(d.pessoa.pk), d.pessoa.nome, d, _medidas(d, metas, calendario))


def da_soma(
    chave: str, rotulo: str, linhas: Sequence[Desempenho], periodo: Periodo, cal: Calendario
) -> Linha:
    """A soma de vários: a meta é a dos que a têm, cada uma pesando pelos clientes de quem é."""
    d = somar(linhas, periodo)
    metas = {toque: meta_da_soma(linhas, toque) for toque in Toque}
    sem_meta = sum(x.meta is None and x.giro.clientes > 0 for x in linhas)
    return Linha(chave, rotulo, d, _medidas(d, metas, cal), sem_meta if any(metas.values()) else 0)


def meta_da_soma(linhas: Sequence[Desempenho], toque: Toque) -> Decimal | None:
    campo = CAMPO_DA_META[toque]
    return meta_de_varios((x.giro.clientes, getattr(x.meta, campo) if x.meta else None) for x in linhas)


def _medidas(d: Desempenho, metas: dict[Toque, Decimal | None], cal: Calendario) -> tuple[Medida, Medida]:
    def de(toque: Toque, antes: Decimal | None) -> Medida:
        tocados = d.giro.tocados(toque)
        return Medida(toque, d.giro.clientes, tocados, antes, metas[toque], cal.passados, len(cal.uteis))

    return de(Toque.CONTATO, d.contatados_antes), de(Toque.COMPRA, d.compraram_antes)
