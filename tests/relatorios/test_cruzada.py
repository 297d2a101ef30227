"""Duas dimensões cruzadas: cada célula igual à conta na unha e ao tamanho da lista a que o elo leva."""

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from atividade.limiares import configurar
from atividade.models import Indicadores
from atividade.recalculo import recalcular
from atividade.regras import Periodo
from atividade.retratos import fotografar
from clientes.models import Cliente, Municipio, Segmento
from contas.models import Empresa
from relatorios.catalogo import achar
from relatorios.composicao import Recorte
from relatorios.cruzada import CRUZAVEIS, cruzar, cruzar_na_data
from relatorios.passado import ATUAL, EPOCA, NA_DATA, Leitura, Passado
from relatorios.pedido import ler_pedido
from tests.conftest import novo_pedido
from tests.sementes import na_resistencia, sementes

pytestmark = pytest.mark.django_db
REF = date(2026, 2, 28)
PARES = [("vendedor", "atividade"), ("atividade", "municipio"), ("perfil", "porte"), ("uf", "abc"),
         ("segmento", "equipe"), ("empresa", "perfil"), ("porte", "atividade")]  # fmt: skip


def povoar(empresa: Empresa, sorte: random.Random, pessoas: list[Any], davi: Any) -> None:
    """Quarenta clientes espalhados por todas as dimensões, com regra que separa recentes de antigos."""
    for desde, texto in ((date(2020, 1, 1), "6m"), (date(2025, 9, 1), "3m")):
        configurar(empresa=empresa, periodo=Periodo.de_texto(texto), antecedencia=Periodo.de_texto("1m"),
                   antigo=Periodo.de_texto("12m"), vigente_desde=desde, por=davi)  # fmt: skip
    segmentos = [None, *(Segmento.objects.create(empresa=empresa, nome=n) for n in ("Agro", "Varejo"))]
    municipios = [None, *Municipio.objects.filter(uf__in=("SC", "PR"))[:3]]
    for n in range(40):
        dono, municipio = sorte.choice([*pessoas, None]), sorte.choice(municipios)
        cliente = Cliente.objects.create(
            empresa=empresa, codigo=f"C{n:02}", razao_social=f"Cliente {n}", vendedor=dono,
            equipe=dono.participacoes.get().equipe if dono else None, segmento=sorte.choice(segmentos),
            municipio=municipio, uf=municipio.uf if municipio else sorte.choice(["", "RS"]),
            perfil=sorte.choice(["", "Revenda", "revenda", "Consumo"]),
            porte=sorte.choice(["", "Médio", "MÉDIO", "Pequeno"]),
            fora_do_perfil=n == 7, encerrado_em=REF - timedelta(days=40) if n == 9 else None,
            cadastrado_em=date(2025, 1, 1),
        )  # fmt: skip
        for ordem in range(sorte.randrange(5)):
            dia = REF - timedelta(days=sorte.choice([sorte.randrange(80), sorte.randrange(700)]))
            novo_pedido(cliente, f"{n}-{ordem}", dia, sorte.choice(["10.00", "37.55"]), "faturado")
    recalcular(empresa=empresa, referencia=REF, hoje=REF, completo=True)


def chave(i: Indicadores, nome: str, em: date) -> str:
    c = i.cliente
    if nome == "atividade":
        marca = ""
        if i.status == "ativo":
            novo, voltou = i.novo_ate, i.recuperado_ate
            marca = "recuperado" if voltou and voltou >= em else "novo" if novo and novo >= em else ""
        elif i.status == "inativo" and i.antigo_em:
            marca = "antigo" if i.antigo_em <= em else "recente"
        return f"{i.status}.{marca}" if marca else i.status
    lidas = {
        "vendedor": i.vendedor_id, "equipe": i.equipe_id, "segmento": i.segmento_id, "uf": i.uf, "abc": i.curva_abc,
        "empresa": i.empresa_id, "municipio": c.municipio_id, "perfil": c.perfil.upper(), "porte": c.porte.upper(),
    }  # fmt: skip
    return str(lidas[nome] or "0")


def na_unha(
    em: date, linha: str, coluna: str, status: tuple[str, ...] = ()
) -> dict[Any, tuple[int, Decimal]]:
    """Cliente a cliente, sobre os indicadores recalculados em `em`."""
    contados, valores = Counter[Any](), Counter[Any]()
    for i in Indicadores.objects.select_related("cliente"):
        c = i.cliente
        if c.fora_do_perfil or (c.encerrado_em and c.encerrado_em <= em):
            continue
        if "atividade" not in (linha, coluna) and i.status not in (
            status or ("ativo", "quase_inativo", "inativo")
        ):
            continue
        par = chave(i, linha, em), chave(i, coluna, em)
        contados[par] += 1
        valores[par] += i.valor_12m
    return {par: (contados[par], Decimal(valores[par])) for par in contados}


