"""A survey in the browser: on a phone without a script, from the right in Arabic, and judged by axe."""

import pytest

from portal.accounts.choices import OrganisationKind, Role
from surveys.choices import Audience, Mode, QuestionKind, SheetState
from surveys.models import Sheet
from tests.e2e.conftest import DESK, PHONE
from tests.e2e.test_axe import found_here
from tests.e2e.test_staff import CUT
from tests.factories import OrganisationFactory, PageFactory, PersonFactory, staff
from tests.surveys.factories import make_page, make_question, make_survey, past, published

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


@pytest.mark.parametrize(
    ("look", "language"),
    [(LOOKS[0], "ar"), (LOOKS[1], "en"), (LOOKS[0], "zh-hans")],
    ids=["phone-dark-ar", "desk-light-en", "phone-dark-zh"],
)
def test_axe_finds_nothing(new_page, sign_in, survey, look, language):
    page, found = new_page(**look), {}
    sign_in(page, PersonFactory())
    for place in ("", "?state=over", f"{survey.code}/"):
        page.goto(f"/{language}/surveys/{place}")
        found[place] = found_here(page)
    page.click("form[action$='/begin/'] button")
    found["no consent"] = found_here(page, "form in error")
    begin(page, survey, language)
    found["page"] = found_here(page)
    page.check("[name=q_multiple][value=o]")
    go_on(page)
    page.wait_for_selector("#error-summary")
    found["error"] = found_here(page, "form in error")
    page.fill("[name='q_multiple.other']", "something else")
    page.check("[name=q_single][value=a]")
    page.check("[name='q_matrix.one'][value=b]")
    page.fill("[name=q_number]", "many")
    page.click("[name=_later]")
    page.wait_for_load_state()
    found["later"] = found_here(page)
    page.click("main .btn-primary")
    page.wait_for_selector("#error-summary")
    found["come back"] = found_here(page, "form in error")
    page.fill("[name=q_number]", "12")
    go_on(page)
    page.goto(f"/{language}/surveys/{survey.code}/mine/review/")
    found["unfinished"] = found_here(page)
    page.goto(f"/{language}/surveys/{survey.code}/mine/p/p2/")
    go_on(page)
    found["review"] = found_here(page)
    page.click("main form .btn-primary")
    page.wait_for_load_state()
    found["done"] = found_here(page)
    past(survey)
    page.goto(f"/{language}/surveys/{survey.code}/")
    found["closed"] = found_here(page)
    assert Sheet.objects.count() == 1
    assert {place: problems for place, problems in found.items() if problems} == {}


@pytest.mark.parametrize(("look", "language"), [(LOOKS[0], "ar"), (LOOKS[1], "zh-hans")], ids=["phone-ar", "desk-zh"])
def test_axe_finds_nothing_at_a_secret_link(new_page, survey, look, language):
    asked = make_survey(organisation=survey.organisation)
    make_question(make_page(asked, "p1"), "last", QuestionKind.SHORT)
    published(asked)
    page, found = new_page(**look), {}
    page.goto(f"/{language}/surveys/{asked.code}/")
    page.click("form[action$='/begin/'] button")
    page.wait_for_selector("form.survey-page")
    base = page.url.partition("p/p1/")[0]
    page.click("[name=_later]")
    page.wait_for_selector("#link")
    found["later"] = found_here(page)
    assert page.locator("#link").input_value() == base
    page.goto(f"/{language}/surveys/{asked.code}/a/{'x' * 32}/")
    found["wrong"] = found_here(page)
    past(asked)
    page.goto(base)
    found["over"] = found_here(page)
    assert is_wide(page) == 0
    assert {place: problems for place, problems in found.items() if problems} == {}


@pytest.mark.parametrize("language", ["ar", "en", "zh-hans"])
def test_axe_finds_nothing_where_staff_enter_answers(new_page, sign_in, survey, language):
    one, other = (staff(Role.EDITOR, survey.organisation) for _person in range(2))
    page, found = new_page(**LOOKS[1]), {}
    sign_in(page, one)
    page.goto(f"/{language}/surveys/{survey.code}/looks/")
    found["nothing"] = found_here(page)
    page.goto(f"/{language}/surveys/{survey.code}/enter/")
    found["enter"] = found_here(page)
    page.click("main form .btn-primary")
    page.wait_for_selector("#error-summary")
    found["error"] = found_here(page, "form in error")
    page.check("[name=channel][value=paper]")
    page.click("main form .btn-primary")
    page.wait_for_selector("form.survey-page")
    found["page"] = found_here(page)
    page.check("[name=q_single][value=a]")
    go_on(page)
    go_on(page)
    page.click("main form .btn-primary")
    page.wait_for_load_state()
    found["handed in"] = found_here(page)
    sheet = Sheet.objects.get()
    Sheet.objects.update(state=SheetState.LOOKED_FOR)
    sign_in(page, other)
    for place in ("looks/", f"looks/{sheet.pk}/"):
        page.goto(f"/{language}/surveys/{survey.code}/{place}")
        found[place] = found_here(page)
    assert {place: problems for place, problems in found.items() if problems} == {}


