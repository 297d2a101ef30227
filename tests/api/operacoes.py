"""As operações da API, como o roteador as tem, e o alvo de cada uma no cenário do passeio."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from atividade.models import Execucao, MudancaStatus
from carteira.api import urls
from carteira.api.fim import NaoHa
from clientes.models import (
    Cliente,
    MembroDaLista,
    Motivo,
    NotaFiscal,
    Objecao,
    Ocorrencia,
    Orcamento,
    Pedido,
    RestricaoDeCredito,
    ScoreDeCredito,
    Titulo,
)
from tests.conftest import HOJE
from tests.web.cenario_do_passeio import Cenario

METODOS = ("get", "post", "put", "patch", "delete")
# Que número do cenário cada recurso abre; os outros se acham pelo cliente ou pela empresa.
DO_CENARIO = {
    "agenda": "agendamento", "atendimentos": "atendimento", "avisos": "aviso", "campanhas": "campanha",
    "clientes": "cliente", "contatos": "contato", "fornecedores": "fornecedor", "importacoes": "importacao",
    "indicadores": "cliente", "listas": "lista", "pessoas": "pessoa", "segmentos": "segmento",
}  # fmt: skip
DO_CLIENTE: dict[str, Any] = {
    "membros": MembroDaLista, "mudancas": MudancaStatus, "notas": NotaFiscal, "orcamentos": Orcamento,
    "pedidos": Pedido, "restricoes": RestricaoDeCredito, "scores": ScoreDeCredito, "titulos": Titulo,
}  # fmt: skip
DA_EMPRESA = frozenset({"empresas", "limites", "rodadas"})
# Os mesmos para todos: aqui não há o que seja de outro.
DA_CASA: dict[str, Any] = {"motivos": Motivo, "objecoes": Objecao, "ocorrencias": Ocorrencia}
INEXISTENTE = 999_999


@dataclass(frozen=True)
class Operacao:
    rota: str
    metodo: str
    acao: str
    vista: Any

    @property
    def recurso(self) -> str:
        return self.rota.split("/")[0]

    @property
    def decisao(self) -> Any:
        return self.vista.decisoes.get(self.acao)

    @property
    def de_um(self) -> bool:
        return "<" in self.rota

    def endereco(self, numero: int = 0) -> str:
        return "/api/v1/" + re.sub(r"<[^>]+>", str(numero), self.rota)


def operacoes() -> Iterator[Operacao]:
    for padrao in urls.urlpatterns:
        vista = getattr(padrao.callback, "cls", None)
        if vista is None or vista is NaoHa:
            continue
        acoes = getattr(padrao.callback, "actions", None) or {m: m for m in METODOS if hasattr(vista, m)}
        for metodo, acao in acoes.items():
            if metodo in METODOS:
                yield Operacao(str(padrao.pattern), metodo, acao, vista)


def completar(cenario: Cenario) -> None:
    """O que o passeio das páginas não precisa: os fatos do ERP e do birô e uma mudança de cada cliente."""
    for cliente in Cliente.objects.filter(codigo__in=("PROPRIO1", "ALHEIO1", "ALHEIO2")):
        comum = {"cliente": cliente, "empresa": cliente.empresa, "numero": f"{cliente.codigo}-X", "valor": 10}
        antes = HOJE - timedelta(days=9)
        Titulo.objects.create(**comum, emissao=antes, vencimento=HOJE, saldo=10)
        Orcamento.objects.create(**comum, data=antes, situacao="aberto")
        NotaFiscal.objects.create(**comum, emissao=antes)
        do_biro = {"cliente": cliente, "empresa": cliente.empresa, "fonte": "Serasa", "em": antes}
        ScoreDeCredito.objects.create(**do_biro, valor=612)
        RestricaoDeCredito.objects.create(**do_biro, tipo="protesto", valor=10)
        MudancaStatus.objects.create(
            cliente=cliente,
            de="ativo",
            para="quase_inativo",
            em=antes,
            ordem=9,
            motivo="tempo",
            referencia=HOJE,
        )


def alvo(recurso: str, numeros: dict[str, Any], empresa: int) -> int:
    if recurso in DO_CENARIO:
        return numeros[DO_CENARIO[recurso]]
    if recurso in DO_CLIENTE:
        return DO_CLIENTE[recurso].objects.filter(cliente=numeros["cliente"]).earliest("pk").pk
    if recurso in DA_CASA:
        return DA_CASA[recurso].objects.earliest("pk").pk
    if recurso == "rodadas":
        return Execucao.objects.filter(empresa=empresa).earliest("pk").pk
    assert recurso in DA_EMPRESA, f"diga em tests/api/operacoes.py o que {recurso} abre"
    return empresa
