"""Relatórios agendados: quando vencem, o que cada pessoa recebe, e o que nunca acontece duas vezes."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfReader

from carteira import arquivos as fila
from carteira.relatorios_agendados import MUDOU, VAZIO, andar
from clientes.carteiras import mudar_de_equipe
from clientes.models import Cliente, RestricaoDeCredito
from contas.models import Usuario
from notificacoes.antes_de_sair import por_que_nao_sai
from notificacoes.caixa import montar
from notificacoes.envio import enviar_pendentes
from notificacoes.models import Mensagem
from relatorios import agendamentos
from relatorios.folha import SEM_ALCANCE
from relatorios.models import AgendamentoDeRelatorio, ArquivoGerado, EnvioDeRelatorio
from tests.conftest import SAO_PAULO
from tests.credito import decidir

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("calculada")]
SEXTA = datetime(2026, 11, 20, 9, 0, tzinfo=SAO_PAULO)
SEGUNDA = datetime(2026, 11, 23, 7, 30, tzinfo=SAO_PAULO)


@pytest.fixture(autouse=True)
def _sem_campainha(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fila, "_tocar", lambda pk: None)


def agendar(por: Usuario, *pessoas: Usuario, **campos: Any) -> AgendamentoDeRelatorio:
    novo = AgendamentoDeRelatorio(
        por=por,
        **{
            "relatorio": "vendedor-por-situacao",
            "frequencia": "semanal",
            "dia": 0,
            "hora": 7,
            "formato": "xlsx",
            "consulta": {"ordem": ["-clientes"]},
        }
        | campos,
    )
    return agendamentos.guardar(novo, pessoas=pessoas, por=por, agora=SEXTA)


def rodar(agora: datetime) -> None:
    """A varredura e o trabalhador, até nada mais andar."""
    while andar(agora=agora):
        for arquivo in ArquivoGerado.objects.filter(estado="pendente"):
            fila.executar(arquivo.pk, agora=agora)


def estados(agendamento: AgendamentoDeRelatorio) -> list[tuple[str, str, str]]:
    return [(e.pessoa.nome, e.estado, e.motivo) for e in agendamento.envios.order_by("data", "pessoa__nome")]


@pytest.mark.parametrize(
    ("frequencia", "dia", "agora", "vaga"),
    [
        ("diaria", None, datetime(2026, 11, 20, 7, 0), date(2026, 11, 20)),
        ("diaria", None, datetime(2026, 11, 20, 6, 59), date(2026, 11, 19)),
        ("semanal", 0, datetime(2026, 11, 20, 9, 0), date(2026, 11, 16)),
        ("semanal", 4, datetime(2026, 11, 20, 7, 0), date(2026, 11, 20)),
        ("semanal", 4, datetime(2026, 11, 20, 6, 0), date(2026, 11, 13)),
        ("mensal", 31, datetime(2026, 11, 30, 8, 0), date(2026, 11, 30)),
        ("mensal", 31, datetime(2026, 11, 29, 8, 0), date(2026, 10, 31)),
        ("mensal", 31, datetime(2027, 3, 15, 8, 0), date(2027, 2, 28)),
        ("mensal", 15, datetime(2027, 1, 10, 8, 0), date(2026, 12, 15)),
    ],
)
def test_a_ultima_vaga(frequencia: str, dia: int | None, agora: datetime, vaga: date) -> None:
    agendamento = AgendamentoDeRelatorio(frequencia=frequencia, dia=dia, hora=7)
    assert agendamentos.ultima_vaga(agendamento, agora.replace(tzinfo=SAO_PAULO)) == vaga


def test_cada_pessoa_recebe_as_suas_linhas_e_nada_sai_duas_vezes(
    bruno: Usuario, davi: Usuario, ana: Usuario, carla: Usuario, em_risco: Any
) -> None:
    em_risco("A1", ana)
    em_risco("C1", carla)
    agendamento = agendar(davi, davi, bruno, formato="pdf")
    rodar(SEXTA)
    assert estados(agendamento) == []  # o que já passou não sai atrasado
    rodar(SEGUNDA)
    rodar(SEGUNDA + timedelta(minutes=1))
    assert estados(agendamento) == [(bruno.nome, "entregue", ""), (davi.nome, "entregue", "")]
    mensagens = {m.pessoa: m for m in Mensagem.objects.filter(tipo="relatorio")}
    assert len(mensagens) == Mensagem.objects.count() == 2
    de_bruno = mensagens[bruno]
    assert de_bruno.chave == f"relatorio:{agendamento.pk}:{bruno.pk}:2026-11-23"
    assert de_bruno.assunto == "Clientes por vendedor e situação, 20/11/2026"
    assert f"toda segunda-feira, às 7h porque {davi.nome}" in de_bruno.texto
    textos = {
        p: " ".join(pagina.extract_text() for pagina in PdfReader(m.anexo).pages)
        for p, m in mensagens.items()
    }
    assert carla.nome in textos[davi]
    assert ana.nome in textos[bruno]
    assert carla.nome not in textos[bruno]
    anexos = [parte.get_filename() for parte in montar(de_bruno, "a@b.com").message().walk()]
    assert "vendedor-por-situacao-2026-11-20.pdf" in anexos
    rodar(SEGUNDA + timedelta(days=7))
    assert agendamento.envios.count() == 4


def test_quem_perdeu_o_acesso_nao_recebe_e_o_motivo_se_ve(
    bruno: Usuario, davi: Usuario, ana: Usuario, em_risco: Any
) -> None:
    em_risco("A1", ana)
    agendamento = agendar(davi, davi, bruno, ana)
    Usuario.objects.filter(pk=bruno.pk).update(is_active=False)
    rodar(SEGUNDA)
    assert estados(agendamento) == [
        (ana.nome, "recusado", "Não pode mais ver ou exportar este relatório."),
        (bruno.nome, "recusado", "Não tem mais acesso ao Carteira."),
        (davi.nome, "entregue", ""),
    ]
    mensagem = Mensagem.objects.get()
    assert mensagem.pessoa == davi
    assert por_que_nao_sai(mensagem) == ""
    Path(mensagem.anexo).unlink()
    assert por_que_nao_sai(mensagem) == "O arquivo expirou antes de a mensagem sair."


@pytest.mark.parametrize(
    ("mudar", "motivo"),
    [
        ("apagar", "O agendamento foi apagado antes de a mensagem sair."),
        ("pausar", "Pausado antes de sair."),
        ("quem agendou", "Quem o agendou não pode mais ver ou exportar este relatório."),
        ("quem recebe", "Não pode mais ver ou exportar este relatório."),
        ("o papel de quem recebe", "Não pode mais ver ou exportar este relatório."),
    ],
)
def test_o_que_mudou_na_fila_ou_na_caixa_de_saida_nao_sai(
    mudar: str, motivo: str, bruno: Usuario, davi: Usuario, ana: Usuario, em_risco: Any, entrar: Any
) -> None:
    """Entre decidir e entregar, e entre entregar e o correio, podem passar horas."""
    em_risco("A1", ana)
    quando = {"relatorio": "restricoes-abertas" if "quem recebe" in mudar else "vendedor-por-situacao"}
    agendamento = agendar(davi, bruno, **quando)
    if "quem recebe" in mudar:
        cliente = Cliente.objects.get(codigo="A1")
        RestricaoDeCredito.objects.create(
            empresa=cliente.empresa, cliente=cliente, fonte="SPC", tipo="protesto", em=date(2026, 10, 1)
        )
    rodar(SEGUNDA)
    mensagem = Mensagem.objects.get()
    assert por_que_nao_sai(mensagem) == ""
    pronto = f"/relatorios/arquivos/{ArquivoGerado.objects.get().pk}/"
    ArquivoGerado.objects.update(expira_em=timezone.now() + timedelta(days=1))
    assert entrar(bruno).get(pronto).status_code == 200
    andar(agora=SEGUNDA + timedelta(days=7))  # na fila, ainda sem arquivo pronto
    fica = agendamento.pk
    if mudar == "apagar":
        agendamentos.apagar(agendamento, por=davi)
    elif mudar == "pausar":
        agendamentos.pausar(agendamento, por=davi, agora=SEGUNDA)
    elif mudar == "o papel de quem recebe":
        decidir(set(), davi)
    else:
        perde = davi if mudar == "quem agendou" else bruno
        Usuario.objects.filter(pk=perde.pk).update(
            papel="leitura" if perde == bruno else "vendedor", tipo="externo"
        )
    mensagem = Mensagem.objects.get()
    assert por_que_nao_sai(mensagem) == motivo
    assert entrar(bruno).get(pronto).status_code == (403 if "quem recebe" in mudar else 200)
    for arquivo in ArquivoGerado.objects.filter(estado="pendente"):
        fila.executar(arquivo.pk, agora=SEGUNDA + timedelta(days=7))
    rodar(SEGUNDA + timedelta(days=7))
    assert Mensagem.objects.count() == 1
    ultimo = EnvioDeRelatorio.objects.filter(agendamento=fica).order_by("data").last()
    assert (ultimo is None) if mudar == "apagar" else ((ultimo.estado, ultimo.motivo) == ("recusado", motivo))


@pytest.mark.parametrize("quando", ["na fila", "na caixa de saída", "teste na caixa de saída"])
def test_quem_perde_clientes_nao_recebe_o_arquivo_que_os_cita(
    quando: str, bruno: Usuario, carla: Usuario, davi: Usuario, ana: Usuario, em_risco: Any
) -> None:
    em_risco("A1", ana)
    agendamento = agendar(davi, bruno)
    if quando == "teste na caixa de saída":
        agendamentos.testar(agendamento, por=bruno, agora=SEXTA)
        rodar(SEXTA)
    elif quando == "na fila":
        andar(agora=SEGUNDA)
        fila.executar(ArquivoGerado.objects.get().pk, agora=SEGUNDA)
    else:
        rodar(SEGUNDA)
    mensagens = Mensagem.objects.filter(tipo="relatorio")
    assert [por_que_nao_sai(m) for m in mensagens] == [""] * (quando != "na fila")
    Cliente.objects.filter(codigo="A1").update(vendedor=carla, equipe=None)
    if quando == "na fila":
        andar(agora=SEGUNDA)
        assert estados(agendamento) == [(bruno.nome, "recusado", MUDOU)]
        assert not mensagens.exists()
    else:
        entrega = enviar_pendentes(agora=SEGUNDA + timedelta(hours=1))
        assert (entrega.enviadas, entrega.canceladas) == (0, 1)
        assert (mensagens.get().estado, mensagens.get().erro) == ("cancelada", MUDOU)


def test_um_tropeco_do_banco_deixa_para_o_minuto_que_vem(
    davi: Usuario, ana: Usuario, em_risco: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    em_risco("A1", ana)
    agendamento = agendar(davi, davi)
    with monkeypatch.context() as troca:

        def cai(*args: Any, **kwargs: Any) -> None:
            raise OperationalError("deadlock detected")

        troca.setattr("carteira.relatorios_agendados.pedir_do_catalogo", cai)
        assert andar(agora=SEGUNDA) == 0
    rodar(SEGUNDA + timedelta(minutes=1))
    assert estados(agendamento) == [(davi.nome, "entregue", "")]


def test_sem_linhas_nao_sai_pausa_e_teste(davi: Usuario, ana: Usuario, em_risco: Any) -> None:
    agendamento = agendar(davi, davi)
    rodar(SEGUNDA)
    assert estados(agendamento) == [(davi.nome, "recusado", VAZIO)]
    em_risco("A1", ana)
    agendamentos.pausar(agendamento, por=davi, agora=SEGUNDA)
    rodar(SEGUNDA + timedelta(days=7))
    assert agendamento.envios.count() == 1
    agendamentos.retomar(agendamento, por=davi, agora=SEGUNDA + timedelta(days=8))
    rodar(SEGUNDA + timedelta(days=8))
    assert agendamento.envios.count() == 1  # a pausa não sai depois
    for _ in range(2):
        agendamentos.testar(agendamento, por=davi, agora=SEGUNDA + timedelta(days=9))
        rodar(SEGUNDA + timedelta(days=9))
    assert [e.estado for e in agendamento.envios.filter(teste=True)] == ["entregue"] * 2
    assert Mensagem.objects.count() == 2


def test_arquivo_grande_vai_so_como_enlace(
    davi: Usuario, ana: Usuario, em_risco: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    em_risco("A1", ana)
    monkeypatch.setattr("carteira.relatorios_agendados.MAIOR_ANEXO", 10)
    agendar(davi, davi)
    rodar(SEGUNDA)
    mensagem = Mensagem.objects.get()
    assert mensagem.anexo == ""
    assert "em anexo" not in mensagem.texto
    assert f"/relatorios/arquivos/{ArquivoGerado.objects.get().pk}/" in mensagem.texto


def test_a_lista_custa_o_mesmo_com_um_e_com_seis(davi: Usuario, bruno: Usuario, entrar: Any) -> None:
    navegador = entrar(davi)

    def quantas() -> int:
        with CaptureQueriesContext(connection) as consultas:
            assert "toda segunda-feira" in navegador.get("/relatorios/agendamentos/").content.decode().lower()
        return len(consultas)

    agendar(davi, davi)
    quantas()
    poucas = quantas()
    for _ in range(5):
        agendar(davi, davi, bruno)
    assert quantas() == poucas <= 12


def test_o_formulario_agenda_muda_pausa_e_apaga_so_o_que_e_seu(
    davi: Usuario, bruno: Usuario, carla: Usuario, entrar: Any
) -> None:
    navegador, pagina = entrar(davi), "/relatorios/vendedor-por-situacao/agendar/?uf=SC&ordem=-clientes"
    dados = {"frequencia": "mensal", "dia_da_semana": "0", "dia_do_mes": "31", "hora": "6", "formato": "xlsx"}
    assert "Escolha pelo menos uma pessoa." in navegador.post(pagina, dados).content.decode()
    navegador.post(pagina, dados | {"pessoas": [bruno.pk]})
    meu = AgendamentoDeRelatorio.objects.get()
    assert (meu.quando, meu.consulta) == (
        "no último dia de cada mês, às 6h",
        {"uf": ["SC"], "ordem": ["-clientes"]},
    )
    endereco = f"/relatorios/agendamentos/{meu.pk}/"
    navegador.post(endereco, dados | {"frequencia": "diaria", "pessoas": [bruno.pk, davi.pk]})
    meu.refresh_from_db()
    assert (meu.quando, meu.dia, meu.pessoas.count()) == ("todo dia, às 6h", None, 2)
    assert entrar(carla).get(endereco).status_code == 404
    assert entrar(carla).post(f"{endereco}apagar/").status_code == 404
    navegador = entrar(davi)
    for gesto in ("pausar", "retomar", "testar"):
        assert navegador.post(f"{endereco}{gesto}/").status_code == 302
    assert meu.envios.get().teste
    navegador.post(f"{endereco}apagar/")
    assert not AgendamentoDeRelatorio.objects.exists()


def test_so_se_escolhe_quem_pode_ver_aquele_relatorio(
    davi: Usuario, bruno: Usuario, carla: Usuario, ana: Usuario, lia: Usuario, entrar: Any
) -> None:
    """Carla exporta e Lia lê tudo, mas a qualidade do cadastro é de quem o conserta; Ana, de fora, não exporta."""
    navegador = entrar(davi)

    def escolhas(chave: str) -> set[str]:
        form = navegador.get(f"/relatorios/{chave}/agendar/").context["form"]
        return {pessoa.nome for pessoa in form.fields["pessoas"].queryset}

    assert escolhas("vendedor-por-situacao") == {davi.nome, bruno.nome, carla.nome, lia.nome}
    assert escolhas("pendencias-de-cadastro") == {davi.nome, bruno.nome}
    dados = {"frequencia": "diaria", "dia_da_semana": "0", "dia_do_mes": "1", "hora": "6", "formato": "xlsx"}
    recusada = navegador.post("/relatorios/pendencias-de-cadastro/agendar/", dados | {"pessoas": [lia.pk]})
    assert recusada.context["form"].errors["pessoas"]
    assert not AgendamentoDeRelatorio.objects.exists()


def test_o_que_saiu_do_alcance_diz_por_que_nao_vai_e_o_agendamento_ainda_se_abre_e_apaga(
    davi: Usuario, bruno: Usuario, ana: Usuario, norte: Any, em_risco: Any, entrar: Any
) -> None:
    """O painel de Ana, que Bruno agendou para si e para Davi; Ana muda de equipe, e Bruno já não a vê."""
    em_risco("A1", ana)
    agendamento = agendar(
        bruno, bruno, davi, relatorio="painel", formato="pdf", consulta={"vendedor": [str(ana.pk)]}
    )
    mudar_de_equipe(pessoa=ana, equipe=norte, em=date(2026, 11, 20), por=davi)
    rodar(SEGUNDA)
    assert estados(agendamento) == [
        (bruno.nome, "recusado", SEM_ALCANCE),
        (davi.nome, "entregue", ""),
    ]
    navegador, endereco = entrar(bruno), f"/relatorios/agendamentos/{agendamento.pk}/"
    pagina = navegador.get(endereco)
    assert pagina.status_code == 200
    assert "Recorte: já não está ao seu alcance" in pagina.content.decode()
    assert ana.nome not in pagina.content.decode()
    assert navegador.get(f"/relatorios/painel/agendar/?vendedor={ana.pk}").status_code == 404
    navegador.post(f"{endereco}apagar/")
    assert not AgendamentoDeRelatorio.objects.exists()
