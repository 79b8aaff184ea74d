"""Subscribing by a file: whatever program wrote it, row by row, and nobody who left."""

import csv
import io
import zipfile
from collections import Counter

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from openpyxl import Workbook

from newsletter.choices import ConsentAct, ImportState, Source, SubscriptionState
from newsletter.models import Consent, Import, ImportRow, Subscription
from newsletter.services import importing, subscribing
from portal.accounts.choices import OrganisationKind, Role
from portal.mailings.choices import Reason
from portal.mailings.selectors.tables import TableRefused, lines_of
from portal.mailings.services import suppression
from portal.messaging.models import Message
from tests.factories import OrganisationFactory, PersonFactory, staff

pytestmark = pytest.mark.django_db


def started(monday, content, **more):
    made = Import(
        organisation=monday.organisation,
        name="list.csv",
        language="ar",
        stated_by="Head of events",
        stated_from="Form of the summer fair",
        stated_on=timezone.localdate(),
        stated_text="I agree to receive the newsletter.",
        **more,
    )
    made = importing.start(made, lists=[monday], content=content, by=PersonFactory())
    importing.work(made.pk)
    made.refresh_from_db()
    return made


def applied(made):
    importing.apply(made, by=made.by)
    importing.work(made.pk)
    made.refresh_from_db()
    return made


def verdicts(made):
    return list(made.rows.order_by("number").values_list("number", "verdict"))


class TestReading:
    TEXT = "الاسم,email,language\nليلى,a@example.org,العربية\nSara,b@example.org,en\n"
    CHINESE = "姓名,email,language\n张伟,a@example.org,中文\n王芳同志朝阳区,b@example.org,\n"

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1256"])
    def test_arabic_tables_of_any_age(self, encoding):
        found = lines_of(self.TEXT.encode(encoding))
        assert [(line.number, line.email, line.language) for line in found] == [
            (2, "a@example.org", "العربية"),
            (3, "b@example.org", "en"),
        ]

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
    def test_chinese_tables_of_any_age(self, encoding):
        found = lines_of(self.CHINESE.encode(encoding))
        assert [(line.email, line.language) for line in found] == [("a@example.org", "中文"), ("b@example.org", "")]

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"", "empty"),
            (b"email\n", "empty"),
            (b"name,town\nA,B\n", "columns"),
            (b"email\n\xff\xfe\xfd@example.org\n", "encoding"),
            ("email\na@example.org\n".encode("utf-16-le"), "encoding"),
            (b"email\n" + b"x" * 10_000_000, "large"),
            (b"email\n" + b"a@example.org\n" * 100_001, "rows"),
            (b"PK\x03\x04 no workbook", "format"),
        ],
    )
    def test_what_cannot_be_read_is_refused_by_name(self, data, code):
        with pytest.raises(TableRefused) as refused:
            lines_of(data)
        assert refused.value.code == code

    def test_a_hundred_thousand_rows_are_taken(self):
        assert len(lines_of(b"email\n" + b"a@example.org\n" * 100_000)) == 100_000

    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_columns_are_told_apart(self, delimiter):
        text = f"name{delimiter}E-Mail\nA{delimiter}a@example.org\n"
        assert [line.email for line in lines_of(text.encode())] == ["a@example.org"]

    def test_without_a_heading_the_column_with_addresses_is_taken(self):
        assert [line.email for line in lines_of(b"A,a@example.org\nB,b@example.org\n")] == [
            "a@example.org",
            "b@example.org",
        ]


class TestWorkbooks:
    def book(self, *rows):
        book = Workbook()
        for row in rows:
            book.active.append(row)
        kept = io.BytesIO()
        book.save(kept)
        return kept.getvalue()

    def test_are_read(self):
        data = self.book(["Email", "Language"], ["a@example.org", "en"], [None, None], ["b@example.org", None])
        found = [(line.number, line.email, line.language) for line in lines_of(data)]
        assert found == [(2, "a@example.org", "en"), (4, "b@example.org", "")]

    def test_formulas_are_no_addresses(self, monday):
        made = started(monday, self.book(["email"], ['=HYPERLINK("http://evil.example";"a@example.org")']))
        assert verdicts(made) == [(2, "address")]

    def test_one_that_unpacks_to_far_more_is_refused_unopened(self):
        data = self.book(["email"], ["a@example.org"])
        kept = io.BytesIO(data)
        with zipfile.ZipFile(kept, "a", zipfile.ZIP_DEFLATED) as package:
            package.writestr("xl/bomb.xml", b"0" * 200_000_000)
        with pytest.raises(TableRefused) as refused:
            lines_of(kept.getvalue())
        assert refused.value.code == "unpacked"

    def test_a_row_named_far_below_is_refused(self):
        book = Workbook()
        book.active.append(["email"])
        book.active.cell(row=1_000_000, column=1, value="a@example.org")
        kept = io.BytesIO()
        book.save(kept)
        with pytest.raises(TableRefused) as refused:
            lines_of(kept.getvalue())
        assert refused.value.code == "rows"


