"""De que campo é cada coluna: nomes em qualquer ordem, caixa e acento, com os sinônimos dos ERPs."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from clientes.importacao.nomes import Campo, nome_normalizado
from clientes.importacao.recusa import ArquivoRecusado
from clientes.importacao.tipos import TIPOS

CAMPOS: dict[str, tuple[Campo, ...]] = {nome: tipo.campos for nome, tipo in TIPOS.items()}
# Colunas que o próprio Carteira acrescenta ao arquivo de rejeitadas: voltam sem aviso.
DO_CARTEIRA = frozenset({"carteira linha", "carteira coluna", "carteira motivo"})


def _grau(campo: Campo, coluna: str) -> int | None:
    return campo.sinonimos.index(coluna) if coluna in campo.sinonimos else None


def assinatura(cabecalho: list[str]) -> str:
    """Identidade de um cabeçalho, para lembrar o de-para."""
    return hashlib.sha256("\x1f".join(nome_normalizado(c) for c in cabecalho).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Ligacao:
    """`posicoes` diz, por campo, em que coluna ele está; `partes`, as colunas que se juntam a outra."""

    posicoes: dict[str, int]
    ignoradas: list[str] = field(default_factory=list)
    avisos: list[str] = field(default_factory=list)
    partes: dict[int, list[int]] = field(default_factory=dict)

    @property
    def continuacoes(self) -> dict[str, int]:
        """As segundas partes em diante ("codigo+2"), e onde estão."""
        donos = {i: campo for campo, i in self.posicoes.items()}
        return {
            f"{donos[i]}+{n}": parte for i, outras in self.partes.items() for n, parte in enumerate(outras, 2)
        }


def contar_conhecidas(tipo: str, cabecalho: list[str]) -> int:
    """Quantos campos um cabeçalho serve; escolhe separador e planilha."""
    nomes = {nome_normalizado(c) for c in cabecalho}
    return sum(any(s in nomes for s in campo.sinonimos) for campo in CAMPOS[tipo])


def ligar(
    tipo: str,
    cabecalho: list[str],
    lembradas: Mapping[str, str] | None = None,
    dispensados: frozenset[str] = frozenset(),
) -> Ligacao:
    """Liga colunas a campos: o lembrado vence, depois o nome mais certo; falta grave recusa o arquivo."""
    nomes = [nome_normalizado(c) for c in cabecalho]
    ligadas = _lembradas(nomes, lembradas or {})
    posicoes = {campo: i for campo, i in ligadas.items() if "+" not in campo}
    for campo in CAMPOS[tipo]:
        if campo.nome not in posicoes:
            posicao = _melhor_coluna(campo, nomes, set(posicoes.values()), cabecalho, lembradas or {})
            if posicao is not None:
                posicoes[campo.nome] = posicao
    _preferir_documento(tipo, posicoes, nomes)
    _exigir(tipo, posicoes, cabecalho, dispensados)
    partes = _partes(ligadas, posicoes)
    usadas = {*posicoes.values(), *(i for outras in partes.values() for i in outras)}
    ignoradas = [c for i, c in enumerate(cabecalho) if c and i not in usadas and nomes[i] not in DO_CARTEIRA]
    avisos = []
    if ignoradas:
        avisos.append(
            ("colunas ignoradas: " if len(ignoradas) > 1 else "coluna ignorada: ")
            + ", ".join(f"“{c[:60]}”" for c in ignoradas[:30])
        )
    return Ligacao(posicoes, ignoradas, avisos, partes)


def _partes(ligadas: Mapping[str, int], posicoes: Mapping[str, int]) -> dict[int, list[int]]:
    """Por coluna que encabeça um campo, as que o continuam ("codigo+2", "codigo+3"), nessa ordem."""
    partes: dict[int, list[int]] = {}
    for campo in sorted(c for c in ligadas if "+" in c):
        if (primeira := posicoes.get(campo.partition("+")[0])) is not None:
            partes.setdefault(primeira, []).append(ligadas[campo])
    return partes


def _preferir_documento(tipo: str, posicoes: dict[str, int], nomes: list[str]) -> None:
    """Com o documento à mão, uma coluna chamada só "Cliente" (ou "Fornecedor") é o nome, não o código."""
    dono = TIPOS[tipo].dono
    if dono and dono.documento.nome in posicoes and nomes[posicoes.get(dono.codigo.nome, 0)] == dono.nome:
        posicoes.pop(dono.codigo.nome, None)


def _lembradas(nomes: list[str], lembradas: Mapping[str, str]) -> dict[str, int]:
    """`lembradas` vai de nome de coluna normalizado a campo; campo vazio manda ignorar a coluna."""
    ligadas = {coluna: campo for coluna, campo in lembradas.items() if campo and coluna in nomes}
    for coluna in ligadas:
        if nomes.count(coluna) > 1:
            raise _repetida(coluna)  # dita pelo nome, não se sabe qual das duas
    return {campo: nomes.index(coluna) for coluna, campo in ligadas.items()}


def _repetida(coluna: str) -> ArquivoRecusado:
    return ArquivoRecusado(f"A coluna “{coluna}” aparece mais de uma vez: deixe uma só e envie de novo.")


def _melhor_coluna(
    campo: Campo, nomes: list[str], usadas: set[int], cabecalho: list[str], lembradas: Mapping[str, str]
) -> int | None:
    graus = [
        (grau, i)
        for i, nome in enumerate(nomes)
        if i not in usadas and nome not in lembradas and (grau := _grau(campo, nome)) is not None
    ]
    if not graus:
        return None
    melhor, posicao = min(graus)
    if Counter(grau for grau, _ in graus)[melhor] > 1:
        raise _repetida(cabecalho[posicao])
    return posicao


def _exigir(tipo: str, posicoes: dict[str, int], cabecalho: list[str], dispensados: frozenset[str]) -> None:
    faltam = [
        c for c in CAMPOS[tipo] if c.obrigatorio and c.nome not in posicoes and c.nome not in dispensados
    ]
    dono = TIPOS[tipo].dono
    if dono and not {c.nome for c in dono.campos} & posicoes.keys():
        faltam.insert(1, dono.codigo)
    if not faltam:
        return
    outro = max(
        (t for t in TIPOS if _serve(t, cabecalho)),
        key=lambda t: contar_conhecidas(t, cabecalho),
        default=tipo,
    )
    if contar_conhecidas(outro, cabecalho) > contar_conhecidas(tipo, cabecalho):
        raise ArquivoRecusado(f"Este parece um arquivo de {outro}, não de {tipo}: importe-o como {outro}.")
    from clientes.importacao.mapeamentos import pronto_para

    if pronto := pronto_para(cabecalho, tipo):
        raise ArquivoRecusado(
            f"As colunas são as de “{pronto.nome}”: escolha esse mapeamento (no terminal, "
            f'--mapeamento "{pronto.nome}").'
        )
    nomes = ", ".join(f"{c.nome} ({c.rotulo.lower()})" for c in faltam)
    achadas = ", ".join(c[:40] for c in cabecalho[:12] if c) or "nenhuma"
    raise ArquivoRecusado(
        f"{'Falta a coluna' if len(faltam) == 1 else 'Faltam as colunas'} {nomes}. Colunas encontradas na linha 1: "
        f"{achadas}. Confira o cabeçalho e o separador."
    )


def _serve(tipo: str, cabecalho: list[str]) -> bool:
    nomes = {nome_normalizado(c) for c in cabecalho}
    return all(any(s in nomes for s in c.sinonimos) for c in CAMPOS[tipo] if c.obrigatorio)
