"""Cada defesa tirada, uma de cada vez, e a prova dela rodada assim: tem de reprovar. Plugin do pytest.

`pytest -p tests.seguranca.mutacoes PROVAS` roda cada prova como ela é e, depois, uma vez por defesa tirada. O resultado
vai em JSON ao arquivo de `MUTACOES`. Quem o chama e confere é `test_mutacoes.py`.
"""

import json
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

Tirar = Callable[[pytest.MonkeyPatch, Callable[..., None]], None]
_ENTRADA, _TEMAS = "tests/seguranca/test_entrada.py", "tests/seguranca"
_ACESSO, _PASSEIO = "tests/web/test_acesso.py", "tests/web/test_passeio.py"
_PASSOS, _CHAVES = "tests/web/test_dois_passos.py", "tests/web/test_chaves_de_acesso.py"


@dataclass(frozen=True)
class Mutacao:
    """Um tema, a prova que tem de cair, a defesa em palavras e como se tira."""

    tema: int
    prova: str
    defesa: str
    tirar: Tirar


def _trocar(alvo: str, novo: Any) -> Tirar:
    return lambda remendo, _: remendo.setattr(alvo, novo)


def _com(**valores: Any) -> Tirar:
    return lambda _, configurar: configurar(**valores)


def _sem_camada(nome: str) -> Tirar:
    def tirar(_: Any, configurar: Any) -> None:
        from django.conf import settings

        configurar(MIDDLEWARE=[m for m in settings.MIDDLEWARE if not m.endswith(nome)])

    return tirar


def _sem_validador(nome: str) -> Tirar:
    def tirar(_: Any, configurar: Any) -> None:
        from carteira import politica

        configurar(AUTH_PASSWORD_VALIDATORS=[v for v in politica.SENHAS if not v["NAME"].endswith(nome)])

    return tirar


def _na_producao(**valores: Any) -> Tirar:
    """Num processo à parte: `em_producao.py` lê daqui o que lhe falta."""
    return lambda remendo, _: remendo.setenv("SEM_DEFESA", json.dumps(valores))


def _senha_cortada(remendo: Any, _: Any) -> None:
    from contas.models import Usuario

    guardar = Usuario.set_password
    remendo.setattr(Usuario, "set_password", lambda self, senha: guardar(self, senha and senha[:72]))
    conferir = Usuario.check_password
    remendo.setattr(Usuario, "check_password", lambda self, senha: conferir(self, senha[:72]))


def _letras_parecidas(remendo: Any, _: Any) -> None:
    from contas.models import Usuario

    remendo.setattr(
        type(Usuario.objects), "get_by_natural_key", lambda self, nome: self.get(email__iexact=nome)
    )


def _diz_quem_existe(remendo: Any, _: Any) -> None:
    from django.core.exceptions import ValidationError

    from carteira.web.contas import SenhaPedirForm

    def clean_email(self: Any) -> Any:
        if not self.get_users(self.cleaned_data["email"]).exists():
            raise ValidationError("Não há ninguém com este e-mail.")
        return self.cleaned_data["email"]

    remendo.setattr(SenhaPedirForm, "clean_email", clean_email, raising=False)


def _sem_custo(remendo: Any, _: Any) -> None:
    from django.contrib.auth.backends import ModelBackend

    from contas.models import Usuario

    original = ModelBackend.authenticate

    def apressado(self: Any, request: Any, username: Any = None, password: Any = None, **mais: Any) -> Any:
        if not Usuario.objects.filter(email=username).exists():
            return None
        return original(self, request, username=username, password=password, **mais)

    remendo.setattr(ModelBackend, "authenticate", apressado)


def _codigo_que_se_repete(remendo: Any, _: Any) -> None:
    from contas import fatores

    original = fatores._passo_de
    remendo.setattr(
        fatores, "_passo_de", lambda segredo, codigo, *, depois_de: original(segredo, codigo, depois_de=0)
    )


def _recuperacao_que_nao_se_gasta(remendo: Any, _: Any) -> None:
    from contas import fatores

    remendo.setattr(
        fatores,
        "_gastar_recuperacao",
        lambda pessoa, codigo: codigo in fatores.de(pessoa).recuperacao.wrap().generate_codes(),
    )


