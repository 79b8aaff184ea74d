"""What tests about signing in share: people with confirmed addresses, their browsers and the codes of their apps."""

import hashlib
import secrets
import time

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from portal.accounts.services import factors
from portal.audit.models import Entry
from tests.factories import PersonFactory, staff

PASSWORD = "password for tests"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PERIOD = 30
FIREFOX = "Mozilla/5.0 (Android 16; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0"


def confirmed(role=None, organisation=None, **fields):
    """A person whose address is confirmed; with a role, a member of staff."""
    person = staff(role, organisation) if role else PersonFactory(**fields)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


def code_of(secret=SECRET, steps=0):
    """The code that the app shows so many half minutes from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD + steps))


def with_app(person, steps=-1):
    """Set up an app, whose code of that half minute is used by this."""
    return factors.add_app(person, secret=SECRET, code=code_of(steps=steps))


def sign_in(person, code=None, **headers):
    """A browser in which the password was given, and the code if there is one."""
    client = Client(HTTP_USER_AGENT=FIREFOX, **headers)
    client.post("/en/account/login/", {"login": person.email, "password": PASSWORD})
    if code is not None:
        client.post("/en/account/security/give/", {"code": code})
    return client


def is_signed_in(client):
    """Tell whether the browser is signed in."""
    return client.get("/en/account/").status_code == 200


def again(client, person):
    """Give the password once more, as before what matters."""
    client.post("/en/account/reauthenticate/", {"password": PASSWORD})
    return client


def trail(person, *actions):
    """The acts about a person, oldest first: action, who did it, data."""
    entries = Entry.objects.about(person).filter(action__in=actions).order_by("id")
    return [(entry.action, entry.actor_id, entry.data) for entry in entries]


def credential():
    """What a browser tells of a passkey it has made, good enough to be stored and listed; nobody has the key to it."""
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    attested = AttestedCredentialData.create(Aaguid.NONE, secrets.token_bytes(16), key)
    data = AuthenticatorData.create(
        hashlib.sha256(b"localhost").digest(), AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT, 0, attested
    )
    client = CollectedClientData.create(CollectedClientData.TYPE.CREATE, b"0" * 32, "http://localhost")
    return {
        "id": websafe_encode(attested.credential_id),
        "rawId": websafe_encode(attested.credential_id),
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(client),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        },
        "clientExtensionResults": {},
    }
