"""Messages to numbers, written to the log: for development and demonstrations."""

import logging

from django.conf import settings

from portal.messaging.channels.base import Channel, Health, NotTaken
from portal.messaging.choices import Way
from portal.messaging.models import Message

logger = logging.getLogger("sawt.messaging")


class ConsoleChannel(Channel):
    """Reaches nobody. In production it takes nothing: a log is no place for links that open requests."""

    def __init__(self, way: Way) -> None:
        self.way = way

    def send(self, message: Message) -> None:
        """Write the message to the log of a demonstration."""
        if not settings.DEMO:
            raise NotTaken(f"{self.way} has no gateway: see the operators' guide.", is_temporary=False)
        logger.info("%s to %s: %s", self.way, message.phone, message.text)

    def health(self) -> Health:
        """The log is always there; whether anybody is reached is another matter."""
        return Health(ok=settings.DEMO, detail="console")
