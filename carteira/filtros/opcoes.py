"""O que se oferece em cada escolha: sempre só o que a pessoa vê."""

from typing import Any

from atividade.regras import Marca, Status
from atividade.rotulos import NOMES, PLURAIS
from carteira.filtros.campos import Contexto, Opcoes
from carteira.ritmos import NOMES_DOS_RITMOS
from clientes.models import UFS, Campanha, CanalDeContato, Categoria, Motivo, Objecao, Ocorrencia, Segmento
from contas.models import Equipe, Papel, Usuario

NENHUM = "0"


def vendedores_visiveis(usuario: Usuario) -> Any:
    """Os vendedores cuja carteira a pessoa vê: os das suas equipes ou os das suas empresas."""
    vendedores = Usuario.objects.filter(papel=Papel.VENDEDOR, empresas__in=usuario.empresas.all())
    if usuario.papel == Papel.GESTOR:
        vendedores = vendedores.filter(participacoes__equipe__gestores=usuario)
    return vendedores.distinct()


def equipes_visiveis(usuario: Usuario) -> Any:
    """As equipes pelas quais faz sentido filtrar: nenhuma para o vendedor, as suas para o gestor."""
    if usuario.papel == Papel.VENDEDOR:
        return Equipe.objects.none()
    return Equipe.objects.filter(gestores=usuario) if usuario.papel == Papel.GESTOR else Equipe.objects.all()


def nao_e_vendedor(usuario: Usuario) -> bool:
    return usuario.papel != Papel.VENDEDOR


def _nomes(consulta: Any) -> Opcoes:
    return [(str(pk), nome) for pk, nome in consulta.values_list("pk", "nome")]


def vendedores(ctx: Contexto) -> Opcoes:
    return _nomes(vendedores_visiveis(ctx.usuario))


def equipes(ctx: Contexto) -> Opcoes:
    return _nomes(equipes_visiveis(ctx.usuario))


def empresas(ctx: Contexto) -> Opcoes:
    return [(str(e.pk), e.nome) for e in ctx.referencias.empresas.values()]


def segmentos(ctx: Contexto) -> Opcoes:
    achados = Segmento.objects.filter(empresa__in=list(ctx.referencias.empresas)).select_related("empresa")
    varias = len(ctx.referencias.empresas) > 1
    return [(str(s.pk), f"{s.nome} ({s.empresa})" if varias else s.nome) for s in achados]


def campanhas(ctx: Contexto) -> Opcoes:
    return _nomes(Campanha.objects.filter(empresa__in=list(ctx.referencias.empresas)))


def resultados(ctx: Contexto) -> Opcoes:
    return _nomes(Ocorrencia.objects)


def motivos(ctx: Contexto) -> Opcoes:
    return _nomes(Motivo.objects)


def objecoes(ctx: Contexto) -> Opcoes:
    return _nomes(Objecao.objects)


def situacoes(ctx: Contexto) -> Opcoes:
    return [
        (s.value, NOMES[s]) for s in (Status.ATIVO, Status.QUASE_INATIVO, Status.INATIVO, Status.PROSPECT)
    ]


def marcas(ctx: Contexto) -> Opcoes:
    """Novo e recuperado bastam; recente e antigo dizem de que situação são."""
    simples = [(m.value, NOMES[m].capitalize()) for m in (Marca.NOVO, Marca.RECUPERADO)]
    inativo = PLURAIS[Status.INATIVO]
    return [*simples, *((m.value, f"{inativo} {PLURAIS[m]}") for m in (Marca.RECENTE, Marca.ANTIGO))]


def ufs(ctx: Contexto) -> Opcoes:
    return [(uf, uf) for uf in UFS]


def ritmos(ctx: Contexto) -> Opcoes:
    return [(ritmo or NENHUM, nome) for ritmo, nome in NOMES_DOS_RITMOS.items()]


def canais(ctx: Contexto) -> Opcoes:
    return [(valor, str(nome)) for valor, nome in CanalDeContato.choices]


def categorias(ctx: Contexto) -> Opcoes:
    return [(valor, str(nome)) for valor, nome in Categoria.choices]
