"""A pasta vigiada: o que o ERP deixa entra uma vez só, e o que não entra diz por quê."""

import os
import re
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from carteira import importacoes, pasta
from clientes.models import Cliente, Importacao, Pedido
from contas.models import Empresa, RegistroDeAuditoria
from notificacoes.models import Aviso
from tests.conftest import HOJE
from tests.importacao.conftest import PEDIDOS

CLIENTES = "codigo;razao_social\nA;Alfa\n"
UM_PEDIDO = PEDIDOS + "1;A;10/10/2026;5,00;faturado\n"


@pytest.fixture
def entrada(settings: Any, tmp_path: Path, empresa: Empresa, davi: Any, hoje: Any) -> Path:
    """A subpasta da empresa, e os arquivos privados noutro canto."""
    settings.MEDIA_ROOT = tmp_path / "arquivos"
    settings.PASTA_DE_ENTRADA = str(tmp_path / "entrada")
    destino = tmp_path / "entrada" / empresa.codigo
    destino.mkdir(parents=True)
    return destino


def deixar(entrada: Path, nome: str, conteudo: str, parado_ha: int = 60) -> Path:
    caminho = entrada / nome
    caminho.write_text(conteudo, encoding="utf-8")
    hora = time.time() - parado_ha
    os.utime(caminho, (hora, hora))
    return caminho


def olhar() -> list[tuple[str, str]]:
    return [(lido.nome, lido.destino) for lido in pasta.olhar(hoje=HOJE)]


def nomes(pasta_: Path) -> list[str]:
    return sorted(p.name for p in pasta_.iterdir()) if pasta_.exists() else []


def test_clientes_antes_de_pedidos_e_cada_um_com_o_seu_relatorio(entrada: Path) -> None:
    deixar(entrada, "Pedidos_2611.csv", UM_PEDIDO)
    deixar(entrada, "clientes.csv", CLIENTES)
    assert olhar() == [("clientes.csv", "processados"), ("Pedidos_2611.csv", "processados")]
    assert (Cliente.objects.count(), Pedido.objects.count()) == (1, 1)
    assert nomes(entrada) == ["processados"]
    clientes, pedidos = Importacao.objects.order_by("id")
    assert (clientes.origem, clientes.get_origem_display(), pedidos.estado) == ("pasta", "Pasta", "aplicada")
    assert nomes(entrada / "processados") == sorted(
        f"{i.pk}-{n}{fim}"
        for i, n in ((clientes, "clientes.csv"), (pedidos, "Pedidos_2611.csv"))
        for fim in ("", ".relatorio.txt")
    )
    assert (
        "novas: 1" in (entrada / "processados" / f"{pedidos.pk}-Pedidos_2611.csv.relatorio.txt").read_text()
    )
    assert olhar() == []


def test_o_que_ainda_cresce_espera_e_segura_os_que_dependem_dele(entrada: Path) -> None:
    deixar(entrada, "clientes.csv", CLIENTES, parado_ha=1)
    deixar(entrada, "pedidos.csv", UM_PEDIDO)
    deixar(entrada, "itens.csv.part", "x")
    assert olhar() == []
    assert nomes(entrada) == ["clientes.csv", "itens.csv.part", "pedidos.csv"]
    assert not Importacao.objects.exists()


