"""Criar, mudar, pausar, duplicar e tirar regras; cada mudança na auditoria, com o antes e o depois."""

from collections.abc import Iterable
from datetime import date, time
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from clientes.variaveis import TextoInvalido
from contas.auditoria import registrar
from contas.models import Empresa, Equipe, RegistroDeAuditoria, Usuario
from notificacoes.models import ItemDeMensagem, Para, Periodicidade, RegraDeAviso, Sobre
from notificacoes.regras import palavras
from notificacoes.regras.fatos import FATOS
from notificacoes.regras.partida import PARTIDA

ACAO = "mudar regra de aviso"
ACAO_DO_SILENCIO = "mudar horas de silêncio"
CAMPOS = (
    "nome",
    "sobre",
    "dias",
    "para",
    "periodicidade",
    "dia_da_semana",
    "dia_do_mes",
    "comeca_em",
    "so_dias_uteis",
    "hora",
    "por_email",
    "na_central",
    "assunto",
    "texto",
    "teto",
    "so_o_que_mudou",
    "incluir_bloqueados",
    "pessoa_escolhe",
)


@transaction.atomic
def salvar_regra(
    *,
    empresa: Empresa,
    por: Usuario,
    regra: RegraDeAviso | None = None,
    pessoas: Iterable[Usuario] = (),
    equipes: Iterable[Equipe] = (),
    **dados: Any,
) -> tuple[RegraDeAviso, bool]:
    """Cria ou muda, e diz se mudou; o que não cabe é recusado com a frase do campo (`ValidationError`)."""
    atual = RegraDeAviso.objects.select_for_update().get(pk=regra.pk) if regra else RegraDeAviso()
    antes = dita(atual) if regra else {}
    atual.empresa = empresa
    for campo in CAMPOS:
        if campo in dados:
            setattr(atual, campo, dados[campo])
    escolhidas = list(pessoas), list(equipes)
    _conferir(atual, *escolhidas)
    if not regra:
        atual.criada_por = por
    atual.save()
    e_escolha = atual.para == Para.ESCOLHIDOS
    atual.pessoas.set(escolhidas[0] if e_escolha else ())
    atual.equipes.set(escolhidas[1] if e_escolha else ())
    return atual, _anotar(atual, antes, por)


def _conferir(regra: RegraDeAviso, pessoas: list[Usuario], equipes: list[Equipe]) -> None:
    """As contas entre campos; o que não serve à periodicidade ou ao assunto se esvazia."""
    if regra.partida:
        regra.sobre, regra.para = regra.partida, PARTIDA[regra.partida]["para"]
    elif regra.sobre in PARTIDA:
        raise ValidationError(
            {"sobre": "Esta já é uma regra de partida da empresa: mude-a em vez de criar outra."}
        )
    fato = FATOS.get(Sobre(regra.sobre))
    regra.dias = (regra.dias or fato.dias_padrao) if fato and fato.pede_dias else None
    _conferir_cadencia(regra)
    if regra.para == Para.ESCOLHIDOS and not (pessoas or equipes):
        raise ValidationError({"para": "Escolha ao menos uma conta ou uma equipe."})
    if not (regra.por_email or regra.na_central):
        raise ValidationError({"por_email": "Escolha ao menos um canal: e-mail ou central."})
    for campo in ("assunto", "texto"):
        try:
            palavras.conferir(getattr(regra, campo))
        except TextoInvalido as recusa:
            raise ValidationError({campo: str(recusa)}) from recusa
    regra.full_clean(exclude=["criada_por"])


def _conferir_cadencia(regra: RegraDeAviso) -> None:
    semanal = regra.periodicidade in (Periodicidade.SEMANAL, Periodicidade.QUINZENAL)
    if semanal and regra.dia_da_semana is None:
        raise ValidationError({"dia_da_semana": "Diga em que dia da semana."})
    if regra.periodicidade == Periodicidade.MENSAL and regra.dia_do_mes is None:
        raise ValidationError({"dia_do_mes": "Diga em que dia do mês."})
    if regra.sobre == Sobre.VOLUME and regra.periodicidade == Periodicidade.DIARIA:
        raise ValidationError(
            {"periodicidade": "O volume compara semanas: escolha toda semana, ou menos vezes."}
        )
    regra.dia_da_semana = regra.dia_da_semana if semanal else None
    regra.dia_do_mes = regra.dia_do_mes if regra.periodicidade == Periodicidade.MENSAL else None
    quinzenal = regra.periodicidade == Periodicidade.QUINZENAL
    regra.comeca_em = (regra.comeca_em or timezone.localdate()) if quinzenal else None


# ── Pausar, duplicar, tirar ──────────────────────────────────────────────────


@transaction.atomic
def pausar(*, regra: RegraDeAviso, por: Usuario, hoje: date, ate: date | None = None) -> bool:
    """Até o dia dito, inclusive, ou até alguém a retomar."""
    if ate is not None and ate < hoje:
        raise ValidationError("A pausa termina hoje ou depois.")
    return _pausar(regra, por, pausada=True, pausada_ate=ate)


@transaction.atomic
def retomar(*, regra: RegraDeAviso, por: Usuario) -> bool:
    return _pausar(regra, por, pausada=False, pausada_ate=None)


