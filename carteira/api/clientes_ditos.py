"""O que se diz de um cliente: a linha da lista e o objeto inteiro, com a oposição e o crédito de cada um."""

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from atividade.models import Status
from carteira.api.comuns import EMPRESA, PESSOA, PessoaBreve, exemplo
from clientes.canais import campos_fechados
from clientes.documentos import mascarar
from clientes.models import (
    CanalDeContato,
    Categoria,
    Cliente,
    PessoaDeContato,
    RestricaoDeCredito,
    ScoreDeCredito,
)
from contas.models import Usuario
from contas.papeis import Permissao, pode

LINHA = {
    "id": 42, "empresa": "1", "codigo": "C042", "nome": "Malhas Timbó", "razao_social": "Malhas Timbó Ltda",
    "documento": "**.588.906/****-**", "categoria": "cliente", "cidade": "Timbó", "uf": "SC", "segmento": "Moda",
    "vendedor": PESSOA, "equipe": "Sul", "status": "quase_inativo", "marca": "", "referencia": "2026-11-20",
    "primeira_compra": "2024-02-12", "ultima_compra": "2026-09-30", "recencia_dias": 51, "pedidos": 28,
    "frequencia_dias": "34.2000", "ciclo_dias": "32.0000", "ritmo": "mensal",
    "proxima_compra_esperada": "2026-11-01", "quase_inativo_em": "2026-11-10", "inativo_em": "2027-01-30",
    "valor_12m": "18240.00", "valor_total": "61200.50", "ticket_medio": "2185.73", "tendencia": "cai",
    "curva_abc": "A", "rfv": {"r": 3, "f": 5, "v": 4, "grupo": "leais"}, "ultimo_contato_em": None,
    "bloqueado": False, "nao_contatar": ["whatsapp"],
}  # fmt: skip
INTEIRO = LINHA | {
    "nome_fantasia": "Malhas Timbó", "documento": "98588906000143", "documento_valido": True, "cep": "89120000",
    "municipio_ibge": 4218202, "porte": "Médio", "perfil": "Indústria", "telefone": "+554733820000",
    "email": "compras@malhas.exemplo", "contato_verificado_em": "2026-10-02", "limite_credito": "20000.00",
    "potencial_mensal": None, "cadastrado_em": "2024-02-01", "encerrado_em": None, "encerrado_motivo": "",
    "fora_do_perfil": False, "adiado_ate": None, "adiado_motivo": "", "observacao": "",
    "valor_ano_ativo": "18240.00", "valor_janela": "18240.00", "devolvido_12m": "0.00",
    "por_que": "Quase inativo desde 10/11/2026; sem compra, inativo em 30/01/2027. Inativo após 4 meses.",
    "pessoas": [
        {"id": 5, "nome": "Maria Lopes", "papel": "comprador", "cargo": "", "telefone": "", "email": "",
         "principal": True, "nao_contatar": ["ligacao", "whatsapp", "email"]},
    ],
    "credito": {"score": 612, "score_em": "2026-11-02", "restricoes_abertas": 0},
}  # fmt: skip


def telefone_que_se_mostra(cliente: Cliente, pessoa: PessoaDeContato | None = None) -> str:
    """Vazio para quem pediu para não ser procurado por nenhum dos canais que o usam (como na ficha)."""
    return "" if "telefone" in campos_fechados(cliente, pessoa) else (pessoa or cliente).telefone


def email_que_se_mostra(cliente: Cliente, pessoa: PessoaDeContato | None = None) -> str:
    return "" if "email" in campos_fechados(cliente, pessoa) else (pessoa or cliente).email


def _decimal(caminho: str, ajuda: str, casas: int = 2, **campos: Any) -> serializers.DecimalField:
    return serializers.DecimalField(
        source=caminho, max_digits=16, decimal_places=casas, help_text=ajuda, **campos
    )


