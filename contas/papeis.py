"""Os papéis, legíveis em voz alta: cada um diz o que pode, e `pode()` é a única pergunta."""

from enum import StrEnum

from contas.models import PAPEIS_DECIDIDOS, Papel, TipoDeVendedor, Usuario


class Permissao(StrEnum):
    VER_CLIENTES = "ver_clientes"
    REGISTRAR_CONTATO = "registrar_contato"
    EXPORTAR = "exportar"
    VER_COMPOSICAO = "ver_composicao"
    VER_CARTEIRAS = "ver_carteiras"
    REATRIBUIR = "reatribuir"
    GERIR_LISTAS = "gerir_listas"
    HIGIENIZAR = "higienizar"
    DEFINIR_METAS = "definir_metas"
    VER_CREDITO = "ver_credito"
    ABRIR_PLANOS = "abrir_planos"
    CONFIGURAR_CREDITO = "configurar_credito"
    VER_COMO = "ver_como"
    ENVIAR_RECADOS = "enviar_recados"
    ESCREVER_CONTRA_ARGUMENTOS = "escrever_contra_argumentos"
    GERIR_CATALOGOS = "gerir_catalogos"
    EDITAR_ROTEIROS = "editar_roteiros"
    AVALIAR_PRIORIDADE = "avaliar_prioridade"
    DECIDIR_VISITAS = "decidir_visitas"
    CONFIGURAR_ATIVIDADE = "configurar_atividade"
    IMPORTAR = "importar"
    GERIR_PESSOAS = "gerir_pessoas"
    VER_ROTINAS = "ver_rotinas"
    VER_MENSAGENS = "ver_mensagens"
    GERIR_AVISOS = "gerir_avisos"
    EDITAR_MENSAGENS_PRONTAS = "editar_mensagens_prontas"
    GERIR_WEBHOOKS = "gerir_webhooks"
    VER_AUDITORIA = "ver_auditoria"
    CUIDAR_DE_TITULARES = "cuidar_de_titulares"
    ADMINISTRAR_INSTALACAO = "administrar_instalacao"


_DO_VENDEDOR = frozenset({Permissao.VER_CLIENTES, Permissao.REGISTRAR_CONTATO, Permissao.VER_COMPOSICAO})
_DO_GESTOR = _DO_VENDEDOR | {
    Permissao.EXPORTAR,
    Permissao.VER_CARTEIRAS,
    Permissao.REATRIBUIR,
    Permissao.GERIR_LISTAS,
    Permissao.HIGIENIZAR,
    Permissao.DEFINIR_METAS,
    Permissao.ABRIR_PLANOS,
    Permissao.VER_COMO,
    Permissao.ENVIAR_RECADOS,
    Permissao.ESCREVER_CONTRA_ARGUMENTOS,
    Permissao.EDITAR_ROTEIROS,
    Permissao.AVALIAR_PRIORIDADE,
    Permissao.DECIDIR_VISITAS,
}
PERMISSOES: dict[str, frozenset[Permissao]] = {
    Papel.VENDEDOR: _DO_VENDEDOR,
    Papel.GESTOR: _DO_GESTOR,
    Papel.ADMIN: frozenset(Permissao),
    Papel.LEITURA: frozenset(
        {Permissao.VER_CLIENTES, Permissao.VER_COMPOSICAO, Permissao.VER_CARTEIRAS, Permissao.EXPORTAR}
    ),
}

# O que se pode vendo como outra pessoa: ler o que as duas leem.
DE_LEITURA = frozenset({Permissao.VER_CLIENTES, Permissao.VER_COMPOSICAO, Permissao.VER_CREDITO})


def pode(usuario: Usuario, permissao: Permissao) -> bool:
    """Diz se a pessoa pode fazer algo; papel desconhecido ou pessoa inativa não pode nada.

    Vendedor exporta se for interno ou se o administrador permitir: a lista de clientes de
    um representante externo não sai da casa por descuido. Score e restrições, a instalação decide por
    papel (`contas.credito_por_papel`), e o administrador abre exceção, num sentido ou no outro, a uma pessoa.
    """
    if not (usuario.is_authenticated and usuario.is_active):
        return False
    quem = usuario.olhado_por
    if quem is not None:
        return permissao in DE_LEITURA and pode(quem, permissao) and pode_por_si(usuario, permissao)
    return pode_por_si(usuario, permissao)


def pode_por_si(usuario: Usuario, permissao: Permissao) -> bool:
    """O que o papel dá, sem olhar se alguém a está vendo por dentro."""
    if permissao is Permissao.EXPORTAR and usuario.papel == Papel.VENDEDOR:
        return usuario.pode_exportar or usuario.tipo == TipoDeVendedor.INTERNO
    if permissao is Permissao.VER_CREDITO and usuario.papel in PAPEIS_DECIDIDOS:
        return usuario.credito_do_papel is True if usuario.ve_credito is None else usuario.ve_credito
    return permissao in PERMISSOES.get(usuario.papel, frozenset())