class TestChecking:
    def test_says_what_would_happen_to_each_row_and_does_nothing(self, monday, wish, reader):
        left = subscribing.confirm(subscribing.ask("left@example.org", wish))
        subscribing.leave(left)
        suppression.suppress("gone@example.org", Reason.UNKNOWN)
        before = (Subscription.objects.count(), Message.objects.count())
        rows = ["email,language", "new@example.org,en", "NEW@example.org,", "reader@example.org,", "left@example.org,"]
        rows += ["gone@example.org,", "no address,", "=a@example.org,", "x@example.org,fr", "y@example.org,"]
        made = started(monday, "\n".join(rows).encode())
        assert made.state == ImportState.CHECKED
        assert [verdict for _, verdict in verdicts(made)] == [
            *("new", "duplicate", "known", "left", "suppressed", "address", "address", "language", "new")
        ]
        assert (Subscription.objects.count(), Message.objects.count()) == before
        assert made.content is None

    def test_a_file_that_cannot_be_read_says_why(self, monday):
        made = started(monday, b"PK\x03\x04")
        assert (made.state, made.problem, made.rows.count()) == (ImportState.REFUSED, "format", 0)

    def test_goes_on_in_claims(self, monday, monkeypatch):
        monkeypatch.setattr(importing, "CLAIMS", 2)
        rows = "".join(f"r{n}@example.org\n" for n in range(1200))
        made = started(monday, f"email\n{rows}r1199@example.org\n".encode())
        assert (made.state, made.done_count) == (ImportState.CHECKING, 500)
        # The task has asked for the next one.
        importing.work(made.pk)
        made.refresh_from_db()
        assert (made.state, made.row_count, made.done_count) == (ImportState.CHECKED, 1201, 1201)
        assert made.rows.get(number=1202).verdict == "duplicate"

    def test_fifty_thousand_lines_of_which_a_tenth_is_broken(self, monday):
        suppression.suppress("r7@example.org", Reason.UNKNOWN)
        broken = (
            "no address",
            "=cmd|'x'!A1",
            "r11@example.org\r\nBcc: x@example.org",
            "\u202er12@example.org,en",
            "r0@EXAMPLE.org",
        )
        lines = [f"r{n}@example.org,{('ar', 'en', 'zh-hans')[n % 3]}" for n in range(45_000)]
        lines += [broken[n % len(broken)] for n in range(5_000)]
        made = started(monday, "\n".join(["email,language", *lines]).encode())
        while made.state == ImportState.CHECKING:
            importing.work(made.pk)
            made.refresh_from_db()
        assert made.state == ImportState.CHECKED
        found = Counter(made.rows.values_list("verdict", flat=True))
        assert found == {"new": 44_999, "suppressed": 1, "address": 4_000, "duplicate": 2_000}
        assert not Subscription.objects.exists()
        assert not Message.objects.exists()


class TestApplying:
    CONTENT = b"email,language\na@example.org,en\nb@example.org,\n"

    def test_owners_are_asked_to_confirm(self, monday):
        made = applied(started(monday, self.CONTENT))
        assert (made.state, made.done_count) == (ImportState.DONE, 2)
        found = Subscription.objects.order_by("email").values_list("email", "language", "state", "confirmed_at")
        assert list(found) == [("a@example.org", "en", "pending", None), ("b@example.org", "ar", "pending", None)]
        assert sorted(Message.objects.values_list("template", "address")) == [
            ("newsletter/confirm", "a@example.org"),
            ("newsletter/confirm", "b@example.org"),
        ]
        record = Consent.objects.filter(act=ConsentAct.IMPORTED).first()
        assert (record.source, record.by_id) == (Source.IMPORT, made.by_id)
        assert record.choices["stated_by"] == "Head of events"
        assert record.choices["stated_text"] == "I agree to receive the newsletter."
        assert record.choices["lists"] == ["monday"]

    def test_where_it_is_stated_that_they_confirmed_elsewhere_they_are_active_at_once(self, monday):
        applied(started(monday, self.CONTENT, is_confirmed=True))
        assert set(Subscription.objects.values_list("state", flat=True)) == {SubscriptionState.ACTIVE}
        assert Message.objects.count() == 0

    def test_who_left_since_the_check_is_not_added(self, monday, wish):
        made = started(monday, self.CONTENT, is_confirmed=True)
        subscribing.leave(subscribing.confirm(subscribing.ask("a@example.org", wish)))
        suppression.suppress("b@example.org", Reason.COMPLAINT)
        applied(made)
        assert list(Subscription.objects.values_list("email", "state")) == [("a@example.org", SubscriptionState.LEFT)]
        assert suppression.is_suppressed("b@example.org")
        assert [verdict for _, verdict in verdicts(made)] == ["left", "suppressed"]

    def test_twice_is_once(self, monday):
        made = applied(started(monday, self.CONTENT))
        with pytest.raises(importing.ImportRefused):
            importing.apply(made, by=made.by)
        importing.work(made.pk)
        assert Consent.objects.filter(act=ConsentAct.IMPORTED).count() == 2

    def test_discarding_forgets_the_rows(self, monday):
        made = started(monday, self.CONTENT)
        importing.discard(made, by=made.by)
        assert (ImportRow.objects.count(), Subscription.objects.count()) == (0, 0)

    def test_rows_are_forgotten_a_month_after_the_end_and_with_their_owner(self, monday):
        made = applied(started(monday, self.CONTENT))
        subscribing.erase(Subscription.objects.get(email="a@example.org"))
        assert not ImportRow.objects.filter(email="a@example.org").exists()
        assert importing.forget_rows(made.finished_at + importing.KEPT_FOR - timezone.timedelta(seconds=1)) == 0
        assert importing.forget_rows(made.finished_at + importing.KEPT_FOR) == 2


