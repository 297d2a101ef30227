"""A composição em uma data passada, e os nomes por trás de cada número dela.

Quem vê o quê é de hoje, como em todo lugar: o passado mostrado é o dos clientes que a pessoa vê agora.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.core.exceptions import EmptyResultSet

from atividade.models import Indicadores
from atividade.na_data import Momento, relacao
from clientes.models import Municipio, Segmento
from contas.escopo import Forma, filtro_de_visibilidade
from contas.models import Empresa, Equipe, Usuario
from contas.replica import conexao
from relatorios.composicao import SEM, TEXTOS, ZERO, Dimensao, Fatia, Grupo, Recorte

EPOCA, ATUAL, NA_DATA = "epoca", "atual", "na_data"
FORA = "fora"
_COLUNAS = {
    "vendedor": "vendedor_id",
    "equipe": "equipe_id",
    "segmento": "segmento_id",
    "uf": "uf",
    "abc": "curva_abc",
    "empresa": "empresa_id",
    "municipio": "municipio_id",
    "perfil": "upper(perfil)",
    "porte": "upper(porte)",
    "atividade": "t.status || CASE WHEN marca = '' THEN '' ELSE '.' || marca END",
}
_SOMAR = f"""
SELECT {{coluna}}, status, CASE WHEN saiu THEN '{FORA}' ELSE status_hoje END, marca,
       count(*), sum(valor_12m), sum(em_risco), {{rotulo}}
  FROM ({{tudo}}) t WHERE {{filtro}} GROUP BY 1, 2, 3, 4
"""
_CRUZAR = """
SELECT {linha}, {coluna}, count(*), sum(valor_12m), {rotulo_da_linha}, {rotulo_da_coluna}
  FROM ({tudo}) t WHERE {filtro} GROUP BY 1, 2
"""
_CONTAR = "SELECT count(*) FROM ({tudo}) t WHERE {filtro}"
_LISTAR = f"""
SELECT t.cliente_id, coalesce(nullif(c.nome_fantasia, ''), c.razao_social), c.codigo, t.status,
       CASE WHEN t.saiu THEN '{FORA}' ELSE t.status_hoje END, t.marca, t.ultima, t.quase_em, t.inativo_em,
       t.valor_12m, t.em_risco, t.limiar_id, v.nome
  FROM ({{tudo}}) t
  JOIN clientes_cliente c ON c.id = t.cliente_id
  LEFT JOIN contas_usuario v ON v.id = t.vendedor_id
 WHERE {{filtro}}
 ORDER BY t.em_risco DESC, c.codigo, t.cliente_id
