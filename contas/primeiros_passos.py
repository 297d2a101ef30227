"""Da instalação vazia à primeira pessoa: cada passo fica guardado, e só um começo vence."""

from django.db import IntegrityError, transaction

from contas.auditoria import registrar
from contas.models import Empresa, Instalacao, Papel, Usuario, Vinculo
from contas.pessoas import Recusada


def instalacao_sem_ninguem() -> bool:
    """Ninguém com e-mail: os primeiros passos estão abertos."""
    return not Usuario.objects.filter(email__isnull=False).exists()


def primeira_empresa() -> Empresa:
    """A que a migração criou; os primeiros passos só lhe dão nome e código."""
    empresa = Empresa.objects.order_by("pk").first()
    return empresa or Empresa.objects.create(codigo="1", nome="Minha empresa")


@transaction.atomic
def nomear_empresa(*, nome: str, codigo: str, por: Usuario | None) -> Empresa:
    _travar()
    empresa = primeira_empresa()
    antes = {"nome": empresa.nome, "codigo": empresa.codigo}
    empresa.nome, empresa.codigo = " ".join(nome.split()), codigo.strip()
    try:
        with transaction.atomic():
            empresa.save(update_fields=["nome", "codigo"])
    except IntegrityError as erro:
        raise Recusada("Já existe uma empresa com este código.") from erro
    depois = {"nome": empresa.nome, "codigo": empresa.codigo}
    if antes != depois:
        registrar("nomear empresa", por=por, objeto=empresa.nome, antes=antes, depois=depois)
    return empresa


@transaction.atomic
def criar_primeiro_admin(*, nome: str, email: str, senha: str) -> Usuario:
    """Quem chega primeiro administra; o segundo pedido, ainda que simultâneo, é recusado."""
    _travar()
    if not instalacao_sem_ninguem():
        raise Recusada("Esta instalação já tem administrador. Entre com o e-mail dele.")
    pessoa = Usuario.objects.create_user(email, senha, nome=" ".join(nome.split()), papel=Papel.ADMIN)
    for empresa in Empresa.objects.all():
        Vinculo.objects.create(usuario=pessoa, empresa=empresa)
    registrar("criar o primeiro administrador", por=pessoa, objeto=pessoa.nome)
    return pessoa


@transaction.atomic
def concluir(*, por: Usuario) -> None:
    instalacao = _travar()
    if not instalacao.assistente_concluido:
        instalacao.assistente_concluido = True
        instalacao.save(update_fields=["assistente_concluido"])
        registrar("concluir os primeiros passos", por=por)


def _travar() -> Instalacao:
    """Uma linha só para disputar: os passos não se atropelam."""
    return Instalacao.objects.select_for_update().get(pk=Instalacao.atual().pk)
