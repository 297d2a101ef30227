"""Todo e-mail: assunto numa linha, texto e HTML que dizem o mesmo, e nada que venha de fora executa."""

import re
from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from contas.models import Empresa, Usuario
from notificacoes import emails
from notificacoes.models import Mensagem, TipoDeMensagem

pytestmark = pytest.mark.django_db
VAGA = date(2026, 11, 20)


def unica() -> Mensagem:
    mensagem: Mensagem = Mensagem.objects.get()
    assert "\n" not in mensagem.assunto
    assert len(mensagem.html.encode()) < 102 * 1024
    assert 'lang="pt-BR"' in mensagem.html
    assert "<script" not in mensagem.html
    assert "src=" not in mensagem.html  # nenhuma imagem de fora
    return mensagem


def test_convite_leva_um_enlace_que_define_a_senha(ana: Usuario, davi: Usuario) -> None:
    ana.set_unusable_password()
    ana.save()
    emails.convite(pessoa=ana, por=davi)
    mensagem = unica()
    assert mensagem.assunto == "Davi convidou você para o Carteira"
    assert "vale 3 dias" in mensagem.texto
    caminho = re.search(r"http://127\.0\.0\.1:8000(/senha/\S+)", mensagem.texto)
    assert caminho
    assert caminho[1] in mensagem.html
    resposta = Client().get(caminho[1])
    assert resposta.status_code == 302  # o enlace vale: leva à página de definir


def test_nova_senha_pelo_navegador_escreve_a_mensagem(ana: Usuario) -> None:
    resposta = Client().post(reverse("contas:senha_pedir"), {"email": "ana@exemplo.test"})
    assert resposta.status_code == 302
    mensagem = unica()
    assert (mensagem.tipo, mensagem.para) == (TipoDeMensagem.SENHA, "ana@exemplo.test")
    assert mensagem.assunto == "Defina outra senha no Carteira"


def test_nova_senha_para_quem_nao_existe_nao_escreve_nada(db: None) -> None:
    Client().post(reverse("contas:senha_pedir"), {"email": "ninguem@exemplo.test"})
    assert not Mensagem.objects.exists()


def test_rotina_adiada_conta_ate_quando_ha_pedidos(empresa: Empresa, davi: Usuario) -> None:
    emails.rotina_adiada(pessoas=[davi], empresa=empresa, pedidos_ate=date(2026, 11, 10), vaga=VAGA)
    assert (
        emails.rotina_adiada(pessoas=[davi], empresa=empresa, pedidos_ate=date(2026, 11, 10), vaga=VAGA) == 0
    )
    mensagem = unica()
    assert "o mais novo é de 10/11/2026" in mensagem.texto
    assert "10/11/2026" in mensagem.html


def test_nome_de_empresa_estranho_nao_vira_html(empresa: Empresa, davi: Usuario) -> None:
    empresa.nome = "<b>Silva</b> & Filhos"
    emails.rotina_falhou(pessoas=[davi], empresa=empresa, vaga=VAGA, erro="<img onerror=x>")
    mensagem = unica()
    assert mensagem.assunto == "A rotina de 20/11/2026 falhou em <b>Silva</b> & Filhos"
    assert "<b>Silva</b> & Filhos" in mensagem.texto
    assert "<b>Silva" not in mensagem.html
    assert "<img" not in mensagem.html


def test_falha_geral_nao_fala_de_empresa(davi: Usuario) -> None:
    emails.rotina_falhou(pessoas=[davi], empresa=None, vaga=VAGA, erro="avisos: erro")
    assert unica().assunto == "A rotina de 20/11/2026 falhou"


def test_teste_de_servidor(davi: Usuario) -> None:
    emails.teste_de_servidor(pessoa=davi, chave="1")
    assert "Funcionou, Davi" in unica().texto


ROTAS: dict[str, Any] = {
    "inicio": ("inicio", {}),
    "aviso": ("central:aviso", {"pk": 7}),
    "cliente": ("clientes:ficha", {"pk": 7}),
    "composicao": ("composicao:painel", {}),
    "rotinas": ("rotinas:lista", {}),
    "importar": ("importacao:enviar", {}),
    "perfil": ("contas:perfil", {}),
    "fila": ("fila:atender", {}),
    "retorno": ("retorno:pagina", {}),
    "um_clique": ("um_clique", {"token": "t-1"}),
    "senha": ("contas:senha_definir", {"uidb64": "u", "token": "t-1"}),
    "descadastrar": ("descadastrar", {"token": "t-1"}),
    "seguranca": ("seguranca:pagina", {}),
    "desbloquear": ("contas:desbloquear", {"token": "t-1"}),
}


@pytest.mark.parametrize("nome", ROTAS)
def test_os_caminhos_dos_emails_sao_os_das_paginas(nome: str) -> None:
    rota, partes = ROTAS[nome]
    esperado = settings.CAMINHOS_DOS_EMAILS[nome].format(id=7, uid="u", token="t-1")
    assert reverse(rota, kwargs=partes) == esperado


def test_o_caminho_da_agenda_da_equipe_abre_o_conjunto() -> None:
    assert settings.CAMINHOS_DOS_EMAILS["agenda_da_equipe"] == f"{reverse('agenda:lista')}?pessoa=todos"


@pytest.mark.parametrize("nome", ["contato", "whatsapp"])
def test_o_caminho_do_contato_e_o_da_pagina(nome: str) -> None:
    esperado = settings.CAMINHOS_DOS_EMAILS[nome].format(id=7)
    assert reverse(f"clientes:{nome}", args=[7]) == esperado
