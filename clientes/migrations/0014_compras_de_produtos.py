"""O resumo dos produtos que cada cliente compra, refeito pelos gatilhos a cada comando que mexe em itens ou pedidos.

E o índice dos pedidos em aberto, que a lista lê por cliente.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import clientes.models.cliente

# Os itens que contam de alguns clientes, um par (cliente, produto) por linha. O comando vai em texto: o plano se
# escolhe pelo tamanho da lista, que tanto é de um cliente quanto da carga inicial inteira.
REFAZER = """
CREATE FUNCTION clientes_refazer_compras(alvos bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF cardinality(alvos) = 0 THEN
    RETURN;
  END IF;
  -- quem mexe na mesma empresa espera a vez, e então vê o que o outro confirmou
  EXECUTE 'SELECT pg_advisory_xact_lock(7302, e.empresa_id) FROM (
      SELECT DISTINCT c.empresa_id::int FROM unnest($1) a(id) JOIN clientes_cliente c ON c.id = a.id ORDER BY 1) e'
    USING alvos;
  EXECUTE 'DELETE FROM clientes_compradeproduto k USING unnest($1) a(id) WHERE k.cliente_id = a.id' USING alvos;
  EXECUTE 'INSERT INTO clientes_compradeproduto (cliente_id, produto_id, primeira, ultima, datas)
    SELECT cliente_id, produto_id, min(data), max(data), array_agg(data ORDER BY data)
      FROM (SELECT DISTINCT p.cliente_id, d.id AS produto_id, p.data
              FROM unnest($1) a(id)
              JOIN clientes_pedido p ON p.cliente_id = a.id AND p.conta
              JOIN clientes_itemdepedido t ON t.pedido_id = p.id
              JOIN clientes_produto d ON d.codigo = t.produto_codigo AND d.nome = t.produto_nome) dias
     GROUP BY 1, 2' USING alvos;
END $$;
"""
# Em ordem, para que dois comandos que criam os mesmos produtos não se travem.
_PRODUTOS = """INSERT INTO clientes_produto (codigo, nome)
    SELECT n.produto_codigo, n.produto_nome FROM (SELECT DISTINCT produto_codigo, produto_nome FROM {de}) n
     WHERE NOT EXISTS (SELECT FROM clientes_produto d WHERE d.codigo = n.produto_codigo AND d.nome = n.produto_nome)
     ORDER BY 1, 2 ON CONFLICT DO NOTHING"""
_DONOS = "SELECT p.cliente_id FROM {de} JOIN clientes_pedido p ON p.id = n.pedido_id"


def _gatilho(nome, evento, tabela, alvos, antes=""):
    """Um gatilho por comando: `alvos` são os clientes a refazer, `antes` o que se faz com as linhas novas."""
    tabelas = {
        "INSERT": "NEW TABLE AS novos",
        "UPDATE": "OLD TABLE AS antigos NEW TABLE AS novos",
        "DELETE": "OLD TABLE AS antigos",
    }[evento]
    preparo = f"EXECUTE $sql$ {antes} $sql$;" if antes else ""
    return f"""
CREATE FUNCTION {nome}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE alvos bigint[];
BEGIN
  {preparo}
  EXECUTE $sql$ SELECT array(SELECT DISTINCT cliente_id FROM ({alvos}) mudou) $sql$ INTO alvos;
  PERFORM clientes_refazer_compras(alvos);
  RETURN NULL;
