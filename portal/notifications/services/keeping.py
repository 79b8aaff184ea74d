"""Keeping all that a person chose on their page, together."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from portal.accounts.models import Person
from portal.accounts.services import update_profile
from portal.notifications.choices import Choice, Subject
from portal.notifications.selectors import choices_of
from portal.notifications.services.choosing import set_preference, set_wishes


@transaction.atomic
def keep(person: Person, choices: Mapping[Subject, Choice], *, language: str, **times: Any) -> None:
    """Keep choices, language and times, all or nothing; raises what ``set_preference`` and ``set_wishes`` do.

    A choice that is as before writes nothing: whoever goes by the default follows it when it changes.
    """
    before = choices_of(person)
    for subject, choice in choices.items():
        if choice != before[subject]:
            set_preference(person, subject, choice.way, choice.rhythm)
    set_wishes(person, **times)
    update_profile(person, language=language)
