"""O incremental é igual ao completo, e os dois à conta na unha, depois de qualquer sequência de fatos."""

import os
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from atividade import recalculo
from atividade.fragmentos import COLUNAS, classes
from atividade.limiares import configurar, herdar
from atividade.models import Indicadores, MudancaStatus, ParametrosDaAtividade
from atividade.regras import Periodo, PorCiclo, RegraInvalida
from clientes.carteiras import transferir
from clientes.compras import mudar_situacoes_que_contam, reescrever_conta
from clientes.importacao.servico import Opcoes, aplicar
from clientes.models import Cliente, Contato, Ocorrencia, Pedido, Segmento
from contas.models import Empresa, Usuario
from tests.atividade.distribuicao_na_unha import contada, guardada
from tests.conftest import novo_pedido
from tests.referencia import Gemea

EXEMPLOS = int(os.environ.get("EXEMPLOS", "12"))
MUITOS = 120  # na resistência
INICIO = date(2024, 2, 20)
CLIENTES = 6
COLUNAS_COMPARADAS = [*COLUNAS, "status", *classes("i")]

quem = st.integers(0, CLIENTES - 1)
qual = st.integers(0, 40)
# perto das beiras das janelas é onde um pedido sai delas sem que nada mais aconteça
beira = st.builds(
    lambda janela, folga: janela - folga, st.sampled_from([30, 90, 180, 182, 365]), st.integers(-1, 5)
)
atras = beira | st.integers(0, 40) | st.integers(0, 400)
valor = st.sampled_from(["0.00", "10.00", "10.00", "25.50", "100.00"])
situacao = st.sampled_from(["faturado", "faturado", "aberto", "cancelado", "devolvido", "orcamento"])
regra = st.tuples(
    st.sampled_from(["10d/3d", "30d/10d", "2m/1m", "1m/10d", "45d/44d", "12m/1m"]),
    st.booleans(),
    # múltiplos do ciclo: soltos, presos nos extremos, com os dois limites no mesmo dia
    st.sampled_from(
        [
            None,
            PorCiclo(Decimal("1.5"), Decimal(3), 1, 300, 2, 300),
            PorCiclo(Decimal("0.5"), Decimal("0.51"), 1, 300, 2, 300),
            PorCiclo(Decimal(1), Decimal(2), 20, 30, 25, 60),
            PorCiclo(Decimal("1.25"), Decimal("1.75"), 5, 20, 5, 40),
        ]
    ),
)
nivel = st.tuples(
    st.sampled_from(["cliente", "segmento", "empresa", "instalacao"]), st.integers(0, CLIENTES - 1)
)

OPERACOES = st.one_of(
    st.tuples(st.just("pedido"), quem, atras, valor, situacao),
    st.tuples(st.just("pedido"), quem, atras, valor, st.just("faturado")),
    st.tuples(st.just("noite"), st.integers(0, 3) | st.integers(0, 60)),
    st.tuples(st.just("noite"), st.integers(0, 3) | st.integers(0, 60)),
    st.tuples(st.just("editar"), qual, atras, valor, situacao),
    st.tuples(st.just("apagar"), qual),
    st.tuples(st.just("mover_pedido"), qual, quem),
    st.tuples(
        st.just("importar"), st.lists(st.tuples(qual, quem, atras, valor, situacao), min_size=1, max_size=3)
    ),
    st.tuples(st.just("contam"), st.sampled_from([["faturado"], ["aberto", "faturado"]])),
    st.tuples(st.just("transferir"), quem),
    st.tuples(st.just("regra"), nivel, regra, st.integers(-5, 5)),
    st.tuples(st.just("herda"), nivel, st.integers(-5, 5)),
    st.tuples(st.just("segmento"), quem, st.integers(0, 2)),
    st.tuples(st.just("fora"), quem, st.booleans(), st.integers(-5, 5)),
    st.tuples(st.just("contato"), quem),
    st.tuples(st.just("parametros"), st.sampled_from([30, 90]), st.sampled_from([6, 12])),
    st.tuples(st.just("consulta"), st.integers(1, 200)),
)


