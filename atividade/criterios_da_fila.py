"""Os critérios da fila de cada empresa: ler, mudar com motivo, voltar atrás e ver antes quem entra e quem sai."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet, Sum

from atividade.models import Indicadores, ParametrosDaFila
from atividade.prioridade import valor_em_jogo
from atividade.regras import RegraInvalida
from atividade.regras_da_fila import Criterios, Momento, motivo_de_fora
from contas.auditoria import registrar
from contas.models import Empresa, RegistroDeAuditoria, Usuario

ACAO = "fila.criterios"
CAMPOS = tuple(campo.name for campo in fields(Criterios))
ENTRA, SAI = "entra", "sai"


def criterios_de(empresas: Iterable[int]) -> dict[int, Criterios]:
    """Os de cada empresa, em uma consulta."""
    empresas = list(empresas)
    salvos = ParametrosDaFila.objects.filter(empresa__in=empresas).values_list("empresa", *CAMPOS)
    achados = {empresa: Criterios(*valores) for empresa, *valores in salvos}
    return {empresa: achados.get(empresa, Criterios()) for empresa in empresas}


def criterios_da(empresa: Empresa) -> Criterios:
    return criterios_de([empresa.pk])[empresa.pk]


def momentos(referencias: Mapping[int, date], hoje: date) -> list[tuple[Momento, list[int]]]:
    """As empresas juntas onde a data e os critérios são os mesmos."""
    criterios = criterios_de(referencias)
    grupos: dict[Momento, list[int]] = {}
    for empresa, dia in referencias.items():
        grupos.setdefault(Momento(dia, hoje, criterios[empresa]), []).append(empresa)
    return list(grupos.items())


def capacidade_de(pessoa: Usuario, criterios: Iterable[Criterios]) -> int:
    """A da pessoa ou, se ninguém disse, a maior entre as das empresas dela."""
    if pessoa.capacidade_diaria is not None:
        return pessoa.capacidade_diaria
    return max((a.capacidade_padrao for a in criterios), default=Criterios().capacidade_padrao)


# ── Mudar e voltar atrás ─────────────────────────────────────────────────────


@transaction.atomic
def mudar_criterios(*, empresa: Empresa, novos: Criterios, por: Usuario, motivo: str) -> set[str]:
    """Grava o que mudou, com o motivo na auditoria, e diz quais campos."""
    Empresa.objects.select_for_update(no_key=True).get(pk=empresa.pk)
    antes, depois = asdict(criterios_da(empresa)), asdict(novos)
    mudados = {campo for campo in CAMPOS if antes[campo] != depois[campo]}
    if not mudados:
        return set()
    parametros = ParametrosDaFila(empresa=empresa, **depois)
    parametros.full_clean(exclude=["empresa"], validate_unique=False)
    ParametrosDaFila.objects.update_or_create(empresa=empresa, defaults=depois)
    registrar(
        ACAO,
        por=por,
        objeto=_objeto(empresa),
        antes={campo: _em_json(antes[campo]) for campo in CAMPOS if campo in mudados},
        depois={campo: _em_json(depois[campo]) for campo in CAMPOS if campo in mudados} | {"motivo": motivo},
    )
    return mudados


def mudancas_dos_criterios(empresa: Empresa) -> QuerySet[RegistroDeAuditoria]:
    """O que já mudou, do mais novo ao mais antigo."""
    registros = RegistroDeAuditoria.objects.filter(acao=ACAO, objeto=_objeto(empresa))
    return registros.select_related("por").order_by("-em", "-id")


@transaction.atomic
def desfazer_criterios(*, empresa: Empresa, registro: RegistroDeAuditoria, por: Usuario) -> set[str]:
    """Volta à regra de antes da última mudança, com um registro novo; a história não se apaga."""
    Empresa.objects.select_for_update(no_key=True).get(pk=empresa.pk)
    if mudancas_dos_criterios(empresa).first() != registro:
        raise RegraInvalida("Só a última mudança pode ser desfeita, e esta já não é a última.")
    antes: dict[str, Any] = registro.antes or {}
    voltam = {campo: _de_json(campo, antes[campo]) for campo in CAMPOS if campo in antes}
    novos = Criterios(**(asdict(criterios_da(empresa)) | voltam))
    motivo = f"Desfeita a mudança de {registro.em:%d/%m/%Y}"
    return mudar_criterios(empresa=empresa, novos=novos, por=por, motivo=motivo)


def _objeto(empresa: Empresa) -> str:
    return f"empresa {empresa.codigo}"


def _em_json(valor: Any) -> Any:
    return f"{valor:.2f}" if isinstance(valor, Decimal) else valor


def _de_json(campo: str, valor: Any) -> Any:
    coluna: Any = ParametrosDaFila._meta.get_field(campo)
    return coluna.to_python(valor)


# ── A prévia ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class FilaDoVendedor:
    """Quantos podem estar na fila de um vendedor hoje e com os novos critérios, e quantos cabem por dia."""

    vendedor_id: int | None
    vendedor: str
    antes: int
    entram: int
    saem: int
    cabem_antes: int
    cabem_depois: int

    @property
    def depois(self) -> int:
        return self.antes + self.entram - self.saem

    @property
    def muda(self) -> bool:
        return bool(self.entram or self.saem or self.cabem_antes != self.cabem_depois)


@dataclass(frozen=True, slots=True)
class PreviaDaFila:
    vendedores: list[FilaDoVendedor]
    entram: int
    saem: int
    valor_que_entra: Decimal
    valor_que_sai: Decimal

    @property
    def que_mudam(self) -> list[FilaDoVendedor]:
        """Do que mais muda ao que menos muda."""
        mudam = (v for v in self.vendedores if v.muda)
        return sorted(mudam, key=lambda v: (-(v.entram + v.saem), v.vendedor, v.vendedor_id or 0))


def previa_da_fila(*, empresa: Empresa, novos: Criterios, referencia: date, hoje: date) -> PreviaDaFila:
    """Quem pode ser chamado com os critérios de hoje contra os novos, somado por vendedor; nada se escreve."""
    atuais = criterios_da(empresa)
    grupos = (
        _com_os_dois(empresa, atuais, novos, referencia, hoje)
        .values("vendedor_id", "antes", "depois")
        .annotate(n=Count("pk"), valor=Sum(valor_em_jogo()))
        .order_by()
    )
    return _somar(list(grupos), atuais, novos)


def quem_muda(
    *, empresa: Empresa, novos: Criterios, referencia: date, hoje: date, movimento: str, vendedor: str = ""
) -> QuerySet[Any]:
    """Os nomes por trás da prévia, do maior valor ao menor; `vendedor` é o id dele, ou "0" para quem não tem."""
    todos = _com_os_dois(empresa, criterios_da(empresa), novos, referencia, hoje)
    entram = todos.filter(depois="").exclude(antes="")
    mudam = entram if movimento == ENTRA else todos.filter(antes="").exclude(depois="")
    if vendedor:
        mudam = mudam.filter(vendedor=vendedor) if vendedor != "0" else mudam.filter(vendedor__isnull=True)
    return mudam.annotate(valor=valor_em_jogo()).order_by("-valor", "cliente__codigo", "pk")


def _com_os_dois(
    empresa: Empresa, atuais: Criterios, novos: Criterios, referencia: date, hoje: date
) -> QuerySet[Any]:
    def motivo(criterios: Criterios) -> Any:
        return motivo_de_fora([(Momento(referencia, hoje, criterios), [empresa.pk])])

    da_empresa: QuerySet[Any] = Indicadores.objects.filter(empresa=empresa)
    return da_empresa.annotate(antes=motivo(atuais), depois=motivo(novos))


def _somar(grupos: list[dict[str, Any]], atuais: Criterios, novos: Criterios) -> PreviaDaFila:
    antes: Counter[int | None] = Counter()
    movimentos: Counter[tuple[int | None, str]] = Counter()
    valor = {ENTRA: Decimal(0), SAI: Decimal(0)}
    for g in grupos:
        antes[g["vendedor_id"]] += g["n"] * (g["antes"] == "")
        if (g["antes"] == "") != (g["depois"] == ""):
            movimento = ENTRA if g["depois"] == "" else SAI
            movimentos[g["vendedor_id"], movimento] += g["n"]
            valor[movimento] += g["valor"]
    donos = Usuario.objects.in_bulk([pk for pk in antes if pk])
    vendedores = [
        FilaDoVendedor(
            pk,
            donos[pk].nome if pk else "Sem vendedor",
            antes[pk],
            movimentos[pk, ENTRA],
            movimentos[pk, SAI],
            capacidade_de(donos[pk], [atuais]) if pk else 0,
            capacidade_de(donos[pk], [novos]) if pk else 0,
        )
        for pk in antes
    ]
    return PreviaDaFila(
        vendedores,
        sum(v.entram for v in vendedores),
        sum(v.saem for v in vendedores),
        valor[ENTRA],
        valor[SAI],
    )
