"""The staff area fits telephones and desks and is told as what it is: our pages in it, and Django's own."""

import pytest
from django.urls import reverse
from django.utils import translation

from engagement.consultations.models import Consultation
from moderation.models import Case
from tests.e2e.conftest import DESK, PHONE, somebody
from tests.e2e.test_axe import findings
from tests.e2e.test_layout import too_wide

# The last column of Django's own rows of inlines has no name.
STOCK = ("empty-table-header",)
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
                reverse("admin:consultations_consultation_change", args=[draft.pk]),
            ],
            "admin": [
                reverse("admin:accounts_person_changelist"),
                reverse("admin:accounts_person_change", args=[somebody("citizen").pk]),
                reverse("admin:audit_entry_changelist"),
            ],
        }


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
    for name in ("moderator", "editor", "admin"):
        page = new_page(**look, bypass_csp=True)
        sign_in(page, somebody(name))
        for address in places(judged)[name]:
            found = [finding for finding in findings(page, address) if not finding.startswith(STOCK)]
            problems[address] = found + too_large(page, look["viewport"])
        for address in (address for language in measured for address in places(language)[name]):
            page.goto(address)
            problems[address] = too_large(page, look["viewport"])
    assert {address: found for address, found in problems.items() if found} == {}
