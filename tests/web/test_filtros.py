"""Cada filtro diz o que promete, e o vazio entra onde o vazio é a resposta."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict

from atividade.models import Status
from carteira.filters import FiltroDeClientes
from carteira.web import estado_da_lista
from clientes.models import Municipio
from contas.models import Empresa
from tests.conftest import HOJE, SAO_PAULO
from tests.web.carteira_de_teste import indicar

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _referencia(empresa, hoje):
    Empresa.objects.update(referencia=HOJE)


@pytest.fixture
def filtrar(ana):
    """`filtrar("uf=SC")` devolve os códigos que Ana vê."""

    def _filtrar(consulta, pessoa=None):
        filtro = FiltroDeClientes(QueryDict(consulta), usuario=pessoa or ana)
        assert filtro.recusados == {}
        return sorted(filtro.resultado().values_list("cliente__codigo", flat=True))

    return _filtrar


@pytest.mark.parametrize(
    "busca",
    [
        "acougue sao jose", "AÇOUGUE", "jos açou", "krüger", "KRUGER", "C-0017", "c-0017", "C-00",
        "95.889.060/0001-43", "95889060000143", "95.889", "rio do sul", "(47) 99922-0198", "47999220198",
        "999220198", "+55 47 99922", "açougue rio",
    ],
)  # fmt: skip
def test_busca_acha_sem_acento_e_com_ou_sem_mascara(ana, novo_cliente, filtrar, busca):
    novo_cliente(
        "C-0017", vendedor=ana, razao_social="Açougue São José Ltda",
        nome_fantasia="Krüger Carnes", cidade="Rio do Sul",
        documento="95889060000143", documento_valido=True, telefone="+5547999220198",
    )  # fmt: skip
    novo_cliente("D-1", vendedor=ana, razao_social="Outra Casa", telefone="+5511988887777")
    assert filtrar(f"q={busca.replace('+', '%2B').replace('&', '%26')}") == ["C-0017"]


@pytest.mark.parametrize("busca", ["'", "\\", "a'b", "!&|():*", "%", "_", "' OR 1=1 --", "zzz"])
def test_busca_com_sinais_estranhos_nao_acha_nem_quebra(ana, novo_cliente, filtrar, busca):
    novo_cliente("C1", vendedor=ana, razao_social="Casa Azul")
    achados = filtrar(
        QueryDict(mutable=True).urlencode() + "q=" + "".join(f"%{b:02x}" for b in busca.encode())
    )
    assert achados == []


def test_busca_acha_nomes_com_barra_e_pontos(ana, novo_cliente, filtrar):
    novo_cliente("C1", vendedor=ana, razao_social="Metalúrgica S/A")
    novo_cliente("C2", vendedor=ana, razao_social="A.B.C. Tintas")
    assert filtrar("q=metalurgica s/a") == ["C1"]
    assert filtrar("q=a.b.c.") == ["C2"]


def test_sem_contato_inclui_quem_nunca_foi_contatado_e_o_limite(ana, novo_cliente, filtrar):
    for codigo, dias in (("ha29", 29), ("ha30", 30), ("ha31", 31)):
        quando = datetime(2026, 11, 20, 23, 50, tzinfo=SAO_PAULO) - timedelta(days=dias)
        indicar(novo_cliente(codigo, vendedor=ana), ultimo_contato_em=quando)
    novo_cliente("nunca", vendedor=ana)
    assert filtrar("sem_contato=30") == ["ha30", "ha31", "nunca"]


def test_sem_comprar_ha_mais_de_n_dias_inclui_quem_nunca_comprou(ana, novo_cliente, filtrar):
    for dias in (29, 30, 31):
        indicar(novo_cliente(f"ha{dias}", vendedor=ana), HOJE - timedelta(days=dias), status=Status.ATIVO)
    novo_cliente("nunca", vendedor=ana)
    assert filtrar("sem_comprar=30") == ["ha31", "nunca"]


def test_fora_do_ritmo_e_um_terco_alem_do_ciclo_proprio(ana, novo_cliente, filtrar):
    for dias in (38, 39, 40):
        indicar(novo_cliente(f"ha{dias}", vendedor=ana), HOJE - timedelta(days=dias), status=Status.ATIVO)
    indicar(
        novo_cliente("sem_ciclo", vendedor=ana),
        HOJE - timedelta(days=90),
        status=Status.QUASE_INATIVO,
        dias_de_compra=2,
    )
    indicar(novo_cliente("inativo", vendedor=ana), HOJE - timedelta(days=300), status=Status.INATIVO)
    assert filtrar("fora_do_ritmo=on") == ["ha39", "ha40"]


def test_novo_recuperado_recente_e_antigo_seguem_a_regra_das_marcas(ana, novo_cliente, filtrar):
    ontem = HOJE - timedelta(days=1)
    indicar(novo_cliente("novo", vendedor=ana), HOJE, status=Status.ATIVO, novo_ate=HOJE)
    indicar(novo_cliente("era_novo", vendedor=ana), HOJE, status=Status.ATIVO, novo_ate=ontem)
    indicar(
        novo_cliente("voltou", vendedor=ana), HOJE, status=Status.ATIVO, novo_ate=HOJE, recuperado_ate=HOJE
    )
    antiga = HOJE - timedelta(days=400)
    indicar(novo_cliente("antigo", vendedor=ana), antiga, status=Status.INATIVO, antigo_em=HOJE)
    indicar(
        novo_cliente("recente", vendedor=ana),
        antiga,
        status=Status.INATIVO,
        antigo_em=HOJE + timedelta(days=1),
    )
    assert filtrar("marca=novo") == ["novo"]
    assert filtrar("marca=recuperado") == ["voltou"]
    assert filtrar("marca=novo&marca=recuperado") == ["novo", "voltou"]
    assert filtrar("marca=antigo") == ["antigo"]
    assert filtrar("marca=recente") == ["recente"]


def test_zero_pede_quem_nao_tem(ana, davi, novo_cliente, filtrar):
    com = novo_cliente(
        "com", vendedor=ana, segmento="Tintas", uf="SC", municipio=Municipio.objects.get(pk=4202404)
    )
    indicar(com, HOJE, status=Status.ATIVO, curva_abc="A")
    novo_cliente("sem")
    for filtro in ("segmento=0", "uf=0", "municipio=0", "abc=0", "vendedor=0", "equipe=0"):
        assert filtrar(filtro, davi) == ["sem"], filtro
    assert filtrar(f"segmento={com.segmento_id}&segmento=0", davi) == ["com", "sem"]
    assert filtrar("municipio=4202404", davi) == ["com"]


def test_cidade_sem_acento_valor_bloqueado_e_status_repetido(ana, novo_cliente, filtrar):
    indicar(
        novo_cliente("A", vendedor=ana, cidade="São José", bloqueado=True),
        HOJE,
        status=Status.ATIVO,
        valor_12m=Decimal("99.99"),
    )
    indicar(novo_cliente("B", vendedor=ana), HOJE, status=Status.QUASE_INATIVO, valor_12m=Decimal("100.00"))
    assert filtrar("cidade=sao jose") == ["A"]
    assert filtrar("valor_min=100") == ["B"]
    assert filtrar("valor_max=99.99") == ["A"]
    assert filtrar("bloqueado=true") == ["A"]
    assert filtrar("bloqueado=false") == ["B"]
    assert filtrar("status=ativo&status=quase") == ["A", "B"]
    assert filtrar("status=prospect") == []


def test_cada_empresa_conta_os_dias_da_sua_referencia(davi, novo_cliente, filtrar):
    outra = Empresa.objects.create(codigo="2", nome="Filial", referencia=HOJE - timedelta(days=10))
    davi.vinculos.create(empresa=outra)
    compra = HOJE - timedelta(days=35)
    indicar(novo_cliente("na1"), compra, status=Status.ATIVO)
    indicar(novo_cliente("na2", empresa=outra), compra, status=Status.ATIVO)
    assert filtrar("sem_comprar=30", davi) == ["na1"]
    assert filtrar(f"empresa={outra.pk}", davi) == ["na2"]


def test_o_que_vem_comprido_no_endereco_nao_fica_na_memoria():
    estado_da_lista._par_curto.cache_clear()
    elo = estado_da_lista.elo_que_muda(QueryDict("q=malha"), "cidade")
    comprido = "x" * 10_000
    assert elo("São José", comprido) == f"?q=malha&cidade=S%C3%A3o+Jos%C3%A9&cidade={comprido}"
    assert estado_da_lista._par_curto.cache_info().currsize == 1
