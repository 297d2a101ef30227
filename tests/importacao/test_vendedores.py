"""De quem é o cliente que o arquivo nomeia: o código manda, o nome só serve quando ninguém o desmente."""

from typing import Any

from django.db import connection

from clientes.importacao import servico
from clientes.models import Cliente
from contas.models import Empresa, Papel, Usuario, Vinculo

CABECALHO = "codigo;razao_social;vendedor;vendedor_codigo\n"


def donos() -> dict[str, tuple[str, str | None]]:
    """código do cliente → (nome do dono, código do dono no ERP)."""
    return {
        c.codigo: (c.vendedor.nome, Vinculo.objects.get(usuario=c.vendedor, empresa=c.empresa).codigo_erp)
        for c in Cliente.objects.select_related("vendedor").exclude(vendedor=None)
    }


def test_homonimos_com_codigos_diferentes_sao_duas_pessoas(importar: Any) -> None:
    resultado = importar("clientes", CABECALHO + "A;Alfa;João Silva;10\nB;Beta;JOAO SILVA;11\n")
    assert resultado.avisos == (
        "vendedor novo, sem acesso até ser convidado: João Silva (código 10)",
        "vendedor novo, sem acesso até ser convidado: JOAO SILVA (código 11)",
    )
    assert donos() == {"A": ("João Silva", "10"), "B": ("JOAO SILVA", "11")}
    assert Usuario.objects.filter(nome_chave="joao silva").count() == 2


def test_codigo_novo_nao_cai_no_homonimo_que_ja_tem_outro(importar: Any) -> None:
    importar("clientes", CABECALHO + "A;Alfa;João Silva;10\n")
    importar("clientes", CABECALHO + "B;Beta;João Silva;11\n")
    assert donos() == {"A": ("João Silva", "10"), "B": ("João Silva", "11")}


def test_o_mesmo_codigo_novo_com_nomes_diferentes_e_uma_pessoa_so(importar: Any) -> None:
    resultado = importar(
        "clientes", CABECALHO + "A;Alfa;CARLOS SOUZA;50\nB;Beta;Carlos A. Souza;50\nC;Gama;;50\n"
    )
    assert resultado.novas == 3
    assert set(donos().values()) == {("Carlos A. Souza", "50")}


def test_quem_era_conhecido_so_pelo_nome_ganha_o_codigo_que_o_arquivo_traz(importar: Any) -> None:
    importar("clientes", "codigo;razao_social;vendedor\nA;Alfa;Bia Lima\n")
    importar("clientes", CABECALHO + "B;Beta;Bia Lima;20\n")
    importar("clientes", CABECALHO + "C;Gama;Beatriz Lima;20\n")
    assert donos() == dict.fromkeys("ABC", ("Bia Lima", "20"))


def test_dois_codigos_para_um_nome_sem_codigo_sao_gente_nova(importar: Any) -> None:
    importar("clientes", "codigo;razao_social;vendedor\nA;Alfa;Bia Lima\n")
    importar("clientes", CABECALHO + "B;Beta;Bia Lima;20\nC;Gama;Bia Lima;21\n")
    assert donos() == {"A": ("Bia Lima", None), "B": ("Bia Lima", "20"), "C": ("Bia Lima", "21")}


def test_nome_sem_codigo_entre_homonimos_e_recusado_e_os_com_codigo_entram(importar: Any) -> None:
    resultado = importar(
        "clientes", CABECALHO + "A;Alfa;João Silva;10\nB;Beta;João Silva;11\nC;Gama;João Silva;\n"
    )
    assert [(r.linha, r.coluna, r.valor, r.motivo) for r in resultado.rejeicoes] == [
        (4, "vendedor", "João Silva", "há mais de uma pessoa com este nome: use o código do vendedor")
    ]
    assert donos() == {"A": ("João Silva", "10"), "B": ("João Silva", "11")}


def test_nome_com_e_sem_codigo_no_mesmo_arquivo_e_a_mesma_pessoa(importar: Any) -> None:
    importar("clientes", CABECALHO + "A;Alfa;Ana Souza;\nB;Beta;ANA SOUZA;7\nC;Gama;;7\n")
    assert donos() == dict.fromkeys("ABC", ("Ana Souza", "7"))


def test_a_mesma_pessoa_em_duas_empresas_tem_um_codigo_em_cada_uma(importar: Any, empresa: Empresa) -> None:
    filial = Empresa.objects.create(codigo="2", nome="Filial Sul")
    importar(
        "clientes",
        "empresa;" + CABECALHO + "1;A;Alfa;Ana Souza;7\n2;A;Alfa;Ana Souza;31\n",
        empresa=None,
    )
    ana = Usuario.objects.get(nome_chave="ana souza")
    assert dict(ana.vinculos.values_list("empresa__codigo", "codigo_erp")) == {"1": "7", "2": "31"}
    assert Cliente.objects.filter(vendedor=ana, empresa__in=[empresa, filial]).count() == 2


def test_quem_vende_em_outra_empresa_ganha_vinculo_com_o_codigo_daqui(
    importar: Any, empresa: Empresa
) -> None:
    filial = Empresa.objects.create(codigo="2", nome="Filial Sul")
    ana = Usuario.objects.create(nome="Ana Souza", papel=Papel.VENDEDOR)
    Vinculo.objects.create(usuario=ana, empresa=filial, codigo_erp="31")
    importar("clientes", CABECALHO + "A;Alfa;ana souza;7\n")
    assert donos() == {"A": ("Ana Souza", "7")}


def test_numero_comprido_no_lugar_do_nome_nao_derruba_a_importacao(importar: Any) -> None:
    comprido = "9" * 118
    assert importar("clientes", CABECALHO + f"A;Alfa;{comprido};\n").novas == 1
    assert donos() == {"A": (comprido, None)}


def test_arquivo_de_todas_as_empresas_espera_pela_vez_em_cada_uma(importar: Any, empresa: Empresa) -> None:
    filial = Empresa.objects.create(codigo="2", nome="Filial Sul")
    importar("clientes", "empresa;codigo;razao_social\n1;A;Alfa\n2;A;Alfa\n", empresa=None)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND pid = pg_backend_pid()",
            [servico._TRAVA],
        )
        assert {linha[0] for linha in cursor.fetchall()} == {empresa.pk, filial.pk}
