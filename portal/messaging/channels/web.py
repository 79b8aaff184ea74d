"""The portal's own pages: what is written stands there, and needs nobody to carry it."""

from portal.messaging.channels.base import Channel
from portal.messaging.choices import Way
from portal.messaging.models import Message


class WebChannel(Channel):
    """Nothing to carry."""

    way = Way.WEB

    def send(self, message: Message) -> None:
        """The page shows it."""
