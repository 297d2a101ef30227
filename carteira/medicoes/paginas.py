"""As páginas sem parâmetros das salas de um vendedor e de um gestor de todos: tempo e consultas de cada uma.

Numa cópia da demonstração, como a lista. Cada página se pede uma vez para aquecer e uma para medir: a tabela diz onde
olhar, e não prova nada sobre milésimos.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from carteira.coletor import acomodar
from carteira.medicoes import copia
from carteira.medicoes.cronometro import medir
from clientes.models import Cliente
from contas.models import Usuario

LENTA_MS = 300
SALAS = (
    "hoje", "agenda", "clientes", "fila", "painel", "carteiras", "listas", "composicao", "resultados", "migracao",
    "dois-relogios", "cidades", "declinio", "positivacao", "checkup", "higienizacao", "credito", "ciclo-de-compra",
    "relatorio-de-risco", "relatorios", "avisos", "roteiros", "contatos", "recados",
)  # fmt: skip
# As que escolhem: data, dimensão, pessoa. O cliente e o vendedor são os do exemplo.
COM_ESCOLHA = (
    "/clientes/{cliente}/", "/painel/?vendedor={vendedor}", "/painel/sem-tocar/?vendedor={vendedor}",
    "/composicao/?data=2026-03-31", "/composicao/?data=2026-03-17", "/composicao/?agrupar=municipio",
    "/composicao/cruzada/?data=2026-03-17", "/resultados/?periodo=mes",
)  # fmt: skip


def argumentos(leitor: Any) -> None:
    leitor.add_argument("--clientes", type=int, default=5000, help="tamanho da carteira do vendedor (5000)")
    leitor.add_argument("--so", default="", help="só os endereços que contêm isto")
    leitor.add_argument("--de", choices=("vendedor", "gestor"), help="só as páginas dele")
    leitor.add_argument("--guardar", action="store_true", help="a cópia fica para a vez seguinte, que a usa")


def executar(opcoes: dict[str, Any], dizer: Callable[[str], None]) -> bool:
    """Imprime as páginas de cada um, da mais lenta à mais rápida, e diz se alguma passa do que se quer."""
    with copia.da_demonstracao(dizer, guardada=opcoes["guardar"]):
        vendedor = copia.vendedor_com(opcoes["clientes"], dizer)
        acomodar()
        pessoas = {"vendedor": vendedor, "gestor": copia.gestor_de_todos()}
        escolhidas = [p for nome, p in pessoas.items() if opcoes["de"] in (None, nome)]
        lentas = [lenta for pessoa in escolhidas for lenta in _medir(pessoa, vendedor, opcoes["so"], dizer)]
    return not lentas


def _medir(pessoa: Usuario, vendedor: Usuario, so: str, dizer: Callable[[str], None]) -> list[str]:
    navegador = Client(SERVER_NAME="localhost", raise_request_exception=False)
    navegador.force_login(pessoa, backend="django.contrib.auth.backends.ModelBackend")
    medidas = []
    for endereco in _enderecos(vendedor):
        if so in endereco and _abre(navegador, endereco):
            medidas.append((endereco, medir(lambda e=endereco: navegador.get(e).close(), 1, aquecer=False)))
    dizer(
        f"\n{pessoa.nome} ({pessoa.papel})\n{'página':<52}{'parede':>8}{'cpu':>8}{'banco':>8}{'consultas':>11}"
    )
    for endereco, m in sorted(medidas, key=lambda x: -x[1].parede):
        dizer(f"{endereco:<52}{m.parede:>8.0f}{m.cpu:>8.0f}{m.banco:>8.0f}{m.consultas:>11}")
    return [endereco for endereco, m in medidas if m.parede >= LENTA_MS]


def _abre(navegador: Client, endereco: str) -> bool:
    """Só o que esta pessoa lê como página: nem planilhas, nem o que se recusa a ela."""
    resposta = navegador.get(endereco)
    return resposta.status_code == 200 and resposta.headers["Content-Type"].startswith("text/html")


def _enderecos(vendedor: Usuario) -> Iterator[str]:
    cliente = Cliente.objects.filter(vendedor=vendedor, pedidos__conta=True).order_by("pk")[0]
    for rota in _rotas(get_resolver()):
        if rota.partition("/")[0] in SALAS:
            yield f"/{rota}"
    for molde in COM_ESCOLHA:
        yield molde.format(cliente=cliente.pk, vendedor=vendedor.pk)


def _rotas(resolvedor: URLResolver, antes: str = "") -> Iterator[str]:
    """Os caminhos sem partes variáveis."""
    for parte in resolvedor.url_patterns:
        caminho = antes + str(parte.pattern)
        if isinstance(parte, URLResolver):
            yield from _rotas(parte, caminho)
        elif isinstance(parte, URLPattern) and "<" not in caminho:
            yield caminho
