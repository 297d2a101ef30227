"""Um lote de linhas que chega pela API: guarda-se como um arquivo, passa pela mesma importação e responde por linha.

O que fica é o mesmo que um arquivo deixa: a `Importacao` que o administrador vê e desfaz, com o corpo guardado e a
linha na auditoria. Uma simulação, uma recusa ou um lote em que nada se gravou não deixam nada.
"""

import hashlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from clientes.importacao import servico
from clientes.importacao.linhas_json import MALFORMADA
from clientes.importacao.por_linha import LinhaJulgada, SituacaoDaLinha, julgadas
from clientes.importacao.recusa import ArquivoRecusado
from clientes.importacao.resultado import Resultado
from clientes.importacao.staging import Carga
from clientes.models import Importacao
from contas.auditoria import registrar
from contas.models import Empresa, Usuario

MAXIMO_DE_LINHAS = 10_000
MAXIMO_DE_BYTES = 16 * 2**20
_ESPERA = "20s"  # por outra importação da mesma empresa


class CorpoGrande(Exception):
    """O corpo passa do limite; `str()` diz qual."""


class CorpoMalformado(ArquivoRecusado):
    """O corpo nem se lê: a mensagem diz onde."""


class OutraEmCurso(Exception):
    """Outra importação da empresa não acabou a tempo."""


@dataclass(frozen=True, slots=True)
class Corpo:
    """O que chegou, guardado em lugar privado."""

    caminho: Path
    sha256: str
    tamanho: int

    def apagar(self) -> None:
        self.caminho.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Lote:
    """O que se pede: de que tipo, de que empresa, e como."""

    tipo: str
    empresa: Empresa
    por: Usuario
    formato: str  # "jsonl" ou "csv"
    parcial: bool = False
    simular: bool = False


@dataclass(slots=True)
class Relato:
    """O que aconteceu ao lote e a cada linha dele; sem importação, nada ficou."""

    resultado: Resultado
    linhas: list[LinhaJulgada] = field(default_factory=list)
    importacao: Importacao | None = None


def corpo_grande() -> CorpoGrande:
    return CorpoGrande(f"O corpo passa de {MAXIMO_DE_BYTES >> 20} MB: parta-o em lotes menores.")


def guardar(pedacos: Iterable[bytes], maximo: int = MAXIMO_DE_BYTES) -> Corpo:
    """Escreve o corpo à medida que chega; passando do limite, nada fica."""
    pasta = Path(settings.MEDIA_ROOT) / "importacoes"
    pasta.mkdir(parents=True, exist_ok=True, mode=0o700)
    caminho = pasta / f"{timezone.now():%Y%m%d}-{secrets.token_hex(12)}.dat"
    resumo, tamanho = hashlib.sha256(), 0
    try:
        with os.fdopen(os.open(caminho, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as destino:
            for pedaco in pedacos:
                tamanho += len(pedaco)
                if tamanho > maximo:
                    raise CorpoGrande(
                        f"O corpo passa de {maximo >> 20} MB: mande até {MAXIMO_DE_LINHAS:,} linhas por vez."
                        .replace(",", ".")
                    )  # fmt: skip
                resumo.update(pedaco)
                destino.write(pedaco)
    except BaseException:
        caminho.unlink(missing_ok=True)
        raise
    return Corpo(caminho, resumo.hexdigest(), tamanho)


def carregar(corpo: Corpo, lote: Lote, *, hoje: date) -> Relato:
    """Confere e, se é o caso, grava, numa transação só."""
    linhas: list[LinhaJulgada] = []

    def observar(carga: Carga) -> None:
        if carga.linhas > MAXIMO_DE_LINHAS:
            raise CorpoGrande(
                f"São {carga.linhas:,} linhas; o limite é {MAXIMO_DE_LINHAS:,} por vez.".replace(",", ".")
            )
        linhas.extend(julgadas(lote.tipo, carga))
        _recusar_malformadas(linhas)

    opcoes = servico.Opcoes(tipo=lote.tipo, empresa=lote.empresa, lembrar=False)
    with transaction.atomic(), _sem_esperar_demais():
        if lote.simular:
            resultado = servico.simular(
                corpo.caminho, opcoes, hoje=hoje, parcial=lote.parcial, julgadas=observar
            )
            return Relato(resultado, linhas)
        importacao = _importacao(corpo, lote)
        resultado = servico.aplicar(
            corpo.caminho,
            opcoes,
            por=lote.por,
            hoje=hoje,
            parcial=lote.parcial,
            importacao=importacao,
            julgadas=observar,
        )
        if not resultado.gravado:
            return Relato(resultado, linhas)
        _auditar(importacao, resultado, lote)
    return Relato(resultado, linhas, importacao)


class _sem_esperar_demais:
    """A espera por outra importação tem fim, e é dita como o que é."""

    def __enter__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [_ESPERA])

    def __exit__(self, tipo: type[BaseException] | None, erro: BaseException | None, _: object) -> None:
        if isinstance(erro, OperationalError) and getattr(erro.__cause__, "sqlstate", "") == "55P03":
            raise OutraEmCurso(
                "Outra importação desta empresa está em curso: tente de novo daqui a pouco."
            ) from erro


def _recusar_malformadas(linhas: list[LinhaJulgada]) -> None:
    """JSON que não se lê recusa o corpo inteiro: é defeito de quem o escreveu, não de um dado."""
    ruins = [
        li for li in linhas if li.situacao == SituacaoDaLinha.REJEITADA and li.motivo.startswith(MALFORMADA)
    ]
    if ruins:
        primeiras = "; ".join(f"linha {li.linha}: {li.motivo}" for li in ruins[:5])
        mais = f" (e mais {len(ruins) - 5})" if len(ruins) > 5 else ""
        raise CorpoMalformado(f"{primeiras}{mais}. Nada foi gravado.")


def _importacao(corpo: Corpo, lote: Lote) -> Importacao:
    """Salva por `aplicar`, na transação da gravação."""
    return Importacao(
        empresa=lote.empresa,
        tipo=lote.tipo,
        nome_do_arquivo=f"API: {lote.tipo}.{lote.formato}",
        caminho=str(corpo.caminho),
        sha256=corpo.sha256,
        tamanho=corpo.tamanho,
        opcoes={"parcial": lote.parcial, "api": True},
        por=lote.por,
    )


def _auditar(importacao: Importacao, resultado: Resultado, lote: Lote) -> None:
    registrar(
        "importacao.gravar",
        por=lote.por,
        objeto=f"{importacao.tipo}: {importacao.nome_do_arquivo}"[:120],
        depois={
            "importacao": importacao.pk,
            "novas": resultado.novas,
            "atualizadas": resultado.atualizadas,
            "rejeitadas": resultado.rejeitadas,
        },
    )
