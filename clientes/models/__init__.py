from clientes.models.agenda import (
    Agendamento,
    CalendarioPessoal,
    MudancaDeAgendamento,
    Recorrencia,
    TipoDeMudanca,
)
from clientes.models.atendimento import Atendimento, TipoDeAtendimento
from clientes.models.busca import TextoDeBusca
from clientes.models.carteira import PeriodoDeCarteira
from clientes.models.catalogos import Campanha, CausaDaInatividade, Motivo, Objecao, Ocorrencia
from clientes.models.cliente import AliasDeCliente, CanalDeContato, Categoria, Cliente, ClienteQuerySet
from clientes.models.comercial import NotaFiscal, Orcamento, SituacaoDeNota, SituacaoDeOrcamento
from clientes.models.contato import Contato, OrigemDoContato, Sentido
from clientes.models.credito import MudancaDeCredito
from clientes.models.financeiro import ProrrogacaoDeTitulo, Titulo
from clientes.models.importacao import EstadoDaImportacao, Importacao, MapeamentoDeColunas, TipoDeImportacao
from clientes.models.lista import (
    Finalidade,
    ListaDeTrabalho,
    MembroDaLista,
    MotivoDeExclusao,
    MovimentoDaLista,
    OrigemDoMembro,
    Reparticao,
    TipoDeOferta,
)
from clientes.models.lugar import UFS, Municipio
from clientes.models.pedido import ItemDePedido, Pedido, PedidoQuerySet
from clientes.models.pessoa import PapelDaPessoa, PessoaDeContato
from clientes.models.pitch import Pitch
from clientes.models.segmento import Segmento
from clientes.models.televendas import (
    CanalDoModelo,
    Decisao,
    DecisaoDaFila,
    FaixaDoRoteiro,
    ModeloDeMensagem,
    ReservaDaFila,
    Roteiro,
)
from clientes.models.transferencia import (
    ItemDeTransferencia,
    OrigemDaTroca,
    ParametrosDaCarteira,
    RegraDeAtribuicao,
    SugestaoDispensada,
    TipoDeSugestao,
    Transferencia,
)
from clientes.models.visao import Visao, VisaoPadrao, VisaoQuerySet

__all__ = [
    "UFS",
    "Agendamento",
    "AliasDeCliente",
    "Atendimento",
    "CalendarioPessoal",
    "Campanha",
    "CanalDeContato",
    "CanalDoModelo",
    "Categoria",
    "CausaDaInatividade",
    "Cliente",
    "ClienteQuerySet",
    "Contato",
    "Decisao",
    "DecisaoDaFila",
    "EstadoDaImportacao",
    "FaixaDoRoteiro",
    "Finalidade",
    "Importacao",
    "ItemDePedido",
    "ItemDeTransferencia",
    "ListaDeTrabalho",
    "MapeamentoDeColunas",
    "MembroDaLista",
    "ModeloDeMensagem",
    "Motivo",
    "MotivoDeExclusao",
    "MovimentoDaLista",
    "MudancaDeAgendamento",
    "MudancaDeCredito",
    "Municipio",
    "NotaFiscal",
    "Objecao",
    "Ocorrencia",
    "Orcamento",
    "OrigemDaTroca",
    "OrigemDoContato",
    "OrigemDoMembro",
    "PapelDaPessoa",
    "ParametrosDaCarteira",
    "Pedido",
    "PedidoQuerySet",
    "PeriodoDeCarteira",
    "PessoaDeContato",
    "Pitch",
    "ProrrogacaoDeTitulo",
    "Recorrencia",
    "RegraDeAtribuicao",
    "Reparticao",
    "ReservaDaFila",
    "Roteiro",
    "Segmento",
    "Sentido",
    "SituacaoDeNota",
    "SituacaoDeOrcamento",
    "SugestaoDispensada",
    "TextoDeBusca",
    "TipoDeAtendimento",
    "TipoDeImportacao",
    "TipoDeMudanca",
    "TipoDeOferta",
    "TipoDeSugestao",
    "Titulo",
    "Transferencia",
    "Visao",
    "VisaoPadrao",
    "VisaoQuerySet",
]
