"""The demonstration's surveys: whole, the same each time, and counted as if people had answered them."""

import random
from collections import Counter
from datetime import datetime
from math import sqrt
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from portal import registry
from portal.mailings.models import Delivery, DeliveryEvent, Mailing
from portal.messaging.models import Message
from portal.registry import DemoStage
from surveys.choices import ENTERED, SheetState, State
from surveys.management import demo
from surveys.management.demo_drawing import texts
from surveys.management.demo_plan import PLAN
from surveys.models import Answer, Draft, Invitee, PageCount, Participation, Rollup, Sheet, StateChange, Survey
from surveys.rules.checking import check_all
from surveys.rules.inviting import hash_of_token, token_of
from surveys.rules.publishing import findings
from surveys.rules.showing import visible
from surveys.selectors.inviting import response
from surveys.selectors.structure import questionnaire_in, questionnaire_of
from surveys.services.looking import given_in
from surveys.services.recounting import drifts

pytestmark = pytest.mark.django_db

ANCHOR = datetime(2026, 11, 22, tzinfo=ZoneInfo("Asia/Riyadh"))


@pytest.fixture
def stage(monkeypatch):
    """The bodies and people of the demonstration, on the anchor day."""
    call_command("seed", verbosity=0)
    monkeypatch.setattr("django.utils.timezone.now", lambda: ANCHOR)
    registry.demo["accounts"](DemoStage(ANCHOR, random.Random("42 accounts"), "unused"))
    return lambda: DemoStage(ANCHOR, random.Random("42 surveys"), "unused")


def test_the_demonstration_is_whole(stage):
    """One test for all: loading takes seconds."""
    demo.load(stage())
    found = Survey.objects.filter(is_template=False).order_by("pk")
    surveys = dict(zip((planned.name for planned in PLAN), found, strict=True))
    there_is_every_state_and_the_answers_that_were_planned(surveys)
    what_is_published_could_be_and_nothing_lies_in_the_future(surveys)
    counters_are_what_answers_say(surveys)
    every_answer_is_one_that_the_portal_would_take(surveys)
    who_took_part_is_kept_apart_where_it_is_anonymous(surveys)
    entered_answers_have_a_second_look(surveys)
    those_who_left_wait_where_it_is_open(surveys)
    one_question_has_changed_and_the_others_have_not(surveys)
    texts_are_many_and_of_each_language(surveys)
    some_of_those_invited_have_answered(surveys)
    before = (Answer.objects.count(), Rollup.objects.count())
    demo.load(stage())
    assert (Answer.objects.count(), Rollup.objects.count()) == before
    assert Message.objects.count() == 0


def there_is_every_state_and_the_answers_that_were_planned(surveys):
    assert {survey.state for survey in surveys.values()} == set(State)
    rounds = [surveys[f"round{number}"] for number in range(1, 5)]
    assert [survey.state for survey in rounds] == [State.RESULTS, State.RESULTS, State.CLOSED, State.OPEN]
    assert [survey.previous for survey in rounds] == [None, *rounds[:3]]
    assert sum(survey.status != "draft" for survey in surveys.values()) == 8
    counted = Sheet.objects.exclude(state=SheetState.REFUSED)
    assert (counted.count(), sum(survey.answer_count for survey in surveys.values())) == (2500, 2500)
    languages = Counter(counted.values_list("language", flat=True))
    assert set(languages) == {"ar", "en", "zh-hans"} and min(languages.values()) > 250


def what_is_published_could_be_and_nothing_lies_in_the_future(surveys):
    for survey in surveys.values():
        questionnaire = questionnaire_of(survey)
        # Those that are over could not be published again, and for no other reason.
        is_over = survey.closes_at is not None and survey.closes_at < ANCHOR
        problems = [one.text for one in findings(survey, questionnaire)]
        assert problems == (["The time at which it closes has passed."] if is_over else [])
        assert survey.version is None or questionnaire_in(survey.version) == questionnaire
        sheets = survey.sheets.exclude(submitted_at=None)
        for sheet in sheets:
            assert survey.opens_at <= sheet.submitted_at < min(filter(None, (ANCHOR, survey.closes_at)))
    assert not StateChange.objects.filter(at__gt=ANCHOR).exclude(survey=surveys["parking"]).exists()
    assert {move.status for move in surveys["districts"].changes.all()} == {"live", "paused"}


def counters_are_what_answers_say(surveys):
    assert list(drifts(False)) == []
    assert Rollup.objects.count() > 5000


