"""Palavras da demonstração: tudo inventado, com a cara de uma distribuidora do Sul e do Sudeste."""

import json
from typing import NamedTuple


class RamoDeMercado(NamedTuple):
    """Um segmento: peso na carteira, como se chamam as empresas dele e o que compram."""

    peso: int
    inicios: tuple[str, ...]
    produtos: tuple[tuple[str, str, str], ...]  # código, nome, preço
    fator_de_ciclo: float = 1.0
    # Multiplica o intervalo entre compras em cada mês: acima de 1 é época fraca.
    meses: tuple[float, ...] = (1.15, 1.05, 0.95, 0.95, 1.0, 1.0, 1.0, 0.95, 0.92, 0.9, 0.92, 1.2)


RAMOS: dict[str, RamoDeMercado] = {
    "Ferragens": RamoDeMercado(
        26,
        ("Ferragens", "Ferragista", "Casa de Ferragens", "Parafusos", "Ferramentas"),
        (
            ("FE-1010", "Parafuso sextavado 1/4 x 1 (cento)", "38.90"),
            ("FE-1042", "Bucha de nylon 8 mm (cento)", "21.40"),
            ("FE-1205", "Dobradiça reforçada 3 1/2", "14.75"),
            ("FE-1330", "Cadeado latão 40 mm", "42.60"),
            ("FE-1418", "Disco de corte 4 1/2 (caixa)", "86.00"),
            ("FE-1502", "Furadeira de impacto 650 W", "329.90"),
        ),
    ),
    "Construção": RamoDeMercado(
        24,
        ("Materiais de Construção", "Construcasa", "Depósito", "Casa do Construtor", "Empreiteira"),
        (
            ("CO-2001", "Argamassa colante AC-II 20 kg", "22.90"),
            ("CO-2015", "Tubo PVC soldável 25 mm", "31.50"),
            ("CO-2108", "Manta asfáltica 4 mm (rolo)", "214.00"),
            ("CO-2210", "Vergalhão 3/8 (barra)", "47.80"),
            ("CO-2304", "Torneira de pia cromada", "89.90"),
            ("CO-2411", "Caixa d'água 1.000 L", "468.00"),
        ),
    ),
    "Tintas": RamoDeMercado(
        16,
        ("Casa das Tintas", "Tintas", "Mundo das Cores", "Pinturas"),
        (
            ("TI-3003", "Tinta acrílica fosca 18 L", "289.00"),
            ("TI-3017", "Esmalte sintético 3,6 L", "118.50"),
            ("TI-3102", "Massa corrida 25 kg", "64.90"),
            ("TI-3205", "Rolo de lã 23 cm", "27.30"),
            ("TI-3311", "Selador acrílico 18 L", "142.00"),
        ),
    ),
    "Elétrica": RamoDeMercado(
        13,
        ("Elétrica", "Eletro", "Casa da Luz", "Instalações"),
        (
            ("EL-4001", "Cabo flexível 2,5 mm (rolo 100 m)", "219.00"),
            ("EL-4012", "Disjuntor bipolar 32 A", "48.70"),
            ("EL-4105", "Lâmpada LED 9 W (caixa)", "96.00"),
            ("EL-4210", "Quadro de distribuição 12 DIN", "134.90"),
        ),
    ),
    "Agro": RamoDeMercado(
        13,
        ("Agropecuária", "Cooperativa", "Agrícola", "Casa do Campo"),
        (
            ("AG-5001", "Arame liso galvanizado (rolo)", "412.00"),
            ("AG-5010", "Mangueira de irrigação 100 m", "368.00"),
            ("AG-5105", "Pulverizador costal 20 L", "239.90"),
            ("AG-5202", "Bomba centrífuga 1 CV", "689.00"),
        ),
        fator_de_ciclo=1.35,
        meses=(0.85, 0.9, 1.0, 1.1, 1.25, 1.3, 1.2, 1.0, 0.8, 0.75, 0.8, 0.95),
    ),
    "Hotelaria": RamoDeMercado(
        8,
        ("Hotel", "Pousada", "Resort", "Hospedaria"),
        (
            ("HO-6001", "Fechadura eletrônica para quarto", "548.00"),
            ("HO-6009", "Ducha eletrônica 7500 W", "179.90"),
            ("HO-6102", "Lâmpada LED decorativa (caixa)", "112.00"),
            ("HO-6204", "Kit manutenção hidráulica", "156.00"),
        ),
        fator_de_ciclo=1.2,
        meses=(0.85, 0.95, 1.1, 1.05, 1.15, 1.1, 0.95, 1.1, 1.0, 0.85, 0.75, 0.75),
    ),
}

