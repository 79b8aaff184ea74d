"""Second factors: what is accepted, how often, what is told and written down, and who may take one away."""

import json
import re
import threading
from datetime import timedelta
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from portal.accounts.adapters import FactorAdapter
from portal.accounts.choices import IdentityCheck, LossReason, OrganisationKind, Role
from portal.accounts.models import OpenSession
from portal.accounts.services import erase_person, factors
from portal.audit.models import Entry
from portal.messaging.models import Message
from tests.accounts.signing import PASSWORD, SECRET, again, code_of, confirmed, is_signed_in, sign_in, trail, with_app
from tests.factories import OrganisationFactory, PersonFactory, staff

pytestmark = pytest.mark.django_db
GIVE = "/en/account/security/give/"
APP = "/en/account/security/app/"
CODES = "/en/account/security/codes/"
TELLING = ("person.factor_added", "person.factor_removed", "person.recovery_codes_made", "person.recovery_code_used")


@pytest.fixture
def person():
    """Somebody without a second factor."""
    return confirmed(email="me@example.org")


def told(person):
    """The names of messages written to somebody, oldest first."""
    return [name.partition("/")[2] for name in person.messages.order_by("pk").values_list("template", flat=True)]


def key_on(page):
    """The key of a new app as the page shows it for typing."""
    return re.search(r'class="num">([A-Z2-7 ]+)</bdi>', page.content.decode()).group(1).replace(" ", "")


class TestSettingUpAnApp:
    def test_password_first(self, person):
        client = sign_in(person)
        assert client.get(APP)["Location"].startswith("/en/account/reauthenticate/?next=")

    def test_from_picture_to_codes(self, person):
        client = again(sign_in(person), person)
        page = client.get(APP)
        assert 'src="data:image/svg+xml;base64,' in page.content.decode()
        secret = key_on(page)
        assert client.post(APP, {"code": "000000"}).context["form"].errors["code"] == [
            "This code is not right. Please take the one that the app shows now."
        ]
        assert key_on(client.get(APP)) == secret, "a wrong code and a new load keep the picture valid"
        answer = client.post(APP, {"code": code_of(secret)})
        assert answer["Location"] == CODES
        assert [factor.type for factor in factors.of(person)] == ["totp"]
        assert trail(person, *TELLING) == [
            ("person.factor_added", person.pk, {"type": "totp"}),
            ("person.recovery_codes_made", person.pk, {}),
        ]
        assert told(person) == ["factor_added"]
        assert len(re.findall(r'<bdi dir="ltr">\d{8}</bdi>', client.get(CODES).content.decode())) == 10

    def test_arabic_digits_in_groups_are_taken(self, person):
        client = again(sign_in(person), person)
        code = code_of(key_on(client.get(APP))).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
        assert client.post(APP, {"code": f"{code[:3]} {code[3:]}"})["Location"] == CODES

    def test_other_sessions_end_and_this_one_goes_on(self, person):
        elsewhere, client = sign_in(person), again(sign_in(person), person)
        client.post(APP, {"code": code_of(key_on(client.get(APP)))})
        assert (is_signed_in(elsewhere), is_signed_in(client)) == (False, True)

    def test_a_second_app_is_refused(self, person):
        with_app(person)
        with pytest.raises(factors.AppInUse):
            with_app(person)

    def test_the_secret_is_locked_in_the_database(self, person):
        assert SECRET not in str(with_app(person).data)


