"""Esquecer um titular de ponta a ponta: junta o que cada sala sabe dos dados dele, numa transação."""

from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Concat

from atividade import lgpd as da_atividade
from carteira.arquivos_do_titular import apagar_arquivos, arquivos_que_citam
from carteira.importacoes import EM_ANDAMENTO
from carteira.pasta_guardados import NaPasta, na_pasta
from clientes.fornecedores import mesma_pessoa
from clientes.importacao.servico import ter_a_vez_de_importar
from clientes.lapides import anotar_anonimizados
from clientes.lgpd import lugares
from clientes.lgpd.esquecer import Titular, aplicar, contar, padroes, procurados_de
from clientes.lgpd.marcas import Resumo
from clientes.lgpd.oposicao import rotulo
from clientes.models import (
    Cliente,
    Fornecedor,
    Fusao,
    Importacao,
    MarcaDeAnonimizacao,
    PessoaDeContato,
    VersaoDeLinha,
)
from contas.auditoria import registrar
from contas.models import Empresa, Usuario
from notificacoes import lgpd as das_notificacoes
from relatorios import lgpd as dos_relatorios
from relatorios.arquivos import esquecer as esquecer_nos_relatorios
from relatorios.arquivos import esquecer_fornecedores

NOTAS = (*lugares.NOTAS, *da_atividade.NOTAS, *das_notificacoes.NOTAS)
TEXTOS = (*lugares.TEXTOS, *das_notificacoes.TEXTOS, *dos_relatorios.TEXTOS)


class AnonimizacaoRecusada(ValueError):
    """Por que não se anonimiza; a mensagem já vem pronta para a tela."""


@dataclass(frozen=True, slots=True)
class Previa:
    """O que sairia, e os arquivos do ERP ainda guardados que citam o titular."""

    linhas: list[tuple[str, int]]
    arquivos: list[Importacao]
    na_pasta: NaPasta


def frase_de(titular: Titular) -> str:
    """O que se digita para confirmar."""
    return f"anonimizar {rotulo(titular.cliente, titular.pessoa)}"


def previa(titular: Titular) -> Previa:
    linhas = contar((lugares.CADASTRO, lugares.PESSOAS, *NOTAS), titular)
    arquivos = arquivos_que_citam(titular.cliente.empresa_id, procurados_de(titular))
    return Previa(linhas, arquivos, na_pasta(titular.cliente.empresa, arquivos))


@transaction.atomic
def anonimizar(*, titular: Titular, motivo: str, por: Usuario) -> int:
    """Irreversível. Ficam os pedidos, os valores, as datas e a chave do ERP, com a marca de que não volta."""
    esperar_a_vez(titular.cliente.empresa)
    Cliente.objects.select_for_update(no_key=True).only("pk").get(pk=titular.cliente.pk)
    if titular.anonimizado:
        raise AnonimizacaoRecusada("Este cadastro já foi anonimizado.")
    if not motivo.strip():
        raise AnonimizacaoRecusada("Diga por que: o pedido do titular e a data, ou o prazo que venceu.")
    procurados = procurados_de(titular)
    arquivos = arquivos_que_citam(titular.cliente.empresa_id, procurados)
    recusar_em_andamento(arquivos)
    guardados = na_pasta(titular.cliente.empresa, arquivos)
    _marcar(titular)
    alvos, fornecedores = _alvos(titular), _como_fornecedor(titular)
    # As notas primeiro: é pelos contatos que se acham os e-mails; o cadastro por último, com a busca refeita.
    regras = (*das_notificacoes.NOTAS, *lugares.NOTAS, *da_atividade.NOTAS, lugares.PESSOAS)
    tocadas = aplicar(regras, TEXTOS, titular, procurados)
    tocadas += _esquecer_versoes(titular) + esquecer_versoes_de(fornecedores)
    if titular.pessoa is None:
        tocadas += aplicar((lugares.CADASTRO,), (), titular)
        anotar_anonimizados([titular.cliente])
    with connection.cursor() as cursor:
        cursor.execute("SELECT auditoria_esquecer(%s, %s)", [alvos, padroes(procurados.em_todo_texto)])
    registrar(
        "anonimizar titular",
        por=por,
        objeto=rotulo(titular.cliente, titular.pessoa),
        depois={"motivo": motivo.strip(), "linhas": tocadas, "arquivos apagados": len(arquivos)}
        | guardados.na_auditoria,
        alvo=titular.pessoa or titular.cliente,
    )
    # Primeiro o que alguém ainda baixaria; o que não sair fica no registro de erros, e não prende o resto.
    transaction.on_commit(lambda: esquecer_nos_relatorios(titular.cliente), robust=True)
    if fornecedores:
        transaction.on_commit(esquecer_fornecedores, robust=True)
    apagar_arquivos(arquivos)
    guardados.apagar_ao_gravar()
    return tocadas


