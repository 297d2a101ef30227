"""A ficha do cliente numa folha A4, para levar à visita; fica na auditoria quem a tirou."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET

from atividade.historico import CONTATO, PEDIDO, historico
from atividade.models import Indicadores
from atividade.rotulos import fixar
from carteira.graficos.ritmo_de_compra import ritmo_de_compra
from carteira.lista_de_clientes import Linha
from carteira.referencias import Referencias
from carteira.web.acesso import exige
from carteira.web.explicacao import frase_da_ficha, frase_das_pendencias, regra_aplicada, ritmo_de
from carteira.web.fatos import FatoNaTela
from carteira.web.ficha import indicadores_de
from clientes import pitch
from clientes.models import PessoaDeContato
from clientes.objecoes import objecoes_de
from clientes.pendencias import itens_pendentes, pendencias_de
from contas.auditoria import registrar
from contas.papeis import Permissao
from relatorios import pdf

PEDIDOS_NA_FOLHA, CONTATOS_NA_FOLHA = 10, 6
# O desenho da tela tira as cores do tema; o papel as tem chapadas, dentro do próprio SVG.
_TINTAS = """
text { font: 11.5px Inter, sans-serif; fill: #53534d } .tf { fill: #1b1b18; font-weight: 600 } .tt { fill: #6a6a63 }
.grade { stroke: #e6e5e0 } .eixo { stroke: #b9b8b0 } .haste { stroke: #6a6a63; stroke-width: 1.5 }
.no-pedido { fill: #1f1f1c } .silencio { stroke: #1b1b18; stroke-width: 3 }
.ln-hoje { stroke: #1b1b18; stroke-width: 1.5 } .et-hoje { fill: #1f1f1c } .tx-hoje { fill: #fff; font-weight: 600 }
.fx-quase { fill: #fbeed2 } .fx-inativo { fill: #fbe3ea }
.fx-esperada { fill: #dfe4f8 } .ln-esperada { stroke: #2b4bcf; stroke-dasharray: 3 3 }
.tx-esperada { fill: #2b4bcf; font-weight: 600 } .tx-quase { fill: #6b3f00; font-weight: 600 }
.tx-inativo { fill: #9c1f46; font-weight: 600 }
"""


@require_GET
@exige(Permissao.EXPORTAR)
def folha_do_cliente(request: HttpRequest, pk: int) -> HttpResponse:
    """A folha na hora: é de um cliente só. Sem as bibliotecas de PDF, diz isso e volta à ficha."""
    ind = indicadores_de(request, pk)
    if pdf.bibliotecas_que_faltam():
        messages.error(
            request, "Este computador não tem as bibliotecas de PDF: imprima a ficha pelo navegador."
        )
        return redirect(reverse("clientes:ficha", args=[pk]))
    fixar(ind.empresa)
    registrar(
        "exportar ficha do cliente",
        por=request.user,
        objeto=f"cliente {ind.cliente.codigo}",
        depois={"formato": "PDF"},
        alvo=ind.cliente,
    )
    resposta = HttpResponse(pdf.em_bytes(folha(request, ind)), content_type="application/pdf")
    nome = f"ficha-{ind.cliente.pk}-{timezone.localdate():%Y-%m-%d}.pdf"
    resposta["Content-Disposition"] = f'attachment; filename="{nome}"'
    resposta["Cache-Control"] = "private, no-store"
    return resposta


def folha(request: HttpRequest, ind: Indicadores) -> str:
    """O HTML da folha; tudo o que ela usa de fora são estáticos nossos."""
    referencias = Referencias.de(request.user)
    linha = Linha(ind, referencias.da_empresa(ind.empresa_id), referencias.hoje, [], None)
    ritmo = ritmo_de(ind, linha.referencia)
    pendencias = pendencias_de([ind.pk], linha.hoje)[ind.pk]
    contexto = {
        "linha": linha,
        "ind": ind,
        "cliente": ind.cliente,
        "frase": " ".join(filter(None, (frase_da_ficha(linha, ritmo), frase_das_pendencias(pendencias)))),
        "regra": regra_aplicada(ind, ind.cliente.empresa),
        "ticket": ind.valor_total / ind.pedidos if ind.pedidos else None,
        "grafico": _no_papel(ritmo_de_compra(ritmo.compras, linha.referencia, **_limites(linha, ritmo))),
        "pendencias": pendencias,
        "itens": itens_pendentes(ind.pk, pendencias.em),
        "pitch": pitch.atual(ind.pk),
        "objecoes": objecoes_de(ind.pk),
        "pessoas": _pessoas(ind),
        "pedidos": _fatos(ind, linha, PEDIDO)[:PEDIDOS_NA_FOLHA],
        "contatos": _fatos(ind, linha, CONTATO)[:CONTATOS_NA_FOLHA],
        "por": request.user,
        "agora": timezone.localtime(),
        "anotacoes": range(4),
    }
    return render_to_string("clientes/folha.html", contexto)


def _limites(linha: Linha, ritmo: Any) -> dict[str, Any]:
    ind = linha.ind
    return {
        "ciclo": linha.ciclo,
        "p25": ritmo.p25,
        "p75": ritmo.p75,
        "quase_em": ind.quase_inativo_em,
        "inativo_em": ind.inativo_em,
    }


def _no_papel(desenho: SafeString) -> SafeString:
    return mark_safe(desenho.replace(">", f"><style>{_TINTAS}</style>", 1))  # noqa: S308  # nosec B703 # desenho já escapado


def _pessoas(ind: Indicadores) -> list[PessoaDeContato]:
    """As ativas, com o cliente à mão: o que ele não quer vale para cada uma."""
    pessoas = list(PessoaDeContato.objects.filter(cliente=ind.pk, ativa=True))
    for pessoa in pessoas:
        pessoa.cliente = ind.cliente
    return pessoas


def _fatos(ind: Indicadores, linha: Linha, tipo: str) -> list[FatoNaTela]:
    pagina = historico(cliente_id=ind.pk, em=linha.referencia, tipos=(tipo,))
    return [FatoNaTela(fato) for fato in pagina.fatos]


urlpatterns = [path("<int:pk>/pdf/", folha_do_cliente, name="pdf")]
