"""O miolo de cada célula da lista: uma função por coluna, que recebe a linha e devolve HTML.

O farol é sempre forma, palavra e dica; o que não há diz-se vazio, também a quem ouve.
"""

from functools import lru_cache
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from atividade.rotulos import NOMES
from carteira import formatos
from carteira.caminhos import caminho
from carteira.formatos import data, ha_dias, moeda, moeda_curta, numero, plural
from carteira.graficos import ritmo as barra_de_ritmo
from carteira.graficos import situacoes
from carteira.graficos.barras import faisca
from carteira.mapa import rotas_ate
from carteira.marcacao import escapar, format_html
from carteira.templatetags.carteira import abc as letra_abc
from carteira.templatetags.carteira import icone, sinal, var
from carteira.templatetags.carteira import tendencia as seta
from clientes.situacao_cadastral import SituacaoCadastral, faltas_de, situacao_de

Linha = Any


@lru_cache(maxsize=128, typed=True)
def vazio(texto: str = "") -> SafeString:
    """O travessão de sempre, com o que falta dito a quem ouve."""
    return format_html('<span class="tenue">–<span class="sr"> {}</span></span>', texto or "vazio")


def farol(
    linha: Linha, nome_do_icone: str, palavra: str, dica: str, painel: str, tom: str = ""
) -> SafeString:
    """Forma, palavra e dica; abre o painel do assunto num diálogo, ou a página dele sem JavaScript."""
    endereco, dito = escapar(painel), escapar(dica)
    return SafeString(  # nosec B703 # textos escapados
        f'<a class="farol {tom}" href="{endereco}" hx-get="{endereco}" hx-target="#dialogo" title="{dito}">'
        f"{icone(nome_do_icone, 'p')}<span>{escapar(palavra)}</span>"
        f'<span class="sr">: {dito}. {escapar(linha.cliente.nome)}</span></a>'
    )


def _painel(linha: Linha, rota: str, consulta: str = "") -> str:
    return f"{caminho(f'clientes:{rota}', linha.cliente.pk)}{consulta}"


def _conta(n: int, formas: str) -> str:
    return f"{numero(n)} {plural(n, formas)}"


def _com_sub(cima: Any, baixo: Any) -> SafeString:
    sub = f'<span class="sub">{escapar(baixo)}</span>' if baixo else ""
    return SafeString(f"{escapar(cima)}{sub}")  # nosec B703 # partes escapadas


def ler_de(caminho: str) -> Any:
    """O leitor de um atributo da linha ("cliente.perfil"); o que falta no meio do caminho é nada."""

    def ler(linha: Linha) -> Any:
        valor = linha
        for parte in caminho.split("."):
            valor = getattr(valor, parte, None)
        return valor

    return ler


def texto(caminho: str, falta: str = "") -> Any:
    """Um atributo da linha em texto corrido ("cliente.perfil")."""

    ler = ler_de(caminho)

    def celula(linha: Linha) -> SafeString:
        valor = ler(linha)
        return format_html('<span class="corta" title="{0}">{0}</span>', valor) if valor else vazio(falta)

    return celula


def dinheiro(caminho: str) -> Any:
    ler = ler_de(caminho)

    def celula(linha: Linha) -> SafeString:
        valor = ler(linha)
        return format_html('<span class="forte">{}</span>', moeda(valor)) if valor is not None else vazio()

    return celula


# ── Quem é ───────────────────────────────────────────────────────────────────


def documento(linha: Linha) -> SafeString:
    cliente = linha.cliente
    if not cliente.documento:
        return vazio("sem CPF/CNPJ")
    escrito = format_html('<span class="num">{}</span>', formatos.documento_mascarado(cliente.documento))
    return (
        escrito
        if cliente.documento_valido
        else _com_sub(escrito, sinal("não confere", "aviso", "triangle-alert"))
    )


def telefone(linha: Linha) -> SafeString:
    cliente = linha.cliente
    if "ligacao" in cliente.nao_contatar:
        return sinal("não ligar", "aviso", "ban")
    return (
        format_html("{}", formatos.telefone(cliente.telefone)) if cliente.telefone else vazio("sem telefone")
    )


def mapa(linha: Linha) -> SafeString:
    """A rota até o município do cliente, noutra aba."""
    municipio = linha.cliente.municipio
    if municipio is None:
        return vazio("sem município reconhecido")
    return format_html(
        '<a class="farol" href="{}" target="_blank" rel="noopener noreferrer" title="Rota até {}">{}<span>Rota</span>'
        '<span class="sr"> até {}, em outra aba</span></a>',
        rotas_ate(municipio)["osm"], municipio, icone("map-pin", "p"), linha.cliente.nome,
    )  # fmt: skip


