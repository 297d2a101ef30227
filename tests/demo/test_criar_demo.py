"""`criar_demo`: cria, recusa, repete sem efeito e continua no mesmo ritmo."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db.models import Count, Sum

from atividade.models import Indicadores, Limiar, MudancaStatus, Retrato
from atividade.probabilidade.mensal import ajuste_em_vigor
from carteira import rotinas
from carteira.demo.cadastros import ESTRAGOS
from carteira.demo.criacao import continuar
from carteira.demo.pessoas import LOGINS, SENHA
from carteira.rotinas import Desfecho, rotina_noturna
from clientes.models import Agendamento, Cliente, Contato, ItemDePedido, Pedido, PeriodoDeCarteira
from clientes.telefones import normalizar_telefone
from contas.models import Empresa, Instalacao, Usuario
from notificacoes.models import ItemDeMensagem, Recado
from tests.conftest import novo_pedido

BASE = date(2026, 11, 20)
UM_MES_DEPOIS = BASE + timedelta(days=30)

pytestmark = pytest.mark.django_db


def resumo() -> dict[str, object]:
    """O bastante para dizer que dois mundos são o mesmo."""
    return {
        "pedidos": list(
            Pedido.objects.order_by("numero").values_list(
                "numero", "cliente__codigo", "data", "valor", "situacao"
            )
        ),
        "contatos": list(
            Contato.objects.order_by("em", "chave").values_list(
                "cliente__codigo", "em", "chave", "observacao"
            )
        ),
    }


def test_a_demonstracao_pequena_tem_duzentos_clientes_e_numeros_exatos(demo):
    assert Cliente.objects.count() == 200
    assert Pedido.objects.count() == 2997
    assert Pedido.objects.filter(conta=True).aggregate(v=Sum("valor"))["v"] == Decimal("5349484.55")
    assert ItemDePedido.objects.values("pedido").distinct().count() == Pedido.objects.count()
    assert Usuario.objects.count() == 10
    assert PeriodoDeCarteira.objects.values("cliente").distinct().count() == 200


def test_a_historia_e_escrita_pelo_produto_e_fecha_com_os_indicadores(demo):
    assert Retrato.objects.values("data").distinct().count() == 14
    hoje = Retrato.objects.filter(data=BASE).values_list("status").annotate(n=Sum("clientes"))
    na_carteira = Indicadores.objects.em_carteira().values_list("status").annotate(n=Count("pk"))
    assert dict(hoje) == dict(na_carteira)
    ultimas = MudancaStatus.objects.order_by("cliente", "-em", "-ordem").distinct("cliente")
    atuais = dict(Indicadores.objects.values_list("cliente", "status"))
    assert all(mudanca.para == atuais[mudanca.cliente_id] for mudanca in ultimas)


def test_ha_quem_va_embora_de_vez_e_um_modelo_de_compra_e_aceito(demo):
    ajuste = ajuste_em_vigor(Empresa.objects.get())
    assert not ajuste.estimativa
    assert ajuste.modelo
    assert 0 < Indicadores.objects.filter(dias_de_compra=1).count() < 20


def test_a_referencia_e_hoje_e_a_instalacao_se_diz_demonstracao(demo):
    instalacao = Instalacao.atual()
    assert Empresa.objects.get().referencia == BASE
    assert (instalacao.demo, instalacao.assistente_concluido, instalacao.demo_ate) == (True, True, BASE)


def test_ha_regras_datadas_com_uma_do_agro(demo):
    regras = Limiar.objects.order_by("vigente_desde").values_list(
        "segmento__nome", "periodo_n", "antecedencia_n"
    )
    assert list(regras) == [(None, 180, 90), (None, 150, 60), ("Agro", 210, 90)]


def test_ha_um_postit_com_lista_viva_e_um_lembrete_por_ler(demo):
    postit, lembrete = Recado.objects.order_by("pk")
    assert (postit.especie, postit.por.papel, postit.regra, postit.dias) == (
        "postit",
        "gestor",
        "sem_pedido",
        20,
    )
    assert (lembrete.especie, lembrete.tipo.nome, lembrete.por.papel) == ("lembrete", "INFORMAÇÃO", "admin")
    vendedor = Usuario.objects.get(email="interno@alianca.example")
    assert list(vendedor.avisos.nao_lidos().order_by("pk").values_list("titulo", flat=True)) == [
        "Há mais de 20 dias sem pedido",
        "Tabela nova a partir de segunda-feira",
    ]


def test_os_avisos_dos_ultimos_meses_so_se_decidiram(demo):
    avisos = ItemDeMensagem.objects.filter(regra="resumo_diario")
    assert avisos.filter(decidido_em__range=(BASE.replace(day=1), BASE)).count() > 10
    assert not avisos.filter(decidido_em__gte=BASE).exists()
    assert not avisos.exclude(mensagem=None, aviso=None).exists()


def test_a_agenda_tem_vencidos_de_hoje_e_futuros(demo):
    assert Agendamento.objects.filter(em__lt=BASE).exists()
    assert Agendamento.objects.filter(em=BASE).exists()
    assert Agendamento.objects.filter(em__gt=BASE).exists()


def test_ha_bloqueados_encerrados_adiados_fora_do_perfil_e_quem_nao_quer_contato(demo):
    assert Cliente.objects.filter(bloqueado=True).exists()
    assert Cliente.objects.filter(encerrado_em__isnull=False).exists()
    assert Cliente.objects.filter(adiado_ate__isnull=False).exists()
    assert Cliente.objects.filter(fora_do_perfil=True).exists()
    assert Cliente.objects.exclude(nao_contatar=[]).exists()
    assert Cliente.objects.filter(documento__regex="[A-Z]").exists()


def test_quatro_pessoas_entram_com_a_senha_anunciada(demo, client):
    assert len(SENHA) >= 12
    for login in LOGINS:
        client.post("/entrar/", {"username": login.email, "password": SENHA})
        assert client.session["_auth_user_id"] == str(Usuario.objects.get(email=login.email).pk)
        client.logout()
    assert Usuario.objects.exclude(password__startswith="!").count() == 4


def test_continuar_um_mes_depois_da_o_mesmo_mundo_que_o_ritmo_dos_clientes_manda(demo):
    antes = resumo()
    assert continuar(hoje=UM_MES_DEPOIS) is True
    depois = resumo()
    assert [p[:4] for p in depois["pedidos"][: len(antes["pedidos"])]] == [p[:4] for p in antes["pedidos"]]
    assert len(depois["pedidos"]) - len(antes["pedidos"]) == 104
    assert len(depois["contatos"]) > len(antes["contatos"])
    assert Empresa.objects.get().referencia == UM_MES_DEPOIS
    assert Retrato.objects.filter(data=date(2026, 11, 30)).exists()
    limite = UM_MES_DEPOIS - timedelta(days=4)
    assert not Pedido.objects.filter(situacao="aberto", data__lte=limite).exists()

    assert not Agendamento.objects.filter(em__lt=UM_MES_DEPOIS - timedelta(days=9)).exists(), (
        "agenda esquecida anda com o calendário"
    )
    assert continuar(hoje=UM_MES_DEPOIS) is False, "de novo no mesmo dia nada muda"
    assert resumo() == depois


def test_continuar_em_dois_passos_da_o_mesmo_que_em_um_ao_lado_do_que_a_pessoa_importou(demo, novo_cliente):
    novo_pedido(novo_cliente("MEU-1"), "900000", BASE)
    continuar(hoje=BASE + timedelta(days=11))
    continuar(hoje=UM_MES_DEPOIS)
    assert Pedido.objects.filter(numero="900001").exists(), "a numeração segue a do pedido alheio"
    em_dois = resumo()
    Pedido.objects.filter(data__gt=BASE).delete()
    Contato.objects.filter(em__date__gte=BASE).delete()
    Instalacao.objects.update(demo_ate=BASE)
    continuar(hoje=UM_MES_DEPOIS)
    assert resumo() == em_dois


def test_queda_antes_da_historia_e_retomada_no_proximo_inicio(demo):
    Empresa.objects.update(referencia=None, referencia_regular=None)
    Retrato.objects.all().delete()
    assert continuar(hoje=BASE) is True
    assert Retrato.objects.values("data").distinct().count() == 14


def test_os_telefones_nascem_como_a_importacao_os_guardaria(demo):
    """Com o país: é o que o botão Ligar e o e-mail sabem abrir; menos os que a demonstração estraga de propósito."""
    estragados = [e["telefone"] for e in ESTRAGOS if "telefone" in e]
    for telefone in Cliente.objects.exclude(telefone__in=estragados).values_list("telefone", flat=True):
        assert normalizar_telefone(telefone) == (telefone, True, "")


# ── A demonstração deixada no ar anda sozinha: a noite inventa o dia antes de recalcular ──


def test_noites_seguidas_trazem_os_pedidos_e_a_referencia_acompanha(demo):
    """A do fim de semana inteiro, e a seguinte; repetida, nenhuma inventa mais nada."""
    for dias in (3, 4):
        antes, fim = Pedido.objects.count(), BASE + timedelta(days=dias)
        assert rotina_noturna(fim, hoje=fim) == Desfecho.FEITA
        assert Empresa.objects.get().referencia == fim
        assert Instalacao.atual().demo_ate == fim
        assert Pedido.objects.count() > antes
        assert Retrato.objects.filter(data=fim).exists()
    assert continuar(hoje=fim) is False
    antes = Pedido.objects.count()
    assert rotina_noturna(fim, hoje=fim) == Desfecho.FEITA
    assert Pedido.objects.count() == antes


def test_se_a_demonstracao_nao_continua_a_noite_segue(demo, monkeypatch, caplog):
    def quebrar(**_: object) -> bool:
        raise RuntimeError("sem tinta")

    monkeypatch.setattr(rotinas, "trazer_fatos", quebrar)
    dia = BASE + timedelta(days=3)
    assert rotina_noturna(dia, hoje=dia) == Desfecho.FEITA
    assert "a demonstração não continuou" in caplog.text
