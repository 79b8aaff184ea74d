"""The editor's pages: writing an issue, its parts, looking at it, and handing it on."""

from email import message_from_bytes
from email.policy import SMTP
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from PIL import Image

from newsletter.choices import BlockKind, IssueState
from newsletter.models import Block, Issue, Link
from newsletter.services import issues, subscribing
from newsletter.services.testing import MOST
from portal import registry
from portal.accounts.choices import OrganisationKind, Role
from portal.audit.models import Entry
from portal.files.models import StoredFile
from portal.mailings.models import Delivery
from tests.factories import OrganisationFactory, staff
from tests.newsletter.conftest import written

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
CODES = ("ar", "en", "zh_hans")


@pytest.fixture
def ministry(db):
    return OrganisationFactory(kind=OrganisationKind.MINISTRY)


@pytest.fixture
def issue(ministry):
    return written(issues.make_next())


@pytest.fixture
def block(issue):
    return issue.blocks.get()


@pytest.fixture
def editor(client, ministry):
    person = staff(Role.EDITOR, ministry)
    client.force_login(person, backend=BACKEND)
    return person


@pytest.fixture
def second(ministry):
    return staff(Role.MANAGER, ministry)


def address(name, *args, **query):
    with override("en"):
        found = reverse(f"admin:newsletter_{name}", args=args)
    return found + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else "")


def texts(field, *values):
    return {f"{field}_{code}": value for code, value in zip(CODES, values, strict=True)}


def picture(size=(20, 10)):
    content = BytesIO()
    Image.new("RGB", size).save(content, "PNG")
    return SimpleUploadedFile("map.png", content.getvalue(), "image/png")


def order(issue):
    return list(issue.blocks.values_list("heading_en", flat=True))


def add_parts(issue, *headings):
    for heading in headings:
        Block.objects.create(issue=issue, kind=BlockKind.TEXT, heading_en=heading, position=issue.blocks.count())


class TestTheList:
    def test_shows_week_state_and_recipients(self, client, editor, issue):
        page = client.get(address("issue_changelist")).content.decode()
        assert f'<bdi dir="ltr">{issue}</bdi>' in page
        assert "Being written" in page
        assert "What is new" in page

    def test_of_other_bodies_is_not_shown(self, client, issue):
        client.force_login(staff(Role.EDITOR, OrganisationFactory()), backend=BACKEND)
        assert str(issue) not in client.get(address("issue_changelist")).content.decode()
        for name in ("issue_preview", "issue_frame", "issue_raw"):
            assert client.get(address(name, issue.pk)).status_code == 404

    @pytest.mark.parametrize("blocks", [1, 3])
    def test_asks_the_same_of_the_database_for_one_part_and_for_three(
        self, client, editor, issue, blocks, django_assert_max_num_queries
    ):
        add_parts(issue, *["More"] * (blocks - 1))
        client.get(address("issue_change", issue.pk))
        with django_assert_max_num_queries(40):
            assert client.get(address("issue_change", issue.pk)).status_code == 200