def esperar_a_vez(empresa: Empresa) -> None:
    """Uma importação por gravar pode trazer a pessoa de volta sem que aqui se veja: ou ela, ou isto."""
    if not ter_a_vez_de_importar(empresa):
        raise AnonimizacaoRecusada("Há uma importação em curso: tente de novo quando ela acabar.")


def recusar_em_andamento(arquivos: list[Importacao]) -> None:
    if any(i.estado in EM_ANDAMENTO for i in arquivos):
        raise AnonimizacaoRecusada("Há uma importação em andamento que cita este titular: espere ela acabar.")


def _como_fornecedor(titular: Titular) -> list[int]:
    """Os cadastros de fornecedor do próprio cliente, lidos antes de ele perder o documento."""
    return [] if titular.pessoa else [f.pk for f in mesma_pessoa(titular.cliente)]


def esquecer_versoes_de(fornecedores: list[int]) -> int:
    delas = VersaoDeLinha.objects.filter(tabela=Fornecedor._meta.db_table, objeto_id__in=fornecedores)
    return delas.delete()[0]


def _esquecer_versoes(titular: Titular) -> int:
    """Desfazer uma importação não pode trazer a pessoa de volta: do cadastro dela não fica versão nenhuma."""
    cliente, pessoa = titular.cliente, titular.pessoa
    pessoas = [pessoa.pk] if pessoa else [p.pk for p in PessoaDeContato.objects.filter(cliente=cliente)]
    delas = Q(tabela=PessoaDeContato._meta.db_table, objeto_id__in=pessoas)
    if pessoa is None:
        delas |= Q(tabela=Cliente._meta.db_table, objeto_id=cliente.pk)
    return VersaoDeLinha.objects.filter(delas).delete()[0]


def _alvos(titular: Titular) -> list[str]:
    """Por alvo e, no que é de antes de haver alvo, pelo objeto como se escrevia, se o código não é de mais ninguém."""
    cliente, pessoa = titular.cliente, titular.pessoa
    if pessoa is not None:
        return [f"pessoadecontato:{pessoa.pk}", rotulo(cliente, pessoa)]
    pessoas = list(PessoaDeContato.objects.filter(cliente=cliente))
    unidos = Fusao.objects.filter(ficou=cliente).values_list("absorvido_id", flat=True)
    alvos = [f"cliente:{pk}" for pk in (cliente.pk, *unidos)] + [f"pessoadecontato:{p.pk}" for p in pessoas]
    so_dele = not Cliente.objects.filter(codigo=cliente.codigo).exclude(pk=cliente.pk).exists()
    alvos += [f"fornecedor:{pk}" for pk in _como_fornecedor(titular)]
    return [*alvos, *(rotulo(cliente, p) for p in pessoas), *([rotulo(cliente, None)] if so_dele else ())]


def _marcar(titular: Titular) -> None:
    """Os nomes, em resumo: o mesmo nome que o ERP mandar outra vez para este cliente não entra."""
    pessoas = PessoaDeContato.objects.filter(cliente=titular.cliente, anonimizada_em__isnull=True)
    if titular.pessoa is not None:
        pessoas = pessoas.filter(pk=titular.pessoa.pk)
    resumo = Resumo(Concat(Value("nome:"), F("nome_chave")))
    resumos = pessoas.annotate(resumo=resumo).values_list("resumo", flat=True)
    MarcaDeAnonimizacao.objects.bulk_create(
        (MarcaDeAnonimizacao(cliente=titular.cliente, resumo=resumo) for resumo in resumos),
        ignore_conflicts=True,
    )
