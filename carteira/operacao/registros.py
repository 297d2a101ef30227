"""Os registros: uma linha JSON por coisa que acontece (em desenvolvimento, texto), e nenhum dado pessoal.

O que identifica alguém não entra: o endereço pedido vira o nome da rota, a pessoa vira o número dela. O texto de um
erro, que vem do banco ou de uma biblioteca e pode citar o que quiser, passa antes por `limpar`.
"""

import logging
import re
import sys
import traceback
from typing import Any

import structlog

OCULTO = "‹oculto›"
_LIMPEZA = (
    # a senha dentro de um endereço de banco, de fila ou de e-mail
    (re.compile(r"(//[^:/@\s]*:)[^@/\s]+@"), rf"\1{OCULTO}@"),
    # o PostgreSQL cita a linha inteira que recusou
    (re.compile(r"(Key \([^)]*\)=)\(.*?\)(?= |$)"), rf"\1({OCULTO})"),
    (re.compile(r"(Failing row contains )\(.*?\)\.", re.DOTALL), rf"\1({OCULTO})."),
    (re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+"), OCULTO),
    # enlaces pessoais: o segredo é o caminho
    (re.compile(r"(/(?:senha|calendario|descadastrar|um-clique|um_clique|comecar)/)\S+"), rf"\1{OCULTO}"),
    (re.compile(r"\?\S+=\S*"), f"?{OCULTO}"),
    (
        re.compile(r"(?i)(senha|password|token|secret|segredo|authorization)(['\"]?\s*[=:]\s*)\S+"),
        rf"\1\2{OCULTO}",
    ),
    # CNPJ (que desde 2026 leva letras), CPF e telefones, com ou sem máscara
    (re.compile(r"\b[0-9A-Z]{2}\.?[0-9A-Z]{3}\.?[0-9A-Z]{3}/?[0-9A-Z]{4}-?\d{2}\b"), OCULTO),
    (re.compile(r"\b\d{3}\.?\d{3}\.?\d{3}-?\d{2}\b"), OCULTO),
    (re.compile(r"(?:\+55 ?)?\(?\b\d{2}\)? ?9?\d{4}-?\d{4}\b"), OCULTO),
)


def limpar(texto: str) -> str:
    """O mesmo texto sem o que possa identificar alguém ou abrir uma porta."""
    for padrao, troca in _LIMPEZA:
        texto = padrao.sub(troca, texto)
    return texto


def _em_portugues(_registrador: Any, _metodo: str, evento: dict[str, Any]) -> dict[str, Any]:
    """O que aconteceu primeiro; nomes de campos da casa."""
    nomes = {"timestamp": "em", "level": "nivel", "logger": "quem", "event": "evento"}
    ordenado = {novo: evento.pop(antigo) for antigo, novo in nomes.items() if antigo in evento}
    ordenado["evento"] = limpar(str(ordenado.get("evento", "")))
    ordenado |= {chave: limpar(valor) if chave == "erro" else valor for chave, valor in evento.items()}
    return ordenado


def _erro_sem_dados(_registrador: Any, _metodo: str, evento: dict[str, Any]) -> dict[str, Any]:
    """Do erro, o tipo, o texto limpo e por onde passou: nem variáveis nem linhas de código."""
    informacao = evento.pop("exc_info", None)
    if informacao is True:
        informacao = sys.exc_info()
    if isinstance(informacao, BaseException):
        informacao = (type(informacao), informacao, informacao.__traceback__)
    if informacao and informacao[1] is not None:
        tipo, erro, passos = informacao
        evento["erro"] = f"{tipo.__name__}: {erro}"[:2000]
        evento["onde"] = [f"{q.filename}:{q.lineno} {q.name}" for q in traceback.extract_tb(passos)[-25:]]
    evento.pop("exception", None)
    return evento


def _em_texto(_registrador: Any, _metodo: str, evento: dict[str, Any]) -> str:
    """Hora, nível, quem e o quê, e depois os campos: para ler num terminal."""
    cabeca = " ".join(str(evento.pop(nome, "")) for nome in ("em", "nivel", "quem", "evento"))
    onde = evento.pop("onde", [])
    campos = " ".join(f"{chave}={valor}" for chave, valor in evento.items())
    return "\n    ".join([f"{cabeca} {campos}".rstrip(), *onde])


_ANTES = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def formatador(modo: str = "texto") -> logging.Formatter:
    """O de `LOGGING`: serve aos registros da casa e aos das bibliotecas; liga o structlog ao `logging`."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_ANTES,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    desenhar = structlog.processors.JSONRenderer(ensure_ascii=False) if modo == "json" else _em_texto
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=list(_ANTES),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _erro_sem_dados,
            _em_portugues,
            desenhar,
        ],
    )
