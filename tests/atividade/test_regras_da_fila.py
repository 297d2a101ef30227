"""Quem entra na fila e quem fica de fora: cada regra no seu limite, um motivo por cliente, e a conta que fecha."""

from datetime import date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from atividade.criterios_da_fila import (
    capacidade_de,
    criterios_da,
    desfazer_criterios,
    mudancas_dos_criterios,
    mudar_criterios,
    previa_da_fila,
    quem_muda,
)
from atividade.fila import fila_de_hoje, fora_da_fila, quem_ficou_de_fora, televendas
from atividade.models import Indicadores, ParametrosDaFila, Status
from atividade.regras import RegraInvalida
from atividade.regras_da_fila import REGRAS_DA_FILA, Criterios, Momento, na_hora
from clientes.models import (
    Agendamento,
    CanalDeContato,
    Contato,
    ListaDeTrabalho,
    MembroDaLista,
    Ocorrencia,
    Titulo,
)
from contas.models import Empresa, Vinculo
from tests.conftest import SAO_PAULO, novo_pedido
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
HOJE = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def _referencia(empresa: Empresa) -> None:
    Empresa.objects.update(referencia=HOJE, pedidos_ate=HOJE)
    empresa.refresh_from_db()


@pytest.fixture
def na_vez(ana: Any, novo_cliente: Any) -> Any:
    """`na_vez("C1")`: um quase inativo de Ana que nenhuma regra deixa de fora; `dele` muda os indicadores."""

    def _na_vez(codigo: str, *, dele: dict[str, Any] | None = None, **campos: Any) -> Any:
        cliente = novo_cliente(codigo, **{"vendedor": ana} | campos)
        padrao = {"status": Status.QUASE_INATIVO, "valor_12m": D(1000)}
        return indicar(cliente, HOJE - timedelta(days=80), **padrao | (dele or {}))

    return _na_vez


def falar(cliente: Any, por: Any, dias: int, *, efetiva: bool = True) -> None:
    ocorrencia = Ocorrencia.objects.get(nome="Vai pensar" if efetiva else "Não atendeu")
    em = datetime(2026, 11, 20, 8, tzinfo=SAO_PAULO) - timedelta(days=dias)
    Contato.objects.create(cliente=cliente, canal="ligacao", ocorrencia=ocorrencia, em=em, atendente=por)


def sortear(cliente: Any, por: Any, **da_lista: Any) -> None:
    """Põe o cliente no grupo de controle de uma lista que corre hoje."""
    campos = {"de": HOJE, "finalidade": "outra", "semente": 1, "consulta_por": por, "criada_por": por}
    lista = ListaDeTrabalho.objects.create(
        empresa=cliente.empresa, nome=f"Lista de {cliente.codigo}", **campos | da_lista
    )
    MembroDaLista.objects.create(lista=lista, cliente=cliente, controle=True, entrou_em=HOJE)


def motivos(criterios: Criterios = Criterios()) -> dict[str, str]:  # noqa: B008
    grupos = [(Momento(HOJE, HOJE, criterios), list(Empresa.objects.values_list("pk", flat=True)))]
    linhas = Indicadores.objects.com_motivo_de_fora(grupos)
    return dict(linhas.values_list("cliente__codigo", "fora"))


