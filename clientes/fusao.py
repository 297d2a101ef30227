"""Unir dois cadastros do mesmo cliente, e separá-los exatamente como eram.

O que é do cliente unido passa a quem fica, em conjunto e numa transação; o código antigo vira apelido, que as
importações obedecem. A união guarda os dois cadastros, os donos de cada linha e o que não cabia nos dois.
"""

from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from clientes import fusao_linhas as linhas
from clientes.fusao_campos import OUTRO, colunas_escolhidas
from clientes.models import (
    Agendamento,
    AliasDeCliente,
    Cliente,
    Fusao,
    MudancaDeCredito,
    PeriodoDeCarteira,
    PessoaDeContato,
)
from contas.auditoria import registrar
from contas.models import Usuario


class FusaoRecusada(ValueError):
    """O que a casa não une ou não separa; a mensagem já vem pronta para a tela."""


@transaction.atomic
def unir(*, ficou: Cliente, absorvido: Cliente, escolhas: dict[str, str], motivo: str, por: Usuario) -> Fusao:
    """Tudo o que é de `absorvido` passa a `ficou`; `escolhas` diz de quem fica cada campo que difere."""
    recusar_par(ficou, absorvido)
    travados = _travar(ficou.pk, absorvido.pk)
    if len(travados) < 2:
        raise FusaoRecusada("Um dos dois já não existe: alguém o uniu a outro antes.")
    ficou, absorvido = travados[ficou.pk], travados[absorvido.pk]
    antes = {"ficou": _linha(ficou.pk), "absorvido": _linha(absorvido.pk)}
    do_outro = escolhas.get("dono") == OUTRO
    fusao = Fusao(
        empresa_id=ficou.empresa_id,
        ficou=ficou,
        ficou_era=ficou.pk,
        absorvido_id=absorvido.pk,
        absorvido_codigo=absorvido.codigo,
        absorvido_nome=absorvido.razao_social,
        antes=antes,
        motivo=motivo.strip(),
        por=por,
    )
    _guardar_o_que_nao_segue(fusao, absorvido.pk)
    _pessoas(fusao, absorvido.pk, ficou.pk)
    _donos(fusao, absorvido.pk, ficou.pk, do_outro=do_outro)
    _agenda(fusao, ficou, absorvido, do_outro=do_outro)
    _tudo_o_mais(fusao, absorvido.pk, ficou.pk)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM clientes_cliente WHERE id = %s", [absorvido.pk])
    AliasDeCliente.objects.create(empresa_id=ficou.empresa_id, codigo=absorvido.codigo, cliente=ficou)
    _mudar_quem_ficou(fusao, ficou, absorvido, escolhas)
    fusao.save()
    registrar(
        "unir clientes",
        por=por,
        objeto=f"cliente {ficou.codigo}",
        alvo=ficou,
        antes={"unido": f"{absorvido.codigo} {absorvido.razao_social}"},
        depois={
            "união": fusao.pk,
            "motivo": fusao.motivo,
            "linhas": sum(len(ids) for ids in fusao.movidas.values()),
            "campos": sorted(fusao.campos),
        },
    )
    return fusao


def recusar_par(ficou: Cliente, absorvido: Cliente) -> None:
    """O que nunca se une: um consigo mesmo, e o de uma empresa com o de outra (os números não se misturam)."""
    if ficou.pk == absorvido.pk:
        raise FusaoRecusada("Escolha dois clientes diferentes.")
    if ficou.anonimizado_em or absorvido.anonimizado_em:
        raise FusaoRecusada("Um deles foi anonimizado a pedido do titular: não se une mais a ninguém.")
    if ficou.empresa_id != absorvido.empresa_id:
        raise FusaoRecusada("São de empresas diferentes: ficam ligados pelo documento, sem se unir.")


def _travar(*ids: int) -> dict[int, Cliente]:
    """Na mesma ordem das transferências e da importação: nunca se cruzam."""
    return {c.pk: c for c in Cliente.objects.select_for_update().filter(pk__in=ids).order_by("pk")}


def _linha(pk: int) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(c) FROM clientes_cliente c WHERE id = %s", [pk])
        linha: dict[str, Any] = linhas.como_json(cursor.fetchone()[0])
        return linha


# ── As linhas ────────────────────────────────────────────────────────────────


def _guardadas(fusao: Fusao, relacao: linhas.Relacao, novas: list[Any]) -> None:
    if novas:
        fusao.guardadas.setdefault(relacao.tabela, []).extend(novas)


def _movidas(fusao: Fusao, relacao: linhas.Relacao, ids: list[int]) -> None:
    if ids:
        fusao.movidas[relacao.chave] = ids


