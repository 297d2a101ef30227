"""O recorte das evidências que a URL pede: empresa, segmento, data ou doze meses, perda e rascunho."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from atividade.parametros import parametros_de
from atividade.regras import Regra
from atividade.sugestao import Passado
from carteira.formatos import data as data_br
from carteira.passado import Leitura, ler, passado
from carteira.web.formularios_de_atividade import LimitesForm
from carteira.web.limites import hoje_da
from clientes.models import Segmento
from contas.models import Empresa


class CorteForm(forms.Form):
    """Uma data passada, ou nenhuma para os doze fins de mês; e quantos dias sem comprar são uma perda."""

    corte = forms.DateField(
        label="Numa data passada",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Data não entendida."},
    )
    dias = forms.IntegerField(
        label="Perda: dias sem comprar", required=False, min_value=1, max_value=730,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip

    def __init__(self, dados: Any, *, referencia: date, primeira_compra: date | None, dias: int) -> None:
        self.referencia, self.primeira_compra, self.dias_da_empresa = referencia, primeira_compra, dias
        super().__init__({"corte": dados.get("corte", ""), "dias": dados.get("dias") or dias})

    def clean(self) -> dict[str, Any]:
        limpos = super().clean() or {}
        corte, dias = limpos.get("corte"), limpos.get("dias") or self.dias_da_empresa
        ultimo = self.referencia - timedelta(days=dias)
        if corte and corte > ultimo:
            self.add_error(
                "corte", f"Para saber quem voltou em {dias} dias, a data vai até {data_br(ultimo)}."
            )
        elif corte and (self.primeira_compra is None or corte < self.primeira_compra):
            self.add_error("corte", f"Os pedidos começam em {data_br(self.primeira_compra)}.")
        return limpos

    @property
    def cortes(self) -> tuple[date, ...] | None:
        corte = self.cleaned_data.get("corte")
        return (corte,) if corte else None

    @property
    def janela(self) -> int:
        return self.cleaned_data.get("dias") or self.dias_da_empresa


@dataclass(frozen=True)
class Pedido:
    """O recorte de uma tela de evidências."""

    empresa: Empresa
    segmento: Segmento | None
    form: CorteForm
    leitura: Leitura
    rascunho: Regra | None
    por_ciclo: bool

    @classmethod
    def da_url(cls, request: HttpRequest, empresa: Empresa) -> "Pedido":
        leitura = ler(empresa)
        form = CorteForm(
            request.GET,
            referencia=empresa.referencia,
            primeira_compra=leitura.primeira_compra,
            dias=parametros_de(empresa).dias_de_perda,
        )
        form.is_valid()
        rascunho = regra_da_url(request)
        return cls(
            empresa=empresa,
            segmento=segmento_da_url(request, empresa),
            form=form,
            leitura=leitura,
            rascunho=rascunho,
            por_ciclo=request.GET.get("por_ciclo") == "1" or bool(rascunho and rascunho.ciclo),
        )

    @property
    def pk_do_segmento(self) -> int | None:
        return self.segmento.pk if self.segmento else None

    def passado(self, cortes: tuple[date, ...] | None = None) -> Passado:
        hoje = hoje_da(self.empresa)
        return passado(
            self.empresa,
            self.leitura,
            dias=self.form.janela,
            cortes=cortes,
            hoje=hoje,
            por_ciclo=self.por_ciclo,
        )

    @property
    def consulta(self) -> dict[str, Any]:
        """Os parâmetros da URL deste recorte, sem o rascunho."""
        corte = self.form.cleaned_data.get("corte")
        partes = {
            "empresa": self.empresa.pk,
            "segmento": self.pk_do_segmento,
            "corte": corte.isoformat() if corte else None,
            "dias": self.form.janela if self.form.janela != self.form.dias_da_empresa else None,
            "por_ciclo": 1 if self.por_ciclo else None,
        }
        return {nome: valor for nome, valor in partes.items() if valor}


def segmento_da_url(request: HttpRequest, empresa: Empresa) -> Segmento | None:
    pedido = request.GET.get("segmento", "")
    if not pedido:
        return None
    pk = int(pedido) if pedido.isascii() and pedido.isdigit() and len(pedido) < 16 else 0
    return get_object_or_404(Segmento, empresa=empresa, pk=pk)


def regra_da_url(request: HttpRequest) -> Regra | None:
    """A regra digitada ou escolhida, se é regra: a que não é já tem o recado na prévia."""
    if "periodo_n" not in request.GET:
        return None
    form = LimitesForm(request.GET)
    return form.cleaned_data["regra"] if form.is_valid() else None