def test_a_linha_ruim_recusa_o_arquivo_e_avisa_quem_administra(entrada: Path, loja: Any, davi: Any) -> None:
    deixar(entrada, "clientes.csv", CLIENTES)
    deixar(entrada, "pedidos.csv", UM_PEDIDO + "2;A;31/02/2026;5,00;faturado\n")
    assert olhar()[1] == ("pedidos.csv", "recusados")
    importacao = Importacao.objects.latest("id")
    assert not Pedido.objects.exists()
    assert nomes(entrada / "recusados") == [
        f"{importacao.pk}-pedidos.csv", f"{importacao.pk}-pedidos.csv.rejeitadas.csv", f"{importacao.pk}-pedidos.csv.relatorio.txt",
    ]  # fmt: skip
    relatorio = (entrada / "recusados" / f"{importacao.pk}-pedidos.csv.relatorio.txt").read_text()
    assert "linha 3, data, “31/02/2026”: fevereiro de 2026 tem 28 dias" in relatorio
    aviso = Aviso.objects.get(pessoa=davi)
    assert (aviso.titulo, aviso.caminho) == (
        "Arquivo da pasta recusado: pedidos.csv", f"/importar/{importacao.pk}/",
    )  # fmt: skip
    # No navegador, quem administra decide entrar sem a linha.
    loja.post(f"/importar/{importacao.pk}/aplicar/", {"parcial": "on"})
    importacoes.executar(importacao.pk, hoje=HOJE)
    assert Pedido.objects.count() == 1


