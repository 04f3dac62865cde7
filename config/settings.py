"""All settings, in one file. The environment is read at the top and nowhere else."""

import os
import secrets
from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import database, startup

BASE_DIR = Path(__file__).resolve().parent.parent

ENV_DEBUG = os.environ.get("APP_DEBUG") == "1"
ENV_PROCESS = os.environ.get("APP_PROCESS", "command")  # web, worker, owner or command: see config/database.py
ENV_HOSTS = [host for host in os.environ.get("APP_HOSTS", "").split(",") if host]
ENV_SECOND_FACTOR = os.environ.get("APP_SECOND_FACTOR", "offered")  # offered, or required of those it matters for
ENV_HTTPS = os.environ.get("APP_HTTPS") == "1"
ENV_UNIT_QUOTA_BYTES = int(os.environ.get("APP_UNIT_QUOTA_BYTES") or 5 * 1024**3)
ENV_IMAP_HOST = os.environ.get("MAIL_IMAP_HOST", "")
ENV_MAIL_OWN = [address for address in os.environ.get("MAIL_OWN_ADDRESSES", "").split(",") if address]
ENV_SITE_URL = os.environ.get("APP_SITE_URL") or f"http://127.0.0.1:{os.environ.get('PORT') or 8000}"

VAR_DIR = startup.var_dir()


def secret_key() -> str:
    """Read APP_SECRET_KEY, or make one once and keep it under var/ with mode 0600."""
    if key := os.environ.get("APP_SECRET_KEY"):
        return key
    path = VAR_DIR / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(secrets.token_urlsafe(50))
    return path.read_text()


DEBUG = ENV_DEBUG
SECRET_KEY = secret_key()
ALLOWED_HOSTS = [*ENV_HOSTS, "127.0.0.1", "localhost", "[::1]", "testserver"] if not ENV_HTTPS else ENV_HOSTS
SITE_URL = ENV_SITE_URL.rstrip("/")

INSTALLED_APPS = [
    "config",
    "members",
    "services",
    "cases",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.forms",
    "crispy_forms",
    "crispy_bootstrap5",
    "axes",
    "csp",
    "django_tasks",
    "django_tasks_db",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",  # here, so that refusals of what follows have it too
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "members.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.failures.friendly",
    "members.middleware.session_middleware",
    "members.middleware.privacy_middleware",
    "members.middleware.refusal_middleware",
    "members.middleware.transaction_middleware",
    "members.middleware.factor_middleware",
    "axes.middleware.AxesMiddleware",
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
                "config.context_processors.site",
                "members.context_processors.notices",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "crispy_forms.templatetags.crispy_forms_tags",
                "config.template_tags",
                "services.indicators.tags",
                "cases.tags",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False
FORM_RENDERER = "config.forms.Renderer"
CSRF_FAILURE_VIEW = "config.failures.csrf"

DATABASES = {"default": database.settings_for(ENV_PROCESS, VAR_DIR)}

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
ORGANISATION_TASKS = ["cases.actions.library.refresh_organisations"]  # queued after an organisation changed
# Queued by the worker once in 24 hours each.
DAILY_TASKS = [
    "cases.actions.approval_reminder.remind_approvals_daily",
    "cases.actions.assignment_reminder.remind_reviewers_daily",
    "cases.actions.reminders.remind_daily",
    "cases.actions.sweep.sweep_daily",
    "services.tasks.compact_tallies",
]

AUTH_USER_MODEL = "members.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "email")},
    },
    {"NAME": "members.passwords.LocalWordsValidator"},
]
PASSWORD_RESET_TIMEOUT = 72 * 60 * 60  # links for a first password
LOGIN_URL = "members:account_login"
LOGIN_REDIRECT_URL = "cases:home"
LOGOUT_REDIRECT_URL = "cases:library_index"

# Six guesses for one name from one address, then 15 minutes: colleagues behind the same address and the rightful
# owner elsewhere are not locked out (security.md row 2).
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_TEMPLATE = "members/account/locked.html"
AXES_SENSITIVE_PARAMETERS = ["username", "password"]
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "config.visitors.address_of"

