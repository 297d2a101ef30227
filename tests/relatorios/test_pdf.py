"""A folha de risco: o que diz, em que ordem, o que nunca sai nela, e um arquivo que nasce uma vez só."""

import io
import re
import zipfile
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

from carteira import arquivos as fila
from carteira import tasks
from carteira.varredura import varrer
from contas.models import Empresa, Papel, Usuario
from relatorios import arquivos, folha_de_risco, papel, pdf
from relatorios.barra import barra
from relatorios.composicao import Recorte
from relatorios.models import ArquivoGerado
from relatorios.risco import Relatorio, relatorio
from tests.conftest import criar_pessoa

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("calculada")]
EM_TIMBO = {
    "cidade": "Timbó",
    "uf": "SC",
    "telefone": "+554733821170",
    "documento": "95889060001431",
    "documento_valido": True,
}
AGORA = datetime(2026, 11, 20, 9, 0, tzinfo=ZoneInfo("America/Sao_Paulo"))


@pytest.fixture(autouse=True)
def tocadas(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """As campainhas que teriam tocado."""
    lista: list[int] = []
    monkeypatch.setattr(fila, "_tocar", lista.append)
    return lista


def codigos(feito: Relatorio) -> list[str]:
    return [linha.cliente.codigo for linha in feito.linhas]


def ler(pessoa: Usuario, limite: int = 1000, **recorte: tuple[str, ...]) -> Relatorio:
    return relatorio(pessoa, Recorte(**recorte), limite=limite)


def pedir(pessoa: Usuario, **recorte: tuple[str, ...]) -> ArquivoGerado:
    return arquivos.pedir(por=pessoa, recorte=Recorte(**recorte), descricao=[], agora=AGORA)


def paginas(arquivo: ArquivoGerado) -> list[str]:
    arquivo.refresh_from_db()
    assert arquivo.estado == "pronto", arquivo.mensagem
    return [" ".join(p.extract_text().split()) for p in PdfReader(arquivo.caminho).pages]


# ── A folha ──────────────────────────────────────────────────────────────────


def test_a_folha_traz_nomes_em_ordem_quem_quando_regra_e_paginas(
    ana: Usuario, carla: Usuario, em_risco: Any
) -> None:
    ana.pode_exportar = True
    ana.save()
    for n in range(40):
        nome, valor = f"Loja número {n:02}", f"{9000 - n * 100}"
        em_risco(f"C{n:02}", ana, valor=valor, razao_social=nome, **EM_TIMBO)
    em_risco("X", carla, razao_social="Cliente de Carla")
    arquivo = pedir(ana)
    fila.executar(arquivo.pk, agora=AGORA)
    folhas = paginas(arquivo)
    inteiro = " ".join(folhas)
    posicoes = [inteiro.index(f"Loja número {n:02}") for n in range(40)]
    assert posicoes == sorted(posicoes)
    assert (arquivo.linhas, arquivo.paginas, arquivo.tentativas) == (40, len(folhas), 1)
    assert len(folhas) == 3
    assert "Clientes em risco: Ana Souza" in folhas[0]
    assert "Emitido em 20/11/2026, 09:00 por Ana Souza" in folhas[0]
    assert "carteira de 20/11/2026" in folhas[0]
    assert "inativo após 6 meses, aviso 2 meses antes" in folhas[0]
    assert all(f"Página {n} de 3" in folha for n, folha in enumerate(folhas, 1))
    assert all("Clientes em risco: Ana Souza" in folha and "Ritmo de compra" in folha for folha in folhas[:2])
    assert "(47) 3382-1170" in inteiro
    assert "Timbó/SC C00" in inteiro
    assert "**.889.060/****-**" in inteiro
    assert "95889060001431" not in inteiro
    assert "95.889.060" not in inteiro
    assert "Carla" not in inteiro
    assert "Anotações" in inteiro
    assert Path(arquivo.caminho).stat().st_mode & 0o777 == 0o600


def test_quem_nao_quer_ligacao_sai_sem_telefone_e_texto_estranho_e_so_texto(
    davi: Usuario, em_risco: Any
) -> None:
    em_risco(
        "A",
        None,
        razao_social="<img src='http://10.0.0.1/x'><script>1</script>",
        telefone="+554733821170",
        nao_contatar=["ligacao"],
    )
    arquivo = pedir(davi)
    fila.executar(arquivo.pk, agora=AGORA)
    folha = " ".join(paginas(arquivo))
    assert "não ligar" in folha
    assert "3382-1170" not in folha
    assert "<img" in folha


def test_passou_do_limite_a_folha_manda_a_planilha(
    davi: Usuario, em_risco: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arquivos, "MAXIMO_NO_PAPEL", 3)
    for n in range(5):
        em_risco(f"C{n}", None)
    arquivo = pedir(davi)
    fila.executar(arquivo.pk, agora=AGORA)
    assert "3 de 5 clientes" in paginas(arquivo)[0]
    assert "e mais 2: use a planilha" in paginas(arquivo)[0]


def test_muitas_linhas_saem_em_partes_num_zip_com_todas_e_o_total_so_na_ultima(
    davi: Usuario, em_risco: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(papel, "LINHAS_POR_PARTE", 2)
    for n in range(5):
        em_risco(f"C{n}", None, valor=f"{900 - n}")
    arquivo = pedir(davi)
    fila.executar(arquivo.pk, agora=AGORA)
    arquivo.refresh_from_db()
    assert (arquivo.estado, arquivo.nome, arquivo.linhas, arquivo.paginas) == (
        "pronto", "relatorio-de-risco-2026-11-20.zip", 5, 3,
    )  # fmt: skip
    with zipfile.ZipFile(arquivo.caminho) as pacote:
        nomes = pacote.namelist()
        textos = [
            " ".join(" ".join(p.extract_text() for p in PdfReader(io.BytesIO(pacote.read(n))).pages).split())
            for n in nomes
        ]
    assert nomes == [f"relatorio-de-risco-2026-11-20-parte-0{n}-de-03.pdf" for n in (1, 2, 3)]
    assert [re.findall(r"Loja (C\d)", texto) for texto in textos] == [["C0", "C1"], ["C2", "C3"], ["C4"]]
    assert all(f"parte {n} de 3" in texto for n, texto in enumerate(textos, 1))
    assert ["Total de 5 clientes" in texto for texto in textos] == [False, False, True]
    assert [p.name for p in Path(arquivo.caminho).parent.iterdir()] == [f"{arquivo.pk}.zip"]
    assert Path(arquivo.caminho).stat().st_mode & 0o777 == 0o600


def test_folha_sem_ninguem_e_uma_folha(davi: Usuario) -> None:
    arquivo = pedir(davi)
    fila.executar(arquivo.pk, agora=AGORA)
    assert "Nenhum cliente em risco com estes filtros" in paginas(arquivo)[0]


def test_o_titulo_diz_de_quem_e_a_carteira(ana: Usuario, bruno: Usuario, davi: Usuario) -> None:
    escolhida = [("Vendedor", "Ana Souza")]
    assert folha_de_risco.de_quem(ana, []) == "Ana Souza"
    assert (folha_de_risco.de_quem(bruno, []), folha_de_risco.de_quem(bruno, escolhida)) == (
        "minhas equipes",
        "Ana Souza",
    )
    assert folha_de_risco.de_quem(davi, []) == "carteira inteira"


@pytest.mark.parametrize(
    "url",
    [
        "http://exemplo.test/a.css",
        "file:///etc/passwd",
        "file:///etc/x.css",
        "data:text/css,x",
        "file://maquina/static/css/a4.css",
    ],
)
def test_a_folha_so_usa_estaticos_nossos(url: str) -> None:
    with pytest.raises(ValueError, match="a folha não pode usar"):
        pdf._so_nossos(url)


def test_subir_de_pasta_e_codigo_fonte_tambem_sao_recusados(settings: Any) -> None:
    raiz = Path(settings.STATICFILES_DIRS[0])
    assert pdf._so_nossos((raiz / "css" / "a4.css").as_uri()) == raiz / "css" / "a4.css"
    for fora in (
        f"{raiz.as_uri()}/../manage.py",
        f"{raiz.as_uri()}/js/app.js",
        f"{raiz.as_uri()}/%2e%2e/x.css",
    ):
        with pytest.raises(ValueError, match="a folha não pode usar"):
            pdf._so_nossos(fora)


def test_barra_listra_o_quase_inativo_e_marca_o_ciclo() -> None:
    quase = barra(recencia=84, ciclo=38, quase=60, inativo=120, status="quase_inativo")
    assert 'width="61.6" height="8.0" fill="#c98308"' in quase  # 84 de 180 dias em 132
    assert "stroke=" in quase
    assert "#000000" in quase
    ativo = barra(recencia=400, ciclo=None, quase=60, inativo=120, status="ativo")
    assert 'width="132.0" height="8.0" fill="#178893"' in ativo
    assert "stroke=" not in ativo
    assert "#000000" not in ativo
    assert all(0 <= float(x) <= 61.6 for x in re.findall(r"[ML]([-0-9.]+) ", quase)), (
        "nenhuma listra passa do cheio"
    )


# ── Uma vez só ───────────────────────────────────────────────────────────────


def test_pedir_duas_vezes_o_mesmo_e_um_pedido_so(
    davi: Usuario, django_capture_on_commit_callbacks: Any, tocadas: list[int]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        pedidos = [fila.pedir(por=davi, recorte=Recorte(), descricao=[], agora=AGORA) for _ in range(2)]
    assert pedidos[0] == pedidos[1]
    assert tocadas == [pedidos[0].pk] * 2
    assert pedir(davi, uf=("SC",)) != pedidos[0]


def test_morto_no_meio_refaz_no_mesmo_lugar_e_feito_nao_se_refaz(
    davi: Usuario, em_risco: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    em_risco("A", None)
    arquivo = pedir(davi)

    def morrer(*args: Any) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as queda:
        queda.setattr(pdf, "escrever_pdf", morrer)
        with pytest.raises(KeyboardInterrupt):
            fila.executar(arquivo.pk, agora=AGORA)
    arquivo.refresh_from_db()
    assert (arquivo.estado, arquivo.tentativas) == ("gerando", 1)
    tasks.gerar_arquivo_task(arquivo.pk)
    arquivo.refresh_from_db()
    assert (arquivo.estado, arquivo.tentativas) == ("pronto", 2)
    nascido = Path(arquivo.caminho).stat().st_mtime_ns
    tasks.gerar_arquivo_task(arquivo.pk)
    assert Path(arquivo.caminho).stat().st_mtime_ns == nascido
    assert [p.name for p in Path(arquivo.caminho).parent.iterdir()] == [f"{arquivo.pk}.pdf"]


def test_quem_mata_o_processo_tres_vezes_falha_com_explicacao(davi: Usuario) -> None:
    arquivo = pedir(davi)
    ArquivoGerado.objects.update(tentativas=3, estado="gerando")
    fila.executar(arquivo.pk, agora=AGORA)
    arquivo.refresh_from_db()
    assert (arquivo.estado, arquivo.caminho) == ("falhou", "")
    assert "parou no meio três vezes" in arquivo.mensagem


def test_erro_inesperado_falha_sem_detalhe_interno(davi: Usuario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "escrever_pdf", lambda *a: 1 / 0)
    arquivo = pedir(davi)
    fila.executar(arquivo.pk, agora=AGORA)
    arquivo.refresh_from_db()
    assert (arquivo.estado, arquivo.mensagem) == ("falhou", fila.FALHA)


def test_sem_bibliotecas_ou_sem_permissao_na_hora_falha_dizendo_por_que(
    ana: Usuario, davi: Usuario, monkeypatch: pytest.MonkeyPatch
) -> None:
    sem_permissao = pedir(ana)
    fila.executar(sem_permissao.pk, agora=AGORA)
    monkeypatch.setattr(pdf, "motivo_da_falta", lambda: "cannot load library 'libpango-1.0-0'")
    sem_pango = pedir(davi)
    fila.executar(sem_pango.pk, agora=AGORA)
    mensagens = {a.por_id: (a.estado, a.mensagem) for a in ArquivoGerado.objects.all()}
    assert mensagens[ana.pk] == ("falhou", "Quem pediu não pode mais exportar.")
    assert mensagens[davi.pk][0] == "falhou"
    assert "bibliotecas de PDF" in mensagens[davi.pk][1]


def test_um_de_cada_vez_e_o_proximo_toca(
    davi: Usuario, lia: Usuario, tocadas: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    primeiro, segundo = pedir(davi), pedir(lia)
    fila.executar(primeiro.pk, agora=AGORA)
    assert tocadas == [segundo.pk]
    monkeypatch.setattr(fila, "vez", lambda rotina: nullcontext(False))
    fila.executar(segundo.pk, agora=AGORA)
    segundo.refresh_from_db()
    assert segundo.estado == "pendente"


def test_a_varredura_toca_o_primeiro_da_fila_e_leva_os_vencidos(
    davi: Usuario, lia: Usuario, em_risco: Any, tocadas: list[int]
) -> None:
    pronto = pedir(davi)
    fila.executar(pronto.pk, agora=AGORA)
    pronto.refresh_from_db()
    caminho = Path(pronto.caminho)
    esperando = pedir(lia)
    tocadas.clear()
    assert varrer(agora=AGORA)["arquivos"] == [esperando.pk]
    assert tocadas == [esperando.pk]
    assert caminho.exists()
    fila.cuidar_dos_arquivos(agora=AGORA + timedelta(days=7))
    pronto.refresh_from_db()
    esperando.refresh_from_db()
    assert (pronto.estado, pronto.caminho, esperando.estado) == ("expirado", "", "expirado")
    assert not caminho.exists()
    assert fila.cuidar_dos_arquivos(agora=AGORA + timedelta(days=7)) == []


def test_com_alguem_fazendo_a_varredura_nao_toca(
    davi: Usuario, tocadas: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    pedir(davi)
    monkeypatch.setattr(fila, "ocupada", lambda rotina: True)
    fila.cuidar_dos_arquivos(agora=AGORA)
    assert tocadas == []


def test_faltas_do_sistema_se_sabem_sem_carregar_o_weasyprint(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pdf.bibliotecas_que_faltam.__wrapped__() == ()
    monkeypatch.setattr(pdf, "_BIBLIOTECAS", (("libnao-existe.so.9", "libnao-existe.9.dylib"),))
    assert pdf.bibliotecas_que_faltam.__wrapped__() == ("libnao-existe.so.9",)


def test_leitura_pede_e_o_nome_diz_o_que_e(lia: Usuario, empresa: Empresa) -> None:
    arquivo = pedir(lia)
    assert str(arquivo) == "Relatório de risco de 20/11/2026 09:00"
    assert arquivo.nome == "relatorio-de-risco-2026-11-20.pdf"
    assert arquivo.expira_em == AGORA + timedelta(days=7)
    assert criar_pessoa("Zoe Reis", empresa, Papel.LEITURA).arquivos.count() == 0
