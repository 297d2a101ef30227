"""As rotinas, as mensagens e os e-mails como se veem, nas duas larguras e nos dois temas."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from atividade.models import Execucao
from carteira.rotinas import rotina_noturna
from contas.models import Empresa, Usuario
from notificacoes.models import Mensagem
from tests.conftest import novo_pedido
from tests.navegador.conftest import problemas

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]
SEGUNDA = date(2026, 11, 23)
NOMES = (
    "Metalúrgica Aurora do Vale",
    "Casa das Tintas Rio do Sul",
    "Cooperativa Agro Rio Bonito",
    "Ferragens Krüger & Filhos",
)


@pytest.fixture
def noite(
    ana: Usuario,
    bruno: Usuario,
    carla: Usuario,
    davi: Usuario,
    empresa: Empresa,
    novo_cliente: Any,
    settings: Any,
    tmp_path: Any,
) -> None:
    """Duas segundas-feiras: resumos, volume com comparação, uma mensagem incerta e uma noite que falhou."""
    settings.EMAIL_FILE_PATH = tmp_path
    for n, nome in enumerate(NOMES):
        ha, cada = ((130, 38), (60, 21), (150, 54), (51, 32))[n]
        compras = [(SEGUNDA - timedelta(days=ha + cada * k), str(9000 - 2000 * n)) for k in range(5)]
        novo_cliente(
            f"A{n}",
            vendedor=ana,
            razao_social=nome,
            compras=compras,
            telefone="+5547999220198" if n % 2 else "+554733220198",
            cidade="Timbó",
            uf="SC",
            documento="95889060001437",
            documento_valido=True,
        )
    no_limite = novo_cliente(
        "A9", vendedor=ana, razao_social="Padaria Estrela", compras=[(date(2026, 5, 20), "4200.00")]
    )
    novo_cliente(
        "A8", vendedor=ana, compras=[(SEGUNDA - timedelta(days=140), "900")], adiado_ate=date(2027, 1, 1)
    )
    novo_pedido(no_limite, "A9-0", date(2025, 12, 20), "3000.00")
    novo_cliente("C1", vendedor=carla, compras=[(SEGUNDA, "100.00")])
    for vaga in (SEGUNDA - timedelta(days=7), SEGUNDA):
        rotina_noturna(vaga, hoje=vaga)
    Mensagem.objects.filter(pessoa=ana, referencia=SEGUNDA).update(
        estado="incerto", erro="O envio foi interrompido depois de começar: pode ter saído ou não."
    )
    Execucao.objects.create(
        rotina="noturna",
        referencia=SEGUNDA - timedelta(days=1),
        empresa=empresa,
        estado="falhou",
        tentativas=3,
        duracao_ms=61_500,
        mensagem="recalculo: OperationalError",
        passos={
            "recalculo": {
                "estado": "erro",
                "tentativas": 3,
                "ms": 61_500,
                "erro": "OperationalError: o disco encheu",
            }
        },
    )


def test_paginas_e_emails_cabem_e_se_leem(
    noite: None, davi: Usuario, pagina: Callable[..., Page], live_server: Any
) -> None:
    aba, achados = pagina(davi), {}
    incerta = Mensagem.objects.get(estado="incerto")
    enderecos = {
        "rotinas": reverse("rotinas:lista"),
        "mensagem": reverse("mensagens:detalhe", args=[incerta.pk]),
    }
    for nome, endereco in enderecos.items():
        aba.goto(live_server.url + endereco)
        achados |= problemas(aba, nome)
    assert achados == {}
    aba.goto("about:blank")
    for tipo in ("resumo_diario", "volume_semanal"):
        aba.set_content(Mensagem.objects.filter(tipo=tipo).latest("id").html)
        for onde, achados in problemas(aba, f"email-{tipo}").items():
            assert [v for v in achados if not v.startswith(("region", "landmark"))] == [], onde
