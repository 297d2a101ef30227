"""A rotina da noite, contada em noites."""

from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from atividade.models import EstadoDaExecucao, Execucao, Retrato
from carteira.rotinas import NOTURNA, Desfecho, pedir_rodada, rotina_noturna
from clientes.models import Cliente
from contas.models import Empresa, RegistroDeAuditoria, Usuario, Vinculo
from notificacoes.models import Mensagem
from tests.conftest import criar_pessoa, novo_pedido
from tests.correio import Correio, html, texto

pytestmark = pytest.mark.django_db
VAGA = date(2026, 11, 20)  # uma sexta-feira


def atras(dias: int) -> date:
    return VAGA - timedelta(days=dias)


def ritmo(
    codigo: str,
    novo_cliente: Any,
    dono: Usuario,
    *,
    ha: int,
    valor: str = "1000.00",
    cada: int = 30,
    **campos: Any,
) -> Cliente:
    """Quatro compras regulares, a última `ha` dias antes da vaga."""
    compras = [(atras(ha + cada * n), valor) for n in range(4)]
    return novo_cliente(codigo, vendedor=dono, compras=compras, **campos)


@pytest.fixture
def carteiras(
    ana: Usuario, bruno: Usuario, carla: Usuario, davi: Usuario, novo_cliente: Any
) -> dict[str, Cliente]:
    """Ana tem um quase inativo, um fora do ritmo e um em dia; Carla tem um quase inativo."""
    return {
        "quase": ritmo(
            "A1",
            novo_cliente,
            ana,
            ha=130,
            razao_social="Metalúrgica Aurora",
            telefone="+5547999220198",
            cidade="Timbó",
            uf="SC",
            documento="12345605380",
            documento_valido=True,
        ),
        "fora": ritmo("A2", novo_cliente, ana, ha=60, razao_social="Casa das Tintas", valor="500.00"),
        "em_dia": ritmo("A3", novo_cliente, ana, ha=2, razao_social="Ferragens Krüger"),
        "da_carla": ritmo("C1", novo_cliente, carla, ha=131, razao_social="Hidráulica Norte"),
    }


def rodar(vaga: date = VAGA) -> Desfecho:
    return rotina_noturna(vaga, hoje=vaga)


def test_cada_vendedor_recebe_um_resumo_so_com_os_seus(
    carteiras: dict[str, Cliente], correio: Correio
) -> None:
    assert rodar() == Desfecho.FEITA
    assert correio.caixa.destinatarios == ["ana@exemplo.test", "carla@exemplo.test"]
    da_ana = correio.caixa.para("ana@exemplo.test")[0]
    assert da_ana["Subject"] == "2 clientes para ligar hoje: R$ 6 mil/ano"
    assert "Metalúrgica Aurora (Timbó/SC), ***.456.05*-**: R$ 4 mil/ano" in texto(da_ana)
    assert "Compra a cada 30 dias, está há 130. Vira inativo em 54 dias." in texto(da_ana)
    assert "Compra a cada 30 dias, está há 60. Fica quase inativo em 62 dias." in texto(da_ana)
    assert f"/clientes/{carteiras['quase'].pk}/whatsapp/" in html(da_ana)
    assert 'href="tel:+5547999220198"' in html(da_ana)
    for parte in (texto(da_ana), html(da_ana)):
        assert "Hidráulica Norte" not in parte
        assert "Ferragens" not in parte
        assert "12345605380" not in parte


def test_a_execucao_conta_o_que_fez(
    carteiras: dict[str, Cliente], empresa: Empresa, correio: Correio
) -> None:
    rodar()
    dela = Execucao.objects.get(rotina=NOTURNA, empresa=empresa)
    assert (dela.estado, dela.tentativas, dela.referencia) == (EstadoDaExecucao.FEITA, 1, VAGA)
    assert dela.passos["recalculo"]["contagens"]["quase_inativo"] == 2
    assert dela.passos["retrato"]["contagens"] == {"dias": 1}
    geral = Execucao.objects.get(rotina=NOTURNA, empresa=None)
    assert geral.passos["avisos"]["contagens"] == {
        "resumos": 2,
        "volumes": 0,
        "agendas": 0,
        "avisos": 0,
        "na_central": 0,
        "avisos_aos_administradores": 0,
    }
    assert geral.passos["envio"]["contagens"]["enviadas"] == 2
    assert geral.duracao_ms is not None
    assert Retrato.objects.filter(empresa=empresa, data=VAGA).exists()
    empresa.refresh_from_db()
    assert empresa.referencia == VAGA


