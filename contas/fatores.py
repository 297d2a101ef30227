"""O segundo passo da entrada: aplicativo de códigos, chaves de acesso e códigos de recuperação.

Guardam-se no modelo do allauth, com os segredos cifrados pelo adaptador da casa; as regras são daqui. O allauth
pesa na partida: só se importa quando alguém usa.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from contas.auditoria import registrar
from contas.lembrados import esquecer
from contas.models import RegrasDeAcesso, Usuario

TOTP, CHAVE, RECUPERACAO = "totp", "webauthn", "recovery_codes"
PRINCIPAIS = (TOTP, CHAVE)
MAX_CHAVES = 10


class FatorRecusado(Exception):
    """A regra não deixa; a mensagem já vem pronta para a tela."""


@dataclass(frozen=True, slots=True)
class Fatores:
    """O que a pessoa tem ligado."""

    totp: Any
    chaves: tuple[Any, ...]
    recuperacao: Any

    @property
    def ligado(self) -> bool:
        return self.totp is not None or bool(self.chaves)

    @property
    def codigos_restantes(self) -> int:
        return len(self.recuperacao.wrap().get_unused_codes()) if self.recuperacao else 0


def _autenticadores() -> Any:
    return apps.get_model("mfa", "Authenticator").objects


def de(pessoa: Usuario) -> Fatores:
    """Numa consulta só."""
    achados = list(_autenticadores().filter(user=pessoa).order_by("pk"))
    um: dict[str, Any] = {a.type: a for a in achados}
    chaves = tuple(a for a in achados if a.type == CHAVE)
    return Fatores(um.get(TOTP), chaves, um.get(RECUPERACAO))


def ligado(pessoa: Usuario) -> bool:
    """A entrada desta pessoa tem dois passos."""
    return bool(_autenticadores().filter(user=pessoa, type__in=PRINCIPAIS).exists())


# ── Quem precisa ─────────────────────────────────────────────────────────────


def com_segundo_passo(pessoas: QuerySet[Usuario]) -> QuerySet[Usuario]:
    """Anota `tem_segundo_passo`, sem uma consulta por pessoa."""
    dela = _autenticadores().filter(user=OuterRef("pk"), type__in=PRINCIPAIS)
    return pessoas.annotate(tem_segundo_passo=Exists(dela))


def exigidos(regras: RegrasDeAcesso) -> Q:
    return Q(papel__in=regras.exige_de, is_active=True, email__isnull=False)


def precisa_ligar(pessoa: Usuario, regras: RegrasDeAcesso | None = None) -> date | None:
    """O dia a partir do qual esta pessoa não entra sem o segundo passo; nulo se não se exige ou já o tem."""
    regras = regras or RegrasDeAcesso.atuais()
    if pessoa.papel not in regras.exige_de or ligado(pessoa):
        return None
    return regras.exige_desde or timezone.localdate()


@transaction.atomic
def mudar_regras(*, regras: RegrasDeAcesso, por: Usuario) -> bool:
    """Guarda as regras da instalação; falso se nada mudou."""
    campos = ("exige_de", "exige_desde", "lembrar_dias", "ocioso_minutos", "sessao_horas")
    antes = RegrasDeAcesso.atuais()
    mudou = [c for c in campos if getattr(antes, c) != getattr(regras, c)]
    if not mudou:
        return False
    regras.pk = 1
    regras.full_clean(validate_unique=False, validate_constraints=False)
    regras.save()
    registrar(
        "mudar regras de acesso",
        por=por,
        antes={c: _legivel(getattr(antes, c)) for c in mudou},
        depois={c: _legivel(getattr(regras, c)) for c in mudou},
    )
    return True


def _legivel(valor: Any) -> Any:
    return valor.isoformat() if isinstance(valor, date) else valor


# ── Aplicativo de códigos ────────────────────────────────────────────────────


def segredo_novo() -> str:
    from allauth.mfa.totp.internal.auth import generate_totp_secret

    return generate_totp_secret()


@transaction.atomic
def ligar_totp(pessoa: Usuario, segredo: str, codigo: str) -> list[str]:
    """Liga depois que um código prova que o aplicativo o guardou; devolve os códigos de recuperação se nasceram."""
    from allauth.mfa.totp.internal.auth import TOTP as Aplicativo

    travada = Usuario.objects.select_for_update(no_key=True).get(pk=pessoa.pk)
    if _autenticadores().filter(user=travada, type=TOTP).exists():
        raise FatorRecusado(
            "O aplicativo de códigos já está ligado. Para trocar de aparelho, desligue-o antes."
        )
    passo = _passo_de(segredo, codigo, depois_de=0)
    if passo is None:
        raise FatorRecusado(
            "O código não confere. Espere o próximo e confira se a hora do telefone está certa."
        )
    aplicativo = Aplicativo.activate(travada, segredo).instance
    aplicativo.data["passo"] = passo  # o código da prova também só serve uma vez
    aplicativo.save()
    registrar("ligar aplicativo de códigos", por=pessoa, objeto=pessoa.nome)
    return _recuperacao_se_falta(travada)


def _passo_de(segredo: str, codigo: str, *, depois_de: int) -> int | None:
    """O passo de 30 s de que é o código, se é de um ainda não usado: o mesmo código não serve duas vezes."""
    from allauth.core.internal.cryptokit import compare_user_code
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    for passo in yield_hotp_counters_from_time():
        certo = format_hotp_value(hotp_value(segredo, passo))
        if passo > depois_de and compare_user_code(actual=codigo, expected=certo):
            return passo
    return None


@transaction.atomic
def conferir_codigo(pessoa: Usuario, codigo: str) -> str:
    """De que fator é o código certo (`totp` ou `recovery_codes`), gasto na mesma hora; vazio se não confere."""
    digitos = "".join(c for c in codigo if c.isalnum())
    if len(digitos) > 6:
        return RECUPERACAO if _gastar_recuperacao(pessoa, digitos) else ""
    return TOTP if _gastar_totp(pessoa, digitos) else ""


def _gastar_totp(pessoa: Usuario, codigo: str) -> bool:
    from allauth.mfa.utils import decrypt

    achado = _autenticadores().select_for_update().filter(user=pessoa, type=TOTP).first()
    if achado is None:
        return False
    passo = _passo_de(decrypt(achado.data["secret"]), codigo, depois_de=achado.data.get("passo", 0))
    if passo is None:
        return False
    achado.data["passo"], achado.last_used_at = passo, timezone.now()
    achado.save(update_fields=["data", "last_used_at"])
    return True


# ── Códigos de recuperação ───────────────────────────────────────────────────


def _gastar_recuperacao(pessoa: Usuario, codigo: str) -> bool:
    achado = _autenticadores().filter(user=pessoa, type=RECUPERACAO).first()
    if achado is None or not achado.wrap().validate_code(codigo):
        return False
    _autenticadores().filter(pk=achado.pk).update(last_used_at=timezone.now())
    return True


def _recuperacao_se_falta(pessoa: Usuario) -> list[str]:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    if _autenticadores().filter(user=pessoa, type=RECUPERACAO).exists():
        return []
    return RecoveryCodes.activate(pessoa).get_unused_codes()


@transaction.atomic
def refazer_recuperacao(pessoa: Usuario) -> list[str]:
    """Códigos novos; os de antes deixam de valer."""
    travada = Usuario.objects.select_for_update(no_key=True).get(pk=pessoa.pk)
    if not ligado(travada):
        raise FatorRecusado("Ligue antes o aplicativo de códigos ou uma chave de acesso.")
    _autenticadores().filter(user=travada, type=RECUPERACAO).delete()
    codigos = _recuperacao_se_falta(travada)
    registrar("refazer códigos de recuperação", por=pessoa, objeto=pessoa.nome)
    return codigos


# ── Chaves de acesso ─────────────────────────────────────────────────────────


@transaction.atomic
def guardar_chave(pessoa: Usuario, nome: str, credencial: dict[str, Any]) -> list[str]:
    """Guarda a chave que o navegador criou e já se conferiu; devolve os códigos de recuperação se nasceram."""
    travada = Usuario.objects.select_for_update(no_key=True).get(pk=pessoa.pk)
    if _autenticadores().filter(user=travada, type=CHAVE).count() >= MAX_CHAVES:
        raise FatorRecusado(f"São no máximo {MAX_CHAVES} chaves. Apague uma que não usa.")
    _autenticadores().create(
        user=travada, type=CHAVE, data={"name": nome[:60], "credential": credencial, "contador": 0}
    )
    registrar("criar chave de acesso", por=pessoa, objeto=pessoa.nome, depois={"chave": nome[:60]})
    return _recuperacao_se_falta(travada)


def chave_da_credencial(identificador: str) -> Any:
    """A chave de acesso com esse identificador, com a sua dona; ou nada."""
    achadas = _autenticadores().filter(type=CHAVE, data__credential__id=identificador)
    return achadas.select_related("user").first()


@transaction.atomic
def usar_chave(pk: int, contador: int) -> bool:
    """Anota o uso. Um contador que não avança é de uma chave copiada: não entra."""
    chave = _autenticadores().select_for_update().filter(pk=pk).first()
    if chave is None or (contador and contador <= chave.data.get("contador", 0)):
        return False
    chave.data["contador"], chave.last_used_at = contador, timezone.now()
    chave.save(update_fields=["data", "last_used_at"])
    return True


# ── Desligar ─────────────────────────────────────────────────────────────────


@transaction.atomic
def desligar(pessoa: Usuario, *, chave: int | None = None) -> str:
    """Tira o aplicativo de códigos ou uma chave; sem nenhum, somem também os de recuperação. Devolve o nome dela."""
    travada = Usuario.objects.select_for_update(no_key=True).get(pk=pessoa.pk)
    tipo = {"type": TOTP} if chave is None else {"type": CHAVE, "pk": chave}
    achado = _autenticadores().filter(user=travada, **tipo).first()
    if achado is None:
        raise FatorRecusado("Já não estava ligado.")
    outros = _autenticadores().filter(user=travada, type__in=PRINCIPAIS).exclude(pk=achado.pk).exists()
    if not outros and pessoa.papel in RegrasDeAcesso.atuais().exige_de:
        raise FatorRecusado("A instalação exige o segundo passo: ligue outro antes de tirar este.")
    nome = "" if chave is None else str(achado.data.get("name", ""))
    achado.delete()
    if not outros:
        _autenticadores().filter(user=travada).delete()
    esquecer(travada)
    acao = "desligar aplicativo de códigos" if chave is None else "apagar chave de acesso"
    registrar(acao, por=pessoa, objeto=pessoa.nome, antes={"chave": nome} if nome else None)
    return nome


def apagar_todos(pessoa: Usuario) -> int:
    """Todos os fatores e os aparelhos que dispensavam o segundo passo."""
    esquecer(pessoa)
    return int(_autenticadores().filter(user=pessoa).delete()[0])


@transaction.atomic
def zerar(*, pessoa: Usuario, por: Usuario) -> int:
    """O administrador tira o segundo passo de quem perdeu o telefone; a senha continua sendo pedida."""
    if pessoa.pk == por.pk:
        raise FatorRecusado("O seu próprio segundo passo se muda em Meu perfil, Segurança.")
    apagados = apagar_todos(pessoa)
    if not apagados:
        raise FatorRecusado(f"{pessoa.nome} não tem o segundo passo ligado.")
    registrar("zerar segundo passo", por=por, objeto=pessoa.nome, antes={"fatores": apagados})
    return apagados
