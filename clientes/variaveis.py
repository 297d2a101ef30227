"""As variáveis das mensagens e dos roteiros: uma lista fechada, trocada por texto puro.

O texto é de uma pessoa, e por isso nunca passa por um motor de templates: só o que está entre chaves e nesta
lista muda, e o valor trocado não é lido de novo.
"""

import re
from collections.abc import Mapping

Variaveis = Mapping[str, tuple[str, str]]
# Nome → (o que é, o que dizer quando o dado falta).
VARIAVEIS: dict[str, tuple[str, str]] = {
    "pessoa": ("nome de quem recebe; sem nome, o do cliente", "tudo bem"),
    "nome_fantasia": ("nome pelo qual o cliente é conhecido", "sua empresa"),
    "razao_social": ("razão social do cliente", "sua empresa"),
    "vendedor": ("quem envia", "a equipe de vendas"),
    "empresa": ("a nossa empresa", "nossa empresa"),
    "dias_sem_comprar": ("dias desde o último pedido", "alguns"),
    "ultimo_pedido": ("data do último pedido", "há algum tempo"),
    "ciclo": ("dias entre um pedido e outro, no ritmo do cliente", "alguns"),
    "mais_comprado": ("o produto em que o cliente mais gasta", "os itens de sempre"),
    "cidade": ("município do cliente", "sua cidade"),
}
_ENTRE_CHAVES = re.compile(r"\{([^{}]*)\}")


class TextoInvalido(ValueError):
    """Texto que a casa recusa; a mensagem já vem pronta para a tela."""


def desconhecidas(texto: str, variaveis: Variaveis = VARIAVEIS) -> list[str]:
    """O que está entre chaves e não é variável, na ordem em que aparece."""
    return [nome for nome in dict.fromkeys(_ENTRE_CHAVES.findall(texto)) if nome not in variaveis]


def conferir(texto: str, variaveis: Variaveis = VARIAVEIS) -> None:
    """Recusa variável desconhecida e chave aberta sem par, dizendo qual; outra sala traz as suas variáveis."""
    if erradas := desconhecidas(texto, variaveis):
        nomes = ", ".join(f"{{{nome}}}" for nome in erradas)
        raise TextoInvalido(f"Não existe a variável {nomes}. Use uma destas: {em_palavras(variaveis)}.")
    if set("{}") & set(_ENTRE_CHAVES.sub("", texto)):
        raise TextoInvalido("Há uma chave sem par: escreva as variáveis como {pessoa}.")


def em_palavras(variaveis: Variaveis = VARIAVEIS) -> str:
    return ", ".join(f"{{{nome}}}" for nome in variaveis)


def preencher(texto: str, valores: Mapping[str, str], variaveis: Variaveis = VARIAVEIS) -> str:
    """Troca as variáveis, de uma vez só; a que falta diz o seu texto alternativo."""

    def trocar(achado: re.Match[str]) -> str:
        nome = achado.group(1)
        if nome not in variaveis:
            return achado.group(0)
        return valores.get(nome) or variaveis[nome][1]

    return _ENTRE_CHAVES.sub(trocar, texto)
