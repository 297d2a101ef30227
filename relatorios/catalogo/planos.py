"""Os planos de ação que a pessoa vê: o que fazer, de quem é, para quantos clientes e até quando."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Count
from django.utils import timezone

from clientes.models import PlanoDeAcao
from contas.models import Usuario
from contas.papeis import Permissao
from relatorios.base import Coluna, Elo, Escolha, Linhas, Relatorio
from relatorios.catalogo import registrar
from relatorios.pedido import Pedido


@registrar
class PlanosDeAcao(Relatorio):
    chave = "planos-de-acao"
    titulo = "Planos de ação"
    grupo = "Crédito e risco"
    frase = "O que se combinou fazer, com que dono e até quando?"
    permissao = Permissao.VER_CLIENTES
    filtros = (
        Escolha("ver", "Mostrar", (("", "Em curso"), ("terminados", "Terminados"))),
        Escolha("dono", "Dono", (("", "Todos"), ("eu", "Só os meus"))),
    )
    pela_regra = False
    unidade = "plano,planos"
    vazio = "Nenhum plano aqui."

    def referencia(self, pedido: Pedido) -> date:
        """O que se combinou é de agora, e não da última rodada."""
        return timezone.localdate()

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        terminados = pedido.escolhas["ver"] == "terminados"
        quando = (
            Coluna("terminado_em", "Terminado em", "data", 14,
                   valor=lambda p: timezone.localdate(p.terminado_em) if p.terminado_em else None)
            if terminados
            else Coluna("prazo", "Até", "data", 14)
        )  # fmt: skip
        return (
            Coluna("titulo", "O que fazer", largura=44, elo=lambda x, p: Elo(lugar="plano", pk=x.pk)),
            Coluna("dono", "Dono", largura=24, campo="dono__nome", valor=lambda p: p.dono.nome),
            Coluna("situacao", "Situação", largura=16, valor=lambda p: p.get_situacao_display()),
            Coluna("n", "Clientes", "inteiro", 10),
            quando,
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        terminados = pedido.escolhas["ver"] == "terminados"
        planos = PlanoDeAcao.objects.visiveis_para(usuario).filter(terminado_em__isnull=not terminados)
        if pedido.escolhas["dono"] == "eu":
            planos = planos.filter(dono=usuario)
        ordem = ("-terminado_em", "-pk") if terminados else ("prazo", "pk")
        return planos.select_related("dono").annotate(n=Count("itens")).order_by(*ordem)
