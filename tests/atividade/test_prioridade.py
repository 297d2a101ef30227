"""Para quem ligar: quem entra na fila, em que ordem e por quê."""

from datetime import date, datetime, timedelta
from decimal import Decimal as D
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from atividade.models import Indicadores
from atividade.prioridade import motivos, p_nao_comprar, valor_curto
from atividade.regras_da_fila import Momento
from clientes.models import CanalDeContato, Contato, Ocorrencia

R = date(2024, 6, 30)


def test_p_cresce_com_o_silencio_e_cai_com_a_frequencia() -> None:
    assert p_nao_comprar(10, 60, 300, 30) > p_nao_comprar(10, 5, 300, 30)
    assert p_nao_comprar(20, 30, 300, 30) < p_nao_comprar(2, 30, 300, 30)
    assert p_nao_comprar(1, 0, 0, 30) == pytest.approx(
        1 / (1 + 2.718281828459045 ** (0.8 - 0.75 * 0.15 * -2.995732273553991))
    )


def test_motivos_em_palavras() -> None:
    frase = motivos(ciclo=D(32), recencia=51, valor=D(18000), dias_sem_contato=40)
    assert "; ".join(frase) == "compra a cada 32 dias, está há 51; R$ 18 mil/ano; sem contato há 40 dias"
    assert motivos(ciclo=None, recencia=1, valor=D(0), dias_sem_contato=None, dias_de_compra=1) == [
        "comprou uma vez, há 1 dia",
        "nunca contatado",
    ]
    assert motivos(ciclo=None, recencia=9, valor=D(0), dias_sem_contato=0) == ["última compra há 9 dias"]


@pytest.mark.parametrize(
    ("valor", "texto"),
    [
        ("999.40", "R$ 999"),
        ("1499", "R$ 1 mil"),
        ("18400", "R$ 18 mil"),
        ("999500", "R$ 1,0 mi"),
        ("1250000", "R$ 1,2 mi"),
    ],
)
def test_valor_em_uma_olhada(valor: str, texto: str) -> None:
    assert valor_curto(D(valor)) == texto


@pytest.mark.django_db
def test_fila_tem_so_quem_pode_ser_chamado(rodar: Any, novo_cliente: Any, ana: Any) -> None:
    def comprador(codigo: str, ultima: int, **campos: Any) -> Any:
        return novo_cliente(
            codigo, compras=[(R - timedelta(days=ultima + 40 * k), 10) for k in range(3)], **campos
        )

    comprador("no_ponto", 10)
    comprador("cedo", 9)
    comprador("quase", 125)
    comprador("inativo", 190)
    comprador("encerrado", 20, encerrado_em=R)
    comprador("bloqueado", 20, bloqueado=True)
    comprador("adiado", 20, adiado_ate=R + timedelta(days=1))
    comprador("adiado_ate_hoje", 20, adiado_ate=R)
    comprador("ninguem_chama", 20, nao_contatar=list(CanalDeContato.values))
    comprador("so_email_nao", 20, nao_contatar=["email"])
    descansando, descansou = comprador("descansando", 20), comprador("descansou", 20)
    efetiva = Ocorrencia.objects.create(nome="Conversa teste", efetiva=True)
    fuso = ZoneInfo("America/Sao_Paulo")
    for cliente, dia in ((descansando, 24), (descansou, 23)):
        em = datetime(2024, 6, dia, 12, tzinfo=fuso)
        Contato.objects.create(cliente=cliente, canal="ligacao", ocorrencia=efetiva, em=em, atendente=ana)
    rodar(R)
    fila = Indicadores.objects.elegiveis(Momento(R, R)).values_list("cliente__codigo", flat=True)
    assert set(fila) == {"no_ponto", "quase", "adiado_ate_hoje", "so_email_nao", "descansou"}


@pytest.mark.django_db
def test_quem_esta_por_sair_vale_o_ultimo_ano_de_compras(rodar: Any, novo_cliente: Any) -> None:
    cliente = novo_cliente("C", compras=[(date(2022, 1, 1), 500)])
    rodar(R)
    linha = Indicadores.objects.com_prioridade(R).get(cliente=cliente)
    assert (linha.valor_12m, linha.valor_em_jogo) == (D(0), D(500))
    assert linha.perda_esperada == pytest.approx(linha.p * 500)


@pytest.mark.django_db
def test_em_risco_e_so_o_quase_inativo_visivel(rodar: Any, novo_cliente: Any, ana: Any, carla: Any) -> None:
    novo_cliente("A", vendedor=ana, compras=[(R - timedelta(days=130), 10)])
    novo_cliente("B", vendedor=carla, compras=[(R - timedelta(days=130), 10)])
    novo_cliente("C", vendedor=ana, compras=[(R, 10)])
    rodar(R)
    visiveis = Indicadores.objects.visiveis_para(ana)
    assert [i.cliente.codigo for i in visiveis.em_risco()] == ["A"]
    assert [
        i.cliente.codigo for i in visiveis.de_status("ativo", "quase_inativo").order_by("cliente__codigo")
    ] == ["A", "C"]
