"""Second factors in the browser: an app, a passkey of a virtual authenticator, and what is left without a script."""

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from django.utils import translation

from portal.accounts.choices import OrganisationKind, Role
from portal.accounts.models import Person
from portal.accounts.services import addresses, factors
from tests.accounts.signing import PASSWORD, code_of, credential, with_app
from tests.e2e.conftest import DESK
from tests.e2e.test_axe import findings
from tests.e2e.test_layout import too_wide
from tests.factories import OrganisationFactory, PageFactory, PersonFactory, staff

pytestmark = pytest.mark.django_db(transaction=True)
NARROW = {"width": 320, "height": 640}


@pytest.fixture
def person(live_server):
    """An administrator whose address is confirmed."""
    person = staff(Role.ADMINISTRATOR, OrganisationFactory(kind=OrganisationKind.MINISTRY))
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    for key in ("contact", "participation-policy", "privacy"):
        PageFactory(key=key)
    return person


def give_password(page, person):
    """Fill in the sign-in page."""
    page.goto("/en/account/login/")
    page.locator("#id_login").fill(person.email)
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_load_state()


def give_password_again(page):
    """Fill in the page that asks for it before something that matters."""
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_load_state()


def with_authenticator(page):
    """Give the browser a device that makes passkeys and always sees its owner."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session


def test_staff_set_up_an_app_on_the_way_to_the_admin_and_sign_in_with_it(new_page, person, settings):
    """Without a script, on a narrow telephone."""
    settings.STAFF_SECOND_FACTOR = True
    page = new_page(viewport=NARROW, java_script_enabled=False)
    give_password(page, person)
    assert page.url.endswith("/en/account/security/")
    page.goto("/en/admin/")
    page.get_by_role("link", name="Set up an authenticator app").click()
    give_password_again(page)
    secret = page.locator("ol b bdi").inner_text().replace(" ", "")
    page.locator("#id_code").fill("000000")
    page.get_by_role("button", name="Set up").click()
    assert "This code is not right" in page.locator("main").inner_text()
    page.locator("#id_code").fill(code_of(secret))
    page.get_by_role("button", name="Set up").click()
    codes = page.get_by_role("list", name="Your recovery codes").get_by_role("listitem").all_inner_texts()
    assert len(codes) == 10
    with page.expect_download() as handed_out:
        page.get_by_role("link", name="Download the codes").click()
    assert handed_out.value.suggested_filename == "sawt-recovery-codes.txt"
    page.get_by_role("link", name="Continue to the page you were on the way to").click()
    assert page.url.endswith("/en/admin/")

    other = new_page(viewport=NARROW, java_script_enabled=False)
    give_password(other, person)
    assert other.get_by_role("heading", level=1).inner_text() == "Your second factor, please"
    other.locator("#id_code").fill(codes[0])
    other.get_by_role("button", name="Sign in", exact=True).click()
    other.goto("/en/admin/")
    assert other.url.endswith("/en/admin/")


def test_a_passkey_is_added_signs_in_alone_and_beside_the_password(new_page, person, settings, live_server):
    settings.STAFF_SECOND_FACTOR = True
    page = new_page()
    device = with_authenticator(page)
    give_password(page, person)
    page.get_by_role("link", name="Add a passkey").click()
    give_password_again(page)
    page.get_by_label("Name of the passkey").fill("Office key <b>")
    page.get_by_role("button", name="Add the passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    assert factors.of(person)[0].data["name"] == "Office key <b>"
    page.goto("/en/account/security/")
    assert "Office key <b>" in page.locator("main").inner_text()

    def sign_out():
        page.goto("/en/account/logout/")
        page.locator("main").get_by_role("button", name="Sign out").click()
        page.get_by_text("You are signed out.").wait_for()

    sign_out()
    page.goto("/en/account/login/?next=/en/admin/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{live_server.url}/en/admin/")
    page.wait_for_load_state()

    sign_out()
    give_password(page, person)
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("You are signed in.").wait_for()
    page.goto("/en/admin/")
    assert page.url.endswith("/en/admin/")

    # Before something that matters it is asked for again, and a device that is gone is told of, not swallowed.
    page.context.clear_cookies()
    page.goto("/en/account/login/?next=/en/account/security/codes/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("link", name="Use a passkey instead").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    sign_out()
    device.send("WebAuthn.disable")
    device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": True, "automaticPresenceSimulation": True}
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto("/en/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("alert").get_by_text("The browser has not given a passkey.").wait_for()


def test_a_passkey_of_another_account_signs_in_as_nobody_else(new_page, person):
    page = new_page()
    with_authenticator(page)
    give_password(page, person)
    page.goto("/en/account/security/passkey/")
    give_password_again(page)
    page.get_by_label("Name of the passkey").fill("Key")
    page.get_by_role("button", name="Add the passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    # What was stored for the key is given to somebody else, under whose name it then must not work for the first.
    other = PersonFactory()
    person_factor = factors.of(person)[0]
    factors.add_passkey(other, name="Stolen", credential=person_factor.data["credential"])
    person_factor.delete()
    page.context.clear_cookies()
    page.goto("/en/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("This did not work. Please try again.").wait_for()
    page.goto("/en/account/")
    assert "/en/account/login/" in page.url


def test_without_a_script_a_sentence_stands_for_the_button(plain_page, person):
    give_password(plain_page, person)
    plain_page.goto("/en/account/security/passkey/")
    give_password_again(plain_page)
    assert plain_page.get_by_text("For a passkey the browser needs JavaScript").is_visible()
    assert not plain_page.get_by_role("button", name="Add the passkey").is_visible()
    plain_page.context.clear_cookies()
    plain_page.goto("/en/account/login/")
    assert not plain_page.get_by_role("button", name="Sign in with a passkey").is_visible()


@pytest.mark.parametrize("language", ["ar", "en", "zh-hans"])
@pytest.mark.parametrize(
    "look",
    [{"viewport": NARROW, "color_scheme": "dark"}, {"viewport": DESK, "color_scheme": "light"}],
    ids=["narrow-dark", "desk-light"],
)
def test_pages_are_accessible_and_fit(new_page, person, look, language):
    page = new_page(**look, bypass_csp=True)
    with_app(person)
    factors.add_passkey(person, name="My telephone", credential=credential())
    found, wide = {}, {}

    def look_at(place):
        found[place], wide[place] = findings(page, place), too_wide(page)

    with translation.override(language):
        give_password(page, person)
        look_at(reverse("mfa_authenticate"))
        page.context.clear_cookies()
        look_at(reverse("account_login"))
        _sign_in_with_factor(page, person)
        places = [
            *map(reverse, ("mfa_index", "mfa_view_recovery_codes", "mfa_add_webauthn")),
            *map(reverse, ("mfa_reauthenticate", "accounts:sessions", "account_email", "accounts:profile")),
            reverse("accounts:factor_remove", args=[factors.of(person)[0].pk]),
        ]
        for place in places:
            look_at(place)
        other = PersonFactory(language="en")
        with_app(other)
        look_at(reverse("admin:accounts_person_lost_factor", args=[other.pk]))
        factors.remove(person, pk=factors.of(person)[0].pk)
        look_at(reverse("mfa_activate_totp"))
        look_at(reverse("mfa_index"))
    assert {place: what for place, what in found.items() if what} == {}
    assert {place: pixels for place, pixels in wide.items() if pixels > 0} == {}


def _sign_in_with_factor(page, person):
    """Sign in with an unused code, and give another once more."""
    give_password(page, person)
    codes = factors.readable_codes(person)
    page.locator("#id_code").fill(codes[0])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto("/en/account/security/again/")
    page.locator("#id_code").fill(codes[1])
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/en/**")


def test_pages_of_the_links_are_accessible_and_fit(new_page, person):
    tokens = iter(["new-token", "old-token"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("portal.accounts.services.addresses.secrets.token_urlsafe", lambda length: next(tokens))
        addresses.ask(person, address="a-rather-long-address-of-somebody@department.example.org")
    found = {}
    for language in ("ar", "en", "zh-hans"):
        page = new_page(viewport=NARROW, color_scheme="dark", bypass_csp=True)
        for path in ("confirm/new-token", "approve/old-token", "approve/nonsense"):
            place = f"/{language}/account/email/{path}/"
            found[place] = [*findings(page, place), *([too_wide(page)] if too_wide(page) > 0 else [])]
    assert {place: what for place, what in found.items() if what} == {}
    assert Person.objects.get(pk=person.pk).email == person.email
