"""O que cada pessoa escolhe, dentro do que o administrador permite: canal, frequência e hora."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django.db import transaction

from contas.escopo import empresas_de
from contas.models import Usuario
from notificacoes.models import Periodicidade, PreferenciaDeAviso, RegraDeAviso
from notificacoes.regras.destinos import Pessoas
from notificacoes.regras.partida import garantir
from notificacoes.regras.rodada import com_escolhidos
from notificacoes.regras.vagas import Quando


@dataclass(frozen=True, slots=True)
class Escolha:
    """Uma regra que alcança a pessoa, e o que ela prefere."""

    regra: RegraDeAviso
    por_email: bool
    na_central: bool
    dia_da_semana: int | None

    @property
    def quando(self) -> str:
        return str(Quando.da_regra(self.regra))

    @property
    def pode_espacar(self) -> bool:
        return self.regra.pessoa_escolhe and self.regra.periodicidade == Periodicidade.DIARIA


def escolhas_de(pessoa: Usuario, hoje: date) -> list[Escolha]:
    """As regras das empresas da pessoa que a alcançam, também as que estão em pausa."""
    empresas = list(empresas_de(pessoa))
    garantir(empresas)
    regras = com_escolhidos(
        RegraDeAviso.objects.em_uso().filter(empresa__in=empresas).select_related("empresa")
    )
    quem = Pessoas(hoje, regras)
    dela = {p.regra_id: p for p in PreferenciaDeAviso.objects.filter(pessoa=pessoa)}
    return [_escolha(regra, dela.get(regra.pk)) for regra in regras if quem.alcanca(regra, pessoa)]


def _escolha(regra: RegraDeAviso, dita: PreferenciaDeAviso | None) -> Escolha:
    vale = dita if dita and regra.pessoa_escolhe else None
    return Escolha(
        regra,
        regra.por_email and (vale.por_email if vale else True),
        regra.na_central and (vale.na_central if vale else True),
        vale.dia_da_semana if vale else None,
    )


@transaction.atomic
def salvar_preferencias(
    *, pessoa: Usuario, hora: time | None, ditas: Mapping[int, Mapping[str, Any]], hoje: date
) -> None:
    """Guarda só o que difere da regra; o que ela não deixa escolher não se guarda."""
    Usuario.objects.filter(pk=pessoa.pk).update(hora_dos_avisos=hora)
    pessoa.hora_dos_avisos = hora
    for escolha in escolhas_de(pessoa, hoje):
        regra, dita = escolha.regra, ditas.get(escolha.regra.pk)
        if dita is None or not regra.pessoa_escolhe:
            continue
        diaria = regra.periodicidade == Periodicidade.DIARIA
        campos = {
            "por_email": bool(dita["por_email"]) or not regra.por_email,
            "na_central": bool(dita["na_central"]) or not regra.na_central,
            "dia_da_semana": dita["dia_da_semana"] if diaria else None,
        }
        if campos == {"por_email": True, "na_central": True, "dia_da_semana": None}:
            PreferenciaDeAviso.objects.filter(pessoa=pessoa, regra=regra).delete()
        else:
            PreferenciaDeAviso.objects.update_or_create(pessoa=pessoa, regra=regra, defaults=campos)
