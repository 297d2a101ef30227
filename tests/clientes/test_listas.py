"""Listas de trabalho: quem entra, quem liga, quem fica de fora, o que se fez, e nada do que é de outros."""

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from clientes.carteiras import transferir
from clientes.exclusoes import condicao, frase, motivo_do_cliente, motivo_na_lista
from clientes.listas import (
    ListaInvalida,
    criar,
    incluir,
    ligar_exclusao,
    pode_gerir,
    tirar,
)
from clientes.membros_da_lista import repartir_de_novo, soltar_de_quem_nao_ve
from clientes.models import (
    CanalDeContato,
    Cliente,
    ListaDeTrabalho,
    MembroDaLista,
    MotivoDeExclusao,
    Ocorrencia,
    Titulo,
)
from clientes.progresso_de_lista import RECORTES, Progresso, andamento, com_progresso, por_lista
from clientes.relacionamento import registrar_contato
from contas.models import Cobertura, Empresa
from tests.clientes.listas_de_teste import DIAS, HOJE, clientes_de, ids, lista_pequena, rascunho  # noqa: F401
from tests.conftest import SAO_PAULO, criar_pessoa, novo_pedido

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


def ocorrencia(efetiva: bool) -> Ocorrencia:
    achada = Ocorrencia.objects.filter(efetiva=efetiva, ativa=True).first()
    assert achada
    return achada


def ligar(cliente: Cliente, por: Any, *, efetiva: bool = True, dia: date = HOJE) -> None:
    registrar_contato(
        cliente=cliente, canal="ligacao", ocorrencia=ocorrencia(efetiva), chave=uuid.uuid4(), por=por,
        em=datetime(dia.year, dia.month, dia.day, 8, tzinfo=SAO_PAULO),
    )  # fmt: skip


# ── Quem vê ──────────────────────────────────────────────────────────────────


def test_vendedor_ve_so_os_membros_dele_e_nunca_o_controle(
    lista: Any, empresa: Any, ana: Any, bruno: Any, carla: Any, davi: Any, lia: Any, novo_cliente: Any
) -> None:
    alheio = novo_cliente("X1", vendedor=carla)
    incluir(lista=lista, clientes=[alheio.pk], por=davi, hoje=HOJE)
    lista.membros.filter(cliente__codigo="C0").update(controle=True)
    vistos = {
        pessoa.nome.split()[0]: sorted(
            MembroDaLista.objects.visiveis_para(pessoa).values_list("cliente__codigo", flat=True)
        )
        for pessoa in (ana, bruno, carla, davi, lia)
    }
    assert vistos == {
        "Ana": ["C1", "C2", "C3"],
        "Bruno": ["C0", "C1", "C2", "C3"],
        "Carla": ["X1"],
        "Davi": ["C0", "C1", "C2", "C3", "X1"],
        "Lia": ["C0", "C1", "C2", "C3", "X1"],
    }


def test_lista_sem_membro_meu_nao_existe_para_mim(
    lista: Any, ana: Any, bruno: Any, carla: Any, davi: Any, lia: Any, empresa: Any
) -> None:
    outra = Empresa.objects.create(codigo="2", nome="Outra")
    edu, gil = criar_pessoa("Edu Longe", outra, "admin"), criar_pessoa("Gil Gestor", empresa, "gestor")
    veem = {
        p.nome.split()[0]: ListaDeTrabalho.objects.visiveis_para(p).exists()
        for p in (ana, bruno, carla, davi, lia, edu, gil)
    }
    assert veem == {
        "Ana": True, "Bruno": True, "Carla": False, "Davi": True, "Lia": True, "Edu": False, "Gil": False,
    }  # fmt: skip
    assert [p.nome for p in (ana, bruno, davi, lia, gil) if pode_gerir(lista, p)] == [
        "Bruno Lima",
        "Davi Rocha",
    ]
    bruno.is_active = False
    assert not ListaDeTrabalho.objects.visiveis_para(bruno).exists()
    assert not MembroDaLista.objects.visiveis_para(bruno).exists()


def test_quem_cobre_as_ferias_trabalha_a_lista_e_depois_nao_a_ve_mais(
    lista: Any, ana: Any, carla: Any
) -> None:
    lista.membros.filter(cliente__codigo="C1").update(responsavel=ana)
    ferias = Cobertura.objects.create(
        ausente=ana, substituto=carla, periodo=DateRange(HOJE - DIAS, HOJE + 3 * DIAS)
    )
    assert MembroDaLista.objects.visiveis_para(carla).count() == 4
    ferias.delete()
    assert MembroDaLista.objects.visiveis_para(carla).count() == 0
    assert not ListaDeTrabalho.objects.visiveis_para(carla).exists()


