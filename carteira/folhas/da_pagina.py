"""O que as folhas das páginas têm em comum: leem o mesmo endereço que a página e enchem o mesmo molde."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar

from django.http import Http404, QueryDict
from django.template.loader import render_to_string
from django.utils import timezone

from carteira.filtros.expressao import TAMANHO_MAXIMO
from carteira.graficos.papel import no_papel
from carteira.web.relatorios_filtros import como_consulta
from contas.models import Empresa, Usuario
from relatorios.base import Coluna, Relatorio
from relatorios.folha import SEM_ALCANCE, NaoDeu
from relatorios.models import ArquivoGerado
from relatorios.papel import LINHAS_POR_PARTE, Folha, Parte
from relatorios.pedido import Pedido
from relatorios.planilhas import Coluna as ColunaDaPlanilha

# Um filtro que se perdesse alargaria o que vai no papel: o que passa do que a página lê segue comprido, e ela o recusa.
_MAIOR_VALOR, _MAIS_VALORES = TAMANHO_MAXIMO + 1, 1000
_DA_TELA = frozenset({"pagina", "formato", "ordem", "csrfmiddlewaretoken"})


class DaPagina(Relatorio):
    """Diga o lugar, como se lê o endereço, o molde com os números e a tabela que a planilha leva."""

    filtros = ()
    pela_regra = False
    deitada: ClassVar[bool] = False
    reparte: ClassVar[bool] = False  # a tabela cresce com a carteira: vai em partes, como as do catálogo

    def ler(self, usuario: Usuario, consulta: QueryDict) -> Any:
        """O pedido da própria página; `Http404` para o que a pessoa não vê."""
        raise NotImplementedError

    def tela(self, usuario: Usuario, pedida: Any) -> tuple[str, dict[str, Any]]:
        """O molde da página e o contexto dele."""
        raise NotImplementedError

    def colunas_da_planilha(self, pedida: Any) -> Sequence[ColunaDaPlanilha]:
        raise NotImplementedError

    def linhas_da_planilha(self, pedida: Any) -> list[Sequence[Any]]:
        raise NotImplementedError

    def dizer(self, usuario: Usuario, pedida: Any) -> list[tuple[str, str]]:
        """O período e o recorte da página, em palavras."""
        raise NotImplementedError

    def empresas(self, pedida: Any, pedido: Pedido) -> Sequence[Empresa]:
        """As que o cabeçalho nomeia: as da pessoa, ou só as que a página mostra."""
        return pedido.empresas

    # ── O que a máquina comum pede ───────────────────────────────────────────

    def da_pagina(self, consulta: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
        lidos = {
            nome: tuple(str(v)[:_MAIOR_VALOR].replace("\x00", "�") for v in valores if str(v))
            for nome, valores in consulta.items()
            if nome not in _DA_TELA and nome.isidentifier()
        }
        return {nome: valores[:_MAIS_VALORES] for nome, valores in lidos.items() if valores}

    def ditos(self, usuario: Usuario, pedido: Pedido) -> list[tuple[str, str]]:
        return self.dizer(usuario, self._pedida(usuario, pedido))

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return [_coluna(n, c) for n, c in enumerate(self.colunas_da_planilha(self._pedida(usuario, pedido)))]

    def linhas(self, usuario: Usuario, pedido: Pedido) -> list[Sequence[Any]]:
        def ler() -> list[Sequence[Any]]:
            with _ao_alcance():
                return self.linhas_da_planilha(self._pedida(usuario, pedido))

        return pedido.uma_vez(("linhas", usuario.pk), ler)

    def folha(self, arquivo: ArquivoGerado, pedido: Pedido, agora: datetime) -> tuple[Folha, int]:
        usuario: Usuario = arquivo.por
        pedida = self._pedida(usuario, pedido)
        with _ao_alcance():
            molde, contexto = self.tela(usuario, pedida)
        empresas = self.empresas(pedida, pedido)
        contexto |= {
            "pai": "relatorios/folha_da_pagina.html",
            "pode_exportar": False,
            "relatorio": self,
            "empresas": empresas,
            "deitada": self.deitada,
            "por": usuario,
            "agora": timezone.localtime(agora),
            "calculado_em": max((e.referencia for e in empresas if e.referencia), default=None),
            "filtros": self.dizer(usuario, pedida),
        }

        def da_parte(parte: Parte) -> str:
            return no_papel(
                render_to_string(molde, contexto | self.da_parte(contexto, parte) | {"papel": parte})
            )

        linhas = len(self.linhas(usuario, pedido))
        return da_parte, linhas if self.reparte else min(linhas, LINHAS_POR_PARTE)

    def da_parte(self, contexto: Mapping[str, Any], parte: Parte) -> dict[str, Any]:
        return {}

    def _pedida(self, usuario: Usuario, pedido: Pedido) -> Any:
        return pedido.uma_vez(
            ("pagina", usuario.pk), lambda: self.ler(usuario, como_consulta(pedido.proprios))
        )


@contextmanager
def _ao_alcance() -> Iterator[None]:
    """O endereço diz de quem; a página responderia que não há, e o arquivo diz por que não sai."""
    try:
        yield
    except Http404 as erro:
        raise NaoDeu(SEM_ALCANCE) from erro


def _coluna(n: int, coluna: ColunaDaPlanilha) -> Coluna:
    return Coluna(
        f"c{n}", coluna.titulo, coluna.tipo, coluna.largura, valor=lambda linha: linha[n], ordena=False
    )
