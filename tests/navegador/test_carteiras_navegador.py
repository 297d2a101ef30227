"""Trocas de carteira como se fazem: da lista ou da carteira, com a prévia à vista, a volta e as férias."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from atividade.models import Indicadores
from clientes.models import Cliente, ParametrosDaCarteira, SugestaoDispensada, Transferencia
from contas.models import TipoDeVendedor, Usuario
from tests.conftest import criar_pessoa, por_na_equipe
from tests.navegador.conftest import fotografar, quieta, sem_rolagem_lateral, violacoes
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]
Abrir = Callable[..., Page]


@pytest.fixture
def eva(empresa: Any, sul: Any) -> Usuario:
    pessoa = criar_pessoa("Eva Luz", empresa, tipo=TipoDeVendedor.INTERNO)
    por_na_equipe(pessoa, sul)
    return pessoa


@pytest.fixture
def carteira(ana: Usuario, bruno: Usuario, eva: Usuario, empresa: Any, novo_cliente: Any) -> list[Cliente]:
    ontem = timezone.localdate() - timedelta(days=1)
    clientes = [novo_cliente(f"C{n}", razao_social=f"Casa {n} Ltda", vendedor=ana, uf="SC") for n in range(8)]
    for n, cliente in enumerate(clientes):
        indicar(cliente, ontem, status="ativo", curva_abc="ABC"[n % 3], valor_12m=Decimal(900 - 100 * n))
    ParametrosDaCarteira.objects.create(empresa=empresa, pequeno_ate=Decimal(350), acima_da_media=40)
    return clientes


def conferir(aba: Page, nome: str) -> None:
    quieta(aba)
    fotografar(aba, f"carteiras-{nome}")
    assert violacoes(aba) == [], nome
    assert sem_rolagem_lateral(aba), nome


def test_a_gestora_reparte_uma_carteira_pelo_teclado_e_volta_atras(
    carteira: list[Cliente], ana: Usuario, bruno: Usuario, eva: Usuario, pagina: Abrir, live_server: Any
) -> None:
    aba = pagina(bruno)
    aba.goto(live_server.url + "/carteiras/")
    conferir(aba, "lado-a-lado")
    aba.get_by_role("link", name="Transferir clientes de Ana Souza").press("Enter")
    expect(aba.get_by_role("heading", name="8 clientes escolhidos")).to_be_visible()
    aba.get_by_role("checkbox", name="Eva Luz").press("Space")
    expect(aba.get_by_role("heading", name="8 clientes mudam de dono")).to_be_visible()
    quieta(aba)
    aba.get_by_label("Curva ABC").select_option("A")
    expect(aba.get_by_role("heading", name="3 clientes mudam de dono")).to_be_visible()
    conferir(aba, "previa")
    aba.get_by_label("Motivo").fill("Eva atende a curva A")
    aba.get_by_role("button", name="Transferir 3 clientes").press("Enter")
    aba.wait_for_url("**/carteiras/historia/**")
    assert Cliente.objects.filter(vendedor=eva).count() == 3
    aba.get_by_role("link", name="Desfazer…").press("Enter")
    expect(aba.get_by_role("heading", name="3 clientes voltam")).to_be_visible()
    aba.get_by_role("button", name="Desfazer").press("Enter")
    expect(aba.get_by_text("3 clientes voltaram ao dono de antes.")).to_be_visible()
    assert set(Cliente.objects.values_list("vendedor", flat=True)) == {ana.pk}


def test_no_telefone_a_sugestao_vira_transferencia_e_a_historia_a_conta(
    carteira: list[Cliente], bruno: Usuario, eva: Usuario, pagina: Abrir, live_server: Any
) -> None:
    aba = pagina(bruno, largura=390, tema="escuro")
    aba.goto(live_server.url + "/carteiras/sugestoes/")
    conferir(aba, "sugestoes_390")
    aba.get_by_role("link", name="Ver os clientes de Clientes pequenos").tap()
    expect(aba.get_by_role("heading", name="Clientes pequenos")).to_be_visible()
    aba.get_by_role("checkbox", name="Casa 7 Ltda").tap()
    conferir(aba, "sugestao_390")
    aba.get_by_role("button", name="Ver a prévia dos marcados").tap()
    expect(aba.get_by_role("heading", name="1 cliente muda de dono")).to_be_visible()
    conferir(aba, "previa_390")
    aba.get_by_role("button", name="Transferir 1 cliente").tap()
    aba.wait_for_url("**/carteiras/historia/**")
    assert Transferencia.objects.get().origem == "sugestao"
    assert Cliente.objects.get(vendedor=eva).codigo == "C6"
    aba.goto(live_server.url + "/carteiras/historia/?origem=sugestao")
    expect(aba.get_by_role("link", name="cliente de menos de R$ 350")).to_be_visible()
    conferir(aba, "historia_390")
    SugestaoDispensada.objects.create(
        tipo="pequeno", cliente=carteira[6], motivo="É do grupo da matriz", por=bruno,
        em=timezone.localdate(), ate=timezone.localdate() + timedelta(days=90),
    )  # fmt: skip
    aba.goto(live_server.url + "/carteiras/sugestoes/dispensadas/")
    conferir(aba, "dispensadas_390")
    aba.get_by_role("button", name="Trazer de volta a sugestão de Casa 6").tap()
    aba.get_by_role("button", name="Desfazer").tap()
    expect(aba.get_by_text("Dispensada de novo")).to_be_visible()


def test_da_ficha_ve_se_o_que_muda_antes_de_repassar(
    carteira: list[Cliente], ana: Usuario, bruno: Usuario, eva: Usuario, pagina: Abrir, live_server: Any
) -> None:
    aba = pagina(bruno)
    aba.goto(f"{live_server.url}/clientes/{carteira[0].pk}/")
    aba.locator(f"[hx-get='/clientes/{carteira[0].pk}/transferir/']").first.click()
    dialogo = aba.locator("#dialogo")
    dialogo.get_by_label("Novo vendedor").select_option(label="Eva Luz")
    expect(dialogo.get_by_text("Agenda que vai junto")).to_be_visible()
    quieta(aba)
    conferir(aba, "repasse")
    dialogo.get_by_label("Motivo").fill("Rota nova")
    dialogo.get_by_role("button", name="Transferir").click()
    aba.get_by_role("button", name="Desfazer").click()
    expect(aba.get_by_text("1 cliente voltou ao dono de antes.")).to_be_visible()
    assert set(Cliente.objects.values_list("vendedor", flat=True)) == {ana.pk}


def test_as_ferias_marcadas_avisam_quem_cobre_e_de_quem_e_cada_cliente(
    carteira: list[Cliente], ana: Usuario, bruno: Usuario, eva: Usuario, pagina: Abrir, live_server: Any
) -> None:
    hoje = timezone.localdate()
    aba = pagina(bruno)
    aba.goto(live_server.url + "/carteiras/ferias/")
    aba.get_by_role("link", name="Marcar férias").first.click()
    aba.get_by_label("Quem sai").select_option(label="Ana Souza")
    aba.get_by_label("Quem cobre").select_option(label="Eva Luz")
    aba.get_by_label("Primeiro dia").fill(hoje.isoformat())
    aba.get_by_label("Último dia").fill((hoje + timedelta(days=9)).isoformat())
    quieta(aba)
    aba.get_by_role("button", name="Marcar férias").click()
    expect(aba.get_by_text("valendo")).to_be_visible()
    conferir(aba, "ferias")
    da_eva = pagina(eva, tema="escuro")
    da_eva.goto(live_server.url + "/clientes/")
    ate = f"{hoje + timedelta(days=9):%d/%m/%Y}"
    expect(da_eva.get_by_text(f"Você cobre Ana Souza até {ate}.")).to_be_visible()
    expect(da_eva.get_by_text("de Ana, em férias até").first).to_be_visible()
    conferir(da_eva, "quem-cobre")
    assert Indicadores.objects.visiveis_para(eva).count() == 8