@extend_schema_serializer(examples=[exemplo(LINHA)])
class ClienteSerializer(serializers.Serializer[Any]):
    """Um cliente numa lista."""

    id = serializers.IntegerField(source="ind.pk")
    empresa = serializers.CharField(source="ind.empresa.codigo", help_text=EMPRESA)
    codigo = serializers.CharField(source="cliente.codigo", help_text="O código no ERP.")
    nome = serializers.CharField(source="cliente.nome", help_text="O fantasia ou, na falta, a razão social.")
    razao_social = serializers.CharField(source="cliente.razao_social")
    documento = serializers.SerializerMethodField(help_text="CPF ou CNPJ, mascarado.")
    categoria = serializers.ChoiceField(
        Categoria.choices,
        help_text="A que vale: sem compra é `prospect`; `ex_cliente` é o que o cadastro diz.",
    )
    cidade = serializers.CharField(source="cliente.cidade")
    uf = serializers.CharField(source="cliente.uf")
    segmento = serializers.CharField(source="ind.segmento.nome", default=None, allow_null=True)
    vendedor = PessoaBreve(source="ind.vendedor", allow_null=True)
    equipe = serializers.CharField(source="ind.equipe.nome", default=None, allow_null=True)
    status = serializers.ChoiceField(Status.choices, source="ind.status")
    marca = serializers.CharField(help_text="`novo`, `recuperado`, `recente`, `antigo` ou vazio.")
    referencia = serializers.DateField(help_text="De que dia são os indicadores.")
    primeira_compra = serializers.DateField(source="ind.primeira_compra", allow_null=True)
    ultima_compra = serializers.DateField(source="ind.ultima_compra", allow_null=True)
    recencia_dias = serializers.IntegerField(source="recencia", allow_null=True)
    pedidos = serializers.IntegerField(source="ind.pedidos", help_text="Quantos contam como compra.")
    frequencia_dias = _decimal("frequencia", "Intervalo médio entre dias de compra.", 4, allow_null=True)
    ciclo_dias = _decimal(
        "ciclo", "Mediana dos intervalos, a partir de 3 dias de compra.", 4, allow_null=True
    )
    ritmo = serializers.CharField(source="ind.ritmo")
    proxima_compra_esperada = serializers.DateField(source="ind.proxima_compra_esperada", allow_null=True)
    quase_inativo_em = serializers.DateField(source="ind.quase_inativo_em", allow_null=True)
    inativo_em = serializers.DateField(source="ind.inativo_em", allow_null=True)
    valor_12m = _decimal("ind.valor_12m", "Compras dos últimos 12 meses.")
    valor_total = _decimal("ind.valor_total", "Todas as compras.")
    ticket_medio = _decimal("ticket", "Valor total por pedido.", allow_null=True, rounding="ROUND_HALF_UP")
    tendencia = serializers.CharField(help_text="`sobe`, `cai`, `estavel` ou vazio.")
    curva_abc = serializers.CharField(source="ind.curva_abc")
    rfv = serializers.SerializerMethodField()
    ultimo_contato_em = serializers.DateTimeField(source="ind.ultimo_contato_em", allow_null=True)
    bloqueado = serializers.BooleanField(source="cliente.bloqueado")
    nao_contatar = serializers.ListField(
        child=serializers.ChoiceField(CanalDeContato.choices),
        source="cliente.nao_contatar",
        help_text="Por onde pediu para não ser procurado.",
    )

    def get_documento(self, linha: Any) -> str:
        return mascarar(linha.cliente.documento)

    @extend_schema_field(
        {
            "type": "object",
            "description": "As notas de 1 a 5 entre os compradores da empresa, e o grupo a que levam.",
            "properties": {n: {"type": ["integer", "null"]} for n in "rfv"}
            | {"grupo": {"type": ["string", "null"]}},
            "required": ["r", "f", "v", "grupo"],
        }
    )
    def get_rfv(self, linha: Any) -> dict[str, Any]:
        ind, grupo = linha.ind, linha.grupo_rfv
        return {"r": ind.rfv_r, "f": ind.rfv_f, "v": ind.rfv_v, "grupo": grupo.chave if grupo else None}


class PessoaDoClienteSerializer(serializers.ModelSerializer[PessoaDeContato]):
    """Com quem se fala no cliente; o que a pessoa não quer não se mostra."""

    telefone = serializers.SerializerMethodField()
    email = serializers.SerializerMethodField()

    class Meta:
        model = PessoaDeContato
        fields = ("id", "nome", "papel", "cargo", "telefone", "email", "principal", "nao_contatar")
        read_only_fields = fields

    def get_telefone(self, pessoa: PessoaDeContato) -> str:
        return telefone_que_se_mostra(pessoa.cliente, pessoa)

    def get_email(self, pessoa: PessoaDeContato) -> str:
        return email_que_se_mostra(pessoa.cliente, pessoa)


