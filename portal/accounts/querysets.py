"""Reads of people and organisations, and the canonical form of an e-mail address."""

import unicodedata
from typing import Any, Self

from django.contrib.auth.base_user import BaseUserManager
from django.db import models

from portal.accounts.choices import PUBLIC_BODIES

# Domains whose mailboxes ignore dots, with the domain they stand for.
_DOTLESS_DOMAINS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}
# Letters of other scripts that look like Latin ones, as far as addresses use them.
_LOOK_ALIKES = str.maketrans("аеорсухіјѕԁɡαοονρι", "aeopcyxijsdgaoovpi")


def email_key(address: str) -> str:
    """Return the canonical form of an address, by which one mailbox has one account.

    Case, compatibility forms, look-alike letters and ``+tag`` are folded; dots before the @ count only where the
    domain's mailboxes tell them apart. The address itself is kept as typed for sending.
    """
    folded = unicodedata.normalize("NFKC", address.strip()).casefold().translate(_LOOK_ALIKES)
    local, _, domain = folded.rpartition("@")
    local = local.split("+", 1)[0]
    if domain in _DOTLESS_DOMAINS:
        local, domain = local.replace(".", ""), _DOTLESS_DOMAINS[domain]
    return f"{local}@{domain}"


class PersonManager(BaseUserManager):
    """People, made with their canonical address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Any:
        """Create a person; without a password nobody can sign in as them until one is set."""
        person = self.model(email=email.strip(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Any:
        """Create the first person of an installation, who may do everything in the admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str) -> Any:
        """Find by the canonical address."""
        return self.get(email_key=email_key(email))


class OrganisationQuerySet(models.QuerySet):
    """Organisations."""

    def public_bodies(self) -> Self:
        """Return those that run the portal: the ministry and its bodies."""
        return self.filter(kind__in=PUBLIC_BODIES)
