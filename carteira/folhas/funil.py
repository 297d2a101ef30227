"""O funil no catálogo: junta o que os avisos e os resultados sabem, e por isso mora acima dos dois."""

from collections.abc import Sequence

from django.utils import timezone

from atividade.giro import Janela
from carteira.funil import FILTROS, Passo, funil
from contas.models import Usuario
from notificacoes.retorno import Prazo, alertas_visiveis, do_periodo
from relatorios.base import Coluna, Elo, Grafico, Linhas, Periodo, Relatorio, Serie
from relatorios.catalogo import registrar
from relatorios.pedido import Pedido, recorte_em_partes
from relatorios.resultados.consulta import Consulta, Recorte


def _clientes(passo: Passo, pedido: Pedido) -> Elo:
    dias = {"de": pedido.periodo.de.isoformat(), "ate": pedido.periodo.ate.isoformat()}
    etapa = {"ver": "funil", "etapa": passo.etapa.value}
    return Elo(dias | recorte_em_partes(pedido.recorte) | etapa, "resultados_clientes")


@registrar
class Funil(Relatorio):
    chave = "funil"
    titulo = "Do aviso à segunda compra"
    grupo = "Resultados"
    frase = (
        "Dos clientes avisados, a quantos se procurou, quantos responderam, compraram e voltaram a comprar?"
    )
    filtros = (Periodo(ate_hoje=True), *FILTROS)
    pela_regra = False
    unidade = "etapa,etapas"
    vazio = "Nenhum aviso neste período."
    nota = (
        "Cada cliente conta uma vez, do primeiro aviso do período. Procurado teve qualquer contato no prazo, mesmo "
        "tentativa; respondeu quem teve um efetivo. Comprou é o pedido que conta, da resposta ao fim do prazo; "
        "de novo, outro dia de compra depois desse."
    )

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            Coluna("nome", "Etapa", largura=24, ordena=False),
            Coluna("clientes", "Clientes", "inteiro", elo=_clientes, ordena=False),
            Coluna("do_comeco", "% dos avisados", "porcento", ordena=False),
            Coluna("da_anterior", "% da etapa anterior", "porcento", ordena=False),
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        def ler() -> list[Passo]:
            hoje, dias = timezone.localdate(), pedido.periodo
            consulta = Consulta(
                usuario, Janela(dias.de, dias.ate), hoje, Recorte(**recorte_em_partes(pedido.recorte))
            )
            prazo = Prazo(dias.de, dias.ate, hoje)
            passos = funil(do_periodo(alertas_visiveis(usuario), prazo), consulta, prazo)
            return passos if passos[0].clientes else []

        return pedido.uma_vez(("funil", usuario.pk), ler)

    def achado(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> str:
        avisados, *_, compraram, _ = (passo.clientes for passo in linhas)
        return f"De {avisados} avisados, {compraram} responderam e compraram."

    def grafico(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> Grafico:
        passos = list(linhas)
        serie = Serie("Clientes", [passo.clientes for passo in passos])
        return Grafico("Clientes em cada etapa", [passo.nome for passo in passos], [serie])
