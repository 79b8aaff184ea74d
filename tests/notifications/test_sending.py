"""What is due goes out once, together, as the person wants it at that moment."""

from datetime import time, timedelta

import pytest
from django.core.management import call_command

from portal.accounts.services import erase_person, update_profile
from portal.mailings.choices import Reason
from portal.mailings.services.suppression import suppress
from portal.messaging.emails import compose
from portal.messaging.models import Message
from portal.notifications.models import Digest, Notice
from portal.notifications.services import follow, happened, mark_read, set_preference, set_wishes, tell
from portal.notifications.services.sending import send_to
from tests.factories import PersonFactory
from tests.notifications.conftest import HIDDEN, subjects, tick

pytestmark = pytest.mark.django_db


def told(person, once="1", event="replied", key="a", **more):
    return tell(person, event, kind="thing", key=key, once=once, **more)


def states():
    return list(Notice.objects.order_by("pk").values_list("state", flat=True))


@pytest.fixture
def person():
    return PersonFactory()


class TestAtOnce:
    def test_one_notice_is_one_mail_that_says_it_in_its_subject(self, clock, person):
        told(person)
        assert (tick(), tick()) == (1, 0)
        message = Message.objects.get()
        assert (message.address, message.subject) == (person.email, "en: replied a")
        assert "/en/things/a/" in message.text and "/en/things/a/" in message.html
        notice, digest = Notice.objects.get(), Digest.objects.get()
        assert (notice.state, notice.due_at, notice.digest) == ("sent", None, digest)
        assert (digest.person, digest.way, digest.message) == (person, "email", message)

    def test_several_are_one_mail(self, clock, person):
        told(person, "1")
        told(person, "2", key="b")
        told(person, "3", event="decided", key="c")
        assert tick() == 1
        assert subjects() == ["3 new notifications for you"]

    def test_the_same_again_is_told_once(self, clock, person):
        first = told(person)
        tick()
        assert told(person).pk == first.pk
        assert tick() == 0
        assert Notice.objects.count() == 1

    def test_one_persons_notices_reach_nobody_else(self, clock, person):
        other = PersonFactory()
        told(person, key="a")
        told(other, key="b")
        assert tick() == 2
        found = {one.address: one.subject for one in Message.objects.all()}
        assert found == {person.email: "en: replied a", other.email: "en: replied b"}

    def test_it_waits_for_the_end_of_quiet_hours_that_cross_midnight(self, clock, person):
        clock.set(24, 23, 30)
        told(person, "1")
        clock.set(25, 2)
        told(person, "2", key="b")
        clock.set(25, 6, 59, 59)
        assert tick() == 0
        clock.set(25, 7)
        assert tick() == 1
        assert subjects() == ["2 new notifications for you"]

    def test_after_a_mail_what_follows_is_gathered_for_five_minutes(self, clock, person):
        told(person, "1")
        assert tick() == 1
        clock.set(24, 12, 1)
        told(person, "2", key="b")
        assert tick() == 0
        clock.set(24, 12, 4, 59)
        told(person, "3", key="c")
        assert tick() == 0
        clock.set(24, 12, 5)
        assert tick() == 1
        assert subjects() == ["en: replied a", "2 new notifications for you"]
        told(PersonFactory(), "1", key="b")
        assert tick() == 1

    def test_what_is_gathered_so_keeps_to_the_quiet_hours(self, clock, person):
        clock.set(24, 20, 57)
        told(person, "1")
        assert tick() == 1
        clock.set(24, 20, 58)
        told(person, "2", key="b")
        assert tick() == 0
        clock.set(24, 21, 2)
        assert tick() == 0
        clock.set(25, 7)
        assert tick() == 1

    def test_a_late_beat_keeps_to_the_quiet_hours(self, clock, person):
        clock.set(24, 20, 59, 50)
        told(person)
        clock.set(24, 21)
        assert tick() == 0
        clock.set(25, 7)
        assert tick() == 1

    def test_what_was_read_meanwhile_is_not_sent(self, clock, person):
        notice = told(person)
        assert mark_read(person, [notice.pk]) == 1
        assert tick() == 0
        assert states() == ["site"]

    def test_what_a_message_of_its_own_has_told_is_not_sent(self, clock, person):
        told(person, is_told=True)
        assert tick() == 0
        assert states() == ["told"]


