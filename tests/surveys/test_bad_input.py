"""What somebody sends wrongly, by mistake or on purpose, in three languages: told, given back, and not stored."""

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.translation import gettext, override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.files.models import StoredFile
from portal.urns.models import Sealed
from surveys.choices import Audience, Mode, QuestionKind
from surveys.models import Draft, Sheet
from surveys.rules.checking import problems_with
from surveys.selectors.structure import questionnaire_in
from surveys.services.drafts import read
from surveys.services.states import publish_changes
from tests.factories import PersonFactory
from tests.surveys.factories import editor_of, make_page, make_question, make_survey, past, published, standard

pytestmark = pytest.mark.django_db

LANGUAGES = ["ar", "en", "zh-hans"]
FIRST = {"ease": "hard", "why": "slow", "_shown": ["ease", "why", "features"]}
SHOWN = {"p1": ["ease", "features", "paper", "name"], "p2": ["parts", "hours", "ideas"], "p3": ["last"]}
TYPED = "ما كتبتُه 我写的 <b>typed</b>"


@pytest.fixture(autouse=True)
def the_language_of_other_tests():
    """Leave no language of a page behind."""
    with override("en"):
        yield


@pytest.fixture(params=LANGUAGES)
def language(request):
    return request.param


@pytest.fixture
def person():
    """Return somebody who is signed in."""
    client = Client()
    client.force_login(PersonFactory())
    return client


def three_pages(**fields):
    survey = standard(**fields)
    make_question(make_page(survey, "p3"), "last", QuestionKind.SHORT)
    return published(survey)


def with_name(**fields):
    return three_pages(mode=Mode.IDENTIFIED, audience=Audience.SIGNED_IN, **fields)


def begin(client, survey, language):
    """Return the address below which a visitor's pages are."""
    return client.post(f"/{language}/surveys/{survey.code}/begin/")["Location"]


def send(client, base, page, fields, way="_on"):
    return client.post(f"{base}p/{page}/", {way: "1", "_shown": SHOWN[page], **fields})


def says(response, language, *msgids):
    """Tell whether a page says these sentences in its language."""
    page = html.unescape(response.content.decode())
    with override(language):
        return [msgid for msgid in msgids if gettext(msgid) not in page] == []


def gives_back(response, text):
    return text in html.unescape(response.content.decode())


def kept(client=None):
    return Draft.objects.get().answers


def test_page_three_first(person, language):
    base = begin(person, with_name(), language)
    assert person.get(f"{base}p/p3/")["Location"] == f"{base}p/p1/"
    response = send(person, base, "p3", {"last": TYPED})
    assert response.status_code == 409
    assert says(response, language, "This page comes later")
    assert gives_back(response, TYPED)
    assert kept() == {}


def test_the_draft_of_somebody_else(person, language):
    survey = with_name()
    base = begin(person, survey, language)
    send(person, base, "p1", FIRST)
    before, other = kept(), Client()
    other.force_login(PersonFactory())
    start = f"/{language}/surveys/{survey.code}/"
    assert send(other, base, "p2", {"ideas": TYPED})["Location"] == start
    # A secret link opens no draft that has an account, whatever is guessed of it.
    wrong = send(Client(), f"{start}a/{Draft.objects.get().key_hash}/", "p1", {"why": TYPED})
    assert wrong.status_code == 404
    assert says(wrong, language, "There is nothing behind this link")
    assert gives_back(wrong, TYPED)
    assert kept() == before


def test_an_option_of_another_question(person, language):
    base = begin(person, with_name(), language)
    response = send(person, base, "p1", {"ease": "send", "features": "easy", "why": TYPED, "_shown": ["ease"]})
    assert response.status_code == 200
    assert says(response, language, "This is not among the answers offered. Please choose again.")
    assert kept() == {}


def test_a_hidden_branch(person, language):
    survey = with_name()
    base = begin(person, survey, language)
    smuggled = {"ease": "easy", "why": TYPED, "_shown": ["ease", "features"]}
    assert send(person, base, "p1", smuggled)["Location"] == f"{base}p/p2/"
    send(person, base, "p2", {})
    send(person, base, "p3", {})
    assert not gives_back(person.get(f"{base}review/"), TYPED)
    person.post(f"{base}review/")
    sheet = Sheet.objects.get()
    assert [one.question for one in sheet.answers.all()] == ["ease"]
    assert sheet.dropped == 1


