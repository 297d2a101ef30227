"""Quem administra os catálogos: o usado nunca se apaga, e mudar o que é conversa refaz os relógios."""

import uuid
from datetime import date
from typing import Any

import pytest

from atividade.models import Indicadores
from clientes.catalogos import CatalogoInvalido, apagar, com_usos, mover, por_em_uso, salvar
from clientes.models import (
    Campanha,
    CausaDaInatividade,
    Cliente,
    Contato,
    Motivo,
    Objecao,
    Ocorrencia,
    Pitch,
)
from clientes.relacionamento import WHATSAPP_ABERTO, desfazer_contato, registrar_contato, registrar_whatsapp
from contas.models import Empresa, RegistroDeAuditoria, Usuario
from tests.conftest import HOJE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


@pytest.fixture
def cliente(ana: Usuario, novo_cliente: Any) -> Cliente:
    return novo_cliente("C1", vendedor=ana)


def contato(cliente: Cliente, por: Usuario, ocorrencia: str = "Vai pensar", **resto: Any) -> Contato:
    return registrar_contato(
        cliente=cliente, canal="ligacao", ocorrencia=Ocorrencia.objects.get(nome=ocorrencia), por=por,
        chave=uuid.uuid4(), **resto,
    )  # fmt: skip


def auditados() -> list[tuple[str, str, Any, Any]]:
    return list(RegistroDeAuditoria.objects.order_by("pk").values_list("acao", "objeto", "antes", "depois"))


# ── Criar e editar ──


def test_criar_vai_para_o_fim_e_editar_guarda_o_antes(davi: Usuario) -> None:
    novo = salvar(modelo=Motivo, por=davi, nome="  Feira   do setor ")
    assert (novo.nome, novo.ordem, novo.ativa) == ("Feira do setor", 8, True)
    salvar(modelo=Motivo, item=novo, por=davi, nome="Feira")
    salvar(modelo=Motivo, item=novo, por=davi, nome="Feira")
    assert auditados() == [
        ("criar motivo do contato", "Feira do setor", None, {"nome": "Feira do setor"}),
        ("editar motivo do contato", "Feira", {"nome": "Feira do setor"}, {"nome": "Feira"}),
    ]


def test_nome_repetido_e_recusado_sem_olhar_maiusculas(davi: Usuario) -> None:
    with pytest.raises(CatalogoInvalido, match="Já existe"):
        salvar(modelo=Objecao, por=davi, nome="PREÇO ALTO", contra_argumento="")
    assert Objecao.objects.count() == 7


def test_gestor_escreve_o_contra_argumento_e_mais_nada(bruno: Usuario, ana: Usuario) -> None:
    preco = Objecao.objects.get(nome="Preço alto")
    salvar(modelo=Objecao, item=preco, por=bruno, contra_argumento="Some o frete.")
    for quem, valores in (
        (bruno, {"nome": "Outro"}),
        (ana, {"contra_argumento": "x"}),
    ):
        with pytest.raises(CatalogoInvalido, match="Seu papel não muda"):
            salvar(modelo=Objecao, item=preco, por=quem, **valores)
    preco.refresh_from_db()
    assert (preco.nome, preco.contra_argumento) == ("Preço alto", "Some o frete.")


# ── Efetiva ──


def ultimo_contato(cliente: Cliente) -> Any:
    return Indicadores.objects.get(pk=cliente.pk).ultimo_contato_em


def test_mudar_o_que_e_conversa_pede_confirmacao_e_refaz_o_ultimo_contato(
    davi: Usuario, ana: Usuario, cliente: Cliente
) -> None:
    feito = contato(cliente, ana)
    desfazer_contato(contato=contato(cliente, ana), por=ana)
    pensar = Ocorrencia.objects.get(nome="Vai pensar")
    with pytest.raises(CatalogoInvalido, match="usada em 1 contato de 1 cliente") as erro:
        salvar(modelo=Ocorrencia, item=pensar, por=davi, efetiva=False)
    assert erro.value.campo == "confirmo"
    assert ultimo_contato(cliente) == feito.em
    salvar(modelo=Ocorrencia, item=pensar, por=davi, efetiva=False, confirmado=True)
    assert ultimo_contato(cliente) is None
    salvar(modelo=Ocorrencia, item=pensar, por=davi, efetiva=True, confirmado=True)
    assert ultimo_contato(cliente) == feito.em


def test_mudar_o_que_nunca_se_usou_nao_pergunta(davi: Usuario) -> None:
    pensar = Ocorrencia.objects.get(nome="Vai pensar")
    assert salvar(modelo=Ocorrencia, item=pensar, por=davi, efetiva=False).efetiva is False


# ── Apagar, inativar, ordenar ──


def test_o_usado_nao_se_apaga_nem_desfeito_e_o_nunca_usado_sim(
    davi: Usuario, ana: Usuario, cliente: Cliente, empresa: Empresa
) -> None:
    campanha = Campanha.objects.create(empresa=empresa, nome="Verão", inicio=HOJE)
    preco, motivo = Objecao.objects.get(nome="Preço alto"), Motivo.objects.get(nome="Pós-venda")
    causa = CausaDaInatividade.objects.get(nome="Intencional")
    feito = contato(cliente, ana, objecoes=[preco], motivo=motivo, campanha=campanha)
    desfazer_contato(contato=feito, por=ana)
    Pitch.objects.create(cliente=cliente, causa=causa, por=ana)
    for item in (preco, motivo, campanha, causa, feito.ocorrencia):
        with pytest.raises(CatalogoInvalido, match="já se usou uma vez: inative"):
            apagar(item=item, por=davi)
        item.refresh_from_db()
    assert list(feito.objecoes.all()) == [preco]
    apagar(item=Objecao.objects.get(nome="Está com estoque"), por=davi)
    assert Objecao.objects.count() == 6
    assert auditados()[-1][:2] == ("apagar objeção", "Está com estoque")


