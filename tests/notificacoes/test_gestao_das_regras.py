"""Prévia, teste e gestão das regras de aviso."""

from datetime import time
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from clientes.models import Agendamento
from contas.models import Empresa, RegistroDeAuditoria, Usuario
from notificacoes.models import (
    Aviso,
    ItemDeMensagem,
    Mensagem,
    RegraDeAviso,
)
from notificacoes.regras.gestao import duplicar, historia, salvar_regra, tirar
from notificacoes.regras.partida import garantir
from notificacoes.regras.previa import enviar_teste, previa
from tests.notificacoes.regras_de_teste import DIA, VAGA, atras, calcular, regra, rodar, so_as_regras

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


# ── A prévia e o teste ───────────────────────────────────────────────────────


def test_a_previa_e_o_que_a_noite_manda_antes_e_depois_dela_e_nada_escreve(
    empresa: Empresa, ana: Usuario, carla: Usuario, davi: Usuario, comprou: Any
) -> None:
    so_as_regras(empresa)
    comprou("A1", ana, 60)
    comprou("A2", ana, 61, "50.00")
    calcular(empresa)
    r = regra(empresa, davi, "sem_comprar", dias=30)
    antes = previa(r, VAGA)
    assert [(x.pessoa.nome, x.secao.total) for x in antes.recebem] == [("Ana Souza", 2)]
    assert (antes.destinos, antes.vazias, antes.devida) == (2, 1, True)
    assert not ItemDeMensagem.objects.exists()
    rodar(empresa)
    assert Mensagem.objects.get().texto == antes.recebem[0].compor(ana).texto
    depois = previa(r, VAGA)
    assert depois.recebem[0].secao == antes.recebem[0].secao
    assert previa(r, VAGA + DIA).recebem == [], "amanhã, sem novidade, nada"


@pytest.mark.parametrize("sobre", ["em_risco", "volume", "agenda_esquecida"])
def test_a_previa_das_de_partida(
    sobre: str, empresa: Empresa, ana: Usuario, bruno: Usuario, comprou: Any
) -> None:
    from atividade.retratos import fotografar

    cliente = comprou("A1", ana, 130)
    Agendamento.objects.create(cliente=cliente, responsavel=ana, criado_por=ana, em=atras(9))
    calcular(empresa)
    fotografar(empresa=empresa, data=VAGA)
    garantir([empresa])
    r = RegraDeAviso.objects.select_related("empresa").get(sobre=sobre)
    [receberia] = previa(r, VAGA).recebem
    assert receberia.pessoa == (ana if sobre == "em_risco" else bruno)
    assert receberia.compor(receberia.pessoa).texto
    assert not Mensagem.objects.exists()


def test_o_teste_vai_so_a_quem_pede_e_nao_decide_nada(
    empresa: Empresa, ana: Usuario, davi: Usuario, comprou: Any
) -> None:
    so_as_regras(empresa)
    r = regra(empresa, davi, "sem_comprar", dias=30, na_central=True, assunto="Parados")
    assert enviar_teste(r, por=davi, hoje=VAGA) is False
    comprou("A1", ana, 60)
    calcular(empresa)
    assert enviar_teste(r, por=davi, hoje=VAGA)
    teste = Mensagem.objects.get()
    assert (teste.pessoa, teste.assunto, teste.tipo) == (davi, "[Teste] Parados", "teste")
    assert Aviso.objects.get().titulo == "[Teste] Parados"
    assert not ItemDeMensagem.objects.exists()
    assert rodar(empresa)["avisos"] == 1


# ── Gerir ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("dados", "campo", "frase"),
    [
        ({"texto": "Oi, {nome}"}, "texto", "Não existe a variável {nome}. Use uma destas: {pessoa}, {total}"),
        ({"assunto": "Oi {"}, "assunto", "chave sem par"),
        ({"periodicidade": "semanal"}, "dia_da_semana", "dia da semana"),
        ({"periodicidade": "mensal"}, "dia_do_mes", "dia do mês"),
        ({"para": "escolhidos"}, "para", "uma conta ou uma equipe"),
        ({"por_email": False}, "por_email", "ao menos um canal"),
        ({"sobre": "volume"}, "sobre", "regra de partida"),
        ({"teto": 51}, "teto", "50"),
        ({"nome": "Resumo do dia"}, "__all__", "Já existe uma regra com este nome"),
    ],
)
def test_o_que_nao_cabe_e_recusado_com_a_frase_do_campo(
    dados: dict[str, Any], campo: str, frase: str, empresa: Empresa, davi: Usuario
) -> None:
    garantir([empresa])
    with pytest.raises(ValidationError) as recusa:
        salvar_regra(empresa=empresa, por=davi, **{"nome": "Parados", "sobre": "sem_comprar", **dados})
    assert frase in str(recusa.value.message_dict[campo])
    assert not RegraDeAviso.objects.filter(partida="").exists()
    assert not RegistroDeAuditoria.objects.exists()


def test_mudar_diz_o_antes_e_o_depois_e_igual_nao_anota(empresa: Empresa, davi: Usuario) -> None:
    r = regra(empresa, davi, "sem_comprar", dias=30)
    _, mudou = salvar_regra(empresa=empresa, por=davi, regra=r, dias=45, hora=time(8, 0))
    assert mudou
    ultima = historia(r).first()
    assert ultima is not None
    assert (ultima.antes, ultima.depois) == ({"dias": 30, "hora": None}, {"dias": 45, "hora": "08:00"})
    assert salvar_regra(empresa=empresa, por=davi, regra=r, dias=45)[1] is False
    assert historia(r).count() == 2


def test_duplicar_nasce_em_pausa_e_tirar_apaga_ou_arquiva(
    empresa: Empresa, ana: Usuario, davi: Usuario, comprou: Any
) -> None:
    so_as_regras(empresa)
    comprou("A1", ana, 60)
    calcular(empresa)
    r = regra(empresa, davi, "sem_comprar", dias=30, nome="Parados")
    copia = duplicar(regra=r, por=davi)
    assert (copia.nome, copia.pausada, copia.dias) == ("Cópia de Parados", True, 30)
    assert duplicar(regra=r, por=davi).nome == "Cópia de Parados 2"
    rodar(empresa)
    assert tirar(regra=copia, por=davi) is False
    assert not RegraDeAviso.objects.filter(pk=copia.pk).exists()
    assert tirar(regra=r, por=davi) is True
    assert RegraDeAviso.objects.em_uso().filter(nome="Parados").count() == 0
    assert rodar(empresa, VAGA + DIA)["avisos"] == 0
    de_partida = RegraDeAviso.objects.get(sobre="em_risco")
    for gesto in (tirar, duplicar):
        with pytest.raises(ValidationError, match="partida"):
            gesto(regra=de_partida, por=davi)
