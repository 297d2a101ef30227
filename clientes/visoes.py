"""Guardar, mudar e apagar visões da lista; só o dono mexe na sua, e só quem gere a equipe a publica nela."""

from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from clientes.models import Visao, VisaoPadrao
from contas.models import Equipe, Papel, Usuario
from contas.pronta import DIA, ID, Pronta

MAIOR_CONSULTA = 4000


class VisaoInvalida(ValueError):
    """Gesto que a casa recusa; a mensagem já vem pronta para a tela."""


def visoes_de(usuario: Usuario) -> list[Visao]:
    """As que a pessoa vê, com `padrao` na que abre a lista dela."""
    return _VISOES(usuario.pk, timezone.localdate()) if usuario.is_active else []


def _as_da_pessoa(pessoa: int, dia: date) -> QuerySet[Visao]:
    padrao = VisaoPadrao.objects.filter(usuario=pessoa, visao=OuterRef("pk"))
    visiveis: QuerySet[Visao] = Visao.objects.visiveis_para(Usuario(pk=pessoa), dia)
    return visiveis.annotate(padrao=Exists(padrao)).select_related("equipe", "dono").order_by("nome", "pk")


_VISOES = Pronta(_as_da_pessoa, ID, DIA)


def equipes_em_que_publica(usuario: Usuario) -> QuerySet[Equipe]:
    """O gestor, nas que gere; o administrador, em todas; os outros guardam só para si."""
    if usuario.papel == Papel.GESTOR:
        return Equipe.objects.filter(gestores=usuario)
    return Equipe.objects.all() if usuario.papel == Papel.ADMIN else Equipe.objects.none()


@transaction.atomic
def salvar(*, dono: Usuario, nome: str, consulta: str, equipe: Equipe | None = None) -> Visao:
    """Guarda uma nova; o nome não se repete entre as da mesma pessoa."""
    nome = _conferir(dono, nome, equipe)
    if len(consulta) > MAIOR_CONSULTA:
        raise VisaoInvalida("Há filtros demais para guardar numa visão: tire alguns e salve de novo.")
    return Visao.objects.create(dono=dono, nome=nome, consulta=consulta, equipe=equipe)


@transaction.atomic
def renomear(*, visao: Visao, nome: str, equipe: Equipe | None) -> bool:
    """Muda o nome e quem a vê; diz se mudou."""
    nome = _conferir(visao.dono, nome, equipe, menos=visao)
    if (visao.nome, visao.equipe) == (nome, equipe):
        return False
    visao.nome, visao.equipe = nome, equipe
    visao.save(update_fields=["nome", "equipe", "atualizada_em"])
    return True


def _conferir(dono: Usuario, nome: str, equipe: Equipe | None, menos: Visao | None = None) -> str:
    nome = " ".join(nome.split())
    if not nome:
        raise VisaoInvalida("Dê um nome à visão.")
    Usuario.objects.select_for_update(no_key=True).only("pk").get(pk=dono.pk)
    iguais = Visao.objects.filter(dono=dono, nome__iexact=nome, apagada_em__isnull=True)
    if any(visao != menos for visao in iguais):
        raise VisaoInvalida(f"Você já tem uma visão chamada “{nome}”.")
    if equipe is not None and not equipes_em_que_publica(dono).filter(pk=equipe.pk).exists():
        raise VisaoInvalida("Só quem gere a equipe pode mostrar uma visão a ela.")
    return nome


def atualizar(*, visao: Visao, consulta: str) -> bool:
    """A visão passa a ser a lista como está; diz se mudou."""
    if len(consulta) > MAIOR_CONSULTA:
        raise VisaoInvalida("Há filtros demais para guardar numa visão: tire alguns e salve de novo.")
    if visao.consulta == consulta:
        return False
    visao.consulta = consulta
    visao.save(update_fields=["consulta", "atualizada_em"])
    return True


def apagar(*, visao: Visao) -> bool:
    """Some de todas as telas; quem a tinha por padrão volta à lista de sempre."""
    return bool(Visao.objects.filter(pk=visao.pk, apagada_em__isnull=True).update(apagada_em=timezone.now()))


@transaction.atomic
def restaurar(*, visao: Visao) -> bool:
    """Desfaz o apagar; se o nome já é de outra, volta com um número."""
    Usuario.objects.select_for_update(no_key=True).only("pk").get(pk=visao.dono_id)
    apagada = Visao.objects.filter(pk=visao.pk, apagada_em__isnull=False).first()
    if apagada is None:
        return False
    usados = set(
        Visao.objects.filter(dono=visao.dono_id, apagada_em__isnull=True).values_list("nome", flat=True)
    )
    base, n = apagada.nome[:55], 2
    while apagada.nome in usados:
        apagada.nome, n = f"{base} {n}", n + 1
    apagada.apagada_em = None
    apagada.save(update_fields=["nome", "apagada_em"])
    return True


def tornar_padrao(*, usuario: Usuario, visao: Visao | None) -> None:
    """Com que visão a lista abre; nenhuma devolve a lista de sempre."""
    if visao is None:
        VisaoPadrao.objects.filter(usuario=usuario).delete()
    else:
        VisaoPadrao.objects.update_or_create(usuario=usuario, defaults={"visao": visao})
