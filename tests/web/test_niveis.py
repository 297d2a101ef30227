"""A regra de um cliente, de um segmento e da instalação: dar, herdar, desfazer, e dizer de onde veio."""

from datetime import timedelta
from typing import Any

import pytest

from atividade.limiares import regra_da_empresa, regra_em_vigor
from atividade.models import Indicadores, Limiar, MudancaStatus
from carteira.recalculos import recalcular_empresa
from contas.models import Empresa, RegistroDeAuditoria, Vinculo
from tests.conftest import criar_pessoa
from tests.web.test_configurar_atividade import HOJE, LIMITES, REGRA, calcular, texto

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
CICLO = {
    "tipo": "ciclo",
    "ciclo_inativo": "3",
    "ciclo_inativo_min": "30",
    "ciclo_inativo_max": "365",
    "ciclo_quase": "1,5",
    "ciclo_quase_min": "15",
    "ciclo_quase_max": "180",
}


@pytest.fixture
def tocadas(monkeypatch: Any) -> list[int]:
    feitas: list[int] = []
    monkeypatch.setattr("carteira.tasks.tocar", lambda tarefa, empresa: feitas.append(empresa))
    return feitas


@pytest.fixture
def cliente(novo_cliente: Any, ana: Any) -> Any:
    """Compra a cada 20 dias e está há 40 sem comprar."""
    dias = [HOJE - timedelta(days=40 + 20 * n) for n in range(3)]
    novo_cliente("HOJE", compras=[(HOJE, "1")])
    return novo_cliente("C1", vendedor=ana, segmento="Agro", compras=[(d, "100") for d in sorted(dias)])


@pytest.mark.usefixtures("tocadas")
def test_regra_por_ciclo_so_deste_cliente_a_partir_da_ficha(
    davi: Any, ana: Any, entrar: Any, empresa: Empresa, cliente: Any
) -> None:
    calcular(empresa)
    navegador = entrar(davi)
    assert (
        f'href="/atividade/clientes/{cliente.pk}/"'
        in navegador.get(f"/clientes/{cliente.pk}/").content.decode()
    )
    previa = texto(
        navegador.get("/atividade/previa/", LIMITES | CICLO | {"empresa": empresa.pk, "cliente": cliente.pk})
    )
    assert "move 1 cliente" in previa
    assert "quase inativo desde 10/11/2026 e inativo em 10/12/2026" in previa
    resposta = navegador.post(f"/atividade/clientes/{cliente.pk}/", REGRA | CICLO)
    assert resposta.url == f"/clientes/{cliente.pk}/"
    recalcular_empresa(empresa.pk)
    assert Indicadores.objects.get(pk=cliente.pk).status == "quase_inativo"
    mudanca = MudancaStatus.objects.get(cliente=cliente)
    assert (mudanca.motivo, mudanca.limiar) == ("configuracao", Limiar.objects.get())
    lista = texto(entrar(ana).get("/clientes/"))
    assert (
        "Quase inativo desde 10/11/2026; sem compra, inativo em 10/12/2026. Regra deste cliente, desde 20/11/2026: "
        "3× o ciclo do cliente, entre 30 e 365 dias; sem ciclo, 18 meses." in lista
    )
    auditoria = RegistroDeAuditoria.objects.get(acao="atividade.limiar")
    assert (auditoria.objeto, auditoria.depois["motivo"]) == ("cliente C1", "A compra é anual")


def test_quem_mudaria_volta_ao_nivel_com_o_rascunho_ainda_nos_campos(
    davi: Any, entrar: Any, empresa: Empresa, cliente: Any
) -> None:
    calcular(empresa)
    navegador = entrar(davi)
    rascunho = LIMITES | CICLO | {"empresa": empresa.pk}
    for alvo, nome in (
        ({"segmento": cliente.segmento_id}, "Regra do segmento Agro"),
        ({"cliente": cliente.pk}, f"Regra do cliente {cliente.nome}"),
        ({}, "Configurar atividade"),
    ):
        pagina = navegador.get("/atividade/previa/clientes/", rascunho | alvo)
        assert f">{nome}</a>" in pagina.content.decode()
        campos = navegador.get(pagina.context["voltar"]).context["form"].initial
        assert (campos["tipo"], campos["ciclo_quase"]) == ("ciclo", "1,5")
    assert not Limiar.objects.exists()


@pytest.mark.usefixtures("tocadas")
def test_cliente_volta_a_herdar_com_motivo_e_se_desfaz(
    davi: Any, entrar: Any, empresa: Empresa, cliente: Any
) -> None:
    navegador, pagina = entrar(davi), f"/atividade/clientes/{cliente.pk}/"
    navegador.post(pagina, REGRA)
    assert navegador.post(f"{pagina}herdar/", {"motivo": ""}).status_code == 422
    assert Limiar.objects.count() == 1
    navegador.post(f"{pagina}herdar/", {"motivo": "Igualou aos outros"})
    assert regra_em_vigor(cliente, HOJE).texto == "regra padrão: 6 meses"
    ultima = Limiar.objects.latest("pk")
    assert (ultima.herda, ultima.motivo, ultima.por) == (True, "Igualou aos outros", davi)
    assert navegador.post(f"/atividade/mudancas/{ultima.pk}/desfazer/").url == pagina
    assert regra_em_vigor(cliente, HOJE).texto == "regra deste cliente, desde 20/11/2026: 18 meses"
    assert "Igualou aos outros" in texto(navegador.get(pagina))


