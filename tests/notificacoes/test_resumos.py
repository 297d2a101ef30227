"""O resumo do dia: quem entra, em que ordem, o que se esconde e quanto custa escrever muitos."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test.utils import CaptureQueriesContext

from atividade.giro import POUCOS
from atividade.models import Indicadores
from atividade.recalculo import recalcular
from clientes.models import Cliente
from contas.escopo import carteiras_de_vendedores, equipes_de_gestores
from contas.models import Cobertura, Empresa, Equipe, Papel, Usuario, Vinculo
from notificacoes.models import ItemDeMensagem, Mensagem
from notificacoes.resumos import LIMITE, escrever_resumos
from notificacoes.rodadas import Noite, Pronta
from tests.conftest import criar_pessoa, por_na_equipe

pytestmark = pytest.mark.django_db
VAGA = date(2026, 11, 20)


@pytest.fixture
def quase(novo_cliente: Any) -> Any:
    """`quase("A1", ana, valor="900.00")`: quase inativo de uma compra só, há 130 dias."""

    def _quase(
        codigo: str, dono: Usuario, *, valor: str = "1000.00", ha: int = 130, **campos: Any
    ) -> Cliente:
        cliente: Cliente = novo_cliente(
            codigo, vendedor=dono, compras=[(VAGA - timedelta(days=ha), valor)], **campos
        )
        return cliente

    return _quase


def escrever(empresa: Empresa, vaga: date = VAGA, desde: date | None = None) -> int:
    recalcular(empresa=empresa, referencia=vaga, hoje=vaga)
    return escrever_resumos(Noite(vaga, [Pronta(empresa, vaga, desde)]))


def citados(pessoa: Usuario) -> list[str]:
    return list(ItemDeMensagem.objects.filter(pessoa=pessoa).values_list("cliente__codigo", flat=True))


def da(pessoa: Usuario) -> Mensagem:
    mensagem: Mensagem = Mensagem.objects.get(pessoa=pessoa)
    return mensagem


def test_o_que_mais_custa_vem_primeiro_e_o_codigo_desempata(
    empresa: Empresa, ana: Usuario, quase: Any
) -> None:
    quase("A1", ana, valor="100.00")
    quase("A2", ana, valor="9000.00")
    quase("A4", ana, valor="500.00")
    quase("A3", ana, valor="500.00")
    escrever(empresa)
    assert citados(ana) == ["A2", "A3", "A4", "A1"]


def test_passa_do_limite_e_mais_quantos(empresa: Empresa, ana: Usuario, quase: Any) -> None:
    for n in range(LIMITE + 7):
        quase(f"A{n:02}", ana, valor=f"{1000 + n}.00")
    escrever(empresa)
    assert len(citados(ana)) == LIMITE
    assert citados(ana)[0] == "A16"
    assert "e mais 7" in da(ana).texto
    assert "e mais 7" in da(ana).html
    assert "QUASE INATIVOS (17)" in da(ana).texto


def test_quem_nao_entra_fica_contado(empresa: Empresa, ana: Usuario, quase: Any) -> None:
    quase("A1", ana)
    quase("A2", ana, adiado_ate=VAGA + timedelta(days=1))
    quase("A3", ana, bloqueado=True)
    quase("A4", ana, nao_contatar=["ligacao", "whatsapp", "visita", "email"])
    quase("A5", ana, encerrado_em=VAGA)
    quase("A6", ana, fora_do_perfil=True)
    quase("A7", ana, adiado_ate=VAGA)  # o adiamento acabou
    quase("A8", ana, ha=10)  # ativo, uma compra só: não há ritmo de que fugir
    quase("A9", ana, ha=400)  # inativo: é da recuperação
    escrever(empresa)
    assert citados(ana) == ["A1", "A7"]
    assert "Fora da lista: 1 adiado, 1 bloqueado, 1 que não quer contato." in da(ana).texto


def test_nao_contatar_por_um_canal_esconde_so_esse_canal(empresa: Empresa, ana: Usuario, quase: Any) -> None:
    so_zap = quase("A1", ana, telefone="+5547999220198", nao_contatar=["ligacao"])
    so_liga = quase("A2", ana, telefone="+5547999220199", nao_contatar=["whatsapp"])
    quase("A3", ana, telefone="ramal 12")
    fixo = quase("A4", ana, telefone="+554733220198")
    sem_pais = quase("A5", ana, telefone="(47) 99922-0197")
    escrever(empresa)
    html = da(ana).html
    assert "tel:+5547999220198" not in html
    assert f"/clientes/{so_zap.pk}/whatsapp/" in html
    assert "tel:+5547999220199" in html
    assert f"/clientes/{so_liga.pk}/whatsapp/" not in html
    assert "Telefone: ramal 12" in html
    assert f"/clientes/{fixo.pk}/whatsapp/" not in html  # fixo não tem WhatsApp
    assert "tel:+5547999220197" in html, "sem o país, que o Brasil supõe"
    assert f"/clientes/{sem_pais.pk}/whatsapp/" in html
    assert "wa.me" not in html, "a conversa abre pela página, que anota a tentativa"


def test_quem_cobre_ferias_recebe_as_duas_carteiras_numa_mensagem(
    empresa: Empresa, ana: Usuario, carla: Usuario, quase: Any
) -> None:
    quase("A1", ana, valor="300.00")
    quase("C1", carla, valor="900.00")
    Cobertura.objects.create(ausente=carla, substituto=ana, periodo=DateRange(VAGA, VAGA + timedelta(days=9)))
    escrever(empresa)
    assert citados(ana) == ["C1", "A1"]
    assert citados(carla) == ["C1"]


@pytest.mark.parametrize(
    "mudanca",
    [
        {"is_active": False},
        {"recebe_emails": False},
        {"email": None},
        {"password": "!"},
        {"papel": Papel.LEITURA},
    ],
)
def test_quem_nao_deve_receber_nao_recebe(
    mudanca: dict[str, Any], empresa: Empresa, ana: Usuario, quase: Any
) -> None:
    quase("A1", ana)
    Usuario.objects.filter(pk=ana.pk).update(**mudanca)
    assert escrever(empresa) == 0
    assert not Mensagem.objects.exists()


def test_sem_vinculo_com_a_empresa_nao_recebe_os_clientes_dela(
    empresa: Empresa, ana: Usuario, quase: Any
) -> None:
    quase("A1", ana)
    Vinculo.objects.filter(usuario=ana).delete()
    assert escrever(empresa) == 0


def test_escrever_duas_vezes_a_mesma_noite_escreve_uma(empresa: Empresa, ana: Usuario, quase: Any) -> None:
    quase("A1", ana)
    assert escrever(empresa) == 1
    quase("A2", ana)
    assert escrever(empresa) == 0
    assert citados(ana) == ["A1"]


def test_o_ultimo_contato_entra_no_motivo(empresa: Empresa, ana: Usuario, quase: Any) -> None:
    um, outro = quase("A1", ana, valor="900.00"), quase("A2", ana)
    Indicadores.objects.filter(cliente=um).update(ultimo_contato_em=datetime(2026, 11, 19, 12, tzinfo=UTC))
    Indicadores.objects.filter(cliente=outro).update(ultimo_contato_em=datetime(2026, 11, 20, 12, tzinfo=UTC))
    escrever(empresa)
    assert (
        "Comprou uma vez só, há 130 dias. Vira inativo em 54 dias. Último contato há 1 dia." in da(ana).texto
    )
    assert "Contato feito hoje." in da(ana).texto


def test_duas_compras_ainda_nao_fazem_um_ciclo(empresa: Empresa, ana: Usuario, novo_cliente: Any) -> None:
    compras = [(VAGA - timedelta(days=dias), "10.00") for dias in (130, 160)]
    novo_cliente("A1", vendedor=ana, compras=compras)
    escrever(empresa)
    assert "Está há 130 dias sem comprar." in da(ana).texto


def test_ciclo_mais_longo_que_o_silencio_poe_o_traco_adiante(
    empresa: Empresa, ana: Usuario, novo_cliente: Any
) -> None:
    compras = [(VAGA - timedelta(days=dias), "10.00") for dias in (130, 290, 450)]
    novo_cliente("A1", vendedor=ana, compras=compras)
    escrever(empresa)
    assert "Compra a cada 160 dias, está há 130." in da(ana).texto
    assert 'class="e-tr e-m"' in da(ana).html


def test_nome_de_cliente_estranho_nao_vira_html(empresa: Empresa, ana: Usuario, quase: Any) -> None:
    quase("A1", ana, razao_social="<script>alert(1)</script> & Cia")
    escrever(empresa)
    assert "<script>" not in da(ana).html
    assert "<script>alert(1)</script> & Cia" in da(ana).texto


def test_o_html_fica_abaixo_do_corte_dos_leitores(empresa: Empresa, ana: Usuario, quase: Any) -> None:
    for n in range(30):
        quase(f"A{n:02}", ana, razao_social="N" * 150, cidade="C" * 80, uf="SC", telefone="+5547999220198")
    escrever(empresa)
    assert len(da(ana).html.encode()) < 102 * 1024


def test_o_numero_de_consultas_nao_cresce_com_os_vendedores(
    empresa: Empresa, sul: Equipe, quase: Any
) -> None:
    def contar(de: int, ate: int, vaga: date) -> int:
        for n in range(de, ate):
            pessoa = criar_pessoa(f"Vendedor{n} Silva", empresa)
            por_na_equipe(pessoa, sul)
            quase(f"V{n}a", pessoa)
            quase(f"V{n}b", pessoa)
        recalcular(empresa=empresa, referencia=vaga, hoje=vaga)
        with CaptureQueriesContext(connection) as consultas:
            assert escrever_resumos(Noite(vaga, [Pronta(empresa, vaga, vaga - timedelta(days=1))])) == ate
        return len(consultas)

    assert contar(0, 5, VAGA) == contar(5, POUCOS, VAGA + timedelta(days=1)) == 21
    # de mais vendedores, o giro e os resultados perguntam uma vez cada quantos há, sejam quantos forem
    assert contar(POUCOS, POUCOS + 5, VAGA + timedelta(days=2)) == 23


def test_o_filtro_de_muitos_diz_o_mesmo_que_o_de_um(
    empresa: Empresa, ana: Usuario, bruno: Usuario, carla: Usuario, davi: Usuario, sul: Equipe, quase: Any
) -> None:
    """Gêmeas: `visiveis_para`, pessoa a pessoa, e as duas funções em conjunto."""
    outra = Empresa.objects.create(codigo="2", nome="Outra")
    for n, dono in enumerate((ana, carla, ana, carla)):
        quase(f"X{n}", dono, empresa=empresa if n < 2 else outra)
    Vinculo.objects.create(usuario=carla, empresa=outra)
    Cobertura.objects.create(ausente=carla, substituto=ana, periodo=DateRange(VAGA, None))
    carteiras, equipes = carteiras_de_vendedores(VAGA), equipes_de_gestores()
    for pessoa in (ana, bruno, carla, davi):
        vistos = set(Cliente.objects.visiveis_para(pessoa, em=VAGA).values_list("codigo", flat=True))
        clientes = Cliente.objects.all()
        em_conjunto = {c.codigo for c in clientes if (pessoa.pk, c.vendedor_id, c.empresa_id) in carteiras}
        em_conjunto |= {c.codigo for c in clientes if (pessoa.pk, c.equipe_id, c.empresa_id) in equipes}
        assert em_conjunto == (vistos if pessoa != davi else set())


def test_todo_citado_e_visivel_para_quem_le(
    empresa: Empresa, ana: Usuario, carla: Usuario, quase: Any
) -> None:
    quase("A1", ana)
    quase("C1", carla)
    escrever(empresa)
    for item in ItemDeMensagem.objects.select_related("pessoa", "cliente"):
        assert Cliente.objects.visiveis_para(item.pessoa, em=VAGA).filter(pk=item.cliente_id).exists()
    assert citados(ana) == ["A1"]


def test_o_valor_de_quem_ja_nao_compra_ha_um_ano_e_o_do_ultimo_ano_ativo(
    empresa: Empresa, ana: Usuario, quase: Any
) -> None:
    from atividade.limiares import configurar
    from atividade.regras import Periodo

    configurar(
        empresa=empresa, periodo=Periodo(18, "m"), antecedencia=Periodo(6, "m"), vigente_desde=VAGA, por=None
    )
    quase("A1", ana, ha=400, valor="5000.00")
    escrever(empresa)
    assert da(ana).assunto == "1 cliente para ligar hoje: R$ 5 mil/ano"
    assert Decimal("0") == Indicadores.objects.get().valor_12m


def test_muitos_perdidos_mostram_os_maiores_e_quantos_mais(
    empresa: Empresa, ana: Usuario, quase: Any
) -> None:
    for n in range(7):
        quase(f"A{n}", ana, ha=183, valor=f"{1000 * (n + 1)}.00")
    ontem = VAGA - timedelta(days=1)
    recalcular(empresa=empresa, referencia=ontem, hoje=ontem)
    escrever(empresa, VAGA + timedelta(days=1), ontem)
    assert da(ana).assunto == "7 clientes viraram inativos"
    assert "Cliente A6, em 21/11/2026: R$ 7 mil/ano" in da(ana).texto
    assert "Cliente A1," not in da(ana).texto
    assert "e mais 2" in da(ana).html
