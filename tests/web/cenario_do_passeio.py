"""O cenário do passeio: o que é de cada pessoa, o que é de outra equipe e o que é de outra empresa."""

from dataclasses import dataclass
from datetime import timedelta
from tempfile import NamedTemporaryFile
from typing import Any

from django.utils import timezone

from atividade.criterios_da_fila import mudar_criterios
from atividade.limiares import configurar
from atividade.models import Execucao
from atividade.regras import Periodo
from atividade.regras_da_fila import Criterios
from atividade.rotulos import mudar_rotulos
from carteira.recalculos import recalcular_empresa
from clientes import planos
from clientes.atendimentos import abrir
from clientes.decisoes_da_fila import deixar_para_o_fim
from clientes.models import (
    Agendamento,
    Campanha,
    CanalDeContato,
    Contato,
    Fornecedor,
    Importacao,
    ListaDeTrabalho,
    MapeamentoDeColunas,
    ModeloDeMensagem,
    Ocorrencia,
    Oposicao,
    ParametrosDaCarteira,
    PessoaDeContato,
    RegraDeAtribuicao,
    Segmento,
    Transferencia,
)
from contas.models import Cobertura, Empresa, Equipe, Papel, RegistroDeAuditoria, TipoDeVendedor, Usuario
from notificacoes.models import DestinoDeWebhook, Devolucao, EntregaDeWebhook, RegraDeAviso
from notificacoes.regras.partida import garantir
from relatorios.models import ArquivoGerado
from tests.conftest import HOJE, criar_cliente, criar_pessoa, por_na_equipe
from tests.web.da_higiene import da_higiene
from tests.web.paginas_abertas import DOCUMENTO, FECHADOS
from tests.web.pessoais import de_uma_pessoa, mensagem_de

PESSOAS = ("ana", "bruno", "carla", "davi", "lia")


@dataclass
class Cenario:
    """Uma carteira por pessoa, e o que é de outra equipe e de outra empresa."""

    empresa: Empresa
    outra: Empresa
    pessoas: dict[str, int]
    proprios: dict[str, dict[str, int | str]]
    alheios: dict[str, dict[str, int | str]]
    equipe_alheia: int
    segmento_alheio: int
    vendedor_alheio: int
    oposto: dict[str, int]  # de Ana, fechado por todos os canais: o cliente e a pessoa dele

    def pessoa(self, nome: str) -> Usuario:
        """Lida agora: o que um teste lhe muda não passa ao seguinte."""
        return Usuario.objects.get(pk=self.pessoas[nome])


def _importacao(empresa: Empresa, por: Usuario) -> int:
    return Importacao.objects.create(
        empresa=empresa, por=por, tipo="pedidos", nome_do_arquivo="p.csv", estado="conferida"
    ).pk


def _lista(cliente: Any, dono: Usuario) -> int:
    """Congelada, de quem administra, na equipe do dono: o gestor dela também a muda."""
    admin = Usuario.objects.get(papel="admin", vinculos__empresa=cliente.empresa_id)
    lista = ListaDeTrabalho.objects.create(
        empresa=cliente.empresa, nome=f"ALHEIO-L {cliente.codigo}", finalidade="outra", de=HOJE, semente=1,
        criada_por=admin, consulta_por=admin, equipe=dono.participacoes.get().equipe,
    )  # fmt: skip
    lista.membros.create(cliente=cliente, entrou_em=HOJE)
    return lista.pk


def _plano(cliente: Any, dono: Usuario) -> int:
    return planos.abrir(
        clientes=[cliente],
        titulo=f"ALHEIO-P {cliente.codigo}",
        dono=dono,
        prazo=HOJE + timedelta(days=9),
        por=dono,
    ).pk


def _de_um_cliente(cliente: Any, dono: Usuario) -> dict[str, int | str]:
    ocorrencia = Ocorrencia.objects.first()
    agendamento = Agendamento.objects.create(cliente=cliente, responsavel=dono, em=HOJE, criado_por=dono)
    return {
        "cliente": cliente.pk,
        "contato": Contato.objects.create(
            cliente=cliente, canal="ligacao", ocorrencia=ocorrencia, atendente=dono
        ).pk,
        "agendamento": agendamento.pk,
        "mudanca": agendamento.mudancas.create(
            tipo="remarcado", em_antes=HOJE - timedelta(days=1), em_depois=HOJE, por=dono
        ).pk,
        "decisao": deixar_para_o_fim(cliente=cliente, pessoa=dono, motivo="Ligo mais tarde", hoje=HOJE).pk,
        "oposicao": Oposicao.objects.create(cliente=cliente, canal="visita", em=HOJE, fonte="titular").pk,
        "pessoa_de_contato": PessoaDeContato.objects.create(cliente=cliente, nome="Otto Alheio").pk,
        "atendimento": abrir(cliente, "troca", "Chave com defeito", "", dono).pk,
        "lista": _lista(cliente, dono),
        "plano": _plano(cliente, dono),
        **_da_carteira(cliente, dono),
        **da_higiene(cliente, dono),
    }


