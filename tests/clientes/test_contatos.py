"""Tudo o que um contato traz: objeções, campanha, pessoa, quando foi, abertura e fechamento, atendimento."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from atividade.models import Indicadores
from clientes.escolhas import escolhas_do_contato
from clientes.models import (
    Atendimento,
    Campanha,
    Cliente,
    Contato,
    Motivo,
    Objecao,
    Ocorrencia,
    PessoaDeContato,
)
from clientes.relacionamento import (
    NovoAtendimento,
    RelacionamentoInvalido,
    desfazer_contato,
    fechar_contato,
    reabrir_contato,
    registrar_contato,
)
from contas.models import Empresa, RegistroDeAuditoria, Usuario
from tests.conftest import HOJE, SAO_PAULO

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
AGORA = datetime(2026, 11, 20, 9, 0, tzinfo=SAO_PAULO)
ONTEM = AGORA - timedelta(days=1)


@pytest.fixture
def cliente(ana: Usuario, novo_cliente: Any) -> Cliente:
    return novo_cliente("C1", vendedor=ana)


@pytest.fixture
def verao(empresa: Empresa) -> Campanha:
    """Vale de 01/11 a 15/11/2026."""
    return Campanha.objects.create(
        empresa=empresa, nome="Verão", inicio=date(2026, 11, 1), fim=date(2026, 11, 15)
    )


def registrar(cliente: Cliente, por: Usuario, ocorrencia: str = "Não quer", **resto: Any) -> Contato:
    resto.setdefault("chave", uuid.uuid4())
    return registrar_contato(
        cliente=cliente, canal="ligacao", ocorrencia=Ocorrencia.objects.get(nome=ocorrencia), por=por, **resto
    )


# ── O que se guarda ──


def test_guarda_tudo_o_que_se_disse(ana: Usuario, cliente: Cliente) -> None:
    preco, prazo = Objecao.objects.get(nome="Preço alto"), Objecao.objects.get(nome="Prazo de entrega")
    motivo = Motivo.objects.get(nome="Pós-venda")
    contato = registrar(
        cliente, ana, sentido="receptivo", motivo=motivo, objecoes=[preco, prazo],
        observacao="  Volta em março  ",
    )  # fmt: skip
    lido = Contato.objects.get()
    assert set(lido.objecoes.all()) == {preco, prazo}
    assert (lido.sentido, lido.motivo, lido.observacao) == ("receptivo", motivo, "Volta em março")
    assert (lido.em, lido.fechado_em, lido.registrado_em) == (AGORA, AGORA, AGORA)
    assert (lido.origem, lido.atendente, lido.pk) == ("tela", ana, contato.pk)


def test_observacao_comprida_fica_inteira(ana: Usuario, cliente: Cliente) -> None:
    registrar(cliente, ana, observacao="ção" * 1000)
    assert Contato.objects.get().observacao == "ção" * 1000


# ── Quando foi ──


def test_a_visita_de_ontem_se_registra_hoje_com_a_data_dela(ana: Usuario, cliente: Cliente) -> None:
    registrar(cliente, ana, em=ONTEM)
    lido = Contato.objects.get()
    assert (lido.em, lido.fechado_em, lido.registrado_em) == (ONTEM, ONTEM, AGORA)
    assert Indicadores.objects.get(pk=cliente.pk).ultimo_contato_em == ONTEM


def test_o_contato_de_ontem_nao_recua_o_relogio_do_de_hoje(ana: Usuario, cliente: Cliente) -> None:
    registrar(cliente, ana)
    registrar(cliente, ana, em=ONTEM)
    assert Indicadores.objects.get(pk=cliente.pk).ultimo_contato_em == AGORA


@pytest.mark.parametrize(
    ("em", "mensagem"),
    [
        (AGORA + timedelta(minutes=11), "não pode ser no futuro"),
        (AGORA + timedelta(days=1), "não pode ser no futuro"),
        (AGORA - timedelta(days=30, seconds=1), "dos últimos 30 dias"),
    ],
)
def test_futuro_e_passado_distante_sao_recusados(
    ana: Usuario, cliente: Cliente, em: datetime, mensagem: str
) -> None:
    with pytest.raises(RelacionamentoInvalido, match=mensagem):
        registrar(cliente, ana, em=em)
    assert not Contato.objects.exists()


def test_relogio_do_aparelho_adiantado_dez_minutos_ainda_e_agora(ana: Usuario, cliente: Cliente) -> None:
    assert registrar(cliente, ana, em=AGORA + timedelta(minutes=10)).em == AGORA
    assert registrar(cliente, ana, em=AGORA - timedelta(days=30)).em == AGORA - timedelta(days=30)


# ── Campanha ──


@pytest.mark.parametrize(
    ("dia", "recusa"),
    [
        (date(2026, 10, 31), "só começa em 01/11/2026; o contato é de 31/10/2026"),
        (date(2026, 11, 1), ""),
        (date(2026, 11, 15), ""),
        (date(2026, 11, 16), "terminou em 15/11/2026; o contato é de 16/11/2026"),
    ],
)
def test_campanha_so_recebe_o_contato_do_periodo_dela(
    ana: Usuario, cliente: Cliente, verao: Campanha, dia: date, recusa: str
) -> None:
    em = datetime.combine(dia, AGORA.timetz())
    if not recusa:
        assert registrar(cliente, ana, campanha=verao, em=em).campanha == verao
        return
    with pytest.raises(RelacionamentoInvalido, match=recusa) as erro:
        registrar(cliente, ana, campanha=verao, em=em)
    assert erro.value.campo == "campanha"
    assert not Contato.objects.exists()


def test_campanha_de_outra_empresa_ou_fora_de_uso_e_recusada(ana: Usuario, cliente: Cliente) -> None:
    filial = Empresa.objects.create(codigo="2", nome="Filial")
    de_la = Campanha.objects.create(empresa=filial, nome="Natal", inicio=HOJE)
    parada = Campanha.objects.create(empresa=cliente.empresa, nome="Parada", inicio=HOJE, ativa=False)
    for campanha, recusa in ((de_la, "de outra empresa"), (parada, "não está mais em uso")):
        with pytest.raises(RelacionamentoInvalido, match=recusa):
            registrar(cliente, ana, campanha=campanha)
    assert not Contato.objects.exists()


# ── Pessoa ──


def test_nome_igual_sem_acento_e_a_pessoa_do_cliente(ana: Usuario, cliente: Cliente) -> None:
    gisela = PessoaDeContato.objects.create(cliente=cliente, nome="Gisela Conceição")
    contato = registrar(cliente, ana, pessoa="gisela  CONCEICAO", guardar_pessoa=True)
    assert (contato.pessoa_de_contato, contato.pessoa) == (gisela, "gisela CONCEICAO")
    assert PessoaDeContato.objects.count() == 1


def test_nome_novo_so_vira_pessoa_se_pedirem(ana: Usuario, cliente: Cliente) -> None:
    assert registrar(cliente, ana, pessoa="Márcia").pessoa_de_contato is None
    assert not PessoaDeContato.objects.exists()
    contato = registrar(cliente, ana, pessoa=" Márcia  Luz ", guardar_pessoa=True)
    marcia = PessoaDeContato.objects.get()
    assert (marcia.nome, marcia.cliente, contato.pessoa_de_contato) == ("Márcia Luz", cliente, marcia)
    registro = RegistroDeAuditoria.objects.get()
    assert (registro.acao, registro.por, registro.depois) == (
        "acrescentar pessoa de contato", ana, {"nome": "Márcia Luz"},
    )  # fmt: skip


def test_pessoa_de_outro_cliente_e_recusada(ana: Usuario, cliente: Cliente, novo_cliente: Any) -> None:
    alheia = PessoaDeContato.objects.create(cliente=novo_cliente("C2", vendedor=ana), nome="Rui")
    with pytest.raises(RelacionamentoInvalido, match="de outro cliente"):
        registrar(cliente, ana, pessoa_de_contato=alheia)
    assert not Contato.objects.exists()


# ── Abertura e fechamento ──


def test_em_aberto_fecha_uma_vez_com_a_nota_no_fim_da_observacao(
    ana: Usuario, bruno: Usuario, cliente: Cliente
) -> None:
    contato = registrar(cliente, ana, em=ONTEM, em_aberto=True, observacao="Quer a ficha técnica")
    assert Contato.objects.get().fechado_em is None
    assert fechar_contato(contato=contato, por=bruno, nota=" Mandei por e-mail ") is True
    assert fechar_contato(contato=contato, por=ana, nota="outra") is False
    lido = Contato.objects.get()
    assert (lido.em, lido.fechado_em) == (ONTEM, AGORA)
    assert (
        lido.observacao == "Quer a ficha técnica\n\nFechado por Bruno Lima em 20/11/2026: Mandei por e-mail"
    )
    registro = RegistroDeAuditoria.objects.get()
    assert (registro.acao, registro.por, registro.objeto) == (
        "fechar contato", bruno, f"contato {contato.pk} do cliente C1",
    )  # fmt: skip


def test_reabrir_guarda_a_nota_de_quem_fechou(ana: Usuario, cliente: Cliente) -> None:
    contato = registrar(cliente, ana, em_aberto=True)
    fechar_contato(contato=contato, por=ana, nota="Liguei")
    assert reabrir_contato(contato=contato, por=ana) is True
    assert reabrir_contato(contato=contato, por=ana) is False
    lido = Contato.objects.get()
    assert (lido.fechado_em, lido.observacao) == (None, "Fechado por Ana Souza em 20/11/2026: Liguei")


def test_nota_que_nao_cabe_e_recusada_e_o_contato_fica_aberto(ana: Usuario, cliente: Cliente) -> None:
    contato = registrar(cliente, ana, em_aberto=True, observacao="x" * 3990)
    with pytest.raises(RelacionamentoInvalido, match="tire 32 caracteres"):
        fechar_contato(contato=contato, por=ana, nota="abc")
    lido = Contato.objects.get()
    assert (lido.fechado_em, lido.observacao) == (None, "x" * 3990)


# ── Atendimento e desfazer ──


def test_o_contato_abre_uma_nao_conformidade_no_dia_dele(ana: Usuario, cliente: Cliente) -> None:
    novo = NovoAtendimento("nao_conformidade", " Três caixas abertas ", "Lote 7")
    contato = registrar(cliente, ana, em=ONTEM, atendimento=novo)
    aberto = Atendimento.objects.get()
    assert (aberto.contato, aberto.tipo, aberto.assunto, aberto.descricao) == (
        contato, "nao_conformidade", "Três caixas abertas", "Lote 7",
    )  # fmt: skip
    assert (aberto.aberto_em, aberto.aberto_por, aberto.empresa) == (ONTEM.date(), ana, cliente.empresa)


def test_atendimento_recusado_nao_deixa_contato(ana: Usuario, cliente: Cliente) -> None:
    with pytest.raises(RelacionamentoInvalido, match="Diga em poucas palavras"):
        registrar(cliente, ana, atendimento=NovoAtendimento("troca", "  "), pessoa="Rui", guardar_pessoa=True)
    assert not Contato.objects.exists()
    assert not Atendimento.objects.exists()
    assert not PessoaDeContato.objects.exists()


def test_desfazer_leva_o_atendimento_que_ninguem_tratou_e_guarda_o_texto(
    ana: Usuario, cliente: Cliente
) -> None:
    contato = registrar(cliente, ana, atendimento=NovoAtendimento("troca", "Cor errada", "Veio azul"))
    numero = Atendimento.objects.get().numero
    assert desfazer_contato(contato=contato, por=ana) is True
    assert not Atendimento.objects.exists()
    registro = RegistroDeAuditoria.objects.get(acao="desfazer atendimento")
    assert registro.objeto == f"atendimento {numero}"
    assert registro.antes == {"tipo": "troca", "assunto": "Cor errada", "descricao": "Veio azul"}


@pytest.mark.parametrize("tratado", [{"solucao": "Vai outra caixa"}, {"fechado_em": HOJE}])
def test_desfazer_deixa_o_atendimento_ja_tratado(
    ana: Usuario, cliente: Cliente, tratado: dict[str, Any]
) -> None:
    contato = registrar(cliente, ana, atendimento=NovoAtendimento("troca", "Cor errada"))
    Atendimento.objects.update(**tratado)
    assert desfazer_contato(contato=contato, por=ana) is True
    assert Atendimento.objects.get().contato == contato


def test_reenvio_depois_de_tudo_mudar_devolve_o_mesmo_contato(
    ana: Usuario, cliente: Cliente, verao: Campanha
) -> None:
    """A resposta do primeiro envio se perdeu; a campanha saiu de uso antes do segundo."""
    envio: dict[str, Any] = {
        "chave": uuid.uuid4(), "em": datetime(2026, 11, 10, 9, tzinfo=SAO_PAULO), "campanha": verao,
        "objecoes": [Objecao.objects.get(nome="Preço alto")],
        "atendimento": NovoAtendimento("troca", "Cor errada"),
    }  # fmt: skip
    primeiro = registrar(cliente, ana, **envio)
    verao.ativa = False
    verao.save()
    assert registrar(cliente, ana, **envio).pk == primeiro.pk
    assert (Contato.objects.count(), Atendimento.objects.count(), primeiro.objecoes.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("campo", ["motivo", "objecoes"])
def test_o_que_foi_apagado_entre_abrir_e_salvar_recusa_e_nao_deixa_contato(
    ana: Usuario, cliente: Cliente, campo: str
) -> None:
    modelo = Motivo if campo == "motivo" else Objecao
    escolhido = modelo.objects.first()
    modelo.objects.filter(pk=escolhido.pk).delete()
    with pytest.raises(RelacionamentoInvalido, match="acabou de ser apagado"):
        registrar(cliente, ana, **{campo: escolhido if campo == "motivo" else [escolhido]})
    assert not Contato.objects.exists()


# ── As escolhas do formulário ──


def test_as_escolhas_vem_em_uma_consulta_e_so_com_o_que_serve(
    empresa: Empresa, cliente: Cliente, novo_cliente: Any
) -> None:
    filial = Empresa.objects.create(codigo="2", nome="Filial")
    for quem, nome, inicio, fim, ativa in (
        (empresa, "Corrente", HOJE, None, True),
        (empresa, "Acabou há 30 dias", HOJE - timedelta(days=60), HOJE - timedelta(days=30), True),
        (empresa, "Acabou há 31 dias", HOJE - timedelta(days=60), HOJE - timedelta(days=31), True),
        (empresa, "Ainda não", HOJE + timedelta(days=1), None, True),
        (empresa, "Fora de uso", HOJE, None, False),
        (filial, "Da filial", HOJE, None, True),
    ):
        Campanha.objects.create(empresa=quem, nome=nome, inicio=inicio, fim=fim, ativa=ativa)
    for nome, campos in (("Zé", {"principal": True}), ("Ada", {}), ("Saiu", {"ativa": False})):
        PessoaDeContato.objects.create(cliente=cliente, nome=nome, **campos)
    PessoaDeContato.objects.create(cliente=novo_cliente("C2"), nome="De outro")
    Motivo.objects.filter(nome="Cobrança").update(ativa=False)
    with CaptureQueriesContext(connection) as consultas:
        escolhas = escolhas_do_contato(cliente=cliente, hoje=HOJE)
    assert len(consultas) == 1
    assert [c.nome for c in escolhas.campanhas.values()] == ["Corrente", "Acabou há 30 dias"]
    assert [p.nome for p in escolhas.pessoas.values()] == ["Zé", "Ada"]
    assert [o.nome for o in escolhas.ocorrencias.values() if o.pede_objecao] == ["Vai pensar", "Não quer"]
    assert [o.nome for o in escolhas.ocorrencias.values() if not o.efetiva] == [
        "Não atendeu",
        "Deixou recado",
    ]
    assert "Cobrança" not in [m.nome for m in escolhas.motivos.values()]
    assert next(iter(escolhas.objecoes.values())).contra_argumento.startswith("Pergunte com que preço")