class Mundo:
    """Uma empresa pequena em que tudo pode acontecer."""

    def __init__(self, empresa: Empresa, ana: Usuario, pasta: Path) -> None:
        self.empresa, self.ana, self.hoje, self.numero = empresa, ana, INICIO, 0
        self.pasta = pasta
        self.segmentos = [
            None,
            *(Segmento.objects.create(empresa=empresa, nome=n) for n in ("Agro", "Varejo")),
        ]
        self.clientes = [
            Cliente.objects.create(
                empresa=empresa, codigo=f"C{n}", razao_social=f"C{n}", segmento=self.segmentos[n % 3]
            )
            for n in range(CLIENTES)
        ]
        self.gemea = Gemea(empresa)

    def fazer(self, nome: str, *argumentos: Any) -> None:
        getattr(self, nome)(*argumentos)

    def _valor(self, valor: str, situacao: str) -> Decimal:
        return -Decimal(valor) if situacao == "devolvido" else Decimal(valor)

    def pedido(self, quem: int, atras: int, valor: str, situacao: str) -> None:
        self.numero += 1
        while Pedido.objects.filter(numero=f"N{self.numero}").exists():  # o arquivo do ERP chegou antes
            self.numero += 1
        data = self.hoje - timedelta(days=atras)
        novo_pedido(self.clientes[quem], f"N{self.numero}", data, self._valor(valor, situacao), situacao)

    def _pedidos(self, qual: int) -> list[Pedido]:
        todos = list(Pedido.objects.order_by("pk"))
        return [todos[qual % len(todos)]] if todos else []

    def editar(self, qual: int, atras: int, valor: str, situacao: str) -> None:
        for p in self._pedidos(qual):
            p.data, p.valor, p.situacao = (
                self.hoje - timedelta(days=atras),
                self._valor(valor, situacao),
                situacao,
            )
            p.conta = situacao in self.empresa.situacoes_que_contam
            p.save()

    def importar(self, linhas: list[Any]) -> None:
        """O arquivo do ERP: números que já existem mudam, os outros nascem, e o que ele recusa não entra."""
        arquivo = self.pasta / "pedidos.csv"
        with arquivo.open("w", encoding="utf-8") as texto:
            print("numero;cliente;data;valor;situacao", file=texto)
            for qual, quem, atras, valor, situacao in {linha[0]: linha for linha in linhas}.values():
                data, reais = self.hoje - timedelta(days=atras), self._valor(valor, situacao)
                print(f"N{qual + 1};C{quem};{data};{reais};{situacao}", file=texto)
        opcoes = Opcoes("pedidos", self.empresa, decimal="p")
        aplicar(arquivo, opcoes, por=None, hoje=self.hoje, parcial=True)

    def contam(self, situacoes: list[str]) -> None:
        mudar_situacoes_que_contam(empresa=self.empresa, situacoes=situacoes, por=None)
        reescrever_conta(empresa=self.empresa)

    def transferir(self, quem: int) -> None:
        cliente = Cliente.objects.get(pk=self.clientes[quem].pk)
        transferir(
            clientes=[cliente.pk], para=None if cliente.vendedor_id else self.ana, em=self.hoje, por=None
        )

    def apagar(self, qual: int) -> None:
        for p in self._pedidos(qual):
            p.delete()

    def mover_pedido(self, qual: int, quem: int) -> None:
        for p in self._pedidos(qual):
            Pedido.objects.filter(pk=p.pk).update(cliente=self.clientes[quem])

    def _nivel(self, nivel: tuple[str, int]) -> dict[str, Any]:
        nome, n = nivel
        if nome == "cliente":
            return {"empresa": self.empresa, "cliente": self.clientes[n]}
        if nome == "segmento":
            return {"empresa": self.empresa, "segmento": self.segmentos[1 + n % 2]}
        return {"empresa": self.empresa if nome == "empresa" else None}

    def regra(self, nivel: Any, regra: Any, dias: int) -> None:
        periodo, antecedencia = (Periodo.de_texto(x) for x in regra[0].split("/"))
        antigo = Periodo.de_texto("13m") if regra[1] else None
        desde = self.hoje + timedelta(days=dias)
        configurar(**self._nivel(nivel), periodo=periodo, antecedencia=antecedencia, antigo=antigo,
                   ciclo=regra[2], vigente_desde=desde, por=None, motivo="")  # fmt: skip

    def herda(self, nivel: Any, dias: int) -> None:
        herdar(**self._nivel(nivel), vigente_desde=self.hoje + timedelta(days=dias), por=None)

    def segmento(self, quem: int, qual: int) -> None:
        Cliente.objects.filter(pk=self.clientes[quem].pk).update(segmento=self.segmentos[qual])

    def fora(self, quem: int, encerra: bool, dias: int) -> None:
        """Encerra num dia, ou tira do perfil; com dias negativos, o devolve a ele."""
        campos = (
            {"encerrado_em": self.hoje + timedelta(days=dias)} if encerra else {"fora_do_perfil": dias >= 0}
        )
        Cliente.objects.filter(pk=self.clientes[quem].pk).update(**campos)

    def contato(self, quem: int) -> None:
        ocorrencia = Ocorrencia.objects.filter(efetiva=True)[0]
        Contato.objects.create(
            cliente=self.clientes[quem], canal="ligacao", ocorrencia=ocorrencia, atendente=self.ana
        )

    def parametros(self, novidade: int, janela: int) -> None:
        valores = {"dias_novidade": novidade, "janela_valor_meses": janela}
        ParametrosDaAtividade.objects.update_or_create(empresa=self.empresa, defaults=valores)

    def noite(self, dias: int) -> None:
        self.hoje += timedelta(days=dias)
        completo = self._experimentar()
        incremental = self._rodar(completo=False)
        esperado = self.gemea.rodar(self.hoje, self.hoje)
        comparar("incremental × completo", incremental, completo)
        assert guardada() == contada()
        comparar("banco × conta na unha", incremental, (esperado, sorted(self.gemea.mudancas)))

    def consulta(self, dias: int) -> None:
        dia = self.hoje - timedelta(days=dias)
        if self.gemea.regular is None or dia >= self.gemea.regular:
            return
        antes = MudancaStatus.objects.count()
        resultado = recalculo.recalcular(empresa=self.empresa, referencia=dia, hoje=self.hoje)
        assert (resultado.regular, resultado.modo, resultado.mudancas) == (False, "completo", 0)
        assert MudancaStatus.objects.count() == antes
        comparar("consulta", (self.linhas(), []), (self.gemea.rodar(dia, self.hoje, consulta=True), []))

    def _experimentar(self) -> Any:
        """O completo, desfeito em seguida."""
        ponto = transaction.savepoint()
        resultado = self._rodar(completo=True)
        transaction.savepoint_rollback(ponto)
        self.empresa.refresh_from_db()
        return resultado

    def _rodar(self, *, completo: bool) -> Any:
        feito = recalculo.recalcular(
            empresa=self.empresa, referencia=self.hoje, hoje=self.hoje, completo=completo
        )
        assert feito.contagens == Counter(Indicadores.objects.values_list("status", flat=True))
        campos = ("cliente_id", "em", "ordem", "de", "para", "motivo")
        return self.linhas(), sorted(MudancaStatus.objects.values_list(*campos))

    def linhas(self) -> dict[int, dict[str, Any]]:
        return {x.pop("cliente_id"): x for x in Indicadores.objects.values("cliente_id", *COLUNAS_COMPARADAS)}


