"""Os dois cadastros lado a lado: que campos diferem, o que se propõe e o que se grava."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clientes.emails import email_valido
from clientes.models import Cliente
from clientes.telefones import telefone_valido

FICOU, OUTRO, AMBOS = "ficou", "outro", "ambos"


def _maior(fica: Any, outro: Any) -> bool:
    return bool(outro) and not fica


@dataclass(frozen=True, slots=True)
class Escolha:
    """Um campo (ou grupo que anda junto); `prefere` diz se a proposta é o valor do outro."""

    chave: str
    rotulo: str
    colunas: tuple[str, ...]
    prefere: Callable[[Cliente, Cliente], bool] | None = None
    junta: bool = False

    def valores(self, cliente: Cliente) -> tuple[Any, ...]:
        return tuple(getattr(cliente, c) for c in self.colunas)

    def difere(self, ficou: Cliente, outro: Cliente) -> bool:
        return self.valores(ficou) != self.valores(outro)

    def proposta(self, ficou: Cliente, outro: Cliente) -> str:
        """O de quem fica, salvo em branco (ou inválido onde o outro vale)."""
        if self.junta and self.valores(ficou)[0] and self.valores(outro)[0]:
            return AMBOS
        prefere = self.prefere or (lambda f, o: _maior(self.valores(f)[0], self.valores(o)[0]))
        return OUTRO if prefere(ficou, outro) else FICOU


def _valida(campo: str, valido: Callable[[str], bool]) -> Callable[[Cliente, Cliente], bool]:
    return lambda f, o: valido(getattr(o, campo)) and not valido(getattr(f, campo))


ESCOLHAS = (
    Escolha("razao_social", "Razão social", ("razao_social",)),
    Escolha("nome_fantasia", "Nome fantasia", ("nome_fantasia",)),
    Escolha(
        "documento",
        "CPF/CNPJ",
        ("documento", "documento_valido"),
        lambda f, o: (
            (o.documento_valido and not f.documento_valido) or (bool(o.documento) and not f.documento)
        ),
    ),
    Escolha(
        "lugar",
        "Município",
        ("cidade", "uf", "municipio_id"),
        lambda f, o: bool(o.municipio_id) and not f.municipio_id,
    ),
    Escolha("cep", "CEP", ("cep",)),
    Escolha("segmento", "Segmento", ("segmento_id",)),
    Escolha("dono", "Vendedor e a história de donos", ("vendedor_id", "equipe_id")),
    Escolha("telefone", "Telefone", ("telefone",), _valida("telefone", telefone_valido)),
    Escolha("email", "E-mail", ("email",), _valida("email", email_valido)),
    Escolha("porte", "Porte", ("porte",)),
    Escolha("perfil", "Perfil", ("perfil",)),
    Escolha("categoria", "Categoria", ("categoria",)),
    Escolha(
        "limite_credito",
        "Limite de crédito",
        ("limite_credito",),
        lambda f, o: f.limite_credito is None and o.limite_credito is not None,
    ),
    Escolha("bloqueado", "Bloqueado", ("bloqueado",)),
    Escolha(
        "encerrado",
        "Encerrado",
        ("encerrado_em", "encerrado_motivo"),
        lambda f, o: bool(f.encerrado_em) and not o.encerrado_em,
    ),
    Escolha(
        "fora_do_perfil",
        "Fora do perfil",
        ("fora_do_perfil",),
        lambda f, o: f.fora_do_perfil and not o.fora_do_perfil,
    ),
    Escolha("adiado", "Adiado até", ("adiado_ate", "adiado_motivo")),
    Escolha(
        "potencial_mensal",
        "Potencial mensal",
        ("potencial_mensal",),
        lambda f, o: f.potencial_mensal is None and o.potencial_mensal is not None,
    ),
    Escolha(
        "cadastrado_em",
        "Cadastrado em",
        ("cadastrado_em",),
        lambda f, o: (
            o.cadastrado_em is not None and (f.cadastrado_em is None or o.cadastrado_em < f.cadastrado_em)
        ),
    ),
    Escolha("contato_verificado_em", "Contatos conferidos em", ("contato_verificado_em",)),
    Escolha("observacao", "Observação", ("observacao",), junta=True),
)


def que_diferem(ficou: Cliente, outro: Cliente) -> list[Escolha]:
    return [e for e in ESCOLHAS if e.difere(ficou, outro)]


def colunas_escolhidas(ficou: Cliente, outro: Cliente, escolhas: dict[str, str]) -> dict[str, Any]:
    """Coluna → valor do que muda em quem fica. Quem se opôs a um canal em qualquer dos dois continua oposto."""
    valores: dict[str, Any] = {}
    for escolha in que_diferem(ficou, outro):
        dita = escolhas.get(escolha.chave, FICOU)
        if dita == AMBOS and escolha.junta:
            valores[escolha.colunas[0]] = "\n\n".join(
                filter(None, (escolha.valores(ficou)[0], escolha.valores(outro)[0]))
            )
        elif dita == OUTRO:
            valores |= dict(zip(escolha.colunas, escolha.valores(outro), strict=True))
    opostos = sorted({*ficou.nao_contatar, *outro.nao_contatar})
    if opostos != sorted(ficou.nao_contatar):
        valores["nao_contatar"] = opostos
    return valores
