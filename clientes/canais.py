"""Por onde se pode falar com um cliente: os números e endereços que há, e a oposição que os fecha."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from clientes.models import CanalDeContato, Cliente, PessoaDeContato
from clientes.telefones import normalizar_telefone
from contas.models import Usuario
from contas.papeis import Permissao, pode
from contas.pronta import IDS, Entre, Pronta

_PEDIDO = {
    CanalDeContato.LIGACAO: "não receber ligações",
    CanalDeContato.WHATSAPP: "não ser procurado pelo WhatsApp",
    CanalDeContato.VISITA: "não receber visitas",
    CanalDeContato.EMAIL: "não receber e-mails",
}


# O dado que só serve aos canais: fechados todos, não se mostra.
_DO_CAMPO = {
    "telefone": {CanalDeContato.LIGACAO, CanalDeContato.WHATSAPP},
    "email": {CanalDeContato.EMAIL},
}
# O que uma pessoa precisa dizer para que se disque o número dela.
_PARA_LIGAR = (
    "cliente_id", "nome", "telefone", "principal", "ativa", "papel", "cargo", "observacao", "nao_contatar",
)  # fmt: skip


_COM_TELEFONE = Pronta(
    lambda ids: (
        PessoaDeContato.objects.filter(Entre("cliente_id", ids), ativa=True)
        .exclude(telefone="")
        .only(*_PARA_LIGAR)
    ),
    IDS,
)


class CanalRecusado(ValueError):
    """Quem é do cliente pediu para não ser procurado por aí; a mensagem já vem pronta para a tela."""


def recusa(canal: str, cliente: Cliente, pessoa: PessoaDeContato | None = None) -> str:
    """Por que não se pode usar o canal com o cliente ou com a pessoa dele; vazio quando se pode."""
    for quem in (cliente, pessoa):
        if quem is not None and canal in quem.nao_contatar:
            return f"{quem} pediu para {_PEDIDO[CanalDeContato(canal)]}."
    return ""


def campos_fechados(cliente: Cliente, pessoa: PessoaDeContato | None = None) -> frozenset[str]:
    """O número e o endereço que não se mostram: quem os deu não quer ser procurado por canal nenhum que os usa.

    Deles só lê quem cuida dos titulares.
    """
    fechados = {*cliente.nao_contatar, *(pessoa.nao_contatar if pessoa else ())}
    return frozenset(campo for campo, canais in _DO_CAMPO.items() if canais <= fechados)


def escondidos_de(
    usuario: Usuario, cliente: Cliente, pessoa: PessoaDeContato | None = None
) -> frozenset[str]:
    """Os campos fechados que a pessoa não lê."""
    if pode(usuario, Permissao.CUIDAR_DE_TITULARES):
        return frozenset()
    return campos_fechados(cliente, pessoa)


def exigir(canal: str, cliente: Cliente, pessoa: PessoaDeContato | None = None) -> None:
    if motivo := recusa(canal, cliente, pessoa):
        raise CanalRecusado(motivo)


@dataclass(frozen=True, slots=True)
class Destino:
    """Um número ou endereço, de quem é, e por que não se usa (se for o caso)."""

    valor: str
    nome: str
    detalhe: str = ""
    pessoa: PessoaDeContato | None = None
    recusa: str = ""

    @property
    def chave(self) -> str:
        """Como o formulário o escolhe: a pessoa, ou o cliente."""
        return str(self.pessoa.pk) if self.pessoa else "0"


def destinos(canal: str, cliente: Cliente, pessoas: Iterable[PessoaDeContato]) -> list[Destino]:
    """Os do canal, a pessoa principal antes, o cliente depois e as outras por fim; um número não se repete."""
    return list(_um_a_um(canal, cliente, pessoas))


def _um_a_um(canal: str, cliente: Cliente, pessoas: Iterable[PessoaDeContato]) -> Iterator[Destino]:
    """Só monta os que se pedem: as listas perguntam pelo primeiro de cinquenta clientes de uma vez."""
    vistos: set[str] = set()
    for pessoa in _na_ordem(pessoas):
        valor = _valor(canal, pessoa or cliente)
        if valor and valor not in vistos:
            vistos.add(valor)
            yield _destino(canal, valor, cliente, pessoa)


def _na_ordem(pessoas: Iterable[PessoaDeContato]) -> list[PessoaDeContato | None]:
    """A principal, o cliente (nada) e as outras; só as ativas."""
    ativas = [p for p in pessoas if p.ativa]
    return [*(p for p in ativas if p.principal), None, *(p for p in ativas if not p.principal)]


def primeiro_que_aceita(achados: Iterable[Destino]) -> Destino | None:
    return next((destino for destino in achados if not destino.recusa), None)


def a_discar(cliente: Cliente) -> Destino | None:
    """O telefone a discar e de quem é: o que `com_telefones` leu ou, sem ele, o do cadastro; nada se não querem."""
    if hasattr(cliente, "para_ligar"):
        return cliente.para_ligar
    return primeiro_que_aceita(destinos(CanalDeContato.LIGACAO, cliente, ()))


def para_ligar(
    clientes: Iterable[Cliente], lidas: Iterable[PessoaDeContato] | None = None
) -> dict[int, Destino]:
    """Que telefone discar para cada um, e de quem é, lido de uma vez (ou das pessoas ativas já `lidas`).

    Da pessoa principal, senão do cadastro, senão de outra pessoa ativa; quem pediu para não receber ligações,
    ou não tem telefone nenhum, não aparece.
    """
    por_id = {cliente.pk: cliente for cliente in clientes}
    pessoas: dict[int, list[PessoaDeContato]] = {}
    if lidas is None:
        lidas = _COM_TELEFONE(list(por_id)) if por_id else ()
    for pessoa in lidas:
        pessoas.setdefault(pessoa.cliente_id, []).append(pessoa)
    achados = {}
    for pk, cliente in por_id.items():
        destino = primeiro_que_aceita(_um_a_um(CanalDeContato.LIGACAO, cliente, pessoas.get(pk, ())))
        if destino is not None:
            achados[pk] = destino
    return achados


def com_telefones(clientes: Iterable[Cliente], lidas: Iterable[PessoaDeContato] | None = None) -> None:
    """Deixa em cada cliente (`para_ligar`) o telefone a discar, para as telas que mostram muitos."""
    todos = list(clientes)
    achados = para_ligar(todos, lidas)
    for cliente in todos:
        cliente.para_ligar = achados.get(cliente.pk)  # type: ignore[attr-defined]


def _destino(canal: str, valor: str, cliente: Cliente, pessoa: PessoaDeContato | None) -> Destino:
    partes = (pessoa.cargo or pessoa.get_papel_display(), pessoa.observacao) if pessoa else ()
    detalhe = ", ".join(parte for parte in partes if parte)
    return Destino(valor, str(pessoa or cliente), detalhe, pessoa, recusa(canal, cliente, pessoa))


def _valor(canal: str, quem: Cliente | PessoaDeContato) -> str:
    if canal == CanalDeContato.EMAIL:
        return quem.email.strip() if _endereco_valido(quem.email) else ""
    if canal == CanalDeContato.LIGACAO:
        return quem.telefone
    return numero_do_whatsapp(quem.telefone)


def numero_do_whatsapp(telefone: str) -> str:
    """Só dígitos com o país, como o wa.me quer; vazio quando o telefone não é um número válido."""
    lido = normalizar_telefone(telefone)
    return lido.valor.removeprefix("+") if lido.valido else ""


def _endereco_valido(texto: str) -> bool:
    try:
        validate_email(texto.strip())
    except ValidationError:
        return False
    return True
