"""Tempestade de impasses: importação, recálculo, noite, páginas e gente mexendo nos mesmos clientes, ao mesmo tempo.

Ninguém recebe um erro do banco, cada gesto entra inteiro, e no fim o banco e a conta na unha dizem o mesmo.
"""

import json
import os
import random
import re
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from tests.correio import Correio
from tests.resistencia.casa import PRAZO, Casa

pytestmark = [pytest.mark.resistencia, pytest.mark.timeout(3600)]
SEGUNDOS = int(os.environ.get("SOAK_SEGUNDOS", "90"))
# Gente que edita, registra, agenda, adia, transfere, salva páginas e esquece titulares, sempre entre os mesmos trinta.
_GENTE = """
import json, random, sys, time, uuid
from collections import Counter
from datetime import timedelta
from django.db import OperationalError
from django.utils import timezone
from carteira.lgpd import AnonimizacaoRecusada, anonimizar
from clientes.agenda import Proximo, agendar
from clientes.cadastro import adiar, editar_cliente
from clientes.carteiras import transferir
from clientes.lgpd.esquecer import Titular
from clientes.models import Cliente, Ocorrencia, PessoaDeContato
from clientes.relacionamento import RelacionamentoInvalido, registrar_contato
from contas.models import Equipe, Usuario
from tests.controles import controles
from tests.porta import ja_entrou
acaso, fim, erros, feitos = random.Random({semente}), time.monotonic() + {segundos}, [], Counter()
admin = Usuario.objects.filter(papel='admin').first()
vendedores = list(Usuario.objects.filter(papel='vendedor', is_active=True)[:4])
pks = list(Cliente.objects.order_by('codigo').values_list('pk', flat=True)[:30])
equipe = Equipe.objects.order_by('pk').first()
ocorrencia = Ocorrencia.objects.filter(ativa=True, pede_objecao=False).first()
navegador = ja_entrou(admin)

def salvar(pagina, campo, valor):
    # outra pessoa pode ter salvado no meio: 422, e nada se perde sem se ver
    lida = controles(navegador.get(pagina).content.decode())
    resposta = navegador.post(pagina, lida | {{campo: valor}})
    assert resposta.status_code in (302, 422), (pagina, resposta.status_code)
    return resposta.status_code == 302

while time.monotonic() < fim:
    hoje = timezone.localdate()
    cliente = Cliente.objects.select_related('empresa', 'vendedor').get(pk=acaso.choice(pks))
    gesto, fez = acaso.randrange(8), True
    try:
        if gesto == 0:
            editar_cliente(cliente=cliente, mudancas={{'perfil': f'P{{acaso.randrange(99)}}'}}, por=admin)
        elif gesto == 1:
            registrar_contato(cliente=cliente, canal='ligacao', ocorrencia=ocorrencia, chave=uuid.uuid4(), por=admin)
        elif gesto == 2:
            proximo = Proximo(em=hoje + timedelta(days=acaso.randrange(1, 9)), tipo='ligacao')
            agendar(cliente=cliente, proximo=proximo, por=admin)
        elif gesto == 3:
            adiar(cliente=cliente, ate=hoje + timedelta(days=3), motivo='prova', por=admin, hoje=hoje)
        elif gesto == 4:
            quem = acaso.sample(pks, 8)
            transferir(clientes=quem, para=acaso.choice(vendedores), em=hoje, por=admin, motivo='prova')
        elif gesto == 5:
            fez = salvar(f'/clientes/{{cliente.pk}}/editar/', 'perfil', f'Q{{acaso.randrange(99)}}')
        elif gesto == 6:
            fez = salvar(f'/equipes/{{equipe.pk}}/', 'nome', f'Sul {{acaso.randrange(9999)}}')
        else:
            nome = f'Rita Kunz {{uuid.uuid4().hex[:8]}}'
            pessoa = PessoaDeContato.objects.create(cliente=cliente, nome=nome, email='rita@exemplo.test')
            anonimizar(titular=Titular(cliente, pessoa), motivo='prova', por=admin)
        feitos[gesto] += fez
    except (RelacionamentoInvalido, AnonimizacaoRecusada):
        pass
    except ValueError as erro:
        print('recusado:', erro, file=sys.stderr)
    except OperationalError as erro:
        erros.append(f'{{gesto}}: {{erro}}')
print('feitos', json.dumps(feitos))
sys.exit(f'impasses: {{erros[:3]}}' if erros else 0)
"""


def test_tempestade_de_impasses(casa: Casa, correio: Correio) -> None:
    acaso, fim = random.Random(9), time.monotonic() + SEGUNDOS
    codigos = [c for (c,) in casa.consultar("SELECT codigo FROM clientes_cliente ORDER BY codigo LIMIT 30")]
    casa.ligar("worker", "beat")
    gente = [
        casa.abrir(
            sys.executable, "-c",
            "import django; django.setup()\n" + _GENTE.format(semente=n, segundos=SEGUNDOS), nome=f"gente-{n}",
        )
        for n in range(3)
    ]  # fmt: skip
    rodadas, hoje = 0, timezone.localdate().isoformat()
    while rodadas < 2 or time.monotonic() < fim:
        juntos = [
            casa.manage("importar", "pedidos", str(_pedidos(casa.var, codigos, rodadas, acaso))),
            casa.manage("importar", "clientes", str(_clientes(casa.var, codigos, rodadas, acaso))),
            casa.manage("recalcular", *(["--completo"] if rodadas % 2 else [])),
            casa.manage("rotina_noturna", "--data", hoje),
        ]
        saidas = [p.wait(PRAZO) for p in juntos]
        assert saidas == [0, 0, 0, 0], casa.registros("importar", "recalcular", "rotina_noturna")
        rodadas += 1
    saidas = [p.wait(PRAZO) for p in gente]
    casa.encerrar()
    diario = casa.banco.diario.read_text(errors="replace")
    impasse = diario.find("deadlock detected")
    assert impasse < 0, diario[impasse : impasse + 4000]
    assert saidas == [0, 0, 0], casa.registros("gente-0", "gente-1", "gente-2")
    assert sorted(_feitos(casa)) == [str(gesto) for gesto in range(8)]  # cada gesto deu certo alguma vez
    assert casa.feito("recalcular") == 0, casa.registros("recalcular")
    casa.conferir()


def _feitos(casa: Casa) -> Counter[str]:
    """Quantas vezes cada gesto deu certo, entre todas as pessoas."""
    feitos = Counter[str]()
    for n in range(3):
        (dito,) = re.findall(r"^feitos (.+)$", casa.registros(f"gente-{n}"), re.MULTILINE)
        feitos.update(json.loads(dito))
    return +feitos


def _pedidos(pasta: Path, codigos: list[str], rodada: int, acaso: random.Random) -> Path:
    caminho, dia = pasta / f"pedidos-{rodada}.csv", timezone.localdate() - timedelta(days=2)
    linhas = [
        f"T{rodada}-{n};{acaso.choice(codigos)};{dia:%d/%m/%Y};{n + 1},10;faturado\n" for n in range(800)
    ]
    caminho.write_text("numero;cliente_codigo;data;valor;situacao\n" + "".join(linhas))
    return caminho


def _clientes(pasta: Path, codigos: list[str], rodada: int, acaso: random.Random) -> Path:
    caminho = pasta / f"clientes-{rodada}.csv"
    embaralhados = acaso.sample(codigos, len(codigos))
    linhas = [f"{codigo};Cliente {codigo} {rodada};Porte {acaso.randrange(3)}\n" for codigo in embaralhados]
    caminho.write_text("codigo;razao_social;porte\n" + "".join(linhas))
    return caminho
