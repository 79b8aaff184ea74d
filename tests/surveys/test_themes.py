"""Themes: found in believable texts of three languages, alike each time, kept when a search fails."""

import subprocess
from collections import Counter

import pytest
from django.urls import reverse
from django.utils.translation import override

from portal.accounts.choices import Role
from portal.audit.models import Entry
from surveys.choices import JobKind, JobState
from surveys.models import Answer, Job, Theme, ThemedText
from surveys.rules.themes import find
from surveys.rules.values import Answer as Given
from surveys.services import jobs, theming
from surveys.services.handing_in import record_sheets
from surveys.tasks import find_due_themes, work
from tests.factories import staff
from tests.surveys.factories import past, published, standard
from tests.surveys.test_editor import BACKEND
from tests.surveys.test_exporting import content
from tests.surveys.voices import VOICES, said, theme_of

LANGUAGES = ["ar", "en", "zh-hans"]


# Rules


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_on_three_things_give_three_themes(language):
    texts = said(language)
    found = find(texts, language)
    assert len(found) == 3
    meant = [Counter(theme_of(language, texts[place]) for place, _near in one.texts) for one in found]
    # Each theme stands for one thing, and hardly a text is lost or goes astray.
    assert {counts.most_common(1)[0][0] for counts in meant} == set(VOICES[language])
    assert sum(max(counts.values()) for counts in meant) >= len(texts) - 2


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ar", {"مواقف", "انتظار", "تطبيق"}),
        ("en", {"queue", "password", "employee"}),
        ("zh-hans", {"排队", "上传", "工作人员"}),
    ],
)
def test_the_words_that_speak_for_themes_are_told(language, words):
    told = {term for theme in find(said(language), language) for term in theme.terms}
    assert words <= told


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_texts_give_the_same_themes(language):
    assert find(said(language), language, seed=3) == find(said(language), language, seed=3)


def test_nine_texts_have_no_themes():
    assert find(said("en")[:9], "en") == []
    assert find([], "ar") == []


def test_texts_that_share_no_words_have_no_themes():
    alphabet = "abcdefghijklmnopqrst"
    assert find([f"{letter * 5} {letter * 7}" for letter in alphabet], "en") == []
    assert find(["!!!", "", "123", "😀"] * 5, "en") == []


def test_letters_that_are_written_in_several_ways_are_one():
    plain = ["الإنتظار طويل", "الانتظار طويل", "والانتظارُ طويل", "الانتـــظار طويل", "انتظار طويل"]
    texts = [*plain, *["التطبيق بطيء", "تطبيق بطيء", "للتطبيق أخطاء", "والتطبيق بطيء", "بالتطبيق أخطاء"]]
    groups = [{place for place, _near in theme.texts} for theme in find(texts, "ar")]
    assert sorted(map(sorted, groups)) == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]


# Searching


@pytest.fixture
def survey(db):
    survey = published(standard())
    made = [
        content(survey, {"ideas": Given(text=text)}, language=language)
        for language in LANGUAGES
        for text in said(language)
    ]
    made += [content(survey, {"why": Given(text="short"), "ease": Given(options=("hard",))}, language="en")]
    record_sheets(survey, made)
    return survey


def searched(survey, by=None):
    theming.ask_for_themes(survey, by=by or staff(Role.EDITOR, survey.organisation))
    work()
    return survey.jobs.get()


def address(survey, name="themes"):
    with override("en"):
        return reverse(f"admin:surveys_survey_{name}", args=[survey.pk])


def enter(client, survey, role=Role.EDITOR):
    client.force_login(staff(role, survey.organisation), backend=BACKEND)


def test_a_search_keeps_themes_with_their_texts_and_says_where_there_are_too_few(survey):
    job = searched(survey)
    assert job.state == JobState.DONE
    assert Counter(survey.themes.values_list("language", flat=True)) == dict.fromkeys(LANGUAGES, 3)
    assert job.told == [
        *(
            {"question": "ideas", "language": one, "texts": len(said(one)), "themes": 3, "few": False}
            for one in LANGUAGES
        ),
        {"question": "why", "language": "en", "texts": 1, "themes": 0, "few": True},
    ]
    theme = survey.themes.filter(language="en").first()
    assert theme.count == theme.texts.count()
    assert list(theme.texts.order_by("place").values_list("place", flat=True)) == list(range(1, theme.count + 1))


def test_what_staff_said_of_a_theme_is_kept_by_the_next_search(survey):
    editor = staff(Role.EDITOR, survey.organisation)
    searched(survey)
    queue = survey.themes.get(language="en", terms__contains="queue")
    theming.name_theme(queue, name="  Waiting at the counter ", by=editor)
    parking = survey.themes.get(language="ar", terms__contains="مواقف")
    theming.dismiss_theme(parking, by=editor)
    record_sheets(survey, [content(survey, {"ideas": Given(text="The queue again, a long queue.")}, language="en")])
    theming.ask_for_themes(survey, by=editor)
    work()
    assert survey.themes.get(language="en", terms__contains="queue").name == "Waiting at the counter"
    assert survey.themes.get(is_dismissed=True).language == "ar"
    assert survey.themes.count() == 9


