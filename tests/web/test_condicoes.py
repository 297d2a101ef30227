"""As condições combinadas: o que cada campo promete, o nulo que nunca esconde ninguém, e a URL que se diz errada."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict

from atividade.models import Indicadores, Status
from atividade.rfv import grupo_de
from carteira.contagens_da_lista import contar
from carteira.filters import FiltroDeClientes
from carteira.filtros import catalogo, expressao
from carteira.filtros.expressao import Condicao, ErroDeFiltro, Grupo
from carteira.referencias import Referencias
from clientes import atendimentos
from clientes.models import (
    Agendamento,
    Campanha,
    Contato,
    ItemDePedido,
    Motivo,
    Objecao,
    Ocorrencia,
    Orcamento,
    PessoaDeContato,
)
from clientes.pendencias import pendencias_de
from clientes.situacao_cadastral import SituacaoCadastral, situacao_de
from contas.models import Empresa
from tests.conftest import HOJE, SAO_PAULO, novo_pedido
from tests.web.carteira_de_teste import indicar
from tests.web.fatos_de_teste import titulo

pytestmark = pytest.mark.django_db


def ha(dias):
    return HOJE - timedelta(days=dias)


def agora_ha(dias, hora=23):
    return datetime(2026, 11, 20, hora, 50, tzinfo=SAO_PAULO) - timedelta(days=dias)


@pytest.fixture(autouse=True)
def _referencia(empresa, hoje):
    Empresa.objects.update(referencia=HOJE)


@pytest.fixture
def achar(ana):
    """`achar("abc.em.A~…")` devolve os códigos que a pessoa vê com essas condições."""

    def _achar(texto, pessoa=None, outros=""):
        consulta = QueryDict(outros, mutable=True)
        consulta["e"] = texto
        filtro = FiltroDeClientes(consulta, usuario=pessoa or ana)
        assert filtro.recusados == {}
        achados, contados = (
            sorted(filtro.resultado().values_list("cliente__codigo", flat=True)),
            contar(filtro),
        )
        adiantado = FiltroDeClientes(consulta, usuario=pessoa or ana)
        adiantado.adiantar()  # como a página faz: o mesmo resultado, com as condições lidas uma vez só
        assert sorted(adiantado.resultado().values_list("cliente__codigo", flat=True)) == achados
        assert contar(adiantado) == contados
        return "".join(achados)

    return _achar


@pytest.fixture
def carteira(ana, novo_cliente):
    """A comprou há 10 dias e falou ontem; Q comprou há 91 e falou há 90; I há 400 e nunca falou; P nunca nada."""
    dados = {
        "A": (ha(10), Status.ATIVO, agora_ha(1), {"valor_12m": Decimal(1000), "curva_abc": "B"}),
        "Q": (ha(91), Status.QUASE_INATIVO, agora_ha(90), {"valor_12m": Decimal(5000), "curva_abc": "A"}),
        "I": (ha(400), Status.INATIVO, None, {}),
    }
    clientes = {}
    for codigo, (ultima, status, contato, campos) in dados.items():
        clientes[codigo] = novo_cliente(codigo, vendedor=ana)
        indicar(clientes[codigo], ultima, status=status, ultimo_contato_em=contato, **campos)
    clientes["P"] = novo_cliente("P", vendedor=ana)
    return clientes


PROMETEM = [
    # quem nunca está além de qualquer número de dias
    ("ultimo_pedido.mais.90", "IPQ"), ("ultimo_pedido.mais.91", "IP"), ("sem_compra.min.91", "IPQ"),
    ("sem_compra.min.92", "IP"), ("ultimo_contato.mais.89", "IPQ"), ("ultimo_contato.mais.90", "IP"),
    ("sem_contato.min.0", "AIPQ"), ("sem_contato.max.90", "AQ"), ("sem_compra.entre.10.91", "AQ"),
    ("ultimo_pedido.menos.11", "A"), ("ultimo_pedido.menos.10", ""), ("ultimo_pedido.nunca", "P"),
    ("ultimo_contato.nunca", "IP"), ("ultimo_contato.tem", "AQ"), ("sem_contato.nunca", "IP"),
    # e negar alcança sempre todos os outros
    ("nao~ultimo_pedido.mais.90", "A"), ("nao~ultimo_pedido.menos.11", "IPQ"),
    ("nao~ultimo_contato.menos.91", "IP"), ("nao~primeira_compra.mais.9000", "AIPQ"),
    ("nao~ticket.min.0", "P"), ("ticket.vazio", "P"), ("abc.fora.A", "AIP"), ("abc.vazio", "IP"), ("abc.tem", "AQ"),
    # datas do calendário, com as duas pontas dentro
    ("ultimo_pedido.entre.2026-08-21.2026-11-10", "AQ"), ("ultimo_pedido.desde.2026-11-11", ""),
    ("ultimo_pedido.ate.21/08/2026", "IQ"), ("ultimo_contato.entre.2026-08-22.2026-08-22", "Q"),
    ("inativo_em.proximos.29", "Q"), ("inativo_em.passou", "I"), ("inativo_em.nunca", "P"),
    # números
    ("valor_12m.min.1000", "AQ"), ("valor_12m.min.1000,01", "Q"), ("valor_12m.max.0", "IP"),
    ("valor_12m.entre.1000.5000", "AQ"), ("vezes_o_ciclo.min.3", "IQ"), ("vezes_o_ciclo.vazio", "P"),
    ("dias_de_compra.min.3,5", "AIQ"), ("potencial.vazio", "AIPQ"),
    # E, OU e NÃO
    ("ultimo_pedido.mais.90~ultimo_contato.tem", "Q"), ("ou~abc.em.B~status.em.prospect", "AP"),
    ("sem_compra.min.91~ou~abc.em.A~sem_contato.nunca", "IPQ"),
    ("nao~ou~status.em.ativo~abc.em.A", "IP"), ("nao~e~status.em.ativo~abc.em.B", "IPQ"),
    ("status.em.ativo.inativo~nao~nao_contatar.em.email", "AI"),
    ("relogios.em.contato_depois", "AQ"), ("relogios.em.compra_depois", "I"), ("relogios.em.nenhum", "P"),
    ("valor_12m.min.0", "AIPQ"), ("vencido.max.0", "AIPQ"), ("nao~vencido.min.0", ""),
]  # fmt: skip


def test_cada_condicao_acha_quem_promete(carteira, achar):
    """E a negação de cada uma é o resto, sem perder ninguém."""
    for texto, achados in PROMETEM:
        assert achar(texto) == achados, texto
        inverso = achar(f"nao~e~{texto}")
        assert sorted(achados + inverso) == ["A", "I", "P", "Q"], texto


def test_as_contagens_das_abas_obedecem_as_condicoes(carteira, ana, entrar):
    resposta = entrar(ana).get("/clientes/", {"e": "ou~abc.em.A~sem_compra.min.100", "status": "inativo"})
    assert [linha.cliente.codigo for linha in resposta.context["linhas"]] == ["I"]
    assert [aba["quantidade"] for aba in resposta.context["abas"]] == [3, 0, 1, 1, 1]


def test_fatos_do_relacionamento(ana, empresa, novo_cliente, achar):
    """Resultado do último contato e de algum, objeção, motivo, campanha, agenda e atendimentos."""
    for codigo in "ABC":
        novo_cliente(codigo, vendedor=ana)
    a, b = (Indicadores.objects.get(cliente__codigo=c).cliente for c in "AB")
    atendeu, nao = Ocorrencia.objects.get(nome="Vai pensar"), Ocorrencia.objects.get(nome="Não atendeu")
    motivo, objecao = Motivo.objects.first(), Objecao.objects.first()
    campanha = Campanha.objects.create(empresa=empresa, nome="Volta", inicio=ha(100))
    comum = {"canal": "ligacao", "atendente": ana}
    velho = Contato.objects.create(
        cliente=a, em=agora_ha(40), ocorrencia=atendeu, motivo=motivo, campanha=campanha, **comum
    )
    velho.objecoes.add(objecao)
    Contato.objects.create(cliente=a, em=agora_ha(2), ocorrencia=nao, **comum)
    Contato.objects.create(cliente=b, em=agora_ha(3), ocorrencia=atendeu, **comum)
    Contato.objects.create(cliente=b, em=agora_ha(1), ocorrencia=nao, desfeito_em=agora_ha(0), **comum)
    Agendamento.objects.create(cliente=a, responsavel=ana, criado_por=ana, em=ha(1))
    Agendamento.objects.create(cliente=b, responsavel=ana, criado_por=ana, em=HOJE)
    atendimentos.abrir(b, "nao_conformidade", "Veio torto", "", ana)
    PessoaDeContato.objects.create(cliente=b, nome="Bia", papel="decisor")
    assert achar(f"ultimo_resultado.em.{nao.pk}") == "A"
    assert achar(f"ultimo_resultado.em.{atendeu.pk}") == "B"
    assert achar(f"ultimo_resultado.fora.{nao.pk}") == "BC"
    assert achar("ultimo_resultado.vazio") == "C"
    assert achar(f"resultado.teve.{atendeu.pk}") == "AB"
    assert achar(f"resultado.teve_em.30.{atendeu.pk}") == "B"
    assert achar(f"resultado.nao_teve_em.30.{atendeu.pk}") == "AC"
    assert achar(f"objecao.teve.{objecao.pk}") == achar("objecoes.min.1") == "A"
    assert achar(f"objecao.nao_teve.{objecao.pk}") == achar("objecoes.max.0") == "BC"
    assert achar(f"motivo.teve.{motivo.pk}") == achar(f"campanha.teve.{campanha.pk}") == "A"
    assert achar("canal.teve.ligacao.visita") == "AB"
    assert achar("agenda_vencida.sim") == achar("proxima_acao.passou") == "A"
    assert achar("proxima_acao.proximos.0") == "B"
    assert achar("proxima_acao.nunca") == "C"
    assert achar("atendimento_aberto.sim") == achar("nao_conformidade.sim") == "B"
    assert achar("com_decisor.nao") == "AC"


def test_fatos_das_compras_e_das_financas(ana, empresa, novo_cliente, achar):
    a = novo_cliente("A", vendedor=ana, limite_credito=Decimal(1000), potencial_mensal=Decimal(100))
    b = novo_cliente("B", vendedor=ana, limite_credito=Decimal(0))
    novo_cliente("C", vendedor=ana)
    for cliente, quando, situacao, nome in (
        (a, ha(40), "faturado", "Parafuso São José"), (a, ha(200), "faturado", "Prego"),
        (b, ha(10), "cancelado", "Prego"), (b, ha(10), "aberto", "Rebite"),
    ):  # fmt: skip
        pedido = novo_pedido(cliente, f"{cliente.codigo}{nome}", quando, situacao=situacao)
        ItemDePedido.objects.create(
            pedido=pedido, sequencia=1, produto_codigo=nome[:3], produto_nome=nome, quantidade=1, valor=1
        )
    assert achar("produto.comprou.parafuso sao") == achar("produto.comprou.PAR") == "A"
    assert achar("produto.comprou.são") == ""
    assert achar("produto.comprou.prego") == "A", "o pedido cancelado não é compra"
    assert achar("produto.comprou_em.2.prego") == ""
    assert achar("produto.nao_comprou_em.2.prego") == "ABC"
    assert achar("produto.nao_comprou.parafuso") == "BC"
    assert achar("pedido_aberto.sim") == "B"
    titulo(a, "T1", -1, "950.00"), titulo(b, "T2", 3, "0.01"), titulo(b, "T3", 30, "5.00")
    assert achar("vencido.min.950") == achar("financeira.em.vermelho") == "A"
    assert achar("vencido.max.949,99") == "BC"
    assert achar("em_aberto.entre.5.10") == "B"
    assert achar("limite_usado.min.95") == "AB", "limite zero com dívida é todo o limite"
    assert achar("limite_usado.vazio") == "C"
    assert achar("vencimento.proximos.3") == "B"
    assert achar("potencial_falta.min.1200") == "A"
    Orcamento.objects.create(
        empresa=empresa, numero="1", cliente=b, data=ha(9), validade=HOJE, valor=1, situacao="aberto"
    )
    Orcamento.objects.create(
        empresa=empresa, numero="2", cliente=a, data=ha(9), validade=ha(1), valor=1, situacao="aberto"
    )
    assert achar("orcamento_aberto.sim") == "B"
    assert achar("ultimo_orcamento.menos.10") == "AB"


def test_farol_e_uso_do_limite_sao_os_das_pendencias(ana, novo_cliente, achar):
    """A gêmea em Python diz o mesmo, em cada limite."""
    casos = {"A": (-1, "1", "100"), "B": (0, "1", "100"), "C": (5, "1", "100"), "D": (6, "1", "100"),
             "E": (6, "90", "100"), "F": (6, "90.01", "100"), "G": (6, "1", "0"), "H": (6, "999", None)}  # fmt: skip
    for codigo, (dias, saldo, limite) in casos.items():
        cliente = novo_cliente(codigo, vendedor=ana, limite_credito=limite and Decimal(limite))
        titulo(cliente, f"T{codigo}", dias, saldo)
    novo_cliente("I", vendedor=ana, limite_credito=Decimal(0))
    pks = dict(Indicadores.objects.values_list("cliente__codigo", "pk"))
    lidas = {codigo: pendencias_de([pk], HOJE)[pk] for codigo, pk in pks.items()}
    for farol in ("vermelho", "amarelo", "verde"):
        assert achar(f"financeira.em.{farol}") == "".join(
            sorted(c for c, p in lidas.items() if p.farol == farol)
        )
    usados = {c: p.uso_do_limite for c, p in lidas.items()}
    assert achar("limite_usado.min.90,01") == "".join(
        sorted(c for c, u in usados.items() if u and u >= Decimal("90.01"))
    )
    assert achar("limite_usado.vazio") == "".join(sorted(c for c, u in usados.items() if u is None))


def test_situacao_cadastral_e_a_do_cliente(ana, novo_cliente, achar):
    cheio = {"email": "a@b.test", "telefone": "+554733220198", "cidade": "Timbó", "uf": "SC",
             "documento": "95889060000143", "documento_valido": True}  # fmt: skip
    clientes = {"A": novo_cliente("A", vendedor=ana, **cheio), "B": novo_cliente("B", vendedor=ana)}
    for n, campo in enumerate(("email", "telefone", "cidade", "uf")):
        clientes[f"{n}"] = novo_cliente(f"{n}", vendedor=ana, **(cheio | {campo: ""}))
    clientes["X"] = novo_cliente(
        "X", vendedor=ana, **(cheio | {"documento": "123", "documento_valido": False})
    )
    for situacao in SituacaoCadastral:
        esperado = sorted(c for c, cliente in clientes.items() if situacao_de(cliente) == situacao)
        assert achar(f"cadastral.em.{situacao.name.lower()}") == "".join(esperado)


def test_o_grupo_rfv_e_o_das_tres_notas(ana, novo_cliente, achar):
    notas = {"A": (5, 5, 5), "B": (5, 4, 1), "C": (1, 1, 5), "D": (3, 1, 1)}
    for codigo, (r, f, v) in notas.items():
        indicar(novo_cliente(codigo, vendedor=ana), ha(10), status=Status.ATIVO, rfv_r=r, rfv_f=f, rfv_v=v)
    novo_cliente("P", vendedor=ana)
    for codigo, valores in notas.items():
        assert codigo in achar(f"rfv.em.{grupo_de(*valores).chave}")
    assert achar("rfv.fora.campeoes") == "BCDP"


def test_escolhas_do_cadastro(ana, novo_cliente, achar):
    com = novo_cliente("A", vendedor=ana, segmento="Tintas", uf="SC", cidade="São José", perfil="Técnico",
                       porte="ME", bloqueado=True, nao_contatar=["email"], adiado_ate=HOJE + timedelta(days=1),
                       telefone="+554733220198")  # fmt: skip
    novo_cliente("B", vendedor=ana, adiado_ate=HOJE, categoria="prospect")
    segmento = com.segmento_id
    for texto, achados in {
        f"segmento.em.{segmento}": "A", f"segmento.fora.{segmento}": "B", "segmento.vazio": "B", "segmento.tem": "A",
        "segmento.em.999999999": "", "uf.em.SC.PR": "A", "uf.vazio": "B", "municipio.eh.sao jose": "A",
        "municipio.comeca.SÃO": "A", "municipio.contem.jos": "A", "municipio.vazio": "B", "perfil.eh.tecnico": "A",
        "porte.tem": "A", "bloqueado.sim": "A", "bloqueado.nao": "B", "nao_contatar.em.email.visita": "A",
        "nao_contatar.fora.email": "B", "adiado.sim": "A", "categoria.em.prospect": "AB", "com_telefone.nao": "B",
        f"vendedor.em.{ana.pk}": "AB", "vendedor.vazio": "",
    }.items():  # fmt: skip
        assert achar(texto) == achados, texto


def test_codigo_nome_e_documento(ana, novo_cliente, achar):
    """O documento se pergunta inteiro ou pelo começo: um pedaço do meio contaria o que a máscara esconde."""
    novo_cliente("A", vendedor=ana, razao_social="Comércio Áurea Ltda", nome_fantasia="Casa Íris",
                 documento="11144477735", documento_valido=True)  # fmt: skip
    novo_cliente("B", vendedor=ana, razao_social="Íris Tintas", documento="12ABC34501DE35")
    novo_cliente("C", vendedor=ana)
    for texto, achados in {
        "codigo.eh.a": "A", "codigo.comeca.B": "B", "codigo.contem.c": "C", "codigo.vazio": "",
        "nome.contem.iris": "AB", "nome.comeca.íris": "B", "nome.eh.CASA IRIS": "A",
        "razao_social.contem.aurea": "A", "razao_social.comeca.casa": "",
        "documento.eh.111_.444_.777-35": "A", "documento.eh.111": "", "documento.comeca.111_.4": "A",
        "documento.comeca.12abc": "B", "documento.comeca.--": "", "documento.vazio": "C", "documento.tem": "AB",
    }.items():  # fmt: skip
        assert achar(texto) == achados, texto
    with pytest.raises(ErroDeFiltro, match="CPF/CNPJ não tem “contem”"):
        catalogo.ler_conferindo("documento.contem.777")


def test_quem_pergunta_por_encerrados_os_ve(ana, novo_cliente, achar):
    novo_cliente("A", vendedor=ana, encerrado_em=ha(3), encerrado_motivo="fechou")
    novo_cliente("B", vendedor=ana)
    assert achar("status.em.prospect") == "B"
    assert achar("encerrado.sim") == achar("encerrado_em.menos.4") == "A"
    assert achar("encerrado.nao") == "B"


def test_cada_empresa_conta_da_sua_referencia(davi, novo_cliente, achar):
    outra = Empresa.objects.create(codigo="2", nome="Filial", referencia=ha(10))
    davi.vinculos.create(empresa=outra)
    indicar(novo_cliente("A"), ha(35), status=Status.ATIVO)
    indicar(novo_cliente("B", empresa=outra), ha(35), status=Status.ATIVO)
    novo_cliente("P", empresa=outra)
    assert achar("ultimo_pedido.mais.30", davi) == "AP"
    assert achar("nao~sem_compra.max.30", davi) == "AP"
    assert achar("vezes_o_ciclo.min.1", davi) == "A"
    assert achar("vencido.max.0~financeira.em.verde", davi) == "ABP"


# ── A URL ────────────────────────────────────────────────────────────────────


NAO_SE_ENTENDEM = [
    ("sem_comprar.min.3", "quis dizer “sem_compra”?"), ("xyz.min.3", "“xyz” não é um campo"),
    ("abc", "“abc” não é uma condição"), ("sem_compra.mim.3", "use min, max, entre, nunca"),
    ("sem_compra.min.x", "“x” não é um número de dias"), ("sem_compra.min", "falta dias"),
    ("sem_compra.min.3.4", "sobra “4”"), ("valor.entre.9.3", "9 vem depois de 3"),
    ("valor.min.muito", "“muito” não é um número"), ("abc.em.Z", "“Z” não é uma opção: use A, B, C"),
    ("ultimo_pedido.desde.31/02/2026", "não é uma data"), ("segmento.em.tintas", "escolha na lista"),
    ("nao", "falta a condição"), ("a.b~fim", "não fecha grupo"), ("ou~fim~abc.em.A", "grupo sem nenhuma"),
    ("e~e~e~e~abc.em.A~fim~abc.em.A~fim~abc.em.A~fim~abc.em.A", "grupos demais"),
    ("~".join(["abc.em.A"] * 41), "mais de 40 condições"), ("a" * 4001, "passam de 4000"),
]  # fmt: skip


def test_url_que_nao_se_entende_diz_o_que_e_nao_mostra_a_carteira(carteira, ana, entrar):
    ana.pode_exportar = True
    ana.save()
    navegador, toque = entrar(ana), {"HX-Request": "true", "HX-Target": "lista"}
    for ordem, (texto, dito) in enumerate(NAO_SE_ENTENDEM):
        # a primeira na página inteira; as outras na lista, que é o que muda
        resposta = navegador.get("/clientes/", {"e": texto}, headers=toque if ordem else {})
        assert resposta.status_code == 200, texto
        assert resposta.context["linhas"] == [], texto
        assert resposta.context["contagens"].total == 0, texto
        assert dito in resposta.context["filtro"].erro_das_condicoes
        assert "por isso a lista está vazia" in resposta.content.decode(), texto
        recusa = navegador.get("/clientes/exportar/", {"e": texto, "formato": "csv"})
        assert recusa.status_code == 400, texto
        assert dito in recusa.content.decode()


def test_a_mesma_arvore_da_sempre_o_mesmo_texto():
    textos = [
        "sem_compra.min.90~ou~abc.em.A~valor_12m.min.10000~fim~nao~produto.comprou.parafuso",
        "ou~abc.em.A~status.em.ativo", "ou~a.b~fim~c.d", "nao~e~a.b~c.d", "a.b~nao~ou~c.d~e~e.f~g.h", "",
    ]  # fmt: skip
    for texto in textos:
        assert expressao.escrever(expressao.ler(texto)) == texto
    for valor in ("a_.b", "a__b", "_", ".", "~x_", "quase_inativo", "a..b", "é ç/&=+ %", "-1,5"):
        raiz = Grupo((Condicao("campo", "op", (valor, valor)), Condicao("x", "y")))
        assert expressao.ler(expressao.escrever(raiz)) == raiz
        consulta = QueryDict(mutable=True)
        consulta["e"] = expressao.escrever(raiz)
        assert expressao.ler(QueryDict(consulta.urlencode())["e"]) == raiz
    # as partes da gramática passam intactas por uma URL
    assert QueryDict(mutable=True, query_string="e=a.b_c~ou~d.e").urlencode() == "e=a.b_c~ou~d.e"


def test_o_catalogo_diz_tudo_de_cada_campo(ana, empresa):
    """Rótulo, grupo, dica e, para cada operador, uma frase que se completa com os valores dele."""
    ctx = catalogo.Contexto(ana, Referencias.de(ana))
    exemplos = {"number": "30", "date": "2026-01-31", "text": "7", "opcoes": "1"}
    for campo in catalogo.CAMPOS.values():
        assert campo.rotulo, campo.nome
        assert campo.dica.endswith("."), campo.nome
        assert campo.grupo in catalogo.GRUPOS, campo.nome
        for operador in campo.operadores.values():
            valores = [exemplos[a.entrada] for a in operador.argumentos]
            if campo.fixas and "opcoes" in [a.entrada for a in operador.argumentos]:
                valores[-1] = campo.opcoes(ctx)[0][0]
            condicao = Condicao(campo.nome, operador.nome, tuple(valores))
            frase = catalogo.em_palavras(condicao, ctx)
            assert frase, operador.nome
            assert "{" not in frase, frase
            sql = Indicadores.objects.filter(catalogo.condicao_do_banco(Grupo((condicao,)), ctx))
            assert list(sql) == [], "o banco aceita a condição"


def test_cada_condicao_em_palavras(ana, empresa):
    ctx = catalogo.Contexto(ana, Referencias.de(ana))
    ditas = {
        "ultimo_contato.mais.90": "Último contato: há mais de 90 dias",
        "ultimo_pedido.nunca": "Último pedido: nunca comprou",
        "valor_12m.entre.1000.2500,5": "Valor em 12 meses: de R$ 1.000 a R$ 2.500,5",
        "status.em.ativo.quase_inativo": "Situação: Ativo ou Quase inativo",
        "bloqueado.nao": "Não bloqueado",
        "produto.nao_comprou_em.6.prego": "Produto: não comprou “prego” nos últimos 6 meses",
        "vezes_o_ciclo.min.2": "Vezes o ciclo próprio: ≥ 2×",
        "segmento.em.999": "Segmento: nº 999",
    }
    for texto, dita in ditas.items():
        ((_, condicao),) = expressao.condicoes(catalogo.ler_conferindo(texto))
        assert catalogo.em_palavras(condicao, ctx) == dita


def test_erro_de_filtro_e_um_valor_recusado():
    with pytest.raises(ErroDeFiltro):
        catalogo.ler_conferindo("nada")
