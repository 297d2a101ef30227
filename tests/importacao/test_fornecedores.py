"""Fornecedores: entram por arquivo, o crédito deles se acompanha, e nenhuma conta de clientes os vê."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from carteira.lgpd_do_fornecedor import anonimizar
from clientes.fornecedores import _posicao, com_credito, editar, resumo
from clientes.importacao.desfazer import desfazer
from clientes.importacao.recusa import ArquivoRecusado
from clientes.models import (
    Cliente,
    CorrecaoDeScoreDeFornecedor,
    FaixaDeScore,
    Fornecedor,
    Importacao,
    MudancaDoFornecedor,
    RestricaoDeCredito,
    RestricaoDeFornecedor,
    ScoreDeCredito,
    ScoreDeFornecedor,
)
from contas.models import Empresa, RegistroDeAuditoria, Usuario
from tests.conftest import HOJE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]

CADASTRO = (
    "codigo;nome;cpf_cnpj;municipio;uf;contato;telefone;email\n"
    "F1;Aços Vale;11.444.777/0001-61;Joinville;SC;Rute Klein;(47) 3433-0101;rute@acos.test\n"
    "F2;Anselmo Prado;529.982.247-25;Blumenau;SC;;;\n"
)


def dia(dias: int) -> date:
    return HOJE - timedelta(days=dias)


@pytest.fixture
def acos(empresa: Empresa) -> Fornecedor:
    return Fornecedor.objects.create(
        empresa=empresa, codigo="F1", nome="Aços Vale", documento="11444777000161", documento_valido=True
    )


def score(fornecedor: Fornecedor, dias: int, valor: int, fonte: str = "Serasa") -> None:
    ScoreDeFornecedor.objects.create(
        empresa=fornecedor.empresa, fornecedor=fornecedor, fonte=fonte, em=dia(dias), valor=valor
    )


def restricao(fornecedor: Fornecedor, dias: int, tipo: str = "protesto", **mais: Any) -> Any:
    return RestricaoDeFornecedor.objects.create(
        empresa=fornecedor.empresa, fornecedor=fornecedor, fonte="Cartório", tipo=tipo, em=dia(dias), **mais
    )


# ── Por arquivo ──────────────────────────────────────────────────────────────


def test_o_cadastro_entra_pelo_codigo_e_nao_cria_cliente_nenhum(importar: Any, empresa: Empresa) -> None:
    resultado = importar("fornecedores", CADASTRO)
    assert (resultado.novas, resultado.rejeitadas, resultado.avisos) == (2, 0, ())
    acos = Fornecedor.objects.get(codigo="F1")
    assert (acos.nome, acos.documento, acos.documento_valido, acos.cidade, acos.uf, acos.municipio_id) == (
        "Aços Vale", "11444777000161", True, "Joinville", "SC", 4209102,
    )  # fmt: skip
    assert (acos.contato, acos.telefone, acos.ativo) == ("Rute Klein", "+554734330101", True)
    assert not Cliente.objects.exists()
    de_novo = importar("fornecedores", CADASTRO)
    assert (de_novo.novas, de_novo.atualizadas, de_novo.inalteradas) == (0, 0, 2)


def test_sem_a_coluna_da_uf_ela_segue_o_municipio(importar: Any) -> None:
    importar("fornecedores", CADASTRO)
    importar("fornecedores", "codigo;nome;municipio\nF1;Aços Vale;Curitiba\nF2;Anselmo Prado;Vila Nenhuma\n")
    ditos = Fornecedor.objects.order_by("codigo").values_list("cidade", "uf", "municipio_id")
    assert list(ditos) == [("Curitiba", "PR", 4106902), ("Vila Nenhuma", "SC", None)]


def test_o_que_se_mudou_aqui_fica_ate_o_erp_mudar_o_seu(importar: Any, davi: Usuario) -> None:
    importar("fornecedores", CADASTRO)
    acos = Fornecedor.objects.get(codigo="F1")
    assert editar(fornecedor=acos, mudancas={"contato": "Rita"}, por=davi) == ["contato"]
    importar("fornecedores", CADASTRO)
    acos.refresh_from_db()
    assert acos.contato == "Rita"
    resultado = importar("fornecedores", CADASTRO.replace("Rute Klein", "Ruth K."))
    acos.refresh_from_db()
    assert acos.contato == "Ruth K."
    assert [a for a in resultado.avisos if "conflito" in a] == [
        "conflito em contato: mudado no Carteira e no ERP em 1 fornecedor(es), ficou o do ERP (F1)"
    ]
    registro = RegistroDeAuditoria.objects.get(acao="editar fornecedor")
    assert (registro.objeto, registro.antes, registro.depois, registro.por) == (
        "fornecedor F1", {"contato": "Rute Klein"}, {"contato": "Rita"}, davi,
    )  # fmt: skip


def test_documento_ruim_fica_como_texto_e_nao_serve_de_chave(importar: Any) -> None:
    resultado = importar("fornecedores", "codigo;nome;cpf_cnpj\nF9;Zeta;111.111.111-11\n")
    assert "CPF inválido" in resultado.avisos[0]
    zeta = Fornecedor.objects.get()
    assert (zeta.documento, zeta.documento_valido) == ("11111111111", False)


def test_scores_e_restricoes_acham_o_fornecedor_pelo_documento_e_nunca_o_cliente(
    importar: Any, acos: Fornecedor, novo_cliente: Any
) -> None:
    """O mesmo CNPJ é de um cliente: cada arquivo escreve só do seu lado."""
    novo_cliente("C1", documento=acos.documento, documento_valido=True)
    importar("scores_de_fornecedores", "cnpj;fonte;data;score\n11.444.777/0001-61;SERASA;01/10/2026;640\n")
    importar(
        "restricoes_de_fornecedores",
        "fornecedor_codigo;fonte;tipo;em;valor\nF1;Serasa;protesto;03/10/2026;1.250,00\n"
        "F1;Serasa;alteração contratual;04/10/2026;\n",
    )
    assert [(s.fonte, s.em, s.valor) for s in acos.scores.all()] == [("SERASA", date(2026, 10, 1), 640)]
    assert [(r.tipo, str(r.valor)) for r in acos.restricoes.all()] == [
        ("mudanca_societaria", "0.00"), ("protesto", "1250.00"),
    ]  # fmt: skip
    assert not ScoreDeCredito.objects.exists()
    assert not RestricaoDeCredito.objects.exists()


def test_as_recusas_sao_as_do_cliente_com_o_nome_do_fornecedor(importar: Any, acos: Fornecedor) -> None:
    resultado = importar(
        "scores_de_fornecedores",
        "fornecedor_codigo;fonte;em;valor\nF1;Serasa;01/10/2026;1200\nF7;Serasa;01/10/2026;500\n"
        "F1;Serasa;02/10/2026;500\nF1;Serasa;02/10/2026;510\n",
        parcial=True,
    )
    assert [(r.linha, r.motivo) for r in resultado.rejeicoes] == [
        (2, "o score vai de 0 a 1000, sem casas: corrija ou converta a escala"),
        (3, "fornecedor desconhecido nesta empresa: importe o cadastro de fornecedores antes"),
        (
            5,
            "score repetido (mesmo fornecedor, fonte e data): já está na linha 4 com outros dados; deixe um só",
        ),
    ]
    with pytest.raises(ArquivoRecusado, match="fornecedor_codigo"):
        importar("scores_de_fornecedores", "fonte;em;valor\nSerasa;01/10/2026;500\n")
    evento = "F1;Serasa;mudança societária;01/10/2026;02/10/2026\n"
    resultado = importar(
        "restricoes_de_fornecedores", f"fornecedor_codigo;fonte;tipo;em;baixada_em\n{evento}", parcial=True
    )
    assert "um evento não tem baixa" in resultado.rejeicoes[0].motivo


def test_o_score_corrigido_guarda_o_que_era_e_a_baixa_se_anota(importar: Any, acos: Fornecedor) -> None:
    cabecalho = "fornecedor_codigo;fonte;em;valor\n"
    importar("scores_de_fornecedores", f"{cabecalho}F1;Serasa;01/10/2026;640\n")
    importar("scores_de_fornecedores", f"{cabecalho}F1;serasa;01/10/2026;480\n")
    assert [(c.de, c.para) for c in CorrecaoDeScoreDeFornecedor.objects.all()] == [(640, 480)]
    assert acos.scores.get().fonte == "Serasa"
    cabecalho = "fornecedor_codigo;fonte;tipo;em;baixada_em\n"
    importar("restricoes_de_fornecedores", f"{cabecalho}F1;SPC;pendência;01/09/2026;\n")
    importar("restricoes_de_fornecedores", f"{cabecalho}F1;SPC;pendência;01/09/2026;05/11/2026\n")
    assert acos.restricoes.get().baixada_em == date(2026, 11, 5)


def test_a_importacao_se_desfaz_inteira(importar: Any, acos: Fornecedor, davi: Usuario) -> None:
    cabecalho = "fornecedor_codigo;fonte;em;valor\n"
    importar("scores_de_fornecedores", f"{cabecalho}F1;Serasa;01/10/2026;640\n")
    importar("scores_de_fornecedores", f"{cabecalho}F1;Serasa;01/10/2026;480\nF1;Serasa;01/11/2026;490\n")
    efeito = desfazer(Importacao.objects.latest("pk").pk, por=davi, agora=timezone.now())
    assert efeito is not None
    assert (dict(efeito.somem), dict(efeito.voltam)) == (
        {"score de fornecedor,scores de fornecedores": 1}, {"score de fornecedor,scores de fornecedores": 1},
    )  # fmt: skip
    assert [s.valor for s in acos.scores.all()] == [640]
    assert not CorrecaoDeScoreDeFornecedor.objects.exists()


# ── O que mudou, e para onde ─────────────────────────────────────────────────


def test_a_ultima_mudanca_diz_se_melhorou_ou_piorou(acos: Fornecedor) -> None:
    score(acos, 60, 640)
    score(acos, 30, 660)  # a mesma faixa: não é mudança
    score(acos, 20, 480)  # Regular → Baixo
    restricao(acos, 10, valor=1250, baixada_em=dia(2))
    restricao(acos, 1, "mudanca_societaria")  # evento: nem melhora nem piora
    assert [(m.em, m.melhorou, m.dito) for m in MudancaDoFornecedor.objects.filter(fornecedor=acos)] == [
        (dia(2), True, "Restrição baixada: Protesto (Cartório)"),
        (dia(10), False, "Nova restrição: Protesto (Cartório)"),
        (dia(20), False, "Score de 660 para 480, agora Baixo (Serasa)"),
    ]
    lido = com_credito(Fornecedor.objects.all(), HOJE).get()
    assert (lido.score, lido.faixa, lido.restricoes_abertas, lido.mudou_em, lido.mudanca["melhorou"]) == (
        480, "Baixo", 0, dia(2), True,
    )  # fmt: skip


def test_a_restricao_conta_ate_a_vespera_da_baixa_e_o_evento_nunca(acos: Fornecedor) -> None:
    restricao(acos, 10, valor=1250, baixada_em=HOJE)
    restricao(acos, 9, "pendencia", valor=800)
    restricao(acos, 8, "evento", valor=9999)
    ontem, hoje = (com_credito(Fornecedor.objects.all(), d).get() for d in (dia(1), HOJE))
    assert [(f.restricoes_abertas, str(f.valor_restrito)) for f in (ontem, hoje)] == [
        (2, "2050.00"), (1, "800.00"),
    ]  # fmt: skip


def test_as_faixas_sao_as_da_empresa_e_mudam_com_elas(acos: Fornecedor) -> None:
    score(acos, 40, 640)
    score(acos, 5, 560)
    assert not MudancaDoFornecedor.objects.exists()
    FaixaDeScore.objects.create(empresa=acos.empresa, minimo=0, nome="Ruim")
    FaixaDeScore.objects.create(empresa=acos.empresa, minimo=600, nome="Bom")
    assert [m.dito for m in MudancaDoFornecedor.objects.all()] == [
        "Score de 640 para 560, agora Ruim (Serasa)"
    ]
    contas = resumo(Fornecedor.objects.all(), HOJE)
    assert contas == {"todos": 1, "restritos": 0, "pioraram": 1, "melhoraram": 0}


def test_uma_faixa_so_nao_e_a_pior() -> None:
    assert [_posicao(0, 1), _posicao(0, 2), _posicao(1, 2)] == ["alta", "pior", "melhor"]


def test_o_anonimizado_nao_volta_por_arquivo(importar: Any, davi: Usuario) -> None:
    importar("fornecedores", CADASTRO)
    pessoa = Fornecedor.objects.get(codigo="F2")
    score(pessoa, 3, 500)
    anonimizar(fornecedor=pessoa, motivo="Pediu em 20/11", por=davi)
    importar("fornecedores", CADASTRO.replace("Anselmo Prado;", "Anselmo de Novo;"))
    pessoa.refresh_from_db()
    assert (pessoa.nome, pessoa.documento, pessoa.erp) == ("Titular anonimizado", "", {})
    assert not pessoa.scores.exists()
    assert "Anselmo" not in json.dumps(
        list(RegistroDeAuditoria.objects.values("antes", "depois", "objeto")), ensure_ascii=False
    )
