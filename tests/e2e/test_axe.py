"""axe finds nothing against WCAG 2.2 AA: on any page, in any language, light and dark, wide and narrow."""

import pytest

from tests.e2e.conftest import (
    DESK,
    PHONE,
    desk_places,
    notice_places,
    own_requests,
    public_places,
    somebody,
    staff_places,
    tool_places,
)
from tests.e2e.judging import judge
from tests.e2e.notes import note

# Our policy lets no page take in a script, so axe comes in beside it.
LOOKS = [
    {"viewport": PHONE, "color_scheme": "dark", "bypass_csp": True},
    {"viewport": DESK, "color_scheme": "light", "bypass_csp": True},
]


def findings(page, place):
    """Return what axe finds at an address, short enough to read."""
    page.goto(place)
    return found_here(page)


def found_here(page, state=""):
    """Return what axe finds on the page as it stands, and note it for the accessibility statement."""
    found = judge(page)
    note(page, "axe", [rule for rule, _html in found["nodes"]], engine=found["engine"], state=state)
    return [f"{rule}: {html}" for rule, html in found["nodes"]]


@pytest.mark.parametrize(
    ("look", "languages"), [(LOOKS[0], ("ar", "zh-hans")), (LOOKS[1], ("en", "ar"))], ids=["phone-dark", "desk-light"]
)
def test_public_pages(new_page, demonstration, look, languages):
    page = new_page(**look)
    found = {place: findings(page, place) for language in languages for place in public_places(language)}
    assert {place: problems for place, problems in found.items() if problems} == {}


def test_pages_of_people_and_staff(new_page, demonstration, sign_in):
    found = {}
    for name, places in (
        ("citizen", [place for place in public_places("ar") if "/consultations/" in place] + ["/ar/account/"]),
        ("moderator", staff_places("en")[:4]),
        ("manager", staff_places("ar")[4:]),
        ("citizen", own_requests("zh-hans")),
        ("citizen", notice_places("ar") + notice_places("en") + notice_places("zh-hans")),
        ("agent", desk_places("en")),
        ("editor", tool_places("ar")),
    ):
        page = new_page(**LOOKS[1])
        sign_in(page, somebody(name))
        found |= {f"{name} {place}": findings(page, place) for place in places}
    assert {place: problems for place, problems in found.items() if problems} == {}


def test_the_desk_on_a_phone_in_the_dark(new_page, demonstration, sign_in):
    page = new_page(**LOOKS[0])
    sign_in(page, somebody("agent"))
    queue, _ended, log, request, *_rest = desk_places("ar")
    found = {place: findings(page, place) for place in (queue, request)}
    page.goto(log)
    page.click(".desk-log .btn-primary")
    page.wait_for_selector("#error-summary")
    found["log in error"] = found_here(page, "form in error")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert ({place: problems for place, problems in found.items() if problems}, wide) == ({}, 0)


def test_forms_in_error(new_page, demonstration):
    found = {}
    for language in ("ar", "en", "zh-hans"):
        page = new_page(**LOOKS[0])
        page.goto(f"/{language}/account/signup/")
        page.eval_on_selector("main form", "form => { form.noValidate = true; form.submit() }")
        page.wait_for_selector("#error-summary")
        found[language] = found_here(page, "form in error")
    assert found == {"ar": [], "en": [], "zh-hans": []}
