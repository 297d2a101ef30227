"""A fila de higienização na tela: consertar, seguir, aceitar, unir, separar, e o endereço antigo que ainda serve."""

import random
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from atividade.recalculo import recalcular
from clientes import duplicados
from clientes.models import Cliente, DecisaoDePendencia, Fusao, ParDeDuplicados
from contas.models import Empresa, Usuario
from tests.web.movimento_de_teste import quantos

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


@pytest.fixture(autouse=True)
def _calado(monkeypatch: Any) -> None:
    monkeypatch.setattr("carteira.tasks.tocar", lambda *a: None)


def _cliente(empresa: Empresa, codigo: str, dono: Usuario | None, **campos: Any) -> Cliente:
    return Cliente.objects.create(
        empresa=empresa, codigo=codigo, vendedor=dono, equipe=dono.participacoes.get().equipe if dono else None,
        **{"razao_social": f"Casa {codigo}"} | campos,
    )  # fmt: skip


def test_conserta_e_vai_a_proxima(empresa: Empresa, ana: Usuario, bruno: Usuario, entrar: Any) -> None:
    um, dois = (_cliente(empresa, c, ana, telefone="falar com o Zé") for c in ("1", "2"))
    navegador = entrar(bruno)
    pagina = navegador.get("/higienizacao/?tipo=telefone_invalido").content.decode()
    assert "Casa 1" in pagina
    assert "falar com o Zé" in pagina
    endereco = f"/higienizacao/telefone_invalido/{um.pk}/"
    recusada = navegador.post(endereco, {"telefone": "123"})
    assert recusada.status_code == 422
    um.refresh_from_db()
    assert um.telefone == "falar com o Zé"
    salva = navegador.post(endereco, {"telefone": "47 99922-0198"})
    assert salva["Location"] == f"/higienizacao/telefone_invalido/{dois.pk}/"
    um.refresh_from_db()
    assert um.telefone == "+5547999220198"
    ultima = navegador.post(salva["Location"], {"acao": "depois", "motivo": "É recado mesmo", "ate": ""})
    assert ultima["Location"] == "/higienizacao/?tipo=telefone_invalido"
    decisao = DecisaoDePendencia.objects.get(cliente=dois)
    assert (decisao.decisao, decisao.motivo, decisao.por) == ("aceita", "É recado mesmo", bruno)
    assert "É recado mesmo" in navegador.get("/higienizacao/decididas/").content.decode()
    navegador.post(f"/higienizacao/decididas/{decisao.pk}/reabrir/")
    assert not DecisaoDePendencia.objects.filter(cliente=dois).exists()


def test_quem_ja_ganhou_vendedor_nao_muda_de_dono_por_uma_pagina_velha(
    empresa: Empresa, ana: Usuario, bruno: Usuario, entrar: Any
) -> None:
    um = _cliente(empresa, "1", ana)
    recusada = entrar(bruno).post(f"/higienizacao/sem_vendedor/{um.pk}/", {"vendedor": ana.pk})
    assert recusada.status_code == 422
    assert f"Já é de {ana.nome}: para trocar, reatribua na ficha." in recusada.content.decode()
    assert not DecisaoDePendencia.objects.exists()


def test_unir_separar_e_o_endereco_antigo(
    empresa: Empresa, ana: Usuario, bruno: Usuario, carla: Usuario, entrar: Any
) -> None:
    um = _cliente(empresa, "1", ana, razao_social="Ferragens São João", cidade="Blumenau", uf="SC")
    dois = _cliente(empresa, "2", ana, razao_social="FERRAGENS SAO JOAO LTDA", cidade="Blumenau", uf="SC")
    de_fora = _cliente(empresa, "3", carla)
    duplicados.procurar(empresa)
    par = ParDeDuplicados.objects.get()
    gestor, vendedora = entrar(bruno), entrar(ana)
    assert "Ferragens São João" in gestor.get("/higienizacao/duplicados/").content.decode()
    assert vendedora.get("/higienizacao/duplicados/").status_code == 403
    assert gestor.get(f"/higienizacao/unir/{um.pk}/{de_fora.pk}/").status_code == 404
    assert gestor.get(f"/higienizacao/unir/{um.pk}/{dois.pk}/").status_code == 200
    feita = gestor.post(
        f"/higienizacao/unir/{um.pk}/{dois.pk}/", {"razao_social": "outro", "motivo": "o mesmo"}
    )
    fusao = Fusao.objects.get()
    assert feita["Location"] == f"/higienizacao/unioes/{fusao.pk}/"
    um.refresh_from_db()
    assert um.razao_social == "FERRAGENS SAO JOAO LTDA"
    assert not ParDeDuplicados.objects.filter(pk=par.pk).exists()
    for quem in (gestor, vendedora):
        assert quem.get(f"/clientes/{dois.pk}/")["Location"] == f"/clientes/{um.pk}/"
    assert entrar(carla).get(f"/clientes/{dois.pk}/").status_code == 404
    assert gestor.get(feita["Location"]).status_code == 200
    gestor.post(f"/higienizacao/unioes/{fusao.pk}/separar/")
    um.refresh_from_db()
    assert (um.razao_social, Cliente.objects.get(pk=dois.pk).codigo) == ("Ferragens São João", "2")
    assert ParDeDuplicados.objects.filter(pk=par.pk).exists()
    assert vendedora.get(f"/clientes/{dois.pk}/").status_code == 200