@pytest.mark.parametrize("way", ["_on", "_back", "_later", "_language"])
def test_an_overlong_text(person, language, way):
    base = begin(person, with_name(), language)
    send(person, base, "p1", FIRST)
    before, text = kept(), "طويل " * 1100
    response = send(person, base, "p2", {"ideas": text}, way)
    if way != "_on":
        # Whoever goes elsewhere is not held up, and finds the text again.
        assert response.status_code == 302
        response = person.get(f"{base}p/p2/")
    assert says(response, language, "This is too long. Please shorten it.")
    assert gives_back(response, text.strip())
    assert {code: one for code, one in kept().items() if not code.startswith("=")} == before
    assert person.post(f"{base}review/")["Location"] == f"{base}p/p2/"
    assert Sheet.objects.count() == 0


def test_what_is_too_long_to_be_kept_stays_on_the_page(person, language):
    base = begin(person, with_name(), language)
    send(person, base, "p1", FIRST)
    before, text = kept(), "x" * 120_000
    response = send(person, base, "p2", {"ideas": text}, "_back")
    assert says(response, language, "This is too long. Please shorten it.")
    assert gives_back(response, text)
    assert kept() == before


@pytest.mark.parametrize("way", ["_on", "_back"])
def test_a_file_under_a_false_type(person, language, way):
    survey = make_survey(mode=Mode.IDENTIFIED, audience=Audience.SIGNED_IN)
    page = make_page(survey, "p1")
    make_question(page, "paper", QuestionKind.FILE)
    make_question(page, "name", QuestionKind.SHORT)
    base = begin(person, published(survey), language)
    upload = SimpleUploadedFile("my.pdf", b"MZ\x90\x00 no PDF", content_type="application/pdf")
    response = send(person, base, "p1", {"paper": upload, "name": TYPED}, way)
    assert response.status_code == 200
    assert 'id="error_paper"' in response.content.decode()
    assert gives_back(response, TYPED)
    assert (StoredFile.objects.count(), kept()) == (0, {})


def test_closed_in_mid_answer(person, language):
    survey = with_name()
    base = begin(person, survey, language)
    send(person, base, "p1", FIRST)
    before = kept()
    past(survey)
    for way in ("_on", "_back", "_later"):
        response = send(person, base, "p2", {"ideas": TYPED}, way)
        assert response.status_code == 409
        assert says(response, language, "This survey has closed")
        assert gives_back(response, TYPED)
    assert person.post(f"{base}review/").status_code == 409
    assert (kept(), Sheet.objects.count()) == (before, 0)


def test_a_draft_of_an_old_version(person, language):
    survey = with_name()
    base = begin(person, survey, language)
    send(person, base, "p1", FIRST)
    # A new question that must be answered, and one that is gone.
    survey.questions.get(code="ideas").delete()
    make_question(survey.pages.get(code="p2"), "fresh", QuestionKind.SHORT, is_required=True)
    publish_changes(survey, by=editor_of(survey))
    page = person.get(f"{base}p/p2/").content.decode()
    assert 'name="ideas"' in page and 'name="fresh"' not in page
    assert send(person, base, "p2", {"ideas": TYPED, "fresh": "new"})["Location"] == f"{base}p/p3/"
    send(person, base, "p3", {})
    assert person.post(f"{base}review/")["Location"] == f"{base}done/"
    sheet = Sheet.objects.get()
    assert sheet.number == 1
    assert {one.question: one.text for one in sheet.answers.all()} == {"ease": "", "why": "slow", "ideas": TYPED}


def test_a_used_link(language):
    survey, client = three_pages(), Client()
    base = begin(client, survey, language)
    for page, fields in (("p1", FIRST), ("p2", {}), ("p3", {})):
        send(client, base, page, fields)
    client.post(f"{base}review/")
    response = client.get(send(client, base, "p1", {"why": TYPED})["Location"])
    assert says(response, language, "Thank you: your answers are handed in")
    assert Sealed.objects.count() == 1


