"""Os catálogos do relacionamento, por quem os administra: o já usado se inativa, e nunca se apaga.

Mudar se uma ocorrência é efetiva refaz, por gatilho do banco e na mesma transação, o último contato de todos
os clientes em que ela foi usada; por isso pede confirmação.
"""

from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import Count, Max, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from clientes.models import Campanha, CausaDaInatividade, Contato, Motivo, Objecao, Ocorrencia, Pitch
from clientes.models.catalogos import ORDEM_DO_SISTEMA, ItemDeCatalogo
from contas.auditoria import registrar
from contas.models import Papel, Usuario

Item = ItemDeCatalogo | Campanha
# Quem aponta para cada catálogo, e por que coluna.
_USOS: dict[type[models.Model], tuple[type[models.Model], str]] = {
    Ocorrencia: (Contato, "ocorrencia"),
    Motivo: (Contato, "motivo"),
    Objecao: (Contato.objecoes.through, "objecao"),
    CausaDaInatividade: (Pitch, "causa"),
    Campanha: (Contato, "campanha"),
}
_CAMPOS: dict[type[models.Model], tuple[str, ...]] = {
    Ocorrencia: ("nome", "efetiva", "pede_objecao"),
    Motivo: ("nome",),
    Objecao: ("nome", "contra_argumento"),
    CausaDaInatividade: ("nome", "explicacao"),
    Campanha: ("empresa", "nome", "inicio", "fim", "oferta"),
}
_DO_GESTOR: dict[type[models.Model], tuple[str, ...]] = {Objecao: ("contra_argumento",)}

_REPETIDO = "Já existe um item com este nome."


class CatalogoInvalido(ValueError):
    """Mudança que a casa recusa; a mensagem já vem pronta para a tela, e `campo` diz de que ela fala."""

    def __init__(self, mensagem: str, campo: str = "") -> None:
        super().__init__(mensagem)
        self.campo = campo


def campos_editaveis(modelo: type[models.Model], papel: str) -> tuple[str, ...]:
    """O que cada papel muda num item; papel desconhecido não muda nada."""
    if papel == Papel.ADMIN:
        return _CAMPOS[modelo]
    return _DO_GESTOR.get(modelo, ()) if papel == Papel.GESTOR else ()


def com_usos(modelo: type[Item]) -> QuerySet[Any]:
    """Os itens que se administram, com `usos`: quantos contatos (ou pitches) os escolheram, desfeitos também."""
    quem, coluna = _USOS[modelo]
    linhas = quem._default_manager.filter(**{coluna: OuterRef("pk")}).order_by()
    usos = Coalesce(Subquery(linhas.values(coluna).annotate(n=Count("pk")).values("n")), 0)
    itens: Any = modelo._default_manager.annotate(usos=usos)
    return itens if modelo is Campanha else itens.exclude(ordem=ORDEM_DO_SISTEMA)


def impacto_da_efetividade(ocorrencia: Ocorrencia) -> tuple[int, int]:
    """Quantos contatos, de quantos clientes, mudam de valor se ela passar a ser (ou deixar de ser) efetiva."""
    usos = Contato.objects.filter(ocorrencia=ocorrencia, desfeito_em__isnull=True)
    contas = usos.aggregate(contatos=Count("pk"), clientes=Count("cliente", distinct=True))
    return contas["contatos"], contas["clientes"]


@transaction.atomic
def salvar(
    *, modelo: type[Item], por: Usuario, item: Item | None = None, confirmado: bool = False, **valores: Any
) -> Any:
    """Cria ou edita, com o antes e o depois na auditoria; `confirmado` responde pelo que a mudança refaz."""
    proibidos = set(valores) - set(campos_editaveis(modelo, por.papel))
    if proibidos:
        raise CatalogoInvalido(f"Seu papel não muda: {', '.join(sorted(proibidos))}.")
    atual: Any = _trancado(item) if item else modelo()
    antes = _valores(atual, valores) if item else None
    for campo, valor in valores.items():
        setattr(atual, campo, " ".join(valor.split()) if campo == "nome" else valor)
    depois = _valores(atual, valores)
    if antes == depois:
        return atual
    _conferir(atual, antes or {}, confirmado=confirmado)
    if not item and isinstance(atual, ItemDeCatalogo):
        atual.ordem = _proxima_ordem(modelo)
    try:
        with transaction.atomic():
            atual.save()
    except IntegrityError as erro:
        raise CatalogoInvalido(_REPETIDO, "nome") from erro
    _auditar("editar" if item else "criar", atual, por, antes=antes, depois=depois)
    return atual


def _trancado(item: Item, *, para_apagar: bool = False) -> Any:
    """Editar não para quem registra contatos; apagar espera os que estão a meio, para contá-los."""
    linhas = type(item)._default_manager.select_for_update(no_key=not para_apagar)
    atual = linhas.get(pk=item.pk)
    if getattr(atual, "ordem", 0) == ORDEM_DO_SISTEMA:
        raise CatalogoInvalido("Esta ocorrência é registrada pelo próprio sistema e não se muda.")
    return atual


def _valores(item: Item, campos: Any) -> dict[str, Any]:
    return {campo: _legivel(getattr(item, campo)) for campo in campos}


def _legivel(valor: object) -> object:
    return valor if isinstance(valor, bool | int | str | None) else str(valor)


