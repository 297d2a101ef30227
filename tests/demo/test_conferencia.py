"""`manage.py conferir`: a demonstração nasce certa, e cada coisa que se estraga é dita pelo nome."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, connection, transaction
from django.utils import timezone

from atividade.models import Execucao, Sujo
from atividade.retratos import fotografar
from carteira.operacao.conferencia import so_leitura
from carteira.operacao.copias_da_noite import COPIA
from carteira.operacao.verificacoes import TODAS
from carteira.operacao.verificacoes.rodadas import TRAVAS
from carteira.reescritas import REESCRITA
from carteira.rotinas import NOTURNA
from carteira.varredura import _A_PEDIDO
from clientes.models import CalendarioPessoal, Cliente, Importacao, ListaDeTrabalho, Pedido, PlanoDeAcao
from contas.models import Empresa, Usuario
from notificacoes.models import DestinoDeWebhook, EntregaDeWebhook, Mensagem, RegraDeAviso
from relatorios.models import AgendamentoDeRelatorio, ArquivoGerado
from tests.conftest import HOJE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo")]
CLIENTES = 80

_UM = "(SELECT min(cliente_id) FROM atividade_indicadores WHERE pedidos > 2)"
_MENSAGEM = "UPDATE notificacoes_mensagem SET {} WHERE chave = 'conferir'"
_FUSAO = (
    """INSERT INTO clientes_fusao (empresa_id, ficou_id, ficou_era, absorvido_id, absorvido_codigo, absorvido_nome,
    antes, campos, movidas, alteradas, guardadas, motivo, em, desfeita_em)
  SELECT empresa_id, id, id, {absorvido}, 'V1', 'X', '{{}}', '{{}}', '{{}}', '[]', '{{}}', '', now(), {desfeita}
    FROM clientes_cliente WHERE id = """
    + _UM
)
_EXECUCAO = """INSERT INTO atividade_execucao (rotina, referencia, empresa_id, estado, tentativas, passos, mensagem,
    criada_em, iniciada_em, terminada_em)
  SELECT '{rotina}', '2026-11-18', id, '{estado}', 1, '{passos}', '', '2026-11-18', '2026-11-18', '2026-11-18'
    FROM contas_empresa ORDER BY id LIMIT 1"""


def _importacao(**campos: Any) -> None:
    feita = Importacao.objects.create(
        empresa=Empresa.objects.first(), tipo="pedidos", nome_do_arquivo="p.csv", **campos
    )
    Importacao.objects.filter(pk=feita.pk).update(criada_em=timezone.now() - timedelta(hours=1))


def _arquivo(**campos: Any) -> None:
    agora = timezone.now()
    ArquivoGerado.objects.create(
        por=Usuario.objects.first(), tipo="relatorio", nome="r.pdf", pedido_em=agora - timedelta(hours=1),
        expira_em=agora + timedelta(days=7), **campos,
    )  # fmt: skip


def _quem_saiu(nome: str) -> Callable[[], None]:
    def desativar() -> None:
        achados = {
            "agenda": Usuario.objects.filter(
                agenda__isnull=False, agenda__concluido_em=None, agenda__cancelado_em=None
            ),
            "clientes": Usuario.objects.filter(clientes__isnull=False),
            "gestores": Usuario.objects.filter(equipes_geridas__isnull=False),
        }[nome]
        Usuario.objects.filter(pk=achados.order_by("pk").values("pk")[:1]).update(is_active=False)

    return desativar


def _calendario() -> None:
    pessoa = Usuario.objects.create_user("saiu@exemplo.test", None, nome="Saiu", is_active=False)
    CalendarioPessoal.objects.create(usuario=pessoa, resumo_da_chave="a" * 64)


def _saiu() -> Usuario:
    return Usuario.objects.create_user("saiu@exemplo.test", None, nome="Saiu", is_active=False)


def _admin() -> Usuario:
    return Usuario.objects.filter(papel="admin").earliest("pk")


def _lista(**campos: Any) -> ListaDeTrabalho:
    quem = {"criada_por": _admin(), "consulta_por": _admin()} | campos
    feita: ListaDeTrabalho = ListaDeTrabalho.objects.create(
        empresa=Empresa.objects.get(), nome="Conferir", finalidade="outra", de=HOJE, semente=1, **quem
    )
    return feita


def _lista_de_quem_saiu() -> None:
    cliente = Cliente.objects.earliest("pk")
    _lista().membros.create(cliente=cliente, entrou_em=HOJE, responsavel=_saiu())


def _plano_de_quem_saiu() -> None:
    PlanoDeAcao.objects.create(
        empresa=Empresa.objects.first(), titulo="Conferir", dono=_saiu(), prazo=HOJE, criado_por=_admin()
    )


def _aviso_a_ninguem() -> None:
    regra = RegraDeAviso.objects.create(
        empresa=Empresa.objects.first(), nome="Conferir", sobre="bloqueado", para="escolhidos"
    )
    regra.pessoas.add(_saiu())


def _relatorio_de_quem_saiu() -> None:
    AgendamentoDeRelatorio.objects.create(
        por=_saiu(), relatorio="vendedor-por-situacao", frequencia="diaria", decidido_ate=HOJE
    )


def _entrega() -> None:
    destino = DestinoDeWebhook.objects.create(
        empresa=Empresa.objects.first(), nome="ERP", url="https://erp.exemplo.test/", eventos=[], segredo="x"
    )
    EntregaDeWebhook.objects.create(destino=destino, evento="x", chave="1", corpo="{}", estado="entregue")


def _outra_empresa() -> None:
    outra = Empresa.objects.create(codigo="outra", nome="Outra")
    Pedido.objects.filter(pk=Pedido.objects.order_by("pk").values("pk")[:1]).update(empresa=outra)


def _orfao() -> None:
    from django.conf import settings

    pasta = Path(settings.MEDIA_ROOT) / "importacoes"
    pasta.mkdir(parents=True, exist_ok=True)
    velho = pasta / "resto.dat"
    velho.write_text("x")
    antes = (timezone.now() - timedelta(days=1)).timestamp()
    os.utime(velho, (antes, antes))


ESTRAGOS: dict[str, str | Callable[[], None]] = {
    "pedido-conta": "UPDATE clientes_pedido SET conta = false WHERE id = (SELECT min(id) FROM clientes_pedido WHERE conta)",
    "fato-empresa": _outra_empresa,
    "pedido-do-futuro": "UPDATE clientes_pedido SET data = '2099-01-01' WHERE id = (SELECT min(id) FROM clientes_pedido)",
    "pedido-itens": "UPDATE clientes_itemdepedido SET valor = valor + 1 WHERE id = (SELECT min(id) FROM clientes_itemdepedido)",
    "produtos-resumo": """DELETE FROM clientes_compradeproduto WHERE cliente_id =
        (SELECT min(cliente_id) FROM clientes_compradeproduto)""",
    "produtos-sem-linha": """UPDATE clientes_itemdepedido SET produto_nome = 'Ninguém fez' WHERE id =
        (SELECT min(id) FROM clientes_itemdepedido)""",
    "posse-desde-sempre": f"""DELETE FROM clientes_periododecarteira WHERE cliente_id = {_UM};
        INSERT INTO clientes_periododecarteira (cliente_id, vendedor_id, equipe_id, periodo, motivo, criado_em)
        SELECT id, vendedor_id, equipe_id, '[2020-01-01,)', '', now() FROM clientes_cliente WHERE id = {_UM}""",
    "posse-sem-buraco": f"""DELETE FROM clientes_periododecarteira WHERE cliente_id = {_UM};
        INSERT INTO clientes_periododecarteira (cliente_id, vendedor_id, equipe_id, periodo, motivo, criado_em)
        SELECT id, vendedor_id, equipe_id, p::daterange, '', now() FROM clientes_cliente,
          unnest(ARRAY['(,2020-01-01)', '[2020-01-05,)']) p WHERE id = {_UM}""",
    "posse-em-vigor": f"""DELETE FROM clientes_periododecarteira WHERE cliente_id = {_UM};
        INSERT INTO clientes_periododecarteira (cliente_id, vendedor_id, equipe_id, periodo, motivo, criado_em)
        SELECT id, NULL, equipe_id, '(,)', '', now() FROM clientes_cliente WHERE id = {_UM}""",
    "transferencia-com-clientes": """INSERT INTO clientes_transferencia (origem, em, motivo, feita_em)
        VALUES ('lista', '2026-11-01', '', now())""",
    "indicadores-na-unha": f"UPDATE atividade_indicadores SET valor_total = valor_total + 1 WHERE cliente_id = {_UM}",
    "indicadores-um-por-cliente": f"DELETE FROM atividade_indicadores WHERE cliente_id = {_UM}",
    "indicadores-copia": f"UPDATE atividade_indicadores SET uf = '' WHERE cliente_id = {_UM}",
    "indicadores-ultimo-contato": f"UPDATE atividade_indicadores SET ultimo_contato_em = now() WHERE cliente_id = {_UM}",
    "indicadores-status": """UPDATE atividade_indicadores SET status = 'inativo' WHERE cliente_id =
        (SELECT min(cliente_id) FROM atividade_indicadores WHERE status = 'ativo')""",
    "curva-abc": """UPDATE atividade_indicadores SET curva_abc = 'C' WHERE cliente_id =
        (SELECT min(cliente_id) FROM atividade_indicadores WHERE curva_abc = 'A')""",
    "rfv": f"UPDATE atividade_indicadores SET rfv_r = 1 + rfv_r % 5 WHERE cliente_id = {_UM}",
    "distribuicao-das-medidas": "UPDATE atividade_distribuicao SET faixas[1] = faixas[1] + 1000",
    "sujos-orfaos": "INSERT INTO atividade_sujo (cliente_id) VALUES (987654321)",
    "mudancas-encadeadas": """UPDATE atividade_mudancastatus SET de = 'prospect' WHERE id = (SELECT min(id) FROM (
        SELECT id, para, row_number() OVER (PARTITION BY cliente_id ORDER BY em, ordem) n FROM atividade_mudancastatus) x
        WHERE n = 2)""",
    "mudancas-ate-hoje": """UPDATE atividade_indicadores SET status_historico = 'prospect' WHERE cliente_id =
        (SELECT min(cliente_id) FROM atividade_mudancastatus)""",
    "historia-e-status": f"UPDATE atividade_indicadores SET status_historico = 'prospect' WHERE cliente_id = {_UM}",
    "mudanca-do-futuro": """UPDATE atividade_mudancastatus SET em = '2099-01-01' WHERE id =
        (SELECT max(id) FROM atividade_mudancastatus)""",
    "retrato-da-noite": _EXECUCAO.format(
        rotina="noturna", estado="feita",
        passos='{"recalculo": {"estado": "feito", "contagens": {"referencia": "2026-11-18"}}}',
    ) + "; DELETE FROM atividade_retrato WHERE data = '2026-11-18'",
    "retrato-recontado": """UPDATE atividade_estadodorecalculo SET retratos_desde = NULL;
        UPDATE atividade_retrato SET clientes = clientes + 1 WHERE id =
        (SELECT min(id) FROM atividade_retrato WHERE data = '2026-11-20')""",
    "uniao-sem-o-unido": _FUSAO.format(absorvido="id", desfeita="NULL"),
    "uniao-apelido": _FUSAO.format(absorvido="987654321", desfeita="NULL"),
    "uniao-desfeita": _FUSAO.format(absorvido="987654321", desfeita="now()"),
    "apelido-sem-conflito": f"""INSERT INTO clientes_aliasdecliente (empresa_id, codigo, cliente_id)
        SELECT empresa_id, codigo, id FROM clientes_cliente WHERE id = {_UM}""",
    "lista-movimentos": "UPDATE clientes_movimentodalista SET entrou = NOT entrou",
    "mensagem-estado": _MENSAGEM.format("estado = 'enviada', tentativas = 1"),
    "mensagem-presa": _MENSAGEM.format("estado = 'enviando', tentativas = 1, reivindicada_em = '2026-11-20 05:00+00'"),
    "mensagem-unica": """ALTER TABLE notificacoes_itemdemensagem DROP CONSTRAINT decisao_unica;
        INSERT INTO notificacoes_itemdemensagem (regra, pessoa_id, cliente_id, evento, ordem)
        SELECT 'r', (SELECT min(id) FROM contas_usuario), (SELECT min(id) FROM clientes_cliente), 'e', 1
          FROM generate_series(1, 2)""",
    "mensagem-ao-cliente": _MENSAGEM.format("tipo = 'cliente'"),
    "mensagem-atrasada": _MENSAGEM.format("proxima_tentativa_em = '2026-11-20 05:00+00'"),
    "mensagem-incerta": _MENSAGEM.format("estado = 'incerto', tentativas = 1"),
    "webhook-entrega": _entrega,
    "rodada-sem-fim": _EXECUCAO.format(rotina="recalculo", estado="rodando", passos="{}"),
    "rodada-a-espera": _EXECUCAO.format(rotina="recalculo", estado="pendente", passos="{}"),
    "rodada-que-falhou": _EXECUCAO.format(rotina="recalculo", estado="falhou", passos="{}"),
    "rodada-feita-inteira": _EXECUCAO.format(
        rotina="noturna", estado="feita", passos='{"envio": {"estado": "rodando"}}'
    ),
    "referencia": "UPDATE contas_empresa SET referencia = referencia - 1",
    "importacao-presa": lambda: _importacao(estado="aplicando"),
    "importacao-estado": lambda: _importacao(estado="aplicada"),
    "importacao-no-disco": lambda: _importacao(estado="conferida", caminho="/nao/esta/aqui.dat"),
    "arquivo-preso": lambda: _arquivo(estado="gerando"),
    "arquivo-gerado-no-disco": lambda: _arquivo(
        estado="pronto", caminho="/nao/esta/aqui.pdf", pronto_em=timezone.now()
    ),
    "anexo-no-disco": _MENSAGEM.format("anexo = '/nao/esta/aqui.pdf'"),
    "arquivo-orfao": _orfao,
    "chave-de-quem-saiu": _calendario,
    "administrador": "UPDATE contas_usuario SET is_active = false WHERE papel = 'admin'",
    "agenda-de-quem-saiu": _quem_saiu("agenda"),
    "carteira-de-quem-saiu": _quem_saiu("clientes"),
    "equipe-de-quem-saiu": _quem_saiu("gestores"),
    "lista-de-quem-saiu": _lista_de_quem_saiu,
    "lista-viva-de-quem-saiu": lambda: _lista(viva=True, consulta_por=_saiu()),
    "plano-de-quem-saiu": _plano_de_quem_saiu,
    "aviso-a-ninguem": _aviso_a_ninguem,
    "relatorio-de-quem-saiu": _relatorio_de_quem_saiu,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _uma_mensagem(demo: None, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "arquivos"
    # com o relógio parado, o que a demonstração mudou depois da rodada parece ser de antes dela
    fotografar(empresa=Empresa.objects.get(), data=HOJE)
    Mensagem.objects.create(
        chave="conferir", tipo="teste", para="ana@exemplo.test", assunto="Oi", texto="Oi", message_id="<c@x>"
    )


def conferir(*argumentos: str) -> dict[str, Any]:
    saida = StringIO()
    with suppress(CommandError):  # a resposta sai inteira antes da saída 1
        call_command("conferir", "--json", *argumentos, stdout=saida)
    return dict(json.loads(saida.getvalue()))


def test_a_demonstracao_nasce_certa() -> None:
    dito = conferir("--completo")
    assert [v for v in dito["verificacoes"] if v["estado"] not in {"certo", "a cuidar"}] == []
    assert dito["certo"] is True
    assert {v["nome"] for v in dito["verificacoes"]} == set(TODAS)
    # o que espera alguém na demonstração é parte dela; e nenhuma frase diz de quem é
    nomes = list(Cliente.objects.values_list("razao_social", flat=True))
    assert not [n for n in nomes if n in json.dumps(dito, ensure_ascii=False)]


@pytest.mark.parametrize("nome", sorted(ESTRAGOS))
def test_o_que_se_estraga_e_dito_pelo_nome(nome: str) -> None:
    antes = conferir("--so", nome)["verificacoes"][0]["achados"]
    estrago = ESTRAGOS[nome]
    if callable(estrago):
        estrago()
    else:
        with connection.cursor() as cursor:
            # por fora, como quem mexe no banco: nenhum gatilho corre para pôr de acordo
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(estrago)
            cursor.execute("SET LOCAL session_replication_role = origin")
    dito = conferir("--so", nome)
    (verificacao,) = dito["verificacoes"]
    assert verificacao["achados"] > antes, verificacao
    assert verificacao["exemplos"]
    assert verificacao["fazer"]
    assert dito["certo"] is not TODAS[nome].grave


@pytest.mark.parametrize(
    "nome",
    [
        "agenda-de-quem-saiu",
        "carteira-de-quem-saiu",
        "equipe-de-quem-saiu",
        "lista-de-quem-saiu",
        "plano-de-quem-saiu",
        "relatorio-de-quem-saiu",
    ],
)
def test_o_remedio_do_que_ficou_com_quem_saiu_cura(nome: str, client: Any) -> None:
    """Seguido à letra, pela página: reativar e desativar de novo."""
    client.force_login(_admin())
    ESTRAGOS[nome]()  # type: ignore[operator]
    antes = conferir("--so", nome)["verificacoes"][0]
    assert antes["achados"]
    assert antes["fazer"].startswith("Em Pessoas, reative a pessoa e desative-a de novo")
    pessoa = Usuario.objects.filter(is_active=False).latest("pk")
    for gesto in ("reativar", "desativar"):
        client.post(f"/pessoas/{pessoa.pk}/{gesto}/", {"modo": "equipe"})
    assert not Usuario.objects.get(pk=pessoa.pk).is_active
    assert conferir("--so", nome)["verificacoes"][0]["achados"] == 0


def test_toda_verificacao_tem_um_estrago_que_a_prova() -> None:
    assert set(ESTRAGOS) == set(TODAS)


def test_quem_espera_o_recalculo_nao_e_erro_e_e_contado() -> None:
    cliente = Cliente.objects.filter(indicadores__pedidos__gt=2).order_by("pk").first()
    assert cliente
    Pedido.objects.filter(cliente=cliente, conta=True).delete()
    assert Sujo.objects.filter(cliente=cliente).exists()
    (dito,) = conferir("--completo", "--so", "indicadores-na-unha")["verificacoes"]
    assert dito["estado"] == "certo"
    assert dito["notas"] == [
        f"empresa 1: {Cliente.objects.count() - 1} conferidos, 1 à espera do próximo recálculo"
    ]


def test_nada_se_escreve_ao_conferir() -> None:
    with pytest.raises(InternalError, match="read-only"), so_leitura(), transaction.atomic():
        Sujo.objects.create(cliente_id=1)
    Sujo.objects.create(cliente_id=1)


def test_os_nomes_das_travas_sao_os_da_varredura() -> None:
    assert {nome: TRAVAS[nome] for nome in _A_PEDIDO} == {n: p.trava for n, p in _A_PEDIDO.items()}
    assert set(TRAVAS) == {*_A_PEDIDO, NOTURNA, REESCRITA, COPIA}


def test_o_que_se_le_no_terminal_diz_o_que_fazer() -> None:
    Execucao.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(str(ESTRAGOS["posse-em-vigor"]))
        cursor.execute("SET LOCAL session_replication_role = origin")
    saida = StringIO()
    with pytest.raises(CommandError, match=r"^1 verificação não passou \(1 achado\)\.$"):
        call_command("conferir", "--so", "posse-em-vigor", "--so", "posse-sem-buraco", stdout=saida)
    texto = saida.getvalue()
    assert "ERRADO  posse-em-vigor: O dono e a equipe de cada cliente são os do último período dele." in texto
    assert "O que fazer: Transfira o cliente ao dono certo" in texto
    assert "certo   posse-sem-buraco" in texto
    with pytest.raises(
        CommandError, match=r"^Não há verificação nada: veja os nomes com --listar\.$"
    ) as erro:
        call_command("conferir", "--so", "nada")
    assert erro.value.returncode == 2