def _mesma_sessao_sempre(remendo: Any, _: Any) -> None:
    from django.contrib.auth.base_user import AbstractBaseUser

    remendo.setattr(AbstractBaseUser, "get_session_auth_hash", lambda self: "sempre-o-mesmo")
    remendo.setattr("carteira.web.perfil.encerrar_sessoes", lambda *a, **k: 0)


def _campos_de_todos(remendo: Any, _: Any) -> None:
    from clientes import cadastro

    todos = cadastro.campos_editaveis("admin")
    for onde in ("clientes.cadastro", "carteira.web.formularios_de_cliente"):
        remendo.setattr(f"{onde}.campos_editaveis", lambda papel: todos)


def _papel_no_perfil(remendo: Any, _: Any) -> None:
    from django import forms

    from carteira.web import perfil

    remendo.setitem(perfil.PerfilForm.base_fields, "papel", forms.CharField(required=False))
    remendo.setattr("contas.pessoas.CAMPOS_DO_PERFIL", ("nome", "papel"))


def _sem_escape(remendo: Any, _: Any) -> None:
    from django.template import engines

    remendo.setattr(engines["django"].engine, "autoescape", False)


def _nome_escolhe_o_lugar(remendo: Any, _: Any) -> None:
    from carteira import importacoes

    copiar = importacoes._copiar
    remendo.setattr(
        importacoes, "_copiar", lambda pedacos, caminho: copiar(pedacos, caminho.parent.parent / caminho.name)
    )


def _chave_fraca_serve(remendo: Any, _: Any) -> None:
    """O arquivo da configuração, sem a recusa."""

    def sem_a_recusa(caminho: str) -> dict[str, Any]:
        fonte = Path(caminho).read_text(encoding="utf-8")
        fonte = fonte.replace("if len(chave) < 50 or", "if False and").replace(
            "if PRODUCAO and DEBUG:", "if False:"
        )
        escopo: dict[str, Any] = {"__file__": caminho, "__name__": "configuracao"}
        exec(compile(fonte, caminho, "exec"), escopo)
        return escopo

    remendo.setattr("runpy.run_path", sem_a_recusa)


def _sem_auditoria(remendo: Any, _: Any) -> None:
    from contas.models import RegistroDeAuditoria

    remendo.setattr(RegistroDeAuditoria.objects, "create", lambda **campos: RegistroDeAuditoria(**campos))


def _sem_limite_de_tamanho(remendo: Any, _: Any) -> None:
    from carteira.web.importacao import EnviarForm

    remendo.delattr(EnviarForm, "clean_arquivo")


_TUDO_VISIVEL: Tirar = lambda remendo, _: remendo.setattr(  # noqa: E731
    "contas.escopo._do_papel", lambda usuario, prefixo, *a, **k: _q(prefixo)
)


def _q(prefixo: str) -> Any:
    from django.db.models import Q

    return Q(**{f"{prefixo}pk__isnull": False}) if prefixo else Q(pk__isnull=False)


def _m(tema: int, prova: str, defesa: str, tirar: Tirar) -> Mutacao:
    return Mutacao(tema, prova, defesa, tirar)


