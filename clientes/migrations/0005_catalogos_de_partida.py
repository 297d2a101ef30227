"""Os catálogos com que a casa começa: motivos, objeções, as cinco causas, roteiros e mensagens prontas."""

from django.db import migrations
from django.db.models import F

MOTIVOS = [
    "Visita realizada",
    "Efetuou cotação",
    "Retorno de orçamento",
    "Oferta da campanha",
    "Pós-venda",
    "Cobrança",
    "Atualização de cadastro",
]
OBJECOES = [
    (
        "Preço alto",
        "Pergunte com que preço ele compara e some frete, prazo e troca. Ofereça a quantidade em que o preço cai.",
    ),
    ("Prazo de entrega", "Diga o prazo de hoje para a cidade dele e o que há em estoque para sair já."),
    ("Prazo de pagamento", "Veja o crédito livre na ficha e as condições que o financeiro aceita antes de negar."),
    ("Compra do concorrente", "Descubra o que o concorrente faz melhor e proponha um pedido pequeno para comparar."),
    ("Está com estoque", "Pergunte até quando dura e agende o contato para uma semana antes."),
    ("Ficou insatisfeito", "Ouça até o fim, abra um atendimento e volte com a solução antes de oferecer de novo."),
    ("Não usa mais o produto", "Pergunte o que usa no lugar: pode haver outra linha que sirva, ou ele sai do perfil."),
]
CAUSAS = [
    (
        "Compra valores reduzidos",
        "O custo da venda externa não compensa para quem vende, embora compense para a empresa.",
    ),
    ("Esquecido pelo vendedor", "A atenção foi toda para os clientes maiores."),
    ("Intencional", "Deixou de ser visitado por exigência de um cliente grande da região."),
    (
        "Mau atendimento",
        "Produto errado ou com defeito, troca ou prorrogação que não andou: foi para a concorrência.",
    ),
    ("Falta de pagamento", "Ficou devendo, e as ações de venda pararam."),
]
ROTEIROS = {
    "prospect": "Apresente a empresa em uma frase e pergunte o que compra hoje, de quem e com que frequência. "
    "Combine o que mandar e quando voltar a falar.",
    "novo": "Agradeça a primeira compra, pergunte se chegou tudo certo e combine o próximo pedido.",
    "ativo": "Pergunte como está o estoque, reponha o que costuma comprar e ofereça uma linha que o segmento "
    "compra e ele ainda não.",
    "recuperado": "Agradeça a volta, confirme que o motivo da parada foi resolvido e deixe o próximo contato marcado.",
    "quase_inativo": "Ligue antes que ele pare: diga há quanto tempo não compra, pergunte o que mudou e ofereça "
    "repor os itens de sempre.",
    "inativo_recente": "Pergunte por que parou, escute a objeção e responda com o contra-argumento. Leve uma oferta "
    "feita para ele.",
    "inativo_antigo": "Recomece: confirme quem decide hoje, o que compram e de quem. Ofereça uma condição de retorno "
    "com prazo para acabar.",
}
MODELOS = [
    (
        "email",
        "Sentimos sua falta",
        "{nome_fantasia}, podemos ajudar?",
        "Olá, {pessoa}.\n\nFaz {dias_sem_comprar} dias desde o seu último pedido, e queremos saber se está tudo bem. "
        "Há algo que possamos melhorar?\n\nFico à disposição.\n\n{vendedor}\n{empresa}",
    ),
    (
        "email",
        "Reposição",
        "Hora de repor?",
        "Olá, {pessoa}.\n\nPelo seu ritmo de compra, o estoque deve estar no fim. Posso montar o pedido com os "
        "itens de sempre?\n\n{vendedor}\n{empresa}",
    ),
    ("whatsapp", "Sentimos sua falta", "", "Olá, {pessoa}! Aqui é {vendedor}, da {empresa}. Faz um tempo que não nos "
     "falamos. Precisa de algo?"),
    ("whatsapp", "Reposição", "", "Olá, {pessoa}! Aqui é {vendedor}, da {empresa}. Posso já separar o seu pedido de "
     "sempre?"),
]  # fmt: skip


def carregar(apps, schema_editor):
    def modelo(nome):
        return apps.get_model("clientes", nome).objects

    modelo("Motivo").bulk_create(
        modelo("Motivo").model(nome=nome, ordem=ordem) for ordem, nome in enumerate(MOTIVOS, 1)
    )
    modelo("Objecao").bulk_create(
        modelo("Objecao").model(nome=nome, contra_argumento=resposta, ordem=ordem)
        for ordem, (nome, resposta) in enumerate(OBJECOES, 1)
    )
    modelo("CausaDaInatividade").bulk_create(
        modelo("CausaDaInatividade").model(nome=nome, explicacao=texto, ordem=ordem)
        for ordem, (nome, texto) in enumerate(CAUSAS, 1)
    )
    modelo("Roteiro").bulk_create(
        modelo("Roteiro").model(faixa=faixa, texto=texto) for faixa, texto in ROTEIROS.items()
    )
    modelo("ModeloDeMensagem").bulk_create(
        modelo("ModeloDeMensagem").model(canal=canal, nome=nome, assunto=assunto, corpo=corpo, ordem=ordem)
        for ordem, (canal, nome, assunto, corpo) in enumerate(MODELOS, 1)
    )
    # Os contatos de antes nasceram fechados, e foram registrados quando aconteceram.
    modelo("Contato").update(fechado_em=F("em"), registrado_em=F("em"))


class Migration(migrations.Migration):
    dependencies = [("clientes", "0004_fatos_e_relacionamento")]
    operations = [migrations.RunPython(carregar, migrations.RunPython.noop)]
