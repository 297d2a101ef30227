"""Quem trabalha na demonstração: três equipes, dois gestores, os vendedores, e quatro pessoas que entram."""

from dataclasses import dataclass, field

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from carteira.demo import catalogo
from carteira.demo.ritmo import sorteio
from contas.models import Empresa, Equipe, MembroDeEquipe, Papel, TipoDeVendedor, Usuario, Vinculo

SENHA = "ferragens-alianca"
DOMINIO = "alianca.example"
VENDEDORES_POR_EQUIPE = {200: 2, 20_000: 14, 100_000: 35}


def quantos_vendedores(clientes: int) -> int:
    """Ao todo, numa demonstração desse tamanho."""
    return VENDEDORES_POR_EQUIPE.get(clientes, 2) * len(catalogo.EQUIPES)


@dataclass(frozen=True, slots=True)
class Login:
    """Uma linha da tabela mostrada no terminal."""

    nome: str
    papel: str
    email: str


LOGINS = (
    Login("Helena Castilho", "admin", f"admin@{DOMINIO}"),
    Login("Roberto Sandri", "gestor", f"gestor@{DOMINIO}"),
    Login("Patrícia Amorim", "vendedor externo", f"externo@{DOMINIO}"),
    Login("Ivan Kessler", "vendedor interno", f"interno@{DOMINIO}"),
)


@dataclass(slots=True)
class Elenco:
    """As pessoas criadas, por equipe."""

    admin: Usuario
    vendedores: dict[str, list[Usuario]] = field(default_factory=dict)
    equipes: dict[str, Equipe] = field(default_factory=dict)

    def vendedor(self, ordem: int) -> Usuario:
        """O vendedor de número `ordem`, na mesma conta que reparte os clientes."""
        return self.vendedores[catalogo.equipe_do_vendedor(ordem)][ordem // len(catalogo.EQUIPES)]


def _pessoa(empresa: Empresa, nome: str, papel: str, email: str | None = None, **campos: object) -> Usuario:
    """Só as quatro pessoas anunciadas têm senha; as outras estão na equipe, mas não entram."""
    tem_senha = email in {login.email for login in LOGINS}
    pessoa = Usuario.objects.create_user(
        email, SENHA if tem_senha else None, nome=nome, papel=papel, convidado_em=timezone.now(), **campos
    )
    codigo = str(100 + Vinculo.objects.filter(empresa=empresa).count()) if papel == Papel.VENDEDOR else None
    Vinculo.objects.create(usuario=pessoa, empresa=empresa, codigo_erp=codigo)
    return pessoa


def _nomes(semente: int) -> list[str]:
    """Nomes sem repetição, em ordem sorteada; ninguém é xará nem parente das pessoas fixas."""
    fixos = {parte for login in LOGINS for parte in login.nome.split()}
    primeiros = [nome for nome in catalogo.PRIMEIROS_NOMES if nome not in fixos]
    todos = [f"{p} {s}" for s in catalogo.SOBRENOMES if s not in fixos for p in primeiros]
    sorteio(semente, "nomes").shuffle(todos)
    return todos


def criar_elenco(*, empresa: Empresa, semente: int, clientes: int) -> Elenco:
    """Cria equipes e pessoas; o gestor anunciado tem duas equipes, e a Sul, os dois vendedores anunciados."""
    admin, gestor, externo, interno = LOGINS
    elenco = Elenco(admin=_pessoa(empresa, admin.nome, Papel.ADMIN, admin.email))
    _pessoa(empresa, "Lúcia Ferraz", Papel.LEITURA, f"diretoria@{DOMINIO}")
    nomes = iter(_nomes(semente))
    lideres = {
        "anunciado": _pessoa(empresa, gestor.nome, Papel.GESTOR, gestor.email),
        "outro": _pessoa(empresa, next(nomes), Papel.GESTOR, f"gestor.2@{DOMINIO}"),
    }
    por_equipe = VENDEDORES_POR_EQUIPE.get(clientes, 2)
    for nome in catalogo.EQUIPES:
        equipe = elenco.equipes[nome] = Equipe.objects.create(nome=nome)
        do_sul = nome == "Sul"
        equipe.gestores.add(lideres["outro" if nome == "Sudeste" else "anunciado"])
        fixos = [externo, interno] if do_sul else []
        elenco.vendedores[nome] = [
            _vendedor(empresa, equipe, ordem, fixos[ordem] if ordem < len(fixos) else None, nomes)
            for ordem in range(por_equipe)
        ]
    return elenco


def _vendedor(empresa: Empresa, equipe: Equipe, ordem: int, login: Login | None, nomes: "object") -> Usuario:
    """Um em cada dois é do televendas."""
    nome = login.nome if login else next(nomes)  # type: ignore[call-overload]
    pessoa = _pessoa(
        empresa,
        nome,
        Papel.VENDEDOR,
        login.email if login else None,
        tipo=TipoDeVendedor.INTERNO if ordem % 2 else TipoDeVendedor.EXTERNO,
        capacidade_diaria=18 if ordem % 2 else 10,
    )
    MembroDeEquipe.objects.create(usuario=pessoa, equipe=equipe, periodo=DateRange(None, None))
    return pessoa
