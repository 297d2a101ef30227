"""De texto de célula a coluna tipada, campo a campo: funções puras com memória curta.

Cada leitor devolve uma `Celula`: o trecho já pronto para o COPY, e o erro, o aviso ou o indício, se há.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from clientes.ceps import normalizar_cep
from clientes.documentos import normalizar_documento
from clientes.emails import email_valido
from clientes.importacao import blocos
from clientes.importacao.blocos import NULO, Direto
from clientes.importacao.datas import data_vazia, ler_data, recusa_futura
from clientes.importacao.situacoes import Vocabulario
from clientes.importacao.valores import CASAS, NEUTRO, PONTO, VIRGULA, ler_numero
from clientes.models.lugar import UFS
from clientes.telefones import normalizar_telefone
from contas.texto import chave_de_nome

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_CONTROLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
_ESPACOS = re.compile(r"\s+")
_NEUTRALIZADA = re.compile(r"'+[=+\-@\t\r\n]")
_CODIGO_CIENTIFICO = re.compile(r"[0-9]+(?:[.,][0-9]+E\+?|E\+)[0-9]+", re.IGNORECASE)
_SEQUENCIA_DO_PROTHEUS = re.compile(r"(?![0-9]{2})[0-9A-Z]{2}", re.ASCII)  # depois do item 99 vem o 9A
_DEPOIS_DE_99 = 100_000
_TEXTO_FORCADO = re.compile(r'="([^"]*)"')  # ="00123", como os ERPs impedem o Excel de comer zeros
# A marca, e o número como JSON o escreve.
_JSON_DIRETO = re.compile(r"\x01(?:0|[1-9][0-9]{0,11})\.[0-9]{1,2}", re.ASCII)
_MOJIBAKE = re.compile("Ã[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|\ufffd")

_SIM = {"s", "sim", "1", "x", "true", "verdadeiro", "v", "y", "yes", "bloqueado"}
_NAO = {"", "n", "nao", "0", "2", "false", "falso", "f", "no", "liberado", "-"}
_CATEGORIAS = {
    "cliente": "cliente", "ativo": "cliente", "ex cliente": "ex_cliente", "ex-cliente": "ex_cliente",
    "excliente": "ex_cliente", "ex_cliente": "ex_cliente", "prospect": "prospect", "prospecto": "prospect",
    "potencial": "prospect", "lead": "prospect",
}  # fmt: skip
_CANAIS = {
    "ligacao": "ligacao", "telefone": "ligacao", "fone": "ligacao", "whatsapp": "whatsapp", "zap": "whatsapp",
    "visita": "visita", "email": "email", "e-mail": "email",
}  # fmt: skip
_NOMES_DE_UF = {
    "acre": "AC", "alagoas": "AL", "amazonas": "AM", "amapa": "AP", "bahia": "BA", "ceara": "CE",
    "distrito federal": "DF", "espirito santo": "ES", "goias": "GO", "maranhao": "MA", "minas gerais": "MG",
    "mato grosso do sul": "MS", "mato grosso": "MT", "para": "PA", "paraiba": "PB", "pernambuco": "PE",
    "piaui": "PI", "parana": "PR", "rio de janeiro": "RJ", "rio grande do norte": "RN", "rondonia": "RO",
    "roraima": "RR", "rio grande do sul": "RS", "santa catarina": "SC", "sergipe": "SE", "sao paulo": "SP",
    "tocantins": "TO",
}  # fmt: skip
_REAIS = {"", "brl", "r$", "real", "reais", "rs", "1", "01"}


class Celula(NamedTuple):
    """`copia` é o trecho para o COPY (campos separados por tabulação)."""

    copia: str
    erro: str = ""
    aviso: str = ""
    indicio: str = ""


class Limites(NamedTuple):
    """O que a leitura precisa saber de fora: o dia da importação, o fuso e o de-para de situações."""

    hoje: date
    fuso: ZoneInfo
    situacoes: dict[str, str]
    empresas: dict[str, int]  # código e nome normalizados → id
    empresa_padrao: int | None


Leitor = Callable[[str], Celula]


def escapar(texto: str | None) -> str:
    """Texto no formato do COPY; vazio é vazio, None é nulo."""
    return NULO if texto is None else texto.translate(_ESCAPES)


def cru(texto: str) -> str:
    """O que a pessoa vê na célula, sem as marcas internas de planilha."""
    return texto[1:] if texto[:1] in {"\x01", "\x02", "\x03"} else texto


def desfazer_neutralizacao(texto: str) -> str:
    """Os arquivos do Carteira põem ' antes de = + - @; aqui ele sai."""
    return texto[1:] if _NEUTRALIZADA.match(texto) else texto