COMPLEMENTOS = (
    "Aurora", "Boa Vista", "Três Barras", "Ponto Forte", "São Cristóvão", "do Vale", "Santa Clara",
    "Bela Vista", "Planalto", "Rio Bonito", "Primavera", "Esperança", "União", "Horizonte",
    "Catarinense", "Ipiranga", "Litoral", "Nova Era", "Serra Azul", "Alvorada", "Central", "Progresso",
    "São Roque", "Araucária", "Mirante", "Campo Largo", "Vitória", "Estrela do Sul", "Monte Verde",
    "Pinheiral", "Guarani", "Sete Quedas", "Bandeirante", "Imperial", "Colonial", "Itapema",
    "Pedra Branca", "Irmãos Vargas", "Irmãos Bonatto", "Schneider", "Zimmermann", "Dallacorte",
    "Ferrari", "Moretto", "Kuhn", "Bortolini", "Machado", "Nogueira", "Peixoto", "Cavalcanti", "Teles",
    "Fontana",
)  # fmt: skip

PRIMEIROS_NOMES = (
    "Patrícia", "Ivan", "Rosane", "Márcio", "Débora", "Leandro", "Simone", "Fábio", "Juliana",
    "Rogério", "Cláudia", "André", "Vanessa", "Gilberto", "Tatiane", "Renato", "Luciana", "Eduardo",
    "Silvana", "Maurício", "Helena", "Otávio", "Camila", "Jairo", "Beatriz", "Sérgio", "Elaine",
    "Nelson", "Priscila", "Vilmar",
)  # fmt: skip
SOBRENOMES = (
    "Amorim", "Kessler", "Prado", "Bittencourt", "Lacerda", "Moura", "Wagner", "Pacheco", "Furtado",
    "Cardoso", "Schmitt", "Tavares", "Brandão", "Hoffmann", "Queiroz", "Rezende", "Matos", "Vieira",
    "Bernardi", "Sampaio", "Duarte", "Goulart", "Barreto", "Klein", "Antunes", "Siqueira", "Fagundes",
    "Meireles", "Pires", "Zanella",
)  # fmt: skip

# Cidade, UF e peso dentro da equipe que a atende.
CIDADES = (
    ("Blumenau", "SC", 9), ("Joinville", "SC", 9), ("Itajaí", "SC", 6), ("Rio do Sul", "SC", 4),
    ("Chapecó", "SC", 5), ("Florianópolis", "SC", 6), ("Criciúma", "SC", 4), ("Lages", "SC", 3),
    ("Jaraguá do Sul", "SC", 4), ("Brusque", "SC", 3), ("Balneário Camboriú", "SC", 3), ("Timbó", "SC", 2),
    ("Curitiba", "PR", 9), ("Londrina", "PR", 5), ("Maringá", "PR", 4), ("Cascavel", "PR", 3),
    ("Ponta Grossa", "PR", 3), ("Foz do Iguaçu", "PR", 2),
    ("Porto Alegre", "RS", 8), ("Caxias do Sul", "RS", 6), ("Passo Fundo", "RS", 4),
    ("Santa Maria", "RS", 3), ("Pelotas", "RS", 3), ("Gramado", "RS", 2), ("Novo Hamburgo", "RS", 3),
    ("São Paulo", "SP", 9), ("Campinas", "SP", 6), ("Ribeirão Preto", "SP", 4), ("Sorocaba", "SP", 4),
    ("Bauru", "SP", 3), ("São José do Rio Preto", "SP", 3), ("Piracicaba", "SP", 3),
    ("Belo Horizonte", "MG", 6), ("Uberlândia", "MG", 4), ("Juiz de Fora", "MG", 3),
    ("Poços de Caldas", "MG", 2), ("Rio de Janeiro", "RJ", 4), ("Petrópolis", "RJ", 2),
    ("Vitória", "ES", 3),
    ("Goiânia", "GO", 9), ("Anápolis", "GO", 4), ("Rio Verde", "GO", 4), ("Brasília", "DF", 5),
    ("Cuiabá", "MT", 7), ("Rondonópolis", "MT", 4), ("Sinop", "MT", 4), ("Campo Grande", "MS", 7),
    ("Dourados", "MS", 4), ("Palmas", "TO", 2), ("Luís Eduardo Magalhães", "BA", 3), ("Porto Velho", "RO", 2),
)  # fmt: skip

UFS_DA_EQUIPE = {
    "Sul": frozenset({"SC", "PR", "RS"}),
    "Sudeste": frozenset({"SP", "MG", "RJ", "ES"}),
    "Centro-Oeste": frozenset({"GO", "DF", "MT", "MS", "TO", "BA", "RO"}),
}
EQUIPES = tuple(UFS_DA_EQUIPE)


def equipe_do_vendedor(ordem: int) -> str:
    """As equipes se revezam: têm todas o mesmo tamanho."""
    return EQUIPES[ordem % len(EQUIPES)]


