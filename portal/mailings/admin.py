"""Mailings in the admin: how far each is, and the list of addresses never to be written to."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import formats
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from portal import registry
from portal.accounts.choices import Role
from portal.accounts.querysets import email_key
from portal.accounts.staff.bodies import ReadOnlyAdmin
from portal.mailings.choices import ENDED_STATES, SUPPRESSING_REASONS, MailingState
from portal.mailings.forms import LiftForm, LookUpForm
from portal.mailings.models import Mailing, Suppression
from portal.mailings.rules import ACTS, acts_for, may_lift
from portal.mailings.selectors import in_doubt_of, progress_of
from portal.mailings.services import control
from portal.mailings.services.suppression import hash_of, lift_by_staff

_DONE = {
    "pause": (control.pause, gettext_lazy("Paused. What is on its way arrives; nothing else is sent.")),
    "resume": (control.resume, gettext_lazy("It goes on.")),
    "let_go": (control.resume, gettext_lazy("It goes out now, although it is late.")),
    "cancel": (control.cancel, gettext_lazy("Cancelled: whoever has no copy yet gets none.")),
}


class PurposeFilter(admin.SimpleListFilter):
    """What a mailing is for, in words."""

    title = gettext_lazy("purpose")
    parameter_name = "purpose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return what the portal sends to many."""
        return [(code, purpose.label) for code, purpose in registry.mailings.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep those of one purpose."""
        return queryset.filter(purpose=self.value()) if self.value() else queryset


class ReasonFilter(admin.SimpleListFilter):
    """Why an address is on the list: those reasons alone for which one comes there."""

    title = gettext_lazy("reason")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the reasons."""
        return [(reason.value, reason.label) for reason in SUPPRESSING_REASONS]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep those with one reason."""
        return queryset.filter(reason=self.value()) if self.value() else queryset


@admin.register(Mailing)
class MailingAdmin(ReadOnlyAdmin):
    """Mailings of the person's bodies: watched, paused, resumed, cancelled; written elsewhere."""

    view_roles = (Role.EDITOR, Role.MANAGER)
    list_display = ["title_label", "state_label", "start_at", "recipients", "finished_at"]
    list_filter = ["state", PurposeFilter]
    ordering = ["-id"]

    @admin.display(description=gettext_lazy("title"))
    def title_label(self, mailing: Mailing) -> str:
        """Return its title, in the direction of its own words."""
        return format_html("<bdi>{}</bdi>", mailing)

    @admin.display(description=gettext_lazy("recipients"), ordering="frozen_count")
    def recipients(self, mailing: Mailing) -> str:
        """Return how many it goes or went to."""
        return formats.number_format(mailing.frozen_count, force_grouping=True)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_label(self, mailing: Mailing) -> str:
        """Return where it stands."""
        return mailing.get_state_display()

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Load the body with it."""
        return super().get_queryset(request).select_related("organisation")

    def get_urls(self) -> list[URLPattern]:
        """Put the page of progress and its acts before Django's addresses."""
        wrap = self.admin_site.admin_view
        pages = [
            ("<slug:code>/progress/", self.progress_view, "progress"),
            ("<slug:code>/figures/", self.figures_view, "figures"),
            ("<slug:code>/act/<slug:act>/", require_POST(self.act_view), "act"),
        ]
        own = [path(route, wrap(view), name=f"mailings_mailing_{name}") for route, view, name in pages]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """The progress is its page."""
        mailing = self.get_object(request, object_id)
        if mailing is None:
            raise Http404
        return HttpResponseRedirect(reverse("admin:mailings_mailing_progress", args=[mailing.code]))

    def progress_view(self, request: HttpRequest, code: str) -> HttpResponse:
        """Show how a mailing stands."""
        mailing = self._seen(request, code)
        context = {**self.admin_site.each_context(request), "title": _("Sending"), "opts": self.opts}
        return TemplateResponse(
            request, "admin/mailings/mailing/progress.html", context | self._figures(request, mailing)
        )

    def figures_view(self, request: HttpRequest, code: str) -> HttpResponse:
        """Give the page's figures or buttons alone, as they are now."""
        mailing = self._seen(request, code)
        part = "acts" if request.GET.get("part") == "acts" else "figures"
        return TemplateResponse(request, f"admin/mailings/mailing/_{part}.html", self._figures(request, mailing))

    def _figures(self, request: HttpRequest, mailing: Mailing) -> dict[str, Any]:
        return {
            "mailing": mailing,
            "progress": progress_of(mailing),
            "doubts": in_doubt_of(mailing),
            "acts": acts_for(request.user, mailing),
            "has_ended": mailing.state in ENDED_STATES,
            "is_late": mailing.state == MailingState.LATE,
        }

    def act_view(self, request: HttpRequest, code: str, act: str) -> HttpResponse:
        """Pause, resume or cancel, or let one go out that is late."""
        mailing = self._seen(request, code)
        if act not in ACTS:
            raise Http404
        do, told = _DONE[act]
        try:
            if act not in acts_for(request.user, mailing):
                raise control.MailingRefused("state")
            do(mailing, by=request.user)
        except control.MailingRefused:
            messages.error(request, _("Not done: the mailing is in another state by now. Look at it again."))
        else:
            messages.success(request, told)
        return HttpResponseRedirect(reverse("admin:mailings_mailing_progress", args=[code]))

    def _seen(self, request: HttpRequest, code: str) -> Mailing:
        return get_object_or_404(self.get_queryset(request), code=code)


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyAdmin):
    """The suppression list: hashes alone, so that an address can be looked up and none can be read off."""

    organisation_lookup = None
    view_roles = (Role.EDITOR, Role.MANAGER)
    list_display = ["address_hash", "reason", "since"]
    list_display_links = None
    list_filter = [ReasonFilter]
    ordering = ["-since"]
    change_list_template = "admin/mailings/suppression/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the page for one address."""
        look = path("address/", self.admin_site.admin_view(self.look_up_view), name="mailings_suppression_look_up")
        return [look, *super().get_urls()]

    def look_up_view(self, request: HttpRequest) -> HttpResponse:
        """Say whether an address is on the list; administrators may take it off.

        The address comes by POST, so that it stands in no log of addresses.
        """
        if not self.has_view_permission(request):
            raise Http404
        form = LookUpForm(request.POST or None)
        lifting = LiftForm(request.POST) if "lift" in request.POST else None
        row = self._found(form) if request.method == "POST" else None
        if lifting is not None and row is not None and may_lift(request.user) and lifting.is_valid():
            lift_by_staff(row, by=request.user, reason=lifting.cleaned_data["reason"])
            messages.success(request, _("Taken off the list: the address may be written to again."))
            return HttpResponseRedirect(reverse("admin:mailings_suppression_look_up"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Look up an address"),
            "opts": self.opts,
            "form": form,
            "row": row,
            "was_looked_up": request.method == "POST" and form.is_valid(),
            "lifting": lifting or LiftForm(initial={"address": request.POST.get("address", "")}),
            "may_lift": may_lift(request.user),
        }
        return TemplateResponse(request, "admin/mailings/suppression/look_up.html", context)

    def _found(self, form: LookUpForm) -> Suppression | None:
        if not form.is_valid():
            return None
        return Suppression.objects.filter(address_hash=hash_of(email_key(form.cleaned_data["address"]))).first()
