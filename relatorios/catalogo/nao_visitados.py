"""Os clientes que a gestão decidiu não visitar: o motivo, quem decidiu e quando; quem vende não vê."""

from collections.abc import Sequence
from datetime import date

from django.utils import timezone

from atividade.models import MotivoDeNaoVisitar
from atividade.visitas import em_vigor
from clientes.models import Cliente
from contas.models import Usuario
from contas.papeis import Permissao
from relatorios.base import Coluna, Elo, Escolha, Linhas, Relatorio
from relatorios.catalogo import registrar
from relatorios.pedido import Pedido


@registrar
class NaoVisitados(Relatorio):
    chave = "nao-visitados"
    titulo = "Não visitados por decisão"
    grupo = "Movimento"
    frase = "Quem a gestão decidiu não visitar, e por quê?"
    permissao = Permissao.DECIDIR_VISITAS
    filtros = (
        Escolha("motivo", "Motivo", (("", "Todos"), *((m.value, str(m.label)) for m in MotivoDeNaoVisitar))),
    )
    pela_regra = False
    ordem = "-valor"
    unidade = "cliente,clientes"
    vazio = "Nenhuma decisão em vigor."

    def referencia(self, pedido: Pedido) -> date:
        """O que se combinou é de agora, e não da última rodada."""
        return timezone.localdate()

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            Coluna("cliente", "Cliente", largura=34, ordena=False, valor=lambda d: d.cliente.nome,
                   elo=lambda d, p: Elo(lugar="cliente", pk=d.cliente_id)),
            Coluna("codigo", "Código", largura=12, campo="cliente__codigo", valor=lambda d: d.cliente.codigo),
            Coluna("motivo", "Motivo", largura=26, valor=lambda d: d.get_motivo_display()),
            Coluna("nota", "Nota", largura=30),
            Coluna("vendedor", "Vendedor", largura=22, campo="cliente__vendedor__nome",
                   valor=lambda d: d.cliente.vendedor.nome if d.cliente.vendedor else ""),
            Coluna("em", "Decidido em", "data", 12, valor=lambda d: timezone.localdate(d.em)),
            Coluna("por", "Por", largura=22, campo="por__nome", valor=lambda d: d.por.nome),
            Coluna("valor", "R$ 12 meses", "moeda", 16, soma=True, campo="cliente__indicadores__valor_12m",
                   valor=lambda d: d.cliente.indicadores.valor_12m),
        )  # fmt: skip

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        decisoes = em_vigor().filter(cliente__in=Cliente.objects.visiveis_para(usuario))
        if motivo := pedido.escolhas["motivo"]:
            decisoes = decisoes.filter(motivo=motivo)
        return decisoes.select_related("cliente__indicadores", "cliente__vendedor", "por")
