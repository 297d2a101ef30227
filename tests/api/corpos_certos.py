"""Um corpo que dá certo para cada escrita da API: é com ele que se prova que a operação se alcança de verdade."""

from collections.abc import Callable
from typing import Any

from carteira.api.lote.documentos import endereco
from clientes.importacao.tipos import TIPOS
from clientes.models import Cliente, Contato, Ocorrencia, Pedido
from tests.web.cenario_do_passeio import Cenario

_DO_CLIENTE = frozenset(
    ("razao_social", "cpf_cnpj", "municipio", "uf", "cep", "segmento", "telefone", "email")
)
_PEDIDO = {"cliente_codigo": "PROPRIO1", "data": "2026-11-18", "valor": "358,80", "situacao": "faturado"}
_CADASTRO = {
    "razao_social": "Próprio Ltda", "nome_fantasia": "", "documento": "", "cidade": "", "uf": "", "cep": "",
    "segmento": None, "porte": "", "perfil": "", "categoria": "cliente", "telefone": "", "email": "", "observacao": "",
    "potencial_mensal": None, "nao_contatar": [], "fora_do_perfil": False,
}  # fmt: skip


def _proprio(cenario: Cenario) -> Cliente:
    return Cliente.objects.get(pk=cenario.proprios["davi"]["cliente"])


def _contato(cenario: Cenario) -> dict[str, Any]:
    ocorrencia = Ocorrencia.objects.filter(pede_objecao=False).earliest("pk")
    return {"cliente": _proprio(cenario).pk, "canal": "ligacao", "ocorrencia": ocorrencia.pk}


def _marcado(cenario: Cenario) -> dict[str, Any]:
    return {"cliente": _proprio(cenario).pk, "em": "2026-11-27", "tipo": "ligacao"}


CORPOS: dict[str, Callable[[Cenario], Any]] = {
    "POST agenda/": _marcado,
    "PUT agenda/{id}/": lambda _: {"em": "2026-11-30", "tipo": "visita"},
    "PATCH agenda/{id}/": lambda _: {"nota": "Levar a tabela"},
    "POST clientes/": lambda _: {"codigo": "NOVO1", "razao_social": "Nova Ltda"},
    "PUT clientes/{id}/": lambda _: _CADASTRO,
    "PATCH clientes/{id}/": lambda _: {"perfil": "Ouro"},
    "POST contatos/": _contato,
    "PATCH contatos/{id}/": lambda _: {"em_aberto": True},
    "DELETE contatos/{id}/": lambda _: None,
    "POST pedidos/": lambda _: {"numero": "NOVO-1", **_PEDIDO},
    "PUT pedidos/{id}/": lambda _: _PEDIDO,
    "PATCH pedidos/{id}/": lambda _: {"valor": "12,50"},
    "POST rodadas/": lambda cenario: {"empresa": cenario.empresa.codigo},
    **{f"POST {endereco(tipo)}/lote": lambda cenario, tipo=tipo: [_linha(tipo, cenario)] for tipo in TIPOS},
}


def _linha(tipo: str, cenario: Cenario) -> dict[str, Any]:
    """A do modelo que se baixa, com o cliente e o pedido que há."""
    linha = {campo.nome: campo.exemplo for campo in TIPOS[tipo].leiaute}
    if "cliente_codigo" in linha:
        linha |= {"cliente_codigo": "PROPRIO1"}
        linha = {n: v for n, v in linha.items() if tipo == "pessoas" or n not in _DO_CLIENTE}
    if tipo in {"itens", "notas"}:
        linha["pedido_numero"] = Pedido.objects.filter(cliente=_proprio(cenario)).earliest("pk").numero
    return linha


def corpo_certo(nome: str, cenario: Cenario) -> Any:
    """O de `POST /api/v1/agenda/`; `KeyError` para uma escrita que ainda não o tem."""
    return CORPOS[nome.replace("/api/v1/", "")](cenario)


def numero_certo(nome: str, numero: int, cenario: Cenario) -> int:
    """O do objeto do cenário; só quem registrou um contato o desfaz, e Davi registra este."""
    if not nome.startswith("DELETE"):
        return numero
    dados = _contato(cenario)
    feito = Contato.objects.create(
        cliente_id=dados["cliente"], canal=dados["canal"], ocorrencia_id=dados["ocorrencia"],
        atendente=cenario.pessoa("davi"),
    )  # fmt: skip
    return int(feito.pk)