class TestWriting:
    def test_the_subject_goes_through_the_service(self, client, editor, issue):
        form = texts("subject", "جديد", "New  words\r\nBcc: x@example.org", "新") | texts("preheader", "", "", "")
        assert client.post(address("issue_change", issue.pk), form).status_code == 302
        issue.refresh_from_db()
        assert (issue.subject_en, issue.written_by) == ("New words Bcc: x@example.org", editor)
        assert Entry.objects.filter(action="issue.saved", actor_id=editor.pk).count() == 1

    def test_what_changes_in_one_language_leaves_the_others_behind(self, client, editor, issue):
        form = texts("subject", issue.subject_ar, "Other", issue.subject_zh_hans) | texts("preheader", "", "", "")
        client.post(address("issue_change", issue.pk), form)
        assert set(Issue.objects.get().behind) == {"subject_ar", "subject_zh_hans"}

    def test_a_submitted_issue_cannot_be_written(self, client, editor, issue, block):
        issues.submit(issue, by=editor)
        form = texts("subject", "جديد", "Late", "新") | texts("preheader", "", "", "")
        assert client.post(address("issue_change", issue.pk), form).status_code == 403
        assert client.post(address("issue_part", issue.pk, block.pk, "remove"), follow=True).status_code == 200
        assert client.get(address("block_add", issue=issue.code, kind="text")).status_code == 404
        assert (Issue.objects.get().subject_en, Block.objects.count()) == ("What is new", 1)

    def test_a_part_is_added_last(self, client, editor, issue):
        form = texts("heading", "ع", "Second", "二") | texts("text", "ن", "Words", "文")
        form |= {"link": "/en/consultations/"} | texts("link_label", "", "", "")
        assert client.post(address("block_add", issue=issue.code, kind="text"), form).status_code == 302
        assert order(issue) == ["Opening", "Second"]
        assert Entry.objects.filter(action="part.added", data__issue=issue.code).count() == 1

    @pytest.mark.parametrize("link", ["javascript:alert(1)", "http://example.org/", "/en/nowhere/", "//example.org/"])
    def test_an_address_that_leads_nowhere_is_refused_and_stays(self, client, editor, issue, link):
        form = texts("heading", "", "Typed", "") | texts("text", "", "", "") | {"link": link}
        response = client.post(
            address("block_add", issue=issue.code, kind="text"), form | texts("link_label", "", "", "")
        )
        assert response.status_code == 200
        assert "This leads nowhere." in response.content.decode()
        assert 'value="Typed"' in response.content.decode()
        assert issue.blocks.count() == 1

    def test_links_of_a_list_are_added_and_taken_out(self, client, editor, issue):
        block = Block.objects.create(issue=issue, kind=BlockKind.LINKS, heading_en="Guides", position=1)
        link = Link.objects.create(block=block, title_en="Old", link="/en/help/")
        form = texts("heading", "", "Guides", "") | texts("text", "", "", "")
        form |= {"links-TOTAL_FORMS": "2", "links-INITIAL_FORMS": "1"}
        for number, (title, pk) in enumerate((("Old", link.pk), ("New", ""))):
            form |= {f"links-{number}-{key}": value for key, value in texts("title", "", title, "").items()}
            form |= {f"links-{number}-id": pk, f"links-{number}-block": block.pk}
            form |= {f"links-{number}-link": "/en/help/", f"links-{number}-position": number}
        form["links-0-DELETE"] = "on"
        response = client.post(address("block_change", block.pk), form)
        assert response.status_code == 302, response.context["errors"]
        assert [one.title_en for one in block.links.all()] == ["New"]


class TestImages:
    def image_form(self, **files):
        return (
            texts("heading", "", "", "")
            | texts("text", "", "", "")
            | texts("alt", "خ", "A map", "图")
            | {
                **texts("link_label", "", "", ""),
                "link": "",
                **files,
            }
        )

    def test_are_kept_drawn_anew_and_shown_in_the_preview(self, client, editor, issue):
        add = address("block_add", issue=issue.code, kind="image")
        assert client.post(add, self.image_form(upload=picture())).status_code == 302
        block = issue.blocks.get(kind="image")
        assert (block.image.content_type, block.image.name) == ("image/png", "map.png")
        frame = client.get(address("issue_frame", issue.pk, language="en"))
        assert 'src="data:image/png;base64,' in frame.content.decode()
        # Nobody else sees it before the issue is approved.
        with override("en"):
            assert client.get(reverse("newsletter:image", args=[block.code])).status_code == 404

    def test_are_needed_in_a_part_that_is_one(self, client, editor, issue):
        response = client.post(address("block_add", issue=issue.code, kind="image"), self.image_form())
        assert "Choose an image." in response.content.decode()

    def test_need_words_in_each_language(self, client, editor, issue):
        form = self.image_form(upload=picture()) | texts("alt", "", "", "")
        client.post(address("block_add", issue=issue.code, kind="image"), form)
        page = client.get(address("issue_change", issue.pk)).content.decode()
        assert page.count("It is not said what the image shows.") == 3

    def test_go_with_the_last_part_that_shows_them(self, client, editor, issue):
        client.post(address("block_add", issue=issue.code, kind="image"), self.image_form(upload=picture()))
        first = issue.blocks.get(kind="image")
        client.post(address("issue_part", issue.pk, first.pk, "duplicate"))
        client.post(address("issue_part", issue.pk, first.pk, "remove"))
        assert StoredFile.objects.count() == 1
        client.post(address("issue_part", issue.pk, issue.blocks.get(kind="image").pk, "remove"))
        assert StoredFile.objects.count() == 0