def test_rodar_de_novo_nao_manda_nada_de_novo(carteiras: dict[str, Cliente], correio: Correio) -> None:
    rodar()
    antes = list(Execucao.objects.order_by("pk").values())
    assert rodar() == Desfecho.FEITA
    assert list(Execucao.objects.order_by("pk").values()) == antes
    assert len(correio.caixa.recebidas) == 2


def test_na_noite_seguinte_ha_outro_resumo(carteiras: dict[str, Cliente], correio: Correio) -> None:
    rodar()
    assert rodar(VAGA + timedelta(days=1)) == Desfecho.FEITA
    assert len(correio.caixa.para("carla@exemplo.test")) == 2
    assert len(correio.caixa.para("ana@exemplo.test")) == 2


def test_quem_o_tempo_levou_a_inativo_e_noticia_uma_vez(
    ana: Usuario, novo_cliente: Any, correio: Correio
) -> None:
    no_limite = ritmo("A1", novo_cliente, ana, ha=180, razao_social="Padaria Estrela")
    ritmo("A2", novo_cliente, ana, ha=1)
    no_limite.pedidos.filter(data=atras(180)).update(data=date(2026, 5, 22))
    rodar(VAGA)
    rodar(VAGA + timedelta(days=2))  # a noite do dia 21 não rodou
    rodar(VAGA + timedelta(days=3))
    primeira, segunda = correio.caixa.para("ana@exemplo.test")
    assert "Vira inativo em 2 dias" in texto(primeira)
    assert segunda["Subject"] == "1 cliente virou inativo"
    assert "Padaria Estrela, em 22/11/2026: R$ 4 mil/ano" in texto(segunda)


def test_sem_clientes_em_risco_nao_ha_mensagem(ana: Usuario, novo_cliente: Any, correio: Correio) -> None:
    ritmo("A1", novo_cliente, ana, ha=2)
    assert rodar() == Desfecho.FEITA
    assert correio.caixa.recebidas == []
    assert not Mensagem.objects.exists()


# ── Pedidos parados ──────────────────────────────────────────────────────────


def test_com_pedidos_parados_ninguem_envelhece_e_so_o_administrador_sabe(
    carteiras: dict[str, Cliente], empresa: Empresa, davi: Usuario, correio: Correio
) -> None:
    rodar()
    correio.caixa.recebidas.clear()
    parada = VAGA + timedelta(days=10)
    assert rodar(parada) == Desfecho.ADIADA
    assert rodar(parada + timedelta(days=1)) == Desfecho.ADIADA
    empresa.refresh_from_db()
    assert empresa.referencia == VAGA
    assert correio.caixa.destinatarios == ["davi@exemplo.test"]  # uma vez só na parada inteira
    assert "o mais novo é de 18/11/2026" in texto(correio.caixa.recebidas[0])
    dela = Execucao.objects.get(rotina=NOTURNA, empresa=empresa, referencia=parada)
    assert dela.estado == EstadoDaExecucao.ADIADA
    assert dela.mensagem == "Pedidos parados: pedidos até 18/11/2026. A referência não avançou."


def test_quando_os_pedidos_voltam_uma_noite_cobre_a_parada(
    carteiras: dict[str, Cliente], empresa: Empresa, correio: Correio
) -> None:
    rodar()
    rodar(VAGA + timedelta(days=10))
    novo_pedido(carteiras["em_dia"], "A3-9", VAGA + timedelta(days=11))
    volta = VAGA + timedelta(days=11)
    correio.caixa.recebidas.clear()
    assert rodar(volta) == Desfecho.FEITA
    # Bruno recebe na terça o volume da segunda-feira que não rodou.
    assert correio.caixa.destinatarios == ["ana@exemplo.test", "bruno@exemplo.test", "carla@exemplo.test"]
    empresa.refresh_from_db()
    assert empresa.referencia == volta
    assert Retrato.objects.filter(empresa=empresa).values("data").distinct().count() == 12


