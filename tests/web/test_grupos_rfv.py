"""Os grupos do RFV ajustados: a prévia conta quem muda, gravar vale em toda a carteira, e há volta."""

from typing import Any

import pytest

from atividade.models import Indicadores, ParametrosDaAtividade
from atividade.rfv import GRUPOS, com_ajustes, grupo_de, posicao_nas, tabela_da
from contas.models import Empresa, RegistroDeAuditoria
from tests.web.carteira_de_teste import indicar
from tests.web.test_configurar_atividade import HOJE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
NOTAS = {"A": (5, 5, 5), "B": (4, 4, 4), "C": (3, 1, 1), "D": (1, 1, 5)}


@pytest.fixture
def carteira(ana: Any, novo_cliente: Any) -> None:
    """A e B são campeões, C pede atenção e D não dá para perder; P nunca comprou."""
    for codigo, (r, f, v) in NOTAS.items():
        indicar(
            novo_cliente(codigo, vendedor=ana), HOJE, status="ativo", valor_12m=100, rfv_r=r, rfv_f=f, rfv_v=v
        )
    novo_cliente("P", vendedor=ana)


def envio(**mudancas: Any) -> dict[str, Any]:
    """O formulário como nasce, com o que se mudou nele."""
    dados: dict[str, Any] = {}
    for grupo in GRUPOS:
        dados[f"{grupo.chave}_nome"] = grupo.nome
        for nota in "rfv":
            dados[f"{grupo.chave}_{nota}_de"], dados[f"{grupo.chave}_{nota}_ate"] = getattr(grupo, nota)
    return dados | mudancas


SO_OS_CINCO = {"campeoes_r_de": 5, "campeoes_nome": "Diamante", "motivo": "O topo é só o 5"}


def test_a_previa_conta_quem_muda_e_gravar_vale_na_lista_e_no_banco(
    carteira: None, ana: Any, davi: Any, empresa: Empresa, entrar: Any
) -> None:
    navegador = entrar(davi)
    aberta = navegador.get("/atividade/rfv/").context["previa"]
    assert (aberta.mudam, aberta.clientes) == (0, 4)
    previa = navegador.post("/atividade/rfv/", envio(**SO_OS_CINCO) | {"previa": "1"}).context["previa"]
    assert [(de, para, n) for de, para, n, _ in previa.mudancas] == [("Campeões", "Leais", 1)]
    assert {g.nome: depois for g, _, depois in previa.por_grupo if depois} == {
        "Diamante": 1, "Leais": 1, "Não dá para perder": 1, "Pedem atenção": 1,
    }  # fmt: skip
    assert not ParametrosDaAtividade.objects.exclude(grupos_rfv={}).exists(), "ver não grava"
    assert navegador.post("/atividade/rfv/", envio(**SO_OS_CINCO) | {"gravar": "1"}).status_code == 302
    empresa = Empresa.objects.select_related("parametros").get(pk=empresa.pk)
    assert list(empresa.parametros.grupos_rfv) == ["campeoes"]
    tabela = tabela_da(empresa)
    no_banco = dict(Indicadores.objects.values_list("cliente__codigo", posicao_nas({empresa.pk: empresa})))
    assert no_banco.pop("P") is None
    assert {c: tabela[lugar] for c, lugar in no_banco.items()} == {
        c: grupo_de(*notas, tabela) for c, notas in NOTAS.items()
    }
    lista = entrar(ana).get("/clientes/?e=rfv.em.campeoes&colunas=rfv")
    assert [linha.cliente.codigo for linha in lista.context["linhas"]] == ["A"]
    assert "Diamante" in lista.content.decode()


def test_desfazer_e_voltar_ao_padrao(carteira: None, davi: Any, entrar: Any) -> None:
    navegador = entrar(davi)
    navegador.post("/atividade/rfv/", envio(**SO_OS_CINCO) | {"gravar": "1"})
    fabrica = navegador.get("/atividade/rfv/?fabrica=1").context["previa"]
    assert [(de, para, n) for de, para, n, _ in fabrica.mudancas] == [("Leais", "Campeões", 1)]
    registro = RegistroDeAuditoria.objects.get(acao="atividade.rfv")
    assert (registro.depois["motivo"], list(registro.depois["grupos"])) == ("O topo é só o 5", ["campeoes"])
    assert "Diamante, R 5 a 5, F 4 a 5, V 4 a 5" in navegador.get("/atividade/").content.decode()
    volta = navegador.post(f"/atividade/parametros/{registro.pk}/desfazer/", {"voltar": "/atividade/rfv/"})
    assert volta["Location"] == "/atividade/rfv/"
    assert ParametrosDaAtividade.objects.get().grupos_rfv == {}
    navegador.post("/atividade/rfv/", envio() | {"gravar": "1"})
    assert RegistroDeAuditoria.objects.filter(acao="atividade.rfv").count() == 2, (
        "igual ao que é não se grava"
    )


@pytest.mark.parametrize(
    ("mudanca", "recusa"),
    [
        ({"adormecidos_r_ate": 1}, "não cabem em nenhum grupo"),
        ({"leais_f_de": 5, "leais_f_ate": 3}, "do menor ao maior"),
        ({"leais_nome": "campeões"}, "Dois grupos não podem ter o mesmo nome"),
    ],
)
def test_a_tabela_que_enganaria_nao_se_grava(
    carteira: None, davi: Any, entrar: Any, mudanca: dict[str, Any], recusa: str
) -> None:
    resposta = entrar(davi).post("/atividade/rfv/", envio(**mudanca) | {"gravar": "1"})
    assert resposta.status_code == 422
    assert recusa in resposta.content.decode()
    assert not ParametrosDaAtividade.objects.exclude(grupos_rfv={}).exists()


def test_grupo_que_os_de_cima_esvaziam_e_dito(carteira: None, davi: Any, entrar: Any) -> None:
    tudo = {f"campeoes_{n}_de": 1 for n in "rfv"}
    html = entrar(davi).post("/atividade/rfv/", envio(**tudo) | {"previa": "1"}).content.decode()
    assert "os grupos de cima levam tudo" in html


def test_em_duas_empresas_cada_uma_pela_sua_tabela(carteira: None, empresa: Empresa) -> None:
    ajustes = {"campeoes": {"nome": "Diamante", "r": [5, 5], "f": [4, 5], "v": [4, 5]}}
    outra = Empresa(pk=empresa.pk + 1)
    outra.parametros = ParametrosDaAtividade(grupos_rfv={})
    empresa.parametros = ParametrosDaAtividade(grupos_rfv=ajustes)
    lugares = posicao_nas({empresa.pk: empresa, outra.pk: outra})
    no_banco = dict(Indicadores.objects.values_list("cliente__codigo", lugares))
    assert GRUPOS[no_banco["B"]].chave == "leais" == grupo_de(*NOTAS["B"], com_ajustes(ajustes)).chave
    assert GRUPOS[no_banco["A"]].chave == "campeoes"
