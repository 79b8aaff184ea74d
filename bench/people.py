"""People who are signed in already, and what they send."""

import random
from dataclasses import dataclass
from itertools import count, cycle
from urllib.parse import urlencode

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone, translation

from bench.load import MakeRequest, post
from engagement.consultations.models import Consultation
from portal.accounts.models import Person

SESSIONS = 3000
# As many as the first pages of a thread show, so that the votes meet on the same rows as in life.
VOTED_ON = 400
TOKEN = "benchbenchbenchbenchbenchbench12"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@dataclass(frozen=True)
class Places:
    """Addresses of what is measured, in English."""

    large: str
    small: str
    listed: str
    post_comment: str


def places() -> Places:
    """Return them."""
    large, small = (Consultation.objects.get(slug=slug) for slug in ("city-transport-plan", "island-ferries"))
    with translation.override("en"):
        return Places(
            large=reverse("consultations:detail", args=[large.code, large.slug]),
            small=reverse("consultations:detail", args=[small.code, small.slug]),
            listed=reverse("consultations:list"),
            post_comment=reverse("comments:post", args=[large.thread.code]),
        )


def sign_in(number: int = SESSIONS) -> list[str]:
    """Give so many people of the city a session each; return the session keys."""
    store, keys, rows = SessionStore(), [], []
    expires = timezone.now() + timezone.timedelta(days=1)
    for person in Person.objects.filter(email__endswith="@city.demo.example").order_by("-pk")[:number]:
        data = {
            SESSION_KEY: str(person.pk),
            BACKEND_SESSION_KEY: BACKEND,
            HASH_SESSION_KEY: person.get_session_auth_hash(),
        }
        keys.append(f"bench{person.pk:027d}")
        rows.append(Session(session_key=keys[-1], session_data=store.encode(data), expire_date=expires))
    Session.objects.bulk_create(rows, batch_size=1000)
    return keys


def signed(path: str, fields: dict[str, str], session: str, **headers: str) -> bytes:
    """Return a form that somebody sends who is signed in."""
    cookies = f"sessionid={session}; csrftoken={TOKEN}"
    return post(path, urlencode(fields).encode(), Cookie=cookies, X_CSRFToken=TOKEN, **headers)


def commenting(path: str, sessions: list[str]) -> MakeRequest:
    """Return what makes the requests: each time another person, and other words."""
    people, numbers = cycle(sessions), count(1)
    words = "A bus every ten minutes would do, and a shaded place to wait for it. Remark number {}."
    return lambda: signed(path, {"body": words.format(next(numbers))}, next(people))


def voting(sessions: list[str], slug: str = "city-transport-plan") -> MakeRequest:
    """Return what makes the requests: each time another person votes, by the button of the page."""
    chosen = random.Random(7)
    thread = Consultation.objects.get(slug=slug).thread
    codes = list(thread.comments.top_level().order_by("-score", "-id").values_list("code", flat=True)[:VOTED_ON])
    with translation.override("en"):
        paths = [reverse("comments:vote", args=[code]) for code in codes]
    people = cycle(sessions)

    def make() -> bytes:
        fields = {"direction": chosen.choice(["up", "down"])}
        return signed(chosen.choice(paths), fields, next(people), HX_Request="true")

    return make
