"""Decidir uma regra: um comando só diz, de todas as pessoas ao mesmo tempo, quais clientes cada uma deve saber.

Só o que a pessoa vê (`Pessoas.alcances`), fora os encerrados, fora do perfil, adiados, os que não querem contato por
canal nenhum e, salvo se a regra é de crédito ou os inclui, os bloqueados; fora o que já se lhe disse.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection

from atividade import rotulos
from atividade.prioridade import valor_curto
from clientes.documentos import mascarar
from clientes.models import Cliente
from clientes.models.cliente import CanalDeContato
from contas.models import Usuario
from notificacoes.caixa import Item
from notificacoes.enderecos import endereco
from notificacoes.models import Periodicidade, RegraDeAviso, Sobre
from notificacoes.regras.destinos import Alcance
from notificacoes.regras.fatos import FATOS
from notificacoes.regras.palavras import Acontecido, frase, preencher
from notificacoes.regras.vagas import ALCANCE

# `{fato}` e `{ordem}` vêm de FATOS; `{dito}` compara o evento com o que já se disse.
_DECIDIR = """
WITH alcance AS (
    SELECT * FROM unnest(%(pessoas)s::bigint[], %(donos)s::bigint[], %(equipes)s::bigint[])
        a(pessoa_id, vendedor_id, equipe_id)),
acontecido AS (
    SELECT f.*, c.vendedor_id, c.equipe_id, c.codigo,
           CASE WHEN i.valor_12m > 0 THEN i.valor_12m ELSE i.valor_ano_ativo END AS valor
    FROM ({fato}) f
    JOIN clientes_cliente c ON c.id = f.cliente_id
    JOIN atividade_indicadores i ON i.cliente_id = c.id
    WHERE c.empresa_id = %(empresa)s AND c.encerrado_em IS NULL AND NOT c.fora_do_perfil
      AND NOT c.nao_contatar @> %(canais)s::varchar[]
      AND (c.adiado_ate IS NULL OR c.adiado_ate <= %(referencia)s)
      AND (%(bloqueados)s OR NOT c.bloqueado)),
alvo AS (
    SELECT a.pessoa_id, x.* FROM alcance a JOIN acontecido x ON x.vendedor_id = a.vendedor_id
    UNION ALL
    SELECT a.pessoa_id, x.* FROM alcance a JOIN acontecido x ON x.equipe_id = a.equipe_id
    UNION ALL
    SELECT a.pessoa_id, x.* FROM alcance a, acontecido x WHERE a.vendedor_id IS NULL AND a.equipe_id IS NULL)
SELECT pessoa_id, cliente_id, evento, em, dias, antes, depois, quem, valor, posto, total
FROM (
    SELECT v.*, row_number() OVER (PARTITION BY pessoa_id ORDER BY {ordem}) AS posto,
           count(*) OVER (PARTITION BY pessoa_id) AS total
    FROM alvo v
    WHERE NOT EXISTS (
        SELECT FROM notificacoes_itemdemensagem d
        WHERE d.regra = %(regra)s AND d.pessoa_id = v.pessoa_id AND d.cliente_id = v.cliente_id AND {dito}
          AND (%(antes_de)s::date IS NULL OR d.decidido_em < %(antes_de)s::date))) ordenado
