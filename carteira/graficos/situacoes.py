"""Nomes, formas e classes das quatro situações: forma e palavra antes da cor."""

from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe

from atividade.rotulos import NOMES as NOMES
from atividade.rotulos import PLURAIS as PLURAIS
from carteira.marcacao import format_html

ORDEM = ("ativo", "quase_inativo", "inativo", "prospect")
PREENCHIMENTOS = {
    "ativo": "var(--ativo-cheio)",
    "quase_inativo": "url(#h-quase)",
    "inativo": "url(#h-inativo)",
    "prospect": "var(--prospect-cheio)",
}
_TRACO = 'fill="none" stroke="currentColor" stroke-width="1.6"'
_DESENHOS = {
    "ativo": '<circle cx="6" cy="6" r="5" fill="currentColor"/>',
    "quase_inativo": f'<circle cx="6" cy="6" r="4.6" {_TRACO}/>'
    '<path d="M6 1.4a4.6 4.6 0 0 0 0 9.2z" fill="currentColor"/>',
    "inativo": f'<circle cx="6" cy="6" r="4.6" {_TRACO} stroke-dasharray="2.6 1.5"/>',
    "prospect": f'<path d="M6 1 11 6 6 11 1 6z" {_TRACO} stroke-linejoin="round"/>',
}


_CLASSES = {**{s: s for s in ORDEM}, "quase_inativo": "quase"}


def chave(status: object) -> str:
    """Aceita o valor do domínio ou a classe CSS (`quase`); desconhecido vira texto vazio."""
    texto = str(getattr(status, "value", status) or "")
    texto = "quase_inativo" if texto == "quase" else texto
    return texto if texto in ORDEM else ""


def classe(status: object) -> str:
    """Classe CSS da situação."""
    return _CLASSES.get(chave(status), "")


def glifo(status: object) -> SafeString:
    """Lua cheia, meia, vazia ou losango; decorativo: a palavra vem sempre ao lado."""
    desenho = _DESENHOS.get(chave(status))
    if desenho is None:
        return mark_safe("")
    return mark_safe(f'<svg class="glifo" viewBox="0 0 12 12" aria-hidden="true">{desenho}</svg>')  # noqa: S308  # nosec B703 # desenho nosso


def selo(status: object, rotulo: str = "") -> SafeString:
    """Pílula com forma e palavra; `rotulo` troca a palavra ("em alerta")."""
    qual = chave(status)
    return _selo(qual, rotulo or NOMES.get(qual, "Sem situação"))


@lru_cache(maxsize=256, typed=True)
def _selo(status: str, nome: str) -> SafeString:
    return format_html('<span class="selo {}">{}{}</span>', classe(status) or "neutro", glifo(status), nome)
