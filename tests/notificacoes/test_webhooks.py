"""Webhooks contra um servidor HTTP de verdade: o que se decide, o que se assina, o que se repete e o que se recusa."""

import hashlib
import hmac
import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from atividade.models import Execucao, MudancaStatus
from clientes.models import Importacao, RestricaoDeCredito, ScoreDeCredito
from contas.models import Empresa, RegistroDeAuditoria, Usuario
from notificacoes.caixa import Rascunho, enfileirar
from notificacoes.models import Aviso, DestinoDeWebhook, EntregaDeWebhook, Mensagem, TentativaDeWebhook
from notificacoes.webhooks import destinos
from notificacoes.webhooks.assinatura import cabecalhos
from notificacoes.webhooks.catalogo import CATALOGO
from notificacoes.webhooks.decisao import decidir
from notificacoes.webhooks.entrega import (
    DESISTE_DEPOIS,
    MAX_TENTATIVAS,
    PRAZO_DO_ENVIO,
    avisar_quem_cuida,
    entregar_pendentes,
    entregar_uma,
)
from tests.conftest import criar_pessoa, novo_pedido
from tests.seguranca.carga import CARGA
from tests.sistema import Sistema

pytestmark = pytest.mark.django_db
TODOS = [evento.nome for evento in CATALOGO]
VAGA = date(2026, 11, 20)


@pytest.fixture
def criado(empresa: Empresa, davi: Usuario, sistema: Sistema) -> tuple[DestinoDeWebhook, str]:
    return destinos.criar(
        empresa=empresa, nome="BI", url=sistema.url, eventos=TODOS, rede_interna=True, por=davi
    )


@pytest.fixture
def destino(criado: tuple[DestinoDeWebhook, str]) -> DestinoDeWebhook:
    return criado[0]


def mudanca(cliente: Any, de: str, para: str, motivo: str, **campos: Any) -> MudancaStatus:
    return MudancaStatus.objects.create(
        cliente=cliente, de=de, para=para, motivo=motivo, em=VAGA, referencia=VAGA, **campos
    )


def agora() -> Any:
    return timezone.now()


def vencer() -> None:
    EntregaDeWebhook.objects.update(proxima_tentativa_em=agora() - timedelta(seconds=1))
    DestinoDeWebhook.objects.update(descansa_ate=None)


def mandar(destino: DestinoDeWebhook, por: Usuario) -> EntregaDeWebhook:
    return destinos.preparar_teste(destino=destino, por=por)


# ── Decidir ──────────────────────────────────────────────────────────────────


