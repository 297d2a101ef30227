"""Um filtro só da lista de clientes: página, fragmento, exportação e API falam por ele.

Cada parâmetro da URL é um filtro; os que escolhem entre valores se repetem (`uf=SC&uf=PR`) e o
valor `0` pede quem não tem nenhum (sem vendedor, sem segmento, sem curva).
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import django_filters as df
from django import forms
from django.db.models import F, Q, QuerySet
from django.db.models.lookups import GreaterThanOrEqual
from django.utils import timezone

from atividade.models import Indicadores, Status
from atividade.prioridade import recencia
from atividade.regras import DIAS_PARA_CICLO_PROPRIO, Marca
from carteira.busca import TAMANHO_MAXIMO, condicao_de_busca
from carteira.graficos.ritmo import ATRASO
from carteira.referencias import Referencias
from carteira.ritmos import NOMES_DOS_RITMOS
from clientes.models import UFS
from clientes.models.cliente import SemAcento
from contas.models import Usuario
from contas.texto import sem_acento

NENHUM = "0"
_STATUS = [*Status.choices, ("quase", "Quase inativo")]
_MARCAS = [
    ("novo", "Novo"),
    ("recuperado", "Recuperado"),
    ("recente", "Inativo recente"),
    ("antigo", "Inativo antigo"),
]
_CURVAS = [("A", "A"), ("B", "B"), ("C", "C"), (NENHUM, "Sem curva")]
_RITMOS = [(ritmo or NENHUM, nome) for ritmo, nome in NOMES_DOS_RITMOS.items()]
_DIAS = {"min_value": 0, "max_value": 36_500}


class _Ids(df.TypedMultipleChoiceFilter):
    """Ids repetíveis; `0` é "sem nenhum". Um id que a pessoa não vê só não acha nada."""

    class field_class(forms.TypedMultipleChoiceField):
        def valid_value(self, value: str) -> bool:
            return value.isascii() and value.isdigit() and len(value) <= 18

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=int, **kwargs)

    def filter(self, qs: QuerySet[Any], value: list[int]) -> QuerySet[Any]:
        if not value:
            return qs
        condicao = Q(**{f"{self.field_name}__in": [v for v in value if v]})
        if 0 in value:
            condicao |= Q(**{f"{self.field_name}__isnull": True})
        return qs.filter(condicao)


class _Letras(df.MultipleChoiceFilter):
    """Textos curtos repetíveis; `0` é o vazio."""

    def filter(self, qs: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        valores = ["" if v == NENHUM else v for v in value]
        return qs.filter(**{f"{self.field_name}__in": valores}) if valores else qs


class FiltroDeClientes(df.FilterSet):
    q = df.CharFilter(method="por_busca", label="Busca", max_length=TAMANHO_MAXIMO * 3)
    status = df.MultipleChoiceFilter(choices=_STATUS, method="por_status", label="Situação")
    marca = df.MultipleChoiceFilter(choices=_MARCAS, method="por_marca", label="Marca")
    fora_do_ritmo = df.BooleanFilter(method="por_ritmo", label="Fora do ritmo", widget=forms.CheckboxInput)
    abc = _Letras(field_name="curva_abc", choices=_CURVAS, label="Curva ABC")
    ritmo = df.MultipleChoiceFilter(choices=_RITMOS, method="por_classe_de_ritmo", label="Ritmo de compra")
    uf = _Letras(field_name="uf", choices=[*((u, u) for u in UFS), (NENHUM, "Sem UF")], label="UF")
    cidade = df.CharFilter(method="por_cidade", label="Município", max_length=80)
    municipio = _Ids(field_name="cliente__municipio", label="Município (IBGE)")
    segmento = _Ids(field_name="segmento", label="Segmento")
    vendedor = _Ids(field_name="vendedor", label="Vendedor")
    equipe = _Ids(field_name="equipe", label="Equipe")
    empresa = _Ids(field_name="empresa", label="Empresa")
    perfil = df.CharFilter(field_name="cliente__perfil", lookup_expr="iexact", label="Perfil", max_length=60)
    porte = df.CharFilter(field_name="cliente__porte", lookup_expr="iexact", label="Porte", max_length=40)
    sem_contato = df.NumberFilter(
        method="por_contato", label="Sem contato há (dias)", decimal_places=0, **_DIAS
    )
    sem_comprar = df.NumberFilter(
        method="por_compra", label="Sem comprar há mais de (dias)", decimal_places=0, **_DIAS
    )
    valor_min = df.NumberFilter(
        field_name="valor_12m", lookup_expr="gte", label="Valor em 12 meses desde", max_digits=14
    )
    valor_max = df.NumberFilter(
        field_name="valor_12m", lookup_expr="lte", label="Valor em 12 meses até", max_digits=14
    )
    bloqueado = df.BooleanFilter(
        field_name="cliente__bloqueado",
        label="Bloqueado",
        widget=forms.Select(choices=[("", "Tanto faz"), ("true", "Bloqueados"), ("false", "Não bloqueados")]),
    )
    ocultos = df.BooleanFilter(
        method="sem_efeito", label="Com encerrados e fora do perfil", widget=forms.CheckboxInput
    )

    class Meta:
        model = Indicadores
        fields: list[str] = []

    def __init__(self, data: Any, *, usuario: Usuario, referencias: Referencias | None = None) -> None:
        self.usuario = usuario
        self.referencias = referencias or Referencias.de(usuario)
        super().__init__(data, queryset=Indicadores.objects.visiveis_para(usuario))

    # ── O que as telas pedem ──

    @property
    def recusados(self) -> dict[str, str]:
        """Parâmetros que não se entenderam, com o rótulo: a tela avisa, a exportação recusa."""
        return {
            nome: self.form.fields[nome].label or nome
            for nome in self.form.errors
            if nome in self.form.fields
        }

    @property
    def mostra_ocultos(self) -> bool:
        return bool(self._limpo().get("ocultos"))

    @property
    def escolha_de_status(self) -> list[str]:
        escolhidos = self._limpo().get("status") or []
        return list(dict.fromkeys("quase_inativo" if s == "quase" else s for s in escolhidos))

    def sem_status(self) -> QuerySet[Indicadores]:
        """Tudo filtrado menos a situação, com ocultos: a base das contagens das abas."""
        qs = self.queryset.all()
        for nome, valor in self._limpo().items():
            if nome not in {"status", "fora_do_ritmo"}:
                qs = self.filters[nome].filter(qs, valor)
        return qs

    def resultado(self) -> QuerySet[Indicadores]:
        """A lista: encerrados e fora do perfil só quando pedidos."""
        return self.qs if self.mostra_ocultos else self.qs.em_carteira()

    @property
    def quer_fora_do_ritmo(self) -> bool:
        return bool(self._limpo().get("fora_do_ritmo"))

    def condicao_fora_do_ritmo(self) -> Q:
        """Passou de 1,3 vez o ciclo próprio e ainda não é inativo: o aviso antes do aviso."""
        limite = F("intervalo_mediano_dias") * Decimal(str(ATRASO))

        def passou(dia: date) -> Q:
            return Q(GreaterThanOrEqual(recencia(dia), limite))

        return (
            Q(dias_de_compra__gte=DIAS_PARA_CICLO_PROPRIO)
            & ~Q(status=Status.INATIVO)
            & self.referencias.condicao(passou)
        )

    def _limpo(self) -> dict[str, Any]:
        self.form.is_valid()
        return getattr(self.form, "cleaned_data", {})

    # ── Métodos dos filtros ──

    def por_busca(self, qs: QuerySet[Any], nome: str, valor: str) -> QuerySet[Any]:
        return qs.filter(condicao_de_busca(valor))

    def por_status(self, qs: QuerySet[Any], nome: str, valor: list[str]) -> QuerySet[Any]:
        return qs.filter(status__in=self.escolha_de_status) if valor else qs

    def por_marca(self, qs: QuerySet[Any], nome: str, valor: list[str]) -> QuerySet[Any]:
        if not valor:
            return qs
        condicao = Q(pk__in=[])
        for marca in valor:
            condicao |= self.referencias.condicao(lambda dia, m=marca: condicao_da_marca(m, dia))
        return qs.filter(condicao)

    def por_ritmo(self, qs: QuerySet[Any], nome: str, valor: bool | None) -> QuerySet[Any]:
        return qs.filter(self.condicao_fora_do_ritmo()) if valor else qs

    def por_classe_de_ritmo(self, qs: QuerySet[Any], nome: str, valor: list[str]) -> QuerySet[Any]:
        """`0` é quem só tem dois dias de compra: já comprou, e ainda não há ritmo a dizer."""
        if not valor:
            return qs
        return qs.filter(ultima_compra__isnull=False, ritmo__in=["" if v == NENHUM else v for v in valor])

    def por_cidade(self, qs: QuerySet[Any], nome: str, valor: str) -> QuerySet[Any]:
        return qs.alias(_cidade=SemAcento(F("cliente__cidade"))).filter(_cidade=sem_acento(valor.strip()))

    def por_contato(self, qs: QuerySet[Any], nome: str, valor: Any) -> QuerySet[Any]:
        """Há N dias ou mais sem contato efetivo; quem nunca foi contatado está dentro."""
        dia = timezone.localdate() - timedelta(days=int(valor))
        corte = timezone.make_aware(datetime.combine(dia + timedelta(days=1), time.min))
        return qs.filter(Q(ultimo_contato_em__isnull=True) | Q(ultimo_contato_em__lt=corte))

    def por_compra(self, qs: QuerySet[Any], nome: str, valor: Any) -> QuerySet[Any]:
        """Mais de N dias sem comprar; quem nunca comprou está dentro."""
        dias = timedelta(days=int(valor))
        antes = self.referencias.condicao(lambda dia: Q(ultima_compra__lt=dia - dias))
        return qs.filter(Q(ultima_compra__isnull=True) | antes)

    def sem_efeito(self, qs: QuerySet[Any], nome: str, valor: Any) -> QuerySet[Any]:
        return qs


def condicao_da_marca(marca: str, dia: date) -> Q:
    """A marca ao lado do status, como `atividade.regras.marcar` a dá."""
    return {
        Marca.RECUPERADO: Q(status=Status.ATIVO, recuperado_ate__gte=dia),
        Marca.NOVO: Q(status=Status.ATIVO, novo_ate__gte=dia)
        & (Q(recuperado_ate__isnull=True) | Q(recuperado_ate__lt=dia)),
        Marca.RECENTE: Q(status=Status.INATIVO, antigo_em__gt=dia),
        Marca.ANTIGO: Q(status=Status.INATIVO, antigo_em__lte=dia),
    }[Marca(marca)]
