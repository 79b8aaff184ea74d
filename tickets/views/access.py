"""How the sender of a request comes to it: by the secret link, or signed in."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from portal.accounts.models import Person
from portal.web.views.errors import too_many_requests
from tickets.models import Ticket
from tickets.selectors.links import opened_by
from tickets.views.limits import count_wrong, is_guessing

Shown = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Access:
    """A request, who came to it (None by the link, which proves the link alone), and the addresses of its pages."""

    ticket: Ticket
    person: Person | None
    key: str

    @property
    def by_link(self) -> bool:
        """True for who has the secret link and nothing else."""
        return self.person is None

    @property
    def is_sender(self) -> bool:
        """True for the sender, false for a colleague who sees the requests of their organisation."""
        return self.person is None or self.ticket.person_id == self.person.pk

    def url(self, part: str = "", *args: str) -> str:
        """Return the address of the request's page, or of a part of it."""
        name = "by_link" if self.by_link else "ticket"
        return reverse(f"tickets:{name}{f'_{part}' if part else ''}", args=[self.key, *args])


def by_link(view: Shown) -> Shown:
    """Open a view by the secret link.

    No token of a form is asked for: whoever sends one knows the link, which no other site does, and a page that sends
    no referrer makes browsers withhold the origin by which a token is checked. What a browser says comes from another
    site is refused all the same, and no session is begun here.
    """

    @csrf_exempt
    @never_cache
    @wraps(view)
    def opened(request: HttpRequest, token: str, **rest: Any) -> HttpResponse:
        request.has_secret_address = True
        if is_guessing(request):
            return too_many_requests(request)
        if request.method == "POST" and request.headers.get("sec-fetch-site") == "cross-site":
            raise Http404
        ticket = opened_by(token)
        if ticket is None:
            count_wrong(request)
            raise Http404
        return quiet(view(request, Access(ticket, None, token), **rest))

    return opened


def in_account(view: Shown) -> Shown:
    """Open a view of a request to its sender who is signed in, and to the contacts of their organisation."""

    @never_cache
    @login_required
    @wraps(view)
    def opened(request: HttpRequest, code: str, **rest: Any) -> HttpResponse:
        if is_guessing(request):
            return too_many_requests(request)
        ticket = Ticket.objects.visible_to(request.user).with_people().filter(code=code).first()
        if ticket is None:
            count_wrong(request)
            raise Http404
        return view(request, Access(ticket, request.user, code), **rest)

    return opened


def quiet(response: HttpResponse) -> HttpResponse:
    """Let no browser tell where this page stands, and no search engine keep it."""
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
