"""Qual regra vale para quem: cliente > segmento > empresa > padrão da instalação, sempre com data."""

from dataclasses import dataclass, fields
from datetime import date

from django.db import transaction
from django.db.models import Q

from atividade.models import Limiar
from atividade.regras import REGRA_PADRAO, Periodo, PorCiclo, Regra, RegraInvalida
from clientes.models import Cliente, Segmento
from contas.auditoria import registrar
from contas.models import Empresa, Usuario
from contas.pronta import DIA, ID, Pronta

CAMPOS_DO_CICLO = tuple(campo.name for campo in fields(PorCiclo))


@dataclass(frozen=True, slots=True)
class RegraEmVigor:
    """A regra de um cliente em uma data e a frase que explica de onde ela vem."""

    regra: Regra
    limiar: Limiar | None
    origem: str

    @property
    def texto(self) -> str:
        desde = f", desde {self.limiar.vigente_desde:%d/%m/%Y}" if self.limiar else ""
        return f"{self.origem}{desde}: {self.regra.prazo}"


def configurar(
    *,
    empresa: Empresa | None,
    segmento: Segmento | None = None,
    cliente: Cliente | None = None,
    periodo: Periodo,
    antecedencia: Periodo,
    vigente_desde: date,
    por: Usuario | None,
    motivo: str = "",
    antigo: Periodo | None = None,
    ciclo: PorCiclo | None = None,
) -> Limiar:
    """Salva uma regra nova em um nível; a anterior fica guardada. Recusa regra sem sentido."""
    Regra(periodo, antecedencia, antigo, ciclo)
    return _salvar(
        Limiar(
            empresa=empresa,
            segmento=segmento,
            cliente=cliente,
            periodo_n=periodo.n,
            periodo_unidade=periodo.unidade,
            antecedencia_n=antecedencia.n,
            antecedencia_unidade=antecedencia.unidade,
            antigo_n=antigo.n if antigo else None,
            antigo_unidade=antigo.unidade if antigo else "",
            **{f"ciclo_{campo}": getattr(ciclo, campo, None) for campo in CAMPOS_DO_CICLO},
            vigente_desde=vigente_desde,
            por=por,
            motivo=motivo,
        ),
        por=por,
    )


def herdar(
    *,
    empresa: Empresa | None,
    segmento: Segmento | None = None,
    cliente: Cliente | None = None,
    vigente_desde: date,
    por: Usuario | None,
    motivo: str = "",
) -> Limiar:
    """Devolve o nível à regra de cima, a partir de uma data."""
    nivel = {"empresa": empresa, "segmento": segmento, "cliente": cliente}
    return _salvar(Limiar(**nivel, herda=True, vigente_desde=vigente_desde, por=por, motivo=motivo), por=por)


@transaction.atomic
def _salvar(limiar: Limiar, *, por: Usuario | None) -> Limiar:
    _conferir_nivel(limiar)
    anterior = (
        vigentes(limiar.vigente_desde)
        .filter(empresa=limiar.empresa, segmento=limiar.segmento, cliente=limiar.cliente)
        .first()
    )
    limiar.save()
    registrar(
        "atividade.limiar",
        por=por,
        objeto=_alvo(limiar),
        antes={"regra": str(anterior)} if anterior else None,
        depois={"regra": str(limiar), "vigente_desde": str(limiar.vigente_desde), "motivo": limiar.motivo},
    )
    return limiar


def _conferir_nivel(limiar: Limiar) -> None:
    """O segmento e o cliente de uma regra são da empresa dela, e só um dos dois é dito."""
    if limiar.segmento and limiar.cliente:
        raise RegraInvalida("Escolha o segmento ou o cliente, não os dois.")
    dono = limiar.segmento or limiar.cliente
    if dono and dono.empresa_id != limiar.empresa_id:
        raise RegraInvalida("O segmento ou o cliente escolhido é de outra empresa.")


