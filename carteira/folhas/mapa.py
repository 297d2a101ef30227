"""O mapa dos clientes em papel: os contornos e as bolhas em vetor, e a tabela de todos os municípios."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict

from atividade.rotulos import PLURAIS
from carteira.folhas.da_pagina import DaPagina
from carteira.graficos.mapa import desenhar
from carteira.web.mapa import Pedido, celulas, colunas, com_os_sem_lugar, da_tela, ditos_do_filtro
from contas.models import Empresa, Usuario
from contas.papeis import Permissao
from relatorios.catalogo import registrar
from relatorios.folha import NaoDeu
from relatorios.papel import Parte
from relatorios.pedido import Pedido as PedidoDaMaquina
from relatorios.planilhas import Coluna


@registrar
class MapaDosClientes(DaPagina):
    chave = "mapa"
    titulo = "Mapa dos clientes"
    grupo = "Carteira"
    frase = "Em que municípios estão os clientes, e em que situação?"
    permissao = Permissao.VER_CLIENTES
    lugar = "mapa"
    unidade = "município,municípios"
    reparte = True

    def ler(self, usuario: Usuario, consulta: QueryDict) -> Pedido:
        consulta["inteira"] = "1"  # no papel não há o que abrir: vão todos os municípios
        for nome in ("lugar", "pagina"):
            consulta.pop(nome, None)
        return Pedido(consulta, usuario)

    def tela(self, usuario: Usuario, pedida: Pedido) -> tuple[str, dict[str, Any]]:
        contexto = da_tela(pedida, usuario)
        return "mapa/pagina.html", contexto | {
            "desenho": desenhar(
                contexto["mapa"].lugares, por_valor=pedida.por_valor, por_risco=pedida.por_risco
            )
        }

    def empresas(self, pedida: Pedido, pedido: PedidoDaMaquina) -> Sequence[Empresa]:
        return pedida.empresas

    def da_parte(self, contexto: Mapping[str, Any], parte: Parte) -> dict[str, Any]:
        return {"linhas": contexto["linhas"][parte.inicio : parte.fim]}

    def dizer(self, usuario: Usuario, pedida: Pedido) -> list[tuple[str, str]]:
        situacoes = ", ".join(PLURAIS[s] for s in pedida.filtro.escolha_de_status)
        da_situacao = [("Situação", situacoes)] if situacoes else []
        return [*da_situacao, *ditos_do_filtro(pedida)]

    def colunas_da_planilha(self, pedida: Pedido) -> Sequence[Coluna]:
        return colunas()

    def linhas_da_planilha(self, pedida: Pedido) -> list[Sequence[Any]]:
        if recusados := pedida.filtro.recusados:  # sem ele iria mais do que se pediu
            raise NaoDeu(f"Filtro não entendido: {', '.join(recusados.values())}.")
        return [celulas(lugar) for lugar in com_os_sem_lugar(pedida)]
