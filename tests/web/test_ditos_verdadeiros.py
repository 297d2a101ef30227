"""O que a tela diz tem de ser verdade: situações em que um texto pronto mentiria."""

import pytest

from carteira.templatetags.carteira import var
from contas.models import Usuario

pytestmark = pytest.mark.django_db


def test_quem_tem_email_e_nunca_recebeu_convite_nao_aparece_como_convidada(davi, empresa, entrar, hoje):
    rita = Usuario.objects.create_user("rita@exemplo.test", nome="Rita Melo")
    rita.vinculos.create(empresa=empresa)
    lista = entrar(davi).get("/pessoas/").content.decode()
    linha = lista.split("Rita Melo")[1].split("</tr>")[0]
    assert "Por convidar" in linha
    assert "Convidada" not in linha
    pagina = entrar(davi).get(f"/pessoas/{rita.pk}/").content.decode()
    assert "Por convidar" in pagina.split("<h1>")[1].split("Cadastro")[0]


def test_a_ficha_diz_de_que_dia_sao_os_numeros_sem_prometer_pedidos_que_nao_chegaram(
    ana, entrar, novo_cliente, hoje
):
    cliente = novo_cliente("C1", vendedor=ana)
    html = entrar(ana).get(f"/clientes/{cliente.pk}/").content.decode()
    assert "Calculado com pedidos até" not in html


def test_primeira_senha_nao_fala_de_aparelhos_que_nunca_existiram(davi, client):
    html = client.get("/senha/pronta/").content.decode()
    assert "desconectados" not in html
    assert "Use-a para entrar." in html


@pytest.mark.parametrize("pontos", [0.4, -0.4, 0])
def test_variacao_que_se_le_zero_nao_tem_sinal_nem_seta_de_alta(pontos):
    html = var(pontos)
    assert ">0%<" in html.replace("</svg>0%", ">0%")
    assert "trending" not in html
    assert "+" not in html
