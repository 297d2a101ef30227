"""Os comandos como as máquinas os chamam: saída, erro e código de saída."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from clientes.models import Cliente, Importacao, Pedido
from contas.models import Empresa, RegistroDeAuditoria
from tests.importacao.conftest import CLIENTES, PEDIDOS, Rodar

BOM = PEDIDOS + "1;A;10/10/2026;5,00;faturado\n"
MISTO = BOM + "2;ZZ;10/10/2026;5,00;faturado\n"
CHAVES = ["aceitas", "novas", "atualizadas", "inalteradas", "rejeitadas", "avisos", "rejeicoes"]


def test_json_traz_o_contrato_e_nada_mais(rodar: Rodar, arquivo: Any, clientes_a_e_b: None) -> None:
    codigo, saida, erros = rodar("importar", "pedidos", arquivo(MISTO), "--aceitar-parcial", "--json")
    dados = json.loads(saida)
    assert (codigo, erros, list(dados)) == (0, "", CHAVES)
    assert dados["rejeicoes"] == [
        {
            "linha": 3,
            "coluna": "cliente_codigo",
            "valor": "ZZ",
            "motivo": "cliente desconhecido nesta empresa: importe o cadastro de clientes antes",
        }
    ]
    assert [dados[c] for c in CHAVES[:5]] == [1, 1, 0, 0, 1]


def test_tudo_ou_nada_e_o_padrao_e_sai_com_1(rodar: Rodar, arquivo: Any, clientes_a_e_b: None) -> None:
    for extra in ([], ["--tudo-ou-nada"]):
        codigo, saida, erros = rodar("importar", "pedidos", arquivo(MISTO), "--json", *extra)
        assert codigo == 1
        assert json.loads(saida)["rejeitadas"] == 1
        assert erros.count("\n") == 1
    assert not Pedido.objects.exists()


def test_parcial_com_tudo_rejeitado_sai_com_0(rodar: Rodar, arquivo: Any) -> None:
    codigo, saida, _ = rodar("importar", "pedidos", arquivo(MISTO), "--aceitar-parcial", "--json")
    assert (codigo, json.loads(saida)["rejeitadas"], json.loads(saida)["aceitas"]) == (0, 2, 0)


def test_arquivo_recusado_sai_com_1_e_uma_mensagem(rodar: Rodar, arquivo: Any) -> None:
    codigo, saida, erros = rodar("importar", "pedidos", arquivo(b"%PDF-1.4"), "--json")
    assert (codigo, json.loads(saida)["erro"].startswith("O arquivo é um PDF")) == (1, True)
    assert erros.count("\n") == 1
    assert rodar("importar", "pedidos", arquivo(""), "--aceitar-parcial")[:2] == (1, "")


@pytest.mark.parametrize(
    "argumentos",
    [
        ["pedidos", "/nao/existe.csv"],
        ["pedidos", "/tmp"],
        ["titulos", "x.csv"],
        ["pedidos"],
        ["pedidos", "{bom}", "--empresa", "9"],
        ["pedidos", "{bom}", "--tudo-ou-nada", "--aceitar-parcial"],
        ["pedidos", "{bom}", "--situacao", "LIB"],
        ["pedidos", "{bom}", "--situacao", "LIB=talvez"],
        ["pedidos", "{bom}", "--coluna", "x=inexistente"],
        ["pedidos", "{bom}", "--decimal", "espaco"],
        ["pedidos", "{bom}", "--rejeitadas", "/nao/existe/r.csv", "--aceitar-parcial"],
    ],
)
def test_uso_errado_sai_com_2(argumentos: list[str], rodar: Rodar, arquivo: Any) -> None:
    caminho = str(arquivo(MISTO))
    codigo, saida, erros = rodar("importar", *(a.format(bom=caminho) for a in argumentos))
    assert (codigo, saida) == (2, "")
    assert "Traceback" not in erros
    assert erros


def test_com_duas_empresas_e_preciso_dizer_qual_ou_ter_a_coluna(rodar: Rodar, arquivo: Any) -> None:
    Empresa.objects.create(codigo="2", nome="Filial")
    assert rodar("importar", "clientes", arquivo("codigo;razao_social\nA;Alfa\n"))[0] == 2
    assert rodar("importar", "clientes", arquivo("codigo;razao_social\nA;Alfa\n"), "--empresa", "2")[0] == 0
    assert rodar("importar", "clientes", arquivo("emp;codigo;razao_social\n1;B;Beta\n"))[0] == 0
    assert set(Cliente.objects.values_list("empresa__codigo", "codigo")) == {("2", "A"), ("1", "B")}


def test_simular_mostra_o_efeito_e_nao_grava(rodar: Rodar, arquivo: Any, clientes_a_e_b: None) -> None:
    registros = Importacao.objects.count()
    codigo, saida, _ = rodar("importar", "pedidos", arquivo(BOM), "--simular")
    assert codigo == 0
    assert "1 linhas entrariam: 1 novas" in saida
    assert "somando R$ 5,00" in saida
    assert (Pedido.objects.count(), Importacao.objects.count()) == (0, registros)


def test_colunas_e_situacoes_ditas_no_comando(rodar: Rodar, arquivo: Any, clientes_a_e_b: None) -> None:
    conteudo = "x1;cliente_codigo;data;valor;fase\n1;A;10/10/2026;1.234;OK\n"
    argumentos = [
        "--coluna",
        "x1=numero",
        "--coluna",
        "fase=situacao",
        "--situacao",
        "OK=faturado",
        "--decimal",
        "virgula",
    ]
    assert rodar("importar", "pedidos", arquivo(conteudo), *argumentos)[0] == 0
    assert rodar("importar", "pedidos", arquivo(conteudo))[0] == 0


def test_as_rejeitadas_voltam_num_arquivo_que_se_corrige_e_reenvia(
    rodar: Rodar, arquivo: Any, tmp_path: Path, clientes_a_e_b: None
) -> None:
    conteudo = (
        "OBS;" + PEDIDOS + '=1+1;1;A;10/10/2026;5,00;aberto\n"a\nb";2;A;31/02/2026;5,00;aberto\nc;3;A\n'
    )
    destino = tmp_path / "r.csv"
    rodar("importar", "pedidos", arquivo(conteudo), "--aceitar-parcial", "--rejeitadas", destino)
    linhas = list(csv.reader(io.StringIO(destino.read_text("utf-8-sig")), delimiter=";"))
    assert linhas[0][-3:] == ["carteira_linha", "carteira_coluna", "carteira_motivo"]
    assert linhas[1] == [
        "a\nb",
        "2",
        "A",
        "31/02/2026",
        "5,00",
        "aberto",
        "3",
        "data",
        "fevereiro de 2026 tem 28 dias",
    ]
    assert linhas[2][:6] == ["c", "3", "A", "", "", ""]
    destino.write_text(
        destino.read_text("utf-8-sig")
        .replace("31/02", "28/02")
        .replace("c;3;A;;;", "c;3;A;1/2/2026;1,00;aberto")
    )
    assert rodar("importar", "pedidos", destino)[0] == 0
    assert Pedido.objects.count() == 3


def test_o_que_se_exporta_se_reimporta_sem_mudar_nada(rodar: Rodar, arquivo: Any, tmp_path: Path) -> None:
    nomes = [
        "=SOMA(A1)",
        "+Mais",
        "-Menos",
        "@Arroba",
        "'=Aspas",
        'Com "aspas"; e ponto',
        "'Só apóstrofo",
        "Acentuação Ltda",
    ]
    corpo = "".join(
        '{i};"{n}";{d};São Paulo;SP;Seg;=Ana;11987654321;x@y.com\n'.format(
            i=f"-{i}", n=n.replace('"', '""'), d=d
        )
        for i, (n, d) in enumerate(
            zip(
                nomes,
                ["11222333000181", "", "ISENTO", "2623407800", "1", "0", "12ABC34501DE35", "x"],
                strict=True,
            )
        )
    )
    assert rodar("importar", "clientes", arquivo(CLIENTES + corpo))[0] == 0
    pedidos = (
        "1;-0;10/10/2026;1.234.567,89;faturado\n2;-1;1/1/2020;0;aberto\n'=3;-2;10/10/2026;(7,00);devolvido\n"
    )
    assert rodar("importar", "pedidos", arquivo(PEDIDOS + pedidos))[0] == 0
    # Um apóstrofo antes de = é do Excel e sai; dois, e um fica.
    assert set(Cliente.objects.values_list("razao_social", flat=True)) == {*nomes} - {"'=Aspas"} | {"=Aspas"}
    Cliente.objects.filter(razao_social="=Aspas").update(razao_social="'=Aspas", erp={})
    for tipo, quantos in (("clientes", 8), ("pedidos", 3)):
        destino = tmp_path / f"{tipo}.csv"
        assert rodar("exportar", tipo, destino) == (0, f"{quantos} linhas em {destino}\n", "")
        rodar("importar", tipo, destino)
        codigo, saida, _ = rodar("importar", tipo, destino, "--json")
        assert (codigo, json.loads(saida)["inalteradas"]) == (0, quantos)
        assert destino.read_bytes().startswith(b"\xef\xbb\xbf")
    assert set(Cliente.objects.values_list("razao_social", flat=True)) == {*nomes}
    assert Pedido.objects.get(numero="=3").valor == -7


def test_homonimos_vao_e_voltam_com_o_codigo_de_cada_um(rodar: Rodar, arquivo: Any, tmp_path: Path) -> None:
    """Só com o nome, a volta recusaria todas as linhas dos dois."""
    rodar(
        "importar",
        "clientes",
        arquivo("codigo;razao_social;vendedor;vendedor_codigo\nA;Alfa;João Silva;10\nB;Beta;João Silva;11\n"),
    )
    rodar(
        "importar",
        "pedidos",
        arquivo(
            "numero;cliente_codigo;data;valor;situacao;vendedor_codigo\n1;A;10/10/2026;5,00;aberto;10\n2;B;10/10/2026;5,00;aberto;11\n"
        ),
    )
    for tipo in ("clientes", "pedidos"):
        destino = tmp_path / f"{tipo}.csv"
        rodar("exportar", tipo, destino)
        codigo, saida, _ = rodar("importar", tipo, destino, "--json")
        dados = json.loads(saida)
        assert (codigo, dados["inalteradas"], dados["atualizadas"], dados["rejeitadas"]) == (0, 2, 0, 0)


def test_exportar_de_todas_as_empresas_diz_de_qual_e_cada_linha(
    rodar: Rodar, arquivo: Any, tmp_path: Path
) -> None:
    Empresa.objects.create(codigo="2", nome="Filial")
    rodar("importar", "clientes", arquivo("empresa;codigo;razao_social\n1;A;Alfa\n2;A;Alfa Sul\n"))
    destino = tmp_path / "c.csv"
    rodar("exportar", "clientes", destino)
    assert [
        linha["empresa"] for linha in csv.DictReader(destino.open(encoding="utf-8-sig"), delimiter=";")
    ] == ["1", "2"]
    codigo, saida, _ = rodar("importar", "clientes", destino, "--json")
    assert (codigo, json.loads(saida)["inalteradas"]) == (0, 2)
    rodar("exportar", "clientes", destino, "--empresa", "2")
    assert "empresa" not in destino.read_text("utf-8-sig").splitlines()[0]
    levadas = RegistroDeAuditoria.objects.filter(acao="exportar pelo comando").order_by("pk")
    assert list(levadas.values_list("por", "quem", "objeto", "depois")) == [
        (None, "", "clientes: c.csv", {"linhas": 2, "empresas": ["1", "2"]}),
        (None, "", "clientes: c.csv", {"linhas": 1, "empresas": ["2"]}),
    ]
    assert rodar("exportar", "clientes", destino, "--empresa", "9")[0] == 2
    assert rodar("exportar", "clientes", "/nao/existe/x.csv")[0] == 2


def test_as_rejeitadas_nunca_apagam_o_arquivo_importado(rodar: Rodar, arquivo: Any, db: None) -> None:
    caminho = arquivo(MISTO)
    codigo, _, erros = rodar("importar", "pedidos", caminho, "--aceitar-parcial", "--rejeitadas", caminho)
    assert (codigo, "apagariam o próprio arquivo" in erros, caminho.read_text()) == (2, True, MISTO)


def test_banco_que_cai_no_meio_e_recusa_com_uma_frase(
    rodar: Rodar, arquivo: Any, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cair(*_: Any, **__: Any) -> None:
        raise OperationalError("deadlock detected\nDETAIL: …")

    monkeypatch.setattr("clientes.importacao.servico.aplicar", cair)
    codigo, saida, erros = rodar("importar", "pedidos", arquivo(BOM), "--json")
    assert (codigo, json.loads(saida)["aceitas"]) == (1, 0)
    assert erros == (
        "CommandError: O banco interrompeu a importação e nada foi gravado: tente de novo (deadlock detected).\n"
    )


@pytest.mark.parametrize(
    ("destino", "motivo"),
    [
        ("nada/x.csv", "a pasta ou o arquivo não existe"),
        ("", "é uma pasta, não um arquivo"),
        ("arquivo.csv/x.csv", "o caminho passa por um arquivo, não por uma pasta"),
    ],
)
def test_destino_que_nao_abre_e_explicado_em_portugues(
    destino: str, motivo: str, rodar: Rodar, arquivo: Any, tmp_path: Path
) -> None:
    origem = arquivo(MISTO)
    codigo, _, erros = rodar("exportar", "clientes", tmp_path / destino)
    assert (codigo, erros) == (
        2,
        f"CommandError: Não foi possível escrever {tmp_path / destino}: {motivo}.\n",
    )
    codigo, _, erros = rodar("importar", "pedidos", origem, "--rejeitadas", tmp_path / destino)
    assert (codigo, erros) == (2, f"CommandError: Não foi possível ler ou escrever: {motivo}.\n")


def test_sem_a_sua_linha_na_auditoria_a_exportacao_nao_deixa_arquivo(rodar: Rodar, tmp_path: Path) -> None:
    recusa = "ALTER TABLE contas_registrodeauditoria ADD CHECK (acao <> 'exportar pelo comando') NOT VALID"
    with connection.cursor() as cursor:
        cursor.execute(recusa)
    with pytest.raises(IntegrityError), transaction.atomic():
        rodar("exportar", "clientes", tmp_path / "clientes.csv")
    assert list(tmp_path.iterdir()) == []
