"""O que toda página mostra em volta do conteúdo; só se calcula quando o template pede."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import Exists, Q
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from carteira.aparelhos import chave_da_pessoa
from carteira.formatos import data
from carteira.ver_como import PERMITIDAS
from carteira.web.fila import tem_fila
from contas.coberturas import em_curso
from contas.escopo import empresas_de
from contas.models import Cobertura, Empresa, Instalacao, Usuario
from contas.papeis import Permissao, pode
from contas.pronta import DIA, ID, Pronta

DIAS_FEED_PARADO = 5


@dataclass(frozen=True)
class _Entrada:
    nome: str
    rota: str
    icone: str
    permissao: Permissao
    no_rodape: str = ""  # nome curto na barra de baixo do celular
    tambem: tuple[str, ...] = ()  # outros caminhos do mesmo lugar
    de_quem_liga: bool = False  # só de quem tem fila


_GRUPOS: tuple[tuple[str, tuple[_Entrada, ...]], ...] = (
    (
        "",
        (
            _Entrada("Hoje", "hoje", "sun", Permissao.REGISTRAR_CONTATO, "Hoje", de_quem_liga=True),
            _Entrada("Clientes", "clientes:lista", "users", Permissao.VER_CLIENTES, "Clientes"),
            _Entrada(
                "Fila de contatos",
                "fila:atender",
                "headset",
                Permissao.REGISTRAR_CONTATO,
                "Fila",
                de_quem_liga=True,
            ),
            _Entrada("Agenda", "agenda:lista", "calendar", Permissao.REGISTRAR_CONTATO, "Agenda"),
            _Entrada(
                "Em aberto", "contatos:em_aberto", "message-square-warning", Permissao.REGISTRAR_CONTATO
            ),
            _Entrada("Listas de trabalho", "listas:indice", "layout-list", Permissao.VER_CLIENTES),
        ),
    ),
    (
        "Gestão",
        (
            _Entrada("Painel", "painel:painel", "target", Permissao.VER_COMPOSICAO),
            _Entrada(
                "Composição da carteira",
                "composicao:painel",
                "chart-pie",
                Permissao.VER_COMPOSICAO,
                "Composição",
            ),
            _Entrada("Resultados", "resultados:reativados", "circle-check", Permissao.VER_COMPOSICAO),
            _Entrada(
                "Checkup",
                "checkup:pagina",
                "activity",
                Permissao.VER_COMPOSICAO,
                tambem=("/positivacao/", "/declinio/"),
            ),
            _Entrada(
                "Migração",
                "migracao:painel",
                "route",
                Permissao.VER_COMPOSICAO,
                tambem=("/dois-relogios/", "/cidades/"),
            ),
            _Entrada("Ciclo de compra", "ciclo:pagina", "timer", Permissao.VER_COMPOSICAO),
            _Entrada("Crédito e risco", "credito:painel", "wallet", Permissao.VER_CREDITO),
            _Entrada("Fornecedores", "fornecedores:lista", "package", Permissao.VER_CREDITO),
            _Entrada(
                "Relatórios",
                "relatorios:indice",
                "file-text",
                Permissao.VER_CLIENTES,
                tambem=("/relatorio-de-risco/",),
            ),
        ),
    ),
    (
        "Equipe",
        (
            _Entrada("Carteiras", "carteiras:inicio", "arrow-up-down", Permissao.VER_CARTEIRAS),
            _Entrada("Recados", "recados:lista", "send", Permissao.ENVIAR_RECADOS),
            _Entrada("Roteiros", "roteiros:lista", "sticky-note", Permissao.EDITAR_ROTEIROS),
            _Entrada("Retorno dos avisos", "retorno:pagina", "trending-up", Permissao.VER_COMPOSICAO),
            _Entrada("Prova da fila", "prioridade:pagina", "flask-conical", Permissao.AVALIAR_PRIORIDADE),
        ),
    ),
    (
        "Administração",
        (
            _Entrada(
                "Configurar atividade",
                "atividade:configurar",
                "sliders-horizontal",
                Permissao.CONFIGURAR_ATIVIDADE,
                "Atividade",
            ),
            _Entrada("Importar dados", "importacao:enviar", "upload", Permissao.IMPORTAR, "Importar"),
            _Entrada("Higienização", "higienizacao:fila", "circle-check", Permissao.HIGIENIZAR),
            _Entrada(
                "Pessoas e equipes",
                "pessoas:lista",
                "user-check",
                Permissao.GERIR_PESSOAS,
                tambem=("/equipes/",),
            ),
            _Entrada("Catálogos", "catalogos:inicio", "list", Permissao.ESCREVER_CONTRA_ARGUMENTOS),
            _Entrada("Regras de aviso", "avisos_regras:lista", "bell", Permissao.GERIR_AVISOS),
            _Entrada("Operação", "operacao:pagina", "activity", Permissao.VER_ROTINAS),
            _Entrada("Rotinas", "rotinas:lista", "history", Permissao.VER_ROTINAS),
            _Entrada("Mensagens", "mensagens:lista", "mail", Permissao.VER_MENSAGENS),
            _Entrada("Webhooks", "webhooks:lista", "network", Permissao.GERIR_WEBHOOKS),
            _Entrada("Tokens da API", "tokens:todos", "key-round", Permissao.GERIR_PESSOAS),
            _Entrada("Auditoria", "auditoria:lista", "shield-check", Permissao.VER_AUDITORIA),
            _Entrada("Dados pessoais", "lgpd:declaracao", "lock", Permissao.CUIDAR_DE_TITULARES),
        ),
    ),
)

# O que é de quem vende se diz na primeira pessoa.
_DO_VENDEDOR = {"clientes:lista": "Meus clientes", "painel:painel": "Meu painel"}


def menu(request: HttpRequest) -> dict[str, object]:
    """`menu`: grupos que a pessoa pode abrir; `barra_de_baixo`: até quatro lugares no celular."""
    grupos = SimpleLazyObject(lambda: _grupos(request))
    frescor = SimpleLazyObject(lambda: _frescor(request))
    ferias = SimpleLazyObject(lambda: _ferias(request, frescor))
    return {
        "menu": grupos,
        "barra_de_baixo": SimpleLazyObject(lambda: _barra_de_baixo(grupos)),
        "frescor": frescor,
        "coberturas": SimpleLazyObject(lambda: [c for c in ferias if c.substituto_id == request.user.pk]),
        "ausencias": SimpleLazyObject(lambda: [c for c in ferias if c.ausente_id == request.user.pk]),
    }


def _ferias(request: HttpRequest, frescor: Any) -> list[Cobertura]:
    """As coberturas de hoje da pessoa; na página inteira, quem não está em nenhuma (quase todos) não custa consulta.

    Num pedaço de página ninguém lê o frescor: perguntar só pelas férias custa a terça parte.
    """
    if not getattr(request, "htmx", False) and not frescor.get("ferias"):
        return []
    dela = Q(ausente=request.user) | Q(substituto=request.user)
    return list(em_curso(timezone.localdate()).filter(dela).order_by("pk"))


def _grupos(request: HttpRequest) -> list[dict[str, Any]]:
    usuario = getattr(request, "user", None)
    if usuario is None or not usuario.is_authenticated:
        return []
    grupos = []
    for titulo, entradas in _GRUPOS:
        itens = [
            item for e in entradas if pode(usuario, e.permissao) and (item := _item(e, request, usuario))
        ]
        if itens:
            grupos.append({"titulo": titulo, "itens": itens})
    return grupos


def _item(entrada: _Entrada, request: HttpRequest, usuario: Usuario) -> dict[str, Any] | None:
    """Um lugar do menu; sem a rota, ele não aparece."""
    if entrada.de_quem_liga and not tem_fila(usuario):
        return None
    if usuario.olhado_por and entrada.rota not in PERMITIDAS:
        return None
    if (url := _url(entrada.rota, get_script_prefix())) is None:
        return None
    nome = _DO_VENDEDOR.get(entrada.rota, entrada.nome) if usuario.papel == "vendedor" else entrada.nome
    return {
        "nome": nome,
        "url": url,
        "icone": entrada.icone,
        "curto": entrada.no_rodape,
        "atual": request.path.startswith((url, *entrada.tambem)),
        "quantidade": None,
    }


@cache
def _url(rota: str, prefixo: str) -> str | None:
    """O endereço do lugar, que não muda enquanto o processo vive: são duas dúzias a cada página."""
    try:
        return reverse(rota)
    except NoReverseMatch:
        return None


def _barra_de_baixo(grupos: Any) -> list[dict[str, Any]]:
    return [item for grupo in grupos for item in grupo["itens"] if item["curto"]][:4]


def _empresas(usuario: Usuario, hoje: dt.date) -> Any:
    """As que a pessoa vê, e se ela está em alguma cobertura de férias hoje."""
    dela = Cobertura.objects.filter(Q(ausente=usuario.pk) | Q(substituto=usuario.pk))
    de_ferias = Exists(dela.filter(periodo__contains=hoje))
    return empresas_de(usuario).select_related("parametros").annotate(ferias=de_ferias).order_by("codigo")


_EMPRESAS = Pronta(lambda pessoa, hoje: _empresas(Usuario(pk=pessoa), hoje), ID, DIA)
_INSTALACAO = Pronta(lambda: Instalacao.objects.filter(pk=1))


def _frescor(request: HttpRequest) -> dict[str, Any]:
    """Até quando vão os pedidos que a pessoa está vendo, e o que há de errado com isso."""
    usuario = getattr(request, "user", None)
    if usuario is None or not usuario.is_authenticated:
        return {}
    hoje = timezone.localdate()
    empresas = list(_empresas(usuario, hoje)) if usuario.olhado_por else _EMPRESAS(usuario.pk, hoje)
    calculadas = [e for e in empresas if e.referencia]
    ferias = any(e.ferias for e in empresas)
    if not calculadas:
        sem = {"texto": "Ainda sem cálculo", "parado": False, "passado": None, "ferias": ferias}
        return sem if empresas else {}
    pior = min(calculadas, key=lambda e: e.pedidos_ate or dt.date.min)
    return {
        "texto": _texto_do_frescor(pior),
        "empresa": pior.nome if len(empresas) > 1 else "",
        "pedidos_ate": pior.pedidos_ate,
        "referencia": pior.referencia,
        "parado": _parado(pior),
        "passado": next((e for e in calculadas if e.consulta_passada), None),
        "ferias": ferias,
    }


def _texto_do_frescor(empresa: Empresa) -> str:
    partes = [f"Pedidos até {data(empresa.pedidos_ate, '%d/%m')}" if empresa.pedidos_ate else "Sem pedidos"]
    if empresa.calculada_em:
        partes.append(f"calculado em {timezone.localtime(empresa.calculada_em):%d/%m, %H:%M}")
    else:
        partes.append(f"carteira de {data(empresa.referencia, '%d/%m')}")
    return " · ".join(partes)


def _parado(empresa: Empresa) -> bool:
    """Os pedidos deixaram de chegar: a carteira mostrada pode estar velha."""
    if empresa.pedidos_ate is None or empresa.consulta_passada:
        return False
    limite = getattr(getattr(empresa, "parametros", None), "dias_feed_parado", DIAS_FEED_PARADO)
    return (timezone.localdate() - empresa.pedidos_ate).days > limite


def instalacao(request: HttpRequest) -> dict[str, object]:
    """A instalação (demonstração ou de verdade) e o tema escolhido, lido do cookie para não piscar."""
    tema = request.COOKIES.get("tema", "")
    return {
        "instalacao": SimpleLazyObject(lambda: next(iter(_INSTALACAO()), None) or Instalacao()),
        "tema": tema if tema in ("claro", "escuro") else "",
        "emails_saem": bool(settings.EMAIL_URL),
    }


def aparelho(request: HttpRequest) -> dict[str, object]:
    """O nome com que o aparelho guarda o dia e os contatos sem sinal desta pessoa; vazio para quem não liga."""
    usuario = getattr(request, "user", None)
    guarda = usuario is not None and usuario.is_authenticated and tem_fila(usuario) and not usuario.olhado_por
    return {"aparelho": chave_da_pessoa(usuario) if guarda else ""}