def _pausar(regra: RegraDeAviso, por: Usuario, **campos: Any) -> bool:
    atual = RegraDeAviso.objects.select_for_update().get(pk=regra.pk)
    antes = dita(atual)
    for campo, valor in campos.items():
        setattr(atual, campo, valor)
    atual.save(update_fields=list(campos))
    return _anotar(atual, antes, por)


@transaction.atomic
def duplicar(*, regra: RegraDeAviso, por: Usuario) -> RegraDeAviso:
    """A cópia nasce em pausa: ninguém recebe duas vezes enquanto ela não é ajustada."""
    if regra.partida:
        raise ValidationError("As regras de partida não se duplicam: há uma de cada por empresa.")
    copia = RegraDeAviso(empresa=regra.empresa, criada_por=por, pausada=True)
    for campo in CAMPOS:
        setattr(copia, campo, getattr(regra, campo))
    copia.nome = _nome_livre(regra)
    copia.save()
    copia.pessoas.set(regra.pessoas.all())
    copia.equipes.set(regra.equipes.all())
    _anotar(copia, {}, por)
    return copia


def _nome_livre(regra: RegraDeAviso) -> str:
    usados = set(RegraDeAviso.objects.em_uso().filter(empresa=regra.empresa).values_list("nome", flat=True))
    base = f"Cópia de {regra.nome}"[:76]
    nomes = [base, *(f"{base} {n}" for n in range(2, len(usados) + 3))]
    return next(nome for nome in nomes if nome not in usados)


def ja_decidiu(regra: RegraDeAviso) -> bool:
    return ItemDeMensagem.objects.filter(regra=regra.chave).exists()


@transaction.atomic
def tirar(*, regra: RegraDeAviso, por: Usuario) -> bool:
    """Apaga, ou arquiva se já avisou alguém (e diz se arquivou): o que se decidiu continua a dizer o nome dela."""
    if regra.partida:
        raise ValidationError("As regras de partida não se excluem: ponha-a em pausa.")
    arquiva = ja_decidiu(regra)
    registrar(
        ACAO,
        por=por,
        objeto=_objeto(regra),
        antes=dita(regra),
        depois={"arquivada" if arquiva else "excluída": True},
    )
    if arquiva:
        RegraDeAviso.objects.filter(pk=regra.pk).update(arquivada_em=timezone.now())
    else:
        RegraDeAviso.objects.filter(pk=regra.pk).delete()
    return arquiva


# ── A história ───────────────────────────────────────────────────────────────


def dita(regra: RegraDeAviso) -> dict[str, Any]:
    """A regra como se lê, campo a campo."""
    dados = {_rotulo(campo): _valor(regra, campo) for campo in (*CAMPOS, "pausada", "pausada_ate")}
    if regra.para == Para.ESCOLHIDOS:
        dados["contas"] = [pessoa.nome for pessoa in regra.pessoas.order_by("nome_chave")]
        dados["equipes"] = [equipe.nome for equipe in regra.equipes.order_by("nome")]
    return dados


def _rotulo(campo: str) -> str:
    return str(getattr(RegraDeAviso._meta.get_field(campo), "verbose_name", campo))


def _valor(regra: RegraDeAviso, campo: str) -> Any:
    mostrar = getattr(regra, f"get_{campo}_display", None)
    valor = mostrar() if mostrar else getattr(regra, campo)
    if isinstance(valor, time):
        return f"{valor:%H:%M}"
    return valor if valor is None or isinstance(valor, (bool, int)) else str(valor)


def _anotar(regra: RegraDeAviso, antes: dict[str, Any], por: Usuario) -> bool:
    depois = dita(regra)
    mudados = [campo for campo in (*antes, *depois) if antes.get(campo) != depois.get(campo)]
    if not mudados:
        return False
    registrar(
        ACAO,
        por=por,
        objeto=_objeto(regra),
        antes={campo: antes.get(campo) for campo in mudados} if antes else None,
        depois={campo: depois.get(campo) for campo in mudados},
        alvo=regra,
    )
    return True


def historia(regra: RegraDeAviso) -> QuerySet[RegistroDeAuditoria]:
    """O que já mudou nela, do mais novo ao mais antigo."""
    registros = RegistroDeAuditoria.objects.filter(acao=ACAO, objeto=_objeto(regra))
    return registros.select_related("por").order_by("-em", "-id")


def _objeto(regra: RegraDeAviso) -> str:
    return f"regra de aviso {regra.pk}"


@transaction.atomic
def mudar_silencio(*, empresa: Empresa, de: Any, ate: Any, por: Usuario) -> bool:
    """As horas em que nenhum aviso chega; sem as duas, não há silêncio."""
    if (de is None) != (ate is None):
        raise ValidationError("Diga o começo e o fim do silêncio, ou deixe os dois em branco.")
    if de is not None and de == ate:
        raise ValidationError("O silêncio precisa de um fim diferente do começo.")
    atual = Empresa.objects.select_for_update(no_key=True).get(pk=empresa.pk)
    antes, depois = _silencio(atual.silencio_de, atual.silencio_ate), _silencio(de, ate)
    if antes == depois:
        return False
    Empresa.objects.filter(pk=empresa.pk).update(silencio_de=de, silencio_ate=ate)
    registrar(ACAO_DO_SILENCIO, por=por, objeto=f"empresa {empresa.codigo}", antes=antes, depois=depois)
    return True


def _silencio(de: Any, ate: Any) -> dict[str, str]:
    return {"silêncio": f"das {de:%H:%M} às {ate:%H:%M}" if de and ate else "nenhum"}
