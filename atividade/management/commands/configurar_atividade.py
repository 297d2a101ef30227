"""`manage.py configurar_atividade`: salva uma regra de inatividade para a empresa, um segmento ou um cliente."""

from argparse import ArgumentParser
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from atividade.limiares import configurar
from atividade.regras import DIAS, MAIOR_PERIODO, Periodo, PorCiclo, Regra, RegraInvalida
from clientes.models import Cliente, Segmento
from contas.models import Empresa
from contas.texto import chave_de_nome

USO_ERRADO = 2
PRIMEIRO_ANO = 1900  # nenhum fato é anterior


class Command(BaseCommand):
    help = "Define depois de quanto tempo sem comprar um cliente fica inativo, e com que antecedência avisar."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--periodo", required=True, help="inativo após: 18m (meses) ou 180d (dias)")
        parser.add_argument("--antecedencia", required=True, help="quase inativo tanto antes: 6m ou 60d")
        parser.add_argument("--antigo", help="inativo antigo após: 24m ou 730d (opcional)")
        ciclo = parser.add_argument_group(
            "por ciclo",
            "múltiplos do ciclo de cada cliente; os prazos acima valem para quem ainda não tem ciclo",
        )
        ciclo.add_argument("--ciclo-inativo", help="inativo após tantas vezes o ciclo: 3")
        ciclo.add_argument("--ciclo-quase", help="quase inativo após tantas vezes o ciclo: 1.5")
        for limite, menor in (("inativo", 2), ("quase", 1)):
            ciclo.add_argument(
                f"--ciclo-{limite}-min", type=int, help=f"no mínimo tantos dias (padrão: {menor})"
            )
            ciclo.add_argument(
                f"--ciclo-{limite}-max",
                type=int,
                help=f"no máximo tantos dias (padrão: {MAIOR_PERIODO[DIAS]})",
            )
        parser.add_argument("--empresa", help="código da empresa; dispensável enquanto só houver uma")
        parser.add_argument("--segmento", help="nome do segmento")
        parser.add_argument("--cliente", help="código do cliente")
        parser.add_argument("--desde", help="vigente desde, AAAA-MM-DD (padrão: hoje)")
        parser.add_argument("--motivo", default="", help="por que a regra mudou")

    def handle(self, *args: Any, **opcoes: Any) -> None:
        empresa = _empresa(opcoes["empresa"])
        try:
            regra = _regra(opcoes)
            limiar = configurar(
                empresa=empresa,
                segmento=_segmento(empresa, opcoes["segmento"]),
                cliente=_cliente(empresa, opcoes["cliente"]),
                periodo=regra.periodo,
                antecedencia=regra.antecedencia,
                antigo=regra.antigo,
                ciclo=regra.ciclo,
                vigente_desde=_desde(opcoes["desde"]),
                por=None,
                motivo=opcoes["motivo"][:200],
            )
        except RegraInvalida as erro:
            raise CommandError(str(erro), returncode=USO_ERRADO) from erro
        alvo = limiar.cliente or limiar.segmento or empresa
        self.stdout.write(
            f"{alvo}: {regra}, desde {limiar.vigente_desde:%d/%m/%Y}. Vale a partir da próxima rodada."
        )


def _regra(opcoes: dict[str, Any]) -> Regra:
    antigo = Periodo.de_texto(opcoes["antigo"]) if opcoes["antigo"] else None
    periodo, antecedencia = (Periodo.de_texto(opcoes[nome]) for nome in ("periodo", "antecedencia"))
    return Regra(periodo, antecedencia, antigo, _por_ciclo(opcoes))


def _por_ciclo(opcoes: dict[str, Any]) -> PorCiclo | None:
    """Os múltiplos, se ditos: os dois, ou nenhum; sem extremos ditos, quaisquer dias servem."""
    dadas = {c: v for c, v in opcoes.items() if c.startswith("ciclo_") and v is not None}
    if not dadas:
        return None
    if not {"ciclo_quase", "ciclo_inativo"} <= dadas.keys():
        raise RegraInvalida("Regra por ciclo pede os dois múltiplos: --ciclo-quase e --ciclo-inativo.")
    extremos = {
        "quase_min": 1,
        "quase_max": MAIOR_PERIODO[DIAS],
        "inativo_min": 2,
        "inativo_max": MAIOR_PERIODO[DIAS],
    }
    if "ciclo_inativo_max" in dadas:
        extremos["quase_max"] = dadas["ciclo_inativo_max"]
    for nome in extremos:
        extremos[nome] = dadas.get(f"ciclo_{nome}", extremos[nome])
    return PorCiclo(_multiplo(dadas["ciclo_quase"]), _multiplo(dadas["ciclo_inativo"]), **extremos)


def _multiplo(texto: str) -> Decimal:
    try:
        return Decimal(texto.replace(",", "."))
    except InvalidOperation as erro:
        raise RegraInvalida(f"Múltiplo “{texto}” não entendido: escreva 1.5 ou 3.") from erro


def _desde(texto: str | None) -> date:
    try:
        desde = date.fromisoformat(texto) if texto else timezone.localdate()
    except ValueError as erro:
        raise CommandError(
            "Data não entendida em --desde: escreva AAAA-MM-DD.", returncode=USO_ERRADO
        ) from erro
    if desde.year < PRIMEIRO_ANO:
        raise CommandError(f"A data {texto} é anterior a {PRIMEIRO_ANO}.", returncode=USO_ERRADO)
    return desde


def _empresa(codigo: str | None) -> Empresa:
    if codigo:
        return _achar(Empresa.objects.filter(codigo=codigo).first(), f"Não há empresa de código {codigo}.")
    empresas = list(Empresa.objects.all()[:2])
    return _achar(empresas[0] if len(empresas) == 1 else None, "Diga a empresa: --empresa CÓDIGO.")


def _segmento(empresa: Empresa, nome: str | None) -> Segmento | None:
    if nome is None:
        return None
    achado = Segmento.objects.filter(empresa=empresa, nome_chave=chave_de_nome(nome)).first()
    return _achar(achado, f"Não há segmento “{nome}” na empresa {empresa.codigo}.")


def _cliente(empresa: Empresa, codigo: str | None) -> Cliente | None:
    if codigo is None:
        return None
    achado = Cliente.objects.filter(empresa=empresa, codigo=codigo).first()
    return _achar(achado, f"Não há cliente de código {codigo} na empresa {empresa.codigo}.")


def _achar(achado: Any, mensagem: str) -> Any:
    if achado is None:
        raise CommandError(mensagem, returncode=USO_ERRADO)
    return achado
