"""As escolhas e os sins e nãos: situação, classificação, cadastro, dono e finanças."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import TruncDate
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, In, LessThan, LessThanOrEqual

from atividade.atraso import FORA_DO_RITMO_EM, TEM_RITMO
from atividade.categoria import categoria_em_vigor
from atividade.models import Status
from atividade.regras import FOLGA_DA_TENDENCIA, Marca
from atividade.rfv import GRUPOS, posicao_nas, tabela_comum
from carteira.filtros import opcoes
from carteira.filtros.campos import NINGUEM, Campo, Contexto, Documento, Escolha, SimNao, Texto, nao_vale
from carteira.filtros.datas import ATIVIDADE, CADASTRO, CONTATO, FINANCAS
from carteira.filtros.numeros import uso_do_limite
from clientes import situacao_cadastral
from clientes.documentos import sem_mascara
from clientes.models import PapelDaPessoa, PessoaDeContato, Titulo
from clientes.pendencias import DIAS_DE_AVISO, USO_ALTO, Farol
from clientes.situacao_cadastral import SituacaoCadastral

DONO = "Dono"


def qualquer(condicoes: Iterable[Q]) -> Q:
    """Ao menos uma; sem nenhuma, ninguém."""
    total = NINGUEM
    for condicao in condicoes:
        total |= condicao
    return total


def por_valor(condicao: Callable[[str, Contexto], Q]) -> Callable[[list[str], Contexto], Q]:
    return lambda valores, ctx: qualquer(condicao(v, ctx) for v in valores)


def condicao_da_marca(marca: str, dia: date) -> Q:
    """A marca ao lado do status, como `atividade.regras.marcar` a dá."""
    return {
        Marca.RECUPERADO: Q(status=Status.ATIVO, recuperado_ate__gte=dia),
        Marca.NOVO: Q(status=Status.ATIVO, novo_ate__gte=dia)
        & (Q(recuperado_ate__isnull=True) | Q(recuperado_ate__lt=dia)),
        Marca.RECENTE: Q(status=Status.INATIVO, antigo_em__gt=dia),
        Marca.ANTIGO: Q(status=Status.INATIVO, antigo_em__lte=dia),
    }[Marca(marca)]


def fora_do_ritmo(ctx: Contexto) -> Q:
    """Passou de 1,3 vez o ciclo próprio e ainda não é inativo: o aviso antes do aviso."""
    return TEM_RITMO & ctx.referencias.condicao(lambda dia: Q(LessThanOrEqual(FORA_DO_RITMO_EM, dia)))


def _tendencia(valor: str, ctx: Contexto) -> Q:
    """Gêmea de `atividade.regras.classificar_tendencia`."""
    antes = F("valor_90d_anterior")
    sobe = Q(GreaterThan(F("valor_90d"), antes * (1 + FOLGA_DA_TENDENCIA)))
    cai = Q(LessThan(F("valor_90d"), antes * (1 - FOLGA_DA_TENDENCIA)))
    parado = Q(valor_90d=0, valor_90d_anterior=0)
    estavel = ~parado & nao_vale(sobe) & nao_vale(cai)
    return {"sobe": sobe, "cai": cai, "estavel": estavel, "nenhuma": parado}[valor]


def _ritmo(valores: list[str], ctx: Contexto) -> Q:
    """`0` é quem só tem dois dias de compra: já comprou, e ainda não há ritmo a dizer."""
    return Q(ultima_compra__isnull=False, ritmo__in=["" if v == opcoes.NENHUM else v for v in valores])


def _farol(valor: str, ctx: Contexto) -> Q:
    """A situação financeira, gêmea de `clientes.pendencias.Pendencias.farol`."""
    return ctx.referencias.condicao(lambda dia: _farol_no_dia(valor, dia))


def _farol_no_dia(valor: str, dia: date) -> Q:
    """Por `EXISTS`, que o banco procura cliente a cliente ou de uma vez, conforme a carteira."""

    def em_aberto(**vencimento: date) -> Q:
        return Q(Exists(Titulo.objects.em_aberto().filter(cliente=OuterRef("pk"), **vencimento)))

    vencido = em_aberto(vencimento__lt=dia)
    ate_o_aviso = em_aberto(vencimento__lte=dia + timedelta(days=DIAS_DE_AVISO))
    no_limite = Q(GreaterThan(uso_do_limite(), USO_ALTO))
    return {
        Farol.VERMELHO: vencido,
        Farol.AMARELO: ~vencido & (ate_o_aviso | no_limite),
        Farol.VERDE: ~ate_o_aviso & nao_vale(no_limite),
    }[Farol(valor)]


def _relogios(valor: str, ctx: Contexto) -> Q:
    """Dias sem comprar × dias sem contato; quem nunca comprou ou nunca foi contatado entra pelo que falta."""
    depois = Q(GreaterThanOrEqual(TruncDate("ultimo_contato_em"), F("ultima_compra")))
    contatado, comprou = Q(ultimo_contato_em__isnull=False), Q(ultima_compra__isnull=False)
    return {
        "contato_depois": contatado & (depois | ~comprou),
        "compra_depois": comprou & nao_vale(depois),
        "nenhum": ~contatado & ~comprou,
    }[valor]


def _cadastral(valores: list[str], ctx: Contexto) -> Q:
    return Q(
        In(situacao_cadastral.expressao("cliente__"), [int(SituacaoCadastral[v.upper()]) for v in valores])
    )


def _rfv(valor: str, ctx: Contexto) -> Q:
    """O grupo é a primeira linha da tabela da empresa que serve: o lugar dela decide."""
    lugar = [grupo.chave for grupo in GRUPOS].index(valor)
    return Q(Exact(posicao_nas(ctx.referencias.empresas), lugar))


def _grupos_rfv(ctx: Contexto | None) -> opcoes.Opcoes:
    """Com o nome que a empresa lhes dá; as chaves são as mesmas em todas, e são elas que se conferem."""
    return [(g.chave, g.nome) for g in tabela_comum(ctx.referencias.empresas.values() if ctx else ())]


def _nao_contatar(valores: list[str], ctx: Contexto) -> Q:
    return Q(cliente__nao_contatar__overlap=valores)


def _lista(*pares: tuple[str, str]) -> Callable[[Contexto], Any]:
    return lambda ctx: list(pares)


ESCOLHAS: tuple[Campo, ...] = (
    Escolha(nome="status", fixas=True, rotulo="Situação", grupo=ATIVIDADE, coluna="status", opcoes=opcoes.situacoes,
            dica="A situação oficial, pelos limites da empresa."),
    Escolha(nome="marca", fixas=True, rotulo="Novo, recuperado, recente ou antigo", grupo=ATIVIDADE,
            opcoes=opcoes.marcas,
            condicao=por_valor(lambda v, ctx: ctx.referencias.condicao(lambda dia: condicao_da_marca(v, dia))),
            dica="A marca ao lado da situação."),
    SimNao(nome="fora_do_ritmo", rotulo="Fora do ritmo", grupo=ATIVIDADE, condicao=fora_do_ritmo,
           quando=("fora do ritmo", "no ritmo ou sem ritmo"),
           dica="Passou de 1,3 vez o ciclo próprio e ainda não é inativo."),
    Escolha(nome="abc", fixas=True, rotulo="Curva ABC", grupo=ATIVIDADE, coluna="curva_abc", falta="sem curva",
            opcoes=_lista(("A", "A"), ("B", "B"), ("C", "C")), dica="A parte do faturamento de 12 meses."),
    Escolha(nome="rfv", fixas=True, rotulo="Grupo RFV", grupo=ATIVIDADE, condicao=por_valor(_rfv),
            opcoes=_grupos_rfv,
            dica="O nome das notas de recência, frequência e valor."),
    Escolha(nome="ritmo", fixas=True, rotulo="Ritmo de compra", grupo=ATIVIDADE, opcoes=opcoes.ritmos, condicao=_ritmo,
            dica="De quanto em quanto tempo costuma comprar."),
    Escolha(nome="tendencia", fixas=True, rotulo="Tendência", grupo=ATIVIDADE, condicao=por_valor(_tendencia),
            opcoes=_lista(("sobe", "em alta"), ("estavel", "estável"), ("cai", "em queda"), ("nenhuma", "sem valor")),
            dica="Os últimos 90 dias contra os 90 anteriores, com folga de 10%."),
    Escolha(nome="relogios", fixas=True, rotulo="Dois relógios", grupo=CONTATO, condicao=por_valor(_relogios),
            opcoes=_lista(("compra_depois", "sem contato desde a última compra"),
                          ("contato_depois", "contatado depois da última compra"),
                          ("nenhum", "nunca comprou nem foi contatado")),
            dica="O tempo sem comprar diante do tempo sem contato."),
    Escolha(nome="vendedor", rotulo="Vendedor", grupo=DONO, coluna="vendedor", ids=True,
            opcoes=opcoes.vendedores, falta="sem vendedor", visivel=opcoes.nao_e_vendedor,
            dica="O dono atual do cliente."),
    Escolha(nome="equipe", rotulo="Equipe", grupo=DONO, coluna="equipe", ids=True,
            opcoes=opcoes.equipes, falta="sem equipe", visivel=opcoes.nao_e_vendedor,
            dica="A equipe do dono atual ou, sem dono, a do último."),
    Escolha(nome="empresa", rotulo="Empresa", grupo=DONO, coluna="empresa", ids=True,
            opcoes=opcoes.empresas, dica="A empresa (filial) do cliente."),
    Escolha(nome="segmento", rotulo="Segmento", grupo=CADASTRO, coluna="segmento", ids=True,
            opcoes=opcoes.segmentos, falta="sem segmento", dica="O ramo do cliente."),
    Escolha(nome="uf", fixas=True, rotulo="UF", grupo=CADASTRO, coluna="uf", opcoes=opcoes.ufs, falta="sem UF",
            dica="O estado do cadastro."),
    Texto(nome="codigo", rotulo="Código", grupo=CADASTRO, coluna="cliente__codigo",
          dica="O código do cliente no ERP; maiúsculas não importam."),
    Texto(nome="nome", rotulo="Nome na lista", grupo=CADASTRO, coluna="cliente__razao_social",
          chave="cliente__nome_da_lista", dica="O nome fantasia ou, sem ele, a razão social, sem olhar acentos."),
    Texto(nome="razao_social", rotulo="Razão social", grupo=CADASTRO, coluna="cliente__razao_social",
          chave="cliente__nome_chave", dica="Como está no cadastro; acentos e maiúsculas não importam."),
    Documento(nome="documento", rotulo="CPF/CNPJ", grupo=CADASTRO, coluna="cliente__documento",
              chave="cliente__documento", limpar=sem_mascara,
              dica="Inteiro ou pelo começo, com ou sem pontos e traços."),
    Texto(nome="municipio", rotulo="Município", grupo=CADASTRO, coluna="cliente__cidade",
          chave="cliente__cidade_chave",
          dica="Como está no cadastro; acentos e maiúsculas não importam."),
    Texto(nome="perfil", rotulo="Perfil", grupo=CADASTRO, coluna="cliente__perfil", dica="O perfil de compra."),
    Texto(nome="porte", rotulo="Porte", grupo=CADASTRO, coluna="cliente__porte", dica="O porte da empresa."),
    Escolha(nome="categoria", fixas=True, rotulo="Categoria", grupo=CADASTRO, opcoes=opcoes.categorias,
            condicao=lambda valores, ctx: Q(In(categoria_em_vigor(), valores)),
            dica="Quem tem compra é cliente, quem não tem é prospect; ex-cliente é o que o cadastro diz."),
    Escolha(nome="cadastral", fixas=True, rotulo="Situação cadastral", grupo=CADASTRO,
            opcoes=_lista(*((s.name.lower(), str(s.label)) for s in SituacaoCadastral)), condicao=_cadastral,
            dica="Irregular é o documento que não confere; incompleta, sem o essencial para achar o cliente."),
    Escolha(nome="financeira", fixas=True, rotulo="Situação financeira", grupo=FINANCAS, condicao=por_valor(_farol),
            opcoes=_lista((Farol.VERMELHO.value, "vencido"), (Farol.AMARELO.value, "atenção"),
                          (Farol.VERDE.value, "em dia")),
            dica="Vencido tem título atrasado; atenção vence em até 5 dias ou usa mais de 90% do limite."),
    SimNao(nome="bloqueado", rotulo="Bloqueado", grupo=FINANCAS, quando=("bloqueado", "não bloqueado"),
           condicao=lambda ctx: Q(cliente__bloqueado=True), dica="Bloqueado para venda."),
    Escolha(nome="nao_contatar", fixas=True, rotulo="Não contatar por", grupo=CONTATO, opcoes=opcoes.canais,
            condicao=_nao_contatar, dica="Os canais a que o cliente se opôs."),
    SimNao(nome="adiado", rotulo="Adiado", grupo=CONTATO, quando=("adiado", "não adiado"),
           condicao=lambda ctx: Q(cliente__adiado_ate__gt=ctx.hoje), dica="Descansa da fila até uma data."),
    SimNao(nome="com_decisor", rotulo="Decisor conhecido", grupo=CONTATO,
           quando=("com decisor", "sem decisor"), dica="Há uma pessoa de contato ativa com o papel de decisor.",
           condicao=lambda ctx: Q(pk__in=PessoaDeContato.objects.filter(
               ativa=True, papel=PapelDaPessoa.DECISOR).values("cliente"))),
    SimNao(nome="com_telefone", rotulo="Telefone no cadastro", grupo=CADASTRO,
           quando=("com telefone", "sem telefone"), condicao=lambda ctx: ~Q(cliente__telefone=""),
           dica="O cliente tem telefone no cadastro."),
    SimNao(nome="com_email", rotulo="E-mail no cadastro", grupo=CADASTRO, quando=("com e-mail", "sem e-mail"),
           condicao=lambda ctx: ~Q(cliente__email=""), dica="O cliente tem e-mail no cadastro."),
    SimNao(nome="encerrado", rotulo="Encerrado", grupo=CADASTRO, quando=("encerrado", "não encerrado"),
           condicao=lambda ctx: Q(cliente__encerrado_em__isnull=False),
           dica="Quem encerrou as atividades. Mostra também os escondidos."),
    SimNao(nome="fora_do_perfil", rotulo="Fora do perfil", grupo=CADASTRO,
           quando=("fora do perfil", "dentro do perfil"), condicao=lambda ctx: Q(cliente__fora_do_perfil=True),
           dica="Quem não é para trabalhar. Mostra também os escondidos."),
)  # fmt: skip
