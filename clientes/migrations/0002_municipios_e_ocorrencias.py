"""Dados de referência: municípios do IBGE e as ocorrências com que um contato termina."""

import csv
import gzip
from pathlib import Path

from django.db import migrations

from contas.texto import chave_de_nome

ARQUIVO = Path(__file__).resolve().parent.parent / "dados" / "municipios_ibge.csv.gz"
OCORRENCIAS = [
    ("Fez pedido", True),
    ("Pediu orçamento", True),
    ("Vai pensar", True),
    ("Não quer", True),
    ("Outro assunto", True),
    ("Não atendeu", False),
    ("Deixou recado", False),
]


def carregar(apps, schema_editor):
    municipio = apps.get_model("clientes", "Municipio")
    with gzip.open(ARQUIVO, "rt", encoding="utf-8", newline="") as arquivo:
        linhas = csv.DictReader(arquivo, delimiter=";")
        municipio.objects.bulk_create(
            municipio(
                codigo_ibge=linha["codigo_ibge"],
                nome=linha["nome"],
                nome_chave=chave_de_nome(linha["nome"]),
                uf=linha["uf"],
                latitude=linha["latitude"],
                longitude=linha["longitude"],
                ddd=linha["ddd"],
            )
            for linha in linhas
        )
    ocorrencia = apps.get_model("clientes", "Ocorrencia")
    ocorrencia.objects.bulk_create(
        ocorrencia(nome=nome, efetiva=efetiva, ordem=ordem)
        for ordem, (nome, efetiva) in enumerate(OCORRENCIAS, 1)
    )


class Migration(migrations.Migration):
    dependencies = [("clientes", "0001_initial")]
    operations = [migrations.RunPython(carregar, migrations.RunPython.noop)]
