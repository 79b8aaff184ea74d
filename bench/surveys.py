"""People who answer a survey of twenty questions: a page of five is saved by secret link.

``python -m bench.surveys`` measures this part alone, on the database that ``SAWT_BENCH_DATABASE`` names beside
``DATABASE_URL``; it has to be migrated.
"""

import os
import sys
from itertools import count, cycle
from urllib.parse import urlencode

from bench.load import MakeRequest, post
from bench.measures import Measure

# Each saves its page again and again, less often than a limit allows.
PEOPLE = 400
PAGES, QUESTIONS = 4, 5


class Answering:
    """Drafts whose first page is answered, and the second is saved; in the end it tells whether it was."""

    def __init__(self) -> None:
        from django.urls import reverse
        from django.utils import translation

        self.drafts = [_begun(survey) for survey in [_survey()] for _person in range(PEOPLE)]
        with translation.override("en"):
            self.paths = [reverse("surveys:page", args=[one.draft.survey.code, one.key, "p2"]) for one in self.drafts]
        self._paths, self._numbers = cycle(self.paths), count(1)

    def asked(self) -> dict[str, tuple[MakeRequest, int]]:
        """Return what is asked for ``bench.speed``."""
        return {"save a page": (self._save, 302)}

    def _save(self) -> bytes:
        fields = {"p2q0": "b", "p2q1": "a", "p2q2": "3", "p2q3": "9", "p2q4": f"The queue: {next(self._numbers)}"}
        shown = [("_shown", f"p2q{number}") for number in range(QUESTIONS)]
        return post(next(self._paths), urlencode([("_on", "1"), *fields.items(), *shown]).encode())

    def check(self) -> None:
        """Raise where the second page of hardly anybody is saved."""
        from surveys.models import PageCount

        survey = self.drafts[0].draft.survey
        saved = sum(PageCount.objects.filter(survey=survey, page="p2").values_list("count", flat=True))
        if saved < 0.97 * PEOPLE:
            raise RuntimeError(f"{PEOPLE} people saved the page, and of {saved} it is there")


def _survey() -> object:
    from django.utils import timezone

    from portal.accounts.models import Organisation, Person
    from surveys.choices import Status
    from surveys.models import Option, Page, Question, Survey, Version
    from surveys.rules.shapes import to_json
    from surveys.selectors.structure import questionnaire_of

    words = {"title_ar": "قياس", "title_en": "Measured", "title_zh_hans": "测量"}
    survey = Survey.objects.create(organisation=Organisation.objects.first(), **words)
    kinds = ("single", "dropdown", "scale", "nps", "long")
    for page_number in range(1, PAGES + 1):
        page = Page.objects.create(survey=survey, code=f"p{page_number}", position=page_number)
        for number, kind in enumerate(kinds):
            scale = "quality" if kind == "scale" else ""
            shared = {"code": f"{page.code}q{number}", "position": number, "scale": scale}
            question = Question.objects.create(survey=survey, page=page, kind=kind, **shared, **words)
            for place, code in enumerate("abc" if kind in ("single", "dropdown") else ""):
                label = {"label_ar": code, "label_en": code, "label_zh_hans": code}
                Option.objects.create(question=question, code=code, position=place, **label)
    made_by = Person.objects.values_list("pk", flat=True).first()
    survey.version = Version.objects.create(
        survey=survey, number=1, edition=1, structure=to_json(questionnaire_of(survey)), made_by_id=made_by
    )
    survey.opens_at, survey.status = timezone.now(), Status.LIVE
    survey.save()
    return survey


def _begun(survey: object) -> object:
    from django.contrib.auth.models import AnonymousUser

    from surveys.selectors.structure import questionnaire_in
    from surveys.services.answering import PageSent, save_page
    from surveys.services.drafts import begin

    begun = begin(survey, user=AnonymousUser(), language="en")
    page = questionnaire_in(begun.draft.version).page("p1")
    fields = {"p1q0": ["a"], "p1q1": ["b"], "p1q2": ["4"], "p1q3": ["8"], "p1q4": ["It went well."]}
    save_page(begun.draft, begun.key, page, PageSent(fields, frozenset(fields), {}), language="en")
    return begun


def saving(address: tuple[str, int]) -> list[Measure]:
    """Measure saving a page beside the page with one query."""
    from bench import speed

    answering = Answering()
    found = speed.rates(address, {"one query": (speed.one_query, 200)} | answering.asked())
    answering.check()
    told = "Saving a page of five answers ÷ page with one query"
    return [Measure(told, speed.ratio(found, "save a page", "one query"), 0.12, "at_least")]


def main() -> int:
    """Measure this part alone."""
    from bench import processes
    from bench.run import print_table

    os.environ.update(processes.environment())
    processes.manage("collectstatic --no-input --verbosity 0", processes.environment())
    import django

    django.setup()
    with processes.web() as (address, _server):
        found = saving(address)
    print_table(found)
    return 0 if all(each.ok for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
