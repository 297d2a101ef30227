"""`manage.py configurar_atividade`: salva uma regra de inatividade para a empresa, um segmento ou um cliente."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from atividade.limiares import configurar
from atividade.regras import Periodo, Regra, RegraInvalida
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
    return Regra(Periodo.de_texto(opcoes["periodo"]), Periodo.de_texto(opcoes["antecedencia"]), antigo)


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
