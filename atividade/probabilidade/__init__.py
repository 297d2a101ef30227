"""Probabilidade de comprar: modelos de compra (BG/NBD e família) e a chance calibrada da fila, por empresa."""
