"""Accepting sealed contents, and mixing them."""

from portal.urns.services.accepting import UrnClosed, accept, close, is_closed
from portal.urns.services.mixing import LEAST, mix, mix_all

__all__ = ["LEAST", "UrnClosed", "accept", "close", "is_closed", "mix", "mix_all"]
