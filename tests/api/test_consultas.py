"""Quantas consultas custa cada leitura: um número exato, o mesmo com 5 e com 50 linhas."""

from datetime import date, timedelta
from typing import Any

import pytest

from atividade.limiares import configurar
from atividade.models import Execucao, MudancaStatus, Status
from atividade.regras import Periodo
from clientes.models import (
    Agendamento,
    Atendimento,
    Campanha,
    Contato,
    Fornecedor,
    Importacao,
    ListaDeTrabalho,
    MembroDaLista,
    NotaFiscal,
    Objecao,
    Ocorrencia,
    Orcamento,
    RestricaoDeCredito,
    RestricaoDeFornecedor,
    ScoreDeCredito,
    ScoreDeFornecedor,
    Titulo,
)
from contas.models import Empresa, Vinculo
from notificacoes.models import Aviso
from tests.conftest import HOJE, criar_pessoa, por_na_equipe
from tests.web.carteira_de_teste import indicar
from tests.web.test_consultas import contar

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
LISTAS = {
    "agenda/": 3,
    "atendimentos/": 3,
    "avisos/": 3,
    "campanhas/": 3,
    "clientes/?e=segmento.tem&q=c": 5,
    "composicao/?agrupar=vendedor": 4,
    "contatos/": 4,
    "empresas/": 3,
    "fornecedores/": 4,
    "importacoes/": 3,
    "itens/": 3,
    "indicadores/": 5,
    "limites/": 5,
    "listas/": 4,
    "membros/": 3,
    "motivos/": 3,
    "mudancas/": 3,
    "notas/": 3,
    "objecoes/": 3,
    "orcamentos/": 3,
    "pedidos/": 4,
    "pessoas/": 6,
    "pessoas-de-contato/": 4,  # com a leva que se conta
    "prioridades/?vendedor={ana}": 12,  # a visibilidade da fila se lê antes, em valores
    "restricoes/": 3,
    "rodadas/": 3,
    "scores/": 3,
    "segmentos/": 3,
    "titulos/": 4,
}


def crescer(de: int, ate: int, empresa: Empresa, ana: Any, davi: Any, novo_cliente: Any) -> None:
    """Cada passo traz uma linha a cada recurso, com tudo o que a linha diz de outras tabelas."""
    for n in range(de, ate):
        outra = Empresa.objects.create(codigo=f"F{n}", nome=f"Filial {n}", referencia=HOJE)
        Vinculo.objects.create(usuario=davi, empresa=outra)
        vendedor = criar_pessoa(f"Vendedor{n:02} Silva", empresa)
        por_na_equipe(vendedor, ana.participacoes.get().equipe)
        compras = [(HOJE - timedelta(days=70 + 30 * k), "100") for k in range(2)]
        cliente = novo_cliente(f"C{n:02}", vendedor=vendedor, segmento=f"S{n}", compras=compras)
        cliente.pedidos.first().itens.create(sequencia=1, produto_nome="Meia", quantidade=1, valor=100)
        indicar(
            novo_cliente(f"A{n:02}", vendedor=ana), HOJE - timedelta(days=70), status=Status.QUASE_INATIVO
        )
        configurar(
            empresa=empresa, segmento=cliente.segmento, periodo=Periodo(6, "m"), antecedencia=Periodo(2, "m"),
            vigente_desde=HOJE, por=davi,
        )  # fmt: skip
        cliente.pessoas.create(nome="Maria")
        fatos(n, cliente, davi)
        Aviso.objects.create(chave=str(n), pessoa=davi, tipo="sistema", titulo="Aviso")
        Importacao.objects.create(empresa=empresa, por=vendedor, tipo="pedidos", nome_do_arquivo="p.csv")
        Execucao.objects.create(rotina="noturna", empresa=empresa, referencia=HOJE - timedelta(days=n))


def fatos(n: int, cliente: Any, davi: Any) -> None:
    comum = {"cliente": cliente, "empresa": cliente.empresa, "numero": f"N{n}"}
    titulo = Titulo.objects.create(**comum, emissao=HOJE, vencimento=HOJE, valor=1, saldo=1)
    titulo.prorrogacoes.create(de=date(2026, 1, 1), para=HOJE)
    Orcamento.objects.create(**comum, data=HOJE, valor=1, situacao="aberto", vendedor=davi)
    NotaFiscal.objects.create(**comum, emissao=HOJE, valor=1)
    do_biro = {"cliente": cliente, "empresa": cliente.empresa, "fonte": "Serasa", "em": HOJE}
    ScoreDeCredito.objects.create(**do_biro, valor=612)
    RestricaoDeCredito.objects.create(**do_biro, tipo="protesto", valor=1)
    dono = Fornecedor.objects.create(empresa=cliente.empresa, codigo=f"F{n}", nome=f"Aços {n}")
    dele = {"fornecedor": dono, "empresa": cliente.empresa, "fonte": "Serasa", "em": HOJE}
    ScoreDeFornecedor.objects.create(**dele, valor=612)
    RestricaoDeFornecedor.objects.create(**dele, tipo="protesto", valor=1)
    Atendimento.objects.create(**comum, tipo="troca", assunto="Cor", aberto_em=HOJE, aberto_por=davi)
    campanha = Campanha.objects.create(empresa=cliente.empresa, nome=f"Campanha {n}", inicio=HOJE)
    contato = Contato.objects.create(
        cliente=cliente,
        canal="ligacao",
        ocorrencia=Ocorrencia.objects.first(),
        campanha=campanha,
        atendente=davi,
    )
    contato.objecoes.add(Objecao.objects.first())
    Agendamento.objects.create(cliente=cliente, responsavel=davi, em=HOJE, criado_por=davi)
    pedido = cliente.pedidos.first()
    MudancaStatus.objects.create(
        cliente=cliente, de="ativo", para="inativo", em=HOJE, motivo="compra", pedido=pedido, referencia=HOJE
    )
    lista = ListaDeTrabalho.objects.create(
        empresa=cliente.empresa, nome=f"L{n}", finalidade="outra", de=HOJE, semente=n, criada_por=davi,
        consulta_por=davi,
    )  # fmt: skip
    MembroDaLista.objects.create(lista=lista, cliente=cliente, responsavel=cliente.vendedor, entrou_em=HOJE)


def test_cada_leitura_custa_o_mesmo_com_5_e_com_50_linhas(
    empresa: Empresa, ana: Any, davi: Any, token: Any, novo_cliente: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("carteira.api.levas.NAS_PAGINAS", 10**6)  # o dia que passa do limite se mede à parte
    Empresa.objects.filter(pk=empresa.pk).update(referencia=HOJE)
    if not Objecao.objects.exists():
        Objecao.objects.create(nome="Preço")
    chamador, medidas = token(davi, "ler"), []
    for de, ate in ((0, 5), (5, 50)):
        crescer(de, ate, empresa, ana, davi, novo_cliente)
        antes = medidas[0] if medidas else {}
        medidas.append({u: contar(chamador, f"/api/v1/{u.format(ana=ana.pk)}", antes.get(u)) for u in LISTAS})
    assert {u: (c, medidas[1][u]) for u, c in medidas[0].items() if medidas[1][u] != c} == {}
    diferem = [f"{u}: {c}, não {LISTAS[u]}" for u, c in medidas[1].items() if LISTAS[u] != c]
    assert not diferem, "\n".join(diferem)
