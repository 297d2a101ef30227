"""Que papéis veem score e restrições: o que o banco guarda em cada pessoa, a prévia, a história e a volta."""

import itertools
import random
import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction

from contas.credito_por_papel import Recusada, desfazer, mudar, papeis_que_veem, por_extenso, prever, ultima
from contas.models import CreditoPorPapel, Papel, RegistroDeAuditoria, Usuario
from contas.papeis import Permissao, pode
from tests.conftest import criar_pessoa
from tests.credito import decidir

pytestmark = pytest.mark.django_db


def veem() -> set[str]:
    """Quem vê, perguntado a cada um como o sistema pergunta."""
    return {p.nome for p in Usuario.objects.all() if pode(p, Permissao.VER_CREDITO)}


def test_sem_decisao_veem_gestor_e_administrador_e_quem_muda_de_papel_muda_na_hora(
    ana: Usuario, bruno: Usuario, davi: Usuario, lia: Usuario
) -> None:
    assert (papeis_que_veem(), ultima()) == (frozenset({"gestor"}), None)
    assert veem() == {bruno.nome, davi.nome}
    assert [pode(p, Permissao.VER_CREDITO) for p in (ana, bruno, davi, lia)] == [False, True, True, False]
    ana.papel = Papel.GESTOR
    ana.save()
    bruno.papel = Papel.LEITURA
    bruno.save(update_fields=["papel", "nome_chave"])
    Usuario.objects.filter(pk=lia.pk).update(papel=Papel.GESTOR)
    assert pode(ana, Permissao.VER_CREDITO)
    assert veem() == {ana.nome, davi.nome, lia.nome}


def test_ninguem_escreve_a_mao_o_que_o_papel_ve(ana: Usuario, bruno: Usuario) -> None:
    Usuario.objects.update(credito_do_papel=True)
    assert not Usuario.objects.get(pk=ana.pk).credito_do_papel
    Usuario.objects.update(credito_do_papel=False)
    assert Usuario.objects.get(pk=bruno.pk).credito_do_papel
    assert not pode(Usuario(papel=Papel.GESTOR), Permissao.VER_CREDITO)  # por gravar, ninguém lhe deu nada


def test_a_decisao_vale_na_hora_para_quem_esta_e_para_quem_chega(
    ana: Usuario, bruno: Usuario, davi: Usuario, lia: Usuario, empresa: Any
) -> None:
    decidir({"leitura", "vendedor"}, davi)
    assert veem() == {ana.nome, davi.nome, lia.nome}
    nova = criar_pessoa("Nova", empresa, Papel.LEITURA)
    assert pode(nova, Permissao.VER_CREDITO)
    Usuario.objects.filter(pk=lia.pk).update(ve_credito=False)
    Usuario.objects.filter(pk=bruno.pk).update(ve_credito=True)
    assert veem() == {ana.nome, bruno.nome, davi.nome, nova.nome}
    decidir(set(), davi)
    assert veem() == {bruno.nome, davi.nome}  # a exceção e quem administra


def test_a_previa_e_o_que_muda_em_qualquer_decisao(davi: Usuario, empresa: Any) -> None:
    sorte = random.Random(7)
    for n in range(40):
        pessoa = criar_pessoa(f"P{n:02}", empresa, sorte.choice(Papel.values))
        Usuario.objects.filter(pk=pessoa.pk).update(
            ve_credito=sorte.choice([None, None, True, False]),
            is_active=sorte.random() > 0.2,
            **({"email": None} if sorte.random() < 0.2 else {}),
        )
    com_email = set(Usuario.objects.exclude(email=None).values_list("nome", flat=True))
    subconjuntos = [
        set(c) for n in range(4) for c in itertools.combinations(("gestor", "vendedor", "leitura"), n)
    ]
    houve_excecoes = 0
    for papeis in sorte.sample(subconjuntos * 2, 16):
        antes, previa = veem() & com_email, prever(papeis)
        decidir(papeis, davi)
        depois = veem() & com_email
        assert [p.nome for p in previa.ganham] == sorted(depois - antes)
        assert [p.nome for p in previa.perdem] == sorted(antes - depois)
        houve_excecoes += previa.excecoes
        assert prever(papeis).muda is False
    assert houve_excecoes