OBSERVACOES: dict[str, tuple[str, ...]] = {
    "Fez pedido": (
        "Fechou o pedido por telefone e pediu entrega até sexta.",
        "Repôs o estoque de sempre e acrescentou um item da promoção.",
        "Comprou depois de conferir a tabela nova. Quer boleto em 28 dias.",
    ),
    "Pediu orçamento": (
        "Pediu orçamento para uma obra que começa no mês que vem.",
        "Quer preço para o dobro da quantidade; está cotando com mais um fornecedor.",
        "Pediu cotação com frete incluso. Retorno prometido para amanhã.",
    ),
    "Vai pensar": (
        "Ainda tem estoque; pediu para ligar de novo na semana que vem.",
        "Gostou da condição, mas depende da aprovação do sócio.",
        "Está fechando o inventário e só volta a comprar depois.",
    ),
    "Não quer": (
        "Achou o preço alto em relação ao concorrente da cidade.",
        "Trocou de fornecedor por causa do prazo de entrega.",
        "Diz que o movimento caiu e não vai repor este mês.",
    ),
    "Outro assunto": (
        "Queria a segunda via do boleto; encaminhado ao financeiro.",
        "Reclamou de uma caixa avariada; abrimos a troca.",
        "Atualizou o contato: agora quem compra é a filha do dono.",
    ),
    "Não atendeu": ("",),
    "Deixou recado": ("Recado com a recepção.", "Recado com o estoquista, que prometeu avisar o comprador."),
}
NOTAS_DA_AGENDA = (
    "Retomar o orçamento da obra",
    "Confirmar se o pedido chegou completo",
    "Oferecer a condição de fim de mês",
    "Ligar para o comprador novo",
    "Visita combinada na loja",
    "Levar amostra da linha nova",
)
MOTIVOS_DE_ENCERRAMENTO = ("Fechou as portas", "Mudou de ramo", "Passou a comprar pela matriz")

# Papel na compra e os cargos de quem o tem; o primeiro é com quem se fala.
PAPEIS = (
    ("comprador", ("Compras", "Gerente de compras", "Encarregado do estoque")),
    ("financeiro", ("Financeiro", "Contas a pagar")),
    ("decisor", ("Sócio", "Diretor", "Gerente da loja")),
    ("tecnico", ("Técnico", "Mestre de obras")),
)

# O motivo do contato em que cada ocorrência costuma dar.
MOTIVOS_DA_OCORRENCIA = {
    "Fez pedido": "Pós-venda", "Pediu orçamento": "Efetuou cotação", "Vai pensar": "Retorno de orçamento",
    "Outro assunto": "Atualização de cadastro",
}  # fmt: skip
OBJECOES_DA_OBSERVACAO = {
    "Achou o preço alto em relação ao concorrente da cidade.": "Preço alto",
    "Trocou de fornecedor por causa do prazo de entrega.": "Prazo de entrega",
    "Ainda tem estoque; pediu para ligar de novo na semana que vem.": "Está com estoque",
}

OBSERVACOES_DE_ORCAMENTO = (
    "", "Obra com entrega em duas etapas", "Frete incluso", "Cotando com mais um fornecedor",
    "Preço para o dobro da quantidade", "Condição de fim de mês",
)  # fmt: skip

# Tipo, assunto, descrição e como se resolveu.
CASOS_DE_ATENDIMENTO = (
    ("nao_conformidade", "Caixa avariada na entrega", "Duas caixas chegaram molhadas e com produto enferrujado.",
     "Reposição enviada sem custo no pedido seguinte."),
    ("nao_conformidade", "Lote com defeito de fabricação", "Peças do mesmo lote não encaixam; separou 14 unidades.",
     "Lote recolhido e crédito lançado; fornecedor avisado."),
    ("nao_conformidade", "Produto diferente do pedido", "Veio a medida errada e a obra ficou parada.",
     "Troca feita no mesmo dia e conferência reforçada na expedição."),
    ("reclamacao", "Entrega fora do prazo", "Prometida para terça, chegou na sexta.",
     "Transportadora trocada nesta rota."),
    ("reclamacao", "Cobrança em duplicidade", "Recebeu dois boletos da mesma parcela.",
     "Boleto repetido cancelado e cliente avisado."),
    ("reclamacao", "Ninguém retornou a ligação", "Ligou duas vezes para pedir prazo e não teve resposta.",
     "Vendedor ligou, pediu desculpas e combinou contato quinzenal."),
    ("troca", "Troca de cor", "Quer trocar a tinta por outro tom, embalagem fechada.", "Troca feita na visita."),
    ("troca", "Item comprado a mais", "Quer devolver uma caixa e levar outra medida.", "Devolvido com nota."),
    ("duvida", "Rendimento do produto", "Perguntou quantos metros rende cada embalagem.", "Ficha técnica enviada."),
    ("outro", "Mudança de endereço de entrega", "O depósito mudou para a outra rua.", "Cadastro atualizado."),
)  # fmt: skip


def casos_de_atendimento() -> str:
    return json.dumps(CASOS_DE_ATENDIMENTO, ensure_ascii=False)
