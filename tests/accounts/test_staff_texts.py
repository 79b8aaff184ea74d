"""Texts side by side in the admin, their marks in forms and lists, the history, and previews that store nothing."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from engagement.consultations.choices import Status
from engagement.consultations.models import Consultation, Section
from engagement.consultations.services import remove_section, save_section
from portal.accounts.choices import OrganisationKind, Role
from portal.audit import services as audit
from portal.audit.choices import WORDS, word_for
from portal.audit.models import Entry
from portal.files.models import StoredFile
from portal.pages.models import Page, Topic
from portal.pages.services import save_page, save_topic
from tests.consultations.test_admin import PDF, form, inline, moment
from tests.factories import (
    ConsultationFactory,
    OrganisationFactory,
    PageFactory,
    PersonFactory,
    SectionFactory,
    TopicFactory,
    days,
    staff,
)
from tests.pages.test_admin import answers

pytestmark = pytest.mark.django_db
SINCE = "2026-01-05T09:00:00+00:00"
TOPICS = "/en/admin/pages/topic/"
PAGES = "/en/admin/pages/page/"
CONSULTATIONS = "/en/admin/consultations/consultation/"


@pytest.fixture
def ministry():
    return OrganisationFactory(kind=OrganisationKind.MINISTRY)


@pytest.fixture
def editor(client, ministry):
    person = staff(Role.EDITOR, ministry)
    client.force_login(person)
    return person


@pytest.fixture
def topic():
    """A topic in three languages, without a description."""
    return TopicFactory(code="water", name_ar="ماء", name_en="Water", name_zh_hans="水")


def sent(topic, **changes):
    """The form of a topic as a browser sends it."""
    texts = {f"{field}_{code}": getattr(topic, f"{field}_{code}") or "" for field in ("name", "description")
             for code in ("ar", "en", "zh_hans")}  # fmt: skip
    return {"code": topic.code, **texts, **changes}


class TestForms:
    def test_a_change_of_meaning_marks_the_others_and_stands_in_the_trail(self, client, editor, topic):
        assert client.post(f"{TOPICS}{topic.pk}/change/", sent(topic, name_en="Clean water")).status_code == 302
        topic.refresh_from_db()
        assert set(topic.behind) == {"name_ar", "name_zh_hans"}
        entry = Entry.objects.about(topic).get(action="topic.changed")
        assert (entry.actor_id, entry.data) == (editor.pk, {"changes": {"name_en": ["Water", "Clean water"]}})
        page = client.get(f"{TOPICS}{topic.pk}/change/").content.decode()
        marked = re.findall(r'<input type="checkbox" name="_checked" value="(\w+)"', page)
        assert (marked, page.count("Behind since")) == (["name_ar", "name_zh_hans"], 2)

    def test_only_the_wording(self, client, editor, topic):
        client.post(f"{TOPICS}{topic.pk}/change/", sent(topic, name_en="Waters", _wording_only="on"))
        topic.refresh_from_db()
        assert topic.behind == {}
        assert Entry.objects.about(topic).get().data["wording_only"] is True

    def test_what_was_checked_is_up_to_date(self, client, editor, topic):
        Topic.objects.update(behind={"name_ar": SINCE, "name_en": SINCE})
        client.post(f"{TOPICS}{topic.pk}/change/", sent(topic, _checked=["name_ar", "nonsense"]))
        topic.refresh_from_db()
        assert topic.behind == {"name_en": SINCE}

    def test_ticks_stay_when_a_form_comes_back(self, client, editor, topic):
        Topic.objects.update(behind={"name_ar": SINCE})
        wrong = sent(topic, code="not a slug", _checked="name_ar", _wording_only="on")
        page = client.post(f"{TOPICS}{topic.pk}/change/", wrong).content.decode()
        assert 'value="name_ar" id="checked-name_ar" checked' in page
        assert re.search(r'name="_wording_only"[^>]* checked', page)

    def test_a_missing_language_is_named(self, client, editor):
        topic = TopicFactory(name_zh_hans="")
        page = client.get(f"{TOPICS}{topic.pk}/change/").content.decode()
        cell = re.search(r'<div class="language-cell field-name_zh_hans">.*?</p>', page, re.S)[0]
        assert "Missing" in cell and page.count("Missing") == 1

    def test_nothing_is_asked_where_nothing_can_be_behind(self, client, editor, topic):
        assert b"_wording_only" not in client.get(f"{TOPICS}add/").content
        client.force_login(staff(Role.AGENT, OrganisationFactory(kind=OrganisationKind.BODY)))
        assert b"_wording_only" not in client.get(f"{TOPICS}{topic.pk}/change/").content

    def test_line_ends_of_browsers_are_no_change(self, client, editor, ministry):
        page = save_page(PageFactory.build(owner=ministry, body_en="One\n\nTwo"), by=None)
        typed = answers(page, body_en="One\r\n\r\nTwo", position=7)
        assert client.post(f"{PAGES}{page.pk}/change/", typed).status_code == 302
        page.refresh_from_db()
        assert (page.body_en, page.behind, page.versions.count()) == ("One\n\nTwo", {}, 1)

    def test_articles_are_marked_one_by_one(self, client, ministry, editor):
        consultation = ConsultationFactory(organisation=ministry, status=Status.DRAFT)
        first, second = (SectionFactory(consultation=consultation, number=number) for number in (1, 2))
        sections = {}
        for position, section in enumerate((first, second)):
            texts = {f"sections-{position}-{name}": getattr(section, name) for name in text_names(("title", "body"))}
            sections |= texts | {f"sections-{position}-id": section.pk, f"sections-{position}-number": section.number}
        sections |= {"sections-0-title_ar": "عنوان آخر", "sections-1-title_en": "Other"}
        Section.objects.update(behind={"title_zh_hans": SINCE})
        typed = form(ministry) | inline("sections", 2, 2) | sections | {"_checked": "sections-1-title_zh_hans"}
        response = client.post(f"{CONSULTATIONS}{consultation.pk}/change/", typed)
        assert response.status_code == 302, response.context["errors"]
        marks = [set(section.behind) for section in consultation.sections.order_by("number")]
        assert marks == [{"title_en", "title_zh_hans"}, {"title_ar"}]


def text_names(fields):
    """Return the columns of these fields."""
    return [f"{field}_{code}" for field in fields for code in ("ar", "en", "zh_hans")]


class TestLists:
    def test_marks_and_filters(self, client, editor, topic):
        missing = TopicFactory(name_en="", behind={"name_ar": SINCE})
        rows = client.get(TOPICS).content.decode()
        marks = re.findall(r'<td class="field-texts">(.*?)</td>', rows)
        assert [re.sub(r"<[^>]+>", "", mark) for mark in marks] == ["Missing: English Behind: Arabic", "Complete"] or [
            re.sub(r"<[^>]+>", "", mark) for mark in marks
        ] == ["Complete", "Missing: English Behind: Arabic"]
        for value, expected in (
            ("missing-en", {missing}),
            ("behind-ar", {missing}),
            ("behind-zh-hans", set()),
            ("missing-xx", {topic, missing}),
        ):
            assert set(client.get(TOPICS, {"texts": value}).context["cl"].queryset) == expected, value

    def test_the_same_queries_for_one_and_for_three(self, client, editor, topic):
        counted = []
        for more in (0, 2):
            for _ in range(more):
                TopicFactory(name_en="")
            with CaptureQueriesContext(connection) as captured:
                client.get(TOPICS)
            counted.append(len(captured))
        assert counted[0] == counted[1]


class TestHistory:
    def test_who_when_and_what_in_words(self, client, editor, ministry, topic):
        topic.name_ar = "<script>alert(1)</script>"
        save_topic(topic, by=editor)
        page = client.get(f"{TOPICS}{topic.pk}/history/").content.decode()
        assert "<script>alert" not in page
        row = re.search(r"<tbody><tr>.*?</tr>", page, re.S)[0]
        assert 'Name</bdi><br><span class="small muted">Arabic</span>' in row
        assert '<td class="old" lang="ar" dir="auto">ماء</td>' in row
        assert '<td class="new" lang="ar" dir="auto">&lt;script&gt;alert(1)&lt;/script&gt;</td>' in row
        assert editor.display_name in page and ">Changed</h3>" in page.replace("\n", "")

    def test_names_instead_of_ids(self, client, editor, ministry):
        page = save_page(PageFactory.build(owner=ministry), by=editor)
        page.owner, page.review_on = OrganisationFactory(name_en="Water works", parent=ministry), None
        save_page(page, by=None)
        shown = client.get(f"{PAGES}{page.pk}/history/").content.decode()
        assert f">{ministry.name_en}</td>" in shown and ">Water works</td>" in shown
        assert "The portal itself" in shown

    def test_long_texts_show_what_differs(self, client, editor, ministry):
        lines = [f"Line {number}" for number in range(20)]
        page = save_page(PageFactory.build(owner=ministry, body_en="\n".join(lines)), by=editor)
        page.body_en, page.version = "\n".join([*lines[:9], "Another", *lines[10:]]), "1.1"
        save_page(page, by=editor)
        shown = client.get(f"{PAGES}{page.pk}/history/").content.decode()
        assert ">…\nLine 9\n…</td>" in shown and ">…\nAnother\n…</td>" in shown

    def test_parts_and_topics_of_a_consultation(self, client, editor, ministry, topic):
        consultation = ConsultationFactory(organisation=ministry, status=Status.DRAFT)
        section = save_section(SectionFactory(consultation=consultation, number=3), by=editor)
        elsewhere = save_section(SectionFactory(number=9), by=editor)
        remove_section(section, by=editor)
        typed = form(ministry, topics=[topic.pk]) | inline("sections")
        assert client.post(f"{CONSULTATIONS}{consultation.pk}/change/", typed).status_code == 302
        acts = client.get(f"{CONSULTATIONS}{consultation.pk}/history/").context["acts"]
        told = [(act.word, act.part) for act in acts]
        assert ("Removed", "Section 3") in told and ("Topics changed", "") in told
        assert not [act for act in acts if act.entry.target_key == str(elsewhere.pk)]
        assert [change.new for act in acts for change in act.changes if change.label == "Topics"] == ["water"]

    def test_another_bodys_history_is_not_there(self, client, editor):
        other = staff(Role.EDITOR, OrganisationFactory())
        client.force_login(other)
        page = save_page(PageFactory.build(owner=OrganisationFactory(), title_en="Secret plan"), by=None)
        response = client.get(f"{PAGES}{page.pk}/history/", follow=True)
        assert "Secret plan" not in response.content.decode()

    def test_the_same_queries_for_one_act_and_for_ten(self, client, editor, topic):
        counted = []
        for more in (1, 9):
            for number in range(more):
                topic.name_en = f"Water {more} {number}"
                save_topic(topic, by=PersonFactory())
            with CaptureQueriesContext(connection) as captured:
                client.get(f"{TOPICS}{topic.pk}/history/")
            counted.append(len(captured))
        assert counted[0] == counted[1]

    def test_unknown_things_and_acts_keep_their_names(self, client, editor, topic):
        audit.record("topic.turned_round", topic, by=None, data={"changes": {"gone_field": [1, None]}})
        page = client.get(f"{TOPICS}{topic.pk}/history/").content.decode()
        assert "topic.turned_round" in page and "gone_field" in page

    def test_nothing_recorded_yet(self, client, editor, topic):
        assert "Nothing is recorded about this yet" in client.get(f"{TOPICS}{topic.pk}/history/").content.decode()

    @pytest.mark.parametrize("verb", WORDS)
    def test_every_word_is_found_by_its_verb(self, verb):
        # Where a word stands for one thing's act alone, it is found by the whole act.
        act = verb if "." in verb else f"thing.{verb}"
        assert word_for(act) == str(WORDS[verb])


class TestPreview:
    @pytest.mark.parametrize(("code", "words"), [("ar", "عنوان مجرب"), ("en", "Tried title"), ("zh-hans", "试用标题")])
    def test_a_page_as_visitors_will_see_it(self, client, editor, ministry, code, words):
        page = save_page(PageFactory.build(owner=ministry, key="rules"), by=None)
        entries = Entry.objects.count()
        texts = {"title_ar": "عنوان مجرب", "title_en": "Tried title", "title_zh_hans": "试用标题"}
        typed = answers(page, **texts, version="1.1", _preview=code)
        response = client.post(f"{PAGES}{page.pk}/change/", typed)
        shown = response.content.decode()
        assert (response.status_code, "no-store" in response["Cache-Control"]) == (200, True)
        assert re.search(rf"<h1>\s*{words}", shown) and "preview-strip" in shown
        assert f'<html lang="{"zh-Hans" if code == "zh-hans" else code}"' in shown
        # As a visitor: nobody is signed in there.
        assert "/account/logout/" not in shown
        page.refresh_from_db()
        assert (page.title_en, page.versions.count(), Entry.objects.count()) == ("Policy", 1, entries)

    def test_what_is_wrong_comes_back_and_nothing_is_stored(self, client, editor, ministry):
        page = save_page(PageFactory.build(owner=ministry), by=None)
        response = client.post(f"{PAGES}{page.pk}/change/", answers(page, title_ar="", _preview="en"))
        assert list(response.context["adminform"].form.errors) == ["title_ar"]
        assert "preview-strip" not in response.content.decode()

    def test_unknown_languages_and_readers(self, client, editor, ministry):
        page = save_page(PageFactory.build(owner=ministry), by=None)
        client.force_login(staff(Role.AGENT, ministry))
        response = client.post(f"{PAGES}{page.pk}/change/", answers(page, _preview="en"))
        assert response.status_code == 403
        assert b'name="_preview"' not in client.get(f"{PAGES}{page.pk}/change/").content

    def test_a_draft_shows_as_it_will_be_published(self, client, editor, ministry):
        typed = form(ministry, title_en="Parks for all", _preview="en")
        shown = client.post(f"{CONSULTATIONS}add/", typed).content.decode()
        assert "Parks for all" in shown and "preview-strip" in shown
        assert "This is a draft" not in shown and "title en" in shown
        assert (Consultation.objects.count(), Entry.objects.count()) == (0, 0)

    def test_what_is_missing_before_publishing_is_said(self, client, editor, ministry):
        typed = form(ministry, title_zh_hans="", _preview="ar")
        shown = client.post("/en/admin/consultations/consultation/add/", typed).content.decode()
        assert "preview-strip" in shown and "<li>" in shown.partition("preview-strip")[2][:1500]
        assert Consultation.objects.count() == 0

    def test_a_response_before_it_is_published(self, client, editor, ministry):
        closed_on = timezone.now().replace(microsecond=0) - days(1)
        closed = ConsultationFactory(organisation=ministry, opens_at=closed_on - days(40), closes_at=closed_on)
        dates = moment("opens_at", closed.opens_at) | moment("closes_at", closed.closes_at)
        texts = {name: f"We listened {name}" for name in text_names(("outcome_summary", "response"))}
        question = dict.fromkeys(text_names(("question",)), "")
        typed = form(ministry, **dates, **texts, **question, results="", _preview="en") | inline("sections")
        shown = client.post(f"{CONSULTATIONS}{closed.pk}/change/", typed).content.decode()
        assert 'id="response"' in shown and "We listened response_en" in shown
        closed.refresh_from_db()
        assert (closed.status, closed.response_en) == (Status.PUBLISHED, None)

    def test_a_file_is_not_stored_for_a_preview(self, client, editor, ministry, settings, tmp_path):
        from django.core.files.uploadedfile import SimpleUploadedFile

        settings.MEDIA_ROOT = tmp_path
        upload = SimpleUploadedFile("draft.pdf", PDF)
        document = inline("documents", 1) | {"documents-0-title_ar": "وثيقة", "documents-0-position": 0}
        typed = form(ministry, _preview="en") | document | {"documents-0-upload": upload}
        shown = client.post(f"{CONSULTATIONS}add/", typed).content.decode()
        assert "preview-strip" in shown
        assert (StoredFile.objects.count(), list(tmp_path.iterdir())) == (0, [])

    def test_visitors_and_citizens_see_no_preview(self, client, ministry):
        page = save_page(PageFactory.build(owner=ministry), by=None)
        assert client.post(f"{PAGES}{page.pk}/change/", answers(page, _preview="en")).status_code == 403
        client.force_login(PersonFactory())
        response = client.post(f"{PAGES}{page.pk}/change/", answers(page, _preview="en"), follow=True)
        assert "preview-strip" not in response.content.decode()
        assert Page.objects.get().version == "1.0"
