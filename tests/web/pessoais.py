"""O que cada pessoa tem de seu, para o passeio bater à porta dos outros."""

from clientes.models import Visao
from contas.models import Equipe, Usuario
from notificacoes.models import Aviso, Recado


def de_uma_pessoa(pessoa: Usuario, equipe: Equipe | None = None) -> dict[str, int]:
    """O que é de uma pessoa e de mais ninguém: uma visão, um aviso e um recado por enviar."""
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
    }