def every_answer_is_one_that_the_portal_would_take(surveys):
    for survey in surveys.values():
        if survey.version is None:
            continue
        questionnaire = questionnaire_in(survey.version)
        sheets = list(survey.sheets.prefetch_related("answers__file"))
        for sheet in sheets:
            given = given_in(list(sheet.answers.all()))
            checked = check_all(questionnaire, given)
            assert (checked.problems, checked.dropped) == ((), 0)
            assert len(visible(questionnaire, given)) == len(questionnaire.pages)
        counts = Counter()
        for row in PageCount.objects.filter(survey=survey):
            counts[row.page] += row.count
        handed = sum(sheet.state != SheetState.REFUSED for sheet in sheets)
        in_order = [counts[code] for code in ("", *(page.code for page in questionnaire.pages), "=")]
        assert in_order == sorted(in_order, reverse=True) and in_order[-1] == handed


def who_took_part_is_kept_apart_where_it_is_anonymous(surveys):
    for survey in surveys.values():
        assert survey.participations.count() == survey.sheets.count()
    anonymous = Sheet.objects.filter(survey=surveys["accessibility"])
    assert {(sheet.participation_id, sheet.submitted_at, sheet.week.weekday()) for sheet in anonymous} == {
        (None, None, 0)
    }
    named = Participation.objects.exclude(person=None)
    assert {part.survey for part in named} == {surveys["districts"]}
    assert named.values("person").distinct().count() == named.count() > 100
    seated = Sheet.objects.filter(participation__in=named).select_related("participation__person")
    assert all(sheet.participation.person.language == sheet.language for sheet in seated)


def entered_answers_have_a_second_look(surveys):
    entered = Sheet.objects.filter(channel__in=ENTERED)
    states = Counter(entered.values_list("state", flat=True))
    assert states[SheetState.REFUSED] == 1 and states[SheetState.LOOKED_FOR] >= 2
    assert entered.exclude(looked_at_by=None).filter(state=SheetState.COUNTED).count() >= 2
    assert entered.filter(reference="").count() == 0
    assert all(sheet.minutes is None and sheet.entered_by for sheet in entered)


def those_who_left_wait_where_it_is_open(surveys):
    drafts = Counter(Draft.objects.unfinished().values_list("survey__code", flat=True))
    assert drafts[surveys["round4"].code] == 66
    assert set(drafts) <= {surveys[name].code for name in ("round4", "accessibility", "districts", "after_request")}
    sealed = Draft.objects.filter(survey=surveys["accessibility"])
    assert all(draft.sealed and draft.answers == {} for draft in sealed)
    assert Draft.objects.filter(person=None, survey=surveys["districts"]).count() == 0


def satisfied(survey, question):
    """Return how many of those who answered gave one of the two best points."""
    rows = Answer.objects.filter(sheet__survey=survey, question=question)
    return rows.filter(number__gte=4).count(), rows.count()


def z_between(first, second):
    (part, whole), (other, base) = first, second
    pooled = (part + other) / (whole + base)
    return abs(part / whole - other / base) / sqrt(pooled * (1 - pooled) * (1 / whole + 1 / base))


def one_question_has_changed_and_the_others_have_not(surveys):
    rounds = [surveys[f"round{number}"] for number in range(1, 5)]
    changed = {
        (number + 2, question)
        for number in range(3)
        for question in ("ease", "answers", "workshop_content", "workshop_way", "overall")
        if z_between(satisfied(rounds[number], question), satisfied(rounds[number + 1], question)) > 1.96
    }
    assert changed == {(4, "answers")}


def texts_are_many_and_of_each_language(surveys):
    for language in ("ar", "en", "zh-hans"):
        topics = [topic for topic in texts(language).values() if isinstance(topic, dict)]
        known = {text for topic in topics for theme in topic.values() for text in theme}
        assert len(known) > 80
        said = Answer.objects.filter(sheet__language=language, question="wanted").exclude(text="")
        assert said.values("text").distinct().count() > 30
        assert not said.filter(text__contains="{").exists()


def some_of_those_invited_have_answered(surveys):
    for number, (invited, answered) in enumerate([(1180, 410), (1210, 430), (1240, 460), (1260, 400)], start=1):
        found = response(surveys[f"round{number}"])
        assert (found.invited, found.answered) == (invited, answered)
        assert found.delivered + found.bounced == invited and 5 < found.bounced < 80
        assert found.rate == answered / found.delivered
    assert DeliveryEvent.objects.count() == Delivery.objects.count() == 4890
    assert Mailing.objects.exclude(state="sent").count() == 0
    first = Invitee.objects.first()
    assert hash_of_token(token_of(first.nonce)) == first.token_hash
