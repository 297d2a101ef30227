"""Importar um arquivo: analisar, simular e aplicar, do mesmo jeito no comando e nas páginas."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from clientes.importacao import rejeitadas
from clientes.importacao.apuracao import apurar, resumo
from clientes.importacao.campos import Coluna, Limites, chave_de_empresa, cru
from clientes.importacao.colunas import CAMPOS, contar_conhecidas, ligar, nome_normalizado
from clientes.importacao.completo import Sumico, achar_sumidos, marcar_sumidos
from clientes.importacao.leitura import Reconhecer, Tabela, abrir
from clientes.importacao.mapeamentos import Mapeamento, lembrado, salvar, transformar
from clientes.importacao.recusa import ArquivoRecusado
from clientes.importacao.resultado import Avisos, Resultado
from clientes.importacao.situacoes import chave_de_situacao
from clientes.importacao.staging import Carga, Progresso, carregar
from clientes.importacao.tipo import Conferencia, Gravacao, Tipo
from clientes.importacao.tipos import TIPOS
from clientes.models import EstadoDaImportacao, Importacao, OrigemDaImportacao
from contas.models import Empresa, Usuario

Observador = Callable[[Carga], None]  # lê cada linha já julgada, antes de se gravar
_TRAVA = 0x1A9047  # família das travas de importação; a segunda chave é a empresa


@dataclass(frozen=True, slots=True)
class Opcoes:
    """O que a pessoa disse além do arquivo."""

    tipo: str
    empresa: Empresa | None = None
    colunas: Mapping[str, str] = field(default_factory=dict)  # nome de coluna normalizado → campo ("" ignora)
    situacoes: Mapping[str, str] = field(
        default_factory=dict
    )  # situação (ou tipo, papel) do arquivo → do Carteira
    decimal: str | None = None  # "v" ou "p" impõe a convenção dos números
    lembrar: bool = True
    mapeamento: Mapeamento | None = None  # o escolhido; sem ele, o lembrado para o mesmo cabeçalho
    salvar_como: str = ""  # dá nome ao que se lembra
    completo: tuple[date, date] | None = None  # o arquivo traz tudo o que há neste período
    sumico_confirmado: int | None = None  # quantos a pessoa digitou que podem sumir

    @property
    def descricao(self) -> Tipo:
        return TIPOS[self.tipo]


@dataclass(frozen=True, slots=True)
class Analise:
    """O que se viu do arquivo sem gravar: para a pessoa conferir as ligações."""

    cabecalho: list[str]
    exemplos: list[list[str]]  # por coluna
    campos: list[str]  # campo de cada coluna, "" se nenhuma
    descricao: str
    avisos: tuple[str, ...]
    problema: str = ""  # o que falta para poder importar


def traduzir_situacoes(tipo: str, pares: Mapping[str, str]) -> dict[str, str]:
    """Confere um de-para de situações, tipos ou papéis; ValueError se o lado direito não existe."""
    vocabulario = TIPOS[tipo].vocabulario
    if pares and not vocabulario:
        raise ValueError(f"{tipo} não têm situação")
    traduzidas = {}
    for texto, destino in pares.items():
        valor = vocabulario.ler(destino, {})[0] if vocabulario else ""
        if vocabulario and not valor:
            raise ValueError(
                f"{vocabulario.singular} “{destino}” não existe: use {', '.join(sorted(vocabulario.valores.values))}"
            )
        traduzidas[chave_de_situacao(texto)] = valor
    return traduzidas


def traduzir_colunas(tipo: str, pares: Mapping[str, str]) -> dict[str, str]:
    """Confere um de-para de colunas; ValueError se o campo não existe ("codigo+2" é a segunda parte dele)."""
    campos = {c.nome for c in CAMPOS[tipo]} | {""}
    for campo in pares.values():
        if campo.partition("+")[0] not in campos:
            raise ValueError(f"campo “{campo}” não existe: use {', '.join(sorted(campos - {''}))}")
    return {nome_normalizado(coluna): campo for coluna, campo in pares.items()}


def _reconhecer(opcoes: Opcoes) -> Reconhecer:
    """Quantas colunas se conhecem, pelos nomes de sempre ou pelos do mapeamento escolhido."""
    ditas = {*opcoes.colunas, *(opcoes.mapeamento.colunas if opcoes.mapeamento else ())} - {""}

    def contar(cabecalho: list[str]) -> int:
        conhecidas = contar_conhecidas(opcoes.tipo, cabecalho)
        return max(conhecidas, len(ditas & {nome_normalizado(c) for c in cabecalho})) if ditas else conhecidas

    return contar


def _mapeamento(opcoes: Opcoes, cabecalho: list[str]) -> Mapeamento:
    """O escolhido, ou o lembrado para este cabeçalho, sob o que a pessoa disse agora."""
    base = opcoes.mapeamento or lembrado(cabecalho, opcoes.empresa, opcoes.tipo) or Mapeamento()
    return base.com(opcoes.colunas, traduzir_situacoes(opcoes.tipo, opcoes.situacoes))


def analisar(caminho: Path, opcoes: Opcoes) -> Analise:
    """Abre, reconhece as colunas e traz exemplos; recusa o que nem tabela é."""
    with abrir(caminho, _reconhecer(opcoes)) as tabela:
        mapeamento = _mapeamento(opcoes, tabela.cabecalho)
        colunas, situacoes = mapeamento.colunas, mapeamento.situacoes
        campos, problema, avisos = [""] * len(tabela.cabecalho), "", tuple(tabela.avisos)
        try:
            ligacao = ligar(opcoes.tipo, tabela.cabecalho, colunas, _dispensados(opcoes.descricao, situacoes))
        except ArquivoRecusado as recusa:
            problema = str(recusa)
            conhecidas = _parcial(opcoes.tipo, tabela.cabecalho)
        else:
            conhecidas = ligacao.posicoes | ligacao.continuacoes
        for campo, posicao in conhecidas.items():
            campos[posicao] = campo
        amostra = [
            [cru(c) for c in linha.celulas] for linha in islice(tabela.linhas, 50) if not linha.problema
        ]
        exemplos = [
            list(dict.fromkeys(li[i] for li in amostra if li[i].strip()))[:3] for i in range(len(campos))
        ]
        return Analise(tabela.cabecalho, exemplos, campos, tabela.descricao, avisos, problema)


def _parcial(tipo: str, cabecalho: list[str]) -> dict[str, int]:
    nomes = [nome_normalizado(c) for c in cabecalho]
    posicoes: dict[str, int] = {}
    for campo in CAMPOS[tipo]:
        achadas = [
            i for i, nome in enumerate(nomes) if nome in campo.sinonimos and i not in posicoes.values()
        ]
        if achadas:
            posicoes[campo.nome] = achadas[0]
    return posicoes


def _dispensados(tipo: Tipo, situacoes: Mapping[str, str]) -> frozenset[str]:
    """Quem disse o que é a situação em branco pode mandar um arquivo sem a coluna."""
    return frozenset({tipo.vocabulario.campo} if tipo.vocabulario and situacoes.get("") else ())


def simular(
    caminho: Path,
    opcoes: Opcoes,
    *,
    hoje: date,
    parcial: bool = True,
    rejeitadas_em: Path | None = None,
    progresso: Progresso = lambda fracao: None,
    julgadas: Observador = lambda carga: None,
) -> Resultado:
    """Faz tudo numa transação e a desfaz: os números são exatos e nada fica escrito."""
    with transaction.atomic():
        resultado = _executar(
            caminho,
            opcoes,
            hoje=hoje,
            parcial=parcial,
            gravar=None,
            rejeitadas_em=rejeitadas_em,
            progresso=progresso,
            julgadas=julgadas,
        )
        transaction.set_rollback(True)
    return resultado


def _nome_legivel(caminho: Path) -> str:
    """Um nome que o sistema de arquivos guarda em outra codificação ainda se deixa anotar."""
    return os.fsencode(caminho.name).decode(errors="replace")[:200]


def aplicar(
    caminho: Path,
    opcoes: Opcoes,
    *,
    por: Usuario | None,
    hoje: date,
    parcial: bool = False,
    importacao: Importacao | None = None,
    rejeitadas_em: Path | None = None,
    progresso: Progresso = lambda fracao: None,
    julgadas: Observador = lambda carga: None,
) -> Resultado:
    """Grava o arquivo inteiro ou, com `parcial`, sem as linhas rejeitadas; senão, nada."""
    with transaction.atomic():
        registro = importacao or Importacao(
            tipo=opcoes.tipo,
            nome_do_arquivo=_nome_legivel(caminho),
            por=por,
            origem=OrigemDaImportacao.COMANDO,
        )
        resultado = _executar(
            caminho,
            opcoes,
            hoje=hoje,
            parcial=parcial,
            gravar=_Gravacao(registro, por),
            rejeitadas_em=rejeitadas_em,
            progresso=progresso,
            julgadas=julgadas,
        )
        if not resultado.gravado:
            transaction.set_rollback(True)
    return resultado


@dataclass(frozen=True, slots=True)
class _Gravacao:
    registro: Importacao
    por: Usuario | None


def _executar(
    caminho: Path,
    opcoes: Opcoes,
    *,
    hoje: date,
    parcial: bool,
    gravar: _Gravacao | None,
    rejeitadas_em: Path | None,
    progresso: Progresso = lambda fracao: None,
    julgadas: Observador = lambda carga: None,
) -> Resultado:
    with abrir(caminho, _reconhecer(opcoes)) as tabela:
        travar_importacoes(opcoes.empresa)
        mapeamento = _mapeamento(opcoes, tabela.cabecalho)
        colunas, situacoes = mapeamento.colunas, mapeamento.situacoes
        ligacao = ligar(opcoes.tipo, tabela.cabecalho, colunas, _dispensados(opcoes.descricao, situacoes))
        transformar(tabela, ligacao, mapeamento)
        avisos = Avisos([*tabela.avisos, *ligacao.avisos])
        leitores = _leitores(opcoes, situacoes, hoje)
        constantes = _constantes(opcoes, ligacao.posicoes, situacoes)
        carga = carregar(
            tabela,
            ligacao.posicoes,
            leitores,
            constantes=constantes,
            avisos=avisos,
            progresso=lambda f: progresso(f * 0.6),
        )
    for aviso in tabela.avisos:  # o que só se vê lendo até o fim
        avisos.dizer(aviso)
    if not carga.linhas:
        raise ArquivoRecusado("O arquivo só tem o cabeçalho, nenhuma linha de dados: exporte de novo do ERP.")
    decimal = opcoes.decimal or mapeamento.decimal
    importacao_id = _abrir_registro(opcoes, gravar, caminho) if gravar else None
    governadas = opcoes.descricao.conferir(
        carga,
        Conferencia(
            decimal, gravar is not None, hoje, importacao_id, gravar.por.pk if gravar and gravar.por else None
        ),
    )
    sumico = _achar_sumidos(opcoes, carga)
    julgadas(carga)
    progresso(0.75)
    quantas_rejeitadas = rejeitadas.contar()
    if rejeitadas_em and quantas_rejeitadas:
        rejeitadas.escrever(caminho, rejeitadas_em, _reconhecer(opcoes))
    resultado = apurar(
        opcoes.descricao,
        carga.avisos,
        quantas_rejeitadas,
        parcial=parcial,
        descricao=tabela.descricao,
        gravar=bool(gravar) and not _sumico_por_confirmar(opcoes, sumico),
        sumico=sumico,
    )
    if gravar and resultado.gravado:
        _gravar(opcoes, gravar, resultado, governadas, hoje)
        _lembrar(opcoes, tabela, mapeamento, gravar.por)
    progresso(1.0)
    return resultado


def travar_importacoes(empresa: Empresa | None) -> None:
    """Duas importações da mesma empresa esperam uma pela outra; sem empresa dita, são todas, em ordem."""
    empresas = [empresa.pk] if empresa else Empresa.objects.order_by("id").values_list("id", flat=True)
    with connection.cursor() as cursor:
        for chave in empresas:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_TRAVA, chave])


def ter_a_vez_de_importar(empresa: Empresa) -> bool:
    """A vez até o fim da transação, se nenhuma importação (ou conferência) desta empresa corre agora."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_TRAVA, empresa.pk])
        return bool(cursor.fetchone()[0])


