"""Um filtro só da lista de clientes: página, fragmento, exportação e API falam por ele.

Cada parâmetro da URL é um filtro rápido; os que escolhem entre valores se repetem (`uf=SC&uf=PR`) e o
valor `0` pede quem não tem nenhum (sem vendedor, sem segmento, sem curva). `e` traz as condições combinadas
(`carteira.filtros`), que se somam a eles.
"""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from typing import Any

import django_filters as df
from django import forms
from django.contrib.postgres.aggregates import StringAgg
from django.core.validators import EMPTY_VALUES
from django.db.models import BooleanField, F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast
from django.utils import timezone

from atividade.models import Indicadores, Status
from carteira.busca import TAMANHO_MAXIMO, condicao_de_busca
from carteira.filtros import catalogo, expressao
from carteira.filtros.campos import Contexto, nao_vale
from carteira.filtros.escolhas import condicao_da_marca, fora_do_ritmo
from carteira.filtros.opcoes import NENHUM
from carteira.ids import id_de
from carteira.referencias import Referencias
from carteira.ritmos import NOMES_DOS_RITMOS
from clientes.models import UFS
from contas.escopo import Forma
from contas.models import Papel, Usuario
from contas.texto import sem_acento

_STATUS = [*Status.choices, ("quase", "Quase inativo")]
_MARCAS = [
    ("novo", "Novo"),
    ("recuperado", "Recuperado"),
    ("recente", "Inativo recente"),
    ("antigo", "Inativo antigo"),
    (NENHUM, "Sem marca"),
]
_CURVAS = [("A", "A"), ("B", "B"), ("C", "C"), (NENHUM, "Sem curva")]
_RITMOS = [(ritmo or NENHUM, nome) for ritmo, nome in NOMES_DOS_RITMOS.items()]
# O que só escolhe a aba: as contagens das outras ficam de fora.
_DAS_ABAS = ("status", "fora_do_ritmo")
CARTEIRA_PEQUENA = 20_000
_COM_CARTEIRA = (Papel.VENDEDOR, Papel.GESTOR)
# Filtros que leem outras tabelas além dos indicadores.
_FORA_DOS_INDICADORES = ("q", "cidade", "municipio", "perfil", "porte", "bloqueado")
_DIAS = {"min_value": 0, "max_value": 36_500}


class _Achados(Func):
    """`coluna = ANY(ids)`, com os ids num texto só, como o banco os juntou: milhares deles, lidos um a um e ditos outra
    vez a cada consulta, custavam mais ao servidor que a consulta."""

    template = "%(expressions)s::bigint[])"
    arg_joiner = " = ANY("
    output_field = BooleanField()
    conditional = True

    def __init__(self, coluna: str, ids: str) -> None:
        super().__init__(F(coluna), Value(f"{{{ids}}}", output_field=TextField()))


class _Ids(df.TypedMultipleChoiceFilter):
    """Ids repetíveis; `0` é "sem nenhum". Um id que a pessoa não vê só não acha nada."""

    class field_class(forms.TypedMultipleChoiceField):
        def valid_value(self, value: str) -> bool:
            return id_de(value) is not None

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


