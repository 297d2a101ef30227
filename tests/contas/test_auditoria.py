"""A auditoria só cresce, diz de onde se fez e se acha pelas palavras."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from carteira.de_onde import do_pedido
from contas.auditoria import DeOnde, acoes_registradas, com_as_palavras, registrar, vindo_de
from contas.models import RegistroDeAuditoria, Usuario, Via
from tests.conftest import criar_pessoa

pytestmark = pytest.mark.django_db


def _tudo() -> list[tuple[Any, ...]]:
    return list(RegistroDeAuditoria.objects.order_by("pk").values_list())


@pytest.mark.parametrize(
    "comando",
    [
        "UPDATE contas_registrodeauditoria SET objeto = 'outro'",
        "UPDATE contas_registrodeauditoria SET por_id = NULL",
        "DELETE FROM contas_registrodeauditoria",
        "TRUNCATE contas_registrodeauditoria",
        # nem quem se diz a função que pode, num bloco anônimo
        "DO $$ BEGIN PERFORM 1; DELETE FROM contas_registrodeauditoria; END $$",
        "SELECT auditoria_esvaziar_demonstracao()",
    ],
)
def test_o_banco_recusa_mudar_e_apagar(comando: str, ana: Usuario) -> None:
    registrar("editar cliente", por=ana, objeto="cliente C1", antes={"uf": "SC"}, depois={"uf": "PR"})
    antes = _tudo()
    recusa = pytest.raises(Exception, match=r"só se acrescenta|dados são de verdade")
    with recusa, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(comando)
    with pytest.raises(IntegrityError), transaction.atomic():
        RegistroDeAuditoria.objects.all().delete()
    assert _tudo() == antes


def test_quem_sai_da_casa_nao_leva_a_sua_historia(empresa: Any) -> None:
    rui = criar_pessoa("Rui Alves", empresa)
    registrar("criar lista", por=rui, objeto="Sul")
    rui.vinculos.all().delete()
    rui.delete()
    registro = RegistroDeAuditoria.objects.get()
    assert (registro.quem, registro.por_id is not None) == ("Rui Alves", True)


def test_apagar_o_vencido_respeita_seis_meses_e_deixa_rastro(ana: Usuario) -> None:
    registrar("criar lista", por=ana, objeto="Sul")
    with connection.cursor() as cursor:
        with pytest.raises(Exception, match="seis meses"), transaction.atomic():
            cursor.execute("SELECT auditoria_apagar_vencida(%s, 10)", [timezone.now() - timedelta(days=30)])
        cursor.execute("SELECT auditoria_apagar_vencida(%s, 10)", [timezone.now() - timedelta(days=200)])
        assert cursor.fetchone() == (0,)
        # uma linha de um ano atrás só se escreve por baixo, como uma migração faria
        cursor.execute(
            "INSERT INTO contas_registrodeauditoria (em, acao, objeto) VALUES (now() - interval '1 year', 'x', 'y')"
        )
        cursor.execute("SELECT auditoria_apagar_vencida(%s, 10)", [timezone.now() - timedelta(days=200)])
        assert cursor.fetchone() == (1,)
    assert set(RegistroDeAuditoria.objects.values_list("acao", flat=True)) == {
        "criar lista",
        "auditoria.apagar",
    }


def test_diz_de_onde_se_fez(ana: Usuario, monkeypatch: Any) -> None:
    with vindo_de(lambda: DeOnde(Via.API, "203.0.113.9", "integração", "abc")):
        registrar("a", por=ana)
    monkeypatch.setattr("sys.argv", ["/srv/manage.py", "importar", "clientes"])
    registrar("b", por=None)
    monkeypatch.setattr("sys.argv", ["celery"])
    registrar("c", por=None)
    campos = ("acao", "quem", "via", "endereco", "meio", "pedido")
    assert list(RegistroDeAuditoria.objects.order_by("pk").values_list(*campos)) == [
        ("a", "Ana Souza", "api", "203.0.113.9", "integração", "abc"),
        ("b", "", "comando", None, "importar", ""),
        ("c", "", "sistema", None, "", ""),
    ]


def test_acha_pelo_comeco_das_palavras_da_acao_do_objeto_e_de_quem(ana: Usuario, davi: Usuario) -> None:
    registrar("transferir carteira", por=ana, objeto="cliente São João")
    registrar("importacao.gravar", por=davi, objeto="clientes: abril.csv")
    todos = RegistroDeAuditoria.objects.order_by("pk")

    def achados(texto: str) -> list[str]:
        return [r.acao for r in com_as_palavras(todos, texto)]

    assert achados("sao jo") == ["transferir carteira"]
    assert achados("ANA transf") == ["transferir carteira"]
    assert achados("gravar davi") == ["importacao.gravar"]
    assert achados("abril") == ["importacao.gravar"]
    assert achados("ana abril") == []
    assert achados("'; --") == ["transferir carteira", "importacao.gravar"]
    assert acoes_registradas() == ["importacao.gravar", "transferir carteira"]


def test_o_que_nao_e_endereco_nao_entra_nem_derruba(monkeypatch: Any, rf: Any) -> None:
    monkeypatch.setattr("carteira.origens.get_client_ip_address", lambda request: "não é um endereço")
    assert do_pedido(rf.get("/")).endereco is None
    monkeypatch.undo()
    assert do_pedido(rf.get("/", REMOTE_ADDR="10.0.0.7")).endereco == "10.0.0.7"


def test_duas_palavras_comuns_que_nunca_andam_juntas_vao_pelo_indice_das_palavras(db: None) -> None:
    """Pela hora, até achar uma página delas, o banco leria a auditoria inteira, palavra a palavra."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contas_registrodeauditoria (em, acao, objeto) SELECT now() - n * interval '1 minute', "
            "'entrar', CASE n % 2 WHEN 0 THEN 'Mercado ' ELSE 'Padaria ' END || n FROM generate_series(1, 2000) n"
        )
        cursor.execute("ANALYZE contas_registrodeauditoria")
    juntas = com_as_palavras(RegistroDeAuditoria.objects.all(), "mercado padaria")
    pagina = juntas.order_by("-em", "id")[:51]
    assert list(pagina) == []
    plano = pagina.explain()
    assert "auditoria_palavras" in plano, plano
