"""Os títulos da composição: o que os números dizem, em uma frase. Puro texto."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from atividade.regras import Status
from atividade.rotulos import NOMES, PLURAIS
from carteira.formatos import moeda_curta, numero, plural, porcento
from relatorios.composicao import Grupo
from relatorios.evolucao import Mes
from relatorios.migracao import Migracao

ESTAVEL = Decimal("0.5")  # menos que meio ponto é ruído
MINIMO_PARA_FALAR_DE_UF = 10


def pontos(valor: Decimal) -> str:
    """4,2 pontos; abaixo de dois é ponto, como se fala."""
    tamanho = abs(valor).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{numero(tamanho, 1)} {'ponto' if tamanho < 2 else 'pontos'}"


def _contagem(quantos: int, formas: str) -> str:
    return f"{numero(quantos)} {plural(quantos, formas)}"


def _de_status(quantos: int, status: Status) -> str:
    return f"{numero(quantos)} {(NOMES if quantos == 1 else PLURAIS)[status].lower()}"


def da_evolucao(meses: Sequence[Mes], *, por_valor: bool = False) -> tuple[str, str]:
    """Título e explicação do gráfico mensal."""
    com_dados = [m for m in meses if m.total]
    if len(com_dados) < 2:
        return "Ainda não há história para comparar", "O gráfico cresce a cada fim de mês."
    antes, depois = com_dados[0], com_dados[-1]
    passados = (depois.data.year - antes.data.year) * 12 + depois.data.month - antes.data.month
    diferenca = _parte(depois, "ativo", por_valor) - _parte(antes, "ativo", por_valor)
    quando = f"em {passados} {plural(passados, 'mês,meses')}"
    quem = f"R$ de {PLURAIS[Status.ATIVO].lower()}" if por_valor else PLURAIS[Status.ATIVO]
    return _titulo(quem, diferenca, quando, por_valor), _explicacao(antes, depois, por_valor)


def _parte(mes: Mes, status: str, por_valor: bool) -> Decimal:
    return (mes.porcento_valor(status) if por_valor else mes.porcento(status)) or Decimal(0)


def _titulo(quem: str, diferenca: Decimal, quando: str, por_valor: bool) -> str:
    if abs(diferenca) < ESTAVEL:
        return (
            f"Carteira estável: {quem if por_valor else quem.lower()} variaram {pontos(diferenca)} {quando}"
        )
    verbo = "subiram" if diferenca > 0 else "caíram"
    return f"{quem} {verbo} {pontos(diferenca)} {quando}"


def _explicacao(antes: Mes, depois: Mes, por_valor: bool) -> str:
    de, para = (porcento(_parte(m, "ativo", por_valor)) for m in (antes, depois))
    outros = [
        f"{PLURAIS[s].lower()} {_com_sinal(_parte(depois, s, por_valor) - _parte(antes, s, por_valor))}"
        for s in (Status.QUASE_INATIVO, Status.INATIVO)
    ]
    return f"De {de} para {para}; {outros[0]}, {outros[1]}."


def _com_sinal(diferenca: Decimal) -> str:
    arredondada = diferenca.quantize(Decimal("0.1"), ROUND_HALF_UP)
    sinal = "+" if arredondada > 0 else "\u2212" if arredondada < 0 else ""
    return f"{sinal}{pontos(diferenca)}"


def do_risco(carteira: Grupo, metade: int) -> tuple[str, str]:
    """Quanto está com os quase inativos, e quantos deles importam mais."""
    quase = carteira.fatia(Status.QUASE_INATIVO).clientes
    valor = f"{moeda_curta(carteira.em_risco)}/ano"
    frase = f"{'estão' if quase != 1 else 'está'} com {_de_status(quase, Status.QUASE_INATIVO)}."
    if 0 < metade < quase:
        frase += f" {'Um só soma' if metade == 1 else f'{numero(metade)} deles somam'} metade."
    return valor, frase


def da_curva_a(grupos: Sequence[Grupo]) -> str:
    """Só vale dizer quando poucos clientes da curva A guardam boa parte do risco."""
    total = sum((g.em_risco for g in grupos), Decimal(0))
    a = next((g for g in grupos if g.chave == "A"), None)
    if a is None or not total or not a.em_risco:
        return ""
    todos = sum(g.fatia(Status.QUASE_INATIVO).clientes for g in grupos)
    quantos, parte = a.fatia(Status.QUASE_INATIVO).clientes, a.em_risco * 100 / total
    if parte < 25 or quantos * 100 >= parte * todos:
        return ""
    so = "é só" if quantos == 1 else "são só"
    return (
        f"Na curva A {so} {_de_status(quantos, Status.QUASE_INATIVO)}, mas "
        f"{moeda_curta(a.em_risco)}/ano: {porcento(parte, 0)} do risco."
    )


def da_migracao(migracao: Migracao, dias: int) -> str:
    pioraram, melhoraram = migracao.pioraram[0], migracao.melhoraram[0]
    if not pioraram and not melhoraram:
        return f"Ninguém mudou de situação em {dias} dias"
    if pioraram == melhoraram:
        return f"{numero(pioraram)} {_foi(pioraram, 'piorou', 'pioraram')} e o mesmo tanto melhorou em {dias} dias"
    pior = f"{numero(pioraram)} {_foi(pioraram, 'piorou', 'pioraram')}"
    melhor = f"{numero(melhoraram)} {_foi(melhoraram, 'melhorou ou entrou', 'melhoraram ou entraram')}"
    return (
        f"{pior} e {melhor} em {dias} dias" if pioraram > melhoraram else f"{melhor} e {pior} em {dias} dias"
    )


def _foi(quantos: int, um: str, varios: str) -> str:
    return um if quantos == 1 else varios


def das_ufs(grupos: Sequence[Grupo]) -> str:
    """A UF com maior parte em risco ou perdida, entre as que têm clientes bastantes para a % valer."""
    grandes = [g for g in grupos if len(g.chave) == 2 and g.clientes >= MINIMO_PARA_FALAR_DE_UF]
    if not grandes:
        return "Onde está o risco"
    pior = max(grandes, key=lambda g: (g.porcento_em_risco_ou_perdido or 0, g.clientes))
    if not pior.porcento_em_risco_ou_perdido:
        return "Nenhuma UF com clientes em risco"
    parte = pior.porcento_em_risco_ou_perdido
    frase = f"{pior.chave} tem a maior parte em risco ou perdida: {porcento(parte, 0)}"
    # O mapa mostra também as pequenas: sem o recorte dito, o título desmentiria o quadro ao lado.
    acima = any((g.porcento_em_risco_ou_perdido or 0) > parte for g in grupos if len(g.chave) == 2)
    return f"Entre as UFs com {MINIMO_PARA_FALAR_DE_UF} clientes ou mais, {frase}" if acima else frase


def dos_municipios(grupos: Sequence[Grupo], em_risco: Decimal) -> str:
    """Quanto do risco os três primeiros municípios somam."""
    maiores = [g for g in grupos if g.em_risco][:3]
    if not maiores or not em_risco:
        return "Nenhum município com valor em risco"
    parte = sum((g.em_risco for g in maiores), Decimal(0)) * 100 / em_risco
    nomes = [g.rotulo for g in maiores]
    lista = nomes[0] if len(nomes) == 1 else f"{', '.join(nomes[:-1])} e {nomes[-1]}"
    return f"{lista} {'somam' if len(nomes) > 1 else 'tem'} {porcento(parte, 0)} do R$ em risco"
