"""O assistente para os fatos novos: do modelo baixado ao resultado, com o de-para de cada tipo."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from carteira import importacoes
from clientes.importacao.tipos import TIPOS
from clientes.models import Atendimento, Fornecedor, Importacao, MapeamentoDeColunas, Pedido, Titulo
from contas.models import Empresa, RegistroDeAuditoria
from tests.conftest import HOJE
from tests.importacao.conftest import mandar


def ligar(loja: Client, url: str) -> str:
    """Aceita as ligações propostas e devolve o endereço da importação."""
    campos = loja.get(url).context["analise"].campos
    ditas = {f"coluna_{i}": campo for i, campo in enumerate(campos)}
    assert loja.post(url, {**ditas, "lembrar": "on"}).status_code == 302
    importacoes.executar(Importacao.objects.latest("id").pk, hoje=HOJE)
    return url.removesuffix("colunas/")


@pytest.mark.parametrize("tipo", TIPOS)
def test_o_modelo_baixado_se_envia_e_entra(
    tipo: str,
    loja: Client,
    empresa: Empresa,
    novo_cliente: Any,
) -> None:
    cliente = novo_cliente("1001")
    Pedido.objects.create(
        empresa=empresa, numero="50231", cliente=cliente, data=HOJE, valor=1, situacao="aberto", conta=True
    )
    if tipo.endswith("_de_fornecedores"):
        Fornecedor.objects.create(empresa=empresa, codigo="F-101", nome="Aços Exemplo")
    pagina = loja.get("/importar/").content.decode()
    assert f'href="/importar/modelos/{tipo}.csv"' in pagina
    resposta = loja.get(f"/importar/modelos/{tipo}.csv")
    assert resposta["Content-Disposition"] == f'attachment; filename="modelo-{tipo}.csv"'
    assert resposta.content.startswith(b"\xef\xbb\xbf")
    base = ligar(loja, mandar(loja, empresa, resposta.content, tipo, "modelo.csv").url)
    conferida = Importacao.objects.get()
    assert (conferida.resultado["aceitas"], conferida.resultado["rejeitadas"]) == (1, 0)
    assert "Importar 1 linha" in loja.get(f"{base}conferir/").content.decode()
    loja.post(f"{base}aplicar/")
    importacoes.executar(conferida.pk, hoje=HOJE)
    pronto = loja.get(f"{base}pronto/").content.decode()
    assert "1 linha importada" in pronto
    assert ("Recalcular agora" in pronto) == TIPOS[tipo].recalcula
    assert RegistroDeAuditoria.objects.filter(acao="importacao.gravar").count() == 1


def test_o_total_dos_titulos_se_confere_antes_de_gravar(
    loja: Client,
    empresa: Empresa,
    novo_cliente: Any,
) -> None:
    novo_cliente("A")
    corpo = "1;A;01/10/2026;01/11/2026;1.000,00\n2;A;05/10/2026;05/11/2026;234,56\n"
    url = mandar(loja, empresa, f"numero;cliente_codigo;emissao;vencimento;valor\n{corpo}", "titulos").url
    pagina = loja.get(f"{ligar(loja, url)}conferir/").content.decode().replace("\xa0", " ")
    assert "2 títulos de 01/10/2026 a 05/10/2026, somando R$ 1.234,56." in pagina
    assert not Titulo.objects.exists()


def test_o_tipo_de_atendimento_que_so_o_erp_usa_se_ensina_uma_vez(
    loja: Client,
    empresa: Empresa,
    novo_cliente: Any,
) -> None:
    novo_cliente("A")
    texto = "numero;cliente_codigo;tipo;assunto;aberto_em\nC1;A;RAC;Caixa;01/10/2026\n"
    base = ligar(loja, mandar(loja, empresa, texto, "atendimentos").url)
    pagina = loja.get(f"{base}conferir/").content.decode()
    assert "Tipos que não conhecemos" in pagina
    assert '<option value="nao_conformidade">Não conformidade</option>' in pagina
    loja.post(f"{base}situacoes/", {"texto": "RAC", "destino": "faturado"})
    assert Importacao.objects.get().opcoes["situacoes"] == {}
    importacoes.executar(Importacao.objects.get().pk, hoje=HOJE)
    loja.post(f"{base}situacoes/", {"texto": "RAC", "destino": "reclamacao"})
    importacoes.executar(Importacao.objects.get().pk, hoje=HOJE)
    loja.post(f"{base}aplicar/")
    importacoes.executar(Importacao.objects.get().pk, hoje=HOJE)
    assert Atendimento.objects.get().tipo == "reclamacao"
    assert MapeamentoDeColunas.objects.get().situacoes == {"rac": "reclamacao"}


@pytest.mark.parametrize("quem", ["ana", "bruno", "lia"])
def test_quem_nao_importa_nao_envia_nem_baixa_modelo(
    quem: str, request: pytest.FixtureRequest, entrar: Any, empresa: Empresa
) -> None:
    navegador = entrar(request.getfixturevalue(quem))
    arquivo = SimpleUploadedFile("t.csv", b"numero;cliente_codigo;emissao;vencimento;valor\n")
    dados = {"tipo": "titulos", "empresa": empresa.pk, "arquivo": arquivo}
    assert navegador.post("/importar/", dados).status_code == 403
    assert navegador.get("/importar/modelos/titulos.csv").status_code == 403
    assert not Importacao.objects.exists()
