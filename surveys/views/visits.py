"""Whose answers a page is about: found by the secret link in its address, or by the account."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.web.views.errors import too_many_requests, typed_text
from surveys.choices import State
from surveys.models import Draft, Survey
from surveys.rules.shapes import Questionnaire
from surveys.rules.showing import first_unanswered
from surveys.selectors.drawing import words_of
from surveys.selectors.structure import questionnaire_in
from surveys.services.drafts import Unfinished, find, of_person, read
from surveys.views.limits import guesses


class Answered(Exception):
    """Nothing is shown of a draft; ``response`` is what is shown instead."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.response = response


@dataclass(frozen=True)
class Visit:
    """Somebody who answers: what they answered so far, and where their pages are."""

    draft: Draft
    key: str
    unfinished: Unfinished
    questionnaire: Questionnaire

    @property
    def survey(self) -> Survey:
        """What they answer."""
        return self.draft.survey

    def url(self, name: str, *args: str) -> str:
        """Return the address of one of their pages: ``page``, ``review``, ``later``, ``done``."""
        return address(self.survey.code, self.key, name, *args)

    @property
    def next_url(self) -> str:
        """Return where they go on: the page they were on, else the first that is not saved, else the last look."""
        codes = {page.code for page in self.questionnaire.pages}
        first = first_unanswered(self.questionnaire, self.unfinished.answers, self.unfinished.whole)
        if self.unfinished.place in codes and self.unfinished.place in self.unfinished.saved:
            return self.url("page", self.unfinished.place)
        return self.url("page", first.code) if first else self.url("review")

    def context(self, **more: Any) -> dict[str, Any]:
        """Return what the template of each page is given."""
        return {
            "visit": self,
            "survey": self.survey,
            "title": words_of(self.questionnaire.title),
            "is_entered": self.draft.entered_by_id is not None,
            "review_url": self.url("review"),
            "later_url": self.url("later"),
        } | more


def address(code: str, key: str, name: str, *args: str) -> str:
    """Return an address with a secret link, or without one that of the account's own pages."""
    given = (code, key, *args) if key else (code, *args)
    return reverse(f"surveys:{name}" if key else f"surveys:my_{name}", args=given)


def visit_of(request: HttpRequest, code: str, key: str, *, to_read: bool = False) -> Visit:
    """Return whose pages these are.

    Raises ``Answered`` with what is shown where there are none, and unless it is only to be read also where they were
    handed in or the survey takes no answers (any more).
    """
    draft = _by_link(request, code, key) if key else _by_account(request, code)
    visit = Visit(draft, key, read(draft, key), questionnaire_in(draft.version))
    if to_read:
        return visit
    if draft.is_done:
        raise Answered(redirect(visit.url("done")))
    if draft.survey.state != State.OPEN:
        raise Answered(closed(request, visit))
    return visit


def _by_link(request: HttpRequest, code: str, key: str) -> Draft:
    if guesses.are_too_many(request):
        raise Answered(too_many_requests(request))
    draft = find(code, key)
    if draft is None:
        guesses.count(request)
        title = _("There is nothing behind this link")
        text = _(
            "Answers that were handed in, or that nobody has gone on with for 30 days, are not kept here. Please look"
            " whether the whole link was copied."
        )
        raise Answered(over(request, title, text, status=404))
    if draft.entered_by_id is not None and draft.entered_by_id != request.user.pk:
        raise Http404
    return draft


def _by_account(request: HttpRequest, code: str) -> Draft:
    survey = Survey.objects.visible_to(request.user).filter(code=code).first()
    if survey is None:
        raise Http404
    if not request.user.is_authenticated:
        raise Answered(redirect_to_login(request.get_full_path()))
    draft = of_person(survey, request.user)
    if draft is None:
        raise Answered(redirect("surveys:start", code=code))
    draft.survey = survey
    return draft


def closed(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Say that the survey takes no answers, and give back what was typed."""
    if visit.survey.state == State.PAUSED:
        title = _("This survey is paused")
        text = _("What you had saved is kept. Please come back with the same link once it goes on.")
    else:
        title = _("This survey has closed")
        text = _("Your answers were not handed in before it closed, so they do not count.")
    return over(request, title, text, status=409, start_url=reverse("surveys:start", args=[visit.survey.code]))


def over(request: HttpRequest, title: str, text: str, *, status: int, **links: str) -> HttpResponse:
    """Say why this page cannot be shown or sent; typed text is given back."""
    context = {"title": title, "text": text, "typed": typed_text(request), **links}
    return render(request, "surveys/over.html", context, status=status)
