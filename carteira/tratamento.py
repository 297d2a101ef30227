"""O registro das operações de tratamento, escrito da configuração em vigor: nada aqui se preenche à mão."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from clientes.lgpd.retencao import regras
from clientes.models import (
    BaseLegal,
    Bloqueio,
    Cliente,
    Oposicao,
    ParametrosDeLgpd,
    PessoaDeContato,
    TipoDeRetencao,
)
from contas.credito_por_papel import papeis_que_veem
from contas.models import Empresa, Papel, Usuario
from contas.papeis import PERMISSOES, Permissao
from notificacoes.models import DestinoDeWebhook


@dataclass(frozen=True, slots=True)
class Operacao:
    """Uma linha do registro: o que se faz com que dados, por quê, com que base e até quando."""

    nome: str
    dados: str
    finalidade: str
    base: str
    origem: str
    guarda: str


@dataclass(frozen=True, slots=True)
class Registro:
    empresa: Empresa
    parametros: ParametrosDeLgpd
    operacoes: list[Operacao]
    acessos: list[tuple[str, int, str]]
    compartilhamentos: list[str]
    seguranca: list[str]
    numeros: list[tuple[str, int]]
    em: datetime


def registro_de_tratamento(empresa: Empresa) -> Registro:
    parametros = ParametrosDeLgpd.da(empresa)
    return Registro(
        empresa,
        parametros,
        _operacoes(parametros),
        _acessos(empresa),
        _compartilhamentos(empresa),
        _seguranca(),
        _numeros(empresa),
        timezone.localtime(),
    )


def _operacoes(parametros: ParametrosDeLgpd) -> list[Operacao]:
    prazo = {r.tipo: f"{r.dias} dias" if r.ligada else "sem prazo" for r in regras()}
    cliente, outro = parametros.get_base_dos_clientes_display(), parametros.get_base_display()
    return [
        Operacao(
            "Cadastro de clientes",
            "nome, CPF, telefone, e-mail, município, CEP",
            "manter a carteira e atender quem compra",
            cliente,
            "ERP, digitação",
            "enquanto for cliente",
        ),
        Operacao(
            "Prospects",
            "nome, telefone, e-mail",
            "oferecer a quem ainda não comprou",
            outro,
            "ERP, digitação",
            prazo[TipoDeRetencao.PROSPECTS],
        ),
        Operacao(
            "Pessoas de contato",
            "nome, cargo, telefone, e-mail, o que se anotou",
            "falar com quem decide e compra",
            outro,
            "ERP, digitação",
            "enquanto for cliente",
        ),
        Operacao(
            "Histórico de compras",
            "pedidos, notas, títulos, valores",
            "saber quem está deixando de comprar",
            cliente,
            "ERP",
            "enquanto for cliente; depois da anonimização, só os totais",
        ),
        Operacao(
            "Contatos e agenda",
            "dia, canal, resultado e o que se anotou",
            "não repetir nem perder o combinado",
            outro,
            "digitação",
            "enquanto for cliente",
        ),
        Operacao(
            "Score e restrições",
            "score, protestos e outras restrições",
            "vender a prazo com segurança",
            BaseLegal.PROTECAO_AO_CREDITO.label,
            "birô de crédito",
            "enquanto for cliente",
        ),
        Operacao(
            "Fornecedores",
            "nome, CPF, com quem falar, telefone, e-mail, score e restrições",
            "saber de quem se compra com segurança",
            BaseLegal.PROTECAO_AO_CREDITO.label,
            "ERP, birô de crédito",
            "enquanto for fornecedor",
        ),
        Operacao(
            "Mensagens",
            "endereço, assunto e texto",
            "avisar a equipe e escrever ao cliente",
            outro,
            "o próprio Carteira",
            prazo[TipoDeRetencao.MENSAGENS],
        ),
        Operacao(
            "Arquivos importados",
            "os dados que o ERP mandou",
            "conferir e desfazer uma importação",
            cliente,
            "ERP",
            prazo[TipoDeRetencao.ARQUIVOS],
        ),
        Operacao(
            "Auditoria e consultas",
            "quem fez ou viu o quê, quando e de onde",
            "responder ao titular e à autoridade",
            BaseLegal.OBRIGACAO_LEGAL.label,
            "o próprio Carteira",
            f"auditoria {prazo[TipoDeRetencao.AUDITORIA]}; consultas {prazo[TipoDeRetencao.VISTAS]}",
        ),
    ]


def _acessos(empresa: Empresa) -> list[tuple[str, int, str]]:
    """Papel, quantas pessoas ativas com acesso, e o que de mais sensível podem."""
    ativos = Usuario.objects.filter(vinculos__empresa=empresa, is_active=True, email__isnull=False)
    papeis = list(ativos.values_list("papel", flat=True))
    do_credito = {papel: {Permissao.VER_CREDITO} for papel in papeis_que_veem()}
    sensiveis = (
        (Permissao.EXPORTAR, "exporta"),
        (Permissao.VER_CREDITO, "vê score e restrições"),
        (Permissao.IMPORTAR, "importa"),
        (Permissao.CUIDAR_DE_TITULARES, "cuida dos pedidos de titulares"),
    )
    return [
        (
            Papel(papel).label,
            papeis.count(papel),
            ", ".join(
                n
                for permissao, n in sensiveis
                if permissao in PERMISSOES[papel] | do_credito.get(papel, set())
            )
            or "consulta e registra",
        )
        for papel in Papel.values
    ]


def _compartilhamentos(empresa: Empresa) -> list[str]:
    destinos = DestinoDeWebhook.objects.filter(empresa=empresa).order_by("nome")
    achados = [f"Webhook {nome}" for nome in destinos.values_list("nome", flat=True)]
    if settings.EMAIL_URL:
        achados.append("Servidor de e-mail da empresa")
    if settings.MAPA_TELHAS:
        achados.append("Servidor de mapas (só a região que se olha)")
    return achados


def _seguranca() -> list[str]:
    return [
        "Cada pessoa vê só a sua carteira; o que não é dela responde como se não existisse.",
        "Toda exportação, mudança e entrada fica na auditoria, que o banco não deixa mudar nem apagar.",
        "Documentos mascarados fora da ficha; score e restrições só a quem pode.",
        "Oposição por canal garantida no banco: nenhuma importação reabre um canal.",
        "Listas de bloqueio guardadas em resumo (SHA-256 com sal), nunca o número.",
    ]


def _numeros(empresa: Empresa) -> list[tuple[str, int]]:
    clientes = Cliente.objects.filter(empresa=empresa)
    return [
        (
            "clientes pessoa física",
            clientes.filter(documento_valido=True, documento__regex=r"^\d{11}$").count(),
        ),
        ("pessoas de contato", PessoaDeContato.objects.filter(cliente__empresa=empresa).count()),
        ("oposições em vigor", Oposicao.objects.filter(cliente__empresa=empresa, retirada_em=None).count()),
        ("números e endereços bloqueados", Bloqueio.objects.count()),
        ("cadastros anonimizados", clientes.filter(anonimizado_em__isnull=False).count()),
    ]
