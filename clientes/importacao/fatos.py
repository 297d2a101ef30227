"""Os fatos do ERP além de pedidos, declarados: orçamentos, notas, títulos e atendimentos."""

from collections.abc import Callable
from functools import partial

from clientes.importacao import completo
from clientes.importacao.campos import (
    Coluna,
    Limites,
    coluna_de_data,
    coluna_de_numero,
    coluna_de_texto,
    coluna_simples,
    leitor_de_codigo,
    leitor_de_palavra,
)
from clientes.importacao.fato import Atributo, Fato, Recusa
from clientes.importacao.nomes import campo
from clientes.importacao.situacoes import DE_ATENDIMENTO, DE_NOTA, DE_ORCAMENTO, Vocabulario

Leitura = Callable[[str, Limites], Coluna]


def data(*, obrigatoria: bool = False, ate_hoje: bool = True) -> Leitura:
    return partial(_data, obrigatoria=obrigatoria, ate_hoje=ate_hoje)


def _data(nome: str, limites: Limites, *, obrigatoria: bool, ate_hoje: bool) -> Coluna:
    return coluna_de_data(nome, limites, obrigatoria=obrigatoria, ate_hoje=ate_hoje)


def dinheiro(*, obrigatorio: bool = False) -> Leitura:
    return lambda nome, _: coluna_de_numero(nome, obrigatorio=obrigatorio)


def texto(maximo: int, *, obrigatorio: bool = False, rotulo: str = "") -> Leitura:
    return lambda nome, _: coluna_de_texto(nome, maximo, obrigatorio=obrigatorio, rotulo=rotulo)


def palavra(vocabulario: Vocabulario) -> Leitura:
    return lambda nome, limites: coluna_simples(nome, "text", leitor_de_palavra(vocabulario, limites))


def codigo(rotulo: str) -> Leitura:
    return lambda nome, _: coluna_simples(nome, "text", leitor_de_codigo(rotulo, obrigatorio=False))


_VALOR = (
    "valor total, vlr total, vl total, valor r, valor em r, valor rs, vlr, vl, total, total r, valor liquido,"
    " vlr liquido, valor bruto, vlr bruto, total geral, montante"
)
_EMISSAO = "data de emissao, data emissao, dt emissao, dt de emissao, emitido em, emitida em, data"
_SITUACAO = "status, sit, fase, posicao, situacao atual"
_DIA = "to_char({campo}, 'DD/MM/YYYY')"
_NUMERO = "no, nr, num, n, nro, documento, no documento, numero documento, numero do documento, id"

ORCAMENTOS = Fato(
    tabela="clientes_orcamento",
    este="este orçamento",
    numero=campo(
        "numero", "Número do orçamento",
        "numero do orcamento, numero orcamento, no do orcamento, no orcamento, nr orcamento, num orcamento, orcamento,"
        f" codigo do orcamento, cod orcamento, proposta, no proposta, numero da proposta, cotacao, numero da cotacao, {_NUMERO}",
        obrigatorio=True, exemplo="7001",
    ),
    atributos=(
        Atributo(
            campo("data", "Data do orçamento", f"data do orcamento, data orcamento, dt orcamento, emissao, {_EMISSAO}, dt",
                  obrigatorio=True, exemplo="10/11/2026"),
            data(obrigatoria=True),
        ),
        Atributo(
            campo("validade", "Válido até", "valido ate, data de validade, data validade, dt validade, validade da proposta,"
                  " vencimento, expira em, dt vencimento", exemplo="25/11/2026"),
            data(ate_hoje=False),
        ),
        Atributo(
            campo("valor", "Valor", f"valor do orcamento, valor orcamento, vlr orcamento, total do orcamento, {_VALOR}",
                  obrigatorio=True, exemplo="3.450,00"),
            dinheiro(obrigatorio=True),
        ),
        Atributo(
            campo("situacao", "Situação", f"situacao do orcamento, status do orcamento, {_SITUACAO}",
                  obrigatorio=True, exemplo="aberto"),
            palavra(DE_ORCAMENTO),
        ),
        Atributo(campo("observacao", "Observação", "obs, observacoes, comentario, descricao", exemplo="Obra da filial"),
                 texto(300), "''"),
    ),
    recusas=(Recusa("validade", "validade < data", "validade antes da data do orçamento: confira as duas datas", _DIA),),
    com_vendedor=True,
    periodo=completo.DE_ORCAMENTO,
)  # fmt: skip

