"""The moderation queue inside the admin."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from moderation import selectors, services
from moderation.choices import CaseState, Outcome
from moderation.models import Case, Decision, Ground
from moderation.views.queue import why
from portal import registry
from portal.accounts.choices import Role
from portal.calendars.models import Deadline
from portal.messaging.models import Message
from tests.factories import GroundFactory, OrganisationFactory, PersonFactory, staff

pytestmark = pytest.mark.django_db

QUEUE = "/en/admin/moderation/case/queue/"
DECIDED = "/en/admin/moderation/case/decided/"


@pytest.fixture
def desk(client: Client, moderator: Any) -> Client:
    """A browser in which the moderator is signed in."""
    client.force_login(moderator)
    return client


def due(case: Case, **offset: float) -> None:
    moment = timezone.now() + timedelta(**offset)
    Deadline.objects.filter(pk=case.deadline_id).update(due_at=moment, started_at=moment - timedelta(hours=72))


def page_of(response: Any) -> str:
    return response.content.decode()


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


class TestWho:
    @pytest.mark.parametrize("role", [Role.AGENT, Role.EDITOR, Role.MANAGER])
    def test_staff_of_other_roles_are_refused(self, client: Client, case: Case, body: Any, role: Role) -> None:
        client.force_login(staff(role, body))
        for address in (QUEUE, f"{QUEUE}{case.code}/", DECIDED, f"{DECIDED}{case.code}/"):
            assert client.get(address).status_code == 403
        assert client.post(f"{QUEUE}{case.code}/", {"outcome": "keep"}).status_code == 403
        assert client.post(f"{QUEUE}{case.code}/take/").status_code == 403
        assert Decision.objects.count() == 0

    def test_visitors_are_sent_to_sign_in(self, client: Client, case: Case) -> None:
        for address in (QUEUE, f"{QUEUE}{case.code}/"):
            response = client.get(address)
            assert (response.status_code, "login" in response["Location"]) == (302, True)

    def test_other_bodies_cases_are_not_found(self, client: Client, case: Case, open_case: Any) -> None:
        other = OrganisationFactory()
        client.force_login(staff(Role.MODERATOR, other))
        own = open_case("own", organisation=other, text="A case of one's own.")
        assert "own" in page_of(client.get(QUEUE))
        assert case.code not in page_of(client.get(QUEUE))
        for address in (f"{QUEUE}{case.code}/", f"{DECIDED}{case.code}/"):
            assert client.get(address).status_code == 404
            assert client.post(address, {"outcome": "keep"}).status_code == 404
        for act in ("take", "release"):
            assert client.post(f"{QUEUE}{case.code}/{act}/").status_code == 404
        assert client.get(f"{QUEUE}{own.code}/").status_code == 200

    def test_administrators_moderate_too(self, client: Client, case: Case, body: Any) -> None:
        client.force_login(staff(Role.ADMINISTRATOR, body))
        assert client.get(f"{QUEUE}{case.code}/").status_code == 200


@pytest.mark.parametrize("address", [QUEUE, f"{QUEUE}{{code}}/", DECIDED])
def test_the_heads_of_pages_are_answered(desk: Client, case: Case, address: str) -> None:
    assert desk.head(address.format(code=case.code)).status_code == 200


class TestList:
    def test_oldest_promise_first(self, desk: Client, open_case: Any) -> None:
        later, soon, late = (open_case(code) for code in ("later", "soon", "late"))
        due(later, hours=30, minutes=1)
        due(soon, hours=1, minutes=10)
        due(late, minutes=-42, seconds=-5)
        response = desk.get(QUEUE)
        assert [row.pk for row in response.context["queue"].page] == [late.pk, soon.pk, later.pk]
        page = page_of(response)
        for words in ("Overdue by 42 minutes", "Due in 1 hour", "Due in 30 hours"):
            assert words in page
        counts = response.context["queue"]
        assert (counts.waiting, counts.overdue) == (3, 1)

    def test_says_who_holds_a_case(self, desk: Client, case: Case, open_case: Any, moderator: Any, body: Any) -> None:
        services.claim(case, by=moderator)
        colleague = staff(Role.MODERATOR, body)
        services.claim(open_case("other"), by=colleague)
        page = page_of(desk.get(QUEUE))
        assert "yours until" in page
        assert f"taken by \u2068{colleague.display_name}\u2069 until" in page

    def test_filters_stand_in_the_address(self, desk: Client, open_case: Any) -> None:
        english, arabic = open_case("english"), open_case("arabic", language="ar")
        fifth = GroundFactory(number=5)
        services.report("note", "arabic", ground=fifth, reporter=None)
        found = {
            query: {row.pk for row in desk.get(QUEUE + query).context["queue"].page}
            for query in ("?language=ar", "?ground=5", "?ground=2", "?language=en&ground=5", "?language=xx&ground=y")
        }
        assert found == {
            "?language=ar": {arabic.pk},
            "?ground=5": {arabic.pk},
            "?ground=2": {english.pk, arabic.pk},
            "?language=en&ground=5": set(),
            "?language=xx&ground=y": {english.pk, arabic.pk},
        }
        assert "No case matches these filters" in page_of(desk.get(f"{QUEUE}?language=zh-hans"))

    def test_empty(self, desk: Client) -> None:
        assert "Nothing waits" in page_of(desk.get(QUEUE))

    def test_the_same_queries_for_one_case_and_for_three(self, desk: Client, open_case: Any, ground: Any) -> None:
        first = open_case("first")
        desk.get(QUEUE)
        counted = []
        for codes in ((), ("second", "third")):
            for code in codes:
                open_case(code, language="ar")
                services.report("note", code, ground=GroundFactory(number=5), reporter=PersonFactory())
            with CaptureQueriesContext(connection) as on_list:
                desk.get(QUEUE)
            with CaptureQueriesContext(connection) as on_case:
                desk.get(f"{QUEUE}{first.code}/")
            counted.append((len(on_list), len(on_case)))
        # A single case has nothing behind it, so that the end of the queue is looked for once more.
        assert counted[0][0] == counted[1][0]
        assert counted[0][1] - counted[1][1] == 1

    def test_the_queue_takes_five_queries_and_one_for_the_roles(
        self, open_case: Any, moderator: Any, django_assert_num_queries: Any
    ) -> None:
        for code in ("a", "b", "c"):
            open_case(code)
        with django_assert_num_queries(6):
            rows = selectors.queue(moderator, selectors.Filters()).page
            assert [(row.ground.number, row.deadline.level, row.organisation.code) for row in rows]

    def test_the_list_of_cases_leads_here(self, desk: Client, case: Case) -> None:
        assert desk.get("/en/admin/moderation/case/")["Location"] == QUEUE
        change = desk.get(f"/en/admin/moderation/case/{case.pk}/change/")
        assert change["Location"] == f"{QUEUE}{case.code}/"
        assert desk.get("/en/admin/moderation/case/add/").status_code == 403


class TestCase:
    def test_shows_what_a_decision_needs(self, desk: Client, case: Case, note: Any) -> None:
        page = page_of(desk.get(f"{QUEUE}{case.code}/"))
        assert note.text in page
        assert 'lang="en" dir="auto"' in page
        assert note.context in page
        assert "Look at the end." in page
        assert "Khalid" in page
        assert '<dd class="num">41</dd>' in page
        assert "/en/notes/note1/" in page

    def test_reading_changes_nothing(self, desk: Client, case: Case) -> None:
        desk.get(f"{QUEUE}{case.code}/")
        case.refresh_from_db()
        assert (case.claimed_by, case.state) == (None, CaseState.OPEN)

    def test_hostile_words_are_inert(self, desk: Client, open_case: Any, ground: Any, moderator: Any) -> None:
        hostile = "<script>alert(1)</script>"
        author = PersonFactory(display_name=hostile)
        case = open_case("hostile", text=hostile, author=author, context=hostile)
        services.report("note", "hostile", ground=ground, note=hostile, reporter=PersonFactory(display_name=hostile))
        for address in (QUEUE, f"{QUEUE}{case.code}/"):
            assert "<script>alert(1)" not in page_of(desk.get(address))
        services.decide(case, outcome=Outcome.HIDE, ground=ground, passage=hostile, note=hostile, by=moderator)
        for address in (DECIDED, f"{DECIDED}{case.code}/"):
            assert "<script>alert(1)" not in page_of(desk.get(address))
            assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page_of(desk.get(address))

    def test_shows_a_text_changed_since(self, desk: Client, case: Case, note: Any) -> None:
        note.text = "Milder words."
        page = page_of(desk.get(f"{QUEUE}{case.code}/"))
        assert "The author has changed the text since it was reported" in page
        assert "Milder words." in page

    def test_earlier_decisions_about_the_author(
        self, desk: Client, case: Case, open_case: Any, author: Any, ground: Any, moderator: Any
    ) -> None:
        for code, outcome in (("a", Outcome.HIDE), ("b", Outcome.HIDE), ("c", Outcome.KEEP)):
            services.decide(open_case(code, author=author), outcome=outcome, ground=ground, by=moderator)
        assert desk.get(f"{QUEUE}{case.code}/").context["file"].earlier == {"hide": 2, "keep": 1}

    def test_take_and_give_back(self, desk: Client, case: Case, moderator: Any) -> None:
        response = desk.post(f"{QUEUE}{case.code}/take/?language=en")
        assert response["Location"] == f"{QUEUE}{case.code}/?language=en"
        case.refresh_from_db()
        assert case.claimed_by == moderator
        desk.post(f"{QUEUE}{case.code}/release/")
        case.refresh_from_db()
        assert case.claimed_by is None
        assert desk.get(f"{QUEUE}{case.code}/take/").status_code == 405

    def test_taking_what_another_holds_is_explained(self, desk: Client, case: Case, body: Any) -> None:
        colleague = staff(Role.MODERATOR, body)
        services.claim(case, by=colleague)
        response = desk.post(f"{QUEUE}{case.code}/take/", follow=True)
        assert messages_of(response)[0].startswith(f"\u2068{colleague.display_name}\u2069 holds this case until")

    @pytest.mark.parametrize("code", ["nothing", "k" * 200, "%00"])
    def test_unknown_cases(self, desk: Client, code: str) -> None:
        assert desk.get(f"{QUEUE}{code}/").status_code in (400, 404)


class TestDeciding:
    def test_hide_goes_on_to_the_next_case(
        self, desk: Client, case: Case, note: Any, open_case: Any, ground: Any, moderator: Any
    ) -> None:
        follows = open_case("follows")
        response = desk.post(
            f"{QUEUE}{case.code}/?language=en",
            {"outcome": "hide", "ground": ground.pk, "passage": "an ignorant fool", "note": "Decently, please."},
        )
        assert response["Location"] == f"{QUEUE}{follows.code}/?language=en"
        decision = Decision.objects.get()
        assert (decision.case, decision.outcome, decision.ground) == (case, Outcome.HIDE, ground)
        assert (decision.decided_by, decision.statement.passage) == (moderator, "an ignorant fool")
        assert (decision.statement.note, note.is_shown) == ("Decently, please.", False)
        shown = messages_of(desk.get(response["Location"]))
        assert shown == ["Hidden. The author is told why, in their own language."]

    def test_the_last_case_leads_back_to_the_queue(self, desk: Client, case: Case, note: Any) -> None:
        response = desk.post(f"{QUEUE}{case.code}/", {"outcome": "keep", "ground": ""})
        assert response["Location"] == QUEUE
        assert (Decision.objects.get().outcome, note.is_shown) == (Outcome.KEEP, True)

    def test_errors_keep_what_was_typed(self, desk: Client, case: Case, ground: Any) -> None:
        typed = {"outcome": "hide", "passage": "not in the text", "note": "My <long> note"}
        response = desk.post(f"{QUEUE}{case.code}/", typed)
        page = page_of(response)
        assert response.status_code == 200
        assert "Choose the ground on which the text is hidden." in page
        assert "This passage does not stand in the text." in page
        assert "not in the text</textarea>" in page
        assert "My &lt;long&gt; note</textarea>" in page
        assert Decision.objects.count() == 0

    def test_a_ground_that_needs_a_note(self, desk: Client, case: Case) -> None:
        fourth = GroundFactory(number=4, needs_note=True)
        address = f"{QUEUE}{case.code}/"
        assert page_of(desk.get(address)).count("(needs a note)") == 1
        typed = {"outcome": "hide", "ground": fourth.pk, "note": " \n "}
        response = desk.post(address, typed)
        assert response.context["form"].errors == {
            "note": ["This ground needs a note: name the rule that the text breaks."]
        }
        assert Decision.objects.count() == 0
        assert desk.post(address, typed | {"outcome": "keep"}).status_code == 302
        assert Decision.objects.get().outcome == Outcome.KEEP

    def test_the_service_says_the_same(self) -> None:
        with translation.override("en"):
            told = why(services.ModerationRefused("note"))
        assert told == "This ground needs a note: name the rule that the text breaks."

    @pytest.mark.parametrize(
        "data",
        [
            {},
            {"outcome": "delete"},
            {"outcome": "restore"},
            {"outcome": "hide", "ground": "999"},
            {"outcome": "hide", "ground": "x"},
            {"outcome": "keep", "note": "n" * 1001},
            {"outcome": "keep", "note": "n" * 1_000_000},
        ],
    )
    def test_bad_input_decides_nothing(self, desk: Client, case: Case, ground: Any, data: dict[str, str]) -> None:
        response = desk.post(f"{QUEUE}{case.code}/", data)
        assert (response.status_code, Decision.objects.count()) == (200, 0)
        assert 'id="error-summary"' in page_of(response)

    def test_decided_meanwhile(self, desk: Client, case: Case, ground: Any, body: Any) -> None:
        colleague = staff(Role.MODERATOR, body)
        services.decide(case, outcome=Outcome.HIDE, ground=ground, by=colleague)
        response = desk.post(f"{QUEUE}{case.code}/", {"outcome": "keep", "note": "What I typed"})
        assert response.status_code == 409
        assert messages_of(response)[0].startswith(f"\u2068{colleague.display_name}\u2069 decided this case on")
        assert "What I typed" in page_of(response)
        assert (Decision.objects.count(), Message.objects.count()) == (1, 1)

    def test_held_by_another(self, desk: Client, case: Case, body: Any) -> None:
        services.claim(case, by=staff(Role.MODERATOR, body))
        response = desk.post(f"{QUEUE}{case.code}/", {"outcome": "keep", "note": "What I typed"})
        assert (response.status_code, Decision.objects.count()) == (409, 0)
        assert "holds this case until" in page_of(response)
        assert "What I typed</textarea>" in page_of(response)

    def test_ones_own_words(self, client: Client, case: Case, author: Any, body: Any) -> None:
        from tests.factories import MembershipFactory

        author.is_staff = True
        author.save()
        MembershipFactory(person=author, organisation=body, role=Role.MODERATOR)
        client.force_login(author)
        assert 'name="outcome"' not in page_of(client.get(f"{QUEUE}{case.code}/"))
        response = client.post(f"{QUEUE}{case.code}/", {"outcome": "keep"})
        assert (response.status_code, Decision.objects.count()) == (409, 0)

    def test_a_decided_case_leads_to_its_record(self, desk: Client, case: Case, moderator: Any) -> None:
        services.decide(case, outcome=Outcome.KEEP, by=moderator)
        assert desk.get(f"{QUEUE}{case.code}/")["Location"] == f"{DECIDED}{case.code}/"

    def test_a_waiting_case_has_no_record_yet(self, desk: Client, case: Case) -> None:
        assert desk.get(f"{DECIDED}{case.code}/")["Location"] == f"{QUEUE}{case.code}/"


class TestDecided:
    def test_record_and_showing_again(self, desk: Client, case: Case, note: Any, ground: Any, moderator: Any) -> None:
        services.decide(case, outcome=Outcome.HIDE, ground=ground, passage="fool", note="Decently.", by=moderator)
        page = page_of(desk.get(f"{DECIDED}{case.code}/"))
        for words in ("2. Ground 2", "fool", "Decently.", "Show again", "In time"):
            assert words in page
        response = desk.post(f"{DECIDED}{case.code}/", {"note": "A quotation."}, follow=True)
        assert note.is_shown is True
        assert list(Decision.objects.order_by("number").values_list("outcome", flat=True)) == ["hide", "restore"]
        assert messages_of(response) == ["The text is shown again, and its author is told."]
        assert "<textarea" not in page_of(response)

    def test_twice(self, desk: Client, case: Case, ground: Any, moderator: Any) -> None:
        services.decide(case, outcome=Outcome.HIDE, ground=ground, by=moderator)
        desk.post(f"{DECIDED}{case.code}/", {"note": ""})
        response = desk.post(f"{DECIDED}{case.code}/", {"note": ""})
        assert (response.status_code, Decision.objects.count()) == (409, 2)
        assert "This case hides nothing any more." in page_of(response)

    def test_long_notes_are_given_back(self, desk: Client, case: Case, ground: Any, moderator: Any) -> None:
        services.decide(case, outcome=Outcome.HIDE, ground=ground, by=moderator)
        response = desk.post(f"{DECIDED}{case.code}/", {"note": "n" * 1001})
        assert (response.status_code, Decision.objects.count()) == (200, 1)
        assert "n" * 1001 in page_of(response)

    def test_list(self, desk: Client, open_case: Any, ground: Any, moderator: Any) -> None:
        assert "Nothing has been decided yet" in page_of(desk.get(DECIDED))
        cases = [open_case(code) for code in ("a", "b", "c")]
        services.decide(cases[0], outcome=Outcome.KEEP, by=moderator)
        desk.get(DECIDED)
        with CaptureQueriesContext(connection) as one:
            desk.get(DECIDED)
        services.decide(cases[1], outcome=Outcome.HIDE, ground=ground, by=moderator)
        services.decide(cases[2], outcome=Outcome.KEEP, by=moderator)
        with CaptureQueriesContext(connection) as three:
            response = desk.get(DECIDED)
        assert [row.pk for row in response.context["page"]] == [case.pk for case in reversed(cases)]
        assert len(one) == len(three)


class TestGroundsAdmin:
    def test_is_for_administrators_of_the_ministry(self, client: Client, ground: Any, moderator: Any) -> None:
        from portal.accounts.choices import OrganisationKind

        address = f"/en/admin/moderation/ground/{ground.pk}/change/"
        ministry = OrganisationFactory(kind=OrganisationKind.MINISTRY)
        texts = {
            f"{field}_{language}": f"{field} {language}"
            for field in ("title", "description")
            for language in ("ar", "en", "zh_hans")
        }
        client.force_login(moderator)
        assert client.post(address, texts).status_code == 403
        client.force_login(staff(Role.ADMINISTRATOR, ministry))
        assert client.post(address, texts).status_code == 302
        ground.refresh_from_db()
        assert (ground.number, ground.title_ar, ground.description_en) == (2, "title ar", "description en")
        assert client.post(f"/en/admin/moderation/ground/{ground.pk}/delete/").status_code == 403
        assert Ground.objects.count() == 1


class TestInbox:
    def test_counts_what_waits_for_this_moderator(self, case: Case, open_case: Any, moderator: Any, body: Any) -> None:
        count = registry.inbox["moderation"].count
        open_case("elsewhere", organisation=OrganisationFactory())
        assert count(moderator) == 1
        assert count(staff(Role.AGENT, body)) is None
        assert count(staff(Role.MODERATOR, OrganisationFactory())) == 0
        services.decide(case, outcome=Outcome.KEEP, by=moderator)
        assert count(moderator) == 0
