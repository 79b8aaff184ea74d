"""What holds in every place the portal runs in."""

from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from redis.backoff import NoBackoff
from redis.retry import Retry

from portal.settings import environment as env
from portal.settings.mailings import *
from portal.text import field_in_language

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = Path(env.text("SAWT_VAR", str(BASE_DIR / "var")))

VERSION = "0.1.0"
DEBUG = False
ALLOWED_HOSTS = env.items("SAWT_HOSTS", "localhost,127.0.0.1,[::1]")
BASE_URL = env.text("SAWT_BASE_URL", "http://localhost:8000")

INSTALLED_APPS = [
    "modeltranslation",
    # The ground floor, from the lowest room up: registries are filled, and demonstrations loaded, in this order.
    "portal.audit",
    "portal.files",
    "portal.accounts",
    "portal.calendars",
    "portal.messaging",
    "portal.mailings",
    "portal.notifications",
    "portal.urns",
    "portal.pages",
    "moderation",
    "surveys",
    "engagement.comments",
    "engagement.polls",
    "engagement.consultations",
    "tickets",
    "newsletter",
    "portal.insight",
    "portal.web",
    "portal.operations",
    "portal.web.adminsite.SawtAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "crispy_forms",
    "csp",
    "django_htmx",
]

MIDDLEWARE = [
    "portal.web.middleware.ClientAddressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    # Around the static files too: a picture opened alone is a page of ours.
    "portal.web.middleware.PolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.web.middleware.RequestIdMiddleware",
    "portal.web.middleware.PlainCookiesMiddleware",
    "tickets.middleware.secrets.SecretAddressesMiddleware",
    "surveys.middleware.SecretLinksMiddleware",
    # Around the cache of pages: what it answers is read as well.
    "tickets.middleware.articles.ReadsMiddleware",
    "portal.web.pagecache.PageCacheMiddleware",
    "portal.web.middleware.PrivatePagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "portal.web.middleware.BadInputMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.web.middleware.SignInAgainMiddleware",
    # Within the one before, which gives back what was typed into a session that ends here.
    "portal.accounts.middleware.SessionMiddleware",
    # Last, so that it sees the answer of the sign-in view itself.
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
                "portal.web.context_processors.portal",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": env.database(env.text("DATABASE_URL", "postgres://sawt@localhost/sawt"))}

REDIS_URL = env.text("REDIS_URL", "redis://localhost:6379/0")
CACHES = {
    "default": {
        "BACKEND": "portal.cache.ForgivingCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "sawt",
        # No page waits longer for a cache that hangs; one more try, for a connection that had grown old.
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5, "retry": Retry(NoBackoff(), 1)},
    },
    # Drawn comments, by all that they show: in each process, since fetching them would take as long as drawing.
    "fragments": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "fragments",
        "OPTIONS": {"MAX_ENTRIES": 3000},
    },
}
# How long a visitor's page is given to others while nothing changes (0: never), how often a process asks whether
# something has, and how long after a change a page is not taken to be complete: one second, or the lag of replicas.
PAGE_CACHE_SECONDS = env.number("SAWT_PAGE_CACHE_SECONDS", 60)
PAGE_CACHE_LOOK_SECONDS = 0.25
PAGE_CACHE_SETTLING_SECONDS = env.number("SAWT_PAGE_CACHE_SETTLING_SECONDS", 1)

# Languages: Arabic is the default. Fallbacks are off in code; a page says “not yet in this language” instead.
LANGUAGE_CODE = "ar"
LANGUAGES = [("ar", _("Arabic")), ("en", _("English")), ("zh-hans", _("Chinese"))]
MODELTRANSLATION_DEFAULT_LANGUAGE = "ar"
MODELTRANSLATION_LANGUAGES = ("ar", "en", "zh-hans")
MODELTRANSLATION_ENABLE_FALLBACKS = False
MODELTRANSLATION_BUILD_LOCALIZED_VERBOSE_NAME = field_in_language
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["portal.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.text("SAWT_TIME_ZONE", "Asia/Riyadh")
# A language lasts as long as the address says so: no cookie is needed to keep it.
LANGUAGE_COOKIE_SAMESITE = "Lax"

# Static and private files
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# No other site has a use for our files.
WHITENOISE_ALLOW_ALL_ORIGINS = False
FILE_UPLOAD_PERMISSIONS = 0o640
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

# The virus scanner clamd; without one files are given out unscanned.
CLAMD = env.daemon("SAWT_CLAMD")

# People and sign-in
AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "CommonPasswordValidator")
] + [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "web:home"
ACCOUNT_ADAPTER = "portal.messaging.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "portal.accounts.forms.SignUpDetails"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_LOGOUT_REDIRECT_URL = "web:home"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 3
ACCOUNT_USER_DISPLAY = "portal.accounts.rules.display_name"

# The second factor. Whether those who may enter the admin need one, after how many minutes without a request they are
# signed out, and after how many hours in any case (0: never).
STAFF_SECOND_FACTOR = env.flag("SAWT_STAFF_SECOND_FACTOR")
STAFF_IDLE_MINUTES = env.number("SAWT_STAFF_IDLE_MINUTES", 0)
STAFF_SESSION_HOURS = env.number("SAWT_STAFF_SESSION_HOURS", 0)
MFA_ADAPTER = "portal.accounts.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "authenticate": "portal.accounts.forms.second_factor.CodeForm",
    "reauthenticate": "portal.accounts.forms.second_factor.CodeAgainForm",
    "authenticate_webauthn": "portal.accounts.forms.second_factor.PasskeyGivenForm",
    "reauthenticate_webauthn": "portal.accounts.forms.second_factor.PasskeyAgainForm",
    "login_webauthn": "portal.accounts.forms.second_factor.PasskeySignInForm",
}
# Two requests a sign-in; a whole office may come from one address in the morning.
MFA_RATE_LIMITS = {"webauthn_login": "120/m/ip"}

