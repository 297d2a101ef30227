"""Criar a demonstração e trazê-la até hoje: os dois casos de uso do comando `criar_demo`."""

from collections.abc import Callable
from datetime import date, timedelta

from django.db import connection, transaction
from django.db.models import F

from atividade.limiares import configurar
from atividade.models import Indicadores
from atividade.probabilidade.mensal import ajustar_empresa, devido
from atividade.regras import Periodo
from carteira.demo import carga, credito, fatos, fornecedores, geradores, historia
from carteira.demo.avisos import criar_avisos
from carteira.demo.cadastros import piorar
from carteira.demo.listas import criar_listas
from carteira.demo.metas import criar_metas
from carteira.demo.pessoas import criar_elenco, quantos_vendedores
from carteira.demo.privacidade import criar_privacidade
from carteira.demo.recados import criar_recados
from carteira.demo.ritmo import perfil
from clientes.compromissos import abertos
from clientes.models import Cliente, Pedido, PeriodoDeCarteira
from contas.auditoria import registrar
from contas.models import Empresa, Instalacao, Usuario

TAMANHOS = {"P": 200, "M": 20_000, "G": 100_000}
SEMENTE = 20_221_104
NOME_DA_EMPRESA = "Ferragens Aliança Distribuidora"
# Um vencimento há mais tempo que isso, numa demonstração deixada de lado, é só poeira.
DIAS_DE_AGENDA_VENCIDA = 9

Dizer = Callable[[str], None]


class DemonstracaoRecusada(Exception):
    """A instalação já tem dados que não são da demonstração."""


def _calado(_: str) -> None:
    pass


def vazia() -> bool:
    """Instalação sem cliente e sem ninguém que possa entrar."""
    return not (Cliente.objects.exists() or Usuario.objects.filter(email__isnull=False).exists())


def criar(*, clientes: int, hoje: date, semente: int = SEMENTE, dizer: Dizer = _calado) -> None:
    """Escreve a demonstração inteira num banco vazio; recusa qualquer outro."""
    with transaction.atomic():
        instalacao = Instalacao.objects.select_for_update().get(pk=Instalacao.atual().pk)
        if not vazia():
            raise DemonstracaoRecusada("Já há dados nesta instalação: nada foi criado nem apagado.")
        _marcar(instalacao, semente=semente, base=hoje, clientes=clientes)
        _povoar(clientes=clientes, hoje=hoje, semente=semente, dizer=dizer)
    _analisar()
    historia.escrever(base=hoje, ate=hoje, dizer=dizer)
    dizer(f"{piorar(hoje=hoje)} pares de duplicados a conferir")
    dizer(f"{criar_listas(hoje=hoje)} listas de trabalho, {criar_recados(hoje=hoje)} recados")
    dizer(f"{criar_metas(semente=semente, hoje=hoje)} metas do mês")
    dizer(f"{criar_avisos(semente=semente, hoje=hoje)} avisos dos últimos meses")
    dizer(f"{criar_privacidade(hoje=hoje)} oposições de titulares")
    _aprender(hoje)


def _marcar(instalacao: Instalacao, *, semente: int, base: date, clientes: int) -> None:
    instalacao.demo = instalacao.assistente_concluido = True
    instalacao.semente, instalacao.demo_clientes = semente, clientes
    instalacao.demo_base = instalacao.demo_ate = base
    instalacao.save()


def _povoar(*, clientes: int, hoje: date, semente: int, dizer: Dizer) -> None:
    empresa = Empresa.objects.order_by("pk")[0]
    empresa.nome = NOME_DA_EMPRESA
    empresa.save(update_fields=["nome"])
    elenco = criar_elenco(empresa=empresa, semente=semente, clientes=clientes)
    vendedores = quantos_vendedores(clientes)
    perfis = [perfil(semente, i, hoje, vendedores) for i in range(clientes)]
    dizer(f"{clientes} clientes")
    ids = carga.carregar_clientes(empresa=empresa, elenco=elenco, semente=semente, perfis=perfis, base=hoje)
    _regras(empresa, hoje, elenco.admin)
    donos = _donos(ids)
    pedidos = carga.carregar_pedidos(
        empresa=empresa, semente=semente, perfis=perfis, ids=ids, donos=donos, ate=hoje
    )
    _fatos(empresa, semente, base=hoje, hoje=hoje, dizer=dizer)
    contatos = carga.carregar_contatos(
        semente=semente, perfis=perfis, ids=ids, donos=donos, base=hoje, ate=hoje - timedelta(days=1)
    )
    agenda = carga.carregar_agenda(
        semente=semente, perfis=perfis, ids=ids, donos=donos, hoje=hoje, por=elenco.admin
    )
    dizer(f"{pedidos} pedidos, {contatos} contatos, {agenda} compromissos")


def _fatos(empresa: Empresa, semente: int, *, base: date, hoje: date, dizer: Dizer) -> None:
    desde = base - timedelta(days=fatos.DIAS_DE_FATOS)
    fatos.trazer(empresa=empresa, semente=semente, desde=desde, hoje=hoje, dizer=dizer)
    dizer(f"{credito.trazer(empresa=empresa, semente=semente, base=base, hoje=hoje)} fatos do birô")
    dizer(f"{fornecedores.trazer(empresa=empresa, base=base, hoje=hoje)} linhas de fornecedores")


