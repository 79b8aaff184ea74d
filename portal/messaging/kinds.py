"""What the app offers to the registries."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Person
from portal.messaging import services
from portal.registry import GuestData, PersonalData


def _messages(person: Person) -> list[dict[str, Any]]:
    written = person.messages.order_by("pk")
    return list(
        written.values("created_at", "sent_at", "way", "address", "phone", "language", "subject", "text", "state")
    )


guest_data = GuestData(
    erase=services.erase_messages_to_guest,
    without_recent=lambda contacts, before: contacts.exclude(messages__created_at__gte=before),
)
personal_data = PersonalData(label=_("Messages"), export=_messages, erase=services.erase_messages)
