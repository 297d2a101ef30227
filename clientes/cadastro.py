"""O que as pessoas mudam num cliente, sempre com o antes e o depois na auditoria.

`Cliente.erp` fica como está: é ele que faz o valor escrito aqui durar até o ERP mudar o seu.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.utils import timezone

from clientes import pitch
from clientes.ceps import normalizar_cep
from clientes.documentos import normalizar_documento
from clientes.importacao.lugares import reconhecer
from clientes.lgpd.oposicao import acertar
from clientes.models import Categoria, CausaDaInatividade, Cliente
from clientes.telefones import normalizar_telefone
from contas.auditoria import registrar
from contas.models import Papel, Usuario

CAMPOS_DO_VENDEDOR = ("telefone", "email", "perfil", "observacao")
CAMPOS_DO_GESTOR = (
    "razao_social",
    "nome_fantasia",
    "documento",
    "cidade",
    "uf",
    "cep",
    "segmento",
    "porte",
    "perfil",
    "categoria",
    "telefone",
    "email",
    "potencial_mensal",
    "nao_contatar",
    "fora_do_perfil",
    "observacao",
)


class CadastroInvalido(ValueError):
    """Mudança que a casa recusa; a mensagem já vem pronta para a tela."""


def campos_editaveis(papel: str) -> tuple[str, ...]:
    """O que cada papel pode mudar; papel desconhecido não muda nada."""
    if papel == Papel.VENDEDOR:
        return CAMPOS_DO_VENDEDOR
    return CAMPOS_DO_GESTOR if papel in {Papel.GESTOR, Papel.ADMIN} else ()


def valor_no_erp(cliente: Cliente, campo: str) -> Any:
    """O último valor que o ERP mandou, no tipo do campo; `KeyError` quando ele nunca falou deste."""
    texto = cliente.erp[campo] or ""
    coluna = Cliente._meta.get_field(campo)
    if isinstance(coluna, models.BooleanField):
        return texto == "true"
    if isinstance(coluna, models.DecimalField):
        return Decimal(texto) if texto else None
    if isinstance(coluna, models.ForeignKey):
        return int(texto) if texto.isdigit() else None
    if isinstance(coluna, ArrayField):
        return sorted(filter(None, texto.strip("{}").split(",")))
    return texto or (Categoria.CLIENTE.value if campo == "categoria" else "")


def mudado_aqui(cliente: Cliente, campo: str) -> bool:
    """O que vale é daqui, e não o último do ERP."""
    if campo not in cliente.erp:
        return False
    coluna = Cliente._meta.get_field(campo)
    aqui = getattr(cliente, getattr(coluna, "attname", campo))
    return bool((sorted(aqui) if isinstance(aqui, list) else aqui) != valor_no_erp(cliente, campo))


@transaction.atomic
def editar_cliente(*, cliente: Cliente, mudancas: dict[str, Any], por: Usuario) -> list[str]:
    """Grava só o que mudou e devolve os nomes dos campos mudados."""
    proibidos = set(mudancas) - set(campos_editaveis(por.papel))
    if proibidos:
        raise CadastroInvalido(f"Seu papel não muda: {', '.join(sorted(proibidos))}.")
    atual = Cliente.objects.select_for_update(no_key=True).get(pk=cliente.pk)
    if atual.anonimizado_em:
        raise CadastroInvalido("Este cadastro foi anonimizado a pedido do titular e não se muda mais.")
    normalizadas = _normalizar(mudancas)
    mudados = {c: v for c, v in normalizadas.items() if getattr(atual, c) != v}
    if not mudados:
        return []
    antes = {campo: _legivel(getattr(atual, campo)) for campo in mudados}
    fechados = list(atual.nao_contatar)
    for campo, valor in mudados.items():
        setattr(atual, campo, valor)
    campos = [*mudados, "atualizado_em"]
    if mudados.keys() & {"telefone", "email"}:
        # quem escreve o contato o confere
        atual.contato_verificado_em = timezone.localdate()
        campos.append("contato_verificado_em")
    if mudados.keys() & {"cidade", "uf"}:
        # o lugar segue o texto, pela mesma leitura da importação: quem estava sem lugar no mapa passa a ter
        atual.municipio_id = reconhecer(atual.cidade, atual.uf).municipio
        campos.append("municipio")
    if "nao_contatar" in mudados:
        acertar(cliente=atual, pessoa=None, antes=fechados, depois=atual.nao_contatar, por=por)
    atual.save(update_fields=campos)
    registrar(
        "editar cliente",
        por=por,
        objeto=_rotulo(atual),
        alvo=atual,
        antes=antes,
        depois={campo: _legivel(valor) for campo, valor in mudados.items()},
    )
    return sorted(mudados)


def _normalizar(mudancas: dict[str, Any]) -> dict[str, Any]:
    """Telefone e documento na forma da casa; trocar o documento reavalia se ele é válido."""
    pronto = {c: v.strip() if isinstance(v, str) else v for c, v in mudancas.items()}
    if pronto.get("telefone"):
        pronto["telefone"] = normalizar_telefone(pronto["telefone"]).valor
    if pronto.get("cep"):
        pronto["cep"] = normalizar_cep(pronto["cep"]).valor
    if "documento" in pronto:
        documento = normalizar_documento(pronto["documento"])
        pronto["documento"], pronto["documento_valido"] = documento.valor, documento.valido
    if "nao_contatar" in pronto:
        pronto["nao_contatar"] = sorted(pronto["nao_contatar"])
    return pronto


def _legivel(valor: object) -> object:
    return valor if isinstance(valor, bool | int | str | list | None) else str(valor)


def _rotulo(cliente: Cliente) -> str:
    return f"cliente {cliente.codigo}"


def adiar(*, cliente: Cliente, ate: date | None, motivo: str, por: Usuario, hoje: date) -> None:
    """Tira da fila até o dia, quando volta sozinho; `ate` nulo desfaz."""
    if ate is not None and ate <= hoje:
        raise CadastroInvalido("Escolha um dia depois de hoje.")
    if ate is not None and not motivo.strip():
        raise CadastroInvalido("Diga por que adiar: quem abrir a ficha depois vai querer saber.")
    _mudar(cliente, por, "adiar cliente", adiado_ate=ate, adiado_motivo=motivo.strip() if ate else "")


@transaction.atomic
def encerrar(
    *,
    cliente: Cliente,
    em: date | None,
    motivo: str,
    por: Usuario,
    causa: CausaDaInatividade | None = None,
) -> None:
    """Fecha o cadastro: sai das listas e dos percentuais, nunca do banco; `em` nulo reabre.

    Encerrar quem já comprou é desistir de o recuperar: fica dito por que parou, numa versão nova do pitch dele.
    """
    if em is not None and not motivo.strip():
        raise CadastroInvalido("Diga por que o cliente foi encerrado.")
    _so_gestao(por)
    if em is not None:
        _dizer_a_causa(cliente, causa, por)
    _mudar(cliente, por, "encerrar cliente", encerrado_em=em, encerrado_motivo=motivo.strip() if em else "")


def _dizer_a_causa(cliente: Cliente, causa: CausaDaInatividade | None, por: Usuario) -> None:
    dito = pitch.atual(cliente.pk)
    if causa is None and cliente.ja_comprou and not (dito and dito.causa_id):
        raise CadastroInvalido("Escolha a causa: por que parou de comprar quem já comprava.")
    if causa is not None and (dito is None or dito.causa_id != causa.pk):
        textos = {c: getattr(dito, c, "") for c in ("por_que_parou", "argumentos", "oferta")}
        pitch.salvar(cliente=cliente, por=por, causa=causa, **textos)


def marcar_fora_do_perfil(*, cliente: Cliente, fora: bool, por: Usuario) -> None:
    """Cliente que a empresa não quer atender: sai das listas e dos percentuais."""
    _so_gestao(por)
    _mudar(cliente, por, "marcar fora do perfil", fora_do_perfil=fora)


def _so_gestao(por: Usuario) -> None:
    if por.papel not in {Papel.GESTOR, Papel.ADMIN}:
        raise CadastroInvalido("Só gestores e administradores encerram um cliente.")


@transaction.atomic
def _mudar(cliente: Cliente, por: Usuario, acao: str, **valores: Any) -> None:
    atual = Cliente.objects.select_for_update(no_key=True).get(pk=cliente.pk)
    antes = {campo: _legivel(getattr(atual, campo)) for campo in valores}
    for campo, valor in valores.items():
        setattr(atual, campo, valor)
        setattr(cliente, campo, valor)
    atual.save(update_fields=[*valores, "atualizado_em"])
    depois = {campo: _legivel(valor) for campo, valor in valores.items()}
    if antes != depois:
        registrar(acao, por=por, objeto=_rotulo(atual), antes=antes, depois=depois, alvo=atual)
