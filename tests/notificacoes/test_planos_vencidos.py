"""O plano de ação que passou do prazo chega ao dono no resumo do dia, e ao gestor também no volume da semana."""

from datetime import date, timedelta
from typing import Any

import pytest

from atividade.recalculo import recalcular
from atividade.retratos import fotografar
from clientes.models import ClienteDoPlano, PlanoDeAcao
from contas.models import Empresa, Usuario
from notificacoes.models import Aviso, Mensagem
from notificacoes.planos_vencidos import planos_vencidos
from notificacoes.resumos import escrever_resumos
from notificacoes.rodadas import Noite, Pronta
from notificacoes.volumes import escrever_volumes

pytestmark = pytest.mark.django_db
VAGA = date(2026, 11, 20)


@pytest.fixture
def plano(empresa: Empresa, novo_cliente: Any) -> Any:
    """`plano(ana, dias=8)`: um plano de Ana que venceu há 8 dias, sobre um cliente dela em dia."""

    def _plano(dono: Usuario, *, dias: int, **campos: Any) -> PlanoDeAcao:
        numero = PlanoDeAcao.objects.count() + 1
        cliente = novo_cliente(f"P{numero}", vendedor=dono, compras=[(VAGA - timedelta(days=2), "10.00")])
        novo: PlanoDeAcao = PlanoDeAcao.objects.create(
            empresa=empresa, titulo=f"Renegociar {numero}", dono=dono, criado_por=dono,
            prazo=VAGA - timedelta(days=dias), **campos,
        )  # fmt: skip
        ClienteDoPlano.objects.create(plano=novo, cliente=cliente)
        return novo

    return _plano


def noite(empresa: Empresa, **campos: Any) -> Noite:
    recalcular(empresa=empresa, referencia=VAGA, hoje=VAGA)
    fotografar(empresa=empresa, data=VAGA)
    return Noite(VAGA, [Pronta(empresa, VAGA, None, **campos)])


def test_so_o_que_passou_do_prazo_e_esta_em_curso(ana: Usuario, carla: Usuario, plano: Any) -> None:
    plano(ana, dias=8)
    plano(ana, dias=1)
    plano(ana, dias=0)  # vence hoje: ainda dá
    plano(ana, dias=30, situacao="concluido", terminado_em="2026-11-01T12:00Z")
    plano(carla, dias=3)
    vencidos = planos_vencidos([ana.pk, carla.pk], VAGA)
    assert (vencidos[ana.pk].quantos, vencidos[ana.pk].desde) == (2, date(2026, 11, 12))
    assert vencidos[carla.pk].quantos == 1
    assert planos_vencidos([ana.pk], date(2026, 11, 12)) == {}


def test_de_quem_o_cliente_mudou_de_maos_nao_se_conta(ana: Usuario, carla: Usuario, plano: Any) -> None:
    """A página já não o mostra a ela: o e-mail diria um número que ela não acha."""
    levado = plano(ana, dias=2)
    levado.clientes.update(vendedor=carla, equipe=None)
    assert not PlanoDeAcao.objects.visiveis_para(ana).exists()
    assert planos_vencidos([ana.pk], VAGA) == {}


def test_o_resumo_sai_so_por_ele_e_nao_diz_o_que_so_a_pagina_mostra(
    empresa: Empresa, ana: Usuario, plano: Any
) -> None:
    plano(ana, dias=3)
    assert escrever_resumos(noite(empresa)) == 1
    mensagem = Mensagem.objects.get(pessoa=ana)
    assert mensagem.assunto == "1 plano de ação passou do prazo"
    for corpo in (mensagem.texto, mensagem.html):
        assert "1 plano de ação seu passou do prazo" in corpo
        assert "que era 17/11/2026" in corpo
        assert "/credito/planos/?dono=eu" in corpo
        assert "Renegociar" not in corpo


def test_ao_lado_de_quem_ligar_ele_e_uma_linha_a_mais(
    empresa: Empresa, ana: Usuario, plano: Any, novo_cliente: Any
) -> None:
    plano(ana, dias=8)
    plano(ana, dias=3)
    novo_cliente("A1", vendedor=ana, compras=[(VAGA - timedelta(days=130), "1000.00")])
    escrever_resumos(noite(empresa))
    mensagem = Mensagem.objects.get(pessoa=ana)
    assert mensagem.assunto.startswith("1 cliente para ligar hoje")
    assert "2 planos de ação seus passaram do prazo, o mais antigo em 12/11/2026" in mensagem.texto


@pytest.mark.parametrize("dias", [0, 4])
def test_so_ele_nao_escreve_antes_do_prazo_nem_para_sempre(
    empresa: Empresa, ana: Usuario, plano: Any, dias: int
) -> None:
    plano(ana, dias=dias)
    assert escrever_resumos(noite(empresa)) == 0
    assert not Mensagem.objects.exists()
    assert not Aviso.objects.exists()


def test_o_gestor_le_os_dele_no_volume_da_semana(
    empresa: Empresa, ana: Usuario, bruno: Usuario, plano: Any, novo_cliente: Any
) -> None:
    novo_cliente("A1", vendedor=ana, compras=[(VAGA - timedelta(days=130), "1000.00")])
    de_bruno = plano(ana, dias=5)
    da_semana = noite(empresa, volume_devido=True)
    PlanoDeAcao.objects.filter(pk=de_bruno.pk).update(dono=bruno)
    assert escrever_volumes(da_semana) == 1
    mensagem = Mensagem.objects.get(pessoa=bruno)
    for corpo in (mensagem.texto, mensagem.html):
        assert "1 plano de ação seu passou do prazo" in corpo
        assert "/credito/planos/?dono=eu" in corpo


def test_o_volume_de_quem_nao_tem_plano_nao_fala_deles(
    empresa: Empresa, ana: Usuario, bruno: Usuario, plano: Any, novo_cliente: Any
) -> None:
    novo_cliente("A1", vendedor=ana, compras=[(VAGA - timedelta(days=130), "1000.00")])
    plano(ana, dias=5)
    assert escrever_volumes(noite(empresa, volume_devido=True)) == 1
    mensagem = Mensagem.objects.get(pessoa=bruno)
    assert "ação" not in mensagem.texto
    assert "plano" not in mensagem.html
