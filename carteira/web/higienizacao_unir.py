"""Dois cadastros lado a lado: escolhe-se campo a campo, vê-se o que vai junto, e une-se; depois, separa-se."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from atividade.models import Indicadores
from carteira.formatos import data, documento, moeda, telefone
from carteira.fusoes import separar_clientes, unir_clientes
from carteira.web.acesso import cliente_visivel, exige
from carteira.web.higienizacao import POR_PAGINA, abas
from carteira.web.nomes_em_planilha import LOTE, exportacoes, levar
from clientes import fusao_campos, fusao_linhas
from clientes.canais import escondidos_de
from clientes.ceps import cep_valido
from clientes.fusao import FusaoRecusada, por_que_nao_desfaz, recusar_par
from clientes.models import Categoria, Cliente, Fusao, ItemDePedido
from contas.models import Usuario
from contas.papeis import Permissao
from relatorios.planilhas import Coluna

# O que a pessoa reconhece pelo nome (um,muitos); as outras tabelas vão juntas sem se dizer.
_NA_PREVIA = {
    "clientes_pedido.cliente_id": "pedido,pedidos",
    "clientes_titulo.cliente_id": "título,títulos",
    "clientes_notafiscal.cliente_id": "nota fiscal,notas fiscais",
    "clientes_orcamento.cliente_id": "orçamento,orçamentos",
    "clientes_atendimento.cliente_id": "atendimento,atendimentos",
    "clientes_contato.cliente_id": "contato,contatos",
    "clientes_agendamento.cliente_id": "compromisso,compromissos",
    "clientes_pessoadecontato.cliente_id": "pessoa de contato,pessoas de contato",
    "clientes_pitch.cliente_id": "pitch,pitches",
    "clientes_membrodalista.cliente_id": "lista de trabalho,listas de trabalho",
    "notificacoes_itemdemensagem.cliente_id": "aviso,avisos",
}
_GUARDADAS = {
    "clientes_periododecarteira.cliente_id": "período de dono,períodos de dono",
    "atividade_mudancastatus.cliente_id": "mudança de status,mudanças de status",
    "atividade_limiar.cliente_id": "regra própria de atividade,regras próprias de atividade",
}
COLUNAS_DAS_UNIOES = (
    Coluna("Código do unido"),
    Coluna("Foi unido", largura=36),
    Coluna("Código de quem ficou"),
    Coluna("Ficou", largura=36),
    Coluna("Quando", "data"),
    Coluna("Por", largura=24),
    Coluna("Motivo", largura=40),
    Coluna("Estado"),
    Coluna("Desfeita em", "data"),
    Coluna("Desfeita por", largura=24),
)


@exige(Permissao.HIGIENIZAR)
def unir(request: HttpRequest, pk: int, outro: int) -> HttpResponse:
    """`pk` fica; `outro` passa a ele. O elo "inverter" troca os dois."""
    ficou, absorvido = cliente_visivel(request, pk), cliente_visivel(request, outro)
    erro = ""
    try:
        recusar_par(ficou, absorvido)
        if request.method == "POST":
            escolhas = {e.chave: request.POST.get(e.chave, "") for e in fusao_campos.ESCOLHAS}
            feita = unir_clientes(
                ficou=ficou,
                absorvido=absorvido,
                escolhas=escolhas,
                motivo=request.POST.get("motivo", "")[:200],
                por=request.user,
            )
            messages.success(request, f"{feita.absorvido_nome} agora é {ficou.nome}. Dá para desfazer aqui.")
            return redirect("higienizacao:uniao", feita.pk)
    except FusaoRecusada as recusa:
        erro = str(recusa)
    linhas = fusao_linhas.contar(absorvido.pk)
    numeros = Indicadores.objects.in_bulk([ficou.pk, absorvido.pk])
    contexto = {
        "ficou": ficou,
        "outro": absorvido,
        "ind_ficou": numeros.get(ficou.pk),
        "ind_outro": numeros.get(absorvido.pk),
        "campos": _campos(request.user, ficou, absorvido),
        "iguais": len(fusao_campos.ESCOLHAS) - len(fusao_campos.que_diferem(ficou, absorvido)),
        "vao": [(n, linhas[c]) for c, n in _NA_PREVIA.items() if linhas.get(c)],
        "itens": ItemDePedido.objects.filter(pedido__cliente=absorvido).count(),
        "guardadas": [(n, linhas[c]) for c, n in _GUARDADAS.items() if linhas.get(c)],
        "opostos": set(absorvido.nao_contatar) - set(ficou.nao_contatar),
        "erro": erro,
    }
    return render(request, "higienizacao/unir.html", contexto, status=409 if erro else 200)


def _campos(usuario: Usuario, ficou: Cliente, outro: Cliente) -> list[dict[str, Any]]:
    fechados = {c.pk: escondidos_de(usuario, c) for c in (ficou, outro)}
    return [
        {
            "chave": e.chave,
            "rotulo": e.rotulo,
            "proposta": e.proposta(ficou, outro),
            "ficou": _mostrar(e.chave, ficou, fechados[ficou.pk]),
            "outro": _mostrar(e.chave, outro, fechados[outro.pk]),
            "ambos": e.junta and bool(e.valores(ficou)[0]) and bool(e.valores(outro)[0]),
        }
        for e in fusao_campos.que_diferem(ficou, outro)
    ]


def _mostrar(chave: str, c: Cliente, escondidos: frozenset[str]) -> str:
    """O valor como se lê na ficha; em branco, vazio."""
    if chave in escondidos and getattr(c, chave):
        return "não contatar"
    ditos: dict[str, Any] = {
        "documento": lambda: (
            documento(c.documento) + ("" if c.documento_valido or not c.documento else " (não confere)")
        ),
        "lugar": lambda: "/".join(filter(None, (c.cidade, c.uf))),
        "cep": lambda: f"{c.cep[:5]}-{c.cep[5:]}" if cep_valido(c.cep) else c.cep,
        "segmento": lambda: str(c.segmento or ""),
        "dono": lambda: (
            f"{c.vendedor.nome if c.vendedor else 'sem vendedor'}{f' · {c.equipe}' if c.equipe else ''}"
        ),
        "telefone": lambda: telefone(c.telefone),
        "categoria": lambda: str(Categoria(c.categoria).label),
        "limite_credito": lambda: moeda(c.limite_credito) if c.limite_credito is not None else "",
        "potencial_mensal": lambda: moeda(c.potencial_mensal) if c.potencial_mensal is not None else "",
        "bloqueado": lambda: "sim" if c.bloqueado else "não",
        "fora_do_perfil": lambda: "sim" if c.fora_do_perfil else "não",
        "encerrado": lambda: f"{data(c.encerrado_em)}: {c.encerrado_motivo}" if c.encerrado_em else "",
        "adiado": lambda: f"{data(c.adiado_ate)}: {c.adiado_motivo}" if c.adiado_ate else "",
        "cadastrado_em": lambda: data(c.cadastrado_em) if c.cadastrado_em else "",
        "contato_verificado_em": lambda: data(c.contato_verificado_em) if c.contato_verificado_em else "",
    }
    return str(ditos[chave]() if chave in ditos else getattr(c, chave))


@require_safe
@exige(Permissao.HIGIENIZAR)
def unioes(request: HttpRequest) -> HttpResponseBase:
    feitas = Fusao.objects.visiveis_para(request.user).select_related("ficou", "por", "desfeita_por")
    if "formato" in request.GET:
        return levar(request, "unioes", "Uniões", COLUNAS_DAS_UNIOES, _linhas_das_unioes(feitas))
    contexto = {
        "abas": abas("unioes"),
        "pagina": Paginator(feitas, POR_PAGINA).get_page(request.GET.get("pagina")),
        "exportacoes": exportacoes(request),
    }
    return render(request, "higienizacao/unioes.html", contexto)


def _linhas_das_unioes(feitas: "QuerySet[Any]") -> Iterator[list[Any]]:
    # As linhas guardadas para separar podem ser milhares por união, e não vão na planilha.
    leves = feitas.defer("antes", "campos", "movidas", "alteradas", "guardadas")
    for f in leves.iterator(chunk_size=LOTE):
        em = f.desfeita_em
        yield [
            f.absorvido_codigo, f.absorvido_nome, f.ficou.codigo, f.ficou.nome, timezone.localdate(f.em),
            f.por.nome if f.por else "", f.motivo, "Desfeita" if em else "Em vigor",
            timezone.localdate(em) if em else None, f.desfeita_por.nome if f.desfeita_por else "",
        ]  # fmt: skip


def _fusao(request: HttpRequest, pk: int) -> Fusao:
    visiveis = Fusao.objects.visiveis_para(request.user).select_related("ficou", "empresa", "por")
    fusao: Fusao = get_object_or_404(visiveis, pk=pk)
    return fusao


@require_safe
@exige(Permissao.HIGIENIZAR)
def uniao(request: HttpRequest, fusao: int) -> HttpResponse:
    """O que se uniu, o que passou e o que ficou guardado; e desfazer, enquanto se pode."""
    feita = _fusao(request, fusao)
    contexto = {
        "fusao": feita,
        "passaram": [(n, len(feita.movidas[c])) for c, n in _NA_PREVIA.items() if feita.movidas.get(c)],
        "guardadas": [
            (n, len(feita.guardadas[c.split(".")[0]]))
            for c, n in (_GUARDADAS | _NA_PREVIA).items()
            if feita.guardadas.get(c.split(".")[0])
        ],
        "impede": por_que_nao_desfaz(feita),
    }
    return render(request, "higienizacao/uniao.html", contexto)


@require_POST
@exige(Permissao.HIGIENIZAR)
def separar(request: HttpRequest, fusao: int) -> HttpResponse:
    feita = _fusao(request, fusao)
    try:
        separar_clientes(fusao=feita, por=request.user)
    except FusaoRecusada as recusa:
        messages.error(request, str(recusa))
    else:
        messages.success(request, f"{feita.absorvido_nome} voltou a ser um cliente à parte.")
    return redirect(reverse("higienizacao:uniao", args=[fusao]))


urlpatterns = [
    path("unir/<int:pk>/<int:outro>/", unir, name="unir"),
    path("unioes/", unioes, name="unioes"),
    path("unioes/<int:fusao>/", uniao, name="uniao"),
    path("unioes/<int:fusao>/separar/", separar, name="separar"),
]
