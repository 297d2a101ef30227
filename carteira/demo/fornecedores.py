"""Os fornecedores da demonstração: uma dúzia, com scores de seis meses e algumas restrições; um deles é uma pessoa.

Tudo é função da data de base: uma partida mais tarde só acrescenta o que ainda não havia.
"""

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from carteira.demo.documentos import cnpj_numerico, cpf
from clientes.importacao.lugares import reconhecer
from clientes.models import Fornecedor, RestricaoDeFornecedor, ScoreDeFornecedor
from contas.models import Empresa

FONTE, CARTORIO = "Serasa", "Cartório"
MESES = 6
# (nome, município, UF, com quem falar, score de seis meses atrás, o de hoje)
_ELENCO = (
    ("Aços Vale do Itajaí", "Joinville", "SC", "Rute Klein", 720, 735),
    ("Parafusos Continental", "São Paulo", "SP", "Davi Ramalho", 640, 655),
    ("Tintas Rio Negro", "Curitiba", "PR", "Sônia Prestes", 610, 470),
    ("Cabos Elétricos Solar", "Caxias do Sul", "RS", "Mauro Zanini", 540, 560),
    ("Abrasivos Mantiqueira", "Campinas", "SP", "Elaine Furtado", 480, 530),
    ("Ferramentas Pinhal", "Chapecó", "SC", "Ivo Bertoldi", 690, 705),
    ("Embalagens Guaíba", "Porto Alegre", "RS", "Célia Duarte", 455, 290),
    ("Químicos Paranapanema", "Londrina", "PR", "Hugo Takeda", 580, 575),
    ("Borrachas Triângulo", "Uberlândia", "MG", "Neide Alvim", 515, 498),
    ("Vidros Litoral", "Itajaí", "SC", "Otávio Pires", 770, 780),
    ("Transportes Serra Azul", "Lages", "SC", "Renata Colla", 390, 515),
    ("Anselmo Prado Representações", "Blumenau", "SC", "Anselmo Prado", 560, 600),
)
# (qual, tipo, há quantos dias, de quanto, baixada há quantos dias)
_RESTRICOES = (
    (2, "protesto", 18, 3_480, None),
    (4, "pendencia", 96, 1_250, 12),
    (6, "protesto", 41, 8_900, None),
    (6, "pendencia", 27, 2_140, None),
    (8, "acao", 210, 15_000, 64),
    (10, "cheque", 130, 980, 21),
    (0, "mudanca_societaria", 55, 0, None),
)


def trazer(*, empresa: Empresa, base: date, hoje: date) -> int:
    """O cadastro e o que o birô diria deles até `hoje`; devolve quantas linhas. Repetir não escreve nenhuma."""
    antes = _quantas(empresa)
    fornecedores = [_cadastrar(empresa, i) for i in range(len(_ELENCO))]
    ScoreDeFornecedor.objects.bulk_create(
        (s for i, f in enumerate(fornecedores) if not f.anonimizado_em for s in _scores(f, i, base, hoje)),
        ignore_conflicts=True,
    )
    for qual, tipo, ha, valor, baixada in _RESTRICOES:
        if fornecedores[qual].anonimizado_em:
            continue
        RestricaoDeFornecedor.objects.get_or_create(
            fornecedor=fornecedores[qual],
            fonte=FONTE if tipo != "protesto" else CARTORIO,
            tipo=tipo,
            em=base - timedelta(days=ha),
            numero=f"D{qual}",
            defaults={
                "empresa": empresa,
                "valor": valor,
                "baixada_em": None if baixada is None else base - timedelta(days=baixada),
            },
        )
    return _quantas(empresa) - antes


def _quantas(empresa: Empresa) -> int:
    modelos = (Fornecedor, ScoreDeFornecedor, RestricaoDeFornecedor)
    return sum(modelo.objects.filter(empresa=empresa).count() for modelo in modelos)


def _cadastrar(empresa: Empresa, i: int) -> Fornecedor:
    nome, cidade, uf, contato, *_ = _ELENCO[i]
    pessoa = nome.startswith("Anselmo")
    indice = 900_000 + i  # longe dos clientes: nenhum documento se repete
    fornecedor, _criado = Fornecedor.objects.get_or_create(
        empresa=empresa,
        codigo=f"F-{101 + i}",
        defaults={
            "nome": nome if pessoa else f"{nome} Ltda",
            "documento": cpf(indice) if pessoa else cnpj_numerico(indice),
            "documento_valido": True,
            "cidade": cidade,
            "uf": uf,
            "municipio_id": reconhecer(cidade, uf).municipio,
            "contato": contato,
            "telefone": f"+5547{34330100 + i}",
        },
    )
    return fornecedor


def _scores(fornecedor: Fornecedor, i: int, base: date, hoje: date) -> list[ScoreDeFornecedor]:
    """Um por mês, em linha reta do de seis meses atrás ao da base; depois dela, fica o último."""
    de, ate = _ELENCO[i][4:]
    inicio = base.replace(day=5) - relativedelta(months=MESES - 1)
    dias = [inicio + relativedelta(months=n) for n in range(MESES + _meses(base, hoje))]
    return [
        ScoreDeFornecedor(
            fornecedor=fornecedor,
            empresa=fornecedor.empresa,
            fonte=FONTE,
            em=dia,
            valor=de + (ate - de) * min(n, MESES - 1) // (MESES - 1),
        )
        for n, dia in enumerate(dias)
        if dia <= hoje
    ]


def _meses(base: date, hoje: date) -> int:
    return max(0, (hoje.year - base.year) * 12 + hoje.month - base.month)