def categoria(linha: Linha) -> SafeString:
    return format_html("{}", linha.categoria.label)


def cadastro(linha: Linha) -> SafeString:
    """Completo, incompleto ou irregular; abre o cadastro a quem o pode mudar."""
    situacao, faltas = situacao_de(linha.cliente), faltas_de(linha.cliente)
    if situacao == SituacaoCadastral.COMPLETA:
        return sinal("completa", "ok", "check")
    irregular = situacao == SituacaoCadastral.IRREGULAR
    partes = (["CPF/CNPJ não confere"] if irregular else []) + (
        [f"falta {', '.join(faltas)}"] if faltas else []
    )
    dica = "; ".join(partes)
    figura, tom = ("triangle-alert", "alerta") if irregular else ("circle-alert", "aviso")
    palavra = "irregular" if irregular else "incompleta"
    return farol(linha, figura, palavra, dica[0].upper() + dica[1:], _painel(linha, "dados"), tom)


def bloqueio(linha: Linha) -> SafeString:
    if not linha.cliente.bloqueado:
        return sinal("livre", "ok", "check")
    return farol(linha, "lock", "bloqueado", "Bloqueado para venda", _painel(linha, "pendencias"), "alerta")


# ── O ritmo e o valor ────────────────────────────────────────────────────────


def status(linha: Linha) -> SafeString:
    """O selo, por que ele é este, e as marcas ao lado."""
    ind, cliente = linha.ind, linha.cliente
    marcas = []
    if linha.fora_do_ritmo:
        marcas.append(sinal("fora do ritmo", "aviso", "clock"))
    elif linha.marca:
        marcas.append(format_html('<span class="sinal">{}</span>', NOMES.get(linha.marca, "")))
    if cliente.encerrado_em:
        marcas.append(sinal("encerrado", "alerta", "ban"))
    elif cliente.fora_do_perfil:
        marcas.append(sinal("fora do perfil", "", "ban"))
    if cliente.bloqueado:
        marcas.append(sinal("bloqueado", "alerta", "lock"))
    return SafeString(  # nosec B703 # o que é texto vem escapado
        f'<button class="porque" type="button" popovertarget="pq-{ind.pk}">{situacoes.selo(ind.status)}'
        f'<span class="sr">: por quê</span></button>'
        f'<span class="porque-cx" id="pq-{ind.pk}" popover>{escapar(linha.por_que)}</span>{"".join(marcas)}'
    )


def inatividade(linha: Linha) -> SafeString:
    """A mesma situação em luz: a forma, a palavra e desde (ou até) quando."""
    ind = linha.ind
    nome = NOMES[ind.status]
    if ind.inativo_em is None:
        return format_html(
            '<span class="farol {}">{}<span>{}</span></span>',
            situacoes.classe(ind.status),
            situacoes.glifo(ind.status),
            nome,
        )
    passou = ind.inativo_em <= linha.referencia
    quando = f"desde {data(ind.inativo_em)}" if passou else f"até {data(ind.inativo_em)}"
    painel = _painel(linha, "historico", "?ver=situacao")
    return format_html(
        '<a class="farol {}" href="{}" hx-get="{}" hx-target="#dialogo" title="{}">{}<span>{}</span>'
        '<span class="sr">: {}</span></a><span class="sub">{}</span>',
        situacoes.classe(ind.status), painel, painel, linha.por_que, situacoes.glifo(ind.status), nome,
        linha.por_que, quando,
    )  # fmt: skip


def ritmo(linha: Linha) -> SafeString:
    return barra_de_ritmo.barra(barra_de_ritmo.de_indicadores(linha.ind, linha.referencia))


def pedido(linha: Linha) -> SafeString:
    if linha.recencia is None:
        return vazio("nunca comprou")
    return _com_sub(data(linha.ind.ultima_compra), ha_dias(linha.recencia))


def contato(linha: Linha) -> SafeString:
    em = linha.ind.ultimo_contato_em
    if em is None:
        return mark_safe('<span class="tenue">nunca</span>')
    return format_html("{}", data(timezone.localdate(em, timezone.get_default_timezone())))