def test_cada_fato_vira_uma_entrega_e_repetir_nao_escreve_nada(
    destino: DestinoDeWebhook,
    empresa: Empresa,
    ana: Usuario,
    novo_cliente: Any,
    sistema: Sistema,
) -> None:
    empresa.nome = (
        f"{CARGA}\r\nX-Praga: 1"  # o que se digitou é só texto do corpo, e nunca uma linha de cabeçalho
    )
    empresa.save()
    cliente = novo_cliente("C1", vendedor=ana)
    ana.vinculos.update(codigo_erp="007")
    pedido = novo_pedido(cliente, "P1", VAGA)
    voltou = mudanca(cliente, "inativo", "ativo", "compra", pedido=pedido)
    mudanca(cliente, "ativo", "inativo", "configuracao", ordem=2)  # mudança de regra não avisa ninguém
    Importacao.objects.create(empresa=empresa, tipo="pedidos", estado="aplicada", aplicada_em=agora())
    Importacao.objects.create(empresa=empresa, tipo="pedidos", estado="recusada", aplicada_em=agora())
    Execucao.objects.create(
        rotina="noturna", referencia=VAGA, empresa=empresa, estado="feita", terminada_em=agora(), duracao_ms=7
    )
    enfileirar([Rascunho("m", "teste", ana, "Assunto", "corpo", "")])
    Mensagem.objects.update(estado="morta", tentativas=1)

    score, novo = (
        {"cliente": cliente, "empresa": empresa, "fonte": "Serasa", "valor": v} for v in (800, 100)
    )
    hoje = timezone.localdate()
    ScoreDeCredito.objects.create(**score, em=hoje - timedelta(days=2))
    ScoreDeCredito.objects.create(**novo, em=hoje)
    restricao = {"cliente": cliente, "empresa": empresa, "fonte": "SPC", "tipo": "protesto", "valor": 10}
    RestricaoDeCredito.objects.create(**restricao, numero="1", em=hoje)
    baixada = RestricaoDeCredito.objects.create(**restricao, numero="2", em=hoje - timedelta(days=9))
    baixada.baixada_em = hoje
    baixada.save()

    assert decidir(agora()) == len(TODOS)
    assert decidir(agora()) == 0
    corpos = {e.evento: json.loads(e.corpo) for e in EntregaDeWebhook.objects.all()}
    assert sorted(corpos) == sorted(TODOS)
    reativado = corpos["cliente.reativado"]
    assert reativado["empresa"] == {"codigo": "1", "nome": empresa.nome}
    assert reativado["em"] == "2026-11-20"
    assert reativado["id"] == str(EntregaDeWebhook.objects.get(evento="cliente.reativado").numero)
    calculada = reativado["dados"].pop("calculada_em")
    assert calculada == f"{voltou.criado_em:%Y-%m-%dT%H:%M:%SZ}"
    assert reativado["dados"] == {
        "cliente": {"id": cliente.pk, "codigo": "C1"},
        "vendedor": {"id": ana.pk, "codigo": "007"},
        "de": "inativo",
        "para": "ativo",
        "em": "2026-11-20",
        "motivo": "compra",
    }
    assert corpos["rodada.terminada"]["dados"]["estado"] == "feita"
    assert corpos["mensagem.nao_enviada"]["dados"]["estado"] == "morta"
    for entrega in EntregaDeWebhook.objects.all():
        assert "\n" not in "".join(cabecalhos(entrega, agora()).values())
    tudo = " ".join(e.corpo for e in EntregaDeWebhook.objects.all())
    assert not [dado for dado in ("Cliente C1", "Ana", "@exemplo.test", "Assunto") if dado in tudo]


def test_so_os_eventos_pedidos_da_propria_empresa_e_depois_de_criado(
    empresa: Empresa,
    davi: Usuario,
    ana: Usuario,
    novo_cliente: Any,
    sistema: Sistema,
) -> None:
    mudanca(novo_cliente("C0", vendedor=ana), "ativo", "inativo", "tempo")
    MudancaStatus.objects.update(criado_em=agora() - timedelta(minutes=1))
    outra = Empresa.objects.create(codigo="2", nome="Filial Norte")
    for dona, nome, eventos in (
        (empresa, "um", TODOS[1:2]),
        (empresa, "dois", TODOS[:1]),
        (outra, "de lá", TODOS),
    ):
        destinos.criar(empresa=dona, nome=nome, url=sistema.url, eventos=eventos, rede_interna=True, por=davi)
    mudanca(novo_cliente("C1", vendedor=ana), "ativo", "inativo", "tempo")
    assert decidir(agora()) == 1
    assert EntregaDeWebhook.objects.get().destino.nome == "dois"


def test_fato_que_se_confirma_depois_com_a_hora_de_antes_nao_se_perde(
    destino: DestinoDeWebhook, ana: Usuario, novo_cliente: Any
) -> None:
    DestinoDeWebhook.objects.update(criado_em=agora() - timedelta(days=1))
    decidir(agora())
    longa = mudanca(novo_cliente("C1", vendedor=ana), "ativo", "inativo", "tempo")
    MudancaStatus.objects.filter(pk=longa.pk).update(criado_em=agora() - timedelta(hours=2))
    assert decidir(agora()) == 1