class TestGathered:
    @pytest.fixture(autouse=True)
    def daily(self, person):
        set_preference(person, "replies", "email", "daily")

    def test_it_comes_at_the_minute(self, clock, person):
        clock.set(24, 7, 59, 59)
        told(person)
        assert tick() == 0
        clock.set(24, 8)
        assert tick() == 1
        assert Digest.objects.get().slot == clock.now

    def test_what_comes_up_at_the_minute_waits_for_the_next_day(self, clock, person):
        clock.set(24, 8)
        told(person)
        assert tick() == 0
        clock.set(25, 7, 59, 59)
        assert tick() == 0
        clock.set(25, 8)
        assert tick() == 1

    def test_three_missed_days_make_one_with_all(self, clock, person):
        for day in (24, 25, 26):
            clock.set(day, 12)
            told(person, str(day), key="abc"[day - 24])
        clock.set(27, 12, 34)
        assert (tick(), tick()) == (1, 0)
        assert subjects() == ["3 new notifications for you"]
        assert Digest.objects.get().slot == clock.set(27, 8)
        assert states() == ["sent"] * 3

    def test_an_empty_day_is_skipped(self, clock, person):
        clock.set(24, 8)
        assert tick() == 0
        assert not Message.objects.exists() and not Digest.objects.exists()

    def test_what_is_committed_too_late_for_its_slot_waits_for_the_next(self, clock, person):
        slot = clock.set(24, 8)
        told(person, "1", at=slot - timedelta(hours=1))
        assert tick() == 1
        clock.set(24, 8, 1)
        told(person, "2", at=slot - timedelta(seconds=1))
        assert tick() == 0
        assert Notice.objects.get(once="2").due_at == clock.set(25, 8)
        assert tick() == 1
        assert Digest.objects.count() == 2

    def test_what_is_to_come_at_once_does_not_wait_with_it(self, clock, person):
        slot = clock.set(24, 8)
        told(person, "1", at=slot - timedelta(hours=1))
        clock.set(24, 8, 0, 5)
        assert tick() == 1
        clock.set(24, 8, 1)
        told(person, "2", key="b", at=slot - timedelta(seconds=1))
        told(person, "3", event="decided", key="c")
        assert tick() == 1
        assert subjects()[1:] == ["en: decided c"]

    def test_weekly_comes_on_the_day_together_with_daily(self, clock, person):
        set_preference(person, "outcomes", "email", "weekly")
        told(person, "1")
        Notice.objects.create(
            person=person,
            subject="outcomes",
            event="concluded",
            kind="thing",
            key="b",
            once="2",
            at=clock.now,
            due_at=clock.now,
        )
        clock.set(28, 8)
        assert tick() == 1
        assert subjects() == ["en: replied a"]
        told(person, "3", key="c")
        # Sunday.
        clock.set(29, 8)
        assert tick() == 1
        assert subjects()[1:] == ["2 new notifications for you"]

    def test_an_hour_that_was_asked_for_in_quiet_hours_is_kept(self, clock, person):
        set_wishes(person, daily_hour=5)
        told(person)
        clock.set(25, 5)
        assert tick() == 1

    def test_a_late_digest_keeps_to_the_quiet_hours(self, clock, person):
        told(person)
        clock.set(25, 23)
        assert tick() == 0
        clock.set(26, 7)
        assert tick() == 1
        assert Digest.objects.get().slot == clock.set(25, 8)


