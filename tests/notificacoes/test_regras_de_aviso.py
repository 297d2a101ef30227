"""As regras de aviso na noite: quem é avisado, uma vez só, por que canal e a que horas."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test.utils import CaptureQueriesContext

from clientes.models import Cliente, Titulo
from contas.escopo import carteiras_de_vendedores, empresas_inteiras, equipes_de_gestores
from contas.models import Cobertura, Empresa, Equipe, Papel, Usuario, Vinculo
from notificacoes.models import (
    Aviso,
    ItemDeMensagem,
    Mensagem,
    PreferenciaDeAviso,
    RegraDeAviso,
)
from notificacoes.regras.destinos import Pessoas, hora_de_sair
from notificacoes.regras.gestao import historia, pausar, retomar
from notificacoes.regras.partida import garantir
from tests.conftest import criar_pessoa, por_na_equipe
from tests.notificacoes.regras_de_teste import DIA, VAGA, atras, calcular, citados, regra, rodar, so_as_regras

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


# ── Quem e o quê ─────────────────────────────────────────────────────────────


def test_sem_comprar_ha_mais_de_n_dias_no_limite_e_por_valor(
    empresa: Empresa, ana: Usuario, carla: Usuario, davi: Usuario, comprou: Any
) -> None:
    so_as_regras(empresa)
    comprou("A1", ana, 30)
    comprou("A2", ana, 31, "100.00", razao_social="Padaria Estrela", cidade="Timbó", uf="SC")
    comprou("A3", ana, 50, "900.00", documento="12345605380", documento_valido=True)
    comprou("C1", carla, 90)
    calcular(empresa)
    regra(
        empresa, davi, "sem_comprar", dias=30, assunto="{total} há mais de {dias} dias", texto="Oi, {pessoa}."
    )
    assert rodar(empresa)["avisos"] == 2
    assert citados(ana) == ["A3", "A2"]
    assert citados(carla) == ["C1"]
    dela = Mensagem.objects.get(pessoa=ana)
    assert (dela.assunto, dela.tipo) == ("2 há mais de 30 dias", "avisos")
    assert "Padaria Estrela (Timbó/SC): R$ 100/ano" in dela.texto
    assert "Sem comprar há 31 dias, desde 20/10/2026." in dela.texto
    assert "Oi, Ana." in dela.texto
    assert "***.456.05*-**" in dela.texto
    assert "12345605380" not in dela.texto + dela.html
    assert "Cliente C1" not in dela.texto + dela.html


def test_repetir_a_noite_nao_muda_nada_e_a_seguinte_so_diz_o_que_mudou(
    empresa: Empresa, ana: Usuario, davi: Usuario, comprou: Any
) -> None:
    so_as_regras(empresa)
    comprou("A1", ana, 40)
    calcular(empresa)
    r = regra(empresa, davi, "sem_comprar", dias=30)
    assert rodar(empresa)["avisos"] == 1
    antes = list(ItemDeMensagem.objects.values())
    assert rodar(empresa) == {"resumos": 0, "volumes": 0, "avisos": 0, "central": 0}
    assert list(ItemDeMensagem.objects.values()) == antes
    comprou("A2", ana, 45)
    calcular(empresa, VAGA + DIA)
    assert rodar(empresa, VAGA + DIA)["avisos"] == 1
    assert citados(ana) == ["A1", "A2"]
    assert rodar(empresa, VAGA + 2 * DIA)["avisos"] == 0
    RegraDeAviso.objects.filter(pk=r.pk).update(so_o_que_mudou=False)
    assert rodar(empresa, VAGA + 3 * DIA)["avisos"] == 1
    assert rodar(empresa, VAGA + 4 * DIA)["avisos"] == 1
    assert citados(ana) == ["A1", "A2"] + ["A1", "A2"] * 2


def test_uma_mensagem_so_com_as_regras_como_secoes(
    empresa: Empresa, ana: Usuario, davi: Usuario, comprou: Any
) -> None:
    comprou("A1", ana, 130, razao_social="Casa Azul")  # quase inativo: é do resumo
    comprou("A2", ana, 45, razao_social="Casa Verde")
    calcular(empresa)
    regra(empresa, davi, "sem_comprar", dias=40, assunto="Parados há {dias} dias")
    assert rodar(empresa) == {"resumos": 1, "volumes": 0, "avisos": 0, "central": 0}
    dela = Mensagem.objects.get()
    assert (dela.tipo, dela.pessoa) == ("resumo_diario", ana)
    assert "PARADOS HÁ 40 DIAS (2)" in dela.texto
    assert "Casa Verde" in dela.html
    ditas = ItemDeMensagem.objects.order_by("ordem").values_list("regra", "cliente__codigo")
    chave = RegraDeAviso.objects.get(sobre="sem_comprar").chave
    assert list(ditas) == [("resumo_diario", "A1"), (chave, "A1"), (chave, "A2")]


def test_passa_do_teto_diz_quantos_mais_e_o_resto_vem_depois(
    empresa: Empresa, ana: Usuario, davi: Usuario, comprou: Any
) -> None:
    so_as_regras(empresa)
    for n in range(5):
        comprou(f"A{n}", ana, 60, f"{1000 - n}.00")
    calcular(empresa)
    regra(empresa, davi, "sem_comprar", dias=30, teto=3)
    rodar(empresa)
    assert citados(ana) == ["A0", "A1", "A2"]
    assert "e mais 2" in Mensagem.objects.get().texto
    rodar(empresa, VAGA + DIA)
    assert citados(ana) == ["A0", "A1", "A2", "A3", "A4"]
    assert rodar(empresa, VAGA + 2 * DIA)["avisos"] == 0


@pytest.mark.parametrize(
    "campos",
    [
        {"nao_contatar": ["ligacao", "whatsapp", "visita", "email"]},
        {"encerrado_em": VAGA},
        {"fora_do_perfil": True},
        {"adiado_ate": VAGA + DIA},
        {"bloqueado": True},
    ],
)
def test_quem_nao_se_contata_nao_aparece_em_regra_nenhuma(
    campos: dict[str, Any], empresa: Empresa, ana: Usuario, davi: Usuario, comprou: Any
) -> None:
    so_as_regras(empresa)
    cliente = comprou("A1", ana, 60, **campos)
    Titulo.objects.create(
        empresa=empresa,
        numero="T1",
        cliente=cliente,
        emissao=atras(60),
        vencimento=atras(9),
        valor=9,
        saldo=9,
    )
    calcular(empresa)
    regra(empresa, davi, "sem_comprar", dias=30)
    r = regra(empresa, davi, "inadimplente")
    rodar(empresa)
    ditos = list(ItemDeMensagem.objects.values_list("regra", flat=True))
    assert ditos == ([r.chave] if campos.get("bloqueado") else []), (
        "bloqueado é assunto das regras de crédito"
    )
    if campos.get("bloqueado"):
        RegraDeAviso.objects.filter(sobre="sem_comprar").update(incluir_bloqueados=True)
        rodar(empresa, VAGA + DIA)
        assert ItemDeMensagem.objects.count() == 2


def test_cada_um_so_dos_seus_e_a_conta_e_a_mesma_da_tela(
    empresa: Empresa,
    ana: Usuario,
    bruno: Usuario,
    carla: Usuario,
    davi: Usuario,
    lia: Usuario,
    norte: Equipe,
    comprou: Any,
) -> None:
    """Vendedor, gestor, administrador e leitura, férias e outra empresa: o que se decide é o que se vê."""
    so_as_regras(empresa)
    outra = Empresa.objects.create(codigo="2", nome="Outra")
    Vinculo.objects.create(usuario=ana, empresa=outra)
    comprou("A1", ana, 60)
    comprou("C1", carla, 60)
    comprou("X1", ana, 60, empresa=outra)
    comprou("N1", None, 60, equipe=norte)
    comprou("S1", None, 60)
    Cobertura.objects.create(ausente=carla, substituto=ana, periodo=DateRange(VAGA, VAGA + DIA))
    calcular(empresa)
    todos = [ana, bruno, carla, davi, lia]
    regra(empresa, davi, "sem_comprar", para="escolhidos", pessoas=todos, dias=30, teto=50)
    rodar(empresa)
    for pessoa in todos:
        vistos = Cliente.objects.filter(empresa=empresa).visiveis_para(pessoa, em=VAGA)
        assert sorted(citados(pessoa)) == sorted(vistos.values_list("codigo", flat=True)), pessoa
    assert citados(bruno) == ["A1"]
    assert sorted(citados(ana)) == ["A1", "C1"]
    assert len(citados(davi)) == 4
    assert {quem for quem, _ in empresas_inteiras()} == {davi.pk, lia.pk}


def test_as_equipes_escolhidas_sao_os_seus_vendedores_e_quem_as_gere(
    empresa: Empresa, ana: Usuario, bruno: Usuario, carla: Usuario, davi: Usuario, sul: Equipe, comprou: Any
) -> None:
    so_as_regras(empresa)
    comprou("A1", ana, 60)
    comprou("C1", carla, 60)
    calcular(empresa)
    regra(empresa, davi, "sem_comprar", para="escolhidos", equipes=[sul], dias=30)
    assert rodar(empresa)["avisos"] == 2
    assert (citados(ana), citados(bruno), citados(carla)) == (["A1"], ["A1"], [])


# ── Por onde e quando ────────────────────────────────────────────────────────


def test_na_central_e_por_e_mail_a_decisao_e_uma_e_cita_os_dois(
    empresa: Empresa, ana: Usuario, davi: Usuario, comprou: Any
) -> None:
    so_as_regras(empresa)
    comprou("A1", ana, 60, razao_social="Casa Azul")
    calcular(empresa)
    regra(empresa, davi, "sem_comprar", dias=30, na_central=True, assunto="Parados")
    assert rodar(empresa) == {"resumos": 0, "volumes": 0, "avisos": 1, "central": 1}
    item = ItemDeMensagem.objects.get()
    assert (item.mensagem, item.aviso) == (Mensagem.objects.get(), Aviso.objects.get())
    assert item.aviso.titulo == "Parados"
    assert "Casa Azul" not in item.aviso.texto, "o nome só se lê nas decisões, pelo escopo de quem lê"
    assert rodar(empresa) == {"resumos": 0, "volumes": 0, "avisos": 0, "central": 0}


def test_o_resumo_tambem_na_central(empresa: Empresa, ana: Usuario, comprou: Any) -> None:
    garantir([empresa])
    RegraDeAviso.objects.filter(sobre="em_risco").update(na_central=True, por_email=False)
    comprou("A1", ana, 130)
    calcular(empresa)
    assert rodar(empresa) == {"resumos": 0, "volumes": 0, "avisos": 0, "central": 1}
    aviso = Aviso.objects.get()
    assert (aviso.titulo, aviso.texto) == ("1 cliente para ligar hoje: R$ 1 mil/ano", "Quase inativos: 1")
    item = ItemDeMensagem.objects.get()
    assert (item.regra, item.mensagem, item.aviso) == ("resumo_diario", None, Aviso.objects.get())


def test_preferencias_so_para_menos_e_so_onde_a_regra_deixa(
    empresa: Empresa, ana: Usuario, davi: Usuario, comprou: Any
) -> None:
    so_as_regras(empresa)
    comprou("A1", ana, 60)
    calcular(empresa)
    r = regra(empresa, davi, "sem_comprar", dias=30, na_central=True, so_o_que_mudou=False)
    preferencia = PreferenciaDeAviso.objects.create(regra=r, pessoa=ana, por_email=False)
    assert rodar(empresa) == {"resumos": 0, "volumes": 0, "avisos": 0, "central": 1}
    PreferenciaDeAviso.objects.filter(pk=preferencia.pk).update(por_email=True, dia_da_semana=0)
    feitas = [rodar(empresa, VAGA + n * DIA)["avisos"] for n in (1, 2, 3, 4)]
    assert feitas == [0, 0, 1, 0], "só na segunda-feira"
    RegraDeAviso.objects.filter(pk=r.pk).update(pessoa_escolhe=False)
    assert rodar(empresa, VAGA + 5 * DIA)["avisos"] == 1


def test_hora_da_regra_da_pessoa_e_silencio(
    empresa: Empresa, ana: Usuario, carla: Usuario, davi: Usuario, comprou: Any
) -> None:
    so_as_regras(empresa)
    comprou("A1", ana, 60)
    comprou("C1", carla, 60)
    calcular(empresa)
    regra(empresa, davi, "sem_comprar", dias=30, hora=time(10, 30))
    Usuario.objects.filter(pk=carla.pk).update(hora_dos_avisos=time(21, 0))
    Empresa.objects.update(silencio_de=time(20, 0), silencio_ate=time(7, 0))
    empresa.refresh_from_db()
    rodar(empresa)
    horas = {m.pessoa.nome: m.proxima_tentativa_em for m in Mensagem.objects.select_related("pessoa")}
    assert horas["Ana Souza"] == datetime(2026, 11, 20, 13, 30, tzinfo=UTC)
    assert horas["Carla Dias"] == datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def test_o_fim_do_silencio_de_uma_empresa_nao_cai_no_da_outra(
    empresa: Empresa, ana: Usuario, davi: Usuario
) -> None:
    """Às 6h a matriz cala até as 7h, e a filial das 7h às 9h: sai às 9h, qualquer que seja a primeira."""
    filial = Empresa.objects.create(
        codigo="2", nome="Filial", silencio_de=time(7, 0), silencio_ate=time(9, 0)
    )
    Empresa.objects.filter(pk=empresa.pk).update(silencio_de=time(20, 0), silencio_ate=time(7, 0))
    empresa.refresh_from_db()
    regras = [regra(filial, davi, "sem_comprar"), regra(empresa, davi, "sem_comprar")]
    with time_machine.travel(datetime(2026, 11, 20, 9, 0, tzinfo=UTC), tick=False):
        for ordem in (regras, regras[::-1]):
            assert hora_de_sair(VAGA, ana, ordem) == datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_o_rodape_diz_a_cadencia_de_quem_le(empresa: Empresa, ana: Usuario, comprou: Any) -> None:
    garantir([empresa])
    comprou("A1", ana, 130)
    calcular(empresa)
    partida = RegraDeAviso.objects.get(sobre="em_risco")

    def rodape() -> str:
        Mensagem.objects.all().delete()
        rodar(empresa)
        mensagem = Mensagem.objects.get()
        [linha] = [trecho for trecho in mensagem.texto.splitlines() if "Você recebe este resumo" in trecho]
        frase = linha.partition("Você recebe este resumo ")[2]
        assert f"Você recebe este resumo {frase}" in mensagem.html
        return frase

    assert rodape() == "depois da rotina de cada noite."
    PreferenciaDeAviso.objects.create(regra=partida, pessoa=ana, dia_da_semana=4)
    assert rodape() == "às sextas-feiras."
    RegraDeAviso.objects.filter(pk=partida.pk).update(periodicidade="mensal", dia_do_mes=20)
    assert rodape() == "uma vez por mês."


def test_pausa_ate_o_ultimo_dia_inclusive(
    empresa: Empresa, ana: Usuario, davi: Usuario, comprou: Any
) -> None:
    so_as_regras(empresa)
    comprou("A1", ana, 60)
    calcular(empresa)
    r = regra(empresa, davi, "sem_comprar", dias=30)
    pausar(regra=r, por=davi, hoje=VAGA, ate=VAGA + DIA)
    assert [rodar(empresa, VAGA + n * DIA)["avisos"] for n in (0, 1, 2)] == [0, 0, 1]
    pausar(regra=r, por=davi, hoje=VAGA)
    assert rodar(empresa, VAGA + 30 * DIA)["avisos"] == 0
    retomar(regra=r, por=davi)
    with pytest.raises(ValidationError, match="hoje ou depois"):
        pausar(regra=r, por=davi, hoje=VAGA, ate=VAGA - DIA)
    assert [registro.depois for registro in historia(r)][:2] == [
        {"pausada": False},
        {"pausada até": None},
    ]


def test_a_pausa_das_de_partida_cala_o_resumo(empresa: Empresa, ana: Usuario, comprou: Any) -> None:
    comprou("A1", ana, 130)
    calcular(empresa)
    so_as_regras(empresa)
    assert rodar(empresa)["resumos"] == 0
    RegraDeAviso.objects.update(pausada=False)
    assert rodar(empresa)["resumos"] == 1


# ── Custo ────────────────────────────────────────────────────────────────────


def test_o_numero_de_consultas_nao_cresce_com_pessoas_nem_clientes(
    empresa: Empresa, sul: Equipe, davi: Usuario, comprou: Any
) -> None:
    so_as_regras(empresa)
    for sobre in ("sem_comprar", "sem_contato", "inadimplente"):
        regra(empresa, davi, sobre, so_o_que_mudou=False, na_central=True, dias=30)

    def contar(de: int, ate: int, vaga: date) -> int:
        for n in range(de, ate):
            pessoa = criar_pessoa(f"Vendedor{n} Silva", empresa)
            por_na_equipe(pessoa, sul)
            comprou(f"V{n}a", pessoa, 60, cadastrado_em=atras(300))
            comprou(f"V{n}b", pessoa, 60, cadastrado_em=atras(300))
        calcular(empresa, vaga)
        with CaptureQueriesContext(connection) as consultas:
            assert rodar(empresa, vaga)["avisos"] == ate
        return len(consultas)

    assert contar(0, 4, VAGA) == contar(4, 30, VAGA + DIA)


def test_o_alcance_das_regras_e_o_de_contas(
    empresa: Empresa, ana: Usuario, bruno: Usuario, davi: Usuario
) -> None:
    alcances = Pessoas(VAGA, []).alcances[empresa.pk]
    esperado = {(quem, dono, None) for quem, dono, _ in carteiras_de_vendedores(VAGA)}
    esperado |= {(quem, None, equipe) for quem, equipe, _ in equipes_de_gestores()}
    esperado |= {(quem, None, None) for quem, _ in empresas_inteiras()}
    assert set(alcances) == esperado
    Usuario.objects.update(is_active=False)
    assert Pessoas(VAGA, []).alcances == {}
    assert davi.papel == Papel.ADMIN
