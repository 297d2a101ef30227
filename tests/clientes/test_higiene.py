"""Pendências de cadastro e duplicados: a mesma regra em Python e no banco, o que se decide, e o que se parece."""

import random
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from clientes import ceps, duplicados, emails, higiene, telefones
from clientes.ceps import normalizar_cep
from clientes.models import Cliente, DecisaoDePendencia, ParDeDuplicados, Segmento
from clientes.telefones import normalizar_telefone, telefone_valido
from contas.models import Empresa, Usuario
from relatorios import qualidade
from relatorios.composicao import Recorte

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
HOJE = date(2026, 11, 20)
VALORES: dict[str, list[Any]] = {
    "documento": ["", "11222333000181", "11111111111", "12ABC34501DE35"],
    "telefone": [
        "",
        "+5547999220198",
        "+551132010900",
        "+552099922019",
        "falar com o Zé",
        "+558001234567",
        "32010900",
    ],
    "email": [
        "",
        "compras@casa.com.br",
        "Compras@Casa.com.br",
        "compras@",
        "a..b@casa.com",
        "josé@casa.com",
        "a@b",
        "compras@ferragensdepocosdecaldas.com.br",
        f"a@{'b' * 63}.com",
        f"a@{'b' * 64}.com",
    ],
    "cep": ["", "89010100", "00000000", "11111111", "890-100", "01310100"],
}


@pytest.fixture
def carteira(empresa: Empresa, ana: Usuario) -> list[Cliente]:
    """Sessenta cadastros ao acaso, sempre os mesmos."""
    dado, segmento = random.Random(11), Segmento.objects.create(empresa=empresa, nome="Ferragens")
    feitos = []
    for n in range(60):
        valores = {campo: dado.choice(opcoes) for campo, opcoes in VALORES.items()}
        feitos.append(
            Cliente.objects.create(
                empresa=empresa,
                codigo=f"C{n:03}",
                razao_social=f"Casa {n}",
                documento_valido=valores["documento"] in {"11222333000181", "12ABC34501DE35"},
                vendedor=dado.choice([ana, None]),
                equipe=ana.participacoes.get().equipe,
                segmento=dado.choice([segmento, None]),
                fora_do_perfil=dado.random() < 0.1,
                encerrado_em=dado.choice([None, None, None, HOJE]),
                potencial_mensal=dado.choice([None, 3000]),
                **valores,
            )
        )
    return feitos


def test_python_e_banco_dizem_a_mesma_pendencia(carteira: list[Cliente], davi: Usuario) -> None:
    alguma = set()
    for tipo in higiene.REGRAS:
        do_python = {c.pk for c in carteira if tipo in higiene.pendencias_do_cadastro(c)}
        do_banco = set(Cliente.objects.filter(higiene.com_pendencia(tipo)).values_list("pk", flat=True))
        assert do_banco == do_python, tipo
        assert do_banco, tipo
        assert set(qualidade.com(tipo, davi, Recorte(), HOJE).values_list("pk", flat=True)) == do_python
        if tipo not in qualidade.CONVITES:
            alguma |= do_python
    tudo = qualidade.qualidade(davi, Recorte(), HOJE)
    assert tudo.com_alguma == len(alguma)
    for contagem in tudo.contagens:
        assert contagem.clientes == qualidade.com(contagem.tipo, davi, Recorte(), HOJE).count()


@settings(max_examples=200, deadline=None, database=None)
@given(st.text("0123456789", min_size=8, max_size=13), st.sampled_from(["", "+55", "0"]))
def test_o_que_se_guarda_como_telefone_valido_tem_a_forma(digitos: str, prefixo: str) -> None:
    lido = normalizar_telefone(prefixo + digitos)
    assert telefone_valido(lido.valor) == lido.valido


@pytest.mark.parametrize(
    ("texto", "valor", "valido"),
    [
        ("89010-100", "89010100", True),
        ("1310-100", "01310100", True),
        ("1310100", "01310100", True),
        ("00.000-000", "00.000-000", False),
        ("11111-111", "11111-111", False),
        ("890100", "890100", False),
        ("rua", "rua", False),
        ("", "", False),
    ],
)
def test_cep(texto: str, valor: str, valido: bool) -> None:
    assert normalizar_cep(texto)[:2] == (valor, valido)


