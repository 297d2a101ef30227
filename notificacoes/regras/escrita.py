"""O que sobra depois do resumo, do volume e da agenda: a mensagem de avisos de cada um, e a central de todos."""

from collections.abc import Iterable
from datetime import date

from contas.models import Usuario
from notificacoes import emails
from notificacoes.caixa import Rascunho, enfileirar
from notificacoes.central import RascunhoDeAviso, avisar
from notificacoes.models import ItemDeMensagem, TipoDeAviso
from notificacoes.regras.decisao import Secao
from notificacoes.regras.rodada import Rodada


def escrever_avisos(rodada: Rodada) -> int:
    """A mensagem própria de quem não leu as suas seções noutra desta noite; devolve quantas."""
    return enfileirar(_rascunhos(rodada))


def _rascunhos(rodada: Rodada) -> Iterable[Rascunho]:
    for pessoa in rodada.restam:
        secoes = rodada.secoes(pessoa)
        sai_em = rodada.saida(pessoa, (secao.regra for secao in secoes))
        yield emails.avisos(pessoa=pessoa, vaga=rodada.noite.vaga, secoes=secoes, sai_em=sai_em)


def escrever_na_central(rodada: Rodada) -> int:
    """Um aviso por pessoa, com tudo o que as regras lhe dizem por este canal; devolve quantos eram novos."""
    vaga, pessoas = rodada.noite.vaga, rodada.pessoas.todas
    secoes = {f"avisos:{vaga}:{pk}": (pessoas[pk], suas) for pk, suas in rodada.para_a_central.items()}
    novos = avisar(
        RascunhoDeAviso(
            chave=chave,
            pessoa=pessoa,
            tipo=TipoDeAviso.RESUMO,
            titulo=_titulo(suas, vaga),
            texto=suas[0].texto if len(suas) == 1 else "\n\n".join(map(_resumo, suas)),
            caminho=suas[0].caminho if len(suas) == 1 else "",
            surge_em=rodada.saida(pessoa, (secao.regra for secao in suas)),
        )
        for chave, (pessoa, suas) in secoes.items()
    )
    itens = [item for chave, pk in novos.items() for item in _itens(pk, *secoes[chave], vaga)]
    # A decisão que o e-mail já escreveu passa a citar também o aviso.
    ItemDeMensagem.objects.bulk_create(
        itens,
        update_conflicts=True,
        unique_fields=["regra", "pessoa", "cliente", "evento"],
        update_fields=["aviso"],
    )
    return len(novos)


def _titulo(secoes: list[Secao], vaga: date) -> str:
    if len(secoes) == 1:
        return secoes[0].titulo
    return f"{len(secoes)} avisos de {vaga:%d/%m}: {secoes[0].titulo}"


def _resumo(secao: Secao) -> str:
    """O que a central mostra antes de se abrir. Nunca nomes: os clientes se leem nas decisões, pelo escopo de agora."""
    return "\n".join(filter(None, (secao.titulo, secao.texto)))


def _itens(aviso: int, pessoa: Usuario, secoes: list[Secao], vaga: date) -> Iterable[ItemDeMensagem]:
    todos = dict.fromkeys(item for secao in secoes for item in secao.itens)
    for ordem, item in enumerate(todos, 1):
        yield ItemDeMensagem(
            aviso_id=aviso,
            regra=item.regra,
            pessoa=pessoa,
            cliente_id=item.cliente,
            evento=item.evento,
            ordem=ordem,
            decidido_em=vaga,
        )
