"""Vendedores e segmentos que um arquivo nomeia: achados por código ou nome, ou criados sem acesso."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password
from django.db import connection

from clientes.importacao.recusa import ArquivoRecusado
from clientes.importacao.staging import Carga
from clientes.models import Segmento
from contas.models import Papel, Usuario, Vinculo
from contas.texto import chave_de_nome

LIMITE_DE_NOVOS = 2000
_TAMANHO_DO_CODIGO = 40
Chave = tuple[int, str, str]  # empresa, nome (ou código) escrito em `vendedor`, código escrito à parte


@dataclass(slots=True)
class _Conhecidos:
    """Quem já existe, pelos três modos de reconhecer."""

    por_codigo: dict[tuple[int, str], int] = field(default_factory=dict)
    na_empresa: dict[tuple[int, str], dict[int, str | None]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    na_casa: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def ler(cls) -> "_Conhecidos":
        todos = cls()
        for pessoa, empresa, codigo, chave in Vinculo.objects.values_list(
            "usuario_id", "empresa_id", "codigo_erp", "usuario__nome_chave"
        ):
            todos.na_empresa[empresa, chave][pessoa] = codigo
            if codigo:
                todos.por_codigo[empresa, codigo] = pessoa
        for pessoa, chave in Usuario.objects.filter(papel=Papel.VENDEDOR).values_list("id", "nome_chave"):
            todos.na_casa[chave].add(pessoa)
        return todos

    def achar(self, chave: Chave) -> set[int]:
        """Um id, nenhum, ou vários homônimos; código novo não é de quem já tem outro nesta empresa."""
        empresa, nome, codigo = chave
        por_codigo = self.por_codigo.get((empresa, codigo or nome))
        if por_codigo:
            return {por_codigo}
        if not nome:
            return set()
        daqui = self.na_empresa.get((empresa, chave_de_nome(nome)))
        if not daqui:
            return self.na_casa.get(chave_de_nome(nome), set())
        return {pessoa for pessoa, outro in daqui.items() if not (codigo and outro)}


def _codigo(chave: Chave) -> str:
    """O código do vendedor: o da coluna dele ou o número escrito no lugar do nome."""
    _, nome, codigo = chave
    return codigo or (nome if _so_numero(nome) else "")


def _so_numero(escrito: str) -> bool:
    return escrito.isdigit() and len(escrito) <= _TAMANHO_DO_CODIGO


def _distintos(carga: Carga) -> list[Chave]:
    nome = "coalesce(vendedor, '')" if carga.tem("vendedor") else "''"
    codigo = "coalesce(vendedor_codigo, '')" if carga.tem("vendedor_codigo") else "''"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT empresa_id, {nome}, {codigo} FROM _carga WHERE {nome} || {codigo} <> '' "
            f"AND empresa_id IS NOT NULL LIMIT {LIMITE_DE_NOVOS * 10}"
        )
        return sorted(cursor.fetchall())


def resolver_vendedores(carga: Carga, *, criar: bool) -> None:
    """Enche `_vendedores`; ao simular, quem seria criado fica com id nulo."""
    with connection.cursor() as cursor:
        cursor.execute(
            'CREATE TEMP TABLE _vendedores (empresa_id bigint, nome text COLLATE "C", codigo text COLLATE "C", '
            "usuario_id bigint, novo boolean, equipe_id bigint) ON COMMIT DROP"
        )
        if not (carga.tem("vendedor") or carga.tem("vendedor_codigo")):
            return
        achados, novos, homonimos = _classificar(_distintos(carga))
        _recusar_homonimos(carga, homonimos)
        pessoas = _pessoas_novas(novos)
        if len(pessoas) > LIMITE_DE_NOVOS:
            raise ArquivoRecusado(
                f"O arquivo traria {len(pessoas)} vendedores novos: confira se a coluna ligada a “vendedor” é mesmo a dele."
            )
        ids = _criar(pessoas) if criar else dict.fromkeys(novos)
        for chaves in pessoas:
            carga.avisos.dizer(f"vendedor novo, sem acesso até ser convidado: {_apresentar(chaves, pessoas)}")
        linhas = [(*c, i, False) for c, i in achados.items()] + [(*c, ids[c], True) for c in novos]
        with cursor.copy("COPY _vendedores (empresa_id, nome, codigo, usuario_id, novo) FROM STDIN") as copia:
            for linha in linhas:
                copia.write_row(linha)
        cursor.execute("ANALYZE _vendedores")


def _classificar(chaves: list[Chave]) -> tuple[dict[Chave, int], list[Chave], list[Chave]]:
    """Quem é de quem: (achados, novos, homônimos)."""
    conhecidos = _Conhecidos.ler()
    candidatos = {chave: conhecidos.achar(chave) for chave in chaves}
    achados = _achados_com_codigo(candidatos)
    novos = [c for c in chaves if _codigo(c) and c not in achados]
    homonimos = []
    com_codigo = defaultdict(set)
    for chave in novos:
        com_codigo[chave[0], chave_de_nome(chave[1])].add(_codigo(chave))
    for chave in chaves:
        if _codigo(chave):
            continue
        ids = candidatos[chave]
        if len(ids) + len(com_codigo[chave[0], chave_de_nome(chave[1])]) > 1:
            homonimos.append(chave)
        elif ids:
            achados[chave] = next(iter(ids))
        else:
            novos.append(chave)
    _vincular(achados)
    return achados, novos, homonimos


def _achados_com_codigo(candidatos: dict[Chave, set[int]]) -> dict[Chave, int]:
    """Um código é de uma pessoa só, e uma pessoa só tem um código: na dúvida é gente nova."""
    donos: dict[tuple[int, str], set[int]] = defaultdict(set)
    for chave, ids in candidatos.items():
        if _codigo(chave):
            donos[chave[0], _codigo(chave)] |= ids
    vezes = Counter((empresa, pessoa) for (empresa, _), ids in donos.items() for pessoa in ids)
    achados = {}
    for chave in candidatos:
        ids = donos.get((chave[0], _codigo(chave)), set())
        if len(ids) == 1 and vezes[chave[0], next(iter(ids))] == 1:
            achados[chave] = next(iter(ids))
    return achados


def _vincular(achados: dict[Chave, int]) -> None:
    """Achado pelo nome, passa a ter vínculo com a empresa do arquivo, e o código se ele ainda não tem."""
    codigos: dict[tuple[int, int], str | None] = {
        (chave[0], pessoa): None for chave, pessoa in achados.items()
    }
    codigos |= {(chave[0], pessoa): _codigo(chave) for chave, pessoa in achados.items() if _codigo(chave)}
    existentes = {(v.empresa_id, v.usuario_id): v for v in Vinculo.objects.all()}
    Vinculo.objects.bulk_create(
        Vinculo(empresa_id=par[0], usuario_id=par[1], codigo_erp=codigos[par])
        for par in sorted(codigos.keys() - existentes.keys())
    )
    for par in sorted(codigos.keys() & existentes.keys()):
        if codigos[par] and not existentes[par].codigo_erp:
            existentes[par].codigo_erp = codigos[par]
            existentes[par].save(update_fields=["codigo_erp"])


def _recusar_homonimos(carga: Carga, homonimos: list[Chave]) -> None:
    sem_codigo = "AND coalesce(vendedor_codigo, '') = ''" if carga.tem("vendedor_codigo") else ""
    motivo = "há mais de uma pessoa com este nome: use o código do vendedor"
    with connection.cursor() as cursor:
        for empresa, nome, _ in homonimos:
            cursor.execute(
                "INSERT INTO _erros SELECT linha, %s, vendedor, %s FROM _carga "
                f"WHERE empresa_id = %s AND vendedor = %s {sem_codigo} ON CONFLICT DO NOTHING",
                [carga.rotulos["vendedor"], motivo, empresa, nome],
            )


def _pessoas_novas(novos: list[Chave]) -> list[list[Chave]]:
    """As chaves de cada pessoa nova: mesmo código, ou mesmo nome sem código que o desminta."""
    # O nome que não é só número nem todo em maiúsculas é o que a pessoa nova leva.
    em_ordem = sorted(novos, key=lambda c: (c[1].isdigit() or not c[1], c[1].isupper(), c))
    repetidos = _nomes_com_varios_codigos(em_ordem)
    do_codigo: dict[tuple[int, str], list[Chave]] = {}
    do_nome: dict[tuple[int, str], list[Chave]] = {}
    pessoas: list[list[Chave]] = []
    for chave in em_ordem:
        codigo, nome = (chave[0], _codigo(chave)), chave_de_nome(_nome_do_novo(chave))
        # O mesmo nome em outra empresa é a mesma pessoa, a não ser que lá ou aqui haja homônimos.
        pelo_nome = (chave[0] if nome in repetidos else 0, nome)
        pessoa = do_codigo.get(codigo) or do_nome.get(pelo_nome)
        if pessoa is None or (codigo[1] and _tem_outro_codigo(pessoa, codigo)):
            pessoa = []
            pessoas.append(pessoa)
        pessoa.append(chave)
        do_nome.setdefault(pelo_nome, pessoa)
        if codigo[1]:
            do_codigo[codigo] = pessoa
    return pessoas


def _nomes_com_varios_codigos(chaves: list[Chave]) -> set[str]:
    codigos = defaultdict(set)
    for chave in chaves:
        if _codigo(chave):
            codigos[chave[0], chave_de_nome(_nome_do_novo(chave))].add(_codigo(chave))
    return {nome for (_, nome), destes in codigos.items() if len(destes) > 1}


def _tem_outro_codigo(pessoa: list[Chave], codigo: tuple[int, str]) -> bool:
    return any(c[0] == codigo[0] and _codigo(c) not in {"", codigo[1]} for c in pessoa)


def _apresentar(pessoa: list[Chave], pessoas: list[list[Chave]]) -> str:
    """O nome, e o código quando outra pessoa nova se chama igual."""
    nome = _nome_do_novo(pessoa[0])
    iguais = sum(chave_de_nome(_nome_do_novo(p[0])) == chave_de_nome(nome) for p in pessoas)
    return f"{nome} (código {_codigo(pessoa[0])})" if iguais > 1 else nome


def _nome_do_novo(chave: Chave) -> str:
    _, nome, codigo = chave
    escrito = nome or codigo
    return f"Vendedor {escrito}" if _so_numero(escrito) else escrito


def _criar(pessoas: list[list[Chave]]) -> dict[Chave, int]:
    """Um `Usuario` por pessoa nova, sem e-mail e sem senha."""
    usuarios = [
        Usuario(
            nome=_nome_do_novo(p[0]),
            nome_chave=chave_de_nome(_nome_do_novo(p[0])),
            papel=Papel.VENDEDOR,
            password=make_password(None),
        )
        for p in pessoas
    ]
    Usuario.objects.bulk_create(usuarios)
    vinculos: dict[tuple[int, int], str | None] = {}
    for usuario, chaves in zip(usuarios, pessoas, strict=True):
        for chave in chaves:
            par = (usuario.pk, chave[0])
            vinculos[par] = vinculos.get(par) or _codigo(chave) or None
    Vinculo.objects.bulk_create(
        Vinculo(usuario_id=pessoa, empresa_id=empresa, codigo_erp=codigo)
        for (pessoa, empresa), codigo in vinculos.items()
    )
    return {c: u.pk for u, chaves in zip(usuarios, pessoas, strict=True) for c in chaves}


def resolver_segmentos(carga: Carga, *, criar: bool) -> None:
    """Enche `_segmentos` (empresa, texto → id), criando os desconhecidos."""
    with connection.cursor() as cursor:
        cursor.execute(
            'CREATE TEMP TABLE _segmentos (empresa_id bigint, nome text COLLATE "C", segmento_id bigint) ON COMMIT DROP'
        )
        if not carga.tem("segmento"):
            return
        cursor.execute(
            f"SELECT DISTINCT empresa_id, segmento FROM _carga WHERE segmento <> '' AND empresa_id IS NOT NULL "
            f"LIMIT {LIMITE_DE_NOVOS * 10}"
        )
        textos = sorted(cursor.fetchall())
        ids = dict(_segmentos_conhecidos())
        novos = {(e, chave_de_nome(n)): n for e, n in reversed(textos) if (e, chave_de_nome(n)) not in ids}
        if len(novos) > LIMITE_DE_NOVOS:
            raise ArquivoRecusado(
                f"O arquivo traria {len(novos)} segmentos novos: confira se a coluna ligada a “segmento” é mesmo a dele."
            )
        for (empresa, chave), nome in sorted(novos.items()):
            carga.avisos.dizer(f"segmento novo: {nome}")
            if criar:
                ids[empresa, chave] = Segmento.objects.create(empresa_id=empresa, nome=nome).pk
        with cursor.copy("COPY _segmentos FROM STDIN") as copia:
            for empresa, nome in textos:
                copia.write_row((empresa, nome, ids.get((empresa, chave_de_nome(nome)))))


def _segmentos_conhecidos() -> list[tuple[tuple[int, str], int]]:
    return [((e, c), i) for e, c, i in Segmento.objects.values_list("empresa_id", "nome_chave", "id")]