def semear_uma_de_cada(na_vez: Any, ana: Any, bruno: Any) -> dict[str, str]:
    """Um cliente por regra, com o nome dela; e os que estão na vez por um dia ou por um centavo."""
    na_vez("encerrado", encerrado_em=HOJE, encerrado_motivo="Fechou", bloqueado=True)
    na_vez("fora_do_perfil", fora_do_perfil=True)
    na_vez("prospect", dele={"status": Status.PROSPECT, "ultima_compra": None})
    na_vez("inativo", dele={"status": Status.INATIVO})
    ativo = {"status": Status.ATIVO}
    na_vez("longe", dele=ativo | {"proxima_compra_esperada": HOJE + timedelta(days=31)})
    na_vez("sem_data", dele=ativo | {"proxima_compra_esperada": None})
    na_vez("no_limite", dele=ativo | {"proxima_compra_esperada": HOJE + timedelta(days=30)})
    na_vez("bloqueado", bloqueado=True)
    na_vez("nao_ligar", nao_contatar=["ligacao"])
    na_vez("nenhum_canal", nao_contatar=list(CanalDeContato.values))
    na_vez("so_email_nao", nao_contatar=["email"])
    na_vez("adiado", adiado_ate=HOJE + timedelta(days=1), adiado_motivo="Reforma")
    na_vez("adiado_ate_hoje", adiado_ate=HOJE, adiado_motivo="Reforma")
    sortear(na_vez("controle"), bruno)
    sortear(na_vez("sorteado_amanha"), bruno, de=HOJE + timedelta(days=1))
    sortear(na_vez("sorteado_ontem"), bruno, de=HOJE - timedelta(days=9), ate=HOJE - timedelta(days=1))
    falar(na_vez("tentado"), bruno, 0, efetiva=False)
    falar(na_vez("descanso"), ana, 6)
    falar(na_vez("descansou"), ana, 7)
    falar(na_vez("tentado_ontem"), ana, 1, efetiva=False)
    espera = na_vez("agenda")
    Agendamento.objects.create(
        cliente=espera, responsavel=ana, criado_por=ana, em=HOJE + timedelta(days=3), tentativas=1
    )
    novo_pedido(na_vez("ja_comprou"), "P1", HOJE)
    return {
        **{c: c for c in ("encerrado", "fora_do_perfil", "prospect", "inativo", "longe", "bloqueado", "nao_ligar")},
        **{c: c for c in ("adiado", "controle", "tentado", "descanso", "agenda", "ja_comprou")},
        **dict.fromkeys(("sorteado_amanha", "sorteado_ontem"), ""),
        **dict.fromkeys(("no_limite", "so_email_nao", "adiado_ate_hoje", "descansou", "tentado_ontem"), ""),
        "sem_data": "longe",
        "nenhum_canal": "nao_ligar",
    }  # fmt: skip


def test_cada_regra_deixa_de_fora_quem_diz_e_so_ele(na_vez: Any, ana: Any, bruno: Any) -> None:
    esperado = semear_uma_de_cada(na_vez, ana, bruno)
    assert motivos() == esperado
    elegiveis = Indicadores.objects.elegiveis(Momento(HOJE, HOJE)).values_list("cliente__codigo", flat=True)
    assert set(elegiveis) == {codigo for codigo, motivo in esperado.items() if not motivo}
    da_hora = Indicadores.objects.filter(na_hora(Momento(HOJE, HOJE)))
    na_lista = {regra.chave for regra in REGRAS_DA_FILA if regra.na_hora} | {""}
    assert set(da_hora.values_list("cliente__codigo", flat=True)) == {
        codigo for codigo, motivo in esperado.items() if motivo in na_lista
    }


def test_toda_regra_tem_nome_e_explicacao() -> None:
    for regra in REGRAS_DA_FILA:
        assert regra.nome
        assert regra.explicacao(Criterios()).endswith("."), regra.chave
    assert len({regra.chave for regra in REGRAS_DA_FILA}) == len(REGRAS_DA_FILA)


