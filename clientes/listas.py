"""Os casos de uso das listas de trabalho: criar, mudar, encerrar, repetir; tudo com a lista trancada e auditado."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, OuterRef, Subquery
from django.utils import timezone

from clientes.membros_da_lista import desentrar, entrados_e_intocados, entrar, repartir_de_novo, sair
from clientes.models import (
    Cliente,
    Contato,
    ListaDeTrabalho,
    MembroDaLista,
    OrigemDoMembro,
    Reparticao,
)
from clientes.models.lista import DESLIGAVEIS, suas
from contas.auditoria import registrar
from contas.models import Papel, Usuario
from contas.papeis import Permissao, pode

_EDITAVEIS = frozenset(
    (
        "nome", "finalidade", "viva", "consulta", "de", "ate", "oferta_tipo", "oferta", "campanha",
        "meta_clientes", "meta_valor", "equipe", "reparticao", "aceita_fora_da_finalidade",
    )
)  # fmt: skip
_DA_CONSULTA = frozenset({"consulta", "finalidade", "aceita_fora_da_finalidade", "viva"})
NOME_REPETIDO = "Já existe uma lista com este nome na empresa."
MAIOR_NOME = 80


class ListaInvalida(ValueError):
    """Mudança que a casa recusa; a mensagem já vem pronta para a tela, e `campo` diz de que ela fala."""

    def __init__(self, mensagem: str, campo: str = "") -> None:
        super().__init__(mensagem)
        self.campo = campo


@dataclass(frozen=True, slots=True)
class Inclusao:
    """Os que entraram juntos: quantos, por que movimentos, de que membro novo em diante e quando; basta para voltar."""

    quantos: int
    de: int
    ate: int
    novos_de: int
    em: datetime


@dataclass(frozen=True, slots=True)
class Desinclusao:
    sairam: int
    procurados: int  # ficam


def nova_semente() -> int:
    return secrets.randbelow(2**31)


def pode_gerir(lista: ListaDeTrabalho, usuario: Usuario) -> bool:
    """Quem administra, e o gestor que a fez, é dono dela ou gere a equipe dela."""
    if not pode(usuario, Permissao.GERIR_LISTAS):
        return False
    if usuario.papel == Papel.ADMIN:
        return True
    return ListaDeTrabalho.objects.filter(suas(usuario), pk=lista.pk).exists()


def trancada(lista: ListaDeTrabalho) -> ListaDeTrabalho:
    """A linha de agora, só nossa até o fim da transação."""
    atual: ListaDeTrabalho = (
        ListaDeTrabalho.objects.select_for_update(of=("self",))
        .select_related("empresa", "campanha", "consulta_por")
        .get(pk=lista.pk)
    )
    return atual


@transaction.atomic
def criar(
    *,
    lista: ListaDeTrabalho,
    clientes: Iterable[int],
    por: Usuario,
    hoje: date,
    donos: Iterable[Usuario] = (),
    participantes: Iterable[Usuario] = (),
    origem: str = OrigemDoMembro.CONSULTA,
) -> ListaDeTrabalho:
    """Grava a lista, ainda sem linha no banco, com os clientes que entram nela."""
    participantes = list(participantes)
    lista.nome = " ".join(lista.nome.split())
    lista.criada_por = lista.consulta_por = por
    conferir(lista, tem_participantes=bool(participantes))
    _gravar(lista)
    lista.donos.set(donos)
    lista.participantes.set(participantes)
    quantos = entrar(lista, clientes, hoje=hoje, por=por, origem=origem)
    lista.refeita_em = timezone.now()
    lista.save(update_fields=["refeita_em"])
    registrar("criar lista", por=por, objeto=lista.nome, depois={"clientes": quantos, "viva": lista.viva})
    return lista


def _gravar(lista: ListaDeTrabalho, **como: Any) -> None:
    try:
        with transaction.atomic():
            lista.save(**como)
    except IntegrityError as erro:
        if "lista_nome_unico" not in str(erro):
            raise
        raise ListaInvalida(NOME_REPETIDO, "nome") from erro


def conferir(lista: ListaDeTrabalho, *, tem_participantes: bool) -> None:
    """O que o banco também recusaria, dito no campo certo; e a campanha, que é de outra tabela."""
    if not lista.nome:
        raise ListaInvalida("Dê um nome à lista.", "nome")
    if lista.ate and lista.ate < lista.de:
        raise ListaInvalida("Termina antes de começar.", "ate")
    if lista.oferta and not lista.oferta_tipo:
        raise ListaInvalida("Escolha o tipo da oferta.", "oferta_tipo")
    if lista.reparticao != Reparticao.DONO and not tem_participantes:
        raise ListaInvalida("Escolha entre quem repartir.", "participantes")
    _conferir_campanha(lista)


def _conferir_campanha(lista: ListaDeTrabalho) -> None:
    """A campanha só recebe contatos do período dela: uma lista fora dele não teria o que registrar nela."""
    campanha = lista.campanha
    if campanha is None:
        return
    if campanha.empresa_id != lista.empresa_id:
        raise ListaInvalida(f"A campanha {campanha} é de outra empresa.", "campanha")
    if campanha.fim and campanha.fim < lista.de:
        raise ListaInvalida(
            f"A campanha {campanha} terminou em {campanha.fim:%d/%m/%Y}, antes de a lista começar.",
            "campanha",
        )
    if lista.ate and campanha.inicio > lista.ate:
        raise ListaInvalida(
            f"A campanha {campanha} só começa em {campanha.inicio:%d/%m/%Y}, depois de a lista terminar.",
            "campanha",
        )


@transaction.atomic
def editar(
    *,
    lista: ListaDeTrabalho,
    por: Usuario,
    hoje: date,
    donos: Iterable[Usuario],
    participantes: Iterable[Usuario],
    **valores: Any,
) -> bool:
    """Muda o que mudou; devolve se a consulta é outra (e a lista viva tem de se refazer).

    O grupo de controle não se edita: quem já foi sorteado não pode passar a ser chamado. Congelada não
    volta a ser viva: os que ela guardou se misturariam com os da consulta.
    """
    if proibidos := set(valores) - _EDITAVEIS:
        raise ListaInvalida(f"Não se muda: {', '.join(sorted(proibidos))}.")
    atual = trancada(lista)
    valores["nome"] = " ".join(valores.get("nome", atual.nome).split())
    if valores.get("viva") and not atual.viva:
        raise ListaInvalida("Uma lista congelada não volta a ser viva: duplique o filtro numa nova.", "viva")
    participantes = list(participantes)
    mudou = {c: v for c, v in valores.items() if getattr(atual, c) != v}
    antes = {campo: _legivel(getattr(atual, campo)) for campo in mudou}
    for campo, valor in mudou.items():
        setattr(atual, campo, valor)
    conferir(atual, tem_participantes=bool(participantes))
    if "consulta" in mudou:
        atual.consulta_por, atual.refeita_erro = por, ""
    _gravar(atual)
    atual.donos.set(donos)
    outros = {p.pk for p in participantes} != set(atual.participantes.values_list("pk", flat=True))
    atual.participantes.set(participantes)
    if outros or "reparticao" in mudou:
        repartir_de_novo(atual, hoje=hoje)
    if mudou or outros:
        depois = {campo: _legivel(valor) for campo, valor in mudou.items()}
        registrar("editar lista", por=por, objeto=atual.nome, antes=antes, depois=depois)
    return bool(_DA_CONSULTA & mudou.keys())


@transaction.atomic
def trocar_consulta(*, lista: ListaDeTrabalho, consulta: str, de_quem: Usuario, por: Usuario) -> bool:
    """A lista viva passa a seguir outra consulta, lida pelos olhos de `de_quem`; refazê-la é de quem chama."""
    atual = trancada(lista)
    if not atual.viva:
        raise ListaInvalida("Uma lista congelada não segue nenhum filtro.")
    if (atual.consulta, atual.consulta_por) == (consulta, de_quem):
        return False
    antes = {"filtro": atual.consulta, "de quem": str(atual.consulta_por)}
    atual.consulta, atual.consulta_por, atual.refeita_erro = consulta, de_quem, ""
    atual.save(update_fields=["consulta", "consulta_por", "refeita_erro"])
    depois = {"filtro": consulta, "de quem": str(de_quem)}
    registrar("mudar filtro da lista", por=por, objeto=atual.nome, antes=antes, depois=depois)
    return True


def _legivel(valor: object) -> object:
    return valor if isinstance(valor, bool | int | str | None) else str(valor)


@transaction.atomic
def ligar_exclusao(*, lista: ListaDeTrabalho, motivo: str, ligada: bool, por: Usuario) -> bool:
    """Liga ou desliga uma das exclusões padrão; a oposição a todos os canais fica sempre ligada."""
    if motivo not in DESLIGAVEIS:
        raise ListaInvalida("Esta exclusão não se desliga.")
    atual = trancada(lista)
    desligadas = set(atual.exclusoes_desligadas)
    novas = desligadas - {motivo} if ligada else desligadas | {motivo}
    if novas == desligadas:
        return False
    atual.exclusoes_desligadas = sorted(novas)
    atual.save(update_fields=["exclusoes_desligadas"])
    acao = "ligar exclusão da lista" if ligada else "desligar exclusão da lista"
    registrar(acao, por=por, objeto=atual.nome, depois={"exclusão": motivo})
    return True


@transaction.atomic
def incluir(*, lista: ListaDeTrabalho, clientes: Iterable[int], por: Usuario, hoje: date) -> Inclusao:
    """Põe clientes escolhidos numa lista congelada em curso."""
    atual = trancada(lista)
    if atual.viva:
        raise ListaInvalida("Uma lista viva só muda pelo filtro dela.")
    if atual.terminou(hoje):
        raise ListaInvalida("Esta lista já terminou: reabra-a antes.")
    ate_aqui, membros = _ultimo(atual.movimentos), _ultimo(atual.membros)
    quantos = entrar(atual, clientes, hoje=hoje, por=por, origem=OrigemDoMembro.ESCOLHA)
    if quantos:
        registrar("incluir em lista", por=por, objeto=atual.nome, depois={"clientes": quantos})
    return Inclusao(quantos, ate_aqui + 1, _ultimo(atual.movimentos), membros + 1, timezone.now())


def _ultimo(linhas: Any) -> int:
    """Com a lista trancada, as linhas dela de depois desta são só as do gesto em curso."""
    return linhas.aggregate(ultima=Max("pk"))["ultima"] or 0


@transaction.atomic
def desfazer_inclusao(*, lista: ListaDeTrabalho, feita: Inclusao, por: Usuario, hoje: date) -> Desinclusao:
    """Tira de uma vez os que entraram juntos; repetir não faz nada.

    Quem já foi procurado desde então fica, e diz-se quantos; quem saiu (ou saiu e voltou) depois não se mexe. Uma lista
    que já terminou tem o resultado fechado.
    """
    atual = trancada(lista)
    if atual.terminou(hoje):
        return Desinclusao(0, 0)
    entraram = entrados_e_intocados(atual, feita.de, feita.ate)
    procurados = set(
        Contato.objects.filter(
            cliente__in=entraram, desfeito_em__isnull=True, registrado_em__gte=feita.em
        ).values_list("cliente", flat=True)
    )
    saem = [pk for pk in entraram if pk not in procurados]
    if saem:
        desentrar(atual, saem, novos_de=feita.novos_de, voltas_de=feita.de, hoje=hoje, por=por)
        depois = {"clientes": len(saem), "ficam": len(procurados)}
        registrar("desfazer incluir em lista", por=por, objeto=atual.nome, depois=depois)
    return Desinclusao(len(saem), len(procurados))


@transaction.atomic
def tirar(*, lista: ListaDeTrabalho, cliente: int, por: Usuario, hoje: date) -> bool:
    """Tira um cliente de uma lista congelada; o que já se fez com ele continua contado."""
    atual = trancada(lista)
    if atual.viva:
        raise ListaInvalida("Uma lista viva só muda pelo filtro dela.")
    if not sair(atual, [cliente], hoje=hoje, por=por):
        return False
    registrar("tirar de lista", por=por, objeto=atual.nome, depois={"cliente": cliente})
    return True


@transaction.atomic
def encerrar(*, lista: ListaDeTrabalho, por: Usuario | None) -> bool:
    """Fecha a lista, e com ela de quem era cada cliente: transferências de depois não mudam o resultado."""
    atual = trancada(lista)
    if atual.encerrada_em is not None:
        return False
    atual.encerrada_em = timezone.now()
    atual.save(update_fields=["encerrada_em"])
    dono = Cliente.objects.filter(pk=OuterRef("cliente_id")).values("vendedor")[:1]
    sem_nome = MembroDaLista.objects.filter(lista=atual, responsavel__isnull=True, controle=False)
    sem_nome.update(responsavel=Subquery(dono))
    registrar("encerrar lista", por=por, objeto=atual.nome)
    return True


@transaction.atomic
def reabrir(*, lista: ListaDeTrabalho, por: Usuario, hoje: date) -> bool:
    atual = trancada(lista)
    if atual.ate and atual.ate < hoje:
        raise ListaInvalida("O último dia já passou: mude-o em Editar e reabra.")
    if atual.encerrada_em is None:
        return False
    atual.encerrada_em = None
    atual.save(update_fields=["encerrada_em"])
    if atual.reparticao == Reparticao.DONO:
        MembroDaLista.objects.filter(lista=atual).update(responsavel=None)
    registrar("reabrir lista", por=por, objeto=atual.nome)
    return True


@transaction.atomic
def apagar(*, lista: ListaDeTrabalho, por: Usuario) -> bool:
    """Some das telas; nada se perde, e `desapagar` a traz de volta."""
    atual = trancada(lista)
    if atual.apagada_em is not None:
        return False
    atual.apagada_em = timezone.now()
    atual.save(update_fields=["apagada_em"])
    registrar("apagar lista", por=por, objeto=atual.nome)
    return True


@transaction.atomic
def desapagar(*, lista: ListaDeTrabalho, por: Usuario) -> bool:
    atual = trancada(lista)
    if atual.apagada_em is None:
        return False
    atual.apagada_em = None
    _gravar(atual, update_fields=["apagada_em"])
    registrar("desfazer apagar lista", por=por, objeto=atual.nome)
    return True


def copia_de(lista: ListaDeTrabalho, *, hoje: date) -> ListaDeTrabalho:
    """Uma lista nova com as mesmas escolhas, a partir de hoje e com outro sorteio; ainda sem linha no banco."""
    nova = ListaDeTrabalho(
        **{
            campo: getattr(lista, campo)
            for campo in (
                "empresa", "finalidade", "viva", "consulta", "oferta_tipo", "oferta", "campanha", "meta_clientes",
                "meta_valor", "equipe", "reparticao", "aceita_fora_da_finalidade", "controle_pct",
                "exclusoes_desligadas",
            )
        },
        nome=_nome_livre(lista),
        de=hoje,
        ate=hoje + (lista.ate - lista.de) if lista.ate else None,
        semente=nova_semente(),
    )  # fmt: skip
    if nova.campanha and nova.campanha.fim and nova.campanha.fim < hoje:
        nova.campanha = None
    return nova


def _nome_livre(lista: ListaDeTrabalho) -> str:
    ocupados = set(
        ListaDeTrabalho.objects.filter(empresa=lista.empresa_id, apagada_em__isnull=True).values_list(
            "nome", flat=True
        )
    )
    tentativas = (f" (cópia{f' {n}' if n > 1 else ''})" for n in range(1, len(ocupados) + 2))
    nomes = (f"{lista.nome[: MAIOR_NOME - len(fim)]}{fim}" for fim in tentativas)
    return next(nome for nome in nomes if nome not in ocupados)