class _Textos(df.MultipleChoiceFilter):
    """Textos livres repetíveis, sem olhar maiúsculas; `0` é o vazio."""

    class field_class(forms.MultipleChoiceField):
        def valid_value(self, value: str) -> bool:
            return len(value) <= 60 and "\x00" not in value

    def filter(self, qs: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        condicao = Q()
        for texto in filter(None, value or ()):
            vazio = texto == NENHUM
            condicao |= Q(
                **{self.field_name if vazio else f"{self.field_name}__iexact": "" if vazio else texto}
            )
        return qs.filter(condicao)


class _Condicoes(df.CharFilter):
    """As condições combinadas de `e`: a árvore já conferida, ou um erro que diz o que não se entendeu."""

    class field_class(forms.CharField):
        def clean(self, value: Any) -> expressao.Grupo:
            try:
                return catalogo.ler_conferindo(value or "")
            except expressao.ErroDeFiltro as erro:
                raise forms.ValidationError(str(erro)) from erro


def _da_marca(marca: str, dia: date) -> Q:
    """`0` é quem não tem nenhuma das marcas."""
    if marca != NENHUM:
        return condicao_da_marca(marca, dia)
    return nao_vale(reduce(or_, (condicao_da_marca(m, dia) for m, _ in _MARCAS if m != NENHUM)))


class FiltroDeClientes(df.FilterSet):
    e = _Condicoes(method="por_condicoes", label="Condições", required=False)
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
    perfil = _Textos(field_name="cliente__perfil", label="Perfil")
    porte = _Textos(field_name="cliente__porte", label="Porte")
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

    def __init__(
        self,
        data: Any,
        *,
        usuario: Usuario,
        referencias: Referencias | None = None,
        forma: Forma = Forma.LITERAL,
    ) -> None:
        self.usuario = usuario
        self.referencias = referencias or Referencias.de(usuario)
        self._achados: str | None = None
        super().__init__(data, queryset=Indicadores.objects.visiveis_para(usuario, forma=forma))

    # ── O que as telas pedem ──

    @property
    def recusados(self) -> dict[str, str]:
        """Parâmetros que não se entenderam, com o rótulo: a tela avisa, a exportação recusa."""
        rotulos = {
            nome: self.form.fields[nome].label or nome
            for nome in self.form.errors
            if nome in self.form.fields
        }
        return rotulos | ({"e": f"Condições ({self.erro_das_condicoes})"} if "e" in rotulos else {})

    @property
    def outros_recusados(self) -> dict[str, str]:
        """Os filtros rápidos que não se entenderam: sem eles a lista ainda diz algo."""
        return {nome: rotulo for nome, rotulo in self.recusados.items() if nome != "e"}

    @property
    def erro_das_condicoes(self) -> str:
        """O que não se entendeu em `e`; enquanto houver, a lista fica vazia em vez de mostrar todos."""
        return " ".join(self.form.errors.get("e", []))

    @property
    def condicoes(self) -> expressao.Grupo:
        """A árvore de `e`; vazia se não há, ou se não se entendeu."""
        return self._limpo().get("e") or expressao.Grupo()

    @property
    def contexto(self) -> Contexto:
        return Contexto(self.usuario, self.referencias)

    @property
    def mostra_ocultos(self) -> bool:
        return bool(self._limpo().get("ocultos")) or self.condicoes_falam_dos_ocultos

    @property
    def condicoes_falam_dos_ocultos(self) -> bool:
        """Quem pergunta por encerrados ou fora do perfil quer vê-los."""
        return catalogo.fala_dos_ocultos(self.condicoes)

    @property
    def escolha_de_status(self) -> list[str]:
        escolhidos = self._limpo().get("status") or []
        return list(dict.fromkeys("quase_inativo" if s == "quase" else s for s in escolhidos))

    def sem_status(self) -> QuerySet[Indicadores]:
        """Tudo filtrado menos a situação, com ocultos: a base das contagens das abas."""
        return self._filtrar(sem=_DAS_ABAS)

    @property
    def ve_a_empresa_inteira(self) -> bool:
        """Nada separa uns clientes de outros: nem a carteira da pessoa, nem um filtro além da aba e da empresa."""
        if self.usuario.papel in _COM_CARTEIRA or self.condicoes.itens or self.erro_das_condicoes:
            return False
        livres = (*_DAS_ABAS, "e", "ocultos", "empresa")
        return all(valor in EMPTY_VALUES for nome, valor in self._limpo().items() if nome not in livres)

    @property
    def de_um_dono(self) -> bool:
        """O filtro escolhe vendedores: o que passa é a carteira deles."""
        return self._limpo().get("vendedor") not in EMPTY_VALUES

    def adiantar(self) -> None:
        """Lê já quem passa na busca e nas condições, que podem custar: a página e as contagens partem daí.

        Uma carteira cabe nos ids; na empresa inteira, cada consulta refaz a sua parte como o banco achar melhor.
        """
        caras = self.condicoes.itens or any(self._limpo().get(nome) for nome in _FORA_DOS_INDICADORES)
        if not caras or self.erro_das_condicoes or self.usuario.papel not in _COM_CARTEIRA:
            return
        lidos = self.sem_status().order_by().values_list("pk")[: CARTEIRA_PEQUENA + 1]
        achados = lidos.aggregate(todos=StringAgg(Cast("pk", TextField()), ","))["todos"] or ""
        self._achados = achados if achados.count(",") < CARTEIRA_PEQUENA else None

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return self._filtrar()

    def _filtrar(self, sem: Collection[str] = ()) -> QuerySet[Any]:
        qs = self.queryset.all()
        if self.erro_das_condicoes:
            return qs.none()
        limpo = self._limpo()
        if self._achados is not None:
            qs, limpo = qs.filter(_Achados("pk", self._achados)), {n: limpo.get(n) for n in _DAS_ABAS}
        for nome, valor in limpo.items():
            if nome not in sem:
                qs = self.filters[nome].filter(qs, valor)
        return qs

    def resultado(self) -> QuerySet[Indicadores]:
        """A lista: encerrados e fora do perfil só quando pedidos."""
        return self.qs if self.mostra_ocultos else self.qs.em_carteira()

    @property
    def quer_fora_do_ritmo(self) -> bool:
        return bool(self._limpo().get("fora_do_ritmo"))

    def condicao_fora_do_ritmo(self) -> Q:
        return fora_do_ritmo(self.contexto)

    def _limpo(self) -> dict[str, Any]:
        self.form.is_valid()
        return getattr(self.form, "cleaned_data", {})

    # ── Métodos dos filtros ──

    def por_condicoes(self, qs: QuerySet[Any], nome: str, valor: expressao.Grupo) -> QuerySet[Any]:
        return qs.filter(catalogo.condicao_do_banco(valor, self.contexto)) if valor.itens else qs

    def por_busca(self, qs: QuerySet[Any], nome: str, valor: str) -> QuerySet[Any]:
        return qs.filter(condicao_de_busca(valor))

    def por_status(self, qs: QuerySet[Any], nome: str, valor: list[str]) -> QuerySet[Any]:
        return qs.filter(status__in=self.escolha_de_status) if valor else qs

    def por_marca(self, qs: QuerySet[Any], nome: str, valor: list[str]) -> QuerySet[Any]:
        if not valor:
            return qs
        condicao = Q(pk__in=[])
        for marca in valor:
            condicao |= self.referencias.condicao(lambda dia, m=marca: _da_marca(m, dia))
        return qs.filter(condicao)

    def por_ritmo(self, qs: QuerySet[Any], nome: str, valor: bool | None) -> QuerySet[Any]:
        return qs.filter(self.condicao_fora_do_ritmo()) if valor else qs

    def por_classe_de_ritmo(self, qs: QuerySet[Any], nome: str, valor: list[str]) -> QuerySet[Any]:
        """`0` é quem só tem dois dias de compra: já comprou, e ainda não há ritmo a dizer."""
        if not valor:
            return qs
        return qs.filter(ultima_compra__isnull=False, ritmo__in=["" if v == NENHUM else v for v in valor])

    def por_cidade(self, qs: QuerySet[Any], nome: str, valor: str) -> QuerySet[Any]:
        return qs.filter(cliente__cidade_chave=sem_acento(valor.strip()))

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
