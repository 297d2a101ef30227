"""Tentativas contra uma pessoa vindas de muitos endereços: esperam cada vez mais, e ninguém a tranca fora."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from carteira import bloqueios
from carteira.conhecidos import marca
from contas.models import Contagem, RegistroDeAuditoria, Usuario
from notificacoes.models import Mensagem
from tests.conftest import SENHA
from tests.web.test_dois_passos import entrou

pytestmark = pytest.mark.django_db
_ENDERECOS = count(1)


def de_outro_lugar() -> Client:
    """Um endereço que nunca tentou: nada tem com ele o limite de cada endereço."""
    numero = next(_ENDERECOS)
    return Client(REMOTE_ADDR=f"198.51.{numero // 250}.{numero % 250 + 1}")


def tentar(nome: str, senha: str = "errada", navegador: Client | None = None) -> Any:
    return (navegador or de_outro_lugar()).post("/entrar/", {"username": nome, "password": senha})


def atacar(nome: str, vezes: int = bloqueios.LIVRES) -> None:
    for _ in range(vezes):
        assert tentar(nome).status_code == 200


@pytest.fixture
def relogio() -> Iterator[Any]:
    with time_machine.travel(timezone.now(), tick=False) as viajante:
        yield viajante


def test_a_espera_cresce_ate_quinze_minutos_e_a_recusada_nao_a_faz_crescer(
    ana: Usuario, relogio: Any
) -> None:
    atacar(ana.email)
    esperas = []
    for _ in range(7):
        recusada = tentar(ana.email.upper(), SENHA)
        assert recusada.status_code == 429
        assert tentar(ana.email, SENHA)["Retry-After"] == recusada["Retry-After"]
        esperas.append(int(recusada["Retry-After"]))
        relogio.shift(timedelta(seconds=esperas[-1]))
        assert tentar(ana.email).status_code == 200
    assert esperas == [60, 120, 240, 480, 900, 900, 900]
    relogio.shift(timedelta(seconds=901))
    assert tentar(ana.email, SENHA).status_code == 302
    relogio.shift(timedelta(hours=25))
    atacar(ana.email, 3)  # um dia depois, as de antes estão esquecidas


@pytest.mark.parametrize("larga_primeiro", [True, False])
def test_a_letra_larga_e_a_comum_sao_a_mesma_pessoa(ana: Usuario, larga_primeiro: bool) -> None:
    """A entrada as lê iguais: uma não dá outras dez tentativas à outra."""
    larga = ana.email.replace("a", "\uff41")
    nomes = (larga, ana.email) if larga_primeiro else (ana.email, larga)
    atacar(nomes[0])
    assert [tentar(nome, SENHA).status_code for nome in nomes] == [429, 429]
    assert Contagem.objects.filter(chave__startswith="entrada:").count() == 1


def test_quem_nao_existe_espera_o_mesmo_e_nada_se_guarda_do_que_se_digitou(ana: Usuario) -> None:
    paginas = []
    for nome in (ana.email, "ninguem@exemplo.test"):
        atacar(nome)
        recusada = tentar(nome, SENHA)
        assert recusada.status_code == 429
        texto = re.sub(r"[A-Za-z0-9]{64}", "", recusada.content.decode())
        paginas.append(texto.replace(nome, "…"))
    assert paginas[0] == paginas[1]
    assert "espera 1 minuto" in paginas[0]
    assert "exemplo" not in str(list(Contagem.objects.values()))


def test_quem_ja_entrou_neste_navegador_entra_com_o_ataque_em_curso(ana: Usuario, carla: Usuario) -> None:
    dela, de_outra = de_outro_lugar(), de_outro_lugar()
    assert tentar(ana.email, SENHA, dela).status_code == 302
    assert tentar(carla.email, SENHA, de_outra).status_code == 302
    dela.post("/sair/")
    de_outra.post("/sair/")
    atacar(ana.email)
    assert tentar(ana.email, SENHA, de_outra).status_code == 429  # conhece Carla, não Ana
    plantado = de_outro_lugar()
    plantado.cookies["conhecido"] = dela.cookies["conhecido"].value[:-2] + "xx"
    assert tentar(ana.email, SENHA, plantado).status_code == 429
    assert tentar(ana.email, SENHA, dela).status_code == 302
    assert entrou(dela)


def test_o_navegador_conhecido_tem_as_suas_tentativas_e_elas_acabam(ana: Usuario) -> None:
    roubado = de_outro_lugar()
    tentar(ana.email, SENHA, roubado)
    roubado.post("/sair/")
    cookie = roubado.cookies["conhecido"].value
    for _ in range(2 * bloqueios.LIVRES):
        cada = de_outro_lugar()
        cada.cookies["conhecido"] = cookie
        assert tentar(ana.email, "errada", cada).status_code == 200
    ultimo = de_outro_lugar()
    ultimo.cookies["conhecido"] = cookie
    assert tentar(ana.email, SENHA, ultimo).status_code == 429


@pytest.mark.usefixtures("relogio")
def test_no_navegador_conhecido_os_pedidos_juntos_nao_passam_do_limite(
    ana: Usuario, rf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Todos leem a conta antes de qualquer um a mudar: quem decide é a própria contagem."""
    monkeypatch.setattr("contas.contagens.quantas", lambda chave: 0)
    monkeypatch.setattr("carteira.conhecidos.conhece", lambda request, de: "navegador")
    esperas = [bloqueios.espera(rf.post("/entrar/"), ana.email) for _ in range(2 * bloqueios.LIVRES + 3)]
    assert esperas == [0] * 2 * bloqueios.LIVRES + [60] * 3


