"""O assistente no navegador: enviar, ligar colunas, conferir, concluir; e quem não pode fica de fora."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from atividade.models import Execucao
from carteira import importacoes
from clientes.importacao.colunas import assinatura
from clientes.models import Cliente, Importacao, MapeamentoDeColunas, Pedido
from contas.models import Empresa, RegistroDeAuditoria
from tests.conftest import HOJE
from tests.importacao.conftest import mandar

PEDIDOS = "Nº;Cód. cliente;Emissão;Vlr;Fase\n1;A;10/10/2026;1.234,56;LIB\n2;A;31/02/2026;5,00;faturado\n3;A;11/10/2026;6,00;faturado\n"


def test_sem_clientes_o_envio_comeca_por_eles(loja: Client, novo_cliente: Any) -> None:
    assert loja.get("/importar/").context["formulario"]["tipo"].initial == "clientes"
    novo_cliente("A")
    assert loja.get("/importar/").context["formulario"]["tipo"].initial == "pedidos"


def test_do_envio_ao_resultado(
    loja: Client, empresa: Empresa, novo_cliente: Any, django_capture_on_commit_callbacks: Any
) -> None:
    novo_cliente("A")
    resposta = mandar(loja, empresa, PEDIDOS)
    importacao = Importacao.objects.get()
    base = f"/importar/{importacao.pk}"
    assert resposta.url == f"{base}/colunas/"
    pagina = loja.get(resposta.url).content.decode()
    assert "5 de 5 colunas foram reconhecidas" in pagina or "4 de 5 colunas" in pagina
    campos = {
        "coluna_0": "numero",
        "coluna_1": "cliente_codigo",
        "coluna_2": "data",
        "coluna_3": "valor",
        "coluna_4": "situacao",
    }
    assert loja.post(f"{base}/colunas/", {**campos, "lembrar": "on"}).url == f"{base}/conferir/"
    assert "Conferindo o arquivo" in loja.get(f"{base}/conferir/").content.decode()
    importacoes.executar(importacao.pk, hoje=HOJE)
    pagina = loja.get(f"{base}/conferir/").content.decode()
    assert "Importar 1 linha" in pagina
    assert "“LIB” é" in pagina
    loja.post(f"{base}/situacoes/", {"texto": "LIB", "destino": "faturado"})
    importacoes.executar(importacao.pk, hoje=HOJE)
    pagina = loja.get(f"{base}/conferir/").content.decode()
    assert "Importar 2 linhas" in pagina
    assert "R$ 1.240,56" in pagina.replace("\xa0", " ")
    assert Pedido.objects.count() == 0
    loja.post(f"{base}/aplicar/", {})
    assert Importacao.objects.get().estado == "conferida"
    loja.post(f"{base}/aplicar/", {"parcial": "on"})
    assert "Gravando" in loja.get(f"{base}/pronto/").content.decode()
    importacoes.executar(importacao.pk, hoje=HOJE)
    assert "2 linhas importadas" in loja.get(f"{base}/pronto/").content.decode()
    assert set(Pedido.objects.values_list("numero", "importacao_id")) == {
        ("1", importacao.pk),
        ("3", importacao.pk),
    }
    assert MapeamentoDeColunas.objects.get().situacoes == {"lib": "faturado"}
    assert RegistroDeAuditoria.objects.get(acao="importacao.gravar").depois == {
        "novas": 2,
        "atualizadas": 0,
        "rejeitadas": 1,
    }
    erros = b"".join(loja.get(f"{base}/rejeitadas/").streaming_content).decode("utf-8-sig")
    assert erros.splitlines()[1].startswith("2;A;31/02/2026;5,00;faturado;3;Emissão;")


def test_o_de_para_lembrado_vale_para_o_proximo_arquivo(
    loja: Client, empresa: Empresa, novo_cliente: Any
) -> None:
    novo_cliente("A")
    MapeamentoDeColunas.objects.create(
        empresa=empresa,
        tipo="pedidos",
        assinatura=assinatura(["x1", "x2", "x3", "x4", "x5"]),
        colunas={"x1": "numero", "x2": "cliente_codigo", "x3": "data", "x4": "valor", "x5": "situacao"},
    )
    resposta = mandar(loja, empresa, "x1;x2;x3;x4;x5\n1;A;10/10/2026;1,00;aberto\n")
    assert "5 de 5 colunas foram reconhecidas" in loja.get(resposta.url).content.decode()


def test_coluna_obrigatoria_sem_ligacao_volta_com_a_frase(loja: Client, empresa: Empresa) -> None:
    url = mandar(loja, empresa, PEDIDOS).url
    resposta = loja.post(url, {"coluna_0": "numero", "coluna_1": "numero"})
    assert resposta.status_code == 422
    assert "Mais de uma coluna ligada a numero" in resposta.content.decode()
    assert "Falta" in loja.post(url, {"coluna_0": "numero"}).content.decode()


@pytest.mark.parametrize(
    "conteudo", [b"%PDF-1.4 x", b"<html><table></table></html>", b"PK\x03\x04lixo", b"\x00\x01\x02" * 99]
)
def test_arquivo_que_nao_serve_e_recusado_com_a_frase(
    conteudo: bytes, loja: Client, empresa: Empresa
) -> None:
    resposta = loja.get(mandar(loja, empresa, conteudo).url, follow=True)
    assert resposta.status_code == 200
    assert "O arquivo foi recusado" in resposta.content.decode()
    assert Importacao.objects.get().mensagem


def test_arquivo_vazio_grande_demais_ou_ausente_nao_e_guardado(
    loja: Client, empresa: Empresa, settings: Any
) -> None:
    assert mandar(loja, empresa, b"").status_code == 422
    assert loja.post("/importar/", {"tipo": "pedidos", "empresa": empresa.pk}).status_code == 422
    settings.IMPORTACAO_TAMANHO_MAXIMO = 10
    assert "passa de" in mandar(loja, empresa, PEDIDOS).content.decode()
    assert not Importacao.objects.exists()


def test_so_cabecalho_e_recusado_ao_conferir(loja: Client, empresa: Empresa) -> None:
    url = mandar(loja, empresa, "numero;cliente_codigo;data;valor;situacao\n").url
    importacao = Importacao.objects.get()
    loja.post(
        url,
        {f"coluna_{i}": c for i, c in enumerate(["numero", "cliente_codigo", "data", "valor", "situacao"])},
    )
    importacoes.executar(importacao.pk, hoje=HOJE)
    assert "só tem o cabeçalho" in loja.get(f"/importar/{importacao.pk}/", follow=True).content.decode()


def test_o_mesmo_arquivo_de_novo_e_avisado(loja: Client, empresa: Empresa) -> None:
    conteudo = "codigo;razao_social\nA;Alfa\n"
    for _ in range(2):
        url = mandar(loja, empresa, conteudo, "clientes").url
        pagina = loja.get(url).content.decode()
        importacao = Importacao.objects.latest("id")
        loja.post(url, {"coluna_0": "codigo", "coluna_1": "razao_social"})
        importacoes.executar(importacao.pk, hoje=HOJE)
        loja.post(f"/importar/{importacao.pk}/aplicar/", {})
        importacoes.executar(importacao.pk, hoje=HOJE)
    assert "Este mesmo arquivo já entrou antes" in pagina
    assert importacao.pk and Cliente.objects.count() == 1


def test_a_tarefa_repetida_ou_de_importacao_ja_feita_nao_faz_nada(
    loja: Client, empresa: Empresa, novo_cliente: Any
) -> None:
    novo_cliente("A")
    mandar(loja, empresa, PEDIDOS)
    importacao = Importacao.objects.get()
    importacoes.executar(importacao.pk, hoje=HOJE)
    importacoes.executar(importacao.pk + 99, hoje=HOJE)
    assert Importacao.objects.get().estado == "enviada"
    assert importacoes.em_aberto() == []


def test_a_varredura_acha_a_importacao_que_ninguem_esta_rodando(loja: Client, empresa: Empresa) -> None:
    mandar(loja, empresa, PEDIDOS)
    importacao = Importacao.objects.get()
    Importacao.objects.update(estado="conferindo")
    assert importacoes.em_aberto() == [importacao.pk]


def test_um_erro_do_programa_nao_grava_nada_e_diz_isso(
    loja: Client, empresa: Empresa, monkeypatch: pytest.MonkeyPatch
) -> None:
    mandar(loja, empresa, PEDIDOS)
    Importacao.objects.update(estado="conferindo")
    monkeypatch.setattr("clientes.importacao.servico.simular", lambda *a, **k: 1 / 0)
    importacoes.executar(Importacao.objects.get().pk, hoje=HOJE)
    importacao = Importacao.objects.get()
    assert (importacao.estado, importacao.mensagem) == ("falhou", importacoes.FALHA)


@pytest.mark.parametrize("quem", ["ana", "bruno", "lia"])
def test_so_administrador_importa(quem: str, request: pytest.FixtureRequest, entrar: Any) -> None:
    navegador = entrar(request.getfixturevalue(quem))
    assert navegador.get("/importar/").status_code == 403
    assert navegador.post("/importar/1/aplicar/").status_code == 403


def test_importacao_de_outra_empresa_nao_existe(loja: Client) -> None:
    outra = Empresa.objects.create(codigo="2", nome="Outra")
    importacao = Importacao.objects.create(empresa=outra, tipo="pedidos", nome_do_arquivo="x.csv")
    for pagina in ("", "colunas/", "conferir/", "pronto/", "andamento/", "rejeitadas/"):
        assert loja.get(f"/importar/{importacao.pk}/{pagina}").status_code == 404


def test_o_andamento_e_barato_e_leva_a_proxima_etapa(
    loja: Client, empresa: Empresa, django_assert_max_num_queries: Any
) -> None:
    mandar(loja, empresa, PEDIDOS)
    importacao = Importacao.objects.get()
    Importacao.objects.update(estado="conferindo")
    with django_assert_max_num_queries(4):
        assert (
            "Conferindo"
            in loja.get(
                f"/importar/{importacao.pk}/andamento/", headers={"HX-Request": "true"}
            ).content.decode()
        )
    Importacao.objects.update(estado="conferida")
    assert (
        loja.get(f"/importar/{importacao.pk}/andamento/")["HX-Redirect"]
        == f"/importar/{importacao.pk}/conferir/"
    )


def test_arquivos_velhos_sao_apagados_e_o_registro_fica(loja: Client, empresa: Empresa) -> None:
    mandar(loja, empresa, PEDIDOS)
    importacao = Importacao.objects.get()
    assert Path(importacao.caminho).exists()
    assert importacoes.apagar_arquivos_antigos(agora=timezone.now() + timedelta(days=31)) == 1
    assert not Path(importacao.caminho).exists()
    assert loja.get(f"/importar/{importacao.pk}/colunas/", follow=True).status_code == 200


def test_o_botao_recalcular_pede_o_calculo(loja: Client, empresa: Empresa) -> None:
    importacao = Importacao.objects.create(
        empresa=empresa, tipo="pedidos", nome_do_arquivo="x.csv", estado="aplicada", resultado={"aceitas": 0}
    )
    assert loja.post(f"/importar/{importacao.pk}/recalcular/").status_code == 302
    assert Execucao.objects.get(rotina="recalculo").empresa == empresa


def test_ligar_uma_de_duas_colunas_de_mesmo_nome_nao_le_a_outra(
    loja: Client, empresa: Empresa, novo_cliente: Any
) -> None:
    """A ligação se guarda pelo nome: com dois "Valor", escolher o segundo leria o primeiro, calado."""
    novo_cliente("A")
    texto = "numero;cliente_codigo;data;Valor;VALOR;situacao\n1;A;10/10/2026;1,00;2,00;aberto\n"
    url = mandar(loja, empresa, texto).url
    campos = ["numero", "cliente_codigo", "data", "", "valor", "situacao"]
    resposta = loja.post(url, {f"coluna_{i}": campo for i, campo in enumerate(campos)})
    assert resposta.status_code == 422
    assert "aparece mais de uma vez" in resposta.content.decode()
