"""Quem vê o quê e quem pode o quê: fechado por padrão, e as duas formas do escopo dizem o mesmo."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.backends.postgresql.psycopg_any import DateRange

from clientes.models import Cliente
from contas.escopo import Forma, carteiras_de_vendedores, equipes_de_gestores, filtro_de_visibilidade
from contas.models import Cobertura, Empresa, MembroDeEquipe, RegistroDeAuditoria, TipoDeVendedor, Usuario
from contas.papeis import Permissao, pode
from tests.conftest import HOJE

pytestmark = pytest.mark.django_db


@pytest.fixture
def carteira(ana, carla, sul, norte, novo_cliente, hoje):
    """A1 é da Ana (Sul), C1 da Carla (Norte), S0 da equipe Sul sem dono, X0 de ninguém, F1 de outra empresa."""
    novo_cliente("A1", vendedor=ana)
    novo_cliente("C1", vendedor=carla)
    novo_cliente("S0", equipe=sul)
    novo_cliente("X0")
    novo_cliente("F1", empresa=Empresa.objects.create(codigo="2", nome="Filial"), vendedor=ana)


def ve(pessoa: object) -> list[str]:
    return list(Cliente.objects.visiveis_para(pessoa).order_by("codigo").values_list("codigo", flat=True))


def test_cada_papel_ve_a_sua_parte_e_so_das_suas_empresas(carteira, ana, bruno, carla, davi, lia):
    assert ve(ana) == ["A1"]
    assert ve(bruno) == ["A1", "S0"]
    assert ve(carla) == ["C1"]
    assert ve(davi) == ve(lia) == ["A1", "C1", "S0", "X0"]


def test_papel_desconhecido_pessoa_inativa_e_anonima_nao_veem_nada(carteira, davi):
    assert ve(AnonymousUser()) == []
    davi.papel = "superpoderoso"
    assert ve(davi) == []
    assert not pode(davi, Permissao.VER_CLIENTES)
    davi.papel, davi.is_active = "admin", False
    assert ve(davi) == []
    assert not pode(davi, Permissao.VER_CLIENTES)


def test_cobertura_vale_do_primeiro_ao_ultimo_dia(carteira, ana, carla):
    Cobertura.objects.create(ausente=ana, substituto=carla, periodo=DateRange(HOJE, HOJE + timedelta(days=2)))
    vistos = {
        dia: Cliente.objects.visiveis_para(carla, em=HOJE + timedelta(days=dia)).count()
        for dia in (-1, 0, 1, 2)
    }
    assert vistos == {-1: 1, 0: 2, 1: 2, 2: 1}


def test_as_formas_em_conjunto_dizem_o_mesmo_que_o_filtro_de_cada_um(carteira, ana, bruno, carla):
    Cobertura.objects.create(ausente=ana, substituto=carla, periodo=DateRange(HOJE, None))
    de_quem = carteiras_de_vendedores(HOJE)
    for pessoa in (ana, carla):
        pares = {(dono, empresa) for quem, dono, empresa in de_quem if quem == pessoa.pk}
        codigos = [
            c.codigo for c in Cliente.objects.order_by("codigo") if (c.vendedor_id, c.empresa_id) in pares
        ]
        assert codigos == ve(pessoa)
    equipes = {(equipe, empresa) for quem, equipe, empresa in equipes_de_gestores() if quem == bruno.pk}
    codigos = [c.codigo for c in Cliente.objects.order_by("codigo") if (c.equipe_id, c.empresa_id) in equipes]
    assert codigos == ve(bruno)


def test_dita_de_qualquer_forma_ao_banco_a_visibilidade_e_a_mesma(carteira, ana, bruno, carla, davi, lia):
    Cobertura.objects.create(ausente=ana, substituto=carla, periodo=DateRange(HOJE, None))
    ana_vista_por_bruno = Usuario.objects.get(pk=ana.pk)
    ana_vista_por_bruno.olhado_por = bruno
    sem_equipe = Usuario.objects.create_user(email="novo@exemplo.test", nome="Novo", papel="gestor")
    quem_ve = {
        "ana": (ana, ["A1"]),
        "bruno": (bruno, ["A1", "S0"]),
        "carla, que cobre ana": (carla, ["A1", "C1"]),
        "davi": (davi, ["A1", "C1", "S0", "X0"]),
        "lia": (lia, ["A1", "C1", "S0", "X0"]),
        "ana, vista por bruno": (ana_vista_por_bruno, ["A1"]),
        "gestor sem equipe": (sem_equipe, []),
        "anônimo": (AnonymousUser(), []),
    }
    for nome, (pessoa, esperado) in quem_ve.items():
        for forma in Forma:
            filtro = filtro_de_visibilidade(pessoa, em=HOJE, forma=forma)
            assert [c.codigo for c in Cliente.objects.filter(filtro).order_by("codigo")] == esperado, (
                nome,
                forma,
            )


def test_vendedor_externo_so_exporta_com_licenca(ana, carla, lia):
    assert (ana.tipo, carla.tipo) == (TipoDeVendedor.EXTERNO, TipoDeVendedor.INTERNO)
    assert [pode(p, Permissao.EXPORTAR) for p in (ana, carla, lia)] == [False, True, True]
    ana.pode_exportar = True
    assert pode(ana, Permissao.EXPORTAR)


def test_leitura_nao_registra_contato_e_anonimo_nao_pode_nada(lia, bruno):
    assert not pode(lia, Permissao.REGISTRAR_CONTATO)
    assert pode(bruno, Permissao.REATRIBUIR)
    assert not pode(AnonymousUser(), Permissao.VER_CLIENTES)


def test_administrador_criado_na_linha_de_comando_recebe_as_empresas(empresa):
    admin = Usuario.objects.create_superuser("raiz@exemplo.test", "uma frase bem longa")
    assert (admin.papel, admin.nome, list(admin.empresas.all())) == ("admin", "Administrador", [empresa])


def test_os_nomes_com_que_as_coisas_se_apresentam(ana, sul, carla, empresa):
    membro = MembroDeEquipe.objects.get(usuario=ana)
    cobertura = Cobertura(ausente=ana, substituto=carla, periodo=DateRange(date(2026, 1, 1), None))
    registro = RegistroDeAuditoria(acao="entrar", objeto="Ana Souza")
    textos = [str(membro), str(cobertura), str(registro), str(ana.vinculos.get()), ana.get_full_name()]
    assert textos == [
        "Ana Souza em Sul",
        "Carla Dias cobre Ana Souza",
        "entrar Ana Souza",
        "Ana Souza em Minha empresa",
        "Ana Souza",
    ]
    assert (ana.get_short_name(), ana.tem_acesso) == ("Ana", True)