def _conferir(item: Any, antes: dict[str, Any], *, confirmado: bool) -> None:
    xaras = type(item)._default_manager.filter(nome__iexact=item.nome).exclude(pk=item.pk)
    if isinstance(item, Campanha):
        _conferir_campanha(item)
        xaras = xaras.filter(empresa=item.empresa_id)
    if xaras.exists():
        raise CatalogoInvalido(_REPETIDO, "nome")
    if isinstance(item, Ocorrencia) and antes.get("efetiva", item.efetiva) != item.efetiva and not confirmado:
        _pedir_confirmacao(item)


def _pedir_confirmacao(ocorrencia: Ocorrencia) -> None:
    contatos, clientes = impacto_da_efetividade(ocorrencia)
    if not contatos:
        return
    passa = "passa a contar" if ocorrencia.efetiva else "deixa de contar"
    raise CatalogoInvalido(
        f"“{ocorrencia}” foi usada em {_milhar(contatos)} {'contato' if contatos == 1 else 'contatos'} de "
        f"{_milhar(clientes)} {'cliente' if clientes == 1 else 'clientes'}. Cada um {passa} como "
        "conversa, e o último contato desses clientes se recalcula agora; os agendamentos já concluídos "
        "ficam como estão.",
        "confirmo",
    )


def _milhar(numero: int) -> str:
    return f"{numero:,}".replace(",", ".")


def _conferir_campanha(campanha: Campanha) -> None:
    """O período tem de conter os contatos que a campanha já recebeu, e a empresa deles não muda."""
    if campanha.fim and campanha.fim < campanha.inicio:
        raise CatalogoInvalido("Termina antes de começar.", "fim")
    contatos = Contato.objects.filter(campanha=campanha.pk) if campanha.pk else Contato.objects.none()
    if contatos.exclude(cliente__empresa=campanha.empresa_id).exists():
        raise CatalogoInvalido("Esta campanha já tem contatos: a empresa dela não muda.", "empresa")
    faixa = contatos.aggregate(de=Min("em__date"), ate=Max("em__date"))
    if faixa["de"] and faixa["de"] < campanha.inicio:
        raise CatalogoInvalido(f"Já há contatos desde {faixa['de']:%d/%m/%Y}: comece até este dia.", "inicio")
    if faixa["ate"] and campanha.fim and campanha.fim < faixa["ate"]:
        raise CatalogoInvalido(
            f"Já há contatos até {faixa['ate']:%d/%m/%Y}: termine neste dia ou depois.", "fim"
        )


def _proxima_ordem(modelo: type[Item]) -> int:
    ultima = com_usos(modelo).aggregate(ultima=Max("ordem"))["ultima"] or 0
    return min(int(ultima) + 1, ORDEM_DO_SISTEMA - 1)


@transaction.atomic
def mover(*, item: ItemDeCatalogo, passo: int, por: Usuario) -> bool:
    """Troca de lugar com o vizinho em uso de cima (−1) ou de baixo (+1); na ponta, fica como está."""
    modelo = type(item)
    em_uso = list(
        modelo._default_manager.select_for_update(no_key=True).filter(ativa=True).order_by("ordem", "id")
    )
    lugares = [linha.pk for linha in em_uso]
    if item.pk not in lugares:
        return False
    de = lugares.index(item.pk)
    para = de + passo
    if not 0 <= para < len(em_uso):
        return False
    antes = [linha.nome for linha in em_uso]
    em_uso[de], em_uso[para] = em_uso[para], em_uso[de]
    for ordem, linha in enumerate(em_uso, 1):
        linha.ordem = ordem
    modelo._default_manager.bulk_update(em_uso, ["ordem"])
    depois = [linha.nome for linha in em_uso]
    plural = str(modelo._meta.verbose_name_plural)
    registrar(f"reordenar {plural}", por=por, antes={"ordem": antes}, depois={"ordem": depois})
    return True


@transaction.atomic
def por_em_uso(*, item: Item, ativa: bool, por: Usuario) -> bool:
    """Inativa ou reativa. O inativo some do formulário e fica na história."""
    atual = _trancado(item)
    if atual.ativa == ativa:
        return False
    if not ativa and isinstance(atual, Ocorrencia):
        _deixar_um_resultado(atual)
    atual.ativa = ativa
    atual.save(update_fields=["ativa"])
    _auditar("reativar" if ativa else "inativar", atual, por)
    return True


def _deixar_um_resultado(ocorrencia: Ocorrencia) -> None:
    """Sem nenhum resultado em uso não se registraria mais contato."""
    em_uso = Ocorrencia.objects.select_for_update(no_key=True).filter(ativa=True).exclude(pk=ocorrencia.pk)
    if not list(em_uso):
        raise CatalogoInvalido("Pelo menos um resultado precisa ficar em uso.")


@transaction.atomic
def apagar(*, item: Item, por: Usuario) -> None:
    """Só o que nunca foi usado: um contato desfeito também é uso."""
    atual = _trancado(item, para_apagar=True)
    quem, coluna = _USOS[type(atual)]
    usos = quem._default_manager.filter(**{coluna: atual.pk}).count()
    if usos:
        vezes = "uma vez" if usos == 1 else f"{usos} vezes"
        raise CatalogoInvalido(f"“{atual}” já se usou {vezes}: inative em vez de apagar.")
    if isinstance(atual, Ocorrencia) and atual.ativa:
        _deixar_um_resultado(atual)
    _auditar("apagar", atual, por, antes=_valores(atual, _CAMPOS[type(atual)]))
    atual.delete()


def _auditar(acao: str, item: Item, por: Usuario, **mudanca: Any) -> None:
    registrar(f"{acao} {item._meta.verbose_name}", por=por, objeto=str(item), alvo=item, **mudanca)
