"""In front of the public. Every secret comes from the environment."""

from django.core.exceptions import ImproperlyConfigured

from portal.settings import environment as env
from portal.settings.base import *

SECRET_KEY = env.text("SECRET_KEY")
if DEMO:
    raise ImproperlyConfigured("SAWT_DEMO is set: the demonstration is refused in production. Unset it.")

ALLOWED_HOSTS = env.items("SAWT_HOSTS")
CSRF_TRUSTED_ORIGINS = env.items("SAWT_ORIGINS")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
LANGUAGE_COOKIE_SECURE = True