@pytest.mark.parametrize("morre_em", ["_concluir", "_guardar", "importacoes.executar"])
def test_quem_morre_no_meio_retoma_sem_repetir(
    morre_em: str, entrada: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deixar(entrada, "clientes.csv", CLIENTES)
    with monkeypatch.context() as m:
        m.setattr(f"carteira.pasta.{morre_em}", lambda *a, **k: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            pasta.olhar(hoje=HOJE)
    assert nomes(entrada) == ["clientes.csv"]
    assert olhar() == [("clientes.csv", "processados")]
    assert Importacao.objects.count() == 1
    assert Cliente.objects.get().importacao_id == Importacao.objects.get().pk


def test_o_mesmo_conteudo_outra_vez_nao_entra_de_novo(entrada: Path) -> None:
    deixar(entrada, "clientes.csv", CLIENTES)
    olhar()
    deixar(entrada, "clientes.csv", CLIENTES, parado_ha=50)
    assert olhar() == [("clientes.csv", "processados")]
    assert Importacao.objects.count() == 1


def test_sem_nome_de_tipo_o_cabecalho_de_um_erp_o_diz(entrada: Path, davi: Any) -> None:
    deixar(entrada, "sa1010.csv", "A1_COD;A1_LOJA;A1_NOME\n000001;01;ALFA\n")
    deixar(entrada, "nada.csv", "x;y\n1;2\n")
    assert sorted(olhar()) == [("nada.csv", "recusados"), ("sa1010.csv", "processados")]
    assert Cliente.objects.get().codigo == "000001-01"
    assert "O nome não diz o que o arquivo traz" in Aviso.objects.get(pessoa=davi).texto


def test_completo_pelo_nome_e_o_excesso_espera_uma_pessoa(entrada: Path) -> None:
    deixar(entrada, "clientes.csv", CLIENTES)
    deixar(
        entrada,
        "pedidos.csv",
        PEDIDOS + "".join(f"{n};A;{n:02}/10/2026;5,00;faturado\n" for n in range(1, 7)),
    )
    olhar()
    deixar(entrada, "pedidos-completo-2026-10-01-2026-10-31.csv", PEDIDOS + "1;A;01/10/2026;5,00;faturado\n")
    assert olhar() == [("pedidos-completo-2026-10-01-2026-10-31.csv", "recusados")]
    assert Importacao.objects.latest("id").resultado["desaparecidas"]["quantas"] == 5
    deixar(
        entrada, "pedidos_completo_2026-10-01_2026-10-31.csv",
        PEDIDOS + "".join(f"{n};A;{n:02}/10/2026;5,00;faturado\n" for n in range(1, 6)),
    )  # fmt: skip
    assert olhar() == [("pedidos_completo_2026-10-01_2026-10-31.csv", "processados")]
    assert Pedido.objects.get(situacao="cancelado").numero == "6"


def test_um_atalho_para_fora_da_pasta_nao_e_lido(entrada: Path, tmp_path: Path) -> None:
    fora = tmp_path / "clientes.csv"
    fora.write_text(CLIENTES)
    (entrada / "clientes.csv").symlink_to(fora)
    assert olhar() == []
    assert fora.exists()


def test_o_comando(entrada: Path, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("importar_pasta")
    assert "Nenhum arquivo pronto" in capsys.readouterr().out
    deixar(entrada, "clientes.csv", CLIENTES, parado_ha=0)
    call_command("importar_pasta", "--ja")
    assert "clientes.csv → processados: 1 novas, 0 atualizadas" in capsys.readouterr().out
    deixar(entrada, "pedidos.pdf", "%PDF-1.4")
    with pytest.raises(CommandError, match="arquivos recusados"):
        call_command("importar_pasta", "--ja")
    settings.PASTA_DE_ENTRADA = ""
    with pytest.raises(CommandError, match="PASTA_DE_ENTRADA"):
        call_command("importar_pasta")


@pytest.mark.django_db(transaction=True)
def test_anonimizar_leva_da_pasta_o_que_cita_a_pessoa_e_diz_o_que_ficou(
    entrada: Path, davi: Any, entrar: Any
) -> None:
    """Do arquivo mais velho o Carteira já não tem a cópia em que ler: fica, e Davi é avisado."""
    deixar(entrada, "clientes-velho.csv", CLIENTES)
    olhar()
    Importacao.objects.update(caminho="")
    deixar(entrada, "clientes.csv", "codigo;razao_social\nA;Marta Kunz\n")
    deixar(entrada, "pedidos.csv", UM_PEDIDO)
    olhar()
    velha, _, pedidos = (i.pk for i in Importacao.objects.order_by("pk"))
    navegador, pagina = entrar(davi), f"/clientes/{Cliente.objects.get().pk}/privacidade/anonimizar/"
    html = navegador.get(pagina).content.decode()
    assert re.search(r"Deles, o que a pasta vigiada guarda \(apagado\)</th><td class=\"n num\">2<", html)
    assert "A pasta vigiada guarda 4 outros arquivos que o Carteira não lê mais" in html
    dados = {"motivo": "Pediu em 20/11", "frase": "anonimizar cliente A"}
    feito = navegador.post(pagina, dados, follow=True)
    assert "A pasta vigiada guarda 4 arquivos que o Carteira não lê mais" in feito.content.decode()
    assert nomes(entrada / "processados") == sorted(
        f"{pk}-{nome}{fim}"
        for pk, nome in ((velha, "clientes-velho.csv"), (pedidos, "pedidos.csv"))
        for fim in ("", ".relatorio.txt")
    )
    feita = RegistroDeAuditoria.objects.get(acao="anonimizar titular").depois
    assert (feita["apagados na pasta vigiada"], feita["por conferir na pasta vigiada"]) == (2, 4)


def test_a_pasta_que_nao_se_deixa_apagar_nao_impede_de_esquecer_e_diz_que_ficou(
    entrada: Path,
    davi: Any,
    entrar: Any,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    deixar(entrada, "clientes.csv", "codigo;razao_social\nA;Marta Kunz\n")
    olhar()
    apagar = Path.unlink

    def so_leitura(caminho: Path, *, missing_ok: bool = False) -> None:
        if "processados" in caminho.parts:
            raise PermissionError(30, "só leitura")
        apagar(caminho, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", so_leitura)
    pagina = f"/clientes/{Cliente.objects.get().pk}/privacidade/anonimizar/"
    dados = {"motivo": "Pediu em 20/11", "frase": "anonimizar cliente A"}
    with django_capture_on_commit_callbacks(execute=True):
        feito = entrar(davi).post(pagina, dados, follow=True)
    assert "A pasta vigiada guarda 2 arquivos que o Carteira não lê mais" in feito.content.decode()
    assert Cliente.objects.get().anonimizado_em is not None
    assert len(nomes(entrada / "processados")) == 2
