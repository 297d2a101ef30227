"""Configuração do Carteira: um arquivo, lido do ambiente por leitores que explicam o erro.

`AMBIENTE` é `desenvolvimento` (padrão), `teste` ou `producao`; em produção nada tem valor
padrão inseguro. Endereços ausentes vêm dos serviços privados de `./rodar`.
"""

import logging
import re
import sys
from pathlib import Path

import environ
from celery.schedules import crontab
from django.conf import global_settings
from django.core.exceptions import ImproperlyConfigured

from carteira import oidc, politica
from carteira.api.configuracao import REST_FRAMEWORK, REST_KNOX, SPECTACULAR_SETTINGS  # noqa: F401
from carteira.caminhos_dos_emails import CAMINHOS_DOS_EMAILS  # noqa: F401
from carteira.local.ambiente import pasta_var
from carteira.local.segredo import segredo_local
from carteira.operacao.configuracao import registros
from notificacoes.url_de_email import ler_url

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

AMBIENTE = env.str("AMBIENTE", default="teste" if "pytest" in sys.modules else "desenvolvimento")
if AMBIENTE not in {"desenvolvimento", "teste", "producao"}:
    raise ImproperlyConfigured(f"AMBIENTE={AMBIENTE!r}: use desenvolvimento, teste ou producao.")
PRODUCAO = AMBIENTE == "producao"
DEBUG = env.bool("DEBUG", default=False)
if PRODUCAO and DEBUG:
    raise ImproperlyConfigured("DEBUG=1 não combina com AMBIENTE=producao: ele mostra segredos em erros.")

VAR_DIR = pasta_var()


def _chave() -> str:
    """SECRET_KEY do ambiente; fora de produção, uma gerada uma vez e guardada em `var/`."""
    chave = env.str("SECRET_KEY", default="")
    if not chave and not PRODUCAO:
        return segredo_local(VAR_DIR / "segredo")
    if len(chave) < 50 or len(set(chave)) < 10 or chave.startswith("django-insecure-"):
        raise ImproperlyConfigured(
            "SECRET_KEY ausente ou fraca: defina ao menos 50 caracteres ao acaso, por exemplo com "
            'python -c "import secrets; print(secrets.token_urlsafe(64))".'
        )
    return chave


SECRET_KEY = _chave()
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[] if PRODUCAO else ["localhost", "127.0.0.1", "[::1]", "testserver"]
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ENDERECO_PUBLICO = env.str("ENDERECO_PUBLICO", default="http://127.0.0.1:8000")
PROXIES_CONFIAVEIS = env.int("PROXIES_CONFIAVEIS", default=1 if PRODUCAO else 0)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django_celery_beat",
    "django_filters",
    "django_htmx",
    "csp",
    "axes",
    "django_structlog",
    "carteira.allauth_leve.Contas",
    "carteira.allauth_leve.Fatores",
    "carteira.allauth_leve.ContasDeFora",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "contas",
    "clientes",
    "atividade",
    "notificacoes",
    "relatorios",
    "carteira",
]

MIDDLEWARE = [
    "carteira.operacao.pedidos.PedidoMiddleware",  # o primeiro: mede e registra até o que os outros recusam
    "carteira.de_onde.DeOndeMiddleware",  # tudo o que se registrar diz de onde se veio
    # Os três seguintes só escrevem cabeçalhos: antes de quem responde sozinho (estáticos, nome de servidor errado).
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "carteira.middleware.SemNulosMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "carteira.sessao_em_curso.SessaoMiddleware",
    "carteira.middleware.EntradaMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "carteira.middleware.PrimeiraVezMiddleware",
    "carteira.middleware.RotulosMiddleware",
    "carteira.middleware.AparelhoMiddleware",
    "axes.middleware.AxesMiddleware",
    "carteira.middleware.VerComoMiddleware",  # troca quem a página vê depois de tudo conferido
    "carteira.replica.ReplicaMiddleware",  # o último: só o que a página lê vai à réplica
]

