"""Cidades como unidade de conta ao lado dos clientes: por UF, por situação, e as que ficaram sem nenhum ativo."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from atividade.regras import Status
from atividade.rotulos import NOMES, PLURAIS
from carteira.formatos import numero, plural
from carteira.web.acesso import exige
from carteira.web.migracao_comum import Pedido, paginar
from carteira.web.nomes_em_planilha import exportacoes
from carteira.web.recorte import elo_da_lista
from clientes.models import UFS
from contas.papeis import Permissao
from relatorios.cidades import ORDEM, SEM_ATIVO, Cidade, Contagem, cidades, contar, escolher, por_uf
from relatorios.composicao import NA_CONTA, linhas
from relatorios.planilhas import Coluna


class PedidoDeCidades(Pedido):
    @cached_property
    def lidas(self) -> tuple[list[Cidade], Cidade | None]:
        return cidades(linhas(self.usuario, self.recorte))

    @property
    def situacao(self) -> str:
        pedida = self.consulta.get("situacao", "")
        return pedida if pedida in (*ORDEM, SEM_ATIVO) else ""

    @property
    def lugar(self) -> str:
        """A UF da tabela de cidades; a do recorte fica no recorte."""
        pedida = self.consulta.get("lugar", "").upper()
        return pedida if pedida in UFS else ""

    @cached_property
    def escolhidas(self) -> list[Cidade]:
        return escolher(self.lidas[0], situacao=self.situacao, uf=self.lugar)


@exige(Permissao.VER_COMPOSICAO)
def pagina(request: HttpRequest) -> HttpResponseBase:
    pedido = PedidoDeCidades(request, "cidades")
    if pedido.formato:
        o_que, colunas, linhas_de = _TABELAS.get(pedido.consulta.get("tabela", ""), _AS_CIDADES)
        nome = f"{o_que.replace(' ', '-')}-{pedido.referencia or 'sem-data'}"
        return pedido.levar(nome, o_que, colunas(), linhas_de(pedido) if pedido.referencia else ())
    contexto = pedido.contexto
    if pedido.referencia:
        contexto |= _das_cidades(pedido)
    return render(request, "migracao/cidades.html", contexto)


def _das_cidades(pedido: PedidoDeCidades) -> dict[str, Any]:
    todas, sem_municipio = pedido.lidas
    total = contar(todas)
    # Os clientes são os da carteira inteira: os de município não reconhecido também têm situação.
    carteira = contar([*todas, sem_municipio] if sem_municipio else todas)
    pagina = paginar(pedido.escolhidas, pedido.request)
    return {
        "total": total,
        "relatorio": pedido.elo_do_relatorio("cidades", situacao=pedido.situacao or "todas"),
        "carteira": carteira,
        "elo_com_compra": elo_da_lista(pedido.recorte, status=[s.value for s in NA_CONTA]),
        "titulo_da_conta": _titulo(total),
        "atividade": [
            {
                "status": s.value,
                "cidades": total.cidades.get(s, 0),
                "parte": total.porcento(s),
                "url": _aba(pedido, s.value),
                "clientes": carteira.clientes.get(s, 0),
                "parte_dos_clientes": carteira.porcento_dos_clientes(s),
                "elo_clientes": elo_da_lista(pedido.recorte, status=s.value),
            }
            for s in NA_CONTA
        ],
        "prospects": (total.cidades.get(Status.PROSPECT, 0), _aba(pedido, Status.PROSPECT.value)),
        "sem_ativo": (total.sem_ativo, _aba(pedido, SEM_ATIVO)),
        "ufs": [_linha_da_uf(pedido, c) for c in por_uf(todas)],
        "sem_municipio": sem_municipio,
        "elo_sem_municipio": elo_da_lista(pedido.recorte, municipio="0"),
        "abas_das_cidades": _abas(pedido, todas),
        "pagina": pagina,
        "levar_situacoes": exportacoes(pedido.request, "situacoes"),
        "levar_ufs": exportacoes(pedido.request, "ufs"),
        "cidades": [_linha_da_cidade(pedido, c) for c in pagina],
        "lugar": pedido.lugar,
        "tirar_lugar": pedido.elo(lugar=None) + "#cidades",
        "nome_da_aba": _nome_da_aba(pedido.situacao),
    }


def _titulo(total: Contagem) -> str:
    if not total.com_compra:
        return "Nenhuma cidade com compra"
    sem = total.sem_ativo
    com = f"{numero(total.com_compra)} {plural(total.com_compra, 'cidade,cidades')} com compra"
    return f"{com}, {numero(sem)} sem nenhum cliente ativo" if sem else f"{com}, todas com cliente ativo"


def _aba(pedido: PedidoDeCidades, situacao: str | None, lugar: str | None = None) -> str:
    return pedido.elo(situacao=situacao or None, lugar=lugar) + "#cidades"


def _abas(pedido: PedidoDeCidades, todas: list[Cidade]) -> list[dict[str, Any]]:
    """Todas, cada situação e as sem ativo; as contagens são as da UF escolhida."""
    do_lugar = escolher(todas, uf=pedido.lugar)
    situacoes = ("", *ORDEM, SEM_ATIVO)
    return [
        {
            "rotulo": _nome_da_aba(s),
            "status": s if s in ORDEM else "",
            "url": _aba(pedido, s, pedido.lugar or None),
            "atual": s == pedido.situacao,
            "quantidade": len(escolher(do_lugar, situacao=s)),
        }
        for s in situacoes
    ]


def _nome_da_aba(situacao: str) -> str:
    if situacao == SEM_ATIVO:
        return "Sem nenhum ativo"
    return PLURAIS[situacao] if situacao else "Todas"


def _linha_da_uf(pedido: PedidoDeCidades, c: Contagem) -> dict[str, Any]:
    return {
        "uf": c.uf,
        "cidades": sum(c.cidades.values()),
        "url": _aba(pedido, None, c.uf),
        "por_situacao": [(s, c.cidades.get(s, 0), _aba(pedido, s, c.uf)) for s in ORDEM],
        "sem_ativo": (c.sem_ativo, _aba(pedido, SEM_ATIVO, c.uf)),
        "clientes": sum(c.clientes.values()),
        "pilha": {s.value: c.cidades.get(s, 0) for s in NA_CONTA},
    }


def _linha_da_cidade(pedido: PedidoDeCidades, c: Cidade) -> dict[str, Any]:
    municipio = str(c.municipio)
    return {
        "cidade": c,
        "clientes": c.todos,
        "url": elo_da_lista(pedido.recorte, municipio=municipio),
        "por_situacao": [
            (s, c.clientes.get(s, 0), elo_da_lista(pedido.recorte, municipio=municipio, status=s))
            for s in ORDEM
        ],
    }


def _colunas() -> tuple[Coluna, ...]:
    return (
        Coluna("Cidade", largura=30),
        Coluna("UF", largura=6),
        Coluna("Situação da cidade", largura=18),
        Coluna("Última compra", "data"),
        *(Coluna(PLURAIS[s], "inteiro", 14) for s in ORDEM),
        Coluna("Clientes", "inteiro", 12),
        Coluna("R$/ano", "moeda"),
    )


def _linhas(pedido: PedidoDeCidades) -> Iterator[list[Any]]:
    for c in pedido.escolhidas:
        contas = [c.clientes.get(s, 0) for s in ORDEM]
        yield [c.nome, c.uf, NOMES[c.situacao], c.ultima_compra, *contas, c.todos, c.valor]


def _colunas_das_situacoes() -> tuple[Coluna, ...]:
    inteiros = [Coluna(t, "inteiro") for t in ("Cidades", "Clientes")]
    porcentos = [Coluna(t, "porcento") for t in ("% das cidades", "% dos clientes")]
    return (Coluna("Situação", largura=26), inteiros[0], porcentos[0], inteiros[1], porcentos[1])


def _linhas_das_situacoes(pedido: PedidoDeCidades) -> Iterator[list[Any]]:
    das = _das_cidades(pedido)
    for a in das["atividade"]:
        partes = [None if p is None else round(p, 2) for p in (a["parte"], a["parte_dos_clientes"])]
        yield [PLURAIS[a["status"]], a["cidades"], partes[0], a["clientes"], partes[1]]
    yield ["Com compra", das["total"].com_compra, None, das["carteira"].clientes_com_compra, None]
    yield ["Só prospects", das["prospects"][0], None, None, None]
    yield ["Sem nenhum cliente ativo", das["sem_ativo"][0], None, None, None]


def _colunas_das_ufs() -> tuple[Coluna, ...]:
    das_situacoes = (Coluna(PLURAIS[s], "inteiro", 14) for s in ORDEM)
    inteiros = (Coluna(t, "inteiro") for t in ("Sem ativo", "Clientes"))
    return (Coluna("UF", largura=6), Coluna("Cidades", "inteiro"), *das_situacoes, *inteiros)


def _linhas_das_ufs(pedido: PedidoDeCidades) -> Iterator[list[Any]]:
    for u in (_linha_da_uf(pedido, c) for c in por_uf(pedido.lidas[0])):
        yield [u["uf"], u["cidades"], *(n for _, n, _ in u["por_situacao"]), u["sem_ativo"][0], u["clientes"]]


_AS_CIDADES = ("cidades", _colunas, _linhas)
_TABELAS = {
    "situacoes": ("cidades por situação", _colunas_das_situacoes, _linhas_das_situacoes),
    "ufs": ("cidades por UF", _colunas_das_ufs, _linhas_das_ufs),
}