def limpar(texto: str) -> str:
    """Espaços, controles invisíveis e acentos decompostos fora do caminho."""
    texto = desfazer_neutralizacao(cru(texto).strip())
    if forcado := _TEXTO_FORCADO.fullmatch(texto):
        texto = forcado[1]
    if texto.isascii() and texto.isprintable() and "  " not in texto:
        return texto
    return _ESPACOS.sub(" ", _CONTROLE.sub("", unicodedata.normalize("NFC", texto))).strip()


def leitor_de_texto(maximo: int, *, obrigatorio: bool = False, rotulo: str = "") -> Leitor:
    def ler(texto: str) -> Celula:
        limpo = limpar(texto)
        # A chave de comparação pode ser maior que o nome: as sílabas coreanas abrem-se em três.
        tamanho = len(limpo) if limpo.isascii() else max(len(limpo), len(chave_de_nome(limpo)))
        if tamanho > maximo:
            return Celula(NULO, f"texto com {tamanho} caracteres; o limite é {maximo}")
        if obrigatorio and not limpo:
            return Celula(NULO, f"{rotulo} em branco: preencha")
        aviso = "acentos parecem trocados no próprio arquivo" if _MOJIBAKE.search(limpo) else ""
        return Celula(escapar(limpo), aviso=aviso)

    return ler


def leitor_de_codigo(rotulo: str, maximo: int = 40, *, obrigatorio: bool = True) -> Leitor:
    """Códigos ficam como vieram, com os zeros à esquerda; controles e notação científica são recusados."""

    def ler(texto: str) -> Celula:
        limpo = texto.strip()
        if limpo.isalnum() and limpo.isascii() and len(limpo) <= maximo:
            return Celula(limpo)
        limpo = limpar(texto)
        if _CONTROLE.search(cru(texto)) or "\n" in cru(texto).strip():
            return Celula(NULO, f"{rotulo} com caractere invisível ou quebra de linha: digite de novo")
        if not limpo:
            return Celula(NULO, f"{rotulo} em branco: preencha") if obrigatorio else Celula("")
        if len(limpo) > maximo:
            return Celula(NULO, f"{rotulo} com {len(limpo)} caracteres; o limite é {maximo}")
        if texto.startswith("\x02"):
            return Celula(NULO, f"a planilha trocou o {rotulo} por uma data: formate a coluna como texto")
        if _CODIGO_CIENTIFICO.fullmatch(limpo):
            return Celula(NULO, "o Excel trocou o código por notação científica: formate a coluna como texto")
        if texto.startswith("\x01") and "." in limpo:  # 1.10 chegaria 1.1, que pode ser outro
            return Celula(
                NULO, f"o {rotulo} veio como número com casas e pode ter perdido zeros: mande-o como texto"
            )
        if texto.startswith("\x01") and len(limpo.lstrip("-")) > 15:
            return Celula(
                NULO, "número com mais de 15 dígitos perde o fim na planilha: formate a coluna como texto"
            )
        return Celula(escapar(limpo))

    return ler


def ler_sequencia(texto: str) -> Celula:
    limpo = limpar(texto).removesuffix(".0")
    if limpo.isascii() and limpo.isdigit() and len(limpo) <= 9:
        return Celula(str(int(limpo)))
    if _SEQUENCIA_DO_PROTHEUS.fullmatch(limpo):
        return Celula(str(_DEPOIS_DE_99 + int(limpo, 36)))
    return Celula(
        NULO, "sequência não é um número inteiro: corrija, ou tire a coluna e vale a ordem das linhas"
    )


def leitor_de_numero(*, obrigatorio: bool, casas: int = CASAS) -> Leitor:
    """Quatro colunas: leitura com vírgula, leitura com ponto, texto (se diferem) e se é ambíguo."""

    def ler(texto: str) -> Celula:
        if casas == CASAS and _JSON_DIRETO.fullmatch(texto):
            return Celula(f"{texto[1:]}\t{texto[1:]}\t{NULO}\t{NULO}", indicio=NEUTRO)
        if blocos.VIRGULA_DIRETA.fullmatch(texto):
            return Celula(blocos.numero_com_virgula(texto), indicio=VIRGULA)
        if blocos.PONTO_DIRETO.fullmatch(texto):
            return Celula(blocos.numero_com_ponto(texto), indicio=PONTO)
        limpo = texto if texto.startswith("\x01") else limpar(texto)
        if not cru(limpo):
            erro = "valor em branco: preencha" if obrigatorio else ""
            return Celula("\t".join([NULO] * 4), erro)
        lido = ler_numero(limpo, casas)
        if lido.indicio == "x":
            return Celula("\t".join([NULO] * 4), lido.motivo, indicio="x")
        guardado = NULO if lido.virgula == lido.ponto and lido.virgula else escapar(limpo)
        ambiguo = "a" if lido.indicio == "a" else NULO
        return Celula(
            f"{escapar(lido.virgula)}\t{escapar(lido.ponto)}\t{guardado}\t{ambiguo}", indicio=lido.indicio
        )

    return ler


