"""Lançador local: prepara a máquina e cuida dos serviços privados. Só biblioteca padrão, nada de Django."""
