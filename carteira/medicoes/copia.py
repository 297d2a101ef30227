"""Uma cópia da demonstração para medir: com a carteira que se pede confirmada e limpa, e a original intocada.

Mover clientes numa transação que se desfaz não serviria: as linhas movidas não estão visíveis a todos, e cada índice
que cobre a lista teria de ir à tabela por elas. Interrompida, a medição só deixa a cópia, que a próxima vez apaga.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.db.models import Count

from carteira.medicoes import milhao
from clientes.models import Cliente, PeriodoDeCarteira
from contas.models import Equipe, Instalacao, Papel, Usuario

Dizer = Callable[[str], None]


@contextmanager
def da_demonstracao(dizer: Dizer, *, guardada: bool = False) -> Iterator[None]:
    """As conexões vão para a cópia durante o bloco; `guardada` fica no fim, e serve outra vez se já existe."""
    if not Instalacao.atual().demo:
        raise CommandError("As medições correm sobre a demonstração: crie-a com `criar_demo --tamanho G`.")
    original = str(connection.settings_dict["NAME"])
    nome = f"{original}_medida"
    if not guardada:
        milhao.apagar(nome)
    try:
        with milhao.no_banco(nome, copia_de=original) as nova:
            if nova:
                dizer("Copiada a demonstração; limpando…")
                limpar()
            yield
    except OperationalError as erro:
        if "accessed by other users" not in str(erro):
            raise
        raise CommandError(f"Há outras conexões a {original}, e não se copia um banco em uso.") from erro
    finally:
        if not guardada:
            milhao.apagar(nome)


def limpar(*tabelas: str) -> None:
    """O que a manutenção do banco faria em uma noite; sem tabelas, todas."""
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM (ANALYZE) {', '.join(tabelas)}")


def vendedor_com(clientes: int, dizer: Dizer) -> Usuario:
    """Na cópia: o maior vendedor, com clientes dos outros até este número, como se sempre tivessem sido dele."""
    donos = Usuario.objects.filter(papel=Papel.VENDEDOR, is_active=True)
    pessoa = donos.annotate(n=Count("clientes")).order_by("-n", "pk")[0]
    faltam = clientes - Cliente.objects.filter(vendedor=pessoa).count()
    if faltam > 0:
        dizer(f"Passando {faltam} clientes a {pessoa.nome}…")
        _passar(_de_cada_tantos(pessoa, faltam), pessoa)
        limpar("clientes_cliente", "clientes_periododecarteira", "atividade_indicadores")
    return pessoa


def gestor_de_todos() -> Usuario:
    """Na cópia: o primeiro gestor, à frente de todas as equipes."""
    gestor = Usuario.objects.filter(papel=Papel.GESTOR, is_active=True).earliest("pk")
    for equipe in Equipe.objects.all():
        equipe.gestores.add(gestor)
    return gestor


def _de_cada_tantos(pessoa: Usuario, quantos: int) -> list[int]:
    """Um de cada tantos, para que a carteira seja como as outras."""
    outros = list(Cliente.objects.exclude(vendedor=pessoa).order_by("codigo").values_list("pk", flat=True))
    return outros[:: max(len(outros) // quantos, 1)][:quantos]


def _passar(clientes: list[int], pessoa: Usuario) -> None:
    dono = {"vendedor": pessoa, "equipe": pessoa.participacoes.order_by("pk")[0].equipe}
    Cliente.objects.filter(pk__in=clientes).update(**dono)
    PeriodoDeCarteira.objects.filter(cliente__in=clientes).update(**dono)