def _leitores(opcoes: Opcoes, situacoes: Mapping[str, str], hoje: date) -> dict[str, Coluna]:
    empresas = {}
    for empresa in Empresa.objects.all():
        # Com a empresa escolhida, linha de outra é erro de arquivo, não importação em outra casa.
        if opcoes.empresa is None or empresa == opcoes.empresa:
            empresas[chave_de_empresa(empresa.nome)] = empresas[chave_de_empresa(empresa.codigo)] = empresa.pk
    padrao = opcoes.empresa.pk if opcoes.empresa else None
    limites = Limites(hoje, ZoneInfo(settings.TIME_ZONE), dict(situacoes), empresas, padrao)
    return opcoes.descricao.colunas(limites)


def _constantes(opcoes: Opcoes, posicoes: dict[str, int], situacoes: Mapping[str, str]) -> dict[str, str]:
    constantes = {}
    if "empresa" not in posicoes:
        if opcoes.empresa is None:
            raise ArquivoRecusado("Há mais de uma empresa e o arquivo não tem a coluna empresa: diga qual é.")
        constantes["empresa_id"] = str(opcoes.empresa.pk)
    for campo in _dispensados(opcoes.descricao, situacoes) - posicoes.keys():
        constantes[campo] = situacoes[""]
    return constantes


