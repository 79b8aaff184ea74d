"""Channels: what carries messages out and in, each behind the same small door, chosen by settings.

A channel knows nothing of requests and writes no rows: it hands one message over, or gives what has arrived.
"""

from django.conf import settings

from portal.messaging.channels.base import Arrived, Away, Channel, Health, NotTaken
from portal.messaging.channels.console import ConsoleChannel
from portal.messaging.channels.gateway import GatewayChannel, read_hook, signature_of
from portal.messaging.channels.mail import MailChannel
from portal.messaging.channels.web import WebChannel
from portal.messaging.choices import BY_NUMBER, Way

__all__ = [
    "Arrived",
    "Away",
    "Channel",
    "Health",
    "NotTaken",
    "channel",
    "is_on",
    "read_hook",
    "signature_of",
]

CONSOLE, HTTP = "console", "http"


def channel(way: Way | str) -> Channel:
    """Return the channel for this way, as the settings say."""
    if way == Way.EMAIL:
        return MailChannel()
    if way not in BY_NUMBER:
        return WebChannel()
    if settings.CHANNELS[way]["adapter"] == HTTP:
        return GatewayChannel(Way(way))
    return ConsoleChannel(Way(way))


def is_on(way: Way | str) -> bool:
    """Tell whether people may be answered by this way: the console reaches nobody outside of a demonstration."""
    if way not in BY_NUMBER:
        return True
    return settings.CHANNELS[way]["adapter"] == HTTP or settings.DEMO
