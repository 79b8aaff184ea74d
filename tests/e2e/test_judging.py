"""Was this page useful, and stars, in the browser: on a phone without a script, from the right, and judged by axe."""

import pytest

from portal.pages.models import Judgement, Remark, Service
from tests.e2e.conftest import DESK, PHONE
from tests.e2e.test_axe import found_here
from tests.factories import OrganisationFactory, PageFactory

pytestmark = pytest.mark.django_db(transaction=True)
NARROW = {"width": 320, "height": 640}
LOOKS = [
    ("ar", {"viewport": PHONE, "color_scheme": "dark", "bypass_csp": True}),
    ("zh-hans", {"viewport": NARROW, "color_scheme": "light", "bypass_csp": True}),
    ("en", {"viewport": DESK, "color_scheme": "light", "bypass_csp": True}),
]


@pytest.fixture
def pages(live_server):
    """A page and a service, in three languages."""
    PageFactory(key="rules", title_ar="القواعد", title_en="Rules", title_zh_hans="规则", body_en="Text")
    names = {"name_ar": "تصاريح", "name_en": "Permits", "name_zh_hans": "许可"}
    Service.objects.create(code="permits", organisation=OrganisationFactory(), **names)


def judged(page, state, found):
    """Note what axe finds, and whether the page is wider than the window."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    found[state] = found_here(page, state) + (["too wide"] if wide > 0 else [])


@pytest.mark.parametrize(("language", "look"), LOOKS, ids=["ar-phone-dark", "zh-narrow", "en-desk"])
def test_axe_finds_nothing_in_any_state(new_page, pages, language, look):
    page, found = new_page(**look), {}
    page.goto(f"/{language}/about/rules/")
    judged(page, "question", found)
    page.click("#useful button[value=no]")
    judged(page, "why", found)
    page.click("form.form .btn-primary")
    assert page.evaluate("document.activeElement.id") == "error-summary"
    judged(page, "why with an error", found)
    page.check("input[value=unclear]")
    page.fill("textarea", "Words")
    page.click("form.form .btn-primary")
    judged(page, "kept", found)
    page.goto(f"/{language}/services/permits/")
    judged(page, "service", found)
    page.click("form.stars .btn")
    judged(page, "stars with an error", found)
    page.check("input[name=stars][value='4']")
    page.click("form.stars .btn")
    judged(page, "rated", found)
    assert {state: problems for state, problems in found.items() if problems} == {}
    assert sorted(Judgement.objects.values_list("scale", "value")) == [("stars", 4), ("useful", 0)]


def test_all_works_without_a_script_and_sets_no_cookie(new_page, pages):
    page = new_page(viewport=PHONE, java_script_enabled=False)
    page.goto("/ar/about/rules/")
    page.click("#useful button[value=no]")
    page.check("input[value=missing]")
    page.fill("textarea", "نص لا يراه إلا المحررون")
    page.click("form.form .btn-primary")
    page.goto("/ar/services/permits/")
    page.check("input[name=stars][value='5']")
    page.click("form.stars .btn")
    page.fill("textarea", "شكرًا")
    page.click("section form.form .btn-primary")
    assert page.context.cookies() == []
    assert list(Remark.objects.order_by("pk").values_list("language", "reason", "text")) == [
        ("ar", "missing", "نص لا يراه إلا المحررون"),
        ("ar", "", "شكرًا"),
    ]


def test_stars_run_from_the_right_in_arabic_and_can_be_chosen_by_keyboard(new_page, pages):
    page = new_page(viewport=PHONE)
    page.goto("/ar/services/permits/")
    radio = page.locator("input[name=stars]").first.bounding_box()
    words = page.locator("form.stars .choice span").first.bounding_box()
    assert radio["x"] > words["x"]
    page.focus("input[name=stars][value='1']")
    for _press in range(3):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rating/")
    assert Judgement.objects.get().value == 4
