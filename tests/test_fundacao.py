"""A casa está de pé: empresa única, dados de referência, escopo fechado por padrão."""

import os
import subprocess
import sys

import pytest
from django.db import IntegrityError, transaction

from carteira.local.ambiente import RAIZ
from clientes.models import Cliente, Municipio, Ocorrencia
from contas.models import Cobertura, Empresa, Papel, Usuario
from contas.texto import sem_acento

pytestmark = pytest.mark.django_db


def test_migrar_cria_uma_empresa_os_municipios_e_as_ocorrencias():
    assert list(Empresa.objects.values_list("codigo", flat=True)) == ["1"]
    assert Municipio.objects.count() == 5571
    assert Ocorrencia.objects.filter(efetiva=False).count() == 2


def test_vendedora_ve_so_a_sua_carteira(ana, bruno, carla, davi, lia, novo_cliente):
    de_ana = novo_cliente("C1", vendedor=ana)
    de_carla = novo_cliente("C2", vendedor=carla)
    sem_dono = novo_cliente("C3", equipe=ana.participacoes.get().equipe)
    orfao = novo_cliente("C4")

    def vistos(pessoa):
        return set(Cliente.objects.visiveis_para(pessoa))

    assert vistos(ana) == {de_ana}
    assert vistos(carla) == {de_carla}
    assert vistos(bruno) == {de_ana, sem_dono}
    assert vistos(davi) == vistos(lia) == {de_ana, de_carla, sem_dono, orfao}


def test_papel_desconhecido_pessoa_inativa_e_outra_empresa_nao_veem_nada(ana, davi, novo_cliente):
    novo_cliente("C1", vendedor=ana)
    ana.papel = "chefe"
    assert not Cliente.objects.visiveis_para(ana).exists()
    ana.papel, ana.is_active = Papel.VENDEDOR, False
    assert not Cliente.objects.visiveis_para(ana).exists()
    outra = Empresa.objects.create(codigo="2", nome="Outra")
    novo_cliente("C9", empresa=outra)
    assert set(Cliente.objects.visiveis_para(davi).values_list("codigo", flat=True)) == {"C1"}


def test_quem_cobre_ferias_ve_a_carteira_do_ausente_so_nesses_dias(ana, carla, novo_cliente, hoje):
    from datetime import timedelta

    de_ana = novo_cliente("C1", vendedor=ana)
    Cobertura.objects.create(ausente=ana, substituto=carla, periodo=(hoje, hoje + timedelta(days=10)))
    assert set(Cliente.objects.visiveis_para(carla)) == {de_ana}
    assert not Cliente.objects.visiveis_para(carla, em=hoje + timedelta(days=10)).exists()
    assert not Cliente.objects.visiveis_para(carla, em=hoje - timedelta(days=1)).exists()


def test_o_banco_recusa_codigo_repetido_e_uf_desconhecida(novo_cliente):
    novo_cliente("C1")
    with pytest.raises(IntegrityError), transaction.atomic():
        novo_cliente("C1")
    with pytest.raises(IntegrityError), transaction.atomic():
        novo_cliente("C2", uf="XX")


@pytest.mark.parametrize("texto", ["São João", "ÀÉÎÕÜ ç Ñ", "Ação  dupla", "já é", ""])
def test_sem_acento_do_banco_e_do_python_concordam(texto):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT sem_acento(%s)", [texto])
        assert cursor.fetchone()[0] == sem_acento(texto)


def test_email_e_guardado_em_minusculas_e_e_unico(empresa):
    Usuario.objects.create_user("Zeca@Exemplo.test", "trocar-esta-senha-1", nome="Zeca")
    assert Usuario.objects.get().email == "zeca@exemplo.test"
    with pytest.raises(IntegrityError), transaction.atomic():
        Usuario.objects.create_user("ZECA@exemplo.test", "trocar-esta-senha-1", nome="Zeca Dois")


def test_endereco_de_email_que_nao_se_entende_e_explicado() -> None:
    feito = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=RAIZ,
        env={**os.environ, "EMAIL_URL": "lixo"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert feito.returncode == 1
    assert "EMAIL_URL não entendida. Use smtp+tls://" in feito.stderr


def test_o_servidor_de_paginas_sobe_com_o_coletor_acomodado() -> None:
    """O programa fica fora da conta do coletor: percorrê-lo a cada página custava um sexto dela."""
    feito = subprocess.run(
        [
            sys.executable,
            "-c",
            "import gc, carteira.wsgi; print(*gc.get_threshold(), gc.get_freeze_count() > 100_000)",
        ],
        cwd=RAIZ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert feito.stdout.split() == ["50000", "20", "20", "True"]