_SENHA12 = f"{_ENTRADA}::test_senha_de_doze_ou_mais_e_sem_teto_que_impeca_uma_frase"
_COMUM = f"{_ENTRADA}::test_senha_comum_ou_tirada_dos_dados_da_pessoa_e_recusada"
_CINCO = f"{_ACESSO}::test_cinco_senhas_erradas_bloqueiam_e_a_certa_nao_entra_ate_passar_meia_hora"
_PRODUCAO = f"{_TEMAS}/test_producao.py"
_COOKIES = f"{_PRODUCAO}::test_os_cookies_so_andam_por_tls_e_longe_dos_scripts"
_TLS = f"{_PRODUCAO}::test_o_http_leva_ao_tls_e_o_tls_diz_hsts"
_CABECALHOS = f"{_TEMAS}/test_cabecalhos.py::test_toda_resposta_leva_os_cabecalhos"
_INJECAO = f"{_TEMAS}/test_injecao.py"
MUTACOES = (
    _m(1, _SENHA12, "o mínimo de doze", _sem_validador("MinimumLengthValidator")),
    _m(1, _SENHA12, "a senha inteira conta, sem corte", _senha_cortada),
    _m(2, _COMUM, "a lista das comuns", _sem_validador("CommonPasswordValidator")),
    _m(2, _COMUM, "as previsíveis", _sem_validador("SenhaPrevisivelValidator")),
    _m(2, _COMUM, "os dados da pessoa", _sem_validador("UserAttributeSimilarityValidator")),
    _m(3, f"{_ENTRADA}::test_a_senha_vai_ao_banco_em_argon2", "argon2 primeiro",
       _com(PASSWORD_HASHERS=["django.contrib.auth.hashers.PBKDF2PasswordHasher"])),
    _m(4, _CINCO, "o bloqueio por endereço", _com(AXES_ENABLED=False)),
    _m(4, f"{_ENTRADA}::test_letra_parecida_nao_da_tentativas_a_mais", "a conta por igualdade", _letras_parecidas),
    _m(4, f"{_TEMAS}/test_por_pessoa.py::test_a_espera_cresce_ate_quinze_minutos_e_a_recusada_nao_a_faz_crescer",
       "a espera por pessoa", _trocar("carteira.bloqueios.espera", lambda *a: 0)),
    _m(4, f"{_TEMAS}/test_por_pessoa.py::test_quem_ja_entrou_neste_navegador_entra_com_o_ataque_em_curso",
       "o navegador conhecido não espera", _trocar("carteira.conhecidos.conhece", lambda *a: "")),
    _m(5, f"{_ACESSO}::test_pedir_senha_responde_igual_para_quem_existe_e_para_quem_nao_existe",
       "a mesma resposta", _diz_quem_existe),
    _m(5, f"{_ENTRADA}::test_quem_nao_existe_custa_uma_senha_conferida_como_quem_existe",
       "o mesmo custo", _sem_custo),
    _m(6, f"{_ACESSO}::test_o_enlace_do_convite_serve_uma_vez_e_vence_em_tres_dias", "o token que vence e se gasta",
       _trocar("django.contrib.auth.tokens.PasswordResetTokenGenerator.check_token", lambda *a: True)),
    _m(7, f"{_PASSOS}::test_o_mesmo_codigo_nao_serve_duas_vezes_nem_o_de_um_passo_antes",
       "o passo usado se guarda", _codigo_que_se_repete),
    _m(8, f"{_CHAVES}::test_a_mesma_resposta_nao_entra_duas_vezes_nem_depois_de_cinco_minutos",
       "o desafio serve uma vez", _trocar("contas.contagens.uma_vez", lambda *a: True)),
    _m(8, f"{_CHAVES}::test_o_que_nao_confere_nao_entra", "a assinatura se confere",
       _trocar("fido2.server.Fido2Server.authenticate_complete", lambda *a, **k: None)),
    _m(9, f"{_PASSOS}::test_cada_codigo_de_recuperacao_entra_uma_vez_e_a_pessoa_fica_sabendo",
       "o código se gasta", _recuperacao_que_nao_se_gasta),
    _m(10, f"{_ENTRADA}::test_a_sessao_troca_de_numero_ao_entrar", "o número novo",
       _trocar("django.contrib.sessions.backends.base.SessionBase.cycle_key", lambda self: None)),
    _m(11, f"{_ENTRADA}::test_sair_mata_a_sessao_no_servidor", "a linha apagada",
       _trocar("django.contrib.sessions.backends.db.SessionStore.delete", lambda *a: None)),
    _m(12, f"{_ENTRADA}::test_a_sessao_tem_fim_mesmo_em_uso", "o fim da sessão",
       _trocar("contas.sessoes.por_que_acabou", lambda *a: "")),
    _m(13, f"{_ACESSO}::test_trocar_a_senha_mantem_esta_sessao_e_encerra_as_outras",
       "o corte das outras", _mesma_sessao_sempre),
    _m(14, _COOKIES, "Secure", _na_producao(SESSION_COOKIE_SECURE=False)),
    _m(14, _COOKIES, "HttpOnly", _na_producao(SESSION_COOKIE_HTTPONLY=False)),
    _m(14, _COOKIES, "SameSite", _na_producao(SESSION_COOKIE_SAMESITE="None")),
    _m(14, _COOKIES, "__Host-", _na_producao(SESSION_COOKIE_NAME="sessionid")),
    _m(15, f"{_ACESSO}::test_toda_pagina_sem_decisao_explicita_manda_o_anonimo_entrar",
       "a entrada em tudo", _sem_camada("EntradaMiddleware")),
    _m(16, f"{_PASSEIO}::test_linha_de_outro_escopo_e_404_e_nada_muda", "o escopo das linhas", _TUDO_VISIVEL),
    _m(16, f"{_PASSEIO}::test_nenhum_filtro_traz_o_que_e_de_outro_escopo", "o escopo das listas", _TUDO_VISIVEL),
    _m(17, f"{_TEMAS}/test_corpo_alheio.py::test_o_que_vai_no_corpo_tambem_e_do_escopo",
       "o escopo do corpo", _TUDO_VISIVEL),
    _m(18, f"{_TEMAS}/test_corpo_alheio.py::test_campo_a_mais_no_cadastro_e_ignorado",
       "os campos de cada papel", _campos_de_todos),
    _m(18, f"{_ACESSO}::test_o_papel_mandado_no_perfil_e_ignorado", "os campos do perfil", _papel_no_perfil),
    _m(19, f"{_PASSEIO}::test_acao_sem_papel_e_403_e_nada_muda", "a porta de cada papel",
       _trocar("carteira.web.acesso.pode", lambda *a: True)),
    _m(19, "tests/contas/test_escopo_e_papeis.py::test_leitura_nao_registra_contato_e_anonimo_nao_pode_nada",
       "a matriz dos papéis", _trocar("contas.papeis.pode_por_si", lambda *a: True)),
    _m(20, f"{_TEMAS}/test_csrf.py::test_sem_a_chave_do_formulario_nenhuma_rota_muda_nada",
       "a chave do formulário", _sem_camada("CsrfViewMiddleware")),
    _m(21, f"{_PASSEIO}::test_o_que_se_pode_e_e_seu_abre", "o escape nas páginas", _sem_escape),
    _m(21, f"{_TEMAS}/test_cargas_das_mensagens.py::test_a_carga_e_inerte_em_todo_email",
       "o escape nos e-mails", _sem_escape),
    _m(22, f"{_INJECAO}::test_pedaco_de_sql_num_parametro_nao_muda_a_pagina_nem_a_quebra",
       "a busca lida em palavras", _trocar("carteira.busca.consulta_de", lambda texto: texto)),
    _m(22, f"{_INJECAO}::test_o_caractere_nulo_e_recusado_antes_do_banco",
       "o nulo recusado", _sem_camada("SemNulosMiddleware")),
    *(
        _m(23, prova, "a célula desarmada", _trocar("relatorios.planilhas.neutralizar", lambda texto: texto))
        for prova in (
            f"{_TEMAS}/test_cargas.py::test_toda_celula_que_comeca_como_formula_sai_desarmada",
            "tests/web/test_exportar_lista.py::test_xlsx_tem_datas_e_numeros_de_verdade_e_texto_desarmado",
            "tests/web/test_exportar_lista.py::test_csv_traz_a_lista_filtrada_na_ordem_da_tela",
        )
    ),
    _m(24, f"{_TEMAS}/test_cargas.py::test_o_nome_do_arquivo_enviado_nao_escolhe_onde_ele_fica",
       "a pasta nossa", _nome_escolhe_o_lugar),
    _m(24, "tests/importacao/test_paginas.py::test_arquivo_vazio_grande_demais_ou_ausente_nao_e_guardado",
       "o tamanho", _sem_limite_de_tamanho),
    _m(24, "tests/importacao/test_arquivos_ruins.py::test_arquivo_inteiro_e_recusado_com_uma_frase",
       "a bomba", _trocar("clientes.importacao.planilha.RAZAO_MAXIMA", 10**9)),
    _m(25, _CABECALHOS, "nosniff e a origem", _sem_camada("SecurityMiddleware")),
    _m(25, _CABECALHOS, "ninguém nos emoldura", _sem_camada("XFrameOptionsMiddleware")),
    _m(25, _CABECALHOS, "a política de conteúdo", _sem_camada("CSPMiddleware")),
    _m(26, f"{_TEMAS}/test_cabecalhos.py::test_erro_nosso_nao_mostra_a_pilha", "DEBUG desligado", _com(DEBUG=True)),
    _m(27, f"{_TEMAS}/test_registros.py::test_o_registro_nao_leva_segredo_nem_dado_pessoal",
       "as chaves fora do registro", _trocar("carteira.sem_chaves.sem_chaves", lambda texto: texto)),
    *(
        _m(28, prova, "a linha de auditoria", _sem_auditoria)
        for prova in (
            "tests/contas/test_pessoas.py::test_editar_guarda_so_o_que_mudou_na_auditoria",
            _CINCO,
            "tests/web/test_exportar_lista.py::test_exportacao_fica_na_auditoria_com_filtros_e_linhas",
        )
    ),
    _m(29, _TLS, "o HTTP leva ao TLS", _na_producao(SECURE_SSL_REDIRECT=False)),
    _m(29, _TLS, "HSTS", _na_producao(SECURE_HSTS_SECONDS=0)),
    _m(30, f"{_PRODUCAO}::test_chave_ausente_ou_fraca_nao_parte", "a chave se mede", _chave_fraca_serve),
    _m(31, "tests/api/test_base.py::test_chamadas_demais_e_429_com_a_espera_e_por_token", "a vazão",
       _trocar("carteira.api.vazao.Vazao.allow_request", lambda *a: True)),
)  # fmt: skip
PROVAS = tuple(dict.fromkeys(m.prova for m in MUTACOES))


