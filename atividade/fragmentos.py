"""Pedaços de SQL gerados das tabelas de `regras.py`: as faixas se dizem uma vez só."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from atividade.regras import (
    CV_IRREGULAR,
    DIAS_PARA_CICLO_PROPRIO,
    FAIXAS_DE_RITMO,
    FOLGA_DA_TENDENCIA,
    Marca,
    Ritmo,
    Status,
    Tendencia,
)

PASTA = Path(__file__).parent / "sql"


@cache
def ler(nome: str) -> str:
    """O texto de um arquivo de `sql/`."""
    return (PASTA / f"{nome}.sql").read_text(encoding="utf-8")


def status(quase: str, inativo: str, referencia: str = "%(referencia)s::date") -> str:
    """`regras.classificar` em SQL; os dois limites são inclusivos."""
    return (
        f"CASE WHEN {quase} IS NULL OR {inativo} IS NULL THEN '{Status.PROSPECT}' "
        f"WHEN {inativo} <= {referencia} THEN '{Status.INATIVO}' "
        f"WHEN {quase} <= {referencia} THEN '{Status.QUASE_INATIVO}' ELSE '{Status.ATIVO}' END"
    )


def quase_inativo_em(ultima: str, ciclo: str, r: str = "r") -> str:
    """`Regra.limites` em SQL: o dia em que o silêncio depois de `ultima` vira quase inativo.

    `ciclo` é o próprio conhecido em `ultima`, nulo com menos de três dias de compra; `r` é `c_regras`.
    """
    quase = f"least(greatest({r}.cq_min, least(ceil({ciclo} * {r}.cq), {r}.cq_max)), {_dias_ate_inativo(ciclo, r)} - 1)"
    return _por_ciclo_ou_fixo(ultima, ciclo, r, quase, f"({ultima} + {r}.iq)::date - {r}.dq")


def inativo_em(ultima: str, ciclo: str, r: str = "r") -> str:
    """`Regra.limites` em SQL: o dia em que o silêncio depois de `ultima` vira inativo."""
    return _por_ciclo_ou_fixo(ultima, ciclo, r, _dias_ate_inativo(ciclo, r), f"({ultima} + {r}.ii)::date")


def _dias_ate_inativo(ciclo: str, r: str) -> str:
    return f"greatest({r}.ci_min, least(ceil({ciclo} * {r}.ci), {r}.ci_max))"


def _por_ciclo_ou_fixo(ultima: str, ciclo: str, r: str, dias: str, fixo: str) -> str:
    """Regra sem ciclo (ou cliente sem ciclo) cai nos limites fixos sem avaliar o resto."""
    return f"(CASE WHEN {r}.ci IS NULL OR {ciclo} IS NULL THEN {fixo} ELSE {ultima} + ({dias})::int END)"


def intervalos(t: str) -> str:
    """As colunas iq, dq, ii e o ciclo de `c_regras`, a partir das colunas de um limiar."""
    em_meses, mista = f"{t}.periodo_unidade = 'm'", f"{t}.periodo_unidade <> {t}.antecedencia_unidade"
    return (
        f"make_interval(months => CASE WHEN {em_meses} THEN {t}.periodo_n - CASE WHEN {mista} THEN 0 "
        f"ELSE {t}.antecedencia_n END ELSE 0 END, "
        f"days => CASE WHEN {em_meses} THEN 0 ELSE {t}.periodo_n - {t}.antecedencia_n END) AS iq, "
        f"(CASE WHEN {mista} THEN {t}.antecedencia_n ELSE 0 END)::int AS dq, "
        f"make_interval(months => CASE WHEN {em_meses} THEN {t}.periodo_n ELSE 0 END, "
        f"days => CASE WHEN {em_meses} THEN 0 ELSE {t}.periodo_n END) AS ii, "
        f"{t}.ciclo_quase AS cq, {t}.ciclo_quase_min AS cq_min, {t}.ciclo_quase_max AS cq_max, "
        f"{t}.ciclo_inativo AS ci, {t}.ciclo_inativo_min AS ci_min, {t}.ciclo_inativo_max AS ci_max"
    )


def regra_de(t: str, so_uma: bool) -> str:
    """As junções que dão a regra `r` da linha `t`: a do cliente, a do segmento ou a de base; só havendo esta, é ela.

    O planejador não sabe que a regra de cada um existe sempre: com as três, espera poucas linhas e buscaria uma a uma.
    """
    if so_uma:
        return "CROSS JOIN c_regras r"
    return (
        f"LEFT JOIN c_regras rc ON rc.cliente_id = {t}.cliente_id "
        f"LEFT JOIN c_regras rs ON rs.segmento_id = {t}.segmento_id "
        "JOIN c_regras r ON r.n = coalesce(rc.n, rs.n, 0)"
    )


def ciclo_ate(cliente: str, dia: str, quando: str = "true", empresa: str = "%(empresa)s") -> str:
    """Subconsulta lateral com a coluna `ciclo`: o próprio do cliente pelas compras até `dia`, inclusive.

    É a régua do silêncio que começa depois de `dia`. Só lê pedidos onde `quando` é verdade.
    """
    proprio = f"count(*) >= {DIAS_PARA_CICLO_PROPRIO - 1}"  # intervalos: um a menos que os dias de compra
    mediana = "percentile_cont(0.5) WITHIN GROUP (ORDER BY g.salto)"
    return (
        f"(SELECT CASE WHEN {proprio} THEN ({mediana})::numeric(12, 4) END AS ciclo "
        "FROM (SELECT p.data - lag(p.data) OVER (ORDER BY p.data) AS salto FROM clientes_pedido p "
        f"WHERE {quando} AND p.cliente_id = {cliente} AND p.empresa_id = {empresa} AND p.conta "
        f"AND p.data <= {dia}) g WHERE g.salto > 0)"
    )


def marca(t: str = "i", referencia: str = "%(referencia)s::date") -> str:
    """`regras.marcar` em SQL; vazio é sem marca."""
    return (
        f"CASE WHEN {t}.status = '{Status.ATIVO}' THEN CASE "
        f"WHEN {referencia} <= {t}.recuperado_ate THEN '{Marca.RECUPERADO}' "
        f"WHEN {referencia} <= {t}.novo_ate THEN '{Marca.NOVO}' ELSE '' END "
        f"WHEN {t}.status = '{Status.INATIVO}' AND {t}.antigo_em IS NOT NULL THEN CASE "
        f"WHEN {t}.antigo_em <= {referencia} THEN '{Marca.ANTIGO}' ELSE '{Marca.RECENTE}' END ELSE '' END"
    )


def tendencia(recente: str, anterior: str) -> str:
    """`regras.classificar_tendencia` em SQL; nulo é sem valor nos dois períodos."""
    return (
        f"CASE WHEN {recente} = 0 AND {anterior} = 0 THEN NULL "
        f"WHEN {recente} > {anterior} * {1 + FOLGA_DA_TENDENCIA} THEN '{Tendencia.SOBE}' "
        f"WHEN {recente} < {anterior} * {1 - FOLGA_DA_TENDENCIA} THEN '{Tendencia.CAI}' ELSE '{Tendencia.ESTAVEL}' END"
    )


def ritmo(dias: str, mediano: str, soma: str, quadrados: str) -> str:
    """`regras.classificar_ritmo` em SQL; vazio é sem ritmo próprio ainda. Sem arredondar: é mais barato."""
    faixas = " ".join(
        f"WHEN {mediano} >= {de - 1}.5 AND {mediano} < {ate}.5 THEN '{nome}'"
        for nome, de, ate in FAIXAS_DE_RITMO
    )
    soma2 = f"({soma})::bigint * ({soma})"
    parte, todo = (CV_IRREGULAR**2).as_integer_ratio()
    irregular = f"{todo} * (({dias} - 1) * {quadrados} - {soma2}) > {parte} * {soma2}"
    return (
        f"CASE WHEN {dias} = 1 THEN '{Ritmo.UNICA}' "
        f"WHEN {dias} IS NULL OR {dias} < {DIAS_PARA_CICLO_PROPRIO} THEN '' "
        f"WHEN {irregular} THEN '{Ritmo.IRREGULAR}' {faixas} ELSE '{Ritmo.A_CADA_N_DIAS}' END"
    )


def curva_abc(valor: str, cliente: str) -> str:
    """Classe pelos cortes da empresa; empatados no corte cabem pela tabela `c_empates`."""

    def cabe(classe: str, corte: str) -> str:
        empate = f"{cliente} IN (SELECT cliente_id FROM c_empates WHERE classe = '{classe}')"
        return f"WHEN {valor} > %({corte})s::numeric OR {valor} = %({corte})s::numeric AND {empate} THEN '{classe}'"

    return f"CASE WHEN {valor} <= 0 THEN '' {cabe('A', 'abc_va')} {cabe('B', 'abc_vb')} ELSE 'C' END"


def nota(valor: str, letra: str, tipo: str, t: str) -> str:
    """Nota de 1 a 5 pelos quatro cortes; fora da população (encerrado sem valor), nula."""
    soma = " + ".join(f"({valor} > %({letra}{k})s::{tipo})::int" for k in range(1, 5))
    fora = f"{t}.valor_12m <= 0 AND {t}.cliente_id IN (SELECT cliente_id FROM c_fora)"
    return f"CASE WHEN {t}.ultima_compra IS NULL OR {fora} THEN NULL ELSE 1 + {soma} END"


def classes(t: str) -> dict[str, str]:
    """As colunas relativas, que dependem dos cortes da empresa."""
    return {
        "curva_abc": curva_abc(f"{t}.valor_12m", f"{t}.cliente_id"),
        "rfv_r": nota(f"{t}.ultima_compra", "r", "date", t),
        "rfv_f": nota(f"{t}.dias_de_compra_12m", "f", "int", t),
        "rfv_v": nota(f"{t}.valor_12m", "v", "numeric", t),
    }


_SOMA = "(m.ultima - m.primeira)"
_PROPRIO = f"(CASE WHEN m.dias >= {DIAS_PARA_CICLO_PROPRIO} THEN m.mediano END)"
_CICLO = f"coalesce({_PROPRIO}, k.ciclo, %(ciclo_da_empresa)s::numeric)"

# coluna de Indicadores → expressão sobre medidas (m), regra (r), ciclos (k), devoluções (d), recuperados (v)
COLUNAS: dict[str, str] = {
    "primeira_compra": "m.primeira",
    "ultima_compra": "m.ultima",
    "pedidos": "coalesce(m.pedidos, 0)",
    "dias_de_compra": "coalesce(m.dias, 0)",
    "dias_de_compra_12m": "coalesce(m.dias_12m, 0)",
    "intervalo_medio_dias": f"round({_SOMA}::numeric / nullif(m.dias - 1, 0), 4)",
    "intervalo_mediano_dias": "m.mediano",
    "proxima_compra_esperada": f"m.ultima + round({_CICLO})::int",
    "valor_total": "coalesce(m.total, 0)",
    "valor_12m": "coalesce(m.v12, 0)",
    "valor_janela": "coalesce(m.vjanela, 0)",
    "valor_ano_ativo": "coalesce(m.vano, 0)",
    "valor_90d": "coalesce(m.v90, 0)",
    "valor_90d_anterior": "coalesce(m.v90a, 0)",
    "devolvido_12m": "coalesce(d.soma, 0)",
    "ritmo": ritmo("m.dias", "m.mediano", _SOMA, "m.quadrados"),
    "coeficiente_variacao": (
        f"CASE WHEN m.dias >= {DIAS_PARA_CICLO_PROPRIO} THEN "
        f"round(sqrt(((m.dias - 1) * m.quadrados - {_SOMA}::bigint * {_SOMA})::numeric) / {_SOMA}, 4) END"
    ),
    "limiar_id": "r.limiar_id",
    "quase_inativo_em": quase_inativo_em("m.ultima", _PROPRIO),
    "inativo_em": inativo_em("m.ultima", _PROPRIO),
    "antigo_em": "(m.ultima + r.ia)::date",
    "novo_ate": "m.primeira + %(dias_novidade)s - 1",
    "recuperado_ate": "v.em + %(dias_novidade)s - 1",
}


def ciclo_gravado(t: str = "i") -> str:
    """O ciclo próprio que a última rodada gravou em Indicadores."""
    return f"(CASE WHEN {t}.dias_de_compra >= {DIAS_PARA_CICLO_PROPRIO} THEN {t}.intervalo_mediano_dias END)"


def calcular(
    alvo: str, antes: Iterable[str] = (), so_devolucoes_de: str = "", *, so_uma: bool = False
) -> str:
    """A consulta que dá a linha nova de cada cliente de `alvo`, sem as classes relativas.

    `antes` são as colunas gravadas que a linha nova traz ao lado, para se comparar com elas; com `so_uma` há uma regra.
    """
    de_quem = f"AND p.cliente_id IN (SELECT cliente_id FROM {so_devolucoes_de})" if so_devolucoes_de else ""
    colunas = ",\n".join(f"               {expressao} AS {coluna}" for coluna, expressao in COLUNAS.items())
    return (
        ler("calcular")
        .replace("{colunas}", colunas)
        .replace("{alvo}", alvo)
        .replace("{regra}", regra_de("x", so_uma))
        .replace("{de_quem}", de_quem)
        .replace("{antes}", "".join(f" {coluna}," for coluna in como_estava(antes)))
        .replace("{status}", status("base.quase_inativo_em", "base.inativo_em"))
    )


def calcular_com_classes(
    alvo: str, antes: Iterable[str] = (), so_devolucoes_de: str = "", *, so_uma: bool = False
) -> str:
    """O mesmo, já com ABC e RFV pelos cortes."""
    extras = ", ".join(f"{expressao} AS {coluna}" for coluna, expressao in classes("b").items())
    linhas = calcular(alvo, antes, so_devolucoes_de, so_uma=so_uma)
    return f"SELECT b.*, {extras} FROM ({linhas}) b"


def como_estava(colunas: Iterable[str]) -> Iterator[str]:
    """O que está gravado em `x`, com o nome por que `gravar` o procura."""
    return (f"x.{coluna} AS antes_{coluna}" for coluna in colunas)


# Na rodada regular a linha já sai com a história escrita: uma passada em vez de duas.
HISTORIA = {
    "status_historico": "n.status",
    "ultima_compra_historica": "n.ultima_compra",
    "ciclo_historico": ciclo_gravado("n"),
}


_JANELAS = ("referencia", "h12", "janela", "d90", "d180", "novidade")


def janelas_que_andaram(valores: Mapping[str, object]) -> str:
    """Quem tem pedido numa ponta de janela que andou; pontas iguais (12 meses e o padrão do Valor) leem-se uma vez."""
    pontas = {(valores[f"{nome}_anterior"], valores[nome]): nome for nome in _JANELAS}
    return " UNION ".join(
        f"SELECT cliente_id FROM clientes_pedido WHERE data > %({nome}_anterior)s AND data <= %({nome})s"
        for nome in pontas.values()
    )


def datas_gravadas(so_uma: bool) -> dict[str, str]:
    """Trocas de `alvo_regras.sql`: as datas que a regra em vigor daria ao que está gravado."""
    return {
        "regra": regra_de("i", so_uma),
        "quase_em": quase_inativo_em("i.ultima_compra", ciclo_gravado()),
        "inativo_em": inativo_em("i.ultima_compra", ciclo_gravado()),
    }


def _lateral(nome: str, cliente: str, dia: str, r: str, por_ciclo: bool) -> str:
    """O ciclo até `dia`, como junção; sem regra por ciclo em vigor, nulo e sem ler pedidos."""
    consulta = (
        ciclo_ate(cliente, dia, f"{r}.ci IS NOT NULL") if por_ciclo else "(SELECT NULL::numeric AS ciclo)"
    )
    return f"CROSS JOIN LATERAL {consulta} {nome}"


def volta_ao_fim_do_silencio(por_ciclo: bool, so_uma: bool) -> dict[str, str]:
    """Trocas de `recuperados.sql`; o segmento só se busca quando diz a regra."""
    do_segmento = "" if so_uma else "JOIN atividade_indicadores i USING (cliente_id) "
    return {
        "regra": do_segmento + regra_de("i", so_uma),
        "ciclo": _lateral("k", "s.cliente_id", "s.anterior", "r", por_ciclo),
        "inativo_em": inativo_em("s.anterior", "k.ciclo"),
    }


def da_historia(por_ciclo: bool, so_uma: bool) -> dict[str, str]:
    """Trocas de `mudancas.sql`: datas e status em P (a rodada anterior), cada um com o seu ciclo."""

    def em_p(ultima: str, ciclo: str) -> str:
        datas = quase_inativo_em(ultima, ciclo, "f"), inativo_em(ultima, ciclo, "f")
        return status(*datas, "%(anterior)s::date")

    return {
        "regra": regra_de("i", so_uma),
        "ciclo_0": _lateral("k0", "c.cliente_id", "c.u0", "c", por_ciclo),
        "ciclo_p": _lateral("kp", "c.cliente_id", "f.up", "c", por_ciclo),
        "ciclo_t": _lateral("k", "t.cliente_id", "t.desde", "t", por_ciclo),
        "quase_0": quase_inativo_em("c.u0", "k0.ciclo", "c"),
        "inativo_0": inativo_em("c.u0", "k0.ciclo", "c"),
        "quase_t": quase_inativo_em("t.desde", "k.ciclo", "t"),
        "inativo_t": inativo_em("t.desde", "k.ciclo", "t"),
        "status_x": em_p("f.u0", "f.c0"),
        "status_f": em_p("f.u0", "f.k0"),
        "status_p": em_p("f.up", "f.kp"),
    }


def gravar(consulta: str, colunas: Mapping[str, str]) -> str:
    """UPDATE só do que mudou: linha igual não escreve nada, nem no diário.

    A consulta `n` traz cada coluna como está e como fica: quem não mudou sai antes de se juntar à tabela.
    """
    atribuir = ", ".join(f"{coluna} = {valor}" for coluna, valor in colunas.items())
    antes, depois = ", ".join(f"n.antes_{coluna}" for coluna in colunas), ", ".join(colunas.values())
    return (
        f"UPDATE atividade_indicadores i SET {atribuir} FROM ({consulta}) n "
        f"WHERE i.cliente_id = n.cliente_id AND ({antes}) IS DISTINCT FROM ({depois})"
    )


def gravar_contando(consulta: str, colunas: Mapping[str, str]) -> str:
    """O mesmo, deixando em `c_historia` como cada linha gravada estava na história e como fica."""
    return (
        f"WITH gravadas AS ({gravar(consulta, colunas)} RETURNING n.cliente_id, n.empresa_id, n.segmento_id, "
        "n.antes_status_historico, n.antes_ultima_compra_historica, n.antes_ciclo_historico, "
        "n.status, n.ultima_compra, n.limiar_id, n.antes_status) INSERT INTO c_historia SELECT * FROM gravadas"
    )


def reclassificar(quem: str | None, menos: str) -> str:
    """Muda só as classes de quem ficou do outro lado de um corte; nulo em `quem` olha todos, menos os de `menos`."""
    novas = classes("x")
    colunas = [*como_estava(novas), *(f"{expressao} AS {coluna}" for coluna, expressao in novas.items())]
    origem = (
        f"({quem}) q JOIN atividade_indicadores x USING (cliente_id)" if quem else "atividade_indicadores x"
    )
    consulta = (
        f"SELECT x.cliente_id, {', '.join(colunas)} FROM {origem} WHERE x.empresa_id = %(empresa)s "
        f"AND NOT EXISTS (SELECT FROM {menos} m WHERE m.cliente_id = x.cliente_id) OFFSET 0"
    )
    return gravar(consulta, {coluna: f"n.{coluna}" for coluna in novas})
