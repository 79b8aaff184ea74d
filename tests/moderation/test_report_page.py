"""The page on which something is reported."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from moderation import services
from moderation.choices import Outcome
from moderation.models import Case, Ground, Report
from tests.factories import GroundFactory, PersonFactory
from tests.moderation.conftest import INSULT

pytestmark = pytest.mark.django_db

URL = "/en/moderation/report/note/note1/"


@pytest.fixture
def grounds(db: None) -> list[Ground]:
    services.load_grounds()
    return list(Ground.objects.order_by("number"))


def sent(client: Client, ground: Any, **fields: Any) -> Any:
    return client.post(URL, {"ground": getattr(ground, "pk", ground), **fields})


class TestForm:
    def test_shows_the_text_and_the_grounds(self, client: Client, note: Any, grounds: list[Ground]) -> None:
        response = client.get(URL)
        page = response.content.decode()
        assert response.status_code == 200
        assert f'<div class="quote" lang="en" dir="auto">{INSULT}</div>' in page
        assert "Comment by <bdi>Khalid</bdi>" in page
        assert page.count('type="radio" name="ground"') == 9
        for ground in grounds:
            assert ground.title_en in page
        assert "<legend>Which ground does it break?</legend>" in page
        assert (Case.objects.count(), Report.objects.count()) == (0, 0)

    @pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("en", "ltr"), ("zh-hans", "ltr")])
    def test_in_each_language(
        self, client: Client, note: Any, grounds: list[Ground], language: str, direction: str
    ) -> None:
        page = client.get(f"/{language}/moderation/report/note/note1/").content.decode()
        assert f'dir="{direction}"' in page
        assert getattr(grounds[8], f"title_{language.replace('-', '_')}") in page

    def test_hostile_text_is_inert(self, client: Client, note: Any, grounds: list[Ground]) -> None:
        note.text = note.author.display_name = "<script>alert(1)</script>"
        page = client.get(URL).content.decode()
        assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2
        assert "<script>alert(1)" not in page

    @pytest.mark.parametrize(
        "path",
        [
            "note/none",
            "nothing/note1",
            "NOTE/note1",
            "note/" + "k" * 61,
            "n" * 41 + "/note1",
            "note/note1%00",
            "note/%D8%A7",
        ],
    )
    def test_unknown_things_are_not_found(self, client: Client, note: Any, path: str) -> None:
        assert client.get(f"/en/moderation/report/{path}/").status_code == (400 if "%00" in path else 404)

    def test_what_is_not_shown_gives_the_same_answer(self, client: Client, note: Any, ground: Any) -> None:
        note.is_shown = False
        # The page names the request's number, so it is the same here.
        number = {"x-request-id": "the-same-request"}
        unknown = client.get("/en/moderation/report/note/none/", headers=number)
        not_shown = client.get(URL, headers=number)
        assert (not_shown.status_code, unknown.status_code) == (404, 404)
        assert not_shown.content.replace(b"note1", b"none") == unknown.content
        assert sent(client, ground).status_code == 404

    def test_other_methods(self, client: Client, note: Any) -> None:
        assert client.put(URL).status_code == 405


class TestSending:
    def test_by_a_guest(self, client: Client, note: Any, ground: Any) -> None:
        response = sent(client, ground, note=" Look at the end.\r\n\r\n\r\n\r\nHere. ")
        case = Case.objects.get()
        assert (response.status_code, response["Location"]) == (302, f"/en/moderation/received/{case.code}/")
        report = Report.objects.get()
        assert (report.reporter, report.note, report.ground) == (None, "Look at the end.\n\nHere.", ground)

    def test_by_a_person(self, client: Client, note: Any, ground: Any) -> None:
        person = PersonFactory()
        client.force_login(person)
        sent(client, ground)
        assert Report.objects.get().reporter == person

    def test_twice_by_a_person_is_acknowledged(self, client: Client, note: Any, ground: Any) -> None:
        client.force_login(PersonFactory())
        sent(client, ground)
        response = sent(client, ground)
        assert response["Location"].endswith("?again=1")
        assert "We have your report already" in client.get(response["Location"]).content.decode()
        assert Report.objects.count() == 1

    def test_thanks_and_says_by_when(self, client: Client, case: Case) -> None:
        page = client.get(f"/en/moderation/received/{case.code}/").content.decode()
        assert "Thank you: your report has been received" in page
        due = timezone.localtime(case.deadline.due_at)
        assert f'<time datetime="{due.isoformat(timespec="minutes")}">' in page
        assert "/en/notes/note1/" in page
        assert "You are told the outcome by e-mail" not in page

    def test_thanks_after_the_decision(self, client: Client, case: Case, ground: Any, moderator: Any) -> None:
        services.decide(case, outcome=Outcome.HIDE, ground=ground, by=moderator)
        page = client.get(f"/en/moderation/received/{case.code}/").content.decode()
        assert "A moderator has decided about this comment on" in page
        assert INSULT not in page
        assert "/en/notes/note1/" not in page

    def test_unknown_receipts_are_not_found(self, client: Client, db: None) -> None:
        assert client.get("/en/moderation/received/nothing/").status_code == 404
        assert client.get("/en/moderation/received/" + "k" * 200 + "/").status_code == 404

    def test_without_a_ground(self, client: Client, note: Any, ground: Any) -> None:
        response = client.post(URL, {"note": "What I typed <b>here</b>"})
        page = response.content.decode()
        assert response.status_code == 200
        assert "Choose a ground." in page
        assert 'href="#id_ground_0"' in page
        assert "What I typed &lt;b&gt;here&lt;/b&gt;" in page
        assert Case.objects.count() == 0

    @pytest.mark.parametrize("ground", ["99999", "x", "1" * 40, "-1", ""])
    def test_foreign_grounds(self, client: Client, note: Any, ground: str) -> None:
        GroundFactory(number=2)
        assert "Choose a ground" in sent(client, ground).content.decode()
        assert Case.objects.count() == 0

    @pytest.mark.parametrize("length", [1001, 1_000_000])
    def test_long_notes_are_refused_and_given_back(self, client: Client, note: Any, ground: Any, length: int) -> None:
        response = sent(client, ground, note="n" * length)
        assert response.status_code == 200
        assert "n" * length in response.content.decode()
        assert Case.objects.count() == 0

    def test_line_ends_count_once(self, client: Client, note: Any, ground: Any) -> None:
        assert sent(client, ground, note="n\r\n" * 499 + "n").status_code == 302

    def test_machines_are_refused_and_people_may_try_again(self, client: Client, note: Any, ground: Any) -> None:
        response = sent(client, ground, website="https://shop.example", note="kept text")
        page = response.content.decode()
        assert "a field that must stay empty was filled in" in page
        assert "kept text" in page
        assert "shop.example" not in page
        assert Case.objects.count() == 0

    def test_without_a_token(self, note: Any, ground: Any) -> None:
        response = sent(Client(enforce_csrf_checks=True), ground, note="What I typed here")
        assert (response.status_code, Case.objects.count()) == (403, 0)
        assert "What I typed here" in response.content.decode()


class TestOwn:
    def test_is_explained(self, client: Client, note: Any, author: Any, ground: Any) -> None:
        client.force_login(author)
        assert "This comment is your own" in client.get(URL).content.decode()
        assert (sent(client, ground).status_code, Case.objects.count()) == (403, 0)


class TestLimits:
    @pytest.fixture(autouse=True)
    def limited(self, settings: Any, clean_cache: None) -> None:
        settings.RATELIMIT_ENABLE = True

    def test_guests_by_address(self, client: Client, note: Any, ground: Any) -> None:
        for _ in range(5):
            assert sent(client, ground).status_code == 302
        response = sent(client, ground, note="What I typed here")
        assert (response.status_code, response["Retry-After"]) == (429, "3600")
        assert "Too many reports came from here" in response.content.decode()
        assert "What I typed here" in response.content.decode()
        assert Report.objects.count() == 5
        elsewhere = client.post(URL, {"ground": ground.pk}, REMOTE_ADDR="203.0.113.9")
        assert elsewhere.status_code == 302

    def test_a_forgotten_ground_costs_nothing(self, client: Client, note: Any, ground: Any) -> None:
        for _ in range(10):
            assert client.post(URL, {"note": "x"}).status_code == 200
        assert sent(client, ground).status_code == 302

    def test_people_by_account(self, client: Client, note: Any, ground: Any) -> None:
        client.force_login(PersonFactory())
        assert [sent(client, ground).status_code for _ in range(21)] == [302] * 20 + [429]
