"""O que `manage.py bench` mede: cada medição é um módulo com `medir(opcoes, dizer)`."""