ROOT_URLCONF = "carteira.urls"
WSGI_APPLICATION = "carteira.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "carteira.context_processors.menu",
                "carteira.context_processors.instalacao",
                "carteira.context_processors.aparelho",
            ],
            "loaders": [
                ("django.template.loaders.cached.Loader", ["django.template.loaders.filesystem.Loader"])
                if not DEBUG
                else "django.template.loaders.filesystem.Loader"
            ],
            "builtins": ["carteira.templatetags.carteira", "carteira.templatetags.emails"],
        },
    }
]

# ── Dados ────────────────────────────────────────────────────────────────────


def _enderecos() -> dict[str, str]:
    """Endereços dos serviços privados já ligados por `./rodar` ou `./rodar servicos`."""
    from carteira.local.ambiente import enderecos

    return enderecos(VAR_DIR)


_LOCAIS = {} if PRODUCAO else _enderecos()
DATABASE_URL = env.str("DATABASE_URL", default=_LOCAIS.get("DATABASE_URL", ""))
REDIS_URL = env.str("REDIS_URL", default=_LOCAIS.get("REDIS_URL", ""))
if PRODUCAO and not (DATABASE_URL and REDIS_URL):
    raise ImproperlyConfigured("Em produção, defina DATABASE_URL e REDIS_URL (veja .env.exemplo).")

DATABASES = {
    "default": {
        # Sem endereço, o Django ainda carrega (check, collectstatic); a conexão é que falha, com este nome.
        **environ.Env.db_url_config(
            DATABASE_URL or "postgres://carteira@/carteira?host=/sem-banco-rode-rodar-servicos"
        ),
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"NAME": env.str("PYTEST_BANCO", default="test_carteira")},
    }
}
# Da knox usa-se o modelo abstrato: a tabela dela não existe.
MIGRATION_MODULES = {"knox": None}
# Uma réplica de leitura, se houver: relatórios, composição e exportações leem dela enquanto está em dia.
if DATABASE_URL_LEITURA := env.str("DATABASE_URL_LEITURA", default=""):
    DATABASES["leitura"] = {
        **environ.Env.db_url_config(DATABASE_URL_LEITURA),
        "CONN_MAX_AGE": DATABASES["default"]["CONN_MAX_AGE"],
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"MIRROR": "default"},
    }
