"""O titular escrito como cada lugar escreve: aspas num JSON, nome sem acento, planilha estragada, quem é da casa."""

import io
import time
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from carteira import importacoes
from carteira.lgpd import anonimizar, previa
from carteira.repetiveis import Atendido, guardar
from carteira.retencao import limpar_vencidos
from clientes.lgpd.esquecer import SUBSTITUTO, Titular
from clientes.models import (
    Cliente,
    Importacao,
    ListaDeTrabalho,
    PedidoRepetivel,
    PessoaDeContato,
    VersaoDeLinha,
)
from contas.auditoria import registrar
from contas.models import Empresa, RegistroDeAuditoria, Usuario
from tests.clientes.listas_de_teste import rascunho

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


def _esquecer(cliente: Cliente, por: Usuario, pessoa: PessoaDeContato | None = None) -> None:
    anonimizar(titular=Titular(cliente, pessoa), motivo="Pediu em 20/11", por=por)


def _importada(empresa: Empresa, **campos: Any) -> Importacao:
    return Importacao.objects.create(
        empresa=empresa, tipo="clientes", nome_do_arquivo="c.csv", **{"estado": "aplicada", **campos}
    )


# ── Um nome com aspas ou sem os acentos ──────────────────────────────────────


def test_o_nome_com_aspas_sai_tambem_de_onde_o_json_as_escapa(
    empresa: Empresa, novo_cliente: Any, davi: Usuario
) -> None:
    nome = 'Bar "O Rei" Ltda'
    cliente, outro = novo_cliente("C1", razao_social=nome), novo_cliente("C2")
    versao = VersaoDeLinha.objects.create(
        importacao_id=1, tabela="x", objeto_id=0, antes={"nota": f"{nome} paga"}
    )
    importada = _importada(empresa, resultado={"rejeicoes": [], "avisos": [f"{nome} repetido"]})
    guardar(davi, "k1", "r", Atendido(200, '{"id":1,"nota":"Bar \\"O Rei\\" Ltda paga"}'))
    registrar("editar cliente", por=davi, alvo=outro, antes={"nota": ""}, depois={"nota": nome})
    _esquecer(cliente, davi)
    versao.refresh_from_db()
    importada.refresh_from_db()
    assert versao.antes == {"nota": f"{SUBSTITUTO} paga"}
    assert importada.resultado["avisos"] == [f"{SUBSTITUTO} repetido"]
    assert PedidoRepetivel.objects.get().resposta == f'{{"id":1,"nota":"{SUBSTITUTO} paga"}}'
    assert "Rei" not in str(RegistroDeAuditoria.objects.get(alvo=f"cliente:{outro.pk}").depois)


@pytest.mark.parametrize("homonimo", ["", "Jose da Luz Kuhn", "José da Luz Kuhn"])
def test_o_nome_sai_tambem_sem_os_acentos_se_ninguem_mais_o_tem(
    homonimo: str, empresa: Empresa, novo_cliente: Any, davi: Usuario
) -> None:
    cliente = novo_cliente("C1", razao_social="José da Luz Kuhn")
    if homonimo:
        novo_cliente("C2", razao_social=homonimo)
    rascunho(empresa, nome="Ligar: JOSE DA LUZ KUHN", consulta="", consulta_por=davi, criada_por=davi).save()
    _esquecer(cliente, davi)
    assert ListaDeTrabalho.objects.get().nome == (
        "Ligar: JOSE DA LUZ KUHN" if homonimo else f"Ligar: {SUBSTITUTO}"
    )


def test_o_nome_de_quem_e_da_casa_fica_no_que_ela_fez(
    empresa: Empresa, novo_cliente: Any, ana: Usuario, davi: Usuario
) -> None:
    """Um cliente chamado como a vendedora: as transferências para ela são de outros clientes."""
    Usuario.objects.filter(pk=ana.pk).update(nome="Ana Souza Reis")
    outro = novo_cliente("C2")
    registrar(
        "transferir", por=davi, alvo=outro, antes={"vendedor": ""}, depois={"vendedor": "Ana Souza Reis"}
    )
    cliente = novo_cliente("C1", razao_social="Ana Souza Reis", observacao="Ana Souza Reis paga às sextas")
    _esquecer(cliente, davi)
    assert RegistroDeAuditoria.objects.get(acao="transferir").depois == {"vendedor": "Ana Souza Reis"}
    cliente.refresh_from_db()
    assert (cliente.razao_social, cliente.observacao) == ("Titular anonimizado", "")


# ── O arquivo ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("campos", "escrito"),
    [
        pytest.param(
            {"documento": "12ABC34501DE35", "documento_valido": True}, "12.ABC.345/01DE 35", id="CNPJ com letras"
        ),
        pytest.param({"razao_social": "Érica Íris Kuhn"}, "érica íris kuhn", id="tudo em minúsculas"),
        pytest.param({"razao_social": "D'Ávila & Filhos"}, "<t>D'Ávila &amp; Filhos</t>", id="escapado em XML"),
        pytest.param({"razao_social": 'Bar "O Rei" Ltda'}, '"Bar ""O Rei"" Ltda"', id="aspas dobradas do CSV"),
    ],
)  # fmt: skip
def test_o_arquivo_se_acha_como_quer_que_cite(
    campos: dict[str, Any], escrito: str, empresa: Empresa, novo_cliente: Any, tmp_path: Path
) -> None:
    cliente = novo_cliente("C1", **campos)
    arquivo = tmp_path / "c.csv"
    arquivo.write_text(f"codigo;x\nX1;{escrito}\n", encoding="utf-8")
    importada = _importada(empresa, caminho=str(arquivo))
    assert previa(Titular(cliente)).arquivos == [importada]


