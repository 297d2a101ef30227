"""Cadastros como os da vida: CEP, potencial e conferências em quase todos, e alguns estragados ou repetidos.

Só mexe em quem a demonstração inventou, sempre nos mesmos: repetir dá o mesmo resultado.
"""

from datetime import date

from django.db import connection
from django.utils import timezone

from clientes.duplicados import procurar
from clientes.models import Cliente
from contas.models import Empresa

_COMPLETAR = """
UPDATE clientes_cliente c
   SET cep = CASE WHEN c.id %% 9 = 0 THEN '' ELSE CASE c.uf WHEN 'SP' THEN '13' WHEN 'RJ' THEN '25' WHEN 'MG' THEN '35'
               WHEN 'PR' THEN '86' WHEN 'SC' THEN '89' WHEN 'RS' THEN '95' ELSE '74' END
             || lpad(((c.id * 7919) %% 1000000)::text, 6, '0') END,
       contato_verificado_em = CASE WHEN c.id %% 3 = 0 THEN NULL ELSE %(hoje)s::date - ((c.id * 37) %% 700)::int END,
       potencial_mensal = CASE WHEN c.id %% 4 = 0 THEN NULL
                               ELSE greatest(300, round(i.valor_12m / 12 * (100 + (c.id * 13) %% 120) / 100, -2)) END
  FROM atividade_indicadores i
 WHERE i.cliente_id = c.id AND c.empresa_id = %(empresa)s
"""
# De trás para a frente na ordem de cadastro: os primeiros são os que as telas e os testes conhecem.
ESTRAGOS = (
    {"documento": "11111111111", "documento_valido": False},
    {"documento": "12345678000100", "documento_valido": False},
    {"telefone": "3201-0900"},
    {"telefone": "falar com o Zé"},
    {"email": "compras@"},
    {"email": "sem email"},
    {"cep": "890-100"},
    {"documento": "", "documento_valido": False},
    {"telefone": ""},
)


def piorar(*, hoje: date) -> int:
    """Estraga uns poucos, repete outros e procura os duplicados; devolve quantos pares achou."""
    empresa = Empresa.objects.order_by("pk")[0]
    with connection.cursor() as cursor:
        cursor.execute(_COMPLETAR, {"hoje": hoje, "empresa": empresa.pk})
    ultimos = list(Cliente.objects.filter(empresa=empresa).order_by("-pk")[: len(ESTRAGOS) + 6])
    for cliente, estrago in zip(ultimos, ESTRAGOS, strict=False):
        Cliente.objects.filter(pk=cliente.pk).update(**estrago)
    _repetir(ultimos[len(ESTRAGOS) :])
    return procurar(empresa).pares


def _repetir(clientes: list[Cliente]) -> None:
    """De dois em dois: o mesmo nome escrito de outro jeito, na mesma cidade; e um documento repetido."""
    for um, outro in zip(clientes[::2], clientes[1::2], strict=False):
        Cliente.objects.filter(pk=outro.pk).update(
            razao_social=um.razao_social.upper().replace(" LTDA", "").replace(".", "") + " ME",
            nome_fantasia="",
            cidade=um.cidade,
            uf=um.uf,
            municipio=um.municipio_id,
            documento="",
            documento_valido=False,
            atualizado_em=timezone.now(),  # mudou depois da rodada: o retrato dela ainda o conta onde estava
        )
    if len(clientes) >= 2 and clientes[0].documento_valido:
        Cliente.objects.filter(pk=clientes[1].pk).update(
            documento=clientes[0].documento, documento_valido=True
        )
