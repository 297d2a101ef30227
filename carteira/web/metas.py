"""As metas do mês: a equipe inteira numa grade, gravada de uma vez."""

from datetime import date
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import BaseFormSet, formset_factory
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone

from carteira.formatos import plural
from carteira.painel import MESES
from carteira.web.acesso import exige
from carteira.web.campos import NumeroField
from contas.alcada import vendedores_da_alcada
from contas.metas import CAMPOS, definir_metas, do_mes_anterior, metas_do_mes
from contas.models import Usuario
from contas.papeis import Permissao
from relatorios.periodos import ler_dia

MESES_A_FRENTE = 12
POR_PAGINA = 100  # quatro campos por linha, bem abaixo do que um formulário pode trazer


class MetaForm(forms.Form):
    giro = NumeroField(
        label="Giro (%)", required=False, min_value=0, max_value=100, max_digits=5, decimal_places=2
    )
    positivacao = NumeroField(
        label="Positivação (%)", required=False, min_value=0, max_value=100, max_digits=5, decimal_places=2
    )
    valor = NumeroField(label="Valor (R$)", required=False, min_value=0, max_digits=14, decimal_places=2)


Grade = formset_factory(MetaForm, extra=0)


@exige(Permissao.DEFINIR_METAS)
def metas(request: HttpRequest) -> HttpResponse:
    """A grade do mês; `copiar` traz as do mês anterior para a tela, e só o Salvar as grava."""
    mes = _mes(request.GET.get("mes", ""))
    pagina = Paginator(vendedores_da_alcada(request.user).order_by("nome_chave", "pk"), POR_PAGINA).get_page(
        request.GET.get("pagina")
    )
    vendedores = list(pagina)
    if request.method == "POST":
        grade = Grade(request.POST, prefix="meta")
        if _da_alcada(request, vendedores) and grade.is_valid() and len(grade.forms) == len(vendedores):
            return _gravar(request, mes, vendedores, grade)
    else:
        grade = Grade(prefix="meta", initial=_iniciais(request, vendedores, mes))
    contexto = _contexto(request, mes, vendedores, grade) | {"pagina": pagina}
    return render(request, "painel/metas.html", contexto, status=422 if request.method == "POST" else 200)


def _mes(texto: str) -> date:
    """O mês da URL, até um ano à frente; o que não se entende é o corrente."""
    hoje = timezone.localdate().replace(day=1)
    pedido = ler_dia(f"{texto}-01") or hoje
    return min(pedido, hoje + relativedelta(months=MESES_A_FRENTE))


def _da_alcada(request: HttpRequest, vendedores: list[Usuario]) -> bool:
    """A equipe mudou enquanto se digitava: as linhas já não são das mesmas pessoas."""
    return request.POST.getlist("vendedor") == [str(v.pk) for v in vendedores]


def _iniciais(request: HttpRequest, vendedores: list[Usuario], mes: date) -> list[dict[str, Any]]:
    ids = [v.pk for v in vendedores]
    atuais = metas_do_mes(ids, mes)
    anteriores = do_mes_anterior(ids, mes) if request.GET.get("copiar") else {}
    fontes = [(atuais.get(pk), anteriores.get(pk)) for pk in ids]
    return [{campo: _primeiro(campo, *fonte) for campo in CAMPOS} for fonte in fontes]


def _primeiro(campo: str, *metas: Any) -> Decimal | None:
    """O que já está definido vence o que se copia."""
    return next((v for m in metas if m is not None and (v := getattr(m, campo)) is not None), None)


def _gravar(
    request: HttpRequest, mes: date, vendedores: list[Usuario], grade: "BaseFormSet[MetaForm]"
) -> HttpResponse:
    valores = {v: form.cleaned_data for v, form in zip(vendedores, grade.forms, strict=True)}
    quantos = definir_metas(mes=mes, metas=valores, por=request.user)
    texto = (
        f"Metas de {quantos} {plural(quantos, 'vendedor,vendedores')} salvas." if quantos else "Nada mudou."
    )
    messages.success(request, texto)
    return redirect(_url(mes))


def _url(mes: date, **resto: object) -> str:
    extra = "".join(f"&{k}={v}" for k, v in resto.items())
    return f"{reverse('painel:metas')}?mes={mes:%Y-%m}{extra}"


def _contexto(
    request: HttpRequest, mes: date, vendedores: list[Usuario], grade: "BaseFormSet[MetaForm]"
) -> dict[str, Any]:
    depois = mes + relativedelta(months=1)
    return {
        "mes": mes,
        "nome_do_mes": f"{MESES[mes.month - 1]} de {mes.year}",
        "grade": grade,
        "linhas": list(zip(vendedores, grade.forms, strict=False)),
        "equipe_mudou": request.method == "POST" and not _da_alcada(request, vendedores),
        "copiada": bool(request.GET.get("copiar")) and request.method == "GET",
        "elo_antes": _url(mes - relativedelta(months=1)),
        "elo_depois": _url(depois) if depois == _mes(f"{depois:%Y-%m}") else "",
        "elo_copiar": _url(mes, copiar=1),
        "voltar": f"{reverse('painel:painel')}?mes={mes:%Y-%m}",
    }


urlpatterns = [path("metas/", metas, name="metas")]
