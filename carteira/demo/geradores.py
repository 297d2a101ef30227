"""O que cerca as compras: pedidos e itens, cadastro e relacionamento, como função pura da semente.

Nada aqui lê o relógio nem o banco. Cada coisa é uma sequência sem fim, cortada em `ate`; cortar mais
tarde devolve o mesmo e mais um pouco, e é isso que permite continuar.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

from carteira.demo import catalogo, documentos
from carteira.demo.ritmo import RAZAO_AUREA, Perfil, compras, dia_util, sorteio
from contas.texto import chave_de_nome

DIAS_EM_ABERTO = 4
COMPRA, CANCELADO, DEVOLVIDO, ORCAMENTO = range(4)
_SEM_IMPOSTOS, _CENTAVO = Decimal("0.8625"), Decimal("0.01")
_SITUACOES = {CANCELADO: "cancelado", DEVOLVIDO: "devolvido", ORCAMENTO: "orcamento"}


class Evento(NamedTuple):
    """Um pedido antes de ter número: quem, quando, qual e de que tipo."""

    data: date
    indice: int
    sequencia: int
    tipo: int


class Item(NamedTuple):
    produto_codigo: str
    produto_nome: str
    quantidade: int
    valor: Decimal


@dataclass(frozen=True, slots=True)
class PedidoGerado:
    evento: Evento
    situacao: str
    valor: Decimal
    valor_sem_impostos: Decimal
    itens: tuple[Item, ...]


def eventos(semente: int, cliente: Perfil, ate: date) -> Iterator[Evento]:
    """Pedidos do cliente até `ate`, com cancelamentos, devoluções e orçamentos pelo caminho."""
    for sequencia, (dia, sorte) in enumerate(compras(semente, cliente, ate), 1):
        yield from _em_volta(cliente.indice, dia, sequencia, sorte, ate)


def _em_volta(indice: int, dia: date, sequencia: int, sorte: float, ate: date) -> Iterator[Evento]:
    """A compra e, às vezes, o que a cerca: 2% canceladas, 2% devolvidas, 3% com orçamento perdido."""
    yield Evento(dia, indice, sequencia, CANCELADO if sorte < 0.02 and sequencia > 1 else COMPRA)
    depois = dia_util(dia + timedelta(days=6))
    if depois <= ate and 0.02 <= sorte < 0.04:
        yield Evento(depois, indice, sequencia, DEVOLVIDO)
    if depois <= ate and 0.04 <= sorte < 0.07:
        yield Evento(depois, indice, sequencia, ORCAMENTO)


def todos_os_eventos(
    semente: int, perfis: Sequence[Perfil], ate: date, depois_de: date | None = None
) -> list[Evento]:
    """Em ordem de numeração: um corte mais tarde só acrescenta no fim."""
    todos = [e for p in perfis for e in eventos(semente, p, ate) if depois_de is None or e.data > depois_de]
    todos.sort()
    return todos


def pedido(semente: int, cliente: Perfil, evento: Evento, hoje: date) -> PedidoGerado:
    """Itens e valores do pedido; o dos últimos dias ainda está em aberto."""
    rng = sorteio(semente, "pedido", evento.indice, evento.sequencia, evento.tipo)
    itens = tuple(_itens(cliente, rng, 0.3 if evento.tipo == DEVOLVIDO else 1.0))
    total = sum((i.valor for i in itens), Decimal(0))
    if evento.tipo == DEVOLVIDO:
        total = -total
    aberto = evento.data > hoje - timedelta(days=DIAS_EM_ABERTO)
    return PedidoGerado(
        evento=evento,
        situacao=_SITUACOES.get(evento.tipo) or ("aberto" if aberto else "faturado"),
        valor=total,
        valor_sem_impostos=(total * _SEM_IMPOSTOS).quantize(_CENTAVO),
        itens=itens,
    )


def _itens(cliente: Perfil, rng: Random, parte: float) -> Iterator[Item]:
    """De um a quatro produtos do ramo que, juntos, dão mais ou menos o tíquete do cliente."""
    produtos = catalogo.RAMOS[cliente.segmento].produtos
    escolhidos = rng.sample(produtos, min(len(produtos), rng.randint(1, 4)))
    alvo = cliente.ticket * parte * rng.lognormvariate(0, 0.3) / len(escolhidos)
    for codigo, nome, texto in escolhidos:
        preco = Decimal(texto)
        quantidade = max(1, round(alvo / float(preco)))
        yield Item(codigo, nome, quantidade, preco * quantidade)


# ── Cadastro ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Cidade:
    """O que o cadastro precisa do município."""

    codigo_ibge: int
    nome: str
    uf: str
    ddd: int
    peso: int


@dataclass(frozen=True, slots=True)
class Cadastro:
    codigo: str
    razao_social: str
    nome_fantasia: str
    documento: str
    cidade: Cidade
    equipe: str
    porte: str
    telefone: str
    email: str
    limite_credito: Decimal
    bloqueado: bool
    nao_contatar: tuple[str, ...]
    encerrado_em: date | None
    encerrado_motivo: str
    fora_do_perfil: bool
    adiado_ate: date | None
    potencial_mensal: Decimal | None
    cadastrado_em: date


def _documento(rng: Random, indice: int, segmento: str) -> str:
    """CPF para alguns produtores rurais, CNPJ com letras para os recém-abertos, filial para uns poucos."""
    sorte = rng.random()
    if segmento == "Agro" and sorte < 0.12:
        return documentos.cpf(indice)
    if sorte > 0.97:
        return documentos.cnpj_alfanumerico(indice)
    if indice and sorte > 0.93:
        return documentos.cnpj_numerico(indice - 1, filial=2)
    return documentos.cnpj_numerico(indice)


def _nome(rng: Random, segmento: str, cidade: Cidade) -> str:
    inicio = rng.choice(catalogo.RAMOS[segmento].inicios)
    complemento = rng.choice(catalogo.COMPLEMENTOS)
    return f"{inicio} {complemento}" if rng.random() < 0.7 else f"{inicio} {complemento} de {cidade.nome}"


def codigo(indice: int) -> str:
    """Código do cliente no ERP de mentira."""
    return str(indice + 1001)


def cadastro(semente: int, cliente: Perfil, cidades: Sequence[Cidade], base: date) -> Cadastro:
    """O que o ERP saberia do cliente."""
    rng = sorteio(semente, "cadastro", cliente.indice)
    equipe = catalogo.equipe_do_vendedor(cliente.vendedor)
    da_equipe = [c for c in cidades if c.uf in catalogo.UFS_DA_EQUIPE[equipe]]
    cidade = rng.choices(da_equipe, [c.peso for c in da_equipe])[0]
    nome = _nome(rng, cliente.segmento, cidade)
    desde = min(cliente.inicio or base - timedelta(days=rng.randint(20, 300)), base - timedelta(days=20))
    # Espalhado por igual, e não sorteado: mesmo a demonstração pequena tem um caso de cada.
    marcas = 1.0 if cliente.prospect else (cliente.indice * RAZAO_AUREA + semente % 97 / 97) % 1
    celular = rng.random() < 0.6
    return Cadastro(
        codigo=codigo(cliente.indice),
        razao_social=f"{nome} {rng.choice(('Ltda', 'Ltda', 'Ltda ME', 'Comércio Ltda', 'EIRELI'))}",
        nome_fantasia=nome if rng.random() < 0.9 else "",
        documento=_documento(rng, cliente.indice, cliente.segmento),
        cidade=cidade,
        equipe=equipe,
        porte="Grande" if cliente.ticket > 3000 else "Médio" if cliente.ticket > 1200 else "Pequeno",
        # 3555-0 e 99555-0: ninguém real atende se alguém tocar em Ligar na demonstração.
        telefone=f"+55{cidade.ddd}{'99555' if celular else '3555'}0{rng.randint(0, 999):03d}",
        email=f"compras@{chave_de_nome(nome).replace(' ', '').replace(chr(39), '')[:40]}.example",
        limite_credito=Decimal(round(cliente.ticket * rng.uniform(2, 6), -3)).quantize(Decimal("0.01")),
        bloqueado=marcas < 0.02,
        nao_contatar=("whatsapp",) if 0.02 <= marcas < 0.035 else (),
        encerrado_em=base - timedelta(days=rng.randint(20, 200)) if 0.035 <= marcas < 0.05 else None,
        encerrado_motivo=rng.choice(catalogo.MOTIVOS_DE_ENCERRAMENTO) if 0.035 <= marcas < 0.05 else "",
        fora_do_perfil=0.05 <= marcas < 0.06,
        adiado_ate=base + timedelta(days=rng.randint(5, 40)) if 0.06 <= marcas < 0.075 else None,
        potencial_mensal=Decimal(round(cliente.ticket * 30 / cliente.ciclo, -2)).quantize(Decimal("0.01"))
        if rng.random() < 0.3
        else None,
        cadastrado_em=desde - timedelta(days=rng.randint(0, 15)),
    )


# ── Gente ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class PessoaGerada:
    nome: str
    papel: str
    cargo: str
    telefone: str
    email: str
    principal: bool


def pessoas(semente: int, cliente: Perfil, cadastro: Cadastro) -> Iterator[PessoaGerada]:
    """De uma a três pessoas: quem compra, quem paga e quem decide ou usa."""
    rng = sorteio(semente, "pessoas", cliente.indice)
    papeis = [catalogo.PAPEIS[0], *rng.sample(catalogo.PAPEIS[1:], rng.randint(0, 2))]
    dominio, ddd = cadastro.email.partition("@")[2], cadastro.telefone[:5]
    for ordem, (papel, cargos) in enumerate(papeis):
        primeiro, ultimo = rng.choice(catalogo.PRIMEIROS_NOMES), rng.choice(catalogo.SOBRENOMES)
        yield PessoaGerada(
            nome=f"{primeiro} {ultimo}",
            papel=papel,
            cargo=rng.choice(cargos),
            telefone=f"{ddd}995550{rng.randint(0, 999):03d}" if rng.random() < 0.8 else "",
            email=f"{chave_de_nome(primeiro)}.{chave_de_nome(ultimo)}@{dominio}"
            if rng.random() < 0.7
            else "",
            principal=ordem == 0,
        )


# ── Relacionamento ───────────────────────────────────────────────────────────

_OCORRENCIAS = (
    ("Fez pedido", 22), ("Pediu orçamento", 16), ("Vai pensar", 18), ("Não quer", 7), ("Outro assunto", 9),
    ("Não atendeu", 20), ("Deixou recado", 8),
)  # fmt: skip
_CANAIS = (("ligacao", 60), ("whatsapp", 22), ("visita", 12), ("email", 6))


@dataclass(frozen=True, slots=True)
class ContatoGerado:
    indice: int
    sequencia: int
    dia: date
    minuto: int  # minutos desde a meia-noite
    canal: str
    ocorrencia: str
    observacao: str
    pessoa: str
    chave: int


def contatos(semente: int, cliente: Perfil, base: date, ate: date) -> Iterator[ContatoGerado]:
    """Contatos do último ano até `ate`: também uma sequência sem fim."""
    rng = sorteio(semente, "contatos", cliente.indice)
    espera = rng.lognormvariate(math.log(75), 0.5)
    dia, sequencia = dia_util(base - timedelta(days=365) + timedelta(days=rng.randint(0, 200))), 0
    while dia <= ate:
        sequencia += 1
        ocorrencia = rng.choices([o for o, _ in _OCORRENCIAS], [p for _, p in _OCORRENCIAS])[0]
        yield ContatoGerado(
            indice=cliente.indice,
            sequencia=sequencia,
            dia=dia,
            minuto=rng.randint(8 * 60, 17 * 60),
            canal=rng.choices([c for c, _ in _CANAIS], [p for _, p in _CANAIS])[0],
            ocorrencia=ocorrencia,
            observacao=rng.choice(catalogo.OBSERVACOES[ocorrencia]),
            pessoa=rng.choice(catalogo.PRIMEIROS_NOMES) if rng.random() < 0.5 else "",
            chave=rng.getrandbits(128),
        )
        dia = dia_util(dia + timedelta(days=max(3, round(rng.expovariate(1 / espera)))))


@dataclass(frozen=True, slots=True)
class AgendamentoGerado:
    indice: int
    em: date
    hora: int | None
    tipo: str
    nota: str


def agendamento(semente: int, cliente: Perfil, hoje: date) -> AgendamentoGerado | None:
    """Um em cada seis clientes tem próximo contato combinado: uns vencidos, uns hoje, os demais à frente."""
    rng = sorteio(semente, "agenda", cliente.indice)
    if rng.random() > 0.16:
        return None
    sorte = rng.random()
    dias = -rng.randint(1, 9) if sorte < 0.25 else 0 if sorte < 0.45 else rng.randint(1, 20)
    return AgendamentoGerado(
        indice=cliente.indice,
        em=hoje + timedelta(days=dias),
        hora=rng.choice((9, 10, 11, 14, 15, 16)) if rng.random() < 0.5 else None,
        tipo="visita" if rng.random() < 0.25 else "ligacao",
        nota=rng.choice(catalogo.NOTAS_DA_AGENDA),
    )