def _pessoas(fusao: Fusao, de: int, para: int) -> None:
    """A mesma pessoa nos dois é uma só: as conversas dela passam à de quem fica, e o que lhe faltava se completa."""
    minhas = {p.nome_chave: p for p in PessoaDeContato.objects.filter(cliente=para)}
    repetidas = [
        (p, minhas[p.nome_chave])
        for p in PessoaDeContato.objects.filter(cliente=de).order_by("pk")
        if p.nome_chave in minhas
    ]
    gemeas = {p.pk: fica.pk for p, fica in repetidas}
    for rel in linhas.que_apontam_para(PessoaDeContato):
        usam = rel.modelo._base_manager.filter(**{f"{rel.campo.name}__in": list(gemeas)})
        usos = dict(usam.values_list("pk", rel.campo.attname))
        if usos:
            novos = {pk: gemeas[pessoa] for pk, pessoa in usos.items()}
            fusao.alteradas.append(linhas.trocar(rel.tabela, rel.coluna, novos))
    for campo in ("telefone", "email", "cargo"):
        faltam = {
            f.pk: getattr(p, campo) for p, f in repetidas if getattr(p, campo) and not getattr(f, campo)
        }
        if faltam:
            fusao.alteradas.append(linhas.trocar("clientes_pessoadecontato", campo, faltam))
    relacao = next(r for r in linhas.relacoes() if r.modelo is PessoaDeContato)
    _guardadas(fusao, relacao, linhas.guardar(relacao, de, gemeas) if gemeas else [])
    if PessoaDeContato.objects.filter(cliente=para, principal=True, ativa=True).exists():
        principais = PessoaDeContato.objects.filter(cliente=de, principal=True).values_list("pk", flat=True)
        if principais:
            fusao.alteradas.append(
                linhas.trocar("clientes_pessoadecontato", "principal", dict.fromkeys(principais, False))
            )


def _donos(fusao: Fusao, de: int, para: int, *, do_outro: bool) -> None:
    """Um dono por vez: a história que fica é a do dono escolhido; a outra fica guardada."""
    _guardadas(fusao, linhas.PERIODOS, linhas.guardar(linhas.PERIODOS, para if do_outro else de))
    if do_outro:
        _movidas(fusao, linhas.PERIODOS, linhas.mover(linhas.PERIODOS, de, para))


def _agenda(fusao: Fusao, ficou: Cliente, absorvido: Cliente, *, do_outro: bool) -> None:
    """O combinado com qualquer dos dois segue com o dono que fica."""
    dono, saiu = (absorvido, ficou) if do_outro else (ficou, absorvido)
    if dono.vendedor_id is None or saiu.vendedor_id in (None, dono.vendedor_id):
        return
    abertos = Agendamento.objects.filter(
        cliente=saiu, responsavel=saiu.vendedor_id, concluido_em__isnull=True, cancelado_em__isnull=True
    )
    novos = dict.fromkeys(abertos.values_list("pk", flat=True), dono.vendedor_id)
    if novos:
        fusao.alteradas.append(linhas.trocar("clientes_agendamento", "responsavel_id", novos))


def _guardar_o_que_nao_segue(fusao: Fusao, de: int) -> None:
    """Antes de tudo o mais: números e busca são os de quem ainda tem as suas linhas."""
    for relacao in linhas.relacoes():
        if relacao.guarda_tudo:
            _guardadas(fusao, relacao, linhas.guardar(relacao, de))


def _tudo_o_mais(fusao: Fusao, de: int, para: int) -> None:
    for relacao in linhas.relacoes():
        if relacao.guarda_tudo:
            continue
        if colidem := linhas.que_colidem(relacao, de, para):
            _soltar(fusao, relacao, colidem)
            _guardadas(fusao, relacao, linhas.guardar(relacao, de, colidem))
        _movidas(fusao, relacao, linhas.mover(relacao, de, para))


def _soltar(fusao: Fusao, relacao: linhas.Relacao, ids: list[int]) -> None:
    """O que aponta para linhas que se guardam vai com elas; se pode não apontar para nada, fica sem elas."""
    for rel in linhas.que_apontam_para(relacao.modelo):
        if not rel.campo.null:
            _guardadas(fusao, rel, linhas.guardar(rel, ids))
        elif usos := list(
            rel.modelo._base_manager.filter(**{f"{rel.campo.name}__in": ids}).values_list("pk", flat=True)
        ):
            fusao.alteradas.append(linhas.trocar(rel.tabela, rel.coluna, dict.fromkeys(usos, None)))


def _mudar_quem_ficou(fusao: Fusao, ficou: Cliente, absorvido: Cliente, escolhas: dict[str, str]) -> None:
    """Grava os campos escolhidos e anota, coluna por coluna, o antes e o depois."""
    valores, ultima = colunas_escolhidas(ficou, absorvido, escolhas), _ultima_de_credito()
    if valores:
        Cliente.objects.filter(pk=ficou.pk).update(**valores, atualizado_em=timezone.now())
    fusao.antes["creditos"] = list(
        MudancaDeCredito.objects.filter(cliente=ficou, pk__gt=ultima).values_list("pk", flat=True)
    )
    antes, depois = fusao.antes["ficou"], _linha(ficou.pk)
    escritas = {c.column for c in Cliente._meta.local_concrete_fields if not c.generated}
    fusao.campos = {
        coluna: {"antes": antes[coluna], "depois": valor}
        for coluna, valor in depois.items()
        if coluna in escritas and antes[coluna] != valor
    }