def test_uma_empresa_parada_nao_cala_a_outra(
    carteiras: dict[str, Cliente], ana: Usuario, davi: Usuario, novo_cliente: Any, correio: Correio
) -> None:
    norte = Empresa.objects.create(codigo="2", nome="Filial Norte")
    for pessoa in (ana, davi):
        Vinculo.objects.create(usuario=pessoa, empresa=norte)
    ritmo("N1", novo_cliente, ana, ha=140, razao_social="Só da Filial", empresa=norte)
    assert rodar() == Desfecho.FEITA
    da_ana = correio.caixa.para("ana@exemplo.test")[0]
    assert "Só da Filial" not in texto(da_ana)
    assert "Os clientes de Filial Norte não entraram" in texto(da_ana)
    assert "Filial Norte" not in texto(correio.caixa.para("carla@exemplo.test")[0])
    assert (
        correio.caixa.para("davi@exemplo.test")[0]["Subject"]
        == "Os pedidos de Filial Norte pararam de chegar"
    )
    assert Execucao.objects.get(empresa=norte).estado == EstadoDaExecucao.ADIADA
    assert "Filial Norte: Pedidos parados" in Execucao.objects.get(empresa=None).mensagem


def test_a_empresa_que_chega_depois_so_avisa_quem_ainda_nao_recebeu(
    carteiras: dict[str, Cliente], ana: Usuario, davi: Usuario, novo_cliente: Any, correio: Correio
) -> None:
    norte = Empresa.objects.create(codigo="2", nome="Filial Norte")
    vera = criar_pessoa("Vera Sul", norte)
    Vinculo.objects.create(usuario=ana, empresa=norte)
    Vinculo.objects.create(usuario=davi, empresa=norte)
    ritmo("N1", novo_cliente, vera, ha=140, empresa=norte)
    em_dia = ritmo("N2", novo_cliente, vera, ha=20, empresa=norte)
    rodar()
    novo_pedido(em_dia, "N2-9", VAGA)
    assert pedir_rodada(data=VAGA, por=davi)
    assert rodar() == Desfecho.FEITA
    assert correio.caixa.destinatarios == [
        "ana@exemplo.test",
        "carla@exemplo.test",
        "davi@exemplo.test",
        "vera@exemplo.test",
    ]


# ── Falhas, repetições e noites perdidas ─────────────────────────────────────


def test_um_passo_que_falha_tenta_tres_vezes_e_desiste(
    carteiras: dict[str, Cliente], davi: Usuario, correio: Correio, monkeypatch: pytest.MonkeyPatch
) -> None:
    chamadas: list[int] = []

    def falhar(**resto: Any) -> None:
        chamadas.append(1)
        raise RuntimeError("disco cheio")

    monkeypatch.setattr("carteira.recalculos.recalcular", falhar)
    assert [rodar(), rodar(), rodar(), rodar()] == [
        Desfecho.INCOMPLETA,
        Desfecho.INCOMPLETA,
        Desfecho.FALHOU,
        Desfecho.FALHOU,
    ]
    assert len(chamadas) == 3
    assert correio.caixa.destinatarios == ["davi@exemplo.test"]
    assert "RuntimeError: disco cheio" in texto(correio.caixa.recebidas[0])


