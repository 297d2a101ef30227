"""A lista de clientes: cada filtro, ordem, página e busca, ao lado do SQL puro da primeira página.

Na demonstração, o vendedor recebe clientes até o tamanho pedido, dentro de uma transação que no fim se desfaz.
"""

import re
import statistics
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any
from urllib.parse import urlencode

from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.models import Count
from django.test import Client
from django.urls import get_resolver

from atividade.models import Indicadores
from carteira.coletor import acomodar
from carteira.lista_de_clientes import ORDENS
from carteira.medicoes.cronometro import Medida, medir
from clientes.models import Cliente, Ocorrencia
from contas.models import Instalacao, Papel, Usuario

META_MS = 100
_MAIS = re.compile(r'hx-get="([^"]+)" hx-target="#mais"')
FILTROS = {
    "quase inativos": {"status": "quase_inativo"},
    "curva A em duas UFs": {"abc": "A", "uf": ["SC", "PR"]},
    "sem comprar há 60 e sem contato há 30": {"sem_comprar": "60", "sem_contato": "30"},
    "fora do ritmo": {"fora_do_ritmo": "on"},
    "município": {"cidade": "Joinville"},
    "E: dois relógios e valor": {"e": "sem_compra.min.60~sem_contato.min.30~valor_12m.min.1000"},
    "OU: curva, ritmo ou nunca contatado": {"e": "ou~abc.em.A~vezes_o_ciclo.min.2~ultimo_contato.nunca"},
    "NÃO: e grupos": {"e": "nao~ou~status.em.inativo~uf.em.SC~fim~ou~tendencia.em.cai~sem_contato.nunca"},
    "em atraso": {"e": "financeira.em.vermelho"},
    "situação financeira em dia": {"e": "financeira.em.verde"},
    "limite usado acima de 80%": {"e": "limite_usado.min.80"},
    "R$ vencidos": {"e": "vencido.min.500"},
    "resultado do último contato": {"e": "ultimo_resultado.em.{ocorrencia}"},
    "sem esse resultado em 30 dias": {"e": "resultado.nao_teve_em.30.{ocorrencia}"},
    "objeções": {"e": "objecoes.min.1"},
    "produto comprado": {"e": "produto.comprou.parafuso"},
    "produto não comprado em 6 meses": {"e": "produto.nao_comprou_em.6.parafuso"},
    "orçamento, atendimento e agenda": {"e": "ou~orcamento_aberto.sim~atendimento_aberto.sim~agenda_vencida.sim"},
    "próxima ação nos próximos 7 dias": {"e": "proxima_acao.proximos.7"},
    "cadastro incompleto": {"e": "cadastral.em.incompleta"},
    "com decisor": {"e": "com_decisor.sim"},
    "busca por nome": {"q": "ferragens"},
    "busca por uma letra": {"q": "a"},
    "busca por nome e município": {"q": "materiais joinville"},
    "busca por código": {"q": "{codigo}"},
    "busca por documento com máscara": {"q": "{documento}"},
    "busca por final de telefone": {"q": "{final}"},
    "busca por pessoa": {"q": "{pessoa}"},
    "busca sem ninguém": {"q": "xyzw"},
    "busca com filtro": {"q": "ferragens", "e": "sem_contato.min.30", "status": "ativo"},
}  # fmt: skip


def argumentos(leitor: Any) -> None:
    leitor.add_argument("--clientes", type=int, default=5000, help="tamanho da carteira do vendedor (5000)")
    leitor.add_argument("--vezes", type=int, default=15, help="quantas vezes cada pedido se repete (15)")
    leitor.add_argument(
        "--admin", action="store_true", help="mede quem vê a empresa inteira, em vez do vendedor"
    )
    leitor.add_argument("--so", default="", help="só os pedidos cujo nome contém isto")


def executar(opcoes: dict[str, Any], dizer: Callable[[str], None]) -> bool:
    """Imprime a tabela e diz se todas as medianas ficaram abaixo da meta."""
    if not Instalacao.atual().demo:
        raise CommandError("As medições correm sobre a demonstração: crie-a com `criar_demo --tamanho G`.")
    _ = get_resolver().url_patterns
    acomodar()  # como em `carteira.wsgi`: mede-se o que o servidor faz
    with transaction.atomic():
        pessoa = _pessoa(admin=opcoes["admin"], clientes=opcoes["clientes"])
        quantos = Indicadores.objects.visiveis_para(pessoa).count()
        dizer(f"{pessoa.nome} ({pessoa.papel}): {quantos} clientes; medianas de {opcoes['vezes']} em ms\n")
        medidas = _medir_todos(pessoa, opcoes, dizer)
        transaction.set_rollback(True)
    paredes = [m.parede for _, m in medidas]
    lentos = [nome for nome, m in medidas if m.parede >= META_MS]
    dizer(f"\nmediana das medianas {statistics.median(paredes):.0f} ms; a maior {max(paredes):.0f} ms")
    dizer(f"de {META_MS} ms para cima: {', '.join(lentos) or 'nenhum'}")
    return not lentos


