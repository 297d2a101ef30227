"""Quem sai passa tudo adiante na mesma transação: listas, planos, avisos e relatórios agendados; nada fica mudo."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from carteira.desligamentos import desligar_de_tudo
from clientes import planos
from clientes.models import ListaDeTrabalho, MembroDaLista, PlanoDeAcao
from contas.models import Papel, RegistroDeAuditoria, Usuario, Vinculo
from contas.pessoas import Recusada
from notificacoes.models import RegraDeAviso
from relatorios.models import AgendamentoDeRelatorio
from tests.conftest import HOJE, criar_pessoa

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


@pytest.fixture
def cliente(ana: Any, novo_cliente: Any) -> Any:
    return novo_cliente("C1", vendedor=ana)


def lista(nome: str, cliente: Any, por: Usuario, **membro: Any) -> ListaDeTrabalho:
    feita: ListaDeTrabalho = ListaDeTrabalho.objects.create(
        empresa=cliente.empresa, nome=nome, finalidade="outra", de=HOJE, semente=1, criada_por=por,
        consulta_por=por,
    )  # fmt: skip
    feita.membros.create(cliente=cliente, entrou_em=HOJE, **membro)
    return feita


def agendado(por: Usuario, *pessoas: Usuario, relatorio: str = "vendedor-por-situacao") -> Any:
    feito = AgendamentoDeRelatorio.objects.create(
        por=por, relatorio=relatorio, frequencia="diaria", decidido_ate=HOJE
    )
    feito.pessoas.set(pessoas)
    return feito


def regra(empresa: Any, *pessoas: Usuario) -> RegraDeAviso:
    feita: RegraDeAviso = RegraDeAviso.objects.create(
        empresa=empresa, nome=f"De {len(pessoas)}", sobre="bloqueado", para="escolhidos"
    )
    feita.pessoas.set(pessoas)
    return feita


def _sai(pessoa: Usuario, por: Usuario, *destinos: Usuario) -> Any:
    return desligar_de_tudo(pessoa=pessoa, destinos=list(destinos), em=HOJE, por=por)


def test_quem_recebe_a_carteira_ve_ja_os_clientes_da_lista(
    cliente: Any, ana: Any, carla: Any, davi: Any
) -> None:
    em_curso = lista("Em curso", cliente, davi, responsavel=ana)
    velha = lista("Velha", cliente, davi, responsavel=ana)
    ListaDeTrabalho.objects.filter(pk=velha.pk).update(
        de=HOJE - timedelta(days=9), ate=HOJE - timedelta(days=1)
    )
    em_curso.participantes.set([ana])
    passagem = _sai(ana, davi, carla)
    vistos = MembroDaLista.objects.visiveis_para(carla).filter(lista=em_curso)
    assert [m.cliente for m in vistos] == [cliente]
    assert list(em_curso.participantes.all()) == [carla]
    assert velha.membros.get().responsavel == ana  # a que terminou guarda quem chamava
    assert (passagem.trabalho.membros, passagem.trabalho.listas) == (1, 1)
    depois = RegistroDeAuditoria.objects.get(acao="passar carteira").depois
    assert (depois["clientes em listas"], depois["listas"], depois["planos"]) == (1, 1, 0)


def test_a_lista_sem_dono_passa_ao_gestor_da_equipe_ou_a_quem_desliga(
    cliente: Any, ana: Any, bruno: Any, davi: Any, sul: Any
) -> None:
    da_equipe, de_ninguem = lista("Da Sul", cliente, davi), lista("Solta", cliente, davi)
    dividida = lista("Dividida", cliente, davi)
    ListaDeTrabalho.objects.filter(pk=da_equipe.pk).update(equipe=sul)
    for cada in (da_equipe, de_ninguem, dividida):
        cada.donos.add(ana)
    dividida.donos.add(bruno)
    _sai(ana, davi)
    donos = {
        n: [p.nome for p in li.donos.all()]
        for n, li in (("s", da_equipe), ("n", de_ninguem), ("d", dividida))
    }
    assert donos == {"s": ["Bruno Lima"], "n": ["Davi Rocha"], "d": ["Bruno Lima"]}


def test_o_plano_segue_o_cliente_e_diz_de_quem_era(
    cliente: Any, ana: Any, bruno: Any, carla: Any, davi: Any
) -> None:
    prazo = HOJE + timedelta(days=9)
    plano = planos.abrir(clientes=[cliente], titulo="Cobrar", dono=ana, prazo=prazo, por=davi)
    feito = planos.abrir(clientes=[cliente], titulo="Feito", dono=ana, prazo=prazo, por=davi)
    planos.andar(plano=feito, por=davi, situacao="concluido", dono=ana, prazo=prazo)
    _sai(ana, davi, carla)
    plano.refresh_from_db()
    feito.refresh_from_db()
    assert (plano.dono, feito.dono) == (carla, ana)
    assert plano.andamentos.latest("pk").mudou == "dono: Ana Souza → Carla Dias"


def test_sem_quem_receba_o_plano_fica_com_o_gestor(cliente: Any, ana: Any, bruno: Any, davi: Any) -> None:
    plano = planos.abrir(
        clientes=[cliente], titulo="Cobrar", dono=ana, prazo=HOJE + timedelta(days=9), por=davi
    )
    _sai(ana, davi)
    assert PlanoDeAcao.objects.get(pk=plano.pk).dono == bruno


def test_o_plano_de_quem_gere_nao_desce_a_quem_nao_ve_o_credito(
    cliente: Any, ana: Any, bruno: Any, carla: Any, davi: Any, sul: Any, novo_cliente: Any
) -> None:
    gil, fora = (criar_pessoa(nome, cliente.empresa, Papel.GESTOR) for nome in ("Gil Melo", "Eva Reis"))
    Vinculo.objects.filter(usuario=fora).delete()  # gere a equipe, mas esta empresa não é dela
    carla.ve_credito = True
    carla.save()
    da_ana, da_carla = (
        planos.abrir(clientes=[c], titulo="Cobrar", dono=bruno, prazo=HOJE + timedelta(days=9), por=davi)
        for c in (cliente, novo_cliente("C2", vendedor=carla))
    )
    sul.gestores.set([bruno, fora])
    assert not PlanoDeAcao.objects.visiveis_para(ana).exists()
    _sai(bruno, davi)
    assert [PlanoDeAcao.objects.get(pk=p.pk).dono for p in (da_ana, da_carla)] == [davi, carla]
    assert not PlanoDeAcao.objects.visiveis_para(ana).exists()
    PlanoDeAcao.objects.filter(pk=da_ana.pk).update(dono=gil)
    sul.gestores.set([fora, outra := criar_pessoa("Ivo Paz", cliente.empresa, Papel.GESTOR)])
    _sai(gil, davi)
    assert PlanoDeAcao.objects.get(pk=da_ana.pk).dono == outra


def test_a_regra_que_so_falava_com_quem_saiu_fala_com_quem_fica(
    cliente: Any, ana: Any, bruno: Any, carla: Any, davi: Any, empresa: Any
) -> None:
    so_dela, das_duas = regra(empresa, ana), regra(empresa, ana, bruno)
    _sai(ana, davi, carla)
    assert list(so_dela.pessoas.all()) == [carla]
    assert list(das_duas.pessoas.all()) == [bruno]
    _sai(carla, davi)
    assert list(so_dela.pessoas.all()) == [davi]  # a Norte de Carla não tem gestor
    passadas = RegistroDeAuditoria.objects.filter(acao="passar avisos e relatórios").order_by("pk")
    assert [r.depois["avisos"] for r in passadas] == [1, 1]


def test_o_relatorio_agendado_segue_com_quem_o_pode_levar(
    ana: Any, bruno: Any, carla: Any, davi: Any, lia: Any
) -> None:
    ana.pode_exportar = True
    ana.save()
    com_outros, so_dela = agendado(ana, ana, lia), agendado(ana, ana)
    _sai(ana, davi)
    for cada in (com_outros, so_dela):
        cada.refresh_from_db()
    assert (com_outros.por, list(com_outros.pessoas.all()), com_outros.pausado_em) == (bruno, [lia], None)
    # O que era só para ela espera que o gestor diga se o quer.
    assert (so_dela.por, list(so_dela.pessoas.all())) == (bruno, [bruno])
    assert so_dela.pausado_em is not None


def test_o_que_avisava_e_relatava_a_quem_gere_nao_desce_a_quem_vende(
    cliente: Any, bruno: Any, carla: Any, davi: Any, empresa: Any
) -> None:
    fala, sai = regra(empresa, bruno), agendado(bruno, bruno)
    _sai(bruno, davi, carla)  # Carla, interna, até poderia levar o relatório
    sai.refresh_from_db()
    assert (list(fala.pessoas.all()), sai.por, list(sai.pessoas.all())) == ([davi], davi, [davi])


def test_recusada_a_saida_nada_mudou_de_maos(
    cliente: Any, ana: Any, bruno: Any, davi: Any, empresa: Any
) -> None:
    em_curso, fala, sai = lista("L", cliente, davi, responsavel=ana), regra(empresa, ana), agendado(ana, ana)
    with pytest.raises(Recusada):
        _sai(ana, davi, bruno)
    assert em_curso.membros.get().responsavel == ana
    assert list(fala.pessoas.all()) == [ana]
    assert AgendamentoDeRelatorio.objects.get(pk=sai.pk).por == ana


def test_a_pagina_diz_antes_o_que_muda_de_maos(
    cliente: Any, ana: Any, davi: Any, empresa: Any, entrar: Any
) -> None:
    navegador, url = entrar(davi), f"/pessoas/{ana.pk}/desativar/"
    assert "Também mudam de mãos" not in navegador.get(url).content.decode()
    lista("L", cliente, davi, responsavel=ana).participantes.add(ana)
    regra(empresa, ana)
    agendado(ana, ana)
    planos.abrir(clientes=[cliente], titulo="Cobrar", dono=ana, prazo=HOJE + timedelta(days=9), por=davi)
    assert (
        "Também mudam de mãos: 1 cliente a chamar em listas, 1 lista de trabalho, 1 plano de ação, "
        "1 regra de aviso e 1 relatório agendado."
    ) in navegador.get(url).content.decode()
    navegador.post(url, {"modo": "equipe"})
    assert not Usuario.objects.get(pk=ana.pk).is_active
    assert RegraDeAviso.objects.filter(pessoas=ana).count() == 0


def test_a_lista_viva_de_quem_sai_nao_muda_de_olhos_e_a_pagina_diz_que_para(
    cliente: Any, bruno: Any, davi: Any, entrar: Any
) -> None:
    navegador, url = entrar(davi), f"/pessoas/{bruno.pk}/desativar/"
    lista("Congelada", cliente, bruno)
    assert "de se refazer" not in navegador.get(url).content.decode()
    viva, velha = lista("Viva", cliente, bruno), lista("Velha", cliente, bruno)
    ListaDeTrabalho.objects.filter(pk=velha.pk).update(encerrada_em=timezone.now())
    ListaDeTrabalho.objects.filter(pk__in=[viva.pk, velha.pk]).update(viva=True)
    pagina = navegador.get(url).content.decode()
    assert "1 lista viva deixa de se refazer: o filtro se lê com os olhos de quem sai." in pagina
    assert "Edite o filtro da lista para assumi-la" in pagina
    navegador.post(url, {"modo": "equipe"})
    viva.refresh_from_db()
    assert viva.consulta_por == bruno