NOTAS = Fato(
    tabela="clientes_notafiscal",
    este="esta nota",
    numero=campo(
        "numero", "Número da nota",
        "numero da nota, numero nota, no da nota, no nota, nr nota, num nota, nota, nota fiscal, nf, nfe, nf e, numero nf,"
        f" numero da nf, numero nfe, no nf, num nf, nr nf, numero da nota fiscal, numero nota fiscal, f2 doc, {_NUMERO}",
        obrigatorio=True, exemplo="12345-1",
    ),
    atributos=(
        Atributo(
            campo("emissao", "Emissão", f"emissao da nota, data da nota, data nota, dt nota, {_EMISSAO}",
                  obrigatorio=True, exemplo="12/10/2026"),
            data(obrigatoria=True),
        ),
        Atributo(
            campo("valor", "Valor", f"valor da nota, valor nota, vlr nota, total da nota, valor da nf, {_VALOR}",
                  obrigatorio=True, exemplo="1.234,56"),
            dinheiro(obrigatorio=True),
        ),
        Atributo(
            campo("situacao", "Situação", f"situacao da nota, status da nota, {_SITUACAO}", exemplo="autorizada"),
            palavra(DE_NOTA), "'autorizada'",
        ),
        Atributo(
            campo("pedido_numero", "Número do pedido", "pedido, numero do pedido, no do pedido, no pedido, num pedido,"
                  " nr pedido, numero pedido, pedido origem, pedido de origem", exemplo="50231"),
            codigo("número do pedido"), "''",
        ),
    ),
    periodo=completo.DE_NOTA,
)  # fmt: skip

# Sem saldo no arquivo: zero se já foi pago, senão o valor inteiro.
_SALDO = "CASE WHEN {pago_em} IS NULL THEN {valor} ELSE 0 END"
TITULOS = Fato(
    tabela="clientes_titulo",
    este="este título",
    numero=campo(
        "numero", "Número do título",
        "numero do titulo, numero titulo, no do titulo, no titulo, nr titulo, num titulo, titulo, duplicata, no duplicata,"
        f" numero da duplicata, nosso numero, boleto, e1 num, {_NUMERO}",
        obrigatorio=True, exemplo="12345-1/A",
    ),
    atributos=(
        Atributo(campo("emissao", "Emissão", f"emissao do titulo, {_EMISSAO}", obrigatorio=True, exemplo="12/10/2026"),
                 data(obrigatoria=True)),
        Atributo(
            campo("vencimento", "Vencimento", "data de vencimento, data vencimento, dt vencimento, dt vencto, vencto, venc,"
                  " dt venc, data do vencimento, vence em, vencimento real, e1 vencrea", obrigatorio=True, exemplo="11/11/2026"),
            data(obrigatoria=True, ate_hoje=False),
        ),
        Atributo(
            campo("valor", "Valor", f"valor do titulo, valor titulo, vlr titulo, valor original, {_VALOR}",
                  obrigatorio=True, exemplo="1.234,56"),
            dinheiro(obrigatorio=True),
        ),
        Atributo(
            campo("pago_em", "Pago em", "data de pagamento, data pagamento, dt pagamento, dt pagto, data do pagamento,"
                  " pagamento, data da baixa, data baixa, dt baixa, baixa, liquidado em, recebido em, e1 baixa", exemplo="10/11/2026"),
            data(),
        ),
        Atributo(
            campo("saldo", "Saldo", "saldo em aberto, valor em aberto, saldo devedor, saldo do titulo, vlr saldo, valor aberto,"
                  " em aberto, e1 saldo", exemplo="0,00"),
            dinheiro(), _SALDO,
            ausente="CASE WHEN (t.valor, t.pago_em) IS NOT DISTINCT FROM ({valor}, {pago_em})"
            " AND t.desapareceu_na_id IS NULL THEN t.saldo ELSE {padrao} END",
        ),
    ),
    recusas=(
        Recusa("vencimento", "vencimento < emissao", "vencimento antes da emissão: confira as duas datas", _DIA),
    ),
    periodo=completo.DE_TITULO,
    antes_de_gravar="""INSERT INTO clientes_prorrogacaodetitulo (titulo_id, de, para, registrada_em, importacao_id)
        SELECT n.fato_id, n.de_vencimento, n.vencimento, now(), %s FROM _pronto n
        WHERE n.vencimento > n.de_vencimento
          AND NOT EXISTS (SELECT FROM clientes_prorrogacaodetitulo p
                          WHERE (p.titulo_id, p.de, p.para) = (n.fato_id, n.de_vencimento, n.vencimento))""",
)  # fmt: skip