class TestParts:
    def test_change_places_and_stay_within_the_list(self, client, editor, issue, block):
        add_parts(issue, "Second", "Third")
        for part, act, found in (
            ("Third", "up", ["Opening", "Third", "Second"]),
            ("Opening", "up", ["Opening", "Third", "Second"]),
            ("Opening", "down", ["Third", "Opening", "Second"]),
            ("Second", "down", ["Third", "Opening", "Second"]),
        ):
            pk = issue.blocks.get(heading_en=part).pk
            assert client.post(address("issue_part", issue.pk, pk, act)).status_code == 302
            assert order(issue) == found

    def test_are_copied_with_their_links_right_behind(self, client, editor, issue, block):
        Link.objects.create(block=block, title_en="Guide", link="/en/help/")
        add_parts(issue, "Last")
        client.post(address("issue_part", issue.pk, block.pk, "duplicate"))
        assert order(issue) == ["Opening", "Opening", "Last"]
        first, copy = issue.blocks.filter(heading_en="Opening")
        assert first.code != copy.code
        assert [link.title_en for link in copy.links.all()] == ["Guide"]

    def test_of_another_issue_are_not_found(self, client, editor, issue, ministry, block):
        other = Issue.objects.create(
            organisation=ministry, year=2020, week=1, start_at=timezone.now(), not_after=timezone.now()
        )
        assert client.post(address("issue_part", other.pk, block.pk, "remove")).status_code == 404
        assert client.post(address("issue_part", issue.pk, block.pk, "burn")).status_code == 404
        assert client.get(address("issue_part", issue.pk, block.pk, "remove")).status_code == 405
        assert Block.objects.count() == 1

    def test_what_the_portal_offers_is_added_once(self, client, editor, issue, monkeypatch):
        one = registry.Offer("a:b", "opening", {"en": "Offered"}, {}, lambda language: f"/{language}/consultations/")
        monkeypatch.setattr(registry.offers, "_entries", {"tests": lambda since, until: [one]})
        for _ in range(2):
            client.post(address("issue_offers", issue.pk))
        assert order(issue) == ["Opening", "Offered"]