# Sign-in is slowed for one pair of address and name, so that nobody can lock another person out from afar.
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "login"
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_CALLABLE = "portal.web.views.errors.locked_out"
AXES_IPWARE_META_PRECEDENCE_ORDER = ["REMOTE_ADDR"]
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
# Its pages know nothing of bodies, and hold addresses and names of everybody who mistyped a password.
AXES_ENABLE_ADMIN = False

# Safety
TRUSTED_PROXIES = env.items("SAWT_TRUSTED_PROXIES")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        # data: for the second factor's picture and the browser's own controls.
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# In the session: the privacy page promises two cookies, the session's and the token's.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "portal.web.views.errors.csrf_failure"
RATELIMIT_VIEW = "portal.web.views.errors.too_many_requests"
# A cache that is away must not keep people from writing; failed passwords are counted in the database all the same.
RATELIMIT_FAIL_OPEN = True
SILENCED_SYSTEM_CHECKS: list[str] = []

# Work in the background. The beat only ticks: what is due is read from the database.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://") if REDIS_URL.startswith("unix:") else REDIS_URL
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {
    "heartbeat": {"task": "web.heartbeat", "schedule": 30},
    "outbox": {"task": "messaging.deliver_due", "schedule": 30},
    "mailings": {"task": "mailings.tick", "schedule": 60},
    "returned-mail": {"task": "mailings.fetch_returned", "schedule": 60},
    "notices": {"task": "notifications.tick", "schedule": 60},
    "old-notices": {"task": "notifications.tidy", "schedule": 24 * 3600},
    "newsletter": {"task": "newsletter.tick", "schedule": 60},
    "canaries": {"task": "newsletter.watch", "schedule": 300},
    "subscriptions": {"task": "newsletter.tidy", "schedule": 3600},
    "moderation-leases": {"task": "moderation.release_leases", "schedule": 300},
    "reports": {"task": "insight.build_due_reports", "schedule": 60},
    "snapshots": {"task": "insight.take_snapshots", "schedule": 3600},
    "scans": {"task": "files.scan_waiting", "schedule": 30},
    "documents": {"task": "consultations.lay_out_documents", "schedule": 60},
    "dates": {"task": "consultations.tell_of_dates", "schedule": 300},
    "sessions": {"task": "web.clear_sessions", "schedule": 24 * 3600},
    "calendars": {"task": "calendars.tick", "schedule": 60},
    "reads": {"task": "tickets.count_reads", "schedule": 300},
    "recent-reads": {"task": "tickets.refresh_recent_reads", "schedule": 24 * 3600},
    "requests": {"task": "tickets.remind", "schedule": 60},
    "request-leases": {"task": "tickets.release_leases", "schedule": 300},
    "mailbox": {"task": "tickets.fetch_mail", "schedule": 60},
    "incoming": {"task": "tickets.take_incoming", "schedule": 60},
    "incoming-purge": {"task": "tickets.purge_incoming", "schedule": 24 * 3600},
    "request-drafts": {"task": "tickets.purge_drafts", "schedule": 3600},
    "old-guests": {"task": "accounts.erase_old_guests", "schedule": 3600},
    "urns": {"task": "urns.mix", "schedule": 60},
    "surveys": {"task": "surveys.tick", "schedule": 60},
    "survey-rounds": {"task": "surveys.rounds", "schedule": 600},
    "survey-drafts": {"task": "surveys.sweep", "schedule": 3600},
    "judgements": {"task": "pages.sweep", "schedule": 3600},
    "survey-work": {"task": "surveys.work", "schedule": 300},
    "survey-themes": {"task": "surveys.find_due_themes", "schedule": 1800},
    "recount": {"task": "insight.recount", "schedule": 24 * 3600},
}