def _oposto(empresa: Empresa, dona: Usuario) -> dict[str, int]:
    """Pediu que não o procurem por canal nenhum; o que ele e a compradora deram continua guardado."""
    fone, email = FECHADOS
    cliente = criar_cliente(
        "OPOSTO", empresa, vendedor=dona, compras=[(HOJE - timedelta(days=d), "500.00") for d in (200, 150)],
        telefone=f"+55{fone}", email=email, nao_contatar=sorted(CanalDeContato.values),
        erp={"telefone": f"+55{fone}", "email": f"antes.{email}"},
    )  # fmt: skip
    compradora = PessoaDeContato.objects.create(
        cliente=cliente, nome="Olga Fechada", telefone=f"+55{fone}", email=email, principal=True
    )
    return {"cliente": cliente.pk, "pessoa_de_contato": compradora.pk, "outro_cliente": cliente.pk}


def _da_carteira(cliente: Any, dono: Usuario) -> dict[str, int]:
    """Uma transferência que trouxe o cliente, e umas férias ainda por vir, que não mudam o que ninguém vê."""
    lote = Transferencia.objects.create(origem="lista", em=HOJE, motivo="Rota", por=dono)
    lote.itens.create(cliente=cliente, para=dono, para_equipe=cliente.equipe)
    colega = Usuario.objects.filter(papel="vendedor").exclude(pk=dono.pk).earliest("pk")
    depois = (HOJE + timedelta(days=90), HOJE + timedelta(days=99))
    ferias = Cobertura.objects.create(ausente=dono, substituto=colega, periodo=depois)
    return {"lote": lote.pk, "cobertura": ferias.pk}


def _um_arquivo() -> str:
    """Um que se pode perder: o relatório de quem já não vê o que ele cita apaga-se ao ser pedido."""
    with NamedTemporaryFile(suffix=".pdf", delete=False) as arquivo:
        arquivo.write(b"%PDF-1.7\n")
    return arquivo.name


def _webhook(empresa: Empresa) -> dict[str, int]:
    destino = DestinoDeWebhook.objects.create(
        empresa=empresa, nome=f"ALHEIO {empresa.codigo}", url="https://10.0.0.1/", eventos=[], segredo="x"
    )
    entrega = EntregaDeWebhook.objects.create(destino=destino, evento="webhook.teste", chave="x", corpo="{}")
    return {"webhook": destino.pk, "entrega": entrega.pk}


def _da_empresa(empresa: Empresa, admin: Usuario, vendedor: Usuario) -> dict[str, int]:
    segmento = Segmento.objects.create(empresa=empresa, nome=f"ALHEIO-{empresa.codigo}")
    prazo = {"periodo": Periodo(6, "m"), "antecedencia": Periodo(2, "m")}
    limiar = configurar(empresa=empresa, vigente_desde=HOJE - timedelta(days=9), por=admin, **prazo)
    mudar_rotulos(empresa=empresa, rotulos={"inativo": {"um": "Sumido", "muitos": "Sumidos"}}, por=admin)
    registro = RegistroDeAuditoria.objects.filter(acao="atividade.rotulos").latest("pk")
    novos = Criterios(dias_de_descanso=3)
    mudar_criterios(empresa=empresa, novos=novos, por=admin, motivo="Três dias bastam")
    garantir([empresa])
    return {
        "regra_de_aviso": RegraDeAviso.objects.get(empresa=empresa, partida="em_risco").pk,
        "segmento": segmento.pk,
        "criterio": RegistroDeAuditoria.objects.filter(acao="fila.criterios").latest("pk").pk,
        "regra_de_atribuicao": RegraDeAtribuicao.objects.create(empresa=empresa).pk,
        "limiar": limiar.pk,
        "registro": registro.pk,
        "importacao": _importacao(empresa, admin),
        "mapeamento": MapeamentoDeColunas.objects.create(
            empresa=empresa, tipo="pedidos", nome="Do passeio", assinatura="x", colunas={"n": "numero"}
        ).pk,
        "mensagem": mensagem_de(vendedor),
        **_webhook(empresa),
        "execucao": Execucao.objects.create(
            rotina="duplicados", referencia=HOJE, empresa=empresa, estado="feita"
        ).pk,
        "devolucao": Devolucao.objects.create(endereco=vendedor.email, origem="mao", por=admin).pk,
        "fornecedor": Fornecedor.objects.create(
            empresa=empresa, codigo="F1", nome=f"Fornecedor da {empresa.nome}"
        ).pk,
        "pessoa": vendedor.pk,
        "nenhum": 999_999,
        "campanha": Campanha.objects.create(
            empresa=empresa, nome=f"Campanha {empresa.nome}", inicio=HOJE - timedelta(days=9)
        ).pk,
        "arquivo": ArquivoGerado.objects.create(
            por=admin, tipo="relatorio_de_risco", filtros={"recorte": {}, "descricao": []}, nome="ALHEIO.pdf",
            pedido_em=timezone.now(), expira_em=timezone.now() + timedelta(days=7), estado="pronto",
            caminho=_um_arquivo(), pronto_em=timezone.now(),
        ).pk,
    }  # fmt: skip


