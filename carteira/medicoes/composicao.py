"""A composição com um milhão de clientes: cada dimensão, cada par e cada data, de um gestor de cem mil e de um admin.

Corre num banco só das medições, que a primeira vez cria e povoa (alguns minutos) e que fica para as outras; ou, com
`--demonstracao`, numa cópia da demonstração, para um gestor de todos os clientes dela.
"""

import itertools
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse

from atividade.models import Indicadores
from carteira.medicoes import copia, milhao
from carteira.medicoes.cronometro import Medida, medir
from contas.models import Empresa, Papel, Usuario
from relatorios.composicao import DIMENSOES, Dimensao, Recorte, agrupar, linhas
from relatorios.cruzada import CRUZAVEIS, cruzar, cruzar_na_data
from relatorios.evolucao import evolucao
from relatorios.passado import ATUAL, EPOCA, NA_DATA, Leitura, Passado

META_MS, META_DO_PASSADO_MS = 200, 3000
HA_DIAS = (20, 248, 508)
PARES = (("vendedor", "atividade"), ("municipio", "perfil"), ("abc", "uf"))
Trabalho = tuple[str, Callable[[], Any], int]


def argumentos(leitor: Any) -> None:
    leitor.add_argument("--clientes", type=int, default=1_000_000, help="quantos, ao criar o banco (1000000)")
    leitor.add_argument("--vezes", type=int, default=7, help="quantas vezes cada composição se repete (7)")
    leitor.add_argument("--admin", action="store_true", help="mede também quem vê a empresa inteira")
    leitor.add_argument("--paginas", action="store_true", help="mede também as páginas inteiras, por HTTP")
    leitor.add_argument("--so", default="", help="só as medidas cujo nome contém isto")
    leitor.add_argument("--demonstracao", action="store_true", help="numa cópia da demonstração")
    leitor.add_argument(
        "--guardar", action="store_true", help="a cópia da demonstração fica para a vez seguinte"
    )
    leitor.add_argument("--apagar", action="store_true", help="apaga o banco das medições e não mede nada")


def executar(opcoes: dict[str, Any], dizer: Callable[[str], None]) -> bool:
    """Imprime a tabela e diz se o gestor ficou abaixo das metas."""
    if opcoes["apagar"]:
        milhao.apagar()
        dizer("O banco das medições foi apagado.")
        return True
    with _banco(opcoes, dizer) as gestor:
        certo = _medir_pessoa(gestor, opcoes, dizer)
        if opcoes["admin"]:
            _medir_pessoa(Usuario.objects.filter(papel=Papel.ADMIN).earliest("pk"), opcoes, dizer)
    return certo


@contextmanager
def _banco(opcoes: dict[str, Any], dizer: Callable[[str], None]) -> Iterator[Usuario]:
    if opcoes["demonstracao"]:
        with copia.da_demonstracao(dizer, guardada=opcoes["guardar"]):
            yield copia.gestor_de_todos()
    else:
        with milhao.banco(dizer, opcoes["clientes"]) as gestor:
            yield gestor


def _medir_pessoa(pessoa: Usuario, opcoes: dict[str, Any], dizer: Callable[[str], None]) -> bool:
    quantos = Indicadores.objects.visiveis_para(pessoa).count()
    dizer(f"\n{pessoa.nome} ({pessoa.papel}): {quantos} clientes; medianas de {opcoes['vezes']} em ms")
    dizer(f"{'composição':<52}{'parede':>9}{'cpu':>8}{'banco':>9}{'consultas':>11}")
    hoje, passado = [], []
    for nome, fazer, vezes in _trabalhos(pessoa, opcoes):
        if opcoes["so"] in nome:
            m = medir(fazer, vezes)
            dizer(f"{nome:<52}{m.parede:>9.1f}{m.cpu:>8.1f}{m.banco:>9.1f}{m.consultas:>11}")
            (passado if nome.startswith("em ") else hoje).append((nome, m))
    return _resumir(hoje, META_MS, "hoje", dizer) and _resumir(
        passado, META_DO_PASSADO_MS, "no passado", dizer
    )