def test_transferido_o_cliente_a_lista_vai_com_ele_para_o_novo_dono(
    lista: Any, ana: Any, carla: Any, davi: Any
) -> None:
    lista.reparticao = "igual"
    lista.save()
    lista.participantes.set([ana])
    repartir_de_novo(lista, hoje=HOJE)
    assert clientes_de(lista, responsavel=ana) == ["C0", "C1", "C2", "C3"]
    c0 = Cliente.objects.get(codigo="C0")
    transferir(clientes=[c0.pk], para=carla, em=HOJE, por=davi)
    assert not MembroDaLista.objects.visiveis_para(carla).exists()  # até a noite, é de quem liga
    assert not MembroDaLista.objects.visiveis_para(ana).filter(cliente=c0).exists()
    assert soltar_de_quem_nao_ve([lista.pk], hoje=HOJE) == 1
    assert soltar_de_quem_nao_ve([lista.pk], hoje=HOJE) == 0
    assert list(MembroDaLista.objects.visiveis_para(carla).values_list("cliente", flat=True)) == [c0.pk]
    assert clientes_de(lista, responsavel=ana) == ["C1", "C2", "C3"]


def test_a_lista_nao_abre_a_carteira_de_ninguem(
    empresa: Any, ana: Any, bruno: Any, carla: Any, davi: Any, novo_cliente: Any
) -> None:
    """Repartida entre Ana e Bruno, a da Carla fica com a Carla: nenhum dos dois a vê."""
    clientes = [
        novo_cliente("A1", vendedor=ana),
        novo_cliente("A2", vendedor=ana),
        novo_cliente("X1", vendedor=carla),
    ]
    lista = criar(
        lista=rascunho(empresa, reparticao="igual"), clientes=[c.pk for c in clientes], por=davi, hoje=HOJE,
        participantes=[ana, bruno],
    )  # fmt: skip
    de_quem = dict(lista.membros.values_list("cliente__codigo", "responsavel"))
    assert {de_quem["A1"], de_quem["A2"]} == {ana.pk, bruno.pk}
    assert de_quem["X1"] is None
    assert not Cliente.objects.visiveis_para(ana).filter(codigo="X1").exists()


# ── As exclusões ─────────────────────────────────────────────────────────────

DE_FORA: dict[str, dict[str, Any]] = {
    "encerrado": {"encerrado_em": HOJE},
    "fora_do_perfil": {"fora_do_perfil": True},
    "nao_contatar": {"nao_contatar": CanalDeContato.values},
    "bloqueado": {"bloqueado": True},
    "adiado": {"adiado_ate": HOJE + DIAS},
}


def titulo(cliente: Cliente, vencimento: date, saldo: str = "50") -> Titulo:
    return Titulo.objects.create(
        empresa=cliente.empresa, numero=f"T{cliente.codigo}{vencimento}", cliente=cliente, valor=Decimal(100),
        emissao=vencimento - 30 * DIAS, vencimento=vencimento, saldo=Decimal(saldo),
    )  # fmt: skip


def motivos(**codigos: Any) -> dict[str, str]:
    return dict(Cliente.objects.annotate(m=motivo_do_cliente(HOJE, **codigos)).values_list("codigo", "m"))


def test_cada_exclusao_no_limite_dela(empresa: Any, ana: Any, novo_cliente: Any) -> None:
    empresa.referencia = HOJE - DIAS
    empresa.save()
    for chave, campos in DE_FORA.items():
        novo_cliente(chave, vendedor=ana, **campos)
    novo_cliente("quase", vendedor=ana, nao_contatar=CanalDeContato.values[:-1], adiado_ate=HOJE)
    venceu, vence, pago = (novo_cliente(c, vendedor=ana) for c in ("venceu", "vence", "pago"))
    titulo(venceu, HOJE - 2 * DIAS)
    titulo(vence, HOJE - DIAS)  # no dia dos números ainda se paga
    titulo(pago, HOJE - 9 * DIAS, saldo="0")
    assert motivos() == {c: c for c in DE_FORA} | {
        "quase": "",
        "venceu": "inadimplente",
        "vence": "",
        "pago": "",
    }


