"""A fila de higienização na tela: consertar, seguir, aceitar, unir, separar, e o endereço antigo que ainda serve."""

import random
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from atividade.recalculo import recalcular
from clientes import duplicados
from clientes.models import Cliente, DecisaoDePendencia, Fusao, ParDeDuplicados
from contas.models import Empresa, RegistroDeAuditoria, Usuario
from tests.web.movimento_de_teste import quantos
from tests.web.test_relatorios import em_csv

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


def test_consultas_iguais_com_5_e_com_50(empresa: Empresa, ana: Usuario, bruno: Usuario, entrar: Any) -> None:
    caminhos = (
        "/higienizacao/?tipo=sem_cep",
        "/higienizacao/duplicados/",
        "/higienizacao/decididas/",
        "/higienizacao/unioes/",
    )
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
        custo = {}
        for caminho in caminhos:
            with CaptureQueriesContext(connection) as consultas:
                assert navegador.get(caminho).status_code == 200, caminho
            custo[caminho] = len(consultas)
        numeros.append(custo)
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
    for celula, url in pagina["total"][1:4]:
        do_relatorio = url.startswith("/relatorios/")
        contados = navegador.get(url).context["tabela"].quantas if do_relatorio else quantos(navegador, url)
        assert contados == celula.valor > 0, (celula.coluna.titulo, url)


def _tres_tabelas(empresa: Empresa, sul: Usuario, norte: Usuario, por: Usuario) -> None:
    """De cada lado: dois pares (um descartado), duas decisões e duas uniões (uma desfeita)."""
    for letra, dono in (("S", sul), ("N", norte)):
        campos = {"documento": "52998224725", "cidade": "Joinville", "uf": "SC", "email": "=nada"}
        a, b = (_cliente(empresa, f"{letra}{n}", dono, **campos) for n in (1, 2))
        c = _cliente(empresa, f"{letra}3", dono, razao_social="=1+1", nao_contatar=["email"])
        ParDeDuplicados.objects.create(
            empresa=empresa, a=a, b=b, motivo="documento", forca=95, mesmo_email=True
        )
        ParDeDuplicados.objects.create(
            empresa=empresa, a=a, b=c, motivo="nome", semelhanca=81, forca=60,
            descartado_em=timezone.now(), descartado_por=por,
        )  # fmt: skip
        for cliente, valor in ((a, "=nada"), (c, "compras@")):
            DecisaoDePendencia.objects.create(
                cliente=cliente,
                tipo="email_invalido",
                decisao="aceita",
                valor=valor,
                motivo="Só fax",
                por=por,
            )
        for n, desfeita in ((1, None), (2, timezone.now())):
            Fusao.objects.create(
                empresa=empresa, ficou=a, ficou_era=a.pk, absorvido_id=10**6 + n + a.pk * 10,
                absorvido_codigo=f"{letra}V{n}", absorvido_nome=f"Velha {n}", motivo="=repetido", por=por,
                desfeita_em=desfeita, desfeita_por=por if desfeita else None,
            )  # fmt: skip


def test_pares_decisoes_e_unioes_levam_se_inteiros_so_do_que_a_pessoa_ve(
    hoje: date, empresa: Empresa, ana: Usuario, bruno: Usuario, carla: Usuario, davi: Usuario, entrar: Any
) -> None:
    _tres_tabelas(empresa, ana, carla, davi)
    recalcular(empresa=empresa, referencia=hoje, hoje=hoje)
    navegador = entrar(bruno)

    def levado(pagina: str) -> list[dict[str, str]]:
        assert "formato=xlsx" in navegador.get(f"/higienizacao/{pagina}").content.decode()
        cabecalho, *linhas = em_csv(navegador.get(f"/higienizacao/{pagina}&formato=csv"))
        return [dict(zip(cabecalho, linha, strict=True)) for linha in linhas]

    [par] = levado("duplicados/?ver=")
    lado = {"CPF/CNPJ": "***.982.24*-**", "Cidade": "Joinville", "UF": "SC", "Situação": "Prospect",
            "Pedidos": "0", "Último pedido": "", "Vendedor": "Ana Souza"}  # fmt: skip
    assert par == {
        "Motivo": "Mesmo CPF/CNPJ", "Força": "95", "Força em palavras": "forte", "Semelhança dos nomes %": "100",
        "Mesmo telefone": "não", "Mesmo e-mail": "sim", "Código (um)": "S1", "Cliente (um)": "Casa S1",
        "Código (outro)": "S2", "Cliente (outro)": "Casa S2", "Achado em": "20/11/2026", "Decisão": "A decidir",
        "Decidido em": "", "Decidido por": "",
        **{f"{campo} ({qual})": valor for campo, valor in lado.items() for qual in ("um", "outro")},
    }  # fmt: skip
    [descartado] = levado("duplicados/?ver=descartados")
    assert [descartado[c] for c in ("Código (outro)", "Cliente (outro)", "CPF/CNPJ (outro)")] == [
        "S3", "'=1+1", "",
    ]  # fmt: skip
    assert [descartado[c] for c in ("Decisão", "Decidido em", "Decidido por")] == [
        "Não são o mesmo", "20/11/2026", "Davi Rocha",
    ]  # fmt: skip
    assert {d["Código"]: d["Valor visto"] for d in levado("decididas/?")} == {
        "S1": "'=nada", "S3": "não contatar",
    }  # fmt: skip
    assert "compras@" not in navegador.get("/higienizacao/decididas/").content.decode()
    assert {u["Código do unido"]: list(u.values())[2:] for u in levado("unioes/?")} == {
        "SV1": ["S1", "Casa S1", "20/11/2026", "Davi Rocha", "'=repetido", "Em vigor", "", ""],
        "SV2": ["S1", "Casa S1", "20/11/2026", "Davi Rocha", "'=repetido", "Desfeita", "20/11/2026", "Davi Rocha"],
    }  # fmt: skip
    feitos = RegistroDeAuditoria.objects.filter(acao="exportar nomes").order_by("pk")
    assert [r.objeto for r in feitos] == [
        "Duplicados (csv)", "Duplicados descartados (csv)", "Aceitas e adiadas (csv)", "Uniões (csv)",
    ]  # fmt: skip
    assert {r.por for r in feitos} == {bruno}
    de_ana = entrar(ana)
    for pagina in ("duplicados", "decididas", "unioes"):
        assert navegador.get(f"/higienizacao/{pagina}/?formato=xlsx").status_code == 200
        assert navegador.get(f"/higienizacao/{pagina}/?formato=pdf").status_code == 404
        assert "formato=csv" not in de_ana.get(f"/higienizacao/{pagina}/").content.decode()
        assert de_ana.get(f"/higienizacao/{pagina}/?formato=csv").status_code == 403
    assert feitos.filter(por=ana).count() == 0
