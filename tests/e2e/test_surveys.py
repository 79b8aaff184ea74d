"""A survey in the browser: on a phone without a script, from the right in Arabic, and judged by axe."""

import pytest

from portal.accounts.choices import OrganisationKind
from surveys.choices import Audience, Mode, QuestionKind
from surveys.models import Sheet
from tests.e2e.conftest import DESK, PHONE
from tests.e2e.test_axe import found_here
from tests.factories import OrganisationFactory, PageFactory, PersonFactory
from tests.surveys.factories import make_page, make_question, make_survey, published

pytestmark = pytest.mark.django_db(transaction=True)
NARROW = {"width": 320, "height": 640}
LOOKS = [
    {"viewport": PHONE, "color_scheme": "dark", "bypass_csp": True},
    {"viewport": DESK, "color_scheme": "light", "bypass_csp": True},
]


@pytest.fixture
def survey(live_server):
    """A survey with every kind of question on its first page."""
    body = OrganisationFactory(kind=OrganisationKind.MINISTRY)
    for key in ("contact", "participation-policy", "privacy"):
        PageFactory(key=key)
    survey = make_survey(organisation=body, mode=Mode.IDENTIFIED, audience=Audience.SIGNED_IN)
    for code in ("ar", "en", "zh_hans"):
        setattr(survey, f"consent_{code}", "We keep it for a year.")
    survey.save()
    first, second = make_page(survey, "p1"), make_page(survey, "p2")
    for kind in QuestionKind:
        options = ("a", "b", {"code": "o", "is_other": True}) if kind == QuestionKind.MULTIPLE else ("a", "b")
        lines = ("one", "two") if kind == QuestionKind.MATRIX else ()
        make_question(first, f"q_{kind}", kind, options=options, rows=lines, is_required=kind == QuestionKind.SINGLE)
    make_question(second, "last", QuestionKind.SHORT)
    return published(survey)


def is_wide(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def begin(page, survey, language):
    page.goto(f"/{language}/surveys/{survey.code}/")
    page.check("#id_consent")
    page.click("form[action$='/begin/'] button")
    page.wait_for_selector("form.survey-page")


def go_on(page):
    page.click("form.survey-page .btn-primary")
    page.wait_for_load_state()


@pytest.mark.parametrize(("look", "language"), [(LOOKS[0], "ar"), (LOOKS[1], "en")], ids=["phone-dark", "desk-light"])
def test_axe_finds_nothing(new_page, sign_in, survey, look, language):
    page, found = new_page(**look), {}
    sign_in(page, PersonFactory())
    for place in ("", f"{survey.code}/"):
        page.goto(f"/{language}/surveys/{place}")
        found[place] = found_here(page)
    begin(page, survey, language)
    found["page"] = found_here(page)
    go_on(page)
    page.wait_for_selector("#error-summary")
    found["error"] = found_here(page, "form in error")
    page.check("[name=q_single][value=a]")
    page.check("[name='q_matrix.one'][value=b]")
    go_on(page)
    page.fill("[name=last]", "done")
    page.click("[name=_later]")
    page.wait_for_load_state()
    found["later"] = found_here(page)
    page.goto(f"/{language}/surveys/{survey.code}/mine/review/")
    found["unfinished"] = found_here(page)
    page.goto(f"/{language}/surveys/{survey.code}/mine/p/p2/")
    go_on(page)
    found["review"] = found_here(page)
    page.click("main form .btn-primary")
    page.wait_for_load_state()
    found["done"] = found_here(page)
    assert Sheet.objects.count() == 1
    assert {place: problems for place, problems in found.items() if problems} == {}


@pytest.mark.parametrize("viewport", [NARROW, PHONE])
def test_on_a_phone_without_a_script_it_is_answered_and_nothing_is_too_wide(new_page, sign_in, survey, viewport):
    page = new_page(viewport=viewport, java_script_enabled=False)
    sign_in(page, PersonFactory())
    begin(page, survey, "ar")
    page.check("[name=q_single][value=a]")
    page.check("[name=q_rating][value='4']")
    page.fill("[name=q_number]", "١٢")
    go_on(page)
    page.click("[name=_language][value=zh-hans]")
    page.wait_for_selector("form.survey-page")
    assert "/zh-hans/" in page.url and page.url.endswith("/p/p2/")
    go_on(page)
    page.click("main form .btn-primary")
    page.wait_for_load_state()
    numbers = {one.question: one.number for one in Sheet.objects.get().answers.filter(number__isnull=False)}
    assert numbers == {"q_rating": 4, "q_number": 12}


@pytest.mark.parametrize("viewport", [NARROW, PHONE, DESK])
def test_nothing_is_too_wide(new_page, sign_in, survey, viewport):
    page = new_page(viewport=viewport)
    sign_in(page, PersonFactory())
    begin(page, survey, "ar")
    assert is_wide(page) == 0


@pytest.mark.parametrize("kind", ["rating", "nps", "ces"])
def test_points_run_from_the_right_in_arabic_and_from_the_left_in_english(new_page, sign_in, survey, kind):
    page = new_page(viewport=DESK)
    sign_in(page, PersonFactory())
    begin(page, survey, "ar")
    places = {}
    for language in ("ar", "en"):
        page.goto(f"/{language}/surveys/{survey.code}/mine/p/p1/")
        inputs = page.locator(f"[name=q_{kind}]").all()
        places[language] = [one.bounding_box()["x"] for one in inputs[:2]]
    assert places["ar"][0] > places["ar"][1]
    assert places["en"][0] < places["en"][1]