def test_falha_nos_avisos_nao_refaz_o_recalculo(
    carteiras: dict[str, Cliente], correio: Correio, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as troca:
        troca.setattr("carteira.rotinas.escrever_volumes", lambda noite, rodada: 1 / 0)
        assert rodar() == Desfecho.INCOMPLETA
    assert not Mensagem.objects.exists()  # a transação dos avisos voltou inteira
    monkeypatch.setattr("carteira.recalculos.recalcular", lambda **resto: pytest.fail("recalculou de novo"))
    assert rodar() == Desfecho.FEITA
    assert Execucao.objects.get(empresa=None).passos["avisos"]["tentativas"] == 2
    assert len(correio.caixa.recebidas) == 2


def test_avisos_que_falham_tres_vezes_avisam_o_administrador(
    carteiras: dict[str, Cliente], davi: Usuario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carteira.rotinas.escrever_resumos", lambda noite, rodada: 1 / 0)
    assert [rodar(), rodar(), rodar()][-1] == Desfecho.FALHOU
    assert list(Mensagem.objects.values_list("para", "assunto")) == [
        ("davi@exemplo.test", "A rotina de 20/11/2026 falhou")
    ]


def test_processo_morto_tres_vezes_no_mesmo_passo_para_a_quarta(
    carteiras: dict[str, Cliente], empresa: Empresa
) -> None:
    Execucao.objects.create(
        rotina=NOTURNA,
        referencia=VAGA,
        empresa=empresa,
        estado="rodando",
        passos={"recalculo": {"estado": "rodando", "tentativas": 3}},
    )
    assert rodar() == Desfecho.FALHOU
    assert (
        Execucao.objects.get(empresa=empresa).mensagem == "recalculo: O processo parou no meio, três vezes."
    )


def test_vaga_mais_velha_que_outra_ja_comecada_esta_superada(
    carteiras: dict[str, Cliente], correio: Correio
) -> None:
    rodar()
    assert rodar(VAGA - timedelta(days=1)) == Desfecho.SUPERADA
    assert Execucao.objects.filter(referencia__lt=VAGA).count() == 0


def test_pedir_a_rodada_de_novo_repete_os_passos_sem_repetir_mensagens(
    carteiras: dict[str, Cliente], davi: Usuario, correio: Correio
) -> None:
    rodar()
    assert pedir_rodada(data=VAGA, por=davi)
    assert Execucao.objects.get(empresa=None).estado == EstadoDaExecucao.PENDENTE
    assert rodar() == Desfecho.FEITA
    assert len(correio.caixa.recebidas) == 2
    assert RegistroDeAuditoria.objects.filter(acao="rotina.rodar", por=davi).count() == 1


def test_a_noite_sem_pedidos_nao_conta_como_primeira_e_rodar_agora_ve_o_que_entrou_depois(
    novo_cliente: Any, ana: Usuario, davi: Usuario, correio: Correio, hoje: date
) -> None:
    rodar()
    assert Empresa.objects.get(codigo="1").referencia == VAGA
    ritmo("C1", novo_cliente, ana, ha=100)
    assert pedir_rodada(data=VAGA, por=davi)
    assert rodar() == Desfecho.ADIADA
    empresa = Empresa.objects.get(codigo="1")
    assert (empresa.referencia, empresa.pedidos_ate) == (date(2026, 8, 12), date(2026, 8, 12))
    assert correio.caixa.destinatarios == ["davi@exemplo.test"]


def test_o_comando_conta_a_noite(carteiras: dict[str, Cliente], correio: Correio) -> None:
    saida = StringIO()
    call_command("rotina_noturna", "--data", "2026-11-20", stdout=saida)
    assert "Rotina de 20/11/2026: feita." in saida.getvalue()
    assert "enviadas 2" in saida.getvalue()
    assert len(correio.caixa.recebidas) == 2


def test_o_comando_falha_quando_a_rotina_nao_chega_ao_fim(
    carteiras: dict[str, Cliente], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carteira.recalculos.recalcular", lambda **resto: 1 / 0)
    with pytest.raises(CommandError, match="não chegou ao fim"):
        call_command("rotina_noturna", "--data", "2027-01-20", stdout=StringIO(), stderr=StringIO())


def test_empresa_sem_pedidos_ainda_nao_e_parada(empresa: Empresa, davi: Usuario, correio: Correio) -> None:
    assert rodar() == Desfecho.FEITA
    assert correio.caixa.recebidas == []


# ── O volume da semana ───────────────────────────────────────────────────────

SEGUNDA = date(2026, 11, 23)


def test_na_segunda_o_gestor_recebe_o_volume_por_vendedor(
    carteiras: dict[str, Cliente], bruno: Usuario, carla: Usuario, novo_cliente: Any, correio: Correio
) -> None:
    ritmo("A4", novo_cliente, carteiras["quase"].vendedor, ha=123)  # quase inativo em 20/11
    rodar(SEGUNDA - timedelta(days=7))
    correio.caixa.recebidas.clear()
    assert rodar(SEGUNDA) == Desfecho.FEITA
    [do_bruno] = correio.caixa.para("bruno@exemplo.test")
    assert do_bruno["Subject"] == "Semana da equipe: 2 quase inativos e 0 inativos"
    assert "Ana Souza: 2 quase inativos (+1), 0 inativos (=), de 4 clientes" in texto(do_bruno)
    assert "Carla" not in html(do_bruno)
    assert "a mudança desde 16/11/2026" in texto(do_bruno)


def test_em_outro_dia_nao_ha_volume_e_segunda_perdida_fica_para_o_dia_seguinte(
    carteiras: dict[str, Cliente], bruno: Usuario, correio: Correio
) -> None:
    rodar(VAGA)
    assert correio.caixa.para("bruno@exemplo.test") == []
    novo_pedido(carteiras["em_dia"], "A3-9", SEGUNDA)
    rodar(SEGUNDA + timedelta(days=1))
    rodar(SEGUNDA + timedelta(days=2))
    assert len(correio.caixa.para("bruno@exemplo.test")) == 1


def test_sem_retrato_da_semana_passada_o_volume_diz_que_nao_compara(
    carteiras: dict[str, Cliente], bruno: Usuario, correio: Correio
) -> None:
    rodar(SEGUNDA)
    assert "Ainda não há retrato da semana passada" in texto(correio.caixa.para("bruno@exemplo.test")[0])
