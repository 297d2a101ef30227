"""Importar um arquivo: analisar, simular e aplicar, do mesmo jeito no comando e nas páginas."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from clientes.importacao import rejeitadas
from clientes.importacao.campos import Coluna, Limites, chave_de_empresa, cru
from clientes.importacao.colunas import CAMPOS, assinatura, contar_conhecidas, ligar, nome_normalizado
from clientes.importacao.leitura import Reconhecer, Tabela, abrir
from clientes.importacao.recusa import ArquivoRecusado
from clientes.importacao.resultado import Avisos, Resultado, Somas
from clientes.importacao.situacoes import chave_de_situacao
from clientes.importacao.staging import Progresso, carregar
from clientes.importacao.tipo import Conferencia, Gravacao, Tipo
from clientes.importacao.tipos import TIPOS
from clientes.models import EstadoDaImportacao, Importacao, MapeamentoDeColunas
from contas.models import Empresa, Usuario

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
    """Confere um de-para de colunas; ValueError se o campo não existe."""
    campos = {c.nome for c in CAMPOS[tipo]} | {""}
    for campo in pares.values():
        if campo not in campos:
            raise ValueError(f"campo “{campo}” não existe: use {', '.join(sorted(campos - {''}))}")
    return {nome_normalizado(coluna): campo for coluna, campo in pares.items()}


def _reconhecer(opcoes: Opcoes) -> Reconhecer:
    return lambda cabecalho: contar_conhecidas(opcoes.tipo, cabecalho)


def _mapeamento(opcoes: Opcoes, cabecalho: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """(colunas, situações): o lembrado para este cabeçalho, sob o que a pessoa disse agora."""
    salvo = None
    if opcoes.empresa:
        salvo = MapeamentoDeColunas.objects.filter(
            empresa=opcoes.empresa, tipo=opcoes.tipo, assinatura=assinatura(cabecalho)
        ).first()
    colunas, situacoes = (salvo.colunas, salvo.situacoes) if salvo else ({}, {})
    return {**colunas, **opcoes.colunas}, {**situacoes, **traduzir_situacoes(opcoes.tipo, opcoes.situacoes)}


def analisar(caminho: Path, opcoes: Opcoes) -> Analise:
    """Abre, reconhece as colunas e traz exemplos; recusa o que nem tabela é."""
    with abrir(caminho, _reconhecer(opcoes)) as tabela:
        colunas, situacoes = _mapeamento(opcoes, tabela.cabecalho)
        campos, problema, avisos = [""] * len(tabela.cabecalho), "", tuple(tabela.avisos)
        try:
            ligacao = ligar(opcoes.tipo, tabela.cabecalho, colunas, _dispensados(opcoes.descricao, situacoes))
        except ArquivoRecusado as recusa:
            problema = str(recusa)
            conhecidas = _parcial(opcoes.tipo, tabela.cabecalho)
        else:
            conhecidas = ligacao.posicoes
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
) -> Resultado:
    """Grava o arquivo inteiro ou, com `parcial`, sem as linhas rejeitadas; senão, nada."""
    with transaction.atomic():
        registro = importacao or Importacao(tipo=opcoes.tipo, nome_do_arquivo=_nome_legivel(caminho), por=por)
        resultado = _executar(
            caminho,
            opcoes,
            hoje=hoje,
            parcial=parcial,
            gravar=_Gravacao(registro, por),
            rejeitadas_em=rejeitadas_em,
            progresso=progresso,
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
) -> Resultado:
    with abrir(caminho, _reconhecer(opcoes)) as tabela:
        _travar(opcoes.empresa)
        colunas, situacoes = _mapeamento(opcoes, tabela.cabecalho)
        ligacao = ligar(opcoes.tipo, tabela.cabecalho, colunas, _dispensados(opcoes.descricao, situacoes))
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
    governadas = opcoes.descricao.conferir(carga, Conferencia(opcoes.decimal, gravar is not None, hoje))
    progresso(0.75)
    quantas_rejeitadas = rejeitadas.contar()
    if rejeitadas_em and quantas_rejeitadas:
        rejeitadas.escrever(caminho, rejeitadas_em, _reconhecer(opcoes))
    resultado = _apurar(
        opcoes.descricao,
        avisos,
        quantas_rejeitadas,
        parcial=parcial,
        descricao=tabela.descricao,
        gravar=bool(gravar),
    )
    if gravar and resultado.gravado:
        _gravar(opcoes, gravar, resultado, governadas, caminho, hoje)
        _lembrar(opcoes, tabela, colunas, situacoes)
    progresso(1.0)
    return resultado


def _travar(empresa: Empresa | None) -> None:
    """Duas importações da mesma empresa esperam uma pela outra; sem empresa dita, são todas, em ordem."""
    empresas = [empresa.pk] if empresa else Empresa.objects.order_by("id").values_list("id", flat=True)
    with connection.cursor() as cursor:
        for chave in empresas:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_TRAVA, chave])


def _leitores(opcoes: Opcoes, situacoes: dict[str, str], hoje: date) -> dict[str, Coluna]:
    empresas = {}
    for empresa in Empresa.objects.all():
        # Com a empresa escolhida, linha de outra é erro de arquivo, não importação em outra casa.
        if opcoes.empresa is None or empresa == opcoes.empresa:
            empresas[chave_de_empresa(empresa.nome)] = empresas[chave_de_empresa(empresa.codigo)] = empresa.pk
    padrao = opcoes.empresa.pk if opcoes.empresa else None
    limites = Limites(hoje, ZoneInfo(settings.TIME_ZONE), situacoes, empresas, padrao)
    return opcoes.descricao.colunas(limites)


def _constantes(opcoes: Opcoes, posicoes: dict[str, int], situacoes: dict[str, str]) -> dict[str, str]:
    constantes = {}
    if "empresa" not in posicoes:
        if opcoes.empresa is None:
            raise ArquivoRecusado("Há mais de uma empresa e o arquivo não tem a coluna empresa: diga qual é.")
        constantes["empresa_id"] = str(opcoes.empresa.pk)
    for campo in _dispensados(opcoes.descricao, situacoes) - posicoes.keys():
        constantes[campo] = situacoes[""]
    return constantes


def _apurar(
    tipo: Tipo, avisos: Avisos, quantas_rejeitadas: int, *, parcial: bool, descricao: str, gravar: bool
) -> Resultado:
    chave = tipo.existente
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FILTER (WHERE {chave} IS NULL), count(*) FILTER (WHERE {chave} IS NOT NULL AND NOT igual), "
            f"count(*) FILTER (WHERE igual), (SELECT count(*) FROM _repetidas) FROM _pronto"
        )
        novas, atualizadas, iguais, repetidas = cursor.fetchone()
        somas = Somas(linhas=novas + atualizadas + iguais)
        if tipo.soma:
            valor, data = tipo.soma.split(", ")
            cursor.execute(
                f"SELECT count(*), coalesce(sum({valor}), 0), min({data}), max({data}) FROM _pronto"
            )
            somas = Somas(*cursor.fetchone())
    rejeicoes = rejeitadas.ler_rejeicoes()
    if quantas_rejeitadas > len(rejeicoes):
        avisos.dizer(
            f"só as primeiras {len(rejeicoes)} rejeições estão listadas; o arquivo de rejeitadas traz todas"
        )
    base = Resultado(
        rejeitadas=quantas_rejeitadas,
        avisos=avisos.lista(),
        rejeicoes=rejeicoes,
        somas=somas,
        descricao=descricao,
    )
    if quantas_rejeitadas and not parcial:
        return base
    iguais += repetidas
    return replace(
        base,
        aceitas=novas + atualizadas + iguais,
        novas=novas,
        atualizadas=atualizadas,
        inalteradas=iguais,
        gravado=gravar,
    )


def _gravar(
    opcoes: Opcoes,
    gravacao: _Gravacao,
    resultado: Resultado,
    governadas: dict[str, str],
    caminho: Path,
    hoje: date,
) -> None:
    registro = gravacao.registro
    registro.empresa = (
        registro.empresa if registro.empresa_id else (opcoes.empresa or Empresa.objects.order_by("id")[0])
    )
    registro.estado, registro.aplicada_em = EstadoDaImportacao.APLICADA, timezone.now()
    registro.tamanho = registro.tamanho or caminho.stat().st_size
    registro.resultado = resumo(resultado)
    registro.progresso = 100
    registro.save()
    por_id = gravacao.por.pk if gravacao.por else None
    opcoes.descricao.gravar(Gravacao(registro.pk, resultado.novas, governadas, por_id, hoje))


def resumo(resultado: Resultado, exemplos: int = 200) -> dict[str, Any]:
    """O que fica guardado da importação: as contas e as primeiras rejeições."""
    dados = resultado.para_maquinas()
    dados["rejeicoes"], dados["avisos"] = dados["rejeicoes"][:exemplos], dados["avisos"][:exemplos]
    dados["descricao"] = resultado.descricao
    somas = resultado.somas
    dados["somas"] = {
        "linhas": somas.linhas,
        "valor": str(somas.valor),
        "de": somas.de.isoformat() if somas.de else None,
        "ate": somas.ate.isoformat() if somas.ate else None,
    }
    return dados


def _lembrar(opcoes: Opcoes, tabela: Tabela, colunas: dict[str, str], situacoes: dict[str, str]) -> None:
    if opcoes.lembrar and opcoes.empresa and (opcoes.colunas or opcoes.situacoes):
        MapeamentoDeColunas.objects.update_or_create(
            empresa=opcoes.empresa,
            tipo=opcoes.tipo,
            assinatura=assinatura(tabela.cabecalho),
            defaults={"colunas": colunas, "situacoes": situacoes},
        )
