"""Um clique: o enlace do e-mail abre uma pergunta; só a confirmação grava, uma vez, e quem já não pode não grava."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client

from clientes.models import Agendamento, Cliente, Contato, Ocorrencia
from contas.models import Cobertura, Usuario
from contas.pessoas import desativar, reativar
from notificacoes.models import EnlaceUsado, Gesto, ItemDeMensagem, Mensagem
from notificacoes.um_clique import assinar, enlaces

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
VAGA = date(2026, 11, 20)
AMANHA = date(2026, 11, 23)  # 20/11 é sexta


def carta(pessoa: Usuario, *clientes: Cliente, vaga: date = VAGA) -> Mensagem:
    """O e-mail da vaga, com os clientes que ele cita."""
    mensagem: Mensagem = Mensagem.objects.create(
        chave=f"resumo:{vaga}:{pessoa.pk}", tipo="resumo_diario", pessoa=pessoa, referencia=vaga,
        para=pessoa.email, assunto="a", texto="t", message_id=f"<{pessoa.pk}-{vaga}@x>",
    )  # fmt: skip
    for ordem, cliente in enumerate(clientes):
        ItemDeMensagem.objects.create(
            mensagem=mensagem,
            regra="resumo_diario",
            pessoa=pessoa,
            cliente=cliente,
            evento=str(vaga),
            ordem=ordem,
        )
    return mensagem


@pytest.fixture
def aurora(ana: Usuario, novo_cliente: Any) -> Cliente:
    cliente: Cliente = novo_cliente("A1", vendedor=ana, razao_social="Metalúrgica Aurora do Vale", uf="SC")
    carta(ana, cliente)
    return cliente


def url(pessoa: Usuario, cliente: Cliente, gesto: str = Gesto.COMPROU, vaga: date = VAGA) -> str:
    return f"/um-clique/{assinar(pessoa.pk, cliente.pk, vaga, gesto)}/"


def ocorrencia(nome: str) -> int:
    return Ocorrencia.objects.get(nome=nome).pk


def falei(**mais: Any) -> dict[str, Any]:
    return {"ocorrencia": ocorrencia("Fez pedido"), "canal": "ligacao", "observacao": "", **mais}


def nada_gravado() -> bool:
    return not (Contato.objects.exists() or Agendamento.objects.exists() or EnlaceUsado.objects.exists())


def test_os_cinco_gestos_saem_sem_consulta(
    ana: Usuario, lia: Usuario, aurora: Cliente, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        oferecidos = enlaces(ana, aurora.pk, VAGA)
    assert [rotulo for rotulo, _ in oferecidos] == [
        "Falei, comprou", "Falei, não comprou", "Sem resposta", "Agendar para amanhã", "Adiar",
    ]  # fmt: skip
    assert all(endereco.startswith("http://127.0.0.1:8000/um-clique/") for _, endereco in oferecidos)
    assert enlaces(lia, aurora.pk, VAGA) == [], "quem só lê não registra"


@pytest.mark.parametrize("gesto", Gesto.values)
def test_abrir_mil_vezes_nao_grava_nada(gesto: str, ana: Usuario, aurora: Cliente) -> None:
    leitor = Client()
    for metodo in (leitor.get, leitor.head, leitor.get):
        resposta = metodo(url(ana, aurora, gesto))
        assert resposta.status_code == 200
        assert "no-store" in resposta["Cache-Control"]
        assert resposta["Referrer-Policy"] == "same-origin"
    assert nada_gravado()


def test_sem_entrar_o_nome_vai_pela_metade(ana: Usuario, aurora: Cliente, entrar: Any) -> None:
    fora = Client().get(url(ana, aurora)).content.decode()
    assert "Metalúrgica A…" in fora
    assert "Aurora" not in fora
    assert "Metalúrgica Aurora do Vale" in entrar(ana).get(url(ana, aurora)).content.decode()


def test_confirmar_registra_um_contato_so(ana: Usuario, aurora: Cliente) -> None:
    leitor, endereco = Client(), url(ana, aurora)
    resposta = leitor.post(endereco, falei(observacao="Mandar a tabela"), follow=True)
    contato = Contato.objects.get()
    assert (contato.atendente, contato.cliente, contato.canal) == (ana, aurora, "ligacao")
    assert (contato.ocorrencia.nome, contato.observacao) == ("Fez pedido", "Mandar a tabela")
    assert "Fez pedido · Ligação · 20/11/2026 às 09:00" in resposta.content.decode()
    leitor.post(endereco, falei(ocorrencia=ocorrencia("Outro assunto")))
    Client().post(url(ana, aurora), falei())  # outro e-mail igual, assinado de novo
    assert Contato.objects.get() == contato
    assert contato.ocorrencia.nome == "Fez pedido"


def test_sem_o_codigo_do_formulario_nao_ha_gravacao(ana: Usuario, aurora: Cliente) -> None:
    """Outra página não confirma pela pessoa."""
    assert Client(enforce_csrf_checks=True).post(url(ana, aurora), falei()).status_code == 403
    assert nada_gravado()


def test_cada_gesto_oferece_os_resultados_do_catalogo_que_lhe_cabem(ana: Usuario, aurora: Cliente) -> None:
    def opcoes(gesto: str) -> list[str]:
        form = Client().get(url(ana, aurora, gesto)).context["form"]
        return [nome for _, nome in form.fields["ocorrencia"].choices]

    com_objecao = list(
        Ocorrencia.objects.filter(efetiva=True, ativa=True, pede_objecao=True).values_list("nome", flat=True)
    )
    assert opcoes(Gesto.COMPROU)[0] == "Fez pedido"
    assert opcoes(Gesto.NAO_COMPROU)[: len(com_objecao)] == com_objecao == ["Vai pensar", "Não quer"]
    assert opcoes(Gesto.SEM_RESPOSTA) == ["Não atendeu", "Deixou recado"]
    tentativa = falei()
    assert Client().post(url(ana, aurora, Gesto.SEM_RESPOSTA), tentativa).status_code == 422
    Ocorrencia.objects.filter(efetiva=False).update(ativa=False)
    sem = Client().get(url(ana, aurora, Gesto.SEM_RESPOSTA)).content.decode()
    assert "Nenhum resultado em uso no catálogo" in sem
    assert nada_gravado()


def test_desfazer_e_refazer(ana: Usuario, aurora: Cliente) -> None:
    leitor, endereco = Client(), url(ana, aurora)
    leitor.post(endereco, falei())
    for _ in range(2):
        leitor.post(endereco, {"acao": "desfazer"})
    assert Contato.objects.get().desfeito_em is not None
    pagina = leitor.get(endereco).content.decode()
    assert "Desfeito: o que este endereço registrou já não vale" in pagina
    assert "Confirmar: falei, comprou" in pagina
    leitor.post(endereco, falei())
    leitor.post(endereco, falei())
    assert Contato.objects.filter(desfeito_em=None).count() == 1
    assert Contato.objects.count() == 2
    assert EnlaceUsado.objects.get().vez == 1


def test_desfeito_pela_ficha_e_desfeito_aqui(ana: Usuario, aurora: Cliente, entrar: Any) -> None:
    Client().post(url(ana, aurora), falei())
    contato = Contato.objects.get()
    entrar(ana).post(f"/clientes/{aurora.pk}/contato/{contato.pk}/desfazer/")
    assert "Nada foi gravado ainda" in Client().get(url(ana, aurora)).content.decode()


def test_outro_gesto_do_mesmo_email_avisa_do_primeiro(ana: Usuario, aurora: Cliente) -> None:
    Client().post(url(ana, aurora, Gesto.SEM_RESPOSTA), falei(ocorrencia=ocorrencia("Não atendeu")))
    pagina = Client().get(url(ana, aurora)).content.decode()
    assert "Deste e-mail você já registrou com este cliente:" in pagina
    assert "Não atendeu · Ligação" in pagina


def test_amanha_e_o_proximo_dia_util_e_marca_uma_vez(ana: Usuario, aurora: Cliente) -> None:
    leitor, endereco = Client(), url(ana, aurora, Gesto.AMANHA)
    sugerido = leitor.get(endereco).context["form"].fields["dia"].initial
    assert sugerido == AMANHA
    for _ in range(2):
        leitor.post(endereco, {"dia": AMANHA, "observacao": ""})
    marcado = Agendamento.objects.get()
    assert (marcado.em, marcado.responsavel, marcado.cliente) == (AMANHA, ana, aurora)
    assert marcado.nota == "Combinado pelo e-mail de 20/11/2026"
    leitor.post(endereco, {"acao": "desfazer"})
    marcado.refresh_from_db()
    assert marcado.cancelado_em is not None
    assert leitor.post(endereco, {"dia": VAGA - timedelta(days=1)}).status_code == 422


def test_adiar_tira_da_fila_e_desfazer_devolve(ana: Usuario, aurora: Cliente) -> None:
    leitor, endereco = Client(), url(ana, aurora, Gesto.ADIAR)
    leitor.post(endereco, {"ate": date(2026, 12, 1), "motivo": "Só em dezembro"})
    aurora.refresh_from_db()
    assert (aurora.adiado_ate, aurora.adiado_motivo) == (date(2026, 12, 1), "Só em dezembro")
    leitor.post(endereco, {"acao": "desfazer"})
    aurora.refresh_from_db()
    assert aurora.adiado_ate is None


def test_canal_que_o_cliente_recusa_nao_se_oferece(ana: Usuario, aurora: Cliente) -> None:
    Cliente.objects.filter(pk=aurora.pk).update(nao_contatar=["ligacao"])
    form = Client().get(url(ana, aurora)).context["form"]
    assert [canal for canal, _ in form.fields["canal"].choices] == ["whatsapp", "visita", "email"]
    assert Client().post(url(ana, aurora), falei()).status_code == 422
    assert nada_gravado()


# ── O que não vale mais ──────────────────────────────────────────────────────


def recusado(resposta: Any, estado: int, frase: str) -> None:
    assert resposta.status_code == estado
    assert frase in resposta.content.decode()
    assert "Aurora" not in resposta.content.decode()


def nos_dois(endereco: str, estado: int, frase: str) -> None:
    for resposta in (Client().get(endereco), Client().post(endereco, falei())):
        recusado(resposta, estado, frase)
    assert nada_gravado()


def test_vence_em_sete_dias(ana: Usuario, aurora: Cliente) -> None:
    endereco = url(ana, aurora)
    with time_machine.travel(datetime(2026, 11, 27, 11, 59, tzinfo=UTC), tick=False):
        assert Client().get(endereco).status_code == 200
    with time_machine.travel(datetime(2026, 11, 27, 12, 1, tzinfo=UTC), tick=False):
        nos_dois(endereco, 410, "valeram por 7 dias")


def test_mudado_por_alguem_nao_abre(ana: Usuario, carla: Usuario, aurora: Cliente) -> None:
    bom = url(ana, aurora)
    carga, resto = bom.removeprefix("/um-clique/").split(".", 1)
    outra = url(carla, aurora).removeprefix("/um-clique/").split(".", 1)[0]
    for ruim in (f"/um-clique/{outra}.{resto}", bom[:-4] + "/", "/um-clique/x/", f"/um-clique/{carga}/"):
        nos_dois(ruim, 404, "incompleto ou foi mudado")


def test_previa_e_teste_nao_registram(ana: Usuario, aurora: Cliente, novo_cliente: Any) -> None:
    nunca_citado = novo_cliente("A2", vendedor=ana)
    nos_dois(url(ana, nunca_citado), 404, "de uma prévia ou de um teste")
    nos_dois(url(ana, aurora, vaga=VAGA - timedelta(days=1)), 404, "de uma prévia ou de um teste")


@pytest.mark.parametrize("mudanca", [{"is_active": False}, {"papel": "leitura"}])
def test_quem_perdeu_o_acesso_nao_registra(mudanca: dict[str, Any], ana: Usuario, aurora: Cliente) -> None:
    Usuario.objects.filter(pk=ana.pk).update(**mudanca)
    nos_dois(url(ana, aurora), 403, "não registra mais contatos")


def test_quem_volta_nao_usa_os_enlaces_de_antes_de_sair(ana: Usuario, davi: Usuario, aurora: Cliente) -> None:
    """Desativar corta os enlaces na hora; voltar dentro dos sete dias não os devolve."""
    desativar(pessoa=ana, por=davi)
    nos_dois(url(ana, aurora), 403, "não registra mais contatos")
    with time_machine.travel(datetime(2026, 11, 22, 12, 0, tzinfo=UTC), tick=False):
        reativar(pessoa=ana, por=davi)
        nos_dois(url(ana, aurora), 410, "de antes de você voltar")
    with time_machine.travel(datetime(2026, 11, 23, 12, 0, tzinfo=UTC), tick=False):
        carta(ana, aurora, vaga=AMANHA)
        assert Client().get(url(ana, aurora, vaga=AMANHA)).status_code == 200
        nos_dois(url(ana, aurora), 410, "de antes de você voltar")


def test_cliente_de_outra_carteira(ana: Usuario, carla: Usuario, aurora: Cliente) -> None:
    Cliente.objects.filter(pk=aurora.pk).update(vendedor=carla)
    nos_dois(url(ana, aurora), 410, "não está mais na sua carteira")


def test_quem_cobria_ferias_so_registra_durante_elas(ana: Usuario, carla: Usuario, novo_cliente: Any) -> None:
    da_carla = novo_cliente("C1", vendedor=carla)
    carta(ana, da_carla)
    ferias = Cobertura.objects.create(ausente=carla, substituto=ana, periodo=DateRange(VAGA, AMANHA))
    assert Client().get(url(ana, da_carla)).status_code == 200
    ferias.delete()
    nos_dois(url(ana, da_carla), 410, "não está mais na sua carteira")


@pytest.mark.parametrize(
    ("mudanca", "frase"),
    [
        ({"encerrado_em": VAGA}, "encerrado em 20/11/2026"),
        ({"fora_do_perfil": True}, "fora do perfil"),
        ({"nao_contatar": ["ligacao", "whatsapp", "visita", "email"]}, "não ser contatado"),
    ],
)
def test_cliente_que_saiu_das_listas(
    mudanca: dict[str, Any], frase: str, ana: Usuario, aurora: Cliente
) -> None:
    Cliente.objects.filter(pk=aurora.pk).update(**mudanca)
    nos_dois(url(ana, aurora), 410, frase)


def test_o_que_se_escreveu_so_se_le_de_dentro(ana: Usuario, aurora: Cliente, entrar: Any) -> None:
    """O e-mail encaminhado a um terceiro diz que se adiou, e não por quê."""
    adiar = url(ana, aurora, Gesto.ADIAR)
    Client().post(adiar, {"ate": "2026-11-27", "motivo": "Sócio internado"})
    assert EnlaceUsado.objects.get().vale
    de_fora, de_dentro = (c.get(adiar).content.decode() for c in (Client(), entrar(ana)))
    assert "Adiado até 27/11/2026" in de_fora
    assert "Sócio internado" not in de_fora
    assert "Sócio internado" in de_dentro


def test_quem_confere_as_mensagens_nao_leva_os_enlaces_de_ninguem(
    ana: Usuario, davi: Usuario, aurora: Cliente, entrar: Any
) -> None:
    """De fora da sessão o administrador seria a Ana: o endereço não se lhe mostra, nem no corpo nem no texto."""
    enlace = f"http://127.0.0.1:8000{url(ana, aurora)}"
    token = url(ana, aurora).split("/")[2]
    Mensagem.objects.update(
        texto=f"Ligar: {enlace}\n", html=f'<a href="{enlace}">Falei</a>', estado="enviada"
    )
    mensagem = Mensagem.objects.get()
    conferidas = [
        entrar(davi).get(f"/mensagens/{mensagem.pk}/{pagina}").content.decode() for pagina in ("", "corpo/")
    ]
    assert all(token not in pagina for pagina in conferidas)
    assert "Falei" in conferidas[1]
    assert "/um-clique/…/" in conferidas[0]
    assert token in entrar(ana).get(f"/mensagens/minhas/{mensagem.pk}/").content.decode()


def test_o_email_de_um_nao_serve_a_quem_entrou_como_outro(
    ana: Usuario, davi: Usuario, aurora: Cliente, entrar: Any
) -> None:
    """O administrador lê a mensagem no registro: não registra em nome dela."""
    recusado(entrar(davi).get(url(ana, aurora)), 403, "de outra pessoa")
    recusado(entrar(davi).post(url(ana, aurora), falei()), 403, "de outra pessoa")
    assert nada_gravado()
    assert entrar(ana).post(url(ana, aurora), falei()).status_code == 302
