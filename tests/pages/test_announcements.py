"""Announcements: who sees them when, by page, list, feed and home page; and what a newsletter is offered."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from portal.accounts.choices import Role
from portal.audit.models import Entry
from portal.pages.models import Announcement
from portal.pages.selectors import next_turn, offers
from tests.factories import OrganisationFactory, days, staff

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def body():
    return OrganisationFactory()


def announce(body, title="Roads", **fields):
    defaults = {
        "category": "news",
        "is_public": True,
        "shown_from": timezone.now() - days(1),
        "title_ar": f"{title} ع",
        "title_en": title,
        "title_zh_hans": f"{title}文",
        "text_ar": "نص",
        "text_en": "## Head\n\nFirst *words*.\n\nMore.",
        "text_zh_hans": "正文",
    }
    return Announcement.objects.create(organisation=body, **(defaults | fields))


def listed(client, language="en", **query):
    with override(language):
        return client.get(reverse("announcements:list"), query).content.decode()


class TestWhatIsShown:
    def test_is_what_is_public_begun_and_not_expired(self, client, body):
        now = timezone.now()
        announce(body, "Shown")
        announce(body, "Draft", is_public=False)
        announce(body, "Coming", shown_from=now + days(1))
        announce(body, "Over", shown_from=now - days(3), expires_at=now - timedelta(seconds=1))
        announce(body, "Lasting", expires_at=now + days(1))
        page = listed(client)
        assert [title in page for title in ("Shown", "Draft", "Coming", "Over", "Lasting")] == [
            *(True, False, False),
            *(False, True),
        ]

    def test_pinned_come_first_and_categories_narrow(self, client, body):
        announce(body, "Alpha", category="awareness")
        announce(body, "Omega", is_pinned=True, shown_from=timezone.now() - days(9))
        page = listed(client)
        assert page.index("Omega") < page.index("Alpha")
        assert "Omega" not in listed(client, topic="awareness")
        assert "Omega" in listed(client, topic="nonsense")

    def test_what_is_over_is_read_under_its_address_and_says_so(self, client, body):
        over = announce(body, expires_at=timezone.now() - timedelta(minutes=1))
        with override("en"):
            assert "This was valid until" in client.get(over.get_absolute_url()).content.decode()
            draft = announce(body, is_public=False)
            assert client.get(draft.get_absolute_url()).status_code == 404
            coming = announce(body, shown_from=timezone.now() + days(1))
            assert client.get(coming.get_absolute_url()).status_code == 404

    def test_what_is_written_is_escaped(self, client, body):
        hostile = announce(body, "<script>x</script>", text_en="<script>y</script>")
        with override("en"):
            for page in (listed(client), client.get(hostile.get_absolute_url()).content.decode()):
                assert "<script>x" not in page
                assert "<script>y" not in page

    def test_the_home_page_shows_it_while_it_is_valid(self, client, body):
        one = announce(body)
        assert "Roads" in client.get("/en/").content.decode()
        Announcement.objects.filter(pk=one.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
        assert "Roads" not in client.get("/en/").content.decode()

    def test_the_database_refuses_an_end_before_the_beginning(self, body):
        now = timezone.now()
        with pytest.raises(IntegrityError), transaction.atomic():
            announce(body, shown_from=now, expires_at=now)

    def test_stored_pages_end_when_one_appears_or_expires(self, body):
        now = timezone.now()
        announce(body, shown_from=now + days(2), expires_at=now + days(3))
        announce(body, expires_at=now + days(1))
        announce(body, is_public=False, expires_at=now + timedelta(hours=1))
        assert next_turn(now) == now + days(1)

    @pytest.mark.parametrize("rows", [1, 3])
    def test_the_list_asks_as_much_for_one_as_for_three(self, client, body, rows, django_assert_max_num_queries):
        for number in range(rows):
            announce(OrganisationFactory(), f"Number {number}")
        with override("en"):
            address = reverse("announcements:list")
        with django_assert_max_num_queries(4):
            client.get(address)


class TestTheFeed:
    def test_is_atom_in_one_language_and_leaves_out_what_is_not_written_in_it(self, client, body):
        announce(body, "Whole")
        announce(body, "Half", title_ar="", text_ar="")
        titles = {}
        for language in ("ar", "en"):
            with override(language):
                root = ElementTree.fromstring(client.get(reverse("announcements:feed")).content)
            titles[language] = [entry.find(f"{ATOM}title").text for entry in root.iter(f"{ATOM}entry")]
        assert titles == {"ar": ["Whole ع"], "en": ["Half", "Whole"]}


class TestOffers:
    def test_are_those_that_appeared_since_in_the_languages_they_have(self, body):
        now = timezone.now()
        announce(body, "Old", shown_from=now - days(8))
        new = announce(body, "New", title_zh_hans="", text_zh_hans="")
        announce(body, "Over", expires_at=now + days(1))
        (offer,) = offers(now - days(7), now + days(2))
        assert (offer.key, offer.section) == (f"announcement:{new.code}", "announcement")
        assert (offer.titles, offer.texts) == ({"ar": "New ع", "en": "New"}, {"ar": "نص", "en": "First *words*."})
        assert offer.path("zh-hans") == f"/zh-hans/announcements/{new.code}/"


class TestWriting:
    def form(self, body, **changes):
        texts = {f"{field}_{code}": "" for field in ("title", "text") for code in ("ar", "en", "zh_hans")}
        when = {"shown_from_0": "2026-01-02", "shown_from_1": "08:00", "expires_at_0": "", "expires_at_1": ""}
        return {"organisation": body.pk, "category": "news", **texts, **when, **changes}

    def add(self, client, form):
        with override("en"):
            return client.post(reverse("admin:pages_announcement_add"), form)

    def test_by_editors_of_the_body_with_a_trace(self, client, body):
        editor = staff(Role.EDITOR, body)
        client.force_login(editor, backend=BACKEND)
        assert self.add(client, self.form(body, title_en="New", text_en="Words", is_public="on")).status_code == 302
        assert Announcement.objects.get().title_en == "New"
        assert Entry.objects.get(action="announcement.created").actor_id == editor.pk

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({}, "Write a title in one language at least."),
            ({"title_en": "New", "is_public": "on"}, "Title and text belong together in each language."),
            (
                {"title_en": "New", "text_en": "W", "expires_at_0": "2026-01-01", "expires_at_1": "08:00"},
                "It must expire after it is first shown.",
            ),
        ],
    )
    def test_what_is_amiss_is_told(self, client, body, changes, said):
        client.force_login(staff(Role.EDITOR, body), backend=BACKEND)
        response = self.add(client, self.form(body, **changes))
        assert response.status_code == 200
        assert said in response.content.decode()
        assert Announcement.objects.count() == 0

    def test_not_for_another_body(self, client, body):
        client.force_login(staff(Role.EDITOR, OrganisationFactory()), backend=BACKEND)
        self.add(client, self.form(body, title_en="New", text_en="Words"))
        assert Announcement.objects.count() == 0