def test_conta_pelo_primeiro_motivo_e_a_oposicao_a_tudo_nao_se_desliga(
    empresa: Any, ana: Any, bruno: Any, novo_cliente: Any
) -> None:
    novo_cliente("dois", vendedor=ana, bloqueado=True, adiado_ate=HOJE + DIAS)
    novo_cliente("opos", vendedor=ana, nao_contatar=CanalDeContato.values)
    assert motivos() == {"dois": "bloqueado", "opos": "nao_contatar"}
    tudo = {"desligadas": MotivoDeExclusao.values}
    assert motivos(desligadas=["bloqueado"])["dois"] == "adiado"
    assert motivos(**tudo) == {"dois": "", "opos": "nao_contatar"}
    lista = criar(lista=rascunho(empresa), clientes=ids(), por=bruno, hoje=HOJE)
    with pytest.raises(ListaInvalida, match="não se desliga"):
        ligar_exclusao(lista=lista, motivo="nao_contatar", ligada=False, por=bruno)
    with pytest.raises(IntegrityError), transaction.atomic():
        ListaDeTrabalho.objects.update(exclusoes_desligadas=["nao_contatar"])


@pytest.mark.parametrize("motivo", MotivoDeExclusao.values)
def test_a_lista_e_o_cliente_dizem_o_mesmo_motivo(
    motivo: str, empresa: Any, ana: Any, bruno: Any, novo_cliente: Any
) -> None:
    cliente = novo_cliente("C1", vendedor=ana, **DE_FORA.get(motivo, {}))
    if motivo == "inadimplente":
        titulo(cliente, HOJE - 40 * DIAS)
    lista = criar(lista=rascunho(empresa), clientes=[cliente.pk], por=bruno, hoje=HOJE)
    assert lista.membros.get().fora_ao_entrar == motivo
    assert lista.membros.annotate(m=motivo_na_lista(HOJE)).get().m == motivo
    assert Cliente.objects.filter(condicao(motivo, HOJE)).get() == cliente
    if motivo != "nao_contatar":
        assert ligar_exclusao(lista=lista, motivo=motivo, ligada=False, por=bruno)
        assert not ligar_exclusao(lista=lista, motivo=motivo, ligada=False, por=bruno)
        assert lista.membros.annotate(m=motivo_na_lista(HOJE)).get().m == ""


def test_quem_ficou_inadimplente_depois_some_da_chamada_e_continua_contado(lista: Any, bruno: Any) -> None:
    titulo(Cliente.objects.get(codigo="C1"), HOJE - 2 * DIAS)
    feito = andamento(lista.membros.all(), HOJE)
    assert (feito.total.a_contatar, feito.total.membros, feito.total.de_fora) == (3, 3, 1)
    assert frase(feito.motivos) == "1 inadimplente"
    ligar_exclusao(lista=lista, motivo="inadimplente", ligada=False, por=bruno)
    feito = andamento(lista.membros.all(), HOJE)
    assert (feito.total.a_contatar, feito.total.de_fora, feito.motivos) == (4, 0, {})


def test_frase_do_mais_comum_ao_mais_raro() -> None:
    assert (
        frase({"bloqueado": 1, "inadimplente": 20, "adiado": 3}) == "20 inadimplentes, 3 adiados, 1 bloqueado"
    )


# ── O progresso ──────────────────────────────────────────────────────────────


def test_conta_o_que_houve_no_periodo_e_desde_que_entrou(lista: Any, ana: Any) -> None:
    c0, c1, c2, c3 = Cliente.objects.order_by("codigo")
    ligar(c0, ana, dia=HOJE - 6 * DIAS)  # antes de a lista começar
    ligar(c1, ana, dia=HOJE - 5 * DIAS)  # no primeiro dia
    ligar(c2, ana, efetiva=False)  # só tentou
    novo_pedido(c1, "P1", HOJE - 5 * DIAS, "100.50")
    novo_pedido(c1, "P2", HOJE, "20.00")
    novo_pedido(c1, "P3", HOJE, "999", situacao="cancelado")
    novo_pedido(c3, "P4", HOJE - 6 * DIAS, "70")  # na véspera
    novo_pedido(c3, "P5", HOJE + DIAS, "70")  # depois dos números
    p = andamento(lista.membros.all(), HOJE).total
    assert (p.membros, p.procurados, p.contatados, p.compraram) == (4, 2, 1, 1)
    assert (p.pedidos, p.valor, p.ticket) == (2, Decimal("120.50"), Decimal("60.25"))
    assert (p.a_contatar, p.procurados_pct, p.contatados_pct) == (3, 50, 25)
    assert por_lista(lista.membros.all(), HOJE)[lista.pk].valor == Decimal("120.50")