"""


@dataclass(frozen=True, slots=True)
class Leitura:
    """Como ler o passado: a data, a regra (da época ou de hoje) e o dono (na data ou atual)."""

    data: date
    regra: str = EPOCA
    dono: str = NA_DATA


@dataclass(frozen=True, slots=True)
class Soma:
    """Um pedaço da composição: o grupo, o status na data e o de hoje, quantos e quanto."""

    chave: Any
    status: str
    hoje: str
    marca: str
    clientes: int
    valor: Decimal
    em_risco: Decimal
    rotulo: str | None = None


@dataclass(frozen=True, slots=True)
class ClienteNaData:
    """Um cliente como estava: status, limites daquele dia, valor de 12 meses e a regra que o classificou."""

    pk: int
    nome: str
    codigo: str
    status: str
    hoje: str
    marca: str
    ultima: date | None
    quase_em: date | None
    inativo_em: date | None
    valor_12m: Decimal
    em_risco: Decimal
    limiar_id: int | None
    vendedor: str | None


def por_situacao(somas: Iterable[Soma]) -> Grupo:
    """A carteira inteira naquele dia, com recentes e antigos dentro dos inativos."""
    total = Grupo()
    for soma in somas:
        _somar(total, soma)
        if soma.marca:
            marcas = total.fatias[soma.status].marcas
            marcas[soma.marca] = marcas.get(soma.marca, 0) + soma.clientes
    return total


def agrupar(somas: Iterable[Soma], dimensao: Dimensao) -> list[Grupo]:
    """Um grupo por valor da dimensão; sem ordem (veja `composicao.ordenar`)."""
    lista = list(somas)
    nomes = rotulos(dimensao, [(s.chave, s.rotulo) for s in lista])
    grupos: dict[Any, Grupo] = {}
    for soma in lista:
        rotulo = nomes.get(soma.chave, str(soma.chave)) if soma.chave else dimensao.ausente
        _somar(grupos.setdefault(soma.chave or None, Grupo(str(soma.chave or SEM), rotulo)), soma)
    return list(grupos.values())


def _somar(grupo: Grupo, soma: Soma) -> None:
    antes = grupo.fatia(soma.status)
    grupo.fatias[soma.status] = Fatia(
        antes.clientes + soma.clientes, antes.valor + soma.valor, antes.em_risco + soma.em_risco, antes.marcas
    )


def rotulos(dimensao: Dimensao, chaves: Iterable[tuple[Any, str | None]]) -> dict[Any, str]:
    """Os nomes atrás dos ids, em uma consulta; os textos trazem o seu, UF e curva são o próprio nome."""
    pares = {chave: rotulo for chave, rotulo in sorted(chaves, key=str) if chave}
    if dimensao.nome in TEXTOS:
        return {chave: rotulo or str(chave) for chave, rotulo in pares.items()}
    modelo: Any = {"vendedor": Usuario, "equipe": Equipe, "segmento": Segmento, "empresa": Empresa,
              "municipio": Municipio}.get(dimensao.nome)  # fmt: skip
    achados: Any = modelo.objects.filter(pk__in=pares) if modelo else []
    return {x.pk: f"{x.nome}/{x.uf}" if dimensao.nome == "municipio" else x.nome for x in achados}


@dataclass(frozen=True, slots=True)
class PassagemAteHoje:
    """Quantos estavam em `de` naquele dia e onde estão hoje; `fora` é quem encerrou depois."""

    de: str
    para: str
    clientes: int
    em_risco: Decimal


def ate_hoje(somas: Iterable[Soma]) -> list[PassagemAteHoje]:
    """Só quem mudou, da maior passagem à menor."""
    pares: dict[tuple[str, str], tuple[int, Decimal]] = {}
    for s in somas:
        if s.status != s.hoje:
            n, risco = pares.get((s.status, s.hoje), (0, ZERO))
            pares[s.status, s.hoje] = n + s.clientes, risco + s.em_risco
    passagens = [PassagemAteHoje(*par, *soma) for par, soma in pares.items()]
    return sorted(passagens, key=lambda p: (-p.clientes, p.de, p.para))


@dataclass(frozen=True)
class Passado:
    """O recorte da pessoa em uma data; `hoje` é o dia em que a regra atual é lida."""

    usuario: Usuario
    recorte: Recorte
    empresas: Sequence[Empresa]
    leitura: Leitura
    hoje: date

    def somas(self, dimensao: Dimensao, *, valores: bool = True) -> list[Soma]:
        """A composição aberta por uma dimensão, em uma consulta."""
        sql = _SOMAR.replace("{coluna}", _COLUNAS[dimensao.nome]).replace("{rotulo}", _rotulo_de(dimensao))
        partes = _partes_de(dimensao)
        return [
            Soma(*linha)
            for linha in self.executar(sql, {}, **partes | {"valores": valores, "marcas": valores})
        ]

    def cruzar(
        self, linha: Dimensao, coluna: Dimensao, **filtros: Any
    ) -> list[tuple[Any, Any, int, Decimal, str | None, str | None]]:
        """(linha, coluna, clientes, valor, rótulos) de cada par, em uma consulta."""
        sql = (
            _CRUZAR.replace("{linha}", _COLUNAS[linha.nome])
            .replace("{coluna}", _COLUNAS[coluna.nome])
            .replace("{rotulo_da_linha}", _rotulo_de(linha))
            .replace("{rotulo_da_coluna}", _rotulo_de(coluna))
        )
        return self.executar(sql, filtros, **_partes_de(linha, coluna))

    def contar(self, **filtros: Any) -> int:
        marcas = bool(filtros.get("marca"))
        linhas = self.executar(_CONTAR, filtros, valores=False, marcas=marcas)
        return int(linhas[0][0]) if linhas else 0

    def clientes(self, inicio: int = 0, quantos: int | None = None, **filtros: Any) -> list[ClienteNaData]:
        """Os nomes do maior valor ao menor; `status` e `hoje` escolhem uma passagem."""
        sql = _LISTAR + (f" LIMIT {quantos:d} OFFSET {inicio:d}" if quantos is not None else "")
        return [ClienteNaData(*linha) for linha in self.executar(sql, filtros, marcas=True)]

    @cached_property
    def _momentos(self) -> list[Momento]:
        """Cada empresa não passa da própria referência: o que vem depois ainda não foi calculado."""
        return [
            Momento(e, dia, dia if self.leitura.regra == EPOCA else self.hoje, self.leitura.dono == NA_DATA)
            for e in self.empresas
            if e.referencia and (dia := min(self.leitura.data, e.referencia))
        ]

    def executar(
        self,
        sql: str,
        filtros: dict[str, Any],
        momentos: Sequence[Momento] = (),
        /,
        *,
        valores: bool = True,
        curva: bool = False,
        marcas: bool = False,
        cadastro: bool = False,
    ) -> list[Any]:
        """Uma consulta sobre os clientes como eram, em um ou em vários momentos."""
        if not (momentos := momentos or self._momentos):
            return []
        partes = {"valores": valores, "curva": curva or bool(self.recorte.abc), "marcas": marcas}
        try:
            tudo, parametros = _unir(
                relacao(m, self._visiveis(m, cadastro), cadastro=cadastro, **partes) for m in momentos
            )
        except EmptyResultSet:  # quem não alcança equipe nem empresa nenhuma
            return []
        filtro, do_filtro = self._filtro(**filtros)
        consulta = sql.replace("{tudo}", tudo).replace("{filtro}", filtro)
        with conexao().cursor() as cursor:
            cursor.execute(consulta, parametros | do_filtro)
            return cursor.fetchall()

    @property
    def recorte_de_hoje(self) -> Recorte:
        """O que o recorte diz dos atributos de hoje; dono e curva da data se filtram depois de calculados."""
        de_hoje = replace(self.recorte, abc=())
        return replace(de_hoje, vendedor=(), equipe=()) if self.leitura.dono == NA_DATA else de_hoje

    def _visiveis(self, momento: Momento, cadastro: bool) -> Any:
        """Com o cadastro, como em `composicao.linhas`: a visibilidade em literais dos dois lados junta dois índices."""
        forma = Forma.LITERAL if cadastro else Forma.SUBCONSULTA
        visiveis = Indicadores.objects.visiveis_para(self.usuario, forma=forma)
        if cadastro:
            visiveis = visiveis.filter(filtro_de_visibilidade(self.usuario, "cliente__", forma=Forma.LITERAL))
        visiveis = visiveis.filter(empresa=momento.empresa)
        return visiveis.filter(self.recorte_de_hoje.q())

    def _filtro(
        self, *, status: Iterable[str] = (), hoje: str = "", marca: str = ""
    ) -> tuple[str, dict[str, Any]]:
        partes, valores = ["true"], dict[str, Any]()
        ids = dict[str, tuple[str, ...]]()
        if self.leitura.dono == NA_DATA:
            ids |= {"vendedor": self.recorte.vendedor, "equipe": self.recorte.equipe}
        for nome, escolhidos in ids.items():
            if escolhidos:
                sem = f" OR t.{nome}_id IS NULL" if SEM in escolhidos else ""
                partes.append(f"(t.{nome}_id = ANY(%({nome})s){sem})")
                valores[nome] = [int(v) for v in escolhidos if v != SEM]
        if self.recorte.abc:
            partes.append("t.curva_abc = ANY(%(curvas)s)")
            valores["curvas"] = ["" if v == SEM else v for v in self.recorte.abc]
        if status:
            partes.append("t.status = ANY(%(status)s)")
            valores["status"] = list(status)
        if hoje:
            partes.append(f"CASE WHEN t.saiu THEN '{FORA}' ELSE t.status_hoje END = %(hoje)s")
            valores["hoje"] = hoje
        if marca:
            partes.append("t.marca = %(marca)s")
            valores["marca"] = "" if marca == SEM else marca
        return " AND ".join(partes), valores


def _partes_de(*dimensoes: Dimensao) -> dict[str, bool]:
    """O que se precisa ler para abrir por elas: só paga quem usa."""
    nomes = {d.nome for d in dimensoes}
    return {
        "curva": "abc" in nomes,
        "marcas": "atividade" in nomes,
        "cadastro": any(d.do_cadastro for d in dimensoes),
    }


def _rotulo_de(dimensao: Dimensao) -> str:
    return f"max({dimensao.nome})" if dimensao.nome in TEXTOS else "NULL"


def _unir(relacoes: Iterable[tuple[str, dict[str, Any]]]) -> tuple[str, dict[str, Any]]:
    """Uma relação só: os parâmetros de cada parte ganham o número dela."""
    partes: list[str] = []
    parametros: dict[str, Any] = {}
    for n, (sql, seus) in enumerate(relacoes):
        partes.append(f"SELECT * FROM ({sql.replace('%(', f'%(p{n}_')}) p{n}")
        parametros |= {f"p{n}_{nome}": valor for nome, valor in seus.items()}
    return " UNION ALL ".join(partes), parametros


_POR_DIA = """
SELECT dia, status, count(*), sum(valor_12m) FROM ({tudo}) t WHERE ultima IS NOT NULL AND {filtro} GROUP BY 1, 2
"""


def nos_dias(passado: Passado, dias: Sequence[date]) -> Iterable[tuple[date, str, int, Decimal]]:
    """(dia, status, clientes, valor) de vários dias de uma vez, com a regra, o dono e o recorte de `passado`."""
    leitura = passado.leitura
    momentos = [
        Momento(e, dia, dia if leitura.regra == EPOCA else passado.hoje, leitura.dono == NA_DATA)
        for e in passado.empresas
        for dia in dias
    ]
    return passado.executar(_POR_DIA, {}, momentos) if momentos else []
