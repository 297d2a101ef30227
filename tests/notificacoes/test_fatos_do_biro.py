"""O que o birô traz vira aviso uma vez, para pior e para melhor, e só a quem pode ver o crédito."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from clientes.models import RestricaoDeCredito, ScoreDeCredito
from contas.models import Empresa, Usuario
from notificacoes.antes_de_sair import por_que_nao_sai
from notificacoes.models import ItemDeMensagem, Mensagem
from tests.credito import decidir
from tests.notificacoes.regras_de_teste import DIA, VAGA, atras, calcular, citados, regra, rodar, so_as_regras

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


def soube(modelo: Any, dia: Any, **quais: Any) -> None:
    """Recua a hora em que a linha entrou."""
    hora = timezone.make_aware(datetime.combine(dia, datetime.min.time())) + timedelta(hours=9)
    modelo.objects.filter(**quais).update(criado_em=hora, atualizado_em=hora)


def test_score_e_restricoes_avisam_uma_vez_e_so_quem_pode(
    empresa: Empresa, ana: Usuario, bruno: Usuario, davi: Usuario, comprou: Any
) -> None:
    so_as_regras(empresa)
    c = comprou("C1", ana, 10)
    calcular(empresa)
    comum = {"empresa": empresa, "cliente": c, "fonte": "Serasa"}
    for dias, valor in ((60, 500), (30, 520), (2, 480)):
        ScoreDeCredito.objects.create(**comum, em=atras(dias), valor=valor)
    soube(ScoreDeCredito, atras(20), em__lt=atras(2))
    aberta = RestricaoDeCredito.objects.create(**comum, tipo="protesto", em=atras(40), valor=1250)
    velha = RestricaoDeCredito.objects.create(**comum, tipo="pendencia", em=atras(50), valor=90)
    soube(RestricaoDeCredito, atras(30), pk=velha.pk)
    RestricaoDeCredito.objects.filter(pk=velha.pk).update(baixada_em=atras(1), atualizado_em=timezone.now())
    RestricaoDeCredito.objects.create(**comum, tipo="mudanca_societaria", em=atras(3))
    RestricaoDeCredito.objects.create(**comum, tipo="acao", em=atras(91), valor=5)  # história, não notícia
    soube(ScoreDeCredito, VAGA, em=atras(2))
    soube(RestricaoDeCredito, VAGA, pk__gte=aberta.pk, baixada_em__isnull=True)
    sobres = ("score_desceu", "score_subiu", "restricao_nova", "restricao_baixada", "evento_do_biro")
    for para in ("vendedores", "gestores"):
        for sobre in sobres:
            regra(empresa, davi, sobre, para=para, nome=f"{sobre} {para}")
    rodar(empresa)
    assert citados(ana) == []
    assert len(citados(bruno)) == 4
    texto = "\n".join(Mensagem.objects.filter(pessoa=bruno).values_list("texto", flat=True))
    assert "Score desceu de 520 para 480 em 18/11/2026 (Serasa, de Regular para Baixo)." in texto
    assert (
        "Protesto, Serasa: restrição nova em 11/10/2026, R$ 1,3 mil." in texto or "Protesto, Serasa" in texto
    )
    assert "Pendência, Serasa: baixada em 19/11/2026" in texto
    assert "Mudança societária, Serasa: informado em 17/11/2026." in texto
    rodar(empresa, VAGA + DIA, VAGA)
    assert ItemDeMensagem.objects.count() == 4
    escrita = Mensagem.objects.filter(pessoa=bruno).get()
    assert por_que_nao_sai(escrita) == ""
    motivo = f"{bruno} não vê mais score e restrições."
    decidir(set(), davi)
    assert por_que_nao_sai(Mensagem.objects.get(pk=escrita.pk)).startswith(motivo)
    RestricaoDeCredito.objects.create(**comum, tipo="cheque", em=atras(1), valor=70)
    soube(RestricaoDeCredito, VAGA + DIA, tipo="cheque")
    rodar(empresa, VAGA + 2 * DIA, VAGA + DIA)
    assert ItemDeMensagem.objects.count() == 4
    decidir({"gestor"}, davi)
    assert por_que_nao_sai(Mensagem.objects.get(pk=escrita.pk)) == ""
    Usuario.objects.filter(pk=bruno.pk).update(papel="leitura")  # e ninguém lhe ligou o crédito
    assert por_que_nao_sai(Mensagem.objects.get(pk=escrita.pk)).startswith(motivo)


def test_a_primeira_carga_de_scores_nao_avisa(
    empresa: Empresa, ana: Usuario, bruno: Usuario, davi: Usuario, comprou: Any
) -> None:
    so_as_regras(empresa)
    c = comprou("C1", ana, 10)
    calcular(empresa)
    for dias, valor in ((60, 900), (2, 100)):
        ScoreDeCredito.objects.create(empresa=empresa, cliente=c, fonte="Serasa", em=atras(dias), valor=valor)
    soube(ScoreDeCredito, VAGA)
    regra(empresa, davi, "score_desceu", para="gestores")
    rodar(empresa)
    assert citados(bruno) == []
