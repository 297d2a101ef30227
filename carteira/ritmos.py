"""Os nomes dos ritmos de compra, os mesmos na página do ciclo, na lista e nos filtros."""

from atividade.ciclos import SEM_RITMO
from atividade.regras import FAIXAS_DE_RITMO, Ritmo

_NOMES = {
    Ritmo.SEMANAL: "Semanal",
    Ritmo.QUINZENAL: "Quinzenal",
    Ritmo.MENSAL: "Mensal",
    Ritmo.BIMESTRAL: "Bimestral",
    Ritmo.TRIMESTRAL: "Trimestral",
    Ritmo.SEMESTRAL: "Semestral",
    Ritmo.ANUAL: "Anual",
    Ritmo.A_CADA_N_DIAS: "A cada N dias",
    Ritmo.IRREGULAR: "Irregular",
    Ritmo.UNICA: "Compra única",
}
NOMES_DOS_RITMOS: dict[str, str] = {
    SEM_RITMO: "Duas compras",
    **{r.value: nome for r, nome in _NOMES.items()},
}
EXPLICACOES: dict[str, str] = {
    **{r.value: f"a cada {de} a {ate} dias" for r, de, ate in FAIXAS_DE_RITMO},
    Ritmo.A_CADA_N_DIAS.value: "ciclo próprio fora dessas faixas",
    Ritmo.IRREGULAR.value: "intervalos que variam mais da metade da média",
    SEM_RITMO: "um intervalo só ainda não é ritmo",
    Ritmo.UNICA.value: "um só dia de compra",
}
