"""O que se faz com uma lista de trabalho: tirar, encerrar, apagar com volta, copiar, editar; e o que se recusa."""

from datetime import date
from typing import Any

import pytest

from clientes.carteiras import transferir
from clientes.listas import (
    ListaInvalida,
    apagar,
    copia_de,
    criar,
    desapagar,
    desfazer_inclusao,
    editar,
    encerrar,
    incluir,
    reabrir,
    tirar,
)
from clientes.models import (
    Campanha,
    Cliente,
    Contato,
    ListaDeTrabalho,
    MembroDaLista,
    Ocorrencia,
)
from clientes.progresso_de_lista import andamento
from contas.models import RegistroDeAuditoria
from tests.clientes.listas_de_teste import DIAS, HOJE, clientes_de, ids, lista_pequena, rascunho  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


def test_congelada_guarda_quem_entrou_tira_e_devolve(lista: Any, bruno: Any, novo_cliente: Any) -> None:
    c0 = Cliente.objects.get(codigo="C0")
    assert tirar(lista=lista, cliente=c0.pk, por=bruno, hoje=HOJE)
    assert not tirar(lista=lista, cliente=c0.pk, por=bruno, hoje=HOJE)
    assert clientes_de(lista, saiu_em=HOJE) == ["C0"]
    assert incluir(lista=lista, clientes=ids(), por=bruno, hoje=HOJE).quantos == 1
    assert incluir(lista=lista, clientes=ids(), por=bruno, hoje=HOJE).quantos == 0
    membro = lista.membros.get(cliente=c0)
    assert (membro.entrou_em, membro.saiu_em) == (HOJE - 5 * DIAS, None)
    assert [(m.entrou, m.em) for m in lista.movimentos.filter(cliente=c0)] == [
        (True, HOJE), (False, HOJE), (True, HOJE - 5 * DIAS),
    ]  # fmt: skip
    lista.viva = True
    lista.save()
    for gesto in (
        lambda: tirar(lista=lista, cliente=c0.pk, por=bruno, hoje=HOJE),
        lambda: incluir(lista=lista, clientes=[c0.pk], por=bruno, hoje=HOJE),
    ):
        with pytest.raises(ListaInvalida, match="só muda pelo filtro"):
            gesto()


def test_encerrar_fixa_de_quem_era_e_reabrir_solta(
    lista: Any, ana: Any, carla: Any, bruno: Any, davi: Any
) -> None:
    assert encerrar(lista=lista, por=bruno)
    assert not encerrar(lista=lista, por=bruno)
    transferir(clientes=ids(), para=carla, em=HOJE, por=davi)
    feito = andamento(lista.membros.all(), HOJE)
    assert [(p.nome, p.progresso.membros) for p in feito.por_quem] == [("Ana Souza", 4)]
    assert list(ListaDeTrabalho.objects.ativas(HOJE)) == []
    assert list(ListaDeTrabalho.objects.terminadas(HOJE)) == [lista]
    with pytest.raises(ListaInvalida, match="já terminou"):
        incluir(lista=lista, clientes=ids(), por=bruno, hoje=HOJE)
    assert reabrir(lista=lista, por=bruno, hoje=HOJE)
    assert [p.nome for p in andamento(lista.membros.all(), HOJE).por_quem] == ["Carla Dias"]
    ListaDeTrabalho.objects.update(ate=HOJE - DIAS)
    with pytest.raises(ListaInvalida, match="último dia já passou"):
        reabrir(lista=lista, por=bruno, hoje=HOJE)


def test_apagar_some_e_desfazer_traz_de_volta_se_o_nome_esta_livre(
    lista: Any, empresa: Any, ana: Any, bruno: Any
) -> None:
    assert apagar(lista=lista, por=bruno)
    assert not ListaDeTrabalho.objects.visiveis_para(bruno).exists()
    assert not MembroDaLista.objects.visiveis_para(ana).exists()
    outra = criar(lista=rascunho(empresa), clientes=[], por=bruno, hoje=HOJE)
    with pytest.raises(ListaInvalida, match="Já existe uma lista"):
        desapagar(lista=lista, por=bruno)
    apagar(lista=outra, por=bruno)
    assert desapagar(lista=lista, por=bruno)
    assert list(ListaDeTrabalho.objects.visiveis_para(bruno)) == [lista]
    acoes = (
        RegistroDeAuditoria.objects.filter(acao__contains="lista")
        .order_by("pk")
        .values_list("acao", flat=True)
    )
    assert list(acoes) == [
        "criar lista", "apagar lista", "criar lista", "apagar lista", "desfazer apagar lista",
    ]  # fmt: skip


def test_copia_tem_outro_nome_outro_sorteio_e_comeca_hoje(lista: Any, empresa: Any) -> None:
    lista.ate = HOJE + 5 * DIAS
    lista.campanha = Campanha.objects.create(
        empresa=empresa, nome="Passada", inicio=HOJE - 90 * DIAS, fim=HOJE - DIAS
    )
    lista.save()
    copia = copia_de(lista, hoje=HOJE)
    assert (copia.nome, copia.de, copia.ate, copia.campanha) == (
        "Voltar a vender (cópia)", HOJE, HOJE + 10 * DIAS, None,
    )  # fmt: skip
    assert copia.semente != lista.semente


