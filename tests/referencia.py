"""A carteira na unha: o que o recálculo deve dar, cliente por cliente e dia por dia, sem SQL de conjunto."""

import itertools
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any

from dateutil.relativedelta import relativedelta

from atividade.conferencia import indicadores_de
from atividade.models import Limiar, ParametrosDaAtividade
from atividade.regras import (
    REGRA_PADRAO,
    Limites,
    Periodo,
    PorCiclo,
    Regra,
    classificar,
    curva_abc,
    notas_rfv,
)
from clientes.models import Cliente, Pedido
from contas.models import Empresa

Mudanca = tuple[int, date, int, str, str, str]


def regra_do_cliente(
    cliente: Cliente, hoje: date, limiares: list[Limiar] | None = None
) -> tuple[int | None, Regra]:
    """Precedência relida do zero: entre os que já valem, o último de cada nível, do mais perto ao mais longe."""
    guardados = Limiar.objects.all() if limiares is None else limiares
    todos = [limiar for limiar in guardados if limiar.vigente_desde <= hoje]
    niveis = [
        [x for x in todos if x.cliente_id == cliente.pk],
        [x for x in todos if x.segmento_id and x.segmento_id == cliente.segmento_id],
        [x for x in todos if x.empresa_id == cliente.empresa_id and not x.segmento_id and not x.cliente_id],
        [x for x in todos if not (x.empresa_id or x.segmento_id or x.cliente_id)],
    ]
    for nivel in niveis:
        atual = max(nivel, key=lambda x: (x.vigente_desde, x.pk), default=None)
        if atual and not atual.herda:
            antigo = Periodo(atual.antigo_n, atual.antigo_unidade) if atual.antigo_n else None
            periodo = Periodo(atual.periodo_n, atual.periodo_unidade)
            antecedencia = Periodo(atual.antecedencia_n, atual.antecedencia_unidade)
            return atual.pk, Regra(periodo, antecedencia, antigo, _ciclo(atual))
    return None, REGRA_PADRAO


def _ciclo(x: Limiar) -> PorCiclo | None:
    if x.ciclo_inativo is None:
        return None
    return PorCiclo(
        x.ciclo_quase,
        x.ciclo_inativo,
        x.ciclo_quase_min,
        x.ciclo_quase_max,
        x.ciclo_inativo_min,
        x.ciclo_inativo_max,
    )


def ciclo_em(dias: list[date], ultima: date | None) -> Decimal | None:
    """O ciclo próprio pelas compras até `ultima`: três dias de compra ao menos."""
    ate = [d for d in dias if ultima and d <= ultima]
    return Decimal(str(median((b - a).days for a, b in itertools.pairwise(ate)))) if len(ate) >= 3 else None


def limites_em(regra: Regra, ultima: date, ciclo: Decimal | None) -> Limites:
    return regra.limites(ultima, ciclo, 3 if ciclo else 0)


def status_em(regra: Regra, ultima: date | None, dia: date, ciclo: Decimal | None) -> str:
    if ultima is None:
        return "prospect"
    limites = limites_em(regra, ultima, ciclo)
    return str(classificar(limites.quase_inativo_em, limites.inativo_em, dia))


