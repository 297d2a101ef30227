"""O checkup como tabela: os achados da página, para levar em planilha, PDF ou por e-mail."""

from collections.abc import Sequence

from django.utils import timezone

from contas.models import Usuario
from relatorios.achados_do_checkup import Achado, achados, resumo
from relatorios.base import Coluna, Destino, Elo, Linhas, Relatorio
from relatorios.catalogo import registrar
from relatorios.checkup import reunir
from relatorios.pedido import Pedido, recorte_em_partes

# Lugares do achado que são, aqui, outros relatórios.
_RELATORIOS = {"declinio": "declinio", "positivacao": "giro-e-positivacao"}


def _elo(achado: Achado, pedido: Pedido) -> Destino:
    if achado.lugar == "clientes":
        return achado.parametros
    recorte = recorte_em_partes(pedido.recorte)
    if achado.lugar in _RELATORIOS:
        return Elo(recorte, "relatorio", _RELATORIOS[achado.lugar])
    return Elo(recorte | achado.parametros, achado.lugar) if achado.lugar == "mudancas" else None


@registrar
class Checkup(Relatorio):
    chave = "checkup"
    titulo = "Checkup da carteira"
    grupo = "Carteira"
    frase = "Como vai a carteira, por que importa e o que fazer?"
    filtros = ("empresa", "equipe", "vendedor")
    unidade = "achado,achados"
    vazio = "Ainda não há clientes com compra."
    nota = (
        "Situações e valores na data da carteira; contatos até hoje; giro e positivação no mês da carteira."
    )

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            Coluna("assunto", "Assunto", largura=22, ordena=False),
            Coluna("numero", "Número", largura=14, elo=_elo, ordena=False),
            Coluna("dito", "Como está", largura=12, ordena=False),
            Coluna("titulo", "Achado", largura=48, ordena=False),
            Coluna("porque", "Por que importa", largura=56, ordena=False),
            Coluna("fazer", "O que fazer", largura=48, ordena=False),
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        return achados(reunir(usuario, pedido.recorte, timezone.localdate()))

    def achado(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> str:
        return resumo(list(linhas))
