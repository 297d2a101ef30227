"""O cliente que está sendo atendido na fila: para onde ligar, por que, o que dizer e o que já se falou."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from atividade.faixas import faixa_de
from atividade.models import Indicadores
from atividade.produtos import Produto
from atividade.rotulos import fixar
from carteira.colunas_planilha import avisos_da
from carteira.lista_de_clientes import Linha, com_relacoes
from carteira.referencias import Referencias
from carteira.textos import mais_comprados, valores_de
from carteira.web.fila import aviso_do_combinado, frase_do_motivo
from clientes import pitch
from clientes.canais import Destino, destinos, primeiro_que_aceita, recusa
from clientes.compromissos import abertos
from clientes.models import Agendamento, CanalDeContato, Contato, Pitch
from clientes.pendencias import Pendencias, pendencias_de
from clientes.roteiros import roteiro_para
from clientes.variaveis import preencher
from contas.models import Usuario

CONTATOS_NA_TELA = 8
CONVERSA_RECENTE = timedelta(days=365)


@dataclass(frozen=True)
class Atendimento:
    """Tudo o que a tela diz de um cliente, lido num punhado de consultas, seja qual for a história dele."""

    linha: Linha
    agendamento: Agendamento | None
    telefones: list[Destino]
    conversas: list[Destino]
    enderecos: list[Destino]
    contatos: list[Contato]
    pendencias: Pendencias
    produtos: list[Produto]
    pitch: Pitch | None
    roteiro: str
    motivo: str
    combinado: str

    @property
    def cliente(self) -> Any:
        return self.linha.cliente

    @property
    def ind(self) -> Indicadores:
        return self.linha.ind

    @property
    def principal(self) -> Destino | None:
        """O número grande: o primeiro que aceita ligações."""
        return primeiro_que_aceita(self.telefones)

    @property
    def outros(self) -> list[Destino]:
        return [d for d in self.telefones if d is not self.principal]

    @property
    def sem_ligar(self) -> str:
        """Por que não se liga, quando o cliente todo pediu que não."""
        return recusa(CanalDeContato.LIGACAO, self.cliente)

    @property
    def sem_whatsapp(self) -> str:
        return recusa(CanalDeContato.WHATSAPP, self.cliente)

    @property
    def sem_email(self) -> str:
        return recusa(CanalDeContato.EMAIL, self.cliente)

    @property
    def avisos(self) -> list[str]:
        return avisos_da(self.linha)

    @property
    def ultima_fala(self) -> Contato | None:
        """A última conversa em que algo ficou escrito."""
        limite = timezone.now() - CONVERSA_RECENTE
        ditos = (c for c in self.contatos if c.ocorrencia.efetiva and c.observacao and c.em >= limite)
        return next(ditos, None)


def atendimento_de(cliente_id: int, por: Usuario, referencias: Referencias) -> Atendimento:
    """O cliente precisa ser um dos que a pessoa vê: fora deles, não existe."""
    visiveis = com_relacoes(Indicadores.objects.visiveis_para(por))
    ind = visiveis.select_related("cliente__equipe", "cliente__empresa").get(pk=cliente_id)
    fixar(ind.empresa)
    cliente, dia = ind.cliente, referencias.da_empresa(ind.empresa_id)
    agendamento = _combinado(cliente_id)
    linha = Linha(ind, dia, referencias.hoje, [], agendamento)
    pessoas = list(cliente.pessoas.all())
    produtos = mais_comprados(cliente_id, dia)
    telefones = destinos(CanalDeContato.LIGACAO, cliente, pessoas)
    roteiro = roteiro_para(cliente.equipe_id, faixa_de(ind.status, linha.marca))
    valores = valores_de(
        linha, por, pessoa=next((p for p in pessoas if p.ativa and p.principal), None), produtos=produtos
    )
    return Atendimento(
        linha=linha,
        agendamento=agendamento,
        telefones=telefones,
        conversas=destinos(CanalDeContato.WHATSAPP, cliente, pessoas),
        enderecos=destinos(CanalDeContato.EMAIL, cliente, pessoas),
        contatos=_contatos(cliente_id),
        pendencias=pendencias_de([cliente_id], referencias.hoje)[cliente_id],
        produtos=produtos,
        pitch=_pitch(cliente_id, agendamento),
        roteiro=preencher(roteiro.texto, valores) if roteiro else "",
        motivo=frase_do_motivo(ind, referencias),
        combinado=aviso_do_combinado(agendamento, referencias.hoje),
    )


def _combinado(cliente_id: int) -> Agendamento | None:
    """O próximo agendamento aberto, com o pitch que se preparou para ele."""
    dele = abertos().filter(cliente=cliente_id).select_related("pitch__causa", "responsavel")
    achado: Agendamento | None = dele.order_by("em", "hora", "id").first()
    return achado


def _pitch(cliente_id: int, agendamento: Agendamento | None) -> Pitch | None:
    """O do agendamento, se há; senão o último que se escreveu."""
    return (agendamento.pitch if agendamento else None) or pitch.atual(cliente_id)


def _contatos(cliente_id: int) -> list[Contato]:
    feitos = Contato.objects.filter(cliente=cliente_id, desfeito_em__isnull=True)
    feitos = feitos.select_related("ocorrencia", "motivo", "atendente", "mensagem")
    return list(feitos.prefetch_related("objecoes")[:CONTATOS_NA_TELA])
