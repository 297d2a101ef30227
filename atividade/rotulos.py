"""Como a empresa chama cada status e cada marca ("em alerta", "perdidos"): declarado aqui, lido por tudo que se mostra.

`NOMES` e `PLURAIS` dizem sempre os rótulos em uso: os da empresa que está na tela, na folha ou no e-mail.
Com várias empresas que não dizem o mesmo, valem os de fábrica.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from atividade.ajustes import guardar_ajuste
from atividade.models import ParametrosDaAtividade
from atividade.regras import Marca, RegraInvalida, Status
from contas.escopo import empresas_de
from contas.models import Empresa, Usuario, Vinculo

ACAO = "atividade.rotulos"
MAIOR_ROTULO = 24
Rotulos = Mapping[str, Mapping[str, str]]

# Em `um` e em `muitos`; as marcas vêm ao lado do status, sem maiúscula.
DE_FABRICA: dict[str, dict[str, str]] = {
    Status.ATIVO: {"um": "Ativo", "muitos": "Ativos"},
    Status.QUASE_INATIVO: {"um": "Quase inativo", "muitos": "Quase inativos"},
    Status.INATIVO: {"um": "Inativo", "muitos": "Inativos"},
    Status.PROSPECT: {"um": "Prospect", "muitos": "Prospects"},
    Marca.NOVO: {"um": "novo", "muitos": "novos"},
    Marca.RECUPERADO: {"um": "recuperado", "muitos": "recuperados"},
    Marca.RECENTE: {"um": "recente", "muitos": "recentes"},
    Marca.ANTIGO: {"um": "antigo", "muitos": "antigos"},
}
_FIM: Any = object()
_em_uso: ContextVar[Callable[[], Rotulos]] = ContextVar("rotulos_em_uso", default=dict)


@dataclass(frozen=True, slots=True)
class _Lidos:
    """Os rótulos de cada empresa e os das empresas de cada pessoa."""

    por_empresa: dict[int, Rotulos]
    por_pessoa: defaultdict[int, list[Rotulos]]


_lidos: ContextVar[_Lidos | None] = ContextVar("rotulos_lidos", default=None)


class _EmUso(Mapping[str, str]):
    """Um dicionário que responde com o rótulo da empresa em cena, ou o de fábrica."""

    def __init__(self, forma: str) -> None:
        self._forma = forma

    def __getitem__(self, chave: str) -> str:
        return _em_uso.get()().get(chave, {}).get(self._forma) or DE_FABRICA[chave][self._forma]

    def __iter__(self) -> Iterator[str]:
        return iter(DE_FABRICA)

    def __len__(self) -> int:
        return len(DE_FABRICA)


NOMES, PLURAIS = _EmUso("um"), _EmUso("muitos")


@contextmanager
def usar(buscar: Callable[[], Rotulos]) -> Iterator[None]:
    """Enquanto durar, os rótulos são os que `buscar` disser; pergunta uma vez, e só se alguém os ler."""
    lidos: list[Rotulos] = []

    def uma_vez() -> Rotulos:
        if not lidos:
            lidos.append(buscar())
        return lidos[0]

    ficha = _em_uso.set(uma_vez)
    try:
        yield
    finally:
        _em_uso.reset(ficha)


def fixar(*empresas: Empresa) -> None:
    """Daqui até o fim do que está sendo mostrado, só estas empresas estão em cena."""
    atuais = _comuns(da_empresa(e) for e in empresas)
    _em_uso.set(lambda: atuais)


def levar(linhas: Iterable[Any]) -> Iterator[Any]:
    """As linhas que só se leem depois da página (um CSV aos pedaços) dizem os rótulos que ela diria."""
    atuais, andando = _em_uso.get()(), iter(linhas)

    def proxima() -> Any:
        with usar(lambda: atuais):
            return next(andando, _FIM)

    return iter(proxima, _FIM)


def _comuns(ditos: Iterable[Rotulos]) -> Rotulos:
    """Os rótulos que todas dizem; se divergem, os de fábrica."""
    lista = list(ditos)
    return lista[0] if lista and all(r == lista[0] for r in lista) else {}


def da_empresa(empresa: Empresa) -> Rotulos:
    """Sem consulta, se `parametros` veio junto da empresa ou se todos já foram lidos."""
    lidos = _lidos.get()
    if lidos is not None and empresa.pk in lidos.por_empresa:
        return lidos.por_empresa[empresa.pk]
    try:
        return dict(empresa.parametros.rotulos)
    except ParametrosDaAtividade.DoesNotExist:
        return {}


def da_pessoa(usuario: Usuario, empresas: list[int] | None = None) -> Rotulos:
    """Os das empresas da pessoa (ou das escolhidas), quando todas dizem o mesmo."""
    if not empresas and (lidos := _lidos.get()) is not None:
        return _comuns(lidos.por_pessoa[usuario.pk])
    minhas = empresas_de(usuario)
    if empresas:
        minhas = minhas.filter(pk__in=empresas)
    return _comuns(r or {} for r in minhas.values_list("parametros__rotulos", flat=True))


@contextmanager
def lidos_de_uma_vez() -> Iterator[None]:
    """Para quem escreve a muitas pessoas: os rótulos de todas saem de uma consulta."""
    lidos = _Lidos({}, defaultdict(list))
    vinculos = Vinculo.objects.values_list("usuario", "empresa", "empresa__parametros__rotulos")
    for pessoa, empresa, rotulos in vinculos:
        lidos.por_empresa[empresa] = rotulos or {}
        lidos.por_pessoa[pessoa].append(lidos.por_empresa[empresa])
    ficha = _lidos.set(lidos)
    try:
        yield
    finally:
        _lidos.reset(ficha)


def mudar_rotulos(
    *, empresa: Empresa, rotulos: dict[str, dict[str, str]], por: Usuario, motivo: str = ""
) -> bool:
    """Guarda só o que difere da fábrica e diz se mudou; não recalcula nada: é só o nome."""
    return guardar_ajuste(
        empresa=empresa,
        campo="rotulos",
        chave="rotulos",
        novos=_conferidos(rotulos),
        acao=ACAO,
        por=por,
        motivo=motivo,
    )


def _conferidos(rotulos: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Dois status com o mesmo nome enganariam; cada um diz as duas formas ou nenhuma."""
    proprios = {c: formas for c, formas in rotulos.items() if c in DE_FABRICA and formas != DE_FABRICA[c]}
    for formas in proprios.values():
        if any(not texto or len(texto) > MAIOR_ROTULO for texto in formas.values()):
            raise RegraInvalida(f"Cada nome deve ter de 1 a {MAIOR_ROTULO} letras.")
    for forma in ("um", "muitos"):
        nomes = [(proprios.get(s) or DE_FABRICA[s])[forma].casefold() for s in Status]
        if len(set(nomes)) < len(nomes):
            raise RegraInvalida("Duas situações não podem ter o mesmo nome.")
    return proprios