def lida(cruzada: Any) -> dict[Any, tuple[int, Decimal]]:
    return {par: (c.clientes, c.valor) for par, c in cruzada.celulas.items()}


@pytest.mark.parametrize("semente", sementes(range(2), sempre=1))
def test_cada_celula_e_a_conta_na_unha_hoje_e_no_passado(
    semente: int, empresa: Empresa, davi: Any, ana: Any, carla: Any
) -> None:
    povoar(empresa, random.Random(semente), [ana, carla], davi)
    empresas = list(Empresa.objects.filter(pk=empresa.pk))
    for linha, coluna in PARES:
        cruzada = cruzar(davi, Recorte(), CRUZAVEIS[linha], CRUZAVEIS[coluna])
        assert lida(cruzada) == na_unha(REF, linha, coluna)
        na_conta = sum(f.total.clientes for f in cruzada.linhas if f.na_conta)
        assert (
            na_conta == sum(f.total.clientes for f in cruzada.colunas if f.na_conta) == cruzada.total.clientes
        )
    assert lida(cruzar(davi, Recorte(), CRUZAVEIS["uf"], CRUZAVEIS["porte"], "inativo")) == na_unha(
        REF, "uf", "porte", ("inativo",)
    )
    # o passado pela regra de hoje é o que o recálculo daquele dia dá; pela da época, com a regra daquele dia
    for dia in (date(2026, 1, 31), date(2025, 8, 31)):
        for regra, dia_da_regra in ((ATUAL, REF), (EPOCA, dia)):
            recalcular(empresa=empresa, referencia=dia, hoje=dia_da_regra)
            for linha, coluna in PARES:
                passado = Passado(davi, Recorte(), empresas, Leitura(dia, regra, NA_DATA), REF)
                assert lida(cruzar_na_data(passado, CRUZAVEIS[linha], CRUZAVEIS[coluna])) == na_unha(
                    dia, linha, coluna
                ), (dia, regra, linha, coluna)
            recalcular(empresa=empresa, referencia=REF, hoje=REF, completo=True)


@pytest.mark.parametrize("por_pagina", [4, na_resistencia(15)])
def test_o_elo_de_cada_celula_lista_os_clientes_dela(
    por_pagina: int, empresa: Empresa, davi: Any, ana: Any, carla: Any, entrar: Any
) -> None:
    sorte = random.Random(7)
    povoar(empresa, sorte, [ana, carla], davi)
    Empresa.objects.filter(pk=empresa.pk).update(calculada_em=timezone.now())
    navegador: Client = entrar(davi)
    paginas = [
        f"linhas={a}&colunas={b}"
        for a, b in (("atividade", "vendedor"), ("perfil", "porte"), ("uf", "municipio"))
    ]
    for consulta in (
        *paginas,
        f"{paginas[0]}&data=2025-12-31&regra=atual",
        f"{paginas[1]}&data=2025-12-31&dono=atual",
    ):
        contexto = navegador.get(f"/composicao/cruzada/?{consulta}").context
        celulas = [c for _, celulas, total in contexto["linhas"] for c in (*celulas, total)]
        cheias = [c for c in (*celulas, *contexto["rodape"]) if c.medida]
        for celula in (*sorte.sample(cheias, min(por_pagina, len(cheias))), contexto["total"]):
            assert quantos(navegador, celula.elo) == celula.medida, celula.elo


def test_o_relatorio_do_catalogo_diz_o_mesmo(
    empresa: Empresa, davi: Any, ana: Any, carla: Any, entrar: Any
) -> None:
    povoar(empresa, random.Random(11), [ana, carla], davi)
    relatorio = achar("composicao-cruzada")
    assert relatorio is not None
    for linha, coluna in PARES[:4]:
        pedido = ler_pedido(relatorio, davi, {"linhas": [linha], "colunas": [coluna]})
        linhas = list(relatorio.linhas(davi, pedido))
        celulas = {
            (x.faixa.chave, c.chave.removeprefix("c_")): c.celula(x)
            for x in linhas
            for c in relatorio.colunas(davi, pedido)
            if c.chave.startswith("c_")
        }
        assert {par: n for par, n in celulas.items() if n} == {
            par: n for par, (n, _) in na_unha(REF, linha, coluna).items()
        }
        consulta = f"linhas={linha}&colunas={coluna}"
        assert entrar(davi).get(f"/relatorios/composicao-cruzada/?{consulta}").status_code == 200