def test_o_fim_da_lista_fecha_a_conta(lista: Any, ana: Any, bruno: Any) -> None:
    c0 = Cliente.objects.get(codigo="C0")
    ligar(c0, ana)
    novo_pedido(c0, "P1", HOJE, "10")
    ListaDeTrabalho.objects.update(ate=HOJE - DIAS)
    p = andamento(lista.membros.all(), HOJE).total
    assert (p.contatados, p.compraram) == (0, 0)
    ListaDeTrabalho.objects.update(ate=HOJE)
    p = andamento(lista.membros.all(), HOJE).total
    assert (p.contatados, p.compraram) == (1, 1)


def test_cada_recorte_tem_quantos_a_medida_diz(lista: Any, ana: Any, bruno: Any) -> None:
    c0, c1, c2, c3 = Cliente.objects.order_by("codigo")
    ligar(c0, ana)
    novo_pedido(c1, "P1", HOJE, "10")
    titulo(c2, HOJE - 9 * DIAS)
    tirar(lista=lista, cliente=c3.pk, por=bruno, hoje=HOJE)
    lista.membros.filter(cliente=c0).update(controle=False)
    total = andamento(lista.membros.all(), HOJE).total
    membros = com_progresso(lista.membros.all(), HOJE)
    assert {nome: membros.filter(q).count() for nome, q in RECORTES.items()} == {
        nome: getattr(total, nome) for nome in RECORTES
    }
    assert (total.contatados, total.compraram, total.de_fora, total.sairam, total.a_contatar) == (
        1,
        1,
        1,
        1,
        0,
    )


def test_por_quem_liga_e_o_que_responderam(lista: Any, ana: Any, carla: Any) -> None:
    c0, c1, c2, _ = Cliente.objects.order_by("codigo")
    Cliente.objects.filter(pk=c2.pk).update(vendedor=carla)
    ligar(c0, ana)
    ligar(c1, ana, efetiva=False)
    feito = andamento(lista.membros.all(), HOJE)
    assert [(p.nome, p.progresso.membros, p.progresso.contatados) for p in feito.por_quem] == [
        ("Ana Souza", 3, 1), ("Carla Dias", 1, 0),
    ]  # fmt: skip
    assert feito.resultados == {str(ocorrencia(True)): 1, str(ocorrencia(False)): 1}
    assert feito.de(999) == Progresso()


# ── O grupo de controle ──────────────────────────────────────────────────────


def test_controle_sorteia_so_quem_seria_chamado_e_sempre_os_mesmos(
    empresa: Any, ana: Any, bruno: Any, novo_cliente: Any
) -> None:
    for n in range(10):
        novo_cliente(f"C{n}", vendedor=ana, bloqueado=n < 4)
    sorteados = []
    for nome in ("Uma", "Outra"):
        lista = criar(
            lista=rascunho(empresa, nome=nome, controle_pct=50), clientes=ids(), por=bruno, hoje=HOJE
        )
        sorteados.append(clientes_de(lista, controle=True))
    assert sorteados[0] == sorteados[1]
    assert len(sorteados[0]) == 3
    assert not set(sorteados[0]) & {"C0", "C1", "C2", "C3"}
    p = andamento(lista.membros.all(), HOJE).total
    assert (p.membros, p.de_fora, p.controle, p.sorteados) == (3, 4, 3, 3)


def test_comparacao_so_conta_quem_entrou_para_ser_chamado(
    empresa: Any, ana: Any, bruno: Any, novo_cliente: Any
) -> None:
    empresa.referencia = HOJE
    empresa.save()
    clientes = [novo_cliente(f"C{n}", vendedor=ana, bloqueado=n == 9) for n in range(10)]
    lista = criar(lista=rascunho(empresa), clientes=ids(), por=bruno, hoje=HOJE)
    lista.membros.filter(cliente__in=clientes[:4]).update(controle=True)
    for n in (0, 4, 5, 9):
        novo_pedido(clientes[n], f"P{n}", HOJE, "10")
    for n in (0, 4):
        ligar(clientes[n], ana)
    p = andamento(lista.membros.all(), HOJE).total
    assert (p.sorteados, p.sorteados_compraram, p.conversados, p.conversados_compraram) == (5, 2, 1, 1)
    assert (p.controle, p.controle_compraram, p.controle_valor, p.controle_procurados) == (4, 1, 10, 1)


def test_o_banco_recusa_quem_ligue_para_o_controle(lista: Any, ana: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        lista.membros.update(controle=True, responsavel=ana)
