"""Etiquetas e filtros das telas. A geometria mora em `carteira.graficos`; aqui só se liga uma à outra."""

import datetime as dt
from functools import lru_cache
from typing import Any

from django import template
from django.template import Context
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe

from carteira import formatos
from carteira.componentes import cabecalho_ordenavel, contexto_do_campo
from carteira.graficos import composicao, situacoes, ufs
from carteira.graficos import ritmo as _ritmo
from carteira.graficos.barras import barras, faisca
from carteira.graficos.fluxo import alluvial
from carteira.graficos.histograma import histograma
from carteira.graficos.intervalos import intervalos
from carteira.graficos.linha_das_situacoes import linha_das_situacoes
from carteira.graficos.ritmo_de_compra import ritmo_de_compra
from carteira.marcacao import escapar, format_html, juntar
from carteira.ritmos import EXPLICACOES

register = template.Library()

# ── Filtros: números, datas e textos ─────────────────────────────────────────

register.filter("moeda_curta", formatos.moeda_curta)
register.filter("telefone", formatos.telefone)
register.filter("documento", formatos.documento)
register.filter("documento_mascarado", formatos.documento_mascarado)
register.filter("iniciais", formatos.iniciais)
register.filter("ha_dias", formatos.ha_dias)
register.filter("duracao_ms", formatos.duracao_ms)
register.filter("plural", formatos.plural)


@register.filter
def moeda(valor: object) -> str:
    return formatos.moeda(valor)


@register.filter
def milhar(valor: object) -> str:
    return formatos.numero(valor)


@register.filter
def medida(valor: object, por_valor: bool) -> str:
    """Um número da composição: R$ ou clientes."""
    return formatos.moeda(valor) if por_valor else formatos.numero(valor)


@register.filter
def decimal1(valor: object) -> str:
    return formatos.numero(valor, 1)


@register.filter
def porcento(valor: object, casas: int = 2) -> str:
    return formatos.porcento(valor, casas)


@register.filter
def porcento_de(parte: object, total: object) -> str:
    """`{{ quase|porcento_de:total }}` → 14,33%."""
    return formatos.porcento(formatos.razao(parte, total))


@register.filter
def data(valor: dt.date | None) -> str:
    return formatos.data(valor)


@register.filter
def data_curta(valor: dt.date | None) -> str:
    return formatos.data(valor, "%d/%m")


@register.filter
def contagem(valor: object, formas: str) -> str:
    """`{{ n|contagem:"cliente,clientes" }}` → 1.270 clientes."""
    return f"{formatos.numero(valor)} {formatos.plural(valor, formas)}"


@register.filter
def dias_exatos(valor: object) -> str:
    """30 e não 30,0; 30,5 quando há meio dia."""
    exato = formatos.numero(valor, 1)
    return exato.removesuffix(",0")


@register.filter
def explica_ritmo(ritmo: str) -> str:
    return EXPLICACOES.get(ritmo, "")


@register.filter
def classe_status(status: object) -> str:
    """Classe CSS da situação: quase_inativo → quase."""
    return situacoes.classe(status)


@register.filter
def nome_status(status: object) -> str:
    return situacoes.NOMES.get(situacoes.chave(status), "Sem situação")


@register.filter
def contagem_status(valor: int, status: str) -> str:
    """`{{ n|contagem_status:"quase_inativo" }}` → 12 quase inativos."""
    return f"{formatos.numero(valor)} {status_em_frase(status, valor)}"


@register.filter
def status_em_frase(status: str, quantos: int) -> str:
    """`{{ "inativo"|status_em_frase:n }}` → inativo ou inativos, no meio de uma frase."""
    return (situacoes.NOMES if quantos == 1 else situacoes.PLURAIS)[status].lower()


@register.filter
def nome_marca(marca: str, quantos: int = 1) -> str:
    """`{{ linha.marca|nome_marca }}` → recuperado; com a quantidade, no plural."""
    nomes = situacoes.NOMES if quantos == 1 else situacoes.PLURAIS
    return nomes.get(str(marca), "")