# Mail
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.number("EMAIL_PORT", 1025)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("SAWT_FROM_EMAIL", "Sawt <no-reply@sawt.example>")
REPLY_TO_EMAIL = env.text("SAWT_REPLY_TO", "support@sawt.example")

# The mailbox in which support reads: none without a host. TLS is “ssl”, “starttls” or “none”.
IMAP = {
    "host": env.text("SAWT_IMAP_HOST", ""),
    "port": env.number("SAWT_IMAP_PORT", 993),
    "user": env.text("SAWT_IMAP_USER", ""),
    "password": env.text("SAWT_IMAP_PASSWORD", ""),
    "tls": env.one_of("SAWT_IMAP_TLS", ("ssl", "starttls", "none")),
    "folder": env.text("SAWT_IMAP_FOLDER", "INBOX"),
    "done_folder": env.text("SAWT_IMAP_DONE_FOLDER", ""),
}
# Addresses of that mailbox that belong to one body (“roads@sawt.example:roads”); all others are the ministry's.
MAIL_BODIES = {
    address.strip().lower(): code.strip()
    for address, _colon, code in (item.rpartition(":") for item in env.items("SAWT_MAIL_BODIES"))
}
# Ways to telephone numbers: “console” writes to the log, “http” hands over to a gateway.
CHANNELS = {
    "sms": {
        "adapter": env.one_of("SAWT_SMS", ("console", "http")),
        "url": env.text("SAWT_SMS_URL", ""),
        "key": env.text("SAWT_SMS_KEY", ""),
        "secret": env.text("SAWT_SMS_SECRET", ""),
    },
    "whatsapp": {
        "adapter": env.one_of("SAWT_WHATSAPP", ("console", "http")),
        "url": env.text("SAWT_WHATSAPP_URL", ""),
        "key": env.text("SAWT_WHATSAPP_KEY", ""),
        "secret": env.text("SAWT_WHATSAPP_SECRET", ""),
    },
}

# Forms
CRISPY_ALLOWED_TEMPLATE_PACKS = "sawt"
CRISPY_TEMPLATE_PACK = "sawt"

# What a deployment decides
DEMO = env.flag("SAWT_DEMO")
OFFICIAL_SITE_STRIP = env.flag("SAWT_OFFICIAL_SITE_STRIP")
PDF_FONTS = env.text("SAWT_FONTS", "")
MAILBOX_DIR = Path(env.text("SAWT_MAILBOX", str(VAR_DIR / "mailbox")))
# Days a consultation stays open at least, unless a reason is published; weeks until its response is due.
CONSULTATION_MINIMUM_DAYS = 15
CONSULTATION_RESPONSE_WEEKS = 12
# Hours within which a report is decided, by the clock.
MODERATION_DECISION_HOURS = 72
COMMENT_MAX_LENGTH = 2000
COMMENT_EDIT_MINUTES = 15
COMMENTS_PER_PAGE = 20
# Public emergency numbers shown where people ask for help, by country; and the calling code of numbers without one.
EMERGENCY_NUMBERS = [tuple(pair.split(":", 1)) for pair in env.items("SAWT_EMERGENCY_NUMBERS", "SA:911,AE:999,QA:999")]
PHONE_COUNTRY = env.text("SAWT_PHONE_COUNTRY", "966")
LIST_PER_PAGE = 20
# Months without anything new after which what is held about guests is erased (0: never).
GUEST_DATA_MONTHS = env.number("SAWT_GUEST_DATA_MONTHS", 24)
# Months after which what readers wrote about pages and services is deleted (0: never).
REMARK_MONTHS = env.number("SAWT_REMARK_MONTHS", 12)
# Numbers of people below this are not published where they could point to somebody.
STATISTICS_SMALLEST_CELL = env.number("SAWT_STATISTICS_SMALLEST_CELL", 5)
OPEN_DATA_LICENCE = env.text("SAWT_OPEN_DATA_LICENCE", "CC BY 4.0")
OPEN_DATA_LICENCE_URL = env.text("SAWT_OPEN_DATA_LICENCE_URL", "https://creativecommons.org/licenses/by/4.0/")

# A folder in which each process keeps its counts for Prometheus, and where errors are reported; empty means neither.
METRICS_DIR = env.text("SAWT_METRICS", "")
SENTRY_DSN = env.text("SENTRY_DSN", "")
BACKUPS_DIR = Path(env.text("SAWT_BACKUPS", str(VAR_DIR / "backups")))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"sawt": {"level": "INFO"}},
}
