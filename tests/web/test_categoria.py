"""A categoria que vale muda sozinha no primeiro pedido, e volta com ele; e a quem recuperar primeiro."""

from datetime import timedelta
from typing import Any

import pytest

from carteira.recalculos import recalcular_empresa
from clientes.models import Cliente, Pedido
from contas.models import Empresa, Usuario
from tests.api.conftest import com_token
from tests.conftest import HOJE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


def test_o_prospect_vira_cliente_no_primeiro_pedido_e_volta_se_ele_se_cancela(
    empresa: Empresa, ana: Usuario, davi: Usuario, entrar: Any, novo_cliente: Any
) -> None:
    """O cadastro diz prospect; Antigo ex-cliente é o que o cadastro diz, comprando ou não."""
    alfa = novo_cliente("A", vendedor=ana, razao_social="Alfa", categoria="prospect")
    compra = [(HOJE - timedelta(days=5), "90.00")]
    novo_cliente("B", vendedor=ana, razao_social="Beta", categoria="ex_cliente", compras=compra)
    navegador, api = entrar(ana), com_token(davi, "ler")

    def ditas() -> dict[str, Any]:
        recalcular_empresa(empresa.pk, por=davi)
        pagina = navegador.get("/clientes/?colunas=categoria&ordem=categoria")
        return {
            "grade": [(li.cliente.nome, str(li.categoria.label)) for li in pagina.context["linhas"]],
            "prospects": [
                li.cliente.codigo
                for li in navegador.get("/clientes/?e=categoria.em.prospect").context["linhas"]
            ],
            "ficha": "prospect no cadastro" in navegador.get(f"/clientes/{alfa.pk}/").content.decode(),
            "api": api.get(f"/api/v1/clientes/{alfa.pk}/").json()["categoria"],
        }

    sem_pedido = {
        "grade": [("Beta", "Ex-cliente"), ("Alfa", "Prospect")],
        "prospects": ["A"],
        "ficha": False,
        "api": "prospect",
    }
    assert ditas() == sem_pedido
    pedido = Pedido.objects.create(
        empresa=empresa, numero="P1", cliente=alfa, data=HOJE, valor=50, situacao="faturado", conta=True
    )
    assert ditas() == {
        "grade": [("Alfa", "Cliente"), ("Beta", "Ex-cliente")],
        "prospects": [],
        "ficha": True,
        "api": "cliente",
    }
    Pedido.objects.filter(pk=pedido.pk).update(situacao="cancelado", conta=False)
    assert ditas() == sem_pedido
    assert Cliente.objects.get(pk=alfa.pk).categoria == "prospect"  # o cadastro não se tocou


def test_a_quem_recuperar_vem_do_que_valia_mais_ao_que_valia_menos(
    empresa: Empresa, ana: Usuario, carla: Usuario, davi: Usuario, entrar: Any, novo_cliente: Any
) -> None:
    """Delta parou valendo 900 num ano; Gama, 300; Zeta nunca comprou e pode comprar 50 por mês; Viva ainda compra."""

    def parado(codigo: str, nome: str, *valores: str, **mais: Any) -> None:
        compras = [(HOJE - timedelta(days=800 + 100 * i), v) for i, v in enumerate(valores)]
        novo_cliente(codigo, vendedor=ana, razao_social=nome, compras=compras, **mais)

    parado("G", "Gama", "300.00")
    parado("D", "Delta", "500.00", "400.00")
    parado(
        "N", "Nula", "0.00", potencial_mensal="99.00"
    )  # comprou por nada: o potencial é só de quem nunca comprou
    novo_cliente("Z", vendedor=ana, razao_social="Zeta", potencial_mensal="50.00")
    novo_cliente("V", vendedor=ana, razao_social="Viva", compras=[(HOJE - timedelta(days=3), "9000.00")])
    novo_cliente("C", vendedor=carla, razao_social="De Carla", potencial_mensal="9999.00")
    recalcular_empresa(empresa.pk, por=davi)
    navegador, relatorio = entrar(ana), "/relatorios/ex-clientes-e-prospects/"

    def linhas(consulta: str = "") -> list[list[str]]:
        pagina = navegador.get(f"{relatorio}{consulta}")
        return [[str(c.valor) for c, _ in linha[:5]] for linha in pagina.context["linhas"]]

    assert linhas() == [
        ["Delta", "Ex-cliente", "900.00", "900.00", "None"],
        ["Zeta", "Prospect", "600.00", "0.00", "50.00"],
        ["Gama", "Ex-cliente", "300.00", "300.00", "None"],
        ["Nula", "Ex-cliente", "0.00", "0.00", "99.00"],
    ]
    assert [li[0] for li in linhas("?quais=ex_clientes")] == ["Delta", "Gama", "Nula"]
    assert [li[0] for li in linhas("?quais=prospects")] == ["Zeta"]
    pagina = navegador.get("/clientes/?colunas=ano_ativo,potencial&ordem=-ano_ativo&e=status.em.inativo")
    assert [li.cliente.codigo for li in pagina.context["linhas"]] == ["D", "G", "N"]
    assert "R$ 900,00" in pagina.content.decode().replace("\xa0", " ")
