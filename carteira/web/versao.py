"""Duas pessoas na mesma página: o que uma salvou enquanto a outra escrevia não se desfaz sem ela o saber.

A página leva consigo, por campo, a etiqueta do que mostrou (a mesma conta do `ETag` da API). Ao voltar, o campo que
mudou no banco e em que ninguém tocou aqui passa ao valor de agora; o resto fica como se escreveu, e a página diz quem
mudou o quê. Salvar outra vez, já sabendo, vale.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Model, Q
from django.forms.widgets import ChoiceWidget
from django.utils import timezone
from django.utils.safestring import SafeString

from carteira.api.etiqueta import etiqueta
from carteira.marcacao import format_html
from contas.auditoria import chave_do_alvo
from contas.models import RegistroDeAuditoria

VERSAO = "versao"
# Fechar um canal esconde o número ou o endereço que ele usa: quem o fez mudou o campo.
DE_UM_CANAL = {"telefone", "email", "nao_contatar"}
ABREM_OU_FECHAM = ("registrar oposição", "retirar oposição")


class ComVersao(forms.BaseForm):
    """Mistura dos formulários que mudam o que outros também mudam; a página a leva em `erros_do_formulario`.

    Um pedido que não diz que versão viu (feito à mão, ou de uma página de antes de haver versão) vale como o de quem
    acaba de abrir a página.
    """

    vigiado: Model | None = None
    fora_da_versao: frozenset[str] = frozenset()

    @property
    def versao(self) -> SafeString | str:
        if self._alvo() is None:
            return ""
        partes = " ".join(f"{nome}:{dita}" for nome, dita in self._de_agora().items())
        agora = int(timezone.now().timestamp())
        return format_html('<input type="hidden" name="{}" value="{} {}">', VERSAO, agora, partes)

    def full_clean(self) -> None:
        mudaram = self._mudaram() if self.is_bound else {}
        if mudaram:
            self._atualizar(mudaram)
        super().full_clean()
        if mudaram:
            self.add_error(None, self._frase(mudaram))

    def _alvo(self) -> Model | None:
        """O que se cria ainda não é de ninguém; os números de partida da empresa já têm a chave dela."""
        alvo = self.vigiado or getattr(self, "instance", None)
        return alvo if alvo is not None and alvo.pk is not None else None

    def _de_agora(self) -> dict[str, str]:
        return {
            nome: _resumo(_em_texto(campo, self.get_initial_for_field(campo, nome)))
            for nome, campo in self._vigiados()
        }

    def _vigiados(self) -> Iterator[tuple[str, forms.Field]]:
        return ((n, c) for n, c in self.fields.items() if n != "fechados" and n not in self.fora_da_versao)

    def _mudaram(self) -> dict[str, str]:
        """O que mudou no banco desde que a página se abriu: o campo e a etiqueta que ele tinha nela."""
        vista = dict(p.split(":", 1) for p in self.data.get(VERSAO, "").split() if ":" in p)
        if not vista or self._alvo() is None:
            return {}
        return {n: vista[n] for n, dita in self._de_agora().items() if n in vista and vista[n] != dita}

    def _atualizar(self, mudaram: dict[str, str]) -> None:
        """O campo em que não se tocou não volta ao que era: fica com o valor de agora."""
        self.data = self.data.copy()
        for nome, vista in mudaram.items():
            campo, chave = self.fields[nome], self.add_prefix(nome)
            posto = campo.widget.value_from_datadict(self.data, self.files, chave)
            if _resumo(_em_texto(campo, posto)) == vista:
                self._repor(chave, _em_texto(campo, self.get_initial_for_field(campo, nome)))

    def _repor(self, chave: str, textos: list[str]) -> None:
        """Quem tem um campo de vários controles diz como ele se põe nos dados."""
        self.data.setlist(chave, textos)  # type: ignore[union-attr]

    def _chaves_do_registro(self, mudaram: dict[str, str]) -> list[str]:
        """Como a auditoria chama os campos que mudaram."""
        return [*mudaram]

    def _frase(self, mudaram: dict[str, str]) -> str:
        fechados = getattr(self.fields.get("fechados"), "initial", None) or ""
        agora = {n: self.get_initial_for_field(self.fields[n], n) for n in mudaram}
        ditos = "; ".join(
            f"{self[n].label}, agora {'fechado' if n in fechados.split() else _dito(self[n], agora[n])}"
            for n in mudaram
        )
        return (
            f"Enquanto esta página estava aberta, {self._quem(mudaram)} mudou: {ditos}. "
            "O que você escreveu continua aqui: confira e salve de novo."
        )

    def _quem(self, mudaram: dict[str, str]) -> str:
        """Quem, e quando: pelo registro de quem mudou um destes campos desde que a página se abriu."""
        alvo = self._alvo()
        aberta, _, _ = self.data.get(VERSAO, "").partition(" ")
        if alvo is None or not aberta.isascii() or not aberta.isdecimal() or len(aberta) > 10:
            return "alguém"
        desde = datetime.fromtimestamp(int(aberta), UTC)
        destes = Q(depois__has_any_keys=self._chaves_do_registro(mudaram))
        if DE_UM_CANAL & set(mudaram):
            destes |= Q(acao__in=ABREM_OU_FECHAM)
        feitos = RegistroDeAuditoria.objects.filter(destes, alvo=chave_do_alvo(alvo), em__gte=desde)
        feito = feitos.exclude(quem="").order_by("-em", "id").first()
        return f"{feito.quem} ({timezone.localtime(feito.em):%d/%m às %H:%M})" if feito else "alguém"


def _em_texto(campo: forms.Field, valor: Any) -> list[str]:
    """O valor como o controle o manda, venha do banco ou da página."""
    if isinstance(campo.widget, forms.CheckboxInput):
        return ["on"] if valor else []
    if isinstance(campo, forms.DecimalField):
        valor = _com_as_casas(campo, valor)
    formado = campo.widget.format_value(campo.prepare_value(valor))
    partes = formado if isinstance(formado, list | tuple) else [formado]
    textos = ("" if p is None else str(p).replace("\r\n", "\n").strip() for p in partes)
    return sorted(textos) if isinstance(campo.widget, ChoiceWidget) else list(textos)


def _com_as_casas(campo: forms.DecimalField, valor: Any) -> Any:
    """O padrão por gravar (80) e o que o banco guarda (80,00) são o mesmo número."""
    try:
        numero = campo.to_python(valor)
        inteiro = None if numero is None else numero.quantize(Decimal(1).scaleb(-(campo.decimal_places or 0)))
    except (ArithmeticError, forms.ValidationError):
        return valor
    return inteiro if inteiro is not None and inteiro == numero else valor


def _resumo(textos: list[str]) -> str:
    return etiqueta(textos)[1:13]


def _dito(campo: forms.BoundField, valor: Any) -> str:
    """O valor de agora, com o nome que a página lhe dá."""
    textos = _em_texto(campo.field, valor)
    if isinstance(campo.field.widget, forms.CheckboxInput):
        return "sim" if textos else "não"
    if isinstance(campo.field.widget, ChoiceWidget):
        rotulos = {str(chave): str(rotulo) for chave, rotulo in _planas(campo.field.choices)}  # type: ignore[attr-defined]
        textos = [rotulos.get(texto, texto) for texto in textos]
    return ", ".join(f"“{texto}”" for texto in textos if texto)[:200] or "em branco"


def _planas(escolhas: Any) -> Iterator[tuple[Any, Any]]:
    for chave, rotulo in escolhas:
        if isinstance(rotulo, list | tuple):
            yield from rotulo
        else:
            yield chave, rotulo