def test_muitos_nomes_num_arquivo_grande_nao_custam_minutos(
    empresa: Empresa, novo_cliente: Any, tmp_path: Path
) -> None:
    """A página espera por isto com o cadastro travado: trinta pessoas e dois megabytes levavam vinte segundos."""
    cliente = novo_cliente("C1", razao_social="Érica & Irmãos Comércio Ltda")
    PessoaDeContato.objects.bulk_create(
        PessoaDeContato(
            cliente=cliente,
            nome=f"João {n} de Araújo",
            telefone=f"+55479955{n:05}",
            email=f"joao{n}@alfa.test",
        )
        for n in range(30)
    )
    arquivo = tmp_path / "c.csv"
    linhas = (
        f"{n};João da Conceição {n};+554733{n:06};maria{n}@beta.test;Rua São José\n" for n in range(30_000)
    )
    arquivo.write_text("".join(linhas), encoding="utf-8")
    _importada(empresa, caminho=str(arquivo))
    antes = time.process_time()
    assert previa(Titular(cliente)).arquivos == []
    assert time.process_time() - antes < 6


def _estragada(nome: str) -> bytes:
    """Uma planilha com uma parte que não se lê, e outra que sim."""
    saida = io.BytesIO()
    with zipfile.ZipFile(saida, "w", zipfile.ZIP_DEFLATED) as planilha:
        planilha.writestr("xl/worksheets/sheet1.xml", "abc" * 900)
        planilha.writestr("xl/sharedStrings.xml", f"<t>{nome}</t>" * 50)
    corpo = bytearray(saida.getvalue())
    inicio = 30 + len("xl/worksheets/sheet1.xml")
    corpo[inicio : inicio + 6] = b"\xff" * 6
    return bytes(corpo)


@pytest.mark.parametrize(("nome", "acha"), [("Marta Kunz", True), ("Outra Pessoa", False)])
def test_uma_planilha_estragada_nao_impede_de_esquecer(
    nome: str, acha: bool, empresa: Empresa, novo_cliente: Any, davi: Usuario, tmp_path: Path
) -> None:
    cliente = novo_cliente("C1", razao_social="Marta Kunz")
    arquivo = tmp_path / "c.xlsx"
    arquivo.write_bytes(_estragada(nome))
    importada = _importada(empresa, estado="recusada", caminho=str(arquivo))
    assert previa(Titular(cliente)).arquivos == ([importada] if acha else [])
    _esquecer(cliente, davi)
    importada.refresh_from_db()
    assert importada.caminho == ("" if acha else str(arquivo))


# ── O prazo de guarda ────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("motivo", "fica"),
    [
        ("não é “Marta” Kunz”", "não é “…”"),
        ("não é “a “ Marta”", "não é “…”"),
        ("não é “…Marta Kunz”", "não é “…”"),
        ("“Marta” não é UF: use “SC”", "“…” não é UF: use “…”"),
        ("“Marta”, ”, “Kunz” repetidos", "“…”, “…” repetidos"),
        ("não li “Marta Kunz", "não li “…”"),
        ("vazio", "vazio"),
    ],
)
def test_o_prazo_de_guarda_leva_o_que_se_citou_com_aspas_dentro(
    motivo: str, fica: str, empresa: Empresa
) -> None:
    agora = timezone.now()
    rejeicao = {"linha": 2, "coluna": "uf", "valor": "", "motivo": motivo}
    importada = _importada(empresa, resultado={"rejeicoes": [rejeicao], "avisos": [motivo]})
    Importacao.objects.update(criada_em=agora - timedelta(days=31))
    limpar_vencidos(agora)
    importada.refresh_from_db()
    assert importada.resultado["rejeicoes"][0]["motivo"] == fica
    assert importada.resultado["avisos"] == [fica]
    assert not importacoes.vencidas(agora).exists()


def test_um_resultado_pela_metade_nao_prende_a_noite(empresa: Empresa) -> None:
    """A limpeza repete enquanto houver o que apagar: o que ela não tirasse a prenderia para sempre."""
    agora = timezone.now()
    _importada(empresa, resultado={"avisos": ["não li “Marta”"]})
    Importacao.objects.update(criada_em=agora - timedelta(days=31))
    assert importacoes.vencidas(agora).count() == 1
    importacoes.apagar_arquivos_antigos(agora=agora, dias=0)
    assert importacoes.vencidas(agora).count() == 0
    assert Importacao.objects.get().resultado == {"avisos": ["não li “…”"], "rejeicoes": []}
