"""Os roteiros de abordagem: o da equipe ganha do da instalação, e cada mudança fica na auditoria."""

from django.db import transaction
from django.db.models import F

from clientes.models import FaixaDoRoteiro, Roteiro
from clientes.variaveis import conferir
from contas.auditoria import registrar
from contas.models import Equipe, Usuario


def roteiro_para(equipe_id: int | None, faixa: str) -> Roteiro | None:
    """O da equipe do cliente ou, sem ele, o da instalação; em uma consulta."""
    da_casa = Roteiro.objects.filter(faixa=faixa, equipe__isnull=True)
    da_equipe = Roteiro.objects.filter(faixa=faixa, equipe=equipe_id) if equipe_id else da_casa
    return (da_casa | da_equipe).order_by(F("equipe").asc(nulls_last=True)).first()


def roteiros_de(equipe: Equipe | None) -> dict[str, Roteiro]:
    """Por faixa, o que vale para a equipe (ou para a instalação); em uma consulta."""
    valem = Roteiro.objects.filter(equipe__isnull=True)
    if equipe is not None:
        valem |= Roteiro.objects.filter(equipe=equipe)
    ordenados = valem.select_related("por").order_by(F("equipe").asc(nulls_first=True))
    return {roteiro.faixa: roteiro for roteiro in ordenados}


@transaction.atomic
def salvar_roteiro(*, faixa: str, texto: str, por: Usuario, equipe: Equipe | None = None) -> bool:
    """Grava o texto da faixa e diz se mudou; variável desconhecida é recusada com o nome dela."""
    texto = texto.strip()
    conferir(texto)
    atual = Roteiro.objects.select_for_update().filter(equipe=equipe, faixa=faixa).first()
    if atual and atual.texto == texto:
        return False
    antes = {"texto": atual.texto} if atual else None
    Roteiro.objects.update_or_create(equipe=equipe, faixa=faixa, defaults={"texto": texto, "por": por})
    registrar("mudar roteiro", por=por, objeto=_objeto(faixa, equipe), antes=antes, depois={"texto": texto})
    return True


@transaction.atomic
def voltar_ao_da_instalacao(*, faixa: str, equipe: Equipe, por: Usuario) -> bool:
    """Apaga o texto próprio da equipe: volta a valer o da instalação. O apagado fica na auditoria."""
    proprio = Roteiro.objects.select_for_update().filter(equipe=equipe, faixa=faixa).first()
    if proprio is None:
        return False
    registrar("apagar roteiro", por=por, objeto=_objeto(faixa, equipe), antes={"texto": proprio.texto})
    proprio.delete()
    return True


def _objeto(faixa: str, equipe: Equipe | None) -> str:
    return f"{FaixaDoRoteiro(faixa).label}, {equipe.nome if equipe else 'todas as equipes'}"
