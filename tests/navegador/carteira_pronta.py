"""Uma carteira pequena com as quatro situações, história e recompras, já calculada por um recálculo de verdade."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from atividade.models import MudancaStatus
from carteira.recalculos import recalcular_empresa
from contas.models import Empresa, Usuario

CIDADES = ((4209102, "SC"), (4204202, "SC"), (4104808, "PR"), (3509502, "SP"))
SEGMENTOS = ("Ferragens", "Tintas", "Agro")
# (silêncio, ciclo) em dias, pela regra padrão de 6 meses com aviso de 2
RITMOS = ((5, 30), (40, 45), (130, 40), (150, 60), (200, 30), (300, 90), (20, 15), (60, 25))


def povoar(novo_cliente: Any, donos: list[Usuario], admin: Usuario, quantos: int = 48) -> Empresa:
    """Clientes em ritmos, lugares e segmentos variados, e a empresa na referência de hoje."""
    hoje = timezone.localdate()
    for n in range(quantos):
        municipio, uf = CIDADES[n % 4]
        novo_cliente(
            f"C{n:03}",
            razao_social=f"Comercial {n:03} do Vale Ltda",
            vendedor=donos[n % len(donos)],
            municipio_id=municipio,
            uf=uf,
            segmento=SEGMENTOS[n % 3],
            compras=_compras(n, hoje) if n % 12 != 11 else (),
        )
    empresa = Empresa.objects.get(codigo="1")
    recalcular_empresa(empresa.pk, por=admin)
    empresa.refresh_from_db()
    _historia(empresa, hoje)
    return empresa


def _compras(n: int, hoje: date) -> list[tuple[date, str]]:
    silencio, ciclo = RITMOS[n % len(RITMOS)]
    if n == 0:
        silencio = 0  # pedidos em dia: a referência é hoje
    return [(hoje - timedelta(days=silencio + ciclo * k), f"{500 + 37 * n}.90") for k in range(6)]


def _historia(empresa: Empresa, hoje: date) -> None:
    """Quem está quase inativo passou a estar há pouco."""
    for cliente in empresa.clientes.filter(indicadores__status="quase_inativo"):
        MudancaStatus.objects.create(
            cliente=cliente,
            de="ativo",
            para="quase_inativo",
            em=hoje - timedelta(days=9),
            motivo="tempo",
            referencia=hoje,
        )
