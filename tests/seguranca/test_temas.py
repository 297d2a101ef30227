"""Os 31 temas que um auditor confere, e o teste de cada um (falha sem a defesa).

 1 senha de doze ou mais, sem teto abaixo de 64       17 não se escreve no que é de outro
 2 senha comum recusada                               18 dono e papel mandados a mais são ignorados
 3 argon2 no banco                                    19 a matriz dos papéis
 4 bloqueio depois de cinco, e a volta                20 CSRF em cada método que muda algo
 5 a mesma resposta para e-mail desconhecido          21 XSS guardado, inerte em página, e-mail e PDF
 6 enlace de senha: uma vez, e vence                  22 injeção de SQL em filtro e ordem
 7 código do aplicativo não se repete                 23 célula de fórmula, inerte em CSV e XLSX
 8 entrada com chave de acesso                        24 envio: tamanho, conteúdo, nome, bomba
 9 código de recuperação serve uma vez                25 cabeçalhos em toda resposta, erros também
10 a sessão troca de número ao entrar                 26 sem rastro de pilha com DEBUG desligado
11 sair mata a sessão no servidor                     27 registros sem segredo nem dado pessoal
12 a sessão tem fim                                   28 auditoria de entradas, papéis e exportações
13 trocar a senha encerra as outras sessões           29 o HTTP leva ao TLS
14 cookies Secure, HttpOnly, SameSite, __Host-        30 SECRET_KEY ausente ou fraca não parte
15 toda rota nega a quem não entrou                   31 a API diz 429 a quem pede demais
16 A não lê o que é de B, por nenhuma porta
"""

import ast
import re
from pathlib import Path

import pytest

from carteira.local.ambiente import RAIZ