def comparar(nome: str, obtido: Any, esperado: Any) -> None:
    for cliente, linha in esperado[0].items():
        diferencas = {
            c: (obtido[0][cliente][c], linha[c]) for c in linha if obtido[0][cliente][c] != linha[c]
        }
        assert not diferencas, f"{nome}: cliente {cliente}"
    assert obtido[1] == esperado[1], nome


def com(exemplos: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Qualquer começo e qualquer sequência de fatos, tantas vezes."""
    sorteio = given(
        compras=st.lists(
            st.tuples(quem, atras, valor, st.sampled_from(["faturado", "faturado", "devolvido"])), max_size=15
        ),
        operacoes=st.lists(OPERACOES, min_size=6, max_size=30),
    )
    ajustes = settings(
        max_examples=exemplos,
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
        ],
    )
    return lambda teste: ajustes(sorteio(teste))


@pytest.mark.django_db
@com(EXEMPLOS)
def test_incremental_igual_ao_completo_e_a_conta_na_unha(
    empresa: Empresa,
    ana: Usuario,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    compras: list[Any],
    operacoes: list[Any],
) -> None:
    viver(empresa, ana, monkeypatch, tmp_path_factory, compras, operacoes)


@pytest.mark.django_db
@pytest.mark.resistencia
@com(MUITOS)
def test_com_muitos_exemplos_tambem(
    empresa: Empresa,
    ana: Usuario,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    compras: list[Any],
    operacoes: list[Any],
) -> None:
    viver(empresa, ana, monkeypatch, tmp_path_factory, compras, operacoes)


def viver(
    empresa: Empresa,
    ana: Usuario,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    compras: list[Any],
    operacoes: list[Any],
) -> None:
    monkeypatch.setattr(recalculo, "FRACAO_PARA_COMPLETO", 2)
    ponto = transaction.savepoint()
    try:
        mundo = Mundo(Empresa.objects.get(pk=empresa.pk), ana, tmp_path_factory.getbasetemp())
        iniciais = [("pedido", *compra) for compra in compras]
        for operacao in [*iniciais, ("noite", 0), ("noite", 2), *operacoes, ("noite", 1)]:
            note(str((mundo.hoje, operacao)))
            try:
                mundo.fazer(*operacao)
            except RegraInvalida:
                note("regra recusada")
    finally:
        transaction.savepoint_rollback(ponto)