DATABASE_ROUTERS = ["contas.replica.Roteador"]
REPLICA_ATRASO_MAXIMO = env.int("REPLICA_ATRASO_MAXIMO", default=60)  # segundos; acima, lê-se do primário
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {"BACKEND": "carteira.cache.CacheQueCai", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# ── Pessoas e segurança ──────────────────────────────────────────────────────

AUTH_USER_MODEL = "contas.Usuario"
KNOX_TOKEN_MODEL = "contas.TokenDaApi"  # noqa: S105  # nosec B105 # o nome de um modelo
# Chamadas à API por minuto, por token e escopo.
API_POR_MINUTO = {
    "ler": env.int("API_LER_POR_MINUTO", default=600),
    "escrever": env.int("API_ESCREVER_POR_MINUTO", default=120),
    "lote": env.int("API_LOTE_POR_MINUTO", default=60),
}
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS, AUTH_PASSWORD_VALIDATORS = politica.HASHES, politica.SENHAS
LOGIN_URL = "contas:entrar"
LOGIN_REDIRECT_URL = "inicio"
LOGOUT_REDIRECT_URL = "contas:entrar"
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.5  # horas
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "carteira.bloqueios.nome_de_entrada"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "contas/bloqueado.html"
AXES_HTTP_RESPONSE_CODE = 429
AXES_IPWARE_PROXY_COUNT = PROXIES_CONFIAVEIS or None
AXES_IPWARE_META_PRECEDENCE_ORDER = (
    ["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"] if PROXIES_CONFIAVEIS else ["REMOTE_ADDR"]
)

# Os códigos do aplicativo valem no passo deles e nos vizinhos (relógios de telefone atrasam), uma vez só.
MFA_ADAPTER = "carteira.fatores.Adaptador"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1

# Entrada pelo provedor da empresa (OpenID Connect): só com o emissor aqui aparece o botão.
SOCIALACCOUNT_ADAPTER = "carteira.de_fora.Adaptador"
OIDC = oidc.configurar(
    emissor=env.str("OIDC_EMISSOR", default=""),
    cliente=env.str("OIDC_CLIENTE", default=""),
    segredo=env.str("OIDC_SEGREDO", default=""),
    nome=env.str("OIDC_NOME", default="a conta da empresa"),
    so_https=PRODUCAO,
)
OIDC_ORIGENS = env.list("OIDC_ORIGENS", default=oidc.origem_de(OIDC))

# Até a entrada dizer quanto a sessão vale (contas.sessoes): as regras da instalação mandam.
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "carteira.web.erros.csrf"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PRODUCAO:
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^saude/", r"^metricas$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
CONTENT_SECURITY_POLICY = politica.conteudo(OIDC_ORIGENS)

# O mapa não pede nada a ninguém de fora. Só com um endereço aqui ele mostra telhas, e só a página dele as admite.
MAPA_TELHAS = env.str("MAPA_TELHAS", default="")
MAPA_TELHAS_CREDITO = env.str("MAPA_TELHAS_CREDITO", default="")
if MAPA_TELHAS and not re.fullmatch(
    r"https?://[\w.:-]+/(?=\S*\{z\})(?=\S*\{x\})(?=\S*\{y\})[^\s;,'\"]+", MAPA_TELHAS
):
    raise ImproperlyConfigured(
        "MAPA_TELHAS não entendido. Use um endereço como https://telhas.exemplo.com.br/{z}/{x}/{y}.png."
    )

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 5
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20
# No contêiner /tmp é memória: o arquivo grande chega direto ao volume onde vai ficar.
FILE_UPLOAD_TEMP_DIR = VAR_DIR if PRODUCAO and VAR_DIR.is_dir() else None
IMPORTACAO_TAMANHO_MAXIMO = env.int("IMPORTACAO_TAMANHO_MAXIMO", default=500 * 2**20)  # bytes
# Quanto do período um arquivo completo pode deixar de trazer sem que alguém o confirme digitando.
IMPORTACAO_SUMICO_MAXIMO = env.int("IMPORTACAO_SUMICO_MAXIMO", default=20)  # por cento
IMPORTACAO_DESFAZ_ATE_DIAS = env.int("IMPORTACAO_DESFAZ_ATE_DIAS", default=30)
# A pasta que o Carteira olha a cada minuto: uma subpasta por código de empresa. Vazia, nada se olha.
PASTA_DE_ENTRADA = env.str("PASTA_DE_ENTRADA", default="")
PASTA_PARADO_SEGUNDOS = env.int("PASTA_PARADO_SEGUNDOS", default=30)  # sem crescer há tanto, o arquivo acabou
MEDIA_ROOT = VAR_DIR / "arquivos"
# De quantos clientes em diante a lista da empresa inteira mostra as linhas sem esperar pelas contagens das abas.
LISTA_CONTA_DEPOIS = env.int("LISTA_CONTA_DEPOIS", default=50_000)
# Por quanto tempo a mesma Idempotency-Key recebe a mesma resposta.
REPETIVEIS_HORAS = env.int("REPETIVEIS_HORAS", default=24)

# ── Língua, tempo e arquivos ─────────────────────────────────────────────────

LANGUAGE_CODE = "pt-br"
TIME_ZONE = env.str("FUSO", default="America/Sao_Paulo")
USE_I18N = USE_TZ = True
STATIC_URL = "static/"
# Só a produção junta os estáticos numa pasta; fora dela o WhiteNoise os acha onde nascem.
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles") if PRODUCAO else "") or None
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [*global_settings.STATICFILES_FINDERS, "carteira.folha_unica.FolhaUnicaFinder"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCAO
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCAO

# ── E-mail ───────────────────────────────────────────────────────────────────

EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    try:
        vars().update(ler_url(EMAIL_URL))
    except (ImproperlyConfigured, ValueError, KeyError) as erro:
        raise ImproperlyConfigured(
            "EMAIL_URL não entendida. Use smtp+tls://usuario:senha@servidor:587, ou smtps na porta 465."
        ) from erro
else:
    # Sem servidor, as mensagens viram arquivos que se podem abrir: nada some e nada sai.
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR_DIR / "emails"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("EMAIL_REMETENTE", default="Carteira <carteira@localhost>")
# DKIM: sem chave, os e-mails saem sem assinatura. O domínio, vazio, é o do remetente.
DKIM_CHAVE = env.str("DKIM_CHAVE", default="")
DKIM_SELETOR = env.str("DKIM_SELETOR", default="carteira")
DKIM_DOMINIO = env.str("DKIM_DOMINIO", default="")
# Quem diz, acima das mensagens, por que um relatório agendado não sai mais: (mensagem, pessoa) → motivo, ou vazio.
CONFERIR_RELATORIO = "carteira.relatorios_agendados.conferir"

# Por quantos dias os enlaces de um clique de um e-mail valem.
UM_CLIQUE_DIAS = env.int("UM_CLIQUE_DIAS", default=7)

# ── Celery ───────────────────────────────────────────────────────────────────

CELERY_BROKER_URL = REDIS_URL or "filesystem://"
CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT, CELERY_TASK_SOFT_TIME_LIMIT = 3000, 2900
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,  # acima da tarefa mais longa
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
}
if not REDIS_URL:
    _fila = VAR_DIR / "fila"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_fila),
        "data_folder_out": str(_fila),
        "control_folder": str(VAR_DIR / "fila-controle"),
        "store_processed": False,
    }
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
DJANGO_CELERY_BEAT_TZ_AWARE = True
# A hora da rotina é dado do banco, mudada no navegador; aqui só nasce o agendamento.
CELERY_BEAT_SCHEDULE = {
    # expira antes da seguinte: uma noite sem worker não deixa centenas delas na fila
    "varredura": {
        "task": "carteira.tasks.varredura_task",
        "schedule": crontab(minute="*"),
        "options": {"expires": 55},
    },
}

