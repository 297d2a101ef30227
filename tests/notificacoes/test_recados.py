"""Recados: quem escreve a quem, o que fica escrito ao enviar, quem leu, e o que não se desfaz mais."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contas.models import Empresa, MembroDeEquipe, RegistroDeAuditoria, Usuario, Vinculo
from contas.pessoas import desativar
from notificacoes.central import contar_nao_lidos, deixar_por_ler, desmarcar, marcar_lidos
from notificacoes.models import Aviso, EstadoDoRecado, Mensagem, Recado, TipoDeLembrete
from notificacoes.recados import (
    RecadoRecusado,
    apagar,
    contas_ao_alcance,
    destinatarios,
    encerrar,
    enviar,
    equipes_ao_alcance,
    guardar,
    por_que_nao_se_edita,
    reabrir,
    reenviar,
)
from tests.conftest import HOJE, SAO_PAULO, criar_pessoa, por_na_equipe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


def nomes(pessoas: Any) -> list[str]:
    return sorted(p.nome.split()[0] for p in pessoas)


def postit(por: Usuario, **mudancas: Any) -> Recado:
    dados = {
        "especie": "postit", "titulo": "Liguem hoje", "texto": "Antes que o concorrente ligue.",
        "assinatura": "Att. Adm. Vendas", "regra": "sem_pedido", "dias": 20, "publico": "todos",
    }  # fmt: skip
    contas, equipes = mudancas.pop("contas", ()), mudancas.pop("equipes", ())
    return guardar(por=por, dados=dados | mudancas, contas=contas, equipes=equipes)


def lembrete(por: Usuario, **mudancas: Any) -> Recado:
    tipo = TipoDeLembrete.objects.get(nome="INFORMAÇÃO")
    return postit(por, **{"especie": "lembrete", "tipo": tipo, "regra": "", "dias": None} | mudancas)


def leu(pessoa: Usuario, recado: Recado) -> None:
    assert marcar_lidos(Aviso.objects.filter(pessoa=pessoa, recado=recado))[0] == 1


# ── A quem ───────────────────────────────────────────────────────────────────


def test_gestor_escreve_a_sua_equipe_admin_a_empresa_e_vendedor_a_ninguem(
    ana: Any, bruno: Any, carla: Any, davi: Any, lia: Any, empresa: Any
) -> None:
    fora = Empresa.objects.create(codigo="2", nome="Filial")
    criar_pessoa("Rita Longe", fora)
    assert nomes(contas_ao_alcance(bruno, "lembrete")) == ["Ana"]
    assert nomes(contas_ao_alcance(davi, "lembrete")) == ["Ana", "Bruno", "Carla", "Lia"]
    assert nomes(contas_ao_alcance(davi, "postit")) == ["Ana", "Carla"]
    for pessoa in (ana, lia):
        assert nomes(contas_ao_alcance(pessoa, "lembrete")) == []
        assert not equipes_ao_alcance(pessoa).exists()
        assert not Recado.objects.visiveis_para(pessoa).exists()


def test_so_recebe_quem_entra_no_sistema(ana: Any, bruno: Any, sul: Any, empresa: Any) -> None:
    """O vendedor que um arquivo nomeou nunca leria: contá-lo como quem não leu seria falso."""
    do_arquivo = Usuario.objects.create_user(nome="Zeca do Arquivo")
    Vinculo.objects.create(usuario=do_arquivo, empresa=empresa)
    por_na_equipe(do_arquivo, sul)
    assert nomes(contas_ao_alcance(bruno, "postit")) == ["Ana"]


def test_gestor_nao_alcanca_conta_de_fora_nem_forjando_a_escolha(bruno: Any, carla: Any, norte: Any) -> None:
    recado = postit(bruno, publico="contas", contas=[carla])
    assert nomes(destinatarios(recado)) == []
    with pytest.raises(RecadoRecusado, match="Ninguém receberia"):
        enviar(recado=recado, por=bruno)
    recado = postit(bruno, publico="equipes", equipes=[norte])
    with pytest.raises(RecadoRecusado, match="Ninguém receberia"):
        enviar(recado=recado, por=bruno)
    assert not Aviso.objects.exists()


def test_equipe_e_quem_esta_nela_ao_enviar_e_quem_a_gere(
    ana: Any, bruno: Any, davi: Any, sul: Any, empresa: Any
) -> None:
    saiu = criar_pessoa("Otto Saiu", empresa)
    MembroDeEquipe.objects.create(usuario=saiu, equipe=sul, periodo=DateRange(None, HOJE))
    recado = lembrete(davi, publico="equipes", equipes=[sul])
    assert enviar(recado=recado, por=davi) == 2
    assert nomes(a.pessoa for a in recado.avisos.all()) == ["Ana", "Bruno"]
    chegou = criar_pessoa("Nina Nova", empresa)
    por_na_equipe(chegou, sul)
    assert contar_nao_lidos(chegou) == 0
    assert enviar(recado=recado, por=davi) == 0
    assert recado.avisos.count() == 2


# ── Enviar ───────────────────────────────────────────────────────────────────


def test_sete_contas_sete_avisos_uma_vez_so(davi: Any, empresa: Any) -> None:
    sete = [criar_pessoa(f"V{n} Silva", empresa) for n in range(7)]
    recado = lembrete(davi, publico="contas", contas=sete, por_email=True)
    assert not Aviso.objects.exists()  # rascunho: ninguém recebe
    assert recado.estado == EstadoDoRecado.RASCUNHO
    assert enviar(recado=recado, por=davi) == 7
    assert enviar(recado=recado, por=davi) == 0
    assert recado.avisos.count() == 7
    assert Mensagem.objects.filter(tipo="recado").count() == 7
    assert {contar_nao_lidos(p) for p in sete} == {1}
    assert [(r.acao, r.objeto) for r in RegistroDeAuditoria.objects.all()] == [
        ("enviar recado", "Liguem hoje")
    ]
    mensagem = Mensagem.objects.get(pessoa=sete[0])
    aviso = recado.avisos.get(pessoa=sete[0])
    assert mensagem.assunto == "INFORMAÇÃO: Liguem hoje"
    for corpo in (mensagem.texto, mensagem.html):
        assert f"/avisos/{aviso.pk}/" in corpo
        assert "Antes que o concorrente ligue." in corpo
        assert "Att. Adm. Vendas" in corpo
        assert "Davi Rocha" in corpo


def test_duzentas_pessoas_em_tantas_consultas_quanto_duas(davi: Any, empresa: Any) -> None:
    """O número é o mesmo para dez vezes mais gente: nenhuma consulta por pessoa, nem com e-mail."""
    contadas = []
    for quantas in (20, 200):
        novas = [
            Usuario(email=f"p{quantas}-{n}@exemplo.test", nome=f"P{n}", nome_chave=f"p{n}", password="x")
            for n in range(quantas)
        ]
        pessoas = Usuario.objects.bulk_create(novas)
        Vinculo.objects.bulk_create(Vinculo(usuario=p, empresa=empresa) for p in pessoas)
        recado = postit(davi, publico="contas", contas=pessoas, por_email=True)
        with CaptureQueriesContext(connection) as consultas:
            assert enviar(recado=recado, por=davi) == quantas
        contadas.append(len(consultas))
    assert contadas == [15, 15]


def test_o_titulo_que_alguem_escreve_nao_vira_html(bruno: Any, ana: Any, sul: Any) -> None:
    recado = lembrete(bruno, titulo="</title><b>oi</b> & tchau", por_email=True)
    enviar(recado=recado, por=bruno)
    mensagem = Mensagem.objects.get()
    assert mensagem.assunto == "INFORMAÇÃO: </title><b>oi</b> & tchau"
    assert "<b>oi</b>" not in mensagem.html
    assert mensagem.html.count("</title>") == 1


def test_quem_nao_recebe_emails_le_so_no_sistema(ana: Any, bruno: Any, sul: Any, empresa: Any) -> None:
    calado = criar_pessoa("Caio Calado", empresa, recebe_emails=False)
    por_na_equipe(calado, sul)
    assert enviar(recado=postit(bruno, por_email=True), por=bruno) == 2
    assert [m.pessoa for m in Mensagem.objects.all()] == [ana]
    assert contar_nao_lidos(calado) == 1


def test_agendado_surge_as_sete_do_dia_e_vale_ate_o_fim_do_ultimo(ana: Any, bruno: Any) -> None:
    dia, fim = date(2026, 11, 23), date(2026, 11, 25)
    recado = lembrete(bruno, surge_no_dia=dia, vale_ate=fim, por_email=True)
    enviar(recado=recado, por=bruno)
    recado.refresh_from_db()
    assert recado.estado == EstadoDoRecado.AGENDADO
    assert recado.surge_em == datetime(2026, 11, 23, 7, tzinfo=SAO_PAULO)
    assert Mensagem.objects.get().proxima_tentativa_em == recado.surge_em
    for quando, nao_lidos, estado in (
        (datetime(2026, 11, 23, 6, 59, 59, tzinfo=SAO_PAULO), 0, "agendado"),
        (datetime(2026, 11, 23, 7, tzinfo=SAO_PAULO), 1, "em_vigor"),
        (datetime(2026, 11, 25, 23, 59, 59, tzinfo=SAO_PAULO), 1, "em_vigor"),
        (datetime(2026, 11, 26, tzinfo=SAO_PAULO), 0, "vencido"),
    ):
        assert contar_nao_lidos(ana, quando) == nao_lidos, quando
        assert recado.estado_em(quando) == estado
        assert Recado.objects.nos_estados(estado, agora=quando).get() == recado  # o banco diz o mesmo


def test_validade_que_acaba_antes_de_surgir_e_recusada_e_nada_sai(ana: Any, bruno: Any) -> None:
    recado = lembrete(bruno, vale_ate=HOJE - timedelta(days=1))
    with pytest.raises(RecadoRecusado, match="validade acaba antes"):
        enviar(recado=recado, por=bruno)
    recado.refresh_from_db()
    assert recado.enviado_em is None
    assert not Aviso.objects.exists()


# ── Ler ──────────────────────────────────────────────────────────────────────


def test_recibo_e_da_primeira_leitura_e_desfazer_so_o_do_proprio_gesto(ana: Any, bruno: Any) -> None:
    recado = postit(bruno)
    enviar(recado=recado, por=bruno)
    dela = Aviso.objects.filter(pessoa=ana)
    cedo, tarde = timezone.now(), timezone.now() + timedelta(hours=1)
    assert marcar_lidos(dela, cedo) == (1, cedo)
    assert deixar_por_ler(dela) == 1
    assert (dela.get().lido_em, dela.get().visto_em) == (None, cedo)  # continua visto: quem mandou sabe
    assert marcar_lidos(dela, tarde) == (1, tarde)
    assert dela.get().visto_em == cedo
    assert desmarcar(dela, tarde) == 1
    assert (dela.get().lido_em, dela.get().visto_em) == (None, cedo)


def test_marcar_todos_por_engano_e_desfazer_nao_deixa_recibo(ana: Any, bruno: Any) -> None:
    antes = postit(bruno, titulo="Antes")
    enviar(recado=antes, por=bruno)
    leu(ana, antes)
    for titulo in ("Um", "Dois"):
        enviar(recado=postit(bruno, titulo=titulo), por=bruno)
    dela = Aviso.objects.visiveis_para(ana)
    quantos, em = marcar_lidos(dela, timezone.now() + timedelta(seconds=1))
    assert quantos == 2
    assert contar_nao_lidos(ana) == 0
    assert desmarcar(dela, em) == 2
    assert [a.titulo for a in dela.filter(visto_em__isnull=False)] == ["Antes"]
    assert contar_nao_lidos(ana) == 2


# ── Reenviar, editar, encerrar ───────────────────────────────────────────────


def test_reenviar_vai_so_a_quem_nao_leu_e_uma_vez_por_clique(
    ana: Any, bruno: Any, carla: Any, davi: Any
) -> None:
    recado = lembrete(davi, por_email=True)
    enviar(recado=recado, por=davi)
    leu(ana, recado)
    Mensagem.objects.update(estado="enviada")
    depois = timezone.now() + timedelta(days=2)
    assert reenviar(recado=recado, por=davi, envio=1, por_email=True, agora=depois) == 2
    assert reenviar(recado=recado, por=davi, envio=1, por_email=True, agora=depois) == 0
    assert nomes(a.pessoa for a in recado.avisos.filter(surge_em=depois)) == ["Bruno", "Carla"]
    assert nomes(m.pessoa for m in Mensagem.objects.filter(estado="pendente")) == ["Bruno", "Carla"]
    for pessoa in (bruno, carla):
        leu(pessoa, recado)
    with pytest.raises(RecadoRecusado, match="Todos já leram"):
        reenviar(recado=recado, por=davi, envio=2, por_email=False, agora=depois)


def test_quem_perdeu_o_acesso_nao_recebe_de_novo(ana: Any, carla: Any, davi: Any) -> None:
    recado = postit(davi)
    enviar(recado=recado, por=davi)
    desativar(pessoa=carla, por=davi)
    assert reenviar(recado=recado, por=davi, envio=1, por_email=True) == 1
    assert [m.pessoa for m in Mensagem.objects.filter(tipo="recado")] == [ana]


def test_quem_saiu_da_equipe_nao_recebe_de_novo(
    ana: Any, bruno: Any, sul: Any, norte: Any, empresa: Any
) -> None:
    """Fica com o que já tinha; o gestor de antes não a alcança mais."""
    eva = criar_pessoa("Eva Reis", empresa)
    por_na_equipe(eva, sul)
    recado = postit(bruno)
    assert enviar(recado=recado, por=bruno) == 2
    eva.participacoes.all().delete()
    por_na_equipe(eva, norte)
    assert reenviar(recado=recado, por=bruno, envio=1, por_email=True) == 1
    assert [m.pessoa for m in Mensagem.objects.filter(tipo="recado")] == [ana]
    assert nomes(a.pessoa for a in recado.avisos.all()) == ["Ana", "Eva"]


def test_edita_se_enquanto_ninguem_leu_e_o_que_saiu_e_recolhido(ana: Any, carla: Any, davi: Any) -> None:
    recado = postit(davi, publico="contas", contas=[ana], por_email=True)
    enviar(recado=recado, por=davi)
    dados = {"titulo": "Corrigido", "publico": "contas", "texto": "Outro", "por_email": True}
    recado = guardar(por=davi, dados=dados, contas=[carla], recado=recado)
    assert enviar(recado=recado, por=davi) == 1
    assert [(a.pessoa, a.titulo) for a in Aviso.objects.all()] == [(carla, "Corrigido")]
    estados = Mensagem.objects.order_by("pk").values_list("pessoa", "estado")
    assert list(estados) == [(ana.pk, "cancelada"), (carla.pk, "pendente")]


@pytest.mark.parametrize("motivo", ["leu", "email"])
def test_o_que_ja_se_leu_ou_ja_saiu_por_email_fica_como_esta(ana: Any, bruno: Any, motivo: str) -> None:
    recado = postit(bruno, por_email=True)
    enviar(recado=recado, por=bruno)
    if motivo == "leu":
        leu(ana, recado)
    else:
        Mensagem.objects.update(estado="enviada")
    recado.refresh_from_db()
    assert por_que_nao_se_edita(recado)
    with pytest.raises(RecadoRecusado, match="fica como está"):
        guardar(por=bruno, dados={"titulo": "Outro"}, recado=recado)
    recado.refresh_from_db()
    assert recado.titulo == "Liguem hoje"
    assert recado.avisos.count() == 1


def test_encerrar_tira_da_central_para_os_emails_e_guarda_quem_leu(ana: Any, bruno: Any) -> None:
    recado = lembrete(bruno, surge_no_dia=None, vale_ate=HOJE + timedelta(days=5), por_email=True)
    enviar(recado=recado, por=bruno)
    leu(ana, recado)
    assert encerrar(recado=recado, por=bruno)
    assert not encerrar(recado=recado, por=bruno)
    assert not Aviso.objects.visiveis_para(ana).a_mostra().exists()
    assert recado.avisos.filter(visto_em__isnull=False).count() == 1
    assert Mensagem.objects.get().estado == "cancelada"
    assert reabrir(recado=recado, por=bruno)
    assert Aviso.objects.visiveis_para(ana).a_mostra().get().expira_em == datetime(
        2026, 11, 26, tzinfo=SAO_PAULO
    )
    assert Mensagem.objects.get().estado == "cancelada"  # o que parou não volta sozinho


def test_so_rascunho_se_apaga_e_so_por_quem_escreveu(ana: Any, bruno: Any, davi: Any) -> None:
    recado = postit(bruno)
    assert not Recado.objects.visiveis_para(davi).exists()  # o rascunho é só de quem o escreve
    assert not apagar(recado=recado, por=davi)
    enviar(recado=recado, por=bruno)
    assert Recado.objects.visiveis_para(davi).get() == recado
    assert not apagar(recado=recado, por=bruno)
    rascunho = postit(bruno)
    assert apagar(recado=rascunho, por=bruno)
    assert Recado.objects.get() == recado


def test_administrador_nao_ve_recados_de_outra_empresa(bruno: Any, davi: Any, ana: Any) -> None:
    fora = Empresa.objects.create(codigo="2", nome="Filial")
    edu = criar_pessoa("Edu Longe", fora, "admin")
    criar_pessoa("Rita Longe", fora)
    recado = lembrete(edu)
    assert enviar(recado=recado, por=edu) == 1
    assert not Recado.objects.visiveis_para(davi).exists()
    assert Recado.objects.visiveis_para(edu).get() == recado


def test_o_sino_le_so_o_indice_dos_nao_lidos(ana: Any, bruno: Any) -> None:
    """Numa central com anos de avisos lidos, o número custa o que custam os por ler."""
    agora = timezone.now()
    Aviso.objects.bulk_create(
        Aviso(chave=f"velho{n}", pessoa=ana, tipo="sistema", titulo="x", surge_em=agora, lido_em=agora)
        for n in range(3000)
    )
    enviar(recado=postit(bruno), por=bruno)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE notificacoes_aviso")
        with CaptureQueriesContext(connection) as consultas:
            assert contar_nao_lidos(ana) == 1
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {consultas.captured_queries[0]['sql']}")
        plano = "\n".join(linha for (linha,) in cursor.fetchall())
    assert len(consultas) == 1
    assert "Index Only Scan using aviso_por_ler" in plano, plano