def _pessoas(empresa: Empresa, sul: Equipe, norte: Equipe) -> dict[str, Usuario]:
    """As das histórias: Ana vende na Sul, que Bruno gere; Carla na Norte; Davi administra; Lia lê."""
    pessoas = {
        "ana": criar_pessoa("Ana Souza", empresa),
        "bruno": criar_pessoa("Bruno Lima", empresa, Papel.GESTOR),
        "carla": criar_pessoa("Carla Dias", empresa, tipo=TipoDeVendedor.INTERNO),
        "davi": criar_pessoa("Davi Rocha", empresa, Papel.ADMIN),
        "lia": criar_pessoa("Lia Prado", empresa, Papel.LEITURA),
    }
    por_na_equipe(pessoas["ana"], sul)
    por_na_equipe(pessoas["carla"], norte)
    sul.gestores.add(pessoas["bruno"])
    return pessoas


def criar_cenario() -> Cenario:
    empresa = Empresa.objects.get(codigo="1")
    sul, norte = (Equipe.objects.create(nome=nome) for nome in ("Sul", "Norte"))
    pessoas = _pessoas(empresa, sul, norte)
    ana, carla, davi = pessoas["ana"], pessoas["carla"], pessoas["davi"]
    outra = Empresa.objects.create(codigo="2", nome="ALHEIO Filial")
    rita, edu = criar_pessoa("Rita Alheia", outra), criar_pessoa("Edu Alheio", outra, "admin")
    por_na_equipe(rita, norte)
    compras = [(HOJE - timedelta(days=d), "987654.00") for d in (240, 190, 150)]
    da_ana = criar_cliente(
        "PROPRIO1", empresa, vendedor=ana, compras=[(HOJE - timedelta(days=150), "10")],
        documento=DOCUMENTO[0], documento_valido=True,
    )  # fmt: skip
    # Florianópolis e Criciúma são só de alheios: um total por município que os traga os denuncia
    da_carla = criar_cliente(
        "ALHEIO1", empresa, vendedor=carla, compras=compras, municipio_id=4205407, uf="SC"
    )
    da_outra = criar_cliente("ALHEIO2", outra, vendedor=rita, compras=compras, municipio_id=4204608, uf="SC")
    oposto = _oposto(empresa, ana)
    meus, deles = _da_empresa(empresa, davi, ana), _da_empresa(outra, edu, rita)
    for cada in (empresa, outra):
        recalcular_empresa(cada.pk, por=davi)
        cada.refresh_from_db()
    da_sul, da_norte, de_la = (
        _de_um_cliente(da_ana, ana), _de_um_cliente(da_carla, carla), _de_um_cliente(da_outra, rita),
    )  # fmt: skip
    for nome, equipe in (("sul", sul), ("norte", norte)):
        (meus if nome == "sul" else deles)["equipe"] = equipe.pk
    for cada, alvos in ((empresa, meus), (outra, deles)):
        ParametrosDaCarteira.objects.create(empresa=cada, pequeno_ate=1_000)
        alvos["sugestao"] = f"pequeno-{cada.pk}"
    meus |= {
        "faixa": "ativo",
        "relatorio": "vendedor-por-situacao",
        "modelo": ModeloDeMensagem.objects.earliest("pk").pk,
    }
    deles |= {"faixa": "inexistente", "relatorio": "inexistente", "modelo": 999_999}
    visoes = {nome: de_uma_pessoa(pessoa) for nome, pessoa in pessoas.items()}
    # Quem lê sem ver o crédito só vê o plano que é seu.
    visoes["lia"]["plano"] = _plano(da_ana, pessoas["lia"])
    deles |= de_uma_pessoa(rita, norte)
    return Cenario(
        empresa,
        outra,
        {nome: pessoa.pk for nome, pessoa in pessoas.items()},
        proprios={
            nome: meus | (da_norte if nome == "carla" else da_sul) | visoes[nome] for nome in PESSOAS
        },
        alheios={
            "ana": deles | da_norte, "bruno": deles | da_norte, "carla": deles | da_sul | visoes["ana"],
            "davi": deles | de_la, "lia": deles | de_la,
        },
        equipe_alheia=norte.pk,
        segmento_alheio=deles["segmento"],
        vendedor_alheio=carla.pk,
        oposto=oposto,
    )  # fmt: skip
