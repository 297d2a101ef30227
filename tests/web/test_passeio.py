"""O passeio: cada pessoa bate em cada rota do resolvedor, com o que é dela e com o que é de outros.

Rota nova sem linha em `DECISOES` reprova: quem a escreve diz que permissão ela pede e de quem é o que abre.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from atividade.criterios_da_fila import mudar_criterios
from atividade.limiares import configurar
from atividade.regras import Periodo
from atividade.regras_da_fila import Criterios
from atividade.rotulos import mudar_rotulos
from carteira.recalculos import recalcular_empresa
from clientes.atendimentos import abrir
from clientes.decisoes_da_fila import deixar_para_o_fim
from clientes.models import (
    Agendamento,
    Campanha,
    Contato,
    Importacao,
    ListaDeTrabalho,
    ModeloDeMensagem,
    Ocorrencia,
    ParametrosDaCarteira,
    PessoaDeContato,
    RegraDeAtribuicao,
    Segmento,
    Transferencia,
)
from contas.models import Cobertura, Empresa, RegistroDeAuditoria, Usuario
from contas.papeis import Permissao, pode
from contas.pessoas import desativar
from notificacoes.models import DestinoDeWebhook, Devolucao, EntregaDeWebhook, RegraDeAviso
from notificacoes.regras.partida import garantir
from relatorios.models import ArquivoGerado
from tests.conftest import criar_pessoa, por_na_equipe
from tests.web.decisoes import DE_TODAS_AS_EMPRESAS, DECISOES, FALTA, endereco, recusada_por_papel
from tests.web.pessoais import de_uma_pessoa, mensagem_de
from tests.web.test_acesso import ABERTAS, SO_NO_COMECO, rotas

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
HOJE = date(2026, 11, 20)
PESSOAS = ("ana", "bruno", "carla", "davi", "lia")


def retrato_do_banco() -> dict[str, str]:
    """Um resumo de cada tabela: se algo mudou, muda."""
    fora = ("django_session", "axes_", "clientes_municipio", "copia_", "django_migrations")
    with connection.cursor() as cursor:
        tabelas = [t for t in connection.introspection.table_names(cursor) if not t.startswith(fora)]
        partes = (
            f"SELECT '{t}', md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {t} t"
            for t in tabelas
        )
        cursor.execute(" UNION ALL ".join(partes))
        return dict(cursor.fetchall())


@dataclass
class Cenario:
    """Uma carteira por pessoa, e o que é de outra equipe e de outra empresa."""

    empresa: Empresa
    outra: Empresa
    proprios: dict[str, dict[str, int | str]]
    alheios: dict[str, dict[str, int | str]]
    equipe_alheia: int
    segmento_alheio: int
    vendedor_alheio: int


def _importacao(empresa: Empresa, por: Usuario) -> int:
    return Importacao.objects.create(
        empresa=empresa, por=por, tipo="pedidos", nome_do_arquivo="p.csv", estado="conferida"
    ).pk


def _lista(cliente: Any, dono: Usuario) -> int:
    """Congelada, de quem administra, na equipe do dono: o gestor dela também a muda."""
    admin = Usuario.objects.get(papel="admin", vinculos__empresa=cliente.empresa_id)
    lista = ListaDeTrabalho.objects.create(
        empresa=cliente.empresa, nome=f"ALHEIO-L {cliente.codigo}", finalidade="outra", de=HOJE, semente=1,
        criada_por=admin, consulta_por=admin, equipe=dono.participacoes.get().equipe,
    )  # fmt: skip
    lista.membros.create(cliente=cliente, entrou_em=HOJE)
    return lista.pk


def _de_um_cliente(cliente: Any, dono: Usuario) -> dict[str, int]:
    ocorrencia = Ocorrencia.objects.first()
    agendamento = Agendamento.objects.create(cliente=cliente, responsavel=dono, em=HOJE, criado_por=dono)
    return {
        "cliente": cliente.pk,
        "contato": Contato.objects.create(
            cliente=cliente, canal="ligacao", ocorrencia=ocorrencia, atendente=dono
        ).pk,
        "agendamento": agendamento.pk,
        "mudanca": agendamento.mudancas.create(
            tipo="remarcado", em_antes=HOJE - timedelta(days=1), em_depois=HOJE, por=dono
        ).pk,
        "decisao": deixar_para_o_fim(cliente=cliente, pessoa=dono, motivo="Ligo mais tarde", hoje=HOJE).pk,
        "pessoa_de_contato": PessoaDeContato.objects.create(cliente=cliente, nome="Otto Alheio").pk,
        "atendimento": abrir(cliente, "troca", "Chave com defeito", "", dono).pk,
        "lista": _lista(cliente, dono),
        **_da_carteira(cliente, dono),
    }


def _da_carteira(cliente: Any, dono: Usuario) -> dict[str, int]:
    """Uma transferência que trouxe o cliente, e umas férias ainda por vir, que não mudam o que ninguém vê."""
    lote = Transferencia.objects.create(origem="lista", em=HOJE, motivo="Rota", por=dono)
    lote.itens.create(cliente=cliente, para=dono, para_equipe=cliente.equipe)
    colega = Usuario.objects.filter(papel="vendedor").exclude(pk=dono.pk).earliest("pk")
    depois = (HOJE + timedelta(days=90), HOJE + timedelta(days=99))
    ferias = Cobertura.objects.create(ausente=dono, substituto=colega, periodo=depois)
    return {"lote": lote.pk, "cobertura": ferias.pk}


def _webhook(empresa: Empresa) -> dict[str, int]:
    destino = DestinoDeWebhook.objects.create(
        empresa=empresa, nome=f"ALHEIO {empresa.codigo}", url="https://10.0.0.1/", eventos=[], segredo="x"
    )
    entrega = EntregaDeWebhook.objects.create(destino=destino, evento="webhook.teste", chave="x", corpo="{}")
    return {"webhook": destino.pk, "entrega": entrega.pk}


def _da_empresa(empresa: Empresa, admin: Usuario, vendedor: Usuario) -> dict[str, int]:
    segmento = Segmento.objects.create(empresa=empresa, nome=f"ALHEIO-{empresa.codigo}")
    prazo = {"periodo": Periodo(6, "m"), "antecedencia": Periodo(2, "m")}
    limiar = configurar(empresa=empresa, vigente_desde=HOJE - timedelta(days=9), por=admin, **prazo)
    mudar_rotulos(empresa=empresa, rotulos={"inativo": {"um": "Sumido", "muitos": "Sumidos"}}, por=admin)
    registro = RegistroDeAuditoria.objects.filter(acao="atividade.rotulos").latest("pk")
    novos = Criterios(dias_de_descanso=3)
    mudar_criterios(empresa=empresa, novos=novos, por=admin, motivo="Três dias bastam")
    garantir([empresa])
    return {
        "regra_de_aviso": RegraDeAviso.objects.get(empresa=empresa, partida="em_risco").pk,
        "segmento": segmento.pk,
        "criterio": RegistroDeAuditoria.objects.filter(acao="fila.criterios").latest("pk").pk,
        "regra_de_atribuicao": RegraDeAtribuicao.objects.create(empresa=empresa).pk,
        "limiar": limiar.pk,
        "registro": registro.pk,
        "importacao": _importacao(empresa, admin),
        "mensagem": mensagem_de(vendedor),
        **_webhook(empresa),
        "devolucao": Devolucao.objects.create(endereco=vendedor.email, origem="mao", por=admin).pk,
        "pessoa": vendedor.pk,
        "nenhum": 999_999,
        "campanha": Campanha.objects.create(
            empresa=empresa, nome=f"Campanha {empresa.nome}", inicio=HOJE - timedelta(days=9)
        ).pk,
        "arquivo": ArquivoGerado.objects.create(
            por=admin, tipo="relatorio_de_risco", filtros={"recorte": {}, "descricao": []}, nome="ALHEIO.pdf",
            pedido_em=timezone.now(), expira_em=timezone.now() + timedelta(days=7), estado="pronto",
            caminho=__file__, pronto_em=timezone.now(),
        ).pk,
    }  # fmt: skip


@pytest.fixture
def cenario(request: Any, novo_cliente: Any, settings: Any, tmp_path: Any, monkeypatch: Any) -> Cenario:
    settings.MEDIA_ROOT = str(tmp_path)
    monkeypatch.setattr("carteira.tasks.tocar", lambda *a: None)
    ana, _, carla, davi, _, sul, norte, empresa = (
        request.getfixturevalue(n) for n in (*PESSOAS, "sul", "norte", "empresa")
    )
    outra = Empresa.objects.create(codigo="2", nome="ALHEIO Filial")
    rita, edu = criar_pessoa("Rita Alheia", outra), criar_pessoa("Edu Alheio", outra, "admin")
    por_na_equipe(rita, norte)
    compras = [(HOJE - timedelta(days=d), "987654.00") for d in (240, 190, 150)]
    da_ana = novo_cliente("PROPRIO1", vendedor=ana, compras=[(HOJE - timedelta(days=150), "10")])
    da_carla = novo_cliente("ALHEIO1", vendedor=carla, compras=compras, municipio_id=4205407, uf="SC")
    da_outra = novo_cliente("ALHEIO2", vendedor=rita, compras=compras, empresa=outra)
    meus, deles = _da_empresa(empresa, davi, ana), _da_empresa(outra, edu, rita)
    for cada in (empresa, outra):
        recalcular_empresa(cada.pk, por=davi)
        cada.refresh_from_db()
    da_sul, da_norte, de_la = (
        _de_um_cliente(da_ana, ana), _de_um_cliente(da_carla, carla), _de_um_cliente(da_outra, rita),
    )  # fmt: skip
    for nome, equipe in (("sul", sul), ("norte", norte)):
        (meus if nome == "sul" else deles)["equipe"] = equipe.pk
    for cada, alvos in ((empresa, meus), (outra, deles)):
        ParametrosDaCarteira.objects.create(empresa=cada, pequeno_ate=1_000)
        alvos["sugestao"] = f"pequeno-{cada.pk}"
    meus |= {"faixa": "ativo", "modelo": ModeloDeMensagem.objects.earliest("pk").pk}
    deles |= {"faixa": "inexistente", "modelo": 999_999}
    visoes = {nome: de_uma_pessoa(request.getfixturevalue(nome)) for nome in PESSOAS}
    deles |= de_uma_pessoa(rita, norte)
    return Cenario(
        empresa,
        outra,
        proprios={
            nome: meus | (da_norte if nome == "carla" else da_sul) | visoes[nome] for nome in PESSOAS
        },
        alheios={
            "ana": deles | da_norte, "bruno": deles | da_norte, "carla": deles | da_sul | visoes["ana"],
            "davi": deles | de_la, "lia": deles | de_la,
        },
        equipe_alheia=norte.pk,
        segmento_alheio=deles["segmento"],
        vendedor_alheio=carla.pk,
    )  # fmt: skip


def pedidos(navegador: Client, caminho: str) -> Iterator[Any]:
    for metodo in (navegador.get, navegador.post):
        yield metodo(caminho)


# ── O passeio ────────────────────────────────────────────────────────────────


def test_toda_rota_que_pede_entrada_tem_a_sua_decisao() -> None:
    assert set(DECISOES) == set(rotas()) - ABERTAS - SO_NO_COMECO


@pytest.mark.parametrize("nome", PESSOAS)
def test_acao_sem_papel_e_403_e_nada_muda(nome: str, cenario: Cenario, entrar: Any, request: Any) -> None:
    pessoa = request.getfixturevalue(nome)
    navegador, antes = entrar(pessoa), retrato_do_banco()
    recusadas = [r for r in DECISOES if recusada_por_papel(r, nome, pessoa)]
    assert recusadas
    for rota in recusadas:
        codigos = [r.status_code for r in pedidos(navegador, endereco(rota, cenario.proprios[nome]))]
        assert 403 in codigos, (rota, codigos)
        assert set(codigos) <= {403, 405}, (rota, codigos)
    assert retrato_do_banco() == antes


@pytest.mark.parametrize("nome", PESSOAS)
def test_linha_de_outro_escopo_e_404_e_nada_muda(
    nome: str, cenario: Cenario, entrar: Any, request: Any
) -> None:
    pessoa = request.getfixturevalue(nome)
    navegador, antes = entrar(pessoa), retrato_do_banco()
    com_alvo = [r for r, d in DECISOES.items() if d.alvos and not recusada_por_papel(r, nome, pessoa)]
    for rota in com_alvo:
        codigos = [r.status_code for r in pedidos(navegador, endereco(rota, cenario.alheios[nome]))]
        assert 404 in codigos, (rota, codigos)
        assert set(codigos) <= {404, 405}, (rota, codigos)
    assert retrato_do_banco() == antes


@pytest.mark.parametrize("nome", PESSOAS)
def test_empresa_de_outros_na_url_e_404_e_nada_muda(
    nome: str, cenario: Cenario, entrar: Any, request: Any
) -> None:
    pessoa = request.getfixturevalue(nome)
    navegador, antes = entrar(pessoa), retrato_do_banco()
    por_empresa = [r for r, d in DECISOES.items() if d.por_empresa]
    abertas = [r for r in por_empresa if r in DE_TODAS_AS_EMPRESAS or not recusada_por_papel(r, nome, pessoa)]
    for rota in (
        abertas if pode(pessoa, Permissao.CONFIGURAR_ATIVIDADE) else set(abertas) - set(DE_TODAS_AS_EMPRESAS)
    ):
        caminho = f"{endereco(rota, cenario.proprios[nome])}?empresa={cenario.outra.pk}"
        codigos = [r.status_code for r in pedidos(navegador, caminho)]
        assert 404 in codigos, (rota, codigos)
        assert set(codigos) <= {404, 405}, (rota, codigos)
    assert retrato_do_banco() == antes


@pytest.mark.parametrize("nome", PESSOAS)
def test_o_que_se_pode_e_e_seu_abre(nome: str, cenario: Cenario, entrar: Any, request: Any) -> None:
    """Sem isto o 403 e o 404 de cima poderiam ser de uma rota quebrada."""
    pessoa = request.getfixturevalue(nome)
    navegador = entrar(pessoa)
    for rota in DECISOES:
        alvos = DECISOES[rota].alvos
        if recusada_por_papel(rota, nome, pessoa) or {"nenhum", "arquivo"} & set(alvos) or rota == "sair/":
            continue
        codigo = navegador.get(endereco(rota, cenario.proprios[nome])).status_code
        assert codigo in {200, 302, 405, FALTA.get(rota)}, (rota, codigo)


def test_anonimo_e_inativo_vao_a_entrada_em_toda_rota(
    cenario: Cenario, davi: Any, ana: Any, entrar: Any
) -> None:
    inativa, anonimo = entrar(ana), Client()
    desativar(pessoa=ana, por=davi)
    antes = retrato_do_banco()
    for rota in DECISOES:
        for navegador in (anonimo, inativa):
            for resposta in pedidos(navegador, endereco(rota, cenario.proprios["ana"])):
                assert resposta.status_code == 302, rota
                assert resposta["Location"].startswith("/entrar/?next="), rota
    assert retrato_do_banco() == antes


# ── Filtros, contagens e planilhas ───────────────────────────────────────────


COM_FILTROS = ("clientes/", "composicao/", "relatorio-de-risco/", "ciclo-de-compra/")


def lido(resposta: Any) -> str:
    """O texto de uma página, de um CSV em pedaços ou de um XLSX."""
    conteudo = b"".join(resposta.streaming_content) if resposta.streaming else resposta.content
    if conteudo[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(conteudo)) as planilha:
            conteudo = b"".join(planilha.read(n) for n in planilha.namelist())
    return conteudo.decode(errors="replace")


@pytest.mark.parametrize("nome", ["ana", "bruno", "davi", "lia"])
def test_nenhum_filtro_traz_o_que_e_de_outro_escopo(
    nome: str, cenario: Cenario, entrar: Any, request: Any
) -> None:
    """Segmento, vendedor, equipe e empresa de outros na URL; em data passada; em planilha: nada vaza."""
    pessoa = request.getfixturevalue(nome)
    navegador = entrar(pessoa)
    # Davi e Lia veem a empresa inteira: deles só é alheia a outra empresa.
    da_casa = () if nome in ("davi", "lia") else ("ALHEIO1", "987.654", "987654", "988 mil", "Norte")
    proibidos = ("ALHEIO2", "Cliente ALHEIO2", "ALHEIO Filial", "ALHEIO-2", "Rita Alheia", *da_casa)
    filtros = (
        "",
        f"vendedor={cenario.vendedor_alheio}",
        f"equipe={cenario.equipe_alheia}",
        f"segmento={cenario.segmento_alheio}",
        f"empresa={cenario.outra.pk}",
        f"empresa={cenario.empresa.pk}&vendedor={cenario.vendedor_alheio}&equipe={cenario.equipe_alheia}",
        "q=ALHEIO",
        "formato=csv&regra=1",
        "formato=xlsx",
        "tabela=intervalos&formato=csv",
        "data=2026-10-31&dono=atual&formato=csv",
        f"data=2026-10-31&vendedor={cenario.vendedor_alheio}&equipe={cenario.equipe_alheia}",
        "data=2026-10-31&agrupar=vendedor",
        "agrupar=equipe&todos=1",
        "agrupar=vendedor&todos=1",
        "agrupar=municipio&todos=1",
    )
    listas = [r for r, d in DECISOES.items() if not d.alvos and not recusada_por_papel(r, nome, pessoa)]
    listas.remove("sair/")
    for rota in listas:
        for filtro in (
            filtros if rota.startswith(COM_FILTROS) else ("", f"segmento={cenario.segmento_alheio}")
        ):
            texto = lido(navegador.get(f"/{rota}?{filtro}"))
            texto = texto.replace("q=ALHEIO", "").replace('value="ALHEIO"', "").replace("“ALHEIO”", "")
            achados = [p for p in proibidos if p in texto]
            assert not achados, (rota, filtro, achados)


# ── Só se mostra o que se pode abrir ─────────────────────────────────────────

_ELO = re.compile(r'(?:href|hx-get)="(/[^"#]*|\?[^"#]*)')
_NAO_SEGUE = ("/static/", "/sair/", "/galeria/")


@pytest.mark.parametrize("nome", PESSOAS)
def test_todo_elo_que_se_mostra_abre(nome: str, cenario: Cenario, entrar: Any, request: Any) -> None:
    """De elo em elo a partir do início: cada caminho uma vez, e outra a cada parâmetro que ainda não teve."""
    navegador = entrar(request.getfixturevalue(nome))
    fila: list[str] = ["/"]
    vistos: dict[str, set[str]] = {}
    while fila:
        url = fila.pop(0)
        partes = urlsplit(url)
        caminho, parametros = re.sub(r"[0-9]+", "N", partes.path), set(parse_qs(partes.query))
        if partes.path.startswith(_NAO_SEGUE) or (caminho in vistos and parametros <= vistos[caminho]):
            continue
        vistos.setdefault(caminho, set()).update(parametros)
        resposta = navegador.get(url)
        assert resposta.status_code in {200, 302, 405}, url
        if resposta.status_code == 302:
            fila.append(urljoin(url, resposta["Location"]))
        elif "text/html" in resposta.headers.get("Content-Type", ""):
            fila += [urljoin(url, unescape(elo)) for elo in _ELO.findall(resposta.content.decode())]
    assert len(vistos) > 10