def test_a_conta_fecha_e_os_nomes_sao_os_da_contagem(
    na_vez: Any, ana: Any, bruno: Any, carla: Any, empresa: Empresa
) -> None:
    """Todo cliente que se vê está combinado, feito, na tela, à espera da capacidade ou fora por uma regra."""
    esperado = semear_uma_de_cada(na_vez, ana, bruno)
    na_vez("de_carla", vendedor=carla, bloqueado=True)
    combinado = na_vez("combinado", bloqueado=True)
    Agendamento.objects.create(cliente=combinado, responsavel=ana, criado_por=ana, em=HOJE)
    falar(na_vez("feito"), ana, 0)
    ana.capacidade_diaria = 4
    dias = {empresa.pk: HOJE}
    achada = televendas(pessoa=ana, referencias=dias, hoje=HOJE)
    assert [item.ind.cliente.codigo for item in achada.hoje] == ["combinado", "adiado_ate_hoje", "descansou"]
    assert achada.fora.alem == 5  # sete na vez, dois na tela; o combinado e o feito tomam as outras vagas
    contados = {regra.chave: n for regra, n in achada.fora.por_regra}
    de_fora = [motivo for motivo in esperado.values() if motivo]
    assert contados == {motivo: de_fora.count(motivo) for motivo in de_fora}
    assert achada.fora.total + achada.fora.alem + len(achada.hoje) + 1 == len(esperado) + 2
    for chave, n in contados.items():
        nomes = quem_ficou_de_fora(pessoa=ana, referencias=dias, hoje=HOJE, regra=chave)
        assert len(nomes) == n, chave
    de_hoje = fila_de_hoje(pessoa=ana, referencias=dias, hoje=HOJE)
    assert (de_hoje.fora.da_hora, de_hoje.fora.alem) == (achada.fora.da_hora, 5)
    assert fora_da_fila(pessoa=ana, referencias=dias, hoje=HOJE).por_regra == achada.fora.por_regra
    assert [i.cliente.codigo for i in quem_ficou_de_fora(
        pessoa=carla, referencias=dias, hoje=HOJE, regra="bloqueado"
    )] == ["de_carla"]  # fmt: skip


@pytest.mark.parametrize(
    ("criterios", "fora"),
    [
        ({}, {"C1": "bloqueado", "C2": "bloqueado", "C3": ""}),
        ({"incluir_bloqueados": True}, {"C1": "", "C2": "", "C3": ""}),
        ({"incluir_bloqueados": True, "valor_minimo": D("999.99")}, {"C1": "", "C2": "bloqueado", "C3": ""}),
        ({"incluir_bloqueados": True, "valor_minimo": D("1000.01")}, {"C1": "bloqueado", "C2": "bloqueado", "C3": "inadimplente"}),  # noqa: E501
        ({"incluir_inadimplentes": False}, {"C1": "bloqueado", "C2": "bloqueado", "C3": "inadimplente"}),
        ({"valor_minimo": D(5000)}, {"C1": "bloqueado", "C2": "bloqueado", "C3": "inadimplente"}),
    ],
)  # fmt: skip
def test_bloqueados_e_titulos_vencidos_entram_pelo_valor(
    na_vez: Any, criterios: dict[str, Any], fora: dict[str, str]
) -> None:
    """C1 e C2 bloqueados (o segundo só vale pelo último ano de compras), C3 com um título que venceu ontem."""
    na_vez("C1", bloqueado=True)
    na_vez("C2", bloqueado=True, dele={"valor_12m": D(0), "valor_ano_ativo": D(900)})
    vencido = na_vez("C3")
    for numero, dias, saldo in (("T1", 1, 10), ("T2", 0, 10), ("T3", 9, 0)):
        Titulo.objects.create(
            empresa=vencido.empresa, cliente=vencido, numero=numero, emissao=HOJE - timedelta(days=60),
            vencimento=HOJE - timedelta(days=dias), valor=10, saldo=saldo,
        )  # fmt: skip
    assert motivos(Criterios(**criterios)) == fora
    Titulo.objects.filter(numero="T1").delete()
    assert motivos(Criterios(**criterios))["C3"] == ""  # vence hoje: ainda se paga


def test_descanso_e_antecedencia_seguem_os_criterios(na_vez: Any, ana: Any) -> None:
    falar(na_vez("ha_9"), ana, 9)
    falar(na_vez("ha_10"), ana, 10)
    na_vez("em_5", dele={"status": Status.ATIVO, "proxima_compra_esperada": HOJE + timedelta(days=5)})
    na_vez("em_6", dele={"status": Status.ATIVO, "proxima_compra_esperada": HOJE + timedelta(days=6)})
    assert motivos(Criterios(dias_de_descanso=10, antecedencia_dias=5)) == {
        "ha_9": "descanso", "ha_10": "", "em_5": "", "em_6": "longe",
    }  # fmt: skip
    assert set(motivos(Criterios(dias_de_descanso=0)).values()) == {""}


