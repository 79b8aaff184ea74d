"""The number for short messages: a code goes there, and nothing else before it has come back."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from portal.accounts.models import Person
from portal.messaging.channels import is_on
from portal.messaging.choices import BY_NUMBER, Way
from portal.messaging.emails import render_text
from portal.messaging.models import Message
from portal.messaging.services import post_text, texts_within
from portal.notifications.models import Wishes
from portal.notifications.selectors import wishes_of
from portal.text import western_digits, world_number

TEMPLATE = "notifications/code"
DIGITS = 6
VALID = timedelta(minutes=15)
MOST_TRIES = 5
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Messages of any kind to one number within an hour: nobody makes a stranger's ring all day. Codes of one person within
# an hour and a day: whoever goes through numbers is stopped as well.
MOST_TO_NUMBER, MOST_AN_HOUR, MOST_A_DAY = 5, 5, 10


class NumberRefused(Exception):
    """``reason``: ``number`` for none, ``off`` for a way this portal does not have, ``often`` beyond the limits;
    ``none`` where no code is expected, ``old`` for one that is void, ``wrong`` for another one."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@transaction.atomic
def ask_number(person: Person, number: str, way: Way | str) -> Wishes:
    """Send a code to a number, as somebody wrote it; the one confirmed before stays until the code has come back.

    Raises ``NumberRefused``. A number that is confirmed already gets no code.
    """
    if way not in BY_NUMBER or not is_on(way):
        raise NumberRefused("off")
    phone = world_number(number)
    if phone is None:
        raise NumberRefused("number")
    wishes = _locked(person)
    if phone == wishes.phone:
        return _without_code(wishes)
    if texts_within(phone, HOUR) >= MOST_TO_NUMBER or _has_asked_often(person):
        raise NumberRefused("often")
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    wishes.new_phone, wishes.code_hash = phone, _hash(person, phone, code)
    wishes.code_until, wishes.code_tries = timezone.now() + VALID, 0
    wishes.save()
    post_text(
        person,
        way=Way(way),
        phone=phone,
        template=TEMPLATE,
        text=render_text("notifications/texts/code.txt", person.language, {"code": code}),
        language=person.language,
    )
    return wishes


def confirm_number(person: Person, code: str) -> Wishes:
    """Take the number as confirmed when this is the code; five wrong ones make it void. Raises ``NumberRefused``."""
    wishes, reason = _try(person, western_digits(code).replace(" ", ""))
    if reason:
        # Raised after the commit, or a wrong code would not be counted.
        raise NumberRefused(reason)
    return wishes


@transaction.atomic
def _try(person: Person, code: str) -> tuple[Wishes, str]:
    wishes = _locked(person)
    if not wishes.new_phone:
        return wishes, "none"
    if wishes.code_until is None or wishes.code_until <= timezone.now() or wishes.code_tries >= MOST_TRIES:
        return wishes, "old"
    if not constant_time_compare(wishes.code_hash, _hash(person, wishes.new_phone, code)):
        wishes.code_tries += 1
        wishes.save(update_fields=["code_tries"])
        return wishes, "wrong"
    wishes.phone = wishes.new_phone
    return _without_code(wishes), ""


@transaction.atomic
def forget_number(person: Person) -> Wishes:
    """Send nothing to a number any more; what went there comes by mail."""
    wishes = _locked(person)
    wishes.phone = ""
    return _without_code(wishes)


def _has_asked_often(person: Person) -> bool:
    now = timezone.now()
    codes = Message.objects.filter(person=person, template=TEMPLATE, created_at__gt=now - DAY)
    moments = list(codes.order_by("-created_at").values_list("created_at", flat=True)[:MOST_A_DAY])
    return len(moments) >= MOST_A_DAY or sum(moment > now - HOUR for moment in moments) >= MOST_AN_HOUR


def _without_code(wishes: Wishes) -> Wishes:
    wishes.new_phone, wishes.code_hash, wishes.code_until, wishes.code_tries = "", "", None, 0
    wishes.save()
    return wishes


def _locked(person: Person) -> Wishes:
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    return wishes_of(person)


def _hash(person: Person, phone: str, code: str) -> str:
    return salted_hmac("notifications.code", f"{person.pk}:{phone}:{code}", algorithm="sha256").hexdigest()