@dataclass
class Gemea:
    """A mesma empresa, com a memória que o banco deveria ter."""

    empresa: Empresa
    regular: date | None = None
    historia: dict[int, tuple[str, date | None, Decimal | None]] = field(default_factory=dict)
    mudancas: list[Mudanca] = field(default_factory=list)
    mes: date | None = None
    ciclos: dict[int | None, Decimal] = field(default_factory=dict)

    def rodar(self, referencia: date, hoje: date, *, consulta: bool = False) -> dict[int, dict[str, Any]]:
        """Os indicadores de todos na referência; escreve a história quando não é consulta."""
        fatos = self._fatos(referencia)
        regras = {c.pk: regra_do_cliente(c, hoje) for c in fatos}
        ciclos = self._medianas(fatos, referencia, consulta)
        linhas = {c.pk: self._linha(c, fatos[c], regras[c.pk], referencia, ciclos) for c in fatos}
        self._classes(fatos, linhas, referencia)
        if not consulta:
            self._escrever(fatos, linhas, regras, referencia)
        return linhas

    def _fatos(self, referencia: date) -> dict[Cliente, tuple[list, Decimal]]:
        compras, devolvido = defaultdict(list), defaultdict(Decimal)
        for pedido in Pedido.objects.filter(empresa=self.empresa, data__lte=referencia):
            if pedido.conta:
                compras[pedido.cliente_id].append((pedido.data, pedido.valor))
            elif pedido.situacao == "devolvido" and pedido.data > referencia - relativedelta(months=12):
                devolvido[pedido.cliente_id] += pedido.valor
        clientes = Cliente.objects.filter(empresa=self.empresa).order_by("pk")
        return {c: (compras[c.pk], devolvido[c.pk]) for c in clientes}

    def _parametros(self) -> ParametrosDaAtividade:
        return ParametrosDaAtividade.objects.filter(empresa=self.empresa).first() or ParametrosDaAtividade()

    def _medianas(self, fatos: Any, referencia: date, consulta: bool) -> dict[int | None, Decimal]:
        mes = referencia.replace(day=1)
        if not consulta and self.mes == mes:
            return self.ciclos
        grupos = defaultdict(list)
        for cliente, (compras, _) in fatos.items():
            dias = sorted({dia for dia, _ in compras})
            if len(dias) >= 3:
                ciclo = median((b - a).days for a, b in itertools.pairwise(dias))
                for grupo in {None, cliente.segmento_id}:
                    grupos[grupo].append(ciclo)
        ciclos = {
            grupo: Decimal(str(median(lista))).quantize(Decimal("0.0001"), ROUND_HALF_UP)
            for grupo, lista in grupos.items()
        }
        if not consulta:
            self.mes, self.ciclos = mes, ciclos
        return ciclos

    def _linha(
        self, cliente: Cliente, fato: Any, regra: Any, referencia: date, ciclos: Any
    ) -> dict[str, Any]:
        p = self._parametros()
        linha = indicadores_de(
            fato[0],
            referencia=referencia,
            regra=regra[1],
            janela_meses=p.janela_valor_meses,
            dias_novidade=p.dias_novidade,
            ciclo_reserva=ciclos.get(cliente.segmento_id, ciclos.get(None)),
        )
        return linha | {"devolvido_12m": fato[1], "limiar_id": regra[0]}

    def _classes(self, fatos: Any, linhas: dict[int, dict[str, Any]], referencia: date) -> None:
        p = self._parametros()
        valores = [(c.codigo, linhas[c.pk]["valor_12m"]) for c in fatos]
        abc = curva_abc(valores, Decimal(p.abc_a), Decimal(p.abc_b))
        populacao = []
        for c in fatos:
            linha = linhas[c.pk]
            linha |= {"curva_abc": abc.get(c.codigo, ""), "rfv_r": None, "rfv_f": None, "rfv_v": None}
            fora = c.fora_do_perfil or (c.encerrado_em and c.encerrado_em <= referencia)
            if linha["ultima_compra"] and not (fora and linha["valor_12m"] == 0):
                populacao.append(linha)
        for nota, coluna in (
            ("rfv_r", "ultima_compra"),
            ("rfv_f", "dias_de_compra_12m"),
            ("rfv_v", "valor_12m"),
        ):
            for linha, valor in zip(populacao, notas_rfv([x[coluna] for x in populacao]), strict=True):
                linha[nota] = valor

    def _escrever(self, fatos: Any, linhas: Any, regras: Any, referencia: date) -> None:
        for cliente, (compras, _) in fatos.items():
            dias = sorted({dia for dia, _ in compras})
            if self.regular is not None:
                self._mudar(cliente.pk, dias, *regras[cliente.pk], self.regular, referencia)
            ultima = dias[-1] if dias else None
            self.historia[cliente.pk] = linhas[cliente.pk]["status"], ultima, ciclo_em(dias, ultima)
        self.regular = referencia

    def _mudar(
        self, cliente: int, dias: list[date], limiar: int | None, regra: Regra, p: date, r: date
    ) -> None:
        s0, u0, c0 = self.historia.get(cliente, ("prospect", None, None))
        ultima = dias[-1] if dias else None
        if (s0, u0) == (status_em(regra, ultima, r, ciclo_em(dias, ultima)), ultima):
            return
        status, ultima = s0, u0
        explica = status_em(regra, u0, p, c0) == s0
        if not (explica and self._continua(cliente, dias, regra, p, s0, u0)):
            ultima = max((d for d in dias if d <= p), default=None)
            status = status_em(regra, ultima, p, ciclo_em(dias, ultima))
            motivo = "correcao" if explica else "configuracao"
            novas = [d for d in dias if ultima is None or d > ultima]
            em = p + timedelta(days=1)
            if motivo == "configuracao" and limiar:
                # no dia em que a regra entrou em vigor, se nenhum outro fato o antecede
                antes, self.mudancas = self.mudancas, []
                self._dia_a_dia(cliente, status, ultima, novas, regra, min([em, *novas]), r, dias)
                outros, self.mudancas = [m[1] for m in self.mudancas], antes
                em = max(em, min([Limiar.objects.get(pk=limiar).vigente_desde, *novas, *outros]))
            self._anotar(cliente, min(em, r), s0, status, motivo)
        novas = [d for d in dias if ultima is None or d > ultima]
        comeco = min([p + timedelta(days=1), *novas])
        self._dia_a_dia(cliente, status, ultima, novas, regra, comeco, r, dias)

    def _continua(
        self, cliente: int, dias: list[date], regra: Regra, p: date, s0: str, u0: date | None
    ) -> bool:
        """Os fatos de hoje ainda dão, em `p`, o que foi gravado, e nenhum novo o antecede."""
        if (u0 is not None and u0 not in dias) or status_em(regra, u0, p, ciclo_em(dias, u0)) != s0:
            return False
        novas = [d for d in dias if u0 is None or d > u0]
        if not novas or novas[0] > p:
            return True
        comeco = date.min
        if u0:
            limites = limites_em(regra, u0, ciclo_em(dias, u0))
            comeco = {"ativo": u0, "quase_inativo": limites.quase_inativo_em, "inativo": limites.inativo_em}[
                s0
            ]
        return novas[0] >= max([comeco, *(m[1] for m in self.mudancas if m[0] == cliente)])

    def _dia_a_dia(
        self,
        cliente: int,
        status: str,
        ultima: date | None,
        novas: list[date],
        regra: Regra,
        dia: date,
        r: date,
        dias: list[date],
    ) -> None:
        """Um dia de cada vez: primeiro o tempo passa, depois a compra acontece."""
        while dia <= r:
            if ultima is not None:
                limites = limites_em(regra, ultima, ciclo_em(dias, ultima))
                if status == "ativo" and limites.quase_inativo_em <= dia:
                    self._anotar(cliente, dia, "ativo", "quase_inativo", "tempo")
                    status = "quase_inativo"
                if status == "quase_inativo" and limites.inativo_em <= dia:
                    self._anotar(cliente, dia, "quase_inativo", "inativo", "tempo")
                    status = "inativo"
            if dia in novas:
                self._anotar(cliente, dia, status, "ativo", "compra")
                status, ultima = "ativo", dia
            dia += timedelta(days=1)

    def _anotar(self, cliente: int, em: date, de: str, para: str, motivo: str) -> None:
        if de != para:
            ordem = 1 + sum(m[0] == cliente and m[1] == em for m in self.mudancas)
            self.mudancas.append((cliente, em, ordem, de, para, motivo))