@register.filter
def plural_status(status: object) -> str:
    return situacoes.PLURAIS.get(situacoes.chave(status), "Sem situação")


# ── Ícones e selos ───────────────────────────────────────────────────────────


@register.simple_tag
@lru_cache(maxsize=512)
def icone(nome: str, classe: str = "", rotulo: str = "") -> SafeString:
    """Ícone do sprite; sem `rotulo` é decorativo e o leitor de tela o ignora."""
    acesso = format_html('role="img" aria-label="{}"', rotulo) if rotulo else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="ic {}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round"'
        ' stroke-linejoin="round" {}><use href="{}#{}"></use></svg>',
        classe,
        acesso,
        static("icones/lucide.svg"),
        nome,
    )


@register.simple_tag
def glifo(status: object, classe: str = "cor") -> SafeString:
    """Forma da situação, na cor dela; escreva a palavra ao lado."""
    return format_html(
        '<span class="{} {}">{}</span>', classe, situacoes.classe(status), situacoes.glifo(status)
    )


@register.simple_tag
def selo(status: object, rotulo: str = "") -> SafeString:
    return situacoes.selo(status, rotulo)


@register.simple_tag
@lru_cache(maxsize=512, typed=True)  # o texto já seguro e o mesmo por escapar são textos diferentes
def sinal(texto: str, tipo: str = "", nome_do_icone: str = "") -> SafeString:
    """Aviso curto de linha: `tipo` é alerta, aviso ou ok."""
    desenho = icone(nome_do_icone, "p") if nome_do_icone else ""
    return format_html('<span class="sinal {}">{}{}</span>', tipo, desenho, texto)


@register.simple_tag
@lru_cache(maxsize=8, typed=True)
def abc(letra: str | None) -> SafeString:
    if not letra:
        return mark_safe(f'<span class="tenue">{formatos.VAZIO}</span>')  # noqa: S308  # nosec B703 # texto fixo
    return format_html('<span class="abc {0}"><span class="sr">Curva </span>{0}</span>', letra)


@register.simple_tag
def avatar(nome: str, classe: str = "") -> SafeString:
    return format_html(
        '<span class="avatar {}" aria-hidden="true">{}</span>', classe, formatos.iniciais(nome)
    )


# ── Ritmo, tendência e números de destaque ───────────────────────────────────


@register.simple_tag
def ritmo(
    linha: Any = None,
    recencia: int | None = None,
    ciclo: float | None = None,
    quase: int | None = None,
    inativo: int | None = None,
    status: object = "ativo",
    compra_unica: bool = False,
    referencia: dt.date | None = None,
) -> SafeString:
    """Barra de ritmo: dos números em dias, ou de uma linha com as datas dos indicadores e `referencia=`."""
    if linha is None:
        return _ritmo.barra(
            _ritmo.Ritmo(recencia, ciclo, quase, inativo, situacoes.chave(status), compra_unica)
        )
    if isinstance(linha, _ritmo.Ritmo):
        return _ritmo.barra(linha)
    return _ritmo.barra(_ritmo.de_indicadores(linha, referencia))


_TENDENCIAS = {
    "sobe": ("trending-up", "bom", "em alta"),
    "desce": ("trending-down", "ruim", "em queda"),
    "estavel": ("minus", "", "estável"),
}


@register.simple_tag
def tendencia(direcao: object) -> SafeString:
    """Seta e palavra da tendência: sobe, desce ou estavel; vazio quando não houve compra."""
    return _tendencia(str(direcao or ""))


@lru_cache(maxsize=8)
def _tendencia(direcao: str) -> SafeString:
    nome, tom, palavra = _TENDENCIAS.get(direcao, ("", "", ""))
    if not nome:
        return mark_safe(f'<span class="tenue">{formatos.VAZIO}</span>')  # noqa: S308  # nosec B703 # texto fixo
    return format_html('<span class="var {}">{}{}</span>', tom, icone(nome, "p"), palavra)


