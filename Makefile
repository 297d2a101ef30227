# Atalhos finos: tudo é feito por ./rodar
.PHONY: rodar testes resistencia servicos parar bench auditar travar
rodar:
	./rodar
testes:
	./rodar testes
resistencia:
	./rodar testes --resistencia
servicos:
	./rodar servicos
parar:
	./rodar parar
bench:
	./rodar bench
auditar:
	./rodar auditar
travar:
	.venv/bin/python scripts/travar.py
