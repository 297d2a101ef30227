"""As listas de trabalho na tela: fazer do filtro, pôr os marcados, trabalhar, encerrar, comparar; e as noites."""

import csv
import io
import re
from typing import Any
from urllib.parse import urlencode

import pytest

from carteira.listas import cuidar_das_listas, refazer
from clientes.models import Campanha, Contato, ListaDeTrabalho, MembroDaLista, Ocorrencia
from contas.models import Empresa, RegistroDeAuditoria
from tests.conftest import novo_pedido
from tests.web.carteira_de_teste import indicar
from tests.web.listas_de_teste import (  # noqa: F401
    DIAS,
    HOJE,
    carteira_das_listas,
    codigos,
    dados,
    fazer,
    lista_da_tela,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


def nas_linhas(pagina: Any) -> list[str]:
    return [item.linha.cliente.codigo for item in pagina.context["linhas"]]


# ── Fazer ────────────────────────────────────────────────────────────────────


def test_do_filtro_a_previa_e_a_lista_dizem_o_mesmo(carteira: Any, bruno: Any, entrar: Any) -> None:
    navegador = entrar(bruno)
    pagina = navegador.get("/listas/nova/?status=inativo&uf=SC&ordem=nome&apos=x")
    previa = pagina.context["previa"]
    assert (previa.para_ligar, previa.de_fora, previa.motivos) == (1, 1, {"bloqueado": 1})
    assert pagina.context["form"].initial["finalidade"] == "recuperacao"
    texto = pagina.content.decode()
    assert "Situação: Inativo" in texto
    assert "1 ficou de fora: 1 bloqueado" in texto
    assert "Cliente X1" not in texto
    lista = fazer(navegador)
    assert (codigos(lista), lista.criada_por, lista.viva) == (["I1", "I2"], bruno, False)
    pagina = navegador.get(f"/listas/{lista.pk}/")
    assert "1 ficou de fora: 1 bloqueado." in pagina.content.decode()
    assert nas_linhas(pagina) == ["I1"]
    assert nas_linhas(navegador.get(f"/listas/{lista.pk}/?ver=de_fora")) == ["I2"]


def test_lista_de_prevencao_avisa_dos_inativos_e_so_os_leva_se_pedirem(
    carteira: Any, bruno: Any, entrar: Any
) -> None:
    navegador = entrar(bruno)
    pedido = dados(finalidade="prevencao", consulta="uf=SC", nome="")
    previa = navegador.post("/listas/nova/previa/", pedido)
    assert (previa.context["previa"].para_ligar, previa.context["previa"].nao_cabem) == (1, 2)
    assert "<b>2</b> não são de prevenção" in " ".join(previa.content.decode().split())
    assert not ListaDeTrabalho.objects.exists()
    assert codigos(fazer(navegador, finalidade="prevencao", consulta="uf=SC")) == ["A1"]
    aceita = {"finalidade": "prevencao", "consulta": "uf=SC", "aceita_fora_da_finalidade": "on"}
    lista = fazer(navegador, nome="Todos de SC", **aceita)
    assert codigos(lista) == ["A1", "I1", "I2"]
    assert "2 clientes desta lista de prevenção" in navegador.get(f"/listas/{lista.pk}/").content.decode()


def test_recusas_voltam_com_o_que_se_escreveu_e_nada_se_grava(carteira: Any, bruno: Any, entrar: Any) -> None:
    navegador = entrar(bruno)
    fazer(navegador)
    for campos, campo in (
        ({}, "nome"),
        ({"nome": ""}, "nome"),
        ({"nome": "B", "ate": "2026-11-19"}, "ate"),
        ({"nome": "B", "controle_pct": "51"}, "controle_pct"),
        ({"nome": "B", "tipo": "viva", "cliente": carteira["I1"].pk, "consulta": ""}, "tipo"),
    ):
        resposta = navegador.post("/listas/nova/", dados(**campos))
        assert resposta.status_code == 422, campos
        assert list(resposta.context["form"].errors) == [campo]
    assert navegador.get("/listas/nova/?valor_min=abc").status_code == 400
    assert ListaDeTrabalho.objects.count() == 1


def test_os_marcados_de_outra_carteira_nao_entram(carteira: Any, bruno: Any, entrar: Any) -> None:
    navegador = entrar(bruno)
    quais = [carteira["I1"].pk, carteira["X1"].pk]
    previa = navegador.get(f"/listas/nova/?{urlencode({'cliente': quais}, doseq=True)}").context["previa"]
    assert len(previa.entradas) == 1
    lista = fazer(navegador, cliente=quais, consulta="")
    assert codigos(lista) == ["I1"]
    assert lista.membros.get().origem == "escolha"


def test_por_os_marcados_numa_que_ja_existe_com_previa(carteira: Any, bruno: Any, entrar: Any) -> None:
    navegador = entrar(bruno)
    lista = fazer(navegador)
    selecao = {"cliente": [carteira[c].pk for c in ("I1", "I3", "A1", "X1")], "lista": lista.pk}
    conta = navegador.get("/listas/incluir/", selecao).context["conta"]
    assert {c: conta[c] for c in ("entram", "ja_estao", "nao_cabem", "de_outras")} == {
        "entram": 1, "ja_estao": 1, "nao_cabem": 1, "de_outras": 0,
    }  # fmt: skip
    assert codigos(lista) == ["I1", "I2"]
    feita = navegador.post("/listas/incluir/", selecao, follow=True).content.decode()
    assert "1 cliente entrou em" in feita
    assert codigos(lista) == ["I1", "I2", "I3"]
    (volta,) = re.findall(rf'action="(/listas/{lista.pk}/desincluir/[^"]+)"', feita)
    assert "1 cliente saiu da lista." in navegador.post(volta, follow=True).content.decode()
    assert codigos(lista) == ["I1", "I2"]
    assert "Nada a desfazer." in navegador.post(volta, follow=True).content.decode()
    outra = fazer(navegador, nome="Outra")
    trocada = volta.replace(f"/{lista.pk}/", f"/{outra.pk}/")
    assert navegador.post(trocada).status_code == 400, "o bilhete é de uma lista só"
    navegador.post("/listas/incluir/", selecao)
    assert "Ninguém entrou" in navegador.post("/listas/incluir/", selecao, follow=True).content.decode()
    assert codigos(lista) == ["I1", "I2", "I3"]
    navegador.post("/listas/incluir/", selecao | {"com_outros": "1"})
    assert codigos(lista) == ["A1", "I1", "I2", "I3"]
    todos = {"todos": "1", "consulta": "uf=PR", "lista": lista.pk}
    assert navegador.get("/listas/incluir/", todos).context["conta"]["ja_estao"] == 1
    assert navegador.post("/listas/incluir/", {"cliente": carteira["I1"].pk}).status_code == 422
    assert navegador.get("/listas/incluir/", selecao | {"lista": "999"}).status_code == 404
    assert "Marque os clientes antes" in navegador.get("/listas/incluir/").content.decode()


# ── A viva ───────────────────────────────────────────────────────────────────


def test_a_viva_se_refaz_a_noite_e_repetir_nao_muda_nada(
    carteira: Any, bruno: Any, entrar: Any, empresa: Any
) -> None:
    lista = fazer(entrar(bruno), tipo="viva")
    indicar(carteira["I1"], HOJE, status="ativo")  # comprou
    indicar(carteira["A1"], HOJE - 200 * DIAS, status="inativo")
    amanha = HOJE + DIAS
    assert cuidar_das_listas(empresa, amanha) == {"refeitas": 1, "entraram": 1, "sairam": 1, "terminadas": 0}
    assert cuidar_das_listas(empresa, amanha) == {"refeitas": 1, "entraram": 0, "sairam": 0, "terminadas": 0}
    assert (codigos(lista, saiu_em=None), codigos(lista, saiu_em=amanha)) == (["A1", "I2"], ["I1"])
    assert [(m.cliente.codigo, m.entrou) for m in lista.movimentos.filter(em=amanha).order_by("pk")] == [
        ("I1", False), ("A1", True),
    ]  # fmt: skip
    ListaDeTrabalho.objects.update(ate=amanha)
    assert cuidar_das_listas(empresa, amanha + DIAS)["terminadas"] == 1
    lista.refresh_from_db()
    assert lista.encerrada_em is not None


def test_congelada_fica_com_quem_voltou_a_comprar(
    carteira: Any, bruno: Any, entrar: Any, empresa: Any
) -> None:
    navegador = entrar(bruno)
    lista = fazer(navegador)
    indicar(carteira["I1"], HOJE, status="ativo")
    novo_pedido(carteira["I1"], "P1", HOJE, "150.00")
    assert cuidar_das_listas(empresa, HOJE)["refeitas"] == 0
    total = navegador.get(f"/listas/{lista.pk}/").context["total"]
    assert (codigos(lista, saiu_em=None), total.compraram, total.valor) == (["I1", "I2"], 1, 150)


def test_na_abertura_a_viva_que_ficou_para_tras_se_refaz(
    carteira: Any, bruno: Any, ana: Any, entrar: Any
) -> None:
    lista = fazer(entrar(bruno), tipo="viva")
    indicar(carteira["A1"], HOJE - 200 * DIAS, status="inativo")
    navegador = entrar(ana)
    navegador.get(f"/listas/{lista.pk}/")
    assert codigos(lista) == ["I1", "I2"]  # os números ainda são os mesmos
    Empresa.objects.update(calculada_em=lista.refeita_em + DIAS)
    navegador.get(f"/listas/{lista.pk}/")
    assert codigos(lista) == ["A1", "I1", "I2"]


def test_viva_de_quem_saiu_ou_de_filtro_que_nao_vale_fica_como_esta_e_diz(
    carteira: Any, bruno: Any, davi: Any, entrar: Any
) -> None:
    lista = fazer(entrar(bruno), tipo="viva")
    bruno.is_active = False
    bruno.save()
    refazer(lista, HOJE)
    texto = entrar(davi).get(f"/listas/{lista.pk}/").content.decode()
    assert "deixou de se refazer" in texto
    assert "Bruno Lima já não faz listas: edite o filtro da lista para assumi-la." in texto
    assert codigos(lista, saiu_em=None) == ["I1", "I2"]
    ListaDeTrabalho.objects.update(consulta_por=davi, consulta="valor_min=abc")
    lista.refresh_from_db()
    refazer(lista, HOJE)
    lista.refresh_from_db()
    assert lista.refeita_erro.startswith("Filtro não entendido")
    assert codigos(lista, saiu_em=None) == ["I1", "I2"]


def test_quem_fica_assume_a_viva_com_o_mesmo_filtro_e_ela_volta_a_refazer_se(
    carteira: Any, bruno: Any, davi: Any, entrar: Any
) -> None:
    lista = fazer(entrar(bruno), tipo="viva")
    bruno.is_active = False
    bruno.save()
    indicar(carteira["A1"], HOJE - 200 * DIAS, status="inativo")
    refazer(lista, HOJE)
    navegador, endereco = entrar(davi), f"/listas/{lista.pk}/filtro/"
    na_carteira = navegador.get(navegador.get(endereco).context["url_carteira"])
    previa = navegador.get(na_carteira.context["url_previa_do_filtro"])
    assert "lido com os seus olhos" in previa.content.decode()
    troca, consulta = previa.context["troca"], previa.context["consulta"]
    assert consulta == lista.consulta
    navegador.post(endereco, {"consulta": consulta, "impressao": troca.impressao})
    lista.refresh_from_db()
    assert (lista.consulta_por, lista.refeita_erro) == (davi, "")
    assert "A1" in codigos(lista, saiu_em=None)
    # De novo, já é dele: não há o que trocar.
    assert navegador.get(na_carteira.context["url_previa_do_filtro"]).context.get("troca") is None


# ── Trabalhar ────────────────────────────────────────────────────────────────


def test_cada_um_ve_so_o_que_e_seu(
    lista: Any, carteira: Any, ana: Any, carla: Any, davi: Any, entrar: Any
) -> None:
    MembroDaLista.objects.create(lista=lista, cliente=carteira["X1"], entrou_em=HOJE)
    da_ana = entrar(ana).get(f"/listas/{lista.pk}/")
    assert (da_ana.context["total"].membros, da_ana.context["metas"]) == (1, [])
    assert "Cliente X1" not in da_ana.content.decode()
    assert "Carla" not in da_ana.content.decode()
    da_carla = entrar(carla).get("/listas/")
    assert [(x.pk, p.membros) for x, p in da_carla.context["linhas"]] == [(lista.pk, 1)]
    assert entrar(davi).get(f"/listas/{lista.pk}/").context["total"].membros == 2
    for ver in ("controle", "de_fora", "membros"):
        assert (
            "Cliente X1"
            not in entrar(ana).get(f"/listas/{lista.pk}/?ver={ver}&quem={carla.pk}").content.decode()
        )


def test_controle_nao_aparece_a_quem_liga_nem_com_telefone_na_planilha(
    lista: Any, carteira: Any, ana: Any, bruno: Any, entrar: Any
) -> None:
    ana.pode_exportar = True
    ana.save()
    lista.membros.filter(cliente=carteira["I1"]).update(controle=True)
    ListaDeTrabalho.objects.update(controle_pct=20)
    navegador = entrar(ana)
    for ver in ("a_contatar", "membros", "controle"):
        assert "Cliente I1" not in navegador.get(f"/listas/{lista.pk}/?ver={ver}").content.decode()
        planilha = b"".join(navegador.get(f"/listas/{lista.pk}/exportar/?ver={ver}").streaming_content)
        assert "Cliente I1" not in planilha.decode()
    do_gestor = entrar(bruno).get(f"/listas/{lista.pk}/?ver=controle").content.decode()
    assert "Cliente I1" in do_gestor
    assert "tel:" not in do_gestor
    assert (
        "Listas de trabalho" in entrar(ana).get(f"/listas/do-cliente/{carteira['I1'].pk}/").content.decode()
    )
    assert lista.nome not in entrar(ana).get(f"/listas/do-cliente/{carteira['I1'].pk}/").content.decode()


def test_contato_a_partir_da_lista_ja_escolhe_a_campanha_e_conta(
    lista: Any, carteira: Any, empresa: Any, ana: Any, entrar: Any
) -> None:
    campanha = Campanha.objects.create(empresa=empresa, nome="Primavera", inicio=HOJE, oferta="8%")
    ListaDeTrabalho.objects.update(campanha=campanha)
    navegador, i1 = entrar(ana), carteira["I1"]
    elo = f"/clientes/{i1.pk}/contato/?campanha={campanha.pk}"
    assert elo in navegador.get(f"/listas/{lista.pk}/").content.decode()
    form = navegador.get(elo).context["form"]
    assert str(form["campanha"].value()) == str(campanha.pk)
    efetiva = Ocorrencia.objects.filter(efetiva=True, ativa=True)[0]
    envio = {
        "canal": "ligacao", "ocorrencia": efetiva.pk, "campanha": campanha.pk, "chave": str(form["chave"].value()),
        "proximo": "", "sentido": "ativo", "atendimento_tipo": "reclamacao",
    }  # fmt: skip
    assert navegador.post(elo, envio).status_code == 302
    assert Contato.objects.get().campanha == campanha
    pagina = navegador.get(f"/listas/{lista.pk}/")
    assert pagina.context["total"].contatados == 1
    assert "Todos já foram contatados" in pagina.content.decode()
    Campanha.objects.update(fim=HOJE - DIAS, inicio=HOJE - 9 * DIAS)
    texto = navegador.get(f"/listas/{lista.pk}/?ver=membros").content.decode()
    assert "A campanha Primavera terminou em 19/11/2026" in texto
    assert "?campanha=" not in texto


def test_gestos_de_quem_gere_e_de_quem_nao(
    lista: Any, carteira: Any, ana: Any, bruno: Any, lia: Any, carla: Any, entrar: Any
) -> None:
    navegador, base = entrar(bruno), f"/listas/{lista.pk}"
    assert navegador.post(f"{base}/encerrar/").status_code == 302
    assert navegador.post(f"{base}/reabrir/").status_code == 302
    assert navegador.post(f"{base}/exclusoes/", {"motivo": "bloqueado"}).status_code == 302
    assert navegador.get(f"{base}/").context["total"].a_contatar == 2
    navegador.post(f"{base}/exclusoes/", {"motivo": "bloqueado", "ligada": "1"})
    assert navegador.get(f"{base}/").context["total"].a_contatar == 1
    assert navegador.post(f"{base}/tirar/{carteira['I1'].pk}/").status_code == 302
    assert codigos(lista, saiu_em=None) == ["I2"]
    assert navegador.post(f"{base}/devolver/{carteira['I1'].pk}/").status_code == 302
    assert navegador.post(f"{base}/tirar/{carteira['X1'].pk}/").status_code == 404
    duplicada = navegador.post(f"{base}/duplicar/")
    copia = ListaDeTrabalho.objects.latest("pk")
    assert duplicada["Location"] == f"/listas/{copia.pk}/editar/"
    assert codigos(copia) == codigos(lista) == ["I1", "I2"]
    assert "Desfazer" in navegador.post(f"{base}/apagar/").content.decode()
    assert navegador.get(f"{base}/").status_code == 404
    assert navegador.post(f"{base}/desapagar/").status_code == 302
    for pessoa, codigo in ((ana, 403), (lia, 403)):
        assert entrar(pessoa).post(f"{base}/encerrar/").status_code == codigo
    assert entrar(carla).get(f"{base}/").status_code == 404
    lista.refresh_from_db()
    assert lista.encerrada_em is None


def test_editar_muda_a_finalidade_e_a_viva_se_refaz(carteira: Any, bruno: Any, entrar: Any) -> None:
    navegador = entrar(bruno)
    lista = fazer(navegador, tipo="viva", consulta="uf=SC")
    form = navegador.get(f"/listas/{lista.pk}/editar/").context["form"]
    assert "controle_pct" not in form.fields
    envio = dados(finalidade="prevencao", tipo="viva", nome="Ativos de SC")
    assert navegador.post(f"/listas/{lista.pk}/editar/", envio).status_code == 302
    lista.refresh_from_db()
    assert (lista.nome, lista.consulta, codigos(lista, saiu_em=None)) == ("Ativos de SC", "uf=SC", ["A1"])


def test_o_filtro_da_viva_se_troca_com_previa_auditoria_e_volta(
    carteira: Any, bruno: Any, carla: Any, entrar: Any
) -> None:
    navegador = entrar(bruno)
    lista = fazer(navegador, tipo="viva")
    endereco = f"/listas/{lista.pk}/filtro/"
    assert f"{endereco}" in navegador.get(f"/listas/{lista.pk}/").content.decode()
    na_carteira = navegador.get(endereco).context["url_carteira"]
    faixa = navegador.get(na_carteira).context
    assert (faixa["em_edicao"], faixa["ha_filtros"]) == (lista, True)
    montado = navegador.get(
        f"/clientes/?uf=PR&status=inativo&editando={lista.pk}&ordem=nome&colunas=abc"
    ).context
    previa = navegador.get(montado["url_previa_do_filtro"])
    troca = previa.context["troca"]
    assert (troca.entram, troca.saem, troca.ficam) == (
        [carteira["I3"].pk], sorted(carteira[c].pk for c in ("I1", "I2")), 0,
    )  # fmt: skip
    assert [[c.codigo for c in g["clientes"]] for g in previa.context["grupos"]] == [["I3"], ["I1", "I2"]]
    assert codigos(lista, saiu_em=None) == ["I1", "I2"], "a prévia não grava"
    dados_da_troca = {"consulta": previa.context["consulta"], "impressao": "outra"}
    mudou = navegador.post(endereco, dados_da_troca)
    assert mudou.status_code == 422
    assert "A carteira mudou desde a prévia" in mudou.content.decode()
    feita = navegador.post(
        endereco, dados_da_troca | {"impressao": troca.impressao}, follow=True
    ).content.decode()
    assert "Filtro trocado: 1 entrou e 2 saíram." in feita
    lista.refresh_from_db()
    assert (lista.consulta, codigos(lista, saiu_em=None)) == ("uf=PR&status=inativo", ["I3"])
    registro = RegistroDeAuditoria.objects.get(acao="mudar filtro da lista")
    assert registro.depois["filtro"] == "uf=PR&status=inativo"
    (volta,) = re.findall(rf'action="({endereco}desfazer/[^"]+)"', feita)
    assert "O filtro de antes voltou" in navegador.post(volta, follow=True).content.decode()
    lista.refresh_from_db()
    assert (lista.consulta, codigos(lista, saiu_em=None)) == ("status=inativo&uf=SC", ["I1", "I2"])
    assert "Nada a desfazer" in navegador.post(volta, follow=True).content.decode()
    recusado = navegador.get(f"{endereco}?uf=XX&editando={lista.pk}").content.decode()
    assert "Filtro não entendido" in recusado
    assert entrar(carla).get(f"/clientes/?editando={lista.pk}").context.get("em_edicao") is None


def test_a_congelada_nao_muda_pelo_filtro_e_diz_por_que(
    carteira: Any, lista: Any, bruno: Any, entrar: Any
) -> None:
    navegador = entrar(bruno)
    html = navegador.get(f"/listas/{lista.pk}/filtro/?uf=PR&editando={lista.pk}").content.decode()
    assert "Esta lista é congelada" in html
    assert "Trocar o filtro" not in html
    gravar = navegador.post(f"/listas/{lista.pk}/filtro/", {"consulta": "uf=PR", "impressao": ""})
    assert gravar.status_code == 422
    assert codigos(lista) == ["I1", "I2"]


def test_planilha_e_o_recorte_da_tela_com_o_que_se_fez(
    lista: Any, carteira: Any, bruno: Any, entrar: Any
) -> None:
    novo_pedido(carteira["I1"], "P1", HOJE, "150.00")
    resposta = entrar(bruno).get(f"/listas/{lista.pk}/exportar/?ver=compraram&formato=csv")
    texto = b"".join(resposta.streaming_content).decode("utf-8-sig")
    linhas = list(csv.DictReader(io.StringIO(texto), delimiter=";"))
    assert [(x["Cliente"], x["Quem liga"], x["Valor na lista"], x["Contatado"]) for x in linhas] == [
        ("Cliente I1", "Ana Souza", "150,00", "não")
    ]
    xlsx = entrar(bruno).get(f"/listas/{lista.pk}/exportar/?ver=membros&formato=xlsx")
    assert b"".join(xlsx.streaming_content)[:2] == b"PK"
