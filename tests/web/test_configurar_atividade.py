"""Configurar atividade: só quem pode muda, a prévia nada grava, tudo fica na história."""

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest

from atividade.limiares import configurar, regra_da_empresa, regra_do_segmento
from atividade.models import (
    EstadoDaExecucao,
    Execucao,
    Indicadores,
    Limiar,
    MudancaStatus,
    ParametrosDaAtividade,
)
from atividade.regras import Periodo
from carteira.recalculos import RECALCULO, recalcular_empresa
from clientes.models import Segmento
from contas.models import Empresa, RegistroDeAuditoria, Vinculo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
HOJE = date(2026, 11, 20)
LIMITES = {
    "periodo_n": "18",
    "periodo_unidade": "m",
    "antecedencia_n": "6",
    "antecedencia_unidade": "m",
    "antigo_n": "",
    "antigo_unidade": "m",
}
REGRA = {**LIMITES, "motivo": "A compra é anual", "vigente_desde": "2026-11-20"}


@pytest.fixture(autouse=True)
def tocadas(monkeypatch: Any) -> list[int]:
    """As campainhas que tocariam o recálculo."""
    toques: list[int] = []
    monkeypatch.setattr("carteira.tasks.tocar", lambda tarefa, empresa: toques.append(empresa))
    return toques


