"""O fornecedor como titular: o relatório do que há sobre ele, e esquecê-lo. Um fornecedor pode ser uma pessoa."""

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from carteira.arquivos_do_titular import apagar_arquivos, arquivos_que_citam
from carteira.lgpd import (
    TEXTOS,
    AnonimizacaoRecusada,
    Previa,
    esperar_a_vez,
    esquecer_versoes_de,
    recusar_em_andamento,
)
from carteira.pasta_guardados import na_pasta
from carteira.titular import COLUNAS_DA_RESTRICAO, COLUNAS_DO_SCORE, Relatorio, em_secao, secao_como_cliente
from clientes.fornecedores import como_cliente, rotulo
from clientes.lgpd.bases import BaseEmVigor, dados_de_um, mudancas_de
from clientes.lgpd.esquecer import TitularFornecedor, aplicar, contar, padroes, procurados_do_fornecedor
from clientes.lgpd.lugares import do_fornecedor
from clientes.models import BaseLegal, Cliente, Fornecedor, ParametrosDeLgpd
from contas.auditoria import chave_do_alvo, registrar
from contas.models import RegistroDeAuditoria, Usuario
from relatorios.arquivos import esquecer_fornecedores

_REGRAS = do_fornecedor("SELECT %(fornecedor)s::bigint")
# Os textos que várias pessoas dividem; os presos a um cliente não são dele.
_TEXTOS = tuple(t for t in TEXTOS if not t.do_cliente)
TAMBEM_CLIENTE = (
    "Este fornecedor também é cliente, pelo mesmo CPF/CNPJ: "
    "anonimize pela página do cliente, que esquece os dois lados."
)
DADOS = (
    ("nome", "Nome"),
    ("documento", "CPF/CNPJ"),
    ("contato", "Com quem falar"),
    ("telefone", "Telefone"),
    ("email", "E-mail"),
    ("cidade", "Município"),
    ("uf", "UF"),
    ("observacao", "Observação"),
)


def clientes_vistos(fornecedor: Fornecedor, por: Usuario) -> QuerySet[Cliente]:
    """Os cadastros de cliente da mesma pessoa, dos que quem pergunta vê."""
    return como_cliente(fornecedor).filter(pk__in=Cliente.objects.visiveis_para(por).values("pk"))


def relatorio_do_fornecedor(fornecedor: Fornecedor, por: Usuario) -> Relatorio:
    """Acompanha-se o crédito de quem nos vende: a base é a proteção ao crédito."""
    parametros = ParametrosDeLgpd.da(fornecedor.empresa)
    saidas = RegistroDeAuditoria.objects.filter(alvo=chave_do_alvo(fornecedor), acao__startswith="exportar")
    secoes = (
        em_secao("scores", "Scores de crédito", fornecedor.scores.all(), *COLUNAS_DO_SCORE),
        em_secao("restricoes", "Restrições e eventos do birô", fornecedor.restricoes.all(), *COLUNAS_DA_RESTRICAO),
        secao_como_cliente(clientes_vistos(fornecedor, por)),
        em_secao("saidas", "Saídas em arquivo", saidas, "data, o quê, por quem", "em", "acao", "quem"),
    )  # fmt: skip
    return Relatorio(
        nome=fornecedor.nome,
        empresa=fornecedor.empresa,
        parametros=parametros,
        base=BaseEmVigor(BaseLegal.PROTECAO_AO_CREDITO, "", None, declarada=False),
        dados=dados_de_um(fornecedor, DADOS, mudancas_de([fornecedor])),
        secoes=[secao for secao in secoes if secao.linhas],
        emitido_em=timezone.localtime(),
    )


def frase_de(fornecedor: Fornecedor) -> str:
    """O que se digita para confirmar."""
    return f"anonimizar {rotulo(fornecedor)}"


def previa(fornecedor: Fornecedor) -> Previa:
    linhas = contar(_REGRAS, TitularFornecedor(fornecedor))
    procurados = procurados_do_fornecedor(fornecedor)
    arquivos = arquivos_que_citam(fornecedor.empresa_id, procurados)
    return Previa(linhas, arquivos, na_pasta(fornecedor.empresa, arquivos))


@transaction.atomic
def anonimizar(*, fornecedor: Fornecedor, motivo: str, por: Usuario) -> int:
    """Irreversível: sai quem é e o crédito dele; ficam o código do ERP e a marca de que não volta."""
    esperar_a_vez(fornecedor.empresa)
    atual = Fornecedor.objects.select_for_update(no_key=True).get(pk=fornecedor.pk)
    if atual.anonimizado_em:
        raise AnonimizacaoRecusada("Este cadastro já foi anonimizado.")
    if como_cliente(atual).exists():
        raise AnonimizacaoRecusada(TAMBEM_CLIENTE)
    if not motivo.strip():
        raise AnonimizacaoRecusada("Diga por que: o pedido do titular e a data, ou o prazo que venceu.")
    procurados = procurados_do_fornecedor(atual)
    arquivos = arquivos_que_citam(atual.empresa_id, procurados)
    recusar_em_andamento(arquivos)
    guardados = na_pasta(atual.empresa, arquivos)
    tocadas = aplicar(_REGRAS, _TEXTOS, TitularFornecedor(atual), procurados)
    tocadas += esquecer_versoes_de([atual.pk])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT auditoria_esquecer(%s, %s)", [[chave_do_alvo(atual)], padroes(procurados.em_todo_texto)]
        )
    registrar(
        "anonimizar titular",
        por=por,
        objeto=rotulo(atual),
        depois={"motivo": motivo.strip(), "linhas": tocadas, "arquivos apagados": len(arquivos)}
        | guardados.na_auditoria,
        alvo=atual,
    )
    transaction.on_commit(esquecer_fornecedores, robust=True)
    apagar_arquivos(arquivos)
    guardados.apagar_ao_gravar()
    return tocadas
