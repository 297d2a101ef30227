"""A lista de clientes: cada filtro, ordem, página e busca, ao lado do SQL puro da primeira página.

Numa cópia da demonstração, em que o vendedor recebe clientes até o tamanho pedido.
"""

import json
import re
import statistics
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.urls import get_resolver

from atividade.models import Indicadores
from carteira.coletor import acomodar
from carteira.filtros import catalogo
from carteira.filtros.campos import Campo, Contexto
from carteira.filtros.expressao import Condicao, Grupo, escrever
from carteira.filtros.operadores import Argumento
from carteira.lista_de_clientes import ORDENS
from carteira.medicoes import copia
from carteira.medicoes.cronometro import Medida, medir
from carteira.referencias import Referencias
from clientes.models import Cliente, Ocorrencia
from contas.models import Papel, Usuario

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
    "busca por nome": {"q": "{palavra}"},
    "busca por uma letra": {"q": "a"},
    "busca por nome e município": {"q": "{palavra} {cidade}"},
    "busca por código": {"q": "{codigo}"},
    "busca por documento com máscara": {"q": "{documento}"},
    "busca por final de telefone": {"q": "{final}"},
    "busca por pessoa": {"q": "{pessoa}"},
    "busca sem ninguém": {"q": "xyzw"},
    "busca com filtro": {"q": "{palavra}", "e": "sem_contato.min.30", "status": "ativo"},
}  # fmt: skip


def argumentos(leitor: Any) -> None:
    leitor.add_argument("--clientes", type=int, default=5000, help="tamanho da carteira do vendedor (5000)")
    leitor.add_argument("--vezes", type=int, default=15, help="quantas vezes cada pedido se repete (15)")
    leitor.add_argument(
        "--admin", action="store_true", help="mede quem vê a empresa inteira, em vez do vendedor"
    )
    leitor.add_argument("--so", default="", help="só os pedidos cujo nome contém isto")
    leitor.add_argument("--condicoes", action="store_true", help="mede também cada condição do montador")
    leitor.add_argument("--guardar", action="store_true", help="a cópia fica para a vez seguinte, que a usa")


def executar(opcoes: dict[str, Any], dizer: Callable[[str], None]) -> bool:
    """Imprime a tabela e diz se todas as medianas ficaram abaixo da meta."""
    with copia.da_demonstracao(dizer, guardada=opcoes["guardar"]):
        pessoa = _pessoa(opcoes, dizer)
        _ = get_resolver().url_patterns
        acomodar()  # como em `carteira.wsgi`: mede-se o que o servidor faz
        quantos = Indicadores.objects.visiveis_para(pessoa).count()
        dizer(f"{pessoa.nome} ({pessoa.papel}): {quantos} clientes; medianas de {opcoes['vezes']} em ms\n")
        medidas = _medir_todos(pessoa, opcoes, dizer)
    if not medidas:
        return True
    paredes = [m.parede for _, m in medidas]
    lentos = [nome for nome, m in medidas if m.parede >= META_MS]
    dizer(
        f"\n{len(medidas)} pedidos, mediana das medianas {statistics.median(paredes):.0f} ms; "
        f"a maior {max(paredes):.0f} ms"
    )
    dizer(f"de {META_MS} ms para cima: {', '.join(lentos) or 'nenhum'}")
    return not lentos


def _pessoa(opcoes: dict[str, Any], dizer: Callable[[str], None]) -> Usuario:
    if opcoes["admin"]:
        return Usuario.objects.filter(papel=Papel.ADMIN, is_active=True).order_by("pk")[0]
    return copia.vendedor_com(opcoes["clientes"], dizer)


def _medir_todos(
    pessoa: Usuario, opcoes: dict[str, Any], dizer: Callable[[str], None]
) -> list[tuple[str, Medida]]:
    dizer(
        f"{'pedido':<44}{'acham':>7}{'parede':>8}{'menor':>7}{'cpu':>7}{'banco':>7}{'× SQL':>7}{'consultas':>11}"
    )
    navegador = Client(SERVER_NAME="localhost")
    navegador.force_login(pessoa, backend="django.contrib.auth.backends.ModelBackend")
    puro = medir(lambda: _sql_puro(pessoa), opcoes["vezes"]).parede
    medidas = []
    for nome, endereco in _pedidos(pessoa, navegador, condicoes=opcoes["condicoes"]):
        if opcoes["so"] not in nome:
            continue
        acham = _acham(_pedir(navegador, endereco))
        m = medir(lambda e=endereco: _pedir(navegador, e), opcoes["vezes"])
        medidas.append((nome, m))
        dizer(
            f"{nome:<44}{acham:>7}{m.parede:>8.1f}{m.menor:>7.1f}{m.cpu:>7.1f}{m.banco:>7.1f}{m.parede / puro:>6.0f}×"
            f"{m.consultas:>11}"
        )
    dizer(f"{'SQL puro da primeira página por valor':<51}{puro:>8.1f}")
    return medidas


def _acham(resposta: Any) -> str:
    """Quantos clientes o filtro achou, como a página o anuncia: um filtro que não acha ninguém mede outra coisa."""
    return str(json.loads(resposta.headers["HX-Trigger"])["anunciar"]).partition(" ")[0]


def _pedir(navegador: Client, endereco: str) -> Any:
    """O fragmento que o htmx pede: é o que se espera a cada filtro."""
    resposta = navegador.get(endereco, headers={"HX-Request": "true", "HX-Target": "lista"})
    if resposta.status_code != 200:
        raise CommandError(f"{endereco} respondeu {resposta.status_code}")
    return resposta


def _pedidos(pessoa: Usuario, navegador: Client, *, condicoes: bool) -> Iterator[tuple[str, str]]:
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
    for condicao in _condicoes(pessoa) if condicoes else ():
        texto = escrever(Grupo((condicao,)))
        yield texto, f"/clientes/?{urlencode({'e': texto})}"


_VALORES = {"dias": "30", "meses": "6", "ate": "1000", "texto": "a", "produto": "parafuso"}


def _condicoes(pessoa: Usuario) -> Iterator[Condicao]:
    """Uma de cada operador de cada campo do montador."""
    ctx = Contexto(pessoa, Referencias.de(pessoa))
    for campo in catalogo.CAMPOS.values():
        for operador in campo.operadores.values() if campo.visivel(pessoa) else ():
            valores = [_valor(argumento, campo, ctx) for argumento in operador.argumentos]
            if all(valores):
                yield Condicao(campo.nome, operador.nome, tuple(valores))


def _valor(argumento: Argumento, campo: Campo, ctx: Contexto) -> str:
    """Um valor que sirva; vazio quando não há opção nenhuma."""
    if argumento.entrada == "opcoes":
        return next((str(valor) for valor, _ in campo.opcoes(ctx)), "")
    if argumento.entrada == "date":
        return (ctx.hoje - timedelta(days=30 if argumento.nome == "de" else 5)).isoformat()
    return _VALORES.get(argumento.nome, "10")


def _exemplos(pessoa: Usuario) -> dict[str, Any]:
    """O que procurar: pedaços de um cliente que a pessoa vê."""
    dela = Cliente.objects.visiveis_para(pessoa).exclude(documento="").exclude(telefone="")
    cliente = dela.filter(pessoas__isnull=False).order_by("pk")[0]
    documento = cliente.documento
    return {
        "codigo": cliente.codigo,
        "palavra": cliente.razao_social.split()[0],
        "cidade": cliente.cidade,
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
