"""Marcar, mudar, concluir, cancelar e reabrir compromissos: o formulário da agenda e os casos de uso dela."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from carteira.api.comuns import que_se_manda
from carteira.api.escrita import Entrada, cliente_visivel, criar, do_formulario, lido, mudar, recusa
from carteira.api.idempotencia import PARAMETRO
from carteira.api.permissoes import Decisao
from carteira.api.problemas import Problema
from carteira.api.versao import IF_MATCH
from carteira.formatos import data as por_extenso
from carteira.web.agendar import ciclo_do
from carteira.web.formularios_da_agenda import ALCANCES, AgendarForm
from clientes.agenda import (
    AgendaInvalida,
    agendar,
    cancelar_agendamento,
    concluir_agendamento,
    editar_agendamento,
    reabrir_agendamento,
)
from clientes.compromissos import responsaveis_possiveis, uf_dos_feriados
from clientes.models import Agendamento, CanalDeContato, Cliente, Recorrencia
from contas.models import Escopo
from contas.papeis import Permissao

_ESCREVE = Decisao(Permissao.REGISTRAR_CONTATO, Escopo.ESCREVER)
DECISOES = {"create": _ESCREVE, "update": _ESCREVE, "partial_update": _ESCREVE}
_FINS = ("aberto", "concluido", "cancelado")


@que_se_manda(
    {"cliente": 42, "em": "2026-11-27", "hora": "09:30", "tipo": "ligacao", "nota": "Levar a tabela nova"}
)
class NovoCompromisso(Entrada):
    """Um próximo contato combinado."""

    cliente = serializers.IntegerField(help_text="O id do cliente.")
    em = serializers.DateField(help_text="Hoje ou um dia depois.")
    hora = serializers.TimeField(required=False, allow_null=True)
    tipo = serializers.ChoiceField(choices=CanalDeContato.choices)
    nota = serializers.CharField(required=False, allow_blank=True, max_length=300)
    responsavel = serializers.IntegerField(required=False, help_text="Sem ele, é de quem marca.")
    recorrencia = serializers.ChoiceField(choices=Recorrencia.choices, required=False, allow_blank=True)
    repetir_ate = serializers.DateField(required=False, allow_null=True)
    assim_mesmo = serializers.BooleanField(required=False, help_text="Fica no dia, ainda que não seja útil.")


@que_se_manda({"em": "2026-11-30", "hora": "10:00", "tipo": "visita", "nota": "Levar a tabela nova"})
class CompromissoInteiro(NovoCompromisso):
    """O compromisso inteiro, menos de quem é o cliente, que não muda."""

    cliente = None
    alcance = serializers.ChoiceField(
        choices=ALCANCES, required=False, help_text="Numa série: só este (o padrão), ou este e os próximos."
    )


@que_se_manda({"em": "2026-11-30"})
class MudancaDeCompromisso(CompromissoInteiro):
    """Só o que muda; `situacao` conclui, cancela ou reabre, e vai sozinha."""

    situacao = serializers.ChoiceField(choices=[(f, f) for f in _FINS])


class EscreveAgenda:
    """As escritas do recurso de agenda."""

    @extend_schema(summary="Marca um compromisso", request=NovoCompromisso, parameters=[PARAMETRO])
    def create(self, request: Any) -> Any:
        dados = lido(NovoCompromisso, request)
        return criar(self, request, lambda: _marcar(request, dados))

    @extend_schema(
        summary="Muda um compromisso por inteiro", request=CompromissoInteiro, parameters=[IF_MATCH]
    )
    def update(self, request: Any, pk: int) -> Any:
        dados = lido(CompromissoInteiro, request)
        return mudar(self, request, pk, lambda marcado: _editar(request, marcado, dados))

    @extend_schema(
        summary="Muda, conclui, cancela ou reabre um compromisso",
        request=MudancaDeCompromisso,
        parameters=[IF_MATCH],
    )
    def partial_update(self, request: Any, pk: int) -> Any:
        dados = lido(MudancaDeCompromisso, request, parcial=True)
        if "situacao" in dados:
            return mudar(self, request, pk, lambda marcado: _terminar(marcado, dados))
        return mudar(self, request, pk, lambda marcado: _editar(request, marcado, _de(marcado) | dados))


def _formulario(request: Any, cliente: Cliente, dados: dict[str, Any], **kwargs: Any) -> AgendarForm:
    possiveis = responsaveis_possiveis(cliente, request.user)
    pedido = dados.get("responsavel")
    if (
        pedido is not None
        and not possiveis.filter(pk=pedido).exists()
        and pedido != kwargs.get("de_quem_era")
    ):
        raise recusa({"responsavel": ["Não atende este cliente: escolha outra pessoa."]})
    kwargs.pop("de_quem_era", None)
    form = AgendarForm(
        {nome: "" if valor is None else valor for nome, valor in dados.items()},
        uf=uf_dos_feriados(cliente),
        responsaveis=possiveis,
        ciclo_dias=ciclo_do(cliente),
        **kwargs,
    )
    if not form.is_valid() and form.aviso:
        dia = f"Não é útil: {form.aviso.motivo}. O próximo útil é {por_extenso(form.aviso.sugestao)}"
        raise recusa({"em": [f"{dia}; para ficar neste, mande assim_mesmo."]})
    do_formulario(form)
    return form


def _marcar(request: Any, dados: dict[str, Any]) -> Agendamento:
    cliente = cliente_visivel(request, dados.pop("cliente"))
    form = _formulario(request, cliente, dados, initial={"responsavel": request.user})
    try:
        return agendar(
            cliente=cliente,
            proximo=form.combinado(),
            por=request.user,
            responsavel=form.cleaned_data.get("responsavel"),
        )
    except AgendaInvalida as erro:
        raise recusa({"geral": [str(erro)]}) from None


def _de(marcado: Agendamento) -> dict[str, Any]:
    """O que há, para o que não se mandou."""
    iniciais = AgendarForm.iniciais_de(marcado)
    return iniciais | {"responsavel": marcado.responsavel_id}


def _editar(request: Any, marcado: Agendamento, dados: dict[str, Any]) -> None:
    marcado = Agendamento.objects.select_related("cliente__empresa", "responsavel").get(pk=marcado.pk)
    form = _formulario(
        request,
        marcado.cliente,
        {"alcance": "este", "responsavel": marcado.responsavel_id, **dados},
        initial=AgendarForm.iniciais_de(marcado),
        de_serie=bool(marcado.recorrencia),
        de_quem_era=marcado.responsavel_id,
    )
    try:
        mudou = editar_agendamento(
            agendamento=marcado,
            proximo=form.combinado(),
            por=request.user,
            responsavel=form.cleaned_data.get("responsavel"),
            so_este=form.so_este,
        )
    except AgendaInvalida as erro:
        raise recusa({"geral": [str(erro)]}) from None
    if not mudou:
        raise Problema(409, "Já estava concluído ou cancelado: nada mudou. Para mudá-lo, reabra-o antes.")


def _terminar(marcado: Agendamento, dados: dict[str, Any]) -> None:
    if set(dados) - {"situacao", "alcance"}:
        raise recusa({"situacao": ["Vai sozinha: mude os outros campos noutra chamada."]})
    gestos = {
        "concluido": lambda: concluir_agendamento(agendamento=marcado),
        "cancelado": lambda: cancelar_agendamento(
            agendamento=marcado, serie=dados.get("alcance") == "proximos"
        ),
        "aberto": lambda: reabrir_agendamento(agendamento=marcado),
    }
    if not gestos[dados["situacao"]]() and _situacao(marcado) != dados["situacao"]:
        raise Problema(409, "O compromisso já terminou de outro modo, ou a série já seguiu: nada mudou.")


def _situacao(marcado: Agendamento) -> str:
    marcado.refresh_from_db()
    if marcado.concluido_em:
        return "concluido"
    return "cancelado" if marcado.cancelado_em else "aberto"
