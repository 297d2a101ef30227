"""O que o trabalho deu: reativados, contatos que viraram pedidos, conversão, objeções e motivos."""
