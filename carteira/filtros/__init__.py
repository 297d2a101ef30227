"""Condições combinadas com E, OU e NÃO: a árvore, os campos que ela pode usar e o SQL que dela se faz.

Cada campo se declara uma vez (`catalogo`): nome na URL, rótulo, operadores, dica e a condição. O montador,
as fichinhas da lista e a conferência da URL leem todos dali. A gramática está no ADR 0014.
"""
