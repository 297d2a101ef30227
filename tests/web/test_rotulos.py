"""Os nomes que a empresa dá às situações aparecem em tudo; com várias empresas, valem os de fábrica."""

from datetime import timedelta
from typing import Any

import pytest

from atividade import rotulos
from atividade.models import ParametrosDaAtividade
from carteira.graficos import situacoes
from contas.models import Empresa, RegistroDeAuditoria, Vinculo
from tests.web.test_configurar_atividade import HOJE, calcular, texto

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
NOMES = {
    "quase_inativo_um": "Em alerta",
    "quase_inativo_muitos": "Em alerta",
    "inativo_um": "Perdido",
    "inativo_muitos": "Perdidos",
    "novo_um": "estreante",
    "novo_muitos": "estreantes",
    "motivo": "É como a equipe fala",
}


@pytest.fixture
def carteira(empresa: Empresa, ana: Any, novo_cliente: Any) -> Any:
    novo_cliente("N", vendedor=ana, compras=[(HOJE, "10")])
    perdido = novo_cliente("P", vendedor=ana, compras=[(HOJE - timedelta(days=400), "10")])
    novo_cliente("Q", vendedor=ana, compras=[(HOJE - timedelta(days=150), "10")])
    calcular(empresa)
    return perdido


def test_rotulos_aparecem_em_lista_ficha_composicao_planilha_e_e_mail(
    davi: Any, ana: Any, bruno: Any, entrar: Any, empresa: Empresa, carteira: Any
) -> None:
    assert entrar(davi).post("/atividade/rotulos/", NOMES).status_code == 302
    lista = texto(entrar(ana).get("/clientes/"))
    for dito in ("Perdidos 1", "Em alerta 1", "estreante", "Perdido : por quê Perdido desde"):
        assert dito in lista, dito
    assert "Quase inativo" not in lista
    ficha = texto(entrar(ana).get(f"/clientes/{carteira.pk}/"))
    assert "Está perdido desde" in ficha
    assert "Perdidos" in texto(entrar(bruno).get("/composicao/"))
    csv = b"".join(entrar(davi).get("/clientes/exportar/?formato=csv").streaming_content).decode("utf-8-sig")
    assert ";Perdido;" in csv
    assert ";Em alerta;" in csv
    assert ";Ativo;estreante;" in csv
    with rotulos.usar(lambda: rotulos.da_pessoa(ana)):
        assert situacoes.PLURAIS["inativo"] == "Perdidos"
    assert situacoes.PLURAIS["inativo"] == "Inativos"


def test_so_o_que_difere_da_fabrica_se_guarda_com_motivo_e_se_desfaz(
    davi: Any, entrar: Any, empresa: Empresa
) -> None:
    navegador = entrar(davi)
    assert navegador.post("/atividade/rotulos/", NOMES | {"motivo": ""}).status_code == 422
    assert not ParametrosDaAtividade.objects.exclude(rotulos={}).exists()
    navegador.post("/atividade/rotulos/", NOMES)
    assert ParametrosDaAtividade.objects.get().rotulos == {
        "quase_inativo": {"um": "Em alerta", "muitos": "Em alerta"},
        "inativo": {"um": "Perdido", "muitos": "Perdidos"},
        "novo": {"um": "estreante", "muitos": "estreantes"},
    }
    pagina = texto(navegador.get("/atividade/"))
    assert "Quase inativo: Quase inativo → Em alerta" in pagina
    assert "É como a equipe fala" in pagina
    registro = RegistroDeAuditoria.objects.get(acao="atividade.rotulos")
    navegador.post(f"/atividade/parametros/{registro.pk}/desfazer/")
    assert ParametrosDaAtividade.objects.get().rotulos == {}
    assert RegistroDeAuditoria.objects.filter(acao="rotina.recalcular").count() == 0


@pytest.mark.parametrize(
    ("troca", "frase"),
    [
        ({"inativo_um": "ativo"}, "Duas situações não podem ter o mesmo nome."),
        ({"inativo_um": "x" * 25}, "no máximo 24"),
    ],
)
def test_nome_que_enganaria_e_recusado(troca: dict[str, str], frase: str, davi: Any, entrar: Any) -> None:
    resposta = entrar(davi).post("/atividade/rotulos/", NOMES | troca)
    assert resposta.status_code == 422
    assert frase in texto(resposta)
    assert not ParametrosDaAtividade.objects.exclude(rotulos={}).exists()


def test_com_duas_empresas_na_tela_valem_os_de_fabrica(
    davi: Any, entrar: Any, empresa: Empresa, carteira: Any
) -> None:
    navegador = entrar(davi)
    navegador.post("/atividade/rotulos/", NOMES)
    outra = Empresa.objects.create(codigo="2", nome="Filial", referencia=HOJE)
    Vinculo.objects.create(usuario=davi, empresa=outra)
    assert "Inativos 1" in texto(navegador.get("/clientes/"))
    assert "Perdidos 1" in texto(navegador.get(f"/clientes/?empresa={empresa.pk}"))
    assert "Está perdido desde" in texto(navegador.get(f"/clientes/{carteira.pk}/"))


def test_quem_nao_configura_nao_muda_os_nomes(ana: Any, lia: Any, entrar: Any, empresa: Empresa) -> None:
    for pessoa in (ana, lia):
        assert entrar(pessoa).post("/atividade/rotulos/", NOMES).status_code == 403
    assert not ParametrosDaAtividade.objects.exclude(rotulos={}).exists()