# ── Operação ─────────────────────────────────────────────────────────────────

# `/metricas` só existe para quem traz o token (Authorization: Bearer …) ou vem de uma destas redes.
METRICAS_TOKEN = env.str("METRICAS_TOKEN", default="")
METRICAS_REDES = env.list("METRICAS_REDES", default=[])
# Com menos que isto livre onde ficam os arquivos, a saúde diz que não está pronta.
DISCO_MINIMO_MB = env.int("DISCO_MINIMO_MB", default=512)
# Quanto uma migração espera por uma trava antes de desistir (e ser repetida), em vez de parar quem atende.
MIGRACAO_ESPERA = env.str("MIGRACAO_ESPERA", default="15s")
# Uma pasta, e o beat copia banco e arquivos para ela toda noite, guardando as mais novas.
COPIA_DESTINO = env.str("COPIA_DESTINO", default="")
COPIA_HORA = env.int("COPIA_HORA", default=4)
COPIA_GUARDAR = env.int("COPIA_GUARDAR", default=7)
if COPIA_DESTINO:
    CELERY_BEAT_SCHEDULE["copia"] = {
        "task": "carteira.tasks.copiar_task",
        "schedule": crontab(hour=str(COPIA_HORA), minute="30"),
        "options": {"expires": 6 * 3600},
    }

# ── Registros: uma linha por coisa que acontece, sem dado pessoal ────────────

REGISTRO = env.str("REGISTRO", default="json" if PRODUCAO else "texto")
if REGISTRO not in {"json", "texto"}:
    raise ImproperlyConfigured(f"REGISTRO={REGISTRO!r}: use json ou texto.")
DJANGO_STRUCTLOG_CELERY_ENABLED = True
# As tarefas de cada minuto não enchem o registro; as que falham aparecem sempre.
DJANGO_STRUCTLOG_CELERY_DEFAULT_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_CELERY_TASK_FAILURE_LOG_LEVEL = logging.ERROR
LOGGING = registros(REGISTRO, env.str("NIVEL_DO_REGISTRO", default="WARNING"))
SILENCED_SYSTEM_CHECKS: list[str] = []
if AMBIENTE == "teste":
    # Cada cliente HTTP dos testes monta os middlewares de novo: procurar um estático quando o pedem custa menos.
    WHITENOISE_AUTOREFRESH = True
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]
