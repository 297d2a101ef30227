"""Situações, tipos e papéis nas palavras dos ERPs; o que não se conhece é recusado, nunca adivinhado."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import TextChoices

from clientes.models import (
    PapelDaPessoa,
    SituacaoDeNota,
    SituacaoDeOrcamento,
    TipoDeAtendimento,
    TipoDeRestricao,
)
from contas.models import SituacaoDePedido
from contas.texto import chave_de_nome

QUALQUER_OUTRA = "*"  # ensinada, vale para toda palavra que não se conhece


def chave_de_situacao(texto: str) -> str:
    return chave_de_nome(texto.replace("_", " ")).strip(".:;- ")


@dataclass(frozen=True, slots=True)
class Vocabulario:
    """As palavras de um campo: os valores do Carteira e o que cada ERP escreve no lugar deles."""

    campo: str
    nome: str  # singular,plural
    pronome: str
    valores: type[TextChoices]
    de_para: Mapping[str, str]

    @property
    def singular(self) -> str:
        return self.nome.split(",")[0]

    @property
    def plural(self) -> str:
        return self.nome.split(",")[1]

    @property
    def desconhecido(self) -> str:
        """Como começa a recusa de uma palavra nova: por ela as páginas sabem o que perguntar."""
        return f"{self.singular} {'desconhecida' if self.pronome == 'ela' else 'desconhecido'}"

    @property
    def opcoes(self) -> str:
        rotulos = [r.lower() for r in self.valores.labels]
        return f"{', '.join(rotulos[:-1])} ou {rotulos[-1]}"

    def ler(self, texto: str, ensinado: Mapping[str, str]) -> tuple[str, str]:
        """Devolve (valor, "") ou ("", motivo); `ensinado` é o que a pessoa disse, e vence."""
        chave = chave_de_situacao(texto)
        valor = ensinado.get(chave) or self.de_para.get(chave, "")
        if not valor and chave:
            valor = ensinado.get(QUALQUER_OUTRA, "")
        if valor:
            return str(valor), ""
        if not chave:
            return "", f"{self.singular} em branco: preencha com {self.opcoes}"
        return "", (
            f"{self.desconhecido}: use {self.opcoes}, ou diga uma vez o que {self.pronome} quer dizer"
        )


def _de_para(valores: type[TextChoices], sinonimos: Mapping[str, str]) -> dict[str, str]:
    """Sinônimos separados por vírgula, mais o próprio valor e o rótulo de cada um."""
    pares = {chave_de_situacao(nome): str(v) for v in valores for nome in (v.value, v.label)}
    return pares | {
        s.strip(): str(v) for v, nomes in sinonimos.items() for s in nomes.split(",") if s.strip()
    }


DE_PEDIDO = Vocabulario(
    "situacao", "situação,situações", "ela", SituacaoDePedido,
    _de_para(SituacaoDePedido, {
        SituacaoDePedido.ABERTO: "em aberto, aberta, abertos, abertas, pendente, em andamento, em carteira, a faturar,"
        " aguardando faturamento, nao faturado, open",
        SituacaoDePedido.FATURADO: "faturada, faturados, faturadas, nf emitida, nfe emitida, nf-e emitida, nota emitida,"
        " nota fiscal emitida, faturado total, faturado totalmente, totalmente faturado, invoiced",
        SituacaoDePedido.CANCELADO: "cancelada, cancelados, canceladas, cancelamento, canc, estornado, estornada, canceled, cancelled",
        SituacaoDePedido.DEVOLVIDO: "devolvida, devolvidos, devolvidas, devolucao, devolucoes, dev",
        SituacaoDePedido.ORCAMENTO: "orcamentos, cotacao, cotacoes, proposta, propostas, orcado, em orcamento, orc",
    }),
)  # fmt: skip
# "Expirado" fica de fora: sem a validade não se sabe se ainda está aberto ou se foi perdido.
DE_ORCAMENTO = Vocabulario(
    "situacao", "situação,situações", "ela", SituacaoDeOrcamento,
    _de_para(SituacaoDeOrcamento, {
        SituacaoDeOrcamento.ABERTO: "em aberto, aberta, pendente, em andamento, em negociacao, em analise, enviado, enviada,"
        " aguardando, aguardando cliente, aguardando aprovacao, open",
        SituacaoDeOrcamento.APROVADO: "aprovada, aceito, aceita, fechado, fechada, ganho, ganha, convertido, convertida,"
        " virou pedido, efetivado, efetivada, faturado, won",
        SituacaoDeOrcamento.PERDIDO: "perdida, recusado, recusada, rejeitado, rejeitada, reprovado, reprovada, nao aprovado,"
        " cancelado, cancelada, lost",
    }),
)  # fmt: skip
DE_NOTA = Vocabulario(
    "situacao", "situação,situações", "ela", SituacaoDeNota,
    _de_para(SituacaoDeNota, {
        SituacaoDeNota.AUTORIZADA: "autorizado, emitida, emitido, normal, ativa, ativo, valida, autorizado o uso,"
        " autorizado o uso da nf-e, uso autorizado, faturada, faturado, 100",
        SituacaoDeNota.CANCELADA: "cancelado, canceladas, cancelamento, canc, cancelamento homologado, canceled, cancelled, 101",
    }),
)  # fmt: skip
DE_ATENDIMENTO = Vocabulario(
    "tipo", "tipo,tipos", "ele", TipoDeAtendimento,
    _de_para(TipoDeAtendimento, {
        TipoDeAtendimento.RECLAMACAO: "reclamacoes, queixa, critica, insatisfacao, sac",
        TipoDeAtendimento.NAO_CONFORMIDADE: "nao conformidades, nc, rnc, n c, nao-conformidade, defeito, avaria, produto com defeito",
        TipoDeAtendimento.TROCA: "trocas, devolucao, troca/devolucao, troca e devolucao, garantia, substituicao",
        TipoDeAtendimento.DUVIDA: "duvidas, informacao, informacoes, consulta, suporte, pergunta",
        TipoDeAtendimento.OUTRO: "outros, outra, outras, diversos, geral, solicitacao, elogio, sugestao",
    }),
)  # fmt: skip
DE_PESSOA = Vocabulario(
    "papel", "papel,papéis", "ele", PapelDaPessoa,
    _de_para(PapelDaPessoa, {
        PapelDaPessoa.DECISOR: "decisora, dono, dona, proprietario, proprietaria, socio, socia, diretor, diretora, gerente, decide",
        PapelDaPessoa.COMPRADOR: "compradora, compras, comprador(a), suprimentos, compra",
        PapelDaPessoa.FINANCEIRO: "financeira, contas a pagar, cobranca, tesouraria, pagamentos",
        PapelDaPessoa.TECNICO: "tecnica, engenharia, engenheiro, engenheira, manutencao, oficina",
        PapelDaPessoa.OUTRO: "outra, outros, contato, geral, nenhum",
    }),
)  # fmt: skip
DE_RESTRICAO = Vocabulario(
    "tipo", "tipo,tipos", "ele", TipoDeRestricao,
    _de_para(TipoDeRestricao, {
        TipoDeRestricao.PENDENCIA: "pendencias, pendencia financeira, pendencia comercial, pefin, refin, spc, negativacao, divida vencida",
        TipoDeRestricao.PROTESTO: "protestos, titulo protestado, protestado, cartorio",
        TipoDeRestricao.ACAO: "acoes, acao, acoes judiciais, execucao, processo, processo judicial, busca e apreensao",
        TipoDeRestricao.CHEQUE: "cheques, ccf, cheque devolvido, cheques sem fundo, cheque sem fundos, cheques sem fundos",
        TipoDeRestricao.FALENCIA: "falencia, recuperacao judicial, concordata, falencias, insolvencia",
        TipoDeRestricao.OUTRA: "outras, restricao, outras restricoes, diversas",
        TipoDeRestricao.MUDANCA_SOCIETARIA: "mudancas societarias, alteracao societaria, alteracao contratual, mudanca de socio,"
        " mudanca de quadro societario, mudanca de endereco, mudanca de razao social",
        TipoDeRestricao.EVENTO: "evento, eventos, outros eventos, consulta, informacao",
    }),
)  # fmt: skip