def _alvo(limiar: Limiar) -> str:
    if limiar.cliente:
        return f"cliente {limiar.cliente.codigo}"
    if limiar.segmento:
        return f"segmento {limiar.segmento}"
    return f"empresa {limiar.empresa.codigo}" if limiar.empresa else "instalação"


def vigentes(data: date):  # type: ignore[no-untyped-def]  # QuerySet de Limiar
    """Limiares que já valem em `data`, o mais novo primeiro (no mesmo dia, o salvo por último)."""
    return Limiar.objects.filter(vigente_desde__lte=data).order_by("-vigente_desde", "-id")


_DA_EMPRESA = Pronta(
    lambda empresa, data: vigentes(data).filter(empresa=empresa, segmento=None, cliente=None)[:1],
    ID,
    DIA,
)


def regra_em_vigor(cliente: Cliente, data: date) -> RegraEmVigor:
    """A regra de um cliente em uma data, com a explicação para a tela."""
    niveis = [(Q(cliente=cliente), "regra deste cliente")]
    if cliente.segmento_id:
        niveis.append((Q(segmento=cliente.segmento_id), f"regra do segmento {cliente.segmento}"))
    return _primeira(niveis, data) or regra_da_empresa(cliente.empresa, data)


def regra_do_segmento(segmento: Segmento, data: date) -> RegraEmVigor:
    """A regra que um cliente do segmento segue quando não tem a sua."""
    niveis = [(Q(segmento=segmento), f"regra do segmento {segmento}")]
    return _primeira(niveis, data) or regra_da_empresa(segmento.empresa, data)


def regra_da_empresa(empresa: Empresa, data: date) -> RegraEmVigor:
    """A regra da empresa, senão a da instalação, senão o padrão de fábrica."""
    limiar = next(iter(_DA_EMPRESA(empresa.pk, data)), None)
    if limiar is None or limiar.herda:
        return regra_da_instalacao(data)
    return RegraEmVigor(regra_de(limiar), limiar, f"regra da empresa {empresa}")


def regra_da_instalacao(data: date) -> RegraEmVigor:
    """A regra de toda empresa que não tem a sua, senão o padrão de fábrica."""
    niveis = [(Q(empresa=None, segmento=None, cliente=None), "regra da instalação")]
    return _primeira(niveis, data) or RegraEmVigor(REGRA_PADRAO, None, "regra padrão")


def mais_perto(limiar: Limiar | None, *, segmento: object, empresa: object) -> RegraEmVigor:
    """A regra que a última rodada aplicou a um cliente, e de onde ela veio; sem consulta nova."""
    if limiar is None or limiar.herda:
        return RegraEmVigor(REGRA_PADRAO, None, "regra padrão")
    if limiar.cliente_id:
        origem = "regra deste cliente"
    elif limiar.segmento_id:
        origem = f"regra do segmento {segmento}"
    else:
        origem = f"regra da empresa {empresa}" if limiar.empresa_id else "regra da instalação"
    return RegraEmVigor(regra_de(limiar), limiar, origem)


def _primeira(niveis: list[tuple[Q, str]], data: date) -> RegraEmVigor | None:
    for filtro, origem in niveis:
        limiar = vigentes(data).filter(filtro).first()
        if limiar and not limiar.herda:
            return RegraEmVigor(regra_de(limiar), limiar, origem)
    return None


def regra_de(limiar: Limiar) -> Regra:
    """A regra pura que um limiar guarda."""
    antigo = Periodo(limiar.antigo_n, limiar.antigo_unidade) if limiar.antigo_n else None
    return Regra(
        Periodo(limiar.periodo_n or 0, limiar.periodo_unidade),
        Periodo(limiar.antecedencia_n or 0, limiar.antecedencia_unidade),
        antigo,
        _ciclo_de(limiar),
    )


def _ciclo_de(limiar: Limiar) -> PorCiclo | None:
    if limiar.ciclo_inativo is None:
        return None
    return PorCiclo(**{campo: getattr(limiar, f"ciclo_{campo}") for campo in CAMPOS_DO_CICLO})
