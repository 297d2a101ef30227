"""Sem a chave do formulário, nada muda: o pedido que outra página faz em nome de quem entrou é recusado."""

from itertools import cycle
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tests.conftest import HOJE
from tests.web.decisoes import DECISOES, endereco
from tests.web.test_acesso import ABERTAS, SO_NO_COMECO, exemplo

pytestmark = pytest.mark.django_db
# Quem posta é o programa de e-mail, que não tem a página; o enlace assinado é a entrada, e só desliga um aviso.
SEM_CHAVE = {"descadastrar/<str:token>/"}


def test_sem_a_chave_do_formulario_nenhuma_rota_muda_nada(davi: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Toda rota recusa antes de olhar quem pede e o quê: o POST em todas, e os outros métodos em rodízio por elas.

    Os outros, uma rota sim e duas não: a recusa é da camada de cima, e a rota nem chega a saber do método.
    """
    monkeypatch.setattr("carteira.urls.handler403", lambda *a, **k: None, raising=False)
    navegador = Client(enforce_csrf_checks=True)
    navegador.force_login(davi, backend="django.contrib.auth.backends.ModelBackend")
    alvos = {nome: 1 for decisao in DECISOES.values() for nome in decisao.alvos} | {
        "sessao": str(UUID(int=1))
    }
    rotas = {rota: endereco(rota, alvos) for rota in DECISOES}
    rotas |= {rota: exemplo(rota) for rota in (ABERTAS | SO_NO_COMECO) - SEM_CHAVE}
    outros = cycle((navegador.put, navegador.patch, navegador.delete))
    for ordem, (rota, caminho) in enumerate(rotas.items()):
        for metodo in (navegador.post, next(outros))[: 1 + (ordem % 3 == 0)]:
            resposta = metodo(caminho, headers={"HX-Request": "true"})
            assert resposta.status_code == 403, (rota, metodo.__name__, resposta.status_code)
            assert "X-CSRF-Novo" in resposta, rota


@pytest.mark.parametrize("origem", ["https://mau.exemplo", "null", "http://testserver.mau.exemplo"])
def test_chave_certa_vinda_de_outra_origem_tambem_e_recusada(
    origem: str, ana: Any, novo_cliente: Any
) -> None:
    cliente = novo_cliente("C1", vendedor=ana)
    navegador = Client(enforce_csrf_checks=True)
    navegador.force_login(ana, backend="django.contrib.auth.backends.ModelBackend")
    navegador.get("/perfil/")
    chave = navegador.cookies["csrftoken"].value
    caminho, dados = f"/clientes/{cliente.pk}/adiar/", {"ate": f"{HOJE:%Y-%m-%d}", "motivo": "Férias"}
    resposta = navegador.post(caminho, dados, headers={"X-CSRFToken": chave, "Origin": origem})
    assert resposta.status_code == 403
    cliente.refresh_from_db()
    assert cliente.adiado_ate is None
