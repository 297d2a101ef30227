"""Nenhuma condição, busca, contagem, prévia ou exportação diz algo do cliente de outra pessoa."""

from datetime import timedelta

import pytest

from clientes.models import Contato, ItemDePedido, Ocorrencia, PessoaDeContato
from contas.models import Empresa
from tests.conftest import HOJE, novo_pedido
from tests.web.fatos_de_teste import titulo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


def test_nenhuma_condicao_alcanca_o_cliente_de_outra(ana, carla, davi, empresa, novo_cliente, entrar):
    """Produto, resultado, pessoa, anotação e título da Carla: para Ana, nem linha, nem contagem, nem exportação."""
    Empresa.objects.update(referencia=HOJE)
    novo_cliente("A", vendedor=ana)
    dela = novo_cliente(
        "Z",
        vendedor=carla,
        razao_social="Zebra",
        documento="11144477735",
        observacao="Galpão azul",
        cidade="Quixadá",
    )
    vai = Ocorrencia.objects.get(nome="Vai pensar")
    Contato.objects.create(
        cliente=dela, canal="ligacao", ocorrencia=vai, atendente=carla, observacao="quer xisto"
    )
    PessoaDeContato.objects.create(cliente=dela, nome="Zenaide", papel="decisor", telefone="+5585999990000")
    pedido = novo_pedido(dela, "1", HOJE - timedelta(days=3))
    ItemDePedido.objects.create(pedido=pedido, sequencia=1, produto_nome="Turbina", quantidade=1, valor=1)
    titulo(dela, "T", -9)
    ana.pode_exportar = True
    ana.save()
    navegador = entrar(ana)
    condicoes = [f"resultado.teve.{vai.pk}", f"ultimo_resultado.em.{vai.pk}", "produto.comprou.turbina",
                 "com_decisor.sim", "financeira.em.vermelho", "municipio.eh.quixada", "vencido.min.1",
                 "codigo.eh.z", "nome.contem.ebr", "razao_social.comeca.z", "documento.comeca.111",
                 f"vendedor.em.{carla.pk}"]  # fmt: skip
    uma_ou_outra = "ou~" + "~".join(condicoes)
    buscas = [{"q": q} for q in ("zebra", "zenaide", "galpao", "xisto", "quixada", "85999990000", "0000")]
    de_davi, toque = entrar(davi), {"HX-Request": "true", "HX-Target": "lista"}  # o filtro só troca a lista
    for consulta in [{"e": condicoes[0]}, {"e": uma_ou_outra}, *buscas]:
        resposta = navegador.get("/clientes/", consulta, headers=toque)
        assert resposta.context["linhas"] == [], consulta
        assert resposta.context["contagens"].total == resposta.context["contagens"].ocultos == 0, consulta
        exportado = b"".join(
            navegador.get("/clientes/exportar/", {**consulta, "formato": "csv"}).streaming_content
        )
        assert "Zebra" not in exportado.decode(), consulta
        assert navegador.get("/clientes/filtro/", consulta).context["quantos"] == 0, consulta
    # Cada uma acha a Zebra de quem a vê: sem isto, uma que nunca valesse passaria acima.
    for consulta in [*({"e": c} for c in (*condicoes, uma_ou_outra)), *buscas]:
        dele = de_davi.get("/clientes/", consulta, headers=toque)
        assert [x.cliente.codigo for x in dele.context["linhas"]] == ["Z"], consulta
    nao = navegador.get("/clientes/", {"e": f"nao~resultado.teve.{vai.pk}"})
    assert [linha.cliente.codigo for linha in nao.context["linhas"]] == ["A"]
