"""A rodada de avisos de uma noite: quantos comandos SQL e quanto tempo, com muitos vendedores e clientes.

Povoa uma empresa inventada dentro de uma transação que no fim se desfaz; não precisa da demonstração.
"""

import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import F, IntegerField
from django.db.models.functions import Cast, Substr
from django.utils import timezone

from atividade.models import EstadoDaExecucao, Execucao
from carteira import rotinas
from carteira.medicoes.cronometro import NoBanco
from clientes.models import Agendamento, Cliente
from contas.models import Empresa, Equipe, MembroDeEquipe, Papel, Usuario, Vinculo
from notificacoes.models import ItemDeMensagem, Mensagem

COM_SENHA = "md5$x$x"  # lista de clientes só vai a quem já entrou
# Um em cada tantos, ao longo da carteira: quase inativo, recém-inativo, com compromisso esquecido, oposto a tudo.
QUASE, PERDIDO, ESQUECIDO, OPOSTO = 12, 60, 25, 40


def argumentos(leitor: Any) -> None:
    leitor.add_argument("--vendedores", type=int, default=200, help="quantos vendedores (200)")
    leitor.add_argument("--gestores", type=int, default=20, help="quantos gestores, um por equipe (20)")
    leitor.add_argument("--clientes", type=int, default=100_000, help="quantos clientes (100000)")


def executar(opcoes: dict[str, Any], dizer: Callable[[str], None]) -> bool:
    """Povoa, decide uma noite de segunda-feira, decide de novo e mostra os números das duas."""
    hoje = timezone.localdate()
    vaga = hoje - timedelta(days=hoje.weekday())
    with transaction.atomic():
        dizer(
            f"{opcoes['vendedores']} vendedores, {opcoes['gestores']} gestores, {opcoes['clientes']} clientes"
        )
        execucao = povoar(vaga, opcoes["vendedores"], opcoes["gestores"], opcoes["clientes"])
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        antes = Mensagem.objects.count()
        dizer(f"{'rodada':<12}{'comandos':>10}{'parede s':>10}{'cpu s':>8}{'banco s':>9}{'mensagens':>11}")
        for nome in ("primeira", "repetida"):
            _medir(nome, vaga, execucao, dizer, antes)
        dizer(f"\n{ItemDeMensagem.objects.count()} decisões escritas; a repetida não escreve nada.")
        transaction.set_rollback(True)
    return True


def _medir(nome: str, vaga: date, execucao: Execucao, dizer: Callable[[str], None], antes: int) -> None:
    no_banco, parede, cpu = NoBanco(), time.perf_counter(), time.process_time()
    with connection.execute_wrapper(no_banco):
        decidir(vaga, execucao)
    parede, cpu = time.perf_counter() - parede, time.process_time() - cpu
    escritas = Mensagem.objects.count() - antes
    dizer(f"{nome:<12}{no_banco.quantas:>10}{parede:>10.2f}{cpu:>8.2f}{no_banco.total:>9.2f}{escritas:>11}")


def decidir(vaga: date, execucao: Execucao) -> dict[str, Any]:
    """O passo de avisos da noite, como a rotina o faz."""
    return rotinas._avisar(vaga, [execucao])


# ── A empresa inventada ──────────────────────────────────────────────────────


def povoar(vaga: date, vendedores: int, gestores: int, clientes: int) -> Execucao:
    """Pessoas, equipes, clientes e a noite já recalculada; devolve a execução da empresa."""
    empresa = Empresa.objects.create(
        codigo=f"medida-{vendedores}",
        nome="Medida",
        referencia=vaga,
        referencia_regular=vaga,
        pedidos_ate=vaga,
    )
    equipes = _pessoas(empresa, vendedores, gestores)
    _clientes(empresa, equipes, clientes, vaga)
    _compromissos(empresa, vaga)
    return Execucao.objects.create(
        rotina=rotinas.NOTURNA,
        referencia=vaga,
        empresa=empresa,
        estado=EstadoDaExecucao.FEITA,
        passos={"recalculo": {"contagens": {"referencia": vaga.isoformat()}}},
    )


