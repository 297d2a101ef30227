"""Quantas consultas custa cada lista: um número exato, o mesmo com 5 e com 25 linhas."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from atividade.limiares import configurar
from atividade.models import Execucao, NaoVisitar
from atividade.recalculo import recalcular
from atividade.regras import Periodo
from carteira.colunas import CATALOGO
from clientes.models import (
    Agendamento,
    Campanha,
    Cliente,
    Contato,
    Fornecedor,
    Importacao,
    ListaDeTrabalho,
    MapeamentoDeColunas,
    MembroDaLista,
    Objecao,
    Ocorrencia,
    RestricaoDeCredito,
    RestricaoDeFornecedor,
    ScoreDeCredito,
    ScoreDeFornecedor,
)
from clientes.planos import abrir
from contas.auditoria import registrar
from contas.models import Empresa, Equipe, Usuario
from notificacoes.models import Aviso, ItemDeMensagem, Recado
from tests.conftest import criar_pessoa, por_na_equipe
from tests.web.test_configurar_atividade import LIMITES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
HOJE = date(2026, 11, 20)
REGRA = LIMITES | {
    "periodo_n": "60",
    "periodo_unidade": "d",
    "antecedencia_n": "20",
    "antecedencia_unidade": "d",
}
CONDICOES = "e=segmento.tem~ou~vendedor.vazio~resultado.nao_teve_em.30.1~segmento.fora.1~objecoes.min.1"
TODAS = ",".join(coluna.chave for coluna in CATALOGO)
# Listas que outros testes já medem (clientes, ficha, risco, ciclo, mensagens, probabilidade) não se repetem.
LISTAS = {
    "retorno dos avisos": ("bruno", "/avisos/retorno/?de=2026-10-01&ate=2026-11-20", 13),
    "retorno: clientes": ("bruno", "/avisos/retorno/clientes/?de=2026-10-01&ate=2026-11-20", 9),
    "contatos em aberto": ("bruno", "/contatos/em-aberto/?de=todos", 6),
    "resultados": ("davi", "/catalogos/ocorrencias/", 5),
    "objeções": ("bruno", "/catalogos/objecoes/", 5),
    "campanhas": ("davi", "/catalogos/campanhas/", 5),
    "agenda": ("bruno", "/agenda/", 10),
    "agenda do dia": ("bruno", "/agenda/?ver=dia", 11),
    "agenda da semana": ("bruno", "/agenda/?ver=semana&pessoa=todos", 11),
    "agenda da equipe": ("bruno", "/agenda/?pessoa=todos", 10),
    "fila de hoje": ("ana", "/clientes/hoje/", 13),
    "o dia": ("ana", "/hoje/", 18),
    "fila de televendas": ("ana", "/fila/", 31),
    "lista da fila": ("ana", "/fila/lista/?ver=semana", 14),
    "regras da fila": ("bruno", "/fila/regras/", 13),
    "fora da fila": ("bruno", "/fila/fora/?motivo=longe", 10),
    "critérios da fila": (
        "davi",
        "/fila/criterios/?dias_de_descanso=3&antecedencia_dias=0&valor_minimo=0&capacidade_padrao=5",
        12,
    ),
    "nomes dos critérios": (
        "davi",
        "/fila/criterios/nomes/?dias_de_descanso=3&antecedencia_dias=0&valor_minimo=0&capacidade_padrao=5&movimento=sai",
        8,
    ),
    "lista com condições": ("davi", f"/clientes/?{CONDICOES}", 20),
    "carteira com condições": ("ana", f"/clientes/?{CONDICOES}", 24),
    "montador": ("davi", f"/clientes/filtro/?{CONDICOES}", 9),
    "roteiros": ("bruno", "/roteiros/", 7),
    "listas": ("bruno", "/listas/", 10),
    "listas terminadas": ("ana", "/listas/?ver=terminadas", 8),
    "lista de trabalho": ("bruno", "/listas/{lista}/", 16),
    "lista de quem vende": ("ana", "/listas/{lista}/?ver=membros", 14),
    "lista de trabalho em planilha": ("davi", "/listas/{lista}/exportar/?ver=membros", 11),
    "comparação de listas": ("bruno", "/listas/comparar/", 6),
    "nova lista": ("bruno", "/listas/nova/?status=ativo", 25),
    "mensagens prontas": ("davi", "/mensagens/prontas/", 7),
    "clientes com todas as colunas": ("bruno", f"/clientes/?colunas={TODAS}", 31),
    "planilha de clientes": ("davi", "/clientes/exportar/?formato=csv&regra=1", 9),
    "planilha com todas as colunas": ("davi", f"/clientes/exportar/?formato=csv&colunas={TODAS}", 14),
    "agendar em lote": ("bruno", "/clientes/lote/agendar/?todos=1", 12),
    "e-mail em lote": ("bruno", "/clientes/lote/email/?todos=1", 12),
    "planilha do risco": ("davi", "/relatorio-de-risco/planilha/?formato=csv", 11),
    "composição": ("davi", "/composicao/", 28),
    "composição por vendedor": ("davi", "/composicao/?agrupar=vendedor&todos=1", 28),
    "composição de um vendedor": ("ana", "/composicao/", 29),
    "composição na data": ("davi", "/composicao/?data=2026-10-20&agrupar=vendedor", 17),
    "composição cruzada": ("davi", "/composicao/cruzada/?linhas=vendedor&colunas=segmento", 14),
    "cruzada na data": ("davi", "/composicao/cruzada/?linhas=segmento&colunas=vendedor&data=2026-10-20", 17),
    "planilha da cruzada": (
        "davi",
        "/composicao/cruzada/exportar/?linhas=vendedor&colunas=atividade&formato=csv",
        6,
    ),
    "nomes na data": ("davi", "/composicao/clientes/?data=2026-10-20", 10),
    "planilha na data": ("davi", "/composicao/clientes/?data=2026-10-20&formato=csv", 8),
    "quem mudou": ("davi", "/composicao/mudancas/?dias=90", 6),
    "planilha da composição": ("davi", "/composicao/exportar/?agrupar=vendedor&formato=csv", 6),
    "planilha do ciclo": ("davi", "/ciclo-de-compra/exportar/?tabela=intervalos&formato=csv", 10),
    "configurar atividade": ("davi", "/atividade/", 30),
    "nomes da prévia": (
        "davi",
        f"/atividade/previa/clientes/?{urlencode(REGRA)}",
        9,
    ),
    "evidências": ("davi", "/atividade/evidencias/", 11),
    "nomes do retroteste": ("davi", "/atividade/evidencias/nomes/?regra=hoje", 13),
    "regras em vigor": ("lia", "/atividade/regra/", 14),
    "mapa": ("davi", "/clientes/mapa/?inteira=1&lugar=0", 13),
    "planilha do mapa": ("davi", "/clientes/mapa/exportar/?formato=csv", 6),
    "painel da equipe": ("davi", "/painel/", 13),
    "painel de uma vendedora": ("ana", "/painel/", 24),
    "quem ficou sem tocar": ("ana", "/painel/sem-tocar/", 10),
    "crédito": ("davi", "/credito/", 22),
    "fornecedores": ("bruno", "/fornecedores/", 16),
    "fornecedor": ("bruno", "/fornecedores/{fornecedor}/", 9),
    "planos de ação": ("bruno", "/credito/planos/", 6),
    "crédito na ficha": ("bruno", "/clientes/{cliente}/credito/", 12),
    "metas": ("davi", "/painel/metas/", 7),
    "checkup": ("davi", "/checkup/", 22),
    "esquecidos": ("davi", "/checkup/esquecidos/?dias=30", 10),
    "não visitados": ("bruno", "/checkup/nao-visitados/", 7),
    "declínio": ("davi", "/declinio/?piso=0&queda=1", 12),
    "planilha do declínio": ("davi", "/declinio/exportar/?piso=0&queda=1&formato=csv", 6),
    "giro e positivação": ("davi", "/positivacao/", 11),
    "nomes da positivação": ("davi", "/positivacao/clientes/?ver=todos", 10),
    "planilha da positivação": ("davi", "/positivacao/exportar/", 10),
    "planilha do painel": ("davi", "/painel/exportar/", 12),
    "central de avisos": ("ana", "/avisos/?ver=todos", 8),
    "post-it com lista viva": ("ana", "/avisos/{aviso}/", 13),
    "recados": ("davi", "/recados/", 12),
    "quem leu": ("davi", "/recados/{recado}/", 17),
    "novo recado": ("davi", "/recados/novo/?especie=lembrete", 8),
    "pessoas": ("davi", "/pessoas/", 14),
    "equipes": ("davi", "/equipes/", 6),
    "auditoria": ("davi", "/auditoria/", 8),
    "rotinas": ("davi", "/rotinas/", 15),
    "operação": ("davi", "/operacao/", 16),
    "rodadas": ("davi", "/operacao/rodadas/", 8),
    "importações": ("davi", "/importar/", 8),
    "mapeamentos": ("davi", "/importar/mapeamentos/", 7),
}


def crescer(de: int, ate: int, empresa: Empresa, ana: Usuario, bruno: Usuario, novo_cliente: Any) -> None:
    """Cada passo traz uma linha a cada lista: vendedor com equipe, segmento com regra própria, dois clientes,
    um agendamento, uma importação e uma noite.
    """
    for n in range(de, ate):
        equipe = Equipe.objects.create(nome=f"Equipe {n:02}")
        vendedor = criar_pessoa(f"Vendedor{n:02} Silva", empresa)
        por_na_equipe(vendedor, equipe)
        equipe.gestores.add(bruno)
        compras = [(HOJE - timedelta(days=70 + n % 5 + 30 * k), "100") for k in range(6)]
        cliente = novo_cliente(f"C{n:02}", vendedor=vendedor, compras=compras, segmento=f"S{n}", uf="SC")
        configurar(
            empresa=empresa, segmento=cliente.segmento, periodo=Periodo(6, "m"), antecedencia=Periodo(2, "m"),
            vigente_desde=HOJE, por=bruno,
        )  # fmt: skip
        novo_cliente(f"A{n:02}", vendedor=ana, compras=compras, uf="PR")
        Agendamento.objects.create(cliente=cliente, responsavel=bruno, em=HOJE, criado_por=bruno)
        crescer_contatos(n, cliente, vendedor)
        NaoVisitar.objects.create(cliente=cliente, motivo="exclusividade", por=bruno)
        ItemDeMensagem.objects.create(
            regra="resumo_diario", pessoa=vendedor, cliente=cliente, evento="1", ordem=1, decidido_em=HOJE
        )
        crescer_listas(n, cliente, bruno)
        crescer_credito(n, cliente, bruno)
        crescer_recados(n, (ana, vendedor))
        registrar("editar cliente", por=vendedor, objeto=f"C{n}")
        Importacao.objects.create(empresa=empresa, por=vendedor, tipo="pedidos", nome_do_arquivo=f"{n}.csv")
        MapeamentoDeColunas.objects.create(
            empresa=empresa, tipo="pedidos", nome=f"M{n}", assinatura=f"{n}", por=vendedor
        )
        Execucao.objects.create(
            rotina="noturna", empresa=empresa, referencia=HOJE - timedelta(days=n), estado="feita",
            iniciada_em=timezone.now(), terminada_em=timezone.now(),
        )  # fmt: skip


def crescer_contatos(n: int, cliente: Any, vendedor: Usuario) -> None:
    """Uma linha a cada catálogo, e um contato em aberto que a usa."""
    ocorrencia = Ocorrencia.objects.create(nome=f"Resultado {n:02}", ordem=n % 90)
    campanha = Campanha.objects.create(empresa=cliente.empresa, nome=f"Campanha {n:02}", inicio=HOJE)
    contato = Contato.objects.create(
        cliente=cliente, canal="ligacao", ocorrencia=ocorrencia, campanha=campanha, atendente=vendedor
    )
    contato.objecoes.add(Objecao.objects.create(nome=f"Objeção {n:02}"))


def crescer_credito(n: int, cliente: Cliente, bruno: Usuario) -> None:
    """Um score, uma restrição, um plano e um fornecedor a mais; o primeiro cliente tem um de cada dia."""
    novo = Fornecedor.objects.create(empresa=cliente.empresa, codigo=f"F{n:02}", nome=f"Fornecedor {n:02}")
    for f in {novo, Fornecedor.objects.earliest("pk")}:
        dele = {"empresa": f.empresa, "fornecedor": f, "fonte": "Serasa", "em": HOJE - timedelta(days=n)}
        ScoreDeFornecedor.objects.create(**dele, valor=300 + n * 9)
        RestricaoDeFornecedor.objects.create(**dele, tipo="protesto", valor=10)
    primeiro = Cliente.objects.get(codigo="C00")
    for c in {cliente, primeiro}:
        comum = {"empresa": c.empresa, "cliente": c, "fonte": "Serasa", "em": HOJE - timedelta(days=n)}
        ScoreDeCredito.objects.create(**comum, valor=500)
        RestricaoDeCredito.objects.create(**comum, tipo="protesto", valor=10)
        abrir(clientes=[c], titulo=f"Plano {n}", dono=bruno, prazo=HOJE, por=bruno)


def crescer_listas(n: int, cliente: Any, bruno: Usuario) -> None:
    """Uma lista a mais, e um membro de cada vendedor a mais na primeira."""
    nova = ListaDeTrabalho.objects.create(
        empresa=cliente.empresa, nome=f"Lista {n:02}", finalidade="outra", viva=n > 0, de=HOJE, semente=n,
        criada_por=bruno, consulta_por=bruno, controle_pct=10,
    )  # fmt: skip
    primeira = ListaDeTrabalho.objects.earliest("pk")
    deles = (cliente, Cliente.objects.get(codigo=f"A{n:02}"))
    MembroDaLista.objects.bulk_create(
        MembroDaLista(lista=lista, cliente=c, entrou_em=HOJE) for lista in {nova, primeira} for c in deles
    )


def crescer_recados(n: int, destinatarios: tuple[Usuario, ...]) -> None:
    """Um post-it a mais na central de cada um, e um destinatário a mais no primeiro."""
    admin = Usuario.objects.get(papel="admin")
    novo = Recado.objects.create(
        especie="postit", titulo=f"Recado {n:02}", texto="…", publico="todos", regra="sem_pedido", dias=20,
        por=admin, enviado_em=timezone.now(), surge_em=timezone.now(), envios=1,
    )  # fmt: skip
    for recado in {novo, Recado.objects.earliest("pk")}:
        Aviso.objects.bulk_create(
            (
                Aviso(
                    chave=f"{recado.pk}:{p.pk}", pessoa=p, tipo="postit", titulo=recado.titulo, recado=recado,
                    lido_em=timezone.now(),
                )
                for p in destinatarios
            ),
            ignore_conflicts=True,
        )  # fmt: skip


def contar(navegador: Any, endereco: str, esperado: int | None = None) -> int:
    """Quem já na primeira vez custa o esperado não guarda nada de uma rodada para a outra; senão, conta a segunda."""
    primeira = _pedir(navegador, endereco)
    return primeira if primeira == esperado else _pedir(navegador, endereco)


def _pedir(navegador: Any, endereco: str) -> int:
    with CaptureQueriesContext(connection) as consultas:
        resposta = navegador.get(endereco)
        assert resposta.status_code == 200, resposta.status_code
        if resposta.streaming:
            b"".join(resposta.streaming_content)
    return len(consultas)


def test_cada_lista_custa_o_mesmo_com_5_e_com_25_linhas(
    empresa: Empresa,
    ana: Any,
    bruno: Any,
    davi: Any,
    lia: Any,
    entrar: Any,
    novo_cliente: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Aqui só se contam consultas: guardar o contexto de cada pedaço da página só custaria tempo.
    monkeypatch.setattr("django.test.client.store_rendered_templates", lambda *a, **k: None)
    pessoas = {"ana": ana, "bruno": bruno, "davi": davi, "lia": lia}
    navegadores = {nome: entrar(pessoa) for nome, pessoa in pessoas.items()}
    medidas = []
    for de, ate in ((0, 5), (5, 25)):
        crescer(de, ate, empresa, ana, bruno, novo_cliente)
        recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE)
        alvos = {
            "lista": ListaDeTrabalho.objects.earliest("pk").pk,
            "cliente": Cliente.objects.get(codigo="C00").pk,
            "fornecedor": Fornecedor.objects.earliest("pk").pk,
            "recado": Recado.objects.earliest("pk").pk,
            "aviso": Aviso.objects.filter(pessoa=ana).earliest("pk").pk,
        }
        medidas.append(
            {nome: contar(navegadores[q], url.format(**alvos), n) for nome, (q, url, n) in LISTAS.items()}
        )
    esperado = {nome: consultas for nome, (_, _, consultas) in LISTAS.items()}
    # só o que difere: o dicionário inteiro não cabe no relato da falha
    assert {n: (c, medidas[1][n]) for n, c in medidas[0].items() if medidas[1][n] != c} == {}
    diferem = [f"{n}: {c}, não {esperado[n]}" for n, c in medidas[1].items() if esperado[n] != c]
    assert not diferem, "\n".join(diferem)
