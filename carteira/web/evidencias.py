"""Evidências para escolher os limites: a sugestão, o retroteste lado a lado e a curva de retorno.

A página de configurar as carrega por htmx; sem JavaScript são uma página própria, pela mesma vista.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from atividade.cenarios import cenario_em_vigor
from atividade.regras import Regra
from atividade.retorno import NOMES_DAS_FAIXAS, Ponto
from atividade.retroteste import desfecho
from atividade.rotulos import NOMES
from atividade.silencios import fins_de_mes, nome_a_nome
from atividade.sugestao import (
    MINIMO_DE_SILENCIOS,
    Avaliada,
    Candidata,
    Passado,
    Sugestao,
    Veredito,
    candidatas,
    sugerir,
)
from carteira.web.acesso import exige
from carteira.web.formularios_de_atividade import LimitesForm, limites_iniciais
from carteira.web.limites import com_empresa, em_dias, hoje_da
from carteira.web.planilha import colunas_dos_limites, responder_planilha
from carteira.web.recorte_das_evidencias import Pedido, segmento_da_url
from clientes.models import Segmento
from contas.auditoria import registrar
from contas.models import Empresa
from contas.papeis import Permissao
from relatorios.planilhas import Coluna

ESCALA = (30, 60, 90, 120, 180, 270, 365)
PONTOS_DO_GRAFICO = tuple(range(15, 361, 15))
MOTIVO = "Sugestão dos dados"


# ── A página e o fragmento ───────────────────────────────────────────────────


@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def pagina(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """Fragmento dentro de configurar, página inteira por link."""
    segmento = segmento_da_url(request, empresa)
    contexto: dict[str, Any] = {
        "empresa": empresa,
        "segmento": segmento,
        "voltar": _formulario(empresa, segmento),
        "endereco": reverse("atividade:evidencias"),
    }
    if empresa.referencia is not None:
        contexto |= contexto_das_evidencias(Pedido.da_url(request, empresa))
    modelo = "_evidencias" if request.headers.get("HX-Request") else "pagina"
    return render(request, f"atividade/evidencias/{modelo}.html", contexto)


def contexto_das_evidencias(pedido: Pedido) -> dict[str, Any]:
    doze = pedido.passado()
    sugestao = sugerir(doze, pedido.pk_do_segmento)
    testado = pedido.passado(pedido.form.cortes) if pedido.form.cortes else doze
    return {
        "sugestao": sugestao,
        "sugerida": _linha(pedido, sugestao.melhor) if sugestao.melhor else None,
        "minimo": MINIMO_DE_SILENCIOS,
        "meses": doze.contagem.cortes,
        "dias": pedido.form.janela,
        "form": pedido.form,
        "consulta": urlencode(pedido.consulta),
        "cortes": testado.contagem.cortes,
        "primeiro_corte": _primeiro_fim_de_mes(pedido),
        **_lado_a_lado(pedido, testado, sugestao),
        "por_segmento": [] if pedido.segmento else _por_segmento(pedido, doze),
        **contexto_da_curva(pedido, doze),
    }


def _primeiro_fim_de_mes(pedido: Pedido) -> date | None:
    """Quando o primeiro fim de mês depois da primeira compra terá o seguimento inteiro."""
    desde = pedido.leitura.primeira_compra
    if desde is None:
        return None
    fim = fins_de_mes(desde + timedelta(days=31), 0)[-1]
    return (fim if fim >= desde else desde) + timedelta(days=pedido.form.janela)


# ── Retroteste lado a lado ───────────────────────────────────────────────────


@dataclass(frozen=True)
class Linha:
    """Uma regra posta à prova, como a tabela a mostra."""

    avaliada: Avaliada
    papel: str  # hoje, rascunho, sugerida ou outra
    campos: dict[str, Any]
    experimentar: str
    nomes: str

    @property
    def medidas(self) -> Any:
        return self.avaliada.medidas


def _linha(pedido: Pedido, avaliada: Avaliada, papel: str = "sugerida") -> Linha:
    limites = limites_iniciais(avaliada.regra)
    motivo = {} if papel in {"hoje", "rascunho"} else {"motivo": f"{MOTIVO}: {avaliada.candidata.nome}"}
    campos = limites | motivo
    cabe = papel == "hoje" or _o_formulario_diz(avaliada.regra, limites)
    regra = {"regra": "hoje"} if papel == "hoje" else limites
    return Linha(
        avaliada,
        papel,
        campos,
        f"{_formulario(pedido.empresa, pedido.segmento)}&{urlencode(campos)}" if cabe else "",
        f"{reverse('atividade:retroteste_nomes')}?{urlencode(pedido.consulta | regra)}" if cabe else "",
    )


def _o_formulario_diz(regra: Regra, limites: dict[str, Any]) -> bool:
    """Só se leva ao formulário a regra que ele devolve igual."""
    form = LimitesForm(limites)
    return form.is_valid() and form.cleaned_data["regra"] == regra


def _formulario(empresa: Empresa, segmento: Segmento | None) -> str:
    """Onde se aplica: a regra geral ou a do segmento."""
    rota = reverse("atividade:segmento", args=[segmento.pk]) if segmento else reverse("atividade:configurar")
    return f"{rota}?empresa={empresa.pk}"


def _lado_a_lado(pedido: Pedido, testado: Passado, sugestao: Sugestao) -> dict[str, Any]:
    """Hoje, rascunho e sugestão no alto; as outras candidatas ficam recolhidas."""
    segmento = pedido.pk_do_segmento
    hoje = testado.de_hoje(segmento)
    linhas = [_linha(pedido, hoje, "hoje")]
    sugerida = (
        sugestao.melhor.candidata if sugestao.veredito is Veredito.SUGERIDA and sugestao.melhor else None
    )
    if pedido.rascunho and pedido.rascunho not in (hoje.regra, sugerida and sugerida.regra):
        rascunho = testado.avaliar(Candidata("Rascunho", pedido.rascunho), segmento)
        linhas.append(_linha(pedido, rascunho, "rascunho"))
    if sugerida:
        linhas.append(_linha(pedido, testado.avaliar(sugerida, segmento)))
    outras = [c for c in candidatas(testado, segmento) if c != sugerida]
    return {
        "linhas": linhas,
        "outras": [_linha(pedido, testado.avaliar(c, segmento), "outra") for c in outras],
        "vendedores": testado.atendimento.vendedores(segmento),
        "sem_ciclo": testado.contagem_por_ciclo is None,
    }


def _por_segmento(pedido: Pedido, doze: Passado) -> list[dict[str, Any]]:
    """A sugestão de cada segmento, do maior ao menor; ela se lê e se aplica na página dele."""
    linhas = []
    for segmento in Segmento.objects.filter(empresa=pedido.empresa):
        sugestao = sugerir(doze, segmento.pk)
        linhas.append(
            {"segmento": segmento, "sugestao": sugestao, "url": _formulario(pedido.empresa, segmento)}
        )
    return sorted(
        linhas, key=lambda linha: (-linha["sugestao"].hoje.medidas.clientes, linha["segmento"].nome)
    )


# ── Curva de retorno ─────────────────────────────────────────────────────────


def contexto_da_curva(pedido: Pedido, doze: Passado) -> dict[str, Any]:
    """O gráfico, a tabela e uma frase por faixa no aviso de hoje."""
    regra = doze.cenario.regra(pedido.pk_do_segmento)
    inativo = em_dias(regra.periodo)
    quase = inativo - em_dias(regra.antecedencia)
    escala = tuple(sorted({*ESCALA, quase}))
    retorno, janela = doze.retorno, pedido.form.janela
    curvas = retorno.curvas(escala, pedido.pk_do_segmento, janela)
    grafico = retorno.curvas(PONTOS_DO_GRAFICO, pedido.pk_do_segmento, janela)
    return {
        "janela": janela,
        "quase_de_hoje": quase,
        "faixas": NOMES_DAS_FAIXAS,
        "curvas": [
            {"nome": nome, "pontos": [(p.dias, p.voltaram * 100) for p in pontos if p]}
            for nome, pontos in zip(NOMES_DAS_FAIXAS, grafico, strict=True)
        ],
        "tabela_da_curva": [
            (dias, [curva[n] for curva in curvas])
            for n, dias in enumerate(escala)
            if any(c[n] for c in curvas)
        ],
        "frases_da_curva": _frases(curvas, escala.index(quase)),
    }


def _frases(curvas: list[list[Ponto | None]], n: int) -> list[tuple[str, Ponto]]:
    """O que houve com os silêncios que chegaram ao aviso de hoje, faixa a faixa."""
    pares = zip(NOMES_DAS_FAIXAS, (curva[n] for curva in curvas), strict=True)
    return [(nome, ponto) for nome, ponto in pares if ponto]


# ── Nome a nome ──────────────────────────────────────────────────────────────


def _colunas_da_planilha() -> tuple[Coluna, ...]:
    return (
        Coluna("Data", "data"),
        Coluna("Código", largura=12),
        Coluna("Cliente", largura=36),
        Coluna("Segmento", largura=18),
        Coluna("Vendedor", largura=24),
        Coluna("Dias de compra", "inteiro"),
        Coluna("Ciclo (dias)", "decimal"),
        Coluna("Última compra", "data"),
        Coluna("Dias sem comprar", "inteiro"),
        *colunas_dos_limites(),
        Coluna("Situação na data"),
        Coluna("Compra seguinte", "data"),
        Coluna("Voltou em (dias)", "inteiro"),
        Coluna("Na régua", largura=10),
        Coluna("Desfecho", largura=34),
    )


@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def nomes(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """A lista por trás de uma linha do retroteste: com ela cada número se refaz à mão."""
    segmento = segmento_da_url(request, empresa)
    if empresa.referencia is None:
        return redirect(_formulario(empresa, segmento))
    pedido = Pedido.da_url(request, empresa)
    if pedido.form.errors:
        return redirect(f"{reverse('atividade:evidencias')}?{urlencode(request.GET)}")
    testado = pedido.passado(pedido.form.cortes)
    regra = pedido.rascunho if request.GET.get("regra") != "hoje" else None
    formato = "xlsx" if request.GET.get("formato") == "xlsx" else "csv"
    registrar(
        "exportar retroteste",
        por=request.user,
        objeto=formato.upper(),
        depois={"regra": str(regra) if regra else "a de hoje", "recorte": pedido.consulta},
    )
    cortes = testado.contagem.cortes
    nome = f"retroteste-{cortes[0]:%Y-%m-%d}" if len(cortes) == 1 else "retroteste-12-meses"
    return responder_planilha(
        formato, nome, _colunas_da_planilha(), _nomes(pedido, cortes, regra), aba="Retroteste"
    )


def _nomes(pedido: Pedido, cortes: tuple[date, ...], regra: Regra | None) -> Iterator[list[Any]]:
    empresa, segmento, dias = pedido.empresa, pedido.pk_do_segmento, pedido.form.janela
    assert empresa.referencia is not None
    if not cortes:
        return
    cenario = cenario_em_vigor(empresa, hoje_da(empresa))
    cenario = cenario.com(regra, segmento) if regra else cenario
    silencios = nome_a_nome(
        empresa, cortes, referencia=empresa.referencia, dias=dias, cenario=cenario, segmento=segmento
    )
    for s in silencios:
        status, limites, fim = desfecho(s, cenario)
        yield [
            s.corte,
            s.codigo,
            s.nome,
            s.segmento,
            s.vendedor,
            s.dias_de_compra,
            s.ciclo.normalize() if s.ciclo else None,
            s.ultima,
            (s.corte - s.ultima).days,
            limites.quase_inativo_em,
            limites.inativo_em,
            NOMES[status],
            s.proxima,
            (s.proxima - s.corte).days if s.proxima else None,
            "sim" if (s.corte - s.ultima).days < dias else "não",
            fim.value,
        ]


urlpatterns = [
    path("evidencias/", pagina, name="evidencias"),
    path("evidencias/nomes/", nomes, name="retroteste_nomes"),
]
