"""A tabela inteira: cada trabalho ao lado do seu chão, várias vezes e intercalados, com medianas e razões.

Mede, não reprova: uma meta que falta é uma linha da tabela. Faz um banco à parte (1 milhão de clientes e 10 milhões
de pedidos; `--pequeno`, um décimo) e no fim o apaga, salvo com `--guardar`.
"""

import json
import os
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from django.db import connection

from carteira.medicoes import cargas, dados, leituras, recalculo
from carteira.medicoes.custo import Custo, mediana
from clientes.models import Pedido

Dizer = Callable[[str], None]
CPU, PAREDE, MEMORIA, VELOCIDADE = "cpu", "parede", "memoria", "por_segundo"


@dataclass(frozen=True, slots=True)
class Meta:
    """Uma grandeza do trabalho, dividida pela do chão quando `razao`, e o limite que ela não deve passar."""

    de: str
    limite: float
    razao: bool = True
    ao_menos: bool = False

    def __str__(self) -> str:
        sinal = "≥" if self.ao_menos else "≤"
        unidade = {True: "×", False: {PAREDE: " ms", VELOCIDADE: " linhas/s"}.get(self.de, "")}[self.razao]
        valor = self.limite * 1000 if unidade == " ms" else self.limite
        return f"{sinal} {_numero(valor)}{unidade} {_NOMES[self.de] if self.razao else ''}".strip()

    def alcancada(self, linha: "Medida") -> bool | None:
        medido = linha.razao(self.de) if self.razao else mediana(linha.trabalho, self.de)
        if medido is None:
            return None
        return medido >= self.limite if self.ao_menos else medido <= self.limite


_NOMES = {CPU: "CPU", PAREDE: "parede", MEMORIA: "memória", VELOCIDADE: "linhas/s"}


@dataclass(frozen=True, slots=True)
class Medida:
    """Uma linha da tabela com o que se mediu."""

    nome: str
    trabalho: list[Custo]
    chao: list[Custo]
    metas: tuple[Meta, ...]

    def razao(self, de: str) -> float | None:
        """Mediana das razões de cada repetição: os dois lados de cada uma correram um depois do outro."""
        pares = [
            (a, b)
            for t, c in zip(self.trabalho, self.chao, strict=False)
            if (a := getattr(t, de)) is not None and (b := getattr(c, de))
        ]
        return median(a / b for a, b in pares) if pares else None

    def em_json(self) -> dict[str, Any]:
        return {
            "nome": self.nome,
            "trabalho": _resumo(self.trabalho),
            "chao": _resumo(self.chao) if self.chao else None,
            "razao": {de: self.razao(de) for de in (CPU, PAREDE, MEMORIA)} if self.chao else None,
            "metas": [{"meta": str(m), "alcancada": m.alcancada(self)} for m in self.metas],
            "vezes": [asdict(c) for c in self.trabalho],
        }


# nome, trabalho, chão, metas: a tabela da arquitetura, uma linha de cada vez
LINHAS: tuple[tuple[str, str, str, tuple[Meta, ...]], ...] = (
    ("recálculo completo × F2", "completo", "f2", (Meta(CPU, 6), Meta(PAREDE, 3))),
    ("dia natural, sem postos × completo", "sem_postos", "completo", (Meta(CPU, 1 / 15),)),
    ("dia natural, com ABC e RFV × completo", "incremental", "completo", (Meta(CPU, 1 / 6),)),
    (
        "o completo em pandas, gravando × completo",
        "pandas",
        "completo",
        (Meta(CPU, 3, ao_menos=True), Meta(MEMORIA, 10, ao_menos=True)),
    ),
    ("só ler e calcular, em pandas × aqui", "pandas_so_a_conta", "so_a_conta", ()),
    (
        "carga numa tabela vazia × COPY sem índice",
        "carga_vazia",
        "copy_nu",
        (Meta(PAREDE, 4), Meta(VELOCIDADE, 50_000, razao=False, ao_menos=True)),
    ),
    (
        "carga numa tabela viva × COPY sem índice",
        "carga_viva",
        "copy_nu_viva",
        (Meta(VELOCIDADE, 20_000, razao=False, ao_menos=True),),
    ),
    ("SQL da primeira página, {lista} clientes", "pagina_vendedor_sql", "", (Meta(PAREDE, 0.005, razao=False),)),
    (
        "página da lista, {lista} clientes × o SQL",
        "pagina_vendedor",
        "pagina_vendedor_sql",
        (Meta(PAREDE, 0.060, razao=False),),
    ),
    ("página funda × a primeira", "funda_vendedor", "pagina_vendedor", (Meta(PAREDE, 1.2),)),
    ("SQL da primeira página, empresa inteira", "pagina_admin_sql", "", (Meta(PAREDE, 0.005, razao=False),)),
    (
        "página da lista, empresa inteira × o SQL",
        "pagina_admin",
        "pagina_admin_sql",
        (Meta(PAREDE, 0.060, razao=False),),
    ),
    ("contagens das abas, empresa inteira, que chegam depois", "contagens_admin", "", ()),
    ("página funda, empresa inteira × a primeira", "funda_admin", "pagina_admin", (Meta(PAREDE, 1.2),)),
    ("composição viva, {composicao} clientes", "composicao_viva", "", (Meta(PAREDE, 0.100, razao=False),)),
    (
        "composição dos retratos, {composicao} clientes",
        "composicao_retratos",
        "",
        (Meta(PAREDE, 0.020, razao=False),),
    ),
    (
        "composição numa data passada, {composicao} clientes, por contagem",
        "composicao_passada",
        "",
        (Meta(PAREDE, 1.5, razao=False),),
    ),
    ("prévia de uma regra, {previa} clientes", "previa", "", (Meta(PAREDE, 0.300, razao=False),)),
)  # fmt: skip


