"""As regras de quem atende que clientes e os números das sugestões, com o antes e o depois na auditoria."""

from typing import Any

from django.db import transaction

from clientes.models import ParametrosDaCarteira, RegraDeAtribuicao
from contas.auditoria import registrar
from contas.models import Usuario

_NUMEROS = ("pequeno_ate", "acima_da_media", "meses_de_descanso")


@transaction.atomic
def salvar_regra(*, regra: RegraDeAtribuicao, vendedores: list[Usuario], por: Usuario) -> RegraDeAtribuicao:
    antes = _resumo(RegraDeAtribuicao.objects.get(pk=regra.pk)) if regra.pk else None
    regra.save()
    regra.vendedores.set(vendedores)
    depois = _resumo(regra)
    if antes is None:
        registrar("criar regra de atribuição", por=por, objeto=str(regra)[:120], depois=depois, alvo=regra)
    elif mudados := [nome for nome in depois if antes[nome] != depois[nome]]:
        registrar(
            "editar regra de atribuição",
            por=por,
            objeto=str(regra)[:120],
            antes={nome: antes[nome] for nome in mudados},
            depois={nome: depois[nome] for nome in mudados},
            alvo=regra,
        )
    return regra


@transaction.atomic
def apagar_regra(*, regra: RegraDeAtribuicao, por: Usuario) -> None:
    antes, nome = _resumo(regra), str(regra)[:120]
    regra.delete()
    registrar("apagar regra de atribuição", por=por, objeto=nome, antes=antes)


def _resumo(regra: RegraDeAtribuicao) -> dict[str, Any]:
    return {
        "clientes": str(regra),
        "ordem": regra.ordem,
        "vendedores": list(regra.vendedores.order_by("nome_chave", "pk").values_list("nome", flat=True)),
    }


@transaction.atomic
def salvar_parametros(*, parametros: ParametrosDaCarteira, por: Usuario) -> ParametrosDaCarteira:
    guardados = ParametrosDaCarteira.objects.filter(pk=parametros.empresa_id).first()
    antes = _numeros(guardados or ParametrosDaCarteira())
    parametros.save()
    depois = _numeros(parametros)
    if mudados := [nome for nome in _NUMEROS if antes[nome] != depois[nome]]:
        registrar(
            "mudar números das carteiras",
            por=por,
            objeto=parametros.empresa.nome,
            antes={nome: antes[nome] for nome in mudados},
            depois={nome: depois[nome] for nome in mudados},
            alvo=parametros,
        )
    return parametros


def _numeros(parametros: ParametrosDaCarteira) -> dict[str, str]:
    return {nome: str(getattr(parametros, nome)) for nome in _NUMEROS}