def dias(atributo: str, falta: str) -> Any:
    """Um número de dias, sem casas que ninguém lê."""

    def celula(linha: Linha) -> SafeString:
        valor = getattr(linha, atributo)
        if valor is None:
            return vazio(falta)
        return format_html(
            '{}<span class="tenue"> {}</span>', numero(valor), plural(round(valor), "dia,dias")
        )

    return celula


def vezes(linha: Linha) -> SafeString:
    return (
        format_html("{}×", numero(linha.vezes, 1)) if linha.vezes is not None else vazio("sem ciclo próprio")
    )


def dia(caminho: str, falta: str, ressalva: Any = lambda linha: "") -> Any:
    ler = ler_de(caminho)

    def celula(linha: Linha) -> SafeString:
        valor = ler(linha)
        return _com_sub(data(valor), ressalva(linha)) if valor else vazio(falta)

    return celula


def valor(linha: Linha) -> SafeString:
    variacao = var(linha.variacao) if linha.variacao is not None else seta(linha.tendencia_da_etiqueta)
    return SafeString(  # nosec B703 # números nossos
        f'<span class="forte">{moeda(linha.ind.valor_12m)}</span><span class="sub"><span class="tend">'
        f"{faisca(linha.mensal)}{variacao}</span></span>"
    )


def tendencia(linha: Linha) -> SafeString:
    """Seta e palavra; a porcentagem quando há de que a tirar."""
    palavra = seta(linha.tendencia_da_etiqueta)
    if not linha.tendencia:
        return vazio("sem compras em 180 dias")
    return _com_sub(palavra, f"{numero(linha.variacao)}%" if linha.variacao is not None else "")


def meses(linha: Linha) -> SafeString:
    """O mini-gráfico sozinho, com o maior mês dito em palavras."""
    maior = max(linha.mensal, default=0)
    if not maior:
        return vazio("sem compras em 12 meses")
    com_compra = sum(1 for v in linha.mensal if v)
    dito = f"compras em {_conta(com_compra, 'mês,meses')} de 12, o maior com {moeda_curta(maior)}"
    return format_html(
        '<span title="{0}">{1}<span class="sr">{0}</span></span>', dito, faisca(linha.mensal, 72)
    )


def abc(linha: Linha) -> SafeString:
    return letra_abc(linha.ind.curva_abc)


def rfv(linha: Linha) -> SafeString:
    grupo, ind = linha.grupo_rfv, linha.ind
    if grupo is None:
        return vazio("nunca comprou")
    notas = f"R {ind.rfv_r} · F {ind.rfv_f} · V {ind.rfv_v}"
    return format_html('<span title="{}">{}</span><span class="sub">{}</span>', grupo.dica, grupo.nome, notas)


# ── Os sinais: cada um abre o seu painel ─────────────────────────────────────


def pedidos(linha: Linha) -> SafeString:
    feitos = linha.fatos.pedidos
    if feitos is None:
        return vazio("nenhum pedido em aberto")
    dica = f"{_conta(feitos.quantos, 'pedido em aberto,pedidos em aberto')}, {moeda(feitos.valor)}"
    return farol(linha, "package", numero(feitos.quantos), dica, _painel(linha, "historico", "?ver=pedidos"))


def orcamentos(linha: Linha) -> SafeString:
    p = linha.fatos.pendencias
    if p is None or not p.orcamentos:
        return vazio("nenhum orçamento aberto")
    vence = f", o primeiro vence em {data(p.orcamento_vence_em)}" if p.orcamento_vence_em else ""
    dica = f"{_conta(p.orcamentos, 'orçamento aberto,orçamentos abertos')}, {moeda(p.valor_dos_orcamentos)}{vence}"
    palavra, figura, tom = numero(p.orcamentos), "file-text", ""
    if p.orcamento_vence_logo:
        palavra, figura, tom = f"vence {ha_dias(p.orcamento_vence_em, p.em)}", "clock", "aviso"
    return farol(linha, figura, palavra, dica, _painel(linha, "historico", "?ver=orcamentos"), tom)


def notas(linha: Linha) -> SafeString:
    feitas = linha.fatos.notas
    if feitas is None:
        return vazio("nenhuma nota fiscal")
    dica = f"{_conta(feitas.quantas, 'nota fiscal,notas fiscais')}, a última em {data(feitas.ultima)}"
    return farol(
        linha, "layout-list", numero(feitas.quantas), dica, _painel(linha, "historico", "?ver=notas")
    )


