"""Da URL ao recorte da composição, e do recorte de volta à URL da lista que está por trás do número."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.db.models import Max
from django.db.models.functions import Upper
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from atividade.models import Indicadores
from atividade.regras import Status
from carteira.web.chips import Chip, Opcao
from clientes.models import UFS, Municipio, Segmento
from contas.escopo import empresas_de
from contas.models import Equipe, Papel, Usuario
from contas.pronta import DIA, ID, Pronta
from relatorios.composicao import DIMENSOES, NA_CONTA, SEM, TEXTOS, Recorte
from relatorios.pedido import eh_id

_IDS = ("empresa", "equipe", "vendedor", "segmento", "municipio")
_MAIOR_TEXTO = 60
_CURVAS = ("A", "B", "C", SEM)
PERMITIDAS_POR_PAPEL = {Papel.VENDEDOR: ("segmento", "uf", "abc", "empresa", "municipio", "perfil", "porte")}


def ler_recorte(consulta: QueryDict) -> Recorte:
    """Lê os filtros; o que não se entende é ignorado, nunca um erro."""
    lidos = {nome: tuple(v for v in consulta.getlist(nome) if eh_id(v)) for nome in _IDS}
    ufs = tuple(v.upper() for v in consulta.getlist("uf") if v.upper() in UFS or v == SEM)
    abc = tuple(v for v in consulta.getlist("abc") if v in _CURVAS)
    textos = {n: tuple(v.upper() for v in consulta.getlist(n) if _eh_texto(v)) for n in TEXTOS}
    return Recorte(**lidos, uf=ufs, abc=abc, **textos)


def _eh_texto(valor: str) -> bool:
    return 0 < len(valor.strip()) <= _MAIOR_TEXTO and "\x00" not in valor


def parametros(recorte: Recorte, sem: str = "") -> dict[str, list[str]]:
    """O recorte como parâmetros de URL, menos um deles."""
    return {
        f.name: list(getattr(recorte, f.name))
        for f in fields(recorte)
        if f.name != sem and getattr(recorte, f.name)
    }


def elo_da_lista(recorte: Recorte, **filtros: str | Iterable[str]) -> str:
    """Endereço da lista de clientes que um número conta; um filtro dito vence o do recorte."""
    consulta: dict[str, Any] = {k: v for k, v in parametros(recorte).items() if k not in filtros} | filtros
    return f"{reverse('clientes:lista')}?{urlencode(consulta, doseq=True)}"


def elos_por_status(recorte: Recorte, **filtros: str) -> Mapping[str, str]:
    """Um elo por situação e `clientes` para as três que entram na conta."""
    elos = {s.value: elo_da_lista(recorte, status=s.value, **filtros) for s in Status}
    return elos | {"clientes": elo_da_lista(recorte, status=[s.value for s in NA_CONTA], **filtros)}


def dimensoes_para(usuario: Usuario) -> list[str]:
    """Por onde a pessoa pode abrir a carteira: a um vendedor não se fala de outros."""
    return list(PERMITIDAS_POR_PAPEL.get(Papel(usuario.papel), tuple(DIMENSOES)))


COMUNS = ("uf", "vendedor", "equipe", "segmento", "abc", "empresa")
DA_COMPOSICAO = ("uf", "vendedor", "equipe", "segmento", "abc", "perfil", "porte", "empresa", "municipio")


def chips_para(
    usuario: Usuario, recorte: Recorte, consulta: QueryDict, nomes: Iterable[str] = COMUNS
) -> list[Chip]:
    """Um menu por filtro com mais de uma opção; o que já está ligado aparece mesmo fora de `nomes`, pois vale."""
    chips, oferecidos = [], set(nomes)
    for nome in DA_COMPOSICAO:
        pedido = nome in oferecidos or getattr(recorte, nome)
        if pedido and nome in dimensoes_para(usuario):
            opcoes = _opcoes(nome, usuario, recorte)
            if len(opcoes) > 1 or getattr(recorte, nome):
                chips.append(_chip(nome, opcoes, getattr(recorte, nome), consulta))
    return chips


def _chip(nome: str, opcoes: list[tuple[str, str]], ligadas: tuple[str, ...], consulta: QueryDict) -> Chip:
    """Cada opção é um link que a liga ou desliga, sem perder o resto da URL."""
    nomes = dict(opcoes)
    return Chip(
        nome,
        DIMENSOES[nome].titulo,
        [
            Opcao(rotulo, _url(consulta, nome, _alternar(ligadas, valor)), valor in ligadas)
            for valor, rotulo in opcoes
        ],
        valor=", ".join(nomes[v] for v in ligadas if v in nomes),
        tirar=_url(consulta, nome, []),
        grade=nome == "uf",
    )


def _alternar(ligadas: tuple[str, ...], valor: str) -> list[str]:
    return [v for v in ligadas if v != valor] if valor in ligadas else [*ligadas, valor]


def _url(consulta: QueryDict, nome: str, valores: list[str]) -> str:
    nova = consulta.copy()
    nova.pop("todos", None)
    nova.setlist(nome, valores)
    return f"?{nova.urlencode()}"


def _opcoes(nome: str, usuario: Usuario, recorte: Recorte) -> list[tuple[str, str]]:
    """Só o que existe na carteira que a pessoa vê; dos municípios, que são milhares, só os escolhidos."""
    if nome == "abc":
        return [(c, "Sem curva" if c == SEM else f"Curva {c}") for c in _CURVAS]
    if nome == "municipio":
        return _municipios(recorte.municipio)
    lidas = _lidas(nome, usuario)
    if nome in TEXTOS:
        opcoes = [(chave, texto) for chave, texto in lidas if texto]
        return [*opcoes, (SEM, DIMENSOES[nome].ausente)] if opcoes else []
    if nome == "uf":
        return [(uf or SEM, uf or "Sem UF") for (uf,) in lidas]
    return [
        *((str(pk), dito) for pk, dito in lidas),
        *([(SEM, "Sem vendedor")] if nome == "vendedor" else []),
    ]


def _lidas(nome: str, usuario: Usuario) -> list[Any]:
    """De cada papel, a mesma consulta a cada página; a de quem é vista por outra pessoa se monta na hora."""
    if not usuario.is_active or usuario.olhado_por is not None:
        return list(_do_banco(nome, usuario))
    if usuario.papel == Papel.VENDEDOR and nome not in _DA_EMPRESA:
        return _pronta(nome, usuario.papel)(usuario.pk, timezone.localdate())
    return _pronta(nome, usuario.papel)(usuario.pk)


@cache
def _pronta(nome: str, papel: str) -> Pronta:
    """As coberturas de férias, que são de um dia, só entram no que um vendedor vê."""
    por_dia = papel == Papel.VENDEDOR and nome not in _DA_EMPRESA
    return Pronta(
        lambda pessoa, dia=None: _do_banco(nome, Usuario(pk=pessoa, papel=papel), dia),
        *((ID, DIA) if por_dia else (ID,)),
    )


_DA_EMPRESA = ("empresa", "segmento")


def _do_banco(nome: str, usuario: Usuario, dia: date | None = None) -> Any:
    if nome == "empresa":
        return empresas_de(usuario).values_list("pk", "nome")
    if nome == "segmento":
        return Segmento.objects.filter(empresa__in=empresas_de(usuario)).values_list("pk", "nome")
    visiveis = Indicadores.objects.visiveis_para(usuario, dia)
    if nome in TEXTOS:
        return _textos(visiveis, nome)
    if nome == "uf":
        return visiveis.values_list("uf").distinct().order_by("uf")
    if nome == "vendedor":
        donos = Usuario.objects.filter(pk__in=visiveis.values("vendedor"))
        return donos.order_by("nome", "pk").values_list("pk", "nome")
    equipes = Equipe.objects.filter(pk__in=visiveis.values("equipe"))
    return equipes.order_by("nome", "pk").values_list("pk", "nome")


def _municipios(escolhidos: tuple[str, ...]) -> list[tuple[str, str]]:
    nomes = {str(m.pk): f"{m.nome}/{m.uf}" for m in Municipio.objects.filter(pk__in=escolhidos)}
    return [(v, nomes.get(v, DIMENSOES["municipio"].ausente)) for v in escolhidos]


def _textos(visiveis: Any, nome: str) -> Any:
    """Cada texto uma vez, sem olhar maiúsculas; quem não tem se diz no fim."""
    coluna = DIMENSOES[nome].coluna
    return visiveis.values_list(Upper(coluna)).annotate(texto=Max(coluna)).order_by("texto")
