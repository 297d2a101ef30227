"""CPF e CNPJ com dígitos verificadores certos, em faixas de raiz que a Receita ainda não distribuiu."""

_PESOS = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
_ALFABETO = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _digito(valores: list[int], pesos: tuple[int, ...]) -> int:
    resto = sum(v * p for v, p in zip(valores, pesos, strict=True)) % 11
    return 0 if resto < 2 else 11 - resto


def cnpj(base: str) -> str:
    """Completa doze caracteres (letras valem o código ASCII menos 48) com os dois dígitos."""
    valores = [ord(letra) - 48 for letra in base]
    for inicio in (1, 0):
        valores.append(_digito(valores, _PESOS[inicio:]))
    return base + "".join(str(v) for v in valores[-2:])


def cnpj_numerico(indice: int, filial: int = 1) -> str:
    """CNPJ de raiz entre 80 e 99 milhões, única para cada índice."""
    return cnpj(f"{80_000_000 + (indice * 7919) % 19_999_999:08d}{filial:04d}")


def cnpj_alfanumerico(indice: int) -> str:
    """CNPJ no formato com letras, único para cada índice."""
    letras = "".join(_ALFABETO[indice // 26**n % 26] for n in (2, 1, 0))
    return cnpj(f"9Z{letras}{indice % 1000:03d}0001")


def cpf(indice: int) -> str:
    """CPF único para cada índice."""
    valores = [int(d) for d in f"{900_000_000 + (indice * 6197) % 99_999_999:09d}"]
    for inicio in (10, 11):
        valores.append(_digito(valores, tuple(range(inicio, 1, -1))))
    return "".join(str(v) for v in valores)
