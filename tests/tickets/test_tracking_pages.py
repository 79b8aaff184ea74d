"""Following a request: the secret link, the list of one's own, what the sender does, and what nobody else sees."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.accounts.choices import OrganisationKind, Role
from portal.audit.models import Entry as Trail
from portal.files.models import StoredFile
from portal.files.services import Accepted, keep
from tests.factories import MembershipFactory, OrganisationFactory, PersonFactory
from tickets.choices import EntryKind, Mover, TicketState
from tickets.models import Entry, Move, Ticket
from tickets.selectors.links import TOKEN_LENGTH, token_of
from tickets.services import desk
from tickets.services.asking import Sender
from tickets.services.moves import locked, move

pytestmark = pytest.mark.django_db

NUMBER = {"x-request-id": "the-same-request"}


def link(ticket, part=""):
    return f"/en/support/r/{token_of(ticket)}/{part}"


def told():
    """Return the messages with a link that was asked for again."""
    return [message for message in mail.outbox if message.subject.startswith("The link to your request")]


def stored(name="plan.txt", content=b"secret plan"):
    return keep(Accepted(name, content, "text/plain"))


@pytest.fixture
def mona():
    return PersonFactory(display_name="Mona")


@pytest.fixture
def ticket(ask):
    return ask()


@pytest.fixture
def limits(settings):
    settings.RATELIMIT_ENABLE = True


def write_note(ticket, agent, text="They called twice already."):
    return Entry.objects.create(ticket=ticket, kind=EntryKind.NOTE, author=agent, language="en", text=text)


class TestSecretLink:
    def test_shows_the_request_and_tells_nobody(self, client, ticket, body):
        response = client.get(link(ticket))
        page = response.content.decode()
        assert response.status_code == 200
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["X-Robots-Tag"] == "noindex, nofollow, noarchive"
        assert "no-store" in response["Cache-Control"]
        assert '<meta name="robots" content="noindex">' in page
        assert not response.cookies
        assert "It has been dark for a week." in page and ticket.reference in page and body.name_en in page
        assert "Your request has arrived, and nobody has begun to work on it yet." in page

    def test_stands_in_no_query(self, client, ticket):
        page = client.get(link(ticket)).content.decode()
        assert 'href="/en/account/login/"' in page
        assert not re.search(rf"\?[^\"]*{token_of(ticket)}", page)

    def test_a_get_changes_nothing(self, client, ticket):
        before = Ticket.objects.values().get(), Trail.objects.count(), Move.objects.count()
        for part in ("", "close/", "link/", "?said=received", "?text=Hello&once=x"):
            assert client.get(link(ticket, part)).status_code == 200
            assert client.head(link(ticket, part)).status_code == 200
        assert (Ticket.objects.values().get(), Trail.objects.count(), Move.objects.count()) == before

    def test_wrong_foreign_malformed_and_replaced_look_the_same(self, client, ask):
        ticket, gone = ask(), ask()
        old = token_of(gone)
        client.post(link(gone, "link/"))
        foreign = "a" * TOKEN_LENGTH
        wrong = [foreign, old, token_of(ticket)[:-1], token_of(ticket).upper(), ticket.reference, ticket.code]
        wrong += ["a", "%20", "%D8%B7", "a'--", "a" * 200, "<script>"]
        pages = set()
        for token in wrong:
            response = client.get(f"/en/support/r/{token}/", headers=NUMBER)
            assert response.status_code == 404, token
            # The links to other languages hold the address itself.
            pages.add(re.sub(r"/(ar|en|zh-hans)/support/r/[^\"]*", "", response.content.decode()))
        assert len(pages) == 1
        # With a slash in it, it is no address of a request at all.
        assert client.get("/en/support/r/..%2f../").status_code == 404

    def test_all_parts_of_a_wrong_one(self, client, ticket):
        entry = ticket.entries.get()
        entry.files.add(stored())
        for part in ("", "close/", "link/", f"files/{entry.files.get().code}/"):
            assert client.get(f"/en/support/r/{'a' * TOKEN_LENGTH}/{part}").status_code == 404
        for part in ("", "close/", "link/"):
            assert client.post(f"/en/support/r/{'a' * TOKEN_LENGTH}/{part}", {"text": "x"}).status_code == 404

    def test_looks_into_the_table_once_whatever_the_token(self, client, ticket, django_assert_num_queries):
        for token in ("a", "a" * TOKEN_LENGTH, "ط" * 40):
            with django_assert_num_queries(1):
                client.get(f"/en/support/r/{token}/")

    def test_twenty_wrong_ones_close_the_door_for_this_source(self, ticket, limits):
        client, other = Client(REMOTE_ADDR="192.0.2.1"), Client(REMOTE_ADDR="192.0.2.2")
        answers = [client.get(f"/en/support/r/{'a' * 40}{n:03}/").status_code for n in range(23)]
        assert answers == [404] * 20 + [429] * 3
        assert client.get(link(ticket)).status_code == 429
        assert other.get(link(ticket)).status_code == 200
        (row,) = Trail.objects.filter(action="ticket.guessed")
        assert (row.actor_id, row.data) == (None, {"count": 20})
        assert re.fullmatch("[0-9a-f]{16}", row.target_key)
        assert "aaaa" not in str(Trail.objects.values_list())

    def test_nineteen_leave_no_trace(self, limits, ticket):
        client = Client(REMOTE_ADDR="192.0.2.3")
        for number in range(19):
            client.get(f"/en/support/r/{number}/")
        assert client.get(link(ticket)).status_code == 200
        assert Trail.objects.filter(action="ticket.guessed").count() == 0

    def test_by_another_site(self, client, ticket):
        elsewhere = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
        assert client.post(link(ticket), {"text": "x"}, headers=elsewhere).status_code == 404
        assert ticket.entries.count() == 1

    def test_works_without_token_and_begins_no_session(self, ticket):
        strict = Client(enforce_csrf_checks=True)
        response = strict.post(link(ticket), {"text": "More."}, headers={"origin": "null"})
        assert response.status_code == 302
        assert "sessionid" not in response.cookies
        assert response["Referrer-Policy"] == "no-referrer"

    def test_of_a_person_proves_no_account(self, client, ask, mona):
        ticket = ask(sender=Sender(person=mona))
        client.post(link(ticket), {"text": "More."})
        assert [entry.author for entry in ticket.entries.order_by("pk")] == [mona, None]

    @pytest.mark.parametrize("method", ["put", "delete", "patch"])
    def test_other_methods(self, client, ticket, method):
        assert getattr(client, method)(link(ticket)).status_code == 405


class TestPage:
    def test_queries_do_not_grow(self, client, ask, body, agent, django_assert_num_queries):
        for count in (1, 3):
            ticket = ask()
            for number in range(count):
                reply = desk.reply(ticket, f"Reply {number}", by=agent, files=[stored()])
                assert reply
            with django_assert_num_queries(4):
                client.get(link(ticket))

    def test_hostile_words_are_shown_as_words(self, client, ask, agent):
        hostile = "<script>alert(1)</script> \u202eabc"
        ticket = ask(
            subject=hostile, text=hostile + " <img src=x onerror=alert(2)>", sender=Sender(email="g@example.org")
        )
        desk.reply(ticket, hostile, by=agent)
        page = client.get(link(ticket)).content.decode()
        assert "<script>alert(1)" not in page and "<img src=x" not in page and "\u202e" not in page
        # Title, h1, what was asked and what was replied.
        assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 4
        assert '<div class="comment-text" lang="en" dir="auto">' in page

    def test_notes_are_never_even_read(self, client, ticket, agent):
        note = write_note(ticket, agent)
        hidden = stored("internal.txt")
        note.files.add(hidden)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(link(ticket)).content.decode()
        assert "They called twice already." not in page and "internal.txt" not in page
        (read,) = [query["sql"] for query in queries if 'FROM "tickets_entry"' in query["sql"]]
        assert "'message'" in read and "'reply'" in read and "'note'" not in read
        assert client.get(link(ticket, f"files/{hidden.code}/")).status_code == 404

    def test_expected_reply_with_its_receipt(self, client, clock, ask):
        clock.at("04-05 17:30")
        page = client.get(link(ask())).content.decode()
        assert "By <time" in page and "Wednesday 8 April 2026, 16:00" in page
        assert "How this date came about" in page
        assert "That was outside working hours, so it counts as received on Monday 6 April 2026, 08:00." in page

    def test_late(self, client, clock, ask):
        ticket = ask()
        clock.add(days=10)
        page = client.get(link(ticket)).content.decode()
        assert "We are late. We are sorry" in page
        assert "Reply is late" in page

    def test_the_story_of_a_request(self, client, clock, ask, agent):
        ticket = ask()
        clock.add(hours=1)
        desk.reply(ticket, "Which street?", by=agent, then=TicketState.WAITING)
        page = client.get(link(ticket)).content.decode()
        assert "We asked you something and cannot go on without your answer." in page
        assert re.findall(r'<li class="is-(\w+)"[^>]*><b>([^<]+)</b>', page)[:3] == [
            ("past", "Received"),
            ("past", "First reply"),
            ("past", "We asked you something"),
        ]
        clock.add(hours=1)
        client.post(link(ticket), {"text": "Palm Street."})
        clock.add(hours=1)
        desk.reply(ticket, "Mended.", by=agent, then=TicketState.SOLVED)
        page = client.get(link(ticket)).content.decode()
        assert [label for _, label in re.findall(r'<li class="is-(\w+)"[^>]*><b>([^<]+)</b>', page)] == [
            "Received",
            "First reply",
            "We asked you something",
            "You answered",
            "Solved",
        ]
        assert "We have answered and take your request to be solved." in page
        assert "Is something still open?" in page
        assert page.count("Official reply") == 2
        # Who of the staff wrote it is nobody's business outside.
        assert agent.display_name not in page

    @pytest.mark.parametrize("state", [TicketState.MERGED, TicketState.SPAM])
    def test_what_went_elsewhere(self, client, ask, agent, state):
        ticket, other = ask(), ask()
        if state == TicketState.MERGED:
            desk.merge(ticket, other, by=agent)
        else:
            move(locked(ticket), state, mover=Mover.STAFF, by=agent, at=timezone.now())
        page = client.get(link(ticket)).content.decode()
        assert other.reference not in page
        assert 'name="text"' not in page

    def test_the_receipt(self, client, ticket):
        page = client.get(link(ticket, "?said=received")).content.decode()
        letters = [letter for letter in ticket.reference if letter != "-"]
        assert f'<bdi dir="ltr" class="nowrap">{" · ".join(letters)}</bdi>' in page
        assert f'data-copy-link="http://testserver{link(ticket)}"' in page

    @pytest.mark.parametrize("language", ["ar", "en", "zh-hans"])
    def test_in_each_language(self, client, ticket, language):
        page = client.get(link(ticket).replace("/en/", f"/{language}/")).content.decode()
        assert f'<bdi lang="en">{ticket.subject}</bdi>' in page
        assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in page


class TestWriting:
    def test_adds_a_message_with_files(self, client, ticket):
        upload = SimpleUploadedFile("ملاحظة" * 50 + ".txt", b"text")
        response = client.post(link(ticket), {"text": "More.\u202e", "files": [upload], "once": "abc"})
        assert response["Location"] == link(ticket, "?said=written#conversation")
        entry = ticket.entries.latest("pk")
        assert (entry.text, entry.kind, entry.channel, entry.language) == ("More.", EntryKind.MESSAGE, "web", "en")
        assert [len(each.name) for each in entry.files.all()] == [200]
        assert "Your message is sent." in client.get(response["Location"]).content.decode()

    def test_twice_with_the_same_word_is_once(self, client, ticket):
        for _ in range(2):
            data = {"text": "More.", "once": "abc", "files": [SimpleUploadedFile("a.txt", b"text")]}
            assert client.post(link(ticket), data).status_code == 302
        assert (ticket.entries.count(), StoredFile.objects.count()) == (2, 1)

    def test_each_page_has_a_word_of_its_own(self, client, ticket):
        found = {re.search(r'name="once" value="([^"]+)"', client.get(link(ticket)).content.decode())[1] for _ in "ab"}
        assert len(found) == 2

    def test_fields_nobody_offered_are_ignored(self, client, ticket, agent):
        client.post(
            link(ticket),
            {
                "text": "More.",
                "state": "solved",
                "assignee": agent.pk,
                "is_internal": "1",
                "kind": "note",
                "author": agent.pk,
                "channel": "phone",
                "created_at": "2001-01-01",
            },
        )
        ticket.refresh_from_db()
        entry = ticket.entries.latest("pk")
        assert (ticket.state, ticket.assignee, ticket.kind) == (TicketState.NEW, None, "enquiry")
        assert (entry.kind, entry.author, entry.channel, entry.created_at.year > 2020) == ("message", None, "web", True)

    def test_errors_give_the_text_back(self, client, ticket):
        bad = SimpleUploadedFile("page.pdf", b"<html></html>")
        response = client.post(link(ticket), {"text": "Keep <this>.", "files": [bad]})
        page = response.content.decode()
        assert response.status_code == 422
        assert "Keep &lt;this&gt;." in page
        assert "\u2068page.pdf\u2069: The content of the file" in page
        assert "Please choose the files again" in page
        assert ticket.entries.count() == 1

    @pytest.mark.parametrize(
        ("text", "status"), [("", 422), ("\u200b \n", 422), ("ط" * 10_000, 302), ("ط" * 10_001, 422)]
    )
    def test_lengths(self, client, ticket, text, status):
        assert client.post(link(ticket), {"text": text}).status_code == status

    def test_too_many(self, client, ticket, limits, monkeypatch):
        monkeypatch.setattr("tickets.views.limits.MESSAGES", "1/h")
        assert client.post(link(ticket), {"text": "One."}).status_code == 302
        response = client.post(link(ticket), {"text": "Two."})
        assert (response.status_code, "Two." in response.content.decode()) == (429, True)

    @pytest.mark.parametrize(
        ("after", "state"), [(30 * 86400, TicketState.REOPENED), (30 * 86400 + 1, TicketState.CLOSED)]
    )
    def test_reopens_for_thirty_days(self, client, clock, ask, after, state):
        ticket = ask()
        client.post(link(ticket, "close/"))
        clock.add(seconds=after)
        response = client.post(link(ticket), {"text": "It is dark again."})
        ticket.refresh_from_db()
        assert ticket.state == state
        if state == TicketState.REOPENED:
            assert response["Location"] == link(ticket, "?said=reopened#conversation")
        else:
            page = response.content.decode()
            assert response.status_code == 422
            assert "This request ended more than 30 days ago." in page and "It is dark again." in page


class TestClosingAndLinks:
    def test_closing_asks_first(self, client, ticket):
        assert "Close this request?" in client.get(link(ticket, "close/")).content.decode()
        assert client.post(link(ticket, "close/"))["Location"] == link(ticket, "?said=closed")
        ticket.refresh_from_db()
        assert (ticket.state, ticket.closed_at is not None) == (TicketState.CLOSED, True)
        # Again: nothing happens, and nobody is told off.
        assert client.post(link(ticket, "close/"))["Location"] == link(ticket)
        assert Move.objects.filter(ticket_id=ticket.pk).count() == 2

    def test_a_new_link_makes_the_old_one_useless(self, client, ticket, django_capture_on_commit_callbacks):
        old = link(ticket)
        with django_capture_on_commit_callbacks(execute=True):
            response = client.post(old + "link/")
        ticket.refresh_from_db()
        assert response["Location"] == link(ticket, "?said=new-link")
        assert (client.get(old).status_code, client.get(response["Location"]).status_code) == (404, 200)
        # Whoever made it, the sender gets it.
        assert mail.outbox[-1].to == ["guest@example.org"]
        assert link(ticket) in mail.outbox[-1].body
        assert Trail.objects.filter(action="ticket.link_replaced").count() == 1


class TestFiles:
    def test_come_as_downloads_in_which_nothing_runs(self, client, ticket):
        file = stored("خطة العمل.txt", b"<script>alert(1)</script>")
        ticket.entries.get().files.add(file)
        response = client.get(link(ticket, f"files/{file.code}/"))
        assert b"".join(response.streaming_content) == b"<script>alert(1)</script>"
        assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%D8%AE")
        assert response["Content-Type"] == "text/plain; charset=utf-8"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response["Referrer-Policy"] == "no-referrer"

    def test_of_another_request(self, client, ask):
        ticket, other = ask(), ask()
        file = stored()
        other.entries.get().files.add(file)
        assert client.get(link(ticket, f"files/{file.code}/")).status_code == 404
        assert client.get(link(ticket, "files/none/")).status_code == 404
        assert client.get(link(other, f"files/{file.code}/")).status_code == 200

    def test_that_belong_to_nothing(self, client, ticket):
        assert client.get(link(ticket, f"files/{stored().code}/")).status_code == 404


class TestOwn:
    def test_strangers_sign_in_first(self, client):
        assert client.get("/en/support/mine/")["Location"] == "/en/account/login/?next=/en/support/mine/"

    def test_lists_ones_own_and_nothing_else(self, client, ask, mona):
        mine = ask(sender=Sender(person=mona), subject="Mine")
        ask(sender=Sender(person=PersonFactory()), subject="Of somebody else")
        # The same address proves nothing: a guest may type whatever they like.
        ask(sender=Sender(email=mona.email), subject="Of a guest")
        client.force_login(mona)
        page = client.get("/en/support/mine/").content.decode()
        assert re.findall(r'<bdi lang="en">([^<]+)</bdi></a>', page) == ["Mine"]
        assert mine.code in page
        assert "1 request " in page

    def test_colleagues_see_what_was_asked_for_the_organisation(self, client, ask, mona):
        company = OrganisationFactory(kind=OrganisationKind.COMPANY)
        colleague, outsider = PersonFactory(display_name="Omar"), PersonFactory()
        for person in (mona, colleague):
            MembershipFactory(person=person, organisation=company, role=Role.CONTACT)
        MembershipFactory(person=outsider, organisation=company, role=Role.EDITOR)
        shared = ask(sender=Sender(person=mona, speaks_for=company, phone="+966512345678"), subject="Shared")
        private = ask(sender=Sender(person=mona), subject="Private")
        client.force_login(colleague)
        listed = client.get("/en/support/mine/").content.decode()
        assert "Shared" in listed and "Private" not in listed and "Mona" in listed
        page = client.get(f"/en/support/mine/{shared.code}/").content.decode()
        assert "<b><bdi>Mona</bdi></b>" in page and mona.email not in page and "+966" not in page
        assert client.get(f"/en/support/mine/{private.code}/").status_code == 404
        client.post(f"/en/support/mine/{shared.code}/", {"text": "I add this."})
        assert shared.entries.latest("pk").author == colleague
        client.force_login(outsider)
        assert client.get(f"/en/support/mine/{shared.code}/").status_code == 404

    def test_who_is_a_contact_no_longer_or_of_another_organisation_sees_nothing(self, client, ask, mona):
        ministry = OrganisationFactory(kind=OrganisationKind.COMPANY)
        company = OrganisationFactory(kind=OrganisationKind.COMPANY, parent=ministry)
        membership = MembershipFactory(organisation=company, role=Role.CONTACT)
        above, beside = PersonFactory(), PersonFactory()
        MembershipFactory(person=above, organisation=ministry, role=Role.CONTACT)
        MembershipFactory(
            person=beside, organisation=OrganisationFactory(kind=OrganisationKind.COMPANY), role=Role.CONTACT
        )
        shared = ask(sender=Sender(person=mona, speaks_for=company), subject="Shared")
        place = f"/en/support/mine/{shared.code}/"

        def seen(person):
            client.force_login(person)
            return client.get(place).status_code, "Shared" in client.get("/en/support/mine/").content.decode()

        assert seen(membership.person) == (200, True)
        assert [seen(person) for person in (above, beside)] == [(404, False)] * 2
        membership.delete()
        assert seen(membership.person) == (404, False)
        # Whoever asked goes on seeing what they asked, as long as they have the account.
        assert seen(mona) == (200, True)

    def test_foreign_ones_are_not_found(self, client, ask, mona, limits):
        foreign = ask(sender=Sender(person=PersonFactory()), subject="Foreign")
        file = stored()
        foreign.entries.get().files.add(file)
        client.force_login(mona)
        place = f"/en/support/mine/{foreign.code}/"
        for part in ("", "close/", "link/", f"files/{file.code}/"):
            assert client.get(place + part).status_code == 404
        for part in ("", "close/", "link/"):
            assert client.post(place + part, {"text": "x"}).status_code == 404
        assert client.get(place, headers={"HX-Request": "true"}).status_code == 404
        foreign.refresh_from_db()
        assert (foreign.state, foreign.entries.count()) == (TicketState.NEW, 1)
        for _ in range(20):
            client.get(place)
        (row,) = Trail.objects.filter(action="ticket.guessed")
        assert (row.actor_id, row.data) == (mona.pk, {"count": 20})

    def test_the_sender_does_everything_here_too(self, client, ask, mona):
        ticket = ask(sender=Sender(person=mona))
        client.force_login(mona)
        place = f"/en/support/mine/{ticket.code}/"
        assert client.get(place)["Cache-Control"].startswith("max-age=0, no-cache, no-store")
        assert client.post(place, {"text": "More."})["Location"] == place + "?said=written#conversation"
        assert client.post(place + "close/")["Location"] == place + "?said=closed"
        old = link(ticket)
        assert client.post(place + "link/")["Location"] == place + "?said=new-link"
        assert client.get(old).status_code == 404
        assert ticket.entries.latest("pk").author == mona

    def test_a_token_is_asked_for(self, ask, mona):
        ticket = ask(sender=Sender(person=mona))
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(mona)
        assert strict.post(f"/en/support/mine/{ticket.code}/", {"text": "x"}).status_code == 403
        assert ticket.entries.count() == 1

    def test_filters_and_pages(self, client, ask, mona):
        client.force_login(mona)
        now = timezone.now()
        tickets = [ask(sender=Sender(person=mona), subject=f"Number {n}") for n in range(43)]
        for number, each in enumerate(tickets):
            Ticket.objects.filter(pk=each.pk).update(last_activity_at=now - timedelta(hours=number // 2))
        ended = tickets[5]
        move(locked(ended), TicketState.CLOSED, mover=Mover.PERSON, by=mona, at=now)
        seen, url = [], "/en/support/mine/"
        sizes = []
        while url:
            page = client.get(url).content.decode()
            found = re.findall(r'<bdi lang="en">([^<]+)</bdi></a>', page)
            sizes.append(len(found))
            seen += found
            more = re.search(r'hx-get="([^"]+)"', page)
            url = "/en/support/mine/" + more[1].replace("&amp;", "&") if more else ""
        assert sizes == [20, 20, 3]
        assert sorted(seen) == sorted(f"Number {n}" for n in range(43))
        assert "Number 5<" in client.get("/en/support/mine/?state=ended").content.decode()
        assert "1 request " in client.get("/en/support/mine/?state=ended").content.decode()
        assert "42 requests" in client.get("/en/support/mine/?state=open").content.decode()
        for odd in ("?state=spam", "?after=none", "?state=open&after=" + ended.code):
            assert client.get("/en/support/mine/" + odd).status_code == 200

    def test_queries_do_not_grow(self, client, ask, mona, django_assert_num_queries):
        client.force_login(mona)
        for count in (1, 2):
            for _ in range(count):
                ask(sender=Sender(person=mona))
            with django_assert_num_queries(6):
                client.get("/en/support/mine/")

    def test_empty(self, client, mona):
        client.force_login(mona)
        assert "You have not asked us anything yet" in client.get("/en/support/mine/").content.decode()


class TestFind:
    URL = "/en/support/find/"

    def look(self, client, capture, reference, email):
        with capture(execute=True):
            return client.post(self.URL, {"reference": reference, "email": email}, headers=NUMBER)

    def test_the_answer_is_the_same_and_the_mail_tells(self, client, ticket, django_capture_on_commit_callbacks):
        capture = django_capture_on_commit_callbacks
        pages = {
            self.look(client, capture, *typed).content
            for typed in (
                ("2222-2222", "guest@example.org"),
                (ticket.reference, "other@example.org"),
                ("nonsense", "guest@example.org"),
            )
        }
        assert told() == []
        pages.add(self.look(client, capture, ticket.reference.lower().replace("-", " "), "Guest@Example.org").content)
        assert len(pages) == 1
        (message,) = told()
        assert message.to == ["guest@example.org"]
        assert link(ticket) in message.body
        # At most one an hour.
        self.look(client, capture, ticket.reference, "guest@example.org")
        assert len(told()) == 1

    def test_of_a_person(self, client, ask, mona, django_capture_on_commit_callbacks):
        ticket = ask(sender=Sender(person=mona))
        self.look(client, django_capture_on_commit_callbacks, ticket.reference, mona.email)
        assert [message.to for message in told()] == [[mona.email]]

    def test_errors(self, client):
        response = client.post(self.URL, {"reference": "", "email": "nobody"})
        assert response.status_code == 422
        assert "Write the reference number." in response.content.decode()

    def test_limit(self, client, limits):
        data = {"reference": "2222-2222", "email": "guest@example.org"}
        assert [client.post(self.URL, data).status_code for _ in range(11)] == [200] * 10 + [429]

    def test_reference_alone_opens_nothing(self, client, ticket, mona):
        for user in (None, mona):
            if user:
                client.force_login(user)
            for place in (f"r/{ticket.reference}/", f"mine/{ticket.reference}/", f"mine/{ticket.code}/"):
                response = client.get(f"/en/support/{place}")
                assert response.status_code in (404, 302)
                assert b"street light" not in response.content


def test_stored_content_is_not_reached_by_its_path(client, ticket):
    file = stored()
    ticket.entries.get().files.add(file)
    for place in (f"/media/{file.content.name}", f"/en/media/{file.content.name}", f"/static/{file.content.name}"):
        assert client.get(place).status_code in (302, 404)