def leitor_de_data(limites: Limites, *, obrigatoria: bool, ate_hoje: bool) -> Leitor:
    """Duas colunas: a data e, quando dia e mês podem estar trocados, o texto."""

    def ler(texto: str) -> Celula:
        if data_vazia(texto):
            return Celula(f"{NULO}\t{NULO}", "data em branco: preencha" if obrigatoria else "")
        lida = ler_data(texto, limites.fuso)
        erro = lida.motivo or (recusa_futura(lida.iso or "", limites.hoje) if ate_hoje else "")
        if erro:
            return Celula(f"{NULO}\t{NULO}", erro, indicio=lida.indicio)
        return Celula(f"{lida.iso}\t{escapar(texto) if lida.indicio == 'a' else NULO}", indicio=lida.indicio)

    return ler


def leitor_de_palavra(vocabulario: Vocabulario, limites: Limites, padrao: str = "") -> Leitor:
    """Uma palavra de um vocabulário; com padrão, a vazia ou desconhecida o vale, e a segunda avisa."""

    def ler(texto: str) -> Celula:
        limpo = limpar(texto)
        valor, erro = vocabulario.ler(limpo, limites.situacoes)
        if erro and padrao:
            return Celula(padrao, aviso=f"{vocabulario.desconhecido}, ficou {padrao}" if limpo else "")
        return Celula(valor or NULO, erro)

    return ler


def ler_moeda(texto: str) -> Celula:
    limpo = limpar(texto)
    if limpo.lower() in _REAIS:
        return Celula("BRL")
    return Celula(NULO, f"moeda {limpo[:20]}: só valores em reais (BRL), converta antes de importar")


def ler_documento_de_cliente(texto: str) -> Celula:
    """Duas colunas: documento e se é válido."""
    lido = normalizar_documento(limpar(texto))
    return Celula(f"{escapar(lido.valor)}\t{'t' if lido.valido else 'f'}", aviso=lido.aviso)


def leitor_de_documento_chave(dono: str) -> Leitor:
    def ler(texto: str) -> Celula:
        limpo = limpar(texto)
        lido = normalizar_documento(limpo)
        if limpo and not lido.valido:
            return Celula(
                NULO, f"CPF/CNPJ inválido não serve para achar o {dono}: corrija ou informe o código"
            )
        return Celula(lido.valor or NULO)

    return ler


def ler_telefone(texto: str) -> Celula:
    lido = normalizar_telefone(limpar(texto))
    return Celula(escapar(lido.valor), aviso=lido.aviso)


def ler_email(texto: str) -> Celula:
    """Um e-mail ruim fica como texto, com aviso: apagá-lo perderia a pista de quem é."""
    limpo = limpar(texto).strip(";, ")
    primeiro = re.split(r"[;, ]+", limpo)[0] if limpo else ""
    escolhido = primeiro if email_valido(primeiro) else limpo
    if len(escolhido) > 254:
        return Celula(NULO, "e-mail com mais de 254 caracteres: confira")
    if escolhido and not email_valido(escolhido):
        return Celula(escapar(escolhido), aviso="e-mail inválido, guardado como texto")
    aviso = "vários e-mails no campo; ficou o primeiro" if escolhido != limpo else ""
    return Celula(escapar(escolhido.lower()), aviso=aviso)


def ler_cep(texto: str) -> Celula:
    lido = normalizar_cep(limpar(texto))
    return Celula(escapar(lido.valor), aviso=lido.aviso)


def ler_uf(texto: str) -> Celula:
    limpo = limpar(texto)
    sigla = limpo.upper()
    if sigla in {"EX", "EXTERIOR"}:
        return Celula("", aviso="cliente do exterior: a UF fica em branco")
    sigla = sigla if sigla in UFS else _NOMES_DE_UF.get(chave_de_nome(limpo), "")
    if limpo and not sigla:
        return Celula(
            NULO, "UF desconhecida: use uma das 27 siglas (cliente do exterior fica com a UF em branco)"
        )
    return Celula(sigla)


def ler_municipio_ibge(texto: str) -> Celula:
    """Sete dígitos, seis (sem o verificador) ou cinco (sem o estado), com os zeros que a planilha comeu."""
    limpo = limpar(texto).removesuffix(".0")
    if not limpo or (limpo.isascii() and limpo.isdigit() and len(limpo) <= 7):
        return Celula(limpo.zfill(5) if limpo.strip("0") else "")
    return Celula("", aviso="código do IBGE do município não tem cinco a sete dígitos, ficou de fora")


