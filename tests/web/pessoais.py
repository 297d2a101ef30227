"""O que cada pessoa tem de seu, para o passeio bater à porta dos outros."""

from django.utils import timezone

from clientes.models import Visao
from contas.models import Equipe, Usuario
from notificacoes.models import Aviso, Mensagem, Recado


def de_uma_pessoa(pessoa: Usuario, equipe: Equipe | None = None) -> dict[str, int]:
    """O que é de uma pessoa e de mais ninguém: uma visão, um aviso, um recado por enviar e uma mensagem recebida."""
    nome = "Minha" if equipe is None else "ALHEIO visão"
    recado = Recado.objects.create(
        especie="postit", titulo="ALHEIO recado" if equipe else "Recado", texto="…", publico="todos",
        regra="sem_pedido", dias=20, por=pessoa,
    )  # fmt: skip
    aviso = Aviso.objects.create(
        chave=f"passeio:{pessoa.pk}", pessoa=pessoa, tipo="postit", titulo=recado.titulo, recado=recado
    )
    return {
        "visao": Visao.objects.create(dono=pessoa, nome=nome, equipe=equipe).pk,
        "aviso": aviso.pk,
        "recado": recado.pk,
        "minha": mensagem_de(pessoa, "minha"),
    }


def mensagem_de(pessoa: Usuario, chave: str = "x") -> int:
    """Uma mensagem incerta, que se pode reenviar."""
    return Mensagem.objects.create(
        tipo="resumo_diario", chave=f"{chave}:{pessoa.pk}", pessoa=pessoa, para=pessoa.email, assunto="Resumo",
        texto="…", html="<p>…</p>", message_id=f"<{chave}{pessoa.pk}@x>", estado="incerto",
        proxima_tentativa_em=timezone.now(),
    ).pk  # fmt: skip
