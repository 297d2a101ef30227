"""O relatório ao titular: tudo o que há sobre uma pessoa, com a base, a origem e o porquê, em papel e em JSON."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.utils import timezone

from atividade.models import Indicadores
from carteira.ritmos import NOMES_DOS_RITMOS
from clientes.fornecedores import mesma_pessoa
from clientes.lgpd.bases import BaseEmVigor, Dado, base_em_vigor, bases_de, dados_de, mudancas_de
from clientes.lgpd.esquecer import Titular
from clientes.lgpd.oposicao import de_quem, sem_registro
from clientes.models import (
    Agendamento,
    Atendimento,
    Cliente,
    Contato,
    NotaFiscal,
    Orcamento,
    ParametrosDeLgpd,
    Pedido,
    PessoaDeContato,
    Pitch,
    RestricaoDeCredito,
    RestricaoDeFornecedor,
    ScoreDeCredito,
    ScoreDeFornecedor,
    Titulo,
    VistaDaFicha,
)
from contas.auditoria import chave_do_alvo
from contas.models import Empresa, RegistroDeAuditoria
from notificacoes.models import Mensagem


@dataclass(frozen=True, slots=True)
class Secao:
    """Uma parte do relatório: as colunas e as linhas, já em valores simples."""

    nome: str
    colunas: tuple[str, ...]
    linhas: list[tuple[Any, ...]]
    chave: str = ""


@dataclass(frozen=True, slots=True)
class Relatorio:
    nome: str
    empresa: Empresa
    parametros: ParametrosDeLgpd
    base: BaseEmVigor
    dados: list[Dado]
    secoes: list[Secao]
    emitido_em: datetime

    def em_json(self) -> dict[str, Any]:
        return {
            "emitido_em": self.emitido_em.isoformat(),
            "controlador": self.parametros.controlador or str(self.empresa),
            "encarregado": {"nome": self.parametros.encarregado, "email": self.parametros.encarregado_email},
            "base_legal": {
                "base": self.base.nome,
                "origem": self.base.origem,
                "desde": _simples(self.base.desde),
                "declarada": self.base.declarada,
            },
            "dados": [{"campo": d.campo, "valor": d.valor, "origem": d.origem} for d in self.dados],
            **{
                s.chave: [dict(zip(s.colunas, map(_simples, linha), strict=True)) for linha in s.linhas]
                for s in self.secoes
            },
        }


def relatorio_de(titular: Titular) -> Relatorio:
    cliente = titular.cliente
    parametros = ParametrosDeLgpd.da(cliente.empresa)
    partes = _DA_PESSOA if titular.pessoa else _DO_CLIENTE
    secoes = [secao for parte in partes if (secao := parte(titular)).linhas]
    base = base_em_vigor(titular, parametros, bases_de(cliente))
    dados = dados_de(titular, mudancas_de([titular.pessoa or cliente]))
    nome = str(titular.pessoa or cliente)
    return Relatorio(nome, cliente.empresa, parametros, base, dados, secoes, timezone.localtime())


def _simples(valor: Any) -> Any:
    if isinstance(valor, Decimal):
        return str(valor)
    return valor.isoformat() if isinstance(valor, date) else valor


def _linhas(qs: QuerySet[Any], *campos: str) -> list[tuple[Any, ...]]:
    """Os valores como o titular os lê: o nome da escolha, não o código que o banco guarda."""
    nomes = [dict(qs.model._meta.get_field(campo).flatchoices) for campo in campos]
    return [
        tuple(nome.get(v, _dia(v)) for nome, v in zip(nomes, linha, strict=True))
        for linha in qs.values_list(*campos)
    ]


def _dia(valor: Any) -> Any:
    return timezone.localtime(valor).date() if isinstance(valor, datetime) else valor


def _fatos(chave: str, nome: str, modelo: Any, colunas: str, *campos: str) -> Callable[[Titular], Secao]:
    """As linhas de um modelo que são do cliente, na ordem em que aconteceram."""

    def ler(titular: Titular) -> Secao:
        return em_secao(chave, nome, modelo.objects.filter(cliente=titular.cliente), colunas, *campos)

    return ler


def em_secao(chave: str, nome: str, linhas: QuerySet[Any], colunas: str, *campos: str) -> Secao:
    em_ordem = linhas.order_by(*campos[:1], "pk")
    return Secao(nome, tuple(colunas.split(", ")), _linhas(em_ordem, *campos), chave)


COLUNAS_DO_SCORE = ("data, fonte, score", "em", "fonte", "valor")
COLUNAS_DA_RESTRICAO = (
    "data, tipo, fonte, descrição, baixada em", "em", "tipo", "fonte", "descricao", "baixada_em",
)  # fmt: skip


def _como_fornecedor(titular: Titular) -> Secao:
    """Quem também nos vende, pelo mesmo documento: o cadastro e o crédito de lá são dados da mesma pessoa."""
    cadastros = mesma_pessoa(titular.cliente).values_list(
        "pk", "codigo", "nome", "contato", "telefone", "email"
    )
    linhas: list[tuple[Any, ...]] = []
    for pk, codigo, *dados in cadastros:
        linhas.append((None, "cadastro", ", ".join(d for d in (codigo, *dados) if d)))
        for score in ScoreDeFornecedor.objects.filter(fornecedor=pk).order_by("em", "pk"):
            linhas.append((score.em, "score", f"{score.valor} ({score.fonte})"))
        for restricao in RestricaoDeFornecedor.objects.filter(fornecedor=pk).order_by("em", "pk"):
            linhas.append((restricao.em, "restrição ou evento", str(restricao)))
    return Secao("Como fornecedor", ("data", "o quê", "valor"), linhas, "como_fornecedor")


def secao_como_cliente(clientes: QuerySet[Cliente]) -> Secao:
    """Quem também compra da casa, pelo mesmo documento: o cadastro, as compras e o crédito de lá."""
    linhas: list[tuple[Any, ...]] = []
    for cliente in clientes:
        dados = (cliente.codigo, cliente.razao_social, cliente.telefone, cliente.email)
        linhas.append((None, "cadastro", ", ".join(d for d in dados if d)))
        for n, soma, primeira, ultima in _resumo(Titular(cliente)).linhas:
            linhas.append((ultima, "compras", f"{n} pedido(s) desde {primeira:%d/%m/%Y}, {soma}"))
        for score in ScoreDeCredito.objects.filter(cliente=cliente).order_by("em", "pk"):
            linhas.append((score.em, "score", f"{score.valor} ({score.fonte})"))
        for restricao in RestricaoDeCredito.objects.filter(cliente=cliente).order_by("em", "pk"):
            linhas.append((restricao.em, "restrição ou evento", str(restricao)))
    return Secao("Como cliente", ("data", "o quê", "valor"), linhas, "como_cliente")


def _resumo(titular: Titular) -> Secao:
    compras = Pedido.objects.filter(cliente=titular.cliente, conta=True).aggregate(
        n=Count("pk"), soma=Sum("valor"), primeira=Min("data"), ultima=Max("data")
    )
    linhas = [tuple(compras.values())] if compras["n"] else []
    return Secao("Compras", ("pedidos", "valor total", "primeira", "última"), linhas, "compras")


def _decisoes(titular: Titular) -> Secao:
    """O que se calcula sobre o titular, e a que serve."""
    ind = Indicadores.objects.filter(cliente=titular.cliente).first()
    linhas = []
    if ind is not None:
        ritmo = NOMES_DOS_RITMOS.get(ind.ritmo, "ainda sem ritmo")
        linhas = [
            ("última compra", ind.ultima_compra, "em que lista aparece, e a situação nela"),
            ("curva ABC", ind.curva_abc or "sem compras em 12 meses", "por quem se liga primeiro"),
            ("ritmo de compra", ritmo, "quando se espera a próxima compra"),
        ]
    return Secao("Perfil calculado", ("o quê", "resultado", "para quê"), linhas, "perfil_calculado")


def _pessoas(titular: Titular) -> Secao:
    pessoas = PessoaDeContato.objects.filter(cliente=titular.cliente)
    linhas = [(p.nome, p.get_papel_display(), p.cargo, p.telefone, p.email) for p in pessoas]
    return Secao("Pessoas de contato", ("nome", "papel", "cargo", "telefone", "e-mail"), linhas, "pessoas")


def _oposicoes(titular: Titular) -> Secao:
    registradas = list(de_quem(titular.cliente, titular.pessoa))
    linhas: list[tuple[Any, ...]] = [
        (o.get_canal_display(), o.em, o.get_fonte_display(), o.motivo, _dia(o.retirada_em))
        for o in registradas
    ]
    do_erp = sem_registro(titular.pessoa or titular.cliente, registradas)
    linhas += [(canal, None, "ERP", "", None) for canal in do_erp]
    return Secao("Oposições", ("canal", "data", "fonte", "motivo", "retirada em"), linhas, "oposicoes")


def _contatos(titular: Titular) -> Secao:
    contatos = Contato.objects.filter(cliente=titular.cliente, desfeito_em__isnull=True)
    if titular.pessoa:
        contatos = contatos.filter(pessoa_de_contato=titular.pessoa)
    contatos = contatos.select_related("ocorrencia").order_by("em", "pk")
    linhas = [
        (_dia(c.em), c.get_canal_display(), c.ocorrencia.nome, c.pessoa, c.observacao) for c in contatos
    ]
    return Secao("Contatos", ("data", "canal", "ocorrência", "com quem", "observação"), linhas, "contatos")


def _mensagens(titular: Titular) -> Secao:
    filtro = Q(contato__cliente=titular.cliente)
    if titular.pessoa:
        filtro &= Q(contato__pessoa_de_contato=titular.pessoa)
    mensagens = Mensagem.objects.filter(filtro).order_by("criada_em")
    linhas = _linhas(mensagens, "criada_em", "para", "assunto", "texto")
    return Secao("E-mails enviados", ("data", "para", "assunto", "texto"), linhas, "emails")


def _saidas(titular: Titular) -> Secao:
    """Com quem se partilhou: o que saiu da casa em arquivo, um titular por vez."""
    alvo = chave_do_alvo(titular.pessoa or titular.cliente)
    saidas = RegistroDeAuditoria.objects.filter(alvo=alvo, acao__startswith="exportar").order_by("em")
    return Secao(
        "Saídas em arquivo", ("data", "o quê", "por quem"), _linhas(saidas, "em", "acao", "quem"), "saidas"
    )


def _vistas(titular: Titular) -> Secao:
    vistas = VistaDaFicha.objects.filter(cliente=titular.cliente).values("pessoa__nome")
    somas = vistas.annotate(vezes=Sum("vezes"), ultima=Max("dia")).order_by("-ultima")
    linhas = [(v["pessoa__nome"], v["vezes"], v["ultima"]) for v in somas]
    return Secao("Quem consultou", ("quem", "vezes", "última vez"), linhas, "consultas")


_DA_PESSOA = (_oposicoes, _contatos, _mensagens, _saidas)
_DO_CLIENTE: tuple[Callable[[Titular], Secao], ...] = (
    _pessoas,
    _oposicoes,
    _resumo,
    _fatos("pedidos", "Pedidos", Pedido, "data, número, valor, situação", "data", "numero", "valor", "situacao"),
    _fatos(
        "orcamentos", "Orçamentos", Orcamento, "data, número, valor, observação",
        "data", "numero", "valor", "observacao",
    ),
    _fatos("notas", "Notas fiscais", NotaFiscal, "emissão, número, valor", "emissao", "numero", "valor"),
    _fatos(
        "titulos", "Títulos", Titulo, "emissão, número, vencimento, valor, saldo, pago em",
        "emissao", "numero", "vencimento", "valor", "saldo", "pago_em",
    ),
    _fatos("scores", "Scores de crédito", ScoreDeCredito, *COLUNAS_DO_SCORE),
    _fatos("restricoes", "Restrições e eventos do birô", RestricaoDeCredito, *COLUNAS_DA_RESTRICAO),
    _como_fornecedor,
    _fatos(
        "atendimentos", "Atendimentos", Atendimento, "aberto em, assunto, descrição, solução",
        "aberto_em", "assunto", "descricao", "solucao",
    ),
    _contatos,
    _fatos("agenda", "Agenda", Agendamento, "data, nota", "em", "nota"),
    _fatos(
        "pitches", "O que se pensou dizer", Pitch, "data, por que parou, argumentos, oferta",
        "criado_em", "por_que_parou", "argumentos", "oferta",
    ),
    _mensagens,
    _decisoes,
    _saidas,
    _vistas,
)  # fmt: skip