@pytest.mark.parametrize(
    ("campos", "campo"),
    [
        ({"nome": "Voltar a vender"}, "nome"),
        ({"nome": "  "}, "nome"),
        ({"ate": HOJE - 6 * DIAS}, "ate"),
        ({"oferta": "10%"}, "oferta_tipo"),
        ({"reparticao": "igual"}, "participantes"),
    ],
)
def test_recusa_diz_o_campo_e_nada_muda(
    lista: Any, empresa: Any, bruno: Any, campos: dict[str, Any], campo: str
) -> None:
    with pytest.raises(ListaInvalida) as recusa:
        criar(lista=rascunho(empresa, **{"nome": "Nova"} | campos), clientes=ids(), por=bruno, hoje=HOJE)
    assert recusa.value.campo == campo
    assert ListaDeTrabalho.objects.count() == 1


def test_campanha_fora_do_periodo_da_lista_e_recusada(empresa: Any, bruno: Any) -> None:
    def campanha(nome: str, inicio: date, fim: date | None) -> Campanha:
        return Campanha.objects.create(empresa=empresa, nome=nome, inicio=inicio, fim=fim)

    acabou = campanha("Acabou", HOJE - 60 * DIAS, HOJE - 6 * DIAS)
    vira = campanha("Virá", HOJE + 11 * DIAS, None)
    vale = campanha("Vale", HOJE - 60 * DIAS, HOJE - 5 * DIAS)
    for quem, texto in ((acabou, "terminou em 14/11/2026"), (vira, "só começa em 01/12/2026")):
        nova = rascunho(empresa, nome=str(quem), campanha=quem, ate=HOJE + 10 * DIAS)
        with pytest.raises(ListaInvalida, match=texto):
            criar(lista=nova, clientes=[], por=bruno, hoje=HOJE)
    assert criar(lista=rascunho(empresa, campanha=vale), clientes=[], por=bruno, hoje=HOJE).pk


def test_editar_audita_o_que_mudou_e_reparte_de_novo(lista: Any, ana: Any, bruno: Any) -> None:
    mudou = editar(
        lista=lista, por=bruno, hoje=HOJE, donos=[bruno], participantes=[ana, bruno], nome=" Outra  vez ",
        reparticao="igual",
    )  # fmt: skip
    assert mudou is False
    lista.refresh_from_db()
    assert lista.nome == "Outra vez"
    de_cada = [clientes_de(lista, responsavel=p) for p in sorted((ana, bruno), key=lambda p: p.pk)]
    assert de_cada == [["C0", "C2"], ["C1", "C3"]]
    registro = RegistroDeAuditoria.objects.get(acao="editar lista")
    assert registro.depois == {"nome": "Outra vez", "reparticao": "igual"}
    with pytest.raises(ListaInvalida, match="Não se muda: controle_pct"):
        editar(lista=lista, por=bruno, hoje=HOJE, donos=[], participantes=[], controle_pct=10)
    with pytest.raises(ListaInvalida, match="não volta a ser viva"):
        editar(lista=lista, por=bruno, hoje=HOJE, donos=[], participantes=[ana], viva=True)


def test_o_que_entrou_junto_sai_junto_menos_quem_ja_se_procurou(
    lista: Any, ana: Any, bruno: Any, novo_cliente: Any
) -> None:
    """C0 tinha saído, N1 e N2 são novos; a Ana liga para N2 e o Bruno tira N3 à mão antes de desfazer."""
    c0 = Cliente.objects.get(codigo="C0")
    tirar(lista=lista, cliente=c0.pk, por=bruno, hoje=HOJE - DIAS)
    novos = [novo_cliente(f"N{n}", vendedor=ana) for n in (1, 2, 3)]
    feita = incluir(lista=lista, clientes=ids(), por=bruno, hoje=HOJE)
    assert feita.quantos == 4
    ligacao = Ocorrencia.objects.filter(efetiva=True)[0]
    Contato.objects.create(cliente=novos[1], atendente=ana, canal="ligacao", ocorrencia=ligacao)
    tirar(lista=lista, cliente=novos[2].pk, por=bruno, hoje=HOJE)
    volta = desfazer_inclusao(lista=lista, feita=feita, por=bruno, hoje=HOJE)
    assert (volta.sairam, volta.procurados) == (2, 1)
    assert clientes_de(lista, saiu_em__isnull=True) == ["C1", "C2", "C3", "N2"]
    assert clientes_de(lista, saiu_em=HOJE - DIAS) == ["C0"], "volta ao dia em que tinha saído"
    assert clientes_de(lista, saiu_em=HOJE) == ["N3"]
    assert not lista.membros.filter(cliente=novos[0]).exists(), "um engano não pesa na comparação"
    assert RegistroDeAuditoria.objects.filter(acao="desfazer incluir em lista").count() == 1
    de_novo = desfazer_inclusao(lista=lista, feita=feita, por=bruno, hoje=HOJE)
    assert (de_novo.sairam, de_novo.procurados) == (0, 1)
    encerrar(lista=lista, por=bruno)
    fechada = desfazer_inclusao(lista=lista, feita=feita, por=bruno, hoje=HOJE)
    assert (fechada.sairam, fechada.procurados) == (0, 0), "o resultado de uma lista encerrada não muda"
    reabrir(lista=lista, por=bruno, hoje=HOJE)
    outra = incluir(lista=lista, clientes=[novos[0].pk], por=bruno, hoje=HOJE)
    assert desfazer_inclusao(lista=lista, feita=feita, por=bruno, hoje=HOJE).sairam == 0, "é de outro gesto"
    assert desfazer_inclusao(lista=lista, feita=outra, por=bruno, hoje=HOJE).sairam == 1
    assert not lista.membros.filter(cliente=novos[0]).exists()
