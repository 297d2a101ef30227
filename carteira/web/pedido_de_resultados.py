"""O que a URL dos resultados pede: os dias, o recorte, a atribuição, a ordem; o que não se entende é o padrão."""

from dataclasses import fields
from datetime import date, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from dateutil.relativedelta import relativedelta
from django.http import HttpRequest
from django.urls import reverse

from atividade.giro import Janela, prazo_da_atribuicao
from carteira.formatos import data
from carteira.painel import MAIOR_PERIODO, MESES
from carteira.referencias import Referencias
from carteira.templatetags.carteira import contagem
from carteira.web.recorte import chips_para
from contas.models import Papel, Usuario
from relatorios.base import DE_OUTROS
from relatorios.composicao import Recorte as RecorteDaCarteira
from relatorios.periodos import ler_dia
from relatorios.resultados.consulta import DIMENSOES as DE_RESULTADOS
from relatorios.resultados.consulta import MAIOR_ATRIBUICAO, Consulta, Dimensao, Recorte, mes_de
from relatorios.resultados.recorte import aceitos, em_palavras

_DIA = timedelta(days=1)
_COM_CHIP = ("uf", "vendedor", "equipe", "segmento", "empresa")


def quinzena_de(dia: date) -> Janela:
    """Do 1 ao 15, ou do 16 ao fim do mês."""
    mes = mes_de(dia)
    return (
        Janela(mes.de, mes.de.replace(day=15)) if dia.day <= 15 else Janela(mes.de.replace(day=16), mes.ate)
    )


def vizinha(janela: Janela, passo: int) -> Janela:
    """O período de antes (−1) ou de depois (1), do mesmo feitio: mês, quinzena ou tantos dias."""
    ancora = janela.de - _DIA if passo < 0 else janela.ate + _DIA
    if janela == mes_de(janela.de):
        return mes_de(ancora)
    if janela == quinzena_de(janela.de):
        return quinzena_de(ancora)
    dias = janela.ate - janela.de
    return Janela(ancora - dias, ancora) if passo < 0 else Janela(ancora, ancora + dias)