if ENV_SECOND_FACTOR not in {"offered", "required"}:
    raise ImproperlyConfigured("APP_SECOND_FACTOR is `offered` or `required`.")
SECOND_FACTOR_REQUIRED = ENV_SECOND_FACTOR == "required"

SESSION_IDLE_SECONDS = 30 * 60
SESSION_ABSOLUTE_SECONDS = 12 * 60 * 60
SESSION_COOKIE_AGE = SESSION_ABSOLUTE_SECONDS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
if ENV_HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
SECURE_REFERRER_POLICY = "same-origin"

KEY_RING_PATH = Path(os.environ.get("APP_KEY_RING", VAR_DIR / "keys" / "ring.json"))
VAULT_DIR = Path(os.environ.get("APP_VAULT", VAR_DIR / "vault"))
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "config.uploads.handlers.LimitedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
PHOTOS_PER_CASE = 12
UNIT_QUOTA_BYTES = ENV_UNIT_QUOTA_BYTES  # files of one organisation, see members/quota.py
KEPT_FILES = [  # table, column of the size, path to the organisation
    ("cases.Intake", "size_bytes", "case__organisation"),
    ("cases.CasePhoto", "size_bytes", "case__organisation"),
    ("services.Attachment", "size_bytes", "organisation"),
    ("cases.Message", "size_bytes", "organisation"),
    ("cases.MessagePart", "size_bytes", "message__organisation"),
]

# The editorial mailbox; without a host it is off. MAIL_AUTHORITY is the name under which our own mail server writes
# Authentication-Results: without it no sender counts as verified, and every letter waits for an editor.
MAIL_AUTHORITY = os.environ.get("MAIL_AUTHORITY", "")
MAIL_ORGANISATION = os.environ.get("MAIL_ORGANISATION", "")  # code of the body whose mailbox it is; else the top
MAIL_REPLY_FROM = os.environ.get("MAIL_REPLY_FROM", "")  # address acknowledgements come from; without it none is sent
MAIL_OWN_ADDRESSES = [*ENV_MAIL_OWN, *([MAIL_REPLY_FROM] if MAIL_REPLY_FROM else [])]
MAILBOX = {
    "host": ENV_IMAP_HOST,
    "port": int(os.environ.get("MAIL_IMAP_PORT") or 993),
    "user": os.environ.get("MAIL_IMAP_USER", ""),
    "password_file": os.environ.get("MAIL_IMAP_PASSWORD_FILE", ""),
    "folder": os.environ.get("MAIL_IMAP_FOLDER") or "INBOX",
    "tls": os.environ.get("MAIL_IMAP_TLS") or "implicit",  # or starttls, or none
}
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT") or 25)
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = startup.secret_in(os.environ.get("EMAIL_HOST_PASSWORD_FILE", ""))
EMAIL_USE_TLS = os.environ.get("EMAIL_TLS") == "starttls"
EMAIL_USE_SSL = os.environ.get("EMAIL_TLS") == "implicit"
EMAIL_TIMEOUT = 30
FREQUENT_TASKS = {  # seconds between two
    **({"cases.actions.mail_fetch.fetch_mail": 300} if ENV_IMAP_HOST else {}),
    **({"cases.actions.letter_send.send_letters": 60} if MAIL_REPLY_FROM else {}),
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "config.wheel_assets.WheelAssetsFinder",
]
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "img-src": [SELF, "data:"],
    }
}

# Warnings and errors go to standard error, where systemd's journal or the terminal picks them up.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "silent": {"()": "config.logs.SilentWhileAway"},
        "without_tokens": {"()": "config.logs.WithoutTokens"},
    },
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["silent", "without_tokens"]},
        "nothing": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.request": {"level": "ERROR"},  # not every mistyped address
        "django.security.DisallowedHost": {"handlers": ["nothing"], "propagate": False},  # nor every scanner
    },
}
