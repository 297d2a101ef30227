"""Criar e mudar clientes. Criar é do ERP: uma linha da importação; mudar é daqui: o formulário da ficha."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from carteira.api.comuns import que_se_manda
from carteira.api.escrita import Entrada, criar, do_formulario, lido, mudar
from carteira.api.idempotencia import PARAMETRO
from carteira.api.permissoes import Decisao
from carteira.api.problemas import Problema
from carteira.api.uma_linha import entrada_da_importacao, gravar_uma
from carteira.api.versao import IF_MATCH
from carteira.web.formularios_de_cliente import ClienteForm
from clientes.cadastro import campos_editaveis, editar_cliente
from clientes.canais import campos_fechados
from clientes.models import CanalDeContato, Categoria, Cliente
from contas.models import Escopo
from contas.papeis import Permissao

DECISOES = {
    "create": Decisao(Permissao.IMPORTAR, Escopo.ESCREVER),
    "update": Decisao(Permissao.VER_CLIENTES, Escopo.ESCREVER),
    "partial_update": Decisao(Permissao.VER_CLIENTES, Escopo.ESCREVER),
}
NovoCliente = que_se_manda(
    {"codigo": "C043", "razao_social": "Tecidos Itajaí Ltda", "municipio": "Itajaí", "uf": "SC"}
)(entrada_da_importacao("clientes", "NovoCliente"))


@que_se_manda({"telefone": "(47) 3382-0000", "email": "compras@malhas.exemplo"})
class MudancaDeCliente(Entrada):
    """O que se muda de um cliente; o vendedor muda só telefone, e-mail, perfil e observação."""

    razao_social = serializers.CharField(max_length=160)
    nome_fantasia = serializers.CharField(max_length=160, allow_blank=True)
    documento = serializers.CharField(
        max_length=30, allow_blank=True, help_text="CPF ou CNPJ, com ou sem máscara."
    )
    cidade = serializers.CharField(max_length=80, allow_blank=True)
    uf = serializers.CharField(max_length=2, allow_blank=True)
    cep = serializers.CharField(max_length=20, allow_blank=True)
    segmento = serializers.IntegerField(allow_null=True, help_text="O id do segmento, da mesma empresa.")
    porte = serializers.CharField(max_length=40, allow_blank=True)
    perfil = serializers.CharField(max_length=60, allow_blank=True)
    categoria = serializers.ChoiceField(choices=Categoria.choices)
    telefone = serializers.CharField(max_length=40, allow_blank=True)
    email = serializers.CharField(max_length=254, allow_blank=True)
    potencial_mensal = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    nao_contatar = serializers.ListField(child=serializers.ChoiceField(choices=CanalDeContato.choices))
    fora_do_perfil = serializers.BooleanField()
    observacao = serializers.CharField(allow_blank=True)


class EscreveClientes:
    """As escritas do recurso de clientes."""

    @extend_schema(
        summary="Cria um cliente",
        description="Uma linha da importação: as colunas, as regras e o que fica registrado são os mesmos. "
        "O código que já existe é 409.",
        request=NovoCliente,
        parameters=[PARAMETRO],
    )
    def create(self, request: Any) -> Any:
        dados = lido(NovoCliente, request)
        return criar(self, request, lambda: _criar(request, dados))

    @extend_schema(
        summary="Muda um cliente por inteiro",
        description="Todos os campos que o seu papel muda; o que se muda aqui vale até o ERP mudar o seu.",
        request=MudancaDeCliente,
        parameters=[IF_MATCH],
    )
    def update(self, request: Any, pk: int) -> Any:
        return mudar(self, request, pk, lambda cliente: _mudar(request, cliente, parcial=False))

    @extend_schema(
        summary="Muda campos de um cliente",
        description="Só os campos mandados; o que se muda aqui vale até o ERP mudar o seu.",
        request=MudancaDeCliente,
        parameters=[IF_MATCH],
    )
    def partial_update(self, request: Any, pk: int) -> Any:
        return mudar(self, request, pk, lambda cliente: _mudar(request, cliente, parcial=True))


@transaction.atomic
def _criar(request: Any, dados: dict[str, Any]) -> Cliente:
    mesmo = Cliente.objects.filter(codigo=str(dados["codigo"]).strip())
    empresa, chave = gravar_uma(request, "clientes", dados, mesmo)
    return Cliente.objects.get(empresa=empresa, codigo=chave["codigo"])


def _mudar(request: Any, cliente: Cliente, *, parcial: bool) -> None:
    editaveis = campos_editaveis(request.user.papel)
    if not editaveis:
        raise PermissionDenied
    dados = lido(MudancaDeCliente, request, parcial=True)
    if proibidos := sorted(set(dados) - set(editaveis)):
        raise Problema(403, f"O seu papel não muda: {', '.join(proibidos)}.")
    if not parcial and (faltam := [campo for campo in editaveis if campo not in dados]):
        raise Problema(
            400, f"Confira: {', '.join(faltam)}.", {c: ["Num PUT vão todos os campos."] for c in faltam}
        )
    # O vazio que se leu no lugar do contato de um canal fechado, mandado de volta, não apaga o que está guardado.
    escondidos = campos_fechados(cliente)
    atual = ClienteForm(instance=cliente, papel=request.user.papel, escondidos=escondidos)
    iniciais = {nome: atual.get_initial_for_field(campo, nome) for nome, campo in atual.fields.items()}
    form = ClienteForm(
        {nome: "" if valor is None else valor for nome, valor in (iniciais | dados).items()},
        instance=Cliente.objects.get(pk=cliente.pk),
        papel=request.user.papel,
        escondidos=escondidos,
    )
    do_formulario(form)
    mudancas = {nome: valor for nome, valor in form.mudancas().items() if nome in dados}
    editar_cliente(cliente=cliente, mudancas=mudancas, por=request.user)