def test_adiado_e_descanso_contam_de_hoje_mesmo_com_os_numeros_de_ontem(na_vez: Any, ana: Any) -> None:
    na_vez("volta_hoje", adiado_ate=HOJE, adiado_motivo="Férias")
    falar(na_vez("descansou"), ana, 7)
    de_ontem = Momento(HOJE - timedelta(days=1), HOJE)
    assert Indicadores.objects.elegiveis(de_ontem).count() == 2


# ── As ordens ──


def ordem(pessoa: Any, empresa: Empresa, qual: str | None = None) -> list[str]:
    fila = fila_de_hoje(pessoa=pessoa, referencias={empresa.pk: HOJE}, hoje=HOJE, ordem=qual)
    return [item.ind.cliente.codigo for item in fila.itens]


def test_perda_e_risco_ordenam_diferente_e_o_empate_e_do_codigo(
    na_vez: Any, ana: Any, empresa: Empresa
) -> None:
    na_vez("grande", dele={"valor_12m": D(9000), "dias_de_compra": 12})
    na_vez("pequeno", dele={"valor_12m": D(10), "dias_de_compra": 2})
    for codigo in ("b", "a"):
        na_vez(codigo, dele={"valor_12m": D(500)})
    assert ordem(ana, empresa) == ["grande", "a", "b", "pequeno"]
    assert ordem(ana, empresa, "risco") == ["pequeno", "a", "b", "grande"]
    ana.ordem_da_fila = "risco"
    assert ordem(ana, empresa) == ["pequeno", "a", "b", "grande"]
    assert ordem(ana, empresa, "perda") == ["grande", "a", "b", "pequeno"]


def test_o_combinado_vem_antes_em_qualquer_ordem(na_vez: Any, ana: Any, empresa: Empresa) -> None:
    na_vez("a", dele={"valor_12m": D(9000)})
    combinado = na_vez("z", dele={"valor_12m": D(1)})
    Agendamento.objects.create(cliente=combinado, responsavel=ana, criado_por=ana, em=HOJE)
    assert ordem(ana, empresa) == ordem(ana, empresa, "risco") == ["z", "a"]


# ── Os critérios da empresa ──


def test_mudar_guarda_o_motivo_e_desfazer_volta_ao_de_antes(empresa: Empresa, davi: Any) -> None:
    novos = Criterios(dias_de_descanso=15, incluir_bloqueados=True, valor_minimo=D("500.50"))
    mudados = mudar_criterios(empresa=empresa, novos=novos, por=davi, motivo="Muitas ligações")
    assert mudados == {"dias_de_descanso", "incluir_bloqueados", "valor_minimo"}
    assert criterios_da(empresa) == novos
    registro = mudancas_dos_criterios(empresa).get()
    assert (registro.por, registro.antes) == (
        davi, {"dias_de_descanso": 7, "incluir_bloqueados": False, "valor_minimo": "0.00"},
    )  # fmt: skip
    assert registro.depois["motivo"] == "Muitas ligações"
    assert mudar_criterios(empresa=empresa, novos=novos, por=davi, motivo="de novo") == set()
    assert desfazer_criterios(empresa=empresa, registro=registro, por=davi) == mudados
    assert criterios_da(empresa) == Criterios()
    with pytest.raises(RegraInvalida, match="Só a última mudança"):
        desfazer_criterios(empresa=empresa, registro=registro, por=davi)


def test_criterio_impossivel_e_recusado_e_nada_muda(empresa: Empresa, davi: Any) -> None:
    for novos in (Criterios(capacidade_padrao=0), Criterios(valor_minimo=D(-1))):
        with pytest.raises(ValidationError):
            mudar_criterios(empresa=empresa, novos=novos, por=davi, motivo="x")
    assert not ParametrosDaFila.objects.exists()
    assert not mudancas_dos_criterios(empresa).exists()