def fails(*args, **kwargs):
    raise subprocess.TimeoutExpired("find_themes", 1)


def test_a_search_that_is_ended_leaves_the_old_themes(survey, monkeypatch):
    searched(survey)
    before = list(survey.themes.values_list("pk", flat=True).order_by("pk"))
    with monkeypatch.context() as patch:
        patch.setattr(theming.subprocess, "run", fails)
        job = theming.ask_for_themes(survey, by=staff(Role.EDITOR, survey.organisation))
        for _turn in range(jobs.MOST_ATTEMPTS):
            job.refresh_from_db()
            work()
    job = survey.jobs.latest("pk")
    assert (job.state, job.attempts) == (JobState.FAILED, 3)
    assert list(survey.themes.values_list("pk", flat=True).order_by("pk")) == before


def test_a_process_that_runs_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(theming, "SECONDS", 0.01)
    with pytest.raises(theming.SearchFailed, match="no themes after"):
        theming.search([("en", [(None, text) for text in said("en")])])


def test_what_waits_is_asked_for_once(survey, monkeypatch):
    monkeypatch.setattr(jobs, "enqueue", lambda *args: None)
    editor = staff(Role.EDITOR, survey.organisation)
    assert theming.ask_for_themes(survey, by=editor) == theming.ask_for_themes(survey, by=editor)
    assert Job.objects.get().state == JobState.QUEUED


def test_a_worker_that_was_taken_for_lost_writes_nothing(survey):
    job = Job.objects.create(survey=survey, kind=JobKind.THEMES)
    first = jobs.claim(without=[])
    Job.objects.update(started_at=first.started_at - jobs.LEASE * 2)
    second = jobs.claim(without=[])
    assert (first.pk, second.attempts) == (second.pk, 2)
    assert jobs.run(first, theming.look) is False
    assert not Theme.objects.exists()
    assert jobs.run(second, theming.look) is True
    job.refresh_from_db()
    assert (job.state, Theme.objects.count()) == (JobState.DONE, 9)


def test_after_the_end_themes_are_looked_for_once(survey):
    find_due_themes()
    assert not Job.objects.exists()
    past(survey)
    find_due_themes()
    find_due_themes()
    work()
    assert [job.state for job in Job.objects.all()] == [JobState.DONE]
    find_due_themes()
    assert Job.objects.count() == 1


def test_one_text_is_in_one_theme(survey):
    searched(survey)
    assert ThemedText.objects.count() == ThemedText.objects.values("answer").distinct().count()


# Pages


def test_the_page_shows_themes_words_examples_and_who_is_too_few(client, survey):
    searched(survey)
    enter(client, survey)
    page = client.get(address(survey)).content.decode()
    assert page.count('<article class="part stack">') == 9
    for text in ("queue", "مواقف", "上传", "1 text: too few for themes, which need at least 10."):
        assert text in page


def test_hostile_texts_are_words_and_nothing_else(client, survey):
    hostile = "<script>alert(1)</script> <img src=x onerror=alert(1)> "
    for answer in Answer.objects.filter(text__in=VOICES["en"]["queue"]):
        answer.text = hostile + answer.text
        answer.save()
    Answer.objects.filter(question="ideas", sheet__language="ar").update(text='"><svg/onload=alert(1)> طابور \'"')
    searched(survey)
    Theme.objects.filter(language="en").update(terms=["<b>bold</b>"], name="<i>x</i>")
    enter(client, survey)
    for name in ("themes", "texts"):
        page = client.get(address(survey, name)).content.decode()
        for raw in ("<script>alert", "<img src=x", "<svg/onload", "<b>bold", "<i>x"):
            assert raw not in page


def test_staff_name_and_dismiss_on_the_page(client, survey):
    searched(survey)
    enter(client, survey)
    theme = survey.themes.first()
    client.post(address(survey), {"act": "name", "theme": theme.pk, "name": "Ours"})
    client.post(address(survey), {"act": "dismiss", "theme": theme.pk})
    theme.refresh_from_db()
    assert (theme.name, theme.is_dismissed) == ("Ours", True)
    assert b"Dismissed themes" in client.get(address(survey)).content
    client.post(address(survey), {"act": "restore", "theme": theme.pk})
    theme.refresh_from_db()
    assert not theme.is_dismissed
    verbs = list(
        Entry.objects.filter(action__startswith="survey.theme_").values_list("action", flat=True).order_by("pk")
    )
    assert verbs == ["survey.theme_named", "survey.theme_dismissed", "survey.theme_taken_back"]


def test_other_bodies_and_other_surveys_are_not_touched(client, survey):
    searched(survey)
    theme = survey.themes.first()
    other = published(standard())
    enter(client, other)
    assert client.get(address(survey)).status_code == 404
    assert client.post(address(survey), {"act": "search"}).status_code == 404
    assert client.post(address(other), {"act": "dismiss", "theme": theme.pk}).status_code == 404
    assert client.post(address(other), {"act": "dismiss", "theme": "x"}).status_code == 404
    assert client.post(address(other), {"act": "other", "theme": "9" * 30}).status_code == 404
    theme.refresh_from_db()
    assert not theme.is_dismissed
