"""A recusa de um arquivo inteiro: uma frase que diz o que há e o que fazer."""

from errno import ENOSPC


class ArquivoRecusado(Exception):
    """O arquivo não pode ser o que diz ser; `str()` é a mensagem para a pessoa."""


def motivo_do_sistema(erro: OSError) -> str:
    """Por que um arquivo não abre, em português; o sistema o diz em inglês."""
    frases = {
        FileNotFoundError: "a pasta ou o arquivo não existe",
        IsADirectoryError: "é uma pasta, não um arquivo",
        NotADirectoryError: "o caminho passa por um arquivo, não por uma pasta",
        PermissionError: "falta permissão",
    }
    return frases.get(type(erro), "o disco está cheio" if erro.errno == ENOSPC else str(erro))
