"""Do que a carteira é feita: clientes e R$ por situação, e por qualquer dimensão que se queira abrir.

Toda conta parte de `linhas(usuario, recorte)`: quem vê o quê e quem fica fora (encerrado, fora do
perfil) se decide uma vez só.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Max, Q, QuerySet, Sum, When, Window
from django.db.models.expressions import Combinable, RowRange
from django.db.models.functions import Upper

from atividade.models import Indicadores
from atividade.regras import Status
from contas.escopo import Forma, filtro_de_visibilidade
from contas.models import Usuario

ZERO = Decimal("0.00")
NA_CONTA = (Status.ATIVO, Status.QUASE_INATIVO, Status.INATIVO)
EM_RISCO_OU_PERDIDO = (Status.QUASE_INATIVO, Status.INATIVO)
# Quem não compra há mais de um ano vale o que comprou no último ano em que comprou.
VALOR_EM_RISCO = Case(When(valor_12m=0, then=F("valor_ano_ativo")), default=F("valor_12m"))
SEM = "0"


@dataclass(frozen=True)
class Recorte:
    """O que a URL pediu; vazio é tudo. `"0"` quer dizer "sem": sem vendedor, sem curva."""

    empresa: tuple[str, ...] = ()
    equipe: tuple[str, ...] = ()
    vendedor: tuple[str, ...] = ()
    segmento: tuple[str, ...] = ()
    uf: tuple[str, ...] = ()
    abc: tuple[str, ...] = ()
    municipio: tuple[str, ...] = ()
    perfil: tuple[str, ...] = ()
    porte: tuple[str, ...] = ()

    def q(self) -> Q:
        """Filtro sobre Indicadores."""
        municipio = _um_de("cliente__municipio", self.municipio, Q(cliente__municipio__isnull=True))
        textos = _um_texto("cliente__perfil", self.perfil) & _um_texto("cliente__porte", self.porte)
        return self.q_do_retrato() & municipio & textos

    def q_do_retrato(self) -> Q:
        """Filtro pelas colunas que Indicadores e Retrato têm com o mesmo nome."""
        filtro = Q()
        for nome in ("empresa", "equipe", "vendedor", "segmento"):
            filtro &= _um_de(nome, getattr(self, nome), Q(**{f"{nome}__isnull": True}))
        return filtro & _um_de("uf", self.uf, Q(uf="")) & _um_de("curva_abc", self.abc, Q(curva_abc=""))

    @property
    def cabe_no_retrato(self) -> bool:
        """Município, perfil e porte não se retratam: o que os filtra se refaz dos pedidos."""
        return not (self.municipio or self.perfil or self.porte)


def _um_de(coluna: str, valores: tuple[str, ...], ausente: Q) -> Q:
    if not valores:
        return Q()
    escolhidos = Q(**{f"{coluna}__in": [v for v in valores if v != SEM]})
    return escolhidos | ausente if SEM in valores else escolhidos


def _um_texto(coluna: str, valores: tuple[str, ...]) -> Q:
    """Texto do cadastro, sem olhar maiúsculas."""
    filtro = Q()
    for valor in valores:
        filtro |= Q(**{coluna: ""}) if valor == SEM else Q(**{f"{coluna}__iexact": valor})
    return filtro


@dataclass(frozen=True)
class Fatia:
    """Uma situação: quantos clientes, quanto compraram em 12 meses, quanto valem em risco."""

    clientes: int = 0
    valor: Decimal = ZERO
    em_risco: Decimal = ZERO
    marcas: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Grupo:
    """As quatro situações de um grupo (ou da carteira inteira, sem rótulo)."""

    chave: str = ""
    rotulo: str = ""
    fatias: dict[str, Fatia] = field(default_factory=dict)

    def fatia(self, status: str) -> Fatia:
        return self.fatias.get(status, Fatia())

    @property
    def clientes(self) -> int:
        """Os que entram na conta: prospects ficam ao lado, sem porcentagem."""
        return sum(self.fatia(s).clientes for s in NA_CONTA)

    @property
    def valor(self) -> Decimal:
        return sum((self.fatia(s).valor for s in NA_CONTA), ZERO)

    @property
    def em_risco(self) -> Decimal:
        """R$ por ano de quem está quase inativo: o que ainda dá para segurar."""
        return self.fatia(Status.QUASE_INATIVO).em_risco

    @property
    def perdido(self) -> Decimal:
        return self.fatia(Status.INATIVO).em_risco

    @property
    def prospects(self) -> int:
        return self.fatia(Status.PROSPECT).clientes

    @property
    def todos(self) -> int:
        return self.clientes + self.prospects

    def porcento(self, status: str) -> Decimal | None:
        return _porcento(self.fatia(status).clientes, self.clientes)

    def porcento_valor(self, status: str) -> Decimal | None:
        return _porcento(self.fatia(status).valor, self.valor)

    @property
    def porcento_em_risco_ou_perdido(self) -> Decimal | None:
        return _porcento(sum(self.fatia(s).clientes for s in EM_RISCO_OU_PERDIDO), self.clientes)


def _porcento(parte: int | Decimal, total: int | Decimal) -> Decimal | None:
    """Exata; quem mostra arredonda. Sem total não há porcentagem a dizer."""
    return Decimal(parte) * 100 / Decimal(total) if total else None


def linhas(usuario: Usuario, recorte: Recorte, *, com_cadastro: bool = False) -> QuerySet[Any]:
    """Os clientes em carteira que a pessoa vê, dentro do recorte.

    Com o cadastro (município, perfil, porte), a visibilidade se diz também dele, em literais: é a mesma, e o banco
    junta dois índices pela ordem em vez de procurar cliente a cliente.
    """
    forma = Forma.LITERAL if com_cadastro else Forma.ARRANJO
    visiveis = Indicadores.objects.visiveis_para(usuario, forma=forma)
    if com_cadastro:
        visiveis = visiveis.filter(filtro_de_visibilidade(usuario, "cliente__", forma=Forma.LITERAL))
    return visiveis.em_carteira().filter(recorte.q())


_SOMAS: dict[str, Any] = {"n": Count("pk"), "valor": Sum("valor_12m"), "risco": Sum(VALOR_EM_RISCO)}
_REFERENCIA = F("empresa__referencia")


def condicoes_das_marcas() -> dict[str, Q]:
    """A marca de cada cliente na referência da empresa dele, como `regras.marcar`; no máximo uma vale."""
    ativo, inativo = Q(status=Status.ATIVO), Q(status=Status.INATIVO)
    nao_voltou = Q(recuperado_ate__isnull=True) | Q(recuperado_ate__lt=_REFERENCIA)
    return {
        "recuperado": ativo & Q(recuperado_ate__gte=_REFERENCIA),
        "novo": ativo & Q(novo_ate__gte=_REFERENCIA) & nao_voltou,
        "antigo": inativo & Q(antigo_em__lte=_REFERENCIA),
        "recente": inativo & Q(antigo_em__gt=_REFERENCIA),
    }


_MARCAS: dict[str, Any] = {
    marca: Count("pk", filter=condicao) for marca, condicao in condicoes_das_marcas().items()
}


def por_situacao(clientes: QuerySet[Any]) -> Grupo:
    """A carteira inteira, com as marcas (novo, recuperado, recente, antigo) dentro de cada situação."""
    fatias = {
        linha["status"]: Fatia(
            linha["n"], linha["valor"], linha["risco"], {m: linha[m] for m in _MARCAS if linha[m]}
        )
        for linha in clientes.values("status").annotate(**_SOMAS, **_MARCAS).order_by()
    }
    return Grupo(fatias=fatias)


@dataclass(frozen=True)
class Dimensao:
    """Por onde se abre a carteira: a coluna, de onde vem o nome, e como chamar quem não tem."""

    nome: str
    titulo: str
    coluna: str
    rotulos: tuple[str, ...] = ()
    ausente: str = ""

    @property
    def chave(self) -> Combinable:
        """O que agrupa: o id ou, dos textos livres, o texto sem olhar maiúsculas."""
        return Upper(self.coluna) if self.nome in TEXTOS else F(self.coluna)

    @property
    def do_cadastro(self) -> bool:
        return self.coluna.startswith("cliente__")

    @property
    def nomes(self) -> dict[str, Max]:
        """O nome entra como agregado para o banco agrupar só pela chave."""
        return {f"rotulo_{i}": Max(caminho) for i, caminho in enumerate(self.rotulos)}

    def rotulo(self, chave: Any, partes: Sequence[str]) -> str:
        """O nome pelas `partes` que `nomes` leu; sem elas, a chave é o próprio nome."""
        if not chave:
            return self.ausente
        return "/".join(partes) if partes else str(chave)

    @property
    def em_frase(self) -> str:
        """O título no meio de uma frase: siglas não perdem as maiúsculas."""
        return {"uf": "UF", "abc": "curva ABC"}.get(self.nome, self.titulo.lower())


# Textos livres do cadastro: agrupam-se e filtram-se sem olhar maiúsculas.
TEXTOS = ("perfil", "porte")
DIMENSOES = {
    d.nome: d
    for d in (
        Dimensao("vendedor", "Vendedor", "vendedor_id", ("vendedor__nome",), "Sem vendedor"),
        Dimensao("equipe", "Equipe", "equipe_id", ("equipe__nome",), "Sem equipe"),
        Dimensao("segmento", "Segmento", "segmento_id", ("segmento__nome",), "Sem segmento"),
        Dimensao("uf", "UF", "uf", (), "Sem UF"),
        Dimensao("abc", "Curva ABC", "curva_abc", (), "Sem curva"),
        Dimensao("empresa", "Empresa", "empresa_id", ("empresa__nome",)),
        Dimensao(
            "municipio",
            "Município",
            "cliente__municipio_id",
            ("cliente__municipio__nome", "cliente__municipio__uf"),
            "Município não reconhecido",
        ),
        Dimensao("perfil", "Perfil", "cliente__perfil", ("cliente__perfil",), "Sem perfil"),
        Dimensao("porte", "Porte", "cliente__porte", ("cliente__porte",), "Sem porte"),
    )
}


def agrupar(clientes: QuerySet[Any], dimensao: Dimensao) -> list[Grupo]:
    """Um grupo por valor da dimensão, com as quatro situações; sem ordem (veja `ordenar`)."""
    abertos = clientes.annotate(chave=dimensao.chave).values("chave", "status")
    somados = abertos.annotate(**_SOMAS, **dimensao.nomes).order_by()
    lidas: Iterable[Any] = somados.values_list("chave", "status", "n", "valor", "risco", *dimensao.nomes)
    if dimensao.nome in TEXTOS:  # das grafias de um mesmo texto, fica a que vem depois
        lidas = sorted(lidas, key=lambda linha: dimensao.rotulo(linha[0], linha[5:]), reverse=True)
    achados: dict[Any, Grupo] = {}
    for chave, status, *soma in lidas:
        grupo = achados.get(chave or None)
        if grupo is None:
            rotulo = dimensao.rotulo(chave, soma[3:])
            grupo = achados[chave or None] = Grupo(str(chave or SEM), rotulo)
        grupo.fatias[status] = Fatia(*soma[:3])
    return list(achados.values())


ORDENS: dict[str, Any] = {
    "risco": lambda g: g.em_risco,
    "clientes": lambda g: g.clientes,
    "valor": lambda g: g.valor,
    "ativo": lambda g: g.fatia(Status.ATIVO).clientes,
    "prospect": lambda g: g.prospects,
    "quase": lambda g: g.fatia(Status.QUASE_INATIVO).clientes,
    "inativos": lambda g: g.fatia(Status.INATIVO).clientes,
    "perdido": lambda g: g.perdido,
}


def ordenar(grupos: Iterable[Grupo], ordem: str) -> list[Grupo]:
    """`-risco` põe o maior em cima; empate vai pelo nome, sempre na mesma ordem."""
    por_nome = sorted(grupos, key=lambda g: (g.rotulo.casefold(), g.chave))
    if ordem.lstrip("-") == "nome":
        return por_nome[::-1] if ordem.startswith("-") else por_nome
    chave = ORDENS.get(ordem.lstrip("-"), ORDENS["risco"])
    return sorted(por_nome, key=chave, reverse=ordem.startswith("-") or ordem.lstrip("-") not in ORDENS)


def somar(grupos: Iterable[Grupo]) -> Grupo:
    """O total de vários grupos, para o pé da tabela fechar com as linhas dela."""
    lista = list(grupos)
    return Grupo(
        fatias={
            status: Fatia(
                sum(g.fatia(status).clientes for g in lista),
                sum((g.fatia(status).valor for g in lista), ZERO),
                sum((g.fatia(status).em_risco for g in lista), ZERO),
            )
            for status in Status
        }
    )


def clientes_que_somam_metade(clientes: QuerySet[Any]) -> int:
    """Quantos quase inativos, dos maiores para os menores, já somam metade do R$ em risco."""
    tudo_antes = RowRange(start=None, end=0)
    ordem = [F("risco").desc(), F("pk").asc()]
    acumulado = (
        clientes.filter(status=Status.QUASE_INATIVO)
        .annotate(risco=VALOR_EM_RISCO)
        .annotate(ate_aqui=Window(Sum("risco"), order_by=ordem, frame=tudo_antes), total=Window(Sum("risco")))
    )
    return int(acumulado.filter(total__gt=0, ate_aqui__lt=F("total") / 2 + F("risco")).count())