def test_quem_nao_configura_nao_muda_regra_de_cliente(
    ana: Any, bruno: Any, lia: Any, entrar: Any, empresa: Empresa, cliente: Any
) -> None:
    for pessoa in (ana, bruno, lia):
        for caminho in (f"/atividade/clientes/{cliente.pk}/", "/atividade/instalacao/"):
            assert entrar(pessoa).get(caminho).status_code == 403
            assert entrar(pessoa).post(caminho, REGRA).status_code == 403
        assert "Dar regra própria" not in texto(entrar(pessoa).get(f"/clientes/{cliente.pk}/"))
    assert not Limiar.objects.exists()


def test_regra_da_instalacao_vale_para_quem_nao_tem_a_sua(
    davi: Any,
    entrar: Any,
    empresa: Empresa,
    cliente: Any,
    tocadas: list[int],
    django_capture_on_commit_callbacks: Any,
) -> None:
    outra = Empresa.objects.create(codigo="2", nome="Filial")
    navegador = entrar(davi)
    assert navegador.get("/atividade/instalacao/").status_code == 403  # não administra a Filial
    assert "Regra da instalação" not in texto(navegador.get("/atividade/"))
    Vinculo.objects.create(usuario=davi, empresa=outra)
    navegador.post(f"/atividade/?empresa={outra.pk}", REGRA)
    calcular(empresa)
    pagina = texto(navegador.get("/atividade/instalacao/"))
    assert f"Seguem esta regra: {empresa.nome}. Têm a sua: Filial." in pagina
    tocadas.clear()
    curta = REGRA | {
        "periodo_n": "30",
        "periodo_unidade": "d",
        "antecedencia_n": "10",
        "antecedencia_unidade": "d",
    }
    with django_capture_on_commit_callbacks(execute=True):
        assert navegador.post("/atividade/instalacao/", curta).status_code == 302
    assert sorted(tocadas) == sorted([empresa.pk, outra.pk])
    assert regra_da_empresa(empresa, HOJE).texto == "regra da instalação, desde 20/11/2026: 30 dias"
    assert regra_da_empresa(outra, HOJE).texto == "regra da empresa Filial, desde 20/11/2026: 18 meses"
    previa = {"empresa": outra.pk, "instalacao": "1"}
    outra.referencia = HOJE
    outra.save()
    assert "Nenhum cliente muda" in texto(navegador.get("/atividade/previa/", LIMITES | previa))
    assert "move 1 cliente" in texto(
        navegador.get("/atividade/previa/", {**curta, "empresa": empresa.pk, "instalacao": "1"})
    )
    navegador.post(f"/atividade/herdar/?empresa={outra.pk}", {"motivo": "Uma regra só"})
    assert regra_da_empresa(outra, HOJE).texto == "regra da instalação, desde 20/11/2026: 30 dias"
    navegador.post("/atividade/instalacao/herdar/", {"motivo": "Padrão"})
    assert regra_da_empresa(empresa, HOJE).texto == "regra padrão: 6 meses"


def test_cliente_de_outra_empresa_e_404(entrar: Any, empresa: Empresa, cliente: Any) -> None:
    filial = Empresa.objects.create(codigo="2", nome="Filial")
    rui = criar_pessoa("Rui Alves", filial, "admin")
    assert entrar(rui).get(f"/atividade/clientes/{cliente.pk}/").status_code == 404
    assert entrar(rui).get("/atividade/previa/", LIMITES | {"cliente": cliente.pk}).status_code == 404
    limiar = Limiar.objects.create(empresa=empresa, herda=True, vigente_desde=HOJE)
    assert entrar(rui).post(f"/atividade/mudancas/{limiar.pk}/desfazer/").status_code == 404
    assert Limiar.objects.count() == 1


@pytest.mark.parametrize(
    ("troca", "frase"),
    [
        ({"ciclo_inativo": ""}, "Inativo depois de (vezes o ciclo): Diga quantos."),
        ({"ciclo_inativo": "1"}, "O múltiplo de quase inativo deve ser menor que o de inativo."),
        ({"ciclo_quase_min": "200"}, "o mínimo de dias não pode passar do máximo"),
        ({"ciclo_quase": "muito"}, "Use um número, como 1,5."),
    ],
)
def test_regra_por_ciclo_sem_sentido_volta_com_a_frase(
    troca: dict[str, str], frase: str, davi: Any, entrar: Any
) -> None:
    resposta = entrar(davi).post("/atividade/", REGRA | CICLO | troca)
    assert resposta.status_code == 422
    assert frase in texto(resposta)
    assert not Limiar.objects.exists()


def test_planilha_diz_a_regra_quando_se_pede(davi: Any, entrar: Any, empresa: Empresa, cliente: Any) -> None:
    calcular(empresa)
    com, sem = (
        b"".join(entrar(davi).get(f"/clientes/exportar/?formato=csv{x}").streaming_content).decode(
            "utf-8-sig"
        )
        for x in ("&regra=1", "")
    )
    assert com.splitlines()[0] == sem.splitlines()[0] + ";Por que esta situação"
    assert "Regra padrão: 6 meses." in com