def _regras(empresa: Empresa, base: date, por: Usuario) -> None:
    """Uma história de regras, toda anterior ao primeiro retrato: as colunas dos meses se comparam."""
    agro = empresa.segmentos.get(nome_chave="agro")
    for dias, segmento, periodo, antecedencia, motivo in (
        (900, None, "180d", "90d", "Primeira regra da empresa"),
        (460, None, "150d", "60d", "A maioria repõe todo mês: 180 dias avisava tarde"),
        (440, agro, "210d", "90d", "No Agro a compra segue a safra"),
    ):
        configurar(
            empresa=empresa,
            segmento=segmento,
            periodo=Periodo.de_texto(periodo),
            antecedencia=Periodo.de_texto(antecedencia),
            vigente_desde=base - timedelta(days=dias),
            por=por,
            motivo=motivo,
        )


def _donos(ids: dict[int, int]) -> dict[int, int | None]:
    """Índice do cliente → dono atual."""
    atuais = dict(Cliente.objects.values_list("pk", "vendedor_id"))
    return {indice: atuais[pk] for indice, pk in ids.items() if pk in atuais}


def _analisar() -> None:
    """Estatísticas em dia antes da primeira rodada: tabelas recém-cheias enganam o planejador."""
    with connection.cursor() as cursor:
        for modelo in (Cliente, Indicadores, Pedido, PeriodoDeCarteira):
            cursor.execute(f'ANALYZE "{modelo._meta.db_table}"')


def continuar(*, hoje: date, dizer: Dizer = _calado) -> bool:
    """Traz a demonstração até `hoje`; devolve se havia o que trazer. Repetir no mesmo dia não faz nada.

    A história, que pode ficar pela metade numa queda, sabe por si de onde seguir.
    """
    novidade = trazer_fatos(hoje=hoje, dizer=dizer)
    base = Instalacao.atual().demo_base or hoje
    rodadas = historia.escrever(base=base, ate=hoje, dizer=dizer, refazer_hoje=novidade)
    criar_metas(semente=Instalacao.atual().semente or SEMENTE, hoje=hoje)
    _aprender(hoje)
    return novidade or rodadas > 0


def _aprender(hoje: date) -> None:
    """As probabilidades do mês, para que a demonstração já as mostre."""
    for empresa in Empresa.objects.order_by("pk"):
        if devido(empresa):
            ajustar_empresa(empresa=empresa, referencia=hoje, hoje=hoje)


@transaction.atomic
def trazer_fatos(*, hoje: date, dizer: Dizer = _calado) -> bool:
    """Pedidos, contatos e agenda até `hoje`, gravados junto com a data até onde vão; recalcular é à parte."""
    instalacao = Instalacao.objects.select_for_update().get(pk=Instalacao.atual().pk)
    if not instalacao.demo or instalacao.demo_base is None or instalacao.demo_ate is None:
        raise DemonstracaoRecusada("Esta instalação não é uma demonstração.")
    if instalacao.demo_ate >= hoje:
        return False
    _acrescentar(instalacao, depois_de=instalacao.demo_ate, hoje=hoje, dizer=dizer)
    Instalacao.objects.update(demo_ate=hoje)
    return True


def _acrescentar(instalacao: Instalacao, *, depois_de: date, hoje: date, dizer: Dizer) -> None:
    """Os mesmos clientes seguem o mesmo ritmo; só o que veio depois é novo."""
    empresa = Empresa.objects.order_by("pk")[0]
    semente, base = instalacao.semente or SEMENTE, instalacao.demo_base or hoje
    clientes = instalacao.demo_clientes or 0
    ids, vendedores = _ids_da_demonstracao(empresa, clientes), quantos_vendedores(clientes)
    perfis = [perfil(semente, i, base, vendedores) for i in ids]
    de_quem = {"semente": semente, "perfis": perfis, "ids": ids, "donos": _donos(ids)}
    numero = _proximo_numero(empresa)
    pedidos = carga.carregar_pedidos(
        empresa=empresa, ate=hoje, depois_de=depois_de, primeiro_numero=numero, **de_quem
    )
    limite = hoje - timedelta(days=geradores.DIAS_EM_ABERTO)
    Pedido.objects.filter(empresa=empresa, situacao="aberto", data__lte=limite).update(situacao="faturado")
    _fatos(empresa, semente, base=base, hoje=hoje, dizer=dizer)
    um_dia = timedelta(days=1)
    contatos = carga.carregar_contatos(base=base, ate=hoje - um_dia, depois_de=depois_de - um_dia, **de_quem)
    _renovar_agenda(depois_de=depois_de, hoje=hoje)
    registrar(
        "continuar a demonstração",
        por=None,
        objeto=f"até {hoje:%d/%m/%Y}",
        depois={"pedidos": pedidos, "contatos": contatos},
    )
    dizer(f"{pedidos} pedidos e {contatos} contatos novos")


def _ids_da_demonstracao(empresa: Empresa, clientes: int) -> dict[int, int]:
    """Índice → id dos clientes inventados que ainda existem; os que a pessoa importou não são deles."""
    por_codigo = dict(Cliente.objects.filter(empresa=empresa).values_list("codigo", "pk"))
    codigos = {i: geradores.codigo(i) for i in range(clientes)}
    return {i: por_codigo[codigo] for i, codigo in codigos.items() if codigo in por_codigo}


def _proximo_numero(empresa: Empresa) -> int:
    """Depois do maior número já usado, também por quem importou um arquivo na demonstração."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(numero::bigint), %s) + 1 FROM clientes_pedido "
            "WHERE empresa_id = %s AND numero ~ '^[0-9]{6,12}$'",
            [carga.NUMERO_INICIAL - 1, empresa.pk],
        )
        return int(cursor.fetchone()[0])


def _renovar_agenda(*, depois_de: date, hoje: date) -> None:
    """Compromissos vencidos há muito andam com o calendário: ninguém os cumpriu com isto parado."""
    vencidos = abertos().filter(em__lt=hoje - timedelta(days=DIAS_DE_AGENDA_VENCIDA))
    vencidos.update(em=F("em") + timedelta(days=(hoje - depois_de).days))
