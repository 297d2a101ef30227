"""Notas, títulos, orçamentos, atendimentos e pessoas da demonstração: semeados, plausíveis e trazidos até hoje."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db.models import F, Sum

from carteira.demo import fatos
from carteira.demo.criacao import SEMENTE, trazer_fatos
from carteira.demo.metas import criar_metas
from carteira.demo.privacidade import criar_privacidade
from clientes.importacao.servico import Opcoes, aplicar
from clientes.models import (
    Atendimento,
    BaseDoTitular,
    Cliente,
    Contato,
    NotaFiscal,
    Oposicao,
    Orcamento,
    ParametrosDeLgpd,
    Pedido,
    PessoaDeContato,
    ProrrogacaoDeTitulo,
    RegraDeRetencao,
    Titulo,
)
from contas.models import Empresa, MetaMensal, Usuario
from relatorios.exportacoes import do_leiaute
from tests.importacao.test_historias import versoes

BASE = date(2026, 11, 20)
CLIENTES = 120
TABELAS = [
    f"clientes_{nome}" for nome in ("notafiscal", "titulo", "prorrogacaodetitulo", "orcamento", "atendimento")
]

pytestmark = pytest.mark.django_db


def trazer(hoje: date) -> None:
    fatos.trazer(
        empresa=Empresa.objects.get(),
        semente=SEMENTE,
        desde=BASE - timedelta(days=fatos.DIAS_DE_FATOS),
        hoje=hoje,
        dizer=lambda texto: None,
    )


def test_ha_de_tudo_e_repetir_nao_escreve_nada(demo):
    vencidos = Titulo.objects.filter(saldo__gt=0, vencimento__lt=BASE)
    assert vencidos.exists()
    assert vencidos.values("cliente").distinct().count() < 30
    assert ProrrogacaoDeTitulo.objects.exists()
    assert Atendimento.objects.filter(tipo="nao_conformidade", fechado_em=None).exists()
    assert {o.situacao for o in Orcamento.objects.all()} == {"aberto", "aprovado", "perdido"}
    assert Orcamento.objects.filter(situacao="aberto", validade__gte=BASE).exists()
    antes = [versoes(tabela) for tabela in TABELAS]
    trazer(BASE)
    assert [versoes(tabela) for tabela in TABELAS] == antes


def test_a_privacidade_tem_o_que_mostrar_e_nao_muda_canal_nenhum(demo):
    fechados = {c.pk: set(c.nao_contatar) for c in Cliente.objects.exclude(nao_contatar=[])}
    opostos = Oposicao.objects.filter(retirada_em=None)
    assert {(o.cliente_id, o.canal) for o in opostos} == {(pk, c) for pk, cs in fechados.items() for c in cs}
    assert all(o.motivo and o.em < BASE for o in opostos)
    assert BaseDoTitular.objects.values("base").distinct().count() == 3
    assert ParametrosDeLgpd.objects.get().encarregado_email == "privacidade@alianca.example"
    assert RegraDeRetencao.objects.get(tipo="vistas").ligada
    assert criar_privacidade(hoje=BASE) == 0 or not fechados


def test_os_fatos_fecham_entre_si(demo):
    assert not NotaFiscal.objects.filter(emissao__gt=BASE).exists()
    assert not Titulo.objects.filter(pago_em__gt=BASE).exists()
    autorizadas = NotaFiscal.objects.filter(situacao="autorizada")
    assert Titulo.objects.aggregate(v=Sum("valor")) == autorizadas.aggregate(v=Sum("valor"))
    valores = dict(Pedido.objects.values_list("numero", "valor"))
    assert all(valores[n.pedido_numero] == n.valor for n in NotaFiscal.objects.all())
    prorrogados = ProrrogacaoDeTitulo.objects.filter(titulo__vencimento=F("para"))
    assert prorrogados.count() == ProrrogacaoDeTitulo.objects.count()


def test_cada_cliente_tem_quem_compra_e_e_com_essa_gente_que_se_fala(demo):
    assert PessoaDeContato.objects.filter(principal=True, papel="comprador").count() == 120
    assert {"decisor", "financeiro", "tecnico"} < set(PessoaDeContato.objects.values_list("papel", flat=True))
    com_pessoa = Contato.objects.exclude(pessoa="")
    assert com_pessoa.exists()
    assert (
        com_pessoa.filter(
            pessoa_de_contato__cliente=F("cliente"), pessoa_de_contato__nome=F("pessoa")
        ).count()
        == com_pessoa.count()
    )
    assert not Contato.objects.filter(fechado_em=None).exists()
    assert Contato.objects.filter(objecoes__nome="Preço alto").exists()


def test_um_mes_depois_ha_fatos_novos_e_os_velhos_andaram(demo):
    em_aberto = set(Titulo.objects.filter(saldo__gt=0).values_list("pk", flat=True))
    orcados = set(Orcamento.objects.filter(situacao="aberto").values_list("pk", flat=True))
    antes = [len(versoes(tabela)) for tabela in TABELAS]
    um_mes = BASE + timedelta(days=30)
    trazer_fatos(hoje=um_mes)
    depois = [len(versoes(tabela)) for tabela in TABELAS]
    assert all(novo > velho for novo, velho in zip(depois, antes, strict=True))
    assert Titulo.objects.filter(pk__in=em_aberto, pago_em__range=(BASE + timedelta(days=1), um_mes)).exists()
    assert Orcamento.objects.filter(pk__in=orcados).exclude(situacao="aberto").exists()
    assert not Titulo.objects.filter(pago_em__gt=um_mes).exists()


def test_o_que_a_pessoa_importou_na_demonstracao_nao_e_dela(demo, tmp_path: Path):
    titulo = Titulo.objects.filter(saldo__gt=0).order_by("numero").first()
    arquivo = tmp_path / "t.csv"
    arquivo.write_text(
        "numero;cliente_codigo;emissao;vencimento;valor;saldo\n"
        f"{titulo.numero};{titulo.cliente.codigo};{titulo.emissao};{titulo.vencimento};{titulo.valor};0,01\n"
    )
    aplicar(arquivo, Opcoes("titulos", Empresa.objects.get()), por=None, hoje=BASE)
    trazer(BASE + timedelta(days=60))
    titulo.refresh_from_db()
    assert str(titulo.saldo) == "0.01"


def test_a_demonstracao_vai_e_volta_pelos_arquivos_sem_mudar_nada(demo, tmp_path: Path):
    empresa = Empresa.objects.get()
    for tipo in ("itens", "orcamentos", "notas", "titulos", "atendimentos", "pessoas"):
        caminho = tmp_path / f"{tipo}.csv"
        with caminho.open("w", encoding="utf-8-sig", newline="") as arquivo:
            csv.writer(arquivo, delimiter=";").writerows(do_leiaute(tipo, [empresa]))
        resultado = aplicar(caminho, Opcoes(tipo, empresa), por=None, hoje=BASE)
        assert (resultado.novas, resultado.atualizadas, resultado.rejeitadas) == (0, 0, 0), tipo
        assert resultado.inalteradas > 0


def test_a_demonstracao_tem_metas_dos_treze_meses(demo):
    """Quase todo vendedor tem as de cada mês, determinísticas; criar de novo não mexe nas que já há."""
    meses = MetaMensal.objects.order_by("mes").values_list("mes", flat=True).distinct()
    assert (min(meses), max(meses), len(meses)) == (date(2025, 11, 1), date(2026, 11, 1), 13)
    vendedores = Usuario.objects.filter(papel="vendedor").count()
    do_mes = MetaMensal.objects.filter(mes=date(2026, 11, 1))
    assert vendedores - 2 <= do_mes.count() <= vendedores
    antes = list(
        MetaMensal.objects.order_by("pk").values_list("vendedor", "mes", "giro", "positivacao", "valor")
    )
    assert criar_metas(semente=SEMENTE, hoje=date(2026, 11, 20)) == 0
    do_mes.all().delete()
    criar_metas(semente=SEMENTE, hoje=date(2026, 11, 20))
    depois = MetaMensal.objects.values_list("vendedor", "mes", "giro", "positivacao", "valor")
    assert sorted(depois) == sorted(antes)