def texto(resposta: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", unescape(resposta.content.decode())))


def calcular(empresa: Empresa) -> None:
    recalcular_empresa(empresa.pk, por=Vinculo.objects.filter(empresa=empresa).first().usuario)
    empresa.refresh_from_db()


ACOES = (
    ("/atividade/", REGRA),
    ("/atividade/parametros/", {"dias_novidade": "1"}),
    ("/atividade/situacoes/", {"situacoes": ["faturado"]}),
)


@pytest.mark.parametrize("nome", ["ana", "bruno", "carla", "lia"])
def test_quem_nao_configura_recebe_403_e_nada_muda(
    nome: str, request: Any, entrar: Any, empresa: Empresa, davi: Any
) -> None:
    segmento = Segmento.objects.create(empresa=empresa, nome="Agro")
    regra = configurar(
        empresa=empresa, periodo=Periodo(6, "m"), antecedencia=Periodo(2, "m"), vigente_desde=HOJE, por=davi
    )
    navegador = entrar(request.getfixturevalue(nome))
    outras = (
        (f"/atividade/segmentos/{segmento.pk}/", REGRA),
        (f"/atividade/segmentos/{segmento.pk}/herdar/", {}),
    )
    for caminho, dados in (*ACOES, *outras, (f"/atividade/mudancas/{regra.pk}/desfazer/", {})):
        assert navegador.post(caminho, dados).status_code == 403
    for caminho in (
        "/atividade/",
        "/atividade/previa/",
        "/atividade/previa/clientes/",
        "/atividade/andamento/",
    ):
        assert navegador.get(caminho).status_code == 403
    assert list(Limiar.objects.all()) == [regra]
    assert not ParametrosDaAtividade.objects.exists()
    assert not Execucao.objects.exists()
    empresa.refresh_from_db()
    assert empresa.situacoes_que_contam == ["aberto", "faturado"]


def test_quem_so_le_ve_a_regra_em_vigor(ana: Any, davi: Any, entrar: Any, empresa: Empresa) -> None:
    agro = Segmento.objects.create(empresa=empresa, nome="Agro")
    comum = {"empresa": empresa, "vigente_desde": HOJE, "por": davi}
    configurar(**comum, periodo=Periodo(18, "m"), antecedencia=Periodo(6, "m"))
    configurar(**comum, segmento=agro, periodo=Periodo(180, "d"), antecedencia=Periodo(60, "d"))
    pagina = texto(entrar(ana).get("/atividade/regra/"))
    assert "18 meses sem comprar" in pagina
    assert "12 meses sem comprar" in pagina
    assert "Agro 120 dias 180 dias 20/11/2026" in pagina


def test_aplicar_guarda_a_regra_a_auditoria_e_pede_o_recalculo(
    davi: Any, entrar: Any, empresa: Empresa, tocadas: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        resposta = entrar(davi).post("/atividade/", REGRA)
    assert resposta.status_code == 302
    limiar = Limiar.objects.get()
    assert (str(limiar), limiar.motivo, limiar.por, limiar.vigente_desde) == (
        "18m/6m",
        "A compra é anual",
        davi,
        HOJE,
    )
    auditoria = RegistroDeAuditoria.objects.get(acao="atividade.limiar")
    assert (auditoria.por, auditoria.depois["regra"]) == (davi, "18m/6m")
    assert tocadas == [empresa.pk]
    assert Execucao.objects.get(rotina=RECALCULO).estado == EstadoDaExecucao.PENDENTE


def test_a_pagina_diz_que_recalcula_ate_o_recalculo_acabar(davi: Any, entrar: Any, empresa: Empresa) -> None:
    navegador = entrar(davi)
    navegador.post("/atividade/", REGRA)
    assert "Recalculando a carteira" in texto(navegador.get("/atividade/"))
    assert "Recalculando a carteira" in texto(navegador.get("/atividade/andamento/"))
    recalcular_empresa(empresa.pk)
    assert "Carteira recalculada" in texto(navegador.get("/atividade/andamento/"))
    assert "Recalculando" not in texto(navegador.get("/atividade/"))


def test_regra_marcada_para_depois_nao_recalcula_nem_vale_hoje(
    davi: Any, entrar: Any, empresa: Empresa
) -> None:
    resposta = entrar(davi).post("/atividade/", {**REGRA, "vigente_desde": "2026-12-01"}, follow=True)
    assert "passa a valer em 01/12/2026" in texto(resposta)
    assert not Execucao.objects.exists()
    assert regra_da_empresa(empresa, HOJE).limiar is None
    assert str(regra_da_empresa(empresa, date(2026, 12, 1)).limiar) == "18m/6m"


SEM_SENTIDO: tuple[tuple[dict[str, str], str], ...] = (
    ({"motivo": ""}, "Diga por que a regra muda"),
    ({"motivo": "   "}, "Diga por que a regra muda"),
    ({"periodo_n": ""}, "Diga quantos."),
    ({"periodo_n": "0"}, "maior ou igual a 1"),
    ({"periodo_n": "241"}, "O período deve ficar entre 1 e 240 meses."),
    ({"periodo_n": "dez"}, "Use um número inteiro."),
    ({"periodo_n": "99999999999999999999"}, "menor ou igual a 7300"),
    ({"antecedencia_n": "18"}, "A antecedência deve ser menor que o período."),
    (
        {"periodo_unidade": "d", "periodo_n": "90", "antecedencia_n": "1"},
        "Período em dias pede antecedência em dias.",
    ),
    (
        {"periodo_n": "1", "antecedencia_n": "30", "antecedencia_unidade": "d"},
        "A antecedência toma o período inteiro",
    ),
    ({"antigo_n": "18"}, "“Inativo antigo” deve começar depois de “inativo”."),
    ({"periodo_unidade": "x"}, "Faça uma escolha válida"),
    ({"vigente_desde": "2026-11-19"}, "Escolha hoje ou um dia depois"),
    ({"vigente_desde": "9999-12-31"}, "próximos dois anos"),
    ({"vigente_desde": "ontem"}, "Data não entendida."),
)


def test_regra_sem_sentido_volta_com_a_frase_e_nada_gravado(davi: Any, entrar: Any, empresa: Empresa) -> None:
    Empresa.objects.update(referencia=HOJE)
    navegador = entrar(davi)
    for troca, frase in SEM_SENTIDO:
        resposta = navegador.post("/atividade/", REGRA | troca)
        assert resposta.status_code == 422, troca
        assert frase in texto(resposta), troca
        assert not Limiar.objects.exists(), troca


def test_previa_conta_quem_muda_e_nao_grava_nada(
    davi: Any, ana: Any, entrar: Any, empresa: Empresa, novo_cliente: Any
) -> None:
    novo_cliente("C1", vendedor=ana, compras=[(HOJE - timedelta(days=400), "90")])
    novo_cliente("C2", vendedor=ana, compras=[(HOJE, "10")])
    calcular(empresa)
    antes = list(Indicadores.objects.order_by("pk").values())
    navegador = entrar(davi)
    resposta = navegador.get("/atividade/previa/", LIMITES)
    assert "Esta mudança move 1 cliente" in texto(resposta)
    assert "1 Inativo → para Quase inativo" in texto(resposta)
    elo = unescape(re.search(r'class="elo" href="([^"]+)"', resposta.content.decode())[1])
    nomes = texto(navegador.get(elo))
    assert (
        "1 cliente mudaria com a regra “inativo após 18 meses, aviso 6 meses antes”. Nada foi gravado."
        in nomes
    )
    assert "Cliente C1" in nomes
    assert "Cliente C2" not in nomes
    assert list(Indicadores.objects.order_by("pk").values()) == antes
    assert not Limiar.objects.exists()


def test_previa_com_limites_errados_explica_em_vez_de_contar(
    davi: Any, entrar: Any, empresa: Empresa
) -> None:
    Empresa.objects.update(referencia=HOJE)
    resposta = entrar(davi).get("/atividade/previa/", LIMITES | {"antecedencia_n": "20"})
    assert resposta.status_code == 200
    assert "A antecedência deve ser menor que o período." in texto(resposta)
    assert "move" not in texto(resposta)


def test_previa_avisa_quando_os_alertas_passam_de_40_por_vendedor(
    davi: Any, ana: Any, entrar: Any, empresa: Empresa, novo_cliente: Any
) -> None:
    for n in range(41):
        novo_cliente(f"C{n}", vendedor=ana, compras=[(HOJE - timedelta(days=16), "1")])
    novo_cliente("EM-DIA", compras=[(HOJE, "1")])  # pedidos em dia: a referência é hoje
    calcular(empresa)
    curta = LIMITES | {
        "periodo_n": "20",
        "periodo_unidade": "d",
        "antecedencia_n": "5",
        "antecedencia_unidade": "d",
    }
    aviso = texto(entrar(davi).get("/atividade/previa/", curta))
    assert (
        "Os alertas iriam de 0 para 41 : cerca de 41 por vendedor. Mais que 40 costuma virar ruído: Ana Souza teria 41"
        in aviso
    )


def test_regra_do_segmento_vale_so_para_ele_e_volta_a_geral(
    davi: Any, entrar: Any, empresa: Empresa, novo_cliente: Any
) -> None:
    agro = novo_cliente("C1", segmento="Agro").segmento
    navegador = entrar(davi)
    assert navegador.post(f"/atividade/segmentos/{agro.pk}/", REGRA).status_code == 302
    assert str(regra_do_segmento(agro, HOJE).regra) == "inativo após 18 meses, aviso 6 meses antes"
    assert regra_da_empresa(empresa, HOJE).limiar is None
    assert "Voltar à geral" in texto(navegador.get("/atividade/"))
    sem_motivo = navegador.post(f"/atividade/segmentos/{agro.pk}/herdar/", {"motivo": " "})
    assert (sem_motivo.status_code, Limiar.objects.count()) == (422, 1)
    assert "Diga por que a regra muda" in texto(sem_motivo)
    navegador.post(f"/atividade/segmentos/{agro.pk}/herdar/", {"motivo": "Igualou"})
    assert regra_do_segmento(agro, HOJE).limiar is None
    assert Limiar.objects.count() == 2


def test_previa_do_segmento_nao_mexe_nos_outros(
    davi: Any, entrar: Any, empresa: Empresa, novo_cliente: Any
) -> None:
    compras = [(HOJE - timedelta(days=400), "90")]
    agro = novo_cliente("C1", segmento="Agro", compras=compras).segmento
    novo_cliente("C2", segmento="Tintas", compras=[*compras, (HOJE - timedelta(days=401), "5")])
    novo_cliente("EM-DIA", compras=[(HOJE, "1")])
    calcular(empresa)
    navegador = entrar(davi)
    assert "move 1 cliente" in texto(
        navegador.get(f"/atividade/previa/?segmento={agro.pk}", LIMITES | {"segmento": agro.pk})
    )
    assert "move 2 clientes" in texto(navegador.get("/atividade/previa/", LIMITES))


def test_desfazer_volta_a_regra_de_antes_com_linha_nova(davi: Any, entrar: Any, empresa: Empresa) -> None:
    navegador = entrar(davi)
    navegador.post("/atividade/", REGRA)
    navegador.post("/atividade/", {**REGRA, "periodo_n": "12", "antecedencia_n": "3", "motivo": "Encurtou"})
    ultima = Limiar.objects.latest("pk")
    navegador.post(f"/atividade/mudancas/{ultima.pk}/desfazer/")
    assert [str(lim) for lim in Limiar.objects.order_by("pk")] == ["18m/6m", "12m/3m", "18m/6m"]
    assert str(regra_da_empresa(empresa, HOJE).limiar) == "18m/6m"
    assert Limiar.objects.latest("pk").motivo == "Desfeita a mudança de 20/11/2026"


def test_desfazer_a_primeira_regra_volta_ao_padrao(davi: Any, entrar: Any, empresa: Empresa) -> None:
    navegador = entrar(davi)
    navegador.post("/atividade/", REGRA)
    navegador.post(f"/atividade/mudancas/{Limiar.objects.get().pk}/desfazer/")
    assert regra_da_empresa(empresa, HOJE).origem == "regra padrão"


def test_so_a_ultima_mudanca_se_desfaz(davi: Any, entrar: Any) -> None:
    navegador = entrar(davi)
    navegador.post("/atividade/", REGRA)
    primeira = Limiar.objects.get()
    navegador.post("/atividade/", {**REGRA, "periodo_n": "12", "motivo": "Encurtou"})
    resposta = navegador.post(f"/atividade/mudancas/{primeira.pk}/desfazer/", follow=True)
    assert "Só a última mudança pode ser desfeita" in texto(resposta)
    assert Limiar.objects.count() == 2


def test_historia_mostra_de_para_motivo_e_efeito(
    davi: Any, ana: Any, entrar: Any, empresa: Empresa, novo_cliente: Any
) -> None:
    for n in range(3):
        novo_cliente(f"C{n}", vendedor=ana, compras=[(HOJE - timedelta(days=16), "1")])
    novo_cliente("EM-DIA", compras=[(HOJE, "1")])  # pedidos em dia: a referência é hoje
    calcular(empresa)
    curta = {
        **REGRA,
        "periodo_n": "20",
        "periodo_unidade": "d",
        "antecedencia_n": "5",
        "antecedencia_unidade": "d",
    }
    navegador = entrar(davi)
    navegador.post("/atividade/", curta)
    recalcular_empresa(empresa.pk)
    assert set(MudancaStatus.objects.values_list("motivo", flat=True)) == {"configuracao"}
    historia = texto(navegador.get("/atividade/"))
    assert "20/11/2026 Davi Rocha Geral – 15 / 20 dias A compra é anual +3 quase inativos" in historia


def test_empresa_vem_da_url_e_a_dos_outros_e_404(davi: Any, entrar: Any, empresa: Empresa) -> None:
    outra = Empresa.objects.create(codigo="2", nome="Filial Norte")
    navegador = entrar(davi)
    for caminho in ("/atividade/", "/atividade/previa/", "/atividade/regra/"):
        assert navegador.get(f"{caminho}?empresa={outra.pk}").status_code == 404
        assert navegador.get(f"{caminho}?empresa=abc").status_code == 404
    assert navegador.post(f"/atividade/?empresa={outra.pk}", REGRA).status_code == 404
    Vinculo.objects.create(usuario=davi, empresa=outra)
    assert navegador.post(f"/atividade/?empresa={outra.pk}", REGRA).status_code == 302
    assert Limiar.objects.get().empresa == outra
    segmento = Segmento.objects.create(empresa=empresa, nome="Agro")
    assert navegador.post(f"/atividade/segmentos/{segmento.pk}/?empresa={outra.pk}", REGRA).status_code == 404


def test_preset_pela_url_preenche_o_formulario(davi: Any, entrar: Any) -> None:
    html = entrar(davi).get("/atividade/?preset=3").content.decode()
    assert re.search(r'id="id_periodo_n"[^>]*value="18"', html)
    assert entrar(davi).get("/atividade/?preset=999").status_code == 200


def test_histograma_so_aparece_com_recompras_e_diz_a_mediana(
    davi: Any, ana: Any, entrar: Any, empresa: Empresa, novo_cliente: Any
) -> None:
    navegador = entrar(davi)
    assert "Ainda não há clientes com duas compras" in texto(navegador.get("/atividade/"))
    for n, intervalo in enumerate((30, 30, 40, 50, 90)):
        novo_cliente(f"C{n}", vendedor=ana, compras=[(HOJE - timedelta(days=intervalo), "1"), (HOJE, "1")])
    calcular(empresa)
    pagina = texto(navegador.get("/atividade/"))
    assert "5 clientes com duas compras ou mais · mediana 40 dias" in pagina
    assert "80% dos clientes voltam a comprar em até 50 dias." in pagina


def test_consultas_da_pagina_nao_crescem(
    davi: Any, ana: Any, entrar: Any, empresa: Empresa, novo_cliente: Any, django_assert_max_num_queries: Any
) -> None:
    navegador, contagens = entrar(davi), []
    for quantos in (5, 50):
        for n in range(quantos):
            novo_cliente(f"{quantos}-{n}", vendedor=ana, segmento=f"S{n}", compras=[(HOJE, "1")])
        calcular(empresa)
        with django_assert_max_num_queries(40) as consultas:
            assert navegador.get("/atividade/").status_code == 200
        contagens.append(len(consultas))
    assert contagens[0] == contagens[1]
