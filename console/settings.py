"""Django's settings. What differs between installations is read in `console.env` and nowhere else."""

from __future__ import annotations

from os import cpu_count
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF

from console import env, keys

BASE_DIR = Path(__file__).resolve().parent.parent
ENV = env.read()

DEBUG = False
SECRET_KEY = ENV.secret_key or keys.secret_key(ENV.data)
FERNET_KEYS = [key for key in ENV.fernet_keys.split(",") if key] or [keys.fernet_key(ENV.data)]
REDIS_URL = ENV.redis_url
READER_MB = int(ENV.reader_mb)  # of each reader
READERS = max(1, min(4, (cpu_count() or 1) // 2))  # of one web process
DATA = ENV.data
FIRST_CLUSTER = ENV.kafka
OUTBOUND = ENV.outbound_list

DATA_UPLOAD_MAX_NUMBER_FIELDS = 50_000  # a reset has a box for each partition, and a group may read thousands

ORIGINS = ENV.origin_list
ALLOWED_HOSTS = [urlsplit(origin).hostname or "" for origin in ORIGINS]
CSRF_TRUSTED_ORIGINS = ORIGINS

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
    "channels",
    "console",
    "access",
    "live",
    "history",
    "clusters",
    "changes",
    "topics",
    "records",
    "pipelines",
    "lab",
    "groups",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # pads with random bytes, so a length betrays no secret
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "access.middleware.NoStore",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "access.middleware.DefaultDeny",
]

ROOT_URLCONF = "console.urls"
ASGI_APPLICATION = "console.asgi.application"
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
                "clusters.context.frame",
            ],
        },
    }
]

SQLITE = {
    # One writer at a time, taken at BEGIN: no "database is locked" in the middle of a transaction.
    "transaction_mode": "IMMEDIATE",
    "timeout": 10,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
}
DATABASES = {
    "default": dj_database_url.parse(ENV.database_url or f"sqlite:///{ENV.data / 'highwater.sqlite3'}", conn_max_age=60)
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = SQLITE
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "UserAttributeSimilarityValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "access.adapter.NoSignUp"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ALLAUTH_TRUSTED_PROXY_COUNT = int(ENV.proxies)
ACCOUNT_FORMS = {"login": "access.forms.SignIn"}
ACCOUNT_SESSION_REMEMBER = True  # no "remember me": every session ends after SESSION_COOKIE_AGE
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.https
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = ENV.https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.https else None
SECURE_HSTS_SECONDS = 31_536_000 if ENV.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = ENV.https
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

STATIC_URL = "static/"
STATIC_ROOT = ENV.data / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "console.static.Storage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

LOGS, SHOPS = env.stores_by_cluster(ENV.logs), env.by_cluster(ENV.shops)
LOGS_AUTHORIZATIONS = env.headers_by_cluster(ENV.logs_authorization)
LOGS_DASHBOARDS = env.links_by_cluster(ENV.logs_dashboard)

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": ENV.log_level},
}
