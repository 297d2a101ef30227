"""A entrada fechada por muitas tentativas, e quem a abre: a própria pessoa pelo e-mail, ou um administrador.

São dois limites. O de cada endereço (django-axes) fecha por meia hora. O de cada pessoa soma os de todos os endereços:
depois de dez erros, a próxima tentativa espera um minuto, dois, quatro, até quinze. Para que um estranho não a tranque
errando de propósito, o navegador em que ela já entrou (`carteira.conhecidos`) não espera por ele.
"""

import hashlib
from datetime import timedelta

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.forms import UsernameField
from django.core import signing
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from carteira import conhecidos
from contas import contagens
from contas.auditoria import registrar
from contas.models import Usuario
from notificacoes.seguranca import desbloqueio, desbloqueio_de_ninguem

SAL = "carteira.desbloqueio"
HORAS = 1
_INTERVALO = 300  # um pedido a cada cinco minutos por pessoa basta
# Por pessoa, de onde quer que venham: quantos erros não esperam, o teto da espera e quando se esquecem.
LIVRES, TETO, LEMBRANCA = 10, 15 * 60, 24 * 3600
_DO_CONHECIDO = 3600  # um navegador conhecido tem os mesmos dez, esquecidos em uma hora
_LIDO_NA_ENTRADA = UsernameField(max_length=254, required=False)


def nome_de_entrada(request: HttpRequest | None, credentials: dict[str, str] | None) -> str:
    """ "ANA@…", "ana@…" e "ａna@…" são a mesma pessoa: escrever de outro jeito não dá mais tentativas."""
    nome = (credentials or {}).get("username") or (request.POST.get("username") if request else "")
    # O campo da entrada junta, por NFKC, as letras que só diferem na largura: aqui se lê pelo mesmo.
    return _LIDO_NA_ENTRADA.to_python(nome).strip().lower()


def espera(request: HttpRequest, nome: str) -> int:
    """Quantos segundos esta tentativa ainda espera; zero, e ela já está contada."""
    if not nome.strip() or not AxesProxyHandler.is_allowed(request, {"username": nome}):
        return 0  # a de um endereço já fechado nem chega à senha: não conta contra ninguém
    pessoa = conhecidos.marca(nome)
    navegador = conhecidos.conhece(request, pessoa)
    if navegador and contagens.contar(_do_navegador(pessoa, navegador), _DO_CONHECIDO) <= LIVRES:
        return 0
    return contagens.tentar(_da_pessoa(pessoa), livres=LIVRES, teto=TETO, prazo=LEMBRANCA)


def acertou(request: HttpRequest, nome: str) -> None:
    """A senha conferiu: a tentativa contada não era um erro. Os erros de antes não se esquecem por isso."""
    pessoa = conhecidos.marca(nome)
    if navegador := conhecidos.conhece(request, pessoa):
        contagens.esquecer(_do_navegador(pessoa, navegador))
    else:
        contagens.devolver(_da_pessoa(pessoa))


def _da_pessoa(marca: str) -> str:
    return f"entrada:{marca}"


def _do_navegador(marca: str, navegador: str) -> str:
    return f"entrada:{marca}:{navegador}"


def bloqueada(pessoa: Usuario) -> bool:
    """De algum lugar, já não se pode tentar entrar como ela."""
    if contagens.quantas(_da_pessoa(conhecidos.marca(pessoa.email or ""))) >= LIVRES:
        return True
    return AccessAttempt.objects.filter(
        username=pessoa.email,
        failures_since_start__gte=settings.AXES_FAILURE_LIMIT,
        attempt_time__gt=timezone.now() - (get_cool_off() or timedelta(0)),
    ).exists()


def pedir(email: str) -> None:
    """Manda o enlace a quem tem a entrada fechada; a quem não, nada, e a página responde o mesmo no mesmo tempo."""
    pessoa = Usuario.objects.filter(email__iexact=email.strip(), is_active=True).first()
    token = signing.dumps(pessoa.pk if pessoa else 0, salt=SAL)
    if pessoa and bloqueada(pessoa) and _pode_pedir(pessoa):
        desbloqueio(pessoa=pessoa, token=token, horas=HORAS)
    else:
        desbloqueio_de_ninguem(token=token, horas=HORAS)


def _pode_pedir(pessoa: Usuario) -> bool:
    return contagens.uma_vez(f"pedido-de-desbloqueio:{pessoa.pk}", _INTERVALO)


def de_quem(token: str) -> Usuario | None:
    """A pessoa do enlace, se ele vale e ainda não serviu."""
    try:
        pk = signing.loads(token, salt=SAL, max_age=HORAS * 3600)
    except signing.BadSignature:
        return None
    return None if contagens.quantas(_usado(token)) else Usuario.objects.filter(pk=pk, is_active=True).first()


def usar(token: str) -> Usuario | None:
    """Abre a entrada da pessoa do enlace, uma vez, e diz de quem é."""
    pessoa = de_quem(token)
    if pessoa is None or not contagens.uma_vez(_usado(token), HORAS * 3600):
        return None
    desbloquear(pessoa, por=pessoa)
    return pessoa


@transaction.atomic
def desbloquear(pessoa: Usuario, *, por: Usuario) -> bool:
    """Esquece as tentativas contra esta pessoa, de onde quer que tenham vindo."""
    abriu = bloqueada(pessoa)
    contagens.esquecer(_da_pessoa(conhecidos.marca(pessoa.email or "")))
    tentativas, _ = AccessAttempt.objects.filter(username=pessoa.email).delete()
    if abriu or tentativas:
        registrar("desbloquear entrada", por=por, objeto=pessoa.nome)
    return bool(abriu or tentativas)


def _usado(token: str) -> str:
    return f"desbloqueio-usado:{hashlib.sha256(token.encode()).hexdigest()}"