def ler_sim_nao(texto: str) -> Celula:
    chave = chave_de_nome(limpar(texto))
    if chave in _SIM or chave in _NAO:
        return Celula("t" if chave in _SIM else "f")
    return Celula(NULO, "escreva sim ou não")


def ler_categoria(texto: str) -> Celula:
    limpo = limpar(texto)
    categoria = _CATEGORIAS.get(chave_de_nome(limpo), "")
    aviso = (
        "categoria desconhecida (use cliente, ex-cliente ou prospect); ficou cliente"
        if limpo and not categoria
        else ""
    )
    return Celula(categoria or "cliente", aviso=aviso)


def ler_canais(texto: str) -> Celula:
    chave = chave_de_nome(limpar(texto))
    if chave in {"todos", "tudo"}:
        return Celula("{email,ligacao,visita,whatsapp}")
    partes = [p for p in re.split(r"[,;/| ]+", chave) if p]
    if any(p not in _CANAIS for p in partes):
        return Celula(NULO, "canal desconhecido: use ligação, WhatsApp, visita, e-mail ou todos")
    return Celula("{" + ",".join(sorted({_CANAIS[p] for p in partes})) + "}")


def chave_de_empresa(texto: str) -> str:
    """'01' e '1' são a mesma filial."""
    chave = chave_de_nome(texto)
    return chave.lstrip("0") or "0" if chave.isdigit() else chave


def leitor_de_empresa(limites: Limites) -> Leitor:
    def ler(texto: str) -> Celula:
        limpo = limpar(texto)
        achada = limites.empresas.get(chave_de_empresa(limpo)) if limpo else limites.empresa_padrao
        if achada is None:
            if limites.empresa_padrao is not None:
                return Celula(NULO, f"empresa “{limpo[:40]}” não é a escolhida: importe a linha na dela")
            return Celula(NULO, f"empresa “{limpo[:40]}” desconhecida: cadastre-a ou corrija o código")
        return Celula(str(achada))

    return ler


def com_erro_de_formula(ler: Leitor) -> Leitor:
    """Nenhum campo aceita #N/D nem fórmula que a planilha não calculou."""

    def ler_ou_recusar(texto: str) -> Celula:
        if texto.startswith("\x03"):
            return Celula(
                "", f"a célula tem fórmula com erro ou sem resultado ({texto[1:]}): cole como valor"
            )
        return ler(texto)

    return ler_ou_recusar


@dataclass(frozen=True, slots=True)
class Coluna:
    """Um campo na área de carga: seus nomes e tipos de coluna, e quem o lê."""

    campo: str
    colunas: tuple[tuple[str, str], ...]
    ler: Leitor
    memoria: bool = True
    casas: int = CASAS
    direto: Direto | None = None  # lê o bloco inteiro de uma vez, se é todo regular


def coluna_de_numero(campo: str, *, obrigatorio: bool = False, casas: int = CASAS) -> Coluna:
    nomes = (
        (f"{campo}_v", "numeric"),
        (f"{campo}_p", "numeric"),
        (f"{campo}_t", "text"),
        (f"{campo}_a", "text"),
    )
    ler = leitor_de_numero(obrigatorio=obrigatorio, casas=casas)
    return Coluna(campo, nomes, ler, casas=casas, direto=blocos.numeros)


def coluna_de_codigo(campo: str, rotulo: str, *, obrigatorio: bool = True, memoria: bool = True) -> Coluna:
    ler = leitor_de_codigo(rotulo, obrigatorio=obrigatorio)
    return Coluna(campo, ((campo, "text"),), ler, memoria=memoria, direto=blocos.codigos)


def coluna_de_data(
    campo: str, limites: Limites, *, obrigatoria: bool = False, ate_hoje: bool = True
) -> Coluna:
    nomes = ((campo, "date"), (f"{campo}_t", "text"))
    return Coluna(campo, nomes, leitor_de_data(limites, obrigatoria=obrigatoria, ate_hoje=ate_hoje))


def coluna_de_texto(campo: str, maximo: int, *, obrigatorio: bool = False, rotulo: str = "") -> Coluna:
    return Coluna(campo, ((campo, "text"),), leitor_de_texto(maximo, obrigatorio=obrigatorio, rotulo=rotulo))


def coluna_simples(campo: str, tipo: str, ler: Leitor) -> Coluna:
    return Coluna(campo, ((campo, tipo),), ler)


def coluna_da_empresa(limites: Limites) -> Coluna:
    return Coluna("empresa", (("empresa_id", "bigint"),), leitor_de_empresa(limites))


def por_campo(*colunas: Coluna) -> dict[str, Coluna]:
    return {c.campo: c for c in colunas}