def _achar_sumidos(opcoes: Opcoes, carga: Carga) -> Sumico | None:
    if not opcoes.completo:
        return None
    periodo = opcoes.descricao.periodo
    if periodo is None:
        raise ArquivoRecusado(f"Um arquivo de {opcoes.tipo} não se diz completo para um período.")
    with connection.cursor() as cursor:
        return achar_sumidos(cursor, periodo, *opcoes.completo, carga.rotulo(periodo.numero))


def _sumico_por_confirmar(opcoes: Opcoes, sumico: Sumico | None) -> bool:
    return bool(sumico and sumico.excessivo and opcoes.sumico_confirmado != sumico.quantas)


def _abrir_registro(opcoes: Opcoes, gravacao: _Gravacao, caminho: Path) -> int:
    """O id que as linhas vão levar; se o arquivo não entra, a transação o desfaz."""
    registro = gravacao.registro
    if not registro.empresa_id:
        registro.empresa = opcoes.empresa or Empresa.objects.order_by("id")[0]
    registro.tamanho = registro.tamanho or caminho.stat().st_size
    if registro.pk is None:
        registro.save()
    return int(registro.pk)


def _gravar(
    opcoes: Opcoes, gravacao: _Gravacao, resultado: Resultado, governadas: dict[str, str], hoje: date
) -> None:
    registro = gravacao.registro
    registro.estado, registro.aplicada_em = EstadoDaImportacao.APLICADA, timezone.now()
    registro.resultado = resumo(resultado)
    registro.progresso = 100
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        registro.instante = cursor.fetchone()[0]
    registro.save()
    por_id = gravacao.por.pk if gravacao.por else None
    opcoes.descricao.gravar(Gravacao(registro.pk, resultado.novas, governadas, por_id, hoje))
    if resultado.sumico and opcoes.descricao.periodo:
        with connection.cursor() as cursor:
            marcar_sumidos(cursor, opcoes.descricao.periodo, registro.pk)


def _lembrar(opcoes: Opcoes, tabela: Tabela, mapeamento: Mapeamento, por: Usuario | None) -> None:
    """O que a pessoa disse deste cabeçalho; com nome, fica entre os mapeamentos que se escolhem."""
    if opcoes.empresa and (opcoes.salvar_como or (opcoes.lembrar and (opcoes.colunas or opcoes.situacoes))):
        salvar(
            mapeamento,
            tabela.cabecalho,
            empresa=opcoes.empresa,
            tipo=opcoes.tipo,
            nome=opcoes.salvar_como,
            por=por,
        )
