"""O que quem opera a instalação precisa: conferir, copiar, restaurar, medir e ver o que falta."""
