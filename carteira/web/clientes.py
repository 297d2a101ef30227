"""Meus clientes: para quem ligar hoje e a carteira inteira, com a URL como estado."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.cache import patch_vary_headers
from django_htmx.http import trigger_client_event

from atividade.limiares import regra_da_empresa
from atividade.rotulos import fixar
from carteira.filters import FiltroDeClientes
from carteira.filtros.opcoes import equipes_visiveis
from carteira.formatos import data, numero, plural
from carteira.graficos import situacoes
from carteira.lista_de_clientes import (
    ORDENS,
    Contagens,
    com_relacoes,
    contar,
    montar_linhas,
    ordem_pedida,
    sentido_natural,
)
from carteira.paginacao import Cursor, paginar
from carteira.referencias import Referencias
from carteira.web import (
    agendar,
    ao_cliente,
    atendimentos,
    cadastro,
    contatos,
    em_aberto,
    ficha,
    folha_do_cliente,
    historia,
    montador,
    paineis,
    pessoas_do_cliente,
)
from carteira.web.acesso import exige
from carteira.web.chips import chips_de, filtros_em_uso
from carteira.web.exportar import exportar
from carteira.web.fila import contexto_da_fila, hoje, tem_fila
from contas.models import Papel, Usuario
from contas.papeis import Permissao, pode

TAMANHOS = (25, 50, 100)
TAMANHO_PADRAO = 50


def titulo_da_lista(usuario: Usuario) -> str:
    return "Meus clientes" if usuario.papel == Papel.VENDEDOR else "Clientes"


@exige(Permissao.VER_CLIENTES)
def lista(request: HttpRequest) -> HttpResponse:
    """A página inteira, o miolo `#lista` (htmx) ou só as próximas linhas (`Carregar mais`)."""
    contexto = contexto_da_lista(request)
    if request.htmx and request.htmx.target == "mais":
        modelo = "clientes/_mais.html"
    elif request.htmx and request.htmx.target == "lista":
        modelo = "clientes/_lista.html"
    else:
        modelo = "clientes/lista.html"
        if tem_fila(request.user):
            contexto |= contexto_da_fila(request, contexto["referencias"])
    resposta = render(request, modelo, contexto)
    if modelo == "clientes/_lista.html":
        trigger_client_event(resposta, "anunciar", contagem_em_palavras(contexto["contagens"].na_lista))
    patch_vary_headers(resposta, ["HX-Request", "HX-Target"])
    return resposta


def contexto_da_lista(request: HttpRequest) -> dict[str, Any]:
    """O que a lista mostra para estes parâmetros; as mesmas consultas para 5 ou para 50 linhas."""
    referencias = Referencias.de(request.user)
    fixar(*referencias.em_cena(request.GET.getlist("empresa")))
    filtro = FiltroDeClientes(request.GET, usuario=request.user, referencias=referencias)
    ordem = ordem_pedida(request.GET.get("ordem", ""), request.user, referencias)
    cursor = Cursor.de_texto(request.GET.get("apos", ""), ordem.nome)
    tamanho = _tamanho(request.GET.get("por", ""))
    pagina = paginar(com_relacoes(filtro.resultado()), ordem, cursor, tamanho)
    contagens = contar(filtro)
    return {
        "titulo": titulo_da_lista(request.user),
        "referencias": referencias,
        "filtro": filtro,
        "pagina": pagina,
        "linhas": montar_linhas(pagina.linhas, referencias),
        "contagens": contagens,
        "abas": _abas(request.GET, filtro, contagens),
        "em_uso": filtros_em_uso(filtro, request.GET),
        "condicoes": montador.fichas(filtro, request.GET),
        "url_montador": montador.endereco_do_montador(request.GET),
        "ha_filtros": bool(_filtros(request.GET)),
        "outros_parametros": _fora_do_formulario(request.GET),
        "equipes": equipes_visiveis(request.user),
        "calculado": calculado_com(referencias),
        "texto_do_vazio": _texto_do_vazio(filtro, contagens),
        "url_ritmo": _com(request.GET, fora_do_ritmo="" if filtro.quer_fora_do_ritmo else "on"),
        "nome_da_ordem": ORDENS[ordem.nome.removeprefix("-")],
        "chips": chips_de(filtro, request.GET, contagens),
        "ordens": _ordens(request.GET, ordem.nome),
        "ordem": ordem.nome,
        "tamanho": tamanho,
        "tamanhos": [(n, _com(request.GET, por=n)) for n in TAMANHOS],
        "url_mais": _com(request.GET, apos=pagina.proxima) if pagina.proxima else "",
        "url_inicio": _com(request.GET) if cursor else "",
        "url_ocultos": _com(request.GET, ocultos="" if filtro.mostra_ocultos else "on"),
        "url_limpar": _limpar(request.GET),
        "url_exportar": f"{reverse('clientes:exportar')}{_com(request.GET)}",
        "estado": _estado(request.GET),
        "pode_registrar": pode(request.user, Permissao.REGISTRAR_CONTATO),
        "pode_exportar": pode(request.user, Permissao.EXPORTAR),
        "mostra_vendedor": request.user.papel != Papel.VENDEDOR,
    }


_DO_FORMULARIO = frozenset(
    [
        "cidade",
        "valor_min",
        "valor_max",
        "sem_contato",
        "sem_comprar",
        "perfil",
        "porte",
        "equipe",
        "bloqueado",
        "ocultos",
        "apos",
    ]
)
_NAO_FILTRAM = frozenset({"ordem", "por", "apos", "buscar"})


def _filtros(consulta: QueryDict) -> list[str]:
    """Os parâmetros que estreitam a lista."""
    return [nome for nome in consulta if nome not in _NAO_FILTRAM and consulta[nome].strip()]


def contagem_em_palavras(clientes: int) -> str:
    """O que o leitor de tela ouve depois de um filtro."""
    return f"{numero(clientes)} {plural(clientes, 'cliente,clientes')}"


def _fora_do_formulario(consulta: QueryDict) -> list[tuple[str, str]]:
    """O que "Mais filtros" leva escondido para não perder os outros filtros."""
    return [
        (nome, valor) for nome, valores in consulta.lists() if nome not in _DO_FORMULARIO for valor in valores
    ]


def calculado_com(referencias: Referencias) -> str:
    """De que dia são os números e por que regra; cada empresa pode estar na sua data."""
    frases = []
    for empresa in referencias.empresas.values():
        if empresa.referencia is None:
            continue
        regra = regra_da_empresa(empresa, empresa.referencia)
        nome = f"{empresa}: " if len(referencias.empresas) > 1 else ""
        frases.append(f"{nome}números de {data(empresa.referencia, '%d/%m')} ({regra.regra})")
    texto = "; ".join(frases) or "ainda não calculado"
    return f"{texto[0].upper()}{texto[1:]}."


def _texto_do_vazio(filtro: FiltroDeClientes, contagens: Contagens) -> str:
    """Diz o que há por perto: em outra situação, ou escondido."""
    if contagens.total:
        return f"Há {contagens.total} com esses filtros em outras situações."
    if contagens.ocultos:
        return f"Há {contagens.ocultos} entre os encerrados e fora do perfil."
    return "Tire um filtro ou confira o que foi digitado."


def _tamanho(texto: str) -> int:
    return (
        int(texto) if texto.isascii() and texto.isdigit() and int(texto[:6]) in TAMANHOS else TAMANHO_PADRAO
    )


def _com(consulta: QueryDict, **mudancas: object) -> str:
    """A mesma lista com algo mudado, sempre de volta à primeira página; nunca vazio, para servir de link."""
    nova = consulta.copy()
    nova.pop("apos", None)
    for nome, valor in mudancas.items():
        nova.pop(nome, None)
        if isinstance(valor, list | tuple):
            nova.setlist(nome, [str(v) for v in valor])
        elif valor not in ("", None):
            nova[nome] = str(valor)
    return f"?{nova.urlencode()}"


def _limpar(consulta: QueryDict) -> str:
    fica = {nome: consulta[nome] for nome in ("ordem", "por") if nome in consulta}
    nova = QueryDict(mutable=True)
    nova.update(fica)
    return f"?{nova.urlencode()}"


def _estado(consulta: QueryDict) -> str:
    """O que a ficha precisa para voltar a esta lista e andar nela."""
    nova = consulta.copy()
    nova.pop("apos", None)
    return nova.urlencode()


def _abas(consulta: QueryDict, filtro: FiltroDeClientes, contagens: Contagens) -> list[dict[str, Any]]:
    escolha = filtro.escolha_de_status
    todos = {
        "rotulo": "Todos",
        "url": _com(consulta, status=""),
        "quantidade": contagens.total,
        "atual": not escolha,
    }
    return [
        todos,
        *(
            {
                "rotulo": situacoes.PLURAIS[status],
                "status": status,
                "url": _com(consulta, status=status),
                "quantidade": contagens.por_status[status],
                "atual": status in escolha,
            }
            for status in situacoes.ORDEM
        ),
    ]


def _ordens(consulta: QueryDict, atual: str) -> list[dict[str, Any]]:
    """As ordens para o menu: no telefone não há cabeçalho de tabela onde clicar."""
    return [
        {
            "rotulo": rotulo,
            "url": _com(consulta, ordem=sentido_natural(chave)),
            "atual": atual.removeprefix("-") == chave,
        }
        for chave, rotulo in ORDENS.items()
    ]


urlpatterns = [
    path("", lista, name="lista"),
    path("hoje/", hoje, name="hoje"),
    path("exportar/", exportar, name="exportar"),
    *montador.urlpatterns,
    *ficha.urlpatterns,
    *historia.urlpatterns,
    *paineis.urlpatterns,
    *pessoas_do_cliente.urlpatterns,
    *atendimentos.urlpatterns,
    *folha_do_cliente.urlpatterns,
    *contatos.urlpatterns,
    *em_aberto.do_cliente_urlpatterns,
    *agendar.urlpatterns,
    *ao_cliente.urlpatterns,
    *cadastro.urlpatterns,
]
