"""O que a URL da composição pede: o recorte, a medida, por onde abrir e em que data."""

from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from carteira.formatos import data as formatar_data
from carteira.web import passado
from carteira.web.recorte import dimensoes_para, ler_recorte, parametros
from contas.escopo import empresas_de
from contas.models import Empresa
from relatorios.composicao import DIMENSOES, Dimensao, Grupo, Recorte, agrupar, linhas
from relatorios.migracao import PERIODOS
from relatorios.periodos import ler_dia


class Pedido:
    """O que a URL pede, lido uma vez; o resto da página pergunta a ele."""

    def __init__(self, request: HttpRequest) -> None:
        self.usuario = request.user
        self.consulta = request.GET
        self.recorte: Recorte = ler_recorte(request.GET)
        self.por_valor = request.GET.get("medir") == "valor"
        dias = request.GET.get("dias", "")
        self.dias = int(dias) if dias in {str(n) for n in PERIODOS} else 30
        self.permitidas = dimensoes_para(self.usuario)
        pedida = request.GET.get("agrupar", "")
        self.dimensao = DIMENSOES[pedida if pedida in self.permitidas else self.permitidas[0]]
        self.ordem = request.GET.get("ordem") or "-risco"
        self.todos = request.GET.get("todos") == "1"
        self.data_pedida = request.GET.get("data", "").strip()

    @cached_property
    def na_data(self) -> passado.NaData | None:
        """A data passada que a URL pede; a da referência em diante é a composição de sempre."""
        data = ler_dia(self.data_pedida)
        if data is None or self.referencia is None or data >= self.referencia:
            return None
        leitura = passado.ler_leitura(self.consulta, data)
        na_data = passado.NaData(self.usuario, self.recorte, self.empresas, leitura, self.consulta)
        self._so_as_que_ha(na_data.dimensoes)
        return na_data

    def _so_as_que_ha(self, dimensoes: tuple[str, ...]) -> None:
        """Naquela data pode não haver todas as dimensões: abre-se pela primeira que há."""
        self.permitidas = [d for d in self.permitidas if d in dimensoes]
        if self.dimensao.nome not in self.permitidas:
            self.dimensao = DIMENSOES[self.permitidas[0]]

    @property
    def aviso_da_data(self) -> str:
        """Por que a data pedida não é a que se mostra."""
        if not self.data_pedida or self.na_data or self.referencia is None:
            return ""
        if ler_dia(self.data_pedida) is None:
            return "Data não entendida: escreva como 31/12/2026."
        return f"A carteira vai até {formatar_data(self.referencia)}: é a que está aqui."

    @cached_property
    def clientes(self) -> Any:
        return linhas(self.usuario, self.recorte)

    def abrir(self, dimensao: Dimensao) -> list[Grupo]:
        """Os clientes de hoje por uma dimensão; sem ordem."""
        if not dimensao.do_cadastro:
            return agrupar(self.clientes, dimensao)
        return agrupar(linhas(self.usuario, self.recorte, com_cadastro=True), dimensao)

    @cached_property
    def empresas(self) -> list[Empresa]:
        """As empresas do recorte que a pessoa vê."""
        escolhidas = self.recorte.empresa
        return [e for e in empresas_de(self.usuario) if not escolhidas or str(e.pk) in escolhidas]

    @property
    def referencia(self) -> date | None:
        """A mais nova das empresas do recorte; nada antes da primeira rodada."""
        return max((e.referencia for e in self.empresas if e.referencia), default=None)

    def relatorio(self, chave: str, **mais: Any) -> str:
        """A mesma tabela como relatório comum (PDF, planilha, e-mail), naquela data se é de uma."""
        lida = self.na_data.leitura if self.na_data else None
        do_dia = {"data": lida.data.isoformat(), "regra": lida.regra, "dono": lida.dono} if lida else {}
        consulta = parametros(self.recorte) | do_dia | {k: v for k, v in mais.items() if v}
        return f"{reverse('relatorios:pagina', args=[chave])}?{urlencode(consulta, doseq=True)}"

    def elo(self, nome: str = "composicao:painel", **mudancas: Any) -> str:
        """Este mesmo pedido com outro valor em um parâmetro."""
        consulta = self.consulta.copy()
        consulta.pop("pagina", None)
        for chave, valor in mudancas.items():
            consulta[chave] = str(valor)
        return f"{reverse(nome)}?{consulta.urlencode()}"
