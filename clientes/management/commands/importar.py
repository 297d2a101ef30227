"""`manage.py importar TIPO ARQ`: a porta dos arquivos do ERP para pessoas e para máquinas."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone

from clientes.importacao import mapeamentos, servico
from clientes.importacao.mapeamentos import Mapeamento
from clientes.importacao.recusa import ArquivoRecusado, motivo_do_sistema
from clientes.importacao.resultado import Resultado
from clientes.importacao.tipos import TIPOS
from contas.auditoria import registrar
from contas.models import Empresa

USO_ERRADO, RECUSADO = 2, 1
_MOSTRADAS = 20


def _dia(texto: str) -> date:
    try:
        return date.fromisoformat(texto)
    except ValueError as erro:
        raise ArgumentTypeError(f"data “{texto}” não entendida: escreva AAAA-MM-DD") from erro


class Command(BaseCommand):
    help = "Toma um arquivo do ERP (CSV ou XLSX). Sai com 0 se entrou, 1 se foi recusado inteiro, 2 se o uso é errado."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tipo", choices=list(TIPOS), metavar="{" + ",".join(TIPOS) + "}")
        parser.add_argument("arquivo", type=Path)
        parser.add_argument("--empresa", help="código da empresa; dispensável enquanto só houver uma")
        parser.add_argument("--simular", action="store_true", help="mostra o efeito sem gravar")
        modo = parser.add_mutually_exclusive_group()
        modo.add_argument(
            "--tudo-ou-nada", action="store_true", help="uma linha ruim recusa o arquivo (padrão)"
        )
        modo.add_argument(
            "--aceitar-parcial", action="store_true", help="grava as linhas boas e devolve as outras"
        )
        parser.add_argument(
            "--json", action="store_true", help="resultado para máquinas, e nada mais, na saída"
        )
        parser.add_argument(
            "--rejeitadas", type=Path, metavar="ARQ.csv", help="escreve as linhas rejeitadas para corrigir"
        )
        parser.add_argument(
            "--situacao",
            action="append",
            default=[],
            metavar="TEXTO=SITUACAO",
            help="ensina uma situação do ERP (ou o tipo de um atendimento, o papel de uma pessoa): LIB=faturado",
        )
        parser.add_argument(
            "--coluna", action="append", default=[], metavar="COLUNA=CAMPO", help="liga uma coluna a um campo"
        )
        parser.add_argument(
            "--mapeamento",
            metavar="NOME",
            help="um mapeamento salvo ou pronto, como “Protheus: clientes (SA1)”",
        )
        parser.add_argument(
            "--completo-de", type=_dia, metavar="AAAA-MM-DD",
            help="o arquivo traz tudo deste dia até --completo-ate: o que ele não traz foi cancelado no ERP",
        )  # fmt: skip
        parser.add_argument("--completo-ate", type=_dia, metavar="AAAA-MM-DD")
        parser.add_argument(
            "--confirmar-sumico",
            type=int,
            metavar="N",
            help="confirma que são mesmo N os que deixaram de vir",
        )
        parser.add_argument(
            "--decimal", choices=["virgula", "ponto"], help="impõe o separador decimal do arquivo"
        )

    def handle(self, *args: Any, **opcoes: Any) -> None:
        arquivo: Path = opcoes["arquivo"]
        if not arquivo.is_file():
            raise CommandError(f"O arquivo {arquivo} não existe ou não é um arquivo.", returncode=USO_ERRADO)
        destino: Path | None = opcoes["rejeitadas"]
        if destino and destino.exists() and destino.samefile(arquivo):
            raise CommandError(
                "As rejeitadas apagariam o próprio arquivo importado: diga outro nome em --rejeitadas.",
                returncode=USO_ERRADO,
            )
        try:
            pedido = self._pedido(opcoes)
            resultado = self._executar(arquivo, pedido, opcoes)
        except ArquivoRecusado as recusa:
            self._recusar(str(recusa), opcoes)
        except OSError as erro:
            raise CommandError(
                f"Não foi possível ler ou escrever: {motivo_do_sistema(erro)}.", returncode=USO_ERRADO
            ) from erro
        except OperationalError as erro:
            # conexão perdida, disco cheio, impasse: a transação se desfez
            motivo = str(erro).partition("\n")[0]
            self._recusar(
                f"O banco interrompeu a importação e nada foi gravado: tente de novo ({motivo}).", opcoes
            )
        else:
            self._mostrar(resultado, opcoes)

    def _pedido(self, opcoes: dict[str, Any]) -> servico.Opcoes:
        try:
            situacoes = _pares(opcoes["situacao"])
            servico.traduzir_situacoes(opcoes["tipo"], situacoes)
            colunas = servico.traduzir_colunas(opcoes["tipo"], _pares(opcoes["coluna"]))
        except ValueError as erro:
            raise CommandError(str(erro), returncode=USO_ERRADO) from erro
        decimal = {"virgula": "v", "ponto": "p"}.get(opcoes["decimal"] or "")
        empresa = _empresa(opcoes)
        return servico.Opcoes(
            tipo=opcoes["tipo"],
            empresa=empresa,
            mapeamento=_mapeamento(opcoes, empresa),
            completo=_completo(opcoes),
            sumico_confirmado=opcoes["confirmar_sumico"],
            situacoes=situacoes,
            colunas=colunas,
            decimal=decimal,
        )

    def _executar(self, arquivo: Path, pedido: servico.Opcoes, opcoes: dict[str, Any]) -> Resultado:
        hoje, parcial = timezone.localdate(), opcoes["aceitar_parcial"]
        if opcoes["simular"]:
            return servico.simular(
                arquivo, pedido, hoje=hoje, parcial=parcial, rejeitadas_em=opcoes["rejeitadas"]
            )
        resultado = servico.aplicar(
            arquivo, pedido, por=None, hoje=hoje, parcial=parcial, rejeitadas_em=opcoes["rejeitadas"]
        )
        if resultado.gravado:
            contas = {n: getattr(resultado, n) for n in ("novas", "atualizadas", "rejeitadas")}
            registrar("importacao.gravar", por=None, objeto=f"{pedido.tipo}: {arquivo.name}", depois=contas)
        return resultado

    def _recusar(self, mensagem: str, opcoes: dict[str, Any]) -> None:
        if opcoes["json"]:
            self._escrever_json({**Resultado().para_maquinas(), "erro": mensagem})
        raise CommandError(mensagem, returncode=RECUSADO)

    def _mostrar(self, resultado: Resultado, opcoes: dict[str, Any]) -> None:
        sumico = resultado.sumico
        excesso = bool(sumico and sumico.excessivo and opcoes["confirmar_sumico"] != sumico.quantas)
        recusado = (bool(resultado.rejeitadas) and not opcoes["aceitar_parcial"]) or excesso
        mensagem = _frase_de_recusa(resultado) if not excesso else _frase_de_excesso(resultado)
        if opcoes["json"]:
            self._escrever_json({**resultado.para_maquinas(), **({"erro": mensagem} if recusado else {})})
        else:
            self._contar(resultado, opcoes)
        if recusado:
            raise CommandError(mensagem, returncode=RECUSADO)

    def _escrever_json(self, dados: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(dados, ensure_ascii=False))

    def _contar(self, resultado: Resultado, opcoes: dict[str, Any]) -> None:
        for rejeicao in resultado.rejeicoes[:_MOSTRADAS]:
            self.stdout.write(
                f"linha {rejeicao.linha}, {rejeicao.coluna or 'linha inteira'}, “{rejeicao.valor}”: {rejeicao.motivo}"
            )
        if resultado.rejeitadas > _MOSTRADAS:
            self.stdout.write(f"… e mais {resultado.rejeitadas - _MOSTRADAS} rejeitadas (veja --rejeitadas)")
        tipo = TIPOS[opcoes["tipo"]]
        vocabulario = tipo.vocabulario
        if vocabulario and any(r.motivo.startswith(vocabulario.desconhecido) for r in resultado.rejeicoes):
            self.stdout.write(
                f"Um texto que só o seu ERP usa se ensina com --situacao “TEXTO={vocabulario.valores.values[0]}”."
            )
        for aviso in resultado.avisos:
            self.stdout.write(f"aviso: {aviso}")
        if resultado.somas.de:
            s = resultado.somas
            nome = tipo.nomes.split(",")[s.linhas != 1]
            total = f"{s.valor:.2f}".replace(".", ",")
            self.stdout.write(f"{s.linhas} {nome} de {s.de:%d/%m/%Y} a {s.ate:%d/%m/%Y}, somando R$ {total}")
        if sumico := resultado.sumico:
            total = f"{sumico.valor:.2f}".replace(".", ",")
            self.stdout.write(
                f"{sumico.quantas} de {sumico.no_periodo} {sumico.nomes.split(',')[1]} do período não vieram, "
                f"somando R$ {total}"
            )
        verbo = "entrariam" if opcoes["simular"] else "entraram"
        self.stdout.write(
            f"{resultado.aceitas} linhas {verbo}: {resultado.novas} novas, {resultado.atualizadas} atualizadas, "
            f"{resultado.inalteradas} inalteradas; {resultado.rejeitadas} rejeitadas"
        )


def _frase_de_recusa(resultado: Resultado) -> str:
    if not resultado.rejeicoes:
        return ""
    primeira = resultado.rejeicoes[0]
    return (
        f"Nada foi gravado: {resultado.rejeitadas} linha(s) com erro, a primeira na linha {primeira.linha} "
        f"({primeira.motivo}). Corrija o arquivo ou use --aceitar-parcial."
    )


def _frase_de_excesso(resultado: Resultado) -> str:
    sumico = resultado.sumico
    assert sumico is not None
    return (
        f"Nada foi gravado: {sumico.quantas} de {sumico.no_periodo} {sumico.nomes.split(',')[1]} do período não vieram "
        f"no arquivo. Confira se ele está inteiro; se está, repita com --confirmar-sumico {sumico.quantas}."
    )


def _mapeamento(opcoes: dict[str, Any], empresa: Empresa | None) -> Mapeamento | None:
    if not opcoes["mapeamento"]:
        return None
    try:
        return mapeamentos.achar(opcoes["mapeamento"], empresa, opcoes["tipo"])
    except LookupError as erro:
        raise CommandError(str(erro), returncode=USO_ERRADO) from erro


def _completo(opcoes: dict[str, Any]) -> tuple[date, date] | None:
    de, ate = opcoes["completo_de"], opcoes["completo_ate"]
    if not de and not ate:
        return None
    if not (de and ate) or de > ate:
        raise CommandError(
            "Diga o período inteiro: --completo-de antes de --completo-ate.", returncode=USO_ERRADO
        )
    if TIPOS[opcoes["tipo"]].periodo is None:
        raise CommandError(
            f"Um arquivo de {opcoes['tipo']} não se diz completo para um período.", returncode=USO_ERRADO
        )
    return de, ate


def _pares(textos: list[str]) -> dict[str, str]:
    pares = {}
    for texto in textos:
        esquerda, igual, direita = texto.rpartition("=")
        if not igual or not direita.strip():
            raise ValueError(f"“{texto}” não está na forma TEXTO=DESTINO")
        pares[esquerda.strip()] = direita.strip()
    return pares


def _empresa(opcoes: dict[str, Any]) -> Empresa | None:
    """A empresa pedida; sem pedido, a única; com várias, a coluna `empresa` do arquivo é que diz (None)."""
    codigo = opcoes["empresa"]
    if codigo:
        empresa = Empresa.objects.filter(codigo=codigo).first()
        if empresa is None:
            raise CommandError(f"Não há empresa de código {codigo}.", returncode=USO_ERRADO)
        return empresa
    empresas = list(Empresa.objects.order_by("codigo"))
    if len(empresas) == 1:
        return empresas[0]
    analise = servico.analisar(opcoes["arquivo"], servico.Opcoes(tipo=opcoes["tipo"]))
    if "empresa" in analise.campos:
        return None
    codigos = ", ".join(e.codigo for e in empresas)
    raise CommandError(
        f"Há mais de uma empresa ({codigos}): diga qual com --empresa."
        if empresas
        else "Não há nenhuma empresa: rode migrate.",
        returncode=USO_ERRADO,
    )