@pytest.mark.parametrize("language", ["ar", "en", "zh-hans"])
def test_the_editor_is_clean_and_nothing_is_cut_off(new_page, sign_in, survey, language):
    draft, editor = make_survey(organisation=survey.organisation), staff(Role.EDITOR, survey.organisation)
    unfinished = make_page(draft, "p1")
    page, found, cut = new_page(**LOOKS[1]), {}, {}
    sign_in(page, editor)
    asked = {one.code: one.pk for one in survey.questions.all()}
    for place in (
        *("survey/", "survey/?which=templates", "survey/add/"),
        *(f"survey/{one.pk}/change/" for one in (draft, survey)),
        *(f"question/{asked[code]}/change/" for code in ("q_matrix", "q_multiple", "last")),
        *(f"question/add/?page={unfinished.pk}&kind={kind}" for kind in ("matrix", "number")),
        f"page/{unfinished.pk}/change/",
    ):
        page.goto(f"/{language}/admin/surveys/{place}")
        found[place] = found_here(page)
        cut[place] = [pixels for pixels in page.evaluate(CUT) if pixels > 0]
    page.goto(f"/{language}/admin/surveys/question/add/?page={unfinished.pk}&kind=number")
    page.fill("[name=minimum]", "9")
    page.fill("[name=maximum]", "3")
    page.click("[name=_save]")
    page.wait_for_selector(".errornote")
    found["error"] = found_here(page, "form in error")
    assert {place: pixels for place, pixels in cut.items() if pixels} == {}
    assert {place: problems for place, problems in found.items() if problems} == {}


class TestKeyboard:
    @pytest.fixture
    def page(self, new_page, sign_in, survey):
        page = new_page(viewport=DESK)
        sign_in(page, PersonFactory())
        begin(page, survey, "ar")
        return page

    def test_enter_goes_on_and_does_not_change_the_language(self, page):
        page.check("[name=q_single][value=a]")
        page.press("[name=q_short]", "Enter")
        page.wait_for_url("**/p/p2/")
        assert "/ar/" in page.url

    def test_the_errors_take_the_focus_and_lead_to_their_fields(self, page):
        page.press("[name=q_number]", "Enter")
        page.wait_for_selector("#error-summary")
        assert page.evaluate("document.activeElement.id") == "error-summary"
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Space")
        assert page.is_checked("#id_q_single")

    def test_the_line_beside_other_comes_right_behind_it(self, page):
        assert not page.is_visible("[name='q_multiple.other']")
        page.focus("[name=q_multiple][value=o]")
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.type("written")
        assert page.input_value("[name='q_multiple.other']") == "written"

    @pytest.mark.parametrize("has_script", [True, False])
    def test_the_language_of_the_header_keeps_what_was_typed(self, new_page, sign_in, survey, has_script):
        page = new_page(viewport=PHONE, java_script_enabled=has_script)
        sign_in(page, PersonFactory())
        begin(page, survey, "ar")
        page.fill("[name=q_long]", "كتبتُ هذا")
        page.fill("[name=q_number]", "many")
        page.focus(".site-header .menu summary")
        page.keyboard.press("Enter")
        page.click(".site-header button[value=zh-hans]")
        page.wait_for_url("**/zh-hans/**/p/p1/")
        assert page.input_value("[name=q_long]") == "كتبتُ هذا"
        assert page.input_value("[name=q_number]") == "many"


@pytest.mark.parametrize("viewport", [NARROW, PHONE])
def test_points_are_large_enough_for_a_finger(new_page, sign_in, survey, viewport):
    page = new_page(viewport=viewport)
    sign_in(page, PersonFactory())
    begin(page, survey, "ar")
    boxes = [one.bounding_box() for one in page.locator(".point, .survey-question .choice").all()]
    assert len(boxes) > 30
    assert min(box["height"] for box in boxes) >= 44
    assert min(box["width"] for box in boxes) >= (44 if viewport == PHONE else 40)


@pytest.mark.parametrize("viewport", [NARROW, PHONE])
def test_on_a_phone_without_a_script_it_is_answered_and_nothing_is_too_wide(new_page, sign_in, survey, viewport):
    page = new_page(viewport=viewport, java_script_enabled=False)
    sign_in(page, PersonFactory())
    begin(page, survey, "ar")
    page.check("[name=q_single][value=a]")
    page.check("[name=q_rating][value='4']")
    page.fill("[name=q_number]", "١٢")
    go_on(page)
    page.click("main [name=_language][value=zh-hans]")
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
