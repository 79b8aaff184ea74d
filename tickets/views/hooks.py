"""Where gateways hand over messages: signed JSON, kept as it came before anything is made of it.

``POST /hooks/sms`` or ``/hooks/whatsapp`` with ``X-Sawt-Timestamp`` (seconds since 1970), ``X-Sawt-Signature`` and
``{"id": …, "from": …, "text": …}``. Everything unsigned gets the same answer, whatever else is wrong with it.
"""

import json
import logging
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from portal.celery import enqueue
from portal.messaging.channels import read_hook
from portal.messaging.choices import BY_NUMBER
from portal.text import world_number
from tickets.choices import Channel
from tickets.services.incoming import keep

logger = logging.getLogger("sawt.tickets")

# In bytes and characters.
LARGEST = 100_000
LONGEST_ID, LONGEST_TEXT = 200, 20_000


@csrf_exempt
@never_cache
@require_POST
def hook(request: HttpRequest, way: str) -> HttpResponse:
    """Keep one message; the same one again is kept once and answered alike."""
    if way not in BY_NUMBER:
        raise Http404
    # A form would have been read by now, and its bytes be gone.
    if request.content_type != "application/json":
        return JsonResponse({"kept": False, "why": "JSON is needed"}, status=415)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > LARGEST:
        return JsonResponse({"kept": False, "why": "too large"}, status=413)
    body = request.body
    moment, signature = (request.headers.get(f"X-Sawt-{name}", "") for name in ("Timestamp", "Signature"))
    if not read_hook(way, moment=moment, signature=signature, body=body):
        logger.warning("A call to the hook of %s was not signed as agreed", way)
        return JsonResponse({"kept": False, "why": "signature"}, status=403)
    said = _read(body)
    if said is None:
        return JsonResponse({"kept": False, "why": "id, from and text are needed"}, status=400)
    # Written anew, so that the same message has the same bytes however the gateway puts it.
    raw = json.dumps({"way": way, **said}, ensure_ascii=False, sort_keys=True).encode()
    if keep(raw, channel=Channel(way)):
        enqueue("tickets.take_incoming")
    return JsonResponse({"kept": True})


def _read(body: bytes) -> dict[str, str] | None:
    """Return id, number and text, or None for anything that is not such a message."""
    try:
        found: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    values = [found.get(name) for name in ("id", "from", "text")]
    if not all(isinstance(value, str) and value and "\x00" not in value for value in values):
        return None
    key, number, text = values
    number = world_number(number if number.startswith(("+", "00")) else f"+{number}") or ""
    is_sound = number and len(key) <= LONGEST_ID and len(text) <= LONGEST_TEXT
    # Halves of characters can be said in JSON, and stored nowhere.
    is_sound = is_sound and not any("\ud800" <= character <= "\udfff" for character in key + text)
    return {"id": key, "from": number, "text": text} if is_sound else None
