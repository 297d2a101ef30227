"""O que vai no corpo do pedido também é do escopo: números de outros e campos a mais não fazem nada."""

from typing import Any

import pytest

from clientes.models import Campanha, Segmento
from contas.models import Empresa
from tests.conftest import HOJE, criar_pessoa, por_na_equipe
from tests.web.test_passeio import retrato_do_banco

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


@pytest.fixture
def casa(ana: Any, bruno: Any, carla: Any, davi: Any, norte: Any, novo_cliente: Any) -> dict[str, Any]:
    """Um cliente de Ana, um de Carla (outra equipe) e uma empresa que Davi não administra."""
    outra = Empresa.objects.create(codigo="2", nome="Filial")
    rita = criar_pessoa("Rita Alheia", outra)
    por_na_equipe(rita, norte)
    return {
        "ana": ana.pk,
        "carla": carla.pk,
        "rita": rita.pk,
        "norte": norte.pk,
        "outra": outra.pk,
        "meu": novo_cliente("A1", vendedor=ana).pk,
        "dela": novo_cliente("C1", vendedor=carla).pk,
        "de_la": novo_cliente("R1", vendedor=rita, empresa=outra).pk,
        "campanha": Campanha.objects.create(empresa=outra, nome="Deles", inicio=HOJE).pk,
        "segmento": Segmento.objects.create(empresa=outra, nome="Deles").pk,
    }


# Quem, para onde e com o quê; o que está entre chaves é o número de alguém.
PEDIDOS: dict[str, tuple[str, str, dict[str, str]]] = {
    "agendar com cliente de outra": (
        "ana",
        "/clientes/lote/agendar/",
        {"cliente": "{dela}", "em": "2026-11-25", "tipo": "ligacao"},
    ),
    "e-mail a cliente de outra": (
        "ana",
        "/clientes/lote/email/",
        {"cliente": "{dela}", "assunto": "a", "texto": "b", "chave": "6f1b7a52-8d0c-4a0e-9a41-3f8b1c2d7e90"},
    ),
    "transferir cliente de outra equipe": (
        "bruno",
        "/carteiras/transferir/",
        {"cliente": "{dela}", "para": "{ana}", "motivo": "m", "destino": "pessoas"},
    ),
    "passar o meu a outra equipe": (
        "bruno",
        "/clientes/{meu}/transferir/",
        {"para": "{carla}", "em": "2026-11-20", "motivo": "m"},
    ),
    "passar o meu a outra empresa": (
        "davi",
        "/clientes/{meu}/transferir/",
        {"para": "{rita}", "em": "2026-11-20", "motivo": "m"},
    ),
    "em lote a outra equipe": (
        "bruno",
        "/carteiras/transferir/",
        {"cliente": "{meu}", "para": "{carla}", "motivo": "m", "destino": "pessoas"},
    ),
    "férias de quem não gere": (
        "bruno",
        "/carteiras/ferias/nova/",
        {"ausente": "{carla}", "substituto": "{ana}", "de": "2026-12-01", "ate": "2026-12-05"},
    ),
    "lista na empresa de outros": (
        "davi",
        "/listas/nova/",
        {
            "empresa": "{outra}",
            "nome": "L",
            "finalidade": "outra",
            "tipo": "congelada",
            "de": "2026-11-20",
            "cliente": "{meu}",
        },
    ),
    "recado a quem não gere": (
        "bruno",
        "/recados/novo/",
        {"especie": "lembrete", "titulo": "t", "texto": "x", "publico": "contas", "contas": "{carla}"},
    ),
    "plano de cliente de outra": (
        "bruno",
        "/credito/planos/novo/?cliente={dela}",
        {"titulo": "t", "dono": "{ana}", "prazo": "2026-12-01"},
    ),
    "visão na equipe de outros": (
        "bruno",
        "/clientes/visoes/nova/",
        {"nome": "v", "equipe": "{norte}", "consulta": ""},
    ),
    "importar na empresa de outros": ("davi", "/importar/", {"tipo": "clientes", "empresa": "{outra}"}),
    "webhook na empresa de outros": (
        "davi",
        "/webhooks/novo/",
        {"empresa": "{outra}", "nome": "w", "url": "https://exemplo.com/x", "eventos": "webhook.teste"},
    ),
    "contato com campanha de outros": (
        "ana",
        "/clientes/{meu}/contato/",
        {"canal": "ligacao", "campanha": "{campanha}"},
    ),
    "segmento de outros": (
        "bruno",
        "/clientes/{meu}/editar/",
        {"razao_social": "Cliente A1", "segmento": "{segmento}"},
    ),
    "meta de quem não gere": ("bruno", "/painel/metas/", {"pessoa": "{carla}", "meta_{carla}": "10"}),
    "desativar passando a outra empresa": (
        "davi",
        "/pessoas/{ana}/desativar/",
        {"modo": "pessoas", "destinos": "{rita}"},
    ),
}


@pytest.mark.parametrize("pedido", PEDIDOS)
def test_o_que_vai_no_corpo_tambem_e_do_escopo(pedido: str, casa: Any, entrar: Any, request: Any) -> None:
    quem, caminho, corpo = PEDIDOS[pedido]
    navegador = entrar(request.getfixturevalue(quem))
    antes = retrato_do_banco()
    dados = {nome.format(**casa): valor.format(**casa) for nome, valor in corpo.items()}
    resposta = navegador.post(caminho.format(**casa), dados)
    assert resposta.status_code in {200, 302, 400, 403, 404, 422}
    assert retrato_do_banco() == antes, resposta.status_code


def test_campo_a_mais_no_cadastro_e_ignorado(casa: Any, ana: Any, entrar: Any) -> None:
    """Do formulário só se lê o que o papel muda: dono, equipe, limite e bloqueio mandados junto não entram."""
    from clientes.models import Cliente

    cliente = Cliente.objects.get(pk=casa["meu"])
    a_mais = {
        "vendedor": casa["carla"],
        "equipe": casa["norte"],
        "empresa": casa["outra"],
        "codigo": "X",
        "razao_social": "Y",
        "limite_credito": "999999",
        "bloqueado": "on",
        "nao_contatar": "email",
        "encerrado_em": "2026-01-01",
        "erp": "{}",
    }
    resposta = entrar(ana).post(
        f"/clientes/{cliente.pk}/editar/", {"telefone": "", "email": "", "perfil": "Ouro", **a_mais}
    )
    assert resposta.status_code == 302
    depois = Cliente.objects.get(pk=cliente.pk)
    assert depois.perfil == "Ouro"
    for campo in a_mais:
        assert getattr(depois, campo) == getattr(cliente, campo), campo


def test_o_administrador_de_uma_empresa_nao_da_acesso_a_outra(
    casa: Any, davi: Any, ana: Any, entrar: Any
) -> None:
    dados = {
        "nome": "Nova Pessoa",
        "email": "nova@exemplo.test",
        "papel": "admin",
        "tipo": "externo",
        f"empresa_{casa['outra']}": "on",
        "is_superuser": "1",
        "equipe_desde": f"{HOJE}",
    }
    entrar(davi).post("/pessoas/nova/", dados)
    from contas.models import Usuario

    nova = Usuario.objects.filter(email="nova@exemplo.test").first()
    assert nova is None or not nova.is_superuser
    assert nova is None or not nova.vinculos.filter(empresa=casa["outra"]).exists()