def test_aceita_vale_enquanto_o_valor_e_o_visto_e_adiada_volta_no_dia(
    empresa: Empresa, davi: Usuario
) -> None:
    casa = Cliente.objects.create(empresa=empresa, codigo="1", razao_social="Casa", telefone="falar com o Zé")
    tipo = "telefone_invalido"

    def na_fila(dia: date = HOJE) -> bool:
        no_banco = qualidade.com(tipo, davi, Recorte(), dia).exists()
        decisao = DecisaoDePendencia.objects.filter(cliente=casa, tipo=tipo).first()
        casa.refresh_from_db()
        em_python = higiene.REGRAS[tipo].falta(casa) and not (
            decisao and higiene.esta_decidida(casa, decisao, dia)
        )
        assert no_banco == em_python
        return no_banco

    assert na_fila()
    with pytest.raises(higiene.HigieneInvalida, match="por que"):
        higiene.aceitar(cliente=casa, tipo=tipo, motivo=" ", por=davi)
    assert na_fila()
    higiene.aceitar(cliente=casa, tipo=tipo, motivo="É o bar da esquina", por=davi)
    assert not na_fila()
    Cliente.objects.filter(pk=casa.pk).update(telefone="falar com o Tião")
    assert na_fila()
    amanha = HOJE + timedelta(days=1)
    higiene.adiar(cliente=casa, tipo=tipo, ate=amanha, motivo="Volta de férias", por=davi, hoje=HOJE)
    assert not na_fila()
    assert na_fila(amanha)
    assert higiene.consertar(cliente=casa, tipo=tipo, mudancas={"telefone": "47 99922-0198"}, por=davi)
    assert not na_fila(amanha)
    casa.refresh_from_db()
    assert (casa.telefone, casa.contato_verificado_em) == ("+5547999220198", HOJE)
    assert qualidade.resolvidas(davi, HOJE) == {"consertada": 1}


def test_contatos_vencem_no_dia_em_que_completam_os_meses(empresa: Empresa, davi: Usuario) -> None:
    casa = Cliente.objects.create(empresa=empresa, codigo="1", razao_social="Casa")
    assert higiene.conferencia_de(casa, HOJE).vencida
    higiene.verificar_contatos(cliente=casa, por=davi, em=HOJE)
    casa.refresh_from_db()
    assert not higiene.conferencia_de(casa, date(2027, 11, 19)).vencida
    assert (
        higiene.conferencia_de(casa, date(2027, 11, 20)).texto == "conferidos em 20/11/2026: confira de novo"
    )


# ── Potencial ────────────────────────────────────────────────────────────────


def test_lacuna_do_potencial(empresa: Empresa, ana: Usuario, davi: Usuario) -> None:
    """3.000 por mês declarados, 500 reais: a lacuna é 2.500; quem passa do declarado não a diminui."""
    from atividade.models import Indicadores

    for codigo, potencial, valor in (("1", 3000, 6000), ("2", 100, 12000), ("3", None, 1200)):
        c = Cliente.objects.create(
            empresa=empresa, codigo=codigo, razao_social=codigo, vendedor=ana, potencial_mensal=potencial
        )
        Indicadores.objects.filter(pk=c.pk).update(valor_12m=valor)
    declarado = qualidade.com_potencial(davi, Recorte()).order_by("-lacuna_por_mes")
    linhas = declarado.values_list("cliente__potencial_mensal", "real_por_mes", "lacuna_por_mes")
    assert list(linhas) == [(3000, 500, 2500), (100, 1000, -900)]
    (grupo,) = qualidade.potencial_por_vendedor(davi, Recorte())
    assert (grupo["lacuna"], grupo["sem_potencial"], grupo["declarados"]) == (2500, 1, 2)


# ── Duplicados ───────────────────────────────────────────────────────────────

NOMES = (
    "Ferragens São João Ltda.",
    "FERRAGENS S. JOAO ME",
    "Com. e Ind. Aço & Cia S/A",
    "José da Silva 12345678901",
    "ME",
    "",
    "Ltda ME",
)


def test_o_nome_que_se_compara_e_o_mesmo_em_python_e_no_banco(db: None) -> None:
    with connection.cursor() as cursor:
        for nome in NOMES:
            cursor.execute("SELECT n, clientes_trigramas(n) FROM clientes_nome_comparavel(%s) n", [nome])
            comparavel, tri = cursor.fetchone()
            assert comparavel == duplicados.nome_comparavel(nome)
            assert set(tri) == duplicados.trigramas(comparavel)
    assert duplicados.nome_comparavel("Ferragens São João Ltda.") == "ferragens sao joao"


def _cliente(
    empresa: Empresa, codigo: str, nome: str, cidade: str = "Blumenau", documento: str = ""
) -> Cliente:
    return Cliente.objects.create(
        empresa=empresa, codigo=codigo, razao_social=nome, cidade=cidade, uf="SC" if cidade else "",
        documento=documento, documento_valido=bool(documento),
    )  # fmt: skip


def _pares() -> set[tuple[str, str, str]]:
    return set(ParDeDuplicados.objects.values_list("a__codigo", "b__codigo", "motivo"))


