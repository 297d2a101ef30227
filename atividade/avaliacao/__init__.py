"""A ordem da fila posta à prova no passado da própria empresa, ao lado das ordens que se usariam sem ela."""