@pytest.mark.parametrize("por", ["desbloqueio", "senha nova"])
def test_num_navegador_novo_o_email_abre_a_entrada_mesmo_que_continuem_tentando(
    por: str, ana: Usuario, relogio: Any
) -> None:
    from tests.web.test_acesso import enlace

    atacar(ana.email)
    novo, senha = de_outro_lugar(), SENHA
    if por == "desbloqueio":
        novo.post("/desbloquear/", {"email": ana.email})
        texto = Mensagem.objects.get(pessoa=ana).texto
        caminho = re.search(r"http://127\.0\.0\.1:8000(/desbloquear/\S+)", texto)[1]
        assert novo.post(caminho).status_code == 302
    else:
        senha = "uma frase bem longa"
        destino = novo.get(enlace(ana), follow=True).redirect_chain[-1][0]
        novo.post(destino, {"new_password1": senha, "new_password2": senha})
    atacar(ana.email)
    assert tentar(ana.email, senha).status_code == 429
    assert tentar(ana.email, senha, novo).status_code == 302


def test_o_admin_ve_e_abre(ana: Usuario, davi: Usuario, entrar: Any) -> None:
    atacar(ana.email)
    admin = entrar(davi)
    assert "Entrada fechada" in admin.get(f"/pessoas/{ana.pk}/").content.decode()
    admin.post(f"/pessoas/{ana.pk}/desbloquear/")
    assert tentar(ana.email, SENHA).status_code == 302


def test_as_falhas_se_contam_e_as_de_ninguem_ficam_por_endereco(ana: Usuario) -> None:
    """Uma linha por minuto e pessoa, que diz quantas já foram; do que não é de ninguém, só de onde veio."""
    for _ in range(3):
        tentar(ana.email)
    cache.delete(f"falha-de-entrada:{ana.pk}")  # passou o minuto: o relógio do Redis não é o do teste
    tentar(ana.email)
    estranho = de_outro_lugar()
    for _ in range(2):
        tentar("minha-senha-secreta", navegador=estranho)
    cache.delete(f"falha-de-ninguem:{marca(estranho.defaults['REMOTE_ADDR'])}")
    tentar("outro@exemplo.test", navegador=estranho)
    falhas = RegistroDeAuditoria.objects.filter(acao="falha ao entrar").order_by("pk")
    assert [(f.objeto, f.depois["tentativas em 24 h"]) for f in falhas] == [
        ("Ana Souza", 1),
        ("Ana Souza", 4),
        ("E-mail que não é de ninguém", 1),
        ("E-mail que não é de ninguém", 3),
    ]
    assert {f.endereco for f in falhas[2:]} == {estranho.defaults["REMOTE_ADDR"]}
    assert "secreta" not in str(list(RegistroDeAuditoria.objects.values()))


def test_quem_troca_de_endereco_a_vontade_nao_enche_a_auditoria(
    ana: Usuario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Em IPv6 conta-se a rede; e, das redes todas, só tantas por hora: a última diz que não se escrevem mais."""
    monkeypatch.setattr("carteira.acessos._DE_NINGUEM_POR_HORA", 3)
    da_mesma_rede = [f"2001:db8:0:1::{n}" for n in (1, 2, 3)]
    for endereco in (*da_mesma_rede, "2001:db8:0:2::1", "198.51.100.1", "198.51.100.2", "198.51.100.3"):
        tentar("ninguem@exemplo.test", navegador=Client(REMOTE_ADDR=endereco))
    tentar(ana.email)  # a de quem existe continua a escrever-se
    falhas = RegistroDeAuditoria.objects.filter(acao="falha ao entrar").order_by("pk")
    assert [(f.objeto, f.endereco, "daqui em diante" in f.depois) for f in falhas[:3]] == [
        ("E-mail que não é de ninguém", "2001:db8:0:1::1", False),
        ("E-mail que não é de ninguém", "2001:db8:0:2::1", False),
        ("E-mail que não é de ninguém", "198.51.100.1", True),
    ]
    assert [f.objeto for f in falhas[3:]] == ["Ana Souza"]