def _medir_todos(
    pessoa: Usuario, opcoes: dict[str, Any], dizer: Callable[[str], None]
) -> list[tuple[str, Medida]]:
    dizer(f"{'pedido':<44}{'parede':>8}{'cpu':>7}{'banco':>7}{'sql puro':>9}{'razão':>7}{'consultas':>11}")
    navegador = Client(SERVER_NAME="localhost")
    navegador.force_login(pessoa, backend="django.contrib.auth.backends.ModelBackend")
    puro = medir(lambda: _sql_puro(pessoa), opcoes["vezes"]).parede
    medidas = []
    for nome, endereco in _pedidos(pessoa, navegador):
        if opcoes["so"] not in nome:
            continue
        m = medir(lambda e=endereco: _pedir(navegador, e), opcoes["vezes"])
        medidas.append((nome, m))
        dizer(
            f"{nome:<44}{m.parede:>8.1f}{m.cpu:>7.1f}{m.banco:>7.1f}{puro:>9.1f}{m.parede / puro:>6.0f}×"
            f"{m.consultas:>11}"
        )
    return medidas


def _pedir(navegador: Client, endereco: str) -> Any:
    """O fragmento que o htmx pede: é o que se espera a cada filtro."""
    resposta = navegador.get(endereco, headers={"HX-Request": "true", "HX-Target": "lista"})
    if resposta.status_code != 200:
        raise CommandError(f"{endereco} respondeu {resposta.status_code}")
    return resposta


def _pedidos(pessoa: Usuario, navegador: Client) -> Iterator[tuple[str, str]]:
    """Nome e endereço de cada pedido: as ordens, as páginas e os filtros."""
    for ordem in ORDENS:
        for sentido in ("", "-"):
            yield f"ordem {sentido}{ordem}", f"/clientes/?ordem={sentido}{ordem}"
    mais = "?ordem=-valor&por=50"
    for _ in range(10):
        achado = _MAIS.search(_pedir(navegador, f"/clientes/{mais}").content.decode())
        mais = unescape(achado[1]) if achado else mais
    yield "página 11 por valor", f"/clientes/{mais}"
    exemplos = _exemplos(pessoa)
    for nome, filtro in FILTROS.items():
        partes = {k: v.format(**exemplos) if isinstance(v, str) else v for k, v in filtro.items()}
        yield nome, f"/clientes/?{urlencode(partes, doseq=True)}"


def _exemplos(pessoa: Usuario) -> dict[str, Any]:
    """O que procurar: pedaços de um cliente que a pessoa vê."""
    dela = Cliente.objects.visiveis_para(pessoa).exclude(documento="").exclude(telefone="")
    cliente = dela.filter(pessoas__isnull=False).order_by("pk")[0]
    documento = cliente.documento
    return {
        "codigo": cliente.codigo,
        "documento": f"{documento[:2]}.{documento[2:5]}.{documento[5:8]}",
        "final": cliente.telefone[-4:],
        "pessoa": cliente.pessoas.first().nome,
        "ocorrencia": Ocorrencia.objects.order_by("pk")[0].pk,
    }


def _sql_puro(pessoa: Usuario) -> None:
    """A primeira página por valor sem Django nem tela: o chão de todas as outras."""
    coluna, valor = (
        ("vendedor_id", pessoa.pk) if pessoa.papel == Papel.VENDEDOR else ("empresa_id", _empresa(pessoa))
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT i.*, c.razao_social FROM atividade_indicadores i JOIN clientes_cliente c ON c.id = i.cliente_id "
            f"WHERE i.{coluna} = %s ORDER BY i.valor_12m DESC, i.cliente_id LIMIT 51",
            [valor],
        )
        cursor.fetchall()


def _empresa(pessoa: Usuario) -> int:
    return int(pessoa.vinculos.order_by("empresa")[0].empresa_id)


def _pessoa(*, admin: bool, clientes: int) -> Usuario:
    if admin:
        return Usuario.objects.filter(papel=Papel.ADMIN, is_active=True).order_by("pk")[0]
    donos = Usuario.objects.filter(papel=Papel.VENDEDOR, is_active=True)
    pessoa = donos.annotate(n=Count("clientes")).order_by("-n", "pk")[0]
    faltam = clientes - Cliente.objects.filter(vendedor=pessoa).count()
    if faltam > 0:
        # um de cada tantos, para que a carteira seja como as outras
        outros = Cliente.objects.exclude(vendedor=pessoa).order_by("codigo").values_list("pk", flat=True)
        passo = max(outros.count() // faltam, 1)
        equipe = pessoa.participacoes.order_by("pk")[0].equipe
        Cliente.objects.filter(pk__in=list(outros)[::passo][:faltam]).update(vendedor=pessoa, equipe=equipe)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE atividade_indicadores, clientes_cliente")
    return pessoa