class Pedido:
    def __init__(self, request: HttpRequest) -> None:
        self.usuario: Usuario = request.user
        self.consulta = request.GET
        self.referencias = Referencias.de(self.usuario)
        self.hoje = max(self.referencias.por_data, default=self.referencias.hoje)

    # ── Que dias ─────────────────────────────────────────────────────────────

    @cached_property
    def janela(self) -> Janela:
        return self._pedida or mes_de(self.hoje)

    @cached_property
    def _pedida(self) -> Janela | None:
        de, ate = (ler_dia(self.consulta.get(n, "")) for n in ("de", "ate"))
        if de is None or ate is None or de > ate or de > self.hoje or (ate - de).days >= MAIOR_PERIODO:
            return None
        return Janela(de, ate)

    @property
    def recusado(self) -> bool:
        return bool(self.consulta.get("de") or self.consulta.get("ate")) and self._pedida is None

    @property
    def em_curso(self) -> bool:
        return self.janela.ate > self.hoje

    @property
    def nome_do_periodo(self) -> str:
        j = self.janela
        if j == mes_de(j.de):
            return f"{MESES[j.de.month - 1]} de {j.de.year}"
        if j == quinzena_de(j.de):
            return f"{'1ª' if j.de.day == 1 else '2ª'} quinzena de {MESES[j.de.month - 1]} de {j.de.year}"
        return f"{data(j.de)} a {data(j.ate)}"

    @property
    def comparavel(self) -> Janela:
        """O período de antes até o mesmo ponto: meio mês contra um inteiro enganaria."""
        antes = vizinha(self.janela, -1)
        if not self.em_curso:
            return antes
        return antes.cortada(antes.de + (self.hoje - self.janela.de))

    @property
    def feitios(self) -> list[tuple[str, str, bool]]:
        """Quinzena e mês do dia em que se está olhando, e os últimos doze meses."""
        dia = min(self.janela.ate, self.hoje)
        ano = Janela(dia - relativedelta(years=1) + _DIA, dia)
        pares = (("Quinzena", quinzena_de(dia)), ("Mês", mes_de(dia)), ("12 meses", ano))
        return [(nome, self.elo(**_dias(j)), j == self.janela) for nome, j in pares]

    @property
    def vizinhos(self) -> tuple[str, str]:
        antes, depois = vizinha(self.janela, -1), vizinha(self.janela, 1)
        return self.elo(**_dias(antes)), self.elo(**_dias(depois)) if depois.de <= self.hoje else ""

    # ── De quem ──────────────────────────────────────────────────────────────

    @cached_property
    def recorte(self) -> Recorte:
        return Recorte(**{f.name: aceitos(f.name, self.consulta.getlist(f.name)) for f in fields(Recorte)})

    @cached_property
    def atribuicao(self) -> int | None:
        """Os dias que a URL experimenta; sem isso valem os de cada empresa."""
        texto = self.consulta.get("atribuicao", "")
        if not (texto.isascii() and texto.isdigit() and len(texto) <= 4):
            return None
        return min(int(texto), MAIOR_ATRIBUICAO) or None

    @cached_property
    def prazo(self) -> str:
        """Os dias da atribuição, em palavras."""
        if self.atribuicao:
            return contagem(self.atribuicao, "dia,dias")
        return prazo_da_atribuicao(self.referencias.em_cena(list(self.recorte.empresa)))

    @cached_property
    def resultados(self) -> Consulta:
        return Consulta(self.usuario, self.janela, self.referencias.hoje, self.recorte, self.atribuicao)

    @property
    def da_carteira(self) -> RecorteDaCarteira:
        """O recorte para o que se conta da carteira de hoje."""
        r = self.recorte
        return RecorteDaCarteira(
            empresa=r.empresa, equipe=r.equipe, vendedor=r.vendedor, segmento=r.segmento, uf=r.uf
        )

    def permitidas(self, nomes: tuple[str, ...]) -> list[Dimensao]:
        """Por onde esta pessoa abre: a quem vende não se fala de outros, e uma empresa só não se abre."""
        fora = DE_OUTROS if self.usuario.papel == Papel.VENDEDOR else frozenset()
        if len(self.referencias.empresas) < 2:
            fora |= {"empresa"}
        return [DE_RESULTADOS[n] for n in nomes if n not in fora]

    @property
    def chips(self) -> list[Any]:
        sem_pagina = self.consulta.copy()
        sem_pagina.pop("pagina", None)
        return chips_para(self.usuario, self.da_carteira, sem_pagina, _COM_CHIP)

    @property
    def ligados(self) -> list[dict[str, str]]:
        """O que está no recorte e não tem menu: o nome e o elo que o tira."""
        outros = [
            f.name for f in fields(Recorte) if f.name not in _COM_CHIP and getattr(self.recorte, f.name)
        ]
        achados = []
        for nome in outros:
            ditos = em_palavras(self.usuario, nome, getattr(self.recorte, nome))
            tirar = self.elo(rota="", **{nome: ""})
            achados.append({"rotulo": DE_RESULTADOS[nome].titulo, "valor": ditos, "tirar": tirar})
        return achados

    # ── Endereços ────────────────────────────────────────────────────────────

    @property
    def parametros(self) -> dict[str, Any]:
        """O período, o recorte e a atribuição; a última só quando se experimenta outra."""
        base: dict[str, Any] = dict(_dias(self.janela)) | self.recorte.parametros
        return base | ({"atribuicao": self.atribuicao} if self.atribuicao else {})

    def como_relatorio(self, dimensao: Dimensao | None = None) -> str:
        """O mesmo pedido para o relatório comum, que abre pela dimensão da tela."""
        ambas = {"origem": ""} if len(self.recorte.origem) > 1 else {}  # as duas são todas
        agrupar = dimensao.nome if dimensao else ""
        return self.elo(agrupar=agrupar, **ambas).removeprefix("?")

    def elo(self, rota: str = "", **mudancas: Any) -> str:
        """O mesmo pedido com mudanças; vazio tira. Sem rota, a página em que se está."""
        consulta = self.parametros | (
            {"agrupar": self.consulta["agrupar"]} if "agrupar" in self.consulta else {}
        )
        if not rota and "ordem" in self.consulta:
            consulta["ordem"] = self.consulta["ordem"]
        consulta = {k: v for k, v in (consulta | mudancas).items() if v not in ("", [], ())}
        return f"{reverse(rota) if rota else ''}?{urlencode(consulta, doseq=True)}"


def _dias(janela: Janela) -> dict[str, str]:
    return {"de": janela.de.isoformat(), "ate": janela.ate.isoformat()}
