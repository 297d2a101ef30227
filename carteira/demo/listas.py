"""Três listas de trabalho de exemplo, com o que os contatos e pedidos da demonstração já fizeram nelas."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Max, Q

from carteira.listas import da_consulta, do_publico, ids
from clientes.listas import criar, encerrar
from clientes.models import Campanha, Cliente, Finalidade, ListaDeTrabalho, Reparticao, TipoDeOferta
from contas.models import Empresa, Equipe, Papel, Usuario

SEMENTE = 1_104
DIAS_DA_RECUPERACAO = 45  # começou há tantos dias: já há o que contar
DIAS_DA_ENCERRADA = (110, 60)
SILENCIO = 100  # dias sem comprar de quem foi para uma lista de recuperação
POR_LISTA = 600


def criar_listas(*, hoje: date) -> int:
    """Grava as três, se ainda não há nenhuma; devolve quantas fez. Os números já têm de estar calculados."""
    empresa = Empresa.objects.order_by("pk")[0]
    gestor = Usuario.objects.filter(papel=Papel.GESTOR, email__isnull=False).order_by("pk").first()
    if gestor is None or ListaDeTrabalho.objects.exists():
        return 0
    return sum(
        (
            _prevencao(empresa, gestor, hoje),
            _recuperacao(empresa, gestor, hoje),
            _encerrada(empresa, gestor, hoje),
        )
    )


def _prevencao(empresa: Empresa, gestor: Usuario, hoje: date) -> int:
    """Viva: quem está quase inativo nas equipes do gestor."""
    lista = ListaDeTrabalho(
        empresa=empresa,
        nome="Não deixar esfriar",
        finalidade=Finalidade.PREVENCAO,
        viva=True,
        consulta="status=quase_inativo",
        de=hoje - timedelta(days=7),
        ate=hoje + timedelta(days=53),
        semente=SEMENTE,
    )
    publico = do_publico(lista, da_consulta(lista.consulta, gestor, hoje))
    criar(lista=lista, clientes=ids(publico), por=gestor, hoje=hoje - timedelta(days=7), donos=[gestor])
    return 1


def _recuperacao(empresa: Empresa, gestor: Usuario, hoje: date) -> int:
    """Congelada, com desconto, campanha e um quinto no grupo de controle."""
    inicio = hoje - timedelta(days=DIAS_DA_RECUPERACAO)
    fim = hoje + timedelta(days=15)
    campanha = Campanha.objects.create(
        empresa=empresa, nome="Volta às compras", inicio=inicio, fim=fim, oferta="8% no primeiro pedido"
    )
    lista = ListaDeTrabalho(
        empresa=empresa,
        nome="Volta às compras",
        finalidade=Finalidade.RECUPERACAO,
        aceita_fora_da_finalidade=True,  # quem já voltou continua nela
        de=inicio,
        ate=fim,
        oferta_tipo=TipoDeOferta.DESCONTO,
        oferta="8% no primeiro pedido",
        campanha=campanha,
        meta_clientes=12,
        controle_pct=20,
        semente=SEMENTE,
    )
    calados = _calados(empresa, gestor, inicio)
    criar(lista=lista, clientes=calados, por=gestor, hoje=inicio, donos=[gestor])
    return 1


def _encerrada(empresa: Empresa, gestor: Usuario, hoje: date) -> int:
    """Uma que já acabou, da primeira equipe dele, para comparar."""
    inicio, fim = (hoje - timedelta(days=d) for d in DIAS_DA_ENCERRADA)
    equipe = Equipe.objects.filter(gestores=gestor).order_by("nome").first()
    lista = ListaDeTrabalho(
        empresa=empresa,
        nome="Giro de fim de estação",
        finalidade=Finalidade.OUTRA,
        de=inicio,
        ate=fim,
        oferta_tipo=TipoDeOferta.PROMOCAO,
        oferta="Leve 10, pague 9",
        equipe=equipe,
        reparticao=Reparticao.DONO,
        semente=SEMENTE,
    )
    da_equipe = Cliente.objects.visiveis_para(gestor).filter(
        equipe=equipe, indicadores__curva_abc__in=("A", "B")
    )
    criar(lista=lista, clientes=list(da_equipe.values_list("pk", flat=True)), por=gestor, hoje=inicio)
    encerrar(lista=lista, por=gestor)
    return 1


def _calados(empresa: Empresa, gestor: Usuario, em: date) -> Iterable[int]:
    """Quem, naquele dia, já não comprava havia meses: os de hoje não serviriam, que quem voltou saiu deles."""
    ultima = Max("pedidos__data", filter=Q(pedidos__conta=True, pedidos__data__lte=em))
    clientes = (
        Cliente.objects.visiveis_para(gestor).filter(empresa=empresa).em_carteira().annotate(ultima=ultima)
    )
    calados = clientes.filter(ultima__lte=em - timedelta(days=SILENCIO), ultima__gt=em - timedelta(days=720))
    return list(calados.order_by("codigo").values_list("pk", flat=True)[:POR_LISTA])
