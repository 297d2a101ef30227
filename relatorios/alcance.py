"""De que clientes um arquivo pronto fala, para que não sobreviva ao direito de vê-los."""

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, QuerySet

from clientes.models import Cliente
from contas.escopo import empresas_de
from contas.models import Papel, Usuario
from contas.papeis import Permissao, pode
from relatorios.models import AlcanceDoArquivo, ArquivoGerado, EstadoDoArquivo

_VEEM_TUDO = (Papel.ADMIN, Papel.LEITURA)


def anotar(arquivo: ArquivoGerado, antes: AlcanceDoArquivo | None = None) -> AlcanceDoArquivo:
    """O que a pessoa vê agora, junto do que via `antes`: o arquivo lê-se aos poucos, e pode citar os dois."""
    pessoa = Usuario.objects.get(pk=arquivo.por_id)
    clientes: set[int] | None = None if pessoa.papel in _VEEM_TUDO else set(_vistos(pessoa))
    empresas = set(empresas_de(pessoa).values_list("pk", flat=True))
    credito = pode(pessoa, Permissao.VER_CREDITO)
    if antes is not None:
        empresas, credito = empresas | set(antes.empresas), credito or antes.credito
        clientes = None if clientes is None or antes.clientes is None else clientes | set(antes.clientes)
    anotado, _ = AlcanceDoArquivo.objects.update_or_create(
        arquivo_id=arquivo.pk,
        defaults={
            "empresas": sorted(empresas),
            "clientes": None if clientes is None else sorted(clientes),
            "credito": credito,
        },
    )
    return anotado


def _vistos(pessoa: Usuario) -> list[int]:
    juntos = Cliente.objects.visiveis_para(pessoa).aggregate(pks=ArrayAgg("pk", default=[]))
    return list(juntos["pks"])


def ainda_alcanca(arquivo: ArquivoGerado, pessoa: Usuario) -> bool:
    """A pessoa continua a ver todos os clientes que via quando o arquivo se fez, e o crédito deles."""
    alcance = AlcanceDoArquivo.objects.filter(arquivo=arquivo).first()
    if alcance is None or not pessoa.is_active:
        return False
    if alcance.credito and not pode(pessoa, Permissao.VER_CREDITO):
        return False
    if not set(alcance.empresas) <= set(empresas_de(pessoa).values_list("pk", flat=True)):
        return False
    if pessoa.papel in _VEEM_TUDO:
        return True
    return alcance.clientes is not None and set(alcance.clientes) <= set(_vistos(pessoa))


def dos_que_citam(cliente: Cliente) -> QuerySet[ArquivoGerado]:
    """Os que podem falar deste cliente, prontos ou sendo feitos: um PDF não se procura por dentro."""
    inteiro = Q(alcance__clientes__isnull=True, alcance__empresas__contains=[cliente.empresa_id])
    citam: QuerySet[ArquivoGerado] = ArquivoGerado.objects.filter(
        inteiro | Q(alcance__clientes__contains=[cliente.pk]) | Q(alcance__isnull=True),
        estado__in=(EstadoDoArquivo.GERANDO, EstadoDoArquivo.PRONTO),
    )
    return citam