def argumentos(leitor: Any) -> None:
    leitor.add_argument(
        "--pequeno", action="store_true", help="um décimo: 100 mil clientes, 1 milhão de pedidos"
    )
    leitor.add_argument("--clientes", type=int, default=0, help="outro tamanho, para experimentar")
    leitor.add_argument("--vezes", type=int, default=3, help="quantas vezes cada trabalho se repete (3)")
    leitor.add_argument("--json", type=Path, metavar="ARQ", help="escreve também tudo o que mediu")
    leitor.add_argument("--guardar", action="store_true", help="deixa o banco para a próxima vez")


def executar(opcoes: dict[str, Any], dizer: Dizer) -> bool:
    """Faz os dados, mede e mostra; sai bem mesmo que uma meta falte."""
    clientes = opcoes["clientes"] or (100_000 if opcoes["pequeno"] else 1_000_000)
    try:
        achado = _medir_tudo(clientes, opcoes["vezes"], dizer)
    finally:
        if not opcoes["guardar"]:
            dados.apagar(clientes)
    mostrar(achado, dizer)
    if opcoes["json"]:
        opcoes["json"].write_text(json.dumps(achado, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return True


def _medir_tudo(clientes: int, vezes: int, dizer: Dizer) -> dict[str, Any]:
    carga = os.getloadavg()[0]
    custos = cargas.medir_vazia(max(clientes // 10, 100), clientes, vezes, dizer)
    with dados.banco(dizer, clientes) as empresa:
        pedidos = Pedido.objects.count()
        custos |= leituras.medir_tudo(empresa, max(3 * vezes, 5), dizer)
        tamanhos = {nome: _numero(n) for nome, n in leituras.quantos(empresa).items()}
        custos |= recalculo.medir_tudo(empresa, vezes, dizer)
        custos |= cargas.medir_viva(empresa, max(clientes // 5, 100), vezes, dizer)
        maquina = _maquina(carga)
    medidas = [
        Medida(nome.format(**tamanhos), custos[trabalho], custos.get(chao, []), metas)
        for nome, trabalho, chao, metas in LINHAS
        if custos.get(trabalho)
    ]
    return {
        "maquina": maquina,
        "dados": {"clientes": clientes, "pedidos": pedidos, "vezes": vezes},
        "linhas": [m.em_json() for m in medidas],
    }


def _maquina(carga: float) -> dict[str, Any]:
    """A máquina em poucas palavras, e quanto ela estava ocupada no começo e no fim."""
    memoria = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    ajustes = ("server_version", "shared_buffers", "work_mem", "fsync", "synchronous_commit")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, current_setting(name) FROM unnest(%s::text[]) AS n (name)", [list(ajustes)]
        )
        servidor = dict(cursor.fetchall())
    return {
        "nucleos": os.cpu_count(),
        "memoria_gib": round(memoria / 2**30),
        "sistema": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "postgresql": servidor,
        "carga": [round(carga, 1), round(os.getloadavg()[0], 1)],
    }


# ── Mostrar ──────────────────────────────────────────────────────────────────


def _resumo(custos: list[Custo]) -> dict[str, float | None]:
    campos = ("parede", "cpu", "cpu_servidor", "memoria", "por_segundo")
    return {campo: mediana(custos, campo) for campo in campos}


def mostrar(achado: dict[str, Any], dizer: Dizer) -> None:
    m, d = achado["maquina"], achado["dados"]
    dizer(
        f"\n{m['nucleos']} núcleos, {m['memoria_gib']} GiB, PostgreSQL {m['postgresql']['server_version']}, "
        f"carga {_numero(m['carga'][0])} no começo e {_numero(m['carga'][1])} no fim; "
        f"{_numero(d['clientes'])} clientes, {_numero(d['pedidos'])} pedidos, medianas de {d['vezes']}"
    )
    dizer(
        f"\n{'trabalho':<62}{'CPU s':>9}{'parede s':>10}{'MB':>7}{'linhas/s':>10}"
        f"{'× CPU':>8}{'× parede':>10}  meta"
    )
    for linha in achado["linhas"]:
        t, r = linha["trabalho"], linha["razao"] or {}
        metas = ", ".join(f"{m['meta']} {_SINAIS[m['alcancada']]}" for m in linha["metas"])
        dizer(
            f"{linha['nome']:<62}{_numero(t['cpu'], 3):>9}{_numero(t['parede'], 3):>10}{_numero(t['memoria']):>7}"
            f"{_numero(t['por_segundo']):>10}{_numero(r.get(CPU), 2):>8}{_numero(r.get(PAREDE), 2):>10}  {metas}"
        )


_SINAIS = {True: "✓", False: "✗", None: "?"}


def _numero(valor: float | None, casas: int | None = None) -> str:
    """À brasileira; sem `casas`, as que o tamanho pede."""
    if valor is None:
        return "–"
    if casas is None:
        casas = 0 if valor >= 100 or valor == int(valor) else 2 if valor < 1 else 1
    return f"{valor:,.{casas}f}".translate(str.maketrans(",.", ".,"))
