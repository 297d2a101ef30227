"""O coletor de lixo do Python num processo que atende páginas.

Uma página da lista cria milhares de objetos e solta-os todos ao acabar, sem ciclos que o coletor tenha de achar; e
cada passada percorre também o que veio com o programa (modelos, rotas, formulários), que nunca sai.
"""

import gc

# Objetos novos até a passada curta; e quantas passadas curtas até a do meio, e do meio até a longa.
PASSADAS = (50_000, 20, 20)


def acomodar() -> None:
    """O que já está carregado sai da conta do coletor; as passadas espaçam-se. Chama-se depois de importar tudo."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*PASSADAS)
