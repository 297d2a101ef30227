"""O que cada pessoa tem de seu, para o passeio bater à porta dos outros."""

from datetime import timedelta
from uuid import UUID, uuid4

from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.utils import timezone

from clientes.models import Visao
from contas.models import AparelhoLembrado, Equipe, SessaoDePessoa, Usuario
from contas.tokens import criar_token
from notificacoes.models import Aviso, Mensagem, Recado
from relatorios.models import AgendamentoDeRelatorio

_NENHUMA = str(UUID(int=0))


def de_uma_pessoa(pessoa: Usuario, equipe: Equipe | None = None) -> dict[str, int | str]:
    """O que é de uma pessoa e de mais ninguém: visão, aviso, recado por enviar, mensagem recebida e agendado."""
    nome = "Minha" if equipe is None else "ALHEIO visão"
    recado = Recado.objects.create(
        especie="postit", titulo="ALHEIO recado" if equipe else "Recado", texto="…", publico="todos",
        regra="sem_pedido", dias=20, por=pessoa,
    )  # fmt: skip
    aviso = Aviso.objects.create(
        chave=f"passeio:{pessoa.pk}", pessoa=pessoa, tipo="postit", titulo=recado.titulo, recado=recado
    )
    return {
        **(
            _do_acesso(pessoa)
            if equipe
            else dict.fromkeys(("chave_de_acesso", "aparelho"), 999_999) | {"sessao": _NENHUMA}
        ),
        "visao": Visao.objects.create(dono=pessoa, nome=nome, equipe=equipe).pk,
        "aviso": aviso.pk,
        "recado": recado.pk,
        "minha": mensagem_de(pessoa, "minha"),
        "token_da_api": criar_token(pessoa=pessoa, nome=f"{nome} token", escopos=["ler"], dias=30)[0].pk,
        "relatorio_agendado": AgendamentoDeRelatorio.objects.create(
            por=pessoa,
            relatorio="vendedor-por-situacao",
            frequencia="diaria",
            decidido_ate=timezone.localdate(),
        ).pk,
    }


def _do_acesso(pessoa: Usuario) -> dict[str, int | str]:
    """Por onde uma pessoa entra: a chave, o aparelho lembrado e a sessão aberta."""
    agora = timezone.now()
    chave = Authenticator.objects.create(user=pessoa, type="webauthn", data={"name": "ALHEIO chave"})
    aparelho = AparelhoLembrado.objects.create(
        pessoa=pessoa, resumo="x", lembrado_em=agora, usado_em=agora, ate=agora + timedelta(days=9)
    )
    guardada = Session.objects.create(
        session_key=f"alheia{pessoa.pk}", session_data="", expire_date=aparelho.ate
    )
    sessao = SessaoDePessoa.objects.create(
        sessao=guardada, pessoa=pessoa, numero=uuid4(), aberta_em=agora, vista_em=agora
    )
    return {"chave_de_acesso": chave.pk, "aparelho": aparelho.pk, "sessao": str(sessao.numero)}


def mensagem_de(pessoa: Usuario, chave: str = "x") -> int:
    """Uma mensagem incerta, que se pode reenviar."""
    return Mensagem.objects.create(
        tipo="resumo_diario", chave=f"{chave}:{pessoa.pk}", pessoa=pessoa, para=pessoa.email, assunto="Resumo",
        texto="…", html="<p>…</p>", message_id=f"<{chave}{pessoa.pk}@x>", estado="incerto",
        proxima_tentativa_em=timezone.now(),
    ).pk  # fmt: skip