class TestMeanwhile:
    def test_what_is_hidden_is_left_out(self, clock, person):
        told(person, "1", key="a")
        told(person, "2", key="b")
        HIDDEN.add("a")
        assert tick() == 1
        assert subjects() == ["en: replied b"]
        assert states() == ["left_out", "sent"]

    def test_where_all_is_hidden_nothing_is_sent(self, clock, person):
        told(person)
        HIDDEN.add("a")
        assert tick() == 0
        assert not Message.objects.exists() and not Digest.objects.exists()
        assert states() == ["left_out"]

    def test_what_is_wanted_later_waits(self, clock, person):
        told(person)
        set_preference(person, "replies", "email", "weekly")
        assert tick() == 0
        clock.set(29, 8)
        assert tick() == 1

    def test_what_is_wanted_at_once_waits_no_more(self, clock, person):
        set_preference(person, "replies", "email", "daily")
        told(person)
        assert tick() == 0
        set_preference(person, "replies", "email", "at_once")
        assert tick() == 1

    def test_what_is_wanted_on_the_portal_alone_is_never_sent(self, clock, person):
        told(person)
        set_preference(person, "replies", "web", "never")
        assert tick() == 0
        assert states() == ["site"]
        set_preference(person, "replies", "email", "at_once")
        assert tick() == 0

    def test_a_choice_that_the_writer_did_not_see_holds_all_the_same(self, clock, person):
        told(person)
        set_preference(person, "replies", "email", "weekly")
        Notice.objects.update(due_at=clock.now)
        assert tick() == 0
        assert Notice.objects.get().due_at == clock.set(29, 8)

    def test_quiet_hours_that_change_hold_for_what_waits(self, clock, person):
        clock.set(24, 22)
        told(person)
        set_wishes(person, quiet_from=time(0), quiet_to=time(0))
        assert tick() == 1

    def test_the_language_is_that_of_the_moment(self, clock, person):
        told(person)
        update_profile(person, language="zh-hans")
        tick()
        message = Message.objects.get()
        assert (message.language, message.subject) == ("zh-hans", "zh-hans: replied a")
        assert "/zh-hans/things/a/" in message.text

    def test_whoever_is_erased_is_told_nothing(self, clock, person):
        told(person)
        erase_person(person, by=person)
        assert tick() == 0
        assert not Notice.objects.exists()
        person.refresh_from_db()
        assert told(person) is None

    def test_a_notice_written_beside_the_erasure_is_not_sent(self, clock, person):
        erase_person(person, by=person)
        Notice.objects.create(
            person=person, subject="replies", event="replied", kind="thing", key="a", once="1", due_at=clock.now
        )
        assert tick() == 0
        assert states() == ["site"]

    def test_whoever_may_not_sign_in_is_told_nothing(self, clock, person):
        told(person)
        type(person).objects.update(is_active=False)
        assert tick() == 0
        assert states() == ["site"]

    def test_an_address_on_the_suppression_list_gets_nothing(self, clock, person):
        told(person)
        suppress(person.email, Reason.UNKNOWN)
        assert tick() == 0
        assert states() == ["site"] and not Message.objects.exists()


class TestFailing:
    def test_what_breaks_for_one_person_keeps_nobody_else_waiting(self, clock, person, monkeypatch):
        other = PersonFactory()
        told(person, key="b")
        told(other, key="a")
        from portal.notifications import selectors
        from portal.notifications.services import sending

        real = selectors.shown

        def shown(notices, whom):
            if whom == person:
                raise RuntimeError("broken")
            return real(notices, whom)

        monkeypatch.setattr(sending, "shown", shown)
        assert tick() == 1
        assert subjects() == ["en: replied a"]
        monkeypatch.setattr(sending, "shown", real)
        assert tick() == 1
        assert subjects() == ["en: replied a", "en: replied b"]


class TestMail:
    def test_it_says_why_it_came_and_how_to_stop_it(self, clock, person, settings):
        told(person)
        tick()
        message = Message.objects.get()
        assert "You get this because you wrote a comment that was replied to." in message.text
        mail = compose(message).message()
        base = settings.BASE_URL.rstrip("/")
        assert mail["List-Unsubscribe"].startswith(f"<{base}/en/account/notices/stop/{person.code}-replies-")
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        link = mail["List-Unsubscribe"][1:-1]
        assert link in message.text and link in message.html
        raw = mail.as_bytes().decode()
        assert f"<{link}>" in raw.replace("\r\n ", "")
        assert "=?" not in raw.partition("List-Unsubscribe:")[2].partition("\r\n\r\n")[0]

    def test_a_decision_cannot_be_stopped(self, clock, person):
        told(person, event="decided")
        tick()
        message = Message.objects.get()
        assert "List-Unsubscribe" not in message.headers
        assert "/stop/" not in message.text + message.html
        assert "Decisions are always sent." in message.text

    def test_fifty_lines_are_listed_and_the_others_counted(self, clock, person):
        for number in range(52):
            told(person, str(number), key=f"k{number}")
        tick()
        message = Message.objects.get()
        assert message.text.count("• ") == message.html.count("<li>") == 50
        assert "There are 2 more notifications on the portal" in message.text
        assert states() == ["sent"] * 52

    def test_what_was_hostile_stays_text(self, clock, person):
        told(person, key="<b>x</b>")
        tick()
        assert "&lt;b&gt;x&lt;/b&gt;</h1>" in Message.objects.get().html


class TestBackup:
    def test_what_comes_back_stands_on_the_portal_alone(self, clock, person, capsys):
        told(person, "1")
        follow(person, kind="thing", key="b")
        set_preference(person, "followed", "email", "at_once")
        happened("opened", kind="thing", key="b", once="2")
        call_command("silence_outbox")
        assert capsys.readouterr().out == (
            "0 waiting messages were silenced.\n1 notice to people will stand on the portal only.\n"
        )
        assert tick() == 0
        assert states() == ["site", "site"]
        told(person, "3", key="c")
        assert tick() == 1


def test_nothing_is_sent_while_nothing_is_due(clock, person):
    assert send_to([person.pk]) == 0
    assert send_to([0]) == 0
