"""O arquivo pronto não sobrevive ao direito de ver o que ele diz: a carteira que muda, o titular que se esquece."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from atividade.models import Status
from carteira import arquivos as fila
from carteira.lgpd import anonimizar
from clientes.lgpd.esquecer import Titular
from clientes.models import Cliente, Importacao
from clientes.planos import abrir
from contas.models import Cobertura, Empresa, Papel, Usuario
from relatorios import arquivos, catalogo
from relatorios.models import AlcanceDoArquivo, ArquivoGerado, Formato
from relatorios.pedido import ler_pedido
from tests.conftest import HOJE, criar_pessoa, por_na_equipe
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


@pytest.fixture(autouse=True)
def carteira(
    empresa: Empresa, ana: Any, carla: Any, novo_cliente: Any, settings: Any, tmp_path: Path, monkeypatch: Any
) -> dict[str, Cliente]:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(fila, "_tocar", lambda pk: None)
    Empresa.objects.filter(pk=empresa.pk).update(referencia=HOJE)
    Usuario.objects.filter(pk__in=(ana.pk, carla.pk)).update(pode_exportar=True)
    clientes = {}
    for codigo, dono in (("A1", ana), ("A2", ana), ("C1", carla)):
        cliente = novo_cliente(codigo, vendedor=dono, razao_social=f"Loja {codigo}", uf="SC")
        clientes[codigo] = cliente
        indicar(cliente, HOJE - timedelta(days=70), status=Status.QUASE_INATIVO)
    return clientes


def pronto(pessoa: Usuario, chave: str = "vendedor-por-situacao") -> ArquivoGerado:
    pessoa = Usuario.objects.get(pk=pessoa.pk)
    relatorio = catalogo.achar(chave)
    assert relatorio
    arquivo = arquivos.pedir_do_catalogo(
        por=pessoa, relatorio=relatorio, pedido=ler_pedido(relatorio, pessoa, {}), descricao=[],
        formato=Formato.XLSX, agora=timezone.now(),
    )  # fmt: skip
    fila.executar(arquivo.pk, agora=timezone.now())
    arquivo.refresh_from_db()
    assert arquivo.estado == "pronto", arquivo.mensagem
    return arquivo


def codigo(entrar: Any, pessoa: Usuario, arquivo: ArquivoGerado) -> int:
    resposta = entrar(Usuario.objects.get(pk=pessoa.pk)).get(f"/relatorios/arquivos/{arquivo.pk}/")
    if resposta.streaming:
        b"".join(resposta.streaming_content)
    return int(resposta.status_code)


def sumiu(arquivo: ArquivoGerado) -> bool:
    caminho = Path(arquivo.caminho)
    arquivo.refresh_from_db()
    sem_linha = not AlcanceDoArquivo.objects.filter(arquivo=arquivo).exists()
    return arquivo.estado == "expirado" and not caminho.exists() and sem_linha


def test_quem_ganha_cliente_baixa_e_quem_perde_um_pede_outro(
    ana: Any, carla: Any, entrar: Any, novo_cliente: Any, carteira: Any
) -> None:
    arquivo = pronto(ana)
    novo_cliente("A3", vendedor=ana)
    assert codigo(entrar, ana, arquivo) == 200
    Cliente.objects.filter(pk=carteira["A2"].pk).update(vendedor=carla)
    navegador = entrar(ana)
    resposta = navegador.get(f"/relatorios/arquivos/{arquivo.pk}/", follow=True)
    assert resposta.redirect_chain == [("/relatorios/", 302)]
    assert "O que você vê mudou desde que este arquivo foi feito" in resposta.content.decode()
    assert sumiu(arquivo)
    assert navegador.get(f"/relatorios/arquivos/{arquivo.pk}/").status_code == 404


def test_ferias_que_acabam_equipe_que_se_deixa_e_papel_que_se_perde(
    ana: Any, bruno: Any, carla: Any, davi: Any, empresa: Empresa, entrar: Any
) -> None:
    cobertura = Cobertura.objects.create(
        ausente=carla, substituto=ana, periodo=(HOJE, HOJE + timedelta(days=2))
    )
    da_ana, do_bruno, do_davi, de_novo = pronto(ana), pronto(bruno), pronto(davi), pronto(davi)
    assert [codigo(entrar, p, a) for p, a in ((ana, da_ana), (bruno, do_bruno), (davi, do_davi))] == [200] * 3
    cobertura.delete()
    bruno.equipes_geridas.clear()
    filial = Empresa.objects.create(codigo="2", nome="Filial")
    davi.vinculos.update(empresa=filial)
    assert [codigo(entrar, p, a) for p, a in ((ana, da_ana), (bruno, do_bruno), (davi, do_davi))] == [302] * 3
    davi.vinculos.update(empresa=empresa)
    Usuario.objects.filter(pk=davi.pk).update(papel=Papel.GESTOR)
    assert codigo(entrar, davi, de_novo) == 302


def test_esquecer_um_titular_apaga_na_hora_os_arquivos_que_podem_cita_lo(
    ana: Any, carla: Any, davi: Any, carteira: Any, django_capture_on_commit_callbacks: Any
) -> None:
    outra = Empresa.objects.create(codigo="2", nome="Filial")
    rita = criar_pessoa("Rita", outra, Papel.ADMIN)
    da_ana, da_carla, do_davi, da_rita = (pronto(p) for p in (ana, carla, davi, rita))
    titular = Titular(Cliente.objects.get(pk=carteira["A1"].pk))
    with django_capture_on_commit_callbacks(execute=True):
        anonimizar(titular=titular, motivo="Pedido", por=davi)
    assert [sumiu(a) for a in (da_ana, da_carla, do_davi, da_rita)] == [True, False, True, False]
    assert not Path(da_ana.caminho or "/nada").exists()
    assert Path(da_carla.caminho).exists()
    assert Path(da_rita.caminho).exists()


def test_um_arquivo_do_erp_que_nao_se_apaga_nao_deixa_o_relatorio_nem_os_outros(
    ana: Any, davi: Any, carteira: Any, empresa: Empresa, tmp_path: Path,
    django_capture_on_commit_callbacks: Any, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    Cliente.objects.filter(pk=carteira["A1"].pk).update(email="contato@lojaa1.test")
    preso, outro = tmp_path / "preso.csv", tmp_path / "outro.csv"
    outro.write_text("contato@lojaa1.test")
    preso.write_text("contato@lojaa1.test")
    for caminho in (preso, outro):
        Importacao.objects.create(
            empresa=empresa, tipo="clientes", nome_do_arquivo=caminho.name, caminho=str(caminho),
            estado="aplicada",
        )  # fmt: skip
    da_ana, titular = pronto(ana), Titular(Cliente.objects.get(pk=carteira["A1"].pk))
    with django_capture_on_commit_callbacks(execute=True):
        anonimizar(titular=titular, motivo="Pedido", por=davi)
        preso.unlink()
        preso.mkdir()  # um diretório não se apaga como arquivo
    assert sumiu(da_ana)
    assert (preso.exists(), outro.exists()) == (True, False)
    assert [r.levelname for r in caplog.records if "on_commit" in r.getMessage()] == ["ERROR"]


def test_o_que_se_fazia_enquanto_se_esquecia_volta_a_fila_e_se_refaz(
    ana: Any, davi: Any, carteira: Any, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    """O arquivo que leu o nome antes não fica com ele: o trabalhador acaba, vê que mudou e refaz."""
    escrever, voltas = arquivos._escrever, []

    def no_meio(arquivo: ArquivoGerado, destino: Path, agora: Any) -> Path:
        feito: Path = escrever(arquivo, destino, agora)
        if not voltas:
            with django_capture_on_commit_callbacks(execute=True):
                anonimizar(titular=Titular(Cliente.objects.get(codigo="A1")), motivo="Pedido", por=davi)
        voltas.append(destino)
        return feito

    monkeypatch.setattr(arquivos, "_escrever", no_meio)
    pedido = arquivos.pedir_do_catalogo(
        por=Usuario.objects.get(pk=ana.pk), relatorio=catalogo.achar("vendedor-por-situacao"),
        pedido=ler_pedido(catalogo.achar("vendedor-por-situacao"), ana, {}), descricao=[],
        formato=Formato.XLSX, agora=timezone.now(),
    )  # fmt: skip
    fila.executar(pedido.pk, agora=timezone.now())
    pedido.refresh_from_db()
    assert (pedido.estado, pedido.caminho, voltas[0].exists()) == ("pendente", "", False)
    fila.executar(pedido.pk, agora=timezone.now())
    pedido.refresh_from_db()
    assert (pedido.estado, len(voltas)) == ("pronto", 2)
    assert Path(pedido.caminho).exists()


def test_quem_se_ganha_enquanto_o_arquivo_se_faz_tambem_conta(
    ana: Any, carla: Any, entrar: Any, carteira: Any, monkeypatch: Any
) -> None:
    escrever, da_c1 = arquivos._escrever, Cliente.objects.filter(pk=carteira["C1"].pk)

    def no_meio(arquivo: ArquivoGerado, destino: Path, agora: Any) -> Path:
        da_c1.update(vendedor=ana)
        Cliente.objects.filter(pk=carteira["A2"].pk).update(vendedor=carla)
        return escrever(arquivo, destino, agora)

    monkeypatch.setattr(arquivos, "_escrever", no_meio)
    arquivo = pronto(ana)
    assert set(arquivo.alcance.clientes) == {c.pk for c in carteira.values()}
    Cliente.objects.filter(pk=carteira["A2"].pk).update(vendedor=ana)
    assert codigo(entrar, ana, arquivo) == 200
    da_c1.update(vendedor=carla)
    assert codigo(entrar, ana, arquivo) == 302
    assert sumiu(arquivo)


def test_arquivo_de_antes_de_se_anotar_o_alcance_nao_se_baixa(davi: Any, norte: Any, entrar: Any) -> None:
    por_na_equipe(davi, norte)
    arquivo = pronto(davi)
    AlcanceDoArquivo.objects.all().delete()
    assert codigo(entrar, davi, arquivo) == 302


def test_quem_deixa_de_ver_credito_nao_baixa_o_que_ele_mostrava(
    carteira: Any, bruno: Usuario, davi: Usuario, lia: Usuario, entrar: Any
) -> None:
    """Os planos dos outros só os lê quem vê crédito; o arquivo feito antes não os guarda para depois."""
    for pessoa in (lia, davi):
        Usuario.objects.filter(pk=pessoa.pk).update(ve_credito=True)
    abrir(clientes=[carteira["A1"]], titulo="Renegociar", dono=davi, prazo=HOJE, por=davi)
    com, sem = pronto(lia, "planos-de-acao"), pronto(lia)
    assert (com.linhas, codigo(entrar, lia, com)) == (1, 200)
    Usuario.objects.filter(pk=lia.pk).update(ve_credito=False)
    assert (codigo(entrar, lia, com), codigo(entrar, lia, sem)) == (302, 302)
    assert (sumiu(com), sumiu(sem)) == (True, True)
    de_agora = pronto(lia)
    assert (de_agora.alcance.credito, codigo(entrar, lia, de_agora)) == (False, 200)
    assert codigo(entrar, davi, pronto(davi, "planos-de-acao")) == 200
