"""A caixa de busca: tudo o que se sabe do cliente, em conjunto, e em dia com o que muda."""

from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.utils import timezone

from carteira.busca import palavras
from carteira.filters import FiltroDeClientes
from clientes.lgpd.oposicao import opor, retirar
from clientes.models import Cliente, Contato, Ocorrencia, Oposicao, PessoaDeContato, TextoDeBusca
from tests.conftest import HOJE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


@pytest.fixture
def buscar(ana: Any) -> Any:
    """`buscar("maria timbo")` devolve os códigos que a pessoa acha."""

    def _buscar(texto: str, pessoa: Any = None) -> list[str]:
        consulta = QueryDict(mutable=True)
        consulta["q"] = texto
        achados = FiltroDeClientes(consulta, usuario=pessoa or ana).resultado()
        return sorted(achados.values_list("cliente__codigo", flat=True))

    return _buscar


@pytest.fixture
def casa(ana: Any, novo_cliente: Any) -> Cliente:
    return novo_cliente(
        "K-17", vendedor=ana, razao_social="Casa Grande Ltda", cidade="Timbó", telefone="+554733220198",
        documento="12ABC34501DE35", observacao="Fecha às segundas",
    )  # fmt: skip


def anotar(cliente: Cliente, ana: Any, texto: str) -> Contato:
    return Contato.objects.create(
        cliente=cliente,
        canal="ligacao",
        ocorrencia=Ocorrencia.objects.first(),
        atendente=ana,
        observacao=texto,
    )


def test_acha_pessoas_anotacoes_e_finais_em_conjunto(
    casa: Any, ana: Any, novo_cliente: Any, buscar: Any
) -> None:
    novo_cliente("OUTRO", vendedor=ana, razao_social="Outra Casa", cidade="Timbó", telefone="+554733220199")
    maria = PessoaDeContato.objects.create(
        cliente=casa, nome="Maria José Krüger", email="mj@casa.test", telefone="+5547999887766",
        observacao="atende de manhã",
    )  # fmt: skip
    anotar(casa, ana, "Quer prazo de 60 dias para a reforma do galpão")
    for texto in (
        "maria timbo", "kruger", "mj@casa.test", "7766", "99988-7766", "(47) 99988-7766", "reforma galpão",
        "segundas", "manha", "0198", "3322-0198", "k17", "K-17", "12.ABC.345/01DE-35", "12abc345", "casa maria 7766",
    ):  # fmt: skip
        assert buscar(texto) == ["K-17"], texto
    assert buscar("casa timbo") == ["K-17", "OUTRO"]
    assert buscar("maria outra") == []
    assert maria.cliente == casa


def test_o_que_muda_se_acha_na_hora_e_o_que_some_deixa_de_se_achar(casa: Any, ana: Any, buscar: Any) -> None:
    pessoa = PessoaDeContato.objects.create(cliente=casa, nome="Rute")
    contato = anotar(casa, ana, "xisto")
    assert buscar("rute xisto") == ["K-17"]
    Contato.objects.filter(pk=contato.pk).update(desfeito_em=timezone.now())
    assert buscar("xisto") == []
    PessoaDeContato.objects.filter(pk=pessoa.pk).update(nome="Noemi")
    assert buscar("rute") == []
    assert buscar("noemi") == ["K-17"]
    pessoa.delete()
    assert buscar("noemi") == []
    Cliente.objects.filter(pk=casa.pk).update(razao_social="Sobrado")
    assert buscar("grande") == []
    assert buscar("sobrado timbo") == ["K-17"]


def test_o_canal_fechado_nao_se_adivinha_pela_busca_e_volta_com_ele(
    casa: Any, davi: Any, buscar: Any
) -> None:
    """Nem o cliente nem a pessoa: quem não lê o número não o descobre pelo que a busca acha."""
    Cliente.objects.filter(pk=casa.pk).update(email="compras@grande.test")
    maria = PessoaDeContato.objects.create(
        cliente=casa, nome="Maria", telefone="+5547999887766", email="mj@casa.test"
    )
    ditos = ("0198", "473322", "compras@grande", "7766", "mj@casa")
    assert [buscar(t) for t in ditos] == [["K-17"]] * 5
    opor(cliente=casa, canais=["ligacao"], motivo="", em=HOJE, por=davi)
    assert buscar("0198") == ["K-17"], "pelo WhatsApp ainda se procura"
    opor(cliente=casa, canais=["whatsapp", "email"], motivo="", em=HOJE, por=davi)
    assert [buscar(t) for t in ditos] == [[]] * 5, "o que o cliente fechou vale para as pessoas dele"
    assert buscar("maria timbo") == ["K-17"]
    PessoaDeContato.objects.filter(pk=maria.pk).update(telefone="+5547999887755")
    PessoaDeContato.objects.create(cliente=casa, nome="Nilo", telefone="+5547999887744")
    assert buscar("7755") == buscar("7744") == []
    for oposicao in Oposicao.objects.filter(cliente=casa):
        retirar(oposicao=oposicao, motivo="Voltou atrás", por=davi)
    assert [buscar(t) for t in ("0198", "7755", "7744", "mj@casa")] == [["K-17"]] * 4


def test_cliente_apagado_em_conjunto_leva_as_palavras(casa: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM atividade_indicadores; DELETE FROM atividade_sujo")
        cursor.execute("DELETE FROM clientes_cliente WHERE id = %s", [casa.pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert not TextoDeBusca.objects.exists()


@pytest.mark.parametrize(
    "texto",
    [
        "São João S/A",
        "a.b.c. d-e_f",
        "Ünï – “aspas” x²",
        "o'brien \\ 100%",
        "",
        "…",
        "x" * 90,
        "1ª linha\n2º",
    ],
)
def test_o_banco_separa_as_palavras_como_o_python(texto: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tsvector_to_array(clientes_palavras(%s))", [texto])
        assert set(cursor.fetchone()[0]) == set(palavras(texto))


def test_anotacao_sem_fim_nao_impede_o_registro(casa: Any, ana: Any, buscar: Any) -> None:
    anotar(casa, ana, "y" * 4000)
    for n in range(3):
        anotar(casa, ana, " ".join(f"p{n}q{i}" for i in range(500)))
    assert buscar("p2q499") == ["K-17"]
    assert buscar("y" * 30) == ["K-17"]