def test_evento_pedido_depois_so_conta_dali_em_diante(
    criado: tuple[DestinoDeWebhook, str], novo_cliente: Any, davi: Usuario
) -> None:
    """O que já tinha acontecido, mesmo há minutos, não sai; pedir outro evento depois não muda isso."""
    destino = criado[0]
    DestinoDeWebhook.objects.update(eventos=["rodada.terminada"], criado_em=agora() - timedelta(days=1))
    destino.refresh_from_db()
    cliente = novo_cliente("C1")
    mudanca(cliente, "ativo", "quase_inativo", "tempo", criado_em=agora() - timedelta(minutes=5))
    comum = {"nome": "BI", "url": destino.url, "rede_interna": True, "por": davi}
    assert destinos.editar(destino=destino, eventos=["rodada.terminada", "cliente.status_mudou"], **comum)
    assert decidir(agora()) == 0
    mudanca(cliente, "quase_inativo", "inativo", "tempo", ordem=2)
    assert destinos.editar(destino=destino, eventos=TODOS, **comum)
    assert decidir(agora()) == 1
    assert json.loads(EntregaDeWebhook.objects.get().corpo)["dados"]["para"] == "inativo"


def test_decidir_custa_os_mesmos_comandos_com_2_e_com_40_fatos(
    destino: DestinoDeWebhook, ana: Usuario, novo_cliente: Any, django_assert_num_queries: Any
) -> None:
    for quantos in (2, 40):
        for n in range(quantos):
            mudanca(novo_cliente(f"C{quantos}-{n}", vendedor=ana), "ativo", "inativo", "tempo")
        with django_assert_num_queries(len(TODOS) + 4):
            assert decidir(agora()) == quantos


# ── Entregar ─────────────────────────────────────────────────────────────────