def test_o_que_se_parece_e_o_que_nao(empresa: Empresa, davi: Usuario) -> None:
    _cliente(empresa, "1", "Ferragens São João Ltda")
    _cliente(empresa, "2", "FERRAGENS SAO JOAO ME")
    _cliente(empresa, "3", "Ferragens São João", cidade="Joinville")  # outra cidade
    _cliente(empresa, "4", "Mercado Central", documento="11222333000181")
    _cliente(empresa, "5", "Mercadinho do Zé", documento="11222333000181")  # mesmo documento
    _cliente(empresa, "6", "Padaria Aurora", documento="11444777000161")
    _cliente(empresa, "7", "Padaria Aurora", documento="11444777000242")  # matriz e filial
    _cliente(empresa, "8", "Oficina do Tião")
    _cliente(empresa, "9", "Oficina do Tiao", cidade="")
    busca = duplicados.procurar(empresa)
    esperados = {("1", "2", "nome"), ("4", "5", "documento"), ("8", "9", "nome_sem_cidade")}
    assert _pares() == esperados
    assert (busca.clientes, busca.pares, busca.novos) == (9, 3, 3)
    assert duplicados.procurar(empresa).novos == 0
    par = ParDeDuplicados.objects.select_related("a", "b").get(a__codigo="1")
    duplicados.descartar(par=par, por=davi)
    assert duplicados.procurar(empresa).novos == 0
    par.refresh_from_db()
    assert par.descartado_por == davi


def test_contra_a_forca_bruta(empresa: Empresa) -> None:
    """O filtro de prefixo não perde nenhum par que a comparação de todos com todos acha."""
    dado = random.Random(5)
    partes = [
        "casa",
        "das",
        "tintas",
        "bom",
        "jesus",
        "ferro",
        "aco",
        "norte",
        "sul",
        "central",
        "uniao",
        "silva",
    ]
    nomes = [" ".join(dado.sample(partes, dado.randint(2, 4))) for _ in range(30)]
    nomes += [n.replace("a", "e", 1) for n in nomes[:12]]
    clientes = [_cliente(empresa, f"{n:03}", nome) for n, nome in enumerate(nomes)]
    duplicados.procurar(empresa)
    achados = {tuple(p) for p in ParDeDuplicados.objects.values_list("a", "b")}
    esperados = {
        (a.pk, b.pk)
        for i, a in enumerate(clientes)
        for b in clientes[i + 1 :]
        if duplicados.semelhanca(a.razao_social, b.razao_social) >= duplicados.SEMELHANCA_MINIMA
    }
    assert esperados
    assert esperados <= achados


def test_o_pedaco_comum_da_forma_do_email_cabe_nela_inteira():
    """O banco deixa de ler a forma inteira de quem cabe no pedaço: ele não pode aceitar o que ela recusa."""
    partes = ("a", "a.b", "a..b", ".a", "a_b-c", "a+b", "é", "A", "")
    casas = (
        "b.co",
        "b.c",
        "b..co",
        "-b.co",
        "b-c.com.br",
        "x" * 20 + ".com",
        "x" * 64 + ".com",
        "b.co1",
        "é.com",
        "",
    )
    enderecos = [f"{um}@{casa}" for um in partes for casa in casas]
    cabem = [e for e in enderecos if re.fullmatch(emails.COMUM, e)]
    comuns = [e for e in cabem if len(e) <= emails.COMUM_ATE]
    assert len(comuns) == 6
    assert all(emails.email_valido(e) for e in comuns)
    assert [e for e in cabem if not emails.email_valido(e)] == [  # só o tamanho os separa
        f"{um}@{'x' * 64}.com" for um in ("a", "a.b", "a_b-c")
    ]


def test_o_pedaco_comum_do_cep_e_do_telefone_cabe_na_forma():
    ceps_lidos = [f"{n:03}{meio}" for n in range(1000) for meio in ("00000", "11111", "98765")]
    ceps_lidos += [str(n) * 8 for n in range(10)] + ["1234567", "123456789", "88-30000"]
    comuns = [c for c in ceps_lidos if re.fullmatch(ceps.COMUM, c)]
    assert len(comuns) > 2500
    assert all(ceps.cep_valido(c) for c in comuns)
    numeros = [f"+55{n:03}{resto}" for n in range(1000) for resto in ("0550470", "9955047", "99955047")]
    numeros += ["+5508001234567", "+12025550123", "5547999220198", "+55479992201980"]
    comuns = [n for n in numeros if re.fullmatch(telefones.COMUM, n)]
    assert len(comuns) > 500
    assert all(telefones.telefone_valido(n) for n in comuns)
