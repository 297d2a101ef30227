"""As pessoas fixas das histórias: Ana vende, Bruno a gere, Carla é de outra equipe, Davi administra."""

import gc
import importlib
import os
import pkgutil
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis
import pytest
import time_machine
from django.core.cache import cache
from django.core.management import call_command
from django.db.backends.postgresql.psycopg_any import DateRange

from clientes.models import Cliente, Pedido, Segmento
from contas.models import Empresa, Equipe, MembroDeEquipe, Papel, TipoDeVendedor, Usuario, Vinculo
from tests import banco, esvaziar, longos
from tests.cobertura import sem_cobertura
from tests.leitura import ler_de_tras
from tests.porta import ja_entrou

# Na integração, os mesmos exemplos a cada vez: o que reprova, reprova de novo. À mão, o Hypothesis procura outros.
# Um sorteio lento é da máquina ocupada, e não da prova.
hypothesis.settings.register_profile(
    "casa",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("casa")

# As páginas carregam já: a que nascesse durante um teste guardaria para sempre o que ele trocou em `carteira.tasks`.
importlib.import_module("carteira.urls")

# O cliente síncrono do navegador mantém um laço de eventos na linha principal; o ORM só é usado fora dele.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

SENHA = "trocar-esta-senha-1"
HOJE = date(2026, 11, 20)
SAO_PAULO = ZoneInfo("America/Sao_Paulo")


# Com navegador, processo à parte ou SMTP de verdade, uma máquina ocupada faz tropeçar o que está certo: corre outra
# vez, e o resumo diz quem tropeçou (docs/adr/0040). Na resistência não: ali o tropeço é o que se procura.
SALAS_DE_FORA = {"local", "navegador", "operacao"}
APOIOS_DE_FORA = {"correio", "processos", "sistema"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    longos.por_na_frente(items)
    for teste in items:
        de_fora = teste.path.parent.name in SALAS_DE_FORA or APOIOS_DE_FORA & set(
            getattr(teste, "fixturenames", ())
        )
        if de_fora and teste.get_closest_marker("resistencia") is None:
            teste.add_marker(pytest.mark.flaky(reruns=1))


def _importar_as_salas() -> None:
    """Com a cobertura acordada: o módulo que só se importasse dentro de uma prova não medida contaria como não lido."""
    for sala in ("contas", "clientes", "atividade", "notificacoes", "relatorios"):
        for modulo in pkgutil.walk_packages(importlib.import_module(sala).__path__, f"{sala}."):
            if ".migrations" not in modulo.name:
                importlib.import_module(modulo.name)


def _cobertura(config: pytest.Config) -> Any:
    return getattr(config.pluginmanager.getplugin("_cov"), "cov_controller", None)


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Importado o que se mede, a coleta não tem o que medir: acordada, a cobertura só a demoraria."""
    controle = _cobertura(session.config)
    if controle is not None and not session.config.getoption("numprocesses"):
        _importar_as_salas()
        controle.pause()
    ler_de_tras(session.config)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """A cobertura dorme desde a montagem: o `no_cover` do pytest-cov só a cala no corpo do teste."""
    controle = _cobertura(item.config)
    if controle is not None and controle.started is sem_cobertura(item):
        (controle.pause if controle.started else controle.resume)()


def pytest_collection_finish() -> None:
    """O que se importou fica: o coletor não o percorre de novo a cada passada."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: Any,
) -> Iterator[None]:
    """O banco do processo, já migrado, e o modo da casa de o esvaziar entre testes com transação própria."""
    with django_db_blocker.unblock(), banco.do_processo():
        esvaziar.preparar(volumes=request.config.option.markexpr == "resistencia")
        if partes := os.environ.get("REPARTIDA"):  # a mesma suíte sobre tabelas repartidas por cliente
            call_command("repartir_tabelas", por=int(partes))
        with django_db_blocker.block():
            yield


_limpeza = esvaziar.Limpeza()


@pytest.fixture(scope="module", autouse=True)
def _sem_restos(django_db_blocker: Any) -> None:
    """Antes de cada módulo, e antes do cenário que ele guarde para si."""
    with django_db_blocker.unblock():
        _limpeza.talvez()


@pytest.fixture(autouse=True)
def _cache_limpo() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def hoje() -> Iterator[date]:
    """Congela o relógio na manhã de 20/11/2026 em São Paulo."""
    with time_machine.travel(datetime(2026, 11, 20, 9, 0, tzinfo=SAO_PAULO), tick=False):
        yield HOJE


@pytest.fixture
def empresa(db: None) -> Empresa:
    """A empresa 1, que a migração cria."""
    return Empresa.objects.get(codigo="1")


def criar_pessoa(nome: str, empresa: Empresa, papel: str = Papel.VENDEDOR, **campos: Any) -> Usuario:
    pessoa = Usuario.objects.create_user(
        f"{nome.split()[0].lower()}@exemplo.test", SENHA, nome=nome, papel=papel, **campos
    )
    Vinculo.objects.create(usuario=pessoa, empresa=empresa)
    return pessoa


def por_na_equipe(pessoa: Usuario, equipe: Equipe) -> None:
    MembroDeEquipe.objects.create(usuario=pessoa, equipe=equipe, periodo=DateRange(None, None))


@pytest.fixture
def sul(db: None) -> Equipe:
    return Equipe.objects.create(nome="Sul")


@pytest.fixture
def norte(db: None) -> Equipe:
    return Equipe.objects.create(nome="Norte")


@pytest.fixture
def ana(empresa: Empresa, sul: Equipe) -> Usuario:
    """Vendedora da equipe Sul."""
    pessoa = criar_pessoa("Ana Souza", empresa)
    por_na_equipe(pessoa, sul)
    return pessoa


@pytest.fixture
def bruno(empresa: Empresa, sul: Equipe) -> Usuario:
    """Gestor da equipe Sul."""
    pessoa = criar_pessoa("Bruno Lima", empresa, Papel.GESTOR)
    sul.gestores.add(pessoa)
    return pessoa


@pytest.fixture
def carla(empresa: Empresa, norte: Equipe) -> Usuario:
    """Vendedora (televendas) da equipe Norte."""
    pessoa = criar_pessoa("Carla Dias", empresa, tipo=TipoDeVendedor.INTERNO)
    por_na_equipe(pessoa, norte)
    return pessoa


@pytest.fixture
def davi(empresa: Empresa) -> Usuario:
    """Administrador de vendas."""
    return criar_pessoa("Davi Rocha", empresa, Papel.ADMIN)


@pytest.fixture
def lia(empresa: Empresa) -> Usuario:
    """Diretora: lê tudo, não muda nada."""
    return criar_pessoa("Lia Prado", empresa, Papel.LEITURA)


@pytest.fixture
def entrar() -> Any:
    """`entrar(pessoa)` devolve um Client já autenticado como ela."""
    return ja_entrou


def criar_cliente(
    codigo: str, empresa: Empresa, *, compras: Any = (), segmento: str = "", **campos: Any
) -> Cliente:
    dono = campos.get("vendedor")
    if dono is not None and "equipe" not in campos:
        participacao = dono.participacoes.select_related("equipe").first()
        campos["equipe"] = participacao.equipe if participacao else None
    campos.setdefault("razao_social", f"Cliente {codigo}")
    if segmento:
        campos["segmento"] = Segmento.objects.get_or_create(
            empresa=empresa, nome_chave=segmento.lower(), defaults={"nome": segmento}
        )[0]
    cliente = Cliente.objects.create(codigo=codigo, empresa=empresa, **campos)
    Pedido.objects.bulk_create(
        pedido_de(cliente, f"{codigo}-{ordem}", data, valor) for ordem, (data, valor) in enumerate(compras, 1)
    )
    return cliente


@pytest.fixture
def novo_cliente(empresa: Empresa) -> Any:
    """`novo_cliente("C1", vendedor=ana, compras=[(date, valor), …])` com os pedidos faturados dele."""

    def _novo(codigo: str, **campos: Any) -> Cliente:
        return criar_cliente(codigo, campos.pop("empresa", empresa), **campos)

    return _novo


def novo_pedido(
    cliente: Cliente, numero: str, data: date, valor: Any = "100.00", situacao: str = "faturado"
) -> Pedido:
    """`pedido_de`, já gravado."""
    pedido = pedido_de(cliente, numero, data, valor, situacao)
    pedido.save(force_insert=True)
    return pedido


def pedido_de(
    cliente: Cliente, numero: str, data: date, valor: Any = "100.00", situacao: str = "faturado"
) -> Pedido:
    """Um pedido com a conta que a empresa do cliente faz dele, por gravar."""
    return Pedido(
        empresa=cliente.empresa,
        numero=numero,
        cliente=cliente,
        data=data,
        valor=Decimal(valor),
        situacao=situacao,
        conta=situacao in cliente.empresa.situacoes_que_contam,
    )


# O servidor SMTP de verdade das histórias de e-mail.
from tests.correio import correio  # noqa: E402, F401
from tests.processos import processos  # noqa: E402, F401
from tests.sistema import sistema  # noqa: E402, F401