def test_inativa_some_do_formulario_e_volta(davi: Usuario) -> None:
    preco = Objecao.objects.get(nome="Preço alto")
    assert por_em_uso(item=preco, ativa=False, por=davi) is True
    assert por_em_uso(item=preco, ativa=False, por=davi) is False
    assert not Objecao.objects.get(nome="Preço alto").ativa
    assert por_em_uso(item=preco, ativa=True, por=davi) is True
    assert [linha[0] for linha in auditados()] == ["inativar objeção", "reativar objeção"]


def test_o_ultimo_resultado_em_uso_fica(davi: Usuario) -> None:
    ultima = Ocorrencia.objects.get(nome="Fez pedido")
    Ocorrencia.objects.exclude(pk=ultima.pk).update(ativa=False)
    for gesto in (
        lambda: por_em_uso(item=ultima, ativa=False, por=davi),
        lambda: apagar(item=ultima, por=davi),
    ):
        with pytest.raises(CatalogoInvalido, match="Pelo menos um resultado"):
            gesto()
    assert Ocorrencia.objects.get(ativa=True) == ultima


def test_a_ocorrencia_do_sistema_nao_se_mostra_nem_se_muda(
    davi: Usuario, ana: Usuario, cliente: Cliente
) -> None:
    registrar_whatsapp(cliente=cliente, chave=uuid.uuid4(), por=ana)
    dele = Ocorrencia.objects.get(nome=WHATSAPP_ABERTO)
    assert dele not in com_usos(Ocorrencia)
    with pytest.raises(CatalogoInvalido, match="pelo próprio sistema"):
        por_em_uso(item=dele, ativa=True, por=davi)
    with pytest.raises(CatalogoInvalido, match="pelo próprio sistema"):
        salvar(modelo=Ocorrencia, item=dele, por=davi, nome="Zap")


def nomes() -> list[str]:
    return list(CausaDaInatividade.objects.filter(ativa=True).values_list("nome", flat=True))


def test_mover_troca_com_o_vizinho_em_uso_e_na_ponta_nao_muda(davi: Usuario) -> None:
    antes = nomes()
    assert antes == [
        "Compra valores reduzidos", "Esquecido pelo vendedor", "Intencional", "Mau atendimento",
        "Falta de pagamento",
    ]  # fmt: skip
    por_em_uso(item=CausaDaInatividade.objects.get(nome="Intencional"), ativa=False, por=davi)
    mau = CausaDaInatividade.objects.get(nome="Mau atendimento")
    assert mover(item=mau, passo=-1, por=davi) is True
    assert nomes() == [
        "Compra valores reduzidos", "Mau atendimento", "Esquecido pelo vendedor", "Falta de pagamento",
    ]  # fmt: skip
    primeira = CausaDaInatividade.objects.get(nome="Compra valores reduzidos")
    assert mover(item=primeira, passo=-1, por=davi) is False
    assert auditados()[-1][0] == "reordenar causas da inatividade"


# ── Campanhas ──


def test_o_periodo_da_campanha_contem_os_contatos_que_ela_ja_tem(
    davi: Usuario, ana: Usuario, cliente: Cliente, empresa: Empresa
) -> None:
    campanha = salvar(
        modelo=Campanha,
        por=davi,
        empresa=empresa,
        nome="Verão",
        inicio=date(2026, 11, 1),
        fim=None,
        oferta="",
    )
    contato(cliente, ana, campanha=campanha)
    for valores, recusa in (
        ({"fim": date(2026, 11, 19)}, "Já há contatos até 20/11/2026"),
        ({"inicio": date(2026, 11, 21)}, "Já há contatos desde 20/11/2026"),
        ({"fim": date(2026, 10, 1)}, "Termina antes de começar"),
        ({"empresa": Empresa.objects.create(codigo="2", nome="Filial")}, "a empresa dela não muda"),
    ):
        with pytest.raises(CatalogoInvalido, match=recusa):
            salvar(modelo=Campanha, item=campanha, por=davi, **valores)
    salvar(modelo=Campanha, item=campanha, por=davi, fim=date(2026, 11, 20))
    campanha.refresh_from_db()
    assert (campanha.inicio, campanha.fim) == (date(2026, 11, 1), date(2026, 11, 20))


def test_o_mesmo_nome_vale_em_outra_empresa(davi: Usuario, empresa: Empresa) -> None:
    filial = Empresa.objects.create(codigo="2", nome="Filial")
    campos = {"nome": "Verão", "inicio": HOJE, "fim": None, "oferta": ""}
    for dona in (empresa, filial):
        salvar(modelo=Campanha, por=davi, empresa=dona, **campos)
    with pytest.raises(CatalogoInvalido, match="Já existe"):
        salvar(modelo=Campanha, por=davi, empresa=filial, **campos)
    assert Campanha.objects.count() == 2