class TestSigningIn:
    def test_password_alone_does_not_sign_in(self, person):
        with_app(person)
        client = sign_in(person)
        assert not is_signed_in(client)
        assert client.get(GIVE).status_code == 200

    def test_app_code_signs_in_and_leads_on(self, person):
        with_app(person)
        client = Client()
        client.post("/en/account/login/", {"login": person.email, "password": PASSWORD, "next": "/en/about/"})
        assert client.post(GIVE, {"code": code_of()})["Location"] == "/en/about/"
        assert is_signed_in(client)

    @pytest.mark.parametrize(("steps", "is_right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
    def test_codes_count_half_a_minute_around_their_time(self, person, steps, is_right, monkeypatch):
        with_app(person)
        # Set up long ago, so that every code is a new one; and within one half minute, or the edge moves.
        Authenticator.objects.filter(type="totp").update(data=factors.of(person)[0].data | {"counter": 1})
        monkeypatch.setattr("time.time", lambda: 1_790_000_010.0)
        assert (factors.accept_code(person, code_of(steps=steps)) is not None) is is_right

    def test_a_code_counts_once_and_none_before_it(self, person, monkeypatch):
        monkeypatch.setattr("time.time", lambda: 1_790_000_010.0)
        with_app(person)
        first = sign_in(person, code_of())
        assert is_signed_in(first)
        assert not is_signed_in(sign_in(person, code_of()))
        assert not is_signed_in(sign_in(person, code_of(steps=-1)))
        assert is_signed_in(sign_in(person, code_of(steps=1)))

    def test_the_code_that_set_up_the_app_is_used(self, person, monkeypatch):
        monkeypatch.setattr("time.time", lambda: 1_790_000_010.0)
        with_app(person, steps=0)
        assert factors.accept_code(person, code_of()) is None

    def test_a_recovery_code_counts_once_and_few_are_warned_of(self, person):
        with_app(person)
        code = factors.readable_codes(person)[0]
        client = sign_in(person, f"{code[:4]} {code[4:]}")
        assert "You have 9 recovery codes left." in client.get("/en/account/").content.decode()
        assert factors.accept_code(person, code) is None
        assert trail(person, *TELLING)[-1] == ("person.recovery_code_used", person.pk, {})

    def test_codes_of_somebody_else_are_wrong(self, person):
        other = confirmed()
        with_app(person)
        factors.add_app(
            other, secret="GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", code=code_of("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
        )
        assert factors.accept_code(other, code_of()) is None
        assert factors.accept_code(other, factors.readable_codes(person)[0]) is None

    @pytest.mark.parametrize("code", ["", " ", "12345", "0" * 40, "ⅷⅷⅷⅷⅷⅷ", "كلمة", "\u202e123456", "123456; --"])
    def test_odd_codes_are_wrong_and_nothing_more(self, person, code):
        with_app(person)
        client = sign_in(person)
        assert client.post(GIVE, {"code": code}).status_code == 200
        assert not is_signed_in(client)

    def test_what_no_key_opens_lets_nobody_in(self, person, settings):
        with_app(person)
        settings.SECRET_KEY = "another key " * 6
        assert factors.accept_code(person, code_of()) is None

    def test_an_earlier_key_still_opens(self, person, settings):
        with_app(person)
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another key " * 6
        assert factors.accept_code(person, code_of()).type == "totp"
        assert FactorAdapter().decrypt(FactorAdapter().encrypt("x")) == "x"


class TestTooManyCodes:
    def test_five_wrong_ones_close_for_a_quarter_of_an_hour(self, person, monkeypatch):
        with_app(person)
        for _number in range(5):
            assert factors.accept_code(person, "000000") is None
        with pytest.raises(factors.TooManyCodes):
            factors.accept_code(person, code_of())
        assert [entry[0] for entry in trail(person, factors.LOCKED)] == ["person.second_factor_locked"]
        assert told(person) == ["factor_added", "second_factor_locked"]
        later = timezone.now() + timedelta(minutes=15, seconds=1)
        monkeypatch.setattr("portal.accounts.services.factors.timezone.now", lambda: later)
        assert factors.accept_code(person, code_of()) is not None

    def test_four_wrong_ones_do_not(self, person):
        with_app(person)
        for _number in range(4):
            factors.accept_code(person, "000000")
        assert factors.accept_code(person, code_of()) is not None

    def test_from_many_addresses_and_without_the_cache(self, person, monkeypatch):
        with_app(person)
        monkeypatch.setattr("django.core.cache.cache.get", lambda key, default=None, **kwargs: default)
        for number in range(5):
            sign_in(person, "000000", REMOTE_ADDR=f"192.0.2.{number}")
        client = sign_in(person, REMOTE_ADDR="192.0.2.99")
        page = client.post(GIVE, {"code": code_of()})
        assert "There were too many wrong codes." in page.content.decode()
        assert not is_signed_in(client)

    def test_others_are_not_held_up(self, person):
        with_app(person)
        for _number in range(6):
            try:
                factors.accept_code(person, "000000")
            except factors.TooManyCodes:
                continue
        other = confirmed()
        with_app(other)
        assert factors.accept_code(other, code_of()) is not None


@pytest.mark.django_db(transaction=True)
def test_one_code_at_once_from_four_browsers_is_taken_once():
    person = confirmed()
    with_app(person)
    found, barrier = [], threading.Barrier(4)
    code = code_of()

    def try_it():
        try:
            barrier.wait()
            found.append(factors.accept_code(person, code) is not None)
        finally:
            connection.close()

    threads = [threading.Thread(target=try_it) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [False, False, False, True]


class TestAgain:
    def test_whoever_has_a_factor_is_asked_for_it_and_not_for_the_password(self, person):
        client = again(sign_in(person), person)
        with_app(person)
        client = sign_in(person, code_of())
        wanted = client.get(CODES)["Location"]
        assert wanted.startswith("/en/account/security/again/?next=")
        by_password = client.post("/en/account/reauthenticate/", {"password": PASSWORD})
        assert by_password["Location"] == "/en/account/security/again/"
        assert client.get(CODES)["Location"] == wanted

    def test_a_code_opens_it(self, person):
        with_app(person)
        client = sign_in(person, code_of())
        codes = factors.readable_codes(person)
        answer = client.post("/en/account/security/again/", {"code": codes[0], "next": CODES})
        assert answer["Location"] == CODES
        assert client.get(CODES).status_code == 200


class TestRecoveryCodes:
    @pytest.fixture
    def client(self, person):
        """Their browser, a moment after the app was set up."""
        client = again(sign_in(person), person)
        client.post(APP, {"code": code_of(key_on(client.get(APP)))})
        return client

    def test_they_are_shown_and_handed_out_for_ten_minutes(self, client, person):
        codes = factors.readable_codes(person)
        page = client.get(CODES + "download/")
        assert page["Content-Disposition"] == 'attachment; filename="sawt-recovery-codes.txt"'
        assert re.findall(r"^\d{8}$", page.content.decode(), re.M) == codes
        made = Authenticator.objects.filter(type="recovery_codes")
        made.update(created_at=timezone.now() - timedelta(minutes=10))
        assert client.get(CODES + "download/").status_code == 404
        page = client.get(CODES).content.decode()
        assert [code for code in codes if code in page] == []
        assert "10 codes are left." in page

    def test_new_ones_replace_the_old(self, client, person):
        old = factors.readable_codes(person)
        assert client.post(CODES + "new/")["Location"] == CODES
        new = factors.readable_codes(person)
        assert (len(new), set(old) & set(new)) == (10, set())
        assert factors.accept_code(person, old[0]) is None
        assert told(person) == ["factor_added", "recovery_codes_made"]

    def test_making_asks_by_post_alone(self, client):
        assert client.get(CODES + "new/").status_code == 405

    @pytest.mark.parametrize(("left", "is_warned"), [(4, False), (3, True)])
    def test_few_are_warned_of(self, client, person, left, is_warned):
        for code in factors.readable_codes(person)[left:]:
            factors.accept_code(person, code)
        page = client.get("/en/account/security/").content.decode()
        assert (f"Only {left} codes are left." in page) is is_warned

    def test_without_a_factor_there_are_none(self):
        person = confirmed()
        client = again(sign_in(person), person)
        assert client.get(CODES).status_code == 404
        assert client.post(CODES + "new/").status_code == 404


class TestRemoving:
    def url(self, factor):
        return f"/en/account/security/factors/{factor.pk}/remove/"

    @pytest.fixture
    def client(self, person):
        """Their browser, in which the factor has just been given again."""
        with_app(person)
        client = sign_in(person, code_of())
        client.post("/en/account/security/again/", {"code": factors.readable_codes(person)[0]})
        return client

    def test_the_last_takes_the_codes_along(self, client, person):
        factor = factors.of(person)[0]
        assert client.get(self.url(factor)).status_code == 200
        assert len(factors.of(person)) == 1, "opening the page removes nothing"
        assert client.post(self.url(factor))["Location"] == "/en/account/security/"
        assert Authenticator.objects.filter(user=person).count() == 0
        assert trail(person, "person.factor_removed") == [("person.factor_removed", person.pk, {"type": "totp"})]
        assert told(person)[-1] == "factor_removed"

    def test_one_of_two_leaves_the_codes(self, client, person):
        factors.add_passkey(person, name="Key", credential={})
        factors.remove(person, pk=factors.of(person)[0].pk)
        assert sorted(Authenticator.objects.filter(user=person).values_list("type", flat=True)) == [
            "recovery_codes",
            "webauthn",
        ]

    def test_somebody_elses_is_not_found(self, client):
        other = confirmed()
        theirs = with_app(other)
        assert client.get(self.url(theirs)).status_code == 404
        assert client.post(self.url(theirs)).status_code == 404
        assert len(factors.of(other)) == 1

    def test_the_last_of_staff_stays_where_it_is_needed(self, settings):
        person = confirmed(Role.AGENT, OrganisationFactory())
        factor = with_app(person)
        settings.STAFF_SECOND_FACTOR = True
        with pytest.raises(factors.LastFactor):
            factors.remove(person, pk=factor.pk)
        factors.add_passkey(person, name="Key", credential={})
        factors.remove(person, pk=factor.pk)
        assert [kept.type for kept in factors.of(person)] == ["webauthn"]


class TestLostFactors:
    @pytest.fixture
    def ministry(self):
        """The ministry."""
        return OrganisationFactory(kind=OrganisationKind.MINISTRY)

    @pytest.fixture
    def administrator(self, ministry):
        """Who administers the whole portal."""
        return staff(Role.ADMINISTRATOR, ministry)

    def page(self, person):
        return f"/en/admin/accounts/person/{person.pk}/lost-factor/"

    def test_an_administrator_removes_them_with_a_reason(self, client, administrator, person):
        with_app(person)
        theirs = sign_in(person, code_of())
        client.force_login(administrator)
        assert self.page(person) in client.get(f"/en/admin/accounts/person/{person.pk}/change/").content.decode()
        assert sorted(client.post(self.page(person)).context["form"].errors) == ["check", "reason"]
        answer = client.post(self.page(person), {"reason": "lost", "check": "in_person"})
        assert answer["Location"] == f"/en/admin/accounts/person/{person.pk}/change/"
        assert Authenticator.objects.filter(user=person).count() == 0
        assert not is_signed_in(theirs)
        assert trail(person, "person.lost_factors_removed") == [
            (
                "person.lost_factors_removed",
                administrator.pk,
                {"count": 1, "reason": "lost", "check": "in_person"},
            )
        ]
        assert told(person)[-1] == "lost_factors_removed"
        assert "the device is lost or was stolen" in person.messages.order_by("pk").last().text

    def test_nobody_their_own(self, client, administrator):
        with_app(administrator)
        client.force_login(administrator)
        assert client.post(self.page(administrator), {"reason": "lost", "check": "in_person"}).status_code == 403
        with pytest.raises(PermissionDenied):
            factors.remove_lost(administrator, reason=LossReason.LOST, check=IdentityCheck.IN_PERSON, by=administrator)
        assert factors.has_factor(administrator)

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMINISTRATOR])
    def test_no_one_of_a_single_body(self, client, person, ministry, role):
        with_app(person)
        client.force_login(staff(role, OrganisationFactory(parent=ministry)))
        assert client.post(self.page(person), {"reason": "lost", "check": "in_person"}).status_code == 403
        assert factors.has_factor(person)

    def test_there_must_be_one_and_a_person(self, client, administrator, person):
        client.force_login(administrator)
        assert client.get(self.page(person)).status_code == 302
        assert client.get("/en/admin/accounts/person/999999/lost-factor/").status_code == 404

    def test_it_is_not_registered_beside(self, client, administrator):
        client.force_login(administrator)
        assert client.get("/en/admin/mfa/authenticator/").status_code == 404


def test_operators_remove_them_where_no_administrator_can(person):
    with_app(person)
    out = StringIO()
    words = ["--reason", "lost", "--check", "called_back"]
    call_command("remove_factors", "ME+x@example.org", *words, stdout=out)
    assert out.getvalue() == "1 factors removed.\n"
    assert trail(person, "person.lost_factors_removed") == [
        ("person.lost_factors_removed", None, {"count": 1, "reason": "lost", "check": "called_back"})
    ]
    with pytest.raises(CommandError, match="Nobody signs in with this address"):
        call_command("remove_factors", "nobody@example.org", *words)


def test_erasing_takes_factors_sessions_and_wishes_along(person):
    with_app(person)
    sign_in(person, code_of())
    erase_person(person, by=person)
    assert (Authenticator.objects.count(), OpenSession.objects.count()) == (0, 0)


def test_ones_own_data_holds_no_secrets(person):
    with_app(person)
    client = sign_in(person, code_of())
    found = client.get("/en/account/data/").json()["data"]["accounts.signing_in"]["content"]
    assert sorted(item["type"] for item in found["second_factors"]) == ["recovery_codes", "totp"]
    assert [(item["browser"], item["system"]) for item in found["sessions"]] == [("firefox", "android")]
    assert SECRET not in str(found) and "secret" not in str(found)


@pytest.mark.parametrize("language", ["ar", "en", "zh-hans"])
@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("factor_added", {"kind": "totp"}),
        ("factor_added", {"kind": "webauthn"}),
        ("factor_removed", {"kind": "totp"}),
        ("factor_removed", {"kind": "webauthn"}),
        *(("lost_factors_removed", {"reason": reason}) for reason in LossReason.values),
        ("recovery_codes_made", {}),
        ("second_factor_locked", {}),
        ("password_changed", {}),
        ("password_set", {}),
        ("password_reset", {}),
    ],
)
def test_mail_is_whole_in_each_language(name, facts, language):
    from portal.accounts.emails import tell

    person = PersonFactory(language=language)
    tell(person, name, **facts)
    message = Message.objects.get()
    assert (message.person, message.language, message.template) == (person, language, f"account/{name}")
    assert message.subject and message.text.count("\n") > 4
    assert f'<html lang="{dict(ar="ar", en="en").get(language, "zh-Hans")}"' in message.html


def test_wrong_codes_leave_no_code_in_the_trail(person):
    with_app(person)
    factors.accept_code(person, "987654")
    assert [entry.data for entry in Entry.objects.filter(action=factors.WRONG_CODE)] == [{}]


@pytest.mark.parametrize("credential", ["", "{}", "[]", "null", '"x"', "7", json.dumps({"id": 1, "response": {}})])
def test_what_no_browser_sends_is_refused_kindly(person, credential):
    client = Client()
    client.post("/en/account/login/", {"login": person.email, "password": PASSWORD})
    client.post("/en/account/reauthenticate/", {"password": PASSWORD})
    address = "/en/account/security/passkey/"
    client.get(address)
    assert client.post(address, {"name": "Key", "credential": credential}).status_code == 200
    client.post("/en/account/logout/")
    client.get("/en/account/security/passkey/sign-in/")
    answer = client.post("/en/account/security/passkey/sign-in/", {"credential": credential})
    assert answer["Location"] == "/en/account/login/"
    assert factors.of(person) == []
