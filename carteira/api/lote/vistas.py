"""Lotes: até 10.000 linhas de uma vez, pela mesma porta dos arquivos, com o que aconteceu a cada uma."""

import json
from collections.abc import Iterator
from datetime import date
from itertools import chain
from typing import Any, ClassVar

from django.http import HttpResponse
from django.urls import path
from django.utils import timezone
from rest_framework.parsers import BaseParser

from carteira.api.base import VistaDaApi
from carteira.api.idempotencia import uma_vez
from carteira.api.lote.documentos import documentar, endereco
from carteira.api.lote.lista import em_linhas, linhas_que_cabem
from carteira.api.permissoes import Decisao
from carteira.api.problemas import TIPO_DE_CONTEUDO, Problema, corpo
from carteira.lotes import (
    MAXIMO_DE_BYTES,
    Corpo,
    CorpoGrande,
    Lote,
    OutraEmCurso,
    Relato,
    carregar,
    corpo_grande,
    guardar,
)
from clientes.importacao.por_linha import LinhaJulgada, SituacaoDaLinha
from clientes.importacao.recusa import ArquivoRecusado
from clientes.importacao.tipos import TIPOS
from contas.escopo import empresas_de
from contas.models import Empresa, Escopo
from contas.papeis import Permissao

LISTA = "application/json"
FORMATOS = {
    "application/x-ndjson": "jsonl", "application/jsonl": "jsonl", LISTA: "jsonl", "text/csv": "csv",
}  # fmt: skip
MODOS = ("tudo-ou-nada", "parcial")
_PARAMETROS = {"empresa", "modo", "simular", "linhas"}
_PEDACO = 1 << 16


