"""Django's admin as the portal's staff area: our sign-in, our start page."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from portal import registry
from portal.accounts.choices import STAFF_ROLES

# Of each kind of thing that waits, so many stand on the start page.
SHOWN = 5


class SawtAdminConfig(AdminConfig):
    default_site = "portal.web.adminsite.SawtAdminSite"


class SawtAdminSite(admin.AdminSite):
    """The staff area. Whoever works for a body may enter; what they see there is each page's own rule."""

    site_header = _("Sawt: staff area")
    site_title = _("Sawt: staff area")
    index_title = _("Your work")
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Let active staff in."""
        return request.user.is_active and request.user.is_staff

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add what waits for this member of staff: the start page and the side menu show it."""
        return {**super().each_context(request), "inbox": SimpleLazyObject(lambda: inbox_for(request.user))}

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send visitors to the portal's own sign-in, which limits attempts, and back; tell others whom this is for."""
        if self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        after = request.GET.get("next", "")
        if not url_has_allowed_host_and_scheme(after, allowed_hosts=None):
            after = reverse("admin:index")
        if request.user.is_authenticated:
            # Signed in, but not as staff: signing in again would lead round in a circle.
            text = gettext("The staff area is for people who work for a body.")
            context = {"status": 403, "title": gettext("This page is for staff"), "text": text}
            return render(request, "web/error.html", context, status=403)
        return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': after})}")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Sign out by the portal's own page."""
        return HttpResponseRedirect(reverse("account_logout"))

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Change the password by the portal's own page."""
        return HttpResponseRedirect(reverse("account_change_password"))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show what waits for this person, what they often do, and all they may see."""
        context = {"work": work_for(request.user), "shortcuts": shortcuts_for(request.user), "roles": roles_of(request)}
        return super().index(request, {**context, **(extra_context or {})})


@dataclass(frozen=True)
class Work:
    """One kind of thing that waits, with the first of them and how many more there are."""

    label: str
    url: str
    count: int
    items: list[registry.InboxItem]

    @property
    def more(self) -> int:
        """How many are not shown."""
        return max(0, self.count - len(self.items))


def work_for(user: Any) -> list[Work]:
    """Return what waits for this user, kinds with something overdue first; what is empty is left out."""
    found = [(entry, entry.count(user)) for entry in registry.inbox.values()]
    work = [
        Work(entry.label, entry.url(), count, entry.first(user, SHOWN) if entry.first else [])
        for entry, count in found
        if count
    ]
    now = timezone.now()
    return sorted(work, key=lambda kind: not any(item.due_at and item.due_at < now for item in kind.items))


def shortcuts_for(user: Any) -> list[dict[str, Any]]:
    """Return what this user often does: label and address."""
    entries = [entry for entry in registry.navigation.values() if entry.section == "staff"]
    visible = [entry for entry in entries if entry.visible_to is None or entry.visible_to(user)]
    return [{"label": entry.label, "url": entry.url()} for entry in sorted(visible, key=lambda entry: entry.position)]


def roles_of(request: HttpRequest) -> list[dict[str, Any]]:
    """Return as what this person works, and where."""
    held = request.user.memberships.filter(role__in=STAFF_ROLES).select_related("organisation").order_by("pk")
    return [{"role": membership.get_role_display(), "body": membership.organisation} for membership in held]


def inbox_for(user: Any) -> list[dict[str, Any]]:
    """Return what waits for this user, by entry: label, address and count; what is empty is left out."""
    found = [(entry, entry.count(user)) for entry in registry.inbox.values()]
    return [{"label": entry.label, "url": entry.url(), "count": count} for entry, count in found if count]