_ENTRADA = "tests/seguranca/test_entrada.py"
_POR_PESSOA = "tests/seguranca/test_por_pessoa.py"
_ACESSO, _PASSEIO = "tests/web/test_acesso.py", "tests/web/test_passeio.py"
TEMAS: dict[int, tuple[str, ...]] = {
    1: (f"{_ENTRADA}::test_senha_de_doze_ou_mais_e_sem_teto_que_impeca_uma_frase",),
    2: (f"{_ENTRADA}::test_senha_comum_ou_tirada_dos_dados_da_pessoa_e_recusada",),
    3: (f"{_ENTRADA}::test_a_senha_vai_ao_banco_em_argon2",),
    4: (
        f"{_ACESSO}::test_cinco_senhas_erradas_bloqueiam_e_a_certa_nao_entra_ate_passar_meia_hora",
        f"{_ENTRADA}::test_letra_parecida_nao_da_tentativas_a_mais",
        f"{_POR_PESSOA}::test_a_espera_cresce_ate_quinze_minutos_e_a_recusada_nao_a_faz_crescer",
        f"{_POR_PESSOA}::test_quem_ja_entrou_neste_navegador_entra_com_o_ataque_em_curso",
    ),
    5: (
        f"{_ACESSO}::test_pedir_senha_responde_igual_para_quem_existe_e_para_quem_nao_existe",
        f"{_ENTRADA}::test_quem_nao_existe_custa_uma_senha_conferida_como_quem_existe",
    ),
    6: (f"{_ACESSO}::test_o_enlace_do_convite_serve_uma_vez_e_vence_em_tres_dias",),
    10: (f"{_ENTRADA}::test_a_sessao_troca_de_numero_ao_entrar",),
    11: (f"{_ENTRADA}::test_sair_mata_a_sessao_no_servidor",),
    12: (f"{_ENTRADA}::test_a_sessao_tem_fim_mesmo_em_uso",),
    13: (f"{_ACESSO}::test_trocar_a_senha_mantem_esta_sessao_e_encerra_as_outras",),
    14: ("tests/seguranca/test_producao.py::test_os_cookies_so_andam_por_tls_e_longe_dos_scripts",),
    15: (f"{_ACESSO}::test_toda_pagina_sem_decisao_explicita_manda_o_anonimo_entrar",),
    16: (
        f"{_PASSEIO}::test_linha_de_outro_escopo_e_404_e_nada_muda",
        f"{_PASSEIO}::test_nenhum_filtro_traz_o_que_e_de_outro_escopo",
    ),
    17: ("tests/seguranca/test_corpo_alheio.py::test_o_que_vai_no_corpo_tambem_e_do_escopo",),
    18: (
        "tests/seguranca/test_corpo_alheio.py::test_campo_a_mais_no_cadastro_e_ignorado",
        f"{_ACESSO}::test_o_papel_mandado_no_perfil_e_ignorado",
    ),
    19: (
        f"{_PASSEIO}::test_acao_sem_papel_e_403_e_nada_muda",
        "tests/contas/test_escopo_e_papeis.py::test_leitura_nao_registra_contato_e_anonimo_nao_pode_nada",
    ),
    20: ("tests/seguranca/test_csrf.py::test_sem_a_chave_do_formulario_nenhuma_rota_muda_nada",),
    21: (
        f"{_PASSEIO}::test_o_que_se_pode_e_e_seu_abre",
        "tests/seguranca/test_cargas_das_mensagens.py::test_a_carga_e_inerte_em_todo_email",
    ),
    22: (
        "tests/seguranca/test_injecao.py::test_pedaco_de_sql_num_parametro_nao_muda_a_pagina_nem_a_quebra",
        "tests/seguranca/test_injecao.py::test_o_caractere_nulo_e_recusado_antes_do_banco",
    ),
    23: (
        "tests/web/test_exportar_lista.py::test_xlsx_tem_datas_e_numeros_de_verdade_e_texto_desarmado",
        "tests/web/test_exportar_lista.py::test_csv_traz_a_lista_filtrada_na_ordem_da_tela",
        "tests/seguranca/test_cargas.py::test_toda_celula_que_comeca_como_formula_sai_desarmada",
    ),
    24: (
        "tests/importacao/test_arquivos_ruins.py::test_arquivo_inteiro_e_recusado_com_uma_frase",
        "tests/importacao/test_paginas.py::test_arquivo_vazio_grande_demais_ou_ausente_nao_e_guardado",
        "tests/seguranca/test_cargas.py::test_o_nome_do_arquivo_enviado_nao_escolhe_onde_ele_fica",
    ),
    25: ("tests/seguranca/test_cabecalhos.py::test_toda_resposta_leva_os_cabecalhos",),
    26: ("tests/seguranca/test_cabecalhos.py::test_erro_nosso_nao_mostra_a_pilha",),
    27: (
        "tests/seguranca/test_registros.py::test_o_registro_nao_leva_segredo_nem_dado_pessoal",
        "tests/seguranca/test_registros.py::test_nenhum_segredo_no_repositorio",
    ),
    28: (
        "tests/contas/test_pessoas.py::test_editar_guarda_so_o_que_mudou_na_auditoria",
        "tests/web/test_acesso.py::test_cinco_senhas_erradas_bloqueiam_e_a_certa_nao_entra_ate_passar_meia_hora",
        "tests/web/test_exportar_lista.py::test_exportacao_fica_na_auditoria_com_filtros_e_linhas",
    ),
    29: ("tests/seguranca/test_producao.py::test_o_http_leva_ao_tls_e_o_tls_diz_hsts",),
    30: ("tests/seguranca/test_producao.py::test_chave_ausente_ou_fraca_nao_parte",),
}
# O que as salas da entrada e da API provam nos testes delas; liga-se quando as três estiverem na mesma árvore.
SALAS_UNIDAS = True
_DOIS_PASSOS = "tests/web/test_dois_passos.py"
DE_OUTRAS_SALAS: dict[int, tuple[str, ...]] = {
    7: (f"{_DOIS_PASSOS}::test_o_mesmo_codigo_nao_serve_duas_vezes_nem_o_de_um_passo_antes",),
    8: (
        "tests/web/test_chaves_de_acesso.py::"
        "test_criar_avisa_da_codigos_e_a_chave_entra_sem_senha_nem_codigo",
        "tests/web/test_chaves_de_acesso.py::"
        "test_a_mesma_resposta_nao_entra_duas_vezes_nem_depois_de_cinco_minutos",
        "tests/web/test_chaves_de_acesso.py::test_o_que_nao_confere_nao_entra",
    ),
    9: (f"{_DOIS_PASSOS}::test_cada_codigo_de_recuperacao_entra_uma_vez_e_a_pessoa_fica_sabendo",),
    31: ("tests/api/test_base.py::test_chamadas_demais_e_429_com_a_espera_e_por_token",),
}


def _testes_de(arquivo: Path) -> set[str]:
    if not arquivo.exists():
        return set()
    arvore = ast.parse(arquivo.read_text(encoding="utf-8"))
    return {no.name for no in ast.walk(arvore) if isinstance(no, ast.FunctionDef)}


def _faltam(temas: dict[int, tuple[str, ...]]) -> list[str]:
    """Os testes apontados que não existem mais com este nome."""
    partes = [teste.partition("::")[::2] for testes in temas.values() for teste in testes]
    return [f"{arquivo}::{nome}" for arquivo, nome in partes if nome not in _testes_de(RAIZ / arquivo)]


def test_sao_trinta_e_um_temas_e_cada_um_tem_o_seu_teste() -> None:
    assert sorted(TEMAS | DE_OUTRAS_SALAS) == list(range(1, 32))
    assert [
        int(n) for n in sorted(re.findall(r"(?:^|  )[ ]?(\d+) (?=\w)", __doc__ or "", re.M), key=int)
    ] == list(range(1, 32))
    assert _faltam(TEMAS) == []


@pytest.mark.skipif(not SALAS_UNIDAS, reason="os testes são das salas da entrada e da API")
def test_os_temas_das_outras_salas_tem_o_seu() -> None:
    assert _faltam(DE_OUTRAS_SALAS) == []
