"""O retorno dos avisos: avisados, contatados no prazo, compraram; e só o que cada um vê."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from atividade.recalculo import recalcular
from atividade.retratos import preencher
from clientes.models import Agendamento, Cliente, Contato, Ocorrencia
from contas.models import Cobertura, Empresa, Equipe, Usuario
from notificacoes.models import Aviso, ItemDeMensagem, Mensagem
from notificacoes.retorno import (
    Grupo,
    Medida,
    Prazo,
    Retorno,
    alertas_visiveis,
    clientes_da,
    do_periodo,
    intocados_por_faixa,
    nome_das_regras,
    retorno_por,
    retornos_da_semana,
)
from notificacoes.situacao_da_equipe import agendas_atrasadas_por, volumes_de
from tests.conftest import SAO_PAULO, novo_pedido

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
HOJE = date(2026, 11, 20)
DIA = date(2026, 11, 2)


def alertar(pessoa: Usuario, cliente: Cliente, dia: date = DIA, regra: str = "resumo_diario") -> None:
    ItemDeMensagem.objects.create(
        regra=regra, pessoa=pessoa, cliente=cliente, evento=f"{dia}", ordem=1, decidido_em=dia
    )


def falar(
    cliente: Cliente, quem: Usuario, dia: date, hora: int = 10, resultado: str = "Vai pensar", **campos: Any
) -> Contato:
    contato: Contato = Contato.objects.create(
        cliente=cliente, canal="ligacao", ocorrencia=Ocorrencia.objects.get(nome=resultado), atendente=quem,
        em=datetime(dia.year, dia.month, dia.day, hora, tzinfo=SAO_PAULO), chave=uuid.uuid4(), **campos,
    )  # fmt: skip
    return contato


def medir(usuario: Usuario, **mais: Any) -> Retorno:
    prazo = Prazo(DIA, HOJE, HOJE, **mais)
    return retorno_por(do_periodo(alertas_visiveis(usuario), prazo), prazo, None).get("", Retorno())


@pytest.fixture
def pronta(empresa: Empresa) -> Empresa:
    Empresa.objects.filter(pk=empresa.pk).update(referencia=HOJE)
    empresa.refresh_from_db()
    return empresa


@pytest.mark.parametrize(
    ("dia", "hora", "resultado", "conta"),
    [
        (DIA - timedelta(days=1), 23, "Vai pensar", False),  # antes do aviso
        (DIA, 0, "Vai pensar", True),  # no dia, desde a meia-noite daqui
        (DIA + timedelta(days=7), 23, "Vai pensar", True),  # o último dia do prazo, inteiro
        (DIA + timedelta(days=8), 0, "Vai pensar", False),
        (DIA, 10, "Não atendeu", False),  # tentativa não é contato
    ],
)
def test_contatado_e_o_efetivo_no_prazo(
    dia: date, hora: int, resultado: str, conta: bool, ana: Usuario, novo_cliente: Any, pronta: Empresa
) -> None:
    cliente = novo_cliente("A1", vendedor=ana)
    alertar(ana, cliente)
    falar(cliente, ana, dia, hora, resultado)
    assert medir(ana) == Retorno(alertados=1, contatados=int(conta))


@pytest.mark.parametrize(
    ("estado", "alertados"),
    [("enviada", 1), ("incerto", 1), ("pendente", 1), ("morta", 0), ("cancelada", 0), ("suspensa", 0)],
)
def test_o_email_que_nao_saiu_nao_alertou_ninguem_salvo_na_central(
    estado: str, alertados: int, ana: Usuario, novo_cliente: Any, pronta: Empresa
) -> None:
    mensagem = Mensagem.objects.create(
        chave="m", tipo="resumo_diario", pessoa=ana, para=ana.email, assunto="Resumo", texto="…",
        message_id="<m@x>", estado=estado,
    )  # fmt: skip
    alertar(ana, novo_cliente("A1", vendedor=ana))
    ItemDeMensagem.objects.update(mensagem=mensagem)
    assert medir(ana).alertados == alertados
    ItemDeMensagem.objects.update(
        aviso=Aviso.objects.create(chave="a", pessoa=ana, tipo="resumo", titulo="Resumo")
    )
    assert medir(ana).alertados == 1


def test_contato_desfeito_nao_conta_e_o_de_outra_pessoa_conta(
    ana: Usuario, bruno: Usuario, novo_cliente: Any, pronta: Empresa
) -> None:
    um, outro = novo_cliente("A1", vendedor=ana), novo_cliente("A2", vendedor=ana)
    alertar(ana, um)
    alertar(ana, outro)
    falar(um, ana, DIA, desfeito_em=datetime(2026, 11, 3, 9, tzinfo=SAO_PAULO))
    falar(outro, bruno, DIA)
    assert medir(ana).contatados == 1


@pytest.mark.parametrize(
    ("dia", "situacao", "conta"),
    [
        (DIA + timedelta(days=3), "faturado", False),  # antes do contato: não foi ele
        (DIA + timedelta(days=4), "faturado", True),
        (DIA + timedelta(days=14), "faturado", True),  # o último dia, com M = 14
        (DIA + timedelta(days=15), "faturado", False),
        (DIA + timedelta(days=5), "cancelado", False),
    ],
)
def test_comprou_e_o_pedido_que_conta_depois_do_contato(
    dia: date, situacao: str, conta: bool, ana: Usuario, novo_cliente: Any, pronta: Empresa
) -> None:
    cliente = novo_cliente("A1", vendedor=ana)
    alertar(ana, cliente)
    falar(cliente, ana, DIA + timedelta(days=4))
    novo_pedido(cliente, "P1", dia, "250.50", situacao)
    medido = medir(ana, compra=14)
    assert (medido.contatados, medido.compraram, str(medido.valor)) == (
        1,
        int(conta),
        "250.50" if conta else "0",
    )


def test_quem_comprou_sem_conversa_fica_a_parte(ana: Usuario, novo_cliente: Any, pronta: Empresa) -> None:
    """E um pedido depois da data dos números ainda não existe."""
    um, outro = novo_cliente("A1", vendedor=ana), novo_cliente("A2", vendedor=ana)
    alertar(ana, um)
    alertar(ana, outro, HOJE)
    novo_pedido(um, "P1", DIA, "90.00")
    novo_pedido(outro, "P2", HOJE + timedelta(days=1), "70.00")
    medido = medir(ana)
    assert (medido.alertados, medido.contatados, medido.compraram) == (2, 0, 0)
    assert (medido.compraram_sem, str(medido.valor_sem), medido.no_prazo) == (1, "90.00", 1)


def test_um_cliente_avisado_dez_vezes_e_um(ana: Usuario, novo_cliente: Any, pronta: Empresa) -> None:
    """O prazo se conta do primeiro aviso do período: falar no décimo dia é tarde."""
    cliente = novo_cliente("A1", vendedor=ana)
    for n in range(10):
        alertar(ana, cliente, DIA + timedelta(days=n))
    falar(cliente, ana, DIA + timedelta(days=9))
    assert medir(ana) == Retorno(alertados=1)
    assert medir(ana, contato=9) == Retorno(alertados=1, contatados=1)


def test_por_vendedor_equipe_e_regra(
    ana: Usuario,
    carla: Usuario,
    davi: Usuario,
    sul: Equipe,
    norte: Equipe,
    novo_cliente: Any,
    pronta: Empresa,
) -> None:
    a1, a2, c1 = (novo_cliente(n, vendedor=v) for n, v in (("A1", ana), ("A2", ana), ("C1", carla)))
    alertar(ana, a1)
    alertar(ana, a1, regra="regra:9999")
    alertar(ana, a2)
    alertar(carla, c1, regra="regra:9999")
    falar(a1, ana, DIA)
    prazo = Prazo(DIA, HOJE, HOJE)
    alertas = do_periodo(alertas_visiveis(davi), prazo)

    def por(grupo: Grupo) -> dict[str, tuple[int, int]]:
        return {k: (r.alertados, r.contatados) for k, r in retorno_por(alertas, prazo, grupo).items()}

    assert por(Grupo.QUEM) == {str(ana.pk): (2, 1), str(carla.pk): (1, 0)}
    assert por(Grupo.EQUIPE) == {str(sul.pk): (2, 1), str(norte.pk): (1, 0)}
    assert por(Grupo.REGRA) == {"resumo_diario": (2, 1), "regra:9999": (2, 1)}
    assert retorno_por(alertas, prazo, None)[""].alertados == 3, "um cliente em duas regras é um"
    nomes = nome_das_regras(["resumo_diario", "regra:9999"])
    assert (nomes["resumo_diario"], nomes["regra:9999"]) == ("Resumo do dia", "Regra apagada")
    so_a_da_ana = do_periodo(alertas_visiveis(davi), prazo, quem=str(ana.pk), regra="regra:9999")
    assert clientes_da(Medida.ALERTADOS, so_a_da_ana, prazo) == [a1.pk]


def test_cada_um_ve_o_seu(
    ana: Usuario,
    bruno: Usuario,
    carla: Usuario,
    davi: Usuario,
    lia: Usuario,
    novo_cliente: Any,
    pronta: Empresa,
) -> None:
    a1, c1 = novo_cliente("A1", vendedor=ana), novo_cliente("C1", vendedor=carla)
    alertar(ana, a1)
    alertar(carla, c1)
    vistos = {p.nome.split()[0]: medir(p).alertados for p in (ana, bruno, carla, davi, lia)}
    assert vistos == {"Ana": 1, "Bruno": 1, "Carla": 1, "Davi": 2, "Lia": 2}
    Cliente.objects.filter(pk=a1.pk).update(vendedor=carla, equipe=c1.equipe)
    assert medir(ana).alertados == 0, "mudou de carteira: já não é dela"
    assert medir(bruno).alertados == 0
    assert medir(carla).alertados == 1, "o aviso foi à Ana"
    Cobertura.objects.create(ausente=carla, substituto=ana, periodo=DateRange(HOJE, None))
    assert medir(ana).alertados == 1, "enquanto cobre, vê o que lhe disseram"


def test_a_idade_dos_intocados(ana: Usuario, empresa: Empresa, novo_cliente: Any) -> None:
    idades = {"A0": 0, "A2": 2, "A3": 3, "A8": 8, "A31": 31}
    for codigo, idade in idades.items():
        alertar(ana, novo_cliente(codigo, vendedor=ana), HOJE - timedelta(days=idade))
    falado, comprou, de_novo, fechado = (novo_cliente(n, vendedor=ana) for n in ("F1", "P1", "N1", "E1"))
    for cliente in (falado, comprou, fechado):
        alertar(ana, cliente, HOJE - timedelta(days=10))
    falar(falado, ana, HOJE - timedelta(days=10))
    novo_pedido(comprou, "X1", HOJE - timedelta(days=1))
    Cliente.objects.filter(pk=fechado.pk).update(encerrado_em=HOJE)
    alertar(ana, de_novo, HOJE - timedelta(days=20))
    falar(de_novo, ana, HOJE - timedelta(days=15))
    alertar(ana, de_novo, HOJE - timedelta(days=4))  # avisada de novo depois da conversa
    recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE)
    prazo = Prazo(HOJE - timedelta(days=60), HOJE, HOJE)
    alertas = do_periodo(alertas_visiveis(ana), prazo)
    assert intocados_por_faixa(alertas, prazo) == {"0-2": 2, "3-7": 2, "8-14": 1, "15-30": 0, "31": 1}
    atras = clientes_da(Medida.INTOCADOS, alertas, prazo, "3-7")
    assert set(Cliente.objects.filter(pk__in=atras).values_list("codigo", flat=True)) == {"A3", "N1"}


def test_cada_numero_tem_os_seus_clientes(ana: Usuario, novo_cliente: Any, pronta: Empresa) -> None:
    """A lista atrás de cada número tem exatamente quantos ele diz."""
    for n in range(9):
        cliente = novo_cliente(f"A{n}", vendedor=ana)
        alertar(ana, cliente)
        if n % 3:
            falar(cliente, ana, DIA + timedelta(days=1))
        if n % 2:
            novo_pedido(cliente, f"P{n}", DIA + timedelta(days=2), "10.00")
    prazo = Prazo(DIA, HOJE, HOJE)
    alertas = do_periodo(alertas_visiveis(ana), prazo)
    r = retorno_por(alertas, prazo, None)[""]
    esperados = {
        Medida.ALERTADOS: r.alertados, Medida.CONTATADOS: r.contatados, Medida.SEM_CONTATO: r.sem_contato,
        Medida.COMPRARAM: r.compraram, Medida.COMPRARAM_SEM: r.compraram_sem,
    }  # fmt: skip
    assert {m: len(clientes_da(m, alertas, prazo)) for m in esperados} == esperados
    assert list(esperados.values()) == [9, 6, 3, 3, 1]
    assert (str(r.contatados_pct)[:5], str(r.compraram_pct), str(r.compraram_sem_pct)[:5]) == (
        "66.66",
        "50",
        "33.33",
    )


def test_as_agendas_atrasadas_por_vendedor(
    ana: Usuario, bruno: Usuario, carla: Usuario, novo_cliente: Any
) -> None:
    a1, c1 = novo_cliente("A1", vendedor=ana), novo_cliente("C1", vendedor=carla)
    for cliente, dono, dias, tentativas in (
        (a1, ana, 3, 0),
        (a1, ana, 9, 5),
        (a1, ana, 0, 0),
        (c1, carla, 4, 0),
    ):
        Agendamento.objects.create(
            cliente=cliente,
            responsavel=dono,
            criado_por=dono,
            em=HOJE - timedelta(days=dias),
            tentativas=tentativas,
        )
    atrasos = agendas_atrasadas_por(bruno, HOJE)
    assert [(a.nome, a.quantos, a.dias, a.parados) for a in atrasos] == [("Ana Souza", 2, 9, 1)]


def test_os_volumes_e_como_se_moveram(
    empresa: Empresa, ana: Usuario, bruno: Usuario, carla: Usuario, novo_cliente: Any
) -> None:
    """Inativo aos 6 meses, quase aos 4: entre 01/11 e 20/11 um fica quase, um fica inativo e um volta."""
    novo_cliente("Q1", vendedor=ana, compras=[(date(2026, 7, 10), "100.00")])
    novo_cliente("I1", vendedor=ana, compras=[(date(2026, 5, 10), "200.00")])
    volta = novo_cliente("V1", vendedor=ana, compras=[(date(2026, 1, 10), "300.00")])
    novo_cliente("C1", vendedor=carla, compras=[(date(2026, 5, 10), "900.00")])
    for dia in (date(2026, 11, 1), HOJE):
        if dia == HOJE:
            novo_pedido(volta, "V1-2", date(2026, 11, 15), "50.00")
        recalcular(empresa=empresa, referencia=dia, hoje=dia)
        empresa.refresh_from_db()
        preencher(empresa=empresa, ate=dia)
    volumes = volumes_de(bruno, date(2026, 11, 1), HOJE)
    assert (volumes.de, volumes.ate) == (date(2026, 11, 1), HOJE)
    [linha] = volumes.linhas
    assert linha.nome == "Ana Souza"
    assert (linha.quase.antes, linha.quase.agora, linha.quase.entraram) == (1, 1, 1)
    assert (linha.inativos.antes, linha.inativos.agora, linha.inativos.entraram) == (1, 1, 1)
    assert linha.voltaram == 1
    assert volumes.total.inativos.variacao == 0
    sem_retrato = volumes_de(bruno, date(2026, 10, 1), HOJE)
    assert (sem_retrato.de, sem_retrato.linhas[0].quase.variacao) == (None, None)


def test_o_da_semana_e_o_mesmo_da_pagina(
    ana: Usuario, bruno: Usuario, carla: Usuario, sul: Equipe, novo_cliente: Any, pronta: Empresa,
    django_assert_num_queries: Any,
) -> None:  # fmt: skip
    """Gêmeas: o do e-mail, em conjunto, e o da página, pessoa a pessoa."""
    vaga, dia = date(2026, 11, 16), date(2026, 11, 3)
    for codigo, dono in (("A1", ana), ("A2", ana), ("C1", carla)):
        alertar(dono, novo_cliente(codigo, vendedor=dono), dia)
    falar(Cliente.objects.get(codigo="A1"), ana, dia)
    with django_assert_num_queries(2):
        da_semana = retornos_da_semana(vaga, [(bruno.pk, sul.pk, pronta.pk)])[bruno.pk]
    assert (da_semana.de, da_semana.ate) == (date(2026, 11, 2), date(2026, 11, 8))
    prazo = Prazo(da_semana.de, da_semana.ate, vaga)
    da_pagina = retorno_por(do_periodo(alertas_visiveis(bruno), prazo), prazo, None)[""]
    assert da_semana.retorno == da_pagina == Retorno(alertados=2, contatados=1)
    assert retornos_da_semana(vaga + timedelta(days=70), [(bruno.pk, sul.pk, pronta.pk)]) == {}
