"""O e-mail nos leitores comuns: só o que eles aceitam, o mesmo em texto, e nunca maior do que eles mostram."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from atividade.retratos import preencher
from clientes.models import Cliente, Orcamento, PessoaDeContato, Titulo
from contas.models import Empresa, Usuario
from notificacoes import emails
from notificacoes.agenda_atrasada import AgendaAtrasada, Esquecido
from notificacoes.caixa import Item
from notificacoes.models import ItemDeMensagem, Mensagem, RegraDeAviso
from notificacoes.regras.decisao import Linha, Secao
from notificacoes.resumos import LIMITE as LINHAS
from notificacoes.resumos import Resumo, escrever_resumos
from notificacoes.rodadas import Noite, Pronta
from notificacoes.tamanho import LIMITE, TETO
from notificacoes.volumes import Contagem, LinhaDoVolume, Volume, escrever_volumes
from tests.leitor_de_email import ler, ler_modelo
from tests.notificacoes.test_resumos import VAGA, escrever, quase
from tests.notificacoes.test_retorno import alertar, falar

__all__ = ["quase"]
# O relógio parado: o prazo de um enlace corre do segundo em que se assina.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
MODELOS = sorted((Path(settings.BASE_DIR) / "templates" / "emails").glob("*.html"))


@pytest.mark.parametrize("modelo", MODELOS, ids=lambda modelo: modelo.name)
def test_nenhum_modelo_usa_o_que_os_leitores_recusam(modelo: Path) -> None:
    leitor = ler_modelo(modelo.read_text())
    if modelo.name == "_base.html":  # o único com <head>
        assert "color-scheme" in modelo.read_text()
        assert "prefers-color-scheme" in modelo.read_text()
    assert leitor.defeitos == []


@pytest.mark.parametrize(
    ("ruim", "defeito"),
    [
        ("<script>x()</script>", "<script>"),
        ('<form action="/x"></form>', "<form>"),
        ('<img src="https://x.test/p.gif">', "<img>"),
        ('<p style="display:flex">a</p>', "p style: flex"),
        ('<p style="position:fixed">a</p>', "p style: position:"),
        ("<style>p{color:red}</style>", "<style> fora do head"),
        ('<p onclick="x()">a</p>', "p onclick=x()"),
        ('<a href="javascript:x()">a</a>', "href=javascript:x()"),
        ('<td background="https://x.test/f.png"></td>', "td background=https://x.test/f.png"),
        ("<table><tr></table>", "</table> sem par"),
    ],
)
def test_o_leitor_acha_o_que_procura(ruim: str, defeito: str) -> None:
    assert defeito in ler(ruim).defeitos


def comprido(letra: str, n: int) -> str:
    return (letra * 9 + " ") * (n // 10)


@pytest.fixture
def cheio(empresa: Empresa, ana: Usuario, quase: Any) -> Mensagem:
    """O pior resumo: o teto de linhas, tudo preenchido, nos maiores tamanhos que o banco aceita."""
    for n in range(LINHAS + 5):
        cliente = quase(
            f"A{n:02}", ana, razao_social=comprido("Ü", 160), nome_fantasia=comprido("&", 160),
            cidade=comprido("Ç", 80), uf="SC", telefone="+5547999220198", documento="12345678000195",
            documento_valido=True,
        )  # fmt: skip
        PessoaDeContato.objects.create(
            cliente=cliente, nome=comprido("Ó", 110), telefone="+5547999220197", principal=True
        )
        _pendencias(cliente)
    escrever(empresa)
    mensagem: Mensagem = Mensagem.objects.get(pessoa=ana)
    return mensagem


def _pendencias(cliente: Cliente) -> None:
    dono: Any = {"cliente": cliente, "empresa": cliente.empresa}
    Titulo.objects.create(
        **dono, numero=f"T{cliente.codigo}", emissao=VAGA - timedelta(days=60), valor=10, saldo=10,
        vencimento=VAGA - timedelta(days=12),
    )  # fmt: skip
    Orcamento.objects.create(**dono, numero=f"O{cliente.codigo}", data=VAGA, valor=10, situacao="aberto")


def test_o_pior_resumo_passa_pelos_leitores(cheio: Mensagem) -> None:
    assert ler(cheio.html).defeitos == []
    assert len(cheio.html.encode()) <= TETO < LIMITE
    assert ItemDeMensagem.objects.filter(mensagem=cheio).count() == LINHAS


def test_o_texto_diz_o_mesmo_que_o_html_com_todos_os_enderecos(cheio: Mensagem) -> None:
    enderecos = {e for e in ler(cheio.html).enlaces if not e.startswith("tel:")}
    assert len([e for e in enderecos if "/um-clique/" in e]) == 5 * LINHAS
    assert [e for e in enderecos if e not in cheio.texto] == []
    assert "Tem 1 título vencido, há 12 dias. Um orçamento sem resposta." in cheio.texto
    assert f"Ligar: (47) 99922-0197, {comprido('Ó', 110).strip()}" in cheio.texto


def test_o_documento_vai_mascarado(cheio: Mensagem) -> None:
    for corpo in (cheio.texto, cheio.html):
        assert "12345678000195" not in re.sub(r"\D", "", re.sub(r"https?://\S+", "", corpo))
        assert "12.345.678" not in corpo


def test_o_que_nao_cabe_vira_e_mais_na_lista(
    empresa: Empresa, ana: Usuario, cheio: Mensagem, monkeypatch: Any
) -> None:
    """Com uma regra de teto alto, a mensagem se encurta sozinha, e só decide o que mostrou."""
    linhas = _resumo(empresa, ana, monkeypatch)
    muitas = [replace(linha, posto=n) for n, linha in enumerate(linhas.linhas * 6, 1)]
    resumo = replace(linhas, linhas=muitas, totais={"quase_inativo": 70})
    rascunho = emails.resumo_diario(pessoa=ana, resumo=resumo)
    mostrados = len(rascunho.itens)
    assert 10 < mostrados < len(muitas) == 60
    assert len(rascunho.html.encode()) <= TETO
    assert ler(rascunho.html).defeitos == []
    assert f"e mais {70 - mostrados} na lista" in rascunho.html
    assert f"e mais {70 - mostrados} na lista" in rascunho.texto
    assert rascunho.html.count("◐ Quase inativo</span>") == mostrados
    for quantos, cabem in ((mostrados, mostrados), (mostrados + 1, mostrados)):
        so_estes = replace(resumo, linhas=muitas[:quantos])
        assert len(emails.resumo_diario(pessoa=ana, resumo=so_estes).itens) == cabem, "cabe o que pode"


def _resumo(empresa: Empresa, ana: Usuario, monkeypatch: Any) -> Resumo:
    """O resumo já decidido, antes de virar mensagem."""
    pegos: list[Resumo] = []
    monkeypatch.setattr(
        "notificacoes.resumos.emails.resumo_diario", lambda *, resumo, **_: pegos.append(resumo)
    )
    monkeypatch.setattr("notificacoes.resumos.enfileirar", lambda rascunhos: len(list(rascunhos)))
    escrever_resumos(Noite(VAGA, [Pronta(empresa, VAGA, None)]))
    monkeypatch.undo()
    return pegos[0]


def test_o_volume_diz_o_retorno_e_passa_pelos_leitores(
    empresa: Empresa, ana: Usuario, bruno: Usuario, quase: Any
) -> None:
    cliente = quase("A1", ana)
    alertar(ana, cliente, VAGA - timedelta(days=10))
    falar(cliente, ana, VAGA - timedelta(days=9))
    escrever(empresa)
    empresa.refresh_from_db()
    preencher(empresa=empresa, ate=VAGA)
    escrever_volumes(Noite(VAGA, [Pronta(empresa, VAGA, None, True)]))
    mensagem = Mensagem.objects.get(pessoa=bruno)
    assert "1 cliente alertado; 1 contatado em 7 dias (100%); 0 compraram depois do contato" in mensagem.texto
    assert "/avisos/retorno/" in mensagem.html
    assert ler(mensagem.html).defeitos == []


def test_um_volume_de_mil_vendedores_se_encurta(empresa: Empresa, bruno: Usuario) -> None:
    linha = LinhaDoVolume(comprido("Ü", 120), Contagem(5, 4), Contagem(7, 9), 80)
    volume = Volume(VAGA, VAGA, VAGA - timedelta(days=7), [linha] * 1000, linha, [])
    esquecido = Esquecido(1, comprido("Ç", 160), comprido("Ó", 120), "Ligação", VAGA, 9, "", "e")
    agenda = AgendaAtrasada(VAGA, [esquecido] * 30, 30)
    rascunho = emails.volume_semanal(pessoa=bruno, volume=volume, agenda=agenda)
    assert len(rascunho.html.encode()) <= TETO
    assert ler(rascunho.html).defeitos == []
    mostrados = rascunho.html.count(comprido("Ü", 120).strip()) - 1  # menos o total
    assert f"e mais {(1000 - mostrados):,}".replace(",", ".") in rascunho.html
    assert len(rascunho.itens) == 30


def test_as_secoes_das_regras_se_encurtam_e_levam_o_um_clique_a_quem_vende(
    ana: Usuario, bruno: Usuario, empresa: Empresa
) -> None:
    linha = Linha(7, comprido("Ü", 160), comprido("Ç", 80), "**.111.222/****-**", 10, comprido("Ó", 200))
    regra = RegraDeAviso(empresa=empresa, nome="Entrou em quase inativo")
    itens = [Item("regra:1", n, "e") for n in range(50)]
    secao = Secao(regra, comprido("T", 120), comprido("X", 2000), [linha] * 50, 80, itens)
    for pessoa, por_linha in ((ana, 5), (bruno, 0)):
        rascunho = emails.avisos(pessoa=pessoa, vaga=VAGA, secoes=[secao] * 3)
        leitor = ler(rascunho.html)
        mostradas = leitor.enlaces.count("http://127.0.0.1:8000/clientes/7/") // 3
        assert leitor.defeitos == []
        assert len(rascunho.html.encode()) <= TETO
        assert len(rascunho.itens) == mostradas * 3
        assert f"e mais {80 - mostradas}" in rascunho.html
        cliques = {e for e in leitor.enlaces if "/um-clique/" in e}
        assert len(cliques) == por_linha
        assert all(e in rascunho.texto for e in cliques)
