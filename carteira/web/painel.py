"""Meu painel: do que é feita a carteira de um vendedor, quanto dela ele tocou no mês e o que isso deu."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from dateutil.relativedelta import relativedelta
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse

from atividade.giro import Janela, Toque, intocados, valor_por_mes
from atividade.models import Indicadores
from atividade.regras import Marca, Status
from carteira import achados
from carteira.filters import condicao_da_marca
from carteira.painel import MESES, Desempenho, Periodo, desempenhos, somar
from carteira.referencias import Referencias
from carteira.web.acesso import exige
from carteira.web.nomes_em_planilha import exportacoes, levar_clientes
from carteira.web.relatorios_arquivos import como_levar
from contas.alcada import vendedores_da_alcada
from contas.models import MembroDeEquipe, MetaMensal, Papel, Usuario
from contas.papeis import Permissao, pode
from relatorios.composicao import NA_CONTA, Recorte, linhas, por_situacao
from relatorios.dias import Dias
from relatorios.evolucao import evolucao, mes_atual
from relatorios.periodos import MENSAIS, PERIODOS, ler_dia

# Os dias que o endereço aceita, além de um nome que anda com o tempo: dois dias, ou um mês (`Pedido.periodo`).
DIAS_DO_PERIODO = Dias(certos=(("de", "ate"), ("mes",)))
NOMES_POR_PAGINA = 50
MESES_DE_VALOR = 12


class Pedido:
    """Quem olha, de quem, e que dias: tudo na URL."""

    def __init__(self, usuario: Usuario, consulta: QueryDict) -> None:
        self.usuario, self.consulta = usuario, consulta
        self.referencias = Referencias.de(self.usuario)
        self.empresas = list(self.referencias.empresas)

    @cached_property
    def alcada(self) -> list[Usuario]:
        """Os vendedores que esta pessoa pode ver, pelo nome."""
        return list(vendedores_da_alcada(self.usuario, self.referencias.hoje).order_by("nome_chave", "pk"))

    @cached_property
    def vendedor(self) -> Usuario | None:
        """O vendedor da página: o próprio, ou o pedido; fora da alçada é como se não existisse."""
        proprio = str(self.usuario.pk) if self.usuario.papel == Papel.VENDEDOR else ""
        pedido = self.consulta.get("vendedor") or proprio
        if proprio and pedido != proprio:
            raise Http404
        if not pedido:
            return None
        achado = next((p for p in self.alcada if str(p.pk) == pedido), None)
        if achado is None:
            raise Http404
        return achado

    @cached_property
    def periodo(self) -> Periodo:
        """O mês da URL, dois dias, ou o mês da carteira mostrada; o que não se entende é este mês."""
        hoje = self.referencias.hoje
        de, ate = (ler_dia(self.consulta.get(n, "")) for n in ("de", "ate"))
        if de and ate and (livre := Periodo.entre(de, ate, hoje)):
            return livre
        mes = ler_dia(f"{self.consulta.get('mes', '')}-01")
        ultimo = max(self.referencias.por_data, default=hoje)
        return Periodo.do_mes(mes, hoje) if mes else self._com_nome(ultimo, hoje)

    def _com_nome(self, ultimo: date, hoje: date) -> Periodo:
        """O que anda com o tempo, como os outros relatórios o dizem; sem nome, este mês."""
        pedido = self.consulta.get("periodo", "")
        nome = pedido if pedido in PERIODOS else "mes"
        de, ate = PERIODOS[nome][1](ultimo)
        livre = Periodo.entre(de, ate, hoje) if nome not in MENSAIS else None
        return livre or Periodo.do_mes(de, hoje)

    @property
    def periodo_recusado(self) -> bool:
        """Pediram dias que não fazem um período: a tela diz, e mostra o mês."""
        return bool(self.consulta.get("de") or self.consulta.get("ate")) and self.periodo.mensal

    @cached_property
    def desempenhos(self) -> list[Desempenho]:
        """O do vendedor pedido ou os da alçada, lidos uma vez: a página, o papel e a planilha dizem os mesmos."""
        pessoas = [self.vendedor] if self.vendedor else self.alcada
        equipes = _equipes_de(pessoas, self.referencias.hoje)
        return desempenhos(pessoas, self.empresas, self.periodo, equipes)

    def elo(self, rota: str = "painel:painel", **mudancas: object) -> str:
        consulta: dict[str, object] = dict(self.periodo.parametros)
        if self.usuario.papel != Papel.VENDEDOR and self.vendedor:
            consulta["vendedor"] = self.vendedor.pk
        consulta |= mudancas
        return f"{reverse(rota)}?{urlencode({k: v for k, v in consulta.items() if v != ''})}"


@exige(Permissao.VER_COMPOSICAO)
def painel(request: HttpRequest) -> HttpResponse:
    """O do vendedor, ou os da equipe lado a lado."""
    pedido = Pedido(request.user, request.GET)
    molde, contexto = da_tela(pedido)
    return render(request, molde, contexto | como_levar(request, "painel"))


def da_tela(pedido: Pedido) -> tuple[str, dict[str, Any]]:
    """O molde e os números: os mesmos na tela e no papel."""
    if pedido.vendedor is None:
        return "painel/equipe.html", _comum(pedido) | _da_equipe(pedido)
    return "painel/vendedor.html", _comum(pedido) | _do_vendedor(pedido, pedido.vendedor)


def _comum(pedido: Pedido) -> dict[str, Any]:
    periodo, usuario = pedido.periodo, pedido.usuario
    antes, depois = periodo.vizinhos
    return {
        "pedido": pedido,
        "periodo": periodo,
        "vendedor": pedido.vendedor,
        "da_propria": pedido.usuario.papel == Papel.VENDEDOR,
        "elo_antes": _do_mes(pedido, antes),
        "elo_depois": _do_mes(pedido, depois) if depois else "",
        "pode_exportar": pode(usuario, Permissao.EXPORTAR),
        "exportacoes": [(f.upper(), pedido.elo("painel:exportar", formato=f)) for f in ("csv", "xlsx")],
        "define_metas": pode(usuario, Permissao.DEFINIR_METAS),
        "url_metas": f"{reverse('painel:metas')}?mes={periodo.janela.de:%Y-%m}",
        "ve_como": pode(usuario, Permissao.VER_COMO),
    }


def _do_mes(pedido: Pedido, mes: str) -> str:
    consulta: dict[str, object] = {"mes": mes}
    if pedido.usuario.papel != Papel.VENDEDOR and pedido.vendedor:
        consulta["vendedor"] = pedido.vendedor.pk
    return f"{reverse('painel:painel')}?{urlencode(consulta)}"


def _equipes_de(pessoas: Sequence[Usuario], hoje: date) -> dict[int, str]:
    participacoes = MembroDeEquipe.objects.filter(usuario__in=pessoas, periodo__contains=hoje)
    return dict(participacoes.values_list("usuario", "equipe__nome"))


def _da_equipe(pedido: Pedido) -> dict[str, Any]:
    todos = pedido.desempenhos
    equipes = sorted({d.equipe for d in todos if d.equipe})
    return {
        "desempenhos": [(d, pedido.elo(vendedor=d.pessoa.pk)) for d in todos if d.pessoa],
        "total": somar(todos, pedido.periodo),
        "por_equipe": [
            (nome, somar([d for d in todos if d.equipe == nome], pedido.periodo)) for nome in equipes
        ]
        if len(equipes) > 1
        else [],
        "ha_metas": any(d.meta for d in todos),
    }


# ── Um vendedor ──────────────────────────────────────────────────────────────


def _do_vendedor(pedido: Pedido, vendedor: Usuario) -> dict[str, Any]:
    (desempenho,) = pedido.desempenhos
    recorte = Recorte(vendedor=(str(vendedor.pk),))
    carteira = por_situacao(linhas(pedido.usuario, recorte))
    return {
        "d": desempenho,
        "graficos": [_grafico(desempenho, toque, nome) for toque, nome in _TOQUES],
        "carteira": carteira,
        "situacoes": [
            (
                s.value,
                carteira.fatia(s),
                carteira.porcento(s),
                carteira.porcento_valor(s),
                _lista(pedido, status=s),
            )
            for s in NA_CONTA
        ],
        "partes": [
            {"status": s, "clientes": carteira.fatia(s).clientes, "valor": carteira.fatia(s).valor}
            for s in NA_CONTA
        ],
        "elo_sem_contato": pedido.elo("painel:intocados", toque=Toque.CONTATO.value),
        "elo_sem_compra": pedido.elo("painel:intocados", toque=Toque.COMPRA.value),
        "recuperados": _recuperados(pedido, recorte),
        "elo_recuperados": _lista(pedido, status=Status.ATIVO, marca=Marca.RECUPERADO),
        **_da_tendencia(pedido, recorte, carteira),
        **_do_valor(pedido, vendedor),
    }


_TOQUES = ((Toque.CONTATO, "Giro de carteira"), (Toque.COMPRA, "Positivação"))


def _grafico(d: Desempenho, toque: Toque, nome: str) -> dict[str, Any]:
    """Uma curva do período, com os números que ela desenha para quem prefere a tabela."""
    meta = getattr(d.meta, {Toque.CONTATO: "giro", Toque.COMPRA: "positivacao"}[toque]) if d.meta else None
    serie, anterior = d.giro.curva(toque, d.periodo.visto), d.antes.curva(toque, d.periodo.anterior)
    antes = d.antes.clientes > 0
    return {
        "nome": nome,
        "toque": toque.value,
        "serie": serie if d.giro.clientes else [],
        "anterior": anterior if antes else [],
        "meta": meta,
        "dias": len(d.periodo.janela.dias),
        "linhas": [
            (dia, d.giro.toques.get(toque, {}).get(dia, 0), d.giro.tocados(toque, dia), valor)
            for dia, valor in zip(d.periodo.visto.dias, serie, strict=True)
        ],
    }


def _lista(pedido: Pedido, **filtros: object) -> str:
    """A lista de clientes deste vendedor com um filtro."""
    dele = (
        {"vendedor": pedido.vendedor.pk} if pedido.vendedor and pedido.usuario.papel != Papel.VENDEDOR else {}
    )
    return f"{reverse('clientes:lista')}?{urlencode(dele | {k: str(v) for k, v in filtros.items()})}"


def _recuperados(pedido: Pedido, recorte: Recorte) -> int:
    """Quem leva hoje a marca de recuperado: voltou a comprar há pouco, depois de ter sido inativo."""
    marcados = pedido.referencias.condicao(lambda dia: condicao_da_marca(Marca.RECUPERADO, dia))
    return linhas(pedido.usuario, recorte).filter(marcados).count()


def _da_tendencia(pedido: Pedido, recorte: Recorte, carteira: Any) -> dict[str, Any]:
    """Doze fins de mês e hoje, dos retratos guardados."""
    referencia = max(
        (e.referencia for e in pedido.referencias.empresas.values() if e.referencia), default=None
    )
    if referencia is None or not carteira.todos:
        return {"colunas": []}
    hoje = max(referencia, pedido.referencias.hoje)
    atual = mes_atual(
        referencia,
        {s: carteira.fatia(s).clientes for s in NA_CONTA},
        {s: carteira.fatia(s).valor for s in NA_CONTA},
    )
    meses = [*evolucao(pedido.usuario, recorte, referencia, hoje), atual]
    titulo, texto = achados.da_evolucao(meses)
    return {
        "tendencia_titulo": titulo,
        "tendencia_texto": texto,
        "meses": meses,
        "colunas": [
            {"rotulo": _rotulo(m.data, i), **{s.value: m.clientes.get(s, 0) for s in NA_CONTA}}
            for i, m in enumerate(meses)
        ],
    }


def _rotulo(mes: date, posicao: int) -> str:
    """jan 26, fev, mar…: janeiro e o primeiro dizem o ano."""
    ano = f" {mes:%y}" if mes.month == 1 or posicao == 0 else ""
    return f"{MESES[mes.month - 1][:3]}{ano}"


def _do_valor(pedido: Pedido, vendedor: Usuario) -> dict[str, Any]:
    """O valor de doze meses que terminam no do período, com a meta de cada um."""
    ate = pedido.periodo.visto.ate
    de = ate.replace(day=1) - relativedelta(months=MESES_DE_VALOR - 1)
    valores = valor_por_mes([vendedor.pk], pedido.empresas, Janela(de, ate))[vendedor.pk]
    metas = dict(
        MetaMensal.objects.filter(vendedor=vendedor, mes__range=(de, ate)).values_list("mes", "valor")
    )
    meses = [de + relativedelta(months=n) for n in range(MESES_DE_VALOR)]
    return {
        "valores": [
            (mes, _rotulo(mes, i), valores.get(mes, Decimal(0)), metas.get(mes))
            for i, mes in enumerate(meses)
        ],
        "ha_valor": any(valores.values()),
    }


# ── Quem ficou sem tocar ─────────────────────────────────────────────────────


@exige(Permissao.VER_COMPOSICAO)
def sem_tocar(request: HttpRequest) -> HttpResponseBase:
    """Os nomes atrás do que faltou, do maior valor para o menor; de um vendedor por vez."""
    pedido = Pedido(request.user, request.GET)
    if pedido.vendedor is None:  # de quem? escolhe-se no painel da equipe
        return redirect(pedido.elo())
    toque = Toque.COMPRA if request.GET.get("toque") == Toque.COMPRA else Toque.CONTATO
    ids = intocados(pedido.vendedor.pk, pedido.empresas, pedido.periodo.visto, toque)
    clientes = Indicadores.objects.visiveis_para(pedido.usuario).filter(pk__in=ids)
    clientes = clientes.select_related("cliente").order_by("-valor_12m", "pk")
    if request.GET.get("formato"):
        return levar_clientes(request, f"sem-{toque.value}", f"Sem {toque.value}", clientes)
    pagina = Paginator(clientes, NOMES_POR_PAGINA).get_page(request.GET.get("pagina"))
    contexto = _comum(pedido) | {
        "pagina": pagina,
        "toque": toque.value,
        "de_outros": len(ids) - pagina.paginator.count,
        "abas": [
            {
                "rotulo": rotulo,
                "url": pedido.elo("painel:intocados", toque=t.value),
                "atual": t == toque,
                "quantidade": None,
            }
            for t, rotulo in ((Toque.CONTATO, "Sem contato"), (Toque.COMPRA, "Sem compra"))
        ],
        "elo_da_lista": _elo_da_lista(pedido, toque),
        "exportacoes": exportacoes(request),
        "voltar": pedido.elo(),
    }
    return render(request, "painel/intocados.html", contexto)


def _elo_da_lista(pedido: Pedido, toque: Toque) -> str:
    """A mesma pergunta na lista de clientes, com todos os filtros dela; só quando o período chega a hoje."""
    if pedido.periodo.visto.ate < pedido.referencias.hoje:
        return ""
    dias = (pedido.referencias.hoje - pedido.periodo.janela.de).days
    if toque == Toque.CONTATO:
        return _lista(pedido, sem_contato=dias + 1)
    return _lista(pedido, sem_comprar=dias)


urlpatterns = [
    path("", painel, name="painel"),
    path("sem-tocar/", sem_tocar, name="intocados"),
]