@pytest.fixture
def editor(monday):
    return staff(Role.EDITOR, monday.organisation)


def form(monday, content=b"email\na@example.org\n", **changes):
    return {
        "organisation": monday.organisation_id,
        "file": SimpleUploadedFile("list.csv", content),
        "lists": [monday.pk],
        "language": "en",
        "stated_by": "Head of events",
        "stated_from": "Form",
        "stated_on": timezone.localdate().isoformat(),
        "stated_text": "I agree.",
        **changes,
    }


class TestInTheAdmin:
    def test_a_file_is_checked_then_applied(self, client, monday, editor):
        client.force_login(editor)
        response = client.post(reverse("admin:newsletter_import_add"), form(monday))
        made = Import.objects.get()
        importing.work(made.pk)
        page = reverse("admin:newsletter_import_change", args=[made.pk])
        assert response.headers["Location"] == page
        with override("en"):
            shown = client.get(reverse("admin:newsletter_import_change", args=[made.pk]))
        assert shown.status_code == 200
        assert shown.context["counts"] == [("New: is subscribed", 1)]
        assert client.post(reverse("admin:newsletter_import_apply", args=[made.pk])).status_code == 302
        importing.work(made.pk)
        assert Subscription.objects.get().state == SubscriptionState.PENDING

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("stated_by", ""),
            ("stated_from", ""),
            ("stated_on", ""),
            ("stated_on", "2999-01-01"),
            ("stated_text", ""),
            ("lists", []),
            ("file", SimpleUploadedFile("list.csv", b"name\nA\n")),
        ],
    )
    def test_nothing_is_kept_without_a_stated_consent(self, client, monday, editor, field, value):
        client.force_login(editor)
        response = client.post(reverse("admin:newsletter_import_add"), form(monday, **{field: value}))
        assert response.status_code == 200
        assert response.context["adminform"].form.errors[field]
        assert Import.objects.count() == 0

    def test_of_another_body_is_out_of_reach(self, client, monday):
        client.force_login(staff(Role.EDITOR, OrganisationFactory(kind=OrganisationKind.BODY)))
        made = started(monday, b"email\na@example.org\n")
        for name in ("apply", "discard"):
            assert client.post(reverse(f"admin:newsletter_import_{name}", args=[made.pk])).status_code == 404
        assert client.get(reverse("admin:newsletter_import_change", args=[made.pk])).status_code in (302, 403)
        made.refresh_from_db()
        assert made.state == ImportState.CHECKED


class TestExport:
    def test_holds_what_the_editor_may_see_and_no_formulas(self, client, monday, editor, wish):
        subscribing.confirm(subscribing.ask("+cmd@example.org", wish))
        other = type(monday).objects.create(code="other", name_en="Other", organisation=OrganisationFactory())
        subscribing.ask("foreign@example.org", type(wish)(language="en", lists=[other]))
        client.force_login(editor)
        response = client.post(reverse("admin:newsletter_subscription_export"))
        text = b"".join(response.streaming_content).decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [(row["email"], row["state"], row["language"]) for row in rows] == [
            ("'+cmd@example.org", "active", "ar")
        ]

    def test_is_for_editors_alone_and_never_by_a_link(self, client, monday, editor):
        address = reverse("admin:newsletter_subscription_export")
        client.force_login(staff(Role.AGENT, monday.organisation))
        assert client.post(address).status_code == 403
        client.force_login(editor)
        assert client.get(address).status_code == 405
