"""Um fato da história do cliente com as palavras e o ícone da tela."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from atividade.causas import regra_do_limiar
from atividade.historico import Fato
from atividade.models import Limiar, MotivoDaMudanca
from carteira.formatos import data, moeda, numero, plural
from carteira.graficos.situacoes import NOMES
from clientes.models import CanalDeContato, Sentido, SituacaoDeOrcamento, TipoDeAtendimento, TipoDeOferta
from contas.models import SituacaoDePedido

DESFAZER_ATE = timedelta(days=2)
_ICONES = {"ligacao": "phone", "whatsapp": "message-circle", "visita": "map-pin", "email": "mail"}


@dataclass(frozen=True)
class FatoNaTela:
    fato: Fato
    limiar: Limiar | None = None

    def __getattr__(self, nome: str) -> Any:
        return getattr(self.fato, nome)

    @property
    def recente(self) -> bool:
        """Desfazer é para engano recente; história velha não se apaga com um clique."""
        return self.fato.em is not None and timezone.now() - self.fato.em < DESFAZER_ATE

    @property
    def icone(self) -> str:
        return _ICONES.get(self.fato.dados["canal"], "phone")

    @property
    def canal_em_palavras(self) -> str:
        return str(CanalDeContato(self.fato.dados["canal"]).label)

    @property
    def situacao_em_palavras(self) -> str:
        return str(SituacaoDePedido(self.fato.dados["situacao"]).label).lower()

    # ── Contatos ──

    @property
    def miudezas(self) -> str:
        """Motivo, objeções, campanha, o que se ofereceu e quem procurou quem, do que houver."""
        dados = self.fato.dados
        partes = [dados["motivo"]] if dados["motivo"] else []
        if dados["objecoes"]:
            partes.append(
                f"{plural(len(dados['objecoes']), 'Objeção,Objeções')}: {', '.join(dados['objecoes'])}"
            )
        if dados["campanha"]:
            partes.append(f"Campanha {dados['campanha']}")
        if dados["oferta"]:
            partes.append(f"Ofereceu {TipoDeOferta(dados['oferta']).label.lower()}")
        if dados["sentido"] == Sentido.RECEPTIVO:
            partes.append("O cliente procurou")
        return " · ".join(partes)

    # ── O que veio do ERP ──

    def _dia(self, campo: str) -> date | None:
        texto = self.fato.dados[campo]
        return date.fromisoformat(texto) if texto else None

    @property
    def validade(self) -> date | None:
        return self._dia("validade")

    @property
    def fechado_em(self) -> date | None:
        return self._dia("fechado_em")

    @property
    def situacao_do_orcamento(self) -> str:
        if self.fato.dados["expirado"]:
            return "expirado"
        return str(SituacaoDeOrcamento(self.fato.dados["situacao"]).label).lower()

    @property
    def vencido(self) -> bool:
        return (self.fato.dados["atraso"] or 0) > 0

    @property
    def situacao_do_titulo(self) -> str:
        if self.vencido:
            return "venceu sem pagamento"
        if self.fato.dados["aberto"]:
            return "em aberto"
        return "pago" if self.fato.dados["pago_em"] else "quitado"

    @property
    def prazos_do_titulo(self) -> str:
        """Vencimento, atraso, o que já se pagou e quantas vezes foi prorrogado."""
        dados, atraso = self.fato.dados, self.fato.dados["atraso"] or 0
        partes = [f"vencimento {data(self._dia('vencimento'))}"]
        if atraso > 0:
            partes.append(f"{numero(atraso)} {plural(atraso, 'dia,dias')} de atraso")
        if dados["parcial"]:
            partes.append(f"resta do valor de {moeda(dados['valor'])}")
        if dados["prorrogacoes"]:
            vezes = dados["prorrogacoes"]
            partes.append(f"prorrogado {numero(vezes)} {plural(vezes, 'vez,vezes')}")
        return " · ".join(partes)

    @property
    def tipo_do_atendimento(self) -> str:
        return str(TipoDeAtendimento(self.fato.dados["tipo"]).label)

    # ── Mudanças de situação ──

    @property
    def causa(self) -> str:
        """Por que a situação mudou naquele dia: o pedido, o tempo e a regra, ou quem mexeu no quê."""
        dados, dia = self.fato.dados, data(self.fato.dia)
        if dados["motivo"] == MotivoDaMudanca.COMPRA:
            return self._da_compra(dia)
        regra = regra_do_limiar(self.limiar)
        desde = f", desde {data(self.limiar.vigente_desde)}" if self.limiar else ""
        qual = f"{regra.origem}{desde} ({regra.regra})"
        virou = f"Virou {NOMES[dados['para']].lower()} em {dia}"
        if dados["motivo"] == MotivoDaMudanca.TEMPO:
            dias = dados["silencio"]
            chegou = (
                f"chegou a {numero(dias)} {plural(dias, 'dia,dias')} sem comprar"
                if dias
                else "o prazo acabou"
            )
            return f"{virou} porque {chegou}: {qual}."
        if dados["motivo"] == MotivoDaMudanca.CONFIGURACAO:
            return f"{virou} por mudança de configuração{self._de_quem()}; passou a valer a {qual}."
        return f"{virou} porque os pedidos foram corrigidos depois da data deles; vale a {qual}."

    def _da_compra(self, dia: str) -> str:
        dados = self.fato.dados
        if dados["pedido"] is None:
            pedido = "o pedido já não existe"
        else:
            pedido = f"pedido {dados['pedido']}, {moeda(dados['valor'])}"
        if dados["de"] == "prospect":
            return f"Primeira compra em {dia}: {pedido}."
        dias = dados["silencio"]
        depois = f", depois de {numero(dias)} {plural(dias, 'dia,dias')}" if dias else ""
        return f"Voltou em {dia}{depois}: {pedido}."

    def _de_quem(self) -> str:
        """Quem salvou a regra e o motivo que escreveu."""
        if self.limiar is None:
            return ""
        quem = f" de {self.limiar.por.nome}" if self.limiar.por else ""
        return f"{quem} (“{self.limiar.motivo}”)" if self.limiar.motivo else quem

    @property
    def itens(self) -> list[dict[str, Any]]:
        return [{**item, "quantidade_em_texto": _enxuto(item["quantidade"])} for item in self.fato.itens]


def _enxuto(quantidade: Any) -> str:
    """12 e não 12,000; 1,5 quando há fração."""
    inteiro = quantidade == quantidade.to_integral_value()
    return numero(quantidade) if inteiro else numero(quantidade, 3).rstrip("0")
