"""O que um tipo de arquivo diz de si, para o serviço, o comando e as páginas o tratarem como os outros."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from clientes.importacao.campos import Coluna, Limites
from clientes.importacao.cliente_do_fato import CLIENTE, Dono
from clientes.importacao.completo import Periodo
from clientes.importacao.nomes import Campo
from clientes.importacao.situacoes import Vocabulario
from clientes.importacao.staging import Carga


class Conferencia(NamedTuple):
    """O que a conferência precisa saber além do arquivo; `criar` é falso ao simular."""

    imposta: str | None
    criar: bool
    hoje: date
    importacao_id: int | None = None  # nulo ao simular
    por_id: int | None = None


class Gravacao(NamedTuple):
    importacao_id: int | None  # nulo só na etapa de uma simulação
    novas: int
    colunas: dict[str, str]  # o que a conferência disse que o arquivo governa
    por_id: int | None
    hoje: date


@dataclass(frozen=True, slots=True)
class Tipo:
    """`conferir` deixa em `_pronto` uma linha por fato aceito, com `igual` e a coluna `existente`."""

    nomes: str  # singular,plural
    campos: tuple[Campo, ...]
    colunas: Callable[[Limites], dict[str, Coluna]]
    conferir: Callable[[Carga, Conferencia], dict[str, str]]
    gravar: Callable[[Gravacao], None]
    existente: str = "fato_id"  # coluna de _pronto com o id do que já existe
    soma: str = ""  # valor e data de _pronto, para conferir com o total do ERP
    vocabulario: Vocabulario | None = None
    dono: Dono | None = (
        CLIENTE  # de quem é cada linha, pelo código ou pelo documento; nulo, ela não é de ninguém
    )
    recalcula: bool = False  # muda as situações dos clientes
    periodo: Periodo | None = None  # pode dizer-se completo para um período
    tabelas: tuple[str, ...] = ()  # as que a importação escreve, da que outras citam à que cita

    @property
    def leiaute(self) -> tuple[Campo, ...]:
        """As colunas do leiaute neutro, que têm exemplo."""
        return tuple(c for c in self.campos if c.exemplo)

    @property
    def modelo(self) -> str:
        """Um arquivo pronto para preencher: o cabeçalho e uma linha de exemplo."""
        return "".join(
            ";".join(linha) + "\r\n"
            for linha in ([c.nome for c in self.leiaute], [c.exemplo for c in self.leiaute])
        )