def credito(linha: Linha) -> SafeString:
    p = linha.fatos.pendencias
    if p is None or p.limite is None:
        return vazio("limite de crédito não informado")
    dica = f"{numero(p.uso_do_limite)}% do limite de {moeda(p.limite)} usado, {moeda(p.livre)} livres"
    tom = "aviso" if p.limite_no_fim else ""
    return farol(linha, "wallet", f"{numero(p.uso_do_limite)}%", dica, _painel(linha, "pendencias"), tom)


def titulos(linha: Linha) -> SafeString:
    p = linha.fatos.pendencias
    if p is None or not (p.vencidos or p.a_vencer):
        return vazio("nenhum título em aberto")
    painel = _painel(linha, "historico", "?ver=titulos")
    if p.vencidos:
        dica = f"{moeda(p.valor_vencido)} em atraso, o mais velho há {_conta(p.dias_de_atraso, 'dia,dias')}"
        return farol(linha, "triangle-alert", _conta(p.vencidos, "vencido,vencidos"), dica, painel, "alerta")
    dica = f"{moeda(p.valor_a_vencer)} a vencer, o primeiro em {data(p.vence_em)}"
    figura, tom = ("clock", "aviso") if p.vencem_logo else ("file-text", "")
    return farol(linha, figura, f"{numero(p.a_vencer)} a vencer", dica, painel, tom)


def financeira(linha: Linha) -> SafeString:
    """O farol da ficha, pelas mesmas regras."""
    p, painel = linha.fatos.pendencias, _painel(linha, "pendencias")
    if p is not None and p.vencidos:
        atraso = f"{moeda(p.valor_vencido)} em atraso há {_conta(p.dias_de_atraso, 'dia,dias')}"
        return farol(linha, "triangle-alert", "vencido", atraso, painel, "alerta")
    if p is not None and p.vencem_logo:
        dica = f"{moeda(p.valor_que_vence_logo)} vencem até {data(p.vence_em)}"
        return farol(linha, "clock", "a vencer", dica, painel, "aviso")
    if p is not None and p.limite_no_fim:
        return farol(linha, "wallet", "limite no fim", f"{numero(p.uso_do_limite)}% usado", painel, "aviso")
    return farol(linha, "check", "em dia", "Nada vencido", painel, "ok")


def atendimentos(linha: Linha) -> SafeString:
    p = linha.fatos.pendencias
    if p is None or not p.atendimentos:
        return vazio("nenhum atendimento aberto")
    dica = _conta(p.atendimentos, "atendimento aberto,atendimentos abertos")
    painel = _painel(linha, "atendimentos")
    return farol(linha, "message-square-warning", numero(p.atendimentos), dica, painel, "aviso")


def nao_conformidades(linha: Linha) -> SafeString:
    p = linha.fatos.pendencias
    if p is None or not p.nao_conformidades:
        return vazio("nenhuma não conformidade aberta")
    dica = _conta(p.nao_conformidades, "não conformidade aberta,não conformidades abertas")
    return farol(
        linha, "circle-alert", numero(p.nao_conformidades), dica, _painel(linha, "atendimentos"), "alerta"
    )


def objecoes(linha: Linha) -> SafeString:
    ditas = linha.fatos.objecoes
    if ditas is None:
        return vazio("nenhuma objeção registrada")
    dica = f"A última, em {data(timezone.localdate(ditas.ultima))}: {ditas.nome}"
    return farol(linha, "message-circle", numero(ditas.vezes), dica, _painel(linha, "pitch"))


def agenda(linha: Linha) -> SafeString:
    """Só o dia do próximo contato; vencido diz-se vencido."""
    if linha.proxima is None:
        return vazio("nada combinado")
    figura, tom = ("clock", "alerta") if linha.acao_atrasada else ("calendar", "")
    dica = f"{linha.proxima.get_tipo_display()}{f': {linha.proxima.nota}' if linha.proxima.nota else ''}"
    return farol(linha, figura, linha.quando_da_acao, dica, _painel(linha, "agenda"), tom)


def proxima(linha: Linha) -> SafeString:
    if linha.proxima is not None:
        quando = linha.quando_da_acao
        baixo = sinal(quando, "alerta", "clock") if linha.acao_atrasada else quando
        return _com_sub(format_html('<span class="corta">{}</span>', linha.proxima.get_tipo_display()), baixo)
    if linha.adiado:
        return format_html('<span class="sub">adiado até {}</span>', data(linha.cliente.adiado_ate, "%d/%m"))
    return vazio("nada combinado")
