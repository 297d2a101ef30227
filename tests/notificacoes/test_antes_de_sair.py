"""Entre decidir e enviar o mundo muda: o que deixou de valer não sai, e fica à vista com o motivo."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from clientes.models import Cliente
from contas.models import Empresa, Equipe, Usuario
from contas.pessoas import desativar
from notificacoes.antes_de_sair import por_que_nao_sai
from notificacoes.ao_cliente import enviar as enviar_ao_cliente
from notificacoes.caixa import REENVIAVEIS
from notificacoes.envio import enviar_pendentes
from notificacoes.models import ItemDeMensagem, Mensagem, RegraDeAviso
from notificacoes.recados import encerrar, enviar
from tests.conftest import SAO_PAULO
from tests.correio import Correio
from tests.notificacoes.regras_de_teste import DIA, VAGA, calcular, citados, regra, rodar, so_as_regras
from tests.notificacoes.test_recados import lembrete

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
TODOS = ["ligacao", "whatsapp", "visita", "email"]


@pytest.fixture
def decidida(empresa: Empresa, ana: Usuario, davi: Usuario, comprou: Any) -> Mensagem:
    """Ana será avisada de A1 e A2; a mensagem está escrita, e ainda não saiu."""
    so_as_regras(empresa)
    comprou("A1", ana, 60, razao_social="Casa Azul")
    comprou("A2", ana, 61, razao_social="Padaria Estrela")
    calcular(empresa)
    regra(empresa, davi, "sem_comprar", dias=30)
    assert rodar(empresa)["avisos"] == 1
    mensagem: Mensagem = Mensagem.objects.get()
    return mensagem


def cancelada(mensagem: Mensagem, motivo: str, correio: Correio) -> None:
    entrega = enviar_pendentes()
    assert (entrega.enviadas, entrega.canceladas) == (0, 1)
    mensagem.refresh_from_db()
    assert (mensagem.estado, mensagem.tentativas) == ("cancelada", 0)
    assert mensagem.erro.startswith(motivo)
    assert mensagem.estado not in REENVIAVEIS
    assert correio.caixa.recebidas == []
    assert set(enviar_pendentes().contagens().values()) == {0}, "não volta a ser olhada"


@pytest.mark.parametrize(
    ("mudanca", "motivo"),
    [
        ({"is_active": False}, "Ana Souza já não tem acesso"),
        ({"password": "!convidada de novo"}, "Ana Souza já não entra no Carteira"),
        ({"recebe_emails": False}, "Ana Souza deixou de receber e-mails"),
        ({"email": "ana.nova@exemplo.test"}, "O endereço de Ana Souza mudou"),
    ],
)
def test_a_quem_ja_nao_deve_receber(
    mudanca: dict[str, Any], motivo: str, decidida: Mensagem, ana: Usuario, correio: Correio
) -> None:
    Usuario.objects.filter(pk=ana.pk).update(**mudanca)
    cancelada(decidida, motivo, correio)
    assert not ItemDeMensagem.objects.exists(), "o que ninguém leu não conta como dito"


@pytest.mark.parametrize("mudanca", ["transferido", "em oposição"])
def test_do_cliente_que_a_pessoa_ja_nao_ve_ou_que_se_opos(
    mudanca: str, decidida: Mensagem, empresa: Empresa, ana: Usuario, carla: Usuario, correio: Correio
) -> None:
    """A mensagem inteira espera a noite seguinte, que a escreve só com os que ainda são dela."""
    campos = {"vendedor": carla} if mudanca == "transferido" else {"nao_contatar": TODOS}
    Cliente.objects.filter(codigo="A1").update(**campos)
    cancelada(decidida, "Cita um cliente fora da carteira de Ana Souza", correio)
    rodar(empresa, VAGA + DIA)
    assert citados(ana) == ["A2"]
    seguinte = Mensagem.objects.exclude(pk=decidida.pk).get(pessoa=ana)
    assert "Casa Azul" not in seguinte.texto + seguinte.html


def test_do_que_so_se_enlaca_tambem_se_confere(
    empresa: Empresa, ana: Usuario, carla: Usuario, novo_cliente: Any, correio: Correio
) -> None:
    """Quem virou inativo aparece no resumo sem decisão que o cite."""
    perdido = novo_cliente("A1", vendedor=ana, compras=[(VAGA - 185 * DIA, "900.00")])
    calcular(empresa, VAGA - 10 * DIA)
    calcular(empresa)
    assert rodar(empresa, desde=VAGA - 10 * DIA)["resumos"] == 1
    resumo = Mensagem.objects.get()
    assert not resumo.itens.exists()
    assert f"/clientes/{perdido.pk}/" in resumo.texto
    Cliente.objects.filter(pk=perdido.pk).update(vendedor=carla)
    cancelada(resumo, "Cita um cliente fora da carteira de Ana Souza", correio)


def test_do_que_a_regra_em_pausa_ja_tinha_escrito(
    decidida: Mensagem, empresa: Empresa, ana: Usuario, correio: Correio
) -> None:
    """Retomada, a noite seguinte o escreve outra vez: ninguém o tinha lido."""
    RegraDeAviso.objects.update(pausada=True)
    cancelada(decidida, "A regra que decidiu este aviso foi pausada", correio)
    RegraDeAviso.objects.filter(partida="").update(pausada=False)
    rodar(empresa, VAGA + DIA)
    assert citados(ana) == ["A1", "A2"]


def test_da_regra_de_partida_em_pausa(empresa: Empresa, ana: Usuario, comprou: Any, correio: Correio) -> None:
    comprou("A1", ana, 170)
    calcular(empresa)
    assert rodar(empresa)["resumos"] == 1
    RegraDeAviso.objects.filter(partida="volume").update(pausada=True)  # de outra, não tem a ver com este
    resumo = Mensagem.objects.get()
    assert por_que_nao_sai(resumo) == ""
    RegraDeAviso.objects.filter(partida="em_risco").update(pausada=True)
    cancelada(resumo, "A regra que decidiu este aviso foi pausada", correio)


def test_o_que_continua_valendo_sai(decidida: Mensagem, correio: Correio) -> None:
    assert enviar_pendentes().enviadas == 1
    assert len(correio.caixa.recebidas) == 1
    assert ItemDeMensagem.objects.filter(mensagem=decidida).count() == 2


def test_a_nova_tentativa_tambem_respeita_o_silencio(
    decidida: Mensagem, empresa: Empresa, correio: Correio
) -> None:
    """O servidor caiu às 19h e voltou às 21h: ela sai de manhã."""
    Empresa.objects.filter(pk=empresa.pk).update(silencio_de=time(20, 0), silencio_ate=time(7, 0))
    as_21, as_7 = (datetime(2026, 11, d, h, 0, tzinfo=SAO_PAULO) for d, h in ((20, 21), (21, 7)))
    assert set(enviar_pendentes(agora=as_21).contagens().values()) == {0}
    decidida.refresh_from_db()
    assert (decidida.estado, decidida.proxima_tentativa_em) == ("pendente", as_7)
    assert enviar_pendentes(agora=as_7).enviadas == 1


def test_recado_de_outro_dia_nao_sai_a_quem_se_desativou(
    ana: Usuario, bruno: Usuario, davi: Usuario, sul: Equipe, correio: Correio
) -> None:
    recado = lembrete(
        davi, surge_no_dia=VAGA + 3 * DIA, por_email=True, publico="contas", contas=[ana, bruno]
    )
    assert enviar(recado=recado, por=davi) == 2
    desativar(pessoa=ana, por=davi)
    entrega = enviar_pendentes(agora=datetime(2026, 11, 23, 7, 0, tzinfo=SAO_PAULO))
    assert (entrega.enviadas, entrega.canceladas) == (1, 1)
    assert [m["To"] for m in correio.caixa.recebidas] == [bruno.email]
    assert Mensagem.objects.get(pessoa=ana).erro == "Ana Souza já não tem acesso ao Carteira."


def test_recado_encerrado_no_meio_do_envio_nao_volta_a_sair(
    ana: Usuario, bruno: Usuario, sul: Equipe, correio: Correio
) -> None:
    """Encerrar só cancela o que espera: o que o servidor recusou por ora volta à fila depois."""
    recado = lembrete(bruno, por_email=True)
    enviar(recado=recado, por=bruno)
    Mensagem.objects.update(estado="enviando")
    encerrar(recado=recado, por=bruno)
    Mensagem.objects.update(estado="pendente")
    cancelada(Mensagem.objects.get(), "O recado já não vale", correio)


@pytest.mark.parametrize("quem", ["cliente", "quem escreveu"])
def test_ao_cliente_que_se_opos_enquanto_o_servidor_nao_respondia(
    quem: str, ana: Usuario, novo_cliente: Any, correio: Correio
) -> None:
    cliente = novo_cliente("C1", vendedor=ana, email="compras@cliente.test")
    mensagem = enviar_ao_cliente(
        cliente=cliente, para=cliente.email, assunto="Oi", texto="Oi", por=ana,
        chave="7d9f1b0e-0000-4000-8000-000000000002",
    )  # fmt: skip
    if quem == "cliente":
        Cliente.objects.filter(pk=cliente.pk).update(nao_contatar=["email"])
    else:
        Usuario.objects.filter(pk=ana.pk).update(is_active=False)
    entrega = enviar_pendentes(agora=timezone.now() + timedelta(minutes=1))
    assert (entrega.enviadas, entrega.canceladas) == (0, 1)
    mensagem.contato.refresh_from_db()
    assert mensagem.contato.desfeito_em is not None, "não houve contato"
    assert correio.caixa.recebidas == []