def test_a_volta_refaz_decisao_por_decisao_e_a_historia_fica(
    bruno: Usuario, davi: Usuario, lia: Usuario
) -> None:
    decidir({"gestor", "leitura"}, davi)
    decidir(set(), davi)
    primeira = CreditoPorPapel.objects.last()
    assert primeira
    for vista in (None, primeira.pk, -1):
        for gesto in (
            lambda v=vista: mudar(papeis={"vendedor"}, vista=v, por=davi),
            lambda v=vista: desfazer(vista=v, por=davi),
        ):
            with pytest.raises(Recusada, match="Outra pessoa mudou isto"):
                gesto()
    assert CreditoPorPapel.objects.count() == 2

    def voltar() -> set[str]:
        vista = ultima()
        desfazer(vista=vista.pk if vista else None, por=davi)
        return veem()

    assert voltar() == {bruno.nome, davi.nome, lia.nome}
    assert voltar() == {davi.nome}  # a volta da volta
    assert [por_extenso(d.papeis) for d in CreditoPorPapel.objects.all()] == [
        "só o administrador", "Gestor e Leitura", "só o administrador", "Gestor e Leitura",
    ]  # fmt: skip
    CreditoPorPapel.objects.all().delete()
    assert veem() == {bruno.nome, davi.nome}
    with pytest.raises(Recusada, match="Não há decisão a desfazer"):
        voltar()


def test_a_auditoria_diz_quem_passou_e_quem_deixou_de_ver(
    bruno: Usuario, davi: Usuario, lia: Usuario
) -> None:
    decidir({"leitura"}, davi)
    assert mudar(papeis={"leitura"}, vista=CreditoPorPapel.objects.get().pk, por=davi) is None
    escrito = RegistroDeAuditoria.objects.get(acao="mudar crédito por papel")
    assert (escrito.por, escrito.antes, escrito.depois) == (
        davi,
        {"veem": "Gestor"},
        {"veem": "Leitura", "passaram a ver": [lia.nome], "deixaram de ver": [bruno.nome], "motivo": "Prova"},
    )


def test_a_decisao_da_noite_tem_o_dia_de_quem_a_tomou(davi: Usuario) -> None:
    """Às 22h30 em São Paulo já é o dia seguinte em Greenwich."""
    decidir({"leitura"}, davi)
    CreditoPorPapel.objects.update(em=datetime(2026, 11, 21, 1, 30, tzinfo=UTC))
    decisao = CreditoPorPapel.objects.get()
    assert str(decisao) == "Crédito por papel desde 20/11/2026"
    assert desfazer(vista=decisao.pk, por=davi).motivo == "Desfeita a decisão de 20/11/2026."


@pytest.mark.parametrize("papeis", [["admin"], ["dono"], ["gestor", "admin"]])
def test_o_banco_recusa_papel_que_nao_se_decide(papeis: list[str], davi: Usuario) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditoPorPapel.objects.create(papeis=papeis, por=davi)


def _esperando() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'contas_usuario'::regclass AND NOT granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_quem_nasce_enquanto_se_decide_fica_com_a_decisao_nova(davi: Usuario) -> None:
    """A pessoa entra antes de a decisão chegar e só se confirma depois dela."""
    erros: list[Exception] = []

    def outro() -> None:
        try:
            decidir({"leitura"}, davi)
        except Exception as erro:
            erros.append(erro)
        finally:
            connections.close_all()

    decide = threading.Thread(target=outro)
    with transaction.atomic():
        nova = Usuario.objects.create_user(nome="Nova", papel=Papel.LEITURA)
        assert not nova.credito_do_papel
        decide.start()
        limite = time.monotonic() + 20
        while decide.is_alive() and not _esperando() and time.monotonic() < limite:
            time.sleep(0.02)
    decide.join(20)
    assert (erros, decide.is_alive()) == ([], False)
    nova.refresh_from_db()
    assert nova.credito_do_papel


@pytest.mark.django_db(transaction=True)
def test_a_decisao_nao_espera_por_uma_importacao_que_para_as_entradas_atras_dela(
    ana: Usuario, davi: Usuario, lia: Usuario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A importação que trouxe um vendedor segura a tabela até acabar; quem decide desiste e nada muda."""
    decidir({"leitura"}, davi)
    vista = CreditoPorPapel.objects.get().pk
    monkeypatch.setattr("contas.credito_por_papel.ESPERA", "300ms")
    erros: list[Exception] = []

    def outro() -> None:
        for gesto in (
            lambda: mudar(papeis={"vendedor"}, vista=vista, por=davi),
            lambda: desfazer(vista=vista, por=davi),
        ):
            try:
                gesto()
            except Exception as erro:
                erros.append(erro)
        connections.close_all()

    decide = threading.Thread(target=outro)
    with transaction.atomic():
        Usuario.objects.create_user(nome="Vendedor novo", papel=Papel.VENDEDOR)
        decide.start()
        decide.join(20)
        desistiu = not decide.is_alive()
    decide.join(20)
    assert desistiu
    assert [(type(e), str(e)) for e in erros] == [
        (Recusada, "Há uma importação em curso: tente de novo em alguns minutos.")
    ] * 2
    assert (CreditoPorPapel.objects.count(), veem()) == (1, {davi.nome, lia.nome})
    assert RegistroDeAuditoria.objects.filter(acao="mudar crédito por papel").count() == 1
