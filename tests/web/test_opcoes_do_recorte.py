"""As opções dos filtros da composição: as de cada pessoa, no dia dela, mesmo pela consulta já montada para outra."""

from datetime import date
from typing import Any

import pytest
import time_machine
from django.http import QueryDict

from carteira.web.recorte import DA_COMPOSICAO, _lidas, chips_para
from contas.coberturas import cobrir
from contas.models import Papel, Usuario
from relatorios.composicao import Recorte
from tests.conftest import criar_pessoa

pytestmark = pytest.mark.django_db
TUDO = [nome for nome in DA_COMPOSICAO if nome not in ("abc", "municipio")]


def opcoes(pessoa: Usuario, nome: str) -> list[str]:
    chips = {chip.nome: chip for chip in chips_para(pessoa, Recorte(), QueryDict(), DA_COMPOSICAO)}
    return [opcao.rotulo for opcao in chips[nome].opcoes] if nome in chips else []


@pytest.fixture
def carteiras(ana: Any, bruno: Any, carla: Any, davi: Any, novo_cliente: Any, hoje: date) -> None:
    """Ana, de Sul, vende em PR e SC, a Agro; Carla, de Norte, em AM e sem UF."""
    novo_cliente("A1", vendedor=ana, uf="SC", perfil="Oficina", segmento="Agro")
    novo_cliente("A2", vendedor=ana, uf="PR", perfil="revenda", segmento="Varejo")
    novo_cliente("A3", vendedor=ana, uf="PR", perfil="OFICINA")
    novo_cliente("C1", vendedor=carla, uf="AM", perfil="Posto")
    novo_cliente("C2", vendedor=carla, uf="")


def test_a_cada_um_as_suas_e_ao_mesmo_papel_as_de_cada_um(
    carteiras: None, ana: Any, bruno: Any, carla: Any, davi: Any
) -> None:
    for _ in range(2):
        assert opcoes(ana, "uf") == ["PR", "SC"]
        assert sorted(opcoes(carla, "uf")) == ["AM", "Sem UF"]
        assert opcoes(bruno, "uf") == ["PR", "SC"]
        assert sorted(opcoes(davi, "uf")) == ["AM", "PR", "SC", "Sem UF"]
        assert opcoes(ana, "perfil")[1:] == ["revenda", "Sem perfil"]
        assert opcoes(carla, "perfil") == ["Posto", "Sem perfil"]
        assert opcoes(davi, "vendedor") == ["Ana Souza", "Carla Dias", "Sem vendedor"]
        assert opcoes(bruno, "vendedor") == ["Ana Souza", "Sem vendedor"]
        assert opcoes(davi, "equipe") == ["Norte", "Sul"]
        assert opcoes(ana, "segmento") == opcoes(davi, "segmento") == ["Agro", "Varejo"]
    assert opcoes(ana, "vendedor") == []


def test_quem_cobre_as_ferias_ve_as_da_outra_so_nesses_dias(
    carteiras: None, ana: Any, carla: Any, davi: Any
) -> None:
    cobrir(ausente=ana, substituto=carla, de=date(2026, 12, 1), ate=date(2026, 12, 12), por=davi)
    for dia, esperadas in (("2026-11-30", ["AM", "Sem UF"]), ("2026-12-05", ["AM", "PR", "SC", "Sem UF"])):
        with time_machine.travel(f"{dia}T12:00:00-03:00", tick=False):
            assert sorted(opcoes(carla, "uf")) == esperadas, dia


def test_a_consulta_pronta_le_o_mesmo_que_a_montada_na_hora(carteiras: None, ana: Any, empresa: Any) -> None:
    """A de quem é vista por outra pessoa se monta a cada vez, e só traz o que as duas veem."""
    outro = criar_pessoa("Otto Reis", empresa, Papel.ADMIN)
    for nome in TUDO:
        prontas = _lidas(nome, ana)
        ana.olhado_por = outro
        assert [tuple(linha) for linha in _lidas(nome, ana)] == [tuple(linha) for linha in prontas], nome
        ana.olhado_por = None
        assert prontas, nome
