"""O que cada gesto das páginas deixa na auditoria: quem, quando, de onde, sobre o quê, e o antes e o depois.

Uma história só, de uma vez: cada linha é um gesto de alguém, pela página, e o registro inteiro que ele escreve.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from carteira.recalculos import recalcular_empresa
from clientes.calendario import gerar_calendario
from clientes.models import (
    CausaDaInatividade,
    Cliente,
    Contato,
    DecisaoDePendencia,
    ParDeDuplicados,
    Transferencia,
)
from contas.models import Cobertura, Equipe, RegistroDeAuditoria, Usuario
from notificacoes.models import Aviso, DestinoDeWebhook, Recado, TipoDeLembrete
from relatorios.models import AgendamentoDeRelatorio
from tests.conftest import HOJE, SENHA, criar_cliente
from tests.web.cenario_do_passeio import Cenario, criar_cenario

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
NAVEGADOR = "Mozilla/5.0 (Windows NT 10.0) Firefox/130.0"


@dataclass
class Gesto:
    """`acao` que `quem` faz em `caminho`, e o que o registro diz dela."""

    acao: str
    quem: str
    caminho: str
    dados: dict[str, Any] | None = field(default_factory=dict)  # nulo: é um GET
    objeto: str = ""
    antes: Any = None
    depois: Any = None
    alvo: str = ""


@pytest.fixture
def cenario(hoje: Any, settings: Any, tmp_path: Any, monkeypatch: Any) -> Cenario:
    settings.MEDIA_ROOT = str(tmp_path)
    monkeypatch.setattr("carteira.tasks.tocar", lambda *a: None)
    monkeypatch.setattr("relatorios.pdf.em_bytes", lambda html: b"%PDF-1.7\n")
    monkeypatch.setattr("carteira.web.lgpd.pdf.bibliotecas_que_faltam", lambda: [])
    return criar_cenario()


def _das_carteiras(c: Cenario, n: dict[str, Any]) -> Iterator[Gesto]:
    ana, carla = c.pessoas["ana"], c.pessoas["carla"]
    colega = Usuario.objects.get(pk=carla).nome
    dias = {"substituto": colega, "de": "2026-11-10", "até": "2026-11-30"}
    ferias = {"ausente": ana, "substituto": carla, "de": "2026-11-10", "ate": "2026-11-30"}
    yield Gesto("cobrir férias", "davi", "/carteiras/ferias/nova/", ferias, "Ana Souza", None, dias)
    cobertura = Cobertura.objects.latest("pk").pk
    yield Gesto("encerrar cobertura", "davi", f"/carteiras/ferias/{cobertura}/encerrar/", {}, "Ana Souza",
                dias, dias | {"até": "2026-11-19"})  # fmt: skip
    troca = {"para": carla, "em": "2026-11-20", "motivo": "Rota"}
    lote = Transferencia.objects.latest("pk").pk + 1
    feita = {
        "lote": lote,
        "clientes": [n["gemeo"]],
        "para": ["Carla Dias"],
        "em": "2026-11-20",
        "motivo": "Rota",
    }
    yield Gesto("transferir carteira", "davi", f"/clientes/{n['gemeo']}/transferir/", troca, "1 clientes", None,
                feita, f"cliente:{n['gemeo']}")  # fmt: skip
    yield Gesto("desfazer transferência", "davi", f"/carteiras/historia/{lote}/desfazer/", {},
                "1 clientes", None, {"lote": lote, "voltam": 1, "ficam": {}})  # fmt: skip
    yield Gesto("excluir equipe", "davi", f"/equipes/{n['equipe_vazia']}/excluir/", {}, "Oeste")


def _dos_clientes(c: Cenario, n: dict[str, Any]) -> Iterator[Gesto]:
    cliente, contato = n["cliente"], n["contato"]
    do_cliente, chave = "cliente PROPRIO1", f"cliente:{n['cliente']}"
    yield Gesto("conferir contatos", "ana", f"/clientes/{cliente}/conferir-contatos/", {}, do_cliente,
                {"contato_verificado_em": None}, {"contato_verificado_em": "2026-11-20"})  # fmt: skip
    yield Gesto("reabrir contato", "ana", f"/clientes/{cliente}/contato/{contato}/reabrir/", {},
                f"contato {contato} do {do_cliente}", alvo=chave)  # fmt: skip
    plano = {"titulo": "Renegociar", "dono": c.pessoas["bruno"], "prazo": "2026-11-27"}
    yield Gesto("abrir plano de ação", "bruno", f"/credito/planos/novo/?cliente={cliente}", plano,
                "Renegociar", None, {"dono": "Bruno Lima", "clientes": 1})  # fmt: skip
    yield from _do_cadastro(c, n, do_cliente, chave)
    par = n["par"]
    yield Gesto("duplicados.procurar", "davi", "/higienizacao/duplicados/procurar/", {}, "empresa 1")
    for acao, gesto in (("descartar duplicado", "descartar"), ("reconsiderar duplicado", "reconsiderar")):
        yield Gesto(acao, "davi", f"/higienizacao/duplicados/{par}/{gesto}/", {}, "clientes PROPRIO1 e GEMEO")
    yield Gesto("mudar roteiro", "bruno", f"/roteiros/ativo/?equipe={n['equipe']}", {"texto": "Pergunte da obra"},
                "Ativo, Sul", None, {"texto": "Pergunte da obra"})  # fmt: skip


def _do_cadastro(c: Cenario, n: dict[str, Any], do_cliente: str, chave: str) -> Iterator[Gesto]:
    ficha, motivo = f"/clientes/{n['cliente']}", {"motivo": "Pediu"}
    causa = CausaDaInatividade.objects.earliest("pk").pk
    yield Gesto("adiar cliente", "ana", f"{ficha}/adiar/", motivo | {"ate": "2026-12-01"}, do_cliente,
                {"adiado_ate": None, "adiado_motivo": ""},
                {"adiado_ate": "2026-12-01", "adiado_motivo": "Pediu"}, chave)  # fmt: skip
    yield Gesto("encerrar cliente", "bruno", f"{ficha}/encerrar/", motivo | {"causa": causa}, do_cliente,
                {"encerrado_em": None, "encerrado_motivo": ""},
                {"encerrado_em": "2026-11-20", "encerrado_motivo": "Pediu"}, chave)  # fmt: skip
    yield Gesto("encerrar cliente", "bruno", f"{ficha}/encerrar/desfazer/", {}, do_cliente,
                {"encerrado_em": "2026-11-20", "encerrado_motivo": "Pediu"},
                {"encerrado_em": None, "encerrado_motivo": ""}, chave)  # fmt: skip
    yield Gesto("marcar fora do perfil", "bruno", f"{ficha}/fora-do-perfil/", {"fora": "sim"}, do_cliente,
                {"fora_do_perfil": False}, {"fora_do_perfil": True}, chave)  # fmt: skip
    pessoa = n["pessoa_de_contato"]
    otto, dele = f"pessoa {pessoa} do {do_cliente}", f"pessoadecontato:{pessoa}"
    for acao, gesto, antes, depois in (
        (
            "inativar pessoa de contato",
            "inativar",
            {"ativa": True, "principal": False},
            {"ativa": False, "principal": False},
        ),
        ("reativar pessoa de contato", "reativar", {"ativa": False}, {"ativa": True}),
    ):
        yield Gesto(acao, "ana", f"{ficha}/pessoas/{pessoa}/{gesto}/", {}, otto, antes, depois, dele)
    sem_cep, deixar = f"/higienizacao/sem_cep/{n['gemeo']}/", {"acao": "depois", "motivo": "Não tem"}
    do_gemeo = ("cliente GEMEO", None, {"pendência": "Sem CEP", "motivo": "Não tem"})
    gemeo = f"cliente:{n['gemeo']}"
    yield Gesto("aceitar pendência", "davi", sem_cep, deixar, *do_gemeo, gemeo)
    decisao = DecisaoDePendencia.objects.latest("pk").pk
    yield Gesto("reabrir pendência", "davi", f"/higienizacao/decididas/{decisao}/reabrir/", {}, "cliente GEMEO",
                None, {"pendência": "Sem CEP"}, gemeo)  # fmt: skip
    yield Gesto("adiar pendência", "davi", sem_cep, deixar | {"ate": "2026-12-01"}, *do_gemeo[:2],
                do_gemeo[2] | {"ate": "2026-12-01"}, gemeo)  # fmt: skip


def _das_listas(c: Cenario, n: dict[str, Any]) -> Iterator[Gesto]:
    lista, nome = n["lista"], "ALHEIO-L PROPRIO1"
    pedido = {"lista": lista, "cliente": n["gemeo"], "com_outros": "1"}
    yield Gesto("incluir em lista", "davi", "/listas/incluir/", pedido, nome,
                None, {"clientes": 1})  # fmt: skip
    yield Gesto("tirar de lista", "davi", f"/listas/{lista}/tirar/{n['gemeo']}/", {}, nome, None,
                {"cliente": n["gemeo"]})  # fmt: skip
    yield Gesto("exportar lista", "davi", f"/listas/{lista}/exportar/", None, nome, None,
                {"formato": "csv", "recorte": "a_contatar", "linhas": 0})  # fmt: skip
    yield Gesto("exportar comparação de listas", "davi", "/listas/comparar/exportar/", None, "CSV", None,
                {"periodo": "2026-08-22-2026-11-20", "agrupar": "lista", "linhas": 2})  # fmt: skip
    for acao, ligada in (("desligar exclusão da lista", ""), ("ligar exclusão da lista", "on")):
        yield Gesto(acao, "davi", f"/listas/{lista}/exclusoes/", {"motivo": "bloqueado", "ligada": ligada}, nome,
                    None, {"exclusão": "bloqueado"})  # fmt: skip
    yield Gesto("encerrar lista", "davi", f"/listas/{lista}/encerrar/", {}, nome)
    yield Gesto("reabrir lista", "davi", f"/listas/{lista}/reabrir/", {}, nome)


def _das_mensagens(c: Cenario, n: dict[str, Any]) -> Iterator[Gesto]:
    recado = n["recado_enviado"]
    yield Gesto("reenviar recado", "davi", f"/recados/{recado}/reenviar/", {"envio": "1"}, "Balanço", None,
                {"pessoas": 1})  # fmt: skip
    yield Gesto("encerrar recado", "davi", f"/recados/{recado}/encerrar/", {}, "Balanço", None,
                {"e-mails que não saem": 0})  # fmt: skip
    yield Gesto("reabrir recado", "davi", f"/recados/{recado}/reabrir/", {}, "Balanço")
    yield Gesto("criar tipo de lembrete", "davi", "/recados/tipos/", {"nome": "feira"}, "FEIRA")
    uso = f"/recados/tipos/{TipoDeLembrete.objects.get(nome='FEIRA').pk}/uso/"
    yield Gesto("tirar de uso tipo de lembrete", "davi", uso, {"ativo": "0"}, "FEIRA")
    yield Gesto("voltar a usar tipo de lembrete", "davi", uso, {"ativo": "1"}, "FEIRA")
    destino = {
        "empresa": c.empresa.pk,
        "nome": "BI",
        "url": "http://127.0.0.1:9/?chave=1",
        "rede_interna": "on",
        "eventos": ["rodada.terminada"],
    }
    yield Gesto("webhook.criar", "davi", "/webhooks/novo/", destino, "BI", None,
                {"nome": "BI", "url": "http://127.0.0.1:9/", "eventos": ["rodada.terminada"],
                 "rede_interna": True})  # fmt: skip
    meu = DestinoDeWebhook.objects.latest("pk").pk
    yield Gesto("webhook.testar", "davi", f"/webhooks/{meu}/testar/", {}, "BI")
    yield Gesto("webhook.pausar", "davi", f"/webhooks/{meu}/pausa/", {"pausar": "sim"}, "BI")
    yield Gesto("webhook.retomar", "davi", f"/webhooks/{meu}/pausa/", {}, "BI")


def _dos_relatorios(c: Cenario, n: dict[str, Any]) -> Iterator[Gesto]:
    pedido = {"frequencia": "diaria", "dia_da_semana": 0, "dia_do_mes": 1, "hora": 8, "formato": "xlsx",
              "pessoas": [c.pessoas["davi"]]}  # fmt: skip
    dito = {"quando": "todo dia, às 8h", "a": ["Davi Rocha"], "formato": "xlsx"}
    yield Gesto("agendar relatório", "davi", "/relatorios/vendedor-por-situacao/agendar/", pedido,
                "vendedor-por-situacao", None, dito)  # fmt: skip
    novo = AgendamentoDeRelatorio.objects.latest("pk").pk
    yield Gesto("mudar relatório agendado", "davi", f"/relatorios/agendamentos/{novo}/", pedido | {"hora": 9},
                "vendedor-por-situacao", None, dito | {"quando": "todo dia, às 9h"})  # fmt: skip
    agendado = f"/relatorios/agendamentos/{n['relatorio_agendado']}"
    yield Gesto("pausar relatório agendado", "davi", f"{agendado}/pausar/", {}, "vendedor-por-situacao")
    yield Gesto("retomar relatório agendado", "davi", f"{agendado}/retomar/", {}, "vendedor-por-situacao")
    yield Gesto("apagar relatório agendado", "davi", f"{agendado}/apagar/", {}, "vendedor-por-situacao",
                {"a": [], "quando": "todo dia, às 7h"})  # fmt: skip
    yield Gesto("exportar registro de tratamento", "davi", "/lgpd/tratamento/?formato=pdf", None,
                c.empresa.nome, None, {"formato": "PDF"})  # fmt: skip
    faixas = {"faixa-TOTAL_FORMS": 2, "faixa-INITIAL_FORMS": 2, "faixa-0-nome": "Baixo", "faixa-0-minimo": 0,
              "faixa-1-nome": "Alto", "faixa-1-minimo": 500, "a_vista_depois_de": 30, "concentracao": 30,
              "reabordar_por": 30}  # fmt: skip
    yield Gesto("mudar faixas de score", "davi", "/credito/configurar/", faixas, c.empresa.nome,
                {"faixas": ["Muito baixo: de 0", "Baixo: de 301", "Regular: de 501", "Bom: de 701"]},
                {"faixas": ["Baixo: de 0", "Alto: de 500"]}, f"parametrosdecredito:{c.empresa.pk}")  # fmt: skip


def _da_conta(c: Cenario, n: dict[str, Any]) -> Iterator[Gesto]:
    yield Gesto("revogar endereço do calendário", "ana", "/agenda/calendario/revogar/", {}, "Ana Souza")
    nova = "outra frase bem longa 9"
    senha = {"old_password": SENHA, "new_password1": nova, "new_password2": nova}
    yield Gesto("trocar a própria senha", "ana", "/perfil/senha/", senha, "Ana Souza")


SALAS = (_das_carteiras, _dos_clientes, _das_listas, _das_mensagens, _dos_relatorios, _da_conta)


def _preparar(c: Cenario) -> dict[str, Any]:
    """O que os gestos pedem e o passeio não tem."""
    n = dict(c.proprios["davi"])
    ana, davi, cliente = c.pessoa("ana"), c.pessoa("davi"), Cliente.objects.get(pk=n["cliente"])
    gerar_calendario(pessoa=ana)
    gemeo = criar_cliente("GEMEO", c.empresa, vendedor=ana, compras=[(HOJE - timedelta(days=150), "10")])
    recalcular_empresa(c.empresa.pk, por=davi)
    par = ParDeDuplicados.objects.create(empresa=c.empresa, a=cliente, b=gemeo, motivo="nome", forca=90)
    Contato.objects.filter(pk=n["contato"]).update(fechado_em=timezone.now())
    recado = Recado.objects.create(
        especie="postit", titulo="Balanço", texto="…", publico="todos", por=davi, envios=1,
        enviado_em=timezone.now(), surge_em=timezone.now(),
    )  # fmt: skip
    Aviso.objects.create(chave="balanço", pessoa=ana, tipo="postit", titulo="Balanço", recado=recado)
    return n | {
        "gemeo": gemeo.pk, "par": par.pk, "recado_enviado": recado.pk,
        "equipe_vazia": Equipe.objects.create(nome="Oeste").pk,
    }  # fmt: skip


def test_cada_gesto_deixa_quem_quando_de_onde_e_o_antes_e_o_depois(cenario: Cenario, entrar: Any) -> None:
    numeros = _preparar(cenario)
    navegadores = {nome: entrar(cenario.pessoa(nome)) for nome in ("ana", "bruno", "davi")}
    for gesto in (gesto for sala in SALAS for gesto in sala(cenario, numeros)):
        ultimo = RegistroDeAuditoria.objects.latest("pk").pk
        resposta = _fazer(navegadores[gesto.quem], gesto)
        novos = {r.acao: r for r in RegistroDeAuditoria.objects.filter(pk__gt=ultimo)}
        assert gesto.acao in novos, (gesto.acao, resposta.status_code, sorted(novos))
        novo = novos[gesto.acao]
        assert (novo.quem, novo.por_id) == (cenario.pessoa(gesto.quem).nome, cenario.pessoas[gesto.quem])
        assert (novo.em, novo.via, novo.endereco) == (timezone.now(), "pagina", "127.0.0.1"), gesto.acao
        assert (novo.meio, len(novo.pedido)) == (NAVEGADOR, 32), gesto.acao
        dito = (gesto.acao, novo.objeto, novo.antes, novo.depois, novo.alvo)
        assert dito == (gesto.acao, gesto.objeto, gesto.antes, gesto.depois, gesto.alvo)


def _fazer(navegador: Client, gesto: Gesto) -> Any:
    cabecalhos = {"user-agent": NAVEGADOR}
    if gesto.dados is None:
        return navegador.get(gesto.caminho, headers=cabecalhos)
    return navegador.post(gesto.caminho, gesto.dados, headers=cabecalhos)
