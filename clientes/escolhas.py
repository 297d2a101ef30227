"""O que se pode escolher ao registrar um contato com um cliente: tudo numa consulta só.

O formulário aparece na ficha, na lista e na fila: cinco catálogos não podem custar cinco consultas a cada uma.
"""

import json
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from typing import Any

from django.db import connection, models

from clientes.models import Campanha, Cliente, Motivo, Objecao, Ocorrencia, PessoaDeContato

DIAS_PARA_TRAS = 30  # até quando se registra um contato que já passou

# Os catálogos são poucas linhas; as campanhas e as pessoas vêm por índice. A ordem é a de quem administra.
_TUDO = """
SELECT parte, dados FROM (
    SELECT 'ocorrencias' AS parte, id, ordem::bigint AS lugar, jsonb_build_object(
               'id', id, 'nome', nome, 'efetiva', efetiva, 'pede_objecao', pede_objecao) AS dados
    FROM clientes_ocorrencia WHERE ativa
    UNION ALL
    SELECT 'motivos', id, ordem, jsonb_build_object('id', id, 'nome', nome)
    FROM clientes_motivo WHERE ativa
    UNION ALL
    SELECT 'objecoes', id, ordem, jsonb_build_object('id', id, 'nome', nome, 'contra_argumento', contra_argumento)
    FROM clientes_objecao WHERE ativa
    UNION ALL
    SELECT 'campanhas', id, row_number() OVER (ORDER BY inicio DESC, nome), jsonb_build_object(
               'id', id, 'nome', nome, 'empresa_id', empresa_id, 'ativa', ativa, 'oferta', oferta,
               'inicio', inicio, 'fim', fim)
    FROM clientes_campanha
    WHERE ativa AND empresa_id = %(empresa)s AND inicio <= %(hoje)s AND (fim IS NULL OR fim >= %(desde)s)
    UNION ALL
    SELECT 'pessoas', id, row_number() OVER (ORDER BY principal DESC, nome_chave, id), jsonb_build_object(
               'id', id, 'nome', nome, 'cliente_id', cliente_id, 'papel', papel, 'cargo', cargo, 'ativa', ativa,
               'principal', principal, 'telefone', telefone, 'observacao', observacao, 'nao_contatar', nao_contatar)
    FROM clientes_pessoadecontato WHERE ativa AND cliente_id = %(cliente)s
) tudo ORDER BY parte, lugar, id
"""
_MODELOS: dict[str, type[models.Model]] = {
    "ocorrencias": Ocorrencia,
    "motivos": Motivo,
    "objecoes": Objecao,
    "campanhas": Campanha,
    "pessoas": PessoaDeContato,
}


@dataclass(frozen=True, slots=True)
class Escolhas:
    """As linhas em uso de cada catálogo, pela chave e na ordem de mostrar."""

    ocorrencias: dict[int, Ocorrencia] = field(default_factory=dict)
    motivos: dict[int, Motivo] = field(default_factory=dict)
    objecoes: dict[int, Objecao] = field(default_factory=dict)
    campanhas: dict[int, Campanha] = field(default_factory=dict)
    pessoas: dict[int, PessoaDeContato] = field(default_factory=dict)


def escolhas_do_contato(*, cliente: Cliente | None, hoje: date) -> Escolhas:
    """Sem cliente não há campanhas nem pessoas.

    Uma campanha que acabou há pouco ainda aparece: o contato pode ser de quando ela valia. Quem confere o
    dia é o registro.
    """
    parametros = {
        "empresa": cliente.empresa_id if cliente else None,
        "cliente": cliente.pk if cliente else None,
        "hoje": hoje,
        "desde": hoje - timedelta(days=DIAS_PARA_TRAS),
    }
    partes: dict[str, dict[int, Any]] = {f.name: {} for f in fields(Escolhas)}
    with connection.cursor() as cursor:
        cursor.execute(_TUDO, parametros)
        for parte, dados in cursor.fetchall():
            linha = _linha(_MODELOS[parte], json.loads(dados))
            partes[parte][linha.pk] = linha
    return Escolhas(**partes)


def _linha(modelo: type[models.Model], dados: dict[str, Any]) -> Any:
    """A linha como o Django a leria do banco; o que não se pediu fica adiado."""
    campos = [campo for campo in modelo._meta.concrete_fields if campo.attname in dados]
    valores = [campo.to_python(dados[campo.attname]) for campo in campos]
    return modelo.from_db(connection.alias, [campo.attname for campo in campos], valores)
