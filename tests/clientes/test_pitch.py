"""O pitch: cada texto novo é uma versão, o mesmo não, e nenhuma se apaga."""

import pytest

from clientes.models import CausaDaInatividade, Pitch
from clientes.pitch import PitchInvalido, atual, salvar, versoes

pytestmark = pytest.mark.django_db


def test_cada_texto_novo_e_uma_versao_e_o_mesmo_nao(ana, bruno, novo_cliente):
    cliente = novo_cliente("C1", vendedor=ana)
    causa = CausaDaInatividade.objects.get(nome="Mau atendimento")
    primeira, nova = salvar(cliente=cliente, por=ana, causa=causa, oferta="Frete grátis")
    assert nova is True
    igual, nova = salvar(cliente=cliente, por=bruno, causa=causa, oferta="  Frete grátis ")
    assert (igual, nova, igual.por) == (primeira, False, ana)
    segunda, nova = salvar(cliente=cliente, por=bruno, causa=causa, oferta="Frete e prazo")
    assert nova is True
    assert [(p.oferta, p.por) for p in versoes(cliente.pk)] == [
        ("Frete e prazo", bruno),
        ("Frete grátis", ana),
    ]
    assert atual(cliente.pk) == segunda


def test_voltar_ao_texto_antigo_e_versao_nova(ana, novo_cliente):
    cliente = novo_cliente("C1", vendedor=ana)
    for oferta in ("A", "B", "A"):
        salvar(cliente=cliente, por=ana, oferta=oferta)
    assert [p.oferta for p in versoes(cliente.pk)] == ["A", "B", "A"]


def test_pitch_em_branco_nao_comeca_e_o_que_existe_pode_ser_apagado_numa_versao(ana, novo_cliente):
    cliente = novo_cliente("C1", vendedor=ana)
    with pytest.raises(PitchInvalido):
        salvar(cliente=cliente, por=ana, argumentos="   ")
    assert not Pitch.objects.exists()
    salvar(cliente=cliente, por=ana, argumentos="Estoque local")
    salvar(cliente=cliente, por=ana)
    assert [p.argumentos for p in versoes(cliente.pk)] == ["", "Estoque local"]


def test_o_pitch_de_um_cliente_nao_e_o_de_outro(ana, novo_cliente):
    um, outro = novo_cliente("C1", vendedor=ana), novo_cliente("C2", vendedor=ana)
    salvar(cliente=um, por=ana, oferta="Frete")
    assert atual(outro.pk) is None
