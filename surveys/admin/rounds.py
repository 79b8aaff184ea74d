"""What a survey does by itself, in the admin: rounds that come again, and questions after something is over."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.registry.asking import triggers
from portal.registry.audiences import Audience, audiences
from surveys.choices import SERIES_MOVES, SeriesState
from surveys.forms.inviting import AudienceForm, SeriesForm
from surveys.models import Following, Series, Survey
from surveys.rules.rounds import next_start
from surveys.selectors.audiences import LIST
from surveys.services import asking, rounds
from surveys.services.refusals import SurveyRefused


class Recurring:
    """The page of rounds and triggers, beside the others of a survey."""

    def get_urls(self) -> list[URLPattern]:
        """Put it before the survey's other addresses."""
        pages = [
            ("<int:pk>/rounds/", self.rounds_view, "rounds"),
            ("<int:pk>/rounds/follow/", require_POST(self.follow_view), "follow"),
            ("<int:pk>/rounds/<slug:state>/", require_POST(self.series_view), "series"),
        ]
        wrap = self.admin_site.admin_view
        own = [path(route, wrap(view), name=f"surveys_survey_{name}") for route, view, name in pages]
        return [*own, *super().get_urls()]

    def rounds_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the series of a survey with its rounds, or let one begin."""
        survey = self._invitable(request, pk)
        offered = _offered(request)
        key = request.GET.get("audience", "")
        forms = self._series_forms(request, offered[key]) if key in offered else ()
        is_valid = request.method == "POST" and forms and all([form.is_valid() for form in forms])
        if is_valid and self._begin_series(request, survey, key, *forms):
            return self._to_rounds(pk)
        series = _series_of(survey)
        context = {
            "series": series,
            "rounds": list(series.rounds.select_related("survey")[:50]) if series else [],
            "next_on": _next_on(series),
            "moves": SERIES_MOVES[SeriesState(series.state)] if series else (),
            "audience": _told(series),
            "offered": list(offered.items()),
            "chosen": key if forms else "",
            "forms": forms,
            "triggers": triggers.items(),
            "trigger": Following.objects.filter(survey=survey).values_list("trigger", flat=True).first() or "",
        }
        return self._page(request, survey, "rounds", _("Rounds and triggers"), context)

    def _series_forms(self, request: HttpRequest, audience: Audience) -> tuple[SeriesForm, AudienceForm]:
        data = request.POST if request.method == "POST" else None
        return SeriesForm(data), AudienceForm(data, audience=audience, user=request.user)

    def _begin_series(self, request: HttpRequest, survey: Survey, key: str, form: Any, chosen: Any) -> bool:
        wanted = {**form.cleaned_data, "audience": key, "parameters": chosen.parameters}
        try:
            rounds.begin_series(survey, by=request.user, **wanted)
        except SurveyRefused as refusal:
            for problem in refusal.problems:
                form.add_error(None, problem)
            return False
        messages.success(request, _("The rounds come by themselves from now on."))
        return True

    def series_view(self, request: HttpRequest, pk: int, state: str) -> HttpResponse:
        """Pause a series, let it go on, or end it."""
        survey = self._invitable(request, pk)
        series = _series_of(survey)
        if series is None or state not in SeriesState:
            raise Http404
        try:
            rounds.move_series(series, SeriesState(state), by=request.user)
        except SurveyRefused as refusal:
            self._tell(request, refusal)
        return self._to_rounds(pk)

    def follow_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let a survey follow something that is over, or nothing."""
        survey = self._invitable(request, pk)
        try:
            asking.follow(survey, request.POST.get("trigger", ""), by=request.user)
        except SurveyRefused as refusal:
            self._tell(request, refusal)
        else:
            messages.success(request, _("Saved."))
        return self._to_rounds(pk)

    def _to_rounds(self, pk: int) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:surveys_survey_rounds", args=[pk]))


def _offered(request: HttpRequest) -> dict[str, Audience]:
    """Return audiences that are the same rule each time: a list of addresses is used up by its first sending."""
    return {key: one for key, one in audiences.items() if key != LIST and one.fields(request.user) is not None}


def _series_of(survey: Survey) -> Series | None:
    """Return the series of which a survey is the first or a later round."""
    found = Series.objects.filter(survey=survey) | Series.objects.filter(rounds__survey=survey)
    return found.select_related("survey").distinct().first()


def _next_on(series: Series | None) -> Any:
    if series is None or series.state != SeriesState.ACTIVE:
        return None
    return next_start(timezone.localdate(), series.every, series.day, series.begins_on)


def _told(series: Series | None) -> str:
    entry = audiences.get(series.audience) if series else None
    if entry is None:
        return ""
    told = entry.told(series.parameters)
    return f"{entry.label} · {told}" if told else str(entry.label)
