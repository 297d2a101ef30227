"""Mapeamentos: de que campo é cada coluna do arquivo de um ERP, salvos pela empresa ou prontos de fábrica.

Um campo pode vir de mais de uma coluna ("codigo" e "codigo+2"): as partes se juntam na ordem dos números.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from clientes.importacao.campos import cru
from clientes.importacao.colunas import CAMPOS, Ligacao, assinatura, contar_conhecidas
from clientes.importacao.leitura import Linha, Reconhecer, Tabela
from clientes.importacao.nomes import nome_normalizado
from clientes.models import MapeamentoDeColunas
from contas.auditoria import registrar
from contas.models import Empresa, Usuario


@dataclass(frozen=True, slots=True)
class Mapeamento:
    """Colunas normalizadas → campos, e o que mais é preciso saber do arquivo; `sinais` o reconhecem."""

    nome: str = ""
    tipo: str = ""
    colunas: Mapping[str, str] = field(default_factory=dict)
    situacoes: Mapping[str, str] = field(default_factory=dict)
    pular: Mapping[str, list[str]] = field(default_factory=dict)
    juncao: str = "-"
    decimal: str | None = None
    sinais: frozenset[str] = frozenset()

    def com(self, colunas: Mapping[str, str], situacoes: Mapping[str, str]) -> "Mapeamento":
        """O que a pessoa disse agora, sobre o que o mapeamento já dizia."""
        return replace(self, colunas={**self.colunas, **colunas}, situacoes={**self.situacoes, **situacoes})


def _de_registro(registro: MapeamentoDeColunas) -> Mapeamento:
    return Mapeamento(
        registro.nome, registro.tipo, registro.colunas, registro.situacoes, registro.pular,
        registro.juncao, registro.decimal or None,
    )  # fmt: skip


def salvos(empresa: Empresa, tipo: str | None = None) -> Any:
    """Os de nome, que se escolhem; os lembrados sem nome só se reconhecem."""
    consulta = MapeamentoDeColunas.objects.filter(empresa=empresa).exclude(nome="")
    return consulta.filter(tipo=tipo) if tipo else consulta


def achar(nome: str, empresa: Empresa | None, tipo: str | None = None) -> Mapeamento:
    """Pelo nome, primeiro entre os salvos; LookupError diz os que há."""
    from clientes.importacao.fabrica import PRONTOS

    desta = list(salvos(empresa)) if empresa else []
    candidatos = [*map(_de_registro, desta), *PRONTOS]
    iguais = [m for m in candidatos if m.nome.casefold() == nome.strip().casefold()]
    certos = [m for m in iguais if tipo in {None, m.tipo}]
    if certos:
        return certos[0]
    if iguais:
        raise LookupError(f"o mapeamento “{iguais[0].nome}” é de {iguais[0].tipo}, não de {tipo}")
    nomes = ", ".join(f"“{m.nome}”" for m in candidatos if tipo in {None, m.tipo}) or "nenhum"
    raise LookupError(f"não há mapeamento “{nome}”; os que há: {nomes}")


def salvar(
    mapeamento: Mapeamento,
    cabecalho: list[str],
    *,
    empresa: Empresa,
    tipo: str,
    nome: str,
    por: Usuario | None,
) -> None:
    """Lembra o cabeçalho; com nome, o mapeamento passa a escolher-se por ele (e quem já o tinha o cede)."""
    dados: dict[str, Any] = {
        "colunas": dict(mapeamento.colunas),
        "situacoes": dict(mapeamento.situacoes),
        "pular": dict(mapeamento.pular),
        "juncao": mapeamento.juncao,
        "decimal": mapeamento.decimal or "",
    }
    chave: dict[str, Any] = {"empresa": empresa, "tipo": tipo, "assinatura": assinatura(cabecalho)}
    if not nome:
        MapeamentoDeColunas.objects.update_or_create(**chave, defaults=dados)
        return
    MapeamentoDeColunas.objects.filter(empresa=empresa, nome=nome).exclude(**chave).update(nome="")
    MapeamentoDeColunas.objects.update_or_create(**chave, defaults=dados | {"nome": nome, "por": por})
    registrar("mapeamento.salvar", por=por, objeto=f"{tipo}: {nome}"[:120], depois=dados)


def lembrado(cabecalho: list[str], empresa: Empresa | None, tipo: str) -> Mapeamento | None:
    """O que a empresa guardou para este mesmo cabeçalho."""
    if empresa is None:
        return None
    registro = MapeamentoDeColunas.objects.filter(
        empresa=empresa, tipo=tipo, assinatura=assinatura(cabecalho)
    ).first()
    return _de_registro(registro) if registro else None


def pronto_para(cabecalho: list[str], tipo: str | None = None) -> Mapeamento | None:
    """O de fábrica cujos sinais o cabeçalho traz; entre dois, o que pede mais."""
    from clientes.importacao.fabrica import PRONTOS

    nomes = {nome_normalizado(c) for c in cabecalho}
    servem = [m for m in PRONTOS if m.sinais <= nomes and tipo in {None, m.tipo}]
    return max(servem, key=lambda m: len(m.sinais), default=None)


def tipo_pelo_cabecalho(cabecalho: list[str], empresa: Empresa) -> str:
    """O tipo de um arquivo cujo nome não o diz: o do mapeamento salvo, ou o do de fábrica."""
    registro = MapeamentoDeColunas.objects.filter(empresa=empresa, assinatura=assinatura(cabecalho)).first()
    if registro:
        return registro.tipo
    pronto = pronto_para(cabecalho)
    return pronto.tipo if pronto else ""


def reconhecer_para(tipo: str) -> Reconhecer:
    """Quantas colunas se conhecem quando ainda não se sabe que mapeamento vale: pelos nomes do tipo e pelos de fábrica."""
    from clientes.importacao.fabrica import PRONTOS

    tipos = [tipo] if tipo else list(CAMPOS)

    def contar(cabecalho: list[str]) -> int:
        nomes = {nome_normalizado(c) for c in cabecalho}
        de_fabrica = (len(nomes & m.colunas.keys()) for m in PRONTOS if m.tipo in tipos)
        return max([*(contar_conhecidas(t, cabecalho) for t in tipos), *de_fabrica])

    return contar


# ── Aplicar às linhas ────────────────────────────────────────────────────────


def transformar(tabela: Tabela, ligacao: Ligacao, mapeamento: Mapeamento) -> None:
    """Junta as partes e pula as linhas que o mapeamento manda; sem nada disso, o fluxo fica como está."""
    nomes = [nome_normalizado(c) for c in tabela.cabecalho]
    pular = [
        (nomes.index(coluna), frozenset(valores))
        for coluna, valores in mapeamento.pular.items()
        if coluna in nomes and valores
    ]
    if pular or ligacao.partes:
        tabela.linhas = _transformadas(tabela, tabela.linhas, ligacao.partes, pular, mapeamento.juncao)


def _transformadas(
    tabela: Tabela,
    linhas: Iterator[Linha],
    partes: dict[int, list[int]],
    pular: list[tuple[int, frozenset[str]]],
    juncao: str,
) -> Iterator[Linha]:
    puladas = 0
    for linha in linhas:
        celulas = linha.celulas
        if not linha.problema:
            if any(cru(celulas[i]).strip() in valores for i, valores in pular):
                puladas += 1
                continue
            for primeira, outras in partes.items():
                celulas[primeira] = _juntar([celulas[primeira], *(celulas[i] for i in outras)], juncao)
        yield linha
    if puladas:
        tabela.avisos.append(f"linhas puladas por ordem do mapeamento: {puladas}")


def _juntar(celulas: list[str], juncao: str) -> str:
    """Uma fórmula com erro em qualquer parte estraga o todo; parte vazia não deixa traço solto."""
    com_erro = next((c for c in celulas if c.startswith("\x03")), None)
    return com_erro or juncao.join(texto for c in celulas if (texto := cru(c).strip()))