def _resumir(medidas: list[tuple[str, Medida]], meta: int, quando: str, dizer: Callable[[str], None]) -> bool:
    if not medidas:
        return True
    paredes = [m.parede for _, m in medidas]
    lentas = [nome for nome, m in medidas if m.parede >= meta]
    dizer(f"{quando}: mediana {statistics.median(paredes):.0f} ms, a maior {max(paredes):.0f} ms")
    dizer(f"  de {meta} ms para cima: {', '.join(lentas) or 'nenhuma'}")
    return not lentas


def _trabalhos(pessoa: Usuario, opcoes: dict[str, Any]) -> Iterator[Trabalho]:
    vezes = opcoes["vezes"]
    for nome, dimensao in DIMENSOES.items():
        yield f"por {nome}", lambda d=dimensao: _agrupar(pessoa, d), vezes
    for a, b in itertools.combinations(CRUZAVEIS.values(), 2):
        yield f"{a.nome} × {b.nome}", lambda a=a, b=b: cruzar(pessoa, Recorte(), a, b), vezes
    so_sul = Recorte(uf=("SC", "PR", "RS"), perfil=("REVENDA",))
    yield "vendedor × atividade, com filtros", lambda: _cruzar(pessoa, so_sul), vezes
    yield "13 meses, dos retratos", lambda: evolucao(pessoa, Recorte(), _referencia()), vezes
    if opcoes["paginas"]:
        yield from _paginas(pessoa, vezes)
    if pessoa.papel == Papel.GESTOR:
        yield from _passado(pessoa)


def _agrupar(pessoa: Usuario, dimensao: Dimensao) -> Any:
    return agrupar(linhas(pessoa, Recorte(), com_cadastro=dimensao.do_cadastro), dimensao)


def _cruzar(pessoa: Usuario, recorte: Recorte) -> Any:
    return cruzar(pessoa, recorte, CRUZAVEIS["vendedor"], CRUZAVEIS["atividade"])


def _passado(pessoa: Usuario) -> Iterator[Trabalho]:
    """Os pares em três datas e, na do meio, também cada dimensão e as outras regras e donos."""
    empresas, hoje = list(Empresa.objects.filter(referencia__isnull=False)), _referencia()
    dias = [hoje - timedelta(days=n) for n in HA_DIAS]
    leituras = [(Leitura(dia), par) for dia, par in itertools.product(dias, PARES)]
    leituras += [
        (Leitura(dias[1]), (nome, "atividade")) for nome in CRUZAVEIS if nome not in ("atividade", "vendedor")
    ]
    leituras += [
        (Leitura(dias[1], regra, dono), par)
        for regra, dono, par in itertools.product((EPOCA, ATUAL), (NA_DATA, ATUAL), PARES)
        if (regra, dono) != (EPOCA, NA_DATA)
    ]
    for leitura, (a, b) in leituras:
        passado = Passado(pessoa, Recorte(), empresas, leitura, hoje)
        yield (
            f"em {leitura.data:%d/%m/%y}, {leitura.regra}, {leitura.dono}: {a} × {b}",
            lambda p=passado, a=a, b=b: cruzar_na_data(p, CRUZAVEIS[a], CRUZAVEIS[b]),
            1,
        )


def _referencia() -> date:
    referencia = Empresa.objects.filter(referencia__isnull=False).latest("referencia").referencia
    assert referencia is not None
    return referencia


def _paginas(pessoa: Usuario, vezes: int) -> Iterator[Trabalho]:
    navegador = Client(SERVER_NAME="localhost")
    navegador.force_login(pessoa, backend="django.contrib.auth.backends.ModelBackend")

    def pedir(endereco: str, alvo: str = "") -> None:
        cabecalhos = {"HX-Request": "true", "HX-Target": alvo} if alvo else {}
        if navegador.get(endereco, headers=cabecalhos).status_code != 200:
            raise CommandError(f"{endereco} não respondeu")

    painel, cruzada = reverse("composicao:painel"), reverse("composicao:cruzada")
    yield "página: cruzada", lambda: pedir(cruzada), vezes
    yield "página: detalhe por segmento", lambda: pedir(f"{painel}?agrupar=segmento", "detalhe"), vezes
    yield "página: composição inteira", lambda: pedir(painel), vezes
