"""As fórmulas de `formulas.py` em SQL, no logaritmo e presas onde exp() estouraria.

Os nomes entre chaves: {n} dias de compra, {r} recência, {tx} da primeira à última compra, em dias;
{modelo}, {rho}, {alfa} (em dias), {a} e {b} do ajuste da empresa.
"""

from atividade.probabilidade.formulas import Modelo

_K = f"CASE WHEN {{modelo}} = '{Modelo.MBGCNBD2}' THEN 2 ELSE 1 END"
_D = f"CASE WHEN {{modelo}} = '{Modelo.BGNBD}' THEN 0 ELSE 1 END"
_E = f"({{rho}} + {_K} * ({{n}} - 1))"
_T = "({alfa} + {tx} + {r})"


def _exp(ln: str) -> str:
    return f"exp(least(greatest({ln}, -700), 700))"


def _ln_espera(silencio: str, t: str) -> str:
    return f"CASE WHEN {_K} = 2 THEN ln(1 + {_E} * {silencio} / {t}) ELSE 0 END"


_LN_FOI = f"ln({{a}} / ({{b}} + {{n}} - 2 + {_D})) + {_E} * ln({_T} / ({{alfa}} + {{tx}})) - {_ln_espera('{r}', _T)}"
_FIM = f"({_T} + {{horizonte}})"
_LN_CALADO = f"{_E} * ln({_T} / {_FIM}) + {_ln_espera('({r} + {horizonte})', _FIM)} - {_ln_espera('{r}', _T)}"

# Nulas sem modelo ajustado (greatest() ignora nulos: a guarda é explícita) ou sem compra nenhuma.
P_VIVO = (
    f"CASE WHEN {{a}} IS NULL OR {{n}} < 1 THEN NULL WHEN {{n}} = 1 AND {_D} = 0 THEN 1::float8 "
    f"ELSE 1 / (1 + {_exp(_LN_FOI)}) END"
)
P_SEM_COMPRA = (
    f"CASE WHEN {{a}} IS NULL OR {{n}} < 1 THEN NULL ELSE 1 - ({P_VIVO}) * (1 - {_exp(_LN_CALADO)}) END"
)
NOMES = "n r tx modelo rho alfa a b"
