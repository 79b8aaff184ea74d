"""A year of believable answers: counted as they stand, in three languages, once."""

import random
from datetime import timedelta

import pytest
from django.db.models import Avg, Count
from django.utils import timezone

from portal import registry
from portal.pages.choices import REASONS_AGAINST, REASONS_FOR
from portal.pages.models import Judgement, Mark, Remark, Service, Subject, Tally
from portal.pages.selectors.judging import judged_list, rated_list, week_of
from portal.pages.services import load_starters
from portal.pages.services.judging import drifts
from tests.factories import OrganisationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage():
    """A ministry's bodies with pages and services, and what readers think of them."""
    OrganisationFactory(kind="ministry", code="ministry")
    for code in ("digital", "mobility", "municipal"):
        OrganisationFactory(code=code)
    load_starters()
    stage = registry.DemoStage(timezone.now(), random.Random(1), "a password")
    registry.demo["pages"](stage)
    registry.demo["judgements"](stage)
    return stage


def test_the_counts_are_those_of_the_rows(stage):
    assert list(drifts(False)) == []
    assert sum(Tally.objects.values_list("count", flat=True)) == Judgement.objects.count() > 500
    assert not Mark.objects.exists()


def test_they_fill_the_52_weeks_before_the_anchor_and_none_after(stage):
    weeks = sorted(set(Judgement.objects.values_list("week", flat=True)))
    last = week_of(timezone.localdate(stage.anchor)) - timedelta(weeks=1)
    assert (weeks[0], weeks[-1], len(weeks)) == (last - timedelta(weeks=51), last, 52)
    assert Remark.objects.filter(day__gt=timezone.localdate(stage.anchor)).count() == 0


def test_people_answer_in_three_languages_and_say_why_in_theirs(stage):
    shares = dict(Judgement.objects.values_list("language").annotate(Count("pk")).order_by())
    assert shares["ar"] > shares["en"] > shares["zh-hans"] > 30
    words = dict(
        Remark.objects.exclude(text="").values_list("language").annotate(Count("text", distinct=True)).order_by()
    )
    assert set(words) == {"ar", "en", "zh-hans"}
    arabic = Remark.objects.filter(language="ar").exclude(text="").first()
    assert "\u0600" <= arabic.text[0] <= "\u06ff"


def test_reasons_fit_the_answer(stage):
    for value, reasons in ((0, REASONS_AGAINST), (1, REASONS_FOR)):
        found = set(Remark.objects.filter(scale="useful", value=value).values_list("reason", flat=True))
        assert found <= set(reasons)
        assert found


def test_figures_are_believable_and_public(stage):
    means = dict(Judgement.objects.values_list("scale").annotate(Avg("value")).order_by())
    assert 0.5 < means["useful"] < 0.9
    assert 3 < means["stars"] < 4.8
    assert len(rated_list()) == Service.objects.count() == 6
    assert {row.kind for row in judged_list()} >= {"page", "service", "hours", "statistics"}


def test_a_second_run_changes_nothing(stage):
    before = [list(model.objects.order_by("pk").values()) for model in (Subject, Judgement, Tally, Remark)]
    registry.demo["judgements"](stage)
    assert [list(model.objects.order_by("pk").values()) for model in (Subject, Judgement, Tally, Remark)] == before