# ── Separar ──────────────────────────────────────────────────────────────────


def por_que_nao_desfaz(fusao: Fusao) -> str:
    """O que impede separar agora, em palavras; vazio quando se pode."""
    if fusao.desfeita_em is not None:
        return "Esta união já foi desfeita."
    if fusao.ficou.anonimizado_em:
        return "Quem ficou foi anonimizado a pedido do titular: o cadastro de antes não volta."
    if fusao.ficou_id != fusao.ficou_era:
        return "Quem ficou foi depois unido a outro cliente: desfaça antes a união mais nova."
    if Cliente.objects.filter(empresa=fusao.empresa_id, codigo=fusao.absorvido_codigo).exists():
        return f"O código {fusao.absorvido_codigo} já é de outro cliente."
    movidos = fusao.movidas.get(linhas.PERIODOS.chave)
    if movidos and _dono_mudou(fusao, movidos):
        return "O dono mudou depois da união: desfaça antes a transferência."
    return ""


def _dono_mudou(fusao: Fusao, movidos: list[int]) -> bool:
    periodos = PeriodoDeCarteira.objects.filter(cliente=fusao.ficou_id)
    return periodos.filter(~Q(pk__in=movidos)).exists() or periodos.count() != len(movidos)


@transaction.atomic
def separar(*, fusao: Fusao, por: Usuario) -> Fusao:
    """Cada linha volta ao seu dono e cada campo ao que era; o que chegou depois da união fica com quem ficou."""
    fusao = Fusao.objects.select_for_update().get(pk=fusao.pk)
    _travar(fusao.ficou_id)
    if recusa := por_que_nao_desfaz(fusao):
        raise FusaoRecusada(recusa)
    de, para = fusao.ficou_id, fusao.absorvido_id
    AliasDeCliente.objects.filter(
        empresa=fusao.empresa_id, codigo=fusao.absorvido_codigo, cliente=de
    ).delete()
    por_tabela = {m._meta.db_table: m for m in apps.get_models(include_auto_created=True)}
    guardadas = {por_tabela[tabela]: guardadas for tabela, guardadas in fusao.guardadas.items()}
    voltam = linhas.sem_orfas({Cliente: [fusao.antes["absorvido"]], **guardadas})
    linhas.repor(Cliente, voltam.pop(Cliente))
    for relacao in [linhas.PERIODOS, *linhas.relacoes()]:
        if ids := fusao.movidas.get(relacao.chave):
            linhas.mover(relacao, de, para, ids)
    for modelo, dele in voltam.items():
        linhas.repor(modelo, dele)
    for troca in reversed(fusao.alteradas):
        linhas.destrocar(troca)
    _voltar_campos(fusao)
    fusao.desfeita_em, fusao.desfeita_por = timezone.now(), por
    fusao.save(update_fields=["desfeita_em", "desfeita_por"])
    registrar(
        "separar clientes",
        por=por,
        objeto=f"cliente {fusao.ficou.codigo}",
        alvo=fusao.ficou,
        depois={"união": fusao.pk, "voltou": f"{fusao.absorvido_codigo} {fusao.absorvido_nome}"},
    )
    return fusao


def _voltar_campos(fusao: Fusao) -> None:
    """Só o que ainda está como a união deixou: o que alguém mudou depois é de quem mudou."""
    agora = _linha(fusao.ficou_id)
    voltam = [c for c, v in fusao.campos.items() if agora.get(c) == v["depois"]]
    if not voltam:
        return
    ultima = _ultima_de_credito()
    lista = ", ".join(f"{c} = r.{c}" for c in voltam)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE clientes_cliente c SET {lista} "
            "FROM jsonb_populate_record(NULL::clientes_cliente, %s::jsonb) r WHERE c.id = %s",
            [linhas.em_texto(fusao.antes["ficou"]), fusao.ficou_id],
        )
    # ida e volta se anulam: a mudança de crédito que a união causou, e a que a desfez, não são notícia
    creditos = MudancaDeCredito.objects.filter(cliente=fusao.ficou_id)
    if creditos.filter(pk__gt=ultima).exists():
        creditos.filter(Q(pk__gt=ultima) | Q(pk__in=fusao.antes.get("creditos", []))).delete()


def _ultima_de_credito() -> int:
    ultima: int | None = MudancaDeCredito.objects.order_by("-pk").values_list("pk", flat=True).first()
    return ultima or 0
