"""Meus clientes: para quem ligar hoje e a carteira inteira, com a URL como estado."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.cache import patch_vary_headers
from django_htmx.http import push_url, trigger_client_event

from atividade.limiares import regra_da_empresa
from atividade.rotulos import fixar
from carteira import colunas
from carteira.contagens_da_lista import Contagens, contar, espera
from carteira.filters import FiltroDeClientes
from carteira.filtros.opcoes import equipes_visiveis
from carteira.formatos import data, numero, plural
from carteira.graficos import situacoes
from carteira.lista_de_clientes import (
    ORDENS,
    montar_linhas,
    ordem_pedida,
    para_a_pagina,
    sentido_natural,
)
from carteira.paginacao import Cursor, paginar
from carteira.referencias import Referencias
from carteira.web import (
    agendar,
    ao_cliente,
    atendimentos,
    cadastro,
    carteiras_da_ficha,
    contatos,
    credito,
    em_aberto,
    ficha,
    folha_do_cliente,
    historia,
    lgpd_titular,
    lote,
    lote_de_emails,
    mapa,
    montador,
    paineis,
    paineis_da_lista,
    pessoas_do_cliente,
    visoes,
)
from carteira.web import estado_da_lista as estado
from carteira.web.acesso import exige
from carteira.web.chips import Opcao, chips_de, filtros_em_uso
from carteira.web.estado_da_lista import com, elo_que_muda
from carteira.web.exportar import exportar
from carteira.web.fila import contexto_da_fila, hoje, tem_fila
from carteira.web.listas_filtro import em_edicao
from clientes.canais import com_telefones
from clientes.models import Visao
from clientes.visoes import visoes_de
from contas.models import Papel, Usuario
from contas.papeis import Permissao, pode

LARGURA_DA_MARCA = 40
ANUNCIAR = "X-Anunciar"  # as contagens que chegam depois de um filtro dizem-se a quem ouve a tela


def titulo_da_lista(usuario: Usuario) -> str:
    return "Meus clientes" if usuario.papel == Papel.VENDEDOR else "Clientes"


@exige(Permissao.VER_CLIENTES)
def lista(request: HttpRequest) -> HttpResponse:
    """A página inteira, o miolo `#lista` (htmx), só as próximas linhas (`Carregar mais`) ou só as contagens."""
    acertou = estado.acertar_colunas(request)
    if request.htmx and request.htmx.target == "mais":
        return _resposta(request, "clientes/_mais.html", contexto_das_linhas(request))
    if request.htmx and request.htmx.target == "contagens":
        return _so_contagens(request)
    guardadas = visoes_de(request.user)
    destino = com(request.GET) if acertou else _da_visao_padrao(request, guardadas)
    if destino and not request.htmx:
        return redirect(f"{reverse('clientes:lista')}{destino}")
    contexto = contexto_da_lista(request)
    contexto |= visoes.contexto_das_visoes(request, guardadas, contexto["consulta_para_guardar"])
    if request.htmx and request.htmx.target == "lista":
        resposta = _resposta(request, "clientes/_lista.html", contexto)
        if contexto["contagens"]:
            _anunciar(resposta, contexto["contagens"])
        if acertou:
            push_url(resposta, f"{request.path}{destino}")
        return resposta
    if tem_fila(request.user) and "em_edicao" not in contexto:
        contexto |= contexto_da_fila(request, contexto["referencias"])
    return _resposta(request, "clientes/lista.html", contexto)


def _so_contagens(request: HttpRequest) -> HttpResponse:
    """O que a lista grande não esperou: os números, cada um no seu lugar da tela."""
    filtro = _filtro(request, Referencias.de(request.user))
    contagens = contar(filtro)
    ha_mais = "apos" in request.GET or contagens.na_lista > estado.tamanho_de(request.GET.get("por", ""))
    contexto = {"filtro": filtro, "ha_mais": ha_mais, **_dos_numeros(request, filtro, contagens)}
    resposta = _resposta(request, "clientes/_contagens.html", contexto)
    if ANUNCIAR in request.headers:
        _anunciar(resposta, contagens)
    return resposta


def _anunciar(resposta: HttpResponse, contagens: Contagens) -> None:
    trigger_client_event(resposta, "anunciar", contagem_em_palavras(contagens.na_lista))


def _resposta(request: HttpRequest, modelo: str, contexto: dict[str, Any]) -> HttpResponse:
    resposta = render(request, modelo, contexto)
    estado.lembrar_densidade(request, resposta)
    patch_vary_headers(resposta, ["HX-Request", "HX-Target"])
    return resposta


def _da_visao_padrao(request: HttpRequest, guardadas: list[Visao]) -> str:
    """Para onde vai quem abre a lista sem pedir nada e escolheu uma visão: a URL continua a dizer tudo."""
    padrao = next((visao for visao in guardadas if visao.padrao), None)  # type: ignore[attr-defined]
    return visoes.url_da_visao(padrao) if padrao and not request.META["QUERY_STRING"] else ""


def contexto_das_linhas(request: HttpRequest) -> dict[str, Any]:
    """As linhas destes parâmetros e como se mostram; as mesmas consultas para 5 ou para 50 linhas.

    `Carregar mais` não pede outra coisa: as abas e as suas contagens já estão na tela.
    """
    referencias = Referencias.de(request.user)
    fixar(*referencias.em_cena(request.GET.getlist("empresa")))
    filtro = _filtro(request, referencias)
    ordem = ordem_pedida(
        request.GET.get("ordem", ""), request.user, referencias, de_um_dono=filtro.de_um_dono
    )
    cursor = Cursor.de_texto(request.GET.get("apos", ""), ordem.nome)
    tamanho = estado.tamanho_de(request.GET.get("por", ""))
    vistas = colunas.escolhidas(request.GET.getlist("colunas"), request.user)
    clientes = para_a_pagina(filtro.resultado(), vistas)
    pagina = paginar(clientes, ordem, cursor, tamanho)
    linhas = montar_linhas(pagina.linhas, referencias, colunas.precisam(vistas))
    com_telefones(linha.cliente for linha in linhas)
    contexto = {
        "referencias": referencias,
        "filtro": filtro,
        "pagina": pagina,
        "linhas": linhas,
        "ordem": ordem.nome,
        "tamanho": tamanho,
        "colunas": vistas,
        "colunas_proprias": [c.chave for c in vistas] != estado.de_partida(request.user),
        "url_mais": com(request.GET, apos=pagina.proxima) if pagina.proxima else "",
        "url_inicio": com(request.GET) if cursor else "",
        "estado": estado.estado(request.GET),
        "pode_registrar": pode(request.user, Permissao.REGISTRAR_CONTATO),
    }
    return contexto | (em_edicao(request) if estado.EDITANDO in request.GET else {})


def _filtro(request: HttpRequest, referencias: Referencias) -> FiltroDeClientes:
    filtro = FiltroDeClientes(request.GET, usuario=request.user, referencias=referencias)
    filtro.adiantar()
    return filtro


def _dos_numeros(
    request: HttpRequest, filtro: FiltroDeClientes, contagens: Contagens | None
) -> dict[str, Any]:
    """Onde a tela diz quantos; sem contagens ainda, as abas vêm sem número."""
    return {
        "contagens": contagens,
        "abas": _abas(request.GET, filtro, contagens),
        "ha_filtros": bool(estado.filtros(request.GET)),
        "url_ocultos": com(request.GET, ocultos="" if filtro.mostra_ocultos else "on"),
    }


def contexto_da_lista(request: HttpRequest) -> dict[str, Any]:
    """A lista inteira: as linhas, as abas com as contagens, os filtros e as colunas."""
    contexto = contexto_das_linhas(request)
    referencias, filtro, ordem = contexto["referencias"], contexto["filtro"], contexto["ordem"]
    contagens = None if contexto["linhas"] and espera(filtro) else contar(filtro)
    return contexto | {
        **_dos_numeros(request, filtro, contagens),
        "titulo": titulo_da_lista(request.user),
        "anunciar": ANUNCIAR if request.htmx else "",
        "ha_clientes": bool(contexto["linhas"] or (contagens and contagens.total)),
        "em_uso": filtros_em_uso(filtro, request.GET),
        "condicoes": montador.fichas(filtro, request.GET),
        "url_montador": montador.endereco_do_montador(request.GET),
        "outros_parametros": estado.fora_do_formulario(request.GET),
        "equipes": equipes_visiveis(request.user),
        "calculado": calculado_com(referencias),
        "texto_do_vazio": _texto_do_vazio(contagens),
        "url_ritmo": com(request.GET, fora_do_ritmo="" if filtro.quer_fora_do_ritmo else "on"),
        "nome_da_ordem": ORDENS[ordem.removeprefix("-")],
        "chips": chips_de(filtro, request.GET),
        "ordens": _ordens(request.GET, ordem),
        "tamanhos": [(n, com(request.GET, por=n)) for n in estado.TAMANHOS],
        "url_limpar": estado.limpar(request.GET),
        "url_exportar": f"{reverse('clientes:exportar')}{com(request.GET)}",
        "url_da_lista": f"{reverse('clientes:lista')}{com(request.GET)}",
        "pode_exportar": pode(request.user, Permissao.EXPORTAR),
        **_contexto_das_colunas(request, contexto["colunas"], ordem, proprias=contexto["colunas_proprias"]),
        **lote.contexto_da_barra(request),
    }


def _contexto_das_colunas(
    request: HttpRequest, vistas: list[colunas.Coluna], ordem: str, *, proprias: bool
) -> dict[str, Any]:
    """A tabela, o seletor e a densidade."""
    chaves = {coluna.chave for coluna in vistas}
    outras = [coluna for coluna in colunas.visiveis_a(request.user) if coluna.chave not in chaves]
    densidade = estado.densidade_de(request)
    fixas = colunas.NOME.largura + LARGURA_DA_MARCA
    return {
        "coluna_do_nome": colunas.NOME,
        "outras_colunas": [(g, [c for c in outras if c.grupo == g]) for g in colunas.GRUPOS],
        "largura_minima": sum(c.largura for c in vistas) + fixas,
        "largura_no_meio": sum(c.largura for c in vistas if proprias or not c.dispensavel) + fixas,
        "parametros_do_seletor": estado.fora_do_seletor(request.GET),
        "url_sem_colunas": com(request.GET, colunas=""),
        "filtro_da_selecao": estado.so_filtros(request.GET),
        "densidade": densidade,
        "densidades": [
            (nome, com(request.GET, densidade=chave), chave == densidade)
            for chave, nome in estado.DENSIDADES.items()
        ],
        "consulta_para_guardar": estado.para_guardar(
            request.GET, colunas=",".join(c.chave for c in vistas), ordem=ordem, densidade=densidade
        ),
    }


def contagem_em_palavras(clientes: int) -> str:
    """O que o leitor de tela ouve depois de um filtro."""
    return f"{numero(clientes)} {plural(clientes, 'cliente,clientes')}"


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


def _texto_do_vazio(contagens: Contagens | None) -> str:
    """Diz o que há por perto: em outra situação, ou escondido. Lista vazia sempre se conta."""
    if contagens and contagens.total:
        return f"Há {contagens.total} com esses filtros em outras situações."
    if contagens and contagens.ocultos:
        return f"Há {contagens.ocultos} entre os encerrados e fora do perfil."
    return "Tire um filtro ou confira o que foi digitado."


def _abas(consulta: QueryDict, filtro: FiltroDeClientes, contagens: Contagens | None) -> list[dict[str, Any]]:
    escolha = filtro.escolha_de_status
    todos = {
        "rotulo": "Todos",
        "url": com(consulta, status=""),
        "quantidade": contagens and contagens.total,
        "contador": "quantos-todos",
        "atual": not escolha,
    }
    return [
        todos,
        *(
            {
                "rotulo": situacoes.PLURAIS[status],
                "status": status,
                "url": com(consulta, status=status),
                "quantidade": contagens and contagens.por_status[status],
                "contador": f"quantos-{status}",
                "atual": status in escolha,
            }
            for status in situacoes.ORDEM
        ),
    ]


def _ordens(consulta: QueryDict, atual: str) -> list[Opcao]:
    """As ordens para o menu: no telefone não há cabeçalho de tabela onde clicar."""
    elo = elo_que_muda(consulta, "ordem")
    return [
        Opcao(rotulo, elo(sentido_natural(chave)), atual.removeprefix("-") == chave)
        for chave, rotulo in ORDENS.items()
    ]


urlpatterns = [
    path("", lista, name="lista"),
    path("hoje/", hoje, name="hoje"),
    path("exportar/", exportar, name="exportar"),
    *montador.urlpatterns,
    *visoes.urlpatterns,
    *lote.urlpatterns,
    *lote_de_emails.urlpatterns,
    *paineis_da_lista.urlpatterns,
    *mapa.urlpatterns,
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
    *credito.da_ficha,
    *carteiras_da_ficha.urlpatterns,
    *lgpd_titular.urlpatterns,
]
