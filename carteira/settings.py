"""Configuração do Carteira: um arquivo, lido do ambiente por leitores que explicam o erro.

`AMBIENTE` é `desenvolvimento` (padrão), `teste` ou `producao`; em produção nada tem valor
padrão inseguro. Endereços ausentes vêm dos serviços privados de `./rodar`.
"""

import re
import sys
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured

from carteira.local.ambiente import pasta_var
from carteira.local.segredo import segredo_local
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
    if len(chave) < 50 or len(set(chave)) < 10:
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
    "contas",
    "clientes",
    "atividade",
    "notificacoes",
    "relatorios",
    "carteira",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "carteira.middleware.EntradaMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "carteira.middleware.PrimeiraVezMiddleware",
    "carteira.middleware.RotulosMiddleware",
    "carteira.middleware.AparelhoMiddleware",
    "axes.middleware.AxesMiddleware",
    "carteira.middleware.VerComoMiddleware",  # o último: troca quem a página vê depois de tudo conferido
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
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# ── Pessoas e segurança ──────────────────────────────────────────────────────

AUTH_USER_MODEL = "contas.Usuario"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "contas:entrar"
LOGIN_REDIRECT_URL = "inicio"
LOGOUT_REDIRECT_URL = "contas:entrar"
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.5  # horas
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "username"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "contas/bloqueado.html"
AXES_HTTP_RESPONSE_CODE = 429
AXES_IPWARE_PROXY_COUNT = PROXIES_CONFIAVEIS or None
AXES_IPWARE_META_PRECEDENCE_ORDER = (
    ["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"] if PROXIES_CONFIAVEIS else ["REMOTE_ADDR"]
)

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
    SECURE_REDIRECT_EXEMPT = [r"^saude/"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
# O style-src-attr libera só propriedades em atributos (o fio da barra de ritmo); scripts nunca são inline.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],
        "style-src-attr": [UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

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
MEDIA_ROOT = VAR_DIR / "arquivos"

# ── Língua, tempo e arquivos ─────────────────────────────────────────────────

LANGUAGE_CODE = "pt-br"
TIME_ZONE = env.str("FUSO", default="America/Sao_Paulo")
USE_I18N = USE_TZ = True
STATIC_URL = "static/"
# Só a produção junta os estáticos numa pasta; fora dela o WhiteNoise os acha onde nascem.
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles") if PRODUCAO else "") or None
STATICFILES_DIRS = [BASE_DIR / "static"]
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
# Os e-mails nascem abaixo das páginas: os caminhos chegam a eles como dado (um teste os confere com as rotas).
CAMINHOS_DOS_EMAILS = {
    "inicio": "/",
    "aviso": "/avisos/{id}/",
    "cliente": "/clientes/{id}/",
    "contato": "/clientes/{id}/contato/",
    "fila": "/fila/",
    "whatsapp": "/clientes/{id}/whatsapp/",
    "composicao": "/composicao/",
    "agenda_da_equipe": "/agenda/?pessoa=todos",
    "perfil": "/perfil/",
    "preferencias": "/perfil/#avisos",
    "rotinas": "/rotinas/",
    "importar": "/importar/",
    "senha": "/senha/{uid}/{token}/",
    "descadastrar": "/descadastrar/{token}/",
    "um_clique": "/um-clique/{token}/",
    "retorno": "/avisos/retorno/",
}

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

# ── Registros: sem dado pessoal, com o nome de quem fala ─────────────────────

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"linha": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "linha"}},
    "root": {"handlers": ["console"], "level": env.str("NIVEL_DO_REGISTRO", default="WARNING")},
    "loggers": {
        "carteira": {"level": "INFO"},
        "axes": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},  # conta cada tabela da fonte de cada PDF
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []
if AMBIENTE == "teste":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]