def test_cada_empresa_tem_os_seus_criterios_e_a_sua_data(
    na_vez: Any, ana: Any, davi: Any, empresa: Empresa, novo_cliente: Any
) -> None:
    outra = Empresa.objects.create(codigo="2", nome="Filial", referencia=HOJE)
    Vinculo.objects.create(usuario=ana, empresa=outra)
    na_vez("C1", bloqueado=True)
    na_vez("C2", bloqueado=True, empresa=outra)
    novos = Criterios(incluir_bloqueados=True, capacidade_padrao=1)
    mudar_criterios(empresa=outra, novos=novos, por=davi, motivo="Filial liga a todos")
    fila = fila_de_hoje(pessoa=ana, referencias={empresa.pk: HOJE, outra.pk: HOJE}, hoje=HOJE)
    assert [item.ind.cliente.codigo for item in fila.itens] == ["C2"]
    assert [(regra.chave, n) for regra, n in fila.fora.por_regra] == [("bloqueado", 1)]
    assert fila.fora.capacidade == 12  # a maior entre as das empresas dela


def test_capacidade_da_pessoa_ganha_da_empresa(ana: Any) -> None:
    assert capacidade_de(ana, [Criterios(capacidade_padrao=5), Criterios(capacidade_padrao=8)]) == 8
    assert capacidade_de(ana, []) == 12
    ana.capacidade_diaria = 3
    assert capacidade_de(ana, [Criterios(capacidade_padrao=5)]) == 3


def test_a_previa_diz_o_que_salvar_faria_e_nao_escreve(
    na_vez: Any, ana: Any, carla: Any, davi: Any, empresa: Empresa
) -> None:
    na_vez("C1", bloqueado=True, dele={"valor_12m": D(700)})
    na_vez("C2", bloqueado=True, vendedor=None)
    na_vez("C3", vendedor=carla)
    na_vez("C4", dele={"status": Status.ATIVO, "proxima_compra_esperada": HOJE + timedelta(days=20)})
    novos = Criterios(incluir_bloqueados=True, antecedencia_dias=10, capacidade_padrao=20)
    dia = {"empresa": empresa, "novos": novos, "referencia": HOJE, "hoje": HOJE}
    with CaptureQueriesContext(connection) as consultas:
        previa = previa_da_fila(**dia)
    assert len(consultas) == 3
    assert not any(c["sql"].startswith(("INSERT", "UPDATE", "DELETE")) for c in consultas)
    linhas = {v.vendedor: (v.antes, v.entram, v.saem, v.depois, v.cabem_depois) for v in previa.vendedores}
    assert linhas == {
        "Ana Souza": (1, 1, 1, 1, 20), "Carla Dias": (1, 0, 0, 1, 20), "Sem vendedor": (0, 1, 0, 1, 0),
    }  # fmt: skip
    assert (previa.entram, previa.saem, previa.valor_que_entra, previa.valor_que_sai) == (
        2,
        1,
        D(1700),
        D(1000),
    )
    entram = quem_muda(**dia, movimento="entra")
    assert [(i.cliente.codigo, i.antes) for i in entram] == [("C2", "bloqueado"), ("C1", "bloqueado")]
    assert [i.cliente.codigo for i in quem_muda(**dia, movimento="entra", vendedor=str(ana.pk))] == ["C1"]
    assert [i.cliente.codigo for i in quem_muda(**dia, movimento="entra", vendedor="0")] == ["C2"]
    assert [(i.cliente.codigo, i.depois) for i in quem_muda(**dia, movimento="sai")] == [("C4", "longe")]
    assert criterios_da(empresa) == Criterios()
    mudar_criterios(empresa=empresa, novos=novos, por=davi, motivo="Prévia conferida")
    for vendedor in previa.vendedores:
        na_fila = Indicadores.objects.filter(vendedor=vendedor.vendedor_id).elegiveis(
            Momento(HOJE, HOJE, criterios_da(empresa))
        )
        assert na_fila.count() == vendedor.depois
