"""A carteira e a lista das telas de listas de trabalho, e o formulário que as faz."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from clientes.models import Cliente, ListaDeTrabalho
from contas.models import Empresa
from tests.web.carteira_de_teste import indicar

HOJE = date(2026, 11, 20)
DIAS = timedelta(days=1)


@pytest.fixture(name="carteira")
def carteira_das_listas(empresa: Empresa, ana: Any, carla: Any, novo_cliente: Any) -> dict[str, Cliente]:
    """Da Ana, dois inativos de SC (um bloqueado), um do PR e um ativo; da Carla, um inativo de SC."""
    Empresa.objects.filter(pk=empresa.pk).update(referencia=HOJE, pedidos_ate=HOJE)
    empresa.refresh_from_db()
    quem: tuple[tuple[str, Any, str, int, dict[str, Any]], ...] = (
        ("I1", ana, "SC", 200, {}),
        ("I2", ana, "SC", 210, {"bloqueado": True}),
        ("I3", ana, "PR", 220, {}),
        ("A1", ana, "SC", 5, {}),
        ("X1", carla, "SC", 230, {}),
    )
    feitos = {}
    for codigo, dono, uf, dias, campos in quem:
        cliente = novo_cliente(codigo, vendedor=dono, uf=uf, telefone="+5547999220198", **campos)
        status = "inativo" if dias > 120 else "ativo"
        feitos[codigo] = indicar(cliente, HOJE - dias * DIAS, status=status, valor_12m=Decimal(dias))
    return feitos


def dados(**campos: Any) -> dict[str, Any]:
    empresa = Empresa.objects.get(codigo="1")
    return {
        "empresa": empresa.pk, "nome": "Inativos de SC", "finalidade": "recuperacao", "tipo": "congelada",
        "de": "2026-11-20", "ate": "2026-12-20", "reparticao": "dono", "semente": "7", "controle_pct": "0",
        "consulta": "status=inativo&uf=SC",
        "exclusoes": ["encerrado", "fora_do_perfil", "bloqueado", "inadimplente", "adiado"],
    } | campos  # fmt: skip


def fazer(navegador: Any, **campos: Any) -> ListaDeTrabalho:
    resposta = navegador.post("/listas/nova/", dados(**campos))
    assert resposta.status_code == 302, resposta.context["form"].errors
    return ListaDeTrabalho.objects.latest("pk")


def codigos(lista: ListaDeTrabalho, **filtros: Any) -> list[str]:
    return sorted(lista.membros.filter(**filtros).values_list("cliente__codigo", flat=True))


@pytest.fixture(name="lista")
def lista_da_tela(carteira: Any, bruno: Any, entrar: Any) -> ListaDeTrabalho:
    return fazer(entrar(bruno), oferta_tipo="desconto", oferta="8% na volta", meta_clientes="2")
