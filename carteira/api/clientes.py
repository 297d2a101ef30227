"""Clientes: a lista das páginas, com os mesmos filtros, a mesma busca e as mesmas ordens."""

from functools import cached_property
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.exceptions import ValidationError

from atividade.models import Indicadores
from carteira.api.base import Legivel
from carteira.api.clientes_ditos import ClienteInteiroSerializer, ClienteSerializer, juntar_ao_objeto
from carteira.api.comuns import SimNao
from carteira.api.paginas import POR_PAGINA
from carteira.api.permissoes import leitura
from carteira.filters import FiltroDeClientes
from carteira.lista_de_clientes import ORDENS, montar_linhas, ordem_pedida
from carteira.paginacao import Ordem
from carteira.referencias import Referencias
from contas.papeis import Permissao

_AJUDA = (
    "Os filtros são os da página de clientes: os que escolhem se repetem (`uf=SC&uf=PR`), e `0` é quem não tem nenhum. "
    "`e` leva as condições combinadas, como a página as escreve no endereço. Encerrados e fora do perfil só vêm com "
    "`ocultos=true`. Os documentos vêm mascarados; inteiros, só ao abrir um cliente. "
    f"Páginas com mais de {POR_PAGINA} linhas são de quem pode exportar."
)


class FiltroDaApi(FiltroDeClientes):
    """O da página, que pede a pessoa; o que não se entende aqui é 400, nunca uma lista sem o filtro."""

    fora_do_ritmo = SimNao(method="por_ritmo", label="Só quem passou do próprio ritmo.")
    bloqueado = SimNao(field_name="cliente__bloqueado", label="Só os bloqueados (ou os que não estão).")
    ocultos = SimNao(method="sem_efeito", label="Também os encerrados e fora do perfil.")

    def __init__(self, data: Any, queryset: Any = None, *, request: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)


@extend_schema_view(
    list=extend_schema(summary="Lista os clientes que você vê", description=_AJUDA),
    retrieve=extend_schema(
        summary="Abre um cliente",
        description=(
            "Tudo o que a ficha diz do cadastro e da atividade. O telefone e o e-mail de quem pediu para não ser "
            "procurado por ali vêm vazios; `credito` é nulo para quem não pode ver score e restrições."
        ),
    ),
)
class Clientes(Legivel):
    """Clientes com os seus indicadores na referência da empresa."""

    modelo: Any = Indicadores
    decisoes = leitura(Permissao.VER_CLIENTES)
    serializer_class = ClienteSerializer
    serializer_do_objeto = ClienteInteiroSerializer
    filterset_class = FiltroDaApi
    unidas = ("cliente", "segmento", "vendedor", "equipe", "limiar")
    ordens: dict[str, Any] = dict.fromkeys(sinal + chave for chave in ORDENS for sinal in ("", "-"))  # type: ignore[assignment]
    ordem_padrao = "nome"

    @cached_property
    def referencias(self) -> Referencias:
        return Referencias.de(self.request.user)

    def para_o_filtro(self) -> dict[str, Any]:
        return {"usuario": self.request.user, "referencias": self.referencias}

    def filtrados(self, filtro: Any) -> Any:
        return filtro.resultado().select_related(*self.unidas)

    def ordem_pedida(self) -> Ordem:
        pedida = self.request.query_params.get("ordem") or self.ordem_padrao
        if pedida not in self.ordens:
            raise ValidationError({"ordem": [f"Use uma destas: {', '.join(sorted(self.ordens))}."]})
        return ordem_pedida(pedida, self.request.user, self.referencias)

    def retrieve(self, request: Any, pk: int) -> Any:
        """Quem abre um cliente por aqui também viu a ficha: anota-se como na página (`carteira.de_onde`)."""
        pronta = super().retrieve(request, pk)
        request._request.vista_da_ficha = (pk, request.user)
        return pronta

    def preparar(self, objetos: list[Any]) -> list[Any]:
        linhas = montar_linhas(objetos, self.referencias, ())
        if self.action != "list":
            juntar_ao_objeto(linhas[0], self.request.user)
        return linhas
