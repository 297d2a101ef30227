"""Um cliente dentro de um resumo: o que se diz dele, como se fala com ele e a barra de ritmo em tabela."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from atividade.rotulos import NOMES
from clientes.canais import Destino, para_ligar
from clientes.documentos import mascarar
from clientes.models.cliente import CanalDeContato
from clientes.pendencias import Pendencias, pendencias_de
from clientes.telefones import normalizar_telefone
from notificacoes.enderecos import endereco

DIAS_PARA_CICLO_PROPRIO = 3
_CELULAR = re.compile(r"\+55[0-9]{2}9[0-9]{8}")


@dataclass(frozen=True, slots=True)
class Barra:
    """Larguras em % da tabela que desenha a barra: até o traço do ciclo, dali ao fim do silêncio, e o resto."""

    antes: int
    depois: int
    tem_traco: bool
    traco_adiante: bool

    @property
    def resto(self) -> int:
        return 100 - self.antes - self.depois


@dataclass(frozen=True, slots=True)
class Linha:
    """Um cliente em risco."""

    cliente: int
    codigo: str
    nome: str
    documento: str
    lugar: str
    status: str
    valor: Decimal
    perda: Decimal
    referencia: date
    recencia: int
    frases: tuple[str, ...]
    barra: Barra
    telefone: str
    ligar: str
    whatsapp: str
    posto: int = 0
    quem: str = ""  # de quem é o telefone, quando não é o do cadastro

    @property
    def ficha(self) -> str:
        return endereco("cliente", id=self.cliente)

    @property
    def ordem(self) -> tuple[Decimal, str, int]:
        """Maior perda primeiro; o código desempata."""
        return -self.perda, self.codigo, self.cliente


@dataclass(frozen=True, slots=True)
class Perdido:
    """Um cliente que o tempo levou a inativo."""

    cliente: int
    nome: str
    em: date
    valor: Decimal

    @property
    def ficha(self) -> str:
        return endereco("cliente", id=self.cliente)


def linhas_de(indicadores: Iterable[Any], referencia: date) -> list[Linha]:
    """As linhas de muitos clientes, com o que está pendente e o telefone que a ficha disca: duas consultas."""
    todos = list(indicadores)
    pendentes = pendencias_de([ind.cliente_id for ind in todos], referencia)
    telefones = para_ligar(ind.cliente for ind in todos)
    return [
        _completar(linha_de(ind, referencia), pendentes.get(ind.cliente_id), telefones.get(ind.cliente_id))
        for ind in todos
    ]


def _completar(linha: Linha, pendente: Pendencias | None, destino: Destino | None) -> Linha:
    if pendente is not None:
        linha = replace(linha, frases=(*linha.frases, *_frases_do_pendente(pendente)))
    if destino is None or destino.pessoa is None:
        return linha
    fone = normalizar_telefone(destino.valor)
    quem = f"{destino.nome} ({destino.detalhe})" if destino.detalhe else destino.nome
    return replace(linha, telefone=fone.valor, ligar=f"tel:{fone.valor}" if fone.valido else "", quem=quem)


def _frases_do_pendente(pendente: Pendencias) -> list[str]:
    """O que é bom saber antes de ligar: o que está vencido, e o orçamento que espera resposta."""
    frases = []
    if pendente.vencidos:
        quantos = "1 título vencido" if pendente.vencidos == 1 else f"{pendente.vencidos} títulos vencidos"
        frases.append(f"Tem {quantos}, há {_dias(pendente.dias_de_atraso)}.")
    if pendente.orcamentos:
        um = pendente.orcamentos == 1
        frases.append(
            "Um orçamento sem resposta." if um else f"{pendente.orcamentos} orçamentos sem resposta."
        )
    return frases


def linha_de(ind: Any, referencia: date) -> Linha:
    """A linha de um resumo a partir dos indicadores, com o cliente já carregado."""
    cliente = ind.cliente
    recencia = (referencia - ind.ultima_compra).days
    ciclo = int(ind.intervalo_mediano_dias.to_integral_value()) if _tem_ciclo(ind) else None
    pode = {canal for canal in CanalDeContato.values if canal not in cliente.nao_contatar}
    fone = normalizar_telefone(cliente.telefone)
    liga = CanalDeContato.LIGACAO in pode
    return Linha(
        cliente=cliente.pk,
        codigo=cliente.codigo,
        nome=cliente.nome,
        documento=mascarar(cliente.documento) if cliente.documento_valido else "",
        lugar="/".join(parte for parte in (cliente.cidade, cliente.uf) if parte),
        status=ind.status,
        valor=ind.valor_em_jogo,
        perda=Decimal(str(ind.perda_esperada or 0)),
        referencia=referencia,
        recencia=recencia,
        frases=_frases(ind, referencia, recencia, ciclo),
        barra=_barra(ind, recencia, ciclo),
        telefone=fone.valor if liga else "",
        ligar=f"tel:{fone.valor}" if liga and fone.valido else "",
        whatsapp=_whatsapp(cliente.pk, fone.valor) if CanalDeContato.WHATSAPP in pode else "",
    )


def _tem_ciclo(ind: Any) -> bool:
    return ind.dias_de_compra >= DIAS_PARA_CICLO_PROPRIO and ind.intervalo_mediano_dias is not None


def _whatsapp(cliente: int, telefone: str) -> str:
    """Pela página, que anota a tentativa; fixo não tem conversa."""
    return endereco("whatsapp", id=cliente) if _CELULAR.fullmatch(telefone) else ""


def _frases(ind: Any, referencia: date, recencia: int, ciclo: int | None) -> tuple[str, ...]:
    """O porquê, como um vendedor o diria; duas ou três frases curtas."""
    frases = [_frase_do_ritmo(ind, recencia, ciclo)]
    if ind.quase_inativo_em > referencia:
        frases.append(
            f"Fica {NOMES['quase_inativo'].lower()} em {_dias((ind.quase_inativo_em - referencia).days)}."
        )
    else:
        frases.append(f"Vira {NOMES['inativo'].lower()} em {_dias((ind.inativo_em - referencia).days)}.")
    if ind.ultimo_contato_em:
        frases.append(_frase_do_contato(referencia, ind.ultimo_contato_em))
    return tuple(frases)


def _frase_do_ritmo(ind: Any, recencia: int, ciclo: int | None) -> str:
    if ciclo:
        return f"Compra a cada {_dias(ciclo)}, está há {recencia}."
    if ind.dias_de_compra == 1:
        return f"Comprou uma vez só, há {_dias(recencia)}."
    return f"Está há {_dias(recencia)} sem comprar."


def _frase_do_contato(referencia: date, em: Any) -> str:
    dias = (referencia - timezone.localdate(em)).days
    return f"Último contato há {_dias(dias)}." if dias > 0 else "Contato feito hoje."


def _dias(n: int) -> str:
    return f"{n} dia" if n == 1 else f"{n} dias"


def _barra(ind: Any, recencia: int, ciclo: int | None) -> Barra:
    """A mesma escala das telas: o fim da barra é uma vez e meia o limite da inatividade."""
    limite = (ind.inativo_em - ind.ultima_compra).days if ind.inativo_em else 2 * recencia or 1
    cheio = _porcento(recencia, limite)
    traco = _porcento(ciclo, limite) if ciclo else 0
    if traco > cheio:
        return Barra(cheio, traco - cheio, True, True)
    return Barra(traco, cheio - traco, bool(traco), False)


def _porcento(dias: int, limite: int) -> int:
    return max(1, min(98, round(dias * 100 / (limite * 1.5))))
