"""Leva o mundo gerado ao banco, em conjuntos: nenhuma linha de cada vez."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from carteira.demo import catalogo, geradores
from carteira.demo.copia import copiar, reservar_ids
from carteira.demo.geradores import Cidade, Evento
from carteira.demo.pessoas import Elenco
from carteira.demo.ritmo import Perfil, sorteio
from clientes.models import (
    Agendamento,
    Categoria,
    Cliente,
    Contato,
    ItemDePedido,
    Motivo,
    Municipio,
    Objecao,
    Ocorrencia,
    Pedido,
    PeriodoDeCarteira,
    PessoaDeContato,
    Segmento,
    Sentido,
)
from contas.models import Empresa, Usuario
from contas.texto import chave_de_nome

NUMERO_INICIAL = 100_001
_PEDIDOS_POR_LOTE = 20_000


def cidades() -> list[Cidade]:
    """As cidades do catálogo, com o código e o DDD da tabela do IBGE."""
    achadas = {
        (m.nome_chave, m.uf): m
        for m in Municipio.objects.filter(
            nome_chave__in=[chave_de_nome(nome) for nome, _, _ in catalogo.CIDADES]
        )
    }
    return [
        Cidade(m.codigo_ibge, m.nome, m.uf, m.ddd, peso)
        for nome, uf, peso in catalogo.CIDADES
        if (m := achadas.get((chave_de_nome(nome), uf)))
    ]


def criar_segmentos(empresa: Empresa) -> dict[str, Segmento]:
    return {
        nome: Segmento.objects.get_or_create(
            empresa=empresa, nome_chave=chave_de_nome(nome), defaults={"nome": nome}
        )[0]
        for nome in catalogo.RAMOS
    }


def carregar_clientes(
    *, empresa: Empresa, elenco: Elenco, semente: int, perfis: Sequence[Perfil], base: date
) -> dict[int, int]:
    """Clientes e a história de quem os atende; devolve índice → id."""
    segmentos, lugares = criar_segmentos(empresa), cidades()
    ids = dict(zip((p.indice for p in perfis), reservar_ids(Cliente, len(perfis)), strict=True))
    posses: list[dict[str, Any]] = []
    gente: list[dict[str, Any]] = []

    def linhas() -> Iterator[dict[str, Any]]:
        for cliente in perfis:
            cadastro = geradores.cadastro(semente, cliente, lugares, base)
            posse = _posse(elenco, semente, cliente, cadastro.equipe)
            posses.extend(_periodos(ids[cliente.indice], posse))
            gente.extend(_pessoas(ids[cliente.indice], semente, cliente, cadastro))
            yield {
                "id": ids[cliente.indice],
                "empresa_id": empresa.pk,
                "segmento_id": segmentos[cliente.segmento].pk,
                "vendedor_id": posse["vendedor_id"],
                "equipe_id": posse["equipe_id"],
                **_colunas_do_cadastro(cadastro, cliente),
            }

    copiar(Cliente, linhas())
    copiar(PeriodoDeCarteira, posses)
    copiar(PessoaDeContato, gente)
    return ids


def _pessoas(
    cliente_id: int, semente: int, cliente: Perfil, cadastro: geradores.Cadastro
) -> Iterator[dict[str, Any]]:
    """Como se o ERP as tivesse mandado: o que se mudar aqui fica até ele mudar. Homônimo no cliente é um só."""
    vistas: set[str] = set()
    for pessoa in geradores.pessoas(semente, cliente, cadastro):
        if chave_de_nome(pessoa.nome) in vistas:
            continue
        vistas.add(chave_de_nome(pessoa.nome))
        dados = asdict(pessoa)
        erp = {c: "true" if v is True else v or "" for c, v in dados.items()}
        yield {"cliente_id": cliente_id, **dados, "erp": {**erp, "observacao": "", "nao_contatar": ""}}


def _colunas_do_cadastro(cadastro: geradores.Cadastro, cliente: Perfil) -> dict[str, Any]:
    return {
        "codigo": cadastro.codigo,
        "razao_social": cadastro.razao_social,
        "nome_fantasia": cadastro.nome_fantasia,
        "documento": cadastro.documento,
        "documento_valido": True,
        "cidade": cadastro.cidade.nome,
        "uf": cadastro.cidade.uf,
        "municipio_id": cadastro.cidade.codigo_ibge,
        "porte": cadastro.porte,
        "categoria": Categoria.PROSPECT if cliente.inicio is None else Categoria.CLIENTE,
        "telefone": cadastro.telefone,
        "email": cadastro.email,
        "limite_credito": cadastro.limite_credito,
        "bloqueado": cadastro.bloqueado,
        "nao_contatar": list(cadastro.nao_contatar),
        "encerrado_em": cadastro.encerrado_em,
        "encerrado_motivo": cadastro.encerrado_motivo,
        "fora_do_perfil": cadastro.fora_do_perfil,
        "adiado_ate": cadastro.adiado_ate,
        "adiado_motivo": "Pediu para falar depois da reforma da loja" if cadastro.adiado_ate else "",
        "potencial_mensal": cadastro.potencial_mensal,
        "cadastrado_em": cadastro.cadastrado_em,
    }


def _posse(elenco: Elenco, semente: int, cliente: Perfil, equipe: str) -> dict[str, Any]:
    """Dono e equipe: 3% ficam só com a equipe, 1% sem ninguém, 5% trocaram de mãos no último ano."""
    rng = sorteio(semente, "posse", cliente.indice)
    dono, anterior = elenco.vendedor(cliente.vendedor), rng.choice(elenco.vendedores[equipe])
    sorte, troca = rng.random(), cliente.base - timedelta(days=rng.randint(30, 330))
    sorte = max(sorte, 0.04) if cliente.prospect else sorte
    sem_dono = sorte < 0.04
    return {
        "vendedor_id": None if sem_dono else dono.pk,
        "equipe_id": None if sorte < 0.01 else elenco.equipes[equipe].pk,
        "anterior_id": anterior.pk if sorte > 0.95 and anterior != dono else None,
        "troca": troca,
        "por_id": elenco.admin.pk,
    }


def _periodos(cliente_id: int, posse: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """O primeiro dono vale desde sempre; o dia da troca já é do novo."""
    comum = {"cliente_id": cliente_id, "equipe_id": posse["equipe_id"], "por_id": posse["por_id"]}
    trocou = posse["anterior_id"] is not None
    if trocou:
        periodo = DateRange(None, posse["troca"])
        yield {**comum, "vendedor_id": posse["anterior_id"], "periodo": periodo, "motivo": ""}
    yield {
        **comum,
        "vendedor_id": posse["vendedor_id"],
        "periodo": DateRange(posse["troca"] if trocou else None, None),
        "motivo": "Redivisão da região" if trocou else "",
    }


def carregar_pedidos(
    *,
    empresa: Empresa,
    semente: int,
    perfis: Sequence[Perfil],
    ids: Mapping[int, int],
    donos: Mapping[int, int | None],
    ate: date,
    depois_de: date | None = None,
    primeiro_numero: int = NUMERO_INICIAL,
) -> int:
    """Pedidos e itens de (depois_de, ate], numerados em ordem de data. Devolve quantos pedidos."""
    eventos = iter(geradores.todos_os_eventos(semente, perfis, ate, depois_de))
    por_indice = {p.indice: p for p in perfis}
    numero = primeiro_numero
    while lote := list(islice(eventos, _PEDIDOS_POR_LOTE)):
        _carregar_lote(empresa, semente, por_indice, ids, donos, lote, ate, numero)
        numero += len(lote)
    return numero - primeiro_numero


def _carregar_lote(
    empresa: Empresa,
    semente: int,
    perfis: Mapping[int, Perfil],
    ids: Mapping[int, int],
    donos: Mapping[int, int | None],
    lote: Sequence[Evento],
    ate: date,
    numero: int,
) -> None:
    novos = [geradores.pedido(semente, perfis[e.indice], e, ate) for e in lote]
    pedidos = reservar_ids(Pedido, len(novos))
    copiar(
        Pedido,
        (
            {
                "id": pk,
                "empresa_id": empresa.pk,
                "numero": str(numero + ordem),
                "cliente_id": ids[p.evento.indice],
                "data": p.evento.data,
                "valor": p.valor,
                "valor_sem_impostos": p.valor_sem_impostos,
                "situacao": p.situacao,
                "conta": p.situacao in empresa.situacoes_que_contam,
                "vendedor_id": donos[p.evento.indice],
            }
            for ordem, (pk, p) in enumerate(zip(pedidos, novos, strict=True))
        ),
    )
    copiar(
        ItemDePedido,
        (
            {"pedido_id": pk, "sequencia": n, **item._asdict()}
            for pk, p in zip(pedidos, novos, strict=True)
            for n, item in enumerate(p.itens, 1)
        ),
    )


def carregar_contatos(
    *,
    semente: int,
    perfis: Sequence[Perfil],
    ids: Mapping[int, int],
    donos: Mapping[int, int | None],
    base: date,
    ate: date,
    depois_de: date | None = None,
) -> int:
    """Contatos feitos pelo dono atual de cada cliente, em (depois_de, ate], com a gente que o cliente tem."""
    ocorrencias = dict(Ocorrencia.objects.values_list("nome", "pk"))
    motivos = dict(Motivo.objects.values_list("nome", "pk"))
    gente = _gente_por_cliente()
    feitos = [
        (p, c)
        for p in perfis
        if donos[p.indice]
        for c in geradores.contatos(semente, p, base, ate)
        if depois_de is None or c.dia > depois_de
    ]
    pks = reservar_ids(Contato, len(feitos))
    copiar(
        Contato,
        (
            {
                "id": pk,
                "cliente_id": ids[p.indice],
                "canal": c.canal,
                "sentido": Sentido.RECEPTIVO if c.chave % 9 == 0 else Sentido.ATIVO,
                "ocorrencia_id": ocorrencias[c.ocorrencia],
                "motivo_id": motivos.get(catalogo.MOTIVOS_DA_OCORRENCIA.get(c.ocorrencia, "")),
                "observacao": c.observacao,
                **_com_quem(c, gente.get(ids[p.indice], [])),
                **_horas(c),
                "atendente_id": donos[p.indice],
                "chave": uuid.UUID(int=c.chave),
            }
            for pk, (p, c) in zip(pks, feitos, strict=True)
        ),
    )
    _carregar_objecoes((pk, c.observacao) for pk, (_, c) in zip(pks, feitos, strict=True))
    return len(feitos)


def _gente_por_cliente() -> dict[int, list[tuple[int, str]]]:
    gente: dict[int, list[tuple[int, str]]] = defaultdict(list)
    ativas = PessoaDeContato.objects.filter(ativa=True).order_by("pk")
    for cliente, pk, nome in ativas.values_list("cliente_id", "pk", "nome"):
        gente[cliente].append((pk, nome))
    return gente


def _com_quem(contato: geradores.ContatoGerado, gente: Sequence[tuple[int, str]]) -> dict[str, Any]:
    if not contato.pessoa or not gente:
        return {"pessoa": contato.pessoa, "pessoa_de_contato_id": None}
    pk, nome = gente[contato.chave % len(gente)]
    return {"pessoa": nome, "pessoa_de_contato_id": pk}


def _horas(contato: geradores.ContatoGerado) -> dict[str, datetime]:
    """Aberto, registrado e fechado na mesma conversa."""
    aberto = timezone.make_aware(
        datetime.combine(contato.dia, time(contato.minuto // 60, contato.minuto % 60))
    )
    fechado = aberto + timedelta(minutes=2 + contato.chave % 14)
    return {"em": aberto, "registrado_em": fechado, "fechado_em": fechado}


def _carregar_objecoes(contatos: Iterable[tuple[int, str]]) -> None:
    objecoes = dict(Objecao.objects.values_list("nome", "pk"))
    copiar(
        Contato.objecoes.through,
        (
            {"contato_id": pk, "objecao_id": objecao}
            for pk, observacao in contatos
            if (objecao := objecoes.get(catalogo.OBJECOES_DA_OBSERVACAO.get(observacao, "")))
        ),
    )


def carregar_agenda(
    *,
    semente: int,
    perfis: Sequence[Perfil],
    ids: Mapping[int, int],
    donos: Mapping[int, int | None],
    hoje: date,
    por: Usuario,
) -> int:
    """Próximos contatos combinados, em volta de hoje."""
    return copiar(
        Agendamento,
        (
            {
                "cliente_id": ids[p.indice],
                "responsavel_id": donos[p.indice],
                "em": a.em,
                "hora": time(a.hora) if a.hora else None,
                "tipo": a.tipo,
                "nota": a.nota,
                "criado_por_id": por.pk,
            }
            for p in perfis
            if donos[p.indice] and (a := geradores.agendamento(semente, p, hoje))
        ),
    )
