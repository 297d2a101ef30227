"""Um post-it com lista viva e um lembrete, para que a central e o *Hoje* da demonstração tenham o que mostrar."""

from datetime import date, timedelta
from typing import Any

from contas.models import Papel, Usuario
from notificacoes.models import EspecieDeRecado, Publico, Recado, RegraDaLista, TipoDeLembrete
from notificacoes.recados import destinatarios, enviar, guardar

_POSTIT = {
    "especie": EspecieDeRecado.POSTIT,
    "titulo": "Há mais de 20 dias sem pedido",
    "texto": "Comecem a semana por estes. Um telefonema basta para saber se falta algo na prateleira.",
    "regra": RegraDaLista.SEM_PEDIDO,
    "dias": 20,
    "publico": Publico.TODOS,
    "assinatura": "Att. Gerência de vendas",
}
_LEMBRETE = {
    "especie": EspecieDeRecado.LEMBRETE,
    "titulo": "Tabela nova a partir de segunda-feira",
    "texto": "Parafusos e buchas mudam de preço na segunda. Orçamentos feitos até sexta valem pelo preço antigo.",
    "publico": Publico.TODOS,
    "assinatura": "Att. Adm. Vendas",
}


def criar_recados(*, hoje: date) -> int:
    """Envia os dois, se ainda não há nenhum; devolve quantos. Quem não tem a quem escrever não escreve."""
    if Recado.objects.exists():
        return 0
    lembrete = _LEMBRETE | {"tipo": TipoDeLembrete.objects.filter(nome="INFORMAÇÃO").first()}
    return _enviar(Papel.GESTOR, _POSTIT, hoje) + _enviar(Papel.ADMIN, lembrete, hoje)


def _enviar(papel: str, dados: dict[str, Any], hoje: date) -> int:
    por = Usuario.objects.filter(papel=papel, email__isnull=False, is_active=True).order_by("pk").first()
    if por is None:
        return 0
    recado = guardar(por=por, dados=dados | {"vale_ate": hoje + timedelta(days=14)})
    if not destinatarios(recado, hoje).exists():
        recado.delete()
        return 0
    enviar(recado=recado, por=por)
    return 1