@register.simple_tag
def var(pontos: Any, inverso: bool = False, casas: int = 0, sufixo: str = "%") -> SafeString:
    """Variação com seta, sinal e número; `inverso` quando subir é ruim."""
    if pontos is None or pontos == "":
        return mark_safe(f'<span class="tenue">{formatos.VAZIO}</span>')  # noqa: S308  # nosec B703 # texto fixo
    mostrado = round(float(pontos), casas) or 0.0  # o sinal é o do número que se vê: 0,4% é 0%, e parado
    texto = formatos.numero(mostrado, casas)
    sobe = mostrado > 0
    tom = "" if mostrado == 0 else ("bom" if sobe != inverso else "ruim")
    seta = "minus" if not tom else ("trending-up" if sobe else "trending-down")
    mais = "+" if sobe else ""
    return SafeString(  # nosec B703 # números nossos
        f'<span class="var {tom}">{icone(seta, "p")}{mais}{texto}{escapar(sufixo)}</span>'
    )


@register.simple_tag
def kpi(
    rotulo: str, valor: object, unidade: str = "", detalhe: str = "", nome_do_icone: str = "", tom: str = ""
) -> SafeString:
    """Um número de destaque; vai dentro de `<dl class="kpis" style="--cols:4">`."""
    return format_html(
        '<div class="kpi"><dt>{}{}</dt><dd class="v {}">{}{}</dd>{}</div>',
        icone(nome_do_icone, "p") if nome_do_icone else "",
        rotulo,
        tom,
        valor,
        format_html(" <small>{}</small>", unidade) if unidade else "",
        format_html('<dd class="d">{}</dd>', detalhe) if detalhe else "",
    )


@register.inclusion_tag("componentes/campo.html")
def campo(
    campo: Any, rotulo: str = "", ajuda: str = "", classe: str = "", **atributos: Any
) -> dict[str, Any]:
    """Campo de formulário com rótulo, ajuda e erro ligados por aria-describedby."""
    return contexto_do_campo(campo, rotulo=rotulo, ajuda=ajuda, classe=classe, atributos=atributos)


@register.simple_tag(takes_context=True)
def th_ordem(
    context: Context, rotulo: str, chave: str, classe: str = "", alvo: str = "", parametro: str = "ordem"
) -> SafeString:
    """Cabeçalho que ordena por link; lê e escreve o parâmetro da URL e volta à primeira página. No papel, só diz."""
    if "request" not in context:
        return format_html('<th scope="col" class="{}">{}</th>', classe, rotulo)
    return cabecalho_ordenavel(
        context["request"], rotulo, chave, classe=classe, alvo=alvo, parametro=parametro
    )


# ── Gráficos ─────────────────────────────────────────────────────────────────

register.simple_tag(ritmo_de_compra, name="grafico_ritmo")
register.simple_tag(composicao.colunas, name="grafico_composicao")
register.simple_tag(composicao.duas_barras, name="duas_barras")
register.simple_tag(alluvial, name="grafico_fluxo")
register.simple_tag(ufs.mapa, name="mapa_ufs")
register.simple_tag(ufs.legenda, name="legenda_ufs")
register.simple_tag(histograma, name="histograma")
register.simple_tag(linha_das_situacoes, name="grafico_situacoes")
register.simple_tag(intervalos, name="grafico_intervalos")
register.simple_tag(barras, name="barras")
register.simple_tag(faisca, name="faisca")


@register.simple_tag
def barra_pilha(
    ativo: Any = 0, quase_inativo: Any = 0, inativo: Any = 0, altura: int = 14, unidade: str = ""
) -> SafeString:
    """Barra empilhada de uma linha de tabela."""
    quantidades = {"ativo": ativo, "quase_inativo": quase_inativo, "inativo": inativo}
    return composicao.pilha(quantidades, altura, unidade)


@register.simple_tag
def legenda_status(*situacoes_mostradas: str) -> SafeString:
    """Legenda com forma, trama e palavra."""
    partes = [
        format_html(
            '<span class="{0}"><i class="amostra {0}"></i>{1}</span>',
            situacoes.classe(s),
            situacoes.PLURAIS[situacoes.chave(s)],
        )
        for s in situacoes_mostradas or situacoes.ORDEM[:3]
    ]
    return format_html('<div class="legenda">{}</div>', juntar(partes))