@pytest.mark.parametrize(
    "caminho",
    [
        "/higienizacao/?tipo=sem_cep",
        "/higienizacao/duplicados/",
        "/higienizacao/decididas/",
        "/higienizacao/unioes/",
    ],
)
def test_consultas_iguais_com_5_e_com_50(
    caminho: str, empresa: Empresa, ana: Usuario, bruno: Usuario, entrar: Any
) -> None:
    navegador, numeros = entrar(bruno), []

    def encher(de: int, ate: int) -> None:
        for n in range(de, ate):
            a = _cliente(empresa, f"A{n}", ana)
            b = _cliente(empresa, f"B{n}", ana)
            ParDeDuplicados.objects.create(empresa=empresa, a=a, b=b, motivo="nome", forca=80)
            DecisaoDePendencia.objects.create(cliente=a, tipo="sem_email", decisao="aceita", motivo="x")
            Fusao.objects.create(
                empresa=empresa,
                ficou=a,
                ficou_era=a.pk,
                absorvido_id=10**6 + n,
                absorvido_codigo=f"V{n}",
                absorvido_nome="x",
            )

    for de, ate in ((0, 5), (5, 50)):
        encher(de, ate)
        with CaptureQueriesContext(
            connection,
        ) as consultas:
            assert navegador.get(caminho).status_code == 200
        numeros.append(len(consultas))
    assert numeros[0] == numeros[1]


def test_conferir_contatos_na_ficha(empresa: Empresa, ana: Usuario, entrar: Any) -> None:
    casa = _cliente(empresa, "1", ana, telefone="+5547999220198")
    navegador = entrar(ana)
    assert "nunca conferidos" in navegador.get(f"/clientes/{casa.pk}/").content.decode()
    navegador.post(f"/clientes/{casa.pk}/conferir-contatos/")
    assert "conferidos em 20/11/2026" in navegador.get(f"/clientes/{casa.pk}/").content.decode()
    lista = navegador.get("/clientes/?e=contatos_conferidos.menos.5")
    assert "Casa 1" in lista.content.decode()


def test_os_relatorios_da_qualidade_abrem(
    hoje: date, empresa: Empresa, ana: Usuario, bruno: Usuario, entrar: Any
) -> None:
    _cliente(empresa, "1", ana, potencial_mensal=3000, email="compras@")
    recalcular(empresa=empresa, referencia=hoje, hoje=hoje)
    navegador = entrar(bruno)
    for chave, texto in (
        ("pendencias-de-cadastro/?tipo=email_invalido", "compras@"),
        ("potencial-por-cliente/", "3.000,00"),
        ("potencial-por-vendedor/", "Ana Souza"),
    ):
        assert texto in navegador.get(f"/relatorios/{chave}").content.decode()


@pytest.mark.parametrize("recorte", ["", "uf=SC"])
def test_cada_numero_do_potencial_e_a_lista_que_ele_abre(
    recorte: str, hoje: date, empresa: Empresa, ana: Usuario, carla: Usuario, davi: Usuario, entrar: Any
) -> None:
    """De quem vende e de ninguém; com e sem recorte."""
    sorte, donos = random.Random(7), [ana, carla, None]
    for n in range(24):
        _cliente(
            empresa, str(n), sorte.choice(donos), uf=sorte.choice(["SC", "PR"]), fora_do_perfil=n == 5,
            potencial_mensal=sorte.choice([None, 900, 3000]),
        )  # fmt: skip
    recalcular(empresa=empresa, referencia=hoje, hoje=hoje)
    navegador = entrar(davi)
    pagina = navegador.get(f"/relatorios/potencial-por-vendedor/?{recorte}").context
    donos_lidos = [linha[0][0].valor for linha in pagina["linhas"]]
    assert sorted(donos_lidos) == ["Ana Souza", "Carla Dias", "Sem vendedor"]
    for (nome, _), *medidas in pagina["linhas"]:
        for celula, url in medidas[:3]:
            if url.startswith("/relatorios/"):
                contados = navegador.get(url).context["tabela"].quantas
            else:
                contados = quantos(navegador, url)
            assert contados == celula.valor, (nome.valor, celula.coluna.titulo, url)