class TestActs:
    def act(self, client, issue, act, **form):
        return client.post(address("issue_act", issue.pk, act), form, follow=True).content.decode()

    def test_lead_from_writing_to_approval(self, client, editor, issue, second, wish, reader):
        assert "Submitted." in self.act(client, issue, "submit")
        assert "a second person must" in self.act(client, issue, "approve")
        client.force_login(second, backend=BACKEND)
        page = self.act(client, issue, "approve")
        assert "Approved. It goes out to 1 recipient." in page
        assert "Recipients, fixed" in page
        assert "Arabic: 1 · English: 0 · Chinese: 0" in page
        subscribing.confirm(subscribing.ask("late@example.org", wish))
        assert "Arabic: 1 · English: 0 · Chinese: 0" in client.get(address("issue_change", issue.pk)).content.decode()
        assert "Taken back" in self.act(client, issue, "recall")
        issue.refresh_from_db()
        assert (issue.state, issue.approved_by) == (IssueState.DRAFT, None)

    def test_a_manager_reads_and_approves_and_does_not_write(self, client, editor, second, issue, block):
        client.force_login(second, backend=BACKEND)
        assert client.get(address("issue_change", issue.pk)).status_code == 200
        assert "Your role does not allow this." in self.act(client, issue, "submit")
        client.post(address("issue_part", issue.pk, block.pk, "remove"))
        assert Block.objects.count() == 1

    def test_send_back_wants_a_reason(self, client, editor, issue):
        self.act(client, issue, "submit")
        assert "Say why" in self.act(client, issue, "send_back", note="  ")
        assert "Sent back." in self.act(client, issue, "send_back", note="<b>Last year's</b> figure")
        page = client.get(address("issue_change", issue.pk)).content.decode()
        assert "&lt;b&gt;Last year&#x27;s&lt;/b&gt; figure" in page

    def test_an_incomplete_issue_is_not_submitted(self, client, editor, issue):
        Block.objects.update(text_zh_hans="")
        page = client.get(address("issue_change", issue.pk)).content.decode()
        assert "1 thing must be mended before it is submitted" in page
        assert "Missing in this language: text" in page
        assert "check list must be mended first" in self.act(client, issue, "submit")

    def test_cancelling_ends_the_week(self, client, editor, issue):
        self.act(client, issue, "cancel")
        assert Issue.objects.get().state == IssueState.CANCELLED
        assert "another state by now" in self.act(client, issue, "submit")
        assert client.post(address("issue_act", issue.pk, "explode")).status_code == 404

    def test_a_missed_issue_says_so(self, client, editor, issue):
        Issue.objects.update(state=IssueState.MISSED, start_at=timezone.now(), not_after=timezone.now())
        page = client.get(address("issue_change", issue.pk)).content.decode()
        assert "Nothing went out on" in page
        assert "Its last moment has passed, too." in page


class TestLookingAtIt:
    def test_the_frame_has_a_policy_of_its_own(self, client, editor, issue):
        response = client.get(address("issue_frame", issue.pk, language="ar"))
        policy = response["Content-Security-Policy"]
        assert "sandbox" in policy.split("; ")
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert response["X-Frame-Options"] == "SAMEORIGIN"
        assert 'dir="rtl"' in response.content.decode()
        assert "xSawt" not in response.content.decode().replace("xSawtTokenSlotx", "")

    @pytest.mark.parametrize("language", ["ar", "en", "zh-hans"])
    def test_every_edition_has_its_page(self, client, editor, issue, language):
        for shown in ("mail", "text", "raw"):
            page = client.get(address("issue_preview", issue.pk, language=language) + f"&as={shown}").content.decode()
            assert getattr(issue, f"subject_{language.replace('-', '_')}") in page
        assert client.get(address("issue_preview", issue.pk, language="fr")).status_code == 404

    def test_the_message_is_what_a_relay_would_get(self, client, editor, issue):
        content = client.get(address("issue_raw", issue.pk, language="zh-hans")).content
        message = message_from_bytes(content, policy=SMTP)
        assert message["To"] == editor.email
        assert message["Subject"].endswith("最新动态")
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert max(len(line) for line in content.split(b"\r\n")) <= 998
        assert b"xSawt" not in content


class TestSendingOneself:
    def test_reaches_only_oneself_and_counts_as_no_copy(self, client, editor, issue, mailoutbox):
        response = client.post(address("issue_test", issue.pk), {"language": "en"}, follow=True)
        assert f"Sent to {editor.email}." in response.content.decode()
        (mail,) = mailoutbox
        assert mail.to == [editor.email]
        assert message_from_bytes(mail.content, policy=SMTP)["Subject"] == "Test: What is new"
        assert Delivery.objects.count() == 0
        assert Issue.objects.get().state == IssueState.DRAFT

    def test_is_bounded_within_an_hour(self, client, editor, issue, mailoutbox):
        for _ in range(MOST):
            client.post(address("issue_test", issue.pk), {"language": "en"})
        page = client.post(address("issue_test", issue.pk), {"language": "en"}, follow=True).content.decode()
        assert "ten tests within the hour" in page
        assert len(mailoutbox) == MOST

    def test_says_what_the_relay_said(self, client, editor, issue, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        page = client.post(address("issue_test", issue.pk), {"language": "en"}, follow=True).content.decode()
        assert "The mail relay did not take it:" in page
