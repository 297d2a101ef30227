"""Os membros que a URL pede, e o que se diz de cada um: a página e a planilha falam por aqui."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, QuerySet
from django.http import HttpRequest

from atividade.models import Indicadores
from carteira.busca import condicao_de_busca
from carteira.ids import id_de
from carteira.lista_de_clientes import Linha, com_relacoes, proximas_acoes
from carteira.paginacao import Ordem
from carteira.web.listas_comuns import membros_de
from clientes.exclusoes import rotulo
from clientes.models import ListaDeTrabalho, MembroDaLista, Ocorrencia
from clientes.progresso_de_lista import RECORTES, com_progresso
from contas.models import Papel, Usuario

NOMES_DOS_RECORTES = {
    "a_contatar": "A contatar",
    "contatados": "Contatados",
    "compraram": "Compraram",
    "membros": "Todos",
    "de_fora": "De fora",
    "sairam": "Saíram",
    "controle": "Grupo de controle",
}
ORDENS_DOS_MEMBROS = {
    "valor": ("Valor em 12 meses", Ordem("valor", F("cliente__indicadores__valor_12m"), True, False)),
    "parado": ("Há mais tempo sem comprar", Ordem("parado", F("cliente__indicadores__ultima_compra"))),
    "contato": ("Há mais tempo sem contato", Ordem("contato", F("cliente__indicadores__ultimo_contato_em"))),
    "nome": ("Cliente", Ordem("nome", F("cliente__nome_chave"), False, False)),
}


@dataclass(frozen=True)
class LinhaDaLista:
    """Um membro pronto para a tela: o que se diz do cliente, e o que já houve com ele na lista."""

    membro: Any
    linha: Linha
    resultado: str
    quem: str

    @property
    def motivo(self) -> str:
        return rotulo(self.membro.motivo, 1) if self.membro.motivo else ""

    @property
    def para_ligar(self) -> bool:
        return not (self.membro.controle or self.membro.motivo or self.membro.saiu_em)


def ordem_pedida(request: HttpRequest) -> tuple[str, Ordem]:
    """A da URL, com o nome; uma que não existe vale a padrão."""
    return ORDENS_DOS_MEMBROS.get(request.GET.get("ordem", "")) or ORDENS_DOS_MEMBROS["valor"]


def membros_pedidos(request: HttpRequest, lista: ListaDeTrabalho, hoje: date) -> tuple[str, QuerySet[Any]]:
    """O recorte da URL e os membros dele, com o progresso: a página e a planilha falam por aqui."""
    recorte = request.GET.get("ver", "a_contatar")
    if recorte not in RECORTES or (recorte == "controle" and request.user.papel == Papel.VENDEDOR):
        recorte = "a_contatar"
    membros = com_progresso(membros_de(lista, request.user), hoje).filter(RECORTES[recorte])
    if (quem := quem_pedido(request)) is not None:
        membros = membros.filter(quem=quem) if quem else membros.filter(quem__isnull=True)
    if busca := request.GET.get("q", "").strip():
        membros = membros.filter(condicao_de_busca(busca))
    return recorte, membros


def quem_pedido(request: HttpRequest) -> int | None:
    return id_de(request.GET.get("quem", ""))


def com_o_feito(membros: list[Any], hoje: date) -> list[Any]:
    """Os mesmos membros, na mesma ordem, com o progresso de cada um: a página só traz as chaves e as relações."""
    pks = [m.pk for m in membros]
    achados = (
        com_progresso(MembroDaLista.objects.filter(pk__in=pks), hoje).select_related("cliente").in_bulk()
    )
    return [achados[pk] for pk in pks]


def linhas_da_lista(membros: list[Any], hoje: date) -> list[LinhaDaLista]:
    """As linhas com indicadores, próxima ação e nomes: quatro consultas, seja qual for a página."""
    clientes = [m.cliente_id for m in membros]
    indicadores = com_relacoes(Indicadores.objects.filter(pk__in=clientes)).in_bulk() if clientes else {}
    proximas = proximas_acoes(clientes) if clientes else {}
    resultados = dict(
        Ocorrencia.objects.filter(pk__in={m.resultado for m in membros}).values_list("pk", "nome")
    )
    nomes = dict(Usuario.objects.filter(pk__in={m.quem for m in membros}).values_list("pk", "nome"))
    linhas = []
    for membro in membros:
        ind = indicadores[membro.cliente_id]
        referencia = ind.empresa.referencia or hoje
        linha = Linha(ind, referencia, hoje, [], proximas.get(membro.cliente_id))
        linhas.append(
            LinhaDaLista(membro, linha, resultados.get(membro.resultado, ""), nomes.get(membro.quem, ""))
        )
    return linhas
