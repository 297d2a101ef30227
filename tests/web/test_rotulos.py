"""Os nomes que a empresa dá às situações aparecem em tudo; com várias empresas, valem os de fábrica."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta

from atividade import rotulos
from atividade.models import ParametrosDaAtividade
from atividade.recalculo import recalcular
from atividade.retratos import fotografar
from atividade.rotulos import mudar_rotulos
from carteira.graficos import situacoes
from contas.models import Empresa, RegistroDeAuditoria, Vinculo
from notificacoes.models import Mensagem
from notificacoes.resumos import escrever_resumos
from notificacoes.rodadas import Noite, Pronta
from notificacoes.volumes import escrever_volumes
from tests.web.paginas_abertas import lido
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


PROPRIOS = {
    "inativo": {"um": "Perdido", "muitos": "Perdidos"},
    "quase_inativo": {"um": "Em alerta", "muitos": "Em alerta"},
    "ativo": {"um": "Em dia", "muitos": "Em dia"},
    "recente": {"um": "de agora", "muitos": "de agora"},
}
DE_FABRICA = re.compile(r"(?<![\w-])(quase )?inativ[oa]s?(?![\w-])", re.IGNORECASE)


@pytest.fixture
def nomeada(empresa: Empresa, davi: Any) -> Empresa:
    mudar_rotulos(empresa=empresa, rotulos=PROPRIOS, por=davi)
    return empresa


def test_na_tela_nao_sobra_o_nome_de_fabrica(davi: Any, entrar: Any, nomeada: Empresa, carteira: Any) -> None:
    """Só a regra, dita por extenso, fala em inativo: é o conceito, e não a situação de alguém."""
    navegador = entrar(davi)
    for endereco in (
        "/composicao/",
        "/composicao/?medir=valor",
        "/composicao/?data=2026-10-31",
        "/composicao/clientes/?data=2026-10-31",
        "/composicao/clientes/?data=2026-10-31&status=inativo&marca=recente",
        "/composicao/mudancas/?dias=90",
        "/relatorio-de-risco/",
        "/relatorio-de-risco/?uf=AC",
        "/clientes/",
        "/clientes/?status=inativo",
    ):
        pagina = re.sub(r"inativo após \d+ \w+", "", texto(navegador.get(endereco)))
        sobras = [pagina[max(0, m.start() - 40) : m.end() + 20] for m in DE_FABRICA.finditer(pagina)]
        assert not sobras, endereco


def test_planilha_diz_os_rotulos_ate_na_ultima_linha(
    davi: Any, ana: Any, entrar: Any, nomeada: Empresa, carteira: Any, novo_cliente: Any
) -> None:
    """O CSV sai aos pedaços, depois da página: as linhas dele dizem o mesmo que as do XLSX."""
    novo_cliente("V", vendedor=ana, compras=[(date(2026, 3, 20), "10"), (date(2026, 8, 10), "10")])
    calcular(nomeada)
    navegador = entrar(davi)
    for endereco, ditos in (
        ("/clientes/exportar/?regra=1", ("Perdido desde", "Em alerta desde")),
        ("/relatorio-de-risco/planilha/?", ("Em alerta em", "Perdido em", "Vira perdido em")),
        ("/composicao/clientes/?data=2026-10-31", ("Em alerta em", "Perdido em", "Em dia")),
        ("/atividade/evidencias/nomes/?regra=hoje&corte=2026-03-31", ("Em alerta em", "Em dia")),
    ):
        for formato in ("csv", "xlsx"):
            planilha = lido(navegador.get(f"{endereco}&formato={formato}"))
            for dito in ditos:
                assert dito in planilha, (dito, endereco, formato)
            sem_a_regra = re.sub(r"inativo após \d+ \w+", "", planilha)
            assert not DE_FABRICA.findall(sem_a_regra), (endereco, formato)


def test_e_mails_dizem_os_rotulos_no_assunto_no_titulo_e_no_corpo(
    ana: Any, bruno: Any, nomeada: Empresa, novo_cliente: Any
) -> None:
    ontem = HOJE - timedelta(days=1)
    novo_cliente("T", vendedor=ana, compras=[(HOJE - relativedelta(months=6), "10")])
    novo_cliente("U", vendedor=ana, compras=[(HOJE - relativedelta(months=6), "20")])
    recalcular(empresa=nomeada, referencia=ontem, hoje=ontem)
    recalcular(empresa=nomeada, referencia=HOJE, hoje=HOJE)
    fotografar(empresa=nomeada, data=HOJE)
    noite = Noite(HOJE, [Pronta(nomeada, HOJE, ontem, volume_devido=True)])
    assert (escrever_resumos(noite), escrever_volumes(noite)) == (1, 1)
    resumo, volume = (Mensagem.objects.get(pessoa=p) for p in (ana, bruno))
    assert resumo.assunto == "2 clientes viraram perdidos"
    assert "2 clientes seus viraram perdidos." in resumo.html
    assert "Viraram perdidos" in resumo.html
    assert "2 clientes seus viraram perdidos desde o último resumo." in resumo.texto
    assert volume.assunto == "Semana da equipe: 0 em alerta e 2 perdidos"
    assert "0 em alerta, 2 perdidos, de 2 clientes" in volume.texto
    for mensagem in (resumo, volume):
        visivel = re.sub(r"<style.*?</style>|<[^>]+>", " ", mensagem.html)
        assert not DE_FABRICA.search(mensagem.assunto + mensagem.texto + visivel)


def test_regra_de_um_cliente_fala_os_rotulos_da_empresa_dele(
    davi: Any, entrar: Any, nomeada: Empresa, carteira: Any
) -> None:
    """Com duas empresas que não dizem o mesmo, a página de um cliente é a da empresa dele."""
    Vinculo.objects.create(usuario=davi, empresa=Empresa.objects.create(codigo="2", nome="Filial"))
    pagina = texto(entrar(davi).get(f"/atividade/clientes/{carteira.pk}/"))
    assert "Perdido depois de" in pagina
    assert "Em alerta: avisar" in pagina
