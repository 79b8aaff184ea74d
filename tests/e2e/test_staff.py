"""The staff area fits telephones and desks and is told as what it is: our pages in it, and Django's own."""

import pytest
from django.urls import reverse
from django.utils import translation

from engagement.consultations.models import Consultation
from engagement.polls.models import Poll
from moderation.models import Case, Ground
from newsletter.choices import IssueState
from newsletter.models import Issue
from portal.mailings.models import Mailing
from portal.pages.models import Page, Topic
from portal.pages.services import save_topic
from tests.e2e.conftest import DESK, PHONE, somebody
from tests.e2e.test_axe import findings, found_here
from tests.e2e.test_layout import too_wide

# What is cut off within a scrolling list, and a header that is taller than its box, does not widen the page.
CUT = """() => {
    const header = document.querySelector('#header'), list = document.querySelector('.results')
    return [header.scrollHeight - header.clientHeight, list ? list.scrollWidth - list.clientWidth : 0]
}"""


def too_large(page, viewport):
    """Return by how many pixels page, header and (at a desk, where there is room) list are larger than their boxes."""
    tall, cut = page.evaluate(CUT)
    return [pixels for pixels in (too_wide(page), tall, cut if viewport == DESK else 0) if pixels > 0]


def places(language):
    """Return addresses by whom they are for."""
    with translation.override(language):
        waiting, decided = (Case.objects.filter(state=state).order_by("pk")[0].code for state in ("open", "decided"))
        draft = Consultation.objects.order_by("pk")[0]
        issue = Issue.objects.get(state=IssueState.SUBMITTED)
        return {
            "moderator": [
                reverse("admin:index"),
                reverse("admin:moderation_case_queue"),
                reverse("admin:moderation_case_waiting", args=[waiting]),
                reverse("admin:moderation_case_decided_list"),
                reverse("admin:moderation_case_decided", args=[decided]),
                reverse("admin:comments_comment_changelist"),
            ],
            "editor": [
                reverse("admin:consultations_consultation_changelist"),
                reverse("admin:consultations_consultation_add"),
                reverse("admin:consultations_consultation_history", args=[draft.pk]),
                reverse("admin:pages_topic_changelist"),
                reverse("admin:pages_page_change", args=[Page.objects.order_by("pk")[0].pk]),
                reverse("admin:pages_topic_change", args=[Topic.objects.get(code="mobility").pk]),
                reverse("admin:pages_topic_history", args=[Topic.objects.get(code="mobility").pk]),
                reverse("admin:newsletter_issue_changelist"),
                reverse("admin:newsletter_issue_change", args=[issue.pk]),
                reverse("admin:newsletter_issue_preview", args=[issue.pk]),
                reverse("admin:newsletter_block_change", args=[issue.blocks.order_by("pk")[0].pk]),
                reverse("admin:mailings_mailing_progress", args=[Mailing.objects.order_by("pk")[0].code]),
                reverse("admin:mailings_suppression_look_up"),
                reverse("admin:pages_announcement_add"),
                reverse("admin:consultations_consultation_change", args=[draft.pk]),
            ],
            "admin": [
                reverse("admin:index"),
                reverse("admin:accounts_person_changelist"),
                reverse("admin:accounts_person_change", args=[somebody("citizen").pk]),
                reverse("admin:audit_entry_changelist"),
                reverse("admin:accounts_team_add"),
                reverse("admin:polls_poll_change", args=[Poll.objects.order_by("pk")[0].pk]),
                reverse("admin:moderation_ground_change", args=[Ground.objects.order_by("pk")[0].pk]),
                reverse("admin:insight_kpidefinition_changelist"),
            ],
        }


def fall_behind():
    """Change the meaning of a topic in one language, so that the others are behind and its history says so."""
    topic = Topic.objects.get(code="mobility")
    topic.name_en, topic.description_zh_hans = "Transport, roads and paths", ""
    save_topic(topic, by=somebody("editor"))


@pytest.mark.parametrize(
    ("look", "judged", "measured"),
    [
        ({"viewport": PHONE, "color_scheme": "dark"}, "ar", ["en", "zh-hans"]),
        ({"viewport": DESK, "color_scheme": "light"}, "en", ["ar", "zh-hans"]),
    ],
    ids=["phone-dark", "desk-light"],
)
def test_the_staff_area(new_page, demonstration, sign_in, look, judged, measured):
    """By axe in one language, and by its size in all."""
    problems = {}
    fall_behind()
    for name in ("moderator", "editor", "admin"):
        page = new_page(**look, bypass_csp=True)
        sign_in(page, somebody(name))
        for address in places(judged)[name]:
            problems[address] = findings(page, address) + too_large(page, look["viewport"])
        for language in measured:
            first, *others = places(language)[name]
            problems[first] = findings(page, first) + too_large(page, look["viewport"])
            for address in others:
                page.goto(address)
                problems[address] = too_large(page, look["viewport"])
    assert {address: found for address, found in problems.items() if found} == {}


@pytest.mark.parametrize("code", ["ar", "zh-hans"])
def test_a_preview_opens_beside_the_form(new_page, demonstration, sign_in, code):
    """By the keyboard: the button opens the visitor's page in a new window, and what was typed stays in the form."""
    page = new_page(viewport=DESK, bypass_csp=True)
    sign_in(page, somebody("editor"))
    with translation.override("en"):
        draft = Consultation.objects.get(status="draft")
        page.goto(reverse("admin:consultations_consultation_change", args=[draft.pk]))
    title = f"#id_title_{code.replace('-', '_')}"
    page.fill(title, "Tried 试用 تجربة")
    page.focus(f"button[name=_preview][value={code}]")
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    shown = opened.value
    shown.wait_for_load_state()
    assert (shown.inner_text("h1"), shown.locator(".preview-strip").count()) == ("Tried 试用 تجربة", 1)
    assert found_here(shown, state="preview") == []
    assert page.input_value(title) == "Tried 试用 تجربة"
    draft.refresh_from_db()
    assert "Tried" not in (draft.title_ar + draft.title_zh_hans)
