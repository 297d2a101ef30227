"""Ver o Carteira como um vendedor o vê: só leitura, por pouco tempo, e com começo e fim na auditoria.

Quem olha continua sendo quem é: a sessão é dele, e a cada pedido se confere de novo que ainda pode. A pessoa olhada
leva consigo quem a olha (`olhado_por`): o escopo é a interseção dos dois, e `pode` só deixa ler.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from contas.alcada import vendedores_da_alcada
from contas.auditoria import registrar
from contas.models import Usuario
from contas.papeis import Permissao, pode

PRAZO = timedelta(minutes=30)
CHAVE = "ver_como"
# O que se abre vendo como outra pessoa. Página nova fica de fora até ter o seu nome aqui.
PERMITIDAS = frozenset(
    {
        "inicio",
        "central:lista",
        "central:aviso",
        "central:sino",
        "central:notas",
        "clientes:lista",
        "clientes:mapa",
        "clientes:filtro",
        "clientes:ajuda_das_colunas",
        "clientes:agenda",
        "clientes:dados",
        "clientes:donos",
        "clientes:ficha",
        "clientes:historico",
        "clientes:pitch",
        "clientes:pendencias",
        "clientes:produtos",
        "clientes:pessoas",
        "clientes:grupo",
        "clientes:credito",
        "clientes:atendimentos",
        "clientes:mensagens",
        "checkup:pagina",
        "checkup:esquecidos",
        "composicao:painel",
        "composicao:mudancas",
        "declinio:pagina",
        "migracao:painel",
        "migracao:nomes",
        "migracao:saldo",
        "migracao:eventos",
        "migracao:aberturas",
        "dois_relogios",
        "cidades",
        "composicao:cruzada",
        "credito:painel",
        "fornecedores:lista",
        "fornecedores:ficha",
        "painel:painel",
        "painel:intocados",
        "relatorios:indice",
        "relatorios:pagina",
        "resultados:clientes",
        "resultados:contatos",
        "resultados:funil",
        "resultados:objecoes",
        "resultados:reativados",
        "resultados:registros",
        "retorno:pagina",
        "retorno:clientes",
        "ver_como:fila",
    }
)
# A fila de quem vende reserva clientes e registra: quem só olha vai à que só se lê.
DA_FILA = frozenset({"hoje", "fila:atender"})
# Onde quem olha age por si mesmo.
DE_SAIDA = frozenset({"ver_como:sair", "contas:sair"})


@dataclass(frozen=True, slots=True)
class Olhar:
    """Um vendedor visto por alguém, até uma hora."""

    vendedor: Usuario
    por: Usuario
    ate: datetime


def comecar(sessao: SessionBase, *, por: Usuario, vendedor: Usuario) -> Olhar:
    """Guarda na sessão e na auditoria; quem chama já conferiu a alçada."""
    ate = timezone.now() + PRAZO
    sessao[CHAVE] = {"vendedor": vendedor.pk, "por": por.pk, "ate": ate.isoformat()}
    registrar(
        "ver como",
        por=por,
        objeto=vendedor.nome,
        depois={"vendedor": vendedor.pk, "no máximo até": f"{timezone.localtime(ate):%d/%m/%Y %H:%M}"},
    )
    return Olhar(vendedor, por, ate)


def terminar(sessao: SessionBase, *, por: Usuario, motivo: str) -> None:
    """Tira da sessão e põe o fim na auditoria; sem nada começado, nada acontece."""
    guardado = sessao.pop(CHAVE, None)
    if guardado is None:
        return
    vendedor = Usuario.objects.filter(pk=_numero(guardado, "vendedor")).first()
    registrar(
        "deixar de ver como",
        por=por,
        objeto=vendedor.nome if vendedor else "",
        depois={"motivo": motivo},
    )


def em_curso(sessao: SessionBase, quem: Usuario) -> tuple[Olhar | None, str]:
    """O que vale agora; ou nada, e por que deixou de valer. Uma sessão que não se entende não vale."""
    guardado = sessao.get(CHAVE)
    if guardado is None:
        return None, ""
    ate = _hora(guardado)
    if ate is None or _numero(guardado, "por") != quem.pk:
        return None, "a sessão não era desta pessoa"
    if timezone.now() >= ate:
        return None, "o prazo acabou"
    if not pode(quem, Permissao.VER_COMO):
        return None, "o papel mudou"
    vendedor = vendedores_da_alcada(quem).filter(pk=_numero(guardado, "vendedor")).first()
    if vendedor is None:
        return None, "saiu da sua alçada"
    vendedor.olhado_por, vendedor.olhado_ate = quem, ate
    return Olhar(vendedor, quem, ate), ""


def _numero(guardado: Any, nome: str) -> int:
    valor = guardado.get(nome) if isinstance(guardado, dict) else None
    return valor if isinstance(valor, int) and not isinstance(valor, bool) and 0 < valor < 2**63 else 0


def _hora(guardado: Any) -> datetime | None:
    """A hora guardada, nunca além do prazo a partir de agora."""
    texto = guardado.get("ate") if isinstance(guardado, dict) else None
    try:
        ate = parse_datetime(texto) if isinstance(texto, str) else None
    except ValueError:
        return None
    return ate if ate and timezone.is_aware(ate) and ate <= timezone.now() + PRAZO else None
