"""Os filtros como fichinhas: cada escolha é um link, e o que está em uso se tira com um clique."""

from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from atividade.regras import Marca, Status
from atividade.rotulos import PLURAIS
from carteira.filters import FiltroDeClientes
from carteira.filtros.opcoes import NENHUM, equipes_visiveis, vendedores_visiveis
from carteira.formatos import moeda
from carteira.ritmos import NOMES_DOS_RITMOS
from carteira.web.estado_da_lista import com, elo_que_muda
from clientes.models import UFS, Municipio, Segmento
from contas.models import Papel, Usuario
from contas.pronta import IDS, Entre, Pronta

_DIAS_SEM_CONTATO = (7, 15, 30, 60, 90, 180)
_DIAS_SEM_COMPRAR = (30, 60, 90, 120, 180, 365)


@dataclass(slots=True)
class Opcao:
    """Um elo de um menu da lista."""

    rotulo: str
    url: str
    atual: bool = False


@dataclass
class Chip:
    """Um menu de opções; `valor` é o que está ligado, em palavras."""

    nome: str
    rotulo: str
    opcoes: list[Opcao] = field(default_factory=list)
    valor: str = ""
    tirar: str = ""
    grade: bool = False


def _url(consulta: QueryDict, nome: str, valores: list[str]) -> str:
    return com(consulta, **{nome: valores})


def _chip(
    consulta: QueryDict,
    nome: str,
    rotulo: str,
    opcoes: list[tuple[str, str]],
    *,
    varias: bool = True,
    **resto: Any,
) -> Chip:
    """Com `varias`, cada opção liga e desliga; sem, a escolha troca a anterior."""
    escolhidas = consulta.getlist(nome)
    nomes, elo = dict(opcoes), elo_que_muda(consulta, nome)
    chip = Chip(nome, rotulo, tirar=elo(), **resto)
    for valor, texto in opcoes:
        ligada = valor in escolhidas
        novas = (
            [v for v in escolhidas if v != valor] if ligada else ([*escolhidas, valor] if varias else [valor])
        )
        chip.opcoes.append(Opcao(texto, elo(*novas), ligada))
    chip.valor = ", ".join(nomes.get(v, v) for v in escolhidas if v in nomes)
    return chip


def chips_de(filtro: FiltroDeClientes, consulta: QueryDict) -> list[Chip]:
    """Os filtros do dia a dia; os outros moram em "Mais filtros"."""
    usuario = filtro.usuario
    dias = [(str(n), f"{n} dias") for n in _DIAS_SEM_CONTATO]
    chips = [
        _chip(consulta, "uf", "UF", [(u, u) for u in UFS], grade=True),
        _chip(consulta, "abc", "Curva ABC", [("A", "A"), ("B", "B"), ("C", "C"), (NENHUM, "Sem curva")]),
        _chip(consulta, "segmento", "Segmento", _segmentos(filtro)),
        _chip(consulta, "sem_contato", "Sem contato há", dias, varias=False),
        _chip(
            consulta,
            "sem_comprar",
            "Sem comprar há mais de",
            [(str(n), f"{n} dias") for n in _DIAS_SEM_COMPRAR],
            varias=False,
        ),
        _chip(consulta, "marca", "Novo ou recuperado", _marcas()),
    ]
    if usuario.papel != Papel.VENDEDOR:
        chips.insert(3, _chip(consulta, "vendedor", "Vendedor", _vendedores(usuario)))
    if len(filtro.referencias.empresas) > 1:
        chips.append(
            _chip(
                consulta,
                "empresa",
                "Empresa",
                [(str(e.pk), e.nome) for e in filtro.referencias.empresas.values()],
            )
        )
    return [chip for chip in chips if chip.opcoes]


def _segmentos(filtro: FiltroDeClientes) -> list[tuple[str, str]]:
    empresas = filtro.referencias.empresas
    segmentos = _SEGMENTOS(list(empresas)) if empresas else []
    varias = len(empresas) > 1
    opcoes = [
        (str(pk), f"{nome} ({empresas[empresa]})" if varias else nome) for pk, nome, empresa in segmentos
    ]
    return [*opcoes, (NENHUM, "Sem segmento")] if opcoes else []


_SEGMENTOS = Pronta(
    lambda empresas: Segmento.objects.filter(Entre("empresa", empresas)).values_list("pk", "nome", "empresa"),
    IDS,
)


def _vendedores(usuario: Usuario) -> list[tuple[str, str]]:
    opcoes = [(str(pk), nome) for pk, nome in vendedores_visiveis(usuario).values_list("pk", "nome")]
    return [*opcoes, (NENHUM, "Sem vendedor")]


# Filtros sem menu próprio, como se dizem quando ligados.
def _frases(filtro: FiltroDeClientes) -> dict[str, Any]:
    return {
        "q": lambda v: f"“{v}”",
        "cidade": lambda v: f"Município {v}",
        "municipio": lambda v: _nome(
            Municipio.objects.filter(pk=v or 0), "Sem município reconhecido" if v == NENHUM else ""
        ),
        "equipe": lambda v: (
            f"Equipe {_nome(equipes_visiveis(filtro.usuario).filter(pk=v), 'nenhuma' if v == NENHUM else v)}"
        ),
        "ritmo": lambda v: f"Ritmo {NOMES_DOS_RITMOS.get('' if v == NENHUM else v, v).lower()}",
        "perfil": lambda v: "Sem perfil" if v == NENHUM else f"Perfil {v}",
        "porte": lambda v: "Sem porte" if v == NENHUM else f"Porte {v}",
        "valor_min": lambda v: f"Valor desde {moeda(v)}",
        "valor_max": lambda v: f"Valor até {moeda(v)}",
        "bloqueado": lambda v: "Bloqueados" if v == "true" else "Não bloqueados",
        "ocultos": lambda v: "Com encerrados e fora do perfil",
    }


def _nome(achados: Any, senao: str) -> str:
    return str(achados.first() or senao)


def filtros_em_uso(filtro: FiltroDeClientes, consulta: QueryDict) -> list[dict[str, str]]:
    """Os filtros ligados que não têm menu, cada um com o link que o tira."""
    recusados, frases = filtro.recusados, _frases(filtro)
    em_uso = []
    for nome, frase in frases.items():
        valores = [v for v in consulta.getlist(nome) if v.strip()]
        if nome in recusados or (nome == "ocultos" and not filtro.mostra_ocultos):
            continue
        for valor in valores:
            outros = [v for v in valores if v != valor]
            em_uso.append({"rotulo": frase(valor) or valor, "url": _url(consulta, nome, outros)})
    return em_uso


def _marcas() -> list[tuple[str, str]]:
    """Novo e recuperado bastam; recente e antigo dizem de que situação são."""
    inativos = PLURAIS[Status.INATIVO]
    simples = [(m, PLURAIS[m].capitalize()) for m in (Marca.NOVO, Marca.RECUPERADO)]
    dos_inativos = [(m, f"{inativos} {PLURAIS[m]}") for m in (Marca.RECENTE, Marca.ANTIGO)]
    return [*simples, *dos_inativos, (NENHUM, "Sem marca")]
