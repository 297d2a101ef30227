"""O que é um relatório: quem o vê, o que filtra, que colunas tem e de onde vêm as linhas.

Página, ordenação, paginação, CSV, XLSX, PDF e agendamento são da máquina comum: um relatório novo é um
arquivo curto em `relatorios/catalogo/` (docs/relatorios.md mostra um, passo a passo).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import QuerySet

from atividade.limiares import regra_da_empresa
from contas.models import Papel, Usuario
from contas.papeis import Permissao
from relatorios import planilhas
from relatorios.dias import Dias
from relatorios.periodos import PERIODOS

if TYPE_CHECKING:
    from relatorios.models import ArquivoGerado
    from relatorios.papel import Folha
    from relatorios.pedido import Pedido

# Os grupos do índice, nesta ordem; um novo entra no fim.
GRUPOS = ("Carteira", "Movimento", "Resultados", "Crédito e risco", "Cadastro")
_CASAS = {"decimal": 1, "decimal2": 2, "porcento": 2, "moeda": 2}
NUMEROS = frozenset({"inteiro", *_CASAS})


@dataclass(frozen=True, slots=True)
class Elo:
    """Para onde leva um número: `lugar` é uma página de `carteira/web/relatorios_elos.py`, nunca uma URL.

    `clientes` (a lista filtrada, com o recorte do relatório), `cliente` (a ficha de `pk`) ou outra de lá.
    """

    parametros: Mapping[str, str | Iterable[str]] = field(default_factory=dict)
    lugar: str = "clientes"
    pk: int | str | None = None


Destino = Mapping[str, Any] | Elo | None


@dataclass(frozen=True, slots=True)
class Coluna:
    """Uma coluna: o que diz, de onde vem o valor e para onde ele leva.

    `tipo`: texto, data, inteiro, decimal, decimal2, porcento (em pontos: 24.31) ou moeda. Sem `valor`, lê-se da
    linha o atributo (ou a chave) de mesmo nome. `campo` é o caminho no banco, quando as linhas são um QuerySet.
    """

    chave: str
    titulo: str
    tipo: str = "texto"
    largura: int = 16
    soma: bool = False
    valor: Callable[[Any], Any] | None = None
    elo: Callable[[Any, "Pedido"], Destino] | None = None
    campo: str = ""
    sub: Callable[[Any], str] | None = None  # a segunda linha, miúda, só na tela e no papel
    ordena: bool = True
    status: Callable[[Any], str] | None = None  # a situação, para o selo com forma e palavra
    elo_do_total: Callable[["Pedido"], Destino] | None = None  # a lista que a soma do pé conta

    @property
    def numerica(self) -> bool:
        return self.tipo in NUMEROS

    @property
    def caminho(self) -> str:
        return self.campo or self.chave

    @property
    def da_planilha(self) -> planilhas.Coluna:
        return planilhas.Coluna(self.titulo, self.tipo, self.largura)

    def celula(self, linha: Any) -> Any:
        """O valor como se mostra: as mesmas casas na tela, na planilha e no papel."""
        return arredondar(self.valor(linha) if self.valor else _ler(linha, self.chave), self.tipo)

    def destino(self, linha: Any, pedido: "Pedido") -> Elo | None:
        return _como_elo(self.elo(linha, pedido) if self.elo else None)

    def destino_do_total(self, pedido: "Pedido") -> Elo | None:
        return _como_elo(self.elo_do_total(pedido) if self.elo_do_total else None)


def _como_elo(leva: Destino) -> Elo | None:
    return leva if leva is None or isinstance(leva, Elo) else Elo(leva)


def _ler(linha: Any, chave: str) -> Any:
    return linha.get(chave) if isinstance(linha, Mapping) else getattr(linha, chave, None)


def arredondar(valor: Any, tipo: str) -> Any:
    casas = _CASAS.get(tipo)
    if valor is None or casas is None or valor == "":
        return valor
    return Decimal(str(valor)).quantize(Decimal(1).scaleb(-casas), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Serie:
    """Um valor por rótulo; `status` pinta com a cor e a trama da situação."""

    nome: str
    valores: Sequence[Any]
    status: str = ""


@dataclass(frozen=True, slots=True)
class Grafico:
    """`barras` (deitadas, uma por rótulo) ou `colunas` (no tempo), empilhadas quando há mais de uma série."""

    titulo: str
    rotulos: Sequence[str]
    series: Sequence[Serie]
    forma: str = "barras"
    tipo: str = "inteiro"


# ── Filtros ──────────────────────────────────────────────────────────────────

# Os do recorte da carteira: nomes de campos de `Recorte`.
CARTEIRA = ("empresa", "equipe", "vendedor", "segmento", "uf", "abc")
DE_OUTROS = frozenset({"vendedor", "equipe"})  # a quem vende não se fala de outros


@dataclass(frozen=True, slots=True)
class Periodo:
    """`?periodo=mes-passado` ou `?de=2026-01-01&ate=2026-01-31`; agendado, o nome anda com o tempo."""

    padrao: str = "mes"
    titulo: str = "Período"
    ate_hoje: bool = False  # conta os fatos de hoje, sem esperar a rodada da noite

    def __post_init__(self) -> None:
        if self.padrao not in PERIODOS:
            raise ValueError(f"período desconhecido: {self.padrao}")


@dataclass(frozen=True, slots=True)
class Escolha:
    """Uma opção entre poucas; sem `padrao` vale a primeira. As `de_outros` não se oferecem a quem vende."""

    chave: str
    titulo: str
    opcoes: tuple[tuple[str, str], ...]
    padrao: str = ""
    de_outros: frozenset[str] = frozenset()

    def para(self, usuario: Usuario) -> "Escolha":
        """Com as opções que a pessoa pode usar: a um vendedor não se fala de outros."""
        if usuario.papel != Papel.VENDEDOR or not self.de_outros:
            return self
        padrao = "" if self.padrao in self.de_outros else self.padrao
        return replace(
            self, opcoes=tuple(o for o in self.opcoes if o[0] not in self.de_outros), padrao=padrao
        )

    def ler(self, valor: str) -> str:
        conhecidas = [v for v, _ in self.opcoes]
        return valor if valor in conhecidas else (self.padrao or conhecidas[0])

    def nome(self, valor: str) -> str:
        return dict(self.opcoes).get(valor, "")


@dataclass(frozen=True, slots=True)
class Numero:
    """Um inteiro entre dois limites; o que não se entende vale o padrão."""

    chave: str
    titulo: str
    padrao: int
    minimo: int = 0
    maximo: int = 9999
    unidade: str = ""
    zero: str = ""  # o que o zero quer dizer, quando não é só um número

    def ler(self, valor: str) -> int:
        if not (valor.isascii() and valor.isdigit() and len(valor) <= 9):
            return self.padrao
        return min(max(int(valor), self.minimo), self.maximo)


@dataclass(frozen=True, slots=True)
class Proprio:
    """Um filtro que o relatório mesmo lê: só fica o que `ler` entende; `dizer` o põe em palavras, com os olhos de quem
    pede. Com `ajuda`, escreve-se num campo; sem ela, só se traz de outra página e se tira."""

    chave: str
    titulo: str
    ler: Callable[[Sequence[str]], tuple[str, ...]]
    dizer: Callable[[Usuario, tuple[str, ...]], str]
    ajuda: str = ""
    dias: Dias | None = None  # os nomes que andam com o tempo, se é de datas


Filtro = str | Periodo | Escolha | Numero | Proprio
Linhas = QuerySet[Any] | Sequence[Any] | Iterable[Any]


class Relatorio:
    """Herde, diga o que é e escreva `colunas` e `linhas`; o resto tem um padrão que serve."""

    chave: ClassVar[str]
    titulo: ClassVar[str]
    grupo: ClassVar[str]
    frase: ClassVar[str]  # a pergunta que responde, no índice e sob o título
    permissao: ClassVar[Permissao] = Permissao.VER_COMPOSICAO
    filtros: ClassVar[tuple[Filtro, ...]] = CARTEIRA
    ordem: ClassVar[str] = ""  # a coluna que ordena, "-" para o maior primeiro; vazia, como as linhas vêm
    pela_regra: ClassVar[bool] = True  # diz por qual regra de atividade se contou
    nota: ClassVar[str] = ""  # como se conta, em uma ou duas frases
    vazio: ClassVar[str] = "Nada a mostrar com estes filtros."
    unidade: ClassVar[str] = "linha,linhas"
    desempate: ClassVar[tuple[str, ...]] = ("pk",)  # das linhas que são um QuerySet
    no_indice: ClassVar[bool] = True
    lugar: ClassVar[str] = ""  # quem tem página própria diz qual (`carteira/web/relatorios_elos.py`)

    def filtros_de(self, usuario: Usuario) -> tuple[Filtro, ...]:
        """Os declarados, com as opções desta pessoa."""
        return tuple(f.para(usuario) if isinstance(f, Escolha) else f for f in self.filtros)

    def colunas(self, usuario: Usuario, pedido: "Pedido") -> Sequence[Coluna]:
        raise NotImplementedError

    def linhas(self, usuario: Usuario, pedido: "Pedido") -> Linhas:
        """Só o que a pessoa vê (`visiveis_para`), em poucas consultas.

        Uma lista, para tabelas de até alguns milhares de linhas; um QuerySet, para as que crescem com a
        carteira: a máquina ordena, conta, pagina e soma no banco.
        """
        raise NotImplementedError

    def total(self, usuario: Usuario, pedido: "Pedido", linhas: Linhas) -> Any:
        """Uma linha como as outras, ou {chave: valor}; nada, e somam-se as colunas com `soma`."""
        return None

    def achado(self, usuario: Usuario, pedido: "Pedido", linhas: Linhas) -> str:
        """O que a tabela diz, em uma frase."""
        return ""

    def grafico(self, usuario: Usuario, pedido: "Pedido", linhas: Linhas) -> Grafico | None:
        return None

    def folha(
        self, arquivo: "ArquivoGerado", pedido: "Pedido", agora: datetime
    ) -> "tuple[Folha, int] | None":
        """Quem faz o HTML de uma folha própria e quantas linhas leva; nada, e vale a da máquina."""
        return None

    def da_pagina(self, consulta: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
        """Os parâmetros de quem tem página própria e os lê ela mesma; vão e voltam com o pedido."""
        return {}

    def ditos(self, usuario: Usuario, pedido: "Pedido") -> list[tuple[str, str]]:
        """O que eles dizem, em palavras, com os olhos de quem pede."""
        return []

    def dias(self) -> Dias | None:
        """Que dias o relatório aceita: quem o agenda escolhe entre os que andam com o tempo e os que ficam."""
        for filtro in self.filtros:
            if isinstance(filtro, Periodo):
                return Dias(filtro.padrao, filtro.titulo)
            if isinstance(filtro, Proprio) and filtro.dias:
                return filtro.dias
        return None

    def referencia(self, pedido: "Pedido") -> date | None:
        return pedido.referencia

    def regra(self, pedido: "Pedido") -> str:
        """A regra de atividade em vigor, quando é uma só; várias empresas têm cada uma a sua."""
        if not self.pela_regra or pedido.referencia is None:
            return ""
        if len(pedido.empresas) != 1:
            return "regras de cada empresa"
        return str(regra_da_empresa(pedido.empresas[0], pedido.referencia).regra)
