"""Inviting people to a survey, in the admin: whom, how many, and only then out."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from portal.mailings.selectors import progress_of
from portal.registry.audiences import audiences
from surveys.choices import SendingKind
from surveys.forms.inviting import AudienceForm, ListForm
from surveys.models import Sending, Survey
from surveys.rules.access import may_invite
from surveys.selectors.audiences import LIST
from surveys.selectors.inviting import left_out, response, told_audience
from surveys.services import inviting
from surveys.services.refusals import SurveyRefused

LISTED = 50


class Inviting:
    """The pages of invitations, beside the others of a survey."""

    def get_urls(self) -> list[URLPattern]:
        """Put them before the survey's other addresses."""
        pages = [
            ("<int:pk>/invite/", self.invite_view, "invite"),
            ("<int:pk>/invite/remind/", require_POST(self.remind_view), "remind"),
            ("<int:pk>/invite/<slug:code>/", self.sending_view, "sending"),
            ("<int:pk>/invite/<slug:code>/<slug:act>/", require_POST(self.sending_act_view), "sending_act"),
        ]
        wrap = self.admin_site.admin_view
        own = [path(route, wrap(view), name=f"surveys_survey_{name}") for route, view, name in pages]
        return [*own, *super().get_urls()]

    def invite_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Choose whom to invite; what was sent before stands beside it."""
        survey = self._invitable(request, pk)
        offered = {key: one for key, one in audiences.items() if one.fields(request.user) is not None}
        key, begun = request.GET.get("audience", ""), None
        form = self._form(request, key) if key in offered else None
        if form is not None and form.is_bound and form.is_valid():
            begun = self._begin_inviting(request, survey, key, form)
        if begun is not None:
            return self._to(survey, begun)
        context = {
            "offered": [(name, one) for name, one in offered.items()],
            "chosen": key if form is not None else "",
            "form": form,
            "sendings": [(one, *told_audience(one)) for one in self._sendings(survey)],
            "response": response(survey),
        }
        return self._page(request, survey, "invite", _("Invite"), context)

    def _form(self, request: HttpRequest, key: str) -> Any:
        data = (request.POST, request.FILES) if request.method == "POST" else ()
        if key == LIST:
            return ListForm(*data)
        return AudienceForm(*data, audience=audiences[key], user=request.user)

    def _begin_inviting(self, request: HttpRequest, survey: Survey, key: str, form: Any) -> Sending | None:
        try:
            if key == LIST:
                told = {"stated": form.stated, "refused": form.refused, "by": request.user}
                parameters = {"list": inviting.keep_list(survey, form.lines, **told).code}
            else:
                parameters = form.parameters
            return inviting.begin_sending(survey, audience=key, parameters=parameters, by=request.user)
        except SurveyRefused as refusal:
            for problem in refusal.problems:
                form.add_error(None, problem)
            return None

    def remind_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have reminders drawn up for those who have not answered."""
        survey = self._invitable(request, pk)
        try:
            sending = inviting.begin_sending(survey, by=request.user, kind=SendingKind.REMINDER)
        except SurveyRefused as refusal:
            self._tell(request, refusal)
            return HttpResponseRedirect(reverse("admin:surveys_survey_invite", args=[pk]))
        return self._to(survey, sending)

    def sending_view(self, request: HttpRequest, pk: int, code: str) -> HttpResponse:
        """Show how many it goes to and who is left out, before it goes; and then how it goes."""
        survey = self._invitable(request, pk)
        sending = self._sending(survey, code)
        audience, chosen = told_audience(sending)
        context = {
            "sending": sending,
            "audience": audience,
            "chosen": chosen,
            "left_out": left_out(sending),
            "progress": progress_of(sending.mailing) if sending.mailing else None,
        }
        return self._page(request, survey, "sending", sending.get_kind_display(), context)

    def sending_act_view(self, request: HttpRequest, pk: int, code: str, act: str) -> HttpResponse:
        """Let a sending go out, or give it up."""
        survey = self._invitable(request, pk)
        sending = self._sending(survey, code)
        if act not in ("confirm", "discard"):
            raise Http404
        try:
            if act == "discard":
                inviting.discard(sending, by=request.user)
                messages.success(request, _("Given up: nobody is written to."))
            else:
                self._confirmed(request, sending)
        except SurveyRefused as refusal:
            self._tell(request, refusal)
        return self._to(survey, sending)

    def _confirmed(self, request: HttpRequest, sending: Sending) -> None:
        shown = sending.frozen_count
        count = inviting.confirm(sending, by=request.user).frozen_count
        told = ngettext("It goes out to %(count)s person.", "It goes out to %(count)s people.", count)
        messages.success(request, told % {"count": count})
        if count < shown:
            messages.warning(request, _("Fewer than were shown: some were left out meanwhile. The page says why."))

    def _sendings(self, survey: Survey) -> list[Sending]:
        return list(survey.sendings.select_related("mailing", "by", "survey").order_by("-pk")[:LISTED])

    def _sending(self, survey: Survey, code: str) -> Sending:
        return get_object_or_404(survey.sendings.select_related("mailing", "by"), code=code)

    def _invitable(self, request: HttpRequest, pk: int) -> Survey:
        survey = self._seen(request, pk)
        if not may_invite(request.user, survey):
            raise Http404
        return survey

    def _page(self, request: HttpRequest, survey: Survey, name: str, title: str, context: dict) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, "survey": survey}
        return TemplateResponse(request, f"admin/surveys/survey/{name}.html", shared | context)

    def _to(self, survey: Survey, sending: Sending) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:surveys_survey_sending", args=[survey.pk, sending.code]))
