"""As pendências de cadastro: o que está errado ou falta, e o que se decidiu de cada uma.

Cada tipo se declara uma vez, em `REGRAS`, com as duas gêmeas: `falta` olha a linha lida, `condicao` é a do banco.
Quem encerrou ou está fora do perfil não tem pendências: ninguém precisa do cadastro dele em dia.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.db.models import Case, F, OuterRef, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, Length
from django.db.models.lookups import LessThanOrEqual

from clientes import ceps, emails, telefones
from clientes.cadastro import editar_cliente
from clientes.models import (
    Cliente,
    DecisaoDeHigiene,
    DecisaoDePendencia,
    ParametrosDaCarteira,
    TipoDePendencia,
)
from contas.auditoria import registrar
from contas.models import Empresa, Usuario


class HigieneInvalida(ValueError):
    """Gesto que a casa recusa; a mensagem já vem pronta para a tela."""


@dataclass(frozen=True, slots=True)
class Regra:
    """Um tipo de pendência: que campos o consertam, de que valor fala e quando há o que consertar."""

    tipo: TipoDePendencia
    campos: tuple[str, ...]
    falta: Callable[[Cliente], bool]
    condicao: Callable[[str], Q]
    visto: str = ""  # o campo cujo valor se aceita como está; vazio quando o que há é a falta dele

    def valor_visto(self, cliente: Cliente) -> str:
        return str(getattr(cliente, self.visto) or "") if self.visto else ""


def _vazio(campo: str) -> tuple[Callable[[Cliente], bool], Callable[[str], Q]]:
    return lambda c: not getattr(c, campo), lambda p: Q(**{f"{p}{campo}": ""})


def _nulo(campo: str) -> tuple[Callable[[Cliente], bool], Callable[[str], Q]]:
    coluna = str(getattr(Cliente._meta.get_field(campo), "attname", campo))
    return lambda c: getattr(c, coluna) is None, lambda p: Q(**{f"{p}{campo}__isnull": True})


def _cabe(comum: str) -> Callable[[str], Q]:
    return lambda coluna: Q(**{f"{coluna}__regex": comum})


def _email_comum(coluna: str) -> Q:
    return Q(LessThanOrEqual(Length(coluna), emails.COMUM_ATE), **{f"{coluna}__regex": emails.COMUM})


def _fora_da_forma(
    campo: str, forma: str, valido: Callable[[str], bool], comum: Callable[[str], Q], operador: str = "regex"
) -> tuple[Callable[[Cliente], bool], Callable[[str], Q]]:
    """`comum` é um pedaço da forma: quem cabe nele já vale, sem que o banco leia a forma inteira, que é cara.

    O CASE guarda a ordem: entre duas condições, o banco começaria pela que julga mais barata.
    """

    def fora(p: str) -> Q:
        inteira = Q(**{f"{p}{campo}__{operador}": forma})
        cabe = Case(
            When(comum(f"{p}{campo}"), then=Value(True)),
            When(inteira, then=Value(True)),
            default=Value(False),
        )
        return ~Q(**{f"{p}{campo}": ""}) & ~Q(cabe)

    return lambda c: bool(getattr(c, campo)) and not valido(getattr(c, campo)), fora


_T = TipoDePendencia
_DOCUMENTO = (
    lambda c: bool(c.documento) and not c.documento_valido,
    lambda p: ~Q(**{f"{p}documento": ""}) & Q(**{f"{p}documento_valido": False}),
)
REGRAS: dict[str, Regra] = {
    r.tipo: r
    for r in (
        Regra(_T.DOCUMENTO_INVALIDO, ("documento",), *_DOCUMENTO, visto="documento"),
        Regra(_T.SEM_DOCUMENTO, ("documento",), *_vazio("documento")),
        Regra(
            _T.TELEFONE_INVALIDO,
            ("telefone",),
            *_fora_da_forma("telefone", telefones.FORMA, telefones.telefone_valido, _cabe(telefones.COMUM)),
            visto="telefone",
        ),
        Regra(_T.SEM_TELEFONE, ("telefone",), *_vazio("telefone")),
        Regra(
            _T.EMAIL_INVALIDO,
            ("email",),
            *_fora_da_forma("email", emails.FORMA, emails.email_valido, _email_comum, "iregex"),
            visto="email",
        ),
        Regra(_T.SEM_EMAIL, ("email",), *_vazio("email")),
        Regra(
            _T.CEP_INVALIDO,
            ("cep",),
            *_fora_da_forma("cep", ceps.FORMA, ceps.cep_valido, _cabe(ceps.COMUM)),
            visto="cep",
        ),
        Regra(_T.SEM_CEP, ("cep",), *_vazio("cep")),
        Regra(_T.SEM_MUNICIPIO, ("cidade", "uf"), *_nulo("municipio"), visto="cidade"),
        Regra(_T.SEM_VENDEDOR, ("vendedor",), *_nulo("vendedor")),
        Regra(_T.SEM_SEGMENTO, ("segmento",), *_nulo("segmento")),
        Regra(_T.SEM_POTENCIAL, ("potencial_mensal",), *_nulo("potencial_mensal")),
    )
}


def pendencias_do_cadastro(cliente: Cliente) -> list[TipoDePendencia]:
    """Tudo o que há por consertar num cliente, na ordem da tela, sem olhar o que se decidiu."""
    if cliente.encerrado_em or cliente.fora_do_perfil:
        return []
    return [r.tipo for r in REGRAS.values() if r.falta(cliente)]


def com_pendencia(tipo: str, prefixo: str = "") -> Q:
    """A gêmea em SQL, sobre os campos de Cliente sob `prefixo`."""
    em_carteira = Q(**{f"{prefixo}encerrado_em__isnull": True, f"{prefixo}fora_do_perfil": False})
    return em_carteira & REGRAS[tipo].condicao(prefixo)


def decididas(hoje: date, prefixo: str = "", chave: str = "pk") -> QuerySet[Any]:
    """Os tipos que saem da fila do cliente de fora: adiados que ainda não voltaram e aceitos com o mesmo valor."""
    vistos = [
        When(tipo=r.tipo, then=Cast(Coalesce(OuterRef(f"{prefixo}{r.visto}"), Value("")), TextField()))
        for r in REGRAS.values()
        if r.visto
    ]
    atual = Case(*vistos, default=Value(""), output_field=TextField())
    vale = Q(decisao=DecisaoDeHigiene.ADIADA, ate__gt=hoje) | Q(
        decisao=DecisaoDeHigiene.ACEITA, visto_agora=F("valor")
    )
    decisoes = DecisaoDePendencia.objects.filter(cliente=OuterRef(chave))
    return decisoes.annotate(visto_agora=atual).filter(vale).order_by().values("tipo")


def esta_decidida(cliente: Cliente, decisao: DecisaoDePendencia, hoje: date) -> bool:
    """A mesma regra, sobre a linha lida."""
    if decisao.decisao == DecisaoDeHigiene.ADIADA:
        return decisao.ate is not None and decisao.ate > hoje
    if decisao.decisao == DecisaoDeHigiene.ACEITA:
        return decisao.valor == REGRAS[decisao.tipo].valor_visto(cliente)
    return False


# ── Gestos ───────────────────────────────────────────────────────────────────


@transaction.atomic
def consertar(*, cliente: Cliente, tipo: str, mudancas: dict[str, Any], por: Usuario) -> bool:
    """Grava o conserto; falso se a pendência continua (o valor novo também não serve)."""
    editar_cliente(cliente=cliente, mudancas=mudancas, por=por)
    return anotar_conserto(cliente=cliente, tipo=tipo, por=por)


def anotar_conserto(*, cliente: Cliente, tipo: str, por: Usuario) -> bool:
    """Depois de mudado o cadastro: se a pendência se foi, conta no progresso de quem a consertou."""
    atual = Cliente.objects.get(pk=cliente.pk)
    if REGRAS[tipo].falta(atual):
        return False
    _decidir(atual, tipo, DecisaoDeHigiene.CONSERTADA, por, valor=REGRAS[tipo].valor_visto(atual))
    return True


@transaction.atomic
def aceitar(*, cliente: Cliente, tipo: str, motivo: str, por: Usuario) -> None:
    """Fica como está, com o motivo; se o valor mudar e continuar errado, a pendência volta."""
    atual = _com_a_pendencia(cliente, tipo)
    _exigir_motivo(motivo, "Diga por que fica assim: quem olhar depois vai querer saber.")
    valor = REGRAS[tipo].valor_visto(atual)
    _decidir(atual, tipo, DecisaoDeHigiene.ACEITA, por, valor=valor, motivo=motivo.strip())
    _auditar("aceitar pendência", atual, tipo, por, motivo=motivo.strip())


@transaction.atomic
def adiar(*, cliente: Cliente, tipo: str, ate: date, motivo: str, por: Usuario, hoje: date) -> None:
    """Sai da fila até o dia, quando volta sozinha."""
    if ate <= hoje:
        raise HigieneInvalida("Escolha um dia depois de hoje.")
    atual = _com_a_pendencia(cliente, tipo)
    _exigir_motivo(motivo, "Diga por que adiar.")
    _decidir(atual, tipo, DecisaoDeHigiene.ADIADA, por, ate=ate, motivo=motivo.strip())
    _auditar("adiar pendência", atual, tipo, por, motivo=motivo.strip(), ate=ate.isoformat())


@transaction.atomic
def reabrir(*, cliente: Cliente, tipo: str, por: Usuario) -> bool:
    """Desfaz o aceite ou o adiamento."""
    apagadas, _ = DecisaoDePendencia.objects.filter(
        cliente=cliente, tipo=tipo, decisao__in=(DecisaoDeHigiene.ACEITA, DecisaoDeHigiene.ADIADA)
    ).delete()
    if apagadas:
        _auditar("reabrir pendência", cliente, tipo, por)
    return bool(apagadas)


def _com_a_pendencia(cliente: Cliente, tipo: str) -> Cliente:
    atual = Cliente.objects.select_for_update(no_key=True).get(pk=cliente.pk)
    if not REGRAS[tipo].falta(atual):
        raise HigieneInvalida("Esta pendência já não existe: alguém a consertou.")
    return atual


def _exigir_motivo(motivo: str, recusa: str) -> None:
    if not motivo.strip():
        raise HigieneInvalida(recusa)


def _decidir(cliente: Cliente, tipo: str, decisao: str, por: Usuario, **campos: Any) -> None:
    limpos = {"valor": "", "ate": None, "motivo": ""} | campos
    DecisaoDePendencia.objects.update_or_create(
        cliente=cliente, tipo=tipo, defaults={"decisao": decisao, "por": por, **limpos}
    )


def _auditar(acao: str, cliente: Cliente, tipo: str, por: Usuario, **depois: Any) -> None:
    nome = str(TipoDePendencia(tipo).label)
    depois = {"pendência": nome, **depois}
    registrar(acao, por=por, objeto=f"cliente {cliente.codigo}", depois=depois, alvo=cliente)


# ── Contatos conferidos ──────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Conferencia:
    """Quando se confirmou que os contatos são estes, e se já é tempo de confirmar de novo."""

    em: date | None
    vencida: bool

    @property
    def texto(self) -> str:
        if self.em is None:
            return "nunca conferidos"
        return f"conferidos em {self.em:%d/%m/%Y}{': confira de novo' if self.vencida else ''}"


def conferencia_de(cliente: Cliente, hoje: date) -> Conferencia:
    """Vencida no dia em que completa os meses da empresa; nunca conferidos também pede conferência."""
    em = cliente.contato_verificado_em
    limite = hoje - relativedelta(months=meses_para_reverificar(cliente.empresa))
    return Conferencia(em, em is None or em <= limite)


def meses_para_reverificar(empresa: Empresa) -> int:
    parametros = getattr(empresa, "parametros_da_carteira", None) or ParametrosDaCarteira()
    return int(parametros.meses_para_reverificar)


@transaction.atomic
def verificar_contatos(*, cliente: Cliente, por: Usuario, em: date) -> date | None:
    """O telefone e o e-mail do cliente ainda são estes, em `em`; devolve o dia de antes, para desfazer."""
    atual = Cliente.objects.select_for_update(no_key=True).get(pk=cliente.pk)
    antes = atual.contato_verificado_em
    _marcar_verificado(atual, em, por)
    return antes


@transaction.atomic
def voltar_verificacao(*, cliente: Cliente, por: Usuario, para: date | None) -> None:
    _marcar_verificado(Cliente.objects.select_for_update(no_key=True).get(pk=cliente.pk), para, por)


def _marcar_verificado(atual: Cliente, em: date | None, por: Usuario) -> None:
    antes = atual.contato_verificado_em
    if antes == em:
        return
    atual.contato_verificado_em = em
    atual.save(update_fields=["contato_verificado_em", "atualizado_em"])
    registrar(
        "conferir contatos",
        por=por,
        objeto=f"cliente {atual.codigo}",
        antes={"contato_verificado_em": antes.isoformat() if antes else None},
        depois={"contato_verificado_em": em.isoformat() if em else None},
    )
