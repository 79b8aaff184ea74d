"""SMS and WhatsApp by a gateway that speaks HTTP: JSON out with a key, JSON in with a signature.

Out: ``POST <url>`` with ``Authorization: Bearer <key>`` and ``{"id", "to", "text", "language"}``; the id of a message
stays the same when it is sent again, so that the gateway can drop what it has taken already. In: see ``read_hook``.
"""

import hashlib
import hmac
import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from portal.messaging.channels.base import Away, Channel, Health, NotTaken
from portal.messaging.choices import Way
from portal.messaging.models import Message

TIMEOUT = 10
# Seconds that the clock of a gateway may differ from ours; what is older could be a copy sent again by somebody.
TOLERANCE = 300
DETAIL_LENGTH = 200
# Refusals that pass: too much at once, and whatever is the other side's own trouble.
_PASSING = {408, 425, 429}


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The key goes to the configured address, and to no other that this one may name."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)


class GatewayChannel(Channel):
    """A gateway chosen by settings."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self.url, self.key = settings.CHANNELS[way]["url"], settings.CHANNELS[way]["key"]

    def send(self, message: Message) -> None:
        """Hand one message to the gateway."""
        body = {"id": message.code, "to": message.phone, "text": message.text, "language": message.language}
        try:
            with self._ask("POST", json.dumps(body).encode()) as answer:
                answer.read(1000)
        except urllib.error.HTTPError as error:
            with error:
                said = error.read(DETAIL_LENGTH).decode("utf-8", "replace")
            passing = error.code >= 500 or error.code in _PASSING or error.code in (401, 403)
            raise NotTaken(f"HTTP {error.code}: {said}", is_temporary=passing) from None
        except (OSError, ValueError) as error:
            raise Away(f"{type(error).__name__}: {error}") from None

    def health(self) -> Health:
        """Ask whether anything answers at the address, by a method that sends nothing."""
        try:
            with self._ask("HEAD", None) as answer:
                return Health(ok=True, detail=f"HTTP {answer.status}")
        except urllib.error.HTTPError as error:
            # A gateway need not know the method; that it answers is what was asked.
            with error:
                return Health(ok=error.code < 500 and error.code not in (401, 403), detail=f"HTTP {error.code}")
        except (OSError, ValueError) as error:
            return Health(ok=False, detail=f"{type(error).__name__}")

    def _ask(self, method: str, data: bytes | None) -> Any:
        if urlsplit(self.url).scheme not in ("http", "https"):
            raise ValueError("the gateway's address must begin with https://")
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url, data=data, headers=headers, method=method)
        return _opener.open(request, timeout=TIMEOUT)


def signature_of(secret: str, moment: int, body: bytes) -> str:
    """Return what a gateway puts into ``X-Sawt-Signature``: HMAC-SHA-256 over “moment.body”, in hexadecimals."""
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def read_hook(way: Way | str, *, moment: str, signature: str, body: bytes) -> bool:
    """Tell whether this call comes from the gateway: signed with the secret, not more than five minutes ago."""
    secret = settings.CHANNELS[way]["secret"]
    if not secret or not (moment.isascii() and moment.isdigit() and len(moment) <= 12):
        return False
    if abs(timezone.now().timestamp() - int(moment)) > TOLERANCE:
        return False
    return hmac.compare_digest(signature_of(secret, int(moment), body).encode(), signature.encode())
