"""Pages of consultations: who sees what, in which language, with how many queries."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils import timezone, translation

from engagement.comments.services import post_comment
from engagement.consultations.choices import Status
from engagement.consultations.models import Document
from engagement.consultations.selectors import section_url, url_of, with_excerpts
from engagement.consultations.services import ask_question
from engagement.polls.choices import Results
from portal.accounts.choices import Role
from portal.accounts.rules import bodies_for
from portal.files.services import store
from tests.factories import (
    ConsultationFactory,
    OrganisationFactory,
    PersonFactory,
    SectionFactory,
    days,
    staff,
)

pytestmark = pytest.mark.django_db
QUESTION = {"ar": "هل تؤيدون؟", "en": "Do you support it?", "zh-hans": "您是否支持？"}
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>"
LANGUAGES = ["ar", "en", "zh-hans"]


def at(language, path):
    return re.sub(r"^/[^/]+/", f"/{language}/", path)


def text(response):
    return response.content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_list_and_page_in_each_language(client, language):
    consultation = ConsultationFactory()
    title = getattr(consultation, f"title_{language.replace('-', '_')}")
    for path in (reverse("consultations:list"), url_of(consultation)):
        response = client.get(at(language, path))
        assert response.status_code == 200
        assert title in text(response)
        assert "csrfmiddlewaretoken" not in text(response), "pages of visitors hold no token"


def test_a_missing_translation_is_shown_as_such(client):
    consultation = ConsultationFactory(title_en="", title_ar="عنوان عربي فقط")
    page = text(client.get(at("en", url_of(consultation))))
    assert 'lang="ar"' in page
    assert "عنوان عربي فقط" in page
    assert "Not yet in English" in page


def test_addresses_without_or_with_another_slug_lead_to_the_page(client):
    consultation = ConsultationFactory()
    for path in (f"/en/consultations/{consultation.code}/", f"/en/consultations/{consultation.code}/wrong/"):
        response = client.get(path)
        assert (response.status_code, response["Location"]) == (302, at("en", url_of(consultation)))


@pytest.mark.parametrize(
    "path", ["nothing", "x" * 400, "999999999999999999999999", "a/b/sections/99999999999999999999999/"]
)
def test_unknown_ones_are_not_found(client, path):
    assert client.get(f"/ar/consultations/{path}/".replace("//", "/")).status_code == 404


def test_a_draft_is_for_staff_of_its_body(client):
    consultation = ConsultationFactory(status=Status.DRAFT)
    visitors = [
        None,
        PersonFactory(),
        staff(Role.EDITOR, OrganisationFactory()),
        staff(Role.AGENT, consultation.organisation),
    ]
    for person in visitors:
        if person:
            client.force_login(person)
        assert client.get(at("en", url_of(consultation))).status_code == 404
    client.force_login(staff(Role.EDITOR, consultation.organisation))
    assert client.get(at("en", url_of(consultation))).status_code == 200


def test_results_are_kept_back_until_the_close(client):
    consultation = ConsultationFactory()
    editor = staff(Role.EDITOR, consultation.organisation)
    poll = ask_question(consultation, question=QUESTION, results=Results.AFTER_CLOSE, by=editor)
    page = text(client.get(at("en", url_of(consultation))))
    assert "The results are shown here after the close" in page
    assert "bar-fill" not in page
    poll.closes_at = timezone.now()
    poll.save()
    assert "bar-fill" in text(client.get(at("en", url_of(consultation))))


def test_hostile_words_are_inert(client):
    consultation = ConsultationFactory(title_en=HOSTILE, summary_en=HOSTILE, body_en=HOSTILE)
    author = PersonFactory(display_name=HOSTILE[:60])
    post_comment(consultation.thread, author=author, body=HOSTILE, language="en")
    for path in (url_of(consultation), reverse("consultations:list")):
        page = text(client.get(at("en", path)))
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_overdue_is_said_on_page_and_card(client):
    now = timezone.now()
    consultation = ConsultationFactory(
        opens_at=now - days(120),
        closes_at=now
        - timedelta(weeks=12)
        - days(
            6,
        ),
    )
    page = text(client.get(at("en", url_of(consultation))))
    assert "It is 6 days late." in page
    assert "Response overdue" in text(client.get(at("en", reverse("consultations:list"))))


def test_section_has_its_own_comments(client):
    section = SectionFactory()
    assert "Comments on the whole draft: 0" in text(client.get(at("en", url_of(section.consultation))))
    post_comment(section.thread, author=PersonFactory(), body="about this article", language="en")
    page = text(client.get(at("en", section_url(section))))
    assert "about this article" in page
    assert "about this article" not in text(client.get(at("en", url_of(section.consultation))))


def test_document_as_page_and_as_file_with_its_consultation_permission(client):
    consultation = ConsultationFactory()
    stored = store(b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF", "مشروع.pdf", content_type="application/pdf")
    document = Document.objects.create(consultation=consultation, title_en="Draft", body_en="**Text**", file=stored)
    page = at("en", reverse("consultations:document", args=[consultation.code, consultation.slug, document.code]))
    file = at("en", reverse("consultations:document_file", args=[consultation.code, document.code]))
    assert "<strong>Text</strong>" in text(client.get(page))
    response = client.get(file)
    assert response["Content-Type"] == "application/pdf"
    assert "attachment" in response["Content-Disposition"]
    assert b"".join(response.streaming_content).startswith(b"%PDF")
    consultation.status = Status.DRAFT
    consultation.save()
    assert client.get(file).status_code == 404
    other = ConsultationFactory()
    assert client.get(reverse("consultations:document_file", args=[other.code, document.code])).status_code == 404


@pytest.mark.parametrize(
    "query", ["state=bogus", "page=99999999999999999999", "page=-1", "q=" + "م" * 5000, "topic=%00", "sort=x&after=y"]
)
def test_strange_filters_do_no_harm(client, query):
    ConsultationFactory()
    assert client.get(f"/en/consultations/?{query}").status_code in (200, 400)


@pytest.mark.parametrize("count", [1, 3])
def test_queries_of_list_and_page_do_not_grow(client, count, django_assert_max_num_queries):
    for _ in range(count):
        consultation = ConsultationFactory()
        SectionFactory(consultation=consultation)
        post_comment(consultation.thread, author=PersonFactory(), body="text", language="en")
        editor = staff(Role.EDITOR, consultation.organisation)
        ask_question(consultation, question=QUESTION, results="always", by=editor)
    for _ in range(count - 1):
        SectionFactory(consultation=consultation)
        post_comment(consultation.thread, author=PersonFactory(), body=f"text {_}", language="en")
    with django_assert_max_num_queries(6):
        client.get(at("en", reverse("consultations:list")))
    with django_assert_max_num_queries(8):
        client.get(at("en", url_of(consultation)))


def test_nobody_has_no_body():
    assert not bodies_for(AnonymousUser(), Role.EDITOR).exists()


def test_a_chosen_state_stays_in_sight_and_the_order_is_true(client):
    now = timezone.now()
    for number in (1, 2):
        moments = {"opens_at": now - days(200), "closes_at": now - days(100 + number)}
        ConsultationFactory(
            title_en=f"Answered {number}", status=Status.CONCLUDED, responded_at=now - days(10 - number), **moments
        )
    listed = reverse("consultations:list")
    found = text(client.get(at("en", f"{listed}?state=concluded")))
    assert "latest responses first" in found
    assert found.index("Answered 2") < found.index("Answered 1")
    nothing = text(client.get(at("en", f"{listed}?q=zzzz&state=open")))
    assert 'aria-current="true">Open <span class="num">0</span>' in nothing
    assert "those closing soonest first" in nothing
    assert "open ones first" in text(client.get(at("en", listed)))


def test_one_to_come_says_when_comments_and_votes_open(client):
    now = timezone.now()
    consultation = ConsultationFactory(opens_at=now + days(3), closes_at=now + days(30))
    ask_question(
        consultation, question=QUESTION, results=Results.ALWAYS, by=staff(Role.EDITOR, consultation.organisation)
    )
    page = text(client.get(at("en", url_of(consultation))))
    assert "Comments and votes open on <time" in page
    assert "Voting opens on <time" in page
    assert "No comments yet" not in page


@pytest.mark.parametrize(
    ("language", "body", "shown"),
    [
        ("en", "**Word** " + "letters " * 40, "Word " + "letters " * 17 + "letters…"),
        ("zh-hans", "第一条，" * 30, "第一条，" * 18 + "第一条…"),
        ("en", "# Short\n\none.", "Short one."),
    ],
)
def test_excerpts_end_at_a_word(client, language, body, shown):
    section = SectionFactory(**{f"body_{language.replace('-', '_')}": body})
    with translation.override(language):
        assert with_excerpts([section])[0].excerpt == shown