class Quadro:
    """O que se soube: as provas que reprovam sozinhas e, de cada defesa tirada, o que derrubou a prova."""

    def __init__(self) -> None:
        self.sozinhas: list[str] = []
        self.caidas: dict[str, str] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: Any, nextitem: Any) -> bool:
        for numero, mutacao in self._por_provar(item):
            if caiu := _sem_a_defesa(item, mutacao):
                self.caidas[numero] = caiu
        item._initrequest()
        # o que é do módulo não fica para a seguinte, que o receberia feito com a defesa
        seguinte = item.session if nextitem is not None and self._por_provar(nextitem) else nextitem
        relatos = runtestprotocol(item, nextitem=seguinte, log=False)
        self.sozinhas += [f"{item.nodeid}: {r.when}" for r in relatos if r.failed]
        return True

    def _por_provar(self, item: Any) -> list[tuple[str, Mutacao]]:
        prova = item.nodeid.partition("[")[0]
        todas = ((str(numero), mutacao) for numero, mutacao in enumerate(MUTACOES))
        return [(n, m) for n, m in todas if m.prova == prova and n not in self.caidas]

    def pytest_sessionfinish(self) -> None:
        quadro = {"sozinhas": self.sozinhas, "caidas": self.caidas}
        Path(os.environ["MUTACOES"]).write_text(json.dumps(quadro, ensure_ascii=False, indent=1))


def _sem_a_defesa(item: Any, mutacao: Mutacao) -> str:
    """O erro com que a prova caiu; vazio se passou assim mesmo. Só conta cair no corpo da prova."""
    from django.test import override_settings

    with ExitStack() as pilha:
        remendo = pilha.enter_context(pytest.MonkeyPatch.context())
        mutacao.tirar(remendo, lambda **valores: pilha.enter_context(override_settings(**valores)))
        item._initrequest()
        # a seguinte é a própria sessão: o que é do módulo nasce de novo, sem a defesa
        relatos = runtestprotocol(item, nextitem=item.session, log=False)
    return next((r.longreprtext[-300:] for r in relatos if r.failed and r.when == "call"), "")


def pytest_configure(config: Any) -> None:
    if os.environ.get("MUTACOES"):
        config.pluginmanager.register(Quadro(), "mutacoes-da-seguranca")
