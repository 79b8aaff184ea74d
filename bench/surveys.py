"""People who answer a survey of twenty questions: a page of five is saved by secret link, by each of them once.

``python -m bench.surveys`` measures this part alone, on the database that ``SAWT_BENCH_DATABASE`` names beside
``DATABASE_URL``; it has to be migrated.
"""

import os
import sys
from itertools import count, cycle
from urllib.parse import urlencode

from bench.load import MakeRequest, post
from bench.measures import Measure

# More than can be saved while it is measured: saving a page for the first time also counts it, and again does not.
PEOPLE = 12_000
PAGES, QUESTIONS = 4, 5


class Answering:
    """Drafts whose first page is answered, and the second is saved; in the end it tells whether it was."""

    def __init__(self) -> None:
        from django.urls import reverse
        from django.utils import translation

        self.survey = _survey()
        with translation.override("en"):
            self.paths = [reverse("surveys:page", args=[self.survey.code, key, "p2"]) for key in _begun(self.survey)]
        self._paths, self._numbers = cycle(self.paths), count(1)

    def asked(self) -> dict[str, tuple[MakeRequest, int]]:
        """Return what is asked for ``bench.speed``."""
        return {"save a page": (self._save, 302)}

    def _save(self) -> bytes:
        fields = {"p2q0": "b", "p2q1": "a", "p2q2": "3", "p2q3": "9", "p2q4": f"The queue: {next(self._numbers)}"}
        shown = [("_shown", f"p2q{number}") for number in range(QUESTIONS)]
        return post(next(self._paths), urlencode([("_on", "1"), *fields.items(), *shown]).encode())

    def check(self) -> None:
        """Raise where the second page of hardly anybody is saved, or of everybody: then some saved theirs again."""
        from surveys.models import PageCount

        asked = next(self._numbers) - 1
        saved = sum(PageCount.objects.filter(survey=self.survey, page="p2").values_list("count", flat=True))
        print(f"{saved:,} people saved the page, of {asked:,} asked")
        if asked > PEOPLE or saved < 0.97 * asked:
            raise RuntimeError(
                f"{asked:,} of {PEOPLE:,} people were to save the page once, and of {saved:,} it is there"
            )


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


def _begun(survey: object) -> list[str]:
    """Let everybody have saved the first page; return the secrets of their links.

    The first goes the way of all; the others' rows are as theirs, each sealed with a secret of its own.
    """
    from dataclasses import asdict

    from django.contrib.auth.models import AnonymousUser

    from surveys.models import Draft
    from surveys.rules.values import to_json
    from surveys.selectors.structure import questionnaire_in
    from surveys.services.answering import PageSent, save_page
    from surveys.services.drafts import begin, read
    from surveys.services.sealing import hash_of, new_key, seal

    begun = begin(survey, user=AnonymousUser(), language="en")
    page = questionnaire_in(begun.draft.version).page("p1")
    fields = {"p1q0": ["a"], "p1q1": ["b"], "p1q2": ["4"], "p1q3": ["8"], "p1q4": ["It went well."]}
    save_page(begun.draft, begun.key, page, PageSent(fields, frozenset(fields), {}), language="en")
    begun.draft.refresh_from_db()
    unfinished = read(begun.draft, begun.key)
    kept = asdict(unfinished) | {"answers": to_json(unfinished.answers)}
    keys = [new_key() for _person in range(PEOPLE - 1)]
    alike = {"survey": survey, "version": begun.draft.version}
    drafts = (Draft(**alike, key_hash=hash_of(key), sealed=seal(kept, key)) for key in keys)
    Draft.objects.bulk_create(drafts, batch_size=1000)
    return [begun.key, *keys]


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
