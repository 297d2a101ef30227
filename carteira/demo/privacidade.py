"""A privacidade da demonstração: quem responde pelos dados, bases com a sua origem, oposições e um pedido atendido.

As oposições dão o porquê aos canais que o cadastro já traz fechados: nenhum número da demonstração muda por elas.
"""

from datetime import date, timedelta

from clientes.lgpd.bases import declarar
from clientes.lgpd.esquecer import Titular
from clientes.lgpd.oposicao import opor, rotulo
from clientes.lgpd.parametros import mudar_parametros
from clientes.lgpd.retencao import mudar
from clientes.models import BaseLegal, Cliente, Oposicao, TipoDeRetencao
from contas.auditoria import registrar
from contas.models import Papel, Usuario

_MOTIVOS = (
    "Pediu por telefone para não receber mais mensagens",
    "Respondeu «sair» à mensagem de ofertas",
    "Diz que o número é da família",
)
_ORIGENS = (
    (BaseLegal.CONTRATO, "Ficha de cadastro assinada na loja"),
    (BaseLegal.CONSENTIMENTO, "Cartão deixado na feira de ferragens"),
    (BaseLegal.LEGITIMO_INTERESSE, "Indicação de outro cliente"),
)
_OPOSICOES = 12


def criar_privacidade(*, hoje: date) -> int:
    """Escreve tudo uma vez; devolve quantas oposições ficaram."""
    por = (
        Usuario.objects.filter(papel=Papel.ADMIN, email__isnull=False, is_active=True).order_by("pk").first()
    )
    if por is None or Oposicao.objects.exists():
        return 0
    empresa = por.empresas.earliest("pk")
    declaracao = {
        "controlador": f"{empresa.nome} Ltda",
        "encarregado": por.nome,
        "encarregado_email": "privacidade@alianca.example",
    }
    mudar_parametros(empresa=empresa, valores=declaracao, por=por)
    mudar(tipo=TipoDeRetencao.VISTAS, dias=730, ligada=True, por=por)
    _bases(hoje, por)
    return _oposicoes(hoje, por)


def _bases(hoje: date, por: Usuario) -> None:
    for n, cliente in enumerate(Cliente.objects.order_by("codigo")[: len(_ORIGENS)]):
        base, origem = _ORIGENS[n]
        declarar(
            titular=Titular(cliente),
            base=base,
            origem=origem,
            desde=hoje - timedelta(days=90 * (n + 1)),
            por=por,
        )
    # o último pediu para saber o que se guarda dele, e levou
    registrar(
        "exportar relatório ao titular",
        por=por,
        objeto=rotulo(cliente, None),
        depois={"formato": "PDF"},
        alvo=cliente,
    )


def _oposicoes(hoje: date, por: Usuario) -> int:
    fechados = Cliente.objects.exclude(nao_contatar=[]).order_by("codigo")[:_OPOSICOES]
    return sum(
        len(
            opor(
                cliente=cliente,
                canais=cliente.nao_contatar,
                motivo=_MOTIVOS[n % len(_MOTIVOS)],
                em=hoje - timedelta(days=7 * n + 3),
                por=por,
            )
        )
        for n, cliente in enumerate(fechados)
    )