END $$;
CREATE TRIGGER {nome} AFTER {evento} ON {tabela} REFERENCING {tabelas} FOR EACH STATEMENT EXECUTE FUNCTION {nome}();
"""


_ITEM_MUDOU = """(a.pedido_id, a.produto_codigo, a.produto_nome) IS DISTINCT FROM
                 (n.pedido_id, n.produto_codigo, n.produto_nome)"""
_PEDIDO_MUDOU = "(a.cliente_id, a.data, a.conta) IS DISTINCT FROM (n.cliente_id, n.data, n.conta)"
_ANTES_E_DEPOIS = "antigos a JOIN novos n ON n.id = a.id"
GATILHOS = (
    _gatilho(
        "clientes_item_entrou", "INSERT", "clientes_itemdepedido",
        _DONOS.format(de="novos n"), _PRODUTOS.format(de="novos"),
    )
    + _gatilho(
        "clientes_item_mudou", "UPDATE", "clientes_itemdepedido",
        f"""SELECT p.cliente_id FROM {_ANTES_E_DEPOIS}
              JOIN clientes_pedido p ON p.id IN (a.pedido_id, n.pedido_id) WHERE {_ITEM_MUDOU}""",
        _PRODUTOS.format(de="novos"),
    )
    + _gatilho("clientes_item_saiu", "DELETE", "clientes_itemdepedido", _DONOS.format(de="antigos n"))
    # um pedido que entra ainda não tem itens
    + _gatilho(
        "clientes_pedido_mudou_de_conta", "UPDATE", "clientes_pedido",
        f"SELECT unnest(ARRAY[a.cliente_id, n.cliente_id]) AS cliente_id FROM {_ANTES_E_DEPOIS} WHERE {_PEDIDO_MUDOU}",
    )
    + _gatilho("clientes_pedido_saiu", "DELETE", "clientes_pedido", "SELECT cliente_id FROM antigos")
)  # fmt: skip
INICIO = f"""
{_PRODUTOS.format(de="clientes_itemdepedido")};
SELECT clientes_refazer_compras(array(SELECT id FROM clientes_cliente));
"""
DESFAZER = """
DROP TRIGGER clientes_item_entrou ON clientes_itemdepedido;
DROP TRIGGER clientes_item_mudou ON clientes_itemdepedido;
DROP TRIGGER clientes_item_saiu ON clientes_itemdepedido;
DROP TRIGGER clientes_pedido_mudou_de_conta ON clientes_pedido;
DROP TRIGGER clientes_pedido_saiu ON clientes_pedido;
DROP FUNCTION clientes_item_entrou(), clientes_item_mudou(), clientes_item_saiu(), clientes_pedido_mudou_de_conta(),
  clientes_pedido_saiu(), clientes_refazer_compras(bigint[]);
"""


class Migration(migrations.Migration):
    dependencies = [("clientes", "0013_mudancas_de_credito")]

    operations = [
        migrations.CreateModel(
            name="Produto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("codigo", models.CharField(blank=True, max_length=40, verbose_name="código")),
                ("nome", models.CharField(max_length=160, verbose_name="nome")),
            ],
            options={
                "verbose_name": "produto",
                "verbose_name_plural": "produtos",
                "constraints": [models.UniqueConstraint(fields=("nome", "codigo"), name="produto_unico")],
                "indexes": [
                    models.Index(
                        django.contrib.postgres.indexes.OpClass(
                            clientes.models.cliente.SemAcento("nome"), "text_pattern_ops"
                        ),
                        name="produto_por_nome",
                    ),
                    models.Index(clientes.models.cliente.SemAcento("codigo"), name="produto_por_codigo"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CompraDeProduto",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "cliente_id", "produto_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "cliente",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="produtos_comprados",
                        to="clientes.cliente",
                        verbose_name="cliente",
                    ),
                ),
                (
                    "produto",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="compras",
                        to="clientes.produto",
                        verbose_name="produto",
                    ),
                ),
                ("primeira", models.DateField(verbose_name="primeira compra")),
                ("ultima", models.DateField(verbose_name="última compra")),
                (
                    "datas",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateField(), size=None, verbose_name="dias de compra"
                    ),
                ),
            ],
            options={
                "verbose_name": "compra de produto",
                "verbose_name_plural": "compras de produtos",
                "indexes": [
                    models.Index(
                        fields=["produto", "cliente"], include=("primeira", "ultima"), name="compra_por_produto"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="pedido",
            index=models.Index(
                fields=["cliente"], condition=models.Q(situacao="aberto"), name="pedido_em_aberto"
            ),
        ),
        # serviam só para procurar os itens de um produto, o que agora se lê no resumo
        migrations.RemoveIndex(model_name="itemdepedido", name="item_por_produto"),
        migrations.RemoveIndex(model_name="itemdepedido", name="item_por_codigo"),
        migrations.RunSQL(REFAZER + INICIO, migrations.RunSQL.noop),
        migrations.RunSQL(GATILHOS, DESFAZER),
    ]