def test_a_pagina_nao_le_duas_vezes_a_mesma_carteira(
    empresa: Empresa, davi: Any, ana: Any, carla: Any, entrar: Any
) -> None:
    povoar(empresa, random.Random(11), [ana, carla], davi)
    navegador = entrar(davi)
    for chave in ("composicao-cruzada", "composicao-por", "composicao-por-atividade"):
        for data in ("", "&data=2025-12-31"):
            cache.clear()
            with CaptureQueriesContext(connection) as feitas:
                assert navegador.get(f"/relatorios/{chave}/?agrupar=uf{data}").status_code == 200
            lidas = Counter(q["sql"] for q in feitas if "atividade_" in q["sql"])
            assert lidas, (chave, data)
            assert [sql for sql, vezes in lidas.items() if vezes > 1] == [], (chave, data)


def quantos(navegador: Client, elo: str) -> int:
    contexto = navegador.get(elo).context
    return contexto["contagens"].na_lista if "contagens" in contexto else contexto["pagina"].paginator.count


def test_porcentagens_com_duas_casas_ordem_e_planilha(
    davi: Any, ana: Any, carla: Any, empresa: Empresa, entrar: Any, novo_cliente: Any
) -> None:
    for n in range(144):
        compra = (REF - timedelta(days=10 if n >= 35 else 400), "1.00")
        novo_cliente(f"C{n:03}", vendedor=ana if n < 120 else carla, uf="SC", compras=[compra])
    novo_cliente("P", vendedor=ana)
    recalcular(empresa=empresa, referencia=REF, hoje=REF)
    navegador = entrar(davi)
    url = "/composicao/cruzada/?linhas=uf&colunas=atividade&parte=linha"
    html = navegador.get(url).content.decode()
    assert "24,31%" in html
    assert "75,69%" in html
    por_vendedor = "/composicao/cruzada/?linhas=vendedor&colunas=atividade&ordem="
    nomes = [f.rotulo for f, *_ in navegador.get(f"{por_vendedor}c.inativo").context["linhas"]]
    assert nomes == ["Carla Dias", "Ana Souza"]
    corpo = b"".join(
        navegador.get("/composicao/cruzada/exportar/?linhas=vendedor&colunas=atividade").streaming_content
    )
    linhas = corpo.decode("utf-8-sig").splitlines()
    assert linhas[0].startswith("Vendedor;Ativos")
    assert linhas[1].split(";")[0] == "Ana Souza"
    assert linhas[-1].startswith("Total;")
    assert ";1;;" in linhas[1]  # o prospect está ao lado, sem porcentagem
    assert (
        entrar(ana).get("/composicao/cruzada/?linhas=vendedor&colunas=equipe").context["pedido"].linha.nome
        == "segmento"
    )


def test_carteira_grande_no_passado_vem_do_ultimo_retrato(
    empresa: Empresa, davi: Any, ana: Any, carla: Any, entrar: Any, monkeypatch: Any
) -> None:
    """Acima do que cabe numa página, a data é a do retrato, e os números os que os pedidos dariam naquele dia."""
    povoar(empresa, random.Random(3), [ana, carla], davi)
    dia, pedida = date(2025, 12, 31), date(2026, 1, 20)
    fotografar(empresa=empresa, data=dia)
    pares = [("vendedor", "atividade"), ("uf", "abc"), ("segmento", "equipe")]
    dos_pedidos = Passado(davi, Recorte(), [empresa], Leitura(dia), REF)
    empresa.refresh_from_db()
    esperadas = [lida(cruzar_na_data(dos_pedidos, CRUZAVEIS[a], CRUZAVEIS[b])) for a, b in pares]
    navegador = entrar(davi)
    monkeypatch.setattr("relatorios.dos_retratos.CLIENTES_NA_HORA", 10)
    for (a, b), esperada in zip(pares, esperadas, strict=True):
        resposta = navegador.get(f"/composicao/cruzada/?linhas={a}&colunas={b}&data={pedida}")
        assert lida(resposta.context["pedido"].cruzada) == esperada
        assert "do retrato de 31/12/2025, o último até 20/01/2026" in " ".join(
            resposta.content.decode().split()
        )
    resposta = navegador.get(f"/composicao/?agrupar=municipio&data={pedida}")
    assert resposta.context["pedido"].dimensao.nome == "vendedor"
    # sem retrato até a data, refaz-se dos pedidos
    assert not navegador.get("/composicao/cruzada/?data=2025-11-30").context["na_data"].do_retrato