class TestLeaving:
    """Back, later and another language keep what was typed, also what is no answer yet."""

    HALF = {"hours": "99", "parts.speed": "good", "ideas": "fine"}

    @pytest.mark.parametrize("is_anonymous", [True, False])
    @pytest.mark.parametrize(
        ("way", "goal"),
        [("_back", "p/p1/"), ("_later", "later/"), ("_language", "p/p2/")],
    )
    def test_nothing_that_was_typed_is_lost(self, person, is_anonymous, way, goal):
        survey = three_pages() if is_anonymous else with_name()
        base = begin(person, survey, "en")
        send(person, base, "p1", FIRST)
        sent = {**self.HALF, "_shown": SHOWN["p2"], way: "ar" if way == "_language" else "1"}
        gone = person.post(f"{base}p/p2/", sent)["Location"]
        assert gone == (base.replace("/en/", "/ar/") if way == "_language" else base) + goal
        page = person.get(f"{base}p/p2/").content.decode()
        assert re.search(r'name="hours"[^>]* value="99"', page)
        assert re.search(r'name="parts.speed" value="good"[^>]* checked', page)
        assert ">\nfine</textarea>" in page
        assert "The number must be 24 or less." in page and 'id="error-summary"' in page

    def test_the_page_has_to_be_mended_before_it_is_handed_in(self, person):
        base = begin(person, with_name(), "en")
        for page, fields in (("p1", FIRST), ("p2", {"hours": "5"}), ("p3", {})):
            send(person, base, page, fields)
        send(person, base, "p2", {"hours": "99"}, "_back")
        assert "Some pages are not answered yet" in person.get(f"{base}review/").content.decode()
        assert person.post(f"{base}review/")["Location"] == f"{base}p/p2/"
        assert Sheet.objects.count() == 0
        send(person, base, "p2", {"hours": "6"})
        assert kept()["hours"] == {"number": "6"} and "=typed" not in kept()
        assert person.post(f"{base}review/")["Location"] == f"{base}done/"
        assert Sheet.objects.get().answers.get(question="hours").number == 6

    def test_what_was_emptied_on_the_way_back_is_named_on_handing_in(self, person):
        base = begin(person, with_name(), "en")
        for page, fields in (("p1", FIRST), ("p2", {}), ("p3", {})):
            send(person, base, page, fields)
        send(person, base, "p1", {}, "_later")
        assert 'id="error-summary"' not in person.get(f"{base}p/p1/").content.decode()
        goal = person.post(f"{base}review/")["Location"]
        assert goal == f"{base}p/p1/?missing"
        assert "Please answer this question." in person.get(goal).content.decode()

    def test_the_language_of_the_header_sends_the_form(self, person):
        base = begin(person, with_name(), "en")
        page = person.get(f"{base}p/p1/").content.decode()
        header = page[: page.index("<main")]
        assert re.findall(r'<button form="survey-page" name="_language" value="([^"]+)"', header) == ["ar", "zh-hans"]
        # The button that Enter presses is the first of the form: it goes on.
        assert re.search(r'<button[^>]*form="survey-page"[^>]*>', page)[0].count('name="_on"') == 1


NASTY = st.text(max_size=60) | st.sampled_from(
    [
        *("\x00", "a\x00b", "\ud800", "\u202e\u2066txt", "9" * 400, "1e999", "-0", "٩" * 40, "²", "NaN", "Infinity"),
        *("easy", "hard", "other", "none", "2026-02-30", "9999999-1-1", "[]", "{}", "=typed", "\x85", "０", "x" * 6000),
    ]
)
NAMES = st.sampled_from(
    [
        *(
            "ease",
            "why",
            "features",
            "features.other",
            "parts.speed",
            "parts.look",
            "parts.",
            "parts",
            "hours",
            "ideas",
        ),
        *("when", "mail", "stars", "likely", "paper", "paper.remove", "_shown", "_on", "_back", "_later", "_language"),
        *("=typed", "", ".", "why.other", "ease.speed"),
    ]
) | st.text(max_size=12)


@pytest.fixture
def begun(person):
    survey = standard(mode=Mode.IDENTIFIED, audience=Audience.SIGNED_IN)
    first = survey.pages.get(code="p1")
    for code, kind in (
        *(("when", QuestionKind.DATE), ("mail", QuestionKind.EMAIL), ("stars", QuestionKind.RATING)),
        *(("likely", QuestionKind.NPS), ("paper", QuestionKind.FILE)),
    ):
        make_question(first, code, kind)
    person.raise_request_exception = True
    return person, begin(person, published(survey), "ar")


@given(
    fields=st.dictionaries(NAMES, NASTY | st.lists(NASTY, max_size=4), max_size=9), page=st.sampled_from(["p1", "p2"])
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_posted_is_answered_and_what_is_stored_is_an_answer(begun, fields, page):
    client, base = begun
    body = {name: [one.encode("utf-8", "surrogatepass") for one in _listed(value)] for name, value in fields.items()}
    response = client.post(f"{base}p/{page}/", _encoded(body), content_type="application/x-www-form-urlencoded")
    assert response.status_code in (200, 302, 400, 409)
    draft = Draft.objects.select_related("survey", "version").get()
    asked = questionnaire_in(draft.version).questions
    for code, answer in read(draft, "").answers.items():
        assert not answer.is_empty and [*problems_with(asked[code], answer)] == []
    assert client.get(f"{base}p/p1/").status_code == 200
    assert client.get(f"{base}review/").status_code == 200


def _listed(value):
    return value if isinstance(value, list) else [value]


def _encoded(body):
    quoted = [
        (_percent(name.encode("utf-8", "surrogatepass")), _percent(value))
        for name, values in body.items()
        for value in values
    ]
    return "&".join(f"{name}={value}" for name, value in quoted)


def _percent(raw):
    return "".join(f"%{byte:02X}" for byte in raw)
