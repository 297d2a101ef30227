"""O que os relatórios da composição têm em comum: o recorte, a data que se olha e para onde leva cada número dela."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils import timezone

from atividade.regras import Status
from atividade.rotulos import NOMES
from contas.models import Usuario
from relatorios.base import CARTEIRA, Elo, Escolha, Proprio
from relatorios.catalogo.migracao import DONO, REGRA
from relatorios.composicao import Dimensao
from relatorios.dias import DATAS, HOJE, data_de
from relatorios.dias import NA_DATA as DIAS_DA_DATA
from relatorios.dos_retratos import PassadoDosRetratos, na_data
from relatorios.passado import EPOCA, NA_DATA, Leitura, Passado
from relatorios.pedido import Pedido, recorte_em_partes
from relatorios.periodos import ler_dia

RECORTE = (*CARTEIRA, "municipio", "perfil", "porte")


def _ler(textos: Sequence[str]) -> tuple[str, ...]:
    """Um dia, ou um nome que anda com o tempo."""
    escrito = textos[-1].strip().lower() if textos else ""
    if escrito in DATAS:
        return (escrito,) if escrito != HOJE else ()
    dia = ler_dia(escrito)
    return (dia.isoformat(),) if dia else ()


def _dizer(_: Usuario, datas: tuple[str, ...]) -> str:
    return datas[0] if datas[0] in DATAS else f"{date.fromisoformat(datas[0]):%d/%m/%Y}"


NA_DATA_PEDIDA = (
    Proprio(
        "data", "Como era em", ler=_ler, dizer=_dizer,
        ajuda="vazio: hoje; ou um dia, fim do mês passado, há um ano", dias=DIAS_DA_DATA,
    ),
    Escolha("regra", "Se numa data, regra", REGRA.opcoes),
    Escolha("dono", "Se numa data, dono", DONO.opcoes),
)  # fmt: skip


def situacao(chave: str, titulo: str) -> Proprio:
    """Uma situação que a página já escolheu, com o nome que a empresa lhe dá."""
    return Proprio(
        chave,
        titulo,
        ler=lambda textos: tuple(t for t in textos[-1:] if t in set(Status)),
        dizer=lambda _, valores: NOMES[valores[0]],
    )


def data_pedida(pedido: Pedido) -> date | None:
    """A data passada; a da referência em diante é a composição de sempre."""
    dia = data_de("".join(pedido.proprios["data"]), pedido.referencia)
    return dia if dia and pedido.referencia and dia < pedido.referencia else None


def passado_de(usuario: Usuario, pedido: Pedido) -> Passado | None:
    dia = data_pedida(pedido)
    if dia is None or pedido.referencia is None:
        return None
    leitura = Leitura(dia, pedido.escolhas["regra"], pedido.escolhas["dono"])
    hoje = max(pedido.referencia, timezone.localdate())
    return pedido.uma_vez(
        ("passado", usuario.pk), lambda: na_data(usuario, pedido.recorte, pedido.empresas, leitura, hoje)
    )


def nao_ha(passado: Passado | None, dimensao: Dimensao) -> bool:
    """O retrato não guarda município, perfil e porte."""
    return isinstance(passado, PassadoDosRetratos) and dimensao.do_cadastro


def como_se_leu(passado: Passado | None) -> str:
    """A data, a regra e o dono, em uma frase; de hoje não há o que dizer."""
    if passado is None:
        return ""
    leitura = passado.leitura
    regra = "pela regra da época" if leitura.regra == EPOCA else "pela regra de hoje"
    dono = "com quem era o dono na data" if leitura.dono == NA_DATA else "com o dono de hoje"
    return f"Como era em {leitura.data:%d/%m/%Y}, {regra}, {dono}."


def elo_dos_clientes(pedido: Pedido, leitura: Leitura | None, **filtros: Any) -> Elo:
    """A lista de hoje ou a daquele dia; um filtro dito vence o do recorte."""
    if leitura is None:
        return Elo(filtros)
    do_dia = {"data": leitura.data.isoformat(), "regra": leitura.regra, "dono": leitura.dono}
    return Elo({**recorte_em_partes(pedido.recorte), **do_dia, **filtros}, "na_data")