def test_a_assinatura_confere_como_a_documentacao_ensina(
    criado: tuple[DestinoDeWebhook, str],
    davi: Usuario,
    sistema: Sistema,
) -> None:
    destino, segredo = criado
    feita = entregar_uma(mandar(destino, davi))
    assert feita.estado == "entregue"
    [(cabecalhos, corpo)] = sistema.recebidos
    instante, assinatura = (parte.partition("=")[2] for parte in cabecalhos["Carteira-Assinatura"].split(","))
    esperada = hmac.new(segredo.encode(), f"{instante}.".encode() + corpo, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(assinatura, esperada)
    assert abs(int(instante) - agora().timestamp()) < 60
    assert cabecalhos["Carteira-Entrega"] == str(feita.numero) == json.loads(corpo)["id"]
    assert cabecalhos["Carteira-Evento"] == "webhook.teste"
    tentativa = TentativaDeWebhook.objects.get()
    assert (tentativa.status, tentativa.resposta, tentativa.erro) == (200, "recebido", "")
    assert segredo not in DestinoDeWebhook.objects.get().segredo


def test_na_troca_os_dois_segredos_assinam_e_depois_so_o_novo(
    criado: tuple[DestinoDeWebhook, str],
    davi: Usuario,
    sistema: Sistema,
) -> None:
    destino, antigo = criado
    novo = destinos.trocar_segredo(destino=destino, por=davi)
    for segredos in ([novo, antigo], [novo]):
        destino.refresh_from_db()
        entregar_uma(mandar(destino, davi))
        cabecalhos, corpo = sistema.recebidos[-1]
        instante, *vistas = (p.partition("=")[2] for p in cabecalhos["Carteira-Assinatura"].split(","))
        assert vistas == [
            hmac.new(s.encode(), f"{instante}.".encode() + corpo, hashlib.sha256).hexdigest()
            for s in segredos
        ]
        destinos.encerrar_troca(destino=destino, por=davi)
    acoes = [r.depois for r in RegistroDeAuditoria.objects.filter(acao="webhook.segredo").order_by("pk")]
    assert acoes == [{"troca": "começou"}, {"troca": "encerrada"}]
    assert novo not in json.dumps(acoes)


def test_a_troca_vence_sozinha(criado: tuple[DestinoDeWebhook, str], davi: Usuario, sistema: Sistema) -> None:
    destino, _ = criado
    destinos.trocar_segredo(destino=destino, por=davi)
    DestinoDeWebhook.objects.update(segredo_anterior_ate=agora() - timedelta(seconds=1))
    entregar_uma(mandar(destino, davi))
    assert sistema.recebidos[0][0]["Carteira-Assinatura"].count("v1=") == 1


def test_recusa_tenta_de_novo_com_o_mesmo_numero_e_nao_segura_as_outras(
    destino: DestinoDeWebhook,
    davi: Usuario,
    sistema: Sistema,
) -> None:
    sistema.respostas = [400, 200]
    for _ in range(2):
        mandar(destino, davi)
    assert entregar_pendentes().contagens() == {"entregues": 1, "adiadas": 1, "desistidas": 0}
    adiada = EntregaDeWebhook.objects.get(estado="pendente")
    assert adiada.erro == "Respondeu 400."
    assert 55 <= (adiada.proxima_tentativa_em - agora()).total_seconds() <= 76
    vencer()
    assert entregar_pendentes().entregues == 1
    assert sistema.recebidos[0][0]["Carteira-Entrega"] == sistema.recebidos[2][0]["Carteira-Entrega"]


def test_destino_que_caiu_descansa_inteiro_e_os_outros_seguem(
    destino: DestinoDeWebhook,
    empresa: Empresa,
    davi: Usuario,
    sistema: Sistema,
) -> None:
    fora, _ = destinos.criar(
        empresa=empresa, nome="Fora", url="http://127.0.0.1:1/", eventos=TODOS, rede_interna=True, por=davi
    )
    for _ in range(3):
        mandar(fora, davi)
    mandar(destino, davi)
    assert entregar_pendentes().contagens() == {"entregues": 1, "adiadas": 1, "desistidas": 0}
    fora.refresh_from_db()
    assert fora.falhas_seguidas == 1
    assert fora.descansa_ate > agora()
    assert list(fora.entregas.values_list("tentativas", flat=True).order_by("pk")) == [1, 0, 0]
    assert TentativaDeWebhook.objects.get(entrega__destino=fora).erro.startswith("A conexão falhou")


def test_redirecionamento_nao_se_segue(destino: DestinoDeWebhook, davi: Usuario, sistema: Sistema) -> None:
    sistema.respostas = [302]
    assert entregar_uma(mandar(destino, davi)).erro == "Respondeu 302."
    assert len(sistema.recebidos) == 1


@pytest.mark.parametrize(("status", "tentativas"), [(410, 0), (500, MAX_TENTATIVAS - 1)])
def test_desiste_e_fica_a_vista(
    status: int,
    tentativas: int,
    destino: DestinoDeWebhook,
    davi: Usuario,
    bruno: Usuario,
    sistema: Sistema,
) -> None:
    sistema.respostas = [status]
    entrega = mandar(destino, davi)
    EntregaDeWebhook.objects.update(tentativas=tentativas)
    assert entregar_pendentes().desistidas == 1
    entrega.refresh_from_db()
    assert (entrega.estado, entrega.erro) == ("desistida", f"Respondeu {status}.")
    lido = Aviso.objects.get()  # só quem administra, uma vez por dia
    assert (lido.pessoa, lido.caminho) == (davi, f"/webhooks/{destino.pk}/")
    assert lido.titulo == "O webhook BI não recebe o que mandamos"
    assert avisar_quem_cuida([destino], agora()) == 0


def test_mudo_por_tres_dias_desiste_mas_em_pausa_espera(
    destino: DestinoDeWebhook,
    davi: Usuario,
    sistema: Sistema,
) -> None:
    entrega = mandar(destino, davi)
    EntregaDeWebhook.objects.update(pedida_em=agora() - DESISTE_DEPOIS - timedelta(minutes=1))
    DestinoDeWebhook.objects.update(falhas_seguidas=5, descansa_ate=agora() + timedelta(hours=1))
    destinos.pausar(destino=destino, por=davi)
    assert entregar_pendentes().desistidas == 0
    destinos.retomar(destino=destino, por=davi)
    assert entregar_pendentes().entregues == 1
    EntregaDeWebhook.objects.update(
        estado="pendente", pedida_em=agora() - DESISTE_DEPOIS - timedelta(minutes=1)
    )
    DestinoDeWebhook.objects.update(falhas_seguidas=5, descansa_ate=agora() + timedelta(hours=1))
    assert entregar_pendentes().desistidas == 1
    entrega.refresh_from_db()
    assert entrega.erro == "O destino não respondeu por três dias."


def test_a_do_processo_morto_volta_com_o_mesmo_numero(
    destino: DestinoDeWebhook,
    davi: Usuario,
    sistema: Sistema,
) -> None:
    entrega = mandar(destino, davi)
    EntregaDeWebhook.objects.update(
        estado="enviando", tentativas=1, reivindicada_em=agora() - PRAZO_DO_ENVIO - timedelta(seconds=1)
    )
    assert entregar_pendentes().entregues == 1
    assert sistema.recebidos[0][0]["Carteira-Entrega"] == str(entrega.numero)


def test_repetir_um_periodo_e_palavra_de_alguem(
    destino: DestinoDeWebhook,
    davi: Usuario,
    sistema: Sistema,
) -> None:
    for _ in range(3):
        mandar(destino, davi)
    entregar_pendentes()
    EntregaDeWebhook.objects.filter(pk=EntregaDeWebhook.objects.earliest("pk").pk).update(
        decidida_em=agora() - timedelta(days=2)
    )
    hoje = destino.entregas.filter(decidida_em__gte=agora() - timedelta(days=1))
    assert destinos.repetir(entregas=hoje, destino=destino, por=davi) == 2
    assert destinos.repetir(entregas=hoje, destino=destino, por=davi) == 0
    assert entregar_pendentes().entregues == 2
    numeros = [cabecalhos["Carteira-Entrega"] for cabecalhos, _ in sistema.recebidos]
    assert len(numeros) == 5
    assert len(set(numeros)) == 3
    assert RegistroDeAuditoria.objects.get(acao="webhook.repetir").depois == {"entregas": 2}


# ── Gestos ───────────────────────────────────────────────────────────────────


def test_editar_diz_se_mudou_e_acorda_quem_mudou_de_endereco(
    destino: DestinoDeWebhook,
    davi: Usuario,
    sistema: Sistema,
) -> None:
    DestinoDeWebhook.objects.update(falhas_seguidas=4, descansa_ate=agora() + timedelta(hours=1))
    destino.refresh_from_db()
    iguais: dict[str, Any] = {"nome": "BI", "url": sistema.url, "eventos": TODOS, "rede_interna": True}
    assert destinos.editar(destino=destino, por=davi, **iguais) is False
    assert destinos.editar(destino=destino, por=davi, **{**iguais, "url": sistema.url + "&x=segredo"}) is True
    destino.refresh_from_db()
    assert (destino.falhas_seguidas, destino.descansa_ate) == (0, None)
    assert "segredo" not in json.dumps(RegistroDeAuditoria.objects.get(acao="webhook.editar").depois)


def test_cada_administrador_ve_os_da_sua_empresa(
    destino: DestinoDeWebhook, davi: Usuario, ana: Usuario
) -> None:
    norte = Empresa.objects.create(codigo="2", nome="Filial Norte")
    edu = criar_pessoa("Edu Norte", norte, "admin")
    ver = DestinoDeWebhook.objects.visiveis_para
    assert [list(ver(pessoa)) for pessoa in (davi, edu, ana)] == [[destino], [], []]


def test_apagar_leva_o_registro_e_fica_na_auditoria(destino: DestinoDeWebhook, davi: Usuario) -> None:
    mandar(destino, davi)
    destinos.apagar(destino=destino, por=davi)
    assert not EntregaDeWebhook.objects.exists()
    assert RegistroDeAuditoria.objects.get(acao="webhook.apagar").antes["nome"] == "BI"