# Um texto comprido escrito aqui tem parágrafos, que o arquivo não traz: só mudou se mudou além dos espaços.
_TEXTO_LONGO = (
    "CASE WHEN btrim(regexp_replace(t.{nome}, '[[:space:]\u00a0]+', ' ', 'g')) = {lido} THEN t.{nome}"
    " ELSE coalesce({lido}, {padrao}) END"
)
ATENDIMENTOS = Fato(
    tabela="clientes_atendimento",
    este="este atendimento",
    numero=campo(
        "numero", "Número do atendimento",
        "numero do atendimento, numero atendimento, no do atendimento, no atendimento, atendimento, chamado, ticket,"
        f" protocolo, numero do chamado, no chamado, numero do protocolo, no protocolo, numero da rnc, rnc, {_NUMERO}",
        obrigatorio=True, exemplo="A-310",
    ),
    atributos=(
        Atributo(
            campo("tipo", "Tipo", "tipo do atendimento, tipo de atendimento, tipo atendimento, classificacao, categoria, natureza",
                  obrigatorio=True, exemplo="não conformidade"),
            palavra(DE_ATENDIMENTO),
        ),
        Atributo(
            campo("assunto", "Assunto", "titulo, resumo, motivo, assunto do atendimento", obrigatorio=True,
                  exemplo="Caixa avariada na entrega"),
            texto(160, obrigatorio=True, rotulo="assunto"),
        ),
        Atributo(
            campo("descricao", "Descrição", "descricao do atendimento, detalhe, detalhes, relato, ocorrencia, observacao, obs",
                  exemplo="Duas caixas de disco de corte chegaram molhadas"),
            texto(4000), "''", presente=_TEXTO_LONGO,
        ),
        Atributo(
            campo("aberto_em", "Aberto em", "abertura, data de abertura, data abertura, dt abertura, data, data do atendimento",
                  obrigatorio=True, exemplo="14/10/2026"),
            data(obrigatoria=True),
        ),
        Atributo(
            campo("fechado_em", "Fechado em", "fechamento, data de fechamento, data fechamento, dt fechamento, encerramento,"
                  " encerrado em, data de encerramento, dt encerramento, conclusao, concluido em", exemplo="20/10/2026"),
            data(),
        ),
        Atributo(
            campo("solucao", "Solução", "solucao dada, resolucao, parecer, resposta, tratativa", exemplo="Reposição sem custo"),
            texto(4000), "''", presente=_TEXTO_LONGO,
        ),
    ),
    recusas=(
        Recusa("fechado_em", "fechado_em < aberto_em", "fechado antes de aberto: confira as duas datas", _DIA),
        Recusa(
            "numero",
            "NOT igual AND EXISTS (SELECT FROM clientes_atendimento a WHERE a.id = fato_id AND a.aberto_por_id IS NOT NULL)",
            "este número é de um atendimento aberto no Carteira: mude-o na página do cliente, ou mude o número no arquivo",
        ),
    ),
)  # fmt: skip
