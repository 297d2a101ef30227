"""Todo e-mail que o sistema manda, uma função por mensagem.

Cada nome tem três modelos em `templates/emails/`: `<nome>-assunto.txt`, `<nome>-texto.txt` e
`<nome>-html.html`. Compor não envia: o rascunho vai para a caixa de saída.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from html import unescape
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.template.loader import render_to_string
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from atividade import rotulos
from contas.models import Empresa, Usuario
from notificacoes.caixa import Item, Rascunho, enfileirar
from notificacoes.enderecos import endereco
from notificacoes.models import TipoDeMensagem
from notificacoes.tamanho import encurtar, mais_longa, que_caiba

if TYPE_CHECKING:
    from notificacoes.agenda_atrasada import AgendaAtrasada
    from notificacoes.models import Recado
    from notificacoes.placar import Placar
    from notificacoes.planos_vencidos import PlanosVencidos
    from notificacoes.regras.decisao import Secao
    from notificacoes.resumos import Resumo
    from notificacoes.retorno import RetornoDaSemana
    from notificacoes.volumes import Volume


_PAGINAS = (
    "perfil",
    "preferencias",
    "rotinas",
    "composicao",
    "importar",
    "agenda_da_equipe",
    "fila",
    "retorno",
)


def resumo_diario(
    *,
    pessoa: Usuario,
    resumo: "Resumo",
    secoes: Sequence["Secao"] = (),
    sai_em: datetime | None = None,
    placar: "Placar | None" = None,
) -> Rascunho:
    """Os clientes em risco de um vendedor, os que mais custam primeiro, e o que as outras regras lhe dizem."""
    nome, tipo, chave = (
        "resumo_diario",
        TipoDeMensagem.RESUMO_DIARIO,
        f"resumo:{resumo.vaga}:{pessoa.pk}",
    )

    def compor(teto: int) -> Rascunho:
        curto, suas = encurtar(resumo, teto), [encurtar(secao, teto) for secao in secoes]
        itens = [*curto.itens, *_das_secoes(suas)]
        contexto = {"resumo": curto, "secoes": suas, "placar": placar}
        return redigir(nome, tipo, chave, pessoa, resumo.vaga, itens, sai_em=sai_em, **contexto)

    return que_caiba(compor, mais_longa([resumo, *secoes]))


def volume_semanal(
    *,
    pessoa: Usuario,
    volume: "Volume",
    agenda: "AgendaAtrasada | None" = None,
    secoes: Sequence["Secao"] = (),
    sai_em: datetime | None = None,
    retorno: "RetornoDaSemana | None" = None,
    planos: "PlanosVencidos | None" = None,
) -> Rascunho:
    """Os volumes por vendedor, como se moveram, a agenda esquecida e o que deram os avisos."""
    nome, tipo, chave = (
        "volume_semanal",
        TipoDeMensagem.VOLUME_SEMANAL,
        f"volume:{volume.semana}:{pessoa.pk}",
    )

    def compor(teto: int) -> Rascunho:
        curto, atrasos = encurtar(volume, teto), encurtar(agenda, teto)
        suas = [encurtar(secao, teto) for secao in secoes]
        itens = [*(atrasos.itens if atrasos else ()), *_das_secoes(suas)]
        contexto: dict[str, Any] = {
            "volume": curto,
            "agenda": atrasos,
            "secoes": suas,
            "retorno_da_semana": retorno,
            "planos": planos,
        }
        contexto |= {"restantes": len(volume.linhas) - len(curto.linhas)}
        return redigir(nome, tipo, chave, pessoa, volume.vaga, itens, sai_em=sai_em, **contexto)

    return que_caiba(compor, mais_longa([volume, agenda, *secoes]))


def agenda_atrasada(
    *,
    pessoa: Usuario,
    agenda: "AgendaAtrasada",
    secoes: Sequence["Secao"] = (),
    sai_em: datetime | None = None,
) -> Rascunho:
    """Os compromissos da equipe que passaram da hora, cada um uma vez."""
    nome, tipo, chave = "agenda_atrasada", TipoDeMensagem.AGENDA, f"agenda:{agenda.vaga}:{pessoa.pk}"

    def compor(teto: int) -> Rascunho:
        curta, suas = encurtar(agenda, teto), [encurtar(secao, teto) for secao in secoes]
        itens = [*curta.itens, *_das_secoes(suas)]
        contexto = {"agenda": curta, "secoes": suas}
        return redigir(nome, tipo, chave, pessoa, agenda.vaga, itens, sai_em=sai_em, **contexto)

    return que_caiba(compor, mais_longa([agenda, *secoes]))


def avisos(
    *, pessoa: Usuario, vaga: date, secoes: Sequence["Secao"], sai_em: datetime | None = None
) -> Rascunho:
    """O que as regras dizem a quem não tem outra mensagem nesta noite."""
    nome, tipo, chave = "avisos", TipoDeMensagem.AVISOS, f"avisos:{vaga}:{pessoa.pk}"

    def compor(teto: int) -> Rascunho:
        suas = [encurtar(secao, teto) for secao in secoes]
        return redigir(nome, tipo, chave, pessoa, vaga, _das_secoes(suas), sai_em=sai_em, secoes=suas)

    return que_caiba(compor, mais_longa(secoes))


def _das_secoes(secoes: Sequence["Secao"]) -> list[Item]:
    return [item for secao in secoes for item in secao.itens]


def convite(*, pessoa: Usuario, por: Usuario) -> str:
    """Enlace pessoal para a primeira senha, que também é devolvido; convidar de novo manda outro."""
    uid, token = _enlace_pessoal(pessoa)
    enlace = endereco("senha", uid=uid, token=token)
    enfileirar(
        [
            redigir(
                "convite",
                TipoDeMensagem.CONVITE,
                f"convite:{pessoa.pk}:{token}",
                pessoa,
                por=por,
                enlace=enlace,
                dias=settings.PASSWORD_RESET_TIMEOUT // 86400,
            )
        ]
    )
    return enlace


def nova_senha(*, pessoa: Usuario, uid: str, token: str) -> None:
    """Enlace para definir outra senha."""
    enfileirar(
        [
            redigir(
                "nova_senha",
                TipoDeMensagem.SENHA,
                f"senha:{pessoa.pk}:{token}",
                pessoa,
                enlace=endereco("senha", uid=uid, token=token),
                dias=settings.PASSWORD_RESET_TIMEOUT // 86400,
            )
        ]
    )


def nova_senha_de_ninguem() -> None:
    """O mesmo trabalho, sem ninguém a quem mandar: o tempo da resposta não diz quem tem conta."""
    ninguem = Usuario(nome="Ninguém", email="ninguem@invalid")
    uid, token = _enlace_pessoal(ninguem)
    enlace = endereco("senha", uid=uid, token=token)
    redigir("nova_senha", TipoDeMensagem.SENHA, "", ninguem, enlace=enlace, dias=1)


def rotina_adiada(
    *, pessoas: Iterable[Usuario], empresa: Empresa, pedidos_ate: date | None, vaga: date
) -> int:
    """Os pedidos pararam de chegar: uma vez por pessoa a cada parada (a parada é o último dia com pedidos)."""
    return enfileirar(
        redigir(
            "rotina_adiada",
            TipoDeMensagem.ROTINA,
            f"rotina-adiada:{empresa.pk}:{pedidos_ate or 'nunca'}:{pessoa.pk}",
            pessoa,
            vaga,
            empresa=empresa,
            pedidos_ate=pedidos_ate,
        )
        for pessoa in pessoas
    )


def rotina_falhou(*, pessoas: Iterable[Usuario], empresa: Empresa | None, vaga: date, erro: str) -> int:
    """A rotina desistiu depois de três tentativas."""
    return enfileirar(
        redigir(
            "rotina_falhou",
            TipoDeMensagem.ROTINA,
            f"rotina-falhou:{vaga}:{empresa.pk if empresa else 0}:{pessoa.pk}",
            pessoa,
            vaga,
            empresa=empresa,
            erro=erro,
        )
        for pessoa in pessoas
    )


def teste_de_servidor(*, pessoa: Usuario, chave: str) -> None:
    """Prova de que o servidor de e-mail entrega."""
    enfileirar([redigir("teste_de_servidor", TipoDeMensagem.TESTE, f"teste:{pessoa.pk}:{chave}", pessoa)])


def recado(*, pessoa: Usuario, recado: "Recado", chave: str, aviso: int, sai_em: datetime | None) -> Rascunho:
    """O que um gestor ou administrador escreveu; a lista viva só se lê no sistema, por quem entrou."""
    enlace = endereco("aviso", id=aviso)
    return redigir(
        "recado", TipoDeMensagem.RECADO, chave, pessoa, sai_em=sai_em, recado=recado, enlace=enlace
    )


@dataclass(frozen=True, slots=True)
class RelatorioPronto:
    """O que um relatório agendado diz a quem o recebe: números e nomes, nada que dependa de como se faz."""

    titulo: str
    de: str
    quando: str
    linhas: int
    achado: str
    filtros: Sequence[tuple[str, str]]
    caminho: str  # o do arquivo, sob o endereço público
    ate: date
    anexo: str = ""  # o caminho no disco; vazio quando é grande demais para ir junto
    nome: str = ""


def relatorio(*, pessoa: Usuario, pronto: RelatorioPronto, chave: str, referencia: date | None) -> Rascunho:
    """O relatório agendado, com o arquivo junto quando cabe e o enlace que expira sempre."""
    enlace = endereco("inicio").rstrip("/") + pronto.caminho
    rascunho = redigir(
        "relatorio", TipoDeMensagem.RELATORIO, chave, pessoa, referencia, relatorio=pronto, enlace=enlace
    )
    return replace(rascunho, anexo=pronto.anexo, nome_do_anexo=pronto.nome if pronto.anexo else "")


def _enlace_pessoal(pessoa: Usuario) -> tuple[str, str]:
    return urlsafe_base64_encode(force_bytes(pessoa.pk)), default_token_generator.make_token(pessoa)


def redigir(
    nome: str,
    tipo: str,
    chave: str,
    pessoa: Usuario,
    referencia: date | None = None,
    itens: Iterable[Item] = (),
    sai_em: datetime | None = None,
    **contexto: Any,
) -> Rascunho:
    """Os três modelos de um nome viram um rascunho; o assunto fica numa linha só."""
    contexto |= {"pessoa": pessoa, "referencia": referencia, "inicio": endereco("inicio")}
    contexto |= {nome: endereco(nome) for nome in _PAGINAS} | {"endereco_dos_planos": endereco("planos")}
    with rotulos.usar(lambda: rotulos.da_pessoa(pessoa)):
        assunto, texto, html = (
            render_to_string(f"emails/{nome}-{parte}", contexto)
            for parte in ("assunto.txt", "texto.txt", "html.html")
        )
    return Rascunho(
        chave=chave,
        tipo=tipo,
        pessoa=pessoa,
        referencia=referencia,
        assunto=unescape(" ".join(assunto.split())),
        texto=texto.strip() + "\n",
        html=html.strip(),
        itens=tuple(itens),
        sai_em=sai_em,
    )