def _pessoas(empresa: Empresa, vendedores: int, gestores: int) -> list[tuple[int, int]]:
    """(vendedor, equipe) de cada um; cada equipe com o seu gestor."""
    equipes = Equipe.objects.bulk_create(Equipe(nome=f"Equipe {empresa.codigo} {n}") for n in range(gestores))
    chefes = [_pessoa(f"Gestor {n}", f"g{n}", empresa, Papel.GESTOR) for n in range(gestores)]
    dos_vendedores = [_pessoa(f"Vendedor {n}", f"v{n}", empresa, Papel.VENDEDOR) for n in range(vendedores)]
    pessoas = Usuario.objects.bulk_create([*chefes, *dos_vendedores])
    Vinculo.objects.bulk_create(Vinculo(usuario=p, empresa=empresa) for p in pessoas)
    for equipe, gestor in zip(equipes, pessoas[:gestores], strict=True):
        equipe.gestores.add(gestor)
    pares = [(v, equipes[n % gestores]) for n, v in enumerate(pessoas[gestores:])]
    MembroDeEquipe.objects.bulk_create(
        MembroDeEquipe(usuario=v, equipe=e, periodo=DateRange(None, None)) for v, e in pares
    )
    return [(v.pk, e.pk) for v, e in pares]


def _pessoa(nome: str, conta: str, empresa: Empresa, papel: str) -> Usuario:
    return Usuario(
        nome=nome,
        nome_chave=nome.lower(),
        email=f"{conta}@{empresa.codigo}.test",
        papel=papel,
        password=COM_SENHA,
    )


def _clientes(empresa: Empresa, donos: list[tuple[int, int]], quantos: int, vaga: date) -> None:
    """De um molde, todos num comando; e os indicadores, que um gatilho criou, noutro."""
    molde = Cliente.objects.create(empresa=empresa, codigo="molde", razao_social="Molde")
    proprias = {
        "codigo": "'C' || n",
        "razao_social": "'Cliente ' || n",
        "vendedor_id": "(%(vendedores)s::bigint[])[1 + n %% %(donos)s]",
        "equipe_id": "(%(equipes)s::bigint[])[1 + n %% %(donos)s]",
        "nao_contatar": f"CASE WHEN n %% {OPOSTO} = 0 THEN '{{ligacao,whatsapp,email,visita}}' ELSE '{{}}' END"
        "::varchar(10)[]",
    }
    colunas = [
        f.column
        for f in Cliente._meta.concrete_fields
        if not f.primary_key and not getattr(f, "generated", 0)
    ]
    valores = ", ".join(proprias.get(coluna, f"m.{coluna}") for coluna in colunas)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO clientes_cliente ({', '.join(colunas)}) SELECT {valores} "
            "FROM clientes_cliente m, generate_series(1, %(quantos)s) n WHERE m.id = %(molde)s",
            {
                "quantos": quantos,
                "molde": molde.pk,
                "donos": len(donos),
                "vendedores": [vendedor for vendedor, _ in donos],
                "equipes": [equipe for _, equipe in donos],
            },
        )
        molde.delete()
        cursor.execute(_INDICADORES, {"empresa": empresa.pk, "vaga": vaga})
        cursor.execute(_MUDANCAS, {"empresa": empresa.pk, "vaga": vaga})


_ORDEM = "substr(c.codigo, 2)::int"
_INDICADORES = f"""
UPDATE atividade_indicadores i
SET status = CASE WHEN {_ORDEM} %% {QUASE} = 0 THEN 'quase_inativo'
                  WHEN {_ORDEM} %% {PERDIDO} = 1 THEN 'inativo' ELSE 'ativo' END,
    primeira_compra = %(vaga)s::date - 900, ultima_compra = %(vaga)s::date - 20 - ({_ORDEM} %% 110),
    quase_inativo_em = %(vaga)s::date + 30 - ({_ORDEM} %% 60), inativo_em = %(vaga)s::date + 60,
    pedidos = 20, dias_de_compra = 20, dias_de_compra_12m = 9, intervalo_medio_dias = 30, intervalo_mediano_dias = 30,
    valor_total = 50000, valor_12m = 1000 + {_ORDEM} %% 9000, valor_ano_ativo = 20000
FROM clientes_cliente c WHERE c.id = i.cliente_id AND c.empresa_id = %(empresa)s
"""
_MUDANCAS = """
INSERT INTO atividade_mudancastatus (cliente_id, de, para, em, ordem, motivo, referencia, criado_em)
SELECT c.id, 'quase_inativo', i.status, %(vaga)s, 1, 'tempo', %(vaga)s, now()
FROM clientes_cliente c JOIN atividade_indicadores i ON i.cliente_id = c.id
WHERE c.empresa_id = %(empresa)s AND i.status = 'inativo'
"""


def _compromissos(empresa: Empresa, vaga: date) -> None:
    numerados = Cliente.objects.filter(empresa=empresa).annotate(n=Cast(Substr("codigo", 2), IntegerField()))
    esquecidos = numerados.annotate(resto=F("n") % ESQUECIDO).filter(resto=0)
    em = vaga - timedelta(days=10)
    Agendamento.objects.bulk_create(
        Agendamento(cliente_id=pk, responsavel_id=dono, em=em, criado_por_id=dono)
        for pk, dono in esquecidos.values_list("pk", "vendedor")
    )
