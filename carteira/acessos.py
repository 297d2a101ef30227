"""Entradas e falhas na auditoria. São avisos do próprio Django, ligados em `CarteiraConfig.ready`."""

from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from carteira.conhecidos import marca
from carteira.contador import contar, uma_vez
from carteira.origens import origem
from carteira.sessao_em_curso import DEVE
from contas import sessoes
from contas.auditoria import de_onde, registrar
from contas.fatores import precisa_ligar
from contas.models import Usuario

# Uma tentativa por minuto e pessoa basta à história; o resto seria encher a tabela por encomenda.
_INTERVALO = 60
# De quem ninguém é, uma por rede e dez minutos; e, de todas as redes, tantas por hora.
_INTERVALO_DE_NINGUEM = 600
_DE_NINGUEM_POR_HORA = 60
_REDE_IPV6 = 64  # a menor que se dá a alguém: dentro dela, quem pede troca de endereço à vontade
_HORA = 60 * 60
_DIA = 24 * _HORA


def entrou(sender: object, user: Usuario, request: HttpRequest, **kwargs: Any) -> None:
    """Toda entrada, venha por onde vier: a sessão ganha dona e limites, e a auditoria, uma linha."""
    com = getattr(request, "entrou_com", "")
    sessoes.limpar_vencidas()
    sessoes.abrir(request.session, user, origem(request), com=com)
    desde = precisa_ligar(user)
    request.session[DEVE] = desde.isoformat() if desde else ""
    registrar("entrar", por=user, objeto=user.nome, alvo=user, depois={"com": com} if com else None)


def saiu(sender: object, user: Usuario | None = None, **kwargs: Any) -> None:
    """Quem sai sem ter entrado (a sessão já vencida) não deixa linha."""
    if user is not None:
        registrar("sair", por=user, objeto=user.nome, alvo=user)


def falhou(sender: object, credentials: dict[str, Any], **kwargs: Any) -> None:
    """De quem existe, pelo nome; de um nome qualquer, só o endereço: o digitado pode ser uma senha, e não se guarda."""
    email = str(credentials.get("username") or credentials.get("email") or "").strip()
    pessoa = Usuario.objects.filter(email__iexact=email).first() if email else None
    if pessoa:
        chave, intervalo, objeto = f"falha-de-entrada:{pessoa.pk}", _INTERVALO, pessoa.nome
    else:
        chave, intervalo = f"falha-de-ninguem:{marca(_rede(de_onde().endereco))}", _INTERVALO_DE_NINGUEM
        objeto = "E-mail que não é de ninguém"
    depois: dict[str, Any] = {"tentativas em 24 h": contar(f"{chave}:dia", _DIA)}
    if not uma_vez(chave, intervalo):
        return
    nesta_hora = 0 if pessoa else contar("falhas-de-ninguem", _HORA)
    if nesta_hora == _DE_NINGUEM_POR_HORA:
        depois["daqui em diante"] = "as desta hora não se escrevem mais"
    if nesta_hora <= _DE_NINGUEM_POR_HORA:
        registrar("falha ao entrar", por=None, objeto=objeto, alvo=pessoa, depois=depois)


def _rede(endereco: str | None) -> str:
    """O endereço ou, se é IPv6, a rede dele."""
    if not endereco:
        return ""
    ip = ip_address(endereco)
    if isinstance(ip, IPv4Address) or ip.ipv4_mapped:
        return endereco
    return str(IPv6Network((int(ip), _REDE_IPV6), strict=False))


def bloqueou(sender: object, username: str = "", **kwargs: Any) -> None:
    pessoa = Usuario.objects.filter(email__iexact=username).first() if username else None
    if pessoa and uma_vez(f"bloqueio-de-entrada:{pessoa.pk}", _INTERVALO):
        registrar("entrada bloqueada", por=None, objeto=pessoa.nome, alvo=pessoa)


def ligar() -> None:
    """Liga os ouvintes uma vez só."""
    user_logged_in.connect(entrou, dispatch_uid="auditoria-entrou")
    user_logged_out.connect(saiu, dispatch_uid="auditoria-saiu")
    user_login_failed.connect(falhou, dispatch_uid="auditoria-falhou")
    user_locked_out.connect(bloqueou, dispatch_uid="auditoria-bloqueou")