WHERE posto <= %(teto)s
ORDER BY pessoa_id, posto
"""
_O_MESMO = "d.evento = v.evento"
# Datas ISO ordenam como texto; ":" fecha a faixa delas, antes dos eventos que se repetem por vaga.
_DALI_EM_DIANTE = (
    """d.evento COLLATE "C" >= v.evento AND (d.evento = v.evento OR d.evento COLLATE "C" < ':')"""
)


@dataclass(frozen=True, slots=True)
class Linha:
    """Um cliente dentro de uma seção."""

    cliente: int
    nome: str
    lugar: str
    documento: str
    valor: Any
    frase: str

    @property
    def ficha(self) -> str:
        return endereco("cliente", id=self.cliente)


@dataclass(frozen=True, slots=True)
class Secao:
    """O que uma regra diz a uma pessoa: dentro do e-mail dela, ou do aviso na central."""

    regra: RegraDeAviso
    titulo: str
    texto: str
    linhas: Sequence[Linha] = ()
    total: int = 0
    itens: Sequence[Item] = ()
    caminho: str = ""

    @property
    def restantes(self) -> int:
        return max(0, self.total - len(self.linhas))


def decidir(
    regra: RegraDeAviso,
    alcances: Iterable[Alcance],
    *,
    referencia: date,
    vaga: date,
    ultima: date | None = None,
    antes_de: date | None = None,
) -> dict[int, list[Acontecido]]:
    """Por pessoa, do mais ao menos importante.

    Alcança os dias da periodicidade ou, se noites se perderam, desde a `ultima` avisada; `antes_de` esquece o que
    esta vaga já disse (a prévia dela).
    """
    fato = FATOS[Sobre(regra.sobre)]
    pessoas, donos, equipes = zip(*alcances, strict=True) if alcances else ((), (), ())
    repete = fato.de_estado and not regra.so_o_que_mudou
    dito = _DALI_EM_DIANTE if fato.mais_novo and not repete else _O_MESMO
    alcance = vaga - timedelta(days=ALCANCE[Periodicidade(regra.periodicidade)])
    parametros = {
        "pessoas": list(pessoas),
        "donos": list(donos),
        "equipes": list(equipes),
        "empresa": regra.empresa_id,
        "canais": list(CanalDeContato.values),
        "referencia": referencia,
        "vaga": vaga,
        "desde": min(alcance, ultima or alcance),
        "dias": regra.dias or fato.dias_padrao,
        "so_mudou": not repete,
        "bloqueados": fato.de_credito or regra.incluir_bloqueados,
        "fuso": settings.TIME_ZONE,
        "regra": regra.chave,
        "antes_de": antes_de,
        "teto": regra.teto,
    }
    achados: dict[int, list[Acontecido]] = defaultdict(list)
    if pessoas:
        sql = _DECIDIR.replace("{fato}", fato.sql).replace("{ordem}", fato.ordem).replace("{dito}", dito)
        with connection.cursor() as cursor:
            cursor.execute(sql, parametros)
            for linha in cursor.fetchall():
                achados[linha[0]].append(Acontecido(*linha))
    return achados


def clientes_de(achados: Iterable[Mapping[int, list[Acontecido]]]) -> dict[int, Cliente]:
    """Os clientes que as seções mostram, de todas as regras, numa consulta."""
    ids = {fato.cliente for por_pessoa in achados for fatos in por_pessoa.values() for fato in fatos}
    campos = ("nome_fantasia", "razao_social", "cidade", "uf", "documento", "documento_valido")
    return Cliente.objects.only(*campos).in_bulk(ids) if ids else {}


def secao(
    regra: RegraDeAviso,
    pessoa: Usuario,
    fatos: Sequence[Acontecido],
    clientes: Mapping[int, Cliente],
    referencia: date,
) -> Secao:
    """As palavras da regra para uma pessoa, com os rótulos da empresa."""
    with rotulos.usar(partial(rotulos.da_empresa, regra.empresa)):
        linhas = [_linha(regra, fato, clientes[fato.cliente]) for fato in fatos]
    valores = _valores(regra, pessoa, fatos, referencia)
    return Secao(
        regra=regra,
        titulo=preencher(regra.assunto, valores) or regra.nome,
        texto=preencher(regra.texto, valores),
        linhas=linhas,
        total=fatos[0].total,
        itens=[Item(regra.chave, fato.cliente, fato.evento) for fato in fatos],
    )


def _valores(
    regra: RegraDeAviso, pessoa: Usuario, fatos: Sequence[Acontecido], referencia: date
) -> dict[str, str]:
    return {
        "pessoa": pessoa.get_short_name(),
        "total": str(fatos[0].total),
        "empresa": regra.empresa.nome,
        "data": f"{referencia:%d/%m/%Y}",
        "dias": str(regra.dias or FATOS[Sobre(regra.sobre)].dias_padrao),
        "valor": valor_curto(sum((fato.valor for fato in fatos), Decimal(0))),
        "regra": regra.nome,
    }


def _linha(regra: RegraDeAviso, fato: Acontecido, cliente: Cliente) -> Linha:
    return Linha(
        cliente=fato.cliente,
        nome=cliente.nome,
        lugar="/".join(parte for parte in (cliente.cidade, cliente.uf) if parte),
        documento=mascarar(cliente.documento) if cliente.documento_valido else "",
        valor=fato.valor,
        frase=frase(regra.sobre, fato),
    )