class CreditoSerializer(serializers.Serializer[Any]):
    """O último score, de qualquer fonte, e quantas restrições estão abertas."""

    score = serializers.IntegerField(allow_null=True)
    score_em = serializers.DateField(allow_null=True)
    restricoes_abertas = serializers.IntegerField()


@extend_schema_serializer(examples=[exemplo(INTEIRO)])
class ClienteInteiroSerializer(ClienteSerializer):
    """Um cliente por inteiro."""

    nome_fantasia = serializers.CharField(source="cliente.nome_fantasia")
    documento = serializers.CharField(source="cliente.documento", help_text="CPF ou CNPJ, sem máscara.")  # type: ignore[assignment]
    documento_valido = serializers.BooleanField(source="cliente.documento_valido")
    cep = serializers.CharField(source="cliente.cep")
    municipio_ibge = serializers.IntegerField(source="cliente.municipio_id", allow_null=True)
    porte = serializers.CharField(source="cliente.porte")
    perfil = serializers.CharField(source="cliente.perfil")
    telefone = serializers.SerializerMethodField(help_text="Vazio para quem não quer ligações nem WhatsApp.")
    email = serializers.SerializerMethodField(help_text="Vazio para quem não quer e-mails.")
    contato_verificado_em = serializers.DateField(source="cliente.contato_verificado_em", allow_null=True)
    limite_credito = _decimal("cliente.limite_credito", "Limite de crédito do cadastro.", allow_null=True)
    potencial_mensal = _decimal("cliente.potencial_mensal", "Potencial declarado.", allow_null=True)
    cadastrado_em = serializers.DateField(source="cliente.cadastrado_em", allow_null=True)
    encerrado_em = serializers.DateField(source="cliente.encerrado_em", allow_null=True)
    encerrado_motivo = serializers.CharField(source="cliente.encerrado_motivo")
    fora_do_perfil = serializers.BooleanField(source="cliente.fora_do_perfil")
    adiado_ate = serializers.DateField(source="cliente.adiado_ate", allow_null=True)
    adiado_motivo = serializers.CharField(source="cliente.adiado_motivo")
    observacao = serializers.CharField(source="cliente.observacao")
    valor_ano_ativo = _decimal("ind.valor_ano_ativo", "Compras do último ano em que comprou.")
    valor_janela = _decimal("ind.valor_janela", "Compras na janela da empresa.")
    devolvido_12m = _decimal("ind.devolvido_12m", "Devoluções dos últimos 12 meses.")
    por_que = serializers.CharField(help_text="De onde vem o status, em uma frase.")
    pessoas = PessoaDoClienteSerializer(many=True, source="cliente.pessoas_ativas")
    credito = CreditoSerializer(
        source="cliente.credito", allow_null=True, help_text="Nulo para quem não vê crédito."
    )

    def get_telefone(self, linha: Any) -> str:
        return telefone_que_se_mostra(linha.cliente)

    def get_email(self, linha: Any) -> str:
        return email_que_se_mostra(linha.cliente)


def juntar_ao_objeto(linha: Any, usuario: Usuario) -> None:
    """As pessoas ativas e o crédito, para quem o vê."""
    cliente = linha.cliente
    cliente.pessoas_ativas = list(PessoaDeContato.objects.filter(cliente=cliente, ativa=True))
    for pessoa in cliente.pessoas_ativas:
        pessoa.cliente = cliente
    cliente.credito = _credito(cliente, linha.hoje) if pode(usuario, Permissao.VER_CREDITO) else None


def _credito(cliente: Cliente, hoje: Any) -> dict[str, Any]:
    ultimo = ScoreDeCredito.objects.filter(cliente=cliente).order_by("-em", "-id").first()
    restricoes = RestricaoDeCredito.objects.filter(cliente=cliente).que_restringem().abertas(hoje)
    return {
        "score": ultimo.valor if ultimo else None,
        "score_em": ultimo.em if ultimo else None,
        "restricoes_abertas": restricoes.count(),
    }