class NaoSeLeAqui(BaseParser):
    """O corpo é lido aos pedaços pela vista; o framework só sabe que o formato se aceita."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return None


class VistaDeLote(VistaDaApi):
    """Um lote de linhas de um tipo."""

    tipo: ClassVar[str]
    decisoes = {"post": Decisao(Permissao.IMPORTAR, Escopo.LOTE)}
    parser_classes = (NaoSeLeAqui,)

    def post(self, request: Any) -> Any:
        lote = self._lote(request)
        guardado = _receber(request)
        ficou = False
        try:
            resposta, ficou = self._atender(request, guardado, lote)
        finally:
            if not ficou:
                guardado.apagar()
        return resposta

    def _atender(self, request: Any, guardado: Corpo, lote: Lote) -> tuple[Any, bool]:
        gravadas: list[Relato] = []

        def fazer() -> HttpResponse:
            relato = _carregar(guardado, lote, timezone.localdate())
            if relato.importacao is not None:
                gravadas.append(relato)
            return _responder(request, relato, lote)

        if lote.simular:  # nada muda: repetir é simular de novo
            return fazer(), False
        return uma_vez(request, f"{lote.formato} {guardado.sha256}", fazer), bool(gravadas)

    def _lote(self, request: Any) -> Lote:
        recebidos = request.query_params
        if outros := sorted(set(recebidos) - _PARAMETROS):
            raise Problema(
                400, "Confira os parâmetros.", {n: ["Este parâmetro não existe aqui."] for n in outros}
            )
        modo = recebidos.get("modo", MODOS[0])
        _escolher("modo", modo, MODOS)
        _escolher("simular", recebidos.get("simular", "0"), ("0", "1"))
        _escolher("linhas", recebidos.get("linhas", "todas"), ("todas", "rejeitadas"))
        tipo_do_corpo = _tipo_do_corpo(request)
        if tipo_do_corpo not in FORMATOS:
            raise Problema(
                415,
                "Mande JSON Lines (application/x-ndjson), CSV (text/csv) ou uma lista JSON (application/json).",
            )
        return Lote(
            tipo=self.tipo,
            empresa=empresa_pedida(request),
            por=request.user,
            formato=FORMATOS[tipo_do_corpo],
            parcial=modo == "parcial",
            simular=recebidos.get("simular") == "1",
        )


def _escolher(nome: str, valor: str, opcoes: tuple[str, ...]) -> None:
    if valor not in opcoes:
        raise Problema(400, f"Confira: {nome}.", {nome: [f"Use {' ou '.join(opcoes)}."]})


def empresa_pedida(request: Any) -> Empresa:
    """A de `?empresa=`; sem ela, a única que a pessoa tem."""
    minhas = empresas_de(request.user).order_by("pk")
    codigo = request.query_params.get("empresa", "")
    if codigo:
        achada = None if "\x00" in codigo else minhas.filter(codigo=codigo).first()
        if achada is None:
            raise Problema(404, "A empresa não existe, ou não está entre as suas.")
        return achada
    todas = list(minhas[:2])
    if len(todas) != 1:
        raise Problema(400, "Confira: empresa.", {"empresa": ["Diga de que empresa é: ?empresa=código."]})
    return todas[0]


def _receber(request: Any) -> Corpo:
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > MAXIMO_DE_BYTES:
            raise corpo_grande()
        guardado = guardar(_do_formato(_tipo_do_corpo(request), _pedacos(request)))
    except CorpoGrande as erro:
        raise Problema(413, str(erro)) from None
    if not guardado.tamanho:
        guardado.apagar()
        raise Problema(400, "O corpo está vazio: mande uma linha por objeto.")
    return guardado


def _do_formato(tipo: str, pedacos: Iterator[bytes]) -> Iterator[bytes]:
    if tipo == LISTA:
        return em_linhas(pedacos)
    primeiro = next(pedacos, b"")
    todos = chain((primeiro,) if primeiro else (), pedacos)
    # Quem importa decide pelo conteúdo: JSON Lines dito CSV é lido como JSON Lines.
    em_json = FORMATOS[tipo] == "jsonl" or primeiro.lstrip(b"\xef\xbb\xbf \t\r\n\v\f").startswith(b"{")
    return linhas_que_cabem(todos) if em_json else todos


def _tipo_do_corpo(request: Any) -> str:
    return (request.content_type or "").split(";")[0].strip().lower()


def _pedacos(request: Any) -> Iterator[bytes]:
    while pedaco := request._request.read(_PEDACO):
        yield pedaco


def _carregar(guardado: Corpo, lote: Lote, hoje: date) -> Relato:
    try:
        _primeira_linha(guardado, lote)
        return carregar(guardado, lote, hoje=hoje)
    except CorpoGrande as erro:
        raise Problema(413, str(erro)) from None
    except ArquivoRecusado as recusa:
        raise Problema(400, str(recusa)) from None
    except OutraEmCurso as erro:
        raise Problema(503, str(erro)) from None


def _primeira_linha(guardado: Corpo, lote: Lote) -> None:
    """Pelo conteúdo se acha o formato; o que se disse JSON e não começa por um objeto nem se tenta."""
    if lote.formato != "jsonl":
        return
    with guardado.caminho.open("rb") as arquivo:
        escritas = ((n, li) for n, li in enumerate(arquivo, 1) if li.strip(b"\xef\xbb\xbf \t\r\n"))
        numero, linha = next(escritas, (1, b""))
    try:
        lida = json.loads(linha.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        lida = None
    if not isinstance(lida, dict):
        raise Problema(
            400, f"Linha {numero}: não é um objeto JSON inteiro. Mande um objeto por linha, em UTF-8."
        )


def _responder(request: Any, relato: Relato, lote: Lote) -> HttpResponse:
    so_rejeitadas = request.query_params.get("linhas") == "rejeitadas"
    dados = resumo_do(relato, lote) | {
        "linhas": [
            linha_em_json(li)
            for li in relato.linhas
            if not so_rejeitadas or li.situacao == SituacaoDaLinha.REJEITADA
        ]
    }
    recusado = not lote.simular and relato.importacao is None
    if recusado:
        rejeitadas = f"{relato.resultado.rejeitadas} linha(s) rejeitada(s)"
        detalhe = f"{rejeitadas}, e nada foi gravado. Conserte-as, ou mande modo=parcial."
        dados = corpo(422, detalhe, pedido=request) | dados
    return HttpResponse(
        json.dumps(dados, ensure_ascii=False, separators=(",", ":")),
        status=422 if recusado else 200,
        content_type=TIPO_DE_CONTEUDO if recusado else "application/json",
    )


def resumo_do(relato: Relato, lote: Lote) -> dict[str, Any]:
    """As contas do lote; num recusado por inteiro, o que cada linha seria."""
    contagem = dict.fromkeys(SituacaoDaLinha, 0)
    for linha in relato.linhas:
        contagem[SituacaoDaLinha(linha.situacao)] += 1
    return {
        "gravado": relato.importacao is not None,
        "simulado": lote.simular,
        "importacao": relato.importacao.pk if relato.importacao else None,
        "recebidas": len(relato.linhas),
        "novas": contagem[SituacaoDaLinha.NOVA],
        "atualizadas": contagem[SituacaoDaLinha.ATUALIZADA],
        "inalteradas": contagem[SituacaoDaLinha.INALTERADA],
        "rejeitadas": contagem[SituacaoDaLinha.REJEITADA],
        "avisos": list(relato.resultado.avisos),
    }


def linha_em_json(linha: LinhaJulgada) -> dict[str, Any]:
    dita: dict[str, Any] = {"linha": linha.linha, "chave": linha.chave, "situacao": linha.situacao}
    if linha.situacao == SituacaoDaLinha.REJEITADA:
        dita |= {"coluna": linha.coluna, "valor": linha.valor, "motivo": linha.motivo}
    elif linha.motivo:
        dita |= {"motivo": linha.motivo}
    return dita


def _vista(tipo: str) -> Any:
    """Uma vista por tipo: cada uma com o seu nome, o seu exemplo e as suas colunas no esquema."""
    classe = type(
        f"LoteDe{tipo.capitalize()}", (VistaDeLote,), {"tipo": tipo, "__doc__": VistaDeLote.__doc__}
    )
    return documentar(tipo)(classe).as_view()


urlpatterns = [path(f"{endereco(tipo)}/lote", _vista(tipo), name=f"lote_{tipo}") for tipo in TIPOS]
