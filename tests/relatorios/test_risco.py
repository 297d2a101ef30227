"""Quem entra no relatório de risco, em que ordem, e o que se diz de cada um."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from atividade.models import Indicadores
from clientes.models import Agendamento
from contas.models import Empresa, Usuario
from relatorios.composicao import Recorte
from relatorios.risco import Relatorio, relatorio, todas_as_linhas
from tests.conftest import HOJE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("calculada")]
AGORA = datetime(2026, 11, 20, 9, 0, tzinfo=ZoneInfo("America/Sao_Paulo"))


def codigos(feito: Relatorio) -> list[str]:
    return [linha.cliente.codigo for linha in feito.linhas]


def ler(pessoa: Usuario, limite: int = 1000, **recorte: tuple[str, ...]) -> Relatorio:
    return relatorio(pessoa, Recorte(**recorte), limite=limite)


def test_entram_quase_inativos_e_ativos_fora_do_ritmo_pela_perda_esperada(
    ana: Usuario, em_risco: Any
) -> None:
    em_risco("B", ana, valor="500")
    em_risco("A", ana, valor="500")
    em_risco("C", ana, valor="9000")
    em_risco("R", ana, valor="20", ha=39)  # 39 dias = 1,3 vez o ciclo de 30
    em_risco("N", ana, valor="9999", ha=38)
    feito = ler(ana)
    assert codigos(feito) == ["C", "A", "B", "R"]
    assert [linha.posto for linha in feito.linhas] == [1, 2, 3, 4]
    assert (feito.total, feito.valor, feito.restantes) == (4, Decimal(10020), 0)
    assert feito.linhas[3].situacao == "Fora do ritmo"
    assert feito.linhas[3].prazo == "Quase inativo em 21 dias"
    assert (feito.linhas[0].prazo, feito.linhas[0].conversa) == ("Vira inativo em 36 dias", "Nunca contatado")


def test_cada_um_ve_o_seu_e_o_filtro_nao_alarga(
    ana: Usuario, bruno: Usuario, carla: Usuario, davi: Usuario, em_risco: Any
) -> None:
    em_risco("A", ana)
    em_risco("C", carla)
    em_risco("S", None)
    assert codigos(ler(ana)) == ["A"]
    assert codigos(ler(bruno)) == ["A"]
    assert codigos(ler(davi)) == ["A", "C", "S"]
    assert codigos(ler(davi, vendedor=(str(carla.pk),))) == ["C"]
    assert codigos(ler(ana, vendedor=(str(carla.pk),))) == []
    davi.papel = "estranho"
    assert codigos(ler(davi)) == []


def test_quem_nao_entra_fica_contado(ana: Usuario, em_risco: Any) -> None:
    em_risco("A", ana)
    em_risco("B", ana, bloqueado=True)
    em_risco("D", ana, adiado_ate=HOJE + timedelta(days=1))
    em_risco("E", ana, adiado_ate=HOJE + timedelta(days=9))
    em_risco("S", ana, nao_contatar=["ligacao", "whatsapp", "visita", "email"])
    em_risco("F", ana, encerrado_em=HOJE)
    feito = ler(ana)
    assert codigos(feito) == ["A"]
    assert feito.ocultos == {"bloqueado": 1, "adiado": 2, "sem_contato": 1}
    assert feito.motivos_dos_ocultos == "2 adiados, 1 bloqueado, 1 que não quer contato"


def test_agenda_e_contato_dizem_o_que_saber_antes(ana: Usuario, em_risco: Any) -> None:
    combinado, falado = em_risco("A", ana), em_risco("B", ana, valor="10")
    da_ana = {"cliente": combinado, "responsavel": ana, "criado_por": ana}
    Agendamento.objects.create(**da_ana, em=date(2026, 11, 24), nota="Levar a tabela nova " * 4)
    Agendamento.objects.create(**da_ana, em=date(2026, 11, 21), cancelado_em=AGORA)
    Indicadores.objects.filter(pk=falado.pk).update(ultimo_contato_em=AGORA - timedelta(days=40))
    primeira, segunda = ler(ana).linhas
    assert primeira.conversa == "Agenda 24/11: Levar a tabela nova Levar a tabela nova Levar …"
    assert segunda.conversa == "Sem contato há 40 dias"
    Indicadores.objects.filter(pk=falado.pk).update(ultimo_contato_em=AGORA)
    assert ler(ana).linhas[1].conversa == "Contato feito hoje"


def test_o_limite_corta_e_diz_quantos_faltam_e_a_planilha_traz_todos(ana: Usuario, em_risco: Any) -> None:
    for n in range(8):
        em_risco(f"C{n}", ana, valor=f"{1000 - n}")
    feito = ler(ana, limite=6)
    assert (codigos(feito), feito.restantes) == ([f"C{n}" for n in range(6)], 2)
    assert feito.parte_dos_maiores == Decimal(499000) / Decimal(7972)
    todas = list(todas_as_linhas(ana, Recorte()))
    assert [(linha.posto, linha.cliente.codigo) for linha in todas] == [(n + 1, f"C{n}") for n in range(8)]


def test_duas_empresas_se_misturam_pela_perda_cada_uma_na_sua_data(
    davi: Usuario, em_risco: Any, empresa: Empresa
) -> None:
    outra = Empresa.objects.create(codigo="2", nome="Filial", referencia=HOJE - timedelta(days=10))
    sem_data = Empresa.objects.create(codigo="3", nome="Nova")
    for nova in (outra, sem_data):
        davi.vinculos.create(empresa=nova)
    em_risco("A", None, valor="500")
    em_risco("Z", None, valor="9000", empresa=outra)
    em_risco("N", None, empresa=sem_data)
    feito = ler(davi)
    assert [(linha.cliente.codigo, linha.recencia) for linha in feito.linhas] == [("Z", 74), ("A", 84)]
    assert [linha.cliente.codigo for linha in todas_as_linhas(davi, Recorte())] == ["Z", "A"]
    assert codigos(ler(davi, empresa=(str(empresa.pk),))) == ["A"]
    assert feito.referencia == HOJE


def test_o_numero_de_consultas_nao_cresce_com_a_carteira(ana: Usuario, em_risco: Any) -> None:
    em_risco("A", ana)
    with CaptureQueriesContext(
        connection,
    ) as uma:
        ler(ana)
    for n in range(30):
        em_risco(f"C{n}", ana)
    with CaptureQueriesContext(connection) as muitas:
        for linha in ler(ana).linhas:
            assert (linha.documento, linha.lugar, linha.telefone, linha.conversa) == (
                "",
                "",
                "",
                "Nunca contatado",
            )
    assert len(muitas) == len(uma) <= 7
